//! Comptes: who has a role for this creditor, and how somebody is invited.

use super::{TABS, note, one_time};
use crate::auth::fold_login;
use crate::auth::invite::{Newcomer, Refused, invite};
use crate::auth::management::may_appoint;
use crate::auth::role::{Permission, Role};
use crate::refusal::Refusal;
use crate::ui::form::Posted;
use crate::ui::frame::Frame;
use crate::ui::visit::Visit;
use crate::ui::{Answer, encoded, filters, page};
use askama::Template;
use relance_engine::store::accounts::AccountRow;

#[derive(Template)]
#[template(path = "accounts/people.html")]
struct View {
    frame: Frame,
    tabs: [(&'static str, &'static str); 3],
    people: Vec<Person>,
    roles: [Role; 4],
    /// What was just made, to be handed over once.
    link: Option<Link>,
    told: Option<String>,
    wrong: Option<String>,
    name: String,
    login: String,
    role: Role,
}

/// Somebody with a role.
struct Person {
    id: String,
    name: String,
    login: String,
    role: &'static str,
    second: bool,
    invited: bool,
    disabled: bool,
    me: bool,
}

/// A link that opens once.
pub struct Link {
    pub name: String,
    pub login: String,
    pub address: String,
    /// How long it opens, in French.
    pub lasts: &'static str,
    /// A message that is ready to be sent from the visitor's own mail program.
    pub mail: String,
}

impl Link {
    /// A link as a page shows it.
    pub fn new(visit: &Visit, account: &AccountRow, address: String, invitation: bool) -> Link {
        let creditor = visit.tenant.project().config.creditor.name.clone();
        let (subject, what) = if invitation {
            (format!("Votre compte Relance, {creditor}"), "Choisissez votre mot de passe à cette adresse")
        } else {
            (format!("Nouveau mot de passe Relance, {creditor}"), "Choisissez un nouveau mot de passe à cette adresse")
        };
        let lasts = if invitation { "quatorze jours" } else { "vingt-quatre heures" };
        let body = format!(
            "Bonjour,\n\n{what} :\n{address}\n\nElle ne sert qu’une fois, pendant {lasts}.\n\n{}\n",
            visit.name()
        );
        Link {
            mail: format!("mailto:{}?subject={}&body={}", account.login, encoded(&subject), encoded(&body)),
            name: account.name.clone(),
            login: account.login.clone(),
            address,
            lasts,
        }
    }
}

/// The page.
pub async fn list(visit: Visit) -> Answer {
    visit.may(Permission::Accounts)?;
    page(&view(&visit).await?)
}

async fn view(visit: &Visit) -> Result<View, Refusal> {
    let accounts = &visit.site.gate.accounts;
    let roles = accounts.roles_in(&visit.tenant.entity).await?;
    let person = |account: AccountRow| {
        let role = roles.iter().find(|(id, _)| *id == account.id).and_then(|(_, word)| Role::of(word))?;
        Some(Person {
            me: account.id == visit.person.account.id,
            second: account.totp.is_some(),
            invited: account.password.is_none() && account.subject.is_none(),
            disabled: account.disabled.is_some(),
            role: role.word(),
            name: account.name,
            login: account.login,
            id: account.id,
        })
    };
    Ok(View {
        frame: Frame::new(visit, "comptes", "Comptes"),
        tabs: TABS,
        people: accounts.accounts().await?.into_iter().filter_map(person).collect(),
        roles: Role::ALL,
        link: None,
        told: None,
        wrong: None,
        name: String::new(),
        login: String::new(),
        role: Role::Manager,
    })
}

/// Somebody is invited; who has an account already, for another creditor, is given the role.
pub async fn bring_in(posted: Posted) -> Answer {
    let visit = &posted.visit;
    visit.may(Permission::Accounts)?;
    let (accounts, entity, now) = (&visit.site.gate.accounts, visit.tenant.entity.as_str(), visit.tenant.now());
    let role = Role::of(posted.need("role")?).ok_or(Refusal::Unknown)?;
    let (name, login) = (posted.get("nom").unwrap_or_default(), posted.get("email").unwrap_or_default());
    match invite(accounts, Newcomer { login, name }, &[(entity, role)], now).await? {
        Ok((id, token)) => {
            let account = accounts.account(&id).await?.ok_or(Refusal::Unknown)?;
            note(visit, "invitation", &account, Some(role.word())).await?;
            let link = Some(Link::new(visit, &account, one_time(visit, &token), true));
            page(&View { link, ..view(visit).await? })
        }
        Err(Refused::Taken) => {
            let account = accounts.account_of(&fold_login(login)).await?.ok_or(Refusal::Unknown)?;
            let known = accounts.roles_of(&account.id).await?.iter().any(|(of, _)| of == entity);
            let gives = |entity: &str| visit.person.role(entity).is_some_and(|role| role.may(Permission::Rights));
            let told = if known {
                format!("{} a déjà un rôle ici : changez-le sur sa page.", account.name)
            } else if may_appoint(&visit.person.account.id, gives, &account.id, (entity, true), false) {
                accounts.set_role(entity, &account.id, Some(role.word())).await?;
                note(visit, "rôle", &account, Some(role.word())).await?;
                format!("{} avait déjà un compte : le rôle « {} » lui est donné.", account.name, role.word())
            } else {
                return Err(Refusal::Unknown);
            };
            page(&View { told: Some(told), ..view(visit).await? })
        }
        Err(refused) => {
            let view = View {
                wrong: Some(refused.to_string()),
                name: name.to_owned(),
                login: login.to_owned(),
                role,
                ..view(visit).await?
            };
            crate::ui::page_with(axum::http::StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
    }
}
