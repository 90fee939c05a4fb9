//! What a template says, and under which conditions: its mentions, read from the syntax tree without rendering anything.

mod when;
mod words;

use super::language::Lang;
use minijinja::machinery::Span;
use minijinja::machinery::ast::{CallArg, Expr, Stmt};
use relance_core::machine;
use relance_core::proof::{Mention, Said, Words};

/// A text of a template: its syntax tree, once for each part.
pub(super) struct Reader<'s> {
    /// The lines of the file.
    lines: Vec<&'s str>,
    /// The message is about several invoices.
    several: bool,
    lang: Lang,
    /// What must hold for the place that is read to be written.
    path: Vec<machine::Expr>,
    /// Names that the template gives, and what they stand for, the innermost last.
    names: Vec<(String, String)>,
    said: Vec<Said>,
}

/// The invoices of a loop, which are not the one that decides when there are several.
const EACH: &str = "factures[]";

impl<'s> Reader<'s> {
    pub fn new(text: &'s str, several: bool, lang: Lang) -> Reader<'s> {
        Reader { lines: text.lines().collect(), several, lang, path: Vec::new(), names: Vec::new(), said: Vec::new() }
    }

    /// What was found, each once.
    pub fn said(self) -> Vec<Said> {
        self.said
    }

    pub fn read(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(template) => self.block(&template.children),
            Stmt::EmitRaw(raw) => self.text(raw.raw, usize::from(raw.span().start_line)),
            Stmt::EmitExpr(emit) => self.written(&emit.expr),
            Stmt::ForLoop(each) => {
                let element = match self.name_of(&each.iter).as_deref() {
                    Some("factures") => EACH.to_owned(),
                    _ => String::new(),
                };
                self.bound(&each.target, element, |reader| reader.block(&each.body));
                self.block(&each.else_body);
            }
            Stmt::IfCond(condition) => {
                for (body, holds) in [(&condition.true_body, true), (&condition.false_body, false)] {
                    self.under(&condition.expr, holds, |reader| reader.block(body));
                }
            }
            Stmt::WithBlock(with) => {
                let before = self.names.len();
                for (target, value) in &with.assignments {
                    self.assign(target, value);
                }
                self.block(&with.body);
                self.names.truncate(before);
            }
            Stmt::Set(set) => self.assign(&set.target, &set.expr),
            Stmt::SetBlock(set) => self.block(&set.body),
            Stmt::FilterBlock(block) => self.block(&block.body),
            Stmt::AutoEscape(_) | Stmt::Do(_) => {}
        }
    }

    fn block(&mut self, body: &[Stmt<'_>]) {
        body.iter().for_each(|child| self.read(child));
    }

    /// Reads a part of the text that is written when a condition holds, or when it does not.
    fn under(&mut self, condition: &Expr<'_>, holds: bool, read: impl FnOnce(&mut Self)) {
        let before = self.path.len();
        self.path.extend(when::may(self, condition, holds));
        read(self);
        self.path.truncate(before);
    }

    fn bound(&mut self, target: &Expr<'_>, meaning: String, read: impl FnOnce(&mut Self)) {
        let before = self.names.len();
        if let Expr::Var(var) = target {
            self.names.push((var.id.to_owned(), meaning));
        }
        read(self);
        self.names.truncate(before);
    }

    /// A name for a value; a name for a text says it where it stands.
    fn assign(&mut self, target: &Expr<'_>, value: &Expr<'_>) {
        let meaning = self.name_of(value);
        if meaning.is_none() {
            self.written(value);
        }
        if let Expr::Var(var) = target {
            self.names.push((var.id.to_owned(), meaning.unwrap_or_default()));
        }
    }

    /// `facture.numero`, whatever the template calls it.
    fn name_of(&self, expr: &Expr<'_>) -> Option<String> {
        match expr {
            Expr::Var(var) => {
                let own = self.names.iter().rev().find(|(name, _)| name == var.id);
                Some(own.map_or_else(|| var.id.to_owned(), |(_, meaning)| meaning.clone()))
            }
            Expr::GetAttr(get) => Some(format!("{}.{}", self.name_of(&get.expr)?, get.name)),
            Expr::GetItem(get) => {
                let owner = self.name_of(&get.expr)?;
                match get.subscript_expr.as_const() {
                    _ if owner == "factures" => Some(EACH.to_owned()),
                    Some(key) => Some(format!("{owner}.{}", key.as_str()?)),
                    None => None,
                }
            }
            Expr::Filter(filter) if matches!(filter.name, "premier" | "dernier") => {
                let list = self.name_of(filter.expr.as_ref()?)?;
                (list == "factures").then(|| EACH.to_owned())
            }
            _ => None,
        }
    }

    /// An expression whose value is written.
    fn written(&mut self, expr: &Expr<'_>) {
        if let Some(name) = self.name_of(expr) {
            return self.say(words::of_variable(&name), expr.span());
        }
        match expr {
            Expr::Const(constant) => {
                if let Some(text) = constant.value.as_str() {
                    self.text(text, usize::from(expr.span().start_line));
                }
            }
            Expr::Filter(filter) => {
                if let Some(inner) = &filter.expr {
                    self.written(inner);
                }
                if filter.name == "plus_jours" {
                    self.say(Some(Mention::Deadline), filter.span());
                }
                for arg in &filter.args {
                    if let CallArg::Pos(arg) = arg {
                        self.written(arg);
                    }
                }
            }
            Expr::BinOp(binary) => {
                self.written(&binary.left);
                self.written(&binary.right);
            }
            Expr::IfExpr(choice) => {
                self.under(&choice.test_expr, true, |reader| reader.written(&choice.true_expr));
                if let Some(other) = &choice.false_expr {
                    self.under(&choice.test_expr, false, |reader| reader.written(other));
                }
            }
            _ => {}
        }
    }

    fn say(&mut self, what: Option<Mention>, span: Span) {
        let from = usize::from(span.start_col) + 1;
        let to = if span.end_line == span.start_line { usize::from(span.end_col) + 1 } else { from + 1 };
        if let Some(what) = what {
            self.add(what, Words { line: usize::from(span.start_line), from, to });
        }
    }

    fn text(&mut self, text: &str, first_line: usize) {
        for (what, line, needle) in words::of_text(text, first_line, self.lang) {
            let at = words::place(self.lines.get(line.saturating_sub(1)).copied().unwrap_or_default(), line, &needle);
            self.add(what, at);
        }
    }

    fn add(&mut self, what: Mention, at: Words) {
        let when = match self.path.as_slice() {
            [one] => one.clone(),
            parts => machine::Expr::And(parts.to_vec()),
        };
        if !self.said.iter().any(|said| said.what == what && said.when == when) {
            self.said.push(Said { what, at, when });
        }
    }
}
