//! The step function: what one client's file does at one moment. Pure and total: no clock, no I/O, no randomness.

mod addresses;
mod amounts;
mod approvals;
mod doubts;
mod failure;
mod gate;
mod inputs;
mod life;
mod people;
mod release;
mod retry;
mod rules;
mod schedule;
mod selection;
mod sequence;
mod states;
mod tracking;
mod verdict;
mod wake;

pub(crate) use approvals::approving;
pub use inputs::known_at;
pub(crate) use life::is_frozen;
pub use life::suspension;
pub use retry::pause as retry_pause;
pub(crate) use rules::{FORMAL_NOTICE_DELAY, Stand, Waiting, ticks, too_little};
pub use rules::{RungAt, rung_at, rung_day, rung_label};
pub use schedule::{cap_free_on, is_open, next_opening};
pub(crate) use verdict::{Verdict, verdicts};
pub use wake::{Wake, WakeReason};

use crate::day::{Instant, civil_date};
use crate::dossier::{Dossier, InvoiceFile, Origin, OwnTask};
use crate::event::{About, Entry, Event};
use crate::facts::InvoiceFacts;
use crate::incoming::Incoming;
use crate::machine::{Channel, Nature, Trigger, Value};
use crate::program::{Program, Scenario};
use crate::said::Said;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Something the step has to take in.
#[derive(Clone, PartialEq, Debug)]
pub enum Input {
    /// What happened outside.
    Incoming {
        /// The thing.
        incoming: Incoming,
        /// When it was imported; `None` in a simulation from files.
        imported: Option<Instant>,
    },
    /// What became of a message.
    Outcome {
        /// The message as it departed.
        message: Departure,
        /// What became of it.
        outcome: Outcome,
    },
    /// An invoice was answered more often at one moment than whoever drives the file allows: what asks for itself again rests.
    Overrun {
        /// The invoice.
        invoice: String,
    },
}

/// What a carrier answered.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Taken.
    Accepted,
    /// Refused for good, with the reason in French.
    Failed(String),
    /// Refused for good, because nobody is at the address or number that follows; with the reason in French.
    NobodyThere(String, String),
    /// Could not be sent now, with the reason in French.
    Retry(String),
    /// Could not be sent now, and the carrier says how many seconds to wait at least; with the reason in French.
    Later(String, u32),
    /// Whether it left is not known, with the reason in French.
    InDoubt(String),
    /// Could not even be tried, because its channel is out of order; the reason in French. Not counted as a try.
    Blocked(String),
    /// Taken back from the outbox before any attempt.
    Recalled,
}

/// A message that leaves.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Departure {
    /// The effect's key.
    pub key: String,
    /// The invoice.
    pub invoice: String,
    /// By which way.
    pub channel: Channel,
    /// Its template.
    pub template: Option<String>,
    /// The language in which it is written; `None` is French.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What for.
    pub nature: Nature,
    /// What counts as one contact.
    pub unit: String,
    /// What the scripts answered to the calls in its template, by [`MessageCall::key`](crate::machine::MessageCall::key); `None` is
    /// unknown.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, Option<Value>>,
    /// The other invoices that are grouped in it, with the keys of their effects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Grouped>,
    /// Roles after `à`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// Roles after `copie`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copy: Vec<String>,
}

/// An invoice that is grouped in the message of another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grouped {
    /// The invoice.
    pub invoice: String,
    /// The effect's key.
    pub key: String,
}

/// What a step did.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Step {
    /// Journal entries, in order; the dossier has them applied.
    pub entries: Vec<Entry>,
    /// Messages that leave now, to be written to the outbox with the entries.
    pub departures: Vec<Departure>,
    /// Keys of messages that were handed over and must not leave any more.
    pub withdrawn: Vec<String>,
    /// The next moment at which time alone can change anything.
    pub wake: Option<Wake>,
    /// Whether a message waits for figures: an import of payments, or a rate that is added, has to wake the file.
    pub waits_for_payments: bool,
}

/// A call without an answer is tried so many times in all.
pub const CALL_ATTEMPTS: u32 = 3;

/// How many rounds one moment may take. Each round of a finite sequence moves at least one run on, so this is never reached by a
/// compiled machine; it bounds the work on any input.
const MAX_ROUNDS: usize = 10_000;

