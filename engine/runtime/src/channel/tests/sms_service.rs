use super::*;
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
    let rendered = Rendered { subject: None, text: "Facture à régler : 10 €".to_owned(), html: None };
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
