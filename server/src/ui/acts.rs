//! What people do from a page, out of its forms.

use super::form::Posted;
use super::{Answer, done, encoded};
use crate::acts::{About, of_form, settled};
use crate::auth::four_eyes::Actor;
use crate::auth::role::Permission;
use crate::signatures::{Outcome, Signer, sign};
use axum::extract::Path;
use relance_core::act::Signed;

/// Fields that are none of the act.
const OTHERS: [&str; 5] = ["jeton", "id", "motif", "retour", "facture"];

/// An act on an invoice.
pub async fn on_invoice(Path((_, number, name)): Path<(String, String, String)>, posted: Posted) -> Answer {
    // Of a call about several invoices, the form may name the one that is meant.
    let about = About::invoice(&posted.visit.tenant, posted.get("facture").unwrap_or(&number)).await?;
    on(&posted, about, &name, &format!("factures/{}", encoded(&number))).await
}

/// An act on a client.
pub async fn on_client(Path((_, client, name)): Path<(String, String, String)>, posted: Posted) -> Answer {
    let about = About { client: client.clone(), invoices: Vec::new() };
    on(&posted, about, &name, &format!("clients/{}", encoded(&client))).await
}

async fn on(posted: &Posted, about: About, name: &str, page: &str) -> Answer {
    let visit = &posted.visit;
    let fields = posted.all().filter(|(field, _)| !OTHERS.contains(field));
    let wanted = of_form(name, fields)?;
    let signed = Signed { by: visit.name(), reason: posted.get("motif"), id: posted.need("id")? };
    let may = |permission| visit.allows(permission);
    let signer = Signer { actor: Actor::Person(&visit.person.account.id), name: visit.name(), may: &may };
    let outcome = sign((&visit.site, &visit.tenant), &about, &wanted, needed(name), &signer, &signed).await?;
    let asked = matches!(outcome, Outcome::Asked);
    if let Outcome::Done(things) = outcome {
        settled(&visit.tenant, &things).await;
    }
    let on = about.invoices.first().unwrap_or(&about.client);
    visit.audit(if asked { "demande" } else { wanted.row().name }, on).await?;
    let word = match name {
        _ if asked => "demande",
        "appel" => "appel",
        "validation" => "accord",
        "refus" => "refus",
        _ => "note",
    };
    // Back to the list from which it was done; elsewhere, to the page of what it was about.
    let back = posted.get("retour").filter(|back| super::frame::MENU.iter().any(|(path, ..)| path == back));
    done(&format!("{}/{}?dit={word}", visit.home(), back.unwrap_or(page)))
}

/// What it takes to do an act of this name.
pub fn needed(name: &str) -> Permission {
    match name {
        "validation" | "refus" => Permission::Approve,
        "arret" => Permission::Stop,
        "saut" => Permission::Jump,
        "transmission" => Permission::HandOver,
        "renonciation" => Permission::Waive,
        "appel" => Permission::Calls,
        "courrier_poste" => Permission::Letters,
        "commentaire" => Permission::Comments,
        "promesse" | "paiement_annonce" | "reponse" => Permission::Promises,
        "litige" | "litige_clos" => Permission::Disputes,
        "pause" | "reprise" => Permission::Pauses,
        "echeancier" | "echeance" => Permission::Plans,
        "segment" => Permission::Segments,
        "doute" => Permission::Doubts,
        _ => Permission::Tasks,
    }
}
