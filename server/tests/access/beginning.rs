//! The first administrator, invitations, forgotten passwords.

use crate::{CREDITORS, LOGIN, PASSWORD, after, visit};
use relance_server::auth::invite::{self, Newcomer, Refused};
use relance_server::auth::login::{Refusal, Step};
use relance_server::auth::password;
use relance_server::auth::role::{Permission, Role};
use relance_server::auth::token::Token;
use relance_server::auth::visitor::{self, Visitor};

on_every_base! {
    async fn the_first_link_makes_the_administrator_of_every_creditor_once(door: Door) {
        let old = invite::first_link(door.accounts(), after(0)).await.unwrap().unwrap();
        let token = invite::first_link(door.accounts(), after(1)).await.unwrap().unwrap();
        let entities = CREDITORS.map(str::to_owned);
        let found = async |token: &Token, login, password, seconds| {
            let anne = Newcomer { login, name: "Anne" };
            invite::found(&door.gate, token, anne, password, &entities, after(seconds)).await.unwrap()
        };
        assert_eq!(found(&old, LOGIN, PASSWORD, 2).await, Err(Refused::Link), "a new one kills the old one");
        assert_eq!(found(&Token::draw().unwrap(), LOGIN, PASSWORD, 2).await, Err(Refused::Link));
        // What is typed badly does not use the link up.
        assert_eq!(found(&token, LOGIN, "court", 2).await, Err(Refused::Password(password::Refused::TooShort)));
        assert_eq!(found(&token, "anne", PASSWORD, 2).await, Err(Refused::Login));
        assert_eq!(found(&token, LOGIN, PASSWORD, 86_401).await, Err(Refused::Link), "it has run out");
        assert!(invite::look(door.accounts(), &token, after(2)).await.unwrap().is_some());
        assert_eq!(found(&token, " Anne@Exemple.FR ", PASSWORD, 2).await, Ok(()));
        assert_eq!(found(&token, "zoe@exemple.fr", PASSWORD, 2).await, Err(Refused::Link), "it was used");
        assert!(invite::first_link(door.accounts(), after(3)).await.unwrap().is_none(), "there is an account");

        let token = door.open(LOGIN, visit("192.0.2.1", 4)).await;
        let anne = visitor::person(door.accounts(), &token, after(5)).await.unwrap().unwrap();
        assert_eq!(anne.account.login, LOGIN);
        let anne = Visitor::Person(Box::new(anne));
        for entity in CREDITORS {
            assert!(Permission::ALL.iter().all(|permission| anne.may(entity, *permission)));
        }
        assert!(Permission::ALL.iter().all(|permission| !anne.may("inconnue", *permission)));
    }

    async fn an_invitation_gives_the_role_it_says_and_no_other(door: Door) {
        door.with_anne().await;
        let bruno = Newcomer { login: "bruno@exemple.fr", name: "Bruno" };
        let roles = [("essai", Role::Manager)];
        let (account, token) = invite::invite(door.accounts(), bruno, &roles, after(0)).await.unwrap().unwrap();
        let taken = invite::invite(door.accounts(), Newcomer { login: "BRUNO@exemple.fr", ..bruno }, &roles, after(0)).await;
        assert_eq!(taken.unwrap().map(drop), Err(Refused::Taken));
        let refused = Step::Refused(Refusal::Wrong);
        assert_eq!(door.try_password(bruno.login, PASSWORD, visit("192.0.2.1", 1)).await, refused, "no password yet");
        assert_eq!(door.try_password(bruno.login, "", visit("192.0.2.1", 1)).await, refused);
        // Sent once more: the first one dies.
        let again = invite::new_password_link(door.accounts(), &account, after(2)).await.unwrap();
        let choose = async |token: &Token, password| {
            invite::choose(&door.gate, token, password, after(3)).await.unwrap()
        };
        assert_eq!(choose(&token, PASSWORD).await, Err(Refused::Link));
        assert_eq!(choose(&again, "Bruno2026-2026").await, Err(Refused::Password(password::Refused::Login)));
        assert_eq!(choose(&again, PASSWORD).await, Ok(account.clone()));
        assert_eq!(choose(&again, PASSWORD).await, Err(Refused::Link));

        let token = door.open(bruno.login, visit("192.0.2.1", 4)).await;
        let may = async |entity, permission| {
            let person = visitor::person(door.accounts(), &token, after(5)).await.unwrap().unwrap();
            Visitor::Person(Box::new(person)).may(entity, permission)
        };
        assert!(may("essai", Permission::Promises).await);
        assert!(!may("essai", Permission::Stop).await);
        assert!(!may("autre", Permission::See).await, "another creditor's");
        // A role that changes counts with the next page.
        door.accounts().set_role("essai", &account, Some("valideur")).await.unwrap();
        assert!(may("essai", Permission::Stop).await);
        door.accounts().set_role("essai", &account, None).await.unwrap();
        assert!(!may("essai", Permission::See).await);
    }

    async fn a_forgotten_password_is_replaced_and_every_session_ends(door: Door) {
        let account = door.with_anne().await;
        let session = door.open(LOGIN, visit("192.0.2.1", 1)).await;
        let token = invite::new_password_link(door.accounts(), &account, after(2)).await.unwrap();
        assert!(visitor::person(door.accounts(), &session, after(3)).await.unwrap().is_some(), "asking ends nothing");
        let new = "vélo neige lampe sept";
        assert_eq!(invite::choose(&door.gate, &token, new, after(86_403)).await.unwrap(), Err(Refused::Link));
        assert_eq!(invite::choose(&door.gate, &token, new, after(3)).await.unwrap(), Ok(account));
        assert!(visitor::person(door.accounts(), &session, after(4)).await.unwrap().is_none());
        let refused = Step::Refused(Refusal::Wrong);
        assert_eq!(door.try_password(LOGIN, PASSWORD, visit("192.0.2.1", 5)).await, refused);
        assert!(matches!(door.try_password(LOGIN, new, visit("192.0.2.1", 6)).await, Step::Open(_)));
    }

    /// Two who open the same link at the same moment, each on a program of their own: one password is chosen.
    async fn a_link_chooses_one_password_whoever_is_quicker(door: Door) {
        let account = door.with_anne().await;
        let token = invite::new_password_link(door.accounts(), &account, after(2)).await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..6 {
            let (gate, token) = (crate::gate(&door.base).await, token.clone());
            tasks.spawn(async move {
                let password = format!("quatre chevaux {n}{n}{n}");
                (invite::choose(&gate, &token, &password, after(3)).await.unwrap().is_ok(), password)
            });
        }
        let told = tasks.join_all().await;
        let winners: Vec<_> = told.iter().filter(|(won, _)| *won).collect();
        assert_eq!(winners.len(), 1, "{told:?}");
        assert!(matches!(door.try_password(LOGIN, &winners[0].1, visit("192.0.2.1", 5)).await, Step::Open(_)));
    }

    async fn a_disabled_account_is_as_if_it_were_not_there(door: Door) {
        let account = door.with_anne().await;
        let session = door.open(LOGIN, visit("192.0.2.1", 1)).await;
        let token = invite::new_password_link(door.accounts(), &account, after(2)).await.unwrap();
        door.accounts().disable(&account, Some(after(3))).await.unwrap();
        assert!(visitor::person(door.accounts(), &session, after(4)).await.unwrap().is_none());
        assert_eq!(invite::choose(&door.gate, &token, PASSWORD, after(4)).await.unwrap(), Err(Refused::Link));
        // A link that is made all the same opens nothing either.
        let token = invite::new_password_link(door.accounts(), &account, after(4)).await.unwrap();
        assert_eq!(invite::choose(&door.gate, &token, PASSWORD, after(4)).await.unwrap(), Err(Refused::Link));
        let disabled = door.try_password(LOGIN, PASSWORD, visit("192.0.2.1", 5)).await;
        assert_eq!(disabled, door.try_password("personne@exemple.fr", PASSWORD, visit("192.0.2.1", 5)).await);
        assert_eq!(disabled, Step::Refused(Refusal::Wrong));
        door.accounts().disable(&account, None).await.unwrap();
        door.open(LOGIN, visit("192.0.2.1", 6)).await;
    }
}
