use super::*;
use crate::channel::{Answer, Found};
use serde_json::json;
use std::time::Duration;
use wiremock::matchers::{basic_auth, body_string, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A variable that every environment has; its value serves as a token.
const SECRET: &str = "PATH";

fn open(base: &str) -> Carrier {
    let text = format!(
        "[sms]\nmode = \"http\"\nbase_url = \"{base}\"\ncompte = \"AC123\"\njeton_env = \"{SECRET}\"\nexpediteur = \"Ateliers\"\n\
         delai_secondes = 1\n"
    );
    Carrier::sms(&config(&text), Path::new(".")).unwrap()
}

fn text_message(key: &str) -> Outgoing {
    let rendered = Rendered { subject: None, text: "Facture à régler : 10 €".to_owned(), html: None, code: None };
    Outgoing { rendered, ..outgoing(key) }
}

async fn answering(response: ResponseTemplate) -> (MockServer, Outcome) {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(response).mount(&server).await;
    let outcome = open(&server.uri()).send(&text_message("k")).await;
    (server, outcome)
}

#[tokio::test]
async fn a_message_is_posted_as_the_service_wants_it() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/2010-04-01/Accounts/AC123/Messages.json"))
        .and(basic_auth("AC123", std::env::var(SECRET).unwrap()))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(header("idempotency-key", digest("F-1|J+5").as_str()))
        .and(body_string("To=%2B33612345678&From=Ateliers&Body=Facture+%C3%A0+r%C3%A9gler+%3A+10+%E2%82%AC"))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({"sid": "SM42", "status": "queued"})))
        .expect(1)
        .mount(&server)
        .await;
    let carrier = open(&server.uri());
    let outcome = carrier.send(&text_message("F-1|J+5")).await;
    assert_eq!(outcome, Outcome::Accepted { provider_id: Some("SM42".to_owned()) });
    assert_eq!(carrier.was_sent("F-1|J+5").await, None);
}

#[tokio::test]
async fn classes_of_refusals() {
    let mut outcomes = Vec::new();
    for (status, body) in [
        (400, json!({"code": 21211, "message": "The 'To' number +33612345678 is not valid"})),
        (400, json!({"code": 21614, "message": "not a mobile number"})),
        (401, json!({"code": 20003, "message": "Authenticate"})),
        (429, json!({"code": 20429})),
        (503, json!({})),
        (400, json!({"code": 21617, "message": "too long"})),
        (404, json!("nothing here")),
        (302, json!(null)),
        (500, json!({})),
        (200, json!("not what was expected")),
    ] {
        outcomes.push(answering(ResponseTemplate::new(status).set_body_json(body)).await.1);
    }
    let text = format!("{outcomes:#?}");
    assert!(!text.contains("33612345678"), "no number in what is kept");
    let ports = text.split("127.0.0.1:").skip(1).filter_map(|rest| rest.split(' ').next());
    let stable = ports.fold(text.clone(), |text, port| text.replace(port, "PORT"));
    insta::assert_snapshot!(stable);
}

#[tokio::test]
async fn no_answer_is_in_doubt_and_nobody_is_temporary() {
    let slow = ResponseTemplate::new(201).set_delay(Duration::from_secs(5));
    let (server, outcome) = answering(slow).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 1, "asked once");
    let outcome = open("http://127.0.0.1:1").send(&text_message("k")).await;
    assert_eq!(class(&outcome), Some(Refusal::Temporary), "{outcome:?}");
}

/// A message as the service lists it.
fn listed(sid: &str, created: &str, change: impl Fn(&mut serde_json::Value)) -> serde_json::Value {
    let mut message = json!({
        "sid": sid, "to": "+33612345678", "from": "Ateliers", "body": "Facture à régler : 10 €", "status": "delivered",
        "direction": "outbound-api", "date_created": created, "date_sent": null, "price": null, "num_segments": "1",
    });
    change(&mut message);
    message
}

