//! The page to which a link in a message leads: what is still owed, and how to transfer it.

use crate::config::{Config, LinkForm};
use crate::payment_link::{Claim, PaymentLinks};
use crate::qr;
use crate::store::{Store, StoreError};
use chrono::NaiveDate;
use minijinja::{AutoEscape, Environment, Value, context};
use relance_core::creditor_reference::creditor_reference;
use relance_core::day::{Instant, civil_date, end_of_day, french_date};
use relance_core::dossier::{Dossier, InvoiceFile};
use relance_core::epc::Transfer;
use relance_core::facts::collectable;
use relance_core::money::Amount;

const PAGE: &str = include_str!("pay.html");

/// Shows what a link stands for.
#[derive(Debug)]
pub struct PayPage {
    links: PaymentLinks,
    creditor: crate::config::Creditor,
    page: Environment<'static>,
}

/// A page.
pub(super) struct Shown {
    /// It tells of invoices.
    pub known: bool,
    pub html: String,
}

/// An invoice on the page.
struct Line {
    number: String,
    label: Option<String>,
    due: String,
    /// An amount, or why none.
    told: String,
    amount: Amount,
    settled: bool,
}

impl PayPage {
    /// After `[paiement]`; none when links lead elsewhere. An error, in French, when the variable of the secret is not set.
    pub fn new(config: &Config) -> Result<Option<PayPage>, String> {
        if !matches!(config.payment.link, Some(LinkForm::Page(_))) {
            return Ok(None);
        }
        let Some(links) = PaymentLinks::new(config)? else { return Ok(None) };
        let mut page = Environment::new();
        page.set_auto_escape_callback(|_| AutoEscape::Html);
        page.add_template("pay", PAGE).map_err(|error| error.to_string())?;
        Ok(Some(PayPage { links, creditor: config.creditor.clone(), page }))
    }

    /// The page of a link, as things stand. Whatever was changed in the link, it tells of nothing.
    pub(super) async fn show(&self, store: &dyn Store, token: &str, now: Instant) -> Result<Shown, StoreError> {
        let Some(claim) = self.links.read(token) else { return Ok(self.unknown()) };
        let today = civil_date(now, self.creditor.zone);
        let until = end_of_day(today, self.creditor.zone);
        // Whole: what is settled is told as well.
        let loaded = store.load(std::slice::from_ref(&claim.client), until, &[], true).await?;
        let Some(loaded) = loaded.into_iter().next() else { return Ok(self.unknown()) };
        Ok(self.page(&loaded.world.dossier, &claim, today))
    }

    fn unknown(&self) -> Shown {
        let html = self.write(context! { known => false, title => "Lien inconnu", creditor => self.creditor() });
        Shown { known: false, html }
    }

    fn page(&self, dossier: &Dossier, claim: &Claim, today: NaiveDate) -> Shown {
        let files = claim.invoices.iter().filter_map(|number| dossier.invoices.get_key_value(number));
        let lines: Vec<Line> = files.map(|(number, file)| line(dossier, number, file, today)).collect();
        let Some(first) = lines.first() else { return self.unknown() };
        let currency = first.amount.currency;
        let due = || lines.iter().filter(|line| line.amount.cents > 0 && line.amount.currency == currency);
        let cents = due().fold(0i64, |sum, line| sum.saturating_add(line.amount.cents));
        let total = (cents > 0).then(|| Amount::new(cents, currency));
        let numbers: Vec<&str> = due().map(|line| line.number.as_str()).collect();
        let reference = match numbers.as_slice() {
            [number] => creditor_reference(number).unwrap_or_else(|| (*number).to_owned()),
            several => several.join(" "),
        };
        let code = total.and_then(|amount| {
            let Self { creditor, .. } = self;
            let (iban, bic) = (creditor.iban.as_deref(), creditor.bic.as_deref());
            let payload =
                Transfer { name: &creditor.name, iban, bic, amount, remittance: &reference }.payload().ok()?;
            qr::svg(&payload)
        });
        let one = lines.len() == 1;
        let title = match total {
            Some(_) if one => format!("Facture {}", first.number),
            Some(_) => format!("{} factures à régler", numbers.len()),
            None if one => format!("Facture {}", first.number),
            None => "Vos factures".to_owned(),
        };
        let shown_reference = if numbers.len() == 1 { in_fours(&reference) } else { reference };
        let html = self.write(context! {
            known => true, title, creditor => self.creditor(), total => total.map(|amount| amount.to_string()), reference => shown_reference,
            settled => lines.iter().all(|line| line.settled), invoices => lines.iter().map(Line::shown).collect::<Vec<_>>(), code, today => french_date(today),
        });
        Shown { known: true, html }
    }

    fn creditor(&self) -> Value {
        let creditor = self.creditor.clone();
        let iban = creditor.iban.as_deref().map(in_fours);
        context! { name => creditor.name, email => creditor.email, phone => creditor.phone, iban, bic => creditor.bic }
    }

    fn write(&self, values: Value) -> String {
        let written = self.page.get_template("pay").and_then(|page| page.render(values));
        written.unwrap_or_else(|error| {
            tracing::error!(erreur = %error, "la page de paiement ne s’écrit pas");
            "Cette page est indisponible.".to_owned()
        })
    }
}

impl Line {
    fn shown(&self) -> Value {
        let Line { number, label, due, told, .. } = self;
        context! { number => number.as_str(), label => label.as_deref(), due => due.as_str(), told => told.as_str() }
    }
}

fn line(dossier: &Dossier, number: &str, file: &InvoiceFile, today: NaiveDate) -> Line {
    let amount = Amount::new(collectable(dossier, number, file, today), file.invoice.currency());
    let settled = file.balance <= 0;
    let told = if settled {
        "réglée".to_owned()
    } else if amount.cents > 0 {
        amount.to_string()
    } else if file.disputed() > 0 {
        "en discussion".to_owned()
    } else {
        "rien pour le moment".to_owned()
    };
    let (label, due) = (file.invoice.label.clone(), french_date(file.invoice.due));
    Line { number: number.to_owned(), label, due, told, amount, settled }
}

/// In groups of four, as banks print accounts and references.
fn in_fours(text: &str) -> String {
    let marks: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    marks.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
