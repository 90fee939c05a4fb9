//! Templates: those that a contact names, or lets a function choose.

use super::Checker;
use crate::ast::{self, Name};
use crate::diagnostic::Code;
use crate::keywords::{self, nearest};
use crate::span::{Node, Span};
use relance_core::machine::{Channel, Choice, Contact, Nature, Tone};
use relance_core::schema::{Type, fold};

/// A registered letter is a letter: they share their templates.
fn stored_as(channel: Channel) -> Channel {
    if channel.is_letter() { Channel::Letter } else { channel }
}

fn contact(channel: Channel, template: Option<String>, nature: Nature, tone: Tone) -> Contact {
    Contact {
        channel,
        template,
        choice: None,
        nature,
        tone,
        language: None,
        variants: Vec::new(),
        to: Vec::new(),
        copy: Vec::new(),
    }
}

fn nature_name(nature: Nature) -> &'static str {
    match nature {
        Nature::Reminder => "une relance",
        Nature::Information => "une information",
        Nature::FormalNotice => "une mise en demeure",
    }
}

impl<'a> Checker<'a, '_, '_> {
    /// A contact by its template, to nobody yet.
    pub(super) fn template(&mut self, channel: &Node<Channel>, name: Option<&Node<Name>>) -> Option<Contact> {
        let (known, available) = self.known_templates(channel.value);
        let verb = channel.value.name();
        let Some(name) = name else {
            if channel.value == Channel::Call {
                return Some(contact(channel.value, None, Nature::Reminder, Tone::default()));
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
        let stored = stored_as(channel.value);
        if let Some(template) = self.context.templates.iter().find(|t| t.channel == stored && fold(&t.name) == wanted) {
            let usual =
                if channel.value == Channel::RegisteredLetter { Nature::FormalNotice } else { Nature::Reminder };
            let nature = template.nature.unwrap_or(usual);
            let (language, variants) = (template.language.clone(), template.variants.clone());
            let contact = contact(channel.value, Some(template.name.clone()), nature, template.tone);
            return Some(Contact { language, variants, ..contact });
        }
        self.unknown_template(verb, word, name.span, &known, &available);
        None
    }

    /// The names of a channel's templates, and a sentence that lists them.
    fn known_templates(&self, channel: Channel) -> (Vec<&'a str>, String) {
        let stored = stored_as(channel);
        let folder = channel.folder();
        let known: Vec<&'a str> =
            self.context.templates.iter().filter(|t| t.channel == stored).map(|t| t.name.as_str()).collect();
        let list = known.iter().take(8).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let available = if list.is_empty() {
            format!("il n'y a encore aucun modèle dans `modeles/{folder}/`")
        } else {
            format!("les modèles de `modeles/{folder}/` sont {list}")
        };
        (known, available)
    }

    /// `email f() parmi (courtois, ferme)`: the listed templates exist and are of one nature.
    pub(super) fn choice(&mut self, channel: &Node<Channel>, choice: &ast::Choice) -> Option<Contact> {
        if let ast::Expr::Word(word) = &choice.call.value {
            let message = format!("`{word}` n'est pas un appel de fonction, et `parmi` en attend un");
            let found = self
                .error(Code::MixedChoice, message, choice.call.span)
                .help(format!("écrivez `{word}()` : la fonction choisit l'un des modèles de la liste"))
                .fix(format!("{word}()"));
            self.tell(found);
            return None;
        }
        let call = self.typed(&choice.call, Some(Type::Text)).map(|typed| typed.expr);
        if choice.among.is_empty() {
            let written = self.written(choice.call.span);
            let found = self
                .error(
                    Code::MixedChoice,
                    format!("il manque la liste des modèles que `{written}` peut choisir"),
                    choice.call.span,
                )
                .help(format!("écrivez par exemple `{} {written} parmi (courtois, ferme)`", channel.value.name()));
            self.tell(found);
            return None;
        }
        let found: Vec<Option<Contact>> = choice.among.iter().map(|name| self.template(channel, Some(name))).collect();
        let found: Vec<Contact> = found.into_iter().collect::<Option<_>>()?;
        let call = call?;
        let first = found.first()?;
        if let Some((other, name)) = found.iter().zip(&choice.among).find(|(contact, _)| contact.nature != first.nature)
        {
            let (one, two) = (nature_name(first.nature), nature_name(other.nature));
            let written = self.written(name.span);
            let message = format!("`{written}` est {two}, et le premier modèle de la liste {one}");
            let found = self
                .error(Code::MixedChoice, message, name.span)
                .help("les modèles d'un choix sont de même nature : écrivez une règle pour chaque nature");
            self.tell(found);
            return None;
        }
        let tone = found.iter().map(|contact| contact.tone).max().unwrap_or_default();
        let among = found.iter().filter_map(|contact| contact.template.clone()).collect();
        let language = |contact: &Contact| Some((contact.template.clone()?, contact.language.clone()?));
        let languages = found.iter().filter_map(language).collect();
        let written = found.iter().filter(|contact| !contact.variants.is_empty());
        let variants =
            written.filter_map(|contact| Some((contact.template.clone()?, contact.variants.clone()))).collect();
        let choice = Some(Box::new(Choice { call, among, languages, variants }));
        Some(Contact { choice, ..contact(channel.value, None, first.nature, tone) })
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
        if span.start > 0
            && self.begins_line(span)
            && let Some(meant) = nearest(word, keywords::OPENINGS.iter().chain(keywords::ACTIONS).copied())
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
