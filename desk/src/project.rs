//! A project folder: settings, scenarios, templates; and the base beside them.

use crate::ending;
use crate::failure::{Failure, file};
use crate::paper;
use crate::words::{count, findings};
use chrono::Utc;
use relance_core::calendar::FRANCE;
use relance_core::day::Instant;
use relance_core::interest::Amounts;
use relance_core::machine::{Field, Machine, ScriptSource};
use relance_core::program::{Person, Program, Scenario};
use relance_core::proof::{Mention, TemplateFacts};
use relance_dsl::{Compilation, Context, Message, Severity, Source, Template};
use relance_engine::config::{Config, ConfigProblem};
use relance_engine::legal_rates::{self, OwnRate, rates};
use relance_engine::payment_link::PaymentLinks;
use relance_engine::portal_link::PortalLinks;
use relance_engine::runner::{Mailroom, Sender};
use relance_engine::store::accounts::Accounts;
use relance_engine::store::{self, Listing, Place, Store};
use relance_engine::template::{self, Asking, CreditorView, Library, Look, TemplateProblem};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The base of a project that names no other.
const BASE: &str = "sqlite://relance.db";

/// The creditor's name in the settings that `init` writes.
const EXAMPLE: &str = "Votre société";

/// A project as it stands on the disk.
pub struct Project {
    /// Its folder.
    pub dir: PathBuf,
    /// `relance.toml`.
    pub config: Config,
    /// `modeles/`.
    pub library: Library,
    /// What is wrong with the templates.
    pub template_problems: Vec<TemplateProblem>,
    /// `scenarios/*.relance`, and the files that they include.
    pub sources: Vec<Source>,
    /// `scripts/*.rhai`.
    pub scripts: Vec<ScriptSource>,
    /// The page of its e-mails.
    pub look: Look,
    /// Rates and terms of penalties: those of Relance, `taux.csv`, the settings.
    pub amounts: Arc<Amounts>,
    /// What to tell of files among the scenarios that are none, in French.
    pub unread: Vec<String>,
}

impl Project {
    /// Reads a project's settings, templates and scenarios; `files` instead of all scenarios, when given.
    pub fn open(dir: &Path, files: &[PathBuf]) -> Result<Project, Failure> {
        let config = settings(dir)?.map_err(|problems| wrong_settings(&problems))?;
        let amounts = Arc::new(Amounts { rates: rates(&own_rates(dir)?), terms: config.penalties.clone() });
        let look = Look::read(&config.creditor, dir).map_err(Failure::Findings)?;
        let (library, template_problems) = Library::load(dir);
        let unread = ending::look(dir)?;
        let mut sources = if files.is_empty() { scenarios(dir)? } else { named(dir, files)? };
        include(dir, &mut sources)?;
        let mut scripts = Vec::new();
        collect(&dir.join("scripts"), "scripts", 0, "rhai", &mut scripts)?;
        scripts.sort_by(|a, b| a.path.cmp(&b.path));
        let scripts = scripts.iter().map(|s| ScriptSource { path: s.path.clone(), text: s.text() }).collect();
        Ok(Project { dir: dir.to_owned(), config, library, template_problems, sources, scripts, look, amounts, unread })
    }

    /// Every text that a finding may point at: scenarios, scripts and templates.
    pub fn texts(&self) -> Vec<Source> {
        let script = |s: &ScriptSource| Source { path: s.path.clone(), bytes: s.text.clone().into_bytes() };
        let template = |t: TemplateFacts| Source { path: t.file, bytes: t.text.into_bytes() };
        let piece = |(file, text): (&str, &str)| Source { path: file.to_owned(), bytes: text.to_owned().into_bytes() };
        let templates = self.library.facts().into_iter().map(template).chain(self.library.shared().map(piece));
        self.sources.iter().cloned().chain(self.scripts.iter().map(script)).chain(templates).collect()
    }

    /// The custom facts that the scenarios declare.
    pub fn fields(&self) -> Vec<Field> {
        relance_dsl::fields(&self.sources)
    }

