//! Committing steps to SQLite: dossiers, instances, journal and outbox in one transaction, many rows a statement.

use super::{Sqlite, documents, work};
use crate::store::chain::hex;
use crate::store::views::{self, Statement};
use crate::store::{Commit, Link, ROWS_PER_STATEMENT, StoreError, micros, write};
use crate::stretch::stretch;
use serde::Serialize;
use sqlx::{AssertSqlSafe, SqliteTransaction};
use std::collections::BTreeSet;

const TAKEN: &str = "UPDATE entrees SET prise = 1 WHERE entite = ?1 AND (client, id) IN (SELECT value->>0, value->>1 FROM json_each(?2))";

// What was imported meanwhile is not read yet: the file is to be looked at when it becomes known.
const DOSSIERS: &str = "INSERT INTO dossiers(entite, client, etat, reveil, raison, attend_paiements, sel, tete, longueur, a_voir) \
     SELECT ?1, value->>0, value->>1, value->>2, value->>3, value->>4, unhex(value->>5), unhex(value->>6), value->>7, \
     (SELECT MIN(le) FROM (SELECT value->>2 AS le UNION ALL SELECT MIN(connue) FROM entrees e INDEXED BY entrees_client \
      WHERE e.entite = ?1 AND e.client = value->>0 AND e.prise = 0)) \
     FROM json_each(?2) WHERE true \
     ON CONFLICT(entite, client) DO UPDATE SET etat = excluded.etat, reveil = excluded.reveil, raison = excluded.raison, \
     attend_paiements = excluded.attend_paiements, sel = excluded.sel, tete = excluded.tete, longueur = excluded.longueur, a_voir = excluded.a_voir";

const INSTANCES: &str = "INSERT INTO instances(entite, client, facture, active, etat) \
     SELECT ?1, value->>0, value->>1, value->>2, value->>3 FROM json_each(?2) WHERE true \
     ON CONFLICT(entite, client, facture) DO UPDATE SET active = excluded.active, etat = excluded.etat";

const JOURNAL: &str = "INSERT INTO journal(entite, client, position, le, facture, entree, condensat, chaine) \
     SELECT ?1, value->>0, value->>1, value->>2, value->>3, value->>4, unhex(value->>5), unhex(value->>6) FROM json_each(?2)";

// An upsert that never inserts: SQLite joins an UPDATE … FROM the wrong way round.
const OUTCOMES: &str = "INSERT INTO envois(entite, client, cle, facture, canal, statut, ouverte, decide_le, message, fournisseur, detail, fini_le, destinataires) \
     SELECT ?1, value->>0, value->>1, '', '', value->>2, value->>6, 0, '', value->>3, value->>4, value->>5, value->>7 \
     FROM json_each(?2) WHERE EXISTS (SELECT 1 FROM envois e WHERE e.entite = ?1 AND e.client = value->>0 AND e.cle = value->>1) \
     ON CONFLICT(entite, client, cle) DO UPDATE SET statut = excluded.statut, ouverte = excluded.ouverte, \
     fournisseur = COALESCE(excluded.fournisseur, fournisseur), detail = excluded.detail, fini_le = excluded.fini_le, \
     destinataires = COALESCE(excluded.destinataires, destinataires)";

// After the outcomes: a message taken back and decided again in one step is ready in the end.
// The same key may come back after it was delayed or taken back; a sent one never does.
const DEPARTURES: &str = "INSERT INTO envois(entite, client, cle, facture, canal, statut, ouverte, decide_le, message) \
     SELECT ?1, value->>0, value->>1, value->>2, value->>3, 'prete', 1, value->>4, value->>5 FROM json_each(?2) WHERE true \
     ON CONFLICT(entite, client, cle) DO UPDATE SET statut = 'prete', ouverte = 1, decide_le = excluded.decide_le, \
     message = excluded.message, detail = NULL WHERE envois.statut IN ('differee', 'retiree')";

