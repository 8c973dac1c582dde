//! Settings that people change while the service runs, by scope: a street's code, or nothing for all.

use super::database::{Conn, on};
use super::error::Result;
use crate::domain::{CheckRules, PublicContact, RegionCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::types::Json;
use std::collections::HashMap;

const SETTING: &str =
    "SELECT value FROM setting WHERE district_code = $1 AND scope = $2 AND key = $3";
const SETTING_SET: &str = "INSERT INTO setting (district_code, scope, key, value) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (district_code, scope, key) DO UPDATE SET value = excluded.value";

const SETTING_REMOVE: &str =
    "DELETE FROM setting WHERE district_code = $1 AND scope = $2 AND key = $3";
const SETTINGS_OF: &str = "SELECT scope, value FROM setting WHERE key = $1";

/// Marks synthetic data.
const SYNTHETIC: &str = "synthetic";
/// Names the key that seals fields.
const KEY: &str = "key_fingerprint";
/// Where the audit log begins, once old entries were let go of.
const AUDIT_BASE: &str = "audit_base";
/// How much the checks of plans weigh in a street.
const CHECKS: &str = "checks";
/// Whom residents can reach, by region code or identity of a compound.
const PUBLIC_CONTACT: &str = "public_contact";

/// What a server keeps in memory beside the picture, and counts the changes of: another one on the same database sees
/// by the count that it has to read again. Events of the data have a count of their own (`Conn::data_version`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Issues.
    Issues,
    /// Categories, calendar, routing rules.
    Catalog,
    /// Visits and tiers.
    Visits,
}

impl Counted {
    const fn key(self) -> &'static str {
        match self {
            Self::Issues => "changes_issues",
            Self::Catalog => "changes_catalog",
            Self::Visits => "changes_visits",
        }
    }
}

impl Conn<'_> {
    /// How often something changed so far.
    pub async fn changes_of(&mut self, of: Counted) -> Result<i64> {
        Ok(self.setting(0, "", of.key()).await?.unwrap_or(0))
    }

    /// Counts a change; the writers of a database go one after another, so nothing is lost.
    pub async fn changes_count(&mut self, of: Counted) -> Result<i64> {
        let now = self.changes_of(of).await? + 1;
        self.setting_put(0, "", of.key(), &now).await?;
        Ok(now)
    }

    /// What is stored under a key; a value that another tool spoilt counts as none.
    async fn setting<T: DeserializeOwned>(
        &mut self,
        district_code: i32,
        scope: &str,
        key: &str,
    ) -> Result<Option<T>> {
        let value: Option<Json<Value>> = on!(self, |db| sqlx::query_scalar(SETTING)
            .bind(district_code)
            .bind(scope)
            .bind(key)
            .fetch_optional(db)
            .await)?;
        Ok(value.and_then(|value| serde_json::from_value(value.0).ok()))
    }

    async fn setting_put<T: Serialize + Sync>(
        &mut self,
        district_code: i32,
        scope: &str,
        key: &str,
        value: &T,
    ) -> Result<()> {
        on!(self, |db| sqlx::query(SETTING_SET)
            .bind(district_code)
            .bind(scope)
            .bind(key)
            .bind(Json(value))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Whether the data are synthetic.
    pub async fn is_synthetic(&mut self) -> Result<bool> {
        Ok(self.setting(0, "", SYNTHETIC).await?.unwrap_or(false))
    }

    /// Marks the data as synthetic, or not.
    pub async fn synthetic_set(&mut self, synthetic: bool) -> Result<()> {
        self.setting_put(0, "", SYNTHETIC, &synthetic).await
    }

    /// The key that sealed fields, by its fingerprint.
    pub async fn key_fingerprint(&mut self) -> Result<Option<String>> {
        self.setting(0, "", KEY).await
    }

    /// Binds the database to a key.
    pub async fn key_fingerprint_set(&mut self, fingerprint: &str) -> Result<()> {
        self.setting_put(0, "", KEY, &fingerprint).await
    }

    /// Where the audit log begins.
    pub async fn audit_base<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        self.setting(0, "", AUDIT_BASE).await
    }

    /// Notes where the audit log begins.
    pub async fn audit_base_set<T: Serialize + Sync>(&mut self, base: &T) -> Result<()> {
        self.setting_put(0, "", AUDIT_BASE, base).await
    }

    /// Data about issues: categories, calendar, rules.
    pub async fn issue_setting<T: DeserializeOwned>(&mut self, key: &str) -> Result<Option<T>> {
        self.setting(0, "", key).await
    }

    /// Writes them.
    pub async fn issue_setting_put<T: Serialize + Sync>(
        &mut self,
        key: &str,
        value: &T,
    ) -> Result<()> {
        self.setting_put(0, "", key, value).await
    }

    /// How much the checks of plans weigh in a street.
    pub async fn check_rules(&mut self, street: RegionCode) -> Result<CheckRules> {
        let set = self
            .setting(street.district_code(), &street.to_string(), CHECKS)
            .await?;
        Ok(set
            .and_then(|set| CheckRules::of(set).ok())
            .unwrap_or_default())
    }

    /// Writes it.
    pub async fn check_rules_set(&mut self, street: RegionCode, rules: &CheckRules) -> Result<()> {
        self.setting_put(street.district_code(), &street.to_string(), CHECKS, rules)
            .await
    }

    /// Whom residents can reach, by region code or identity of a compound; what another tool spoilt counts as none.
    pub async fn public_contact_list(&mut self) -> Result<HashMap<String, PublicContact>> {
        let rows: Vec<(String, Json<Value>)> = on!(self, |db| sqlx::query_as(SETTINGS_OF)
            .bind(PUBLIC_CONTACT)
            .fetch_all(db)
            .await)?;
        let read = |(scope, value): (String, Json<Value>)| {
            Some((scope, serde_json::from_value(value.0).ok()?))
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Removes one.
    pub async fn public_contact_remove(&mut self, district_code: i32, scope: &str) -> Result<()> {
        on!(self, |db| sqlx::query(SETTING_REMOVE)
            .bind(district_code)
            .bind(scope)
            .bind(PUBLIC_CONTACT)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Writes one.
    pub async fn public_contact_put(
        &mut self,
        district_code: i32,
        scope: &str,
        contact: &PublicContact,
    ) -> Result<()> {
        self.setting_put(district_code, scope, PUBLIC_CONTACT, contact)
            .await
    }
}
