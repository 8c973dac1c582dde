//! Small cases by trying everything, properties of the bound, and optima of another solver.

use super::*;
use proptest::prelude::*;

fn site(compound: u32, copies: u32) -> Site {
    Site {
        compound,
        copies,
        capacity: 250,
    }
}

fn best(sites: &[Site], demand: &[u32], reach: &[Vec<u32>], n: usize) -> BestPosts {
    best_posts(sites, demand, n, |site| reach[site].clone())
}

#[test]
fn one_more_post_goes_where_most_is_lacking() {
    let found = best(
        &[site(0, 1), site(1, 3), site(2, 1)],
        &[100, 900, 240],
        &[vec![0], vec![1], vec![0, 2]],
        1,
    );
    assert_eq!(found.posts, [(1, 250)]);
    assert_eq!(
        (found.total, found.upper_bound, found.proved),
        (250, 250, true)
    );
    // Two: another one there; its quota is short of three.
    let found = best(
        &[site(0, 1), site(1, 3)],
        &[100, 900],
        &[vec![0], vec![1]],
        5,
    );
    assert_eq!(found.posts, [(1, 250), (1, 250), (1, 250), (0, 100)]);
    assert!(found.proved);
}

#[test]
fn a_post_serves_neighbours_and_reroutes_the_others() {
    // Site 0 reaches both, site 1 only compound 0: together they serve everything.
    let found = best(
        &[site(0, 1), site(1, 1)],
        &[250, 250],
        &[vec![0, 1], vec![0]],
        2,
    );
    assert_eq!(found.total, 500);
    assert!(found.proved);
}

#[test]
fn where_nothing_is_lacking_no_post_is_proposed() {
    let found = best(&[site(0, 2)], &[0], &[vec![0]], 3);
    assert_eq!(
        (found.posts.len(), found.total, found.upper_bound),
        (0, 0, 0)
    );
    assert!(best(&[], &[], &[], 3).proved);
}

fn exhaustive(sites: &[Site], demand: &[u32], reach: &[Vec<u32>], n: usize) -> u64 {
    fn go(at: usize, n: usize, flow: &Flow, sites: &[Site], reach: &[Vec<u32>]) -> u64 {
        let mut best = flow.total();
        if at == sites.len() || n == 0 {
            return best;
        }
        let mut flow = flow.clone();
        for copies in 0..=sites[at].copies.min(n as u32) {
            if copies > 0 {
                flow.add(Arc::from(reach[at].clone()), sites[at].capacity);
            }
            best = best.max(go(at + 1, n - copies as usize, &flow, sites, reach));
        }
        best
    }
    go(0, n, &Flow::new(demand.to_vec()), sites, reach)
}

proptest! {
    #[test]
    fn small_cases_are_exact_and_bounds_hold(
        demand in prop::collection::vec(0u32..600, 1..6),
        sites in prop::collection::vec((0u32..3, prop::collection::btree_set(0u32..6, 1..4), 100u32..300), 1..6),
        n in 0usize..5,
    ) {
        let reach: Vec<Vec<u32>> = sites.iter().map(|(_, reach, _)| {
            reach.iter().copied().filter(|c| (*c as usize) < demand.len()).collect()
        }).collect();
        let sites: Vec<Site> = sites.iter().enumerate().map(|(at, (copies, _, capacity))| Site {
            compound: at as u32, copies: *copies, capacity: *capacity,
        }).collect();
        let found = best(&sites, &demand, &reach, n);
        let optimum = exhaustive(&sites, &demand, &reach, n);
        prop_assert!(found.total <= optimum && optimum <= found.upper_bound);
        prop_assert!(found.proved);
        prop_assert_eq!(found.total, optimum);
        prop_assert_eq!(found.posts.iter().map(|(_, gain)| u64::from(*gain)).sum::<u64>(), found.total);
        prop_assert!(found.posts.len() <= n);
    }
}

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    n: usize,
    demand: Vec<u32>,
    sites: Vec<(u32, u32, u32)>,
    reach: Vec<Vec<u32>>,
    optimum: u64,
}

#[test]
fn the_best_posts_are_within_one_per_cent_of_what_another_solver_proves() {
    let text = include_str!("../../tests/cases/best_posts.json");
    let cases: Vec<Case> = serde_json::from_str(text).unwrap();
    assert!(cases.len() >= 12);
    for case in cases {
        let sites: Vec<Site> = case
            .sites
            .iter()
            .map(|&(compound, copies, capacity)| Site {
                compound,
                copies,
                capacity,
            })
            .collect();
        let found = best(&sites, &case.demand, &case.reach, case.n);
        assert!(found.total <= case.optimum, "{}", case.name);
        assert!(found.upper_bound >= case.optimum, "{}", case.name);
        assert!(
            found.total * 100 >= case.optimum * 99,
            "{}: {} of {}",
            case.name,
            found.total,
            case.optimum
        );
        assert!(
            !found.proved || found.total == case.optimum,
            "{}",
            case.name
        );
    }
}
