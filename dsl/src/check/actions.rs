//! Actions: delays, approvals, roles, texts.

use super::Checker;
use crate::ast::{self, Name};
use crate::diagnostic::Code;
use crate::keywords::nearest;
use crate::span::{Node, Span};
use relance_core::day;
use relance_core::machine::{Action, Approval, Attempt, Contact, Expr, Item, Sequence, SequenceStage, Value};
use relance_core::schema::{Type, fold};

/// How many of its units a duration has.
pub(crate) fn count(span: day::Span) -> i64 {
    match span {
        day::Span::Days(n) | day::Span::Months(n) | day::Span::BusinessDays(n) => n,
    }
}

impl Checker<'_, '_, '_> {
    /// A sequence; `None` when anything in it is wrong.
    pub fn sequence(&mut self, sequence: &ast::Sequence) -> Option<Sequence> {
        let mut stages = Vec::new();
        let mut wrong = false;
        for stage in &sequence.stages {
            let after = self.pause(stage.after.as_ref(), &mut wrong);
            let mut items = Vec::new();
            for item in &stage.items {
                let mut actions = Vec::new();
                for attempt in &item.attempts {
                    match self.attempt(attempt) {
                        Some(attempt) => actions.push(attempt),
                        None => wrong = true,
                    }
                }
                items.push(Item(actions));
            }
            if stage.wait.is_some() {
                if after.is_some() {
                    stages.push(SequenceStage { wait: after, items: Vec::new() });
                }
                let wait = self.pause(stage.wait.as_ref(), &mut wrong);
                stages.push(SequenceStage { wait, items });
            } else {
                stages.push(SequenceStage { wait: after, items });
            }
        }
        (!wrong && !stages.is_empty()).then_some(Sequence { stages })
    }

    fn pause(&mut self, delay: Option<&Node<ast::Expr>>, wrong: &mut bool) -> Option<Expr> {
        let checked = self.delay(delay?);
        *wrong |= checked.is_none();
        checked
    }

    /// A duration, a constant that is one, or a call.
    pub fn delay(&mut self, delay: &Node<ast::Expr>) -> Option<Expr> {
        if let ast::Expr::Word(word) = &delay.value {
            if self.project.is_failed(word) {
                return None;
            }
            if self.project.constant(word).is_none() {
                self.unknown_delay(word, delay.span);
                return None;
            }
        }
        let typed = self.typed(delay, Some(Type::Duration))?;
        let written = self.written(delay.span);
        if typed.ty != Type::Duration {
            let found = self
                .error(
                    Code::TypeMismatch,
                    format!("`{written}` est {}, et il faut ici une durée", typed.ty.french()),
                    delay.span,
                )
                .help("écrivez par exemple `3j`, `2 semaines` ou `8 jours ouvrés`");
            self.tell(found);
            return None;
        }
        let negative = matches!(&typed.expr, Expr::Literal(Value::Duration(span)) if count(*span) < 0);
        if negative {
            let found = self
                .error(Code::OutOfRange, format!("`{written}` est un délai négatif"), delay.span)
                .help("un délai va vers l'avant : pour agir avant l'échéance, écrivez `à J-5 : …`");
            self.tell(found);
            return None;
        }
        Some(typed.expr)
    }

    fn unknown_delay(&mut self, word: &str, span: Span) {
        let constants: Vec<&str> = self.project.constants.iter().map(|(name, _)| name.as_str()).collect();
        let meant = nearest(word, constants);
        let message = match meant {
            Some(meant) => format!("`{word}` n'est pas un délai : vouliez-vous dire `{meant}` ?"),
            None => format!("`{word}` n'est pas un délai"),
        };
        let found = self.error(Code::UnknownDelay, message, span);
        self.tell(match meant {
            Some(meant) => found.help(format!("écrivez `{meant}`")).fix(meant),
            None => {
                found.help(format!("écrivez une durée, par exemple `3j`, ou définissez-la : `constante {word} : 3j`"))
            }
        });
    }

    /// An action and its approval.
    pub fn attempt(&mut self, attempt: &ast::Attempt) -> Option<Attempt> {
        let action = self.action(&attempt.action);
        let approval = match &attempt.approval {
            None => Some(None),
            Some(Node { value: ast::Approval { by: None }, .. }) => Some(Some(Approval::default())),
            Some(Node { value: ast::Approval { by: Some(role) }, .. }) => {
                self.role(&role.value, role.span).map(|role| Some(Approval { by: Some(role) }))
            }
        };
        if let (ast::Action::Continue, Some(approval)) = (&attempt.action.value, &attempt.approval) {
            let found = self
                .error(Code::UnexpectedWord, "`continuer` ne se fait pas valider", approval.span)
                .help("l'effet normal de l'événement ne peut pas attendre : supprimez ces mots");
            self.tell(found);
            return None;
        }
        Some(Attempt { action: action?, approval: approval? })
    }

    fn action(&mut self, action: &Node<ast::Action>) -> Option<Action> {
        match &action.value {
            ast::Action::Contact { channel, template, choice, to, copy } => {
                let message = match choice {
                    Some(choice) => self.choice(channel, choice),
                    None => self.template(channel, template.as_ref()),
                };
                let to = self.roles(to);
                let copy = self.roles(copy);
                Some(Action::Contact(Contact { to: to?, copy: copy?, ..message? }))
            }
            ast::Action::Task { text, to } => {
                let who = self.roles(to)?;
                if let [_, second, ..] = to.as_slice() {
                    let found = self
                        .error(Code::UnexpectedWord, "une tâche n'a qu'un destinataire", second.span)
                        .help("écrivez deux tâches jointes par `et`");
                    self.tell(found);
                    return None;
                }
                let text = self.required(text.as_ref(), action.span, "tâche", "Appeler le client")?;
                Some(Action::Task { text, to: who.into_iter().next() })
            }
            ast::Action::Note(text) => {
                Some(Action::Note { text: self.required(text.as_ref(), action.span, "note", "Client prévenu")? })
            }
            ast::Action::Alert(target) => {
                let target = self.target(target.as_ref(), action.span, "alerter", "direction")?;
                Some(Action::Alert { target })
            }
            ast::Action::HandOver(target) => {
                let target = self.target(target.as_ref(), action.span, "transmettre", "recouvrement")?;
                Some(Action::HandOver { target })
            }
            ast::Action::GoTo(state) => Some(Action::GoTo { state: self.stage(&state.value, state.span, "aller à")? }),
            ast::Action::Suspend(length) => Some(Action::Suspend { length: self.length(length.as_ref())? }),
            ast::Action::Resume => Some(Action::Resume),
            ast::Action::Continue => Some(Action::Continue),
            ast::Action::Invalid => None,
        }
    }

    /// How long `suspendre` lasts: a duration that does not depend on the invoice. The outer `None` when it is wrong.
    fn length(&mut self, length: Option<&Node<ast::Expr>>) -> Option<Option<day::Span>> {
        let Some(length) = length else { return Some(None) };
        match self.delay(length)? {
            Expr::Literal(Value::Duration(span)) if count(span) > 0 => Some(Some(span)),
            Expr::Literal(_) => {
                let found = self
                    .error(Code::OutOfRange, "une suspension dure au moins un jour", length.span)
                    .help("écrivez par exemple `suspendre 15j`, ou `suspendre` seul jusqu'à une reprise");
                self.tell(found);
                None
            }
            _ => {
                let found = self
                    .error(Code::TypeMismatch, "une suspension a une durée écrite", length.span)
                    .help("écrivez par exemple `suspendre 15j`, ou le nom d'une constante");
                self.tell(found);
                None
            }
        }
    }

    fn required(&mut self, text: Option<&Node<String>>, span: Span, verb: &str, example: &str) -> Option<String> {
        match text {
            Some(text) if !text.value.is_empty() => Some(text.value.clone()),
            _ => {
                let found = self
                    .error(Code::MissingArgument, format!("`{verb}` demande un texte entre guillemets"), span)
                    .help(format!("écrivez par exemple `{verb} \"{example}\"`"));
                self.tell(found);
                None
            }
        }
    }

    /// Whom `alerter` tells and to whom `transmettre` hands over: a role, or a text.
    fn target(&mut self, target: Option<&Node<Name>>, span: Span, verb: &str, example: &str) -> Option<String> {
        match target {
            Some(Node { value: Name::Invalid, .. }) => None,
            Some(Node { value: Name::Bare(name), span }) => self.role(name, *span),
            Some(Node { value: Name::Quoted(text), span }) if !text.is_empty() => {
                let known = self.context.roles.iter().find(|role| fold(role) == fold(text)).cloned();
                if known.is_none()
                    && let Some(meant) = nearest(text, self.context.roles.iter().map(String::as_str))
                {
                    let message = format!("destinataire inconnu `{text}` : vouliez-vous dire `{meant}` ?");
                    let found = self.error(Code::UnknownRole, message, *span).fix(format!("\"{meant}\""));
                    self.tell(found.help(format!("écrivez `{verb} \"{meant}\"`")));
                    return None;
                }
                Some(known.unwrap_or_else(|| text.clone()))
            }
            _ => {
                let whom = if verb == "alerter" { "qui prévenir" } else { "à qui" };
                let found = self
                    .error(Code::MissingArgument, format!("`{verb}` demande {whom}"), span)
                    .help(format!("écrivez par exemple `{verb} \"{example}\"`"));
                self.tell(found);
                None
            }
        }
    }

    fn roles(&mut self, names: &[Node<String>]) -> Option<Vec<String>> {
        let found: Vec<Option<String>> = names.iter().map(|name| self.role(&name.value, name.span)).collect();
        found.into_iter().collect()
    }

    fn role(&mut self, name: &str, span: Span) -> Option<String> {
        let wanted = fold(name);
        if let Some(role) = self.context.roles.iter().find(|role| fold(role) == wanted) {
            return Some(role.clone());
        }
        let list = self.context.roles.iter().map(|role| format!("`{role}`")).collect::<Vec<_>>().join(", ");
        let message = match nearest(name, self.context.roles.iter().map(String::as_str)) {
            Some(meant) => format!("destinataire inconnu `{name}` : vouliez-vous dire `{meant}` ?"),
            None => format!("destinataire inconnu `{name}`"),
        };
        let found = self.error(Code::UnknownRole, message, span);
        let found = match nearest(name, self.context.roles.iter().map(String::as_str)) {
            Some(meant) => found.fix(meant),
            None => found,
        };
        self.tell(if list.is_empty() {
            found.help("aucun rôle n'est connu : donnez des contacts aux clients, ou déclarez les personnes dans `relance.toml`")
        } else {
            found.help(format!("les rôles connus sont {list}"))
        });
        None
    }
}
