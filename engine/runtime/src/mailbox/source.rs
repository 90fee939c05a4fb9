//! Where mails are read: a folder of this machine, or a mail server.

use super::Trouble;
use super::imap::{self, Imap};
use super::maildir::{Maildir, Mark};
use crate::channel::ChannelProblem;
use crate::config::RepliesConfig;
use chrono::NaiveDate;
use std::path::Path;

/// A mailbox.
#[derive(Debug)]
pub enum Mailbox {
    /// A folder.
    Maildir(Maildir),
    /// On a server.
    Imap(Imap),
}

impl Mailbox {
    /// The one that `[reponses]` names; relative paths start from `project`. Nothing is looked at yet.
    pub fn open(config: &RepliesConfig, project: &Path) -> Result<Option<Mailbox>, ChannelProblem> {
        Ok(match (&config.imap, &config.maildir) {
            (Some(imap), _) => Some(Mailbox::Imap(Imap::new(imap, project)?)),
            (None, Some(path)) => Some(Mailbox::Maildir(Maildir::at(project.join(path)))),
            (None, None) => None,
        })
    }

    pub(super) async fn visit(&self, today: NaiveDate) -> Result<Visit<'_>, Trouble> {
        Ok(match self {
            Mailbox::Maildir(maildir) => Visit::Maildir(maildir),
            Mailbox::Imap(imap) => Visit::Imap(Box::new(imap.visit(today).await?)),
        })
    }
}

/// A mailbox while it is read.
pub(super) enum Visit<'m> {
    Maildir(&'m Maildir),
    Imap(Box<imap::Visit<'m>>),
}

/// A mail, as its mailbox knows it.
pub(super) enum Name {
    File(String),
    Number(u32),
}

impl Visit<'_> {
    /// Mails that nobody has looked at, oldest first, `most` of them at most.
    pub async fn new_mails(&mut self, most: usize) -> Result<Vec<Name>, Trouble> {
        Ok(match self {
            Visit::Maildir(maildir) => maildir.new_mails(most)?.into_iter().map(Name::File).collect(),
            Visit::Imap(visit) => visit.next(most).into_iter().map(Name::Number).collect(),
        })
    }

    /// The beginning of a mail; none when somebody has taken it meanwhile.
    pub async fn read(&mut self, name: &Name) -> Result<Option<Vec<u8>>, Trouble> {
        match (self, name) {
            (Visit::Maildir(maildir), Name::File(file)) => Ok(maildir.read(file)?),
            (Visit::Imap(visit), Name::Number(number)) => Ok(visit.read(*number).await?),
            _ => Ok(None),
        }
    }

    /// Leaves a mail as looked at.
    pub async fn take(&mut self, name: &Name, mark: Mark) -> Result<(), Trouble> {
        match (self, name) {
            (Visit::Maildir(maildir), Name::File(file)) => Ok(maildir.take(file, mark)?),
            (Visit::Imap(visit), Name::Number(number)) => Ok(visit.take(*number, mark).await?),
            _ => Ok(()),
        }
    }

    /// What a mail is called, for people.
    pub fn told(&self, name: &Name) -> String {
        match (self, name) {
            (Visit::Imap(visit), Name::Number(number)) => visit.name(*number),
            (_, Name::Number(number)) => number.to_string(),
            (_, Name::File(file)) => file.clone(),
        }
    }

    /// Ends it.
    pub async fn leave(self) {
        if let Visit::Imap(visit) = self {
            visit.leave().await;
        }
    }
}
