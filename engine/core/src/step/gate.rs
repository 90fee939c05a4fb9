//! The reason of a contact, read again just before it leaves.

use super::Worker;
use super::rules::{reaction_to_come, reminder_is_old, rung_day, too_little};
use super::states::is_entry;
use crate::dossier::{InvoiceFile, Origin, Run};
use crate::eval::truth;
use crate::facts::{Failure, InvoiceFacts};
use crate::machine::{Branch, Clock, Contact, Nature, Trigger};
use crate::program::Scenario;

/// Whether the contacts of a run may leave.
pub(super) enum Gate {
    Pass,
    Wait,
    Cancel(String),
    Broken(String),
}

impl Worker<'_> {
    /// Reads the reason of a run again, just before a contact of it leaves.
    pub(super) fn gate(
        &self,
        number: &str,
        file: &InvoiceFile,
        run: &Run,
        scenario: &Scenario,
        waiting: &[&Contact],
    ) -> Gate {
        let asks = waiting.iter().any(|c| c.nature != Nature::Information);
        let failure = Failure::default();
        // Neither its own firing nor the state that it left cancels it.
        let facts = InvoiceFacts {
            failure: Some(&failure),
            state: &run.state,
            rung: run.standing,
            visited: run.seen.as_ref().unwrap_or(&file.visited),
            ..self.facts(number, file)
        };
        if let Origin::Reaction(trigger) = run.origin
            && !run.contacted
            && let Some(reason) = cause_is_gone(trigger, file)
        {
            return Gate::Cancel(reason);
        }
        if !file.is_open() {
            // A cause never cancels its own message: a thank-you does not die of a zero balance.
            let survives =
                matches!(run.origin, Origin::Reaction(Trigger::Settled | Trigger::PromiseKept | Trigger::CreditNote));
            return if survives || (!asks && matches!(run.origin, Origin::Reaction(_))) {
                Gate::Pass
            } else {
                Gate::Cancel("la facture est soldée".to_owned())
            };
        }
        // Contacts not yet made wait for the fallback of one that came back.
        if self.is_held(number, file, run) || file.awaits_fallback(run) {
            return Gate::Wait;
        }
        // So do rungs, fired or not, for the contact of a reaction; what mends a message that came back belongs to its own chain.
        let is_rung = matches!(run.origin, Origin::Rung(_)) && run.repairs.is_none();
        if is_rung && reaction_to_come(file, scenario) {
            return Gate::Wait;
        }
        let formal = waiting.iter().any(|c| c.nature == Nature::FormalNotice);
        // The condition is on rungs, and on the entries that they lead to: a reaction has its own reason.
        let rule = scenario.rule(run.rule);
        let asks_reminder = rule.is_some() || is_entry(run.origin);
        if formal && asks_reminder && !run.lifted && !reminder_is_old(file, self.today) {
            return Gate::Wait;
        }
        let own_hold = matches!(
            run.origin,
            Origin::Reaction(Trigger::Promise | Trigger::PaymentAnnounced | Trigger::DisputeOpened)
        );
        // Nothing is sent, but for an information that answers an event.
        let answers = matches!(run.origin, Origin::Reaction(_)) && !asks;
        if !answers && !own_hold && too_little(scenario, &facts).is_some() {
            return Gate::Wait;
        }
        if !run.contacted {
            // A due date that was moved takes the rung's day with it; the clock of a state has run already.
            let reached = |branch: &Branch| {
                let due_only = branch.bounds.iter().all(|bound| bound.clock == Clock::Due);
                !due_only || branch.bounds.is_empty() || rung_day(branch, &facts).is_some_and(|day| day <= self.today)
            };
            if rule.is_some_and(|rule| !rule.branches.iter().any(reached)) {
                return Gate::Wait;
            }
            let holds = |guard| truth(guard, &facts) == Some(true);
            let holds = match (rule, scenario.entry(run.rule)) {
                (Some(rule), _) => rule.branches.iter().any(|branch| reached(branch) && holds(&branch.guard)),
                (None, Some(entry)) => holds(&entry.guard),
                (None, None) => true,
            };
            if let Some(reason) = failure.take() {
                return Gate::Broken(reason);
            }
            if !holds {
                return Gate::Cancel("la condition de la règle n’est plus vraie".to_owned());
            }
        }
        Gate::Pass
    }
}

/// Why the cause of a reaction no longer holds, in French.
fn cause_is_gone(trigger: Trigger, file: &InvoiceFile) -> Option<String> {
    let gone = match trigger {
        Trigger::Settled => file.is_open().then_some("la facture n’est plus soldée"),
        Trigger::DisputeOpened => file.disputes.is_empty().then_some("le litige est clos"),
        Trigger::PartialPayment => (!file.is_open()).then_some("la facture est soldée"),
        Trigger::Promise => file.promise.is_none().then_some("la promesse ne court plus"),
        Trigger::PromiseBroken => file.promise.is_some().then_some("une nouvelle promesse court"),
        Trigger::Stop => file.stopped.is_none().then_some("les relances ont repris"),
        Trigger::Resume => file.stopped.is_some().then_some("les relances sont de nouveau arrêtées"),
        _ => None,
    };
    gone.map(str::to_owned)
}
