//! What must hold: of every journal while everybody works, and of everything at the end.

use crate::faulty::Faulty;
use crate::life::{Told, World};
use crate::post::{day_of, settled};
use crate::witness::{Facts, agrees};
use relance_core::day::Instant;
use relance_core::dossier::Dossier;
use relance_core::event::{Entry, Event};
use relance_core::incoming::{Incoming, What};
use relance_core::journal::Line;
use relance_core::machine::{Cap, Nature};
use relance_core::money::Currency;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, Outside, People, drive, work_done};
use relance_core::step::{Departure, Input, step};
use relance_engine::replay::{Replay, replay};
use relance_engine::store::{Ledger, Ledgers, States, Store};
use relance_tests::{ZONE, jsonl};
use std::collections::{BTreeMap, BTreeSet};

/// Somebody checks the journals while everybody works.
pub async fn verify(world: &World<'_>, store: &Faulty<'_>) {
    let clients: Vec<String> = world.witness.facts().files.keys().cloned().collect();
    let some = world.desk.chance(|chance| chance.below(clients.len() + 1));
    let Ok(found) = store.ledgers(&clients[..some]).await else { return };
    for (ledger, states) in found {
        if let Err(what) = is_whole(&ledger, &states) {
            world.desk.broken(what);
        }
    }
}

/// Whether a journal is whole, and leads to the file that is kept.
fn is_whole(ledger: &Ledger, states: &States) -> Result<(), String> {
    let found = ledger.verify();
    if !found.is_empty() {
        return Err(format!("le journal de {} n’est pas intact : {found:?}", ledger.client));
    }
    match replay(ledger, states, ZONE) {
        Ok(Replay::Same | Replay::Erased) => Ok(()),
        other => Err(format!("{} ne se rejoue pas : {other:?}", ledger.client)),
    }
}

