//! Invoices: listed, and one of them explained. What the documents of these types and functions say is the text of the published
//! document: it is in French.

use super::asked::{Path, Query};
use super::caller::Caller;
use super::page::{Page, cursor, limit};
use super::problem::Problem;
use crate::auth::role::Permission;
use crate::ui::invoice::drawn;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use relance_core::day::french_date;
use relance_core::money::Amount;
use relance_core::view::Situation;
use relance_desk::explain::{Explained, explain};
use relance_desk::failure::Failure;
use relance_engine::store::{InvoiceQuery, InvoiceRow, InvoiceSort};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

/// Un montant exact, en centièmes de l’unité.
#[derive(Serialize, ToSchema)]
#[schema(as = Montant)]
pub struct Money {
    /// En centièmes ; négatif pour un avoir.
    centimes: i64,
    /// Trois lettres (ISO 4217).
    devise: String,
}

impl From<Amount> for Money {
    fn from(amount: Amount) -> Money {
        Money { centimes: amount.cents, devise: amount.currency.code().to_owned() }
    }
}

/// Une facture d’une liste, telle qu’à la dernière étape de son dossier.
#[derive(Serialize, ToSchema)]
#[schema(as = Facture)]
pub struct InvoiceLine {
    /// Le numéro.
    facture: String,
    /// Le code du client.
    client: String,
    /// Le nom du client.
    nom: String,
    /// Le jour de l’émission.
    emission: NaiveDate,
    /// L’échéance, déplacée si on l’a déplacée.
    echeance: NaiveDate,
    /// Jours de retard aujourd’hui ; négatif avant l’échéance.
    retard: i64,
    /// Le montant d’origine.
    montant: Money,
    /// Ce qui reste à payer.
    reste_du: Money,
    /// Le segment que voient les scénarios.
    segment: String,
    /// Qui la suit.
    #[serde(skip_serializing_if = "Option::is_none")]
    responsable: Option<String>,
    /// Le scénario qui la mène.
    #[serde(skip_serializing_if = "Option::is_none")]
    scenario: Option<String>,
    /// Où elle en est, en un mot : `ouverte`, `soldee`, `litige`, `promesse`, `annoncee`, `suspendue`, `arretee`, `collective`, `anomalie`,
    /// `sans_scenario`.
    etat: &'static str,
    /// L’étape de son scénario : `plan`, ou le nom d’une étape.
    #[serde(skip_serializing_if = "Option::is_none")]
    etape: Option<String>,
    /// Le jour pour lequel un règlement est promis.
    #[serde(skip_serializing_if = "Option::is_none")]
    promis_pour: Option<NaiveDate>,
    /// Le jour pour lequel il a été promis en vain.
    #[serde(skip_serializing_if = "Option::is_none")]
    promesse_rompue: Option<NaiveDate>,
    /// Le jour où elle a été soldée.
    #[serde(skip_serializing_if = "Option::is_none")]
    soldee: Option<NaiveDate>,
}

fn line(row: InvoiceRow, today: NaiveDate) -> InvoiceLine {
    let view = row.view;
    InvoiceLine {
        facture: row.number,
        client: row.client,
        nom: row.name,
        emission: view.issued,
        echeance: view.due,
        retard: (today - view.due).num_days(),
        montant: Amount::new(view.amount, view.currency).into(),
        reste_du: Amount::new(view.balance, view.currency).into(),
        segment: view.segment,
        responsable: view.owner,
        scenario: view.scenario,
        etat: view.situation.word(),
        etape: row.file.filter(|file| file.scenario.is_some()).map(|file| file.state),
        promis_pour: view.promised,
        promesse_rompue: view.broken_promise,
        soldee: view.settled,
    }
}

/// Par quel ordre.
#[derive(Deserialize, Clone, Copy, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrdreDesFactures)]
pub enum Sort {
    /// Ce qui reste dû, le plus lourd d’abord.
    ResteDu,
    /// L’échéance, la plus ancienne d’abord.
    Echeance,
    /// Celles dont un règlement est promis, le prochain jour promis d’abord.
    Promesse,
    /// Celles dont une promesse est rompue, la dernière d’abord.
    PromesseRompue,
    /// Celles qui sont soldées, la dernière d’abord.
    Soldee,
}

