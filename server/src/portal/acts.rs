//! What a debtor says on its page. Each of it is an act like those of people of the creditor, by the same way, with limits of its own: a
//! debtor neither puts itself off for ever, nor agrees to anything in the creditor's place.

use super::AUTHOR;
use super::closed::Closed;
use super::guest::Guest;
use super::limits::Asked;
use super::page::{self, Wrong};
use super::piece::{self, Piece};
use crate::acts::{About, act, settled};
use crate::auth::token::sha256;
use crate::refusal::Refusal;
use axum::extract::{FromRequest, Multipart, Request};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{Months, NaiveDate, TimeDelta};
use relance_core::act::{Act, Signed, Sum};
use relance_core::day::{add_days, french_date};
use relance_core::dispute::DisputeCode;
use relance_core::dossier::{InvoiceFile, OwnTask};
use relance_core::event::Event;
use relance_core::money::Amount;
use relance_engine::store::accounts::{Bearer, Begun, Digest};
use relance_engine::store::{Document, DocumentKind};
use std::time::Duration;

/// A promise, and the first instalment of a plan, are at most so many days away.
pub const FARTHEST: i64 = 30;
/// A payment that was made before that does not take so long to arrive.
pub const EARLIEST: i64 = 15;
/// So many payments may be announced for an invoice in [`WINDOW`] days before a person has to look.
const ANNOUNCEMENTS: usize = 2;
const WINDOW: i64 = 60;
/// What a plan may be asked in.
pub const PARTS: [u32; 5] = [2, 3, 4, 6, 10];
/// How somebody paid.
pub const MEANS: [&str; 5] = ["virement", "carte", "chèque", "prélèvement", "autre moyen"];
/// The longest text of one's own, in characters: with what we add to it, the journal takes it whole.
pub const LONGEST: usize = 200;
/// How long a form that was sent twice is known by, and how long one may be at work.
const KNOWN: TimeDelta = TimeDelta::hours(24);
const AT_WORK: TimeDelta = TimeDelta::seconds(60);
/// How long, and how often, one waits for the same form that is at work.
const WAIT: Duration = Duration::from_millis(100);
const WAITS: u32 = 100;
/// How a payment plan is asked for, in the journal and in the task that it becomes.
const PLAN: &str = "demande un échéancier";

/// What is wrong, as the page says it.
type Problem = (String, String);

fn wrong<T>(what: impl Into<String>, help: &str) -> Result<T, Problem> {
    Err((what.into(), help.to_owned()))
}

/// The fields of a form.
pub struct Fields(Vec<(String, String)>);

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name).map(|(_, text)| text.trim());
        found.filter(|text| !text.is_empty())
    }

    fn day(&self, name: &str, what: &str) -> Result<NaiveDate, Problem> {
        let day = self.get(name).and_then(|text| text.parse().ok());
        day.map_or_else(|| wrong(format!("Il manque {what}."), "Donnez-le, par exemple 15/12/2026."), Ok)
    }

    fn sum(&self) -> Result<Option<Sum>, Problem> {
        let Some(text) = self.get("montant") else { return Ok(None) };
        match Sum::parse(text).filter(|sum| sum.cents > 0) {
            Some(sum) => Ok(Some(sum)),
            None => wrong(format!("« {text} » n’est pas un montant."), "Écrivez par exemple 1234,50."),
        }
    }

    /// A text of one's own, on one line.
    fn words(&self, name: &str) -> Result<Option<String>, Problem> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.chars().count() > LONGEST {
            return wrong(
                format!("Ce texte a plus de {LONGEST} caractères."),
                "Abrégez-le : une pièce jointe peut dire le reste.",
            );
        }
        Ok(Some(text))
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Closed;

    async fn from_request(request: Request, state: &S) -> Result<Fields, Closed> {
        // What does not read has no fields, and is told what is missing.
        let read = axum::Form::<Vec<(String, String)>>::from_request(request, state).await;
        Ok(Fields(read.map(|axum::Form(fields)| fields).unwrap_or_default()))
    }
}

