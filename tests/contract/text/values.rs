//! Literals and their types.

use crate::compiling::{compiled, found, hashes, machine};
use chrono::NaiveDate;
use relance_core::day::Span;
use relance_core::machine::{Expr, Value};
use relance_core::money::{Amount, Currency};

/// The literal on the right of the only rule of a text.
fn literal(fact: &str, written: &str) -> Value {
    let machine = machine(&format!("si {fact} > {written} : note \"x\""));
    let Expr::Compare(_, _, right) = &machine.states[0].rules[0].branches[0].guard else { panic!("{written}") };
    let Expr::Literal(value) = &**right else { panic!("{written}: {right:?}") };
    value.clone()
}

#[test]
fn durations() {
    for (written, length) in [
        ("15j", Span::Days(15)),
        ("15 jours", Span::Days(15)),
        ("1 jour", Span::Days(1)),
        ("8 jours ouvrés", Span::BusinessDays(8)),
        ("8j ouvrés", Span::BusinessDays(8)),
        ("2 semaines", Span::Days(14)),
        ("3 mois", Span::Months(3)),
    ] {
        assert_eq!(literal("retard", written), Value::Duration(length), "{written}");
    }
}

#[test]
fn amounts() {
    let francs = Amount::new(20_000, Currency::parse("CHF").unwrap());
    for (written, amount) in [
        ("1 500,50 €", Amount::eur(150_050)),
        ("1500,5 €", Amount::eur(150_050)),
        ("1500 €", Amount::eur(150_000)),
        ("1 234 567,01 €", Amount::eur(123_456_701)),
        ("0,01 €", Amount::eur(1)),
        ("200 CHF", francs),
    ] {
        assert_eq!(literal("montant", written), Value::Amount(amount), "{written}");
    }
}

#[test]
fn percentages_dates_and_texts() {
    assert_eq!(literal("reste_dû / montant", "12 %"), literal("reste_dû / montant", "0,12"));
    let day = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
    assert_eq!(literal("aujourd_hui", "31/12/2026"), Value::Date(day));
    for written in ["\"FR\"", "« FR »"] {
        let text = format!("si client.pays = {written} alors note {written}");
        assert_eq!(hashes(&text), hashes("si client.pays = \"FR\" alors note \"FR\""));
    }
}

#[test]
fn hours() {
    for (written, minutes) in [("9h", 540), ("9h30", 570), ("09h05", 545)] {
        let text = format!("envois de {written} à 18h\nà J+3 : appel");
        assert_eq!(machine(&text).settings.window.opens, minutes, "{written}");
    }
}

#[test]
fn offsets_from_the_due_day() {
    for (written, days) in [("J-5", -5), ("J", 0), ("J+15", 15)] {
        let machine = machine(&format!("à {written} : appel"));
        let bounds = &machine.states[0].rules[0].branches[0].bounds;
        assert_eq!(bounds.len(), 1);
        assert_eq!(bounds[0].offset, Expr::Literal(Value::Duration(Span::Days(days))), "{written}");
    }
}

#[test]
fn a_literal_without_its_unit_is_an_error() {
    for (text, words) in [
        ("si retard >= 15 alors appel", "15"),
        ("si montant >= 50 alors appel", "50"),
        ("si aujourd_hui > 31 alors appel", "31"),
        ("minimum 10\nà J+3 : appel", "10"),
        ("envois de 9 à 18h\nà J+3 : appel", "9"),
    ] {
        let told = found(text);
        assert!(compiled(text).machines.is_none(), "{text}");
        assert!(told.iter().any(|(_, _, about)| about.contains(words)), "{text}\n{told:?}");
    }
    assert_eq!(found("si retard >= 15 alors appel")[0].0, "R0302");
    assert_eq!(found("si montant >= 50 alors appel")[0].0, "R0302");
}

#[test]
fn values_of_two_types_do_not_compare() {
    let literals = [
        ("retard", "15j"),
        ("montant", "50 €"),
        ("aujourd_hui", "31/12/2026"),
        ("client.pays", "\"FR\""),
        ("segment", "vip"),
        ("nombre_relances", "3"),
    ];
    for (i, (fact, _)) in literals.iter().enumerate() {
        for (j, (_, literal)) in literals.iter().enumerate() {
            let text = format!("si {fact} = {literal} alors note \"x\"");
            assert_eq!(compiled(&text).machines.is_some(), i == j, "{text}\n{:?}", found(&text));
        }
    }
}

#[test]
fn a_duration_and_an_amount_are_told_apart_in_french() {
    for text in ["si retard >= 1 500 € alors appel", "si montant >= 15j alors appel", "si retard > montant alors appel"]
    {
        let compilation = compiled(text);
        assert!(compilation.machines.is_none());
        let [told] = &compilation.diagnostics[..] else { panic!("{:?}", compilation.diagnostics) };
        assert_eq!(told.code.name(), "R0301");
        assert!(told.message.contains("durée") && told.message.contains("montant"), "{}", told.message);
    }
}

#[test]
fn spellings_of_one_comparison() {
    for spellings in [
        &["montant <> 5 €", "montant ≠ 5 €"][..],
        &["montant <= 5 €", "montant ≤ 5 €"],
        &["montant >= 5 €", "montant ≥ 5 €"],
    ] {
        let rule = |condition: &str| hashes(&format!("si {condition} alors note \"x\""));
        assert_eq!(rule(spellings[0]), rule(spellings[1]));
    }
}
