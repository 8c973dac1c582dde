//! What must stay together, contracted: the small problem that the search solves for one piece.
//!
//! A node of the problem is a set of units that no area may part: a whole compound (rule `Whole`,
//! if it fits into an area; every connected part of it, if it is in several), or a light dead end
//! joined to its only neighbour. Compounds that may be parted are *tracked*: the search counts in
//! how many areas they lie. Locked units fix their node to the area of their current label.
//! Invariant: nodes are connected, cover the piece, and never mix two locked labels.

use std::collections::BTreeMap;

use super::objective::Objective;
use super::pieces::Piece;
use super::settings::{Compounds, Goal, Settings};
use super::unit_graph::UnitGraph;

/// "None" for node, area and group numbers.
pub(super) const NONE: u32 = u32::MAX;

/// Households and their moments about the middle of the piece, in the search's own length unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Households.
    pub load: i64,
    /// Σ w x.
    pub x: i64,
    /// Σ w y.
    pub y: i64,
    /// Σ w (x² + y²).
    pub square: i64,
}

impl Tally {
    /// Both together.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            load: self.load + other.load,
            x: self.x + other.x,
            y: self.y + other.y,
            square: self.square + other.square,
        }
    }

    /// This without a part of it.
    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            load: self.load - other.load,
            x: self.x - other.x,
            y: self.y - other.y,
            square: self.square - other.square,
        }
    }
}

/// One end of an edge, as its other end sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    /// The node at the other end.
    pub node: u32,
    /// Index of the edge.
    pub edge: u32,
    /// How many edges of the unit graph it stands for.
    pub weight: i32,
}

/// The problem of one piece.
#[derive(Debug)]
pub(super) struct Problem {
    /// Number of areas.
    pub areas: usize,
    /// Households and moments of every node.
    pub tally: Vec<Tally>,
    /// CSR offsets into `links`.
    pub first: Vec<u32>,
    /// Links of all nodes.
    pub links: Vec<Link>,
    /// Does any link stand for more than one edge?
    pub weighted: bool,
    /// Edges, lower node first.
    pub edges: Vec<(u32, u32)>,
    /// How many edges of the unit graph each edge stands for.
    pub edge_weight: Vec<i32>,
    /// Tracked group of every node, or `NONE`.
    pub group: Vec<u32>,
    /// Number of tracked groups.
    pub groups: usize,
    /// Area that a locked node may not leave, or `NONE`.
    pub fixed: Vec<u32>,
    /// Area that a node has today, or `NONE`.
    pub home: Vec<u32>,
    /// Today's plan is the start.
    pub keeps_current: bool,
    /// Label of every area where today's plan is the start.
    pub labels: Vec<u32>,
    /// Where every unit of the piece lies, in the search's own length unit.
    pub point: Vec<[i64; 2]>,
    /// Node of every unit of the piece.
    pub node_of: Vec<u32>,
    /// The cost of a partition.
    pub objective: Objective,
}

impl Problem {
    /// Number of nodes.
    pub(super) fn nodes(&self) -> usize {
        self.tally.len()
    }

