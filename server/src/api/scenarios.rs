//! Scenarios: what runs, the files and drafts, checking and trying a text, the plan of a publication, and publishing it.

use super::asked::{Body, Query, whole_number};
use super::caller::Caller;
use super::fresh::{etag, names};
use super::problem::Problem;
use crate::auth::role::Permission;
use crate::jobs::Standing;
use crate::refusal::Refusal;
use crate::ui::publication::{self, Planned};
use crate::ui::scenarios::{Which, Writing, drafted, kept, wrong};
use crate::ui::simulator::{Tried, tried};
use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use relance_desk::publication::Published;
use relance_desk::trial::Fate;
use relance_desk::words::colourless;
use relance_engine::store::Draft;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

/// Un fichier de scénarios.
#[derive(Serialize, ToSchema)]
#[schema(as = FichierDeScenarios)]
pub struct File {
    /// Son chemin dans le projet.
    chemin: String,
    /// Qui en écrit un brouillon, s’il y en a un.
    #[serde(skip_serializing_if = "Option::is_none")]
    brouillon_de: Option<String>,
}

/// Un scénario en vigueur.
#[derive(Serialize, ToSchema)]
#[schema(as = Scenario)]
pub struct Scenario {
    /// Son nom.
    scenario: String,
    /// Son titre.
    #[serde(skip_serializing_if = "Option::is_none")]
    titre: Option<String>,
    /// Les premiers chiffres de l’empreinte de sa machine.
    version: String,
    /// Le fichier où il est écrit.
    #[serde(skip_serializing_if = "Option::is_none")]
    chemin: Option<String>,
}

/// Ce qui était en vigueur.
#[derive(Serialize, ToSchema)]
#[schema(as = Version)]
pub struct Version {
    /// Son numéro, à partir de 1.
    version: usize,
    /// Depuis quand (RFC 3339).
    depuis: String,
    /// Combien de scénarios.
    scenarios: usize,
}

/// Les scénarios.
#[derive(Serialize, ToSchema)]
#[schema(as = Scenarios)]
pub struct Overview {
    /// Ceux qui tournent.
    en_vigueur: Vec<Scenario>,
    /// Les fichiers du projet et leurs brouillons.
    fichiers: Vec<File>,
    /// Si les fichiers et brouillons disent autre chose que ce qui tourne.
    a_publier: bool,
    /// Ce qui a été en vigueur, la plus ancienne version d’abord.
    versions: Vec<Version>,
}

/// Les scénarios
#[utoipa::path(get, path = "/scenarios", tag = "Scénarios", security(("cle" = ["voir"])),
    responses((status = 200, description = "Ce qui tourne, et ce qui s’écrit.", body = Overview)))]
pub async fn list(caller: Caller) -> Result<Json<Overview>, Problem> {
    caller.may(Permission::See)?;
    let tenant = &caller.tenant;
    let (project, drafts) = drafted(tenant).await?;
    let in_force = tenant.in_force().await?;
    let digest = project.compile().machines.map(|machines| project.prepare(machines).digest);
    let by = |path: &str| drafts.iter().find(|draft| draft.file == path).map(|draft| draft.by.clone());
    let gone = drafts.iter().filter(|draft| draft.text.is_none()).map(|draft| draft.file.clone());
    let paths = project.sources.iter().map(|source| source.path.clone()).chain(gone);
    let scenario = |one: &relance_core::program::Scenario| Scenario {
        scenario: one.machine.name.clone(),
        titre: one.machine.title.clone(),
        version: one.version.clone(),
        chemin: one.machine.places.first().map(|place| place.file.clone()),
    };
    let zone = project.config.creditor.zone;
    let version = |(n, one): (usize, relance_engine::store::Publication)| Version {
        version: n + 1,
        depuis: one.at.with_timezone(&zone).to_rfc3339(),
        scenarios: one.hashes.len(),
    };
    Ok(Json(Overview {
        en_vigueur: in_force.program.scenarios.iter().map(scenario).collect(),
        fichiers: paths.map(|chemin| File { brouillon_de: by(&chemin), chemin }).collect(),
        a_publier: digest != Some(in_force.program.digest),
        versions: tenant.store.publications().await?.into_iter().enumerate().map(version).collect(),
    }))
}

/// Quel fichier.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfFile {
    /// Son chemin dans le projet, comme `scenarios/bon_payeur.relance`.
    chemin: String,
}

