//! From plan metres to the ground: a gentle bend, then degrees.
//!
//! Not a map projection for users: only the demo stands on it. Invariant: a plan point always
//! becomes the same coordinate, so pieces that share a corner share it exactly.

use std::collections::BTreeMap;

use geo::{Coord, LineString, Polygon};

use super::layout::Rectangle;
use super::plane::Point;

/// Centre of the city, degrees: a sand desert without houses, see the module's head.
const ORIGIN_LON: f64 = 102.3;
const ORIGIN_LAT: f64 = 40.2;
/// Metres per degree at 40.2° N on the WGS 84 ellipsoid.
const METRES_PER_DEGREE_LON: f64 = 85_144.2;
const METRES_PER_DEGREE_LAT: f64 = 111_038.5;
/// Border lines get a vertex at every multiple of this, so that bent borders fit each other.
const STEP_M: f64 = 20.0;

/// How the flat drawing is bent, so that streets sway as real ones do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bend {
    /// The single street: two slow waves and one along the river.
    Street,
    /// A city of this width in metres: one slow wave.
    City(f64),
}

impl Bend {
    fn apply(self, [x, y]: Point) -> Point {
        match self {
            Self::Street => {
                let near_river = (-((y - 985.0) / 420.0).powi(2)).exp();
                [
                    x + 70.0 * (y / 560.0 + 0.5).sin() + 18.0 * ((x + y) / 380.0).sin(),
                    y + 95.0 * (x / 690.0 + 0.3).sin()
                        + 58.0 * (x / 330.0 + 1.1).sin() * near_river,
                ]
            }
            Self::City(width) => {
                let wave = width.max(2000.0);
                [
                    x + 60.0 * (y / 900.0 + 0.5).sin(),
                    y + 0.025 * wave * (x / wave * 5.1).sin() + 40.0 * (x / 700.0 + 1.1).sin(),
                ]
            }
        }
    }
}

/// The bent ground around the middle of the drawing.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    bend: Bend,
    middle: Point,
    /// Corners on each horizontal (`false`) or vertical (`true`) border line, sorted.
    corners_on: BTreeMap<(bool, i64), Vec<f64>>,
}

/// Border lines are told apart to the millimetre.
fn line_key(vertical: bool, at: f64) -> (bool, i64) {
    (vertical, (at * 1000.0).round() as i64)
}

impl Ground {
    pub fn new(bend: Bend, extent: Rectangle) -> Self {
        let middle = bend.apply(extent.centre());
        Self {
            bend,
            middle,
            corners_on: BTreeMap::new(),
        }
    }

    /// Makes the corners of `r` known, so that every border line that passes one has a vertex
    /// there. All rectangles must be known before the first [`Ground::border`].
    pub fn know(&mut self, r: &Rectangle) {
        for (vertical, at, from, to) in r.sides() {
            let known = self.corners_on.entry(line_key(vertical, at)).or_default();
            for c in [from, to] {
                if let Err(i) = known.binary_search_by(|k| k.total_cmp(&c)) {
                    known.insert(i, c);
                }
            }
        }
    }

    /// Metres on the ground, x to the east, y to the south.
    pub fn bent(&self, p: Point) -> Point {
        self.bend.apply(p)
    }

    /// Direction of the plan's x axis on the ground, radians in (x, y).
    pub fn angle_at(&self, [x, y]: Point) -> f64 {
        let (a, b) = (
            self.bend.apply([x - 20.0, y]),
            self.bend.apply([x + 20.0, y]),
        );
        (b[1] - a[1]).atan2(b[0] - a[0])
    }

    /// (lon, lat) in degrees of a point in ground metres, rounded to 1e-8° (about 1 mm).
    pub fn degrees(&self, p: Point) -> Coord<f64> {
        let round = |d: f64| (d * 1e8).round() / 1e8;
        Coord {
            x: round(ORIGIN_LON + (p[0] - self.middle[0]) / METRES_PER_DEGREE_LON),
            y: round(ORIGIN_LAT - (p[1] - self.middle[1]) / METRES_PER_DEGREE_LAT),
        }
    }

    /// (lon, lat) of a plan point.
    pub fn at(&self, p: Point) -> Coord<f64> {
        self.degrees(self.bent(p))
    }

    /// A plan line from `a` to `b`, bent, with a vertex at least every `STEP_M`.
    pub fn line(&self, a: Point, b: Point) -> Vec<Coord<f64>> {
        let n = (((b[0] - a[0]).hypot(b[1] - a[1]) / STEP_M).ceil() as usize).max(1);
        (0..=n)
            .map(|i| {
                let k = i as f64 / n as f64;
                self.at([a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k])
            })
            .collect()
    }

    /// A closed plan ring (positive shoelace in plan metres), bent.
    pub fn ring(&self, corners: &[Point]) -> Polygon<f64> {
        let mut out = Vec::new();
        for (i, &a) in corners.iter().enumerate() {
            let mut side = self.line(a, corners[(i + 1) % corners.len()]);
            side.pop();
            out.append(&mut side);
        }
        polygon(out)
    }

    /// The bent outline of a rectangle of the tiling: neighbours share every vertex.
    pub fn border(&self, r: &Rectangle) -> Polygon<f64> {
        let mut out = Vec::new();
        for (vertical, at, from, to) in r.sides() {
            let (low, high) = (from.min(to), from.max(to));
            let mut stops = vec![low];
            let mut k = (low / STEP_M).floor() as i64 + 1;
            while (k as f64) * STEP_M < high {
                stops.push(k as f64 * STEP_M);
                k += 1;
            }
            if let Some(known) = self.corners_on.get(&line_key(vertical, at)) {
                stops.extend(known.iter().filter(|c| **c > low && **c < high));
            }
            stops.sort_by(f64::total_cmp);
            stops.dedup();
            stops.push(high);
            if from > to {
                stops.reverse();
            }
            stops.pop(); // the next side begins there
            out.extend(
                stops
                    .iter()
                    .map(|&s| self.at(if vertical { [at, s] } else { [s, at] })),
            );
        }
        polygon(out)
    }
}

/// Closes a ring that runs clockwise on the map and turns it.
pub(super) fn polygon(mut clockwise: Vec<Coord<f64>>) -> Polygon<f64> {
    clockwise.reverse();
    Polygon::new(LineString::new(clockwise), Vec::new())
}
