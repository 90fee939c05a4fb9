//! Why a client disputes an invoice, in the codes of the trade. A reason is a text of the person's own; it has a code when it begins
//! with the words of one: `prix`, `prix : la remise manque`.

use crate::schema::fold;
use serde::{Deserialize, Serialize};

/// The code of a dispute's reason.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DisputeCode {
    /// The goods or the work are not what they should be.
    Goods,
    /// The price, a discount, the VAT.
    Price,
    /// Something is missing, or there is too much of it.
    Quantity,
    /// It came too late.
    Delay,
    /// Invoiced twice.
    Duplicate,
    /// The client says that it is paid.
    Paid,
    /// The client says that the invoice never came.
    NotReceived,
    /// An order number, a proof of delivery or another paper is missing.
    Paper,
    /// Anything else.
    Other,
}

/// Codes, their public names, and the words that people write for them, without accents.
const CODES: [(DisputeCode, &str, &[&str]); 9] = [
    (DisputeCode::Goods, "marchandise", &["qualite", "prestation", "produit", "defaut", "casse", "non_conforme"]),
    (DisputeCode::Price, "prix", &["tarif", "remise", "tva"]),
    (DisputeCode::Quantity, "quantité", &["manquant", "manquants"]),
    (DisputeCode::Delay, "délai", &["retard_de_livraison", "livraison_tardive"]),
    (DisputeCode::Duplicate, "doublon", &["double", "facture_en_double"]),
    (DisputeCode::Paid, "déjà_payé", &["deja_paye", "deja_payee", "deja_regle", "deja_reglee"]),
    (DisputeCode::NotReceived, "pas_reçue", &["non_recue", "facture_pas_recue", "facture_non_recue", "jamais_recue"]),
    (DisputeCode::Paper, "pièce_manquante", &["piece", "bon_de_commande", "bon_de_livraison"]),
    (DisputeCode::Other, "autre", &[]),
];

/// A text as the words above are written.
fn plain(text: &str) -> String {
    let words = fold(text).replace(['\'', '’', '-', '_'], " ");
    words.split_whitespace().collect::<Vec<_>>().join("_")
}

impl DisputeCode {
    /// Every code with its public name.
    pub fn all() -> impl Iterator<Item = (DisputeCode, &'static str)> {
        CODES.iter().map(|(code, name, _)| (*code, *name))
    }

    /// The public name.
    pub fn name(self) -> &'static str {
        CODES.iter().find(|(code, ..)| *code == self).map_or("autre", |(_, name, _)| name)
    }

    /// The code that a word stands for.
    pub fn parse(word: &str) -> Option<DisputeCode> {
        let wanted = plain(word);
        let named = |(_, name, others): &&(DisputeCode, &str, &[&str])| {
            plain(name) == wanted || others.contains(&wanted.as_str())
        };
        CODES.iter().find(named).map(|(code, ..)| *code)
    }

    /// The code of a reason: what stands before its first colon or comma, or all of it.
    pub fn of(reason: &str) -> Option<DisputeCode> {
        DisputeCode::parse(reason.split([':', ',', ';']).next()?)
    }
}

impl From<DisputeCode> for String {
    fn from(code: DisputeCode) -> String {
        code.name().to_owned()
    }
}

impl TryFrom<String> for DisputeCode {
    type Error = String;

    fn try_from(word: String) -> Result<DisputeCode, String> {
        DisputeCode::parse(&word).ok_or_else(|| {
            let names: Vec<&str> = DisputeCode::all().map(|(_, name)| name).collect();
            format!("le code « {word} » n’existe pas : écrivez {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons() {
        for (reason, code) in [
            ("prix", Some(DisputeCode::Price)),
            ("Prix : la remise manque", Some(DisputeCode::Price)),
            ("Déjà payée", Some(DisputeCode::Paid)),
            ("deja_paye", Some(DisputeCode::Paid)),
            ("quantité, deux cartons", Some(DisputeCode::Quantity)),
            ("PAS REÇUE", Some(DisputeCode::NotReceived)),
            ("pièce-manquante", Some(DisputeCode::Paper)),
            ("deux cartons manquants", None),
            ("prix trop élevé", None),
            ("", None),
        ] {
            assert_eq!(DisputeCode::of(reason), code, "{reason}");
        }
        for (code, name) in DisputeCode::all() {
            assert_eq!((DisputeCode::parse(name), code.name()), (Some(code), name));
        }
    }
}
