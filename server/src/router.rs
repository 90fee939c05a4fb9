//! Which address is answered by whom.

use crate::site::Site;
use crate::ui::accounts::{audit, keys, own, people, person, second};
use crate::ui::{
    access, acts, customer, dashboard, departures, entrance, imports, invoice, lists, mail, models, oidc, publication,
    requests, scenarios, simulator, today,
};
use crate::{assets, headers, health};
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use relance_engine::service::Machines;
use std::sync::Arc;

/// The largest form without files.
const FORM: usize = 2 * 1024 * 1024;
/// The largest import.
pub const FILES: usize = 64 * 1024 * 1024;

/// Everything that is served.
pub fn router(site: Arc<Site>) -> Router {
    let large = DefaultBodyLimit::max(FILES);
    let mut router = Router::new()
        .route("/", get(entrance::home))
        .route("/connexion", get(entrance::ask).post(entrance::enter))
        .route("/connexion/code", get(entrance::ask_code).post(entrance::enter_code))
        .route("/connexion/oidc", get(oidc::leave))
        .route("/connexion/oidc/retour", get(oidc::come_back))
        .route("/deconnexion", post(entrance::leave))
        .route("/premier-compte/{jeton}", get(entrance::by_link).post(entrance::chosen_by_link))
        .route("/mot-de-passe/{jeton}", get(entrance::by_link).post(entrance::chosen_by_link))
        .route("/static/{version}/{name}", get(assets::asset))
        .nest("/e/{entite}", pages(large))
        .merge(crate::portal::routes())
        .merge(crate::api::router(&site))
        .route("/payer/{*lien}", any(machine))
        .route("/portes/{entite}/{*chemin}", any(machine_of))
        .route("/pret", get(health::ready))
        .route("/metriques", get(health::figures))
        .route("/metrics", get(health::figures));
    // The figures of the service come with those of the pages.
    for path in Machines::PATHS.into_iter().filter(|path| *path != "/metriques") {
        router = router.route(path, any(machine));
    }
    router
        .fallback(|| async { crate::refusal::Refusal::Unknown })
        .layer(DefaultBodyLimit::max(FORM))
        .layer(axum::middleware::from_fn(too_large))
        .layer(axum::middleware::from_fn(headers::add))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&site), health::measure))
        .with_state(site)
}

/// The pages of one creditor.
fn pages(large: DefaultBodyLimit) -> Router<Arc<Site>> {
    Router::new()
        .route("/aujourdhui", get(today::show))
        .route("/partis", get(departures::show))
        .route("/tableau-de-bord", get(dashboard::show))
        .route("/encaissements", get(dashboard::payments))
        .route("/recherche", get(lists::search))
        .route("/clients", get(lists::clients))
        .route("/clients/{client}", get(customer::show))
        .route("/clients/{client}/documents/{genre}/{cle}/{nom}", get(customer::document))
        .route("/clients/{client}/messages/{cle}/{nom}", get(mail::show))
        .route("/clients/{client}/messages/{cle}/{nom}/corps", get(mail::body))
        .route("/clients/{client}/messages/{cle}/{nom}/piece/{n}", get(mail::piece))
        .route("/factures", get(lists::invoices))
        .route("/factures/{numero}", get(invoice::show))
        .route("/factures/{numero}/dessin.svg", get(invoice::draw))
        .route("/factures/{numero}/actes/{acte}", post(acts::on_invoice))
        .route("/clients/{client}/actes/{acte}", post(acts::on_client))
        .route("/clients/{client}/espace", post(access::make))
        .route("/clients/{client}/espace/{id}/revoquer", post(access::take_back))
        .route("/clients/{client}/espace-ferme", post(access::take_all_back))
        .route("/scenarios", get(scenarios::list))
        .route("/scenarios/fichier/{*fichier}", get(scenarios::show).post(scenarios::keep))
        .route("/scenarios/abandonner/{*fichier}", post(scenarios::drop_draft))
        .route("/scenarios/dessin/{nom}", get(scenarios::draw))
        .route("/scenarios/verifier", post(scenarios::check))
        .route("/scenarios/completer", post(scenarios::complete))
        .route("/scenarios/survol", post(scenarios::hover))
        .route("/scenarios/simuler/{*fichier}", post(simulator::run))
        .route("/scenarios/nouveau", post(scenarios::begin))
        .route("/scenarios/plan", get(publication::begin))
        .route("/scenarios/plan/{travail}", get(publication::show))
        .route("/scenarios/publier", post(publication::put_in_force))
        .route("/modeles", get(models::show))
        .route("/modeles/message", get(models::mail))
        .route("/modeles/lettre.pdf", get(models::letter))
        .route("/modeles/decompte.pdf", get(models::statement))
        .merge(people())
        .route("/imports", get(imports::list).post(imports::put_down).layer(large))
        .route("/imports/{jeton}", get(imports::preview))
        .route("/imports/{jeton}/prendre", post(imports::take_in))
        .route("/imports/{jeton}/jeter", post(imports::throw_away))
}

/// Accounts and rights, one's own account, and what takes two people.
fn people() -> Router<Arc<Site>> {
    Router::new()
        .route("/comptes", get(people::list).post(people::bring_in))
        .route("/comptes/{compte}", get(person::show))
        .route("/comptes/{compte}/{geste}", post(person::act))
        .route("/cles", get(keys::list).post(keys::add))
        .route("/cles/{cle}/retirer", post(keys::revoke))
        .route("/audit", get(audit::list))
        .route("/audit.csv", get(audit::export))
        .route("/compte", get(own::show))
        .route("/compte/nom", post(own::rename))
        .route("/compte/mot-de-passe", post(own::change_password))
        .route("/compte/apparence", post(own::colours))
        .route("/compte/sessions/{session}/fermer", post(own::close))
        .route("/compte/second-facteur", post(second::begin))
        .route("/compte/second-facteur/confirmer", post(second::prove))
        .route("/compte/second-facteur/retirer", post(second::remove))
        .route("/compte/second-facteur/codes", post(second::renew))
        .route("/demandes/{client}/{demande}/{decision}", post(requests::decide))
}

/// The pages for machines, of the first entité.
async fn machine(State(site): State<Arc<Site>>, request: Request) -> Response {
    match site.machines.get(&site.first) {
        Some(machines) => machines.answer(request).await.map(Body::new).into_response(),
        None => crate::refusal::Refusal::Unknown.into_response(),
    }
}

/// Those of any entité, by its name: `/portes/autre/paiement`.
async fn machine_of(
    State(site): State<Arc<Site>>,
    Path((entity, _)): Path<(String, String)>,
    mut request: Request,
) -> Response {
    // As it was sent: what is behind may be encoded.
    let asked = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let inside = asked.split('/').skip(3).collect::<Vec<_>>().join("/");
    let (Some(machines), Ok(inside)) = (site.machines.get(&entity), format!("/{inside}").parse()) else {
        return crate::refusal::Refusal::Unknown.into_response();
    };
    *request.uri_mut() = inside;
    machines.answer(request).await.map(Body::new).into_response()
}

/// Refuses at once what says of itself that it is larger than anything that is taken.
async fn too_large(request: Request, next: Next) -> Response {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > FILES) {
        let refusal = crate::refusal::Refusal::TooLarge;
        if request.uri().path().starts_with(crate::api::PREFIX) {
            return crate::api::Problem::from(refusal).into_response();
        }
        return refusal.into_response();
    }
    next.run(request).await
}
