//! What the redraw screen is told, and what it asks.
//!
//! Units and areas are numbers local to one data version, in the order of the sheet's columns.

use crate::districting::redraw::{AreaState, DrawnAnew, Redraw, Suggestion, Totals};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Everything needed to edit a plan: units, edges, areas, the baseline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RedrawSheet {
    /// The plan.
    pub plan_id: Uuid,
    /// Its version.
    pub plan_version: i64,
    /// Its street.
    pub street: String,
    /// Its state.
    pub state: String,
    /// Whether strokes are taken.
    pub editable: bool,
    /// Strokes that the sheet holds.
    pub edit_seq: i64,
    /// Fingerprint of units, households, zones and ways: the same while these are.
    pub units_digest: String,
    /// The plan in force, if it is another one: the baseline of changes.
    pub baseline_plan_id: Option<Uuid>,
    /// Data version that the unit numbers belong to.
    pub data_version: u64,
    /// When the data were read.
    pub as_of: DateTime<Utc>,
    /// The rules.
    pub rules: RedrawRules,
    /// Units as columns; a unit's number is its place.
    pub units: RedrawUnits,
    /// Compounds that `units.compound` refers to.
    pub compounds: Vec<Uuid>,
    /// Their names.
    pub compound_names: Vec<String>,
    /// Codes of the statutory grids that `units.grid` refers to.
    pub grids: Vec<String>,
    /// Zone of every part (a part is a piece of a zone inside which areas are made).
    pub zone_of_part: Vec<u32>,
    /// Parts made by a unit heavier than an area may be.
    pub heavy_part: Vec<bool>,
    /// Pairs of units one can walk between.
    pub edges: Vec<[u32; 2]>,
    /// Areas; an area is its place in this list everywhere below.
    pub areas: Vec<RedrawArea>,
    /// People who are in post in the street's compounds or sit on a seat of the plan.
    pub people: Vec<RedrawPerson>,
    /// Area of every unit; -1 = none.
    pub area_of: Vec<i64>,
    /// Area of every unit in the baseline, as the number of its heir; -1 = none, an unused number = no heir.
    pub baseline: Vec<i64>,
    /// Areas of the plan in force.
    pub baseline_areas: Vec<BaselineArea>,
    /// Area of every unit in the plan in force, as an index into `baseline_areas`; -1 = none.
    pub baseline_of: Vec<i64>,
}

/// An area of the plan being edited.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RedrawArea {
    /// Identity.
    pub id: Uuid,
    /// Number within the plan.
    pub number: u32,
    /// Name.
    pub name: String,
    /// Colour by number, 0 to 5.
    pub colour: u8,
    /// Nobody may leave or enter it.
    pub locked: bool,
    /// The community that it lies in.
    pub community: String,
}

/// Somebody who can sit on a seat.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RedrawPerson {
    /// The appointment.
    pub appointment: Uuid,
    /// Name.
    pub name: String,
    /// `full_time` or `part_time`.
    pub kind: String,
    /// The compound they are appointed for.
    pub compound: Option<String>,
    /// In post today; who is not may still sit on a seat, but serves nobody.
    pub active: bool,
    /// Where they sit; -1 = on no seat.
    pub area: i64,
}

/// An area of the plan in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BaselineArea {
    /// Identity.
    pub id: Uuid,
    /// Number.
    pub number: u32,
    /// Name.
    pub name: String,
    /// Who serves it.
    pub keepers: Vec<String>,
}

/// The rules of the figures.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RedrawRules {
    /// Households an area should have.
    pub target_households: u32,
    /// What areas are balanced by: `households`, or `visits` that they ask for in a month.
    pub weigh_by: String,
    /// What an area should weigh: households, or the visits that as many ordinary households of the street ask for.
    pub target_load: u32,
    /// Tolerance in basis points of the zone's mean.
    pub band_bp: u32,
    /// Seats of an ordinary area.
    pub keepers_per_area: u32,
    /// Load per keeper, for the seats of heavy areas.
    pub load_per_keeper: u32,
    /// Whether compounds should stay whole.
    pub compounds_count: bool,
}

