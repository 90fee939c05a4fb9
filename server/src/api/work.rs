//! What waits for people, what left, what came in, and the figures of the dashboard.

use super::asked::Query;
use super::caller::Caller;
use super::invoices::Money;
use super::page::{Page, cursor, limit};
use super::problem::Problem;
use crate::auth::role::Permission;
use axum::Json;
use chrono::{Months, NaiveDate};
use relance_core::day::{end_of_day, start_of_day};
use relance_core::event::Event;
use relance_core::money::{Amount, Currency};
use relance_core::step::Departure;
use relance_core::view::WorkKind;
use relance_engine::store::{Aged, Axis, DepartureRow, Month, PaymentRow, Sum, WorkRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// For so many months what was issued and received is told.
const TOLD: u32 = 24;

/// Ce qui attend une personne.
#[derive(Serialize, ToSchema)]
#[schema(as = Travail)]
pub struct Work {
    /// `appel`, `courrier`, `tache`, `validation`, `decision`, `reponse` ou `anomalie`.
    genre: &'static str,
    /// Le code du client.
    client: String,
    /// Le nom du client.
    nom: String,
    /// La clé à donner aux actes qui y répondent.
    cle: String,
    /// Les factures dont il s’agit, celle qui en a décidé d’abord ; vide : le client.
    factures: Vec<String>,
    /// Depuis quand.
    #[serde(skip_serializing_if = "Option::is_none")]
    depuis: Option<NaiveDate>,
    /// Le dernier jour où cela peut se faire.
    #[serde(skip_serializing_if = "Option::is_none")]
    jusqu_a: Option<NaiveDate>,
    /// Pour qui.
    #[serde(skip_serializing_if = "Option::is_none")]
    pour: Option<String>,
    /// Ce qu’il y a à faire, en français.
    quoi: String,
    /// Ce qui reste dû de ces factures.
    #[serde(skip_serializing_if = "Option::is_none")]
    montant: Option<Money>,
}

/// Quel travail.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Quel genre de travail.
    genre: String,
    /// La place rendue par la page d’avant.
    apres: Option<String>,
    /// Lignes par page.
    #[param(minimum = 1, maximum = 200)]
    limite: Option<usize>,
}

/// Ce qui attend quelqu’un
///
/// Le plus lourd d’abord. Ce qui est en repos (un client rappelé ce matin) n’y est pas.
#[utoipa::path(get, path = "/travail", tag = "Travail", params(Asked), security(("cle" = ["voir"])),
    responses((status = 200, description = "Une page.", body = Page<Work>)))]
pub async fn list(caller: Caller, Query(asked): Query<Asked>) -> Result<Json<Page<Work>>, Problem> {
    caller.may(Permission::See)?;
    let Some(kind) = WorkKind::read(&asked.genre) else {
        let known: Vec<&str> = WorkKind::ALL.iter().map(|kind| kind.word()).collect();
        return Err(Problem::unreadable("parametre", format!("« genre » est l’un de : {}", known.join(", "))));
    };
    let from = cursor(asked.apres.as_deref())?;
    let page = caller.tenant.lists.work(kind, from.as_ref(), limit(asked.limite)?).await?;
    let told = |row: WorkRow| Work {
        genre: kind.word(),
        client: row.client,
        nom: row.name,
        cle: row.own.unwrap_or(row.key),
        factures: row.invoices,
        depuis: row.since,
        jusqu_a: row.until,
        pour: row.role,
        quoi: row.what,
        montant: row.amount.map(Money::from),
    };
    Ok(Json(Page::of(page, told)))
}

/// Un message dont on ne sait pas s’il est parti.
#[derive(Serialize, ToSchema)]
#[schema(as = Doute)]
pub struct Doubt {
    /// Le code du client.
    client: String,
    /// La clé à donner à l’acte `doute`.
    cle: String,
    /// `email`, `sms`, `lettre` …
    canal: &'static str,
}

/// Les messages en doute
#[utoipa::path(get, path = "/doutes", tag = "Travail", security(("cle" = ["voir"])),
    responses((status = 200, description = "Les messages.", body = Vec<Doubt>)))]
