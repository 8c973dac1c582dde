//! Outlines of patrol areas for display: they tile their zone without gap or overlap.
//!
//! A community's polygon (or, where none is known, what lies within 60 m of its units) is cut by
//! water and by barrier lines into blocks. Inside a block the borders are those of the Voronoi
//! diagram of the units in it, taken along their footprints; a block without units goes whole to
//! the nearest area. Water belongs to no area. Not here: which unit is in which area.
//! Invariant: outlines share their vertices exactly; together they cover the clip.

use std::collections::BTreeMap;

use geo::{Buffer, Geometry, LinesIter, MapCoords, MapCoordsInPlace, MultiPolygon, unary_union};
use rayon::prelude::*;
use rstar::{AABB, RTree};

use super::adjacency::Place;
use super::barrier_index::Barrier;
use super::borders::{Site, borders, clipped};
use super::measure::LocalFrame;
use super::partition::{NOBODY, Partition, Patches};
use super::plane::{distance, frame_around};
use super::shape::{Boxed, Shape, index_of, index_of_points};

/// What the outlines are clipped to, (lon, lat) degrees WGS 84.
#[derive(Debug, Clone, Copy)]
pub struct ZoneClip<'a> {
    /// Polygons of the communities that have one.
    pub communities: &'a BTreeMap<u32, MultiPolygon<f64>>,
    /// Barriers: water is left out, lines are followed.
    pub barriers: &'a [Barrier],
}

/// How far the clip reaches round a unit where the community has no polygon, metres.
const REACH_M: f64 = 60.0;
/// Distance of Voronoi sites along a footprint, metres.
const SITE_STEP_M: f64 = 10.0;
/// Most sites of one ring: long outlines take longer steps.
const MAX_SITES: f64 = 200.0;
/// Sites lie this far inside the footprint, so that houses that touch keep their common wall.
const INSET_M: f64 = 0.5;
/// How far a border may be moved to make it simpler, metres.
const TOLERANCE_M: f64 = 1.0;
/// Pieces below this are given to a neighbour.
const SLIVER_M2: f64 = 1.0;

/// Outlines of all areas, (lon, lat) degrees, exterior rings counter-clockwise.
///
/// `area_of` gives every place its area; a number of `area_count` or more means none. An area
/// without places has an empty outline.
pub fn area_outlines(
    places: &[Place],
    area_of: &[u32],
    area_count: usize,
    clip: &ZoneClip,
) -> Vec<MultiPolygon<f64>> {
    let frame = frame_around(places.iter().map(|place| place.point));
    let ground = Ground::new(clip.barriers, frame);
    let mut members: BTreeMap<u32, Vec<Unit>> = BTreeMap::new();
    for (place, &area) in places.iter().zip(area_of) {
        if (area as usize) < area_count {
            let shape = place
                .footprint
                .as_ref()
                .and_then(|footprint| Shape::of(footprint, &frame));
            let at = frame.to_m(place.point);
            let shape =
                shape.or_else(|| at.iter().all(|v| v.abs() < FAR_M).then(|| Shape::point(at)));
            if let Some(shape) = shape {
                members
                    .entry(place.community)
                    .or_default()
                    .push(Unit { shape, area });
            }
        }
    }
    let members: Vec<(u32, Vec<Unit>)> = members.into_iter().collect();
    let parts: Vec<BTreeMap<u32, MultiPolygon<f64>>> = members
        .par_iter()
        .map(|(community, units)| {
            let polygon = clip.communities.get(community);
            tile(units, polygon, &ground)
        })
        .collect();
    let mut outlines = vec![MultiPolygon(Vec::new()); area_count];
    for (area, mut polygons) in parts.into_iter().flatten() {
        polygons.map_coords_in_place(|c| frame.from_m([c.x, c.y]).into());
        outlines[area as usize].0.append(&mut polygons.0);
    }
    outlines
}

/// Beyond this a position is no position, metres from the middle (half the globe).
const FAR_M: f64 = 2.1e7;

struct Unit {
    shape: Shape,
    area: u32,
}

/// The barriers in metres.
struct Ground {
    frame: LocalFrame,
    waters: Vec<Shape>,
    water_boxes: RTree<Boxed>,
    /// Shores and barrier lines.
    segments: Vec<Shape>,
    segment_boxes: RTree<Boxed>,
}

