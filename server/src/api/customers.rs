//! Clients: listed, searched, and one of them with its time line and what is kept of it.

use super::asked::{Path, Query};
use super::caller::Caller;
use super::invoices::Money;
use super::page::{Page, cursor, limit};
use super::problem::Problem;
use crate::acts::file_of;
use crate::auth::role::Permission;
use crate::ui::lists::NOBODY;
use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use relance_core::day::{end_of_day, start_of_day};
use relance_core::incoming::Customer;
use relance_core::journal::Line;
use relance_core::money::Amount;
use relance_engine::store::{CustomerQuery, CustomerRow, CustomerSort, DocumentKind, Kept};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

/// So many clients and invoices are found at most.
const FOUND: usize = 50;
/// So many lines of a journal are told at once.
const LINES: usize = 1_000;

/// Un client d’une liste, tel qu’à la dernière étape de son dossier.
#[derive(Serialize, ToSchema)]
#[schema(as = Client)]
pub struct CustomerLine {
    /// Le code.
    client: String,
    /// Le nom.
    nom: String,
    /// Le segment que donnent les données.
    segment: String,
    /// Qui le suit.
    #[serde(skip_serializing_if = "Option::is_none")]
    responsable: Option<String>,
    /// Deux lettres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pays: Option<String>,
    /// Ce qui reste dû, par devise.
    reste_du: Vec<Money>,
    /// Nombre de factures ouvertes.
    factures_ouvertes: usize,
    /// L’échéance la plus ancienne de celles-ci.
    #[serde(skip_serializing_if = "Option::is_none")]
    echeance_la_plus_ancienne: Option<NaiveDate>,
    /// Si quelqu’un a arrêté les relances de tout le client.
    arrete: bool,
    /// S’il est en procédure collective.
    procedure_collective: bool,
}

fn line(row: CustomerRow) -> CustomerLine {
    let view = row.view;
    CustomerLine {
        client: row.client,
        nom: view.name,
        segment: view.segment,
        responsable: view.owner,
        pays: view.country,
        reste_du: view.balances.iter().map(|(currency, cents)| Amount::new(*cents, *currency).into()).collect(),
        factures_ouvertes: view.open,
        echeance_la_plus_ancienne: view.oldest,
        arrete: view.stopped,
        procedure_collective: view.insolvent,
    }
}

/// Par quel ordre.
#[derive(Deserialize, Clone, Copy, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrdreDesClients)]
pub enum Sort {
    /// Ce qui reste dû, le plus lourd d’abord.
    ResteDu,
    /// Le nom.
    Nom,
    /// Le code.
    Code,
}

/// Quels clients.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Le segment que donnent les données.
    segment: Option<String>,
    /// Qui les suit ; « - » : personne.
    responsable: Option<String>,
    /// L’ordre ; le plus lourd d’abord sans lui, et toujours avec un filtre.
    #[param(inline)]
    tri: Option<Sort>,
    /// La place rendue par la page d’avant.
    apres: Option<String>,
    /// Lignes par page.
    #[param(minimum = 1, maximum = 200)]
    limite: Option<usize>,
}

/// Les clients
#[utoipa::path(get, path = "/clients", tag = "Clients", params(Asked), security(("cle" = ["voir"])),
    responses((status = 200, description = "Une page.", body = Page<CustomerLine>)))]
pub async fn list(caller: Caller, Query(asked): Query<Asked>) -> Result<Json<Page<CustomerLine>>, Problem> {
    caller.may(Permission::See)?;
    let query = CustomerQuery {
        segment: asked.segment,
        owner: asked.responsable.map(|owner| if owner == NOBODY { String::new() } else { owner }),
        sort: match asked.tri {
            Some(Sort::Nom) => CustomerSort::Name,
            Some(Sort::Code) => CustomerSort::Code,
            Some(Sort::ResteDu) | None => CustomerSort::Balance,
        },
        ..CustomerQuery::default()
    };
    let from = cursor(asked.apres.as_deref())?;
    let page = caller.tenant.lists.customers(&query, from.as_ref(), limit(asked.limite)?).await?;
    Ok(Json(Page::of(page, line)))
}

/// Ce qu’on cherche.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Des mots d’un client (nom, code, SIREN, courriel, téléphone), ou le début ou la fin d’un numéro de facture.
    q: String,
}