/// Quelles factures.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Où elles en sont : un mot du champ `etat`. Sans lui, celles qui sont ouvertes.
    etat: Option<String>,
    /// Le nom du scénario qui les mène.
    scenario: Option<String>,
    /// Le segment.
    segment: Option<String>,
    /// Qui les suit ; « - » : personne.
    responsable: Option<String>,
    /// Échues à partir de ce jour.
    du: Option<NaiveDate>,
    /// Échues jusqu’à ce jour.
    au: Option<NaiveDate>,
    /// Le code d’un client.
    client: Option<String>,
    /// L’ordre ; le plus lourd d’abord sans lui. Les ordres `promesse`, `promesse_rompue` et `soldee` ne donnent que ces factures-là.
    #[param(inline)]
    tri: Option<Sort>,
    /// La place rendue par la page d’avant.
    apres: Option<String>,
    /// Lignes par page.
    #[param(minimum = 1, maximum = 200)]
    limite: Option<usize>,
}

/// Les factures
///
/// Sans paramètre, celles qui sont ouvertes, les plus lourdes d’abord.
#[utoipa::path(get, path = "/factures", tag = "Factures", params(Asked), security(("cle" = ["voir"])),
    responses((status = 200, description = "Une page.", body = Page<InvoiceLine>)))]
pub async fn list(caller: Caller, Query(asked): Query<Asked>) -> Result<Json<Page<InvoiceLine>>, Problem> {
    caller.may(Permission::See)?;
    let (tenant, today) = (&caller.tenant, caller.tenant.today());
    let mut query = InvoiceQuery {
        scenario: asked.scenario,
        segment: asked.segment,
        owner: asked.responsable.map(|owner| if owner == crate::ui::lists::NOBODY { String::new() } else { owner }),
        due_from: asked.du,
        due_to: asked.au,
        clients: asked.client.map(|client| vec![client]),
        ..InvoiceQuery::default()
    };
    query.sort = match asked.tri {
        Some(Sort::ResteDu) | None => InvoiceSort::Balance,
        Some(Sort::Echeance) => InvoiceSort::Due,
        Some(Sort::Promesse) => InvoiceSort::Promise,
        Some(Sort::PromesseRompue) => InvoiceSort::Broken,
        Some(Sort::Soldee) => InvoiceSort::Settled,
    };
    match asked.etat.as_deref().map(Situation::read) {
        None => {}
        Some(Some(Situation::Settled)) => query.sort = InvoiceSort::Settled,
        Some(Some(situation)) => query.situation = Some(situation),
        Some(None) => {
            let known: Vec<&str> = Situation::ALL.iter().map(|situation| situation.word()).collect();
            return Err(Problem::unreadable("parametre", format!("« etat » est l’un de : {}", known.join(", "))));
        }
    }
    let from = cursor(asked.apres.as_deref())?;
    let page = tenant.lists.invoices(&query, from.as_ref(), limit(asked.limite)?).await?;
    Ok(Json(Page::of(page, |row| line(row, today))))
}

/// De quel jour.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OnDay {
    /// Le jour qu’on regarde ; aujourd’hui sans lui.
    le: Option<NaiveDate>,
}

/// Une facture expliquée
///
/// Où elle en est et pourquoi, ce qui s’est passé, ce qui vient : ce que dit `relance expliquer --format json`.
#[utoipa::path(get, path = "/factures/{numero}", tag = "Factures", params(OnDay), security(("cle" = ["voir"])),
    responses((status = 200, description = "La facture.", body = Object)))]
pub async fn show(
    caller: Caller,
    Path((_, number)): Path<(String, String)>,
    Query(asked): Query<OnDay>,
) -> Result<Json<Value>, Problem> {
    caller.may(Permission::See)?;
    let tenant = &caller.tenant;
    tenant.store.client_of(&number).await?.ok_or_else(Problem::unknown)?;
    let (in_force, project) = (tenant.in_force().await?, tenant.project());
    let day = asked.le.unwrap_or_else(|| tenant.today());
    let base = Some((&*tenant.store, &in_force.places));
    let explained = explain(&project, in_force.program.clone(), base, &number, day).await;
    let explained = explained.map_err(|failure| match failure {
        // It is there: only not yet on that day.
        Failure::Usage(..) if day < tenant.today() => {
            let what = format!("la facture {number} n’était pas encore connue le {}", french_date(day));
            Problem::new(StatusCode::NOT_FOUND, "inconnu", what, "demandez un jour plus récent")
        }
        other => other.into(),
    })?;
    let Explained { standing, history, expected, coming, .. } = explained;
    Ok(Json(json!({ "situation": standing, "historique": history, "prevu": expected, "suite": coming })))
}

/// Le dessin de son scénario, avec son chemin
#[utoipa::path(get, path = "/factures/{numero}/dessin.svg", tag = "Factures", security(("cle" = ["voir"])),
    responses((status = 200, description = "Le dessin.", content_type = "image/svg+xml", body = String)))]
pub async fn draw(caller: Caller, Path((_, number)): Path<(String, String)>) -> Result<Response, Problem> {
    caller.may(Permission::See)?;
    let text = drawn(&caller.tenant, &number).await?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], text).into_response())
}
