//! Reading the templates of a project, and checking each.

use super::check;
use super::context::MessageContext;
use super::front;
use super::gsm7;
use super::language::Lang;
use super::library::{Library, Template, body_name, subject_name, syntax, variant};
use super::mentions::Reader;
use super::pieces::{FOLDER, is_include};
use super::problem::{Found, Severity, TemplateProblem, explain};
use super::sample::{self, kinds};
use crate::config::nearest::help_for;
use minijinja::machinery;
use relance_core::machine::Channel;
use relance_core::proof::{Said, Words};
use relance_core::schema::fold;
use std::fs;
use std::path::Path;

/// A file above this is not a template.
const LARGEST_FILE: u64 = 60_000;

impl Library {
    /// Reads `modeles/communs/<nom>.md` and `modeles/<canal>/<nom>.md` under the project's folder and checks everything. A template
    /// with an error is listed all the same, so that scenarios naming it are not reported twice.
    pub fn load(project: &Path) -> (Library, Vec<TemplateProblem>) {
        let mut library = Library::empty();
        let mut problems = Vec::new();
        let root = project.join("modeles");
        let folders = entries(&root, "modeles", &mut problems);
        // Pieces first: templates are checked with them.
        for folder in folders.iter().filter(|name| *name == FOLDER).chain(folders.iter().filter(|name| *name != FOLDER))
        {
            let shown = format!("modeles/{folder}");
            let channel = Channel::ALL.into_iter().find(|c| c.name() == folder && c.folder() == folder);
            if channel.is_none() && folder != FOLDER {
                let mut found = Found { file: &shown, into: &mut problems };
                found.warning(1, format!("`{folder}` n'est pas un dossier de modèles"), folder_help(folder));
                continue;
            }
            for file in entries(&root.join(folder), &shown, &mut problems) {
                let (path, shown) = (root.join(folder).join(&file), format!("{shown}/{file}"));
                let Some(stem) = stem(&path, &shown, &mut problems) else { continue };
                // One that cannot be read is listed all the same.
                let text = text(&path, &shown, &mut problems);
                match (channel, text) {
                    (Some(channel), Some(text)) => library.add(channel, &stem, &shown, &text, &mut problems),
                    (Some(channel), None) => library.add(channel, &stem, &shown, "", &mut Vec::new()),
                    (None, Some(text)) => library.add_piece(&stem, &shown, &text, &mut problems),
                    (None, None) => library.pieces.insert(&stem, &shown, String::new(), true),
                }
            }
        }
        library.lone_variants(&mut problems);
        for file in library.pieces.unused() {
            let mut found = Found { file, into: &mut problems };
            found.warning(
                1,
                "aucun modèle n'inclut ce morceau",
                "écrivez {% include \"…\" %} où il doit paraître, ou supprimez-le",
            );
        }
        problems.sort();
        problems.dedup();
        (library, problems)
    }

    /// Tells the translations of nothing.
    fn lone_variants(&self, problems: &mut Vec<TemplateProblem>) {
        for ((channel, name), template) in &self.templates {
            let Some((base, lang)) = variant(name) else { continue };
            let mut found = Found { file: &template.file, into: problems };
            match self.templates.get(&(*channel, base.to_owned())) {
                None => {
                    let folder = channel.folder();
                    let help = format!("écrivez `modeles/{folder}/{base}.md`, ou renommez ce fichier");
                    found.error(1, None, format!("ce fichier traduit `{base}`, qui n'existe pas"), help);
                }
                Some(own) if own.lang == lang => {
                    let message = format!("`{base}` est déjà dans cette langue (`{lang}`)");
                    found.error(1, None, message, "gardez l'un des deux fichiers");
                }
                Some(_) => {}
            }
        }
    }

    /// Adds a piece that templates share.
    pub fn add_piece(&mut self, name: &str, file: &str, text: &str, problems: &mut Vec<TemplateProblem>) {
        let text = unix(text);
        let before = problems.len();
        let mut found = Found { file, into: problems };
        if text.trim().is_empty() {
            found.error(1, None, "le morceau est vide", "écrivez-y ce que les modèles partagent");
        }
        if text.lines().next().is_some_and(|line| line.trim_end() == "---") {
            let help = "retirez-le : l'objet et le ton sont ceux du modèle qui l'inclut";
            found.error(1, None, "un morceau n'a pas d'en-tête", help);
        }
        // Whatever it includes, its own blocks open and close in it.
        let own: String = text.split_inclusive('\n').map(|line| if is_include(line) { "\n" } else { line }).collect();
        if let Err(error) = machinery::parse(&keep_line_ends(&own), name, syntax()) {
            problems.push(explain(&error, file, 1));
        }
        let broken = problems.iter().skip(before).any(|problem| problem.severity == Severity::Error);
        self.pieces.insert(name, file, text, broken);
    }

