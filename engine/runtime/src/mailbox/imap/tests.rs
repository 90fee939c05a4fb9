//! Servers that say what no honest one says. None may keep us waiting, fill the memory or stop the program.

use super::*;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// A variable that every environment has; its value serves as a password.
const SECRET: &str = "PATH";
const GREETING: &str = "* OK prêt\r\n";
const SELECT: (&str, &str) =
    ("SELECT", "* 2 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\nTAG OK [READ-WRITE] ok\r\n");
const SEARCH: (&str, &str) = ("UID SEARCH", "* SEARCH 7 x 0 4 99999999999 7\r\nTAG OK fini\r\n");
const MAIL: &str = "* 1 FETCH (UID 4 BODY[]<0> {12}\r\nFrom: a@b\r\n\n)\r\nTAG OK fini\r\n";

/// What the server writes after a command that contains the first word; `∞` at its end: this again and again.
type Script = Vec<(&'static str, String)>;

fn script(lines: &[(&'static str, &str)]) -> Script {
    let mut script: Script = lines.iter().map(|(word, text)| (*word, (*text).to_owned())).collect();
    script.push(("LOGIN", "TAG OK entrez\r\n".to_owned()));
    script
}

async fn write(stream: &mut (impl AsyncWriteExt + Unpin), text: &str) -> bool {
    let Some((once, again)) = text.split_once('∞') else { return stream.write_all(text.as_bytes()).await.is_ok() };
    if stream.write_all(once.as_bytes()).await.is_err() {
        return false;
    }
    let block = again.repeat(64 * 1024 / again.len().max(1) + 1);
    while stream.write_all(block.as_bytes()).await.is_ok() {}
    false
}

/// Opens the mailbox of a server that follows a script; whatever is not in it is met with silence, an empty text by closing.
async fn open(greeting: &str, script: Script) -> Imap {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let greeting = greeting.to_owned();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let mut stream = BufReader::new(socket);
            if !write(&mut stream, &greeting).await {
                continue;
            }
            let mut line = String::new();
            while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
                let tag = line.split(' ').next().unwrap_or_default().to_owned();
                if let Some((_, text)) = script.iter().find(|(word, _)| line.contains(word))
                    && (text.is_empty() || !write(&mut stream, &text.replace("TAG", &tag)).await)
                {
                    break;
                }
                line.clear();
            }
        }
    });
    Imap::new(&config(port, Security::None), Path::new(".")).unwrap()
}

fn config(port: u16, security: Security) -> ImapConfig {
    ImapConfig {
        host: if security == Security::None { "127.0.0.1" } else { "localhost" }.to_owned(),
        port,
        security,
        user: "moi".to_owned(),
        password_env: SECRET.to_owned(),
        authority: None,
        folder: "INBOX".to_owned(),
        timeout: Duration::from_secs(2),
    }
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 20).unwrap()
}

