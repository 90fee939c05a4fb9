//! `tester`, and simulations kept to compare later ones with.

use crate::support::Project;

const PLAN: &str = "scénario suivi
  à J+3 : email courtois
  à J+10 : email ferme

test \"le paiement arrête tout\"
  facture F1 de 1 200 € échue le 03/03/2026
  le 06/03/2026 : email courtois
  le 10/03/2026 : paiement total
  ensuite rien
  état final soldée
";

const WRONG: &str = "
test \"une semaine trop tôt\"
  facture F1 de 1 200 € échue le 03/03/2026
  le 06/03/2026 : email ferme
";

#[test]
fn tests_pass_or_show_why_not() {
    let project = Project::with("à J+3 : email courtois\n");
    assert!(project.run(&["tester"]).fine().out.starts_with("Aucun test"));
    std::fs::remove_dir_all(project.path("scenarios")).unwrap();
    project.write("scenarios/essai.relance", PLAN);
    let passed = project.run(&["tester"]).fine();
    assert_eq!(passed.out, "scenarios/essai.relance\n  ✓ le paiement arrête tout\n\n1 test réussi.\n");
    project.write("scenarios/essai.relance", format!("{PLAN}{WRONG}"));
    let failed = project.run(&["tester"]).code(1);
    insta::assert_snapshot!(failed.told());
    let only = ["tester", "--filtre", "PAIEMENT arrete", "scenarios/essai.relance"];
    assert_eq!(project.run(&only).fine().out, passed.out);
    let json = project.run(&["tester", "--format", "json"]).code(1).json();
    assert_eq!((&json["tests"], &json["echecs"]), (&2.into(), &1.into()));
    let junit = project.run(&["tester", "--format", "junit"]).code(1).out;
    assert!(junit.starts_with("<?xml") && junit.contains("<testsuites tests=\"2\" failures=\"1\""), "{junit}");
    project.run(&["tester", "absent.relance"]).code(2);
    let none = project.run(&["tester", "--filtre", "payement"]).code(2);
    assert!(none.told().contains("« le paiement arrête tout »"), "{}", none.told());
}

#[test]
fn a_simulation_is_kept_and_compared() {
    let project = Project::with("scénario suivi\n  à J+3 : email courtois\n  à J+10 : email ferme\n");
    project.write("donnees/clients.csv", "code;nom;email\nC1;Menuiserie Valier;compta@valier.example\n");
    let invoices = "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/02/2026;04/03/2026;1 200,00\n";
    project.write("donnees/factures.csv", invoices);
    let kept =
        ["simuler", "--donnees", "donnees", "--du", "2026-03-01", "--au", "2026-03-31", "--instantane", "or.jsonl"];
    project.run(&kept).fine();
    let first = std::fs::read(project.path("or.jsonl")).unwrap();
    project.run(&kept).fine();
    assert_eq!(first, std::fs::read(project.path("or.jsonl")).unwrap());
    let check = ["simuler", "--donnees", "donnees", "--verifier-instantane", "or.jsonl"];
    project.run(&check).fine();
    std::fs::remove_dir_all(project.path("scenarios")).unwrap();
    // Another text, another hash, the same messages.
    project.write(
        "scenarios/suivi.relance",
        "scénario suivi\n  minimum 5 €\n  # plus bas\n  à J+3 : email courtois\n  à J+10 : email ferme\n",
    );
    assert!(project.run(&check).fine().out.contains("sans effet sur cette simulation"));
    project.write(
        "scenarios/suivi.relance",
        "scénario suivi\n  à J+3 : email courtois\n  à J+12 : email ferme puis après 2j sms rappel\n",
    );
    insta::assert_snapshot!(project.run(&check).code(1).told());
    project.write("faux.jsonl", "non\n");
    project.run(&["simuler", "--verifier-instantane", "faux.jsonl"]).code(3);
}
