//! Who may do what: one table, which pages, the interface for programs and tests read.

use std::collections::BTreeSet;

/// What somebody is for one creditor. Each may do what those before may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Reads.
    Reader,
    /// Works on clients' files day by day.
    Manager,
    /// Decides what binds the creditor.
    Approver,
    /// Looks after accounts, rights and settings.
    Administrator,
}

impl Role {
    /// All of them, the lowest first.
    pub const ALL: [Role; 4] = [Role::Reader, Role::Manager, Role::Approver, Role::Administrator];

    /// Its word, in the base and in the interface.
    pub fn word(self) -> &'static str {
        match self {
            Role::Reader => "lecture",
            Role::Manager => "gestionnaire",
            Role::Approver => "valideur",
            Role::Administrator => "administrateur",
        }
    }

    /// The role of a word.
    pub fn of(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.word() == word)
    }

    /// Whether this role may do that.
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.least()
    }
}

macro_rules! permissions {
    ($($(#[$about:meta])* $name:ident = $word:literal from $least:ident: $french:literal,)+) => {
        /// Something that may be allowed. What keys of programs may do is said in the same words.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Permission {
            $($(#[$about])* $name,)+
        }

        impl Permission {
            /// All of them.
            pub const ALL: &'static [Permission] = &[$(Permission::$name,)+];

            /// Its word, in keys and in documents.
            pub fn word(self) -> &'static str {
                match self { $(Permission::$name => $word,)+ }
            }

            /// What it is, in French.
            pub fn french(self) -> &'static str {
                match self { $(Permission::$name => $french,)+ }
            }

            /// The lowest role that has it.
            pub fn least(self) -> Role {
                match self { $(Permission::$name => Role::$least,)+ }
            }
        }
    };
}

permissions! {
    /// See clients, invoices, journals, messages, scenarios.
    See = "voir" from Reader: "voir clients, factures, journaux, messages et scénarios",
    /// Note what came of a call.
    Calls = "appels" from Manager: "noter ce que donne un appel",
    /// Do tasks.
    Tasks = "taches" from Manager: "faire les tâches",
    /// Print letters, and tell that they were posted.
    Letters = "lettres" from Manager: "imprimer les lettres et dire qu’elles sont postées",
    /// Comment.
    Comments = "commentaires" from Manager: "commenter",
    /// Note promises.
    Promises = "promesses" from Manager: "noter les promesses et les réponses",
    /// Open and close disputes.
    Disputes = "litiges" from Manager: "ouvrir et clore les litiges",
    /// Pause and resume.
    Pauses = "pauses" from Manager: "mettre en pause et reprendre",
    /// Agree on payment plans.
    Plans = "echeanciers" from Manager: "accorder des échéanciers",
    /// Import files.
    Imports = "imports" from Manager: "importer des fichiers",
    /// Change a client's segment.
    Segments = "segments" from Manager: "changer le segment d’un client",
    /// Say what became of messages in doubt.
    Doubts = "doutes" from Manager: "dire si un message en doute est parti",
    /// Give links to the debtor's portal, and take them back.
    Portal = "portail" from Manager: "donner et retirer les liens de l’espace client",
    /// Ask for what somebody else must grant.
    Ask = "demandes" from Manager: "demander ce qu’une autre personne doit accorder",
    /// Approve or refuse what waits for it.
    Approve = "approbations" from Approver: "valider ou refuser ce qui l’attend",
    /// Jump to another stage.
    Jump = "sauts" from Approver: "changer d’étape",
    /// Stop reminding.
    Stop = "arrets" from Approver: "arrêter les relances",
    /// Publish scenarios.
    Publish = "publications" from Approver: "publier les scénarios",
    /// Hand a client over to a lawyer or a collector.
    HandOver = "transmissions" from Approver: "transmettre un dossier à un tiers",
    /// Waive a claim or its penalties.
    Waive = "abandons" from Approver: "renoncer aux pénalités ou à l’indemnité",
    /// Make, invite and disable accounts.
    Accounts = "comptes" from Administrator: "inviter, suspendre et rouvrir des comptes",
    /// Give and take roles.
    Rights = "droits" from Administrator: "donner et retirer les rôles",
    /// Make and revoke keys of programs.
    Keys = "cles" from Administrator: "faire et retirer les clés d’interface",
    /// Change settings.
    Settings = "reglages" from Administrator: "changer les réglages",
    /// Read who did what.
    Audit = "audit" from Administrator: "lire le journal d’audit",
    /// Erase a client's data.
    Erase = "effacements" from Administrator: "effacer les données d’un client",
}

impl Permission {
    /// The permission of a word.
    pub fn of(word: &str) -> Option<Permission> {
        Permission::ALL.iter().copied().find(|permission| permission.word() == word)
    }
}

/// What a key of a program may do.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scopes(BTreeSet<Permission>);

impl Scopes {
    /// The permissions of these words, or the first word that is none.
    pub fn of<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<Scopes, String> {
        words
            .into_iter()
            .map(|word| Permission::of(word).ok_or_else(|| word.to_owned()))
            .collect::<Result<_, _>>()
            .map(Scopes)
    }

    /// What is kept in a base: a word that this version does not know allows nothing.
    pub fn kept(words: &[String]) -> Scopes {
        Scopes(words.iter().filter_map(|word| Permission::of(word)).collect())
    }

    /// Their words.
    pub fn words(&self) -> Vec<String> {
        self.0.iter().map(|permission| permission.word().to_owned()).collect()
    }

    /// Whether that is among them.
    pub fn may(&self, permission: Permission) -> bool {
        self.0.contains(&permission)
    }

    /// Whether somebody of this role may give them all away.
    pub fn are_within(&self, role: Role) -> bool {
        self.0.iter().all(|permission| role.may(*permission))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn who_may_do_what() {
        let mut table = format!("{:15}", "");
        for role in Role::ALL {
            table += &format!(" {:14}", role.word());
        }
        for permission in Permission::ALL {
            table += &format!("\n{:15}", permission.word());
            for role in Role::ALL {
                table += &format!(" {:14}", if role.may(*permission) { "oui" } else { "-" });
            }
        }
        let lines: Vec<&str> = table.lines().map(str::trim_end).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    /// The table of docs/serveur.md is this one.
    #[test]
    fn the_table_of_the_documentation() {
        let doc = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/serveur.md");
        let doc = std::fs::read_to_string(doc).unwrap();
        let mut table = "| droit | ce qu’il permet | à partir de |\n| --- | --- | --- |\n".to_owned();
        for permission in Permission::ALL {
            let (word, french, least) = (permission.word(), permission.french(), permission.least().word());
            table += &format!("| `{word}` | {french} | `{least}` |\n");
        }
        assert!(doc.contains(&table), "docs/serveur.md should have:\n{table}");
    }

    #[test]
    fn a_higher_role_may_all_that_a_lower_one_may() {
        for pair in Role::ALL.windows(2) {
            for permission in Permission::ALL {
                assert!(!pair[0].may(*permission) || pair[1].may(*permission), "{permission:?}");
            }
        }
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for role in Role::ALL {
            assert_eq!(Role::of(role.word()), Some(role));
        }
        let words: BTreeSet<&str> = Permission::ALL.iter().map(|permission| permission.word()).collect();
        assert_eq!(words.len(), Permission::ALL.len());
        for permission in Permission::ALL {
            assert_eq!(Permission::of(permission.word()), Some(*permission));
        }
        assert_eq!((Role::of("Administrateur"), Permission::of("tout")), (None, None));
    }

    #[test]
    fn a_key_may_what_it_was_given_and_no_more() {
        let scopes = Scopes::of(["voir", "imports"]).unwrap();
        let may: Vec<_> = Permission::ALL.iter().filter(|permission| scopes.may(**permission)).collect();
        assert_eq!(may, [&Permission::See, &Permission::Imports]);
        assert_eq!(Scopes::kept(&scopes.words()), scopes);
        assert_eq!(Scopes::of(["voir", "importe"]), Err("importe".to_owned()));
        assert_eq!(Scopes::kept(&["inconnu".to_owned()]), Scopes::default());
        assert!(scopes.are_within(Role::Manager) && !scopes.are_within(Role::Reader));
    }
}
