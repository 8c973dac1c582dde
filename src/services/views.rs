//! What a reader is told: plain, serialisable answers of the use cases.
//!
//! Every figure carries as-of, scope and n; an empty denominator is `None`, shown as “—”.
//! Deviations and ratios are basis points (1500 = 15.00 %). Coordinates are [lon, lat], degrees, WGS 84.

use super::keys::Locked;
use crate::domain::Problem;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: u64,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
    /// When the data were read.
    pub as_of: DateTime<Utc>,
    /// The data version that the answer belongs to.
    pub data_version: u64,
}

impl<T> Page<T> {
    /// A page that holds the whole list, as of a picture.
    pub fn whole(items: Vec<T>, picture: &super::picture::Picture) -> Self {
        Self {
            total: items.len() as u64,
            items,
            next: None,
            as_of: picture.as_of,
            data_version: picture.version,
        }
    }
}

/// A name with its code.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Named {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// A name with its identity.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Identified {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: String,
}

/// The configured base map.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BaseMapView {
    /// `raster` or `pmtiles`.
    pub kind: String,
    /// URL template.
    pub url: String,
    /// Attribution.
    pub attribution: String,
    /// 审图号.
    pub approval_no: String,
}

/// The quota policy, with the rule that made the numbers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PolicyView {
    /// Keepers …
    pub keepers: u32,
    /// … for so many households.
    pub per_households: u32,
    /// Rounding rule.
    pub rule: String,
    /// Level at which an `area_*` rule rounds.
    pub round_at: String,
}

/// Defaults of a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SettingsView {
    /// Households of one pair.
    pub target_households: u32,
    /// Seats of an area.
    pub keepers_per_area: u32,
    /// Tolerance, basis points.
    pub band_bp: u32,
    /// Beyond it a deviation is bad, basis points.
    pub bad_bp: u32,
}

/// A street with its box.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StreetView {
    /// 12-digit code.
    pub code: String,
    /// Name.
    pub name: String,
    /// [west, south, east, north].
    pub bounds: Option<[f64; 4]>,
}

/// What the page needs first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MetaView {
    /// Product name.
    pub product: String,
    /// Version of the program.
    pub version: String,
    /// Data version.
    pub data_version: u64,
    /// Version of the tiles, the `v` of their addresses.
    pub tile_version: String,
    /// Whether the data are synthetic; then every surface says so.
    pub synthetic: bool,
    /// When the data were read.
    pub as_of: DateTime<Utc>,
    /// The configured base map.
    pub base_map: Option<BaseMapView>,
    /// 审图号 of our own map.
    pub map_approval_no: String,
    /// Storage coordinate system.
    pub crs: String,
    /// Box of everything.
    pub bounds: Option<[f64; 4]>,
    /// Quota policy.
    pub policy: PolicyView,
    /// Plan defaults.
    pub settings: SettingsView,
    /// Streets.
    pub streets: Vec<StreetView>,
    /// Why sensitive fields cannot be opened; absent when they can.
    pub fields_locked: Option<Locked>,
    /// What the atlas refuses to serve, for example after an edit by another program.
    #[schema(value_type = Vec<Object>)]
    pub data_problems: Vec<Problem>,
}

/// A coordinate system in a menu.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CrsView {
    /// Identifier that an import takes.
    pub id: String,
    /// Chinese label.
    pub label_zh: String,
    /// English label.
    pub label_en: String,
}

/// A region with its sums.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RegionView {
    /// 12-digit code.
    pub code: String,
    /// province, city, district, street, community.
    pub level: String,
    /// Name.
    pub name: String,
    /// Code of the region above.
    pub parent: Option<String>,
    /// Made because no real code was known.
    pub provisional: bool,
    /// [west, south, east, north].
    pub bounds: Option<[f64; 4]>,
    /// Compounds inside.
    pub compounds: u64,
    /// Buildings inside.
    pub buildings: u64,
    /// Known households, estimates included.
    pub households: u64,
    /// Of these, estimated.
    pub estimated_households: u64,
    /// Compounds whose households are unknown.
    pub households_unknown_compounds: u64,
    /// First day on which the code is valid.
    pub valid_from: Option<NaiveDate>,
    /// Last day on which the code is valid.
    pub valid_to: Option<NaiveDate>,
    /// The code that replaced this one.
    pub successor: Option<String>,
}

