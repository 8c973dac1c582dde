//! Pole of inaccessibility: the point of a polygon farthest from its border, where a label fits best.
//!
//! Algorithm: the quadtree search of Garcia-Castellanos and Lombardo as in mapbox/polylabel, on the largest
//! piece, to 2 % of its size. Invariant: the answer lies inside the polygon or on its border.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::fixed::Fixed;
use super::shapes::{Shapes, ring_area2, ring_covers, segment_distance2};

/// A square of the search.
struct Cell {
    x: f64,
    y: f64,
    half: f64,
    /// Signed distance of the middle to the border, positive inside.
    distance: f64,
}

impl Cell {
    /// No point of the square can be farther from the border.
    fn bound(&self) -> f64 {
        self.distance + self.half * std::f64::consts::SQRT_2
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Cell {}
impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Cell {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bound()
            .total_cmp(&other.bound())
            .then(self.x.total_cmp(&other.x))
            .then(self.y.total_cmp(&other.y))
    }
}

/// Where the label of polygon `index` goes; `None` without geometry.
pub fn pole(shapes: &Shapes, index: u32) -> Option<Fixed> {
    let rings = largest_piece(shapes, index)?;
    let (min, max) = rings[0]
        .iter()
        .fold(([u32::MAX; 2], [0; 2]), |(min, max), v| {
            (
                [v[0].min(min[0]), v[1].min(min[1])],
                [v[0].max(max[0]), v[1].max(max[1])],
            )
        });
    let (width, height) = (f64::from(max[0] - min[0]), f64::from(max[1] - min[1]));
    let size = width.min(height).max(1.0);
    let precision = (width.max(height) / 50.0).max(1.0);
    let cell = |x: f64, y: f64, half: f64| Cell {
        x,
        y,
        half,
        distance: signed_distance(&rings, x, y),
    };

    let half = size / 2.0;
    let mut queue = BinaryHeap::new();
    let (columns, rows) = (
        (width / size).ceil().max(1.0),
        (height / size).ceil().max(1.0),
    );
    // Long, thin polygons would otherwise start with a great many squares.
    let (columns, rows) = (columns.min(256.0), rows.min(256.0));
    let (dx, dy) = (width / columns, height / rows);
    let half = half.max(dx / 2.0).max(dy / 2.0);
    for column in 0..columns as u32 {
        for row in 0..rows as u32 {
            queue.push(cell(
                f64::from(min[0]) + (f64::from(column) + 0.5) * dx,
                f64::from(min[1]) + (f64::from(row) + 0.5) * dy,
                half,
            ));
        }
    }
    let first = rings[0][0];
    let mut best = (f64::from(first[0]), f64::from(first[1]), 0.0);
    while let Some(square) = queue.pop() {
        if square.distance > best.2 {
            best = (square.x, square.y, square.distance);
        }
        if square.bound() - best.2 <= precision {
            break;
        }
        let half = square.half / 2.0;
        for (sx, sy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
            queue.push(cell(square.x + sx * half, square.y + sy * half, half));
        }
    }
    Some([best.0.round() as u32, best.1.round() as u32])
}

/// The exterior with most area, and its holes.
fn largest_piece(shapes: &Shapes, index: u32) -> Option<Vec<&[Fixed]>> {
    let mut pieces: Vec<(i128, Vec<&[Fixed]>)> = Vec::new();
    for part in shapes.parts(index) {
        let area = ring_area2(part.vertices).abs();
        match pieces.last_mut() {
            Some(piece) if part.hole => {
                piece.0 -= area;
                piece.1.push(part.vertices);
            }
            _ => pieces.push((area, vec![part.vertices])),
        }
    }
    pieces
        .into_iter()
        .max_by_key(|piece| piece.0)
        .map(|piece| piece.1)
}

fn signed_distance(rings: &[&[Fixed]], x: f64, y: f64) -> f64 {
    let point = [x.round() as u32, y.round() as u32];
    let inside =
        ring_covers(rings[0], point) && !rings[1..].iter().any(|hole| ring_covers(hole, point));
    let mut d2 = f64::INFINITY;
    for ring in rings {
        for i in 0..ring.len() {
            d2 = d2.min(segment_distance2(
                ring[i],
                ring[(i + 1) % ring.len()],
                point,
            ));
        }
    }
    if inside { d2.sqrt() } else { -d2.sqrt() }
}
