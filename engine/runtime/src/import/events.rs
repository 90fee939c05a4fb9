//! Rows of `evenements.csv`.

use super::batch::{EventRow, Source};
use super::columns::Layout;
use super::problem::Refusal;
use super::rows::{RowReader, in_currency};
use super::table::{Cell, Row};
use super::value::word;
use chrono::NaiveDate;
use relance_core::dossier::parse_key;
use relance_core::incoming::{DoneResult, DueAmount, Waived, What};
use relance_core::machine::Channel;
use relance_core::money::Amount;
use relance_core::said::{LONGEST_TEXT, Said};
use relance_core::tracked::{LetterStatus, Tracked, tracking_number};

/// The types of event, and the other words by which people call them.
const TYPES: &[(&str, &[&str])] = &[
    ("litige", &["litige_ouvert", "ouverture_litige", "contestation"]),
    ("litige_clos", &["cloture_litige", "fin_litige", "litige_ferme", "litige_resolu", "litige_cloture"]),
    ("promesse", &["promesse_de_paiement", "promesse_paiement"]),
    ("arret", &["stop", "suspension", "blocage", "pause"]),
    ("reprise", &["deblocage"]),
    ("avoir", &[]),
    ("rejet", &["impaye", "rejet_prelevement", "rejet_de_prelevement", "cheque_impaye"]),
    ("echeance", &["nouvelle_echeance", "report_echeance", "echeance_modifiee", "report_d_echeance"]),
    ("relance", &["relance_passee", "relance_envoyee"]),
    ("saut", &["changement_etape", "changement_d_etape", "passage_etape", "aller_a"]),
    ("validation", &["approbation", "valide", "validee"]),
    ("refus", &["refuse", "validation_refusee"]),
    ("echeancier", &["plan_de_paiement", "plan_paiement", "echeancier_de_paiement", "plan_d_apurement", "moratoire"]),
    ("procedure_collective", &["redressement_judiciaire", "liquidation_judiciaire", "sauvegarde", "depot_de_bilan"]),
    (
        "procedure_close",
        &["procedure_collective_close", "cloture_procedure", "cloture_de_procedure", "fin_de_procedure"],
    ),
    ("externe", &["evenement_externe"]),
    ("adresse_confirmee", &["adresse_verifiee", "adresse_valide", "email_confirme", "numero_confirme"]),
    ("reponse", &["reponse_client"]),
    ("paiement_annonce", &["annonce_de_paiement", "virement_annonce"]),
    ("appel", &[]),
    ("courrier", &["lettre", "courrier_poste", "lettre_postee"]),
    ("lettre_recommandee", &["recommande", "lrar", "courrier_recommande", "lettre_recommandee_postee"]),
    ("tache", &[]),
    ("tache_a_faire", &["nouvelle_tache", "demande_de_tache", "a_faire"]),
    ("commentaire", &["commentaires", "remarque"]),
    ("segment", &["segment_choisi", "changement_segment", "changement_de_segment"]),
    ("renonciation", &["renonciation_penalites", "abandon_des_penalites", "abandon_penalites"]),
    ("renonciation_retiree", &["renonciation_annulee", "fin_de_renonciation"]),
    ("transmission", &["transmis", "transmise", "dossier_transmis"]),
    ("remis", &["remise", "message_remis", "delivre", "distribue", "delivered", "accuse_de_reception"]),
    ("presentee", &["presente", "presentation", "avisee", "avise", "recommande_presente", "recommande_avise"]),
    ("distribuee", &["recommande_distribue", "lettre_distribuee", "pli_distribue"]),
    ("refusee", &["recommande_refuse", "lettre_refusee", "pli_refuse"]),
    ("non_reclamee", &["non_reclame", "recommande_non_reclame", "lettre_non_reclamee", "pli_non_reclame"]),
    ("echec", &["message_revenu", "retour_de_message", "rebond", "bounce", "non_remis", "non_distribue", "npai"]),
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
        None => format!("types connus : {}", TYPES.iter().map(|(n, _)| *n).collect::<Vec<_>>().join(", ")),
    };
    Err(Refusal::new("type d'événement inconnu", advice))
}

