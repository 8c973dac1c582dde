//! Planning: rows of a street → unit graph → districting → a draft with areas, outlines and keepers.
//!
//! `street_graph` makes the graph, `loads` says what units weigh, `assemble` makes the draft, `redrawn` the rows of a
//! plan edited by hand, `explain` says what a reader should know about it.
//! Pure but for ids, which come from the caller's clock. Storing the draft is `planning_jobs.rs`.

mod assemble;
mod explain;
mod loads;
mod redrawn;
mod street_graph;

pub(super) use assemble::{Tiling, sum_figures};
pub(super) use loads::Tiers;
pub(super) use redrawn::{Base, Drawn, redrawn};
pub(super) use street_graph::{
    StreetGraph, edges_of, graph_of, pieces, polygons, spatial_barriers, unit_id,
};

use super::paced::Paced;
use super::picture::Rows;
use crate::districting::{self, Progress};
use crate::domain::{
    Actor, AreaKeeper, Assignment, PatrolArea, Plan, PlanSettings, QuotaPolicy, RegionCode,
};
use chrono::{DateTime, NaiveDate, Utc};
use loads::Loads;
use street_graph::{engine_settings, unit_graph, units_of, walk};

/// A draft, ready to be stored.
#[derive(Debug)]
pub struct Draft {
    /// The plan.
    pub plan: Plan,
    /// Its areas.
    pub areas: Vec<PatrolArea>,
    /// Its assignments.
    pub assignments: Vec<Assignment>,
    /// Who serves which area.
    pub keepers: Vec<AreaKeeper>,
}

/// What a draft is made of.
pub struct Request<'a> {
    /// All rows.
    pub rows: &'a Rows,
    /// Households by tier, for the visits that they ask for.
    pub tiers: &'a Tiers,
    /// The street.
    pub street: RegionCode,
    /// Only this community is redrawn; the others keep the areas of the plan in force.
    pub only: Option<RegionCode>,
    /// Settings.
    pub settings: PlanSettings,
    /// Seed.
    pub seed: u64,
    /// Iterations per unit.
    pub effort: u64,
    /// The quota policy, for the seats of heavy units.
    pub policy: QuotaPolicy,
    /// Name; a default when empty.
    pub name: Option<String>,
    /// Who asks.
    pub actor: &'a Actor,
    /// Now.
    pub now: DateTime<Utc>,
    /// The day of staffing.
    pub today: NaiveDate,
}

impl<'a> Request<'a> {
    /// The request that made a stored plan, on the rows of now.
    fn of_stored(
        (rows, tiers): (&'a Rows, &'a Tiers),
        plan: &Plan,
        policy: QuotaPolicy,
        actor: &'a Actor,
    ) -> Self {
        Self {
            rows,
            tiers,
            street: plan.street,
            only: None,
            settings: plan.settings.clone(),
            seed: plan.seed,
            effort: 0,
            policy,
            name: None,
            actor,
            now: plan.created_at,
            today: plan.created_at.date_naive(),
        }
    }
}

/// Why no draft was made.
#[derive(Debug, thiserror::Error)]
pub enum PlanningError {
    /// Somebody stopped it.
    #[error("cancelled")]
    Cancelled,
    /// There is nothing to plan.
    #[error("{0} has neither buildings nor compounds")]
    Empty(RegionCode),
    /// The graph does not fit the engine; a defect.
    #[error("unit graph: {0}")]
    Graph(String),
}

/// Makes a draft of one street.
///
/// # Errors
/// See [`PlanningError`]; nothing was stored.
pub fn draft(request: &Request<'_>, progress: &dyn Progress) -> Result<Draft, PlanningError> {
    let loads = Loads::of(request);
    let units = units_of(request, &loads);
    if units.is_empty() {
        return Err(PlanningError::Empty(request.street));
    }
    let walkable = walk(request, &units);
    let graph = unit_graph(&units, &walkable)?;
    let settings = engine_settings(request, &loads);
    let outcome = districting::balance(&graph, &settings, request.seed, &Paced::new(progress));
    if outcome.cancelled {
        return Err(PlanningError::Cancelled);
    }
    Ok(assemble::assemble(request, &units, &walkable, &outcome))
}