    /// The segments in which a client may be: those of the settings, and those that the scenarios define.
    pub fn segments(&self) -> Vec<String> {
        self.config.segments.iter().cloned().chain(relance_dsl::segments(&self.sources)).collect()
    }

    /// What the scenarios may name.
    pub fn context(&self) -> Context {
        let templates = self.library.catalog().into_iter();
        Context {
            segments: self.config.segments.clone(),
            templates: templates
                .map(|t| Template {
                    channel: t.channel,
                    name: t.name,
                    nature: t.nature,
                    tone: t.tone,
                    language: t.language,
                    variants: t.variants,
                })
                .collect(),
            roles: self.config.role_names(),
            closing_days: self.config.closings.clone(),
            scripts: self.scripts.clone(),
            messages: self.library.asking().map(message).collect(),
        }
    }

    /// Compiles the scenarios.
    pub fn compile(&self) -> Compilation {
        relance_dsl::compile(&self.sources, &self.context())
    }

    /// Compiles the scenarios and proves what can be proved of them.
    pub fn verify(&self) -> Compilation {
        relance_dsl::verify(&self.sources, &self.context(), &self.library.facts())
    }

    /// The compiled scenarios, or the findings told on standard error.
    pub fn machines(&self) -> Result<Vec<Machine>, Failure> {
        // Costs may not be asked of a consumer: whether they can be takes a proof.
        let facts = self.library.facts();
        let costly = facts.iter().flat_map(|t| t.alone.iter().chain(&t.grouped));
        let costly = costly.into_iter().any(|said| said.what == Mention::RecoveryCosts);
        let compilation = if costly { self.verify() } else { self.compile() };
        let errors = compilation.diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        let broken = self.template_problems.iter().filter(|p| p.severity == template::Severity::Error).count();
        let Some(machines) = compilation.machines.filter(|_| broken + errors == 0) else {
            let diagnostics: Vec<_> =
                compilation.diagnostics.into_iter().filter(|d| d.severity == Severity::Error).collect();
            let broken: Vec<_> =
                self.template_problems.iter().filter(|p| p.severity == template::Severity::Error).cloned().collect();
            let found = findings::text(&diagnostics, &self.texts(), &broken);
            let told = count(errors + broken.len(), "erreur", "erreurs");
            return Err(Failure::Findings(format!("{found}{told} : rien n’a été fait. Corrigez, puis recommencez.")));
        };
        if machines.is_empty() {
            return Err(Failure::Usage(
                format!(
                    "le projet n’a aucun scénario : le dossier `{}` est vide",
                    self.dir.join("scenarios").display()
                ),
                "écrivez-y un fichier `.relance`, par exemple : si retard >= 15j alors email ferme".to_owned(),
            ));
        }
        Ok(machines)
    }

    /// The compiled scenarios, ready to run.
    pub fn program(&self) -> Result<Program, Failure> {
        Ok(self.prepare(self.machines()?))
    }

    /// Prepares machines with the project's people and time zone.
    pub fn prepare(&self, machines: Vec<Machine>) -> Program {
        let person = |p: &relance_engine::config::Person| Person {
            name: p.name.clone(),
            email: p.email.clone(),
            phone: p.phone.clone(),
        };
        let people = self.config.people.iter().map(|(role, p)| (role.clone(), person(p))).collect();
        let mut program = Program::new(machines, self.config.creditor.zone, people);
        program.amounts = Some(Arc::clone(&self.amounts));
        program.registered = self.config.registered.as_ref().map(|service| service.form);
        program
    }

