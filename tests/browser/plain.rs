//! A morning without scripts: every page but the editor does what it does by links and forms alone.

use crate::browser::Browser;
use crate::morning::first_account;
use crate::server::{Demo, Server};

#[tokio::test]
async fn a_morning_without_scripts() {
    let Some(browser) = Browser::without_scripts().await else { return };
    let demo = Demo::new();
    let server = Server::start(&demo);
    first_account(&browser, &server).await;
    let home = format!("{}/e/principale", server.address);
    assert_eq!(browser.count(".needs-script").await, browser.hidden(".needs-script").await, "what needs scripts shows");

    // A call, a promise on the telephone, an approval.
    browser.press("article.call button[value=sans_reponse]").await;
    browser.reads("L’appel est noté.").await;
    browser.touch("article.call summary[data-key=p]").await;
    browser.press("article.call details[open] button[value=promesse]").await;
    browser.reads("L’appel est noté.").await;
    browser.press("#validations form[action$=validation] button").await;
    browser.reads("L’accord est noté.").await;

    // What left, and a message as it left.
    browser.press("#partis a[href$=partis]").await;
    browser.reads("Ce qui est parti").await;
    // Whatever left today, the demonstration sent something on the business day before.
    browser.press(".page-head a[rel=prev]").await;
    browser.press("tbody a[href*=message]").await;
    browser.reads("Le message tel qu’il est parti").await;

    // Lists: filtered by a form, turned by a link.
    browser.go(&format!("{home}/factures")).await;
    browser.press("nav.pager a[rel=next]").await;
    browser.go(&format!("{home}/factures")).await;
    browser.fill("#texte", "F2026").await;
    browser.press("form.filters button").await;
    browser.press("tbody a.cell").await;
    browser.touch("#litige summary").await;
    browser.fill("#litige-motif", "Prix faux").await;
    browser.press("#litige button.primary").await;
    browser.reads("Prix faux").await;

    // Search, templates, an import.
    browser.fill("#recherche", "EURL").await;
    browser.submit("form.search").await;
    browser.reads("EURL").await;
    browser.go(&format!("{home}/modeles")).await;
    browser.press("form.filters button").await;
    let file = demo.project().join("rien.csv");
    std::fs::write(&file, "date;client;facture;montant\n").unwrap();
    browser.go(&format!("{home}/imports")).await;
    browser.find("#fichiers").await.send_keys(file.to_str().unwrap()).await.unwrap();
    browser.press("main form button").await;
    browser.reads("rien.csv").await;

    // The plan comes by itself, as the page asks again.
    browser.go(&format!("{home}/scenarios/plan")).await;
    browser.reads("Rien à publier").await;
    browser.close().await;
}
