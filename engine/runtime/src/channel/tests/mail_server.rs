use super::server::{Act, Server, Tls};
use super::*;
use mail_parser::MessageParser;
use std::time::Duration;

/// A variable that every environment has; its value serves as a password.
const SECRET: &str = "PATH";

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let letter = LETTERS[(n >> (18 - 6 * i)) as usize & 63];
            out.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

async fn open(server: &Server, security: &str, more: &str) -> (Carrier, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("ca.pem"), &server.certificate).unwrap();
    let host = if security == "aucune" { "127.0.0.1" } else { "localhost" };
    let text = format!(
        "[email]\nmode = \"smtp\"\nhote = \"{host}\"\nport = {}\nsecurite = \"{security}\"\nreponse_a = \"r@ateliers.example\"\n\
         connexions = 2\ndelai_secondes = 2\n{more}\n",
        server.port
    );
    (Carrier::email(&config(&text), dir.path()).unwrap(), dir)
}

async fn plain(acts: &[Act]) -> (Server, Carrier, tempfile::TempDir) {
    let server = Server::start(Tls::No, None, acts).await;
    let (carrier, dir) = open(&server, "aucune", "").await;
    (server, carrier, dir)
}

#[tokio::test]
async fn a_message_arrives_whole() {
    let (server, carrier, _dir) = plain(&[]).await;
    let message = outgoing("F-1|J+15");
    assert_eq!(
        carrier.send(&message).await,
        Outcome::Accepted { provider_id: Some("2.0.0 Ok: queued as 4ABC".to_owned()) }
    );
    assert_eq!(carrier.was_sent(&message.key).await, None);
    let received = server.state.received.lock().unwrap();
    let mail = &received[0];
    assert_eq!(mail.from, "MAIL FROM:<compta@ateliers.example>");
    assert_eq!(mail.to, ["RCPT TO:<zoe@client.example>", "RCPT TO:<hugo@ateliers.example>"]);
    let raw = String::from_utf8(mail.bytes.clone()).unwrap();
    assert!(raw.is_ascii(), "everything is encoded");
    assert!(raw.lines().all(|line| line.len() <= 998) && !raw.replace("\r\n", "").contains('\n'));
    let parsed = MessageParser::default().parse(&mail.bytes).unwrap();
    assert_eq!(parsed.subject(), message.rendered.subject.as_deref());
    let from = parsed.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("Ateliers Éléonore & Fils"), Some("compta@ateliers.example")));
    let to = parsed.to().unwrap().first().unwrap();
    assert_eq!((to.name(), to.address()), (Some("Zoé Benoît-Ångström, comptabilité"), Some("zoe@client.example")));
    assert_eq!(parsed.cc().unwrap().first().unwrap().address(), Some("hugo@ateliers.example"));
    assert_eq!(parsed.reply_to().unwrap().first().unwrap().address(), Some("r@ateliers.example"));
    assert_eq!(parsed.message_id(), Some(format!("{}@ateliers.example", digest("F-1|J+15")).as_str()));
    assert_eq!(parsed.date().unwrap().to_rfc3339(), "2026-03-19T08:00:00Z");
    assert_eq!(parsed.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    assert_eq!(parsed.header_raw("MIME-Version").map(str::trim), Some("1.0"));
    assert!(raw.contains("multipart/alternative"));
    let unix = |text: Option<std::borrow::Cow<'_, str>>| text.unwrap().replace("\r\n", "\n").trim_end().to_owned();
    assert_eq!(unix(parsed.body_text(0)), message.rendered.text.trim_end());
    assert_eq!(unix(parsed.body_html(0)), message.rendered.html.as_deref().unwrap().trim_end());
}

#[tokio::test]
async fn tls_and_logins() {
    let password = std::env::var(SECRET).unwrap();
    let words = base64(format!("\0moi\0{password}").as_bytes());
    let login = format!("utilisateur = \"moi\"\nmot_de_passe_env = \"{SECRET}\"\nautorite = \"ca.pem\"");
    for (tls, security) in [(Tls::Start, "starttls"), (Tls::Implicit, "tls")] {
        let server = Server::start(tls, Some(("PLAIN", vec![words.clone()])), &[]).await;
        let (carrier, _dir) = open(&server, security, &login).await;
        for key in ["a", "b"] {
            let outcome = carrier.send(&outgoing(key)).await;
            assert!(accepted(&outcome), "{security} {outcome:?}");
        }
        assert_eq!((server.count(), server.connections()), (2, 1), "one connection serves twice");
    }
    let words = vec![base64(b"moi"), base64(password.as_bytes())];
    let server = Server::start(Tls::Start, Some(("LOGIN", words)), &[]).await;
    let (carrier, _dir) = open(&server, "starttls", &login).await;
    let outcome = carrier.send(&outgoing("a")).await;
    assert!(accepted(&outcome), "{outcome:?}");
}

