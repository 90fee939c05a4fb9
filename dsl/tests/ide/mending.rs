//! Quick fixes and formatting.

use crate::{FILE, with_cursor};
use relance_dsl::ide::{Edit, fixes, format_file, format_range};
use relance_dsl::{Source, Span};

fn applied(text: &str, edits: &[Edit]) -> String {
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.span.start..edit.span.end, &edit.text);
    }
    text
}

fn check(marked: &str) -> String {
    let (workspace, at) = with_cursor(marked);
    let text = workspace.text(FILE).unwrap();
    let all = fixes(&workspace, FILE, Span { start: at, end: at });
    let told = |fix: &relance_dsl::ide::Fix| {
        let preferred = if fix.preferred { " (préféré)" } else { "" };
        format!("{}{preferred}\n  {}\n{}\n", fix.title, fix.diagnostic.message, applied(text, &fix.edits))
    };
    all.iter().map(told).collect()
}

#[test]
fn suggestions_become_fixes() {
    insta::assert_snapshot!(check("si retrad▮ >= 15j alors email ferme\nsi retard > 3j alors email fermme"));
    insta::assert_snapshot!(check("à J+3 : email ferm▮es"));
}

#[test]
fn a_finding_can_be_accepted() {
    insta::assert_snapshot!(check("scénario a\n  si retard ▮= 15j alors appel"));
}

#[test]
fn what_is_proved_is_found_and_accepted_until_the_next_edit() {
    let marked = "scénario suivi\n  à J+10 : email ferme\n  ▮si retard >= 10j et montant >= 100 € et montant < 50 € alors appel\n";
    let (mut workspace, at) = with_cursor(marked);
    assert!(workspace.diagnostics().is_empty());
    workspace.prove();
    let text = workspace.text(FILE).unwrap().to_owned();
    let all = fixes(&workspace, FILE, Span { start: at, end: at });
    let accepted = applied(&text, &all.last().unwrap().edits);
    insta::assert_snapshot!(format!("{}\n{accepted}", all.last().unwrap().title));
    workspace.set_file(Source { path: FILE.to_owned(), bytes: accepted.clone().into_bytes() });
    assert!(workspace.check().is_empty());
    let reasoned = accepted.replace(" : \n", " : les deux valent\n");
    workspace.set_file(Source { path: FILE.to_owned(), bytes: reasoned.into_bytes() });
    workspace.prove();
    assert_eq!(workspace.diagnostics(), &[]);
}

#[test]
fn only_what_the_cursor_touches() {
    assert_eq!(check("si retrad >= 15j alors email ferme\nsi retard > 3j al▮ors email fermme"), "");
}

#[test]
fn a_file_is_formatted_by_one_edit_of_what_changes() {
    let (workspace, _) = with_cursor("à J+3 : email courtois\nA j+9:EMAIL ferme\nà J+30 : appel\n▮");
    let edits = format_file(&workspace, FILE).unwrap();
    assert_eq!(edits.len(), 1);
    let text = workspace.text(FILE).unwrap();
    assert_eq!(&text[edits[0].span.start..edits[0].span.end], "A j+9:EMAIL ferme\n");
    insta::assert_snapshot!(applied(text, &edits));
}

#[test]
fn only_the_blocks_of_a_range_are_formatted() {
    let (workspace, at) = with_cursor("A j+3:EMAIL courtois\n    A j+9:EMA▮IL ferme   # ici\nA j+30:APPEL\n");
    let text = workspace.text(FILE).unwrap();
    let edits = format_range(&workspace, FILE, Span { start: at, end: at + 1 }).unwrap();
    insta::assert_snapshot!(applied(text, &edits));
}

#[test]
fn what_is_in_form_needs_no_edit() {
    let (workspace, _) = with_cursor("à J+3 : email courtois\n▮");
    assert_eq!(format_file(&workspace, FILE), Some(Vec::new()));
}
