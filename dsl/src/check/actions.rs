//! Actions: templates, roles, texts.

use super::Checker;
use crate::ast::{self, Later, Name};
use crate::diagnostic::Code;
use crate::keywords::{self, nearest};
use crate::span::{Node, Span};
use relance_core::day;
use relance_core::machine::{Action, Channel, Contact, Item, Nature, Sequence, SequenceStage};
use relance_core::schema::fold;

/// An action that is not executed yet: its words, and what one can write today.
fn later(action: Later) -> (&'static str, &'static str) {
    match action {
        Later::RegisteredLetter => (
            "`lettre_recommandée`",
            "en attendant : `tâche \"Envoyer la lettre recommandée\"`, ou `courrier mise_en_demeure`",
        ),
        Later::GoTo => ("`aller à`", "en attendant, gardez la suite dans ce scénario : `à J+45 : …`"),
        Later::Suspend => (
            "`suspendre`",
            "en attendant, une personne peut arrêter les relances ; `tâche \"Suspendre les relances\"` le lui demande",
        ),
        Later::Resume => (
            "`reprendre`",
            "en attendant, une personne peut reprendre les relances ; `tâche \"Reprendre les relances\"` le lui demande",
        ),
        Later::Continue => ("`continuer`", "supprimez-le : sans lui, l'effet normal de l'événement s'applique"),
        Later::HandOver => {
            ("`transmettre`", "en attendant : `alerter \"direction\"`, ou `tâche \"Transmettre le dossier\"`")
        }
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
                    match self.action(&attempt.action) {
                        Some(action) => actions.push(action),
                        None => wrong = true,
                    }
                    if let Some(Node { span, .. }) = attempt.approval {
                        wrong = true;
                        self.not_yet("`après validation`", span, "en attendant, demandez l'accord par `tâche \"Valider …\" puis …` : la suite attend que la tâche soit faite");
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

    fn pause(&mut self, literal: Option<&Node<ast::Literal>>, wrong: &mut bool) -> Option<day::Span> {
        match &literal?.value {
            ast::Literal::Duration(span) => Some(*span),
            _ => {
                *wrong = true;
                None
            }
        }
    }

    fn action(&mut self, action: &Node<ast::Action>) -> Option<Action> {
        match &action.value {
            ast::Action::Contact { channel, template, to, copy } => {
                let template = self.template(channel, template.as_ref());
                let to = self.roles(to);
                let copy = self.roles(copy);
                let (template, nature) = template?;
                Some(Action::Contact(Contact { channel: channel.value, template, nature, to: to?, copy: copy? }))
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
            ast::Action::Alert(target) => self.alert(target.as_ref(), action.span),
            ast::Action::Invalid => None,
            ast::Action::Later(what) => {
                let (words, today) = later(*what);
                self.not_yet(words, action.span, today);
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

    fn alert(&mut self, target: Option<&Node<Name>>, span: Span) -> Option<Action> {
        match target {
            Some(Node { value: Name::Invalid, .. }) => None,
            Some(Node { value: Name::Bare(name), span }) => {
                self.role(name, *span).map(|target| Action::Alert { target })
            }
            Some(Node { value: Name::Quoted(text), span }) if !text.is_empty() => {
                let known = self.context.roles.iter().find(|role| fold(role) == fold(text)).cloned();
                if known.is_none()
                    && let Some(meant) = nearest(text, self.context.roles.iter().map(String::as_str))
                {
                    let message = format!("destinataire inconnu `{text}` : vouliez-vous dire `{meant}` ?");
                    let found = self.error(Code::UnknownRole, message, *span).fix(format!("\"{meant}\""));
                    self.tell(found.help(format!("écrivez `alerter \"{meant}\"`")));
                    return None;
                }
                Some(Action::Alert { target: known.unwrap_or_else(|| text.clone()) })
            }
            _ => {
                let found = self
                    .error(Code::MissingArgument, "`alerter` demande qui prévenir", span)
                    .help("écrivez par exemple `alerter \"direction\"`");
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
        self.tell(if list.is_empty() {
            found.help("aucun rôle n'est connu : donnez des contacts aux clients, ou déclarez les personnes dans `relance.toml`")
        } else {
            found.help(format!("les rôles connus sont {list}"))
        });
        None
    }

    /// The template's name as the project has it, and its nature.
    fn template(&mut self, channel: &Node<Channel>, name: Option<&Node<Name>>) -> Option<(Option<String>, Nature)> {
        let verb = channel.value.name();
        let known: Vec<&str> =
            self.context.templates.iter().filter(|t| t.channel == channel.value).map(|t| t.name.as_str()).collect();
        let list = known.iter().take(8).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let available = if list.is_empty() {
            format!("il n'y a encore aucun modèle dans `modeles/{verb}/`")
        } else {
            format!("les modèles de `modeles/{verb}/` sont {list}")
        };
        let Some(name) = name else {
            if channel.value == Channel::Call {
                return Some((None, Nature::Reminder));
            }
            let found = self
                .error(Code::MissingArgument, format!("`{verb}` demande le nom d'un modèle"), channel.span)
                .help(available);
            self.tell(found);
            return None;
        };
        let word = match &name.value {
            Name::Quoted(text) => {
                let fix = text.split_whitespace().collect::<Vec<_>>().join("_");
                let found = self
                    .error(Code::TextQuotes, "le nom d'un modèle s'écrit sans guillemets", name.span)
                    .help(format!("écrivez `{verb} {fix}`"))
                    .fix(fix);
                self.tell(found);
                return None;
            }
            Name::Bare(word) => word,
            Name::Invalid => return None,
        };
        let wanted = fold(word);
        if let Some(template) =
            self.context.templates.iter().find(|t| t.channel == channel.value && fold(&t.name) == wanted)
        {
            return Some((Some(template.name.clone()), template.nature));
        }
        self.unknown_template(verb, word, name.span, &known, &available);
        None
    }

    fn unknown_template(&mut self, verb: &str, word: &str, span: Span, known: &[&str], available: &str) {
        let joined = word.replace('-', "_");
        let wanted = fold(&joined);
        if joined != *word && known.iter().any(|name| fold(name) == wanted) {
            let found = self
                .error(Code::BadName, "un nom s'écrit avec `_`, pas avec un tiret", span)
                .help(format!("écrivez `{joined}`"))
                .fix(joined);
            return self.tell(found);
        }
        // A word alone on its line after `appel` was probably meant to open something.
        let first_of_line = self.original.get(..span.start).is_some_and(|before| {
            before.rsplit('\n').next().is_some_and(|line| line.trim().is_empty()) && !before.trim().is_empty()
        });
        if first_of_line && let Some(meant) = nearest(word, keywords::OPENINGS.iter().chain(keywords::ACTIONS).copied())
        {
            let found = self
                .error(Code::UnexpectedWord, format!("`{word}` est inconnu : vouliez-vous dire `{meant}` ?"), span)
                .help(format!("écrivez `{meant}`"))
                .fix(meant);
            return self.tell(found);
        }
        let elsewhere: Vec<String> = self
            .context
            .templates
            .iter()
            .filter(|t| fold(&t.name) == wanted)
            .map(|t| format!("`{}`", t.channel.name()))
            .collect();
        let found = if let Some(meant) = nearest(word, known.iter().copied()) {
            let message = format!("modèle inconnu `{word}` pour `{verb}` : vouliez-vous dire `{meant}` ?");
            self.error(Code::UnknownTemplate, message, span).help(available).fix(meant)
        } else if elsewhere.is_empty() {
            self.error(Code::UnknownTemplate, format!("modèle inconnu `{word}` pour `{verb}`"), span)
                .help(format!("{available} ; vous pouvez y ajouter `{word}`"))
        } else {
            let message = format!("le modèle `{word}` existe pour {}, pas pour `{verb}`", elsewhere.join(" et "));
            self.error(Code::UnknownTemplate, message, span)
                .help(format!("{available} ; vous pouvez y ajouter `{word}`"))
        };
        self.tell(found);
    }
}
