//! The search against all connected divisions of small districts, for every goal, and the bounds with it.
//!
//! Invariant: what is best is computed here from graph and assignment alone.

use std::collections::BTreeSet;

use super::tests::{components, lattice, settings};
use super::*;

/// Figures of one division.
struct Division {
    /// Households of its areas.
    loads: Vec<u64>,
    cut: usize,
    /// Σ households · distance² from the best member unit, dm².
    inertia: u64,
}

fn division(graph: &UnitGraph, area: &[u32], k: usize) -> Division {
    let units = graph.units();
    let mut loads = vec![0u64; k];
    for (unit, &a) in units.iter().zip(area) {
        loads[a as usize] += u64::from(unit.households);
    }
    let cut = graph
        .edges()
        .iter()
        .filter(|e| area[e.a as usize] != area[e.b as usize])
        .count();
    let inertia = (0..k as u32).map(|a| {
        let members = || units.iter().zip(area).filter(move |(_, own)| **own == a);
        let about = |(x, y): (i64, i64)| -> u64 {
            members()
                .map(|(u, _)| {
                    u64::from(u.households) * ((u.x_dm - x).pow(2) + (u.y_dm - y).pow(2)) as u64
                })
                .sum()
        };
        let best = members().map(|(u, _)| about((u.x_dm, u.y_dm))).min();
        best.unwrap_or(0)
    });
    Division {
        inertia: inertia.sum(),
        loads,
        cut,
    }
}

/// Shows every division into `k` connected areas.
fn every_division(graph: &UnitGraph, k: usize, visit: &mut dyn FnMut(&Division)) {
    fn extend(
        graph: &UnitGraph,
        area: &mut Vec<u32>,
        (at, used): (usize, u32),
        k: usize,
        visit: &mut dyn FnMut(&Division),
    ) {
        if at == area.len() {
            let component = components(graph, |u, v| area[u as usize] == area[v as usize]);
            let parts: BTreeSet<u32> = component.into_iter().collect();
            if used as usize == k && parts.len() == k {
                visit(&division(graph, area, k));
            }
            return;
        }
        for a in 0..=used.min(k as u32 - 1) {
            area[at] = a;
            extend(graph, area, (at + 1, used.max(a + 1)), k, visit);
        }
    }
    let mut area = vec![0u32; graph.units().len()];
    extend(graph, &mut area, (0, 0), k, visit);
}

/// Connected lattices of ten units with the number of areas they are divided into.
fn districts() -> impl Iterator<Item = (u64, UnitGraph, u64)> {
    (0..30).filter_map(|seed| {
        let graph = lattice(5, 2, 5, seed, 40);
        let parts: BTreeSet<u32> = components(&graph, |_, _| true).into_iter().collect();
        let total = graph.units().iter().map(|u| u64::from(u.households)).sum();
        (parts.len() == 1).then_some((seed, graph, total))
    })
}

fn asked(total: u64) -> Settings {
    Settings {
        dead_band_bp: 0,
        effort: 1000,
        areas: Some(3),
        ..settings(Compounds::Free, (total / 3) as u32)
    }
}

#[test]
fn balance_is_as_good_as_it_can_be_and_no_bound_exceeds_it() {
    let mut compared = 0;
    for (seed, graph, total) in districts() {
        let outcome = balance(&graph, &asked(total), 7, &Silent);
        let proved = Settings {
            certify: true,
            effort: 1,
            ..asked(total)
        };
        let proved = balance(&graph, &proved, 7, &Silent);
        let k = outcome.areas.len();
        let worst = |loads: &mut dyn Iterator<Item = u64>| {
            loads.map(|load| (load * k as u64).abs_diff(total)).max()
        };
        let mut best = u64::MAX;
        every_division(&graph, k, &mut |found| {
            best = best.min(worst(&mut found.loads.iter().copied()).unwrap());
        });
        // Keys compare in steps of 25 basis points.
        let achieved = worst(&mut outcome.areas.iter().map(|a| a.households)).unwrap();
        assert!(
            achieved * 10_000 <= best * 10_000 + total * 26,
            "seed {seed}: {achieved} > {best}"
        );
        let bound = u64::from(outcome.zones[0].bound_bp);
        assert!(bound * total <= best * 10_000 + total, "seed {seed}");
        // Enumeration finds the best plan whatever the search did, and says so.
        assert_eq!(proved.areas.len(), k);
        assert_eq!(
            worst(&mut proved.areas.iter().map(|a| a.households)),
            Some(best),
            "seed {seed}"
        );
        if best * 4 <= total * 3 {
            assert_eq!(proved.zones[0].proof, Proof::Optimal, "seed {seed}");
        }
        compared += 1;
    }
    assert!(compared >= 15, "only {compared} connected lattices");
}

