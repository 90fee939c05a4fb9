//! A folder of messages: one file each, whole or absent, and never written twice.

use super::reply::plainly;
use super::{Outcome, Refusal, digest, refused};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A longer name would not be accepted by every file system.
const LONGEST_NAME: usize = 120;

/// Where messages are written.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
    extension: &'static str,
}

/// A key as a file name. What a file name cannot hold is replaced, and then a digest keeps two keys apart. Letters keep
/// their case: a digest also keeps apart what some file systems would confuse.
fn safe_name(key: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    let safe = !key.is_empty() && key.len() <= LONGEST_NAME && key.chars().all(plain) && !key.starts_with('.');
    if safe {
        return key.to_owned();
    }
    let replaced = key.chars().map(|c| if plain(c) || c.is_ascii_uppercase() { c } else { '_' });
    let short: String = replaced.take(80).collect();
    format!("{}-{}", short.trim_start_matches('.'), digest(key).get(..12).unwrap_or_default())
}

impl Folder {
    pub fn new(path: PathBuf, extension: &'static str) -> Folder {
        Folder { path, extension }
    }

    fn file(&self, key: &str) -> PathBuf {
        self.path.join(format!("{}.{}", safe_name(key), self.extension))
    }

    /// Writes the message unless it is there already.
    pub async fn write(&self, key: &str, bytes: Vec<u8>) -> Outcome {
        let (folder, file) = (self.path.clone(), self.file(key));
        let shown = folder.display().to_string();
        let written = tokio::task::spawn_blocking(move || write(&folder, &file, &bytes)).await;
        match written {
            Ok(Ok(())) => Outcome::Accepted { provider_id: None },
            Ok(Err(error)) => refused(
                Refusal::Temporary,
                format!(
                    "écriture impossible dans le dossier {shown} : {} ; vérifiez ses droits et la place du disque",
                    plainly(&error)
                ),
            ),
            // The thread ended in the middle: what it wrote is whole or absent, and `holds` tells which.
            Err(_) => Outcome::Unknown { detail: format!("écriture interrompue dans le dossier {shown}") },
        }
    }

    /// Whether the message is there; `None` when the folder cannot be read.
    pub async fn holds(&self, key: &str) -> Option<bool> {
        tokio::fs::try_exists(self.file(key)).await.ok()
    }
}

/// Through a temporary file, so that a reader or a crash never meets half a message.
fn write(folder: &Path, file: &Path, bytes: &[u8]) -> io::Result<()> {
    if file.try_exists()? {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let temporary = folder.join(format!(".{name}.tmp"));
    let done = fill(&temporary, bytes).and_then(|()| fs::rename(&temporary, file));
    if done.is_err() {
        // Nothing to do if this fails too: the name is hidden and the next attempt writes over it.
        let _ = fs::remove_file(&temporary);
    }
    done
}

fn fill(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_distinct() {
        assert_eq!(safe_name("f-12_j15.0"), "f-12_j15.0");
        for nasty in ["", "../../etc/passwd", "a/b", "A", "é", ".hidden", "..", "a\0b", &"x".repeat(500)] {
            let name = safe_name(nasty);
            assert!(!name.is_empty() && !name.starts_with('.') && name.len() < 120, "{name}");
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)), "{name}");
        }
        assert_ne!(safe_name("a/b"), safe_name("a_b"));
        assert_ne!(safe_name("A").to_lowercase(), safe_name("a"));
    }
}
