//! `serveur`: the pages where people work, with the service beside them.

use super::service::{Opened, listener, tell_doors};
use crate::args::ServeArgs;
use crate::failure::{Failure, file};
use crate::output;
use crate::project::{Project, now};
use futures_util::future::join_all;
use relance_engine::store::Place;
use relance_server::auth::hashing::Hasher;
use relance_server::auth::login::Gate;
use relance_server::auth::oidc::Oidc;
use relance_server::{Meter, Site, Tenant, first_account, keep_tidy, router, serve};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Notify;

/// A project that is served: its pages, and what works on it.
struct Served {
    dir: PathBuf,
    opened: Opened,
    tenant: Arc<Tenant>,
    changed: Arc<Notify>,
}

impl Served {
    async fn of(dir: &Path, base: &str, opened: Opened) -> Result<Served, Failure> {
        let changed = Arc::new(Notify::new());
        let project = Project::open(dir, &[])?;
        let lists = project.listing(Some(base), now()).await?;
        let beside = project.store_beside(Some(base)).await?;
        let tenant = Arc::new(Tenant::new(project, beside, lists, now, Arc::clone(&changed)));
        Ok(Served { dir: dir.to_owned(), opened, tenant, changed })
    }

    /// Works until all end; what ends one ends all.
    async fn work(self) -> Result<(), Failure> {
        let Served { dir, opened, tenant, changed } = self;
        let (store, stop) = (Arc::clone(&opened.store), Arc::clone(&opened.stop));
        let read_again = async || {
            if let Err(failure) = tenant.read_again() {
                tracing::error!(
                    erreur = failure.words().0,
                    "le projet relu a des erreurs : les pages montrent celui d’avant"
                );
            }
        };
        let worked = opened.work(&dir, &changed, read_again).await;
        stop.ask();
        store.close().await;
        worked
    }
}

/// The address of a base from whatever folder: everybody works in one.
fn one_base(opened: &Opened, base: Option<&str>) -> Result<String, Failure> {
    match opened.store.path() {
        Some(path) => {
            let path = std::path::absolute(path).map_err(|error| file(path, &error))?;
            Ok(path.to_string_lossy().into_owned())
        }
        None => Ok(base.unwrap_or_default().to_owned()),
    }
}

/// What left is written in a folder's own base: from another one, it would leave again.
fn refuse_own_base(project: &Project, base: &str) -> Result<(), Failure> {
    let Place::File(own) = project.place(None)? else { return Ok(()) };
    let same = || Some(own.canonicalize().ok()? == Path::new(base).canonicalize().ok()?);
    if !own.exists() || same() == Some(true) {
        return Ok(());
    }
    Err(Failure::Usage(
        format!("{} a déjà sa propre base, {} : ce qui est parti y est noté", project.dir.display(), own.display()),
        "servez ce dossier à part, par un `relance serveur` à lui ; si cette base n’a jamais servi, mettez-la de côté"
            .to_owned(),
    ))
}

/// Serves until it is told to stop.
pub async fn run(dir: &Path, base: Option<&str>, args: &ServeArgs) -> Result<(), Failure> {
    let opened = Opened::of(dir, base, args.journaux, args.sans_service).await?;
    let (listener, address) = listener(args.ecoute).await?;
    let base = one_base(&opened, base)?;
    let accounts = opened.project.accounts(Some(&base)).await?;
    let lead = Served::of(dir, &base, opened).await?;
    let mut others: Vec<Served> = Vec::new();
    for dir in &args.avec {
        let project = Project::open(dir, &[])?;
        refuse_own_base(&project, &base)?;
        let entity = project.config.creditor.entity;
        // Before anything looks at the base: it would take the rows of the one for those of the other.
        if std::iter::once(&lead).chain(&others).any(|one| one.tenant.entity == entity) {
            return Err(Failure::Usage(
                format!("deux dossiers sont de l’entité `{entity}`, dont {}", dir.display()),
                "donnez à chacun la sienne : `entite` dans [creancier]".to_owned(),
            ));
        }
        let opened = lead.opened.beside(dir, &base, args.journaux).await?;
        others.push(Served::of(dir, &base, opened).await?);
    }
    let (mut tenants, mut machines) = (BTreeMap::new(), BTreeMap::new());
    for one in std::iter::once(&lead).chain(&others) {
        let entity = one.tenant.entity.clone();
        let own = one.opened.machines()?;
        tell_doors(address, &entity, &own.doors);
        machines.insert(entity.clone(), own);
        tenants.insert(entity, Arc::clone(&one.tenant));
    }
    let first = lead.tenant.entity.clone();
    let public = args.adresse.clone().unwrap_or_else(|| format!("http://{address}"));
    let oidc = provider(&lead.tenant.project(), &public)?;
    let site = Site {
        tenants,
        gate: Gate { accounts: accounts.clone(), hasher: Hasher::default() },
        now,
        secure: public.starts_with("https://"),
        public: public.trim_end_matches('/').to_owned(),
        oidc,
        machines,
        first,
        meter: Meter::default(),
    };
    match first_account(&site).await? {
        Some(path) => output::print(&format!("Premier compte : ouvrez {public}{path} dans votre navigateur.\n"))?,
        None => output::print(&format!("Relance est là : {public}\n"))?,
    }
    let stop = Arc::clone(&lead.opened.stop);
    let (site, ended) = (Arc::new(site), Arc::clone(&stop));
    let pages = tokio::spawn(serve(listener, router(Arc::clone(&site)), async move { ended.wait().await }));
    let (kept, ended) = (Arc::clone(&site), Arc::clone(&stop));
    let tidy = tokio::spawn(async move { keep_tidy(&kept, ended.wait()).await });
    let worked = join_all(std::iter::once(lead).chain(others).map(Served::work)).await;
    let _ = pages.await;
    let _ = tidy.await;
    accounts.close().await;
    for tenant in site.tenants.values() {
        tenant.store.close().await;
        tenant.lists.close().await;
    }
    worked.into_iter().collect()
}

/// The company's own login, as the settings have it.
fn provider(project: &Project, public: &str) -> Result<Option<Arc<Oidc>>, Failure> {
    let Some(config) = project.config.access.oidc.clone() else { return Ok(None) };
    let secret = config.secret_env.as_ref().map(|variable| {
        std::env::var(variable).map_err(|_| {
            Failure::Usage(
                format!("la variable d’environnement {variable} n’est pas définie"),
                "elle doit contenir le secret de [acces.oidc]".to_owned(),
            )
        })
    });
    let made = Oidc::new(config, secret.transpose()?, public);
    let made = made.map_err(|why| {
        Failure::Outside(format!("la connexion par [acces.oidc] ne s’ouvre pas : {why}"), String::new())
    });
    Ok(Some(Arc::new(made?)))
}
