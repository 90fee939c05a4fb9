//! Files that look like scenarios and whose name does not end in `.relance`: said, never silently ignored.

use crate::failure::{Failure, file};
use crate::words::{YELLOW, count};
use std::path::Path;

/// The ending of a scenario file.
const ENDING: &str = ".relance";
/// Documents that somebody may take for a scenario.
const DOCUMENTS: [&str; 6] = [".txt", ".text", ".rtf", ".doc", ".docx", ".odt"];
/// What editors leave beside a file.
const COPIES: [&str; 5] = ["~", ".bak", ".orig", ".swp", ".tmp"];

/// The name that a file should have, unless it is that of a scenario.
fn better(name: &str) -> Option<String> {
    let small = name.to_lowercase();
    if small.ends_with(ENDING) {
        return None;
    }
    let stem = match (small.find(&format!("{ENDING}.")), name.rfind('.')) {
        // Lowercasing may change lengths: the name is cut where its own letters allow it.
        (Some(at), _) if name.is_char_boundary(at) => name.get(..at),
        (_, Some(at)) if at > 0 => name.get(..at),
        _ => None,
    };
    Some([stem.unwrap_or(name), ENDING].concat())
}

/// Refuses a file given on the command line as `shown`, whose name is not that of a scenario.
pub fn check(path: &Path, shown: &Path) -> Result<(), Failure> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match better(&name) {
        Some(better) if path.is_file() => Err(Failure::Usage(
            format!("`{}` n’est pas un fichier de scénario : son nom ne finit pas par `.relance`", shown.display()),
            format!("renommez-le en `{better}`{}", hidden_ending(&name)),
        )),
        _ => Ok(()),
    }
}

/// Windows hides the ending that it adds.
fn hidden_ending(name: &str) -> &'static str {
    if name.to_lowercase().ends_with(".relance.txt") {
        " (sous Windows, affichez d’abord les extensions des noms de fichiers : elles cachent ce `.txt`)"
    } else {
        ""
    }
}

/// Looks for such files in the folder of the scenarios. One that was meant to be a scenario is refused, since nothing of it would run;
/// another document is only mentioned: what to tell of it, in French.
pub fn look(dir: &Path) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    collect(&dir.join("scenarios"), "scenarios", 0, &mut found)?;
    found.sort();
    let (meant, others): (Vec<String>, Vec<String>) =
        found.into_iter().partition(|name| name.to_lowercase().contains(".relance."));
    let mention = |name: &String| {
        let better = better(name).unwrap_or_default();
        format!(
            "{YELLOW}non lu{YELLOW:#} : `{name}`, dont le nom ne finit pas par `.relance`\n  aide : si c’est un scénario, renommez-le en `{better}` ; sinon, rangez-le hors de `scenarios`"
        )
    };
    let Some(first) = meant.first() else { return Ok(others.iter().map(mention).collect()) };
    let more = match meant.len() {
        1 => String::new(),
        many => format!(", et {}", count(many - 1, "autre fichier de même", "autres fichiers de même")),
    };
    Err(Failure::Usage(
        format!("`{first}` ne serait pas lu : son nom ne finit pas par `.relance`{more}"),
        format!("renommez-le en `{}`{}", better(first).unwrap_or_default(), hidden_ending(first)),
    ))
}

fn collect(folder: &Path, shown: &str, depth: usize, found: &mut Vec<String>) -> Result<(), Failure> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(file(folder, &error)),
    };
    for entry in entries {
        let path = entry.map_err(|error| file(folder, &error))?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let (shown, small) = (format!("{shown}/{name}"), name.to_lowercase());
        let looks_so = small.contains(".relance.") || DOCUMENTS.iter().any(|ending| small.ends_with(ending));
        if path.is_dir() && depth < 8 {
            collect(&path, &shown, depth + 1, found)?;
        } else if looks_so
            && better(&name).is_some()
            && !name.starts_with('.')
            && !COPIES.iter().any(|ending| small.ends_with(ending))
        {
            found.push(shown);
        }
    }
    Ok(())
}
