//! The facts that a condition can read: name, type, unit and meaning. One source for the checker, completion, the
//! reference and the engine.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a value is, as the language's user thinks of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Type {
    /// `oui` or `non`.
    Bool,
    /// A plain number.
    Number,
    /// Money in one currency.
    Amount,
    /// A length of time.
    Duration,
    /// A percentage.
    Percent,
    /// A civil date.
    Date,
    /// Free text.
    Text,
    /// A word out of a list: the project's segments.
    Segment,
    /// A word out of a list: `b2b`, `b2c`, `public`.
    Regime,
    /// A word out of a list: the scenario's states.
    Stage,
}

impl Type {
    /// The type with its article, for messages: « une durée ».
    pub fn french(self) -> &'static str {
        match self {
            Type::Bool => "un oui/non",
            Type::Number => "un nombre",
            Type::Amount => "un montant",
            Type::Duration => "une durée",
            Type::Percent => "un pourcentage",
            Type::Date => "une date",
            Type::Text => "un texte",
            Type::Segment => "un segment",
            Type::Regime => "un régime",
            Type::Stage => "une étape",
        }
    }

    /// An example of how a value of the type is written.
    pub fn example(self) -> &'static str {
        match self {
            Type::Bool => "oui",
            Type::Number => "3",
            Type::Amount => "1 500 €",
            Type::Duration => "15j",
            Type::Percent => "12 %",
            Type::Date => "31/12/2026",
            Type::Text => "« Lyon »",
            Type::Segment => "mauvais_payeur",
            Type::Regime => "b2b",
            Type::Stage => "plan",
        }
    }
}

/// The words of [`Type::Regime`].
pub const REGIMES: [&str; 3] = ["b2b", "b2c", "public"];

macro_rules! facts {
    ($($variant:ident, $name:literal, $ty:ident, $time:literal, $doc:literal;)*) => {
        /// A built-in fact of the invoice, its client or their history.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub enum Fact {
            $(#[doc = $doc] #[serde(rename = $name)] $variant,)*
        }

        impl Fact {
            /// Every built-in fact, in the order of the reference.
            pub const ALL: &'static [Fact] = &[$(Fact::$variant),*];

            /// The canonical spelling, with accents.
            pub fn name(self) -> &'static str {
                match self { $(Fact::$variant => $name,)* }
            }

            /// The type of its values.
            pub fn ty(self) -> Type {
                match self { $(Fact::$variant => Type::$ty,)* }
            }

            /// One French sentence: what it means, with its unit.
            pub fn doc(self) -> &'static str {
                match self { $(Fact::$variant => $doc,)* }
            }

            /// Whether the mere passing of days can change it.
            pub fn moves_with_time(self) -> bool {
                match self { $(Fact::$variant => $time,)* }
            }
        }
    };
}

