//! The columns of each kind of file, and the headings under which French software writes them: data, in one place.
//!
//! A heading is compared in its normal form (see [`super::columns::normal`]): no case, accents, punctuation nor small
//! words, abbreviations spelled out. So `N° facture`, `Numéro de facture` and `NUM_FACT` are one entry here.

use super::columns::normal;
use super::kind::Kind;
use std::sync::LazyLock;

/// A column that a file may have.
#[derive(Debug)]
pub struct FieldSpec {
    /// Its name in our own files and in `relance.toml`.
    pub name: &'static str,
    /// Whether a file without it is refused.
    pub required: bool,
    /// Headings that mean this column, whatever stands beside it.
    pub sure: &'static [&'static str],
    /// Headings that mean it only when no surer one is there and no other column takes them: `Client` is the code,
    /// unless `Code client` stands beside it; then it is the name.
    pub likely: &'static [&'static str],
    /// Headings that mean it when nothing better does.
    pub last: &'static [&'static str],
}

type Headings = &'static [&'static str];

const fn field(name: &'static str, sure: Headings, likely: Headings) -> FieldSpec {
    FieldSpec { name, required: false, sure, likely, last: &[] }
}

const fn required(name: &'static str, sure: Headings, likely: Headings) -> FieldSpec {
    FieldSpec { name, required: true, sure, likely, last: &[] }
}

const fn or_last(spec: FieldSpec, last: Headings) -> FieldSpec {
    FieldSpec { last, ..spec }
}

const CUSTOMER_CODE: Headings = &[
    "Code client",
    "N° client",
    "Réf client",
    "Identifiant client",
    "ID client",
    "Compte client",
    "Compte auxiliaire",
    "Code auxiliaire",
    "N° compte auxiliaire",
    "Auxiliaire",
    "Compte tiers",
    "Code tiers",
    "N° tiers",
    "CompAuxNum",
    "N° compte tiers",
    "N° compte client",
    "Code client facturé",
    "Customer ID",
    "Customer code",
];
const CUSTOMER_NAME: Headings = &[
    "Nom client",
    "Nom du tiers",
    "Raison sociale",
    "Raison sociale client",
    "Dénomination",
    "Dénomination sociale",
    "Intitulé client",
    "Intitulé tiers",
    "Libellé client",
    "Libellé tiers",
    "Nom ou raison sociale",
    "CompAuxLib",
    "Nom complet",
    "Société",
    "Nom société",
    "Nom entreprise",
    "Entreprise",
    "Customer name",
];
const INVOICE_NUMBER: Headings = &[
    "N° facture",
    "Réf facture",
    "Facture",
    "Code facture",
    "N° facture client",
    "Facture réglée",
    "Invoice number",
    "Invoice no",
];
const PIECE_NUMBER: Headings = &[
    "N° pièce",
    "Réf pièce",
    "Pièce",
    "Numéro",
    "N° document",
    "N° pièce comptable",
    "PieceRef",
    "Document",
    "Référence document",
];
const REFERENCE: Headings = &["Référence"];
const CURRENCY: Headings = &["Monnaie", "Code devise", "Devise facture", "Idevise", "Currency"];
const PENALTY_RATE: Headings =
    &["Taux de pénalités", "Taux des pénalités", "Taux pénalités de retard", "Pénalités de retard"];
const REGIME: Headings = &["Régime client", "B2B/B2C", "Type de clientèle"];
const OWNER: Headings = &[
    "Commercial",
    "Chargé de recouvrement",
    "Gestionnaire",
    "Suivi par",
    "Représentant",
    "Vendeur",
    "Collaborateur",
    "Chargé de clientèle",
    "Nom commercial",
    "Code représentant",
    "Responsable client",
];
const KNOWN_ON: Headings = &["Date de saisie", "Saisi le", "Date comptabilisation", "Date de connaissance", "Connu le"];