/// Columns of the units.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RedrawUnits {
    /// Identity of building or compound.
    pub id: Vec<Uuid>,
    /// Whether the unit is a compound without known buildings; else it is a building.
    pub is_compound: Vec<bool>,
    /// Feature in the tiles of its layer, of this data version.
    pub feature: Vec<u32>,
    /// Compound and building name.
    pub name: Vec<String>,
    /// The building's own name.
    pub own_name: Vec<String>,
    /// Index into `grids`; -1 = none.
    pub grid: Vec<i64>,
    /// Households; unknown counts as 0.
    pub households: Vec<u32>,
    /// Visits a month that they ask for, counts of fewer than five shared out among their neighbours.
    pub visits: Vec<u32>,
    /// Longitude of the middle, degrees WGS 84.
    pub lon: Vec<f64>,
    /// Latitude.
    pub lat: Vec<f64>,
    /// Index into `compounds`; -1 = none.
    pub compound: Vec<i64>,
    /// Zone.
    pub zone: Vec<u32>,
    /// Part.
    pub part: Vec<u32>,
    /// Heavier than an area may be.
    pub heavy: Vec<bool>,
    /// May not change its area.
    pub locked: Vec<bool>,
}

/// A question about the plan with some changes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedrawAsk {
    /// Data version of the unit numbers; another one is refused.
    pub data_version: Option<u64>,
    /// Version of the plan; another one is refused.
    pub plan_version: Option<i64>,
    /// Changes against the stored plan: `[unit, area]`; area -1 = none, the next unused number = a new area.
    #[serde(default)]
    pub changes: Vec<[i64; 2]>,
    /// The page's own areas in its own order; areas that the stored plan does not have are new. With `area_of`.
    pub areas_order: Option<Vec<Uuid>>,
    /// The page's whole assignment: for every unit a place in `areas_order`, -1 = none. Instead of `changes`.
    pub area_of: Option<Vec<i64>>,
    /// Areas that nobody may leave or enter.
    #[serde(default)]
    pub locked_areas: Vec<u32>,
    /// Areas to balance anew; those that the changes touch when absent.
    pub areas: Option<Vec<u32>>,
    /// Take in neighbouring areas, up to eight in all (true when absent).
    pub neighbours: Option<bool>,
    /// Seed of the search.
    pub seed: Option<u64>,
    /// What one household changing keeper costs, in thousandths of a basis point of deviation.
    pub price: Option<u32>,
    /// Suggestions wanted, at most 50 (5 when absent).
    pub limit: Option<u32>,
    /// Drawing anew: how even is even enough, from 0 (within the band, when absent) to 100 (1 %).
    pub even: Option<u8>,
    /// Drawing anew: how much balance gives way to compactness, 0 (when absent) to 100.
    pub compact: Option<u8>,
    /// Drawing anew: how dear a household that changes its area is, 0 (when absent) to 100.
    pub few: Option<u8>,
}

/// Figures of one area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RedrawAreaState {
    /// Number.
    pub area: u32,
    /// Households.
    pub households: u64,
    /// What areas are balanced by: households, or visits a month.
    pub load: u64,
    /// Units.
    pub units: u32,
    /// Keepers it needs.
    pub seats: u32,
    /// Mean load of its part per pair of keepers, in thousandths.
    pub target_milli: u64,
    /// (load per pair - mean) / mean, basis points.
    pub deviation_bp: i32,
    /// Outside the tolerance.
    pub out_of_band: bool,
    /// Connected pieces.
    pub pieces: u32,
    /// Some units lie in another zone.
    pub crosses_zones: bool,
}

