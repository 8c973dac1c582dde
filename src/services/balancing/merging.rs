//! Zones that cannot be served well by themselves, and the neighbour with which they could.
//!
//! A proposal, no more: why the zone is a zone (a river, a community's border) is for people to weigh.

use super::Instance;
use crate::districting::{Outcome, Settings, best_count, forced_bp};
use serde::Serialize;
use std::cell::LazyCell;
use std::collections::BTreeMap;

/// A zone whose mean is beyond the band whatever is drawn, and the best neighbour.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MergeProposal {
    /// The zone.
    pub zone: String,
    /// Its households (load, where weighted).
    pub households: u64,
    /// Areas that come nearest to the target.
    pub areas: usize,
    /// How far their mean is from the target, percent.
    pub forced_percent: f64,
    /// The zone to merge with; none where no neighbour makes it better.
    pub with: Option<String>,
    /// Edges of the file between both; 0 when only their distance is known.
    pub edges_between: usize,
    /// Between their nearest units, metres.
    pub distance_m: Option<f64>,
    /// Areas of both together.
    pub areas_merged: Option<usize>,
    /// How far the mean is from the target then, percent.
    pub forced_merged_percent: Option<f64>,
}

/// Zones beyond the band by their own border, worst first.
///
/// Neighbours are zones with edges between in the file; where there is none, the nearest zone.
pub(super) fn merge_proposals(
    instance: &Instance,
    settings: &Settings,
    outcome: &Outcome,
) -> Vec<MergeProposal> {
    let mut loads: BTreeMap<u32, u64> = BTreeMap::new();
    for unit in &instance.units {
        *loads.entry(unit.zone).or_default() += u64::from(unit.households);
    }
    // Only zones of one piece without a heavy unit: the others are not helped by a neighbour alone.
    let mut pieces: BTreeMap<u32, usize> = BTreeMap::new();
    for zone in &outcome.zones {
        *pieces.entry(zone.zone).or_default() += 1;
    }
    let forced = |load: u64| {
        let areas = best_count(load, settings);
        (areas, forced_bp(load, areas, settings))
    };
    let mut poor: Vec<(u32, u32, usize)> = loads
        .iter()
        .filter(|(zone, _)| pieces.get(zone) == Some(&1))
        .map(|(&zone, &load)| (forced(load).1, zone, forced(load).0))
        .filter(|&(bp, _, _)| bp > settings.band_bp)
        .collect();
    poor.sort_by_key(|&(bp, zone, _)| (std::cmp::Reverse(bp), zone));
    if settings.areas.is_some() || poor.is_empty() || loads.len() < 2 {
        return Vec::new();
    }
    // Only where some zone has no edges to another.
    let nearest = LazyCell::new(|| Nearest::of(instance));
    poor.into_iter()
        .map(|(bp, zone, areas)| {
            let mut beside: Vec<(u32, usize, Option<f64>)> = instance
                .crossings
                .iter()
                .filter(|((a, b), _)| *a == zone || *b == zone)
                .map(|(&(a, b), &edges)| (if a == zone { b } else { a }, edges, None))
                .collect();
            if beside.is_empty() {
                beside.extend(
                    nearest
                        .zone_beside(zone)
                        .map(|(other, m)| (other, 0, Some(m))),
                );
            }
            let best = beside
                .into_iter()
                .map(|(other, edges, m)| (forced(loads[&zone] + loads[&other]), other, edges, m))
                .filter(|((_, merged), ..)| *merged < bp)
                .min_by_key(|&((_, merged), other, edges, _)| {
                    (merged, std::cmp::Reverse(edges), other)
                });
            MergeProposal {
                zone: instance.zone_name(zone),
                households: loads[&zone],
                areas,
                forced_percent: f64::from(bp) / 100.0,
                with: best.map(|(_, other, ..)| instance.zone_name(other)),
                edges_between: best.map_or(0, |(_, _, edges, _)| edges),
                distance_m: best.and_then(|(.., m)| m),
                areas_merged: best.map(|((areas, _), ..)| areas),
                forced_merged_percent: best.map(|((_, bp), ..)| f64::from(bp) / 100.0),
            }
        })
        .collect()
}

/// Units by place, to find the nearest one of another zone.
struct Nearest<'a> {
    instance: &'a Instance,
    tree: rstar::RTree<rstar::primitives::GeomWithData<[f64; 2], u32>>,
}

impl<'a> Nearest<'a> {
    fn of(instance: &'a Instance) -> Self {
        let place = |unit: &crate::districting::Unit| [unit.x_dm as f64, unit.y_dm as f64];
        let points = instance
            .units
            .iter()
            .map(|unit| rstar::primitives::GeomWithData::new(place(unit), unit.zone));
        Self {
            instance,
            tree: rstar::RTree::bulk_load(points.collect()),
        }
    }

    /// The zone with the unit nearest to one of this zone's, and the distance in metres.
    fn zone_beside(&self, zone: u32) -> Option<(u32, f64)> {
        let units = self.instance.units.iter().filter(|unit| unit.zone == zone);
        units
            .filter_map(|unit| {
                let at = [unit.x_dm as f64, unit.y_dm as f64];
                let mut near = self.tree.nearest_neighbor_iter_with_distance_2(&at);
                let (found, square) = near.find(|(other, _)| other.data != zone)?;
                Some((found.data, square.sqrt() / 10.0))
            })
            .min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)))
    }
}
