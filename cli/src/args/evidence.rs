//! What `dossier` takes: the litigation file of an invoice.

use super::{ARGUMENTS, OPTIONS, day};
use chrono::NaiveDate;
use std::path::PathBuf;

/// `dossier`.
#[derive(clap::Args, Debug)]
pub struct EvidenceArgs {
    /// Numéro de la facture
    #[arg(value_name = "FACTURE", help_heading = ARGUMENTS)]
    pub facture: String,
    /// Jour auquel les sommes sont arrêtées [défaut : aujourd’hui]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = OPTIONS)]
    pub au: Option<NaiveDate>,
    /// Fichier ZIP à écrire
    #[arg(long, value_name = "FICHIER.zip", default_value = "dossier.zip", hide_default_value = true, help_heading = OPTIONS)]
    pub sortie: PathBuf,
    /// D’autres factures du même client, séparées par des virgules
    #[arg(long, value_name = "FACTURES", value_delimiter = ',', conflicts_with = "client", help_heading = OPTIONS)]
    pub factures: Vec<String>,
    /// Toutes les factures du client qui ne sont pas soldées
    #[arg(long, help_heading = OPTIONS)]
    pub client: bool,
}
