//! Accounts, grants, sessions, one-time links and tokens. Secrets come and go as hashes or sealed.

use super::aggregates::parse;
use super::database::{Conn, on};
use super::error::Result;
use super::instant::Instant;
use crate::domain::access::{Grant, GrantState, Role, Scope};
use crate::domain::{Account, AccountState, ApiToken, GrantRow, Session, TicketPurpose};
use chrono::{DateTime, Utc};
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: Uuid,
    login: String,
    name: String,
    state: String,
    password_hash: Option<String>,
    totp_sealed: Option<String>,
    totp_step: i64,
    demo: bool,
    created_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
}

impl AccountRow {
    fn read(self) -> Result<Account> {
        Ok(Account {
            state: parse::<AccountState>(&self.state, "account", "state", &self.id)?,
            id: self.id,
            login: self.login,
            name: self.name,
            password_hash: self.password_hash,
            totp_sealed: self.totp_sealed,
            totp_step: self.totp_step,
            demo: self.demo,
            created_at: self.created_at,
            changed_at: self.changed_at,
        })
    }
}

const ACCOUNTS: &str = "SELECT id, login, name, state, password_hash, totp_sealed, totp_step, demo, created_at, \
    changed_at FROM account WHERE district_code = 0 ORDER BY created_at, login";
const BY_ID: &str = "SELECT id, login, name, state, password_hash, totp_sealed, totp_step, demo, created_at, \
    changed_at FROM account WHERE district_code = 0 AND id = $1";
const BY_LOGIN: &str = "SELECT id, login, name, state, password_hash, totp_sealed, totp_step, demo, created_at, \
    changed_at FROM account WHERE district_code = 0 AND login = $1";
const INSERT: &str = "INSERT INTO account (district_code, id, login, name, state, password_hash, totp_sealed, \
    totp_step, demo, created_at, changed_at) VALUES (0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const UPDATE: &str = "UPDATE account SET name = $2, state = $3, password_hash = $4, totp_sealed = $5, \
    totp_step = $6, changed_at = $7 WHERE district_code = 0 AND id = $1";

#[derive(sqlx::FromRow)]
struct GrantRecord {
    id: Uuid,
    account_id: Uuid,
    role: String,
    scope: String,
    state: String,
    proposed_by: Uuid,
    proposed_at: DateTime<Utc>,
    decided_by: Option<Uuid>,
    decided_at: Option<DateTime<Utc>>,
}

const GRANTS: &str = "SELECT id, account_id, role, scope, state, proposed_by, proposed_at, decided_by, decided_at \
    FROM account_grant WHERE district_code = 0 ORDER BY proposed_at, id";
const GRANTS_OF: &str = "SELECT id, account_id, role, scope, state, proposed_by, proposed_at, decided_by, decided_at \
    FROM account_grant WHERE district_code = 0 AND account_id = $1 ORDER BY proposed_at, id";
const GRANT_INSERT: &str = "INSERT INTO account_grant (district_code, id, account_id, role, scope, state, \
    proposed_by, proposed_at, decided_by, decided_at) VALUES (0, $1, $2, $3, $4, $5, $6, $7, $8, $9)";
const GRANT_UPDATE: &str = "UPDATE account_grant SET state = $2, decided_by = $3, decided_at = $4 \
    WHERE district_code = 0 AND id = $1";

#[derive(sqlx::FromRow)]
struct SessionRow {
    token_hash: String,
    account_id: Uuid,
    created_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    address: String,
}

const SESSION: &str = "SELECT token_hash, account_id, created_at, seen_at, expires_at, address FROM session \
    WHERE district_code = 0 AND token_hash = $1";
const SESSION_INSERT: &str = "INSERT INTO session (district_code, token_hash, account_id, created_at, seen_at, \
    expires_at, address) VALUES (0, $1, $2, $3, $4, $5, $6)";
const SESSION_SEEN: &str =
    "UPDATE session SET seen_at = $2 WHERE district_code = 0 AND token_hash = $1";
const SESSION_END: &str = "DELETE FROM session WHERE district_code = 0 AND token_hash = $1";
const SESSIONS_END: &str = "DELETE FROM session WHERE district_code = 0 AND account_id = $1";
const SESSIONS_EXPIRED: &str = "DELETE FROM session WHERE district_code = 0 AND expires_at < $1";

const SESSIONS_OVER: &str =
    "SELECT count(*) FROM session WHERE district_code = 0 AND expires_at < $1";

const TICKET_INSERT: &str = "INSERT INTO ticket (district_code, token_hash, account_id, purpose, expires_at) \
    VALUES (0, $1, $2, $3, $4)";
const TICKET: &str = "SELECT account_id, purpose, expires_at FROM ticket \
    WHERE district_code = 0 AND token_hash = $1";
const TICKETS_END: &str = "DELETE FROM ticket WHERE district_code = 0 AND account_id = $1";

