//! A mail server, through a few connections that are kept open. The conversation is led step by step here, because what
//! may be repeated depends on how far it went: before the content, a lost connection means that nothing left.

use super::message::Mail;
use super::reply::{Phase, certificate_problem, classify, masked, plainly};
use super::tls::{self, Secured};
use super::{ChannelProblem, Outcome, Refusal, refused};
use crate::config::{Security, SmtpConfig};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, AsyncTokioStream, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::{Error, response::Response};
use std::fmt;
use std::future::Future;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// A connection that rested longer is not worth trying: servers close them after a few minutes at most.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// A mail server.
pub(super) struct Smtp {
    host: String,
    port: u16,
    security: Secure,
    login: Option<Credentials>,
    hello: ClientId,
    patience: Duration,
    limit: usize,
    permits: Semaphore,
    resting: Mutex<Vec<(Connection, Instant)>>,
}

type Connection = Box<AsyncSmtpConnection>;

enum Secure {
    None,
    StartTls(TlsParameters),
    Tls(TlsConnector, ServerName<'static>),
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// Why a step of the conversation did not succeed.
enum Failed {
    /// The server said no.
    Answer(u16, String),
    /// The connection is lost, silent or talks nonsense: nobody knows what the server did last.
    Lost(String),
}

/// What came of a whole conversation.
enum Exchange {
    /// It is settled; the connection may serve again, or not.
    Settled(Outcome, bool),
    /// The connection was lost before any content: nothing left.
    NothingLeft(String),
}

/// Opens a stream that sends at once: lettre writes a message in two pieces, and without this the second waits 40 ms for the first's
/// acknowledgement.
pub(super) async fn dial(host: &str, port: u16) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl Smtp {
    /// Reads the secrets and certificates; connects to nothing.
    pub fn new(config: &SmtpConfig, project: &Path) -> Result<Smtp, ChannelProblem> {
        let login = match (&config.user, &config.password_env) {
            (Some(user), Some(variable)) => {
                let password = std::env::var(variable).map_err(|_| {
                    ChannelProblem(format!(
                        "la variable d'environnement {variable} n'est pas définie : elle doit contenir le mot de passe de [email]"
                    ))
                })?;
                Some(Credentials::new(user.clone(), password))
            }
            _ => None,
        };
        let extra = config.authority.as_ref().map(|path| tls::authorities(&project.join(path))).transpose()?;
        let extra = extra.unwrap_or_default();
        let security = match config.security {
            Security::None => Secure::None,
            Security::StartTls => {
                let wrong = |error: Error| ChannelProblem(format!("chiffrement indisponible ({error})"));
                let mut builder =
                    TlsParameters::builder(config.host.clone()).certificate_store(CertificateStore::WebpkiRoots);
                for certificate in extra {
                    builder = builder.add_root_certificate(Certificate::from_der(certificate.to_vec()).map_err(wrong)?);
                }
                Secure::StartTls(builder.build_rustls().map_err(wrong)?)
            }
            Security::Tls => {
                let wrong = |_| ChannelProblem(format!("`hote` : « {} » n'est pas un nom de serveur", config.host));
                let name = ServerName::try_from(config.host.clone()).map_err(wrong)?;
                Secure::Tls(TlsConnector::from(Arc::new(tls::client(extra)?)), name)
            }
        };
        let limit = usize::try_from(config.connections.max(1)).unwrap_or(1);
        Ok(Smtp {
            host: config.host.clone(),
            port: config.port,
            security,
            login,
            hello: ClientId::default(),
            patience: config.timeout,
            limit,
            permits: Semaphore::new(limit),
            resting: Mutex::new(Vec::new()),
        })
    }

    /// How many connections at once.
    pub fn connections(&self) -> usize {
        self.limit
    }

    /// Hands a message over to the server.
    pub async fn send(&self, mail: &Mail) -> Outcome {
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await;
        if let Some(mut connection) = self.take() {
            match self.exchange(&mut connection, mail, true).await {
                Exchange::Settled(outcome, usable) => {
                    self.rest(connection, usable);
                    return outcome;
                }
                // The server closed it while it rested: the message goes through a new one.
                Exchange::NothingLeft(_) => {}
            }
        }
        let mut connection = match self.connect().await {
            Ok(connection) => connection,
            Err(outcome) => return outcome,
        };
        match self.exchange(&mut connection, mail, false).await {
            Exchange::Settled(outcome, usable) => {
                self.rest(connection, usable);
                outcome
            }
            Exchange::NothingLeft(why) => refused(
                Refusal::Temporary,
                format!(
                    "connexion au serveur de courriel {} perdue avant l'envoi ({why}) ; l'envoi sera retenté",
                    self.host
                ),
            ),
        }
    }

    fn take(&self) -> Option<Connection> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        // The last to rest is the likeliest to be alive.
        while let Some((connection, since)) = resting.pop() {
            if since.elapsed() < LONGEST_REST && !connection.has_broken() {
                return Some(connection);
            }
        }
        None
    }

    fn rest(&self, connection: Connection, usable: bool) {
        if usable && !connection.has_broken() {
            self.resting.lock().unwrap_or_else(PoisonError::into_inner).push((connection, Instant::now()));
        }
    }

    /// Waits for a step no longer than the settings allow.
    async fn step(&self, work: impl Future<Output = Result<Response, Error>>) -> Result<Response, Failed> {
        match timeout(self.patience, work).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(failed(&error)),
            Err(_) => Err(Failed::Lost(format!("pas de réponse en {} s", self.patience.as_secs()))),
        }
    }

