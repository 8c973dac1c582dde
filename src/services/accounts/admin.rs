//! Keeping accounts: making, inviting, disabling; at the page by administrators, at the command line by whoever has
//! the database. What they may do is granted in `granting.rs`.
//!
//! Invariant: whatever changes an account ends its sessions, and is noted.

use super::super::Services;
use super::super::audit::Noted;
use super::super::error::{Error, Result};
use super::granting::{check_grant, own_case, propose};
use super::links::link;
use super::views::{AccountView, LinkView};
use crate::domain::access::{Grant, GrantState, Role, Scope};
use crate::domain::{Account, AccountState, Actor, GrantRow, TicketPurpose};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Most accounts.
const MOST: usize = 20_000;

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What is typed to sign in.
    pub login: String,
    /// Name.
    pub name: String,
    /// What it is granted at once, or proposed.
    pub grants: Vec<Grant>,
}

pub(super) fn name_of(text: &str) -> Result<String> {
    let name: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = !name.is_empty()
        && name.chars().count() <= crate::domain::MAX_NAME_CHARS
        && !name.chars().any(char::is_control);
    if fits {
        return Ok(name);
    }
    Err(Error::invalid(
        "name_invalid",
        "姓名为 1 至 40 个字",
        "a name has 1 to 40 characters",
    ))
}

impl Services {
    /// All accounts with their grants.
    ///
    /// # Errors
    /// The store's own.
    pub async fn accounts(&self) -> Result<Vec<AccountView>> {
        let mut lease = self.store().read().await?;
        let accounts = lease.conn().account_list().await?;
        let grants = lease.conn().grant_list(None).await?;
        Ok(accounts
            .iter()
            .map(|account| AccountView::of(account, &grants, &self.picture()))
            .collect())
    }

    /// Makes an account and a one-time link for its password.
    ///
    /// # Errors
    /// `Invalid` login, name or grants; `Conflict` when the login is taken.
    pub async fn account_make(
        &self,
        by: &Actor,
        origin: &str,
        ask: NewAccount,
    ) -> Result<LinkView> {
        let login = Account::fold(&ask.login).ok_or_else(|| {
            Error::invalid(
                "login_invalid",
                "账号为 1 至 40 个字，不含空格",
                "a login has 1 to 40 characters and no blanks",
            )
        })?;
        let name = name_of(&ask.name)?;
        for (at, grant) in ask.grants.iter().enumerate() {
            check_grant(grant, &ask.grants[..at])?;
        }
        let now = self.now();
        let account = invited(login, name, now);
        let mut tx = self.store().begin().await?;
        if tx.conn().account_by_login(&account.login).await?.is_some() {
            return Err(Error::conflict(
                "login_taken",
                format!("账号“{}”已存在", account.login),
                format!("there is an account {} already", account.login),
            ));
        }
        if tx.conn().account_list().await?.len() >= MOST {
            return Err(Error::conflict(
                "too_many_accounts",
                format!("最多 {MOST} 个账号"),
                format!("at most {MOST} accounts"),
            ));
        }
        tx.conn().account_insert(&account).await?;
        for grant in ask.grants {
            propose(&mut tx.conn(), by, account.id, grant, now).await?;
        }
        let (link, expires_at) =
            link(&mut tx.conn(), account.id, TicketPurpose::Password, now).await?;
        self.commit_noting(
            tx,
            Noted::done(by, origin, "account.made", &account.id.to_string()),
        )
        .await?;
        self.link_view(account.id, link, expires_at).await
    }

    async fn link_view(
        &self,
        id: Uuid,
        link: String,
        expires_at: DateTime<Utc>,
    ) -> Result<LinkView> {
        Ok(LinkView {
            account: self.account_view(id).await?,
            link,
            expires_at,
        })
    }

    pub(super) async fn account_view(&self, id: Uuid) -> Result<AccountView> {
        let mut lease = self.store().read().await?;
        let account = lease
            .conn()
            .account_find(id)
            .await?
            .ok_or_else(|| missing(id))?;
        let grants = lease.conn().grant_list(Some(id)).await?;
        Ok(AccountView::of(&account, &grants, &self.picture()))
    }

