//! People: they do what is on their lists, answer for messages in doubt, report what came back, and erase.

use crate::faulty::Faulty;
use crate::life::World;
use relance_core::day::{Instant, civil_date};
use relance_core::dossier::{Status, effect_key};
use relance_core::incoming::{DoneResult, Incoming, What};
use relance_core::machine::Channel;
use relance_engine::store::{Ledgers, Reading, Work};
use relance_tests::ZONE;

/// Something that people tell of a client at a moment.
fn told(id: String, client: &str, invoice: Option<&str>, at: Instant, what: What) -> Incoming {
    let invoice = invoice.map(str::to_owned);
    Incoming {
        id,
        client: client.to_owned(),
        invoice,
        effective: civil_date(at, ZONE),
        known: Some(at),
        said: None,
        what,
    }
}

/// Some of what is on their lists.
pub async fn work(world: &World<'_>, phase: usize, store: &Faulty<'_>) {
    for _ in 0..world.desk.chance(|chance| chance.below(4)) {
        world.desk.turn(store.me).await;
        let at = world.now(phase);
        let mut done = listed(world, at);
        done.extend(came_back(world, at));
        done.retain(|_| world.desk.chance(|chance| chance.one_in_a_thousand(600)));
        world.take_in(store, &done, at).await;
        settle_doubts(world, at, store, 300).await;
    }
}

/// Calls, letters, tasks and approvals that wait for them.
fn listed(world: &World<'_>, at: Instant) -> Vec<Incoming> {
    let facts = world.witness.facts();
    let mut all = Vec::new();
    for (client, file) in &facts.files {
        for (number, invoice) in &file.invoices {
            for run in &invoice.runs {
                for (n, item) in run.items.iter().enumerate() {
                    let key = effect_key(number, run.id, run.stage, n, item.attempt);
                    let what = match item.status {
                        Status::Approving { .. } => {
                            let granted = world.desk.chance(|chance| chance.one_in_a_thousand(700));
                            What::Approval { key: Some(key.clone()), granted }
                        }
                        Status::Listed { within: None, .. } => {
                            let result = world.desk.chance(|chance| chance.of(&DoneResult::ALL));
                            What::Done { key: Some(key.clone()), channel: None, result, tracking: None }
                        }
                        _ => continue,
                    };
                    all.push(told(format!("fait:{key}:{at}"), client, Some(number), at, what));
                }
            }
        }
    }
    all
}

/// Now and then a message comes back.
fn came_back(world: &World<'_>, at: Instant) -> Vec<Incoming> {
    let facts = world.witness.facts();
    let mut all = Vec::new();
    for (client, key) in facts.left.keys() {
        if world.desk.chance(|chance| chance.one_in_a_thousand(950)) {
            continue;
        }
        let Some(letter) = facts.outbox.get(&(client.clone(), key.clone())) else { continue };
        let channel: Channel = letter.message.channel;
        let what = What::Bounced { key: Some(key.clone()), channel: Some(channel), why: None };
        all.push(told(format!("retour:{key}"), client, Some(&letter.message.invoice), at, what));
    }
    all
}

/// They look at what really became of messages in doubt, and say it.
pub async fn settle_doubts(world: &World<'_>, at: Instant, store: &Faulty<'_>, share: u32) {
    let Ok((doubts, _)) = store.in_doubt().await else { return };
    let mut answers = Vec::new();
    for doubt in doubts {
        if !world.desk.chance(|chance| chance.one_in_a_thousand(share)) {
            continue;
        }
        let left = world.witness.has_left(&doubt.key);
        let message = Box::new(doubt.message.clone());
        let what = What::DoubtSettled { message, left, provider: None };
        answers.push(told(doubt.answer_id(), &doubt.client, Some(&doubt.message.invoice), at, what));
    }
    if !answers.is_empty() {
        world.take_in(store, &answers, at).await;
    }
}

/// A client asks to be erased, while everybody works.
pub async fn forget(world: &World<'_>, phase: usize, store: &Faulty<'_>) {
    let clients: Vec<String> = world.witness.facts().files.keys().cloned().collect();
    if clients.is_empty() {
        return;
    }
    let client = clients[world.desk.chance(|chance| chance.below(clients.len()))].clone();
    let at = world.now(phase);
    let Ok(loaded) = store.load(std::slice::from_ref(&client), at, &[], true).await else { return };
    for file in loaded {
        let _ = store.forget(&file.world.dossier, at).await;
    }
}
