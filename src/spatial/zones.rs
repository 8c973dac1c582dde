//! Zones: sets of units that a patrol area never leaves, and the edges that hold them together.
//!
//! A zone is a community (or grid) cut by barriers. Units of one side that are merely far apart
//! stay one zone: each detached group is attached by one edge of its own kind, along a straight
//! line that crosses no barrier, to the nearest unit that it can see. What sees nobody is a zone
//! of its own.
//! Invariant: every zone is connected by its edges, and no attachment crosses a barrier.

use std::collections::{BTreeMap, VecDeque};

use rayon::prelude::*;

use super::adjacency::{EdgeReason, WalkEdge};
use super::delaunay::neighbours;
use super::ground::{Ground, Group};
use super::plane::distance;
use super::shape::index_of_points;

/// A zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Its community.
    pub community: u32,
    /// Its grid, when zones are kept in grids.
    pub grid: Option<u32>,
    /// Positions of its places, ascending.
    pub units: Vec<u32>,
}

/// Why a unit or group is apart from the others of its community.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IsolationCause {
    /// Too far from the rest for an ordinary edge; attached.
    Far,
    /// Every straight line to another unit crosses a barrier; a single unit as a zone of its own.
    BehindBarrier,
    /// It lies in a barrier polygon, probably a data error; a zone of its own.
    InBarrier,
    /// It has no usable position; a zone of its own.
    NoPosition,
}

/// A unit or group that no ordinary edge joins to the largest group of its zone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Isolated {
    /// The unit: the end of the attachment that belongs to the detached group.
    pub unit: u32,
    /// How many units the detached group has.
    pub units: u32,
    /// The other end of the attachment; `None` for a zone of its own.
    pub attached_to: Option<u32>,
    /// Length of the attachment, metres.
    pub distance_m: Option<f32>,
    /// Why.
    pub cause: IsolationCause,
}

/// What becomes of one community (or grid).
pub(super) struct Division {
    pub(super) zones: Vec<Zone>,
    pub(super) attachments: Vec<WalkEdge>,
    pub(super) isolated: Vec<Isolated>,
    /// Connected groups before attaching.
    pub(super) components: usize,
}

/// Attaches the detached groups of a community and cuts it into zones.
pub(super) fn divide(ground: &Ground, group: &Group, edges: &[WalkEdge]) -> Division {
    let members = &group.members;
    let local: BTreeMap<u32, usize> = members
        .iter()
        .enumerate()
        .map(|(local, &unit)| (unit, local))
        .collect();
    let mut ordinary = Sets::new(members.len());
    for edge in edges {
        ordinary.join(local[&edge.a], local[&edge.b]);
    }
    let group_of: Vec<usize> = (0..members.len()).map(|i| ordinary.root(i)).collect();
    let mut sizes: BTreeMap<usize, u32> = BTreeMap::new();
    for &root in &group_of {
        *sizes.entry(root).or_default() += 1;
    }

    let usable: Vec<usize> = (0..members.len())
        .filter(|&i| ground.apart(members[i]).is_none())
        .collect();
    let mut joined = ordinary;
    let links = attach(ground, members, &usable, &mut joined);

    let mut zones: BTreeMap<usize, Zone> = BTreeMap::new();
    for (i, &unit) in members.iter().enumerate() {
        zones
            .entry(joined.root(i))
            .or_insert_with(|| Zone {
                community: group.community,
                grid: group.grid,
                units: Vec::new(),
            })
            .units
            .push(unit);
    }
    // Roots are the lowest members, so zones come in the order of their first unit.
    let zones: Vec<Zone> = zones.into_values().collect();

    let isolated = isolated(ground, members, &zones, &local, &group_of, &sizes, &links);
    let attachments = links
        .iter()
        .map(|&(a, b)| ground.edge(members[a], members[b], EdgeReason::Attachment))
        .collect();
    Division {
        zones,
        attachments,
        isolated,
        components: sizes.len(),
    }
}

/// Units of a detached group that look for others.
const LOOKOUTS: usize = 64;
/// Units of other groups that each of them tries.
const CANDIDATES: usize = 64;
/// Units that are passed over while looking for other groups.
const LOOKED_AT: usize = 512;

