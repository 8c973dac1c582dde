//! A lower bound on inertia: no plan with as many areas, within the loads, is more compact.
//!
//! Hess's model (Hess and others 1965): every area has a centre, one of its own units, and costs
//! Σ households · distance² from it. Three rules are dropped: contiguity, whole units, and "every unit in one area",
//! which is priced instead (Lagrange; Validi, Buchanan and Lykhovyd 2022). For given prices the best areas are a
//! fractional knapsack for each centre; the prices climb by subgradient steps towards the best bound.
//! Invariant: what is returned is at most the inertia of any plan with this number of areas whose loads lie in the
//! window, whatever the prices; rounding is towards the safe side. Work is counted in steps.

use rayon::prelude::*;

use super::outcome::Outcome;
use super::pieces::Pieces;
use super::settings::{Limits, Settings};
use super::unit_graph::UnitGraph;

/// States the bound of every piece; pieces one after the other, each on all threads.
pub(super) fn state(
    graph: &UnitGraph,
    settings: &Settings,
    pieces: &Pieces,
    outcome: &mut Outcome,
) {
    for (zone, piece) in outcome.zones.iter_mut().zip(&pieces.list) {
        if zone.areas < 2 || piece.heavy.is_some() {
            zone.inertia_bound_dm2 = (zone.areas == 1).then_some(zone.inertia_medoid_dm2);
            continue;
        }
        let own = piece
            .units
            .iter()
            .map(|&unit| outcome.area_of[unit as usize]);
        let mut numbers: Vec<u32> = own.clone().collect();
        numbers.sort_unstable();
        numbers.dedup();
        let plan: Vec<u32> = own
            .map(|area| numbers.partition_point(|&other| other < area) as u32)
            .collect();
        let limits = match settings.limits {
            Limits::None => Limits::Deviation(settings.band_bp),
            limits => limits,
        };
        let areas = numbers.len();
        let Some((least, most)) = limits.households(piece.households, areas) else {
            continue;
        };
        // A plan beyond the limits is compared with those as far beyond.
        let mut loads = vec![0u64; areas];
        for (&unit, &area) in piece.units.iter().zip(&plan) {
            loads[area as usize] += u64::from(graph.units()[unit as usize].households);
        }
        let least = loads.iter().copied().fold(least, u64::min);
        let most = loads.iter().copied().fold(most, u64::max);
        let units: Vec<Mass> = piece
            .units
            .iter()
            .map(|&unit| {
                let unit = &graph.units()[unit as usize];
                Mass {
                    weight: f64::from(unit.households),
                    x: unit.x_dm as f64,
                    y: unit.y_dm as f64,
                }
            })
            .collect();
        let value = zone.inertia_medoid_dm2 as f64;
        let window = (least as f64, most as f64);
        let bound = inertia_bound(&units, areas, window, &plan, value);
        zone.inertia_bound_dm2 = Some(bound.floor() as u64);
    }
}

/// One unit: households, easting, northing (any length unit).
#[derive(Debug, Clone, Copy)]
struct Mass {
    weight: f64,
    x: f64,
    y: f64,
}

impl Mass {
    fn square_to(&self, other: &Self) -> f64 {
        (self.x - other.x).powi(2) + (self.y - other.y).powi(2)
    }
}

/// Distances evaluated for one piece, at most.
const EVALUATIONS: u64 = 1 << 31;
/// Steps of one piece, at most and at least.
const STEPS: std::ops::RangeInclusive<u64> = 40..=600;
/// Steps without a better bound before the stride is halved.
const PATIENCE: u32 = 12;
/// What rounding may cost, relative.
const SLACK: f64 = 1e-9;