facts! {
    DaysLate, "retard", Duration, true, "Jours calendaires depuis l'échéance ; négatif avant elle, 0 le jour même.";
    Segment, "segment", Segment, false, "Segment du client : celui qu'une personne a choisi, sinon celui d'une règle `segment`, sinon celui des données ; `aucun` s'il n'y en a pas.";
    Amount, "montant", Amount, false, "Montant TTC de la facture à son émission.";
    BalanceDue, "reste_dû", Amount, false, "Ce qui reste à payer sur la facture : montant moins paiements et avoirs.";
    Collectable, "montant_exigible", Amount, false, "Reste dû moins ce qui est en litige, promis, annoncé ou couvert par un crédit du client.";
    Disputed, "montant_en_litige", Amount, false, "Part de la facture qui est contestée.";
    Promised, "montant_promis", Amount, false, "Part de la facture couverte par une promesse en cours.";
    InDispute, "en_litige", Bool, false, "Vrai tant qu'un litige est ouvert sur la facture, même en partie.";
    PromiseRunning, "promesse_en_cours", Bool, false, "Vrai tant qu'une promesse de paiement court sur la facture.";
    PromisesBroken, "promesses_rompues", Number, false, "Nombre de promesses rompues sur la facture.";
    Number, "numéro", Text, false, "Numéro de la facture.";
    Currency, "devise", Text, false, "Devise de la facture (code ISO, par exemple « EUR »).";
    IssueDate, "date_émission", Date, false, "Date d'émission de la facture.";
    DueDate, "date_échéance", Date, false, "Date d'échéance de la facture.";
    LimitationDate, "date_prescription", Date, false, "Dernier jour prudent pour agir en justice : deux ans (`b2c`), cinq ans (`b2b`) ou quatre années civiles (`public`) depuis la fin de la prestation, ou l'émission.";
    Today, "aujourd_hui", Date, true, "La date du jour, au fuseau du créancier.";
    Regime, "régime", Regime, false, "Régime de la facture : `b2b`, `b2c` ou `public`.";
    Owner, "responsable", Text, false, "La personne qui suit la facture, si les données la nomment.";
    Reminders, "nombre_relances", Number, false, "Nombre de relances déjà parties sur la facture, à partir de l'échéance, appels compris.";
    DaysSinceReminder, "jours_depuis_relance", Duration, true, "Jours depuis la dernière relance de la facture ; inconnu s'il n'y en a pas eu.";
    Stage, "étape", Stage, false, "État où se trouve la facture : `plan`, ou le nom d'une étape du scénario.";
    RungReached, "palier_atteint", Duration, false, "Le plus haut palier atteint dans l'étape, en jours depuis l'échéance ; inconnu avant le premier.";
    Instalments, "échéancier", Bool, false, "Vrai si la facture se paie en plusieurs échéances.";
    InstalmentsMissed, "échéances_manquées", Number, false, "Nombre d'échéances de l'échéancier qui n'ont pas été payées à leur date.";
    CustomerInsolvent, "client.en_procédure", Bool, false, "Vrai si une procédure collective est ouverte contre le client.";
    CustomerCode, "client.code", Text, false, "Code du client.";
    CustomerName, "client.nom", Text, false, "Nom du client.";
    CustomerEmail, "client.email", Text, false, "Adresse électronique de relance du client ; inconnue si elle manque.";
    CustomerPhone, "client.téléphone", Text, false, "Numéro de téléphone du client ; inconnu s'il manque.";
    CustomerCountry, "client.pays", Text, false, "Pays du client (code ISO à deux lettres) ; inconnu s'il manque.";
    CustomerUsualDelay, "client.délai_habituel", Duration, false, "Retard habituel du client, s'il est donné par les données.";
    CustomerOutstanding, "client.encours", Amount, false, "Somme des restes dus du client, échus ou non, dans la devise de la facture.";
    CustomerOverdue, "client.encours_échu", Amount, true, "Somme des restes dus échus du client, dans la devise de la facture.";
    CustomerAverageDelay, "client.retard_moyen", Duration, false, "Retard moyen des factures soldées du client, arrondi au jour ; l'avance compte en négatif ; inconnu sans facture soldée.";
    CustomerLateInvoices, "client.factures_en_retard", Number, true, "Nombre de factures ouvertes du client dont l'échéance est passée.";
    CustomerOpenInvoices, "client.factures_ouvertes", Number, false, "Nombre de factures ouvertes du client.";
    CustomerOldestDelay, "client.plus_ancien_retard", Duration, true, "Retard de la plus ancienne facture ouverte du client ; inconnu s'il n'y en a pas.";
}

impl Fact {
    /// The fact whose name this is, ignoring case and accents (`Reste_du` finds `reste_dû`).
    pub fn find(name: &str) -> Option<Fact> {
        // Asked for every word of every condition, at each edit.
        static NAMES: LazyLock<HashMap<String, Fact>> =
            LazyLock::new(|| Fact::ALL.iter().map(|fact| (fold(fact.name()), *fact)).collect());
        NAMES.get(&fold(name)).copied()
    }
}

/// Lower case without French accents: how names and keywords are compared.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'â' | 'ä' => folded.push('a'),
            'é' | 'è' | 'ê' | 'ë' => folded.push('e'),
            'î' | 'ï' => folded.push('i'),
            'ô' | 'ö' => folded.push('o'),
            'ù' | 'û' | 'ü' => folded.push('u'),
            'ç' => folded.push('c'),
            'ÿ' => folded.push('y'),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            '’' => folded.push('\''),
            '\u{300}'..='\u{36f}' => {} // combining marks: a file may be in decomposed Unicode
            other => folded.push(other),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_accents_and_are_unique() {
        assert_eq!(Fact::find("RESTE_DU"), Some(Fact::BalanceDue));
        assert_eq!(Fact::find("client.delai_habituel"), Some(Fact::CustomerUsualDelay));
        assert_eq!(Fact::find("e\u{301}chéance"), None);
        let mut names: Vec<String> = Fact::ALL.iter().map(|f| fold(f.name())).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Fact::ALL.len());
    }
}
