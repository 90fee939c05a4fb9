//! The layout of a file means nothing, and no input makes the compiler panic or stay silent.
#![allow(clippy::unwrap_used)]

mod common;

use common::{compile_text, context};
use proptest::prelude::*;
use relance_core::schema::fold;
use relance_dsl::{Source, compile, findings, keywords, render_full, render_short};
use std::fs;
use std::path::Path;

fn good_files() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus/good");
    let mut paths: Vec<_> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "relance"));
    paths.sort();
    paths.iter().map(|p| fs::read_to_string(p).unwrap()).collect()
}

/// Writes a file again with other blanks, case, accents and typographic forms.
struct Scribe<'a> {
    choices: &'a [u8],
    next: usize,
}

impl Scribe<'_> {
    fn pick(&mut self, n: usize) -> usize {
        let choice = self.choices[self.next % self.choices.len()];
        self.next += 1;
        usize::from(choice) % n
    }

    fn rewrite(&mut self, text: &str) -> String {
        let mut out = String::new();
        let chars: Vec<char> = text.chars().collect();
        let mut i = 0;
        let mut after_header = false;
        while i < chars.len() {
            let c = chars[i];
            match c {
                '#' => {
                    while i < chars.len() && chars[i] != '\n' {
                        out.push(chars[i]);
                        i += 1;
                    }
                    continue;
                }
                '"' | '«' => {
                    let close = if c == '"' { '"' } else { '»' };
                    out.push(c);
                    i += 1;
                    while chars[i] != close {
                        out.push(chars[i]);
                        i += 1;
                    }
                    out.push(close);
                }
                '\n' => out.push_str(["\n", "\n\n", "\r\n", " # mot\n", "\n\t "][self.pick(5)]),
                ' ' => {
                    let digits =
                        i > 0 && chars[i - 1].is_ascii_digit() && chars.get(i + 1).is_some_and(char::is_ascii_digit);
                    // `étape` at the beginning of a line opens one.
                    let opens = chars.get(i + 1..).is_some_and(|rest| rest.starts_with(&['é', 't', 'a', 'p', 'e']));
                    let blanks: &[&str] = if digits || opens {
                        &[" ", "\u{a0}", "\u{202f}"]
                    } else {
                        &[" ", "   ", "\t", "\u{a0}", "\u{202f}", "\n", " # et puis\n  ", "\r\n"]
                    };
                    out.push_str(blanks[self.pick(blanks.len())]);
                }
                c if c.is_alphabetic() => {
                    let from = i;
                    while i < chars.len() && (chars[i].is_alphanumeric() || matches!(chars[i], '_' | '\'' | '.')) {
                        i += 1;
                    }
                    let word: String = chars[from..i].iter().collect();
                    if after_header {
                        out.push_str(&word);
                    } else {
                        let form = self.pick(5);
                        out.push_str(&self.respell(&word, form));
                    }
                    after_header = matches!(fold(&word).as_str(), "scenario" | "etape" | "segment" | "champ");
                    continue;
                }
                '-' => out.push_str(["-", "–"][self.pick(2)]),
                '>' if chars.get(i + 1) == Some(&'=') => {
                    out.push_str([">=", "≥"][self.pick(2)]);
                    i += 1;
                }
                _ => out.push(c),
            }
            i += 1;
        }
        out
    }

    fn respell(&mut self, word: &str, form: usize) -> String {
        let word = word.replace('\'', ["'", "’"][self.pick(2)]);
        match form {
            0 => word.to_uppercase(),
            1 => fold(&word),
            2 => word.replace('é', "e\u{301}").replace('à', "a\u{300}").replace('û', "u\u{302}"),
            3 => word
                .chars()
                .map(|c| if self.pick(2) == 0 { c.to_uppercase().collect() } else { c.to_string() })
                .collect(),
            _ => word,
        }
    }
}

