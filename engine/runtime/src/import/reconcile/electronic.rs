//! Electronic invoices beside what is known and what the other files say. They only ever add: what a known client or a known invoice has
//! stays as it is.

use crate::import::batch::{Batch, CreditRow, CustomerRow, InvoiceRow, PaymentRow, Source};
use crate::import::einvoice::Electronic;
use crate::import::known::Known;
use crate::import::problem::{Info, Problem};
use crate::import::value::amount::Written;
use relance_core::incoming::{Customer, Invoice};
use relance_core::machine::Value;
use relance_core::money::Amount;
use relance_core::schema::fold;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// An invoice as people read it, to be kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paper {
    /// Where it came from.
    pub source: Source,
    /// The client's code.
    pub client: String,
    /// The number of the invoice.
    pub number: String,
    /// The PDF.
    pub bytes: Arc<Vec<u8>>,
}

/// A batch whose electronic invoices have become rows.
pub(super) struct Resolved<'b> {
    pub batch: Cow<'b, Batch>,
    pub papers: Vec<Paper>,
    /// How many say nothing new.
    pub known: usize,
}

/// Makes rows of the electronic invoices.
pub(super) fn resolve<'b>(known: &Known, batch: &'b Batch) -> Resolved<'b> {
    if batch.electronic.is_empty() {
        return Resolved { batch: Cow::Borrowed(batch), papers: Vec::new(), known: 0 };
    }
    let mut out = Batch { electronic: Vec::new(), ..batch.clone() };
    let told = Told::new(known, batch);
    let mut papers = Vec::new();
    let mut already = 0;
    let mut buyers: BTreeMap<String, Vec<&Electronic>> = BTreeMap::new();
    for one in once(batch, &mut out) {
        let Some(client) = told.client(one) else {
            let reason = "l’acheteur n’a ni identifiant (BT-46), ni SIREN (BT-47), ni numéro de TVA (BT-48)";
            let advice = "décrivez cette facture dans factures.csv avec son code client, et importez les deux ensemble";
            refuse(&mut out, one, None, reason.to_owned(), advice);
            continue;
        };
        let place = match told.place(one, &client) {
            Ok(place) => place,
            Err((value, reason, advice)) => {
                refuse(&mut out, one, Some(&value), reason, advice);
                continue;
            }
        };
        match place {
            Place::Known(infos) => {
                already += 1;
                out.infos.extend(infos.into_iter().map(|text| Info::of_file(batch.file_name(one.source), text)));
            }
            Place::New(row) => add(&mut out, row),
        }
        if let Some(bytes) = &one.pdf {
            let (client, number) = (client.clone(), one.number.clone());
            papers.push(Paper { source: one.source, client, number, bytes: Arc::clone(bytes) });
        }
        buyers.entry(client).or_default().push(one);
    }
    for (code, invoices) in buyers {
        if !told.rows.contains_key(code.as_str()) {
            out.customers.extend(customer(code, invoices, known));
        }
    }
    out.problems.sort();
    Resolved { batch: Cow::Owned(out), papers, known: already }
}

/// A client with what its invoices say and was not known, the latest of them first.
fn customer(code: String, mut invoices: Vec<&Electronic>, known: &Known) -> Option<CustomerRow> {
    invoices.sort_by(|a, b| (b.issued, &b.number).cmp(&(a.issued, &a.number)));
    let source = invoices.first()?.source;
    let before = known.customers.get(&code);
    let mut customer = before.cloned().unwrap_or_default();
    for invoice in invoices {
        let said = &invoice.customer;
        if customer.name.is_empty() || customer.name == code {
            customer.name.clone_from(&said.name);
        }
        for (mine, theirs) in [
            (&mut customer.email, &said.email),
            (&mut customer.phone, &said.phone),
            (&mut customer.address, &said.address),
            (&mut customer.country, &said.country),
        ] {
            if mine.is_none() {
                mine.clone_from(theirs);
            }
        }
    }
    if customer.name.is_empty() {
        customer.name.clone_from(&code);
    }
    (before != Some(&customer)).then_some(CustomerRow { source, code, customer })
}

/// Each number once: a file may be there twice, as PDF and as XML. Two that differ are both refused.
fn once<'b>(batch: &'b Batch, out: &mut Batch) -> Vec<&'b Electronic> {
    let mut first: BTreeMap<&str, &Electronic> = BTreeMap::new();
    let mut differing: Vec<(&Electronic, &Electronic)> = Vec::new();
    for one in &batch.electronic {
        let Some(other) = first.get(one.number.as_str()).copied() else {
            first.insert(&one.number, one);
            continue;
        };
        let blank = |e: &Electronic| Electronic { pdf: None, source: other.source, ..e.clone() };
        if blank(one) != blank(other) {
            differing.push((other, one));
        } else if other.pdf.is_none() {
            first.insert(&one.number, one);
        }
    }
    for (other, one) in differing {
        let reason = format!("cette facture est aussi dans {}, avec d’autres données", batch.file_name(other.source));
        refuse(out, one, Some(&one.number), reason, "gardez un seul des deux fichiers");
        if first.remove(one.number.as_str()).is_some() {
            let reason = format!("cette facture est aussi dans {}, avec d’autres données", batch.file_name(one.source));
            refuse(out, other, Some(&one.number), reason, "gardez un seul des deux fichiers");
        }
    }
    let mut kept: Vec<&Electronic> = first.into_values().collect();
    kept.sort_by_key(|one| one.source);
    kept
}

