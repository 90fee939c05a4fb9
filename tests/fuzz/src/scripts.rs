//! Scripts: any text is refused with a place, or every function of it runs within its limits.

use relance_core::eval::{Length, Val};
use relance_core::machine::ScriptSource;
use relance_core::money::{Amount, Currency};
use relance_core::schema::{Fact, Type};
use relance_core::script::{ScriptFacts, Scripts};

/// The types that a scenario may ask a script for.
const WANTED: [Type; 8] =
    [Type::Bool, Type::Number, Type::Amount, Type::Duration, Type::Date, Type::Text, Type::Percent, Type::Segment];

struct Invoice;

impl ScriptFacts for Invoice {
    fn fact(&self, fact: Fact) -> Option<Val<'_>> {
        Some(match fact.ty() {
            _ if fact == Fact::CustomerUsualDelay => return None,
            Type::Amount => Val::Amount(Amount::eur(120_050)),
            Type::Duration => Val::Duration(Length::days(45)),
            Type::Date => Val::Date("2026-02-01".parse().unwrap_or_default()),
            Type::Number | Type::Percent => Val::Number(3.into()),
            Type::Bool => Val::Bool(false),
            _ => Val::Text("vip".into()),
        })
    }

    fn field(&self, name: &str) -> Option<Val<'_>> {
        (name == "secteur").then_some(Val::Text("bâtiment".into()))
    }

    fn currency(&self) -> Currency {
        Currency::EUR
    }
}

/// Compiles the bytes as a file of scripts, runs its tests and calls every function that a scenario could call.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    // A second file, so that the two are put together.
    let (first, second) = text.split_once('\u{1}').unwrap_or((&text, "fn autre(x) { x }\n"));
    let file = |path: &str, text: &str| ScriptSource { path: path.to_owned(), text: text.to_owned() };
    let files = [file("scripts/a.rhai", first), file("scripts/b.rhai", second)];
    let fields = [("secteur".to_owned(), Type::Text), ("plafond".to_owned(), Type::Amount)];
    let scripts = match Scripts::compile(&files, &fields) {
        Ok(scripts) => scripts,
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a word");
            problems.iter().for_each(|problem| assert!(!problem.to_string().is_empty()));
            return;
        }
    };
    for test in scripts.tests().take(20) {
        let _ = scripts.run_test(&test.name);
    }
    let args = [Val::Number(7.into()), Val::Text("vip".into()), Val::Amount(Amount::eur(1))];
    for function in scripts.functions().take(20) {
        for wanted in WANTED {
            let given: Vec<Val<'_>> = args.iter().cycle().take(function.params.len()).cloned().collect();
            let once = scripts.call(&function.name, &given, wanted, &Invoice);
            assert_eq!(once, scripts.call(&function.name, &given, wanted, &Invoice), "called twice");
        }
    }
}