/// Un client trouvé.
#[derive(Serialize, ToSchema)]
#[schema(as = ClientTrouve)]
pub struct CustomerFound {
    /// Le code.
    client: String,
    /// Le nom.
    nom: String,
}

/// Une facture trouvée.
#[derive(Serialize, ToSchema)]
#[schema(as = FactureTrouvee)]
pub struct InvoiceFound {
    /// Le numéro.
    facture: String,
    /// Le code du client.
    client: String,
    /// Le nom du client.
    nom: String,
    /// Ce qui reste à payer.
    reste_du: Money,
    /// Où elle en est.
    etat: &'static str,
}

/// Ce qui a été trouvé, cinquante de chaque au plus.
#[derive(Serialize, ToSchema)]
#[schema(as = Trouve)]
pub struct Found {
    /// Les clients.
    clients: Vec<CustomerFound>,
    /// Les factures.
    factures: Vec<InvoiceFound>,
}

/// Chercher
#[utoipa::path(get, path = "/recherche", tag = "Clients", params(Wanted), security(("cle" = ["voir"])),
    responses((status = 200, description = "Ce qui a été trouvé.", body = Found)))]
pub async fn search(caller: Caller, Query(wanted): Query<Wanted>) -> Result<Json<Found>, Problem> {
    caller.may(Permission::See)?;
    let found = caller.tenant.lists.search(&wanted.q, FOUND).await?;
    let clients = found.customers.into_iter().map(|hit| CustomerFound { client: hit.client, nom: hit.name }).collect();
    let invoice = |hit: relance_engine::store::InvoiceHit| InvoiceFound {
        facture: hit.number,
        client: hit.client,
        nom: hit.name,
        reste_du: hit.balance.into(),
        etat: hit.situation.word(),
    };
    Ok(Json(Found { clients, factures: found.invoices.into_iter().map(invoice).collect() }))
}

/// Une personne chez un client.
#[derive(Serialize, ToSchema)]
#[schema(as = Contact)]
pub struct Contact {
    /// Ce qu’elle y est.
    role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    nom: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    courriel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    telephone: Option<String>,
}

/// Une facture d’un client, en bref.
#[derive(Serialize, ToSchema)]
#[schema(as = FactureEnBref)]
pub struct Brief {
    /// Le numéro.
    facture: String,
    /// L’échéance.
    echeance: NaiveDate,
    /// Ce qui reste à payer.
    reste_du: Money,
}

/// Un client.
#[derive(Serialize, ToSchema)]
#[schema(as = FicheClient)]
pub struct CustomerFile {
    /// Le code.
    client: String,
    /// Le nom.
    nom: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    segment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    responsable: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    courriel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    telephone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adresse: Option<String>,
    /// Les autres personnes à qui l’on écrit.
    contacts: Vec<Contact>,
    /// Pourquoi quelqu’un a arrêté les relances de tout le client, si c’est le cas.
    #[serde(skip_serializing_if = "Option::is_none")]
    arrete: Option<String>,
    /// Les factures ouvertes, par échéance.
    factures_ouvertes: Vec<Brief>,
    /// Combien d’autres sont soldées.
    factures_soldees: usize,
}

/// Un client
#[utoipa::path(get, path = "/clients/{client}", tag = "Clients", security(("cle" = ["voir"])),
    responses((status = 200, description = "Le client.", body = CustomerFile)))]
pub async fn show(caller: Caller, Path((_, code)): Path<(String, String)>) -> Result<Json<CustomerFile>, Problem> {
    caller.may(Permission::See)?;
    let tenant = &caller.tenant;
    let dossier = file_of(tenant, &code).await?.dossier;
    let mut open: Vec<_> = dossier.invoices.iter().filter(|(_, file)| file.is_open()).collect();
    open.sort_by_key(|(number, file)| (file.invoice.due, (*number).clone()));
    let brief = |(number, file): &(&String, &relance_core::dossier::InvoiceFile)| Brief {
        facture: (*number).clone(),
        echeance: file.invoice.due,
        reste_du: Amount::new(file.balance, file.invoice.currency()).into(),
    };
    let Customer { name, segment, owner, email, phone, address, contacts, .. } = &dossier.customer;
    let contact = |one: &relance_core::incoming::CustomerContact| Contact {
        role: one.role.clone(),
        nom: one.name.clone(),
        courriel: one.email.clone(),
        telephone: one.phone.clone(),
    };
    Ok(Json(CustomerFile {
        nom: if name.is_empty() { code.clone() } else { name.clone() },
        segment: segment.clone(),
        responsable: owner.clone(),
        courriel: email.clone(),
        telephone: phone.clone(),
        adresse: address.clone(),
        contacts: contacts.iter().map(contact).collect(),
        arrete: dossier.stopped.clone(),
        factures_ouvertes: open.iter().map(brief).collect(),
        factures_soldees: dossier.invoices.len() - open.len(),
        client: code,
    }))
}

