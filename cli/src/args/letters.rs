//! What `courriers` takes: the day's letters, printed together, then told to be posted.

use super::{CallsFormat, OPTIONS, day};
use chrono::NaiveDate;
use std::path::PathBuf;

/// `courriers`.
#[derive(clap::Args, Debug)]
pub struct LettersArgs {
    /// Jour des lettres [défaut : aujourd’hui]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = OPTIONS)]
    pub le: Option<NaiveDate>,
    /// Fichier PDF à imprimer ; la liste des lettres est écrite à côté, en CSV
    #[arg(long, value_name = "FICHIER.pdf", conflicts_with = "postees", help_heading = OPTIONS)]
    pub sortie: Option<PathBuf>,
    /// Chaque lettre commence sur le recto d’une feuille
    #[arg(long, requires = "sortie", help_heading = OPTIONS)]
    pub recto_verso: bool,
    /// Note que les lettres de cette liste sont postées : celle écrite à l’impression, sans les lignes de celles qui ne le sont pas
    #[arg(long, value_name = "LISTE.csv", help_heading = OPTIONS)]
    pub postees: Option<PathBuf>,
    /// Qui a posté, pour le journal
    #[arg(long, value_name = "NOM", requires = "postees", help_heading = OPTIONS)]
    pub par: Option<String>,
    /// Demande au service de [suivi] ce que sont devenues les lettres recommandées, et le note
    #[arg(long, conflicts_with_all = ["sortie", "postees", "preuve"], help_heading = OPTIONS)]
    pub suivre: bool,
    /// Garde ce fichier (PDF ou image, 5 Mo au plus) comme preuve de la lettre recommandée d’une facture
    #[arg(long, value_name = "FICHIER", requires = "facture", conflicts_with_all = ["sortie", "postees"], help_heading = OPTIONS)]
    pub preuve: Option<PathBuf>,
    /// La facture dont la lettre est prouvée
    #[arg(long, value_name = "NUMÉRO", requires = "preuve", help_heading = OPTIONS)]
    pub facture: Option<String>,
    /// La lettre prouvée, si ce n’est pas la dernière de la facture (`cle` du journal)
    #[arg(long, value_name = "CLÉ", requires = "preuve", help_heading = OPTIONS)]
    pub cle: Option<String>,
    /// Présentation : texte, json ou csv
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "texte",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = OPTIONS
    )]
    pub format: CallsFormat,
}
