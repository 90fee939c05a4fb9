//! Formal notices, hand-overs and waivers: one asks, another grants.

use crate::company::{Company, HERE, Visitor};
use axum::http::StatusCode;
use chrono::Utc;
use relance_core::incoming::What;
use relance_engine::store::accounts::Ruling;
use relance_server::keep_tidy;
use std::time::Duration;

/// Invoice and key of the approvals on the page whose words have these.
async fn approvals(company: &Company, who: &Visitor, words: &str) -> Vec<(String, String)> {
    let page = company.get(who, "/e/principale/aujourdhui").await.body;
    let after =
        |text: &str, sign: &str| text.split(sign).nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
    let rows = page.split("<li data-row>").filter(|row| row.contains("/actes/validation") && row.contains(words));
    let found = rows.filter_map(|row| {
        let address = row.split("/actes/validation").next()?.rsplit('/').next()?.to_owned();
        Some((address, after(row, "name=\"cle\" value=\"")?))
    });
    found.collect()
}

async fn waive(company: &Company, who: &Visitor, invoice: &str, id: &str) -> crate::company::Answer {
    let path = format!("/e/principale/factures/{invoice}/actes/renonciation");
    company.post(who, &path, &[("id", id), ("a", "penalites"), ("motif", "geste commercial")]).await
}

/// Name and reason of the waivers that wait to be taken in.
async fn waived(company: &Company, client: &str) -> Vec<(String, String)> {
    let inbox = company.inbox(client).await;
    let waivers = inbox.into_iter().filter(|thing| matches!(thing.what, What::Waiver { .. }));
    let said = waivers.filter_map(|thing| thing.said);
    said.map(|said| (said.by.unwrap_or_default(), said.reason.unwrap_or_default())).collect()
}