static INVOICES: [FieldSpec; 16] = [
    or_last(required("numero", INVOICE_NUMBER, PIECE_NUMBER), REFERENCE),
    required("client", CUSTOMER_CODE, &["Client", "Tiers", "Compte", "Code", "N° compte"]),
    field("nom", CUSTOMER_NAME, &["Nom", "Intitulé", "Client", "Tiers"]),
    required(
        "date_emission",
        &[
            "Date facture",
            "Date de facturation",
            "Date d'émission facture",
            "Date émission",
            "Émise le",
            "Émission",
            "Date pièce",
            "Date document",
            "Date de la facture",
            "PieceDate",
            "Invoice date",
        ],
        &["Date", "Date écriture", "EcritureDate", "Date création"],
    ),
    required(
        "date_echeance",
        &[
            "Échéance",
            "Échéance le",
            "Échéance facture",
            "Date d'échéance facture",
            "Date échéance",
            "Échue le",
            "Date limite",
            "Date limite de paiement",
            "Date limite de règlement",
            "Payable le",
            "À payer avant le",
            "À régler avant le",
            "Date de paiement prévue",
            "Échéance de paiement",
            "Échéance règlement",
            "Due date",
        ],
        &[],
    ),
    required(
        "montant_ttc",
        &[
            "Total TTC",
            "TTC",
            "Montant facture",
            "Montant total TTC",
            "Total facture",
            "Prix TTC",
            "Montant facturé",
            "Montant TTC €",
            "Total TTC €",
            "Montant TTC (EUR)",
            "Total TTC (EUR)",
            "Montant TTC facture",
            "Amount",
        ],
        &[
            "Net à payer",
            "Montant",
            "Total",
            "Montant total",
            "Montant initial",
            "Montant d'origine",
            "Net à payer TTC",
        ],
    ),
    field("devise", CURRENCY, &[]),
    field("regime", REGIME, &[]),
    field("taux_penalites", PENALTY_RATE, &[]),
    field("responsable", OWNER, &[]),
    field(
        "libelle",
        &[
            "Libellé facture",
            "Objet",
            "Désignation",
            "Objet facture",
            "Libellé écriture",
            "Libellé pièce",
            "EcritureLib",
        ],
        &["Description"],
    ),
    field(
        "date_fin_prestation",
        &[
            "Date de fin de prestation",
            "Fin de prestation",
            "Date fin prestation",
            "Date de livraison",
            "Livré le",
            "Livrée le",
        ],
        &[],
    ),
    field("prise_en_charge", &["Date prise en charge", "Pris en charge le"], &[]),
    field(
        "solde",
        &[
            "Reste dû",
            "Reste à payer",
            "Restant dû",
            "Solde dû",
            "Montant dû",
            "Solde TTC",
            "Reste à régler",
            "Montant restant dû",
            "Reste TTC",
            "Montant restant",
            "Solde facture",
            "Reste à encaisser",
            "Balance due",
            "Solde restant dû",
            "Montant ouvert",
            "Solde à payer",
        ],
        &[],
    ),
    field("type", &["Type de pièce", "Type document", "Nature", "Nature de pièce", "Type facture"], &[]),
    field(
        "facture_origine",
        &[
            "Facture d'origine",
            "Facture liée",
            "N° facture d'origine",
            "Facture avoirée",
            "Facture concernée",
            "Réf facture d'origine",
        ],
        &[],
    ),
];

static CUSTOMERS: [FieldSpec; 17] = [
    required("code", CUSTOMER_CODE, &["Code", "Client", "Tiers", "Compte", "N°", "Identifiant", "ID", "Référence"]),
    required("nom", CUSTOMER_NAME, &["Nom", "Intitulé", "Libellé", "Client", "Tiers", "Nom affiché"]),
    field(
        "segment",
        &[
            "Profil",
            "Catégorie client",
            "Catégorie",
            "Segment client",
            "Profil payeur",
            "Profil de relance",
            "Famille client",
        ],
        &["Famille"],
    ),
    field(
        "email",
        &[
            "E-mail",
            "Mail",
            "Courriel",
            "Adresse mail",
            "Adresse e-mail",
            "Adresse électronique",
            "Mail client",
            "Courriel client",
            "Adresse courriel",
        ],
        &[],
    ),
    field(
        "telephone",
        &["Tél", "Téléphone fixe", "Tél fixe", "N° téléphone", "Téléphone 1", "Tél client", "Phone"],
        &[],
    ),
    field(
        "portable",
        &["Téléphone portable", "Tél portable", "Mobile", "Tél mobile", "Téléphone mobile", "N° portable", "GSM"],
        &[],
    ),
    field(
        "adresse",
        &["Adresse 1", "Adresse postale", "Rue", "Adresse ligne 1", "Adresse client", "Adresse de facturation"],
        &[],
    ),
    field("complement", &["Adresse 2", "Complément d'adresse", "Complément adresse", "Adresse ligne 2"], &[]),
    field("code_postal", &["CP", "Code postal client"], &[]),
    field("ville", &["Commune", "Localité"], &[]),
    field("pays", &["Code pays", "Pays client", "Country"], &[]),
    field("langue", &["Code langue", "Langue client", "Language"], &[]),
    field("regime", REGIME, &["Type client"]),
    field("taux_penalites", PENALTY_RATE, &[]),
    field("delai_habituel", &["Délai habituel", "Retard habituel", "Délai de paiement habituel"], &[]),
    field("responsable", OWNER, &[]),
    field("devise", CURRENCY, &[]),
];

