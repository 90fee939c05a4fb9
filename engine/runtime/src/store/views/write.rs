//! The statements that write what lists read: once for both kinds of base, which only unpack lists in ways of their own.

use super::Views;
use crate::store::{ROWS_PER_STATEMENT, StoreError, write};
use crate::stretch::stretch;
use relance_core::dossier::Dossier;
use serde_json::Value;

/// How a base unpacks the JSON array of a parameter: `value` is each of its elements.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Each {
    Sqlite,
    Postgres,
}

/// A statement: `$1` is the creditor, `$2` a JSON array of rows, `$3` the part of the sums.
pub(in crate::store) struct Statement {
    pub(in crate::store) text: String,
    pub(in crate::store) rows: String,
    /// Whether it takes the part.
    pub(in crate::store) part: bool,
}

const INVOICES: &str = "INSERT INTO instances(entite, client, facture, active, etat, vue, ouverte, emission, echeance, montant, reste, \
     devise, segment, responsable, scenario, situation, promis_le, rompue_le, soldee_le, cle, envers) \
     SELECT $1, value->>0, value->>1, CAST(value->>2 AS BOOLEAN), value->>3, CAST(value->>4 AS BIGINT), CAST(value->>5 AS BOOLEAN), \
     value->>6, value->>7, CAST(value->>8 AS BIGINT), CAST(value->>9 AS BIGINT), value->>10, value->>11, value->>12, value->>13, \
     value->>14, value->>15, value->>16, value->>17, value->>18, value->>19 FROM {each} WHERE true \
     ON CONFLICT(entite, client, facture) DO UPDATE SET active = excluded.active, etat = excluded.etat, vue = excluded.vue, \
     ouverte = excluded.ouverte, emission = excluded.emission, echeance = excluded.echeance, montant = excluded.montant, \
     reste = excluded.reste, devise = excluded.devise, segment = excluded.segment, responsable = excluded.responsable, \
     scenario = excluded.scenario, situation = excluded.situation, promis_le = excluded.promis_le, rompue_le = excluded.rompue_le, \
     soldee_le = excluded.soldee_le, cle = excluded.cle, envers = excluded.envers";

/// The file itself has just been written.
const CUSTOMERS: &str = "INSERT INTO dossiers(entite, client, vue, vue_travail, vue_mots, nom, nom_plie, segment, responsable, pays, devise, encours, \
     encours_autres, ouvertes, echeance, arrete, insolvable) \
     SELECT $1, value->>0, CAST(value->>1 AS BIGINT), CAST(value->>2 AS BIGINT), CAST(value->>3 AS BIGINT), value->>4, value->>5, \
     value->>6, value->>7, value->>8, value->>9, CAST(value->>10 AS BIGINT), value->>11, CAST(value->>12 AS BIGINT), value->>13, \
     CAST(value->>14 AS BOOLEAN), CAST(value->>15 AS BOOLEAN) FROM {each} WHERE true \
     ON CONFLICT(entite, client) DO UPDATE SET vue = excluded.vue, vue_travail = excluded.vue_travail, \
     vue_mots = excluded.vue_mots, nom = excluded.nom, nom_plie = excluded.nom_plie, \
     segment = excluded.segment, responsable = excluded.responsable, pays = excluded.pays, devise = excluded.devise, \
     encours = excluded.encours, encours_autres = excluded.encours_autres, ouvertes = excluded.ouvertes, \
     echeance = excluded.echeance, arrete = excluded.arrete, insolvable = excluded.insolvable";

const WORK_DONE: &str = "DELETE FROM a_faire WHERE entite = $1 AND client IN (SELECT value->>0 FROM {each})";
const WORK: &str = "INSERT INTO a_faire(entite, client, cle, genre, propre, factures, depuis, jusqu_au, role, quoi, montant, devise, repose, rang) \
     SELECT $1, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, \
     CAST(value->>9 AS BIGINT), value->>10, CAST(value->>11 AS BOOLEAN), value->>12 FROM {each}";

const WORDS_GONE: &str = "DELETE FROM mots WHERE entite = $1 AND client IN (SELECT value->>0 FROM {each})";
const WORDS: &str = "INSERT INTO mots(entite, client, mot) SELECT $1, value->>0, value->>1 FROM {each}";

const RECEIVED: &str = "INSERT INTO encaissements(entite, client, position, jour, facture, montant, devise) \
     SELECT $1, value->>0, CAST(value->>1 AS BIGINT), value->>2, value->>3, CAST(value->>4 AS BIGINT), value->>5 FROM {each}";