/// The channel that a past reminder names, anywhere in its detail.
fn channel(detail: &str) -> Option<Channel> {
    let words = word::identifier(detail);
    let registered = ["recommande", "recommandee", "lrar", "lre", "lr", "rar", "ar"];
    if words.split('_').any(|word| registered.contains(&word)) {
        return Some(Channel::RegisteredLetter);
    }
    words.split('_').find_map(|word| match word {
        "email" | "mail" | "courriel" | "mel" => Some(Channel::Email),
        "sms" | "texto" => Some(Channel::Sms),
        "appel" | "telephone" | "tel" => Some(Channel::Call),
        "courrier" | "lettre" => Some(Channel::Letter),
        _ => None,
    })
}

/// Whether a reminder of before was a formal notice.
fn is_formal(detail: &str) -> bool {
    let words = word::identifier(detail);
    format!("_{words}_").contains("_mise_en_demeure_") || words.split('_').any(|word| word == "med")
}

/// Which message came back, or reached its recipient: its key, or the latest of a channel.
fn message(kind: &str, detail: Option<&str>, invoice: Option<&str>) -> Result<What, Refusal> {
    let what = |key, channel| match kind {
        "remis" => What::Delivered { key, channel },
        _ => What::Bounced { key, channel, why: None },
    };
    let advice = "écrivez `email`, `sms` ou `lettre` pour le dernier message de la facture, ou la clé du message \
                  (`cle` dans `relance journal --format jsonl`)";
    let Some(detail) = detail else {
        let reason = format!("quel message ? un événement `{kind}` doit le dire (colonne detail)");
        return Err(Refusal::new(reason, advice));
    };
    if let Some((owner, ..)) = parse_key(detail) {
        return match invoice {
            Some(invoice) if invoice != owner => {
                Err(Refusal::new(format!("cette clé est celle d'un message de la facture {owner}"), advice))
            }
            _ => Ok(what(Some(detail.to_owned()), None)),
        };
    }
    match channel(detail) {
        Some(Channel::Call) => Err(Refusal::new(
            "un appel n'est pas un message",
            "écrivez le type `appel` ; pour un faux numéro, le détail `impossible`",
        )),
        Some(channel) => Ok(what(None, Some(channel))),
        None => Err(Refusal::new("ni la clé d'un message, ni un canal", advice)),
    }
}

/// What became of a registered letter, if a type says that.
fn letter_status(kind: &str) -> Option<LetterStatus> {
    LetterStatus::ALL.into_iter().find(|status| status.word() == kind)
}

/// A text that can be a tracking number, and no name of anybody.
fn is_number(text: &str) -> bool {
    tracking_number(text).is_some_and(|number| number.bytes().filter(u8::is_ascii_digit).count() >= 8)
}

