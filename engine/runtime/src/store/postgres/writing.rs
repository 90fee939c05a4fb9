//! Committing steps to PostgreSQL: dossiers, instances, journal and outbox in one transaction, many rows a statement.

use super::{Postgres, documents, notices, work};
use crate::store::views::{self, Statement};
use crate::store::{Commit, DossierRow, OutboxChange, ROWS_PER_STATEMENT, StoreError, micros, write};
use crate::stretch::stretch;
use sqlx::{AssertSqlSafe, PgTransaction};
use std::collections::BTreeSet;

/// Commits a batch; see [`super::super::Work::commit`].
pub(super) async fn commit(base: &Postgres, runner: &str, batch: &Commit<'_>) -> Result<BTreeSet<String>, StoreError> {
    let views = views::statements(views::Each::Postgres, &batch.views).await?;
    let mut tx = base.pool.begin().await?;
    let entity = &base.entity;
    let lost = hold(&mut tx, entity, runner, batch).await?;
    if !lost.is_empty() {
        // At once, here and below: whoever comes next must not find these rows still locked.
        tx.rollback().await?;
        return Ok(lost);
    }
    for chunk in batch.taken.chunks(ROWS_PER_STATEMENT) {
        let (clients, ids): (Vec<&str>, Vec<&str>) = chunk.iter().copied().unzip();
        sqlx::query(
            "UPDATE entrees SET prise = true FROM UNNEST($2::text[], $3::text[]) AS t(client, id) \
             WHERE entrees.entite = $1 AND entrees.client = t.client AND entrees.id = t.id",
        )
        .bind(entity)
        .bind(&clients)
        .bind(&ids)
        .execute(&mut *tx)
        .await?;
    }
    dossiers(&mut tx, entity, batch).await?;
    instances(&mut tx, entity, batch).await?;
    journal(&mut tx, entity, batch).await?;
    outcomes(&mut tx, entity, batch).await?;
    departures(&mut tx, entity, batch).await?;
    let part = show(&mut tx, entity, views).await?;
    notices::write(&mut tx, entity, &batch.notices).await?;
    documents::keep(&mut tx, entity, &batch.documents).await?;
    look_again(&mut tx, entity, batch).await?;
    if let Some(clock) = batch.clock().map(micros) {
        // Only a run that moves the clock touches its row: others would wait for each other there.
        let known: Option<i64> = sqlx::query_scalar("SELECT le FROM horloges WHERE entite = $1")
            .bind(entity)
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(part) = part.filter(|_| views::is_another_day(known, clock)) {
            sqlx::query(views::NOTHING_LEFT).bind(entity).bind(part).execute(&mut *tx).await?;
        }
        if known.is_none_or(|known| known < clock) {
            sqlx::query(
                "INSERT INTO horloges(entite, le) VALUES($1, $2) ON CONFLICT(entite) DO UPDATE SET le = GREATEST(horloges.le, excluded.le)",
            )
            .bind(entity)
            .bind(clock)
            .execute(&mut *tx)
            .await?;
        }
    }
    tx.commit().await?;
    Ok(BTreeSet::new())
}

/// How many runners write sums at the same time before one waits for another.
const PARTS: i64 = 8;

/// Writes what lists show. Sums are written into a part that nobody else writes at the time, until the end of the transaction: two who
/// write the same sums in different orders would wait for each other for ever. Returns that part.
async fn show(tx: &mut PgTransaction<'static>, entity: &str, views: Vec<Statement>) -> Result<Option<i64>, StoreError> {
    let mut own: Option<i64> = None;
    for Statement { text, rows, part } in views {
        if !part {
            sqlx::query(AssertSqlSafe(text)).bind(entity).bind(rows).execute(&mut **tx).await?;
            continue;
        }
        let part = match own {
            Some(part) => part,
            None => free_part(tx, entity).await?,
        };
        own = Some(part);
        sqlx::query(AssertSqlSafe(text)).bind(entity).bind(rows).bind(part).execute(&mut **tx).await?;
    }
    Ok(own)
}

/// A part of the sums that is ours from now on.
async fn free_part(tx: &mut PgTransaction<'static>, entity: &str) -> Result<i64, StoreError> {
    for part in 0..PARTS {
        let ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(hashtextextended($1, $2))")
            .bind(entity)
            .bind(part)
            .fetch_one(&mut **tx)
            .await?;
        if ours {
            return Ok(part);
        }
    }
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind(entity).execute(&mut **tx).await?;
    Ok(0)
}