pub async fn doubts(caller: Caller) -> Result<Json<Vec<Doubt>>, Problem> {
    caller.may(Permission::See)?;
    let (doubts, _) = caller.tenant.store.in_doubt().await?;
    let told =
        |client: String, Departure { key, channel, .. }: Departure| Doubt { client, cle: key, canal: channel.name() };
    Ok(Json(doubts.into_iter().map(|doubt| told(doubt.client, doubt.message)).collect()))
}

/// Un envoi.
#[derive(Serialize, ToSchema)]
#[schema(as = Envoi)]
pub struct Sent {
    /// RFC 3339.
    le: String,
    /// Le code du client.
    client: String,
    /// La facture qui l’a décidé.
    #[serde(skip_serializing_if = "Option::is_none")]
    facture: Option<String>,
    /// Combien d’autres factures il contient.
    autres_factures: usize,
    /// `email`, `sms`, `lettre` …
    canal: &'static str,
    /// Le modèle.
    #[serde(skip_serializing_if = "Option::is_none")]
    modele: Option<String>,
    /// La clé de l’effet.
    cle: String,
}

/// Quel jour.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OnDay {
    /// Le jour ; aujourd’hui sans lui.
    le: Option<NaiveDate>,
    /// La place rendue par la page d’avant.
    apres: Option<String>,
    /// Lignes par page.
    #[param(minimum = 1, maximum = 200)]
    limite: Option<usize>,
}

/// Ce qui est parti un jour
///
/// Les messages et les lettres, les derniers d’abord.
#[utoipa::path(get, path = "/partis", tag = "Travail", params(OnDay), security(("cle" = ["voir"])),
    responses((status = 200, description = "Une page.", body = Page<Sent>)))]
pub async fn departures(caller: Caller, Query(asked): Query<OnDay>) -> Result<Json<Page<Sent>>, Problem> {
    caller.may(Permission::See)?;
    let (tenant, zone) = (&caller.tenant, caller.tenant.project().config.creditor.zone);
    let day = asked.le.unwrap_or_else(|| tenant.today());
    let (span, from) = ((start_of_day(day, zone), end_of_day(day, zone)), cursor(asked.apres.as_deref())?);
    let mut page = tenant.lists.departures(span, from.as_ref(), limit(asked.limite)?).await?;
    page.rows.retain(|row| matches!(row.entry.event, Event::Sent { .. }));
    let told = |row: DepartureRow| {
        let (cle, canal, modele) = match row.entry.event {
            Event::Sent { key, channel, template, .. } => (key, channel.name(), template),
            _ => (String::new(), "", None),
        };
        let le = row.entry.at.with_timezone(&zone).to_rfc3339();
        Sent { le, client: row.client, facture: row.entry.invoice, autres_factures: row.others, canal, modele, cle }
    };
    Ok(Json(Page::of(page, told)))
}

/// Un règlement, ou un rejet, négatif.
#[derive(Serialize, ToSchema)]
#[schema(as = Reglement)]
pub struct Payment {
    /// Le code du client.
    client: String,
    /// Le nom du client.
    nom: String,
    /// La facture.
    facture: String,
    /// Le jour d’effet.
    le: NaiveDate,
    /// Combien.
    montant: Money,
}

/// De quels jours.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Between {
    /// Depuis ce jour.
    du: NaiveDate,
    /// Jusqu’à ce jour, compris.
    au: NaiveDate,
    /// La place rendue par la page d’avant.
    apres: Option<String>,
    /// Lignes par page.
    #[param(minimum = 1, maximum = 200)]
    limite: Option<usize>,
}

/// Les règlements reçus
#[utoipa::path(get, path = "/encaissements", tag = "Chiffres", params(Between), security(("cle" = ["voir"])),
    responses((status = 200, description = "Une page, les derniers d’abord.", body = Page<Payment>)))]
pub async fn payments(caller: Caller, Query(asked): Query<Between>) -> Result<Json<Page<Payment>>, Problem> {
    caller.may(Permission::See)?;
    let from = cursor(asked.apres.as_deref())?;
    let page = caller.tenant.lists.payments((asked.du, asked.au), from.as_ref(), limit(asked.limite)?).await?;
    let told = |row: PaymentRow| Payment {
        client: row.client,
        nom: row.name,
        facture: row.invoice,
        le: row.day,
        montant: row.amount.into(),
    };
    Ok(Json(Page::of(page, told)))
}

