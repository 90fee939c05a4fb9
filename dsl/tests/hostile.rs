//! Files that would like to hang, to fill the memory or to break what reads them: each is refused, or handled, with words that a
//! reader understands. `tests/corpus/hostile/` holds what fuzzing found; what is big is made here.
#![allow(clippy::unwrap_used)]

mod common;

use common::context;
use relance_core::machine::ScriptSource;
use relance_core::program::Program;
use relance_dsl::{Context, Source, format, render_full, render_short, trial, verify};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// As many tests as this are played here: the others are compiled.
const PLAYED: usize = 50;

fn source(path: &str, bytes: impl Into<Vec<u8>>) -> Source {
    Source { path: path.to_owned(), bytes: bytes.into() }
}

/// Does everything with a project that a user could, and tells how it ended.
fn told(sources: &[Source], context: &Context) -> String {
    let compilation = verify(sources, context, &[]);
    let found = &compilation.diagnostics;
    let mut out = match &compilation.machines {
        Some(machines) => {
            let states: usize = machines.iter().map(|machine| machine.states.len()).sum();
            let rules: usize = machines.iter().map(|machine| machine.sequences().count()).sum();
            format!(
                "{} scénario(s), {states} état(s), {rules} règle(s), {} signalement(s)",
                machines.len(),
                found.len()
            )
        }
        None => format!("refusé, {} signalement(s)", found.len()),
    };
    for line in render_short(&found[..found.len().min(2)], sources).lines() {
        let shown: String = line.chars().take(160).collect();
        write!(out, "\n    {shown}").unwrap();
    }
    assert!(render_full(found, sources, false).len() < 2_000_000);
    for source in sources {
        // Nothing is lost, and a second time changes nothing.
        if let Ok(done) = format(source) {
            assert_eq!(done.defect, None);
            let again = format(&Source { bytes: done.text.clone().into_bytes(), ..source.clone() }).unwrap();
            assert_eq!(again.text, done.text);
        }
    }
    if let Some(machines) = compilation.machines {
        let program = Program::new(machines, chrono_tz::Europe::Paris, BTreeMap::new());
        let tests = &compilation.tests[..compilation.tests.len().min(PLAYED)];
        let failed = trial::scenarios(tests, &program, None, 80).iter().filter(|told| told.failed.is_some()).count();
        if !compilation.tests.is_empty() {
            write!(out, "\n    {} test(s), {failed} échec(s)", compilation.tests.len()).unwrap();
        }
    }
    out
}

fn one(text: impl Into<Vec<u8>>) -> String {
    told(&[source("scenarios/essai.relance", text)], &context())
}

fn numbered(n: usize, line: impl Fn(usize) -> String) -> String {
    (0..n).map(line).collect()
}

