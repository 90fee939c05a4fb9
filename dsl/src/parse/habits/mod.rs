//! What people write by habit and the language says otherwise: recognised as a whole, so that one habit gives one message, with
//! what to write instead. Looked for only in blocks that the grammar has refused: nothing here can touch a file that is right.

mod actions;
mod conditions;
mod lines;
mod settings;

use super::expected::Failure;
use super::mend::Mend;
use super::{MAX_TOKENS, Rule};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::keywords;
use crate::lex::Kind;
use crate::source::Edit;
use relance_core::schema::fold;
use std::ops::Range;

/// A habit found in a block.
struct Habit {
    /// Its tokens.
    words: Range<usize>,
    code: Code,
    message: String,
    help: String,
    /// What is proposed in its place; empty to take it away.
    fix: Option<String>,
    /// What the block is read with, when it is not the fix.
    mend: Option<String>,
    /// The block is then read as this.
    rule: Option<Rule>,
    /// From this token on, the words are a condition; the mark stands for what it decides.
    around: Option<(usize, &'static str)>,
    /// The words stay; a parenthesis opens before them and closes after.
    parenthesised: bool,
}

impl Habit {
    /// Words that are written otherwise.
    fn otherwise(words: Range<usize>, message: impl Into<String>, fix: impl Into<String>) -> Habit {
        let fix = fix.into();
        let help = match fix.is_empty() {
            true => "supprimez-le".to_owned(),
            false => format!("écrivez `{fix}`"),
        };
        let message = message.into();
        Habit {
            words,
            code: Code::UnexpectedWord,
            message,
            help,
            fix: Some(fix),
            mend: None,
            rule: None,
            around: None,
            parenthesised: false,
        }
    }

    /// Words for which nothing can be proposed; `mend` stands for them.
    fn unclear(words: Range<usize>, message: impl Into<String>, mend: &str) -> Habit {
        Habit { fix: None, mend: Some(mend.to_owned()), ..Habit::otherwise(words, message, "") }
    }

    fn code(self, code: Code) -> Habit {
        Habit { code, ..self }
    }

    fn help(self, help: impl Into<String>) -> Habit {
        Habit { help: help.into(), ..self }
    }
}

/// Where a token stands in its block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Zone {
    /// In a header, or before anything that can be read.
    Other,
    Setting,
    /// Before `alors` or `:`, or in a selection or the definition of a segment.
    Head,
    /// After it.
    Actions,
}