/// Moves a client's file on to `now`: takes the inputs in, lets expire what expires, fires what is due and lets leave what may.
/// `now` must not lie before the last step's; an earlier one is taken as that.
pub fn step(program: &Program, dossier: &mut Dossier, now: Instant, inputs: Vec<Input>) -> Step {
    let now = dossier.clock.map_or(now, |last| last.max(now));
    let mut worker = Worker {
        program,
        today: civil_date(now, program.zone),
        now,
        dossier,
        out: Step::default(),
        triggers: Vec::new(),
        failing: BTreeSet::new(),
        entered: BTreeMap::new(),
        saying: None,
    };
    worker.take_in(inputs);
    worker.classify();
    worker.take_over();
    worker.expire();
    worker.retry();
    worker.react();
    worker.note_suspensions();
    // A sequence that ends may set a rung free at this very moment, or lead to another state.
    for _ in 0..MAX_ROUNDS {
        worker.fire_rules();
        let before = worker.out.entries.len();
        worker.run_sequences();
        worker.note_suspensions();
        if worker.out.entries.len() == before {
            break;
        }
    }
    worker.end_reactions();
    worker.mend();
    let wake = worker.next_wake();
    worker.out.wake = wake;
    worker.out
}

struct Worker<'a> {
    program: &'a Program,
    dossier: &'a mut Dossier,
    now: Instant,
    today: NaiveDate,
    out: Step,
    /// Events that reactions may answer, in the order in which they happened.
    triggers: Vec<Happened>,
    /// Invoices on which a script failed at this moment.
    failing: BTreeSet<String>,
    /// How often each invoice entered a state at this moment.
    entered: BTreeMap<String, usize>,
    /// Who says what is taken in just now, and why.
    saying: Option<Said>,
}

/// An event that reactions may answer.
struct Happened {
    number: String,
    on: Trigger,
    /// The name of an event of the company's own systems, folded.
    name: Option<String>,
    /// The task that is part of the built-in effect, unless a reaction replaces it.
    task: Option<String>,
}

impl<'a> Worker<'a> {
    fn emit(&mut self, invoice: Option<&str>, event: Event) {
        let about = invoice.and_then(|number| self.about(number, &event));
        let said = self.saying.clone().filter(|_| event.is_of_people());
        let entry = Entry { at: self.now, invoice: invoice.map(str::to_owned), about, said, event };
        self.dossier.apply(&entry, self.today);
        self.out.entries.push(entry);
    }

    /// Asks people for something that no rule asks for.
    fn ask(&mut self, invoice: Option<&str>, own: OwnTask, text: String) {
        self.emit(invoice, Event::Task { key: String::new(), text, to: None, own: Some(own) });
    }

    /// Which rule of which scenario an event comes from.
    fn about(&self, number: &str, event: &Event) -> Option<About> {
        let file = self.file(number)?;
        let scenario = match event {
            Event::Assigned { scenario, .. } => self.program.scenario(&scenario.as_ref()?.name)?,
            _ => self.scenario(file)?,
        };
        let (rule, origin, state) = match event {
            Event::Fired { rule, origin, .. } => (Some(*rule), Some(*origin), &file.state),
            _ => {
                let id = event.run();
                let back = file.returnable.iter().map(|sent| &sent.run);
                let run = id.and_then(|id| file.runs.iter().chain(&file.parked).chain(back).find(|run| run.id == id));
                (run.map(|r| r.rule), run.map(|r| r.origin), run.map_or(&file.state, |r| &r.state))
            }
        };
        let rung = match (event, origin) {
            (Event::RungSkipped { rung }, _) => Some(*rung),
            (_, Some(Origin::Rung(rung) | Origin::InternalRung(rung))) => Some(rung),
            _ => None,
        };
        Some(About {
            scenario: scenario.machine.name.clone(),
            version: scenario.version.clone(),
            state: state.clone(),
            rule: rule.and_then(|rule| scenario.rule_id(rule)),
            rung,
        })
    }

    fn numbers(&self) -> Vec<String> {
        self.dossier.invoices.keys().cloned().collect()
    }

    fn file(&self, number: &str) -> Option<&InvoiceFile> {
        self.dossier.invoices.get(number)
    }

    /// The scenario that runs an invoice.
    fn scenario(&self, file: &InvoiceFile) -> Option<&'a Scenario> {
        self.program.scenario(&file.scenario.as_ref()?.name)
    }

    fn facts<'b>(&'b self, number: &'b str, file: &'b InvoiceFile) -> InvoiceFacts<'b> {
        InvoiceFacts::new(self.program, self.dossier, number, file, self.today)
    }
}
