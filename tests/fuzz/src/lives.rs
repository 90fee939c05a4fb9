//! Lives: whatever compiles runs ninety days over a few clients with whatever happens to them.

use crate::project::{ZONE, compiled, program};
use chrono::NaiveDate;
use relance_core::day::{add_days, end_of_day, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::drawing;
use relance_core::explain::standing;
use relance_core::incoming::{Customer, DoneResult, DueAmount, Incoming, Invoice, What};
use relance_core::journal::Line;
use relance_core::machine::Channel;
use relance_core::money::{Amount, Currency};
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};

const DAYS: i64 = 90;
/// Three clients' ninety days write a few hundred entries; a plan that writes this many writes for ever.
const MOST_ENTRIES: usize = 100_000;

/// What stands before the first NUL is a scenario; what follows, who does what when.
pub fn check(bytes: &[u8]) {
    let cut = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (text, choices) = bytes.split_at(cut);
    let Some(machines) = compiled(text).machines else { return };
    let program = program(machines);
    // Texts without choices of their own have those that their bytes make.
    let choices = if choices.len() > 1 { &choices[1..] } else { text };
    let once = lived(&program, choices);
    assert_eq!(once, lived(&program, choices), "lived twice");
}

/// Reads a choice after the other.
struct Choices<'a>(std::iter::Cycle<std::slice::Iter<'a, u8>>, u64);

impl Choices<'_> {
    fn next(&mut self, sides: u64) -> u64 {
        let byte = u64::from(self.0.next().copied().unwrap_or(0));
        self.1 = (self.1 ^ byte).wrapping_mul(0x100_0000_01b3).rotate_left(17);
        (self.1 >> 20) % sides.max(1)
    }

    fn day(&mut self, from: i64, to: i64) -> NaiveDate {
        let first: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap_or_default();
        add_days(first, from + self.next((to - from).unsigned_abs()).cast_signed())
    }

    fn amount(&mut self) -> Amount {
        Amount::new(1 + self.next(200_000).cast_signed(), Currency::EUR)
    }

    fn part(&mut self) -> Option<Amount> {
        (self.next(2) == 0).then(|| self.amount())
    }

    fn what(&mut self) -> What {
        let channel = |n: u64| Channel::ALL.into_iter().nth(n as usize % Channel::ALL.len());
        match self.next(22) {
            0..=3 => What::Payment { amount: self.amount() },
            4 => What::Reversal { amount: self.amount() },
            5 => What::CreditNote { amount: self.amount() },
            6 | 7 => What::DisputeOpened { amount: self.part(), reason: None },
            8 => What::DisputeClosed,
            9 => What::Promise { by: self.day(0, DAYS), amount: self.part() },
            10 => What::PaymentAnnounced { amount: self.part() },
            11 => What::Stop { until: if self.next(2) == 0 { Some(self.day(0, DAYS)) } else { None } },
            12 => What::Resume { catch_up: self.next(2) == 0 },
            13 => What::Reply,
            14 => What::DueDateMoved { to: self.day(-10, DAYS) },
            15 => {
                let part = |choices: &mut Self| DueAmount { due: choices.day(0, DAYS), amount: choices.amount() };
                What::PaymentPlan { instalments: (0..=self.next(3)).map(|_| part(self)).collect() }
            }
            16 if self.next(2) == 0 => What::InsolvencyClosed,
            16 => What::Insolvency { judgment: self.day(-60, DAYS) },
            17 => {
                let names = ["suivi", "plan", "mise_en_demeure", "contentieux", "inconnue"];
                let state = names.get(self.next(5) as usize).copied().unwrap_or_default().to_owned();
                What::Jump { state }
            }
            18 => What::Approval { key: None, granted: self.next(2) == 0 },
            19 => What::External { name: "colis perdu".to_owned() },
            20 => What::PastReminder { channel: channel(self.next(9)), formal: self.next(4) == 0 },
            _ => {
                let result = match self.next(6) {
                    0 => DoneResult::Done,
                    1 => DoneResult::NoAnswer,
                    2 => DoneResult::MessageLeft,
                    3 => DoneResult::WrongNumber,
                    4 => DoneResult::Refused,
                    _ => DoneResult::Impossible,
                };
                What::Done { key: None, channel: channel(self.next(9)), result, tracking: None }
            }
        }
    }

    /// A client with its invoices and what happens to them.
    fn client(&mut self, code: &str) -> Vec<(Incoming, Option<relance_core::day::Instant>)> {
        let segments = [None, Some("mauvais_payeur"), Some("vip"), Some("bon_payeur")];
        let customer = Customer {
            name: "Client".to_owned(),
            segment: segments.get(self.next(4) as usize).copied().flatten().map(str::to_owned),
            email: (self.next(5) > 0).then(|| "client@example.fr".to_owned()),
            phone: (self.next(3) > 0).then(|| "+33639980001".to_owned()),
            usual_delay: (self.next(2) == 0).then(|| self.next(30).cast_signed() - 5),
            ..Customer::default()
        };
        let thing = |id: String, invoice: Option<String>, effective: NaiveDate, what: What| {
            (Incoming { id, client: code.to_owned(), invoice, effective, known: None, said: None, what }, None)
        };
        let mut all = vec![thing(format!("client:{code}"), None, NaiveDate::default(), What::Customer(customer))];
        let invoices = 1 + self.next(3);
        for i in 0..invoices {
            let issued = self.day(-60, 60);
            let invoice = Invoice::new(issued, add_days(issued, self.next(45).cast_signed()), self.amount());
            all.push(thing(format!("facture:{code}-{i}"), Some(format!("{code}-{i}")), issued, What::Invoice(invoice)));
        }
        for i in 0..self.next(12) {
            let which = self.next(invoices + 1);
            let number = (which < invoices).then(|| format!("{code}-{which}"));
            let on = self.day(-30, DAYS);
            all.push(thing(format!("evenement:{code}:{i}"), number, on, self.what()));
        }
        all
    }
}

