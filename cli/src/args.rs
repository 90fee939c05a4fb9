//! The commands and their options.

mod amounts;
mod base;
mod calls;
mod evidence;
mod letters;
mod preview;
mod printed;
mod versions;

pub use amounts::{AddRateArgs, RatesAction, RatesArgs, StatementArgs, StatementFormat};
pub use base::{
    BackupArgs, ExplainArgs, ExportArgs, FetchArgs, ForgetArgs, Found, LedgerArgs, Listen, LogArgs, Logs, NotifyArgs,
    Recover, RestoreArgs, RunArgs, ServeArgs, ServiceArgs, SettleArgs, StatusArgs, TransferArgs, Way,
};

pub use calls::{CallArgs, CallResult, CallsArgs, CallsFormat};
pub use evidence::EvidenceArgs;
pub use letters::LettersArgs;
pub use preview::{PreviewArgs, PreviewFormat};
pub use printed::{Format, LinesFormat, Printed, PrintedLines};
pub use versions::{PlanArgs, PublishArgs};

use chrono::{NaiveDate, NaiveDateTime};
use clap::builder::Styles;
use clap::builder::styling::{AnsiColor, Style};
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const STYLES: Styles = Styles::styled()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(Style::new());

const TOP: &str =
    "{about}\n\nUtilisation : {usage}\n\nCommandes :\n{subcommands}\n\nOptions :\n{options}\n{after-help}";
const SUB: &str = "{about-with-newline}\nUtilisation : {usage}\n\n{all-args}{after-help}";
// French puts a blank before the colon that clap adds.
const OPTIONS: &str = "Options\u{a0}";
const ARGUMENTS: &str = "Arguments\u{a0}";
/// The options of every command come after those of one.
const LAST: usize = 100;

