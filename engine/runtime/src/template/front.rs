//! The head of a template file: `clé: valeur` lines between two `---`.

use super::problem::{Found, TemplateProblem};
use crate::config::nearest::help_for;
use relance_core::machine::{Channel, Nature, Tone};
use relance_core::schema::fold;

/// The tones of templates, as their heads name them.
pub const TONES: [(&str, Tone); 6] = [
    ("préventif", Tone::Preventive),
    ("amical", Tone::Friendly),
    ("courtois", Tone::Polite),
    ("ferme", Tone::Firm),
    ("formel", Tone::Formal),
    ("mise_en_demeure", Tone::Notice),
];

const NATURES: [(&str, Nature); 3] =
    [("relance", Nature::Reminder), ("information", Nature::Information), ("mise_en_demeure", Nature::FormalNotice)];

/// What the head of a file says.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Front {
    pub subject: Option<Subject>,
    /// `None` when the head does not say: what that means depends on the verb of the scenario.
    pub nature: Option<Nature>,
    pub tone: Tone,
    pub lang: String,
    /// `piece: facture`: it does not leave without the invoice itself.
    pub requires_invoice: bool,
    /// `piece: decompte`: nor without the statement of account; the line that says so.
    pub requires_statement: Option<usize>,
    /// `code_qr: oui`: the e-mail ends with the code of the transfer that it asks for.
    pub code: bool,
    /// The line that says what the message is for: its tone, or else its purpose, or else the first one.
    pub head: usize,
    /// The line of the file on which the body begins.
    pub body_line: usize,
}

/// The subject's own template, padded so that its errors stand at their place in the file.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Subject {
    pub padded: String,
    pub line: usize,
}

/// Splits a file into its head and its body; the body keeps the file's line numbers through empty lines before it.
///
/// `variant` is the language of a translation, which is for what its template is for.
pub(super) fn split(
    text: &str,
    file: &str,
    (channel, variant): (Channel, Option<&str>),
    found: &mut Vec<TemplateProblem>,
) -> (Front, String) {
    let mut front = Front {
        subject: None,
        nature: None,
        tone: Tone::default(),
        lang: variant.unwrap_or("fr").to_owned(),
        requires_invoice: false,
        requires_statement: None,
        code: false,
        head: 1,
        body_line: 1,
    };
    let lines: Vec<&str> = text.split('\n').collect();
    let open = lines.first().is_some_and(|line| line.trim_end() == "---");
    let close = lines.iter().skip(1).position(|line| line.trim_end() == "---").map(|at| at + 1);
    let mut body = text.to_owned();
    match close.filter(|_| open) {
        Some(close) => {
            let mut given: Vec<&str> = Vec::new();
            for (i, line) in lines.iter().enumerate().take(close).skip(1) {
                key(&mut front, line, i + 1, (channel, variant), &mut given, &mut Found { file, into: found });
            }
            front.body_line = close + 2;
            let rest = lines.get(close + 1..).unwrap_or_default().join("\n");
            body = format!("{}{rest}", "\n".repeat(close + 1));
        }
        None if open => {
            Found { file, into: found }.error(1, None, "l'en-tête n'est pas fermé", "ajoutez une ligne `---` après lui")
        }
        None => {}
    }
    if channel == Channel::Email && front.subject.is_none() && !found.iter().any(|p| p.file == file) {
        let help = "commencez le fichier par `---`, une ligne `objet: …`, puis `---`";
        Found { file, into: found }.error(1, None, "un courriel demande un `objet`", help);
    }
    (front, body)
}

