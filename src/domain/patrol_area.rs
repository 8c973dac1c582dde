//! Patrol areas (责任片区) of a plan, the units assigned to them, and the keepers who serve them.
//!
//! Not statutory grids. Invariant: an area lies in one zone of one community; a unit has at most one area in a plan.

use geo_types::MultiPolygon;
use serde::{Deserialize, Serialize};

use super::{
    AppointmentId, AreaId, BuildingId, CompoundId, PlanId, RegionCode, StairwellId, WeighBy,
};

/// One patrol area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PatrolArea {
    /// Identity.
    pub id: AreaId,
    /// The plan.
    pub plan: PlanId,
    /// Number within the plan, from 1; the map shows it with two digits at least.
    pub number: u32,
    /// Code: community12 + `P` + 3 digits, never re-used.
    pub code: String,
    /// Name.
    pub name: String,
    /// The community that it lies in.
    pub community: RegionCode,
    /// The districting zone that it lies in.
    pub zone: u32,
    /// Housekeepers that it needs.
    pub seats: u32,
    /// Households, estimates included.
    pub households: u32,
    /// Households of these that are estimates.
    pub estimated_households: u32,
    /// Visits a month that they ask for; `None` where they were not counted or are not told.
    pub visits: Option<u32>,
    /// Units assigned.
    pub units: u32,
    /// Connected pieces of the display outline.
    pub pieces: u32,
    /// (load per seat − zone mean per seat) ÷ zone mean, in basis points.
    pub deviation_bp: i32,
    /// The same against the target of the settings; a second column, never used for colour.
    pub off_target_bp: i32,
    /// Zone mean of an ordinary area: the target that `deviation_bp` refers to, in what the plan weighs by.
    pub target: u32,
    /// Whether the deviation lies outside the band.
    pub out_of_band: bool,
    /// Whether the area is one unit heavier than the upper limit.
    pub heavy: bool,
    /// The area that it was copied from or continues: who is served by both keeps the keeper.
    pub origin: Option<AreaId>,
    /// Nobody may leave or enter it while the plan is edited.
    pub locked: bool,
    /// Colour index 0–5, neighbours differ.
    pub colour: u8,
    /// Polsby–Popper compactness, 0–1; `None` without an outline.
    pub compactness: Option<f64>,
    /// Display outline, (lon, lat) degrees WGS 84; areas tile their zone.
    pub outline: Option<MultiPolygon<f64>>,
}

impl PatrolArea {
    /// What its plan weighs.
    pub fn load(&self, by: WeighBy) -> u64 {
        u64::from(match by {
            WeighBy::Households => self.households,
            WeighBy::Visits => self.visits.unwrap_or(self.households),
        })
    }

    /// The number as the map shows it: `07`.
    pub fn label(&self) -> String {
        format!("{:02}", self.number)
    }
}

/// What a plan assigns: a building, a compound without known buildings, or a stairwell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Unit {
    /// A building.
    Building(BuildingId),
    /// A compound whose buildings are not known.
    Compound(CompoundId),
    /// A stairwell of a building heavier than an area.
    Stairwell(StairwellId),
}

/// A unit and its area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Assignment {
    /// The unit.
    pub unit: Unit,
    /// The area.
    pub area: AreaId,
}

/// A keeper, by appointment, on a seat of an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AreaKeeper {
    /// The plan.
    pub plan: PlanId,
    /// The area.
    pub area: AreaId,
    /// The appointment.
    pub appointment: AppointmentId,
}
