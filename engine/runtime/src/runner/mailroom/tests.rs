use super::*;
use crate::channel::tests::server::{Act, Server, Tls};
use crate::paper::{Order, Sheet};
use crate::template::{MessageContext, SampleKind, sample};
use relance_core::interest::Debt;
use relance_core::machine::Nature;
use relance_core::step::Departure;

fn parcel(key: &str) -> Parcel {
    let message = Departure {
        answers: Default::default(),
        key: key.to_owned(),
        invoice: "F1".to_owned(),
        channel: Channel::Email,
        template: Some("court".to_owned()),
        language: None,
        nature: Nature::Reminder,
        unit: key.to_owned(),
        others: Vec::new(),
        to: Vec::new(),
        copy: Vec::new(),
    };
    let zoe = Recipient { role: None, name: None, email: Some("zoe@client.example".to_owned()), phone: None };
    let at = "2026-03-10T10:00:00Z".parse().unwrap();
    Parcel {
        message,
        client: "C1".to_owned(),
        to: vec![zoe],
        copy: Vec::new(),
        thread: Vec::new(),
        at,
        context: sample(SampleKind { invoices: 1, complete: true, regime: "b2b", days_late: 5 }),
        accounts: Vec::new(),
        papers: std::collections::BTreeMap::new(),
    }
}

async fn mailroom(server: &Server, limits: Limits) -> (Mailroom, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("modeles/email")).unwrap();
    std::fs::write(dir.path().join("modeles/email/court.md"), "---\nobjet: Rappel\n---\nBonjour\n").unwrap();
    let settings = format!(
        "[creancier]\nnom = \"Ateliers\"\nemail = \"compta@ateliers.example\"\n[email]\nmode = \"smtp\"\nhote = \"127.0.0.1\"\n\
         port = {}\nsecurite = \"aucune\"\nconnexions = 1\n",
        server.port
    );
    let config = Config::parse(&settings, Path::new("relance.toml")).unwrap();
    let (library, problems) = Library::load(dir.path());
    assert!(problems.is_empty(), "{problems:?}");
    let mailroom = Mailroom { limits, ..Mailroom::open(&config, dir.path(), library).unwrap() };
    (mailroom, dir)
}

/// What becomes of a message of which ten seconds have gone by since it was claimed.
async fn ten_seconds_later(act: Act, begin: u64, end: u64) -> (Outcome, usize) {
    let server = Server::start(Tls::No, None, &[act]).await;
    let limits = Limits { begin: Duration::from_secs(begin), end: Duration::from_secs(end) };
    let (mailroom, _dir) = mailroom(&server, limits).await;
    let claimed = Instant::now().checked_sub(Duration::from_secs(10)).expect("the machine runs for longer");
    let parcel = parcel("F1#1.1.1.0");
    let told = mailroom.hand_over(Channel::Email, mailroom.prepare(&parcel), claimed).await;
    (told.outcome, server.connections())
}

#[tokio::test]
async fn a_silent_server_holds_a_claim_no_longer_than_its_limit() {
    // The settings would wait for thirty seconds.
    let (outcome, _) = ten_seconds_later(Act::SilentAfterContent, 3_600, 10).await;
    assert!(matches!(outcome, Outcome::InDoubt(_)), "{outcome:?}");
    let (outcome, _) = ten_seconds_later(Act::Accept, 3_600, 3_600).await;
    assert!(matches!(outcome, Outcome::Accepted), "{outcome:?}");
}

#[tokio::test]
async fn what_was_not_begun_in_time_goes_back_untried() {
    let (outcome, connections) = ten_seconds_later(Act::Accept, 10, 3_600).await;
    assert!(matches!(outcome, Outcome::Recalled), "{outcome:?}");
    assert_eq!(connections, 0, "nothing was tried");
}

