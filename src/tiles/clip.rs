//! Clipping and thinning in tile units.
//!
//! Rings by Sutherland and Hodgman, lines segment by segment. Invariants: cuts are computed from the
//! endpoint that comes first in order, so that neighbours cut a common edge at the same point; what is inside
//! the box stays; no hole is lost, because every ring is clipped for itself.

/// A position in tile units.
pub(super) type P = [i32; 2];

/// Vertices from `from` on, thinned and clipped in place; buffers are reused.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    a: Vec<P>,
    b: Vec<P>,
    keep: Vec<bool>,
    stack: Vec<(usize, usize)>,
}

impl Scratch {
    /// Clips a ring (not closed by a repeated vertex) to the square `low..=high`.
    pub(super) fn clip_ring<'a>(&'a mut self, ring: &[P], low: i32, high: i32) -> &'a [P] {
        self.a.clear();
        self.a.extend_from_slice(ring);
        for (axis, limit, keep_greater) in [
            (0, low, true),
            (0, high, false),
            (1, low, true),
            (1, high, false),
        ] {
            self.b.clear();
            let inside = |p: P| {
                if keep_greater {
                    p[axis] >= limit
                } else {
                    p[axis] <= limit
                }
            };
            for i in 0..self.a.len() {
                let (from, to) = (
                    self.a[if i == 0 { self.a.len() - 1 } else { i - 1 }],
                    self.a[i],
                );
                if inside(from) != inside(to) {
                    self.b.push(cut(from, to, axis, limit));
                }
                if inside(to) {
                    self.b.push(to);
                }
            }
            std::mem::swap(&mut self.a, &mut self.b);
        }
        tidy_ring(&mut self.a);
        &self.a
    }

    /// Clips a line to the square `low..=high`; `emit` gets each piece.
    pub(super) fn clip_line(
        &mut self,
        line: &[P],
        low: i32,
        high: i32,
        mut emit: impl FnMut(&[P]),
    ) {
        self.a.clear();
        for pair in line.windows(2) {
            let Some((from, to)) = clip_segment(pair[0], pair[1], low, high) else {
                flush(&mut self.a, &mut emit);
                continue;
            };
            if self.a.last() != Some(&from) {
                flush(&mut self.a, &mut emit);
                self.a.push(from);
            }
            if from != to {
                self.a.push(to);
            }
            if to != pair[1] {
                flush(&mut self.a, &mut emit);
            }
        }
        flush(&mut self.a, &mut emit);
    }

    /// Douglas and Peucker on an open line, in place.
    pub(super) fn simplify_line(&mut self, line: &mut Vec<P>, tolerance: i32) {
        if tolerance <= 0 || line.len() < 3 {
            return;
        }
        self.keep.clear();
        self.keep.resize(line.len(), false);
        self.keep[0] = true;
        self.keep[line.len() - 1] = true;
        self.stack.clear();
        self.stack.push((0, line.len() - 1));
        let limit = f64::from(tolerance) * f64::from(tolerance);
        while let Some((first, last)) = self.stack.pop() {
            let mut farthest = (limit, 0);
            for i in first + 1..last {
                let d2 = distance2(line[i], line[first], line[last]);
                if d2 > farthest.0 {
                    farthest = (d2, i);
                }
            }
            if farthest.1 > 0 {
                self.keep[farthest.1] = true;
                self.stack.push((first, farthest.1));
                self.stack.push((farthest.1, last));
            }
        }
        let mut i = 0;
        line.retain(|_| {
            i += 1;
            self.keep[i - 1]
        });
    }

    /// The same on a ring, whose lowest vertex and the one farthest from it are kept: a choice that does not
    /// depend on where the ring begins.
    pub(super) fn simplify_ring(&mut self, ring: &mut Vec<P>, tolerance: i32) {
        if tolerance <= 0 || ring.len() < 5 {
            return;
        }
        let lowest = (0..ring.len()).min_by_key(|&i| ring[i]).unwrap_or(0);
        ring.rotate_left(lowest);
        let first = ring[0];
        let d2 = |p: P| {
            let (dx, dy) = (
                i64::from(p[0]) - i64::from(first[0]),
                i64::from(p[1]) - i64::from(first[1]),
            );
            dx * dx + dy * dy
        };
        let far = (0..ring.len())
            .max_by_key(|&i| (d2(ring[i]), ring[i]))
            .unwrap_or(0);
        let mut back = ring.split_off(far);
        back.push(first);
        ring.push(back[0]);
        self.simplify_line(ring, tolerance);
        self.simplify_line(&mut back, tolerance);
        ring.pop();
        ring.extend_from_slice(&back[..back.len() - 1]);
        tidy_ring(ring);
    }
}

