//! `service`: sends what is due for as long as it is let.

use super::fetch::{self, Inbox};
use super::following::{self, Following};
use super::letters::follow;
use super::notify;
use crate::args::{Listen, Logs, ServiceArgs};
use crate::failure::Failure;
use crate::lock::{Worker, lock, runner_name};
use crate::project::{self, Project, now};
use relance_core::day::Instant;
use relance_engine::config::Config;
use relance_engine::runner::{Mailroom, Stop};
use relance_engine::service::{
    Board, Bounces, Callback, Clock, Doors, Letters, Machines, PayPage, Payments, Plan, Service, serve,
};
use relance_engine::store::{Store, StoreError};
use std::fs::File;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;

/// A shorter secret is too easily found.
const SHORTEST_SECRET: usize = 16;

/// The machine's clock.
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        now()
    }

    async fn wait(&self, until: Option<Instant>, at_most: Duration) {
        let left = until.map_or(at_most, |until| (until - now()).to_std().unwrap_or_default());
        tokio::time::sleep(left.min(at_most)).await;
    }
}

/// A project with its base, ready to be worked on.
pub struct Opened {
    /// The project.
    pub project: Project,
    /// Its base.
    pub store: Arc<dyn Store>,
    /// What the runner tells of itself.
    pub board: Arc<Board>,
    /// Asked to end it all.
    pub stop: Arc<Stop>,
    /// What the system says, heard from the beginning: before anybody is told that the program is there.
    signals: Signals,
    /// What runs; none where only the pages do.
    work: Option<Work>,
}

/// What the runner needs; others keep off the base while it has its lock.
struct Work {
    plan: Plan<Mailroom>,
    _lock: Option<File>,
}

impl Opened {
    /// Opens a project's base, to work on it, or only to look and to write down what people say (`alone`).
    pub async fn of(dir: &Path, base: Option<&str>, journaux: Logs, alone: bool) -> Result<Opened, Failure> {
        Opened::one(dir, base, journaux, (alone, None)).await
    }

    /// Opens another project in the same base; this program has its lock already, and all end together.
    pub async fn beside(&self, dir: &Path, base: &str, journaux: Logs) -> Result<Opened, Failure> {
        Opened::one(dir, Some(base), journaux, (self.work.is_none(), Some(&self.stop))).await
    }

    async fn one(
        dir: &Path,
        base: Option<&str>,
        journaux: Logs,
        (alone, beside): (bool, Option<&Arc<Stop>>),
    ) -> Result<Opened, Failure> {
        let (first, at) = (project::open(dir, &[])?, now());
        if !first.has_base(base) {
            first.program()?;
        }
        let store = first.store(base).await?;
        let (board, leads) = (Arc::new(Board::default()), beside.is_none());
        let signals = Signals::heard(leads)?;
        let stop = beside.map_or_else(Arc::default, Arc::clone);
        if alone {
            logs(journaux);
            return Ok(Opened { project: first, store, board, stop, signals, work: None });
        }
        let lock = if leads { lock(&*store, Worker::Service)? } else { None };
        // A person has to say first what left meanwhile: a service that waits for that would look like one that works.
        if let Some(mark) = store.mark().await? {
            return Err(StoreError::Marked(mark).into());
        }
        if store.path().is_some() {
            store.bury_runners().await?;
        }
        logs(journaux);
        let (project, plan) = read(dir, &*store, at).await?;
        Ok(Opened { project, store, board, stop, signals, work: Some(Work { plan, _lock: lock }) })
    }

    /// The pages for machines.
    pub fn machines(&self) -> Result<Machines, Failure> {
        let doors = doors(&self.project)?;
        Ok(Machines { store: Arc::clone(&self.store), board: Arc::clone(&self.board), now, doors })
    }