static PAYMENTS: [FieldSpec; 8] = [
    required(
        "date",
        &[
            "Date règlement",
            "Date paiement",
            "Date encaissement",
            "Date de règlement client",
            "Réglé le",
            "Payé le",
            "Encaissé le",
            "Date opération",
            "Date de valeur",
            "Payment date",
        ],
        &["Date", "Date pièce", "Date écriture"],
    ),
    field("client", CUSTOMER_CODE, &["Client", "Tiers", "Compte"]),
    or_last(field("facture", INVOICE_NUMBER, PIECE_NUMBER), REFERENCE),
    required(
        "montant",
        &[
            "Montant réglé",
            "Montant payé",
            "Montant encaissé",
            "Montant règlement",
            "Montant paiement",
            "Montant €",
            "Montant TTC",
            "Amount",
        ],
        &["Montant", "Total", "Règlement", "Paiement", "Encaissement"],
    ),
    field("devise", CURRENCY, &[]),
    field(
        "identifiant",
        &[
            "ID",
            "ID paiement",
            "ID règlement",
            "Identifiant paiement",
            "Identifiant règlement",
            "N° règlement",
            "N° paiement",
            "N° opération",
            "ID transaction",
            "N° transaction",
        ],
        &[],
    ),
    field("connu_le", KNOWN_ON, &[]),
    // Read by nobody yet, but no mistake either.
    field("mode", &["Mode de règlement", "Mode de paiement", "Moyen de paiement", "Type de règlement"], &[]),
];

static EVENTS: [FieldSpec; 13] = [
    required("date", &["Date événement", "Date d'effet"], &["Date"]),
    required("type", &["Événement", "Type d'événement", "Nature"], &[]),
    or_last(field("facture", INVOICE_NUMBER, PIECE_NUMBER), REFERENCE),
    field("client", CUSTOMER_CODE, &["Client", "Tiers", "Compte"]),
    field("montant", &["Montant TTC", "Amount"], &[]),
    field("devise", CURRENCY, &[]),
    field(
        "date_prevue",
        &["Date promise", "Promis pour le", "Nouvelle échéance", "Nouvelle date", "Date prévisionnelle", "Échéance"],
        &[],
    ),
    field("etape", &["Nouvelle étape", "Vers l'étape", "Aller à"], &[]),
    field("detail", &["Détails", "Commentaire", "Observation", "Précision", "Canal", "Résultat"], &["Motif"]),
    field("auteur", &["Saisi par", "Fait par", "Utilisateur", "Collaborateur"], &[]),
    // Where nothing else says the detail, the heading means that.
    field("motif", &["Raison", "Pourquoi"], &["Motif"]),
    field("connu_le", KNOWN_ON, &[]),
    field("identifiant", &["ID", "ID événement", "N° événement"], &[]),
];

/// The columns that a file of `kind` may have.
pub fn fields(kind: Kind) -> &'static [FieldSpec] {
    match kind {
        Kind::Customers => &CUSTOMERS,
        Kind::Invoices => &INVOICES,
        Kind::Payments => &PAYMENTS,
        Kind::Events => &EVENTS,
    }
}

/// A heading in normal form: the field it means, and how surely (0 is most).
pub(super) struct Meaning {
    pub normal: String,
    pub field: &'static str,
    pub rank: u8,
}

/// Every heading of a kind in normal form, in the order of the fields.
pub(super) fn meanings(kind: Kind) -> &'static [Meaning] {
    static ALL: LazyLock<[Vec<Meaning>; 4]> = LazyLock::new(|| Kind::ALL.map(build));
    ALL.get(kind as usize).map_or(&[], Vec::as_slice)
}

fn build(kind: Kind) -> Vec<Meaning> {
    let mut all = Vec::new();
    for spec in fields(kind) {
        // Our own name of a column is sure, unless it is a word that usage makes uncertain (`client`).
        let own = normal(spec.name);
        if !spec.likely.iter().chain(spec.last).any(|h| normal(h) == own) {
            all.push(Meaning { normal: own, field: spec.name, rank: 0 });
        }
        for (rank, headings) in (0..).zip([spec.sure, spec.likely, spec.last]) {
            all.extend(headings.iter().map(|h| Meaning { normal: normal(h), field: spec.name, rank }));
        }
    }
    all
}
