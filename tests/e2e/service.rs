//! The permanent runner, as a system would use it: started, left alone, signalled.

use crate::support::mail_server::{Act, MailServer};
use crate::support::service::{Running, until};
use crate::support::{Project, keys, sent};
use relance_engine::store::{self, OutboxCounts};
use relance_tests::postgres::Server;
use std::collections::BTreeSet;
use std::fmt::Write;

/// At any hour of any day: these tests live in real time.
const PLAN: &str = "sans plafond\nenvois tous les jours de 0h à 24h\nà J+1 : email courtois\n";

/// Files of clients `from..to`, each with an invoice long due.
fn book(project: &Project, from: usize, to: usize) {
    let mut clients = "code;nom;email\n".to_owned();
    let mut invoices = "numero;client;date_emission;date_echeance;montant_ttc\n".to_owned();
    for n in from..to {
        let _ = writeln!(clients, "C{n:03};Société n° {n};c{n:03}@client.example");
        let _ = writeln!(invoices, "F{n:03};C{n:03};02/01/2026;02/02/2026;{},00", 100 + n);
    }
    project.write("donnees/clients.csv", clients);
    project.write("donnees/factures.csv", invoices);
}

fn smtp(project: &Project, server: &MailServer) {
    let settings =
        format!("[email]\nmode = \"smtp\"\nhote = \"127.0.0.1\"\nport = {}\nsecurite = \"aucune\"\n", server.port);
    project.replace("relance.toml", "[email]\nmode = \"dossier\"\n", &settings);
}

#[test]
fn it_sends_what_is_due_wakes_for_an_import_and_stops_when_told() {
    let project = Project::with(PLAN);
    book(&project, 0, 1);
    project.run(&["importer"]).fine();
    let service = Running::start(&project, &[]);
    until("the first message", || project.messages("eml").len() == 1);
    book(&project, 1, 2);
    project.run(&["importer"]).fine();
    until("the message of the import", || project.messages("eml").len() == 2);
    service.hears("passe finie");
    until("it is well", || service.page("/sante").0 == 200);
    until("two passes", || {
        service.page("/metriques").1.contains("relance_messages_total{canal=\"email\",resultat=\"parti\"} 2\n")
    });
    assert_eq!(service.page("/").0, 404);
    let refused = [project.run(&["executer"]).code(3), project.run(&["service", "--ecoute", "aucune"]).code(3)];
    let told = refused.map(|done| done.told().replace(|c: char| c.is_ascii_digit(), "")).join("\n");
    insta::assert_snapshot!(told);
    service.signal("TERM");
    let (code, lines) = service.ended();
    assert_eq!(code, Some(0), "{lines:#?}");
    assert!(project.run(&["executer"]).fine().out.contains("Rien n’était dû"));
    assert_eq!(keys(&sent(&project.journal(), "email")).len(), 2);
}

#[test]
fn told_to_stop_twice_in_the_middle_of_a_batch_it_loses_nothing() {
    let project = Project::with(PLAN);
    book(&project, 0, 600);
    project.run(&["importer"]).fine();
    let service = Running::start(&project, &[]);
    until("the first message", || !project.messages("eml").is_empty());
    service.signal("TERM");
    service.signal("INT");
    let (code, lines) = service.ended();
    assert_eq!(code, Some(0), "{lines:#?}");
    let before = project.messages("eml");
    project.run(&["executer"]).fine();
    let after = project.messages("eml");
    assert_eq!(after.len(), 600);
    assert!(before.iter().all(|(name, bytes)| after.get(name) == Some(bytes)), "what had left has not left again");
    let journal = project.journal();
    assert_eq!(keys(&sent(&journal, "email")).len(), 600);
    assert!(!journal.iter().any(|line| line["evenement"] == "doute"));
}