impl Ground {
    fn new(barriers: &[Barrier], frame: LocalFrame) -> Self {
        let mut waters = Vec::new();
        let mut segments = Vec::new();
        for barrier in barriers {
            add(&barrier.geometry, frame, &mut waters, &mut segments);
        }
        let numbered = |shapes: &[Shape]| {
            index_of(
                shapes
                    .iter()
                    .enumerate()
                    .map(|(number, shape)| (number as u32, shape)),
            )
        };
        let water_boxes = numbered(&waters);
        let segment_boxes = numbered(&segments);
        Self {
            frame,
            waters,
            water_boxes,
            segments,
            segment_boxes,
        }
    }

    fn is_water(&self, point: [f64; 2]) -> bool {
        self.water_boxes
            .locate_in_envelope_intersecting(&AABB::from_point(point))
            .any(|found| self.waters[found.number as usize].holds(point))
    }

    fn segments_in(&self, envelope: &AABB<[f64; 2]>) -> Vec<[[f64; 2]; 2]> {
        let mut numbers: Vec<u32> = self
            .segment_boxes
            .locate_in_envelope_intersecting(envelope)
            .map(|found| found.number)
            .collect();
        numbers.sort_unstable();
        numbers
            .into_iter()
            .flat_map(|number| self.segments[number as usize].segments())
            .collect()
    }
}

fn add(
    geometry: &Geometry<f64>,
    frame: LocalFrame,
    waters: &mut Vec<Shape>,
    segments: &mut Vec<Shape>,
) {
    let mut lines = |lines: &mut dyn Iterator<Item = geo::Line<f64>>| {
        for line in lines {
            let ends = [line.start, line.end].map(|end| frame.to_m([end.x, end.y]));
            if ends.iter().flatten().all(|v| v.abs() < FAR_M) {
                segments.push(Shape::segment(ends));
            }
        }
    };
    match geometry {
        Geometry::Polygon(polygon) => {
            lines(&mut polygon.lines_iter());
            waters.extend(Shape::of(&MultiPolygon(vec![polygon.clone()]), &frame));
        }
        Geometry::MultiPolygon(polygons) => {
            for polygon in polygons {
                add(&Geometry::Polygon(polygon.clone()), frame, waters, segments);
            }
        }
        Geometry::GeometryCollection(parts) => {
            for part in parts {
                add(part, frame, waters, segments);
            }
        }
        Geometry::Rect(rect) => add(&rect.to_polygon().into(), frame, waters, segments),
        Geometry::Triangle(triangle) => {
            add(&triangle.to_polygon().into(), frame, waters, segments);
        }
        Geometry::Line(line) => lines(&mut std::iter::once(*line)),
        Geometry::LineString(line) => lines(&mut line.lines()),
        Geometry::MultiLineString(many) => lines(&mut many.lines_iter()),
        Geometry::Point(_) | Geometry::MultiPoint(_) => {}
    }
}

