//! Borders between areas: the edges of a Voronoi diagram that separate sites of two areas.
//!
//! Not here: clipping and polygons (`partition`). Invariant: chains meet only at their ends, but
//! for what simplifying moves, which is at most the tolerance.

use std::collections::{BTreeMap, BTreeSet};

use spade::{DelaunayTriangulation, HasPosition, Point2, Triangulation};

use super::plane::distance;

/// A point of an area's ground, metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Site {
    pub(super) at: [f64; 2],
    pub(super) area: u32,
}

impl HasPosition for Site {
    type Scalar = f64;
    fn position(&self) -> Point2<f64> {
        Point2::new(self.at[0], self.at[1])
    }
}

/// No area: the frame of far sites that closes every cell.
const FRAME: u32 = u32::MAX;

/// Chains of points that separate the areas of the sites, within `reach_m` of their middle.
///
/// Sites at the same 0.1 mm count once (the first). Chains are simplified to `tolerance_m`.
pub(super) fn borders(sites: &[Site], reach_m: f64, tolerance_m: f64) -> Vec<Vec<[f64; 2]>> {
    let triangulation = triangulate(sites, reach_m);
    // Dual edges, by the two triangles (Voronoi vertices) that they join.
    let mut at: BTreeMap<usize, [f64; 2]> = BTreeMap::new();
    let mut links: BTreeMap<usize, BTreeMap<usize, [u32; 2]>> = BTreeMap::new();
    for edge in triangulation.undirected_edges() {
        let [a, b] = edge.vertices().map(|vertex| vertex.data().area);
        if a == b || a == FRAME || b == FRAME {
            continue;
        }
        let directed = edge.as_directed();
        let (Some(left), Some(right)) =
            (directed.face().as_inner(), directed.rev().face().as_inner())
        else {
            continue;
        };
        let ends = [left, right].map(|face| {
            let centre = face.circumcenter();
            at.insert(face.index(), [centre.x, centre.y]);
            face.index()
        });
        let pair = [a.min(b), a.max(b)];
        links.entry(ends[0]).or_default().insert(ends[1], pair);
        links.entry(ends[1]).or_default().insert(ends[0], pair);
    }
    chains(&links)
        .into_iter()
        .map(|chain| {
            simplify(
                &chain.iter().map(|end| at[end]).collect::<Vec<_>>(),
                tolerance_m,
            )
        })
        .collect()
}

fn triangulate(sites: &[Site], reach_m: f64) -> DelaunayTriangulation<Site> {
    let mut seen = BTreeSet::new();
    let mut vertices: Vec<Site> = Vec::with_capacity(sites.len() + 8);
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for site in sites {
        let key = site.at.map(|v| (v * 1e4).round() as i64);
        if seen.insert(key) {
            let at = key.map(|v| v as f64 / 1e4);
            for axis in 0..2 {
                low[axis] = low[axis].min(at[axis]);
                high[axis] = high[axis].max(at[axis]);
            }
            vertices.push(Site {
                at,
                area: site.area,
            });
        }
    }
    if vertices.is_empty() {
        return DelaunayTriangulation::new();
    }
    let middle = [0, 1].map(|axis| f64::midpoint(low[axis], high[axis]));
    // Farther than three times what is looked at, so that the frame takes nothing of it.
    let radius = 10.0 * (reach_m + distance(low, high) + 1.0);
    let diagonal = radius * std::f64::consts::FRAC_1_SQRT_2;
    for [x, y] in [
        [radius, 0.0],
        [diagonal, diagonal],
        [0.0, radius],
        [-diagonal, diagonal],
        [-radius, 0.0],
        [-diagonal, -diagonal],
        [0.0, -radius],
        [diagonal, -diagonal],
    ] {
        vertices.push(Site {
            at: [middle[0] + x, middle[1] + y],
            area: FRAME,
        });
    }
    DelaunayTriangulation::bulk_load_stable(vertices)
        .expect("rounded finite coordinates are accepted")
}

/// Walks through the vertices with two links between the same two areas.
fn chains(links: &BTreeMap<usize, BTreeMap<usize, [u32; 2]>>) -> Vec<Vec<usize>> {
    let passes = |vertex: usize| {
        let around = &links[&vertex];
        around.len() == 2 && {
            let mut pairs = around.values();
            pairs.next() == pairs.next()
        }
    };
    let mut done: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut result = Vec::new();
    // Chains with ends first, then what is left: closed ones.
    let starts = links.keys().copied().filter(|&vertex| !passes(vertex));
    for start in starts.chain(links.keys().copied()) {
        for &second in links[&start].keys() {
            if done.contains(&(start, second)) {
                continue;
            }
            let mut chain = vec![start, second];
            let (mut previous, mut vertex) = (start, second);
            done.insert((start, second));
            done.insert((second, start));
            while vertex != start && passes(vertex) {
                let Some(&next) = links[&vertex].keys().find(|&&next| next != previous) else {
                    break;
                };
                done.insert((vertex, next));
                done.insert((next, vertex));
                chain.push(next);
                (previous, vertex) = (vertex, next);
            }
            result.push(chain);
        }
    }
    result
}

