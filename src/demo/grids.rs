//! Statutory grids: a community's rectangle cut between its houses into parts of 300–500
//! households.
//!
//! Not patrol areas. Invariant: the parts tile the community's rectangle.

use super::housing::House;
use super::layout::Rectangle;

const LEAST: u32 = 300;
const MOST: u32 = 500;
const USUAL: u32 = 400;
/// A cut through a house counts like this many households of imbalance.
const CUT_HOUSE: f64 = 40.0;

type Part = (Rectangle, Vec<usize>);

/// Cuts `area`; returns each part with the positions in `houses` whose centre it holds.
/// Where one way of halving leaves a part too big or too small, others are tried.
pub(super) fn split(area: Rectangle, houses: &[House]) -> Vec<Part> {
    let total: u32 = houses.iter().map(House::households).sum();
    let usual = ((f64::from(total) / f64::from(USUAL)).round() as u32).max(1);
    let mut best: Option<(u32, Vec<Part>)> = None;
    for parts in [usual, usual + 1, usual.saturating_sub(1).max(1)] {
        for slack in [40, 60, 20, 80] {
            let mut out = Vec::new();
            bisect(
                area,
                (0..houses.len()).collect(),
                parts,
                slack,
                houses,
                &mut out,
            );
            let households = |m: &[usize]| m.iter().map(|&i| houses[i].households()).sum::<u32>();
            let wrong = out
                .iter()
                .map(|p| beyond(households(&p.1), 1, 0))
                .sum::<u32>();
            if best.as_ref().is_none_or(|b| wrong < b.0) {
                best = Some((wrong, out));
            }
            if wrong == 0 {
                return best.map(|b| b.1).unwrap_or_default();
            }
        }
    }
    best.map(|b| b.1).unwrap_or_default()
}

struct Cut {
    cost: f64,
    vertical: bool,
    at: f64,
    parts: u32,
}

fn bisect(
    area: Rectangle,
    members: Vec<usize>,
    parts: u32,
    slack: u32,
    houses: &[House],
    out: &mut Vec<Part>,
) {
    if parts < 2 {
        out.push((area, members));
        return;
    }
    let total: u32 = members.iter().map(|&i| houses[i].households()).sum();
    let mut best: Option<Cut> = None;
    for vertical in [true, false] {
        let axis = usize::from(!vertical);
        let (low, high) = if vertical {
            (area.x0, area.x1)
        } else {
            (area.y0, area.y1)
        };
        // Long thin grids are hard to walk: a cut across the long side is preferred.
        let (wide, tall) = (area.x1 - area.x0, area.y1 - area.y0);
        let along = if vertical { tall / wide } else { wide / tall };
        for &i in &members {
            let b = houses[i].bounds();
            for at in [(b[axis] - 2.0).round(), (b[axis + 2] + 2.0).round()] {
                if at <= low + 1.0 || at >= high - 1.0 {
                    continue;
                }
                let (mut before, mut cut) = (0, 0_u32);
                for &m in &members {
                    let h = &houses[m];
                    let b = h.bounds();
                    if h.centre[axis] < at {
                        before += h.households();
                    }
                    cut += u32::from(b[axis] < at && b[axis + 2] > at);
                }
                let first = ((f64::from(before) / f64::from(total.max(1)) * f64::from(parts))
                    .round() as u32)
                    .clamp(1, parts - 1);
                let outside =
                    beyond(before, first, slack) + beyond(total - before, parts - first, slack);
                let uneven = (f64::from(before)
                    - f64::from(total) * f64::from(first) / f64::from(parts))
                .abs();
                let halves = f64::from((2 * first).abs_diff(parts)) * 10.0;
                let cost = f64::from(outside) * 100.0
                    + f64::from(cut) * CUT_HOUSE
                    + uneven
                    + halves
                    + 30.0 * along;
                if best.as_ref().is_none_or(|b| cost < b.cost) {
                    best = Some(Cut {
                        cost,
                        vertical,
                        at,
                        parts: first,
                    });
                }
            }
        }
    }
    let Some(cut) = best else {
        out.push((area, members));
        return;
    };
    let axis = usize::from(!cut.vertical);
    let (first, second): (Vec<usize>, Vec<usize>) = members
        .into_iter()
        .partition(|&m| houses[m].centre[axis] < cut.at);
    let (mut a, mut b) = (area, area);
    if cut.vertical {
        a.x1 = cut.at;
        b.x0 = cut.at;
    } else {
        a.y1 = cut.at;
        b.y0 = cut.at;
    }
    bisect(a, first, cut.parts, slack, houses, out);
    bisect(b, second, parts - cut.parts, slack, houses, out);
}

/// Households too few or too many for this many grids, with slack a grid while cuts are to come.
fn beyond(households: u32, parts: u32, slack: u32) -> u32 {
    let slack = if parts > 1 { slack } else { 0 };
    ((LEAST + slack) * parts).saturating_sub(households)
        + households.saturating_sub((MOST - slack) * parts)
}