/// What is to be done.
struct Wanted {
    /// The invoices that are meant; none: the client.
    on: Vec<String>,
    /// What, each with its reason.
    acts: Vec<(Act, Option<String>)>,
    /// What goes with it, and with which invoice.
    piece: Option<(String, Piece)>,
}

/// A payment that was made.
pub async fn announce(guest: Guest, fields: Fields) -> Result<Response, Closed> {
    let wanted = announced(&guest, &fields).await?;
    take(&guest, &fields, "annonce", wanted).await
}

async fn announced(guest: &Guest, fields: &Fields) -> Result<Result<Wanted, Problem>, Closed> {
    let on = meant(guest, fields)?;
    let from = guest.tenant.now() - TimeDelta::days(WINDOW);
    let rows = guest.tenant.store.journal(Some(&guest.link.client), None, Some(from), None).await?;
    let announced_often = |number: &String| {
        let own = rows.iter().filter(|row| row.entry.invoice.as_ref() == Some(number));
        own.filter(|row| matches!(row.entry.event, Event::Announced { .. })).count() >= ANNOUNCEMENTS
    };
    let often = on.iter().any(announced_often);
    let running = on.iter().find(|number| file(guest, number).is_some_and(|file| file.announced.is_some())).cloned();
    let today = guest.tenant.today();
    Ok((|| {
        let day = fields.day("le", "le jour du paiement")?;
        if day > today || day < add_days(today, -EARLIEST) {
            let what = format!("Un paiement s’annonce au plus tard {EARLIEST} jours après, et pas d’avance.");
            return wrong(what, "Pour un paiement à venir, donnez une date ; pour un plus ancien, appelez-nous.");
        }
        if let Some(number) = running {
            return wrong(format!("Un paiement est déjà annoncé pour la facture {number}."), "Nous l’attendons.");
        }
        if often {
            return wrong(
                "Plusieurs paiements annoncés ne sont pas arrivés.",
                "Appelez-nous : nous les chercherons ensemble.",
            );
        }
        let means = fields.get("moyen").filter(|means| MEANS.contains(means)).unwrap_or("autre moyen");
        let reason = format!("{means} du {}", french_date(day));
        Ok(Wanted { on, acts: vec![(Act::Announce { amount: fields.sum()? }, Some(reason))], piece: None })
    })())
}

/// A day on which the client will pay.
pub async fn promise(guest: Guest, fields: Fields) -> Result<Response, Closed> {
    let on = meant(&guest, &fields)?;
    let today = guest.tenant.today();
    let wanted = (|| {
        let by = fields.day("le", "le jour où vous paierez")?;
        if by < today || by > add_days(today, FARTHEST) {
            let what = format!("La date se donne entre aujourd’hui et le {}.", french_date(add_days(today, FARTHEST)));
            return wrong(what, "Pour payer plus tard ou en plusieurs fois, demandez un échéancier.");
        }
        for number in &on {
            let Some(file) = file(&guest, number) else { continue };
            if let Some(promise) = &file.promise {
                let what =
                    format!("Une date est déjà notée pour la facture {number} : le {}.", french_date(promise.by));
                return wrong(what, "Pour la changer, appelez-nous.");
            }
            if file.promises_broken > 0 {
                let what = format!("La date donnée pour la facture {number} est passée sans paiement.");
                return wrong(what, "Appelez-nous, ou demandez un échéancier.");
            }
        }
        Ok(Wanted { on: on.clone(), acts: vec![(Act::Promise { by, amount: fields.sum()? }, None)], piece: None })
    })();
    take(&guest, &fields, "promesse", wanted).await
}

