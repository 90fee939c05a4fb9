//! Completion.

use crate::{FILE, with_cursor, with_files};
use relance_dsl::ide::{Completion, complete};

/// The completions of a text, one a line.
fn check(marked: &str) -> String {
    let (workspace, at) = with_cursor(marked);
    listed(&complete(&workspace, FILE, at))
}

fn listed(found: &[Completion]) -> String {
    let line = |c: &Completion| {
        let insert =
            if c.insert == c.label { String::new() } else { format!(" → {}", c.insert.replace('\n', "⏎")) };
        format!("{:?} {} ({}){insert}", c.kind, c.label, c.detail)
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Each text with the labels that it is offered.
fn each(texts: &[&str]) -> String {
    texts.iter().map(|marked| format!("{marked}\n  → {}\n\n", labels(marked))).collect()
}

fn labels(marked: &str) -> String {
    let (workspace, at) = with_cursor(marked);
    complete(&workspace, FILE, at).into_iter().map(|c| c.label).collect::<Vec<_>>().join(" · ")
}

#[test]
fn at_the_beginning_of_a_line() {
    insta::assert_snapshot!(check("à J+3 : email courtois\n▮"));
}

#[test]
fn a_word_is_found_without_its_accents() {
    assert_eq!(check("si RESTE_d▮"), "Fact reste_dû (un montant)");
    insta::assert_snapshot!(each(&["si encours▮", "scenario x\n  eta▮",]));
}

#[test]
fn facts_of_a_customer() {
    insta::assert_snapshot!(each(&["si client.▮", "si retard > 3j et client.e▮ > 3",]));
}

#[test]
fn facts_fields_constants_and_functions() {
    insta::assert_snapshot!(check(
        "champ secteur : texte\nconstante seuil : 100 €\nscript \"scripts/risque.rhai\"\nsi ▮"
    ));
}

#[test]
fn after_a_comparison_the_words_of_its_type() {
    insta::assert_snapshot!(check("segment risque : si client.retard_moyen > 20j\nsi segment = ▮"));
    insta::assert_snapshot!(each(&[
        "si segment parmi (vip, ▮",
        "si régime = ▮ alors appel",
        "si en_litige = ▮",
        "si étape = ▮\nétape relance_forte\n  fin",
        "constante long : 30j\nsi retard >= ▮",
    ]));
}

#[test]
fn after_a_whole_comparison() {
    insta::assert_snapshot!(each(&["si retard >= 15j ▮",]));
}

#[test]
fn actions_templates_and_roles() {
    insta::assert_snapshot!(check("à J+3 : email ▮"));
    insta::assert_snapshot!(each(&[
        "à J+3 : ▮",
        "si retard > 3j alors email ferme puis ▮",
        "à J+3 : lettre_recommandée ▮",
        "à J+3 : email ferme à ▮",
        "à J+3 : email ferme à comptabilité copie co▮",
        "à J+3 : email ferme après validation de ▮",
        "à J+3 : email ferme ▮",
        "à J+3 : email choix() parmi (courtois, ▮)",
    ]));
}

#[test]
fn stages_of_the_scenario_at_hand() {
    let two = "scénario a\nà J+3 : aller à ▮\nétape mise_en_demeure \"Mise en demeure\"\nfin\nscénario b\nà J+3 : appel\nétape autre\nfin";
    insta::assert_snapshot!(check(two));
}

#[test]
fn events_calendars_types_and_days() {
    insta::assert_snapshot!(each(&[
        "quand ▮",
        "quand litige ▮ : appel",
        "calendrier ▮",
        "champ x : ▮",
        "envois du lundi au ▮",
    ]));
}

#[test]
fn in_a_test() {
    let test =
        |line: &str| format!("scénario a\nà J+3 : appel puis aller à b\nétape b\nfin\ntest \"x\"\n  avec a\n  {line}");
    insta::assert_snapshot!(each(&[
        &test("▮"),
        &test("avec ▮"),
        &test("état final ▮"),
        &test("le 03/03/2026 : p▮"),
        &test("facture F1 de 3 €, segment ▮"),
        &test("le 03/03/2026 : email ▮"),
    ]));
}

#[test]
fn nothing_in_comments_and_free_texts() {
    assert_eq!(labels("# si ▮"), "");
    assert_eq!(labels("à J+3 : note \"si ▮\""), "");
}

#[test]
fn files_in_quotes() {
    assert_eq!(labels("script \"▮"), "scripts/risque.rhai");
    let (workspace, at) =
        with_files("inclure \"▮\"", &[("scenarios/communs.relance", "à J : appel"), ("ailleurs.relance", "")]);
    assert_eq!(listed(&complete(&workspace, FILE, at)), "File communs.relance (scénarios)");
}

#[test]
fn never_a_panic_wherever_the_cursor_stands() {
    let text = include_str!("../format/files/tout.relance");
    for at in 0..=text.len() {
        if text.is_char_boundary(at) {
            let marked = format!("{}▮{}", &text[..at], &text[at..]);
            let (workspace, at) = with_cursor(&marked);
            for found in complete(&workspace, FILE, at) {
                let text = workspace.text(FILE).unwrap();
                assert!(text.get(found.span.start..found.span.end).is_some());
                assert!(found.span.start <= at && at <= found.span.end);
            }
        }
        if at > 1500 {
            break;
        }
    }
}

#[test]
fn every_opening_that_is_offered_can_be_read() {
    let (workspace, at) = with_cursor("à J+3 : email courtois\n▮");
    let offered = complete(&workspace, FILE, at);
    assert!(offered.len() > 20);
    for completion in offered {
        let source = relance_dsl::Source { path: FILE.to_owned(), bytes: completion.plain().into_bytes() };
        let (_, found) = relance_dsl::parse(&source);
        assert!(found.is_empty(), "{} : {found:?}", completion.plain());
    }
}
