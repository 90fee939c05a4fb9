//! The files that a PDF carries. Only what leads to them is read: objects are found where they stand, so that a broken table of objects does
//! not matter, and nothing is ever read deeper, longer or larger than the limits below.

use super::syntax::{Parser, Value};
use flate2::read::ZlibDecoder;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// The most that one file out of the PDF may weigh.
pub(super) const MAX_FILE: usize = 20_000_000;
/// The most that is decompressed of one PDF, all in all.
const MAX_DECOMPRESSED: usize = 60_000_000;
/// The most objects of a PDF that are looked at.
const MAX_OBJECTS: usize = 500_000;
/// The most bytes that are read for the sake of values, those that are read twice included.
const MAX_WORK: usize = 400_000_000;
/// The deepest tree of names.
const MAX_TREE: usize = 32;

/// A file that a PDF carries.
#[derive(Debug)]
pub(super) struct Attached {
    /// Its name, as far as it can be read.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Why the files of a PDF cannot be read, in French.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Trouble {
    NotPdf,
    Encrypted,
    TooLarge,
    Broken,
}

/// Where an object stands: in the file, or in a decompressed group of objects.
#[derive(Clone, Copy)]
struct Place {
    group: Option<usize>,
    at: usize,
}

struct Pdf<'a> {
    data: &'a [u8],
    groups: Vec<Vec<u8>>,
    places: BTreeMap<u64, Place>,
    left: usize,
    work: Cell<usize>,
    /// From here on, no stream ends.
    endless: Cell<usize>,
}

