//! Figures of the heatmap on 1,000,000 generated issues, as one table.
//!
//! Run by `cargo bench --bench heat`; `BENCH_ISSUES` changes the size. Nothing here fails on a time. CPU time of one
//! thread, because the machine is shared.

#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::time::Instant;

use gridkeeper::heat::{
    By, Chosen, Density, Filter, HexColumn, Issue, IssueColumns, Kernel, MIN_NEIGHBOURS, Moment,
    NEIGHBOUR_M, Neighbours, Place, Places, Resolution, SCALE_QUANTILE, Traits, Window, by_day,
    count, hot_spots, rank, rate,
};
use gridkeeper::spatial::{BBox, LocalFrame, TileCoord, mercator_u32};

const COMPOUNDS: usize = 5_000;
const MIDDLE: [f64; 2] = [117.3, 31.86];
/// 18 months, minutes.
const PERIOD_MIN: u32 = 548 * 1440;
const START_MIN: u32 = 26 * 525_960;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u32) -> u32 {
        (((self.next() >> 32) * u64::from(n)) >> 32) as u32
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// Irwin-Hall of four: close to a normal distribution of this deviation.
    fn around(&mut self, deviation: f64) -> f64 {
        let sum: f64 = (0..4).map(|_| self.unit()).sum();
        (sum - 2.0) * 3.0_f64.sqrt() * deviation
    }
}

fn row(name: &str, value: f64, unit: &str, bar: &str) {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    println!("{name:<52} {value:>12.3} {unit:<12} {bar:<10} load {load}");
}

/// CPU seconds of this thread where the system tells them, else wall seconds since `start`.
fn cpu_s(start: Instant) -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text
        .split(' ')
        .next()
        .and_then(|word| word.parse::<f64>().ok());
    nanos.map_or_else(|| start.elapsed().as_secs_f64(), |nanos| nanos / 1e9)
}

/// CPU milliseconds of one run, on average over half a second: the system counts in steps of a few milliseconds.
fn measure<T>(mut work: impl FnMut() -> T) -> (f64, T) {
    let start = Instant::now();
    let mut result = work();
    let before = cpu_s(start);
    let mut runs = 0.0;
    while runs < 3.0 || cpu_s(start) - before < 0.5 {
        result = black_box(work());
        runs += 1.0;
    }
    ((cpu_s(start) - before) * 1e3 / runs, result)
}

/// Centres of compounds, metres: half of them in a dense core of 6 km, the rest in a city of 30 km.
fn compounds(random: &mut Random) -> Vec<[f64; 2]> {
    (0..COMPOUNDS)
        .map(|i| {
            let deviation = if i % 2 == 0 { 2_000.0 } else { 8_000.0 };
            [random.around(deviation), random.around(deviation)]
        })
        .collect()
}

fn issues(n: usize, centres: &[[f64; 2]], random: &mut Random) -> IssueColumns {
    let frame = LocalFrame::around(MIDDLE);
    (0..n)
        .map(|i| {
            // A few compounds have many issues.
            let compound = (random.unit().powi(2) * COMPOUNDS as f64) as u32;
            let [x, y] = centres[compound as usize];
            let at = frame.from_m([x + random.around(120.0), y + random.around(120.0)]);
            let reported = START_MIN + (i as u64 * u64::from(PERIOD_MIN) / n as u64) as u32;
            let due = reported + 1440 * (1 + random.below(20));
            let closed = reported + random.below(1440 * 20);
            Issue {
                position: (random.below(20) > 0).then(|| mercator_u32(at)),
                reported,
                due: Some(due),
                closed: (closed < START_MIN + PERIOD_MIN).then_some(closed),
                place: Place::Compound(compound),
                category: random.below(60) as u16,
                state: random.below(12) as u8,
                traits: Traits {
                    level: random.below(5) as u8,
                    source: random.below(8) as u8,
                    ..Traits::default()
                },
                grid: Some(compound / 4),
                area: Some(compound / 2),
                owner: Some(random.below(40) as u16),
                returns: u8::from(random.below(30) == 0) * 2,
            }
        })
        .collect()
}

