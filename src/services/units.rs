//! Compounds, buildings and places: what a click on the map answers.

use super::error::{Error, Result};
use super::picture::{NO_AREA, Picture, PlanPicture};
use super::regions::compound_coverage;
use super::views::{
    AreaOfUnit, BuildingView, CompoundView, Identified, KeeperView, LocatedView, Named,
    NearestView, SearchHit,
};
use crate::domain::{Appointment, BuildingId, CompoundId, Housekeeper, mask_phone};
use chrono::{DateTime, Utc};
use geo::Centroid;
use uuid::Uuid;

/// How far the nearest building may be, in metres.
pub const NEAREST_MAX_M: f64 = 300.0;

/// Middle of a geometry as [lon, lat].
pub fn centroid(geometry: &geo_types::Geometry<f64>) -> Option<[f64; 2]> {
    geometry.centroid().map(|point| [point.x(), point.y()])
}

/// A keeper as everybody may see one: no private number, the duty number masked.
pub fn keeper_view((keeper, appointment): (&Housekeeper, &Appointment)) -> KeeperView {
    KeeperView {
        id: keeper.id.uuid(),
        name: keeper.name.clone(),
        duty_phone_masked: keeper.duty_phone.as_deref().map(mask_phone),
        duty_phone: keeper
            .duty_phone
            .clone()
            .filter(|_| keeper.consent.is_some()),
        kind: appointment.kind.to_string(),
    }
}

/// The area of a plan, as a unit sees it.
pub fn area_of_unit(picture: &Picture, plan: &PlanPicture, area: u32) -> Option<AreaOfUnit> {
    let at = area as usize;
    let found = plan.areas.get(at)?;
    let keepers: Vec<KeeperView> = plan.active_keepers(picture, at).map(keeper_view).collect();
    let vacancies = found.seats.saturating_sub(keepers.len() as u32);
    let community = picture.region_name(found.community);
    Some(AreaOfUnit {
        id: found.id.uuid(),
        number: found.number,
        label: found.label(),
        name: found.name.clone(),
        seats: found.seats,
        vacancies,
        vacancy_text: keepers
            .is_empty()
            .then(|| format!("空缺，请联系{community}")),
        keepers,
        plan_id: plan.plan.id.uuid(),
    })
}

fn building_area(picture: &Picture, at: usize, now: DateTime<Utc>) -> Option<AreaOfUnit> {
    let building = &picture.buildings[at];
    let plan = picture.in_force(building.community, now)?;
    let own = plan.area_of_building.get(at);
    let of_compound = || {
        let compound = picture.compound_index(building.compound?)?;
        Some(plan.area_of_compound.get(compound))
    };
    let area = if own == NO_AREA { of_compound()? } else { own };
    area_of_unit(picture, plan, area)
}

/// A building by its id.
pub fn building(picture: &Picture, id: Uuid, now: DateTime<Utc>) -> Result<BuildingView> {
    let at = picture
        .building_index(BuildingId::new(id))
        .ok_or_else(|| Error::NotFound(format!("building {id}")))?;
    Ok(building_view(picture, at, now))
}

/// A building by its index.
pub fn building_view(picture: &Picture, at: usize, now: DateTime<Utc>) -> BuildingView {
    let building = &picture.buildings[at];
    let compound = building.compound.and_then(|id| picture.compound_index(id));
    BuildingView {
        id: building.id.uuid(),
        code: building.code.clone().unwrap_or_default(),
        name: building.name.clone().unwrap_or_default(),
        compound: compound.map(|at| Identified {
            id: picture.compounds[at].id.uuid(),
            name: picture.compounds[at].name.clone(),
        }),
        community: Named {
            code: building.community.to_string(),
            name: picture.region_name(building.community),
        },
        grid: building.grid.and_then(|id| picture.grid(id)).map(grid_name),
        households: building.households.count,
        basis: building.households.basis.to_string(),
        estimated: building.households.estimated,
        floors: building.floors.map(u32::from),
        height_m: building.height_m,
        as_of: building.households.as_of,
        source: building
            .households
            .source
            .clone()
            .or_else(|| building.source.clone()),
        area: building_area(picture, at, now),
    }
}

