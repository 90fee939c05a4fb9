//! The journal as evidence: whatever is done to it behind the runner's back is found.

use crate::{Office, Post, at, client, machine, program};
use relance_engine::store::{Finding, Ledger};
use sqlx::{Connection, Executor};

/// Executes statements behind the store's back.
async fn behind(office: &Office, statements: &str) -> Result<(), sqlx::Error> {
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
    let things = [client("C1", &[("F1", "2026-03-04"), ("F2", "2026-03-05")]), client("C2", &[("F3", "2026-03-04")])].concat();
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
