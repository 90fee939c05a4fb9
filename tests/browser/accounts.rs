//! Accounts, one's own account with a second factor, keys, the audit, and what takes two people.

use crate::browser::Browser;
use crate::server::{Demo, Server};
use relance_server::auth::totp;

const PASSWORD: &str = "correct cheval pile agrafe";
const OTHER: &str = "vélo neige lampe sept";

/// Somebody chooses a password by a link, and is let in.
async fn by_link(browser: &Browser, link: &str, password: &str) {
    browser.go(link).await;
    browser.fill("#mot-de-passe", password).await;
    browser.fill("#encore", password).await;
    browser.press("button.primary").await;
    browser.reads("Aujourd’hui").await;
}

/// Somebody logs out, by the menu of their account.
async fn log_out(browser: &Browser) {
    browser.touch("summary[aria-label$='votre compte']").await;
    browser.press("form[action='/deconnexion'] button").await;
    browser.find("#email").await;
}

async fn log_in(browser: &Browser, login: &str, password: &str) {
    browser.fill("#email", login).await;
    browser.fill("#mot-de-passe", password).await;
    browser.press("button.primary").await;
}

/// The bytes of a secret that was typed: RFC 4648, section 6.
fn secret(typed: &str) -> Vec<u8> {
    let letters = typed.chars().filter(|c| !c.is_whitespace());
    let values = letters.map(|c| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).unwrap());
    let bits: Vec<bool> = values.flat_map(|value| (0..5).rev().map(move |bit| value >> bit & 1 == 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | u8::from(*bit))).collect()
}

