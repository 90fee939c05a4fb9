//! Taking over and importing: from the rows of files to what the engine does with them.

use crate::telling::{only, told};
use relance_core::day::{instant_at, start_of_day};
use relance_core::incoming::{Incoming, What};
use relance_core::money::Amount;
use relance_core::simulate::People;
use relance_engine::import::{Known, Options, read, reconcile};
use relance_tests::things::{client, event, f1, payment};
use relance_tests::{Office, ZONE, day, program, span};

const CLIENTS: &str = "code;nom;email;telephone\nC1;Durand;compta@durand.example;06 39 98 00 01\n";
const HEAD: &str = "numero;client;date_emission;date_echeance;montant_ttc";

/// What these files bring to a project that knows some things already, which it then knows, too.
fn import_into(known: &mut Known, files: &[(&str, &str)], options: &Options, on: &str) -> Vec<Incoming> {
    let found = reconcile(known, &read(files, options), day(on), ZONE);
    assert_eq!(found.problems, []);
    found.incoming.iter().for_each(|thing| known.learn(thing));
    found.incoming
}

/// What these files bring to an empty project.
fn import(files: &[(&str, &str)]) -> Vec<Incoming> {
    let all: Vec<(&str, &str)> = [&[("clients.csv", CLIENTS)], files].concat();
    import_into(&mut Known::default(), &all, &Options::default(), "2026-03-10")
}

fn invoice(row: &str) -> String {
    format!("{HEAD}\n{row}\n")
}

/// Imports at a moment, then runs the days of a stretch one by one.
async fn run(office: &Office, plan: &str, imported: &[Incoming], at: &str, days: &[&str]) -> Vec<String> {
    let program = program(&[plan]);
    office.take_in(imported, start_of_day(day(at), ZONE)).await;
    for on in days {
        office.run(&program, span(day(on), day(on)), People::DILIGENT).await;
    }
    let journal = office.journal(&program).await;
    journal.iter().map(|l| format!("{} {} {}", &l.le[..10], l.facture.as_deref().unwrap_or("-"), l.evenement)).collect()
}

#[tokio::test]
async fn take_over_is_the_first_import() {
    let office = Office::new().await;
    let plan = "après 5 jours : tâche \"Cinq jours\"";
    let mut known = Known::default();
    let text = invoice("F1;C1;02/02/2026;01/06/2026;100,00");
    let files = [("clients.csv", CLIENTS), ("factures.csv", text.as_str())];
    let first = import_into(&mut known, &files, &Options::default(), "2026-03-10");
    run(&office, plan, &first, "2026-03-10", &["2026-03-10"]).await;
    // The same invoice, changed, comes again two days later: it is not taken over again.
    let text = invoice("F1;C1;02/02/2026;01/06/2026;90,00");
    let again = import_into(&mut known, &[("factures.csv", &text)], &Options::default(), "2026-03-12");
    assert_eq!(again.len(), 1, "{again:?}");
    let lines =
        run(&office, plan, &again, "2026-03-12", &["2026-03-12", "2026-03-14", "2026-03-15", "2026-03-20"]).await;
    assert_eq!(only(&lines, "prise_en_charge"), ["2026-03-10 F1 prise_en_charge"]);
    assert_eq!(only(&lines, "tache"), ["2026-03-15 F1 tache"], "the clock runs from there");
}

#[test]
fn in_a_simulation_it_is_the_later_of_its_first_day_and_the_day_of_issue() {
    let plan = "après 5 jours : tâche \"Cinq jours\"";
    let simulated = |text: &str, from: &str| {
        let lines = only(&told(plan, &import(&[("factures.csv", text)]), from, "2026-05-31"), "tache");
        lines.iter().map(|line| line[..10].to_owned()).collect::<Vec<_>>()
    };
    let issued = invoice("F1;C1;12/03/2026;01/06/2026;100,00");
    assert_eq!(simulated(&issued, "2026-03-20"), ["2026-03-25"], "the simulation begins later");
    assert_eq!(simulated(&issued, "2026-03-01"), ["2026-03-17"], "the invoice is issued later");
    let text = |on: &str| format!("{HEAD};prise_en_charge\nF1;C1;12/03/2026;01/06/2026;100,00;{on}\n");
    assert_eq!(simulated(&text("02/04/2026"), "2026-03-20"), ["2026-04-07"], "unless the file says when");
    assert_eq!(simulated(&text("17/03/2026"), "2026-03-20"), ["2026-03-22"], "even before its first day");
}

