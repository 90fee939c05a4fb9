//! What a test says of people and carriers: calls without an answer, approvals refused, messages that fail.

use super::outside::moment;
use crate::cases::{Happening, Outside, People as Says, TestCase, What as Said};
use relance_core::day::{Instant, civil_date, end_of_day};
use relance_core::dossier::{Dossier, Status, effect_key};
use relance_core::event::{Entry, Event};
use relance_core::incoming::{DoneResult, Incoming, What};
use relance_core::machine::{Action, Channel};
use relance_core::program::Program;
use relance_core::registered::Deposit;
use relance_core::simulate::People;
use relance_core::step::{Departure, Input};
use std::collections::BTreeSet;

/// What a person is asked to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Work {
    Call,
    Task,
    Approval,
}

/// The kind of work that a line speaks of.
pub(super) fn work(says: Says) -> Work {
    match says {
        Says::CallUnanswered | Says::CallMade | Says::NobodyCalls => Work::Call,
        Says::ApprovalRefused | Says::ApprovalGranted | Says::NobodyApproves => Work::Approval,
        Says::TaskDone | Says::NobodyWorks => Work::Task,
    }
}

/// Where a line of a day stands: the day's place in the file, and its own on that day.
pub(super) type At = (usize, usize);

/// What a day says of people.
pub(super) struct Answer {
    pub line: At,
    pub says: Says,
    begins: Instant,
    from: Instant,
    to: Instant,
    invoices: Vec<String>,
    /// It met work: asked on that day, or left from before.
    pub used: bool,
    given: bool,
}

/// `échec`: a message fails for good.
pub(super) struct Bounce {
    pub line: At,
    channel: Option<Channel>,
    from: Instant,
    to: Instant,
    invoices: Vec<String>,
    pub used: bool,
    /// It is a message of an earlier day that comes back.
    late: bool,
    given: bool,
}

/// What a test says of people and carriers.
pub(super) struct Outcomes<'a> {
    whole: &'a [Says],
    pub answers: Vec<Answer>,
    pub bounces: Vec<Bounce>,
}

/// Why the message of an `échec` fails; the journal says so.
pub(super) const BOUNCED: &str = "échec dit par le test";

