//! The statement of account that goes with an e-mail whose template asks for it.

use super::attached::HEAVIEST;
use super::{Mailroom, Outcome, index, whole_seconds};
use crate::channel::Attachment;
use crate::runner::Parcel;
use crate::template::MessageContext;
use relance_core::machine::Channel;

/// Letters of a number or a code that a name of a file takes.
const LONGEST: usize = 60;

/// The statement of more invoices would take longer to set than a message may, and be begun again and again.
const MOST: usize = 1_000;

/// The name of a message's statement of account: after its invoice, or after the client when there are several.
pub fn statement_file(message: &MessageContext) -> String {
    let of = match message.invoices.as_slice() {
        [only] => &only.number,
        _ => &message.client.code,
    };
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '.') { c } else { '-' };
    format!("decompte-{}.pdf", of.chars().take(LONGEST).map(plain).collect::<String>())
}

impl Mailroom {
    /// The statement of a message that carries these files besides, or why it cannot leave.
    pub(super) fn statement(&self, parcel: &Parcel, others: &[Attachment]) -> Result<Attachment, Outcome> {
        // Setting it takes its time: not for nothing.
        let index = index(Channel::Email);
        if let Some(reason) = self.stopped(index) {
            return Err(Outcome::Blocked(reason));
        }
        if let Some((reason, left)) = self.closed(index) {
            return Err(Outcome::Later(reason, whole_seconds(left)));
        }
        let context = &parcel.context;
        let made = match &self.typesetter {
            _ if context.invoices.len() > MOST => Err(format!(
                "un message sur plus de {MOST} factures n’en porte pas ; retirez cette pièce du modèle, ou le regroupement du scénario"
            )),
            Some(typesetter) => typesetter.statement(context, &parcel.accounts),
            None => Err("personne ne le met en page".to_owned()),
        };
        let bytes =
            made.map_err(|why| Outcome::Retry(format!("son modèle demande le décompte en pièce jointe : {why}")))?;
        let name = statement_file(context);
        let weigh = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let heavy = others.iter().map(|file| weigh(&file.bytes)).fold(weigh(&bytes), u64::saturating_add);
        if heavy > HEAVIEST {
            return Err(Outcome::Retry(format!(
                "les pièces jointes pèsent plus de {} Mo avec `{name}` : allégez les factures jointes",
                HEAVIEST / 1_000_000
            )));
        }
        Ok(Attachment { name, bytes })
    }
}
