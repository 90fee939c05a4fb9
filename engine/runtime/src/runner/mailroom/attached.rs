//! The files that go with a message: the invoices themselves, from a folder of the project, else as they were imported.

use crate::channel::Attachment;
use crate::template::MessageContext;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// How much the files of a message weigh together at most: with their encoding, a third more, which most servers still take.
pub(super) const HEAVIEST: u64 = 10_000_000;

/// Where invoices are.
#[derive(Clone, Debug)]
pub(super) struct Cabinet {
    project: PathBuf,
    pattern: String,
}

/// A number or a code as a part of a file's name: it leads to no other folder.
pub(super) fn harmless(text: &str) -> String {
    let name: String =
        text.chars().map(|c| if c.is_control() || matches!(c, '/' | '\\' | ':') { '-' } else { c }).collect();
    if name.chars().all(|c| c == '.') { "_".to_owned() } else { name }
}

/// The place of an invoice's own file, after `[email] pieces`; relative to the project.
pub fn invoice_file(pattern: &str, number: &str, client: &str) -> String {
    pattern.replace("{numero}", &harmless(number)).replace("{client}", &harmless(client))
}

impl Cabinet {
    /// After `[email] pieces`.
    pub fn new(project: &Path, pattern: &str) -> Cabinet {
        Cabinet { project: project.to_owned(), pattern: pattern.to_owned() }
    }

    /// An invoice's own place, and its file when it is there; why it cannot be read, in French.
    fn file(&self, number: &str, client: &str, left: u64) -> Result<(String, Option<Attachment>), String> {
        let named = invoice_file(&self.pattern, number, client);
        let path = self.project.join(&named);
        let found = match read(&path, left) {
            Ok(Some(bytes)) => {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                Some(Attachment { name, bytes })
            }
            Ok(None) => return Err(too_heavy(&named)),
            Err(ErrorKind::NotFound) => None,
            Err(_) => return Err(format!("la pièce jointe `{named}` est illisible : vérifiez ses droits")),
        };
        Ok((named, found))
    }
}

fn too_heavy(named: &str) -> String {
    format!("les pièces jointes pèsent plus de {} Mo avec `{named}` : allégez ce fichier", HEAVIEST / 1_000_000)
}

/// The files of a message, one for each of its invoices: from the folder, else as it was imported (`kept`, by number); when `required`, all
/// of them are there. Or why it cannot leave, in French.
pub(super) fn files(
    cabinet: Option<&Cabinet>,
    message: &MessageContext,
    kept: &BTreeMap<String, Vec<u8>>,
    required: bool,
) -> Result<Vec<Attachment>, String> {
    let mut found = Vec::new();
    let mut left = HEAVIEST;
    for invoice in &message.invoices {
        let number = invoice.number.as_str();
        let (named, on_disk) = match cabinet {
            Some(cabinet) => cabinet.file(number, &message.client.code, left)?,
            None => (String::new(), None),
        };
        let imported = || {
            let bytes = kept.get(number)?.clone();
            Some(Attachment { name: format!("{}.pdf", harmless(number)), bytes })
        };
        match on_disk.or_else(imported) {
            Some(file) => {
                left = left.checked_sub(file.bytes.len() as u64).ok_or_else(|| too_heavy(&file.name))?;
                found.push(file);
            }
            None if !required => {}
            None if cabinet.is_some() => {
                return Err(format!(
                    "il manque la pièce jointe `{named}`, que son modèle demande : déposez ce fichier"
                ));
            }
            None => {
                return Err(format!(
                    "son modèle demande la facture {number} en pièce jointe : importez sa facture électronique, ou dites où elle est, par \
                     `pieces` dans [email]"
                ));
            }
        }
    }
    Ok(found)
}

/// A file, unless it is heavier than this.
fn read(path: &Path, most: u64) -> Result<Option<Vec<u8>>, ErrorKind> {
    let file = std::fs::File::open(path).map_err(|error| error.kind())?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(|error| error.kind())?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{SampleKind, sample};

    #[test]
    fn a_number_leads_to_no_other_folder() {
        assert_eq!(harmless("F-2026/118"), "F-2026-118");
        for nasty in ["../../etc/passwd", "..", ".", "", "a\\b", "c:x", "a\0b"] {
            let name = harmless(nasty);
            assert!(!name.is_empty() && !name.contains(['/', '\\', ':', '\0']) && name != "..", "{nasty}");
        }
    }

    #[test]
    fn files_are_there_or_not_or_too_heavy() {
        let dir = tempfile::tempdir().unwrap();
        let message = sample(SampleKind { invoices: 2, complete: true, regime: "b2b", days_late: 5 });
        let cabinet = Cabinet::new(dir.path(), "factures/{numero}.pdf");
        let of = |message: &MessageContext, required| files(Some(&cabinet), message, &BTreeMap::new(), required);
        assert_eq!(of(&message, false), Ok(Vec::new()));
        let missing = of(&message, true).unwrap_err();
        std::fs::create_dir(dir.path().join("factures")).unwrap();
        let path = |i: usize| dir.path().join(format!("factures/{}.pdf", harmless(&message.invoices[i].number)));
        std::fs::write(path(0), b"%PDF-1.7").unwrap();
        assert_eq!(of(&message, false).unwrap().len(), 1);
        assert!(of(&message, true).is_err(), "each invoice of the message");
        std::fs::File::create(path(1)).unwrap().set_len(10_000_000).unwrap();
        let heavy = of(&message, false).unwrap_err();
        std::fs::remove_file(path(1)).unwrap();
        std::fs::create_dir(path(1)).unwrap();
        let unreadable = of(&message, false).unwrap_err();
        std::fs::remove_dir(path(1)).unwrap();
        let number = |i: usize| message.invoices[i].number.clone();
        let kept = BTreeMap::from([(number(0), b"imported".to_vec()), (number(1), b"imported".to_vec())]);
        let both = files(Some(&cabinet), &message, &kept, true).unwrap();
        assert_eq!(both[0].bytes, b"%PDF-1.7", "the folder comes first");
        assert_eq!(
            (both[1].bytes.as_slice(), both[1].name.clone()),
            (b"imported".as_slice(), format!("{}.pdf", harmless(&number(1))))
        );
        assert_eq!(files(None, &message, &kept, true).unwrap().len(), 2);
        let neither = files(None, &message, &BTreeMap::new(), true).unwrap_err();
        insta::assert_snapshot!([missing, heavy, unreadable, neither].join("\n"));
    }
}
