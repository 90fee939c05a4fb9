//! A scenario is written with a typing mistake, mended, checked, simulated, run and explained.

use crate::support::project::SENTENCE;
use crate::support::{Project, keys, sent};
use chrono::{Days, NaiveDate};
use serde_json::Value;

const CLIENTS: &str = "code;nom;segment;email;telephone;portable
C1;Menuiserie Valier;mauvais_payeur;compta@valier.example;01 99 00 12 34;
C2;Crème & Châtaigne;mauvais_payeur;;;06 39 98 12 34
C3;Au bon payeur;bon_payeur;compta@bon.example;;
C4;Éclair Bâtiment;mauvais_payeur;compta@eclair.example;;
";
const INVOICES: &str = "numero;client;date_emission;date_echeance;montant_ttc
F1;C1;02/02/2026;04/03/2026;1 200,00
F2;C1;10/02/2026;12/03/2026;348,90
F3;C2;02/02/2026;04/03/2026;99,00
F4;C3;02/02/2026;04/03/2026;5 000,00
F5;C4;02/02/2026;04/03/2026;700,00
F6;C4;16/03/2026;20/03/2026;80,00
";
const PAYMENTS: &str = "date;client;facture;montant
18/03/2026;C4;F5;200,00
20/03/2026;C4;F5;500,00
26/03/2026;C1;F2;348,90
";
const EVENTS: &str = "date;type;facture;montant;date_prevue;detail
23/03/2026;promesse;F1;1 200,00;27/03/2026;au téléphone
24/03/2026;litige;F6;;;colis abîmé
31/03/2026;litige_clos;F6;;;
";

