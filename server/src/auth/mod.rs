//! Accounts, sessions and rights.
//!
//! What opens a door is drawn here and leaves once: a base keeps digests. Time is always a parameter; chance is asked for in [`token`] and
//! [`hashing`] only. The tables and their statements are those of [`relance_engine::store::accounts`].
//!
//! - [`role`]: the one table of who may do what; pages, interface for programs and tests read it;
//! - [`management`]: who may look after whose account;
//! - [`four_eyes`]: what two people must do;
//! - [`login`]: password, second factor, session, and how guessing is slowed down ([`throttle`]);
//! - [`invite`]: the first administrator, invitations, forgotten passwords;
//! - [`oidc`]: the company's own login, by OpenID Connect;
//! - [`visitor`]: who asks, by a session or by a key ([`key`]).

pub mod cookie;
pub mod four_eyes;
pub mod hashing;
pub mod invite;
pub mod key;
pub mod login;
pub mod management;
pub mod oidc;
pub mod password;
pub mod recovery;
pub mod role;
pub mod second_factor;
pub mod throttle;
pub mod token;
pub mod totp;
pub mod trouble;
pub mod visitor;

pub use trouble::Trouble;

/// A login as accounts and counters know it: case, spaces and invisible characters make no difference.
pub fn fold_login(text: &str) -> String {
    let visible = |c: &char| !c.is_whitespace() && !c.is_control() && !INVISIBLE.contains(c);
    text.chars().filter(visible).flat_map(char::to_lowercase).collect()
}

/// What is pasted along without being seen: zero-width spaces and joiners, the byte order mark, soft hyphens.
const INVISIBLE: [char; 6] = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}'];

#[cfg(test)]
mod tests {
    use super::fold_login;

    #[test]
    fn a_login_is_the_same_however_it_is_typed() {
        for typed in
            ["Anne.Roy@Example.FR", " anne.roy@example.fr\t", "anne.roy @example.fr", "anne.roy@exam\u{200b}ple.fr"]
        {
            assert_eq!(fold_login(typed), "anne.roy@example.fr");
        }
        assert_ne!(fold_login("anne-roy@example.fr"), fold_login("anne.roy@example.fr"));
    }
}
