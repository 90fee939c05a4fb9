//! Rows of `evenements.csv`.

use super::batch::{EventRow, Source};
use super::problem::Refusal;
use super::rows::{RowReader, in_currency};
use super::value::word;
use chrono::NaiveDate;
use relance_core::incoming::{DoneResult, What};
use relance_core::machine::Channel;
use relance_core::money::Amount;

/// The types of event, and the other words by which people call them.
const TYPES: &[(&str, &[&str])] = &[
    ("litige", &["litige_ouvert", "ouverture_litige", "contestation"]),
    ("litige_clos", &["cloture_litige", "fin_litige", "litige_ferme", "litige_resolu", "litige_cloture"]),
    ("promesse", &["promesse_de_paiement", "promesse_paiement"]),
    ("arret", &["stop", "suspension", "blocage"]),
    ("reprise", &["deblocage"]),
    ("avoir", &[]),
    ("rejet", &["impaye", "rejet_prelevement", "rejet_de_prelevement", "cheque_impaye"]),
    ("echeance", &["nouvelle_echeance", "report_echeance", "echeance_modifiee", "report_d_echeance"]),
    ("relance", &["relance_passee", "relance_envoyee"]),
    ("saut", &[]),
    ("reponse", &["reponse_client"]),
    ("paiement_annonce", &["annonce_de_paiement", "virement_annonce"]),
    ("appel", &[]),
    ("courrier", &["lettre", "courrier_poste", "lettre_postee"]),
    ("tache", &[]),
];

fn event_type(text: &str) -> Result<&'static str, Refusal> {
    let wanted = word::identifier(text);
    let named = TYPES.iter().find(|(name, others)| *name == wanted || others.contains(&wanted.as_str()));
    if let Some((name, _)) = named {
        return Ok(name);
    }
    let score = |name: &str| strsim::normalized_damerau_levenshtein(&wanted, name);
    let near = TYPES.iter().map(|(name, _)| *name).max_by(|a, b| score(a).total_cmp(&score(b)));
    let advice = match near.filter(|name| score(name) > 0.6) {
        Some(near) => format!("vouliez-vous dire `{near}` ?"),
        None => format!(
            "types connus : {}",
            TYPES.iter().map(|(n, _)| *n).filter(|n| *n != "saut").collect::<Vec<_>>().join(", ")
        ),
    };
    Err(Refusal::new("type d'événement inconnu", advice))
}

/// The channel that a past reminder names, anywhere in its detail.
fn channel(detail: &str) -> Option<Channel> {
    let words = word::identifier(detail);
    words.split('_').find_map(|word| match word {
        "email" | "mail" | "courriel" | "mel" => Some(Channel::Email),
        "sms" | "texto" => Some(Channel::Sms),
        "appel" | "telephone" | "tel" => Some(Channel::Call),
        "courrier" | "lettre" | "recommande" | "recommandee" | "lrar" | "lre" => Some(Channel::Letter),
        _ => None,
    })
}

fn outcome(detail: &str) -> Result<DoneResult, Refusal> {
    match word::identifier(detail).as_str() {
        "" | "fait" | "faite" | "joint" | "ok" | "abouti" => Ok(DoneResult::Done),
        "sans_reponse" | "pas_de_reponse" | "absent" | "messagerie" | "repondeur" => Ok(DoneResult::NoAnswer),
        "impossible" | "faux_numero" | "numero_errone" => Ok(DoneResult::Impossible),
        _ => Err(Refusal::bare("résultat inconnu, attendu : fait, sans réponse ou impossible")),
    }
}

/// What the other fields of the row say.
struct Fields {
    amount: Option<Amount>,
    expected: Option<NaiveDate>,
    detail: Option<String>,
}

