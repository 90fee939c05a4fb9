//! Reads TOML tables key by key, remembers which keys were asked for, and reports every other one at its place.

use super::nearest::help_for;
use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Something wrong in `relance.toml`, at its place, with what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigProblem {
    /// The file, as it was named to [`Config::parse`](super::Config::parse).
    pub file: String,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// What is wrong, in French.
    pub message: String,
    /// What to do, in French.
    pub help: Option<String>,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{} : {}", self.file, self.line, self.column, self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  aide : {help}"),
            None => Ok(()),
        }
    }
}

/// The text being read and what was found wrong in it.
pub(super) struct Source<'t> {
    text: &'t str,
    file: String,
    problems: RefCell<Vec<ConfigProblem>>,
}

impl<'t> Source<'t> {
    pub fn new(text: &'t str, file: String) -> Source<'t> {
        Source { text, file, problems: RefCell::new(Vec::new()) }
    }

    pub fn report(&self, at: usize, message: impl Into<String>, help: Option<String>) {
        let before = self.text.get(..at.min(self.text.len())).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        self.problems.borrow_mut().push(ConfigProblem {
            file: self.file.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            message: message.into(),
            help,
        });
    }

    /// The problems in the order of the file.
    pub fn into_problems(self) -> Vec<ConfigProblem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|p| (p.line, p.column));
        problems
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub value: T,
    pub at: usize,
}

/// One table of the file. Whoever has read the keys it knows calls [`Section::finish`].
pub(super) struct Section<'s, 't> {
    source: &'s Source<'t>,
    /// `email`, `import.factures`; empty at the top.
    name: String,
    /// Where the table begins: for what is missing in it.
    pub at: usize,
    table: &'s DeTable<'t>,
    known: Vec<&'static str>,
}

type Pair<'s, 't> = (Range<usize>, &'s Spanned<DeValue<'t>>);

impl<'s, 't> Section<'s, 't> {
    pub fn top(source: &'s Source<'t>, table: &'s DeTable<'t>) -> Section<'s, 't> {
        Section { source, name: String::new(), at: 0, table, known: Vec::new() }
    }

    pub fn report(&self, at: usize, message: impl Into<String>, help: Option<String>) {
        self.source.report(at, message, help);
    }

    /// `email`, `import.factures`; empty at the top.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `email.port`, for messages.
    fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    fn find(&self, key: &str) -> Option<Pair<'s, 't>> {
        self.table.iter().find(|(k, _)| k.get_ref() == key).map(|(k, v)| (k.span(), v))
    }

