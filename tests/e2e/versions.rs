//! Versions in flight: a plan is shown, applied as it was shown or refused, and an earlier version comes back.

use crate::support::{Project, sent};

const PLAN: &str = "scénario relances
  à J+5 : email courtois
  à J+15 : email ferme
  à J+30 : aller à med

étape med \"Mise en demeure\"
  à l'entrée : tâche \"Préparer la lettre\"
  après 20 jours : tâche \"Décider de la suite\"
";

/// One invoice in `med`, one that has had `courtois`, one to come.
fn started() -> Project {
    let project = Project::with(PLAN);
    let clients =
        "code;nom;segment;email\nC1;Valier;bon_payeur;a@valier.example\nC2;Aubert;bon_payeur;b@aubert.example\n";
    project.write("donnees/clients.csv", clients);
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/01/2026;01/02/2026;1 200,00\n\
         F2;C2;02/02/2026;01/03/2026;800,00\nF3;C2;02/02/2026;20/03/2026;50,00\n",
    );
    project.run(&["importer", "--le", "2026-03-02"]).fine();
    for day in ["2026-03-03", "2026-03-06"] {
        project.run(&["executer", "--le", day]).fine();
    }
    project
}

/// The new files: another name for `med`, another second reminder, a first one that is earlier.
fn edited(project: &Project, carried: bool) {
    let text =
        PLAN.replace(" med", " mise_en_demeure").replace("email ferme", "email dernier_avis").replace("J+5", "J+3");
    let carry = if carried { "  reprise étape med → mise_en_demeure\n" } else { "" };
    project.write("scenarios/plan.relance", text.replacen('\n', &format!("\n{carry}"), 1));
}

/// The name of the plan that was shown.
fn name(shown: &str) -> String {
    let (_, rest) = shown.rsplit_once("--plan ").expect("a plan that can be applied");
    rest.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn a_plan_shows_what_changes_and_writes_nothing() {
    let project = started();
    let before = (project.journal(), std::fs::read(project.path("relance.db")).unwrap());
    edited(&project, false);
    let lost = project.run(&["planifier", "--le", "2026-03-09"]).code(1);
    let refused = project.run(&["executer", "--le", "2026-03-09"]).code(1);
    edited(&project, true);
    let shown = project.run(&["planifier", "--le", "2026-03-09"]).fine().out;
    let json = project.run(&["plan", "--le", "2026-03-09", "--format", "json"]).fine().out;
    assert_eq!(project.run(&["planifier", "--le", "2026-03-09"]).fine().out, shown);
    assert_eq!((project.journal(), std::fs::read(project.path("relance.db")).unwrap()), before, "nothing is written");
    let plan = name(&shown);
    let all = [
        lost.out,
        lost.err,
        "──── executer ────\n".to_owned(),
        refused.out,
        refused.err,
        "──── reprise ────\n".to_owned(),
        shown,
        "──── json ────\n".to_owned(),
        json,
    ];
    insta::assert_snapshot!(all.concat().replace(&plan, "PLAN"));
}

#[test]
fn a_first_plan_needs_no_base() {
    let project = Project::with(PLAN);
    let shown = project.run(&["planifier", "--le", "2026-03-09"]).fine().out;
    assert!(!project.path("relance.db").exists(), "what only looks creates nothing");
    project.run(&["publier", "--plan", &name(&shown), "--le", "2026-03-09"]).fine();
    assert!(project.run(&["planifier"]).fine().out.starts_with("Rien à publier"));
}

#[test]
fn a_plan_is_applied_as_it_was_shown_or_refused() {
    let project = started();
    edited(&project, true);
    let shown = name(&project.run(&["planifier", "--le", "2026-03-09"]).fine().out);
    let mut all = String::new();
    let mut note = |title: &str, text: &str| all.push_str(&format!("──── {title} ────\n{text}"));
    note("sans plan", &project.run(&["publier"]).code(2).err);
    note("autre chose qu’un plan", &project.run(&["publier", "--plan", "demain"]).code(2).err);
    let apply =
        |also: &[&str]| project.run(&[&["publier", "--plan", shown.as_str(), "--le", "2026-03-09"], also].concat());
    note("d’autres options", &apply(&["--rattraper"]).code(1).err);
    project.replace("scenarios/plan.relance", "J+15", "J+16");
    note("d’autres fichiers", &apply(&[]).code(1).err);
    project.replace("scenarios/plan.relance", "J+16", "J+15");
    assert_eq!(
        project.run(&["planifier", "--versions", "--format", "json"]).fine().json().as_array().unwrap().len(),
        1
    );
    // A payment that moves nothing does not make it another plan; one that settles an invoice that moves does.
    project.write("donnees/reglements.csv", "date;client;facture;montant\n06/03/2026;C2;F2;100,00\n");
    project.run(&["importer", "--le", "2026-03-07"]).fine();
    let messages = sent(&project.journal(), "").len();
    note("appliqué", &apply(&[]).fine().out);
    assert_eq!(sent(&project.journal(), "").len(), messages, "publishing sends nothing");
    note("encore", &apply(&[]).fine().out);
    note("exécution", &project.run(&["executer", "--le", "2026-03-09"]).fine().out);
    note("journal", &project.run(&["journal", "--facture", "F1", "--du", "2026-03-09"]).fine().out);
    insta::assert_snapshot!(all.replace(&shown, "PLAN"));
}

#[test]
fn what_was_published_stays_whatever_the_files_say_and_an_old_version_comes_back() {
    let project = started();
    edited(&project, true);
    let shown = name(&project.run(&["planifier", "--le", "2026-03-09"]).fine().out);
    project.run(&["publier", "--plan", &shown, "--le", "2026-03-09"]).fine();
    project.run(&["executer", "--le", "2026-03-09"]).fine();
    let mut all = String::new();
    // Somebody edits: nothing changes but what is said.
    project.replace("scenarios/plan.relance", "email dernier_avis", "sms rappel");
    all.push_str(&project.run(&["executer", "--le", "2026-03-10"]).code(0).out);
    all.push_str(&project.run(&["simuler", "--du", "2026-03-11", "--au", "2026-03-12"]).code(0).err);
    project.write("scenarios/plan.relance", "à J+15 : email inconnu\n");
    all.push_str(&project.run(&["executer", "--le", "2026-03-11"]).code(0).out);
    // The first version again, out of the base: the files have mistakes.
    let back = project.run(&["planifier", "--version", "1", "--le", "2026-03-12"]).fine().out;
    let plan = name(&back);
    all.push_str(&back);
    all.push_str(&project.run(&["planifier", "--version", "9"]).code(2).err);
    all.push_str(&project.run(&["publier", "--plan", &plan, "--version", "1", "--le", "2026-03-12"]).fine().out);
    // Nobody runs it for days: what came due since the publication fires all the same, only what was due by then is skipped.
    project.run(&["executer", "--le", "2026-03-16"]).code(0);
    all.push_str(&project.run(&["journal", "--facture", "F1", "--du", "2026-03-12"]).fine().out);
    all.push_str(&project.run(&["planifier", "--versions"]).fine().out);
    let journal = project.journal();
    let of_f2 = sent(&journal, "").into_iter().filter(|line| line["facture"] == "F2");
    let models: Vec<&str> = of_f2.filter_map(|line| line["modele"].as_str()).collect();
    assert_eq!(models, ["courtois", "ferme"], "the first version's second reminder");
    project.run(&["rejouer"]).fine();
    insta::assert_snapshot!(all.replace(&plan, "PLAN"));
}
