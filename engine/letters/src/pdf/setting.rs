//! The typesetter: one fixed text (`lettre.typ`) that reads the letters as JSON. Nothing of a letter is ever part of that text.

use super::{Print, Refusal, Sheets, characters};
use crate::brief::Brief;
use crate::letter::Letter;
use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use std::sync::LazyLock;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Label, Smart};
use typst::introspection::Introspector;
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::{LazyHash, PicoStr};
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

const TEXTS: [(&str, &str); 2] =
    [("lettre.typ", include_str!("lettre.typ")), ("dossier.typ", include_str!("dossier.typ"))];
/// Libertinus Serif for letters, DejaVu Sans for what it lacks.
const FONTS: [&[u8]; 5] = [
    include_bytes!("../../fonts/LibertinusSerif-Regular.otf"),
    include_bytes!("../../fonts/LibertinusSerif-Bold.otf"),
    include_bytes!("../../fonts/LibertinusSerif-Italic.otf"),
    include_bytes!("../../fonts/LibertinusSerif-BoldItalic.otf"),
    include_bytes!("../../fonts/DejaVuSans.ttf"),
];
/// Settings that memory keeps for later ones; the head of the same company is one.
const REMEMBERED: usize = 5;

/// What every setting shares.
struct Desk {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    letters: Source,
    brief: Source,
    data: FileId,
}

static DESK: LazyLock<Result<Desk, String>> = LazyLock::new(|| {
    let file = |name: &str| {
        let path = VirtualPath::new(name).map_err(|error| error.to_string())?;
        Ok::<FileId, String>(RootedPath::new(VirtualRoot::Project, path).intern())
    };
    let [letters, brief] = TEXTS.map(|(name, text)| Ok::<Source, String>(Source::new(file(name)?, text.to_owned())));
    let fonts: Vec<Font> = FONTS.into_iter().flat_map(|font| Font::iter(Bytes::new(font))).collect();
    Ok(Desk {
        library: LazyHash::new(Library::default()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
        letters: letters?,
        brief: brief?,
        data: file("lettres.json")?,
    })
});

/// One setting: the desk, and the letters on it.
struct Sheet<'d> {
    desk: &'d Desk,
    source: &'d Source,
    data: Bytes,
}

impl World for Sheet<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.desk.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.desk.book
    }

    fn main(&self) -> FileId {
        self.source.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.source.id() { Ok(self.source.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.desk.data { Ok(self.data.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.desk.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// Sets letters.
pub(super) fn set(print: &Print<'_>, first: &Letter) -> Result<Sheets, Refusal> {
    let (document, bytes) = made(|desk| &desk.letters, print, first.day)?;
    Ok(Sheets { bytes, pages: pages(&document, print.letters.len()) })
}

/// Sets a litigation file.
pub(super) fn set_brief(brief: &Brief) -> Result<Vec<u8>, Refusal> {
    made(|desk| &desk.brief, brief, brief.day).map(|(_, bytes)| bytes)
}

fn made(
    source: fn(&Desk) -> &Source,
    what: &impl Serialize,
    day: NaiveDate,
) -> Result<(PagedDocument, Vec<u8>), Refusal> {
    let desk = DESK.as_ref().map_err(|error| Refusal::Failed(error.clone()))?;
    let mut data = serde_json::to_value(what).map_err(|error| Refusal::Failed(error.to_string()))?;
    characters::printable(&mut data, &desk.fonts);
    let sheet = Sheet { desk, source: source(desk), data: Bytes::from_string(data.to_string()) };
    let failed = |found: &[SourceDiagnostic]| {
        Refusal::Failed(found.iter().map(|one| one.message.to_string()).collect::<Vec<_>>().join(" ; "))
    };
    let document: PagedDocument = typst::compile(&sheet).output.map_err(|found| failed(&found))?;
    let bytes = typst_pdf::pdf(&document, &options(day)?).map_err(|found| failed(&found))?;
    typst::comemo::evict(REMEMBERED);
    Ok((document, bytes))
}

/// The pages of each letter, from the mark at its beginning to the one at its end.
fn pages(document: &PagedDocument, letters: usize) -> Vec<usize> {
    let marks = document.introspector();
    let page = |name: String| {
        let mark = marks.query_label(Label::new(PicoStr::intern(&name))?).ok()?;
        Some(marks.page(mark.location()?)?.get())
    };
    let of = |letter: usize| Some(page(format!("fin-{letter}"))? + 1 - page(format!("debut-{letter}"))?);
    (0..letters).map(|letter| of(letter).unwrap_or(1)).collect()
}

/// For keeping: PDF/A-2a, on its own day.
fn options(day: NaiveDate) -> Result<PdfOptions, Refusal> {
    let standards =
        PdfStandards::new(&[PdfStandard::A_2a]).map_err(|error| Refusal::Failed(error.message().to_string()))?;
    let part = |number: u32| u8::try_from(number).unwrap_or(1);
    let day = Datetime::from_ymd_hms(day.year(), part(day.month()), part(day.day()), 0, 0, 0);
    Ok(PdfOptions {
        creator: Smart::Custom(Some("Relance".to_owned())),
        timestamp: day.map(Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    })
}
