//! The calls of a day, as they are told.

use relance_core::money::Amount;
use serde::{Serialize, Serializer};

/// All that is told.
#[derive(Serialize, Default)]
pub struct List {
    /// The day.
    pub le: String,
    /// What weighs most first.
    pub appels: Vec<Call>,
    /// Calls that nobody is to make now: promised, disputed or held.
    pub en_pause: usize,
    /// Calls of which the outcome waits for the next run.
    pub deja_notes: usize,
}

/// One client to call.
#[derive(Serialize)]
pub struct Call {
    /// Code.
    pub client: String,
    /// Name.
    pub nom: String,
    /// Who is called.
    pub interlocuteur: Option<String>,
    /// The role of whoever is called.
    pub role: Option<String>,
    /// The number.
    pub telephone: Option<String>,
    /// What could be paid today, over all invoices that are due; euros first.
    #[serde(serialize_with = "amounts")]
    pub enjeu: Vec<Amount>,
    /// On how many invoices.
    pub enjeu_factures: usize,
    /// Days after the due date; of a client, the longest.
    pub retard: i64,
    /// How many promises were broken.
    pub promesses_rompues: u32,
    /// Something was imported that no run has taken in yet.
    pub du_nouveau: bool,
    /// The longest delay first.
    pub factures: Vec<Invoice>,
    /// What happened last, oldest first.
    pub derniers: Vec<Past>,
    /// What to say.
    pub script: Option<String>,
}

/// One invoice of a call.
#[derive(Serialize)]
pub struct Invoice {
    /// Number.
    pub numero: String,
    /// Key of the effect.
    pub cle: String,
    /// What can be asked for.
    #[serde(serialize_with = "amount")]
    pub exigible: Amount,
    /// Days after the due date; of a client, the longest.
    pub retard: i64,
    /// Since when it is on the list.
    pub depuis: String,
    /// How often nobody answered.
    pub essais: u32,
}

/// Something that happened.
#[derive(Serialize)]
pub struct Past {
    /// The day.
    pub le: String,
    /// The invoice; none for the whole client.
    pub facture: Option<String>,
    /// In French.
    pub texte: String,
}

#[derive(Serialize)]
struct Money {
    montant: String,
    devise: String,
}

fn money(amount: &Amount) -> Money {
    let (cents, devise) = (amount.cents, amount.currency.code());
    Money { montant: format!("{}.{:02}", cents / 100, cents.unsigned_abs() % 100), devise: devise.to_owned() }
}

fn amount<S: Serializer>(amount: &Amount, to: S) -> Result<S::Ok, S::Error> {
    money(amount).serialize(to)
}

fn amounts<S: Serializer>(amounts: &[Amount], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(amounts.iter().map(money))
}
