//! Calling functions.

use super::{Invoice, call, f, scripts};
use relance_core::day::Span;
use relance_core::eval::{Length, Val};
use relance_core::machine::Value;
use relance_core::money::{Amount, Currency};
use relance_core::schema::{Fact, Type};
use std::fmt::Write;

#[test]
fn functions_compute_exactly() {
    use Type::*;
    let cases = [
        ("facture.reste_du >= 1000 && facture.retard > 30", Bool),
        ("facture.Reste_Dû >= 1200.5", Bool),
        ("facture[\"reste_dû\"] + 0.005", Amount),
        ("facture.reste_du * 0.1", Amount),
        ("facture.reste_du / 3", Amount),
        ("facture.retard / 2", Number),
        ("facture.retard / 2", Duration),
        ("facture.retard / 5", Duration),
        ("facture.retard % 2 == 1", Bool),
        ("7 / 2 + 6 / 2", Number),
        ("0.1 + 0.2 == 0.3", Bool),
        ("arrondi(2.5)", Number),
        ("arrondi(-2.5)", Number),
        ("arrondi(1234.565, 2)", Number),
        ("arrondi(1255, -1)", Number),
        ("arrondi(1255, -400)", Number),
        ("min(facture.retard, 10.5) + max(1, 2) + max(1, 2.5)", Number),
        ("abs(-3) + abs(-1.5)", Number),
        ("facture.date_echeance", Date),
        ("facture.date_echeance + 30", Date),
        ("facture.date_echeance.plus_jours(-1)", Date),
        ("facture.aujourd_hui - facture.date_echeance", Duration),
        ("facture.date_echeance.jours_jusqu_a(facture.aujourd_hui)", Number),
        ("facture.aujourd_hui > date(2026, 3, 1)", Bool),
        ("facture.date_echeance.annee * 10000 + facture.date_echeance.mois * 100 + facture.date_echeance.jour", Number),
        ("facture.aujourd_hui.jour_semaine", Number),
        ("if facture.segment in [\"vip\", \"public\"] { 60 } else { 30 }", Duration),
        ("let seuils = #{ vip: 60, \"public\": 45 }; seuils[facture.segment] ?? 30", Duration),
        ("switch facture.segment { \"vip\" => \"doux\", _ => \"ferme\" }", Text),
        ("`Il reste ${facture.reste_du} au ${facture.date_echeance}`", Text),
        ("facture.secteur.to_upper()", Text),
        ("facture.nombre_relances + 1", Number),
        ("facture.nombre_relances == 3.0", Bool),
        ("[1, 2, 3].filter(|x| x >= facture.nombre_relances).len()", Number),
        ("0.12", Percent),
        ("connu(\"client.délai_habituel\")", Bool),
        ("connu(\"facture.retard\") && connu(\"secteur\") && !connu(\"plafond\")", Bool),
    ];
    let mut all = String::new();
    for (body, wanted) in cases {
        writeln!(all, "{body}\n  → {}", f(&format!("fn f() {{ {body} }}"), wanted)).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn what_stops_a_call_is_told_in_french_with_its_place() {
    use Type::*;
    let cases = [
        ("1 / 0", Number),
        ("facture.reste_du / 0", Amount),
        ("1 % 0", Number),
        ("9223372036854775807 + 1", Number),
        ("9223372036854775807 * 100", Amount),
        ("79228162514264337593543950335.0 * 2", Number),
        ("facture.segment > 3", Bool),
        ("3 == facture.segment", Bool),
        ("facture.reste_du != \"abc\"", Bool),
        ("facture.date_echeance >= \"2026-01-01\"", Bool),
        ("facture.en_litige == 1", Bool),
        ("facture.segment in [\"a\", 3]", Bool),
        ("facture.segment + 1 - 2", Text),
        ("-facture.segment", Number),
        ("facture.retard + facture.date_echeance", Date),
        ("facture.date_echeance.semaine", Number),
        ("facture[\"re\" + \"trad\"]", Number),
        ("connu(\"x\" + \"y\")", Bool),
        ("[1, 2][5]", Number),
        ("\"abc\"[9]", Text),
        ("arrondi(\"abc\")", Number),
        ("date(2026, 2, 30)", Date),
        ("throw \"trop risqué\"", Number),
        ("if facture.nombre_relances { 1 } else { 2 }", Number),
        ("let n = 3; for x in n { } 1", Number),
        ("[2, 1].map(|x| x / 0)", Number),
        ("verifie_x(1)", Number),
        ("1 > 0", Number),
        ("facture.retard", Bool),
        ("\"abc\"", Date),
        ("let x = 1;", Number),
        ("[1]", Text),
        ("facture.date_echeance", Text),
        ("|x| x", Number),
        ("1.5", Duration),
        ("1000000000000000000000.0", Amount),
        ("1000000000000000000000.0", Duration),
    ];
    let mut all = String::new();
    for (body, wanted) in cases {
        let text = format!("fn verifie_x(n) {{\n  n.foo\n}}\nfn f() {{\n  {body}\n}}");
        writeln!(all, "{body}\n  → {}", f(&text, wanted)).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn an_error_is_placed_in_the_file_where_it_happens() {
    let files = [
        super::file("a.rhai", "// rien\n\nfn f() { diviser(0) }"),
        super::file("b.rhai", "fn diviser(n) {\n    1 / n\n}"),
    ];
    let scripts = relance_core::script::Scripts::compile(&files, &[]).unwrap();
    let error = scripts.call("f", &[], Type::Number, &Invoice::default()).unwrap_err();
    assert_eq!(error.to_string(), "b.rhai:2:7 : division de 1 par zéro");
}

#[test]
fn an_unknown_fact_makes_the_result_unknown() {
    for body in [
        "client.delai_habituel > 3",
        "facture.retard > 30 && client.delai_habituel > 3",
        "[1].map(|x| client.delai_habituel).len()",
        "autre()",
        // An amount in another currency than the invoice's.
        "client.encours_echu > 3",
        "facture.plafond > 3",
        "facture[\"pla\" + \"fond\"] > 3",
    ] {
        let text = format!("fn autre() {{ client.delai_habituel }} fn f() {{ {body} }}");
        assert_eq!(f(&text, Type::Bool), "inconnu", "{body}");
    }
    // What is not reached is not read.
    assert_eq!(f("fn f() { facture.retard < 30 && client.delai_habituel > 3 }", Type::Bool), "non");
    let guarded = "fn f() { if connu(\"client.delai_habituel\") { client.delai_habituel } else { 0 } }";
    assert_eq!(f(guarded, Type::Duration), Value::Duration(Span::Days(0)).to_string());
}

#[test]
fn no_function_hides_that_the_one_passed_to_it_read_an_unknown_fact() {
    let (mut passed, mut refused) = (Vec::new(), Vec::new());
    let named = [
        "for_each",
        "map",
        "filter",
        "index_of",
        "find",
        "find_map",
        "some",
        "all",
        "dedup",
        "reduce",
        "reduce_rev",
        "sort",
        "sort_by",
        "order",
        "order_by",
        "drain",
        "retain",
        "take",
    ];
    for (name, list) in named.iter().flat_map(|name| [(name, "[2, 1, 1]"), (name, "#{ a: 1 }")]) {
        for params in ["|x|", "|x, y|", "||"] {
            let text = format!("fn f() {{ let v = {list}; v.{name}({params} client.delai_habituel > 3); true }}");
            match super::problems(&text).as_str() {
                "aucun problème" => passed.push((text.clone(), f(&text, Type::Bool))),
                _ => refused.push(*name),
            }
        }
    }
    // A function that does not exist for a list or an object, or with such parameters, stops the script.
    let hidden: Vec<_> = passed.iter().filter(|(_, said)| said == "oui" || said == "non").collect();
    assert!(hidden.is_empty(), "{hidden:#?}");
    assert!(passed.iter().filter(|(_, said)| said == "inconnu").count() > 10);
    refused.dedup();
    assert_eq!(refused, ["dedup", "sort", "sort_by", "order", "order_by", "take"]);
}

#[test]
fn arguments_arrive_as_values() {
    let text = "fn f(montant, jours, texte, jour) { `${montant * 2} ${jours + 1} ${texte} ${jour + 1}` }";
    let args = |days: Length, currency: Currency| {
        [
            Val::Amount(Amount::new(150, currency)),
            Val::Duration(days),
            Val::Text("abc".into()),
            Val::Date("2026-12-31".parse().unwrap()),
        ]
    };
    assert_eq!(call(text, &args(Length::days(-4), Currency::EUR), Type::Text), "3.00 -3 abc 01/01/2027");
    let months = args(Length::from(Span::Months(2)), Currency::EUR);
    assert_eq!(
        call(text, &months, Type::Text),
        "scripts/essai.rhai:1:4 : `jours` reçoit 2\u{a0}mois : un script compte en jours, et cette durée n'en est pas un nombre fixe"
    );
    let francs = args(Length::days(1), Currency::parse("CHF").unwrap());
    assert_eq!(call(text, &francs, Type::Text), "inconnu");
    assert_eq!(
        call(text, &[], Type::Text),
        "scripts/essai.rhai:1:1 : la fonction `f` ne s'appelle pas sans valeur : elle s'écrit `f(montant, jours, texte, jour)`"
    );
    let none = scripts(text).call("g", &[], Type::Text, &Invoice::default());
    assert_eq!(none.unwrap_err().to_string(), "scripts/essai.rhai:1:1 : la fonction `g` n'est dans aucun script");
}

#[test]
fn only_what_a_function_may_read_is_asked() {
    let scripts = scripts("fn f() { facture.retard + autre() }\nfn autre() { facture.nombre_relances }\nfn n() { 1 }");
    let invoice = Invoice::default();
    scripts.call("f", &[], Type::Number, &invoice).unwrap();
    assert_eq!(invoice.asked.take(), vec![Fact::DaysLate, Fact::Reminders]);
    scripts.call("n", &[], Type::Number, &invoice).unwrap();
    assert_eq!(invoice.asked.take(), vec![]);
}

#[test]
fn values_are_those_of_the_call_and_never_those_of_an_earlier_one() {
    struct Late(i64);
    impl relance_core::script::ScriptFacts for Late {
        fn fact(&self, _: Fact) -> Option<Val<'_>> {
            Some(Val::Duration(Length::days(self.0)))
        }
        fn field(&self, _: &str) -> Option<Val<'_>> {
            None
        }
        fn currency(&self) -> Currency {
            Currency::EUR
        }
    }
    let scripts = scripts("fn f() { facture.retard }");
    for days in [3, 7, -1] {
        let value = scripts.call("f", &[], Type::Duration, &Late(days)).unwrap();
        assert_eq!(value, Some(Value::Duration(Span::Days(days))));
    }
}