fn main() {
    let n = std::env::var("BENCH_ISSUES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_000_000);
    let mut random = Random(7);
    let centres = compounds(&mut random);
    let columns = issues(n, &centres, &mut random);
    println!("heat, {n} issues, {COMPOUNDS} compounds");
    memory(&columns);
    filters(&columns);
    densities(&columns);
    hexagons(&columns);
    spots(&columns, &centres);
}

fn memory(columns: &IssueColumns) {
    row(
        "what maps read",
        IssueColumns::hot_bytes_per_row() as f64,
        "B/issue",
        "≤ 25",
    );
    row(
        "all columns",
        IssueColumns::bytes_per_row() as f64,
        "B/issue",
        "≤ 40",
    );
    row(
        "all columns, as held",
        columns.memory_bytes() as f64 / columns.len() as f64,
        "B/issue",
        "",
    );
    let one = columns.get(columns.len() / 2).unwrap();
    let (ms, _) = measure(|| {
        let mut copy = columns.clone();
        assert!(copy.set(copy.len() / 2, &one));
        copy
    });
    row("one change beside a snapshot", ms, "CPU ms", "");
}

fn filters(columns: &IssueColumns) {
    let end = START_MIN + PERIOD_MIN;
    let categories: Chosen = (0..60).step_by(2).collect();
    let list = [
        ("everything", Filter::default()),
        (
            "30 days",
            Filter {
                from: Some(end - 30 * 1440),
                ..Filter::default()
            },
        ),
        (
            "half of the categories",
            Filter {
                categories: Some(categories.clone()),
                ..Filter::default()
            },
        ),
        (
            "overdue now",
            Filter {
                overdue_at: Some(end),
                ..Filter::default()
            },
        ),
        (
            "a year, categories, states, levels, overdue, places",
            Filter {
                from: Some(end - 365 * 1440),
                categories: Some(categories),
                states: Some(0b0101_1111_0111),
                levels: Some(0b1_0111),
                overdue_at: Some(end - 60 * 1440),
                places: Some(Places {
                    compounds: (0..COMPOUNDS / 2).collect(),
                    ..Places::default()
                }),
                ..Filter::default()
            },
        ),
    ];
    for (name, filter) in list {
        let (ms, selection) = measure(|| filter.select(columns));
        row(&format!("filter: {name}"), ms, "CPU ms", "");
        row("… selected", selection.len() as f64, "issues", "");
        let (ms, _) = measure(|| {
            let selection = filter.select(columns);
            let counts = count(columns, &selection, By::Compound { n: COMPOUNDS });
            rank(
                counts
                    .by
                    .iter()
                    .map(|tally| rate(tally.n, Some(400), PERIOD_MIN, 5).rate),
            )
        });
        row(
            "… and counted by compound, rates ranked",
            ms,
            "CPU ms",
            "≤ 100",
        );
        let (ms, _) = measure(|| by_day(columns, &selection, Moment::Reported, 480));
        row("… by day", ms, "CPU ms", "");
    }
}

fn densities(columns: &IssueColumns) {
    let kernel = Kernel::new(150.0, MIDDLE[1]).unwrap();
    let finest = kernel.finest_level();
    let filter = Filter {
        categories: Some((0..60).step_by(2).collect()),
        ..Filter::default()
    };
    let all = Filter::default().select(columns);
    let frame = LocalFrame::around(MIDDLE);
    let ([west, south], [east, north]) = (frame.from_m([-15e3; 2]), frame.from_m([15e3; 2]));
    let ([x0, y0], [x1, y1]) = (mercator_u32([west, north]), mercator_u32([east, south]));
    let city = Window::of_box([x0, y0, x1, y1], 256, finest).unwrap();
    let (ms, whole) = measure(|| Density::new(columns, &all, city, kernel, 1));
    row(
        &format!("heat grid of the city, {:?} cells", city.size()),
        ms,
        "CPU ms",
        "≤ 10",
    );
    let top = whole.quantile(SCALE_QUANTILE).unwrap();
    row("… 99th percentile", f64::from(top), "/km²", "");
    let bbox = BBox::new(west, south, east, north).unwrap();
    for z in [10, 12, 14, 15, 16] {
        let tile = TileCoord::at(MIDDLE, z).unwrap();
        let window = Window::of_tile(tile, 8, finest).unwrap();
        let (ms, _) = measure(|| {
            Density::new(columns, &filter.select(columns), window, kernel, 1).quantise(top)
        });
        row(
            &format!("filter and heat grid, z{z}, {:?} cells", window.size()),
            ms,
            "CPU ms",
            "≤ 10",
        );
    }
    for cells_log2 in [7, 8] {
        let mut sizes = Vec::new();
        let mut grids = Vec::new();
        for z in 10..=16 {
            let mut tiles: Vec<TileCoord> = TileCoord::covering(bbox, z).collect();
            // All tiles of the coarse zooms, 250 of the fine ones.
            let step = tiles.len().div_ceil(250);
            tiles = tiles.into_iter().step_by(step).collect();
            for tile in tiles {
                let window = Window::of_tile(tile, cells_log2, finest).unwrap();
                let grid = Density::new(columns, &all, window, kernel, 1)
                    .quantise(top)
                    .unwrap();
                let bytes = grid.encode().len();
                if grid.cells.iter().any(|&cell| cell > 0) {
                    sizes.push(bytes);
                    grids.push(grid);
                }
            }
        }
        sizes.sort_unstable();
        let side = 1 << cells_log2;
        let at = |share: usize| sizes[(sizes.len() - 1) * share / 100] as f64 / 1e3;
        row(
            &format!("tiles of {side}², z10 to 16: median of {}", sizes.len()),
            at(50),
            "kB gzip",
            "",
        );
        row("… 99th percentile", at(99), "kB gzip", "≤ 20");
        row("… largest", at(100), "kB gzip", "");
        let (ms, _) = measure(|| grids.iter().map(|grid| grid.encode().len()).sum::<usize>());
        row("… packing", ms / grids.len() as f64, "CPU ms", "");
    }
}

fn hexagons(columns: &IssueColumns) {
    let start = Instant::now();
    let before = cpu_s(start);
    let hexes = HexColumn::new(columns, Resolution::Nine);
    row(
        "H3 cells of all issues, once",
        (cpu_s(start) - before) * 1e3,
        "CPU ms",
        "",
    );
    row(
        "… column",
        hexes.memory_bytes() as f64 / columns.len() as f64,
        "B/issue",
        "",
    );
    let all = Filter::default().select(columns);
    let (ms, counts) = measure(|| hexes.count(&all));
    row(
        &format!("issues by H3 cell, {} cells", counts.by.len()),
        ms,
        "CPU ms",
        "",
    );
}

fn spots(columns: &IssueColumns, centres: &[[f64; 2]]) {
    let counts = count(
        columns,
        &Filter::default().select(columns),
        By::Compound { n: COMPOUNDS },
    );
    let values: Vec<f64> = counts.by.iter().map(|tally| f64::from(tally.n)).collect();
    let (near_ms, near) =
        measure(|| Neighbours::new(centres, NEIGHBOUR_M, MIN_NEIGHBOURS).unwrap());
    row(
        &format!("neighbours of {COMPOUNDS} compounds, once"),
        near_ms,
        "CPU ms",
        "",
    );
    let (ms, spots) = measure(|| hot_spots(&near, &values).unwrap());
    row("Gi* with q-values", ms, "CPU ms", "");
    row("both", near_ms + ms, "CPU ms", "≤ 300");
    let hot = spots
        .iter()
        .flatten()
        .filter(|spot| spot.hot().is_some())
        .count();
    row("… hot at 90 %", hot as f64, "compounds", "");
}
