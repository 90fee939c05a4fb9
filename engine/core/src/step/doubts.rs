//! What somebody says about a message of which it was not known whether it left.

use super::{Outcome, Worker};
use crate::dossier::Status;
use crate::event::{DoubtAnswer, Event};
use crate::step::Departure;

impl Worker<'_> {
    /// Somebody says whether a message in doubt had left: it is done, or decided again, for each invoice in it.
    pub(super) fn doubt_settled(&mut self, message: &Departure, left: bool) {
        let leading = (message.invoice.clone(), message.key.clone());
        let others = message.others.iter().map(|other| (other.invoice.clone(), other.key.clone()));
        let parts: Vec<_> = std::iter::once(leading).chain(others).collect();
        for (number, key) in &parts {
            let (key, channel) = (key.clone(), message.channel);
            let answer = DoubtAnswer { key, channel, left, by: None, reason: None };
            self.emit(Some(number), Event::DoubtSettled(answer));
        }
        if left {
            return self.outcome(message, Outcome::Accepted);
        }
        for (number, key) in parts {
            let Some(state) = self.item_of(&number, &key) else {
                let text = format!(
                    "le message {key} n’était pas parti, et le plan est allé plus loin entre-temps : il n’est pas renvoyé"
                );
                self.emit(Some(&number), Event::Anomaly { text });
                continue;
            };
            if state.status == Status::InDoubt {
                let reason = "il n’était pas parti, dit la personne qui a vérifié : la décision est relue".to_owned();
                let tries = self.tries(&key);
                self.emit(Some(&number), Event::Delayed { key, until: self.now, reason, tries });
            }
        }
    }
}
