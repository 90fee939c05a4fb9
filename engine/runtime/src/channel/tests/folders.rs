use super::*;
use mail_parser::MessageParser;

#[tokio::test]
async fn one_file_per_message_and_never_twice() {
    let dir = tempfile::tempdir().unwrap();
    let carrier = Carrier::email(&config(""), dir.path()).unwrap();
    let message = outgoing("F-1|J+15|email|0");
    assert_eq!(carrier.was_sent(&message.key).await, Some(false));
    assert!(accepted(&carrier.send(&message).await));
    let files = || std::fs::read_dir(dir.path().join("envois")).unwrap().map(|f| f.unwrap().path()).collect::<Vec<_>>();
    let first = std::fs::read(&files()[0]).unwrap();
    assert_eq!(carrier.was_sent(&message.key).await, Some(true));
    // The same key again, with other words: what left has left.
    let mut again = message.clone();
    again.rendered.text = "autre".to_owned();
    assert!(accepted(&carrier.send(&again).await));
    assert_eq!(files().len(), 1, "{:?}", files());
    assert_eq!(std::fs::read(&files()[0]).unwrap(), first);
    assert!(files()[0].to_string_lossy().ends_with(".eml"));
    let parsed = MessageParser::default().parse(&first).unwrap();
    assert_eq!(parsed.subject(), message.rendered.subject.as_deref());
}

#[tokio::test]
async fn the_same_message_has_the_same_bytes() {
    let bytes = async || {
        let dir = tempfile::tempdir().unwrap();
        Carrier::email(&config(""), dir.path()).unwrap().send(&outgoing("k")).await;
        std::fs::read(dir.path().join("envois/k.eml")).unwrap()
    };
    assert_eq!(bytes().await, bytes().await);
}

#[tokio::test]
async fn hostile_names_stay_inside_their_header() {
    let dir = tempfile::tempdir().unwrap();
    let carrier = Carrier::email(&config(""), dir.path()).unwrap();
    let mut message = outgoing("k");
    message.to = vec![person("Paul\r\nBcc: pirate@exemple.fr\r\n\r\nCorps", "paul@client.example")];
    message.rendered.subject = Some("Objet\r\nBcc: pirate@exemple.fr".to_owned());
    assert!(accepted(&carrier.send(&message).await));
    let bytes = std::fs::read(dir.path().join("envois/k.eml")).unwrap();
    let parsed = MessageParser::default().parse(&bytes).unwrap();
    assert!(parsed.bcc().is_none());
    assert_eq!(parsed.subject(), Some("Objet Bcc: pirate@exemple.fr"));
    assert!(parsed.body_text(0).unwrap().starts_with("Bonjour"));
}

#[tokio::test]
async fn who_cannot_be_reached() {
    let dir = tempfile::tempdir().unwrap();
    let config = config("");
    for email in [None, Some(""), Some("pas une adresse"), Some("a@b\r\nRCPT TO:<x@y.z>")] {
        let mut message = outgoing("k");
        message.to[0].email = email.map(str::to_owned);
        message.to[0].phone = None;
        let mail = Carrier::email(&config, dir.path()).unwrap().send(&message).await;
        assert_eq!(class(&mail), Some(Refusal::Address), "{email:?}");
        let sms = Carrier::sms(&config, dir.path()).unwrap().send(&message).await;
        assert_eq!(class(&sms), Some(Refusal::Address));
    }
    assert!(!dir.path().join("envois").exists());
}

#[tokio::test]
async fn dates_out_of_range_are_no_trouble() {
    let dir = tempfile::tempdir().unwrap();
    let carrier = Carrier::email(&config(""), dir.path()).unwrap();
    for (i, date) in [Instant::MIN_UTC, Instant::MAX_UTC].into_iter().enumerate() {
        let message = Outgoing { date, ..outgoing(&format!("k{i}")) };
        assert!(accepted(&carrier.send(&message).await));
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("envois"), "un fichier").unwrap();
    let outcome = Carrier::email(&config(""), dir.path()).unwrap().send(&outgoing("k")).await;
    assert_eq!(class(&outcome), Some(Refusal::Temporary), "{outcome:?}");
}

#[tokio::test]
async fn sms_files() {
    let dir = tempfile::tempdir().unwrap();
    let carrier = Carrier::sms(&config(""), dir.path()).unwrap();
    let mut message = outgoing("f-1_j15.sms");
    message.rendered = Rendered { subject: None, text: "Facture F-1 à régler.".to_owned(), html: None, code: None };
    assert!(accepted(&carrier.send(&message).await));
    assert!(accepted(&carrier.send(&message).await));
    let text = std::fs::read_to_string(dir.path().join("envois/f-1_j15.sms.txt")).unwrap();
    assert_eq!(text, "To: +33612345678\nDate: 2026-03-19T08:00:00Z\nKey: f-1_j15.sms\n\nFacture F-1 à régler.\n");
    assert_eq!(carrier.was_sent("f-1_j15.sms").await, Some(true));
}

#[test]
fn a_sender_is_needed() {
    let bare = Config::parse("[creancier]\nnom = \"D\"\n", Path::new("relance.toml")).unwrap();
    let problem = Carrier::email(&bare, Path::new(".")).unwrap_err();
    assert!(problem.to_string().contains("expediteur"), "{problem}");
}
