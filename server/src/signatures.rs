//! Acts that take two people: one asks, another grants. Whoever presses the same button after somebody else grants what that one has asked
//! for. When two are needed is the project's to say: `[acces] quatre_yeux`.

use crate::acts::{About, act, checked};
use crate::auth::four_eyes::{Actor, Delicate, Refused, may_decide};
use crate::auth::role::{Permission, Role};
use crate::refusal::Refusal;
use crate::site::{InForce, Site, Tenant};
use relance_core::act::{Act, Signed};
use relance_core::day::Instant;
use relance_core::dossier::{Dossier, Status, effect_key};
use relance_core::incoming::Incoming;
use relance_core::machine::{Action, Nature};
use relance_engine::config::FourEyes;
use relance_engine::store::accounts::{AccountRow, Decided, NewRequest, RequestRow, Ruling};

/// Who acts.
pub struct Signer<'a> {
    /// Who answers for it.
    pub actor: Actor<'a>,
    /// How the journal calls them.
    pub name: &'a str,
    /// What they may do for this creditor.
    pub may: &'a (dyn Fn(Permission) -> bool + Sync),
}

/// What became of an act.
pub enum Outcome {
    /// It is done; this came in of it.
    Done(Vec<Incoming>),
    /// Another person has to grant it.
    Asked,
}

/// Does an act, or asks for it when it takes another person. Whoever may do neither is refused.
pub async fn sign(
    (site, tenant): (&Site, &Tenant),
    about: &About,
    wanted: &Act,
    needed: Permission,
    signer: &Signer<'_>,
    signed: &Signed<'_>,
) -> Result<Outcome, Refusal> {
    let forbidden = |permission: Permission| Refusal::Forbidden { needs: permission.least().word() };
    let Some((kind, wanted)) = delicate(tenant, about, wanted).await? else {
        if !(signer.may)(needed) {
            return Err(forbidden(needed));
        }
        return Ok(Outcome::Done(act(tenant, about, wanted, signed).await?));
    };
    let granting = kind.granted_with();
    let text = serde_json::to_string(&wanted).unwrap_or_default();
    let invoice = about.invoices.first().map(String::as_str);
    let before = site.gate.accounts.requests_about(&tenant.entity, &about.client).await?;
    let same = |row: &&RequestRow| row.ruling.is_none() && row.act == text && row.invoice.as_deref() == invoice;
    if let Some(row) = before.iter().find(same) {
        return Ok(Outcome::Done(grant((site, tenant), row, signer).await?));
    }
    let others = grantors(site, &tenant.entity, kind, signer.actor.account()).await?;
    let two = match tenant.project().config.access.four_eyes {
        FourEyes::Always => true,
        FourEyes::Never => false,
        FourEyes::WhenTwo => !others.is_empty(),
    };
    if !two && (signer.may)(granting) {
        return Ok(Outcome::Done(act(tenant, about, &wanted, signed).await?));
    }
    if !(signer.may)(Permission::Ask) {
        return Err(forbidden(granting));
    }
    // What the file does not allow is not asked for either.
    checked(tenant, about, &wanted, signed).await?;
    let new = NewRequest {
        id: signed.id,
        act: &text,
        client: &about.client,
        invoice,
        by: signer.actor.account(),
        reason: signed.reason.unwrap_or_default(),
    };
    if !site.gate.accounts.ask(&tenant.entity, &new, tenant.now()).await? {
        return Err(Refusal::Unknown);
    }
    Ok(Outcome::Asked)
}

/// Grants a request and does what was asked for: both names stand in the journal.
pub async fn grant(
    (site, tenant): (&Site, &Tenant),
    row: &RequestRow,
    signer: &Signer<'_>,
) -> Result<Vec<Incoming>, Refusal> {
    let (about, wanted, kind) = opened(tenant, row).await?;
    allowed((site, tenant), row, kind, signer).await?;
    let (by, id) = signature(site, row, signer.name).await?;
    let signed = Signed { by: &by, reason: reason(row), id: &id };
    // What cannot be done any more is not granted.
    checked(tenant, &about, &wanted, &signed).await?;
    decide((site, tenant), row, signer, true, "").await?;
    act(tenant, &about, &wanted, &signed).await
}

