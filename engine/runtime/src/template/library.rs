//! The templates of a project: read, checked, rendered.

use super::blocks::{self, Block};
use super::check::Called;
use super::context::{MessageContext, Regime};
use super::gsm7;
use super::language::Lang;
use super::look::Look;
use super::pieces::{Pieces, Whole};
use super::problem::{Severity, TemplateProblem, explain};
use super::protect::{one_line, reveal};
use super::transfer::TransferCode;
use super::{filters, layout, markdown, value};
use crate::config::nearest::help_for;
use crate::qr;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use relance_core::machine::{Channel, Nature, Tone};
use relance_core::proof::{Said, TemplateFacts, Words};
use std::collections::BTreeMap;
use std::io;

/// What one rendering may cost; a message on a thousand invoices needs about a tenth of it.
const FUEL: u64 = 2_000_000;
/// The longest text of a message, in bytes, values still hidden: four bytes a character.
const LARGEST_OUTPUT: usize = 4_000_000;

/// A message, ready for its channel.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Rendered {
    /// On one line. E-mails always have one, letters may.
    pub subject: Option<String>,
    /// Readable by itself.
    pub text: String,
    /// A whole page; none for an SMS.
    pub html: Option<String>,
    /// The payment code that the page shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<TransferCode>,
}

impl Rendered {
    /// The page with its pictures in it, for a browser.
    pub fn page_alone(&self, look: &Look) -> Option<String> {
        let page = look.shown_in(self.html.clone()?);
        let Some(png) = self.code.as_ref().and_then(|code| qr::png(&code.text)) else { return Some(page) };
        let data = format!("\"data:image/png;base64,{}\"", STANDARD.encode(png));
        Some(page.replacen(&format!("\"cid:{}\"", TransferCode::CID), &data, 1))
    }
}

/// A letter before it is set: its subject, and the structure of its body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LetterText {
    /// On one line.
    pub subject: Option<String>,
    /// Two letters.
    pub language: String,
    /// The body.
    pub body: Vec<Block>,
    /// Whether it states penalties, interest or the recovery fee.
    pub computed: bool,
}

/// What scenarios have to know of a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CatalogEntry {
    /// The channel whose folder it is in; a registered letter takes the letters' ones.
    pub channel: Channel,
    /// Its name in scenarios.
    pub name: String,
    /// What its head says that it is for; `None` when it says nothing: a reminder, or a formal notice as a registered letter.
    pub nature: Option<Nature>,
    /// How firm it is.
    pub tone: Tone,
    /// Its language, in two letters; `None` is French.
    pub language: Option<String>,
    /// The other languages in which it is written (`ferme.en.md`).
    pub variants: Vec<String>,
}

/// What a template asks for before it can be written.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'t> {
    /// The channel in whose folder it is.
    pub channel: Channel,
    /// Its name in scenarios.
    pub name: &'t str,
    /// Its path in the project.
    pub file: &'t str,
    /// The file's text.
    pub text: &'t str,
    /// Its calls of scripts.
    pub called: &'t [Called],
    /// Whether it states penalties, interest or the recovery fee, in its text or in the statement that goes with it.
    pub computed: bool,
}

#[derive(Debug)]
pub(super) struct Template {
    pub file: String,
    pub nature: Option<Nature>,
    pub tone: Tone,
    pub lang: String,
    pub requires_invoice: bool,
    /// The line of its head that asks for the statement of account.
    pub requires_statement: Option<usize>,
    /// It brings a payment code.
    pub code: bool,
    pub body_line: usize,
    pub subject_line: Option<usize>,
    /// The file's text, as it was checked.
    pub text: String,
    /// What it says, where and when.
    pub head: Words,
    pub alone: Vec<Said>,
    pub grouped: Vec<Said>,
    /// What it asks the scripts.
    pub called: Vec<Called>,
    /// It states amounts that take rates.
    pub computed: bool,
    /// It cannot be read: what it says is not known.
    pub broken: bool,
    /// Its body with its pieces in it.
    pub whole: Whole,
}

/// Every template of a project.
pub struct Library {
    pub(super) templates: BTreeMap<(Channel, String), Template>,
    pub(super) pieces: Pieces,
    pub(super) env: Environment<'static>,
}

/// What a rendering writes, up to [`LARGEST_OUTPUT`].
struct Limited(Vec<u8>);

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len().saturating_add(bytes.len()) > LARGEST_OUTPUT {
            return Err(io::Error::other("too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("templates", &self.templates).finish_non_exhaustive()
    }
}

pub(super) fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().unwrap_or_default()
}

fn environment() -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_syntax(syntax());
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    // Subjects (`email/ferme#objet`) and SMS are plain text; in all else values are kept apart from the Markdown.
    env.set_auto_escape_callback(|name| {
        if name.contains('#') || name.starts_with("sms/") {
            AutoEscape::None
        } else {
            AutoEscape::Custom("markdown".into())
        }
    });
    filters::install(&mut env);
    env
}

