//! Where plans are written: the editor with its simulator, and the templates.

use crate::browser::Browser;
use crate::morning::first_account;
use crate::server::{Demo, Server};
use serde_json::json;

/// Puts a text in the place of another in the editor, as somebody who writes does.
async fn write(browser: &Browser, what: &str, instead: &str) {
    browser.find(".cm-line").await;
    let script = format!(
        "const line = [...document.querySelectorAll('.cm-line')].find(line => line.textContent.includes({what})); \
         const walk = document.createTreeWalker(line, NodeFilter.SHOW_TEXT); let node; \
         while ((node = walk.nextNode()) && !node.data.includes({part})) {{}} const at = node.data.indexOf({part}); \
         getSelection().setBaseAndExtent(node, at, node, at + {part}.length); document.querySelector('.cm-content').focus()",
        what = json!(what),
        part = json!(what.rsplit(' ').next().unwrap()),
    );
    browser.asks(&script).await;
    browser.type_key(instead).await;
}

#[tokio::test]
async fn the_simulator_follows_the_text() {
    let Some(browser) = Browser::open().await else { return };
    let demo = Demo::new();
    let server = Server::start(&demo);
    first_account(&browser, &server).await;
    browser.go(&format!("{}/e/principale/scenarios/fichier/scenarios/general.relance", server.address)).await;

    // The whole portfolio, before anything is written.
    browser.touch(".beside button").await;
    browser.reads("300 clients : tout le portefeuille").await;
    browser.reads("Ce texte n’y change rien.").await;

    // One invoice, as the days go by.
    let number = browser.asks("return document.querySelector('#factures-proches option').value").await;
    let number = number.as_str().unwrap().to_owned();
    browser.fill("#facture", &number).await;
    browser.reads(&format!("{number}, jusqu’au")).await;
    let slide = "const range = document.querySelector('#jours'); range.value = 120; \
                 range.dispatchEvent(new Event('input', { bubbles: true }))";
    let before = browser.count("#simulation .timeline li").await;
    browser.asks(slide).await;
    let mut after = before;
    for _ in 0..100 {
        after = browser.count("#simulation .timeline li").await;
        if after > before {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(after > before, "nothing more in 120 days than in 30: {}", browser.text().await);
    browser.is_for_everybody().await;

    // What is written changes it, without anything being sent.
    write(&browser, "à J+3", "J+4").await;
    browser.reads("suit le scénario general").await;
    browser.reads("nouveau").await;

    // What is not right is told, and the simulation waits.
    write(&browser, "à J+4", "J+four").await;
    browser.reads("Le texte n’est pas juste encore").await;
    browser.close().await;
}

#[tokio::test]
async fn templates_are_read_with_a_real_invoice_on_each_way() {
    let Some(browser) = Browser::open().await else { return };
    let demo = Demo::new();
    let server = Server::start(&demo);
    first_account(&browser, &server).await;
    let home = format!("{}/e/principale", server.address);
    browser.go(&format!("{home}/modeles")).await;
    browser.reads("Un exemple").await;
    browser.is_for_everybody().await;
    browser.press("#apercu p.muted a").await;
    let address = browser.address().await;
    let number = address.rsplit_once("facture=").unwrap().1.to_owned();
    assert_eq!(browser.count("#apercu .notice.bad").await, 0, "{}", browser.text().await);
    let page = browser.find("iframe.preview").await.attr("src").await.unwrap().unwrap();
    browser.go(&format!("{}{page}", server.address)).await;
    browser.reads(&number).await;
    for way in ["sms", "courrier", "appel"] {
        browser.go(&format!("{home}/modeles?canal={way}&facture={number}")).await;
        assert_eq!(browser.count("#apercu .notice.bad").await, 0, "{}", browser.text().await);
        browser.is_for_everybody().await;
    }
    browser.go(&format!("{home}/modeles?facture=INCONNUE")).await;
    browser.reads("INCONNUE").await;
    browser.close().await;
}
