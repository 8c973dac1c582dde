//! The second factor: a code of an authenticator, RFC 6238 with steps of 30 s.
//!
//! Invariant: a code works once, and its secret is stored sealed.

use super::super::Services;
use super::super::error::{Error, Result};
use super::Asker;
use super::sessions::SignedIn;
use super::throttle::TRIES;
use super::views::SecondFactorView;
use crate::domain::{Account, Actor, AuditOutcome};
use chrono::{DateTime, Utc};
use totp_rs::{Algorithm, TOTP};

/// Field name of sealed second factors.
pub(crate) const TOTP_FIELD: &str = "account.totp";

impl Services {
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
    pub(super) async fn second_factor(
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
