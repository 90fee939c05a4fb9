//! What the commands take that are about amounts: the statement of account, the rates.

use super::{ARGUMENTS, OPTIONS, Printed, SUB, day};
use chrono::NaiveDate;
use clap::{Subcommand, ValueEnum};
use relance_core::interest::{Percent, Table};
use std::path::PathBuf;

/// `decompte`.
#[derive(clap::Args, Debug)]
pub struct StatementArgs {
    /// Numéro de la facture
    #[arg(value_name = "FACTURE", help_heading = ARGUMENTS)]
    pub facture: String,
    /// Arrêté à cette date, ce jour compris [défaut : aujourd’hui]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = OPTIONS)]
    pub au: Option<NaiveDate>,
    /// Présentation : texte, json ou pdf
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "texte",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = OPTIONS
    )]
    pub format: StatementFormat,
    /// Avec --format pdf : fichier où écrire
    #[arg(long, value_name = "FICHIER", help_heading = OPTIONS)]
    pub sortie: Option<PathBuf>,
}

/// How a statement of account is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum StatementFormat {
    /// Pour une personne
    Texte,
    /// Un document JSON
    Json,
    /// Sur papier à en-tête
    Pdf,
}

/// `taux`.
#[derive(clap::Args, Debug)]
#[command(
    override_usage = "relance taux [OPTIONS] [ajouter …]",
    subcommand_help_heading = "Commandes\u{a0}",
    subcommand_value_name = "COMMANDE",
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = true
)]
pub struct RatesArgs {
    /// Ce qu’il faut en faire ; rien les montre.
    #[command(subcommand)]
    pub action: Option<RatesAction>,
    /// Tels qu’ils valent à cette date [défaut : aujourd’hui]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = OPTIONS)]
    pub le: Option<NaiveDate>,
    /// Comment l’écrire.
    #[command(flatten)]
    pub printed: Printed,
}

/// What can be done about the rates.
#[derive(Subcommand, Debug)]
pub enum RatesAction {
    /// Ajoute le taux d’un semestre, ou remplace celui qui est connu [alias : add]
    #[command(alias = "add", help_template = SUB)]
    Ajouter(AddRateArgs),
}

/// `taux ajouter`.
#[derive(clap::Args, Debug)]
pub struct AddRateArgs {
    /// Lequel : bce (refinancement de la BCE) ou legal (intérêt légal, « autres cas »)
    #[arg(value_name = "TABLE", hide_possible_values = true, help_heading = ARGUMENTS)]
    pub table: TableName,
    /// Premier jour du semestre, un 1er janvier ou un 1er juillet
    #[arg(value_name = "SEMESTRE", value_parser = day, help_heading = ARGUMENTS)]
    pub semestre: NaiveDate,
    /// Taux annuel en pour cent, par exemple 2,15
    #[arg(value_name = "TAUX", value_parser = percent, help_heading = ARGUMENTS)]
    pub taux: Percent,
    /// Où ce taux est publié : le décompte d’un créancier se vérifie
    #[arg(long, value_name = "TEXTE", help_heading = OPTIONS)]
    pub source: String,
}

/// A table of rates.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum TableName {
    /// Refinancement de la BCE
    Bce,
    /// Intérêt légal
    Legal,
}

impl From<TableName> for Table {
    fn from(name: TableName) -> Table {
        match name {
            TableName::Bce => Table::Ecb,
            TableName::Legal => Table::Legal,
        }
    }
}

fn percent(text: &str) -> Result<Percent, String> {
    Percent::parse(text).ok_or_else(|| "un taux s’écrit 2,15 : de 0 à 1 000, quatre décimales au plus".to_owned())
}
