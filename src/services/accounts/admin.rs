//! Keeping accounts: making, inviting, disabling, granting; at the page by administrators, at the command line by
//! whoever has the database.
//!
//! Invariants: the three administrators exclude one another; what the system administrator proposes, the security
//! administrator approves, as soon as there is one; nobody decides on their own account.

use super::super::Services;
use super::super::audit::Noted;
use super::super::error::{Error, Result};
use super::super::keys::{token, token_hash};
use super::sessions::SignedIn;
use super::views::{AccountView, LinkView, ScopeView};
use crate::domain::access::{Grant, GrantState, Role, Scope};
use crate::domain::{Account, AccountState, Actor, AuditOutcome, GrantRow, TicketPurpose};
use crate::storage::Conn;
use chrono::{DateTime, Duration, Utc};
use std::collections::BTreeSet;
use uuid::Uuid;

/// How long a one-time link works.
const LINK_HOURS: i64 = 48;
/// Login of the first administrator.
const FIRST_LOGIN: &str = "admin";
/// Most scopes of an answer.
const MOST_SCOPES: usize = 40;
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

/// The way to the first administrator of a new installation.
#[derive(Debug)]
pub struct FirstLink(pub String);

fn name_of(text: &str) -> Result<String> {
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

fn own_case() -> Error {
    Error::Forbidden {
        code: "own_case",
        zh: "不能决定自己的账号，请由另一位管理员处理".into(),
        en: "nobody decides on their own account; ask another administrator".into(),
    }
}

/// What is wrong with a grant by itself or beside others.
fn check_grant(grant: &Grant, beside: &[Grant]) -> Result<()> {
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
        let account = Account {
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
        };
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
        let entry = self
            .note_in(
                &mut tx.conn(),
                done(by, origin, "account.made", &account.id.to_string()),
            )
            .await?;
        tx.commit().await?;
        self.checkpoint(&entry);
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

    async fn account_view(&self, id: Uuid) -> Result<AccountView> {
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
        let entry = self
            .note_in(&mut tx.conn(), done(by, origin, "grant.proposed", &subject))
            .await?;
        tx.commit().await?;
        self.checkpoint(&entry);
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
        let entry = self
            .note_in(&mut tx.conn(), done(by, origin, action, &subject))
            .await?;
        tx.commit().await?;
        self.checkpoint(&entry);
        self.known().invalidate_all();
        self.account_view(row.account).await
    }

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
        let entry = self
            .note_in(
                &mut tx.conn(),
                done(&who, origin, "account.password", &id.to_string()),
            )
            .await?;
        tx.commit().await?;
        self.checkpoint(&entry);
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
                let account = Account {
                    id: Uuid::now_v7(),
                    login: FIRST_LOGIN.to_owned(),
                    name: "系统管理员".to_owned(),
                    state: AccountState::Invited,
                    password_hash: None,
                    totp_sealed: None,
                    totp_step: 0,
                    demo: false,
                    created_at: now,
                    changed_at: now,
                };
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
        let entry = self
            .note_in(
                &mut tx.conn(),
                done(
                    &Actor::system(),
                    "console",
                    "account.first_link",
                    &id.to_string(),
                ),
            )
            .await?;
        tx.commit().await?;
        self.checkpoint(&entry);
        Ok(Some(FirstLink(link)))
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
                id: Uuid::now_v7(),
                login,
                name: name.clone(),
                state: AccountState::Active,
                password_hash: None,
                totp_sealed: None,
                totp_step: 0,
                demo: true,
                created_at: now,
                changed_at: now,
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
        let entry = self
            .note_in(
                &mut tx.conn(),
                done(by, origin, action, &account.id.to_string()),
            )
            .await?;
        tx.commit().await?;
        self.checkpoint(&entry);
        self.known().invalidate_all();
        Ok(())
    }

    async fn account_by_id(&self, id: Uuid) -> Result<Account> {
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

fn missing(id: Uuid) -> Error {
    Error::NotFound(format!("account {id}"))
}

fn done<'a>(actor: &'a Actor, origin: &'a str, action: &'a str, subject: &'a str) -> Noted<'a> {
    Noted {
        actor,
        origin,
        action,
        subject,
        purpose: "",
        outcome: AuditOutcome::Done,
    }
}

/// Stores a grant: active at once by the command line, and while no security administrator can approve.
async fn propose(
    conn: &mut Conn<'_>,
    by: &Actor,
    account: Uuid,
    grant: Grant,
    now: DateTime<Utc>,
) -> Result<GrantState> {
    use crate::domain::ActorKind;
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

async fn link(
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
