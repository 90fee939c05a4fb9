//! What the commands take that work on a base: run, watch, settle, tell, prove, erase.

use super::{ARGUMENTS, OPTIONS, Printed, PrintedLines, When, day, when};
use chrono::NaiveDate;
use clap::ValueEnum;
use std::net::SocketAddr;
use std::path::PathBuf;

/// `executer`.
#[derive(clap::Args, Debug)]
pub struct RunArgs {
    /// Agit comme à ce moment : AAAA-MM-JJ (tout le jour) ou AAAA-MM-JJTHH:MM [défaut : maintenant]
    #[arg(long, value_name = "DATE", value_parser = when, help_heading = OPTIONS)]
    pub le: Option<When>,
    /// Si les scénarios ont changé : le palier le plus haut déjà dû part, au lieu d’être sauté
    #[arg(long, help_heading = OPTIONS)]
    pub rattraper: bool,
    /// D’une base restaurée : rien-parti depuis la sauvegarde, ou en-doute (rien ne part, ce qui a pu partir est à vérifier)
    #[arg(long, value_name = "QUOI", hide_possible_values = true, conflicts_with = "rattraper", help_heading = OPTIONS)]
    pub reprise: Option<Recover>,
    /// Comment l’écrire.
    #[command(flatten)]
    pub printed: PrintedLines,
}

/// What a person knows of the time between a backup and its restoration.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Recover {
    /// Rien n’est parti
    RienParti,
    /// On ne sait pas
    EnDoute,
}

/// `sauvegarder`.
#[derive(clap::Args, Debug)]
pub struct BackupArgs {
    /// Fichier à écrire ; il ne doit pas exister encore
    #[arg(value_name = "FICHIER", help_heading = ARGUMENTS)]
    pub fichier: PathBuf,
}

/// `restaurer`.
#[derive(clap::Args, Debug)]
pub struct RestoreArgs {
    /// La sauvegarde
    #[arg(value_name = "FICHIER", help_heading = ARGUMENTS)]
    pub fichier: PathBuf,
}

/// `transferer`.
#[derive(clap::Args, Debug)]
pub struct TransferArgs {
    /// La base d’arrivée, vide : postgres://… ou sqlite://…
    #[arg(long, value_name = "URL", required = true, help_heading = OPTIONS)]
    pub vers: String,
}

/// `service`.
#[derive(clap::Args, Debug)]
pub struct ServiceArgs {
    /// Adresse des pages /sante et /metriques, ou aucune [défaut : 127.0.0.1:9180]
    #[arg(
        long,
        value_name = "ADRESSE",
        value_parser = listen,
        default_value = "127.0.0.1:9180",
        hide_default_value = true,
        help_heading = OPTIONS
    )]
    pub ecoute: Listen,
    /// Forme des journaux, sur la sortie d’erreur : texte, ou json (un objet par ligne)
    #[arg(
        long,
        value_name = "FORME",
        default_value = "texte",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = OPTIONS
    )]
    pub journaux: Logs,
}

/// `serveur`.
#[derive(clap::Args, Debug)]
pub struct ServeArgs {
    /// Adresse où le serveur écoute [défaut : 127.0.0.1:8080]
    #[arg(long, value_name = "ADRESSE", default_value = "127.0.0.1:8080", hide_default_value = true, help_heading = OPTIONS)]
    pub ecoute: SocketAddr,
    /// Adresse que vos collègues tapent, derrière un relais : https://relance.exemple.fr
    #[arg(long, value_name = "URL", value_parser = public, help_heading = OPTIONS)]
    pub adresse: Option<String>,
    /// Sert aussi le projet de ce dossier, dans la même base ; à répéter pour d’autres entités
    #[arg(long, value_name = "DOSSIER", help_heading = OPTIONS)]
    pub avec: Vec<PathBuf>,
    /// Ne fait que les pages : un `relance service` tourne à côté
    #[arg(long, help_heading = OPTIONS)]
    pub sans_service: bool,
    /// Forme des journaux, sur la sortie d’erreur : texte, ou json (un objet par ligne)
    #[arg(
        long,
        value_name = "FORME",
        default_value = "texte",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = OPTIONS
    )]
    pub journaux: Logs,
}

/// An address by which browsers reach the server, without a path.
fn public(text: &str) -> Result<String, String> {
    let trimmed = text.trim_end_matches('/');
    let host = trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => Ok(trimmed.to_owned()),
        _ => Err("écrivez par exemple https://relance.exemple.fr, sans chemin".to_owned()),
    }
}

/// Where a service answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Listen {
    /// At an address.
    At(SocketAddr),
    /// Nowhere.
    Nowhere,
}

/// How a service writes its logs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Logs {
    /// Pour une personne
    Texte,
    /// Un objet JSON par ligne
    Json,
}

/// `expliquer`.
#[derive(clap::Args, Debug)]
pub struct ExplainArgs {
    /// Numéro de la facture
    #[arg(value_name = "FACTURE", help_heading = ARGUMENTS)]
    pub facture: String,
    /// À cette date : passée, telle que le journal la raconte ; future, telle que la simulation la prévoit
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = OPTIONS)]
    pub le: Option<NaiveDate>,
    /// Comment l’écrire.
    #[command(flatten)]
    pub printed: Printed,
}

