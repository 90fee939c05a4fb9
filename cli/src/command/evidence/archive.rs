//! The ZIP: the same data give the same bytes, no name leads out of its folder, and nothing is written over but an earlier file of this
//! kind.

use crate::failure::{Failure, file};
use chrono::{Datelike, NaiveDate};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// By what an earlier file is recognised: it ends with this.
const MARK: &str = "dossier de recouvrement de Relance";
/// The longest part of a name that comes from data.
const LONGEST: usize = 60;
const SUMS: &str = "empreintes.txt";

/// Files on their way into the ZIP.
#[derive(Default)]
pub struct Archive {
    files: Vec<(String, Vec<u8>)>,
    names: BTreeSet<String>,
}

/// A number, a code or a word as a part of a file's name. What is changed in it is told apart by a digest.
pub fn safe(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = text.chars().map(|c| if plain(c) { c } else { '-' }).take(LONGEST).collect();
    let name = name.trim_matches(['.', '-']);
    if !name.is_empty() && name == text {
        return name.to_owned();
    }
    let digest: String = Sha256::digest(text.as_bytes()).iter().take(4).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    format!("{}{}{digest}", name, if name.is_empty() { "" } else { "-" })
}

impl Archive {
    /// Puts a file in; `folder` is ours, the name is made safe. Returns its place.
    pub fn put(&mut self, folder: &str, (name, extension): (&str, &str), bytes: Vec<u8>) -> String {
        let name = safe(name);
        let mut place = format!("{folder}{name}.{extension}");
        let mut more = 2;
        // What some systems take for the same name would take the other's place.
        while !self.names.insert(place.to_lowercase()) {
            place = format!("{folder}{name}-{more}.{extension}");
            more += 1;
        }
        self.files.push((place.clone(), bytes));
        place
    }

    /// The bytes of the ZIP, with the digests of all files and what has to be said about them.
    pub fn bytes(mut self, day: NaiveDate, about: &[String]) -> Result<Vec<u8>, Failure> {
        let mut sums = String::new();
        for line in about {
            let _ = writeln!(sums, "# {line}");
        }
        self.files.sort();
        for (place, bytes) in &self.files {
            for byte in Sha256::digest(bytes) {
                let _ = write!(sums, "{byte:02x}");
            }
            let _ = writeln!(sums, "  {place}");
        }
        self.files.insert(0, (SUMS.to_owned(), sums.into_bytes()));
        self.zipped(day).map_err(|error| {
            Failure::Outside(
                format!("le ZIP ne s’écrit pas ({error})"),
                "c’est un défaut de Relance : signalez-le".to_owned(),
            )
        })
    }

    fn zipped(&self, day: NaiveDate) -> Result<Vec<u8>, zip::result::ZipError> {
        let part = |number: u32| u8::try_from(number).unwrap_or(1);
        let year = u16::try_from(day.year()).unwrap_or(1980);
        let time = DateTime::from_date_and_time(year, part(day.month()), part(day.day()), 0, 0, 0).unwrap_or_default();
        let options =
            SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(time);
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.set_comment(MARK)?;
        for (place, bytes) in &self.files {
            writer.start_file(place.as_str(), options)?;
            writer.write_all(bytes)?;
        }
        Ok(writer.finish()?.into_inner())
    }
}

/// Refuses a place where something else stands.
pub fn must_be_ours(path: &Path) -> Result<(), Failure> {
    match std::fs::read(path) {
        Ok(there) if there.is_empty() || there.ends_with(MARK.as_bytes()) => Ok(()),
        Ok(_) => Err(Failure::Usage(
            format!("`{}` existe déjà, et n’est pas un dossier écrit par Relance : il l’effacerait", path.display()),
            "donnez un autre nom, par exemple --sortie dossier-valier.zip".to_owned(),
        )),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(file(path, &error)),
    }
}

/// Writes it whole or not at all.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    must_be_ours(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let told = |error: std::io::Error| file(path, &error);
    let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(told)?;
    beside.write_all(bytes).and_then(|()| beside.as_file().sync_all()).map_err(told)?;
    beside.persist(path).map_err(|error| file(path, &error.error)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_folder_or_takes_anothers_place() {
        let mut archive = Archive::default();
        let long = "n".repeat(300);
        let nasty = ["../../etc/passwd", "a\0b", "c:x", "..", ".", "", "a/b", "a\\b", "é", "F-1", "f-1", &long];
        for name in nasty {
            let place = archive.put("factures/", (name, "pdf"), Vec::new());
            let name = place.strip_prefix("factures/").unwrap();
            assert!(name.len() < 90 && !name.starts_with('.') && !name.contains(['/', '\\', ':', '\0']), "{place}");
        }
        assert_eq!(archive.names.len(), nasty.len());
    }

    #[test]
    fn the_same_files_are_the_same_bytes() {
        let made = || {
            let mut archive = Archive::default();
            archive.put("", ("b", "txt"), b"b".to_vec());
            archive.put("", ("a", "txt"), b"a".to_vec());
            archive.bytes("2026-03-19".parse().unwrap(), &["dit".to_owned()]).unwrap()
        };
        assert_eq!(made(), made());
        assert!(made().ends_with(MARK.as_bytes()));
    }
}
