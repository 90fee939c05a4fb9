//! A mail server on loopback that does what the test tells it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What the server does with a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Accept,
    /// Accepts, then closes without a word.
    AcceptAndClose,
    /// Accepts; then answers 421 to whatever comes next.
    AcceptAndTire,
    RefuseSender(&'static str),
    RefuseFirstRecipient(&'static str),
    RefuseContent(&'static str),
    /// Takes the content and closes without answering.
    DropAfterContent,
    /// Takes the content and never answers.
    SilentAfterContent,
    /// Closes after RCPT.
    DropBeforeContent,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    No,
    Start,
    Implicit,
}

pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    pub bytes: Vec<u8>,
}

#[derive(Default)]
pub struct State {
    pub received: Mutex<Vec<Received>>,
    pub connections: Mutex<usize>,
    acts: Mutex<VecDeque<Act>>,
}

pub struct Server {
    pub port: u16,
    pub certificate: String,
    pub state: Arc<State>,
}

#[derive(Clone)]
struct Behaviour {
    state: Arc<State>,
    tls: Tls,
    acceptor: TlsAcceptor,
    /// Mechanism offered and the base64 words expected.
    login: Option<(&'static str, Vec<String>)>,
}

enum End {
    Closed,
    Upgrade,
}

impl Server {
    pub async fn start(tls: Tls, login: Option<(&'static str, Vec<String>)>, acts: &[Act]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let state = Arc::new(State { acts: Mutex::new(acts.iter().cloned().collect()), ..State::default() });
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let behaviour = Behaviour { state: state.clone(), tls, acceptor, login };
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                *behaviour.state.connections.lock().unwrap() += 1;
                tokio::spawn(serve(socket, behaviour.clone()));
            }
        });
        Server { port, certificate: made.cert.pem(), state }
    }

    pub fn count(&self) -> usize {
        self.state.received.lock().unwrap().len()
    }

    pub fn connections(&self) -> usize {
        *self.state.connections.lock().unwrap()
    }
}

async fn serve(socket: tokio::net::TcpStream, behaviour: Behaviour) {
    if behaviour.tls == Tls::Implicit {
        if let Ok(stream) = behaviour.acceptor.accept(socket).await {
            session(stream, &behaviour, true, true).await;
        }
        return;
    }
    let (stream, end) = session(socket, &behaviour, behaviour.tls == Tls::No, true).await;
    if let End::Upgrade = end
        && let Ok(stream) = behaviour.acceptor.accept(stream).await
    {
        session(stream, &behaviour, true, false).await;
    }
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, line: &str) {
    let _ = stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await;
    let _ = stream.get_mut().flush().await;
}

async fn session<S>(stream: S, behaviour: &Behaviour, secured: bool, greet: bool) -> (S, End)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut stream = BufReader::new(stream);
    if greet {
        say(&mut stream, "220 essai ESMTP").await;
    }
    let (mut from, mut to) = (String::new(), Vec::new());
    let mut act = Act::Accept;
    let mut logged_in = behaviour.login.is_none();
    let mut tired = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return (stream.into_inner(), End::Closed);
        }
        let line = line.trim_end().to_owned();
        let upper = line.to_uppercase();
        if tired {
            say(&mut stream, "421 4.4.2 fatigue").await;
            return (stream.into_inner(), End::Closed);
        }
        if upper.starts_with("EHLO") {
            let mut lines = vec!["250-essai".to_owned(), "250-8BITMIME".to_owned()];
            if !secured {
                lines.push("250-STARTTLS".to_owned());
            }
            if let Some((mechanism, _)) = behaviour.login.as_ref().filter(|_| secured) {
                lines.push(format!("250-AUTH {mechanism}"));
            }
            lines.push("250 SIZE 10000000".to_owned());
            say(&mut stream, &lines.join("\r\n")).await;
        } else if upper == "STARTTLS" {
            say(&mut stream, "220 2.0.0 allez").await;
            return (stream.into_inner(), End::Upgrade);
        } else if upper.starts_with("AUTH") {
            let (mechanism, words) = behaviour.login.clone().unwrap_or(("PLAIN", Vec::new()));
            let mut given = Vec::new();
            if mechanism == "PLAIN" {
                given.push(line.split(' ').nth(2).unwrap_or("").to_owned());
            } else {
                for prompt in ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"] {
                    say(&mut stream, &format!("334 {prompt}")).await;
                    let mut word = String::new();
                    let _ = stream.read_line(&mut word).await;
                    given.push(word.trim_end().to_owned());
                }
            }
            logged_in = given == words;
            say(&mut stream, if logged_in { "235 2.7.0 bienvenue" } else { "535 5.7.8 non" }).await;
        } else if upper.starts_with("MAIL") {
            act = behaviour.state.acts.lock().unwrap().pop_front().unwrap_or(Act::Accept);
            from = line;
            to.clear();
            let answer = match &act {
                _ if !logged_in => "530 5.7.0 qui etes-vous",
                Act::RefuseSender(answer) => answer,
                _ => "250 2.1.0 ok",
            };
            say(&mut stream, answer).await;
        } else if upper.starts_with("RCPT") {
            match &act {
                Act::RefuseFirstRecipient(answer) => {
                    say(&mut stream, answer).await;
                    act = Act::Accept;
                }
                Act::DropBeforeContent => return (stream.into_inner(), End::Closed),
                _ => {
                    to.push(line);
                    say(&mut stream, "250 2.1.5 ok").await;
                }
            }
        } else if upper == "DATA" {
            say(&mut stream, "354 j'ecoute").await;
            let mut bytes = Vec::new();
            while !bytes.ends_with(b"\r\n.\r\n") {
                let mut chunk = [0u8; 4096];
                match stream.read(&mut chunk).await {
                    Ok(n) if n > 0 => bytes.extend_from_slice(&chunk[..n]),
                    _ => return (stream.into_inner(), End::Closed),
                }
            }
            bytes.truncate(bytes.len() - 3);
            match &act {
                Act::DropAfterContent => return (stream.into_inner(), End::Closed),
                Act::SilentAfterContent => std::future::pending().await,
                Act::RefuseContent(answer) => {
                    say(&mut stream, answer).await;
                    continue;
                }
                _ => {}
            }
            let text = String::from_utf8_lossy(&bytes).replace("\r\n..", "\r\n.");
            let received = Received { from: from.clone(), to: to.clone(), bytes: text.into_bytes() };
            behaviour.state.received.lock().unwrap().push(received);
            say(&mut stream, "250 2.0.0 Ok: queued as 4ABC").await;
            match act {
                Act::AcceptAndClose => return (stream.into_inner(), End::Closed),
                Act::AcceptAndTire => tired = true,
                _ => {}
            }
        } else if upper == "QUIT" {
            say(&mut stream, "221 2.0.0 au revoir").await;
            return (stream.into_inner(), End::Closed);
        } else {
            say(&mut stream, "250 2.0.0 ok").await;
        }
    }
}
