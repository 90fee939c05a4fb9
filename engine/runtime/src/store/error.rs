//! What can go wrong with a base, in French, with what to do.

use super::Mark;
use sqlx::migrate::MigrateError;

/// What went wrong with the store, in French, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The base cannot be opened.
    #[error(
        "la base {place} ne s’ouvre pas : {}\n  aide : {}",
        reason(source),
        help(source).unwrap_or("vérifiez l’adresse et les droits, ou indiquez une autre base par --base")
    )]
    Open {
        /// Where it is, without its password.
        place: String,
        /// Why.
        source: sqlx::Error,
    },
    /// A statement failed.
    #[error(
        "la base a refusé une opération : {}\n  aide : {}",
        reason(.0),
        help(.0).unwrap_or(match .0 {
            sqlx::Error::Database(_) => "libérez ce qui la retient, puis recommencez ; rien n’est perdu",
            _ => "vérifiez qu’elle fonctionne et qu’on peut la joindre (serveur arrêté, disque plein, réseau), puis recommencez ; rien n’est perdu",
        })
    )]
    Sql(#[from] sqlx::Error),
    /// A migration failed.
    #[error(
        "la base ne se met pas à jour : {}\n  aide : {}",
        migration(.0).0,
        migration(.0).1
    )]
    Migration(#[from] MigrateError),
    /// A stored value cannot be read.
    #[error(
        "donnée illisible dans la base ({what})\n  aide : la base a peut-être été modifiée à la main ; gardez-la, et reprenez une sauvegarde (`relance restaurer`)"
    )]
    Data {
        /// Which.
        what: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A document is not what was kept.
    #[error(
        "le document gardé `{0}` n’est plus comme il a été écrit\n  aide : la base a peut-être été modifiée à la main ; gardez-la, et reprenez une sauvegarde (`relance restaurer`)"
    )]
    Document(String),
    /// The base is a copy of another one, or another one has gone on in its place.
    #[error("{}\n  aide : {}", .0.what(), .0.help())]
    Marked(Mark),
    /// A file cannot be read or written.
    #[error("`{place}` {}\n  aide : vérifiez le chemin, les droits et la place sur le disque", file(source))]
    File {
        /// Which.
        place: String,
        /// Why.
        source: std::io::Error,
    },
    /// There is a file of this name already.
    #[error("`{0}` existe déjà\n  aide : donnez un autre nom ; rien n’est jamais écrasé")]
    Exists(String),
    /// A file is no base.
    #[error("`{0}` n’est pas une base de Relance\n  aide : donnez un fichier écrit par `relance sauvegarder`")]
    Foreign(String),
    /// A base was made by another version.
    #[error("`{0}` vient d’une autre version de Relance\n  aide : utilisez la version qui l’a écrite")]
    OtherVersion(String),
    /// A file is damaged.
    #[error("`{0}` est abîmé : SQLite y trouve des pages fausses\n  aide : prenez une sauvegarde plus ancienne")]
    Damaged(String),
    /// A copy was made while the base was at work.
    #[error(
        "`{0}` n’est pas une copie finie : une partie de la base attend encore dans `{0}-wal`\n  aide : `relance sauvegarder --base sqlite://{0} FICHIER` en fait une sauvegarde entière"
    )]
    Unfinished(String),
    /// Another program works on the base.
    #[error(
        "un autre programme travaille sur la base {0}\n  aide : arrêtez le service et attendez la fin des autres commandes, puis recommencez"
    )]
    AtWork(String),
    /// The base to be filled holds something.
    #[error("la base d’arrivée {0} n’est pas vide\n  aide : indiquez une base vide ; rien n’a été changé")]
    Occupied(String),
    /// What was copied is not what it was copied from.
    #[error(
        "la copie ne correspond pas à l’original ({0}) : elle est abandonnée\n  aide : recommencez ; `relance rejouer` et `relance verifier-journal` disent si l’original est sain"
    )]
    Copy(String),
    /// The file of a base has nothing in it.
    #[error(
        "la base `{0}` est un fichier vide : ce qu’il contenait est perdu\n  aide : reprenez une sauvegarde : `relance restaurer FICHIER` ; s’il n’y a jamais rien eu dedans, supprimez-le"
    )]
    Empty(String),
    /// The system gives no random numbers.
    #[error(
        "le système ne donne pas de nombres aléatoires : le journal ne peut pas être scellé\n  aide : vérifiez l’accès à /dev/urandom"
    )]
    Random,
    /// The URL is of an unknown kind.
    #[error(
        "base `{0}` : Relance connaît SQLite et PostgreSQL\n  aide : écrivez sqlite://chemin/vers/relance.db ou postgres://utilisateur@machine/base"
    )]
    Kind(String),
}

