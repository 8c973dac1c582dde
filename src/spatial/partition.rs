//! A partition of the plane by lines: patches between them, and polygons of labelled patches.
//!
//! A constrained Delaunay triangulation holds the lines, cut where they cross. Patches are unions
//! of its triangles, so polygons made from them share their vertices exactly: there can be no gap
//! and no overlap, whatever rounding does. Not here: what the lines or labels mean.
//! Invariant: the polygons of all labels tile the triangles that carry a label.

use std::collections::{BTreeMap, HashMap};

use geo::{LineString, MultiPolygon, Polygon};
use spade::handles::{DirectedEdgeHandle, FixedVertexHandle};
use spade::{
    CdtEdge, ConstrainedDelaunayTriangulation, Point2, PositionInTriangulation, Triangulation,
};

type Cdt = ConstrainedDelaunayTriangulation<Point2<f64>>;
type Edge<'a> = DirectedEdgeHandle<'a, Point2<f64>, (), CdtEdge<()>, ()>;

/// The label of what belongs to nobody.
pub(super) const NOBODY: u32 = u32::MAX;

/// Lines in the plane, metres.
#[derive(Clone, Default)]
pub(super) struct Partition {
    cdt: Cdt,
}

/// Patches: what can be reached without crossing a line.
pub(super) struct Patches {
    /// The patch of every face, by index; `NOBODY` for the outer face.
    of_face: Vec<u32>,
    /// A point well inside each patch.
    pub(super) inner_points: Vec<[f64; 2]>,
}

impl Partition {
    /// Adds a chain of straight lines. Points are rounded to 0.1 µm.
    pub(super) fn add_chain(&mut self, points: impl IntoIterator<Item = [f64; 2]>) {
        let mut previous: Option<FixedVertexHandle> = None;
        for point in points {
            let [x, y] = point.map(|v| (v * 1e7).round() / 1e7 + 0.0);
            let Ok(vertex) = self.cdt.insert(Point2::new(x, y)) else {
                previous = None; // not finite: the chain is interrupted
                continue;
            };
            if let Some(previous) = previous {
                self.cdt
                    .add_constraint_and_split(previous, vertex, |point| point);
            }
            previous = Some(vertex);
        }
    }

    /// The patches between the lines; those of the hull's inside.
    pub(super) fn patches(&self) -> Patches {
        let mut of_face = vec![NOBODY; self.cdt.num_all_faces()];
        let mut inner_points = Vec::new();
        for start in self.cdt.inner_faces() {
            if of_face[start.index()] != NOBODY {
                continue;
            }
            let patch = inner_points.len() as u32;
            of_face[start.index()] = patch;
            let mut open = vec![start];
            let mut largest = (0.0, start);
            while let Some(face) = open.pop() {
                let area = face.area();
                if area > largest.0 {
                    largest = (area, face);
                }
                for edge in face.adjacent_edges() {
                    let Some(next) = edge.rev().face().as_inner() else {
                        continue;
                    };
                    if !edge.is_constraint_edge() && of_face[next.index()] == NOBODY {
                        of_face[next.index()] = patch;
                        open.push(next);
                    }
                }
            }
            let centre = largest.1.center();
            inner_points.push([centre.x, centre.y]);
        }
        Patches {
            of_face,
            inner_points,
        }
    }

    /// The patch that holds a point.
    pub(super) fn patch_at(&self, patches: &Patches, [x, y]: [f64; 2]) -> Option<u32> {
        let face = match self.cdt.locate(Point2::new(x, y)) {
            PositionInTriangulation::OnFace(face) => Some(face.index()),
            PositionInTriangulation::OnEdge(edge) => {
                let edge = self.cdt.directed_edge(edge);
                edge.face()
                    .as_inner()
                    .or_else(|| edge.rev().face().as_inner())
                    .map(|f| f.index())
            }
            PositionInTriangulation::OnVertex(vertex) => self
                .cdt
                .vertex(vertex)
                .out_edges()
                .find_map(|edge| edge.face().as_inner())
                .map(|face| face.index()),
            _ => None,
        };
        face.map(|face| patches.of_face[face])
            .filter(|&patch| patch != NOBODY)
    }

    /// The polygons of every label below `count`, metres. `label_of` gives a patch its label.
    ///
    /// Pieces smaller than `sliver_m2` go to the neighbour with the longest common border, unless
    /// they are all that a label has.
    pub(super) fn dissolve(
        &self,
        patches: &Patches,
        label_of: impl Fn(u32) -> u32,
        sliver_m2: f64,
    ) -> BTreeMap<u32, MultiPolygon<f64>> {
        let by_patch: Vec<u32> = (0..patches.inner_points.len() as u32)
            .map(label_of)
            .collect();
        let mut labels: Vec<u32> = patches
            .of_face
            .iter()
            .map(|&patch| {
                if patch == NOBODY {
                    NOBODY
                } else {
                    by_patch[patch as usize]
                }
            })
            .collect();
        self.merge_slivers(&mut labels, sliver_m2);
        self.trace(&labels)
    }

