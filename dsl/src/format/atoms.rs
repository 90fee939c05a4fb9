//! The words of a block in canonical spelling, with the blanks and line breaks that they accept, from the grammar's pairs.

use super::{literals, words};
use crate::parse::Rule;
use crate::source::Plain;
use crate::span::Span;
use pest::iterators::Pair;

/// Where a line that is too long may be cut, the best places first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Break {
    No,
    /// A line of its own, always: the lines of a test.
    Line,
    /// After `:` or `alors`.
    Body,
    /// Before `puis`, or the `sauf si` of a body.
    Then,
    /// Before `ou`, `sauf si` of a condition.
    Or,
    /// Before `et` of a condition.
    And,
    /// The same, within parentheses.
    Nested,
    /// Before the `et` and `à défaut` of actions.
    Joint,
}

/// A word or value, in canonical form.
#[derive(Debug)]
pub(super) struct Atom {
    pub text: String,
    /// In the original.
    pub place: Span,
    /// Written against what stands before it.
    pub glued: bool,
    pub cut: Break,
    /// An empty line before it, when it begins a line of a test.
    pub blank: bool,
}

impl Atom {
    /// Whether it begins a line whatever the width.
    pub fn line(&self) -> bool {
        self.cut == Break::Line
    }
}

/// The words of a block; `None` when putting one blank between them would join two of them.
pub(super) fn read(pair: Pair<'_, Rule>, plain: &Plain, original: &str, base: usize) -> Option<Vec<Atom>> {
    let mut writer = Writer {
        plain,
        original,
        base,
        read: 0,
        atoms: Vec::new(),
        glue: false,
        cut: Break::No,
        depth: 0,
        spelled: false,
        whole: pair.as_str(),
    };
    writer.walk(pair);
    let whole = writer.whole.len();
    writer.skipped(whole);
    let joined = |pair: &[Atom]| match pair {
        [before, after] => {
            !after.glued
                && before.text.ends_with(|c: char| c.is_ascii_digit())
                && after.text.starts_with(|c: char| c.is_ascii_digit())
        }
        _ => false,
    };
    let many_lines = |atom: &Atom| atom.text.contains(|c| c == '#' || super::pieces::ends_line(c));
    let texts = |atom: &Atom| atom.text.starts_with(['"', '«']);
    let unsafe_text = writer.atoms.iter().any(|atom| many_lines(atom) && !texts(atom));
    let unsafe_pair = writer.atoms.windows(2).any(joined);
    (!unsafe_text && !unsafe_pair).then_some(writer.atoms)
}

struct Writer<'a, 'i> {
    plain: &'a Plain,
    original: &'a str,
    /// Where the block begins in the plain text.
    base: usize,
    /// Bytes of the block that are written.
    read: usize,
    atoms: Vec<Atom>,
    /// The next atom is glued.
    glue: bool,
    /// The next atom may begin a line.
    cut: Break,
    /// Of parentheses.
    depth: usize,
    /// Days are words.
    spelled: bool,
    whole: &'i str,
}