/// `trancher`.
#[derive(clap::Args, Debug)]
pub struct SettleArgs {
    /// Clé du message, telle que `etat` la donne ; sans rien, la liste des messages en doute, en CSV
    #[arg(value_name = "CLE", requires = "reponse", conflicts_with_all = ["tous", "liste"], help_heading = ARGUMENTS)]
    pub cle: Option<String>,
    /// Ce qui a été trouvé dans la messagerie ou chez le fournisseur : parti ou non-parti
    #[arg(value_name = "REPONSE", hide_possible_values = true, help_heading = ARGUMENTS)]
    pub reponse: Option<Found>,
    /// Une réponse pour tous les messages en doute que désignent --canal, --client, --du et --au
    #[arg(long, value_name = "REPONSE", hide_possible_values = true, conflicts_with = "liste", help_heading = OPTIONS)]
    pub tous: Option<Found>,
    /// La liste des messages en doute, avec la réponse de chacun dans la colonne `reponse`
    #[arg(long, value_name = "FICHIER", help_heading = OPTIONS)]
    pub liste: Option<PathBuf>,
    /// Seulement les messages de ce canal : email ou sms
    #[arg(long, value_name = "CANAL", hide_possible_values = true, requires = "tous", help_heading = OPTIONS)]
    pub canal: Option<Way>,
    /// Seulement ceux de ce client
    #[arg(long, value_name = "CODE", requires = "tous", help_heading = OPTIONS)]
    pub client: Option<String>,
    /// Seulement ceux qui ont été décidés ce jour ou après
    #[arg(long, value_name = "DATE", value_parser = day, requires = "tous", help_heading = OPTIONS)]
    pub du: Option<NaiveDate>,
    /// Seulement ceux qui ont été décidés ce jour ou avant
    #[arg(long, value_name = "DATE", value_parser = day, requires = "tous", help_heading = OPTIONS)]
    pub au: Option<NaiveDate>,
    /// Qui le dit, pour le journal
    #[arg(long, value_name = "NOM", help_heading = OPTIONS)]
    pub par: Option<String>,
    /// Comment on le sait, pour le journal
    #[arg(long, value_name = "TEXTE", help_heading = OPTIONS)]
    pub motif: Option<String>,
    /// Note ce que --tous ou --liste montrent seulement
    #[arg(long, help_heading = OPTIONS)]
    pub confirmer: bool,
    /// Moment de la réponse [défaut : maintenant]
    #[arg(long, value_name = "DATE", value_parser = when, help_heading = OPTIONS)]
    pub le: Option<When>,
}

/// By which way messages in doubt may have left.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Way {
    /// Par courriel
    Email,
    /// Par SMS
    Sms,
    /// Par lettre recommandée
    #[value(name = "lettre_recommandee")]
    LettreRecommandee,
}

/// What a person found out about a message in doubt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Found {
    /// Il est parti
    Parti,
    /// Il n’est pas parti
    NonParti,
}

/// `relever`.
#[derive(clap::Args, Debug)]
pub struct FetchArgs {
    /// Moment de la relève, AAAA-MM-JJ ou AAAA-MM-JJTHH:MM [défaut : maintenant]
    #[arg(long, value_name = "DATE", value_parser = when, help_heading = OPTIONS)]
    pub le: Option<When>,
    /// Comment l’écrire.
    #[command(flatten)]
    pub printed: Printed,
}

/// `etat`.
#[derive(clap::Args, Debug)]
pub struct StatusArgs {
    /// Jour des retards et des échéances [défaut : aujourd’hui]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = OPTIONS)]
    pub le: Option<NaiveDate>,
    /// Comment l’écrire.
    #[command(flatten)]
    pub printed: Printed,
}

/// `notifier`.
#[derive(clap::Args, Debug)]
pub struct NotifyArgs {
    /// Renvoie aussi ce qui a été abandonné, et sans attendre l’essai suivant
    #[arg(long, help_heading = OPTIONS)]
    pub abandonnees: bool,
    /// Comment l’écrire.
    #[command(flatten)]
    pub printed: Printed,
}

/// `journal`.
#[derive(clap::Args, Debug)]
pub struct LogArgs {
    /// Seulement cette facture
    #[arg(long, value_name = "NUMERO", help_heading = OPTIONS)]
    pub facture: Option<String>,
    /// Seulement ce client
    #[arg(long, value_name = "CODE", help_heading = OPTIONS)]
    pub client: Option<String>,
    /// Premier jour
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = OPTIONS)]
    pub du: Option<NaiveDate>,
    /// Dernier jour
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = OPTIONS)]
    pub au: Option<NaiveDate>,
    /// Comment l’écrire.
    #[command(flatten)]
    pub printed: PrintedLines,
}

/// `verifier-journal`, `rejouer`.
#[derive(clap::Args, Debug)]
pub struct LedgerArgs {
    /// Seulement ce client
    #[arg(long, value_name = "CODE", help_heading = OPTIONS)]
    pub client: Option<String>,
    /// Comment l’écrire.
    #[command(flatten)]
    pub printed: Printed,
}

/// `exporter`.
#[derive(clap::Args, Debug)]
pub struct ExportArgs {
    /// Le client
    #[arg(long, value_name = "CODE", required = true, help_heading = OPTIONS)]
    pub client: String,
    /// Fichier où écrire [défaut : la sortie standard]
    #[arg(long, value_name = "FICHIER", help_heading = OPTIONS)]
    pub vers: Option<PathBuf>,
}

/// `oublier`.
#[derive(clap::Args, Debug)]
pub struct ForgetArgs {
    /// Le client
    #[arg(long, value_name = "CODE", required = true, help_heading = OPTIONS)]
    pub client: String,
    /// N’efface rien : montre ce qui le serait
    #[arg(long, help_heading = OPTIONS)]
    pub simulation: bool,
}

/// An address with its port, or `aucune`.
fn listen(text: &str) -> Result<Listen, String> {
    if text == "aucune" {
        return Ok(Listen::Nowhere);
    }
    let address = text.replace("localhost", "127.0.0.1").parse();
    address.map(Listen::At).map_err(|_| "une adresse s’écrit 127.0.0.1:9180 ; `aucune` s’en passe".to_owned())
}
