//! What an e-mail provider tells the service of messages that came back: signed, once, the same events as the mailbox brings.

use crate::support::Project;
use crate::support::service::{Running, until};
use ring::hmac;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const SECRET: (&str, &str) = ("RELANCE_RETOURS", "un secret assez long pour cela");
const PLAN: &str = "sans plafond
calendrier aucun
envois du lundi au dimanche de 0h à 24h
à J+15 : email ferme à défaut sms rappel
";

/// Two clients, each with a message that left; `retours` is a line of `[service]`.
fn project(retours: &str) -> (Project, Vec<String>) {
    let project = Project::with(PLAN);
    let clients = "code;nom;segment;email;portable\nC1;Zoé;regulier;zoe@client.example;06 39 98 12 34\nC2;Ali;regulier;ali@client.example;06 39 98 12 35\n";
    project.write("donnees/clients.csv", clients);
    // The service lives today, and what left long ago does not come back.
    let today = chrono::Utc::now().date_naive();
    let day = |before: u64| (today - chrono::Days::new(before)).format("%d/%m/%Y");
    let head = "numero;client;date_emission;date_echeance;montant_ttc";
    let invoices = format!("{head}\nF1;C1;{0};{1};120,00\nF2;C2;{0};{1};80,00\n", day(50), day(20));
    project.write("donnees/factures.csv", invoices);
    let settings = format!("[service]\nretours_env = \"{}\"\n{retours}[sms]\n", SECRET.0);
    project.replace("relance.toml", "[sms]\n", &settings);
    project.run(&["importer"]).fine();
    project.run(&["executer"]).fine();
    let mails = project.messages("eml");
    let id = |client: &str| {
        let mail = mails.values().map(|bytes| mail_parser::MessageParser::default().parse(bytes).unwrap());
        let mut of = mail.filter(|mail| format!("{:?}", mail.to()).contains(client));
        of.next().unwrap().message_id().unwrap().to_owned()
    };
    let ids = vec![id("zoe@"), id("ali@")];
    (project, ids)
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn tag(text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.1.as_bytes());
    hmac::sign(&key, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn signed(body: &str) -> String {
    let at = seconds();
    format!("Relance-Signature: t={at},v1={}", tag(&format!("{at}.{body}")))
}

/// What the journal tells of addresses and of what failed.
fn told(project: &Project) -> Vec<String> {
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let kinds = ["echec", "adresse_invalide", "remis"];
    let lines = project.journal().into_iter().filter(|line| kinds.contains(&line["evenement"].as_str().unwrap()));
    lines.map(|line| ["client", "evenement", "detail"].map(|name| text(&line, name)).join(" | ")).collect()
}

#[test]
fn a_provider_tells_what_came_back_and_repeats_itself() {
    let (project, ids) = project("");
    let service = Running::start_with(&project, &[SECRET], &[]);
    let mut all = String::new();
    let mut tell = |title: &str, header: &str, body: &str| {
        let (status, text) = service.ask("POST", "/retour", header, body);
        all.push_str(&format!("──── {title}\n{status} {text}"));
    };
    let news = |id: &str, to: &str, state: &str, more: Value| {
        let mut body = json!({ "message_id": id, "destinataire": to, "etat": state });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body.to_string()
    };
    let gone = news(&ids[0], "zoe@client.example", "echec", json!({ "code": "5.1.1", "texte": "550 no such user" }));
    tell("sans signature", "X-Rien: rien", &gone);
    tell("signature d’un autre corps", &signed("{}"), &gone);
    let full = news(&ids[1], "ali@client.example", "retard", json!({ "code": "4.2.2" }));
    tell("en retard", &signed(&full), &full);
    tell("n’existe pas", &signed(&gone), &gone);
    tell("redit", &signed(&gone), &gone);
    let arrived = news(&ids[1], "ali@client.example", "remis", json!({}));
    tell("arrivé", &signed(&arrived), &arrived);
    let nasty = news(&ids[1], "ali@client.example\r\nAction: failed", "remis", json!({ "texte": "\r\nStatus: 5.1.1" }));
    tell("des en-têtes dans les mots", &signed(&nasty), &nasty);
    let other = news("<0123@ailleurs.example>", "x@y.example", "echec", json!({ "code": "5.1.1" }));
    tell("d’un autre", &signed(&other), &other);
    tell("illisible", &signed("{"), "{");
    insta::assert_snapshot!(all);
    until("the service has taken it in", || told(&project).len() >= 3);
    let lines = told(&project);
    assert!(lines.contains(&"C1 | adresse_invalide | cette adresse n’existe pas (5.1.1)".to_owned()), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.starts_with("C2") && !line.contains("remis")), "{lines:#?}");
    until("the fallback leaves", || project.messages("txt").values().any(|text| !text.is_empty()));
    let state = project.run(&["etat", "--format", "json"]).fine().json();
    assert_eq!(state["adresses_invalides"][0]["adresse"], "zoe@client.example");
    let shown = project.run(&["etat"]).fine().out;
    assert!(shown.contains("Zoé (C1) : zoe@client.example, depuis le "), "{shown}");
    let explained = project.run(&["expliquer", "F1"]).fine().out;
    assert!(explained.contains("Aucun courriel ne part vers zoe@client.example depuis le "), "{explained}");
}

#[test]
fn mailgun_tells_in_its_own_form() {
    let (project, ids) = project("retours = \"mailgun\"\n");
    let service = Running::start_with(&project, &[SECRET], &[]);
    let event = |id: &str, severity: &str, moment: u64, token: &str| {
        json!({
            "signature": { "timestamp": moment.to_string(), "token": token, "signature": tag(&format!("{moment}un jeton")) },
            "event-data": {
                "id": format!("evt-{severity}"), "event": "failed", "severity": severity, "recipient": "zoe@client.example",
                // Without the brackets, as Mailgun writes it.
                "message": { "headers": { "message-id": id.trim_matches(['<', '>']), "to": "zoe@client.example" } },
                "delivery-status": { "code": 550, "message": "5.1.1 The email account that you tried to reach does not exist", "description": "" },
            },
        })
        .to_string()
    };
    let ask = |body: String| service.ask("POST", "/retour", "X-Rien: rien", &body);
    assert_eq!(ask(event(&ids[0], "permanent", seconds(), "un autre")).0, 401);
    assert_eq!(ask(event(&ids[0], "permanent", seconds() - 40_000, "un jeton")).0, 401);
    assert_eq!(ask(event(&ids[0], "temporary", seconds(), "un jeton")), (200, "rien de nouveau\n".to_owned()));
    assert_eq!(ask(event(&ids[0], "permanent", seconds(), "un jeton")), (200, "noté\n".to_owned()));
    assert_eq!(ask(event(&ids[0], "permanent", seconds(), "un jeton")), (200, "rien de nouveau\n".to_owned()));
    until("the service has taken it in", || told(&project).iter().any(|line| line.contains("adresse_invalide")));
}
