//! What a service tells of itself: whether it is well, and its figures. Never a name, an address, a number or a text.

use super::meter::{self, Meter};
use crate::runner::RunReport;
use crate::store::{Backlog, StoreError};
use relance_core::day::Instant;
use relance_core::machine::Channel;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// For how long a base may be silent, or passes fail, before the service is not well.
const GRACE: Duration = Duration::from_secs(60);

/// What a service tells of itself.
#[derive(Debug)]
pub struct Board(Mutex<State>);

#[derive(Debug)]
struct State {
    answered: std::time::Instant,
    failing: Option<std::time::Instant>,
    behind: Option<Instant>,
    next: Option<Instant>,
    last: Option<(Instant, Duration)>,
    stopped: BTreeSet<Channel>,
    /// How many clients the last pass left out because their data cannot be read.
    unreadable: usize,
    meter: Meter,
}

impl Default for Board {
    fn default() -> Board {
        Board(Mutex::new(State {
            answered: std::time::Instant::now(),
            failing: None,
            behind: None,
            next: None,
            last: None,
            stopped: BTreeSet::new(),
            unreadable: 0,
            meter: Meter::default(),
        }))
    }
}

impl Board {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many passes there have been.
    pub fn passes(&self) -> u64 {
        self.state().meter.passes()
    }

    /// The moment that the base has lived to and that the service waits for.
    pub fn behind(&self) -> Option<Instant> {
        self.state().behind
    }

    /// The last turn went well.
    pub(super) fn goes_well(&self) {
        let mut state = self.state();
        state.answered = std::time::Instant::now();
        state.failing = None;
    }

    /// The last turn failed.
    pub(super) fn fails(&self, error: &StoreError) {
        let mut state = self.state();
        state.failing.get_or_insert_with(std::time::Instant::now);
        state.meter.error(if error.is_passing() { "base_injoignable" } else { "base_refus" });
    }

    /// Whether the service waits until a moment that the base has lived to; says whether that is new.
    pub(super) fn waits_for_clock(&self, reached: Option<Instant>) -> bool {
        let mut state = self.state();
        std::mem::replace(&mut state.behind, reached).is_some() != reached.is_some()
    }

    /// What is due next.
    pub(super) fn looked(&self, next: Option<Instant>) {
        self.state().next = next;
    }

    /// A pass is over. Returns the channels that stopped, or work again, with it.
    pub(super) fn passed(&self, at: Instant, took: Duration, report: &RunReport) -> Vec<(Channel, bool)> {
        let mut state = self.state();
        state.last = Some((at, took));
        state.unreadable = report.unreadable.len();
        state.meter.pass(took, report);
        let mut changes = Vec::new();
        for channel in report.attempts.keys().map(|(channel, _)| *channel).collect::<BTreeSet<_>>() {
            let stopped = report.attempts.contains_key(&(channel, crate::runner::STOPPED));
            let changed = if stopped { state.stopped.insert(channel) } else { state.stopped.remove(&channel) };
            if changed {
                changes.push((channel, stopped));
            }
        }
        changes
    }

    /// Whether the service is well, and why not; `accessible` when the base has just answered.
    pub(super) fn health(&self, accessible: bool) -> (bool, Value) {
        let mut state = self.state();
        if accessible {
            state.answered = std::time::Instant::now();
        }
        let mut problems = Vec::new();
        if state.answered.elapsed() > GRACE {
            problems.push("la base ne répond plus depuis plus d’une minute".to_owned());
        } else if state.failing.is_some_and(|since| since.elapsed() > GRACE) {
            problems
                .push("les passes échouent depuis plus d’une minute : le journal du service dit pourquoi".to_owned());
        }
        for channel in &state.stopped {
            problems.push(format!("le canal {} est arrêté : vérifiez ses réglages et son compte", channel.name()));
        }
        if state.unreadable > 0 {
            problems.push("des dossiers ne se lisent pas : ces clients sont laissés de côté ; `relance etat` dit lesquels, et quoi faire".to_owned());
        }
        if state.behind.is_some() {
            problems.push(
                "l’horloge de la machine retarde sur la base : rien ne part avant qu’elle l’ait rattrapée".to_owned(),
            );
        }
        let told = json!({
            "etat": if problems.is_empty() { "bien" } else { "en_panne" },
            "problemes": problems,
            "base_accessible": accessible,
            "derniere_passe": state.last.map(|(at, took)| json!({ "le": at.to_rfc3339(), "duree_ms": took.as_millis() as u64 })),
            "prochaine_echeance": state.next.map(|at| at.to_rfc3339()),
            "canaux_arretes": state.stopped.iter().map(|channel| channel.name()).collect::<Vec<_>>(),
            "dossiers_illisibles": state.unreadable,
            "attend_l_horloge_jusqu_a": state.behind.map(|at| at.to_rfc3339()),
        });
        (problems.is_empty(), told)
    }