/// Quels jours.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Days {
    /// Depuis ce jour.
    du: Option<NaiveDate>,
    /// Jusqu’à ce jour, compris.
    au: Option<NaiveDate>,
    /// Une seule facture.
    facture: Option<String>,
}

/// Le journal d’un client
///
/// Les lignes de `relance journal --format json`, mille au plus : les dernières. Demandez des jours pour les autres.
#[utoipa::path(get, path = "/clients/{client}/journal", tag = "Clients", params(Days), security(("cle" = ["voir"])),
    responses((status = 200, description = "Les lignes, dans l’ordre du temps.", body = Vec<Object>)))]
pub async fn journal(
    caller: Caller,
    Path((_, code)): Path<(String, String)>,
    Query(asked): Query<Days>,
) -> Result<Json<Value>, Problem> {
    caller.may(Permission::See)?;
    let tenant = &caller.tenant;
    let in_force = tenant.in_force().await?;
    let zone = in_force.program.zone;
    let (from, to) = (asked.du.map(|day| start_of_day(day, zone)), asked.au.map(|day| end_of_day(day, zone)));
    file_of(tenant, &code).await?;
    let rows = tenant.store.journal(Some(&code), asked.facture.as_deref(), from, to).await?;
    let lines = rows.iter().rev().filter_map(|row| Line::of(&row.entry, &code, row.currency, zone, &in_force.places));
    let mut lines: Vec<Line> = lines.take(LINES).collect();
    lines.reverse();
    Ok(Json(json!(lines)))
}

/// Un document gardé.
#[derive(Serialize, ToSchema)]
#[schema(as = Document)]
pub struct Paper {
    /// `message`, `courrier`, `preuve`, `facture` ou `piece`.
    genre: &'static str,
    /// Ce dont il fait partie : la clé de l’effet, ou de la facture.
    cle: String,
    /// Son nom.
    nom: String,
    /// Son type de média.
    #[serde(rename = "type")]
    media: String,
}

/// Les documents gardés d’un client
#[utoipa::path(get, path = "/clients/{client}/documents", tag = "Clients", security(("cle" = ["voir"])),
    responses((status = 200, description = "Les documents.", body = Vec<Paper>)))]
pub async fn documents(caller: Caller, Path((_, code)): Path<(String, String)>) -> Result<Json<Vec<Paper>>, Problem> {
    caller.may(Permission::See)?;
    let paper = |kept: Kept| Paper { genre: kept.kind.word(), cle: kept.key, nom: kept.name, media: kept.media_type };
    file_of(&caller.tenant, &code).await?;
    Ok(Json(caller.tenant.store.documents(&code).await?.into_iter().map(paper).collect()))
}

/// Un document tel qu’il est gardé
#[utoipa::path(get, path = "/clients/{client}/documents/{genre}/{cle}/{nom}", tag = "Clients", security(("cle" = ["voir"])),
    responses((status = 200, description = "Le document, octet pour octet.", content_type = "application/octet-stream", body = String)))]
pub async fn document(
    caller: Caller,
    Path((_, client, kind, key, name)): Path<(String, String, String, String, String)>,
) -> Result<Response, Problem> {
    caller.may(Permission::See)?;
    let kind = DocumentKind::ALL.into_iter().find(|one| one.word() == kind).ok_or_else(Problem::unknown)?;
    let bytes = caller.tenant.store.document(&client, &key, kind, &name).await?.ok_or_else(Problem::unknown)?;
    let mut response = bytes.into_response();
    // Whatever it is, it is no page of ours.
    let kind = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    Ok(response)
}