/// Does what was granted since a moment and was not done, because the server ended in between. What was done counts once.
pub async fn finish((site, tenant): (&Site, &Tenant), since: Instant) -> Result<(), Refusal> {
    for row in site.gate.accounts.granted_since(&tenant.entity, since).await? {
        let Some(ruling) = &row.ruling else { continue };
        let (by, id) = signature(site, &row, &name_of(site, &ruling.by).await?).await?;
        let signed = Signed { by: &by, reason: reason(&row), id: &id };
        let done = match opened(tenant, &row).await {
            Ok((about, wanted, _)) => act(tenant, &about, &wanted, &signed).await.map(drop),
            Err(refusal) => Err(refusal),
        };
        match done {
            // It was done, or the file does not allow it any more.
            Ok(()) | Err(Refusal::Act(_) | Refusal::Wrong(..) | Refusal::Unknown) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(())
}

/// Who signs what was granted, and under which identity.
async fn signature(site: &Site, row: &RequestRow, second: &str) -> Result<(String, String), Refusal> {
    let asker = name_of(site, &row.by).await?;
    Ok((format!("{asker} et {second}"), format!("demande:{}", row.id)))
}

fn reason(row: &RequestRow) -> Option<&str> {
    Some(row.reason.as_str()).filter(|reason| !reason.is_empty())
}

/// Refuses a request, with a reason.
pub async fn refuse(
    (site, tenant): (&Site, &Tenant),
    row: &RequestRow,
    signer: &Signer<'_>,
    reason: &str,
) -> Result<(), Refusal> {
    let (_, _, kind) = opened(tenant, row).await?;
    allowed((site, tenant), row, kind, signer).await?;
    decide((site, tenant), row, signer, false, reason).await
}

async fn decide(
    (site, tenant): (&Site, &Tenant),
    row: &RequestRow,
    signer: &Signer<'_>,
    granted: bool,
    note: &str,
) -> Result<(), Refusal> {
    let ruling = Ruling {
        by: signer.actor.account().to_owned(),
        at: tenant.now(),
        granted,
        note: note.chars().take(300).collect(),
    };
    let decided = site.gate.accounts.decide(&tenant.entity, (&row.client, &row.id), &ruling).await?;
    match decided {
        Decided::Done(_) => Ok(()),
        Decided::Already(row) => {
            let by = name_of(site, row.ruling.as_ref().map_or("", |ruling| &ruling.by)).await?;
            Err(Refusal::Wrong(format!("{by} en a déjà décidé"), "Rechargez la page.".to_owned()))
        }
        Decided::SamePerson => Err(same_person((site, tenant), row).await?),
        Decided::Unknown => Err(Refusal::Unknown),
    }
}

/// What a request is about, what is asked for, and which kind of delicate it is.
async fn opened(tenant: &Tenant, row: &RequestRow) -> Result<(About, Act, Delicate), Refusal> {
    let wanted: Act = serde_json::from_str(&row.act).map_err(|_| {
        Refusal::Wrong(
            "cette demande ne se lit plus".to_owned(),
            "Refusez-la, puis refaites-la depuis la facture.".to_owned(),
        )
    })?;
    let about = About { client: row.client.clone(), invoices: row.invoice.iter().cloned().collect() };
    let kind = delicate(tenant, &about, &wanted).await?.map_or(Delicate::FormalNotice, |(kind, _)| kind);
    Ok((about, wanted, kind))
}

async fn allowed(
    (site, tenant): (&Site, &Tenant),
    row: &RequestRow,
    kind: Delicate,
    signer: &Signer<'_>,
) -> Result<(), Refusal> {
    match may_decide(kind, &row.by, signer.actor, signer.may) {
        Ok(()) => Ok(()),
        Err(Refused::SamePerson) => Err(same_person((site, tenant), row).await?),
        Err(Refused::NotAllowed) => Err(Refusal::Forbidden { needs: kind.granted_with().least().word() }),
        Err(refused @ Refused::Program) => {
            Err(Refusal::Wrong(refused.to_string(), "Ouvrez Relance pour en décider.".to_owned()))
        }
    }
}

/// Says who can instead.
async fn same_person((site, tenant): (&Site, &Tenant), row: &RequestRow) -> Result<Refusal, Refusal> {
    let others = grantors(site, &tenant.entity, Delicate::FormalNotice, &row.by).await?;
    let help = match others.as_slice() {
        [] => {
            "Personne d’autre n’a de rôle pour cela : qu’un administrateur invite une deuxième personne, page Comptes."
                .to_owned()
        }
        _ => format!("Peuvent l’accorder : {}.", others.join(", ")),
    };
    Ok(Refusal::Wrong(Refused::SamePerson.to_string(), help))
}

/// The names of those who may grant, without one account. Who has never come in, or is suspended, grants nothing.
pub async fn grantors(site: &Site, entity: &str, kind: Delicate, without: &str) -> Result<Vec<String>, Refusal> {
    let roles = site.gate.accounts.roles_in(entity).await?;
    let able = |account: &AccountRow| {
        account.id != without
            && account.disabled.is_none()
            && (account.password.is_some() || account.subject.is_some())
            && roles
                .iter()
                .any(|(id, word)| *id == account.id && Role::of(word).is_some_and(|role| role.may(kind.granted_with())))
    };
    let accounts = site.gate.accounts.accounts().await?;
    Ok(accounts.into_iter().filter(able).map(|account| account.name).collect())
}

/// How an account is called.
pub async fn name_of(site: &Site, account: &str) -> Result<String, Refusal> {
    Ok(site
        .gate
        .accounts
        .account(account)
        .await?
        .map_or_else(|| "une autre personne".to_owned(), |account| account.name))
}

/// Whether an act takes two people, and then the act with everything said that it leaves open.
async fn delicate(tenant: &Tenant, about: &About, wanted: &Act) -> Result<Option<(Delicate, Act)>, Refusal> {
    match wanted {
        Act::HandOver { .. } => Ok(Some((Delicate::HandOver, wanted.clone()))),
        Act::Waive { taken_back: false, .. } => Ok(Some((Delicate::Waiver, wanted.clone()))),
        Act::Approve { key } => {
            let in_force = tenant.in_force().await?;
            let loaded = tenant.store.load(std::slice::from_ref(&about.client), Instant::MAX_UTC, &[], true).await?;
            let Some(one) = loaded.into_iter().next() else { return Ok(None) };
            let waiting = approvals(&in_force, &one.world.dossier);
            let meant = waiting.into_iter().find(|(number, own, _)| {
                about.invoices.first().is_none_or(|named| named == number) && key.as_ref().is_none_or(|key| key == own)
            });
            Ok(meant.and_then(|(_, key, action)| Some((kind(&action)?, Act::Approve { key: Some(key) }))))
        }
        _ => Ok(None),
    }
}

/// Whether two people must want an action that waits for approval.
pub fn is_delicate(action: &Action) -> bool {
    kind(action).is_some()
}

/// What an action that waits for approval is, when two people must want it.
fn kind(action: &Action) -> Option<Delicate> {
    match action {
        Action::HandOver { .. } => Some(Delicate::HandOver),
        action if action.contact().is_some_and(|contact| contact.nature == Nature::FormalNotice) => {
            Some(Delicate::FormalNotice)
        }
        _ => None,
    }
}

/// What waits for approval: invoice, key and action, the oldest first of each invoice.
fn approvals(in_force: &InForce, dossier: &Dossier) -> Vec<(String, String, Action)> {
    let mut all = Vec::new();
    for (number, file) in &dossier.invoices {
        let scenario = file.scenario.as_ref().and_then(|own| in_force.program.scenario(&own.name));
        let Some(scenario) = scenario else { continue };
        for run in &file.runs {
            for (i, item) in run.items.iter().enumerate() {
                let Status::Approving { .. } = item.status else { continue };
                let Some(attempt) = scenario.attempt(run.rule, run.stage, i, item.attempt) else { continue };
                let key = effect_key(number, run.id, run.stage, i, item.attempt);
                all.push((number.clone(), key, attempt.action.clone()));
            }
        }
    }
    all
}

/// What is asked for, in French.
pub fn told(in_force: &InForce, dossier: Option<&Dossier>, wanted: &str) -> String {
    let Ok(wanted) = serde_json::from_str::<Act>(wanted) else { return "une demande qui ne se lit plus".to_owned() };
    let title = wanted.row().title;
    match &wanted {
        Act::Approve { key: Some(key) } => {
            let waiting = dossier.map(|dossier| approvals(in_force, dossier)).unwrap_or_default();
            let action = waiting.into_iter().find(|(_, own, _)| own == key).map(|(.., action)| action.to_string());
            match action {
                Some(action) => format!("{title} : {action}"),
                None => format!("{title} ce qui n’attend plus de validation"),
            }
        }
        Act::HandOver { target } => format!("{title} à {target}"),
        _ => title.to_owned(),
    }
}