fn flush(line: &mut Vec<P>, emit: &mut impl FnMut(&[P])) {
    if line.len() >= 2 {
        emit(line);
    }
    line.clear();
}

/// Where the edge crosses `limit` on `axis`.
fn cut(from: P, to: P, axis: usize, limit: i32) -> P {
    let (a, b) = if from <= to { (from, to) } else { (to, from) };
    let other = 1 - axis;
    let along = i128::from(b[other]) - i128::from(a[other]);
    let part = i128::from(limit) - i128::from(a[axis]);
    let whole = i128::from(b[axis]) - i128::from(a[axis]);
    let mut point = [limit; 2];
    point[other] = (i128::from(a[other]) + rounded(along * part, whole)) as i32;
    point
}

/// `a / b` to the nearest integer, halves upwards; `b` is not 0.
fn rounded(a: i128, b: i128) -> i128 {
    (2 * a + b).div_euclid(2 * b)
}

fn clip_segment(mut from: P, mut to: P, low: i32, high: i32) -> Option<(P, P)> {
    for axis in 0..2 {
        for (limit, keep_greater) in [(low, true), (high, false)] {
            let inside = |p: P| {
                if keep_greater {
                    p[axis] >= limit
                } else {
                    p[axis] <= limit
                }
            };
            match (inside(from), inside(to)) {
                (true, true) => {}
                (false, false) => return None,
                (true, false) => to = cut(from, to, axis, limit),
                (false, true) => from = cut(from, to, axis, limit),
            }
        }
    }
    Some((from, to))
}

/// Removes repeated vertices and spikes (there and straight back) from a ring.
pub(super) fn tidy_ring(ring: &mut Vec<P>) {
    let mut kept = 0;
    for i in 0..ring.len() {
        let p = ring[i];
        while kept >= 2 && is_spike(ring[kept - 2], ring[kept - 1], p) {
            kept -= 1;
        }
        if kept == 0 || ring[kept - 1] != p {
            ring[kept] = p;
            kept += 1;
        }
    }
    ring.truncate(kept);
    // The seam.
    let mut skip = 0;
    loop {
        let rest = &ring[skip..];
        let n = rest.len();
        if n < 2 {
            break;
        }
        if rest[0] == rest[n - 1] || (n >= 3 && is_spike(rest[n - 2], rest[n - 1], rest[0])) {
            ring.pop();
        } else if n >= 3 && is_spike(rest[n - 1], rest[0], rest[1]) {
            skip += 1;
        } else {
            break;
        }
    }
    ring.drain(..skip);
}

fn is_spike(a: P, b: P, c: P) -> bool {
    let d = |p: P, q: P, axis: usize| i128::from(q[axis]) - i128::from(p[axis]);
    let (ux, uy, vx, vy) = (d(a, b, 0), d(a, b, 1), d(b, c, 0), d(b, c, 1));
    ux * vy == uy * vx && ux * vx + uy * vy < 0
}

/// Twice the signed area; positive is clockwise on the screen (y down), as exterior rings are in tiles.
pub(super) fn area2(ring: &[P]) -> i128 {
    let Some(&o) = ring.first() else { return 0 };
    let d = |p: P, axis: usize| i128::from(p[axis]) - i128::from(o[axis]);
    ring.windows(2)
        .map(|e| d(e[0], 0) * d(e[1], 1) - d(e[1], 0) * d(e[0], 1))
        .sum()
}

