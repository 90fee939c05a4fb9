//! What happens to a few clients only: insolvency, payment plans, replies. Drawn after everything else, so that the rest of a seed stays.

use super::dice::Dice;
use super::{Happening, Portfolio, Receipt, Segment, weekday};
use chrono::NaiveDate;
use relance_core::day::add_days;

/// Adds what happens to a few.
pub(super) fn add(dice: &mut Dice, today: NaiveDate, portfolio: &mut Portfolio) {
    let failed = insolvencies(dice, today, portfolio);
    let untouched = untouched(portfolio);
    for (at, free) in untouched.into_iter().enumerate() {
        let Some(bill) = portfolio.bills.get(at).filter(|b| free && b.cents > 0 && !failed.contains(&b.client)) else {
            continue;
        };
        let (due, cents, client) = (bill.due, bill.cents, bill.client);
        if cents >= 100_000 && dice.chance(250) {
            plan(dice, today, portfolio, (at, client), (due, cents));
        } else if dice.chance(120) {
            let date = weekday(add_days(due, dice.between(6, 30)));
            let detail = "copie de facture demandée";
            happen(
                portfolio,
                today,
                Happening { date, kind: "reponse", bill: at, cents: None, expected: None, detail },
            );
        }
    }
}

fn happen(portfolio: &mut Portfolio, today: NaiveDate, what: Happening) {
    if what.date <= today {
        portfolio.happenings.push(what);
    }
}

/// A few companies; nothing that was issued before the judgment is paid after it.
fn insolvencies(dice: &mut Dice, today: NaiveDate, portfolio: &mut Portfolio) -> Vec<usize> {
    let mut failed = Vec::new();
    for client in 0..portfolio.clients.len() {
        let fragile =
            portfolio.clients.get(client).is_some_and(|c| matches!(c.segment, Segment::Regular | Segment::Bad));
        if !fragile || !dice.chance(30) {
            continue;
        }
        let date = weekday(add_days(today, -dice.between(20, 200)));
        let Some(bill) = portfolio.bills.iter().position(|b| b.client == client && b.issued <= date) else { continue };
        failed.push(client);
        let detail = "redressement judiciaire";
        let what = Happening { date, kind: "procedure_collective", bill, cents: None, expected: None, detail };
        happen(portfolio, today, what);
        let bills = &portfolio.bills;
        let frozen =
            |r: &Receipt| r.bill.and_then(|b| bills.get(b)).is_some_and(|b| b.client == client && b.issued <= date);
        portfolio.receipts.retain(|r| r.date <= date || !frozen(r));
    }
    failed
}

/// Whether nothing was ever paid, disputed, promised or stopped, by invoice.
fn untouched(portfolio: &Portfolio) -> Vec<bool> {
    let mut free = vec![true; portfolio.bills.len()];
    let paid = portfolio.receipts.iter().filter_map(|r| r.bill);
    let touched = portfolio.happenings.iter().filter(|h| h.kind != "relance").map(|h| h.bill);
    for bill in paid.chain(touched) {
        if let Some(one) = free.get_mut(bill) {
            *one = false;
        }
    }
    free
}

/// Three instalments, of which the first at least is usually paid.
fn plan(
    dice: &mut Dice,
    today: NaiveDate,
    portfolio: &mut Portfolio,
    (at, client): (usize, usize),
    (due, cents): (NaiveDate, i64),
) {
    let agreed = weekday(add_days(due, dice.between(20, 40)));
    if agreed > today {
        return;
    }
    let part = cents / 3;
    for (n, amount) in [part, part, cents - 2 * part].into_iter().enumerate() {
        let by = weekday(add_days(agreed, 15 + 30 * n as i64));
        let detail = "échéancier signé";
        let what =
            Happening { date: agreed, kind: "echeancier", bill: at, cents: Some(amount), expected: Some(by), detail };
        happen(portfolio, today, what);
        if by <= today && dice.chance(700) {
            portfolio.receipts.push(Receipt { date: by, client, bill: Some(at), cents: amount });
        }
    }
}
