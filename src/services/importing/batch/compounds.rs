//! Compounds: new, known again or merged; doubtful figures are reported.

use super::common::{
    Batch, CodeMaker, Seen, Shared, households, id, keep, key, middle, refuse, wait, warn,
    warn_field,
};
use crate::domain::{
    Compound, CompoundId, HouseholdCount, ImportKind, PLAUSIBLE_M2_PER_HOUSEHOLD, Problem,
    RegionCode, Severity,
};
use crate::services::importing::candidate::Candidate;
use crate::services::importing::nearby::{Nearby, metres};
use crate::spatial::remoteness_m;
use geo::{Contains, MultiPolygon};
use geo_types::{Geometry, Point};
use std::collections::HashMap;

pub(super) fn compounds(candidates: Vec<Candidate>, shared: &Shared<'_>, batch: &mut Batch) {
    let existing = &shared.rows.compounds;
    let mut all: Vec<Compound> = existing.clone();
    let mut names = Nearby::default();
    let mut by_code: HashMap<String, usize> = HashMap::new();
    for (at, compound) in all.iter().enumerate() {
        names.push(&compound.name, middle(&compound.geometry));
        if let Some(code) = &compound.code {
            by_code.insert(code.clone(), at);
        }
    }
    let mut codes = CodeMaker::new(all.iter().filter_map(|compound| compound.code.as_deref()));
    let mut seen = Seen::default();
    for candidate in candidates {
        let row = candidate.row;
        let Some(name) = candidate
            .name
            .clone()
            .or_else(|| candidate.compound.clone())
        else {
            refuse(
                batch,
                row,
                "name_missing",
                "缺少小区名称",
                "the name of the compound is missing",
            );
            continue;
        };
        let point = candidate.geometry.as_ref().and_then(middle);
        let coded = candidate
            .code
            .as_ref()
            .and_then(|code| by_code.get(code).copied());
        let found = coded.or_else(|| match point {
            Some(point) => same_compound(&all, &names, &name, point),
            None => None,
        });
        let community = match found {
            Some(at) if candidate.community.is_none() => Ok(all[at].community),
            _ => shared
                .resolver
                .community(row, candidate.community.as_deref(), point),
        };
        let community = match community {
            Ok(code) => code,
            Err(problem) => {
                batch.problems.push(*problem);
                continue;
            }
        };
        // A row without a position joins the only namesake of its community.
        let found = found.or_else(|| {
            if point.is_some() {
                return None;
            }
            let mut same = names
                .named(&name)
                .iter()
                .filter(|at| all[**at].community == community);
            match (same.next(), same.next()) {
                (Some(at), None) => Some(*at),
                _ => None,
            }
        });
        if found.is_none() && point.is_none() {
            wait(
                batch,
                &candidate,
                ImportKind::Compounds,
                Some(community),
                shared,
            );
            continue;
        }
        let before = found.and_then(|at| existing.get(at));
        let compound_id = found.map_or_else(|| CompoundId::new(id()), |at| all[at].id);
        if !seen.first(batch, row, compound_id.uuid(), &name) {
            continue;
        }
        compound_warnings(batch, &candidate, &name);
        if let Some(at) = point
            .filter(|_| found.is_none())
            .and_then(|point| names.at(point))
        {
            let other = all[at].name.clone();
            warn(
                batch,
                row,
                "same_position",
                format!("与“{other}”坐标相同（相距不到 5 米），名称不同"),
                format!("the same position as {other} (within 5 m) under another name"),
            );
        }
        let mut after = before.cloned().unwrap_or_else(|| Compound {
            id: compound_id,
            natural_key: key(candidate.code.as_deref(), &name, point),
            code: None,
            name: name.clone(),
            community,
            geometry: Geometry::Point(Point::new(0.0, 0.0)),
            households: HouseholdCount::unknown(),
            building_count: None,
            floor_area_m2: None,
            address: None,
            property_company: None,
            built_year: None,
            source: None,
            import: None,
        });
        merge_compound(&mut after, &candidate, shared, community);
        if after.code.is_none() {
            after.code = Some(
                candidate
                    .code
                    .clone()
                    .unwrap_or_else(|| codes.next(&format!("{community}C"), 4)),
            );
        }
        if found.is_none() {
            let at = all.len();
            names.push(&after.name, middle(&after.geometry));
            if let Some(code) = &after.code {
                by_code.insert(code.clone(), at);
            }
            all.push(after.clone());
        }
        keep(
            &mut batch.counts,
            before,
            after,
            same_compound_content,
            &mut batch.compounds,
        );
    }
    far_from_the_rest(batch);
}