/// Tiles the ground of one community; polygons in metres.
fn tile(
    units: &[Unit],
    polygon: Option<&MultiPolygon<f64>>,
    ground: &Ground,
) -> BTreeMap<u32, MultiPolygon<f64>> {
    let known = polygon.map(|polygon| polygon.map_coords(|c| ground.frame.to_m([c.x, c.y]).into()));
    let is_known = known.is_some();
    let clip = known.unwrap_or_else(|| around(units));
    let Some(inside) = Shape::of_metres(&clip) else {
        return BTreeMap::new();
    };
    let reach = inside.reach(10.0);
    let (low, high) = (reach.lower(), reach.upper());

    // Blocks: the clip cut by barriers.
    let mut base = Partition::default();
    for polygon in &clip {
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            base.add_chain(ring.coords().map(|c| [c.x, c.y]));
        }
    }
    for segment in ground.segments_in(&reach) {
        if let Some(part) = clipped(segment, low, high) {
            base.add_chain(part);
        }
    }
    let blocks = base.patches();
    let is_ground: Vec<bool> = blocks
        .inner_points
        .iter()
        .map(|&point| inside.holds(point) && !ground.is_water(point))
        .collect();

    let sites = sites_of(units, &base, &blocks, &is_ground);
    let mut by_block: BTreeMap<u32, Vec<Site>> = BTreeMap::new();
    for &(block, site) in &sites {
        by_block.entry(block).or_default().push(site);
    }

    // Cells: the blocks cut by the borders between areas.
    let size_m = distance(low, high);
    let mut fine = base.clone();
    for sites in by_block.values() {
        for chain in borders(sites, size_m, TOLERANCE_M) {
            for pair in chain.windows(2) {
                if let Some(part) = clipped([pair[0], pair[1]], low, high) {
                    fine.add_chain(part);
                }
            }
        }
    }
    let cells = fine.patches();
    let trees: BTreeMap<u32, RTree<Boxed>> = by_block
        .iter()
        .map(|(&block, sites)| {
            let points = sites
                .iter()
                .enumerate()
                .map(|(i, site)| (i as u32, site.at));
            (block, index_of_points(points))
        })
        .collect();
    let everywhere = index_of_points(
        sites
            .iter()
            .enumerate()
            .map(|(i, (_, site))| (i as u32, site.at)),
    );
    let label = |cell: u32| -> u32 {
        let point = cells.inner_points[cell as usize];
        let Some(block) = base
            .patch_at(&blocks, point)
            .filter(|&b| is_ground[b as usize])
        else {
            return NOBODY;
        };
        if let Some(tree) = trees.get(&block) {
            let nearest = tree.nearest_neighbor(&point);
            return nearest.map_or(NOBODY, |found| by_block[&block][found.number as usize].area);
        }
        // Round units only, ground without any belongs to nobody.
        let middle = blocks.inner_points[block as usize];
        everywhere
            .nearest_neighbor(&middle)
            .filter(|_| is_known)
            .map_or(NOBODY, |found| sites[found.number as usize].1.area)
    };
    fine.dissolve(&cells, label, SLIVER_M2)
}

/// What lies within 60 m of a unit.
fn around(units: &[Unit]) -> MultiPolygon<f64> {
    let buffers: Vec<MultiPolygon<f64>> = units
        .par_iter()
        .map(|unit| match unit.shape.to_polygon() {
            Some(polygon) => polygon.buffer(REACH_M),
            None => geo::Point::from(unit.shape.centre()).buffer(REACH_M),
        })
        .collect();
    unary_union(&buffers)
}

/// Sites along the footprints, each with its block: of every unit those in the block where most of
/// them lie. An area whose units all lie outside the clip keeps one site, in the nearest block.
fn sites_of(
    units: &[Unit],
    base: &Partition,
    blocks: &Patches,
    is_ground: &[bool],
) -> Vec<(u32, Site)> {
    let mut result = Vec::new();
    let mut found: BTreeMap<u32, bool> = BTreeMap::new();
    for unit in units {
        let mut by_block: BTreeMap<u32, Vec<[f64; 2]>> = BTreeMap::new();
        for at in unit.shape.along(SITE_STEP_M, MAX_SITES, INSET_M) {
            if let Some(block) = base.patch_at(blocks, at)
                && is_ground[block as usize]
            {
                by_block.entry(block).or_default().push(at);
            }
        }
        let most = by_block
            .into_iter()
            .max_by_key(|(block, at)| (at.len(), std::cmp::Reverse(*block)));
        *found.entry(unit.area).or_default() |= most.is_some();
        if let Some((block, points)) = most {
            result.extend(points.into_iter().map(|at| {
                (
                    block,
                    Site {
                        at,
                        area: unit.area,
                    },
                )
            }));
        }
    }
    for (&area, _) in found.iter().filter(|(_, found)| !**found) {
        let Some(unit) = units.iter().find(|unit| unit.area == area) else {
            continue;
        };
        let at = unit.shape.centre();
        let nearest = (0..blocks.inner_points.len())
            .filter(|&b| is_ground[b])
            .min_by(|&p, &q| {
                let off = |b: usize| distance(blocks.inner_points[b], at);
                off(p).total_cmp(&off(q))
            });
        result.extend(nearest.map(|block| (block as u32, Site { at, area })));
    }
    result
}

#[cfg(test)]
#[path = "outline_tests.rs"]
mod tests;
