//! What follows when an action has failed for good: its fallback, also for a message that comes back late, or a task.

use super::Worker;
use super::rules::rung_label;
use crate::dossier::{AddressNews, BadAddress, InvoiceFile, Origin, OwnTask, Returnable, SentMessage, parse_key};
use crate::event::Event;
use crate::incoming::Returned;
use crate::machine::{Channel, Trigger};
use crate::tracked::{LetterStatus, Tracked};
use chrono::NaiveDate;

/// What follows an action that failed for good.
enum Next {
    /// Nothing takes its place.
    Nothing,
    /// The action after `à défaut`, at once.
    Fallback,
    /// The same, in a run of this number: the sequence has gone on, or is over.
    Late(u32),
    /// An action would, but its time has gone: its key, what it is, and why not.
    TooLate(String, String, String),
    /// It had failed before: the same message came back twice.
    Known,
}

impl Worker<'_> {
    /// Whether the action that a key names is followed by another one in its place (`à défaut`).
    pub(super) fn has_fallback(&self, number: &str, key: &str) -> bool {
        parse_key(key).is_some_and(|(_, run, stage, item, attempt)| {
            let file = self.file(number);
            let rule = file.and_then(|f| f.run(run)).map(|run| run.rule);
            let scenario = file.and_then(|f| self.scenario(f));
            rule.zip(scenario).is_some_and(|(rule, s)| s.action(rule, stage, item, attempt + 1).is_some())
        })
    }

    /// An action failed for good: its fallback follows, or a task to mend the contact.
    pub(super) fn fail(&mut self, number: &str, key: &str, channel: Channel, template: Option<String>, reason: String) {
        self.failed(number, key, (channel, template), Returned { reason, ..Returned::default() });
    }

    fn failed(&mut self, number: &str, key: &str, (channel, template): (Channel, Option<String>), why: Returned) {
        let Returned { reason, address_is_right, .. } = why;
        let next = self.after_failure(number, key);
        // A message that answers a failure must not answer its own.
        let answers = self.answers_a_failure(number, key);
        let late = if let Next::Late(run) = next { Some(run) } else { None };
        let fallback = match next {
            Next::Known => return,
            Next::Fallback | Next::Late(_) => true,
            Next::Nothing | Next::TooLate(..) => false,
        };
        self.emit(
            Some(number),
            Event::Failed { key: key.to_owned(), channel, template, reason: reason.clone(), fallback, late },
        );
        if let Next::TooLate(key, what, reason) = next {
            self.emit(Some(number), Event::LeftOut { key, what, reason: Some(reason) });
        }
        // An electronic letter goes to an e-mail address.
        let channel = self.addressed_as(number, channel);
        if !fallback && !self.dossier.to_mend.contains(&channel) {
            let what = match channel {
                Channel::Email => "l'adresse électronique",
                Channel::Sms | Channel::Call => "le numéro de téléphone",
                Channel::Letter | Channel::RegisteredLetter => "l'adresse postale",
            };
            let name = self.client_name();
            let text = if address_is_right {
                format!("Joindre autrement le client {name} : {reason}")
            } else {
                format!("Corriger {what} du client {name}")
            };
            self.ask(Some(number), OwnTask::Mend(channel), text);
        }
        if !answers {
            self.trigger(number, Trigger::Failure, false);
        }
    }

    /// A message is said to have come back: it fails for every invoice in it. What has failed already stays as it is.
    pub(super) fn came_back(
        &mut self,
        number: &str,
        key: Option<&str>,
        channel: Option<Channel>,
        why: Option<&Returned>,
    ) {
        let unsaid = || Returned { reason: "le message est revenu".to_owned(), ..Returned::default() };
        let why = why.cloned().unwrap_or_else(unsaid);
        // Before the fallback, which may be a message to the same address.
        let sent = self.file(number).and_then(|file| file.sent_message(key, channel, self.today)).map(|s| s.channel);
        if let Some(channel) = sent {
            why.wrong.iter().for_each(|address| self.mark_bad(number, channel, address, &why.reason));
        }
        let parts = self.meant(number, key, channel, "échec", |sent| !sent.failed);
        for (number, SentMessage { key, channel, template, .. }) in parts {
            self.failed(&number, &key, (channel, template), why.clone());
        }
    }

    /// Nobody is at an address: nothing more leaves to it while it stands in the client's data.
    pub(super) fn mark_bad(&mut self, number: &str, channel: Channel, address: &str, reason: &str) {
        if !self.dossier.trusts(channel, address) {
            return;
        }
        let (address, reason, on) = (address.trim().to_owned(), reason.to_owned(), self.today);
        self.emit(Some(number), Event::Address(AddressNews::Bad(BadAddress { channel, address, on, reason })));
    }

    /// A person says that addresses are right.
    pub(super) fn address_confirmed(&mut self, channel: Option<Channel>) {
        let bad = self.dossier.bad_addresses.iter().filter(|bad| channel.is_none_or(|channel| channel == bad.channel));
        let bad: Vec<(Channel, String)> = bad.map(|bad| (bad.channel, bad.address.clone())).collect();
        if bad.is_empty() {
            let text = format!(
                "adresse confirmée du client {} : aucune n’était tenue pour invalide ; sans effet",
                self.client_name()
            );
            self.emit(None, Event::Anomaly { text });
        }
        for (channel, address) in bad {
            self.emit(None, Event::Address(AddressNews::Confirmed { channel, address }));
        }
    }

    /// A message is said to have reached its recipient: noted once, for every invoice in it.
    pub(super) fn reached(&mut self, number: &str, key: Option<&str>, channel: Option<Channel>, on: NaiveDate) {
        let sent = self.file(number).and_then(|file| file.sent_message(key, channel, self.today));
        if let Some(letter) = sent.filter(|sent| sent.channel == Channel::RegisteredLetter) {
            let (key, status) = (Some(letter.key.clone()), Some(LetterStatus::Delivered));
            return self.tracked(number, &Tracked { key, status, ..Tracked::default() }, on);
        }
        for (number, sent) in self.meant(number, key, channel, "remise", |sent| !sent.delivered) {
            self.emit(Some(&number), Event::Delivered { key: sent.key, channel: sent.channel });
        }
    }

    /// The message that somebody speaks of, in every invoice that it is about and where this is new.
    fn meant(
        &mut self,
        number: &str,
        key: Option<&str>,
        channel: Option<Channel>,
        told: &str,
        is_new: impl Fn(&SentMessage) -> bool,
    ) -> Vec<(String, SentMessage)> {
        let Some(file) = self.file(number) else { return Vec::new() };
        let Some(sent) = file.sent_message(key, channel, self.today) else {
            let what = match (key, channel) {
                (Some(key), _) => format!("aucun message de clé « {key} »"),
                (None, Some(Channel::Email)) => "aucun courriel".to_owned(),
                (None, Some(Channel::Sms)) => "aucun SMS".to_owned(),
                (None, _) => "aucune lettre".to_owned(),
            };
            let text = format!(
                "{told} sur la facture {number} : {what} n’est parti à ce moment, depuis trente jours ; sans effet"
            );
            self.emit(Some(number), Event::Anomaly { text });
            return Vec::new();
        };
        let whole = sent.whole().to_owned();
        self.parts(number, &whole, is_new)
    }

    /// What stands of a message in each invoice that it is about and where something is new.
    pub(super) fn parts(
        &self,
        number: &str,
        whole: &str,
        is_new: impl Fn(&SentMessage) -> bool,
    ) -> Vec<(String, SentMessage)> {
        let mut parts = Vec::new();
        for (other, file) in &self.dossier.invoices {
            // Of the other invoices, only those that may still do something are sure to be at hand.
            if other == number || file.is_active() {
                let own = file.sent.iter().filter(|sent| sent.whole() == whole && is_new(sent));
                parts.extend(own.map(|sent| (other.clone(), sent.clone())));
            }
        }
        parts.sort_by_key(|(_, sent)| sent.within.is_some());
        parts
    }

    /// Whether something has to be known of a message that is accepted, should it come back.
    pub(super) fn is_remembered(&self, number: &str, key: &str) -> bool {
        let run = parse_key(key).and_then(|(_, run, ..)| self.file(number)?.run(run));
        let repairs = run.is_some_and(|run| run.repairs.is_some());
        repairs || self.has_fallback(number, key) || self.answers_a_failure(number, key)
    }

    /// Whether the action of a key belongs to `quand échec`.
    pub(super) fn answers_a_failure(&self, number: &str, key: &str) -> bool {
        let Some(file) = self.file(number) else { return false };
        let running = parse_key(key).and_then(|(_, run, ..)| file.run(run));
        let run = running.or_else(|| file.returnable(key, self.today).map(|sent| &sent.run));
        run.is_some_and(|run| run.origin == Origin::Reaction(Trigger::Failure))
    }

    /// Whether the message of a key is known to have failed.
    pub(super) fn has_failed(&self, number: &str, key: &str) -> bool {
        let noted = self.file(number).is_some_and(|file| file.sent.iter().any(|sent| sent.key == key && sent.failed));
        noted || matches!(self.after_failure(number, key), Next::Known)
    }

    fn after_failure(&self, number: &str, key: &str) -> Next {
        let Some(file) = self.file(number) else { return Next::Nothing };
        let Some((_, id, stage, item, attempt)) = parse_key(key) else { return Next::Nothing };
        let current = file.run(id).filter(|run| run.stage == stage).and_then(|run| run.items.get(item));
        if let Some(current) = current {
            return match current.attempt {
                now if now != attempt => Next::Known,
                _ if self.has_fallback(number, key) => Next::Fallback,
                _ => Next::Nothing,
            };
        }
        let Some(sent) = file.returnable(key, self.today) else { return Next::Nothing };
        let fallback =
            self.scenario(file).and_then(|s| s.attempt(sent.run.rule, stage, item, attempt.saturating_add(1)));
        let Some(fallback) = fallback else { return Next::Nothing };
        match self.is_too_late(file, sent) {
            Some(reason) => {
                let key = crate::dossier::effect_key(number, id, stage, item, attempt.saturating_add(1));
                Next::TooLate(key, fallback.to_string(), reason)
            }
            None => Next::Late(file.last_run.saturating_add(1)),
        }
    }

    /// Why the fallback of a message that comes back is not wanted any more, in French.
    fn is_too_late(&self, file: &InvoiceFile, sent: &Returnable) -> Option<String> {
        if sent.run.is_pre_due() && self.today >= file.invoice.due {
            return Some("l’échéance est arrivée".to_owned());
        }
        sent.superseded.map(|rung| format!("remplacé par le palier {}", rung_label(rung)))
    }
}