impl<'i> Writer<'_, 'i> {
    fn place(&self, start: usize, end: usize) -> Span {
        let place = self.plain.origin(self.base + start, self.base + end);
        let written = self.original.get(place.start..place.end).unwrap_or_default();
        Span { start: place.start, end: place.start + written.trim_end().len() }
    }

    fn written(&self, place: Span) -> &str {
        self.original.get(place.start..place.end).unwrap_or_default()
    }

    /// Words that the grammar reads without naming them.
    fn skipped(&mut self, until: usize) {
        let skipped = self.whole.get(self.read..until).unwrap_or_default();
        let words = skipped.trim();
        if words.is_empty() {
            return;
        }
        let start = self.read + (skipped.len() - skipped.trim_start().len());
        let text = words::keyword(words).unwrap_or(words).to_owned();
        self.atom(start, start + words.len(), text);
    }

    fn atom(&mut self, start: usize, end: usize, text: String) {
        let place = self.place(start, end);
        self.atoms.push(Atom { text, place, glued: self.glue, cut: self.cut, blank: false });
        self.read = end;
        self.glue = false;
        self.cut = Break::No;
    }

    fn push(&mut self, pair: &Pair<'i, Rule>, text: impl Into<String>) {
        let span = pair.as_span();
        let end = span.start() + pair.as_str().trim_end().len();
        self.skipped(span.start());
        self.atom(span.start(), end, text.into());
    }

    fn as_written(&mut self, pair: &Pair<'i, Rule>) {
        let span = pair.as_span();
        let place = self.place(span.start(), span.start() + pair.as_str().trim_end().len());
        let text = self.written(place).to_owned();
        self.push(pair, text);
    }

    fn within(&mut self, pair: Pair<'i, Rule>) {
        for part in pair.into_inner() {
            self.walk(part);
        }
    }

    fn walk(&mut self, pair: Pair<'i, Rule>) {
        if let Some(text) = literals::literal(&pair, self.spelled) {
            return self.push(&pair, text);
        }
        match pair.as_rule() {
            Rule::EOI => {}
            Rule::text => {
                let span = pair.as_span();
                let text = literals::text(self.written(self.place(span.start(), span.end())));
                self.push(&pair, text);
            }
            Rule::header_name => self.as_written(&pair),
            Rule::word => match words::fact(pair.as_str()) {
                Some(fact) => self.push(&pair, fact),
                None => self.as_written(&pair),
            },
            Rule::event_word => match words::event(pair.as_str()) {
                Some(word) => self.push(&pair, word),
                None => self.as_written(&pair),
            },
            Rule::field_type => self.field_type(pair),
            Rule::test_word => self.test_word(pair),
            Rule::test_end => {
                self.cut = Break::Line;
                for part in pair.into_inner() {
                    match part.as_str() {
                        "soldee" => self.push(&part, "soldée"),
                        _ => self.walk(part),
                    }
                }
            }
            Rule::test_with
            | Rule::test_invoice
            | Rule::test_client
            | Rule::test_people
            | Rule::test_day
            | Rule::test_then => {
                self.cut = Break::Line;
                self.within(pair);
            }
            Rule::rule_every | Rule::every => self.every(pair),
            Rule::and_expr | Rule::or_expr => {
                for part in pair.into_inner() {
                    match part.as_rule() {
                        Rule::kw_ou => self.cut = self.condition(Break::Or),
                        Rule::kw_et => self.cut = self.condition(Break::And),
                        _ => {}
                    }
                    self.walk(part);
                }
            }
            Rule::unless_mark => {
                if self.cut == Break::No {
                    self.cut = self.condition(Break::Or);
                }
                self.within(pair);
            }
            Rule::body => {
                self.cut = Break::Body;
                for part in pair.into_inner() {
                    if part.as_rule() == Rule::unless {
                        self.cut = Break::Then;
                    }
                    self.walk(part);
                }
            }
            Rule::then => {
                self.cut = Break::Then;
                self.within(pair);
            }
            Rule::stage => {
                for part in pair.into_inner() {
                    if part.as_rule() == Rule::kw_et {
                        self.cut = Break::Joint;
                    }
                    self.walk(part);
                }
            }
            Rule::fallback => {
                self.cut = Break::Joint;
                self.within(pair);
            }
            Rule::call => self.call(pair),
            Rule::open => {
                self.push(&pair, "(");
                self.glue = true;
            }
            Rule::close => {
                self.glue = true;
                self.push(&pair, ")");
            }
            Rule::comma => {
                self.glue = true;
                self.push(&pair, ",");
            }
            Rule::paren | Rule::among => {
                self.depth += 1;
                self.within(pair);
                self.depth -= 1;
            }
            Rule::negative => {
                self.push(&pair, "-");
                self.glue = true;
            }
            Rule::op_ne => self.push(&pair, "≠"),
            Rule::kw_envois => self.push(&pair, "envois"),
            Rule::set_selection => {
                for part in pair.into_inner() {
                    match part.as_rule() {
                        Rule::kw_ou => self.push(&part, "où"),
                        _ => self.walk(part),
                    }
                }
            }
            _ => self.other(pair),
        }
    }

    /// Most pairs: their parts, or the word that they are.
    fn other(&mut self, pair: Pair<'i, Rule>) {
        if pair.clone().into_inner().next().is_some() {
            return self.within(pair);
        }
        let folded = pair.as_str().trim();
        if folded.is_empty() {
            return;
        }
        // Whatever else the grammar may come to name is written as it was.
        let is_word = format!("{:?}", pair.as_rule()).starts_with("kw_");
        match words::keyword(folded).filter(|_| is_word) {
            Some(word) => self.push(&pair, word),
            None if is_word || pair.as_rule() == Rule::day || !folded.contains(char::is_alphanumeric) => {
                self.push(&pair, folded);
            }
            None => self.as_written(&pair),
        }
    }

    fn condition(&self, cut: Break) -> Break {
        if self.depth == 0 { cut } else { Break::Nested }
    }

    fn call(&mut self, pair: Pair<'i, Rule>) {
        self.depth += 1;
        for part in pair.into_inner() {
            self.glue |= part.as_rule() == Rule::open;
            self.walk(part);
        }
        self.depth -= 1;
    }

    /// `oui/non`, or a word.
    fn field_type(&mut self, pair: Pair<'i, Rule>) {
        let parts: Vec<Pair<'i, Rule>> = pair.into_inner().collect();
        for (i, part) in parts.iter().enumerate() {
            self.glue = i > 0;
            match words::field_type(part.as_str()) {
                Some(word) => self.push(part, word),
                None if part.as_rule() == Rule::any_name => self.as_written(part),
                None => self.push(part, part.as_str().trim()),
            }
        }
    }

    fn test_word(&mut self, pair: Pair<'i, Rule>) {
        let Some(part) = pair.into_inner().next() else { return };
        if part.as_rule() != Rule::any_name {
            return self.walk(part);
        }
        let before = self.atoms.last().map_or("", |atom| atom.text.as_str());
        match words::of_test(part.as_str(), before) {
            Some(word) => self.push(&part, word),
            None => self.as_written(&part),
        }
    }

    /// `tous les 3 jours`, `toutes les 2 semaines`.
    fn every(&mut self, pair: Pair<'i, Rule>) {
        let weeks = |part: Pair<'i, Rule>| {
            part.as_rule() == Rule::duration && part.into_inner().any(|unit| unit.as_rule() == Rule::unit_week)
        };
        let weeks = pair.clone().into_inner().any(weeks);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::kw_tous => self.push(&part, if weeks { "toutes" } else { "tous" }),
                Rule::duration => {
                    self.spelled = true;
                    self.walk(part);
                    self.spelled = false;
                }
                _ => self.walk(part),
            }
        }
    }
}
