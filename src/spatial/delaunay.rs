//! Neighbours of points: Delaunay edges, and which of them are Gabriel edges.
//!
//! Not here: limits and barriers. Invariant: edges are (lower, higher) and sorted, and points at
//! the same place are chained to the first of them, so that all points are connected.

use std::collections::HashMap;

use spade::{DelaunayTriangulation, Point2, Triangulation};

/// An edge between two of the given points, by position in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Neighbours {
    pub(super) a: usize,
    pub(super) b: usize,
    /// No third point lies in or on the circle whose diameter is the edge.
    pub(super) gabriel: bool,
}

/// Relative tolerance of "on the circle": four corners of a rectangle have no diagonals.
const ON_CIRCLE: f64 = 1e-9;

/// Delaunay edges of points in metres; all must be finite.
pub(super) fn neighbours(points: &[[f64; 2]]) -> Vec<Neighbours> {
    let mut place_of: HashMap<[u64; 2], usize> = HashMap::with_capacity(points.len());
    let mut firsts = Vec::with_capacity(points.len());
    let mut edges = Vec::new();
    for (number, &point) in points.iter().enumerate() {
        let point = rounded(point);
        match place_of.entry(point.map(f64::to_bits)) {
            std::collections::hash_map::Entry::Occupied(first) => {
                edges.push(Neighbours {
                    a: *first.get(),
                    b: number,
                    gabriel: true,
                });
            }
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert(number);
                firsts.push((number, point));
            }
        }
    }
    let vertices = firsts
        .iter()
        .map(|(_, p)| Point2::new(p[0], p[1]))
        .collect();
    let triangulation = DelaunayTriangulation::<Point2<f64>>::bulk_load_stable(vertices)
        .expect("rounded finite coordinates are accepted");
    for edge in triangulation.undirected_edges() {
        let [from, to] = edge.vertices();
        let (p, q) = (from.position(), to.position());
        let limit = ON_CIRCLE * p.distance_2(q);
        let gabriel = [edge.as_directed(), edge.as_directed().rev()]
            .into_iter()
            .all(|side| {
                side.opposite_vertex().is_none_or(|third| {
                    let w = third.position();
                    (p.x - w.x) * (q.x - w.x) + (p.y - w.y) * (q.y - w.y) > limit
                })
            });
        let (i, j) = (firsts[from.index()].0, firsts[to.index()].0);
        edges.push(Neighbours {
            a: i.min(j),
            b: i.max(j),
            gabriel,
        });
    }
    edges.sort_unstable();
    edges
}

/// To 0.1 mm, without negative zero: coordinates that spade accepts and that compare as bits.
fn rounded(point: [f64; 2]) -> [f64; 2] {
    point.map(|v| (v * 1e4).round() / 1e4 + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn brute_force(points: &[[f64; 2]]) -> Vec<(usize, usize)> {
        let mut edges = Vec::new();
        for a in 0..points.len() {
            for b in a + 1..points.len() {
                let (p, q) = (points[a], points[b]);
                let limit = ON_CIRCLE * ((p[0] - q[0]).powi(2) + (p[1] - q[1]).powi(2));
                let empty = (0..points.len()).all(|c| {
                    let w = points[c];
                    c == a
                        || c == b
                        || (p[0] - w[0]) * (q[0] - w[0]) + (p[1] - w[1]) * (q[1] - w[1]) > limit
                });
                if empty {
                    edges.push((a, b));
                }
            }
        }
        edges
    }

    proptest! {
        #[test]
        fn gabriel_edges_are_those_of_the_definition(
            // A coarse lattice makes rectangles, lines and right angles frequent.
            cells in proptest::collection::btree_set((0_i32..12, 0_i32..12), 0..40),
            jitter in proptest::bool::ANY,
        ) {
            let points: Vec<[f64; 2]> = cells
                .iter()
                .enumerate()
                .map(|(i, &(x, y))| {
                    let shift = if jitter { (i as f64 * 0.618).fract() } else { 0.0 };
                    [f64::from(x) * 10.0 + shift, f64::from(y) * 10.0 - shift * 0.7]
                })
                .map(rounded)
                .collect();
            let found: Vec<(usize, usize)> =
                neighbours(&points).iter().filter(|e| e.gabriel).map(|e| (e.a, e.b)).collect();
            prop_assert_eq!(found, brute_force(&points));
        }
    }

    #[test]
    fn points_at_the_same_place_are_chained() {
        let edges = neighbours(&[[0.0, 0.0], [0.0, 0.0], [0.0, -0.0]]);
        let pairs: Vec<_> = edges.iter().map(|e| (e.a, e.b)).collect();
        assert_eq!(pairs, [(0, 1), (0, 2)]);
    }

    #[test]
    fn few_or_no_points_are_no_trouble() {
        assert!(neighbours(&[]).is_empty());
        assert!(neighbours(&[[1.0, 2.0]]).is_empty());
        assert_eq!(neighbours(&[[0.0, 0.0], [5.0, 0.0], [9.0, 0.0]]).len(), 2);
    }
}
