//! The day's calls: the list, and what comes of them.

use crate::support::Project;
use serde_json::Value;

const PLAN: &str = "scénario relances
  au plus 1 contact tous les 2 jours par client
  regrouper par client
  à J+5 : appel courtois à défaut email courtois
  à J+20 : appel ferme à comptabilité
  à J+40 : email dernier_avis
";

const CLIENTS: &str = "code;nom;email;telephone;contact_comptabilité;telephone_comptabilité
C1;Garage Lefort;compta@lefort.example;01 99 00 14 14;Mme Lefort;06 39 98 14 14
C2;Menuiserie Sorel;contact@sorel.example;01 99 00 17 17;;
C3;Imprimerie Castel;;01 99 00 31 31;;
";

const INVOICES: &str = "numero;client;date_emission;date_echeance;montant_ttc;devise
FA-1;C1;12/01/2026;11/02/2026;1 860,00;EUR
FA-2;C1;20/01/2026;14/02/2026;240,00;EUR
FA-3;C2;08/02/2026;08/03/2026;4 000,00;EUR
FA-4;C3;16/02/2026;10/03/2026;900,00;EUR
";

/// Three clients to be called on 18 March.
fn project() -> Project {
    let project = Project::with(PLAN);
    project.write("donnees/clients.csv", CLIENTS);
    project.write("donnees/factures.csv", INVOICES);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run(&["executer", "--le", "2026-03-16"]).fine();
    project
}

const MOMENT: [&str; 2] = ["--moment", "2026-03-16T15:00"];

fn note(project: &Project, args: &[&str]) -> String {
    project.run(&[&["appel"], args, &MOMENT].concat()).fine().out
}

fn next_day(project: &Project) {
    project.run(&["executer", "--le", "2026-03-17"]).fine();
}

fn lines(project: &Project, invoice: &str, kind: &str) -> Vec<Value> {
    project.journal().into_iter().filter(|line| line["facture"] == invoice && line["evenement"] == kind).collect()
}

/// What the journal says from the next day on is what a simulation of that day says.
fn lives_as_simulated(project: &Project) {
    let span = ["--du", "2026-03-17", "--au", "2026-03-17", "--personnes", "absentes", "--format", "jsonl"];
    let simulated = project.run(&[&["simuler"], &span[..]].concat()).fine().lines();
    next_day(project);
    let lived = project.run(&["journal", "--du", "2026-03-17", "--format", "jsonl"]).fine().lines();
    assert!(!lived.is_empty());
    assert_eq!(simulated, lived);
    project.run(&["rejouer"]).fine();
}

#[test]
fn the_list() {
    let project = project();
    let reminders = "date;type;facture;detail\n12/03/2026;relance;FA-3;email\n13/03/2026;relance;FA-1;sms\n";
    project.write("donnees/evenements.csv", reminders);
    project.run(&["importer", "--le", "2026-03-16T10:00"]).fine();
    let news = project.run(&["appels", "--le", "2026-03-16", "--court"]).fine().out;
    assert!(news.contains("Garage Lefort (C1) (*)") && news.contains("relance executer"), "{news}");
    project.run(&["executer", "--le", "2026-03-16"]).fine();
    let before = project.journal();
    let list = project.run(&["appels", "--le", "2026-03-16"]).fine().out;
    insta::assert_snapshot!("the_list_of_the_day", list);
    assert_eq!(list, project.run(&["calls", "--le", "2026-03-16"]).fine().out);
    insta::assert_snapshot!("the_list_in_short", project.run(&["appels", "--le", "2026-03-16", "--court"]).fine().out);
    let json = project.run(&["appels", "--le", "2026-03-16", "--format", "json"]).fine().json();
    let clients: Vec<&str> = json["appels"].as_array().unwrap().iter().map(|c| c["client"].as_str().unwrap()).collect();
    // 1,860 weigh twice after thirty days, 240 as well; 4,000 are younger.
    assert_eq!(clients, ["C1", "C2", "C3"]);
    insta::assert_snapshot!(
        "the_list_as_a_table",
        project.run(&["appels", "--le", "2026-03-16", "--format", "csv", "--court"]).fine().out
    );
    assert_eq!(before, project.journal(), "looking changes nothing");
    project.run(&["appels", "--client", "C9"]).code(2);
}

#[test]
fn a_broken_promise_weighs_twice() {
    let project = project();
    // 2,100 € of more than thirty days weigh 4,200; 4,000 € weigh 8,000 once a promise over them is broken.
    note(&project, &["FA-3", "--resultat", "promesse", "--le", "2026-03-18"]);
    for day in ["2026-03-17", "2026-03-20", "2026-03-23", "2026-03-30"] {
        project.run(&["executer", "--le", day]).fine();
    }
    let list = project.run(&["appels", "--le", "2026-03-30", "--format", "json"]).fine().json();
    let first = &list["appels"][0];
    assert_eq!((&first["client"], &first["promesses_rompues"]), (&"C2".into(), &1.into()), "{list:#}");
    let past: Vec<&str> =
        first["derniers"].as_array().unwrap().iter().map(|one| one["texte"].as_str().unwrap()).collect();
    assert_eq!(past, ["appel fait", "promesse de paiement pour le 18/03/2026", "promesse rompue"]);
}