/// Un texte de scénarios.
#[derive(Serialize, ToSchema)]
#[schema(as = Texte)]
pub struct Text {
    /// Son chemin dans le projet.
    chemin: String,
    /// Le texte, brouillon compris.
    texte: String,
    /// Qui en a écrit le brouillon ; absent : c’est le fichier du disque.
    #[serde(skip_serializing_if = "Option::is_none")]
    brouillon_de: Option<String>,
}

/// Names a state of a file: its draft's moment, or what the disk has.
fn state(draft: Option<&Draft>, text: &str) -> String {
    let moment = draft.map(|draft| draft.at.timestamp_micros()).unwrap_or_default();
    etag(&[&moment.to_be_bytes(), text.as_bytes()])
}

/// Le texte d’un fichier
///
/// L’en-tête `ETag` nomme son état : il est demandé pour l’écrire.
#[utoipa::path(get, path = "/scenarios/fichier", tag = "Scénarios", params(OfFile), security(("cle" = ["voir"])),
    responses((status = 200, description = "Le texte.", body = Text)))]
pub async fn read(caller: Caller, Query(OfFile { chemin }): Query<OfFile>) -> Result<Response, Problem> {
    caller.may(Permission::See)?;
    let (project, drafts) = drafted(&caller.tenant).await?;
    let source = project.sources.into_iter().find(|source| source.path == chemin).ok_or_else(Problem::unknown)?;
    let draft = drafts.iter().find(|draft| draft.file == chemin);
    let texte = String::from_utf8_lossy(&source.bytes).into_owned();
    let etag = state(draft, &texte);
    let brouillon_de = draft.map(|draft| draft.by.clone());
    Ok(([(header::ETAG, etag)], Json(Text { chemin, texte, brouillon_de })).into_response())
}

/// Un brouillon.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Brouillon)]
pub struct NewDraft {
    /// Le texte entier.
    texte: String,
}

/// Ce que devient un brouillon.
#[derive(Serialize, ToSchema)]
#[schema(as = BrouillonGarde)]
pub struct Kept {
    /// Le fichier.
    chemin: String,
    /// Son état, pour l’écrire de nouveau.
    etag: String,
}

/// Écrire un brouillon
///
/// Donnez dans `If-Match` l’`ETag` du texte que vous remplacez, ou `If-None-Match: *` pour un fichier nouveau. Rien ne tourne avant une
/// publication.
#[utoipa::path(put, path = "/scenarios/fichier", tag = "Scénarios", params(OfFile,
        ("If-Match" = Option<String>, Header, description = "L’état que l’on remplace."),
        ("If-None-Match" = Option<String>, Header, description = "`*` : le fichier est nouveau.")),
    request_body = NewDraft, security(("cle" = ["publications"])),
    responses((status = 200, description = "Le brouillon est gardé.", body = Kept)))]
pub async fn write(
    caller: Caller,
    Query(OfFile { chemin }): Query<OfFile>,
    headers: HeaderMap,
    Body(NewDraft { texte }): Body<NewDraft>,
) -> Result<Json<Kept>, Problem> {
    caller.may(Permission::Publish)?;
    let instead_of = replaced(&caller, &chemin, &headers).await?;
    let texte = texte.replace("\r\n", "\n");
    if !kept(&caller.tenant, (&chemin, texte.clone()), &caller.visitor.name(), instead_of).await? {
        return Err(changed());
    }
    let (_, drafts) = drafted(&caller.tenant).await?;
    let etag = state(drafts.iter().find(|draft| draft.file == chemin), &texte);
    Ok(Json(Kept { chemin, etag }))
}

fn changed() -> Problem {
    let help = "relisez-le, reportez-y ce que vous vouliez changer, puis recommencez";
    Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "version_depassee",
        "ce fichier a changé depuis que vous l’avez lu",
        help,
    )
}

/// The moment of the draft that is replaced; refused when the caller has not read it.
async fn replaced(
    caller: &Caller,
    path: &str,
    headers: &HeaderMap,
) -> Result<Option<relance_core::day::Instant>, Problem> {
    let (project, drafts) = drafted(&caller.tenant).await?;
    let draft = drafts.iter().find(|draft| draft.file == path);
    let source = project.sources.iter().find(|source| source.path == path);
    let Some(source) = source else {
        // New, or taken away by a draft.
        if headers.contains_key(header::IF_MATCH) {
            return Err(changed());
        }
        return Ok(draft.map(|draft| draft.at));
    };
    if headers.contains_key(header::IF_NONE_MATCH) {
        return Err(changed());
    }
    if !headers.contains_key(header::IF_MATCH) {
        return Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "version_absente",
            "on n’écrit pas sur un texte sans l’avoir lu",
            "donnez dans If-Match l’ETag du texte que vous remplacez",
        ));
    }
    let state = state(draft, &String::from_utf8_lossy(&source.bytes));
    if names(headers, &header::IF_MATCH, &state) { Ok(draft.map(|draft| draft.at)) } else { Err(changed()) }
}

