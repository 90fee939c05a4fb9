//! What every operation of the published document has in common, written once: where names in paths stand for, the key, the name of a
//! write, and problems.

use super::once::{HEADER, LONGEST};
use super::{PREFIX, Problem};
use relance_core::view::{Situation, WorkKind};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Ref, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, Info, InfoBuilder, OpenApi, RefOr, Required, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

/// What names in paths stand for.
const NAMES: [(&str, &str); 9] = [
    ("entite", "L’entité : celle de la clé."),
    ("numero", "Le numéro de la facture."),
    ("client", "Le code du client."),
    ("genre", "Le genre du document."),
    ("cle", "Ce dont le document fait partie."),
    ("nom", "Le nom du document."),
    ("jeton", "Le nom de l’import."),
    ("lien", "Le nom du lien."),
    ("demande", "Le nom de la demande."),
];

/// Problems of every operation, then of those with a body, of writes, and of what is written over.
const ALWAYS: [(&str, &str); 6] = [
    ("400", "La demande ne se lit pas : `parametre`, `idempotence_absente`, `corps_illisible`."),
    ("401", "La clé manque ou n’ouvre rien : `cle_absente`, `cle_refusee`."),
    ("403", "La clé n’a pas ce droit : `droit_manquant`."),
    ("404", "Il n’y a rien de ce nom pour cette clé : `inconnu`."),
    ("422", "Cela ne peut pas se faire : le code dit pourquoi."),
    ("503", "La base ou un service ne répond pas : `indisponible`."),
];
const WITH_BODY: [(&str, &str); 2] =
    [("413", "C’est trop grand : `trop_grand`."), ("415", "Le corps n’est pas du genre attendu : `genre_de_corps`.")];
const WRITTEN: [(&str, &str); 1] = [("409", "La même écriture est en train de se faire : `en_cours`.")];
const OVER: [(&str, &str); 2] = [
    ("412", "Le texte a changé depuis : `version_depassee`."),
    ("428", "Il faut dire quel texte on remplace : `version_absente`."),
];

const ABOUT: &str = "Tout ce qui se fait dans les pages de Relance, pour les programmes. Chaque demande porte une clé, faite page « Clés \
    d’interface » : `Authorization: Bearer relance_…`. Une écriture porte un nom, `Idempotency-Key` : répétée sous le même nom, elle ne se fait \
    qu’une fois et reçoit la même réponse. Les erreurs sont des `application/problem+json`, en français, avec un `code` qui ne change jamais. Les \
    listes se lisent page par page : `suivant` est à donner comme `apres`. Ce qui se lit porte un `ETag`. Les comptes, les clés, l’audit et \
    l’accord de ce qui demande deux personnes sont pour les personnes seules.";

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [("get", &mut item.get), ("put", &mut item.put), ("post", &mut item.post), ("delete", &mut item.delete)];
    all.into_iter().filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
}

/// Parameters that are one of some words.
fn closed(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        let words: Vec<&str> = match (&parameter.parameter_in, parameter.name.as_str()) {
            (ParameterIn::Query, "etat") => Situation::ALL.iter().map(|situation| situation.word()).collect(),
            (ParameterIn::Query, "genre") => WorkKind::ALL.iter().map(|kind| kind.word()).collect(),
            _ => continue,
        };
        parameter.schema = Some(text().enum_values(Some(words)).into());
    }
}