#[test]
fn big_files() {
    let rule = "à J+1 : sms ferme\n";
    let cases: [(&str, String); 18] = [
        ("200 000 parenthèses", format!("si {}retard > 1j", "(".repeat(200_000))),
        ("200 000 parenthèses fermées", format!("si retard > 1j{} alors sms ferme", ")".repeat(200_000))),
        ("une ligne d'un mégaoctet", "a".repeat(1_000_000)),
        ("une ligne de mots d'un mégaoctet", "mot ".repeat(250_000)),
        ("un commentaire d'un mégaoctet", format!("#{}\n{rule}", "x".repeat(1_000_000))),
        ("un texte d'un demi-mégaoctet", format!("à J+1 : tâche \"{}\"", "x".repeat(500_000))),
        ("un nom d'un demi-mégaoctet", format!("scénario {}\n{rule}", "x".repeat(500_000))),
        ("plus d'un mégaoctet", rule.repeat(100_000)),
        ("10 000 étapes inconnues", numbered(10_000, |i| format!("à J+1 : aller à e{i}\n"))),
        ("10 000 fichiers inclus", numbered(10_000, |i| format!("inclure \"f{i}.relance\"\n"))),
        ("10 000 champs", numbered(10_000, |i| format!("champ c{i} : texte\n")) + rule),
        ("300 000 « et »", format!("si retard > 1j {}", "et ".repeat(300_000))),
        ("30 000 « puis »", format!("à J+1 : sms ferme {}", "puis sms ferme ".repeat(30_000))),
        ("10 000 nombres", format!("si montant > {} €", "9".repeat(10_000))),
        ("100 000 guillemets", "\"\n".repeat(100_000)),
        ("100 000 accolades", "{".repeat(100_000)),
        (
            "10 000 tests",
            format!(
                "scénario s\n{rule}{}",
                numbered(10_000, |i| format!(
                    "test \"t{i}\"\n facture F1 de 100 € échue le 03/03/2026\n le 04/03/2026 : sms ferme\n"
                ))
            ),
        ),
        (
            "un test de 2 000 factures",
            format!(
                "scénario s\n{rule}test \"t\"\n{}",
                numbered(2_000, |i| format!(" facture F{i} de 1 € échue le 03/03/2026\n"))
            ),
        ),
    ];
    let mut all = String::new();
    for (what, text) in cases {
        writeln!(all, "{what}\n  → {}", one(text)).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn numbers_and_dates_beyond_measure() {
    let test = "scénario s\nà J+1 : sms ferme\ntest \"t\"\n facture F1 de 100 € échue le";
    let cases = [
        "si retard > 99999999999999999999 j alors sms ferme".to_owned(),
        "si retard > 9223372036854775807 j alors sms ferme".to_owned(),
        "si retard > 9223372036854775807 j + 9223372036854775807 j alors sms ferme".to_owned(),
        "si retard > 3000000 j + 3000000 j * 999999 alors sms ferme".to_owned(),
        "si retard > 999999999999 semaines alors sms ferme".to_owned(),
        "si retard > 99999999 mois alors sms ferme".to_owned(),
        "si retard > 99999999 jours ouvrés alors sms ferme".to_owned(),
        "à J+999999999 : sms ferme".to_owned(),
        "à J+99999999999999999999 : sms ferme".to_owned(),
        "à J-999999999 : sms ferme".to_owned(),
        "à J+1 : sms ferme puis après 999999999 jours ouvrés sms rappel".to_owned(),
        "après 999999999 jours : sms ferme".to_owned(),
        "tous les 0 j : sms ferme".to_owned(),
        "tous les 999999999999 j : sms ferme".to_owned(),
        "tous les 3 j (au plus 99999999999999999999 fois) : sms ferme".to_owned(),
        "si montant > 99999999999999999999 € alors sms ferme".to_owned(),
        "si montant > 92233720368547758,07 € + 92233720368547758,07 € alors sms ferme".to_owned(),
        "si montant > 1 € * 99999999999999999999999999999 alors sms ferme".to_owned(),
        "si montant > 1 € / 0 alors sms ferme".to_owned(),
        "si date_échéance > 31/12/262144 alors sms ferme".to_owned(),
        "si date_échéance > 31/12/9999 alors sms ferme".to_owned(),
        "si date_échéance > 00/00/0000 alors sms ferme".to_owned(),
        "si date_échéance > 30/02/2026 alors sms ferme".to_owned(),
        "priorité 99999999999999999999\nà J+1 : sms ferme".to_owned(),
        "minimum 99999999999999999999 €\nà J+1 : sms ferme".to_owned(),
        "au plus 99999999999999999999 contacts tous les 3 jours par client\nà J+1 : sms ferme".to_owned(),
        "au plus 1 contact tous les 99999999999 jours par client\nà J+1 : sms ferme".to_owned(),
        "envois du lundi au vendredi de 99h99 à 999h\nà J+1 : sms ferme".to_owned(),
        "paiements à jour depuis moins de 99999999999999h\nà J+1 : sms ferme".to_owned(),
        "quand réponse : suspendre 999999999 j".to_owned(),
        format!("{test} 31/12/262144"),
        format!("{test} 31/12/9999"),
        format!("{test} 01/01/0001\n le 31/12/9999 : sms ferme"),
        format!("{test} 03/03/2026\n le 01/04/2026 : promesse de 99999999999999999999 € pour le 01/01/9999"),
        format!("{test} 03/03/2026, client.délai_habituel 9223372036854775807 j"),
    ];
    let mut all = String::new();
    for text in cases {
        writeln!(all, "{}\n  → {}", text.replace('\n', " ⏎ "), one(text.as_str())).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn bytes_that_are_no_text() {
    let cases: [(&str, &[u8]); 9] = [
        ("nuls", b"\0\0\0"),
        ("nul dans une règle", b"\xc3\xa0 J+1\0 : sms ferme"),
        ("latin-1", b"\xe0 J+1 : sms ferme"),
        ("demi-paire de substitution", b"\xed\xa0\x80"),
        ("fin coup\u{e9}e", b"\xc3"),
        ("UTF-16", b"\xff\xfe\xe0\0 \0J\0"),
        ("marque d'ordre seule", b"\xef\xbb\xbf"),
        ("retours seuls", b"\xc3\xa0 J+1 : sms ferme\r\xc3\xa0 J+2 : sms ferme\r"),
        ("rien", b""),
    ];
    let mut all = String::new();
    for (what, bytes) in cases {
        writeln!(all, "{what}\n  → {}", one(bytes)).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn files_that_include_each_other() {
    let sources = [
        source("scenarios/a.relance", "inclure \"b.relance\"\nscénario alpha\nà J+1 : sms ferme\n"),
        source("scenarios/b.relance", "inclure \"a.relance\"\ninclure \"b.relance\"\nchamp secteur : texte\n"),
    ];
    let out = format!("../../../../etc/passwd : {}\n", one("inclure \"../../../../etc/passwd\"\nà J+1 : sms ferme"));
    insta::assert_snapshot!([out, format!("en rond : {}\n", told(&sources, &context()))].concat());
}

#[test]
fn scripts_that_are_no_text() {
    let mut all = String::new();
    for text in [
        "fn f() { \"\\u{d800}\" }",
        "fn f() { \"\\ud800\" }",
        "fn f() { \"\\xff\" }",
        "fn f() { \"\\U00110000\" }",
        "fn f() { '\\u0000' }",
        "fn f\0() { 1 }",
    ] {
        let context = Context {
            scripts: vec![ScriptSource { path: "scripts/risque.rhai".to_owned(), text: text.to_owned() }],
            ..context()
        };
        let file = source("scenarios/essai.relance", "script \"scripts/risque.rhai\"\nsi f() = \"a\" alors sms ferme");
        writeln!(all, "{}\n  → {}", text.replace('\0', "␀"), told(&[file], &context)).unwrap();
    }
    insta::assert_snapshot!(all);
}

/// A function reads what those that it calls read: long chains of them, and many calls, are followed in time.
#[test]
fn scripts_that_call_each_other() {
    let mut all = String::new();
    let chain = numbered(480, |i| format!("fn f{i}() {{ f{}() }}\n", i + 1)) + "fn f480() { facture.retard }\n";
    let calls = |i: usize| (1..13).map(|j| format!("f{}()", (i + j) % 480)).collect::<Vec<_>>().join(" + ");
    let dense = numbered(479, |i| format!("fn f{i}() {{ {} }}\n", calls(i))) + "fn f479() { facture.retard }\n";
    let unknown = format!("fn f0() {{ {} 1 }}", numbered(5_000, |i| format!("h{i}(1); ")));
    for (what, text) in [
        ("chaîne de 481 fonctions", chain),
        ("480 fonctions de 12 appels", dense),
        ("5 000 fonctions inconnues", unknown),
    ] {
        let context =
            Context { scripts: vec![ScriptSource { path: "scripts/risque.rhai".to_owned(), text }], ..context() };
        let file = source("scenarios/essai.relance", "script \"scripts/risque.rhai\"\nsi f0() >= 3 alors tâche \"x\"");
        writeln!(all, "{what}\n  → {}", told(&[file], &context)).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn what_fuzzing_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus/hostile");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut all = String::new();
    for path in files {
        writeln!(all, "{}\n  → {}", path.file_name().unwrap().to_string_lossy(), one(fs::read(&path).unwrap()))
            .unwrap();
    }
    insta::assert_snapshot!(all);
}
