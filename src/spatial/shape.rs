//! Footprints in metres on a [`LocalFrame`]: how far apart, and what stands between.
//!
//! Not here: which distance makes neighbours (`adjacency`).
//! Invariant: a shape has at least one vertex, all of them finite.

use geo::MultiPolygon;
use rstar::{AABB, PointDistance, RTree, RTreeObject};

use super::measure::LocalFrame;
use super::plane::distance;

/// A footprint, or a bare point (one segment of no length).
#[derive(Debug, Clone)]
pub(super) struct Shape {
    segments: Vec<[[f64; 2]; 2]>,
    low: [f64; 2],
    high: [f64; 2],
    centre: [f64; 2],
    is_point: bool,
}

/// The shortest line between two shapes, metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gap {
    pub(super) length_m: f64,
    pub(super) from: [f64; 2],
    pub(super) to: [f64; 2],
}

impl Shape {
    /// A footprint; `None` when it has no area, or coordinates that are not finite.
    pub(super) fn of(footprint: &MultiPolygon<f64>, frame: &LocalFrame) -> Option<Self> {
        Self::from_rings(footprint, |point| frame.to_m(point))
    }

    fn from_rings(
        footprint: &MultiPolygon<f64>,
        to_m: impl Fn([f64; 2]) -> [f64; 2],
    ) -> Option<Self> {
        let mut segments = Vec::new();
        let (mut twice_area, mut moment) = (0.0, [0.0, 0.0]);
        let first = footprint.0.first()?.exterior().0.first()?;
        let anchor = to_m([first.x, first.y]);
        for polygon in footprint {
            for (number, ring) in std::iter::once(polygon.exterior())
                .chain(polygon.interiors())
                .enumerate()
            {
                let points: Vec<[f64; 2]> = ring.coords().map(|c| to_m([c.x, c.y])).collect();
                let (mut ring_area, mut ring_moment) = (0.0, [0.0, 0.0]);
                for pair in points.windows(2) {
                    let [p, q] = [pair[0], pair[1]];
                    segments.push([p, q]);
                    let [px, py] = [p[0] - anchor[0], p[1] - anchor[1]];
                    let [qx, qy] = [q[0] - anchor[0], q[1] - anchor[1]];
                    let cross = px * qy - qx * py;
                    ring_area += cross;
                    ring_moment[0] += (px + qx) * cross;
                    ring_moment[1] += (py + qy) * cross;
                }
                // Holes count negative whatever their winding.
                let sign = if (ring_area > 0.0) == (number == 0) {
                    1.0
                } else {
                    -1.0
                };
                twice_area += sign * ring_area;
                moment[0] += sign * ring_moment[0];
                moment[1] += sign * ring_moment[1];
            }
        }
        if !(twice_area.is_finite() && twice_area > 0.0 && moment.iter().all(|m| m.is_finite())) {
            return None;
        }
        let centre = [0, 1].map(|axis| anchor[axis] + moment[axis] / (3.0 * twice_area));
        Some(Self::new(segments, centre, false))
    }

    /// A footprint that is in metres already.
    pub(super) fn of_metres(footprint: &MultiPolygon<f64>) -> Option<Self> {
        Self::from_rings(footprint, |point| point)
    }

    /// A straight line.
    pub(super) fn segment(ends: [[f64; 2]; 2]) -> Self {
        Self::new(vec![ends], ends[0], false)
    }

    /// A place of which only a point is known.
    pub(super) fn point(at: [f64; 2]) -> Self {
        Self::new(vec![[at, at]], at, true)
    }

