//! Single rings: closing, dropping what adds no area, and telling whether they cross themselves.
//!
//! Knows no polygons. Invariant: work is bounded, whatever the ring.

use geo::algorithm::kernels::{Kernel, Orientation};
use geo::{GeoNum, Intersects};
use geo_types::{Coord, Line, LineString};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

/// Below this many segments every pair is compared.
const FEW_SEGMENTS: usize = 48;

/// Pairs of segments that are compared before a ring is called too complex.
const MAX_PAIRS: usize = 20_000_000;

/// Appends the first coordinate when the ring is open; says whether it was.
pub fn close_ring(ring: &mut Vec<Coord<f64>>) -> bool {
    match (ring.first().copied(), ring.last()) {
        (Some(first), Some(last)) if first != *last => {
            ring.push(first);
            true
        }
        _ => false,
    }
}

/// A ring without repeated coordinates and spikes.
pub(super) struct Cleaned {
    /// Closed; empty when fewer than three distinct coordinates enclose nothing.
    pub ring: LineString<f64>,
    /// Repeated coordinates that were dropped.
    pub repeated: usize,
    /// Tips of spikes that were dropped: the ring went out and came back on the same line.
    pub spikes: usize,
}

/// Drops repeated coordinates and spikes; the enclosed area stays the same.
pub(super) fn clean(ring: &LineString<f64>) -> Cleaned {
    let open = match ring.0.as_slice() {
        [first, middle @ .., last] if first == last && !middle.is_empty() => {
            &ring.0[..ring.0.len() - 1]
        }
        all => all,
    };
    let (mut repeated, mut spikes) = (0, 0);
    let mut kept: Vec<Coord<f64>> = Vec::with_capacity(open.len() + 1);
    for &next in open {
        loop {
            match kept.as_slice() {
                [.., last] if *last == next => {
                    repeated += 1;
                    kept.pop();
                }
                [.., before, last] if is_spike(*before, *last, next) => {
                    spikes += 1;
                    kept.pop();
                }
                _ => break,
            }
        }
        kept.push(next);
    }
    // The same across the seam, where the end meets the beginning.
    let mut start = 0;
    while kept.len() - start >= 3 {
        let (first, second) = (kept[start], kept[start + 1]);
        let (last, before) = (kept[kept.len() - 1], kept[kept.len() - 2]);
        if last == first {
            repeated += 1;
            kept.pop();
        } else if is_spike(before, last, first) {
            spikes += 1;
            kept.pop();
        } else if is_spike(last, first, second) {
            spikes += 1;
            start += 1;
        } else {
            break;
        }
    }
    let mut ring = kept.split_off(start);
    if ring.len() < 3 {
        ring.clear();
    }
    close_ring(&mut ring);
    Cleaned {
        ring: LineString(ring),
        repeated,
        spikes,
    }
}

/// Whether the way a → b → c turns back on itself at b.
fn is_spike(a: Coord<f64>, b: Coord<f64>, c: Coord<f64>) -> bool {
    let back = (b - a).x * (c - b).x + (b - a).y * (c - b).y;
    back < 0.0 && <f64 as GeoNum>::Ker::orient2d(a, b, c) == Orientation::Collinear
}

/// What was found out about a cleaned ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Simplicity {
    /// It touches itself nowhere.
    Simple,
    /// It touches or crosses itself.
    Crossing,
    /// Too many of its segments lie over one another to find out in reasonable time.
    TooComplex,
}

/// Tells whether a closed ring without spikes touches or crosses itself.
pub(super) fn simplicity(ring: &LineString<f64>) -> Simplicity {
    let lines: Vec<Line<f64>> = ring.lines().collect();
    let n = lines.len();
    let neighbours = |i: usize, j: usize| j == i + 1 || (i == 0 && j == n - 1);
    if n <= FEW_SEGMENTS {
        let crossing =
            (0..n).any(|i| (i + 1..n).any(|j| !neighbours(i, j) && lines[i].intersects(&lines[j])));
        return if crossing {
            Simplicity::Crossing
        } else {
            Simplicity::Simple
        };
    }
    let tree = tree_of(&lines);
    let mut pairs = 0;
    for (i, line) in lines.iter().enumerate() {
        for other in tree.locate_in_envelope_intersecting(&envelope(line)) {
            let j = other.data;
            pairs += 1;
            if pairs > MAX_PAIRS {
                return Simplicity::TooComplex;
            }
            if j > i && !neighbours(i, j) && line.intersects(&lines[j]) {
                return Simplicity::Crossing;
            }
        }
    }
    Simplicity::Simple
}

/// Tells whether segments of several closed rings cross in their middles; touching does not count.
pub(super) fn crossing<'r>(rings: impl Iterator<Item = &'r LineString<f64>>) -> Simplicity {
    let lines: Vec<Line<f64>> = rings.flat_map(LineString::lines).collect();
    let tree = tree_of(&lines);
    let mut pairs = 0;
    for (i, line) in lines.iter().enumerate() {
        for other in tree.locate_in_envelope_intersecting(&envelope(line)) {
            pairs += 1;
            if pairs > MAX_PAIRS {
                return Simplicity::TooComplex;
            }
            if other.data > i && cross_in_the_middle(*line, lines[other.data]) {
                return Simplicity::Crossing;
            }
        }
    }
    Simplicity::Simple
}

