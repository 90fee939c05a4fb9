//! How long somebody is logged in, and what a token of a session opens.

use crate::{HOME, LOGIN, PASSWORD, after, visit};
use argon2::Params;
use relance_engine::store::accounts::AuditFilter;
use relance_server::auth::hashing::Hasher;
use relance_server::auth::login::{Gate, Refusal, Step};
use relance_server::auth::token::Token;
use relance_server::auth::visitor;

const HOUR: i64 = 3_600;

on_every_base! {
    async fn a_session_lasts_while_it_is_used_and_a_week_at_most(door: Door) {
        let account = door.with_anne().await;
        let token = door.open(LOGIN, visit(HOME, 0)).await;
        let open = async |seconds| visitor::person(door.accounts(), &token, after(seconds)).await.unwrap().is_some();
        assert!(open(30).await);
        let seen = door.accounts().sessions_of(&account, after(30), after(0)).await.unwrap()[0].seen;
        assert_eq!(seen, after(0), "written at most once a minute");
        assert!(open(9 * HOUR).await);
        assert!(open(18 * HOUR).await, "ten hours from the last page");
        assert!(!open(29 * HOUR).await);
        let token = door.open(LOGIN, visit(HOME, 29 * HOUR)).await;
        let open = async |seconds| visitor::person(door.accounts(), &token, after(seconds)).await.unwrap().is_some();
        for hours in (30..29 + 7 * 24).step_by(9) {
            assert!(open(hours * HOUR).await, "{hours}");
        }
        assert!(!open((29 + 7 * 24) * HOUR).await, "a week is over");
    }

    async fn a_token_opens_its_session_only_and_nothing_once_it_is_left(door: Door) {
        door.with_anne().await;
        let (one, two) = (door.open(LOGIN, visit(HOME, 0)).await, door.open(LOGIN, visit(HOME, 1)).await);
        assert_ne!(one, two, "each login has a token of its own");
        let open = async |token: &Token| visitor::person(door.accounts(), token, after(2)).await.unwrap().is_some();
        assert!(open(&one).await && open(&two).await);
        assert!(!open(&Token::draw().unwrap()).await);
        assert!(!open(&Token::of(one.digest())).await, "what the base keeps opens nothing");
        door.gate.leave(&one).await.unwrap();
        assert!(!open(&one).await && open(&two).await);
    }

    async fn a_password_is_hashed_anew_when_the_parameters_change(door: Door) {
        let account = door.with_anne().await;
        let hash = async || door.accounts().account(&account).await.unwrap().unwrap().password.unwrap();
        assert!(hash().await.contains("m=8,t=1,p=1"));
        let params = Params::new(16, 1, 1, None).unwrap();
        let gate = Gate { accounts: door.accounts().clone(), hasher: Hasher::with(params) };
        let wrong = gate.password(LOGIN, "autre chose que cela", visit(HOME, 0)).await.unwrap();
        assert_eq!(wrong, Step::Refused(Refusal::Wrong));
        assert!(hash().await.contains("m=8,t=1,p=1"));
        assert!(matches!(gate.password(LOGIN, PASSWORD, visit(HOME, 1)).await.unwrap(), Step::Open(_)));
        assert!(hash().await.contains("m=16,t=1,p=1"));
        door.open(LOGIN, visit(HOME, 2)).await;
    }

    async fn who_came_in_and_who_did_not_is_written_down(door: Door) {
        let account = door.with_anne().await;
        door.open(LOGIN, visit(HOME, 0)).await;
        door.try_password(LOGIN, "autre chose que cela", visit("2001:db8::7", 1)).await;
        door.try_password("mon mot de passe secret", "x", visit("::ffff:192.0.2.9", 2)).await;
        let rows = door.accounts().audit(&AuditFilter::default(), 10).await.unwrap();
        let told: Vec<_> = rows.iter().map(|row| format!("{row:?}").replace(&account, "ANNE")).collect();
        let told: Vec<_> = told.iter().map(|row| row.split_once("at: ").unwrap().1).collect();
        insta::allow_duplicates! { insta::assert_snapshot!(told.join("\n")) };
        // One more account that is counted would be one more row to tell them apart by.
        assert_eq!(rows.len(), 3);
    }

    async fn somebody_gives_their_own_password_again(door: Door) {
        let account = door.with_anne().await;
        let account = door.accounts().account(&account).await.unwrap().unwrap();
        let confirm = async |password, seconds| door.gate.confirm(&account, password, visit(HOME, seconds)).await.unwrap();
        assert_eq!(confirm(PASSWORD, 0).await, Ok(()));
        for _ in 0..6 {
            assert_eq!(confirm("autre chose que cela", 0).await, Err(Refusal::Wrong));
        }
        assert_eq!(confirm(PASSWORD, 0).await, Err(Refusal::Wait(1)), "a session that was left open is no way to guess");
        assert_eq!(confirm(PASSWORD, 1).await, Ok(()));
    }
}
