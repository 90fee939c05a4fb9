//! Precedence, of actions and of conditions.

use crate::compiling::{hashes, machine};

/// The stages of the only rule of a text: what starts together, each action with its fallbacks.
fn stages(text: &str) -> Vec<Vec<Vec<String>>> {
    let machine = machine(text);
    let (_, sequence) = machine.sequences().next().unwrap();
    let item = |item: &relance_core::machine::Item| item.0.iter().map(|tried| plain(&tried.to_string())).collect();
    sequence.stages.iter().map(|stage| stage.items.iter().map(item).collect()).collect()
}

fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

#[test]
fn a_fallback_binds_to_one_action_then_et_then_puis() {
    assert_eq!(
        stages(
            "à J+3 : email courtois et sms rappel à défaut email rappel_amical puis appel et note \"x\" à défaut note \"y\""
        ),
        [
            vec![vec!["email courtois".to_owned()], vec!["sms rappel".to_owned(), "email rappel_amical".to_owned()]],
            vec![vec!["appel".to_owned()], vec!["note « x »".to_owned(), "note « y »".to_owned()]],
        ]
    );
}

#[test]
fn an_approval_binds_to_one_action() {
    let approved = stages("à J+3 : email courtois et sms rappel après validation puis appel");
    assert_eq!(approved[0][0], ["email courtois"]);
    assert_eq!(approved[0][1], ["sms rappel après validation"]);
    assert_eq!(approved[1], [["appel"]]);
    let fallback = stages("à J+3 : sms rappel après validation à défaut email ferme");
    assert_eq!(fallback, [[["sms rappel après validation", "email ferme"]]]);
}

#[test]
fn in_conditions_non_binds_first_then_et_then_ou() {
    let same = |written: &str, meant: &str, other: &str| {
        let rule = |condition: &str| hashes(&format!("si {condition} alors note \"x\""));
        assert_eq!(rule(written), rule(meant), "{written}");
        assert_ne!(rule(written), rule(other), "{written}");
    };
    same(
        "non en_litige et promesse_en_cours",
        "(non en_litige) et promesse_en_cours",
        "non (en_litige et promesse_en_cours)",
    );
    same(
        "non en_litige ou promesse_en_cours",
        "(non en_litige) ou promesse_en_cours",
        "non (en_litige ou promesse_en_cours)",
    );
    same(
        "en_litige ou promesse_en_cours et segment = vip",
        "en_litige ou (promesse_en_cours et segment = vip)",
        "(en_litige ou promesse_en_cours) et segment = vip",
    );
    same(
        "segment = vip et en_litige ou promesse_en_cours",
        "(segment = vip et en_litige) ou promesse_en_cours",
        "segment = vip et (en_litige ou promesse_en_cours)",
    );
    same("non segment = vip", "non (segment = vip)", "segment = vip");
}

#[test]
fn sauf_si_limits_all_that_stands_left_of_it() {
    let rule = |rule: &str| hashes(rule);
    let meant = rule("si (en_litige ou promesse_en_cours) et non (segment = vip ou segment = public) alors note \"x\"");
    for written in [
        "si en_litige ou promesse_en_cours sauf si segment = vip ou segment = public alors note \"x\"",
        "si en_litige ou promesse_en_cours alors note \"x\" sauf si segment = vip ou segment = public",
    ] {
        assert_eq!(rule(written), meant, "{written}");
    }
    let narrow =
        rule("si en_litige ou (promesse_en_cours et non (segment = vip ou segment = public)) alors note \"x\"");
    assert_ne!(meant, narrow);
}
