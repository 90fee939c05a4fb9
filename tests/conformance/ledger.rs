//! The journal as evidence: whatever is done to it behind the runner's back is found.

use crate::{Office, Post, at, client, machine, program};
use relance_engine::store::{Finding, Ledger};
use sqlx::{Connection, Executor};

/// Executes statements behind the store's back.
pub async fn behind(office: &Office, statements: &str) -> Result<(), sqlx::Error> {
    let statements = sqlx::AssertSqlSafe(statements.to_owned());
    if office.base.url.starts_with("postgres") {
        let mut base = sqlx::PgConnection::connect(&office.base.url).await?;
        base.execute(sqlx::raw_sql(statements)).await?;
    } else {
        let path = office.base.folder.path().join("relance.db");
        let mut base = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await?;
        base.execute(sqlx::raw_sql(statements)).await?;
    }
    Ok(())
}

/// The journal of C1 after a run, C2's beside it.
async fn worked(office: &Office) -> Ledger {
    let things =
        [client("C1", &[("F1", "2026-03-04"), ("F2", "2026-03-05")]), client("C2", &[("F3", "2026-03-04")])].concat();
    office.take_in(&things, false, at("2026-03-10T08:00:00Z")).await;
    office.run(&program(machine()), &Post::default(), at("2026-03-10T10:00:00Z"), |_| {}).await.unwrap();
    ledger(office).await
}

async fn ledger(office: &Office) -> Ledger {
    office.store.ledgers(&["C1".to_owned()]).await.unwrap().remove(0).0
}

/// What is found after statements behind the store's back.
async fn found(office: &Office, statements: &str) -> Vec<Finding> {
    worked(office).await;
    let free = if office.base.url.starts_with("postgres") {
        "DROP TRIGGER journal_sans_modification ON journal;"
    } else {
        "DROP TRIGGER journal_sans_modification; DROP TRIGGER journal_sans_suppression;"
    };
    behind(office, &[free, statements].concat()).await.unwrap();
    ledger(office).await.verify()
}

