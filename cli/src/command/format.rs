//! `formater`: scenarios in their one canonical form.

use crate::args::FormatArgs;
use crate::failure::{Failure, file};
use crate::output::{self, BOLD, GREEN, RED, YELLOW, count};
use crate::project;
use relance_dsl::{Diagnostic, Formatted, Source, format, render_full};
use similar::{ChangeTag, TextDiff};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Lines of a file's differences that are shown.
const SHOWN: usize = 20;

/// Formats files in place, or says what would change.
pub fn run(dir: &Path, args: &FormatArgs) -> Result<(), Failure> {
    if args.fichiers.iter().any(|path| path.as_os_str() == "-") {
        return standard(args);
    }
    // Everything is read before anything is written.
    let files = files(dir, &args.fichiers)?;
    if files.is_empty() {
        return Err(Failure::Findings(format!(
            "aucun fichier `.relance` dans `{}` : il n’y a rien à mettre en forme.",
            dir.join("scenarios").display()
        )));
    }
    let (mut changed, mut refused) = (0, 0);
    for (path, source) in &files {
        let Some(done) = formatted(source) else {
            refused += 1;
            continue;
        };
        if !done.changed {
            continue;
        }
        changed += 1;
        if args.verifier {
            output::print(&difference(source, &done))?;
        } else {
            replace(path, done.text.as_bytes()).map_err(|error| file(path, &error))?;
            output::print(&format!("{GREEN}Mis en forme{GREEN:#} : {}\n", source.path))?;
        }
    }
    let untouched = files.len() - changed - refused;
    if refused > 0 {
        let told = count(refused, "fichier laissé tel quel", "fichiers laissés tels quels");
        return Err(Failure::Findings(format!("{told}.")));
    }
    if args.verifier && changed > 0 {
        let told = count(changed, "fichier à mettre en forme", "fichiers à mettre en forme");
        return Err(Failure::Findings(format!("{told} : `relance formater` le fait.")));
    }
    output::print(&match changed {
        0 => format!("{GREEN}Tout est en forme{GREEN:#} : {}.\n", count(untouched, "fichier", "fichiers")),
        _ if untouched == 0 => String::new(),
        _ => format!("{}.\n", count(untouched, "fichier l’était déjà", "fichiers l’étaient déjà")),
    })
}

/// From standard input to standard output.
fn standard(args: &FormatArgs) -> Result<(), Failure> {
    if args.fichiers.len() > 1 {
        return Err(Failure::Usage(
            "`-` désigne l’entrée standard : il ne va pas avec d’autres fichiers".to_owned(),
            "donnez `-` seul, ou seulement des fichiers".to_owned(),
        ));
    }
    let mut bytes = Vec::new();
    let limit = relance_dsl::MAX_BYTES as u64 + 1;
    if io::stdin().lock().take(limit).read_to_end(&mut bytes).is_err() {
        return Err(Failure::Outside("l’entrée standard ne se lit pas".to_owned(), String::new()));
    }
    let source = Source { path: "entrée standard".to_owned(), bytes };
    let Some(done) = formatted(&source) else {
        return Err(Failure::Findings("Le texte est laissé tel quel.".to_owned()));
    };
    match (args.verifier, done.changed) {
        (false, _) => output::print(&done.text),
        (true, false) => Ok(()),
        (true, true) => {
            output::print(&difference(&source, &done))?;
            Err(Failure::Findings("Ce texte n’est pas en forme.".to_owned()))
        }
    }
}

/// The files to format, and where they are.
fn files(dir: &Path, named: &[PathBuf]) -> Result<Vec<(PathBuf, Source)>, Failure> {
    if named.is_empty() {
        if !dir.join("relance.toml").exists() {
            return Err(Failure::Usage(
                format!("`{}` n’est pas un projet Relance : il n’y a pas de `relance.toml`", dir.display()),
                "placez-vous dans le dossier du projet, indiquez-le par --projet, ou nommez les fichiers".to_owned(),
            ));
        }
        for told in relance_desk::unread(dir)? {
            anstream::eprintln!("{told}");
        }
        let sources = project::scenarios(dir)?;
        return Ok(sources.into_iter().map(|source| (dir.join(&source.path), source)).collect());
    }
    let one = |path: &PathBuf| {
        let full = if path.exists() { path.clone() } else { dir.join(path) };
        if full.is_dir() {
            return Err(Failure::Usage(
                format!("`{}` est un dossier", path.display()),
                "nommez les fichiers ; sans fichier, tous les scénarios du projet sont mis en forme".to_owned(),
            ));
        }
        relance_desk::check_name(&full, path)?;
        let shown = full.strip_prefix(dir).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let source = project::read(&full, shown.trim_start_matches("./").to_owned())?;
        Ok((full, source))
    };
    named.iter().map(one).collect()
}

/// The canonical form of a file; `None` when it is refused, which is told, as is every passage that stays as it was.
fn formatted(source: &Source) -> Option<Formatted> {
    let refused = |found: Diagnostic| {
        anstream::eprint!("{}", render_full(&[found], std::slice::from_ref(source), true));
        None
    };
    let done = match format(source) {
        Ok(done) => done,
        Err(found) => return refused(*found),
    };
    if let Some(found) = done.defect {
        return refused(*found);
    }
    let text = source.text();
    for place in &done.kept {
        let line = text.get(..place.start).unwrap_or_default().matches('\n').count() + 1;
        let words = text.get(place.start..place.end).unwrap_or_default().lines().next().unwrap_or_default();
        anstream::eprintln!(
            "{YELLOW}{}:{line}{YELLOW:#} : ce passage n’est pas compris, il reste tel quel : {words}",
            source.path
        );
    }
    if !done.kept.is_empty() {
        anstream::eprintln!("  aide : `relance verifier` dit ce qui ne va pas");
    }
    Some(done)
}

/// What would change, shortly: lines with their number, as they are and as they would be.
fn difference(source: &Source, done: &Formatted) -> String {
    let mut shown = format!("{BOLD}{}{BOLD:#}\n", source.path);
    let before = source.text().replace("\r\n", "\n");
    if before == done.text {
        shown.push_str("  seulement les fins de ligne, ou la marque d’ordre au début\n");
        return shown;
    }
    let diff = TextDiff::from_lines(before.as_str(), done.text.as_str());
    let changes: Vec<_> = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal).collect();
    for change in changes.iter().take(SHOWN) {
        let words = change.value().trim_end_matches('\n');
        let (style, sign) = if change.tag() == ChangeTag::Delete { (RED, '-') } else { (GREEN, '+') };
        let line = change.old_index().or(change.new_index()).unwrap_or(0) + 1;
        shown.push_str(&format!("{line:>5} {style}{sign} {words}{style:#}\n"));
    }
    if changes.len() > SHOWN {
        shown.push_str(&format!("      … et {}\n", count(changes.len() - SHOWN, "autre ligne", "autres lignes")));
    }
    shown
}

/// Replaces a file at once, through a temporary one beside it, with the same rights.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays a link.
    let path = path.canonicalize()?;
    let rights = fs::metadata(&path)?.permissions();
    if rights.readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let fill = |mut file: File| {
        file.write_all(bytes)?;
        file.set_permissions(rights)?;
        file.sync_all()
    };
    let created = OpenOptions::new().write(true).create_new(true).open(&temporary);
    let done = created.and_then(fill).and_then(|()| fs::rename(&temporary, &path));
    if done.is_err() {
        // Nothing to do if this fails too: the file itself is untouched.
        let _ = fs::remove_file(&temporary);
    }
    done
}