impl StoreError {
    /// Whether it may go well later without anybody's help: the base is out of reach, busy, full or starting again.
    pub fn is_passing(&self) -> bool {
        match self {
            StoreError::Open { source, .. } | StoreError::Sql(source) => is_passing(source),
            _ => false,
        }
    }

    /// Whether a stored value is what cannot be read, and not the base.
    pub fn is_unreadable(&self) -> bool {
        matches!(
            self,
            StoreError::Data { .. }
                | StoreError::Document(_)
                | StoreError::Sql(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))
        )
    }

    /// The kind of refusal in SQLite's words, if it is one of SQLite's.
    pub(super) fn sqlite(&self) -> Option<u32> {
        let (StoreError::Open { source, .. } | StoreError::Sql(source)) = self else { return None };
        let code = source.as_database_error()?.code()?;
        if code.len() == 5 { None } else { code.parse::<u32>().ok().map(|code| code & 0xff) }
    }

    /// What went wrong, without what to do.
    pub fn short(&self) -> String {
        self.to_string().lines().next().unwrap_or_default().to_owned()
    }
}

fn is_passing(error: &sqlx::Error) -> bool {
    use sqlx::Error::{AnyDriverError, Database, Io, PoolTimedOut, Protocol, Tls, WorkerCrashed};
    match error {
        Io(_) | Tls(_) | Protocol(_) | PoolTimedOut | WorkerCrashed | AnyDriverError(_) => true,
        Database(refusal) => refusal.code().is_none_or(|code| match code.parse::<u32>() {
            // SQLite: busy, locked, disk trouble, disk full.
            Ok(number) if code.len() != 5 => matches!(number & 0xff, 5 | 6 | 10 | 13),
            // PostgreSQL: connection, resources, restart, conflict, disk trouble; read-only while another server takes over; whatever
            // it has no name for, such as a connection that begins while its disk is full.
            _ => {
                let others = ["57P01", "57P02", "57P03", "40001", "40P01", "55P03", "58030", "25006", "XX000"];
                matches!(code.get(..2), Some("08" | "53")) || others.contains(&&*code)
            }
        }),
        _ => false,
    }
}

fn file(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "n’existe pas".to_owned(),
        std::io::ErrorKind::PermissionDenied => "n’est pas accessible : les droits manquent".to_owned(),
        std::io::ErrorKind::StorageFull => "ne s’écrit pas : le disque est plein".to_owned(),
        std::io::ErrorKind::ReadOnlyFilesystem => {
            "ne s’écrit pas : le disque n’est accessible qu’en lecture".to_owned()
        }
        std::io::ErrorKind::FileTooLarge => "ne s’écrit pas : le fichier dépasse la taille permise".to_owned(),
        _ => "ne se lit pas ou ne s’écrit pas".to_owned(),
    }
}

fn migration(error: &MigrateError) -> (String, &'static str) {
    let other = "une version plus récente de Relance a peut-être servi ; utilisez-la, ou une autre base";
    match error {
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
            (reason(source), help(source).unwrap_or(other))
        }
        _ => ("elle vient d’une autre version".to_owned(), other),
    }
}

