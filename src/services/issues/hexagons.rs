//! Heat by H3 hexagons: for places that nobody drew compounds in.
//!
//! Invariant: households are those of buildings whose centroid lies in the cell; issues without a point are in no
//! cell, their number stands beside.

use super::heatmap::{Counted, HeatPlace, HeatView, assemble};
use super::query::{Ground, Period};
use crate::domain::access::Place;
use crate::heat::{CellIndex, Counts, Filter, HexCounts, HexHouseholds, Tally, hexagon_outline};
use geo::{Centroid, CoordsIter};
use geo_types::Polygon;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The heatmap by cells that have issues or buildings.
pub(super) fn view(
    ground: &Ground<'_>,
    filter: &Filter,
    overdue: &Filter,
    period: Period,
    hides: bool,
) -> HeatView {
    let columns = &ground.ledger.columns;
    let (from, to) = period.before().minutes(ground.offset_min);
    let before = Filter {
        from: Some(from),
        to: Some(to),
        ..filter.clone()
    };
    let selection = filter.select(columns);
    let hexes = ground.ledger.hexagons();
    let counts: [HexCounts; 3] = [
        hexes.count(&selection),
        hexes.count(&before.select(columns)),
        hexes.count(&overdue.select(columns)),
    ];
    let households = households(ground);
    let cells: BTreeSet<_> = (households.keys())
        .chain(counts.iter().flat_map(|counts| counts.by.keys()))
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
    let by = |counts: &HexCounts| Counts {
        by: cells
            .iter()
            .map(|cell| Tally {
                n: counts.by.get(cell).copied().unwrap_or(0),
                without_point: 0,
            })
            .collect(),
        elsewhere: Tally {
            n: counts.without_point,
            without_point: counts.without_point,
        },
    };
    let counted = Counted {
        now: by(&counts[0]),
        before: by(&counts[1]),
        overdue: by(&counts[2]),
        selection,
    };
    let mut view = assemble(ground, period, "h3", rows, &counted, hides);
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
