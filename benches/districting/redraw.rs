//! What an editor waits for: figures of a move and its undo, balancing a neighbourhood, the best next move. CPU time.

use cpu_time::ThreadTime;
use gridkeeper::districting::redraw::{Ground, Redraw};
use gridkeeper::districting::{Compounds, Settings, Silent, UnitGraph, balance};
use gridkeeper::services::balancing::read_instance;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// Edits after which a neighbourhood is balanced.
const EDITS: u32 = 400;

pub fn run(path: &str) {
    let instance = read_instance(Path::new(path)).unwrap();
    let settings = Settings {
        compounds: Compounds::Free,
        band_bp: 500,
        ..Settings::default()
    };
    let graph = UnitGraph::new(instance.units, instance.edges).unwrap();
    let plan = balance(&graph, &settings, 1, &Silent).area_of;
    let mut redraw = Redraw::new(Arc::new(Ground::new(graph, settings)), &plan, &plan);
    let (mut moves, mut balancing, mut best) = (Vec::new(), Vec::new(), Vec::new());
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bettered = 0;
    while balancing.len() < EDITS as usize {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let unit = (random % plan.len() as u64) as u32;
        let own = redraw.area_of()[unit as usize];
        let around = redraw.ground().graph().edges_at(unit);
        let other = around
            .map(|(unit, _)| redraw.area_of()[unit as usize])
            .find(|&area| area != own);
        let Some(to) = other else { continue };
        let begun = ThreadTime::now();
        let touched = redraw.apply(&[(unit, to)]).unwrap();
        let states: Vec<_> = touched.iter().map(|&area| redraw.area(area)).collect();
        std::hint::black_box((states, redraw.totals()));
        moves.push(begun.elapsed());
        let begun = ThreadTime::now();
        let areas = redraw.neighbourhood(&touched);
        let proposal = redraw.rebalance(&areas, 1);
        balancing.push(begun.elapsed());
        bettered += usize::from(!proposal.is_empty());
        if balancing.len() % 20 == 0 {
            let begun = ThreadTime::now();
            std::hint::black_box(redraw.best_moves(100, 5));
            best.push(begun.elapsed());
        }
        let begun = ThreadTime::now();
        redraw.undo().unwrap();
        std::hint::black_box(redraw.totals());
        moves.push(begun.elapsed());
    }
    let milliseconds = |mut times: Vec<std::time::Duration>| {
        times.sort_unstable();
        let at =
            |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        json!({"median": at(0.5), "p99": at(0.99)})
    };
    println!(
        "{}",
        json!({"units": plan.len(), "areas": redraw.area_count(), "bettered": bettered, "edits": EDITS,
            "move": milliseconds(moves), "rebalance": milliseconds(balancing), "best_move": milliseconds(best)})
    );
}
