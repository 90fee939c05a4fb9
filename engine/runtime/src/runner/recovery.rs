//! The first run of a base that was put back: what may have left since then is set in doubt, and nothing leaves.

use super::{Carrier, Delivery, Parcel};
use crate::notify::Directory;
use relance_core::machine::Channel;
use relance_core::step::Outcome;

/// A way out that is closed: what it is given may have left already, in a time that the base does not know of.
#[derive(Debug)]
pub struct Recovery<'a, C>(pub &'a C);

impl<C: Carrier> Carrier for Recovery<'_, C> {
    async fn deliver(&self, parcels: &[Parcel]) -> Vec<Delivery> {
        let mut all = Vec::with_capacity(parcels.len());
        for Parcel { message, .. } in parcels {
            all.push(match self.0.was_sent(message.channel, &message.key).await {
                Some(true) => Delivery::accepted(),
                // That it is not there under this key proves little: the lost time may have named it otherwise.
                _ => {
                    let reason = "parti peut-être entre la sauvegarde et la reprise : rien n’a été envoyé, vérifiez dans la messagerie";
                    Delivery::plain(Outcome::InDoubt(reason.to_owned()))
                }
            });
        }
        all
    }

    async fn was_sent(&self, channel: Channel, key: &str) -> Option<bool> {
        self.0.was_sent(channel, key).await.filter(|sent| *sent)
    }

    fn claim_limit(&self, writing: std::time::Duration) -> usize {
        self.0.claim_limit(writing)
    }

    fn directory(&self) -> Option<&Directory> {
        self.0.directory()
    }

    fn recovers(&self) -> bool {
        true
    }
}
