//! Settings that people change while the service runs, by scope: a street's code, or nothing for all.

use super::database::{Conn, on};
use super::error::Result;
use crate::domain::{CheckRules, RegionCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::types::Json;

const SETTING: &str =
    "SELECT value FROM setting WHERE district_code = $1 AND scope = $2 AND key = $3";
const SETTING_SET: &str = "INSERT INTO setting (district_code, scope, key, value) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (district_code, scope, key) DO UPDATE SET value = excluded.value";

/// Marks synthetic data.
const SYNTHETIC: &str = "synthetic";
/// Names of the people who share this computer.
const PROFILES: &str = "profiles";
/// How much the checks of plans weigh in a street.
const CHECKS: &str = "checks";

impl Conn<'_> {
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

    /// Names of the people who share this computer, the operator of the settings apart.
    pub async fn profile_names(&mut self) -> Result<Vec<String>> {
        Ok(self.setting(0, "", PROFILES).await?.unwrap_or_default())
    }

    /// Writes these names.
    pub async fn profile_names_set(&mut self, names: &[String]) -> Result<()> {
        self.setting_put(0, "", PROFILES, &names).await
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
}
