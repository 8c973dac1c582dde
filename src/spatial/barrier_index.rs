//! Barriers on the ground: does a straight walk cross one, does a point lie in one.
//!
//! Works in (lon, lat) degrees as stored, with exact orientation predicates, so that a second
//! check of the same coordinates always agrees. Not here: which features are barriers (`barriers`).
//! Invariant: touching a barrier counts as crossing it.

use geo::{Contains, Coord, Geometry, Intersects, Line, LinesIter, Polygon};
use rstar::{AABB, RTree, RTreeObject};

use super::barriers::BarrierClass;

/// One barrier, (lon, lat) degrees WGS 84.
#[derive(Debug, Clone, PartialEq)]
pub struct Barrier {
    /// What kind of barrier it is.
    pub class: BarrierClass,
    /// Polygons (water) or lines (rail, roads); points are ignored.
    pub geometry: Geometry<f64>,
}

/// A packed index over the segments and polygons of many barriers.
#[derive(Debug)]
pub struct BarrierIndex {
    segments: RTree<Segment>,
    surfaces: RTree<Surface>,
}

#[derive(Debug)]
struct Segment {
    line: Line<f64>,
    barrier: u32,
}

#[derive(Debug)]
struct Surface {
    polygon: Polygon<f64>,
    envelope: AABB<[f64; 2]>,
    barrier: u32,
}

impl RTreeObject for Segment {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.line.start.into(), self.line.end.into())
    }
}

impl RTreeObject for Surface {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

/// Longest piece of a walk that is looked up at once, degrees (about 400 m): a long diagonal has a
/// huge box.
const LOOKUP_DEG: f64 = 0.004;

impl BarrierIndex {
    /// Indexes barriers; parts with coordinates that are not finite are ignored.
    pub fn new(barriers: &[Barrier]) -> Self {
        let mut segments = Vec::new();
        let mut surfaces = Vec::new();
        for (number, barrier) in barriers.iter().enumerate() {
            add(
                &barrier.geometry,
                number as u32,
                &mut segments,
                &mut surfaces,
            );
        }
        Self {
            segments: RTree::bulk_load(segments),
            surfaces: RTree::bulk_load(surfaces),
        }
    }

    /// Number of segments held.
    pub fn segment_count(&self) -> usize {
        self.segments.size()
    }

    /// Does the straight line between two points touch a barrier's line or boundary?
    ///
    /// Two points inside the same polygon are not separated by its boundary: ask
    /// [`surface_at`](Self::surface_at) for the ends.
    pub fn crosses(&self, from: [f64; 2], to: [f64; 2]) -> bool {
        self.crossed(from, to).is_some()
    }

    /// The number of one barrier that the straight line touches.
    pub fn crossed(&self, from: [f64; 2], to: [f64; 2]) -> Option<u32> {
        let walk = Line::new(Coord::from(from), Coord::from(to));
        let extent = (to[0] - from[0]).abs().max((to[1] - from[1]).abs());
        let pieces = ((extent / LOOKUP_DEG).ceil() as usize).clamp(1, 10_000);
        let at = |step: usize| {
            let share = step as f64 / pieces as f64;
            [
                from[0] + (to[0] - from[0]) * share,
                from[1] + (to[1] - from[1]) * share,
            ]
        };
        for piece in 0..pieces {
            let (a, b) = (at(piece), at(piece + 1));
            // The interpolated corners are rounded; a margin of 0.1 mm keeps the box complete.
            let margin = 1e-9;
            let lookup = AABB::from_corners(
                [a[0].min(b[0]) - margin, a[1].min(b[1]) - margin],
                [a[0].max(b[0]) + margin, a[1].max(b[1]) + margin],
            );
            let hit = self
                .segments
                .locate_in_envelope_intersecting(&lookup)
                .find(|segment| segment.line.intersects(&walk));
            if let Some(segment) = hit {
                return Some(segment.barrier);
            }
        }
        None
    }

    /// The number of a barrier polygon that holds the point (its boundary included).
    pub fn surface_at(&self, point: [f64; 2]) -> Option<u32> {
        let coord = Coord::from(point);
        self.surfaces
            .locate_in_envelope_intersecting(&AABB::from_point(point))
            .filter(|surface| surface.polygon.intersects(&coord))
            .map(|surface| surface.barrier)
            .min()
    }