    /// Links of a node.
    pub(super) fn links_of(&self, node: u32) -> &[Link] {
        &self.links[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }
}

/// The number of areas with the smallest forced deviation |W/k − T|, ties to the larger areas.
pub fn best_count(households: u64, settings: &Settings) -> usize {
    let target = u64::from(settings.target());
    let fewer = (households / target).max(1);
    let more = fewer + 1;
    let off = |k: u64| i128::from(households) - i128::from(k * target);
    // |W − kT| / k compared crosswise
    let better = off(more).abs() * i128::from(fewer) < off(fewer).abs() * i128::from(more);
    (if better { more } else { fewer }) as usize
}

/// Forced deviation |W/k − T| / T in basis points.
pub fn forced_bp(households: u64, areas: usize, settings: &Settings) -> u32 {
    let whole = u128::from(settings.target()) * areas.max(1) as u128;
    let off = u128::from(households).abs_diff(whole);
    u32::try_from(off * 10_000 / whole).unwrap_or(u32::MAX)
}

/// Builds the problem of a piece; `areas` overrides the number of areas (unless today's plan is kept).
pub(super) fn contract(
    graph: &UnitGraph,
    settings: &Settings,
    piece: &Piece,
    local: &[u32],
    areas: Option<usize>,
) -> Problem {
    let units = graph.units();
    let labels = current_labels(graph, settings, piece);
    let keeps_current = !labels.is_empty();
    let wanted = areas.unwrap_or(piece.areas);
    let areas = if keeps_current { labels.len() } else { wanted }.min(piece.units.len());

    let mut sets = Sets::new(piece, graph);
    if settings.compounds == Compounds::Whole {
        join_compounds(graph, settings, piece, local, areas, &mut sets);
    }
    let tracked = tracked_groups(graph, settings, piece, areas);
    let group_of = |unit: u32| {
        units[unit as usize]
            .group
            .and_then(|g| tracked.get(&g).copied())
            .unwrap_or(NONE)
    };
    join_dead_ends(graph, piece, local, areas, &group_of, &mut sets);

    // Number the sets by their lowest unit.
    let mut number = vec![NONE; piece.units.len()];
    let mut count = 0u32;
    let node_of: Vec<u32> = (0..piece.units.len() as u32)
        .map(|u| {
            let root = sets.root(u) as usize;
            if number[root] == NONE {
                number[root] = count;
                count += 1;
            }
            number[root]
        })
        .collect();
    let n = count as usize;
    let areas = areas.min(n);

    // Where inertia is the goal, rounding must not decide between two plans.
    let plane = Plane::of(graph, piece, areas, settings.goal == Goal::Inertia);
    let mut tally = vec![Tally::default(); n];
    let mut point = Vec::with_capacity(piece.units.len());
    let mut group = vec![NONE; n];
    let mut fixed = vec![NONE; n];
    let mut homes: Vec<BTreeMap<u32, u64>> =
        vec![BTreeMap::new(); if keeps_current { n } else { 0 }];
    for (i, &u) in piece.units.iter().enumerate() {
        let unit = &units[u as usize];
        let node = node_of[i] as usize;
        let (x, y) = plane.local(unit.x_dm, unit.y_dm);
        point.push([x, y]);
        let w = i64::from(unit.households);
        tally[node] = tally[node].plus(Tally {
            load: w,
            x: w * x,
            y: w * y,
            square: w * (x * x + y * y),
        });
        if group[node] == NONE {
            group[node] = group_of(u);
        }
        if let Some(area) = unit.current.and_then(|label| labels.get(&label)) {
            *homes[node].entry(*area).or_default() += u64::from(unit.households) + 1;
            if unit.locked {
                fixed[node] = *area;
            }
        }
    }
    let home: Vec<u32> = (0..n)
        .map(|node| match fixed[node] {
            NONE => {
                let homes = homes.get(node).into_iter().flatten();
                let best = homes.max_by_key(|&(&area, &h)| (h, std::cmp::Reverse(area)));
                best.map_or(NONE, |(&area, _)| area)
            }
            area => area,
        })
        .collect();
    let names: Vec<u32> = labels.keys().copied().collect();
    let (home, fixed, areas, labels) = without_vanished(home, fixed, areas, names);

    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for (i, &u) in piece.units.iter().enumerate() {
        for (other, _) in graph.edges_at(u) {
            let j = local[other as usize];
            let same_piece = piece.units.get(j as usize) == Some(&other);
            if same_piece && other > u {
                let (a, b) = (node_of[i], node_of[j as usize]);
                if a != b {
                    pairs.push((a.min(b), a.max(b)));
                }
            }
        }
    }
    pairs.sort_unstable();
    let (edges, edge_weight): (Vec<(u32, u32)>, Vec<i32>) = pairs
        .chunk_by(|a, b| a == b)
        .map(|same| (same[0], same.len() as i32))
        .unzip();
    let (first, links) = links_of(n, &edges, &edge_weight);
    let mut objective = Objective::new(
        piece.households as i64,
        areas,
        plane.ideal_inertia,
        settings,
        keeps_current,
    );
    if settings.goal == Goal::Inertia && areas > 1 {
        objective.centre_on(&point);
    }
    let groups = tracked.len();
    Problem {
        areas,
        tally,
        first,
        weighted: edge_weight.iter().any(|&weight| weight != 1),
        edge_weight,
        links,
        edges,
        group,
        groups,
        fixed,
        home,
        keeps_current,
        labels,
        point,
        node_of,
        objective,
    }
}

/// The links of every node, in the order of the edges: offsets and links.
fn links_of(nodes: usize, edges: &[(u32, u32)], weights: &[i32]) -> (Vec<u32>, Vec<Link>) {
    let mut first = vec![0u32; nodes + 1];
    for &(a, b) in edges {
        first[a as usize + 1] += 1;
        first[b as usize + 1] += 1;
    }
    for node in 0..nodes {
        first[node + 1] += first[node];
    }
    let mut next = first.clone();
    let nowhere = Link {
        node: NONE,
        edge: NONE,
        weight: 0,
    };
    let mut links = vec![nowhere; edges.len() * 2];
    for (edge, (&(a, b), &weight)) in (0u32..).zip(edges.iter().zip(weights)) {
        for (own, node) in [(a, b), (b, a)] {
            links[next[own as usize] as usize] = Link { node, edge, weight };
            next[own as usize] += 1;
        }
    }
    (first, links)
}

/// Today's labels, numbered as areas, if today's plan is to be the start: always when something is
/// locked, else when changes weigh something, at least half of the units have a label, and the number of labels is
/// allowed.
fn current_labels(graph: &UnitGraph, settings: &Settings, piece: &Piece) -> BTreeMap<u32, u32> {
    let units = graph.units();
    let mut labels: BTreeMap<u32, u32> = BTreeMap::new();
    let (mut labelled, mut locked) = (0, false);
    for &u in &piece.units {
        if let Some(label) = units[u as usize].current {
            labels.insert(label, 0);
            labelled += 1;
            locked |= units[u as usize].locked;
        }
    }
    let best = forced_bp(piece.households, piece.areas, settings);
    let allowed = if settings.fixes_areas(piece.zone) {
        labels.len() == piece.areas
    } else {
        forced_bp(piece.households, labels.len(), settings) <= settings.band_bp.max(best)
    };
    let filled = settings.change_weight > 0 && labelled * 2 >= piece.units.len();
    if locked && !(filled && allowed) {
        // Only what is locked keeps its label; the rest is divided anew around it.
        let bound = |&u: &u32| {
            units[u as usize]
                .locked
                .then_some(units[u as usize].current)
                .flatten()
        };
        labels = piece
            .units
            .iter()
            .filter_map(bound)
            .map(|label| (label, 0))
            .collect();
        let wanted = piece.areas;
        let mut spare = (0..=u32::MAX).filter(|l| {
            !piece
                .units
                .iter()
                .any(|&u| units[u as usize].current == Some(*l))
        });
        let mut extra = Vec::new();
        while labels.len() + extra.len() < wanted {
            extra.extend(spare.next());
        }
        labels.extend(extra.into_iter().map(|label| (label, 0)));
    } else if !(locked || filled && allowed) {
        labels.clear();
    }
    for (index, area) in labels.values_mut().enumerate() {
        *area = index as u32;
    }
    labels
}

/// Closes the gaps left by areas that no node calls home (spare ones stay, at the end); none without labels.
fn without_vanished(
    home: Vec<u32>,
    fixed: Vec<u32>,
    areas: usize,
    labels: Vec<u32>,
) -> (Vec<u32>, Vec<u32>, usize, Vec<u32>) {
    if labels.is_empty() {
        return (home, fixed, areas, labels);
    }
    let mut used: Vec<u32> = home
        .iter()
        .chain(&fixed)
        .copied()
        .filter(|&a| a != NONE)
        .collect();
    used.sort_unstable();
    used.dedup();
    let renumber = |list: Vec<u32>| {
        list.into_iter()
            .map(|a| used.binary_search(&a).map_or(NONE, |index| index as u32))
            .collect::<Vec<u32>>()
    };
    let areas = areas.max(used.len());
    let spare = (0..labels.len() as u32).filter(|a| used.binary_search(a).is_err());
    let order = used.iter().copied().chain(spare);
    let labels = order.map(|a| labels[a as usize]).collect();
    (renumber(home), renumber(fixed), areas, labels)
}

/// Joins the units of every compound that fits into one area, along their edges.
fn join_compounds(
    graph: &UnitGraph,
    settings: &Settings,
    piece: &Piece,
    local: &[u32],
    areas: usize,
    sets: &mut Sets,
) {
    let units = graph.units();
    let weights = group_households(graph, piece);
    for (i, &u) in piece.units.iter().enumerate() {
        let Some(group) = units[u as usize].group else {
            continue;
        };
        if !fits(weights[&group], piece.households, areas, settings) {
            continue;
        }
        for (other, _) in graph.edges_at(u) {
            let j = local[other as usize];
            if piece.units.get(j as usize) == Some(&other)
                && units[other as usize].group == Some(group)
            {
                sets.join(i as u32, j);
            }
        }
    }
}

/// Households of every group inside the piece.
fn group_households(graph: &UnitGraph, piece: &Piece) -> BTreeMap<u32, u64> {
    let mut weights: BTreeMap<u32, u64> = BTreeMap::new();
    for &u in &piece.units {
        let unit = &graph.units()[u as usize];
        if let Some(group) = unit.group {
            *weights.entry(group).or_default() += u64::from(unit.households);
        }
    }
    weights
}

/// Is `weight` at most t · (1 + band), with t = households / areas?
pub(super) fn fits(weight: u64, households: u64, areas: usize, settings: &Settings) -> bool {
    u128::from(weight) * areas as u128 * 10_000
        <= u128::from(households) * (10_000 + u128::from(settings.band_bp))
}

/// The groups whose parts the search counts, numbered.
fn tracked_groups(
    graph: &UnitGraph,
    settings: &Settings,
    piece: &Piece,
    areas: usize,
) -> BTreeMap<u32, u32> {
    if settings.compounds == Compounds::Free {
        return BTreeMap::new();
    }
    let whole = settings.compounds == Compounds::Whole;
    group_households(graph, piece)
        .into_iter()
        .filter(|&(_, weight)| !(whole && fits(weight, piece.households, areas, settings)))
        .zip(0..)
        .map(|((group, _), number)| (group, number))
        .collect()
}

/// Joins dead ends lighter than t/4 to their only neighbour: alone they only hinder moves.
fn join_dead_ends(
    graph: &UnitGraph,
    piece: &Piece,
    local: &[u32],
    areas: usize,
    group_of: &dyn Fn(u32) -> u32,
    sets: &mut Sets,
) {
    let n = piece.units.len();
    if areas < 2 {
        return;
    }
    // Neighbouring sets of every set, by root.
    let mut around: Vec<Vec<u32>> = vec![Vec::new(); n];
    for (i, &u) in piece.units.iter().enumerate() {
        for (other, _) in graph.edges_at(u) {
            let j = local[other as usize];
            if piece.units.get(j as usize) == Some(&other) {
                let (a, b) = (sets.root(i as u32), sets.root(j));
                if a != b {
                    around[a as usize].push(b);
                }
            }
        }
    }
    let mut left = 0;
    let mut group = vec![NONE; n];
    for i in 0..n as u32 {
        let root = sets.root(i) as usize;
        left += usize::from(root == i as usize);
        group[root] = group[root].min(group_of(piece.units[i as usize]));
        around[i as usize].sort_unstable();
        around[i as usize].dedup();
    }
    let mut open: Vec<usize> = around.iter().map(Vec::len).collect();
    let mut alive = vec![true; n];
    let mut queue: Vec<usize> = (0..n).filter(|&i| open[i] == 1).collect();
    while let Some(leaf) = queue.pop() {
        if left <= 2 * areas || !alive[leaf] || open[leaf] != 1 {
            continue;
        }
        let light = sets.load[leaf] * 4 * areas as u64 <= piece.households;
        let Some(&host) = around[leaf].iter().find(|&&b| alive[b as usize]) else {
            continue;
        };
        let host = host as usize;
        let same = group[leaf] == NONE || group[leaf] == group[host];
        if light && same && sets.compatible(leaf, host) {
            alive[leaf] = false;
            open[host] -= 1;
            // `host` stays the root, so that `around` stays right.
            sets.hang(leaf, host);
            left -= 1;
            if open[host] == 1 {
                queue.push(host);
            }
        }
    }
}

/// Disjoint sets of units with their households and locked label.
struct Sets {
    parent: Vec<u32>,
    load: Vec<u64>,
    lock: Vec<Option<u32>>,
}

impl Sets {
    fn new(piece: &Piece, graph: &UnitGraph) -> Self {
        let unit = |&u: &u32| &graph.units()[u as usize];
        Self {
            parent: (0..piece.units.len() as u32).collect(),
            load: piece
                .units
                .iter()
                .map(|u| u64::from(unit(u).households))
                .collect(),
            lock: piece
                .units
                .iter()
                .map(|u| unit(u).current.filter(|_| unit(u).locked))
                .collect(),
        }
    }