    fn new(segments: Vec<[[f64; 2]; 2]>, centre: [f64; 2], is_point: bool) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for [p, q] in &segments {
            for axis in 0..2 {
                low[axis] = low[axis].min(p[axis]).min(q[axis]);
                high[axis] = high[axis].max(p[axis]).max(q[axis]);
            }
        }
        Self {
            segments,
            low,
            high,
            centre,
            is_point,
        }
    }

    pub(super) const fn is_point(&self) -> bool {
        self.is_point
    }

    /// The centroid.
    pub(super) const fn centre(&self) -> [f64; 2] {
        self.centre
    }

    /// The first points of all segments: the vertices.
    pub(super) fn vertices(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        self.segments.iter().map(|segment| segment[0])
    }

    /// The boundary, segment by segment.
    pub(super) fn segments(&self) -> impl Iterator<Item = [[f64; 2]; 2]> + '_ {
        self.segments.iter().copied()
    }

    /// The parts as polygons without holes, turned one way; `None` for a bare point.
    pub(super) fn to_polygon(&self) -> Option<MultiPolygon<f64>> {
        if self.is_point {
            return None;
        }
        let mut polygons = Vec::new();
        let mut ring: Vec<[f64; 2]> = Vec::new();
        for &[p, q] in &self.segments {
            if ring.is_empty() {
                ring.push(p);
            }
            ring.push(q);
            if q == ring[0] {
                let polygon = geo::Polygon::new(std::mem::take(&mut ring).into(), Vec::new());
                polygons.push(geo::Orient::orient(
                    &polygon,
                    geo::orient::Direction::Default,
                ));
            }
        }
        Some(MultiPolygon(polygons))
    }

    /// Points along the boundary, moved inside by `inset_m`, about `step_m` apart; longer steps
    /// where there would be more than `most`. A bare point gives itself.
    pub(super) fn along(&self, step_m: f64, most: f64, inset_m: f64) -> Vec<[f64; 2]> {
        if self.is_point {
            return vec![self.centre];
        }
        let perimeter: f64 = self.segments.iter().map(|&[p, q]| distance(p, q)).sum();
        let step = step_m.max(perimeter / most);
        let mut points = Vec::new();
        for &[p, q] in &self.segments {
            let length = distance(p, q);
            if length < 1e-6 {
                continue;
            }
            let pieces = (length / step).ceil().max(1.0);
            let normal = [
                -(q[1] - p[1]) / length * inset_m,
                (q[0] - p[0]) / length * inset_m,
            ];
            for piece in 0..pieces as usize {
                let share = (piece as f64 + 0.5) / pieces;
                let on = [0, 1].map(|axis| p[axis] + (q[axis] - p[axis]) * share);
                let inward = [1.0, -1.0]
                    .map(|side| [on[0] + side * normal[0], on[1] + side * normal[1]])
                    .into_iter()
                    .find(|&inside| self.holds(inside));
                points.push(inward.unwrap_or(on));
            }
        }
        points
    }

    pub(super) fn envelope(&self) -> AABB<[f64; 2]> {
        AABB::from_corners(self.low, self.high)
    }

    /// The envelope grown by a margin on every side.
    pub(super) fn reach(&self, margin_m: f64) -> AABB<[f64; 2]> {
        AABB::from_corners(
            self.low.map(|v| v - margin_m),
            self.high.map(|v| v + margin_m),
        )
    }

    /// Is the point inside (even-odd)? A bare point holds nothing.
    pub(super) fn holds(&self, point: [f64; 2]) -> bool {
        if self.is_point || !(0..2).all(|i| self.low[i] <= point[i] && point[i] <= self.high[i]) {
            return false;
        }
        let mut inside = false;
        for [p, q] in &self.segments {
            if (p[1] > point[1]) != (q[1] > point[1])
                && point[0] < (q[0] - p[0]) * (point[1] - p[1]) / (q[1] - p[1]) + p[0]
            {
                inside = !inside;
            }
        }
        inside
    }

    /// The shortest line to another shape if it is no longer than `limit_m`.
    pub(super) fn gap(&self, other: &Self, limit_m: f64) -> Option<Gap> {
        let start = self.segments[0][0];
        let other_start = other.segments[0][0];
        if other.holds(start) {
            return Some(Gap {
                length_m: 0.0,
                from: start,
                to: start,
            });
        }
        if self.holds(other_start) {
            return Some(Gap {
                length_m: 0.0,
                from: other_start,
                to: other_start,
            });
        }
        let mut best: Option<Gap> = None;
        let mut limit = limit_m;
        let theirs: Vec<&[[f64; 2]; 2]> = other
            .segments
            .iter()
            .filter(|s| self.is_near(s, limit_m))
            .collect();
        for mine in self.segments.iter().filter(|s| other.is_near(s, limit_m)) {
            for their in &theirs {
                if boxes_apart(mine, their) > limit {
                    continue;
                }
                let gap = segment_gap(*mine, **their);
                if gap.length_m <= limit && best.is_none_or(|b| gap.length_m < b.length_m) {
                    limit = gap.length_m;
                    best = Some(gap);
                }
            }
        }
        best
    }

    /// Is the other shape within `near_m`? Stops at the first pair of segments that says so.
    pub(super) fn is_within(&self, other: &Self, near_m: f64) -> bool {
        if self.holds(other.segments[0][0]) || other.holds(self.segments[0][0]) {
            return true;
        }
        let theirs: Vec<&[[f64; 2]; 2]> = other
            .segments
            .iter()
            .filter(|s| self.is_near(s, near_m))
            .collect();
        self.segments
            .iter()
            .filter(|s| other.is_near(s, near_m))
            .any(|mine| {
                theirs.iter().any(|their| {
                    boxes_apart(mine, their) <= near_m
                        && segment_gap(*mine, **their).length_m <= near_m
                })
            })
    }

    fn is_near(&self, segment: &[[f64; 2]; 2], margin_m: f64) -> bool {
        (0..2).all(|axis| {
            segment[0][axis].min(segment[1][axis]) <= self.high[axis] + margin_m
                && segment[0][axis].max(segment[1][axis]) >= self.low[axis] - margin_m
        })
    }

    /// Does the straight line touch the shape or run inside it?
    pub(super) fn blocks(&self, from: [f64; 2], to: [f64; 2]) -> bool {
        self.is_near(&[from, to], 0.0)
            && (self.holds(from) || self.segments.iter().any(|&[p, q]| meets(from, to, p, q)))
    }

    /// Extent across a direction (unit vector), metres along the axis at right angles to it.
    pub(super) fn width_across(&self, direction: [f64; 2]) -> (f64, f64) {
        let across = |p: [f64; 2]| p[1] * direction[0] - p[0] * direction[1];
        if self.is_point {
            let middle = across(self.centre);
            return (middle - POINT_RADIUS_M, middle + POINT_RADIUS_M);
        }
        self.vertices()
            .map(across)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            })
    }
}

