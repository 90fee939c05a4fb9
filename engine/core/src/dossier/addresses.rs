//! Addresses and numbers of the client at which nobody is: a message came back for good, and no other leaves to them.

use super::Dossier;
use crate::incoming::Customer;
use crate::machine::Channel;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// An address or a number that messages by a channel do not reach.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BadAddress {
    /// E-mails or SMS: whoever gets no SMS may still answer the telephone.
    pub channel: Channel,
    /// As in the client's data.
    pub address: String,
    /// Since when this is known.
    pub on: NaiveDate,
    /// Why, in French.
    pub reason: String,
}

/// What becomes known of an address.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "nouvelle", rename_all = "snake_case")]
pub enum AddressNews {
    /// Nobody is there.
    Bad(BadAddress),
    /// A person says that it is right all the same.
    Confirmed {
        /// Of which channel.
        channel: Channel,
        /// The address.
        address: String,
    },
}

impl AddressNews {
    /// The channel of the address.
    pub fn channel(&self) -> Channel {
        match self {
            AddressNews::Bad(BadAddress { channel, .. }) | AddressNews::Confirmed { channel, .. } => *channel,
        }
    }
}

/// An address as it is compared.
fn same(channel: Channel, one: &str, other: &str) -> bool {
    match channel {
        Channel::Email => one.trim().to_lowercase() == other.trim().to_lowercase(),
        _ => one.trim() == other.trim(),
    }
}

/// The places of a client's data where an address of a channel stands.
fn places(customer: &mut Customer, channel: Channel) -> Vec<&mut Option<String>> {
    let contacts = customer.contacts.iter_mut();
    match channel {
        Channel::Email => std::iter::once(&mut customer.email).chain(contacts.map(|c| &mut c.email)).collect(),
        Channel::Sms => std::iter::once(&mut customer.phone).chain(contacts.map(|c| &mut c.phone)).collect(),
        Channel::Call | Channel::Letter | Channel::RegisteredLetter => Vec::new(),
    }
}

impl Dossier {
    /// The client's data as far as messages by a channel reach somebody.
    pub fn reached_by(&self, channel: Channel) -> Cow<'_, Customer> {
        let bad: Vec<&BadAddress> = self.bad_addresses.iter().filter(|bad| bad.channel == channel).collect();
        if bad.is_empty() {
            return Cow::Borrowed(&self.customer);
        }
        let mut customer = self.customer.clone();
        for place in places(&mut customer, channel) {
            place.take_if(|address| bad.iter().any(|bad| same(channel, &bad.address, address)));
        }
        Cow::Owned(customer)
    }

    /// What is known against an address.
    pub fn bad_address(&self, channel: Channel, address: &str) -> Option<&BadAddress> {
        self.bad_addresses.iter().find(|bad| bad.channel == channel && same(channel, &bad.address, address))
    }

    /// Whether an address is one of the client's of which nothing bad is known.
    pub fn trusts(&self, channel: Channel, address: &str) -> bool {
        let mut customer = self.reached_by(channel).into_owned();
        places(&mut customer, channel).into_iter().flatten().any(|own| same(channel, own, address))
    }

    /// Something becomes known of an address.
    pub(crate) fn apply_address(&mut self, news: &AddressNews) {
        match news {
            AddressNews::Bad(bad) => self.bad_addresses.push(bad.clone()),
            AddressNews::Confirmed { channel, address } => {
                self.bad_addresses.retain(|bad| bad.channel != *channel || !same(*channel, &bad.address, address));
                self.to_mend.remove(channel);
                self.tasks.retain(|task| task.why != super::OwnTask::Mend(*channel));
            }
        }
    }

    /// The client's data have changed: an address that is no longer in them is forgotten, and good again should it come back.
    pub(crate) fn forget_addresses(&mut self) {
        let mut customer = self.customer.clone();
        self.bad_addresses.retain(|bad| {
            let mut own = places(&mut customer, bad.channel).into_iter().flatten();
            own.any(|address| same(bad.channel, &bad.address, address))
        });
    }
}
