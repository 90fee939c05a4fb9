//! From checked conditions and actions to machines.

mod branches;
mod clock;
mod otherwise;
mod overlap;
mod place;
mod rules;
mod settings;
mod together;

pub(crate) use together::check_together;

use crate::ast::{Block, Header, Tree};
use crate::check::Checker;
use crate::diagnostic::{Code, Sink};
use crate::source::Source;
use crate::span::{Node, Span};
use crate::{Context, ast};
use otherwise::Previous;
use relance_core::machine::{FORMAT, Machine, Settings};
use std::collections::BTreeMap;

/// A compiled scenario and what is needed to compare it with the others.
pub(crate) struct Scenario {
    pub machine: Machine,
    /// Its file.
    pub file: String,
    /// Its name, or its first block.
    pub place: Span,
    /// `pour les factures où …`.
    pub selection_place: Option<Span>,
    /// Its header or selection could not be read: comparing it with others would only mislead.
    pub unsure: bool,
    /// It has no header and is named after its file.
    pub implicit: bool,
}

impl Scenario {
    fn new(name: String, title: Option<String>, file: &str, place: Span) -> Scenario {
        let machine = Machine {
            format: FORMAT,
            name,
            title,
            selection: None,
            priority: None,
            settings: Settings::default(),
            rules: Vec::new(),
            reactions: Vec::new(),
            places: Vec::new(),
        };
        Scenario { machine, file: file.to_owned(), place, selection_place: None, unsure: false, implicit: false }
    }
}

/// Lowers one file.
struct Lowering<'a, 's, 'f> {
    checker: Checker<'a, 's, 'f>,
    file: &'a str,
    done: Vec<Scenario>,
    current: Option<Scenario>,
    lines: place::Lines,
    /// Settings of the current scenario, and where they are.
    settings: BTreeMap<&'static str, Span>,
    /// The rule that a `sinon` would answer.
    previous: Previous,
    /// How far in the last rule begins, when it begins its line.
    indent: Option<usize>,
    /// Inside an `étape`, whose header has already been told not to be executed.
    in_stage: bool,
    /// The current scenario has something that is or should have been a rule.
    has_rules: bool,
}

/// The scenarios of a file.
pub(crate) fn scenarios(source: &Source, tree: &Tree, context: &Context, sink: &mut Sink<'_>) -> Vec<Scenario> {
    let original = source.text();
    let mut lowering = Lowering {
        checker: Checker::new(context, &original, tree, sink),
        file: &source.path,
        done: Vec::new(),
        current: None,
        lines: place::Lines::new(&original),
        settings: BTreeMap::new(),
        previous: Previous::None,
        indent: None,
        in_stage: false,
        has_rules: false,
    };
    for block in &tree.blocks {
        lowering.block(block, source.stem());
    }
    lowering.finish();
    lowering.done
}

impl Lowering<'_, '_, '_> {
    fn block(&mut self, block: &Node<Block>, stem: &str) {
        let previous = std::mem::replace(&mut self.previous, Previous::None);
        match &block.value {
            Block::Scenario(header) => self.scenario(header),
            Block::FailedHeader => {
                self.begin(Scenario { unsure: true, ..Scenario::new(String::new(), None, self.file, block.span) });
                self.has_rules = true;
            }
            Block::Stage(header) => {
                self.implicit(stem, block.span);
                self.in_stage = true;
                self.has_rules = true;
                self.checker.not_yet(
                    &format!("`étape {}`", header.name.value),
                    header.name.span,
                    "en attendant, gardez toutes les règles dans le scénario, avec leurs jours : `à J+45 : …`",
                );
            }
            Block::Segment(name, condition) => {
                self.checker.condition(condition);
                self.checker.not_yet(
                    &format!("`segment {} : …`", name.value),
                    name.span,
                    "en attendant, donnez le segment de chaque client dans les données (colonne `segment`)",
                );
            }
            Block::Field(name, _) => self.checker.not_yet(
                &format!("`champ {}`", name.value),
                name.span,
                "en attendant, servez-vous des faits listés dans docs/langage.md ou des segments",
            ),
            Block::Script(text) => self.checker.not_yet(
                "`script`",
                text.span,
                "en attendant, écrivez les conditions avec les faits du langage",
            ),
            Block::Include(text) => self.checker.not_yet(
                "`inclure`",
                text.span,
                "supprimez la ligne : tous les fichiers du dossier `scenarios/` sont lus ensemble",
            ),
            Block::Test(text) => self.checker.not_yet(
                "`test`",
                text.span,
                "en attendant, la commande `relance simuler` montre ce qui se passera",
            ),
            Block::Setting(setting) => {
                self.implicit(stem, block.span);
                self.setting(setting, block.span);
            }
            Block::Rule(rule) => {
                self.implicit(stem, block.span);
                self.has_rules = true;
                self.rule(rule, block.span, previous);
            }
            Block::Failed => {
                self.implicit(stem, block.span);
                self.has_rules = true;
                if let Some(current) = &mut self.current {
                    current.unsure = true;
                }
                self.previous = Previous::Failed;
            }
        }
    }

    fn scenario(&mut self, header: &Header) {
        let title = header.title.as_ref().map(|title| title.value.clone());
        self.begin(Scenario::new(header.name.value.clone(), title, self.file, header.name.span));
    }

    /// Rules before any header are one scenario, named after the file.
    fn implicit(&mut self, stem: &str, place: Span) {
        if self.current.is_none() {
            self.begin(Scenario { implicit: true, ..Scenario::new(stem.to_owned(), None, self.file, place) });
        }
    }

    fn begin(&mut self, scenario: Scenario) {
        self.finish();
        self.current = Some(scenario);
    }

    fn finish(&mut self) {
        self.settings.clear();
        self.indent = None;
        self.in_stage = false;
        if let Some(current) = self.current.take() {
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
            self.done.push(current);
        }
        self.has_rules = false;
    }

    fn setting(&mut self, setting: &ast::Setting, span: Span) {
        if self.in_stage && !matches!(setting, ast::Setting::End) {
            let found = self
                .checker
                .error(Code::UnexpectedWord, "un réglage ne se met pas dans une étape", span)
                .help("placez-le sous l'en-tête du scénario");
            self.checker.tell(found);
            return;
        }
        self.apply(setting, span);
    }
}
