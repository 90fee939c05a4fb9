//! The project that scenario texts are compiled in.

use chrono_tz::Tz;
use relance_core::calendar::Closing;
use relance_core::machine::{Channel, Machine, Nature, ScriptSource, Tone};
use relance_core::program::Program;
use relance_core::proof::TemplateFacts;
use relance_dsl::{Compilation, Context, Source, Template, compile};
use relance_engine::template::Library;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The creditor's time zone.
pub const ZONE: Tz = chrono_tz::Europe::Paris;

const TEMPLATES: [(Channel, &str); 4] = [
    (
        Channel::Email,
        "rappel_amical courtois ferme dernier_avis mise_en_demeure promesse_non_tenue remerciement preventif releve",
    ),
    (Channel::Sms, "rappel ferme promesse_non_tenue"),
    (Channel::Call, "ferme courtois"),
    (Channel::Letter, "dernier_avis mise_en_demeure solde_de_tout_compte"),
];

const SCRIPT: &str = "fn risque_eleve() { client.encours > 10000 }\nfn note_de(encours) { encours / 100 }\n\
                      fn delai() { 3 }\nfn modele() { \"ferme\" }\nfn lent() { let n = 0; while n < 1000 { n += 1; } n > 3 }\n";

const FIRM: &str = "---\nobjet: Facture {{ facture.numero }}\nton: ferme\n---\n{% if b2b %}Une indemnité forfaitaire de 40 € est due.{% endif %}\n\
                    {{ facture.reste_du|montant }} pour le {{ facture.echeance|date }}.\n";
const NOTICE: &str = "---\nobjet: Mise en demeure\nnature: mise_en_demeure\nton: mise_en_demeure\n---\nNous vous mettons en demeure de payer.\n";

fn templates() -> impl Iterator<Item = Template> {
    TEMPLATES.into_iter().flat_map(|(channel, names)| names.split(' ').map(move |name| template(channel, name)))
}

fn template(channel: Channel, name: &str) -> Template {
    let nature = match name {
        "mise_en_demeure" => Some(Nature::FormalNotice),
        "remerciement" | "releve" => Some(Nature::Information),
        _ => None,
    };
    let tone = match name {
        "preventif" => Tone::Preventive,
        "rappel_amical" | "rappel" => Tone::Friendly,
        "ferme" => Tone::Firm,
        "dernier_avis" => Tone::Formal,
        "mise_en_demeure" => Tone::Notice,
        _ => Tone::Polite,
    };
    Template { channel, name: name.to_owned(), nature, tone, language: None, variants: Vec::new() }
}

/// A project with the usual segments, templates and roles.
pub fn context() -> Context {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    let day = |text: &str| text.parse().unwrap_or_default();
    Context {
        segments: words("bon_payeur regulier mauvais_payeur vip strategique public particulier"),
        templates: templates().collect(),
        roles: words("comptabilité direction commercial"),
        closing_days: vec![Closing { from: day("2026-08-10"), to: day("2026-08-21") }],
        scripts: vec![ScriptSource { path: "scripts/risque.rhai".to_owned(), text: SCRIPT.to_owned() }],
        messages: Vec::new(),
    }
}

/// What the proofs know of the templates: two of them, as the library reads them.
pub fn template_facts() -> Vec<TemplateFacts> {
    static FACTS: LazyLock<Vec<TemplateFacts>> = LazyLock::new(|| {
        let mut library = Library::empty();
        for (name, text) in [("ferme", FIRM), ("mise_en_demeure", NOTICE)] {
            library.add(Channel::Email, name, &format!("modeles/email/{name}.md"), text, &mut Vec::new());
        }
        library.facts()
    });
    FACTS.clone()
}

/// A scenario file of that project.
pub fn source(bytes: &[u8]) -> Source {
    Source { path: "scenarios/essai.relance".to_owned(), bytes: bytes.to_vec() }
}

/// Compiles one file in that project.
pub fn compiled(bytes: &[u8]) -> Compilation {
    compile(&[source(bytes)], &context())
}

/// The program of machines.
pub fn program(machines: Vec<Machine>) -> Program {
    Program::new(machines, ZONE, BTreeMap::new())
}
