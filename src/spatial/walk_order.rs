//! The order in which places are walked: a short open path over a walkable graph.
//!
//! Nearest neighbour from the start, then 2-opt and moves of single places until nothing gets shorter
//! (Croes 1958; Or 1976). Distances run along the graph; where it does not connect, straight with a detour.
//! Invariants: every place once; the same input gives the same order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Longer than straight, where no way is known.
const DETOUR: f64 = 1.4;
/// Places whose ways are all measured, at most: memory and time grow with their square and beyond.
const MOST_WALKED: usize = 400;
/// Rounds of improvement, at most.
const ROUNDS: usize = 60;

/// A walk.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    /// Places in their order.
    pub order: Vec<usize>,
    /// The line that is walked, places that are only passed included.
    pub line: Vec<usize>,
    /// Length of the line, metres, the way from the start to the first place not included.
    pub length_m: f64,
}

/// A short walk over all `places` (metres in a plane), beginning near `start`, or in the south-west without one.
pub fn walk_order(places: &[[f64; 2]], edges: &[(usize, usize)], start: Option<[f64; 2]>) -> Walk {
    let n = places.len();
    if n == 0 {
        return Walk {
            order: Vec::new(),
            line: Vec::new(),
            length_m: 0.0,
        };
    }
    if n > MOST_WALKED {
        return row_by_row(places);
    }
    let ways = Ways::new(places, edges);
    let from = |target: [f64; 2]| {
        let near = |&at: &usize| super::plane::distance(places[at], target);
        (0..n)
            .min_by(|a, b| near(a).total_cmp(&near(b)))
            .unwrap_or(0)
    };
    let south_west = || {
        let low = |axis: usize| places.iter().map(|p| p[axis]).fold(f64::INFINITY, f64::min);
        [low(0), low(1)]
    };
    let mut order = nearest_first(&ways, n, from(start.unwrap_or_else(south_west)));
    improve(&ways, &mut order);
    let mut line = vec![order[0]];
    for step in order.windows(2) {
        ways.append(step[0], step[1], &mut line);
    }
    let length_m = order.windows(2).map(|w| ways.of(w[0], w[1])).sum();
    Walk {
        order,
        line,
        length_m,
    }
}

/// Rows from south to north, walked to and fro.
fn row_by_row(places: &[[f64; 2]]) -> Walk {
    let (south, north) = places
        .iter()
        .map(|place| place[1])
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
            (low.min(y), high.max(y))
        });
    let rows = (places.len() as f64).sqrt().ceil();
    let height = ((north - south) / rows).max(f64::MIN_POSITIVE);
    let row = |at: usize| ((places[at][1] - south) / height).floor() as i64;
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|&a, &b| {
        let along = if row(a) % 2 == 0 { 1.0 } else { -1.0 };
        let east = (places[a][0] * along).total_cmp(&(places[b][0] * along));
        row(a).cmp(&row(b)).then(east).then(a.cmp(&b))
    });
    let steps = order.windows(2);
    let straight: f64 = steps
        .map(|step| super::plane::distance(places[step[0]], places[step[1]]))
        .sum();
    Walk {
        line: order.clone(),
        order,
        length_m: straight * DETOUR,
    }
}

/// Shortest ways between all places.
struct Ways {
    n: usize,
    length: Vec<f64>,
    /// The place before the last one on the way; `usize::MAX` where there is none.
    before: Vec<usize>,
}

impl Ways {
    fn new(places: &[[f64; 2]], edges: &[(usize, usize)]) -> Self {
        let n = places.len();
        let straight = |a: usize, b: usize| super::plane::distance(places[a], places[b]);
        let mut near: Vec<Vec<(usize, f64)>> = vec![Vec::new(); n];
        for &(a, b) in edges {
            near[a].push((b, straight(a, b)));
            near[b].push((a, straight(a, b)));
        }
        let mut ways = Self {
            n,
            length: vec![f64::INFINITY; n * n],
            before: vec![usize::MAX; n * n],
        };
        for source in 0..n {
            let row = source * n;
            ways.length[row + source] = 0.0;
            let mut open = BinaryHeap::from([(Reverse(Metres(0.0)), source)]);
            while let Some((Reverse(Metres(so_far)), at)) = open.pop() {
                if so_far > ways.length[row + at] {
                    continue;
                }
                for &(next, length) in &near[at] {
                    let there = so_far + length;
                    if there < ways.length[row + next] {
                        ways.length[row + next] = there;
                        ways.before[row + next] = at;
                        open.push((Reverse(Metres(there)), next));
                    }
                }
            }
            for target in 0..n {
                if ways.length[row + target].is_infinite() {
                    ways.length[row + target] = straight(source, target) * DETOUR;
                }
            }
        }
        ways
    }

    fn of(&self, a: usize, b: usize) -> f64 {
        self.length[a * self.n + b]
    }

    /// Appends the way from `a` to `b`, without `a`.
    fn append(&self, a: usize, b: usize, line: &mut Vec<usize>) {
        let begin = line.len();
        let mut at = b;
        while at != a {
            line.push(at);
            match self.before[a * self.n + at] {
                usize::MAX => break,
                before => at = before,
            }
        }
        line[begin..].reverse();
    }
}

#[derive(PartialEq)]
struct Metres(f64);

impl Eq for Metres {}