/// What to do, where the error says it.
fn help(error: &sqlx::Error) -> Option<&'static str> {
    let sqlx::Error::Database(refusal) = error else { return None };
    let code = refusal.code()?;
    if code.len() == 5 {
        return match &*code {
            "53100" => Some("faites de la place sur le disque du serveur, puis recommencez ; rien n’est perdu"),
            "58030" => {
                Some("vérifiez le disque du serveur et la place qui y reste, puis recommencez ; rien n’est perdu")
            }
            "XX000" => Some(
                "le journal du serveur dit pourquoi : regardez-le, et la place qui reste sur son disque, puis recommencez ; rien n’est \
                 perdu",
            ),
            "XX001" | "XX002" => Some(
                "gardez les fichiers du serveur comme ils sont, et reprenez une sauvegarde : `relance restaurer FICHIER`",
            ),
            _ => None,
        };
    }
    match code.parse::<u32>().ok()? & 0xff {
        5 | 6 => Some("attendez que l’autre programme ait fini, puis recommencez ; rien n’est perdu"),
        8 => Some(
            "rendez le fichier et son dossier accessibles en écriture (droits, disque monté en lecture seule), puis recommencez ; rien \
             n’est perdu",
        ),
        10 => Some("vérifiez le disque et la place qui y reste, puis recommencez ; rien n’est perdu"),
        11 | 26 => Some(
            "n’y touchez plus, gardez-le, et reprenez une sauvegarde : `relance restaurer FICHIER` ; rien n’est envoyé entre-temps",
        ),
        13 => Some("faites de la place sur le disque, puis recommencez ; rien n’est perdu"),
        14 => Some(
            "vérifiez l’adresse et les droits, sur le fichier et sur son dossier, ou indiquez une autre base par --base",
        ),
        _ => None,
    }
}

/// Why a base refuses, in French, with its own code.
fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refusal) => match refusal.code().as_deref() {
            // SQLite's codes are numbers, PostgreSQL's have five characters.
            Some(code) if code.len() == 5 => format!("{} (code {code})", postgres(code)),
            Some(code) => match code.parse::<u32>() {
                Ok(number) => format!("{} (code {number})", sqlite(number)),
                Err(_) => format!("erreur {code}"),
            },
            None => "elle ne répond pas".to_owned(),
        },
        sqlx::Error::Configuration(_) => "son adresse ne se lit pas".to_owned(),
        sqlx::Error::Tls(_) => "la connexion chiffrée ne s’établit pas".to_owned(),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => "une donnée ne se lit pas".to_owned(),
        sqlx::Error::PoolTimedOut => "elle ne répond pas à temps".to_owned(),
        _ => "elle ne répond pas".to_owned(),
    }
}

/// SQLite: <https://www.sqlite.org/rescode.html>. The low byte is the kind, the rest a nuance.
fn sqlite(code: u32) -> &'static str {
    match code & 0xff {
        5 | 6 => "un autre programme la tient verrouillée",
        8 => "elle n’est accessible qu’en lecture",
        10 => "le disque ne répond pas bien",
        11 => "le fichier est abîmé",
        13 => "le disque est plein",
        14 => "le fichier ou son dossier n’existe pas, ou n’est pas accessible",
        26 => "ce fichier n’est pas une base de Relance",
        _ => "erreur de SQLite",
    }
}

/// PostgreSQL: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn postgres(code: &str) -> &'static str {
    match code {
        "3D000" => "cette base n’existe pas sur le serveur ; créez-la (`createdb`)",
        "28000" | "28P01" => "l’utilisateur ou le mot de passe est refusé",
        "42501" => "l’utilisateur n’a pas les droits qu’il faut",
        "53100" => "le disque du serveur est plein",
        "53300" => "le serveur a trop de connexions",
        "57P01" | "57P02" | "57P03" => "le serveur s’arrête ou redémarre",
        "25006" => "elle n’est accessible qu’en lecture",
        "58030" => "le disque du serveur ne répond pas bien",
        "XX001" | "XX002" => "les données du serveur sont abîmées",
        "40001" | "40P01" | "55P03" => "un autre programme la tient verrouillée",
        _ => "erreur de PostgreSQL",
    }
}
