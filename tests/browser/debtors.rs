//! A debtor of the demonstration, and links to its page, made as a person of the creditor makes them.

use crate::server::Demo;
use chrono::{TimeDelta, Utc};
use relance_core::day::Instant;
use relance_core::dossier::Dossier;
use relance_engine::store::accounts::{Accounts, NewPortalLink};
use relance_engine::store::{self, Store};
use relance_server::auth::token::{Token, draw_id};
use std::sync::Arc;

/// The base of a demonstration, beside its server.
pub struct Beside {
    /// The creditor's part.
    pub store: Arc<dyn Store>,
    /// Accounts and links.
    pub accounts: Accounts,
}

/// Who is given a link.
#[derive(Clone, Debug)]
pub struct Debtor {
    /// The client's code.
    pub client: String,
    /// Its name.
    pub name: String,
    /// The address of its contact.
    pub contact: String,
    /// Its invoices that are due, of which nothing is said yet, the oldest first.
    pub due: Vec<String>,
}

impl Beside {
    /// Opens it.
    pub async fn of(demo: &Demo) -> Beside {
        let dir = demo.project();
        Beside {
            store: store::open("sqlite://relance.db", &dir, "principale").await.unwrap(),
            accounts: Accounts::open("sqlite://relance.db", &dir).await.unwrap(),
        }
    }

    /// A client's file.
    pub async fn file(&self, client: &str) -> Dossier {
        let loaded = self.store.load(&[client.to_owned()], Instant::MAX_UTC, &[], true).await.unwrap();
        loaded.into_iter().next().unwrap().world.dossier
    }

    /// Clients with at least `least` invoices that are due and about which nothing was said.
    pub async fn debtors(&self, least: usize) -> Vec<Debtor> {
        let (clients, today) = (self.store.clients().await.unwrap(), Utc::now().date_naive());
        let loaded = self.store.load(&clients, Instant::MAX_UTC, &[], true).await.unwrap();
        let mut found = Vec::new();
        for dossier in loaded.into_iter().map(|one| one.world.dossier) {
            let Some(contact) = dossier.customer.email.clone() else { continue };
            let open: Vec<_> = dossier.invoices.iter().filter(|(_, file)| file.is_open()).collect();
            let quiet = open.iter().all(|(_, file)| {
                file.disputes.is_empty()
                    && file.promise.is_none()
                    && file.announced.is_none()
                    && file.promises_broken == 0
            });
            let mut due: Vec<_> = open.iter().filter(|(_, file)| file.invoice.due < today).collect();
            due.sort_by_key(|(number, file)| (file.invoice.due, (*number).clone()));
            if quiet && due.len() >= least && dossier.insolvent.is_none() {
                let due = due.into_iter().map(|(number, _)| (*number).clone()).collect();
                found.push(Debtor { client: dossier.client, name: dossier.customer.name, contact, due });
            }
        }
        found
    }

    /// A link of a client that opens for so many days.
    pub async fn link(&self, entity: &str, client: &str, contact: &str, days: i64) -> (Token, String) {
        let (token, id, now) = (Token::draw().unwrap(), draw_id().unwrap(), Utc::now());
        let digest = token.digest();
        let new = NewPortalLink {
            client,
            id: &id,
            contact,
            digest: &digest,
            created_by: Some("quelqu’un"),
            expires: now + TimeDelta::days(days),
        };
        assert!(self.accounts.add_portal_link(entity, &new, now).await.unwrap());
        (token, id)
    }
}