/// Bound on Σ over areas of min over member units of Σ households · distance², in the length unit squared.
///
/// `plan` is the area of every unit in a plan of `areas` areas, with that value `value`: where the prices begin, and
/// how long strides are. `window` holds the least and most households of an area. O(steps · units²).
fn inertia_bound(
    units: &[Mass],
    areas: usize,
    window: (f64, f64),
    plan: &[u32],
    value: f64,
) -> f64 {
    let n = units.len();
    if areas == 0 || areas >= n || value <= 0.0 {
        return 0.0;
    }
    let steps = (EVALUATIONS / (n as u64 * n as u64)).clamp(*STEPS.start(), *STEPS.end());
    let mut price = first_prices(units, areas, plan);
    let mut best_price = price.clone();
    let (mut best, mut stride, mut idle) = (0.0f64, 1.0f64, 0);
    for _ in 0..steps {
        let mut reduced: Vec<(f64, usize)> = (0..n)
            .into_par_iter()
            .map_init(Vec::new, |room, centre| {
                (knapsack(units, &price, centre, window, room), centre)
            })
            .collect();
        if reduced.iter().filter(|(cost, _)| cost.is_finite()).count() < areas {
            break; // no centre can fill the window: nothing is claimed
        }
        reduced.select_nth_unstable_by(areas - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        reduced.truncate(areas);
        let paid: f64 = units
            .iter()
            .zip(&price)
            .map(|(u, price)| u.weight * price)
            .sum();
        let gross: f64 = units
            .iter()
            .zip(&price)
            .map(|(u, p)| u.weight * p.abs())
            .sum();
        let bound = paid + reduced.iter().map(|(cost, _)| cost).sum::<f64>() - gross * SLACK;
        if bound > best {
            best = bound;
            best_price.clone_from(&price);
            idle = 0;
        } else {
            idle += 1;
            if idle >= PATIENCE {
                (stride, idle) = (stride / 2.0, 0);
                price.clone_from(&best_price);
                if stride < 1e-4 {
                    break;
                }
            }
        }
        // How often each unit is taken; it should be once.
        let mut taken = vec![0.0; n];
        reduced.sort_unstable_by_key(|&(_, centre)| centre);
        for &(_, centre) in &reduced {
            take(units, &price, centre, window, &mut taken);
        }
        let norm: f64 = units
            .iter()
            .zip(&taken)
            .map(|(unit, taken)| unit.weight * (1.0 - taken).powi(2))
            .sum();
        if norm <= 0.0 {
            break;
        }
        let length = stride * (value * 1.02 - bound).max(value * 1e-4) / norm;
        for (price, taken) in price.iter_mut().zip(&taken) {
            *price += length * (1.0 - taken);
        }
    }
    best.min(value)
}

/// What a household pays in the plan: its squared distance from the best unit of its area, and a share more.
fn first_prices(units: &[Mass], areas: usize, plan: &[u32]) -> Vec<f64> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); areas];
    for (unit, &area) in plan.iter().enumerate() {
        members[area as usize].push(unit);
    }
    let mut price = vec![0.0; units.len()];
    for list in members.iter().filter(|list| !list.is_empty()) {
        let cost = |centre: usize| -> f64 {
            let own = list.iter().map(|&unit| &units[unit]);
            own.map(|unit| unit.weight * unit.square_to(&units[centre]))
                .sum()
        };
        let centre = list
            .iter()
            .copied()
            .min_by(|&a, &b| cost(a).total_cmp(&cost(b)));
        let Some(centre) = centre else { continue };
        let mean = cost(centre)
            / list
                .iter()
                .map(|&unit| units[unit].weight)
                .sum::<f64>()
                .max(1.0);
        for &unit in list {
            price[unit] = units[unit].square_to(&units[centre]) + mean;
        }
    }
    price
}

/// The cheapest area about a centre at these prices; infinite if the window cannot be filled.
fn knapsack(
    units: &[Mass],
    price: &[f64],
    centre: usize,
    (least, most): (f64, f64),
    room: &mut Vec<(f64, f64)>,
) -> f64 {
    let own = units[centre].weight;
    let mut cost = -price[centre] * own;
    if own > most {
        return f64::INFINITY;
    }
    // Those that pay more than they cost, if there is room; then those that lack to the least load.
    room.clear();
    let mut load = own;
    for (unit, mass) in units.iter().enumerate() {
        if unit != centre && mass.weight > 0.0 {
            let net = mass.square_to(&units[centre]) - price[unit];
            if net < 0.0 {
                load += mass.weight;
                cost += net * mass.weight;
            }
            room.push((net, mass.weight));
        }
    }
    if (least..=most).contains(&load) {
        return cost;
    }
    if load > most {
        room.retain(|(net, _)| *net < 0.0);
        return -price[centre] * own + cheapest(room, most - own);
    }
    let total: f64 = own + room.iter().map(|(_, weight)| weight).sum::<f64>();
    if total < least {
        return f64::INFINITY;
    }
    -price[centre] * own + cheapest(room, least - own)
}

/// Cost of so much weight of the cheapest items (net cost per household, households); the last one in part.
fn cheapest(mut items: &mut [(f64, f64)], mut room: f64) -> f64 {
    let mut cost = 0.0;
    while !items.is_empty() && room > 0.0 {
        let middle = items.len() / 2;
        items.select_nth_unstable_by(middle, |a, b| a.0.total_cmp(&b.0));
        let lower: f64 = items[..=middle].iter().map(|item| item.1).sum();
        if lower <= room {
            cost += items[..=middle]
                .iter()
                .map(|item| item.0 * item.1)
                .sum::<f64>();
            room -= lower;
            items = &mut items[middle + 1..];
        } else if middle == 0 {
            cost += items[0].0 * room;
            break;
        } else {
            items = &mut items[..=middle];
            if items.len() == 2 && items[0].1 > room {
                cost += items[0].0 * room;
                break;
            }
            if items.len() == 2 {
                cost += items[0].0 * items[0].1 + items[1].0 * (room - items[0].1);
                break;
            }
        }
    }
    cost
}

