//! Which key may do what: what the document says of each operation is what is asked for.

use super::contract::document;
use super::{Asked, key, open_permissions};
use crate::company::{Company, ELSEWHERE, HERE};
use axum::http::{Method, StatusCode};
use relance_server::auth::role::Permission;
use serde_json::{Value, json};

/// Every operation: method, path with its names filled in, the permission that it takes.
fn operations(client: &str, invoice: &str) -> Vec<(Method, String, Option<Permission>)> {
    let mut all = Vec::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        let path = path.trim_start_matches("/api/v1/{entite}");
        let path = path.replace("{client}", client).replace("{numero}", invoice);
        let path =
            ["{genre}", "{cle}", "{nom}", "{jeton}", "{lien}"].iter().fold(path, |path, name| path.replace(name, "x"));
        for (method, operation) in item.as_object().unwrap() {
            let scopes = operation["security"][0]["cle"].as_array().unwrap();
            let scope = scopes.first().map(|word| Permission::of(word.as_str().unwrap()).unwrap());
            let query: Vec<String> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|one| one["in"] == "query" && one["required"] == true)
                .map(|one| match one["name"].as_str().unwrap() {
                    name @ ("du" | "au") => format!("{name}=2026-01-01"),
                    "genre" => "genre=appel".to_owned(),
                    name => format!("{name}=x"),
                })
                .collect();
            let method = method.to_uppercase().parse().unwrap();
            all.push((method, format!("{path}?{}", query.join("&")), scope));
        }
    }
    all
}

fn body(path: &str) -> Value {
    let file = json!({ "chemin": "scenarios/general.relance", "texte": "x" });
    match path.split('?').next().unwrap() {
        "/scenarios/fichier" => json!({ "texte": "x" }),
        "/scenarios/verifier" | "/scenarios/simuler" => file,
        "/scenarios/publier" => json!({ "plan": "x" }),
        path if path.ends_with("/espace") => json!({ "contact": "x" }),
        _ => json!({}),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_what_the_document_says_and_no_more() {
    let company = Company::new("").await;
    let (client, invoice) = company.debt().await;
    let all = operations(&client, &invoice);
    assert!(all.len() > 35, "{}", all.len());
    let stranger = key(&company, ELSEWHERE, &open_permissions()).await;
    let mut wrong = Vec::new();
    let mut keys = std::collections::BTreeMap::new();
    for permission in open_permissions() {
        let others: Vec<Permission> = open_permissions().into_iter().filter(|one| *one != permission).collect();
        keys.insert(permission, (key(&company, HERE, &[permission]).await, key(&company, HERE, &others).await));
    }
    for (n, (method, path, scope)) in all.iter().enumerate() {
        let ask = async |key: Option<&str>, entity: &str, name: &str| {
            let mut asked = match *method {
                Method::GET => Asked::get(path, ""),
                _ => Asked::write(method.clone(), path, "", name, &body(path)),
            };
            asked.key = key;
            asked.send_to(&company, entity).await.status
        };
        let mut expect = |whom: &str, status: StatusCode, good: bool| {
            if !good {
                wrong.push(format!("{method} {path} by {whom}: {status}"));
            }
        };
        let status = ask(None, HERE, "a").await;
        expect("nobody", status, status == StatusCode::UNAUTHORIZED);
        let status = ask(Some("relance_x_faux"), HERE, "a").await;
        expect("a forged key", status, status == StatusCode::UNAUTHORIZED);
        let status = ask(Some(&stranger), HERE, "a").await;
        expect("another creditor's key", status, status == StatusCode::NOT_FOUND);
        let Some(scope) = scope else { continue };
        let (own, others) = &keys[scope];
        let status = ask(Some(own), HERE, &format!("own-{n}")).await;
        let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::METHOD_NOT_ALLOWED];
        expect("a key that may", status, !refused.contains(&status) && !status.is_server_error());
        let status = ask(Some(own), "inconnue", "a").await;
        expect("a key, of an unknown creditor", status, status == StatusCode::NOT_FOUND);
        let status = ask(Some(others), HERE, &format!("others-{n}")).await;
        expect("a key that may everything else", status, status == StatusCode::FORBIDDEN);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What each act takes; of those that take two people, whoever may ask for them.
#[tokio::test(flavor = "multi_thread")]
async fn an_act_takes_its_own_permission() {
    let company = Company::new("quatre_yeux = \"toujours\"").await;
    let (_, invoice) = company.debt().await;
    let path = format!("/factures/{invoice}/actes");
    // The file refuses each of them: what is asked here is who is refused before.
    let acts: [(Value, Permission); 12] = [
        (json!({ "acte": "pause", "jusqu_a": "2001-01-01", "motif": "x" }), Permission::Pauses),
        (json!({ "acte": "promesse", "le": "2001-01-01" }), Permission::Promises),
        (json!({ "acte": "litige", "code": "x", "motif": "x" }), Permission::Disputes),
        (json!({ "acte": "saut", "etape": "nulle_part", "motif": "x" }), Permission::Jump),
        (json!({ "acte": "appel", "resultat": "joint", "cle": "x" }), Permission::Calls),
        (json!({ "acte": "validation", "cle": "x" }), Permission::Approve),
        (json!({ "acte": "segment", "segment": "inconnu", "motif": "x" }), Permission::Segments),
        (json!({ "acte": "tache_faite", "cle": "x" }), Permission::Tasks),
        (json!({ "acte": "courrier_poste", "cle": "x" }), Permission::Letters),
        (json!({ "acte": "echeancier", "echeances": [] }), Permission::Plans),
        (json!({ "acte": "commentaire", "texte": "" }), Permission::Comments),
        (json!({ "acte": "doute", "cle": "x", "parti": true }), Permission::Doubts),
    ];
    for (n, (act, permission)) in acts.iter().enumerate() {
        let others: Vec<Permission> = open_permissions().into_iter().filter(|one| one != permission).collect();
        let (own, others) = (key(&company, HERE, &[*permission]).await, key(&company, HERE, &others).await);
        let name = format!("acte-{n}");
        let answer = Asked::write(Method::POST, &path, &own, &name, act).send(&company).await;
        let may = [StatusCode::UNPROCESSABLE_ENTITY, StatusCode::BAD_REQUEST];
        assert!(may.contains(&answer.status), "{act} {} {}", answer.status, answer.json());
        if answer.status == StatusCode::BAD_REQUEST {
            continue;
        }
        let answer = Asked::write(Method::POST, &path, &others, &name, act).send(&company).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{act}");
    }
}