#[tokio::test]
async fn one_claim_is_the_beginning_for_all_that_were_claimed_together() {
    let server = Server::start(Tls::No, None, &[]).await;
    let none = Limits { begin: Duration::ZERO, end: Duration::from_secs(3_600) };
    let (mailroom, _dir) = mailroom(&server, none).await;
    let told = mailroom.deliver(&[parcel("F1#1.1.1.0"), parcel("F1#2.1.1.0")]).await;
    assert!(told.iter().all(|delivery| matches!(delivery.outcome, Outcome::Recalled)), "{told:?}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_claim_lasts_less_than_a_minute_and_what_begins_last_has_the_patience_of_the_settings() {
    assert!(LIMITS.end < Duration::from_secs(60));
    assert!(LIMITS.end - LIMITS.begin >= Duration::from_secs(30));
}

#[tokio::test]
async fn claims_are_what_leaves_while_the_base_writes() {
    let server = Server::start(Tls::No, None, &[]).await;
    let (mailroom, _dir) = mailroom(&server, LIMITS).await;
    let quick = Duration::from_millis(5);
    assert_eq!(mailroom.claim_limit(quick), 4, "nothing is known yet");
    for (micros, claims) in [(1_000, 15), (500, 30), (10, 128), (0, 128), (100_000, 4)] {
        *lock(&mailroom.pace) = Some(Duration::from_micros(micros));
        assert_eq!(mailroom.claim_limit(quick), claims, "{micros} µs");
    }
    // A base far away: more is on its way meanwhile.
    assert_eq!(mailroom.claim_limit(Duration::from_secs(2)), 60);
    *lock(&mailroom.pace) = Some(Duration::from_secs(2));
    let told = mailroom.deliver(&[parcel("F1#1.1.1.0"), parcel("F1#2.1.1.0"), parcel("F1#3.1.1.0")]).await;
    assert!(told.iter().all(|delivery| matches!(delivery.outcome, Outcome::Accepted)), "{told:?}");
    assert!(lock(&mailroom.pace).is_some_and(|pace| pace < Duration::from_secs(2)), "it is faster than before");
    mailroom.begin();
    assert_eq!(mailroom.claim_limit(quick), 4, "another run begins carefully");
}

/// A service that keeps no message: what it lists is empty.
async fn empty_handed(doubts: &str) -> (Mailroom, wiremock::MockServer, tempfile::TempDir) {
    let service = wiremock::MockServer::start().await;
    let list = wiremock::ResponseTemplate::new(200).set_body_json(serde_json::json!({ "messages": [] }));
    wiremock::Mock::given(wiremock::matchers::method("GET")).respond_with(list).mount(&service).await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("modeles/sms")).unwrap();
    std::fs::write(dir.path().join("modeles/sms/court.md"), "Bonjour\n").unwrap();
    let settings = format!(
        "[creancier]\nnom = \"Ateliers\"\nemail = \"a@ateliers.example\"\n[sms]\nmode = \"http\"\nbase_url = \"{}\"\ncompte = \"A\"\njeton_env = \"PATH\"\n\
         expediteur = \"Ateliers\"\n[envois]\ndoutes = \"{doubts}\"\n",
        service.uri()
    );
    let config = Config::parse(&settings, Path::new("relance.toml")).unwrap();
    let (library, problems) = Library::load(dir.path());
    assert!(problems.is_empty(), "{problems:?}");
    (Mailroom::open(&config, dir.path(), library).unwrap(), service, dir)
}

#[tokio::test]
async fn a_service_is_asked_once_an_hour_for_what_it_does_not_have() {
    let (mailroom, service, _dir) = empty_handed("fournisseur").await;
    assert!(mailroom.asks(Channel::Sms) && !mailroom.asks(Channel::Email));
    let mut message = parcel("F1#1.1.1.0");
    message.message.channel = Channel::Sms;
    message.to[0].phone = Some("06 39 98 12 31".to_owned());
    for _ in 0..3 {
        assert_eq!(mailroom.find(&message, message.at, &BTreeSet::new()).await, Answer::Nothing);
    }
    message.message.key = "F2#1.1.1.0".to_owned();
    mailroom.find(&message, message.at, &BTreeSet::new()).await;
    assert_eq!(service.received_requests().await.unwrap().len(), 2, "once for each message");
}

#[tokio::test]
async fn nobody_is_asked_when_a_person_settles_doubts() {
    let (mailroom, ..) = empty_handed("personne").await;
    assert!(!mailroom.asks(Channel::Sms));
}

