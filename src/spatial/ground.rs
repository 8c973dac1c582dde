//! What is looked up while the walkable graph is made: shapes, stands, barriers, groups.
//!
//! Not here: which places are neighbours (`adjacency`) and what becomes of the rest (`zones`).
//! Invariant: a unit that is not [`apart`](Ground::apart) stands outside of every barrier polygon.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rstar::{AABB, RTree};

use super::adjacency::{EdgeReason, Place, Rules, WalkEdge};
use super::barrier_index::{Barrier, BarrierIndex};
use super::measure::LocalFrame;
use super::plane::{distance, frame_around};
use super::shape::{Boxed, Shape, facing_width, index_of};
use super::zones::IsolationCause;

/// The places that may be neighbours: those of one community, or of one grid of it.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) community: u32,
    pub(super) grid: Option<u32>,
    /// Positions of its places, ascending.
    pub(super) members: Vec<u32>,
}

/// Everything that is looked up while edges are made. Shapes and positions are metres.
pub(super) struct Ground<'a> {
    pub(super) places: &'a [Place],
    pub(super) rules: &'a Rules,
    pub(super) plane: LocalFrame,
    barriers: BarrierIndex,
    pub(super) groups: Vec<Group>,
    pub(super) group_of: Vec<u32>,
    pub(super) shapes: Vec<Shape>,
    /// (lon, lat) degrees.
    pub(super) stands: Vec<[f64; 2]>,
    /// The same, metres.
    at: Vec<[f64; 2]>,
    /// Why a place has no edges at all.
    apart: Vec<Option<IsolationCause>>,
    pub(super) everything: RTree<Boxed>,
    pub(super) footprints: RTree<Boxed>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(places: &'a [Place], barriers: &[Barrier], rules: &'a Rules) -> Self {
        let plane = frame_around(places.iter().map(|place| place.point));
        let barriers = BarrierIndex::new(barriers);
        let located: Vec<(Shape, [f64; 2], Option<IsolationCause>)> = places
            .par_iter()
            .map(|place| {
                let (shape, stand, apart) = locate(place, &plane, &barriers);
                (
                    shape.unwrap_or_else(|| Shape::point([0.0, 0.0])),
                    stand,
                    apart,
                )
            })
            .collect();
        let mut shapes = Vec::with_capacity(places.len());
        let mut stands = Vec::with_capacity(places.len());
        let mut apart = Vec::with_capacity(places.len());
        for (shape, stand, cause) in located {
            shapes.push(shape);
            stands.push(stand);
            apart.push(cause);
        }
        let at = stands.iter().map(|&stand| plane.to_m(stand)).collect();
        let numbered = || {
            shapes
                .iter()
                .enumerate()
                .map(|(number, shape)| (number as u32, shape))
                .filter(|(number, _)| apart[*number as usize] != Some(IsolationCause::NoPosition))
        };
        let everything = index_of(numbered());
        let footprints = index_of(numbered().filter(|(_, shape)| !shape.is_point()));

        let mut members: BTreeMap<(u32, Option<u32>), Vec<u32>> = BTreeMap::new();
        for (number, place) in places.iter().enumerate() {
            let grid = place.grid.filter(|_| rules.keep_in_grids);
            members
                .entry((place.community, grid))
                .or_default()
                .push(number as u32);
        }
        let mut group_of = vec![0; places.len()];
        let groups: Vec<Group> = members
            .into_iter()
            .enumerate()
            .map(|(number, ((community, grid), members))| {
                for &member in &members {
                    group_of[member as usize] = number as u32;
                }
                Group {
                    community,
                    grid,
                    members,
                }
            })
            .collect();
        Self {
            places,
            rules,
            plane,
            barriers,
            groups,
            group_of,
            shapes,
            stands,
            at,
            apart,
            everything,
            footprints,
        }
    }

    /// Position, metres.
    pub(super) fn at(&self, unit: u32) -> [f64; 2] {
        self.at[unit as usize]
    }

    /// Why the unit can have no edges.
    pub(super) fn apart(&self, unit: u32) -> Option<IsolationCause> {
        self.apart[unit as usize]
    }

    /// Does the straight line between two units touch a barrier?
    pub(super) fn separated(&self, a: u32, b: u32) -> bool {
        self.barriers
            .crosses(self.stands[a as usize], self.stands[b as usize])
    }

    pub(super) fn crosses(&self, from: [f64; 2], to: [f64; 2]) -> bool {
        self.barriers
            .crosses(self.plane.from_m(from), self.plane.from_m(to))
    }

    /// An edge as long as the straight line.
    pub(super) fn edge(&self, a: u32, b: u32, reason: EdgeReason) -> WalkEdge {
        let (a, b) = (a.min(b), a.max(b));
        WalkEdge {
            a,
            b,
            length_m: distance(self.at(a), self.at(b)) as f32,
            border_m: facing_width(&self.shapes[a as usize], &self.shapes[b as usize]) as f32,
            reason,
        }
    }

    /// Does no footprint other than those of the two units touch the line?
    pub(super) fn is_clear(&self, from: [f64; 2], to: [f64; 2], a: u32, b: u32) -> bool {
        !self
            .footprints
            .locate_in_envelope_intersecting(&AABB::from_corners(from, to))
            .any(|found| {
                found.number != a
                    && found.number != b
                    && self.shapes[found.number as usize].blocks(from, to)
            })
    }

    pub(super) fn usable<'g>(&'g self, group: &'g Group) -> impl Iterator<Item = u32> + 'g {
        group
            .members
            .iter()
            .copied()
            .filter(|&unit| self.apart(unit).is_none())
    }
}

/// The shape of a place and where it stands: its centroid, its point, or the vertex nearest to the
/// centroid, the first of them that lies in no water.
fn locate(
    place: &Place,
    plane: &LocalFrame,
    barriers: &BarrierIndex,
) -> (Option<Shape>, [f64; 2], Option<IsolationCause>) {
    let shape = place
        .footprint
        .as_ref()
        .and_then(|footprint| Shape::of(footprint, plane));
    let has_point = place.point[0].abs() <= 180.0 && place.point[1].abs() <= 90.0;
    let Some(shape) = shape.or_else(|| has_point.then(|| Shape::point(plane.to_m(place.point))))
    else {
        return (None, place.point, Some(IsolationCause::NoPosition));
    };
    let centre = if shape.is_point() {
        place.point
    } else {
        plane.from_m(shape.centre())
    };
    if barriers.surface_at(centre).is_none() {
        return (Some(shape), centre, None);
    }
    let mut others: Vec<[f64; 2]> = shape.vertices().collect();
    others.sort_by(|p, q| distance(*p, shape.centre()).total_cmp(&distance(*q, shape.centre())));
    let dry = has_point
        .then_some(place.point)
        .into_iter()
        .chain(others.into_iter().map(|p| plane.from_m(p)))
        .filter(|_| !shape.is_point())
        .find(|&stand| barriers.surface_at(stand).is_none());
    match dry {
        Some(stand) => (Some(shape), stand, None),
        None => (Some(shape), centre, Some(IsolationCause::InBarrier)),
    }
}
