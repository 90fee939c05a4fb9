//! What is printed of all tests of a project.

use super::{PLAN, compiled};
use crate::trial::{json, junit, scenarios, scripts};
use insta::assert_snapshot;
use relance_core::machine::ScriptSource;
use relance_core::script::Scripts;

const TESTS: &str = "
test « un <bon> test & deux \"guillemets\" »
  facture F1 de 1 200 € échue le 03/03/2026
  le 06/03/2026 : email courtois
test \"Échec attendu\"
  facture F1 de 1 200 € échue le 03/03/2026
  le 06/03/2026 : email ferme
  ensuite rien
  état final soldée
";

const SCRIPT: &str = "fn seuil(n) { n * 2 }
fn test_seuil() { egal(seuil(2), 4); }
fn test_faux() {
  egal(seuil(2), 5);
}
";

fn all() -> Vec<crate::trial::Told> {
    let (compilation, program) = compiled(&format!("{PLAN}{TESTS}"));
    let mut all = scenarios(&compilation.tests, &program, None, 80);
    let source = ScriptSource { path: "scripts/risque.rhai".to_owned(), text: SCRIPT.to_owned() };
    all.extend(scripts(&Scripts::compile(&[source], &[]).unwrap(), None));
    all
}

#[test]
fn reports() {
    assert_snapshot!(junit(&all()));
    assert_snapshot!(serde_json::to_string_pretty(&json(&all())).unwrap());
    assert_snapshot!(all().iter().filter_map(|told| told.failed.as_ref()).map(|f| f.text.clone()).collect::<String>());
    assert_eq!(
        junit(&[]),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"0\" failures=\"0\" errors=\"0\">\n</testsuites>\n"
    );
}

#[test]
fn names_are_found_whatever_their_case_and_accents() {
    let (compilation, program) = compiled(&format!("{PLAN}{TESTS}"));
    let found = |filter| scenarios(&compilation.tests, &program, Some(filter), 80).len();
    assert_eq!((found("ECHEC"), found("test &"), found(""), found("absent")), (1, 1, 2, 0));
}
