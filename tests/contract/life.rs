//! The built-in life of an invoice, where the journal says more than the tests of a plan see: what is listed and why, who did it, what
//! moves with a segment or a new version, what a client's credits cover.

use crate::days;
use relance_core::day::{end_of_day, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::event::Entry;
use relance_core::incoming::What;
use relance_core::journal::Line;
use relance_core::money::Currency;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};
use relance_tests::history::{history, tell, told};
use relance_tests::things::durand;
use relance_tests::{ZONE, day, program, simulate, span};

const INVOICE: &str = "2026-02-01 F1 facture 1000 2026-03-02\n";

fn march(plan: &str, events: &str) -> String {
    told(plan, &[INVOICE, events].concat(), "2026-02-05", "2026-04-30")
}

#[test]
fn a_failure_without_a_fallback_asks_to_mend_the_contact() {
    let mut events = history(INVOICE);
    events[0].what = What::Customer(relance_core::incoming::Customer { email: None, ..durand() });
    let told = |plan: &str| {
        tell(simulate(&program(&[plan]), &events, span(day("2026-02-05"), day("2026-03-31")), People::DILIGENT))
    };
    let alone = told("à J+7 : email courtois");
    assert_eq!(days(&alone, "tache (Corriger l'adresse électronique du client Durand)"), ["2026-03-09"], "{alone}");
    let with = told("à J+7 : email courtois à défaut sms rappel");
    assert!(with.contains("envoi sms") && !with.contains("tache"), "{with}");
}

#[test]
fn a_stop_a_resume_and_a_jump_keep_who_and_why() {
    let plan = "à J+60 : email ferme\nétape suivi\nà J+90 : appel";
    let told =
        march(plan, "2026-03-05 F1 arret Mme Roux : geste commercial\n2026-03-06 F1 saut suivi M. Petit : accord");
    assert!(told.contains("arret (Mme Roux : geste commercial)"), "{told}");
    assert!(told.contains("(de `plan` à `suivi` : M. Petit : accord)"), "{told}");
    let plan = "à J+7 : email courtois";
    let told = march(plan, "2026-03-05 F1 arret\n2026-03-06 F1 reprise Mme Roux : affaire réglée");
    assert!(told.contains("reprise (Mme Roux : affaire réglée)"), "{told}");
    let told = march(plan, "2026-03-05 - arret litige en cours\n2026-03-06 - reprise M. Petit : accord");
    assert!(told.contains("arret (litige en cours)") && told.contains("reprise (M. Petit : accord)"), "{told}");
}

#[test]
fn after_a_resume_the_rungs_already_due_are_skipped_and_listed() {
    let plan = "à J+7 : email courtois\nà J+10 : tâche \"Regarder\"\nà J+14 : email ferme\nà J+21 : email dernier_avis";
    let stopped = "2026-03-05 F1 arret\n2026-03-18 F1 reprise";
    let told_so = march(plan, stopped);
    assert_eq!(days(&told_so, "J+7 palier_saute"), ["2026-03-18"], "{told_so}");
    assert_eq!(days(&told_so, "J+10 palier_saute"), ["2026-03-18"], "{told_so}");
    assert_eq!(days(&told_so, "J+14 palier_saute"), ["2026-03-18"], "{told_so}");
    assert!(!told_so.contains("tache"), "{told_so}");
    assert_eq!(days(&told_so, "envoi"), ["2026-03-23"], "{told_so}");
}

#[test]
fn a_resume_that_catches_up_fires_the_highest_rung() {
    let plan = "à J+7 : email courtois\nà J+14 : email ferme\nà J+21 : email dernier_avis";
    let told = march(plan, "2026-03-05 F1 arret\n2026-03-18 F1 reprise rattraper");
    assert_eq!(days(&told, "envoi email ferme"), ["2026-03-18"], "{told}");
    assert_eq!(days(&told, "envoi email courtois"), [""; 0], "{told}");
    assert_eq!(days(&told, "envoi email dernier_avis"), ["2026-03-23"], "{told}");
}

#[test]
fn the_journal_says_why_nothing_is_sent() {
    let least = march("minimum 10 €\nà J+7 : email courtois", "2026-03-05 F1 paiement 990");
    let why: Vec<&str> = least.lines().filter(|line| line.contains("retenue")).collect();
    let [line] = why[..] else { panic!("{least}") };
    assert!(line.starts_with("2026-03-09") && line.contains("minimum de 10,00"), "{line}");
    let promised = march("à J+7 : email courtois", "2026-03-05 F1 promesse 2026-03-12");
    assert_eq!(days(&promised, "retenue"), ["2026-03-09"], "{promised}");
}

#[test]
fn another_segment_carries_the_rung_over_and_sends_nothing() {
    let plan = "scénario vips
        pour les factures où segment = vip
        priorité 1
        à J+7 : email courtois
        à J+9 : tâche \"Appeler\"
        à J+12 : email ferme
        à J+21 : email dernier_avis
        scénario autres
        à J+3 : email rappel_amical
        à J+10 : sms rappel
        à J+20 : appel courtois";
    let told = march(plan, "2026-03-16 - segment vip");
    let sent: Vec<&str> = told.lines().filter(|line| line.contains("envoi") || line.contains("tache")).collect();
    let [first, second, third] = sent[..] else { panic!("{told}") };
    assert!(first.starts_with("2026-03-05") && second.starts_with("2026-03-12"), "{told}");
    assert!(third.starts_with("2026-03-23") && third.contains("J+21 envoi email dernier_avis"), "{told}");
    assert_eq!(days(&told, "J+12 palier_saute"), ["2026-03-16"], "{told}");
}