#[tokio::test]
async fn what_goes_wrong_before_the_message() {
    // A wrong password.
    let server = Server::start(Tls::Implicit, Some(("PLAIN", vec!["x".to_owned()])), &[]).await;
    let login = format!("utilisateur = \"moi\"\nmot_de_passe_env = \"{SECRET}\"\nautorite = \"ca.pem\"");
    let (carrier, _dir) = open(&server, "tls", &login).await;
    let outcome = carrier.send(&outgoing("a")).await;
    assert_eq!(class(&outcome), Some(Refusal::Authentication), "{outcome:?}");
    // A password where none was expected.
    let server = Server::start(Tls::Implicit, None, &[]).await;
    let (carrier, _dir) = open(&server, "tls", &login).await;
    assert_eq!(class(&carrier.send(&outgoing("a")).await), Some(Refusal::Configuration));
    // No password where one is wanted.
    let server = Server::start(Tls::No, Some(("PLAIN", vec![])), &[]).await;
    let (carrier, _dir) = open(&server, "aucune", "").await;
    assert_eq!(class(&carrier.send(&outgoing("a")).await), Some(Refusal::Authentication));
    // A certificate that nobody vouches for, by both ways.
    for (tls, security) in [(Tls::Start, "starttls"), (Tls::Implicit, "tls")] {
        let server = Server::start(tls, None, &[]).await;
        let (carrier, _dir) = open(&server, security, "").await;
        let outcome = carrier.send(&outgoing("a")).await;
        assert_eq!(class(&outcome), Some(Refusal::Configuration), "{outcome:?}");
        assert!(format!("{outcome:?}").contains("autorite"), "{outcome:?}");
        assert_eq!(server.count(), 0);
    }
    // A server without STARTTLS, and nobody at all.
    let server = Server::start(Tls::No, None, &[]).await;
    let (carrier, _dir) = open(&server, "starttls", "").await;
    assert_eq!(class(&carrier.send(&outgoing("a")).await), Some(Refusal::Configuration));
    let nobody = Server { port: 1, certificate: String::new(), state: server.state };
    let (carrier, _dir) = open(&nobody, "aucune", "").await;
    let outcome = carrier.send(&outgoing("a")).await;
    assert_eq!(class(&outcome), Some(Refusal::Temporary));
    assert!(format!("{outcome:?}").contains("connexion refusée"), "{outcome:?}");
}

#[tokio::test]
async fn settings_that_cannot_work() {
    let dir = tempfile::tempdir().unwrap();
    let problem = |more: &str| {
        let text = format!("[email]\nmode = \"smtp\"\nhote = \"smtp.exemple.fr\"\n{more}\n");
        Carrier::email(&config(&text), dir.path()).unwrap_err().to_string()
    };
    let missing = problem("utilisateur = \"moi\"\nmot_de_passe_env = \"RELANCE_VARIABLE_ABSENTE\"");
    assert!(missing.contains("RELANCE_VARIABLE_ABSENTE"), "{missing}");
    assert!(problem("autorite = \"absente.pem\"").contains("autorite"));
    std::fs::write(dir.path().join("vide.pem"), "rien").unwrap();
    assert!(problem("autorite = \"vide.pem\"").contains("aucun certificat"));
}