/// The files that a PDF carries and whose name `wanted` accepts, in the order of the document's own list.
pub(super) fn attached(data: &[u8], wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Attached>, Trouble> {
    // Some mail systems put a few bytes before the head.
    let head = data.get(..data.len().min(1024)).unwrap_or_default();
    if find(head, b"%PDF-", 0).is_none() {
        return Err(Trouble::NotPdf);
    }
    let mut pdf = Pdf {
        data,
        groups: Vec::new(),
        places: BTreeMap::new(),
        left: MAX_DECOMPRESSED,
        work: Cell::new(0),
        endless: Cell::new(data.len()),
    };
    pdf.index()?;
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for file in pdf.specifications() {
        let Some(name) = name_of(&file) else { continue };
        let Some(stream) = pdf.embedded(&file) else { continue };
        if !wanted(&name) || !seen.insert(stream) {
            continue;
        }
        let bytes = pdf.stream(stream)?.ok_or(Trouble::Broken)?;
        found.push(Attached { name, bytes });
    }
    Ok(found)
}

impl Pdf<'_> {
    /// Finds every object, the last of each number, those in groups included.
    fn index(&mut self) -> Result<(), Trouble> {
        let mut at = 0;
        let mut count = 0usize;
        while let Some(here) = find(self.data, b"obj", at) {
            at = here + 3;
            let Some(number) = number_before(self.data, here) else { continue };
            count += 1;
            if count > MAX_OBJECTS {
                return Err(Trouble::TooLarge);
            }
            let mut parser = Parser::new(self.data, at);
            let value = parser.value();
            if self.spent(parser.at() - at) {
                return Err(Trouble::TooLarge);
            }
            let Some(value) = value else { continue };
            self.places.insert(number, Place { group: None, at });
            let Value::Dict(dict) = value else {
                at = parser.at();
                continue;
            };
            let kind = dict.get(b"Type".as_slice());
            if kind.is_some_and(|k| k.is_name(b"XRef")) && dict.contains_key(b"Encrypt".as_slice()) {
                return Err(Trouble::Encrypted);
            }
            if let Some((from, to)) = self.extent(&dict, parser.at()) {
                if kind.is_some_and(|k| k.is_name(b"ObjStm")) {
                    self.group(&dict, from, to)?;
                }
                at = to.max(at);
            } else {
                at = parser.at().max(at);
            }
        }
        let mut at = 0;
        while let Some(here) = find(self.data, b"trailer", at) {
            at = here + 7;
            let mut parser = Parser::new(self.data, at);
            let value = parser.value();
            if value.is_some_and(|trailer| trailer.get(b"Encrypt").is_some()) {
                return Err(Trouble::Encrypted);
            }
            if self.spent(parser.at() - at) {
                return Err(Trouble::TooLarge);
            }
        }
        Ok(())
    }

    /// Notes that so many bytes were read; true when that is too much.
    fn spent(&self, bytes: usize) -> bool {
        let work = self.work.get().saturating_add(bytes);
        self.work.set(work);
        work > MAX_WORK
    }

    /// A compressed group of objects.
    fn group(&mut self, dict: &BTreeMap<Vec<u8>, Value>, from: usize, to: usize) -> Result<(), Trouble> {
        let Some(bytes) = self.decoded(dict, from, to)? else { return Ok(()) };
        let first = dict.get(b"First".as_slice()).and_then(Value::number).unwrap_or(0);
        let many = dict.get(b"N".as_slice()).and_then(Value::number).unwrap_or(0).min(100_000);
        let mut parser = Parser::new(&bytes, 0);
        let mut inside = Vec::new();
        for _ in 0..many {
            let (Some(number), Some(offset)) = (parser.digits(), parser.digits()) else { break };
            inside.push((number, first.saturating_add(offset)));
        }
        let group = self.groups.len();
        self.groups.push(bytes);
        for (number, at) in inside {
            if self.places.len() > MAX_OBJECTS {
                return Err(Trouble::TooLarge);
            }
            let at = usize::try_from(at).unwrap_or(usize::MAX);
            self.places.insert(number, Place { group: Some(group), at });
        }
        Ok(())
    }

    /// Where the bytes of a stream stand, when the dictionary that ends at `after` has one.
    fn extent(&self, dict: &BTreeMap<Vec<u8>, Value>, after: usize) -> Option<(usize, usize)> {
        let mut parser = Parser::new(self.data, after);
        parser.blanks();
        let rest = self.data.get(parser.at()..)?;
        let rest = rest.strip_prefix(b"stream")?;
        let skip = match rest {
            [b'\r', b'\n', ..] => 8,
            [b'\r' | b'\n', ..] => 7,
            _ => 6,
        };
        let from = parser.at() + skip;
        let said = match dict.get(b"Length".as_slice()) {
            Some(Value::Reference(number)) => self.value(*number).and_then(|v| v.number()),
            other => other.and_then(Value::number),
        };
        let said = said.and_then(|n| usize::try_from(n).ok()).and_then(|n| from.checked_add(n));
        // A wrong length is believed no more than the word that ends the stream.
        if let Some(to) = said
            && let Some(tail) = self.data.get(to..to.saturating_add(20).min(self.data.len()))
            && find(tail, b"endstream", 0).is_some()
        {
            return Some((from, to));
        }
        if from >= self.endless.get() {
            return None;
        }
        let end = find(self.data, b"endstream", from);
        if end.is_none() {
            self.endless.set(from);
        }
        end.map(|to| (from, to))
    }

    /// An object by its number.
    fn value(&self, number: u64) -> Option<Value> {
        let place = self.places.get(&number)?;
        let data = match place.group {
            Some(group) => self.groups.get(group)?.as_slice(),
            None => self.data,
        };
        if self.spent(0) {
            return None;
        }
        let mut parser = Parser::new(data, place.at);
        let value = parser.value();
        self.spent(parser.at().saturating_sub(place.at));
        value
    }

    /// A value, or the object that it points to.
    fn resolved(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Reference(number) => self.value(*number),
            other => Some(other.clone()),
        }
    }

    fn child(&self, dict: &Value, key: &[u8]) -> Option<Value> {
        self.resolved(dict.get(key)?)
    }

    /// The descriptions of files: those that the document lists, its associated ones, then whatever looks like one.
    fn specifications(&self) -> Vec<Value> {
        let (mut catalogs, mut loose) = (Vec::new(), Vec::new());
        for number in self.places.keys() {
            let Some(value) = self.value(*number) else { continue };
            if value.get(b"Type").is_some_and(|k| k.is_name(b"Catalog")) {
                catalogs.push(value);
            } else if value.get(b"EF").is_some() {
                loose.push(value);
            }
        }
        let mut found = Vec::new();
        for catalog in &catalogs {
            if let Some(tree) = self.child(catalog, b"Names").and_then(|names| self.child(&names, b"EmbeddedFiles")) {
                self.leaves(&tree, 0, &mut found);
            }
            if let Some(Value::Array(files)) = self.child(catalog, b"AF") {
                found.extend(files.iter().filter_map(|file| self.resolved(file)));
            }
        }
        found.extend(loose);
        found
    }

    fn leaves(&self, tree: &Value, depth: usize, found: &mut Vec<Value>) {
        if depth > MAX_TREE || found.len() > 1_000 {
            return;
        }
        if let Some(Value::Array(names)) = self.child(tree, b"Names") {
            found.extend(names.iter().skip(1).step_by(2).filter_map(|file| self.resolved(file)));
        }
        if let Some(Value::Array(kids)) = self.child(tree, b"Kids") {
            for kid in kids.iter().take(64).filter_map(|kid| self.resolved(kid)) {
                self.leaves(&kid, depth + 1, found);
            }
        }
    }

    /// The number of the object that holds a file's bytes.
    fn embedded(&self, file: &Value) -> Option<u64> {
        let held = self.child(file, b"EF")?;
        [b"F".as_slice(), b"UF"].into_iter().find_map(|key| match held.get(key)? {
            Value::Reference(number) => Some(*number),
            _ => None,
        })
    }

    /// The bytes of a stream.
    fn stream(&mut self, number: u64) -> Result<Option<Vec<u8>>, Trouble> {
        let Some(place) = self.places.get(&number).copied().filter(|place| place.group.is_none()) else {
            return Ok(None);
        };
        let mut parser = Parser::new(self.data, place.at);
        let Some(Value::Dict(dict)) = parser.value() else { return Ok(None) };
        let Some((from, to)) = self.extent(&dict, parser.at()) else { return Ok(None) };
        self.decoded(&dict, from, to)
    }

    fn decoded(&mut self, dict: &BTreeMap<Vec<u8>, Value>, from: usize, to: usize) -> Result<Option<Vec<u8>>, Trouble> {
        let filters = match dict.get(b"Filter".as_slice()).and_then(|filter| self.resolved(filter)) {
            None => Vec::new(),
            Some(Value::Array(several)) => several.iter().filter_map(|one| self.resolved(one)).collect(),
            Some(one) => vec![one],
        };
        let mut bytes = self.data.get(from..to).unwrap_or_default().to_vec();
        for filter in filters.iter().take(3) {
            if !(filter.is_name(b"FlateDecode") || filter.is_name(b"Fl")) {
                return Ok(None);
            }
            let most = self.left.min(MAX_FILE);
            let mut out = Vec::new();
            let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
            // What is cut off or damaged at its end still gives what came before; the XML then tells.
            let _ = ZlibDecoder::new(bytes.as_slice()).take(limit).read_to_end(&mut out);
            if out.len() > most {
                return Err(Trouble::TooLarge);
            }
            self.left -= out.len();
            bytes = out;
        }
        Ok((filters.len() <= 3).then_some(bytes))
    }
}

