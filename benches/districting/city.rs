//! A synthetic Chinese-style city as a districting instance, any size, the same for a seed.
//!
//! Communities are cells of a jittered lattice between arterial roads and one river; each is cut into compounds
//! of 5 to 60 buildings of one style (walk-up, slab, tower, village). Buildings are neighbours along the Gabriel
//! graph of their points up to 260 m; no edge crosses an arterial road or the river, and what that leaves
//! connected is a zone. Lengths in metres.

use spade::{DelaunayTriangulation, HasPosition, Point2, Triangulation};
use std::collections::HashMap;
use std::f64::consts::TAU;

/// Share, mean and spread of ln households, least, most, pitch in x and y.
const STYLES: [(f64, f64, f64, f64, f64, f64, f64); 4] = [
    (0.42, 30.0, 0.35, 12.0, 84.0, 48.0, 34.0),
    (0.18, 58.0, 0.30, 24.0, 140.0, 56.0, 46.0),
    (0.10, 104.0, 0.25, 48.0, 200.0, 58.0, 60.0),
    (0.30, 12.0, 0.30, 8.0, 30.0, 24.0, 22.0),
];
const SIDE_M: f64 = 620.0;
const ROAD_M: f64 = 22.0;
const STREET_M: f64 = 7.0;
const REACH_M: f64 = 260.0;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    /// Box and Muller.
    fn normal(&mut self) -> f64 {
        let u = self.unit().max(1e-300);
        (-2.0 * u.ln()).sqrt() * (TAU * self.unit()).cos()
    }

    fn lognormal(&mut self, ln_mean: f64, sigma: f64) -> f64 {
        (ln_mean + sigma * self.normal()).exp()
    }
}

/// A building of the city.
#[derive(Debug, Clone, Copy)]
pub struct Building {
    pub x: f64,
    pub y: f64,
    pub households: u32,
    pub compound: u32,
    pub zone: u32,
}

/// The city.
pub struct City {
    pub buildings: Vec<Building>,
    /// Both ends and the length of the Voronoi border, 2 to 60 m.
    pub edges: Vec<(u32, u32, f64)>,
}

struct Site {
    at: Point2<f64>,
    building: u32,
}

impl HasPosition for Site {
    type Scalar = f64;
    fn position(&self) -> Point2<f64> {
        self.at
    }
}

/// The city of `n` buildings for a seed.
pub fn city(n: usize, seed: u64) -> City {
    let mut random = Random(seed);
    let (mut buildings, sides) = buildings(n, &mut random);
    let edges = neighbours(&buildings, &sides);
    // What stays connected without roads and river is a zone.
    let mut root: Vec<u32> = (0..buildings.len() as u32).collect();
    for &(a, b, _) in &edges {
        let (a, b) = (find(&mut root, a), find(&mut root, b));
        root[a.max(b) as usize] = a.min(b);
    }
    let mut zones = HashMap::new();
    for (at, building) in (0u32..).zip(&mut buildings) {
        let next = zones.len() as u32;
        building.zone = *zones.entry(find(&mut root, at)).or_insert(next);
    }
    City { buildings, edges }
}

fn find(root: &mut [u32], mut at: u32) -> u32 {
    while root[at as usize] != at {
        root[at as usize] = root[root[at as usize] as usize];
        at = root[at as usize];
    }
    at
}

/// Buildings, and for each its cell with the side of the river.
fn buildings(n: usize, random: &mut Random) -> (Vec<Building>, Vec<u32>) {
    let communities = (n as f64 / 120.0).round().max(1.0);
    let columns = communities.sqrt().round().max(1.0) as usize;
    let rows = (communities / columns as f64).ceil() as usize;
    let sizes: Vec<f64> = (0..columns * rows)
        .map(|_| random.lognormal(112f64.ln(), 0.38).clamp(40.0, 320.0))
        .collect();
    let scale = n as f64 / sizes.iter().sum::<f64>();
    let lines = |count: usize, random: &mut Random| {
        let mut at = vec![0.0];
        for _ in 0..count {
            at.push(at[at.len() - 1] + random.between(0.75, 1.25) * SIDE_M);
        }
        at
    };
    let (xs, ys) = (lines(columns, random), lines(rows, random));
    let (width, height) = (xs[columns], ys[rows]);
    let (mut all, mut sides) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let mut compounds = 0;
    for (cell, size) in sizes.iter().enumerate() {
        let last = cell + 1 == columns * rows;
        let left = n - all.len();
        let size = if last {
            left
        } else {
            ((size * scale).round() as usize).max(20).min(left)
        };
        let (i, j) = (cell % columns, cell / columns);
        let mut blocks = vec![(
            xs[i] + ROAD_M,
            ys[j] + ROAD_M,
            xs[i + 1] - ROAD_M,
            ys[j + 1] - ROAD_M,
            size,
        )];
        while let Some((x0, y0, x1, y1, m)) = blocks.pop() {
            if m == 0 {
                continue;
            }
            if m as f64 > random.between(14.0, 60.0) && m >= 12 {
                let share = random.between(0.36, 0.64);
                let a = ((m as f64 * share).round() as usize).clamp(5, m - 5);
                let share = a as f64 / m as f64;
                if x1 - x0 >= y1 - y0 {
                    let x = x0 + share * (x1 - x0);
                    blocks.push((x0, y0, x - STREET_M, y1, a));
                    blocks.push((x + STREET_M, y0, x1, y1, m - a));
                } else {
                    let y = y0 + share * (y1 - y0);
                    blocks.push((x0, y0, x1, y - STREET_M, a));
                    blocks.push((x0, y + STREET_M, x1, y1, m - a));
                }
                continue;
            }
            for (x, y, households) in compound((x0, y0, x1, y1), m, random) {
                let river = height * (0.52 + 0.12 * (x / width * 5.1).sin());
                sides.push(cell as u32 * 2 + u32::from(y > river));
                all.push(Building {
                    x: (x * 10.0).round() / 10.0,
                    y: (y * 10.0).round() / 10.0,
                    households,
                    compound: compounds,
                    zone: 0,
                });
            }
            compounds += 1;
        }
    }
    (all, sides)
}

