//! Shared pieces: `{% include "signature" %}`, alone on its line, stands for the lines of `modeles/communs/signature.md`.
//! They are put in when the templates are read: what is checked, judged and rendered is the whole text, and each of its
//! lines knows where it comes from.

use super::problem::{Found, TemplateProblem};
use crate::config::nearest::help_for;
use std::collections::BTreeMap;

/// The folder of the pieces, in `modeles`.
pub(super) const FOLDER: &str = "communs";
/// Pieces in pieces: more is a maze.
const DEEPEST: usize = 8;
/// A template with its pieces is no larger than this, in bytes.
const LARGEST: usize = 120_000;
/// How many pieces a template holds, those in its pieces included.
const MOST: usize = 200;

/// The pieces of a project, by name (`signature`, `signature.en`).
#[derive(Debug, Default)]
pub(super) struct Pieces(BTreeMap<String, Piece>);

#[derive(Debug)]
struct Piece {
    file: String,
    text: String,
    /// It has been told what is wrong with it: templates that include it are not told again.
    broken: bool,
    used: bool,
}

/// Where a line of a whole text stands.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Origin {
    /// The piece's file; none in the template itself.
    file: Option<String>,
    line: usize,
    /// The line of the template itself: the one that includes the piece.
    own: usize,
}

/// A text with its pieces in it.
#[derive(Debug, Default)]
pub(super) struct Whole {
    pub text: String,
    lines: Vec<Origin>,
    /// A piece lacks, or is told elsewhere to be wrong.
    pub broken: bool,
}

impl Whole {
    /// The line of the template itself, and whether that line is its own.
    pub fn own_line(&self, line: usize) -> (usize, bool) {
        self.origin(line).map_or((line, true), |origin| (origin.own, origin.file.is_none()))
    }

    /// Puts problems found in the whole text where they stand.
    pub fn settle(&self, mut problem: TemplateProblem) -> TemplateProblem {
        let origin = usize::try_from(problem.line).ok().and_then(|line| self.origin(line));
        if let Some(Origin { file: Some(file), line, .. }) = origin {
            problem.file.clone_from(file);
            problem.line = u32::try_from(*line).unwrap_or(problem.line);
        }
        problem
    }

    fn origin(&self, line: usize) -> Option<&Origin> {
        self.lines.get(line.checked_sub(1)?)
    }
}

/// The name that a line includes, when it does nothing else.
fn included(line: &str) -> Option<&str> {
    let inner = line.trim().strip_prefix("{%")?.strip_suffix("%}")?;
    let inner = inner.trim_start_matches(['-', '+']).trim_end_matches(['-', '+']).trim();
    let quoted = inner.strip_prefix("include")?.trim();
    let name = ['"', '\''].iter().find_map(|q| quoted.strip_prefix(*q)?.strip_suffix(*q))?;
    (!name.contains(['"', '\''])).then_some(name)
}

/// Whether a line includes a piece.
pub(super) fn is_include(line: &str) -> bool {
    included(line).is_some()
}

/// The name of a piece or a template in a language: `ferme`, `ferme.en`.
pub(super) fn in_language(name: &str, lang: &str) -> String {
    if lang == "fr" { name.to_owned() } else { format!("{name}.{lang}") }
}

impl Pieces {
    pub fn insert(&mut self, name: &str, file: &str, text: String, broken: bool) {
        let text = text.trim_end().to_owned();
        self.0.insert(name.to_owned(), Piece { file: file.to_owned(), text, broken, used: false });
    }

