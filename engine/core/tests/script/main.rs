//! The script host, as the rest of the engine uses it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod compile;
mod hostile;
mod laws;
mod run;
mod unit_tests;

use relance_core::day::french_date;
use relance_core::eval::{Length, Val};
use relance_core::machine::ScriptSource;
use relance_core::money::{Amount, Currency};
use relance_core::schema::{Fact, Type};
use relance_core::script::{ScriptFacts, ScriptProblem, Scripts};
use std::cell::RefCell;

fn file(path: &str, text: &str) -> ScriptSource {
    ScriptSource { path: path.to_owned(), text: text.to_owned() }
}

fn fields() -> Vec<(String, Type)> {
    vec![("secteur".to_owned(), Type::Text), ("plafond".to_owned(), Type::Amount)]
}

fn scripts(text: &str) -> Scripts {
    match Scripts::compile(&[file("scripts/essai.rhai", text)], &fields()) {
        Ok(scripts) => scripts,
        Err(problems) => panic!("{}", told(&problems)),
    }
}

fn told(problems: &[ScriptProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// What the compiler says of one file.
fn problems(text: &str) -> String {
    match Scripts::compile(&[file("scripts/essai.rhai", text)], &fields()) {
        Ok(_) => "aucun problème".to_owned(),
        Err(problems) => told(&problems),
    }
}

/// An invoice of 1 200,50 € due 45 days ago, whose client has no usual delay; it notes what is asked.
#[derive(Default)]
struct Invoice {
    asked: RefCell<Vec<Fact>>,
}

impl ScriptFacts for Invoice {
    fn fact(&self, fact: Fact) -> Option<Val<'_>> {
        self.asked.borrow_mut().push(fact);
        Some(match fact {
            Fact::BalanceDue => Val::Amount(Amount::eur(120_050)),
            Fact::DaysLate => Val::Duration(Length::days(45)),
            Fact::DueDate => Val::Date("2026-02-01".parse().unwrap()),
            Fact::Today => Val::Date("2026-03-18".parse().unwrap()),
            Fact::Segment => Val::Text("vip".into()),
            Fact::Reminders => Val::Number(3.into()),
            Fact::InDispute => Val::Bool(false),
            Fact::CustomerOutstanding => Val::Amount(Amount::eur(500_000)),
            // An amount in another currency: no script may compare it.
            Fact::CustomerOverdue => Val::Amount(Amount::new(1, Currency::parse("CHF").unwrap())),
            _ => return None,
        })
    }

    fn field(&self, name: &str) -> Option<Val<'_>> {
        (name == "secteur").then_some(Val::Text("bâtiment".into()))
    }

    fn currency(&self) -> Currency {
        Currency::EUR
    }
}

/// Calls `f()` of a script.
fn f(text: &str, wanted: Type) -> String {
    call(text, &[], wanted)
}

fn call(text: &str, args: &[Val<'_>], wanted: Type) -> String {
    match scripts(text).call("f", args, wanted, &Invoice::default()) {
        Ok(Some(value)) => match value {
            relance_core::machine::Value::Date(day) => french_date(day),
            other => other.to_string(),
        },
        Ok(None) => "inconnu".to_owned(),
        Err(error) => error.to_string(),
    }
}
