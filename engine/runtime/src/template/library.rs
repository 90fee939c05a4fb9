//! The templates of a project: read, checked, rendered.

use super::blocks::{self, Block};
use super::check::Called;
use super::context::MessageContext;
use super::front;
use super::gsm7;
use super::mentions::Reader;
use super::problem::{Found, Severity, TemplateProblem, explain};
use super::protect::{one_line, reveal};
use super::sample::kinds;
use super::{check, filters, layout, markdown, sample, value};
use crate::config::nearest::help_for;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, machinery};
use relance_core::machine::{Channel, Nature, Tone};
use relance_core::proof::{Said, TemplateFacts, Words};
use relance_core::schema::fold;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A file above this is not a template.
const LARGEST_FILE: u64 = 60_000;
/// What one rendering may cost; a message on a thousand invoices needs about a tenth of it.
const FUEL: u64 = 2_000_000;

/// A message, ready for its channel.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Rendered {
    /// On one line. E-mails always have one, letters may.
    pub subject: Option<String>,
    /// Readable by itself.
    pub text: String,
    /// A whole page; none for an SMS.
    pub html: Option<String>,
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
    /// Whether it states penalties, interest or the recovery fee.
    pub computed: bool,
}

#[derive(Debug)]
struct Template {
    file: String,
    nature: Option<Nature>,
    tone: Tone,
    lang: String,
    requires_invoice: bool,
    body_line: usize,
    subject_line: Option<usize>,
    /// The file's text, as it was checked.
    text: String,
    /// What it says, where and when.
    head: Words,
    alone: Vec<Said>,
    grouped: Vec<Said>,
    /// What it asks the scripts.
    called: Vec<Called>,
    /// It states amounts that take rates.
    computed: bool,
    /// It cannot be read: what it says is not known.
    broken: bool,
}

/// Every template of a project.
pub struct Library {
    templates: BTreeMap<(Channel, String), Template>,
    env: Environment<'static>,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("templates", &self.templates).finish_non_exhaustive()
    }
}