/// Pairs of segments of several rings that meet, neighbours included; compares every pair.
pub(super) fn meetings<'r>(rings: impl Iterator<Item = &'r LineString<f64>>) -> usize {
    let lines: Vec<Line<f64>> = rings.flat_map(LineString::lines).collect();
    lines
        .iter()
        .enumerate()
        .map(|(i, line)| {
            lines[i + 1..]
                .iter()
                .filter(|other| line.intersects(*other))
                .count()
        })
        .sum()
}

fn cross_in_the_middle(a: Line<f64>, b: Line<f64>) -> bool {
    let side = |line: Line<f64>, c| <f64 as GeoNum>::Ker::orient2d(line.start, line.end, c);
    let parted = |line: Line<f64>, other: Line<f64>| {
        matches!(
            (side(line, other.start), side(line, other.end)),
            (Orientation::Clockwise, Orientation::CounterClockwise)
                | (Orientation::CounterClockwise, Orientation::Clockwise)
        )
    };
    parted(a, b) && parted(b, a)
}

type SegmentBox = GeomWithData<Rectangle<[f64; 2]>, usize>;

fn tree_of(lines: &[Line<f64>]) -> RTree<SegmentBox> {
    let boxes = lines
        .iter()
        .enumerate()
        .map(|(i, line)| GeomWithData::new(Rectangle::from_aabb(envelope(line)), i))
        .collect();
    RTree::bulk_load(boxes)
}

fn envelope(line: &Line<f64>) -> AABB<[f64; 2]> {
    AABB::from_corners([line.start.x, line.start.y], [line.end.x, line.end.y])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ring(points: &[(f64, f64)]) -> LineString<f64> {
        let mut ring = LineString::from(points.to_vec());
        ring.close();
        ring
    }

    fn shoelace(ring: &LineString<f64>) -> f64 {
        ring.lines().map(|line| line.determinant()).sum::<f64>() / 2.0
    }

    #[test]
    fn repeats_and_spikes_go_also_across_the_seam() {
        let dirty = ring(&[
            (1.0, 0.0),
            (1.0, 0.0),
            (4.0, 0.0),
            (4.0, 4.0),
            (4.0, 9.0),
            (4.0, 4.0),
            (0.0, 4.0),
            (0.0, 0.0),
            (-3.0, 0.0),
        ]);
        let cleaned = clean(&dirty);
        assert_eq!((cleaned.repeated, cleaned.spikes), (2, 2));
        assert_eq!(shoelace(&cleaned.ring), 16.0);
        assert_eq!(
            clean(&ring(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)]))
                .ring
                .0
                .len(),
            0
        );
        assert_eq!(clean(&LineString(vec![])).ring.0.len(), 0);
        assert_eq!(clean(&ring(&[(1.0, 1.0)])).ring.0.len(), 0);
    }

    #[test]
    fn crossings_are_found_in_long_rings_too() {
        let circle = |n: usize| -> Vec<(f64, f64)> {
            (0..n)
                .map(|i| (i as f64 / n as f64 * std::f64::consts::TAU).sin_cos())
                .collect()
        };
        for n in [20, 5000] {
            let mut points = circle(n);
            assert_eq!(simplicity(&ring(&points)), Simplicity::Simple);
            points.swap(n / 2, n / 2 + 1);
            assert_eq!(simplicity(&ring(&points)), Simplicity::Crossing);
        }
    }

    #[test]
    fn a_ring_of_nested_diagonals_is_given_up_in_bounded_work() {
        // Long parallel diagonals: every box overlaps every other, nothing crosses.
        let n = 6000;
        let mut points: Vec<(f64, f64)> = Vec::new();
        for i in 0..n {
            let d = f64::from(i) * 1e-6;
            let (a, b) = ((d, -d), (1.0 + d, 1.0 - d));
            points.extend(if i % 2 == 0 { [a, b] } else { [b, a] });
        }
        points.push((-2.0, -2.0));
        assert_eq!(simplicity(&ring(&points)), Simplicity::TooComplex);
    }

    proptest! {
        #[test]
        fn cleaning_keeps_the_area_and_is_done_after_once(
            points in prop::collection::vec((0..6i8, 0..6i8), 0..24)
        ) {
            let given = ring(&points.iter().map(|&(x, y)| (x.into(), y.into())).collect::<Vec<_>>());
            let once = clean(&given);
            prop_assert_eq!(shoelace(&once.ring), shoelace(&given));
            let twice = clean(&once.ring);
            prop_assert_eq!((twice.repeated, twice.spikes), (0, 0));
            prop_assert_eq!(twice.ring, once.ring);
        }

        #[test]
        fn the_long_way_agrees_with_comparing_all_pairs(
            points in prop::collection::vec((0..40i8, 0..40i8), 3..80)
        ) {
            let given = ring(&points.iter().map(|&(x, y)| (x.into(), y.into())).collect::<Vec<_>>());
            let given = clean(&given).ring;
            let lines: Vec<_> = given.lines().collect();
            let n = lines.len();
            let crossing = (0..n).any(|i| (i + 2..n).any(|j| {
                !(i == 0 && j == n - 1) && lines[i].intersects(&lines[j])
            }));
            let expected = if crossing { Simplicity::Crossing } else { Simplicity::Simple };
            prop_assert_eq!(simplicity(&given), expected);
        }
    }
}
