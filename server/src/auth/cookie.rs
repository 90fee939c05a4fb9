//! The cookie that keeps a session's token in the browser.

use super::token::Token;

/// The cookie's name where the page comes through TLS: a browser then takes it from this machine only.
const SECURE: &str = "__Host-relance";
/// Its name on the machine itself, without TLS.
const PLAIN: &str = "relance";

/// What sets the cookie; it goes when the browser is closed, or with the session.
pub fn set(token: &Token, secure: bool) -> String {
    written(secure, &token.text(), "")
}

/// What takes it away.
pub fn clear(secure: bool) -> String {
    written(secure, "", "; Max-Age=0")
}

fn written(secure: bool, value: &str, more: &str) -> String {
    let (name, flag) = if secure { (SECURE, "; Secure") } else { (PLAIN, "") };
    // Lax: a link in a mail opens the page, a form of another site does not send it along.
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{flag}{more}")
}

/// The token in the cookies that a browser sends.
pub fn read(header: &str, secure: bool) -> Option<Token> {
    let wanted = if secure { SECURE } else { PLAIN };
    let cookies = header.split(';').filter_map(|cookie| cookie.trim().split_once('='));
    Token::read(cookies.into_iter().find(|(name, _)| *name == wanted)?.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_read_again() {
        let token = Token::of([7; 32]);
        insta::assert_snapshot!([set(&token, true), set(&token, false), clear(true), clear(false)].join("\n"));
        for secure in [true, false] {
            let sent = format!("theme=sombre; {}; x=y", set(&token, secure).split(';').next().unwrap_or_default());
            assert_eq!(read(&sent, secure), Some(token.clone()));
            assert_eq!(read(&sent, !secure), None, "the other name is not asked for");
        }
        assert_eq!(read("relance=court", false), None);
        assert_eq!(read("", true), None);
    }
}
