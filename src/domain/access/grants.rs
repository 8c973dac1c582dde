//! What somebody was granted, and the verdict on what they ask.

use super::{Action, Object, Place, Rights, Role, Scope, rights};
use crate::domain::text_enum::text_enum;
use std::sync::Arc;

text_enum! {
    /// Where a grant stands.
    pub enum GrantState {
        /// Waits for the security administrator.
        Proposed => "proposed", "待批准";
        /// Holds.
        Active => "active", "有效";
        /// Held once, or was refused.
        Ended => "ended", "已结束";
    }
}

/// A role at a place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where it holds.
    pub scope: Scope,
}

/// Everything that somebody was granted; sorted, so that equal rights are equal keys. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Grants(Arc<[Grant]>);

/// The answer to a question for a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Allowed,
    /// In sight, but not for this role.
    WrongRole,
    /// Does not exist for the asker.
    OutOfScope,
}

impl Grants {
    /// Of these.
    pub fn of(mut grants: Vec<Grant>) -> Self {
        grants.sort();
        grants.dedup();
        Self(grants.into())
    }

    /// What everybody has who is not signed in.
    pub fn public() -> Self {
        Self::of(vec![Grant {
            role: Role::Public,
            scope: Scope::Everywhere,
        }])
    }

    /// One by one.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.0.iter()
    }

    /// Whether nobody granted anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody holds a role anywhere.
    pub fn has(&self, role: Role) -> bool {
        self.iter().any(|grant| grant.role == role)
    }

    /// The rights on an object of every grant that covers a place.
    pub fn at<'a>(&'a self, object: Object, place: &'a Place) -> impl Iterator<Item = Rights> + 'a {
        self.iter()
            .filter(move |grant| grant.scope.covers(place))
            .map(move |grant| rights(grant.role, object))
    }

    /// The verdict at a place.
    pub fn verdict(&self, object: Object, action: Action, place: &Place) -> Verdict {
        let mut inside = false;
        for rights in self.at(object, place) {
            if rights.allows(action) {
                return Verdict::Allowed;
            }
            inside = true;
        }
        if inside {
            Verdict::WrongRole
        } else {
            Verdict::OutOfScope
        }
    }

    /// Whether the right is held anywhere; what is shown is then narrowed to where.
    pub fn anywhere(&self, object: Object, action: Action) -> bool {
        self.iter()
            .any(|grant| rights(grant.role, object).allows(action))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RegionCode;

    #[test]
    fn a_role_elsewhere_is_no_role_here() {
        let grants = Grants::of(vec![
            Grant {
                role: Role::GridAdmin,
                scope: "999001001000".parse().unwrap(),
            },
            Grant {
                role: Role::StreetLeader,
                scope: "999001002000".parse().unwrap(),
            },
        ]);
        let at = |code: &str| Place::region(RegionCode::parse(code).unwrap());
        let ask = |action, code| grants.verdict(Object::PlanPublish, action, &at(code));
        assert_eq!(ask(Action::Submit, "999001001000"), Verdict::Allowed);
        assert_eq!(ask(Action::Approve, "999001001000"), Verdict::WrongRole);
        assert_eq!(ask(Action::Approve, "999001002000"), Verdict::Allowed);
        assert_eq!(ask(Action::Submit, "999001003000"), Verdict::OutOfScope);
        assert!(grants.anywhere(Object::PlanPublish, Action::Approve));
        assert_eq!(
            Grants::default().verdict(Object::Regions, Action::Read, &at("999001001000")),
            Verdict::OutOfScope
        );
    }
}
