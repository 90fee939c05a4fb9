//! The first administrator, invitations, forgotten passwords: links that open once. Who hands them over is not decided here.

use super::login::Gate;
use super::role::Role;
use super::token::{Token, draw_id};
use super::{Trouble, fold_login, password};
use chrono::TimeDelta;
use relance_core::day::Instant;
use relance_engine::store::accounts::{Accounts, LinkKind, LinkRow, NewAdministrator};

/// How long the first link opens: who starts the server is there.
const FIRST: TimeDelta = TimeDelta::hours(24);
/// An invitation: holidays must not kill it.
const INVITATION: TimeDelta = TimeDelta::days(14);
/// A link to choose another password.
const PASSWORD: TimeDelta = TimeDelta::hours(24);
/// How long a login may be.
const LONGEST: usize = 254;

/// Why somebody gets no account or no password.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// The link has run out, was used, or never was.
    #[error("ce lien n’ouvre plus rien : il a servi, ou il a expiré ; demandez-en un autre à un administrateur")]
    Link,
    /// The login is no e-mail address.
    #[error("l’identifiant doit être une adresse électronique, comme anne.roy@exemple.fr")]
    Login,
    /// Somebody has this login.
    #[error("un compte porte déjà cet identifiant")]
    Taken,
    /// There is no name.
    #[error("donnez un nom : le journal le montre à côté de chaque acte")]
    Name,
    /// Not with this password.
    #[error(transparent)]
    Password(#[from] password::Refused),
}

/// Somebody who is to have an account.
#[derive(Clone, Copy, Debug)]
pub struct Newcomer<'a> {
    /// The e-mail address.
    pub login: &'a str,
    /// What people call them.
    pub name: &'a str,
}

impl Newcomer<'_> {
    /// The login and the name, as they are kept.
    fn checked(&self) -> Result<(String, String), Refused> {
        let login = fold_login(self.login);
        let parts = login.split_once('@');
        let whole =
            parts.is_some_and(|(person, domain)| !person.is_empty() && domain.contains('.') && !domain.contains('@'));
        if !whole || login.len() > LONGEST {
            return Err(Refused::Login);
        }
        let name: String = self.name.trim().chars().filter(|c| !c.is_control()).take(100).collect();
        if name.is_empty() { Err(Refused::Name) } else { Ok((login, name)) }
    }
}

/// The link by which the first administrator makes an account, `/premier-compte/TOKEN`; none when there is an account. The one there was
/// before dies.
pub async fn first_link(accounts: &Accounts, now: Instant) -> Result<Option<Token>, Trouble> {
    if !accounts.is_empty().await? {
        return Ok(None);
    }
    let token = Token::draw()?;
    accounts.make_link(LinkKind::First, None, &token.digest(), now + FIRST).await?;
    Ok(Some(token))
}

/// What a link is for, if it opens. It is not used by that.
pub async fn look(accounts: &Accounts, token: &Token, now: Instant) -> Result<Option<LinkRow>, Trouble> {
    Ok(accounts.link(&token.digest(), now).await?)
}

/// Makes the first administrator, of all the creditors, by the first link.
pub async fn found(
    gate: &Gate,
    token: &Token,
    newcomer: Newcomer<'_>,
    chosen: &str,
    entities: &[String],
    now: Instant,
) -> Result<Result<(), Refused>, Trouble> {
    let (login, name) = match newcomer.checked() {
        Ok(checked) => checked,
        Err(refused) => return Ok(Err(refused)),
    };
    if let Err(refused) = password::check(chosen, &login) {
        return Ok(Err(refused.into()));
    }
    // Nobody hashes for whoever has no link.
    if gate.accounts.link(&token.digest(), now).await?.is_none_or(|link| link.kind != LinkKind::First) {
        return Ok(Err(Refused::Link));
    }
    let (id, hash) = (draw_id()?, gate.hasher.hash(chosen).await?);
    let role = Role::Administrator.word().to_owned();
    let roles: Vec<(String, String)> = entities.iter().map(|entity| (entity.clone(), role.clone())).collect();
    let new = NewAdministrator { id: &id, login: &login, name: &name, hash: &hash, roles: &roles };
    let made = gate.accounts.use_first_link(&token.digest(), &new, now).await?;
    Ok(if made { Ok(()) } else { Err(Refused::Link) })
}

