//! Rungs: what the journal says of them, formal notices, repeated rules.

use super::dossier;
use crate::compiling::{project, source};
use crate::telling::{journal, said};
use relance_core::dossier::Dossier;
use relance_core::explain::standing;
use relance_core::incoming::{Customer, Incoming, What};
use relance_core::journal::Line;
use relance_core::machine::{Channel, Nature, Tone};
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};
use relance_dsl::{Context, Template, compile};
use relance_tests::things::{event, in_segment, invoice};
use relance_tests::{ZONE, day, program, span};
use std::collections::BTreeMap;

fn history(due: &str, more: &[Incoming]) -> Vec<Incoming> {
    [&[in_segment("2026-01-01", "vip"), invoice("F1", due, 100)], more].concat()
}

/// The day of each thing of a kind, and its rung.
fn rungs(lines: &[Line], what: &str) -> Vec<(String, String)> {
    let lines = lines.iter().filter(|line| line.evenement == what);
    lines.map(|line| (line.le[..10].to_owned(), line.palier.clone().unwrap_or_default())).collect()
}

fn pair(on: &str, rung: &str) -> (String, String) {
    (on.to_owned(), rung.to_owned())
}

/// An invoice that is known forty days late, at first.
fn late(plan: &str, more: &[Incoming]) -> Vec<Line> {
    let mut events = history("2026-03-02", more);
    if let What::Invoice(invoice) = &mut events[1].what {
        invoice.taken_over = Some(day("2026-04-13"));
    }
    journal(&program(&[plan]), &events, "2026-01-01", "2026-07-01")
}

#[test]
fn a_rung_of_which_no_rule_fired_is_recorded_once() {
    let lines = late(
        "à J-3 : email preventif\nà J+3 : email rappel_amical\nà J+3 si montant > 50 € : sms rappel\nà J+10 : email courtois\nà J+20 : note \"x\"\nà J+30 : email ferme\nà J+42 : note \"y\"\nà J+60 : email dernier_avis\n",
        &[],
    );
    assert_eq!(
        rungs(&lines, "palier_saute"),
        [pair("2026-04-13", "J-3"), pair("2026-04-13", "J+3"), pair("2026-04-13", "J+10")]
    );
    let fired = [
        pair("2026-04-13", "J+20"),
        pair("2026-04-13", "J+42"),
        pair("2026-04-13", "J+30"),
        pair("2026-05-01", "J+60"),
    ];
    assert_eq!(rungs(&lines, "palier"), fired);
}

#[test]
fn a_rung_of_which_one_rule_fired_is_not_skipped() {
    let plan = "à J+3 : email rappel_amical\nà J+3 si en_litige : sms rappel\nà J+10 si en_litige : email courtois\nà J+10 : note \"x\"\nà J+30 : email ferme\n";
    let lines = journal(&program(&[plan]), &history("2026-03-02", &[]), "2026-01-01", "2026-07-01");
    assert_eq!(rungs(&lines, "palier_saute"), [] as [(String, String); 0]);
    assert_eq!(rungs(&lines, "palier").len(), 3);
}

#[test]
fn the_rules_of_a_rung_fire_in_file_order() {
    for templates in [["ferme", "courtois", "dernier_avis"], ["dernier_avis", "ferme", "courtois"]] {
        let [first, second, third] = templates;
        let plan = format!(
            "sans plafond\nà J+3 : email {first}\nsi retard >= 3j et montant > 5 € alors email {second}\nà J+3 : email {third}\n"
        );
        let lines = journal(&program(&[&plan]), &history("2026-03-02", &[]), "2026-01-01", "2026-07-01");
        let fired: Vec<u32> =
            lines.iter().filter(|l| l.evenement == "palier").map(|l| l.regle.as_ref().unwrap().ligne).collect();
        assert_eq!(fired, [2, 3, 4]);
        let sent: Vec<&str> =
            lines.iter().filter_map(|line| line.modele.as_deref().filter(|_| line.evenement == "envoi")).collect();
        assert_eq!(sent, templates);
    }
}

#[test]
fn rungs_due_in_a_new_state_fire_at_the_same_instant_after_its_entry_actions() {
    let plan = "scénario x\n  à J+20 : aller à y\nétape y\n  à J+10 : tâche \"palier\"\n  à J+15 : email ferme\n  à l'entrée : note \"entrée\"\n  à l'entrée : tâche \"aussi\"\n";
    let lines = journal(&program(&[plan]), &history("2026-03-03", &[]), "2026-01-01", "2026-07-01");
    let from = lines.iter().position(|line| line.evenement == "etape").unwrap();
    let at = &lines[from].le;
    let kinds: Vec<(&str, Option<&str>)> = lines[from..]
        .iter()
        .filter(|line| &line.le == at && matches!(line.evenement, "etape" | "entree" | "palier" | "palier_saute"))
        .map(|line| (line.evenement, line.palier.as_deref()))
        .collect();
    let entry = ("entree", None);
    assert_eq!(kinds[0].0, "etape");
    assert_eq!(kinds[1..3], [entry, entry]);
    assert_eq!(kinds[3..], [("palier", Some("J+10")), ("palier", Some("J+15"))]);
}

