//! A morning at work, as somebody lives it who has read nothing: from the first link to a scenario that is published.

use crate::browser::Browser;
use crate::server::{Demo, Server};

const PASSWORD: &str = "correct cheval pile agrafe";

/// The first administrator, made by the link that the server prints.
pub async fn first_account(browser: &Browser, server: &Server) {
    browser.go(server.first.as_deref().unwrap()).await;
    browser.is_for_everybody().await;
    browser.fill("#nom", "Claire Durand").await;
    browser.fill("#email", "claire.durand@exemple.fr").await;
    browser.fill("#mot-de-passe", PASSWORD).await;
    browser.fill("#encore", PASSWORD).await;
    browser.press("button.primary").await;
    browser.reads("Aujourd’hui").await;
}

#[tokio::test]
async fn a_morning_without_documentation() {
    let Some(browser) = Browser::open().await else { return };
    let demo = Demo::new();
    let server = Server::start(&demo);
    first_account(&browser, &server).await;
    browser.is_for_everybody().await;

    // Five calls: two by the keyboard alone, one message, a promise, a dispute.
    let waiting = browser.count("article.call").await;
    assert!(waiting >= 5, "{waiting} calls");
    for key in ["a", "s"] {
        browser.key(key).await;
        browser.reads("L’appel est noté.").await;
    }
    browser.press("article.call button[value=message_laisse]").await;
    browser.reads("L’appel est noté.").await;
    browser.touch("article.call summary[data-key=p]").await;
    browser.press("article.call details[open] button[value=promesse]").await;
    browser.reads("L’appel est noté.").await;
    browser.touch("article.call summary[data-key=l]").await;
    browser.touch("article.call details[open] select[name=code] option:nth-child(2)").await;
    browser.press("article.call details[open] button[value=litige]").await;
    browser.reads("L’appel est noté.").await;

    // Three approvals.
    for _ in 0..3 {
        browser.press("#validations form[action$=validation] button").await;
        browser.reads("L’accord est noté.").await;
    }

    // A dispute and a promise on the page of an invoice.
    browser.press("#validations a[data-open]").await;
    let invoice = browser.address().await;
    browser.is_for_everybody().await;
    browser.touch("#litige summary").await;
    browser.fill("#litige-motif", "Deux cartons manquent à la livraison").await;
    browser.press("#litige button.primary").await;
    browser.reads("C’est noté.").await;
    browser.reads("Deux cartons manquent à la livraison").await;
    browser.reads("Claire Durand").await;

    // An import of payments: read first, then taken.
    let number = invoice.rsplit('/').next().unwrap().split('?').next().unwrap();
    let today = chrono::Local::now().format("%d/%m/%Y");
    let file = demo.project().join("reglements_du_jour.csv");
    let rows = format!("date;client;facture;montant\n{today};;{number};10,00\n{today};;F-INCONNUE;5,00\n");
    std::fs::write(&file, rows).unwrap();
    browser.go(&format!("{}/e/principale/imports", server.address)).await;
    browser.is_for_everybody().await;
    browser.find("#fichiers").await.send_keys(file.to_str().unwrap()).await.unwrap();
    browser.press("button.primary").await;
    browser.reads("1 règlement").await;
    browser.reads("F-INCONNUE").await;
    browser.is_for_everybody().await;
    browser.press("form[action$=prendre] button").await;
    browser.reads("C’est importé.").await;
    browser.go(&invoice).await;
    browser.reads("paiement de 10,00").await;

    // A change of a scenario, published after its plan was read.
    browser.go(&format!("{}/e/principale/scenarios", server.address)).await;
    browser.is_for_everybody().await;
    browser.press("a[href$='general.relance']").await;
    browser.is_for_everybody().await;
    let before = std::fs::read_to_string(demo.project().join("scenarios/general.relance")).unwrap();
    // As somebody does who writes: the line, then the figure.
    let script = "const lines = [...document.querySelectorAll('.cm-line')]; const line = lines.find(line => line.textContent.includes('J+3 ')); \
                  const walk = document.createTreeWalker(line, NodeFilter.SHOW_TEXT); let node; \
                  while ((node = walk.nextNode()) && !node.data.includes('+3')) {} const at = node.data.indexOf('+3') + 1; \
                  getSelection().setBaseAndExtent(node, at, node, at + 1); document.querySelector('.cm-content').focus()";
    browser.find(".cm-line").await;
    browser.asks(script).await;
    browser.type_key("4").await;
    browser.press("button[value=plan]").await;
    browser.reads("Publier ce plan").await;
    browser.reads("J+4").await;
    browser.is_for_everybody().await;
    browser.press("button.primary.large").await;
    browser.reads("C’est publié").await;
    browser.reads("Version 2").await;
    let after = std::fs::read_to_string(demo.project().join("scenarios/general.relance")).unwrap();
    assert_eq!(after, before.replacen("J+3 ", "J+4 ", before.matches("J+3 ").count().min(1)));

    // What was done stands in the journal, with who did it.
    let journal = demo.prints(&["journal", "--format", "jsonl"]);
    assert!(journal.contains("\"par\":\"Claire Durand\""), "nobody signed");
    browser.close().await;
}
