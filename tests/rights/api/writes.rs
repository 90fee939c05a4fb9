//! What a program changes: once, over what it has read, and no secret is kept.

use super::{Answer, Asked, key, whole_key};
use crate::company::{Company, HERE};
use axum::http::{Method, StatusCode};
use relance_server::auth::role::Permission;
use serde_json::json;

fn day(ahead: i64) -> String {
    (chrono::Utc::now().date_naive() + chrono::TimeDelta::days(ahead)).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_is_sent_twice_is_one() {
    let company = Company::new("").await;
    let (client, invoice) = company.debt().await;
    let key = whole_key(&company).await;
    let path = format!("/factures/{invoice}/actes");
    let promise = json!({ "acte": "promesse", "le": day(7), "motif": "au téléphone" });
    let first = Asked::write(Method::POST, &path, &key, "p-1", &promise).send(&company).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.json());
    assert_eq!(first.header("idempotent-replayed"), "");
    let again = Asked::write(Method::POST, &path, &key, "p-1", &promise).send(&company).await;
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
    assert_eq!(again.header("idempotent-replayed"), "true");
    let noted = company.inbox(&client).await;
    let of_it: Vec<_> = noted.iter().filter(|thing| thing.id.contains("p-1")).collect();
    assert_eq!(of_it.len(), 1, "{noted:?}");
    let said = of_it[0].said.as_ref().unwrap();
    assert_eq!((said.by.as_deref(), said.reason.as_deref()), (Some("clé compta"), Some("au téléphone")));
    // The same name for something else is a mistake of the program, and not done.
    let other = json!({ "acte": "promesse", "le": day(8) });
    let refused = Asked::write(Method::POST, &path, &key, "p-1", &other).send(&company).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "nom_deja_pris"));
    assert_eq!(company.inbox(&client).await.len(), noted.len());
    // Another program may use the same name.
    let own = super::whole_key(&company).await;
    let theirs = Asked::write(Method::POST, &path, &own, "p-1", &json!({ "acte": "reponse" })).send(&company).await;
    assert_eq!(theirs.status, StatusCode::CREATED, "{}", theirs.json());
    // What was refused may be tried again under its name, mended.
    let wrong = Asked::write(Method::POST, &path, &key, "p-2", &json!({ "acte": "promesse", "le": "2001-01-01" }));
    assert_eq!(wrong.send(&company).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mended = Asked::write(Method::POST, &path, &key, "p-2", &json!({ "acte": "commentaire", "texte": "vu" }));
    assert_eq!(mended.send(&company).await.status, StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread")]
async fn sent_eight_times_at_once_it_is_one() {
    let company = std::sync::Arc::new(Company::new("").await);
    let (client, invoice) = company.debt().await;
    let key = whole_key(&company).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (company, key, path) = (std::sync::Arc::clone(&company), key.clone(), format!("/factures/{invoice}/actes"));
        tasks.spawn(async move {
            let act = json!({ "acte": "commentaire", "texte": "huit fois" });
            Asked::write(Method::POST, &path, &key, "huit", &act).send(&company).await.status
        });
    }
    let told = tasks.join_all().await;
    assert!(told.contains(&StatusCode::CREATED), "{told:?}");
    assert!(told.iter().all(|status| [StatusCode::CREATED, StatusCode::CONFLICT].contains(status)), "{told:?}");
    let noted = company.inbox(&client).await;
    assert_eq!(noted.iter().filter(|thing| thing.id.contains("huit")).count(), 1, "{noted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_two_people_is_asked_for_and_granted_by_nobody_but_a_person() {
    let company = Company::new("quatre_yeux = \"toujours\"").await;
    let (_, invoice) = company.debt().await;
    let key = whole_key(&company).await;
    let path = format!("/factures/{invoice}/actes");
    let waiver = json!({ "acte": "renonciation", "a": "penalites", "motif": "geste" });
    let asked = Asked::write(Method::POST, &path, &key, "r-1", &waiver).send(&company).await;
    assert_eq!(
        (asked.status, asked.json()["issue"].as_str()),
        (StatusCode::ACCEPTED, Some("demande")),
        "{}",
        asked.json()
    );
    let waiting = Asked::get("/demandes", &key).send(&company).await.json();
    assert_eq!((waiting[0]["facture"].as_str(), waiting[0]["motif"].as_str()), (Some(invoice.as_str()), Some("geste")));
    assert_eq!(waiting[0]["acte"]["a"], "penalites");
    // Asked again, by this key or by another one, it stays a request.
    let others = whole_key(&company).await;
    for (key, name) in [(&key, "r-2"), (&others, "r-3")] {
        let again = Asked::write(Method::POST, &path, key, name, &waiver).send(&company).await;
        assert!(
            !again.status.is_success() || again.status == StatusCode::ACCEPTED,
            "{} {}",
            again.status,
            again.json()
        );
    }
    assert_eq!(Asked::get("/demandes", &key).send(&company).await.json().as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_over_what_they_have_not_read() {
    let company = Company::new("").await;
    let key = whole_key(&company).await;
    let listed = Asked::get("/scenarios", &key).send(&company).await.json();
    let file = listed["fichiers"][0]["chemin"].as_str().unwrap().to_owned();
    let path = format!("/scenarios/fichier?chemin={file}");
    let read = Asked::get(&path, &key).send(&company).await;
    let (etag, text) = (read.header("etag").to_owned(), read.json()["texte"].as_str().unwrap().to_owned());
    let put = |name: &str, text: &str| Asked::write(Method::PUT, &path, &key, name, &json!({ "texte": text }));
    assert_eq!(put("a", "x").send(&company).await.code(), "version_absente");
    assert_eq!(put("b", "x").with("if-match", "\"autre\"").send(&company).await.code(), "version_depassee");
    assert_eq!(put("c", "x").with("if-none-match", "*").send(&company).await.code(), "version_depassee");
    let longer = format!("{text}\n# par un programme\n");
    let kept = put("d", &longer).with("if-match", &etag).send(&company).await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.json());
    // The state that was read first is gone.
    assert_eq!(put("e", "x").with("if-match", &etag).send(&company).await.code(), "version_depassee");
    let read = Asked::get(&path, &key).send(&company).await;
    assert_eq!(read.json()["texte"], longer.as_str());
    assert_eq!(
        (read.json()["brouillon_de"].as_str(), read.header("etag")),
        (Some("clé compta"), kept.json()["etag"].as_str().unwrap())
    );
    let own = read.header("etag").to_owned();
    assert_eq!(
        Asked::get(&path, &key).with("if-none-match", &own).send(&company).await.status,
        StatusCode::NOT_MODIFIED
    );
    // What a comment changes is nothing that runs: the plan says so, and what it shows is published.
    let plan = Asked::ask("/scenarios/plan", &key, &json!({})).send(&company).await;
    assert_eq!(plan.status, StatusCode::ACCEPTED);
    let mut told = plan.json();
    while told["etat"] == "en_cours" {
        let path = format!("/scenarios/plan?travail={}", told["travail"].as_str().unwrap());
        told = Asked::get(&path, &key).send(&company).await.json();
    }
    assert_eq!(told["etat"], "fini", "{told}");
    let gone = Asked { body: Vec::new(), ..Asked::write(Method::DELETE, &path, &key, "f", &json!({})) };
    assert_eq!(gone.with("if-match", &own).send(&company).await.status, StatusCode::OK);
    assert_eq!(Asked::get(&path, &key).send(&company).await.json()["texte"], text.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rung_is_added_planned_and_published() {
    let company = Company::new("").await;
    let key = whole_key(&company).await;
    let listed = Asked::get("/scenarios", &key).send(&company).await.json();
    assert_eq!(listed["a_publier"], false, "{listed}");
    let path = "/scenarios/fichier?chemin=scenarios/programme.relance";
    let text = "scénario programme\n  priorité 9\n  pour les factures où segment = vip\n  à J+60 : email ferme\n";
    let asked = Asked::write(Method::PUT, path, &key, "n", &json!({ "texte": text })).with("if-none-match", "*");
    assert_eq!(asked.send(&company).await.status, StatusCode::OK);
    let checked = json!({ "chemin": "scenarios/programme.relance", "texte": text.replace("email", "courriel") });
    let found = Asked::ask("/scenarios/verifier", &key, &checked).send(&company).await.json();
    assert!(!found.as_array().unwrap().is_empty());
    let plan = Asked::ask("/scenarios/plan", &key, &json!({})).send(&company).await.json();
    let mut told = plan;
    while told["etat"] == "en_cours" {
        let path = format!("/scenarios/plan?travail={}", told["travail"].as_str().unwrap());
        told = Asked::get(&path, &key).send(&company).await.json();
    }
    let name = told["plan"]["plan"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned();
    let other = json!({ "plan": "000000-000000-000000" });
    let refused = Asked::write(Method::POST, "/scenarios/publier", &key, "autre", &other).send(&company).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "not the plan that was read: {}", refused.json());
    let published = json!({ "plan": name });
    let done = Asked::write(Method::POST, "/scenarios/publier", &key, "pub", &published).send(&company).await;
    assert_eq!((done.status, done.json()["issue"].as_str()), (StatusCode::OK, Some("publie")), "{}", done.json());
    let listed = Asked::get("/scenarios", &key).send(&company).await.json();
    assert!(listed["en_vigueur"].as_array().unwrap().iter().any(|one| one["scenario"] == "programme"), "{listed}");
    assert!(company.dir().join("scenarios/programme.relance").exists());
}

async fn put_down(company: &Company, key: &str, name: &str, cut: &str, text: &str) -> Answer {
    let head = "Content-Disposition: form-data; name=\"fichiers\"; filename=\"reglements.csv\"";
    let body = format!("--{cut}\r\n{head}\r\nContent-Type: text/csv\r\n\r\n{text}\r\n--{cut}--\r\n").into_bytes();
    let kind = format!("multipart/form-data; boundary={cut}");
    let headers = vec![("content-type", kind), ("idempotency-key", name.to_owned())];
    Asked { method: Method::POST, path: "/imports", key: Some(key), headers, body }.send(company).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_payments_is_looked_at_then_taken() {
    let company = Company::new("").await;
    let (client, invoice) = company.debt().await;
    let key = key(&company, HERE, &[Permission::Imports, Permission::See]).await;
    let text = format!("reglement;facture;date;montant\nAPI-1;{invoice};{};1,00\n", day(-1));
    let first = put_down(&company, &key, "i-1", "aaaa", &text).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.json());
    let again = put_down(&company, &key, "i-1", "bbbbbb", &text).await;
    assert_eq!(again.header("idempotent-replayed"), "true", "cut otherwise, it is the same");
    let name = first.json()["import"].as_str().unwrap().to_owned();
    assert_eq!(again.json()["import"], name.as_str());
    let path = format!("/imports/{name}");
    let mut told = first.json();
    while told["etat"] == "en_cours" {
        told = Asked::get(&path, &key).send(&company).await.json();
    }
    assert_eq!(told["etat"], "lu", "{told}");
    assert!(company.inbox(&client).await.is_empty(), "nothing is taken yet");
    let take = format!("{path}/prendre");
    let taken = Asked::write(Method::POST, &take, &key, "i-2", &json!({})).send(&company).await;
    assert_eq!((taken.status, taken.json()["nouveautes"].as_u64()), (StatusCode::OK, Some(1)), "{}", taken.json());
    assert_eq!(company.inbox(&client).await.len(), 1);
    assert_eq!(Asked::write(Method::POST, &take, &key, "i-3", &json!({})).send(&company).await.code(), "inconnu");
    let past = Asked::get("/imports", &key).send(&company).await.json();
    assert_eq!(past[0]["rapport"]["par"], "clé compta", "{}", past[0]);
    let thrown = put_down(&company, &key, "i-4", "cc", &text).await.json();
    let path = format!("/imports/{}", thrown["import"].as_str().unwrap());
    let asked = Asked::write(Method::DELETE, &path, &key, "i-5", &json!({}));
    assert_eq!(asked.send(&company).await.status, StatusCode::OK);
    assert_eq!(Asked::get(&path, &key).send(&company).await.status, StatusCode::OK, "what it would have changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_told_once_and_opens_until_it_is_taken_back() {
    let company = Company::new("").await;
    let (client, _) = company.debt().await;
    let key = whole_key(&company).await;
    let file = Asked::get(&format!("/clients/{client}"), &key).send(&company).await.json();
    let contact = file["courriel"].as_str().unwrap().to_owned();
    let path = format!("/clients/{client}/espace");
    let made = Asked::write(Method::POST, &path, &key, "l-1", &json!({ "contact": contact })).send(&company).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json());
    let link = made.json()["lien"].as_str().unwrap().trim_start_matches("https://relance.example").to_owned();
    assert_eq!(company.visit(&link, None).await.0, StatusCode::OK);
    let again = Asked::write(Method::POST, &path, &key, "l-1", &json!({ "contact": contact })).send(&company).await;
    assert_eq!((again.json()["id"].clone(), again.json().get("lien")), (made.json()["id"].clone(), None));
    let listed = Asked::get(&path, &key).send(&company).await.json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let own = format!("{path}/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(Asked::write(Method::DELETE, &own, &key, "l-2", &json!({})).send(&company).await.status, StatusCode::OK);
    assert_ne!(company.visit(&link, None).await.0, StatusCode::OK);
}

/// Lists go on where they stopped, each row once.
#[tokio::test(flavor = "multi_thread")]
async fn lists_are_read_page_by_page() {
    let company = Company::new("").await;
    let key = whole_key(&company).await;
    let (mut seen, mut path) = (Vec::new(), "/factures?limite=7".to_owned());
    for _ in 0..200 {
        let page = Asked::get(&path, &key).send(&company).await.json();
        let rows = page["elements"].as_array().unwrap();
        assert!(rows.len() <= 7);
        seen.extend(rows.iter().map(|row| row["facture"].as_str().unwrap().to_owned()));
        let Some(next) = page["suivant"].as_str() else { break };
        let next: String = next.bytes().map(|byte| format!("%{byte:02X}")).collect();
        path = format!("/factures?limite=7&apres={next}");
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert!(all > 20 && seen.len() == all, "{all} {}", seen.len());
    for path in [
        "/clients?tri=nom",
        "/recherche?q=sarl",
        "/travail?genre=appel",
        "/travail?genre=validation",
        "/doutes",
        "/partis",
        "/tableau-de-bord",
        "/modeles",
        "/encaissements?du=2020-01-01&au=2030-01-01",
        "/factures?etat=litige",
        "/factures?tri=soldee",
    ] {
        let answer = Asked::get(path, &key).send(&company).await;
        assert_eq!(answer.status, StatusCode::OK, "{path} {}", answer.json());
        let etag = answer.header("etag").to_owned();
        assert!(etag.len() > 10, "{path}");
    }
    let (client, invoice) = company.debt().await;
    for path in [
        format!("/factures/{invoice}"),
        format!("/factures/{invoice}/dessin.svg"),
        format!("/clients/{client}"),
        format!("/clients/{client}/journal"),
        format!("/clients/{client}/documents"),
        format!("/modeles/apercu?canal=email&modele=ferme&facture={invoice}"),
    ] {
        let answer = Asked::get(&path, &key).send(&company).await;
        assert_eq!(answer.status, StatusCode::OK, "{path} {}", String::from_utf8_lossy(&answer.bytes));
    }
}
