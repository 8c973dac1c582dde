//! A lower bound on inertia: no plan with as many areas, within the loads, is more compact.
//!
//! Hess's model (Hess and others 1965): every area has a centre, one of its own units, and costs
//! Σ households · distance² from it. The rule "every unit in one area" is dropped and priced instead (Lagrange; Validi,
//! Buchanan and Lykhovyd 2022). For given prices the best areas are a connected knapsack for each centre, searched
//! best first for some nodes and relaxed beyond (Dantzig 1957); the prices climb by subgradient steps towards the
//! best bound.
//! Invariant: what is returned is at most the inertia of any plan with this number of areas whose loads lie in the
//! window, whatever the prices; rounding is towards the safe side. Work is counted in steps.

use rayon::prelude::*;

use super::outcome::Outcome;
use super::pieces::Pieces;
use super::settings::Settings;
use super::unit_graph::UnitGraph;

/// States the bound of every piece; pieces one after the other, each on all threads.
pub(super) fn state(
    graph: &UnitGraph,
    settings: &Settings,
    pieces: &Pieces,
    outcome: &mut Outcome,
) {
    let evaluations = (ALL_EVALUATIONS / pieces.list.len().max(1) as u64).min(EVALUATIONS);
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
        let limits = settings.limits.or_deviation(settings.band_bp);
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
        let beside: Vec<Vec<u32>> = piece
            .units
            .iter()
            .map(|&unit| {
                let others = graph.edges_at(unit).map(|(other, _)| other);
                // Units of a piece ascend.
                others
                    .filter_map(|other| piece.units.binary_search(&other).ok())
                    .map(|place| place as u32)
                    .collect()
            })
            .collect();
        let district = District {
            units,
            beside,
            areas,
            window: (least as f64, most as f64),
        };
        let value = zone.inertia_medoid_dm2;
        // Where locks tear an area apart the plan may have less than any connected one.
        let bound = inertia_bound(&district, &plan, value as f64, evaluations);
        zone.inertia_bound_dm2 = Some((bound.floor() as u64).min(value));
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

/// What is bounded.
struct District {
    units: Vec<Mass>,
    /// Neighbours of every unit.
    beside: Vec<Vec<u32>>,
    areas: usize,
    /// Least and most households of an area.
    window: (f64, f64),
}

/// Items looked at for one piece, at most; and for all pieces together.
const EVALUATIONS: u64 = 1 << 29;
const ALL_EVALUATIONS: u64 = 1 << 33;
/// Nodes of one knapsack, at most.
const NODES: u64 = 200;
/// Steps of one piece, at most and at least.
const STEPS: std::ops::RangeInclusive<u64> = 40..=600;
/// Steps without a better bound before the stride is halved.
const PATIENCE: u32 = 12;
/// What rounding may cost, relative.
const SLACK: f64 = 1e-9;

/// Bound on Σ over areas of min over member units of Σ households · distance², in the length unit squared.
///
/// `plan` is the area of every unit in a plan of `areas` areas, with that value `value`: where the prices begin, and
/// how long strides are. O(steps · nodes · units²).
fn inertia_bound(district: &District, plan: &[u32], value: f64, evaluations: u64) -> f64 {
    let (units, areas) = (&district.units, district.areas);
    let n = units.len();
    if areas == 0 || areas >= n || value <= 0.0 {
        return 0.0;
    }
    let square = n as u64 * n as u64;
    let steps = (evaluations * 4 / square).clamp(*STEPS.start(), *STEPS.end());
    // Where units are many they are light, and the relaxation is as good as whole.
    let nodes = (evaluations / (square * steps)).min(NODES) as usize;
    let nodes = if nodes < 2 { 0 } else { nodes };
    let mut price = first_prices(units, areas, plan);
    let mut best_price = price.clone();
    let (mut best, mut stride, mut idle) = (0.0f64, 1.0f64, 0);
    for _ in 0..steps {
        let mut reduced: Vec<(f64, usize)> = (0..n)
            .into_par_iter()
            .map(|centre| {
                let knapsack = Knapsack::new(district, &price, centre, nodes == 0);
                let node = knapsack.solve(nodes);
                (node.map_or(f64::INFINITY, |node| node.bound), centre)
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
        let gross = gross + reduced.iter().map(|(cost, _)| cost.abs()).sum::<f64>();
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
            let knapsack = Knapsack::new(district, &price, centre, nodes == 0);
            for (unit, share) in knapsack
                .solve(nodes)
                .into_iter()
                .flat_map(|node| node.taken)
            {
                taken[unit] += share;
            }
        }
        // Nobody lives there: no price, no matter.
        for (taken, unit) in taken.iter_mut().zip(units) {
            if unit.weight <= 0.0 {
                *taken = 1.0;
            }
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

/// The cheapest area about one centre at given prices: units in or out, the centre in, the load in the window.
struct Knapsack<'d> {
    district: &'d District,
    centre: usize,
    /// (net cost per household, households, unit), cheapest first; without the centre and units of no households.
    items: Vec<(f64, f64, usize)>,
    /// Cost and load of the centre.
    own: (f64, f64),
}

/// What is decided about a unit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Open,
    In,
    Out,
}

/// A part of the search: what is decided, and what the rest costs at least.
struct Node {
    bound: f64,
    /// By unit.
    choice: Vec<Choice>,
    /// (unit, share) of what the relaxation takes, the centre included.
    taken: Vec<(usize, f64)>,
    /// The unit to decide next; `None` = what is taken is an area.
    next: Option<usize>,
}

impl<'d> Knapsack<'d> {
    /// With `few`, only what pays for itself is kept where that fills the window: enough for the relaxation.
    fn new(district: &'d District, price: &[f64], centre: usize, few: bool) -> Self {
        let units = &district.units;
        let net = |unit: usize| units[unit].square_to(&units[centre]) - price[unit];
        let all = || {
            (0..units.len())
                .filter(|&unit| unit != centre && units[unit].weight > 0.0)
                .map(|unit| (net(unit), units[unit].weight, unit))
        };
        let mut items: Vec<(f64, f64, usize)> = Vec::new();
        if few {
            items.extend(all().filter(|item| item.0 < 0.0));
        }
        let load: f64 = items.iter().map(|item| item.1).sum();
        if !few || units[centre].weight + load < district.window.0 {
            items = all().collect();
        }
        items.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
        let weight = units[centre].weight;
        Self {
            district,
            centre,
            items,
            own: (-price[centre] * weight, weight),
        }
    }

    /// The relaxation in which one unit may be taken in part; `None` if no area about the centre is so.
    fn relaxed(&self, mut choice: Vec<Choice>, connected: bool) -> Option<Node> {
        let (least, most) = self.district.window;
        if connected {
            // What the centre reaches only across units that are out is out.
            let reached = self.reached(|unit| choice[unit] != Choice::Out);
            for (choice, reached) in choice.iter_mut().zip(&reached) {
                if !reached {
                    if *choice == Choice::In {
                        return None;
                    }
                    *choice = Choice::Out;
                }
            }
        }
        let (mut cost, mut load) = self.own;
        let mut taken = vec![(self.centre, 1.0)];
        for &(net, weight, unit) in &self.items {
            if choice[unit] == Choice::In {
                cost += net * weight;
                load += weight;
                taken.push((unit, 1.0));
            }
        }
        if load > most {
            return None;
        }
        let mut next = None;
        for &(net, weight, unit) in &self.items {
            if choice[unit] != Choice::Open {
                continue;
            }
            // What pays for itself, as long as there is room; then what is lacking to the least load.
            let room = if net < 0.0 { most - load } else { least - load };
            if room <= 0.0 {
                if net >= 0.0 {
                    break;
                }
                continue;
            }
            let share = (room / weight).min(1.0);
            cost += net * weight * share;
            load += weight * share;
            taken.push((unit, share));
            if share < 1.0 {
                next = Some(unit);
                break;
            }
        }
        // Sums of decimals: a hair below the least load is no less.
        if load < least * (1.0 - SLACK) {
            return None;
        }
        if connected && next.is_none() {
            next = self.gap(&choice, &taken);
        }
        Some(Node {
            bound: cost,
            choice,
            taken,
            next,
        })
    }

    /// Units that the centre reaches over units that may be used.
    fn reached(&self, may: impl Fn(usize) -> bool) -> Vec<bool> {
        let mut reached = vec![false; self.district.units.len()];
        reached[self.centre] = true;
        let mut stack = vec![self.centre];
        while let Some(unit) = stack.pop() {
            for &other in &self.district.beside[unit] {
                let other = other as usize;
                if !reached[other] && may(other) {
                    reached[other] = true;
                    stack.push(other);
                }
            }
        }
        reached
    }

    /// An undecided unit beside what the centre does not reach, if what is taken is not connected.
    fn gap(&self, choice: &[Choice], taken: &[(usize, f64)]) -> Option<usize> {
        let units = &self.district.units;
        let mut mine = vec![false; units.len()];
        for &(unit, _) in taken {
            mine[unit] = true;
        }
        // Units of no households are never taken, but may serve as bridges.
        let reached = self.reached(|unit| mine[unit] || units[unit].weight <= 0.0);
        let lost = |unit: usize| mine[unit] && !reached[unit];
        let beside = |&unit: &usize| {
            let mut others = self.district.beside[unit].iter();
            !mine[unit] && others.any(|&other| lost(other as usize))
        };
        let mut open = self.items.iter().map(|item| item.2);
        if taken.iter().all(|&(unit, _)| reached[unit]) {
            return None;
        }
        let bridge = open.find(|unit| choice[*unit] == Choice::Open && beside(unit));
        // Or cut off what is lost.
        bridge.or_else(|| (0..units.len()).find(|&unit| lost(unit) && choice[unit] == Choice::Open))
    }

    /// The best area, or the relaxation after so many nodes: never dearer than the best area.
    fn solve(&self, nodes: usize) -> Option<Node> {
        let all = vec![Choice::Open; self.district.units.len()];
        let mut open = vec![self.relaxed(all, nodes > 0)?];
        for _ in 0..nodes {
            let cheapest =
                (0..open.len()).min_by(|&a, &b| open[a].bound.total_cmp(&open[b].bound))?;
            let Some(unit) = open[cheapest].next else {
                return Some(open.swap_remove(cheapest));
            };
            let node = open.swap_remove(cheapest);
            for side in [Choice::In, Choice::Out] {
                let mut choice = node.choice.clone();
                choice[unit] = side;
                open.extend(self.relaxed(choice, true));
            }
        }
        open.into_iter().min_by(|a, b| a.bound.total_cmp(&b.bound))
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

    /// Everything beside everything.
    fn district(units: &[Mass], areas: usize, window: (f64, f64)) -> District {
        let n = units.len() as u32;
        District {
            units: units.to_vec(),
            beside: (0..n).map(|_| (0..n).collect()).collect(),
            areas,
            window,
        }
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
            let bound = inertia_bound(&district(&units, areas, window), &plan, least, 1 << 24);
            assert!(bound <= least, "seed {seed}: {bound} > {least}");
            gaps.push(bound / least);
        }
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        assert!(gaps.len() >= 8 && mean > 0.85, "{gaps:?}");
    }

    #[test]
    fn neither_names_of_units_nor_of_areas_matter() {
        let units = scattered(12, 5);
        let plan: Vec<u32> = (0..12).map(|u| u % 3).collect();
        let own = value(&units, 3, &plan);
        let window = (
            loads(&units, 3, &plan)
                .into_iter()
                .fold(f64::INFINITY, f64::min),
            loads(&units, 3, &plan).into_iter().fold(0.0, f64::max),
        );
        let bound = inertia_bound(&district(&units, 3, window), &plan, own, 1 << 24);
        let turned: Vec<Mass> = units.iter().rev().copied().collect();
        let other: Vec<u32> = plan.iter().rev().map(|area| 2 - area).collect();
        let again = inertia_bound(&district(&turned, 3, window), &other, own, 1 << 24);
        assert!(
            bound > 0.0 && (bound - again).abs() < bound * 0.02,
            "{bound} {again}"
        );
    }

    #[test]
    fn an_area_that_would_have_to_leap_over_others_is_not_counted_on() {
        // The row leads to and fro between two places: what lies close together is not connected.
        let at = |weight: f64, x: f64, y: f64| Mass { weight, x, y };
        let units = [
            at(10.0, 0.0, 0.0),
            at(10.0, 0.0, 900.0),
            at(10.0, 5.0, 0.0),
            at(10.0, 5.0, 900.0),
        ];
        let mut row = district(&units, 2, (20.0, 20.0));
        row.beside = vec![vec![1], vec![0, 2], vec![1, 3], vec![2]];
        let plan = [0, 0, 1, 1];
        let own = value(&units, 2, &plan);
        let bound = inertia_bound(&row, &plan, own, 1 << 24);
        let free = inertia_bound(&district(&units, 2, (20.0, 20.0)), &plan, own, 1 << 24);
        assert!(
            free < own * 0.01 && bound > own * 0.99,
            "{free} {bound} of {own}"
        );
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
        let bound = inertia_bound(&district(&units, 2, (25.0, 35.0)), &plan, own, 1 << 24);
        assert!(bound > own * 0.999 && bound <= own, "{bound} of {own}");
    }
}
