use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wiremock::matchers::{basic_auth, header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// A variable that every environment has; its value serves as a token.
const SECRET: &str = "PATH";
const PDF: &[u8] = b"%PDF-1.7\r\n--relance\r\n\x00\xff{nom}";

fn settings(base: &str, more: &str, body: &str) -> String {
    format!(
        "[recommandes]\nurl = \"{base}/depots\"\njeton_env = \"{SECRET}\"\ndelai_secondes = 1\nidentifiant = \"depot.id\"\n\
         etat = \"depot.etat\"\ninterrogation = \"{base}/depots/{{cle}}\"\n{more}\
         [recommandes.entetes]\nX-Client = \"{{nom}}\"\nX-Reference = \"{{cle}}\"\n[recommandes.corps]\n{body}\
         [recommandes.reponses]\nadresse = [422, \"ADRESSE_INCONNUE\"]\nplus_tard = [\"QUOTA\"]\n"
    )
}

const JSON: &str = "\"pli.fichier\" = \"{document}\"\n\"pli.data\" = \"data:application/pdf;base64,{document}\"\nnom = \"{nom}\"\nadresse = \"{adresse}\"\n\
     premiere = \"{ligne1}\"\nderniere = \"{ligne6}\"\ncp = \"{code_postal}\"\nville = \"{ville}\"\npays = \"{pays}\"\nmail = \"{email}\"\nobjet = \"{objet}\"\n\
     reference = \"{reference} {cle}\"\n";

fn open(text: &str) -> Carrier {
    Carrier::registered(config(text).registered.as_ref().unwrap()).unwrap()
}

fn letter(key: &str, name: &str) -> Outgoing {
    let rendered = Rendered { subject: Some("Mise en demeure".to_owned()), ..Rendered::default() };
    let envelope = Envelope {
        name: name.to_owned(),
        lines: [name, "3 rue du Port", "69001 Lyon"].map(|line| line.replace(['\r', '\n'], " ")).to_vec(),
        address: Some("3 rue du Port\n69001 Lyon".to_owned()),
        reference: "F1, F2".to_owned(),
    };
    let attached = vec![Attachment { name: "mise_en_demeure-F1.pdf".to_owned(), bytes: PDF.to_vec() }];
    Outgoing { rendered, attached, envelope: Some(envelope), ..outgoing(key) }
}

async fn server(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST")).and(path("/depots")).respond_with(response).mount(&server).await;
    server
}

async fn answering(response: ResponseTemplate) -> Outcome {
    let server = server(response).await;
    let outcome = open(&settings(&server.uri(), "", JSON)).send(&letter("k", "Durand")).await;
    assert_eq!(server.received_requests().await.unwrap().len(), 1, "given once");
    outcome
}

async fn received(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

#[tokio::test]
async fn a_letter_is_deposited_as_described_and_a_clients_name_is_only_a_name() {
    let server =
        server(ResponseTemplate::new(201).set_body_json(json!({"depot": {"id": "D-42", "etat": "RECU"}}))).await;
    let carrier = open(&settings(&server.uri(), "", JSON));
    // The reading direction is turned by nobody.
    let names =
        ["Durand", "{document} {jeton} {{ 7*7 }}", "\"}, \\ \"", "A\r\nX-Injecte: oui\r\n\r\n", "\u{202e}rotsiv"];
    for (i, name) in names.iter().enumerate() {
        let key = format!("F1#{i}.1.1.0");
        let outcome = carrier.send(&letter(&key, name)).await;
        assert_eq!(outcome, Outcome::Accepted { provider_id: Some("D-42".to_owned()) }, "{name:?}");
        let request = received(&server).await.pop().unwrap();
        assert_eq!(request.headers["idempotency-key"], digest(&key).as_str());
        assert_eq!(request.headers["x-reference"], digest(&key).as_str());
        assert!(!request.headers.contains_key("x-injecte"));
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let text = body["pli"]["fichier"].as_str().unwrap();
        assert_eq!(STANDARD.decode(text).unwrap(), PDF);
        assert_eq!(body["pli"]["data"], format!("data:application/pdf;base64,{text}"));
        if i < 3 {
            assert_eq!(body["nom"], *name);
        }
        assert!(!body["nom"].as_str().unwrap().contains(['\r', '\n', '\u{202e}']));
        assert!(!body.to_string().contains(&std::env::var(SECRET).unwrap()), "no secret for a name");
        if i == 0 {
            let told = body.as_object().unwrap().iter().filter(|(field, _)| *field != "pli");
            let told: Vec<_> = told.map(|(field, value)| format!("{field} = {value}")).collect();
            insta::assert_snapshot!(told.join("\n"));
        }
    }
    assert!(!format!("{carrier:?}").contains(&std::env::var(SECRET).unwrap()), "no secret in what is printed");
}

#[tokio::test]
async fn forms_and_parts_hold_the_same_letter() {
    let server = MockServer::start().await;
    let put = Mock::given(method("PUT")).and(basic_auth("compte", std::env::var(SECRET).unwrap()));
    put.respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let head = "methode = \"PUT\"\ncompte = \"compte\"\n";
    let body = "fichier = \"{document}\"\nadresse = \"{adresse}\"\n\"a\\\"b\" = \"{nom}\"\n";
    for encoding in ["formulaire", "multipart"] {
        let settings = settings(&server.uri(), &format!("{head}encodage = \"{encoding}\"\n"), body);
        assert!(accepted(&open(&settings).send(&letter("k", "Durand \"&\" {document}")).await), "{encoding}");
        assert!(accepted(&open(&settings).send(&letter("k", "Durand \"&\" {document}")).await), "{encoding}");
        let [first, second] = &received(&server).await[..] else { panic!("twice") };
        assert_eq!(first.body, second.body, "the same at each attempt");
        server.reset().await;
        let put = Mock::given(method("PUT")).respond_with(ResponseTemplate::new(200));
        put.mount(&server).await;
        if encoding == "formulaire" {
            let url = format!("http://x/?{}", String::from_utf8(first.body.clone()).unwrap());
            let fields: Vec<_> = reqwest::Url::parse(&url).unwrap().query_pairs().into_owned().collect();
            let field = |name: &str| fields.iter().find(|(own, _)| own == name).unwrap().1.clone();
            assert_eq!(STANDARD.decode(field("fichier")).unwrap(), PDF);
            assert_eq!(field("a\"b"), "Durand \"&\" {document}");
            continue;
        }
        let kind = first.headers["content-type"].to_str().unwrap();
        let mail = [format!("Content-Type: {kind}\r\n\r\n").as_bytes(), &first.body].concat();
        let mail = mail_parser::MessageParser::new().parse(&mail).unwrap();
        let parts: Vec<_> = mail.parts.iter().skip(1).map(|part| part.contents().to_vec()).collect();
        assert_eq!(parts.len(), 3, "{kind}");
        assert!(parts.contains(&PDF.to_vec()), "the letter as it is, whatever it looks like");
        assert!(parts.contains(&"Durand \"&\" {document}".as_bytes().to_vec()));
        let text = String::from_utf8_lossy(&first.body);
        assert!(
            text.contains("name=\"fichier\"; filename=\"mise_en_demeure-F1.pdf\"\r\nContent-Type: application/pdf\r\n")
        );
    }
}

#[tokio::test]
async fn what_answers_mean() {
    let state = |word: &str| json!({"depot": {"id": "D1", "etat": word}});
    let mut outcomes = Vec::new();
    for (code, body) in [
        (201, state("RECU")),
        (200, state("ADRESSE_INCONNUE")),
        (200, state("QUOTA")),
        (422, json!({})),
        (400, json!({})),
        (401, json!({})),
        (404, json!({})),
        (302, json!({})),
        (429, json!({})),
        (500, json!({})),
    ] {
        outcomes.push(answering(ResponseTemplate::new(code).set_body_json(body)).await);
    }
    let text = format!("{outcomes:#?}");
    let ports = text.split("127.0.0.1:").skip(1).filter_map(|rest| rest.split(' ').next());
    insta::assert_snapshot!(ports.fold(text.clone(), |text, port| text.replace(port, "PORT")));
}

#[tokio::test]
async fn failures_are_refusals_pauses_or_doubts_and_nothing_is_given_twice() {
    let busy = answering(ResponseTemplate::new(429).insert_header("retry-after", "120")).await;
    assert!(matches!(&busy, Outcome::Busy { pause, .. } if pause.as_secs() == 120), "{busy:?}");
    let slow = answering(ResponseTemplate::new(201).set_delay(Duration::from_secs(5))).await;
    assert!(matches!(slow, Outcome::Unknown { .. }), "{slow:?}");
    let huge = answering(ResponseTemplate::new(201).set_body_string("x".repeat(4 * 1024 * 1024))).await;
    assert_eq!(huge, Outcome::Accepted { provider_id: None });
    let nobody = open(&settings("http://127.0.0.1:1", "", JSON)).send(&letter("k", "Durand")).await;
    assert_eq!(class(&nobody), Some(Refusal::Temporary), "{nobody:?}");
    // The connection is cut once the letter is there, and in the middle of an answer.
    for (said, sure) in [("", false), ("HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{\"depot\"", true)] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let cut = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut taken = vec![0; 512];
            socket.read_exact(&mut taken).await.unwrap();
            socket.write_all(said.as_bytes()).await.unwrap();
        });
        let outcome = open(&settings(&base, "", JSON)).send(&letter("k", "Durand")).await;
        cut.await.unwrap();
        assert_eq!(accepted(&outcome), sure, "{outcome:?}");
        assert!(sure || matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn what_the_service_needs_and_the_client_lacks_is_an_address_to_mend() {
    let server = server(ResponseTemplate::new(201)).await;
    let carrier = open(&settings(&server.uri(), "", JSON));
    let mut foreign = letter("k", "Durand");
    foreign.envelope.as_mut().unwrap().address = Some("1 High Street\nLondon".to_owned());
    let outcome = carrier.send(&foreign).await;
    assert_eq!(class(&outcome), Some(Refusal::Address));
    assert!(format!("{outcome:?}").contains("code postal"), "{outcome:?}");
    let electronic = open(&settings(&server.uri(), "type = \"electronique\"\n", JSON));
    let mut unmailed = letter("k", "Durand");
    unmailed.to[0].email = None;
    let outcome = electronic.send(&unmailed).await;
    assert_eq!(class(&outcome), Some(Refusal::Address));
    assert!(received(&server).await.is_empty(), "nothing was asked of the service");
    // Who does not ask for them has no need of them.
    let lines = open(&settings(&server.uri(), "", "f = \"{document}\"\na = \"{adresse}\"\n"));
    assert!(accepted(&lines.send(&foreign).await));
}

#[tokio::test]
async fn a_letter_is_asked_for_by_our_own_reference() {
    let server = MockServer::start().await;
    let known = ResponseTemplate::new(200).set_body_json(json!({"depot": {"id": "D-42"}}));
    let ask = |key: &str| Mock::given(method("GET")).and(path(format!("/depots/{}", digest(key))));
    ask("parti").and(header("x-reference", digest("parti").as_str())).respond_with(known).mount(&server).await;
    ask("muet").respond_with(ResponseTemplate::new(500)).mount(&server).await;
    ask("refuse").respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let carrier = open(&settings(&server.uri(), "", JSON));
    assert!(carrier.finds());
    let none = BTreeSet::new();
    for (key, answer) in [
        ("parti", Answer::Found(Found { name: "D-42".to_owned(), failed: false })),
        ("absent", Answer::Absent),
        ("muet", Answer::Silent),
        ("refuse", Answer::Silent),
    ] {
        let message = letter(key, "Durand");
        assert_eq!(carrier.find(&message, message.date, &none).await, answer, "{key}");
    }
    // A header that says something of one letter is not made up for the question.
    assert!(received(&server).await.iter().all(|request| !request.headers.contains_key("x-client")));
    let text = settings(&server.uri(), "", JSON);
    let unasked: String =
        text.lines().filter(|line| !line.starts_with("interrogation")).map(|line| format!("{line}\n")).collect();
    assert!(!open(&unasked).finds());
}

#[test]
fn a_description_is_read_with_its_mistakes() {
    let problems = |text: &str| {
        let head = "[creancier]\nnom = \"A\"\n";
        let problems = Config::parse(&format!("{head}{text}"), Path::new("relance.toml")).unwrap_err();
        problems.iter().map(|problem| format!("{problem}\n")).collect::<String>()
    };
    let all = [
        "[recommandes]\n",
        "[recommandes]\nurl = \"http://r.exemple.fr/{document}\"\nmethode = \"GET\"\ntype = \"postal\"\nencodage = \"xml\"\nexpediteur = \"x\"\n\
         compte = \"c\"\njeton = \"secret\"\ndebit = \"1 par jour\"\ninterrogation = \"http://r.exemple.fr/{id}\"\n\
         [recommandes.entetes]\nAuthorization = \"Bearer {jeton}\"\n[recommandes.corps]\nde = \"{numero}\"\n\
         [recommandes.reponses]\nnumero = [422]\nadresse = [\"KO\"]\n",
        "[recommandes]\nurl = \"https://r.exemple.fr\"\nencodage = \"multipart\"\ntype = \"electronique\"\ninterrogation = \"https://r/{cle}?j={jeton}\"\n\
         [recommandes.corps]\npli = \"data:{document}\"\n",
    ];
    insta::assert_snapshot!(all.map(problems).join("────\n"));
}
