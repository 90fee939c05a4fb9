//! `verifier --portefeuille`: what unknown facts cost.

use crate::support::Project;

const PLAN: &str = "scénario france
  pour les factures où client.pays = \"FR\"
  à J+3 : email rappel_amical
  # Un client qui n'a encore rien payé n'a pas de retard moyen.
  si retard >= 10j et client.retard_moyen > 5j alors email ferme
  si retard >= client.délai_habituel + 3j alors tâche \"Appeler\"
  si montant >= 1 000 € et client.retard_moyen > 90j alors note \"Très lent\"
";

fn project() -> Project {
    let project = Project::with(PLAN);
    project.write(
        "donnees/clients.csv",
        "code;nom;email;pays\nC1;Menuiserie Valier;compta@valier.example;FR\nC2;Garage Morin;compta@morin.example;\nC3;Atelier Blin;compta@blin.example;FR\n",
    );
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc
F1;C1;02/02/2026;04/03/2026;1 200,00
F2;C1;05/02/2026;12/03/2026;300,00
F3;C2;02/02/2026;04/03/2026;500,00
F4;C3;02/02/2026;04/03/2026;800,00
F5;C3;02/01/2026;01/02/2026;100,00
",
    );
    // Its third client has paid before, ten days late.
    project.write("donnees/reglements.csv", "date;client;facture;montant\n11/02/2026;C3;F5;100,00\n");
    project
}

#[test]
fn what_unknown_facts_keep_from_firing() {
    let project = project();
    let mut all = String::new();
    for format in ["texte", "court", "json"] {
        let args = ["verifier", "--portefeuille", "--le", "2026-03-16", "--format", format];
        all.push_str(&format!("──── {format}\n{}", project.run(&args).fine().told()));
    }
    // From the base, as well.
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run(&["executer", "--le", "2026-03-16"]).fine();
    let args = ["verifier", "--portefeuille", "--le", "2026-03-16"];
    all.push_str(&format!("──── la base\n{}", project.run(&args).fine().told()));
    insta::assert_snapshot!(all);
}

#[test]
fn nothing_is_lost_when_all_is_known() {
    let project = project();
    project.write("scenarios/plan.relance", "à J+3 : email rappel_amical\n");
    let told = project.run(&["verifier", "--portefeuille", "--le", "2026-03-16"]).fine().out;
    assert!(told.contains("4 factures ouvertes : aucune n’attend un fait inconnu."), "{told}");
    // A portfolio is counted by its plan: without one, or without a portfolio, there is nothing to count.
    project.write("scenarios/plan.relance", "à J+3 : email rapel_amical\n");
    project.run(&["verifier", "--portefeuille"]).code(1);
    project.write("scenarios/plan.relance", "à J+3 : email rappel_amical\n");
    std::fs::remove_dir_all(project.path("donnees")).unwrap();
    project.run(&["verifier", "--portefeuille"]).code(2);
}
