//! What the names of the files mean: each definition and each use, with its place.

use super::workspace::Workspace;
use crate::ast::{
    Action, Attempt, Block, Choice, Expr, Guard, Head, Name, Rule, Sequence, Setting, Test, TestFact, TestLine,
    TestWhat,
};
use crate::cases::Outside;
use crate::span::{Node, Span};
use relance_core::machine::{Channel, PLAN};
use relance_core::schema::{Fact, REGIMES, Type, fold};
use std::collections::BTreeMap;

/// What a name stands for. Names are folded.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Symbol {
    Scenario(String),
    /// In the scenario that begins here.
    Stage(Scope, String),
    Segment(String),
    Field(String),
    Constant(String),
    Function(String),
    /// By the folder of its channel.
    Template(&'static str, String),
    Fact(Fact),
    Regime(String),
    Role(String),
    /// The words after `quand`.
    Event(String),
    Calendar(String),
    /// A file that is included, or a script.
    Path(String),
}

/// A scenario: its file, and how many headers stand before its rules.
pub(super) type Scope = (String, usize);

/// A name in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Occurrence {
    pub symbol: Symbol,
    pub span: Span,
    /// It is where the name is given.
    pub defines: bool,
}

/// What the project defines, by folded name.
#[derive(Default)]
pub(super) struct Definitions {
    pub fields: BTreeMap<String, Type>,
    pub constants: Vec<String>,
    pub segments: Vec<String>,
    /// The scope of each scenario, by its folded name.
    pub scenarios: Vec<(String, Scope)>,
}

impl Definitions {
    pub fn new(workspace: &Workspace) -> Definitions {
        let mut all = Definitions::default();
        all.segments.extend(workspace.context().segments.iter().map(|segment| fold(segment)));
        for reading in workspace.readings() {
            let mut headers = 0;
            for block in &reading.tree.blocks {
                match &block.value {
                    Block::Scenario(header) => {
                        headers += 1;
                        all.scenarios.push((fold(&header.name.value), (reading.source.path.clone(), headers)));
                    }
                    Block::FailedHeader => headers += 1,
                    Block::Segment(name, _) => all.segments.push(fold(&name.value)),
                    Block::Constant(name, _) => all.constants.push(fold(&name.value)),
                    Block::Field(name, _) => {
                        let checked = workspace.checked().and_then(|checked| checked.project.field(&name.value));
                        all.fields.insert(fold(&name.value), checked.map_or(Type::Text, |field| field.ty));
                    }
                    _ => {}
                }
            }
        }
        all
    }

    /// The type of a fact or field.
    pub fn type_of(&self, word: &str) -> Option<Type> {
        Fact::find(word).map(Fact::ty).or_else(|| self.fields.get(&fold(word)).copied())
    }

    /// What a word of a condition means where a value of the type `wanted` can stand.
    pub fn word(&self, word: &str, wanted: Option<Type>, scope: &Scope) -> Option<Symbol> {
        let folded = fold(word);
        match wanted {
            Some(Type::Segment) if self.segments.contains(&folded) || folded == "aucun" => {
                return Some(Symbol::Segment(folded));
            }
            Some(Type::Regime) if REGIMES.contains(&folded.as_str()) => return Some(Symbol::Regime(folded)),
            Some(Type::Stage) if Fact::find(word).is_none() => return Some(Symbol::Stage(scope.clone(), folded)),
            _ => {}
        }
        if let Some(fact) = Fact::find(word) {
            return Some(Symbol::Fact(fact));
        }
        if self.fields.contains_key(&folded) {
            return Some(Symbol::Field(folded));
        }
        self.constants.contains(&folded).then_some(Symbol::Constant(folded))
    }
}

/// Every name of a file, in file order.
pub(super) fn occurrences(workspace: &Workspace, definitions: &Definitions, path: &str) -> Vec<Occurrence> {
    let Some(reading) = workspace.reading(path) else { return Vec::new() };
    let mut walk = Walk { definitions, text: reading.text(), scope: (path.to_owned(), 0), found: Vec::new() };
    for block in &reading.tree.blocks {
        walk.block(block);
    }
    walk.found.sort_by_key(|occurrence| (occurrence.span.start, occurrence.span.end));
    walk.found
}

