//! Electronic invoices: Factur-X and its cousins (a PDF that carries CII), CII and UBL by themselves. One file is one invoice or one credit
//! note. What it says is read here, with the business terms (BT) of EN 16931; what that means beside what is known, in
//! [`reconcile`](super::reconcile).

mod cii;
mod pdf;
mod said;
mod syntax;
mod ubl;
mod xml;

use super::batch::{FileRead, Source};
use super::problem::{Info, Problem, count};
use super::value::{contact, word};
use chrono::NaiveDate;
use pdf::Trouble;
use relance_core::incoming::{Customer, DueAmount};
use relance_core::money::{Amount, Currency};
use relance_core::schema::fold;
use said::{Party, Said, bare};
use std::sync::Arc;

/// The heaviest PDF: what is kept is meant to be attached to a message.
pub const MAX_PDF: usize = 10_000_000;
/// The heaviest XML: with a PDF of that size inside, in its coding.
const MAX_XML: usize = 20_000_000;

/// The types of BT-3 that are credit notes.
const CREDITS: &str = "81 83 261 262 296 308 381 396 420 458 502 503 532";
/// The types of BT-3 that claim money.
const INVOICES: &str = "71 80 82 84 102 130 202 203 204 211 218 219 295 326 331 380 382 383 384 385 386 387 388 389 390 393 394 395 \
     456 457 471 472 473 500 501 527 553 575 623 633 751 780 817 870 875 876 877 935";

/// Whose invoices are imported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seller {
    /// Its name.
    pub name: String,
    /// Its SIREN.
    pub siren: Option<String>,
}

/// What an electronic invoice says, checked by itself.
#[derive(Clone, PartialEq, Debug)]
pub struct Electronic {
    /// Its place.
    pub source: Source,
    /// BT-1.
    pub number: String,
    /// Whether it is a credit note.
    pub credit: bool,
    /// BT-2.
    pub issued: NaiveDate,
    /// The whole amount of an invoice; of a credit note, what it gives back. Positive.
    pub amount: Amount,
    /// What of it was paid before.
    pub prepaid: i64,
    /// BT-9, where it says one.
    pub due: Option<NaiveDate>,
    /// Its due dates with their amounts, when it has several.
    pub instalments: Vec<DueAmount>,
    /// BT-46: the creditor's own code of the client.
    pub code: Option<String>,
    /// SIREN of the buyer.
    pub siren: Option<String>,
    /// VAT number of the buyer.
    pub vat: Option<String>,
    /// Another registration of the buyer.
    pub registered: Option<String>,
    /// What it says of the buyer.
    pub customer: Customer,
    /// What it is about.
    pub label: Option<String>,
    /// BT-72 or BT-74.
    pub performed: Option<NaiveDate>,
    /// BT-25.
    pub origins: Vec<String>,
    /// The invoice as people read it.
    pub pdf: Option<Arc<Vec<u8>>>,
}

/// Whether a file is read as an electronic invoice: by the ending of its name, or by how it begins where the name says nothing.
pub fn concerns(name: &str, bytes: &[u8]) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("pdf" | "xml") => true,
        Some("csv" | "txt" | "tsv" | "xlsx" | "xlsm" | "xls") => false,
        _ => bytes.starts_with(b"%PDF-") || bytes.starts_with(b"<?xml") || bytes.starts_with(b"\xef\xbb\xbf<?xml"),
    }
}

