//! Signing in and out, and who a request comes from.
//!
//! The server keeps sessions; a browser has a random token. Invariant: every attempt to sign in runs argon2 exactly
//! once and is answered alike, whether there is such an account or not.

use super::super::Services;
use super::super::audit::Noted;
use super::super::error::{Error, Result};
use super::super::keys::{token, token_hash};
use super::throttle::TRIES;
use super::views::{DemoAccountView, SecondFactorView, SessionView};
use super::{Asker, Proof, passwords};
use crate::domain::access::{Grant, GrantState, Grants, Role, Scope};
use crate::domain::{Account, AccountState, Actor, AuditOutcome, GrantRow, Session};
use chrono::{DateTime, Duration, Utc};
use std::sync::Arc;
use totp_rs::{Algorithm, TOTP};

/// How long a known session or token is believed without asking the database. Changes made by this process count at
/// once; this is for those of another one, such as `gridkeeper user disable`.
pub(crate) const BELIEVED_S: u64 = 5;
/// How exactly the last use of a session is noted.
const SEEN_EVERY_S: i64 = 60;
/// Purpose of the signature in the cookie of a known browser.
const DEVICE: &str = "known browser";
/// Field name of sealed second factors.
pub(crate) const TOTP_FIELD: &str = "account.totp";

/// What is typed to sign in.
#[derive(Debug, Clone, Default)]
pub struct SignIn {
    /// Login.
    pub login: String,
    /// Password; not needed for an account of the demo.
    pub password: String,
    /// Code of the second factor, where there is one.
    pub code: Option<String>,
    /// From where.
    pub origin: String,
    /// Cookie of a browser that signed in before.
    pub device: Option<String>,
}

/// Somebody is in.
#[derive(Debug)]
pub struct SignedIn {
    /// Goes into the session cookie.
    pub token: String,
    /// Goes into the long-lived cookie that tells a known browser from a stranger's.
    pub device: String,
    /// What the page needs.
    pub view: SessionView,
}

/// What is remembered of a session or token for some seconds.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    asker: Arc<Asker>,
    ends: DateTime<Utc>,
}

/// The one answer to every attempt that fails.
fn refused() -> Error {
    Error::Unauthorized {
        code: "sign_in_failed",
        zh: "账号或密码不对。忘记密码请找系统管理员重置".into(),
        en: "the account or the password is wrong; a system administrator can reset it".into(),
    }
}

impl Services {
    /// Signs somebody in.
    ///
    /// # Errors
    /// `Unauthorized`, the same for every reason; `second_factor_required` after the right password; `TooMany`.
    pub async fn sign_in(&self, ask: SignIn) -> Result<SignedIn> {
        let now = self.now();
        let login = Account::fold(&ask.login).unwrap_or_default();
        let known_browser = ask
            .device
            .as_deref()
            .filter(|cookie| self.is_known_browser(cookie, &login));
        let key = match known_browser {
            Some(cookie) => format!("browser:{}", token_hash(cookie)),
            None => format!("account:{login}"),
        };
        let too_many = |wait_s| Error::TooMany { wait_s };
        let throttle = self.throttle();
        let address = format!("address:{}", ask.origin);
        let of_address = self.config().security.failures_of_address as usize;
        throttle.take(&address, of_address, now).map_err(too_many)?;
        throttle.take(&key, TRIES, now).map_err(too_many)?;

        let found = {
            let mut lease = self.store().read().await?;
            lease.conn().account_by_login(&login).await?
        };
        let able = found
            .as_ref()
            .filter(|account| account.state == AccountState::Active);
        let demo = able.is_some_and(|account| account.demo) && self.is_demo();
        let hash = able.and_then(|account| account.password_hash.clone());
        let password = ask.password.clone();
        let right = self
            .argon(move || passwords::fits(&password, hash.as_deref()))
            .await?;
        let Some(account) = able.filter(|_| right || demo).cloned() else {
            let who = found.map_or_else(Actor::visitor, |account| {
                Actor::account(account.id, &account.name)
            });
            self.note_sign_in(&who, &ask.origin, AuditOutcome::Denied)
                .await?;
            return Err(refused());
        };
        let account = self
            .second_factor(account, ask.code.as_deref(), now, &ask.origin)
            .await?;
        throttle.forget(&key);
        throttle.give_back(&address);
        let device = match known_browser {
            Some(cookie) => cookie.to_owned(),
            None => {
                let random = token();
                let signature = self.keys().sign(DEVICE, &format!("{random}:{login}"));
                format!("{random}.{signature}")
            }
        };
        let (token, view) = self.session_begin(&account, &ask.origin, now).await?;
        let who = Actor::account(account.id, &account.name);
        self.note_sign_in(&who, &ask.origin, AuditOutcome::Done)
            .await?;
        Ok(SignedIn {
            token,
            device,
            view,
        })
    }

