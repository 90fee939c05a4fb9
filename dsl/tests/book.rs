//! The reference for users: its tables say what the code says. Its examples are run with those of the other pages, by `tests/book`.
#![allow(clippy::unwrap_used)]

use relance_core::machine::Trigger;
use relance_core::schema::Fact;
use relance_dsl::Severity;
use relance_dsl::diagnostic::Code;
use std::fs;
use std::path::Path;

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/langage.md")).unwrap()
}

/// What stands between two marks of the page.
fn part(page: &str, mark: &str) -> String {
    let (from, to) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let start = page.find(&from).unwrap() + from.len();
    page[start..start + page[start..].find(&to).unwrap()].to_owned()
}

#[test]
fn the_facts_are_those_of_the_schema() {
    let mut table = String::from("| fait | nature | sens |\n| --- | --- | --- |\n");
    for fact in Fact::ALL {
        let nature = fact.ty().french().split_once(' ').map_or("", |(_, noun)| noun);
        table.push_str(&format!("| `{}` | {nature} | {} |\n", fact.name(), fact.doc()));
    }
    assert_eq!(part(&page(), "faits"), table);
}

#[test]
fn the_events_are_those_of_the_machine() {
    let shown = |trigger: &Trigger| match trigger {
        Trigger::External => "`événement \"…\"`".to_owned(),
        other => format!("`{}`", other.words()),
    };
    let list: Vec<String> = Trigger::ALL.iter().map(shown).collect();
    assert_eq!(part(&page(), "evenements"), format!("{}.\n", list.join(", ")));
}

#[test]
fn the_codes_are_those_of_the_compiler() {
    let mut table = String::from("| code | sens |\n| --- | --- |\n");
    for code in Code::ALL {
        let kind = if code.severity() == Severity::Error { "" } else { " (avertissement)" };
        table.push_str(&format!("| {} | {}{kind} |\n", code.name(), code.page().title));
    }
    assert_eq!(part(&page(), "codes"), table);
}
