//! What would follow under scenarios while somebody writes them, beside what follows under those in force. Writes nothing.

use crate::failure::{Failure, unknown};
use crate::project::{Project, now};
use crate::simulate::lines;
use crate::words::phrase::sentence;
use crate::worlds::look_again;
use chrono::NaiveDate;
use relance_core::day::{Instant, end_of_day};
use relance_core::journal::Line;
use relance_core::program::Program;
use relance_core::publication::{Message, messages};
use relance_core::simulate::{People, World};
use relance_engine::store::{Store, load_readable};
use std::collections::BTreeMap;

/// How many clients are tried at once: an answer is read while one writes.
pub const CLIENTS: usize = 300;

/// What becomes of a line of the journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It comes under both.
    Stays,
    /// It comes only under what is written.
    Gained,
    /// It comes only under what is in force.
    Lost,
}

/// Scenarios as they are written, and those in force.
pub struct Written {
    /// As they are written.
    pub new: Program,
    /// In force; none before the first run.
    pub old: Option<Program>,
}

impl Written {
    /// The scenarios of a project whose sources hold what is being written.
    pub async fn of(project: &Project, store: &dyn Store) -> Result<Written, Failure> {
        let mut new = project.program()?;
        let versions = store.all_machines().await?;
        new.remember(&versions);
        let Some(last) = store.publications().await?.pop() else { return Ok(Written { new, old: None }) };
        let mut old = project.prepare(store.machines_in_force().await?);
        old.remember(&versions);
        (old.catch_up, old.published) = (last.catch_up, Some(last.at));
        if new.digest == old.digest {
            (new.catch_up, new.published) = (old.catch_up, old.published);
        }
        Ok(Written { new, old: Some(old) })
    }

    /// The same files, as each of the two programs finds them.
    fn both(&self, worlds: Vec<World>, at: Instant) -> (Vec<World>, Vec<World>) {
        let mut after = worlds.clone();
        if self.old.as_ref().is_none_or(|old| old.digest != self.new.digest) {
            after.iter_mut().for_each(|world| look_again(world, at));
        }
        (worlds, after)
    }

    fn span(&self, at: Instant, until: NaiveDate) -> (Instant, Instant) {
        (at, end_of_day(until, self.new.zone))
    }

    /// What follows on an invoice up to a day, in its order.
    pub fn lines(&self, world: World, at: Instant, number: &str, until: NaiveDate) -> Vec<(Fate, Line)> {
        let (mut before, mut after) = self.both(vec![world], at);
        let span = self.span(at, until);
        let run = |program: &Program, worlds: &mut Vec<World>| {
            let mut found = lines(program, worlds, span, People::DILIGENT, |_, _| {});
            found.retain(|line| line.facture.as_deref() == Some(number) && !line.historique);
            found
        };
        let new = run(&self.new, &mut after);
        let old = self.old.as_ref().map(|old| run(old, &mut before));
        let read = |line: &Line| (line.le.clone(), line.palier.clone(), sentence(line));
        compared(old, new, read, |line| line.le.clone())
    }

    /// What leaves of these clients up to a day: under what is in force, and under what is written.
    pub fn messages(&self, worlds: Vec<World>, at: Instant, until: NaiveDate) -> (Vec<Message>, Vec<Message>) {
        let (mut before, mut after) = self.both(worlds, at);
        let span = self.span(at, until);
        let run =
            |program: &Program, worlds: &mut Vec<World>| messages(program, worlds, span, People::DILIGENT, |_| {});
        let old = self.old.as_ref().map(|old| run(old, &mut before));
        (old.unwrap_or_default(), run(&self.new, &mut after))
    }
}

/// Both accounts as one, by their moments. Lines are the same when people read the same.
fn compared<T, K: Ord>(
    old: Option<Vec<T>>,
    new: Vec<T>,
    read: impl Fn(&T) -> K,
    moment: impl Fn(&T) -> String,
) -> Vec<(Fate, T)> {
    let Some(old) = old else { return new.into_iter().map(|line| (Fate::Stays, line)).collect() };
    let mut left: BTreeMap<K, usize> = BTreeMap::new();
    for line in &old {
        *left.entry(read(line)).or_default() += 1;
    }
    let mut found: Vec<(Fate, T)> = Vec::with_capacity(new.len());
    for line in new {
        let fate = match left.get_mut(&read(&line)).filter(|left| **left > 0) {
            Some(left) => {
                *left -= 1;
                Fate::Stays
            }
            None => Fate::Gained,
        };
        found.push((fate, line));
    }
    // From the end: of lines that read the same, the first ones were found again.
    let mut lost = Vec::new();
    for line in old.into_iter().rev() {
        if let Some(left) = left.get_mut(&read(&line)).filter(|left| **left > 0) {
            *left -= 1;
            lost.push((Fate::Lost, line));
        }
    }
    found.extend(lost.into_iter().rev());
    found.sort_by_key(|(_, line)| moment(line));
    found
}

/// From when on is tried: now, or what the base has lived already.
pub async fn start(store: &dyn Store) -> Result<Instant, Failure> {
    Ok(store.clock().await?.map_or_else(now, |clock| clock.max(now())))
}

/// The file of an invoice's client, as it stands.
pub async fn of_invoice(store: &dyn Store, number: &str, at: Instant) -> Result<World, Failure> {
    let unknown = || unknown("facture", number);
    let client = store.client_of(number).await?.ok_or_else(unknown)?;
    let loaded = store.load(std::slice::from_ref(&client), at, &[], true).await?;
    loaded.into_iter().next().map(|loaded| loaded.world).ok_or_else(unknown)
}

/// Files from all over the portfolio, at most [`CLIENTS`]; and how many clients there are.
pub async fn some(store: &dyn Store, at: Instant) -> Result<(Vec<World>, usize), Failure> {
    let clients = store.clients().await?;
    let step = clients.len().div_ceil(CLIENTS).max(1);
    let chosen: Vec<String> = clients.iter().step_by(step).cloned().collect();
    let (loaded, _) = load_readable(store, &chosen, at, false).await?;
    Ok((loaded.into_iter().map(|loaded| loaded.world).collect(), clients.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
        lines.to_vec()
    }

    fn of(
        old: Option<Vec<(&'static str, &'static str)>>,
        new: Vec<(&'static str, &'static str)>,
    ) -> Vec<(Fate, &'static str)> {
        let found = compared(old, new, |line| *line, |line| line.0.to_owned());
        found.into_iter().map(|(fate, (day, _))| (fate, day)).collect()
    }

    #[test]
    fn what_moves_is_lost_where_it_was_and_gained_where_it_is() {
        let old = lines(&[("2026-11-24", "email rappel"), ("2026-11-30", "email ferme")]);
        let new = lines(&[("2026-11-25", "email rappel"), ("2026-11-30", "email ferme")]);
        let told = [(Fate::Lost, "2026-11-24"), (Fate::Gained, "2026-11-25"), (Fate::Stays, "2026-11-30")];
        assert_eq!(of(Some(old), new), told);
    }

    #[test]
    fn what_happens_twice_is_told_twice() {
        let twice = lines(&[("2026-11-24", "email rappel"), ("2026-11-24", "email rappel")]);
        let once = lines(&[("2026-11-24", "email rappel")]);
        let (stays, lost) = ((Fate::Stays, "2026-11-24"), (Fate::Lost, "2026-11-24"));
        assert_eq!(of(Some(twice.clone()), once), [stays, lost]);
        assert_eq!(of(None, twice), [stays, stays]);
    }
}
