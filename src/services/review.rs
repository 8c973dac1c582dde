//! What a reviewer reads: the checks of a plan with their weight in its street, and who did what with it.

use super::Services;
use super::error::{Error, Result};
use super::{plans, regions};
use crate::domain::{
    Actor, CheckLevel, CheckRules, NewEvent, PlanCheck, PlanId, RegionCode, RegionLevel,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// How much each check weighs in a street.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckRulesBody {
    /// `block`, `warn` or `off` by check; what is not named is as by default.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub levels: BTreeMap<PlanCheck, CheckLevel>,
}

impl From<&CheckRules> for CheckRulesBody {
    fn from(rules: &CheckRules) -> Self {
        let levels = PlanCheck::ALL.iter().map(|c| (*c, rules.level(*c)));
        Self {
            levels: levels.collect(),
        }
    }
}

/// One check of a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanCheckView {
    /// Which.
    pub check: String,
    /// `block`, `warn` or `off`.
    pub level: String,
    /// Units or areas or compounds that it found.
    pub n: u32,
}

/// The checks of a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanChecksView {
    /// The version of the plan that was looked at.
    pub plan_version: i64,
    /// Data version.
    pub data_version: u64,
    /// In the order in which they are shown.
    pub items: Vec<PlanCheckView>,
    /// Found things that keep the plan from being submitted.
    pub blocking: u32,
    /// Found things that must have been read.
    pub warnings: u32,
}

/// Something that was done with a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanEventView {
    /// When.
    pub at: DateTime<Utc>,
    /// Who, by name.
    pub by: String,
    /// What: `plan.in_review`, `plan.approved` and so on.
    pub kind: String,
    /// Why.
    pub reason: String,
}

/// What the guards read: counted outside the transaction, of one version of the plan.
pub(super) struct Checked {
    pub version: i64,
    pub counts: BTreeMap<PlanCheck, u32>,
}

impl Services {
    /// How much each check weighs in a street.
    ///
    /// # Errors
    /// `NotFound` street.
    pub async fn check_rules(&self, street: &str) -> Result<CheckRulesBody> {
        let street = self.known_street(street)?;
        let mut lease = self.store().read().await?;
        let rules = lease.conn().check_rules(street).await?;
        Ok(CheckRulesBody::from(&rules))
    }

    /// Sets it.
    ///
    /// # Errors
    /// `NotFound` street; `Invalid` when units without an area would no longer block.
    pub async fn check_rules_set(
        &self,
        actor: &Actor,
        street: &str,
        body: CheckRulesBody,
    ) -> Result<CheckRulesBody> {
        let street = self.known_street(street)?;
        let rules = CheckRules::of(body.levels).map_err(|check| {
            Error::invalid(
                "check_must_block",
                format!("“{}”必须阻止送审：每栋楼都要有片区", check.label_zh()),
                format!("`{check}` must block: every building needs an area"),
            )
        })?;
        let view = CheckRulesBody::from(&rules);
        let mut tx = self.store().begin().await?;
        tx.conn().check_rules_set(street, &rules).await?;
        tx.conn()
            .event_append(&NewEvent {
                district_code: street.district_code(),
                at: self.now(),
                actor: actor.id.to_string(),
                kind: "checks.set".to_owned(),
                subject: street.to_string(),
                payload: serde_json::json!({ "levels": view.levels, "by": actor.name }),
            })
            .await?;
        tx.commit().await?;
        self.reload().await?;
        Ok(view)
    }

    /// The checks of a plan as its street weighs them, every stroke included.
    ///
    /// # Errors
    /// `NotFound` plan.
    pub async fn plan_checks(&self, plan: Uuid) -> Result<PlanChecksView> {
        let checked = self.checked(PlanId::new(plan)).await?;
        let picture = self.picture();
        let street = plans::find(&picture, plan)?.plan.street;
        let mut lease = self.store().read().await?;
        let rules = lease.conn().check_rules(street).await?;
        let sum = |level| checked.of_level(&rules, level).map(|(_, n)| n).sum();
        Ok(PlanChecksView {
            plan_version: checked.version,
            data_version: picture.version,
            blocking: sum(CheckLevel::Block),
            warnings: sum(CheckLevel::Warn),
            items: PlanCheck::ALL
                .iter()
                .map(|check| PlanCheckView {
                    check: check.to_string(),
                    level: rules.level(*check).to_string(),
                    n: checked.counts.get(check).copied().unwrap_or(0),
                })
                .collect(),
        })
    }

    /// Who did what with a plan, oldest first.
    ///
    /// # Errors
    /// `NotFound` plan.
    pub async fn plan_history(&self, plan: Uuid) -> Result<Vec<PlanEventView>> {
        let stored = self.plan_stored(plan).await?;
        let district = stored.street.district_code();
        let mut lease = self.store().read().await?;
        let events = lease
            .conn()
            .event_list_of(district, &plan.to_string())
            .await?;
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
        Ok(events
            .into_iter()
            // Every stroke is in the log of edits: here they would bury the steps.
            .filter(|event| event.kind.starts_with("plan.") && event.kind != "plan.edited")
            .map(|event| PlanEventView {
                at: event.at,
                by: text(&event.payload["by"]),
                kind: event.kind,
                reason: text(&event.payload["reason"]),
            })
            .collect())
    }

    /// Counts the checks of a plan; its strokes are settled first.
    pub(super) async fn checked(&self, plan: PlanId) -> Result<Checked> {
        self.settle(plan).await?;
        if self.picture().plan(plan).is_none() {
            self.reload().await?;
        }
        let version = plans::find(&self.picture(), plan.uuid())?.plan.version;
        let opened = self.redraw_open(plan.uuid()).await?;
        let counts = opened.check_counts()?;
        Ok(Checked { version, counts })
    }

    fn known_street(&self, street: &str) -> Result<RegionCode> {
        let code = regions::require(&self.picture(), street)?;
        (code.level() == RegionLevel::Street)
            .then_some(code)
            .ok_or_else(|| Error::NotFound(format!("street {street}")))
    }
}

impl Checked {
    /// What the checks of a level found; never 0.
    pub(super) fn of_level<'a>(
        &'a self,
        rules: &'a CheckRules,
        level: CheckLevel,
    ) -> impl Iterator<Item = (PlanCheck, u32)> + 'a {
        self.counts
            .iter()
            .map(|(check, n)| (*check, *n))
            .filter(move |(check, n)| *n > 0 && rules.level(*check) == level)
    }
}