/// Compiles anything and checks what must always hold.
fn survives(bytes: Vec<u8>) {
    let source = Source { path: "scenarios/essai.relance".to_owned(), bytes };
    let compilation = compile(std::slice::from_ref(&source), &context());
    let said = compilation.machines.as_ref().is_some_and(|m| !m.is_empty()) || !compilation.diagnostics.is_empty();
    assert!(said, "neither a machine nor a diagnostic");
    let sources = [source];
    render_full(&compilation.diagnostics, &sources, true);
    render_short(&compilation.diagnostics, &sources);
    findings(&compilation.diagnostics, &sources);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn layout_means_nothing(choices in prop::collection::vec(any::<u8>(), 64..400)) {
        for text in good_files() {
            let written = Scribe { choices: &choices, next: 0 }.rewrite(&text);
            let expected: Vec<String> = compile_text(&text).machines.unwrap().iter().map(|m| m.hash()).collect();
            let compilation = compile_text(&written);
            prop_assert!(compilation.machines.is_some(), "{}\n{written}", common::rendered(&written));
            let found: Vec<String> = compilation.machines.unwrap().iter().map(|m| m.hash()).collect();
            prop_assert_eq!(found, expected, "{}", written);
        }
    }

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(bytes);
    }

    #[test]
    fn text_never_panics(text in "\\PC{0,200}") {
        survives(text.into_bytes());
    }

    #[test]
    fn words_never_panic(picks in prop::collection::vec(any::<u16>(), 0..60)) {
        let extra = [
            "\n", "\n", "(", ")", ":", "15j", "J+3", "J-", "3 mois", "1 500 €", "=", ">=", "<", "≠", "+", "-", "*", "/", ",", "\"x\"",
            "« y »", "retard", "segment", "vip", "montant", "en_litige", "ferme", "12 %", "31/12/2026", "9h", "'", "\"", "client.encours",
            "emial", "apel", "alros", "and", "==", "le", "parmi vip, public", "supérieur à", "passée_par(plan)", "f(", "aller à plan", "étape b", "->", "→", "F1", "test \"t\"", "le 18/03/2026 :", "facture F1 de 3 €", "J15", "tâche Appeler", "{", ";", "\u{f8f0}", "\u{f8f1}",
        ];
        let words: Vec<&str> = keywords::RESERVED.iter().chain(keywords::CONTEXTUAL).chain(&extra).copied().collect();
        let text: Vec<&str> = picks.iter().map(|i| words[usize::from(*i) % words.len()]).collect();
        survives(text.join(" ").into_bytes());
    }

    #[test]
    fn damaged_files_never_panic(which in any::<usize>(), cuts in prop::collection::vec((any::<u16>(), any::<u8>(), any::<u8>()), 1..6)) {
        let files = good_files();
        let mut bytes = files[which % files.len()].clone().into_bytes();
        for (at, length, byte) in cuts {
            let at = usize::from(at) % (bytes.len() + 1);
            let end = (at + usize::from(length) % 12).min(bytes.len());
            match byte % 3 {
                0 => { bytes.drain(at..end); }
                1 => { let copy = bytes[at..end].to_vec(); bytes.splice(at..at, copy); }
                _ => bytes.insert(at, byte),
            }
        }
        survives(bytes);
    }
}

#[test]
fn hostile_files_are_refused() {
    let deep = format!("si {}en_litige{} alors appel", "(".repeat(100_000), ")".repeat(100_000));
    let nots = format!("si {} en_litige alors appel", "non ".repeat(100_000));
    let minus = format!("si retard >= {}3j alors appel", "-".repeat(100_000));
    let chain = format!("si montant > {} 1 € alors appel", "1 € + ".repeat(1_900));
    let ors = format!("si {} alors appel", ["(retard > 1j ou retard > 2j)"; 200].join(" et "));
    let ands = format!("si {} alors appel", ["en_litige"; 900].join(" et "));
    let rules = "si retard >= 15j alors appel\n".repeat(30_000);
    let junk = "§".repeat(400_000);
    let sinon = format!("si en_litige alors appel\n{}", "sinon si en_litige : appel\n".repeat(3_000));
    let selections: String = (0..120)
        .map(|i| {
            format!(
                "scénario s{i}\npour les factures où {}\nà J+3 : appel\n",
                ["(montant > 1 € ou en_litige)"; 5].join(" et ")
            )
        })
        .collect();
    let misspelt = format!("si retrad >= 15j alors {}", "emial puis ".repeat(900));
    let commas = format!("si retrad >= 15j alors {}", "sms rappel, ".repeat(600));
    let restarts = format!("à J+3 : appel {}", "puis si ".repeat(900));
    let holes = format!("si {} alors appel", "retard >= et ".repeat(600));
    let openings = "calendier\n".repeat(20_000);
    let names = format!("si a b {} alors appel x y", "non non ( ".repeat(20));
    let nested = format!("si {}1{} > 2 alors appel", "f(3 = ".repeat(30), ")".repeat(30));
    let stages: String = (0..400)
        .map(|i| format!("étape e{i}\n à l'entrée si montant > {i} € ou en_litige : aller à e{}\n", i + 1))
        .collect();
    let ring: String = (0..60)
        .map(|i| {
            format!(
                "étape r{i}\n{}",
                (0..60).map(|k| format!(" si montant > {k} € alors aller à r{k}\n")).collect::<String>()
            )
        })
        .collect();
    let lines = format!("test \"t\"\n{}", "facture F1 de 3 € échue le 03/03/2026\nle 18/03/2026 : emial\n".repeat(90));
    let tests = "test \"t\"\nfacture F1 de 3 € échue le 03/03/2026\n".repeat(15_000);
    let wrong = "si retrad >= 15j alros emial fermee\n".repeat(20_000);
    for (name, text) in [
        ("nested", nested),
        ("stages", stages),
        ("ring", ring),
        ("lines", lines),
        ("tests", tests),
        ("misspelt", misspelt),
        ("commas", commas),
        ("restarts", restarts),
        ("holes", holes),
        ("openings", openings),
        ("names", names),
        ("wrong", wrong),
        ("deep", deep),
        ("nots", nots),
        ("minus", minus),
        ("chain", chain),
        ("ors", ors),
        ("ands", ands),
        ("rules", rules),
        ("junk", junk),
        ("sinon", sinon),
        ("selections", selections),
        ("empty", String::new()),
    ] {
        eprintln!("{name}");
        survives(text.into_bytes());
    }
    survives(vec![b'a'; relance_dsl::MAX_BYTES + 1]);
    survives(b"si retard \0 >= 15j alors \x07 appel".to_vec());
}