const NOTICES: &str = "INSERT INTO notifications(entite, client, position, destinataire, corps, decide_le, prochain) \
     SELECT ?1, value->>0, value->>1, value->>2, value->>3, value->>4, value->>4 FROM json_each(?2)";

/// Commits a batch; see [`super::super::Work::commit`].
pub(super) async fn commit(base: &Sqlite, runner: &str, batch: &Commit<'_>) -> Result<BTreeSet<String>, StoreError> {
    // Everything is written out before the base is locked.
    let statements = statements(batch).await?;
    let views = views::statements(views::Each::Sqlite, &batch.views).await?;
    let documents = documents::packed(&batch.documents).await?;
    let [kept, given_up] = [true, false].map(|kept| {
        let wanted = batch.dossiers.iter().filter(|row| row.kept == kept);
        wanted.map(|row| row.dossier.client.clone()).collect::<Vec<String>>()
    });
    let clock = batch.clock().map(micros);
    let entity = &base.entity;
    let mut tx = base.begin().await?;
    let lost = hold(&mut tx, entity, runner, &kept, &given_up).await?;
    if !lost.is_empty() {
        return Ok(lost);
    }
    for (statement, rows) in statements {
        for rows in rows {
            sqlx::query(statement).bind(entity).bind(rows).execute(&mut *tx).await?;
        }
    }
    for Statement { text, rows, part } in views {
        let query = sqlx::query(AssertSqlSafe(text)).bind(entity).bind(rows);
        // One writer at a time: one part is enough.
        let query = if part { query.bind(0i64) } else { query };
        query.execute(&mut *tx).await?;
    }
    documents::keep(&mut tx, entity, documents).await?;
    look_again(&mut tx, entity, batch).await?;
    if let Some(clock) = clock {
        let known: Option<i64> = sqlx::query_scalar("SELECT le FROM horloges WHERE entite = ?1")
            .bind(entity)
            .fetch_optional(&mut *tx)
            .await?;
        if views::is_another_day(known, clock) {
            sqlx::query(views::NOTHING_LEFT).bind(entity).bind(0i64).execute(&mut *tx).await?;
        }
        sqlx::query(
            "INSERT INTO horloges(entite, le) VALUES(?1, ?2) ON CONFLICT(entite) DO UPDATE SET le = MAX(le, excluded.le)",
        )
        .bind(entity)
        .bind(clock)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(BTreeSet::new())
}

/// Has the files looked at again when other scenarios were put in force while the batch was at work.
async fn look_again(tx: &mut SqliteTransaction<'static>, entity: &str, batch: &Commit<'_>) -> Result<(), StoreError> {
    let last: Option<(i64, String)> =
        sqlx::query_as("SELECT le, programme FROM publications WHERE entite = ?1 ORDER BY numero DESC LIMIT 1")
            .bind(entity)
            .fetch_optional(&mut **tx)
            .await?;
    let Some(since) = batch.superseded(last) else { return Ok(()) };
    let clients: Vec<&str> = batch.dossiers.iter().map(|row| row.dossier.client.as_str()).collect();
    sqlx::query(
        "UPDATE dossiers SET reveil = MIN(COALESCE(reveil, ?3), ?3), a_voir = MIN(COALESCE(a_voir, ?3), ?3) \
         WHERE entite = ?1 AND client IN (SELECT value FROM json_each(?2))",
    )
    .bind(entity)
    .bind(write("clients", &clients)?)
    .bind(since)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether a commit of which no answer came has been done; see [`super::super::Work::is_committed`].
pub(super) async fn is_committed(base: &Sqlite, batch: &Commit<'_>) -> Result<bool, StoreError> {
    let rows = batch.journal();
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let written: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM json_each(?2) t JOIN journal j ON j.entite = ?1 AND j.client = t.value->>0 \
             AND j.position = t.value->>1 AND j.entree = t.value->>2",
        )
        .bind(&base.entity)
        .bind(write("lignes", chunk)?)
        .fetch_one(&base.pool)
        .await?;
        if usize::try_from(written) != Ok(chunk.len()) {
            return Ok(false);
        }
    }
    // Without an entry nothing tells, and doing it again changes nothing.
    Ok(!rows.is_empty())
}