#[test]
fn what_a_stranded_node_proves_is_no_more_than_what_all_sets_prove() {
    let mut raised = 0;
    for (_, graph, total) in districts() {
        let settings = asked(total);
        let pieces = pieces::find(&graph, &settings);
        let local = outcome::local_numbers(&pieces);
        for piece in pieces.list.iter().filter(|piece| piece.heavy.is_none()) {
            let problem = constraints::contract(&graph, &settings, piece, &local, None);
            let start = initial::start(&problem, &mut rng::Rng::new(1), &|| false);
            if problem.areas < 2 {
                continue;
            }
            let never = || false;
            let exact = certificate::certify_in::<u64>(&problem, &start, 0, 1 << 20, &never);
            let local = certificate::certify_in::<word::Wide>(&problem, &start, 0, 1 << 20, &never);
            assert!(local.bound <= exact.bound && local.better.is_none());
            raised += usize::from(local.bound > 0);
        }
    }
    assert!(raised > 5, "{raised}");
}

#[test]
fn cut_and_inertia_within_limits_are_as_small_as_they_can_be() {
    let (mut compared, mut impossible) = (0, 0);
    let (mut proved, mut bounded) = (0.0, 0);
    for (seed, graph, total) in districts() {
        let (least, most) = (total * 28 / 100, total * 38 / 100);
        let within = |loads: &[u64]| loads.iter().all(|load| (least..=most).contains(load));
        let mut best: Option<(usize, u64)> = None;
        every_division(&graph, 3, &mut |found| {
            if within(&found.loads) {
                let (cut, inertia) = best.unwrap_or((usize::MAX, u64::MAX));
                best = Some((cut.min(found.cut), inertia.min(found.inertia)));
            }
        });
        for goal in [Goal::Cut, Goal::Inertia] {
            let settings = Settings {
                goal,
                limits: Limits::Households(least, most),
                effort: 4000,
                certify: goal == Goal::Inertia,
                ..asked(total)
            };
            let outcome = balance(&graph, &settings, 3, &Silent);
            let found = division(&graph, &outcome.area_of, outcome.areas.len());
            assert_eq!(within(&found.loads), best.is_some(), "seed {seed} {goal:?}");
            match (best, goal) {
                (Some((cut, _)), Goal::Cut) => assert_eq!(found.cut, cut, "seed {seed}"),
                // The search's own length unit is coarser than a decimetre.
                (Some((_, inertia)), Goal::Inertia) => {
                    assert!(
                        found.inertia <= inertia + inertia / 100,
                        "seed {seed}: {} > {inertia}",
                        found.inertia
                    );
                    let stated: u64 = outcome.zones.iter().map(|z| z.inertia_medoid_dm2).sum();
                    assert_eq!(stated, found.inertia, "seed {seed}");
                    let bounds = outcome.zones.iter().map(|z| z.inertia_bound_dm2);
                    let bound: u64 = bounds.sum::<Option<u64>>().unwrap();
                    assert!(bound <= inertia, "seed {seed}: {bound} > {inertia}");
                    proved += bound as f64 / inertia as f64;
                    bounded += 1;
                }
                _ => impossible += 1,
            }
        }
        compared += 1;
    }
    assert!(compared >= 15 && impossible > 0, "{compared}, {impossible}");
    let mean = proved / f64::from(bounded);
    assert!(mean > 0.85, "bounds are {mean} of the best");
}
