//! One edit of a file of a thousand rules, from the new text to all diagnostics, beside what reading the whole file
//! costs: the floor of an editor that keeps nothing.
#![allow(missing_docs)]

use relance_core::machine::Channel;
use relance_dsl::ide::{Nothing, Workspace, complete, hover};
use relance_dsl::{Context, Source, Template, compile, parse};
use std::hint::black_box;
use std::time::{Duration, Instant};

const RULES: usize = 1_000;
const TIMES: usize = 30;

fn text(edited: usize) -> String {
    let mut text = String::from("scénario gros \"Gros\"\n  envois du lundi au vendredi de 9h à 18h\n");
    for i in 0..RULES {
        let amount = if i == RULES / 2 { edited } else { i + 10 };
        text.push_str(&format!(
            "  si retard >= {}j et reste_dû > {amount} € et segment = vip alors email ferme puis après 2 jours ouvrés appel # {i}\n",
            i % 400 + 1,
        ));
    }
    text
}

fn source(edited: usize) -> Source {
    Source { path: "scenarios/gros.relance".to_owned(), bytes: text(edited).into_bytes() }
}

/// The median of some runs.
fn median(mut run: impl FnMut(usize)) -> Duration {
    let mut times: Vec<Duration> = (0..TIMES)
        .map(|i| {
            let begin = Instant::now();
            run(i);
            begin.elapsed()
        })
        .collect();
    times.sort();
    times.get(TIMES / 2).copied().unwrap_or_default()
}

fn main() {
    let template = |channel, name: &str| Template {
        channel,
        name: name.into(),
        nature: None,
        tone: Default::default(),
        language: None,
        variants: Vec::new(),
    };
    let context = Context {
        segments: vec!["vip".to_owned()],
        templates: vec![template(Channel::Email, "ferme"), template(Channel::Call, "ferme")],
        ..Context::default()
    };
    let sources: Vec<Source> = (0..TIMES).map(|i| source(20_000 + i)).collect();
    let mut workspace = Workspace::new(context.clone());
    workspace.set_file(source(1));
    let found = workspace.check().len();
    assert_eq!(found, 0, "the file must be right: {:?}", workspace.diagnostics());

    let parsed = median(|i| drop(black_box(sources.get(i).map(parse))));
    let compiled = median(|i| drop(black_box(compile(sources.get(i..=i).unwrap_or_default(), &context))));
    let edited = median(|i| {
        workspace.set_file(sources.get(i).cloned().unwrap_or_else(|| source(1)));
        black_box(workspace.check().len());
    });
    let at = workspace.text("scenarios/gros.relance").and_then(|text| text.rfind("vip")).unwrap_or_default();
    let completed = median(|_| drop(black_box(complete(&workspace, "scenarios/gros.relance", at + 1))));
    let hovered = median(|_| drop(black_box(hover(&workspace, &Nothing, "scenarios/gros.relance", at + 1))));

    let ratio = |time: Duration| time.as_secs_f64() / parsed.as_secs_f64();
    println!("{RULES} rules, median of {TIMES}");
    for (what, time) in [
        ("reading the file", parsed),
        ("compiling the file", compiled),
        ("one edit to all diagnostics", edited),
        ("completion", completed),
        ("hover", hovered),
    ] {
        println!("{what:<30} {:>8.2} ms  × {:.2} of reading", time.as_secs_f64() * 1000.0, ratio(time));
    }
}
