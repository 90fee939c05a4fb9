//! What people do to a client's file, in the lives of invoices.

use relance_core::act::{Act, Case, Signed, incoming};
use relance_core::day::start_of_day;
use relance_core::dossier::Dossier;
use relance_core::event::{Entry, Event};
use relance_core::incoming::{Incoming, What};
use relance_core::interest::{Amounts, Debt, Rates, Terms, statement};
use relance_core::program::Program;
use relance_core::said::Said;
use relance_core::simulate::People;
use relance_core::step::{Input, known_at, step};
use relance_tests::history::{history, told, told_by};
use relance_tests::{ZONE, day, jsonl, program, simulate, span};

/// F1 is due on Monday 2 March.
const BILL: &str = "2026-02-01 F1 facture 1000 2026-03-02\n";
const PLAN: &str = "à J+3 : email courtois\nà J+10 : email ferme\nà J+20 : email dernier_avis";

/// What a plan does of the bill and of what happens to it, each with its title.
fn tell(plan: &str, cases: &[(&str, &str)]) -> String {
    let case = |(title, events): &(&str, &str)| {
        let events = format!("{BILL}{events}");
        format!("──── {title}\n{}", told(plan, &events, "2026-02-05", "2026-04-30"))
    };
    cases.iter().map(case).collect()
}

#[test]
fn a_pause_ends_by_itself_and_what_people_say_later_counts() {
    let told = tell(
        PLAN,
        &[
            ("le palier de la pause est sauté, le suivant part", "2026-03-10 F1 pause 2026-03-16 en congé"),
            ("celui du lendemain part", "2026-03-10 F1 pause 2026-03-11"),
            ("celui du dernier jour est sauté", "2026-03-10 F1 pause 2026-03-12"),
            ("reprise plus tôt, elle ne finit pas deux fois", "2026-03-06 F1 pause 2026-03-16\n2026-03-09 F1 reprise"),
            ("arrêtée pour de bon, elle ne reprend pas", "2026-03-06 F1 pause 2026-03-16\n2026-03-09 F1 arret"),
            ("reprise, puis arrêtée", "2026-03-06 F1 pause 2026-03-16\n2026-03-07 F1 reprise\n2026-03-09 F1 arret"),
            ("prolongée", "2026-03-06 F1 pause 2026-03-10\n2026-03-09 F1 pause 2026-03-23"),
            ("abrégée", "2026-03-06 F1 pause 2026-03-31\n2026-03-09 F1 pause 2026-03-10"),
            ("apprise après sa fin", "2026-03-13 F1 pause 2026-03-10"),
            ("tout le client", "2026-03-06 - pause 2026-03-16"),
            (
                "le client, et la facture plus longtemps",
                "2026-03-06 - pause 2026-03-10\n2026-03-06 F1 pause 2026-03-16",
            ),
            ("la facture, et le client arrêté", "2026-03-06 F1 pause 2026-03-10\n2026-03-07 - arret"),
            (
                "soldée puis rouverte après",
                "2026-03-06 F1 pause 2026-03-16\n2026-03-09 F1 paiement 1000\n2026-03-18 F1 rejet 1000",
            ),
        ],
    );
    insta::assert_snapshot!(told);
}

#[test]
fn the_clock_of_a_state_stands_still_while_a_person_stops_it() {
    let plan = "à J+3 : aller à attente\nétape attente\n  après 8j : email ferme\n  après 10 jours ouvrés : email dernier_avis";
    let told = tell(
        plan,
        &[
            ("sans arrêt", ""),
            ("une pause de douze jours", "2026-03-07 F1 pause 2026-03-18"),
            ("un arrêt et une reprise", "2026-03-07 F1 arret\n2026-03-19 F1 reprise"),
            (
                "une pause dans une autre",
                "2026-03-07 F1 pause 2026-03-18\n2026-03-09 F1 litige\n2026-03-24 F1 litige_clos",
            ),
        ],
    );
    insta::assert_snapshot!(told);
}

#[test]
fn rules_see_a_pause_end_and_their_own_holds_outlive_it() {
    let plan = "à J+3 : suspendre 20j\nà J+5 : note \"cinq\"\nà J+30 : email ferme\nquand reprise : note \"on reprend\"\nquand arrêt : note \"on arrête\"";
    insta::assert_snapshot!(tell(
        plan,
        &[("une pause dans une suspension", "2026-03-06 F1 pause 2026-03-10 en congé")]
    ));
}