/// What is told when one set of scenarios is in force before a day, and another from then on.
fn published(before: &str, after: &str, events: &str, on: &str) -> String {
    let (before, after) = (program(&[before]), program(&[after]));
    let things = history(&[INVOICE, events].concat());
    let inbox = Inbox::new(things.into_iter().map(|thing| (thing, None)).collect(), ZONE);
    let mut world = World { dossier: Dossier::new("C1"), wake: None, inbox };
    let mut lines = Vec::new();
    let mut play = |program: &Program, world: &mut World, from: &str, to: &str| {
        let stretch = (start_of_day(day(from), ZONE), end_of_day(day(to), ZONE));
        run(program, world, stretch, People::DILIGENT, |_, entry: &Entry| {
            lines.extend(Line::of(entry, "C1", Currency::EUR, ZONE, program));
        });
    };
    let eve = day(on).pred_opt().unwrap().to_string();
    play(&before, &mut world, "2026-02-05", &eve);
    // Every file is looked at when the scenarios change.
    world.wake = Some(start_of_day(day(on), ZONE));
    play(&after, &mut world, on, "2026-04-30");
    tell(lines)
}

#[test]
fn a_new_version_carries_the_rung_over_and_sends_nothing() {
    let before = "à J+3 : email rappel_amical\nà J+10 : sms rappel\nà J+20 : appel courtois";
    let after = "à J+3 : email courtois\nà J+5 : email ferme\nà J+11 : tâche \"Nouvelle\"\nà J+12 : email ferme\nà J+21 : email dernier_avis";
    let told = published(before, after, "", "2026-03-16");
    let sent: Vec<&str> = told.lines().filter(|line| line.contains("envoi") || line.contains("tache")).collect();
    let [first, second, third] = sent[..] else { panic!("{told}") };
    assert!(first.starts_with("2026-03-05") && second.starts_with("2026-03-12"), "{told}");
    assert!(third.starts_with("2026-03-23") && third.contains("J+21 envoi email dernier_avis"), "{told}");
    assert_eq!(days(&told, "J+12 palier_saute"), ["2026-03-16"], "{told}");
    assert_eq!(days(&told, "J+11 palier_saute"), ["2026-03-16"], "{told}");
    assert!(!told.contains("J+5 palier_saute"), "below the rung carried over: {told}");
}

#[test]
fn a_new_version_carries_the_state_over_by_its_name() {
    let before = "à J+10 : aller à suivi\nétape suivi\nà J+40 : email ferme";
    let after = "à J+12 : email courtois\nétape relance\nà J+35 : sms rappel\nétape suivi\nà J+15 : email rappel_amical\nà J+30 : email dernier_avis";
    let told = published(before, after, "", "2026-03-18");
    let sent: Vec<&str> = told.lines().filter(|line| line.contains("envoi")).collect();
    let [only] = sent[..] else { panic!("{told}") };
    assert!(only.starts_with("2026-04-01") && only.contains("dernier_avis"), "{told}");
}

#[test]
fn credits_of_the_client_are_deducted_once_from_the_oldest_due_in_their_currency() {
    let plan = "à J+7 si montant_exigible = 200 € : note \"deux cents\"\nà J+7 si montant_exigible = 300 € : note \"trois cents\"\nà J+8 : email courtois";
    let two = "2026-02-01 F1 facture 300 2026-03-04\n2026-02-01 F2 facture 300 2026-03-03\n";
    let told = |credit: &str| told(plan, &[two, credit].concat(), "2026-02-05", "2026-04-30");
    let covered = told("2026-02-06 - paiement 400");
    assert_eq!(days(&covered, "F1 J+7 note (deux cents)"), ["2026-03-11"], "{covered}");
    assert_eq!(days(&covered, "F1 J+8 envoi"), ["2026-03-12"], "{covered}");
    assert!(!covered.contains("F2 J+7") && !covered.contains("F2 J+8"), "{covered}");
    let foreign = told("2026-02-06 - paiement 400CHF");
    assert_eq!(days(&foreign, "(trois cents)"), ["2026-03-10", "2026-03-11"], "{foreign}");
    assert_eq!(days(&foreign, "F2 J+8 envoi"), ["2026-03-11"], "{foreign}");
    assert_eq!(days(&foreign, "F1 J+8 envoi"), ["2026-03-12"], "{foreign}");
}

#[test]
fn a_credit_note_of_the_client_counts_like_its_payments() {
    let plan = "à J+7 si montant_exigible = 600 € : note \"six cents\"";
    assert_eq!(days(&march(plan, "2026-02-06 - avoir 400"), " note"), ["2026-03-09"]);
    assert_eq!(days(&march(plan, "2026-02-06 - avoir 399"), " note"), [""; 0]);
}

#[test]
fn money_in_another_currency_counts_for_nothing() {
    let told = march(
        "à J+7 si reste_dû = 1 000 € : note \"tout\"",
        "2026-03-05 F1 paiement 400CHF\n2026-03-06 F1 avoir 100CHF",
    );
    assert_eq!(days(&told, "anomalie"), ["2026-03-05", "2026-03-06"], "{told}");
    assert_eq!(days(&told, "(tout)"), ["2026-03-09"], "{told}");
}
