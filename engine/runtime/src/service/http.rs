//! The service's pages for machines: `/sante` and `/metriques` to read, `/rappel`, `/retour` and `/suivi` to tell what became of a message
//! or a letter, `/paiement` to tell of a payment.

use super::bounces;
use super::callback::{self, Wrong};
use super::letters;
use super::payment::{self, Noted};
use super::{Board, Bounces, Callback, Letters, PayPage, Payments};
use crate::signature::Refused;
use crate::store::{Backlog, Store};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{
    ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use relance_core::day::Instant;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How long the base may take to answer for a page.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a visitor may take to ask.
const ASKING: Duration = Duration::from_secs(10);
/// How many visitors at a time; the others wait.
const VISITORS: usize = 32;
/// The longest request line and headers.
const LONGEST: usize = 16 * 1024;
/// Where links in messages lead.
const PAY: &str = "/payer/";
const TEXT: &str = "text/plain; charset=utf-8";
/// Where the payment provider signs.
const SIGNATURE: &str = "stripe-signature";

/// Where others may tell something; what is none is closed.
#[derive(Debug, Default)]
pub struct Doors {
    /// `/rappel`.
    pub callback: Option<Callback>,
    /// `/paiement`.
    pub payments: Option<Payments>,
    /// `/payer/…`, for debtors.
    pub pay: Option<PayPage>,
    /// `/retour`.
    pub bounces: Option<Bounces>,
    /// `/suivi`.
    pub letters: Option<Letters>,
}

/// Everything that the pages for machines tell of and write to.
pub struct Machines {
    /// The base.
    pub store: Arc<dyn Store>,
    /// What the runner tells of itself.
    pub board: Arc<Board>,
    /// What time it is.
    pub now: fn() -> Instant,
    /// What is open.
    pub doors: Doors,
}

/// An error of a request's body, whatever carries it.
type Cut = Box<dyn std::error::Error + Send + Sync>;

impl Machines {
    /// The paths that [`Machines::answer`] knows; links of debtors begin with `/payer/`.
    pub const PATHS: [&str; 6] = ["/sante", "/metriques", "/rappel", "/retour", "/suivi", "/paiement"];

    /// Answers one request.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Full<Bytes>>
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: Into<Cut>,
    {
        let (store, doors, now) = (&*self.store, &self.doors, (self.now)());
        match request.uri().path() {
            path if path.starts_with(PAY) => owed(&request.map(drop), store, doors.pay.as_ref(), now).await,
            "/rappel" => told(request, store, doors.callback.as_ref(), now).await,
            "/paiement" => paid(request, store, doors.payments.as_ref(), now).await,
            "/suivi" => got_there(request, store, doors.letters.as_ref(), now).await,
            "/retour" => came_back(request, store, doors.bounces.as_ref(), now).await,
            _ => answer(&request.map(drop), store, &self.board, now).await,
        }
    }
}

/// Answers visitors for ever.
pub async fn serve(listener: TcpListener, machines: Arc<Machines>) {
    let places = Arc::new(Semaphore::new(VISITORS));
    let mut visits = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        while visits.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, most likely: they become fewer.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let machines = Arc::clone(&machines);
        visits.spawn(async move {
            let answer = service_fn(|request: Request<Incoming>| {
                let machines = Arc::clone(&machines);
                async move { Ok::<_, Infallible>(machines.answer(request).await) }
            });
            // A visitor who goes away in the middle is nobody's trouble.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(ASKING)
                .max_buf_size(LONGEST)
                .serve_connection(TokioIo::new(stream), answer)
                .await;
            drop(place);
        });
    }
}