impl From<AreaState> for RedrawAreaState {
    fn from(state: AreaState) -> Self {
        Self {
            area: state.area,
            households: state.households,
            load: state.load,
            units: state.units,
            seats: state.seats,
            target_milli: state.target_milli,
            deviation_bp: state.deviation_bp,
            out_of_band: state.out_of_band,
            pieces: state.pieces,
            crosses_zones: state.crosses_zones,
        }
    }
}

/// Figures of the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RedrawTotals {
    /// Areas in use.
    pub areas: u32,
    /// Worst deviation, basis points.
    pub worst_deviation_bp: u32,
    /// Areas outside the tolerance.
    pub out_of_band: u32,
    /// Areas in several pieces.
    pub disconnected: u32,
    /// Units without an area.
    pub unassigned_units: u32,
    /// Their households.
    pub unassigned_households: u64,
    /// Households whose area is not the heir of the baseline's.
    pub changed_households: u64,
}

impl From<Totals> for RedrawTotals {
    fn from(totals: Totals) -> Self {
        Self {
            areas: totals.areas,
            worst_deviation_bp: totals.worst_deviation_bp,
            out_of_band: totals.out_of_band,
            disconnected: totals.disconnected,
            unassigned_units: totals.unassigned_units,
            unassigned_households: totals.unassigned_households,
            changed_households: totals.changed_households,
        }
    }
}

/// Figures of some areas and of the whole.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RedrawFigures {
    /// The areas asked for or touched.
    pub areas: Vec<RedrawAreaState>,
    /// The whole.
    pub totals: RedrawTotals,
    /// Data version.
    pub data_version: u64,
}

impl RedrawFigures {
    /// Of these areas (numbers that are none are left out).
    pub(super) fn of(redraw: &Redraw, areas: &[u32], data_version: u64) -> Self {
        let states = areas.iter().filter_map(|&area| redraw.area(area));
        Self {
            areas: states.map(RedrawAreaState::from).collect(),
            totals: redraw.totals().into(),
            data_version,
        }
    }
}

/// Moves as `[unit, area]`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(transparent)]
pub struct RedrawMoves(pub Vec<[u32; 2]>);

impl RedrawMoves {
    pub(super) fn of(moves: &[(u32, u32)]) -> Self {
        Self(moves.iter().map(|&(unit, area)| [unit, area]).collect())
    }
}

/// Moves that are proposed, with figures before and after.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Proposal {
    /// The moves; none when nothing better was found.
    pub moves: RedrawMoves,
    /// Areas that took part.
    pub areas: Vec<u32>,
    /// Figures with the changes of the question.
    pub before: RedrawFigures,
    /// Figures with the proposed moves on top.
    pub after: RedrawFigures,
}

/// The whole plan drawn anew in one way.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlternativeView {
    /// `most_balanced`, `most_compact` or `fewest_changes`.
    pub kind: &'static str,
    /// Worst deviation, basis points.
    pub worst_deviation_bp: u32,
    /// Mean of the absolute deviations of ordinary areas, basis points; absent without one.
    pub mean_deviation_bp: Option<u32>,
    /// Areas outside the tolerance.
    pub out_of_band: u32,
    /// √(Σ households · distance² from the middle of the area ÷ households), metres.
    pub rms_radius_m: f64,
    /// Households whose area is not the heir of the baseline's.
    pub changed_households: u64,
    /// The moves that lead to it.
    pub moves: RedrawMoves,
}

impl AlternativeView {
    pub(super) fn of(way: &DrawnAnew, drawn: &Redraw) -> Self {
        let totals = drawn.totals();
        Self {
            kind: way.alternative.name(),
            worst_deviation_bp: totals.worst_deviation_bp,
            mean_deviation_bp: drawn.mean_deviation_bp(),
            out_of_band: totals.out_of_band,
            rms_radius_m: f64::from(way.rms_radius_dm) / 10.0,
            changed_households: totals.changed_households,
            moves: RedrawMoves::of(&way.moves),
        }
    }

