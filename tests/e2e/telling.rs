//! What people read: not the same thing twice, not more than they can take in, and nothing left out without a word.

use crate::support::Project;

const CLIENTS: &str =
    "code;nom;segment;email\nC1;Menuiserie Valier;regulier;compta@valier.example\nC2;Crème & Châtaigne;regulier;\n";
const INVOICES: &str = "numero;client;date_emission;date_echeance;montant_ttc
F1;C1;02/02/2026;04/03/2026;1 200,00
F2;C2;02/02/2026;04/03/2026;348,90
";

fn project(plan: &str) -> Project {
    let project = Project::with(plan);
    project.write("donnees/clients.csv", CLIENTS);
    project.write("donnees/factures.csv", INVOICES);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project
}

#[test]
fn a_rung_with_three_rules_is_reached_once() {
    let project = project("à J+15 : email ferme\nà J+15 : tâche \"Relire\"\nà J+15 : note \"À suivre\"\n");
    project.run(&["executer", "--le", "2026-03-19"]).fine();
    let told = project.run(&["journal", "--facture", "F1"]).fine().out;
    assert_eq!(told.matches("palier atteint").count(), 1, "{told}");
    let rungs = |line: &serde_json::Value| line["evenement"] == "palier" && line["facture"] == "F1";
    assert_eq!(project.journal().iter().filter(|line| rungs(line)).count(), 3, "each rule has its line for programs");
}

#[test]
fn many_findings_of_one_file_are_counted() {
    let lines: String = (0..40).map(|n| format!("si retrad >= {}j alors email ferme\n", n + 1)).collect();
    let project = Project::with(&lines);
    project.write("scenarios/autre.relance", "scénario autre\n  priorité 1\n  à J+3 : email fermme\n");
    let done = project.run(&["verifier"]).code(1);
    let shown = done.out.matches("erreur[").count();
    assert_eq!(shown, 25 + 1, "{}", done.out);
    assert!(
        done.out.contains(
            "… et 16 autres signalements dans scenarios/plan.relance (relance verifier --format court les donne tous)"
        ),
        "{}",
        done.out
    );
    assert_eq!(project.run(&["verifier", "--format", "court"]).code(1).out.lines().count(), 42);
    assert_eq!(project.run(&["verifier", "--format", "json"]).code(1).json().as_array().unwrap().len(), 42);
}

/// What the engine asks of people by itself stands with the other tasks, until it is done.
#[test]
fn tasks_that_no_rule_asks_for_are_on_the_list() {
    let project =
        project("à J+15 : email ferme\n\nétape suite\n  à l'entrée : email ferme après validation de direction\n");
    project.run(&["executer", "--le", "2026-03-19"]).fine();
    project.write(
        "evenements.csv",
        "date;type;facture;client;detail
20/03/2026;réponse;F1;;
20/03/2026;réponse;;C1;
20/03/2026;procédure collective;;C2;liquidation
",
    );
    project.run(&["importer", "evenements.csv", "--le", "2026-03-20T08:00"]).fine();
    project.run(&["executer", "--le", "2026-03-20"]).fine();
    let status = |day: &str| project.run(&["etat", "--le", day]).fine().out;
    let mut all = status("2026-03-20");
    let json = project.run(&["etat", "--le", "2026-03-20", "--format", "json"]).fine().json();
    assert_eq!(json["taches"].as_array().unwrap().len(), 4, "{json:#}");
    // Done, one after the other; the address mended where it comes from.
    project.write(
        "evenements suite.csv",
        "date;type;facture;client\n23/03/2026;tâche;F1;\n23/03/2026;tâche;;C1\n23/03/2026;tâche;F2;\n",
    );
    project.write("clients.csv", CLIENTS.replace("regulier;\n", "regulier;creme@client.example\n"));
    project.run(&["importer", "evenements suite.csv", "clients.csv", "--le", "2026-03-23"]).fine();
    project.run(&["executer", "--le", "2026-03-23"]).fine();
    let done = status("2026-03-23");
    assert!(!done.contains("Tâches"), "{done}");
    all.push_str(&done);

    // An approval is on the list as long as it can be given.
    project.write("evenements saut.csv", "date;type;facture;detail\n24/03/2026;saut;F1;suite\n");
    project.run(&["importer", "evenements saut.csv", "--le", "2026-03-24"]).fine();
    project.run(&["executer", "--le", "2026-03-30"]).fine();
    assert!(status("2026-03-30").contains("À valider (1)"), "{}", status("2026-03-30"));
    assert!(!status("2026-06-30").contains("À valider"), "{}", status("2026-06-30"));
    insta::assert_snapshot!(all);
}
