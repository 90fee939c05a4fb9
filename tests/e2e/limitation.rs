//! Until when a debt can be brought before a judge: told, and read by scenarios.

use crate::support::Project;

const CLIENTS: &str =
    "code;nom;email;regime\nC1;Menuiserie Valier;compta@valier.example;\nP1;Luc Danet;luc@danet.example;b2c\n";
/// A company billed long after the work, a consumer who paid a part, a company with time ahead.
const INVOICES: &str = "numero;client;date_emission;date_fin_prestation;date_echeance;montant_ttc\n\
                        F1;C1;15/09/2021;10/06/2021;15/10/2021;4 000,00\n\
                        F2;P1;01/03/2024;;31/03/2024;900,00\n\
                        F3;C1;02/02/2026;;04/03/2026;1 200,00\n";

#[test]
fn a_limitation_that_comes_near_is_told_and_makes_a_task() {
    let project =
        Project::with("dès que aujourd_hui >= date_prescription - 30j : tâche \"Agir avant la prescription\"\n");
    project.write("clients.csv", CLIENTS);
    project.write("factures.csv", INVOICES);
    project.write("reglements.csv", "date;client;facture;montant\n15/12/2025;P1;F2;100,00\n");
    project.run(&["importer", "factures.csv", "clients.csv", "reglements.csv", "--le", "2026-01-05"]).fine();
    let simulated = project.run(&["simuler", "--du", "2026-01-05", "--au", "2026-06-30", "--format", "jsonl"]).fine();
    let tasks: Vec<(String, String)> = simulated
        .lines()
        .iter()
        .filter(|line| line["evenement"] == "tache")
        .map(|line| (line["le"].as_str().unwrap()[..10].to_owned(), line["facture"].as_str().unwrap().to_owned()))
        .collect();
    // Careful days: the 10th of June 2026 for F1, the 1st of March 2026 for F2.
    let expected =
        [("2026-01-30", "F2"), ("2026-05-11", "F1")].map(|(day, number)| (day.to_owned(), number.to_owned()));
    assert_eq!(tasks, expected, "{}", simulated.out);
    project.run(&["executer", "--le", "2026-03-04"]).fine();
    insta::assert_snapshot!(project.run(&["etat", "--le", "2026-03-04"]).fine().out);
    let explained = |number: &str| project.run(&["expliquer", number, "--le", "2026-03-04"]).fine().out;
    let line = |number: &str| explained(number).lines().find(|line| line.contains("Prescription")).map(str::to_owned);
    insta::assert_snapshot!(
        [line("F1"), line("F2"), line("F3")].map(|line| line.unwrap_or_else(|| "(rien)".to_owned())).join("\n")
    );
}
