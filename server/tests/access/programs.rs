//! Keys of programs.

use crate::{HOME, LOGIN, after, visit};
use relance_server::auth::four_eyes::{self, Actor, Delicate};
use relance_server::auth::key::{self, Wanted};
use relance_server::auth::role::{Permission, Role, Scopes};
use relance_server::auth::visitor::{self, Visitor};

on_every_base! {
    async fn a_key_does_what_it_was_given_for_one_creditor(door: Door) {
        let anne = door.with_anne().await;
        let scopes = Scopes::of(["voir", "imports", "abandons"]).unwrap();
        let wanted = Wanted { entity: "essai", name: "ERP", scopes: &scopes, expires: Some(after(3_600)) };
        let refused = key::make(door.accounts(), &wanted, (&anne, Role::Manager), after(0)).await.unwrap();
        assert_eq!(refused, None, "a manager does not waive");
        let text = key::make(door.accounts(), &wanted, (&anne, Role::Administrator), after(0)).await.unwrap().unwrap();
        let program = async |text: &str, seconds| visitor::program(door.accounts(), text, after(seconds)).await.unwrap();
        let visitor = Visitor::Program(Box::new(program(&text, 1).await.unwrap()));
        let may = |entity| Permission::ALL.iter().filter(|permission| visitor.may(entity, **permission)).count();
        assert_eq!((may("essai"), may("autre")), (3, 0));
        assert_eq!(visitor.entities(), ["essai"]);
        // It answers for nobody but whoever made it, and decides nothing.
        assert_eq!(visitor.actor(), Actor::Program { made_by: &anne });
        assert!(four_eyes::may_decide(Delicate::Waiver, "bruno", visitor.actor(), |p| visitor.may("essai", p)).is_err());
        // Changed anywhere, it is none.
        for at in [0, 9, text.len() - 1] {
            let mut other = text.clone().into_bytes();
            other[at] = if other[at] == b'a' { b'b' } else { b'a' };
            assert!(program(&String::from_utf8(other).unwrap(), 1).await.is_none());
        }
        assert!(program(&text, 3_600).await.is_none(), "it has run out");
        let kept = door.accounts().keys("essai").await.unwrap();
        assert_eq!((kept.len(), kept[0].seen), (1, Some(after(1))));
        assert!(!text.contains(LOGIN) && text.starts_with(&format!("relance_{}_", kept[0].id)));
        door.accounts().revoke_key("essai", &kept[0].id, after(2)).await.unwrap();
        assert!(program(&text, 2).await.is_none());
    }

    async fn two_people_are_two_accounts(door: Door) {
        let (anne, bruno) = (door.with_anne().await, door.with_bruno(Role::Manager).await);
        let token = door.open("bruno@exemple.fr", visit(HOME, 1)).await;
        let decides = async |asker: &str| {
            let person = visitor::person(door.accounts(), &token, after(2)).await.unwrap().unwrap();
            let visitor = Visitor::Person(Box::new(person));
            four_eyes::may_decide(Delicate::HandOver, asker, visitor.actor(), |p| visitor.may("essai", p))
        };
        assert_eq!(decides(&anne).await, Err(four_eyes::Refused::NotAllowed));
        door.accounts().set_role("essai", &bruno, Some("valideur")).await.unwrap();
        assert_eq!(decides(&anne).await, Ok(()));
        assert_eq!(decides(&bruno).await, Err(four_eyes::Refused::SamePerson));
    }
}
