//! Whose a mail is: the message of ours that it answers, else the client who writes.

use super::mail::{Class, Mail};
use super::report::{End, Fate};
use crate::channel::{Tokens, digest};
use crate::store::{self, Store, StoreError};
use chrono::TimeDelta;
use relance_core::day::Instant;
use relance_core::incoming::Customer;
use relance_core::machine::Channel;
use std::collections::HashMap;

/// How long after it a message may still be answered, in days.
const ANSWERED: i64 = 400;
/// How long after it a message may be what a notice speaks of that names nothing but an address, in days: servers give up within five.
const GIVEN_UP: i64 = 6;

/// What a mail is about.
#[derive(Clone, PartialEq, Debug)]
pub enum Owner {
    /// A message that was sent.
    Message(Box<Sent>),
    /// A client who wrote without naming any message.
    Client(String),
}

/// A message that was sent.
#[derive(Clone, PartialEq, Debug)]
pub struct Sent {
    /// The client.
    pub client: String,
    /// The message.
    pub message: store::Message,
}

/// Finds whose mails are; the outbox is read once for all of them.
pub struct Registry<'a> {
    store: &'a dyn Store,
    tokens: Option<&'a Tokens>,
    at: Instant,
    by_digest: HashMap<String, (String, String)>,
}

impl<'a> Registry<'a> {
    /// What was sent until a moment.
    pub async fn read(
        store: &'a dyn Store,
        tokens: Option<&'a Tokens>,
        at: Instant,
    ) -> Result<Registry<'a>, StoreError> {
        let sent = store.mails_since(at - TimeDelta::days(ANSWERED)).await?;
        let by_digest = sent.into_iter().map(|(client, key)| (digest(&key), (client, key))).collect();
        Ok(Registry { store, tokens, at, by_digest })
    }

    /// Whose a mail is; `None` when nobody can tell, or when several clients could be meant.
    pub async fn owner(&self, mail: &Mail) -> Result<Option<Owner>, StoreError> {
        for digest in &mail.mentions {
            let Some((client, key)) = self.by_digest.get(digest) else { continue };
            let messages = self.store.record(client).await?.messages;
            // The same key may have been decided more than once: the last time counts.
            let found = messages.into_iter().rev().find(|sent| is_mail(sent) && sent.message.key == *key);
            if let Some(message) = found {
                return Ok(Some(Owner::Message(Box::new(Sent { client: client.clone(), message }))));
            }
        }
        if let Some(client) =
            self.marked(mail).await?.filter(|_| matches!(mail.class, Class::Reply | Class::Automatic(_)))
        {
            return Ok(Some(Owner::Client(client)));
        }
        match &mail.class {
            Class::Report(fates) => self.sent_lately(fates).await,
            Class::Reply | Class::Automatic(_) => {
                let Some(from) = &mail.from else { return Ok(None) };
                Ok(self.client_at(from).await?.map(Owner::Client))
            }
            Class::Seen | Class::Unreadable => Ok(None),
        }
    }

    /// The client whose mark is in the address that was written to.
    async fn marked(&self, mail: &Mail) -> Result<Option<String>, StoreError> {
        let Some(tokens) = self.tokens else { return Ok(None) };
        let Some(mark) = mail.to.iter().find_map(|address| tokens.token_in(address)) else { return Ok(None) };
        Ok(self.store.clients().await?.into_iter().find(|client| tokens.token(client) == mark))
    }

    /// The only client who has this address.
    async fn client_at(&self, address: &str) -> Result<Option<String>, StoreError> {
        if address.contains(['"', '\\']) {
            return Ok(None);
        }
        let found = self.store.customers_with(address).await?;
        let mut theirs = found.into_iter().filter(|(_, customer)| has(customer, address));
        let first = theirs.next().map(|(client, _)| client);
        Ok(first.filter(|_| theirs.next().is_none()))
    }

    /// The only message of late to an address that a notice names.
    async fn sent_lately(&self, fates: &[Fate]) -> Result<Option<Owner>, StoreError> {
        let [Fate { recipient: Some(address), end: End::Failed(..) }] = fates else { return Ok(None) };
        let Some(client) = self.client_at(address).await? else { return Ok(None) };
        let since = self.at - TimeDelta::days(GIVEN_UP);
        let to_it = |sent: &store::Message| {
            let to = sent.recipients.as_ref().map(|recipients| recipients.to.as_slice()).unwrap_or_default();
            to.iter().any(|one| one.email.as_ref().is_some_and(|email| email.trim().to_lowercase() == *address))
        };
        let messages = self.store.record(&client).await?.messages;
        let mut late = messages.into_iter().filter(|sent| is_mail(sent) && sent.decided >= since && to_it(sent));
        let first = late.next().filter(|_| late.next().is_none());
        Ok(first.map(|message| Owner::Message(Box::new(Sent { client, message }))))
    }
}

fn is_mail(sent: &store::Message) -> bool {
    sent.message.channel == Channel::Email
}

fn has(customer: &Customer, address: &str) -> bool {
    let own = customer.email.iter().chain(customer.contacts.iter().filter_map(|contact| contact.email.as_ref()));
    own.map(|email| email.trim().to_lowercase()).any(|email| email == address)
}