/// Reads a row; `None` when something is wrong, which the reader then holds.
pub(super) fn read(row: &mut RowReader<'_, '_>, source: Source) -> Option<EventRow> {
    row.check_width();
    let date = row.needed_date("date");
    let text = row.needed_text("type");
    let kind = text.and_then(|_| row.word("type", event_type));
    let invoice = row.text("facture");
    let client = row.text("client");
    let written = row.amount("montant");
    let expected = row.date("date_prevue");
    let detail = row.text("detail");
    let identifier = row.text("identifiant");
    let known = row.moment("connu_le");
    let on_client = matches!(kind, Some("arret" | "reprise" | "reponse" | "avoir" | "relance"));
    if invoice.is_none() && client.is_none() {
        row.refuse("facture", Refusal::bare("ni facture ni client : de quoi s'agit-il ?"));
    } else if invoice.is_none()
        && !on_client
        && let Some(kind) = kind.filter(|k| *k != "saut")
    {
        row.refuse("facture", Refusal::bare(format!("un événement `{kind}` doit nommer sa facture")));
    }
    let details = [
        written.map(|w| format!("{}{}", w.cents, w.currency.map_or("", |_| "+"))).unwrap_or_default(),
        expected.map(|d| d.to_string()).unwrap_or_default(),
        detail.as_deref().map(word::identifier).unwrap_or_default(),
    ];
    let details = if details.iter().all(String::is_empty) { String::new() } else { details.join("/") };
    let fields = Fields { amount: written.map(in_currency), expected, detail };
    let what = kind.and_then(|kind| what(row, kind, fields));
    if !row.good() {
        return None;
    }
    let currency_written = written.is_some_and(|w| w.currency.is_some());
    let (date, kind, what) = (date?, kind?, what?);
    Some(EventRow { source, date, kind, client, invoice, what, currency_written, details, identifier, known })
}

fn what(row: &mut RowReader<'_, '_>, kind: &str, fields: Fields) -> Option<What> {
    let Fields { amount, expected, detail } = fields;
    // Except for what is a credit by nature, a negative sum is a mistake.
    let natural = matches!(kind, "avoir" | "rejet");
    let positive = amount.map(|a| Amount::new(a.cents.saturating_abs(), a.currency));
    if amount.is_some_and(|a| a.cents == 0 || (a.cents < 0 && !natural)) {
        row.refuse("montant", Refusal::bare("ce montant doit être positif"));
        return None;
    }
    let mut needed = |value: Option<Amount>| {
        if value.is_none() {
            row.refuse("montant", Refusal::bare(format!("un événement `{kind}` doit avoir un montant")));
        }
        value
    };
    Some(match kind {
        "litige" => What::DisputeOpened { amount, reason: detail },
        "litige_clos" => What::DisputeClosed,
        "arret" => What::Stop { reason: detail },
        "reprise" => What::Resume { catch_up: detail.as_deref().map(word::identifier).as_deref() == Some("rattraper") },
        "avoir" => What::CreditNote { amount: needed(positive)? },
        "rejet" => What::Reversal { amount: needed(positive)? },
        "relance" => What::PastReminder { channel: detail.as_deref().and_then(channel) },
        "reponse" => What::Reply,
        "paiement_annonce" => What::PaymentAnnounced { amount },
        "promesse" | "echeance" => {
            let Some(day) = expected else {
                let reason = format!("un événement `{kind}` doit avoir une date prévue (colonne date_prevue)");
                row.refuse("date_prevue", Refusal::bare(reason));
                return None;
            };
            if kind == "promesse" { What::Promise { by: day, amount } } else { What::DueDateMoved { to: day } }
        }
        "appel" | "courrier" | "tache" => {
            let result = match detail.as_deref().map_or(Ok(DoneResult::Done), outcome) {
                Ok(result) => result,
                Err(refusal) => {
                    row.refuse("detail", refusal);
                    return None;
                }
            };
            let channel = match kind {
                "appel" => Some(Channel::Call),
                "courrier" => Some(Channel::Letter),
                _ => None,
            };
            What::Done { key: None, channel, result }
        }
        _ => {
            let advice = "retirez cette ligne";
            row.refuse("type", Refusal::new(format!("l'événement `{kind}` n'est pas encore pris en charge"), advice));
            return None;
        }
    })
}
