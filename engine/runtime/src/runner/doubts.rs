//! Messages in doubt of which a provider can be asked. What it has, had left; that it does not have a message proves nothing, and a person
//! settles that.

use super::group::parcel;
use super::{CARRIED, Carrier, Runner};
use crate::channel::{Answer, Found};
use crate::store::{Doubt, Intake, StoreError, readable};
use chrono::TimeDelta;
use relance_core::day::{Instant, civil_date};
use relance_core::incoming::{Incoming, What};
use relance_core::machine::Channel;
use relance_core::said::Said;
use std::collections::{BTreeMap, BTreeSet};

/// What a provider does not have by then has not left: it was decided, claimed, handed over and worked on long before.
const NEVER_LEFT: TimeDelta = TimeDelta::minutes(30);
/// The provider's clock may be as much behind ours.
const CLOCKS: TimeDelta = TimeDelta::minutes(5);

fn named(doubt: &Doubt) -> (String, String) {
    (doubt.client.clone(), doubt.key.clone())
}

impl<C: Carrier> Runner<'_, C> {
    /// Asks about messages in doubt, all of them or these, and notes what was found: the next step takes it in as it takes a person's
    /// answer. Returns those that were found, by client and key.
    pub(super) async fn ask_about_doubts(
        &self,
        from: Instant,
        these: Option<&BTreeMap<(String, String), usize>>,
    ) -> Result<BTreeSet<(String, String)>, StoreError> {
        let none = these.is_some_and(BTreeMap::is_empty);
        if none || !CARRIED.into_iter().any(|channel| self.carrier.asks(channel)) {
            return Ok(BTreeSet::new());
        }
        let (mut doubts, _) = self.in_time(self.store.in_doubt()).await?;
        doubts.retain(|doubt| {
            let wanted = these.is_none_or(|these| these.contains_key(&named(doubt)));
            wanted && self.carrier.asks(doubt.message.channel)
        });
        let (found, answers): (BTreeSet<_>, Vec<Incoming>) = self.answers(&doubts, from).await?.into_iter().unzip();
        if answers.is_empty() {
            return Ok(BTreeSet::new());
        }
        let at = answers.iter().filter_map(|answer| answer.known).max().unwrap_or(from);
        let keys: Vec<&str> = answers.iter().map(|answer| answer.id.as_str()).collect();
        let report = serde_json::json!({ "fournisseur": keys });
        let intake = Intake { incoming: &answers, payments: false, at, zone: self.program.zone, report: &report };
        self.in_time(self.store.take_in(&intake)).await?;
        Ok(found)
    }

    async fn answers(&self, doubts: &[Doubt], from: Instant) -> Result<Vec<((String, String), Incoming)>, StoreError> {
        let clients: BTreeSet<&String> = doubts.iter().map(|doubt| &doubt.client).collect();
        let clients: Vec<String> = clients.into_iter().cloned().collect();
        let messages: Vec<_> = doubts.iter().map(|doubt| doubt.message.clone()).collect();
        let load = async |part: &[String]| self.store.load(part, from, &messages, false).await;
        let (loaded, _) = self.in_time(readable(&clients, load)).await?;
        let files: BTreeMap<&str, _> =
            loaded.iter().map(|loaded| (loaded.world.dossier.client.as_str(), &loaded.world.dossier)).collect();
        let (mut answers, mut names, mut silent) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        for doubt in doubts.iter() {
            if silent.contains(&doubt.message.channel) {
                continue;
            }
            let Some(dossier) = files.get(doubt.client.as_str()) else { continue };
            let Some(parcel) = parcel(self, dossier, doubt.message.clone(), doubt.decided) else { continue };
            // The names of the messages that have a result: none of them is the one in doubt.
            let names = match names.entry(&doubt.client) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(new) => {
                    new.insert(self.in_time(self.store.provider_names(&doubt.client)).await?)
                }
            };
            match self.carrier.find(&parcel, doubt.decided - CLOCKS, names).await {
                Answer::Found(found) => {
                    names.insert(found.name.clone());
                    let at = from.max(doubt.decided);
                    answers.push((named(doubt), self.answer(doubt, Some(found), at)));
                }
                Answer::Absent if from - doubt.decided >= NEVER_LEFT => {
                    answers.push((named(doubt), self.answer(doubt, None, from)));
                }
                Answer::Nothing | Answer::Absent => {}
                Answer::Silent => {
                    silent.insert(doubt.message.channel);
                }
            }
        }
        Ok(answers)
    }

    /// What was found, or that nothing ever will be, as something that became known.
    fn answer(&self, doubt: &Doubt, found: Option<Found>, at: Instant) -> Incoming {
        let letter = doubt.message.channel == Channel::RegisteredLetter;
        let (id, said, what) = if let Some(found) = found.as_ref().filter(|found| found.failed) {
            let what = What::Bounced { key: Some(doubt.key.clone()), channel: Some(doubt.message.channel), why: None };
            (format!("fournisseur:echec:{}:{}", doubt.key, found.name), None, what)
        } else {
            let reason = match &found {
                None => "il ne connaît pas cette référence".to_owned(),
                Some(found) if letter => format!("même référence, sous le nom {}", found.name),
                Some(found) => format!("même numéro et même texte, sous le nom {}", found.name),
            };
            let what = What::DoubtSettled {
                message: Box::new(doubt.message.clone()),
                left: found.is_some(),
                provider: found.map(|found| found.name),
            };
            (doubt.answer_id(), Said::of(Some("le fournisseur"), Some(&reason)), what)
        };
        let effective = civil_date(at, self.program.zone);
        let invoice = Some(doubt.message.invoice.clone());
        Incoming { id, client: doubt.client.clone(), invoice, effective, known: Some(at), said, what }
    }
}
