//! The dashboard: every figure leads to the list of which it is the sum.

use crate::browser::Browser;
use crate::morning::first_account;
use crate::server::{Demo, Server};

#[tokio::test]
async fn every_figure_is_the_sum_of_the_list_behind_it() {
    let Some(browser) = Browser::open().await else { return };
    let demo = Demo::new();
    let server = Server::start(&demo);
    first_account(&browser, &server).await;
    let board = format!("{}/e/principale/tableau-de-bord", server.address);
    browser.go(&board).await;
    browser.reads("Balance âgée par segment").await;
    browser.is_for_everybody().await;
    // Address and amount of each link to a list, but for DSO, which is no sum.
    let script = "return [...document.querySelectorAll('.figures a, table.rows td.amount a, table.rows.plain tbody tr')].map(one => { \
                  const link = one.matches('a') ? one : one.querySelector('a'); \
                  const shown = one.querySelector('.value') || (one.matches('tr') ? one.querySelector('td:last-child') : one); \
                  return [link.href, shown.textContent.trim()]; }).filter(one => one[1].includes('€'))";
    let found = browser.asks(script).await;
    let links: Vec<(String, String)> = serde_json::from_value(found).unwrap();
    assert!(links.len() > 30, "{links:?}");
    let mut lists = 0;
    for (address, amount) in links {
        if amount == "0,00 €" {
            continue;
        }
        browser.go(&address).await;
        let lead = browser.asks("return document.querySelector('p.lead').textContent").await;
        assert!(lead.as_str().unwrap().contains(&amount), "{address} : {lead} instead of {amount}");
        lists += 1;
    }
    assert!(lists > 20, "{lists}");
    // A list turned forwards and back, whatever was filtered.
    browser.go(&format!("{}/e/principale/factures?etat=echues", server.address)).await;
    browser.is_for_everybody().await;
    let first = browser.asks("return document.querySelector('tbody a').textContent").await;
    browser.press("nav.pager a[rel=next]").await;
    browser.press("nav.pager a[rel=prev]").await;
    assert_eq!(browser.asks("return document.querySelector('tbody a').textContent").await, first);
    browser.go(&format!("{}/e/principale/recherche?q=a", server.address)).await;
    browser.reads("Clients").await;
    browser.is_for_everybody().await;
    browser.go(&format!("{}/e/principale/clients?tri=nom", server.address)).await;
    browser.is_for_everybody().await;
    browser.close().await;
}
