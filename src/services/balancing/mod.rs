//! Balanced areas from anybody's files, without a database: what `gridkeeper balance` does.
//!
//! Files in (`tables`, `instance_json`, `shapes`), [`Instance`], the districting engine, a report out.
//! Invariant: a file that is wrong anywhere yields no plan, and every wrong row is named (the first twenty).

mod drawing;
mod frontier;
mod infeasible;
mod instance_json;
mod problems;
mod report;
mod shapes;
mod tables;

pub use drawing::{MOST_UNITS, frontier_chart, map};
pub use frontier::{frontier, within};
pub use instance_json::read_instance;
pub use report::{AreaReport, Infeasible, Report, ZoneReport};
pub use shapes::{ShapeOptions, read_shapes};
pub use tables::read_tables;

use super::error::{Error, Result};
use super::paced::Paced;
use crate::districting::{self, Edge, Outcome, Progress, Settings, Unit, UnitGraph};
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
    /// Units, in the order of the file.
    pub units: Vec<Unit>,
    /// Edges within zones.
    pub edges: Vec<Edge>,
    /// Edges of the file between two zones, left out: no area crosses a zone.
    pub edges_between_zones: usize,
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
    /// Households of all units.
    pub fn households(&self) -> u64 {
        self.units.iter().map(|u| u64::from(u.households)).sum()
    }

    /// Leaves out edges between zones and counts them.
    fn without_crossings(mut self) -> Self {
        let units = &self.units;
        let before = self.edges.len();
        self.edges
            .retain(|edge| units[edge.a as usize].zone == units[edge.b as usize].zone);
        self.edges_between_zones = before - self.edges.len();
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
    let graph =
        UnitGraph::new(instance.units.clone(), instance.edges.clone()).map_err(|error| {
            let text = error.to_string();
            let (zh, en) = text.split_once(" / ").unwrap_or((&text, &text));
            Error::invalid("graph_invalid", zh, en)
        })?;
    let outcome = districting::balance(&graph, settings, seed, &Paced::new(progress));
    let report = report::report(instance, &graph, settings, seed, &outcome);
    Ok(Answer { outcome, report })
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
