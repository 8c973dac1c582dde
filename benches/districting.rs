//! The districting engine on its own, for `scripts/bench-districting`: makes cities, divides instances, prints
//! one line of JSON. CPU seconds are of the division alone, all threads.
//!
//! `cargo bench --bench districting -- city N SEED OUT.json`
//! `cargo bench --bench districting -- run INSTANCE.json EFFORT SEED MODE GOAL OUT.json [THREADS]`
//! `cargo bench --bench districting -- change INSTANCE.json EFFORT SEED OUT.json` (today's areas within ±5 % again)
//! `cargo bench --bench districting -- redraw INSTANCE.json` (milliseconds of editing by hand)
//! `cargo bench --bench districting -- proofs COUNT` (zones of 35 to 45 units in 6 or 7 areas, proved optimal)

#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

#[path = "districting/city.rs"]
mod city;
#[path = "districting/proofs.rs"]
mod proofs;
#[path = "districting/redraw.rs"]
mod redraw;

use gridkeeper::districting::{self, Compounds, Goal, Limits, Settings, Silent, UnitGraph};
use gridkeeper::services::balancing::read_instance;
use serde_json::json;
use std::path::Path;
use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["city", n, seed, out] => write_city(n.parse().unwrap(), seed.parse().unwrap(), out),
        ["run", instance, effort, seed, mode, goal, out] => {
            run(instance, effort, seed, mode, goal, out, None);
        }
        ["run", instance, effort, seed, mode, goal, out, threads] => {
            run(
                instance,
                effort,
                seed,
                mode,
                goal,
                out,
                threads.parse().ok(),
            );
        }
        ["change", instance, effort, seed, out] => change(instance, effort, seed, out),
        ["redraw", instance] => redraw::run(instance),
        ["proofs", count] => proofs::run(count.parse().unwrap()),
        _ => println!("run by scripts/bench-districting"),
    }
}

fn write_city(n: usize, seed: u64, out: &str) {
    let city = city::city(n, seed);
    let units: Vec<_> = city
        .buildings
        .iter()
        .enumerate()
        .map(|(id, b)| {
            json!({"id": id, "weight": b.households, "x": b.x, "y": b.y, "group": b.compound, "zone": b.zone})
        })
        .collect();
    let instance = json!({
        "name": format!("city {n}, seed {seed}"), "licence": "CC0, synthetic", "target": 500,
        "units": units, "edges": city.edges,
    });
    std::fs::write(out, instance.to_string()).unwrap();
    println!("{}", json!({"units": n, "edges": city.edges.len()}));
}

/// CPU seconds of this process so far, from /proc (hundredths).
fn cpu_s() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = text
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn peak_mb() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<f64>()
        .unwrap()
        / 1024.0
}

fn run(
    path: &str,
    effort: &str,
    seed: &str,
    mode: &str,
    goal: &str,
    out: &str,
    threads: Option<usize>,
) {
    let instance = read_instance(Path::new(path)).unwrap();
    let asks = instance.asks;
    let areas = asks.areas.filter(|_| asks.target.is_none());
    let mean = areas.map(|k| instance.load().div_ceil(u64::from(k)) as u32);
    let settings = Settings {
        target_households: mean.or(asks.target).unwrap_or(500),
        areas,
        limits: asks
            .limits
            .map_or(Limits::None, |(l, u)| Limits::Households(l, u)),
        goal: match goal {
            "cut" => Goal::Cut,
            "inertia" => Goal::Inertia,
            _ => Goal::Balance,
        },
        compounds: match mode {
            "whole" => Compounds::Whole,
            "prefer" => Compounds::Prefer,
            _ => Compounds::Free,
        },
        band_bp: if mode == "whole" { 1500 } else { 500 },
        effort: effort.parse().unwrap(),
        certify: goal == "inertia",
        threads,
        ..Settings::default()
    };
    let graph = UnitGraph::new(instance.units, instance.edges).unwrap();
    let (began, cpu) = (Instant::now(), cpu_s());
    let outcome = districting::balance(&graph, &settings, seed.parse().unwrap(), &Silent);
    let (cpu, wall) = (cpu_s() - cpu, began.elapsed().as_secs_f64());
    let bounds: Vec<_> = outcome
        .zones
        .iter()
        .filter(|zone| !zone.heavy)
        .map(|zone| json!([zone.zone, zone.areas, zone.achieved_bp, zone.bound_bp]))
        .collect();
    std::fs::write(
        out,
        json!({"assignment": outcome.area_of, "zones": bounds}).to_string(),
    )
    .unwrap();
    println!(
        "{}",
        json!({"cpu_s": cpu, "wall_s": wall, "peak_mb": peak_mb(),
        "pieces_bound": outcome.figures.extra_group_pieces_bound,
        "inertia_bound_m2": inertia_bound_m2(&outcome)})
    );
}

/// No plan within the limits has less inertia, m²; where inertia is the goal.
fn inertia_bound_m2(outcome: &districting::Outcome) -> Option<f64> {
    let zones = outcome.zones.iter();
    zones
        .map(|zone| Some(zone.inertia_bound_dm2? as f64 / 100.0))
        .sum()
}

/// Brings today's areas back within ±5 % with few changes.
fn change(path: &str, effort: &str, seed: &str, out: &str) {
    let instance = read_instance(Path::new(path)).unwrap();
    let settings = Settings {
        target_households: instance.asks.target.unwrap_or(500),
        compounds: Compounds::Free,
        band_bp: 500,
        effort: effort.parse().unwrap(),
        ..Settings::default()
    };
    let graph = UnitGraph::new(instance.units, instance.edges).unwrap();
    let (began, cpu) = (Instant::now(), cpu_s());
    let outcome = districting::repair(&graph, &settings, seed.parse().unwrap(), &Silent);
    let (cpu, wall) = (cpu_s() - cpu, began.elapsed().as_secs_f64());
    std::fs::write(out, json!({"assignment": outcome.area_of}).to_string()).unwrap();
    let zones: Vec<_> = outcome
        .zones
        .iter()
        .map(|zone| json!([zone.achieved_bp, zone.changed_households, zone.change_flow]))
        .collect();
    println!(
        "{}",
        json!({"cpu_s": cpu, "wall_s": wall, "zones": zones,
        "bound": outcome.figures.change_bound, "flow": outcome.figures.change_flow})
    );
}
