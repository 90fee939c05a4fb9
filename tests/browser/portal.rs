//! A debtor on its page, in a real browser, with and without scripts; and what the creditor's people see of it.

use crate::browser::Browser;
use crate::debtors::Beside;
use crate::morning::first_account;
use crate::server::{Demo, Server};
use chrono::{TimeDelta, Utc};

fn day(days: i64) -> String {
    (Utc::now().date_naive() + TimeDelta::days(days)).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debtor_says_everything_and_people_see_it() {
    let Some(browser) = Browser::open().await else { return };
    let demo = Demo::new();
    let server = Server::start(&demo);
    let beside = Beside::of(&demo).await;
    let debtor = beside.debtors(3).await.swap_remove(0);
    first_account(&browser, &server).await;

    // Somebody of the creditor gives a link; it is shown once.
    let client = format!("{}/e/principale/clients/{}", server.address, debtor.client);
    browser.go(&client).await;
    browser.press("form[action$='/espace'] button").await;
    browser.is_for_everybody().await;
    let link = browser.find("#lien").await.prop("value").await.unwrap().unwrap();
    assert!(link.starts_with(&format!("{}/espace/", server.address)), "{link}");
    browser.go(&client).await;
    browser.reads("jamais ouvert").await;
    assert!(!browser.page.source().await.unwrap().contains(&link));

    browser.go(&link).await;
    browser.reads(&debtor.name).await;
    browser.reads(&debtor.due[0]).await;
    browser.reads("IBAN").await;
    assert_eq!(browser.count("[role=img] svg").await, 1);
    browser.is_for_everybody().await;

    browser.page.set_window_size(1280, 3_000).await.unwrap();
    browser.touch("#promesse summary").await;
    browser.touch(&format!("#promesse-facture option[value='{}']", debtor.due[0])).await;
    browser.set("#promesse-le", &day(10)).await;
    browser.press("#promesse button.primary").await;
    browser.reads("Merci, la date est notée.").await;
    browser.reads("paiement prévu le").await;

    browser.touch("#annonce summary").await;
    browser.touch(&format!("#annonce-facture option[value='{}']", debtor.due[1])).await;
    browser.press("#annonce button.primary").await;
    browser.reads("nous attendons votre paiement").await;
    browser.reads("paiement annoncé").await;

    browser.touch("#litige summary").await;
    browser.touch(&format!("#litige-facture option[value='{}']", debtor.due[2])).await;
    browser.touch("#litige-code option[value='quantité']").await;
    browser.fill("#litige-detail", "Deux cartons manquent").await;
    let paper = demo.project().join("bon.pdf");
    std::fs::write(&paper, b"%PDF-1.4\nbon de livraison").unwrap();
    browser.find("#litige-piece").await.send_keys(paper.to_str().unwrap()).await.unwrap();
    browser.press("#litige button.primary").await;
    browser.reads("Votre contestation est transmise").await;
    browser.reads("contestée").await;

    browser.touch("#echeancier summary").await;
    browser.touch("#echeancier-nombre option:nth-child(2)").await;
    browser.set("#echeancier-premiere", &day(7)).await;
    browser.fill("#echeancier-motif", "Trésorerie tendue").await;
    browser.press("#echeancier button.primary").await;
    browser.reads("Votre demande est transmise").await;
    browser.is_for_everybody().await;

    // A second promise for the same invoice is refused where it was asked.
    browser.page.set_window_size(1280, 3_000).await.unwrap();
    browser.touch("#promesse summary").await;
    browser.touch(&format!("#promesse-facture option[value='{}']", debtor.due[0])).await;
    browser.set("#promesse-le", &day(20)).await;
    browser.press("#promesse button.primary").await;
    browser.reads("Une date est déjà notée").await;
    browser.is_for_everybody().await;

    // What people of the creditor see.
    browser.go(&client).await;
    browser.reads("le client, par son espace").await;
    browser.reads("pièce envoyée par le client : bon.pdf").await;
    browser.reads("ouvert le").await;
    // What came from outside is handed out, and never shown by the browser as a page of ours.
    let script = "const asked = new XMLHttpRequest(); asked.open('GET', document.querySelector('a[href*=\"/documents/piece/\"]').href, false); \
                  asked.send(); return asked.getResponseHeader('content-disposition') + ' ' + asked.getResponseHeader('content-type')";
    let told = browser.asks(script).await;
    let told = told.as_str().unwrap();
    assert!(told.starts_with("attachment; ") && told.ends_with(" application/octet-stream"), "{told}");
    browser.is_for_everybody().await;
    browser.go(&format!("{}/e/principale/aujourdhui", server.address)).await;
    browser.reads("demande un échéancier").await;
    browser.reads("Deux cartons manquent").await;

    // Taken back, it opens nothing, at once.
    browser.go(&client).await;
    browser.asks("document.querySelector('form[action$=revoquer]').removeAttribute('data-confirm')").await;
    browser.press("form[action$=revoquer] button").await;
    browser.reads("Le lien est révoqué").await;
    browser.reads("révoqué le").await;
    browser.go(&link).await;
    browser.reads("Ce lien n’ouvre rien").await;
    browser.is_for_everybody().await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_a_debtor_says_the_same() {
    let Some(browser) = Browser::without_scripts().await else { return };
    let demo = Demo::new();
    let server = Server::start(&demo);
    let beside = Beside::of(&demo).await;
    let debtor = beside.debtors(2).await.swap_remove(0);
    let (token, _) = beside.link("principale", &debtor.client, &debtor.contact, 90).await;
    browser.page.set_window_size(390, 3_000).await.unwrap();
    browser.go(&format!("{}/espace/{}", server.address, token.text())).await;
    browser.reads(&debtor.due[0]).await;
    assert!(!browser.find("[data-copy-from=iban]").await.is_displayed().await.unwrap(), "scripts are on");
    browser.touch("#annonce summary").await;
    browser.touch(&format!("#annonce-facture option[value='{}']", debtor.due[0])).await;
    browser.touch("#annonce button.primary").await;
    browser.reads("nous attendons votre paiement").await;
    browser.touch("#litige summary").await;
    browser.touch(&format!("#litige-facture option[value='{}']", debtor.due[1])).await;
    browser.touch("#litige-code option[value='prix']").await;
    browser.fill("#litige-detail", "La remise manque").await;
    browser.touch("#litige button.primary").await;
    browser.reads("Votre contestation est transmise").await;
    browser.close().await;
}
