//! The rim: files from the disk to bytes. Nothing else of the import touches the outside.

use super::problem::Problem;
use super::table::{MAX_BYTES, too_big};
use std::path::Path;

/// Reads a file, or every CSV, text and XLSX file and electronic invoice of a folder in the order of their names. The limit on sizes is checked
/// before the bytes are read.
pub fn load(path: &Path) -> Result<Vec<(String, Vec<u8>)>, Problem> {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
    let failed = |e: std::io::Error| {
        let reason = match e.kind() {
            std::io::ErrorKind::NotFound => "ce fichier n'existe pas".to_owned(),
            std::io::ErrorKind::PermissionDenied => "la lecture de ce fichier est refusée".to_owned(),
            _ => format!("ce fichier n'a pas pu être lu ({e})"),
        };
        Problem::of_file(&path.display().to_string(), reason)
    };
    let about = std::fs::metadata(path).map_err(failed)?;
    if !about.is_dir() {
        if about.len() > MAX_BYTES {
            return Err(too_big(&name, about.len()));
        }
        return Ok(vec![(name, std::fs::read(path).map_err(failed)?)]);
    }
    let mut inside = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?.path();
        let ending = entry.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        // A spreadsheet that is open leaves a lock beside its file: `~$factures.xlsx`.
        let hidden = entry.file_name().is_some_and(|n| n.to_string_lossy().starts_with(['.', '~']));
        let taken = matches!(ending.as_deref(), Some("csv" | "txt" | "tsv" | "xlsx" | "xlsm" | "pdf" | "xml"));
        if taken && !hidden && entry.is_file() {
            inside.push(entry);
        }
    }
    inside.sort();
    let mut files = Vec::new();
    for file in inside {
        files.extend(load(&file)?);
    }
    Ok(files)
}
