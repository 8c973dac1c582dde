//! Gates, each with the compound that it opens.

use super::common::{Batch, Shared, id, keep, key, middle, refuse, wait};
use super::compound_finder::CompoundFinder;
use crate::domain::{Gate, GateId, ImportKind};
use crate::services::importing::candidate::Candidate;
use crate::spatial;
use geo_types::Point;
use std::collections::{HashMap, HashSet};

pub(super) fn gates(candidates: Vec<Candidate>, shared: &Shared<'_>, batch: &mut Batch) {
    let finder = CompoundFinder::new(&shared.rows.compounds);
    let existing: HashMap<&str, &Gate> = shared
        .rows
        .gates
        .iter()
        .map(|gate| (gate.natural_key.as_str(), gate))
        .collect();
    let mut seen: HashSet<String> = HashSet::new();
    for candidate in candidates {
        let row = candidate.row;
        let Some(point) = candidate.geometry.as_ref().and_then(middle) else {
            wait(batch, &candidate, ImportKind::Gates, None, shared);
            continue;
        };
        let compound = finder
            .find(&candidate, None)
            .or_else(|| nearest_outline(&finder, point));
        let Some(at) = compound else {
            refuse(
                batch,
                row,
                "gate_without_compound",
                "30 米内没有小区轮廓，也没有给出小区：无法归属出入口",
                "no compound outline within 30 m and none is named: the gate belongs to nothing",
            );
            continue;
        };
        let compound = &shared.rows.compounds[at];
        let name = candidate.name.clone();
        let natural_key = key(
            candidate.code.as_deref(),
            name.as_deref().unwrap_or("gate"),
            Some(point),
        );
        if !seen.insert(natural_key.clone()) {
            refuse(
                batch,
                row,
                "duplicate_row",
                "与前面的一行位置相同",
                "the same place as an earlier row",
            );
            continue;
        }
        let before = existing.get(natural_key.as_str()).copied();
        let after = Gate {
            id: before.map_or_else(|| GateId::new(id()), |gate| gate.id),
            district_code: compound.community.district_code(),
            natural_key,
            compound: Some(compound.id),
            name,
            point: Point::new(point[0], point[1]),
            source: Some(shared.source.clone()),
            import: Some(shared.import),
        };
        keep(
            &mut batch.counts,
            before,
            after,
            |a, b| a.point == b.point && a.compound == b.compound,
            &mut batch.gates,
        );
    }
}

fn nearest_outline(finder: &CompoundFinder<'_>, point: [f64; 2]) -> Option<usize> {
    if let Some(at) = finder.around(point) {
        return Some(at);
    }
    let reach = 30.0 / 111_320.0 * 1.3;
    let around = rstar::AABB::from_corners(
        [point[0] - reach, point[1] - reach],
        [point[0] + reach, point[1] + reach],
    );
    let frame = spatial::LocalFrame::around(point);
    finder
        .outlines
        .locate_in_envelope_intersecting(&around)
        .filter_map(|outline| {
            let distance = outline
                .polygons
                .iter()
                .flat_map(|polygon| polygon.exterior().lines())
                .map(|line| {
                    let a = frame.to_m([line.start.x, line.start.y]);
                    let b = frame.to_m([line.end.x, line.end.y]);
                    segment_distance(a, b)
                })
                .fold(f64::INFINITY, f64::min);
            (distance <= 30.0).then_some((outline.at, distance))
        })
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(at, _)| at)
}

/// Distance of the origin to a segment.
fn segment_distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let length2 = dx * dx + dy * dy;
    let t = if length2 > 0.0 {
        (-(a[0] * dx + a[1] * dy) / length2).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (a[0] + t * dx).hypot(a[1] + t * dy)
}
