//! What becomes of messages after they left, told by an import or by the carrier's own system: arrived, or come back.

use crate::support::mail_server::{Act, MailServer};
use crate::support::service::{Running, until};
use crate::support::{Project, sent};
use serde_json::{Value, json};

const DAY: &str = "2026-03-19";
const SECRET: (&str, &str) = ("RELANCE_RAPPEL", "un secret assez long");

/// Two reminders on the wire, of which the first is in doubt.
fn in_doubt(server: &MailServer) -> Project {
    server.expect("zoe@client.example", &[Act::DropAfterContent]);
    let project = Project::with("à J+15 : email ferme à défaut sms ferme\n");
    let clients = "code;nom;segment;email;portable\nC1;Zoé;mauvais_payeur;zoe@client.example;06 39 98 12 34\n\
                   C2;Noël;mauvais_payeur;noel@client.example;06 39 98 12 35\n";
    project.write("donnees/clients.csv", clients);
    let invoices = "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/02/2026;04/03/2026;120,00\n\
                    F2;C2;02/02/2026;04/03/2026;80,00\n";
    project.write("donnees/factures.csv", invoices);
    let settings = format!(
        "[email]\nmode = \"smtp\"\nhote = \"127.0.0.1\"\nport = {}\nsecurite = \"aucune\"\n\n[service]\nrappel_env = \"{}\"\n\n",
        server.port, SECRET.0
    );
    project.replace("relance.toml", "[email]\nmode = \"dossier\"\n", &settings);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run(&["executer", "--le", DAY]).code(3);
    assert_eq!(doubts(&project), 1);
    project
}

fn doubts(project: &Project) -> usize {
    project.run(&["etat", "--le", "2026-03-24", "--format", "json"]).fine().json()["en_doute"].as_array().unwrap().len()
}

fn told<'a>(journal: &'a [Value], event: &str) -> Vec<(&'a str, &'a str)> {
    let lines = journal.iter().filter(|line| line["evenement"] == event);
    lines.map(|line| (line["facture"].as_str().unwrap(), line["canal"].as_str().unwrap_or(""))).collect()
}

fn import(project: &Project, rows: &str) {
    project.write("evenements.csv", format!("date;type;facture;detail\n{rows}"));
    project.run(&["importer", "evenements.csv", "--le", "2026-03-20T11:00"]).fine();
    project.run(&["executer", "--le", "2026-03-23"]).fine();
}

#[test]
fn who_has_received_a_message_in_doubt_settles_it() {
    let server = MailServer::plain();
    let project = in_doubt(&server);
    import(&project, "20/03/2026;remis;F1;email\n20/03/2026;remis;F2;email\n");
    let journal = project.journal();
    assert_eq!(told(&journal, "envoi"), [("F2", "email"), ("F1", "email")]);
    assert_eq!(told(&journal, "remis"), [("F1", "email"), ("F2", "email")]);
    assert_eq!((doubts(&project), server.count("zoe@client.example")), (0, 0), "it is not sent again");
    insta::assert_snapshot!(project.run(&["journal", "--facture", "F1"]).fine().out);
    // Said again, nothing changes.
    import(&project, "20/03/2026;remis;F1;email\n20/03/2026;remis;F2;email\n");
    assert_eq!(project.journal(), journal);
}

#[test]
fn a_message_in_doubt_that_comes_back_had_left() {
    let server = MailServer::plain();
    let project = in_doubt(&server);
    import(&project, "20/03/2026;echec;F1;email\n");
    let journal = project.journal();
    assert_eq!(told(&journal, "echec"), [("F1", "email")]);
    let texts: Vec<_> = sent(&journal, "sms").iter().map(|line| line["facture"].clone()).collect();
    assert_eq!((texts, doubts(&project)), (vec![json!("F1")], 0), "its fallback leaves");
}

#[test]
fn a_delivery_that_nobody_expects_is_told_at_its_line() {
    let server = MailServer::plain();
    let project = in_doubt(&server);
    project.write(
        "evenements.csv",
        "date;type;facture;detail\n18/03/2026;remis;F2;sms\n18/03/2026;remis;F2;\n18/03/2026;remis;F2;appel\n",
    );
    insta::assert_snapshot!(project.run(&["importer", "evenements.csv", "--le", "2026-03-20"]).code(1).told());
}

#[test]
fn the_carriers_system_tells_the_service() {
    let server = MailServer::plain();
    let project = in_doubt(&server);
    let refused = project.run(&["service", "--ecoute", "127.0.0.1:0"]).code(2).told();
    assert!(refused.contains("RELANCE_RAPPEL") && refused.contains("rappel_env"), "{refused}");
    let state = project.run(&["etat", "--le", "2026-03-24", "--format", "json"]).fine().json();
    let key = state["en_doute"][0]["cle"].as_str().unwrap().to_owned();
    let service = Running::start_with(&project, &[SECRET], &[]);
    let right = format!("Authorization: Bearer {}", SECRET.1);
    let body = json!({ "cle": key, "etat": "remis" }).to_string();
    let mut all = String::new();
    let mut tell = |title: &str, method: &str, header: &str, body: &str| {
        let (status, text) = service.ask(method, "/rappel", header, body);
        all.push_str(&format!("──── {title}\n{status} {text}"));
    };
    tell("sans secret", "POST", "X-Rien: rien", &body);
    tell("mauvais secret", "POST", "Authorization: Bearer un secret assez court", &body);
    tell("lecture", "GET", &right, "");
    tell("autre chose", "POST", &right, "remis");
    tell("état inconnu", "POST", &right, &body.replace("remis", "perdu"));
    tell("clé inconnue", "POST", &right, &body.replace("F1", "F9"));
    tell("trop long", "POST", &right, &"x".repeat(5_000));
    tell("bien", "POST", &right, &body);
    tell("encore", "POST", &right, &body);
    insta::assert_snapshot!(all);
    until("the doubt is settled", || doubts(&project) == 0);
    service.signal("TERM");
    assert_eq!(service.ended().0, Some(0));
    assert_eq!(told(&project.journal(), "remis"), [("F1", "email")]);
    assert_eq!(server.count("zoe@client.example"), 0);
}
