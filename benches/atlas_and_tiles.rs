//! Figures of the atlas and of its tiles on 100,000 generated buildings, as one table.
//!
//! Run by `cargo bench --bench atlas_and_tiles`. With `TEST_DATABASE_URL` the same building tiles are also made
//! by PostGIS (`ST_AsMVT`) and compared. `BENCH_BUILDINGS` changes the size. Nothing here fails on a time.

#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

#[path = "atlas_and_tiles/city.rs"]
#[allow(dead_code)]
mod city;
#[path = "atlas_and_tiles/postgis.rs"]
mod postgis;

use std::hint::black_box;
use std::time::Instant;

use city::{Random, city};
use gridkeeper::atlas::{Atlas, AtlasInput};
use gridkeeper::spatial::{BBox, TileCoord};
use gridkeeper::tiles::{self, Layer};

/// One line of the table.
pub fn row(name: &str, value: f64, unit: &str) {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    println!("{name:<46} {value:>14.3} {unit:<14} load {load}");
}

/// CPU seconds of this thread where the system tells them, else wall seconds since `start`.
pub fn cpu_s(start: Instant) -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text
        .split(' ')
        .next()
        .and_then(|word| word.parse::<f64>().ok());
    nanos.map_or_else(|| start.elapsed().as_secs_f64(), |nanos| nanos / 1e9)
}

/// CPU seconds of `work` on this thread.
pub fn measure<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let before = cpu_s(start);
    let result = work();
    (cpu_s(start) - before, result)
}

fn main() {
    let n = std::env::var("BENCH_BUILDINGS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(100_000);
    let input = city(n);
    let (seconds, atlas) = measure(|| Atlas::build(&input).unwrap());
    println!("atlas and tiles, {} buildings", atlas.building_count());
    row("build", seconds, "CPU s");
    row(
        "memory",
        atlas.memory_bytes() as f64 / f64::from(atlas.building_count()),
        "B/building",
    );
    lookups(&atlas, &input);
    searches(&atlas);
    encoding(&atlas);
    postgis::compare(&atlas, &input);
}

/// Half of the points in buildings, half outside all of them.
fn lookups(atlas: &Atlas, input: &AtlasInput) {
    let mut random = Random(1);
    let mut points = Vec::new();
    let [west, south, east, north] = atlas.bounds().unwrap();
    while points.len() < 200_000 {
        let building = &input.buildings[random.next() as usize % input.buildings.len()];
        let Some(point) = building
            .footprint
            .as_ref()
            .and_then(geo::InteriorPoint::interior_point)
        else {
            continue;
        };
        points.push((point.x(), point.y()));
        loop {
            let lon = west + (east - west) * random.unit();
            let lat = south + (north - south) * random.unit();
            if atlas.locate(lon, lat, None).building.is_none() {
                points.push((lon, lat));
                break;
            }
        }
    }
    let inside = points
        .iter()
        .filter(|p| atlas.locate(p.0, p.1, None).building.is_some())
        .count();
    row(
        "points in a building",
        inside as f64 / points.len() as f64 * 100.0,
        "%",
    );
    let (seconds, ()) = measure(|| {
        for _ in 0..5 {
            for &(lon, lat) in &points {
                black_box(atlas.locate(lon, lat, None));
            }
        }
    });
    row(
        "full point lookups",
        points.len() as f64 * 5.0 / seconds / 1e6,
        "M/CPU s",
    );
    let few = &points[..20_000];
    let (seconds, ()) = measure(|| {
        for &(lon, lat) in few {
            black_box(atlas.nearest_building(lon, lat, 500.0));
        }
    });
    row(
        "nearest building",
        few.len() as f64 / seconds / 1e6,
        "M/CPU s",
    );
}

fn searches(atlas: &Atlas) {
    for query in ["slj", "示例甲01三幢", "shilijia0112#", "3号楼", "B0001234"] {
        let (seconds, hits) = measure(|| {
            for _ in 0..20 {
                black_box(atlas.search(query, 20));
            }
            atlas.search(query, 20).len()
        });
        row(
            &format!("search {query} ({hits} hits)"),
            seconds / 21.0 * 1e3,
            "CPU ms",
        );
    }
}

/// Tiles of a layer and zoom that cover the city.
pub fn tiles_of(atlas: &Atlas, z: u8) -> Vec<TileCoord> {
    let [w, s, e, n] = atlas.bounds().unwrap();
    TileCoord::covering(BBox::new(w, s, e, n).unwrap(), z).collect()
}

fn encoding(atlas: &Atlas) {
    let mut sizes = Vec::new();
    for layer in Layer::ALL {
        for z in layer.zooms().filter(|&z| z >= 9) {
            let list = tiles_of(atlas, z);
            let (seconds, bodies) = measure(|| {
                list.iter()
                    .map(|&t| tiles::encode(atlas, layer, t, None).unwrap())
                    .collect::<Vec<_>>()
            });
            let (packing, packed) = measure(|| {
                bodies
                    .iter()
                    .filter(|b| !b.is_empty())
                    .map(|b| tiles::compress(b).len())
                    .collect::<Vec<_>>()
            });
            let drawn = packed.len().max(1) as f64;
            let largest = packed.iter().max().copied().unwrap_or(0) as f64 / 1e3;
            if matches!(layer, Layer::Buildings | Layer::Compounds | Layer::Areas) {
                row(
                    &format!("{layer} z{z}: encode, {} tiles", packed.len()),
                    seconds / drawn * 1e3,
                    "CPU ms/tile",
                );
                row(
                    &format!("{layer} z{z}: gzip"),
                    packing / drawn * 1e3,
                    "CPU ms/tile",
                );
                row(&format!("{layer} z{z}: largest"), largest, "kB gzip");
            }
            sizes.extend(packed);
        }
    }
    sizes.sort_unstable();
    row(
        "all tiles: p99",
        sizes[sizes.len() * 99 / 100] as f64 / 1e3,
        "kB gzip",
    );
    row(
        "all tiles: largest",
        sizes[sizes.len() - 1] as f64 / 1e3,
        "kB gzip",
    );
}