/// A payment plan that the client asks for: somebody reads it and decides.
pub async fn ask_for_plan(guest: Guest, fields: Fields) -> Result<Response, Closed> {
    let today = guest.tenant.today();
    let open = guest.open();
    let currency = open.first().map(|(_, file)| file.invoice.currency());
    let same = open.iter().filter(|(_, file)| Some(file.invoice.currency()) == currency);
    let cents = same.map(|(_, file)| file.balance).fold(0i64, i64::saturating_add);
    let wanted = (|| {
        // Asking again and again would keep reminders away for ever.
        if guest.dossier.tasks.iter().any(|task| task.why == OwnTask::Read && task.text.contains(PLAN)) {
            return wrong("Votre demande d’échéancier est déjà transmise.", "Quelqu’un la lit et vous répond.");
        }
        let Some(currency) = currency else { return wrong("Rien n’est dû.", "Il n’y a rien à étaler.") };
        let parts = fields.get("nombre").and_then(|text| text.parse().ok()).filter(|n| PARTS.contains(n));
        let Some(parts) = parts else { return wrong("Il manque en combien de fois.", "Choisissez un nombre.") };
        let first = fields.day("premiere", "le jour de la première échéance")?;
        if first < today || first > add_days(today, FARTHEST) {
            let last = french_date(add_days(today, FARTHEST));
            return wrong(format!("La première échéance est entre aujourd’hui et le {last}."), "Corrigez la date.");
        }
        let Some(last) = first.checked_add_months(Months::new(parts - 1)) else {
            return wrong("Cette date est trop lointaine.", "Corrigez la date.");
        };
        let each = Amount::new(cents / i64::from(parts) + i64::from(cents % i64::from(parts) > 0), currency);
        let (all, first, last) = (Amount::new(cents, currency), french_date(first), french_date(last));
        let mut reason = format!("{PLAN} : {all} en {parts} fois, {each} par mois du {first} au {last}");
        if let Some(why) = fields.words("motif")? {
            reason = format!("{reason} ; {why}");
        }
        Ok(Wanted { on: Vec::new(), acts: vec![(Act::Reply {}, Some(reason))], piece: None })
    })();
    take(&guest, &fields, "echeancier", wanted).await
}

/// An invoice is disputed.
pub async fn dispute(guest: Guest, form: Multipart) -> Result<Response, Closed> {
    let (fields, piece) = match piece::read(form).await {
        Ok(form) => (Fields(form.fields), form.piece),
        Err(why) => {
            let fields = Fields(Vec::new());
            return refused(&guest, &fields, "litige", (why.to_owned(), "Recommencez.".to_owned())).await;
        }
    };
    let on = meant(&guest, &fields)?;
    let wanted = (|| {
        let [number] = on.as_slice() else {
            return wrong("Il manque la facture.", "Choisissez celle que vous contestez.");
        };
        let Some(code) = fields.get("code").and_then(DisputeCode::parse) else {
            return wrong("Il manque le motif.", "Choisissez celui qui convient le mieux.");
        };
        let Some(words) = fields.words("detail")? else {
            return wrong("Il manque l’explication.", "Dites en quelques mots ce qui ne va pas.");
        };
        if file(&guest, number).is_some_and(|file| !file.disputes.is_empty()) {
            return wrong(format!("La facture {number} est déjà contestée."), "Nous vous répondrons.");
        }
        let piece = match piece {
            Some(Err(why)) => return wrong(why, "Joignez un PDF, un JPEG ou un PNG de 10 Mo au plus, ou rien."),
            Some(Ok(piece)) => Some((number.clone(), piece)),
            None => None,
        };
        let with = if piece.is_some() { ", avec une pièce" } else { "" };
        let text = format!("Examiner la contestation de la facture {number} par le client{with} : {words}");
        let acts =
            vec![(Act::Dispute { code, amount: fields.sum()? }, Some(words)), (Act::Task { text, to: None }, None)];
        Ok(Wanted { on: on.clone(), acts, piece })
    })();
    take(&guest, &fields, "litige", wanted).await
}

fn file<'g>(guest: &'g Guest, number: &str) -> Option<&'g InvoiceFile> {
    guest.dossier.invoices.get(number)
}

/// The invoices that a form means: one that is open, or all that are due. One that is none of this client's opens nothing.
fn meant(guest: &Guest, fields: &Fields) -> Result<Vec<String>, Closed> {
    if let Some(number) = fields.get("facture") {
        let known = guest.dossier.invoices.contains_key(number);
        return if known { Ok(vec![number.to_owned()]) } else { Err(Closed::Gone) };
    }
    let today = guest.tenant.today();
    let open = guest.open();
    let due = open.into_iter().filter(|(_, file)| file.invoice.due <= today);
    Ok(due.map(|(number, _)| number.clone()).collect())
}