fn key<'l>(
    front: &mut Front,
    line: &'l str,
    number: usize,
    (channel, variant): (Channel, Option<&str>),
    given: &mut Vec<&'l str>,
    found: &mut Found<'_>,
) {
    let trimmed = line.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return;
    }
    let Some((name, value)) = line.split_once(':') else {
        found.error(
            number,
            None,
            format!("ligne d'en-tête illisible : `{trimmed}`"),
            "une ligne s'écrit `clé: valeur`",
        );
        return;
    };
    let name = name.trim();
    // Each says one thing that is accepted: whoever checks the scenarios reads them.
    if name == "accepte" {
        return;
    }
    if given.contains(&name) {
        found.error(
            number,
            None,
            format!("`{name}` figure deux fois dans l'en-tête"),
            "gardez une seule des deux lignes",
        );
        return;
    }
    given.push(name);
    let bare = unquoted(value.trim());
    if variant.is_some_and(|lang| {
        matches!(name, "nature" | "ton" | "piece" | "code_qr") || (name == "langue" && bare != lang)
    }) {
        let message = format!("une traduction n'a pas de `{name}` à elle");
        found.error(
            number,
            None,
            message,
            "retirez cette ligne : c'est le nom du fichier, et le modèle traduit, qui le disent",
        );
        return;
    }
    match name {
        "objet" if channel == Channel::Email || channel.is_letter() => {
            if bare.is_empty() {
                found.error(number, None, "l'objet est vide", "exemple : objet: Rappel : facture {{ facture.numero }}");
                return;
            }
            let before = line.find(bare).map_or(0, |at| line.get(..at).unwrap_or("").chars().count());
            let padded = format!("{}{}{bare}", "\n".repeat(number - 1), " ".repeat(before));
            front.subject = Some(Subject { padded, line: number });
        }
        "objet" => {
            let message = format!("un modèle de `{}` n'a pas d'objet", channel.name());
            found.error(number, None, message, "retirez cette ligne");
        }
        "nature" => {
            front.nature = choice("nature inconnue", bare, &NATURES, number, found);
            front.head = if front.head == 1 { number } else { front.head };
        }
        "ton" => {
            front.tone = choice("ton inconnu", bare, &TONES, number, found).unwrap_or(front.tone);
            front.head = number;
        }
        "piece" if channel == Channel::Email => attached(front, bare, number, found),
        "piece" => {
            let message = format!("un modèle de `{}` n'a pas de pièce jointe", channel.name());
            found.error(number, None, message, "retirez cette ligne : seul un courriel en a");
        }
        // A letter has the code in its frame anyway.
        "code_qr" if channel == Channel::Email || channel.is_letter() => match fold(bare).as_str() {
            "oui" => front.code = true,
            "non" => {}
            _ => found.error(number, None, format!("`code_qr` ne se règle pas sur `{bare}`"), "écrivez oui ou non"),
        },
        "langue" => {
            if bare.len() == 2 && bare.bytes().all(|b| b.is_ascii_lowercase()) {
                front.lang = bare.to_owned();
            } else {
                found.error(number, None, format!("langue inconnue `{bare}`"), "deux lettres : fr, en, de …");
            }
        }
        other => {
            let help = help_for(other, &["objet", "nature", "ton", "langue", "piece", "code_qr", "accepte"]);
            found.error(number, None, format!("clé inconnue `{other}` dans l'en-tête"), help);
        }
    }
}

/// What goes with the message: one thing, or several after commas, in brackets or not.
fn attached(front: &mut Front, value: &str, number: usize, found: &mut Found<'_>) {
    let inner = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
    for word in inner.split(',').map(|word| unquoted(word.trim())) {
        match fold(word).as_str() {
            "facture" => front.requires_invoice = true,
            "decompte" => front.requires_statement = Some(number),
            _ => {
                let help = "écrivez piece: facture, piece: decompte, ou les deux : piece: facture, decompte";
                let message = match word {
                    "" => "il manque le nom d'une pièce jointe".to_owned(),
                    _ => format!("pièce jointe inconnue `{word}`"),
                };
                found.error(number, None, message, help);
            }
        }
    }
}

fn unquoted(value: &str) -> &str {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(value)
}

fn choice<T: Copy>(unknown: &str, word: &str, choices: &[(&str, T)], line: usize, found: &mut Found<'_>) -> Option<T> {
    let hit = choices.iter().find(|(name, _)| fold(name) == fold(word));
    if hit.is_none() {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        found.error(line, None, format!("{unknown} `{word}`"), help_for(word, &names));
    }
    hit.map(|(_, value)| *value)
}
