//! Histories that a doubtful user would try, one client each, told by the journal.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod acts;
mod people;
mod registered;

use relance_core::simulate::People;
use relance_tests::history::{history, told, told_by};
use relance_tests::{day, program, simulate, span};

#[test]
fn paid_before_take_over_then_rejected_is_chased_and_thanked() {
    let plan = "à J+3 : email courtois\nà J+15 : email ferme\nquand soldée : email remerciement";
    let events = "2026-02-01 F1 facture 100 2026-03-02
                  2026-03-03 F1 paiement 100
                  2026-03-09 F1 rejet 100
                  2026-03-25 F1 paiement 100";
    insta::assert_snapshot!(told(plan, events, "2026-03-04", "2026-04-10"));
}

#[test]
fn a_formal_notice_in_a_reaction_blocks_nothing() {
    let plan = "à J+3 : email courtois\nà J+15 : email ferme\nquand promesse rompue : courrier mise_en_demeure";
    let events = "2026-02-01 F1 facture 100 2026-03-02
                  2026-02-23 F1 promesse 2026-02-27";
    insta::assert_snapshot!(told(plan, events, "2026-02-05", "2026-04-10"));
}

#[test]
fn an_open_task_behind_a_reaction_holds_no_rung_back() {
    let plan = "à J+15 : email ferme\nà J+30 : email dernier_avis\nquand promesse rompue : email promesse_non_tenue puis tâche \"Vérifier\"";
    let events = "2026-02-01 F1 facture 100 2026-03-02
                  2026-03-03 F1 promesse 2026-03-05";
    insta::assert_snapshot!(told_by(People::ABSENT, plan, events, "2026-02-05", "2026-04-10"));
}

#[test]
fn a_wait_is_prolonged_only_by_what_lay_inside_the_suspension() {
    let plan = "à J+60 : email ferme\nquand paiement partiel : attendre 2j puis email remerciement";
    let events = "2026-02-01 F1 facture 100 2026-03-02
                  2026-03-02 F1 arret
                  2026-03-16 F1 paiement 40
                  2026-03-17 F1 reprise";
    insta::assert_snapshot!(told(plan, events, "2026-02-05", "2026-04-10"));
}

#[test]
fn two_disputes_are_two_holds() {
    let plan = "à J+3 : email courtois";
    let events = "2026-02-01 F1 facture 1000 2026-03-09
                  2026-03-10 F1 litige 600
                  2026-03-11 F1 litige 400
                  2026-03-17 F1 litige_clos
                  2026-03-19 F1 paiement 600";
    insta::assert_snapshot!(told(plan, events, "2026-02-05", "2026-04-10"));
}

#[test]
fn a_dispute_outlives_a_payment_that_is_rejected() {
    let plan = "à J+3 : email courtois";
    let events = "2026-02-01 F1 facture 100 2026-03-02
                  2026-02-10 F1 litige
                  2026-03-03 F1 paiement 100
                  2026-03-04 F1 rejet 100
                  2026-03-23 F1 litige_clos";
    insta::assert_snapshot!(told(plan, events, "2026-02-05", "2026-04-10"));
}

#[test]
fn a_debit_presented_twice_loses_nothing_that_was_pending() {
    let plan = "à J+3 : email courtois puis après 2 jours appel courtois";
    let events = "2026-02-01 F1 facture 100 2026-03-02
                  2026-03-06 F1 paiement 100
                  2026-03-10 F1 rejet 100
                  2026-03-11 F1 paiement 100
                  2026-03-16 F1 rejet 100";
    insta::assert_snapshot!(told(plan, events, "2026-02-05", "2026-04-10"));
}

#[test]
fn a_promise_paid_too_late_is_broken() {
    let plan = "à J+45 : email ferme\nquand promesse rompue : note \"rompue\"\nquand promesse tenue : note \"tenue\"";
    let events = "2026-02-01 F1 facture 1000 2026-03-02
                  2026-03-03 F1 promesse 2026-03-06 500
                  2026-03-11 F1 paiement 500";
    insta::assert_snapshot!(told(plan, events, "2026-02-05", "2026-04-10"));
}

#[test]
fn a_rung_whose_day_was_moved_waits_for_it() {
    let plan = "à J+3 : email courtois";
    let events = "2026-02-01 F1 facture 100 2026-03-11
                  2026-03-15 F1 echeance 2026-04-01";
    insta::assert_snapshot!(told(plan, events, "2026-02-05", "2026-04-20"));
}

