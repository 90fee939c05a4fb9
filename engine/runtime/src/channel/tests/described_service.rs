use super::*;
use serde_json::{Value, json};
use std::time::Duration;
use wiremock::matchers::{basic_auth, body_json, body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A variable that every environment has; its value serves as a token.
const SECRET: &str = "PATH";

fn settings(base: &str) -> String {
    format!(
        "[sms]\nmode = \"http\"\nurl = \"{base}/v2/sms\"\njeton_env = \"{SECRET}\"\nexpediteur = \"Ateliers\"\ndelai_secondes = 1\n\
         identifiant = \"messages.0.id\"\netat = \"messages.0.status\"\n\
         [sms.entetes]\nX-Reference = \"{{cle}}\"\n\
         [sms.corps]\n\"to[]\" = \"{{numero}}\"\n\"message.text\" = \"{{texte}}\"\n\"message.from\" = \"{{expediteur}}\"\n\
         [sms.reponses]\nnumero = [422, \"INVALID_NUMBER\"]\naccepte = [\"SENT\"]\nplus_tard = [\"QUOTA\"]\ndoute = [\"PENDING\"]\n"
    )
}

fn open(text: &str) -> Carrier {
    Carrier::sms(&config(text), Path::new(".")).unwrap()
}

fn text_message(key: &str, text: &str) -> Outgoing {
    let rendered = Rendered { subject: None, text: text.to_owned(), html: None, code: None };
    Outgoing { rendered, ..outgoing(key) }
}

async fn answering(response: ResponseTemplate) -> (MockServer, Outcome) {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(response).mount(&server).await;
    let outcome = open(&settings(&server.uri())).send(&text_message("k", "Facture à régler")).await;
    (server, outcome)
}

#[tokio::test]
async fn a_message_is_posted_as_described() {
    let server = MockServer::start().await;
    // What a client wrote is data: no place in it is filled, no quote ends a text.
    let text = "Client \"{jeton}\" {{ 7*7 }} \\ {numero}";
    Mock::given(method("POST"))
        .and(path("/v2/sms"))
        .and(header("x-reference", digest("F-1|J+5").as_str()))
        .and(header("idempotency-key", digest("F-1|J+5").as_str()))
        .and(body_json(json!({"to": ["+33612345678"], "message": {"text": text, "from": "Ateliers"}})))
        .respond_with(ResponseTemplate::new(202).set_body_json(json!({"messages": [{"id": 42, "status": "SENT"}]})))
        .expect(1)
        .mount(&server)
        .await;
    let carrier = open(&settings(&server.uri()));
    let outcome = carrier.send(&text_message("F-1|J+5", text)).await;
    assert_eq!(outcome, Outcome::Accepted { provider_id: Some("42".to_owned()) });
    assert_eq!((carrier.was_sent("F-1|J+5").await, carrier.finds()), (None, false));
    assert!(!format!("{carrier:?}").contains(&std::env::var(SECRET).unwrap()), "no secret in what is printed");
}

#[tokio::test]
async fn forms_addresses_and_accounts() {
    let server = MockServer::start().await;
    let form = Mock::given(method("PUT"))
        .and(basic_auth("compte", std::env::var(SECRET).unwrap()))
        .and(body_string("n=%2B33612345678&t=a%26n%3D1+%C3%A9"))
        .respond_with(ResponseTemplate::new(200));
    form.expect(1).mount(&server).await;
    let get = Mock::given(method("GET"))
        .and(path("/v/%2B33612345678"))
        .and(query_param("t", "a&n=1 é"))
        .and(query_param("fixe", "1"))
        .respond_with(ResponseTemplate::new(200));
    get.expect(1).mount(&server).await;
    let message = text_message("k", "a&n=1 é");
    let base = server.uri();
    let put = format!(
        "[sms]\nmode = \"http\"\nurl = \"{base}\"\nmethode = \"PUT\"\nencodage = \"formulaire\"\ncompte = \"compte\"\n\
         jeton_env = \"{SECRET}\"\n[sms.corps]\nn = \"{{numero}}\"\nt = \"{{texte}}\"\n"
    );
    let get = format!(
        "[sms]\nmode = \"http\"\nurl = \"{base}/v/{{numero}}?fixe=1\"\nmethode = \"GET\"\n[sms.corps]\nt = \"{{texte}}\"\n"
    );
    for text in [put, get] {
        assert_eq!(open(&text).send(&message).await, Outcome::Accepted { provider_id: None });
    }
}

#[tokio::test]
async fn what_answers_mean() {
    let mut outcomes = Vec::new();
    let status = |word: &str| json!({"messages": [{"id": "m1", "status": word}]});
    for (code, body) in [
        (200, status("SENT")),
        (200, status("INVALID_NUMBER")),
        (200, status("QUOTA")),
        (200, status("PENDING")),
        (200, status("UNHEARD_OF +33612345678")),
        (200, Value::Null),
        (422, json!({})),
        (400, json!({})),
        (401, json!({})),
        (404, json!({})),
        (302, json!({})),
        (429, json!({})),
        (500, json!({})),
    ] {
        outcomes.push(answering(ResponseTemplate::new(code).set_body_json(body)).await.1);
    }
    let text = format!("{outcomes:#?}");
    assert!(!text.contains("33612345678"), "no number in what is kept");
    let ports = text.split("127.0.0.1:").skip(1).filter_map(|rest| rest.split(' ').next());
    let stable = ports.fold(text.clone(), |text, port| text.replace(port, "PORT"));
    insta::assert_snapshot!(stable);
}

#[tokio::test]
async fn a_busy_service_says_when_to_come_back() {
    for (status, asked, pause) in [(429, "120", 120), (503, "7200", 7_200)] {
        let busy = ResponseTemplate::new(status).insert_header("retry-after", asked);
        let (_server, outcome) = answering(busy).await;
        let Outcome::Busy { pause: told, .. } = &outcome else { panic!("{outcome:?}") };
        assert_eq!(told.as_secs(), pause);
    }
    // A refusal for good is one, whatever it says besides.
    let refused = ResponseTemplate::new(400).insert_header("retry-after", "120");
    assert_eq!(class(&answering(refused).await.1), Some(Refusal::Permanent));
}

#[tokio::test]
async fn no_answer_is_in_doubt_and_nobody_is_temporary() {
    let (server, outcome) = answering(ResponseTemplate::new(202).set_delay(Duration::from_secs(5))).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 1, "asked once");
    let huge = ResponseTemplate::new(202).set_body_string("x".repeat(1024 * 1024));
    assert_eq!(answering(huge).await.1, Outcome::Accepted { provider_id: None });
    let nobody = open(&settings("http://127.0.0.1:1")).send(&text_message("k", "x")).await;
    assert_eq!(class(&nobody), Some(Refusal::Temporary), "{nobody:?}");
}

