//! Accounts: who can sign in, what they were granted, and what proves that they are there.
//!
//! Passwords and tokens are here only as hashes. Invariant: a login name is unique in its folded form.

use super::access::{Grant, GrantState, Scope};
use super::text_enum::text_enum;
use chrono::{DateTime, Utc};
use uuid::Uuid;

text_enum! {
    /// Where an account stands.
    pub enum AccountState {
        /// Has no password yet: a one-time link was given out.
        Invited => "invited", "待设置密码";
        /// Can sign in.
        Active => "active", "有效";
        /// Cannot.
        Disabled => "disabled", "已停用";
    }
}

text_enum! {
    /// What a one-time link is for.
    pub enum TicketPurpose {
        /// The first administrator of a new installation.
        Setup => "setup", "首次设置";
        /// A new password.
        Password => "password", "设置密码";
    }
}

/// Somebody who can sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Identity.
    pub id: Uuid,
    /// What is typed to sign in, folded by [`Account::fold`].
    pub login: String,
    /// Name for people and records.
    pub name: String,
    /// Where it stands.
    pub state: AccountState,
    /// Hash of the password (PHC string), once there is one.
    pub password_hash: Option<String>,
    /// Sealed secret of the second factor, once it is switched on.
    pub totp_sealed: Option<String>,
    /// The last step of the second factor that was used: a code works once.
    pub totp_step: i64,
    /// One of the accounts of the demo, offered on its sign-in page.
    pub demo: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when password and rights are as they are: older sessions end.
    pub changed_at: DateTime<Utc>,
}

impl std::fmt::Debug for Account {
    /// Without names and hashes: a `Debug` output may reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Longest login or name, in characters.
pub const MAX_NAME_CHARS: usize = 40;

impl Account {
    /// A login as it is stored and compared: full width made plain, small letters, no blanks around.
    /// `None` when it is empty, too long, or holds blanks or control characters.
    pub fn fold(login: &str) -> Option<String> {
        use unicode_normalization::UnicodeNormalization;
        let folded: String = login.trim().nfkc().collect::<String>().to_lowercase();
        let fits = !folded.is_empty()
            && folded.chars().count() <= MAX_NAME_CHARS
            && !folded.chars().any(|c| c.is_whitespace() || c.is_control());
        fits.then_some(folded)
    }
}

/// A grant with its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRow {
    /// Identity.
    pub id: Uuid,
    /// Whose.
    pub account: Uuid,
    /// What, where.
    pub grant: Grant,
    /// Where it stands.
    pub state: GrantState,
    /// Who proposed it.
    pub proposed_by: Uuid,
    /// When.
    pub proposed_at: DateTime<Utc>,
    /// Who approved, refused or ended it.
    pub decided_by: Option<Uuid>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
}

/// A session of a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Hash of the cookie's token.
    pub token_hash: String,
    /// Whose.
    pub account: Uuid,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was used last, to the minute.
    pub seen_at: DateTime<Utc>,
    /// When it ends whatever happens.
    pub expires_at: DateTime<Utc>,
    /// From where it began.
    pub address: String,
}

/// A token for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Identity.
    pub id: Uuid,
    /// Hash of the token.
    pub token_hash: String,
    /// Whose rights it carries, at most.
    pub account: Uuid,
    /// What it is for.
    pub name: String,
    /// Rights hold only inside.
    pub scope: Scope,
    /// Whether it can only look.
    pub read_only: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_the_same_however_it_is_typed() {
        assert_eq!(Account::fold(" Ａdmin１ ").as_deref(), Some("admin1"));
        assert_eq!(Account::fold("示例甲01").as_deref(), Some("示例甲01"));
        for bad in ["", "  ", "a b", "a\u{0}b", &"x".repeat(41)] {
            assert_eq!(Account::fold(bad), None, "{bad:?}");
        }
    }
}