/// Adds to `taken` what the cheapest area about a centre holds of every unit.
fn take(
    units: &[Mass],
    price: &[f64],
    centre: usize,
    (least, most): (f64, f64),
    taken: &mut [f64],
) {
    let mut order: Vec<(f64, usize)> = (0..units.len())
        .filter(|&unit| unit != centre && units[unit].weight > 0.0)
        .map(|unit| (units[unit].square_to(&units[centre]) - price[unit], unit))
        .collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut load = units[centre].weight;
    taken[centre] += 1.0;
    for (net, unit) in order {
        let wanted = if net < 0.0 { most - load } else { least - load };
        if wanted <= 0.0 {
            break;
        }
        let share = (wanted / units[unit].weight).min(1.0);
        taken[unit] += share;
        load += share * units[unit].weight;
    }
    // Nobody lives there: no price, no matter.
    for (taken, unit) in taken.iter_mut().zip(units) {
        if unit.weight <= 0.0 {
            *taken = 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rng::Rng;
    use super::*;

    fn scattered(n: usize, seed: u64) -> Vec<Mass> {
        let mut rng = Rng::new(seed);
        let mut number = |below: usize| rng.below(below) as f64;
        (0..n)
            .map(|_| Mass {
                weight: 5.0 + number(40),
                x: number(1000),
                y: number(1000),
            })
            .collect()
    }

    /// Inertia of a plan about the best member units.
    fn value(units: &[Mass], areas: usize, plan: &[u32]) -> f64 {
        (0..areas as u32)
            .map(|area| {
                let members = || units.iter().zip(plan).filter(|&(_, &own)| own == area);
                let about = |centre: &Mass| -> f64 {
                    members()
                        .map(|(unit, _)| unit.weight * unit.square_to(centre))
                        .sum()
                };
                members()
                    .map(|(centre, _)| about(centre))
                    .fold(f64::INFINITY, f64::min)
            })
            .sum()
    }

    fn loads(units: &[Mass], areas: usize, plan: &[u32]) -> Vec<f64> {
        let mut loads = vec![0.0; areas];
        for (unit, &area) in units.iter().zip(plan) {
            loads[area as usize] += unit.weight;
        }
        loads
    }

    #[test]
    fn the_bound_is_never_above_the_best_plan_and_near_it() {
        let mut gaps = Vec::new();
        for seed in 0..12 {
            let units = scattered(9, seed);
            let areas = 2 + (seed % 2) as usize;
            let total: f64 = units.iter().map(|unit| unit.weight).sum();
            let mean = total / areas as f64;
            let window = (mean * 0.75, mean * 1.25);
            let mut best: Option<(f64, Vec<u32>)> = None;
            for code in 0..areas.pow(9) {
                let plan: Vec<u32> = (0..9)
                    .map(|u| (code / areas.pow(u) % areas) as u32)
                    .collect();
                let within = |load: &f64| (window.0..=window.1).contains(load);
                if !loads(&units, areas, &plan).iter().all(within) {
                    continue;
                }
                let own = value(&units, areas, &plan);
                if best.as_ref().is_none_or(|(least, _)| own < *least) {
                    best = Some((own, plan));
                }
            }
            let Some((least, plan)) = best else { continue };
            let bound = inertia_bound(&units, areas, window, &plan, least);
            assert!(bound <= least, "seed {seed}: {bound} > {least}");
            gaps.push(bound / least);
        }
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        assert!(gaps.len() >= 8 && mean > 0.85, "{gaps:?}");
    }

    #[test]
    fn two_hamlets_far_apart_leave_nothing_to_gain() {
        let at = |x: f64, y: f64| Mass { weight: 10.0, x, y };
        let units = [
            at(0.0, 0.0),
            at(10.0, 0.0),
            at(0.0, 10.0),
            at(5000.0, 0.0),
            at(5010.0, 0.0),
            at(5000.0, 10.0),
        ];
        let plan = [0, 0, 0, 1, 1, 1];
        let own = value(&units, 2, &plan);
        let bound = inertia_bound(&units, 2, (25.0, 35.0), &plan, own);
        assert!(bound > own * 0.999 && bound <= own, "{bound} of {own}");
    }

    #[test]
    fn the_cheapest_items_are_found_without_sorting() {
        let mut rng = Rng::new(3);
        for n in 0..40 {
            let items: Vec<(f64, f64)> = (0..n)
                .map(|_| (rng.below(50) as f64 - 25.0, 1.0 + rng.below(9) as f64))
                .collect();
            let room = rng.below(60) as f64;
            let mut sorted = items.clone();
            sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (mut left, mut cost) = (room, 0.0);
            for (net, weight) in sorted {
                let share = weight.min(left);
                cost += net * share;
                left -= share;
            }
            let found = cheapest(&mut items.clone(), room);
            assert!(
                (found - cost).abs() < 1e-9,
                "{found} {cost} {items:?} {room}"
            );
        }
    }
}