    /// Adds one template from its text and reports what is wrong in it.
    pub fn add(&mut self, channel: Channel, name: &str, file: &str, text: &str, problems: &mut Vec<TemplateProblem>) {
        let before = problems.len();
        let unix = unix(text);
        let lang = variant(name).map(|(_, lang)| lang);
        let (front, body) = front::split(&unix, file, (channel, lang), problems);
        let whole = self.pieces.put_in(&body, file, &front.lang, problems);
        if body.trim().is_empty() {
            Found { file, into: problems }.error(
                front.body_line,
                None,
                "le modèle est vide",
                "écrivez le message sous l'en-tête",
            );
        }
        let mut template = Template {
            file: file.to_owned(),
            requires_invoice: front.requires_invoice,
            requires_statement: front.requires_statement,
            code: front.code,
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
            whole,
        };
        let mut parts = vec![(body_name(channel, name), keep_line_ends(&template.whole.text), front.body_line, true)];
        if let Some(subject) = front.subject {
            parts.push((subject_name(channel, name), subject.padded, subject.line, false));
        }
        let mut wrong = template.whole.broken;
        let mut found_in = Vec::new();
        for (part, source, line, is_body) in parts {
            let text = if is_body { template.whole.text.as_str() } else { unix.as_str() };
            let settle = |problem| if is_body { template.whole.settle(problem) } else { problem };
            let mut own = Vec::new();
            let lang = Lang::of(&template.lang);
            let (mut alone, mut grouped) = (Reader::new(text, false, lang), Reader::new(text, true, lang));
            let mut called = Vec::new();
            match machinery::parse(&source, &part, syntax()) {
                Ok(tree) => {
                    let (asked, computed) = check::check(&tree, &mut Found { file, into: &mut own });
                    called = asked;
                    template.computed |= computed;
                    alone.read(&tree);
                    grouped.read(&tree);
                }
                Err(error) => own.push(explain(&error, file, line)),
            }
            // The parser accepted it or the problem is reported: a second report would say nothing new.
            let added = self.env.add_template_owned(part, source);
            if let Err(error) = added
                && own.is_empty()
                && problems.len() == before
            {
                own.push(explain(&error, file, line));
            }
            // A piece's mistake may have been told with another template.
            wrong |= own.iter().any(|problem| problem.severity == Severity::Error);
            for problem in own.into_iter().map(settle) {
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
            found_in.push((is_body, alone.said(), grouped.said(), called));
        }
        let (mut alone, mut grouped, mut called) = (Vec::new(), Vec::new(), Vec::new());
        for (is_body, one, several, asked) in found_in {
            // What a piece says stands, in the template, where it is included.
            let place = |at: &mut Words| {
                if let (line, false) = template.whole.own_line(at.line)
                    && is_body
                {
                    *at = line_of(&unix, line);
                }
            };
            for (said, into) in [(one, &mut alone), (several, &mut grouped)] {
                for mut said in said {
                    place(&mut said.at);
                    if !into.iter().any(|known: &Said| known.what == said.what && known.when == said.when) {
                        into.push(said);
                    }
                }
            }
            for mut asked in asked {
                place(&mut asked.at);
                called.push(asked);
            }
        }
        (template.alone, template.grouped, template.called) = (alone, grouped, called);
        let errors = problems.iter().skip(before).any(|problem| problem.severity == Severity::Error);
        template.broken = errors || wrong;
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
}

/// A file's text as it is read: without byte order mark, with one kind of line end. The private planes belong to the renderer; see
/// `protect`.
fn unix(text: &str) -> String {
    let unix = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    unix.chars().filter(|c| u32::from(*c) < 0xF_0000).collect()
}

/// The name that a file gives its template, if it may have one.
fn stem(path: &Path, shown: &str, problems: &mut Vec<TemplateProblem>) -> Option<String> {
    let mut found = Found { file: shown, into: problems };
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if path.extension().is_none_or(|extension| extension != "md") {
        found.warning(1, "ce fichier n'est pas un modèle", "un modèle est un fichier dont le nom finit par .md");
        return None;
    }
    let (base, lang) = variant(&stem).unwrap_or((&stem, "fr"));
    if !base.chars().all(|c| c.is_alphanumeric() || c == '_') || base.is_empty() || base.starts_with(char::is_numeric) {
        let help = "renommez-le avec des lettres, des chiffres et `_`, sans espace : dernier_avis.md";
        found.error(1, None, format!("aucun scénario ne pourrait nommer `{stem}`"), help);
        return None;
    }
    if lang.len() != 2 || !lang.bytes().all(|b| b.is_ascii_lowercase()) {
        let help = "une traduction se nomme par les deux lettres de sa langue : ferme.en.md";
        found.error(1, None, format!("langue inconnue `{lang}`"), help);
        return None;
    }
    Some(stem)
}

/// A file's text, unless it cannot be that of a template.
fn text(path: &Path, shown: &str, problems: &mut Vec<TemplateProblem>) -> Option<String> {
    let mut found = Found { file: shown, into: problems };
    if fs::metadata(path).is_ok_and(|data| data.len() > LARGEST_FILE) {
        found.error(1, None, "ce fichier est trop grand pour un modèle", "un modèle fait au plus 60 ko");
        return None;
    }
    match fs::read(path).map(String::from_utf8) {
        Ok(Ok(text)) => return Some(text),
        Ok(Err(_)) => found.error(1, None, "ce fichier n'est pas en UTF-8", "enregistrez-le avec le codage « UTF-8 »"),
        Err(error) => found.error(1, None, format!("fichier illisible : {error}"), "vérifiez les droits du fichier"),
    }
    None
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
    names.push(FOLDER);
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