#[tokio::test]
async fn a_fixed_line_gets_no_message() {
    let server = MockServer::start().await;
    let carrier = open(&settings(&server.uri()));
    let mut message = text_message("k", "x");
    message.to[0].phone = Some("01 99 00 12 34".to_owned());
    let outcome = carrier.send(&message).await;
    assert_eq!(class(&outcome), Some(Refusal::Address));
    assert!(format!("{outcome:?}").contains("ligne fixe"), "{outcome:?}");
    // Under the rules of the client's country the same digits are another number.
    message.country = Some("BE".to_owned());
    message.to[0].phone = Some("0470 12 34 56".to_owned());
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(202)).expect(1).mount(&server).await;
    assert!(accepted(&carrier.send(&message).await));
}

#[test]
fn a_description_is_read_with_its_mistakes() {
    let problems = |text: &str| {
        let head = "[creancier]\nnom = \"A\"\n";
        let problems = Config::parse(&format!("{head}{text}"), Path::new("relance.toml")).unwrap_err();
        problems.iter().map(|problem| format!("{problem}\n")).collect::<String>()
    };
    insta::assert_snapshot!(problems(
        "[sms]\nmode = \"http\"\nurl = \"http://sms.exemple.fr/{numreo}\"\nmethode = \"POTS\"\nencodage = \"xml\"\nbase_url = \"https://x\"\n\
         compte = \"c\"\njeton = \"secret\"\n[sms.entetes]\n\"a b\" = \"x\"\nAuthorization = \"Bearer {jeton}\"\n[sms.corps]\nde = \"{expediteur}\"\n\
         [sms.reponses]\naccepte = [200, 99]\nrefuse = [200, \"KO\"]\nautre = [3]\n"
    ));
}
