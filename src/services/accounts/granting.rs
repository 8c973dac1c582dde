//! Granting: what an account may do and where, proposed by one administrator and approved by another.
//!
//! Invariants: the three administrators exclude one another; what the system administrator proposes, the security
//! administrator approves, as soon as there is one; nobody decides on their own account.

use super::super::Services;
use super::super::audit::Noted;
use super::super::error::{Error, Result};
use super::admin::missing;
use super::views::{AccountView, ScopeView};
use crate::domain::access::{Grant, GrantState, Role, Scope};
use crate::domain::{Account, AccountState, Actor, ActorKind, GrantRow};
use crate::storage::Conn;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Most scopes of an answer.
const MOST_SCOPES: usize = 40;

pub(super) fn own_case() -> Error {
    Error::Forbidden {
        code: "own_case",
        zh: "不能决定自己的账号，请由另一位管理员处理".into(),
        en: "nobody decides on their own account; ask another administrator".into(),
    }
}

/// What is wrong with a grant by itself or beside others.
pub(super) fn check_grant(grant: &Grant, beside: &[Grant]) -> Result<()> {
    if !grant.role.can_be_granted() {
        return Err(Error::invalid(
            "role_not_granted",
            "这个角色不能授予",
            "this role cannot be granted",
        ));
    }
    if grant.role.is_administrator() && grant.scope != Scope::Everywhere {
        return Err(Error::invalid(
            "scope_does_not_fit",
            "系统、安全、审计管理员的范围只能是“全部”（everywhere）",
            "the three administrators hold everywhere",
        ));
    }
    if let Some(other) = beside
        .iter()
        .find(|other| !other.role.goes_with(grant.role))
    {
        return Err(Error::conflict(
            "roles_exclude",
            format!(
                "“{}”与已有的“{}”不能由同一账号担任（三权分立）",
                grant.role.label_zh(),
                other.role.label_zh()
            ),
            format!(
                "{} and {} cannot be held by one account",
                grant.role, other.role
            ),
        ));
    }
    Ok(())
}

impl Services {
    /// Scopes whose name or code holds a text, to choose from: regions, compounds, companies, keepers.
    pub fn scopes(&self, text: &str) -> Vec<ScopeView> {
        let picture = self.picture();
        let text = text.trim();
        let fits = |name: &str, code: &str| name.contains(text) || code.starts_with(text);
        let view = |kind: &str, scope: Scope, name: &str| ScopeView {
            scope: scope.to_string(),
            name: name.to_owned(),
            kind: kind.to_owned(),
        };
        let regions = picture
            .regions
            .iter()
            .filter(|region| fits(&region.name, &region.code.to_string()))
            .map(|region| view("region", Scope::Region(region.code), &region.name));
        let compounds = picture
            .compounds
            .iter()
            .filter(|compound| fits(&compound.name, compound.code.as_deref().unwrap_or("")))
            .map(|compound| view("compound", Scope::Compound(compound.id), &compound.name));
        let companies: BTreeSet<&str> = picture
            .compounds
            .iter()
            .filter_map(|compound| compound.property_company.as_deref())
            .filter(|name| name.contains(text))
            .collect();
        let companies = companies
            .into_iter()
            .map(|name| view("company", Scope::Company(name.to_owned()), name));
        let keepers = picture
            .housekeepers
            .iter()
            .filter(|keeper| fits(&keeper.name, keeper.code.as_deref().unwrap_or("")))
            .map(|keeper| view("keeper", Scope::Keeper(keeper.id), &keeper.name));
        regions
            .chain(compounds)
            .chain(companies)
            .chain(keepers)
            .take(MOST_SCOPES)
            .collect()
    }

