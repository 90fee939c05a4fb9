//! A link that a message brings opens one client's page as a link that a person gave does, until it is taken back.

use crate::browser::Browser;
use crate::debtors::{Beside, Debtor};
use crate::http::{Answer, get, post};
use crate::morning::first_account;
use crate::server::{Demo, SECRET, Server};
use chrono::{TimeDelta, Utc};
use relance_core::incoming::Customer;
use relance_engine::portal_link::PortalLinks;

const ZONE: chrono_tz::Tz = chrono_tz::Europe::Paris;
const ADDRESS: &str = "https://relance.exemple.fr";

/// The path of the link in a message about a debtor's first invoice that leaves today.
fn link(demo: &Demo, debtor: &Debtor) -> String {
    let text = demo.prints(&["apercu", "email/courtois", "--facture", &debtor.due[0]]);
    let (_, rest) = text.split_once(ADDRESS).unwrap_or_else(|| panic!("no link in\n{text}"));
    rest.split(|c: char| c.is_whitespace() || c == ')' || c == '>').next().unwrap().to_owned()
}

/// The same in a message of another day, some days from now.
fn on(debtor: &Debtor, days: i64) -> String {
    let day = Utc::now().with_timezone(&ZONE).date_naive() + TimeDelta::days(days);
    let customer = Customer { email: Some(debtor.contact.clone()), ..Customer::default() };
    let links = PortalLinks::signed(ADDRESS, "principale", SECRET);
    let link = links.link((&debtor.client, &customer), &debtor.contact, day).unwrap();
    link.strip_prefix(ADDRESS).unwrap().to_owned()
}

fn is_closed(what: &str, answer: &Answer) {
    assert_eq!(answer.status, 404, "{what}");
    assert!(answer.body.contains("Ce lien n’ouvre rien"), "{what}\n{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_a_message_opens_one_file_until_it_is_taken_back() {
    let Some(browser) = Browser::without_scripts().await else { return };
    let demo = Demo::new();
    let beside = Beside::of(&demo).await;
    let debtors = beside.debtors(1).await;
    let (one, other) = (&debtors[0], &debtors[1]);
    let settings = demo.project().join("relance.toml");
    let before = std::fs::read_to_string(&settings).unwrap();
    let none = demo.prints(&["apercu", "email/courtois", "--facture", &one.due[0]]);
    assert!(!none.contains("/espace/"), "without [espace] a message leads nowhere\n{none}");
    let own = format!("{before}\n[espace]\nadresse = \"{ADDRESS}\"\nliens_env = \"RELANCE_ESPACE\"\n");
    std::fs::write(&settings, own).unwrap();

    let server = Server::start(&demo);
    let at = server.address.as_str();
    let (today, yesterday, theirs) = (link(&demo, one), on(one, -1), link(&demo, other));
    assert!(
        today != yesterday && today == link(&demo, one) && today == on(one, 0),
        "one message has one link, however often it is drawn"
    );
    let page = get(at, &today);
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains(&one.due[0]) && !page.body.contains(&other.due[0]));
    assert!(page.body.contains(&format!("action=\"{today}/annonce\"")), "{}", page.body);
    let form = format!("id=x&facture={}&le={}&moyen=virement", one.due[0], Utc::now().date_naive());
    assert_eq!(post(at, &format!("{today}/annonce"), &form).status, 303);
    assert!(beside.file(&one.client).await.invoices[&one.due[0]].announced.is_some());

    // Changed, too old, of tomorrow, with the mark of another one.
    let (claim, mark) = today.rsplit_once('.').unwrap();
    let (their_claim, _) = theirs.rsplit_once('.').unwrap();
    is_closed("another client", &get(at, &format!("{their_claim}.{mark}")));
    is_closed("no mark", &get(at, claim));
    is_closed("an empty mark", &get(at, &format!("{claim}.")));
    is_closed("a longer claim", &get(at, &format!("{claim}A.{mark}")));
    is_closed("a hundred days old", &get(at, &on(one, -100)));
    is_closed("of a message that has not left", &get(at, &on(one, 2)));

    // People see that it was used; taken back, it is dead, and so are those of earlier messages.
    first_account(&browser, &server).await;
    let client = format!("{at}/e/principale/clients/{}", one.client);
    browser.go(&client).await;
    browser.reads("parti avec un message le").await;
    browser.press("form[action$=revoquer] button").await;
    browser.reads("Le lien est révoqué").await;
    is_closed("taken back", &get(at, &today));
    is_closed("of an earlier message", &get(at, &yesterday));
    assert_eq!(get(at, &theirs).status, 200, "another client's");

    // All at once: one that a person gave, and one that nobody has used yet.
    let unused = on(other, -1);
    let (given, _) = beside.link("principale", &other.client, &other.contact, 90).await;
    let given = format!("/espace/{}", given.text());
    assert_eq!(get(at, &given).status, 200);
    browser.go(&format!("{at}/e/principale/clients/{}", other.client)).await;
    browser.press("form[action$=espace-ferme] button").await;
    browser.reads("Les liens de ce client sont éteints").await;
    for (what, path) in [("given", &given), ("of a message", &theirs), ("never used", &unused)] {
        is_closed(what, &get(at, path));
    }
    browser.close().await;
}
