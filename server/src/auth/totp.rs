//! Codes of the second factor that change with time: RFC 6238 with HMAC-SHA-1, six digits and thirty seconds, which every application
//! for codes knows.

use super::token::base32;
use chrono::{DateTime, Utc};
use relance_engine::qr;
use ring::hmac;

/// How long a code is shown, in seconds.
const PERIOD: i64 = 30;
/// How many digits a code has.
pub const DIGITS: usize = 6;
/// How many bytes a secret has: those of the digest, as RFC 4226 wants it.
pub const SECRET: usize = 20;

/// The step of a moment.
pub fn step(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(PERIOD)
}

/// The code of a step, with so many digits (RFC 4226, section 5.3).
fn code(secret: &[u8], step: i64, digits: usize) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = tag.last().map_or(0, |byte| usize::from(byte & 0x0f));
    let four = tag.iter().skip(offset).take(4).fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
    let digits = u32::try_from(digits).unwrap_or(9);
    let value = (four & 0x7fff_ffff) % 10_u32.pow(digits.min(9));
    format!("{value:0width$}", width = usize::try_from(digits).unwrap_or(DIGITS))
}

/// The code that is shown at a step.
pub fn code_at(secret: &[u8], step: i64) -> String {
    code(secret, step, DIGITS)
}

/// The step of which this is the code: the one of now, the one before or the one after, since clocks differ; but none up to `last`, the
/// step of the last code that was taken.
pub fn matching_step(secret: &[u8], given: &str, now: DateTime<Utc>, last: Option<i64>) -> Option<i64> {
    let now = step(now);
    let mut found = None;
    // All three are compared, whole: how long it takes says nothing.
    for step in [now - 1, now, now + 1] {
        let ours = code_at(secret, step);
        let differs = ours.len() != given.len()
            || ours.bytes().zip(given.bytes()).fold(0, |differs, (ours, theirs)| differs | (ours ^ theirs)) != 0;
        if !differs && last.is_none_or(|last| step > last) && found.is_none() {
            found = Some(step);
        }
    }
    found
}

/// What an application for codes reads from the picture: the secret, and under what name it keeps it.
pub fn link(secret: &[u8], login: &str) -> String {
    format!("otpauth://totp/Relance:{}?secret={}&issuer=Relance", escaped(login), base32(secret))
}

/// The picture, as SVG; none for a login that is too long for it: then the secret is typed.
pub fn picture(secret: &[u8], login: &str) -> Option<String> {
    qr::svg(&link(secret, login))
}

/// A secret as people type it: groups of four.
pub fn typed(secret: &[u8]) -> String {
    let letters: Vec<char> = base32(secret).chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// A text as a part of an address.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte);
    let part = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(part).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The secret of RFC 6238, appendix B.
    const RFC: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_vectors_of_rfc_6238() {
        let vectors = [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ];
        for (seconds, expected) in vectors {
            assert_eq!(code(RFC, step(at(seconds)), 8), expected);
            assert_eq!(matching_step(RFC, &expected[2..], at(seconds), None), Some(seconds / 30));
        }
    }

    /// RFC 4226, appendix D.
    #[test]
    fn the_vectors_of_rfc_4226() {
        let expected =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        assert_eq!((0..10).map(|counter| code_at(RFC, counter)).collect::<Vec<_>>(), expected);
    }

    proptest! {
        /// A code opens within a step of its own, and only once.
        #[test]
        fn a_code_is_good_for_one_step_and_once(secret: [u8; 20], seconds in 100_i64..4_000_000_000, late in -4_i64..=4) {
            let step = step(at(seconds));
            let given = code_at(&secret, step);
            let found = matching_step(&secret, &given, at(seconds + late * 30), None);
            // By chance another step may have the same code.
            let twins = (-5..=5).filter(|other| *other != 0 && code_at(&secret, step + other) == given).count();
            prop_assume!(twins == 0);
            prop_assert_eq!(found, (-1..=1).contains(&late).then_some(step));
            prop_assert_eq!(matching_step(&secret, &given, at(seconds), Some(step)), None);
            prop_assert_eq!(matching_step(&secret, &given, at(seconds), Some(step - 1)), Some(step));
        }
    }

    #[test]
    fn what_is_no_code_opens_nothing() {
        let now = at(59);
        for given in ["", "2", "28708", "2870820", "28708é", "94287082", "000000"] {
            assert_eq!(matching_step(RFC, given, now, None), None, "{given}");
        }
    }

    #[test]
    fn what_an_application_reads() {
        insta::assert_snapshot!(link(RFC, "anne.roy+été@example.fr"));
        assert_eq!(typed(RFC), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert!(picture(RFC, "anne.roy@example.fr").unwrap().starts_with("<svg"));
        assert!(picture(RFC, &"é".repeat(200)).is_none());
    }
}
