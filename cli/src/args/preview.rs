//! What `apercu` takes.

use super::{ARGUMENTS, OPTIONS, day};
use chrono::NaiveDate;
use clap::ValueEnum;
use std::path::PathBuf;

/// `apercu`.
#[derive(clap::Args, Debug)]
pub struct PreviewArgs {
    /// Le modèle, par exemple email/ferme ; la voie est inutile quand un seul modèle porte ce nom
    #[arg(value_name = "MODELE", help_heading = ARGUMENTS)]
    pub modele: String,
    /// La facture dont parle le message ; plusieurs factures d’un client font un message groupé [défaut : un exemple]
    #[arg(long, value_name = "NUMERO", help_heading = OPTIONS)]
    pub facture: Vec<String>,
    /// L’exemple s’adresse à une entreprise, à un particulier ou à un acheteur public : b2b, b2c, public
    #[arg(
        long,
        value_name = "REGIME",
        default_value = "b2b",
        hide_default_value = true,
        hide_possible_values = true,
        conflicts_with_all = ["facture", "le"],
        help_heading = OPTIONS
    )]
    pub regime: Regime,
    /// La langue du message : fr, en … [défaut : celle du client]
    #[arg(long, value_name = "LANGUE", help_heading = OPTIONS)]
    pub langue: Option<String>,
    /// Le jour de l’envoi [défaut : aujourd’hui]
    #[arg(long, value_name = "DATE", value_parser = day, requires = "facture", help_heading = OPTIONS)]
    pub le: Option<NaiveDate>,
    /// Ouvre le message mis en page dans le navigateur, ou la lettre en PDF (avec --format pdf)
    #[arg(long, help_heading = OPTIONS)]
    pub ouvrir: bool,
    /// Fichier où écrire [défaut : la sortie standard]
    #[arg(long, value_name = "FICHIER", help_heading = OPTIONS)]
    pub sortie: Option<PathBuf>,
    /// Présentation : texte, html, pdf (une lettre) ou json
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "texte",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = OPTIONS
    )]
    pub format: PreviewFormat,
}

/// Whom an example is written to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Regime {
    /// Une entreprise
    B2b,
    /// Un particulier
    B2c,
    /// Un acheteur public
    Public,
}

impl Regime {
    /// Its word in the data.
    pub fn word(self) -> &'static str {
        match self {
            Regime::B2b => "b2b",
            Regime::B2c => "b2c",
            Regime::Public => "public",
        }
    }
}

/// How a message is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum PreviewFormat {
    /// À qui, l’objet, le texte simple
    Texte,
    /// La page mise en forme
    Html,
    /// La lettre, telle qu’elle s’imprime
    Pdf,
    /// Un document JSON
    Json,
}
