//! Files as they are typed: after every character, everything that an editor asks, and what a fresh reading would tell.

use super::{FILE, Office, context};
use proptest::prelude::*;
use relance_dsl::Source;
use relance_dsl::ide::{Workspace, complete, fixes, folds, format_file, hover, outline, paint, references};

const PACK: &[&str] = &[
    include_str!("../../../scenarios/general.relance"),
    "script \"scripts/risque.rhai\"\r\nscénario vip\r\n  regrouper par client\r\n\r\n  à J+3 : email courtois # é\r\n  quand promesse rompue : appel\r\n",
];

fn source(text: &str) -> Source {
    Source { path: FILE.to_owned(), bytes: text.as_bytes().to_vec() }
}

/// Replaces the text, asks everything at a place, and compares with a workspace that has never seen another text.
fn look(workspace: &mut Workspace, text: &str, at: usize) {
    workspace.set_file(source(text));
    workspace.check();
    let mut fresh = Workspace::new(context());
    fresh.set_file(source(text));
    assert_eq!(workspace.check(), fresh.check(), "{text}");
    assert_eq!(complete(workspace, FILE, at), complete(&fresh, FILE, at), "{text}");
    assert_eq!(hover(workspace, &Office, FILE, at), hover(&fresh, &Office, FILE, at), "{text}");
    assert_eq!(paint(workspace, FILE), paint(&fresh, FILE), "{text}");
    assert_eq!(outline(workspace, FILE), outline(&fresh, FILE), "{text}");
    assert_eq!(folds(workspace, FILE), folds(&fresh, FILE), "{text}");
    assert_eq!(format_file(workspace, FILE), format_file(&fresh, FILE), "{text}");
    references(workspace, FILE, at, true);
    fixes(workspace, FILE, relance_dsl::Span { start: 0, end: text.len() });
}

/// Line after line is typed, each character of it, under the lines before it and above those after it.
#[test]
fn every_character_of_a_file() {
    for whole in PACK {
        let mut workspace = Workspace::new(context());
        let lines: Vec<&str> = whole.split_inclusive('\n').take(20).collect();
        for (n, line) in lines.iter().enumerate() {
            let (before, after) = (lines[..n].concat(), lines[n + 1..].concat());
            for (at, c) in line.char_indices() {
                let typed = [before.as_str(), &line[..at + c.len_utf8()], after.as_str()].concat();
                look(&mut workspace, &typed, before.len() + at + c.len_utf8());
            }
        }
    }
}

/// The ready files, which are edited by whole lines.
const READY: &[&str] = &[
    include_str!("../../../scenarios/acheteur_public.relance"),
    include_str!("../../../scenarios/bon_payeur.relance"),
    include_str!("../../../scenarios/grand_compte.relance"),
    include_str!("../../../scenarios/mauvais_payeur.relance"),
    include_str!("../../../scenarios/particulier.relance"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Lines go, come twice, change places, become comments or comments no more; the file gets other ends of lines.
    #[test]
    fn edits_of_lines(which in 0..READY.len(), edits in prop::collection::vec((0u8..6, any::<u16>(), any::<u16>()), 1..10)) {
        let mut lines: Vec<String> = READY[which].lines().map(str::to_owned).collect();
        let mut end = "\n";
        let mut workspace = Workspace::new(context());
        for (what, from, to) in edits {
            let (from, to) = (usize::from(from) % lines.len(), usize::from(to) % lines.len());
            match what {
                0 if lines.len() > 2 => { lines.remove(from); }
                1 => { let line = lines[from].clone(); lines.insert(to, line); }
                2 => lines.swap(from, to),
                3 => {
                    let (low, high) = (from.min(to), from.max(to));
                    lines[low..high].rotate_left((high - low) / 2);
                }
                4 => lines[from] = match lines[from].strip_prefix("# ") {
                    Some(bare) => bare.to_owned(),
                    None => ["# ", lines[from].as_str()].concat(),
                },
                _ => end = if end == "\n" { "\r\n" } else { "\n" },
            }
            let text = lines.join(end);
            let at = lines[..to.min(lines.len())].iter().map(|line| line.len() + end.len()).sum::<usize>().min(text.len());
            look(&mut workspace, &text, at);
        }
    }
}
