//! What holds for any rows, bytes, amounts and dates.

use crate::{day, today, tolerant};
use chrono::Datelike;
use proptest::prelude::*;
use relance_core::day::add_days;
use relance_core::money::decimal_comma;
use relance_engine::import::value::{amount, contact, date};
use relance_engine::import::{Known, Options, read, reconcile};
use relance_engine::portfolio::{Params, generate};

/// The lines below the headings in another order, drawn from `seed`.
fn shuffled(text: &str, seed: u64) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let mut state = seed | 1;
    for i in (2..lines.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        lines.swap(i, 1 + (state >> 33) as usize % i);
    }
    lines.join("\n") + "\n"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_does_not_matter(seed: u64, again: u64, turn in 0usize..4) {
        let portfolio = generate(Params { invoices: 80, customers: 12, seed, today: today() });
        let mut files = portfolio.files();
        // Identical rows, so that there is something to confuse.
        let doubled: String = files[2].1.lines().skip(1).take(9).map(|l| format!("{l}\n")).collect();
        files[2].1.push_str(&doubled);
        let mut other: Vec<(String, String)> = files.iter().map(|(n, t)| (n.clone(), shuffled(t, again))).collect();
        other.rotate_left(turn);
        let import = |files: &[(String, String)]| {
            reconcile(&Known::default(), &read(files, &Options::default()), today(), chrono_tz::Europe::Paris)
        };
        let (a, b) = (import(&files), import(&other));
        prop_assert_eq!(&a.problems, &[]);
        prop_assert_eq!(&a.incoming, &b.incoming);
        // Nor does it for what an import learns and does not learn again.
        let mut known = Known::default();
        for incoming in &a.incoming {
            known.learn(incoming);
        }
        let second = reconcile(&known, &read(&other, &Options::default()), today(), chrono_tz::Europe::Paris);
        prop_assert_eq!(&second.incoming, &[]);
        // Good rows are the same one by one.
        let one_by_one = reconcile(&Known::default(), &read(&files, &tolerant()), today(), chrono_tz::Europe::Paris);
        prop_assert_eq!(&one_by_one.incoming, &a.incoming);
    }

    /// Instalments and plans are what their rows say, in any order, and importing them again brings nothing.
    #[test]
    fn instalments_in_any_order(
        parts in proptest::collection::btree_map(0i64..300, 1i64..1_000_000, 1..8),
        plan in proptest::collection::btree_map(0i64..300, 1i64..1_000_000, 1..8),
        seed: u64,
    ) {
        let row = |(after, cents): (&i64, &i64)| {
            let due = add_days(day(2026, 2, 1), *after).format("%d/%m/%Y");
            (due.to_string(), decimal_comma(*cents))
        };
        let mut invoices = "numero;client;date_emission;date_echeance;montant_ttc\n".to_owned();
        invoices.extend(parts.iter().map(row).map(|(due, amount)| format!("F1;C1;02/01/2026;{due};{amount}\n")));
        let mut events = "date;type;facture;montant;date_prevue\n".to_owned();
        events.extend(plan.iter().map(row).map(|(due, amount)| format!("05/03/2026;échéancier;F1;{amount};{due}\n")));
        let import = |known: &Known, seed: Option<u64>| {
            let mixed = |text: &str| seed.map_or_else(|| text.to_owned(), |seed| shuffled(text, seed));
            let files = [("factures.csv", mixed(&invoices)), ("evenements.csv", mixed(&events))];
            reconcile(known, &read(&files, &Options::default()), today(), chrono_tz::Europe::Paris)
        };
        let first = import(&Known::default(), None);
        prop_assert_eq!(&first.problems, &[]);
        prop_assert_eq!((first.counts.invoices_new, first.counts.events), (1, 1));
        prop_assert_eq!(&import(&Known::default(), Some(seed)).incoming, &first.incoming);
        let mut known = Known::default();
        first.incoming.iter().for_each(|incoming| known.learn(incoming));
        let invoice = &known.invoices["F1"].invoice;
        prop_assert_eq!(invoice.amount.cents, parts.values().sum::<i64>());
        prop_assert_eq!(Some(invoice.due), parts.keys().next().map(|after| add_days(day(2026, 2, 1), *after)));
        prop_assert_eq!(invoice.instalments.len(), if parts.len() > 1 { parts.len() } else { 0 });
        prop_assert_eq!(&import(&known, Some(seed)).incoming, &[]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0usize..5) {
        let name = ["factures.csv", "clients.csv", "reglements.csv", "evenements.csv", "x"][kind];
        let batch = read(&[(name, bytes)], &tolerant());
        let _ = reconcile(&Known::default(), &batch, today(), chrono_tz::Europe::Paris);
    }

    #[test]
    fn random_rows_never_panic(cells in proptest::collection::vec("\\PC{0,12}|[0-9/.,;\"\n-]{0,14}", 0..40), kind in 0usize..4, open_items: bool) {
        let (name, head) = [
            ("factures.csv", "numero;client;nom;date_emission;date_echeance;montant_ttc;devise;solde;type;facture_origine"),
            ("clients.csv", "code;nom;segment;email;telephone;pays;regime;delai_habituel;email_compta;contact_compta"),
            ("reglements.csv", "date;client;facture;montant;devise;identifiant;connu_le"),
            ("evenements.csv", "date;type;facture;client;montant;date_prevue;detail;etape"),
        ][kind];
        let text = format!("{head}\n{}", cells.chunks(8).map(|row| row.join(";") + "\n").collect::<String>());
        let options = Options { open_items, ..tolerant() };
        let _ = reconcile(&Known::default(), &read(&[(name, text)], &options), today(), chrono_tz::Europe::Paris);
    }

    #[test]
    fn amounts_round_trip(cents in -99_999_999_999i64..99_999_999_999) {
        let plain = format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100);
        let french = decimal_comma(cents);
        for text in [
            french.clone(),
            french.replace('\u{202f}', " "),
            french.replace('\u{202f}', "\u{a0}"),
            french.replace('\u{202f}', "."),
            french.replace('\u{202f}', "'"),
            french.replace(',', ".").replace('\u{202f}', ","),
            format!("{french}\u{a0}€"),
            plain.clone(),
            plain.replace('.', ","),
        ] {
            prop_assert_eq!(amount::parse(&text).map(|w| w.cents), Ok(cents), "{}", text);
        }
        prop_assert_eq!(amount::from_number(cents as f64 / 100.0).map(|w| w.cents), Ok(cents));
    }

    #[test]
    fn dates_round_trip(days in 0i64..80_000) {
        let date = add_days(day(1970, 1, 1), days);
        for format in ["%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%Y%m%d", "%d/%m/%Y 00:00"] {
            prop_assert_eq!(date::parse(&date.format(format).to_string()), Ok(date));
        }
        if (1980..2080).contains(&date.year()) {
            prop_assert_eq!(date::parse(&date.format("%d/%m/%y").to_string()), Ok(date));
        }
        prop_assert_eq!(date::from_number(25_569.0 + days as f64), Ok(date));
    }

    #[test]
    fn values_never_panic(text in "\\PC{0,30}", number: f64) {
        let _ = (amount::parse(&text), date::parse_moment(&text), contact::email(&text), contact::phone(&text, None));
        let _ = (amount::from_number(number), date::from_number(number));
    }

    /// The reader of cells agrees with the csv crate on whatever that crate writes.
    #[test]
    fn quoting(rows in proptest::collection::vec(proptest::collection::vec("[a-z;\",\n\t é]{1,8}", 3), 1..8)) {
        let mut writer = csv::WriterBuilder::new().delimiter(b';').quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
        writer.write_record(["Code client", "Raison sociale", "Responsable"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let decoded = relance_engine::import::table::decode("clients.csv", &bytes).unwrap();
        let table = relance_engine::import::table::read("clients.csv", &decoded, &|h| h.contains("client")).unwrap();
        let read: Vec<Vec<String>> = table.rows.iter().map(|r| r.cells.iter().map(|c| c.shown()).collect()).collect();
        let expected: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|c| c.trim().to_owned()).collect::<Vec<_>>())
            .filter(|row| row.iter().any(|c| !c.is_empty()))
            .collect();
        prop_assert_eq!(read, expected);
    }
}