#[derive(sqlx::FromRow)]
struct TokenRow {
    id: Uuid,
    token_hash: String,
    account_id: Uuid,
    name: String,
    scope: String,
    read_only: bool,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl TokenRow {
    fn read(self) -> Result<ApiToken> {
        Ok(ApiToken {
            scope: parse::<Scope>(&self.scope, "api_token", "scope", &self.id)?,
            id: self.id,
            token_hash: self.token_hash,
            account: self.account_id,
            name: self.name,
            read_only: self.read_only,
            created_at: self.created_at,
            expires_at: self.expires_at,
        })
    }
}

const TOKEN: &str = "SELECT id, token_hash, account_id, name, scope, read_only, created_at, expires_at \
    FROM api_token WHERE district_code = 0 AND token_hash = $1";
const TOKENS_OF: &str = "SELECT id, token_hash, account_id, name, scope, read_only, created_at, expires_at \
    FROM api_token WHERE district_code = 0 AND account_id = $1 ORDER BY created_at";
const TOKEN_INSERT: &str = "INSERT INTO api_token (district_code, id, token_hash, account_id, name, scope, \
    read_only, created_at, expires_at) VALUES (0, $1, $2, $3, $4, $5, $6, $7, $8)";
const TOKEN_END: &str =
    "DELETE FROM api_token WHERE district_code = 0 AND account_id = $1 AND id = $2";
const TOKENS_END: &str = "DELETE FROM api_token WHERE district_code = 0 AND account_id = $1";

impl Conn<'_> {
    /// All accounts, oldest first.
    pub async fn account_list(&mut self) -> Result<Vec<Account>> {
        let rows: Vec<AccountRow> = on!(self, |db| sqlx::query_as(ACCOUNTS).fetch_all(db).await)?;
        rows.into_iter().map(AccountRow::read).collect()
    }

    /// An account.
    pub async fn account_find(&mut self, id: Uuid) -> Result<Option<Account>> {
        let row: Option<AccountRow> = on!(self, |db| sqlx::query_as(BY_ID)
            .bind(id)
            .fetch_optional(db)
            .await)?;
        row.map(AccountRow::read).transpose()
    }

    /// The account of a folded login.
    pub async fn account_by_login(&mut self, login: &str) -> Result<Option<Account>> {
        let row: Option<AccountRow> = on!(self, |db| sqlx::query_as(BY_LOGIN)
            .bind(login)
            .fetch_optional(db)
            .await)?;
        row.map(AccountRow::read).transpose()
    }

