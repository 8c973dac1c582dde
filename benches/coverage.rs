//! Quotas, catchments, gaps and best posts on 20,000 generated compounds with 100,000 buildings, as one table.
//!
//! Run by `cargo bench --bench coverage`; `BENCH_COMPOUNDS` changes the size. Nothing here fails on a time. CPU time of
//! the whole process, because catchments are computed on all cores and the machine is shared.

#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use geo_types::{Coord, LineString, MultiPolygon, Polygon};
use gridkeeper::coverage::{
    AreaStaff, Asked, Catchments, CompoundNeed, Keeper, Limits, Scratch, Site, UnitFacts,
    WalkGraph, accessibility, best_posts, gaps,
};
use gridkeeper::domain::{
    CompoundId, CompoundLoad, Coverage, HouseholdBasis, PolicyBook, QuotaPolicy, QuotaPolicyId,
    QuotaRule, RegionCode, RegionLevel, ScopedPolicy,
};
use gridkeeper::spatial::{LocalFrame, Place, Rules, walkable};

const MIDDLE: [f64; 2] = [117.3, 31.86];
/// Buildings of a compound.
const BUILDINGS: usize = 5;
/// Compounds are as far apart, metres.
const APART_M: f64 = 150.0;
const LIMITS: Limits = Limits {
    catchment_dm: 6_000,
    served_dm: 18_000,
};
const ASKED: Asked = Asked {
    unassigned: true,
    unstaffed: true,
    unvisited_days: Some(14),
    too_far_dm: Some(6_000),
};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((((z ^ (z >> 31)) >> 32) * u64::from(n)) >> 32) as u32
    }
}

fn row(name: &str, ms: f64, bar: &str) {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    println!("{name:<60} {ms:>12.1} ms  {bar:<12} load {load}");
}

/// CPU milliseconds of this process: user and system, where the system tells them, else wall time.
fn cpu_ms(start: Instant) -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    let ticks = |at: usize| fields.get(at).and_then(|word| word.parse::<f64>().ok());
    // Fields 14 and 15 of proc(5), in hundredths of a second.
    ticks(11).zip(ticks(12)).map_or_else(
        || start.elapsed().as_secs_f64() * 1e3,
        |(user, system)| (user + system) * 10.0,
    )
}

/// CPU milliseconds of one run, over at least half a second.
fn measure<T>(name: &str, bar: &str, mut work: impl FnMut() -> T) -> T {
    let start = Instant::now();
    let before = cpu_ms(start);
    let mut result = black_box(work());
    let mut runs = 1.0;
    while cpu_ms(start) - before < 500.0 {
        result = black_box(work());
        runs += 1.0;
    }
    row(name, (cpu_ms(start) - before) / runs, bar);
    result
}

fn community(compound: usize) -> RegionCode {
    // Ten compounds a community, ten communities a street, ten streets a district.
    let (c, s, d) = (
        compound / 10 % 10,
        compound / 100 % 10,
        compound / 1000 % 99,
    );
    format!("3401{:02}{:03}{:03}", d + 1, s + 1, c + 1)
        .parse()
        .unwrap()
}

fn quotas(loads: &[CompoundLoad]) {
    let today = "2026-11-29".parse().unwrap();
    let scoped = |n: u128, region: RegionCode, rule| ScopedPolicy {
        id: QuotaPolicyId::new(uuid::Uuid::from_u128(n)),
        region,
        policy: QuotaPolicy {
            rule,
            round_at: RegionLevel::Street,
            ..QuotaPolicy::default()
        },
        valid_from: today,
        valid_to: None,
        withdrawn_at: None,
        made_by: String::new(),
        made_at: chrono::DateTime::UNIX_EPOCH,
    };
    let city = community(0).at_level(RegionLevel::City).unwrap();
    let street = community(700).at_level(RegionLevel::Street).unwrap();
    let book = PolicyBook::new(
        QuotaPolicy::default(),
        vec![
            scoped(1, city, QuotaRule::AreaRatio),
            scoped(2, street, QuotaRule::UnitPairs),
        ],
    );
    measure("required and short at all levels", "<= 50 ms", || {
        let mut sums: HashMap<RegionCode, Coverage> = HashMap::new();
        for quota in book.quotas(loads, today) {
            for code in std::iter::successors(Some(quota.community), |code| code.parent()) {
                sums.entry(code).or_default().add(&quota);
            }
        }
        sums.len()
    });
}