/// Rien à en dire.
#[derive(Serialize, ToSchema)]
#[schema(as = Fait)]
pub struct Done {
    /// Toujours vrai.
    pub fait: bool,
}

/// Abandonner un brouillon
#[utoipa::path(delete, path = "/scenarios/fichier", tag = "Scénarios", params(OfFile,
        ("If-Match" = Option<String>, Header, description = "L’état que l’on abandonne.")),
    security(("cle" = ["publications"])),
    responses((status = 200, description = "Il n’y a plus de brouillon.", body = Done)))]
pub async fn drop_draft(
    caller: Caller,
    Query(OfFile { chemin }): Query<OfFile>,
    headers: HeaderMap,
) -> Result<Json<Done>, Problem> {
    caller.may(Permission::Publish)?;
    let of = replaced(&caller, &chemin, &headers).await?.ok_or_else(Problem::unknown)?;
    caller.tenant.store.drop_draft(&chemin, of).await?;
    Ok(Json(Done { fait: true }))
}

/// Un texte à vérifier.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TexteAVerifier)]
pub struct Checked {
    /// Le chemin du fichier qu’il remplacerait.
    chemin: String,
    /// Le texte.
    texte: String,
}

/// Vérifier un texte
///
/// Ce que dit `relance verifier --format json` de ce fichier, avec le reste du projet autour. Rien n’est écrit.
#[utoipa::path(post, path = "/scenarios/verifier", tag = "Scénarios", request_body = Checked, security(("cle" = ["voir"])),
    responses((status = 200, description = "Les constats ; aucun : le texte est juste.", body = Vec<Object>)))]
pub async fn check(caller: Caller, Body(checked): Body<Checked>) -> Result<Json<Value>, Problem> {
    caller.may(Permission::See)?;
    let writing = Writing { texte: checked.texte, ligne: 1, colonne: 1 };
    let found = wrong(&caller.tenant, Which { fichier: checked.chemin }, writing).await?;
    Ok(Json(json!(found)))
}

/// Un texte à essayer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Essai)]
pub struct Trial {
    /// Le chemin du fichier qu’il remplacerait.
    chemin: String,
    /// Le texte ; sans lui, le fichier et son brouillon.
    #[serde(default)]
    texte: Option<String>,
    /// La facture que l’on suit ; sans elle, trois cents clients du portefeuille.
    #[serde(default)]
    facture: Option<String>,
    /// Jusqu’à quel jour, quatre cents jours au plus ; trente sans lui.
    #[serde(default)]
    au: Option<NaiveDate>,
}

/// Simuler un texte
///
/// Ce qui suivrait sous ce texte, à côté de ce qui suit sous ce qui tourne. Rien n’est écrit ni envoyé.
#[utoipa::path(post, path = "/scenarios/simuler", tag = "Scénarios", request_body = Trial, security(("cle" = ["voir"])),
    responses((status = 200, description = "Les lignes d’une facture, ou les messages du portefeuille.", body = Object)))]
pub async fn simulate(caller: Caller, Body(trial): Body<Trial>) -> Result<Json<Value>, Problem> {
    caller.may(Permission::See)?;
    let (found, until) =
        tried(&caller.tenant, (&trial.chemin, trial.texte), trial.facture.as_deref(), trial.au).await?;
    let word = |fate: &Fate| match fate {
        Fate::Stays => "inchange",
        Fate::Gained => "nouveau",
        Fate::Lost => "disparu",
    };
    Ok(Json(match found {
        Tried::Invoice { number, client, lines } => json!({
            "facture": number, "client": client, "au": until,
            "lignes": lines.iter().map(|(fate, line)| json!({ "sort": word(fate), "ligne": line })).collect::<Vec<_>>(),
        }),
        Tried::Portfolio { before, after, tried, all } => json!({
            "clients_essayes": tried, "clients": all, "au": until, "en_vigueur": before, "sous_ce_texte": after,
        }),
    }))
}

/// Un plan à calculer.
#[derive(Deserialize, ToSchema, Clone, Copy)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanDemande)]
pub struct WantedPlan {
    /// Une version d’avant ; sans elle, les fichiers et leurs brouillons.
    #[serde(default, deserialize_with = "whole_number")]
    #[schema(minimum = 1)]
    version: Option<usize>,
    /// Si les factures déplacées rattrapent le palier le plus haut déjà échu.
    #[serde(default)]
    rattraper: bool,
}

