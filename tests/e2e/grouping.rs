//! One message for several invoices, as a run and a simulation tell it.

use crate::support::Project;
use serde_json::Value;

const PLAN: &str = "regrouper par client\nà J+15 : email ferme\n";
const INVOICES: &str = "numero;client;date_emission;date_echeance;montant_ttc
F1;C1;02/02/2026;04/03/2026;1 200,00
F2;C1;10/02/2026;04/03/2026;348,90
F3;C2;02/02/2026;04/03/2026;99,00
";
const CLIENTS: &str = "code;nom;segment;email;telephone
C1;Menuiserie Valier;mauvais_payeur;compta@valier.example;01 99 00 12 34
C2;Crème & Châtaigne;regulier;creme@client.example;01 99 00 45 67
";

fn project() -> Project {
    let project = Project::with(PLAN);
    project.write("clients.csv", CLIENTS);
    project.write("factures.csv", INVOICES);
    project
}

#[test]
fn a_run_counts_messages_and_says_of_how_many_invoices_they_speak() {
    let project = project();
    project.run(&["importer", "factures.csv", "clients.csv", "--le", "2026-03-16"]).fine();
    let told = project.run(&["executer", "--le", "2026-03-19"]).fine().out;
    assert!(told.contains("Fait : 2 courriels partis.\n1 message groupé parle de 2 factures.\n"), "{told}");
    let many = ["simuler", "--donnees", ".", "--du", "2026-03-16", "--au", "2026-03-31"];
    let told = project.run(&many).fine().out;
    assert!(told.contains("email ferme, dans le message de F1"), "{told}");
    let journal = project.run(&["journal", "--format", "jsonl"]).fine().out;
    let lines: Vec<Value> = journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sent: Vec<&Value> = lines.iter().filter(|line| line["evenement"] == "envoi").collect();
    let of = |number: &str| *sent.iter().find(|line| line["facture"] == number).unwrap();
    assert_eq!((sent.len(), of("F2")["message"].as_str()), (3, of("F1")["cle"].as_str()));
    assert!(of("F1").get("message").is_none() && of("F3").get("message").is_none());
}
