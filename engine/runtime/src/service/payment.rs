//! What a payment provider tells: what a debtor has paid on its page. The form and the signature are Stripe's, which other
//! providers and gateways speak as well.

use super::callback::Wrong;
use crate::config::NoticesCount;
use crate::import::known::payment_id;
use crate::import::value::word::currency_code;
use crate::signature::{Refused, Seal};
use crate::store::{Intake, Store};
use chrono::DateTime;
use relance_core::day::{Instant, civil_date};
use relance_core::incoming::{Incoming, What};
use relance_core::money::Amount;
use serde::Deserialize;
use serde_json::Value;

/// The largest notice: an event carries a whole payment session.
pub(super) const LARGEST: usize = 256 * 1024;
/// Who may tell of payments, and what that counts for.
pub struct Payments {
    seal: Seal,
    count: NoticesCount,
    zone: chrono_tz::Tz,
}

/// What became of a notice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Noted {
    /// Written down.
    Written,
    /// Nothing of ours: why, in French.
    Nothing(String),
}

/// An event of the provider.
#[derive(Deserialize)]
struct Notice {
    #[serde(rename = "type")]
    kind: String,
    created: i64,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

/// Money that an event tells of.
struct Told {
    id: String,
    invoice: Option<String>,
    amount: i64,
    /// Paid already, or only under way.
    done: bool,
}

impl Payments {
    /// For the provider that signs with this secret.
    pub fn new(secret: &str, count: NoticesCount, zone: chrono_tz::Tz) -> Payments {
        Payments { seal: Seal::new(secret), count, zone }
    }

    /// Whether a notice is the provider's.
    pub(super) fn allows(&self, signature: Option<&str>, body: &[u8], now: Instant) -> Result<(), Refused> {
        self.seal.check(signature, body, now)
    }

    /// Writes down what a notice says: the next step takes it in. Saying it again changes nothing, nor saying it by another event.
    pub(super) async fn note(&self, store: &dyn Store, body: &[u8], now: Instant) -> Result<Noted, Wrong> {
        let Notice { kind, created, data } = serde_json::from_slice(body).map_err(|_| Wrong::Unreadable)?;
        let told = match told(&kind, &data) {
            Ok(told) => told,
            Err(why) => return Ok(Noted::Nothing(why)),
        };
        let Some(invoice) = told.invoice.clone() else {
            let why =
                "aucun numéro de facture : donnez-le au prestataire, dans `metadata[facture]` ou `client_reference_id`";
            return Ok(Noted::Nothing(why.to_owned()));
        };
        // The currencies of invoices all have two decimals: the provider's amounts are cents.
        let currency = data.object.get("currency").and_then(Value::as_str).and_then(currency_code);
        let Some(currency) = currency.filter(|_| told.amount > 0) else { return Err(Wrong::Unreadable) };
        let at = DateTime::from_timestamp(created, 0).ok_or(Wrong::Unreadable)?;
        let client = store.client_of(&invoice).await.map_err(|_| Wrong::Base)?.ok_or(Wrong::Unknown)?;
        let amount = Amount::new(told.amount, currency);
        let announced = self.count == NoticesCount::AsAnnounced || !told.done;
        let (word, id, what) = if announced {
            let what = What::PaymentAnnounced { amount: Some(amount) };
            ("annonce", format!("prestataire:annonce:{}", told.id), what)
        } else {
            // As a file would bring it: who brings it second changes nothing.
            ("paiement", payment_id(&told.id), What::Payment { amount })
        };
        let incoming = Incoming {
            id,
            client,
            invoice: Some(invoice),
            effective: civil_date(at.min(now), self.zone),
            known: Some(now),
            said: None,
            what,
        };
        let report = serde_json::json!({ "prestataire": word, "nom": told.id });
        let intake = Intake { incoming: &[incoming], payments: false, at: now, zone: self.zone, report: &report };
        store.take_in(&intake).await.map_err(|_| Wrong::Base)?;
        Ok(Noted::Written)
    }
}

/// The money of an event; or why there is none for us, in French.
fn told(kind: &str, Data { object }: &Data) -> Result<Told, String> {
    let text = |name: &str| object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let number = |name: &str| object.get(name).and_then(Value::as_i64).unwrap_or(0);
    let metadata = object.get("metadata").and_then(|data| data.get("facture")).and_then(Value::as_str);
    let invoice =
        metadata.or(text("client_reference_id")).map(|number| number.trim().to_owned()).filter(|n| !n.is_empty());
    // One payment has several events: they all name the payment itself.
    let id = |first: &str| text(first).or(text("id")).unwrap_or("").to_owned();
    let told = match kind {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
            let paid = text("payment_status") == Some("paid");
            Told { id: id("payment_intent"), invoice, amount: number("amount_total"), done: paid }
        }
        "payment_intent.processing" => Told { id: id("id"), invoice, amount: number("amount"), done: false },
        "payment_intent.succeeded" => Told { id: id("id"), invoice, amount: number("amount_received"), done: true },
        // What a creditor gives back is a credit note, or a favour: nobody is to be reminded of it.
        "charge.refunded" => {
            return Err("un remboursement ne rouvre pas la facture : l’avoir vient avec vos fichiers".to_owned());
        }
        other => {
            return Err(format!(
                "`{}` ne parle pas d’argent reçu ou rendu",
                other.chars().take(80).collect::<String>()
            ));
        }
    };
    Ok(told)
}

impl std::fmt::Debug for Payments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payments").field("count", &self.count).finish_non_exhaustive()
    }
}
