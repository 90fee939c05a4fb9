//! What a payment provider tells the service: signed, once, and nothing of somebody else's.

use crate::support::Project;
use crate::support::service::{Running, until};
use ring::hmac;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const SECRET: (&str, &str) = ("RELANCE_AVIS", "whsec_un_secret_assez_long");

/// Three invoices long past their due date, of which nothing has been paid; `avis` is another line of `[paiement]`.
fn project(avis: &str) -> Project {
    let project = Project::with("à J+15 : note \"en retard\"\nquand soldée : note \"payée\"\n");
    project.write("donnees/clients.csv", "code;nom;segment;email\nC1;Zoé;regulier;zoe@client.example\n");
    let invoices = "numero;client;date_emission;date_echeance;montant_ttc;devise\nF1;C1;02/02/2026;04/03/2026;120,00;EUR\n\
                    F2;C1;02/02/2026;04/03/2026;80,00;EUR\nF3;C1;02/02/2026;04/03/2026;50,00;CHF\n";
    project.write("donnees/factures.csv", invoices);
    let settings = format!("[paiement]\nsecret_env = \"{}\"\n{avis}", SECRET.0);
    project.replace("relance.toml", "[paiement]\n", &settings);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project.run(&["executer", "--le", "2026-03-19"]).fine();
    project
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The header of a body signed at a moment.
fn signed(body: &str, at: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.1.as_bytes());
    let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("Stripe-Signature: t={at},v1={hex}")
}

fn event(kind: &str, object: Value) -> Value {
    json!({ "id": "evt_1", "object": "event", "type": kind, "created": seconds(), "data": { "object": object } })
}

fn session(payment: &str, invoice: &str, cents: i64, status: &str) -> Value {
    json!({ "id": "cs_1", "payment_intent": payment, "client_reference_id": invoice, "amount_total": cents, "currency": "eur",
        "payment_status": status, "metadata": {} })
}

fn intent(payment: &str, invoice: &str, cents: i64) -> Value {
    json!({ "id": payment, "amount_received": cents, "amount": cents, "currency": "eur", "metadata": { "facture": invoice } })
}

/// Event, invoice and amount of what the journal tells of money.
fn money(project: &Project) -> Vec<(String, String, String)> {
    let kinds = ["paiement", "paiement_annonce", "annulation_paiement", "rejet", "soldee", "reouverture"];
    let text = |line: &Value, name: &str| line[name].as_str().map_or_else(|| line[name].to_string(), str::to_owned);
    let lines = project.journal().into_iter().filter(|line| kinds.contains(&line["evenement"].as_str().unwrap()));
    lines.map(|line| (text(&line, "evenement"), text(&line, "facture"), text(&line, "montant"))).collect()
}

