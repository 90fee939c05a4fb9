//! Every act of the pages of an invoice and of a client.

use crate::browser::Browser;
use crate::morning::first_account;
use crate::server::{Demo, Server};
use chrono::{Days, Local};

/// A day from now, as fields of days hold it.
fn in_days(days: u64) -> String {
    Local::now().date_naive().checked_add_days(Days::new(days)).unwrap().format("%Y-%m-%d").to_string()
}

/// Opens the form of an act, fills it in and sends it.
async fn act(browser: &Browser, name: &str, fields: &[(&str, &str)]) {
    browser.find(&format!("#{name}")).await;
    let shown = format!("return document.querySelector('#{name}').checkVisibility()");
    if browser.asks(&shown).await != serde_json::json!(true) {
        browser.touch("details.more > summary").await;
    }
    browser.touch(&format!("#{name} > summary")).await;
    for (field, value) in fields {
        let selector = format!("#{name}-{field}");
        if *field == "rattraper" {
            browser.touch(&format!("#{name} input[name=rattraper]")).await;
            continue;
        }
        let kind = browser.asks(&format!("return document.querySelector('{selector}').type")).await;
        match kind.as_str() {
            Some("text" | "textarea") => browser.fill(&selector, value).await,
            _ => browser.set(&selector, value).await,
        }
    }
    browser.press(&format!("#{name} form button")).await;
    browser.reads("C’est noté.").await;
}

#[tokio::test]
async fn every_act_on_an_invoice() {
    let Some(browser) = Browser::open().await else { return };
    let demo = Demo::new();
    let server = Server::start(&demo);
    first_account(&browser, &server).await;
    browser.press("#validations a[data-open]").await;
    let (day, later) = (in_days(5), in_days(20));

    act(&browser, "commentaire", &[("texte", "Le comptable rentre lundi")]).await;
    browser.reads("Le comptable rentre lundi").await;
    act(&browser, "promesse", &[("le", &day), ("montant", "10"), ("motif", "dit la comptable")]).await;
    browser.reads("dit la comptable").await;
    act(&browser, "litige", &[("montant", "15,50"), ("motif", "deux cartons manquent")]).await;
    browser.reads("litige : 15,50").await;
    act(&browser, "litige_clos", &[("motif", "un avoir est promis")]).await;
    browser.reads("un avoir est promis").await;
    act(&browser, "pause", &[("jusqu_a", &day), ("motif", "le temps d’un avoir")]).await;
    browser.reads("le temps d’un avoir").await;
    act(&browser, "reprise", &[("motif", "l’avoir est là")]).await;
    browser.reads("l’avoir est là").await;
    act(&browser, "arret", &[("motif", "on en reparle en janvier")]).await;
    browser.reads("relances arrêtées").await;
    act(&browser, "reprise", &[("rattraper", "oui")]).await;
    act(&browser, "paiement_annonce", &[("motif", "virement parti hier")]).await;
    browser.reads("virement parti hier").await;
    act(&browser, "reponse", &[("motif", "demande une copie de la facture")]).await;
    browser.reads("demande une copie de la facture").await;
    act(&browser, "tache", &[("texte", "Envoyer la copie"), ("pour", "comptabilité")]).await;
    browser.reads("Envoyer la copie").await;
    act(&browser, "echeance", &[("au", &later), ("motif", "accord du directeur")]).await;
    browser.reads("accord du directeur").await;
    act(&browser, "renonciation", &[("motif", "geste commercial")]).await;
    browser.reads("geste commercial").await;
    act(&browser, "saut", &[("motif", "à reprendre au début")]).await;
    browser.reads("à reprendre au début").await;
    act(&browser, "transmission", &[("a", "Maître Durand"), ("motif", "plus de réponse")]).await;
    browser.reads("Maître Durand").await;
    browser.is_for_everybody().await;
    let journal = demo.prints(&["journal", "--format", "jsonl"]);
    let mine = journal.lines().filter(|line| line.contains("\"par\":\"Claire Durand\"")).count();
    assert!(mine >= 14, "{mine} lines are signed");
    browser.close().await;
}

#[tokio::test]
async fn a_payment_plan_and_every_act_on_a_client() {
    let Some(browser) = Browser::open().await else { return };
    let demo = Demo::new();
    let server = Server::start(&demo);
    first_account(&browser, &server).await;
    browser.press("#appels article.call a[data-open]").await;
    let client = browser.address().await;
    browser.is_for_everybody().await;

    act(&browser, "commentaire", &[("texte", "Passer par l’accueil")]).await;
    browser.reads("Passer par l’accueil").await;
    act(&browser, "segment", &[("segment", "mauvais_payeur"), ("motif", "troisième retard")]).await;
    browser.reads("troisième retard").await;
    act(&browser, "pause", &[("jusqu_a", &in_days(4)), ("motif", "congés")]).await;
    browser.reads("congés").await;
    act(&browser, "reprise", &[("motif", "de retour")]).await;
    act(&browser, "arret", &[("motif", "la direction s’en charge")]).await;
    browser.reads("la direction s’en charge").await;
    act(&browser, "reprise", &[]).await;
    act(&browser, "promesse", &[("le", &in_days(6))]).await;
    act(&browser, "paiement_annonce", &[("motif", "virement annoncé")]).await;
    act(&browser, "reponse", &[("motif", "rappelle demain")]).await;
    act(&browser, "tache", &[("texte", "Relire le contrat")]).await;

    // A payment plan over what is left of an invoice: what it does not cover is refused with a reason.
    browser.press("section.box.flush tbody a.cell").await;
    let invoice = browser.address().await;
    let left = browser.find("dd.sum").await.text().await.unwrap();
    browser.touch("#echeancier > summary").await;
    browser.set("#echeancier-le-1", &in_days(10)).await;
    browser.fill("#echeancier-montant-1", "1").await;
    browser.press("#echeancier form button").await;
    browser.reads("Ce n’est pas possible").await;
    browser.go(&invoice).await;
    act(&browser, "echeancier", &[("le-1", &in_days(10)), ("montant-1", left.trim_end_matches(" €").trim())]).await;
    browser.reads("échéancier").await;

    browser.go(&client).await;
    act(&browser, "procedure_collective", &[("jugement", &in_days(0)), ("motif", "vu au BODACC")]).await;
    act(&browser, "procedure_close", &[("motif", "homonyme")]).await;
    browser.close().await;
}