/// Un nombre de factures et ce qui en reste dû.
#[derive(Serialize, ToSchema)]
#[schema(as = Somme)]
pub struct Total {
    /// Combien de factures.
    factures: i64,
    /// Combien, en centièmes.
    centimes: i64,
}

impl From<Sum> for Total {
    fn from(sum: Sum) -> Total {
        Total { factures: sum.count, centimes: sum.cents }
    }
}

/// Un encours par âge.
#[derive(Serialize, ToSchema)]
#[schema(as = BalanceAgee)]
pub struct AgedBalance {
    /// Le segment, le responsable ou l’état ; absent pour l’ensemble.
    #[serde(skip_serializing_if = "Option::is_none")]
    de: Option<String>,
    /// Trois lettres.
    devise: String,
    /// Tout ce qui est ouvert.
    encours: Total,
    /// Pas encore échu.
    non_echu: Total,
    /// En retard de 1 à 30 jours.
    de_1_a_30_jours: Total,
    /// En retard de 31 à 60 jours.
    de_31_a_60_jours: Total,
    /// En retard de 61 à 90 jours.
    de_61_a_90_jours: Total,
    /// En retard de plus de 90 jours.
    plus_de_90_jours: Total,
}

fn aged(of: Option<&str>, currency: Currency, aged: &Aged) -> AgedBalance {
    let [early, first, second, third, rest] = aged.parts;
    AgedBalance {
        de: of.map(str::to_owned),
        devise: currency.code().to_owned(),
        encours: aged.all.into(),
        non_echu: early.into(),
        de_1_a_30_jours: first.into(),
        de_31_a_60_jours: second.into(),
        de_61_a_90_jours: third.into(),
        plus_de_90_jours: rest.into(),
    }
}

/// Ce qui a été émis, ou reçu, dans un mois ; ou promis pour un jour.
#[derive(Serialize, ToSchema)]
#[schema(as = Periode)]
pub struct Period {
    /// Le premier jour du mois, ou le jour promis.
    le: NaiveDate,
    /// Combien.
    montant: Money,
    /// Combien de factures ou de règlements.
    nombre: i64,
}

fn period(month: &Month) -> Period {
    Period { le: month.first, montant: Amount::new(month.sum.cents, month.currency).into(), nombre: month.sum.count }
}

/// Les chiffres du tableau de bord.
#[derive(Serialize, ToSchema)]
#[schema(as = TableauDeBord)]
pub struct Dashboard {
    /// Le jour.
    le: NaiveDate,
    /// L’ensemble, par devise.
    ensemble: Vec<AgedBalance>,
    /// Par segment.
    segments: Vec<AgedBalance>,
    /// Par responsable ; vide : personne.
    responsables: Vec<AgedBalance>,
    /// Par état.
    etats: Vec<AgedBalance>,
    /// Ce qui a été émis, par mois.
    emis: Vec<Period>,
    /// Ce qui a été reçu, par mois.
    recus: Vec<Period>,
    /// Ce qui est promis, par jour promis.
    promis: Vec<Period>,
}

/// Les chiffres du tableau de bord
#[utoipa::path(get, path = "/tableau-de-bord", tag = "Chiffres", security(("cle" = ["voir"])),
    responses((status = 200, description = "Les chiffres.", body = Dashboard)))]
pub async fn dashboard(caller: Caller) -> Result<Json<Dashboard>, Problem> {
    caller.may(Permission::See)?;
    let (tenant, today) = (&caller.tenant, caller.tenant.today());
    let since = today.checked_sub_months(Months::new(TOLD)).unwrap_or(today);
    let totals = tenant.lists.totals(today, since).await?;
    let on = |axis: Axis| {
        let own = totals.open.iter().filter(move |((of, ..), _)| *of == axis);
        own.map(|((_, value, currency), sums)| aged(Some(value), *currency, sums)).collect()
    };
    Ok(Json(Dashboard {
        le: today,
        ensemble: totals.outstanding().iter().map(|(currency, sums)| aged(None, *currency, sums)).collect(),
        segments: on(Axis::Segment),
        responsables: on(Axis::Owner),
        etats: on(Axis::Situation),
        emis: totals.issued.iter().map(period).collect(),
        recus: totals.received.iter().map(period).collect(),
        promis: totals.promised.iter().map(period).collect(),
    }))
}
