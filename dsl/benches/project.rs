//! A project of two hundred scenarios and ten thousand rules: reading, compiling and proving it, beside reading alone (the floor).
#![allow(missing_docs)]

use relance_core::machine::{Channel, Nature};
use relance_dsl::{Context, Source, Template, compile, parse, render_short, verify};
use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

const SCENARIOS: usize = 200;
/// Rules of each: 44 in the plan, 6 in its two states.
const RULES: usize = 50;
const TIMES: usize = 5;

fn scenario(n: usize) -> Source {
    let mut text = format!(
        "scénario client_{n} \"Client {n}\"\n  pour les factures où client.code = \"C{n}\" et montant >= 20 €\n  priorité {}\n  envois du lundi au vendredi de 9h à 18h\n  au plus 1 contact tous les 3 jours par client\n",
        n + 1
    );
    for i in 0..44 {
        let day = 2 * i + n % 2;
        let _ = match i % 5 {
            0 => writeln!(text, "  à J+{day} : email courtois puis après 2 jours ouvrés sms rappel"),
            1 => writeln!(
                text,
                "  si retard >= {day}j et reste_dû >= {} € alors email ferme à défaut appel ferme",
                100 + n + i
            ),
            2 => writeln!(text, "  à J+{day} si segment = vip ou client.encours >= {} 000 € : appel courtois", i + 1),
            3 => writeln!(text, "  si retard >= {day}j et nombre_relances >= {} alors tâche \"Voir {i}\"", i % 4),
            _ => writeln!(
                text,
                "  quand promesse rompue si montant >= {i} € : email promesse_non_tenue puis appel ferme"
            ),
        };
    }
    text.push_str(
        "  si retard >= 95j et jours_depuis_relance >= 8j alors aller à mise_en_demeure\n\nétape mise_en_demeure\n  à l'entrée : lettre_recommandée mise_en_demeure après validation\n  quand soldée : email remerciement\n  après 15j si reste_dû >= 150 € : aller à contentieux\n\nétape contentieux\n  à l'entrée : transmettre \"recouvrement\"\n  quand soldée : email remerciement\n  fin\n",
    );
    Source { path: format!("scenarios/client_{n}.relance"), bytes: text.into_bytes() }
}

fn context() -> Context {
    let template = |(channel, name, nature): (Channel, &str, Option<Nature>)| Template {
        channel,
        name: name.to_owned(),
        nature,
        tone: Default::default(),
        language: None,
        variants: Vec::new(),
    };
    let templates = [
        (Channel::Email, "courtois", None),
        (Channel::Email, "ferme", None),
        (Channel::Email, "promesse_non_tenue", None),
        (Channel::Email, "remerciement", Some(Nature::Information)),
        (Channel::Sms, "rappel", None),
        (Channel::Call, "courtois", None),
        (Channel::Call, "ferme", None),
        (Channel::Letter, "mise_en_demeure", Some(Nature::FormalNotice)),
    ];
    Context {
        segments: vec!["vip".to_owned()],
        templates: templates.into_iter().map(template).collect(),
        ..Context::default()
    }
}

/// The median of some runs.
fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..TIMES)
        .map(|_| {
            let begin = Instant::now();
            run();
            begin.elapsed()
        })
        .collect();
    times.sort();
    times.get(TIMES / 2).copied().unwrap_or_default()
}

fn main() {
    let sources: Vec<Source> = (0..SCENARIOS).map(scenario).collect();
    let context = context();
    let compilation = compile(&sources, &context);
    let machines = compilation.machines.as_ref().map_or(0, Vec::len);
    assert_eq!(machines, SCENARIOS, "{}", render_short(&compilation.diagnostics, &sources));

    let read = median(|| sources.iter().for_each(|source| drop(black_box(parse(source)))));
    let compiled = median(|| drop(black_box(compile(&sources, &context))));
    let proven = median(|| drop(black_box(verify(&sources, &context, &[]))));
    println!("{SCENARIOS} scenarios, {} rules, median of {TIMES}", SCENARIOS * RULES);
    for (what, time) in
        [("reading", read), ("reading, checking, compiling", compiled), ("the same and proving", proven)]
    {
        let ratio = time.as_secs_f64() / read.as_secs_f64();
        println!("{what:<30} {:>8.1} ms  × {ratio:.2} of reading", time.as_secs_f64() * 1000.0);
    }
}