    /// The figures, for Prometheus; `backlog` when the base answers.
    pub(super) fn metrics(&self, now: Instant, backlog: Option<&Backlog>) -> String {
        let mut state = self.state();
        if backlog.is_some() {
            state.answered = std::time::Instant::now();
        }
        meter::text(&state.meter, (&state.stopped, state.unreadable), now, backlog)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::STOPPED;
    use crate::store::Unreadable;
    use std::collections::BTreeMap;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn report(attempts: &[(Channel, &'static str, u64)]) -> RunReport {
        let attempts: BTreeMap<_, _> = attempts.iter().map(|(channel, word, n)| ((*channel, *word), *n)).collect();
        RunReport { steps: 7, attempts, ..RunReport::default() }
    }

    #[test]
    fn a_channel_is_stopped_until_a_pass_without_a_refusal() {
        let (board, now) = (Board::default(), at("2026-03-10T10:00:00Z"));
        assert!(board.health(true).0);
        let stopped = report(&[(Channel::Email, STOPPED, 3), (Channel::Sms, "parti", 1)]);
        assert_eq!(board.passed(now, Duration::from_millis(20), &stopped), [(Channel::Email, true)]);
        assert_eq!(board.passed(now, Duration::from_millis(20), &stopped), [], "told once");
        assert_eq!(board.passed(now, Duration::from_millis(20), &report(&[])), [], "nothing was tried");
        let (well, told) = board.health(true);
        assert!(!well);
        insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap());
        assert_eq!(
            board.passed(now, Duration::ZERO, &report(&[(Channel::Email, "parti", 1)])),
            [(Channel::Email, false)]
        );
        assert!(board.health(true).0);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_until_it_can() {
        let (board, now) = (Board::default(), at("2026-03-10T10:00:00Z"));
        let one = Unreadable { client: "C1".to_owned(), reason: "donnée illisible".to_owned() };
        board.passed(now, Duration::ZERO, &RunReport { unreadable: vec![one], ..RunReport::default() });
        let (well, told) = board.health(true);
        assert!(!well && told["dossiers_illisibles"] == 1 && !told.to_string().contains("C1"), "{told}");
        board.passed(now, Duration::ZERO, &RunReport::default());
        assert!(board.health(true).0);
    }

    #[test]
    fn a_clock_behind_is_told_when_it_begins_and_when_it_ends() {
        let (board, now) = (Board::default(), at("2026-03-10T10:00:00Z"));
        assert!(!board.waits_for_clock(None));
        assert!(board.waits_for_clock(Some(now)) && !board.waits_for_clock(Some(now)));
        assert!(!board.health(true).0);
        assert!(board.waits_for_clock(None) && board.health(true).0);
    }

    #[test]
    fn a_base_that_does_not_answer_is_forgiven_for_a_minute() {
        let board = Board::default();
        let ago = |seconds| std::time::Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
        board.state().answered = ago(59);
        assert!(board.health(false).0);
        board.state().answered = ago(61);
        assert!(!board.health(false).0);
        assert!(board.health(true).0, "it answers");
        board.fails(&StoreError::Kind("x".to_owned()));
        assert!(board.health(true).0);
        board.state().failing = Some(ago(61));
        assert!(!board.health(true).0, "it answers, and refuses");
        board.goes_well();
        assert!(board.health(true).0);
    }

    #[test]
    fn figures() {
        let (board, now) = (Board::default(), at("2026-03-10T10:00:00Z"));
        let first = report(&[(Channel::Email, "parti", 3), (Channel::Email, "differe", 1), (Channel::Sms, STOPPED, 2)]);
        board.passed(now, Duration::from_millis(30), &first);
        board.passed(now, Duration::from_secs(90), &report(&[(Channel::Email, "parti", 4)]));
        board.fails(&StoreError::Kind("x".to_owned()));
        let backlog = Backlog { due: 5, oldest: Some(at("2026-03-10T09:58:30Z")), claimed: 2, in_doubt: 1 };
        insta::assert_snapshot!(board.metrics(now, Some(&backlog)));
        assert!(!board.metrics(now, None).contains("relance_clients_dus"), "what is not known is not told");
    }
}