/// Required, in post, short.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CoverageView {
    /// 应配.
    pub required: u64,
    /// 在岗 (full time).
    pub in_post: u64,
    /// 缺口: Σ max(0, required − in post).
    pub short: u64,
    /// Σ min(required, in post) / Σ required; `None` when nothing is required.
    pub coverage_bp: Option<u32>,
    /// 兼职, beside the figure.
    pub part_time: u64,
    /// Compounds outside the ratio because their households are unknown.
    pub unknown_compounds: u64,
    /// Those of them that are counted on another basis than the policy asks for.
    pub other_basis_compounds: u64,
    /// Households that the figure rests on.
    pub households: u64,
    /// Day of the figure.
    pub as_of: NaiveDate,
    /// Code of the region.
    pub scope: String,
    /// Compounds that the figure rests on.
    pub n: u64,
    /// The rule in words.
    pub policy: String,
}

/// Coverage of one community.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommunityCoverage {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// The figures.
    #[serde(flatten)]
    pub coverage: CoverageView,
}

/// Coverage of one compound.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CompoundCoverage {
    /// Identity.
    pub id: Uuid,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Community code.
    pub community: String,
    /// Community name.
    pub community_name: String,
    /// Households, if known.
    pub households: Option<u32>,
    /// Basis of the count.
    pub basis: String,
    /// Whether it is an estimate.
    pub estimated: bool,
    /// 应配; `None` when households are unknown.
    pub required: Option<u32>,
    /// 在岗.
    pub in_post: u32,
    /// 兼职.
    pub part_time: u32,
    /// 缺口; `None` when households are unknown.
    pub short: Option<u32>,
    /// min(required, in post) / required.
    pub coverage_bp: Option<u32>,
    /// Where it is.
    pub centroid: Option<[f64; 2]>,
}

/// Coverage of a region at every level below it; the sums agree.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverageReport {
    /// The whole.
    pub total: CoverageView,
    /// Per community.
    pub communities: Vec<CommunityCoverage>,
    /// Per compound, largest shortage first.
    pub compounds: Vec<CompoundCoverage>,
    /// Data version.
    pub data_version: u64,
}

/// A keeper as the public sees one.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KeeperView {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Duty number, masked.
    pub duty_phone_masked: Option<String>,
    /// Duty number, for whoever agreed that it is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duty_phone: Option<String>,
    /// full_time or part_time.
    pub kind: String,
}

/// The area and keepers of a building.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaOfUnit {
    /// Identity of the area.
    pub id: Uuid,
    /// Number within the street.
    pub number: u32,
    /// Number as printed.
    pub label: String,
    /// Name.
    pub name: String,
    /// Seats.
    pub seats: u32,
    /// Who serves it.
    pub keepers: Vec<KeeperView>,
    /// Empty seats.
    pub vacancies: u32,
    /// What a resident reads when nobody is there.
    pub vacancy_text: Option<String>,
    /// The plan.
    pub plan_id: Uuid,
}

/// A compound.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CompoundView {
    /// Identity.
    pub id: Uuid,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Community.
    pub community: Named,
    /// Households, if known.
    pub households: Option<u32>,
    /// Basis.
    pub basis: String,
    /// Estimate?
    pub estimated: bool,
    /// As-of date of the count.
    pub as_of: Option<NaiveDate>,
    /// Source of the count.
    pub source: Option<String>,
    /// Buildings on the map.
    pub buildings: u64,
    /// Buildings as the source says.
    pub building_count: Option<u32>,
    /// Property company.
    pub property_company: Option<String>,
    /// Where it is.
    pub centroid: Option<[f64; 2]>,
    /// Staffing.
    pub coverage: Option<CompoundCoverage>,
    /// Its areas in the plan in force (several when it is split).
    pub areas: Vec<AreaOfUnit>,
}