/// What is found in what a service answers when it is asked for the messages to a number since 8 o'clock.
async fn found(response: ResponseTemplate, taken: &[&str]) -> Answer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/2010-04-01/Accounts/AC123/Messages.json"))
        .and(wiremock::matchers::query_param("To", "+33612345678"))
        .and(basic_auth("AC123", std::env::var(SECRET).unwrap()))
        .respond_with(response)
        .expect(1)
        .mount(&server)
        .await;
    let since = chrono::Utc.with_ymd_and_hms(2026, 3, 19, 8, 0, 0).unwrap();
    let taken = taken.iter().map(|name| (*name).to_owned()).collect();
    open(&server.uri()).find(&text_message("k"), since, &taken).await
}

fn name(answer: &Answer) -> Option<&str> {
    match answer {
        Answer::Found(found) => Some(&found.name),
        _ => None,
    }
}

#[tokio::test]
async fn a_message_is_recognised_by_number_text_and_moment() {
    let nine = "Thu, 19 Mar 2026 09:00:00 +0000";
    let listing =
        |messages: &[serde_json::Value]| ResponseTemplate::new(200).set_body_json(json!({ "messages": messages }));
    let same = |_: &mut serde_json::Value| {};
    let others = [
        listed("SM1", "Thu, 19 Mar 2026 07:59:59 +0000", same),
        listed("SM2", nine, |message| message["to"] = json!("+33612345679")),
        listed("SM3", nine, |message| message["body"] = json!("Facture à régler : 11 €")),
        listed("SM4", "hier", same),
    ];
    assert_eq!(found(listing(&others), &[]).await, Answer::Nothing);
    assert_eq!(found(listing(&[]), &[]).await, Answer::Nothing);
    let both = [
        listed("SM6", "Thu, 19 Mar 2026 10:00:00 +0100", same),
        listed("SM5", "Thu, 19 Mar 2026 08:00:00 +0000", |message| {
            message["body"] = json!("Facture à régler : 10 €\n");
        }),
    ];
    assert_eq!(name(&found(listing(&both), &[]).await), Some("SM5"), "the first one");
    assert_eq!(name(&found(listing(&both), &["SM5"]).await), Some("SM6"));
    assert_eq!(found(listing(&both), &["SM5", "SM6"]).await, Answer::Nothing);
    for (status, failed) in [("undelivered", true), ("failed", true), ("queued", false), ("sent", false)] {
        let one = listed("SM7", nine, |message| message["status"] = json!(status));
        assert_eq!(
            found(listing(&[one]), &[]).await,
            Answer::Found(Found { name: "SM7".to_owned(), failed }),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_service_that_cannot_answer_says_nothing() {
    for (status, body) in [
        (200, json!("autre chose")),
        (200, json!({"messages": 3})),
        (401, json!({})),
        (404, json!({})),
        (500, json!({})),
    ] {
        assert_eq!(
            found(ResponseTemplate::new(status).set_body_json(&body), &[]).await,
            Answer::Silent,
            "{status} {body}"
        );
    }
    let huge = ResponseTemplate::new(200).set_body_string(" ".repeat(5 * 1024 * 1024));
    assert_eq!(found(huge, &[]).await, Answer::Silent);
    let nobody = open("http://127.0.0.1:1").find(&text_message("k"), chrono::Utc::now(), &BTreeSet::new()).await;
    assert_eq!(nobody, Answer::Silent);
}

#[tokio::test]
async fn no_number_no_request() {
    let server = MockServer::start().await;
    let mut message = text_message("k");
    message.to[0].phone = Some("poste 12".to_owned());
    assert_eq!(class(&open(&server.uri()).send(&message).await), Some(Refusal::Address));
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[test]
fn a_token_is_needed() {
    let text = "[sms]\nmode = \"http\"\nbase_url = \"https://x.fr\"\ncompte = \"A\"\njeton_env = \"RELANCE_JETON_ABSENT\"\nexpediteur = \"D\"\n";
    let problem = Carrier::sms(&config(text), Path::new(".")).unwrap_err();
    assert!(problem.to_string().contains("RELANCE_JETON_ABSENT"), "{problem}");
}
