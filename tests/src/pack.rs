//! The ready pack as `demo` writes it: scenarios, templates, settings.

use relance_core::interest::Amounts;
use relance_core::program::{Person, Program};
use relance_dsl::{Context, Message, Source, Template};
use relance_engine::config::Config;
use relance_engine::legal_rates::rates;
use relance_engine::payment_link::PaymentLinks;
use relance_engine::runner::Sender;
use relance_engine::template::{Asking, CatalogEntry, Library};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The ready pack, read from the checkout.
pub struct Pack {
    /// Its scenario files.
    pub sources: Vec<Source>,
    /// What they may name.
    pub context: Context,
    /// Its templates.
    pub library: Library,
    /// Its settings.
    pub config: Config,
}

impl Pack {
    /// Reads it; fails on settings or templates with a problem.
    pub fn read() -> Pack {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        let settings = std::fs::read_to_string(folder.join("relance.toml")).unwrap();
        let config = Config::parse(&settings, Path::new("relance.toml")).unwrap();
        let (library, problems) = Library::load(&folder);
        assert!(problems.is_empty(), "{problems:?}");
        let template = |t: CatalogEntry| Template {
            channel: t.channel,
            name: t.name,
            nature: t.nature,
            tone: t.tone,
            language: t.language,
            variants: t.variants,
        };
        let context = Context {
            segments: config.segments.clone(),
            templates: library.catalog().into_iter().map(template).collect(),
            messages: library.asking().map(message).collect(),
            roles: config.role_names(),
            ..Context::default()
        };
        let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let mut sources: Vec<Source> = files
            .filter(|path| path.extension().is_some_and(|e| e == "relance"))
            .map(|path| Source {
                path: path.file_name().unwrap().to_string_lossy().into_owned(),
                bytes: std::fs::read(&path).unwrap(),
            })
            .collect();
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        Pack { sources, context, library, config }
    }

    /// Its scenarios, ready to run.
    pub fn program(&self) -> Program {
        let machines = relance_dsl::compile(&self.sources, &self.context).machines.expect("the pack compiles");
        let people = self.config.people.iter().map(|(role, p)| {
            (role.clone(), Person { name: p.name.clone(), email: p.email.clone(), phone: p.phone.clone() })
        });
        let mut program = Program::new(machines, self.config.creditor.zone, people.collect());
        let amounts = Amounts { rates: rates(&[]), terms: self.config.penalties.clone() };
        program.amounts = Some(Arc::new(amounts));
        program
    }

    /// What its messages say of the creditor.
    pub fn sender(&self) -> Sender {
        Sender {
            creditor: (&self.config.creditor).into(),
            links: PaymentLinks::new(&self.config).unwrap(),
            portal: None,
        }
    }
}

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
