//! JSON shapes of the map of gaps.

use super::super::quota_policies::QuotaPolicyView;
use super::super::views::CoverageView;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What is asked: which reasons with which limits, and which compounds are listed.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct GapQuery {
    /// Days without a visit that are still well; 14 by default.
    pub unvisited_days: Option<u32>,
    /// Minutes on foot that are still well, 1 to 30; 10 by default.
    pub too_far_minutes: Option<u32>,
    /// Which reasons are looked for, by comma: `unassigned,unstaffed,unvisited,too_far`; all when absent.
    pub reasons: Option<String>,
    /// At the pace of old people: 45 m a minute instead of 60.
    pub elder: bool,
    /// Only compounds whose coverage is below so many basis points.
    pub coverage_below_bp: Option<u32>,
    /// Only compounds with more than so many households.
    pub households_above: Option<u32>,
}

/// The limits behind an answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GapSettings {
    /// Reasons that were looked for.
    pub reasons: Vec<String>,
    /// Days without a visit that are still well.
    pub unvisited_days: u32,
    /// Minutes on foot that are still well.
    pub too_far_minutes: u32,
    /// Metres a minute on foot.
    pub walking_m_per_min: u32,
    /// Minutes of the accessibility.
    pub access_minutes: u32,
    /// Whether any visit is recorded; without, nobody is called unvisited.
    pub visits_recorded: bool,
    /// Where a keeper's way begins: `building`, `compound` for those who do not read the roster, `mixed` for those who
    /// read a part of it.
    pub homes: String,
    /// Keepers in post, in the whole database, whose home is known in that way.
    pub homes_known: u32,
    /// Keepers in post whose home is not: what they serve is never called too far.
    pub homes_unknown: u32,
    /// Only compounds below this coverage are listed.
    pub coverage_below_bp: Option<u32>,
    /// Only compounds with more households are listed.
    pub households_above: Option<u32>,
}

/// What has one reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReasonTotal {
    /// Compounds that show this reason.
    pub compounds: u64,
    /// Buildings that have it.
    pub buildings: u64,
    /// Households not served for it, of those known.
    pub households: u64,
    /// Buildings that have it and whose households are unknown.
    pub unknown_buildings: u64,
}

/// The four reasons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReasonTotals {
    /// 未划片.
    pub unassigned: ReasonTotal,
    /// 缺人.
    pub unstaffed: ReasonTotal,
    /// 久未巡.
    pub unvisited: ReasonTotal,
    /// 太远.
    pub too_far: ReasonTotal,
}

/// Households not served, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReasonHouseholds {
    /// 未划片.
    pub unassigned: u64,
    /// 缺人.
    pub unstaffed: u64,
    /// 久未巡.
    pub unvisited: u64,
    /// 太远.
    pub too_far: u64,
}

/// A sentence in two languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sentence {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A compound on the map of gaps.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct GapItem {
    /// Identity.
    pub id: Uuid,
    /// Code; empty without one.
    pub code: String,
    /// Name.
    pub name: String,
    /// Code of its community.
    pub community: String,
    /// Name of its community.
    pub community_name: String,
    /// Households; `None` when not known.
    pub households: Option<u32>,
    /// Whether they are an estimate.
    pub estimated: bool,
    /// 应配; `None` when households are not known.
    pub required: Option<u32>,
    /// 在岗 (full time).
    pub in_post: u32,
    /// 兼职.
    pub part_time: u32,
    /// Keepers that count by the policy.
    pub counted: u32,
    /// 缺口; `None` when households are not known.
    pub short: Option<u32>,
    /// min(counted, required) / required, basis points; `None` when nothing is required.
    pub coverage_bp: Option<u32>,
    /// Households beyond what those that count can serve; `None` when households are not known.
    pub uncovered_households: Option<u32>,
    /// The reason with most households; absent when all is well.
    pub reason: Option<String>,
    /// Households not served by reason; one reason a building.
    pub reason_households: ReasonHouseholds,
    /// Households not served, for whichever reason.
    pub gap_households: u64,
    /// Buildings with a reason whose households are unknown.
    pub unknown_buildings: u32,
    /// 0 below 10 % of the households not served, 1 below 30 %, 2 below 60 %, 3 below 90 %, else 4; `None` when
    /// households are not known: hatched.
    pub level: Option<u8>,
    /// Keepers per 500 households within the minutes of the settings on foot, in thousandths, mean over households;
    /// `None` where no home is known.
    pub accessibility_milli: Option<u64>,
    /// Whole minutes on foot from the farthest building to a keeper who serves it; `None` where a home is not known.
    pub minutes: Option<u32>,
    /// Some building is farther than 30 minutes.
    pub beyond: bool,
    /// Most days since the last visit of a building; `None` without a visit.
    pub days_since_visit: Option<u32>,
    /// What is the matter.
    pub sentence: Sentence,
    /// [lon, lat].
    pub centroid: Option<[f64; 2]>,
}

