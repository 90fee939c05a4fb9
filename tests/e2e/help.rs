//! Help, and wrong use.

use crate::support::Project;

const VERBS: [&str; 30] = [
    "demo",
    "init",
    "verifier",
    "formater",
    "lsp",
    "expliquer-code",
    "importer",
    "tester",
    "graphe",
    "simuler",
    "planifier",
    "publier",
    "executer",
    "service",
    "expliquer",
    "apercu",
    "decompte",
    "taux",
    "relever",
    "etat",
    "appels",
    "appel",
    "trancher",
    "dossier",
    "journal",
    "verifier-journal",
    "rejouer",
    "exporter",
    "oublier",
    "generer",
];

/// English words that the command-line library would say by itself.
const ENGLISH: [&str; 13] = [
    "Usage:",
    "Options:",
    "Commands:",
    "Arguments:",
    "Print help",
    "Print version",
    "[default",
    "possible values",
    "tip",
    "aliases:",
    "required",
    "unexpected",
    "<FILE",
];

#[test]
fn help_is_french() {
    let folder = Project::folder();
    let mut all = folder.run(&["--help"]).fine().out;
    assert_eq!(all, folder.run(&["-h"]).fine().out);
    for verb in VERBS {
        assert!(all.contains(&format!("\n  {verb} ")), "{verb} is not in the list of commands");
        let help = folder.run(&[verb, "--help"]).fine().out;
        all.push_str(&format!("\n──── {verb} ────\n{help}"));
    }
    for word in ENGLISH {
        assert!(!all.contains(word), "« {word} » in\n{all}");
    }
    insta::assert_snapshot!(all);
}

/// Every English alias does what its French verb does.
#[test]
fn aliases() {
    let folder = Project::folder();
    for (alias, verb) in [
        ("check", "verifier"),
        ("fmt", "formater"),
        ("import", "importer"),
        ("test", "tester"),
        ("graph", "graphe"),
        ("simulate", "simuler"),
        ("plan", "planifier"),
        ("publish", "publier"),
        ("run", "executer"),
        ("explain", "expliquer"),
        ("status", "etat"),
        ("calls", "appels"),
        ("call", "appel"),
        ("log", "journal"),
        ("check-log", "verifier-journal"),
        ("replay", "rejouer"),
        ("export", "exporter"),
        ("forget", "oublier"),
        ("generate", "generer"),
    ] {
        assert_eq!(folder.run(&[alias, "--help"]).fine().out, folder.run(&[verb, "--help"]).fine().out);
    }
    let version = folder.run(&["--version"]).fine().out;
    assert_eq!(version, format!("relance {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn misuse() {
    let project = Project::with(crate::support::project::SENTENCE);
    let cases: [&[&str]; 28] = [
        &[],
        &["verifie"],
        &["frobnicate"],
        &["verifier", "--fromat", "json"],
        &["verifier", "--format", "xml"],
        &["verifier", "--format"],
        &["simuler", "--personnes", "absente"],
        &["executer", "--le", "31/02/2026"],
        &["executer", "--le", "hier"],
        &["executer", "--le", "2026-03-18T25:00"],
        &["executer", "--le"],
        &["executer", "--le", "2026-03-18", "--le", "2026-03-19"],
        &["executer", "trop"],
        &["simuler", "--du", "2026-03-18", "--au", "2026-03-01"],
        &["expliquer"],
        &["expliquer", "F1", "F2"],
        &["importer", "--strict", "--tolerant"],
        &["importer", "absent.csv"],
        &["expliquer-code", "R9999"],
        &["generer", "--factures", "dix"],
        &["generer", "--factures", "10", "--clients", "20"],
        &["journal", "--facture", "F404"],
        &["expliquer", "F404", "--le", "2026-03-18"],
        &["rejouer", "--client", "C404"],
        &["exporter"],
        &["exporter", "--client", "C404"],
        &["oublier", "--client", "C404"],
        &["etat", "--base", "mysql://serveur/base", "--le", "2026-03-18"],
    ];
    let mut all = String::new();
    for args in cases {
        let done = project.run(args);
        let code = done.code.unwrap();
        assert!(code == 2 || code == 3, "{args:?} {done:#?}");
        assert_eq!(done.out, "", "{args:?}: what is wrong is told on standard error");
        all.push_str(&format!("$ relance {}\n{}\n", args.join(" "), done.told()));
    }
    for word in ENGLISH {
        assert!(!all.contains(word), "« {word} » in\n{all}");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn not_a_project() {
    let folder = Project::folder();
    let mut all = String::new();
    for args in [
        &["verifier"][..],
        &["importer", "--le", "2026-03-18"],
        &["executer", "--le", "2026-03-18"],
        &["simuler", "--du", "2026-03-18"],
        &["expliquer", "F1", "--le", "2026-03-18"],
        &["etat", "--le", "2026-03-18"],
        &["journal"],
        &["etat", "--projet", "ailleurs", "--le", "2026-03-18"],
    ] {
        all.push_str(&format!("$ relance {}\n{}\n", args.join(" "), folder.run(args).code(2).told()));
    }
    assert!(folder.path(".").read_dir().unwrap().next().is_none(), "a wrong call writes nothing");
    insta::assert_snapshot!(all);
}