/// A building.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BuildingView {
    /// Identity.
    pub id: Uuid,
    /// Code.
    pub code: String,
    /// Name (7幢).
    pub name: String,
    /// Compound.
    pub compound: Option<Identified>,
    /// Community.
    pub community: Named,
    /// Grid code.
    pub grid: Option<String>,
    /// Households, if known.
    pub households: Option<u32>,
    /// Basis.
    pub basis: String,
    /// Estimate?
    pub estimated: bool,
    /// Storeys.
    pub floors: Option<u32>,
    /// Height in metres.
    pub height_m: Option<f64>,
    /// As-of date of the count.
    pub as_of: Option<NaiveDate>,
    /// Source of the count.
    pub source: Option<String>,
    /// Its area in the plan in force.
    pub area: Option<AreaOfUnit>,
}

/// What lies at a point.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LocatedView {
    /// Building under the point.
    pub building: Option<Identified>,
    /// Compound.
    pub compound: Option<Identified>,
    /// Grid code.
    pub grid: Option<String>,
    /// Community.
    pub community: Option<Named>,
    /// Area and keepers.
    pub area: Option<AreaOfUnit>,
    /// Nearest building within 300 m.
    pub nearest_building: Option<NearestView>,
}

/// The nearest building.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NearestView {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Distance in metres.
    pub distance_m: f64,
}

/// One search result.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SearchHit {
    /// compound, building, community, housekeeper, area.
    pub kind: String,
    /// Identity or code.
    pub id: String,
    /// Name.
    pub name: String,
    /// Where it belongs.
    pub hint: String,
    /// Where it is.
    pub point: Option<[f64; 2]>,
    /// Rank.
    pub score: f64,
}

/// Figures of a plan.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlanFigures {
    /// Areas.
    pub areas: u64,
    /// Seats.
    pub seats: u64,
    /// Households.
    pub households: u64,
    /// Of these, estimated.
    pub estimated_households: u64,
    /// Visits a month that they ask for; absent where they were not counted or are not told.
    pub visits: Option<u64>,
    /// Units with households whose tiers nobody noted: each household counts as one visit a month.
    pub untiered: u64,
    /// Largest absolute deviation from the zone's own mean; heavy units apart.
    pub worst_deviation_bp: Option<i64>,
    /// Areas outside the band, heavy units apart.
    pub out_of_band: u64,
    /// Areas of a unit that cannot be divided.
    pub heavy: u64,
    /// Units without an area.
    pub unassigned: u64,
    /// Areas in pieces, attachments of isolated units counted as edges.
    pub disconnected: u64,
    /// Areas in pieces without these attachments.
    pub disconnected_without_attachments: u64,
    /// Units that only an attachment connects.
    pub isolated: u64,
    /// Households whose keeper changes against the plan in force.
    pub changed_households: Option<u64>,
    /// Achieved worst deviation minus the best bound proved.
    pub excess_bp: Option<i64>,
}

/// A plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanView {
    /// Identity.
    pub id: Uuid,
    /// Street code.
    pub street: String,
    /// Street name.
    pub street_name: String,
    /// Name.
    pub name: String,
    /// State (`in_force` and `superseded` follow from dates and the clock).
    pub state: String,
    /// States it may go to now.
    pub next_states: Vec<String>,
    /// Version, for optimistic locking.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: String,
    /// From when it is in force.
    pub effective_at: Option<DateTime<Utc>>,
    /// Seed.
    pub seed: u64,
    /// Settings, enough to reproduce it.
    #[schema(value_type = Object)]
    pub settings: serde_json::Value,
    /// Data version that it was made from.
    pub data_version: u64,
    /// The data changed since.
    pub stale: bool,
    /// Figures.
    pub figures: PlanFigures,
    /// Last reason given.
    pub note: Option<String>,
}

