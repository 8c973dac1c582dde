//! The zones that are hardest to balance: few, heavy units in six or seven areas. How soon is the best plan proved?

use gridkeeper::districting::{Compounds, Edge, Proof, Settings, Silent, Unit, UnitGraph, balance};
use serde_json::json;

/// A sparse lattice of 35 to 45 units; a fifth of them weigh up to two fifths of an area.
fn zone(seed: u64) -> (UnitGraph, u32) {
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = |most: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % most
    };
    let (count, width) = (35 + below(11) as u32, 6);
    let units = (0..count)
        .map(|at| Unit {
            households: if below(5) == 0 {
                80 + below(120)
            } else {
                15 + below(110)
            } as u32,
            x_dm: i64::from(at % width) * 400,
            y_dm: i64::from(at / width) * 400,
            group: None,
            zone: 0,
            current: None,
            locked: false,
        })
        .collect();
    let mut edges = Vec::new();
    for at in 0..count {
        let right = (at % width + 1 < width).then_some(at + 1);
        for other in [right, Some(at + width)].into_iter().flatten() {
            // One edge in ten is missing, but not the first column's.
            if other < count && (at % width == 0 || other == at + 1 || below(10) > 0) {
                edges.push(Edge {
                    a: at,
                    b: other,
                    border_dm: 100,
                    attachment: false,
                });
            }
        }
    }
    let areas = 6 + below(2) as u32;
    (UnitGraph::new(units, edges).unwrap(), areas)
}

pub fn run(count: u64) {
    let (mut proved, mut most, mut sum) = (0, 0.0f64, 0.0);
    for seed in 1..=count {
        let (graph, areas) = zone(seed);
        let households: u32 = graph.units().iter().map(|unit| unit.households).sum();
        let settings = Settings {
            target_households: households / areas,
            areas: Some(areas),
            compounds: Compounds::Free,
            certify: true,
            dead_band_bp: 0,
            effort: 500,
            ..Settings::default()
        };
        let begun = super::cpu_s();
        let outcome = balance(&graph, &settings, 1, &Silent);
        let cpu = super::cpu_s() - begun;
        proved += u32::from(
            outcome
                .zones
                .iter()
                .all(|zone| zone.proof == Proof::Optimal),
        );
        most = most.max(cpu);
        sum += cpu;
    }
    println!(
        "{}",
        json!({"zones": count, "proved": proved, "most_s": most, "mean_s": sum / count as f64})
    );
}
