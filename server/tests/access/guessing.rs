//! Guessing is slowed down, whatever is typed and from wherever; and nobody is locked out for ever.

use crate::{HOME, LOGIN, PASSWORD, visit};
use relance_server::auth::login::{Refusal, Step};

const WRONG: &str = "autre chose que cela";
const DAY: i64 = 86_400;

on_every_base! {
    async fn neither_case_nor_spaces_nor_the_right_password_go_around_the_wait(door: Door) {
        door.with_anne().await;
        let typed = ["anne@exemple.fr", "ANNE@exemple.fr", " anne@exemple.fr", "anne @exemple.fr", "Anne@Exemple.Fr\t", "anne@exemple\u{200b}.fr"];
        for (n, login) in typed.iter().enumerate() {
            let from = format!("198.51.100.{n}");
            assert_eq!(door.try_password(login, WRONG, visit(&from, 0)).await, Step::Refused(Refusal::Wrong));
        }
        for login in typed {
            let step = door.try_password(login, PASSWORD, visit("198.51.100.99", 0)).await;
            assert_eq!(step, Step::Refused(Refusal::Wait(1)), "{login:?}");
        }
        assert!(matches!(door.try_password(LOGIN, PASSWORD, visit("198.51.100.99", 1)).await, Step::Open(_)));
    }

    async fn an_unknown_login_waits_as_a_known_one_does(door: Door) {
        door.with_anne().await;
        let mut told = Vec::new();
        for login in [LOGIN, "personne@exemple.fr"] {
            let mut answers = Vec::new();
            for n in 0..12 {
                let from = format!("198.51.100.{n}");
                answers.push(door.try_password(login, WRONG, visit(&from, n / 3)).await);
            }
            told.push(answers);
        }
        assert_eq!(told[0], told[1]);
        assert!(told[0].contains(&Step::Refused(Refusal::Wait(2))), "{told:?}");
    }

    async fn one_address_does_not_try_many_accounts(door: Door) {
        door.with_anne().await;
        let mut judged = 0;
        for n in 0..200 {
            let login = format!("personne{n}@exemple.fr");
            judged += usize::from(door.try_password(&login, WRONG, visit("2001:db8::1", n)).await == Step::Refused(Refusal::Wrong));
        }
        assert!(judged < 40, "{judged} tries were judged");
        let neighbour = door.try_password(LOGIN, PASSWORD, visit("2001:db8::2", 200)).await;
        assert!(matches!(neighbour, Step::Refused(Refusal::Wait(_))), "the same network: {neighbour:?}");
        assert!(matches!(door.try_password(LOGIN, PASSWORD, visit(HOME, 200)).await, Step::Open(_)));
    }

    /// For two days somebody guesses at the administrator's account, from a new address each time, as often as it is let.
    async fn an_administrator_gets_in_while_others_guess(door: Door) {
        door.with_anne().await;
        door.open(LOGIN, visit(HOME, 0)).await;
        let (mut seconds, mut judged, mut longest) = (1, 0, 0);
        while seconds < 2 * DAY {
            let from = format!("2001:db8:{:x}:{:x}::1", seconds / 65_536, seconds % 65_536);
            match door.try_password(LOGIN, WRONG, visit(&from, seconds)).await {
                Step::Refused(Refusal::Wait(wait)) => {
                    longest = longest.max(wait);
                    seconds += wait;
                }
                step => {
                    assert_eq!(step, Step::Refused(Refusal::Wrong));
                    judged += 1;
                }
            }
        }
        assert_eq!(longest, 900);
        assert!(judged < 220, "{judged} passwords in two days");
        // From where she was before, at once; from elsewhere, once the wait is over, be it the longest.
        door.open(LOGIN, visit(HOME, seconds)).await;
        let Step::Refused(Refusal::Wait(wait)) = door.try_password(LOGIN, PASSWORD, visit("203.0.113.5", seconds - 1)).await else {
            panic!("somebody was just judged")
        };
        assert!(wait <= 900);
        door.open(LOGIN, visit("203.0.113.5", seconds - 1 + wait)).await;
    }

    /// From where somebody is known, guessing at their account is counted like anywhere.
    async fn a_known_place_is_no_way_around(door: Door) {
        door.with_anne().await;
        door.open(LOGIN, visit(HOME, 0)).await;
        for _ in 0..6 {
            assert_eq!(door.try_password(LOGIN, WRONG, visit(HOME, 1)).await, Step::Refused(Refusal::Wrong));
        }
        assert_eq!(door.try_password(LOGIN, PASSWORD, visit(HOME, 1)).await, Step::Refused(Refusal::Wait(1)));
        door.open(LOGIN, visit(HOME, 2)).await;
    }
}