    /// That messages would really leave under the name of the example, in French.
    pub fn example_name(&self) -> Option<&'static str> {
        let Config { email, sms, registered, creditor, .. } = &self.config;
        let leaves = email.smtp.is_some() || sms.service.is_some() || registered.is_some();
        (leaves && creditor.name == EXAMPLE).then_some(
            "vos clients liraient « Votre société » : écrivez le nom de la vôtre dans [creancier] de relance.toml",
        )
    }

    /// The way out: templates and open channels.
    pub fn mailroom(&self) -> Result<Mailroom, Failure> {
        let (library, _) = Library::load(&self.dir);
        if self.config.registered.is_some() && !relance_letters::BUILT {
            return Err(paper::not_built());
        }
        let mailroom = Mailroom::open(&self.config, &self.dir, library).map_err(|problem| {
            Failure::Outside(problem.to_string(), "corrigez relance.toml, ou ce qu’il désigne".to_owned())
        })?;
        Ok(mailroom.with_typesetter(Arc::new(paper::Press(Arc::clone(&self.amounts)))))
    }

    /// What messages say of the creditor.
    pub fn sender(&self) -> Result<Sender, Failure> {
        let links = PaymentLinks::new(&self.config)
            .map_err(|problem| Failure::Outside(problem, "définissez cette variable, puis relancez".to_owned()))?;
        let portal = PortalLinks::new(&self.config)
            .map_err(|problem| Failure::Outside(problem, "définissez cette variable, puis relancez".to_owned()))?;
        Ok(Sender { creditor: self.creditor(), links, portal })
    }

    /// The creditor, as messages show it.
    pub fn creditor(&self) -> CreditorView {
        CreditorView { look: self.look.clone(), ..(&self.config.creditor).into() }
    }

    /// Whether the base exists already.
    pub fn has_base(&self, url: Option<&str>) -> bool {
        match url {
            Some(url) if url.starts_with("postgres") && url.contains("://") => true,
            Some(url) => {
                let path = url.strip_prefix("sqlite:").map_or(url, |rest| rest.strip_prefix("//").unwrap_or(rest));
                self.dir.join(path).exists()
            }
            None => self.dir.join("relance.db").exists(),
        }
    }

    /// Opens the base.
    pub async fn store(&self, url: Option<&str>) -> Result<Arc<dyn Store>, Failure> {
        let entity = &self.config.creditor.entity;
        Ok(store::open(url.unwrap_or(BASE), &self.dir, entity).await?)
    }

    /// Opens the base for those who look at it beside a run.
    pub async fn store_beside(&self, url: Option<&str>) -> Result<Arc<dyn Store>, Failure> {
        let entity = &self.config.creditor.entity;
        Ok(store::open_beside(url.unwrap_or(BASE), &self.dir, entity).await?)
    }

    /// Opens the accounts of the base.
    pub async fn accounts(&self, url: Option<&str>) -> Result<Accounts, Failure> {
        Ok(Accounts::open(url.unwrap_or(BASE), &self.dir).await?)
    }

    /// Opens the lists of the creditor; what an older version of the program made of them is made anew by a run that is due at `at`.
    pub async fn listing(&self, url: Option<&str>, at: Instant) -> Result<Listing, Failure> {
        Ok(Listing::open(url.unwrap_or(BASE), &self.dir, &self.config.creditor.entity, at).await?)
    }

    /// Where the base is.
    pub fn place(&self, url: Option<&str>) -> Result<Place, Failure> {
        Ok(Place::of(url.unwrap_or(BASE), &self.dir)?)
    }

    /// Today, at the creditor's.
    pub fn today(&self) -> chrono::NaiveDate {
        Utc::now().with_timezone(&self.config.creditor.zone).date_naive()
    }

    /// The last business day before today: a whole one.
    pub fn business_day_before(zone: chrono_tz::Tz) -> chrono::NaiveDate {
        FRANCE.add_business_days(Utc::now().with_timezone(&zone).date_naive(), -1)
    }
}

/// What a template asks for.
fn message(asking: Asking<'_>) -> Message {
    Message {
        channel: asking.channel,
        template: asking.name.to_owned(),
        file: asking.file.to_owned(),
        text: asking.text.to_owned(),
        calls: asking.called.iter().map(|called| (called.call.clone(), called.at)).collect(),
        amounts: asking.computed,
    }
}

/// Now, cut to microseconds as every stored instant.
pub fn now() -> Instant {
    let now = Utc::now();
    chrono::DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
}

