//! One person's account, as an administrator sees it. Nobody does these things to their own: an administrator is always left.

use super::people::Link;
use super::{Session, note, one_time, sessions};
use crate::auth::invite::new_password_link;
use crate::auth::management::{may_appoint, may_look_after};
use crate::auth::role::{Permission, Role};
use crate::refusal::Refusal;
use crate::ui::form::Posted;
use crate::ui::frame::Frame;
use crate::ui::visit::Visit;
use crate::ui::{Answer, done, encoded, filters, page};
use askama::Template;
use axum::extract::Path;
use relance_engine::store::accounts::AccountRow;

#[derive(Template)]
#[template(path = "accounts/person.html")]
struct View {
    frame: Frame,
    account: AccountRow,
    role: Role,
    roles: [Role; 4],
    sessions: Vec<Session>,
    since: String,
    me: bool,
    /// Whether this visitor may do what concerns the account as a whole.
    may: bool,
    invited: bool,
    link: Option<Link>,
}

/// An account that has a role here, and the role.
async fn found(visit: &Visit, id: &str) -> Result<(AccountRow, Role), Refusal> {
    visit.may(Permission::Accounts)?;
    let accounts = &visit.site.gate.accounts;
    let account = accounts.account(id).await?.ok_or(Refusal::Unknown)?;
    let roles = accounts.roles_of(id).await?;
    let here = roles.iter().find(|(entity, _)| *entity == visit.tenant.entity);
    let role = here.and_then(|(_, word)| Role::of(word)).ok_or(Refusal::Unknown)?;
    Ok((account, role))
}

/// Whether the visitor may do what concerns the account as a whole, whichever creditor it works for.
async fn looks_after(visit: &Visit, id: &str) -> Result<bool, Refusal> {
    let roles = visit.site.gate.accounts.roles_of(id).await?;
    let administers = |entity: &str| visit.person.role(entity).is_some_and(|role| role.may(Permission::Accounts));
    Ok(may_look_after(&visit.person.account.id, administers, id, roles.iter().map(|(entity, _)| entity.as_str())))
}

async fn view(visit: &Visit, (account, role): (AccountRow, Role)) -> Result<View, Refusal> {
    Ok(View {
        frame: Frame::new(visit, "comptes", account.name.clone()),
        sessions: sessions(visit, &account.id).await?,
        since: super::moment(visit, account.created),
        me: account.id == visit.person.account.id,
        may: looks_after(visit, &account.id).await?,
        invited: account.password.is_none() && account.subject.is_none(),
        roles: Role::ALL,
        link: None,
        role,
        account,
    })
}

/// The page.
pub async fn show(visit: Visit, Path((_, id)): Path<(String, String)>) -> Answer {
    let found = found(&visit, &id).await?;
    page(&view(&visit, found).await?)
}

/// Something is done to the account.
pub async fn act(Path((_, id, what)): Path<(String, String, String)>, posted: Posted) -> Answer {
    let visit = &posted.visit;
    let (account, role) = found(visit, &id).await?;
    let accounts = &visit.site.gate.accounts;
    if account.id == visit.person.account.id {
        return Err(Refusal::Wrong(
            "un administrateur ne change pas son propre accès : il resterait peut-être sans administrateur".to_owned(),
            "Un autre administrateur peut le faire ; vos sessions et votre mot de passe sont dans « Mon compte »."
                .to_owned(),
        ));
    }
    if what == "role" {
        return change_role(visit, &posted, (account, role)).await;
    }
    if !looks_after(visit, &id).await? {
        return Err(Refusal::Wrong(
            "ce compte travaille aussi pour une entité que vous n’administrez pas".to_owned(),
            "Retirez-lui son rôle ici, ou demandez à un administrateur de toutes ses entités.".to_owned(),
        ));
    }
    let now = visit.tenant.now();
    let word = match what.as_str() {
        "suspendre" => {
            let why = posted.need("motif")?;
            accounts.disable(&id, Some(now)).await?;
            note(visit, "compte suspendu", &account, Some(why)).await?;
            "suspendu"
        }
        "reactiver" => {
            accounts.disable(&id, None).await?;
            note(visit, "compte réactivé", &account, None).await?;
            "reactive"
        }
        "sessions" => {
            accounts.end_sessions_of(&id, None).await?;
            note(visit, "sessions fermées", &account, None).await?;
            "sessions"
        }
        "second-facteur" => {
            let why = posted.need("motif")?;
            accounts.remove_totp(&id).await?;
            note(visit, "second facteur retiré", &account, Some(why)).await?;
            "second_retire"
        }
        "lien" => {
            if account.disabled.is_some() {
                return Err(Refusal::Wrong(
                    "ce compte est suspendu : aucun lien ne l’ouvrirait".to_owned(),
                    "Réactivez-le d’abord.".to_owned(),
                ));
            }
            let token = new_password_link(accounts, &id, now).await?;
            note(visit, "lien de mot de passe", &account, None).await?;
            let invitation = account.password.is_none();
            let link = Some(Link::new(visit, &account, one_time(visit, &token), invitation));
            return page(&View { link, ..view(visit, (account, role)).await? });
        }
        _ => return Err(Refusal::Unknown),
    };
    done(&format!("{}/comptes/{}?dit={word}", visit.home(), encoded(&id)))
}

async fn change_role(visit: &Visit, posted: &Posted, (account, before): (AccountRow, Role)) -> Answer {
    let (accounts, entity) = (&visit.site.gate.accounts, visit.tenant.entity.as_str());
    let gives = |entity: &str| visit.person.role(entity).is_some_and(|role| role.may(Permission::Rights));
    if !may_appoint(&visit.person.account.id, gives, &account.id, (entity, true), false) {
        return Err(Refusal::Forbidden { needs: Permission::Rights.least().word() });
    }
    let wanted = posted.get("role").map(|word| Role::of(word).ok_or(Refusal::Unknown)).transpose()?;
    accounts.set_role(entity, &account.id, wanted.map(Role::word)).await?;
    let told = format!("{}, avant : {}", wanted.map_or("aucun", Role::word), before.word());
    note(visit, "rôle", &account, Some(&told)).await?;
    match wanted {
        Some(_) => done(&format!("{}/comptes/{}?dit=role", visit.home(), encoded(&account.id))),
        None => done(&format!("{}/comptes?dit=role", visit.home())),
    }
}