    /// Does a barrier polygon hold the point in its interior?
    pub fn is_inside_surface(&self, point: [f64; 2]) -> bool {
        let coord = Coord::from(point);
        self.surfaces
            .locate_in_envelope_intersecting(&AABB::from_point(point))
            .any(|surface| surface.polygon.contains(&coord))
    }
}

fn add(
    geometry: &Geometry<f64>,
    barrier: u32,
    segments: &mut Vec<Segment>,
    surfaces: &mut Vec<Surface>,
) {
    match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => {}
        Geometry::GeometryCollection(parts) => {
            for part in parts {
                add(part, barrier, segments, surfaces);
            }
        }
        Geometry::Polygon(polygon) => add_polygon(polygon, barrier, segments, surfaces),
        Geometry::MultiPolygon(polygons) => {
            for polygon in polygons {
                add_polygon(polygon, barrier, segments, surfaces);
            }
        }
        Geometry::Rect(rect) => add_polygon(&rect.to_polygon(), barrier, segments, surfaces),
        Geometry::Triangle(triangle) => {
            add_polygon(&triangle.to_polygon(), barrier, segments, surfaces);
        }
        Geometry::Line(line) => add_lines(std::iter::once(*line), barrier, segments),
        Geometry::LineString(line) => add_lines(line.lines(), barrier, segments),
        Geometry::MultiLineString(lines) => add_lines(lines.lines_iter(), barrier, segments),
    }
}

fn add_lines(lines: impl Iterator<Item = Line<f64>>, barrier: u32, segments: &mut Vec<Segment>) {
    segments.extend(
        lines
            .filter(|line| {
                [line.start.x, line.start.y, line.end.x, line.end.y]
                    .iter()
                    .all(|v| v.is_finite())
            })
            .map(|line| Segment { line, barrier }),
    );
}

fn add_polygon(
    polygon: &Polygon<f64>,
    barrier: u32,
    segments: &mut Vec<Segment>,
    surfaces: &mut Vec<Surface>,
) {
    add_lines(polygon.lines_iter(), barrier, segments);
    let finite = polygon
        .exterior()
        .coords()
        .all(|c| c.x.is_finite() && c.y.is_finite());
    if finite && polygon.exterior().0.len() >= 4 {
        let envelope = AABB::from_points(
            polygon
                .exterior()
                .coords()
                .map(|c| [c.x, c.y])
                .collect::<Vec<_>>()
                .iter(),
        );
        surfaces.push(Surface {
            polygon: polygon.clone(),
            envelope,
            barrier,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{line_string, polygon};

    fn pond() -> Barrier {
        Barrier {
            class: BarrierClass::Lake,
            geometry:
                polygon![(x: 1.0, y: 1.0), (x: 2.0, y: 1.0), (x: 2.0, y: 2.0), (x: 1.0, y: 2.0)]
                    .into(),
        }
    }

    #[test]
    fn a_walk_crosses_a_line_or_a_shore_and_touching_counts() {
        let rail = Barrier {
            class: BarrierClass::Rail,
            geometry: line_string![(x: 0.0, y: 5.0), (x: 3.0, y: 5.0)].into(),
        };
        let index = BarrierIndex::new(&[pond(), rail]);
        assert_eq!(index.crossed([0.0, 1.5], [3.0, 1.5]), Some(0));
        assert_eq!(index.crossed([1.0, 4.0], [1.0, 6.0]), Some(1));
        assert_eq!(index.crossed([1.0, 4.0], [1.0, 5.0]), Some(1), "touching");
        assert_eq!(index.crossed([0.0, 0.0], [3.0, 0.5]), None);
        assert_eq!(
            index.crossed([3.5, 4.0], [3.5, 6.0]),
            None,
            "beside the end of the line"
        );
    }

    #[test]
    fn a_point_in_water_is_found_and_one_on_the_shore_too() {
        let index = BarrierIndex::new(&[pond()]);
        assert_eq!(index.surface_at([1.5, 1.5]), Some(0));
        assert_eq!(index.surface_at([1.0, 1.5]), Some(0));
        assert!(!index.is_inside_surface([1.0, 1.5]));
        assert_eq!(index.surface_at([0.5, 1.5]), None);
    }

    #[test]
    fn coordinates_that_are_not_finite_are_ignored() {
        let broken = Barrier {
            class: BarrierClass::Rail,
            geometry: line_string![(x: 0.0, y: f64::NAN), (x: 3.0, y: 5.0)].into(),
        };
        assert_eq!(BarrierIndex::new(&[broken]).segment_count(), 0);
    }
}
