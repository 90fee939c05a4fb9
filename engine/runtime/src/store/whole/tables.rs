//! The tables of a base, as they are copied from one to another.

/// What a column holds, whichever way a base writes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Text,
    Number,
    Bytes,
    /// A boolean; SQLite writes 0 or 1.
    Flag,
    /// A list of texts; SQLite writes it as JSON.
    List,
    /// Until when a runner keeps a client: those of one base mean nothing in another.
    Lease,
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [(&'static str, Kind)],
    /// The order in which its rows are copied: where rows are numbered as they come, that of their numbers.
    pub(super) order: &'static str,
}

use Kind::{Bytes, Flag, Lease, List, Number, Text};

/// What a copy does not carry: doors that stand open, links and tries of the moment, answers kept for a day. In a copy that somebody finds
/// they would open again what was closed since; without them people log in again, ask for a new link, and that is all. Files put down to be
/// imported stay with whoever did.
pub(super) const PASSING: [&str; 5] = ["sessions", "liens_uniques", "tentatives", "idempotences", "depots"];

/// Every other table but that of the marks, which each base has of its own. A test compares this with the schemas.
pub(super) const TABLES: [Table; 26] = [
    Table {
        name: "scenarios",
        columns: &[("entite", Text), ("empreinte", Text), ("nom", Text), ("machine", Text), ("vu_le", Number)],
        order: "entite, empreinte",
    },
    Table {
        name: "publications",
        columns: &[
            ("entite", Text),
            ("le", Number),
            ("programme", Text),
            ("empreintes", List),
            ("rattrapage", Flag),
            ("planifiee", Flag),
        ],
        order: "numero",
    },
    Table { name: "horloges", columns: &[("entite", Text), ("le", Number), ("vues", Number)], order: "entite" },
    Table {
        name: "dossiers",
        columns: &[
            ("entite", Text),
            ("client", Text),
            ("etat", Text),
            ("reveil", Number),
            ("raison", Text),
            ("a_voir", Number),
            ("attend_paiements", Flag),
            ("sel", Bytes),
            ("tete", Bytes),
            ("longueur", Number),
            ("efface_le", Number),
            ("vue", Number),
            ("vue_travail", Number),
            ("vue_mots", Number),
            ("nom", Text),
            ("nom_plie", Text),
            ("segment", Text),
            ("responsable", Text),
            ("pays", Text),
            ("devise", Text),
            ("encours", Number),
            ("encours_autres", Text),
            ("ouvertes", Number),
            ("echeance", Text),
            ("arrete", Flag),
            ("insolvable", Flag),
        ],
        order: "entite, client",
    },
    Table {
        name: "prises",
        columns: &[("entite", Text), ("client", Text), ("preneur", Text), ("bail", Lease)],
        order: "entite, client",
    },
    Table { name: "debits", columns: &[("entite", Text), ("canal", Text), ("libre", Number)], order: "entite, canal" },
    Table { name: "paiements", columns: &[("entite", Text), ("le", Number)], order: "entite" },
    Table {
        name: "instances",
        columns: &[
            ("entite", Text),
            ("client", Text),
            ("facture", Text),
            ("active", Flag),
            ("etat", Text),
            ("vue", Number),
            ("ouverte", Flag),
            ("emission", Text),
            ("echeance", Text),
            ("montant", Number),
            ("reste", Number),
            ("devise", Text),
            ("segment", Text),
            ("responsable", Text),
            ("scenario", Text),
            ("situation", Text),
            ("promis_le", Text),
            ("rompue_le", Text),
            ("soldee_le", Text),
            ("cle", Text),
            ("envers", Text),
        ],
        order: "entite, client, facture",
    },
    Table {
        name: "a_faire",
        columns: &[
            ("entite", Text),
            ("client", Text),
            ("cle", Text),
            ("genre", Text),
            ("propre", Text),
            ("factures", Text),
            ("depuis", Text),
            ("jusqu_au", Text),
            ("role", Text),
            ("quoi", Text),
            ("montant", Number),
            ("devise", Text),
            ("repose", Flag),
            ("rang", Text),
        ],
        order: "entite, client, cle",
    },
    Table { name: "mots", columns: &[("entite", Text), ("mot", Text), ("client", Text)], order: "entite, mot, client" },
    Table {
        name: "encaissements",
        columns: &[
            ("entite", Text),
            ("client", Text),
            ("position", Number),
            ("jour", Text),
            ("facture", Text),
            ("montant", Number),
            ("devise", Text),
        ],
        order: "entite, client, position",
    },
    Table {
        name: "cumuls",
        columns: &[
            ("entite", Text),
            ("axe", Text),
            ("valeur", Text),
            ("devise", Text),
            ("jour", Text),
            ("part", Number),
            ("nombre", Number),
            ("reste", Number),
        ],
        order: "entite, axe, valeur, devise, jour, part",
    },
    Table {
        name: "journal",
        columns: &[
            ("entite", Text),
            ("client", Text),
            ("position", Number),
            ("le", Number),
            ("facture", Text),
            ("entree", Text),
            ("efface", Text),
            ("condensat", Bytes),
            ("chaine", Bytes),
        ],
        order: "entite, client, position",
    },
    Table {
        name: "entrees",
        columns: &[
            ("entite", Text),
            ("id", Text),
            ("client", Text),
            ("connue", Number),
            ("importee", Number),
            ("prise", Flag),
            ("donnees", Text),
        ],
        order: "numero",
    },
    Table {
        name: "envois",
        columns: &[
            ("entite", Text),
            ("client", Text),
            ("cle", Text),
            ("facture", Text),
            ("canal", Text),
            ("statut", Text),
            ("ouverte", Flag),
            ("decide_le", Number),
            ("message", Text),
            ("fini_le", Number),
            ("fournisseur", Text),
            ("destinataires", Text),
            ("detail", Text),
        ],
        order: "entite, client, cle",
    },
    Table {
        name: "documents",
        columns: &[
            ("entite", Text),
            ("client", Text),
            ("cle", Text),
            ("genre", Text),
            ("nom", Text),
            ("type_media", Text),
            ("le", Number),
            ("taille", Number),
            ("empreinte", Bytes),
            ("comprime", Flag),
            ("contenu", Bytes),
        ],
        order: "entite, client, cle, genre, nom",
    },
    Table {
        name: "notifications",
        columns: &[
            ("entite", Text),
            ("client", Text),
            ("position", Number),
            ("destinataire", Text),
            ("corps", Text),
            ("decide_le", Number),
            ("ouverte", Flag),
            ("essais", Number),
            ("prochain", Number),
            ("bail", Lease),
            ("detail", Text),
        ],
        order: "entite, client, position, destinataire",
    },
    Table { name: "imports", columns: &[("entite", Text), ("le", Number), ("rapport", Text)], order: "numero" },
    Table {
        name: "brouillons",
        columns: &[("entite", Text), ("fichier", Text), ("texte", Text), ("par", Text), ("le", Number)],
        order: "entite, fichier",
    },
    // Who may do what, what opens, and what was done: without them nobody could enter a base that was put back, or say who had.
    Table {
        name: "comptes",
        columns: &[
            ("id", Text),
            ("identifiant", Text),
            ("nom", Text),
            ("mot_de_passe", Text),
            ("totp", Bytes),
            ("totp_propose", Bytes),
            ("totp_pas", Number),
            ("emetteur", Text),
            ("sujet", Text),
            ("cree_le", Number),
            ("desactive_le", Number),
        ],
        order: "id",
    },
    Table { name: "droits", columns: &[("entite", Text), ("compte", Text), ("role", Text)], order: "entite, compte" },
    Table { name: "codes_secours", columns: &[("compte", Text), ("empreinte", Bytes)], order: "compte, empreinte" },
    Table {
        name: "cles_api",
        columns: &[
            ("entite", Text),
            ("id", Text),
            ("nom", Text),
            ("empreinte", Bytes),
            ("portees", Text),
            ("cree_par", Text),
            ("cree_le", Number),
            ("vue_le", Number),
            ("expire", Number),
            ("revoquee_le", Number),
        ],
        order: "entite, id",
    },
    Table {
        name: "audit",
        columns: &[
            ("le", Number),
            ("compte", Text),
            ("qui", Text),
            ("adresse", Text),
            ("quoi", Text),
            ("objet", Text),
            ("entite", Text),
            ("issue", Text),
        ],
        order: "numero",
    },
    Table {
        name: "acces_portail",
        columns: &[
            ("entite", Text),
            ("client", Text),
            ("id", Text),
            ("contact", Text),
            ("empreinte", Bytes),
            ("cree_par", Text),
            ("cree_le", Number),
            ("expire", Number),
            ("revoque_le", Number),
            ("vu_le", Number),
        ],
        order: "entite, client, id",
    },
    Table {
        name: "demandes",
        columns: &[
            ("entite", Text),
            ("client", Text),
            ("id", Text),
            ("acte", Text),
            ("facture", Text),
            ("demandee_par", Text),
            ("demandee_le", Number),
            ("motif", Text),
            ("decidee_par", Text),
            ("decidee_le", Number),
            ("decision", Text),
            ("note", Text),
        ],
        order: "entite, client, id",
    },
];

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::super::base::Base;
    use super::{PASSING, TABLES};

    /// A table or a column that a migration brings must not be forgotten here.
    #[tokio::test]
    async fn every_table_and_column_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let mut base = Base::made(&Place::File(folder.path().join("essai.db"))).await.unwrap();
        let Base::Sqlite(connection) = &mut base else { panic!("a file") };
        let found: Vec<(String, String)> = sqlx::query_as(
            "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' \
             AND m.name NOT IN ('_sqlx_migrations', 'marques') AND c.name <> 'numero' ORDER BY 1, 2",
        )
        .fetch_all(connection)
        .await
        .unwrap();
        let columns = TABLES.iter().flat_map(|table| table.columns.iter().map(|(column, _)| (table.name, *column)));
        let mut ours: Vec<(String, String)> = columns.map(|(t, c)| (t.to_owned(), c.to_owned())).collect();
        ours.sort();
        let found: Vec<_> = found.into_iter().filter(|(table, _)| !PASSING.contains(&table.as_str())).collect();
        assert_eq!(ours, found);
    }
}