fn refuse(out: &mut Batch, one: &Electronic, value: Option<&str>, reason: String, advice: &str) {
    let name = out.file_name(one.source).to_owned();
    let mut problem = Problem::of_file(&name, reason).advise(advice);
    if let Some(value) = value {
        problem = problem.about(value);
    }
    out.problems.push(problem);
    out.withheld.insert(one.number.clone(), name);
    if let Some(file) = out.files.get_mut(one.source.file) {
        file.taken = 0;
    }
}

enum Row {
    Invoice(Box<InvoiceRow>, Option<PaymentRow>),
    Credit(CreditRow, Option<String>),
}

fn add(out: &mut Batch, row: Row) {
    match row {
        Row::Invoice(row, payment) => {
            out.invoices.push(*row);
            out.payments.extend(payment);
        }
        Row::Credit(row, info) => {
            let name = out.file_name(row.source).to_owned();
            out.infos.extend(info.map(|text| Info::of_file(&name, text)));
            out.credits.push(row);
        }
    }
}

/// What becomes of an electronic invoice.
enum Place {
    /// It is known already; what differs, for people.
    Known(Vec<String>),
    /// It is new.
    New(Row),
}

/// Whatever is known of an invoice by another way: client, amount, due date.
type Other<'a> = (&'a str, Amount, chrono::NaiveDate);

/// The client's code, why it cannot be, and what to do.
type Refused = (String, String, &'static str);

/// What is told of clients and invoices elsewhere.
struct Told<'a> {
    known: &'a Known,
    open_items: bool,
    rows: HashMap<&'a str, &'a Customer>,
    invoices: HashMap<&'a str, Other<'a>>,
    credits: HashMap<&'a str, &'a str>,
    /// Numbers and clients of the invoices among the electronic ones.
    beside: HashMap<&'a str, &'a Electronic>,
    /// Clients by their SIREN, SIRET or VAT number, where a custom fact gives it.
    registered: HashMap<String, &'a str>,
}

impl<'a> Told<'a> {
    fn new(known: &'a Known, batch: &'a Batch) -> Self {
        let rows: HashMap<&str, &Customer> = batch.customers.iter().map(|r| (r.code.as_str(), &r.customer)).collect();
        let known_invoices = known.invoices.iter();
        let mut invoices: HashMap<&str, Other<'_>> = known_invoices
            .map(|(number, k)| (number.as_str(), (k.client.as_str(), k.invoice.amount, k.invoice.due)))
            .collect();
        for row in &batch.invoices {
            invoices.insert(&row.number, (&row.client, row.invoice.amount, row.invoice.due));
        }
        let mut credits: HashMap<&str, &str> =
            known.credits.iter().map(|(number, credit)| (number.as_str(), credit.client.as_str())).collect();
        credits.extend(batch.credits.iter().map(|row| (row.number.as_str(), row.client.as_str())));
        let beside = batch.electronic.iter().filter(|e| !e.credit).map(|e| (e.number.as_str(), e)).collect();
        let mut registered = HashMap::new();
        let all = known.customers.iter().map(|(code, customer)| (code.as_str(), customer));
        for (code, customer) in all.chain(rows.iter().map(|(code, customer)| (*code, *customer))) {
            for (name, value) in &customer.fields {
                let name = fold(name);
                let official = ["siren", "siret", "tva", "numero_tva", "tva_intracommunautaire", "n_tva"];
                if official.contains(&name.as_str()) {
                    let text = match value {
                        Value::Text(text) => text.clone(),
                        Value::Number(number) => number.to_string(),
                        _ => continue,
                    };
                    let bare: String =
                        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
                    let bare = if name == "siret" { bare.chars().take(9).collect() } else { bare };
                    registered.entry(bare).or_insert(code);
                }
            }
        }
        Told { known, open_items: batch.open_items, rows, invoices, credits, beside, registered }
    }

    fn is_client(&self, code: &str) -> bool {
        self.known.customers.contains_key(code) || self.rows.contains_key(code)
    }

