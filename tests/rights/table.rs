//! The table: each address, how it is asked, and who may.

use Needs::{LoggedIn, Nobody, Role};

/// Who may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needs {
    /// Everybody.
    Nobody,
    /// Whoever is logged in, whatever the role.
    LoggedIn,
    /// A role for the creditor, at least this one.
    Role(&'static str),
}

/// What a request carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sends {
    /// Nothing: the page is opened.
    Nothing,
    /// Fields, with the mark of the session.
    Form(&'static [(&'static str, &'static str)]),
    /// A file, with the mark.
    File,
    /// JSON that changes nothing, and carries no mark.
    Json,
    /// A form of somebody who is not logged in, and has no mark.
    Unmarked(&'static [(&'static str, &'static str)]),
}

/// A row.
pub struct Row {
    /// As the router has it.
    pub route: &'static str,
    pub method: &'static str,
    /// What is asked for. `{facture}`, `{client}`, `{compte}` are filled in.
    pub path: &'static str,
    pub needs: Needs,
    pub sends: Sends,
    /// What is named is there: whoever may gets no 404.
    pub there: bool,
}

const fn open(route: &'static str, path: &'static str, needs: Needs) -> Row {
    Row { route, method: "GET", path, needs, sends: Sends::Nothing, there: true }
}

const fn send(route: &'static str, path: &'static str, needs: Needs, sends: Sends) -> Row {
    Row { route, method: "POST", path, needs, sends, there: true }
}

impl Row {
    const fn gone(mut self) -> Row {
        self.there = false;
        self
    }
}

const READ: Needs = Role("lecture");
const WORK: Needs = Role("gestionnaire");
const DECIDE: Needs = Role("valideur");
const RULE: Needs = Role("administrateur");

/// A form that says nothing more.
const BARE: Sends = Sends::Form(&[]);
const ON_INVOICE: &str = "/factures/{numero}/actes/{acte}";
const ON_CLIENT: &str = "/clients/{client}/actes/{acte}";

macro_rules! act {
    ($on:ident $prefix:literal $name:literal $needs:ident $($field:literal = $value:literal)*) => {
        send($on, concat!($prefix, "/actes/", $name), $needs, Sends::Form(&[("id", "matrice"), $(($field, $value)),*]))
    };
}

/// Every row. Acts are such that the file refuses them: what is asked here is who is refused before.
pub const TABLE: &[Row] = &[
    open("/", "/", LoggedIn),
    open("/portes/{entite}/{*chemin}", "/portes/{entite}/sante", Nobody),
    open("/api/v1/openapi.json", "/api/v1/openapi.json", Nobody),
    open("/connexion", "/connexion", Nobody),
    send("/connexion", "/connexion", Nobody, Sends::Unmarked(&[("email", "x@exemple.fr"), ("mot_de_passe", "x")])),
    open("/connexion/code", "/connexion/code", Nobody),
    send("/connexion/code", "/connexion/code", Nobody, Sends::Unmarked(&[("code", "000000")])),
    open("/connexion/oidc", "/connexion/oidc", Nobody).gone(),
    open("/connexion/oidc/retour", "/connexion/oidc/retour?state=x", Nobody).gone(),
    open("/premier-compte/{jeton}", "/premier-compte/x", Nobody).gone(),
    send("/premier-compte/{jeton}", "/premier-compte/x", Nobody, Sends::Unmarked(&[])).gone(),
    open("/mot-de-passe/{jeton}", "/mot-de-passe/x", Nobody).gone(),
    send("/mot-de-passe/{jeton}", "/mot-de-passe/x", Nobody, Sends::Unmarked(&[])).gone(),
    open("/static/{version}/{name}", "/static/x/base.css", Nobody).gone(),
    open("/payer/{*lien}", "/payer/x", Nobody).gone(),
    open("/pret", "/pret", Nobody),
    open("/metriques", "/metriques", Nobody),
    open("/metrics", "/metrics", Nobody),
    open("/espace/", "/espace/", Nobody).gone(),
    open("/{lien}", "/espace/x", Nobody).gone(),
    open("/{lien}/annonce", "/espace/x/annonce", Nobody).gone(),
    send("/{lien}/annonce", "/espace/x/annonce", Nobody, Sends::Unmarked(&[])).gone(),
    open("/{lien}/promesse", "/espace/x/promesse", Nobody).gone(),
    send("/{lien}/promesse", "/espace/x/promesse", Nobody, Sends::Unmarked(&[])).gone(),
    open("/{lien}/echeancier", "/espace/x/echeancier", Nobody).gone(),
    send("/{lien}/echeancier", "/espace/x/echeancier", Nobody, Sends::Unmarked(&[])).gone(),
    open("/{lien}/litige", "/espace/x/litige", Nobody).gone(),
    send("/{lien}/litige", "/espace/x/litige", Nobody, Sends::Unmarked(&[])).gone(),
    open("/{lien}/factures/{numero}/facture.pdf", "/espace/x/factures/y/facture.pdf", Nobody).gone(),
    open("/{lien}/decompte.pdf", "/espace/x/decompte.pdf", Nobody).gone(),
    open("/aujourdhui", "/e/{entite}/aujourdhui", READ),
    open("/partis", "/e/{entite}/partis", READ),
    open("/tableau-de-bord", "/e/{entite}/tableau-de-bord", READ),
    open("/encaissements", "/e/{entite}/encaissements", READ),
    open("/recherche", "/e/{entite}/recherche?q=a", READ),
    open("/clients", "/e/{entite}/clients", READ),
    open("/clients/{client}", "/e/{entite}/clients/{client}", READ),
    open("/clients/{client}/documents/{genre}/{cle}/{nom}", "/e/{entite}/clients/{client}/documents/x/y/z", READ)
        .gone(),
    open("/clients/{client}/messages/{cle}/{nom}", "/e/{entite}/clients/{client}/messages/x/y", READ).gone(),
    open("/clients/{client}/messages/{cle}/{nom}/corps", "/e/{entite}/clients/{client}/messages/x/y/corps", READ)
        .gone(),
    open("/clients/{client}/messages/{cle}/{nom}/piece/{n}", "/e/{entite}/clients/{client}/messages/x/y/piece/0", READ)
        .gone(),
    send("/clients/{client}/espace", "/e/{entite}/clients/{client}/espace", WORK, BARE),
    send("/clients/{client}/espace/{id}/revoquer", "/e/{entite}/clients/{client}/espace/x/revoquer", WORK, BARE).gone(),
    send("/clients/{client}/espace-ferme", "/e/{entite}/clients/{client}/espace-ferme", WORK, BARE),
    open("/factures", "/e/{entite}/factures", READ),
    open("/factures/{numero}", "/e/{entite}/factures/{facture}", READ),
    open("/factures/{numero}/dessin.svg", "/e/{entite}/factures/{facture}/dessin.svg", READ),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "appel" WORK "resultat" = "joint" "cle" = "x#1.1.1.0"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "validation" DECIDE "cle" = "x#1.1.1.0"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "refus" DECIDE "cle" = "x#1.1.1.0"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "pause" WORK "jusqu_a" = "2001-01-01"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "arret" DECIDE),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "reprise" WORK),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "saut" DECIDE "etape" = "nulle part"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "promesse" WORK "le" = "2001-01-01"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "litige" WORK "code" = "prix"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "litige_clos" WORK),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "paiement_annonce" WORK "montant" = "999999999"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "echeancier" WORK "echeance_le" = "2001-01-01" "echeance_montant" = "1"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "echeance" WORK "au" = "2001-01-01"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "commentaire" WORK "texte" = " \u{7} x"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "segment" WORK "segment" = "inconnu"),
    // Whoever may not decide asks; without a reason nothing is asked either.
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "renonciation" WORK "a" = "penalites"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "transmission" WORK "a" = "huissier"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "tache_faite" WORK "cle" = "x"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "courrier_poste" WORK "cle" = "x"),
    act!(ON_INVOICE "/e/{entite}/factures/{facture}" "doute" WORK "cle" = "x" "parti" = "oui"),
    act!(ON_CLIENT "/e/{entite}/clients/{client}" "segment" WORK "segment" = "inconnu"),
    act!(ON_CLIENT "/e/{entite}/clients/{client}" "arret" DECIDE),
    act!(ON_CLIENT "/e/{entite}/clients/{client}" "transmission" WORK "a" = "huissier"),
    open("/scenarios", "/e/{entite}/scenarios", READ),
    open("/scenarios/fichier/{*fichier}", "/e/{entite}/scenarios/fichier/scenarios/general.relance", READ),
    send("/scenarios/fichier/{*fichier}", "/e/{entite}/scenarios/fichier/x", DECIDE, BARE),
    send("/scenarios/abandonner/{*fichier}", "/e/{entite}/scenarios/abandonner/x", DECIDE, BARE),
    open("/scenarios/dessin/{nom}", "/e/{entite}/scenarios/dessin/x", READ).gone(),
    send("/scenarios/verifier", "/e/{entite}/scenarios/verifier?fichier=scenarios/general.relance", READ, Sends::Json),
    send(
        "/scenarios/completer",
        "/e/{entite}/scenarios/completer?fichier=scenarios/general.relance",
        READ,
        Sends::Json,
    ),
    send("/scenarios/survol", "/e/{entite}/scenarios/survol?fichier=scenarios/general.relance", READ, Sends::Json),
    send("/scenarios/nouveau", "/e/{entite}/scenarios/nouveau", DECIDE, Sends::Form(&[("nom", "é")])),
    open("/scenarios/plan", "/e/{entite}/scenarios/plan", READ),
    open("/scenarios/plan/{travail}", "/e/{entite}/scenarios/plan/x", READ).gone(),
    send("/scenarios/publier", "/e/{entite}/scenarios/publier", DECIDE, BARE).gone(),
    send(
        "/scenarios/simuler/{*fichier}",
        "/e/{entite}/scenarios/simuler/scenarios/general.relance",
        READ,
        Sends::Form(&[("au", "2001-01-01")]),
    ),
    open("/modeles", "/e/{entite}/modeles", READ),
    open("/modeles/message", "/e/{entite}/modeles/message", READ),
    open("/modeles/lettre.pdf", "/e/{entite}/modeles/lettre.pdf?canal=courrier", READ),
    open("/modeles/decompte.pdf", "/e/{entite}/modeles/decompte.pdf", READ),
    open("/imports", "/e/{entite}/imports", READ),
    send("/imports", "/e/{entite}/imports", WORK, Sends::File),
    open("/imports/{jeton}", "/e/{entite}/imports/x", WORK).gone(),
    send("/imports/{jeton}/prendre", "/e/{entite}/imports/x/prendre", WORK, BARE).gone(),
    send("/imports/{jeton}/jeter", "/e/{entite}/imports/x/jeter", WORK, BARE).gone(),
    open("/comptes", "/e/{entite}/comptes", RULE),
    send("/comptes", "/e/{entite}/comptes", RULE, Sends::Form(&[("role", "lecture"), ("nom", "X"), ("email", "x")])),
    open("/comptes/{compte}", "/e/{entite}/comptes/{compte}", RULE),
    send("/comptes/{compte}/{geste}", "/e/{entite}/comptes/{compte}/role", RULE, Sends::Form(&[("role", "lecture")])),
    send("/comptes/{compte}/{geste}", "/e/{entite}/comptes/{compte}/lien", RULE, BARE),
    send("/comptes/{compte}/{geste}", "/e/{entite}/comptes/{compte}/suspendre", RULE, BARE),
    send("/comptes/{compte}/{geste}", "/e/{entite}/comptes/{compte}/reactiver", RULE, BARE),
    send("/comptes/{compte}/{geste}", "/e/{entite}/comptes/{compte}/sessions", RULE, BARE),
    send("/comptes/{compte}/{geste}", "/e/{entite}/comptes/{compte}/second-facteur", RULE, BARE),
    open("/cles", "/e/{entite}/cles", RULE),
    send("/cles", "/e/{entite}/cles", RULE, Sends::Form(&[("nom", "X")])),
    send("/cles/{cle}/retirer", "/e/{entite}/cles/x/retirer", RULE, BARE).gone(),
    open("/audit", "/e/{entite}/audit", RULE),
    open("/audit.csv", "/e/{entite}/audit.csv", RULE),
    open("/compte", "/e/{entite}/compte", READ),
    send("/compte/nom", "/e/{entite}/compte/nom", READ, BARE),
    send(
        "/compte/mot-de-passe",
        "/e/{entite}/compte/mot-de-passe",
        READ,
        Sends::Form(&[("nouveau", "x"), ("encore", "y")]),
    ),
    send("/compte/apparence", "/e/{entite}/compte/apparence", READ, Sends::Form(&[("theme", "clair")])),
    send("/compte/sessions/{session}/fermer", "/e/{entite}/compte/sessions/autres/fermer", READ, BARE),
    send("/compte/second-facteur", "/e/{entite}/compte/second-facteur", READ, BARE),
    send("/compte/second-facteur/confirmer", "/e/{entite}/compte/second-facteur/confirmer", READ, BARE),
    send("/compte/second-facteur/retirer", "/e/{entite}/compte/second-facteur/retirer", READ, BARE),
    send("/compte/second-facteur/codes", "/e/{entite}/compte/second-facteur/codes", READ, BARE).gone(),
    send("/demandes/{client}/{demande}/{decision}", "/e/{entite}/demandes/{client}/x/accorder", WORK, BARE).gone(),
    // Last: the session ends.
    send("/deconnexion", "/deconnexion", LoggedIn, BARE),
];
