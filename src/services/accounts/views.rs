//! What the page sees of accounts and sessions: never a hash, a secret only once.

use super::super::picture::Picture;
use super::Asker;
use crate::domain::access::{Action, Object, Scope};
use crate::domain::{Account, ApiToken, GrantRow};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who is there.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Whether somebody is signed in.
    pub signed_in: bool,
    /// Identity.
    pub account: Option<Uuid>,
    /// Name; empty for a visitor.
    pub name: String,
    /// Roles and where they hold.
    pub roles: Vec<RoleView>,
    /// What can be done somewhere, by object: actions. The server decides at each place.
    pub can: BTreeMap<String, Vec<String>>,
    /// Goes into the header `x-csrf-token` of every change.
    pub csrf: Option<String>,
    /// A second factor has to be set up first.
    pub must_enrol: bool,
    /// Whether a second factor is switched on.
    pub second_factor: bool,
}

/// A role at a place.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleView {
    /// Stable word.
    pub role: String,
    /// In Chinese.
    pub label: String,
    /// Where it holds.
    pub scope: String,
    /// The same by its name.
    pub scope_name: String,
}

impl SessionView {
    /// Of whoever asks.
    pub(super) fn of(
        asker: &Asker,
        picture: &Picture,
        csrf: Option<String>,
        second_factor: bool,
    ) -> Self {
        let roles = asker
            .grants
            .iter()
            .map(|grant| RoleView {
                role: grant.role.to_string(),
                label: grant.role.label_zh().to_owned(),
                scope: grant.scope.to_string(),
                scope_name: scope_name(picture, &grant.scope),
            })
            .collect();
        let can = Object::ALL
            .iter()
            .filter_map(|object| {
                let actions: Vec<String> = Action::ALL
                    .iter()
                    .filter(|action| asker.may_somewhere(picture, *object, **action))
                    .map(ToString::to_string)
                    .collect();
                (!actions.is_empty()).then(|| (object.to_string(), actions))
            })
            .collect();
        Self {
            signed_in: asker.is_known(),
            account: asker.is_known().then(|| asker.actor.id.uuid()),
            name: if asker.is_known() {
                asker.actor.name.clone()
            } else {
                String::new()
            },
            roles,
            can,
            csrf,
            must_enrol: asker.must_enrol,
            second_factor,
        }
    }
}

/// A scope as people call it; its own words where nothing is known of it.
pub(super) fn scope_name(picture: &Picture, scope: &Scope) -> String {
    match scope {
        Scope::Everywhere => "全部".to_owned(),
        Scope::Region(code) => picture.region_name(*code),
        Scope::Compound(id) => picture.compound_name(*id).to_owned(),
        Scope::Company(name) | Scope::Body(name) => name.clone(),
        Scope::Keeper(id) => picture
            .housekeepers
            .iter()
            .find(|keeper| keeper.id == *id)
            .map_or_else(String::new, |keeper| keeper.name.clone()),
    }
}

/// A scope to choose.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScopeView {
    /// What a grant takes.
    pub scope: String,
    /// Its name.
    pub name: String,
    /// region, compound, company or keeper.
    pub kind: String,
}

/// An account of the demo, to be tried out.
#[derive(Debug, Serialize, ToSchema)]
pub struct DemoAccountView {
    /// What to send instead of a login and a password.
    pub login: String,
    /// Name.
    pub name: String,
    /// Its role, in Chinese.
    pub role: String,
    /// Its role, as a word.
    pub role_word: String,
}

/// A grant with its history.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantView {
    /// Identity.
    pub id: Uuid,
    /// Role.
    pub role: String,
    /// Role in Chinese.
    pub role_label: String,
    /// Where.
    pub scope: String,
    /// The same by its name.
    pub scope_name: String,
    /// proposed, active or ended.
    pub state: String,
    /// When it was proposed.
    pub proposed_at: DateTime<Utc>,
    /// By whom.
    pub proposed_by: Uuid,
    /// When it was decided or ended.
    pub decided_at: Option<DateTime<Utc>>,
}

impl GrantView {
    fn of(row: &GrantRow, picture: &Picture) -> Self {
        Self {
            id: row.id,
            role: row.grant.role.to_string(),
            role_label: row.grant.role.label_zh().to_owned(),
            scope: row.grant.scope.to_string(),
            scope_name: scope_name(picture, &row.grant.scope),
            state: row.state.to_string(),
            proposed_at: row.proposed_at,
            proposed_by: row.proposed_by,
            decided_at: row.decided_at,
        }
    }
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// Identity.
    pub id: Uuid,
    /// What is typed to sign in.
    pub login: String,
    /// Name.
    pub name: String,
    /// invited, active or disabled.
    pub state: String,
    /// Whether a second factor is switched on.
    pub second_factor: bool,
    /// An account of the demo.
    pub demo: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Its grants, ended ones too.
    pub grants: Vec<GrantView>,
}

impl AccountView {
    pub(super) fn of(account: &Account, grants: &[GrantRow], picture: &Picture) -> Self {
        Self {
            id: account.id,
            login: account.login.clone(),
            name: account.name.clone(),
            state: account.state.to_string(),
            second_factor: account.totp_sealed.is_some(),
            demo: account.demo,
            created_at: account.created_at,
            grants: grants
                .iter()
                .filter(|row| row.account == account.id)
                .map(|row| GrantView::of(row, picture))
                .collect(),
        }
    }
}

/// A one-time link: it is shown once and stored as a hash.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkView {
    /// The account.
    pub account: AccountView,
    /// Path and fragment of the page where a password is set.
    pub link: String,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

/// A second factor that waits for its first code.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondFactorView {
    /// The secret in base 32, to be typed by hand.
    pub secret: String,
    /// The same as an `otpauth:` address.
    pub url: String,
    /// The address as a QR code: an SVG image.
    pub qr_svg: String,
}

/// A token of a program.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenView {
    /// Identity.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// Where its rights hold at most.
    pub scope: String,
    /// Whether it may only look.
    pub read_only: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl From<&ApiToken> for TokenView {
    fn from(token: &ApiToken) -> Self {
        Self {
            id: token.id,
            name: token.name.clone(),
            scope: token.scope.to_string(),
            read_only: token.read_only,
            created_at: token.created_at,
            expires_at: token.expires_at,
        }
    }
}

/// A new token: its text is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenMade {
    /// What is known of it later.
    #[serde(flatten)]
    pub about: TokenView,
    /// Goes into the header `authorization: Bearer …`.
    pub token: String,
}