/// The template and the language of a variant: `ferme.en`.
pub(super) fn variant(name: &str) -> Option<(&str, &str)> {
    name.split_once('.')
}

fn base_of(name: &str) -> &str {
    variant(name).map_or(name, |(base, _)| base)
}

pub(super) fn body_name(channel: Channel, name: &str) -> String {
    format!("{}/{name}", channel.folder())
}

pub(super) fn subject_name(channel: Channel, name: &str) -> String {
    format!("{}/{name}#objet", channel.folder())
}

impl Library {
    /// A library without templates.
    pub fn empty() -> Library {
        Library { templates: BTreeMap::new(), pieces: Pieces::default(), env: environment() }
    }

    /// The tone in which a template is written.
    pub fn tone(&self, channel: Channel, name: &str) -> Tone {
        self.templates.get(&(channel, name.to_owned())).map_or_else(Tone::default, |template| template.tone)
    }

    /// Whether a template's messages do not leave without the invoices that they are about.
    pub fn requires_invoice(&self, channel: Channel, name: &str) -> bool {
        self.templates.get(&(channel, name.to_owned())).is_some_and(|template| template.requires_invoice)
    }

    /// Whether a template's messages do not leave without the statement of account of their invoices.
    pub fn requires_statement(&self, channel: Channel, name: &str) -> bool {
        self.templates.get(&(channel, name.to_owned())).is_some_and(|template| template.requires_statement.is_some())
    }

    /// The templates that require one: file and line.
    pub fn requiring_statement(&self) -> impl Iterator<Item = (&str, usize)> {
        let line = |template: &Template| template.requires_statement;
        self.templates.values().filter_map(move |template| Some((template.file.as_str(), line(template)?)))
    }

    /// Every template, by channel and name.
    pub fn catalog(&self) -> Vec<CatalogEntry> {
        let all = self.templates.iter().filter(|((_, name), _)| variant(name).is_none());
        let entry = |((channel, name), template): (&(Channel, String), &Template)| CatalogEntry {
            channel: *channel,
            name: name.clone(),
            variants: self.variants(*channel, name).map(str::to_owned).collect(),
            nature: template.nature,
            tone: template.tone,
            language: Some(&template.lang).filter(|lang| *lang != "fr").cloned(),
        };
        all.map(entry).collect()
    }

    /// The other languages in which a template is written.
    pub fn variants<'a>(&'a self, channel: Channel, name: &'a str) -> impl Iterator<Item = &'a str> {
        let own =
            move |(of, key): &'a (Channel, String)| variant(key).filter(|(base, _)| *of == channel && *base == name);
        self.templates.keys().filter_map(own).map(|(_, lang)| lang)
    }

    /// The files of templates in languages of which Relance does not read the mentions.
    pub fn unread(&self) -> impl Iterator<Item = &str> {
        self.templates
            .values()
            .filter(|template| !Lang::of(&template.lang).is_read())
            .map(|template| template.file.as_str())
    }

    /// What each template says, for the proofs.
    pub fn facts(&self) -> Vec<TemplateFacts> {
        // A variant is for what the template is for.
        let base = |channel: Channel, name: &str| self.templates.get(&(channel, base_of(name).to_owned()));
        let facts = |((channel, name), template): (&(Channel, String), &Template)| TemplateFacts {
            channel: *channel,
            name: base_of(name).to_owned(),
            file: template.file.clone(),
            text: template.text.clone(),
            nature: base(*channel, name).unwrap_or(template).nature,
            tone: base(*channel, name).unwrap_or(template).tone,
            head: template.head,
            alone: template.alone.clone(),
            grouped: template.grouped.clone(),
        };
        let read = |template: &Template| !template.broken && Lang::of(&template.lang).is_read();
        self.templates.iter().filter(|(_, template)| read(template)).map(facts).collect()
    }

