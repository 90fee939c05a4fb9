//! Changing clients or scenarios under way sends nothing by itself.

use crate::support::{Project, sent};
use serde_json::Value;

const PLANS: &str = "scénario doux
  pour les factures où segment = bon_payeur
  à J+7 : email rappel_amical
  à J+30 : email courtois

scénario dur
  pour les factures où segment = mauvais_payeur
  à J+3 : email courtois
  à J+10 : email dernier_avis
  à J+20 : email ferme
";

const INVOICES: &str = "numero;client;date_emission;date_echeance;montant_ttc
F1;C1;02/02/2026;04/03/2026;1 200,00
";

fn clients(segment: &str) -> String {
    format!("code;nom;segment;email\nC1;Menuiserie Valier;{segment};compta@valier.example\n")
}

fn started(plan: &str) -> Project {
    let project = Project::with(plan);
    project.write("donnees/clients.csv", clients("bon_payeur"));
    project.write("donnees/factures.csv", INVOICES);
    project.run(&["importer", "--le", "2026-03-05"]).fine();
    project
}

fn run_until(project: &Project, days: std::ops::RangeInclusive<u32>) {
    for day in days {
        project.run(&["executer", "--le", &format!("2026-03-{day:02}")]).fine();
    }
}

fn models(journal: &[Value]) -> Vec<String> {
    sent(journal, "")
        .iter()
        .map(|l| format!("{} {}", &l["le"].as_str().unwrap()[..10], l["modele"].as_str().unwrap()))
        .collect()
}

#[test]
fn a_new_segment_moves_the_invoice_and_sends_nothing() {
    let project = started(PLANS);
    run_until(&project, 5..=17);
    assert_eq!(models(&project.journal()), ["2026-03-11 rappel_amical"]);
    // Fourteen days late: the hard plan would have written twice by now.
    project.write("clients.csv", clients("mauvais_payeur"));
    let mut all = project.run(&["importer", "clients.csv", "--le", "2026-03-18"]).fine().out;
    run_until(&project, 18..=23);
    assert_eq!(models(&project.journal()), ["2026-03-11 rappel_amical"], "the move itself sends nothing");
    all.push_str(&project.run(&["expliquer", "F1", "--le", "2026-03-23"]).fine().out);
    run_until(&project, 24..=31);
    assert_eq!(
        models(&project.journal()),
        ["2026-03-11 rappel_amical", "2026-03-24 ferme"],
        "its next rung fires on its day"
    );
    all.push_str(&project.run(&["journal", "--facture", "F1"]).fine().out);
    insta::assert_snapshot!(all);
}

#[test]
fn a_rung_added_in_the_past_sends_nothing() {
    let project = started(PLANS);
    run_until(&project, 5..=17);
    // A rung that is already behind, one before what was fired, and one to come.
    project.replace(
        "scenarios/plan.relance",
        "  à J+7 : email rappel_amical\n",
        "  à J+5 : email preventif\n  à J+7 : email rappel_amical\n  à J+12 : email ferme\n  à J+20 : email dernier_avis\n",
    );
    project.run(&["verifier"]).code(0);
    let expected = project
        .run(&["simuler", "--du", "2026-03-18", "--au", "2026-03-31", "--personnes", "absentes", "--format", "jsonl"])
        .fine()
        .lines();
    run_until(&project, 18..=23);
    assert_eq!(models(&project.journal()), ["2026-03-11 rappel_amical"]);
    run_until(&project, 24..=31);
    let journal = project.journal();
    assert_eq!(models(&journal), ["2026-03-11 rappel_amical", "2026-03-24 dernier_avis"]);
    assert_eq!(models(&expected), ["2026-03-24 dernier_avis"], "the simulation knew");
    insta::assert_snapshot!(project.run(&["journal", "--facture", "F1"]).fine().out);
}

