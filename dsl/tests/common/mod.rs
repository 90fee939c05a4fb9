//! The project that the tests compile in.
#![allow(dead_code)]

use relance_core::machine::{Channel, Nature};
use relance_dsl::{Compilation, Context, Source, Template, compile};

/// A project with the usual segments, templates and roles.
pub fn context() -> Context {
    let template = |channel: Channel, name: &str| {
        let nature = match name {
            "mise_en_demeure" => Nature::FormalNotice,
            "remerciement" => Nature::Information,
            _ => Nature::Reminder,
        };
        Template { channel, name: name.to_owned(), nature }
    };
    let of = |channel: Channel, names: &str| names.split(' ').map(|name| template(channel, name)).collect::<Vec<_>>();
    let mut templates = of(
        Channel::Email,
        "rappel_amical courtois ferme dernier_avis mise_en_demeure promesse_non_tenue remerciement preventif",
    );
    templates.extend(of(Channel::Sms, "rappel ferme promesse_non_tenue"));
    templates.extend(of(Channel::Call, "ferme courtois"));
    templates.extend(of(Channel::Letter, "dernier_avis mise_en_demeure"));
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    Context {
        segments: words("bon_payeur regulier mauvais_payeur vip strategique public particulier"),
        templates,
        roles: words("comptabilité direction commercial"),
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