    /// The client's code: what the creditor calls it, else whoever has the invoice already, else its registration.
    fn client(&self, one: &Electronic) -> Option<String> {
        if let Some(code) = one.code.as_deref().filter(|code| self.is_client(code)) {
            return Some(code.to_owned());
        }
        let owner = if one.credit { self.credits.get(one.number.as_str()).copied() } else { None };
        let owner = owner.or_else(|| self.invoices.get(one.number.as_str()).map(|(client, ..)| *client));
        if let Some(owner) = owner {
            return Some(owner.to_owned());
        }
        let official = || [&one.siren, &one.vat].into_iter().flatten();
        let by_register = || official().find_map(|id| self.registered.get(id)).map(|code| (*code).to_owned());
        let by_code = || official().find(|id| self.is_client(id)).cloned();
        by_register()
            .or_else(|| one.code.clone())
            .or_else(by_code)
            .or_else(|| official().next().cloned())
            .or_else(|| one.registered.clone())
    }

    fn place(&self, one: &Electronic, client: &str) -> Result<Place, Refused> {
        let number = one.number.as_str();
        if one.credit {
            if self.credits.contains_key(number) {
                return Ok(Place::Known(Vec::new()));
            }
            return Ok(Place::New(self.credit(one, client)));
        }
        if let Some((owner, amount, due)) = self.invoices.get(number).copied() {
            if owner != client {
                let reason = format!("la facture {number} est déjà connue au client {owner}");
                let advice = "corrigez le client d’un côté ou de l’autre";
                return Err((client.to_owned(), reason, advice));
            }
            if amount.currency != one.amount.currency {
                let reason = format!("la facture {number} est déjà connue en {}", amount.currency.code());
                return Err((
                    one.amount.currency.code().to_owned(),
                    reason,
                    "émettez un avoir et une nouvelle facture",
                ));
            }
            let mut differs = Vec::new();
            if amount != one.amount {
                differs.push(format!(
                    "la facture {number} est connue pour {amount}, sa facture électronique dit {} : rien n’est changé",
                    one.amount
                ));
            }
            if let Some(said) = one.due.filter(|said| *said != due) {
                let day = |day: chrono::NaiveDate| day.format("%d/%m/%Y").to_string();
                differs.push(format!(
                    "la facture {number} est connue avec l’échéance du {}, sa facture électronique dit le {} : rien n’est changé",
                    day(due),
                    day(said)
                ));
            }
            return Ok(Place::Known(differs));
        }
        let Some(due) = one.due else {
            let reason = "date d’échéance absente (BT-9) : elle est obligatoire pour relancer".to_owned();
            let advice = "exportez un profil qui la porte (BASIC WL, EN 16931 …), ou décrivez cette facture dans factures.csv \
                          (numero, client, date_emission, date_echeance, montant_ttc) et importez les deux ensemble";
            return Err((number.to_owned(), reason, advice));
        };
        let payable = one.amount.cents.saturating_sub(one.prepaid);
        let row = InvoiceRow {
            source: one.source,
            number: one.number.clone(),
            client: client.to_owned(),
            client_name: None,
            invoice: Invoice {
                performed: one.performed,
                label: one.label.clone(),
                instalments: one.instalments.clone(),
                ..Invoice::new(one.issued, due, one.amount)
            },
            balance: self.open_items.then_some(payable.max(0)),
        };
        let payment = (one.prepaid > 0 && !self.open_items).then(|| PaymentRow {
            source: one.source,
            date: one.issued,
            client: Some(client.to_owned()),
            invoice: Some(one.number.clone()),
            amount: Written { cents: one.prepaid, currency: Some(one.amount.currency) },
            identifier: Some(format!("acompte de {number}")),
            known: None,
        });
        Ok(Place::New(Row::Invoice(Box::new(row), payment)))
    }

    /// A credit note names its invoice only when that is known: of an invoice settled long ago, it is the client's.
    fn credit(&self, one: &Electronic, client: &str) -> Row {
        let fits = |number: &&String| {
            let known =
                self.invoices.get(number.as_str()).map(|(owner, amount, _)| (*owner == client, amount.currency));
            let known = known.or_else(|| {
                let other = self.beside.get(number.as_str())?;
                Some((self.client(other).as_deref() == Some(client), other.amount.currency))
            });
            known == Some((true, one.amount.currency))
        };
        let named = match one.origins.as_slice() {
            [only] => Some(only).filter(fits).cloned(),
            _ => None,
        };
        let info = (named.is_none() && !one.origins.is_empty()).then(|| {
            let which = one.origins.join(", ");
            format!(
                "l’avoir {} nomme {which}, qui n’est pas une facture connue de ce client : il est au compte du client",
                one.number
            )
        });
        let row = CreditRow {
            source: one.source,
            number: one.number.clone(),
            client: client.to_owned(),
            client_name: None,
            issued: one.issued,
            amount: one.amount,
            balance: None,
            invoice: named,
        };
        Row::Credit(row, info)
    }
}
