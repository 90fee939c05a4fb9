//! What holds for any file.

use crate::author::Author;
use crate::common::{context, rendered, source};
use crate::formatted;
use proptest::prelude::*;
use relance_core::schema::fold;
use relance_dsl::{Source, compile, format, keywords, parse};

/// The tree without places, blanks, case and accents.
fn tree(text: &str) -> String {
    // Printing writes accents that stand by themselves as `\u{301}`.
    let printed = format!("{:?}", parse(&source(text)).0).replace("\\u{301}", "\u{301}").replace("\\u{300}", "\u{300}");
    fold(&printed.replace("\\u{a0}", " ").replace("\\u{202f}", " ")).split_whitespace().collect()
}

fn hashes(text: &str) -> Option<Vec<String>> {
    Some(compile(&[source(text)], &context()).machines?.iter().map(|machine| machine.hash()).collect())
}

/// Everything of a text but blanks, line ends and what no eye sees.
fn inked(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{ad}'))
        .collect()
}

/// What must hold for any text; the outcome.
fn obeys(text: &str) -> relance_dsl::Formatted {
    let done = formatted(text);
    let again = formatted(&done.text);
    assert_eq!(again.text, done.text, "formatted twice:\n{text}");
    assert!(!again.changed);
    assert_eq!(again.kept.len(), done.kept.len());
    assert_eq!(done.changed, done.text != text);
    let original = source(text).text();
    for place in &done.kept {
        let kept = original[place.start..place.end].replace("\r\n", "\n").replace('\r', "\n");
        assert!(done.text.contains(&kept), "lost `{kept}` of\n{text}\n──\n{}", done.text);
    }
    assert!(done.text.is_empty() || done.text.ends_with('\n'));
    done
}

/// Whether the words stand in the text in this order.
fn in_order(text: &str, words: &[String]) -> bool {
    let mut rest = text;
    words.iter().all(|word| match rest.split_once(word.as_str()) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

/// A word that opens a rule in the original, and one more line break before it in the result.
#[test]
fn a_delay_before_what_opens_a_rule() {
    for text in [
        "sinon\n\temail#\ncopie l,n puis#\nattendre 1sem après\nj:",
        "à J+3 : email puis attendre 3j après délai : appel",
        "à J+3 : email puis attendre 3 jours après délai : appel",
        "à J+3 : email puis attendre 3 jours\naprès délai : appel",
    ] {
        obeys(text);
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn programs_keep_their_meaning(choices in prop::collection::vec(any::<u8>(), 40..300), executed in any::<bool>()) {
        let program = Author::write(&choices, executed);
        let text = &program.text;
        let done = obeys(text);
        prop_assert!(done.kept.is_empty(), "{:?}\n{text}\n──\n{}\n{}", done.kept, done.text, rendered(text));
        prop_assert_eq!(tree(&done.text), tree(text), "{}\n──\n{}", text, &done.text);
        prop_assert!(in_order(&done.text, &program.comments), "{text}\n──\n{}", done.text);
        prop_assert_eq!(done.text.matches("# ").count() >= program.comments.len(), true);
        prop_assert_eq!(hashes(&done.text), hashes(text), "{}\n──\n{}", text, &done.text);
    }

    #[test]
    fn executed_programs_compile(choices in prop::collection::vec(any::<u8>(), 40..300)) {
        // So that comparing machines means something.
        let text = Author::write(&choices, true).text;
        let compilation = compile(&[source(&text)], &context());
        let serious: Vec<_> = compilation.diagnostics.iter().map(|d| d.code.name()).filter(|c| c.starts_with("R01")).collect();
        prop_assert!(serious.iter().all(|code| matches!(*code, "R0106" | "R0108")), "{text}\n{}", rendered(&text));
    }

    #[test]
    fn bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        match format(&Source { path: String::new(), bytes: bytes.clone() }) {
            Err(found) => prop_assert!(std::str::from_utf8(&bytes).is_err(), "{found:?}"),
            Ok(done) => prop_assert_eq!(done.defect, None),
        }
    }

    #[test]
    fn texts(text in "(\\PC|[\n\r\t#\"'«»{};é ]){0,120}") {
        // What is no scenario at all (JSON, for instance) is refused.
        prop_assume!(format(&source(&text)).is_ok());
        // Without a block that is read, nothing changes but blanks.
        let done = obeys(&text);
        if !done.kept.is_empty() && parse(&source(&text)).0.blocks.len() == done.kept.len() {
            prop_assert_eq!(inked(&done.text), inked(text.strip_prefix('\u{feff}').unwrap_or(&text)));
        }
    }

    #[test]
    fn words(picks in prop::collection::vec(any::<u16>(), 0..80)) {
        let extra = [
            "\n", "\n", "\n", "\r\n", "(", ")", ":", "15j", "J+3", "J-", "3 mois", "1 500 €", "10", "200", "=", ">=", "<", "≠", "+", "-", "*", "/",
            ",", "\"x\"", "« y »", "„z”", "retard", "vip", "montant", "ferme", "12 %", "31/12/2026", "9h", "'", "\"", "emial", "and", "==",
            "{", "}", ";", "# c\n", "\n  # d\n", "\u{a0}", "\u{301}", "\u{200b}", "→", "étape x\n", "test \"t\"\n", "à J+3 : appel\n",
        ];
        let words: Vec<&str> = keywords::RESERVED.iter().chain(keywords::CONTEXTUAL).chain(&extra).copied().collect();
        let text: Vec<&str> = picks.iter().map(|i| words[usize::from(*i) % words.len()]).collect();
        let text = text.join(" ");
        let done = obeys(&text);
        prop_assert_eq!(tree(&done.text), tree(&text), "{}\n──\n{}", &text, &done.text);
    }

    #[test]
    fn damaged_programs(choices in prop::collection::vec(any::<u8>(), 40..200), cuts in prop::collection::vec((any::<u16>(), 0u8..12, any::<u8>()), 1..5)) {
        let mut text: Vec<char> = Author::write(&choices, false).text.chars().collect();
        for (at, length, what) in cuts {
            let at = usize::from(at) % (text.len() + 1);
            let end = (at + usize::from(length)).min(text.len());
            match what % 4 {
                0 => { text.drain(at..end); }
                1 => { let copy = text[at..end].to_vec(); text.splice(at..at, copy); }
                2 => text.insert(at, '"'),
                _ => text.insert(at, char::from(what)),
            }
        }
        let text: String = text.into_iter().collect();
        // A character of control may make it no text at all: the file is refused, with the place.
        prop_assume!(format(&source(&text)).is_ok());
        obeys(&text);
    }
}