    fn unreachable(&self, why: &str) -> Outcome {
        refused(
            Refusal::Temporary,
            format!(
                "serveur de courriel {}:{} injoignable ({}) ; l'envoi sera retenté ; vérifiez `hote` et `port` dans [email] si \
                 cela dure",
                self.host, self.port, why
            ),
        )
    }

    fn opening(&self, phase: Phase, error: &Error) -> Outcome {
        if let Some(problem) = certificate_problem(error) {
            return refused(Refusal::Configuration, format!("serveur de courriel {} : {problem}", self.host));
        }
        match failed(error) {
            Failed::Answer(code, text) => {
                let (class, detail) = classify(phase, code, &text);
                refused(class, detail)
            }
            Failed::Lost(why) => self.unreachable(&why),
        }
    }

    async fn connect(&self) -> Result<Connection, Outcome> {
        match timeout(self.patience, self.open()).await {
            Ok(connection) => connection,
            Err(_) => Err(self.unreachable(&format!("pas de réponse en {} s", self.patience.as_secs()))),
        }
    }

    async fn open(&self) -> Result<Connection, Outcome> {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let stream = dial(host, self.port).await.map_err(|error| self.unreachable(&plainly(&error)))?;
        let stream: Box<dyn AsyncTokioStream> = match &self.security {
            Secure::Tls(connector, name) => match connector.connect(name.clone(), stream).await {
                Ok(stream) => Box::new(Secured(stream)),
                Err(error) => {
                    return Err(match certificate_problem(&error) {
                        Some(problem) => {
                            refused(Refusal::Configuration, format!("serveur de courriel {} : {problem}", self.host))
                        }
                        None => self.unreachable(&plainly(&error)),
                    });
                }
            },
            Secure::None | Secure::StartTls(_) => Box::new(stream),
        };
        let opened = AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await;
        let mut connection = Box::new(opened.map_err(|error| self.opening(Phase::Greeting, &error))?);
        if let Secure::StartTls(parameters) = &self.security {
            if !connection.can_starttls() {
                let say =
                    format!("le serveur de courriel {} n'offre pas STARTTLS ; essayez securite = \"tls\"", self.host);
                return Err(refused(Refusal::Configuration, say));
            }
            let secured = connection.starttls(parameters.clone(), &self.hello).await;
            secured.map_err(|error| self.opening(Phase::Tls, &error))?;
        }
        if let Some(login) = &self.login {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            if connection.server_info().get_auth_mechanism(&mechanisms).is_none() {
                let say = format!(
                    "le serveur de courriel {} ne demande pas de mot de passe ici ; vérifiez `port` et `securite` dans [email]",
                    self.host
                );
                return Err(refused(Refusal::Configuration, say));
            }
            connection.auth(&mechanisms, login).await.map_err(|error| self.opening(Phase::Login, &error))?;
        }
        Ok(connection)
    }