/// `refuse` and `refusee` are said of approvals too: it is the letter that is refused when the detail names one.
fn of_a_letter(kind: &'static str, written: &str, detail: Option<&str>) -> &'static str {
    let names_letter = detail.is_some_and(|detail| {
        parse_key(detail).is_some() || is_number(detail) || channel(detail).is_some_and(Channel::is_letter)
    });
    match (kind, word::identifier(written).as_str(), names_letter) {
        ("refus", "refuse", true) => "refusee",
        ("refusee", "refusee", false) => "refus",
        _ => kind,
    }
}

/// Which letter got somewhere: its key, its number, or the latest registered one.
fn tracked(status: LetterStatus, detail: Option<&str>, invoice: Option<&str>) -> Result<What, Refusal> {
    let advice = "écrivez le numéro de suivi, la clé de la lettre (`cle` dans `relance journal --format jsonl`), ou rien pour la \
                  dernière lettre recommandée de la facture";
    let told = Tracked { status: Some(status), ..Tracked::default() };
    let Some(detail) = detail else { return Ok(What::Tracked(told)) };
    if let Some((owner, ..)) = parse_key(detail) {
        return match invoice {
            Some(invoice) if invoice != owner => {
                Err(Refusal::new(format!("cette clé est celle d'une lettre de la facture {owner}"), advice))
            }
            _ => Ok(What::Tracked(Tracked { key: Some(detail.to_owned()), ..told })),
        };
    }
    match channel(detail) {
        Some(channel) if channel.is_letter() => Ok(What::Tracked(told)),
        None if is_number(detail) => Ok(What::Tracked(Tracked { number: tracking_number(detail), ..told })),
        _ => Err(Refusal::new("ni un numéro de suivi, ni la clé d'une lettre", advice)),
    }
}

/// The invoice that the key of a message names.
fn named_by_key(kind: Option<&str>, detail: Option<&str>) -> Option<String> {
    detail
        .filter(|_| kind.is_some_and(|kind| matches!(kind, "echec" | "remis") || letter_status(kind).is_some()))
        .and_then(parse_key)
        .map(|(invoice, ..)| invoice.to_owned())
}

fn outcome(detail: &str, call: bool) -> Result<DoneResult, Refusal> {
    let found = match word::identifier(detail).as_str() {
        "" | "fait" | "faite" | "joint" | "ok" | "abouti" => Some(DoneResult::Done),
        "sans_reponse" | "pas_de_reponse" | "absent" | "messagerie" | "repondeur" => Some(DoneResult::NoAnswer),
        "message_laisse" | "message" => Some(DoneResult::MessageLeft),
        "impossible" => Some(DoneResult::Impossible),
        "mauvais_numero" | "faux_numero" | "numero_errone" => Some(DoneResult::WrongNumber),
        "refus" | "refuse" | "refuse_de_payer" | "refus_de_payer" => Some(DoneResult::Refused),
        _ => None,
    };
    found.filter(|result| call || !result.is_of_a_call()).ok_or_else(|| {
        Refusal::bare(if call {
            "résultat inconnu, attendu : fait, sans réponse, message laissé, refus, mauvais numéro ou impossible"
        } else {
            "résultat inconnu, attendu : fait ou impossible"
        })
    })
}

/// What is given up: what the detail says, or all of it.
fn waived(detail: Option<&str>) -> Result<Waived, Refusal> {
    match detail.map(word::identifier).as_deref() {
        None | Some("penalites_et_indemnite" | "tout" | "les_deux") => Ok(Waived::Both),
        Some("penalites" | "penalite" | "interets" | "penalites_de_retard" | "interets_de_retard") => {
            Ok(Waived::Penalties)
        }
        Some("indemnite" | "indemnite_forfaitaire" | "indemnite_de_recouvrement" | "frais") => Ok(Waived::Fee),
        Some(_) => {
            let advice = "écrivez `pénalités`, `indemnité`, ou rien pour les deux";
            Err(Refusal::new("à quoi renonce-t-on ?", advice))
        }
    }
}

/// The segment that a person chooses, if there is one of that name; none takes the choice back.
fn segment(detail: Option<&str>, known: &[String]) -> Result<Option<String>, Refusal> {
    let Some(detail) = detail else { return Ok(None) };
    let wanted = word::identifier(detail);
    match known.iter().find(|name| word::identifier(name) == wanted) {
        Some(name) => Ok(Some(name.clone())),
        None => {
            let advice = match known {
                [] => "déclarez-le d'abord : `segments` dans relance.toml".to_owned(),
                known => format!("les segments du projet : {} ; sans détail, le choix est retiré", known.join(", ")),
            };
            Err(Refusal::new("ce segment n'existe pas", advice))
        }
    }
}

/// Who did what the row says, and why: its own columns say so, else the detail of what has no other.
fn said(kind: &str, by: Option<&str>, why: Option<&str>, detail: Option<&str>, state: bool) -> Option<Said> {
    match kind {
        "arret" | "reprise" => Said::of(by, why.or(detail)),
        "saut" => Said::of(by, why.or(detail.filter(|_| state))),
        "validation" | "refus" => Said::of(by.or(detail), why),
        _ => Said::of(by, why),
    }
}

/// What the other fields of the row say.
struct Fields<'s> {
    date: Option<NaiveDate>,
    amount: Option<Amount>,
    expected: Option<NaiveDate>,
    state: Option<String>,
    detail: Option<String>,
    segments: &'s [String],
}

/// The invoice of a row that could not be read and may be a part of a payment plan.
pub(super) fn part_of_a_plan(layout: &Layout, row: &Row<'_>) -> Option<String> {
    let shown = |field| layout.column(field).and_then(|column| row.cells.get(column)).map(Cell::shown);
    let another = shown("type").is_some_and(|text| event_type(&text).is_ok_and(|kind| kind != "echeancier"));
    shown("facture").filter(|invoice| !another && !invoice.is_empty())
}

