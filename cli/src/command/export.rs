//! `exporter`: everything that the base keeps of one client, for whoever asks what is known of them.

use super::explain::EveryVersion;
use crate::args::ExportArgs;
use crate::failure::{self, Failure, unknown};
use crate::output::{self, phrase};
use crate::project::{self, now};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono_tz::Tz;
use relance_core::day::Instant;
use relance_core::dossier::{Dossier, InvoiceFile};
use relance_core::incoming::Customer;
use relance_core::journal::Line;
use relance_engine::store::{Record, Store};
use serde_json::{Value, json};
use std::path::Path;

/// Writes the document.
pub async fn run(dir: &Path, base: Option<&str>, args: &ExportArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let zone = project.config.creditor.zone;
    let store = project.store(base).await?;
    let dossier = dossier(&*store, &args.client).await?;
    let record = store.record(&args.client).await?;
    let places = EveryVersion::new(store.all_machines().await?);
    let rows = store.journal(Some(&args.client), None, None, None).await?;
    let lines = rows.iter().filter_map(|row| Line::of(&row.entry, &row.client, row.currency, zone, &places));
    let journal: Vec<Value> = lines.map(|line| told(&line)).collect();
    let all = json!({
        "client": args.client,
        "creancier": project.config.creditor.name,
        "exporte_le": moment(now(), zone),
        "fiche": customer(&dossier.customer),
        "factures": dossier.invoices.iter().map(|(number, file)| invoice(number, file)).collect::<Vec<_>>(),
        "journal": journal,
        "messages": messages(&record, zone),
        "documents": documents(&*store, &args.client, zone).await?,
        "importe": imports(&record, zone),
        "dossier": dossier,
    });
    let Some(path) = &args.vers else { return output::json(&all) };
    let text = serde_json::to_string_pretty(&all)
        .map_err(|e| Failure::Outside(format!("le résultat ne s’écrit pas en JSON ({e})"), String::new()))?;
    std::fs::write(path, text + "\n").map_err(|error| failure::file(path, &error))?;
    output::print(&format!("Écrit dans `{}`.\n", path.display()))
}

/// The whole file of a client who is known.
pub async fn dossier(store: &dyn Store, client: &str) -> Result<Dossier, Failure> {
    let known = store.recorded_clients().await?.iter().any(|known| known == client);
    let loaded = store.load(&[client.to_owned()], now(), &[], true).await?;
    loaded.into_iter().next().filter(|_| known).map(|l| l.world.dossier).ok_or_else(|| unknown("client", client))
}

fn moment(at: Instant, zone: Tz) -> String {
    at.with_timezone(&zone).to_rfc3339()
}

/// A line of the journal with its sentence.
fn told(line: &Line) -> Value {
    let mut value = serde_json::to_value(line).unwrap_or_default();
    if let Value::Object(fields) = &mut value {
        let sentence = phrase::sentence(line);
        fields.insert("phrase".to_owned(), Value::String(anstream::adapter::strip_str(&sentence).to_string()));
    }
    value
}

fn customer(customer: &Customer) -> Value {
    let contacts = customer.contacts.iter().map(|contact| {
        json!({ "role": contact.role, "nom": contact.name, "email": contact.email, "telephone": contact.phone })
    });
    json!({
        "nom": customer.name, "segment": customer.segment, "email": customer.email, "telephone": customer.phone,
        "adresse": customer.address, "pays": customer.country, "langue": customer.language, "regime": customer.regime,
        "taux_penalites": customer.penalty_rate,
        "delai_habituel": customer.usual_delay, "responsable": customer.owner, "champs": customer.fields,
        "contacts": contacts.collect::<Vec<_>>(),
    })
}

fn invoice(number: &str, file: &InvoiceFile) -> Value {
    let data = &file.invoice;
    let amount = |cents: i64| relance_core::money::Amount::new(cents, data.currency()).to_string();
    json!({
        "numero": number, "libelle": data.label, "emission": data.issued, "echeance": data.due,
        "montant": amount(data.amount.cents), "solde": amount(file.balance), "soldee_le": file.settled_on,
        "scenario": file.scenario.as_ref().map(|scenario| &scenario.name), "etape": file.state, "etat": file,
    })
}

fn messages(record: &Record, zone: Tz) -> Vec<Value> {
    let value = |kept: &relance_engine::store::Message| {
        let message = &kept.message;
        let others = message.others.iter().map(|other| other.invoice.as_str());
        json!({
            "cle": message.key, "canal": message.channel.name(), "modele": message.template,
            "factures": std::iter::once(message.invoice.as_str()).chain(others).collect::<Vec<_>>(),
            "statut": kept.status, "decide_le": moment(kept.decided, zone),
            "fini_le": kept.over.map(|at| moment(at, zone)), "destinataires": kept.recipients,
            "fournisseur": kept.provider, "detail": kept.detail,
        })
    };
    record.messages.iter().map(value).collect()
}

/// What is kept of what left or came back: texts as they are, everything else as base64.
async fn documents(store: &dyn Store, client: &str, zone: Tz) -> Result<Vec<Value>, Failure> {
    let mut all = Vec::new();
    for kept in store.documents(client).await? {
        let bytes = store.document(client, &kept.key, kept.kind, &kept.name).await?.unwrap_or_default();
        let (text, packed) = match String::from_utf8(bytes) {
            Ok(text) => (Some(text), None),
            Err(error) => (None, Some(BASE64_STANDARD.encode(error.as_bytes()))),
        };
        all.push(json!({
            "cle": kept.key, "genre": kept.kind.word(), "nom": kept.name, "type": kept.media_type,
            "le": moment(kept.at, zone), "octets": kept.size, "sha256": kept.sha256, "texte": text, "base64": packed,
        }));
    }
    Ok(all)
}

fn imports(record: &Record, zone: Tz) -> Vec<Value> {
    let imports = record.imports.iter();
    imports.map(|thing| json!({ "importe_le": moment(thing.at, zone), "donnees": thing.incoming })).collect()
}
