//! E-mail through a real conversation with a mail server on loopback.

use crate::support::mail_server::{Act, MailServer};
use crate::support::{Done, Project, keys, mail, sent};
use serde_json::Value;
use std::collections::BTreeSet;

const PASSWORD: &str = "RELANCE_SMTP_MDP";
const DAY: &str = "2026-03-19";

const CLIENTS: &str = "code;nom;segment;email;telephone;portable
C1;Crème & Châtaigne;mauvais_payeur;zoe@client.example;01 99 00 12 34;
C2;Ets Noël;mauvais_payeur;noel@client.example;;06 39 98 12 34
C3;Garage Lœuf;mauvais_payeur;garage@client.example;;06 39 98 12 35
C4;Société à responsabilité limitée des Établissements Réunis de l’Été, fils et neveux;mauvais_payeur;ete@client.example;;
";
const INVOICES: &str = "numero;client;date_emission;date_echeance;montant_ttc;libelle
F1;C1;02/02/2026;04/03/2026;1 200,50;Marrons glacés
F2;C2;02/02/2026;04/03/2026;348,90;
F3;C3;02/02/2026;04/03/2026;99,00;
F4;C4;02/02/2026;04/03/2026;12 450,00;
";
const PLAN: &str = "à J+15 : email ferme à défaut sms ferme\n";
const PLAIN: &str = "securite = \"aucune\"";

fn project(plan: &str, host: &str, port: u16, security: &str) -> Project {
    let project = Project::with(plan);
    project.write("donnees/clients.csv", CLIENTS);
    project.write("donnees/factures.csv", INVOICES);
    let settings = format!("[email]\nmode = \"smtp\"\nhote = \"{host}\"\nport = {port}\n{security}\n");
    project.replace("relance.toml", "[email]\nmode = \"dossier\"\n", &settings);
    project.replace("relance.toml", "nom = \"Votre société\"", "nom = \"Ateliers Éléonore & Fils\"");
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project
}

fn on(server: &MailServer, plan: &str) -> Project {
    project(plan, "127.0.0.1", server.port, PLAIN)
}

fn execute(project: &Project, day: &str) -> Done {
    project.run_with(&[(PASSWORD, "sésame")], &["executer", "--le", day])
}

fn of<'a>(journal: &'a [Value], event: &str) -> Vec<&'a str> {
    journal.iter().filter(|l| l["evenement"] == event).filter_map(|l| l["facture"].as_str()).collect()
}

#[test]
fn messages_are_well_formed() {
    let server = MailServer::plain();
    let project = on(&server, PLAN);
    let done = execute(&project, DAY).fine();
    assert!(done.out.contains("4 courriels partis"), "{}", done.out);
    let received = server.received();
    assert_eq!(received.len(), 4);
    let mut ids = BTreeSet::new();
    for message in &received {
        let letter = mail::read(&message.bytes);
        assert_eq!(letter.to, message.to, "the header and the envelope agree");
        assert!(ids.insert(letter.id));
        assert_eq!(
            letter.day,
            "2026-03-19T09:00:00+01:00"
                .parse::<chrono::DateTime<chrono::Utc>>()
                .unwrap()
                .to_rfc3339()
                .replace("+00:00", "Z")
        );
    }
    let first = received.iter().find(|m| m.to == ["zoe@client.example"]).unwrap();
    let letter = mail::read(&first.bytes);
    assert!(letter.subject.contains("F1") && letter.subject.contains("1\u{202f}200,50\u{a0}€"), "{}", letter.subject);
    let parsed = mail_parser::MessageParser::default().parse(&first.bytes).unwrap();
    assert_eq!(parsed.from().unwrap().first().unwrap().name(), Some("Ateliers Éléonore & Fils"));
    let ids_hidden =
        format!("Subject: {}\nTo: {:?}\n\n{}", letter.subject, letter.to, letter.text.replace("\r\n", "\n"));
    insta::assert_snapshot!("letter_text", ids_hidden);
    insta::assert_snapshot!("letter_html", letter.html.replace("\r\n", "\n"));

    // The same project into a folder writes the same messages.
    let folder = Project::with(PLAN);
    folder.write("donnees/clients.csv", CLIENTS);
    folder.write("donnees/factures.csv", INVOICES);
    folder.replace("relance.toml", "nom = \"Votre société\"", "nom = \"Ateliers Éléonore & Fils\"");
    folder.run(&["importer", "--le", "2026-03-16"]).fine();
    folder.run(&["executer", "--le", DAY]).fine();
    // An end of line more or less at the very end is the protocol's.
    let whole = |bytes: Vec<u8>| bytes.trim_ascii_end().to_vec();
    let written: BTreeSet<Vec<u8>> = folder.messages("eml").into_values().map(whole).collect();
    let taken: BTreeSet<Vec<u8>> = received.into_iter().map(|r| whole(r.bytes)).collect();
    assert!(written == taken, "the folder and the server get the same bytes");

    // Once is enough.
    execute(&project, DAY).fine();
    execute(&project, "2026-03-20").fine();
    assert_eq!(server.received().len(), 4);
}