async fn take(
    guest: &Guest,
    fields: &Fields,
    name: &'static str,
    wanted: Result<Wanted, Problem>,
) -> Result<Response, Closed> {
    // The same form with the same words is the same thing, however often it is sent.
    let mut pieces: Vec<&[u8]> = vec![guest.link.id.as_bytes(), b"\0", name.as_bytes()];
    for (field, text) in &fields.0 {
        pieces.extend([&b"\0"[..], field.as_bytes(), b"\0", text.as_bytes()]);
    }
    let request = sha256(&pieces);
    let key = BASE64_URL_SAFE_NO_PAD.encode(request);
    let accounts = &guest.site.gate.accounts;
    let now = (guest.site.now)();
    let bearer = Bearer { entity: &guest.link.entity, who: &guest.link.id, key: &key };
    // Whoever presses twice sees the second answer: it has to be what became of the first.
    for _ in 0..WAITS {
        match accounts.begin_write(bearer, &request, now, now + AT_WORK).await? {
            Begun::Now => return begun(guest, fields, name, wanted, (bearer, &request)).await,
            Begun::UnderWay => tokio::time::sleep(WAIT).await,
            Begun::Done { .. } | Begun::Another => return Ok(done(guest, name)),
        }
    }
    Err(Closed::Busy)
}

fn done(guest: &Guest, name: &str) -> Response {
    Redirect::to(&format!("{}?dit={name}", guest.home)).into_response()
}

async fn begun(
    guest: &Guest,
    fields: &Fields,
    name: &'static str,
    wanted: Result<Wanted, Problem>,
    (bearer, request): (Bearer<'_>, &Digest),
) -> Result<Response, Closed> {
    let (accounts, now) = (&guest.site.gate.accounts, (guest.site.now)());
    let taken = match guest.one_more(Asked::Act).await {
        Ok(()) => match wanted {
            Ok(wanted) => written(guest, bearer.key, wanted).await,
            Err(problem) => Ok(Err(problem)),
        },
        Err(closed) => Err(closed),
    };
    match taken {
        Ok(Ok(())) => {
            accounts.finish_write(bearer, request, (303, b""), now + KNOWN).await?;
            Ok(done(guest, name))
        }
        Ok(Err(problem)) => {
            accounts.abandon_write(bearer, request).await?;
            refused(guest, fields, name, problem).await
        }
        Err(closed) => {
            accounts.abandon_write(bearer, request).await?;
            Err(closed)
        }
    }
}

/// Writes down what is wanted; or says, in French, why it cannot be.
async fn written(guest: &Guest, key: &str, wanted: Wanted) -> Result<Result<(), Problem>, Closed> {
    let about = About { client: guest.link.client.clone(), invoices: wanted.on };
    let mut all = Vec::new();
    for (n, (one, reason)) in wanted.acts.iter().enumerate() {
        let id = format!("espace:{key}:{n}");
        let signed = Signed { by: AUTHOR, reason: reason.as_deref(), id: &id };
        match act(&guest.tenant, &about, one, &signed).await {
            Ok(things) => all.extend(things),
            Err(Refusal::Act(refusal)) => {
                return Ok(Err((crate::refusal::sentence(&refusal.what), String::new())));
            }
            Err(refusal) => return Err(refusal.into()),
        }
    }
    if let Some((number, piece)) = wanted.piece {
        let document = Document {
            client: guest.link.client.clone(),
            // Beside what left about the invoice.
            key: format!("{number}#espace-{}", key.chars().take(12).collect::<String>()),
            kind: DocumentKind::Piece,
            name: piece.name,
            media_type: piece.media_type.to_owned(),
            at: guest.tenant.now(),
            bytes: piece.bytes,
        };
        guest.tenant.store.keep(&[document]).await?;
    }
    settled(&guest.tenant, &all).await;
    Ok(Ok(()))
}

async fn refused(guest: &Guest, fields: &Fields, act: &'static str, problem: Problem) -> Result<Response, Closed> {
    let (what, help) = problem;
    page::view(guest, Some(Wrong { act, what, help, typed: fields.0.clone() })).await
}
