//! What the editor is told, one `check` per feature: a text with the cursor at `▮`, and the answer as a snapshot.
#![allow(clippy::unwrap_used)]

mod completing;
mod finding;
mod hovering;
mod mending;
mod renaming;
mod showing;
mod typing;

use chrono::NaiveDate;
use relance_core::machine::{Channel, Nature, ScriptSource, Tone};
use relance_dsl::ide::{Around, CurrentValue, TemplateCard, Workspace};
use relance_dsl::{Context, Source, Template};

/// The file in which the cursor stands.
const FILE: &str = "scenarios/essai.relance";

fn context() -> Context {
    let template = |channel, name: &str, nature, tone| Template {
        channel,
        name: name.to_owned(),
        nature,
        tone,
        language: None,
        variants: Vec::new(),
    };
    Context {
        segments: ["vip", "mauvais_payeur", "particulier"].map(str::to_owned).to_vec(),
        templates: vec![
            template(Channel::Email, "courtois", Some(Nature::Reminder), Tone::Polite),
            template(Channel::Email, "ferme", Some(Nature::Reminder), Tone::Firm),
            template(Channel::Email, "remerciement", Some(Nature::Information), Tone::Friendly),
            template(Channel::Sms, "rappel", None, Tone::Polite),
            template(Channel::Letter, "mise_en_demeure", Some(Nature::FormalNotice), Tone::Notice),
        ],
        roles: ["comptabilité", "direction", "commercial"].map(str::to_owned).to_vec(),
        scripts: vec![ScriptSource {
            path: "scripts/risque.rhai".to_owned(),
            text: "fn risque_eleve() { true }".to_owned(),
        }],
        ..Context::default()
    }
}

/// A project around the files, with an invoice that is looked at.
struct Office;

impl Around for Office {
    fn template(&self, channel: Channel, name: &str) -> Option<TemplateCard> {
        Some(TemplateCard {
            file: format!("modeles/{}/{name}.md", channel.folder()),
            subject: Some("Facture {{ facture.numero }}".to_owned()),
            beginning: "Bonjour,\nsauf erreur de notre part …".to_owned(),
        })
    }

    fn value(&self, name: &str) -> Option<CurrentValue> {
        let value = match name {
            "retard" => Some("12 jours".to_owned()),
            "client.retard_moyen" => None,
            _ => return None,
        };
        Some(CurrentValue { invoice: "F-2026-001".to_owned(), value })
    }

    fn today(&self) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
    }
}

/// A project with one file, and where its cursor stands.
fn with_cursor(marked: &str) -> (Workspace, usize) {
    with_files(marked, &[])
}

/// A project with a file that holds the cursor, and others.
fn with_files(marked: &str, others: &[(&str, &str)]) -> (Workspace, usize) {
    let at = marked.find('▮').unwrap();
    let mut workspace = Workspace::new(context());
    let mut set =
        |path: &str, text: String| workspace.set_file(Source { path: path.to_owned(), bytes: text.into_bytes() });
    set(FILE, marked.replacen('▮', "", 1));
    others.iter().for_each(|(path, text)| set(path, (*text).to_owned()));
    workspace.check();
    (workspace, at)
}

/// The text with what stands in a range between brackets, on its own line.
fn shown(text: &str, span: relance_dsl::Span) -> String {
    let from = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let to = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at);
    let line = text[..span.start].matches('\n').count() + 1;
    format!("{line}: {}⟦{}⟧{}", &text[from..span.start], &text[span.start..span.end], &text[span.end..to])
}
