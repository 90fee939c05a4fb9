//! SMS through a service that speaks Twilio's interface.

use crate::support::{Project, keys, sent};
use serde_json::json;
use tokio::runtime::Runtime;
use wiremock::matchers::{basic_auth, body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const TOKEN: (&str, &str) = ("RELANCE_SMS_JETON", "jeton-secret");

const INVOICES: &str = "numero;client;nom;date_emission;date_echeance;montant_ttc
F1;C1;Un;02/02/2026;04/03/2026;120,00
F2;C2;Deux;02/02/2026;04/03/2026;230,00
F3;C3;Trois;02/02/2026;04/03/2026;340,00
";
const CLIENTS: &str = "code;nom;email;portable
C1;Un;un@client.example;06 39 98 12 31
C2;Deux;deux@client.example;06 39 98 12 32
C3;Trois;trois@client.example;06 39 98 12 33
";

fn project(service: &str) -> Project {
    let project = Project::with("à J+10 : sms rappel à défaut email courtois\n");
    project.write("donnees/factures.csv", INVOICES);
    project.write("donnees/clients.csv", CLIENTS);
    let settings = format!(
        "[sms]\nmode = \"http\"\nbase_url = \"{service}\"\ncompte = \"AC123\"\njeton_env = \"{}\"\nexpediteur = \"Ateliers\"\n",
        TOKEN.0
    );
    project.replace("relance.toml", "[sms]\nmode = \"dossier\"\n", &settings);
    project.run_with(&[TOKEN], &["importer", "--le", "2026-03-09"]).fine();
    project
}

fn taken() -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(json!({"sid": "SM42", "status": "queued"}))
}

#[test]
fn messages_are_posted_once_each() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(MockServer::start());
    let accepts = Mock::given(method("POST"))
        .and(path("/2010-04-01/Accounts/AC123/Messages.json"))
        .and(basic_auth("AC123", TOKEN.1))
        .respond_with(taken());
    let refuses = Mock::given(body_string_contains("33639981232"))
        .respond_with(
            ResponseTemplate::new(400).set_body_json(json!({"code": 21614, "message": "not a mobile number"})),
        )
        .with_priority(1);
    runtime.block_on(accepts.mount(&server));
    runtime.block_on(refuses.mount(&server));
    let project = project(&server.uri());
    let done = project.run_with(&[TOKEN], &["executer", "--le", "2026-03-16"]).code(0);
    insta::assert_snapshot!(done.told().replace(&server.uri(), "http://SERVICE"));
    let requests = runtime.block_on(server.received_requests()).unwrap();
    assert_eq!(requests.len(), 3);
    let ids: std::collections::BTreeSet<_> =
        requests.iter().map(|r| r.headers.get("idempotency-key").unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 3);
    let bodies: Vec<String> = requests.iter().map(|r| String::from_utf8(r.body.clone()).unwrap()).collect();
    assert!(bodies.iter().any(|b| b.contains("To=%2B33639981231") && b.contains("F1")), "{bodies:?}");

    let journal = project.journal();
    assert_eq!(keys(&sent(&journal, "sms")).len(), 2);
    let emails = sent(&journal, "email");
    assert_eq!(
        (emails.len(), &emails[0]["facture"]),
        (1, &json!("F2")),
        "the fallback of the number that is no mobile"
    );
    assert!(journal.iter().any(|l| l["evenement"] == "echec" && l["facture"] == "F2"));
    let told = format!("{journal:?}");
    assert!(!told.contains("6399812"), "no number in the journal");
    project.run_with(&[TOKEN], &["executer", "--le", "2026-03-17"]).fine();
    assert_eq!(runtime.block_on(server.received_requests()).unwrap().len(), 3, "nothing a second time");
}