async fn answer(request: &Request<()>, store: &dyn Store, board: &Board, now: Instant) -> Response<Full<Bytes>> {
    if let Some(refused) = not_read(request) {
        return refused;
    }
    match request.uri().path() {
        "/sante" => {
            let (well, mut told) = board.health(backlog(store, now).await.is_some());
            let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            if let Some(told) = told.as_object_mut() {
                told.insert("maintenant".to_owned(), now.to_rfc3339().into());
            }
            page(status, "application/json", format!("{told:#}\n"))
        }
        "/metriques" => {
            let backlog = backlog(store, now).await;
            let figures = board.metrics(now, backlog.as_ref());
            page(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", figures)
        }
        _ => page(
            StatusCode::NOT_FOUND,
            TEXT,
            "les pages sont /sante, /metriques, /rappel, /retour, /suivi, /paiement et /payer\n".to_owned(),
        ),
    }
}

fn say(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    page(status, TEXT, format!("{text}\n"))
}

fn header<B>(request: &Request<B>, name: impl hyper::header::AsHeaderName) -> Option<String> {
    let value = request.headers().get(name)?;
    std::str::from_utf8(value.as_bytes()).ok().map(str::to_owned)
}

/// Refuses what is written to a page that is only read.
fn not_read<B>(request: &Request<B>) -> Option<Response<Full<Bytes>>> {
    if request.method() == Method::GET || request.method() == Method::HEAD {
        return None;
    }
    let mut refused = say(StatusCode::METHOD_NOT_ALLOWED, "ces pages se lisent seulement (GET)");
    refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    Some(refused)
}

/// Refuses what is not written to a page.
fn not_written<B>(request: &Request<B>) -> Option<Response<Full<Bytes>>> {
    if request.method() == Method::POST {
        return None;
    }
    let mut refused = say(StatusCode::METHOD_NOT_ALLOWED, "cette page s’écrit seulement (POST)");
    refused.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    Some(refused)
}

/// What was written, if it comes whole and in time.
async fn body<B>(request: Request<B>, largest: usize) -> Result<Bytes, Response<Full<Bytes>>>
where
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<Cut>,
{
    let reading = Limited::new(request.into_body(), largest).collect();
    match tokio::time::timeout(ASKING, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(_)) => {
            let text = format!("demande trop grande ou coupée : {} ko au plus", largest / 1024);
            Err(say(StatusCode::PAYLOAD_TOO_LARGE, &text))
        }
        Err(_) => Err(say(StatusCode::REQUEST_TIMEOUT, "demande incomplète au bout de dix secondes")),
    }
}

const BASE_IS_SILENT: &str = "la base ne répond pas : recommencez plus tard";

/// Somebody tells what became of a message.
async fn told<B>(
    request: Request<B>,
    store: &dyn Store,
    callback: Option<&Callback>,
    now: Instant,
) -> Response<Full<Bytes>>
where
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<Cut>,
{
    let Some(callback) = callback else {
        return say(
            StatusCode::NOT_FOUND,
            "les rappels ne sont pas ouverts : donnez `rappel_env` dans [service] de relance.toml, et le secret dans cette variable",
        );
    };
    if let Some(refused) = not_written(&request) {
        return refused;
    }
    if !callback.allows(header(&request, AUTHORIZATION).as_deref()) {
        let mut refused =
            say(StatusCode::UNAUTHORIZED, "secret absent ou faux : écrivez l’en-tête `Authorization: Bearer SECRET`");
        refused.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return refused;
    }
    let body = match body(request, callback::LARGEST).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    match tokio::time::timeout(PATIENCE, callback.note(store, &body, now)).await {
        Ok(Ok(())) => say(StatusCode::OK, "noté"),
        Ok(Err(Wrong::Unreadable)) => say(
            StatusCode::BAD_REQUEST,
            "demande incomprise : écrivez {\"cle\": \"…\", \"etat\": \"remis\"}, ou \"echec\", en JSON",
        ),
        Ok(Err(Wrong::Unknown)) => say(
            StatusCode::NOT_FOUND,
            "aucun message n’a cette clé : c’est `cle` dans `relance journal --format jsonl`",
        ),
        Ok(Err(Wrong::Base)) | Err(_) => say(StatusCode::SERVICE_UNAVAILABLE, BASE_IS_SILENT),
    }
}

/// Where whoever tells of messages that came back signs, in our own form.
const OWN_SIGNATURE: &str = "relance-signature";

