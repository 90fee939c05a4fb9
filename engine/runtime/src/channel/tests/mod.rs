mod described_service;
mod folders;
mod headers;
mod mail_server;
mod registered_service;
pub(crate) mod server;
mod sms_service;

use super::*;
use chrono::{TimeZone, Utc};

fn config(text: &str) -> Config {
    let head = "[creancier]\nnom = \"Ateliers Éléonore & Fils\"\nemail = \"compta@ateliers.example\"\n";
    Config::parse(&format!("{head}{text}"), Path::new("relance.toml")).unwrap_or_else(|p| panic!("{p:#?}"))
}

fn person(name: &str, email: &str) -> Recipient {
    Recipient { name: Some(name.to_owned()), email: Some(email.to_owned()), phone: Some("06 12 34 56 78".to_owned()) }
}

/// A message with everything that is hard to encode.
fn outgoing(key: &str) -> Outgoing {
    let long = "Une ligne très longue, où l’accentuation et le montant 1\u{202f}500,50\u{a0}€ se suivent. ".repeat(20);
    Outgoing {
        key: key.to_owned(),
        to: vec![person("Zoé Benoît-Ångström, comptabilité", "zoe@client.example")],
        copy: vec![person("Hugo", "hugo@ateliers.example")],
        country: None,
        rendered: Rendered {
            subject: Some(
                "Relance\u{a0}: facture F-2026-0118 échue – 1\u{202f}500,50\u{a0}€ à régler sous huit jours, œuvre déjà livrée"
                    .to_owned(),
            ),
            text: format!("Bonjour,\n\n.un point au début d'une ligne\n..deux\nFrom ici\n{long}\n\nÀ bientôt\n"),
            html: Some(format!("<!DOCTYPE html><html lang=\"fr\"><body><p>.Été</p>\n<p>{long}</p></body></html>\n")),
            code: None,
        },
        date: Utc.with_ymd_and_hms(2026, 3, 19, 8, 0, 0).unwrap(),
        client: "C1".to_owned(),
        owner: None,
        tone: Tone::Firm,
        thread: Vec::new(),
        attached: Vec::new(),
        envelope: None,
    }
}

fn class(outcome: &Outcome) -> Option<Refusal> {
    match outcome {
        Outcome::Refused { class, .. } => Some(*class),
        _ => None,
    }
}

fn accepted(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Accepted { .. })
}