impl From<WantedPlan> for publication::Asked {
    fn from(wanted: WantedPlan) -> publication::Asked {
        publication::Asked { version: wanted.version, rattraper: wanted.rattraper }
    }
}

/// Un plan, ou son avancement.
#[derive(Serialize, ToSchema)]
#[schema(as = Plan)]
pub struct PlanAnswer {
    /// Le nom de ce travail : `/scenarios/plan?travail=…` dit où il en est.
    travail: String,
    /// `en_cours`, `fini` ou `echoue`.
    etat: &'static str,
    /// En centièmes, tant qu’il est en cours.
    #[serde(skip_serializing_if = "Option::is_none")]
    avancement: Option<usize>,
    /// Pourquoi il a échoué.
    #[serde(skip_serializing_if = "Option::is_none")]
    erreur: Option<String>,
    /// Le plan, comme le dit `relance planifier --format json` ; son champ `plan` est le nom à donner pour publier.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    plan: Option<Value>,
}

fn standing(caller: &Caller, name: String) -> Result<PlanAnswer, Problem> {
    let bare = |etat| PlanAnswer { travail: name.clone(), etat, avancement: None, erreur: None, plan: None };
    Ok(match caller.tenant.jobs.standing::<Planned>(&name) {
        Standing::Running(percent) => PlanAnswer { avancement: Some(percent.unwrap_or(0)), ..bare("en_cours") },
        Standing::Done(planned) => PlanAnswer { plan: Some(planned.plan.told()), ..bare("fini") },
        Standing::Failed(why) => PlanAnswer { erreur: Some(colourless(&why)), ..bare("echoue") },
        Standing::Unknown => return Err(Problem::unknown()),
    })
}

/// Calculer un plan
///
/// Ce qu’une publication changerait : factures déplacées, messages de demain et des trente jours. Rien n’est écrit.
#[utoipa::path(post, path = "/scenarios/plan", tag = "Scénarios", request_body = WantedPlan, security(("cle" = ["voir"])),
    responses((status = 202, description = "Le plan, ou son avancement.", body = PlanAnswer)))]
pub async fn plan(caller: Caller, Body(wanted): Body<WantedPlan>) -> Result<Response, Problem> {
    caller.may(Permission::See)?;
    let name = publication::begun(&caller.tenant, wanted.into()).await?;
    Ok((StatusCode::ACCEPTED, Json(standing(&caller, name)?)).into_response())
}

/// Quel travail.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfWork {
    /// Son nom.
    travail: String,
}

/// Où en est un plan
#[utoipa::path(get, path = "/scenarios/plan", tag = "Scénarios", params(OfWork), security(("cle" = ["voir"])),
    responses((status = 200, description = "Le plan, ou son avancement.", body = PlanAnswer)))]
pub async fn planned(caller: Caller, Query(OfWork { travail }): Query<OfWork>) -> Result<Json<PlanAnswer>, Problem> {
    caller.may(Permission::See)?;
    standing(&caller, travail).map(Json)
}

/// Une publication.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Publication)]
pub struct Publish {
    /// Le nom du plan que l’on a lu.
    plan: String,
    /// Une version d’avant, si le plan était d’elle.
    #[serde(default, deserialize_with = "whole_number")]
    #[schema(minimum = 1)]
    version: Option<usize>,
    /// Comme pour le plan.
    #[serde(default)]
    rattraper: bool,
}

/// Ce que devient une publication.
#[derive(Serialize, ToSchema)]
#[schema(as = Publie)]
pub struct PublishedAnswer {
    /// `publie`, ou `deja` : c’était en vigueur.
    issue: &'static str,
}

/// Publier
///
/// Met en vigueur ce que le plan a montré, et rien d’autre : si quelque chose a changé depuis, c’est refusé.
#[utoipa::path(post, path = "/scenarios/publier", tag = "Scénarios", request_body = Publish, security(("cle" = ["publications"])),
    responses((status = 200, description = "C’est en vigueur.", body = PublishedAnswer)))]
pub async fn publish(caller: Caller, Body(asked): Body<Publish>) -> Result<Json<PublishedAnswer>, Problem> {
    caller.may(Permission::Publish)?;
    let wanted = publication::Asked { version: asked.version, rattraper: asked.rattraper };
    let published =
        publication::published(&caller.tenant, wanted, &asked.plan).await.map_err(|refusal| match refusal {
            Refusal::Unknown => Problem::unknown(),
            other => other.into(),
        })?;
    caller.audit("publication", &asked.plan).await?;
    Ok(Json(PublishedAnswer { issue: if published == Published::Now { "publie" } else { "deja" } }))
}