fn expect(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// Everything that must hold once everything due is done.
pub async fn at_the_end(world: &World<'_>, program: &Program, end: Instant) -> Result<Told, String> {
    let base = world.base;
    let error = |error: relance_engine::store::StoreError| error.to_string();
    let clients = base.recorded_clients().await.map_err(error)?;
    let mut told = Told { steps: world.desk.steps(), ..Told::default() };
    for (ledger, states) in base.ledgers(&clients).await.map_err(error)? {
        told.entries += ledger.rows.len();
        is_whole(&ledger, &states)?;
    }
    nothing_is_lost(base, end).await?;
    let facts = std::mem::take(&mut *world.witness.facts());
    told.left = facts.left.len();
    for (client, file) in &facts.files {
        nothing_is_due(program, client, file, &facts, end)?;
    }
    told.in_doubt = messages_agree(world, &facts).await?;
    caps_are_kept(world, &facts)?;
    if world.life.calm && !facts.disturbed {
        let expected = simulated(world, program, end);
        let rows = base.journal(None, None, None, None).await.map_err(error)?;
        let lines: Vec<Line> =
            rows.iter().filter_map(|row| Line::of(&row.entry, &row.client, row.currency, ZONE, program)).collect();
        same(&jsonl(&expected), &jsonl(&lines))?;
        told.compared = true;
    }
    Ok(told)
}

/// The base has nothing left to do: nothing due, nothing unread, nothing ready, nobody's work.
async fn nothing_is_lost(base: &dyn Store, end: Instant) -> Result<(), String> {
    let error = |error: relance_engine::store::StoreError| error.to_string();
    let due = base.count_due(end).await.map_err(error)?;
    expect(due == 0, || format!("{due} clients ont encore quelque chose à faire"))?;
    let unread = base.unread(end).await.map_err(error)?;
    expect(unread == (0, 0), || format!("{unread:?} n’est pas lu"))?;
    let counts = base.outbox_counts().await.map_err(error)?;
    expect(counts.pending == 0, || format!("{counts:?}"))
}

/// The step function has nothing left to do either, and the file sleeps until then.
fn nothing_is_due(program: &Program, client: &str, file: &Dossier, facts: &Facts, end: Instant) -> Result<(), String> {
    if facts.erased.contains(client) {
        return Ok(());
    }
    let mut file = file.clone();
    // As the base would load it.
    file.invoices.retain(|_, invoice| invoice.is_active());
    // No plan of these worlds asks for payments that are up to date.
    let done = step(program, &mut file, end, Vec::new());
    expect(done.entries.is_empty(), || format!("{client} : il restait à faire {:?}", done.entries))?;
    let wake = done.wake.map(|wake| wake.at);
    expect(wake.is_none_or(|at| at > end), || format!("{client} se réveille dans le passé : {wake:?}"))
}

/// Every row of the outbox says what the journal says and what truly happened. Returns how many are in doubt.
async fn messages_agree(world: &World<'_>, facts: &Facts) -> Result<usize, String> {
    let base = world.base;
    let error = |error: relance_engine::store::StoreError| error.to_string();
    let in_doubt: BTreeSet<String> =
        base.in_doubt().await.map_err(error)?.0.into_iter().map(|doubt| doubt.key).collect();
    for (client, entries) in &facts.entries {
        if facts.erased.contains(client) {
            continue;
        }
        let mut last: BTreeMap<&str, (&Event, bool)> = BTreeMap::new();
        for entry in entries {
            let told = matches!(
                entry.event,
                Event::Departed { .. }
                    | Event::Sent { .. }
                    | Event::Failed { .. }
                    | Event::Delayed { .. }
                    | Event::InDoubt { .. }
            );
            if let Some(key) = entry.event.key().filter(|_| told) {
                let within = match &entry.event {
                    Event::Departed { within, .. } => within.is_some(),
                    _ => last.get(key).is_some_and(|(_, within)| *within),
                };
                last.insert(key, (&entry.event, within));
            }
        }
        let record = base.record(client).await.map_err(error)?;
        for row in record.messages {
            let key = row.message.key.as_str();
            let left = facts.left.contains_key(&(client.clone(), key.to_owned()));
            let told = last.get(key).copied();
            expect(told.is_some_and(|(told, within)| agrees(told, within, &row.status)), || {
                format!("{key} est « {} », le journal dit {told:?}", row.status)
            })?;
            let true_to_life = match row.status.as_str() {
                // Whoever says that it has arrived, or come back, is believed.
                "partie" => left || is_told_of(&world.life.history, client, &row.message),
                // What had left, or may have, and came back.
                "echouee" => !left || came_back(entries, key),
                "differee" | "retiree" => !left,
                "doute" => in_doubt.contains(key),
                _ => false,
            };
            expect(true_to_life, || format!("{key} est « {} », parti : {left}", row.status))?;
        }
        for (of, key) in facts.left.keys().filter(|(of, _)| of == client) {
            let row = facts.outbox.get(&(of.clone(), key.clone()));
            expect(row.is_some(), || format!("{key} est parti sans être décidé"))?;
        }
    }
    Ok(in_doubt.len())
}

/// Whether somebody outside spoke of a message: that it had arrived, or come back.
fn is_told_of(history: &[Incoming], client: &str, message: &Departure) -> bool {
    let invoices: BTreeSet<&str> = std::iter::once(message.invoice.as_str())
        .chain(message.others.iter().map(|other| other.invoice.as_str()))
        .collect();
    let things = history.iter().filter(|thing| thing.client == client);
    let about = |thing: &&Incoming| thing.invoice.as_deref().is_some_and(|invoice| invoices.contains(invoice));
    things.filter(about).any(|thing| matches!(thing.what, What::Delivered { .. } | What::Bounced { .. }))
}

/// Whether a message was told to have left, or that it may have, before it failed.
fn came_back(entries: &[Entry], key: &str) -> bool {
    entries.iter().any(|entry| {
        entry.event.key() == Some(key) && matches!(entry.event, Event::Sent { .. } | Event::InDoubt { .. })
    })
}

/// No more contacts leave than the plan allows, where all of the seed's scenarios allow the same.
fn caps_are_kept(world: &World<'_>, facts: &Facts) -> Result<(), String> {
    let scenarios = world.life.programs.iter().flat_map(|program| &program.scenarios);
    let caps: BTreeSet<Option<(u32, u32)>> =
        scenarios.map(|s| s.settings().cap.map(|Cap { contacts, days }| (contacts, days))).collect();
    let (1, Some(Some((contacts, days)))) = (caps.len(), caps.first().copied()) else { return Ok(()) };
    for (client, entries) in &facts.entries {
        let failed: BTreeSet<&str> = entries
            .iter()
            .filter(|entry| matches!(entry.event, Event::Failed { .. }))
            .filter_map(|entry| entry.event.key())
            .collect();
        let mut sent: Vec<(chrono::NaiveDate, &str)> = Vec::new();
        for ((of, key), at) in &facts.left {
            let Some(letter) = facts.outbox.get(&(of.clone(), key.clone())) else { continue };
            // A grouped message goes with whichever of its contacts may leave: it has no unit of its own to be judged by.
            let plain = letter.message.others.is_empty() && letter.message.nature != Nature::Information;
            if of == client && plain && !failed.contains(key.as_str()) {
                sent.push((day_of(*at), letter.message.unit.as_str()));
            }
        }
        for (day, unit) in &sent {
            let within = |on: &chrono::NaiveDate| (0..i64::from(days)).contains(&(*day - *on).num_days());
            let others: BTreeSet<&str> =
                sent.iter().filter(|(on, other)| within(on) && other != unit).map(|(_, unit)| *unit).collect();
            expect(others.len() < contacts as usize, || {
                format!("{client} : plus de {contacts} contacts en {days} jours le {day} : {others:?} et {unit}")
            })?;
        }
    }
    Ok(())
}

/// Carriers that answer by the key, and people.
struct Settled<'a> {
    program: &'a Program,
    people: People,
    seed: u64,
}