/// The last moment of a file looked at on these days only.
fn looked_at(program: &Program, things: &[Incoming], days: &[&str]) -> (Dossier, Vec<Entry>) {
    let mut dossier = Dossier::new("C1");
    let (mut entries, mut taken) = (Vec::new(), 0);
    for at in days.iter().map(|text| start_of_day(day(text), ZONE)) {
        let mut inputs = Vec::new();
        while let Some(thing) = things.get(taken).filter(|thing| known_at(thing, ZONE) <= at) {
            inputs.push(Input::Incoming { incoming: thing.clone(), imported: None });
            taken += 1;
        }
        entries.extend(step(program, &mut dossier, at, inputs).entries);
    }
    (dossier, entries)
}

#[test]
fn a_pause_that_nobody_looked_at_for_days_skips_only_what_it_held() {
    let program = program(&["à J+3 : note \"trois\"\nà J+10 : note \"dix\"\nà J+14 : note \"quatorze\""]);
    let things = history(&format!("{BILL}2026-03-10 F1 pause 2026-03-14"));
    let days = ["2026-02-05", "2026-03-05", "2026-03-10", "2026-03-20"];
    let (dossier, entries) = looked_at(&program, &things, &days);
    let notes = |entry: &Entry| match &entry.event {
        Event::Note { text, .. } => Some(text.clone()),
        Event::RungSkipped { rung } => Some(format!("sauté {rung}")),
        Event::Unsuspended(end) => Some(format!("tenue jusqu’au {}", end.from)),
        _ => None,
    };
    let told: Vec<String> = entries.iter().filter_map(notes).collect();
    assert_eq!(told, ["trois", "sauté 10", "tenue jusqu’au 2026-03-15", "quatorze"]);
    let file = &dossier.invoices["F1"];
    assert_eq!((&file.stopped, file.stopped_until, file.suspended_since), (&None, None, None));
}

#[test]
fn a_segment_that_a_person_chose_stands_against_data_and_rules() {
    let usual =
        "scénario reste\n  priorité 1\n  à J+3 : email courtois\n  à J+10 : email ferme\n  à J+20 : email dernier_avis";
    let vip = "scénario vips\n  pour les factures où segment = vip\n  à J+10 : appel\nsegment mauvais_payeur : si client.encours >= 500 €";
    let program = program(&[vip, usual]);
    let events = format!(
        "{BILL}2026-03-06 - choisi vip
         2026-03-08 - segment regulier
         2026-03-08 F1 litige 1
         2026-03-16 - choisi"
    );
    let dates = span(day("2026-02-05"), day("2026-04-30"));
    let lines = simulate(&program, &history(&events), dates, People::DILIGENT);
    insta::assert_snapshot!(relance_tests::history::tell(lines));
    let (dossier, _) = looked_at(&program, &history(&events), &["2026-02-05", "2026-03-06", "2026-03-09"]);
    let standing = relance_core::explain::standing(&program, &dossier, "F1", day("2026-03-09")).unwrap();
    assert_eq!(standing.segment_choisi.as_deref(), Some("vip, choisi le 06/03/2026"));
    assert_eq!(standing.scenario.as_deref(), Some("vips"));
    assert_eq!(dossier.segment(&dossier.invoices["F1"]), "vip");
}

#[test]
fn a_debt_that_a_person_hands_over_is_one_that_a_rule_hands_over() {
    let paid = "2026-03-20 F1 paiement 100";
    let by_rule = tell(
        "à J+3 : transmettre \"recouvrement\" puis email courtois\nà J+10 : email ferme",
        &[("par une règle", paid)],
    );
    let by_hand = tell(
        "à J+3 : email courtois\nà J+10 : email ferme",
        &[("par une personne", &format!("2026-03-05 F1 transmission recouvrement\n{paid}"))],
    );
    insta::assert_snapshot!([by_rule, by_hand].concat());
}