/// What a place without a footprint is taken to measure when widths are compared.
const POINT_RADIUS_M: f64 = 10.0;

/// How wide two shapes face each other, metres, at least 1.
pub(super) fn facing_width(a: &Shape, b: &Shape) -> f64 {
    let length = distance(a.centre(), b.centre());
    if length < 1e-6 {
        return 1.0;
    }
    let direction = [
        (b.centre()[0] - a.centre()[0]) / length,
        (b.centre()[1] - a.centre()[1]) / length,
    ];
    let (a_low, a_high) = a.width_across(direction);
    let (b_low, b_high) = b.width_across(direction);
    (a_high.min(b_high) - a_low.max(b_low)).max(1.0)
}

fn boxes_apart(a: &[[f64; 2]; 2], b: &[[f64; 2]; 2]) -> f64 {
    let apart = |axis: usize| {
        let low = a[0][axis].min(a[1][axis]).max(b[0][axis].min(b[1][axis]));
        let high = a[0][axis].max(a[1][axis]).min(b[0][axis].max(b[1][axis]));
        (low - high).max(0.0)
    };
    apart(0).max(apart(1))
}

fn segment_gap([a, b]: [[f64; 2]; 2], [c, d]: [[f64; 2]; 2]) -> Gap {
    if meets(a, b, c, d) {
        let at = foot(a, c, d);
        return Gap {
            length_m: 0.0,
            from: at,
            to: at,
        };
    }
    let ends = [
        (a, foot(a, c, d)),
        (b, foot(b, c, d)),
        (foot(c, a, b), c),
        (foot(d, a, b), d),
    ];
    let mut best = Gap {
        length_m: f64::INFINITY,
        from: a,
        to: c,
    };
    for (from, to) in ends {
        let length_m = distance(from, to);
        if length_m < best.length_m {
            best = Gap { length_m, from, to };
        }
    }
    best
}