fn grid_name(grid: &crate::domain::Grid) -> String {
    grid.code.clone().unwrap_or_else(|| grid.name.clone())
}

/// A compound by its id.
pub fn compound(picture: &Picture, id: Uuid, now: DateTime<Utc>) -> Result<CompoundView> {
    let at = picture
        .compound_index(CompoundId::new(id))
        .ok_or_else(|| Error::NotFound(format!("compound {id}")))?;
    Ok(compound_view(picture, at, now))
}

/// A compound by its index.
pub fn compound_view(picture: &Picture, at: usize, now: DateTime<Utc>) -> CompoundView {
    let compound = &picture.compounds[at];
    let quota = &picture.quotas[at];
    let buildings = picture.buildings_of(compound.id);
    let mut areas = Vec::new();
    if let Some(plan) = picture.in_force(compound.community, now) {
        let mut indexes: Vec<u32> = buildings
            .iter()
            .map(|at| plan.area_of_building.get(*at))
            .collect();
        indexes.push(plan.area_of_compound.get(at));
        indexes.sort_unstable();
        indexes.dedup();
        areas = indexes
            .into_iter()
            .filter(|area| *area != NO_AREA)
            .filter_map(|area| area_of_unit(picture, plan, area))
            .collect();
    }
    CompoundView {
        id: compound.id.uuid(),
        code: compound.code.clone().unwrap_or_default(),
        name: compound.name.clone(),
        community: Named {
            code: compound.community.to_string(),
            name: picture.region_name(compound.community),
        },
        households: quota.households,
        basis: compound.households.basis.to_string(),
        estimated: quota.estimated,
        as_of: compound.households.as_of,
        source: compound
            .households
            .source
            .clone()
            .or_else(|| compound.source.clone()),
        buildings: buildings.len() as u64,
        building_count: compound.building_count,
        property_company: compound.property_company.clone(),
        centroid: centroid(&compound.geometry),
        coverage: picture
            .shows_staffing
            .then(|| compound_coverage(picture, at)),
        areas,
    }
}

/// What lies at a point, under the plans in force.
pub fn locate(picture: &Picture, lon: f64, lat: f64, now: DateTime<Utc>) -> Result<LocatedView> {
    if !(-180.0..=180.0).contains(&lon) || !(-85.0..=85.0).contains(&lat) {
        return Err(Error::invalid(
            "position_out_of_range",
            format!("经度 {lon}、纬度 {lat} 超出范围"),
            format!("longitude {lon}, latitude {lat} is out of range"),
        ));
    }
    let found = super::atlas_input::locate(picture, lon, lat);
    let building = found.building.map(|at| &picture.buildings[at]);
    let community = found
        .community
        .map(|at| &picture.regions[at])
        .map(|region| Named {
            code: region.code.to_string(),
            name: region.name.clone(),
        });
    let area = match found.building {
        Some(at) => building_area(picture, at, now),
        None => found
            .area
            .and_then(|(plan, area)| area_of_unit(picture, &picture.plans[plan], area)),
    };
    Ok(LocatedView {
        building: building.map(|building| Identified {
            id: building.id.uuid(),
            name: building.name.clone().unwrap_or_default(),
        }),
        compound: found.compound.map(|at| Identified {
            id: picture.compounds[at].id.uuid(),
            name: picture.compounds[at].name.clone(),
        }),
        grid: found.grid.map(|at| grid_name(&picture.grids[at])),
        community,
        area,
        nearest_building: super::atlas_input::nearest(picture, lon, lat, NEAREST_MAX_M).map(
            |(at, distance_m)| NearestView {
                id: picture.buildings[at].id.uuid(),
                name: picture.buildings[at].name.clone().unwrap_or_default(),
                distance_m,
            },
        ),
    })
}

/// Search by name, pinyin or building number.
pub fn search(picture: &Picture, query: &str, limit: usize) -> Vec<SearchHit> {
    super::atlas_input::search(picture, query, limit)
}
