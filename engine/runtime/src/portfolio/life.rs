//! What happens to one invoice from its issue to today.

use super::dice::Dice;
use super::{Bill, Client, Happening, Receipt, behaviour, weekday};
use chrono::NaiveDate;
use relance_core::day::add_days;

/// Draws the life of `bill`, whose index is `at`: adds what happened until `today`.
pub(super) fn live(
    dice: &mut Dice,
    client: &Client,
    bill: &Bill,
    at: usize,
    today: NaiveDate,
    receipts: &mut Vec<Receipt>,
    happenings: &mut Vec<Happening>,
) {
    let mut life = Life { bill, at, remains: bill.cents, receipts: Vec::new(), happenings: Vec::new() };
    let paid_on =
        behaviour::delay(dice, client).map(|delay| weekday(add_days(bill.due, delay)).max(add_days(bill.issued, 2)));
    let paid_on = match dice.below(1_000) {
        0..40 => life.dispute(dice, paid_on),
        40..62 => life.credit_note(dice, paid_on),
        _ => life.promise(dice, paid_on),
    };
    life.pay(dice, paid_on);
    let settled = life.settled_on();
    if dice.chance(400) {
        life.reminders(dice, settled.unwrap_or(today));
    }
    if settled.is_none() && dice.chance(12) {
        life.happen(add_days(bill.due, dice.between(5, 40)), "arret", None, "accord de la direction");
    }
    receipts.extend(life.receipts.into_iter().filter(|r| r.date <= today));
    happenings.extend(life.happenings.into_iter().filter(|h| h.date <= today));
}

struct Life<'b> {
    bill: &'b Bill,
    at: usize,
    /// Cents that payments still have to cover.
    remains: i64,
    receipts: Vec<Receipt>,
    happenings: Vec<Happening>,
}

impl Life<'_> {
    fn happen(&mut self, date: NaiveDate, kind: &'static str, cents: Option<i64>, detail: &'static str) {
        self.happenings.push(Happening { date, kind, bill: self.at, cents, expected: None, detail });
    }

    fn receive(&mut self, date: NaiveDate, cents: i64) {
        self.receipts.push(Receipt { date, client: self.bill.client, bill: Some(self.at), cents });
    }

    /// A dispute holds the payment until it is closed; some end in a credit note.
    fn dispute(&mut self, dice: &mut Dice, paid_on: Option<NaiveDate>) -> Option<NaiveDate> {
        let opened = weekday(add_days(self.bill.due, dice.between(-15, 20))).max(self.bill.issued);
        let part = dice.chance(400).then(|| self.bill.cents * dice.between(10, 60) / 100);
        let reasons =
            ["marchandise abîmée", "quantité livrée", "prix", "prestation incomplète", "bon de commande absent"];
        self.happen(opened, "litige", part, dice.pick(&reasons));
        if dice.chance(350) {
            return None;
        }
        let closed = weekday(add_days(opened, dice.between(9, 45)));
        if dice.chance(400) {
            let credit = part.unwrap_or(self.bill.cents * dice.between(10, 50) / 100);
            self.happen(closed, "avoir", Some(credit), "geste commercial");
            self.remains -= credit;
        }
        self.happen(closed, "litige_clos", None, "");
        let after = add_days(closed, dice.between(3, 20));
        Some(paid_on.map_or(after, |day| day.max(after)))
    }

    fn credit_note(&mut self, dice: &mut Dice, paid_on: Option<NaiveDate>) -> Option<NaiveDate> {
        let date = weekday(add_days(self.bill.issued, dice.between(3, 25)));
        let whole = dice.chance(250);
        let credit = if whole { self.bill.cents } else { self.bill.cents * dice.between(5, 60) / 100 };
        self.happen(date, "avoir", Some(credit), if whole { "annulation" } else { "remise" });
        self.remains -= credit;
        paid_on.map(|day| day.max(date))
    }

    /// Some of those who are late promise; some of those keep it.
    fn promise(&mut self, dice: &mut Dice, paid_on: Option<NaiveDate>) -> Option<NaiveDate> {
        let late = paid_on.is_none_or(|day| day > add_days(self.bill.due, 18));
        if !late || !dice.chance(180) {
            return paid_on;
        }
        let made = weekday(add_days(self.bill.due, dice.between(9, 17)));
        let by = weekday(add_days(made, dice.between(7, 25)));
        let part = dice.chance(150).then(|| self.bill.cents * dice.between(30, 70) / 100);
        self.happenings.push(Happening {
            date: made,
            kind: "promesse",
            bill: self.at,
            cents: part,
            expected: Some(by),
            detail: "au téléphone",
        });
        if !dice.chance(600) {
            return paid_on.map(|day| day.max(add_days(by, 4)));
        }
        match part {
            None => Some(by),
            Some(part) => {
                self.receive(by, part);
                self.remains -= part;
                paid_on.map(|day| day.max(by))
            }
        }
    }

    fn pay(&mut self, dice: &mut Dice, paid_on: Option<NaiveDate>) {
        let Some(day) = paid_on.filter(|_| self.remains > 0).map(weekday) else { return };
        match dice.below(1_000) {
            // Two payments; the second may never come.
            0..55 => {
                let first = self.remains * dice.between(25, 75) / 100;
                if first > 0 {
                    self.receive(day, first);
                    self.remains -= first;
                }
                if dice.chance(750) {
                    self.receive(weekday(add_days(day, dice.between(12, 60))), self.remains);
                    self.remains = 0;
                }
            }
            // A direct debit that the bank sends back; most pay again.
            55..68 => {
                let again = weekday(add_days(day, dice.between(12, 40)));
                self.receive(day, self.remains);
                self.receive(weekday(add_days(day, 7)), -self.remains);
                if dice.chance(700) {
                    self.receive(again, self.remains);
                    self.remains = 0;
                }
            }
            _ => {
                self.receive(day, self.remains);
                self.remains = 0;
            }
        }
    }

    /// The day of the last payment or credit note, once nothing remains.
    fn settled_on(&self) -> Option<NaiveDate> {
        let credits = self.happenings.iter().filter(|h| h.kind == "avoir").map(|h| h.date);
        let last = self.receipts.iter().map(|r| r.date).chain(credits).max();
        last.filter(|_| self.remains <= 0)
    }

    /// What was sent before Relance took over, as long as something was owed.
    fn reminders(&mut self, dice: &mut Dice, until: NaiveDate) {
        let mut day = weekday(add_days(self.bill.due, dice.between(4, 9)));
        for detail in ["email", "email", "appel"] {
            if day < self.bill.due || day >= until || dice.chance(250) {
                return;
            }
            self.happen(day, "relance", None, detail);
            day = weekday(add_days(day, dice.between(10, 21)));
        }
    }
}