    /// Stores a new account.
    pub async fn account_insert(&mut self, account: &Account) -> Result<()> {
        on!(self, |db| sqlx::query(INSERT)
            .bind(account.id)
            .bind(&account.login)
            .bind(&account.name)
            .bind(account.state.as_str())
            .bind(&account.password_hash)
            .bind(&account.totp_sealed)
            .bind(account.totp_step)
            .bind(account.demo)
            .bind(Instant(account.created_at))
            .bind(Instant(account.changed_at))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Writes what changes of an account: everything but identity, login and the mark of the demo.
    pub async fn account_update(&mut self, account: &Account) -> Result<()> {
        on!(self, |db| sqlx::query(UPDATE)
            .bind(account.id)
            .bind(&account.name)
            .bind(account.state.as_str())
            .bind(&account.password_hash)
            .bind(&account.totp_sealed)
            .bind(account.totp_step)
            .bind(Instant(account.changed_at))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Grants of an account, or of all; oldest first.
    pub async fn grant_list(&mut self, account: Option<Uuid>) -> Result<Vec<GrantRow>> {
        let rows: Vec<GrantRecord> = match account {
            None => on!(self, |db| sqlx::query_as(GRANTS).fetch_all(db).await)?,
            Some(id) => on!(self, |db| sqlx::query_as(GRANTS_OF)
                .bind(id)
                .fetch_all(db)
                .await)?,
        };
        let read = |row: GrantRecord| -> Result<GrantRow> {
            Ok(GrantRow {
                grant: Grant {
                    role: parse::<Role>(&row.role, "account_grant", "role", &row.id)?,
                    scope: parse::<Scope>(&row.scope, "account_grant", "scope", &row.id)?,
                },
                state: parse::<GrantState>(&row.state, "account_grant", "state", &row.id)?,
                id: row.id,
                account: row.account_id,
                proposed_by: row.proposed_by,
                proposed_at: row.proposed_at,
                decided_by: row.decided_by,
                decided_at: row.decided_at,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Stores a new grant.
    pub async fn grant_insert(&mut self, row: &GrantRow) -> Result<()> {
        on!(self, |db| sqlx::query(GRANT_INSERT)
            .bind(row.id)
            .bind(row.account)
            .bind(row.grant.role.as_str())
            .bind(row.grant.scope.to_string())
            .bind(row.state.as_str())
            .bind(row.proposed_by)
            .bind(Instant(row.proposed_at))
            .bind(row.decided_by)
            .bind(row.decided_at.map(Instant))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Writes where a grant stands.
    pub async fn grant_update(&mut self, row: &GrantRow) -> Result<()> {
        on!(self, |db| sqlx::query(GRANT_UPDATE)
            .bind(row.id)
            .bind(row.state.as_str())
            .bind(row.decided_by)
            .bind(row.decided_at.map(Instant))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// The session of a token's hash.
    pub async fn session_find(&mut self, token_hash: &str) -> Result<Option<Session>> {
        let row: Option<SessionRow> = on!(self, |db| sqlx::query_as(SESSION)
            .bind(token_hash)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|row| Session {
            token_hash: row.token_hash,
            account: row.account_id,
            created_at: row.created_at,
            seen_at: row.seen_at,
            expires_at: row.expires_at,
            address: row.address,
        }))
    }

    /// Begins a session.
    pub async fn session_insert(&mut self, session: &Session) -> Result<()> {
        on!(self, |db| sqlx::query(SESSION_INSERT)
            .bind(&session.token_hash)
            .bind(session.account)
            .bind(Instant(session.created_at))
            .bind(Instant(session.seen_at))
            .bind(Instant(session.expires_at))
            .bind(&session.address)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Notes that a session was used.
    pub async fn session_seen(&mut self, token_hash: &str, at: DateTime<Utc>) -> Result<()> {
        on!(self, |db| sqlx::query(SESSION_SEEN)
            .bind(token_hash)
            .bind(Instant(at))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Ends a session.
    pub async fn session_end(&mut self, token_hash: &str) -> Result<()> {
        on!(self, |db| sqlx::query(SESSION_END)
            .bind(token_hash)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Ends every session of an account.
    pub async fn sessions_end(&mut self, account: Uuid) -> Result<()> {
        on!(self, |db| sqlx::query(SESSIONS_END)
            .bind(account)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// How many sessions are over.
    pub async fn sessions_over(&mut self, now: DateTime<Utc>) -> Result<u64> {
        let n: i64 = on!(self, |db| sqlx::query_scalar(SESSIONS_OVER)
            .bind(Instant(now))
            .fetch_one(db)
            .await)?;
        Ok(n.max(0) as u64)
    }

    /// Removes sessions that are over.
    pub async fn sessions_sweep(&mut self, now: DateTime<Utc>) -> Result<()> {
        on!(self, |db| sqlx::query(SESSIONS_EXPIRED)
            .bind(Instant(now))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Stores a one-time link.
    pub async fn ticket_insert(
        &mut self,
        token_hash: &str,
        account: Uuid,
        purpose: TicketPurpose,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        on!(self, |db| sqlx::query(TICKET_INSERT)
            .bind(token_hash)
            .bind(account)
            .bind(purpose.as_str())
            .bind(Instant(expires_at))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// The account and the end of a one-time link.
    pub async fn ticket_find(
        &mut self,
        token_hash: &str,
    ) -> Result<Option<(Uuid, TicketPurpose, DateTime<Utc>)>> {
        let row: Option<(Uuid, String, DateTime<Utc>)> = on!(self, |db| sqlx::query_as(TICKET)
            .bind(token_hash)
            .fetch_optional(db)
            .await)?;
        row.map(|(account, purpose, ends)| {
            let purpose = parse::<TicketPurpose>(&purpose, "ticket", "purpose", &account)?;
            Ok((account, purpose, ends))
        })
        .transpose()
    }

    /// Uses up every one-time link of an account.
    pub async fn tickets_end(&mut self, account: Uuid) -> Result<()> {
        on!(self, |db| sqlx::query(TICKETS_END)
            .bind(account)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// The token of a hash.
    pub async fn api_token_find(&mut self, token_hash: &str) -> Result<Option<ApiToken>> {
        let row: Option<TokenRow> = on!(self, |db| sqlx::query_as(TOKEN)
            .bind(token_hash)
            .fetch_optional(db)
            .await)?;
        row.map(TokenRow::read).transpose()
    }

    /// Tokens of an account, oldest first.
    pub async fn api_token_list(&mut self, account: Uuid) -> Result<Vec<ApiToken>> {
        let rows: Vec<TokenRow> = on!(self, |db| sqlx::query_as(TOKENS_OF)
            .bind(account)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(TokenRow::read).collect()
    }

    /// Stores a token.
    pub async fn api_token_insert(&mut self, token: &ApiToken) -> Result<()> {
        on!(self, |db| sqlx::query(TOKEN_INSERT)
            .bind(token.id)
            .bind(&token.token_hash)
            .bind(token.account)
            .bind(&token.name)
            .bind(token.scope.to_string())
            .bind(token.read_only)
            .bind(Instant(token.created_at))
            .bind(Instant(token.expires_at))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Ends a token of an account.
    pub async fn api_token_end(&mut self, account: Uuid, id: Uuid) -> Result<bool> {
        let ended = on!(self, |db| sqlx::query(TOKEN_END)
            .bind(account)
            .bind(id)
            .execute(db)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(ended > 0)
    }

    /// Ends every token of an account.
    pub async fn api_tokens_end(&mut self, account: Uuid) -> Result<()> {
        on!(self, |db| sqlx::query(TOKENS_END)
            .bind(account)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }
}
