use super::*;
use crate::channel::tests::server::{Act, Server, Tls};
use crate::template::{SampleKind, sample};
use relance_core::machine::Nature;
use relance_core::step::Departure;

fn parcel(key: &str) -> Parcel {
    let message = Departure {
        answers: Default::default(),
        key: key.to_owned(),
        invoice: "F1".to_owned(),
        channel: Channel::Email,
        template: Some("court".to_owned()),
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
        at,
        context: sample(SampleKind { invoices: 1, complete: true, regime: "b2b", days_late: 5 }),
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

#[tokio::test]
async fn a_silent_server_holds_a_claim_no_longer_than_its_limit() {
    let server = Server::start(Tls::No, None, &[Act::SilentAfterContent]).await;
    let limits = Limits { begin: Duration::from_secs(1), end: Duration::from_secs(2) };
    let (mailroom, _dir) = mailroom(&server, limits).await;
    // The settings would wait for thirty seconds for each of these.
    let told = mailroom.deliver(&[parcel("F1#1.1.1.0"), parcel("F1#2.1.1.0"), parcel("F1#3.1.1.0")]).await;
    let outcomes: Vec<&Outcome> = told.iter().map(|delivery| &delivery.outcome).collect();
    assert!(matches!(outcomes[..], [Outcome::InDoubt(_), Outcome::Recalled, Outcome::Recalled]), "{outcomes:?}");
    assert_eq!(server.connections(), 1, "nothing was tried for what was not begun");
}

#[test]
fn a_claim_lasts_less_than_a_minute_and_what_begins_last_has_the_patience_of_the_settings() {
    assert!(LIMITS.end < Duration::from_secs(60));
    assert!(LIMITS.end - LIMITS.begin >= Duration::from_secs(30));
}