#[test]
fn every_outcome_goes_in_and_lives_as_simulated() {
    let outcomes: [(&str, &[&str]); 8] = [
        ("joint", &["--par", "Hugo Petit", "--note", "rappellera après la réunion"]),
        ("sans_réponse", &[]),
        ("message_laissé", &["--note", "sur le répondeur"]),
        ("promesse", &["--le", "2026-03-20"]),
        ("promesse", &["--le", "2026-03-20", "--montant", "1 000,00"]),
        ("litige", &["--motif", "prix", "--montant", "100", "--note", "la remise manque"]),
        ("refus", &["--note", "« je ne paierai pas »", "--par", "Hugo Petit"]),
        ("mauvais_numéro", &["--par", "Hugo Petit"]),
    ];
    let (mut told, base) = (String::new(), project());
    for (result, more) in outcomes {
        let project = base.copy();
        let args = [&["FA-1", "--resultat", result], more].concat();
        let shown = project.run(&[&["appel"], &args[..], &MOMENT, &["--simulation"]].concat()).fine().out;
        let first = note(&project, &args);
        assert!(note(&project, &args).starts_with("Déjà noté"), "{result}");
        let other = if result == "joint" { "sans réponse" } else { "joint" };
        let args: Vec<&str> = [&["appel", "FA-1", "--resultat", other][..], &MOMENT].concat();
        let refused = project.run(&args).code(2);
        lives_as_simulated(&project);
        let day = project.run(&["journal", "--du", "2026-03-17", "--facture", "FA-1"]).fine().out;
        let left = project.run(&["appels", "--le", "2026-03-17", "--court"]).fine().out;
        told.push_str(&format!("──── {result} {}\n{shown}{first}{}{day}\n", more.join(" "), refused.err));
        assert_eq!(left.contains("FA-1"), matches!(result, "sans_réponse" | "message_laissé"), "{result}: {left}");
    }
    insta::assert_snapshot!(told);
}

#[test]
fn three_attempts_end_a_call() {
    let project = project();
    for (attempt, result) in ["sans réponse", "répondeur", "absent"].iter().enumerate() {
        let day = format!("2026-03-{}", 17 + attempt);
        let moment = format!("{day}T10:00");
        let told = project.run(&["appel", "FA-4", "--resultat", result, "--moment", &moment]).fine().out;
        assert!(told.contains(if attempt == 2 { "dernier essai" } else { "reste sur la liste" }), "{told}");
        project.run(&["executer", "--le", &day]).fine();
        let list = project.run(&["appels", "--le", &day, "--court"]).fine().out;
        assert_eq!(list.contains("FA-4"), attempt < 2, "{list}");
    }
    let refused = project.run(&["appel", "FA-4", "--resultat", "joint", "--moment", "2026-03-19T18:00"]).code(2);
    insta::assert_snapshot!(refused.err);
}

#[test]
fn a_refusal_asks_a_person_to_decide() {
    let project = project();
    note(&project, &["FA-3", "--resultat", "refus"]);
    next_day(&project);
    let tasks = |project: &Project| {
        project.run(&["etat", "--le", "2026-03-17", "--format", "json"]).fine().json()["taches"].clone()
    };
    assert_eq!(tasks(&project)[0]["quoi"], "Décider de la suite : Menuiserie Sorel refuse de payer (FA-3)");
    project.write("donnees/evenements.csv", "date;type;facture\n17/03/2026;tâche;FA-3\n");
    project.run(&["importer", "--le", "2026-03-17"]).fine();
    project.run(&["executer", "--le", "2026-03-18"]).fine();
    assert_eq!(tasks(&project).as_array().unwrap().len(), 0);
}

#[test]
fn a_wrong_number_takes_the_fallback_or_asks_for_another() {
    let project = project();
    // FA-4 has a fallback, but its client has no address: a task follows at last.
    note(&project, &["FA-3", "--resultat", "faux numéro"]);
    note(&project, &["FA-1", "--resultat", "mauvais_numéro", "--par", "Hugo Petit"]);
    next_day(&project);
    assert_eq!(lines(&project, "FA-3", "envoi").last().unwrap()["canal"], "email");
    let failed = lines(&project, "FA-1", "echec");
    assert_eq!((&failed[0]["detail"], &failed[0]["par"]), (&"mauvais numéro".into(), &"Hugo Petit".into()));
    assert!(
        project
            .run(&["etat", "--le", "2026-03-17"])
            .fine()
            .out
            .contains("Corriger le numéro de téléphone du client Garage Lefort")
    );
}