#[test]
fn before_a_moved_due_date_rungs_below_0_never_climb_down() {
    let plan = "à J-10 : email preventif\nà J-5 : email rappel_amical\nà J+3 : email courtois";
    let events = "2026-02-01 F1 facture 100 2026-03-02
                  2026-03-16 F1 echeance 2026-03-20";
    insta::assert_snapshot!(told(plan, events, "2026-03-09", "2026-04-10"));
}

#[test]
fn a_part_payment_is_thanked_once_and_only_while_something_is_due() {
    let plan = "à J+45 : email ferme\nquand paiement partiel : email rappel_amical\nquand soldée : email remerciement";
    let events = "2026-02-01 F1 facture 1000 2026-03-02
                  2026-03-03 F1 paiement 400
                  2026-03-03 F1 paiement 600
                  2026-03-10 F1 paiement 100";
    insta::assert_snapshot!(told(plan, events, "2026-02-05", "2026-04-10"));
}

#[test]
fn a_resume_skips_rungs_and_lists_them_but_no_free_rule() {
    let plan = "à J+3 : tâche \"Regarder\"\nà J+5 : email courtois\ndès que reste_dû < 500 € : alerter \"direction\"\nà J+20 : email ferme";
    let events = "2026-02-01 F1 facture 1000 2026-03-02
                  2026-02-20 F1 arret
                  2026-03-03 F1 paiement 600
                  2026-03-10 F1 reprise";
    insta::assert_snapshot!(told(plan, events, "2026-02-05", "2026-04-10"));
}

#[test]
fn the_stop_of_a_client_holds_later_invoices_and_leaves_single_stops_alone() {
    let plan = "à J+3 : email courtois\nà J+30 : email ferme";
    let events = "2026-02-01 F1 facture 100 2026-03-02
                  2026-03-04 F1 arret
                  2026-03-05 - arret
                  2026-03-06 F2 facture 100 2026-03-10
                  2026-03-16 - reprise";
    insta::assert_snapshot!(told(plan, events, "2026-02-05", "2026-04-20"));
}

#[test]
fn nobody_answers_three_times() {
    let plan = "sans plafond\nà J+3 : appel courtois puis email ferme";
    let events = "2026-02-01 F1 facture 100 2026-03-02";
    insta::assert_snapshot!(told_by(People::NO_ANSWER, plan, events, "2026-02-05", "2026-04-10"));
}

#[test]
fn a_contact_before_the_due_day_is_no_reminder() {
    let plan = "à J+3 : email mise_en_demeure\nà J+2 : email courtois";
    let events = "2026-02-01 F1 facture 100 2026-03-16
                  2026-02-02 F1 relance";
    insta::assert_snapshot!(told(plan, events, "2026-02-05", "2026-04-10"));
}

#[test]
fn what_was_paid_before_take_over_is_not_thanked_when_it_becomes_known_later() {
    let plan = "à J+3 : email courtois\nquand soldée : email remerciement";
    let mut events = history("2026-02-01 F1 facture 100 2026-03-02\n2026-03-03 F1 paiement 100");
    events[2].known = Some(relance_core::day::start_of_day(day("2026-03-10"), relance_tests::ZONE));
    let lines = simulate(&program(&[plan]), &events, span(day("2026-03-04"), day("2026-04-10")), People::DILIGENT);
    let told: Vec<(&str, Option<&str>)> = lines.iter().map(|l| (l.evenement, l.modele.as_deref())).collect();
    assert!(told.contains(&("envoi", Some("courtois"))) && told.contains(&("soldee", None)), "{told:?}");
    assert!(!told.contains(&("envoi", Some("remerciement"))), "{told:?}");
}

#[test]
fn a_letter_without_an_address_falls_back_or_is_listed() {
    let events = "2026-02-01 F1 facture 100 2026-03-02";
    let with = told("à J+3 : courrier dernier_avis à défaut email dernier_avis", events, "2026-02-05", "2026-03-10");
    assert!(with.contains("echec courrier") && with.contains("envoi email dernier_avis"), "{with}");
    let without = told("à J+3 : courrier dernier_avis", events, "2026-02-05", "2026-03-10");
    assert!(without.contains("envoi courrier dernier_avis") && !without.contains("echec"), "{without}");
}
