//! Rings and lines of many features in one buffer, with exact predicates.
//!
//! Not a general geometry type. Invariants: no two consecutive vertices are equal, rings are stored without
//! their closing vertex and have at least three vertices and an area, an exterior precedes its holes.

use geo_types::{Coord, Geometry, LineString, MultiPolygon, Polygon};

use super::fixed::{EMPTY_BOX, Fixed, FixedBox, box_union, to_fixed};

/// Geometry of features 0..n.
#[derive(Debug, Clone, Default)]
pub struct Shapes {
    vertices: Vec<Fixed>,
    /// End of each part in `vertices`, shifted left by one; the lowest bit marks a hole.
    parts: Vec<u32>,
    /// End of each feature in `parts`.
    features: Vec<u32>,
}

/// One ring or line of a feature.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Vertices; a ring is not closed by a repeated vertex.
    pub vertices: &'a [Fixed],
    /// Whether it is a hole of the exterior before it.
    pub hole: bool,
}

impl Shapes {
    /// How many features there are.
    pub fn len(&self) -> usize {
        self.features.len()
    }

    /// Parts of feature `index`; none for a feature without geometry.
    pub fn parts(&self, index: u32) -> impl Iterator<Item = Part<'_>> {
        let index = index as usize;
        let end = self.features.get(index).copied().unwrap_or(0) as usize;
        let start = if index == 0 {
            0
        } else {
            self.features[index - 1] as usize
        }
        .min(end);
        let mut from = if start == 0 {
            0
        } else {
            self.parts[start - 1] >> 1
        };
        self.parts[start..end].iter().map(move |&part| {
            let vertices = &self.vertices[from as usize..(part >> 1) as usize];
            from = part >> 1;
            Part {
                vertices,
                hole: part & 1 == 1,
            }
        })
    }

    /// Whether feature `index` has no geometry.
    pub fn is_void(&self, index: u32) -> bool {
        self.parts(index).next().is_none()
    }

    /// Box of feature `index`; [`EMPTY_BOX`] without geometry.
    pub fn bounds(&self, index: u32) -> FixedBox {
        self.parts(index)
            .flat_map(|part| part.vertices)
            .fold(EMPTY_BOX, |all, &[x, y]| box_union(all, [x, y, x, y]))
    }

    /// Whether polygon `index` contains `point`, its border included. Exact.
    pub fn covers(&self, index: u32, point: Fixed) -> bool {
        let mut inside = false;
        for part in self.parts(index) {
            if !part.hole {
                if inside {
                    return true;
                }
                match ring_side(part.vertices, point) {
                    Side::Border => return true,
                    side => inside = side == Side::Inside,
                }
            } else if inside {
                match ring_side(part.vertices, point) {
                    Side::Border => return true,
                    side => inside = side == Side::Outside,
                }
            }
        }
        inside
    }

    /// Twice the area of polygon `index` in square units.
    pub fn area2(&self, index: u32) -> u128 {
        self.parts(index)
            .fold(0_i128, |sum, part| {
                let area = ring_area2(part.vertices).abs();
                if part.hole { sum - area } else { sum + area }
            })
            .max(0) as u128
    }

    /// Squared distance from `point` to polygon `index` in square units; 0 inside.
    pub fn distance2(&self, index: u32, point: Fixed) -> f64 {
        if self.covers(index, point) {
            return 0.0;
        }
        self.parts(index)
            .flat_map(|part| edges(part.vertices))
            .map(|(a, b)| segment_distance2(a, b, point))
            .fold(f64::INFINITY, f64::min)
    }

    /// Memory held, bytes.
    pub fn memory_bytes(&self) -> usize {
        self.vertices.capacity() * 8 + (self.parts.capacity() + self.features.capacity()) * 4
    }

    /// A value that changes with the geometry.
    pub fn mix_into(&self, mut mix: impl FnMut(u64)) {
        self.vertices
            .iter()
            .for_each(|&[x, y]| mix(u64::from(x) << 32 | u64::from(y)));
        self.parts
            .iter()
            .chain(&self.features)
            .for_each(|&n| mix(u64::from(n)));
    }

    /// Adds a polygon feature; `None` adds a feature without geometry.
    pub fn push_polygons(&mut self, polygons: Option<&MultiPolygon<f64>>) {
        for polygon in polygons.into_iter().flatten() {
            self.polygon(polygon);
        }
        self.end_feature();
    }

    /// Adds a feature of lines or polygons; returns whether it is one of polygons. Of a collection the
    /// polygons are taken, else the lines; points are ignored.
    pub fn push_geometry(&mut self, geometry: &Geometry<f64>) -> bool {
        let polygons = self.polygons_of(geometry);
        if !polygons {
            self.lines_of(geometry);
        }
        self.end_feature();
        polygons
    }

    /// Trims to size.
    pub fn shrink(&mut self) {
        self.vertices.shrink_to_fit();
        self.parts.shrink_to_fit();
        self.features.shrink_to_fit();
    }

    fn end_feature(&mut self) {
        self.features.push(self.parts.len() as u32);
    }

    fn polygons_of(&mut self, geometry: &Geometry<f64>) -> bool {
        match geometry {
            Geometry::Polygon(polygon) => self.polygon(polygon),
            Geometry::MultiPolygon(polygons) => {
                polygons.iter().for_each(|polygon| self.polygon(polygon));
            }
            Geometry::Rect(rect) => self.polygon(&rect.to_polygon()),
            Geometry::Triangle(triangle) => self.polygon(&triangle.to_polygon()),
            Geometry::GeometryCollection(all) => {
                let mut any = false;
                for one in all {
                    any |= self.polygons_of(one);
                }
                return any;
            }
            _ => return false,
        }
        true
    }

    fn lines_of(&mut self, geometry: &Geometry<f64>) {
        match geometry {
            Geometry::Line(line) => self.part(&[line.start, line.end], false, false),
            Geometry::LineString(line) => self.part(&line.0, false, false),
            Geometry::MultiLineString(lines) => {
                lines
                    .iter()
                    .for_each(|line| self.part(&line.0, false, false));
            }
            Geometry::GeometryCollection(all) => all.iter().for_each(|one| self.lines_of(one)),
            _ => {}
        }
    }

    fn polygon(&mut self, polygon: &Polygon<f64>) {
        let before = self.parts.len();
        let ring =
            |line: &LineString<f64>, hole, shapes: &mut Self| shapes.part(&line.0, true, hole);
        ring(polygon.exterior(), false, self);
        if self.parts.len() > before {
            polygon
                .interiors()
                .iter()
                .for_each(|hole| ring(hole, true, self));
        }
    }

    fn part(&mut self, coords: &[Coord<f64>], ring: bool, hole: bool) {
        let start = self.vertices.len();
        for coord in coords {
            let vertex = to_fixed(coord.x, coord.y);
            if self.vertices.len() == start || self.vertices.last() != Some(&vertex) {
                self.vertices.push(vertex);
            }
        }
        if ring {
            while self.vertices.len() > start + 1
                && self.vertices.last() == self.vertices.get(start)
            {
                self.vertices.pop();
            }
        }
        let vertices = &self.vertices[start..];
        let sound = if ring {
            ring_area2(vertices) != 0
        } else {
            vertices.len() >= 2
        };
        if sound {
            self.parts
                .push((self.vertices.len() as u32) << 1 | u32::from(hole));
        } else {
            self.vertices.truncate(start);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Inside,
    Outside,
    Border,
}

/// Edges of a ring, the closing one first.
fn edges(ring: &[Fixed]) -> impl Iterator<Item = (Fixed, Fixed)> {
    let last = ring.len().saturating_sub(1);
    (0..ring.len()).map(move |i| (ring[if i == 0 { last } else { i - 1 }], ring[i]))
}

/// Whether a ring covers `point`, its border included.
pub(super) fn ring_covers(ring: &[Fixed], point: Fixed) -> bool {
    ring_side(ring, point) != Side::Outside
}

/// Where `point` lies: crossings of a ray to the right, exact in integers.
fn ring_side(ring: &[Fixed], [px, py]: Fixed) -> Side {
    let mut inside = false;
    for (a, b) in edges(ring) {
        if a[1] == b[1] {
            if a[1] == py && a[0].min(b[0]) <= px && px <= a[0].max(b[0]) {
                return Side::Border;
            }
            continue;
        }
        let (low, high) = if a[1] < b[1] { (a, b) } else { (b, a) };
        if py < low[1] || py > high[1] {
            continue;
        }
        if px > low[0].max(high[0]) {
            continue;
        }
        if px < low[0].min(high[0]) {
            inside ^= py < high[1];
            continue;
        }
        // > 0: the point lies left of the edge, seen upwards in y.
        let cross = i128::from(i64::from(high[0]) - i64::from(low[0]))
            * i128::from(i64::from(py) - i64::from(low[1]))
            - i128::from(i64::from(px) - i64::from(low[0]))
                * i128::from(i64::from(high[1]) - i64::from(low[1]));
        if cross == 0 {
            return Side::Border;
        }
        // The upper end does not count, so that a ray through a vertex is counted once.
        inside ^= cross > 0 && py < high[1];
    }
    if inside { Side::Inside } else { Side::Outside }
}

pub(super) fn ring_area2(ring: &[Fixed]) -> i128 {
    let Some(&[ox, oy]) = ring.first() else {
        return 0;
    };
    let from_origin = |[x, y]: Fixed| {
        (
            i128::from(x) - i128::from(ox),
            i128::from(y) - i128::from(oy),
        )
    };
    edges(ring).fold(0, |sum, (a, b)| {
        let ((ax, ay), (bx, by)) = (from_origin(a), from_origin(b));
        sum + ax * by - bx * ay
    })
}

pub(super) fn segment_distance2(a: Fixed, b: Fixed, p: Fixed) -> f64 {
    let x = |c: Fixed| f64::from(c[0]) - f64::from(p[0]);
    let y = |c: Fixed| f64::from(c[1]) - f64::from(p[1]);
    let (ax, ay, dx, dy) = (x(a), y(a), x(b) - x(a), y(b) - y(a));
    let length2 = dx * dx + dy * dy;
    let t = if length2 > 0.0 {
        (-(ax * dx + ay * dy) / length2).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let (nx, ny) = (ax + t * dx, ay + t * dy);
    nx * nx + ny * ny
}

#[cfg(test)]
mod tests {
    use geo::Intersects;
    use geo_types::{Point, polygon};
    use proptest::prelude::*;

    use super::*;
    use crate::atlas::fixed::to_lon_lat;

    /// The same shape in `f64` fixed units, where geo's robust predicates are exact.
    fn in_units(shapes: &Shapes) -> MultiPolygon<f64> {
        let line = |part: Part<'_>| {
            part.vertices
                .iter()
                .map(|v| (f64::from(v[0]), f64::from(v[1])))
                .collect::<LineString<f64>>()
        };
        let mut polygons: Vec<Polygon<f64>> = Vec::new();
        for part in shapes.parts(0) {
            if part.hole {
                polygons.last_mut().unwrap().interiors_push(line(part));
            } else {
                polygons.push(Polygon::new(line(part), vec![]));
            }
        }
        MultiPolygon(polygons)
    }

    fn star(points: &[(u8, u16)]) -> Polygon<f64> {
        // Star-shaped around the middle: always simple.
        let n = points.len() as f64;
        let ring = points.iter().enumerate().map(|(i, &(_, r))| {
            let angle = i as f64 / n * std::f64::consts::TAU;
            let units = to_lon_lat([
                (3_000_000_000.0 + angle.cos() * f64::from(r)) as u32,
                (1_700_000_000.0 + angle.sin() * f64::from(r)) as u32,
            ]);
            (units.x(), units.y())
        });
        Polygon::new(ring.collect(), vec![])
    }

    proptest! {
        #[test]
        fn covers_agrees_with_exact_predicates(
            points in prop::collection::vec((0_u8..1, 3_u16..40), 3..12), x in -40_i64..40, y in -40_i64..40,
        ) {
            let mut shapes = Shapes::default();
            shapes.push_polygons(Some(&MultiPolygon(vec![star(&points)])));
            let p = [(3_000_000_000_i64 + x) as u32, (1_700_000_000_i64 + y) as u32];
            let expected = in_units(&shapes).intersects(&Point::new(f64::from(p[0]), f64::from(p[1])));
            prop_assert_eq!(shapes.covers(0, p), expected);
        }
    }

    #[test]
    fn a_hole_is_outside_and_its_border_is_inside() {
        let square = polygon!(
            exterior: [(x: 0.0, y: 0.0), (x: 9.0, y: 0.0), (x: 9.0, y: 9.0), (x: 0.0, y: 9.0)],
            interiors: [[(x: 3.0, y: 3.0), (x: 6.0, y: 3.0), (x: 6.0, y: 6.0), (x: 3.0, y: 6.0)]],
        );
        let mut shapes = Shapes::default();
        shapes.push_polygons(None);
        shapes.push_polygons(Some(&MultiPolygon(vec![square])));
        assert!(shapes.is_void(0) && !shapes.covers(0, to_fixed(4.0, 4.0)));
        assert!(shapes.covers(1, to_fixed(1.0, 1.0)) && !shapes.covers(1, to_fixed(4.5, 4.5)));
        assert!(shapes.covers(1, to_fixed(3.0, 4.0)) && !shapes.covers(1, to_fixed(9.5, 4.0)));
        assert!(shapes.distance2(1, to_fixed(4.5, 4.5)) > 0.0);
    }

    #[test]
    fn a_ring_without_area_is_not_kept() {
        let flat = polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 2.0, y: 0.0)];
        let mut shapes = Shapes::default();
        shapes.push_polygons(Some(&MultiPolygon(vec![flat])));
        assert!(shapes.is_void(0) && shapes.bounds(0) == EMPTY_BOX);
    }
}
