//! What keeps a creditor's part of a base from running: it is a copy of another one, or another one has gone on in its place.

use super::instant;
use relance_core::day::Instant;

/// Why a base is not to run by itself: since a moment, something may have left that it does not know of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Why.
    pub why: Why,
    /// What happened after this moment is not known here.
    pub since: Instant,
    /// The base that went on, without its password, when that is known.
    pub to: Option<String>,
}

/// Why a base is not to run by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// It was put back from a backup.
    Backup,
    /// It was moved to another base.
    Moved,
    /// It is being filled from another base, or that was cut off.
    Filling,
}

impl Why {
    /// The word in the base.
    pub(super) fn word(self) -> &'static str {
        match self {
            Why::Backup => "sauvegarde",
            Why::Moved => "transferee",
            Why::Filling => "remplissage",
        }
    }
}

/// A mark as it comes from a base: why, since when, where to.
pub(super) fn mark((why, since, to): (String, i64, Option<String>)) -> Mark {
    let known = [Why::Backup, Why::Moved].into_iter().find(|known| known.word() == why);
    Mark { why: known.unwrap_or(Why::Filling), since: instant(since), to }
}

impl Mark {
    /// Whether nothing more may be imported here either.
    pub fn refuses_imports(&self) -> bool {
        self.why != Why::Backup
    }

    /// What is the matter.
    pub(super) fn what(&self) -> String {
        let since = self.since.format("%d/%m/%Y %H:%M UTC");
        match (self.why, self.to.as_deref()) {
            (Why::Backup, _) => {
                format!("cette base vient d’une sauvegarde du {since} : elle ne sait pas ce qui est parti depuis")
            }
            (Why::Moved, Some(to)) => {
                format!("cette base a été transférée vers `{to}` le {since} : c’est là que Relance continue")
            }
            (Why::Moved, None) => format!("cette base a été transférée le {since} : Relance continue ailleurs"),
            (Why::Filling, _) => format!("le transfert vers cette base, commencé le {since}, n’est pas allé au bout"),
        }
    }

    /// What to do.
    pub(super) fn help(&self) -> String {
        match self.why {
            Why::Backup => "importez de nouveau ce qui l’a été depuis ; puis `relance executer --reprise en-doute` met en doute ce qui était \
                            à envoyer entre-temps, sans rien envoyer ; si vous êtes sûr que rien n’est parti : `--reprise rien-parti`"
                .to_owned(),
            Why::Moved => "indiquez l’autre base par --base. Pour revenir à celle-ci, arrêtez l’autre pour de bon, puis \
                           `relance executer --reprise en-doute` (ou `--reprise rien-parti` si rien n’en est parti)"
                .to_owned(),
            Why::Filling => "recommencez `relance transferer` depuis la base d’origine".to_owned(),
        }
    }
}