#[test]
fn the_explanation_shows_the_rungs_of_the_invoice() {
    let program = program(&[
        "si retard >= client.délai_habituel + 3j alors email ferme\nà J+30 fin de mois : email dernier_avis\naprès 10 jours : note \"x\"\nsi en_litige alors note \"y\"\n",
    ]);
    let usual = Customer { name: "Durand".into(), usual_delay: Some(4), ..Customer::default() };
    let events = [event("2026-01-01", None, What::Customer(usual)), invoice("F1", "2026-03-02", 100)];
    let told =
        standing(&program, &dossier(&program, &events, "2026-01-01", "2026-03-01"), "F1", day("2026-03-01")).unwrap();
    let rungs: Vec<_> =
        told.regles.iter().map(|rule| (rule.palier.as_deref(), rule.jour.map(|day| day.to_string()))).collect();
    let on = |rung, day: &str| (Some(rung), Some(day.to_owned()));
    assert_eq!(rungs[..2], [on("J+7", "2026-03-09"), on("J+59", "2026-04-30")]);
    assert_eq!(rungs[2].1.as_deref(), Some("2026-02-10"));
    assert_eq!(rungs[3], (None, None));
}

const NOTICE: &str = "à J+40 : email ferme\nà J+20 : courrier mise_en_demeure\nà J+60 : note \"fin\"\n";

fn past(on: &str) -> Incoming {
    event(on, Some("F1"), What::PastReminder { channel: Some(Channel::Email), formal: false })
}

#[test]
fn an_imported_reminder_counts_for_a_formal_notice_after_eight_days() {
    // The rung of the notice is the highest that is due, from J+20 on.
    let plan = NOTICE.replace("J+40", "J+15");
    for (known, template) in [
        ("2026-04-06", "mise_en_demeure"),
        ("2026-04-05", "mise_en_demeure"),
        ("2026-04-07", "ferme"),
        ("2026-02-20", "ferme"),
    ] {
        // It must date from the due day on, and be eight days old on 14 April: a day less does not do.
        let mut events = history("2026-03-02", &[past(known)]);
        if let What::Invoice(invoice) = &mut events[1].what {
            invoice.taken_over = Some(day("2026-04-14"));
        }
        let lines = journal(&program(&[&plan]), &events, "2026-01-01", "2026-04-14");
        let sent: Vec<&str> =
            lines.iter().filter(|l| l.evenement == "envoi").filter_map(|l| l.modele.as_deref()).collect();
        assert_eq!(sent, [template], "{known}");
    }
}

/// What leaves of `lettre_recommandée avis` at J+17 when its template says a nature, after a reminder at J+15.
fn registered(nature: Option<Nature>) -> Vec<String> {
    let template = Template {
        channel: Channel::Letter,
        name: "avis".to_owned(),
        nature,
        tone: Tone::Firm,
        language: None,
        variants: Vec::new(),
    };
    let context = Context { templates: [project().templates, vec![template]].concat(), ..project() };
    let text = "sans plafond\nà J+15 : email ferme\nà J+17 : lettre_recommandée avis\n";
    let machines = compile(&[source(text)], &context).machines.unwrap();
    let program = Program::new(machines, ZONE, BTreeMap::new());
    let lines = journal(&program, &history("2026-03-02", &[]), "2026-01-01", "2026-07-01");
    said(&lines, "envoi").iter().map(|line| line[..10].to_owned()).collect()
}

#[test]
fn a_registered_letter_is_a_formal_notice_unless_its_template_says_otherwise() {
    assert_eq!(registered(None), ["2026-03-17", "2026-03-25"]);
    assert_eq!(registered(Some(Nature::FormalNotice)), ["2026-03-17", "2026-03-25"]);
    assert_eq!(registered(Some(Nature::Reminder)), ["2026-03-17", "2026-03-19"]);
    assert_eq!(registered(Some(Nature::Information)), ["2026-03-17", "2026-03-19"]);
}

/// Runs a history without waking between two days, as when nothing ran in between.
fn asleep(plan: &str, awake_on: &[&str]) -> Vec<String> {
    let program = program(&[plan]);
    let things = history("2026-03-02", &[]).into_iter().map(|event| (event, None)).collect();
    let mut world = World { dossier: Dossier::new("C1"), wake: None, inbox: Inbox::new(things, ZONE) };
    let mut notes = Vec::new();
    for on in awake_on {
        run(&program, &mut world, span(day(on), day(on)), People::DILIGENT, |_, entry| {
            if let relance_core::event::Event::Note { text, .. } = &entry.event {
                notes.push(format!("{on} {text}"));
            }
        });
    }
    notes
}

#[test]
fn a_repeated_rule_never_fires_twice_to_catch_up() {
    let plan = "tous les 10 jours : note \"x\"\n";
    // Known on 31 January: multiples fall on 10 and 20 February, 2, 12, 22 March.
    assert_eq!(asleep(plan, &["2026-01-31", "2026-02-09"]), [""; 0]);
    assert_eq!(asleep(plan, &["2026-01-31", "2026-02-10", "2026-02-11"]), ["2026-02-10 x"]);
    assert_eq!(
        asleep(plan, &["2026-01-31", "2026-03-05", "2026-03-06", "2026-03-11", "2026-03-12"]),
        ["2026-03-05 x", "2026-03-12 x"]
    );
}