/// Joins groups along lines that cross no barrier, nearest first; pairs of local positions.
fn attach(
    ground: &Ground,
    members: &[u32],
    usable: &[usize],
    sets: &mut Sets,
) -> Vec<(usize, usize)> {
    let first = usable.first().map(|&i| sets.root(i));
    if usable.iter().all(|&i| Some(sets.root(i)) == first) {
        return Vec::new();
    }
    let points: Vec<[f64; 2]> = usable.iter().map(|&i| ground.at(members[i])).collect();
    // The shortest line between two groups of points is a Delaunay edge.
    let delaunay: Vec<(usize, usize)> = neighbours(&points)
        .into_iter()
        .map(|edge| (usable[edge.a], usable[edge.b]))
        .filter(|&(a, b)| sets.root(a) != sets.root(b))
        .collect();
    let open: Vec<(usize, usize)> = delaunay
        .par_iter()
        .copied()
        .filter(|&(a, b)| !ground.separated(members[a], members[b]))
        .collect();
    let mut links = shortest_first(ground, members, open, sets);

    // Where a barrier blocks these, look farther round.
    let tree = index_of_points(usable.iter().map(|&i| (i as u32, ground.at(members[i]))));
    loop {
        let roots: Vec<usize> = (0..members.len()).map(|i| sets.root(i)).collect();
        let mut sizes = vec![0_usize; members.len()];
        for &root in &roots {
            sizes[root] += 1;
        }
        // A small group looks from everywhere, a large one from its border.
        let mut lookouts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &i in usable.iter().filter(|&&i| sizes[roots[i]] <= LOOKOUTS) {
            lookouts.entry(roots[i]).or_default().push(i);
        }
        for &(a, b) in delaunay.iter().filter(|&&(a, b)| roots[a] != roots[b]) {
            for i in [a, b].into_iter().filter(|&i| sizes[roots[i]] > LOOKOUTS) {
                lookouts.entry(roots[i]).or_default().push(i);
            }
        }
        // The largest group waits for the others to find it.
        if let Some(largest) = lookouts
            .keys()
            .copied()
            .max_by_key(|&root| (sizes[root], std::cmp::Reverse(root)))
        {
            lookouts.remove(&largest);
        }
        let seekers: Vec<Vec<usize>> = lookouts.into_values().collect();
        let found: Vec<(usize, usize)> = seekers
            .par_iter()
            .filter_map(|units| {
                let mut units = units.clone();
                units.sort_unstable();
                units.dedup();
                let stride = units.len().div_ceil(LOOKOUTS);
                units
                    .iter()
                    .step_by(stride.max(1))
                    .filter_map(|&i| {
                        tree.nearest_neighbor_iter(&ground.at(members[i]))
                            .take(LOOKED_AT)
                            .map(|found| found.number as usize)
                            .filter(|&j| roots[j] != roots[i])
                            .take(CANDIDATES)
                            .find(|&j| !ground.separated(members[i], members[j]))
                            .map(|j| (i.min(j), i.max(j)))
                    })
                    .min_by(|p, q| by_length(ground, members, p, q))
            })
            .collect();
        let more = shortest_first(ground, members, found, sets);
        if more.is_empty() {
            return links;
        }
        links.extend(more);
    }
}

fn by_length(
    ground: &Ground,
    members: &[u32],
    p: &(usize, usize),
    q: &(usize, usize),
) -> std::cmp::Ordering {
    let length =
        |pair: &(usize, usize)| distance(ground.at(members[pair.0]), ground.at(members[pair.1]));
    length(p).total_cmp(&length(q)).then(p.cmp(q))
}

fn shortest_first(
    ground: &Ground,
    members: &[u32],
    mut pairs: Vec<(usize, usize)>,
    sets: &mut Sets,
) -> Vec<(usize, usize)> {
    pairs.sort_by(|p, q| by_length(ground, members, p, q));
    pairs.retain(|&(a, b)| sets.join(a, b));
    pairs
}

/// Walks outwards from the largest group of every zone: each other group is entered by one link.
fn isolated(
    ground: &Ground,
    members: &[u32],
    zones: &[Zone],
    local: &BTreeMap<u32, usize>,
    group_of: &[usize],
    sizes: &BTreeMap<usize, u32>,
    links: &[(usize, usize)],
) -> Vec<Isolated> {
    let mut linked: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for &(a, b) in links {
        linked.entry(group_of[a]).or_default().push((a, b));
        linked.entry(group_of[b]).or_default().push((b, a));
    }
    let mut result = Vec::new();
    for zone in zones {
        if let [unit] = zone.units[..] {
            let cause = ground.apart(unit).unwrap_or(IsolationCause::BehindBarrier);
            if members.len() > 1 || ground.apart(unit).is_some() {
                result.push(Isolated {
                    unit,
                    units: 1,
                    attached_to: None,
                    distance_m: None,
                    cause,
                });
            }
            continue;
        }
        let Some(main) = zone
            .units
            .iter()
            .map(|unit| group_of[local[unit]])
            .max_by_key(|root| (sizes[root], std::cmp::Reverse(*root)))
        else {
            continue;
        };
        let mut seen = std::collections::BTreeSet::from([main]);
        let mut queue = VecDeque::from([main]);
        while let Some(root) = queue.pop_front() {
            for &(near, far) in linked.get(&root).into_iter().flatten() {
                if seen.insert(group_of[far]) {
                    queue.push_back(group_of[far]);
                    result.push(Isolated {
                        unit: members[far],
                        units: sizes[&group_of[far]],
                        attached_to: Some(members[near]),
                        distance_m: Some(
                            distance(ground.at(members[near]), ground.at(members[far])) as f32,
                        ),
                        cause: IsolationCause::Far,
                    });
                }
            }
        }
    }
    result
}

/// Disjoint sets; the root of a set is its lowest member.
struct Sets {
    parent: Vec<usize>,
}

impl Sets {
    fn new(count: usize) -> Self {
        Self {
            parent: (0..count).collect(),
        }
    }

    fn root(&mut self, mut member: usize) -> usize {
        while self.parent[member] != member {
            self.parent[member] = self.parent[self.parent[member]];
            member = self.parent[member];
        }
        member
    }

    /// Joins two sets; false when they are one already.
    fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
        a != b
    }
}