    /// One message. `rested` says that the connection has served before, so that its end is no surprise.
    async fn exchange(&self, connection: &mut Connection, mail: &Mail, rested: bool) -> Exchange {
        let parameters = match parameters(connection, mail) {
            Ok(parameters) => parameters,
            Err(outcome) => return Exchange::Settled(outcome, true),
        };
        match self.step(connection.command(MailFrom::new(Some(mail.from.clone()), parameters))).await {
            Ok(_) => {}
            // 421 is how a server says that it closes.
            Err(Failed::Answer(421, _)) if rested => return Exchange::NothingLeft("421".to_owned()),
            Err(failure) => return self.stopped(connection, Phase::Sender, failure).await,
        }
        let mut reached = false;
        let mut first_refusal = None;
        for address in mail.to.iter().chain(&mail.copy) {
            let is_copy = mail.copy.contains(address);
            match self.step(connection.command(Rcpt::new(address.clone(), vec![]))).await {
                Ok(_) => reached |= !is_copy,
                Err(Failed::Lost(why)) => return Exchange::NothingLeft(why),
                Err(Failed::Answer(421, text)) => {
                    return self.stopped(connection, Phase::Recipient, Failed::Answer(421, text)).await;
                }
                // The others still get it; a copy that nobody can receive must not hold the message back.
                Err(Failed::Answer(code, text)) => {
                    if !is_copy && first_refusal.is_none() {
                        first_refusal = Some((code, text));
                    } else {
                        tracing::warn!(
                            code,
                            copie = is_copy,
                            "un des destinataires est refusé par le serveur de courriel"
                        );
                    }
                }
            }
        }
        if !reached {
            let (code, text) = first_refusal.unwrap_or((550, String::new()));
            return self.stopped(connection, Phase::Recipient, Failed::Answer(code, text)).await;
        }
        if let Err(failure) = self.step(connection.command(Data)).await {
            return self.stopped(connection, Phase::Content, failure).await;
        }
        match self.step(connection.message(&mail.bytes)).await {
            Ok(response) => {
                let provider_id = response.first_line().map(masked).filter(|line| !line.is_empty());
                Exchange::Settled(Outcome::Accepted { provider_id }, true)
            }
            Err(Failed::Answer(code, text)) => {
                let (class, detail) = classify(Phase::Content, code, &text);
                Exchange::Settled(refused(class, detail), code != 421)
            }
            // The server may have taken it before the line broke.
            Err(Failed::Lost(why)) => {
                let detail = format!(
                    "connexion au serveur de courriel {} perdue pendant la remise ({why}) : le message est peut-être parti ; \
                     vérifiez chez le fournisseur avant de le renvoyer",
                    self.host
                );
                Exchange::Settled(Outcome::Unknown { detail }, false)
            }
        }
    }

    /// The end of a conversation in which no content was handed over.
    async fn stopped(&self, connection: &mut Connection, phase: Phase, failure: Failed) -> Exchange {
        match failure {
            Failed::Lost(why) => Exchange::NothingLeft(why),
            Failed::Answer(code, text) => {
                let (class, detail) = classify(phase, code, &text);
                let usable = code != 421 && self.step(connection.command(Rset)).await.is_ok();
                Exchange::Settled(refused(class, detail), usable)
            }
        }
    }
}

fn failed(error: &Error) -> Failed {
    let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    match error.status() {
        Some(code) => Failed::Answer(code.into(), text),
        // An end of the stream in the middle of an answer.
        None if error.is_response() => Failed::Lost("connexion fermée par le serveur".to_owned()),
        None => Failed::Lost(plainly(error)),
    }
}

/// What the message needs of the server.
fn parameters(connection: &AsyncSmtpConnection, mail: &Mail) -> Result<Vec<MailParameter>, Outcome> {
    let mut parameters = Vec::new();
    let ascii = |address: &lettre::Address| AsRef::<str>::as_ref(address).is_ascii();
    if !(ascii(&mail.from) && mail.to.iter().chain(&mail.copy).all(ascii)) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let say =
                "le serveur de courriel n'accepte pas les adresses accentuées ; demandez une autre adresse au client";
            return Err(refused(Refusal::Address, say));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !mail.bytes.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}