    /// Begins a session; the browser's former one is of no use any more.
    pub(super) async fn session_begin(
        &self,
        account: &Account,
        origin: &str,
        now: DateTime<Utc>,
    ) -> Result<(String, SessionView)> {
        let security = &self.config().security;
        let token = token();
        let session = Session {
            token_hash: token_hash(&token),
            account: account.id,
            created_at: now,
            seen_at: now,
            expires_at: now + Duration::hours(i64::from(security.session_hours)),
            address: origin.to_owned(),
        };
        let mut tx = self.store().begin().await?;
        tx.conn().sessions_sweep(now).await?;
        tx.conn().session_insert(&session).await?;
        let grants = tx.conn().grant_list(Some(account.id)).await?;
        tx.commit().await?;
        let proof = Proof::Session(session.token_hash.clone());
        let asker = self.asker_of(account, &grants, proof, origin);
        let csrf = self.csrf(&session.token_hash);
        let view = SessionView::of(
            &asker,
            &self.picture(),
            Some(csrf),
            account.totp_sealed.is_some(),
        );
        Ok((token, view))
    }

    async fn note_sign_in(&self, who: &Actor, origin: &str, outcome: AuditOutcome) -> Result<()> {
        self.note(Noted {
            actor: who,
            origin,
            action: "session.begin",
            subject: &who.id.to_string(),
            purpose: "",
            outcome,
        })
        .await
    }