/// Makes an account without a password, and the link by which its person chooses one: the account and the link's token. Whoever calls has
/// asked for each of the roles whether it may be given ([`management::may_appoint`](super::management::may_appoint)).
pub async fn invite(
    accounts: &Accounts,
    newcomer: Newcomer<'_>,
    roles: &[(&str, Role)],
    now: Instant,
) -> Result<Result<(String, Token), Refused>, Trouble> {
    let (login, name) = match newcomer.checked() {
        Ok(checked) => checked,
        Err(refused) => return Ok(Err(refused)),
    };
    let (id, token) = (draw_id()?, Token::draw()?);
    if !accounts.create(&id, &login, &name, now).await? {
        return Ok(Err(Refused::Taken));
    }
    for (entity, role) in roles {
        accounts.set_role(entity, &id, Some(role.word())).await?;
    }
    accounts.make_link(LinkKind::Invitation, Some(&id), &token.digest(), now + INVITATION).await?;
    Ok(Ok((id, token)))
}

/// Makes a link by which somebody chooses another password; an invitation that was not used is made anew. Links there were die. The
/// second factor stays: a link alone does not open an account that has one. Whoever calls has asked whether that may be done
/// ([`management::may_look_after`](super::management::may_look_after)): whoever hands a link over could use it.
pub async fn new_password_link(accounts: &Accounts, account: &str, now: Instant) -> Result<Token, Trouble> {
    let invited = accounts.account(account).await?.is_some_and(|account| account.password.is_none());
    let (kind, lasts) = if invited { (LinkKind::Invitation, INVITATION) } else { (LinkKind::Password, PASSWORD) };
    let token = Token::draw()?;
    accounts.make_link(kind, Some(account), &token.digest(), now + lasts).await?;
    Ok(token)
}

/// Chooses a password by a link. Every session of the account ends. Whoever did it logs in next.
pub async fn choose(
    gate: &Gate,
    token: &Token,
    chosen: &str,
    now: Instant,
) -> Result<Result<String, Refused>, Trouble> {
    let link = gate.accounts.link(&token.digest(), now).await?;
    let Some(account) = link.and_then(|link| link.account) else { return Ok(Err(Refused::Link)) };
    let account = gate.accounts.account(&account).await?.filter(|account| account.disabled.is_none());
    let Some(account) = account else { return Ok(Err(Refused::Link)) };
    if let Err(refused) = password::check(chosen, &account.login) {
        return Ok(Err(refused.into()));
    }
    let hash = gate.hasher.hash(chosen).await?;
    let done = gate.accounts.use_password_link(&token.digest(), &hash, now).await?;
    Ok(done.ok_or(Refused::Link))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_have_an_account() {
        let told = |login, name| Newcomer { login, name }.checked();
        assert_eq!(told(" Anne@Exemple.fr", " Anne Roy "), Ok(("anne@exemple.fr".to_owned(), "Anne Roy".to_owned())));
        for login in ["", "anne", "@exemple.fr", "anne@", "anne@exemple", "a@b@exemple.fr"] {
            assert_eq!(told(login, "Anne"), Err(Refused::Login), "{login}");
        }
        assert_eq!(told("anne@exemple.fr", " \n"), Err(Refused::Name));
        assert_eq!(told(&format!("{}@exemple.fr", "a".repeat(250)), "Anne"), Err(Refused::Login));
    }

    #[test]
    fn what_people_read() {
        let all = [
            Refused::Link,
            Refused::Login,
            Refused::Taken,
            Refused::Name,
            Refused::Password(password::Refused::Common),
        ];
        insta::assert_snapshot!(all.map(|why| why.to_string()).join("\n"));
    }
}
