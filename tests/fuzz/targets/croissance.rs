//! Says which stage takes how long on texts of 25, 50 and 100 kB that repeat one thing. `croissance NAME…` takes those whose
//! names begin so. Twice the size may take twice the time; what takes four times as long is told with `!`.

use relance_core::drawing;
use relance_dsl::ide::{self, Workspace};
use relance_dsl::{Span, format, render_full, trial, verify};
use relance_fuzz::patterns::{PATTERNS, Pattern};
use relance_fuzz::project::{compiled, context, program, source, template_facts};
use std::time::Instant;

const SIZES: [usize; 3] = [25_000, 50_000, 100_000];
/// Below this nobody waits.
const UNSEEN: f64 = 100.0;
/// Above this the next size is not tried.
const GIVEN_UP: f64 = 20_000.0;

type Stage = (&'static str, fn(&str));

const STAGES: [Stage; 6] = [
    ("compile", |text| drop(compiled(text.as_bytes()))),
    ("verify", |text| drop(verify(&[source(text.as_bytes())], &context(), &template_facts()))),
    ("render", |text| {
        let source = source(text.as_bytes());
        render_full(&compiled(text.as_bytes()).diagnostics, &[source], false);
    }),
    ("format", |text| drop(format(&source(text.as_bytes())))),
    ("editor", |text| {
        let source = source(text.as_bytes());
        let mut workspace = Workspace::new(context());
        workspace.set_file(source.clone());
        workspace.check();
        ide::paint(&workspace, &source.path);
        ide::outline(&workspace, &source.path);
        ide::folds(&workspace, &source.path);
        ide::fixes(&workspace, &source.path, Span { start: 0, end: text.len() });
    }),
    ("use", |text| {
        let compilation = compiled(text.as_bytes());
        let Some(machines) = compilation.machines else { return };
        for machine in &machines {
            let plan = drawing::plan(machine);
            drawing::svg(&plan, None);
            machine.hash();
        }
        trial::scenarios(&compilation.tests, &program(machines), None, 80);
    }),
];

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |p: &&Pattern| chosen.is_empty() || chosen.iter().any(|name| p.0.starts_with(name.as_str()));
    for pattern in PATTERNS.iter().filter(wanted) {
        for (stage, run) in STAGES {
            let mut times: Vec<f64> = Vec::new();
            for size in SIZES {
                let text = pattern.text(size);
                let begin = Instant::now();
                run(&text);
                times.push(begin.elapsed().as_secs_f64() * 1_000.0);
                if times.last().is_some_and(|time| *time > GIVEN_UP) {
                    break;
                }
            }
            let last = times.last().copied().unwrap_or_default();
            if last < UNSEEN && chosen.is_empty() {
                continue;
            }
            let grows = times.windows(2).any(|two| two[1] > 3.0 * two[0] && two[1] > UNSEEN);
            let mark = if grows || last > 1_000.0 { "!" } else { " " };
            let shown: Vec<String> = times.iter().map(|time| format!("{time:.0} ms")).collect();
            println!("{mark} {} : {stage} {}", pattern.0, shown.join(", "));
        }
    }
}