/// Sets what it is given as it is told.
#[derive(Debug)]
struct Press(Result<(), &'static str>);

impl Typesetter for Press {
    fn set(&self, order: &Order<'_>) -> Result<Sheet, String> {
        self.0.map_err(str::to_owned)?;
        assert_eq!(order.registered, Some(Registered::Paper));
        Ok(Sheet { pdf: b"%PDF-1.7".to_vec(), recipient: vec!["Durand".to_owned()] })
    }

    fn statement(&self, message: &MessageContext, _: &[(String, Debt)]) -> Result<Vec<u8>, String> {
        self.0.map_err(str::to_owned)?;
        Ok(format!("%PDF-1.7 {}", message.invoice.number).into_bytes())
    }
}

async fn with_letters(
    press: Option<Press>,
    answer: u16,
    doubts: &str,
) -> (Mailroom, wiremock::MockServer, tempfile::TempDir) {
    let service = wiremock::MockServer::start().await;
    let posted = wiremock::ResponseTemplate::new(answer);
    wiremock::Mock::given(wiremock::matchers::method("POST")).respond_with(posted).mount(&service).await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("modeles/courrier")).unwrap();
    std::fs::write(dir.path().join("modeles/courrier/court.md"), "---\nobjet: Rappel\n---\nBonjour\n").unwrap();
    std::fs::write(dir.path().join("modeles/courrier/faux.md"), "---\nobjet: Rappel\n---\n{{ absent }}\n").unwrap();
    let url = service.uri();
    let settings = format!(
        "[creancier]\nnom = \"Ateliers\"\nemail = \"a@ateliers.example\"\n[recommandes]\nurl = \"{url}\"\ninterrogation = \"{url}/{{cle}}\"\n\
         debit = \"60 par minute\"\n[recommandes.corps]\na = \"{{adresse}}\"\nf = \"{{document}}\"\n[envois]\ndoutes = \"{doubts}\"\n"
    );
    let config = Config::parse(&settings, Path::new("relance.toml")).unwrap();
    let (library, _) = Library::load(dir.path());
    let mailroom = Mailroom::open(&config, dir.path(), library).unwrap();
    let mailroom = match press {
        Some(press) => mailroom.with_typesetter(Arc::new(press)),
        None => mailroom,
    };
    (mailroom, service, dir)
}

fn letter(key: &str) -> Parcel {
    let mut letter = parcel(key);
    letter.message.channel = Channel::RegisteredLetter;
    letter
}

#[tokio::test]
async fn a_letter_is_kept_as_it_is_handed_over() {
    let (mailroom, service, _dir) = with_letters(Some(Press(Ok(()))), 201, "fournisseur").await;
    let outgoing = mailroom.prepare(&letter("F1#1.1.1.0")).unwrap();
    assert_eq!(outgoing.attached.len(), 1);
    assert!(outgoing.attached[0].name.starts_with("court-") && outgoing.attached[0].name.ends_with(".pdf"));
    assert_eq!(
        (outgoing.attached[0].bytes.as_slice(), outgoing.rendered.subject.as_deref()),
        (&b"%PDF-1.7"[..], Some("Rappel"))
    );
    // Each channel has its own way, rate and limits.
    let told = mailroom.deliver(&[parcel("F1#2.1.1.0"), letter("F1#1.1.1.0"), letter("F1#3.1.1.0")]).await;
    assert_eq!(told.iter().filter(|one| one.outcome == Outcome::Accepted).count(), 2, "{told:?}");
    assert!(matches!(told[0].outcome, Outcome::Retry(_)), "there is no such e-mail: {told:?}");
    assert_eq!(service.received_requests().await.unwrap().len(), 2);
    assert!(mailroom.rate(Channel::RegisteredLetter).is_some() && mailroom.rate(Channel::Email).is_none());
}

#[tokio::test]
async fn a_letter_that_cannot_be_made_is_tried_again_and_a_refused_account_stops_letters_only() {
    let (mailroom, service, _dir) = with_letters(Some(Press(Err("un taux manque"))), 201, "fournisseur").await;
    let mut wrong = letter("F1#1.1.1.0");
    wrong.message.template = Some("faux".to_owned());
    let told = mailroom.deliver(&[letter("F1#2.1.1.0"), wrong]).await;
    let reasons = told.iter().map(|one| format!("{:?}", one.outcome)).collect::<Vec<_>>();
    assert!(reasons[0].starts_with("Retry") && reasons[0].contains("un taux manque"), "{reasons:?}");
    assert!(reasons[1].starts_with("Retry") && reasons[1].contains("le modèle ne s’écrit pas"), "{reasons:?}");
    assert!(service.received_requests().await.unwrap().is_empty());
    let (mailroom, ..) = with_letters(None, 201, "fournisseur").await;
    let told = mailroom.deliver(&[letter("F1#1.1.1.0")]).await;
    assert!(matches!(&told[0].outcome, Outcome::Blocked(_)), "{told:?}");
    let (mailroom, service, _dir) = with_letters(Some(Press(Ok(()))), 401, "fournisseur").await;
    for _ in 0..2 {
        let told = mailroom.deliver(&[letter("F1#1.1.1.0")]).await;
        assert!(matches!(&told[0].outcome, Outcome::Blocked(_)), "{told:?}");
    }
    assert_eq!(service.received_requests().await.unwrap().len(), 1, "stopped");
    assert!(mailroom.stopped(0).is_none() && mailroom.stopped(1).is_none());
}