#[test]
fn told_to_read_the_project_again_it_does_and_a_mistake_in_it_changes_nothing() {
    let project = Project::with("sans plafond\nenvois tous les jours de 0h à 24h\nà J+1 : tâche \"Regarder\"\n");
    book(&project, 0, 1);
    project.run(&["importer"]).fine();
    let service = Running::start(&project, &[]);
    service.hears("passe finie");
    let good = std::fs::read_to_string(project.path("scenarios/plan.relance")).unwrap();
    project.write("scenarios/plan.relance", "à J+ :\n");
    service.signal("HUP");
    service.hears("le projet relu a des erreurs");
    assert_eq!(service.page("/sante").0, 200, "the old scenarios go on");
    project.write("scenarios/plan.relance", [&good, "à J+400 : note \"Vieille\"\n"].concat());
    service.signal("HUP");
    service.hears("le projet est relu");
    until("they are in force", || service.said().matches("les scénarios sont en vigueur").count() == 2);
    service.signal("INT");
    until("it ends", || service.said().contains("le service est arrêté"));
}

#[test]
fn neither_logs_nor_pages_name_anybody() {
    let server = MailServer::plain();
    server.expect(
        "c001@client.example",
        &[Act::RefuseRecipient("550 5.1.1 <c001@client.example> : Société n° 1 est inconnue")],
    );
    let project = Project::with(PLAN);
    smtp(&project, &server);
    book(&project, 0, 3);
    project.run(&["importer"]).fine();
    let service = Running::start(&project, &[]);
    until("all is tried", || {
        let figures = service.page("/metriques").1;
        figures.contains("resultat=\"parti\"} 2\n") && figures.contains("resultat=\"echoue\"} 1\n")
    });
    let pages = [service.page("/sante").1, service.page("/metriques").1].concat();
    service.signal("TERM");
    let (code, lines) = service.ended();
    assert_eq!(code, Some(0));
    let all = format!("{pages}{}", serde_json::to_string(&lines).unwrap());
    for name in ["client.example", "Société", "C001", "F001", "101,00"] {
        assert!(!all.contains(name), "« {name} » in {all}");
    }
}

fn counts(url: &str) -> Option<OutboxCounts> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = store::open(url, std::path::Path::new("."), "principale").await.ok()?;
        let counts = store.outbox_counts().await.ok()?;
        store.close().await;
        Some(counts)
    })
}

/// The server of the base is killed again and again while messages leave by a mail server, which cannot be asked what it took.
#[test]
fn a_base_killed_and_restarted_under_it_everything_leaves_once() {
    const ALL: usize = 300;
    let Some(mut base) = Server::with(&["fsync=off"]) else { return };
    let (url, server) = (base.create("service"), MailServer::plain());
    let project = Project::with(PLAN);
    smtp(&project, &server);
    book(&project, 0, ALL);
    project.run(&["importer", "--base", &url]).fine();
    let service = Running::start(&project, &["--base", &url]);
    for enough in [1, ALL / 4, ALL / 2] {
        until("messages leave", || server.received().len() >= enough);
        base.kill();
        base.restart();
    }
    until("everything is written down", || counts(&url).is_some_and(|c| c.sent + c.in_doubt + c.failed == ALL as i64));
    let mut ids = BTreeSet::new();
    for message in server.received() {
        let parsed = mail_parser::MessageParser::default().parse(&message.bytes).unwrap();
        assert!(ids.insert(parsed.message_id().unwrap().to_owned()), "a message left twice");
    }
    let counts = counts(&url).unwrap();
    assert_eq!((ids.len(), counts.sent, counts.in_doubt), (ALL, ALL as i64, 0), "{}", service.said());
    assert!(project.run(&["executer", "--base", &url]).fine().out.contains("Rien n’était dû"), "both may run");
    // The import tells the service, which need not look.
    book(&project, ALL, ALL + 1);
    project.run(&["importer", "--base", &url]).fine();
    until("the message of the import", || server.received().len() == ALL + 1);
    until("it is well", || service.page("/sante").0 == 200);
    service.signal("TERM");
    let (code, lines) = service.ended();
    assert_eq!(code, Some(0), "{lines:#?}");
}
