//! Keys of programs: `relance_NAME_SECRET`. The name is shown in lists, the secret once, when the key is made.

use super::Trouble;
use super::role::{Role, Scopes};
use super::token::{Token, base32, drawn, sha256};
use relance_core::day::Instant;
use relance_engine::store::accounts::{Accounts, Digest, NewKey};

/// What keys begin with, so that programs that look for secrets in texts recognise them.
const PREFIX: &str = "relance_";

/// What a key that is to be made may do, and for how long.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The creditor.
    pub entity: &'a str,
    /// What people call it.
    pub name: &'a str,
    /// What it may do.
    pub scopes: &'a Scopes,
    /// Until when it opens, if it ends.
    pub expires: Option<Instant>,
}

/// Makes a key and gives its text, which is not kept; none when it could do more than whoever makes it.
pub async fn make(
    accounts: &Accounts,
    wanted: &Wanted<'_>,
    (account, role): (&str, Role),
    now: Instant,
) -> Result<Option<String>, Trouble> {
    if !wanted.scopes.are_within(role) {
        return Ok(None);
    }
    let id = base32(&drawn::<5>()?).to_lowercase();
    let text = format!("{PREFIX}{id}_{}", Token::draw()?.text());
    let (digest, words) = (sha256(&[text.as_bytes()]), wanted.scopes.words());
    let new = NewKey {
        id: &id,
        name: wanted.name,
        digest: &digest,
        scopes: &words,
        created_by: account,
        expires: wanted.expires,
    };
    accounts.add_key(wanted.entity, &new, now).await?;
    Ok(Some(text))
}

/// What a base keeps of a key, if that can be one.
pub fn digest(text: &str) -> Option<Digest> {
    let (_, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
    Token::read(secret)?;
    Some(sha256(&[text.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_not_looked_for() {
        let secret = Token::of([7; 32]).text();
        assert!(digest(&format!("relance_abcdefgh_{secret}")).is_some());
        for text in
            ["", "relance_", "relance_abc", &secret, &format!("relance_{secret}"), &format!("relance_a_{secret}x")]
        {
            assert_eq!(digest(text), None, "{text}");
        }
    }
}
