//! The address to which a client's answers come: a short mark in it says whose file it is, whatever address the client writes from and
//! whatever its program leaves of the thread. The mark is a keyed digest: nobody can make that of another client.

use super::ChannelProblem;
use crate::config::Config;
use hmac::{Hmac, KeyInit, Mac};
use lettre::Address;
use sha2::Sha256;
use std::fmt;

/// Sixteen letters of five bits: too many to be guessed, few enough for an address.
pub const LENGTH: usize = 16;
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Makes the marks of one creditor's clients.
#[derive(Clone)]
pub struct Tokens {
    secret: Vec<u8>,
    entity: String,
    local: String,
    domain: String,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("local", &self.local).field("domain", &self.domain).finish_non_exhaustive()
    }
}

impl Tokens {
    /// After `[reponses]`; none when it names no address.
    pub fn new(config: &Config) -> Result<Option<Tokens>, ChannelProblem> {
        let Some(mark) = &config.replies.mark else { return Ok(None) };
        let wrong = |say: String| ChannelProblem(say);
        let secret = std::env::var(&mark.secret_env).ok().filter(|secret| secret.len() >= 16).ok_or_else(|| {
            wrong(format!(
                "la variable d'environnement {} n'est pas définie, ou tient en moins de 16 caractères : elle doit contenir le secret \
                 de [reponses]",
                mark.secret_env
            ))
        })?;
        let address: Address = mark
            .address
            .parse()
            .map_err(|_| wrong("relance.toml : l'adresse de [reponses] est incorrecte".to_owned()))?;
        Ok(Some(Tokens {
            secret: secret.into_bytes(),
            entity: config.creditor.entity.clone(),
            local: address.user().to_owned(),
            domain: address.domain().to_owned(),
        }))
    }

    /// The mark of a client's file.
    pub fn token(&self, client: &str) -> String {
        // A key of any length will do: this never fails.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.secret) else { return String::new() };
        mac.update(self.entity.as_bytes());
        mac.update(&[0]);
        mac.update(client.as_bytes());
        let digest = mac.finalize().into_bytes();
        let bits = digest.iter().fold((0u128, 0u32), |(bits, count), byte| {
            if count < 10 { (bits << 8 | u128::from(*byte), count + 1) } else { (bits, count) }
        });
        let letter = |i: usize| LETTERS.get((bits.0 >> (5 * i) & 31) as usize).copied().map_or('a', char::from);
        (0..LENGTH).map(letter).collect()
    }

    /// Where a client answers to; none when that is no address.
    pub(super) fn address(&self, client: &str) -> Option<Address> {
        Address::new(format!("{}+{}", self.local, self.token(client)), &self.domain).ok()
    }

    /// The mark in an address, if it is one of ours.
    pub fn token_in(&self, address: &str) -> Option<String> {
        let (local, domain) = address.rsplit_once('@')?;
        let (name, token) = local.rsplit_once('+')?;
        let ours = name.eq_ignore_ascii_case(&self.local) && domain.eq_ignore_ascii_case(&self.domain);
        (ours && token.len() == LENGTH).then(|| token.to_lowercase())
    }
}
