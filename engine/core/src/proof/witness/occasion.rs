//! Events that reactions answer, as they come from outside on the day that matters.

use super::build::Given;
use crate::day::{add_days, french_date};
use crate::incoming::What;
use crate::machine::{Reaction, Trigger};
use crate::money::Amount;

/// Makes the event of a reaction happen; `None` for what no example brings about.
pub(super) fn happen(reaction: &Reaction, given: &mut Given) -> Option<()> {
    let day = given.day;
    let part = Amount::new((given.amount.cents / 4).max(1), given.amount.currency);
    let (on, what, told) = match reaction.on {
        Trigger::PartialPayment => (day, What::Payment { amount: part }, format!("paiement de {part}")),
        Trigger::PaymentAnnounced => (day, What::PaymentAnnounced { amount: None }, "paiement annoncé".to_owned()),
        Trigger::CreditNote => (day, What::CreditNote { amount: part }, format!("avoir de {part}")),
        Trigger::DisputeOpened => {
            (day, What::DisputeOpened { amount: None, reason: None }, "litige sur toute la facture".to_owned())
        }
        Trigger::Promise => {
            let by = add_days(day, 10);
            (day, What::Promise { by, amount: None }, format!("promesse pour le {}", french_date(by)))
        }
        // It is known to be broken a few days after its date.
        Trigger::PromiseBroken => {
            let (made, by) = (add_days(day, -3), add_days(day, -1));
            let told = format!("promesse pour le {}, qui sera rompue", french_date(by));
            (made, What::Promise { by, amount: None }, told)
        }
        Trigger::Stop => (day, What::Stop { until: None }, "arrêt des relances".to_owned()),
        Trigger::Reply => (day, What::Reply, "réponse du client".to_owned()),
        Trigger::External => {
            let name = reaction.name.clone()?;
            let told = format!("événement « {name} »");
            (day, What::External { name }, told)
        }
        Trigger::Settled
        | Trigger::Reversal
        | Trigger::DisputeClosed
        | Trigger::PromiseKept
        | Trigger::Resume
        | Trigger::DueDateMoved
        | Trigger::InstalmentMissed
        | Trigger::Failure => return None,
    };
    given.add("evenement", on, what);
    given.events.push((on, told));
    Some(())
}
