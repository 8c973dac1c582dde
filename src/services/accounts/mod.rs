//! Accounts: who is there, what they may do, and how they prove it.
//!
//! Invariant: whoever asks is an [`Asker`], and nothing is shown or done that its grants do not cover.

mod admin;
mod askers;
mod granting;
mod links;
pub mod passwords;
mod second_factor;
mod sessions;
mod throttle;
mod tokens;
mod views;

pub use admin::NewAccount;
pub(crate) use askers::{BELIEVED_S, Known};
pub use links::FirstLink;
pub(crate) use second_factor::TOTP_FIELD;
pub use sessions::{SignIn, SignedIn};
pub use throttle::{TRIES, Throttle};
pub use tokens::NewToken;
pub use views::{
    AccountView, DemoAccountView, GrantView, LinkView, ScopeView, SecondFactorView, SessionView,
    TokenMade, TokenView,
};

use super::audit::Noted;
use super::error::{Error, Result};
use super::picture::Picture;
use crate::domain::access::{Action, Grants, Object, Place, Role, Verdict};
use crate::domain::{Actor, RegionLevel};

/// By what somebody is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Nothing: a visitor, or the command line, which has the file itself.
    None,
    /// The cookie of a session; its hash.
    Session(String),
    /// A token of a program.
    Token {
        /// Whether it may only look.
        read_only: bool,
    },
}

/// Who asks, with everything that decides what they get.
#[derive(Debug, Clone)]
pub struct Asker {
    /// Who.
    pub actor: Actor,
    /// What they were granted.
    pub grants: Grants,
    /// By what they are known.
    pub proof: Proof,
    /// From where.
    pub origin: String,
    /// A second factor has to be set up before anything else.
    pub must_enrol: bool,
}

impl Asker {
    /// Somebody who did not sign in.
    pub fn visitor(origin: &str) -> Self {
        Self {
            actor: Actor::visitor(),
            grants: Grants::public(),
            proof: Proof::None,
            origin: origin.to_owned(),
            must_enrol: false,
        }
    }

    /// What they did, for the audit log.
    pub fn did<'a>(&'a self, action: &'a str, subject: &'a str) -> Noted<'a> {
        Noted::done(&self.actor, &self.origin, action, subject)
    }

    /// Whether somebody is signed in, by session or token.
    pub fn is_known(&self) -> bool {
        self.proof != Proof::None
    }

    /// The right at a place, or the error that fits: nothing is there, or the role is another.
    ///
    /// # Errors
    /// `NotFound` naming `what`, or `Forbidden`.
    pub fn require(&self, object: Object, action: Action, place: &Place, what: &str) -> Result<()> {
        match self.grants.verdict(object, action, place) {
            Verdict::Allowed => Ok(()),
            Verdict::OutOfScope => Err(Error::NotFound(what.to_owned())),
            Verdict::WrongRole => Err(self.wrong_role(object, action)),
        }
    }

    /// Whether they may do something wherever there is anything: what holds everywhere is for them alone. `picture` is the
    /// whole one.
    pub fn covers_everything(&self, picture: &Picture, object: Object, action: Action) -> bool {
        let allowed =
            |place: &Place| self.grants.verdict(object, action, place) == Verdict::Allowed;
        let mut places = (picture.regions.iter())
            .filter(|region| !region.is_replaced() && region.level() >= RegionLevel::Street)
            .map(|region| Place::region(region.code))
            .peekable();
        match places.peek() {
            Some(_) => places.all(|place| allowed(&place)),
            None => allowed(&Place::default()),
        }
    }

    /// Whether they may do something somewhere, or everywhere where it cannot be done by halves.
    pub(super) fn may_somewhere(&self, picture: &Picture, object: Object, action: Action) -> bool {
        let by_halves = object != Object::Rules || action == Action::Read;
        self.grants.anywhere(object, action)
            && (by_halves || self.covers_everything(picture, object, action))
    }

    /// What to say to whoever has the right role for a part of the places.
    pub fn covers_too_little(object: Object) -> Error {
        Error::Forbidden {
            code: "holds_everywhere",
            zh: format!(
                "“{}”对全部街道生效，您的范围只是其中一部分；请由范围覆盖全部街道的人员修改",
                object.label_zh()
            ),
            en: format!(
                "{object} hold in every street, and your scope is a part of them; somebody whose scope covers all has to change them"
            ),
        }
    }

    /// What to say to a role that lacks a right.
    pub fn wrong_role(&self, object: Object, action: Action) -> Error {
        let roles: Vec<&str> = self
            .grants
            .iter()
            .map(|grant| grant.role.label_zh())
            .collect();
        let words: Vec<&str> = self
            .grants
            .iter()
            .map(|grant| grant.role.as_str())
            .collect();
        let able = |role: &&Role| {
            role.can_be_granted() && crate::domain::access::rights(**role, object).allows(action)
        };
        let who: Vec<&str> = Role::ALL
            .iter()
            .filter(able)
            .map(|role| role.label_zh())
            .collect();
        Error::Forbidden {
            code: "role_lacks_right",
            zh: format!(
                "您的角色（{}）不能{}“{}”；可以的角色：{}",
                roles.join("、"),
                action.label_zh(),
                object.label_zh(),
                if who.is_empty() {
                    "无".to_owned()
                } else {
                    who.join("、")
                }
            ),
            en: format!(
                "your role ({}) has no right to {action} {object}",
                words.join(", ")
            ),
        }
    }
}
