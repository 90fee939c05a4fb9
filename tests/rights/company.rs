//! Two companies that work in one base, on the demonstration; people with each role; and requests that go through the whole router.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use chrono::{TimeDelta, Utc};
use relance_core::day::Instant;
use relance_core::incoming::Incoming;
use relance_desk::project::{Project, now};
use relance_engine::config::OidcConfig;
use relance_engine::service::{Board, Doors, Machines};
use relance_engine::store::Store;
use relance_engine::store::accounts::{Accounts, NewSession, Stage};
use relance_server::auth::hashing::Hasher;
use relance_server::auth::login::Gate;
use relance_server::auth::oidc::Oidc;
use relance_server::auth::token::{Token, draw_id};
use relance_server::{Meter, Site, Tenant, router};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;
use tokio::sync::Notify;
use tower::ServiceExt;

/// The creditor of the demonstration.
pub const HERE: &str = "principale";
/// Another one.
pub const ELSEWHERE: &str = "autre";

/// Somebody who is logged in.
#[derive(Clone)]
pub struct Visitor {
    pub id: String,
    pub token: Token,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    /// Where it sends the browser.
    pub location: String,
    pub body: String,
}

/// A base with its companies.
pub struct Company {
    folder: TempDir,
    pub accounts: Accounts,
    /// What the creditor of the demonstration has in the base.
    pub store: Arc<dyn Store>,
    /// What is served.
    pub site: Arc<Site>,
    router: Router,
}

/// The executable, with nothing of the outside that could change what it says.
fn relance(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
    command.args(args).current_dir(folder).env_clear().env("TZ", "Europe/Paris").env("NO_COLOR", "1");
    let done = command.output().unwrap();
    assert!(done.status.success(), "{args:?} : {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// A folder with everything in it, elsewhere.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)
        } else {
            assert!(std::fs::copy(entry.path(), target).is_ok())
        }
    }
}

/// The demonstration, made once: it takes some seconds.
fn demo() -> PathBuf {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        relance(folder.path(), &["demo"]);
        folder
    });
    made.path().join("demo-relance")
}

impl Company {
    /// The demonstration, and another creditor in the same base; `settings` are lines of `[acces]`.
    pub async fn new(settings: &str) -> Company {
        Company::made(settings, None).await
    }

    /// With a login of its own, by the provider at this address.
    pub async fn with_login(settings: &str, issuer: &str) -> Company {
        let config = OidcConfig {
            issuer: issuer.to_owned(),
            client: "relance".to_owned(),
            secret_env: None,
            label: "Le compte de la société".to_owned(),
        };
        let oidc = Oidc::new(config, Some("chut".to_owned()), "https://relance.example").unwrap();
        Company::made(settings, Some(Arc::new(oidc))).await
    }

