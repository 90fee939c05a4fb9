//! What stands around every page: who visits, where they are, what was just done.

use super::encoded;
use super::visit::Visit;
use crate::auth::role::Permission;

/// The entries of the menu, each with its address below the creditor's and its icon.
pub const MENU: [(&str, &str, &str); 7] = [
    ("aujourdhui", "Aujourd’hui", "aujourdhui"),
    ("tableau-de-bord", "Tableau de bord", "tableau"),
    ("clients", "Clients", "clients"),
    ("factures", "Factures", "factures"),
    ("scenarios", "Scénarios", "scenarios"),
    ("modeles", "Modèles", "modeles"),
    ("imports", "Imports", "imports"),
];

/// What the menu has besides for whoever looks after accounts.
const ADMINISTRATION: [(&str, &str, &str); 2] = [("comptes", "Comptes", "comptes"), ("audit", "Audit", "audit")];

/// See the module.
pub struct Frame {
    /// The title of the page.
    pub title: String,
    /// Where the creditor's pages begin: `/e/principale`.
    pub home: String,
    /// The creditor's name.
    pub creditor: String,
    /// The entry of the menu that this page belongs to.
    pub here: &'static str,
    /// The visitor's name.
    pub visitor: String,
    /// What the visitor is here: the French word of the role.
    pub role: &'static str,
    /// Proves that a form was filled in on one of our pages.
    pub csrf: String,
    /// Whether the visitor looks after accounts.
    pub administers: bool,
    /// What was just done, in French.
    pub said: Option<&'static str>,
    /// The version of the assets.
    pub assets: &'static str,
    /// The colours that the visitor chose: `clair` or `sombre`.
    pub theme: Option<&'static str>,
    /// Other creditors for whom the visitor works: entité and name.
    pub others: Vec<(String, String)>,
    /// What the editor's own styles may be known by, on the page that has one.
    pub nonce: String,
}

impl Frame {
    /// The frame of a page of this visit.
    pub fn new(visit: &Visit, here: &'static str, title: impl Into<String>) -> Frame {
        Frame {
            title: title.into(),
            home: visit.home(),
            creditor: visit.tenant.project().config.creditor.name.clone(),
            here,
            visitor: visit.name().to_owned(),
            role: visit.role.word(),
            csrf: visit.csrf.clone(),
            administers: visit.allows(Permission::Accounts),
            said: visit.said.as_deref().and_then(told),
            assets: crate::assets::version(),
            theme: visit.theme,
            others: others(visit),
            nonce: String::new(),
        }
    }

    /// The entries of the menu: address, words, icon, whether it is here.
    pub fn menu(&self) -> Vec<(String, &'static str, &'static str, bool)> {
        let entry = |(path, words, icon): (&str, &'static str, &'static str)| {
            (format!("{}/{path}", self.home), words, icon, path == self.here)
        };
        let more = ADMINISTRATION.into_iter().filter(|_| self.administers);
        MENU.into_iter().chain(more).map(entry).collect()
    }

    /// The version of the program.
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// The address of an invoice.
    pub fn invoice(&self, number: &str) -> String {
        format!("{}/factures/{}", self.home, encoded(number))
    }

    /// The address of a client.
    pub fn client(&self, code: &str) -> String {
        format!("{}/clients/{}", self.home, encoded(code))
    }
}

/// The other creditors for whom the visitor works.
fn others(visit: &Visit) -> Vec<(String, String)> {
    let open = |tenant: &&std::sync::Arc<crate::site::Tenant>| {
        tenant.entity != visit.tenant.entity && visit.person.role(&tenant.entity).is_some()
    };
    let named = |tenant: &std::sync::Arc<crate::site::Tenant>| {
        (tenant.entity.clone(), tenant.project().config.creditor.name.clone())
    };
    visit.site.tenants.values().filter(open).map(named).collect()
}

/// What an address says was just done (`?dit=…`), in French.
fn told(word: &str) -> Option<&'static str> {
    Some(match word {
        "note" => "C’est noté.",
        "appel" => "L’appel est noté.",
        "accord" => "L’accord est noté.",
        "refus" => "Le refus est noté.",
        "demande" => "C’est demandé : une autre personne doit l’accorder.",
        "retire" => "La demande est retirée.",
        "role" => "Le rôle est changé.",
        "suspendu" => "Le compte est suspendu : il n’ouvre plus rien.",
        "reactive" => "Le compte est réactivé.",
        "sessions" => "Les sessions sont fermées.",
        "second_retire" => "Le second facteur est retiré.",
        "revoquee" => "La clé est retirée : elle n’ouvre plus rien.",
        "nom" => "Le nom est changé.",
        "mot_de_passe" => "Le mot de passe est changé. Les autres sessions sont fermées.",
        "apparence" => "L’apparence est changée.",
        "brouillon" => "Le brouillon est gardé. Rien ne change tant que rien n’est publié.",
        "abandonne" => "Le brouillon est abandonné.",
        "publie" => "C’est publié : la nouvelle version est en vigueur.",
        "deja" => "Rien à publier : c’est déjà en vigueur.",
        "importe" => "C’est importé.",
        "liens" => "Les liens de ce client sont éteints : ils n’ouvrent plus rien.",
        "lien" => "Le lien est révoqué : il n’ouvre plus rien.",
        "rien" => "Rien n’a été importé : les fichiers n’apportent rien de nouveau.",
        _ => return None,
    })
}