fn main() {
    let compounds: usize = std::env::var("BENCH_COMPOUNDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(20_000);
    let mut random = Random(7);
    let side = (compounds as f64).sqrt().ceil() as usize;
    let frame = LocalFrame::around(MIDDLE);
    let mut places = Vec::new();
    let mut units = Vec::new();
    for compound in 0..compounds {
        let (x, y) = (
            (compound % side) as f64 * APART_M,
            (compound / side) as f64 * APART_M,
        );
        for building in 0..BUILDINGS {
            let (x, y) = (x, y + building as f64 * 24.0);
            let corner = |dx: f64, dy: f64| Coord::from(frame.from_m([x + dx, y + dy]));
            let ring = vec![
                corner(0.0, 0.0),
                corner(110.0, 0.0),
                corner(110.0, 12.0),
                corner(0.0, 12.0),
                corner(0.0, 0.0),
            ];
            places.push(Place {
                footprint: Some(MultiPolygon::new(vec![Polygon::new(
                    LineString::new(ring),
                    vec![],
                )])),
                point: frame.from_m([x + 55.0, y + 6.0]),
                compound: Some(compound as u32),
                ..Place::default()
            });
            units.push(UnitFacts {
                compound: compound as u32,
                area: compound as u32,
                households: Some(10 + random.below(50)),
            });
        }
    }
    let households: Vec<Option<u32>> = units.iter().map(|unit| unit.households).collect();
    let of = |compound: usize| -> u32 {
        households[compound * BUILDINGS..][..BUILDINGS]
            .iter()
            .flatten()
            .sum()
    };
    let loads: Vec<CompoundLoad> = (0..compounds)
        .map(|at| CompoundLoad {
            id: CompoundId::new(uuid::Uuid::from_u128(at as u128)),
            tie_key: format!("{at:06}"),
            community: community(at),
            households: Some(of(at)),
            basis: HouseholdBasis::Resident,
            estimated: false,
            in_post: u32::from(random.below(100) < 55),
            part_time: 0,
        })
        .collect();
    println!("{compounds} compounds, {} buildings", units.len());
    quotas(&loads);
    let policy = QuotaPolicy::default();
    let quotas = policy.quotas(&loads);

    let edges = measure("walkable graph", "", || {
        walkable(&places, &[], &[], &Rules::default()).edges
    });
    let graph = WalkGraph::new(units.len(), edges.iter().map(|e| (e.a, e.b, e.length_m)));
    let keepers: Vec<Keeper> = loads
        .iter()
        .enumerate()
        .filter(|(_, load)| load.in_post > 0)
        .map(|(at, _)| Keeper {
            key: at as u128,
            homes: vec![(at * BUILDINGS) as u32 + random.below(BUILDINGS as u32)],
            serves: (at * BUILDINGS..(at + 1) * BUILDINGS)
                .map(|node| node as u32)
                .collect(),
        })
        .collect();
    println!("{} edges, {} keepers", edges.len(), keepers.len());
    let all = measure("catchments from scratch", "<= 10 s", || {
        Catchments::build(&graph, keepers.clone(), LIMITS)
    });
    let reached: usize = all
        .reach()
        .iter()
        .map(|reach| reach.catchment.nodes.len())
        .sum();
    println!("{reached} places in catchments");
    let access = measure("accessibility from scratch", "", || {
        accessibility(
            all.reach().iter().map(AsRef::as_ref),
            &households,
            LIMITS.catchment_dm,
        )
    });
    let mut moved = keepers;
    moved[0].homes = vec![(units.len() / 2) as u32];
    measure(
        "catchments and accessibility after one keeper moved",
        "<= 200 ms",
        || {
            let changed = all.changed(&graph, moved.clone(), LIMITS);
            assert_eq!(changed.recomputed(), 1);
            let reach = changed.reach().iter().map(AsRef::as_ref);
            (
                accessibility(reach, &households, LIMITS.catchment_dm),
                changed.ways(units.len()),
            )
        },
    );

    let needs: Vec<CompoundNeed> = quotas
        .iter()
        .map(|quota| CompoundNeed {
            households: quota.households,
            short: quota.short,
            uncovered: quota.uncovered,
        })
        .collect();
    let staff: Vec<AreaStaff> = quotas
        .iter()
        .map(|quota| AreaStaff {
            seats: quota.required.unwrap_or(0),
            filled: quota.in_post,
            per_keeper: 250,
        })
        .collect();
    let days: Vec<Option<u32>> = units.iter().map(|_| Some(random.below(30))).collect();
    measure("gap map", "<= 200 ms", || {
        let ways = all.ways(units.len());
        gaps(&units, &staff, &needs, Some(&days), &ways, &ASKED)
    });
    measure("gap map with one pin dragged", "<= 200 ms", || {
        let at = random.below(compounds as u32);
        let pin = Keeper {
            key: u128::MAX,
            homes: vec![at * BUILDINGS as u32],
            serves: (at * BUILDINGS as u32..(at + 1) * BUILDINGS as u32).collect(),
        };
        let with = all.with(&graph, vec![pin], LIMITS);
        let added = with.reach()[all.reach().len()..].iter().map(AsRef::as_ref);
        let more = accessibility(added, &households, LIMITS.catchment_dm);
        let access: Vec<u64> = access.iter().zip(more).map(|(a, b)| a + b).collect();
        let mut staff = staff.clone();
        staff[at as usize].filled += 1;
        (
            gaps(
                &units,
                &staff,
                &needs,
                Some(&days),
                &with.ways(units.len()),
                &ASKED,
            ),
            access,
        )
    });

    let demand: Vec<u32> = needs
        .iter()
        .map(|need| {
            if need.short > Some(0) {
                need.uncovered.unwrap_or(0)
            } else {
                0
            }
        })
        .collect();
    let sites: Vec<Site> = (0..compounds)
        .filter(|at| demand[*at] > 0)
        .map(|at| Site {
            compound: at as u32,
            copies: needs[at].short.unwrap_or(0),
            capacity: 250,
        })
        .collect();
    // The second time little is lacking anywhere, so that posts share what there is and the bound is not met at once.
    let scarce: Vec<u32> = demand.iter().map(|n| n / 12).collect();
    for (demand, n, bar) in [
        (&demand, 10, "<= 2 s"),
        (&scarce, 10, "<= 2 s"),
        (&scarce, 100, ""),
    ] {
        let name = format!("best {n} posts of {} sites", sites.len());
        let found = measure(&name, bar, || {
            let mut scratch = Scratch::default();
            best_posts(&sites, demand, n, |site| {
                let middle = sites[site].compound * BUILDINGS as u32 + 2;
                let walked = graph.within(&[middle], LIMITS.catchment_dm, &mut scratch);
                let mut near: HashMap<u32, u32> = HashMap::new();
                for node in walked.nodes {
                    *near.entry(node / BUILDINGS as u32).or_default() +=
                        households[node as usize].unwrap_or(0);
                }
                near.into_iter()
                    .filter(|(compound, households)| households * 2 > of(*compound as usize))
                    .map(|(compound, _)| compound)
                    .collect()
            })
        });
        println!(
            "  {} households, at most {}, {}, proved: {}",
            found.total,
            found.upper_bound,
            found.method.as_str(),
            found.proved
        );
    }
}