impl Outside for Settled<'_> {
    fn answer(&mut self, dossier: &Dossier, _: Instant, entries: &[Entry], departures: Vec<Departure>) -> Vec<Input> {
        let mut inputs: Vec<Input> = work_done(self.program, dossier, entries, self.people);
        for message in departures {
            let outcome = settled(self.seed, &message.key).0;
            inputs.push(Input::Outcome { message, outcome });
        }
        inputs
    }
}

/// The public journal of the same life, simulated.
fn simulated(world: &World<'_>, program: &Program, end: Instant) -> Vec<Line> {
    let life = world.life;
    let mut by_client: BTreeMap<&str, Vec<(Incoming, Option<Instant>)>> = BTreeMap::new();
    for thing in &life.history {
        by_client.entry(&thing.client).or_default().push((thing.clone(), None));
    }
    let mut lines = Vec::new();
    for (client, things) in by_client {
        let inbox = Inbox::new(things, ZONE);
        let mut simulated = relance_core::simulate::World { dossier: Dossier::new(client), wake: None, inbox };
        let mut outside = Settled { program, people: life.people, seed: life.seed };
        drive(program, &mut simulated, (life.phases[0].0, end), &mut outside, |dossier, entry| {
            let file = entry.invoice.as_ref().and_then(|number| dossier.invoices.get(number));
            let currency = file.map_or(Currency::EUR, |file| file.invoice.currency());
            if let Some(line) = Line::of(entry, client, currency, ZONE, program) {
                lines.push((entry.at, client.to_owned(), entry.invoice.clone(), lines.len(), line));
            }
        });
    }
    lines.sort_by(|a, b| (a.0, &a.1, &a.2, a.3).cmp(&(b.0, &b.1, &b.2, b.3)));
    lines.into_iter().map(|(.., line)| line).collect()
}

/// Two journals must be the same, line by line.
fn same(expected: &str, found: &str) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let mut pairs = expected.lines().zip(found.lines());
    let first = pairs.find(|(expected, found)| expected != found);
    let (e, f) = first.unwrap_or(("(fin)", "(fin)"));
    let (n, m) = (expected.lines().count(), found.lines().count());
    Err(format!("le journal n’est pas celui de la simulation ({n} et {m} lignes) :\n  simulé : {e}\n  vécu   : {f}"))
}