/// The buildings of one compound: rows of one style with some places empty.
fn compound(
    (x0, y0, x1, y1): (f64, f64, f64, f64),
    m: usize,
    random: &mut Random,
) -> Vec<(f64, f64, u32)> {
    let mut draw = random.unit();
    let style = STYLES.iter().position(|style| {
        draw -= style.0;
        draw < 0.0
    });
    let (share, mean, sigma, least, most, pitch_x, pitch_y) = STYLES[style.unwrap_or(3)];
    let (width, height) = ((x1 - x0).max(20.0), (y1 - y0).max(20.0));
    let across = (m as f64 * (width / pitch_x) / (height / pitch_y)).sqrt();
    let columns = (across.round() as usize).max(1);
    let rows = m.div_ceil(columns);
    let mut places: Vec<usize> = (0..columns * rows).collect();
    while places.len() > m {
        let drop = (random.next() % places.len() as u64) as usize;
        places.swap_remove(drop);
    }
    // Half of the walk-ups and slabs have regular stairwells of twelve.
    let stairwells = share < 0.5 && random.unit() < 0.5 && least >= 12.0;
    places
        .into_iter()
        .map(|place| {
            let (column, row) = ((place % columns) as f64, (place / columns) as f64);
            let (dx, dy) = (width / columns as f64, height / rows as f64);
            let x = x0 + (column + 0.5) * dx + random.normal() * 0.06 * dx;
            let y = y0 + (row + 0.5) * dy + random.normal() * 0.06 * dy;
            let drawn = random.lognormal(f64::ln(mean) - sigma * sigma / 2.0, sigma);
            let mut households = drawn.round().clamp(least, most);
            if stairwells {
                households = ((households / 12.0).round() * 12.0).clamp(8.0, 200.0);
            }
            (x, y, households as u32)
        })
        .collect()
}

fn neighbours(buildings: &[Building], sides: &[u32]) -> Vec<(u32, u32, f64)> {
    let sites = buildings.iter().enumerate().map(|(at, building)| Site {
        at: Point2::new(building.x, building.y),
        building: at as u32,
    });
    let delaunay: DelaunayTriangulation<Site> =
        DelaunayTriangulation::bulk_load(sites.collect()).expect("coordinates are finite");
    let mut kept = Vec::new();
    let mut spare = Vec::new();
    for edge in delaunay.undirected_edges() {
        let [from, to] = edge.vertices();
        let (a, b) = (from.data().building, to.data().building);
        let length = from.position().distance_2(to.position()).sqrt();
        if length >= REACH_M || sides[a as usize] != sides[b as usize] {
            continue;
        }
        let middle = Point2::new(
            f64::midpoint(from.position().x, to.position().x),
            f64::midpoint(from.position().y, to.position().y),
        );
        // Gabriel: nobody inside the circle over the edge; the opposite corners are the nearest others.
        let directed = edge.as_directed();
        let opposite = [directed.opposite_vertex(), directed.rev().opposite_vertex()];
        let free = opposite
            .iter()
            .flatten()
            .all(|vertex| vertex.position().distance_2(middle).sqrt() >= length / 2.0 - 1e-6);
        let centres = [directed.face(), directed.rev().face()]
            .map(|face| face.as_inner().map(|face| face.circumcenter()));
        let border = match centres {
            [Some(one), Some(other)] => one.distance_2(other).sqrt(),
            _ => 40.0,
        };
        let border = (border.clamp(2.0, 60.0) * 10.0).round() / 10.0;
        if free {
            kept.push((a.min(b), a.max(b), border));
        } else {
            spare.push((length, a.min(b), a.max(b), border));
        }
    }
    // Shortest other edges join what fell apart.
    let mut root: Vec<u32> = (0..buildings.len() as u32).collect();
    for &(a, b, _) in &kept {
        let (a, b) = (find(&mut root, a), find(&mut root, b));
        root[a as usize] = b;
    }
    spare.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    for (_, a, b, border) in spare {
        let (ra, rb) = (find(&mut root, a), find(&mut root, b));
        if ra != rb {
            root[ra as usize] = rb;
            kept.push((a, b, border));
        }
    }
    kept.sort_by_key(|edge| (edge.0, edge.1));
    kept
}
