//! The unit tests that script authors write.

use super::{f, scripts};
use relance_core::schema::Type;
use std::fmt::Write;

const RISK: &str = "fn risque() { facture.reste_du >= 1000 && client.delai_habituel > 30 }\n";

#[test]
fn unit_tests_pass_or_say_what_they_found() {
    let cases = [
        "donne(#{ reste_du: 1200, \"client.délai_habituel\": 40 }); verifie(risque());",
        "donne(#{ reste_du: 1200 }); inconnu(|| risque()); inconnu(risque);",
        "donne(#{ reste_du: 1200 }); donne(#{ reste_du: 10 }); vérifie(!risque(), \"petit montant\");",
        "donne(#{ segment: \"vip\", secteur: \"bâtiment\", plafond: 3.5, aujourd_hui: date(2026, 3, 1) }); egal(facture.plafond, 3.50); égal(facture.segment, \"vip\"); egal(facture.aujourd_hui, date(2026, 3, 1)); egal(1 > 0, true);",
        "donne(#{ reste_du: 3 }); donne(#{ reste_du: () }); inconnu(|| facture.reste_du);",
        "donne(#{ reste_du: 1200 });\n  verifie(risque());",
        "donne(#{ reste_du: 1200, \"client.délai_habituel\": 4 });\n  verifie(risque());",
        "verifie(1 > 2, \"un n'est pas plus grand\");",
        "egal(1 + 1, 3);",
        "egal(\"a\", 'a');",
        "egal(date(2026, 1, 1), \"01/01/2026\");",
        "donne(#{ retrad: 3 });",
        "donne(#{ \"client.encour\": 3 });",
        "donne(#{ retard: \"trois\" });",
        "donne(#{ retard: 1.5 });",
        "donne(#{ aujourd_hui: \"2026\" });",
        "donne(3);",
        "inconnu(|| 3);",
        "inconnu(|| 1 / 0);",
        "loop { }",
    ];
    let mut all = String::new();
    for body in cases {
        let scripts = scripts(&format!("{RISK}fn test_essai() {{\n  {body}\n}}"));
        let said = match scripts.run_test("test_essai") {
            Ok(()) => "réussi".to_owned(),
            Err(failure) => failure.to_string(),
        };
        writeln!(all, "{body}\n  → {said}").unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn tests_are_listed_with_their_place_and_are_not_functions() {
    let scripts =
        scripts("fn f() { 1 }\n\n/// Le seuil.\nfn test_seuil() { }\nfn test_avec(x) { x }\n  fn test_b() { }");
    let tests: Vec<String> = scripts.tests().map(|t| format!("{} {}", t.place, t.name)).collect();
    assert_eq!(tests, ["scripts/essai.rhai:4:4 test_seuil", "scripts/essai.rhai:6:6 test_b"]);
    let functions: Vec<String> = scripts.functions().map(|f| f.signature()).collect();
    assert_eq!(functions, ["f()", "test_avec(x)"]);
    let absent = scripts.run_test("test_absent").unwrap_err();
    assert_eq!(absent.message, "le test `test_absent` n'existe pas");
}

#[test]
fn one_test_gives_nothing_to_the_next() {
    let scripts = scripts("fn test_a() { donne(#{ retard: 3 }); }\nfn test_b() { inconnu(|| facture.retard); }");
    scripts.run_test("test_a").unwrap();
    scripts.run_test("test_b").unwrap();
}

#[test]
fn a_private_function_may_prepare_the_facts() {
    let scripts =
        scripts("private fn tard() { donne(#{ retard: 99 }); }\nfn test_a() { tard(); egal(facture.retard, 99); }");
    scripts.run_test("test_a").unwrap();
}

#[test]
fn checks_are_refused_outside_a_test() {
    // Through a test's helper, which nothing keeps a scenario from calling.
    assert_eq!(
        f("fn test_aide(x) { donne(#{ retard: 3 }); x }\nfn f() { test_aide(1) }", Type::Number),
        "scripts/essai.rhai:1:19 : `donne` ne s'emploie que dans une fonction `test_…`"
    );
}