#[test]
fn what_was_paid_before_take_over_is_history() {
    let plan = "dès que reste_dû <= 600 € : tâche \"Solde\"\nquand paiement partiel : note \"reçu\"";
    let before = [f1("2026-06-01"), vec![payment("2026-03-05", 400)]].concat();
    let lines = told(plan, &before, "2026-03-10", "2026-04-30");
    assert_eq!(only(&lines, "note"), Vec::<String>::new(), "it answers nothing");
    assert_eq!(only(&lines, "paiement"), ["2026-03-10 00:00 F1 paiement (passé)"]);
    assert_eq!(only(&lines, "tache"), ["2026-03-10 00:00 F1 tache"], "and is taken off the balance");
    let after = [f1("2026-06-01"), vec![payment("2026-03-11", 400)]].concat();
    let lines = told(plan, &after, "2026-03-10", "2026-04-30");
    assert_eq!(only(&lines, "note"), ["2026-03-11 00:00 F1 note"]);
}

#[test]
fn an_invoice_paid_before_take_over_reacts_to_nothing() {
    let plan = "quand soldée : email remerciement\nà J+3 : email courtois";
    let before = [f1("2026-03-02"), vec![payment("2026-03-05", 1_000)]].concat();
    let lines = told(plan, &before, "2026-03-10", "2026-04-30");
    assert_eq!(only(&lines, "soldee"), ["2026-03-10 00:00 F1 soldee (passé)"]);
    assert_eq!(only(&lines, "envoi"), Vec::<String>::new());
}

#[test]
fn the_past_comes_with_the_file_of_events() {
    let invoices = format!(
        "{HEAD}\nF1;C1;02/02/2026;04/03/2026;100,00\nF2;C1;02/02/2026;04/03/2026;100,00\nF3;C1;02/02/2026;04/03/2026;100,00\nF4;C1;02/02/2026;04/03/2026;100,00\n"
    );
    let events = "date;type;facture;montant;date_prevue;detail
06/03/2026;relance;F1;;;email
06/03/2026;litige;F2;;;porte rayée
06/03/2026;promesse;F3;;20/03/2026;
06/03/2026;arret;F4;;;accord du directeur
";
    let plan = "sans plafond\nà J+8 : email ferme\nsi nombre_relances >= 1 alors tâche \"Déjà relancée\"";
    let plain = told(plan, &import(&[("factures.csv", &invoices)]), "2026-03-10", "2026-03-19");
    assert_eq!(only(&plain, "envoi").len(), 4, "{plain:?}");
    let with = import(&[("factures.csv", &invoices), ("evenements.csv", events)]);
    let lines = told(plan, &with, "2026-03-10", "2026-03-19");
    assert_eq!(only(&lines, "envoi"), ["2026-03-12 09:00 F1 envoi J+8 email ferme"], "the others are held");
    assert_eq!(only(&lines, "tache"), ["2026-03-10 00:00 F1 tache"], "the reminder counts");
}

#[test]
fn with_movements_the_column_of_balances_is_not_read() {
    let text = format!("{HEAD};solde\nF1;C1;02/02/2026;01/06/2026;100,00;60,00\n");
    let found = import(&[("factures.csv", &text)]);
    assert!(found.iter().all(|thing| !matches!(thing.what, What::Payment { .. })), "{found:?}");
    let options = Options { open_items: true, ..Options::default() };
    let found = import_into(&mut Known::default(), &[("factures.csv", &text)], &options, "2026-03-10");
    let paid = What::Payment { amount: Amount::eur(4_000) };
    assert_eq!(found.iter().filter(|thing| thing.what == paid).count(), 1, "{found:?}");
}