/// The three honest numbers of one zone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ZoneView {
    /// Number.
    pub zone: u32,
    /// Community code.
    pub community: String,
    /// Community name.
    pub community_name: String,
    /// Households; where the plan weighs visits, visits a month.
    pub households: u64,
    /// Areas.
    pub areas: u32,
    /// Forced: |W/k − T| / T.
    pub forced_bp: u32,
    /// Achieved: largest deviation from the zone's own mean.
    pub achieved_bp: u32,
    /// Proved lower bound of the achievable.
    pub bound_bp: u32,
}

/// A compound cut by building.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SplitView {
    /// Compound.
    pub compound: Uuid,
    /// Name.
    pub name: String,
    /// Into so many areas.
    pub pieces: u32,
    /// Why, in Chinese.
    pub reason_zh: String,
    /// Why, in English.
    pub reason_en: String,
}

/// A plan with its explanation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanDetail {
    /// The plan.
    #[serde(flatten)]
    pub plan: PlanView,
    /// Per zone.
    pub zones: Vec<ZoneView>,
    /// Compounds that are cut.
    pub splits: Vec<SplitView>,
    /// What is wrong or worth knowing.
    #[schema(value_type = Vec<Object>)]
    pub problems: Vec<Problem>,
}

/// A patrol area.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaView {
    /// Identity.
    pub id: Uuid,
    /// Number within the street.
    pub number: u32,
    /// Number as printed.
    pub label: String,
    /// Code (community + P + 3 digits).
    pub code: String,
    /// Name.
    pub name: String,
    /// Community code.
    pub community: String,
    /// Community name.
    pub community_name: String,
    /// Zone.
    pub zone: u32,
    /// Colour index, 0 to 5.
    pub colour: u8,
    /// Households; absent where they are not told, as what follows from them.
    pub households: Option<u64>,
    /// Of these, estimated.
    pub estimated_households: Option<u64>,
    /// Visits a month that they ask for; absent where they were not counted or are not told.
    pub visits: Option<u64>,
    /// Seats.
    pub seats: u32,
    /// Seats with a keeper.
    pub filled: u32,
    /// Keepers.
    pub keepers: Vec<KeeperView>,
    /// The zone's own mean per pair of seats, in what the plan weighs by.
    pub target: Option<f64>,
    /// (load − target) / target, per pair of seats.
    pub deviation_bp: Option<i64>,
    /// (load − setting) / setting; never coloured.
    pub off_target_bp: Option<i64>,
    /// Outside the band (never for a heavy unit).
    pub out_of_band: bool,
    /// A unit that cannot be divided.
    pub heavy: bool,
    /// Units.
    pub units: u64,
    /// Names of its compounds.
    pub compounds: Vec<String>,
    /// Connected pieces.
    pub pieces: u32,
    /// A point inside.
    pub centroid: Option<[f64; 2]>,
    /// [west, south, east, north].
    pub bounds: Option<[f64; 4]>,
    /// Polsby–Popper, 0 to 1.
    pub compactness: Option<f64>,
}

/// A row of an area's building list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitRow {
    /// Identity.
    pub id: Uuid,
    /// building or compound.
    pub kind: String,
    /// Compound and building name.
    pub name: String,
    /// Households, if known.
    pub households: Option<u32>,
    /// Estimate?
    pub estimated: bool,
}

/// An area with its outline and units.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaDetail {
    /// The area.
    #[serde(flatten)]
    pub area: AreaView,
    /// GeoJSON MultiPolygon.
    #[schema(value_type = Object)]
    pub outline: serde_json::Value,
    /// Its units.
    pub buildings: Vec<UnitRow>,
}
