//! Buildings: their compound, grid and storeys.

use super::common::{Batch, Seen, Shared, households, id, keep, key, middle, wait};
use super::compound_finder::CompoundFinder;
use super::compounds::floor_area_warning;
use crate::domain::{
    Building, BuildingId, Compound, CompoundId, HouseholdCount, ImportKind, Problem, Severity,
    storeys,
};
use crate::services::importing::candidate::Candidate;
use crate::services::importing::nearby::Nearby;
use geo::GeodesicArea;
use std::collections::HashMap;

pub(super) fn buildings(candidates: Vec<Candidate>, shared: &Shared<'_>, batch: &mut Batch) {
    let existing = &shared.rows.buildings;
    let finder = CompoundFinder::new(&shared.rows.compounds);
    let mut places = Nearby::default();
    let mut by_code: HashMap<&str, usize> = HashMap::new();
    let mut by_number: HashMap<(CompoundId, String), usize> = HashMap::new();
    for (at, building) in existing.iter().enumerate() {
        places.push(
            building.name.as_deref().unwrap_or(""),
            middle(&building.footprint),
        );
        if let Some(code) = &building.code {
            by_code.insert(code, at);
        }
        if let (Some(compound), Some(name)) = (building.compound, &building.name) {
            by_number.insert((compound, name.clone()), at);
        }
    }
    let mut in_file = Nearby::default();
    let mut in_file_ids: Vec<uuid::Uuid> = Vec::new();
    let mut numbered: HashMap<(CompoundId, String), uuid::Uuid> = HashMap::new();
    let mut coded: HashMap<String, uuid::Uuid> = HashMap::new();
    let mut seen = Seen::default();
    for candidate in candidates {
        let row = candidate.row;
        let point = candidate.geometry.as_ref().and_then(middle);
        let name = candidate
            .name
            .as_deref()
            .and_then(|name| crate::formats::values::building_name(name).value)
            .map(|name| name.building);
        let given = candidate.compound.is_some() || candidate.compound_code.is_some();
        let compound = finder
            .find(&candidate, None)
            .or_else(|| point.and_then(|point| finder.around(point)));
        if given && compound.is_none() {
            let text = candidate
                .compound_code
                .as_deref()
                .or(candidate.compound.as_deref())
                .unwrap_or("");
            batch.problems.push(
                Problem::new(
                    Severity::Warning,
                    "compound_unknown",
                    "没有唯一的同名小区，楼栋暂不归属小区",
                    "no unique compound of this name or code; the building belongs to none for now",
                )
                .at_row(row)
                .at_field("compound", text),
            );
        }
        let number = compound
            .zip(name.clone())
            .map(|(at, name)| (shared.rows.compounds[at].id, name));
        let found = candidate
            .code
            .as_deref()
            .and_then(|code| by_code.get(code).copied())
            .or_else(|| {
                number
                    .as_ref()
                    .and_then(|number| by_number.get(number).copied())
            })
            .or_else(|| point.and_then(|point| places.same(name.as_deref().unwrap_or(""), point)));
        if found.is_none() && point.is_none() {
            let community = compound.map(|at| shared.rows.compounds[at].community);
            wait(batch, &candidate, ImportKind::Buildings, community, shared);
            continue;
        }
        let before = found.map(|at| &existing[at]);
        let community = match (compound, before) {
            (Some(at), _) if candidate.community.is_none() => {
                Ok(shared.rows.compounds[at].community)
            }
            (None, Some(before)) if candidate.community.is_none() => Ok(before.community),
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
        let twin = candidate
            .code
            .as_ref()
            .and_then(|code| coded.get(code))
            .or_else(|| number.as_ref().and_then(|number| numbered.get(number)))
            .copied()
            .or_else(|| {
                let point = point?;
                in_file
                    .same(name.as_deref().unwrap_or(""), point)
                    .map(|at| in_file_ids[at])
            });
        let building_id = before.map(|b| b.id.uuid()).or(twin).unwrap_or_else(id);
        if !seen.first(batch, row, building_id, name.as_deref().unwrap_or("楼栋")) {
            continue;
        }
        in_file.push(name.as_deref().unwrap_or(""), point);
        in_file_ids.push(building_id);
        if let Some(number) = number {
            numbered.insert(number, building_id);
        }
        if let Some(code) = &candidate.code {
            coded.insert(code.clone(), building_id);
        }
        let Some(footprint) = candidate
            .geometry
            .clone()
            .or_else(|| before.map(|b| b.footprint.clone()))
        else {
            continue;
        };
        let floors = candidate
            .floors
            .or_else(|| before.and_then(|b| b.floors.map(u32::from)));
        let height_m = candidate
            .height_m
            .or_else(|| before.and_then(|b| b.height_m));
        let count = match (candidate.households, before) {
            (None, Some(before)) => before.households.clone(),
            _ => households(&candidate, shared),
        };
        let area =
            footprint.geodesic_area_unsigned() * f64::from(storeys(floors, height_m).unwrap_or(0));
        floor_area_warning(
            batch,
            row,
            name.as_deref().unwrap_or("楼栋"),
            candidate.households,
            (area > 0.0).then_some(area),
        );
        let after = Building {
            id: BuildingId::new(building_id),
            natural_key: before.map_or_else(
                || {
                    building_key(
                        &candidate,
                        compound.map(|at| &shared.rows.compounds[at]),
                        name.as_deref(),
                        point,
                    )
                },
                |b| b.natural_key.clone(),
            ),
            code: candidate
                .code
                .clone()
                .or_else(|| before.and_then(|b| b.code.clone())),
            name: name.or_else(|| before.and_then(|b| b.name.clone())),
            community,
            compound: compound
                .map(|at| shared.rows.compounds[at].id)
                .or_else(|| before.and_then(|b| b.compound)),
            grid: before.and_then(|b| b.grid),
            footprint,
            households: count,
            floors: floors.and_then(|floors| u16::try_from(floors).ok()),
            height_m,
            source: Some(shared.source.clone()),
            import: Some(shared.import),
        };
        keep(
            &mut batch.counts,
            before,
            after,
            same_building_content,
            &mut batch.buildings,
        );
    }
}

fn building_key(
    candidate: &Candidate,
    compound: Option<&Compound>,
    name: Option<&str>,
    point: Option<[f64; 2]>,
) -> String {
    if let (None, Some(compound), Some(name)) = (&candidate.code, compound, name) {
        return format!("{}#{name}", compound.natural_key);
    }
    key(candidate.code.as_deref(), name.unwrap_or(""), point)
}

fn same_building_content(a: &Building, b: &Building) -> bool {
    let ignore = |building: &Building| {
        let mut copy = building.clone();
        copy.import = None;
        copy.source = None;
        copy.households.source = None;
        // Estimates are derived again after every import.
        if copy.households.estimated || copy.households.count.is_none() {
            copy.households = HouseholdCount::unknown();
        }
        copy
    };
    ignore(a) == ignore(b)
}