/// The versions of a program's machines, as the store wants them.
pub fn versions(program: &Program) -> Vec<(String, Machine)> {
    program.scenarios.iter().map(|s: &Scenario| (s.hash.clone(), s.machine.clone())).collect()
}

/// The scenarios of a project folder, by path.
pub fn scenarios(dir: &Path) -> Result<Vec<Source>, Failure> {
    let mut found = Vec::new();
    collect(&dir.join("scenarios"), "scenarios", 0, "relance", &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn collect(folder: &Path, shown: &str, depth: usize, ending: &str, found: &mut Vec<Source>) -> Result<(), Failure> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(file(folder, &error)),
    };
    for entry in entries {
        let path = entry.map_err(|error| file(folder, &error))?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let shown = format!("{shown}/{name}");
        if path.is_dir() && depth < 8 {
            collect(&path, &shown, depth + 1, ending, found)?;
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending)) && !name.starts_with('.') {
            found.push(read(&path, shown)?);
        }
    }
    Ok(())
}

/// Loads the files that others include (`inclure`) and that are not there yet. One that cannot be found is told at its place.
fn include(dir: &Path, sources: &mut Vec<Source>) -> Result<(), Failure> {
    let mut at = 0;
    while let Some(source) = sources.get(at) {
        for path in relance_dsl::includes(source) {
            let known = sources.iter().any(|known| known.path == path);
            if !known && !path.starts_with("..") && dir.join(&path).is_file() && sources.len() < 1_000 {
                sources.push(read(&dir.join(&path), path)?);
            }
        }
        at += 1;
    }
    Ok(())
}

fn named(dir: &Path, files: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    files
        .iter()
        .map(|path| {
            let full = if path.exists() { path.clone() } else { dir.join(path) };
            ending::check(&full, path)?;
            let shown = full.strip_prefix(dir).unwrap_or(path).to_string_lossy().replace('\\', "/");
            read(&full, shown.trim_start_matches("./").to_owned())
        })
        .collect()
}

/// Reads a scenario file; messages call it `shown`.
pub fn read(path: &Path, shown: String) -> Result<Source, Failure> {
    // One byte over the limit is enough for the compiler to refuse the file with its own message.
    let limit = relance_dsl::MAX_BYTES as u64 + 1;
    let open = || -> std::io::Result<Vec<u8>> {
        use std::io::Read;
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    Ok(Source { path: shown, bytes: open().map_err(|error| file(path, &error))? })
}

/// The rates that the user added.
pub fn own_rates(dir: &Path) -> Result<Vec<OwnRate>, Failure> {
    legal_rates::read(dir).map_err(|problems| {
        let mut text: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
        text.push_str(&count(problems.len(), "erreur", "erreurs"));
        Failure::Findings(format!("{text} dans {} : rien n’a été fait. Corrigez, puis recommencez.", legal_rates::FILE))
    })
}

/// What `relance.toml` says, or everything that is wrong with it.
pub fn settings(dir: &Path) -> Result<Result<Config, Vec<ConfigProblem>>, Failure> {
    let path = dir.join("relance.toml");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::Usage(
                format!("`{}` n’est pas un projet Relance : il n’y a pas de `relance.toml`", dir.display()),
                "placez-vous dans le dossier du projet, indiquez-le par --projet, ou créez-en un : `relance init`"
                    .to_owned(),
            ));
        }
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            return Err(Failure::Outside(
                format!("`{}` n’est pas du texte UTF-8", path.display()),
                "enregistrez-le de nouveau avec l’encodage UTF-8".to_owned(),
            ));
        }
        Err(error) => return Err(file(&path, &error)),
    };
    Ok(Config::parse(&text, Path::new("relance.toml")))
}

/// Settings that cannot be read.
pub fn wrong_settings(problems: &[ConfigProblem]) -> Failure {
    let mut text: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
    text.push_str(&count(problems.len(), "erreur dans relance.toml", "erreurs dans relance.toml"));
    Failure::Findings(text)
}