#[tokio::test]
async fn a_letter_that_the_service_does_not_know_may_still_be_on_its_way() {
    let (mailroom, service, _dir) = with_letters(Some(Press(Ok(()))), 500, "fournisseur").await;
    assert!(mailroom.asks(Channel::RegisteredLetter));
    // There is no answer to GET but 404.
    let message = letter("F1#1.1.1.0");
    for answer in [Answer::Absent, Answer::Nothing] {
        assert_eq!(mailroom.find(&message, message.at, &BTreeSet::new()).await, answer, "once an hour");
    }
    assert_eq!(service.received_requests().await.unwrap().len(), 1);
    let (mailroom, service, _dir) = with_letters(Some(Press(Ok(()))), 500, "personne").await;
    assert!(!mailroom.asks(Channel::RegisteredLetter));
    assert_eq!(mailroom.find(&message, message.at, &BTreeSet::new()).await, Answer::Nothing);
    assert!(service.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_e_mail_never_leaves_without_the_statement_that_its_template_asks_for() {
    let server = &Server::start(Tls::No, None, &[]).await;
    let settled = |press: Option<Press>, pieces: Option<&'static str>| async move {
        let (mailroom, dir) = mailroom(server, LIMITS).await;
        let head = "---\nobjet: Rappel\npiece: [facture, décompte]\n---\nBonjour\n";
        std::fs::write(dir.path().join("modeles/email/court.md"), head).unwrap();
        let (library, problems) = Library::load(dir.path());
        assert!(problems.is_empty(), "{problems:?}");
        let cabinet = pieces.map(|pattern| Cabinet::new(dir.path(), pattern));
        let mailroom = Mailroom { library, cabinet, ..mailroom };
        let mailroom = match press {
            Some(press) => mailroom.with_typesetter(Arc::new(press)),
            None => mailroom,
        };
        (mailroom, dir)
    };
    let retried = |mailroom: &Mailroom| match mailroom.prepare(&parcel("F1#1.1.1.0")) {
        Err(Outcome::Retry(why)) => why,
        other => panic!("{other:?}"),
    };
    let mut told = Vec::new();
    for press in [Some(Press(Err("un taux manque"))), None] {
        let (mailroom, dir) = settled(press, Some("f.pdf")).await;
        std::fs::write(dir.path().join("f.pdf"), b"%PDF-1.7").unwrap();
        told.push(retried(&mailroom));
    }
    let (mailroom, dir) = settled(Some(Press(Ok(()))), Some("f.pdf")).await;
    // Both are asked for.
    told.push(retried(&mailroom));
    std::fs::write(dir.path().join("f.pdf"), b"%PDF-1.7").unwrap();
    let outgoing = mailroom.prepare(&parcel("F1#1.1.1.0")).unwrap();
    let names: Vec<&str> = outgoing.attached.iter().map(|file| file.name.as_str()).collect();
    told.push(names.join(", "));
    assert_eq!(outgoing.attached[1].bytes, format!("%PDF-1.7 {}", parcel("x").context.invoice.number).as_bytes());
    let mut many = parcel("F1#1.1.1.0");
    many.context.invoices = vec![many.context.invoice.clone(); 1_001];
    let Err(Outcome::Retry(why)) = mailroom.prepare(&many) else { panic!("a thousand and one") };
    told.push(why);
    // Together they stay under what servers take.
    std::fs::File::create(dir.path().join("f.pdf")).unwrap().set_len(9_999_999).unwrap();
    told.push(retried(&mailroom));
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(server.connections(), 0, "nothing was tried");
}

#[test]
fn the_name_of_a_statement_is_harmless() {
    let mut message = parcel("F1#1.1.1.0").context;
    let long = "x".repeat(10_000);
    for number in ["F-2026/118", "../../etc/passwd", "\u{202e}fdp.exe", "a\"\r\nb", "😀", "", long.as_str()] {
        number.clone_into(&mut message.invoices[0].number);
        let name = statement_file(&message);
        assert!(name.starts_with("decompte-") && name.ends_with(".pdf") && name.chars().count() < 80, "{name}");
        assert!(name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')), "{name:?}");
    }
}