#[test]
fn a_refused_token_stops_the_channel_and_loses_nothing() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(MockServer::start());
    let refused = ResponseTemplate::new(401).set_body_json(json!({"code": 20003, "message": "Authenticate"}));
    let refuses = runtime.block_on(Mock::given(method("POST")).respond_with(refused).mount_as_scoped(&server));
    let project = project(&server.uri());
    let done = project.run_with(&[TOKEN], &["executer", "--le", "2026-03-16"]).code(3);
    insta::assert_snapshot!(done.told().replace(&server.uri(), "http://SERVICE"));
    assert!(!done.told().contains(TOKEN.1));
    assert!(sent(&project.journal(), "").is_empty());
    drop(refuses);
    runtime.block_on(server.reset());
    runtime.block_on(Mock::given(method("POST")).respond_with(taken()).expect(3).mount(&server));
    project.run_with(&[TOKEN], &["executer", "--le", "2026-03-16"]).fine();
    project.run_with(&[TOKEN], &["executer", "--le", "2026-03-17"]).fine();
    assert_eq!(keys(&sent(&project.journal(), "sms")).len(), 3);
    runtime.block_on(server.verify());
    // Without its token, it says which variable is missing.
    let done = project.run(&["executer", "--le", "2026-03-18"]).code(3);
    assert!(done.err.contains(TOKEN.0), "{}", done.err);
}

#[test]
fn no_answer_is_in_doubt_and_never_repeated() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(MockServer::start());
    runtime.block_on(Mock::given(method("POST")).respond_with(ResponseTemplate::new(500)).mount(&server));
    let project = project(&server.uri());
    project.run_with(&[TOKEN], &["executer", "--le", "2026-03-16"]).code(3);
    for day in ["2026-03-16", "2026-03-17", "2026-03-23"] {
        project.run_with(&[TOKEN], &["executer", "--le", day]).fine();
    }
    let requests = runtime.block_on(server.received_requests()).unwrap();
    assert_eq!(requests.iter().filter(|request| request.method.as_str() == "POST").count(), 3);
    let journal = project.journal();
    assert_eq!(journal.iter().filter(|l| l["evenement"] == "doute").count(), 3);
    let state = project.run(&["etat", "--le", "2026-03-23", "--format", "json"]).fine().json();
    assert_eq!(state["en_doute"].as_array().unwrap().len(), 3);
}

#[test]
fn a_person_settles_what_is_in_doubt() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(MockServer::start());
    runtime.block_on(Mock::given(method("POST")).respond_with(ResponseTemplate::new(500)).mount(&server));
    let project = project(&server.uri());
    project.run_with(&[TOKEN], &["executer", "--le", "2026-03-16"]).code(3);
    let listed = || -> Vec<String> {
        let state = project.run(&["etat", "--le", "2026-03-17", "--format", "json"]).fine().json();
        state["en_doute"].as_array().unwrap().iter().map(|doubt| doubt["cle"].as_str().unwrap().to_owned()).collect()
    };
    let doubts = listed();
    assert_eq!(doubts.len(), 3);
    let mut told = String::new();
    for (key, answer) in
        [(&doubts[0], "parti"), (&doubts[1], "non-parti"), (&doubts[0], "non-parti"), (&doubts[1], "oui")]
    {
        let done = project.run(&["trancher", key, answer, "--le", "2026-03-17"]);
        told.push_str(&format!("$ relance trancher {key} {answer}\n{}\n", done.told()));
    }
    assert_eq!(listed(), doubts[2..], "what is settled is on nobody's list any more");
    runtime.block_on(server.reset());
    runtime.block_on(Mock::given(method("POST")).respond_with(taken()).expect(1).mount(&server));
    project.run_with(&[TOKEN], &["executer", "--le", "2026-03-17"]).fine();
    runtime.block_on(server.verify());
    assert_eq!(listed(), doubts[2..]);
    let journal = project.journal();
    let left: Vec<_> = sent(&journal, "sms").iter().map(|l| l["cle"].as_str().unwrap().to_owned()).collect();
    assert_eq!(left.len(), 2, "the one that had left, and the one that has left now");
    assert!(doubts[..2].iter().all(|key| left.contains(key)), "the same keys");
    for line in project.run(&["journal", "--du", "2026-03-17"]).fine().out.lines() {
        told.push_str(line);
        told.push('\n');
    }
    insta::assert_snapshot!(told);
}