fn with_data(scenario: &str) -> Project {
    let project = Project::with(scenario);
    project.write("donnees/clients.csv", CLIENTS);
    project.write("donnees/factures.csv", INVOICES);
    project.write("donnees/reglements.csv", PAYMENTS);
    project.write("donnees/evenements.csv", EVENTS);
    project
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Runs every day of a span, both included.
fn run_daily(project: &Project, from: &str, to: &str) {
    let mut today = day(from);
    while today <= day(to) {
        project.run(&["executer", "--le", &today.to_string()]).fine();
        today = today + Days::new(1);
    }
}

/// A typing mistake is told with its place and what was probably meant; nothing runs until it is mended.
#[test]
fn a_typing_mistake() {
    let project = with_data(SENTENCE);
    let mut all = String::new();
    for (wrong, right) in [
        ("mauvais_payeurs", "mauvais_payeur"),
        ("retrad", "retard"),
        ("email ferm ", "email ferme "),
        ("15 ", "15j "),
        ("puis apel", "puis appel"),
        ("alor ", "alors "),
        ("segmant", "segment"),
    ] {
        let text = SENTENCE.replacen(right, wrong, 1);
        assert_ne!(text, SENTENCE);
        project.write("scenarios/plan.relance", &text);
        let done = project.run(&["verifier"]).code(1);
        all.push_str(&format!("──── {text}{}\n", done.told()));
        let place = project.run(&["verifier", "--format", "json"]).code(1).json();
        let first = &place[0];
        assert_eq!((first["fichier"].as_str(), first["ligne"].as_u64()), (Some("scenarios/plan.relance"), Some(1)));
        for args in [
            &["executer", "--le", "2026-03-19"][..],
            &["simuler", "--du", "2026-03-19"],
            &["expliquer", "F1", "--le", "2026-03-19"],
        ] {
            let done = project.run(args).code(1);
            assert!(done.err.contains(first["code"].as_str().unwrap()), "{args:?} {done:#?}");
            assert_eq!(done.out, "");
        }
    }
    assert!(!project.path("relance.db").exists(), "nothing was run");
    insta::assert_snapshot!(all);
    project.write("scenarios/plan.relance", SENTENCE);
    assert_eq!(project.run(&["verifier"]).fine().out, "Tout est en ordre : 1 scénario, 32 modèles.\n");
}

/// One invoice, by every command.
#[test]
fn all_commands_tell_the_same_story() {
    let project = with_data(SENTENCE);
    let mut all = String::new();
    let mut tell = |args: &[&str]| {
        let done = project.run(args).fine();
        all.push_str(&format!("$ relance {}\n{}\n", args.join(" "), done.out));
    };
    tell(&["simuler", "--du", "2026-03-16", "--au", "2026-04-10"]);
    tell(&["simuler", "--du", "2026-03-16", "--au", "2026-04-10", "--facture", "F1", "--personnes", "absentes"]);
    tell(&["importer", "--le", "2026-03-16"]);
    tell(&["expliquer", "F1", "--le", "2026-03-18"]);
    for day in ["2026-03-18", "2026-03-19", "2026-03-20", "2026-03-23"] {
        tell(&["executer", "--le", day]);
    }
    tell(&["expliquer", "F1", "--le", "2026-03-23"]);
    tell(&["expliquer", "F1", "--le", "2026-03-18"]);
    tell(&["expliquer", "F5", "--le", "2026-03-23"]);
    tell(&["expliquer", "F4", "--le", "2026-03-23"]);
    tell(&["etat", "--le", "2026-03-23"]);
    tell(&["journal", "--facture", "F1"]);
    tell(&["journal", "--du", "2026-03-20", "--au", "2026-03-20"]);
    insta::assert_snapshot!(all);

    // Explanation, journal and state in JSON say the same of the same sendings.
    let journal = project.run(&["journal", "--facture", "F1", "--format", "jsonl"]).fine().lines();
    let explained = project.run(&["expliquer", "F1", "--le", "2026-03-23", "--format", "json"]).fine().json();
    let told: Vec<&Value> = explained["historique"].as_array().unwrap().iter().collect();
    let kept: Vec<&Value> = journal.iter().collect();
    assert_eq!(told, kept);
    assert_eq!(sent(&journal, "appel").len(), 1);
    let state = project.run(&["etat", "--le", "2026-03-23", "--format", "json"]).fine().json();
    // The client has promised everything meanwhile: nobody is to ring.
    assert_eq!(state["contacts_en_pause"], 1);
    assert!(state["appels"].as_array().unwrap().iter().all(|c| c["facture"] != "F1"));
    let before = project.run(&["expliquer", "F1", "--le", "2026-03-23", "--format", "json"]).fine().json();
    assert_eq!(before["situation"]["exigible"]["centimes"], 0);
}

/// What is simulated from the files is what happens, byte for byte.
fn same_as_simulated(scenario: &str, from: &str, to: &str) -> Vec<Value> {
    let project = with_data(scenario);
    let args = ["simuler", "--du", from, "--au", to, "--personnes", "absentes", "--format", "jsonl"];
    let from_files = project.run(&args).fine().out;
    assert!(!project.path("relance.db").exists(), "a simulation writes nothing");
    project.run(&["importer", "--le", from]).fine();
    assert_eq!(project.run(&args).fine().out, from_files, "from the base as from the files");
    let mut ran = String::new();
    let mut today = day(from);
    while today <= day(to) {
        // What is simulated half-way is what is still to come.
        let rest = ["simuler", "--du", &today.to_string(), "--au", to, "--personnes", "absentes", "--format", "jsonl"];
        let expected = format!("{ran}{}", project.run(&rest).fine().out);
        assert_eq!(expected, from_files, "simulated on {today}");
        ran.push_str(&project.run(&["executer", "--le", &today.to_string(), "--format", "jsonl"]).fine().out);
        today = today + Days::new(1);
    }
    assert_eq!(ran, from_files, "what `executer` tells");
    let journal = project.run(&["journal", "--format", "jsonl"]).fine().out;
    assert_eq!(journal, from_files, "what `journal` keeps");
    // Running on that last day again adds nothing.
    project.run(&["executer", "--le", to]).fine();
    assert_eq!(project.run(&["journal", "--format", "jsonl"]).fine().out, journal);
    project.journal()
}

#[test]
fn the_sentence_runs_as_simulated() {
    let journal = same_as_simulated(SENTENCE, "2026-03-16", "2026-04-15");
    let emails = sent(&journal, "email");
    keys(&sent(&journal, ""));
    assert!(emails.iter().any(|l| l["facture"] == "F1" && l["le"] == "2026-03-19T09:00:00+01:00"), "{emails:#?}");
    assert!(emails.iter().all(|l| l["facture"] != "F4"), "a good payer is left alone");
    assert!(emails.iter().all(|l| l["facture"] != "F3"), "nobody can write to C2");
}

#[test]
fn a_richer_plan_runs_as_simulated() {
    let plan = "scénario riche\n  au plus 1 contact tous les 2 jours par client\n  minimum 10 €\n\n  \
        à J-2 : email preventif\n  à J+3 : email courtois puis après 2 jours ouvrés sms rappel à défaut email rappel_amical\n  \
        si retard >= 12j et segment = mauvais_payeur alors email ferme à défaut courrier dernier_avis\n  \
        à J+20 : appel ferme puis email dernier_avis\n  à J+25 : tâche \"Décider\"\n  \
        dès que reste_dû >= 600 € : note \"gros montant\"\n  quand promesse rompue : email promesse_non_tenue puis appel ferme\n  \
        quand litige ouvert : tâche \"Répondre\"\n  quand soldée si nombre_relances >= 1 : email remerciement\n";
    let journal = same_as_simulated(plan, "2026-03-02", "2026-04-20");
    let events: std::collections::BTreeSet<&str> = journal.iter().map(|l| l["evenement"].as_str().unwrap()).collect();
    for expected in
        ["envoi", "palier", "tache", "soldee", "promesse_rompue", "litige", "litige_clos", "echec", "suspension"]
    {
        assert!(events.contains(expected), "no {expected} in {events:?}");
    }
    keys(&sent(&journal, ""));
}

/// A run that was missed loses nothing: the day after, it is done.
#[test]
fn days_without_a_run_lose_nothing() {
    let daily = with_data(SENTENCE);
    daily.run(&["importer", "--le", "2026-03-16"]).fine();
    run_daily(&daily, "2026-03-16", "2026-04-10");
    let rare = with_data(SENTENCE);
    rare.run(&["importer", "--le", "2026-03-16"]).fine();
    for day in ["2026-03-16", "2026-04-10"] {
        rare.run(&["executer", "--le", day]).fine();
    }
    let (daily, rare) = (daily.journal(), rare.journal());
    let mut wanted = keys(&sent(&daily, "email"));
    assert_eq!(wanted.len(), 3);
    // F5 was paid before anybody looked: nothing is left to ask for.
    wanted.retain(|key| !key.starts_with("F5#"));
    assert_eq!(keys(&sent(&rare, "email")), wanted);
}

/// A date without an hour is the whole day, slot by slot; with an hour it is that moment.
#[test]
fn a_date_without_an_hour_is_the_whole_day_slot_by_slot() {
    let plan = "sans plafond\nà J+15 : email ferme\nquand soldée : email remerciement\n";
    let project = Project::with(plan);
    project.write("donnees/clients.csv", CLIENTS);
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/02/2026;04/03/2026;1 200,00\n",
    );
    let payments = "date;client;facture;montant;connu_le\n19/03/2026;C1;F1;1 200,00;19/03/2026 14:00\n";
    project.write("donnees/reglements.csv", payments);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    let moment = project.copy();
    let told = |project: &Project, at: &str| -> Vec<String> {
        project.run(&["executer", "--le", at]).fine();
        let journal = project.journal();
        let shown = journal.iter().filter(|l| ["envoi", "soldee"].contains(&l["evenement"].as_str().unwrap()));
        shown.map(|l| format!("{} {}", &l["le"].as_str().unwrap()[..16], l["evenement"].as_str().unwrap())).collect()
    };
    assert_eq!(
        told(&project, "2026-03-19"),
        ["2026-03-19T09:00 envoi", "2026-03-19T14:00 soldee", "2026-03-19T14:00 envoi"]
    );
    assert_eq!(told(&moment, "2026-03-19T10:30"), ["2026-03-19T10:30 envoi"]);
}