/// Relances clients : un plan écrit en français, vérifié, simulé, exécuté, expliqué.
#[derive(Parser, Debug)]
#[command(
    name = "relance",
    version,
    styles = STYLES,
    help_template = TOP,
    override_usage = "relance [OPTIONS] COMMANDE",
    subcommand_help_heading = "Commandes",
    subcommand_value_name = "COMMANDE",
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true,
    after_help = "Pour commencer : `relance demo`. Codes de sortie : 0 tout va bien, 1 erreurs trouvées, 2 mauvais usage, 3 panne extérieure."
)]
pub struct Args {
    /// Dossier du projet
    #[arg(
        long,
        global = true,
        value_name = "DOSSIER",
        default_value = ".",
        hide_default_value = true,
        display_order = LAST,
        help_heading = OPTIONS
    )]
    pub projet: PathBuf,
    /// Base de données [défaut : sqlite://relance.db dans le projet]
    #[arg(long, global = true, value_name = "URL", display_order = LAST + 1, help_heading = OPTIONS)]
    pub base: Option<String>,
    /// Montre l’aide
    #[arg(long, short = 'h', global = true, display_order = LAST + 2, action = clap::ArgAction::Help, help_heading = OPTIONS)]
    help: Option<bool>,
    /// Montre la version
    #[arg(long, short = 'V', display_order = LAST + 3, action = clap::ArgAction::Version, help_heading = OPTIONS)]
    version: Option<bool>,
    /// La commande.
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Crée un projet de démonstration et le fait tourner
    #[command(help_template = SUB)]
    Demo(DemoArgs),
    /// Crée un projet, avec un scénario commenté ou les six prêts à l’emploi
    #[command(help_template = SUB)]
    Init(InitArgs),
    /// Vérifie les scénarios et les modèles [alias : check]
    #[command(alias = "check", help_template = SUB)]
    Verifier(CheckArgs),
    /// Met les scénarios en forme, sans rien changer à leur sens [alias : fmt]
    #[command(alias = "fmt", help_template = SUB)]
    Formater(FormatArgs),
    /// Répond à un éditeur de texte (protocole LSP, par l’entrée et la sortie standard)
    #[command(help_template = SUB)]
    Lsp(LspArgs),
    /// Explique un code d’erreur, par exemple R0201
    #[command(name = "expliquer-code", help_template = SUB)]
    ExpliquerCode(CodeArgs),
    /// Dessine un scénario, ou l’exporte pour d’autres programmes [alias : graph]
    #[command(alias = "graph", help_template = SUB)]
    Graphe(GraphArgs),
    /// Importe factures, clients, règlements et événements [alias : import]
    #[command(alias = "import", help_template = SUB)]
    Importer(ImportArgs),
    /// Joue les tests des scénarios et des scripts [alias : test]
    #[command(alias = "test", help_template = SUB)]
    Tester(TestArgs),
    /// Montre ce qui partirait, sans rien écrire ni envoyer [alias : simulate]
    #[command(alias = "simulate", help_template = SUB)]
    Simuler(SimulateArgs),
    /// Montre ce que changerait une nouvelle version des scénarios, sans rien écrire [alias : plan]
    #[command(alias = "plan", help_template = SUB)]
    Planifier(PlanArgs),
    /// Met en vigueur ce que montre un plan, et rien d’autre [alias : publish]
    #[command(alias = "publish", help_template = SUB)]
    Publier(PublishArgs),
    /// Fait tout ce qui est dû, puis s’arrête [alias : run]
    #[command(alias = "run", help_template = SUB)]
    Executer(RunArgs),
    /// Fait ce qui est dû au moment où c’est dû, jusqu’à ce qu’on l’arrête
    #[command(help_template = SUB)]
    Service(ServiceArgs),
    /// Sert les pages où travaillent les gestionnaires, service compris [alias : serve]
    #[command(alias = "serve", help_template = SUB)]
    Serveur(ServeArgs),
    /// Dit où en est une facture, pourquoi, et ce qui suit [alias : explain]
    #[command(alias = "explain", help_template = SUB)]
    Expliquer(ExplainArgs),
    /// Montre un message tel qu’il partirait, sans rien envoyer [alias : preview]
    #[command(alias = "preview", help_template = SUB)]
    Apercu(PreviewArgs),
    /// Dit ce qu’une facture doit à une date, pénalités comprises [alias : statement]
    #[command(alias = "statement", help_template = SUB)]
    Decompte(StatementArgs),
    /// Montre les taux des pénalités et leurs sources, ou en ajoute un [alias : rates]
    #[command(alias = "rates", help_template = SUB)]
    Taux(RatesArgs),
    /// Relève la boîte aux lettres : retours, absences et réponses deviennent des événements [alias : fetch]
    #[command(alias = "fetch", help_template = SUB)]
    Relever(FetchArgs),
    /// Prévient vos systèmes et vos collègues de ce qui les attend encore [alias : notify]
    #[command(alias = "notify", help_template = SUB)]
    Notifier(NotifyArgs),
    /// Montre l’état de la base : encours, appels à passer, tâches, envois [alias : status]
    #[command(alias = "status", help_template = SUB)]
    Etat(StatusArgs),
    /// Liste les appels à passer, selon l’enjeu [alias : calls]
    #[command(alias = "calls", help_template = SUB)]
    Appels(CallsArgs),
    /// Note le résultat d’un appel [alias : call]
    #[command(alias = "call", help_template = SUB)]
    Appel(CallArgs),
    /// Imprime ensemble les lettres à poster, puis note celles qui le sont [alias : letters]
    #[command(alias = "letters", help_template = SUB)]
    Courriers(LettersArgs),
    /// Rassemble le dossier d’une facture pour un commissaire de justice ou un tribunal [alias : evidence]
    #[command(alias = "evidence", help_template = SUB)]
    Dossier(EvidenceArgs),
    /// Dit ce qu’il est advenu d’un message en doute, ou de plusieurs : parti, ou non [alias : settle]
    #[command(alias = "settle", help_template = SUB)]
    Trancher(SettleArgs),
    /// Montre le journal [alias : log]
    #[command(alias = "log", help_template = SUB)]
    Journal(LogArgs),
    /// Vérifie que rien ne manque au journal et que rien n’y a été changé [alias : check-log]
    #[command(name = "verifier-journal", alias = "check-log", help_template = SUB)]
    VerifierJournal(LedgerArgs),
    /// Refait chaque dossier à partir du journal et le compare à la base [alias : replay]
    #[command(alias = "replay", help_template = SUB)]
    Rejouer(LedgerArgs),
    /// Écrit tout ce que la base garde d’un client (droit d’accès) [alias : export]
    #[command(alias = "export", help_template = SUB)]
    Exporter(ExportArgs),
    /// Efface les données d’un client, une fois passée leur durée de conservation [alias : forget]
    #[command(alias = "forget", help_template = SUB)]
    Oublier(ForgetArgs),
    /// Copie la base entière dans un fichier, même pendant qu’elle sert [alias : backup]
    #[command(alias = "backup", help_template = SUB)]
    Sauvegarder(BackupArgs),
    /// Remet une sauvegarde à la place de la base [alias : restore]
    #[command(alias = "restore", help_template = SUB)]
    Restaurer(RestoreArgs),
    /// Déménage la base, par exemple de SQLite à PostgreSQL [alias : transfer]
    #[command(alias = "transfer", help_template = SUB)]
    Transferer(TransferArgs),
    /// Génère un portefeuille réaliste [alias : generate]
    #[command(alias = "generate", help_template = SUB)]
    Generer(GenerateArgs),
}