/// Douglas-Peucker; a closed chain keeps its start and the point farthest from it.
fn simplify(chain: &[[f64; 2]], tolerance_m: f64) -> Vec<[f64; 2]> {
    let last = chain.len() - 1;
    let mut keep = vec![false; chain.len()];
    keep[0] = true;
    keep[last] = true;
    let mut open = vec![(0, last)];
    while let Some((from, to)) = open.pop() {
        let (p, q) = (chain[from], chain[to]);
        let length = distance(p, q);
        let off = |r: [f64; 2]| {
            if length < 1e-9 {
                distance(p, r)
            } else {
                let share = ((r[0] - p[0]) * (q[0] - p[0]) + (r[1] - p[1]) * (q[1] - p[1]))
                    / (length * length);
                let share = share.clamp(0.0, 1.0);
                distance(
                    r,
                    [p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])],
                )
            }
        };
        let farthest = (from + 1..to)
            .map(|i| (off(chain[i]), i))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        if let Some((distance_m, i)) = farthest
            && distance_m > tolerance_m
        {
            keep[i] = true;
            open.push((from, i));
            open.push((i, to));
        }
    }
    chain
        .iter()
        .zip(&keep)
        .filter(|(_, keep)| **keep)
        .map(|(point, _)| *point)
        .collect()
}

/// The part of a straight line inside a box; `None` when there is none.
pub(super) fn clipped(
    [p, q]: [[f64; 2]; 2],
    low: [f64; 2],
    high: [f64; 2],
) -> Option<[[f64; 2]; 2]> {
    let step = [q[0] - p[0], q[1] - p[1]];
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        if step[axis] == 0.0 {
            if p[axis] < low[axis] || p[axis] > high[axis] {
                return None;
            }
            continue;
        }
        let a = (low[axis] - p[axis]) / step[axis];
        let b = (high[axis] - p[axis]) / step[axis];
        enter = enter.max(a.min(b));
        leave = leave.min(a.max(b));
    }
    let at = |share: f64| {
        if share == 0.0 {
            p
        } else if share == 1.0 {
            q
        } else {
            [p[0] + share * step[0], p[1] + share * step[1]]
        }
    };
    (enter < leave).then(|| [at(enter), at(leave)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(x: f64, y: f64, area: u32) -> Site {
        Site { at: [x, y], area }
    }

    #[test]
    fn two_rows_of_sites_are_separated_by_one_straight_border() {
        let mut sites = Vec::new();
        for i in 0..20 {
            let x = f64::from(i) * 10.0;
            sites.push(site(x, 0.0, 0));
            sites.push(site(x, 20.0, 1));
        }
        let found = borders(&sites, 300.0, 0.5);
        let inside = |p: &[f64; 2]| p[0] > -100.0 && p[0] < 300.0;
        assert!(
            found
                .iter()
                .flatten()
                .filter(|p| inside(p))
                .all(|p| (p[1] - 10.0).abs() < 0.5)
        );
        assert!(found.len() <= 3, "{found:?}");
    }

    #[test]
    fn an_enclosed_area_has_a_closed_border() {
        let mut sites = vec![site(0.0, 0.0, 1)];
        for i in 0..12 {
            let (sin, cos) = (f64::from(i) * std::f64::consts::TAU / 12.0).sin_cos();
            sites.push(site(40.0 * cos, 40.0 * sin, 0));
        }
        let found = borders(&sites, 100.0, 0.5);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].first(), found[0].last());
    }

    #[test]
    fn one_area_has_no_borders() {
        assert!(borders(&[site(0.0, 0.0, 3), site(9.0, 0.0, 3)], 100.0, 1.0).is_empty());
        assert!(borders(&[], 100.0, 1.0).is_empty());
    }

    #[test]
    fn a_line_is_clipped_to_a_box() {
        let (low, high) = ([0.0, 0.0], [10.0, 10.0]);
        assert_eq!(
            clipped([[-5.0, 5.0], [5.0, 5.0]], low, high),
            Some([[0.0, 5.0], [5.0, 5.0]])
        );
        assert_eq!(clipped([[-5.0, 11.0], [15.0, 11.0]], low, high), None);
        assert_eq!(
            clipped([[2.0, 3.0], [4.0, 5.0]], low, high),
            Some([[2.0, 3.0], [4.0, 5.0]])
        );
    }
}
