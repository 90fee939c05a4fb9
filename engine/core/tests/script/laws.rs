//! What holds for any text.

use super::{Invoice, fields, file};
use proptest::prelude::*;
use relance_core::schema::Type;
use relance_core::script::Scripts;

/// Words that scripts are made of, in any order.
fn soup() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "fn ",
        "f",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "#{",
        "facture",
        "client",
        ".",
        "?.",
        "retard",
        "reste_du",
        "xyz",
        "=",
        "==",
        "+",
        "-",
        "/",
        "**",
        "!",
        "&&",
        "||",
        "|x|",
        "??",
        "..",
        "..=",
        ",",
        ";",
        ":",
        "::",
        "=>",
        "1",
        "2.5",
        "\"a\"",
        "'b'",
        "`${",
        "`",
        "let ",
        "const ",
        "if ",
        "else ",
        "for x in ",
        "while ",
        "loop ",
        "break ",
        "return ",
        "switch ",
        "_",
        "in ",
        "throw ",
        "connu",
        "\n",
        "é",
        "x",
        "//",
        "/*",
        "*/",
        "///",
        "\\",
        "\"",
        "'",
        "$",
        "@",
        "0x",
        "1e",
        "this",
        "private ",
        "import ",
        "do ",
        "until ",
        "true",
        "map",
        "call",
        "not ",
        "<<",
        "~",
        "?[",
        "()",
        "\u{301}",
        "…",
        "\u{0}",
        "##\"",
        "\"##",
    ]);
    prop::collection::vec(words, 0..40).prop_map(|words| words.concat())
}

fn body() -> impl Strategy<Value = String> {
    prop_oneof![soup(), any::<String>(), soup().prop_map(|soup| format!("fn f() {{ {soup} }}"))]
}

/// Small expressions that mostly compile.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "1",
        "0",
        "-3",
        "2.5",
        "9223372036854775807",
        "true",
        "\"été\"",
        "facture.retard",
        "facture.reste_du",
        "facture.segment",
        "facture.date_echeance",
        "client.delai_habituel",
        "[1, 2]",
        "#{a: 1}",
        "facture.secteur",
        "()",
        "'c'",
        "0..5",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        let op = prop::sample::select(vec![
            "+", "-", "*", "/", "%", "**", "==", "<", ">=", "&&", "||", "??", "<<", ">>", "&", "^",
        ]);
        let method = prop::sample::select(vec![
            "len()",
            "trim()",
            "to_string()",
            "to_upper()",
            "abs()",
            "sub_string(1)",
            "sub_string(-3, 9)",
            "split(\"é\")",
            "index_of(\"t\")",
            "pad(20, \"x\")",
            "remove(1)",
            "truncate(-1)",
            "chop(3)",
            "splice(1, -2, [3])",
            "extract(-1)",
            "reverse()",
            "sort()",
            "keys()",
            "to_json()",
            "crop(1, 99)",
            "insert(-9, 3)",
            "drain(0, 9)",
            "plus_jours(9223372036854775807)",
            "annee",
            "get(-4)",
            "set(2, 'x')",
            "split(-3)",
            "bits(2, 90)",
            "chars()",
            "zip([1], |a, b| a + b)",
            "reduce(|a, b| a + b)",
            "to_hex()",
            "is_empty()",
            "pop()",
            "rsplit(\"\", 2)",
            "dedup()",
            "to_float()",
            "to_chars()",
            "sign()",
        ]);
        prop_oneof![
            (inner.clone(), op, inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (inner.clone(), method).prop_map(|(a, method)| format!("{{ let v = {a}; v.{method} }}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{ let v = {a}; v[{b}] }}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("arrondi({a}, {b})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("if {a} {{ {b} }} else {{ {c} }}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn compiling_never_panics_and_places_every_problem(text in body()) {
        if let Err(problems) = Scripts::compile(&[file("a.rhai", &text), file("b.rhai", "fn g() { 1 }")], &fields()) {
            let lines = text.split('\n').count();
            for problem in problems {
                prop_assert!(problem.place.line >= 1 && problem.place.line <= lines, "{problem}");
                prop_assert!(problem.place.column >= 1);
                prop_assert_eq!(&problem.place.file, "a.rhai");
            }
        }
    }

    #[test]
    fn calls_never_panic_and_always_say_the_same(body in expression()) {
        let text = format!("fn f() {{ {body} }}");
        // Compiled anew each time: nothing may depend on what an earlier compilation left.
        let once = || {
            let scripts = Scripts::compile(&[file("a.rhai", &text)], &fields()).ok()?;
            let wanted = [Type::Bool, Type::Number, Type::Amount, Type::Duration, Type::Date, Type::Text];
            Some(wanted.map(|wanted| scripts.call("f", &[], wanted, &Invoice::default())))
        };
        prop_assert_eq!(once(), once());
    }
}