fn add(operation: &mut Operation, parameter: Parameter) {
    operation.parameters.get_or_insert_with(Vec::new).push(RefOr::T(parameter));
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// Writes carry a name.
pub fn named_writes(written: &mut OpenApi) {
    for item in written.paths.paths.values_mut() {
        for (_, operation) in operations(item) {
            let name = text().min_length(Some(1)).max_length(Some(LONGEST)).pattern(Some("^[!-~]+$"));
            let header = ParameterBuilder::new()
                .name(HEADER.as_str())
                .parameter_in(ParameterIn::Header)
                .required(Required::True)
                .description(Some("Nomme cette écriture : la même n’est faite qu’une fois."))
                .schema(Some(name))
                .build();
            add(operation, header);
            problems(operation, &WRITTEN);
        }
    }
}

fn problems(operation: &mut Operation, all: &[(&str, &str)]) {
    let schema = Ref::from_schema_name(Problem::name());
    for (status, about) in all {
        let content = ContentBuilder::new().schema(Some(schema.clone())).build();
        let response = ResponseBuilder::new().description(*about).content("application/problem+json", content).build();
        operation.responses.responses.entry((*status).to_owned()).or_insert(RefOr::T(response));
    }
}

/// The whole document.
pub fn whole(mut said: OpenApi, written: OpenApi) -> OpenApi {
    said.merge(written);
    let mut whole = OpenApi::new(info(), utoipa::openapi::Paths::new()).nest(format!("{PREFIX}/{{entite}}"), said);
    for (path, item) in &mut whole.paths.paths {
        for (method, operation) in operations(item) {
            let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
            let mut first: Vec<RefOr<Parameter>> = names.map(|name| RefOr::T(in_path(name))).collect();
            first.append(operation.parameters.get_or_insert_with(Vec::new));
            operation.parameters = Some(first);
            closed(operation);
            // Names of functions in different files are alike.
            operation.operation_id = Some(operation_id(method, path));
            problems(operation, &ALWAYS);
            if operation.request_body.is_some() {
                problems(operation, &WITH_BODY);
            }
            if path.ends_with("/scenarios/fichier") && method != "get" {
                problems(operation, &OVER);
            }
        }
    }
    let components = whole.components.get_or_insert_with(Components::new);
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("relance_NOM_SECRET");
    components.add_security_scheme("cle", SecurityScheme::Http(key.build()));
    whole
}

fn info() -> Info {
    InfoBuilder::new().title("Relance").version("1").description(Some(ABOUT)).build()
}

fn in_path(name: &str) -> Parameter {
    let about = NAMES.iter().find(|(own, _)| *own == name).map(|(_, about)| *about);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(about)
        .schema(Some(text()))
        .build()
}

/// `get_factures_numero`.
fn operation_id(method: &str, path: &str) -> String {
    let path = path.trim_start_matches(PREFIX);
    let parts =
        path.split('/').map(|part| part.trim_matches(['{', '}'])).filter(|part| !part.is_empty() && *part != "entite");
    let parts: Vec<String> = parts.map(|part| part.replace(['-', '.'], "_")).collect();
    format!("{method}_{}", parts.join("_"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Each operation in a line; one of them, and the acts, as a whole.
    #[test]
    fn the_published_document() {
        let whole = serde_json::to_value(super::super::openapi()).unwrap();
        let mut told = format!("{}\n\n", whole["openapi"]);
        for (path, item) in whole["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let scope = operation["security"][0]["cle"][0].as_str().unwrap_or("selon l’acte");
                let asked = operation["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] != "path");
                let asked: Vec<&str> = asked.filter_map(|one| one["name"].as_str()).collect();
                let answers: Vec<&String> = operation["responses"].as_object().unwrap().keys().collect();
                let summary = operation["summary"].as_str().unwrap();
                told += &format!("{method} {path} ({scope}) {summary}\n  {asked:?} {answers:?}\n");
            }
        }
        let part = |name: &str, value: &serde_json::Value| {
            format!("\n{name}\n{}\n", serde_json::to_string_pretty(value).unwrap())
        };
        told += &part("/factures", &whole["paths"]["/api/v1/{entite}/factures"]);
        let acts = whole["components"]["schemas"]["Acte"]["oneOf"].as_array().unwrap();
        told += &part("appel", &acts[0]);
        told += &part("echeancier", acts.iter().find(|act| act["properties"]["echeances"].is_object()).unwrap());
        told += &part("Probleme", &whole["components"]["schemas"]["Probleme"]);
        insta::assert_snapshot!(told);
    }

    #[test]
    fn every_name_is_explained_and_every_operation_has_its_own() {
        let mut whole = super::super::openapi();
        let mut ids = BTreeSet::new();
        for (path, item) in &mut whole.paths.paths {
            for (method, operation) in operations(item) {
                assert!(ids.insert(operation.operation_id.clone().unwrap()), "{method} {path}");
                assert!(operation.summary.is_some() && operation.tags.is_some(), "{method} {path}");
                for parameter in operation.parameters.iter().flatten() {
                    let RefOr::T(parameter) = parameter else { continue };
                    assert!(parameter.description.is_some(), "{method} {path} {}", parameter.name);
                }
            }
        }
        assert!(ids.len() > 35, "{}", ids.len());
    }
}