impl<'a> Outcomes<'a> {
    /// Reads them; the bounces of `late` are of messages of an earlier day.
    pub fn of(case: &'a TestCase, late: &BTreeSet<At>, zone: chrono_tz::Tz) -> Outcomes<'a> {
        let mut all = Outcomes { whole: &case.people, answers: Vec::new(), bounces: Vec::new() };
        for (d, day) in case.days.iter().enumerate() {
            let begins = moment(day.date, None, zone);
            let (from, to) = (moment(day.date, day.hour, zone), end_of_day(day.date, zone));
            for (h, Happening { what, invoices, .. }) in day.happenings.iter().enumerate() {
                let (line, invoices) = ((d, h), invoices.clone());
                match what {
                    Said::People(says) => {
                        let (says, used, given) = (*says, false, false);
                        all.answers.push(Answer { line, says, begins, from, to, invoices, used, given });
                    }
                    Said::Event(Outside::Failure(channel)) => {
                        let (channel, late) = (*channel, late.contains(&line));
                        all.bounces.push(Bounce { line, channel, from, to, invoices, used: false, late, given: false });
                    }
                    _ => {}
                }
            }
        }
        all
    }

    /// When the next answer is given to what is left from before.
    pub fn next(&self) -> Option<Instant> {
        let answers = self.answers.iter().filter(|answer| !answer.given).map(|answer| answer.from);
        answers.chain(self.bounces.iter().filter(|b| b.late && !b.given).map(|b| b.from)).min()
    }

    /// The answers given now to what is left from before.
    pub fn take(&mut self, now: Instant, program: &Program, dossier: &Dossier, sent: &[Departure]) -> Vec<Input> {
        let mut inputs = Vec::new();
        for answer in self.answers.iter_mut().filter(|answer| !answer.given && answer.from <= now) {
            answer.given = true;
            for (number, key) in open(program, dossier, work(answer.says)) {
                if !concerns(&answer.invoices, &number) {
                    continue;
                }
                let done = |result| Some(What::Done { key: Some(key.clone()), channel: None, result, tracking: None });
                let approval = |granted| Some(What::Approval { key: Some(key.clone()), granted });
                let what = match answer.says {
                    Says::CallUnanswered => done(DoneResult::NoAnswer),
                    Says::CallMade | Says::TaskDone => done(DoneResult::Done),
                    Says::ApprovalRefused => approval(false),
                    Says::ApprovalGranted => approval(true),
                    Says::NobodyCalls | Says::NobodyApproves | Says::NobodyWorks => None,
                };
                answer.used = true;
                let Some(what) = what else { continue };
                let incoming = Incoming {
                    id: format!("fait:{key}"),
                    client: dossier.client.clone(),
                    invoice: Some(number),
                    effective: civil_date(now, program.zone),
                    known: Some(now),
                    said: None,
                    what,
                };
                inputs.push(Input::Incoming { incoming, imported: None });
            }
        }
        for bounce in self.bounces.iter_mut().filter(|b| b.late && !b.given && b.from <= now) {
            bounce.given = true;
            if let Some(message) = sent.iter().rev().find(|message| bounce.fits(message)) {
                bounce.used = true;
                let outcome = relance_core::step::Outcome::Failed(BOUNCED.to_owned());
                inputs.push(Input::Outcome { message: message.clone(), outcome });
            }
        }
        inputs
    }

    /// Whether the test lets this message fail.
    pub fn fails(&mut self, message: &Departure, now: Instant) -> bool {
        self.bounce(now, |bounce| bounce.fits(message))
    }

    /// Whether the test lets this call or letter fail: whoever has to do it says that it cannot be done.
    pub fn cannot_be_done(&mut self, entry: &Entry, now: Instant) -> bool {
        let Event::Sent { deposit, channel, within: None, .. } = &entry.event else { return false };
        let number = entry.invoice.as_deref().unwrap_or_default();
        let listed = channel.by_hand() && *deposit != Deposit::Taken;
        listed && self.bounce(now, |b| b.channel == Some(*channel) && concerns(&b.invoices, number))
    }

    /// A message failed by itself, for want of an address: a line may say so.
    pub fn failed_by_itself(&mut self, entry: &Entry) {
        let Event::Failed { channel, reason, .. } = &entry.event else { return };
        let number = entry.invoice.as_deref().unwrap_or_default();
        if reason != BOUNCED {
            let of = |b: &Bounce| b.channel.is_none_or(|wanted| wanted == *channel) && concerns(&b.invoices, number);
            self.bounce(entry.at, of);
        }
    }

    fn bounce(&mut self, now: Instant, fits: impl Fn(&Bounce) -> bool) -> bool {
        let found = self.bounces.iter_mut().find(|b| !b.late && !b.used && b.from <= now && now <= b.to && fits(b));
        found.map(|bounce| bounce.used = true).is_some()
    }

    /// What people do about what `entry` asks of them, now; `None` when it asks nothing.
    pub fn asked(&mut self, entry: &Entry, now: Instant) -> Option<People> {
        let number = entry.invoice.as_deref()?;
        let work = match &entry.event {
            Event::Sent { channel: Channel::Call, .. } | Event::Completed { channel: Some(Channel::Call), .. } => {
                Work::Call
            }
            // Letters are posted: no line speaks of them.
            Event::Sent { .. } | Event::Completed { .. } => return Some(People::DILIGENT),
            Event::Task { key, .. } if !key.is_empty() => Work::Task,
            Event::ApprovalAsked { .. } => Work::Approval,
            _ => return None,
        };
        let mut people = People::DILIGENT;
        for says in self.whole {
            say(&mut people, *says);
        }
        let today = |a: &&mut Answer| {
            self::work(a.says) == work && concerns(&a.invoices, number) && a.begins <= now && now <= a.to
        };
        for answer in self.answers.iter_mut().filter(today) {
            if answer.from > now {
                // Somebody will do it at that hour.
                people = People::ABSENT;
            } else {
                answer.used = true;
                say(&mut people, answer.says);
            }
        }
        Some(people)
    }
}

fn say(people: &mut People, says: Says) {
    match says {
        Says::CallUnanswered => people.calls = Some(DoneResult::NoAnswer),
        Says::CallMade => people.calls = Some(DoneResult::Done),
        Says::NobodyCalls => people.calls = None,
        Says::ApprovalRefused => people.approve = Some(false),
        Says::ApprovalGranted => people.approve = Some(true),
        Says::NobodyApproves => people.approve = None,
        Says::TaskDone => people.work = true,
        Says::NobodyWorks => people.work = false,
    }
}

fn concerns(invoices: &[String], number: &str) -> bool {
    invoices.is_empty() || invoices.iter().any(|named| named == number)
}

impl Bounce {
    fn fits(&self, message: &Departure) -> bool {
        let numbers = std::iter::once(&message.invoice).chain(message.others.iter().map(|other| &other.invoice));
        self.channel.is_none_or(|channel| channel == message.channel)
            && numbers.into_iter().any(|number| concerns(&self.invoices, number))
    }
}

/// The work of a kind that is on people's lists: invoice and key, oldest first for each invoice.
fn open(program: &Program, dossier: &Dossier, wanted: Work) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (number, file) in &dossier.invoices {
        let Some(scenario) = file.scenario.as_ref().and_then(|s| program.scenario(&s.name)) else { continue };
        for run in &file.runs {
            for (i, item) in run.items.iter().enumerate() {
                let action = scenario.action(run.rule, run.stage, i, item.attempt);
                let work = match (&item.status, action) {
                    (Status::Approving { .. }, _) => Work::Approval,
                    (Status::Listed { .. }, Some(Action::Task { .. })) => Work::Task,
                    (Status::Listed { within: None, .. }, Some(Action::Contact(contact)))
                        if contact.channel == Channel::Call =>
                    {
                        Work::Call
                    }
                    _ => continue,
                };
                if work == wanted {
                    found.push((number.clone(), effect_key(number, run.id, run.stage, i, item.attempt)));
                }
            }
        }
    }
    found
}