fn distance2(p: P, a: P, b: P) -> f64 {
    let d = |q: P, axis: usize| f64::from(q[axis]) - f64::from(a[axis]);
    let (px, py, bx, by) = (d(p, 0), d(p, 1), d(b, 0), d(b, 1));
    let length2 = bx * bx + by * by;
    let t = if length2 > 0.0 {
        ((px * bx + py * by) / length2).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let (dx, dy) = (px - t * bx, py - t * by);
    dx * dx + dy * dy
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn convex_area(ring: &[P]) -> i128 {
        area2(ring).abs()
    }

    #[test]
    fn a_square_across_the_border_is_cut_to_its_inner_part() {
        let ring = [[-10, -10], [5, -10], [5, 5], [-10, 5]];
        let mut scratch = Scratch::default();
        assert_eq!(convex_area(scratch.clip_ring(&ring, 0, 100)), 2 * 25);
        assert!(scratch.clip_ring(&ring, 50, 100).is_empty());
    }

    #[test]
    fn a_ring_around_the_box_becomes_the_box() {
        let ring = [[-9, -9], [19, -9], [19, 19], [-9, 19]];
        assert_eq!(convex_area(Scratch::default().clip_ring(&ring, 0, 10)), 200);
    }

    #[test]
    fn a_line_that_leaves_and_returns_is_two_lines() {
        let line = [[0, 5], [20, 5], [20, 8], [0, 8]];
        let mut pieces = Vec::new();
        Scratch::default().clip_line(&line, 0, 10, |piece| pieces.push(piece.to_vec()));
        assert_eq!(pieces, [vec![[0, 5], [10, 5]], vec![[10, 8], [0, 8]]]);
    }

    #[test]
    fn spikes_and_repeated_vertices_go() {
        let mut ring = vec![
            [0, 0],
            [10, 0],
            [10, 0],
            [10, 10],
            [10, 30],
            [10, 10],
            [0, 10],
            [0, 0],
        ];
        tidy_ring(&mut ring);
        assert_eq!(convex_area(&ring), 200);
        assert!(!ring.contains(&[10, 30]));
        let mut flat = vec![[0, 0], [5, 0], [9, 0], [4, 0]];
        tidy_ring(&mut flat);
        assert!(flat.len() < 3, "{flat:?}");
    }

    #[test]
    fn simplification_keeps_corners_and_drops_bumps() {
        let mut ring = vec![[0, 0], [50, 1], [100, 0], [100, 100], [50, 99], [0, 100]];
        Scratch::default().simplify_ring(&mut ring, 2);
        assert_eq!(ring.len(), 4, "{ring:?}");
        assert_eq!(convex_area(&ring), 20_000);
    }

    proptest! {
        #[test]
        fn clipped_rings_stay_in_the_box_and_keep_the_area_of_the_overlap(
            x in -60_i32..60, y in -60_i32..60, w in 1_i32..80, h in 1_i32..80,
        ) {
            let ring = [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
            let mut scratch = Scratch::default();
            let clipped = scratch.clip_ring(&ring, 0, 40);
            prop_assert!(clipped.iter().flatten().all(|v| (0..=40).contains(v)));
            let side = |from: i32, size: i32| i128::from(((from + size).min(40) - from.max(0)).max(0));
            prop_assert_eq!(convex_area(clipped), 2 * side(x, w) * side(y, h));
        }

        #[test]
        fn neighbours_cut_a_common_edge_at_one_point(
            a in (-500_i32..500, -500_i32..500), b in (-500_i32..500, -500_i32..500), limit in -400_i32..400,
        ) {
            prop_assume!((a.0 < limit) != (b.0 < limit) && a.0 != b.0);
            prop_assert_eq!(cut([a.0, a.1], [b.0, b.1], 0, limit), cut([b.0, b.1], [a.0, a.1], 0, limit));
        }
    }
}
