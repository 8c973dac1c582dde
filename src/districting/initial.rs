//! First partitions: recursive splits of random trees, or today's plan mended.
//!
//! Not balanced well (the search does that). Invariant: every node gets an area; every area is
//! connected and not empty, unless locks make that impossible.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::constraints::{NONE, Problem};
use super::rng::Rng;
use super::tree::Tree;

/// A first partition: today's plan if it is to be kept, else a fresh one; a rough one if cancelled.
pub(super) fn start(problem: &Problem, rng: &mut Rng, cancelled: &dyn Fn() -> bool) -> Vec<u32> {
    if problem.keeps_current {
        from_current(problem, rng, cancelled)
    } else {
        fresh(problem, rng, cancelled)
    }
}

/// Splits the piece in two again and again, along edges of random spanning trees.
fn fresh(problem: &Problem, rng: &mut Rng, cancelled: &dyn Fn() -> bool) -> Vec<u32> {
    let mut area = vec![0; problem.nodes()];
    let mut tree = Tree::default();
    let mut marks = Vec::new();
    let all: Vec<u32> = (0..problem.nodes() as u32).collect();
    let mut open = vec![(all, 0usize, problem.areas)];
    while let Some((nodes, first, count)) = open.pop() {
        if count == 1 {
            for node in nodes {
                area[node as usize] = first as u32;
            }
            continue;
        }
        let total: i64 = nodes.iter().map(|&v| problem.tally[v as usize].load).sum();
        let tries = 8; // the search starts hot: a fair start is enough
        let mut best: Option<(i64, usize, Vec<u32>, Vec<u32>)> = None;
        for attempt in 0..tries {
            if best.is_some() && cancelled() {
                break;
            }
            tree.grow(problem, &nodes, rng);
            let found = best_split(
                problem,
                &tree,
                total,
                count,
                attempt + 1 == tries && best.is_none(),
            );
            let Some((miss, root, part, inverse)) = found else {
                continue;
            };
            if best.as_ref().is_none_or(|b| miss < b.0) {
                tree.subtree(root, &mut marks);
                let side = |wanted: bool| {
                    tree.order
                        .iter()
                        .zip(&marks)
                        .filter(move |&(_, &m)| m == wanted)
                        .map(|(&v, _)| v)
                };
                best = Some((
                    miss,
                    part,
                    side(!inverse).collect(),
                    side(inverse).collect(),
                ));
            }
            if best
                .as_ref()
                .is_some_and(|b| b.0 * problem.areas as i64 * 20 <= total)
            {
                break;
            }
        }
        if let Some((_, part, one, other)) = best {
            open.push((one, first, part));
            open.push((other, first + part, count - part));
        } else {
            for node in nodes {
                area[node as usize] = first as u32;
            }
        }
    }
    area
}

/// The tree edge that comes nearest to `count/2 : rest`: (miss, place, areas of the part, is the
/// part the complement of the subtree). With `any`, a single leaf may be split off.
fn best_split(
    problem: &Problem,
    tree: &Tree,
    total: i64,
    count: usize,
    any: bool,
) -> Option<(i64, usize, usize, bool)> {
    let n = tree.order.len();
    let mut load: Vec<i64> = tree
        .order
        .iter()
        .map(|&v| problem.tally[v as usize].load)
        .collect();
    let mut size = vec![1usize; n];
    for i in (1..n).rev() {
        let parent = tree.parent[i] as usize;
        load[parent] += load[i];
        size[parent] += size[i];
    }
    let half = count / 2;
    let search = |part: usize| {
        let mut best: Option<(i64, usize, usize, bool)> = None;
        for i in 1..n {
            for inverse in [false, true] {
                let (l, s) = if inverse {
                    (total - load[i], n - size[i])
                } else {
                    (load[i], size[i])
                };
                if s >= part && n - s >= count - part {
                    let miss = (l - total * part as i64 / count as i64).abs();
                    if best.is_none_or(|b| miss < b.0) {
                        best = Some((miss, i, part, inverse));
                    }
                }
            }
        }
        best
    };
    search(half).or_else(|| if any { search(1) } else { None })
}