/// What is told of a server that goes wrong at its first opening.
async fn refusal(greeting: &str, lines: &[(&'static str, &str)]) -> String {
    let imap = open(greeting, script(lines)).await;
    let told = imap.visit(today()).await.map(|_| ()).unwrap_err();
    format!("{}\n  {}", told.message.replace(&imap.config.port.to_string(), "…"), told.advice)
}

#[tokio::test]
async fn what_is_told_of_each_wrong_server() {
    let mut all = Vec::new();
    let endless_line = format!("* OK {}∞x", "x".repeat(100));
    for greeting in
        ["", "* BYE trop de monde\r\n", "220 essai ESMTP\r\n", "HTTP/1.1 400 Bad Request\r\n", &endless_line]
    {
        all.push(refusal(greeting, &[]).await);
    }
    let no_login = [("LOGIN", "TAG NO [AUTHENTICATIONFAILED] moi@exemple.fr inconnu\r\n")];
    all.push(refusal(GREETING, &no_login).await);
    for (select, search) in [
        ("TAG NO [NONEXISTENT] pas de dossier\r\n", "x"),
        ("TAG OK [READ-ONLY] ok\r\n", "x"),
        ("* BYE entretien\r\n", "x"),
        ("* 1 EXISTS\r\n", "x"),
        ("des mots\r\n", "x"),
        ("R9 OK un autre\r\n", "x"),
        ("* OK {400000000}\r\n∞abc", "x"),
        ("* OK {99999999999999999999}\r\n", "x"),
        ("* OK sans fin\r\n∞* OK encore\r\n", "x"),
        ("* \u{0}\u{1}((((((((\r\n∞((((((((((", "x"),
        (SELECT.1, ""),
        (SELECT.1, "* SEARCH ∞1 2 3 "),
        (SELECT.1, "TAG BAD quoi ?\r\n"),
    ] {
        all.push(refusal(GREETING, &[("SELECT", select), ("UID SEARCH", search)]).await);
    }
    insta::assert_snapshot!(all.join("\n"));
}

#[tokio::test]
async fn a_mail_is_the_one_that_was_asked_for_or_none() {
    let read = async |fetch: &str| {
        let imap = open(GREETING, script(&[SELECT, SEARCH, ("UID FETCH", fetch)])).await;
        let mut visit = imap.visit(today()).await.unwrap();
        assert_eq!(visit.next(10), [4, 7]);
        visit
            .read(4)
            .await
            .map(|bytes| bytes.map(|bytes| String::from_utf8(bytes).unwrap()))
            .map_err(|told| told.message)
    };
    let mail = || Ok(Some("From: a@b\r\n\n".to_owned()));
    assert_eq!(read(MAIL).await, mail());
    // The number behind the content, and other news in between.
    let behind = "* 3 EXISTS\r\n* 1 FETCH (FLAGS (\\Seen) UID 4)\r\n* 1 fetch (BODY[]<0> {12}\r\nFrom: a@b\r\n\n uid 4)\r\nTAG OK fini\r\n";
    assert_eq!(read(behind).await, mail());
    assert_eq!(read("* 1 FETCH (UID 4 BODY[]<0> \"court\")\r\nTAG OK fini\r\n").await, Ok(Some("court".to_owned())));
    assert_eq!(read("* 1 FETCH (UID 4 BODY[]<0> NIL)\r\nTAG OK fini\r\n").await, Ok(Some(String::new())));
    for another in [MAIL.replace("UID 4", "UID 44"), MAIL.replace("UID 4 ", ""), "TAG OK fini\r\n".to_owned()] {
        assert_eq!(read(&another).await, Ok(None), "{another}");
    }
    for lost in
        ["", "* 1 FETCH (UID 4 BODY[]<0> {12}\r\nFrom", "* 1 FETCH (UID 4 BODY[]<0> {900000000}\r\n∞x", "TAG NO\r\n"]
    {
        assert!(read(lost).await.is_err(), "{lost}");
    }
}

#[tokio::test]
async fn what_cannot_be_marked_is_told() {
    let refused = [SELECT, SEARCH, ("UID STORE", "TAG NO [NOPERM] non\r\n")];
    let imap = open(GREETING, script(&refused)).await;
    let told = imap.visit(today()).await.unwrap().take(4, Mark::Done).await.unwrap_err();
    assert!(told.message.contains("ne se marquent pas") && told.advice.contains("droit"), "{told:?}");
}

#[tokio::test]
async fn nothing_is_said_in_the_clear_after_starttls() {
    // An address of a server that answers the command and slips a word of its own in.
    let imap = open(GREETING, script(&[("STARTTLS", "TAG OK allez\r\n* OK glissé\r\n")])).await;
    let imap = Imap::new(&config(imap.config.port, Security::StartTls), Path::new(".")).unwrap();
    let told = imap.visit(today()).await.map(|_| ()).unwrap_err();
    assert!(told.message.contains("IMAP") || told.message.contains("chiffre pas"), "{told:?}");
    let imap = open(GREETING, script(&[("STARTTLS", "TAG BAD inconnu\r\n")])).await;
    let imap = Imap::new(&config(imap.config.port, Security::StartTls), Path::new(".")).unwrap();
    let told = imap.visit(today()).await.map(|_| ()).unwrap_err();
    assert!(told.message.contains("n’offre pas STARTTLS"), "{told:?}");
}

#[tokio::test]
async fn a_server_without_keywords_has_its_two_flags() {
    let plain = ("SELECT", "* OK [PERMANENTFLAGS (\\Seen \\Flagged)] ok\r\nTAG OK ok\r\n");
    let search = ("UNDELETED SINCE 19-Jan-2026 UNSEEN UNFLAGGED", "* SEARCH 4\r\nTAG OK fini\r\n");
    let script = script(&[plain, search, ("+FLAGS.SILENT (\\Flagged)", "TAG OK fini\r\n")]);
    let imap = open(GREETING, script).await;
    let mut visit = imap.visit(today()).await.unwrap();
    assert_eq!(visit.next(10), [4]);
    visit.take(4, Mark::ToRead).await.unwrap();
}

#[test]
fn names_of_folders() {
    assert_eq!(utf7("INBOX"), "INBOX");
    assert_eq!(utf7("Boîte de réception/R&D"), "Bo&AO4-te de r&AOk-ception/R&-D");
    assert_eq!(utf7("日本語"), "&ZeVnLIqe-");
}