/// Has the files looked at again when other scenarios were put in force while the batch was at work. After the files were written: a
/// publication under way holds their rows.
async fn look_again(tx: &mut PgTransaction<'static>, entity: &str, batch: &Commit<'_>) -> Result<(), StoreError> {
    let last: Option<(i64, String)> =
        sqlx::query_as("SELECT le, programme FROM publications WHERE entite = $1 ORDER BY numero DESC LIMIT 1")
            .bind(entity)
            .fetch_optional(&mut **tx)
            .await?;
    let Some(since) = batch.superseded(last) else { return Ok(()) };
    let clients: Vec<&str> = batch.dossiers.iter().map(|row| row.dossier.client.as_str()).collect();
    sqlx::query("UPDATE dossiers SET reveil = LEAST(reveil, $3), a_voir = LEAST(a_voir, $3) WHERE entite = $1 AND client = ANY($2)")
        .bind(entity)
        .bind(&clients)
        .bind(since)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Whether a commit of which no answer came has been done; see [`super::super::Work::is_committed`].
pub(super) async fn is_committed(base: &Postgres, batch: &Commit<'_>) -> Result<bool, StoreError> {
    let rows = batch.journal();
    let mut tx = base.pool.begin().await?;
    // The lost commit may still be under way: it holds these rows until its end.
    let clients: Vec<&str> = batch.dossiers.iter().map(|row| row.dossier.client.as_str()).collect();
    sqlx::query("SELECT 1 FROM dossiers WHERE entite = $1 AND client = ANY($2) ORDER BY client FOR UPDATE")
        .bind(&base.entity)
        .bind(&clients)
        .execute(&mut *tx)
        .await?;
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let (clients, rest): (Vec<&str>, Vec<(i64, &str)>) = chunk.iter().map(|(c, p, t)| (*c, (*p, *t))).unzip();
        let (positions, texts): (Vec<i64>, Vec<&str>) = rest.into_iter().unzip();
        let written: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM UNNEST($2::text[], $3::bigint[], $4::text[]) AS t(client, position, entree) \
             JOIN journal j ON j.entite = $1 AND j.client = t.client AND j.position = t.position AND j.entree = t.entree",
        )
        .bind(&base.entity)
        .bind(&clients)
        .bind(&positions)
        .bind(&texts)
        .fetch_one(&mut *tx)
        .await?;
        if usize::try_from(written) != Ok(chunk.len()) {
            tx.rollback().await?;
            return Ok(false);
        }
    }
    tx.rollback().await?;
    // Without an entry nothing tells, and doing it again changes nothing.
    Ok(!rows.is_empty())
}

/// Makes sure that the batch's clients are still the runner's, renews the lease of those that it keeps and ends the others'.
async fn hold(
    tx: &mut PgTransaction<'static>,
    entity: &str,
    runner: &str,
    batch: &Commit<'_>,
) -> Result<BTreeSet<String>, StoreError> {
    let mut lost: BTreeSet<String> = batch.dossiers.iter().map(|row| row.dossier.client.clone()).collect();
    let of = |kept: bool| -> Vec<&str> {
        let wanted = batch.dossiers.iter().filter(|row| row.kept == kept);
        wanted.map(|row| row.dossier.client.as_str()).collect()
    };
    let given_up: Vec<String> = sqlx::query_scalar(
        "DELETE FROM prises WHERE entite = $1 AND preneur = $2 AND client = ANY($3) RETURNING client",
    )
    .bind(entity)
    .bind(runner)
    .bind(of(false))
    .fetch_all(&mut **tx)
    .await?;
    let kept = work::held(tx, entity, runner, &of(true)).await?;
    for client in given_up.iter().chain(&kept) {
        lost.remove(client);
    }
    Ok(lost)
}

