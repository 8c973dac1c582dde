//! Clipping and thinning in tile units.

/// A point in tile units, x to the east, y to the south.
pub(super) type P = [i64; 2];

/// Clips a closed ring to the square [lo, hi]² (Sutherland–Hodgman); an empty result lies outside.
pub(super) fn ring(points: &[P], lo: i64, hi: i64) -> Vec<P> {
    let mut current: Vec<P> = points.to_vec();
    if current.first() == current.last() {
        current.pop();
    }
    for (axis, limit, above) in [(0, lo, true), (0, hi, false), (1, lo, true), (1, hi, false)] {
        let inside = |p: &P| if above { p[axis] >= limit } else { p[axis] <= limit };
        if current.iter().all(inside) {
            continue;
        }
        let mut next = Vec::with_capacity(current.len() + 4);
        for (at, b) in current.iter().enumerate() {
            let a = &current[(at + current.len() - 1) % current.len()];
            match (inside(a), inside(b)) {
                (true, true) => next.push(*b),
                (true, false) => next.push(cut(*a, *b, axis, limit)),
                (false, true) => {
                    next.push(cut(*a, *b, axis, limit));
                    next.push(*b);
                }
                (false, false) => {}
            }
        }
        current = next;
        if current.is_empty() {
            return current;
        }
    }
    current
}

/// Where an edge meets a limit; the same for both directions of the edge, so that neighbours agree.
fn cut(a: P, b: P, axis: usize, limit: i64) -> P {
    let (a, b) = if a[axis] <= b[axis] { (a, b) } else { (b, a) };
    let other = 1 - axis;
    // The two ends lie on different sides of the limit, so the extent is not zero.
    let extent = i128::from(b[axis] - a[axis]).max(1);
    let along = i128::from(limit - a[axis]) * i128::from(b[other] - a[other]);
    let mut point = [0; 2];
    point[axis] = limit;
    point[other] = a[other] + along.div_euclid(extent) as i64;
    point
}

/// Clips a line to the square; what leaves and comes back is several lines.
pub(super) fn line(points: &[P], lo: i64, hi: i64) -> Vec<Vec<P>> {
    let mut parts: Vec<Vec<P>> = Vec::new();
    let mut open: Vec<P> = Vec::new();
    for pair in points.windows(2) {
        match segment(pair[0], pair[1], lo, hi) {
            Some((a, b)) => {
                if open.last() != Some(&a) {
                    if open.len() > 1 {
                        parts.push(std::mem::take(&mut open));
                    }
                    open = vec![a];
                }
                if a != b {
                    open.push(b);
                }
            }
            None => {
                if open.len() > 1 {
                    parts.push(std::mem::take(&mut open));
                }
                open.clear();
            }
        }
    }
    if open.len() > 1 {
        parts.push(open);
    }
    parts
}

/// Liang–Barsky in floats; tile units are far below 2^52.
fn segment(a: P, b: P, lo: i64, hi: i64) -> Option<(P, P)> {
    let (ax, ay) = (a[0] as f64, a[1] as f64);
    let (dx, dy) = (b[0] as f64 - ax, b[1] as f64 - ay);
    let (lo, hi) = (lo as f64, hi as f64);
    let (mut t0, mut t1) = (0.0_f64, 1.0_f64);
    for (p, q) in [(-dx, ax - lo), (dx, hi - ax), (-dy, ay - lo), (dy, hi - ay)] {
        if p == 0.0 {
            if q < 0.0 {
                return None;
            }
            continue;
        }
        let r = q / p;
        if p < 0.0 {
            t0 = t0.max(r);
        } else {
            t1 = t1.min(r);
        }
        if t0 > t1 {
            return None;
        }
    }
    let at = |t: f64| [(ax + t * dx).round() as i64, (ay + t * dy).round() as i64];
    let start = if t0 == 0.0 { a } else { at(t0) };
    let end = if t1 == 1.0 { b } else { at(t1) };
    Some((start, end))
}

/// Drops points nearer than `min` units to the last one kept; the ends stay.
pub(super) fn thin(points: &mut Vec<P>, min: i64) {
    if points.len() < 3 || min <= 1 {
        points.dedup();
        return;
    }
    let last = points[points.len() - 1];
    let mut kept = points[0];
    let mut first = true;
    points.retain(|point| {
        if first {
            first = false;
            return true;
        }
        let far = (point[0] - kept[0]).abs().max((point[1] - kept[1]).abs()) >= min;
        if far {
            kept = *point;
        }
        far
    });
    if points.last() != Some(&last) {
        points.push(last);
    }
}

/// Twice the signed area, y to the south: positive is clockwise on the screen.
pub(super) fn area2(ring: &[P]) -> i128 {
    let mut sum = 0i128;
    for (at, b) in ring.iter().enumerate() {
        let a = ring[(at + ring.len() - 1) % ring.len()];
        sum += i128::from(a[0]) * i128::from(b[1]) - i128::from(b[0]) * i128::from(a[1]);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_ring_that_covers_the_square_becomes_the_square() {
        let big = [[-1000, -1000], [5000, -1000], [5000, 5000], [-1000, 5000], [-1000, -1000]];
        let mut clipped = ring(&big, -64, 4160);
        clipped.sort_unstable();
        assert_eq!(clipped, [[-64, -64], [-64, 4160], [4160, -64], [4160, 4160]]);
        assert!(ring(&[[9000, 9000], [9100, 9000], [9100, 9100]], -64, 4160).is_empty());
    }

    #[test]
    fn a_line_that_leaves_and_returns_is_two_lines() {
        let parts = line(&[[10, 10], [5000, 10], [5000, 20], [10, 20]], 0, 4096);
        assert_eq!(parts, vec![vec![[10, 10], [4096, 10]], vec![[4096, 20], [10, 20]]]);
    }

    proptest! {
        #[test]
        fn a_clipped_ring_stays_inside_and_never_grows(points in prop::collection::vec((-9000i64..13000, -9000i64..13000), 3..30)) {
            let ring_in: Vec<P> = points.iter().map(|(x, y)| [*x, *y]).collect();
            let out = ring(&ring_in, -64, 4160);
            for p in &out {
                prop_assert!((-64..=4160).contains(&p[0]) && (-64..=4160).contains(&p[1]));
            }
        }
    }
}
