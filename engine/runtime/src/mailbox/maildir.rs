//! A maildir: a folder of mails, one file each; those that nobody has looked at are in `new`, the others in `cur`, with flags in their
//! names. A mail is moved only once what it says is in the base: before, a crash only means that it is read again.

use super::mail::READ;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A maildir.
#[derive(Clone, Debug)]
pub struct Maildir {
    path: PathBuf,
}

/// How a mail is left for those who look into the mailbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// Read: nothing is left to do.
    Done,
    /// Unread: a person has to read it.
    ToRead,
    /// Unread and flagged: nobody knows what it is about.
    Unknown,
}

impl Mark {
    fn flags(self) -> &'static str {
        match self {
            Mark::Done => "S",
            Mark::ToRead => "",
            Mark::Unknown => "F",
        }
    }
}

impl Maildir {
    /// A maildir at this path; nothing is looked at yet.
    pub fn at(path: PathBuf) -> Maildir {
        Maildir { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the mails that nobody has looked at, oldest first as far as names tell, `most` of them at most.
    pub fn new_mails(&self, most: usize) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.path.join("new"))? {
            let entry = entry?;
            // A name that is no text, a hidden one, a folder: not a mail.
            if let Ok(name) = entry.file_name().into_string()
                && !name.starts_with('.')
                && entry.file_type()?.is_file()
            {
                names.push(name);
            }
        }
        names.sort();
        names.truncate(most);
        Ok(names)
    }

    /// The beginning of a mail; none when another program has taken it meanwhile.
    pub fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.path.join("new").join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut bytes = Vec::new();
        file.take(READ).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Moves a mail to those that have been looked at. One that is gone already is no trouble.
    pub fn take(&self, name: &str, mark: Mark) -> io::Result<()> {
        let cur = self.path.join("cur");
        fs::create_dir_all(&cur)?;
        let bare = name.split(":2,").next().unwrap_or(name);
        match fs::rename(self.path.join("new").join(name), cur.join(format!("{bare}:2,{}", mark.flags()))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            moved => moved,
        }
    }
}