#[tokio::test]
async fn classes_of_refusals() {
    let acts = [
        Act::RefuseFirstRecipient("550 5.1.1 <zoe@client.example> inconnue"),
        Act::RefuseFirstRecipient("450 4.2.0 plus tard"),
        Act::RefuseSender("553 5.7.1 pas a vous"),
        Act::RefuseContent("554 5.6.0 indesirable"),
        Act::RefuseContent("452 4.3.1 disque plein"),
        Act::Accept,
    ];
    let (server, carrier, _dir) = plain(&acts).await;
    let mut outcomes = Vec::new();
    for i in 0..acts.len() {
        let mut message = outgoing(&i.to_string());
        message.copy.clear();
        outcomes.push(carrier.send(&message).await);
    }
    let classes: Vec<_> = outcomes.iter().map(class).collect();
    let expected =
        [Refusal::Address, Refusal::Temporary, Refusal::Configuration, Refusal::Permanent, Refusal::Temporary];
    assert_eq!(classes[..5], expected.map(Some));
    assert!(accepted(&outcomes[5]));
    assert_eq!((server.count(), server.connections()), (1, 1), "a refusal does not cost a connection");
    assert!(!format!("{outcomes:?}").contains("zoe@"), "no address in what is kept");
    insta::assert_debug_snapshot!(outcomes);
}

#[tokio::test]
async fn a_refused_copy_does_not_hold_the_message_back() {
    let (server, carrier, _dir) = plain(&[Act::RefuseFirstRecipient("550 5.1.1 non")]).await;
    let mut message = outgoing("a");
    message.to.push(person("Luc", "luc@client.example"));
    assert!(accepted(&carrier.send(&message).await), "the second recipient gets it");
    assert_eq!(server.state.received.lock().unwrap()[0].to.len(), 2);
    // Only the copy would receive it: that is not sending it.
    let (server, carrier, _dir) = plain(&[Act::RefuseFirstRecipient("550 5.1.1 non")]).await;
    assert_eq!(class(&carrier.send(&outgoing("b")).await), Some(Refusal::Address));
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_connection_closed_at_rest_is_replaced() {
    for ending in [Act::AcceptAndClose, Act::AcceptAndTire] {
        let (server, carrier, _dir) = plain(std::slice::from_ref(&ending)).await;
        assert!(accepted(&carrier.send(&outgoing("a")).await));
        tokio::time::sleep(Duration::from_millis(50)).await;
        let outcome = carrier.send(&outgoing("b")).await;
        assert!(accepted(&outcome), "{ending:?} {outcome:?}");
        assert_eq!((server.count(), server.connections()), (2, 2));
    }
}

#[tokio::test]
async fn a_connection_lost_before_the_content_is_temporary() {
    let (server, carrier, _dir) = plain(&[Act::DropBeforeContent]).await;
    let outcome = carrier.send(&outgoing("a")).await;
    assert_eq!(class(&outcome), Some(Refusal::Temporary), "{outcome:?}");
    assert_eq!(server.count(), 0);
    assert!(accepted(&carrier.send(&outgoing("a")).await));
}

#[tokio::test]
async fn a_connection_lost_after_the_content_is_in_doubt_and_not_repeated() {
    for act in [Act::DropAfterContent, Act::SilentAfterContent] {
        // Once on a new connection, once on one that has served.
        let (server, carrier, _dir) = plain(&[act.clone(), Act::Accept, act.clone()]).await;
        let first = carrier.send(&outgoing("a")).await;
        assert!(matches!(first, Outcome::Unknown { .. }), "{act:?} {first:?}");
        assert!(accepted(&carrier.send(&outgoing("b")).await));
        let third = carrier.send(&outgoing("c")).await;
        assert!(matches!(third, Outcome::Unknown { .. }), "{act:?} {third:?}");
        assert_eq!(server.connections(), 2, "no second attempt");
    }
}

#[tokio::test]
async fn no_more_connections_than_allowed() {
    let (server, carrier, _dir) = plain(&[]).await;
    assert_eq!(carrier.concurrency(), 2);
    let carrier = std::sync::Arc::new(carrier);
    let tasks: Vec<_> = (0..200)
        .map(|i| {
            let carrier = carrier.clone();
            tokio::spawn(async move { carrier.send(&outgoing(&i.to_string())).await })
        })
        .collect();
    for task in tasks {
        assert!(accepted(&task.await.unwrap()));
    }
    assert_eq!(server.count(), 200);
    assert!(server.connections() <= 2, "{}", server.connections());
}

#[tokio::test]
async fn streams_send_at_once() {
    let (server, _carrier, _dir) = plain(&[]).await;
    assert!(crate::channel::smtp::dial("127.0.0.1", server.port).await.unwrap().nodelay().unwrap());
}