    /// How ways of one kind are compared, less is better: within the band first, then what the kind is best at.
    pub(super) fn rank(&self) -> (u32, u64, u64) {
        let radius_dm = (self.rms_radius_m * 10.0).round() as u64;
        let worst = u64::from(self.worst_deviation_bp);
        let mean = u64::from(self.mean_deviation_bp.unwrap_or(0));
        let aim = match self.kind {
            "most_compact" => (radius_dm, worst),
            "fewest_changes" => (self.changed_households, worst),
            _ => (worst, mean),
        };
        (self.out_of_band, aim.0, aim.1)
    }
}

/// News of a plan being drawn anew; the name is the event's.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AlternativesEvent {
    /// A search is under way.
    Progress {
        /// The way that is sought.
        kind: &'static str,
        /// Searches done …
        done: u32,
        /// … of so many.
        steps: u32,
        /// Worst deviation that it has so far, basis points; absent while it is only divided.
        worst_deviation_bp: Option<u32>,
    },
    /// A way was found, or a better one of its kind.
    Found(AlternativeView),
    /// All is searched.
    Done,
}

impl AlternativesEvent {
    /// Stable identifier.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Progress { .. } => "progress",
            Self::Found(_) => "found",
            Self::Done => "done",
        }
    }
}

/// A move worth making.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SuggestionView {
    /// Units.
    pub units: Vec<u32>,
    /// Their area; -1 = none.
    pub from: i64,
    /// Where they go.
    pub to: u32,
    /// Deviation won less the price of changed households, in thousandths of a basis point.
    pub gain: i64,
    /// Deviation of the first area before and after, basis points.
    pub from_bp: [i32; 2],
    /// Deviation of the second area before and after, basis points.
    pub to_bp: [i32; 2],
    /// Households that change keeper by it; negative if they return.
    pub changed_households: i64,
}

impl From<Suggestion> for SuggestionView {
    fn from(suggestion: Suggestion) -> Self {
        Self {
            from: super::signed(suggestion.from),
            units: suggestion.units,
            to: suggestion.to,
            gain: suggestion.gain,
            from_bp: suggestion.from_bp,
            to_bp: suggestion.to_bp,
            changed_households: suggestion.changed_households,
        }
    }
}

/// The best next moves, best first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SuggestionsView {
    /// The moves.
    pub items: Vec<SuggestionView>,
    /// Data version.
    pub data_version: u64,
}

/// A unit that changes its area, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangeView {
    /// Identity.
    pub id: Uuid,
    /// building or compound.
    pub kind: String,
    /// Compound and building name.
    pub name: String,
    /// Households.
    pub households: u32,
    /// Its area in the plan in force.
    pub from: Option<String>,
    /// Its area in this plan.
    pub to: Option<String>,
    /// Stable identifier of the reason.
    pub reason_code: String,
    /// The reason, in Chinese.
    pub reason_zh: String,
    /// The reason, in English.
    pub reason_en: String,
}

/// All units that change their area against the plan in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangesView {
    /// The plan.
    pub plan_id: Uuid,
    /// The plan in force.
    pub baseline_plan_id: Uuid,
    /// Households that change keeper.
    pub changed_households: u64,
    /// Units in all.
    pub units: u64,
    /// Units that change.
    pub total: u64,
    /// They, in the order of the sheet.
    pub items: Vec<ChangeView>,
    /// When the data were read.
    pub as_of: DateTime<Utc>,
    /// Data version.
    pub data_version: u64,
}

/// Where an area lies.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OutlineView {
    /// The area, in the numbers of the question.
    pub area: u32,
    /// GeoJSON MultiPolygon, degrees WGS 84.
    pub outline: serde_json::Value,
}

/// Display outlines.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OutlinesView {
    /// They.
    pub items: Vec<OutlineView>,
    /// Data version.
    pub data_version: u64,
}
