//! `quand …`: events, what people call them, and what must not follow them.

use super::Lowering;
use super::branches::and;
use super::otherwise::Previous;
use super::rules::{actions, flat};
use crate::ast;
use crate::diagnostic::Code;
use crate::keywords::nearest;
use crate::span::{Node, Span};
use relance_core::machine::{Expr, Reaction, Sequence, Trigger};
use relance_core::schema::fold;

/// What people call an event, folded, and its words.
const SYNONYMS: [(&str, &str); 20] = [
    ("payee", "soldée"),
    ("paye", "soldée"),
    ("paiement", "soldée"),
    ("facture payee", "soldée"),
    ("facture soldee", "soldée"),
    ("reglee", "soldée"),
    ("paiement total", "soldée"),
    ("litige", "litige ouvert"),
    ("litige ferme", "litige clos"),
    ("litige resolu", "litige clos"),
    ("promesse non tenue", "promesse rompue"),
    ("promesse manquee", "promesse rompue"),
    ("paiement rejete", "rejet"),
    ("rejet de paiement", "rejet"),
    ("impaye", "rejet"),
    ("acompte", "paiement partiel"),
    ("echeance reportee", "échéance modifiée"),
    ("echeance depassee", "échéance manquée"),
    ("echeance impayee", "échéance manquée"),
    ("mensualite manquee", "échéance manquée"),
];

/// Parts of words by which an event is recognised, the most telling first.
const VERBS: &[(&str, &str)] = &[
    ("promet", "promesse"),
    ("conteste", "litige ouvert"),
    ("repond", "réponse"),
    ("paie", "soldée"),
    ("paye", "soldée"),
    ("regle", "soldée"),
    ("solde", "soldée"),
];

impl Lowering<'_, '_, '_> {
    pub(super) fn reaction(
        &mut self,
        rule: &ast::Rule,
        words: &Node<String>,
        text: Option<&Node<String>>,
        span: Span,
        conditions: Option<Vec<Expr>>,
        sequence: Option<Sequence>,
    ) {
        if rule.without_prior_reminder {
            self.pointless_lift(rule.head.span);
        }
        let wanted = fold(&words.value);
        let Some(trigger) = Trigger::ALL.into_iter().find(|t| fold(t.words()) == wanted) else {
            return self.unknown_event(words);
        };
        if trigger == Trigger::Settled && self.goes_on(&rule.sequence) {
            return;
        }
        let name = match (trigger, text) {
            (Trigger::External, None) => {
                let found = self
                    .checker
                    .error(Code::MissingArgument, "`événement` demande un nom entre guillemets", words.span)
                    .help("écrivez par exemple `quand événement \"commande bloquée\" : …`");
                return self.checker.tell(found);
            }
            (Trigger::External, Some(name)) if name.value.is_empty() => {
                let found = self
                    .checker
                    .error(Code::MissingArgument, "le nom de cet événement est vide", name.span)
                    .help("écrivez par exemple `quand événement \"commande bloquée\" : …`");
                return self.checker.tell(found);
            }
            (Trigger::External, Some(name)) => Some(name.value.clone()),
            (_, None) => None,
            (_, Some(name)) => {
                let found = self
                    .checker
                    .error(Code::UnexpectedWord, format!("`{}` n'a pas de nom", trigger.words()), name.span)
                    .help("supprimez ce texte ; seul `quand événement \"…\"` porte un nom");
                return self.checker.tell(found);
            }
        };
        let without_lift = ast::Rule { without_prior_reminder: false, ..rule.clone() };
        if let (Some(conditions), Some((id, sequence))) = (conditions, self.number(&without_lift, span, sequence)) {
            let in_stage = self.stage.is_some();
            if let Some(current) = &mut self.current {
                let guard = and(flat(conditions));
                let reaction = Reaction { id, on: trigger, name, guard, sequence };
                match current.machine.states.last_mut().filter(|_| in_stage) {
                    Some(state) => state.reactions.push(reaction),
                    None => current.machine.reactions.push(reaction),
                }
            }
        }
        self.previous = Previous::None;
    }

    /// Tells what would have a settled invoice go on.
    fn goes_on(&mut self, sequence: &ast::Sequence) -> bool {
        let wrong = |action: &&Node<ast::Action>| {
            use ast::Action::{Continue, GoTo, Resume, Suspend};
            matches!(action.value, Continue | GoTo(_) | Resume | Suspend(_))
        };
        let places: Vec<Span> = actions(sequence).filter(wrong).map(|action| action.span).collect();
        for span in &places {
            let written = self.checker.written(*span);
            let found = self
                .checker
                .error(
                    Code::NothingAfterSettled,
                    format!("une facture soldée est finie : `{written}` n'a pas de sens"),
                    *span,
                )
                .help("supprimez-le ; `quand soldée` peut remercier (`email remerciement`) ou prévenir (`alerter …`)");
            self.checker.tell(found);
        }
        !places.is_empty()
    }

    fn unknown_event(&mut self, words: &Node<String>) {
        let wanted = fold(&words.value);
        if let Some((_, name)) = words.value.split_once(' ').filter(|(word, _)| fold(word) == "evenement") {
            let fix = format!("événement \"{name}\"");
            let found = self
                .checker
                .error(Code::TextQuotes, "le nom d'un événement se met entre guillemets", words.span)
                .help(format!("écrivez `quand {fix} : …`"))
                .fix(fix);
            return self.checker.tell(found);
        }
        let synonym = SYNONYMS.iter().find(|(said, _)| *said == wanted).map(|(_, event)| *event);
        let near = || nearest(&words.value, Trigger::ALL.iter().map(|t| t.words()));
        // « le client conteste », « il promet de payer »: the verb says it.
        let verb = || VERBS.iter().find(|(part, _)| wanted.contains(part)).map(|(_, event)| *event);
        let meant = synonym.or_else(near).or_else(verb);
        let shown = |trigger: Trigger| match trigger {
            Trigger::External => "`événement \"…\"`".to_owned(),
            other => format!("`{}`", other.words()),
        };
        let list = Trigger::ALL.into_iter().map(shown).collect::<Vec<_>>().join(", ");
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
}