/// The map of gaps of a region.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GapsView {
    /// The day.
    pub as_of: NaiveDate,
    /// Code of the region.
    pub scope: String,
    /// Name of the region.
    pub scope_name: String,
    /// Compounds with known households.
    pub n: u64,
    /// The policy that holds for the region.
    pub policy: QuotaPolicyView,
    /// Limits and filters.
    pub settings: GapSettings,
    /// Data version.
    pub data_version: u64,
    /// Required, in post, short of the region.
    pub coverage: CoverageView,
    /// By reason, all compounds of the region whatever is listed.
    pub totals: ReasonTotals,
    /// Households not served, for whichever reason.
    pub gap_households: u64,
    /// Compounds whose households are unknown: outside every ratio.
    pub unknown_compounds: u64,
    /// Compounds, the most households not served first.
    pub items: Vec<GapItem>,
}

/// A building on the map of gaps.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GapBuilding {
    /// The building, or the compound where its buildings are not known.
    pub id: Uuid,
    /// Its compound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compound: Option<Uuid>,
    /// The reason; absent when all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whole minutes on foot to a keeper who serves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// Days since the last visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_since_visit: Option<u32>,
}

/// The buildings of a region.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GapBuildings {
    /// The day.
    pub as_of: NaiveDate,
    /// Code of the region.
    pub scope: String,
    /// Limits.
    pub settings: GapSettings,
    /// Data version.
    pub data_version: u64,
    /// Buildings, in no order.
    pub items: Vec<GapBuilding>,
}

/// How many posts, under which limits.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct BestPostsQuery {
    /// Posts, 1 to 200; 1 by default.
    pub n: Option<u32>,
    /// Minutes on foot within which a post serves, 1 to 30; 10 by default.
    pub too_far_minutes: Option<u32>,
    /// At the pace of old people.
    pub elder: bool,
}

/// A post that would help.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BestPost {
    /// The compound that it belongs to.
    pub compound: Uuid,
    /// Its name.
    pub compound_name: String,
    /// The building in the middle of it; absent where buildings are not known.
    pub building: Option<Uuid>,
    /// [lon, lat].
    pub point: [f64; 2],
    /// Households that it serves and those before it do not.
    pub gain_households: u32,
    /// Why there.
    pub sentence: Sentence,
}

/// The best posts with everybody in post fixed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BestPostsView {
    /// The day.
    pub as_of: NaiveDate,
    /// Code of the region.
    pub scope: String,
    /// Compounds that lack keepers: where a post can be.
    pub n: u64,
    /// The policy that holds for the region.
    pub policy: QuotaPolicyView,
    /// Minutes on foot within which a post serves.
    pub too_far_minutes: u32,
    /// Data version.
    pub data_version: u64,
    /// The posts, the largest gain first.
    pub posts: Vec<BestPost>,
    /// Households that they serve together.
    pub total: u64,
    /// No set of as many posts serves more.
    pub upper_bound: u64,
    /// Whether no set of as many posts serves more than this one.
    pub proved: bool,
    /// `greedy`, `greedy_with_swaps` or `branch_and_bound`.
    pub method: String,
    /// What is certain, in words.
    pub guarantee: Sentence,
}

/// A post that somebody tries, on the map.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// [lon, lat].
    pub point: [f64; 2],
}

/// Posts that somebody tries.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PinsBody {
    /// At most 50; none: everything is as it is.
    pub pins: Vec<Pin>,
}

/// A pin and what it gains.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PinView {
    /// [lon, lat], as asked.
    pub point: [f64; 2],
    /// The building that it fell on; absent where buildings are not known.
    pub building: Option<Uuid>,
    /// The compound that the post belongs to.
    pub compound: Option<Uuid>,
    /// Its name.
    pub compound_name: String,
    /// The area that gets a keeper; absent without a plan.
    pub area: Option<String>,
    /// Households that it serves and the pins before it do not; 0 where the compound lacks nobody.
    pub gain_households: u32,
}

/// Sums before or after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhatIfTotals {
    /// 应配.
    pub required: u64,
    /// Keepers that count, the pins included.
    pub counted: u64,
    /// 缺口.
    pub short: u64,
    /// Coverage.
    pub coverage_bp: Option<u32>,
    /// Households beyond what those that count can serve.
    pub uncovered_households: u64,
    /// Households not served, for whichever reason.
    pub gap_households: u64,
    /// Households within the `access_minutes` of the settings of some keeper's home.
    pub reached_households: u64,
    /// By reason.
    pub reasons: ReasonTotals,
}

/// A compound that changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangedGap {
    /// As it is.
    pub before: GapItem,
    /// With the pins.
    pub after: GapItem,
}

/// What pins would change.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PostsWhatIf {
    /// The day.
    pub as_of: NaiveDate,
    /// Code of the region.
    pub scope: String,
    /// Compounds with known households.
    pub n: u64,
    /// Limits.
    pub settings: GapSettings,
    /// Data version.
    pub data_version: u64,
    /// The pins, in the order asked.
    pub pins: Vec<PinView>,
    /// As it is.
    pub before: WhatIfTotals,
    /// With the pins.
    pub after: WhatIfTotals,
    /// Compounds that change.
    pub changed: Vec<ChangedGap>,
}
