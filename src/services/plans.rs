//! Reading plans: figures, zones, areas; worst first, as the map shows them.

use super::error::{Error, Result};
use super::picture::{NO_AREA, Picture, PlanPicture, rect};
use super::regions;
use super::units::{centroid, keeper_view};
use super::views::{
    AreaDetail, AreaView, KeeperView, PlanDetail, PlanFigures, PlanView, SplitView, UnitRow,
    ZoneView,
};
use crate::domain::{AreaId, PatrolArea, PlanId, PlanState};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The plan with this id.
pub fn find(picture: &Picture, id: Uuid) -> Result<&PlanPicture> {
    picture
        .plan(PlanId::new(id))
        .ok_or_else(|| Error::NotFound(format!("plan {id}")))
}

/// Plans of a region (all when none is named), newest first.
pub fn list(picture: &Picture, region: Option<&str>, now: DateTime<Utc>) -> Result<Vec<PlanView>> {
    let region = region.map(regions::parse_code).transpose()?;
    let inside = |plan: &&PlanPicture| {
        region.is_none_or(|code| code.contains(plan.plan.street) || plan.plan.street.contains(code))
    };
    Ok(picture
        .plans
        .iter()
        .filter(inside)
        .map(|plan| plan_view(picture, plan, now))
        .collect())
}

/// A plan as a reader sees it.
pub fn plan_view(picture: &Picture, found: &PlanPicture, now: DateTime<Utc>) -> PlanView {
    let plan = &found.plan;
    let state = plan.state_at(now);
    let figures = &plan.figures;
    let told = |area: &PatrolArea| !area.heavy && found.tells_target(area);
    let tells_deviation = found.hidden_targets.is_empty() || found.areas.iter().any(told);
    PlanView {
        id: plan.id.uuid(),
        street: plan.street.to_string(),
        street_name: picture.region_name(plan.street),
        name: plan.name.clone(),
        state: state.to_string(),
        next_states: state.next().iter().map(ToString::to_string).collect(),
        version: plan.version,
        created_at: plan.created_at,
        created_by: plan.created_by.name.clone(),
        effective_at: plan.effective_at,
        seed: plan.seed,
        settings: serde_json::to_value(&plan.settings).unwrap_or_default(),
        data_version: plan.data_version.max(0) as u64,
        stale: is_stale(picture, found),
        figures: PlanFigures {
            areas: u64::from(figures.areas),
            seats: u64::from(figures.seats),
            households: figures.households,
            estimated_households: figures.estimated_households,
            visits: figures.visits.filter(|_| picture.shows_staffing),
            untiered: u64::from(figures.untiered),
            worst_deviation_bp: (figures.areas > figures.heavy && tells_deviation)
                .then_some(i64::from(figures.worst_deviation_bp)),
            out_of_band: u64::from(figures.out_of_band),
            heavy: u64::from(figures.heavy),
            unassigned: u64::from(figures.unassigned),
            disconnected: u64::from(figures.disconnected),
            disconnected_without_attachments: u64::from(figures.disconnected_without_attachments),
            isolated: u64::from(figures.isolated),
            changed_households: figures.changed_households,
            excess_bp: Some(i64::from(figures.excess_bp)),
        },
        note: plan.note.clone(),
    }
}

/// Whether the units or their households are no longer those that the plan was made from.
pub(super) fn is_stale(picture: &Picture, found: &PlanPicture) -> bool {
    if let Some(stale) = found.stale {
        return stale;
    }
    let street = found.plan.street;
    let mut units = 0u64;
    let mut households = 0u64;
    for (at, building) in picture.buildings.iter().enumerate() {
        if street.contains(building.community) {
            let count = u64::from(building.households.count.unwrap_or(0));
            if count > 0 && found.area_of_building.get(at) == NO_AREA {
                return true;
            }
            if found.area_of_building.get(at) != NO_AREA {
                units += 1;
                households += count;
            }
        }
    }
    for (at, compound) in picture.compounds.iter().enumerate() {
        if found.area_of_compound.get(at) != NO_AREA {
            units += 1;
            households += u64::from(picture.quotas[at].households.unwrap_or(0));
        } else if street.contains(compound.community)
            && picture.buildings_of(compound.id).is_empty()
        {
            return true;
        }
    }
    let assigned: u64 = found.areas.iter().map(|area| u64::from(area.units)).sum();
    units != assigned || households != found.plan.figures.households
}

/// A plan with its zones, splits and problems.
pub fn detail(picture: &Picture, id: Uuid, now: DateTime<Utc>) -> Result<PlanDetail> {
    let found = find(picture, id)?;
    let plan = &found.plan;
    let zone = |zone: &crate::domain::ZoneReport| ZoneView {
        zone: zone.zone,
        community: zone.community.to_string(),
        community_name: picture.region_name(zone.community),
        households: zone.households,
        areas: zone.areas,
        forced_bp: zone.forced_bp.unsigned_abs(),
        achieved_bp: zone.achieved_bp.unsigned_abs(),
        bound_bp: zone.bound_bp.unsigned_abs(),
    };
    let split = |split: &crate::domain::CompoundSplit| SplitView {
        compound: split.compound.uuid(),
        name: split.name.clone(),
        pieces: split.pieces,
        reason_zh: split.reason_zh.clone(),
        reason_en: split.reason_en.clone(),
    };
    Ok(PlanDetail {
        plan: plan_view(picture, found, now),
        zones: plan.zones.iter().map(zone).collect(),
        splits: plan.splits.iter().map(split).collect(),
        problems: plan.problems.clone(),
    })
}

