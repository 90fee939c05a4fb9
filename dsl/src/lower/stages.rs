//! The states of a scenario: the plan, then one for each `étape`.

use super::{Lowering, Scenario};
use crate::ast::{Block, Header};
use crate::check::Names;
use crate::diagnostic::Code;
use crate::span::{Node, Span};
use relance_core::machine::{PLAN, State};
use relance_core::schema::fold;

/// The stage that the next rules belong to.
pub(super) struct Open {
    /// The heads of its rules that wait for time or for facts.
    clocked: Vec<Span>,
    /// Its header, and those of the stages before it.
    headers: Vec<(String, Span)>,
}

/// The names of the states, read ahead, and whether one of them could not be read.
pub(super) fn names(blocks: &[Node<Block>]) -> (Names, bool) {
    let mut names: Names = [PLAN.to_owned()].into_iter().collect();
    let mut unsure = false;
    for block in blocks {
        match &block.value {
            Block::Stage(header) => names.push(header.name.value.clone()),
            Block::FailedStage(name) => {
                names.push(name.clone());
                unsure = true;
            }
            Block::Scenario(_) | Block::FailedHeader => break,
            _ => {}
        }
    }
    (names, unsure)
}

impl Lowering<'_, '_, '_> {
    pub(super) fn open_stage(&mut self, header: &Header) {
        let mut headers = self.close_stage();
        self.has_rules = true;
        let name = &header.name;
        let wanted = fold(&name.value);
        if wanted == PLAN || wanted == "soldee" {
            let what = if wanted == PLAN { "le début du scénario" } else { "la fin d'une facture payée" };
            let found = self
                .checker
                .error(Code::ReservedName, format!("`{}` est déjà {what}", name.value), name.span)
                .help("donnez à l'étape un autre nom");
            self.checker.tell(found);
        } else if let Some((_, first)) = headers.iter().find(|(known, _)| *known == wanted) {
            let found = self
                .checker
                .error(
                    Code::DuplicateStage,
                    format!("il y a déjà une étape `{}` dans ce scénario", name.value),
                    name.span,
                )
                .also(self.file, *first, "la première est ici")
                .help("donnez-lui un autre nom, ou réunissez leurs règles sous un seul en-tête");
            self.checker.tell(found);
        } else {
            headers.push((wanted, name.span));
        }
        let title = header.title.as_ref().map(|title| title.value.clone());
        self.push_stage(State::new(&name.value, title), name.span, headers);
    }

    pub(super) fn open_failed_stage(&mut self, name: &str, span: Span) {
        let mut headers = self.close_stage();
        self.has_rules = true;
        headers.push((fold(name), span));
        self.push_stage(State::new(name, None), span, headers);
    }

    fn push_stage(&mut self, state: State, place: Span, headers: Vec<(String, Span)>) {
        self.stage = Some(Open { clocked: Vec::new(), headers });
        self.indent = None;
        if let Some(current) = &mut self.current {
            current.machine.states.push(state);
            current.stage_places.push(place);
        }
    }

    /// Ends the current stage and gives the headers so far.
    pub(super) fn close_stage(&mut self) -> Vec<(String, Span)> {
        let Some(open) = self.stage.take() else { return Vec::new() };
        let last = self.current.as_ref().and_then(|current| current.machine.states.last());
        if last.is_some_and(|state| state.is_final) {
            for head in open.clocked {
                let found = self
                    .checker
                    .error(Code::NeverFires, "cette règle ne se déclenchera jamais : son étape est une fin", head)
                    .help("dans une étape qui dit `fin`, écrivez `à l'entrée : …` ou `quand … : …`, ou retirez `fin`");
                self.checker.tell(found);
            }
        }
        open.headers
    }

    /// Remembers a rule that only an unfinished stage can fire.
    pub(super) fn clocked(&mut self, head: Span) {
        if let Some(open) = &mut self.stage {
            open.clocked.push(head);
        }
    }

    /// `fin`.
    pub(super) fn end(&mut self, span: Span) {
        if self.stage.is_none() {
            let found = self
                .checker
                .error(Code::EndOutsideStage, "`fin` se met dans une étape, pas dans le plan", span)
                .help("supprimez cette ligne : un scénario finit quand la facture est soldée, ou dans une étape qui dit `fin`");
            self.checker.tell(found);
            return;
        }
        if let Some(state) = self.current.as_mut().and_then(|current| current.machine.states.last_mut()) {
            state.is_final = true;
        }
    }

    /// `sans relance préalable` where no formal notice follows: known once all states are.
    pub(super) fn pointless_lifts(&mut self, scenario: &Scenario) {
        if scenario.unsure || scenario.unfinished {
            return;
        }
        for rule in &scenario.lifts {
            let sequence = scenario.machine.sequence(*rule);
            if !sequence.is_some_and(|sequence| scenario.machine.opens_with_formal_notice(sequence)) {
                self.pointless_lift(scenario.head(*rule));
            }
        }
    }
}
