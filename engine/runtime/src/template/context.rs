//! What a message can say: the values handed to a template.

use super::answer::Answers;
use super::look::Look;
use chrono::NaiveDate;
use relance_core::interest::Percent;
use relance_core::money::Amount;
use serde::Serialize;

/// Everything that a message can say. `invoice` is the one that decided the sending; `invoices` are all that the message
/// is about, that one included.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct MessageContext {
    /// The company that sends.
    #[serde(rename = "creancier")]
    pub creditor: CreditorView,
    /// The client.
    pub client: ClientView,
    /// The person written to.
    #[serde(rename = "destinataire")]
    pub recipient: RecipientView,
    /// The invoice that decided the sending.
    #[serde(rename = "facture")]
    pub invoice: InvoiceView,
    /// All invoices of the message, oldest due date first.
    #[serde(rename = "factures")]
    pub invoices: Vec<InvoiceView>,
    /// Where all of them are paid at once.
    #[serde(rename = "lien_paiement")]
    pub payment_link: Option<String>,
    /// Where the person written to sees what the client owes, and answers.
    #[serde(rename = "lien_espace")]
    pub portal_link: Option<String>,
    /// The civil date of the sending.
    pub date: NaiveDate,
    /// The reminders made before this one.
    #[serde(rename = "relance")]
    pub reminders: RemindersView,
    /// The promise that the message is about, if it is about one.
    #[serde(rename = "promesse")]
    pub promise: Option<PromiseView>,
    /// Who follows the invoice at the creditor's.
    #[serde(rename = "responsable")]
    pub owner: Option<OwnerView>,
    /// The language in which it is to be written, when the template has it; `None` is the template's own.
    #[serde(skip)]
    pub language: Option<String>,
    /// What the scripts answered to the calls in the template.
    #[serde(skip)]
    pub answers: Answers,
}

/// The creditor, from `relance.toml`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct CreditorView {
    /// Name.
    #[serde(rename = "nom")]
    pub name: String,
    /// SIREN.
    pub siren: Option<String>,
    /// Postal address, lines separated by `\n`.
    #[serde(rename = "adresse")]
    pub address: Option<String>,
    /// Telephone.
    #[serde(rename = "telephone")]
    pub phone: Option<String>,
    /// Address for questions.
    pub email: Option<String>,
    /// Web site.
    pub site: Option<String>,
    /// IBAN.
    pub iban: Option<String>,
    /// BIC.
    pub bic: Option<String>,
    /// Who signs.
    #[serde(rename = "signataire")]
    pub signatory: Option<String>,
    /// The page of its e-mails.
    #[serde(skip)]
    pub look: Look,
}

/// A SIREN in groups of three, as it is printed; what has no nine digits stays as it is.
fn in_threes(siren: &str) -> String {
    let digits: Vec<char> = siren.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 9 || !digits.iter().all(char::is_ascii_digit) {
        return siren.to_owned();
    }
    digits.chunks(3).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("\u{a0}")
}

impl From<&crate::config::Creditor> for CreditorView {
    fn from(creditor: &crate::config::Creditor) -> CreditorView {
        CreditorView {
            name: creditor.name.clone(),
            siren: creditor.siren.as_deref().map(in_threes),
            address: creditor.address.clone(),
            phone: creditor.phone.clone(),
            email: creditor.email.clone(),
            site: creditor.site.clone(),
            iban: creditor.iban.clone(),
            bic: creditor.bic.clone(),
            signatory: creditor.signatory.clone(),
            look: Look { colour: creditor.colour.unwrap_or_default(), logo: None },
        }
    }
}

/// The client.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct ClientView {
    /// Code in the books.
    pub code: String,
    /// Name.
    #[serde(rename = "nom")]
    pub name: String,
    /// Postal address, lines separated by `\n`.
    #[serde(rename = "adresse")]
    pub address: Option<String>,
    /// Segment; `aucun` without one.
    pub segment: String,
    /// ISO 3166 code of two letters.
    #[serde(rename = "pays")]
    pub country: Option<String>,
}

/// The person written to.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct RecipientView {
    /// Name.
    #[serde(rename = "nom")]
    pub name: Option<String>,
    /// Role, as in `à comptabilité`.
    pub role: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Telephone.
    #[serde(rename = "telephone")]
    pub phone: Option<String>,
}

