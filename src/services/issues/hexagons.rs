//! Heat by H3 hexagons: for places that nobody drew compounds in.
//!
//! Invariant: households are those of buildings whose centroid lies in the cell; issues without a point are in no
//! cell, their number stands beside.

use super::heat_counts::Selections;
use super::heatmap::{HeatPlace, HeatView, assemble};
use super::query::{Ground, Period};
use super::telling::Telling;
use crate::domain::access::Place;
use crate::heat::{CellIndex, Counts, HexHouseholds, Tally, hexagon_outline};
use geo::{Centroid, CoordsIter};
use geo_types::Polygon;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The heatmap by cells that have issues or buildings.
pub(super) fn view(
    ground: &Ground<'_>,
    selections: &Selections,
    period: Period,
    how: Telling,
) -> HeatView {
    let hexes = ground.ledger.hexagons();
    // What is overdue may be older than the period.
    let asked = [&selections.now, &selections.before, &selections.overdue];
    let with_issues = asked.map(|selection| hexes.count(selection).by);
    let households = households(ground);
    let cells: BTreeSet<_> = (households.keys())
        .chain(with_issues.iter().flat_map(BTreeMap::keys))
        .copied()
        .collect();
    let outlines: Vec<Polygon<f64>> = cells.iter().map(|cell| hexagon_outline(*cell)).collect();
    let rows = cells
        .iter()
        .enumerate()
        .map(|(at, cell)| {
            let middle = outlines[at].centroid();
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
    let counted = selections.counted(|selection| {
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
        .zip(&outlines)
        .map(|(cell, outline)| {
            let ring = outline.exterior().coords_iter();
            (
                cell.to_string(),
                ring.map(|at| [at.x, at.y].map(to_decimetres)).collect(),
            )
        })
        .collect();
    for row in &mut view.items {
        row.outline = outlines.get(&row.id).cloned();
    }
    view
}

/// Households by cell, of the buildings that the reader may count.
fn households(ground: &Ground<'_>) -> BTreeMap<CellIndex, HexHouseholds> {
    let picture = ground.picture;
    // A cell may hold one building: for readers without the right to its households there is no rate.
    let seen = |place: &Place| ground.sight.figures_at(place) && ground.sight.counts_at(place);
    let of_compound: Vec<bool> = (0..picture.compounds.len())
        .map(|at| seen(&picture.place_of_compound(at)))
        .collect();
    picture.hexagons().households(|at| {
        let building = &picture.buildings[at];
        let compound = building.compound.and_then(|id| picture.compound_index(id));
        let counted = match compound {
            Some(compound) => of_compound[compound],
            None => seen(&picture.place_of_building(at)),
        };
        counted.then_some(building.households.count)
    })
}

/// Six digits behind the point: a decimetre, and half the bytes.
fn to_decimetres(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}
