//! One canonical form for scenario files. What does not parse is kept as it stands, and nothing changes its meaning: the
//! result is read again and compared.

mod atoms;
mod layout;
mod literals;
mod page;
mod pieces;
mod proof;
mod words;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Source;
use crate::span::Span;
use pieces::Pieces;

/// A file in canonical form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Formatted {
    /// The text; the original's when `defect` says why.
    pub text: String,
    /// Whether a single byte differs from the original.
    pub changed: bool,
    /// Places of the original's text that could not be read, and stand as they were.
    pub kept: Vec<Span>,
    /// The formatter would have changed the meaning of the file, and left it untouched.
    pub defect: Option<Box<Diagnostic>>,
}

/// Formats a file: layout, spelling of keywords and facts, forms of literals; comments and texts stay. An error when the
/// file is no text, or too big.
pub fn format(source: &Source) -> Result<Formatted, Box<Diagnostic>> {
    let original = source.decode()?;
    let before = Pieces::read(&original);
    let text = page::write(&before);
    // A file in canonical form is proof of itself.
    if text != original && !proof::same(&before, &Pieces::read_after(&text, Some(&before))) {
        // What is no text has no form: the file is wrong, not the formatter.
        let unseen = original.char_indices().find(|(_, c)| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
        if let Some((at, c)) = unseen {
            let span = Span { start: at, end: at + c.len_utf8() };
            let message = "il y a ici un caractère invisible qui n'est pas du texte : le fichier est laissé tel quel";
            let found = Diagnostic::new(Code::ControlCharacter, message, &source.path, span);
            return Err(Box::new(
                found.help("effacez-le (un saut de page ou de ligne collé d'un traitement de texte, souvent)"),
            ));
        }
        let found = Diagnostic::new(
            Code::FormattingAbandoned,
            "la mise en forme aurait changé le sens de ce fichier : il est laissé tel quel",
            &source.path,
            Span::default(),
        )
        .help("c'est un défaut de Relance : signalez-le en joignant ce fichier");
        return Ok(Formatted { text: source.text(), changed: false, kept: Vec::new(), defect: Some(Box::new(found)) });
    }
    let kept = before.blocks.iter().filter(|block| block.atoms.is_none()).map(|block| block.place).collect();
    Ok(Formatted { changed: text.as_bytes() != source.bytes, text, kept, defect: None })
}