#[tokio::test]
async fn an_open_item_that_disappears_is_held_and_never_chased() {
    let options = Options { open_items: true, ..Options::default() };
    let row = |number: &str| format!("{number};C1;02/02/2026;04/03/2026;100,00;100,00\n");
    let both = format!("{HEAD};solde\n{}{}", row("F1"), row("F2"));
    let (mut known, office) = (Known::default(), Office::new().await);
    let plan = "sans plafond\nà J+8 : email courtois\nà J+20 : email ferme";
    let files = [("clients.csv", CLIENTS), ("factures.csv", both.as_str())];
    let first = import_into(&mut known, &files, &options, "2026-03-10");
    run(&office, plan, &first, "2026-03-10", &["2026-03-10"]).await;
    let one = format!("{HEAD};solde\n{}", row("F1"));
    let batch = read(&[("factures.csv", &one)], &options);
    let second = reconcile(&known, &batch, day("2026-03-11"), ZONE);
    assert!(second.infos.iter().any(|info| info.text.contains("F2")), "it is listed: {:?}", second.infos);
    let days = ["2026-03-11", "2026-03-12", "2026-03-24", "2026-04-10"];
    let lines = run(&office, plan, &second.incoming, "2026-03-11", &days).await;
    assert_eq!(only(&lines, "envoi"), ["2026-03-12 F1 envoi", "2026-03-24 F1 envoi"]);
    assert_eq!(only(&only(&lines, "F2"), "soldee"), Vec::<String>::new(), "nobody says that it is paid");
}

#[test]
fn the_second_of_two_equal_rows_is_the_second_one_known() {
    let row = "05/02/2026;C1;F1;20,00\n";
    let file = |n: usize| format!("date;client;facture;montant\n{}", row.repeat(n));
    let text = invoice("F1;C1;02/01/2026;01/06/2026;100,00");
    let mut known = Known::default();
    let mut payments = |n: usize| {
        let files = [("factures.csv", text.as_str()), ("reglements.csv", &file(n))];
        let found = import_into(&mut known, &files, &Options::default(), "2026-03-10");
        found.iter().filter(|thing| matches!(thing.what, What::Payment { .. })).count()
    };
    // Two alike are two; the same two again are none; a third one is one.
    assert_eq!([payments(2), payments(2), payments(3), payments(1), payments(3)], [2, 0, 1, 0, 0]);
}

#[test]
fn a_negative_row_is_a_credit() {
    let rows = "F1;C1;02/02/2026;04/03/2026;100,00\nAV1;C1;05/02/2026;;-40,00\nF2;C1;02/02/2026;05/03/2026;50,00";
    let found = import(&[("factures.csv", &invoice(rows))]);
    assert!(found.iter().any(|thing| thing.what == What::CreditNote { amount: Amount::eur(4_000) }), "{found:?}");
    // It is deducted once, from the oldest due date.
    let plan =
        "à J+1 si montant_exigible = 60 € : tâche \"Reste 60\"\nà J+1 si montant_exigible = 50 € : tâche \"Reste 50\"";
    let lines = told(plan, &found, "2026-02-10", "2026-04-30");
    assert_eq!(only(&lines, "tache"), ["2026-03-05 00:00 F1 tache J+1", "2026-03-06 00:00 F2 tache J+1"]);
}

#[test]
fn several_due_dates_of_one_number_are_instalments_with_delays_of_their_own() {
    let rows = "F1;C1;02/02/2026;04/03/2026;100,00\nF1;C1;02/02/2026;08/04/2026;100,00";
    let mut found = import(&[("factures.csv", &invoice(rows))]);
    let plan = "à J+5 : email courtois\ndès que reste_dû >= 200 € : tâche \"Deux cents\"";
    let lines = told(plan, &found, "2026-02-10", "2026-06-30");
    assert_eq!(only(&lines, "tache"), ["2026-02-10 00:00 F1 tache"], "one invoice of the sum");
    assert_eq!(only(&lines, "envoi"), ["2026-03-09 09:00 F1 envoi J+5 email courtois"], "the first one is late");
    found.push(payment("2026-03-06", 100));
    let lines = told(plan, &found, "2026-02-10", "2026-06-30");
    assert_eq!(only(&lines, "envoi"), ["2026-04-13 09:00 F1 envoi J+5 email courtois"], "then the second one");
}