/// Reads a row; `None` when something is wrong, which the reader then holds.
pub(super) fn read(row: &mut RowReader<'_, '_>, source: Source, segments: &[String]) -> Option<EventRow> {
    row.check_width();
    let date = row.needed_date("date");
    let text = row.needed_text("type");
    let kind = text.as_ref().and_then(|_| row.word("type", event_type));
    let mut invoice = row.text("facture");
    let client = row.text("client");
    let written = row.amount("montant");
    let expected = row.date("date_prevue");
    let detail = row.text("detail");
    let kind = kind.map(|kind| of_a_letter(kind, text.as_deref().unwrap_or_default(), detail.as_deref()));
    invoice = invoice.or_else(|| named_by_key(kind, detail.as_deref()));
    let identifier = row.text("identifiant");
    let known = row.moment("connu_le");
    let state = row.text("etape").map(|text| word::identifier(&text));
    let (by, why) = (row.text("auteur"), row.text("motif"));
    let on_client = kind.is_some_and(|kind| may_concern_client(kind) || concerns_client(kind));
    if invoice.is_none() && client.is_none() {
        row.refuse("facture", Refusal::bare("ni facture ni client : de quoi s'agit-il ?"));
    } else if invoice.is_none()
        && !on_client
        && let Some(kind) = kind
    {
        row.refuse("facture", Refusal::bare(format!("un événement `{kind}` doit nommer sa facture")));
    }
    if kind == Some("relance") && invoice.is_none() && detail.as_deref().is_some_and(is_formal) {
        let advice = "une ligne par facture, avec son numéro : l'intérêt légal de chacune en dépend";
        row.refuse("facture", Refusal::new("une mise en demeure doit nommer sa facture", advice));
    }
    let details = [
        written.map(|w| format!("{}{}", w.cents, w.currency.map_or("", |_| "+"))).unwrap_or_default(),
        expected.map(|d| d.to_string()).unwrap_or_default(),
        detail.as_deref().map(word::identifier).unwrap_or_default(),
    ];
    let mut details = if details.iter().all(String::is_empty) { String::new() } else { details.join("/") };
    details.extend(state.iter().map(|state| format!("/{state}")));
    let returned = kind.and_then(|kind| match letter_status(kind) {
        Some(status) => Some(tracked(status, detail.as_deref(), invoice.as_deref())),
        None => matches!(kind, "echec" | "remis").then(|| message(kind, detail.as_deref(), invoice.as_deref())),
    });
    let said = said(kind.unwrap_or_default(), by.as_deref(), why.as_deref(), detail.as_deref(), state.is_some());
    let fields = Fields { date, amount: written.map(in_currency), expected, state, detail, segments };
    let what = match returned {
        Some(Ok(what)) => Some(what),
        Some(Err(refusal)) => {
            row.refuse("detail", refusal);
            None
        }
        None => kind.and_then(|kind| what(row, kind, fields)),
    };
    if !row.good() {
        return None;
    }
    let currency_written = written.is_some_and(|w| w.currency.is_some());
    let (date, kind, what) = (date?, kind?, what?);
    Some(EventRow { source, date, kind, client, invoice, what, currency_written, details, identifier, known, said })
}

/// Whether an event of this type may concern the client as a whole.
fn may_concern_client(kind: &str) -> bool {
    matches!(
        kind,
        "arret" | "reprise" | "reponse" | "avoir" | "relance" | "externe" | "tache" | "tache_a_faire" | "commentaire"
    )
}

/// Whether an event of this type concerns the whole client, whatever invoice the row names.
pub(super) fn concerns_client(kind: &str) -> bool {
    matches!(kind, "procedure_collective" | "procedure_close" | "adresse_confirmee" | "segment")
}

fn missing_date(row: &mut RowReader<'_, '_>, kind: &str, expected: Option<NaiveDate>) {
    if expected.is_none() && row.is_empty("date_prevue") {
        let reason = format!("un événement `{kind}` doit avoir une date prévue (colonne date_prevue)");
        row.refuse("date_prevue", Refusal::bare(reason));
    }
}

/// The words without which an event says nothing.
fn needed_words(row: &mut RowReader<'_, '_>, kind: &str, what: &str, detail: Option<String>) -> Option<String> {
    if let Some(long) = detail.as_ref().filter(|text| text.chars().count() > LONGEST_TEXT) {
        let reason = format!("ce texte a {} caractères, le plus long en a {LONGEST_TEXT}", long.chars().count());
        row.refuse("detail", Refusal::bare(reason));
        return None;
    }
    if detail.is_none() {
        row.refuse("detail", Refusal::bare(format!("un événement `{kind}` doit dire {what} (colonne detail)")));
    }
    detail
}

