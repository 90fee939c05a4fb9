//! A portfolio as the files that the import reads.

use super::Portfolio;
use chrono::{Datelike, NaiveDate};
use std::fmt::Write;

/// The four files: name and text, UTF-8, `;`, JJ/MM/AAAA, decimal commas.
pub(super) fn write(portfolio: &Portfolio) -> Vec<(String, String)> {
    vec![
        ("clients.csv".to_owned(), clients(portfolio)),
        ("factures.csv".to_owned(), bills(portfolio)),
        ("reglements.csv".to_owned(), receipts(portfolio)),
        ("evenements.csv".to_owned(), happenings(portfolio)),
    ]
}

fn date(day: NaiveDate) -> String {
    format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year())
}

fn euros(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{},{:02}", cents / 100, cents % 100)
}

/// Cells that hold a separator or a quote are quoted.
fn line(out: &mut String, cells: &[&str]) {
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            out.push(';');
        }
        if cell.contains([';', '"', '\n', '\r']) {
            let _ = write!(out, "\"{}\"", cell.replace('"', "\"\""));
        } else {
            out.push_str(cell);
        }
    }
    out.push('\n');
}

fn clients(portfolio: &Portfolio) -> String {
    let mut out = String::from(
        "code;nom;segment;email;telephone;portable;adresse;code_postal;ville;pays;regime;delai_habituel;responsable;\
         email_comptabilite;email_direction;email_commercial;\
         email_comptable_public\n",
    );
    for c in &portfolio.clients {
        let delay = c.usual_delay.map(|d| d.to_string()).unwrap_or_default();
        let [street, postcode, town] = &c.address;
        let (segment, regime) = (c.segment.name(), c.segment.regime());
        line(
            &mut out,
            &[
                &c.code,
                &c.name,
                segment,
                &c.email,
                &c.phone,
                &c.mobile,
                street,
                postcode,
                town,
                "FR",
                regime,
                &delay,
                &c.owner,
                &c.accounting_email,
                &c.management_email,
                &c.sales_email,
                &c.public_accountant_email,
            ],
        );
    }
    out
}

fn code(portfolio: &Portfolio, client: usize) -> &str {
    portfolio.clients.get(client).map_or("", |c| c.code.as_str())
}

fn number(portfolio: &Portfolio, bill: usize) -> &str {
    portfolio.bills.get(bill).map_or("", |b| b.number.as_str())
}

fn bills(portfolio: &Portfolio) -> String {
    let mut out = String::from("numero;client;date_emission;date_echeance;montant_ttc\n");
    for b in &portfolio.bills {
        let due = if b.cents < 0 { String::new() } else { date(b.due) };
        line(&mut out, &[&b.number, code(portfolio, b.client), &date(b.issued), &due, &euros(b.cents)]);
    }
    out
}

fn receipts(portfolio: &Portfolio) -> String {
    let mut out = String::from("date;client;facture;montant\n");
    for r in &portfolio.receipts {
        let bill = r.bill.map_or("", |bill| number(portfolio, bill));
        line(&mut out, &[&date(r.date), code(portfolio, r.client), bill, &euros(r.cents)]);
    }
    out
}

fn happenings(portfolio: &Portfolio) -> String {
    let mut out = String::from("date;type;facture;client;montant;date_prevue;detail\n");
    for h in &portfolio.happenings {
        let client = portfolio.bills.get(h.bill).map_or("", |b| code(portfolio, b.client));
        let cents = h.cents.map(euros).unwrap_or_default();
        let expected = h.expected.map(date).unwrap_or_default();
        line(&mut out, &[&date(h.date), h.kind, number(portfolio, h.bill), client, &cents, &expected, h.detail]);
    }
    out
}