/// The names of the requests that are open.
async fn open(company: &Company) -> Vec<String> {
    let rows = company.accounts.open_requests(HERE, 10).await.unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_asks_and_another_grants() {
    let company = Company::new("").await;
    let (client, invoice) = company.debt().await;
    let anne = company.hire("Anne", HERE, "valideur").await;
    let bruno = company.hire("Bruno", HERE, "valideur").await;
    let mina = company.hire("Mina", HERE, "gestionnaire").await;
    let zoe = company.hire("Zoe", HERE, "lecture").await;

    assert_eq!(waive(&company, &zoe, &invoice, "z").await.status, StatusCode::FORBIDDEN);
    let asked = waive(&company, &anne, &invoice, "d1").await;
    assert!(asked.location.ends_with("dit=demande"), "{} {}", asked.status, asked.body);
    assert_eq!(waived(&company, &client).await, [], "asking does nothing");
    assert_eq!(open(&company).await, ["d1"]);

    // It waits where people look, and says for whom.
    for path in ["aujourdhui", &format!("factures/{invoice}"), &format!("clients/{client}")] {
        let page = company.get(&bruno, &format!("/e/principale/{path}")).await.body;
        assert!(page.contains("En attente d’une deuxième personne") && page.contains("demandé par Anne"), "{path}");
        assert!(page.contains("/demandes/") && page.contains("/accorder"), "{path}");
    }
    let page = company.get(&anne, "/e/principale/aujourdhui").await.body;
    assert!(page.contains("Peuvent l’accorder : Bruno") && !page.contains("/accorder"));

    // Not the same person, by whichever way; not who may not; not anybody else's creditor.
    let grant = format!("/e/principale/demandes/{client}/d1/accorder");
    for answer in [company.post(&anne, &grant, &[]).await, waive(&company, &anne, &invoice, "d2").await] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            answer.body.contains("La demande vient de vous") || answer.body.contains("la demande vient de vous"),
            "{}",
            answer.body
        );
        assert!(answer.body.contains("Bruno"));
    }
    assert_eq!(company.post(&mina, &grant, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(company.post(&zoe, &grant, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(waived(&company, &client).await, []);

    // The second person presses the same button as the first.
    let granted = waive(&company, &bruno, &invoice, "d3").await;
    assert_eq!(granted.status, StatusCode::SEE_OTHER, "{}", granted.body);
    assert_eq!(waived(&company, &client).await, [("Anne et Bruno".to_owned(), "geste commercial".to_owned())]);
    assert!(open(&company).await.is_empty());
    let again = company.post(&bruno, &grant, &[]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(waived(&company, &client).await.len(), 1);

    // The journal has both names.
    company.prints(&["executer"]);
    let journal = company.prints(&["journal", "--format", "jsonl"]);
    assert!(journal.contains("\"par\":\"Anne et Bruno\""), "nobody signed");
}

/// A server that ends between the grant and the act does it when it is there again; what was done counts once.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_granted_is_done_although_the_server_ended() {
    let company = Company::new("").await;
    let (client, invoice) = company.debt().await;
    let anne = company.hire("Anne", HERE, "valideur").await;
    let bruno = company.hire("Bruno", HERE, "valideur").await;
    assert!(waive(&company, &anne, &invoice, "d1").await.location.ends_with("dit=demande"));
    let ruling = Ruling { by: bruno.id.clone(), at: Utc::now(), granted: true, note: String::new() };
    company.accounts.decide(HERE, (&client, "d1"), &ruling).await.unwrap();
    assert_eq!(waived(&company, &client).await, [], "the server ended here");
    let done = [("Anne et Bruno".to_owned(), "geste commercial".to_owned())];
    let mut rounds = Box::pin(keep_tidy(&company.site, std::future::pending()));
    while waived(&company, &client).await != done {
        assert!(tokio::time::timeout(Duration::from_millis(50), &mut rounds).await.is_err());
    }
    // The next time that the server is there, and a round has been made.
    let again = keep_tidy(&company.site, tokio::time::sleep(Duration::from_secs(3)));
    again.await;
    assert_eq!(waived(&company, &client).await, done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_refused_with_a_reason_or_taken_back() {
    let company = Company::new("").await;
    let (client, invoice) = company.debt().await;
    let anne = company.hire("Anne", HERE, "valideur").await;
    let mina = company.hire("Mina", HERE, "gestionnaire").await;
    // Whoever may not decide alone asks, with one other person there.
    assert!(waive(&company, &mina, &invoice, "d1").await.location.ends_with("dit=demande"));
    let to = |word: &str| format!("/e/principale/demandes/{client}/d1/{word}");
    assert_eq!(
        company.post(&anne, &to("refuser"), &[]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "without a reason"
    );
    assert_eq!(company.post(&anne, &to("retirer"), &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "not hers");
    let refused = company.post(&anne, &to("refuser"), &[("motif", "trop tôt")]).await;
    assert_eq!(refused.status, StatusCode::SEE_OTHER, "{}", refused.body);
    let row = company.accounts.request(HERE, &client, "d1").await.unwrap().unwrap();
    let ruling = row.ruling.unwrap();
    assert_eq!((ruling.by, ruling.granted, ruling.note.as_str()), (anne.id.clone(), false, "trop tôt"));
    assert_eq!(
        company.post(&anne, &to("accorder"), &[]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "it was decided"
    );
    assert_eq!(waived(&company, &client).await, []);

    assert!(waive(&company, &mina, &invoice, "d4").await.location.ends_with("dit=demande"));
    let back = company.post(&mina, &format!("/e/principale/demandes/{client}/d4/retirer"), &[]).await;
    assert!(back.location.ends_with("dit=retire"), "{}", back.body);
    assert!(open(&company).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_alone_goes_on_and_is_told() {
    let company = Company::new("").await;
    let anne = company.hire("Anne", HERE, "administrateur").await;
    let notices = approvals(&company, &anne, "mise_en_demeure").await;
    assert!(notices.len() >= 2, "the demonstration has formal notices to approve: {notices:?}");
    let page = company.get(&anne, "/e/principale/aujourdhui").await.body;
    assert!(page.contains("votre accord suffit encore") && page.contains("/comptes#inviter"));
    let press = async |who: &Visitor, (invoice, key): &(String, String), id: &str| {
        company
            .post(who, &format!("/e/principale/factures/{invoice}/actes/validation"), &[("id", id), ("cle", key)])
            .await
    };
    let alone = press(&anne, &notices[0], "v1").await;
    assert!(alone.location.ends_with("dit=accord"), "{} {}", alone.status, alone.body);

    // Somebody who is invited and has never come in is nobody yet; from then on it takes two.
    assert!(company.accounts.create("B", "bruno@exemple.fr", "Bruno", chrono::Utc::now()).await.unwrap());
    company.accounts.set_role(HERE, "B", Some("valideur")).await.unwrap();
    let page = company.get(&anne, "/e/principale/aujourdhui").await.body;
    assert!(page.contains("votre accord suffit encore"));
    company.accounts.set_password("B", "$argon2id$b", None).await.unwrap();
    let bruno = company.log_in("B").await;
    let first = press(&anne, &notices[1], "v2").await;
    assert!(first.location.ends_with("dit=demande"), "{} {}", first.status, first.body);
    let second = press(&bruno, &notices[1], "v3").await;
    assert!(second.location.ends_with("dit=accord"), "{} {}", second.status, second.body);

    // What is not delicate takes one.
    let (invoice, _) = &notices[0];
    let fields = [("id", "a1"), ("motif", "vu avec le client")];
    let stopped = company.post(&anne, &format!("/e/principale/factures/{invoice}/actes/arret"), &fields).await;
    assert!(stopped.location.ends_with("dit=note"), "{} {}", stopped.status, stopped.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_say_when_it_takes_two() {
    let always = Company::new("quatre_yeux = \"toujours\"").await;
    let (_, invoice) = always.debt().await;
    let anne = always.hire("Anne", HERE, "administrateur").await;
    assert!(waive(&always, &anne, &invoice, "d1").await.location.ends_with("dit=demande"));
    let alone = waive(&always, &anne, &invoice, "d2").await;
    assert!(alone.body.contains("invite une deuxième personne"), "{}", alone.body);

    let never = Company::new("quatre_yeux = \"jamais\"").await;
    let (client, invoice) = never.debt().await;
    let anne = never.hire("Anne", HERE, "valideur").await;
    never.hire("Bruno", HERE, "valideur").await;
    assert!(waive(&never, &anne, &invoice, "d1").await.location.ends_with("dit=note"));
    assert_eq!(waived(&never, &client).await, [("Anne".to_owned(), "geste commercial".to_owned())]);
}
