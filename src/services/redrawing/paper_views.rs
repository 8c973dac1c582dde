//! What the print pages are told. Places are metres (x east, y north) around the middle of their sheet.

use super::Comparison;
use crate::services::paper_ground::PaperLine;
use crate::services::views::KeeperView;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Sheets of areas.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaperSheets {
    /// The plan.
    pub plan: PaperPlan,
    /// By number.
    pub areas: Vec<PaperArea>,
}

/// What stands at the edge of every sheet.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaperPlan {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// State.
    pub state: String,
    /// Version.
    pub version: i64,
    /// From when it is in force.
    pub effective_at: Option<DateTime<Utc>>,
    /// Street.
    pub street_name: String,
    /// Households per area that are aimed at.
    pub target_households: u32,
    /// Tolerance in basis points.
    pub band_bp: u32,
    /// What deviations and targets measure: `households` or `visits`.
    pub weigh_by: String,
    /// Units with households whose tiers nobody noted: each household counts as one visit a month.
    pub untiered: u32,
    /// The quota policy in words.
    pub policy: String,
    /// The day of the figures.
    pub as_of: NaiveDate,
    /// When the sheet was asked for.
    pub printed_at: DateTime<Utc>,
    /// Approval number of the map.
    pub approval_no: String,
    /// Whether the data are synthetic.
    pub synthetic: bool,
}

/// The sheet of one area.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaperArea {
    /// Identity.
    pub id: Uuid,
    /// Number.
    pub number: u32,
    /// Number as printed.
    pub label: String,
    /// Name.
    pub name: String,
    /// Colour by number.
    pub colour: u8,
    /// Community.
    pub community_name: String,
    /// Compounds in the order of the walk.
    pub compounds: Vec<String>,
    /// Households.
    pub households: u64,
    /// Households of these that are estimates.
    pub estimated_households: u64,
    /// Visits a month that they ask for.
    pub visits: u64,
    /// What it should weigh, households or visits: mean of its part per pair of keepers × its pairs.
    pub target: f64,
    /// (load per pair − mean) ÷ mean, basis points.
    pub deviation_bp: i32,
    /// Outside the tolerance.
    pub out_of_band: bool,
    /// Seats.
    pub seats: u32,
    /// Who serves it.
    pub keepers: Vec<KeeperView>,
    /// Outline, as rings.
    pub outline: Vec<Vec<[f64; 2]>>,
    /// West, south, east, north of what is drawn.
    pub extent: [f64; 4],
    /// Buildings in the order of the walk.
    pub buildings: Vec<PaperBuilding>,
    /// Other buildings around, as rings.
    pub neighbours: Vec<Vec<[f64; 2]>>,
    /// Roads and watercourses.
    pub lines: Vec<PaperLine>,
    /// Greens, water and roads that have a surface.
    pub surfaces: Vec<PaperLine>,
    /// Gates of its compounds.
    pub gates: Vec<PaperGate>,
    /// The gate where the walk begins.
    pub start: Option<[f64; 2]>,
    /// The line of the walk.
    pub route: Vec<[f64; 2]>,
    /// Its length in metres, from the first building to the last.
    pub route_m: u32,
}

/// A building, or a compound without buildings.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaperBuilding {
    /// Identity.
    pub id: Uuid,
    /// Compound; empty without one.
    pub compound: String,
    /// Own name.
    pub name: String,
    /// Households.
    pub households: u32,
    /// They are an estimate.
    pub estimated: bool,
    /// Storeys.
    pub floors: Option<u32>,
    /// Its middle.
    pub at: [f64; 2],
    /// Footprint, as rings; none when it is a point.
    pub rings: Vec<Vec<[f64; 2]>>,
}

/// A gate.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaperGate {
    /// Name.
    pub name: String,
    /// Where.
    pub at: [f64; 2],
}

/// The sheet for the meeting.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeetingSheet {
    /// The plan after.
    pub plan: PaperPlan,
    /// Areas before.
    pub before: Vec<MeetingArea>,
    /// Areas after.
    pub after: Vec<MeetingArea>,
    /// Units in the window.
    pub buildings: Vec<MeetingBuilding>,
    /// Roads and watercourses.
    pub lines: Vec<PaperLine>,
    /// Greens, water and roads that have a surface.
    pub surfaces: Vec<PaperLine>,
    /// West, south, east, north of what is drawn.
    pub extent: [f64; 4],
    /// Figures, areas, changes, hand-over.
    pub comparison: Comparison,
}

/// An area on a map of the meeting sheet.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeetingArea {
    /// Identity.
    pub id: Uuid,
    /// Number as printed.
    pub label: String,
    /// Colour by number.
    pub colour: u8,
    /// Outline, as rings.
    pub outline: Vec<Vec<[f64; 2]>>,
    /// Place for its number.
    pub tag: [f64; 2],
}

/// A unit on the maps of the meeting sheet.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeetingBuilding {
    /// Own name.
    pub name: String,
    /// Area before.
    pub before: Option<String>,
    /// Area after.
    pub after: Option<String>,
    /// It changes its area.
    pub changed: bool,
    /// Its middle.
    pub at: [f64; 2],
    /// Footprint, as rings.
    pub rings: Vec<Vec<[f64; 2]>>,
}