#[test]
fn a_dispute_has_a_code_in_the_journal() {
    let project = project();
    note(&project, &["FA-3", "--resultat", "litige", "--motif", "deja-paye", "--note", "virement du 2 mars"]);
    project
        .write("donnees/evenements.csv", "date;type;facture;detail\n16/03/2026;litige;FA-4;Quantité : deux cartons\n");
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    next_day(&project);
    let of = |invoice| {
        (lines(&project, invoice, "litige")[0]["code"].clone(), lines(&project, invoice, "litige")[0]["detail"].clone())
    };
    assert_eq!(of("FA-3"), ("déjà_payé".into(), "déjà payé : virement du 2 mars".into()));
    assert_eq!(of("FA-4"), ("quantité".into(), "Quantité : deux cartons".into()));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let project = project();
    let before = project.journal();
    let mut told = String::new();
    let cases: [&[&str]; 19] = [
        &["FA-9", "--resultat", "joint"],
        &["2041", "--resultat", "joint"],
        &["FA-1"],
        &["FA-1", "--resultat", "peut-être"],
        &["FA-1", "--resultat", "promesse"],
        &["FA-1", "--resultat", "promesse", "--le", "2026-03-10"],
        &["FA-1", "--resultat", "promesse", "--le", "2026-03-20", "--montant", "2 100,01"],
        &["FA-1", "--resultat", "promesse", "--le", "2026-03-20", "--montant", "0"],
        &["FA-1", "--resultat", "promesse", "--le", "2026-03-20", "--montant=-5"],
        &["FA-1", "--resultat", "promesse", "--le", "2026-03-20", "--montant", "1,234"],
        &["FA-1", "--resultat", "promesse", "--le", "2026-03-20", "--montant", "12 CHF"],
        &["FA-1", "--resultat", "joint", "--montant", "12"],
        &["FA-1", "--resultat", "joint", "--le", "2026-03-20"],
        &["FA-1", "--resultat", "joint", "--motif", "prix"],
        &["FA-1", "--resultat", "litige"],
        &["FA-1", "--resultat", "litige", "--motif", "humeur"],
        &["FA-1", "--resultat", "litige", "--motif", "prix", "--montant", "1 900"],
        &["FA-1", "--resultat", "joint", "--moment", "2026-03-15"],
        &["FA-2", "--resultat", "litige", "--motif", "prix", "--montant", "241"],
    ];
    for case in cases {
        let moment: &[&str] = if case.contains(&"--moment") { &[] } else { &MOMENT };
        let done = project.run(&[&["appel"], case, moment].concat()).code(2);
        told.push_str(&format!("$ relance appel {}\n{}", case.join(" "), done.told()));
    }
    assert_eq!(before, project.journal());
    // Nothing waits: settled, promised, and not yet called.
    project.write("donnees/reglements.csv", "date;client;facture;montant\n16/03/2026;C2;FA-3;4 000,00\n");
    note(&project, &["FA-4", "--resultat", "promesse", "--le", "2026-03-27"]);
    project.run(&["importer", "--le", "2026-03-16T18:00"]).fine();
    next_day(&project);
    for invoice in ["FA-3", "FA-4"] {
        let done = project.run(&["appel", invoice, "--resultat", "joint", "--moment", "2026-03-17T18:00"]).code(2);
        told.push_str(&format!("$ relance appel {invoice} --resultat joint\n{}", done.told()));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn names_of_clients_are_inert() {
    for name in [
        "=HYPERLINK(\"http://mal.example\";\"Cliquez\")",
        "{{ 7*7 }}",
        "<script>alert(1)</script>",
        "\u{202e}gnirebuR\u{202c}",
        "Rouge\u{1b}[31m\u{7}",
        "@SUM(1;2)",
    ] {
        let project = Project::with(PLAN);
        let quoted = name.replace('"', "\"\"");
        project.write("donnees/clients.csv", format!("code;nom;telephone\nC1;\"{quoted}\";01 99 00 14 14\n"));
        project.write("donnees/factures.csv", INVOICES);
        project.run(&["importer", "--le", "2026-03-16"]);
        project.run(&["executer", "--le", "2026-03-16"]).fine();
        let list =
            |format| project.run(&["appels", "--le", "2026-03-16", "--client", "C1", "--format", format]).fine().out;
        for out in [list("texte"), list("csv")] {
            assert!(!out.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{name:?}: {out}");
            assert!(!out.contains("49"), "{out}");
        }
        let row = list("csv").lines().nth(1).unwrap().to_owned();
        let cell = row.split(';').nth(2).unwrap().trim_start_matches('"').to_owned();
        assert!(!cell.starts_with(['=', '@', '+', '-']), "{row}");
        assert!(serde_json::from_str::<Value>(&list("json")).is_ok());
    }
    let project = Project::with(PLAN);
    project.write("donnees/clients.csv", format!("code;nom;telephone\nC1;{};01 99 00 14 14\n", "é".repeat(10_000)));
    project.write("donnees/factures.csv", INVOICES);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run(&["executer", "--le", "2026-03-16"]).fine();
    let out = project.run(&["appels", "--le", "2026-03-16", "--client", "C1", "--court"]).fine().out;
    assert!(out.lines().all(|line| line.chars().count() < 200), "{out}");
}
