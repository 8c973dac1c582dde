//! Signing in and out. Whom a request comes from is found in `askers.rs`.
//!
//! The server keeps sessions; a browser has a random token. Invariant: every attempt to sign in runs argon2 exactly
//! once and is answered alike, whether there is such an account or not.

use super::super::Services;
use super::super::audit::Noted;
use super::super::error::{Error, Result};
use super::super::keys::{token, token_hash};
use super::throttle::TRIES;
use super::views::{DemoAccountView, SessionView};
use super::{Asker, Proof, passwords};
use crate::domain::access::Role;
use crate::domain::{Account, AccountState, Actor, AuditOutcome, Session};
use chrono::{DateTime, Duration, Utc};

/// Purpose of the signature in the cookie of a known browser.
const DEVICE: &str = "known browser";

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

    pub(super) async fn note_sign_in(
        &self,
        who: &Actor,
        origin: &str,
        outcome: AuditOutcome,
    ) -> Result<()> {
        let subject = who.id.to_string();
        self.note(Noted::done(who, origin, "session.begin", &subject).ended(outcome))
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
        let action = if everywhere {
            "session.end_all"
        } else {
            "session.end"
        };
        let who = asker.actor.id.to_string();
        self.commit_noting(tx, asker.did(action, &who)).await?;
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
}