/// An e-mail provider tells what became of a message. What is none of ours is answered with 200: telling it again would not help.
async fn came_back<B>(
    request: Request<B>,
    store: &dyn Store,
    bounces: Option<&Bounces>,
    now: Instant,
) -> Response<Full<Bytes>>
where
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<Cut>,
{
    let Some(bounces) = bounces else {
        return say(
            StatusCode::NOT_FOUND,
            "les retours ne sont pas ouverts : donnez `retours_env` dans [service] de relance.toml, et le secret dans cette variable",
        );
    };
    if let Some(refused) = not_written(&request) {
        return refused;
    }
    let signature = header(&request, OWN_SIGNATURE);
    let body = match body(request, bounces::LARGEST).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    match bounces.allows(signature.as_deref(), &body, now) {
        Ok(()) => {}
        Err(Refused::Forged) => return say(StatusCode::UNAUTHORIZED, "signature absente ou fausse"),
        Err(Refused::Stale) => {
            return say(
                StatusCode::UNAUTHORIZED,
                "signature d’un autre moment : l’horloge de la machine est-elle à l’heure ?",
            );
        }
    }
    match tokio::time::timeout(PATIENCE, bounces.note(store, &body, now)).await {
        Ok(Ok(Some(read))) => say(StatusCode::OK, if read.new { "noté" } else { "rien de nouveau" }),
        Ok(Ok(None)) => say(StatusCode::OK, "rien à noter : aucun message envoyé ne correspond"),
        Ok(Err(Wrong::Unreadable | Wrong::Unknown)) => say(
            StatusCode::BAD_REQUEST,
            "demande incomprise : il faut `message_id`, `destinataire` et `etat` (`echec`, `retard` ou `remis`), en JSON",
        ),
        Ok(Err(Wrong::Base)) | Err(_) => say(StatusCode::SERVICE_UNAVAILABLE, BASE_IS_SILENT),
    }
}

/// How long a proof may take to be fetched, beside the base.
const FETCHING: Duration = Duration::from_secs(40);

/// Somebody tells what became of a registered letter.
async fn got_there<B>(
    request: Request<B>,
    store: &dyn Store,
    letters: Option<&Letters>,
    now: Instant,
) -> Response<Full<Bytes>>
where
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<Cut>,
{
    let Some(letters) = letters else {
        return say(
            StatusCode::NOT_FOUND,
            "le suivi n’est pas ouvert : donnez `suivi_env` dans [service] de relance.toml, et le secret dans cette variable",
        );
    };
    if let Some(refused) = not_written(&request) {
        return refused;
    }
    let signature = header(&request, OWN_SIGNATURE);
    let body = match body(request, letters::LARGEST).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    match letters.allows(signature.as_deref(), &body, now) {
        Ok(()) => {}
        Err(Refused::Forged) => return say(StatusCode::UNAUTHORIZED, "signature absente ou fausse"),
        Err(Refused::Stale) => {
            return say(
                StatusCode::UNAUTHORIZED,
                "signature d’un autre moment : l’horloge de la machine est-elle à l’heure ?",
            );
        }
    }
    match tokio::time::timeout(FETCHING, letters.note(store, &body, now)).await {
        Ok(Ok(Some(noted))) => {
            let text = if noted.new { "noté" } else { "rien de nouveau" };
            let proof = noted.without_proof.map(|why| format!(" ; {why}")).unwrap_or_default();
            say(StatusCode::OK, &format!("{text}{proof}"))
        }
        Ok(Ok(None)) => say(StatusCode::NOT_FOUND, "aucune lettre recommandée n’a cette clé ou ce numéro"),
        Ok(Err(Wrong::Unreadable | Wrong::Unknown)) => say(
            StatusCode::BAD_REQUEST,
            "demande incomprise : il faut `cle` ou `suivi`, et `etat` (`presentee`, `distribuee`, `refusee`, `non_reclamee` ou `npai`) ; \
             `le` (AAAA-MM-JJ, pas dans l’avenir) et `preuve` sont facultatifs, en JSON",
        ),
        Ok(Err(Wrong::Base)) | Err(_) => say(StatusCode::SERVICE_UNAVAILABLE, BASE_IS_SILENT),
    }
}