/// A plan that was just withdrawn and is in no picture any more: as it was in the picture `before`, in its last state.
///
/// # Errors
/// `NotFound`.
pub fn withdrawn(before: &Picture, id: Uuid, now: DateTime<Utc>) -> Result<PlanDetail> {
    let mut detail = detail(before, id, now)?;
    detail.plan.state = PlanState::Withdrawn.to_string();
    detail.plan.next_states.clear();
    detail.plan.version += 1;
    Ok(detail)
}

/// Areas of a plan, worst deviation first; heavy units after the others of the same deviation.
pub fn areas(picture: &Picture, id: Uuid) -> Result<Vec<AreaView>> {
    let found = find(picture, id)?;
    let names = compound_names(picture, found);
    let mut views: Vec<AreaView> = names
        .into_iter()
        .enumerate()
        .map(|(at, names)| area_view(picture, found, at, names))
        .collect();
    views.sort_by_key(|area| {
        (
            !area.out_of_band,
            area.heavy,
            -area.deviation_bp.unwrap_or(0).abs(),
            area.number,
        )
    });
    Ok(views)
}

/// Names of the compounds of each area, in one pass over the units.
fn compound_names<'a>(picture: &'a Picture, found: &PlanPicture) -> Vec<BTreeSet<&'a str>> {
    let mut names = vec![BTreeSet::new(); found.areas.len()];
    for (row, area) in found.area_of_building.iter() {
        if let Some(names) = names.get_mut(area as usize)
            && let Some(at) = picture.buildings[row]
                .compound
                .and_then(|id| picture.compound_index(id))
        {
            names.insert(picture.compounds[at].name.as_str());
        }
    }
    for (row, area) in found.area_of_compound.iter() {
        if let Some(names) = names.get_mut(area as usize) {
            names.insert(picture.compounds[row].name.as_str());
        }
    }
    names
}

fn area_view(
    picture: &Picture,
    found: &PlanPicture,
    at: usize,
    compounds: BTreeSet<&str>,
) -> AreaView {
    let area = &found.areas[at];
    let keepers: Vec<KeeperView> = found.active_keepers(picture, at).map(keeper_view).collect();
    let outline = area.outline.as_ref();
    let (counted, aimed) = (found.tells_households(at), found.tells_target(area));
    AreaView {
        id: area.id.uuid(),
        number: area.number,
        label: area.label(),
        code: area.code.clone(),
        name: area.name.clone(),
        community: area.community.to_string(),
        community_name: picture.region_name(area.community),
        zone: area.zone,
        colour: area.colour,
        households: counted.then_some(u64::from(area.households)),
        estimated_households: counted.then_some(u64::from(area.estimated_households)),
        visits: (area.visits)
            .filter(|_| counted && picture.shows_staffing)
            .map(u64::from),
        seats: area.seats,
        filled: keepers.len() as u32,
        keepers,
        target: aimed.then_some(f64::from(area.target)),
        deviation_bp: aimed.then_some(i64::from(area.deviation_bp)),
        off_target_bp: counted.then_some(i64::from(area.off_target_bp)),
        out_of_band: area.out_of_band,
        heavy: area.heavy,
        units: u64::from(area.units),
        compounds: compounds.into_iter().map(str::to_owned).collect(),
        pieces: area.pieces,
        centroid: outline.and_then(|outline| centroid(&outline.clone().into())),
        bounds: outline
            .and_then(|outline| rect(&outline.clone().into()))
            .map(|bounds| bounds.to_array()),
        compactness: area.compactness,
    }
}

/// An area with its outline and units.
pub fn area_detail(picture: &Picture, plan: Uuid, area: Uuid) -> Result<AreaDetail> {
    let found = find(picture, plan)?;
    let at = found
        .areas
        .iter()
        .position(|known| known.id == AreaId::new(area))
        .ok_or_else(|| Error::NotFound(format!("area {area}")))?;
    let mut rows = Vec::new();
    for (index, building) in picture.buildings.iter().enumerate() {
        if found.area_of_building.get(index) == at as u32 {
            rows.push(UnitRow {
                id: building.id.uuid(),
                kind: "building".into(),
                name: picture.building_name(building),
                households: building.households.count,
                estimated: building.households.estimated,
            });
        }
    }
    for (index, compound) in picture.compounds.iter().enumerate() {
        if found.area_of_compound.get(index) == at as u32 {
            rows.push(UnitRow {
                id: compound.id.uuid(),
                kind: "compound".into(),
                name: compound.name.clone(),
                households: picture.quotas[index].households,
                estimated: picture.quotas[index].estimated,
            });
        }
    }
    let outline = found.areas[at]
        .outline
        .as_ref()
        .map_or(serde_json::Value::Null, |outline| {
            serde_json::to_value(geojson::GeometryValue::from(outline)).unwrap_or_default()
        });
    let names = compound_names(picture, found).swap_remove(at);
    Ok(AreaDetail {
        area: area_view(picture, found, at, names),
        outline,
        buildings: rows,
    })
}
