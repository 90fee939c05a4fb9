//! After a mistake is told, the block is mended and read again, so that the rest of it is checked too: what the diagnostic
//! proposes is put in, or else the wrong words give way to a mark that the grammar takes and the checks pass over.

use super::Rule;
use super::expected::Failure;
use super::misplaced::COMPARATIVES;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::keywords;
use crate::lex::{Kind, LOST_ACTION, LOST_NAME, LOST_VALUE};
use crate::source::Edit;
use crate::span::Span;
use relance_core::schema::{Fact, fold};
use std::ops::Range;

/// How a block is made readable.
#[derive(Default)]
pub(super) struct Mend {
    /// In order.
    pub edits: Vec<Edit>,
    /// The byte, before the edits, from which the text is blocks of its own.
    pub opens_at: Option<usize>,
    /// The block is then read as this.
    pub rule: Option<Rule>,
}

impl Failure<'_> {
    /// Mends what `found` tells; `None` when the block must be given up.
    pub fn mend(&self, found: &Diagnostic) -> Option<Mend> {
        let mends = self.is_rule() || matches!(self.chunk.rule, None | Some(Rule::segment_block | Rule::set_selection));
        if !mends {
            return self.header_line(found);
        }
        let span = found.place()?.span;
        if let (Some(fix), Some(words)) = (&found.fix, self.tokens_in(span)) {
            return Some(self.apply(&fold(fix), words));
        }
        if self.chunk.rule.is_none() {
            return self.without_opening();
        }
        let i = self.position();
        match i == self.tokens.len() {
            true => self.complete(),
            false if self.in_actions(i) => Some(self.action_word(i)),
            false => Some(self.head_word(i)),
        }
    }

    /// A header ends with its line: what follows is none of it. What a fix mends in it is mended.
    fn header_line(&self, found: &Diagnostic) -> Option<Mend> {
        if !self.chunk.rule.is_some_and(crate::chunk::is_header) {
            return None;
        }
        let i = self.position();
        if i >= 2 && self.tokens.get(i).is_some_and(|token| token.first) {
            return Some(self.open(i..i, ""));
        }
        let words = self.tokens_in(found.place()?.span)?;
        let fix = found.fix.as_ref()?;
        Some(self.replace(words, &fold(fix)))
    }

    /// Nothing opens the block: what it does is checked all the same.
    fn without_opening(&self) -> Option<Mend> {
        let acts = |i: &usize| keywords::is_action(self.word(*i));
        let lead = format!("si {LOST_VALUE} alors ");
        if acts(&0) {
            return Some(Mend { rule: Some(Rule::rule_if), ..self.insert(0, &lead) });
        }
        if let Some(separator) = self.separator_place() {
            return Some(Mend { rule: Some(Rule::rule_if), ..self.replace(0..separator + 1, &lead) });
        }
        let action = (0..self.tokens.len()).find(acts).filter(|_| self.lacks_colon())?;
        let opens_at = self.tokens.first().map(|token| token.start);
        Some(Mend { opens_at, ..self.insert(action, ": ") })
    }

    /// Replaces the whole side of the rule in which the grammar stopped; the other one is still read.
    pub fn give_up_side(&self) -> Option<Mend> {
        let i = self.position();
        let length = self.tokens.len();
        let Some(separator) = self.separator_place().filter(|_| self.is_rule()) else {
            let from = match self.chunk.rule {
                Some(Rule::set_selection) if self.word(3) == "ou" => 4,
                Some(Rule::segment_block) if self.word(2) == ":" => 3,
                _ => return None,
            };
            return (from < length).then(|| self.replace(from..length, LOST_VALUE));
        };
        if i > separator && separator + 1 < length {
            return Some(self.replace(separator + 1..length, LOST_ACTION));
        }
        let head = self.replace(0..separator + 1, &format!("si {LOST_VALUE} alors "));
        Some(Mend { rule: Some(Rule::rule_if), ..head })
    }

    /// A sign that was refused and taken away here explains the failure better than the grammar could.
    pub fn told_before(&self, sink: &Sink<'_>) -> bool {
        let i = self.position();
        let from = self.span(i.saturating_sub(1)).start;
        let to = if i < self.tokens.len() { self.span(i).end } else { usize::MAX };
        let sign = |code: Code| {
            matches!(code, Code::UnexpectedCharacter | Code::UnclosedQuote | Code::Braces | Code::ControlCharacter)
        };
        let here = |found: &Diagnostic| found.place().is_some_and(|l| from <= l.span.start && l.span.start < to);
        let last = self.span(self.tokens.len().saturating_sub(1)).end;
        sink.found.iter().any(|found| {
            // At the end of the block, only what stands in it.
            sign(found.code) && here(found) && (to < usize::MAX || found.place().is_some_and(|l| l.span.start < last))
        })
    }

    /// The token at which the grammar stopped.
    pub fn position(&self) -> usize {
        self.tokens.iter().position(|token| token.end > self.at).unwrap_or(self.tokens.len())
    }

    pub(super) fn separator_place(&self) -> Option<usize> {
        let bare_else = self.chunk.rule == Some(Rule::rule_else) && self.word(1) != "si";
        let found = (0..self.tokens.len()).find(|i| matches!(self.word(*i), "alors" | ":"));
        if bare_else { Some(found.filter(|i| *i == 1).unwrap_or(0)) } else { found }
    }

    fn in_actions(&self, i: usize) -> bool {
        self.is_rule() && self.separator_place().is_some_and(|separator| separator < i)
    }

    fn tokens_in(&self, span: Span) -> Option<Range<usize>> {
        let inside = |i: &usize| {
            let at = self.span(*i).start;
            span.start <= at && at < span.end
        };
        let first = (0..self.tokens.len()).find(inside)?;
        let last = (first..self.tokens.len()).take_while(inside).last()?;
        Some(first..last + 1)
    }

    pub(super) fn replace(&self, words: Range<usize>, text: &str) -> Mend {
        let end = words.end.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(0, |token| token.end);
        let start = self.tokens.get(words.start).map_or(end, |token| token.start);
        // A blank in the place of what goes keeps the end of the word before.
        let mut text = if text.is_empty() { " ".to_owned() } else { text.to_owned() };
        // `15j, email` with `alors` for its comma.
        let letter = |c: char| c.is_alphanumeric();
        if text.starts_with(letter) && self.plain.text.get(..start).is_some_and(|before| before.ends_with(letter)) {
            text.insert(0, ' ');
        }
        if text.ends_with(letter) && self.plain.text.get(end..).is_some_and(|after| after.starts_with(letter)) {
            text.push(' ');
        }
        Mend { edits: vec![Edit { start, end: end.max(start), text }], ..Mend::default() }
    }

    fn insert(&self, i: usize, text: &str) -> Mend {
        let end = self.tokens.last().map_or(0, |token| token.end);
        let at = self.tokens.get(i).map_or(end, |token| token.start);
        Mend { edits: vec![Edit { start: at, end: at, text: text.to_owned() }], ..Mend::default() }
    }

    fn append(&self, text: &str) -> Mend {
        self.insert(self.tokens.len(), &format!(" {text}"))
    }

    /// From this token on, a block of its own.
    pub(super) fn open(&self, words: Range<usize>, text: &str) -> Mend {
        let opens_at = self.tokens.get(words.start).map(|token| token.start);
        Mend { opens_at, ..self.replace(words, text) }
    }

    /// Puts the proposed words in the place of the wrong ones.
    fn apply(&self, fix: &str, words: Range<usize>) -> Mend {
        // What is only put before the words leaves them where they are.
        let edit = self.replace(words.clone(), "").edits;
        let said = edit.first().and_then(|edit| self.plain.text.get(edit.start..edit.end)).unwrap_or_default();
        if let Some(lead) = fix.strip_suffix(said).filter(|lead| !lead.is_empty() && !said.is_empty()) {
            let opens_at = self.tokens.get(words.start).map(|token| token.start).filter(|_| self.chunk.rule.is_none());
            return Mend { opens_at, ..self.insert(words.start, lead) };
        }
        let opens = keywords::OPENINGS.iter().any(|opening| fold(opening) == fix);
        let begins = self.tokens.get(words.start).is_some_and(|token| token.first);
        if self.chunk.rule.is_none() || (opens && begins && words.start > 0) {
            return self.open(words, fix);
        }
        let before = words.start.checked_sub(1).map_or("", |last| self.word(last));
        let joined = matches!(before, "alors" | ":" | "puis" | "et" | "defaut" | "sinon");
        if begins && keywords::is_action(fix) && !joined {
            return self.replace(words, &format!("puis {fix}"));
        }
        self.replace(words, fix)
    }

    fn is_joint(&self, i: usize) -> bool {
        matches!(self.word(i), "puis" | "et")
    }

    /// At the end of the block.
    fn complete(&self) -> Option<Mend> {
        let last = self.tokens.len().checked_sub(1)?;
        let wants_value = self.expects(Rule::sum)
            || self.list().is_some_and(|list| list.contains("une valeur") || list.contains("une condition"));
        if self.in_actions(last) {
            if self.word(last) == "defaut" {
                return Some(self.replace(last.saturating_sub(1)..last + 1, ""));
            }
            if self.is_joint(last) {
                return Some(self.replace(last..last + 1, ""));
            }
            return Some(self.replace(self.action_start(last)..last + 1, LOST_ACTION));
        }
        if !self.is_rule() {
            return Some(self.append(LOST_VALUE));
        }
        if self.separator_place() == Some(last) {
            return Some(self.append(LOST_ACTION));
        }
        let value = if wants_value { LOST_VALUE } else { "" };
        Some(self.append(&format!("{value} {} {LOST_ACTION}", self.separator())))
    }

    /// The first word of the action that `i` belongs to.
    fn action_start(&self, i: usize) -> usize {
        let begins = |k: &usize| matches!(self.word(k - 1), "puis" | "et" | "alors" | ":" | "defaut" | "," | "sinon");
        (1..=i).rev().find(begins).unwrap_or(i)
    }

    /// A run of names from `i` on.
    fn names(&self, i: usize) -> usize {
        let goes_on = |k: &usize| self.is_name(*k) && !self.tokens.get(*k).is_some_and(|token| token.first);
        (i..self.tokens.len()).take_while(goes_on).last().map_or(i, |last| last + 1)
    }

    /// A word among the actions; one stands before it.
    fn action_word(&self, i: usize) -> Mend {
        let before = self.word(i.saturating_sub(1));
        let text = self.word(i);
        let next = self.word(i + 1);
        if self.swallowed_line(i) {
            return self.lost_line(i - 1);
        }
        if before == "a" && i >= 2 && self.word(i - 2) == "aller" {
            return self.insert(i, &format!("{LOST_NAME} "));
        }
        let action_place = matches!(before, "alors" | ":" | "puis" | "et" | "defaut" | "sinon");
        if matches!(before, "puis" | "et") && matches!(text, "si" | "quand" | "sinon" | "des" | "a") {
            let mend = self.open(i..i, "");
            let joint = self.replace(i - 1..i, "");
            return Mend { edits: joint.edits, ..mend };
        }
        if text == "," {
            let stop = self.stop(i + 1);
            let acts = |k: usize| keywords::meant_action(self.word(k)).is_some() || keywords::is_action(self.word(k));
            if (i + 1..stop).next().is_some() && !(i + 1..stop).any(acts) {
                return self.replace(i..stop, "");
            }
            let joins = i + 1 < self.tokens.len() && !matches!(next, "puis" | "et" | "," | "a");
            return self.replace(i..i + 1, if joins { " puis " } else { "" });
        }
        if text == ":" {
            return self.replace(i..i + 1, " puis ");
        }
        if action_place {
            let stop = self.stop(i);
            if let Some(verb) = (i + 1..stop).find(|k| keywords::is_action(self.word(*k))) {
                return self.replace(i..verb, "");
            }
            if stop == i {
                return self.replace(i..i + 1, "");
            }
            return self.replace(i..stop, LOST_ACTION);
        }
        if keywords::is_action(text) {
            return self.insert(i, "puis ");
        }
        let first = |k: usize| self.tokens.get(k).is_some_and(|token| token.first);
        if first(i) && self.tokens.get(i).is_some_and(|token| token.kind == Kind::Word) {
            return self.lost_line(i);
        }
        if self.is_name(i) && self.is_name(i - 1) {
            return self.replace(i - 1..self.names(i), LOST_NAME);
        }
        // What stands before it is whole, and is still checked.
        let whole = self.is_name(i - 1) || self.tokens.get(i - 1).is_some_and(|token| token.kind == Kind::Text);
        let (from, mark) = if whole { (i, "") } else { (self.action_start(i), LOST_ACTION) };
        self.replace(from..self.stop(i).max(i + 1), mark)
    }

    /// A line that opens nothing: passed over, unless it looks like a rule.
    fn lost_line(&self, i: usize) -> Mend {
        if (i..self.tokens.len()).any(|k| self.word(k) == "alors") {
            return self.open(i..i + 1, "si");
        }
        let next = (i + 1..self.tokens.len()).find(|k| self.tokens.get(*k).is_some_and(|token| token.first));
        self.replace(i..next.unwrap_or(self.tokens.len()), "")
    }

    fn head_word(&self, i: usize) -> Mend {
        let last = i.saturating_sub(1);
        let (before, text) = (self.word(last), self.word(i));
        if self.chunk.rule == Some(Rule::rule_rung) && i == 1 {
            let end = if matches!(self.word(2), "j" | "jour" | "jours") { 3 } else { 2 };
            return self.replace(1..end, &format!("j+{text}"));
        }
        if matches!(before, "et" | "ou" | "si") && matches!(text, "si" | "que") {
            return self.replace(i..i + 1, "");
        }
        if before == "parmi" {
            return self.listed(i);
        }
        if self.lacks_separator() && self.is_rule() && matches!(text, "puis" | ",") && i + 1 < self.tokens.len() {
            return self.replace(i..i + 1, &format!(" {} ", self.separator()));
        }
        if self.chunk.rule == Some(Rule::set_selection) && i < 3 {
            return self.replace(i..i + 1, if text == "toutes" { "" } else { LOST_VALUE });
        }
        let expected: Vec<&str> = self.expected.iter().filter_map(|rule| super::expected::keyword_of(*rule)).collect();
        if let ([only], true) = (expected.as_slice(), self.expected.len() == 1) {
            return self.insert(i, &format!("{} ", fold(only)));
        }
        if self.tokens.get(i).is_some_and(|token| token.first) && self.is_name(i) && !self.wants_value() {
            return self.lost_line(i);
        }
        if self.is_rule() && self.lacks_separator() && self.is_name(i) && !self.is_name(last) && !self.wants_value() {
            return self.insert(i, &format!("{} ", self.separator()));
        }
        if (self.is_name(i) || text == "segment") && self.is_name(last) && i > 0 {
            if let Some((_, sign)) = COMPARATIVES.iter().find(|(said, _)| text.starts_with(said)) {
                let filler = ["ou", "egal", "egale", "a", "au", "de", "que", "grand", "petit", "strictement"];
                let end = (i + 1..self.tokens.len()).find(|k| !filler.contains(&self.word(*k)));
                return self.replace(i..end.unwrap_or(i + 1), &fold(sign).replace('≠', "<>"));
            }
            if matches!(before, "le" | "la" | "les" | "un" | "une") {
                let compares = self.tokens.get(i + 1).is_some_and(|token| token.kind == Kind::Sign)
                    || matches!(self.word(i + 1), "est" | "n'est" | "parmi" | "entre");
                if Fact::find(text).is_some() && compares {
                    return self.replace(last..i, "");
                }
                return self.lost_comparison(i);
            }
            return self.replace(last..self.names(i), LOST_VALUE);
        }
        if self.wants_value() {
            let sign = matches!(text, "=" | "<" | ">" | "<=" | ">=" | "<>" | "," | "*" | "/" | "+");
            return if sign { self.replace(i..i + 1, "") } else { self.insert(i, &format!("{LOST_VALUE} ")) };
        }
        self.lost_comparison(i)
    }

    fn wants_value(&self) -> bool {
        self.list().is_some_and(|list| matches!(list.as_str(), "une condition" | "une valeur"))
    }

    /// Passes over everything between two joints of a condition.
    fn lost_comparison(&self, i: usize) -> Mend {
        let joint = |k: &usize| {
            matches!(self.word(*k), "et" | "ou" | "alors" | ":" | "si" | "non" | "que" | "sauf" | "(" | ")")
        };
        let from = (0..i).rev().find(joint).map_or(0, |k| k + 1);
        let to = (i..self.tokens.len()).find(|k| joint(k) || keywords::is_action(self.word(*k)));
        let to = to.unwrap_or(self.tokens.len());
        if from == 0 || to <= from {
            let ends = matches!(self.word(i), "alors" | ":") || keywords::is_action(self.word(i));
            return if ends { self.insert(i, &format!("{LOST_VALUE} ")) } else { self.replace(i..i + 1, "") };
        }
        self.replace(from..to, LOST_VALUE)
    }

    /// `parmi vip, public`.
    fn listed(&self, i: usize) -> Mend {
        let mut end = i + 1;
        while self.word(end) == "," && end + 1 < self.tokens.len() {
            end += 2;
        }
        let mut mend = self.insert(i, "(");
        if let Some(token) = self.tokens.get(end - 1) {
            mend.edits.push(Edit { start: token.end, end: token.end, text: ")".to_owned() });
        }
        mend
    }
}