/// The statements of a batch in their order, each with its rows: `?1` is the entity, `?2` a JSON array of rows.
async fn statements(batch: &Commit<'_>) -> Result<[(&'static str, Vec<String>); 7], StoreError> {
    let dossiers = batch.dossiers.iter().map(|row| {
        let at = row.wake.map(|w| micros(w.at));
        let (client, state) = (&row.dossier.client, write("dossier", row.dossier)?);
        let chain = (hex(row.chain.salt()), hex(row.chain.head()), row.chain.length());
        Ok((client, state, at, row.reason(), i64::from(row.waits_for_payments), chain.0, chain.1, chain.2))
    });
    let invoices = batch
        .invoices
        .iter()
        .map(|(client, number, file)| Ok((client, number, i64::from(file.is_active()), write("facture", *file)?)));
    let entries = batch.entries.iter().map(|(client, entry, link)| {
        let Link { position, text, digest, chain } = link;
        Ok((client, position, micros(entry.at), &entry.invoice, text, hex(digest), hex(chain)))
    });
    let now = batch.clock().map(micros);
    let outcomes = batch.outbox.iter().map(|c| {
        let (open, recipients) = (i64::from(c.status.is_open()), c.recipients()?);
        Ok((&c.client, &c.key, c.status.word(), &c.provider, &c.detail, now, open, recipients))
    });
    let departures = batch.departures.iter().map(|(client, at, message)| {
        let data = write("message", *message)?;
        Ok((client, &message.key, &message.invoice, message.channel.name(), micros(*at), data))
    });
    let notices = batch
        .notices
        .iter()
        .map(|notice| Ok((notice.client, notice.position, &notice.addressee, &notice.body, micros(notice.at))));
    Ok([
        (TAKEN, packed(batch.taken.iter().map(Ok)).await?),
        (DOSSIERS, packed(dossiers).await?),
        (INSTANCES, packed(invoices).await?),
        (JOURNAL, packed(entries).await?),
        (OUTCOMES, packed(outcomes).await?),
        (DEPARTURES, packed(departures).await?),
        (NOTICES, packed(notices).await?),
    ])
}

/// JSON arrays of rows, none longer than one statement takes.
async fn packed<T: Serialize>(
    rows: impl ExactSizeIterator<Item = Result<T, StoreError>>,
) -> Result<Vec<String>, StoreError> {
    let (mut texts, mut text, total) = (Vec::new(), String::new(), rows.len());
    for (n, row) in rows.enumerate() {
        text.push(if text.is_empty() { '[' } else { ',' });
        text.push_str(&write("lignes", &row?)?);
        if (n + 1) % ROWS_PER_STATEMENT == 0 || n + 1 == total {
            text.push(']');
            texts.push(std::mem::take(&mut text));
        }
        stretch(n + 1).await;
    }
    Ok(texts)
}

/// Makes sure that the batch's clients are still the runner's, renews the lease of those that it keeps and ends the others'. Returns
/// those that are not.
async fn hold(
    tx: &mut SqliteTransaction<'static>,
    entity: &str,
    runner: &str,
    kept: &[String],
    given_up: &[String],
) -> Result<BTreeSet<String>, StoreError> {
    let mut lost: BTreeSet<String> = kept.iter().chain(given_up).cloned().collect();
    let ended: Vec<String> = sqlx::query_scalar(
        "DELETE FROM prises WHERE entite = ?1 AND preneur = ?2 AND client IN (SELECT value FROM json_each(?3)) RETURNING client",
    )
    .bind(entity)
    .bind(runner)
    .bind(write("clients", given_up)?)
    .fetch_all(&mut **tx)
    .await?;
    let renewed = work::held(tx, entity, runner, kept).await?;
    for client in ended.iter().chain(&renewed) {
        lost.remove(client);
    }
    Ok(lost)
}