impl PartialOrd for Metres {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Metres {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

fn nearest_first(ways: &Ways, n: usize, start: usize) -> Vec<usize> {
    let mut left: Vec<usize> = (0..n).filter(|&at| at != start).collect();
    let mut order = vec![start];
    let mut here = start;
    while !left.is_empty() {
        let next = (0..left.len())
            .min_by(|&a, &b| ways.of(here, left[a]).total_cmp(&ways.of(here, left[b])))
            .unwrap_or(0);
        here = left.remove(next);
        order.push(here);
    }
    order
}

/// 2-opt and moves of single places; the first place stays.
fn improve(ways: &Ways, order: &mut Vec<usize>) {
    const LESS: f64 = 1e-6;
    let n = order.len();
    for _ in 0..ROUNDS {
        let mut better = false;
        for i in 1..n {
            for j in i + 1..n {
                let (a, b, c) = (order[i - 1], order[i], order[j]);
                let after = order.get(j + 1).copied();
                let end = |of: usize| after.map_or(0.0, |next| ways.of(of, next));
                if ways.of(a, c) + end(b) + LESS < ways.of(a, b) + end(c) {
                    order[i..=j].reverse();
                    better = true;
                }
            }
        }
        for i in 1..n {
            let link = |order: &[usize], a: usize, b: usize| match (order.get(a), order.get(b)) {
                (Some(&a), Some(&b)) => ways.of(a, b),
                _ => 0.0,
            };
            let freed = link(order, i - 1, i) + link(order, i, i + 1) - link(order, i - 1, i + 1);
            let place = order.remove(i);
            // Between `j - 1` and `j` of what is left; at the end after the last.
            let costs = (1..n).map(|j| {
                let to = ways.of(order[j - 1], place);
                let on = order.get(j).map_or(0.0, |&next| {
                    ways.of(place, next) - ways.of(order[j - 1], next)
                });
                (j, to + on)
            });
            let best = costs.min_by(|a, b| a.1.total_cmp(&b.1));
            match best {
                Some((j, cost)) if cost + LESS < freed => {
                    order.insert(j, place);
                    better = true;
                }
                _ => order.insert(i, place),
            }
        }
        if !better {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn grid(columns: usize, rows: usize) -> (Vec<[f64; 2]>, Vec<(usize, usize)>) {
        let at = |x: usize, y: usize| y * columns + x;
        let mut places = Vec::new();
        let mut edges = Vec::new();
        for y in 0..rows {
            for x in 0..columns {
                places.push([x as f64 * 30.0, y as f64 * 30.0]);
                if x > 0 {
                    edges.push((at(x - 1, y), at(x, y)));
                }
                if y > 0 {
                    edges.push((at(x, y - 1), at(x, y)));
                }
            }
        }
        (places, edges)
    }

    #[test]
    fn rows_of_houses_are_walked_without_going_back() {
        let (places, edges) = grid(3, 3);
        let walk = walk_order(&places, &edges, Some([0.0, -10.0]));
        assert_eq!(walk.order[0], 0);
        assert!((walk.length_m - 240.0).abs() < 1e-9, "{walk:?}");
        assert_eq!(walk.line, walk.order, "no house is passed twice");
    }

    #[test]
    fn a_way_round_a_wall_is_walked_and_drawn() {
        // Two rows that meet only at their far end.
        let places = [[0.0, 0.0], [30.0, 0.0], [60.0, 0.0], [0.0, 10.0]];
        let walk = walk_order(&places, &[(0, 1), (1, 2), (2, 3)], Some([0.0, 0.0]));
        assert_eq!(walk.order, [0, 1, 2, 3]);
        let alone = walk_order(&places[..1], &[], None);
        assert_eq!((alone.order.len(), alone.length_m), (1, 0.0));
        assert!(walk_order(&[], &[], None).order.is_empty());
    }

    #[test]
    fn a_whole_street_in_one_area_is_ordered_row_by_row_at_once() {
        let (places, edges) = grid(150, 140);
        let walk = walk_order(&places, &edges, None);
        let mut seen = walk.order.clone();
        seen.sort_unstable();
        assert_eq!(seen, (0..places.len()).collect::<Vec<_>>());
        assert_eq!((walk.order[0], walk.order[1]), (0, 1));
        let shortest = (places.len() - 1) as f64 * 30.0;
        assert!(walk.length_m < shortest * DETOUR * 1.2, "{}", walk.length_m);
    }

    proptest! {
        #[test]
        fn every_place_is_walked_once_and_never_farther_than_nearest_first(
            places in prop::collection::vec([0.0..500.0f64, 0.0..500.0f64], 1..24),
            links in prop::collection::vec((0usize..24, 0usize..24), 0..60),
        ) {
            let n = places.len();
            let edges: Vec<_> = links.into_iter().filter(|(a, b)| a != b && *a < n && *b < n).collect();
            let walk = walk_order(&places, &edges, None);
            let mut seen = walk.order.clone();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..n).collect::<Vec<_>>());
            let ways = Ways::new(&places, &edges);
            let first = nearest_first(&ways, n, walk.order[0]);
            let greedy: f64 = first.windows(2).map(|w| ways.of(w[0], w[1])).sum();
            prop_assert!(walk.length_m <= greedy + 1e-6);
            prop_assert_eq!(walk.line.last(), walk.order.last());
        }
    }
}
