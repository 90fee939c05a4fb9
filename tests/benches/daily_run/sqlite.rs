//! The floor on SQLite: the rows that the run wrote, read back and written in bulk into the base as it was before.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row};
use std::path::Path;
use std::time::{Duration, Instant as Stopwatch};

const ROWS_PER_STATEMENT: usize = 1_000;

/// The rows, each as a JSON array.
pub struct Rows {
    dossiers: Vec<String>,
    instances: Vec<String>,
    journal: Vec<String>,
    outbox: Vec<String>,
}

impl Rows {
    /// How many.
    pub fn count(&self) -> usize {
        self.dossiers.len() + self.instances.len() + self.journal.len() + self.outbox.len()
    }
}

async fn connect(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // As the program has it.
        .pragma("cache_size", "-32768")
        .pragma("wal_autocheckpoint", "4000")
        .connect()
        .await
        .unwrap()
}

/// What was written since a moment.
pub async fn written(path: &Path, since: i64) -> Rows {
    let mut base = connect(path).await;
    let mut of = async |statement: &'static str| -> Vec<String> {
        let rows = sqlx::query(statement).bind(since).fetch_all(&mut base).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    Rows {
        dossiers: of("SELECT json_array(client, etat, reveil, raison) FROM dossiers d WHERE EXISTS \
                      (SELECT 1 FROM journal j WHERE j.entite = d.entite AND j.client = d.client AND j.le >= ?1)")
        .await,
        instances: of("SELECT json_array(client, facture, active, etat) FROM instances i WHERE EXISTS \
                       (SELECT 1 FROM journal j WHERE j.entite = i.entite AND j.client = i.client AND j.facture = i.facture AND j.le >= ?1)")
        .await,
        journal: of("SELECT json_array(client, position, le, facture, entree, hex(condensat), hex(chaine)) FROM journal WHERE le >= ?1").await,
        outbox: of("SELECT json_array(client, cle, facture, canal, statut, ouverte, decide_le, message) FROM envois WHERE decide_le >= ?1").await,
    }
}

/// Writes the same rows: one transaction, full flush.
pub async fn floor(path: &Path, rows: &Rows) -> Duration {
    let mut base = connect(path).await;
    let watch = Stopwatch::now();
    let mut tx = base.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let statements = [
        (
            "INSERT INTO dossiers(entite, client, etat, reveil, raison) SELECT 'essai', value->>0, value->>1, value->>2, value->>3 \
             FROM json_each(?1) WHERE true ON CONFLICT DO UPDATE SET etat = excluded.etat, reveil = excluded.reveil, raison = excluded.raison",
            &rows.dossiers,
        ),
        (
            "INSERT INTO instances(entite, client, facture, active, etat) SELECT 'essai', value->>0, value->>1, value->>2, value->>3 \
             FROM json_each(?1) WHERE true ON CONFLICT DO UPDATE SET active = excluded.active, etat = excluded.etat",
            &rows.instances,
        ),
        (
            "INSERT INTO journal(entite, client, position, le, facture, entree, condensat, chaine) \
             SELECT 'essai', value->>0, value->>1, value->>2, value->>3, value->>4, unhex(value->>5), unhex(value->>6) FROM json_each(?1)",
            &rows.journal,
        ),
        (
            "INSERT INTO envois(entite, client, cle, facture, canal, statut, ouverte, decide_le, message) \
             SELECT 'essai', value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7 FROM json_each(?1)",
            &rows.outbox,
        ),
    ];
    for (statement, rows) in statements {
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let json = format!("[{}]", chunk.join(","));
            sqlx::query(statement).bind(json).execute(&mut *tx).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    watch.elapsed()
}