    /// Works until it is told to stop. The project is read again on SIGHUP and whenever `again` comes; `renewed` hears of it.
    pub async fn work(self, dir: &Path, again: &Notify, renewed: impl AsyncFn()) -> Result<(), Failure> {
        let Opened { project, store, board, stop, signals, work } = self;
        let Some(Work { plan, _lock }) = work else {
            tokio::select! {
                () = stop.wait() => {}
                never = signals.answer(&stop, again, renewed) => match never? {},
            }
            return Ok(());
        };
        let name = runner_name();
        let (sender, plans) = watch::channel(Arc::new(plan));
        let telling = plans.clone();
        let (inbox, inboxes) = watch::channel(Arc::new(Inbox::of(&project)?));
        let service = Service { store: &*store, name: &name, clock: &SystemClock, plans, stop: &stop, board: &board };
        let entity = &project.config.creditor.entity;
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            processus = std::process::id(),
            entite = entity,
            "le service commence"
        );
        let renew = async || {
            renew(dir, &*store, &project, (&sender, &inbox)).await;
            renewed().await;
        };
        let ended = tokio::select! {
            ended = service.run() => ended,
            never = fetch::regularly(inboxes, &*store) => match never {},
            never = follow::regularly(&project, &*store) => match never? {},
            never = notify::regularly(telling, &*store) => match never {},
            never = signals.answer(&stop, again, renew) => match never? {},
        };
        match ended {
            Ok(()) => {
                tracing::info!("le service est arrêté : ce qui restait à faire attend son retour");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Runs until it is told to stop.
pub async fn run(dir: &Path, base: Option<&str>, args: &ServiceArgs) -> Result<(), Failure> {
    let opened = Opened::of(dir, base, args.journaux, false).await?;
    if let Listen::At(address) = args.ecoute {
        let (listener, address) = listener(address).await?;
        let machines = opened.machines()?;
        tell_doors(address, &opened.project.config.creditor.entity, &machines.doors);
        tokio::spawn(serve(listener, Arc::new(machines)));
    }
    let store = Arc::clone(&opened.store);
    let ended = opened.work(dir, &Notify::new(), async || {}).await;
    store.close().await;
    ended
}

/// Listens at an address; says at which, where the system chose the port.
pub async fn listener(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = TcpListener::bind(address).await.map_err(|error| unheard(address, &error))?;
    let address = listener.local_addr().unwrap_or(address);
    Ok((listener, address))
}

/// Logs what is open to machines.
pub fn tell_doors(address: SocketAddr, entity: &str, doors: &Doors) {
    let (callbacks, payments, pay) = (doors.callback.is_some(), doors.payments.is_some(), doors.pay.is_some());
    let (bounces, letters) = (doors.bounces.is_some(), doors.letters.is_some());
    tracing::info!(adresse = %address, entite = entity, rappels = callbacks, retours = bounces, suivi = letters, paiements = payments, pages_de_paiement = pay, "pages : /sante, /metriques, /rappel, /retour, /suivi, /paiement et /payer");
}

/// Who may tell what became of messages, and of payments, if the settings want it.
fn doors(project: &Project) -> Result<Doors, Failure> {
    let Config { creditor, callback_env, bounces, payment, letters_env, tracking, .. } = &project.config;
    let callback = callback_env.as_ref().map(|variable| {
        secret(variable, "des rappels (`rappel_env` dans [service])")
            .map(|secret| Callback::new(&secret, creditor.zone))
    });
    let payments = payment.notices.as_ref().map(|notices| {
        let secret =
            secret(&notices.secret_env, "de signature de votre prestataire de paiement (`secret_env` dans [paiement])");
        secret.map(|secret| Payments::new(&secret, notices.count, creditor.zone))
    });
    let bounces = bounces.as_ref().map(|bounces| {
        let secret = secret(&bounces.secret_env, "de signature des retours (`retours_env` dans [service])");
        secret.map(|secret| Bounces::new(&secret, bounces.form, creditor.zone))
    });
    let letters = letters_env.as_ref().map(|variable| {
        let secret = secret(variable, "de signature du suivi (`suivi_env` dans [service])")?;
        Letters::new(&secret, tracking.as_ref(), creditor.zone)
            .map_err(|problem| Failure::Usage(problem, "définissez cette variable, puis relancez".to_owned()))
    });
    let pay = PayPage::new(&project.config)
        .map_err(|problem| Failure::Usage(problem, "définissez cette variable, puis relancez".to_owned()))?;
    Ok(Doors {
        callback: callback.transpose()?,
        payments: payments.transpose()?,
        bounces: bounces.transpose()?,
        letters: letters.transpose()?,
        pay,
    })
}

/// The secret that a variable of the environment holds.
fn secret(variable: &str, whose: &str) -> Result<String, Failure> {
    std::env::var(variable).ok().filter(|secret| secret.len() >= SHORTEST_SECRET).ok_or_else(|| {
        Failure::Usage(
            format!(
                "la variable d’environnement {variable} n’est pas définie, ou tient en moins de {SHORTEST_SECRET} caractères"
            ),
            format!("elle doit contenir le secret {whose} ; sinon, retirez cette ligne"),
        )
    })
}

/// Reads the project as it stands on the disk, with the scenarios that the base follows.
async fn read(dir: &Path, store: &dyn Store, at: Instant) -> Result<(Project, Plan<Mailroom>), Failure> {
    let project = project::open(dir, &[])?;
    let Following { program, told } = following::choose(&project, store, at).await?;
    if let Some(told) = told {
        tracing::info!("{}", anstream::adapter::strip_str(told.trim()));
    }
    if let Some(told) = project.example_name() {
        tracing::warn!("{told}");
    }
    let carrier = project.mailroom()?;
    let sender = project.sender()?;
    Ok((project, Plan { program, carrier, sender }))
}

/// Reads the project again; what cannot be read changes nothing.
async fn renew(
    dir: &Path,
    store: &dyn Store,
    first: &Project,
    (plans, inboxes): (&watch::Sender<Arc<Plan<Mailroom>>>, &watch::Sender<Arc<Inbox>>),
) {
    let (ours, zone) = (&first.config.creditor.entity, first.config.creditor.zone);
    let read = read(dir, store, now()).await;
    match read.and_then(|(project, plan)| Ok((Inbox::of(&project)?, project, plan))) {
        Ok((_, project, _)) if project.config.creditor.entity != *ours || project.config.creditor.zone != zone => {
            tracing::error!(
                "le projet a changé d’entité ou de fuseau horaire : redémarrez le service ; il continue sans ce changement"
            );
        }
        Ok((inbox, _, plan)) => {
            inboxes.send_replace(Arc::new(inbox));
            plans.send_replace(Arc::new(plan));
            tracing::info!("le projet est relu");
        }
        Err(failure) => {
            let (message, _) = failure.words();
            tracing::error!(
                erreur = message,
                "le projet relu a des erreurs : le service continue avec les scénarios d’avant ; corrigez, puis envoyez-lui de nouveau SIGHUP"
            );
        }
    }
}

/// What goes to standard error: our own words only, since libraries may name people.
fn logs(form: Logs) {
    let ours = Targets::new().with_target("relance", LevelFilter::INFO);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let subscriber = tracing_subscriber::registry().with(match form {
        Logs::Json => layer.json().flatten_event(true).with_target(false).with_filter(ours).boxed(),
        Logs::Texte => layer.with_ansi(std::io::stderr().is_terminal()).with_target(false).with_filter(ours).boxed(),
    });
    // There is none yet in this process.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

fn unheard(address: SocketAddr, error: &std::io::Error) -> Failure {
    let reason = match error.kind() {
        std::io::ErrorKind::AddrInUse => "un autre programme l’occupe",
        std::io::ErrorKind::PermissionDenied => "les droits manquent pour ce port",
        std::io::ErrorKind::AddrNotAvailable => "cette machine n’a pas cette adresse",
        _ => "le système refuse",
    };
    Failure::Outside(
        format!("l’adresse {address} ne peut pas être écoutée : {reason}"),
        "indiquez-en une autre par --ecoute, ou `--ecoute aucune` pour s’en passer".to_owned(),
    )
}

/// The signals of the system. Of several projects, one hears the wish to end for all.
#[cfg(unix)]
struct Signals {
    ending: Option<[tokio::signal::unix::Signal; 2]>,
    hung_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn heard(leads: bool) -> Result<Signals, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| {
            signal(kind)
                .map_err(|_| Failure::Outside("le système ne transmet pas les signaux".to_owned(), String::new()))
        };
        let ending = match leads {
            true => Some([listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?]),
            false => None,
        };
        Ok(Signals { ending, hung_up: listen(SignalKind::hangup())? })
    }

    /// Answers them, for ever.
    async fn answer(
        self,
        stop: &Stop,
        again: &Notify,
        renew: impl AsyncFn(),
    ) -> Result<std::convert::Infallible, Failure> {
        let Signals { mut ending, mut hung_up } = self;
        let mut told = async || match &mut ending {
            Some([ended, interrupted]) => {
                tokio::select! {
                    _ = ended.recv() => {}
                    _ = interrupted.recv() => {}
                }
            }
            None => std::future::pending().await,
        };
        loop {
            tokio::select! {
                () = told() => asked(stop),
                _ = hung_up.recv() => renew().await,
                () = again.notified() => renew().await,
            }
        }
    }
}

/// Ctrl-C, where the system has no signals. Of several projects, one hears it for all.
#[cfg(not(unix))]
struct Signals {
    leads: bool,
}

#[cfg(not(unix))]
impl Signals {
    #[allow(clippy::unnecessary_wraps)]
    fn heard(leads: bool) -> Result<Signals, Failure> {
        Ok(Signals { leads })
    }

    /// Answers it, for ever.
    async fn answer(
        self,
        stop: &Stop,
        again: &Notify,
        renew: impl AsyncFn(),
    ) -> Result<std::convert::Infallible, Failure> {
        loop {
            tokio::select! {
                pressed = tokio::signal::ctrl_c(), if self.leads => match pressed {
                    Ok(()) => asked(stop),
                    Err(_) => {
                        return Err(Failure::Outside("le système ne transmet pas les signaux".to_owned(), String::new()));
                    }
                },
                () = again.notified() => renew().await,
            }
        }
    }
}

fn asked(stop: &Stop) {
    if stop.ask() {
        tracing::info!("arrêt demandé : le service finit ce qui est en route");
    } else {
        tracing::info!("arrêt déjà demandé : les messages en route finissent, une minute au plus");
    }
}