/// Asked for when the scenarios are published, the highest rung already due leaves, and the simulation, the journal and the
/// explanation know it.
#[test]
fn a_publication_catches_up_when_asked() {
    let project = started(PLANS);
    run_until(&project, 5..=17);
    project.replace(
        "scenarios/plan.relance",
        "  à J+7 : email rappel_amical\n",
        "  à J+7 : email rappel_amical\n  à J+9 : sms rappel\n  à J+12 : email ferme\n  à J+12 : tâche \"Relire le dossier\"\n  dès que montant >= 10 € : alerter \"direction\"\n",
    );
    let simulated = |also: &[&str]| {
        let dates =
            ["simuler", "--du", "2026-03-18", "--au", "2026-03-20", "--personnes", "absentes", "--format", "jsonl"];
        models(&project.run(&[&dates, also].concat()).fine().lines())
    };
    assert_eq!(simulated(&[]), [] as [&str; 0]);
    assert_eq!(simulated(&["--rattraper"]), ["2026-03-18 ferme"]);
    project.run(&["executer", "--rattraper", "--le", "2026-03-18"]).fine();
    let journal = project.journal();
    assert_eq!(models(&journal), ["2026-03-11 rappel_amical", "2026-03-18 ferme"]);
    let mut all = project.run(&["journal", "--facture", "F1"]).fine().out;
    all.push_str(&project.run(&["expliquer", "F1", "--le", "2026-03-18"]).fine().out);
    // The same scenarios again: there is nothing to catch up, which is said.
    let again = project.run(&["executer", "--rattraper", "--le", "2026-03-19"]).code(0);
    all.push_str(&again.err);
    assert_eq!(models(&project.journal()).len(), 2);
    let simulated = ["simuler", "--rattraper", "--du", "2026-03-19", "--au", "2026-03-20"];
    assert_eq!(project.run(&simulated).code(0).err.replace("ne sert", "n’a servi"), again.err);
    insta::assert_snapshot!(all);
}

#[test]
fn a_comment_changes_nothing() {
    let project = started(PLANS);
    run_until(&project, 5..=12);
    let before = project.journal();
    project.write(
        "scenarios/plan.relance",
        format!("# Relu par la direction.\n\n{}", PLANS.replace("scénario", "SCENARIO")),
    );
    run_until(&project, 12..=17);
    let after = project.journal();
    assert_eq!(models(&after), models(&before));
    assert_eq!(after.iter().filter(|l| l["evenement"] == "scenario").count(), 1, "{after:#?}");
}

/// A scenario that no longer compiles stops the run before anything is touched.
#[test]
fn a_broken_scenario_touches_nothing() {
    let project = started(PLANS);
    run_until(&project, 5..=10);
    let before = project.journal();
    project.replace("scenarios/plan.relance", "segment = bon_payeur", "segment = bon_payeurs");
    let done = project.run(&["executer", "--le", "2026-03-11"]).code(1);
    assert!(done.err.contains("vouliez-vous dire `bon_payeur`"), "{}", done.err);
    assert_eq!(project.journal(), before);
    // A template too.
    project.replace("scenarios/plan.relance", "segment = bon_payeurs", "segment = bon_payeur");
    project.replace("modeles/email/rappel_amical.md", "facture.numero", "facture.numreo");
    let done = project.run(&["executer", "--le", "2026-03-11"]).code(1);
    insta::assert_snapshot!(done.told());
    assert_eq!(project.journal(), before);
    assert!(project.messages("").is_empty());
}

/// A state that is no longer there is an error before anything is done, until the file says where its invoices go.
#[test]
fn invoices_of_a_state_that_is_gone_keep_a_run_from_beginning() {
    let plan = "scénario doux\n  à J+3 : aller à suivi\n\nétape suivi\n  après 5j : email courtois\n";
    let mut told = String::new();
    for (name, renamed) in [("étape", "doux"), ("scénario", "nouveau")] {
        let project = started(plan);
        run_until(&project, 5..=9);
        let before = project.journal();
        let next = |carry: &str| {
            format!(
                "scénario {renamed}\n{carry}  à J+3 : aller à veille\n\nétape veille\n  après 5j : email courtois\n"
            )
        };
        project.write("scenarios/plan.relance", next(""));
        let refused = project.run(&["executer", "--le", "2026-03-10"]).code(1);
        told.push_str(&format!("──── {name} ────\n{}{}", refused.out, refused.err));
        assert_eq!(project.journal(), before, "{name}");
        project.write("scenarios/plan.relance", next("  reprise étape suivi → veille\n"));
        run_until(&project, 10..=20);
        assert_eq!(models(&project.journal()), ["2026-03-12 courtois"], "{name}: its clock went on");
    }
    insta::assert_snapshot!(told);
}

/// Another name for the scenario changes nothing for an invoice in one of its states.
#[test]
fn a_renamed_scenario_carries_its_states_on() {
    let plan = "scénario doux\n  à J+3 : aller à suivi\n\nétape suivi\n  après 5j : email courtois\n";
    let project = started(plan);
    run_until(&project, 5..=9);
    project.write("scenarios/plan.relance", plan.replace("doux", "nouveau"));
    run_until(&project, 10..=13);
    assert_eq!(models(&project.journal()), ["2026-03-12 courtois"]);
}