async fn dossiers(tx: &mut PgTransaction<'static>, entity: &str, batch: &Commit<'_>) -> Result<(), StoreError> {
    for chunk in batch.dossiers.chunks(ROWS_PER_STATEMENT) {
        let clients: Vec<&str> = chunk.iter().map(|row| row.dossier.client.as_str()).collect();
        let mut states = Vec::with_capacity(chunk.len());
        for row in chunk {
            states.push(write("dossier", row.dossier)?);
            stretch(states.len()).await;
        }
        let wakes: Vec<Option<i64>> = chunk.iter().map(|row| row.wake.map(|w| micros(w.at))).collect();
        let reasons: Vec<Option<String>> = chunk.iter().map(DossierRow::reason).collect();
        let waiting: Vec<bool> = chunk.iter().map(|row| row.waits_for_payments).collect();
        // The lock first: what an import commits until then is read by the next statement, and what comes later finds these rows.
        sqlx::query("SELECT 1 FROM dossiers WHERE entite = $1 AND client = ANY($2) ORDER BY client FOR UPDATE")
            .bind(entity)
            .bind(&clients)
            .execute(&mut **tx)
            .await?;
        sqlx::query(
            "INSERT INTO dossiers(entite, client, etat, reveil, raison, attend_paiements, sel, tete, longueur, a_voir) \
             SELECT $1, t.client, t.etat, t.reveil, t.raison, t.attend, t.sel, t.tete, t.longueur, LEAST(t.reveil, \
             (SELECT MIN(connue) FROM entrees e WHERE e.entite = $1 AND e.client = t.client AND NOT e.prise)) \
             FROM UNNEST($2::text[], $3::text[], $4::bigint[], $5::text[], $6::bool[], $7::bytea[], $8::bytea[], $9::bigint[]) \
             AS t(client, etat, reveil, raison, attend, sel, tete, longueur) \
             ON CONFLICT(entite, client) DO UPDATE SET etat = excluded.etat, reveil = excluded.reveil, raison = excluded.raison, \
             attend_paiements = excluded.attend_paiements, sel = excluded.sel, tete = excluded.tete, longueur = excluded.longueur, \
             a_voir = excluded.a_voir",
        )
        .bind(entity)
        .bind(&clients)
        .bind(&states)
        .bind(&wakes)
        .bind(&reasons)
        .bind(&waiting)
        .bind(chunk.iter().map(|row| row.chain.salt()).collect::<Vec<&[u8]>>())
        .bind(chunk.iter().map(|row| row.chain.head().as_slice()).collect::<Vec<&[u8]>>())
        .bind(chunk.iter().map(|row| row.chain.length()).collect::<Vec<i64>>())
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

async fn instances(tx: &mut PgTransaction<'static>, entity: &str, batch: &Commit<'_>) -> Result<(), StoreError> {
    for chunk in batch.invoices.chunks(ROWS_PER_STATEMENT) {
        let clients: Vec<&str> = chunk.iter().map(|(client, ..)| *client).collect();
        let numbers: Vec<&str> = chunk.iter().map(|(_, number, _)| *number).collect();
        let active: Vec<bool> = chunk.iter().map(|(.., file)| file.is_active()).collect();
        let mut states = Vec::with_capacity(chunk.len());
        for (.., file) in chunk {
            states.push(write("facture", *file)?);
            stretch(states.len()).await;
        }
        sqlx::query(
            "INSERT INTO instances(entite, client, facture, active, etat) \
             SELECT $1, * FROM UNNEST($2::text[], $3::text[], $4::bool[], $5::text[]) \
             ON CONFLICT(entite, client, facture) DO UPDATE SET active = excluded.active, etat = excluded.etat",
        )
        .bind(entity)
        .bind(&clients)
        .bind(&numbers)
        .bind(&active)
        .bind(&states)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

async fn journal(tx: &mut PgTransaction<'static>, entity: &str, batch: &Commit<'_>) -> Result<(), StoreError> {
    for chunk in batch.entries.chunks(ROWS_PER_STATEMENT) {
        let clients: Vec<&str> = chunk.iter().map(|(client, ..)| *client).collect();
        let positions: Vec<i64> =
            chunk.iter().map(|(.., link)| i64::try_from(link.position).unwrap_or(i64::MAX)).collect();
        let moments: Vec<i64> = chunk.iter().map(|(_, entry, _)| micros(entry.at)).collect();
        let invoices: Vec<Option<&str>> = chunk.iter().map(|(_, entry, _)| entry.invoice.as_deref()).collect();
        let texts: Vec<&str> = chunk.iter().map(|(.., link)| link.text.as_str()).collect();
        let digests: Vec<&[u8]> = chunk.iter().map(|(.., link)| link.digest.as_slice()).collect();
        let links: Vec<&[u8]> = chunk.iter().map(|(.., link)| link.chain.as_slice()).collect();
        sqlx::query(
            "INSERT INTO journal(entite, client, position, le, facture, entree, condensat, chaine) \
             SELECT $1, * FROM UNNEST($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bytea[], $8::bytea[])",
        )
        .bind(entity)
        .bind(&clients)
        .bind(&positions)
        .bind(&moments)
        .bind(&invoices)
        .bind(&texts)
        .bind(&digests)
        .bind(&links)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

async fn outcomes(tx: &mut PgTransaction<'static>, entity: &str, batch: &Commit<'_>) -> Result<(), StoreError> {
    let now = batch.clock().map(micros);
    // In their order: of two changes of one message the last one counts, which one statement could not tell apart.
    let mut rest = batch.outbox.as_slice();
    while !rest.is_empty() {
        let mut keys = BTreeSet::new();
        let end = rest
            .iter()
            .position(|c| !keys.insert((c.client.as_str(), c.key.as_str())) || keys.len() > ROWS_PER_STATEMENT)
            .unwrap_or(rest.len());
        let (chunk, later) = rest.split_at(end);
        rest = later;
        let clients: Vec<&str> = chunk.iter().map(|c| c.client.as_str()).collect();
        let keys: Vec<&str> = chunk.iter().map(|c| c.key.as_str()).collect();
        let statuses: Vec<&str> = chunk.iter().map(|c| c.status.word()).collect();
        let open: Vec<bool> = chunk.iter().map(|c| c.status.is_open()).collect();
        let providers: Vec<Option<&str>> = chunk.iter().map(|c| c.provider.as_deref()).collect();
        let details: Vec<Option<&str>> = chunk.iter().map(|c| c.detail.as_deref()).collect();
        let recipients = chunk.iter().map(OutboxChange::recipients).collect::<Result<Vec<_>, _>>()?;
        sqlx::query(
            "UPDATE envois SET statut = t.statut, ouverte = t.ouverte, fournisseur = COALESCE(t.fournisseur, envois.fournisseur), \
             detail = t.detail, fini_le = $8, destinataires = COALESCE(t.destinataires, envois.destinataires) \
             FROM UNNEST($2::text[], $3::text[], $4::text[], $5::bool[], $6::text[], $7::text[], $9::text[]) \
             AS t(client, cle, statut, ouverte, fournisseur, detail, destinataires) \
             WHERE envois.entite = $1 AND envois.client = t.client AND envois.cle = t.cle",
        )
        .bind(entity)
        .bind(&clients)
        .bind(&keys)
        .bind(&statuses)
        .bind(&open)
        .bind(&providers)
        .bind(&details)
        .bind(now)
        .bind(&recipients)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// After the outcomes: a message taken back and decided again in one step is ready in the end. The same key may come back after it was
/// delayed or taken back; a sent one never does.
async fn departures(tx: &mut PgTransaction<'static>, entity: &str, batch: &Commit<'_>) -> Result<(), StoreError> {
    for chunk in batch.departures.chunks(ROWS_PER_STATEMENT) {
        let clients: Vec<&str> = chunk.iter().map(|(client, ..)| *client).collect();
        let keys: Vec<&str> = chunk.iter().map(|(.., message)| message.key.as_str()).collect();
        let invoices: Vec<&str> = chunk.iter().map(|(.., message)| message.invoice.as_str()).collect();
        let channels: Vec<&str> = chunk.iter().map(|(.., message)| message.channel.name()).collect();
        let moments: Vec<i64> = chunk.iter().map(|(_, at, _)| micros(*at)).collect();
        let texts = chunk.iter().map(|(.., message)| write("message", *message)).collect::<Result<Vec<_>, _>>()?;
        sqlx::query(
            "INSERT INTO envois(entite, client, cle, facture, canal, statut, ouverte, decide_le, message) \
             SELECT $1, client, cle, facture, canal, 'prete', true, le, message \
             FROM UNNEST($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[]) AS t(client, cle, facture, canal, le, message) \
             ON CONFLICT(entite, client, cle) DO UPDATE SET statut = 'prete', ouverte = true, decide_le = excluded.decide_le, \
             message = excluded.message, detail = NULL WHERE envois.statut IN ('differee', 'retiree')",
        )
        .bind(entity)
        .bind(&clients)
        .bind(&keys)
        .bind(&invoices)
        .bind(&channels)
        .bind(&moments)
        .bind(&texts)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