    /// Runs argon2 on a blocking thread; not more at once than there are processors.
    pub(super) async fn argon<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _turn = self.argon_turns().acquire().await;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Internal(format!("argon2: {error}")))
    }

    fn is_known_browser(&self, cookie: &str, login: &str) -> bool {
        cookie.split_once('.').is_some_and(|(random, signature)| {
            self.keys()
                .verify(DEVICE, &format!("{random}:{login}"), signature)
        })
    }

    /// Accounts of the demo, offered while the data are synthetic.
    ///
    /// # Errors
    /// The store's own.
    pub async fn demo_accounts(&self) -> Result<Vec<DemoAccountView>> {
        if !self.is_demo() {
            return Ok(Vec::new());
        }
        let mut lease = self.store().read().await?;
        let accounts = lease.conn().account_list().await?;
        let grants = lease.conn().grant_list(None).await?;
        let view = |account: &Account| {
            let grant = grants.iter().find(|row| row.account == account.id)?;
            Some(DemoAccountView {
                login: account.login.clone(),
                name: account.name.clone(),
                role: grant.grant.role.label_zh().to_owned(),
                role_word: grant.grant.role.to_string(),
            })
        };
        let mut views: Vec<DemoAccountView> = accounts
            .iter()
            .filter(|account| account.demo && account.state == AccountState::Active)
            .filter_map(view)
            .collect();
        // Who draws and who decides first; the rest in the order of the table of rights.
        let rank = |view: &DemoAccountView| {
            let role = view.role_word.parse::<Role>().unwrap_or(Role::Public);
            (!matches!(role, Role::GridAdmin | Role::StreetLeader), role)
        };
        views.sort_by_key(rank);
        Ok(views)
    }

    fn is_demo(&self) -> bool {
        self.picture().synthetic
    }

    /// The token that a change made by a session has to carry.
    pub fn csrf(&self, session: &str) -> String {
        self.keys().sign("csrf", session)[..32].to_owned()
    }

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

    fn asker_of(
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

    /// The session as the page needs it.
    ///
    /// # Errors
    /// The store's own.
    pub async fn session_view(&self, asker: &Asker) -> Result<SessionView> {
        let Proof::Session(hash) = &asker.proof else {
            return Ok(SessionView::of(asker, &self.picture(), None, false));
        };
        let mut lease = self.store().read().await?;
        let account = lease.conn().account_find(asker.actor.id.uuid()).await?;
        let second = account.is_some_and(|account| account.totp_sealed.is_some());
        Ok(SessionView::of(
            asker,
            &self.picture(),
            Some(self.csrf(hash)),
            second,
        ))
    }

    /// Ends the session of an asker, or with `everywhere` every session of the account.
    ///
    /// # Errors
    /// The store's own.
    pub async fn sign_out(&self, asker: &Asker, everywhere: bool) -> Result<()> {
        let Proof::Session(hash) = &asker.proof else {
            return Ok(());
        };
        let mut tx = self.store().begin().await?;
        if everywhere {
            tx.conn().sessions_end(asker.actor.id.uuid()).await?;
        } else {
            tx.conn().session_end(hash).await?;
        }
        let entry = self
            .note_in(
                &mut tx.conn(),
                Noted {
                    actor: &asker.actor,
                    origin: &asker.origin,
                    action: if everywhere {
                        "session.end_all"
                    } else {
                        "session.end"
                    },
                    subject: &asker.actor.id.to_string(),
                    purpose: "",
                    outcome: AuditOutcome::Done,
                },
            )
            .await?;
        tx.commit().await?;
        self.checkpoint(&entry);
        self.known().invalidate_all();
        Ok(())
    }

    /// A new password by somebody who knows the old one. Every session ends; a new one begins.
    ///
    /// # Errors
    /// `Unauthorized` for a wrong old password; `Invalid` for a weak new one.
    pub async fn password_change(&self, asker: &Asker, old: &str, new: &str) -> Result<SignedIn> {
        let now = self.now();
        self.throttle()
            .take(&format!("change:{}", asker.actor.id), TRIES, now)
            .map_err(|wait_s| Error::TooMany { wait_s })?;
        let mut account = self.account_of(asker).await?;
        let (typed, hash) = (old.to_owned(), account.password_hash.clone());
        let right = self
            .argon(move || passwords::fits(&typed, hash.as_deref()))
            .await?;
        if !right {
            return Err(Error::invalid(
                "old_password_wrong",
                "原密码不对",
                "the old password is wrong",
            ));
        }
        account.password_hash = Some(self.new_password(&account, new).await?);
        account.changed_at = now;
        self.account_change(&account, &asker.actor, &asker.origin, "account.password")
            .await?;
        let (token, view) = self
            .session_begin(&account, &asker.origin, self.now())
            .await?;
        Ok(SignedIn {
            token,
            device: String::new(),
            view,
        })
    }

    /// The hash of a new password that is good enough.
    pub(super) async fn new_password(&self, account: &Account, new: &str) -> Result<String> {
        passwords::check(new, &[&account.login, &account.name])?;
        let new = new.to_owned();
        self.argon(move || passwords::hash(&new)).await?
    }

    pub(super) async fn account_of(&self, asker: &Asker) -> Result<Account> {
        let mut lease = self.store().read().await?;
        lease
            .conn()
            .account_find(asker.actor.id.uuid())
            .await?
            .ok_or_else(|| Error::NotFound("account".into()))
    }

    /// Begins to set up a second factor: a secret that counts once its first code is typed.
    ///
    /// # Errors
    /// `Conflict` while fields are locked.
    pub async fn second_factor_begin(&self, asker: &Asker) -> Result<SecondFactorView> {
        let account = self.account_of(asker).await?;
        let secret: [u8; 20] = super::super::keys::random();
        let totp = totp(&secret, &account.login)?;
        let sealed = self.keys().seal(
            TOTP_FIELD,
            &account.id.to_string(),
            &totp.get_secret_base32(),
        )?;
        self.enrolling().insert(account.id, sealed);
        let url = totp.get_url();
        let qr_svg = qrcode::QrCode::new(url.as_bytes())
            .map(|code| {
                code.render::<qrcode::render::svg::Color<'_>>()
                    .min_dimensions(200, 200)
                    .build()
            })
            .map_err(|error| Error::Internal(format!("qr code: {error}")))?;
        Ok(SecondFactorView {
            secret: totp.get_secret_base32(),
            url,
            qr_svg,
        })
    }

    /// Switches the second factor on with its first code.
    ///
    /// # Errors
    /// `Invalid` when the code does not fit; `Conflict` when nothing was begun.
    pub async fn second_factor_confirm(&self, asker: &Asker, code: &str) -> Result<SignedIn> {
        let now = self.now();
        self.throttle()
            .take(&format!("change:{}", asker.actor.id), TRIES, now)
            .map_err(|wait_s| Error::TooMany { wait_s })?;
        let mut account = self.account_of(asker).await?;
        let sealed = self.enrolling().get(&account.id).ok_or_else(|| {
            Error::conflict(
                "second_factor_not_begun",
                "请先获取二维码（10 分钟内有效）",
                "ask for the QR code first; it holds for ten minutes",
            )
        })?;
        let step = self
            .code_step(&account, &sealed, code, now)?
            .ok_or_else(|| {
                Error::invalid(
                    "code_wrong",
                    "验证码不对，请核对手机时间",
                    "the code is wrong; check the clock of the phone",
                )
            })?;
        account.totp_sealed = Some(sealed);
        account.totp_step = step;
        account.changed_at = now;
        self.enrolling().invalidate(&account.id);
        self.account_change(
            &account,
            &asker.actor,
            &asker.origin,
            "account.second_factor",
        )
        .await?;
        let (token, view) = self
            .session_begin(&account, &asker.origin, self.now())
            .await?;
        Ok(SignedIn {
            token,
            device: String::new(),
            view,
        })
    }

    /// Asks for the code of an account that has a second factor. A code works once.
    async fn second_factor(
        &self,
        mut account: Account,
        code: Option<&str>,
        now: DateTime<Utc>,
        origin: &str,
    ) -> Result<Account> {
        let Some(sealed) = account.totp_sealed.clone() else {
            return Ok(account);
        };
        let Some(code) = code.filter(|code| !code.trim().is_empty()) else {
            return Err(Error::Unauthorized {
                code: "second_factor_required",
                zh: "请输入身份验证器上的 6 位数字".into(),
                en: "enter the six digits of the authenticator".into(),
            });
        };
        match self.code_step(&account, &sealed, code, now)? {
            Some(step) if step > account.totp_step => {
                account.totp_step = step;
                let mut tx = self.store().begin().await?;
                tx.conn().account_update(&account).await?;
                tx.commit().await?;
                Ok(account)
            }
            _ => {
                let who = Actor::account(account.id, &account.name);
                self.note_sign_in(&who, origin, AuditOutcome::Denied)
                    .await?;
                Err(Error::Unauthorized {
                    code: "second_factor_wrong",
                    zh: "验证码不对或已用过，请等下一个".into(),
                    en: "the code is wrong or was used; wait for the next one".into(),
                })
            }
        }
    }

    /// The time step whose code this is, now or one to either side (RFC 6238 §5.2).
    fn code_step(
        &self,
        account: &Account,
        sealed: &str,
        code: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<i64>> {
        use unicode_normalization::UnicodeNormalization;
        let secret = self
            .keys()
            .unseal(TOTP_FIELD, &account.id.to_string(), sealed)?;
        let secret = totp_rs::Secret::Encoded(secret)
            .to_bytes()
            .map_err(|error| Error::Internal(format!("second factor: {error:?}")))?;
        let totp = totp(&secret, &account.login)?;
        let typed: String = code.nfkc().filter(char::is_ascii_digit).collect();
        let step = now.timestamp() / 30;
        Ok((step - 1..=step + 1).find(|step| totp.generate((step * 30).max(0) as u64) == typed))
    }
}

fn totp(secret: &[u8], login: &str) -> Result<TOTP> {
    let account = login.replace(':', "_");
    TOTP::new(
        Algorithm::SHA1,
        6,
        1,
        30,
        secret.to_vec(),
        Some("Gridkeeper".to_owned()),
        account,
    )
    .map_err(|error| Error::Internal(format!("second factor: {error}")))
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