#[test]
fn a_comment_changes_nothing_and_a_task_stays_until_it_is_done() {
    let plan = "à J+3 : email courtois puis tâche \"Vérifier\"";
    let events = format!(
        "{BILL}2026-03-04 F1 commentaire le comptable change en avril
         2026-03-04 - commentaire client rencontré au salon
         2026-03-06 F1 demande Envoyer le bon de livraison
         2026-03-06 - demande Rappeler le dirigeant
         2026-03-07 - reponse"
    );
    let program = program(&[plan]);
    let lines = simulate(&program, &history(&events), span(day("2026-02-05"), day("2026-03-31")), People::ABSENT);
    insta::assert_snapshot!(jsonl(
        &lines.into_iter().filter(|line| line.le >= "2026-03-04".to_owned()).collect::<Vec<_>>()
    ));
    let (mut dossier, _) = looked_at(&program, &history(&events), &["2026-02-05", "2026-03-05", "2026-03-08"]);
    let open = |dossier: &Dossier| dossier.tasks.iter().map(|task| task.text.clone()).collect::<Vec<_>>();
    assert_eq!(
        open(&dossier),
        ["Envoyer le bon de livraison", "Rappeler le dirigeant", "Lire la réponse du client Durand"]
    );
    // The one that is meant is done, not the oldest.
    let at = start_of_day(day("2026-03-09"), ZONE);
    let key = dossier.tasks[2].key.clone();
    let case = Case { program: &program, dossier: &dossier, inbox: &[], doubts: &[], segments: &[], now: at };
    let signed = Signed { by: "Claire Durand", reason: None, id: "a1" };
    let done = incoming(&case, &[], &Act::TaskDone { key: Some(key), impossible: false }, &signed).unwrap();
    let inputs = done.into_iter().map(|incoming| Input::Incoming { incoming, imported: None }).collect();
    step(&program, &mut dossier, at, inputs);
    assert_eq!(open(&dossier), ["Envoyer le bon de livraison", "Rappeler le dirigeant"]);
}

#[test]
fn who_and_why_stand_on_what_was_done_and_on_nothing_that_follows() {
    let plan =
        "à J+3 : appel puis email ferme\nétape suite\n  à l'entrée : tâche \"Vérifier\"\n  à J+5 : email dernier_avis";
    let said = |id: &str, on: &str, what: What| Incoming {
        id: id.to_owned(),
        said: Said::of(Some("Claire Durand"), Some("geste commercial")),
        ..relance_tests::things::event(on, Some("F1"), what)
    };
    let mut things = history(BILL);
    things.extend([
        said("a", "2026-03-06", What::Stop { until: Some(day("2026-03-08")) }),
        said("b", "2026-03-10", What::Jump { state: "suite".to_owned() }),
        said("c", "2026-03-12", What::DueDateMoved { to: day("2026-03-20") }),
    ]);
    let program = program(&[plan]);
    let lines = simulate(&program, &things, span(day("2026-02-05"), day("2026-03-31")), People::ABSENT);
    let told = |signed: bool| {
        let of = lines.iter().filter(|line| line.par.is_some() == signed && line.le > "2026-03-06".to_owned());
        of.map(|line| line.evenement).collect::<Vec<_>>()
    };
    assert_eq!(told(true), ["arret", "etape", "echeance"]);
    assert!(told(false).contains(&"reprise") && told(false).contains(&"tache"), "{:?}", told(false));
    let motifs: Vec<&str> = lines.iter().filter_map(|line| line.motif.as_deref()).collect();
    assert_eq!(motifs, ["geste commercial"; 3]);
}

#[test]
fn what_is_given_up_is_claimed_nowhere_from_that_day_on() {
    let program = program(&[PLAN]);
    let mut things = history(BILL);
    things.push(relance_tests::things::event(
        "2026-03-12",
        Some("F1"),
        What::Waiver { what: relance_core::incoming::Waived::Both, taken_back: false },
    ));
    let (dossier, _) = looked_at(&program, &things, &["2026-02-05", "2026-03-12"]);
    let file = &dossier.invoices["F1"];
    let amounts = Amounts {
        rates: Rates::default(),
        terms: Terms { clause: relance_core::interest::Clause::parse("12 %"), ..Terms::default() },
    };
    let on = |text: &str| statement(&Debt::of(&dossier, file), &amounts, day(text));
    assert!(on("2026-03-11").interest_due() > 0 && on("2026-03-11").fee_due() == 4_000, "the day before");
    assert_eq!((on("2026-03-12").total(), on("2026-06-30").total()), (100_000, 100_000), "the principal stays due");
    assert_eq!(on("2026-03-12").gaps, [], "what is given up needs no rate");
    assert!(told_by(People::DILIGENT, PLAN, BILL, "2026-02-05", "2026-03-06").contains("courtois"));
}