/// Reads one file. What is worth knowing goes to `infos`.
pub(super) fn read(
    file: &FileRead,
    index: usize,
    bytes: &[u8],
    seller: Option<&Seller>,
    infos: &mut Vec<Info>,
) -> Result<Electronic, Vec<Problem>> {
    let whole = |reason: &str, advice: &str| vec![Problem::of_file(&file.name, reason).advise(advice)];
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    let is_pdf = head.windows(5).any(|five| five == b"%PDF-");
    if bytes.is_empty() {
        return Err(vec![Problem::of_file(&file.name, "le fichier est vide")]);
    }
    if !is_pdf && fold(&file.name).ends_with(".pdf") {
        return Err(whole("ce n’est pas un PDF", "retirez ce fichier de l’import, ou déposez la facture elle-même"));
    }
    if is_pdf && bytes.len() > MAX_PDF {
        let advice = "faites-en produire un plus léger (images moins fines)";
        return Err(whole("ce PDF pèse plus de 10 Mo, plus qu’un message n’en porte", advice));
    }
    let carried = if is_pdf { Some(out_of_pdf(&file.name, bytes)?) } else { None };
    let packed = carried.as_deref().unwrap_or(bytes);
    if packed.len() > MAX_XML {
        return Err(whole("le XML pèse plus de 20 Mo", "demandez au logiciel qui l’a produit une facture plus légère"));
    }
    let text = xml::text(packed);
    let advice = "faites produire de nouveau cette facture par le logiciel qui l’a émise";
    let tree = xml::tree(&text).map_err(|reason| whole(&reason, advice))?;
    let root = tree.root_element();
    let said = match root.tag_name().name() {
        "CrossIndustryInvoice" => cii::read(root),
        "Invoice" | "CreditNote" => ubl::read(root),
        other => {
            let reason = match other {
                "CrossIndustryDocument" => "c’est une facture ZUGFeRD 1, un format abandonné".to_owned(),
                _ => format!("ce XML (`{}`) n’est pas une facture électronique", super::problem::shorten(other)),
            };
            let advice = "attendu : Factur-X ou un autre PDF avec CII, un XML CII, un XML UBL (Invoice ou CreditNote)";
            return Err(whole(&reason, advice));
        }
    };
    let mut reader = Reader { file, problems: Vec::new(), infos };
    let pdf = if is_pdf { Some(Arc::new(bytes.to_vec())) } else { reader.paper(&said) };
    if let Some(seller) = seller {
        reader.check_seller(&said, seller);
    }
    match reader.checked(&said, Source { file: index, line: 1 }) {
        Some(found) if reader.problems.is_empty() => Ok(Electronic { pdf, ..found }),
        _ => Err(reader.problems),
    }
}

/// The XML that a PDF carries.
fn out_of_pdf(file: &str, bytes: &[u8]) -> Result<Vec<u8>, Vec<Problem>> {
    let wanted = |name: &str| fold(name).ends_with(".xml");
    let mut carried = pdf::attached(bytes, &wanted).map_err(|trouble| {
        let (reason, advice) = match trouble {
            Trouble::NotPdf => ("ce n’est pas un PDF", "retirez-le de l’import"),
            Trouble::Encrypted => ("ce PDF est chiffré", "enregistrez-le sans mot de passe ni protection"),
            Trouble::TooLarge => (
                "ce PDF contient, décompressé, plus que ce qui est lu d’une facture",
                "faites produire de nouveau cette facture par le logiciel qui l’a émise",
            ),
            Trouble::Broken => (
                "le fichier que ce PDF porte est illisible",
                "faites produire de nouveau cette facture par le logiciel qui l’a émise",
            ),
        };
        vec![Problem::of_file(file, reason).advise(advice)]
    })?;
    let usual = ["factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "cii.xml"];
    let rank = |name: &str| usual.iter().position(|one| fold(name) == *one);
    carried.sort_by_key(|one| rank(&one.name).unwrap_or(usual.len()));
    let known = carried.first().is_some_and(|one| rank(&one.name).is_some());
    match carried.as_slice() {
        [one] => Ok(one.bytes.clone()),
        [one, ..] if known => Ok(one.bytes.clone()),
        [] => Err(vec![
            Problem::of_file(file, "ce PDF ne porte aucune facture électronique (aucun `factur-x.xml`)")
                .advise("exportez-la en Factur-X, ou décrivez cette facture dans factures.csv"),
        ]),
        _ => Err(vec![
            Problem::of_file(file, "ce PDF porte plusieurs fichiers XML, et aucun ne s’appelle `factur-x.xml`")
                .advise("exportez-la en Factur-X"),
        ]),
    }
}

struct Reader<'r> {
    file: &'r FileRead,
    problems: Vec<Problem>,
    infos: &'r mut Vec<Info>,
}

