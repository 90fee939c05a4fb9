//! What keeps an amount from being firm.

use super::rates::{Table, semester_name};
use crate::day::french_date;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Why the amounts of an invoice cannot be claimed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "quoi", rename_all = "snake_case")]
pub enum Gap {
    /// The rate of a semester is not known.
    #[serde(rename = "taux_manquant")]
    Missing {
        /// Of which table.
        #[serde(rename = "table")]
        table: Table,
        /// The first day of the semester.
        #[serde(rename = "semestre")]
        from: NaiveDate,
    },
    /// The contract rate is below the floor that the law sets in a semester.
    #[serde(rename = "clause_illegale")]
    BelowFloor {
        /// The first day of the semester.
        #[serde(rename = "semestre")]
        from: NaiveDate,
    },
    /// More than can be counted.
    #[serde(rename = "trop_grand")]
    TooLarge,
}

impl Gap {
    /// What is wrong, in French, without its final full stop.
    pub fn what(&self) -> String {
        match self {
            Gap::Missing { table, from } if table.can_be_added(*from) => {
                format!("taux provisoire : {} du {} n’est pas connu", table.french(), semester_name(*from))
            }
            Gap::Missing { table, from } => {
                format!("Relance ne connaît pas {} du {}", table.french(), french_date(*from))
            }
            Gap::BelowFloor { from } => format!(
                "le taux contractuel est inférieur à trois fois le taux d’intérêt légal du {} : la clause est illégale (art. \
                 L. 441-10 du code de commerce)",
                semester_name(*from)
            ),
            Gap::TooLarge => "le montant est trop grand pour être calculé".to_owned(),
        }
    }

    /// What to do about it, in French.
    pub fn remedy(&self) -> String {
        match self {
            Gap::Missing { table, from } if table.can_be_added(*from) => {
                format!("relance taux ajouter {} {from} TAUX --source \"…\"", table.word())
            }
            Gap::Missing { .. } => {
                "la période est trop ancienne pour ses tables : faites établir le décompte par votre conseil".to_owned()
            }
            Gap::BelowFloor { .. } => {
                "corrigez ce taux (`taux` dans [penalites] de relance.toml, ou la colonne `taux_penalites` de vos fichiers), ou retirez-le : \
                 le taux de la loi s’applique"
                    .to_owned()
            }
            Gap::TooLarge => "vérifiez le montant de la facture".to_owned(),
        }
    }

    /// What is wrong and what to do about it, on one line.
    pub fn told(&self) -> String {
        let remedy = self.remedy();
        match self {
            Gap::Missing { table, from } if table.can_be_added(*from) => {
                format!("{} ; ajoutez-le : {remedy}", self.what())
            }
            _ => format!("{} ; {remedy}", self.what()),
        }
    }
}