/// The point of a segment nearest to `p`.
fn foot(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    let square = dx * dx + dy * dy;
    if square == 0.0 {
        return a;
    }
    let share = (((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / square).clamp(0.0, 1.0);
    [a[0] + dx * share, a[1] + dy * share]
}

/// Do two segments touch?
fn meets(a: [f64; 2], b: [f64; 2], c: [f64; 2], d: [f64; 2]) -> bool {
    use geo::{Coord, Intersects, Line};
    let [a, b, c, d] = [a, b, c, d].map(Coord::from);
    Line::new(a, b).intersects(&Line::new(c, d))
}

/// A numbered box in an R-tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Boxed {
    envelope: AABB<[f64; 2]>,
    pub(super) number: u32,
}

impl RTreeObject for Boxed {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

impl PointDistance for Boxed {
    fn distance_2(&self, point: &[f64; 2]) -> f64 {
        self.envelope.distance_2(point)
    }
}

/// An R-tree of the boxes of some shapes.
pub(super) fn index_of<'a>(shapes: impl Iterator<Item = (u32, &'a Shape)>) -> RTree<Boxed> {
    RTree::bulk_load(
        shapes
            .map(|(number, shape)| Boxed {
                envelope: shape.envelope(),
                number,
            })
            .collect(),
    )
}

/// An R-tree of points.
pub(super) fn index_of_points(points: impl Iterator<Item = (u32, [f64; 2])>) -> RTree<Boxed> {
    RTree::bulk_load(
        points
            .map(|(number, at)| Boxed {
                envelope: AABB::from_point(at),
                number,
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(x: f64, y: f64, w: f64, h: f64) -> Shape {
        let ring = [[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]];
        Shape::new(
            ring.windows(2).map(|p| [p[0], p[1]]).collect(),
            [x + w / 2.0, y + h / 2.0],
            false,
        )
    }

    #[test]
    fn the_gap_between_two_blocks_is_their_distance() {
        let gap = block(0.0, 0.0, 10.0, 10.0)
            .gap(&block(25.0, 0.0, 5.0, 5.0), 40.0)
            .unwrap();
        assert_eq!(gap.length_m, 15.0);
        assert!(
            block(0.0, 0.0, 10.0, 10.0)
                .gap(&block(60.0, 0.0, 5.0, 5.0), 40.0)
                .is_none()
        );
    }

    #[test]
    fn overlapping_touching_and_nested_shapes_have_no_gap() {
        let house = block(0.0, 0.0, 10.0, 10.0);
        for other in [
            block(5.0, 5.0, 10.0, 10.0),
            block(10.0, 0.0, 5.0, 5.0),
            block(4.0, 4.0, 1.0, 1.0),
            Shape::point([3.0, 3.0]),
        ] {
            assert_eq!(house.gap(&other, 40.0).unwrap().length_m, 0.0);
            assert_eq!(other.gap(&house, 40.0).unwrap().length_m, 0.0);
        }
    }

    #[test]
    fn a_block_stands_in_the_way_of_a_line_through_it() {
        let house = block(0.0, 0.0, 10.0, 10.0);
        assert!(house.blocks([-5.0, 5.0], [15.0, 5.0]));
        assert!(house.blocks([4.0, 4.0], [6.0, 6.0]), "wholly inside");
        assert!(!house.blocks([-5.0, 12.0], [15.0, 12.0]));
    }

    #[test]
    fn facing_width_is_the_overlap_across_the_line_of_centres() {
        let width = facing_width(&block(0.0, 0.0, 10.0, 30.0), &block(30.0, 0.0, 10.0, 30.0));
        assert!((width - 30.0).abs() < 1e-9);
    }

    #[test]
    fn a_centroid_leaves_out_the_hole() {
        let plane = LocalFrame::around([0.0, 0.0]);
        let ring = |x0: f64, x1: f64, y0: f64, y1: f64| {
            geo::LineString::from(vec![[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]])
        };
        let solid = geo::Polygon::new(ring(0.0, 4e-4, 0.0, 4e-4), vec![]);
        let holed = geo::Polygon::new(
            ring(0.0, 4e-4, 0.0, 4e-4),
            vec![ring(2e-4, 4e-4, 0.0, 4e-4)],
        );
        let x = |p: &geo::Polygon<f64>| {
            plane.from_m(
                Shape::of(&MultiPolygon(vec![p.clone()]), &plane)
                    .unwrap()
                    .centre(),
            )[0]
        };
        assert!((x(&solid) - 2e-4).abs() < 1e-12);
        assert!((x(&holed) - 1e-4).abs() < 1e-12);
    }
}