    fn take(&mut self, key: &'static str) -> Option<Pair<'s, 't>> {
        self.known.push(key);
        self.find(key)
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "un texte",
            DeValue::Integer(_) | DeValue::Float(_) => "un nombre",
            DeValue::Boolean(_) => "vrai ou faux",
            DeValue::Datetime(_) => "une date",
            DeValue::Array(_) => "une liste",
            DeValue::Table(_) => "une section",
        };
        self.report(value.span().start, format!("`{}` attend {wanted}, pas {found}", self.path(key)), None);
    }

    fn text_of(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) -> Option<Placed<String>> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value, wanted);
            return None;
        };
        Some(Placed { value: text.trim().to_owned(), at: value.span().start })
    }

    /// A text; an empty one counts as absent, so that a default file can show every key.
    pub fn text(&mut self, key: &'static str) -> Option<Placed<String>> {
        let (_, value) = self.take(key)?;
        self.text_of(key, value, "un texte entre guillemets").filter(|text| !text.value.is_empty())
    }

    /// The text without its place.
    pub fn plain(&mut self, key: &'static str) -> Option<String> {
        self.text(key).map(|text| text.value)
    }

    /// A text that must be there: reported at the head of the section otherwise.
    pub fn required(&mut self, key: &'static str, help: &str) -> Option<Placed<String>> {
        let given = self.find(key).is_some_and(|(_, value)| value.get_ref().as_str().is_none());
        let text = self.text(key);
        if text.is_none() && !given {
            self.report(self.at, format!("il manque `{}`", self.path(key)), Some(help.to_owned()));
        }
        text
    }

    /// One word out of a list.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = choices.iter().find(|(word, _)| *word == text.value);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let message = format!("valeur inconnue `{}` pour `{}`", text.value, self.path(key));
            self.report(text.at, message, Some(help_for(&text.value, &words)));
        }
        found.map(|(_, value)| *value)
    }

    /// A whole number within bounds.
    pub fn number(&mut self, key: &'static str, least: u32, most: u32) -> Option<u32> {
        let (_, value) = self.take(key)?;
        let Some(number) = value.get_ref().as_integer() else {
            self.wrong_type(key, value, "un nombre entier, sans guillemets");
            return None;
        };
        let parsed = u32::from_str_radix(number.as_str(), number.radix()).ok();
        let parsed = parsed.filter(|n| (least..=most).contains(n));
        if parsed.is_none() {
            let message = format!("`{}` doit être compris entre {least} et {most}", self.path(key));
            self.report(value.span().start, message, None);
        }
        parsed
    }

    /// Whether a key holds a list.
    pub fn is_list(&self, key: &str) -> bool {
        self.find(key).is_some_and(|(_, value)| value.get_ref().is_array())
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &'static str) -> Option<Vec<Placed<String>>> {
        let (_, value) = self.take(key)?;
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "une liste de textes, par exemple [\"un\", \"deux\"]");
            return None;
        };
        Some(array.iter().filter_map(|item| self.text_of(key, item, "une liste de textes")).collect())
    }

    /// A list of whole numbers and words, as they are written.
    pub fn codes(&mut self, key: &'static str) -> Vec<Placed<String>> {
        let Some((_, value)) = self.take(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "une liste, par exemple [200, \"queued\"]");
            return Vec::new();
        };
        let code = |item: &Spanned<DeValue<'_>>| match item.get_ref() {
            DeValue::Integer(number) => Some(Placed { value: number.as_str().to_owned(), at: item.span().start }),
            _ => self.text_of(key, item, "des nombres et des textes"),
        };
        array.iter().filter_map(code).collect()
    }

    /// A sub-table.
    pub fn section(&mut self, key: &'static str) -> Option<Section<'s, 't>> {
        let pair = self.take(key)?;
        self.open(key, pair)
    }

    fn open(&self, key: &str, (span, value): Pair<'s, 't>) -> Option<Section<'s, 't>> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(key, value, &format!("une section : [{}]", self.path(key)));
            return None;
        };
        Some(Section { source: self.source, name: self.path(key), at: span.start, table, known: Vec::new() })
    }

    /// A list of tables: `[[email.expediteurs]]`.
    pub fn tables(&mut self, key: &'static str) -> Vec<Section<'s, 't>> {
        let Some((_, value)) = self.take(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value, &format!("une liste de sections : [[{}]]", self.path(key)));
            return Vec::new();
        };
        array.iter().filter_map(|item| self.open(key, (item.span(), item))).collect()
    }

    /// Every entry as a sub-table, for sections whose keys are the user's own words.
    pub fn sections(&self) -> Vec<(String, Section<'s, 't>)> {
        let entries = self.table.iter().filter_map(|(key, value)| {
            let name = key.get_ref().to_string();
            let section = self.open(&name, (key.span(), value))?;
            Some((name, section))
        });
        entries.collect()
    }

    /// Every entry as a text, for sections whose keys are the user's own words.
    pub fn entries(&self) -> Vec<(String, Placed<String>)> {
        let entries = self.table.iter().filter_map(|(key, value)| {
            let text = self.text_of(key.get_ref(), value, "un texte entre guillemets")?;
            Some((key.get_ref().to_string(), text))
        });
        entries.collect()
    }

    /// The place of a key that must not be there.
    pub fn forbidden(&mut self, key: &'static str) -> Option<usize> {
        let at = self.take(key).map(|(span, _)| span.start);
        self.known.pop(); // never to be proposed
        at
    }

    /// Reports the keys that nobody asked for.
    pub fn finish(self, elsewhere: &[&str], refused: &[&str]) {
        for (key, _) in self.table.iter() {
            let word: &str = key.get_ref();
            if self.known.contains(&word) || refused.contains(&word) {
                continue;
            }
            let help = if !self.name.is_empty() && elsewhere.contains(&word) {
                format!("`{word}` s'écrit en haut du fichier, avant la première section entre crochets")
            } else {
                help_for(word, &self.known)
            };
            let message = if self.name.is_empty() {
                format!("clé inconnue `{word}`")
            } else {
                format!("clé inconnue `{word}` dans [{}]", self.name)
            };
            self.report(key.span().start, message, Some(help));
        }
    }
}