/// What people do in a simulation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Personnes {
    /// Font leurs appels, courriers et tâches le jour même
    Presentes,
    /// Font tout, mais personne ne répond au téléphone
    SansReponse,
    /// Ne font rien
    Absentes,
}

/// A day, or a moment of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// The whole day.
    Day(NaiveDate),
    /// A moment.
    Moment(NaiveDateTime),
}

/// `demo`.
#[derive(clap::Args, Debug)]
pub struct DemoArgs {
    /// Dossier à créer
    #[arg(
        value_name = "DOSSIER",
        default_value = "demo-relance",
        hide_default_value = true,
        help_heading = ARGUMENTS
    )]
    pub dossier: PathBuf,
    /// Jour de la démonstration [défaut : le dernier jour ouvré]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = OPTIONS)]
    pub le: Option<NaiveDate>,
}

/// `init`.
#[derive(clap::Args, Debug)]
pub struct InitArgs {
    /// Dossier à créer [défaut : le dossier du projet]
    #[arg(value_name = "DOSSIER", help_heading = ARGUMENTS)]
    pub dossier: Option<PathBuf>,
    /// Avec les six scénarios prêts à l’emploi, au lieu d’un exemple
    #[arg(long, help_heading = OPTIONS)]
    pub complet: bool,
}

/// `verifier`.
#[derive(clap::Args, Debug)]
pub struct CheckArgs {
    /// Fichiers à vérifier [défaut : tous les scénarios du projet]
    #[arg(value_name = "FICHIER", help_heading = ARGUMENTS)]
    pub fichiers: Vec<PathBuf>,
    /// Présentation : texte, court, json, sarif, github, junit ou machine
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "texte",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = OPTIONS
    )]
    pub format: CheckFormat,
    /// Compte aussi les factures (de la base, sinon de `donnees`) que des faits inconnus retiennent
    #[arg(long, conflicts_with = "fichiers", help_heading = OPTIONS)]
    pub portefeuille: bool,
    /// Avec --portefeuille : le jour où les règles sont lues [défaut : aujourd’hui]
    #[arg(long, value_name = "DATE", value_parser = day, requires = "portefeuille", help_heading = OPTIONS)]
    pub le: Option<NaiveDate>,
}

/// How findings are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum CheckFormat {
    /// Avec les lignes du fichier
    Texte,
    /// Une ligne par erreur
    Court,
    /// JSON
    Json,
    /// SARIF 2.1.0, pour l’analyse de code
    Sarif,
    /// Annotations des lignes dans GitHub
    Github,
    /// Rapport JUnit
    Junit,
    /// La machine compilée, en JSON
    Machine,
}

