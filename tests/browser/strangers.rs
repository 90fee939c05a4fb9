//! Nothing of another client is reached by any change of a link, of an address or of a form, and every one of them is answered alike.

use crate::debtors::{Beside, Debtor};
use crate::http::{Answer, get, post, raw, upload};
use crate::server::{Demo, Server};
use chrono::Utc;
use relance_core::event::Event;
use relance_engine::store::{Document, DocumentKind, INVOICE_NAME, invoice_key};

const PDF: &[u8] = b"%PDF-1.4\nla facture de quelqu'un";

/// What may differ between two answers of one page: nothing but the day.
fn without_date(answer: &Answer) -> (u16, String, String) {
    let head: Vec<&str> = answer.head.lines().filter(|line| !line.starts_with("date:")).collect();
    (answer.status, head.join("\n"), answer.body.clone())
}

async fn keep_invoice(beside: &Beside, debtor: &Debtor) {
    let document = Document {
        client: debtor.client.clone(),
        key: invoice_key(&debtor.due[0]),
        kind: DocumentKind::Invoice,
        name: INVOICE_NAME.to_owned(),
        media_type: "application/pdf".to_owned(),
        at: Utc::now(),
        bytes: PDF.to_vec(),
    };
    beside.store.keep(&[document]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_of_a_link_opens_anything() {
    let demo = Demo::new();
    let server = Server::start(&demo);
    let at = server.address.as_str();
    let beside = Beside::of(&demo).await;
    let debtors = beside.debtors(1).await;
    let (one, other) = (&debtors[0], &debtors[1]);
    keep_invoice(&beside, one).await;
    keep_invoice(&beside, other).await;
    let before = beside.store.journal(Some(&other.client), None, None, None).await.unwrap().len();
    let (token, id) = beside.link("principale", &one.client, &one.contact, 90).await;
    let link = format!("/espace/{}", token.text());

    let page = get(at, &link);
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains(&one.due[0]) && !page.body.contains(&other.due[0]));
    for header in
        ["referrer-policy: no-referrer", "cache-control: no-store", "x-robots-tag: noindex", "frame-ancestors 'none'"]
    {
        assert!(page.head.contains(header), "{header}\n{}", page.head);
    }
    assert!(!page.head.contains("set-cookie") && !page.body.contains("style=") && !page.body.contains("<style"));
    let own = get(at, &format!("{link}/factures/{}/facture.pdf", one.due[0]));
    assert!(own.status == 200 && own.body.starts_with("%PDF"), "{}", own.head);
    let statement = get(at, &format!("{link}/decompte.pdf"));
    assert!(statement.status == 200 && statement.body.starts_with("%PDF"), "{}", statement.head);

    let gone = get(at, "/espace/rien");
    assert_eq!(gone.status, 404);
    assert!(gone.body.contains("Ce lien n’ouvre rien") && !gone.body.contains("principale"));
    let gone = without_date(&gone);
    let closed = |what: &str, answer: &Answer| assert_eq!(without_date(answer), gone, "{what}");

    // Each letter of the link, changed.
    let text = token.text();
    for at_letter in 0..text.len() {
        let mut changed: Vec<u8> = text.bytes().collect();
        changed[at_letter] = if changed[at_letter] == b'A' { b'E' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        closed(&changed, &get(at, &format!("/espace/{changed}")));
    }
    // Expired, revoked, of another creditor, of somebody who is not there any more, of nobody.
    let (expired, _) = beside.link("principale", &one.client, &one.contact, -1).await;
    let (foreign, _) = beside.link("autre", &one.client, &one.contact, 90).await;
    let (left, _) = beside.link("principale", &one.client, "parti@client.example", 90).await;
    let (nobody, _) = beside.link("principale", "INCONNU", &one.contact, 90).await;
    let (revoked, revoked_id) = beside.link("principale", &one.client, &one.contact, 90).await;
    assert_eq!(get(at, &format!("/espace/{}", revoked.text())).status, 200);
    beside.accounts.revoke_portal_links("principale", &one.client, Some(&revoked_id), Utc::now()).await.unwrap();
    for (what, token) in
        [("expired", expired), ("foreign", foreign), ("left", left), ("nobody", nobody), ("revoked", revoked)]
    {
        closed(what, &get(at, &format!("/espace/{}", token.text())));
        let form = format!("id=x&facture={}&le={}&moyen=virement", one.due[0], Utc::now().date_naive());
        closed(what, &post(at, &format!("/espace/{}/annonce", token.text()), &form));
        closed(what, &get(at, &format!("/espace/{}/decompte.pdf", token.text())));
    }
    // What is beside, below and above; what is another's.
    let theirs = &other.due[0];
    for path in [
        String::from("/espace"),
        String::from("/espace/"),
        format!("/espace/{id}"),
        format!("/espace/{}", text.to_lowercase()),
        format!("{link}/"),
        format!("{link}%00"),
        format!("{link}%FF"),
        format!("{link}/factures/{theirs}/facture.pdf"),
        format!("{link}/factures/..%2F..%2Frelance.toml/facture.pdf"),
        format!("{link}/factures/%2e%2e/facture.pdf"),
        format!("{link}/factures/{}/relance.toml", one.due[0]),
        format!("{link}/documents/message/x/y"),
        format!("{link}/annonce"),
        format!("/espace/{}/{}", "A".repeat(43), one.due[0]),
        format!("/espace/{}", "A".repeat(5_000)),
    ] {
        closed(&path, &get(at, &path));
    }
    closed(
        "method",
        &raw(at, format!("DELETE {link} HTTP/1.1\r\nHost: essai\r\nConnection: close\r\n\r\n").as_bytes()),
    );
    closed("post", &post(at, &link, "id=x"));
    // Another client's invoice in a form.
    let today = Utc::now().date_naive();
    closed("annonce", &post(at, &format!("{link}/annonce"), &format!("id=x&facture={theirs}&le={today}")));
    closed("promesse", &post(at, &format!("{link}/promesse"), &format!("id=x&facture={theirs}&le={today}")));
    let fields = [("id", "x"), ("facture", theirs.as_str()), ("code", "prix"), ("detail", "trop cher")];
    closed("litige", &upload(at, &format!("{link}/litige"), &fields, ("a.pdf", PDF)));
    closed("inconnue", &post(at, &format!("{link}/annonce"), &format!("id=x&facture=F-INCONNUE&le={today}")));
    // Nothing came in of all that.
    assert_eq!(beside.store.journal(Some(&other.client), None, None, None).await.unwrap().len(), before);
    let kept = beside.store.documents(&other.client).await.unwrap();
    assert!(!kept.iter().any(|one| one.kind == DocumentKind::Piece));
    // A link dies with the address of its contact, not with the visit before.
    assert_eq!(get(at, &link).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_debtor_says_has_limits_and_counts_once() {
    let demo = Demo::new();
    let server = Server::start(&demo);
    let at = server.address.as_str();
    let beside = Beside::of(&demo).await;
    let debtor = beside.debtors(2).await.swap_remove(0);
    let (token, _) = beside.link("principale", &debtor.client, &debtor.contact, 90).await;
    let link = format!("/espace/{}", token.text());
    let number = &debtor.due[0];
    let day = |days: i64| Utc::now().date_naive() + chrono::TimeDelta::days(days);
    let events = async || {
        let rows = beside.store.journal(Some(&debtor.client), None, None, None).await.unwrap();
        let promised = rows.iter().filter(|row| matches!(row.entry.event, Event::Promised { .. })).count();
        let disputed = rows.iter().filter(|row| matches!(row.entry.event, Event::DisputeOpened { .. })).count();
        (promised, disputed)
    };
    let before = events().await;

    // What is refused says why, keeps what was typed, and leaves nothing.
    for (path, form, words) in [
        ("promesse", format!("facture={number}&le={}", day(60)), "La date se donne entre aujourd’hui et le"),
        ("promesse", format!("facture={number}&le={}", day(-2)), "La date se donne entre aujourd’hui et le"),
        ("promesse", format!("facture={number}&le=bientot"), "Il manque le jour où vous paierez"),
        ("promesse", format!("facture={number}&le={}&montant=beaucoup", day(5)), "« beaucoup » n’est pas un montant"),
        ("promesse", format!("facture={number}&le={}&montant=99999999", day(5)), "dépasse ce qui reste dû"),
        ("annonce", format!("facture={number}&le={}", day(3)), "et pas d’avance"),
        ("annonce", format!("facture={number}&le={}", day(-40)), "Un paiement s’annonce au plus tard"),
        ("echeancier", format!("nombre=48&premiere={}", day(5)), "Il manque en combien de fois"),
        ("echeancier", format!("nombre=3&premiere={}", day(300)), "La première échéance est entre"),
        ("echeancier", format!("nombre=3&premiere={}&motif={}", day(3), "a".repeat(201)), "Ce texte a plus de"),
        ("annonce", "%FF%FE=%80".to_owned(), "Il manque le jour du paiement"),
    ] {
        let answer = post(at, &format!("{link}/{path}"), &form);
        assert!(answer.status == 422 && answer.body.contains(words), "{form}: {} {}", answer.status, answer.body);
    }
    let fields = [("facture", number.as_str()), ("code", "prix"), ("detail", "La remise <b>manque</b>")];
    for (name, bytes, words) in [
        ("page.pdf", b"<html><script>alert(1)</script>".to_vec(), "ni un PDF, ni une image"),
        ("lourd.pdf", [PDF, &vec![0; 10 * 1024 * 1024]].concat(), "dépasse 10 Mo"),
    ] {
        let answer = upload(at, &format!("{link}/litige"), &fields, (name, &bytes));
        assert!(answer.status == 422 && answer.body.contains(words), "{name}: {} {}", answer.status, answer.body);
        assert!(
            answer.body.contains("La remise &#60;b&#62;manque") || answer.body.contains("La remise &lt;b&gt;manque")
        );
    }
    assert_eq!(events().await, before);

    // Twice the same form is once the same thing, also at the same moment.
    let form = format!("id=un&facture={number}&le={}&montant=10,00", day(5));
    let path = format!("{link}/promesse");
    std::thread::scope(|scope| {
        let sent: Vec<_> = (0..4).map(|_| scope.spawn(|| post(at, &path, &form))).collect();
        for answer in sent {
            let answer = answer.join().unwrap();
            assert!(answer.status == 303 && answer.head.contains("?dit=promesse"), "{} {}", answer.status, answer.body);
        }
    });
    assert_eq!(post(at, &path, &form).status, 303);
    wait(async || events().await == (before.0 + 1, before.1)).await;
    // Another promise is not a way to wait for ever.
    let again = post(at, &path, &format!("id=deux&facture={number}&le={}", day(20)));
    assert!(again.status == 422 && again.body.contains("Une date est déjà notée"), "{}", again.body);

    // A dispute with its paper: kept as it was sent, for staff.
    let second = &debtor.due[1];
    let fields =
        [("id", "trois"), ("facture", second.as_str()), ("code", "quantité"), ("detail", "Deux cartons manquent")];
    let sent = upload(at, &format!("{link}/litige"), &fields, ("../../bon de livraison.exe", PDF));
    assert_eq!(sent.status, 303, "{}", sent.body);
    wait(async || events().await == (before.0 + 1, before.1 + 1)).await;
    let kept = beside.store.documents(&debtor.client).await.unwrap();
    let piece = kept.iter().find(|one| one.kind == DocumentKind::Piece).unwrap();
    assert_eq!((piece.name.as_str(), piece.media_type.as_str()), ("bon de livraison.pdf", "application/pdf"));
    let bytes = beside.store.document(&debtor.client, &piece.key, DocumentKind::Piece, &piece.name).await.unwrap();
    assert_eq!(bytes.as_deref(), Some(PDF));
    let tasks = beside.file(&debtor.client).await.tasks;
    assert!(tasks.iter().any(|task| task.text.contains("Deux cartons manquent")), "{tasks:?}");
    let journal = demo.prints(&["journal", "--format", "jsonl", "--client", &debtor.client]);
    assert!(journal.contains("\"par\":\"le client, par son espace\""), "{journal}");

    // A plan is asked for, not agreed; asking again and again keeps nothing away.
    let agreed = async || {
        let file = beside.file(&debtor.client).await;
        file.invoices.into_iter().map(|(number, file)| (number, file.instalments.len())).collect::<Vec<_>>()
    };
    let agreed_before = agreed().await;
    let asked = format!("nombre=3&premiere={}&motif=Tr%C3%A9sorerie+tendue", day(5));
    let path_of_plan = format!("{link}/echeancier");
    assert_eq!(post(at, &path_of_plan, &format!("id=quatre&{asked}")).status, 303);
    wait(async || {
        let tasks = beside.file(&debtor.client).await.tasks;
        tasks.iter().any(|task| task.text.contains("demande un échéancier") && task.text.contains("Trésorerie tendue"))
    })
    .await;
    let again = post(at, &path_of_plan, &format!("id=cinq&{asked}"));
    assert!(again.status == 422 && again.body.contains("déjà transmise"), "{}", again.body);
    assert_eq!(agreed().await, agreed_before, "nobody has agreed to anything");

    // Whoever asks without end waits.
    let refused =
        (0..60).map(|n| post(at, &path, &format!("id=x{n}&facture={number}&le=non"))).find(|one| one.status == 429);
    assert!(refused.is_some_and(|one| one.body.contains("Recommencez dans un quart d’heure")));
    assert_eq!(get(at, &link).status, 200, "the page itself stays");
}

async fn wait(there: impl AsyncFn() -> bool) {
    for _ in 0..200 {
        if there().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("it never came");
}