/// The code that a telephone shows; one that was not used yet.
async fn code(secret: &[u8], last: &mut i64) -> String {
    loop {
        let step = totp::step(chrono::Utc::now());
        if step > *last {
            *last = step;
            return totp::code_at(secret, step);
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
}

#[tokio::test]
async fn accounts_are_looked_after() {
    let Some(browser) = Browser::open().await else { return };
    let demo = Demo::new();
    let server = Server::start(&demo);
    let at = |path: &str| format!("{}/e/principale/{path}", server.address);
    browser.go(server.first.as_deref().unwrap()).await;
    browser.fill("#nom", "Claire Durand").await;
    browser.fill("#email", "claire@exemple.fr").await;
    browser.fill("#mot-de-passe", PASSWORD).await;
    browser.fill("#encore", PASSWORD).await;
    browser.press("button.primary").await;

    // Alone, she decides alone, and is told how that changes.
    browser.reads("votre accord suffit encore").await;
    browser.press("#seul a").await;
    browser.is_for_everybody().await;

    // She invites somebody; the link is shown once.
    browser.fill("#inviter-nom", "Bruno Petit").await;
    browser.fill("#inviter-email", "bruno@exemple.fr").await;
    browser.touch("#inviter-role option[value=valideur]").await;
    browser.press("#inviter button.primary").await;
    browser.reads("il n’est montré qu’ici").await;
    browser.is_for_everybody().await;
    let link = browser.find("#lien-texte").await.text().await.unwrap();
    assert!(link.starts_with(&server.address), "{link}");
    browser.go(&at("comptes")).await;
    browser.reads("invité").await;
    assert_eq!(browser.count("#lien-texte").await, 0);

    // A key, shown once.
    browser.press("nav.tabs a[href$=cles]").await;
    browser.fill("#cle-nom", "Comptabilité").await;
    browser.press("form[action$=cles] button.primary").await;
    browser.reads("elle n’est montrée qu’ici").await;
    browser.is_for_everybody().await;
    browser.go(&at("cles")).await;
    assert_eq!(browser.count("#cle-texte").await, 0);
    browser.asks("document.querySelector('form[action$=retirer]').removeAttribute('data-confirm')").await;
    browser.press("form[action$=retirer] button").await;
    browser.reads("La clé est retirée").await;

    // Her second factor: a secret, a code of the telephone, recovery codes once.
    browser.touch("summary[aria-label$='votre compte']").await;
    browser.press(".menu a[href$='/compte']").await;
    browser.is_for_everybody().await;
    browser.fill("#second-actuel", PASSWORD).await;
    browser.press("form[action$=second-facteur] button.primary").await;
    assert_eq!(browser.count(".code-picture svg").await, 1);
    browser.is_for_everybody().await;
    let secret = secret(&browser.find("#cle-totp").await.text().await.unwrap());
    let mut last = 0;
    browser.fill("#code", &code(&secret, &mut last).await).await;
    browser.press("form[action$=confirmer] button.primary").await;
    browser.reads("Notez ces codes de secours").await;
    browser.is_for_everybody().await;
    let codes = browser.find("#codes-texte").await.text().await.unwrap();
    assert_eq!(codes.lines().count(), 10, "{codes}");
    browser.press("form[action$=apparence] button[value=sombre]").await;
    browser.reads("L’apparence est changée").await;
    assert_eq!(browser.asks("return document.documentElement.dataset.theme").await, "sombre");
    browser.press("form[action$=apparence] button[value=auto]").await;

    // Out, and in again: the password, then a code; a wrong one is refused, a recovery code helps.
    log_out(&browser).await;
    log_in(&browser, "claire@exemple.fr", PASSWORD).await;
    browser.reads("Code de vérification").await;
    browser.is_for_everybody().await;
    browser.fill("#code", "000000").await;
    browser.press("button.primary").await;
    browser.reads("Ce code ne convient pas").await;
    browser.fill("#code", &code(&secret, &mut last).await).await;
    browser.press("button.primary").await;
    browser.reads("Aujourd’hui").await;
    log_out(&browser).await;
    log_in(&browser, "claire@exemple.fr", PASSWORD).await;
    browser.fill("#code", codes.lines().next().unwrap()).await;
    browser.press("button.primary").await;
    browser.reads("Aujourd’hui").await;
    browser.go(&at("compte")).await;
    browser.reads("Il reste 9 codes de secours").await;

    // Bruno comes by his link. A formal notice that he approves now takes Claire besides.
    log_out(&browser).await;
    by_link(&browser, &link, OTHER).await;
    assert_eq!(browser.count("nav.ways a[href$=comptes]").await, 0, "a valideur looks after no accounts");
    let script = "const row = [...document.querySelectorAll('#validations li')].find(row => row.textContent.includes('mise en demeure')); \
                  row.querySelector('form[action$=validation] button').id = 'mise-en-demeure'";
    browser.asks(script).await;
    browser.press("#mise-en-demeure").await;
    browser.reads("une autre personne doit l’accorder").await;
    browser.reads("En attente d’une deuxième personne").await;
    browser.reads("Peuvent l’accorder : Claire Durand").await;
    browser.is_for_everybody().await;
    browser.press("#demandes a[data-open]").await;
    let invoice = browser.address().await;
    browser.reads("demandé par vous").await;

    // His password, changed by himself.
    browser.go(&at("compte")).await;
    browser.fill("#mdp-actuel", PASSWORD).await;
    browser.fill("#mdp-nouveau", "autre cheval vert mousse").await;
    browser.fill("#mdp-encore", "autre cheval vert mousse").await;
    browser.press("form[action$=mot-de-passe] button").await;
    browser.reads("Ce n’est pas votre mot de passe actuel").await;
    browser.fill("#mdp-actuel", OTHER).await;
    browser.fill("#mdp-nouveau", "autre cheval vert mousse").await;
    browser.fill("#mdp-encore", "autre cheval vert mousse").await;
    browser.press("form[action$=mot-de-passe] button").await;
    browser.reads("Le mot de passe est changé").await;

    // Claire grants it: both have signed.
    log_out(&browser).await;
    log_in(&browser, "claire@exemple.fr", PASSWORD).await;
    browser.fill("#code", codes.lines().nth(1).unwrap()).await;
    browser.press("button.primary").await;
    browser.reads("demandé par Bruno Petit").await;
    browser.press("#demandes form[action$=accorder] button").await;
    browser.reads("L’accord est noté.").await;
    assert_eq!(browser.count("#demandes").await, 0);
    browser.go(&invoice).await;
    browser.reads("Bruno Petit et Claire Durand").await;

    // She looks after his account: role, sessions, a new link, suspension with a reason.
    browser.go(&at("comptes")).await;
    browser.press("tbody a[href*='/comptes/']").await;
    browser.is_for_everybody().await;
    browser.touch("#role option[value=gestionnaire]").await;
    browser.press("form[action$=role] button").await;
    browser.reads("Le rôle est changé").await;
    browser.press("form[action$=lien] button").await;
    browser.reads("vingt-quatre heures").await;
    let person = browser.address().await.trim_end_matches("/lien").to_owned();
    browser.go(&person).await;
    browser.asks("document.querySelector('form[action$=suspendre]').closest('details').open = true").await;
    browser.fill("#suspendre-motif", "a quitté la société").await;
    browser.press("form[action$=suspendre] button").await;
    browser.reads("Le compte est suspendu").await;
    browser.press("form[action$=reactiver] button").await;
    browser.reads("Le compte est réactivé").await;

    // All of that is in the audit, and can be taken along.
    browser.press("nav.ways a[href$=audit]").await;
    browser.is_for_everybody().await;
    for words in ["Bruno Petit", "demande accordée", "compte suspendu", "fait : a quitté la société", "connexion"] {
        browser.reads(words).await;
    }
    browser.go(&at("audit?geste=compte%20suspendu")).await;
    browser.reads("a quitté la société").await;
    assert_eq!(browser.count("#liste tbody tr").await, 1);
    let csv = "const done = arguments[0]; fetch(document.querySelector('a[href*=\"audit.csv\"]').href).then(answer => answer.text()).then(done)";
    let csv = browser.page.execute_async(csv, Vec::new()).await.unwrap();
    assert!(csv.as_str().unwrap().contains(";compte suspendu;bruno@exemple.fr;"), "{csv}");
    browser.close().await;
}