/// Today's plan: every area keeps its best connected part, the rest joins light neighbours.
fn from_current(problem: &Problem, rng: &mut Rng, cancelled: &dyn Fn() -> bool) -> Vec<u32> {
    let n = problem.nodes();
    let mut area = problem.home.clone();
    if area.iter().all(|&a| a == NONE) {
        return fresh(problem, rng, cancelled);
    }
    keep_best_parts(problem, &mut area);
    join_locked_parts(problem, &mut area);
    flood(problem, &mut area);
    let mut empty = vec![true; problem.areas];
    for &a in &area {
        empty[a as usize] = false;
    }
    for a in (0..problem.areas as u32).filter(|&a| empty[a as usize]) {
        split_off(problem, &mut area, a, rng);
    }
    debug_assert!(area.len() == n && !area.contains(&NONE));
    area
}

/// Components of equal, real area numbers: component of every node (or `NONE`), and their number.
fn components(problem: &Problem, area: &[u32]) -> (Vec<u32>, usize) {
    let mut component = vec![NONE; area.len()];
    let mut count = 0;
    for start in 0..area.len() {
        if area[start] == NONE || component[start] != NONE {
            continue;
        }
        let mut stack = vec![start as u32];
        component[start] = count;
        while let Some(v) = stack.pop() {
            for link in problem.links_of(v) {
                let u = link.node as usize;
                if component[u] == NONE && area[u] == area[start] {
                    component[u] = count;
                    stack.push(link.node);
                }
            }
        }
        count += 1;
    }
    (component, count as usize)
}

fn keep_best_parts(problem: &Problem, area: &mut [u32]) {
    let (component, count) = components(problem, area);
    let mut rank = vec![(false, 0i64); count];
    let mut best = vec![NONE; problem.areas];
    for node in 0..area.len() {
        if component[node] != NONE {
            let r = &mut rank[component[node] as usize];
            r.0 |= problem.fixed[node] != NONE;
            r.1 += problem.tally[node].load + 1;
        }
    }
    for node in 0..area.len() {
        if area[node] != NONE {
            let b = &mut best[area[node] as usize];
            if *b == NONE || rank[component[node] as usize] > rank[*b as usize] {
                *b = component[node];
            }
        }
    }
    for node in 0..area.len() {
        let stray = area[node] != NONE && best[area[node] as usize] != component[node];
        if stray && problem.fixed[node] == NONE {
            area[node] = NONE;
        }
    }
}

/// Joins locked parts of one area through nodes that nobody has yet.
fn join_locked_parts(problem: &Problem, area: &mut [u32]) {
    let (component, count) = components(problem, area);
    let mut area_of_part = vec![NONE; count];
    for (&part, &a) in component.iter().zip(area.iter()) {
        if part != NONE {
            area_of_part[part as usize] = a;
        }
    }
    area_of_part.sort_unstable();
    let mut torn: Vec<u32> = area_of_part
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| pair[0])
        .collect();
    torn.dedup();
    for a in torn {
        loop {
            let (component, _) = components(problem, area);
            let Some(start) = (0..area.len()).find(|&v| area[v] == a) else {
                break;
            };
            let home = component[start];
            let mut from = vec![NONE; area.len()];
            let mut queue: VecDeque<u32> = (0..area.len() as u32)
                .filter(|&v| component[v as usize] == home && area[v as usize] == a)
                .collect();
            for &v in &queue {
                from[v as usize] = v;
            }
            let mut reached = None;
            'search: while let Some(v) = queue.pop_front() {
                for link in problem.links_of(v) {
                    let u = link.node as usize;
                    if from[u] == NONE && (area[u] == NONE || area[u] == a) {
                        from[u] = v;
                        if area[u] == a {
                            reached = Some(link.node);
                            break 'search;
                        }
                        queue.push_back(link.node);
                    }
                }
            }
            let Some(mut v) = reached else { break };
            while from[v as usize] != v {
                area[v as usize] = a;
                v = from[v as usize];
            }
        }
    }
}