#[test]
fn decisions_follow_the_moment_of_knowledge() {
    let known_on = |on: &str, hour: u32| {
        let at = instant_at(day(on), chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap(), ZONE);
        let late = Incoming { known: Some(at), ..payment("2026-03-05", 1_000) };
        let lines =
            told("à J+5 : email courtois", &[f1("2026-03-04"), vec![late]].concat(), "2026-02-10", "2026-04-30");
        (only(&lines, "envoi").len(), only(&lines, "soldee"))
    };
    // Paid on 05/03 whatever happens; the reminder is due on Monday 09/03 at 9h.
    assert_eq!(known_on("2026-03-12", 10), (1, vec!["2026-03-12 10:00 F1 soldee".to_owned()]));
    assert_eq!(known_on("2026-03-09", 8), (0, vec!["2026-03-09 08:00 F1 soldee".to_owned()]));
    assert_eq!(known_on("2026-03-09", 10), (1, vec!["2026-03-09 10:00 F1 soldee".to_owned()]));
}

#[test]
fn the_date_of_effect_says_how_late_it_was_paid() {
    let at = start_of_day(day("2026-03-20"), ZONE);
    let late = Incoming { known: Some(at), ..payment("2026-03-05", 1_000) };
    let other = relance_tests::things::bill("C1", "F2", "2026-06-01", 100);
    let things = [f1("2026-03-04"), vec![late, other]].concat();
    let lines = told("dès que client.retard_moyen = 1j : tâche \"Un jour\"", &things, "2026-02-10", "2026-04-30");
    assert_eq!(only(&lines, "tache"), ["2026-03-20 00:00 F2 tache"]);
}

#[test]
fn without_that_moment_it_is_midnight_before_the_sendings_of_the_day() {
    let plan = "à J+5 : email courtois";
    let on =
        |day: &str| told(plan, &[f1("2026-03-04"), vec![payment(day, 1_000)]].concat(), "2026-02-10", "2026-04-30");
    let same_day = on("2026-03-09");
    assert_eq!(only(&same_day, "soldee"), ["2026-03-09 00:00 F1 soldee"]);
    assert_eq!(only(&same_day, "envoi"), Vec::<String>::new());
    assert_eq!(only(&on("2026-03-10"), "envoi").len(), 1);
    let file =
        "date;client;facture;montant;connu_le\n05/03/2026;C1;F1;10,00;06/03/2026 14:30\n05/03/2026;C1;F1;20,00;\n";
    let text = invoice("F1;C1;02/02/2026;04/03/2026;100,00");
    let found = import(&[("factures.csv", &text), ("reglements.csv", file)]);
    let known: Vec<_> = found
        .iter()
        .filter(|thing| matches!(thing.what, What::Payment { .. }))
        .map(|thing| thing.known.map(|at| at.with_timezone(&ZONE).format("%d/%m %H:%M").to_string()))
        .collect();
    assert_eq!(known.iter().flatten().collect::<Vec<_>>(), ["06/03 14:30"], "the file may say it");
    assert_eq!(known.len(), 2);
}

#[test]
fn a_stop_known_later_stops_later() {
    let at = start_of_day(day("2026-03-11"), ZONE);
    let stop = Incoming { known: Some(at), ..event("2026-03-05", Some("F1"), What::Stop { until: None }) };
    let things = [vec![client("C1")], f1("2026-03-04"), vec![stop]].concat();
    let lines = told("à J+5 : email courtois\nà J+8 : email ferme", &things, "2026-02-10", "2026-04-30");
    assert_eq!(only(&lines, "envoi"), ["2026-03-09 09:00 F1 envoi J+5 email courtois"]);
}