    /// Every piece with its text.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.values().map(|piece| (piece.file.as_str(), piece.text.as_str()))
    }

    /// The files of the pieces that no template includes.
    pub fn unused(&self) -> impl Iterator<Item = &str> {
        self.0.values().filter(|piece| !piece.used && !piece.broken).map(|piece| piece.file.as_str())
    }

    /// Puts the pieces into the body of a template, of which `file` and `lang` are told.
    pub fn put_in(&mut self, body: &str, file: &str, lang: &str, problems: &mut Vec<TemplateProblem>) -> Whole {
        let mut whole = Whole::default();
        let mut work = Work { lang, whole: &mut whole, problems, within: Vec::new(), count: 0, told: false };
        self.copy(body, (file, None), None, &mut work);
        // `split('\n')` gives the last line back without its end.
        whole.text.pop();
        whole
    }

    fn copy(&mut self, text: &str, (file, piece): (&str, Option<&str>), own: Option<usize>, work: &mut Work<'_, '_>) {
        for (n, line) in text.split('\n').enumerate() {
            let (line_number, own) = (n + 1, own.unwrap_or(n + 1));
            if work.told {
                return;
            }
            match included(line) {
                Some(name) => self.include(name, (file, line_number), own, work),
                None => {
                    if work.whole.text.len() + line.len() > LARGEST {
                        return work.too_large(file, line_number);
                    }
                    work.whole.text.push_str(line);
                    work.whole.text.push('\n');
                    let file = piece.map(str::to_owned);
                    work.whole.lines.push(Origin { file, line: line_number, own });
                }
            }
        }
    }

    fn include(&mut self, name: &str, (file, line): (&str, usize), own: usize, work: &mut Work<'_, '_>) {
        let wanted = in_language(name, work.lang);
        work.count += 1;
        if work.count > MOST {
            return work.too_large(file, line);
        }
        if work.within.contains(&wanted) {
            let round: Vec<&str> = work.within.iter().map(String::as_str).chain([wanted.as_str()]).collect();
            let message = format!("ce morceau se contient lui-même : {}", round.join(" → "));
            return work.error(file, line, message, "retirez l'un de ces {% include %}".to_owned());
        }
        if work.within.len() >= DEEPEST {
            let message = format!("plus de {DEEPEST} morceaux l'un dans l'autre");
            return work.error(file, line, message, "écrivez le texte dans un seul morceau".to_owned());
        }
        let Some(piece) = self.0.get_mut(&wanted) else {
            let known: Vec<&str> = self.0.keys().filter(|key| !key.contains('.')).map(String::as_str).collect();
            let (message, help) = if wanted != name && self.0.contains_key(name) {
                let message = format!("le morceau `{name}` n'existe pas dans la langue de ce modèle (`{}`)", work.lang);
                (message, format!("traduisez-le dans `modeles/{FOLDER}/{wanted}.md`"))
            } else if known.is_empty() {
                (format!("il n'y a pas de morceau `{name}`"), format!("créez `modeles/{FOLDER}/{name}.md`"))
            } else {
                (format!("il n'y a pas de morceau `{name}` dans `modeles/{FOLDER}`"), help_for(name, &known))
            };
            return work.error(file, line, message, help);
        };
        piece.used = true;
        if piece.broken {
            work.whole.broken = true;
            return;
        }
        let (text, own_file) = (piece.text.clone(), piece.file.clone());
        work.within.push(wanted);
        self.copy(&text, (&own_file, Some(&own_file)), Some(own), work);
        work.within.pop();
    }
}

/// A template whose pieces are being put in.
struct Work<'w, 'l> {
    lang: &'l str,
    whole: &'w mut Whole,
    problems: &'w mut Vec<TemplateProblem>,
    within: Vec<String>,
    count: usize,
    /// It is told to be too large: nothing more is put in.
    told: bool,
}

impl Work<'_, '_> {
    fn error(&mut self, file: &str, line: usize, message: String, help: String) {
        self.whole.broken = true;
        Found { file, into: self.problems }.error(line, None, message, help);
    }

    fn too_large(&mut self, file: &str, line: usize) {
        self.told = true;
        let help = format!("120 ko et {MOST} morceaux au plus, ceux des morceaux compris");
        self.error(file, line, "le modèle est trop grand avec ses morceaux".to_owned(), help);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_includes_does_nothing_else() {
        assert_eq!(included("  {% include \"signature\" %} "), Some("signature"));
        assert_eq!(included("{%- include 'a_b' -%}"), Some("a_b"));
        for other in ["{% include x %}", "a {% include \"x\" %}", "{% if b2b %}", "{% include \"a\" %}{% if b %}", ""] {
            assert_eq!(included(other), None, "{other}");
        }
    }

    #[test]
    fn every_line_knows_where_it_comes_from() {
        let mut pieces = Pieces::default();
        pieces.insert("bas", "modeles/communs/bas.md", "un\n{% include \"nom\" %}\n".to_owned(), false);
        pieces.insert("nom", "modeles/communs/nom.md", "deux\n".to_owned(), false);
        let mut problems = Vec::new();
        let whole = pieces.put_in("a\n{% include \"bas\" %}\nb", "m.md", "fr", &mut problems);
        assert_eq!((whole.text.as_str(), problems.len()), ("a\nun\ndeux\nb", 0));
        assert_eq!([1, 2, 3, 4].map(|n| whole.own_line(n)), [(1, true), (2, false), (2, false), (3, true)]);
        let mut found = Vec::new();
        Found { file: "m.md", into: &mut found }.error(3, Some(2), "x", "");
        let told = found.into_iter().map(|problem| whole.settle(problem).to_string()).collect::<String>();
        assert_eq!(told, "modeles/communs/nom.md:1:2 : x");
    }

    #[test]
    fn pieces_that_grow_stop() {
        let mut pieces = Pieces::default();
        for n in 0..7 {
            let twice = format!("{{% include \"p{}\" %}}\n", n + 1).repeat(20);
            pieces.insert(&format!("p{n}"), &format!("p{n}.md"), twice, false);
        }
        pieces.insert("p7", "p7.md", "x".repeat(1_000), false);
        let mut problems = Vec::new();
        let whole = pieces.put_in("{% include \"p0\" %}", "m.md", "fr", &mut problems);
        assert!(whole.text.len() <= LARGEST + 1 && whole.broken);
        assert_eq!(problems.len(), 1, "{problems:?}");
    }
}
