//! Rules: rungs, free rules, those at the entry and at intervals.

use super::Lowering;
use super::branches::{Parts, and, branches, inwards};
use super::otherwise::{Answered, Kind, MAX_CHAIN, Previous};
use crate::ast::{self, Guard, Head};
use crate::check::count;
use crate::diagnostic::Code;
use crate::span::{Node, Span};
use relance_core::day;
use relance_core::machine::{
    Bound, Branch, Clock, Compare, EntryRule, Expr, Repeat, Rule, RuleId, Sequence, State, Value,
};
use relance_core::schema::Fact;
use rust_decimal::prelude::ToPrimitive;

impl Lowering<'_, '_, '_> {
    pub(super) fn rule(&mut self, rule: &ast::Rule, span: Span, previous: Previous) {
        self.previous = Previous::Failed;
        if !matches!(rule.head.value, Head::Else(_)) {
            self.layout(rule, span);
        }
        let mut sequence = self.checker.sequence(&rule.sequence);
        if !matches!(rule.head.value, Head::When(..)) && self.continues(&rule.sequence) {
            sequence = None;
        }
        let conditions = self.conditions(&rule.conditions);
        let kind = match &rule.head.value {
            Head::If(condition) => {
                self.equalities(condition);
                let head = self.checker.condition(condition);
                if let (Some(head), Some(mut all)) = (head, conditions) {
                    all.insert(0, head);
                    self.plan(rule, span, Kind::Timed(None), and(flat(all)), sequence);
                }
                return;
            }
            Head::Else(condition) => {
                return self.otherwise(rule, span, condition.as_ref(), conditions, sequence, previous);
            }
            Head::When(words, text) => return self.reaction(rule, words, text.as_ref(), span, conditions, sequence),
            Head::Rung { offset, end_of_month } => {
                let offset = Expr::Literal(Value::Duration(day::Span::Days(*offset)));
                let bound = Bound { clock: Clock::Due, offset, extra_days: 0, end_of_month: *end_of_month };
                Some(Kind::Timed(Some(bound)))
            }
            Head::After(delay) => self.checker.delay(delay).map(|offset| {
                Kind::Timed(Some(Bound { clock: Clock::State, offset, extra_days: 0, end_of_month: false }))
            }),
            Head::Entry => Some(Kind::Entry),
            Head::Every { every, at_most } => self.period(every, at_most.as_ref()).map(Kind::Every),
        };
        if let (Some(kind), Some(all)) = (kind, conditions) {
            self.plan(rule, span, kind, and(flat(all)), sequence);
        }
    }

    /// `tous les 10 jours (au plus 3 fois)`.
    fn period(&mut self, every: &Node<ast::Expr>, at_most: Option<&Node<ast::Literal>>) -> Option<Repeat> {
        let times = match at_most.map(|times| &times.value) {
            None => Some(None),
            Some(ast::Literal::Number(n)) => n.to_u32().map(Some),
            Some(_) => None,
        };
        let span = match self.checker.delay(every)? {
            Expr::Literal(Value::Duration(span)) => Some(span).filter(|span| count(*span) > 0),
            _ => None,
        };
        if span.is_none() {
            let written = self.checker.written(every.span);
            let found = self
                .checker
                .error(Code::OutOfRange, format!("`{written}` n'est pas une période d'au moins un jour"), every.span)
                .help("écrivez par exemple `tous les 10 jours :` ou `tous les 2 mois :`");
            self.checker.tell(found);
        }
        Some(Repeat { every: span?, at_most: times? })
    }

    /// Tells every `continuer` of a rule that answers no event.
    fn continues(&mut self, sequence: &ast::Sequence) -> bool {
        let places: Vec<Span> = actions(sequence)
            .filter(|action| action.value == ast::Action::Continue)
            .map(|action| action.span)
            .collect();
        for span in &places {
            let found = self
                .checker
                .error(Code::ContinueAlone, "`continuer` n'a de sens qu'après `quand …`", *span)
                .help("supprimez-le, ou écrivez la réaction : `quand litige ouvert : continuer`");
            self.checker.tell(found);
        }
        !places.is_empty()
    }

    fn conditions(&mut self, guards: &[Guard]) -> Option<Vec<Expr>> {
        let mut all = Vec::new();
        let mut wrong = false;
        for guard in guards {
            let (condition, negated) = match guard {
                Guard::If(condition) => (condition, false),
                Guard::Unless(condition) => (condition, true),
            };
            if !negated {
                self.equalities(condition);
            }
            match self.checker.condition(condition) {
                Some(checked) if negated => all.push(Expr::Not(Box::new(checked))),
                Some(checked) => all.push(checked),
                None => wrong = true,
            }
        }
        (!wrong).then_some(all)
    }

    /// A rule of the plan or a stage that is no reaction.
    fn plan(&mut self, rule: &ast::Rule, span: Span, kind: Kind, condition: Expr, sequence: Option<Sequence>) {
        let Kind::Timed(rung) = &kind else { return self.untimed(rule, span, kind, condition, sequence) };
        self.clocked(rule.head.span);
        let Ok((mut found, parts)) = branches(&condition) else {
            let found = self
                .checker
                .error(Code::TooManyBranches, "cette condition a trop d'alternatives", rule.head.span)
                .help("répartissez les `ou` en plusieurs règles");
            self.checker.tell(found);
            return;
        };
        if parts.iter().any(|p| p.unsolved && p.bounds.is_empty()) && rung.is_none() {
            let found = self
                .checker
                .error(Code::UnsolvedClock, "cette comparaison avec `retard` ne donne pas de jour", rule.head.span)
                .help("pour en faire un palier, écrivez `retard` seul d'un côté : `retard >= 15j`");
            self.checker.tell(found);
        }
        if let Some(bound) = rung {
            for branch in &mut found {
                branch.bounds.insert(0, bound.clone());
            }
        }
        let dated = found.iter().filter(|branch| !branch.bounds.is_empty()).count();
        if dated > 0 && dated < found.len() {
            let found = self
                .checker
                .error(Code::MixedBranches, "cette règle n'est datée que d'un côté de son `ou`", rule.head.span)
                .label("un côté fixe un délai, l'autre non")
                .help("séparez-la en deux règles, ou donnez un délai aux deux côtés");
            self.checker.tell(found);
        }
        if !condition.is_always() {
            self.previous = Previous::Rule(Answered { kind: kind.clone(), parts, length: 0 });
        } else {
            self.previous = Previous::None;
        }
        let without_prior_reminder = rule.without_prior_reminder;
        let Some((id, sequence)) = self.number(rule, span, sequence) else { return };
        if let Some(state) = self.state() {
            state.rules.push(Rule { id, branches: found, repeat: None, sequence, without_prior_reminder });
        }
    }

    /// A rule at the entry or at intervals: its condition dates nothing.
    fn untimed(&mut self, rule: &ast::Rule, span: Span, kind: Kind, guard: Expr, sequence: Option<Sequence>) {
        self.previous = Previous::None;
        if !guard.is_always() {
            let parts = vec![Parts::undated(guard.clone())];
            self.previous = Previous::Rule(Answered { kind: kind.clone(), parts, length: 0 });
        }
        if matches!(kind, Kind::Every(_)) {
            self.clocked(rule.head.span);
        }
        let without_prior_reminder = rule.without_prior_reminder;
        let Some((id, sequence)) = self.number(rule, span, sequence) else { return };
        let Some(state) = self.state() else { return };
        if let Kind::Every(repeat) = kind {
            let branches = vec![Branch { bounds: Vec::new(), guard }];
            state.rules.push(Rule { id, branches, repeat: Some(repeat), sequence, without_prior_reminder });
        } else {
            state.entry.push(EntryRule { id, guard, sequence, without_prior_reminder });
        }
    }

    fn state(&mut self) -> Option<&mut State> {
        self.current.as_mut()?.machine.states.last_mut()
    }

    /// Numbers a rule whose sequence is right; one that is wrong leaves the scenario incomplete.
    pub(super) fn number(
        &mut self,
        rule: &ast::Rule,
        span: Span,
        sequence: Option<Sequence>,
    ) -> Option<(RuleId, Sequence)> {
        let place = self.lines.place(self.file, self.checker.original, span);
        let current = self.current.as_mut()?;
        let Some(sequence) = sequence else {
            current.unfinished = true;
            return None;
        };
        let id = RuleId(u32::try_from(current.machine.places.len()).unwrap_or(u32::MAX));
        current.machine.places.push(place);
        current.heads.push(rule.head.span);
        if rule.without_prior_reminder {
            current.lifts.push(id);
        }
        Some((id, sequence))
    }

    /// `sans relance préalable` where there is nothing to lift.
    pub(super) fn pointless_lift(&mut self, span: Span) {
        let found = self
            .checker
            .error(Code::PointlessLift, "`sans relance préalable` n'a rien à lever ici", span)
            .label("cette règle n'envoie pas de mise en demeure")
            .help("retirez ces mots");
        self.checker.tell(found);
    }

    fn otherwise(
        &mut self,
        rule: &ast::Rule,
        span: Span,
        condition: Option<&Node<ast::Expr>>,
        conditions: Option<Vec<Expr>>,
        sequence: Option<Sequence>,
        previous: Previous,
    ) {
        let own = match condition {
            Some(condition) => {
                self.equalities(condition);
                match self.checker.condition(condition) {
                    Some(checked) => Some(checked),
                    None => return,
                }
            }
            None => None,
        };
        let answered = match previous {
            Previous::Rule(answered) => answered,
            Previous::Failed => return,
            Previous::None => {
                let found = self.checker.error(Code::ElseAlone, "ce `sinon` ne suit aucun `si`", rule.head.span);
                let found = match condition.is_none() && !self.checker.begins_line(rule.head.span) {
                    // `sms rappel sinon email ferme`
                    true => found
                        .help("si la seconde action remplace la première quand elle échoue, écrivez `à défaut`")
                        .fix("à défaut"),
                    false => found.help("placez-le juste après la règle `si … alors …` dont il prend le contraire"),
                };
                self.checker.tell(found);
                return;
            }
        };
        if answered.length >= MAX_CHAIN {
            let found = self
                .checker
                .error(Code::TooLong, "cette suite de `sinon` est trop longue", rule.head.span)
                .help(format!("une règle a {MAX_CHAIN} `sinon` au plus : écrivez des règles séparées"));
            self.checker.tell(found);
            return;
        }
        let (Some(contrary), Some(mut all)) = (answered.contrary(), conditions.clone()) else {
            if conditions.is_some() {
                let found = self
                    .checker
                    .error(Code::ElseNever, "ce `sinon` ne s'applique jamais", rule.head.span)
                    .label("la règle précédente n'a d'autre condition que son délai")
                    .help("écrivez une règle avec son propre délai : `à J+30 : …`");
                self.checker.tell(found);
            }
            return;
        };
        all.insert(0, contrary);
        all.extend(own.clone());
        let kind = answered.kind.clone();
        self.plan(rule, span, kind, and(flat(all)), sequence);
        self.previous = match own {
            Some(own) => Previous::Rule(answered.extended(&inwards(&own, false))),
            None => Previous::None,
        };
    }

    /// A rule that is set further in than the one before looks as if it depended on it.
    fn layout(&mut self, rule: &ast::Rule, span: Span) {
        let before = self.checker.original.get(..span.start).unwrap_or_default();
        let margin = before.rsplit('\n').next().unwrap_or_default();
        let indent = margin.trim().is_empty().then(|| margin.chars().count());
        if let (Some(outer), Some(inner)) = (self.indent, indent)
            && inner >= outer + 2
        {
            let found = self
                .checker
                .error(Code::Misleading, "cette règle paraît dépendre de la précédente, mais les retraits ne comptent pas", rule.head.span)
                .help("alignez-la sur la précédente ; si elle doit en dépendre, répétez la condition : `si … et … alors …`");
            self.checker.tell(found);
            return;
        }
        self.indent = indent;
    }

    /// `retard = 15j`, outside of a `non`.
    fn equalities(&mut self, node: &Node<ast::Expr>) {
        match &node.value {
            ast::Expr::And(parts) | ast::Expr::Or(parts) => parts.iter().for_each(|part| self.equalities(part)),
            ast::Expr::Compare(sign, left, right) if sign.value == Compare::Equal => {
                let clock = |side: &Node<ast::Expr>| matches!(&side.value, ast::Expr::Word(w) if Fact::find(w) == Some(Fact::DaysLate));
                let other = match (clock(left), clock(right)) {
                    (true, false) => right,
                    (false, true) => left,
                    _ => return,
                };
                let fix = format!("retard >= {}", self.checker.written(other.span));
                let found = self
                    .checker
                    .error(Code::ClockEquality, "une égalité sur `retard` n'est vraie qu'un seul jour", node.span)
                    .help(format!("écrivez `{fix}` : la règle se déclenche ce jour-là, ou dès que possible ensuite, et une seule fois"))
                    .fix(fix);
                self.checker.tell(found);
            }
            ast::Expr::Among(left, values) if matches!(&left.value, ast::Expr::Word(w) if Fact::find(w) == Some(Fact::DaysLate)) =>
            {
                let found = self
                    .checker
                    .error(Code::ClockEquality, "`retard` ne prend chacune de ces valeurs qu'un seul jour", node.span)
                    .help(format!(
                        "écrivez une règle datée par jour, par exemple `à J+{} : …`",
                        values.first().map_or_else(
                            || "15".to_owned(),
                            |v| self.checker.written(v.span).trim_end_matches(|c: char| !c.is_ascii_digit()).to_owned()
                        )
                    ));
                self.checker.tell(found);
            }
            _ => {}
        }
    }
}

/// Every action of a sequence, fallbacks included.
pub(super) fn actions(sequence: &ast::Sequence) -> impl Iterator<Item = &Node<ast::Action>> {
    let items = sequence.stages.iter().flat_map(|stage| &stage.items);
    items.flat_map(|item| &item.attempts).map(|attempt| &attempt.action)
}

/// A list of conditions without lists in it.
pub(super) fn flat(parts: Vec<Expr>) -> Vec<Expr> {
    let mut all = Vec::new();
    for part in parts {
        match part {
            Expr::And(inside) => all.extend(inside),
            other => all.push(other),
        }
    }
    all
}
