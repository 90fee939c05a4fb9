//! Rules and reactions.

use super::Lowering;
use super::branches::{and, branches, inwards};
use super::otherwise::{Answered, MAX_CHAIN, Previous};
use crate::ast::{self, Guard, Head};
use crate::diagnostic::Code;
use crate::keywords::nearest;
use crate::span::{Node, Span};
use relance_core::day;
use relance_core::machine::{Bound, Compare, Expr, Reaction, Rule, RuleId, Sequence, Trigger, Value};
use relance_core::schema::{Fact, fold};

impl Lowering<'_, '_, '_> {
    pub(super) fn rule(&mut self, rule: &ast::Rule, span: Span, previous: Previous) {
        self.previous = Previous::Failed;
        if !matches!(rule.head.value, Head::Else(_)) {
            self.layout(rule, span);
        }
        let sequence = self.checker.sequence(&rule.sequence);
        let conditions = self.conditions(&rule.conditions);
        match &rule.head.value {
            Head::If(condition) => {
                self.equalities(condition);
                let head = self.checker.condition(condition);
                if let (Some(head), Some(mut all)) = (head, conditions) {
                    all.insert(0, head);
                    self.plan(rule, span, None, and(flat(all)), sequence);
                }
            }
            Head::Rung { offset, end_of_month } => {
                let offset = Expr::Literal(Value::Duration(day::Span::Days(*offset)));
                let bound = Bound { offset, extra_days: 0, end_of_month: *end_of_month };
                if let Some(all) = conditions {
                    self.plan(rule, span, Some(bound), and(flat(all)), sequence);
                }
            }
            Head::Else(condition) => self.otherwise(rule, span, condition.as_ref(), conditions, sequence, previous),
            Head::When(words, text) => {
                if rule.without_prior_reminder {
                    self.pointless_lift(rule.head.span);
                }
                self.reaction(words, text.as_ref(), span, conditions, sequence);
            }
            Head::Entry | Head::After | Head::Every if self.in_stage => {}
            Head::Entry => self.checker.not_yet("`à l'entrée`", rule.head.span, "en attendant, datez la règle depuis l'échéance : `à J+15 : …`"),
            Head::After => self.checker.not_yet(
                "`après … :`",
                rule.head.span,
                "en attendant, datez la règle depuis l'échéance (`à J+15 : …`) ou attendez dans une suite (`puis après 3j email …`)",
            ),
            Head::Every => self.checker.not_yet("`tous les … :`", rule.head.span, "en attendant, écrivez une règle par date : `à J+30 : …`, `à J+60 : …`"),
        }
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

    /// A rule of the plan.
    fn plan(&mut self, rule: &ast::Rule, span: Span, rung: Option<Bound>, condition: Expr, sequence: Option<Sequence>) {
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
        if let Some(bound) = &rung {
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
            self.previous = Previous::Rule(Answered { rung, parts, length: 0 });
        } else {
            self.previous = Previous::None;
        }
        let Some(sequence) = sequence else { return };
        if self.in_stage {
            return;
        }
        if rule.without_prior_reminder && !sequence.has_formal_notice() {
            self.pointless_lift(rule.head.span);
        }
        let id = self.place(span);
        if let Some(current) = &mut self.current {
            current.machine.rules.push(Rule {
                id,
                branches: found,
                sequence,
                without_prior_reminder: rule.without_prior_reminder,
            });
        }
    }

    /// `sans relance préalable` where there is nothing to lift.
    fn pointless_lift(&mut self, span: Span) {
        let found = self
            .checker
            .error(Code::PointlessLift, "`sans relance préalable` n'a rien à lever ici", span)
            .label("cette règle n'est pas un palier qui envoie une mise en demeure")
            .help("retirez ces mots");
        self.checker.tell(found);
    }

    fn place(&mut self, span: Span) -> RuleId {
        let place = self.lines.place(self.file, self.checker.original, span);
        let Some(current) = &mut self.current else { return RuleId(0) };
        let id = RuleId(u32::try_from(current.machine.places.len()).unwrap_or(u32::MAX));
        current.machine.places.push(place);
        id
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
                let found = self
                    .checker
                    .error(Code::ElseAlone, "ce `sinon` ne suit aucun `si`", rule.head.span)
                    .help("placez-le juste après la règle `si … alors …` dont il prend le contraire");
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
        let rung = answered.rung.clone();
        self.plan(rule, span, rung, and(flat(all)), sequence);
        self.previous = match own {
            Some(own) => Previous::Rule(answered.extended(&inwards(&own, false))),
            None => Previous::None,
        };
    }

    fn reaction(
        &mut self,
        words: &Node<String>,
        text: Option<&Node<String>>,
        span: Span,
        conditions: Option<Vec<Expr>>,
        sequence: Option<Sequence>,
    ) {
        let wanted = fold(&words.value);
        if let Some(trigger) = Trigger::ALL.into_iter().find(|t| fold(t.words()) == wanted)
            && text.is_none()
        {
            if let (Some(conditions), Some(sequence), false) = (conditions, sequence, self.in_stage) {
                let id = self.place(span);
                if let Some(current) = &mut self.current {
                    current.machine.reactions.push(Reaction {
                        id,
                        on: trigger,
                        guard: and(flat(conditions)),
                        sequence,
                    });
                }
            }
            self.previous = Previous::None;
            return;
        }
        if matches!(wanted.as_str(), "evenement" | "echeance manquee") {
            self.checker.not_yet(&format!("`quand {}`", words.value), words.span, "en attendant, servez-vous d'un des événements de docs/langage.md, par exemple `quand promesse rompue : …`");
            return;
        }
        let synonym = match wanted.as_str() {
            "soldee" | "payee" | "paye" | "paiement" | "facture payee" | "facture soldee" | "reglee"
            | "paiement total" => Some("soldée"),
            "litige" => Some("litige ouvert"),
            "promesse non tenue" | "promesse manquee" => Some("promesse rompue"),
            "paiement rejete" | "rejet de paiement" | "impaye" => Some("rejet"),
            "acompte" => Some("paiement partiel"),
            said if ["paie", "paye", "regle", "solde"].iter().any(|part| said.contains(part)) => Some("soldée"),
            _ => None,
        };
        let meant = synonym.or_else(|| nearest(&words.value, Trigger::ALL.iter().map(|t| t.words())));
        let list = Trigger::ALL.iter().map(|t| format!("`{}`", t.words())).collect::<Vec<_>>().join(", ");
        let message = match meant {
            Some(meant) => format!("événement inconnu `{}` : vouliez-vous dire `{meant}` ?", words.value),
            None => format!("événement inconnu `{}`", words.value),
        };
        let found =
            self.checker.error(Code::UnknownEvent, message, words.span).help(format!("les événements sont {list}"));
        self.checker.tell(match meant {
            Some(meant) => found.fix(meant),
            None => found,
        });
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

/// A list of conditions without lists in it.
fn flat(parts: Vec<Expr>) -> Vec<Expr> {
    let mut all = Vec::new();
    for part in parts {
        match part {
            Expr::And(inside) => all.extend(inside),
            other => all.push(other),
        }
    }
    all
}
