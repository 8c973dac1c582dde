//! Which compound a thing belongs to: by code, by unique name, or by the outline that it lies in.

use super::common::middle;
use crate::domain::{Compound, RegionCode};
use crate::services::importing::candidate::Candidate;
use crate::services::importing::nearby::Nearby;
use geo::{Contains, MultiPolygon};
use geo_types::Point;
use std::collections::HashMap;

/// Finds the compound of a thing by code, by unique name, or by the outline that it lies in.
pub(super) struct CompoundFinder<'a> {
    pub(super) compounds: &'a [Compound],
    pub(super) by_code: HashMap<&'a str, usize>,
    pub(super) names: Nearby,
    pub(super) outlines: rstar::RTree<Outline>,
}

pub(super) struct Outline {
    pub(super) at: usize,
    pub(super) polygons: MultiPolygon<f64>,
    pub(super) bounds: rstar::AABB<[f64; 2]>,
}

impl rstar::RTreeObject for Outline {
    type Envelope = rstar::AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.bounds
    }
}

impl<'a> CompoundFinder<'a> {
    pub(super) fn new(compounds: &'a [Compound]) -> Self {
        let mut names = Nearby::default();
        let mut outlines = Vec::new();
        for (at, compound) in compounds.iter().enumerate() {
            names.push(&compound.name, middle(&compound.geometry));
            let polygons = crate::services::planning::polygons(&compound.geometry);
            if let (Some(polygons), Some(bounds)) =
                (polygons, crate::services::picture::rect(&compound.geometry))
            {
                let [west, south, east, north] = bounds.to_array();
                let bounds = rstar::AABB::from_corners([west, south], [east, north]);
                outlines.push(Outline {
                    at,
                    polygons,
                    bounds,
                });
            }
        }
        Self {
            by_code: compounds
                .iter()
                .enumerate()
                .filter_map(|(at, c)| Some((c.code.as_deref()?, at)))
                .collect(),
            names,
            outlines: rstar::RTree::bulk_load(outlines),
            compounds,
        }
    }

    pub(super) fn find(
        &self,
        candidate: &Candidate,
        community: Option<RegionCode>,
    ) -> Option<usize> {
        if let Some(at) = candidate
            .compound_code
            .as_deref()
            .and_then(|code| self.by_code.get(code))
        {
            return Some(*at);
        }
        let name = candidate.compound.as_deref()?;
        if let Some(at) = self.by_code.get(name) {
            return Some(*at);
        }
        let mut same = self
            .names
            .named(name)
            .iter()
            .filter(|at| community.is_none_or(|code| self.compounds[**at].community == code));
        match (same.next(), same.next()) {
            (Some(at), None) => Some(*at),
            _ => None,
        }
    }

    pub(super) fn around(&self, point: [f64; 2]) -> Option<usize> {
        let lonlat = Point::new(point[0], point[1]);
        self.outlines
            .locate_in_envelope_intersecting(&rstar::AABB::from_point(point))
            .find(|outline| outline.polygons.contains(&lonlat))
            .map(|outline| outline.at)
    }
}