    /// The templates that ask the scripts something, or state amounts that are computed.
    pub fn asking(&self) -> impl Iterator<Item = Asking<'_>> {
        let computed = |template: &Template| template.computed || template.requires_statement.is_some();
        let asking =
            self.templates.iter().filter(move |(_, template)| computed(template) || !template.called.is_empty());
        asking.map(move |((channel, name), t)| Asking {
            channel: *channel,
            name: base_of(name),
            file: &t.file,
            text: &t.text,
            called: &t.called,
            computed: computed(t),
        })
    }

    /// The message for these values.
    pub fn render(&self, channel: Channel, name: &str, message: &MessageContext) -> Result<Rendered, TemplateProblem> {
        // A registered letter is a letter.
        let channel = if channel.is_letter() { Channel::Letter } else { channel };
        let (name, template) = self.chosen(channel, name, message)?;
        self.compose(channel, name, template, message).map(|(rendered, _)| rendered)
    }

    /// The template in the language of the message, and its own name; the template itself where it has no such translation.
    fn chosen(
        &self,
        channel: Channel,
        name: &str,
        message: &MessageContext,
    ) -> Result<(&str, &Template), TemplateProblem> {
        let found = |name: String| self.templates.get_key_value(&(channel, name));
        let wanted = message.language.as_deref().and_then(|lang| found(format!("{name}.{lang}")));
        let chosen = wanted.or_else(|| found(name.to_owned())).map(|((_, name), template)| (name.as_str(), template));
        chosen.ok_or_else(|| self.unknown(channel, name))
    }

    /// The letter for these values, to be set on paper.
    pub fn letter(&self, name: &str, message: &MessageContext) -> Result<LetterText, TemplateProblem> {
        let (name, template) = self.chosen(Channel::Letter, name, message)?;
        let (source, subject) = self.written(Channel::Letter, name, template, message)?;
        let (language, computed) = (template.lang.clone(), template.computed);
        Ok(LetterText { subject, language, body: blocks::read(&source), computed })
    }

    /// The code of the transfer that a message asks for, if its template wants one and there can be one. A public buyer does not pay by
    /// an app.
    fn code(
        &self,
        channel: Channel,
        name: &str,
        template: &Template,
        message: &MessageContext,
    ) -> Option<TransferCode> {
        let wanted = self.templates.get(&(channel, base_of(name).to_owned())).unwrap_or(template).code;
        let amount = message.asked(template.computed);
        let text = || message.transfer(amount).ok().filter(|text| qr::holds(text));
        (wanted && message.regime() != Regime::Public).then(text)?.map(|text| TransferCode { text, amount })
    }

    fn unknown(&self, channel: Channel, name: &str) -> TemplateProblem {
        let own = self.templates.keys().filter(|(of, name)| *of == channel && variant(name).is_none());
        let known: Vec<&str> = own.map(|key| key.1.as_str()).collect();
        TemplateProblem {
            file: format!("modeles/{}/{name}.md", channel.folder()),
            line: 1,
            column: None,
            severity: Severity::Error,
            message: format!("il n'y a pas de modèle `{name}` dans `modeles/{}`", channel.folder()),
            help: Some(help_for(name, &known)),
        }
    }

    fn part(
        &self,
        name: &str,
        values: &minijinja::Value,
        template: &Template,
        line: usize,
    ) -> Result<String, TemplateProblem> {
        let mut out = Limited(Vec::with_capacity(4_096));
        let written = self.env.get_template(name).and_then(|template| template.render_captured_to(values, &mut out));
        written.map_err(|error| explain(&error, &template.file, line))?;
        let text = String::from_utf8(out.0).unwrap_or_default();
        Ok(if template.lang == "fr" { markdown::french_spaces(&text) } else { text })
    }

    /// The pieces that templates share: each one's file and text.
    pub fn shared(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pieces.texts()
    }

    /// The body's Markdown, whose values are hidden, and the subject.
    fn written(
        &self,
        channel: Channel,
        name: &str,
        template: &Template,
        message: &MessageContext,
    ) -> Result<(String, Option<String>), TemplateProblem> {
        let values = value::variables(message, &template.lang);
        let source = self.part(&body_name(channel, name), &values, template, template.body_line);
        let source = source.map_err(|problem| template.whole.settle(problem))?;
        let subject = match template.subject_line {
            Some(line) => Some(one_line(&reveal(&self.part(&subject_name(channel, name), &values, template, line)?))),
            None => None,
        };
        Ok((source, subject))
    }

    pub(super) fn compose(
        &self,
        channel: Channel,
        name: &str,
        template: &Template,
        message: &MessageContext,
    ) -> Result<(Rendered, Option<markdown::Body>), TemplateProblem> {
        let (source, subject) = self.written(channel, name, template, message)?;
        if channel == Channel::Sms {
            let text = gsm7::simplify(&one_line(&reveal(&source)));
            return Ok((Rendered { subject: None, text, html: None, code: None }, None));
        }
        let body = markdown::read(&source, message.creditor.look.colour);
        let lang = template.lang.as_str();
        let mut code = None;
        let (text, html) = match channel {
            Channel::Letter | Channel::RegisteredLetter => layout::letter(message, subject.as_deref(), lang, &body),
            Channel::Call => layout::call(message, lang, &body),
            _ => {
                code = self.code(channel, name, template, message);
                layout::email(message, subject.as_deref().unwrap_or(""), lang, &body, code.as_ref())
            }
        };
        Ok((Rendered { subject, text, html: Some(html), code }, Some(body)))
    }
}