/// The compound that a named point means: the same name within 5 m, or inside (or 50 m around) its outline.
fn same_compound(all: &[Compound], names: &Nearby, name: &str, point: [f64; 2]) -> Option<usize> {
    if let Some(at) = names.same(name, point) {
        return Some(at);
    }
    let lonlat = Point::new(point[0], point[1]);
    names.named(name).iter().copied().find(|at| {
        crate::services::planning::polygons(&all[*at].geometry).is_some_and(|outline| {
            outline.contains(&lonlat) || outline.exterior_coords_within(point, 50.0)
        })
    })
}

trait NearOutline {
    fn exterior_coords_within(&self, point: [f64; 2], max_m: f64) -> bool;
}

impl NearOutline for MultiPolygon<f64> {
    fn exterior_coords_within(&self, point: [f64; 2], max_m: f64) -> bool {
        self.iter()
            .flat_map(|polygon| polygon.exterior().coords())
            .any(|coord| metres([coord.x, coord.y], point) <= max_m)
    }
}

fn merge_compound(
    after: &mut Compound,
    candidate: &Candidate,
    shared: &Shared<'_>,
    community: RegionCode,
) {
    if let Some(geometry) = &candidate.geometry {
        // A point never replaces an outline.
        let is_outline =
            |geometry: &Geometry<f64>| crate::services::planning::polygons(geometry).is_some();
        if is_outline(geometry) || !is_outline(&after.geometry) {
            after.geometry = geometry.clone();
        }
    }
    if candidate.households.is_some() {
        after.households = households(candidate, shared);
    }
    after.community = community;
    fn set<T: Clone>(into: &mut Option<T>, value: Option<&T>) {
        if let Some(value) = value {
            *into = Some(value.clone());
        }
    }
    set(&mut after.building_count, candidate.building_count.as_ref());
    set(&mut after.floor_area_m2, candidate.floor_area_m2.as_ref());
    set(&mut after.address, candidate.address.as_ref());
    set(
        &mut after.property_company,
        candidate.property_company.as_ref(),
    );
    after.source = Some(shared.source.clone());
    after.import = Some(shared.import);
}

fn same_compound_content(a: &Compound, b: &Compound) -> bool {
    let ignore = |compound: &Compound| {
        let mut copy = compound.clone();
        copy.import = None;
        copy.source = None;
        copy.households.source = None;
        copy
    };
    ignore(a) == ignore(b)
}

fn compound_warnings(batch: &mut Batch, candidate: &Candidate, name: &str) {
    if let (Some(households), Some(buildings)) = (candidate.households, candidate.building_count)
        && households < buildings
    {
        warn_field(
            batch,
            candidate.row,
            ("households", households),
            "fewer_households_than_buildings",
            format!("“{name}”户数 {households} 少于楼栋数 {buildings}，请核对"),
            format!(
                "{name}: {households} households are fewer than {buildings} buildings; please verify"
            ),
        );
    }
    if candidate.households == Some(0) {
        warn_field(
            batch,
            candidate.row,
            ("households", 0),
            "zero_households",
            format!("“{name}”户数为 0，请核对是否未知"),
            format!("{name}: 0 households; please verify that it is not simply unknown"),
        );
    }
    floor_area_warning(
        batch,
        candidate.row,
        name,
        candidate.households,
        candidate.floor_area_m2,
    );
}

pub(super) fn floor_area_warning(
    batch: &mut Batch,
    row: u64,
    name: &str,
    households: Option<u32>,
    area_m2: Option<f64>,
) {
    if let (Some(households @ 1..), Some(area)) = (households, area_m2) {
        let each = area / f64::from(households);
        if !PLAUSIBLE_M2_PER_HOUSEHOLD.contains(&each) {
            warn(
                batch,
                row,
                "floor_area_per_household",
                format!("“{name}”每户 {each:.0} m²，超出 30–300 m²，请核对户数或面积"),
                format!(
                    "{name}: {each:.0} m² per household is outside 30–300; verify households or area"
                ),
            );
        }
    }
}

/// Compounds far from all others are reported.
fn far_from_the_rest(batch: &mut Batch) {
    let (names, points): (Vec<&str>, Vec<[f64; 2]>) = batch
        .compounds
        .iter()
        .filter_map(|c| Some((c.name.as_str(), middle(&c.geometry)?)))
        .unzip();
    let far = names.iter().zip(&points).zip(remoteness_m(&points));
    let problems: Vec<Problem> = far
        .filter_map(|((name, [lon, lat]), remote_m)| {
            let km = remote_m? / 1000.0;
            let problem = Problem::new(
                Severity::Warning,
                "far_from_rest",
                format!("“{name}”距其余小区 {km:.0} 公里，坐标可能有误"),
                format!(
                    "{name} is {km:.0} km from the other compounds; its coordinates may be wrong"
                ),
            );
            Some(problem.at_field("position", &format!("{lon:.6},{lat:.6}")))
        })
        .collect();
    batch.problems.extend(problems);
}