/// The payment provider tells of a payment. What it may send again is answered with an error, all else with 200.
async fn paid<B>(
    request: Request<B>,
    store: &dyn Store,
    payments: Option<&Payments>,
    now: Instant,
) -> Response<Full<Bytes>>
where
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<Cut>,
{
    let Some(payments) = payments else {
        return say(
            StatusCode::NOT_FOUND,
            "les avis de paiement ne sont pas ouverts : donnez `secret_env` dans [paiement] de relance.toml, et le secret de signature \
             dans cette variable",
        );
    };
    if let Some(refused) = not_written(&request) {
        return refused;
    }
    let signature = header(&request, SIGNATURE);
    let body = match body(request, payment::LARGEST).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    match payments.allows(signature.as_deref(), &body, now) {
        Ok(()) => {}
        Err(Refused::Forged) => {
            return say(
                StatusCode::UNAUTHORIZED,
                "signature absente ou fausse : le secret de signature est-il celui de cette adresse, chez votre prestataire ?",
            );
        }
        Err(Refused::Stale) => {
            return say(
                StatusCode::UNAUTHORIZED,
                "signature datée de plus de cinq minutes avant, ou après, l’heure d’ici : l’horloge de cette machine est-elle à l’heure ?",
            );
        }
    }
    let noted = tokio::time::timeout(PATIENCE, payments.note(store, &body, now)).await;
    // Nothing of ours, but perhaps somebody's money: the log keeps it.
    let left = |why: &str| tracing::warn!(raison = why, "avis de paiement laissé de côté");
    match noted {
        Ok(Ok(Noted::Written)) => say(StatusCode::OK, "noté"),
        Ok(Ok(Noted::Nothing(why))) => {
            left(&why);
            say(StatusCode::OK, &format!("rien à noter : {why}"))
        }
        Ok(Err(Wrong::Unreadable)) => {
            left("avis incompris");
            say(StatusCode::BAD_REQUEST, "avis incompris : il manque un montant positif, une devise ou une date")
        }
        Ok(Err(Wrong::Unknown)) => {
            left("facture inconnue");
            say(
                StatusCode::NOT_FOUND,
                "aucune facture n’a ce numéro : l’avis sera compris après l’import de la facture",
            )
        }
        Ok(Err(Wrong::Base)) | Err(_) => say(StatusCode::SERVICE_UNAVAILABLE, BASE_IS_SILENT),
    }
}

/// What a debtor sees who follows a link.
async fn owed(
    request: &Request<()>,
    store: &dyn Store,
    pages: Option<&PayPage>,
    now: Instant,
) -> Response<Full<Bytes>> {
    let Some(pages) = pages else { return say(StatusCode::NOT_FOUND, "il n’y a pas de page ici") };
    if let Some(refused) = not_read(request) {
        return refused;
    }
    let token = request.uri().path().strip_prefix(PAY).unwrap_or_default();
    let shown = match tokio::time::timeout(PATIENCE, pages.show(store, token, now)).await {
        Ok(Ok(shown)) => shown,
        Ok(Err(_)) | Err(_) => return say(StatusCode::SERVICE_UNAVAILABLE, "cette page revient dans un moment"),
    };
    let status = if shown.known { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let mut answer = page(status, "text/html; charset=utf-8", shown.html);
    // Nothing of it runs, loads, is framed, or leaves a trace of the link elsewhere.
    let headers = [
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in headers {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

async fn backlog(store: &dyn Store, now: Instant) -> Option<Backlog> {
    tokio::time::timeout(PATIENCE, store.backlog(now)).await.ok()?.ok()
}

fn page(status: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut page = Response::new(Full::new(Bytes::from(text)));
    *page.status_mut() = status;
    page.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    page.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    page
}
