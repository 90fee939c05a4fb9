//! Registered letters on their way out: written, set, and put into an envelope.

use super::attached::harmless;
use super::{Mailroom, Outcome, index, whole_seconds};
use crate::channel::{Attachment, Envelope, Outgoing};
use crate::paper::Order;
use crate::runner::Parcel;
use crate::template::Rendered;
use relance_core::machine::Channel;

impl Mailroom {
    /// A letter as it is deposited, or why there is none.
    pub(super) fn letter(&self, parcel: &Parcel) -> Result<Outgoing, Outcome> {
        let (Some(typesetter), Some(form)) = (&self.typesetter, self.form) else {
            let say = "personne ne met les lettres en page : vérifiez [recommandes], et que ce programme est compilé avec les lettres";
            return Err(Outcome::Blocked(say.to_owned()));
        };
        // Setting a letter takes its time: not for nothing.
        let index = index(Channel::RegisteredLetter);
        if let Some(reason) = self.stopped(index) {
            return Err(Outcome::Blocked(reason));
        }
        if let Some((reason, left)) = self.closed(index) {
            return Err(Outcome::Later(reason, whole_seconds(left)));
        }
        let (context, name) = (&parcel.context, parcel.message.template.as_deref().unwrap_or_default());
        let text = self.library.letter(name, context);
        let text = text.map_err(|problem| Outcome::Retry(format!("le modèle ne s’écrit pas : {problem}")))?;
        let order = Order { message: context, text: &text, registered: Some(form), accounts: &parcel.accounts };
        let sheet = typesetter.set(&order);
        let sheet = sheet.map_err(|why| Outcome::Retry(format!("la lettre ne se met pas en page : {why}")))?;
        let rendered = Rendered { subject: text.subject, text: String::new(), html: None, code: None };
        let mut outgoing = self.outgoing(parcel, (Channel::Letter, name), rendered);
        let name = format!("{}-{}.pdf", harmless(name), harmless(&context.invoice.number));
        outgoing.attached.push(Attachment { name, bytes: sheet.pdf });
        let numbers: Vec<&str> = context.invoices.iter().map(|invoice| invoice.number.as_str()).collect();
        outgoing.envelope = Some(Envelope {
            name: context.client.name.clone(),
            lines: sheet.recipient,
            address: context.client.address.clone(),
            reference: numbers.join(", "),
        });
        Ok(outgoing)
    }
}
