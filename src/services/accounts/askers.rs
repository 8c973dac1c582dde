//! Who a session or a token belongs to, and what they may do with it.
//!
//! Invariant: a session ends with its time, its idleness, its account, and every change of password or rights.

use super::super::Services;
use super::super::error::Result;
use super::super::keys::token_hash;
use super::{Asker, Proof};
use crate::domain::access::{Grant, GrantState, Grants, Scope};
use crate::domain::{Account, AccountState, Actor, GrantRow};
use chrono::{DateTime, Duration, Utc};
use std::sync::Arc;

/// How long a known session or token is believed without asking the database. Changes made by this process count at
/// once; this is for those of another one, such as `gridkeeper user disable`.
pub(crate) const BELIEVED_S: u64 = 5;
/// How exactly the last use of a session is noted.
const SEEN_EVERY_S: i64 = 60;

/// What is remembered of a session or token for some seconds.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    asker: Arc<Asker>,
    ends: DateTime<Utc>,
}

impl Services {
    /// Who a session is; `None` when it is over, or never was.
    ///
    /// # Errors
    /// The store's own.
    pub async fn asker_of_session(&self, token: &str, origin: &str) -> Result<Option<Arc<Asker>>> {
        let now = self.now();
        if let Some(known) = self.known().get(token) {
            return Ok((known.ends > now).then(|| known.asker.clone()));
        }
        let hash = token_hash(token);
        let idle = Duration::minutes(i64::from(self.config().security.idle_minutes));
        let found = {
            let mut lease = self.store().read().await?;
            let mut conn = lease.conn();
            match conn.session_find(&hash).await? {
                None => None,
                Some(session) => match conn.account_find(session.account).await? {
                    None => None,
                    Some(account) => {
                        let grants = conn.grant_list(Some(account.id)).await?;
                        Some((session, account, grants))
                    }
                },
            }
        };
        let Some((mut session, account, grants)) = found else {
            return Ok(None);
        };
        let alive = account.state == AccountState::Active
            && session.expires_at > now
            && session.seen_at + idle > now
            // Password or rights changed: the session belongs to a former state of the account.
            && session.created_at >= account.changed_at;
        if !alive {
            return Ok(None);
        }
        if (now - session.seen_at).num_seconds() >= SEEN_EVERY_S {
            let mut tx = self.store().begin().await?;
            tx.conn().session_seen(&hash, now).await?;
            tx.commit().await?;
            session.seen_at = now;
        }
        let asker = Arc::new(self.asker_of(&account, &grants, Proof::Session(hash), origin));
        let known = Known {
            asker: asker.clone(),
            ends: session.expires_at.min(session.seen_at + idle),
        };
        self.known().insert(token.to_owned(), Arc::new(known));
        Ok(Some(asker))
    }

    /// Who a program's token is; `None` when it is over, or never was.
    ///
    /// # Errors
    /// The store's own.
    pub async fn asker_of_token(&self, text: &str, origin: &str) -> Result<Option<Arc<Asker>>> {
        let now = self.now();
        if let Some(known) = self.known().get(text) {
            return Ok((known.ends > now).then(|| known.asker.clone()));
        }
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        let Some(token) = conn.api_token_find(&token_hash(text)).await? else {
            return Ok(None);
        };
        let Some(account) = conn.account_find(token.account).await? else {
            return Ok(None);
        };
        if account.state != AccountState::Active || token.expires_at <= now {
            return Ok(None);
        }
        let grants = conn.grant_list(Some(account.id)).await?;
        drop(lease);
        let proof = Proof::Token {
            read_only: token.read_only,
        };
        let mut asker = self.asker_of(&account, &grants, proof, origin);
        asker.grants = narrowed(&asker.grants, &token.scope);
        let asker = Arc::new(asker);
        let known = Known {
            asker: asker.clone(),
            ends: token.expires_at,
        };
        self.known().insert(text.to_owned(), Arc::new(known));
        Ok(Some(asker))
    }

    /// What an account sees now, for work that is done for it while it is not there. `None` when it may not come in.
    pub(in crate::services) async fn asker_of_account(
        &self,
        id: uuid::Uuid,
    ) -> Result<Option<Asker>> {
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        let account = conn.account_find(id).await?;
        let Some(account) = account.filter(|one| one.state == AccountState::Active) else {
            return Ok(None);
        };
        let grants = conn.grant_list(Some(id)).await?;
        let proof = Proof::Token { read_only: true };
        Ok(Some(self.asker_of(&account, &grants, proof, "service")))
    }

    pub(super) fn asker_of(
        &self,
        account: &Account,
        grants: &[GrantRow],
        proof: Proof,
        origin: &str,
    ) -> Asker {
        let active: Vec<Grant> = grants
            .iter()
            .filter(|row| row.state == GrantState::Active)
            .map(|row| row.grant.clone())
            .collect();
        let required = &self.config().security.second_factor_roles;
        let must_enrol = account.totp_sealed.is_none()
            && !account.demo
            && active
                .iter()
                .any(|grant| required.iter().any(|role| role == grant.role.as_str()));
        Asker {
            actor: Actor::account(account.id, &account.name),
            grants: if must_enrol {
                Grants::default()
            } else {
                Grants::of(active)
            },
            proof,
            origin: origin.to_owned(),
            must_enrol,
        }
    }

    /// Whether the session of an asker still holds; tokens and visitors always do. For streams that stay open.
    pub async fn still_there(&self, asker: &Asker) -> bool {
        let Proof::Session(hash) = &asker.proof else {
            return true;
        };
        let Ok(mut lease) = self.store().read().await else {
            return true;
        };
        matches!(lease.conn().session_find(hash).await, Ok(Some(session)) if session.expires_at > self.now())
    }
}

/// What remains of grants inside the scope of a token.
fn narrowed(grants: &Grants, scope: &Scope) -> Grants {
    let inside = |grant: &Grant| -> Option<Grant> {
        let narrower = match (&grant.scope, scope) {
            (_, Scope::Everywhere) => grant.scope.clone(),
            (Scope::Everywhere, _) => scope.clone(),
            (Scope::Region(held), Scope::Region(asked)) if held.contains(*asked) => scope.clone(),
            (Scope::Region(held), Scope::Region(asked)) if asked.contains(*held) => {
                grant.scope.clone()
            }
            (held, asked) if held == asked => grant.scope.clone(),
            _ => return None,
        };
        Some(Grant {
            role: grant.role,
            scope: narrower,
        })
    };
    Grants::of(grants.iter().filter_map(inside).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Role;

    #[test]
    fn a_token_never_reaches_further_than_its_scope_or_its_owner() {
        let of = |role, scope: &str| Grant {
            role,
            scope: scope.parse().unwrap(),
        };
        let held = Grants::of(vec![
            of(Role::GridAdmin, "999001001000"),
            of(Role::Planner, "999002000000"),
        ]);
        let scopes = |asked: &str| -> Vec<String> {
            narrowed(&held, &asked.parse().unwrap())
                .iter()
                .map(|grant| format!("{} {}", grant.role, grant.scope))
                .collect()
        };
        assert_eq!(scopes("everywhere").len(), 2);
        assert_eq!(scopes("999001001003"), ["grid_admin 999001001003"]);
        assert_eq!(scopes("999002001000"), ["planner 999002001000"]);
        assert_eq!(scopes("999001000000"), ["grid_admin 999001001000"]);
        assert!(scopes("999003000000").is_empty());
    }
}