fn syntax() -> SyntaxConfig {
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

fn body_name(channel: Channel, name: &str) -> String {
    format!("{}/{name}", channel.folder())
}

fn subject_name(channel: Channel, name: &str) -> String {
    format!("{}/{name}#objet", channel.folder())
}

impl Library {
    /// A library without templates.
    pub fn empty() -> Library {
        Library { templates: BTreeMap::new(), env: environment() }
    }

    /// Reads `modeles/<canal>/<nom>.md` under the project's folder and checks everything. A template with an error is
    /// listed all the same, so that scenarios naming it are not reported twice.
    pub fn load(project: &Path) -> (Library, Vec<TemplateProblem>) {
        let mut library = Library::empty();
        let mut problems = Vec::new();
        let root = project.join("modeles");
        for folder in entries(&root, "modeles", &mut problems) {
            let shown = format!("modeles/{folder}");
            let Some(channel) = Channel::ALL.into_iter().find(|c| c.name() == folder && c.folder() == folder) else {
                let mut found = Found { file: &shown, into: &mut problems };
                found.warning(1, format!("`{folder}` n'est pas un dossier de modèles"), folder_help(&folder));
                continue;
            };
            for file in entries(&root.join(&folder), &shown, &mut problems) {
                let path = root.join(&folder).join(&file);
                library.add_file(channel, &path, &format!("{shown}/{file}"), &mut problems);
            }
        }
        problems.sort();
        problems.dedup();
        (library, problems)
    }

    fn add_file(&mut self, channel: Channel, path: &Path, shown: &str, problems: &mut Vec<TemplateProblem>) {
        let mut found = Found { file: shown, into: problems };
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if path.extension().is_none_or(|extension| extension != "md") {
            found.warning(1, "ce fichier n'est pas un modèle", "un modèle est un fichier dont le nom finit par .md");
            return;
        }
        if !stem.chars().all(|c| c.is_alphanumeric() || c == '_') || stem.starts_with(char::is_numeric) {
            let help = "renommez-le avec des lettres, des chiffres et `_`, sans espace : dernier_avis.md";
            found.error(1, None, format!("aucun scénario ne pourrait nommer `{stem}`"), help);
            return;
        }
        if fs::metadata(path).is_ok_and(|data| data.len() > LARGEST_FILE) {
            found.error(1, None, "ce fichier est trop grand pour un modèle", "un modèle fait au plus 60 ko");
            return self.add_unread(channel, &stem, shown);
        }
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                found.error(1, None, format!("fichier illisible : {error}"), "vérifiez les droits du fichier");
                return self.add_unread(channel, &stem, shown);
            }
        };
        match String::from_utf8(bytes) {
            Ok(text) => self.add(channel, &stem, shown, &text, problems),
            Err(_) => {
                found.error(1, None, "ce fichier n'est pas en UTF-8", "enregistrez-le avec le codage « UTF-8 »");
                self.add_unread(channel, &stem, shown);
            }
        }
    }

    /// Lists a template whose file cannot be read.
    fn add_unread(&mut self, channel: Channel, name: &str, file: &str) {
        self.add(channel, name, file, "", &mut Vec::new());
    }

    /// Adds one template from its text and reports what is wrong in it.
    pub fn add(&mut self, channel: Channel, name: &str, file: &str, text: &str, problems: &mut Vec<TemplateProblem>) {
        let before = problems.len();
        // The private planes belong to the renderer; see `protect`.
        let unix = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
        let unix: String = unix.chars().filter(|c| u32::from(*c) < 0xF_0000).collect();
        let (front, body) = front::split(&unix, file, channel, problems);
        let mut template = Template {
            file: file.to_owned(),
            requires_invoice: front.requires_invoice,
            nature: front.nature,
            tone: front.tone,
            lang: front.lang,
            body_line: front.body_line,
            subject_line: front.subject.as_ref().map(|subject| subject.line),
            head: line_of(&unix, front.head),
            alone: Vec::new(),
            grouped: Vec::new(),
            called: Vec::new(),
            computed: false,
            broken: false,
            text: unix.clone(),
        };
        if body.trim().is_empty() {
            Found { file, into: problems }.error(
                front.body_line,
                None,
                "le modèle est vide",
                "écrivez le message sous l'en-tête",
            );
        }
        let mut parts = vec![(body_name(channel, name), keep_line_ends(&body), front.body_line)];
        if let Some(subject) = front.subject {
            parts.push((subject_name(channel, name), subject.padded, subject.line));
        }
        let (mut alone, mut grouped) = (Reader::new(&unix, false), Reader::new(&unix, true));
        for (part, source, line) in parts {
            match machinery::parse(&source, &part, syntax()) {
                Ok(tree) => {
                    let (called, computed) = check::check(&tree, &mut Found { file, into: problems });
                    template.called.extend(called);
                    template.computed |= computed;
                    alone.read(&tree);
                    grouped.read(&tree);
                }
                Err(error) => problems.push(explain(&error, file, line)),
            }
            // The parser accepted it or the problem is reported: a second report would say nothing new.
            let added = self.env.add_template_owned(part, source);
            if let Err(error) = added
                && problems.len() == before
            {
                problems.push(explain(&error, file, line));
            }
        }
        (template.alone, template.grouped) = (alone.said(), grouped.said());
        template.broken = problems.iter().skip(before).any(|problem| problem.severity == Severity::Error);
        let broken = template.broken;
        self.templates.insert((channel, name.to_owned()), template);
        if !broken {
            self.try_out(channel, name, problems);
        }
    }

    /// Renders a template on every sample, so that each branch is taken at least once.
    fn try_out(&self, channel: Channel, name: &str, problems: &mut Vec<TemplateProblem>) {
        let Some(template) = self.templates.get(&(channel, name.to_owned())) else { return };
        let (file, line) = (template.file.as_str(), template.body_line);
        let mut longest: Option<gsm7::SmsSize> = None;
        for kind in kinds() {
            let answers = sample::answers(&template.called, kind.complete);
            let message = MessageContext { answers, ..sample::sample(kind) };
            match self.compose(channel, name, template, &message) {
                Err(problem) if problems.contains(&problem) => {}
                Err(problem) => problems.push(problem),
                Ok((rendered, body)) => {
                    let mut found = Found { file, into: problems };
                    if body.as_ref().is_some_and(|body| body.has_html) {
                        let help = "un modèle s'écrit en Markdown léger : **gras**, listes, [texte](lien)";
                        found.warning(line, "les balises HTML seront montrées telles quelles", help);
                    }
                    if body.is_some_and(|body| body.bad_link.is_some()) {
                        let help = "un lien commence par https://, http://, mailto: ou tel:";
                        found.error(line, None, "un lien ne mène nulle part", help);
                    }
                    let size = gsm7::measure(&rendered.text);
                    if channel == Channel::Sms && longest.is_none_or(|most| size.units > most.units) {
                        longest = Some(size);
                    }
                }
            }
        }
        if let Some(size) = longest.filter(|size| size.segments > 1) {
            let message =
                format!("ce SMS peut atteindre {} caractères : il serait facturé {} fois", size.units, size.segments);
            let help = if size.gsm7 {
                "un SMS en contient 160"
            } else {
                "un caractère hors de l'alphabet des SMS limite à 70"
            };
            Found { file, into: problems }.warning(line, message, help);
        }
    }

    /// The tone in which a template is written.
    pub fn tone(&self, channel: Channel, name: &str) -> Tone {
        self.templates.get(&(channel, name.to_owned())).map_or_else(Tone::default, |template| template.tone)
    }

    /// Whether a template's messages do not leave without the invoices that they are about.
    pub fn requires_invoice(&self, channel: Channel, name: &str) -> bool {
        self.templates.get(&(channel, name.to_owned())).is_some_and(|template| template.requires_invoice)
    }

    /// Every template, by channel and name.
    pub fn catalog(&self) -> Vec<CatalogEntry> {
        let entry = |((channel, name), template): (&(Channel, String), &Template)| CatalogEntry {
            channel: *channel,
            name: name.clone(),
            nature: template.nature,
            tone: template.tone,
            language: Some(&template.lang).filter(|lang| *lang != "fr").cloned(),
        };
        self.templates.iter().map(entry).collect()
    }

    /// What each template says, for the proofs.
    pub fn facts(&self) -> Vec<TemplateFacts> {
        let facts = |((channel, name), template): (&(Channel, String), &Template)| TemplateFacts {
            channel: *channel,
            name: name.clone(),
            file: template.file.clone(),
            text: template.text.clone(),
            nature: template.nature,
            tone: template.tone,
            head: template.head,
            alone: template.alone.clone(),
            grouped: template.grouped.clone(),
        };
        self.templates.iter().filter(|(_, template)| !template.broken).map(facts).collect()
    }

    /// The templates that ask the scripts something, or state amounts that are computed.
    pub fn asking(&self) -> impl Iterator<Item = Asking<'_>> {
        let asking = self.templates.iter().filter(|(_, template)| template.computed || !template.called.is_empty());
        asking.map(|((channel, name), t)| Asking {
            channel: *channel,
            name,
            file: &t.file,
            text: &t.text,
            called: &t.called,
            computed: t.computed,
        })
    }

    /// The message for these values.
    pub fn render(&self, channel: Channel, name: &str, message: &MessageContext) -> Result<Rendered, TemplateProblem> {
        // A registered letter is a letter.
        let channel = if channel.is_letter() { Channel::Letter } else { channel };
        let Some(template) = self.templates.get(&(channel, name.to_owned())) else {
            return Err(self.unknown(channel, name));
        };
        self.compose(channel, name, template, message).map(|(rendered, _)| rendered)
    }

    /// The letter for these values, to be set on paper.
    pub fn letter(&self, name: &str, message: &MessageContext) -> Result<LetterText, TemplateProblem> {
        let Some(template) = self.templates.get(&(Channel::Letter, name.to_owned())) else {
            return Err(self.unknown(Channel::Letter, name));
        };
        let (source, subject) = self.written(Channel::Letter, name, template, message)?;
        let (language, computed) = (template.lang.clone(), template.computed);
        Ok(LetterText { subject, language, body: blocks::read(&source), computed })
    }

    fn unknown(&self, channel: Channel, name: &str) -> TemplateProblem {
        let known: Vec<&str> = self.templates.keys().filter(|key| key.0 == channel).map(|key| key.1.as_str()).collect();
        TemplateProblem {
            file: format!("modeles/{}/{name}.md", channel.folder()),
            line: 1,
            column: None,
            severity: Severity::Error,
            message: format!("il n'y a pas de modèle `{name}` dans `modeles/{}`", channel.folder()),
            help: Some(help_for(name, &known)),
        }
    }

    fn part(&self, name: &str, values: &minijinja::Value, file: &str, line: usize) -> Result<String, TemplateProblem> {
        let text = self.env.get_template(name).and_then(|template| template.render(values.clone()));
        text.map(|text| markdown::french_spaces(&text)).map_err(|error| explain(&error, file, line))
    }

    /// The body's Markdown, whose values are hidden, and the subject.
    fn written(
        &self,
        channel: Channel,
        name: &str,
        template: &Template,
        message: &MessageContext,
    ) -> Result<(String, Option<String>), TemplateProblem> {
        let values = value::variables(message);
        let file = template.file.as_str();
        let source = self.part(&body_name(channel, name), &values, file, template.body_line)?;
        let subject = match template.subject_line {
            Some(line) => Some(one_line(&reveal(&self.part(&subject_name(channel, name), &values, file, line)?))),
            None => None,
        };
        Ok((source, subject))
    }

    fn compose(
        &self,
        channel: Channel,
        name: &str,
        template: &Template,
        message: &MessageContext,
    ) -> Result<(Rendered, Option<markdown::Body>), TemplateProblem> {
        let (source, subject) = self.written(channel, name, template, message)?;
        if channel == Channel::Sms {
            let text = gsm7::simplify(&one_line(&reveal(&source)));
            return Ok((Rendered { subject: None, text, html: None }, None));
        }
        let body = markdown::read(&source);
        let lang = template.lang.as_str();
        let (text, html) = match channel {
            Channel::Letter | Channel::RegisteredLetter => layout::letter(message, subject.as_deref(), lang, &body),
            Channel::Call => layout::call(message, lang, &body),
            _ => layout::email(message, subject.as_deref().unwrap_or(""), lang, &body),
        };
        Ok((Rendered { subject, text, html: Some(html) }, Some(body)))
    }
}

