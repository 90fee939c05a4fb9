//! Messages that state penalties wait until the rates that these take are known.

use super::Worker;
use crate::dossier::InvoiceFile;
use crate::interest::{Debt, Gap, statement};
use crate::machine::Contact;
use crate::program::Scenario;

impl Worker<'_> {
    /// What keeps a contact from leaving that states amounts: those of its invoice are not firm.
    pub(super) fn gap(&self, number: &str, file: &InvoiceFile, scenario: &Scenario, contact: &Contact) -> Option<Gap> {
        self.states_amounts(number, scenario, contact).then(|| self.amounts_gap(file)).flatten()
    }

    /// Whether the template of a contact states amounts. One that a script cannot choose is told when it is to leave.
    pub(super) fn states_amounts(&self, number: &str, scenario: &Scenario, contact: &Contact) -> bool {
        let asking = || scenario.machine.messages.iter().filter(|message| message.amounts);
        if asking().next().is_none() {
            return false;
        }
        let template = self.template(number, contact).ok().flatten();
        template.is_some_and(|template| asking().any(|message| message.is_of(contact.channel, &template)))
    }

    /// What keeps the amounts of an invoice from being firm today.
    pub(super) fn amounts_gap(&self, file: &InvoiceFile) -> Option<Gap> {
        let amounts = self.program.amounts.as_ref()?;
        statement(&Debt::of(self.dossier, file), amounts, self.today).gaps.first().copied()
    }
}