    /// Grants a role, or proposes it where a security administrator has to approve.
    ///
    /// # Errors
    /// `NotFound`; `Invalid`; `Conflict` for roles that exclude one another; `Forbidden` for one's own account.
    pub async fn grant_propose(
        &self,
        by: &Actor,
        origin: &str,
        id: Uuid,
        grant: Grant,
    ) -> Result<AccountView> {
        if by.id.uuid() == id {
            return Err(own_case());
        }
        let now = self.now();
        let mut account = self.account_by_id(id).await?;
        let mut tx = self.store().begin().await?;
        let held: Vec<Grant> = tx
            .conn()
            .grant_list(Some(id))
            .await?
            .into_iter()
            .filter(|row| row.state != GrantState::Ended)
            .map(|row| row.grant)
            .collect();
        check_grant(&grant, &held)?;
        if held.contains(&grant) {
            return Err(Error::conflict(
                "already_granted",
                "已有这个角色和范围",
                "this role is granted there already",
            ));
        }
        let subject = format!("{id} {} {}", grant.role, grant.scope);
        if propose(&mut tx.conn(), by, id, grant, now).await? == GrantState::Active {
            rights_changed(&mut tx.conn(), &mut account, now).await?;
        }
        self.commit_noting(tx, Noted::done(by, origin, "grant.proposed", &subject))
            .await?;
        self.known().invalidate_all();
        self.account_view(id).await
    }

    /// Approves a grant that waits, or ends one.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has ended; `Forbidden` for who proposed it, and for one's own account.
    pub async fn grant_decide(
        &self,
        by: &Actor,
        origin: &str,
        id: Uuid,
        approve: bool,
    ) -> Result<AccountView> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut row = tx
            .conn()
            .grant_list(None)
            .await?
            .into_iter()
            .find(|row| row.id == id)
            .ok_or_else(|| missing(id))?;
        let own = [row.account, row.proposed_by].contains(&by.id.uuid());
        if row.account == by.id.uuid() || (approve && own) {
            return Err(own_case());
        }
        let to = if approve {
            GrantState::Active
        } else {
            GrantState::Ended
        };
        let legal = match row.state {
            GrantState::Proposed => true,
            GrantState::Active => !approve,
            GrantState::Ended => false,
        };
        if !legal {
            return Err(Error::conflict(
                "grant_decided",
                format!("这项授权已是“{}”", row.state.label_zh()),
                format!("this grant is {} already", row.state),
            ));
        }
        row.state = to;
        row.decided_by = Some(by.id.uuid());
        row.decided_at = Some(now);
        tx.conn().grant_update(&row).await?;
        let mut account = tx
            .conn()
            .account_find(row.account)
            .await?
            .ok_or_else(|| missing(row.account))?;
        rights_changed(&mut tx.conn(), &mut account, now).await?;
        let action = if approve {
            "grant.approved"
        } else {
            "grant.ended"
        };
        let subject = format!("{} {} {}", row.account, row.grant.role, row.grant.scope);
        self.commit_noting(tx, Noted::done(by, origin, action, &subject))
            .await?;
        self.known().invalidate_all();
        self.account_view(row.account).await
    }
}

/// Stores a grant: active at once by the command line, and while no security administrator can approve.
pub(super) async fn propose(
    conn: &mut Conn<'_>,
    by: &Actor,
    account: Uuid,
    grant: Grant,
    now: DateTime<Utc>,
) -> Result<GrantState> {
    let at_the_page = by.kind == ActorKind::Account;
    let state = if at_the_page && has_security_admin(conn).await? {
        GrantState::Proposed
    } else {
        GrantState::Active
    };
    let decided = (state == GrantState::Active).then_some(now);
    conn.grant_insert(&GrantRow {
        id: Uuid::now_v7(),
        account,
        grant,
        state,
        proposed_by: by.id.uuid(),
        proposed_at: now,
        decided_by: decided.map(|_| by.id.uuid()),
        decided_at: decided,
    })
    .await?;
    Ok(state)
}

async fn has_security_admin(conn: &mut Conn<'_>) -> Result<bool> {
    let accounts = conn.account_list().await?;
    let grants = conn.grant_list(None).await?;
    Ok(grants.iter().any(|row| {
        row.grant.role == Role::SecurityAdmin
            && row.state == GrantState::Active
            && accounts
                .iter()
                .any(|account| account.id == row.account && account.state == AccountState::Active)
    }))
}

async fn rights_changed(
    conn: &mut Conn<'_>,
    account: &mut Account,
    now: DateTime<Utc>,
) -> Result<()> {
    account.changed_at = now;
    conn.account_update(account).await?;
    conn.sessions_end(account.id).await?;
    Ok(())
}
