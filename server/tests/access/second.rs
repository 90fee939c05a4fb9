//! The second factor.

use crate::{Door, HOME, LOGIN, PASSWORD, after, visit};
use relance_engine::store::accounts::Stage;
use relance_server::auth::login::{Refusal, Step};
use relance_server::auth::token::Token;
use relance_server::auth::{invite, recovery, second_factor, totp, visitor};

/// Anne has a second factor; gives her account, its secret and the recovery codes.
async fn secured(door: &Door) -> (String, Vec<u8>, Vec<String>) {
    let id = door.with_anne().await;
    let account = async || door.accounts().account(&id).await.unwrap().unwrap();
    let shown = second_factor::propose(door.accounts(), &account().await).await.unwrap();
    let proposed = account().await;
    assert_eq!(second_factor::proposed(&proposed), Some(shown));
    let secret = proposed.totp_proposed.clone().unwrap();
    let wrong = second_factor::confirm(door.accounts(), &proposed, "000000", after(-300)).await.unwrap();
    assert!(wrong.is_none() || totp::code_at(&secret, totp::step(after(-300))) == "000000");
    let code = totp::code_at(&secret, totp::step(after(-300)));
    let codes = second_factor::confirm(door.accounts(), &proposed, &code, after(-300)).await.unwrap().unwrap();
    assert_eq!((codes.len(), account().await.totp.as_ref()), (recovery::MANY, Some(&secret)));
    (id, secret, codes)
}

/// The password is right; the second factor is awaited.
async fn half(door: &Door, seconds: i64) -> Token {
    let step = door.try_password(LOGIN, PASSWORD, visit(HOME, seconds)).await;
    let Step::SecondFactor(token) = step else { panic!("{step:?}") };
    token
}

async fn give(door: &Door, token: &Token, code: &str, seconds: i64) -> Step {
    door.gate.second_factor(token, code, visit(HOME, seconds)).await.unwrap()
}

fn code(secret: &[u8], seconds: i64) -> String {
    totp::code_at(secret, totp::step(after(seconds)))
}

on_every_base! {
    async fn a_password_alone_opens_half_of_the_door(door: Door) {
        let (id, secret, _) = secured(&door).await;
        let token = half(&door, 0).await;
        assert!(visitor::person(door.accounts(), &token, after(1)).await.unwrap().is_none());
        assert!(door.accounts().sessions_of(&id, after(1), after(0)).await.unwrap().is_empty());
        assert_eq!(give(&door, &Token::draw().unwrap(), &code(&secret, 0), 1).await, Step::Refused(Refusal::Expired));
        let Step::Open(open) = give(&door, &token, &format!(" {} ", code(&secret, 0)), 1).await else { panic!() };
        let person = visitor::person(door.accounts(), &open, after(2)).await.unwrap().unwrap();
        assert_eq!(person.session.stage, Stage::OpenWithSecond);
        // The first token has become the second one.
        assert!(visitor::person(door.accounts(), &token, after(2)).await.unwrap().is_none());
        assert_eq!(give(&door, &token, &code(&secret, 40), 40).await, Step::Refused(Refusal::Expired));
        // A session that is open is not half of one.
        assert_eq!(give(&door, &open, &code(&secret, 80), 80).await, Step::Refused(Refusal::Expired));
        let late = half(&door, 100).await;
        assert_eq!(give(&door, &late, &code(&secret, 701), 701).await, Step::Refused(Refusal::Expired), "ten minutes");
    }

    async fn a_code_opens_once(door: Door) {
        let (_, secret, _) = secured(&door).await;
        let one = half(&door, 0).await;
        let given = code(&secret, 0);
        let mut halves = Vec::new();
        for _ in 0..6 {
            halves.push((crate::gate(&door.base).await, half(&door, 0).await));
        }
        let mut tasks = tokio::task::JoinSet::new();
        for (gate, token) in halves {
            let given = given.clone();
            tasks.spawn(async move { gate.second_factor(&token, &given, visit(HOME, 1)).await.unwrap() });
        }
        let told = tasks.join_all().await;
        assert_eq!(told.iter().filter(|step| matches!(step, Step::Open(_))).count(), 1, "{told:?}");
        assert_eq!(give(&door, &one, &given, 20).await, Step::Refused(Refusal::WrongCode));
        assert_eq!(give(&door, &one, &code(&secret, -30), 20).await, Step::Refused(Refusal::WrongCode), "an earlier one");
        assert!(matches!(give(&door, &one, &code(&secret, 30), 35).await, Step::Open(_)));
    }

    async fn a_recovery_code_opens_once(door: Door) {
        let (id, _, codes) = secured(&door).await;
        let typed = codes[3].to_lowercase().replace('-', " ");
        assert!(matches!(give(&door, &half(&door, 0).await, &typed, 1).await, Step::Open(_)));
        assert_eq!(door.accounts().codes_left(&id).await.unwrap(), 9);
        let token = half(&door, 2).await;
        assert_eq!(give(&door, &token, &typed, 3).await, Step::Refused(Refusal::WrongCode));
        for nothing in ["", "-", "      ", "ABCD-EFGH-IJKL-MNOP"] {
            assert_eq!(give(&door, &token, nothing, 3).await, Step::Refused(Refusal::WrongCode));
        }
        let new = second_factor::renew_codes(door.accounts(), &id).await.unwrap();
        assert!(matches!(give(&door, &half(&door, 60).await, &new[0], 61).await, Step::Open(_)));
        assert_eq!(give(&door, &half(&door, 62).await, &codes[4], 63).await, Step::Refused(Refusal::WrongCode));
    }

    /// Whoever has the password guesses at codes: each wrong one counts, and the right password in between takes nothing back.
    async fn codes_are_not_guessed(door: Door) {
        let (_, secret, _) = secured(&door).await;
        let mut judged = 0;
        for seconds in 0..120 {
            let token = half(&door, seconds).await;
            let wrong = if code(&secret, seconds) == "123456" { "654321" } else { "123456" };
            match give(&door, &token, wrong, seconds).await {
                Step::Refused(Refusal::WrongCode) => judged += 1,
                Step::Refused(Refusal::Wait(_)) => {}
                step => panic!("{step:?}"),
            }
        }
        assert!(judged <= 13, "{judged} codes were judged in two minutes");
    }

    /// A link to choose another password does not go around the second factor.
    async fn a_new_password_keeps_the_second_factor(door: Door) {
        let (id, secret, _) = secured(&door).await;
        let token = invite::new_password_link(door.accounts(), &id, after(0)).await.unwrap();
        invite::choose(&door.gate, &token, PASSWORD, after(1)).await.unwrap().unwrap();
        let token = half(&door, 2).await;
        assert!(matches!(give(&door, &token, &code(&secret, 3), 3).await, Step::Open(_)));
        door.accounts().remove_totp(&id).await.unwrap();
        door.open(LOGIN, visit(HOME, 4)).await;
    }
}