impl Failure<'_> {
    /// The first habit of the block, with its mend.
    pub fn habit(&self, sink: &Sink<'_>) -> Option<(Diagnostic, Mend)> {
        if self.chunk.rule == Some(Rule::test_block) || self.tokens.len() > MAX_TOKENS {
            return None;
        }
        // Without a separator, the actions begin with the first verb.
        let verb = || (1..self.tokens.len()).find(|k| keywords::is_action(self.word(*k))).map(|k| k - 1);
        let separator = self.separator_place().or_else(verb);
        let found = (0..self.tokens.len()).find_map(|i| self.habit_at(i, self.zone(i, separator)))?;
        let span = self.span(found.words.start).to(self.span(found.words.end.saturating_sub(1)));
        let mut diagnostic = sink.report(found.code, found.message, span).help(found.help);
        if let Some(fix) = &found.fix {
            diagnostic = diagnostic.fix(fix.clone());
        }
        if let Some((condition, mark)) = found.around {
            let mut edits = self.replace(0..condition + 1, "si ").edits;
            edits.extend(self.replace(found.words.end..found.words.end, &format!(" alors {mark} ")).edits);
            return Some((diagnostic, Mend { edits, rule: Some(Rule::rule_if), ..Mend::default() }));
        }
        if found.parenthesised {
            let place = |i: usize| self.tokens.get(i);
            let (from, to) = (place(found.words.start)?.start, place(found.words.end.checked_sub(1)?)?.end);
            let edit = |at: usize, text: &str| Edit { start: at, end: at, text: text.to_owned() };
            return Some((diagnostic, Mend { edits: vec![edit(from, "("), edit(to, ")")], ..Mend::default() }));
        }
        let text = found.mend.or(found.fix).map(|text| fold(&text).replace('≠', "<>")).unwrap_or_default();
        let text = format!(" {text} ");
        // What begins a line may open a block of its own.
        let opens = found.rule.is_none()
            && self.tokens.get(found.words.start).is_some_and(|token| token.first)
            && !self.is_setting_or_header(found.words.start);
        let mend = if opens { self.open(found.words, text.trim_start()) } else { self.replace(found.words, &text) };
        Some((diagnostic, Mend { rule: found.rule, ..mend }))
    }

    fn habit_at(&self, i: usize, zone: Zone) -> Option<Habit> {
        let first = self.tokens.get(i).is_some_and(|token| token.first);
        let line = if first { self.line_habit(i) } else { None };
        line.or_else(|| match zone {
            Zone::Head => self.condition_habit(i),
            Zone::Actions => self.action_habit(i),
            Zone::Setting => self.setting_habit(i),
            Zone::Other => None,
        })
        .or_else(|| self.header_habit(i))
        .or_else(|| if zone == Zone::Other { None } else { self.sign_habit(i, zone) })
    }

    fn is_setting_or_header(&self, start: usize) -> bool {
        start == 0 && self.chunk.rule.is_some() && !self.is_rule()
    }

    fn zone(&self, i: usize, separator: Option<usize>) -> Zone {
        match self.chunk.rule {
            Some(Rule::set_selection) => {
                if self.word(3) == "ou" && i > 3 {
                    Zone::Head
                } else {
                    Zone::Setting
                }
            }
            Some(Rule::segment_block) => Zone::Head,
            None => Zone::Other,
            Some(rule) if crate::chunk::is_header(rule) => Zone::Other,
            Some(_) if !self.is_rule() => Zone::Setting,
            Some(_) => match separator {
                Some(separator) if i > separator => Zone::Actions,
                Some(_) => Zone::Head,
                None => Zone::Head,
            },
        }
    }

    fn is_number(&self, i: usize) -> bool {
        self.tokens.get(i).is_some_and(|token| token.kind == Kind::Number)
    }

    /// A name as it was written: what replaces a sign that is told is none.
    fn is_written_name(&self, i: usize) -> bool {
        self.is_name(i) && self.written(i).starts_with(|c: char| c.is_alphabetic() || c == '_')
    }

    fn is_first(&self, i: usize) -> bool {
        self.tokens.get(i).is_none_or(|token| token.first)
    }

    /// Whether a token follows the one before it without a blank.
    fn glued(&self, i: usize) -> bool {
        i > 0 && self.tokens.get(i - 1).map(|token| token.end) == self.tokens.get(i).map(|token| token.start)
    }

    /// What the tokens say, as written, with single blanks.
    fn said(&self, words: Range<usize>) -> String {
        let span = self.span(words.start).to(self.span(words.end.saturating_sub(1)));
        let said = self.original.get(span.start..span.end).unwrap_or_default();
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The end of a pattern that begins at `i`: words by blanks, `a|b` for either, `a*` for a beginning, `#` for a number.
    fn matches(&self, i: usize, pattern: &str) -> Option<usize> {
        let mut at = i;
        for part in pattern.split(' ') {
            let fits = |choice: &str| match choice.strip_suffix('*') {
                Some(beginning) => self.word(at).starts_with(beginning),
                None if choice == "#" => self.is_number(at),
                None => self.word(at) == choice,
            };
            let elsewhere = at > i && self.is_first(at);
            if at >= self.tokens.len() || elsewhere || !part.split('|').any(fits) {
                return None;
            }
            at += 1;
        }
        Some(at)
    }

    /// The first of the patterns that begins at `i`, where it ends, and what it stands for.
    fn listed_habit<'t>(&self, i: usize, table: &'t [(&str, &str)]) -> Option<(usize, &'t str)> {
        table.iter().find_map(|(pattern, instead)| Some((self.matches(i, pattern)?, *instead)))
    }
}

/// Day of the week, in full.
fn is_weekday(word: &str) -> bool {
    let word = word.strip_suffix('s').unwrap_or(word);
    matches!(word, "lundi" | "mardi" | "mercredi" | "jeudi" | "vendredi" | "samedi" | "dimanche")
}
