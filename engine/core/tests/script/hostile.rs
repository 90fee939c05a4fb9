//! Scripts that would like to hang, fill the memory, or look outside.

use super::{f, problems, scripts};
use relance_core::schema::Type;
use std::fmt::Write;

#[test]
fn a_script_that_never_stops_is_stopped() {
    let cases = [
        "loop { }",
        "while true { let x = 1; }",
        "for i in 0..9223372036854775807 { } 1",
        "let s = \"ab\"; loop { s += s; }",
        "let s = \"ab\"; s.pad(1000000000, \"x\"); s.len()",
        "let s = \"ab\"; for i in 0..12 { s += s; } s = s.replace(\"a\", s); s.len()",
        "let a = [1]; loop { a += a; }",
        "let a = [1]; a.pad(1000000000, 0); a.len()",
        "let a = []; loop { a = [a]; }",
        "let a = []; loop { a.push(a); }",
        "let m = #{}; loop { m = #{a: m, b: m}; }",
        "let m = #{}; let i = 0; loop { m[`k${i}`] = i; i += 1; }",
        "let a = []; let m = #{}; loop { m = #{a: a}; a = [m]; }",
        "let m = #{}; let i = 0; loop { m.set(`k${i}`, i); i += 1; }",
        "let a = [1, 2]; loop { a[0] = a; a[1] = a; }",
        "let a = [1, 2]; loop { a.set(0, a); a.set(1, a); }",
        "let a = []; loop { a = [a, a]; }",
        "let s = \"ab\"; loop { s = `${s}${s}`; }",
        "let a = [[[]]]; loop { let b = []; b.pad(190, 1); a[0][0].push(b); }",
        "let a = [[]]; loop { let b = []; b.pad(100, 1); a[0].push(b); a.push([]); a.reverse(); }",
        "infini(0)",
        "let g = |x| x.call(x); g.call(g)",
        "(0..1000000000).len()",
        // rhai forgets the work of a function passed to another: each layer would multiply the limit.
        "let a = []; a.pad(100, 1); a.map(|x| { let b = []; b.pad(100, 1); b.map(|y| { for i in 0..1000 { } 1 }) }); 1",
        "loop { [1, 2, 3].filter(|x| { for i in 0..90000 { } true }); }",
        "[3, 1, 2].sort(|x, y| { loop { } })",
        "range(0, 9223372036854775807, 1).contains(-1); for x in range(0, 9223372036854775807) { } 1",
    ];
    let mut all = String::new();
    for body in cases {
        let text = format!("fn infini(n) {{ infini(n + 1) }}\nfn f() {{ {body} }}");
        let said = match problems(&text).as_str() {
            "aucun problème" => f(&text, Type::Number),
            said => said.replace('\n', "\n    "),
        };
        writeln!(all, "{body}\n  → {said}").unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn the_deepest_things_that_are_allowed_do_not_exhaust_the_stack() {
    // Test threads have two megabytes, as the threads of a server do.
    let nest = |open: &str, inner: &str, close: &str, n: usize| format!("{}{inner}{}", open.repeat(n), close.repeat(n));
    let mut deepest = 0;
    for n in 1..60 {
        let body = nest("(1 + ", "g(n - 1)", ")", n);
        let text = format!("fn g(n) {{ if n <= 0 {{ 1 }} else {{ {body} }} }} fn f() {{ g(15) }}");
        if problems(&text) == "aucun problème" {
            deepest = n;
            f(&text, Type::Number);
        }
    }
    assert!(deepest >= 10, "{deepest}");
    for (open, close) in [("[", "]"), ("#{a: ", "}")] {
        for n in [20, 40] {
            let text = format!("fn f() {{ {} }}", nest(open, "1", close, n));
            if problems(&text) == "aucun problème" {
                f(&text, Type::Number);
            }
        }
    }
    // Values nested as deep as their size allows, compared and printed, at the bottom of the call stack.
    for make in ["a = [a]", "a = #{a: a}", "a = if i % 3 == 0 { #{a: a} } else { [a] }"] {
        for n in [95, 140, 195, 290] {
            let body = format!(
                "let a = []; for i in 0..{n} {{ {make}; }} let b = a; if a == b {{ `${{a}}`.len() }} else {{ 0 }}"
            );
            let text = format!("fn g(n) {{ if n <= 0 {{ {body} }} else {{ g(n - 1) }} }} fn f() {{ g(12) }}");
            f(&text, Type::Number);
        }
    }
}

#[test]
fn expressions_of_any_length_are_refused_and_not_followed() {
    let n = 60_000;
    let long = [
        ("chaîne de points", format!("fn f() {{ facture{} }}", ".a".repeat(n))),
        ("chaîne d'appels", format!("fn f() {{ \"a\"{} }}", ".trim()".repeat(n / 4))),
        ("chaîne d'appels à fonctions", format!("fn f() {{ [1]{} }}", ".map(|x| {x})".repeat(n / 8))),
        ("chaîne de ?.", format!("fn f() {{ facture{} }}", "?.a".repeat(n))),
        ("indices", format!("fn f() {{ facture{} }}", "[0]".repeat(n))),
        ("indices imbriqués", format!("fn f() {{ {}1{} }}", "facture[".repeat(n / 4), "]".repeat(n / 4))),
        ("additions", format!("fn f() {{ 1{} }}", "+1".repeat(n))),
        ("conditions", format!("fn f() {{ true{} }}", " && true".repeat(n / 4))),
        ("puissances", format!("fn f() {{ 1{} }}", "**1".repeat(n))),
        ("??", format!("fn f() {{ 1{} }}", "??1".repeat(n))),
        ("moins", format!("fn f() {{ {}1 }}", "-".repeat(n))),
        ("non", format!("fn f() {{ {}true }}", "!".repeat(n))),
        ("parenthèses", format!("fn f() {{ {}", "(".repeat(n))),
        ("accolades", format!("fn f() {}", "{".repeat(n))),
        ("listes", format!("fn f() {{ {}", "[".repeat(n))),
        ("objets", format!("fn f() {{ {}", "#{a:".repeat(n / 4))),
        ("else if", format!("fn f() {{ if true {{}} {} }}", "else if true {} ".repeat(n / 8))),
        ("anonymes", format!("fn f() {{ {} 1 }}", "|x| ".repeat(n / 4))),
        ("affectations", format!("fn f() {{ let x = 1; {} 1; }}", "x = ".repeat(n / 4))),
        ("textes", format!("fn f() {{ {}1 }}", "`${".repeat(n / 4))),
        ("commentaires", format!("{} fn f() {{ 1 }}", "/*".repeat(n))),
        ("appels", format!("fn f() {{ {}1{} }}", "f(".repeat(n), ")".repeat(n))),
        ("return", format!("fn f() {{ {}1 }}", "return ".repeat(n / 4))),
        ("while", format!("fn f() {{ {} }}", "while true {".repeat(n / 8))),
        ("switch", format!("fn f() {{ {} }}", "switch 1 { 1 => ".repeat(n / 8))),
        ("fonctions", (0..600).map(|i| format!("fn f{i}() {{ 1 }}\n")).collect()),
        ("liste longue", format!("fn f() {{ [{}] }}", "1,".repeat(n))),
        ("texte long", format!("fn f() {{ \"{}\" }}", "a".repeat(n))),
        ("beaucoup d'instructions", format!("fn f() {{ {} 1 }}", "let x = 1; ".repeat(n / 4))),
        ("beaucoup de paramètres", format!("fn f({}) {{ 1 }}", (0..300).map(|i| format!("a{i},")).collect::<String>())),
    ];
    let mut all = String::new();
    for (what, text) in long {
        writeln!(all, "{what}\n  → {}", problems(&text).lines().next().unwrap_or_default()).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn nothing_leads_outside() {
    let cases = [
        "sleep(100)",
        "timestamp()",
        "eval(\"1\")",
        "print(\"a\")",
        "debug(1)",
        "exit()",
        "open_file(\"x\")",
        "rand()",
        "parse_json(\"{}\")",
        "import \"x\"; 1",
        "\"f\".call()",
        "call(\"f\")",
        "Fn(\"f\").call()",
        "f.name",
        "get_fn_metadata_list()",
        "is_def_fn(\"f\", 0)",
        "type_of(1)",
        "global::x",
        "blob(1000000000)",
        "take(1)",
        "set_tag(1, 2)",
        "f.curry(1)",
        "is_shared(1)",
        "|| 1",
        "`${|x| x}`",
        "f.to_string()",
        "[f].to_debug()",
    ];
    let mut all = String::new();
    for body in cases {
        let text = format!("fn f() {{ {body} }}");
        let said = match problems(&text).as_str() {
            "aucun problème" => f(&text, Type::Text),
            said => said.replace('\n', "\n    "),
        };
        writeln!(all, "{body}\n  → {said}").unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_stopped_call_leaves_nothing_behind() {
    let scripts = scripts("fn f() { loop { } }\nfn g() { let n = 0; for i in 0..1000 { n += 1; } n }");
    for _ in 0..3 {
        assert!(scripts.call("f", &[], Type::Number, &super::Invoice::default()).is_err());
        assert!(scripts.call("g", &[], Type::Number, &super::Invoice::default()).unwrap().is_some());
    }
}
