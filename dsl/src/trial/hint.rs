//! Why something expected did not happen, or something happened that was not: what the journal and the explanation say.

use super::compare::{Pairs, with_invoices};
use super::expect::{Expected, same};
use super::happened::{Happened, Stand, action};
use super::play::{Played, Record};
use super::{Line as Compared, Row, long_date};
use crate::cases::{People, TestCase, What};
use chrono::NaiveDate;
use relance_core::day::civil_date;
use relance_core::eval::Trace;
use relance_core::event::{Entry, Event};
use relance_core::explain::standing;
use relance_core::journal::Line;
use relance_core::machine::Sequence;
use relance_core::program::Program;
use relance_core::step::rung_label;

/// How the explanation begins to speak of an invoice that nothing holds.
const RUNNING: &str = "en cours";

/// A test that was played.
pub(super) struct Scene<'a> {
    pub case: &'a TestCase,
    pub program: &'a Program,
    pub played: &'a Played,
    pub expected: &'a [Expected<'a>],
    pub happened: &'a [Happened],
    pub pairs: &'a Pairs,
}

impl Scene<'_> {
    /// Why a line differs.
    pub fn why(&self, row: &Row, line: &Compared) -> Option<String> {
        let missing = line.expected.as_ref().and_then(|text| self.why_missing(row.date, text));
        let surplus = line.actual.as_ref().and_then(|text| self.why_surplus(row.date, text));
        match (missing, surplus) {
            (Some(missing), Some(surplus)) => Some(format!("{missing} ; ce qui a lieu vient de la {surplus}")),
            (missing, surplus) => missing.or(surplus),
        }
    }

    /// Why what a day expects did not happen.
    fn why_missing(&self, date: NaiveDate, text: &str) -> Option<String> {
        // A line may say the hour as well.
        let is = |e: &Expected<'_>| {
            text.strip_prefix(&e.text).is_some_and(|rest| rest.is_empty() || rest.starts_with(" à "))
        };
        let missing = self.expected.iter().zip(self.pairs).find(|(e, at)| e.date == date && is(e) && at.is_none());
        let Some((expected, _)) = missing else { return self.why_pointless(date, text) };
        self.elsewhere(expected).or_else(|| self.held(expected)).or_else(|| self.rule(expected))
    }

    /// Why a line about people or carriers meets nothing.
    fn why_pointless(&self, date: NaiveDate, text: &str) -> Option<String> {
        let days = self.case.days.iter().filter(|day| day.date == date);
        let happening = days.flat_map(|day| &day.happenings).find(|happening| happening.text == text)?;
        Some(
            match happening.what {
                What::People(People::CallUnanswered | People::CallMade | People::NobodyCalls) => {
                    "aucun appel n'est à passer ce jour-là"
                }
                What::People(People::ApprovalRefused | People::ApprovalGranted | People::NobodyApproves) => {
                    "aucune validation n'est demandée ce jour-là, ni en attente"
                }
                What::People(People::TaskDone | People::NobodyWorks) => "aucune tâche n'est ouverte ce jour-là",
                What::Event(_) | What::Effect(_) => "aucun message n'est parti, ni ce jour-là ni avant",
            }
            .to_owned(),
        )
    }

    /// It happens on another day, and the journal may say what made it wait.
    fn elsewhere(&self, expected: &Expected<'_>) -> Option<String> {
        let free = |n: &usize| !self.pairs.contains(&Some(*n));
        let mut all: Vec<&Happened> = self
            .happened
            .iter()
            .enumerate()
            .filter(|(n, one)| free(n) && expected.is(one))
            .map(|(_, one)| one)
            .collect();
        all.sort_by_key(|one| (one.day < expected.date, (one.day - expected.date).num_days().abs()));
        let one = all.first()?;
        let waited = one.keys.iter().find_map(|key| self.waited(key));
        let local = one.at.with_timezone(&self.program.zone).format("%Hh%M");
        Some(match waited {
            Some((_, why)) if one.day > expected.date => {
                format!("`{}` est reporté au {} : {why}", expected.text, long_date(one.day))
            }
            _ if one.day == expected.date => format!("`{}` a lieu ce jour-là à {local}", expected.text),
            _ => format!("`{}` a lieu le {}", expected.text, long_date(one.day)),
        })
    }

    /// Until when a contact waited, and why, as its last postponement says.
    fn waited(&self, key: &str) -> Option<(NaiveDate, String)> {
        let postponed =
            |record: &&Record| matches!(&record.entry.event, Event::Postponed { key: own, .. } if own == key);
        let record = self.played.records.iter().rfind(postponed)?;
        let Event::Postponed { until, .. } = &record.entry.event else { return None };
        Some((civil_date(*until, self.program.zone), self.detail(record)?))
    }

    /// What the public journal says of a record.
    fn detail(&self, record: &Record) -> Option<String> {
        let currency = self.case.invoices.first().map(|invoice| invoice.amount.currency)?;
        Line::of(&record.entry, &record.client, currency, self.program.zone, self.program)?.detail
    }

    /// It was under way and waited, or was cancelled.
    fn held(&self, expected: &Expected<'_>) -> Option<String> {
        let concerns = |entry: &Entry| {
            expected.invoice.is_none_or(|number| entry.invoice.as_deref() == Some(number))
                && action(self.program, entry).is_some_and(|own| same(&expected.attempt.action, &own.action))
        };
        let tells = |entry: &Entry| {
            matches!(
                entry.event,
                Event::Postponed { .. } | Event::ApprovalAsked { .. } | Event::Refused { .. } | Event::Failed { .. }
            )
        };
        let mut all = self.played.records.iter().filter(|record| tells(&record.entry) && concerns(&record.entry));
        let by_then = |record: &&Record| civil_date(record.entry.at, self.program.zone) <= expected.date;
        let record = all.clone().rfind(by_then).or_else(|| all.next())?;
        let on = long_date(civil_date(record.entry.at, self.program.zone));
        let ended = self.cancelled(record).map(|why| format!(", puis annulé : {why}")).unwrap_or_default();
        Some(match &record.entry.event {
            Event::Postponed { key, .. } => {
                let (until, why) = self.waited(key)?;
                format!("`{}` est reporté au {} : {why}{ended}", expected.text, long_date(until))
            }
            Event::ApprovalAsked { .. } => format!("`{}` attend sa validation depuis le {on}{ended}", expected.text),
            Event::Refused { expired: true, .. } => format!("la validation de `{}` a expiré le {on}", expected.text),
            Event::Refused { .. } => format!("la validation de `{}` est refusée le {on}", expected.text),
            _ => format!("`{}` a échoué le {on} : {}", expected.text, self.detail(record)?),
        })
    }

    /// Why the sequence of a record was cancelled afterwards.
    fn cancelled(&self, record: &Record) -> Option<String> {
        let run = record.entry.event.run()?;
        let found = self.played.records.iter().find(|later| {
            later.entry.invoice == record.entry.invoice
                && later.entry.at >= record.entry.at
                && matches!(&later.entry.event, Event::Cancelled { run: own, .. } | Event::Parked { run: own, .. } if *own == run)
        })?;
        Some(match &found.entry.event {
            Event::Cancelled { reason, .. } => reason.clone(),
            _ => "la facture est soldée".to_owned(),
        })
    }

    /// What the explanation of that day says of the invoice and of the rule that would do it.
    fn rule(&self, expected: &Expected<'_>) -> Option<String> {
        let number = expected.invoice.or_else(|| self.case.invoices.first().map(|i| i.number.as_str()))?;
        let dossier = self.played.on.get(&expected.date)?.iter().find(|d| d.invoices.contains_key(number))?;
        let told = standing(self.program, dossier, number, expected.date)?;
        let file = dossier.invoices.get(number)?;
        let scenario = told.scenario.as_ref().and_then(|name| self.program.scenario(name));
        let Some(scenario) = scenario.filter(|_| told.etat.starts_with(RUNNING)) else {
            return Some(format!("ce jour-là, {number} : {}", told.etat));
        };
        let does = |sequence: &Sequence| sequence.actions().any(|own| same(&expected.attempt.action, own));
        for rule in scenario.rules(&file.state).iter().filter(|rule| does(&rule.sequence)) {
            if let Some(verdict) = told.regles.iter().find(|verdict| verdict.rule == rule.id) {
                let line = verdict.place.as_ref().map(|p| format!("{}:{} ", p.file, p.line)).unwrap_or_default();
                let rung = verdict.palier.as_ref().map(|rung| format!("({rung}) ")).unwrap_or_default();
                let lacking: Vec<String> = verdict.conditions.iter().flat_map(lacking).collect();
                let lacking = if lacking.is_empty() { String::new() } else { format!(" : {}", lacking.join(" ; ")) };
                return Some(format!("règle {line}{rung}: {}{lacking}", verdict.verdict));
            }
        }
        let other = scenario.machine.states.iter().find(|state| state.sequences().any(|(_, sequence)| does(sequence)));
        match other {
            Some(state) if state.name != file.state => {
                Some(format!("c'est l'état `{}` qui le fait, et {number} est dans `{}`", state.name, file.state))
            }
            _ if scenario.machine.reactions.iter().any(|reaction| does(&reaction.sequence)) => {
                Some("seule une réaction (`quand …`) le fait, et son événement n'a pas lieu".to_owned())
            }
            Some(_) => None,
            None => Some(format!("aucune règle de `{}` ne le fait", scenario.machine.name)),
        }
    }

    /// The rule behind something that was not expected.
    fn why_surplus(&self, date: NaiveDate, text: &str) -> Option<String> {
        let says = |one: &&Happened| with_invoices(one, self.case) == text || text.starts_with(&one.text());
        let one = self.happened.iter().filter(|one| one.day == date).find(says)?;
        let place = one.place.as_ref()?;
        let rung = one.rung.map(|rung| format!(" ({})", rung_label(rung))).unwrap_or_default();
        let waited = one.keys.iter().find_map(|key| self.waited(key));
        let waited = waited.map(|(_, why)| format!(", reportée : {why}")).unwrap_or_default();
        // It failed by itself: the test did not say so, and has a way to.
        let failure = (one.stand == Stand::Failed).then(|| match one.did.action.contact().map(|c| c.channel.name()) {
            Some(channel @ ("email" | "appel")) => format!(" ; attendez-le par `échec de l'{channel}`"),
            Some(channel) => format!(" ; attendez-le par `échec {channel}`"),
            None => String::new(),
        });
        let failure = failure.unwrap_or_default();
        Some(format!("règle {}:{}{rung}{waited}{failure}", place.file, place.line))
    }

    /// What the explanation says of an invoice at the end.
    pub fn why_end(&self, number: &str) -> Option<String> {
        let dossier = self.played.last.iter().find(|dossier| dossier.invoices.contains_key(number))?;
        let today = civil_date(dossier.clock?, self.program.zone);
        let told = standing(self.program, dossier, number, today)?;
        let owed = if told.reste_du.cents > 0 { format!(", reste dû {}", told.reste_du) } else { String::new() };
        Some(format!("le {}, {number} : {}{owed}", long_date(today), told.etat))
    }
}

/// The parts of a condition that keep it from being true, with the values that they read.
fn lacking(trace: &Trace) -> Vec<String> {
    if trace.holds == Some(true) {
        return Vec::new();
    }
    let within: Vec<String> = trace.parts.iter().flat_map(lacking).collect();
    if !within.is_empty() {
        return within;
    }
    let values: Vec<String> = trace
        .values
        .iter()
        .map(|(name, value)| format!("{name} = {}", value.as_deref().unwrap_or("inconnu")))
        .collect();
    vec![if values.is_empty() { trace.text.clone() } else { format!("`{}` avec {}", trace.text, values.join(", ")) }]
}