/// `formater`.
#[derive(clap::Args, Debug)]
pub struct FormatArgs {
    /// Fichiers à mettre en forme, ou - pour l’entrée standard [défaut : tous les scénarios du projet]
    #[arg(value_name = "FICHIER", help_heading = ARGUMENTS)]
    pub fichiers: Vec<PathBuf>,
    /// N’écrit rien : montre ce qui changerait
    #[arg(long, help_heading = OPTIONS)]
    pub verifier: bool,
}

/// `lsp`.
#[derive(clap::Args, Debug)]
pub struct LspArgs {
    /// Facture dont l’éditeur montre les valeurs au survol des faits
    #[arg(long, value_name = "NUMÉRO", help_heading = OPTIONS)]
    pub facture: Option<String>,
}

/// `expliquer-code`.
#[derive(clap::Args, Debug)]
pub struct CodeArgs {
    /// Le code, par exemple R0201 ; sans code, la liste
    #[arg(value_name = "CODE", help_heading = ARGUMENTS)]
    pub code: Option<String>,
}

/// `graphe`.
#[derive(clap::Args, Debug)]
pub struct GraphArgs {
    /// Le scénario à dessiner ; inutile quand le projet n’en a qu’un
    #[arg(value_name = "SCENARIO", help_heading = ARGUMENTS)]
    pub scenario: Option<String>,
    /// Dessin svg, texte dot (Graphviz) ou mermaid ; json (la machine), xstate, schema (la forme de ce json)
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "svg",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = OPTIONS
    )]
    pub format: GraphFormat,
    /// Montre sur le dessin où en est cette facture
    #[arg(long, value_name = "NUMERO", help_heading = OPTIONS)]
    pub facture: Option<String>,
    /// Fichier où écrire [défaut : la sortie standard]
    #[arg(long, value_name = "FICHIER", help_heading = OPTIONS)]
    pub sortie: Option<PathBuf>,
}

/// What a scenario is drawn or exported as.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum GraphFormat {
    /// Un dessin
    Svg,
    /// Le texte de Graphviz
    Dot,
    /// Le texte de Mermaid
    Mermaid,
    /// La machine compilée, en JSON
    Json,
    /// Une configuration de XState
    Xstate,
    /// Le schéma JSON des machines
    Schema,
}

/// `importer`.
#[derive(clap::Args, Debug)]
pub struct ImportArgs {
    /// Fichiers ou dossiers à importer [défaut : donnees]
    #[arg(value_name = "FICHIER", help_heading = ARGUMENTS)]
    pub fichiers: Vec<PathBuf>,
    /// Ne prend rien d’un fichier qui a une erreur (c’est le réglage par défaut)
    #[arg(long, conflicts_with = "tolerant", help_heading = OPTIONS)]
    pub strict: bool,
    /// Prend les bonnes lignes d’un fichier qui a des erreurs
    #[arg(long, help_heading = OPTIONS)]
    pub tolerant: bool,
    /// Moment de l’import, AAAA-MM-JJ ou AAAA-MM-JJTHH:MM [défaut : maintenant]
    #[arg(long, value_name = "DATE", value_parser = when, help_heading = OPTIONS)]
    pub le: Option<When>,
    /// Comment l’écrire.
    #[command(flatten)]
    pub printed: Printed,
}

