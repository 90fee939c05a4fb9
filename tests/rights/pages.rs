//! What the pages of accounts do, and what they never do.

use crate::company::{Company, ELSEWHERE, HERE};
use axum::http::StatusCode;
use chrono::Utc;
use relance_server::auth::totp;

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_invited_once_and_looked_after() {
    let company = Company::new("").await;
    let anne = company.hire("Anne", HERE, "administrateur").await;
    let invite = [("nom", "Bruno Petit"), ("email", "Bruno@Exemple.fr"), ("role", "gestionnaire")];
    let made = company.post(&anne, "/e/principale/comptes", &invite).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let link = made.body.split("https://relance.example").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(link.starts_with("/mot-de-passe/"), "{link}");
    let list = company.get(&anne, "/e/principale/comptes").await.body;
    assert!(list.contains("bruno@exemple.fr") && list.contains("invité") && !list.contains(&link), "shown once");
    let again = company.post(&anne, "/e/principale/comptes", &invite).await;
    assert!(again.body.contains("a déjà un rôle ici"));
    let bad = company.post(&anne, "/e/principale/comptes", &[("nom", "X"), ("email", "x"), ("role", "lecture")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);

    let bruno = company.accounts.account_of("bruno@exemple.fr").await.unwrap().unwrap().id;
    let to = |word: &str| format!("/e/principale/comptes/{bruno}/{word}");
    assert!(company.post(&anne, &to("role"), &[("role", "valideur")]).await.location.ends_with("dit=role"));
    assert_eq!(company.accounts.roles_of(&bruno).await.unwrap(), [(HERE.to_owned(), "valideur".to_owned())]);
    assert_eq!(company.post(&anne, &to("role"), &[("role", "roi")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(company.post(&anne, &to("suspendre"), &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "why?");
    company.accounts.set_password(&bruno, "$argon2id$b", None).await.unwrap();
    let session = company.log_in(&bruno).await;
    assert_eq!(company.get(&session, "/e/principale/compte").await.status, StatusCode::OK);
    company.post(&anne, &to("sessions"), &[]).await;
    assert!(company.get(&session, "/e/principale/compte").await.location.starts_with("/connexion"));
    let session = company.log_in(&bruno).await;
    assert!(company.post(&anne, &to("suspendre"), &[("motif", "parti")]).await.location.ends_with("dit=suspendu"));
    assert!(company.get(&session, "/e/principale/compte").await.location.starts_with("/connexion"));
    assert_eq!(company.post(&anne, &to("lien"), &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "it is suspended");
    assert!(company.post(&anne, &to("reactiver"), &[]).await.location.ends_with("dit=reactive"));
    let link = company.post(&anne, &to("lien"), &[]).await;
    assert!(link.body.contains("/mot-de-passe/") && link.body.contains("vingt-quatre heures"));

    // All of it can be read again, with its reason; and an export is no formula.
    let audit = company.get(&anne, "/e/principale/audit").await.body;
    for words in ["Invitation", "Compte suspendu", "fait : parti", "bruno@exemple.fr"] {
        assert!(audit.contains(words), "{words}");
    }
    let some = company.get(&anne, "/e/principale/audit?geste=compte%20suspendu").await.body;
    assert!(some.contains("fait : parti") && !some.contains("<td data-label=\"Quoi\">invitation"));
    let csv = company.get(&anne, "/e/principale/audit.csv").await.body;
    assert!(csv.lines().count() > 6 && csv.contains(";compte suspendu;bruno@exemple.fr;fait : parti;"), "{csv}");
}

/// Whoever administers alone stays; nobody reaches an account that works for others too.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_stays_and_others_are_out_of_reach() {
    let company = Company::new("").await;
    let anne = company.hire("Anne", HERE, "administrateur").await;
    for word in ["role", "suspendre", "lien", "sessions", "second-facteur"] {
        let own = company.post(&anne, &format!("/e/principale/comptes/{}/{word}", anne.id), &[("motif", "x")]).await;
        assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY, "{word}");
    }
    assert_eq!(company.accounts.roles_in(HERE).await.unwrap().len(), 1);
    let group = company.hire("Groupe", ELSEWHERE, "administrateur").await;
    assert_eq!(company.get(&anne, &format!("/e/principale/comptes/{}", group.id)).await.status, StatusCode::NOT_FOUND);
    company.accounts.set_role(HERE, &group.id, Some("lecture")).await.unwrap();
    for word in ["suspendre", "lien", "sessions", "second-facteur"] {
        let path = format!("/e/principale/comptes/{}/{word}", group.id);
        let answer = company.post(&anne, &path, &[("motif", "x")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{word}");
    }
    assert!(company.accounts.account(&group.id).await.unwrap().unwrap().disabled.is_none());
    // The role here is hers to give.
    let path = format!("/e/principale/comptes/{}/role", group.id);
    assert!(company.post(&anne, &path, &[("role", "")]).await.location.ends_with("comptes?dit=role"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_account() {
    let company = Company::new("").await;
    let hasher = relance_server::auth::hashing::Hasher::default();
    let (old, new) = ("quatre chevaux bleus", "vélo neige lampe sept");
    let anne = company.hire("Anne", HERE, "lecture").await;
    company.accounts.set_password(&anne.id, &hasher.hash(old).await.unwrap(), None).await.unwrap();
    let (anne, other) = (company.log_in(&anne.id).await, company.log_in(&anne.id).await);
    let base = "/e/principale/compte";

    // The second factor: not without the password, not without a code; recovery codes once.
    let start = format!("{base}/second-facteur");
    assert_eq!(company.post(&anne, &start, &[("actuel", "faux")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let shown = company.post(&anne, &start, &[("actuel", old)]).await;
    assert!(shown.body.contains("<svg xmlns") && shown.body.contains("cle-totp") && !shown.body.contains(" style="));
    assert!(!company.get(&anne, base).await.body.contains("cle-totp"), "shown once");
    let secret = company.accounts.account(&anne.id).await.unwrap().unwrap().totp_proposed.unwrap();
    let prove = format!("{start}/confirmer");
    let code = totp::code_at(&secret, totp::step(Utc::now()));
    let wrong = if code == "000000" { "111111" } else { "000000" };
    assert_eq!(company.post(&anne, &prove, &[("code", wrong)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let codes = company.post(&anne, &prove, &[("code", &code)]).await.body;
    assert!(codes.contains("codes-texte"), "{codes}");
    let page = company.get(&anne, base).await.body;
    assert!(page.contains("Il reste 10 codes de secours") && !page.contains("codes-texte"));
    assert!(company.get(&other, base).await.location.starts_with("/connexion"), "sessions without it end");

    // The password: the old one is asked for, the new one must be one.
    let (other, change) = (company.log_in(&anne.id).await, format!("{base}/mot-de-passe"));
    for (actuel, nouveau, encore) in [("faux", new, new), (old, "court", "court"), (old, new, "autre chose de long")] {
        let fields = [("actuel", actuel), ("nouveau", nouveau), ("encore", encore)];
        assert_eq!(company.post(&anne, &change, &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{nouveau}");
    }
    let fields = [("actuel", old), ("nouveau", new), ("encore", new)];
    assert!(company.post(&anne, &change, &fields).await.location.ends_with("dit=mot_de_passe"));
    assert!(company.get(&other, base).await.location.starts_with("/connexion"));
    assert_eq!(company.get(&anne, base).await.status, StatusCode::OK, "this one goes on");

    // Nobody signs as somebody else does.
    let bruno = company.hire("Bruno", HERE, "administrateur").await;
    let path = format!("{base}/nom");
    assert_eq!(company.post(&anne, &path, &[("nom", "bruno ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(company.post(&anne, &path, &[("nom", "Anne Roy")]).await.location.ends_with("dit=nom"));

    // Nobody closes somebody else's session.
    let page = company.get(&anne, base).await.body;
    assert_eq!(page.matches("celle-ci").count(), 1);
    let now = Utc::now();
    let hers = company.accounts.sessions_of(&anne.id, now, now - chrono::TimeDelta::hours(1)).await.unwrap();
    let path = format!("{base}/sessions/{}/fermer", hers[0].id);
    assert_eq!(company.post(&bruno, &path, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(company.get(&anne, base).await.status, StatusCode::OK);
    let gone = company.post(&anne, &format!("{start}/retirer"), &[("actuel", new)]).await;
    assert!(gone.location.ends_with("dit=second_retire"), "{}", gone.body);
    assert!(company.accounts.account(&anne.id).await.unwrap().unwrap().totp.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_taken_back() {
    let company = Company::new("").await;
    let anne = company.hire("Anne", HERE, "administrateur").await;
    let path = "/e/principale/cles";
    for fields in [
        &[("nom", "ERP")][..],
        &[("nom", "ERP"), ("portee", "tout")],
        &[("nom", "ERP"), ("portee", "comptes")],
        &[("nom", "ERP"), ("portee", "voir"), ("expire", "2001-01-01")],
    ] {
        assert_eq!(company.post(&anne, path, fields).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
    }
    let made = company.post(&anne, path, &[("nom", "ERP"), ("portee", "voir"), ("portee", "imports")]).await.body;
    let key = made.split("id=\"cle-texte\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let program = relance_server::auth::visitor::program(&company.accounts, &key, Utc::now()).await.unwrap().unwrap();
    assert_eq!(program.scopes.words(), ["voir", "imports"]);
    assert!(!company.get(&anne, path).await.body.contains(&key));
    let gone = company.post(&anne, &format!("{path}/{}/retirer", program.key.id), &[]).await;
    assert!(gone.location.ends_with("dit=revoquee"));
    assert!(relance_server::auth::visitor::program(&company.accounts, &key, Utc::now()).await.unwrap().is_none());
    assert_eq!(company.post(&anne, &format!("{path}/autre/retirer"), &[]).await.status, StatusCode::NOT_FOUND);
}