    /// Disables an account, or lets it in again. Its sessions and tokens end.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for one's own.
    pub async fn account_enable(
        &self,
        by: &Actor,
        origin: &str,
        id: Uuid,
        enabled: bool,
    ) -> Result<AccountView> {
        if by.id.uuid() == id {
            return Err(own_case());
        }
        let mut account = self.account_by_id(id).await?;
        account.state = match (enabled, account.password_hash.is_some() || account.demo) {
            (false, _) => AccountState::Disabled,
            (true, true) => AccountState::Active,
            (true, false) => AccountState::Invited,
        };
        account.changed_at = self.now();
        let action = if enabled {
            "account.enabled"
        } else {
            "account.disabled"
        };
        self.account_change(&account, by, origin, action).await?;
        self.account_view(id).await
    }

    /// Takes password and second factor away and gives a one-time link for a new password.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for one's own.
    pub async fn account_reset(&self, by: &Actor, origin: &str, id: Uuid) -> Result<LinkView> {
        if by.id.uuid() == id {
            return Err(own_case());
        }
        let mut account = self.account_by_id(id).await?;
        let now = self.now();
        account.password_hash = None;
        account.totp_sealed = None;
        account.state = AccountState::Invited;
        account.changed_at = now;
        self.account_change(&account, by, origin, "account.reset")
            .await?;
        let mut tx = self.store().begin().await?;
        let (link, expires_at) = link(&mut tx.conn(), id, TicketPurpose::Password, now).await?;
        tx.commit().await?;
        self.link_view(id, link, expires_at).await
    }

    /// One account of each role for the demo, in the places of the synthetic city.
    ///
    /// # Errors
    /// The store's own.
    pub async fn demo_accounts_make(&self, places: &[(Role, Vec<Scope>, String)]) -> Result<()> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        for (role, scopes, name) in places {
            let login = role.as_str().replace('_', "-");
            if tx.conn().account_by_login(&login).await?.is_some() {
                continue;
            }
            let account = Account {
                state: AccountState::Active,
                demo: true,
                ..invited(login, name.clone(), now)
            };
            tx.conn().account_insert(&account).await?;
            let system = Actor::system().id.uuid();
            for scope in scopes {
                let row = GrantRow {
                    id: Uuid::now_v7(),
                    account: account.id,
                    grant: Grant {
                        role: *role,
                        scope: scope.clone(),
                    },
                    state: GrantState::Active,
                    proposed_by: system,
                    proposed_at: now,
                    decided_by: Some(system),
                    decided_at: Some(now),
                };
                tx.conn().grant_insert(&row).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Writes an account, ends its sessions, links and tokens, and notes why.
    pub(super) async fn account_change(
        &self,
        account: &Account,
        by: &Actor,
        origin: &str,
        action: &str,
    ) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.conn().account_update(account).await?;
        tx.conn().sessions_end(account.id).await?;
        tx.conn().tickets_end(account.id).await?;
        if account.state != AccountState::Active {
            tx.conn().api_tokens_end(account.id).await?;
        }
        self.commit_noting(tx, Noted::done(by, origin, action, &account.id.to_string()))
            .await?;
        self.known().invalidate_all();
        Ok(())
    }

    pub(super) async fn account_by_id(&self, id: Uuid) -> Result<Account> {
        let mut lease = self.store().read().await?;
        lease
            .conn()
            .account_find(id)
            .await?
            .ok_or_else(|| missing(id))
    }

    /// The account of a login, for the command line.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn account_id(&self, login: &str) -> Result<Uuid> {
        let folded = Account::fold(login).unwrap_or_default();
        let mut lease = self.store().read().await?;
        let found = lease.conn().account_by_login(&folded).await?;
        found
            .map(|account| account.id)
            .ok_or_else(|| Error::NotFound(format!("account {login}")))
    }
}

pub(super) fn missing(id: Uuid) -> Error {
    Error::NotFound(format!("account {id}"))
}

/// Somebody who has no password yet.
pub(super) fn invited(login: String, name: String, now: DateTime<Utc>) -> Account {
    Account {
        id: Uuid::now_v7(),
        login,
        name,
        state: AccountState::Invited,
        password_hash: None,
        totp_sealed: None,
        totp_step: 0,
        demo: false,
        created_at: now,
        changed_at: now,
    }
}