/// One invoice.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct InvoiceView {
    /// Number.
    #[serde(rename = "numero")]
    pub number: String,
    /// Date of issue.
    #[serde(rename = "date_emission")]
    pub issued: NaiveDate,
    /// Due date.
    #[serde(rename = "date_echeance")]
    pub due: NaiveDate,
    /// Amount including taxes.
    #[serde(rename = "montant")]
    pub amount: Amount,
    /// What is left to pay.
    #[serde(rename = "reste_du")]
    pub balance_due: Amount,
    /// What can be asked for now.
    #[serde(rename = "montant_exigible")]
    pub collectable: Amount,
    /// What is owed besides; none while a rate is missing.
    #[serde(flatten)]
    pub extras: Option<Extras>,
    /// Calendar days past due; negative before.
    #[serde(rename = "retard")]
    pub days_late: i64,
    /// `b2b`, `b2c` or `public`.
    pub regime: String,
    /// What it is about.
    #[serde(rename = "libelle")]
    pub label: Option<String>,
    /// Its payment page.
    #[serde(rename = "lien_paiement")]
    pub payment_link: Option<String>,
}

/// What an invoice owes besides its balance.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Extras {
    /// Penalties between companies, or a public buyer's interest, not paid.
    #[serde(rename = "penalites")]
    pub penalties: Amount,
    /// A consumer's legal interest, not paid.
    #[serde(rename = "interet_legal")]
    pub legal_interest: Amount,
    /// The recovery fee, not paid.
    #[serde(rename = "indemnite")]
    pub fee: Amount,
    /// The yearly rates of the interest, by date; none when none runs.
    #[serde(rename = "taux_interets")]
    pub rates: Vec<Percent>,
}

impl Extras {
    /// Everything besides the balance, in cents.
    fn cents(&self) -> i64 {
        self.penalties.cents.saturating_add(self.legal_interest.cents).saturating_add(self.fee.cents)
    }
}

impl InvoiceView {
    /// What can be asked for now, with what is owed besides.
    pub fn payable(&self) -> Option<Amount> {
        let extras = self.extras.as_ref()?;
        Some(Amount::new(self.collectable.cents.saturating_add(extras.cents()), self.collectable.currency))
    }
}

/// The reminders already made on the deciding invoice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct RemindersView {
    /// How many, calls included.
    #[serde(rename = "nombre")]
    pub count: i64,
    /// The day of the last one.
    #[serde(rename = "derniere")]
    pub last: Option<NaiveDate>,
}

/// A promise to pay.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct PromiseView {
    /// The day promised.
    pub date: NaiveDate,
    /// What was promised; none for all of the balance.
    #[serde(rename = "montant")]
    pub amount: Option<Amount>,
}

/// Who follows the invoice at the creditor's.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct OwnerView {
    /// Name.
    #[serde(rename = "nom")]
    pub name: String,
    /// Address.
    pub email: Option<String>,
    /// Telephone.
    #[serde(rename = "telephone")]
    pub phone: Option<String>,
}

/// Under which rules the message stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Regime {
    /// Between companies.
    Business,
    /// To a consumer.
    Consumer,
    /// To a public buyer.
    Public,
}

impl MessageContext {
    /// The rules of the whole message. One consumer invoice is enough to forbid what may not be asked of consumers, and
    /// one public invoice to leave out what is for companies only.
    pub fn regime(&self) -> Regime {
        let any = |regime: &str| {
            let listed = self.invoices.iter().any(|invoice| invoice.regime == regime);
            listed || self.invoice.regime == regime
        };
        if any("b2c") {
            Regime::Consumer
        } else if any("public") {
            Regime::Public
        } else {
            Regime::Business
        }
    }

    /// What is left to pay on all invoices of the message.
    pub fn total(&self) -> Amount {
        self.sum(|invoice| invoice.balance_due)
    }

    /// What can be asked for now on all invoices of the message.
    pub fn total_collectable(&self) -> Amount {
        self.sum(|invoice| invoice.collectable)
    }

    /// The sum of what the invoices owe besides; none while a rate is missing for one of them.
    pub(super) fn extra(&self, of: impl Fn(&InvoiceView) -> Option<Amount>) -> Option<Amount> {
        let known = self.invoices.iter().all(|invoice| of(invoice).is_some());
        known.then(|| self.sum(|invoice| of(invoice).unwrap_or(Amount::new(0, invoice.amount.currency))))
    }

    /// A message for a consumer asks for neither penalties nor fee, not even those of another invoice in it.
    pub(crate) fn spare_consumers(&mut self) {
        if self.regime() != Regime::Consumer {
            return;
        }
        for extras in self.invoices.iter_mut().chain([&mut self.invoice]).filter_map(|invoice| invoice.extras.as_mut())
        {
            (extras.penalties.cents, extras.fee.cents) = (0, 0);
        }
    }

    /// Invoices in another currency than the deciding one are never in the same message, and would not be added.
    fn sum(&self, of: impl Fn(&InvoiceView) -> Amount) -> Amount {
        let currency = self.invoice.amount.currency;
        let parts = self.invoices.iter().map(of).filter(|amount| amount.currency == currency);
        Amount::new(parts.fold(0, |sum, amount| sum.saturating_add(amount.cents)), currency)
    }
}
