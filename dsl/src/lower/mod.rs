//! From checked conditions and actions to machines.

mod branches;
mod carries;
mod clock;
mod cycles;
mod otherwise;
mod place;
mod reactions;
mod rules;
mod scenario;
mod segments;
mod settings;
mod size;
mod stages;
mod together;

pub(crate) use place::without_comment;
pub(crate) use scenario::Scenario;
pub(crate) use size::check_size;
pub(crate) use together::check_together;

use crate::ast::{self, Block, Header};
use crate::check::{Checker, File, Project, Stages};
use crate::diagnostic::Code;
use crate::span::{Node, Span};
use crate::{Context, TestCase};
use otherwise::Previous;
use relance_core::calendar::Region;
use relance_core::machine::SegmentRule;
use std::collections::BTreeMap;

/// Lowers one file.
struct Lowering<'a, 's, 'f> {
    checker: Checker<'a, 's, 'f>,
    file: &'a str,
    done: &'s mut Vec<Scenario>,
    segments: &'s mut Vec<SegmentRule>,
    current: Option<Scenario>,
    lines: place::Lines,
    /// Settings of the current scenario, and where they are.
    settings: BTreeMap<&'static str, Span>,
    /// The rule that a `sinon` would answer.
    previous: Previous,
    /// How far in the last rule begins, when it begins its line.
    indent: Option<usize>,
    /// The current scenario has something that is or should have been a rule.
    has_rules: bool,
    /// The current stage: `None` in the plan.
    stage: Option<stages::Open>,
}

/// The scenarios and segment rules of a file.
pub(crate) fn file(
    file: &mut File<'_>,
    context: &Context,
    project: &Project,
    scenarios: &mut Vec<Scenario>,
    segments: &mut Vec<SegmentRule>,
) {
    let File { source, tree, original, sink } = file;
    let mut lowering = Lowering {
        checker: Checker::new(context, project, original, sink),
        file: &source.path,
        done: scenarios,
        segments,
        current: None,
        lines: place::Lines::new(original),
        settings: BTreeMap::new(),
        previous: Previous::None,
        indent: None,
        has_rules: false,
        stage: None,
    };
    for (i, block) in tree.blocks.iter().enumerate() {
        lowering.block(block, tree.blocks.get(i..).unwrap_or_default(), source.stem());
    }
    lowering.finish();
}

/// The tests of all files, checked against the scenarios.
pub(crate) fn tests(
    files: &mut [File<'_>],
    context: &Context,
    project: &Project,
    scenarios: &[Scenario],
) -> Vec<TestCase> {
    let known: Vec<Stages> = scenarios.iter().map(Scenario::stages).collect();
    let mut cases = Vec::new();
    for file in files {
        let File { source, tree, original, sink } = file;
        let lines = place::Lines::new(original);
        for block in &tree.blocks {
            if let Block::Test(test) = &block.value {
                let mut checker = Checker::new(context, project, original, sink);
                let line = |span: Span| lines.line(span);
                cases.extend(checker.case(test, block.span, &source.path, &known, &line));
            }
        }
    }
    cases
}

impl Lowering<'_, '_, '_> {
    /// One block; `from` are the blocks from it on.
    fn block(&mut self, block: &Node<Block>, from: &[Node<Block>], stem: &str) {
        let previous = std::mem::replace(&mut self.previous, Previous::None);
        match &block.value {
            Block::Scenario(header) => self.scenario(header, from),
            Block::FailedHeader => {
                let scenario = Scenario { unsure: true, ..Scenario::new(String::new(), None, self.file, block.span) };
                self.begin(scenario, from.get(1..).unwrap_or_default());
                self.has_rules = true;
            }
            Block::Stage(header) => {
                self.implicit(stem, block.span, from);
                self.open_stage(header);
            }
            Block::FailedStage(name) => {
                self.implicit(stem, block.span, from);
                self.open_failed_stage(name, block.span);
            }
            Block::Segment(name, condition) => self.segment(name, condition),
            Block::Field(..)
            | Block::Constant(..)
            | Block::Script(_)
            | Block::Include(_)
            | Block::Test(_)
            | Block::FailedDefinition(_) => {}
            Block::Setting(setting) => {
                self.implicit(stem, block.span, from);
                self.setting(setting, block.span);
            }
            Block::Rule(rule) => {
                self.implicit(stem, block.span, from);
                self.has_rules = true;
                self.rule(rule, block.span, previous);
            }
            Block::Failed => {
                self.implicit(stem, block.span, from);
                self.has_rules = true;
                if let Some(current) = &mut self.current {
                    current.unsure = true;
                }
                self.previous = Previous::Failed;
            }
        }
    }

    fn scenario(&mut self, header: &Header, from: &[Node<Block>]) {
        let title = header.title.as_ref().map(|title| title.value.clone());
        let scenario = Scenario::new(header.name.value.clone(), title, self.file, header.name.span);
        self.begin(scenario, from.get(1..).unwrap_or_default());
    }

    /// Rules before any header are one scenario, named after the file.
    fn implicit(&mut self, stem: &str, place: Span, from: &[Node<Block>]) {
        if self.current.is_none() {
            self.begin(Scenario { implicit: true, ..Scenario::new(stem.to_owned(), None, self.file, place) }, from);
        }
    }

    /// Opens a scenario, of which `blocks` are the first ones.
    fn begin(&mut self, scenario: Scenario, blocks: &[Node<Block>]) {
        self.finish();
        (self.checker.stages, self.checker.stages_unsure) = stages::names(blocks);
        self.current = Some(scenario);
    }

    fn finish(&mut self) {
        self.close_stage();
        self.settings.clear();
        self.indent = None;
        if let Some(mut current) = self.current.take() {
            if !self.has_rules {
                let found = self
                    .checker
                    .error(
                        Code::NoRule,
                        format!("le scénario `{}` n'a aucune règle", current.machine.name),
                        current.place,
                    )
                    .help("ajoutez-en une, par exemple : `à J+15 : email ferme`");
                self.checker.tell(found);
            }
            let calendar = &mut current.machine.settings.calendar;
            if calendar.region != Region::None {
                calendar.closed = self.checker.context.closing_days.clone();
            }
            current.unsure |= self.checker.stages_unsure;
            self.carries(&mut current);
            self.pointless_lifts(&current);
            if !current.unsure {
                let cycles = cycles::find(&current);
                cycles.into_iter().for_each(|found| self.checker.tell(found));
            }
            self.done.push(current);
        }
        self.has_rules = false;
    }

    fn setting(&mut self, setting: &ast::Setting, span: Span) {
        match setting {
            ast::Setting::End => self.end(span),
            _ if self.stage.is_some() => {
                let found = self
                    .checker
                    .error(Code::UnexpectedWord, "un réglage ne se met pas dans une étape", span)
                    .help("placez-le sous l'en-tête du scénario");
                self.checker.tell(found);
            }
            ast::Setting::Carry(from, to) => {
                if let Some(current) = &mut self.current {
                    current.carries.push((from.clone(), to.clone()));
                }
            }
            _ => self.apply(setting, span),
        }
    }
}
