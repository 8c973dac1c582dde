//! Open issues that may be the same: one category, near, and lately.
//!
//! Invariant: an issue without a point is compared by building or compound only, never by a made-up distance.

use super::ledger::{Ledger, states};
use crate::domain::issue::{Category, Place, Stamps};
use crate::heat::{self, Filter, Selection, to_minute};
use crate::spatial::mercator_u32;
use chrono::{DateTime, TimeDelta, Utc};

/// Issues that are shown, at most.
const MOST: usize = 5;

/// Rows of open issues of the category near the place, nearest first.
pub fn rows(
    ledger: &Ledger,
    category: &Category,
    place: &Place,
    stamps: &Stamps,
    now: DateTime<Utc>,
) -> Vec<usize> {
    let names = ledger.names();
    let Some(index) = names.categories.get_index_of(&category.code) else {
        return Vec::new();
    };
    let since = now - TimeDelta::days(i64::from(category.near_days));
    let filter = Filter {
        from: to_minute(since),
        categories: Some(std::iter::once(index).collect()),
        states: Some(states(|state| !state.is_terminal())),
        ..Filter::default()
    };
    let open: Selection = filter.select(&ledger.columns);
    let compound = stamps
        .compound
        .and_then(|id| names.compounds.get_index_of(&id));
    let mut near: Vec<(f64, usize)> = open
        .rows()
        .filter_map(|row| {
            let issue = ledger.columns.get(row)?;
            let metres = match (place.lon_lat(), issue.position) {
                (Some((lon, lat)), Some(there)) => distance_m(mercator_u32([lon, lat]), there, lat),
                // One of them has no point: the compound is all that can be compared.
                _ => {
                    let same =
                        compound.is_some_and(|at| issue.place == heat::Place::Compound(at as u32));
                    return same.then_some((f64::from(category.near_m), row));
                }
            };
            (metres <= f64::from(category.near_m)).then_some((metres, row))
        })
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    near.into_iter().take(MOST).map(|(_, row)| row).collect()
}

/// Metres between two points of fixed-point Web Mercator near a latitude.
fn distance_m(a: [u32; 2], b: [u32; 2], lat: f64) -> f64 {
    let unit = crate::atlas::metres_per_unit(lat);
    let (dx, dy) = (
        f64::from(a[0]) - f64::from(b[0]),
        f64::from(a[1]) - f64::from(b[1]),
    );
    dx.hypot(dy) * unit
}
