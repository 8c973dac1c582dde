//! Balanced areas from anybody's files, without a database: what `gridkeeper balance` does.
//!
//! Files in (`tables`, `instance_json`, `shapes`; `keepers`, `zone_counts`), [`Instance`], the districting engine, a
//! report and drawings out.
//! Invariant: a file that is wrong anywhere yields no plan, and every wrong row is named (the first twenty).

mod drawing;
mod frontier;
mod infeasible;
mod instance_json;
mod keepers;
mod merging;
mod problems;
mod report;
mod shapes;
mod sheet;
mod tables;
mod zone_counts;

pub use drawing::{MOST_UNITS, frontier_chart, map};
pub use frontier::{Frontier, frontier};
pub use instance_json::read_instance;
pub use keepers::{KeeperReport, KeeperRow, read_keepers, reserve, seat};
pub use merging::MergeProposal;
pub use report::{AreaReport, Infeasible, Report, ZoneReport};
pub use shapes::{ShapeOptions, read_shapes};
pub use tables::read_tables;
pub use zone_counts::read_zone_counts;

use super::error::{Error, Result};
use super::paced::Paced;
use crate::crs::Crs;
use crate::districting::{
    self, Alternative, Edge, Outcome, Progress, Settings, Unit, UnitGraph, Wishes,
};
use crate::spatial::LocalFrame;
use std::collections::BTreeMap;
use std::io::Write;

/// Units and edges as the engine wants them, with the names of the files.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Where it comes from, for the report.
    pub source: String,
    /// Id of every unit, unique.
    pub ids: Vec<String>,
    /// Name of every zone number; empty = one zone.
    pub zones: Vec<String>,
    /// Name of every current area's number.
    pub current_areas: Vec<String>,
    /// Households of every unit as in the file; `units` hold the load, which weights and reserves may raise.
    pub counted: Vec<u32>,
    /// Units, in the order of the file; their households are the load.
    pub units: Vec<Unit>,
    /// Edges within zones.
    pub edges: Vec<Edge>,
    /// Edges of the file between two zones (lower number first), left out: no area crosses a zone.
    pub crossings: BTreeMap<(u32, u32), usize>,
    /// How longitude and latitude became metres, if the units came so.
    pub frame: Option<(LocalFrame, Crs)>,
    /// What the file itself asks for: number of areas, least and most households.
    pub asks: Asks,
}

/// What an instance file asks for, used where the command line says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asks {
    /// Number of areas.
    pub areas: Option<u32>,
    /// Households that an area should have.
    pub target: Option<u32>,
    /// Least and most households of an area.
    pub limits: Option<(u64, u64)>,
}

impl Instance {
    /// Load of all units: households, unless weighted.
    pub fn load(&self) -> u64 {
        self.units.iter().map(|u| u64::from(u.households)).sum()
    }

    /// Name of a zone.
    pub fn zone_name(&self, zone: u32) -> String {
        let name = self.zones.get(zone as usize);
        let name = name.filter(|name| !name.is_empty()).cloned();
        name.unwrap_or_else(|| "1".to_owned())
    }

    /// Edges between zones that were left out.
    pub fn edges_between_zones(&self) -> usize {
        self.crossings.values().sum()
    }

    /// Leaves out edges between zones and counts them.
    fn without_crossings(mut self) -> Self {
        let units = &self.units;
        let crossings = &mut self.crossings;
        self.edges.retain(|edge| {
            let [a, b] = [edge.a, edge.b].map(|unit| units[unit as usize].zone);
            if a != b {
                *crossings.entry((a.min(b), a.max(b))).or_default() += 1;
            }
            a == b
        });
        self
    }
}

/// A plan with its report.
#[derive(Debug)]
pub struct Answer {
    /// The plan and its figures.
    pub outcome: Outcome,
    /// What is said about it.
    pub report: Report,
}

/// Divides an instance.
///
/// # Errors
/// `Invalid` for a graph the engine refuses. Limits that are not kept are no error: the report says so. A cancelled
/// run answers with its best plan so far.
pub fn balance(
    instance: &Instance,
    settings: &Settings,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Answer> {
    let graph = graph_of(instance)?;
    let outcome = districting::balance(&graph, settings, seed, &Paced::new(progress));
    let report = report::report(instance, settings, seed, &outcome);
    Ok(Answer { outcome, report })
}

fn graph_of(instance: &Instance) -> Result<UnitGraph> {
    UnitGraph::new(instance.units.clone(), instance.edges.clone())
        .map_err(|error| Error::bilingual("graph_invalid", &error))
}

/// Most balanced, most compact, and (where every unit has a current area) fewest changes, by name.
///
/// # Errors
/// As [`balance`].
pub fn alternatives(
    instance: &Instance,
    settings: &Settings,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<(&'static str, Answer)>> {
    let graph = graph_of(instance)?;
    let wishes = Wishes::default();
    let answer = |alternative: Alternative| {
        let own = alternative.settings(settings, wishes);
        let paced = Paced::new(progress);
        let outcome = alternative.draw(&graph, (settings, wishes), seed, &paced);
        let report = report::report(instance, &own, seed, &outcome);
        (alternative.name(), Answer { outcome, report })
    };
    Ok(Alternative::of(&graph).map(answer).collect())
}

/// Writes a plan as CSV: `id,area`, areas from 1.
///
/// # Errors
/// Of the writer.
pub fn write_plan(instance: &Instance, outcome: &Outcome, to: impl Write) -> std::io::Result<()> {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(["id", "area"])?;
    for (id, area) in instance.ids.iter().zip(&outcome.area_of) {
        csv.write_record([id.as_str(), &(area + 1).to_string()])?;
    }
    csv.flush()
}