#[test]
fn a_payment_is_noted_once_whatever_the_provider_repeats() {
    let project = project("");
    let service = Running::start_with(&project, &[SECRET], &[]);
    let mut all = String::new();
    let mut tell = |title: &str, header: &str, body: &str| {
        let (status, text) = service.ask("POST", "/paiement", header, body);
        all.push_str(&format!("──── {title}\n{status} {text}"));
    };
    let paid = event("checkout.session.completed", session("pi_1", "F1", 12_000, "paid")).to_string();
    tell("sans signature", "X-Rien: rien", &paid);
    tell("signature d’un autre corps", &signed("{}", seconds()), &paid);
    tell("signature d’hier", &signed(&paid, seconds() - 86_400), &paid);
    let mut right = |title: &str, body: &Value| {
        let body = body.to_string();
        tell(title, &signed(&body, seconds()), &body);
    };
    right("un paiement", &event("checkout.session.completed", session("pi_1", "F1", 12_000, "paid")));
    right("le même paiement, redit", &event("checkout.session.completed", session("pi_1", "F1", 12_000, "paid")));
    right("le même paiement, par un autre événement", &event("payment_intent.succeeded", intent("pi_1", "F1", 12_000)));
    right("un prélèvement en route", &event("checkout.session.completed", session("pi_2", "F2", 8_000, "unpaid")));
    right("il est arrivé", &event("checkout.session.async_payment_succeeded", session("pi_2", "F2", 8_000, "paid")));
    right("une facture inconnue", &event("payment_intent.succeeded", intent("pi_3", "F9", 8_000)));
    right(
        "sans numéro de facture",
        &event("payment_intent.succeeded", json!({ "id": "pi_4", "amount_received": 5, "currency": "eur" })),
    );
    right(
        "un montant absent",
        &event("payment_intent.succeeded", json!({ "id": "pi_5", "currency": "eur", "metadata": { "facture": "F1" } })),
    );
    right("autre chose", &event("customer.created", json!({ "id": "cus_1" })));
    let refund = json!({ "id": "ch_1", "amount_refunded": 3_000, "currency": "eur", "metadata": { "facture": "F1" } });
    right("un remboursement", &event("charge.refunded", refund));
    right(
        "des francs suisses, sur une facture en francs suisses",
        &event(
            "payment_intent.succeeded",
            json!({ "id": "pi_6", "amount_received": 5_000, "currency": "chf", "metadata": { "facture": "F3" } }),
        ),
    );
    right(
        "une devise que personne ne facture",
        &event(
            "payment_intent.succeeded",
            json!({ "id": "pi_7", "amount_received": 5_000, "currency": "xxx", "metadata": { "facture": "F3" } }),
        ),
    );
    tell("illisible", &signed("{", seconds()), "{");
    tell("trop grand", &signed("", seconds()), &" ".repeat(300_000));
    let (status, text) = service.page("/paiement");
    all.push_str(&format!("──── lue\n{status} {text}"));
    insta::assert_snapshot!(all);
    until("everything is taken in", || money(&project).len() >= 7);
    let found = money(&project);
    let told: Vec<String> =
        found.iter().map(|(event, invoice, amount)| format!("{event} {invoice} {amount}")).collect();
    insta::assert_snapshot!(told.join("\n"));
    // The accounts bring the same payment, under the provider's name.
    let before = project.journal();
    project.write("reglements.csv", "date;client;facture;montant;identifiant\n19/03/2026;C1;F1;120,00;pi_1\n");
    let again = project.run(&["importer", "reglements.csv"]).fine().out;
    assert!(again.contains("déjà"), "{again}");
    assert_eq!(project.journal(), before);
    assert!(service.said().contains("aucun numéro de facture"), "{}", service.said());
    assert!(!service.said().contains("whsec"));
}

#[test]
fn a_notice_may_announce_what_the_accounts_will_bring() {
    let project = project("avis = \"annonce\"\n");
    let service = Running::start_with(&project, &[SECRET], &[]);
    for body in [
        event("payment_intent.succeeded", intent("pi_1", "F1", 12_000)),
        event(
            "charge.refunded",
            json!({ "id": "ch_1", "amount_refunded": 3_000, "currency": "eur", "metadata": { "facture": "F1" } }),
        ),
    ] {
        let body = body.to_string();
        assert_eq!(service.ask("POST", "/paiement", &signed(&body, seconds()), &body).0, 200);
    }
    until("it is taken in", || !money(&project).is_empty());
    assert_eq!(money(&project)[0].0, "paiement_annonce");
    assert_eq!(money(&project).len(), 1);
}

#[test]
fn what_is_wrong_with_the_settings_of_payments() {
    let project = project("");
    let mut told = project.run(&["service", "--ecoute", "127.0.0.1:0"]).code(2).told();
    for (old, new) in [
        ("secret_env = \"RELANCE_AVIS\"", "secret = \"whsec_1\""),
        ("secret = \"whsec_1\"", "avis = \"annonce\""),
        ("avis = \"annonce\"", "avis = \"toujours\""),
        ("avis = \"toujours\"", "secret_env = \"RELANCE_AVIS\"\navis = \"reglement\""),
    ] {
        project.replace("relance.toml", old, new);
        if new.contains("reglement") {
            project.replace("relance.toml", "mode = \"mouvements\"", "mode = \"postes_ouverts\"");
        }
        told.push_str(&format!("──── {new}\n{}", project.run(&["verifier"]).code(1).told()));
    }
    insta::assert_snapshot!(told);
}
