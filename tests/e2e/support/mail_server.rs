//! A mail server on loopback that does, for each recipient, what the test tells it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What the server does with the next message for somebody.
#[derive(Clone, Debug)]
pub enum Act {
    /// Takes it.
    Accept,
    /// Refuses the recipient.
    RefuseRecipient(&'static str),
    /// Refuses the content.
    RefuseContent(&'static str),
    /// Takes the content and closes without answering.
    DropAfterContent,
    /// Closes the connection at the recipient.
    DropBeforeContent,
}

/// A message taken.
#[derive(Clone, Debug)]
pub struct Received {
    pub to: Vec<String>,
    pub bytes: Vec<u8>,
}

#[derive(Default)]
struct State {
    received: Mutex<Vec<Received>>,
    acts: Mutex<BTreeMap<String, VecDeque<Act>>>,
}

/// The server; it stops with its value.
pub struct MailServer {
    pub port: u16,
    /// The certificate of the authority that vouches for it, in PEM.
    pub authority: String,
    state: Arc<State>,
    _runtime: Runtime,
}

#[derive(Clone)]
struct Behaviour {
    state: Arc<State>,
    acceptor: Option<TlsAcceptor>,
    /// What `AUTH PLAIN` must say, in base64.
    login: Option<String>,
}

impl MailServer {
    /// Without encryption or login.
    pub fn plain() -> MailServer {
        MailServer::start(None)
    }

    /// With STARTTLS, a certificate signed by an authority of its own, and a login.
    pub fn secured(user: &str, password: &str) -> MailServer {
        MailServer::start(Some(base64(format!("\0{user}\0{password}").as_bytes())))
    }

    fn start(login: Option<String>) -> MailServer {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (acceptor, authority) = if login.is_some() { certified() } else { (None, String::new()) };
        let state = Arc::new(State::default());
        let behaviour = Behaviour { state: state.clone(), acceptor, login };
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, behaviour.clone()));
            }
        });
        MailServer { port, authority, state, _runtime: runtime }
    }

    /// Says what to do with the next messages for an address.
    pub fn expect(&self, address: &str, acts: &[Act]) {
        self.state.acts.lock().unwrap().insert(address.to_owned(), acts.iter().cloned().collect());
    }

    /// Everything taken so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap().clone()
    }

    /// How many messages were taken so far.
    pub fn taken(&self) -> usize {
        self.state.received.lock().unwrap().len()
    }

    /// How many messages somebody got.
    pub fn count(&self, address: &str) -> usize {
        self.received().iter().filter(|r| r.to.iter().any(|to| to == address)).count()
    }
}

fn certified() -> (Option<TlsAcceptor>, String) {
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let authority = params.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(params, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    (Some(TlsAcceptor::from(Arc::new(config))), authority.pem())
}

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

async fn serve(socket: TcpStream, behaviour: Behaviour) {
    let Some(acceptor) = &behaviour.acceptor else {
        session(socket, &behaviour, true, true).await;
        return;
    };
    if let Some(socket) = session(socket, &behaviour, false, true).await
        && let Ok(stream) = acceptor.accept(socket).await
    {
        session(stream, &behaviour, true, false).await;
    }
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, line: &str) {
    let _ = stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await;
    let _ = stream.get_mut().flush().await;
}

/// One conversation; gives the connection back when it is to be encrypted.
async fn session<S>(stream: S, behaviour: &Behaviour, secured: bool, greet: bool) -> Option<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut stream = BufReader::new(stream);
    if greet {
        say(&mut stream, "220 essai ESMTP").await;
    }
    let mut to: Vec<String> = Vec::new();
    let mut act = Act::Accept;
    let mut logged_in = behaviour.login.is_none();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return None;
        }
        let line = line.trim_end();
        let upper = line.to_uppercase();
        if upper.starts_with("EHLO") {
            let offer = match (secured, &behaviour.login) {
                (false, _) => "250-STARTTLS\r\n",
                (true, Some(_)) => "250-AUTH PLAIN\r\n",
                (true, None) => "",
            };
            say(&mut stream, &format!("250-essai\r\n{offer}250 SIZE 10000000")).await;
        } else if upper == "STARTTLS" {
            say(&mut stream, "220 2.0.0 allez").await;
            return Some(stream.into_inner());
        } else if upper.starts_with("AUTH PLAIN") {
            logged_in = line.split(' ').nth(2) == behaviour.login.as_deref();
            say(&mut stream, if logged_in { "235 2.7.0 bienvenue" } else { "535 5.7.8 non" }).await;
        } else if upper.starts_with("MAIL") {
            to.clear();
            act = Act::Accept;
            say(&mut stream, if logged_in { "250 2.1.0 ok" } else { "530 5.7.0 qui etes-vous" }).await;
        } else if upper.starts_with("RCPT") {
            let address = line.split(['<', '>']).nth(1).unwrap_or("").to_owned();
            let planned = behaviour.state.acts.lock().unwrap().get_mut(&address).and_then(VecDeque::pop_front);
            match planned {
                Some(Act::RefuseRecipient(answer)) => say(&mut stream, answer).await,
                Some(Act::DropBeforeContent) => return None,
                planned => {
                    act = planned.unwrap_or(act);
                    to.push(address);
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
                    _ => return None,
                }
            }
            bytes.truncate(bytes.len() - 3);
            match &act {
                Act::DropAfterContent => return None,
                Act::RefuseContent(answer) => {
                    say(&mut stream, answer).await;
                    continue;
                }
                _ => {}
            }
            // Dots at the start of a line were doubled on the way.
            let text = String::from_utf8_lossy(&bytes).replace("\r\n..", "\r\n.");
            let received = Received { to: to.clone(), bytes: text.into_bytes() };
            behaviour.state.received.lock().unwrap().push(received);
            say(&mut stream, "250 2.0.0 Ok: queued as 4ABC").await;
        } else if upper == "QUIT" {
            say(&mut stream, "221 2.0.0 au revoir").await;
            return None;
        } else {
            say(&mut stream, "250 2.0.0 ok").await;
        }
    }
}
