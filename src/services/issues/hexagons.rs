//! Heat by H3 hexagons: for places that nobody drew compounds in.
//!
//! Invariant: households are those of buildings whose centroid lies in the cell; issues without a point are in no
//! cell, their number stands beside.

use super::heatmap::{Filters, HeatPlace, HeatView, assemble};
use super::query::{Ground, Period};
use super::telling::Telling;
use crate::heat::{Counts, Resolution, Tally, hexagon_households, hexagon_outline};
use geo::{Centroid, CoordsIter};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Cells of a tenth of a square kilometre, about as large as a compound.
pub const RESOLUTION: Resolution = Resolution::Nine;

/// The heatmap by cells that have issues or buildings.
pub(super) fn view(
    ground: &Ground<'_>,
    filters: &Filters,
    period: Period,
    how: Telling,
) -> HeatView {
    let columns = &ground.ledger.columns;
    let hexes = ground.ledger.hexagons();
    // A cell may hold one building: for readers without the right to its households there is no rate.
    let seen = |at: usize| {
        let place = ground.picture.place_of_building(at);
        ground.sight.figures_at(&place) && ground.sight.counts_at(&place)
    };
    let buildings = ground.picture.buildings.iter().enumerate();
    let households = hexagon_households(
        buildings
            .filter(|(at, _)| seen(*at))
            .filter_map(|(_, building)| {
                let middle = building.footprint.centroid()?;
                Some(([middle.x(), middle.y()], building.households.count))
            }),
        RESOLUTION,
    );
    // What is overdue may be older than the period.
    let asked = [&filters.now, &filters.before, &filters.overdue];
    let with_issues = asked.map(|filter| hexes.count(&filter.select(columns)).by);
    let cells: BTreeSet<_> = (households.keys())
        .chain(with_issues.iter().flat_map(BTreeMap::keys))
        .copied()
        .collect();
    let rows = cells
        .iter()
        .enumerate()
        .map(|(at, cell)| {
            let outline = hexagon_outline(*cell);
            let middle = outline.centroid();
            let known = households.get(cell).and_then(|sum| sum.known);
            let place = HeatPlace {
                id: cell.to_string(),
                name: cell.to_string(),
                households: known.map(u64::from),
                counted: true,
                middle: middle.map(|middle| [middle.x(), middle.y()]),
            };
            (place, Some(at))
        })
        .collect();
    let counted = filters.counted(columns, |selection| {
        let counts = hexes.count(selection);
        let tally = |cell| Tally {
            n: counts.by.get(cell).copied().unwrap_or(0),
            without_point: 0,
        };
        Counts {
            by: cells.iter().map(tally).collect(),
            elsewhere: Tally {
                n: counts.without_point,
                without_point: counts.without_point,
            },
        }
    });
    let mut view = assemble(ground, period, "h3", rows, &counted, how);
    let outlines: HashMap<String, Vec<[f64; 2]>> = cells
        .iter()
        .map(|cell| {
            let ring = hexagon_outline(*cell);
            let ring = ring
                .exterior()
                .coords_iter()
                .map(|at| [at.x, at.y])
                .collect();
            (cell.to_string(), ring)
        })
        .collect();
    for row in &mut view.items {
        row.outline = outlines.get(&row.id).cloned();
    }
    view
}
