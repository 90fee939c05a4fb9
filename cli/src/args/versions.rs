//! What the commands take that put scenarios in force.

use super::{OPTIONS, Printed, When, when};

/// `planifier`.
#[derive(clap::Args, Debug)]
pub struct PlanArgs {
    /// La version de ce numéro, au lieu des fichiers du projet
    #[arg(long, value_name = "N", help_heading = OPTIONS)]
    pub version: Option<usize>,
    /// Liste les versions qui ont été en vigueur, et ne planifie rien
    #[arg(long, conflicts_with_all = ["version", "rattraper"], help_heading = OPTIONS)]
    pub versions: bool,
    /// Pour les factures déplacées, le palier le plus haut déjà dû partira, au lieu d’être sauté
    #[arg(long, help_heading = OPTIONS)]
    pub rattraper: bool,
    /// Agit comme à ce moment : AAAA-MM-JJ ou AAAA-MM-JJTHH:MM [défaut : maintenant]
    #[arg(long, value_name = "DATE", value_parser = when, help_heading = OPTIONS)]
    pub le: Option<When>,
    /// Montre chaque message et chaque facture
    #[arg(long, help_heading = OPTIONS)]
    pub detail: bool,
    /// Comment l’écrire.
    #[command(flatten)]
    pub printed: Printed,
}

/// `publier`.
#[derive(clap::Args, Debug)]
pub struct PublishArgs {
    /// Le plan montré par `relance planifier`
    #[arg(long, value_name = "PLAN", help_heading = OPTIONS)]
    pub plan: Option<String>,
    /// La version de ce numéro, au lieu des fichiers du projet
    #[arg(long, value_name = "N", help_heading = OPTIONS)]
    pub version: Option<usize>,
    /// Pour les factures déplacées, le palier le plus haut déjà dû partira, au lieu d’être sauté
    #[arg(long, help_heading = OPTIONS)]
    pub rattraper: bool,
    /// Agit comme à ce moment : AAAA-MM-JJ ou AAAA-MM-JJTHH:MM [défaut : maintenant]
    #[arg(long, value_name = "DATE", value_parser = when, help_heading = OPTIONS)]
    pub le: Option<When>,
    /// Comment l’écrire.
    #[command(flatten)]
    pub printed: Printed,
}
