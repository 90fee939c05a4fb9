//! Messages that come back after they were accepted, told by `evenements.csv`.

use crate::support::{Project, sent};
use serde_json::Value;

const PLAN: &str = "regrouper par client
à J+15 : email ferme à défaut sms rappel
";
const INVOICES: &str = "numero;client;date_emission;date_echeance;montant_ttc
F1;C1;02/02/2026;04/03/2026;1 200,00
F2;C1;10/02/2026;04/03/2026;348,90
F3;C2;02/02/2026;04/03/2026;99,00
";
const CLIENTS: &str = "code;nom;segment;email;portable
C1;Menuiserie Valier;regulier;compta@valier.example;06 39 98 12 34
C2;Crème & Châtaigne;regulier;creme@client.example;06 39 98 12 35
";

/// What became of messages: day, what, channel, invoice.
fn told(journal: &[Value]) -> Vec<String> {
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let known = |line: &&Value| ["envoi", "echec", "anomalie", "tache"].contains(&line["evenement"].as_str().unwrap());
    let one = |line: &Value| {
        let words = ["evenement", "canal", "facture"].map(|name| text(line, name));
        format!("{} {}", &text(line, "le")[..10], words.join(" "))
    };
    journal.iter().filter(known).map(one).collect()
}

fn bounce(day: &str, invoice: &str, detail: &str) -> String {
    format!("date;type;facture;detail\n{day};échec;{invoice};{detail}\n")
}

#[test]
fn a_late_bounce_starts_the_fallback_of_every_invoice_in_the_message() {
    let project = Project::with(PLAN);
    project.write("donnees/clients.csv", CLIENTS);
    project.write("donnees/factures.csv", INVOICES);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run(&["executer", "--le", "2026-03-19"]).fine();
    assert_eq!(project.messages("eml").len(), 2, "two clients, two messages");
    // The message spoke of F1 and F2; the clerk names one of them.
    project.write("donnees/evenements.csv", bounce("20/03/2026", "F2", "email"));
    let mut all = project.run(&["importer", "donnees/evenements.csv", "--le", "2026-03-20T08:00"]).fine().out;
    all.push_str(&project.run(&["executer", "--le", "2026-03-20"]).fine().out);
    let journal = project.journal();
    let expected = [
        "2026-03-19 envoi email F1",
        "2026-03-19 envoi email F2",
        "2026-03-19 envoi email F3",
        "2026-03-20 echec email F1",
        "2026-03-20 echec email F2",
        "2026-03-20 envoi sms F1",
        "2026-03-20 envoi sms F2",
    ];
    assert_eq!(told(&journal), expected);
    // The simulation takes the same files and tells the same.
    let simulated =
        ["simuler", "--donnees", "donnees", "--du", "2026-03-16", "--au", "2026-03-20", "--format", "jsonl"];
    assert_eq!(told(&project.run(&simulated).fine().lines()), expected);

    // Again, by its channel or its key, from either invoice: it has failed already.
    let key = sent(&journal, "email")[0]["cle"].as_str().unwrap().to_owned();
    assert!(key.starts_with("F1#"), "{key}");
    all.push_str(&project.run(&["importer", "donnees/evenements.csv", "--le", "2026-03-21"]).fine().out);
    let suite = format!("{}20/03/2026;echec;;{key}\n", bounce("20/03/2026", "F1", "courriel"));
    project.write("suite.csv", suite);
    all.push_str(&project.run(&["importer", "suite.csv", "--le", "2026-03-21"]).fine().out);
    project.run(&["executer", "--le", "2026-03-23"]).fine();
    assert_eq!(told(&project.journal()), expected);
    insta::assert_snapshot!(all);
}

#[test]
fn a_bounce_that_names_no_message_says_what_to_write() {
    let project = Project::with(PLAN);
    project.write("donnees/clients.csv", CLIENTS);
    project.write("donnees/factures.csv", INVOICES);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run(&["executer", "--le", "2026-03-19"]).fine();
    project.write(
        "evenements.csv",
        "date;type;facture;detail
19/03/2026;échec;F3;F1#1.1.1.0
19/03/2026;échec;F3;
19/03/2026;échec;F3;boîte pleine
19/03/2026;échec;F3;appel
19/03/2026;échec;;email
",
    );
    let refused = project.run(&["importer", "evenements.csv", "--le", "2026-03-20"]).code(1);
    let mut all = refused.told();
    project
        .write("evenements.csv", "date;type;facture;detail\n19/03/2026;échec;F1;F1#9.1.1.0\n19/03/2026;échec;F3;sms\n");
    all.push_str(&project.run(&["importer", "evenements.csv", "--le", "2026-03-20"]).code(1).told());
    insta::assert_snapshot!(all);
    // What the base has not lived yet may still leave: the run says it when nothing has.
    project.write("evenements.csv", bounce("24/03/2026", "F3", "sms"));
    project.run(&["importer", "evenements.csv", "--le", "2026-03-20"]).fine();
    let ran = project.run(&["executer", "--le", "2026-03-24"]).fine().out;
    assert!(ran.contains("aucun SMS n’est parti à ce moment, depuis trente jours ; sans effet"), "{ran}");
}

#[test]
fn a_letter_that_comes_back_is_followed_by_its_fallback() {
    let project = Project::with("à J+15 : courrier ferme à défaut appel ferme\n");
    project.write(
        "donnees/clients.csv",
        CLIENTS.replace(";portable", ";telephone;adresse").replace("06 39 98 12 34", "06 39 98 12 34;1 rue X"),
    );
    project.write("donnees/factures.csv", INVOICES);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run(&["executer", "--le", "2026-03-19"]).fine();
    project
        .write("evenements.csv", "date;type;facture;detail\n20/03/2026;courrier;F1;fait\n30/03/2026;NPAI;F1;lettre\n");
    project.run(&["importer", "evenements.csv", "--le", "2026-03-20"]).fine();
    project.run(&["executer", "--le", "2026-03-20"]).fine();
    project.run(&["executer", "--le", "2026-03-30"]).fine();
    let journal = project.journal();
    let of_f1: Vec<String> = told(&journal).into_iter().filter(|line| line.ends_with("F1")).collect();
    assert_eq!(of_f1, ["2026-03-19 envoi courrier F1", "2026-03-30 echec courrier F1", "2026-03-30 envoi appel F1"]);
}
