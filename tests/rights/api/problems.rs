//! What programs are told when they ask wrongly.

use super::{Answer, Asked, whole_key};
use crate::company::Company;
use axum::http::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_says_what_and_what_to_do() {
    let company = Company::new("").await;
    let (client, invoice) = company.debt().await;
    let key = whole_key(&company).await;
    let acts = format!("/factures/{invoice}/actes");
    let mut told = String::new();
    let mut tell = |what: &str, answer: &Answer| {
        assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
        assert!(!answer.status.is_success() && !answer.status.is_server_error(), "{what}");
        let text = serde_json::to_string_pretty(&answer.json()).unwrap();
        let today = chrono::Utc::now().with_timezone(&chrono_tz::Europe::Paris).format("%d/%m/%Y").to_string();
        let text = text.replace(&today, "AUJOURD’HUI").replace(&invoice, "FACTURE").replace(&client, "CLIENT");
        told += &format!("{what}\n{text}\n\n");
    };
    let mut nobody = Asked::get("/factures", &key);
    nobody.key = None;
    tell("sans clé", &nobody.send(&company).await);
    tell("clé inconnue", &Asked::get("/factures", "relance_x_y").send(&company).await);
    for path in [
        "/rien",
        "/factures/INCONNUE",
        "/clients/INCONNU",
        "/clients/INCONNU/journal",
        "/clients/INCONNU/documents",
        "/clients/INCONNU/espace",
        "/factures/%FF",
        "/factures?inconnu=1",
        "/factures?etat=bof",
        "/factures?tri=bof",
        "/factures?du=hier",
        "/factures?limite=0",
        "/factures?limite=1000000",
        "/factures?limite=-1",
        "/factures?apres=bof",
        "/encaissements",
        "/travail?genre=bof",
        "/modeles/apercu?canal=courriel&modele=inconnu",
        "/scenarios/plan?travail=x",
        "/imports/x",
    ] {
        tell(path, &Asked::get(path, &key).send(&company).await);
    }
    tell("méthode", &Asked { method: Method::DELETE, ..Asked::get("/factures", &key) }.send(&company).await);
    let unnamed = Asked::ask(&acts, &key, &json!({ "acte": "reponse" }));
    tell("écriture sans nom", &unnamed.send(&company).await);
    for (what, body) in [
        ("acte inconnu", json!({ "acte": "danse" })),
        ("champ qui manque", json!({ "acte": "promesse" })),
        ("champ inconnu", json!({ "acte": "reponse", "couleur": "bleu" })),
        ("montant", json!({ "acte": "promesse", "le": "2099-01-01", "montant": "beaucoup" })),
        ("sans motif", json!({ "acte": "pause", "jusqu_a": "2099-01-01" })),
        ("jour passé", json!({ "acte": "promesse", "le": "2001-01-01" })),
        ("étape inconnue", json!({ "acte": "saut", "etape": "lune", "motif": "essai" })),
    ] {
        tell(what, &Asked::write(Method::POST, &acts, &key, "n", &body).send(&company).await);
    }
    let raw = |body: Vec<u8>| Asked { body, ..Asked::write(Method::POST, &acts, &key, "n", &json!({})) };
    tell("pas de l’UTF-8", &raw(b"{\"acte\": \"\xff\"}".to_vec()).send(&company).await);
    tell(
        "trop profond",
        &raw(format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)).into_bytes()).send(&company).await,
    );
    tell("trop grand", &raw(vec![b' '; 3_000_000]).send(&company).await);
    let said = raw(b"{}".to_vec()).with("content-length", "104857600");
    tell("cent mégaoctets annoncés", &said.send(&company).await);
    let form = Asked { headers: vec![("idempotency-key", "n".to_owned())], ..raw(b"acte=reponse".to_vec()) };
    tell("formulaire", &form.send(&company).await);
    let link = json!({ "contact": "voleur@exemple.fr" });
    let path = format!("/clients/{client}/espace");
    tell("contact d’un autre", &Asked::write(Method::POST, &path, &key, "n", &link).send(&company).await);
    let reply = json!({ "acte": "commentaire", "texte": "bonjour" });
    let answer = Asked::write(Method::POST, "/clients/INCONNU/actes", &key, "n", &reply).send(&company).await;
    tell("acte sur un client inconnu", &answer);
    insta::assert_snapshot!(told);
}