/// The name at a place, if there is one.
pub(super) fn at(workspace: &Workspace, path: &str, at: usize) -> Option<Occurrence> {
    let definitions = Definitions::new(workspace);
    occurrences(workspace, &definitions, path)
        .into_iter()
        .filter(|occurrence| occurrence.span.start <= at && at <= occurrence.span.end)
        .min_by_key(|occurrence| (occurrence.span.end == at, occurrence.span.end - occurrence.span.start))
}

struct Walk<'a> {
    definitions: &'a Definitions,
    text: &'a str,
    scope: Scope,
    found: Vec<Occurrence>,
}

impl Walk<'_> {
    fn add(&mut self, symbol: Symbol, span: Span, defines: bool) {
        self.found.push(Occurrence { symbol, span, defines });
    }

    fn uses(&mut self, name: &Node<String>, symbol: impl Fn(String) -> Symbol) {
        self.add(symbol(fold(&name.value)), name.span, false);
    }

    fn defines(&mut self, name: &Node<String>, symbol: impl Fn(String) -> Symbol) {
        self.add(symbol(fold(&name.value)), name.span, true);
    }

    fn stage(&mut self, name: &Node<String>, defines: bool) {
        let symbol = Symbol::Stage(self.scope.clone(), fold(&name.value));
        self.add(symbol, name.span, defines);
    }

    fn block(&mut self, block: &Node<Block>) {
        match &block.value {
            Block::Scenario(header) => {
                self.scope.1 += 1;
                self.defines(&header.name, Symbol::Scenario);
            }
            Block::FailedHeader => self.scope.1 += 1,
            Block::Stage(header) => self.stage(&header.name, true),
            Block::Segment(name, condition) => {
                self.defines(name, Symbol::Segment);
                self.expr(condition, None);
            }
            Block::Field(name, _) => self.defines(name, Symbol::Field),
            Block::Constant(name, _) => self.defines(name, Symbol::Constant),
            Block::Script(path) | Block::Include(path) => {
                self.add(Symbol::Path(path.value.clone()), path.span, false);
            }
            Block::Test(test) => self.test(test),
            Block::Setting(Setting::Selection(condition)) => self.expr(condition, None),
            Block::Setting(Setting::Calendar(name)) => self.uses(name, Symbol::Calendar),
            Block::Setting(Setting::Carry(_, to)) => self.stage(to, false),
            Block::Rule(rule) => self.rule(rule),
            Block::Setting(_) | Block::FailedStage(_) | Block::FailedDefinition(_) | Block::Failed => {}
        }
    }

    fn rule(&mut self, rule: &Rule) {
        match &rule.head.value {
            Head::If(condition) | Head::After(condition) | Head::Else(Some(condition)) => self.expr(condition, None),
            Head::Every { every, .. } => self.expr(every, None),
            Head::When(words, _) => self.uses(words, Symbol::Event),
            Head::Rung { .. } | Head::Entry | Head::Else(None) => {}
        }
        for guard in &rule.conditions {
            let (Guard::If(condition) | Guard::Unless(condition)) = guard;
            self.expr(condition, None);
        }
        self.sequence(&rule.sequence);
    }

    fn sequence(&mut self, sequence: &Sequence) {
        for stage in &sequence.stages {
            stage.after.iter().chain(&stage.wait).for_each(|delay| self.expr(delay, None));
            for attempt in stage.items.iter().flat_map(|item| &item.attempts) {
                self.attempt(attempt);
            }
        }
    }

    fn attempt(&mut self, attempt: &Attempt) {
        if let Some(by) = attempt.approval.as_ref().and_then(|approval| approval.value.by.as_ref()) {
            self.uses(by, Symbol::Role);
        }
        match &attempt.action.value {
            Action::Contact { channel, template, choice, to, copy } => {
                if let Some(template) = template {
                    self.template(channel.value, template);
                }
                if let Some(Choice { call, among }) = choice {
                    self.expr(call, None);
                    among.iter().for_each(|template| self.template(channel.value, template));
                }
                to.iter().chain(copy).for_each(|role| self.uses(role, Symbol::Role));
            }
            Action::Task { to, .. } => to.iter().for_each(|role| self.uses(role, Symbol::Role)),
            Action::Alert(Some(Node { value: Name::Bare(role), span })) => {
                self.add(Symbol::Role(fold(role)), *span, false);
            }
            Action::GoTo(state) => self.stage(state, false),
            Action::Suspend(Some(length)) => self.expr(length, None),
            _ => {}
        }
    }

    fn template(&mut self, channel: Channel, name: &Node<Name>) {
        if let Name::Bare(template) | Name::Quoted(template) = &name.value {
            self.add(Symbol::Template(channel.folder(), fold(template)), name.span, false);
        }
    }

    /// A condition or a part of one, where a value of the type `wanted` can stand.
    fn expr(&mut self, node: &Node<Expr>, wanted: Option<Type>) {
        match &node.value {
            Expr::Word(word) => {
                if let Some(symbol) = self.definitions.word(word, wanted, &self.scope) {
                    self.add(symbol, node.span, false);
                }
            }
            Expr::Call(name, arguments) => {
                let place = Span { start: node.span.start, end: node.span.start + name.len() };
                self.add(Symbol::Function(fold(name)), place, false);
                let inside = (fold(name) == "passee_par").then_some(Type::Stage);
                arguments.iter().for_each(|argument| self.expr(argument, inside));
            }
            Expr::Compare(_, left, right) | Expr::Arith(_, left, right) => {
                let (of_left, of_right) = (self.type_of(left), self.type_of(right));
                self.expr(left, of_right.filter(|_| of_left.is_none()));
                self.expr(right, of_left);
            }
            Expr::Among(left, values) => {
                let ty = self.type_of(left);
                self.expr(left, None);
                values.iter().for_each(|value| self.expr(value, ty));
            }
            Expr::Between(value, low, high) => [value, low, high].into_iter().for_each(|part| self.expr(part, None)),
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| self.expr(part, None)),
            Expr::Not(part) | Expr::Known(part) | Expr::Negative(part) => self.expr(part, None),
            Expr::Literal(_) => {}
        }
    }

    fn type_of(&self, node: &Node<Expr>) -> Option<Type> {
        match &node.value {
            Expr::Word(word) => self.definitions.type_of(word),
            _ => None,
        }
    }

    fn test(&mut self, test: &Test) {
        let around = self.scope.clone();
        for line in &test.lines {
            match &line.value {
                TestLine::With(name) => {
                    let wanted = fold(&name.value);
                    if let Some((_, scope)) = self.definitions.scenarios.iter().find(|(known, _)| *known == wanted) {
                        self.scope = scope.clone();
                    }
                    self.uses(name, Symbol::Scenario);
                }
                TestLine::Invoice { facts, .. } | TestLine::Client { facts, .. } => {
                    facts.iter().for_each(|fact| self.given(fact));
                }
                TestLine::Day { happenings, .. } => {
                    for happening in happenings {
                        match &happening.value.what {
                            TestWhat::Effect(attempt) => self.attempt(attempt),
                            TestWhat::Event(Outside::Jump(state)) => self.jump(state, happening.span),
                            _ => {}
                        }
                    }
                }
                TestLine::End { state, .. } if !matches!(fold(&state.value).as_str(), "soldee" | PLAN) => {
                    self.stage(state, false);
                }
                TestLine::End { .. } | TestLine::People(_) | TestLine::ThenNothing => {}
            }
        }
        self.scope = around;
    }

    fn given(&mut self, fact: &TestFact) {
        let of_customer = format!("client.{}", fact.name.value);
        let name = if Fact::find(&fact.name.value).is_none() { of_customer.as_str() } else { fact.name.value.as_str() };
        let symbol = self.definitions.word(name, None, &self.scope);
        let symbol = symbol.or_else(|| self.definitions.word(&fact.name.value, None, &self.scope));
        if let Some(symbol) = symbol {
            self.add(symbol, fact.name.span, false);
        }
        let ty = self.definitions.type_of(name);
        self.expr(&fact.value, ty);
    }

    /// `saut à contentieux`: the tree tells the state, not its place.
    fn jump(&mut self, state: &str, happening: Span) {
        let written = self.text.get(happening.start..happening.end).unwrap_or_default();
        if let Some(at) = written.rfind(state).filter(|_| !state.is_empty()) {
            let start = happening.start + at;
            self.stage(&Node::new(state.to_owned(), Span { start, end: start + state.len() }), false);
        }
    }
}
