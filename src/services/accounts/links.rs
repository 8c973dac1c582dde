//! One-time links: to set a password, and to the first administrator of a new installation.
//!
//! Invariant: a link works once and for a time, and only its hash is stored.

use super::super::Services;
use super::super::audit::{CONSOLE, Noted};
use super::super::error::{Error, Result};
use super::super::keys::{token, token_hash};
use super::admin::{invited, name_of};
use super::granting::propose;
use super::sessions::SignedIn;
use crate::domain::access::{Grant, Role, Scope};
use crate::domain::{AccountState, Actor, TicketPurpose};
use crate::storage::Conn;
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// How long a one-time link works.
const LINK_HOURS: i64 = 48;
/// Login of the first administrator.
const FIRST_LOGIN: &str = "admin";

/// The way to the first administrator of a new installation.
#[derive(Debug)]
pub struct FirstLink(pub String);

impl Services {
    /// Sets a password with a one-time link, and signs in. The link is used up.
    ///
    /// # Errors
    /// `Unauthorized` for a link that is none or is over; `Invalid` for a weak password.
    pub async fn ticket_use(
        &self,
        ticket: &str,
        password: &str,
        name: Option<&str>,
        origin: &str,
    ) -> Result<SignedIn> {
        let now = self.now();
        self.throttle()
            .take(
                &format!("ticket:{origin}"),
                self.config().security.failures_of_address as usize,
                now,
            )
            .map_err(|wait_s| Error::TooMany { wait_s })?;
        let over = || Error::Unauthorized {
            code: "link_over",
            zh: "链接无效、已用过或已过期，请向管理员要一个新的".into(),
            en: "the link is wrong, used or over; ask an administrator for a new one".into(),
        };
        let hash = token_hash(ticket);
        let found = {
            let mut lease = self.store().read().await?;
            lease.conn().ticket_find(&hash).await?
        };
        let (id, purpose, ends) = found.ok_or_else(over)?;
        if ends <= now {
            return Err(over());
        }
        let mut account = self.account_by_id(id).await?;
        if account.state == AccountState::Disabled {
            return Err(over());
        }
        if let (TicketPurpose::Setup, Some(name)) = (purpose, name) {
            account.name = name_of(name)?;
        }
        account.password_hash = Some(self.new_password(&account, password).await?);
        account.state = AccountState::Active;
        account.changed_at = now;
        let who = Actor::account(account.id, &account.name);
        let mut tx = self.store().begin().await?;
        // Read again inside the transaction: two uses at once are one use.
        if tx.conn().ticket_find(&hash).await?.is_none() {
            return Err(over());
        }
        tx.conn().tickets_end(id).await?;
        tx.conn().account_update(&account).await?;
        tx.conn().sessions_end(id).await?;
        self.commit_noting(
            tx,
            Noted::done(&who, origin, "account.password", &id.to_string()),
        )
        .await?;
        self.known().invalidate_all();
        let (token, view) = self.session_begin(&account, origin, self.now()).await?;
        Ok(SignedIn {
            token,
            device: String::new(),
            view,
        })
    }

    /// The one-time link to the first administrator, while nobody can sign in. A new one at every start.
    ///
    /// # Errors
    /// The store's own.
    pub async fn first_link(&self) -> Result<Option<FirstLink>> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let accounts = tx.conn().account_list().await?;
        if accounts
            .iter()
            .any(|account| account.state != AccountState::Invited || account.login != FIRST_LOGIN)
        {
            return Ok(None);
        }
        let id = match accounts.first() {
            Some(account) => account.id,
            None => {
                let account = invited(FIRST_LOGIN.to_owned(), "系统管理员".to_owned(), now);
                tx.conn().account_insert(&account).await?;
                let grant = Grant {
                    role: Role::SystemAdmin,
                    scope: Scope::Everywhere,
                };
                propose(&mut tx.conn(), &Actor::system(), account.id, grant, now).await?;
                account.id
            }
        };
        let (link, _) = link(&mut tx.conn(), id, TicketPurpose::Setup, now).await?;
        self.commit_noting(
            tx,
            Noted::done(
                &Actor::system(),
                CONSOLE,
                "account.first_link",
                &id.to_string(),
            ),
        )
        .await?;
        Ok(Some(FirstLink(link)))
    }
}

/// Makes a link; the former ones of the account end.
pub(super) async fn link(
    conn: &mut Conn<'_>,
    account: Uuid,
    purpose: TicketPurpose,
    now: DateTime<Utc>,
) -> Result<(String, DateTime<Utc>)> {
    let ticket = token();
    let expires_at = now + Duration::hours(LINK_HOURS);
    conn.tickets_end(account).await?;
    conn.ticket_insert(&token_hash(&ticket), account, purpose, expires_at)
        .await?;
    // In the fragment, which no browser sends and no log keeps.
    Ok((format!("/welcome#{purpose}.{ticket}"), expires_at))
}
