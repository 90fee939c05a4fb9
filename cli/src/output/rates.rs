//! The rates of each semester, for people and as JSON.

use super::{BOLD, CYAN, DIM, YELLOW};
use chrono::{Months, NaiveDate};
use relance_core::day::french_date;
use relance_core::interest::{
    BUSINESS_MARGIN, Confidence, FLOOR, PUBLIC_MARGIN, Percent, Quoted, Rates, Table, semester, semester_name,
};
use serde_json::{Value, json};
use std::fmt::Write;

/// Five years: between companies a debt is barred after them.
const SEMESTERS: u32 = 10;

/// The first days of the semesters that are shown, the last one first: one more than the day's own.
fn semesters(day: NaiveDate) -> Vec<NaiveDate> {
    let next = semester(day).checked_add_months(Months::new(6)).unwrap_or(day);
    (0..=SEMESTERS + 1).filter_map(|n| next.checked_sub_months(Months::new(6 * n))).collect()
}

fn status(quoted: &Quoted) -> &'static str {
    match quoted.confidence {
        Confidence::Published => "publié",
        Confidence::ToConfirm => "à confirmer",
        Confidence::Entered => "ajouté par vous",
    }
}

/// For people.
pub fn text(rates: &Rates, day: NaiveDate) -> String {
    let mut out = format!("{BOLD}Taux annuels par semestre{BOLD:#}, au {}\n\n", french_date(day));
    let head = ("Semestre", "BCE", "Entreprises", "Publics", "Légal", "Plancher");
    let _ = writeln!(out, "  {:<20}{:>8}{:>13}{:>10}{:>8}{:>10}", head.0, head.1, head.2, head.3, head.4, head.5);
    let digits = |rate: Option<Percent>| rate.map_or_else(|| "?".to_owned(), Percent::digits);
    let now = semester(day);
    for from in semesters(day) {
        let [ecb, legal] = [Table::Ecb, Table::Legal].map(|table| rates.of(table, from));
        if from > now && ecb.is_none() && legal.is_none() {
            continue;
        }
        let mark = |quoted: Option<&Quoted>| match quoted.map(|quoted| quoted.confidence) {
            Some(Confidence::ToConfirm) => "*",
            Some(Confidence::Entered) => "+",
            _ => " ",
        };
        let [business, public] =
            [BUSINESS_MARGIN, PUBLIC_MARGIN].map(|margin| digits(ecb.map(|quoted| quoted.rate.plus(margin))));
        let _ = writeln!(
            out,
            "  {:<20}{:>8}{}{business:>12}{public:>10}{:>8}{}{:>9}",
            semester_name(from),
            digits(ecb.map(|quoted| quoted.rate)),
            mark(ecb),
            digits(legal.map(|quoted| quoted.rate)),
            mark(legal),
            digits(legal.map(|quoted| quoted.rate.times(FLOOR))),
        );
    }
    let _ = writeln!(
        out,
        "\n  {DIM}Entreprises : BCE + 10 points. Publics : BCE + 8 points. Légal : « autres cas ». Plancher d’un taux contractuel : 3 fois le \
         taux légal.\n  * à confirmer : lu à un seul endroit ; + ajouté par vous.{DIM:#}\n"
    );
    for table in [Table::Ecb, Table::Legal] {
        match rates.of(table, now) {
            Some(quoted) => {
                let _ = writeln!(out, "  {} : {}, {} ({})", table.word(), quoted.rate, status(quoted), quoted.source);
            }
            None => {
                let _ = writeln!(
                    out,
                    "  {YELLOW}{} : inconnu{YELLOW:#} ; ajoutez-le : {CYAN}relance taux ajouter {} {now} TAUX --source \"…\"{CYAN:#}",
                    table.word(),
                    table.word()
                );
            }
        }
    }
    out
}

/// As JSON.
pub fn json(rates: &Rates, day: NaiveDate) -> Value {
    let one = |table: Table, from: NaiveDate| {
        rates.of(table, from).map(|q| json!({ "taux": q.rate, "statut": status(q), "source": q.source }))
    };
    let rows = semesters(day).into_iter().map(|from| {
        let [ecb, legal] = [Table::Ecb, Table::Legal].map(|table| rates.of(table, from));
        json!({
            "semestre": from, "bce": one(Table::Ecb, from), "legal": one(Table::Legal, from),
            "entreprises": ecb.map(|quoted| quoted.rate.plus(BUSINESS_MARGIN)), "publics": ecb.map(|quoted| quoted.rate.plus(PUBLIC_MARGIN)),
            "plancher": legal.map(|quoted| quoted.rate.times(FLOOR)),
        })
    });
    json!({ "au": day, "bce_complet_jusqu_au": rates.complete_to(), "semestres": rows.collect::<Vec<_>>() })
}