fn what(row: &mut RowReader<'_, '_>, kind: &str, fields: Fields<'_>) -> Option<What> {
    let Fields { date, amount, expected, state, detail, segments } = fields;
    // Except for what is a credit by nature, a negative sum is a mistake.
    let natural = matches!(kind, "avoir" | "rejet");
    let positive = amount.map(|a| Amount::new(a.cents.saturating_abs(), a.currency));
    if amount.is_some_and(|a| a.cents == 0 || (a.cents < 0 && !natural)) {
        row.refuse("montant", Refusal::bare("ce montant doit être positif"));
        return None;
    }
    let mut needed = |value: Option<Amount>| {
        if value.is_none() && row.is_empty("montant") {
            row.refuse("montant", Refusal::bare(format!("un événement `{kind}` doit avoir un montant")));
        }
        value
    };
    Some(match kind {
        "litige" => What::DisputeOpened { amount, reason: detail },
        "litige_clos" => What::DisputeClosed,
        "arret" => What::Stop { until: expected },
        "reprise" => {
            let first = detail.as_deref().and_then(|text| text.split([' ', ',', ':']).next()).map(word::identifier);
            What::Resume { catch_up: first.as_deref() == Some("rattraper") }
        }
        "avoir" => What::CreditNote { amount: needed(positive)? },
        "rejet" => What::Reversal { amount: needed(positive)? },
        "relance" => What::PastReminder {
            channel: detail.as_deref().and_then(channel),
            formal: detail.as_deref().is_some_and(is_formal),
        },
        "reponse" => What::Reply,
        "paiement_annonce" => What::PaymentAnnounced { amount },
        "saut" => {
            // Without a column of its own, the state stands in the detail.
            let state = state.or_else(|| detail.as_deref().map(word::identifier).filter(|state| !state.is_empty()));
            let Some(state) = state else {
                let reason = "un événement `saut` doit nommer l'étape (colonne etape ou detail)";
                row.refuse("detail", Refusal::bare(reason));
                return None;
            };
            What::Jump { state }
        }
        "validation" | "refus" => What::Approval { key: None, granted: kind == "validation" },
        "procedure_collective" => What::Insolvency { judgment: expected.or(date)? },
        "procedure_close" => What::InsolvencyClosed,
        "adresse_confirmee" => match detail.as_deref().map(channel) {
            None => What::AddressConfirmed { channel: None },
            Some(channel @ Some(Channel::Email | Channel::Sms)) => What::AddressConfirmed { channel },
            Some(_) => {
                let advice = "écrivez `email`, `sms`, ou rien pour les deux";
                row.refuse("detail", Refusal::new("quelle adresse est confirmée ?", advice));
                return None;
            }
        },
        "externe" => {
            let Some(name) = detail else {
                let reason = "un événement `externe` doit donner son nom (colonne detail)";
                row.refuse("detail", Refusal::bare(reason));
                return None;
            };
            What::External { name }
        }
        "echeancier" => {
            let amount = needed(amount);
            missing_date(row, kind, expected);
            // One of the plan's instalments: its rows are joined once all of them are read.
            What::PaymentPlan { instalments: vec![DueAmount { due: expected?, amount: amount? }] }
        }
        "promesse" | "echeance" => {
            missing_date(row, kind, expected);
            let day = expected?;
            if kind == "promesse" { What::Promise { by: day, amount } } else { What::DueDateMoved { to: day } }
        }
        "appel" | "courrier" | "lettre_recommandee" | "tache" => {
            let result = match detail.as_deref().map_or(Ok(DoneResult::Done), |detail| outcome(detail, kind == "appel"))
            {
                Ok(result) => result,
                Err(refusal) => {
                    row.refuse("detail", refusal);
                    return None;
                }
            };
            let channel = match kind {
                "appel" => Some(Channel::Call),
                "courrier" => Some(Channel::Letter),
                "lettre_recommandee" => Some(Channel::RegisteredLetter),
                _ => None,
            };
            What::Done { key: None, channel, result, tracking: None }
        }
        "commentaire" => What::Comment { text: needed_words(row, kind, "ce qui est à noter", detail)? },
        "tache_a_faire" => What::Task { text: needed_words(row, kind, "ce qui est à faire", detail)?, to: None },
        "transmission" => What::HandOver { target: needed_words(row, kind, "à qui", detail)? },
        "segment" => match segment(detail.as_deref(), segments) {
            Ok(segment) => What::Segment { segment },
            Err(refusal) => {
                row.refuse("detail", refusal);
                return None;
            }
        },
        "renonciation" | "renonciation_retiree" => match waived(detail.as_deref()) {
            Ok(what) => What::Waiver { what, taken_back: kind == "renonciation_retiree" },
            Err(refusal) => {
                row.refuse("detail", refusal);
                return None;
            }
        },
        _ => {
            row.refuse("type", Refusal::bare("type d'événement inconnu"));
            return None;
        }
    })
}
