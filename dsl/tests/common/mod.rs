//! The project that the tests compile in.
#![allow(dead_code)]

use relance_core::calendar::Closing;
use relance_core::machine::{Channel, Nature, ScriptSource, Tone};
use relance_dsl::{Compilation, Context, Source, Template, compile};

/// A project with the usual segments, templates and roles.
pub fn context() -> Context {
    let template = |channel: Channel, name: &str| {
        // What a template does not say comes from the channel.
        let nature = match (channel, name) {
            (Channel::Letter, "solde_de_tout_compte") => None,
            (_, "mise_en_demeure") => Some(Nature::FormalNotice),
            (_, "remerciement" | "releve") => Some(Nature::Information),
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
    };
    let of = |channel: Channel, names: &str| names.split(' ').map(|name| template(channel, name)).collect::<Vec<_>>();
    let mut templates = of(
        Channel::Email,
        "rappel_amical courtois ferme dernier_avis mise_en_demeure promesse_non_tenue remerciement preventif releve",
    );
    templates.extend(of(Channel::Sms, "rappel ferme promesse_non_tenue"));
    templates.extend(of(Channel::Call, "ferme courtois"));
    templates.extend(of(Channel::Letter, "dernier_avis mise_en_demeure solde_de_tout_compte"));
    let day = |text: &str| text.parse().unwrap_or_default();
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    Context {
        segments: words("bon_payeur regulier mauvais_payeur vip strategique public particulier"),
        templates,
        roles: words("comptabilité direction commercial"),
        closing_days: vec![Closing { from: day("2026-08-10"), to: day("2026-08-21") }],
        scripts: vec![ScriptSource { path: "scripts/casse.rhai".to_owned(), text: "fn note( { 3 }\n".to_owned() }, ScriptSource {
            path: "scripts/risque.rhai".to_owned(),
            text: "fn risque_eleve() { client.encours > 10000 }\nfn note_de(encours) { encours / 100 }\nfn delai() { 3 }\nfn modele() { \"ferme\" }\nfn tres_vieux() { facture.retard > 90 }\n".to_owned(),
        }],
        messages: Vec::new(),
    }
}

/// One file of that project.
pub fn source(text: &str) -> Source {
    Source { path: "scenarios/essai.relance".to_owned(), bytes: text.as_bytes().to_vec() }
}

/// Compiles one file.
pub fn compile_text(text: &str) -> Compilation {
    compile(&[source(text)], &context())
}

/// Its diagnostics as people read them.
pub fn rendered(text: &str) -> String {
    let source = source(text);
    let compilation = compile(std::slice::from_ref(&source), &context());
    relance_dsl::render_full(&compilation.diagnostics, &[source], false)
}
