//! `serveur`: the pages where people work, with the service beside them.

use super::service::{Opened, listener, tell_doors};
use crate::args::ServeArgs;
use crate::failure::Failure;
use crate::output;
use crate::project::{Project, now};
use relance_server::auth::hashing::Hasher;
use relance_server::auth::login::Gate;
use relance_server::auth::oidc::Oidc;
use relance_server::{Meter, Site, Tenant, first_account, router, serve};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Notify;

/// Serves until it is told to stop.
pub async fn run(dir: &Path, base: Option<&str>, args: &ServeArgs) -> Result<(), Failure> {
    let opened = Opened::of(dir, base, args.journaux, args.sans_service).await?;
    let (listener, address) = listener(args.ecoute).await?;
    let machines = opened.machines()?;
    tell_doors(address, &machines.doors);
    let changed = Arc::new(Notify::new());
    let project = Project::open(dir, &[])?;
    let lists = project.listing(base, now()).await?;
    let beside = project.store_beside(base).await?;
    let tenant = Arc::new(Tenant::new(project, Arc::clone(&beside), lists, now, Arc::clone(&changed)));
    let accounts = tenant.project().accounts(base).await?;
    let public = args.adresse.clone().unwrap_or_else(|| format!("http://{address}"));
    let oidc = provider(&tenant.project(), &public)?;
    let site = Site {
        tenants: [(tenant.entity.clone(), Arc::clone(&tenant))].into(),
        gate: Gate { accounts: accounts.clone(), hasher: Hasher::default() },
        now,
        secure: public.starts_with("https://"),
        public: public.trim_end_matches('/').to_owned(),
        oidc,
        machines,
        meter: Meter::default(),
    };
    match first_account(&site).await? {
        Some(path) => output::print(&format!("Premier compte : ouvrez {public}{path} dans votre navigateur.\n"))?,
        None => output::print(&format!("Relance est là : {public}\n"))?,
    }
    let (store, stop) = (Arc::clone(&opened.store), Arc::clone(&opened.stop));
    let ended = Arc::clone(&stop);
    let pages = tokio::spawn(serve(listener, router(Arc::new(site)), async move { ended.wait().await }));
    let read_again = async || {
        if let Err(failure) = tenant.read_again() {
            tracing::error!(
                erreur = failure.words().0,
                "le projet relu a des erreurs : les pages montrent celui d’avant"
            );
        }
    };
    let worked = opened.work(dir, &changed, read_again).await;
    stop.ask();
    let _ = pages.await;
    accounts.close().await;
    beside.close().await;
    tenant.lists.close().await;
    store.close().await;
    worked
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