    /// Groups of faces of one label that hang together by edges: the group of every face, and the
    /// area of every group.
    fn pieces(&self, labels: &[u32]) -> (Vec<u32>, Vec<f64>) {
        let mut piece_of = vec![NOBODY; labels.len()];
        let mut areas: Vec<f64> = Vec::new();
        for start in self.cdt.inner_faces() {
            let label = labels[start.index()];
            if label == NOBODY || piece_of[start.index()] != NOBODY {
                continue;
            }
            let piece = areas.len() as u32;
            piece_of[start.index()] = piece;
            let mut open = vec![start];
            let mut area = 0.0;
            while let Some(face) = open.pop() {
                area += face.area();
                for edge in face.adjacent_edges() {
                    let Some(next) = edge.rev().face().as_inner() else {
                        continue;
                    };
                    if labels[next.index()] == label && piece_of[next.index()] == NOBODY {
                        piece_of[next.index()] = piece;
                        open.push(next);
                    }
                }
            }
            areas.push(area);
        }
        (piece_of, areas)
    }

    fn merge_slivers(&self, labels: &mut [u32], sliver_m2: f64) {
        let (piece_of, areas) = self.pieces(labels);
        let mut largest: BTreeMap<u32, f64> = BTreeMap::new();
        let mut border: BTreeMap<u32, BTreeMap<u32, f64>> = BTreeMap::new();
        for face in self.cdt.inner_faces() {
            let (label, piece) = (labels[face.index()], piece_of[face.index()]);
            if label == NOBODY {
                continue;
            }
            let area = areas[piece as usize];
            let most = largest.entry(label).or_default();
            *most = most.max(area);
            if area >= sliver_m2 {
                continue;
            }
            for edge in face.adjacent_edges() {
                let other = edge.rev().face().index();
                // Slivers do not join slivers: both may change hands.
                if labels[other] != NOBODY
                    && labels[other] != label
                    && areas[piece_of[other] as usize] >= sliver_m2
                {
                    *border
                        .entry(piece)
                        .or_default()
                        .entry(labels[other])
                        .or_default() += edge.length_2().sqrt();
                }
            }
        }
        let mut heir_of: BTreeMap<u32, u32> = BTreeMap::new();
        for (piece, lengths) in border {
            let heir = lengths
                .into_iter()
                .max_by(|p, q| p.1.total_cmp(&q.1).then(q.0.cmp(&p.0)))
                .map(|(label, _)| label);
            heir_of.extend(heir.map(|heir| (piece, heir)));
        }
        for (face, label) in labels.iter_mut().enumerate() {
            if *label != NOBODY
                && largest[label] >= sliver_m2
                && let Some(&heir) = heir_of.get(&piece_of[face])
            {
                *label = heir;
            }
        }
    }

    fn trace(&self, labels: &[u32]) -> BTreeMap<u32, MultiPolygon<f64>> {
        let (piece_of, areas) = self.pieces(labels);
        let mut rings: Vec<Vec<LineString<f64>>> = vec![Vec::new(); areas.len()];
        let mut label_of_piece = vec![NOBODY; areas.len()];
        let mut done = vec![false; self.cdt.num_directed_edges()];
        let on_border =
            |edge: Edge| labels[edge.face().index()] != labels[edge.rev().face().index()];
        for start in self.cdt.directed_edges() {
            let label = labels[start.face().index()];
            if label == NOBODY || !on_border(start) || done[start.fix().index()] {
                continue;
            }
            let piece = piece_of[start.face().index()] as usize;
            label_of_piece[piece] = label;
            let mut walk = Vec::new();
            let mut edge = start;
            loop {
                done[edge.fix().index()] = true;
                walk.push(edge.from());
                // Turn through the inside of the piece until its border comes.
                edge = edge.next();
                while !on_border(edge) {
                    edge = edge.rev().next();
                }
                if edge == start {
                    break;
                }
            }
            let walk: Vec<(usize, [f64; 2])> = walk
                .into_iter()
                .map(|vertex| (vertex.index(), [vertex.position().x, vertex.position().y]))
                .collect();
            rings[piece].extend(simple_rings(&walk));
        }
        let mut result: BTreeMap<u32, Vec<(f64, Polygon<f64>)>> = BTreeMap::new();
        for (piece, rings) in rings.into_iter().enumerate() {
            // A piece hangs together by edges, so it has one outer ring; the others are holes.
            let (mut outer, mut holes) = (None::<LineString<f64>>, Vec::new());
            for ring in rings {
                if signed_area(&ring) > 0.0 && outer.is_none() {
                    outer = Some(ring);
                } else {
                    holes.push(ring);
                }
            }
            if let Some(outer) = outer {
                result
                    .entry(label_of_piece[piece])
                    .or_default()
                    .push((areas[piece], Polygon::new(outer, holes)));
            }
        }
        result
            .into_iter()
            .map(|(label, mut polygons)| {
                polygons.sort_by(|p, q| q.0.total_cmp(&p.0)); // the largest first; stable
                (
                    label,
                    MultiPolygon(polygons.into_iter().map(|(_, polygon)| polygon).collect()),
                )
            })
            .collect()
    }
}