/// Everything that the journal tells, and where each invoice stands at the end.
fn lived(program: &Program, choices: &[u8]) -> Vec<String> {
    let mut choices = Choices(choices.iter().cycle(), 0xcbf2_9ce4_8422_2325);
    let first = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap_or_default();
    let last = add_days(first, DAYS);
    let span = (start_of_day(first, ZONE), end_of_day(last, ZONE));
    let mut told = Vec::new();
    for client in ["C1", "C2", "C3"] {
        let inbox = Inbox::new(choices.client(client), ZONE);
        let mut world = World { dossier: Dossier::new(client), wake: None, inbox };
        let people = match choices.next(4) {
            0 => People::ABSENT,
            1 => People::NO_ANSWER,
            2 => People { calls: Some(DoneResult::Impossible), work: true, approve: Some(false) },
            _ => People::DILIGENT,
        };
        let mut entries = 0;
        run(program, &mut world, span, people, |_, entry| {
            entries += 1;
            assert!(entries < MOST_ENTRIES, "it writes for ever");
            let line = Line::of(entry, client, Currency::EUR, ZONE, program);
            told.extend(line.map(|line| serde_json::to_string(&line).expect("a line is JSON")));
        });
        let json = serde_json::to_string(&world.dossier).expect("a file is JSON");
        let mut back: Dossier = serde_json::from_str(&json).expect("its JSON is a file");
        for (number, file) in &world.dossier.invoices {
            // Invoices are kept apart from the file.
            let json = serde_json::to_string(file).expect("an invoice is JSON");
            back.invoices.insert(number.clone(), serde_json::from_str(&json).expect("its JSON is an invoice"));
            told.push(json);
        }
        assert_eq!(world.dossier, back, "kept");
        for number in world.dossier.invoices.keys() {
            standing(program, &world.dossier, number, last);
            drawing::Path::of(program, &world.dossier, number, last);
        }
        told.push(json);
    }
    told
}
