//! Letters made from the library's templates and the checks' own samples.

use relance_core::registered::Registered;
use relance_engine::template::{Library, MessageContext, SampleKind, sample};
use relance_letters::{Composed, Draft, Letter, Print, Sheets, compose, pdf};
use std::path::Path;

/// The templates that are shipped.
pub fn library() -> Library {
    let (library, problems) = Library::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios"));
    assert!(problems.is_empty(), "{problems:?}");
    library
}

/// The names of the letters among them.
pub fn names(library: &Library) -> Vec<String> {
    library.catalog().into_iter().filter(|entry| entry.channel.is_letter()).map(|entry| entry.name).collect()
}

/// A sample message between companies.
pub fn message(invoices: usize) -> MessageContext {
    sample(SampleKind { invoices, complete: true, regime: "b2b", days_late: 40 })
}

/// A letter.
pub fn letter(library: &Library, name: &str, message: &MessageContext) -> Composed {
    let text = library.letter(name, message).unwrap();
    compose(&Draft { message, text: &text, registered: Some(Registered::Paper), accounts: &[] })
}

/// One letter, set.
pub fn set(letter: &Letter) -> Sheets {
    pdf(&Print { title: &letter.title, letters: std::slice::from_ref(letter), two_sided: false }).unwrap()
}
