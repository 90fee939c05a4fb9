//! Requests that are signed, in both directions: an HMAC-SHA-256 with the moment in it, in the form of Stripe, which libraries know.

use chrono::{DateTime, TimeDelta};
use relance_core::day::Instant;
use ring::hmac;

/// A signature older than that is a request that somebody plays back.
const FRESH: TimeDelta = TimeDelta::minutes(5);

/// A secret that two sides share.
#[derive(Clone)]
pub(crate) struct Seal(hmac::Key);

/// Why a request is not believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// No signature, or not that of somebody who has the secret.
    Forged,
    /// It was signed too long ago, or in the future.
    Stale,
}

impl Seal {
    /// Of whoever has this secret.
    pub(crate) fn new(secret: &str) -> Seal {
        Seal(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
    }

    /// The signature of a body: `t=SECONDS,v1=HEX`, an HMAC-SHA256 of `SECONDS.BODY`.
    pub(crate) fn sign(&self, body: &[u8], now: Instant) -> String {
        let moment = now.timestamp();
        let tag = hmac::sign(&self.0, &[moment.to_string().as_bytes(), b".", body].concat());
        let digits: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("t={moment},v1={digits}")
    }

    /// Whether a body was signed by somebody who has the secret, just now; one `v1` for each secret in use.
    pub(crate) fn check(&self, signature: Option<&str>, body: &[u8], now: Instant) -> Result<(), Refused> {
        let parts = || signature.unwrap_or("").split(',').filter_map(|part| part.trim().split_once('='));
        let moment = parts().find(|(name, _)| *name == "t").map(|(_, value)| value).ok_or(Refused::Forged)?;
        let signed = [moment.as_bytes(), b".", body].concat();
        let right = parts()
            .filter(|(name, _)| *name == "v1")
            .filter_map(|(_, value)| bytes(value))
            .any(|tag| hmac::verify(&self.0, &signed, &tag).is_ok());
        if !right {
            return Err(Refused::Forged);
        }
        let at = moment.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        if at.is_some_and(|at| (now - at).abs() <= FRESH) { Ok(()) } else { Err(Refused::Stale) }
    }
}

/// Bytes from hexadecimal digits.
pub(crate) fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hex.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + digit)).collect())
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seal").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_signs_and_only_for_a_while() {
        let (seal, other) = (Seal::new("whsec_un_secret"), Seal::new("whsec_un_autre"));
        let now = DateTime::from_timestamp(1_774_000_000, 0).unwrap();
        let (moment, body) = ("1774000000", b"{}".as_slice());
        let digits = |seal: &Seal, now: Instant| seal.sign(body, now).rsplit_once('=').unwrap().1.to_owned();
        let (right, wrong) = (digits(&seal, now), digits(&other, now));
        let check = |signature: &str, body: &[u8], now| seal.check(Some(signature), body, now);
        assert_eq!(check(&seal.sign(body, now), body, now), Ok(()));
        // Computed elsewhere: printf '1774000000.{}' | openssl dgst -sha256 -hmac whsec_un_secret
        assert_eq!(right, KNOWN);
        // The secret is being changed: one of the two is right.
        assert_eq!(check(&format!("t={moment},v1={wrong},v1={right},v0=x"), body, now), Ok(()));
        for forged in [
            "",
            "t=1774000000",
            "v1=00",
            &format!("t={moment},v1={wrong}"),
            &format!("t=1774000001,v1={right}"),
            &format!("t={moment},v1={right}0"),
            &format!("t={moment},v1={}é", &right[..63]),
        ] {
            assert_eq!(check(forged, body, now), Err(Refused::Forged), "{forged}");
        }
        assert_eq!(seal.check(None, body, now), Err(Refused::Forged));
        assert_eq!(check(&format!("t={moment},v1={right}"), b"{ }", now), Err(Refused::Forged));
        for late in [-6, 6] {
            let signature = format!("t={moment},v1={right}");
            assert_eq!(check(&signature, body, now + TimeDelta::minutes(late)), Err(Refused::Stale));
        }
        let tag = hmac::sign(&seal.0, b"demain.{}");
        let odd: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(check(&format!("t=demain,v1={odd}"), body, now), Err(Refused::Stale));
        assert!(!format!("{seal:?}").contains("whsec"));
    }

    const KNOWN: &str = "cd56791c7d76c84d398044953ea7e7dff06d17ca7c3661ace0e8097152741511";
}
