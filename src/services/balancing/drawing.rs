//! A plan and a frontier as SVG, for reports and for people without a GIS.
//!
//! Neither a map of the city (units are points here) nor a chart library. Invariant: colour is never the only sign:
//! every area carries number, households and signed deviation.

use super::{Answer, Instance};
use crate::districting::{Outcome, Proof, colour_areas};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Area colours that stay apart for colour-blind eyes.
const COLOURS: [&str; 6] = [
    "#117733", "#99DDFF", "#AA4499", "#AAAA00", "#F0E442", "#FFAABB",
];
/// Width of a drawing in pixels, and its margin.
const WIDTH: f64 = 1000.0;
const MARGIN: f64 = 36.0;
/// Units of one drawing, at most: more cannot be told apart.
pub const MOST_UNITS: usize = 5_000;

/// Draws the plan of one zone (`None` = all of them): units as dots, walkable edges inside an area in its colour.
///
/// `None` when there are more than [`MOST_UNITS`] units, or none.
pub fn map(
    instance: &Instance,
    outcome: &Outcome,
    zone: Option<u32>,
    band_bp: u32,
) -> Option<String> {
    let shown = |unit: usize| zone.is_none_or(|zone| instance.units[unit].zone == zone);
    let units: Vec<usize> = (0..instance.units.len())
        .filter(|&unit| shown(unit))
        .collect();
    if units.is_empty() || units.len() > MOST_UNITS {
        return None;
    }
    let place = |unit: usize| {
        let row = &instance.units[unit];
        [row.x_dm as f64 / 10.0, row.y_dm as f64 / 10.0]
    };
    let bound = |axis: usize, pick: fn(f64, f64) -> f64, from: f64| {
        units.iter().map(|&unit| place(unit)[axis]).fold(from, pick)
    };
    let (west, east) = (bound(0, f64::min, f64::MAX), bound(0, f64::max, f64::MIN));
    let (south, north) = (bound(1, f64::min, f64::MAX), bound(1, f64::max, f64::MIN));
    let scale = (WIDTH - 2.0 * MARGIN) / (east - west).max(north - south).max(1.0);
    let at = |unit: usize| {
        let [x, y] = place(unit);
        [MARGIN + (x - west) * scale, MARGIN + (north - y) * scale]
    };
    let foot = MARGIN + (north - south) * scale + MARGIN;
    let mut beside = vec![Vec::new(); outcome.areas.len()];
    let area_of = |unit: u32| outcome.area_of[unit as usize];
    for edge in &instance.edges {
        if area_of(edge.a) != area_of(edge.b) {
            beside[area_of(edge.a) as usize].push(area_of(edge.b));
        }
    }
    let colours = colour_areas(&beside, COLOURS.len() as u8);
    let colour = |area: u32| COLOURS[usize::from(colours[area as usize])];
    let spacing = WIDTH / (units.len() as f64).sqrt();

    let mut svg = open(foot + 82.0);
    let edges = || instance.edges.iter().filter(|edge| shown(edge.a as usize));
    for edge in edges().filter(|edge| area_of(edge.a) != area_of(edge.b)) {
        let ([x1, y1], [x2, y2]) = (at(edge.a as usize), at(edge.b as usize));
        let _ = writeln!(
            svg,
            r##"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" stroke="#bbb" stroke-width="0.8" stroke-dasharray="3 3"/>"##
        );
    }
    let thick = (spacing * 0.28).clamp(1.5, 16.0);
    for edge in edges().filter(|edge| area_of(edge.a) == area_of(edge.b)) {
        let ([x1, y1], [x2, y2]) = (at(edge.a as usize), at(edge.b as usize));
        let stroke = colour(area_of(edge.a));
        let _ = writeln!(
            svg,
            r#"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" stroke="{stroke}" stroke-width="{thick:.1}" stroke-linecap="round" opacity="0.85"/>"#
        );
    }
    let most = units
        .iter()
        .map(|&unit| instance.units[unit].households)
        .max();
    let most = f64::from(most.unwrap_or(1).max(1));
    for &unit in &units {
        let [x, y] = at(unit);
        let share = (f64::from(instance.units[unit].households) / most).sqrt();
        let radius = (spacing * (0.05 + 0.17 * share)).clamp(1.0, 26.0);
        let fill = colour(outcome.area_of[unit]);
        let _ = writeln!(
            svg,
            r##"<circle cx="{x:.1}" cy="{y:.1}" r="{radius:.1}" fill="{fill}" stroke="#222" stroke-width="0.8"/>"##
        );
    }
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for &unit in &units {
        members.entry(outcome.area_of[unit]).or_default().push(unit);
    }
    for (number, members) in members {
        let area = &outcome.areas[number as usize];
        let members = || members.iter();
        let count = members().count().max(1) as f64;
        let sum = members()
            .map(|&unit| at(unit))
            .fold([0.0, 0.0], |sum, p| [sum[0] + p[0], sum[1] + p[1]]);
        let middle = [sum[0] / count, sum[1] / count];
        let away = |unit: usize| {
            let [x, y] = at(unit);
            (x - middle[0]).powi(2) + (y - middle[1]).powi(2)
        };
        let Some(&nearest) = members().min_by(|&&a, &&b| away(a).total_cmp(&away(b))) else {
            continue;
        };
        let [x, y] = at(nearest);
        let x = x.clamp(80.0, WIDTH - 80.0);
        let off = area.deviation_bp;
        let outside = off.unsigned_abs() > band_bp;
        let (mark, ink) = match (outside, off > 0) {
            (true, true) => ("▲ ", "#a00020"),
            (true, false) => ("▼ ", "#a00020"),
            (false, _) => ("", "#111"),
        };
        let name = number + 1;
        // No "-0.0 %".
        let percent = if off.abs() < 5 {
            0.0
        } else {
            f64::from(off) / 100.0
        };
        let _ = writeln!(
            svg,
            r##"<text x="{x:.1}" y="{y:.1}" text-anchor="middle" fill="{ink}" stroke="#fff" stroke-width="4" paint-order="stroke" font-weight="600">{mark}{name} · {} ({percent:+.1} %)</text>"##,
            area.households
        );
    }
    let metres = nice(160.0 / scale);
    let (x, y) = (MARGIN, foot + 14.0);
    let _ = writeln!(
        svg,
        r##"<path d="M{x:.1} {y:.1}h{:.1}" stroke="#111" stroke-width="3"/><text x="{:.1}" y="{:.1}">{metres} m</text>"##,
        metres * scale,
        x + metres * scale + 8.0,
        y + 5.0
    );
    let figures = &outcome.figures;
    let line = format!(
        "{} 个单元 units · {} 户 households · {} 个片区 areas · 最大偏差 worst {:.1} % · 超出 beyond ±{} % {}",
        figures.units,
        figures.households,
        figures.areas,
        f64::from(figures.worst_deviation_bp) / 100.0,
        f64::from(band_bp) / 100.0,
        figures.areas_out_of_band
    );
    let _ = writeln!(svg, r#"<text x="{x:.1}" y="{:.1}">{line}</text>"#, y + 30.0);
    let mut zones = outcome
        .zones
        .iter()
        .filter(|own| zone.is_none_or(|zone| own.zone == zone));
    if let (Some(own), None) = (zones.next(), zones.next()) {
        let bound = f64::from(own.bound_bp) / 100.0;
        let proof = match own.proof {
            Proof::Optimal => {
                "已证明：没有更均衡的方案 proved: no plan is better balanced".to_owned()
            }
            Proof::Enumeration => {
                format!("已证明（枚举）：不低于 {bound:.2} % proved by enumeration: not below")
            }
            Proof::Arithmetic => format!("已证明：不低于 {bound:.2} % proved: not below"),
        };
        let _ = writeln!(
            svg,
            r#"<text x="{x:.1}" y="{:.1}">{proof}</text>"#,
            y + 54.0
        );
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

/// Draws the frontier: what balance costs in changed households, with its figures as a list.
pub fn frontier_chart(plans: &[Answer]) -> String {
    let height = (130.0 + 26.0 * plans.len() as f64).max(360.0);
    let mut svg = open(height);
    let changed = |plan: &Answer| plan.report.changed_households as f64;
    let worst = |plan: &Answer| plan.report.worst_deviation_percent;
    let most = |of: &dyn Fn(&Answer) -> f64| plans.iter().map(of).fold(0.0, f64::max).max(1.0);
    let (right, top) = (most(&changed), most(&worst));
    let (left, bottom, end) = (MARGIN, height - 56.0, 560.0);
    let _ = writeln!(
        svg,
        r##"<path d="M{left} {MARGIN}V{bottom}H{end}" fill="none" stroke="#555"/><text x="{left}" y="24">最大偏差 worst deviation, %</text><text x="{end}" y="{:.0}" text-anchor="end">换管家户数 households that change keeper</text>"##,
        height - 22.0
    );
    let at = |plan: &Answer| {
        let x = left + changed(plan) / right * (end - left - 20.0);
        [x, bottom - worst(plan) / top * (bottom - MARGIN - 24.0)]
    };
    let line: Vec<String> = plans
        .iter()
        .map(at)
        .map(|[x, y]| format!("{x:.1},{y:.1}"))
        .collect();
    let _ = writeln!(
        svg,
        r##"<polyline points="{}" fill="none" stroke="#AA4499" stroke-width="2"/>"##,
        line.join(" ")
    );
    let _ = writeln!(
        svg,
        r#"<g text-anchor="end"><text x="700" y="24">户 households</text><text x="810" y="24">偏差 worst</text><text x="960" y="24">超差片区 beyond</text></g>"#
    );
    for (number, plan) in (1u32..).zip(plans) {
        let [x, y] = at(plan);
        let report = &plan.report;
        let row = 30.0 + 26.0 * f64::from(number);
        let dot = |x: f64, y: f64| {
            format!(
                r##"<circle cx="{x:.1}" cy="{y:.1}" r="9" fill="#AA4499"/><text x="{x:.1}" y="{:.1}" text-anchor="middle" font-size="12" fill="#fff">{number}</text>"##,
                y + 4.5
            )
        };
        let _ = writeln!(
            svg,
            r#"{}{}<g text-anchor="end"><text x="700" y="{row}">{}</text><text x="810" y="{row}">{:.1} %</text><text x="960" y="{row}">{}</text></g>"#,
            dot(x, y),
            dot(610.0, row - 5.0),
            report.changed_households,
            report.worst_deviation_percent,
            report.beyond_band,
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn open(height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" width=\"{WIDTH:.0}\" height=\"{height:.0}\" \
         font-family=\"'Noto Sans SC','Noto Sans CJK SC',sans-serif\" font-size=\"15\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    )
}

/// 1, 2 or 5 times a power of ten, at most `metres`.
fn nice(metres: f64) -> f64 {
    let power = 10f64.powf(metres.max(1.0).log10().floor());
    let times = [5.0, 2.0, 1.0]
        .into_iter()
        .find(|times| times * power <= metres);
    times.unwrap_or(1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_bar_is_one_two_or_five() {
        assert_eq!([160.0, 99.0, 51.0, 0.3].map(nice), [100.0, 50.0, 50.0, 1.0]);
    }
}