/// The name of a file: UTF-16 with its mark, UTF-8, else as Windows writes it.
fn name_of(file: &Value) -> Option<String> {
    let bytes = [b"UF".as_slice(), b"F"].into_iter().find_map(|key| match file.get(key)? {
        Value::Text(bytes) => Some(bytes),
        _ => None,
    })?;
    let (encoding, skip) = encoding_rs::Encoding::for_bom(bytes).unwrap_or((encoding_rs::UTF_8, 0));
    let body = bytes.get(skip..).unwrap_or_default();
    let (text, wrong) = encoding.decode_without_bom_handling(body);
    let text = if wrong { encoding_rs::WINDOWS_1252.decode_without_bom_handling(body).0 } else { text };
    Some(text.trim().to_owned())
}

/// The number of the object whose word `obj` stands at `at`: `12 0 obj`.
fn number_before(data: &[u8], at: usize) -> Option<u64> {
    let mut before = data.get(at.saturating_sub(24)..at)?.iter().rev().copied().peekable();
    let mut part = || {
        let mut blanks = 0;
        while before.next_if(|b| b.is_ascii_whitespace()).is_some() {
            blanks += 1;
        }
        let mut digits = Vec::new();
        while let Some(digit) = before.next_if(u8::is_ascii_digit) {
            digits.push(digit);
        }
        digits.reverse();
        (blanks > 0).then_some(())?;
        std::str::from_utf8(&digits).ok()?.parse::<u64>().ok()
    };
    part()?;
    part()
}

/// Where `what` stands, from `from`.
fn find(data: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let first = *what.first()?;
    let mut at = from;
    loop {
        let rest = data.get(at..)?;
        at += rest.iter().position(|byte| *byte == first)?;
        if data.get(at..)?.starts_with(what) {
            return Some(at);
        }
        at += 1;
    }
}
