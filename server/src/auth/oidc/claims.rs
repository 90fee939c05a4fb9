//! What a provider says of a person, believed only when it has signed it, for us, for this login, and not long ago (OpenID Connect Core 1.0,
//! section 3.1.3.7).

use crate::auth::fold_login;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use relance_core::day::Instant;
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;

/// How far the clocks of two machines may be apart, in seconds.
const SKEW: i64 = 60;

/// Why a token is not believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Problem {
    /// It is no token.
    #[error("le jeton ne se lit pas")]
    Unreadable,
    /// Signed in a way that is not taken, or not at all.
    #[error("le jeton n’est pas signé comme il faut")]
    Algorithm,
    /// No key of the provider has signed it.
    #[error("la signature du jeton est fausse")]
    Signature,
    /// Of another provider.
    #[error("le jeton vient d’un autre fournisseur")]
    Issuer,
    /// For another program.
    #[error("le jeton est pour un autre logiciel")]
    Audience,
    /// It has run out, or is of the future: one of the clocks is wrong.
    #[error("le jeton a expiré, ou une horloge est fausse")]
    Time,
    /// Of another login.
    #[error("le jeton est d’une autre connexion")]
    Nonce,
    /// The provider does not vouch for the address.
    #[error("le fournisseur ne garantit pas l’adresse électronique")]
    Email,
}

/// Whom a token means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claims {
    /// The provider's own name of the person.
    pub subject: String,
    /// The address, verified by the provider, folded.
    pub email: String,
}

/// The keys of a provider.
#[derive(Deserialize)]
pub struct Keys {
    keys: Vec<Key>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    iss: String,
    sub: String,
    aud: Value,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nonce: Option<String>,
    email: Option<String>,
    email_verified: Option<Value>,
}

/// Checks a token of `issuer` for `client` in the login of this nonce, and gives whom it means.
pub fn check(
    token: &str,
    keys: &Keys,
    (issuer, client): (&str, &str),
    nonce: &str,
    now: Instant,
) -> Result<Claims, Problem> {
    let mut parts = token.split('.');
    let (Some(head), Some(body), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Problem::Unreadable);
    };
    let signed = format!("{head}.{body}");
    let head: Head = json(head)?;
    let signature = bytes(signature).ok_or(Problem::Unreadable)?;
    if !["RS256", "ES256"].contains(&head.alg.as_str()) {
        return Err(Problem::Algorithm);
    }
    let fits = |key: &&Key| {
        key.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && (head.kid.is_none() || key.kid.is_none() || key.kid == head.kid)
    };
    if !keys.keys.iter().filter(fits).any(|key| key.has_signed(&head.alg, signed.as_bytes(), &signature)) {
        return Err(Problem::Signature);
    }
    let body: Body = json(body)?;
    if body.iss != issuer {
        return Err(Problem::Issuer);
    }
    let ours = match &body.aud {
        Value::String(one) => one == client,
        // For several at once: then it says who asked for it.
        Value::Array(all) => {
            all.iter().any(|one| one == client) && (all.len() == 1 || body.azp.as_deref() == Some(client))
        }
        _ => false,
    };
    if !ours || body.azp.as_deref().is_some_and(|azp| azp != client) {
        return Err(Problem::Audience);
    }
    let now = now.timestamp();
    if body.exp <= now.saturating_sub(SKEW) || body.iat > now.saturating_add(SKEW) {
        return Err(Problem::Time);
    }
    if body.nonce.as_deref() != Some(nonce) {
        return Err(Problem::Nonce);
    }
    let verified = matches!(&body.email_verified, Some(Value::Bool(true)))
        || body.email_verified.as_ref().and_then(Value::as_str) == Some("true");
    let email = body.email.map(|email| fold_login(&email)).filter(|email| verified && !email.is_empty());
    let email = email.ok_or(Problem::Email)?;
    if body.sub.is_empty() { Err(Problem::Unreadable) } else { Ok(Claims { subject: body.sub, email }) }
}