/// Cuts a closed walk at the vertices that it visits more than once.
fn simple_rings(walk: &[(usize, [f64; 2])]) -> Vec<LineString<f64>> {
    let mut rings = Vec::new();
    let mut path: Vec<(usize, [f64; 2])> = Vec::new();
    let mut place: HashMap<usize, usize> = HashMap::new();
    for &(vertex, at) in walk.iter().chain(walk.first()) {
        if let Some(&start) = place.get(&vertex) {
            let mut ring: Vec<[f64; 2]> = path[start..].iter().map(|step| step.1).collect();
            for (dropped, _) in path.drain(start + 1..) {
                place.remove(&dropped);
            }
            if ring.len() >= 3 {
                ring.push(ring[0]);
                rings.push(ring.into());
            }
        } else {
            place.insert(vertex, path.len());
            path.push((vertex, at));
        }
    }
    rings
}

fn signed_area(ring: &LineString<f64>) -> f64 {
    let Some(anchor) = ring.0.first() else {
        return 0.0;
    };
    ring.lines()
        .map(|l| {
            (l.start.x - anchor.x) * (l.end.y - anchor.y)
                - (l.end.x - anchor.x) * (l.start.y - anchor.y)
        })
        .sum::<f64>()
        / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area, Validation};

    fn square(partition: &mut Partition, x: f64, y: f64, side: f64) {
        partition.add_chain([
            [x, y],
            [x + side, y],
            [x + side, y + side],
            [x, y + side],
            [x, y],
        ]);
    }

    #[test]
    fn crossing_lines_make_patches_that_tile() {
        let mut partition = Partition::default();
        square(&mut partition, 0.0, 0.0, 100.0);
        partition.add_chain([[-10.0, 30.0], [110.0, 62.0]]);
        partition.add_chain([[50.0, -10.0], [41.0, 110.0]]);
        let patches = partition.patches();
        let inside = |patch: u32| {
            patches.inner_points[patch as usize]
                .iter()
                .all(|&v| (0.0..=100.0).contains(&v))
        };
        let found = partition.dissolve(&patches, |p| if inside(p) { p } else { NOBODY }, 1.0);
        assert_eq!(found.len(), 4);
        let sum: f64 = found.values().map(Area::unsigned_area).sum();
        assert!((sum - 10_000.0).abs() < 1e-6);
        assert!(found.values().all(Validation::is_valid));
    }

    #[test]
    fn a_label_inside_another_is_its_hole_even_where_they_touch() {
        let mut partition = Partition::default();
        square(&mut partition, 0.0, 0.0, 100.0);
        partition.add_chain([[0.0, 0.0], [30.0, 10.0], [10.0, 30.0], [0.0, 0.0]]);
        square(&mut partition, 50.0, 50.0, 10.0);
        let patches = partition.patches();
        let label = |p: u32| {
            let [x, y] = patches.inner_points[p as usize];
            let in_square = (50.0..60.0).contains(&x) && (50.0..60.0).contains(&y);
            let in_triangle = x < 30.0 && y < 30.0 && y < 3.0 * x && x < 3.0 * y && x + y < 40.0;
            u32::from(in_square || in_triangle)
        };
        let found = partition.dissolve(&patches, label, 1.0);
        assert!(found.values().all(Validation::is_valid));
        assert_eq!(found[&0].0[0].interiors().len(), 2);
        assert!((found[&1].unsigned_area() - 500.0).abs() < 1e-6);
        assert!((found[&0].unsigned_area() - 9_500.0).abs() < 1e-6);
    }

    #[test]
    fn slivers_go_to_their_longest_neighbour_unless_they_are_all_there_is() {
        let mut partition = Partition::default();
        square(&mut partition, 0.0, 0.0, 100.0);
        square(&mut partition, 40.0, 40.0, 0.5);
        square(&mut partition, 80.0, 80.0, 0.5);
        square(&mut partition, 10.0, 10.0, 5.0);
        let patches = partition.patches();
        let label = |p: u32| match patches.inner_points[p as usize] {
            [x, y] if (40.0..40.5).contains(&x) && (40.0..40.5).contains(&y) => 1,
            [x, y] if (80.0..80.5).contains(&x) && (80.0..80.5).contains(&y) => 2,
            [x, y] if (10.0..15.0).contains(&x) && (10.0..15.0).contains(&y) => 1,
            _ => 0,
        };
        let found = partition.dissolve(&patches, label, 1.0);
        assert!((found[&1].unsigned_area() - 25.0).abs() < 1e-6);
        assert!((found[&2].unsigned_area() - 0.25).abs() < 1e-6);
        assert!((found[&0].unsigned_area() - (10_000.0 - 25.25)).abs() < 1e-6);
    }
}
