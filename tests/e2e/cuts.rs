//! A mail server that breaks off or falls silent anywhere: what is due is accepted once, or in doubt and listed.

use crate::support::Project;
use crate::support::cutting_server::{CuttingServer, End, POINTS, Point};
use std::collections::BTreeSet;
use std::fmt::Write;

const DUE: usize = 60;
const DAY: &str = "2026-03-19";

fn project(port: u16) -> Project {
    let project = Project::with("à J+15 : email ferme\n");
    let (mut clients, mut invoices) =
        ("code;nom;segment;email\n".to_owned(), "numero;client;date_emission;date_echeance;montant_ttc\n".to_owned());
    for n in 0..DUE {
        let _ = writeln!(clients, "C{n};Client {n};mauvais_payeur;compta@client{n}.example");
        let _ = writeln!(invoices, "F{n};C{n};02/02/2026;04/03/2026;1{n:02},50");
    }
    project.write("donnees/clients.csv", &clients);
    project.write("donnees/factures.csv", &invoices);
    let settings = format!(
        "[email]\nmode = \"smtp\"\nhote = \"127.0.0.1\"\nport = {port}\nsecurite = \"aucune\"\ndelai_secondes = 1\n"
    );
    project.replace("relance.toml", "[email]\nmode = \"dossier\"\n", &settings);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project
}

/// What the server kept, what the base says of it, and what both know of each message in the end.
fn audit(end: End) {
    let server = CuttingServer::start(POINTS.iter().chain(&POINTS).map(|point| (*point, end)));
    let project = project(server.port);
    // Some messages are tried again, each time on another day.
    for day in [DAY, "2026-03-20", "2026-03-23", "2026-03-24"] {
        project.run(&["executer", "--le", day]);
    }
    project.run(&["executer", "--le", "2026-03-25"]).fine();
    for point in POINTS {
        let met = server.met().into_iter().filter(|met| *met == (point, end)).count();
        assert_eq!(met, 2, "{point:?} was met");
    }
    let kept = server.kept();
    let state = project.run(&["etat", "--le", "2026-03-25", "--format", "json"]).fine().json();
    let invoices = |lines: &[serde_json::Value], field: &str| -> BTreeSet<String> {
        lines.iter().filter_map(|line| line[field].as_str()).map(str::to_owned).collect()
    };
    let doubts: BTreeSet<String> = state["en_doute"]
        .as_array()
        .unwrap()
        .iter()
        .map(|doubt| doubt["factures"][0].as_str().unwrap().to_owned())
        .collect();
    let journal = project.journal();
    let sent: Vec<_> = journal.iter().filter(|line| line["evenement"] == "envoi").cloned().collect();
    let told = invoices(&sent, "facture");
    assert_eq!(told.len(), sent.len(), "none is told twice");
    for n in 0..DUE {
        let (invoice, address) = (format!("F{n}"), format!("compta@client{n}.example"));
        let copies = kept.iter().filter(|to| **to == address).count();
        assert!(copies <= 1, "{invoice} was accepted {copies} times");
        match (told.contains(&invoice), doubts.contains(&invoice)) {
            (true, false) => assert_eq!(copies, 1, "{invoice} is told and was never accepted"),
            (false, true) => {}
            other => panic!("{invoice}: told and in doubt: {other:?}"),
        }
    }
    // Only what was handed over whole or in part, and never answered.
    let unknown = [Point::Content, Point::Lost, Point::Kept].len() * 2;
    assert_eq!(doubts.len(), unknown, "{doubts:?}");
    assert_eq!(kept.len(), DUE - doubts.len() + 2, "two of those in doubt were kept");
}

#[test]
fn a_server_that_hangs_up_anywhere_makes_no_message_leave_twice_and_loses_none() {
    audit(End::Closed);
}

#[test]
fn a_server_that_falls_silent_anywhere_makes_no_message_leave_twice_and_loses_none() {
    audit(End::Silent);
}
