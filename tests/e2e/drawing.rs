//! `graphe`: drawings and exports of a project's scenarios.

use crate::support::Project;
use serde_json::Value;

const PLAN: &str = "à J+3 : email courtois\nà J+15 si montant >= 100 € : email ferme puis appel ferme\nquand soldée : email remerciement\n";
const SEVERAL: &str = "scénario petits \"Petits comptes\"\n  pour les factures où montant < 1 000 €\n  à J+10 : email courtois\n\nscénario autres\n  à J+20 : email ferme\n";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_drawing_on_standard_output_or_in_a_file() {
    let project = Project::with(PLAN);
    let drawn = project.run(&["graphe"]).fine().out;
    assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>\n"), "{drawn}");
    for words in [
        "J échéance",
        "J+15",
        "email ferme puis appel",
        "si montant &gt;= 100,00",
        "quand soldée",
        "email remerciement",
    ] {
        assert!(drawn.contains(words), "« {words} » in\n{drawn}");
    }
    assert_eq!(project.run(&["graph"]).fine().out, drawn, "the alias does the same");
    let file = project.path("plan.svg");
    let told = project.run(&["graphe", "--sortie", file.to_str().unwrap()]).fine().out;
    assert!(told.contains("plan.svg"), "{told}");
    assert_eq!(std::fs::read_to_string(file).unwrap(), drawn);
    let nowhere = project.path("absent/plan.svg");
    let refused = project.run(&["graphe", "--sortie", nowhere.to_str().unwrap()]).code(3);
    assert!(refused.err.contains("absent/plan.svg"), "{}", refused.err);
}

#[test]
fn every_format() {
    let project = Project::with(PLAN);
    let drawn = |format: &str| project.run(&["graphe", "--format", format]).fine().out;
    assert!(drawn("dot").starts_with("digraph "));
    assert!(drawn("mermaid").starts_with("flowchart "));
    let machine = json(&drawn("json"));
    assert_eq!(machine["states"][0]["name"], "plan");
    let chart = json(&drawn("xstate"));
    assert_eq!(chart["initial"], "plan");
    assert_eq!(chart["states"]["plan"]["states"]["2_paliers"]["on"]["JOUR"][0]["description"], "J+15");
    // The schema is that of every machine: no project is needed.
    let schema = json(&Project::folder().run(&["graphe", "--format", "schema"]).fine().out);
    assert_eq!(schema["properties"]["format"]["const"], machine["format"]);
}

#[test]
fn one_scenario_of_several() {
    let project = Project::with(SEVERAL);
    let refused = project.run(&["graphe"]).code(2);
    assert_eq!(refused.out, "");
    assert!(refused.err.contains("2 scénarios") && refused.err.contains("`petits`, `autres`"), "{}", refused.err);
    assert!(project.run(&["graphe", "Petits"]).fine().out.contains("Petits comptes"));
    let unknown = project.run(&["graphe", "moyens"]).code(2);
    assert!(unknown.err.contains("scénario inconnu : `moyens`") && unknown.err.contains("`petits`"), "{}", unknown.err);
    project.run(&["graphe", "petits", "--format", "dot", "--facture", "F1"]).code(2);
}

#[test]
fn the_way_of_an_invoice() {
    let project = Project::with(SEVERAL);
    project.write(
        "factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/02/2026;04/03/2026;500,00\n",
    );
    project.write("clients.csv", "code;nom;segment;email;telephone\nC1;Valier;regulier;compta@valier.example;\n");
    project.run(&["importer", "factures.csv", "clients.csv", "--le", "2026-03-02"]).fine();
    project.run(&["executer", "--le", "2026-03-18"]).fine();
    let drawn = project.run(&["graphe", "--facture", "F1"]).fine().out;
    for words in ["Petits comptes", "Facture F1, palier J+10", "la facture est ici", "palier-ici"] {
        assert!(drawn.contains(words), "« {words} » in\n{drawn}");
    }
    let other = project.run(&["graphe", "autres", "--facture", "F1"]).code(2);
    assert!(other.err.contains("suit le scénario `petits`"), "{}", other.err);
    let unknown = project.run(&["graphe", "--facture", "F404"]).code(2);
    assert!(unknown.err.contains("`F404`"), "{}", unknown.err);
}
