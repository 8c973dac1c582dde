//! JSON shapes of quota policies.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A policy that somebody wants to hold.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuotaPolicyBody {
    /// Where: 12-digit code of a region.
    pub region: String,
    /// Keepers …
    pub keepers: u32,
    /// … for so many households.
    pub per_households: u32,
    /// `area_ratio`, `area_floor`, `area_ceil`, `unit_ceil` or `unit_pairs`.
    pub rule: String,
    /// Level at which an `area_*` rule rounds the total: `street` and so on.
    pub round_at: String,
    /// Which households are meant: `registered`, `resident`, `dwellings`, `occupied`; absent: whichever are stored.
    /// Compounds counted on another basis are then unknown.
    pub basis: Option<String>,
    /// Whether part-time keepers count.
    #[serde(default)]
    pub part_time_counts: bool,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; absent: until another one follows.
    pub valid_to: Option<NaiveDate>,
}

/// What a policy would require, before it is saved.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyWhatIfBody {
    /// Keepers …
    pub keepers: u32,
    /// … for so many households.
    pub per_households: u32,
    /// The rule.
    pub rule: String,
    /// Level at which an `area_*` rule rounds the total.
    pub round_at: String,
    /// Which households are meant; absent: whichever are stored.
    pub basis: Option<String>,
    /// Whether part-time keepers count.
    #[serde(default)]
    pub part_time_counts: bool,
    /// First day; today when absent.
    pub valid_from: Option<NaiveDate>,
}

/// A stored policy.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuotaPolicyView {
    /// Identity; absent for the one of the settings, which holds where nothing else does.
    pub id: Option<Uuid>,
    /// Where; absent for the one of the settings.
    pub region: Option<String>,
    /// Name of the region.
    pub region_name: String,
    /// Keepers …
    pub keepers: u32,
    /// … for so many households.
    pub per_households: u32,
    /// The rule.
    pub rule: String,
    /// Level at which an `area_*` rule rounds the total.
    pub round_at: String,
    /// Which households are meant; absent: whichever are stored.
    pub basis: Option<String>,
    /// Whether part-time keepers count.
    pub part_time_counts: bool,
    /// Whether the rule can produce an odd total.
    pub can_be_odd: bool,
    /// First day; absent for the one of the settings.
    pub valid_from: Option<NaiveDate>,
    /// Last day.
    pub valid_to: Option<NaiveDate>,
    /// `default`, `past`, `in_force`, `future` or `withdrawn`, today.
    pub state: String,
    /// In words.
    pub words: String,
    /// Who made it.
    pub made_by: Option<String>,
    /// When.
    pub made_at: Option<DateTime<Utc>>,
}

/// All policies that concern whoever asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotaPolicyList {
    /// The day of the states.
    pub as_of: NaiveDate,
    /// What holds where nothing else does.
    pub default: QuotaPolicyView,
    /// Policies of all times, by region and first day.
    pub items: Vec<QuotaPolicyView>,
}

/// A policy that was saved.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotaPolicySaved {
    /// The policy.
    pub policy: QuotaPolicyView,
    /// The former policy of the region, which ends on the day before.
    pub ended: Option<QuotaPolicyView>,
}

/// Staffing of a region under one policy.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PolicySide {
    /// 应配.
    pub required: u64,
    /// 在岗 (full time).
    pub in_post: u64,
    /// 兼职.
    pub part_time: u64,
    /// Keepers that count by the policy.
    pub counted: u64,
    /// 缺口.
    pub short: u64,
    /// Σ min(required, counted) / Σ required; `None` when nothing is required.
    pub coverage_bp: Option<u32>,
    /// Households beyond what those that count can serve.
    pub uncovered_households: u64,
    /// Households that the figure rests on.
    pub households: u64,
    /// Compounds that the figure rests on.
    pub n: u64,
    /// Compounds whose households are unknown.
    pub unknown_compounds: u64,
    /// Those of them that are counted on another basis than the policy asks for.
    pub other_basis_compounds: u64,
    /// The rule in words.
    pub policy: String,
}

/// One region now and then.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyLevel {
    /// province, city, district, street, community.
    pub level: String,
    /// 12-digit code.
    pub code: String,
    /// Name.
    pub name: String,
    /// By the policy that holds today.
    pub now: PolicySide,
    /// By the policy that is tried, with today's keepers and households.
    pub then: PolicySide,
}

/// What a policy would require.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyWhatIf {
    /// The day of keepers and households.
    pub as_of: NaiveDate,
    /// First day of the policy that is tried.
    pub valid_from: NaiveDate,
    /// The region.
    pub scope: String,
    /// Data version.
    pub data_version: u64,
    /// Whether the rule can produce an odd total.
    pub can_be_odd: bool,
    /// The region first, then every region below it.
    pub levels: Vec<PolicyLevel>,
}