impl Reader<'_> {
    fn refuse(&mut self, value: Option<&str>, reason: String, advice: &str) {
        let mut problem = Problem::of_file(&self.file.name, reason).advise(advice);
        if let Some(value) = value {
            problem = problem.about(value);
        }
        self.problems.push(problem);
    }

    fn tell(&mut self, text: String) {
        self.infos.push(Info::of_file(&self.file.name, text));
    }

    /// A date that is written.
    fn date(&mut self, text: Option<&str>, what: &str) -> Option<NaiveDate> {
        let text = text?;
        let read = xml::date(text);
        if read.is_none() {
            self.refuse(Some(text), format!("{what} : ce n’est pas une date"), "attendu : AAAAMMJJ ou AAAA-MM-JJ");
        }
        read
    }

    /// An amount that is written.
    fn cents(&mut self, text: Option<&str>, what: &str) -> Option<i64> {
        let text = text?;
        let read = xml::cents(text);
        if read.is_none() {
            let advice = "attendu : un nombre à deux décimales au plus, par exemple 1234.56";
            self.refuse(Some(text), format!("{what} : ce n’est pas un montant"), advice);
        }
        read
    }

    fn checked(&mut self, said: &Said, source: Source) -> Option<Electronic> {
        let [at_number, at_issued, at_kind, at_currency, at_due, at_payable] = said.ways;
        let mend = "faites corriger la facture par le logiciel qui l’émet";
        let number = said.number.clone().filter(|number| number.chars().count() <= 200);
        if number.is_none() {
            self.refuse(None, format!("numéro de facture absent (BT-1, `{at_number}`)"), mend);
        }
        if said.issued.is_none() {
            self.refuse(None, format!("date d’émission absente (BT-2, `{at_issued}`)"), mend);
        }
        let issued = self.date(said.issued.as_deref(), &format!("date d’émission (BT-2, `{at_issued}`)"));
        let currency = match said.currency.as_deref().map(word::currency) {
            Some(Ok(currency)) => Some(currency),
            Some(Err(refusal)) => {
                let reason = format!("devise (BT-5, `{at_currency}`) : {}", refusal.reason);
                self.refuse(said.currency.as_deref(), reason, mend);
                None
            }
            None => {
                self.refuse(None, format!("devise absente (BT-5, `{at_currency}`)"), mend);
                None
            }
        };
        let credit_type = self.kind(said, at_kind);
        let total = self.cents(said.total.as_deref(), "total TTC (BT-112)");
        let prepaid = self.cents(said.prepaid.as_deref(), "montant déjà payé (BT-113)");
        let rounding = self.cents(said.rounding.as_deref(), "arrondi (BT-114)").unwrap_or(0);
        let payable = self.cents(said.payable.as_deref(), &format!("montant à payer (BT-115, `{at_payable}`)"));
        let payable = payable.or_else(|| total.map(|total| total.saturating_sub(prepaid.unwrap_or(0))));
        if payable.is_none() && self.problems.is_empty() {
            self.refuse(None, format!("montant à payer absent (BT-115, `{at_payable}`)"), mend);
        }
        let performed = said.performed.as_deref().and_then(xml::date);
        let terms: Vec<(Option<NaiveDate>, Option<i64>)> = said
            .terms
            .iter()
            .map(|term| {
                let due = self.date(term.due.as_deref(), &format!("date d’échéance (BT-9, `{at_due}`)"));
                (due, self.cents(term.amount.as_deref(), "montant d’une échéance"))
            })
            .collect();
        let (number, issued, currency, payable) = (number?, issued?, currency?, payable?);
        let credit = credit_type? || total.unwrap_or(payable) < 0;
        let (amount, prepaid) = if credit {
            (payable.saturating_abs(), 0)
        } else {
            let whole = total.map_or(payable.saturating_add(prepaid.unwrap_or(0)), |t| t.saturating_add(rounding));
            let whole = whole.max(payable);
            let before = whole.saturating_sub(payable);
            if prepaid.is_some_and(|said| said != before) {
                self.tell(format!(
                    "le montant déjà payé (BT-113) ne fait pas la différence entre le total et le montant à payer : {} est pris",
                    Amount::new(before, currency)
                ));
            }
            (whole, before)
        };
        let (due, instalments, parts) =
            if credit { (None, Vec::new(), false) } else { self.due(&terms, payable, amount, currency) };
        // Instalments share out what is left to pay; what was paid before is then no part of the claim.
        let (amount, prepaid) = if parts { (payable, 0) } else { (amount, prepaid) };
        let amount = Amount::new(amount, currency);
        let buyer = &said.buyer;
        Some(Electronic {
            source,
            number,
            credit,
            issued,
            amount,
            prepaid,
            due,
            instalments,
            code: buyer.own_code().filter(|code| code.chars().count() <= 100).map(str::to_owned),
            siren: buyer.siren(),
            vat: buyer.vat_number(),
            registered: buyer.registered(),
            customer: self.customer(buyer),
            label: said.order.as_ref().map(|order| format!("commande {order}")),
            performed,
            origins: said.origins.clone(),
            pdf: None,
        })
    }

    /// Whether BT-3 is a credit note's; nothing when it is no invoice's at all.
    fn kind(&mut self, said: &Said, at: &str) -> Option<bool> {
        let among = |list: &str, kind: &str| list.split_whitespace().any(|one| one == kind);
        match said.kind.as_deref() {
            _ if said.credit_note => Some(true),
            None => Some(false),
            Some(kind) if among(CREDITS, kind) => Some(true),
            Some(kind) if among(INVOICES, kind) => {
                if matches!(kind, "384" | "471" | "472" | "473") && !said.origins.is_empty() {
                    let which = said.origins.join(", ");
                    self.tell(format!(
                        "facture rectificative de {which} : vérifiez que celle-ci est annulée par un avoir"
                    ));
                }
                Some(false)
            }
            Some(kind) => {
                let reason = format!("ce type de pièce (BT-3, `{at}`) n’est ni une facture, ni un avoir");
                self.refuse(Some(kind), reason, "retirez ce fichier de l’import");
                None
            }
        }
    }

    /// The due date, the instalments when there are several with their amounts, and whether these are of what is left to pay only.
    fn due(
        &mut self,
        terms: &[(Option<NaiveDate>, Option<i64>)],
        payable: i64,
        whole: i64,
        currency: Currency,
    ) -> (Option<NaiveDate>, Vec<DueAmount>, bool) {
        let dated: Vec<(NaiveDate, Option<i64>)> =
            terms.iter().filter_map(|(due, part)| Some(((*due)?, *part))).collect();
        let Some(last) = dated.iter().map(|(due, _)| *due).max() else { return (None, Vec::new(), false) };
        let parts: Option<Vec<(NaiveDate, i64)>> =
            dated.iter().map(|(due, part)| Some((*due, (*part).filter(|p| *p > 0)?))).collect();
        let parts = parts.filter(|parts| parts.len() > 1);
        let sum = parts.as_ref().map(|parts| parts.iter().fold(0i64, |sum, (_, part)| sum.saturating_add(*part)));
        if let Some(mut parts) = parts.filter(|_| sum == Some(payable) || sum == Some(whole)) {
            parts.sort_unstable();
            let mut shares: Vec<DueAmount> = Vec::new();
            for (due, cents) in parts {
                match shares.last_mut().filter(|share| share.due == due) {
                    Some(share) => share.amount.cents = share.amount.cents.saturating_add(cents),
                    None => shares.push(DueAmount { due, amount: Amount::new(cents, currency) }),
                }
            }
            let first = shares.first().map(|share| share.due);
            return (
                first,
                if shares.len() > 1 { shares } else { Vec::new() },
                sum == Some(payable) && payable != whole,
            );
        }
        if dated.iter().any(|(due, _)| *due != last) {
            self.tell(format!(
                "{} sans montants qui fassent le total : la dernière ({}) est prise",
                count(dated.len(), "échéance", "échéances"),
                last.format("%d/%m/%Y")
            ));
        }
        (Some(last), Vec::new(), false)
    }

    fn customer(&mut self, buyer: &Party) -> Customer {
        let country = buyer.country.as_deref().and_then(|country| word::country(country).ok());
        let by_mail = buyer.electronic.iter().find(|(scheme, _)| scheme.as_deref() == Some("EM")).map(|(_, text)| text);
        let strip = |text: &String| text.trim_start_matches("mailto:").to_owned();
        let email = buyer.email.iter().chain(by_mail).find_map(|text| contact::email(&strip(text)).ok());
        if email.is_none()
            && let Some(wrong) = &buyer.email
        {
            self.tell(format!(
                "l’adresse électronique de l’acheteur (BT-58) n’en est pas une : `{}`",
                super::problem::shorten(wrong)
            ));
        }
        let phone = buyer.phone.as_ref().map(|text| contact::phone(text, country.as_deref()).number);
        let town: Vec<&str> = [buyer.postcode.as_deref(), buyer.town.as_deref()].into_iter().flatten().collect();
        let mut lines = buyer.lines.clone();
        lines.push(town.join(" "));
        lines.retain(|line| !line.is_empty());
        Customer {
            name: buyer.name.clone().unwrap_or_default(),
            email,
            phone,
            address: (!lines.is_empty()).then(|| lines.join("\n")),
            country,
            ..Customer::default()
        }
    }

    /// An invoice that somebody else issued is a debt of ours, or nobody's.
    fn check_seller(&mut self, said: &Said, ours: &Seller) {
        let our_siren = ours.siren.as_deref().map(bare);
        let (theirs, name) = (said.seller.siren(), said.seller.name.clone().unwrap_or_default());
        let shown = match &theirs {
            Some(siren) => format!("{name} ({siren})"),
            None => name.clone(),
        };
        let bought = our_siren.is_some() && said.buyer.siren() == our_siren;
        let same = match (&our_siren, &theirs) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => name.is_empty() || alike(&name, &ours.name),
        };
        if !same && bought {
            let reason = "cette facture vous est adressée : c’est une dette, non une créance".to_owned();
            self.refuse(Some(&shown), reason, "retirez-la de l’import");
        } else if !same {
            let reason = match &ours.siren {
                Some(siren) => format!("le vendeur (BT-27, BT-30) n’est pas {} ({siren})", ours.name),
                None => format!("le vendeur (BT-27) n’est pas {}", ours.name),
            };
            let advice =
                "retirez cette facture de l’import, ou corrigez `nom` et `siren` de [creancier] dans relance.toml";
            self.refuse(Some(&shown), reason, advice);
        }
    }

    /// The PDF inside of an XML that is the invoice itself.
    fn paper(&mut self, said: &Said) -> Option<Arc<Vec<u8>>> {
        let number = said.number.as_deref().unwrap_or_default();
        let papers: Vec<_> = said.papers.iter().filter(|paper| paper.pdf.is_some()).collect();
        let chosen = papers.iter().find(|paper| paper.readable_form(number));
        let chosen = chosen.or_else(|| papers.first().filter(|_| papers.len() == 1));
        let Some(chosen) = chosen else {
            if !papers.is_empty() {
                self.tell("plusieurs PDF joints, et aucun ne dit être la facture : aucun n’est gardé".to_owned());
            }
            return None;
        };
        let bytes = chosen.pdf.clone()?;
        if bytes.len() > MAX_PDF {
            self.tell("le PDF joint pèse plus de 10 Mo : il n’est pas gardé".to_owned());
            return None;
        }
        Some(Arc::new(bytes))
    }
}

/// Whether two names may be one company's: the words of one are among those of the other.
fn alike(a: &str, b: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        let name = word::identifier(name);
        name.split('_').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (a, b) = (words(a), words(b));
    let within = |x: &[String], y: &[String]| !x.is_empty() && x.iter().all(|word| y.contains(word));
    within(&a, &b) || within(&b, &a)
}

#[cfg(test)]
mod tests;