    async fn made(settings: &str, oidc: Option<Arc<Oidc>>) -> Company {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("demo");
        copy(&demo(), &dir);
        let file = dir.join("relance.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{text}\n[acces]\n{settings}\n")).unwrap();
        let other = folder.path().join("autre");
        copy(&dir.join("scenarios"), &other.join("scenarios"));
        copy(&dir.join("modeles"), &other.join("modeles"));
        let text = text.replacen("[creancier]\n", &format!("[creancier]\nentite = \"{ELSEWHERE}\"\n"), 1);
        std::fs::write(other.join("relance.toml"), text).unwrap();
        let url = format!("sqlite://{}", dir.join("relance.db").display());
        let mut tenants = std::collections::BTreeMap::new();
        let mut first = None;
        for dir in [&dir, &other] {
            let project = Project::open(dir, &[]).unwrap();
            let store = project.store(Some(&url)).await.unwrap();
            first.get_or_insert_with(|| Arc::clone(&store));
            let lists = project.listing(Some(&url), now()).await.unwrap();
            let tenant = Tenant::new(project, store, lists, now, Arc::new(Notify::new()));
            tenants.insert(tenant.entity.clone(), Arc::new(tenant));
        }
        assert_eq!(tenants.keys().collect::<Vec<_>>(), [ELSEWHERE, HERE]);
        let accounts = Accounts::open(&url, &dir).await.unwrap();
        let store = first.unwrap();
        let own = |_: &String| {
            let (store, board) = (Arc::clone(&store), Arc::new(Board::default()));
            Machines { store, board, now, doors: Doors::default() }
        };
        let machines = tenants.keys().map(|entity| (entity.clone(), own(entity))).collect();
        let site = Site {
            tenants,
            gate: Gate { accounts: accounts.clone(), hasher: Hasher::default() },
            now,
            public: "https://relance.example".to_owned(),
            secure: false,
            oidc,
            machines,
            first: HERE.to_owned(),
            meter: Meter::default(),
        };
        let site = Arc::new(site);
        Company { router: router(Arc::clone(&site)), site, folder, accounts, store }
    }

    /// The folder of the demonstration.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("demo")
    }

    /// What a command prints there.
    pub fn prints(&self, args: &[&str]) -> String {
        relance(&self.dir(), args)
    }

    /// A client, and an invoice that it owes.
    pub async fn debt(&self) -> (String, String) {
        for client in self.store.clients().await.unwrap() {
            let loaded = self.store.load(std::slice::from_ref(&client), Utc::now(), &[], false).await.unwrap();
            let open = loaded.iter().flat_map(|one| &one.world.dossier.invoices).find(|(_, file)| file.is_open());
            if let Some((number, _)) = open {
                return (client, number.clone());
            }
        }
        panic!("the demonstration owes nothing")
    }

    /// What waits for the client's file to be taken in.
    pub async fn inbox(&self, client: &str) -> Vec<Incoming> {
        let client = client.to_owned();
        let loaded = self.store.load(std::slice::from_ref(&client), Instant::MAX_UTC, &[], true).await.unwrap();
        loaded[0].world.inbox.iter().map(|(_, thing)| thing.clone()).collect()
    }

    /// Somebody with a role for a creditor, logged in.
    pub async fn hire(&self, name: &str, entity: &str, role: &str) -> Visitor {
        let (id, login) = (draw_id().unwrap(), format!("{}@exemple.fr", name.to_lowercase()));
        assert!(self.accounts.create(&id, &login, name, Utc::now()).await.unwrap());
        self.accounts.set_password(&id, "$argon2id$personne", None).await.unwrap();
        self.accounts.set_role(entity, &id, Some(role)).await.unwrap();
        self.log_in(&id).await
    }

    /// A session of an account.
    pub async fn log_in(&self, id: &str) -> Visitor {
        let token = Token::draw().unwrap();
        let (digest, session, now) = (token.digest(), draw_id().unwrap(), Utc::now());
        let new = NewSession {
            digest: &digest,
            id: &session,
            account: id,
            expires: now + TimeDelta::hours(1),
            agent: "essai",
            stage: Stage::Open,
        };
        assert!(self.accounts.open_session(&new, None, now).await.unwrap());
        Visitor { id: id.to_owned(), token }
    }

    /// Sends a request.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        who: Option<&Visitor>,
        (kind, body): (&str, String),
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, kind);
        if let Some(who) = who {
            request = request.header(header::COOKIE, format!("relance={}", who.token.text()));
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status();
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let location = location.unwrap_or_default().to_owned();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, location, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// Sends any request.
    pub async fn ask(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Opens an address with this cookie: status, where it sends the browser, and the last cookie that it sets.
    pub async fn visit(&self, path: &str, cookie: Option<&str>) -> (StatusCode, String, String) {
        let request = Request::builder().uri(path).header(header::COOKIE, cookie.unwrap_or("x=y"));
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let text = |name: header::HeaderName| {
            let value = response.headers().get_all(name).iter().next_back();
            value.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        (response.status(), text(header::LOCATION), text(header::SET_COOKIE))
    }

    /// Opens a page.
    pub async fn get(&self, who: &Visitor, path: &str) -> Answer {
        self.send(Method::GET, path, Some(who), ("text/plain", String::new())).await
    }

    /// Sends a form with its mark.
    pub async fn post(&self, who: &Visitor, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mark = who.token.form_mark();
        let proof = ("jeton", mark.as_str());
        self.send(Method::POST, path, Some(who), (FORM, form(std::iter::once(&proof).chain(fields)))).await
    }
}

/// The kind of an ordinary form.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// Fields as a form sends them.
pub fn form<'f>(fields: impl IntoIterator<Item = &'f (&'f str, &'f str)>) -> String {
    let escaped = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let pairs = fields.into_iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}
