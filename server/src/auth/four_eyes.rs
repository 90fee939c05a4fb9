//! What two people must do: one asks, another grants. The base refuses the same account as well, should a page forget to ask here.

use super::role::Permission;

/// An act that needs two people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delicate {
    /// A formal notice leaves.
    FormalNotice,
    /// A client is handed over to a lawyer or a collector.
    HandOver,
    /// A claim, or its penalties, are waived.
    Waiver,
}

impl Delicate {
    /// All of them.
    pub const ALL: [Delicate; 3] = [Delicate::FormalNotice, Delicate::HandOver, Delicate::Waiver];

    /// What whoever grants it must be allowed; whoever asks needs [`Permission::Ask`].
    pub fn granted_with(self) -> Permission {
        match self {
            Delicate::FormalNotice => Permission::Approve,
            Delicate::HandOver => Permission::HandOver,
            Delicate::Waiver => Permission::Waive,
        }
    }
}

/// Somebody who acts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Actor<'a> {
    /// A person, by their account.
    Person(&'a str),
    /// A program, by the account of whoever made its key.
    Program {
        /// That account.
        made_by: &'a str,
    },
}

impl<'a> Actor<'a> {
    /// The account that answers for what is done.
    pub fn account(self) -> &'a str {
        match self {
            Actor::Person(account) | Actor::Program { made_by: account } => account,
        }
    }
}

/// Why somebody may not decide.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// They have asked themselves, or by a program of theirs.
    #[error("la demande vient de vous : une autre personne doit en décider")]
    SamePerson,
    /// A program does not decide.
    #[error("une personne doit en décider : une clé d’interface ne suffit pas")]
    Program,
    /// They are not allowed.
    #[error("votre rôle ne permet pas d’en décider")]
    NotAllowed,
}

/// Whether `decider`, who may do what `may` says, may decide what the account `asker` answers for.
pub fn may_decide(
    act: Delicate,
    asker: &str,
    decider: Actor<'_>,
    may: impl Fn(Permission) -> bool,
) -> Result<(), Refused> {
    if matches!(decider, Actor::Program { .. }) {
        return Err(Refused::Program);
    }
    if decider.account() == asker {
        return Err(Refused::SamePerson);
    }
    if may(act.granted_with()) { Ok(()) } else { Err(Refused::NotAllowed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::role::Role;

    #[test]
    fn two_different_people_of_whom_the_second_may() {
        for act in Delicate::ALL {
            for role in Role::ALL {
                let by = |decider| may_decide(act, "anne", decider, |permission| role.may(permission));
                let another = if role >= Role::Approver { Ok(()) } else { Err(Refused::NotAllowed) };
                assert_eq!(by(Actor::Person("bruno")), another, "{act:?} {role:?}");
                assert_eq!(by(Actor::Person("anne")), Err(Refused::SamePerson), "{act:?} {role:?}");
                assert_eq!(by(Actor::Program { made_by: "bruno" }), Err(Refused::Program), "{act:?} {role:?}");
            }
        }
    }

    /// Whoever makes a key, asks through it and grants it as a person is one person.
    #[test]
    fn a_key_is_not_a_second_person() {
        let asker = Actor::Program { made_by: "anne" };
        let granted = may_decide(Delicate::Waiver, asker.account(), Actor::Person("anne"), |_| true);
        assert_eq!(granted, Err(Refused::SamePerson));
    }
}