on_every_base! {
    async fn a_journal_that_nobody_touched_is_whole(office: Office) {
        let ledger = worked(&office).await;
        assert!(ledger.rows.len() > 8, "{ledger:?}");
        assert_eq!(ledger.verify(), []);
        assert_eq!(office.store.recorded_clients().await.unwrap(), ["C1", "C2"]);
        // A later run goes on where the chain stood.
        office.take_in(&client("C1", &[("F4", "2026-03-11")]), false, at("2026-03-12T08:00:00Z")).await;
        office.run(&program(machine()), &Post::default(), at("2026-03-12T10:00:00Z"), |_| {}).await.unwrap();
        let later = self::ledger(&office).await;
        assert!(later.rows.len() > ledger.rows.len());
        assert_eq!((later.verify(), &later.rows[..ledger.rows.len()]), (vec![], &ledger.rows[..]));
        let salts = |ledger: &Ledger| ledger.head.as_ref().unwrap().salt.clone().unwrap();
        assert_eq!(salts(&later), salts(&ledger));
        assert_ne!(salts(&office.store.ledgers(&["C2".to_owned()]).await.unwrap()[0].0), salts(&ledger));
    }

    async fn the_base_refuses_to_change_the_journal(office: Office) {
        let before = worked(&office).await;
        for statement in [
            "UPDATE journal SET entree = 'x' WHERE position = 2",
            "UPDATE journal SET entree = NULL",
            "UPDATE journal SET entree = NULL, facture = NULL, efface = 'known' WHERE position = 2",
            "DELETE FROM journal WHERE position = 2",
        ] {
            assert!(behind(&office, statement).await.is_err(), "{statement}");
        }
        assert_eq!(ledger(&office).await, before);
    }

    async fn an_erasure_takes_the_texts_and_leaves_the_chain(office: Office) {
        let before = worked(&office).await;
        let now = at("2026-03-12T10:00:00Z");
        let loaded = office.store.load(&["C1".to_owned()], now, &[], true).await.unwrap().remove(0);
        let dossier = loaded.world.dossier;
        let stale = relance_core::dossier::Dossier { entries: dossier.entries - 1, ..dossier.clone() };
        assert!(!office.store.forget(&stale, now).await.unwrap(), "the file has moved on meanwhile");
        let late = client("C1", &[("F8", "2026-06-11")]);
        office.take_in(&late, false, at("2026-03-11T08:00:00Z")).await;
        assert!(!office.store.forget(&dossier, now).await.unwrap(), "an invoice waits to be read");
        office.run(&program(machine()), &Post::default(), now, |_| {}).await.unwrap();
        let dossier = office.store.load(&["C1".to_owned()], now, &[], true).await.unwrap().remove(0).world.dossier;
        assert!(office.store.forget(&dossier, now).await.unwrap());
        let erased = ledger(&office).await;
        assert_eq!((erased.verify(), erased.erased()), (vec![], erased.rows.len()));
        assert!(erased.rows.len() > before.rows.len());
        assert_eq!(erased.head.as_ref().unwrap().salt, None);
        assert_eq!(erased.rows[0].erased.as_deref(), Some("customer"));
        for (old, new) in before.rows.iter().zip(&erased.rows) {
            assert_eq!((old.position, old.at, &old.chain, &old.digest), (new.position, new.at, &new.chain, &new.digest));
            assert_eq!((&new.text, &new.invoice), (&None, &None));
        }
        let record = office.store.record("C1").await.unwrap();
        assert!(record.imports.is_empty() && record.messages.is_empty(), "{record:?}");
        assert!(office.store.journal(Some("C1"), None, None, None).await.unwrap().is_empty());
        let other = office.store.record("C2").await.unwrap();
        assert_eq!((other.imports.len(), other.messages.len()), (2, 1));
        // What is left can be changed no more than before.
        for statement in ["UPDATE journal SET efface = 'known' WHERE client = 'C1'", "DELETE FROM journal WHERE client = 'C1'"] {
            assert!(behind(&office, statement).await.is_err(), "{statement}");
        }
        // Whoever comes back goes on with the same chain under another salt.
        let back = client("C1", &[("F9", "2026-06-12")]);
        office.take_in(&back, false, at("2026-03-12T11:00:00Z")).await;
        office.run(&program(machine()), &Post::default(), at("2026-03-12T12:00:00Z"), |_| {}).await.unwrap();
        let later = ledger(&office).await;
        assert!(later.rows.len() > erased.rows.len());
        assert_eq!((later.verify(), later.erased(), &later.rows[..erased.rows.len()]), (vec![], erased.rows.len(), &erased.rows[..]));
    }

    async fn messages_are_kept_with_their_recipients(office: Office) {
        worked(&office).await;
        let record = office.store.record("C2").await.unwrap();
        let told: Vec<_> = record.messages.iter().map(|m| (m.status.as_str(), m.message.invoice.as_str())).collect();
        assert_eq!(told, [("partie", "F3")]);
        let to = &record.messages[0].recipients.as_ref().unwrap().to;
        assert_eq!(to[0].email.as_deref(), Some("c2@example.fr"));
        assert!(record.imports.iter().all(|thing| thing.taken));
    }

    async fn a_changed_text_is_found(office: Office) {
        let found = found(&office, "UPDATE journal SET entree = replace(entree, 'C1', 'C9') WHERE client = 'C1' AND position = 1").await;
        assert_eq!(found, [Finding::Altered(1)]);
    }

    async fn a_changed_moment_or_invoice_is_found(office: Office) {
        let found = found(&office, "UPDATE journal SET le = le + 1 WHERE client = 'C1' AND position = 3; \
                                    UPDATE journal SET facture = 'F9' WHERE client = 'C1' AND position = 5").await;
        assert_eq!(found, [Finding::Altered(3), Finding::Altered(5)]);
    }

    async fn a_changed_digest_is_found(office: Office) {
        let found = found(&office, "UPDATE journal SET condensat = chaine WHERE client = 'C1' AND position = 4").await;
        assert_eq!(found, [Finding::Altered(4)]);
    }

    async fn a_changed_link_is_found(office: Office) {
        let found = found(&office, "UPDATE journal SET chaine = condensat WHERE client = 'C1' AND position = 4").await;
        assert_eq!(found, [Finding::Unlinked(4)]);
    }

    async fn deleted_entries_are_found(office: Office) {
        let found = found(&office, "DELETE FROM journal WHERE client = 'C1' AND position IN (1, 4, 5)").await;
        assert_eq!(found, [Finding::Missing(1, 1), Finding::Missing(4, 5)]);
    }

    async fn a_journal_that_was_cut_off_is_found(office: Office) {
        let found = found(&office, "DELETE FROM journal WHERE client = 'C1' AND position >= (SELECT longueur - 1 FROM dossiers WHERE client = 'C1')").await;
        let end = ledger(&office).await.head.unwrap().length;
        assert_eq!(found, [Finding::CutOff(end - 1, end)]);
    }

    async fn a_journal_cut_off_together_with_the_length_is_found(office: Office) {
        let found = found(&office, "DELETE FROM journal WHERE client = 'C1' AND position = (SELECT longueur FROM dossiers WHERE client = 'C1'); \
                                    UPDATE dossiers SET longueur = longueur - 1 WHERE client = 'C1'").await;
        let end = ledger(&office).await.head.unwrap().length;
        assert_eq!(found, [Finding::OtherEnd(end)]);
    }

    async fn swapped_entries_are_found(office: Office) {
        let found = found(&office, "UPDATE journal SET position = -1 WHERE client = 'C1' AND position = 3; \
                                    UPDATE journal SET position = 3 WHERE client = 'C1' AND position = 6; \
                                    UPDATE journal SET position = 6 WHERE client = 'C1' AND position = -1").await;
        assert_eq!(found, [Finding::Misplaced(3, 6), Finding::Misplaced(6, 3)]);
    }

    async fn an_entry_that_stands_twice_is_found(office: Office) {
        let found = found(&office, "UPDATE journal SET entree = (SELECT entree FROM journal WHERE client = 'C1' AND position = 2), \
                                    le = (SELECT le FROM journal WHERE client = 'C1' AND position = 2) WHERE client = 'C1' AND position = 4").await;
        assert_eq!(found, [Finding::Doubled(4, 2)]);
    }

    async fn an_added_entry_is_found(office: Office) {
        let found = found(&office, "INSERT INTO journal(entite, client, position, le, facture, entree, condensat, chaine) \
                                    SELECT entite, client, position + 1, le, facture, entree, condensat, chaine FROM journal WHERE client = 'C1' \
                                    ORDER BY position DESC LIMIT 1").await;
        let end = ledger(&office).await.head.unwrap().length;
        assert_eq!(found, [Finding::Added(end + 1, end + 1)]);
    }

    async fn a_file_that_is_gone_is_found(office: Office) {
        let found = found(&office, "DELETE FROM dossiers WHERE client = 'C1'").await;
        assert_eq!(found, [Finding::NoSeal]);
        assert_eq!(office.store.recorded_clients().await.unwrap(), ["C1", "C2"]);
    }
}