impl Key {
    /// Whether a signature is of this key, by this algorithm: a key serves the one that it is made for only.
    fn has_signed(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let part = |text: &Option<String>| text.as_deref().and_then(bytes);
        match (algorithm, self.kty.as_str()) {
            ("RS256", "RSA") => {
                let (Some(n), Some(e)) = (part(&self.n), part(&self.e)) else { return false };
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
            ("ES256", "EC") if self.crv.as_deref() == Some("P-256") => {
                let (Some(x), Some(y)) = (part(&self.x), part(&self.y)) else { return false };
                let point: Vec<u8> = std::iter::once(4).chain(x).chain(y).collect();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
            _ => false,
        }
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let bytes = bytes(text).ok_or(Problem::Unreadable)?;
    serde_json::from_slice(&bytes).map_err(|_| Problem::Unreadable)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use serde_json::json;

    const ISSUER: &str = "https://id.example";

    /// Signed by another program (`openssl dgst -sha256 -sign`), whose key was thrown away.
    const SIGNED: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6InIxIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJzdWIiOiI0MiIsImF1ZCI6InJlbGFuY2UiLCJleHAiOjQxMDI0NDQ4MDAsImlhdCI6MTcwMDAwMDAwMCwibm9uY2UiOiJuMG5jZSIsImVtYWlsIjoiQW5uZUBFeGVtcGxlLmZyIiwiZW1haWxfdmVyaWZpZWQiOnRydWV9.VPxPLqhCHeKJB_x8O6RUVosUB1r6MT7-B5qLCkLSUsQroSTOrlZFLHv2I8kXo-deeQPBBT4xiLV-LAkxnKv_tlTVfAcpg46DwiSEMyw_MKp6cIhZzyvOFDCST1FHN6CF3-iR0uIcmNARl-YobDJgh6Ok9YA_FtaIXXTsH9XpKARJMIK-NAbU8l7pBhzMmhe42GvmpORWhlT_SNAPv-ilouhMgVhK_eNdMpUK9kfbgOLPi42oxagA8tVD6JN5tg1YbF39HlfLCdO5E4j79ldWMElzviHoXkUqFuh18QmTmQ8HKueN4amAJuMHwa4hu8KW91GNthbxkaIPi74krxUO3A";
    const MODULUS: &str = "pd4ffCcZlbgWiOdjafJxTXkG9YlSzlAC79Oq0p82nTjF6rbDwaw8tAa8YmwpztDpHQWqSMmMXAe5mIYqAWkFF3NzxQ2UXuPWikfhGHVHJkgtUVK5QPh7iZmy1-JyHCwiAanBrKOtjlxBDFLq94I6086kOJTMXAgPDCcabenOlqTOboaOBqASo-5Oo-uy1Riq98ZRsTRcteMX1xMWhwq5miRRn1Jb42l27zG5F84xax3C-uHLaskGkRsTVV4i9eyUCd6HuBs3nyD_yqiqdQ09_kCTFX98hkR6qjSD94clH9vg7YMGRnkvvWiFSaTOQ-gh8nTVyquw45IqZO0a3ICXZQ";

    fn now() -> Instant {
        "2026-03-10T10:00:00Z".parse().unwrap()
    }

    /// A key of ours, as the provider shows it, and what signs with it.
    fn own() -> (Keys, EcdsaKeyPair) {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let point = pair.public_key().as_ref();
        let part = |at: usize| BASE64_URL_SAFE_NO_PAD.encode(&point[at..at + 32]);
        let key =
            json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": "k", "use": "sig", "x": part(1), "y": part(33) }] });
        (serde_json::from_value(key).unwrap(), pair)
    }

    fn said() -> Value {
        let (now, until) = (now().timestamp(), now().timestamp() + 300);
        json!({ "iss": ISSUER, "sub": "42", "aud": "relance", "exp": until, "iat": now, "nonce": "n", "email": "anne@exemple.fr", "email_verified": true })
    }

    fn signed(pair: &EcdsaKeyPair, head: &Value, body: &Value) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(head), part(body));
        let signature = pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    #[test]
    fn what_others_sign_is_read_and_nothing_else() {
        let keys = |n: &str| -> Keys {
            serde_json::from_value(json!({ "keys": [{ "kty": "RSA", "kid": "r1", "n": n, "e": "AQAB" }] })).unwrap()
        };
        let told = |token: &str, keys: &Keys| check(token, keys, (ISSUER, "relance"), "n0nce", now());
        let claims = told(SIGNED, &keys(MODULUS)).unwrap();
        assert_eq!(claims, Claims { subject: "42".to_owned(), email: "anne@exemple.fr".to_owned() });
        let changed = |at: usize| {
            let mut text = SIGNED.as_bytes().to_vec();
            text[at] = if text[at] == b'A' { b'B' } else { b'A' };
            String::from_utf8(text).unwrap()
        };
        let end = SIGNED.len();
        assert_eq!(told(&changed(end - 20), &keys(MODULUS)), Err(Problem::Signature));
        assert!(told(&changed(60), &keys(MODULUS)).is_err());
        let (other, _) = own();
        assert_eq!(told(SIGNED, &other), Err(Problem::Signature), "a key of another kind");
        assert_eq!(told(SIGNED, &Keys { keys: Vec::new() }), Err(Problem::Signature));
        for nothing in ["", ".", "..", "a.b.c", "a.b.c.d", "eyJ9.e30.x"] {
            assert_eq!(told(nothing, &other), Err(Problem::Unreadable), "{nothing}");
        }
    }

    #[test]
    fn a_signature_is_not_enough() {
        let (keys, pair) = own();
        let head = json!({ "alg": "ES256", "kid": "k" });
        let told = |change: &[(&str, Value)]| {
            let mut body = said();
            for (name, value) in change {
                body[*name] = value.clone();
            }
            check(&signed(&pair, &head, &body), &keys, (ISSUER, "relance"), "n", now()).map(|claims| claims.subject)
        };
        let past = now().timestamp() - 61;
        assert_eq!(told(&[]), Ok("42".to_owned()));
        assert_eq!(told(&[("aud", json!(["relance"]))]), Ok("42".to_owned()));
        assert_eq!(told(&[("aud", json!(["relance", "autre"])), ("azp", json!("relance"))]), Ok("42".to_owned()));
        let refused = [
            (vec![("iss", json!("https://id.example/"))], Problem::Issuer),
            (vec![("aud", json!("autre"))], Problem::Audience),
            (vec![("aud", json!(["relance", "autre"]))], Problem::Audience),
            (vec![("azp", json!("autre"))], Problem::Audience),
            (vec![("aud", json!(null))], Problem::Audience),
            (vec![("exp", json!(past))], Problem::Time),
            (vec![("iat", json!(now().timestamp() + 61))], Problem::Time),
            (vec![("exp", json!(i64::MIN))], Problem::Time),
            (vec![("nonce", json!("autre"))], Problem::Nonce),
            (vec![("nonce", json!(null))], Problem::Nonce),
            (vec![("email_verified", json!(false))], Problem::Email),
            (vec![("email_verified", json!(null))], Problem::Email),
            (vec![("email", json!(""))], Problem::Email),
            (vec![("sub", json!(""))], Problem::Unreadable),
        ];
        for (change, why) in refused {
            assert_eq!(told(&change), Err(why), "{change:?}");
        }
    }

    #[test]
    fn no_other_way_of_signing_is_taken() {
        let (keys, pair) = own();
        for algorithm in ["none", "None", "HS256", "RS512", "ES384", ""] {
            let token = signed(&pair, &json!({ "alg": algorithm, "kid": "k" }), &said());
            assert_eq!(check(&token, &keys, (ISSUER, "relance"), "n", now()), Err(Problem::Algorithm), "{algorithm}");
            let bare = token.rsplit_once('.').unwrap().0.to_owned() + ".";
            assert_eq!(check(&bare, &keys, (ISSUER, "relance"), "n", now()), Err(Problem::Algorithm), "{algorithm}");
        }
        // A key that is there for something else, and a name of a key that is not there.
        let head = json!({ "alg": "ES256", "kid": "autre" });
        assert_eq!(
            check(&signed(&pair, &head, &said()), &keys, (ISSUER, "relance"), "n", now()),
            Err(Problem::Signature)
        );
        let mut keys = keys;
        keys.keys[0].purpose = Some("enc".to_owned());
        let head = json!({ "alg": "ES256", "kid": "k" });
        assert_eq!(
            check(&signed(&pair, &head, &said()), &keys, (ISSUER, "relance"), "n", now()),
            Err(Problem::Signature)
        );
    }
}