const RECEIVED_SUMS: &str = "INSERT INTO cumuls(entite, axe, valeur, devise, jour, part, nombre, reste) \
     SELECT $1, 'encaisse', '', value->>5, substr(value->>2, 1, 7) || '-01', CAST($3 AS BIGINT), COUNT(*), SUM(CAST(value->>4 AS BIGINT)) \
     FROM {each} GROUP BY 4, 5 ORDER BY 4, 5 \
     ON CONFLICT(entite, axe, valeur, devise, jour, part) DO UPDATE SET nombre = cumuls.nombre + excluded.nombre, \
     reste = cumuls.reste + excluded.reste";

/// The sums of the invoices of the rows; those that are not counted have 0 for a digest.
const SUMS: &str = "INSERT INTO cumuls(entite, axe, valeur, devise, jour, part, nombre, reste) \
     SELECT $1, axe, valeur, devise, jour, CAST($3 AS BIGINT), {sign} COUNT(*), {sign} SUM(reste) FROM ( \
       SELECT a.axe AS axe, CASE a.axe WHEN 'situation' THEN i.situation WHEN 'segment' THEN i.segment \
       WHEN 'responsable' THEN i.responsable ELSE '' END AS valeur, i.devise AS devise, \
       CASE a.axe WHEN 'emise' THEN substr(i.emission, 1, 7) || '-01' WHEN 'promesse' THEN i.promis_le ELSE i.echeance END AS jour, \
       CASE a.axe WHEN 'emise' THEN i.montant ELSE i.reste END AS reste \
       FROM {each} CROSS JOIN instances i CROSS JOIN (SELECT 'situation' AS axe UNION ALL SELECT 'segment' UNION ALL SELECT 'responsable' \
       UNION ALL SELECT 'emise' UNION ALL SELECT 'promesse') a \
       WHERE i.entite = $1 AND i.client = value->>0 AND i.facture = value->>1 AND i.vue <> 0 \
       AND (a.axe = 'emise' OR (i.ouverte AND (a.axe <> 'promesse' OR i.situation = 'promesse'))) \
     ) s GROUP BY axe, valeur, devise, jour ORDER BY axe, valeur, devise, jour \
     ON CONFLICT(entite, axe, valeur, devise, jour, part) DO UPDATE SET nombre = cumuls.nombre + excluded.nombre, \
     reste = cumuls.reste + excluded.reste";

/// What goes when a client is erased, in this order and before the invoices do: `$1` the creditor, `$2` the client. Sums go with what
/// they are of, so that a figure is always that of its list.
pub(in crate::store) const FORGOTTEN: [&str; 5] = [
    "INSERT INTO cumuls(entite, axe, valeur, devise, jour, part, nombre, reste) \
     SELECT $1, axe, valeur, devise, jour, 0, - COUNT(*), - SUM(reste) FROM ( \
       SELECT a.axe AS axe, CASE a.axe WHEN 'situation' THEN i.situation WHEN 'segment' THEN i.segment \
       WHEN 'responsable' THEN i.responsable ELSE '' END AS valeur, i.devise AS devise, \
       CASE a.axe WHEN 'emise' THEN substr(i.emission, 1, 7) || '-01' WHEN 'promesse' THEN i.promis_le ELSE i.echeance END AS jour, \
       CASE a.axe WHEN 'emise' THEN i.montant ELSE i.reste END AS reste \
       FROM instances i CROSS JOIN (SELECT 'situation' AS axe UNION ALL SELECT 'segment' UNION ALL SELECT 'responsable' \
       UNION ALL SELECT 'emise' UNION ALL SELECT 'promesse') a \
       WHERE i.entite = $1 AND i.client = $2 AND i.vue <> 0 \
       AND (a.axe = 'emise' OR (i.ouverte AND (a.axe <> 'promesse' OR i.situation = 'promesse'))) \
     ) s GROUP BY axe, valeur, devise, jour ORDER BY axe, valeur, devise, jour \
     ON CONFLICT(entite, axe, valeur, devise, jour, part) DO UPDATE SET nombre = cumuls.nombre + excluded.nombre, \
     reste = cumuls.reste + excluded.reste",
    "INSERT INTO cumuls(entite, axe, valeur, devise, jour, part, nombre, reste) \
     SELECT $1, 'encaisse', '', devise, substr(jour, 1, 7) || '-01', 0, - COUNT(*), - SUM(montant) FROM encaissements \
     WHERE entite = $1 AND client = $2 GROUP BY 4, 5 ORDER BY 4, 5 \
     ON CONFLICT(entite, axe, valeur, devise, jour, part) DO UPDATE SET nombre = cumuls.nombre + excluded.nombre, \
     reste = cumuls.reste + excluded.reste",
    "DELETE FROM encaissements WHERE entite = $1 AND client = $2",
    "DELETE FROM a_faire WHERE entite = $1 AND client = $2",
    "DELETE FROM mots WHERE entite = $1 AND client = $2",
];

