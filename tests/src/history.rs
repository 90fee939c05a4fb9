//! Histories in a few words a line, one client each, and what the journal tells of them.

use crate::things::{durand, thing};
use crate::{day, program, simulate, span};
use relance_core::incoming::{Customer, DoneResult, Incoming, Invoice, What};
use relance_core::journal::Line;
use relance_core::machine::Channel;
use relance_core::money::{Amount, Currency};
use relance_core::said::Said;
use relance_core::simulate::People;

/// The n-th thing that happens to `C1`: at one moment, they come in the order of the text.
fn nth(n: usize, invoice: Option<&str>, on: &str, what: What) -> Incoming {
    Incoming { id: format!("{n:03}"), ..thing("C1", invoice, on, what) }
}

/// Whole units, in euros when no currency follows: `1000`, `500CHF`.
fn money(word: &str) -> Amount {
    let digits = word.trim_end_matches(char::is_alphabetic);
    let cents = digits.parse::<i64>().expect("an amount") * 100;
    let currency = Currency::parse(&word[digits.len()..]).unwrap_or(Currency::EUR);
    Amount::new(cents, currency)
}

/// A history in a few words a line: `AAAA-MM-JJ F1 facture 1000 2026-03-02` and so on, `-` for the whole client; the client comes by
/// itself.
pub fn history(text: &str) -> Vec<Incoming> {
    let mut all = vec![nth(0, None, "1970-01-01", What::Customer(durand()))];
    for (n, line) in text.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (on, invoice) = (words[0], Some(words[1]).filter(|w| *w != "-"));
        let amount = |i: usize| words.get(i).map(|w| money(w));
        let what = match words[2] {
            "facture" => What::Invoice(Invoice::new(day(on), day(words[4]), amount(3).unwrap())),
            "paiement" => What::Payment { amount: amount(3).unwrap() },
            "avoir" => What::CreditNote { amount: amount(3).unwrap() },
            "rejet" => What::Reversal { amount: amount(3).unwrap() },
            "litige" => What::DisputeOpened { amount: amount(3), reason: None },
            "litige_clos" => What::DisputeClosed,
            "promesse" => What::Promise { by: day(words[3]), amount: amount(4) },
            "annonce" => What::PaymentAnnounced { amount: amount(3) },
            "arret" => What::Stop { until: None },
            "pause" => What::Stop { until: Some(day(words[3])) },
            "reprise" => What::Resume { catch_up: words.get(3) == Some(&"rattraper") },
            "saut" => What::Jump { state: words[3].to_owned() },
            "choisi" => What::Segment { segment: words.get(3).map(|segment| (*segment).to_owned()) },
            "commentaire" => What::Comment { text: words[3..].join(" ") },
            "transmission" => What::HandOver { target: words[3].to_owned() },
            "demande" => What::Task { text: words[3..].join(" "), to: None },
            "reponse" => What::Reply,
            "echeance" => What::DueDateMoved { to: day(words[3]) },
            "relance" => What::PastReminder { channel: None, formal: false },
            "segment" => What::Customer(Customer { segment: Some(words[3].to_owned()), ..durand() }),
            "appel" => {
                What::Done { key: None, channel: Some(Channel::Call), result: outcome(words[3]), tracking: None }
            }
            other => panic!("{other}"),
        };
        // What follows the words of a person's act is its reason.
        let first = match words[2] {
            "arret" | "reprise" => 3,
            "saut" | "pause" => 4,
            _ => words.len(),
        };
        let said = Said::why(words.get(first..).map(|words| words.join(" ")).as_deref());
        all.push(Incoming { said, ..nth(n + 1, invoice, on, what) });
    }
    all
}

fn outcome(word: &str) -> DoneResult {
    match word {
        "fait" => DoneResult::Done,
        "sans_reponse" => DoneResult::NoAnswer,
        "message_laisse" => DoneResult::MessageLeft,
        "impossible" => DoneResult::Impossible,
        "mauvais_numero" => DoneResult::WrongNumber,
        "refus" => DoneResult::Refused,
        other => panic!("{other}"),
    }
}

/// What the journal tells, in a few words a line; what only became known is left out.
pub fn tell(lines: Vec<Line>) -> String {
    let quiet = ["client", "facture", "prise_en_charge"];
    lines
        .into_iter()
        .filter(|line| !quiet.contains(&line.evenement) && !line.historique)
        .map(|line| {
            let words = [
                Some(line.le[..16].to_owned()),
                line.facture,
                line.palier,
                Some(line.evenement.to_owned()),
                line.canal.map(str::to_owned),
                line.modele,
                line.jusqu_a.map(|j| format!("→ {}", &j[..10])),
                line.detail.map(|d| format!("({d})")),
            ];
            words.into_iter().flatten().collect::<Vec<_>>().join(" ") + "\n"
        })
        .collect()
}

/// What a plan does of a history, people being as they are.
pub fn told_by(people: People, plan: &str, events: &str, from: &str, to: &str) -> String {
    tell(simulate(&program(&[plan]), &history(events), span(day(from), day(to)), people))
}

/// What a plan does of a history, with people who do all that they are asked.
pub fn told(plan: &str, events: &str, from: &str, to: &str) -> String {
    told_by(People::DILIGENT, plan, events, from, to)
}