#[test]
fn a_wrong_password_stops_the_channel_and_loses_nothing() {
    let server = MailServer::secured("compta@exemple.fr", "sésame");
    let login = format!(
        "securite = \"starttls\"\nutilisateur = \"compta@exemple.fr\"\nmot_de_passe_env = \"{PASSWORD}\"\nautorite = \"ca.pem\""
    );
    let project = project(PLAN, "localhost", server.port, &login);
    project.write("ca.pem", &server.authority);
    let mut all = String::new();
    let mut tell = |title: &str, done: Done| {
        let text = done.code(3).told().replace(&format!(":{}", server.port), ":PORT");
        assert!(!text.contains("sésame") && !text.contains("césame"));
        all.push_str(&format!("──── {title}\n{text}\n"));
    };
    tell("mot de passe faux", project.run_with(&[(PASSWORD, "césame")], &["executer", "--le", DAY]));
    tell("le même, une seconde fois", project.run_with(&[(PASSWORD, "césame")], &["executer", "--le", DAY]));
    tell("variable absente", project.run(&["executer", "--le", DAY]));
    let authority = std::fs::read(project.path("ca.pem")).unwrap();
    project.write("ca.pem", MailServer::secured("a", "b").authority);
    tell("une autre autorité", execute(&project, DAY));
    std::fs::remove_file(project.path("ca.pem")).unwrap();
    tell("autorité absente", execute(&project, DAY));
    project.write("ca.pem", authority);
    insta::assert_snapshot!(all);
    assert!(server.received().is_empty());
    let journal = project.journal();
    assert!(sent(&journal, "").is_empty() && of(&journal, "echec").is_empty(), "{journal:#?}");
    assert!(project.messages("").is_empty(), "no fallback for a channel that is out of order");

    // Mended: each exactly once.
    execute(&project, DAY).fine();
    assert_eq!(server.received().len(), 4);
    execute(&project, "2026-03-20").fine();
    assert_eq!(server.received().len(), 4);
    for message in server.received() {
        mail::read(&message.bytes);
    }
    assert_eq!(keys(&sent(&project.journal(), "email")).len(), 4);
}

#[test]
fn a_channel_mended_days_later_sends_each_once() {
    let server = MailServer::secured("compta@exemple.fr", "sésame");
    let login = format!(
        "securite = \"starttls\"\nutilisateur = \"compta@exemple.fr\"\nmot_de_passe_env = \"{PASSWORD}\"\nautorite = \"ca.pem\""
    );
    let project = project(PLAN, "localhost", server.port, &login);
    project.write("ca.pem", &server.authority);
    for day in ["2026-03-19", "2026-03-20", "2026-03-21"] {
        project.run_with(&[(PASSWORD, "non")], &["executer", "--le", day]);
    }
    // Meanwhile somebody pays: no reminder claims what is paid.
    project.write("reglements.csv", "date;client;facture;montant\n21/03/2026;C1;F1;1 200,50\n");
    project.run(&["importer", "reglements.csv", "--le", "2026-03-22"]).fine();
    execute(&project, "2026-03-23").fine();
    assert_eq!(server.count("zoe@client.example"), 0);
    assert_eq!(server.received().len(), 3);
    assert_eq!(of(&project.journal(), "envoi").len(), 3);
}

#[test]
fn refusals_and_lost_connections() {
    let server = MailServer::plain();
    server.expect("zoe@client.example", &[Act::RefuseContent("451 4.3.0 plus tard")]);
    server.expect("noel@client.example", &[Act::RefuseRecipient("550 5.1.1 inconnu")]);
    server.expect("garage@client.example", &[Act::DropAfterContent]);
    server.expect("ete@client.example", &[Act::DropBeforeContent, Act::DropBeforeContent]);
    let project = on(&server, PLAN);
    let done = execute(&project, DAY).code(3);
    let mut all = done.told().replace(&server.port.to_string(), "PORT");
    let journal = project.journal();
    assert_eq!(of(&journal, "echec"), ["F2"]);
    assert_eq!(of(&journal, "doute"), ["F3"]);
    let texts = sent(&journal, "sms");
    assert_eq!(texts.iter().map(|l| l["facture"].as_str().unwrap()).collect::<Vec<_>>(), ["F2"], "the fallback");
    assert_eq!(server.received().len(), 0);

    // Later runs send what was put off, once, and never what is in doubt.
    // Whether the second loss meets a resting connection, which is replaced, depends on which message goes first.
    let again = execute(&project, DAY);
    assert!(matches!(again.code, Some(0 | 3)), "{again:#?}");
    for day in ["2026-03-20", "2026-03-23", "2026-03-30"] {
        execute(&project, day).code(0);
    }
    assert_eq!(
        ["zoe", "noel", "garage", "ete"].map(|who| server.count(&format!("{who}@client.example"))),
        [1, 0, 0, 1],
        "{:#?}",
        server.received()
    );
    let state = project.run(&["etat", "--le", "2026-03-30"]).fine().out;
    all.push_str(&format!("──── etat\n{state}"));
    all.push_str(&format!("──── journal de F3\n{}", project.run(&["journal", "--facture", "F3"]).fine().out));
    all.push_str(&format!("──── journal de F2\n{}", project.run(&["journal", "--facture", "F2"]).fine().out));
    insta::assert_snapshot!(all);
    let state = project.run(&["etat", "--le", "2026-03-30", "--format", "json"]).fine().json();
    assert_eq!(state["en_doute"].as_array().unwrap().len(), 1);
    assert!(!format!("{:?}", project.journal()).contains("@client.example"), "no address in the journal");
}

#[test]
fn a_server_that_is_not_there_is_tried_again() {
    let server = MailServer::plain();
    let project = project(PLAN, "127.0.0.1", 1, PLAIN);
    let done = execute(&project, DAY).code(3);
    assert!(done.err.contains("injoignable") && done.err.contains("connexion refusée"), "{}", done.err);
    assert!(sent(&project.journal(), "").is_empty());
    project.replace("relance.toml", "port = 1\n", &format!("port = {}\n", server.port));
    for day in [DAY, "2026-03-20"] {
        execute(&project, day).fine();
    }
    assert_eq!(server.received().len(), 4);
}