/// `simuler`.
#[derive(clap::Args, Debug)]
pub struct SimulateArgs {
    /// Premier jour [défaut : aujourd’hui]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = OPTIONS)]
    pub du: Option<NaiveDate>,
    /// Dernier jour [défaut : 30 jours après le premier]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = OPTIONS)]
    pub au: Option<NaiveDate>,
    /// Seulement cette facture
    #[arg(long, value_name = "NUMERO", help_heading = OPTIONS)]
    pub facture: Option<String>,
    /// Seulement ce client
    #[arg(long, value_name = "CODE", help_heading = OPTIONS)]
    pub client: Option<String>,
    /// Simule à partir de ces fichiers, comme si rien n’avait encore été importé [sans base : donnees]
    #[arg(long, value_name = "DOSSIER", help_heading = OPTIONS)]
    pub donnees: Option<PathBuf>,
    /// Ce que font les personnes : presentes, sans-reponse, absentes
    #[arg(
        long,
        value_name = "QUOI",
        default_value = "presentes",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = OPTIONS
    )]
    pub personnes: Personnes,
    /// Comme `executer --rattraper` : si les scénarios ont changé, le palier le plus haut déjà dû part
    #[arg(long, conflicts_with = "donnees", help_heading = OPTIONS)]
    pub rattraper: bool,
    /// Montre chaque événement, même quand ils sont nombreux
    #[arg(long, help_heading = OPTIONS)]
    pub detail: bool,
    /// Garde la simulation dans ce fichier, pour y comparer les suivantes
    #[arg(long, value_name = "FICHIER", conflicts_with_all = ["facture", "client", "verifier_instantane"], help_heading = OPTIONS)]
    pub instantane: Option<PathBuf>,
    /// Compare la simulation à celle de ce fichier, aux mêmes dates
    #[arg(long, value_name = "FICHIER", conflicts_with_all = ["facture", "client"], help_heading = OPTIONS)]
    pub verifier_instantane: Option<PathBuf>,
    /// Comment l’écrire.
    #[command(flatten)]
    pub printed: PrintedLines,
}

/// `tester`.
#[derive(clap::Args, Debug)]
pub struct TestArgs {
    /// Fichiers dont jouer les tests [défaut : tous les scénarios et scripts du projet]
    #[arg(value_name = "FICHIER", help_heading = ARGUMENTS)]
    pub fichiers: Vec<PathBuf>,
    /// Seulement les tests dont le nom contient ce texte
    #[arg(long, value_name = "TEXTE", help_heading = OPTIONS)]
    pub filtre: Option<String>,
    /// Présentation : texte, json ou junit
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "texte",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = OPTIONS
    )]
    pub format: TestFormat,
}

/// How tests are told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum TestFormat {
    /// Pour une personne
    Texte,
    /// Un document JSON
    Json,
    /// Un rapport JUnit
    Junit,
}

/// `generer`.
#[derive(clap::Args, Debug)]
pub struct GenerateArgs {
    /// Nombre de factures
    #[arg(long, value_name = "N", value_parser = number::<usize>, default_value_t = 2_000, hide_default_value = true, help_heading = OPTIONS)]
    pub factures: usize,
    /// Nombre de clients
    #[arg(long, value_name = "N", value_parser = number::<usize>, default_value_t = 300, hide_default_value = true, help_heading = OPTIONS)]
    pub clients: usize,
    /// Graine : la même donne les mêmes fichiers
    #[arg(long, value_name = "N", value_parser = number::<u64>, default_value_t = 1, hide_default_value = true, help_heading = OPTIONS)]
    pub graine: u64,
    /// Le jour auquel le portefeuille est vu [défaut : aujourd’hui]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = OPTIONS)]
    pub le: Option<NaiveDate>,
    /// Dossier où écrire [défaut : donnees dans le projet]
    #[arg(long, value_name = "DOSSIER", help_heading = OPTIONS)]
    pub dans: Option<PathBuf>,
}

/// A whole number; blanks between thousands are fine.
fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    digits.parse().map_err(|_| "un nombre entier s’écrit avec des chiffres, par exemple 2000".to_owned())
}

/// `AAAA-MM-JJ` or `JJ/MM/AAAA`.
pub fn day(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .or_else(|_| NaiveDate::parse_from_str(text, "%d/%m/%Y"))
        .ok()
        .filter(|d| (1900..=9000).contains(&chrono::Datelike::year(d)))
        .ok_or_else(|| "une date s’écrit 2026-03-18 ou 18/03/2026".to_owned())
}

/// A day, or `AAAA-MM-JJTHH:MM`.
pub fn when(text: &str) -> Result<When, String> {
    if let Ok(day) = day(text) {
        return Ok(When::Day(day));
    }
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%YT%H:%M", "%d/%m/%Y %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .filter(|at| (1900..=9000).contains(&chrono::Datelike::year(&at.date())))
        .map(When::Moment)
        .ok_or_else(|| "un moment s’écrit 2026-03-18 (tout le jour) ou 2026-03-18T09:30".to_owned())
}
