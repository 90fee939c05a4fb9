//! Whether a contact can reach somebody.

use super::Worker;
use crate::day::french_date;
use crate::machine::{Channel, Contact};
use crate::program::recipients;
use crate::schema::fold;

/// Why nobody gets an SMS who has a number.
const NO_MOBILE: &str = "aucun numéro de portable lisible n’est connu : une ligne fixe ne reçoit pas de SMS";
/// Why nobody gets a letter.
const NO_PLACE: &str = "aucune adresse postale n’est connue";

impl Worker<'_> {
    /// Why a contact for whom an address is known reaches nobody: messages came back from there.
    fn nobody_there(&self, contact: &Contact) -> Option<String> {
        let (channel, customer) = (contact.channel, &self.dossier.customer);
        let (to, _) = recipients(customer, &self.program.people, contact);
        let reached = to.iter().find(|r| r.is_reached_by(channel, customer.country.as_deref()))?;
        let address = if channel == Channel::Email { reached.email.as_deref() } else { reached.phone.as_deref() };
        let bad = self.dossier.bad_address(channel, address?)?;
        let what = if channel == Channel::Email { "l’adresse électronique connue" } else { "le numéro connu" };
        let (since, why) = (french_date(bad.on), &bad.reason);
        Some(format!(
            "{what} ne reçoit plus rien depuis le {since} ({why}) : corrigez la fiche du client, ou confirmez (événement `adresse_confirmee`)"
        ))
    }

    /// The address that a contact of an invoice goes to, as the channel to which such addresses belong.
    pub(super) fn addressed_as(&self, number: &str, channel: Channel) -> Channel {
        let by_hand = self.file(number).is_none_or(|file| self.program.by_hand(self.dossier, file, channel));
        if by_hand { channel } else { self.program.addressed_as(channel) }
    }

    /// Why a contact cannot reach anybody, in French.
    pub(super) fn missing_address(
        &self,
        (number, key): (&str, &str),
        contact: &Contact,
        by_hand: bool,
    ) -> Option<String> {
        let contact = &Contact { channel: self.addressed_as(number, contact.channel), ..contact.clone() };
        let customer = self.dossier.reached_by(contact.channel);
        let (to, _) = recipients(&customer, &self.program.people, contact);
        let (what, column) = match contact.channel {
            Channel::Email => ("aucune adresse électronique n’est connue", "email"),
            Channel::Sms | Channel::Call => ("aucun numéro de téléphone n’est connu", "telephone"),
            // Whoever posts the letter can find an address that the data lacks; a fallback says what to do instead.
            Channel::Letter | Channel::RegisteredLetter if by_hand => {
                let lacks = customer.address.is_none() && self.has_fallback(number, key);
                return lacks.then(|| NO_PLACE.to_owned());
            }
            Channel::Letter | Channel::RegisteredLetter => {
                let lacks = customer.address.as_ref().is_none_or(|address| address.trim().is_empty());
                return lacks.then(|| NO_PLACE.to_owned());
            }
        };
        if to.iter().any(|r| r.is_reached_by(contact.channel, customer.country.as_deref())) {
            return None;
        }
        if let Some(reason) = self.nobody_there(contact) {
            return Some(reason);
        }
        if contact.channel == Channel::Sms && to.iter().any(|r| r.phone.is_some()) {
            return Some(NO_MOBILE.to_owned());
        }
        let Some(role) = to.iter().find_map(|r| r.role.as_deref()) else { return Some(what.to_owned()) };
        let folded = fold(role);
        Some(if customer.contacts.iter().any(|c| fold(&c.role) == folded) {
            format!("{what} pour `{role}`, ni pour le client : complétez `{column}_{folded}` ou `{column}` du client")
        } else {
            format!("{what} pour `{role}` : complétez `{column}` de `{role}` dans relance.toml")
        })
    }
}