/// Gives every node without an area to the lightest area beside it.
fn flood(problem: &Problem, area: &mut [u32]) {
    let mut load = vec![0i64; problem.areas];
    let mut beside: Vec<Vec<u32>> = vec![Vec::new(); problem.areas];
    for node in 0..area.len() as u32 {
        let a = area[node as usize];
        if a != NONE {
            load[a as usize] += problem.tally[node as usize].load;
            beside[a as usize].extend(problem.links_of(node).iter().map(|l| l.node));
        }
    }
    let mut heap: BinaryHeap<Reverse<(i64, u32)>> = (0..problem.areas)
        .map(|a| Reverse((load[a], a as u32)))
        .collect();
    while let Some(Reverse((_, a))) = heap.pop() {
        let list = &mut beside[a as usize];
        while list.last().is_some_and(|&v| area[v as usize] != NONE) {
            list.pop();
        }
        let Some(node) = list.pop() else { continue };
        area[node as usize] = a;
        list.extend(problem.links_of(node).iter().map(|l| l.node));
        load[a as usize] += problem.tally[node as usize].load;
        heap.push(Reverse((load[a as usize], a)));
    }
}

/// Fills an empty area with part of the heaviest one that can spare it.
fn split_off(problem: &Problem, area: &mut [u32], empty: u32, rng: &mut Rng) {
    let mut load = vec![(0i64, 0u32); problem.areas];
    for (node, &a) in area.iter().enumerate() {
        load[a as usize].0 += problem.tally[node].load;
        load[a as usize].1 += 1;
    }
    let mut donors: Vec<u32> = (0..problem.areas as u32).collect();
    donors.sort_by_key(|&a| (Reverse(load[a as usize].0), a));
    let (mut tree, mut marks) = (Tree::default(), Vec::new());
    for donor in donors.into_iter().filter(|&a| load[a as usize].1 > 1) {
        let nodes: Vec<u32> = (0..area.len() as u32)
            .filter(|&v| area[v as usize] == donor)
            .collect();
        let mut best: Option<(i64, Vec<u32>)> = None;
        for _ in 0..8 {
            tree.grow(problem, &nodes, rng);
            let own = |&v: &u32| {
                let fixed = u32::from(problem.fixed[v as usize] != NONE);
                (problem.tally[v as usize].load, fixed)
            };
            let mut sum: Vec<(i64, u32)> = tree.order.iter().map(own).collect();
            for i in (1..sum.len()).rev() {
                let (below, parent) = (sum[i], &mut sum[tree.parent[i] as usize]);
                *parent = (parent.0 + below.0, parent.1 + below.1);
            }
            let all = sum[0];
            // The part that may leave, nearest to half: below an edge, or above it.
            let split = (1..sum.len())
                .flat_map(|i| [(i, true, sum[i].1), (i, false, all.1 - sum[i].1)])
                .filter(|&(_, _, fixed)| fixed == 0)
                .min_by_key(|&(i, below, _)| ((all.0 - 2 * sum[i].0).abs(), i, !below));
            let Some((i, below, _)) = split else { continue };
            let miss = (all.0 - 2 * sum[i].0).abs();
            if best.as_ref().is_none_or(|b| miss < b.0) {
                tree.subtree(i, &mut marks);
                let marked = tree.order.iter().zip(&marks);
                let part = marked.filter(|&(_, &mark)| mark == below);
                best = Some((miss, part.map(|(&v, _)| v).collect()));
            }
        }
        if let Some((_, part)) = best {
            for v in part {
                area[v as usize] = empty;
            }
            return;
        }
    }
}