/// Takes out sums of nothing, of one part, once a day: days go by.
pub(in crate::store) const NOTHING_LEFT: &str =
    "DELETE FROM cumuls WHERE entite = $1 AND part = $2 AND nombre = 0 AND reste = 0";

/// Whether the clock enters another day, about.
pub(in crate::store) fn is_another_day(known: Option<i64>, clock: i64) -> bool {
    const DAY: i64 = 24 * 3_600 * 1_000_000;
    known.is_some_and(|known| known.div_euclid(DAY) < clock.div_euclid(DAY))
}

/// Rows on their way into statements.
struct Writing {
    each: &'static str,
    done: Vec<Statement>,
}

impl Writing {
    /// A statement for each so many rows, all of them before the next one's.
    fn add(&mut self, text: &str, rows: &[Vec<Value>]) -> Result<(), StoreError> {
        let text = text.replace("{each}", self.each);
        for rows in rows.chunks(ROWS_PER_STATEMENT) {
            let part = text.contains("$3");
            self.done.push(Statement { text: text.clone(), rows: write("lignes", rows)?, part });
        }
        Ok(())
    }
}

/// A row that begins with something.
fn row<const N: usize>(first: [Value; N], rest: &Value) -> Vec<Value> {
    first.into_iter().chain(rest.as_array().into_iter().flatten().cloned()).collect()
}

/// The statements of what differs in some files, in their order. The files themselves are written before, but for the invoices that
/// [`Views::has`], whose states are written here.
pub(in crate::store) async fn statements(
    each: Each,
    views: &[(&Views, &Dossier)],
) -> Result<Vec<Statement>, StoreError> {
    let each = match each {
        Each::Sqlite => "json_each($2)",
        Each::Postgres => "jsonb_array_elements($2::text::jsonb)",
    };
    let mut writing = Writing { each, done: Vec::new() };
    let (mut states, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new());
    let (mut customers, mut worked, mut work, mut named, mut words, mut received) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (n, (view, dossier)) in views.iter().enumerate() {
        let client = || Value::from(view.client.as_str());
        for (number, digest, known, columns) in &view.invoices {
            let Some(file) = dossier.invoices.get(number) else { continue };
            let number = || Value::from(number.as_str());
            let state = write("facture", file)?;
            states.push(row([client(), number(), file.is_active().into(), state.into(), (*digest).into()], columns));
            if *known {
                before.push(vec![client(), number()]);
            }
            after.push(vec![client(), number()]);
        }
        if let Some(([customer, work, words], columns)) = &view.head {
            customers.push(row([client(), (*customer).into(), (*work).into(), (*words).into()], columns));
        }
        if let Some((known, items)) = &view.work {
            worked.extend(known.then(|| vec![client()]));
            work.extend(items.iter().map(|item| row([client()], item)));
        }
        if let Some((known, all)) = &view.words {
            named.extend(known.then(|| vec![client()]));
            words.extend(all.iter().map(|word| vec![client(), word.clone()]));
        }
        received.extend(view.received.iter().map(|payment| row([client()], payment)));
        stretch(n + 1).await;
    }
    writing.add(CUSTOMERS, &customers)?;
    writing.add(WORK_DONE, &worked)?;
    writing.add(WORK, &work)?;
    writing.add(WORDS_GONE, &named)?;
    writing.add(WORDS, &words)?;
    writing.add(RECEIVED, &received)?;
    // Sums last: who writes them has them for itself until the end.
    writing.add(&SUMS.replace("{sign}", "-"), &before)?;
    writing.add(INVOICES, &states)?;
    writing.add(&SUMS.replace("{sign}", ""), &after)?;
    writing.add(RECEIVED_SUMS, &received)?;
    Ok(writing.done)
}