    fn root(&mut self, mut i: u32) -> u32 {
        while self.parent[i as usize] != i {
            self.parent[i as usize] = self.parent[self.parent[i as usize] as usize];
            i = self.parent[i as usize];
        }
        i
    }

    /// Two roots may be one node unless they are locked to different areas.
    fn compatible(&self, a: usize, b: usize) -> bool {
        self.lock[a].is_none() || self.lock[b].is_none() || self.lock[a] == self.lock[b]
    }

    /// Hangs root `a` below root `b`.
    fn hang(&mut self, a: usize, b: usize) {
        self.parent[a] = b as u32;
        self.load[b] += self.load[a];
        self.lock[b] = self.lock[b].or(self.lock[a]);
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a) as usize, self.root(b) as usize);
        if a != b && self.compatible(a, b) {
            self.hang(a.max(b), a.min(b));
        }
    }
}

/// The search's own coordinates: whole numbers about the middle of the piece, fine enough (1/256 of
/// an ideal area's scale, or the finest) and small enough (±2¹⁴) that no moment overflows.
struct Plane {
    middle: (i64, i64),
    numerator: i64,
    denominator: i64,
    /// Inertia per household of a disk-shaped area of mean size, in squared local units.
    ideal_inertia: i64,
}

impl Plane {
    fn of(graph: &UnitGraph, piece: &Piece, areas: usize, finest: bool) -> Self {
        let (mut low, mut high) = ((i64::MAX, i64::MAX), (i64::MIN, i64::MIN));
        for &u in &piece.units {
            let unit = &graph.units()[u as usize];
            low = (low.0.min(unit.x_dm), low.1.min(unit.y_dm));
            high = (high.0.max(unit.x_dm), high.1.max(unit.y_dm));
        }
        let (width, height) = (high.0 - low.0 + 200, high.1 - low.1 + 200);
        // A disk of area A has inertia A / 2π per unit of mass.
        let square = i128::from(width) * i128::from(height) * 1000 / (areas as i128 * 6283);
        let scale = i64::try_from(square.isqrt()).unwrap_or(i64::MAX).max(1);
        let extent = width.max(height);
        let (numerator, denominator) = if !finest && extent / 2 * 256 / scale <= 1 << 14 {
            (256, scale)
        } else {
            (1 << 14, extent)
        };
        let unit = i128::from(scale) * i128::from(numerator) / i128::from(denominator);
        let ideal_inertia = i64::try_from((unit * unit).max(1)).unwrap_or(i64::MAX);
        let middle = (i64::midpoint(low.0, high.0), i64::midpoint(low.1, high.1));
        Self {
            middle,
            numerator,
            denominator,
            ideal_inertia,
        }
    }

    fn local(&self, x_dm: i64, y_dm: i64) -> (i64, i64) {
        let scale = |v: i64| v * self.numerator / self.denominator;
        (scale(x_dm - self.middle.0), scale(y_dm - self.middle.1))
    }
}
