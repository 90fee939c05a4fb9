//! What slows guessing down: tries are counted by network address, and by account. Whoever was let in before from where they are is
//! counted by themselves: somebody else who guesses at their account from elsewhere does not make them wait.

use super::token::sha256;
use chrono::TimeDelta;
use relance_engine::store::accounts::{Digest, Limit};
use std::net::{IpAddr, Ipv6Addr};

/// An account, and a person at a place they were let in from before.
const PERSON: Limit = Limit { free: 5, longest: TimeDelta::minutes(15) };
/// A network address, behind which a whole company may sit.
const ADDRESS: Limit = Limit { free: 30, longest: TimeDelta::minutes(15) };

/// Who tries, and from where; of a login that is folded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counters {
    pub(super) address: Digest,
    account: Digest,
    /// The account at this address.
    pub(super) here: Digest,
    second: Digest,
    second_here: Digest,
}

impl Counters {
    /// Of a login at an address.
    pub fn of(login: &str, from: IpAddr) -> Counters {
        let network = network(from);
        let network = network.as_bytes();
        Counters {
            address: sha256(&[b"adresse\0", network]),
            account: sha256(&[b"compte\0", login.as_bytes()]),
            here: sha256(&[b"ici\0", login.as_bytes(), b"\0", network]),
            second: sha256(&[b"second\0", login.as_bytes()]),
            second_here: sha256(&[b"second ici\0", login.as_bytes(), b"\0", network]),
        }
    }

    /// What a password is counted under; `known`, when the person was let in from there before.
    pub(super) fn password(&self, known: bool) -> [(Digest, Limit); 2] {
        [(self.address, ADDRESS), (if known { self.here } else { self.account }, PERSON)]
    }

    /// What a code of the second factor is counted under. A right password does not take it back.
    pub(super) fn second(&self, known: bool) -> [(Digest, Limit); 2] {
        [(self.address, ADDRESS), (if known { self.second_here } else { self.second }, PERSON)]
    }
}

/// What counts as one place: an IPv4 address, or the part of an IPv6 address that a provider gives out.
fn network(from: IpAddr) -> String {
    match from.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::auth::fold_login;
    use proptest::prelude::*;

    fn at(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn what_counts_as_one_place() {
        let places =
            ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2", "2001:db8:1:2::3", "2001:db8:1:2:ffff::", "2001:db8:1:3::3"];
        let found = places.map(|address| network(at(address)));
        assert_eq!(
            found,
            ["192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8:1:2::", "2001:db8:1:2::", "2001:db8:1:3::"]
        );
    }

    proptest! {
        /// However a login is typed, it is counted as the account that it opens.
        #[test]
        fn case_and_spaces_do_not_begin_a_new_count(typed in "[a-zA-ZéÉ@. \t\u{200b}]{1,20}") {
            let other: String = typed.chars().flat_map(|c| [' ', c]).collect::<String>().to_uppercase();
            // Where a capital has several small letters, the accounts differ as well.
            prop_assume!(fold_login(&other) == fold_login(&typed));
            let (one, two) = (fold_login(&typed), fold_login(&other));
            prop_assert_eq!(Counters::of(&one, at("192.0.2.1")), Counters::of(&two, at("192.0.2.1")));
        }
    }

    #[test]
    fn counts_are_kept_apart() {
        let one = Counters::of("anne@example.fr", at("192.0.2.1"));
        let (there, other) =
            (Counters::of("anne@example.fr", at("192.0.2.9")), Counters::of("bruno@example.fr", at("192.0.2.1")));
        assert_eq!((one.account, one.second), (there.account, there.second));
        assert_eq!(one.address, other.address);
        assert!(one.here != there.here && one.here != other.here && one.address != there.address);
        let keys = [one.address, one.account, one.here, one.second, one.second_here];
        assert!((0..5).all(|a| (0..a).all(|b| keys[a] != keys[b])));
    }
}
