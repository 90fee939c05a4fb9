//! Who may look after whose account. An account is of the whole base, a role of one creditor: whoever could give the administrator of
//! another creditor a new password would be the administrator of that one.

/// Whether somebody may invite anew, disable, rename an account, or take its second factor away: not their own, so that an administrator is
/// always left, and only when they look after accounts for every creditor for whom it has a role. `administers`: whether they do for one.
pub fn may_look_after<'e>(
    actor: &str,
    administers: impl Fn(&str) -> bool,
    account: &str,
    entities: impl IntoIterator<Item = &'e str>,
) -> bool {
    actor != account && entities.into_iter().all(administers)
}

/// Whether somebody may give an account a role for a creditor, or take it away: whoever gives rights for this creditor, to others than
/// themselves. A creditor who is new in the base has no administrator: then whoever is one for another may, also themselves.
pub fn may_appoint(
    actor: &str,
    gives_rights: impl Fn(&str) -> bool,
    account: &str,
    (entity, has_administrator): (&str, bool),
    administers_another: bool,
) -> bool {
    if has_administrator { actor != account && gives_rights(entity) } else { administers_another }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Anne looks after the accounts of two creditors, Bruno after those of one.
    fn anne(entity: &str) -> bool {
        ["essai", "autre"].contains(&entity)
    }

    fn bruno(entity: &str) -> bool {
        entity == "essai"
    }

    #[test]
    fn an_administrator_of_one_creditor_does_not_reach_another() {
        assert!(may_look_after("anne", anne, "zoe", ["essai", "autre"]));
        assert!(may_look_after("bruno", bruno, "zoe", ["essai"]));
        assert!(may_look_after("bruno", bruno, "zoe", []), "invited, and without a role so far");
        assert!(!may_look_after("bruno", bruno, "anne", ["essai", "autre"]));
        assert!(!may_look_after("bruno", bruno, "zoe", ["autre"]));
        assert!(!may_look_after("anne", anne, "anne", ["essai", "autre"]), "their own");
    }

    #[test]
    fn roles_are_given_by_whoever_gives_rights_for_that_creditor() {
        assert!(may_appoint("bruno", bruno, "zoe", ("essai", true), true));
        assert!(!may_appoint("bruno", bruno, "zoe", ("autre", true), true));
        assert!(!may_appoint("bruno", bruno, "bruno", ("essai", true), true), "their own");
        assert!(may_appoint("bruno", bruno, "bruno", ("nouvelle", false), true), "nobody else could");
        assert!(!may_appoint("zoe", |_| false, "zoe", ("nouvelle", false), false));
    }
}
