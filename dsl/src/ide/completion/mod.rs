//! What can be written at a place.

mod actions;
mod conditions;
mod openings;

use super::cursor::{Cursor, Inside, Part};
use super::lexicon::{ENTRIES, Place};
use super::names::Definitions;
use super::workspace::Workspace;
use crate::parse::Rule;
use crate::span::Span;
use relance_core::schema::fold;

/// What a completion is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CompletionKind {
    /// A word of the language.
    Keyword,
    /// A header, setting, rule or test line with places to fill in.
    Snippet,
    /// A fact or field.
    Fact,
    /// A `constante`.
    Constant,
    /// A function of a script.
    Function,
    /// A template.
    Template,
    /// A segment, régime, calendar, day: a word out of a list.
    Value,
    /// An `étape`.
    Stage,
    /// A scenario.
    Scenario,
    /// A contact of the client or a person of the company.
    Role,
    /// What `quand` waits for.
    Event,
    /// A file of the project.
    File,
}

/// One thing that can be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// What is shown, in canonical spelling.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// In a few words: its type, its title.
    pub detail: String,
    /// What it means.
    pub doc: String,
    /// What is put in place of `span`; `${1:…}` marks what is left to fill in.
    pub insert: String,
    /// What it replaces.
    pub span: Span,
}

impl Completion {
    /// What is put in when nothing is left to fill in.
    pub fn plain(&self) -> String {
        plain(&self.insert)
    }
}

/// A snippet without its marks: `${1:15}` is `15`, of a list the first.
fn plain(snippet: &str) -> String {
    let mut text = String::with_capacity(snippet.len());
    let mut chars = snippet.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.extend(chars.next()),
            '$' if chars.peek() == Some(&'{') => {
                while chars.next_if(|c| !matches!(c, ':' | '|' | '}')).is_some() {}
                if chars.next() == Some('|') {
                    while let Some(c) = chars.next_if(|c| !matches!(c, ',' | '|')) {
                        text.push(c);
                    }
                    while chars.next_if(|c| *c != '}').is_some() {}
                }
            }
            '$' => while chars.next_if(char::is_ascii_digit).is_some() {},
            '}' => {}
            c => text.push(c),
        }
    }
    text
}

/// What can be written at a place, the likeliest first. Empty in comments and free texts.
pub fn complete(workspace: &Workspace, path: &str, at: usize) -> Vec<Completion> {
    let Some(reading) = workspace.reading(path) else { return Vec::new() };
    let cursor = Cursor::new(reading, at);
    let mut list = List {
        workspace,
        path,
        definitions: Definitions::new(workspace),
        wanted: fold(&cursor.prefix),
        cursor: &cursor,
        found: Vec::new(),
    };
    match cursor.inside {
        Inside::Comment => {}
        Inside::Text(_) => list.in_text(),
        Inside::Code => list.in_code(),
    }
    list.found
}

/// The completions that begin as the word does which is being written.
struct List<'a> {
    workspace: &'a Workspace,
    path: &'a str,
    definitions: Definitions,
    cursor: &'a Cursor,
    wanted: String,
    found: Vec<Completion>,
}

impl List<'_> {
    fn in_code(&mut self) {
        let cursor = self.cursor;
        if cursor.line_start && !cursor.asks_for_more() {
            return self.openings();
        }
        match cursor.rule {
            Some(Rule::test_block) => self.test(),
            Some(
                Rule::set_calendar | Rule::set_sendings | Rule::field_block | Rule::constant_block | Rule::set_carry,
            ) => self.setting(),
            Some(Rule::rule_when) if cursor.part() == Part::Head => self.event(),
            _ if cursor.back(0) == "quand" => self.event(),
            _ => match cursor.part() {
                Part::Condition => self.condition(),
                Part::Actions => self.actions(),
                Part::Head => self.head(),
            },
        }
    }

    fn in_text(&mut self) {
        match self.cursor.back(0) {
            "script" => {
                let scripts: Vec<String> = self.workspace.context().scripts.iter().map(|s| s.path.clone()).collect();
                scripts.iter().for_each(|path| self.add(path, CompletionKind::File, "script", ""));
            }
            "inclure" => {
                let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let near = |other: &&str| *other != self.path;
                let others = self.workspace.paths().filter(near).filter_map(|other| other.strip_prefix(folder));
                let others: Vec<String> = others.map(|other| other.trim_start_matches('/').to_owned()).collect();
                others.iter().for_each(|path| self.add(path, CompletionKind::File, "scénarios", ""));
            }
            "alerter" | "transmettre" => self.roles(),
            channel => {
                let channel = channel.to_owned();
                self.templates(&channel);
            }
        }
    }

    /// A completion, if the word being written can become it.
    fn add(&mut self, label: &str, kind: CompletionKind, detail: &str, doc: &str) {
        self.insert(label, kind, detail, doc, label);
    }

    fn insert(&mut self, label: &str, kind: CompletionKind, detail: &str, doc: &str, insert: &str) {
        let folded = fold(label);
        // `encours` finds `client.encours`.
        let begins = folded.starts_with(&self.wanted)
            || folded
                .split_once('.')
                .is_some_and(|(_, name)| !self.wanted.is_empty() && name.starts_with(&self.wanted));
        if !begins || self.found.iter().any(|known| known.label == label) {
            return;
        }
        self.found.push(Completion {
            label: label.to_owned(),
            kind,
            detail: detail.to_owned(),
            doc: doc.to_owned(),
            insert: insert.to_owned(),
            span: self.cursor.span,
        });
    }

    /// The entries of the language for a place.
    fn entries(&mut self, place: Place) {
        let kind = match place {
            Place::Header | Place::Setting | Place::Rule | Place::Test => CompletionKind::Snippet,
            _ => CompletionKind::Keyword,
        };
        let detail = match place {
            Place::Header => "en-tête",
            Place::Setting => "réglage",
            Place::Rule => "règle",
            Place::Action => "action",
            Place::Joint => "suite",
            Place::Condition => "condition",
            Place::Test => "ligne de test",
            Place::Happening => "événement de test",
        };
        for entry in ENTRIES.iter().filter(|entry| entry.place == place) {
            self.insert(entry.words, kind, detail, entry.doc, entry.snippet);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn marks_are_taken_out() {
        assert_eq!(super::plain("à J+${1:15} : ${2:email ${3:courtois}}"), "à J+15 : email courtois");
        assert_eq!(super::plain("champ ${1:nom} : ${2|texte,nombre|}"), "champ nom : texte");
        assert_eq!(super::plain("parmi ($1)$0"), "parmi ()");
    }
}