/// The words of a line.
fn line_of(text: &str, line: usize) -> Words {
    let length = text.lines().nth(line.saturating_sub(1)).map_or(0, |line| line.chars().count());
    Words { line, from: 1, to: length + 1 }
}

/// Where a template goes that lies in a folder of another name.
fn folder_help(folder: &str) -> String {
    if fold(folder) == fold(Channel::RegisteredLetter.name()) {
        return "une lettre recommandée prend son modèle dans `modeles/courrier`".to_owned();
    }
    let mut names = Channel::ALL.map(Channel::folder).to_vec();
    names.dedup();
    help_for(folder, &names)
}

/// A line made of blocks only leaves no trace; a line of text that ends with a block keeps its end, which the template
/// engine would otherwise eat and join the next line to it. Columns do not move: the mark goes into the last block.
fn keep_line_ends(body: &str) -> String {
    let mut kept = String::with_capacity(body.len() + 64);
    for (i, line) in body.split('\n').enumerate() {
        if i > 0 {
            kept.push('\n');
        }
        match line.trim_end().strip_suffix("%}") {
            Some(head) if !head.ends_with(['-', '+']) && !is_blocks_only(line) => {
                kept.push_str(head);
                kept.push_str("+%}");
            }
            _ => kept.push_str(line),
        }
    }
    kept
}

fn is_blocks_only(line: &str) -> bool {
    let mut rest = line.trim();
    while !rest.is_empty() {
        let end = if rest.starts_with("{%") {
            "%}"
        } else if rest.starts_with("{#") {
            "#}"
        } else {
            return false;
        };
        let Some(at) = rest.find(end) else { return false };
        rest = rest.get(at + end.len()..).unwrap_or("").trim_start();
    }
    true
}

/// The names in a folder, sorted; hidden files and editors' copies are nobody's templates.
fn entries(folder: &Path, shown: &str, problems: &mut Vec<TemplateProblem>) -> Vec<String> {
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        // A project without templates: scenarios that name one are told so.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            let mut found = Found { file: shown, into: problems };
            found.error(1, None, format!("dossier illisible : {error}"), "vérifiez ses droits");
            return Vec::new();
        }
    };
    let names = listing.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.') && !name.ends_with('~')).collect();
    names.sort();
    names
}
