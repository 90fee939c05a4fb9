//! What people do, whichever way they ask: checked against the file as it stands, written down as something that came in, and taken in by the
//! runner like everything else.

use crate::refusal::Refusal;
use crate::site::Tenant;
use relance_core::act::{Act, Case, Signed, incoming};
use relance_core::day::Instant;
use relance_core::dossier::Dossier;
use relance_core::incoming::Incoming;
use relance_core::simulate::World;
use relance_core::step::Departure;
use relance_engine::store::Intake;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// How long an answer waits for the runner to take in what was noted: people see what came of it.
const PATIENCE: Duration = Duration::from_millis(2_500);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(50);

/// What an act is about.
pub struct About {
    /// The client's code.
    pub client: String,
    /// Its invoices that are meant; none: the client.
    pub invoices: Vec<String>,
}

impl About {
    /// An invoice by its number.
    pub async fn invoice(tenant: &Tenant, number: &str) -> Result<About, Refusal> {
        let client = tenant.store.client_of(number).await?.ok_or(Refusal::Unknown)?;
        Ok(About { client, invoices: vec![number.to_owned()] })
    }
}

/// All that is known of a client, later things as well; nothing is made up for a code that nobody has.
pub async fn file_of(tenant: &Tenant, client: &str) -> Result<World, Refusal> {
    let loaded = tenant.store.load(&[client.to_owned()], Instant::MAX_UTC, &[], true).await?;
    let world = loaded.into_iter().next().ok_or(Refusal::Unknown)?.world;
    let known = world.dossier != Dossier::new(client) || world.inbox.iter().next().is_some();
    if known { Ok(world) } else { Err(Refusal::Unknown) }
}

/// What would come in of an act; nothing is written down.
pub async fn checked(tenant: &Tenant, about: &About, act: &Act, signed: &Signed<'_>) -> Result<Vec<Incoming>, Refusal> {
    let in_force = tenant.in_force().await?;
    let project = tenant.project();
    let now = tenant.now();
    // What is noted for a later moment counts as well: all of it is looked at.
    let world = file_of(tenant, &about.client).await?;
    let inbox: Vec<Incoming> = world.inbox.iter().map(|(_, thing)| thing.clone()).collect();
    let (doubts, _) = tenant.store.in_doubt().await?;
    let doubts: Vec<Departure> =
        doubts.into_iter().filter(|doubt| doubt.client == about.client).map(|doubt| doubt.message).collect();
    let case = Case {
        program: &in_force.program,
        dossier: &world.dossier,
        inbox: &inbox,
        doubts: &doubts,
        segments: &project.segments(),
        now,
    };
    incoming(&case, &about.invoices, act, signed).map_err(|refusal| Refusal::Act(Box::new(refusal)))
}

/// Does an act: what comes in of it is written down, or it is refused. Sent twice under the same id, it counts once. Whether it takes two
/// people is not asked here: see [`sign`](crate::signatures::sign).
pub async fn act(tenant: &Tenant, about: &About, act: &Act, signed: &Signed<'_>) -> Result<Vec<Incoming>, Refusal> {
    let things = checked(tenant, about, act, signed).await?;
    let report = json!({ "acte": act, "par": signed.by, "motif": signed.reason, "id": signed.id });
    let zone = tenant.project().config.creditor.zone;
    let intake = Intake { incoming: &things, payments: false, at: tenant.now(), zone, report: &report };
    tenant.store.take_in(&intake).await?;
    Ok(things)
}

/// Waits a little until the runner has taken these things in. When it has not by then, it will.
pub async fn settled(tenant: &Tenant, things: &[Incoming]) {
    let now = tenant.now();
    let Some(client) = things.iter().find(|thing| thing.known.is_none_or(|known| known <= now)).map(|one| &one.client)
    else {
        return;
    };
    let taken = async {
        loop {
            tokio::time::sleep(LOOK).await;
            let Ok(loaded) = tenant.store.load(std::slice::from_ref(client), now, &[], false).await else { return };
            let waits = loaded.iter().any(|one| one.world.inbox.iter().next().is_some());
            if !waits {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(PATIENCE, taken).await;
}

/// An act out of the fields of a form: those that are empty are left out.
pub fn of_form<'f>(name: &str, fields: impl Iterator<Item = (&'f str, &'f str)>) -> Result<Act, Refusal> {
    let mut object = Map::new();
    object.insert("acte".to_owned(), name.into());
    let (mut days, mut sums) = (Vec::new(), Vec::new());
    for (field, text) in fields.filter(|(_, text)| !text.is_empty()) {
        match (field, text) {
            ("echeance_le", day) => days.push(day.to_owned()),
            ("echeance_montant", sum) => sums.push(sum.to_owned()),
            (_, "oui") => drop(object.insert(field.to_owned(), true.into())),
            (_, "non") => drop(object.insert(field.to_owned(), false.into())),
            _ => drop(object.insert(field.to_owned(), text.into())),
        }
    }
    if !days.is_empty() {
        let instalments = days.iter().zip(&sums).map(|(day, sum)| json!({ "le": day, "montant": sum }));
        object.insert("echeances".to_owned(), instalments.collect());
    }
    serde_json::from_value(Value::Object(object)).map_err(|error| {
        Refusal::Wrong(
            format!("ce formulaire n’est pas complet, ou une valeur ne se lit pas ({error})"),
            "Revenez en arrière, corrigez-le, puis recommencez.".to_owned(),
        )
    })
}
