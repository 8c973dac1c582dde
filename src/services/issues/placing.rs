//! Where an issue lies: the stamps it gets when it is reported.
//!
//! Invariant: a place without a point gets none; what cannot be told stays unknown.

use crate::domain::issue::{Place, Stamps};
use crate::domain::{Problem, RegionCode, Severity};
use crate::services::atlas_input;
use crate::services::picture::{NO_AREA, Picture, PlanPicture};
use chrono::{DateTime, Utc};

/// The stamps of a place, under the plans in force at `now`.
///
/// # Errors
/// A problem that names the place when it does not exist, or lies outside of everything that is known.
pub fn stamp(picture: &Picture, place: &Place, now: DateTime<Utc>) -> Result<Stamps, Problem> {
    let stamps = match *place {
        Place::Point { lon, lat, building } => {
            let found = atlas_input::locate(picture, lon, lat);
            let named = building.and_then(|id| picture.building_index(id));
            if building.is_some() && named.is_none() {
                return Err(unknown("building", "楼栋"));
            }
            // Where the point lies counts; the building that was named only adds what the point does not tell.
            let at = found.building.or(named);
            let compound = (found.compound)
                .map(|at| picture.compounds[at].id)
                .or_else(|| picture.buildings[at?].compound);
            let region = (found.community)
                .map(|at| picture.regions[at].code)
                .or_else(|| at.map(|at| picture.buildings[at].community))
                .or_else(|| {
                    let at = picture.compound_index(compound?)?;
                    Some(picture.compounds[at].community)
                });
            let Some(region) = region else {
                return Err(Problem::new(
                    Severity::Refused,
                    "place_outside",
                    format!("位置（{lon:.5}, {lat:.5}）不在任何已知社区内；请在地图上重新点选，或改选楼栋、小区"),
                    format!(
                        "the point ({lon:.5}, {lat:.5}) lies in no known community; choose it again on the map, or a building or compound"
                    ),
                )
                .at_field("place", &format!("{lon:.5}, {lat:.5}")));
            };
            let mut stamps = of_unit(picture, region, at, compound, now);
            if stamps.area.is_none()
                && let Some((plan, area)) = found.area
                && picture.plans[plan].plan.in_force_at(now)
            {
                with_area(&mut stamps, picture, &picture.plans[plan], area);
            }
            if stamps.grid.is_none() {
                stamps.grid = found.grid.map(|at| picture.grids[at].id);
            }
            stamps
        }
        Place::Building { building } => {
            let at = picture
                .building_index(building)
                .ok_or_else(|| unknown("building", "楼栋"))?;
            let row = &picture.buildings[at];
            of_unit(picture, row.community, Some(at), row.compound, now)
        }
        Place::Compound { compound } => {
            let at = picture
                .compound_index(compound)
                .ok_or_else(|| unknown("compound", "小区"))?;
            of_unit(
                picture,
                picture.compounds[at].community,
                None,
                Some(compound),
                now,
            )
        }
        Place::Region { region } => {
            if picture.region(region).is_none() {
                return Err(unknown("region", "区划"));
            }
            Stamps {
                region: Some(region),
                ..Stamps::default()
            }
        }
    };
    Ok(stamps)
}

fn unknown(en: &str, zh: &str) -> Problem {
    Problem::new(
        Severity::Refused,
        "place_unknown",
        format!("没有这个{zh}；请重新选择"),
        format!("there is no such {en}; choose another"),
    )
    .at_field("place", en)
}

/// The stamps of a building, or of a compound as a whole.
fn of_unit(
    picture: &Picture,
    region: RegionCode,
    building: Option<usize>,
    compound: Option<crate::domain::CompoundId>,
    now: DateTime<Utc>,
) -> Stamps {
    let mut stamps = Stamps {
        region: Some(region),
        compound,
        building: building.map(|at| picture.buildings[at].id),
        grid: building.and_then(|at| picture.buildings[at].grid),
        ..Stamps::default()
    };
    let Some(plan) = picture.in_force(region, now) else {
        return stamps;
    };
    stamps.plan = Some(plan.plan.id);
    stamps.plan_version = Some(plan.plan.version);
    let area = match building {
        Some(at) => plan.area_of_building.get(at),
        None => compound
            .and_then(|id| area_of_whole(picture, plan, id))
            .unwrap_or(NO_AREA),
    };
    with_area(&mut stamps, picture, plan, area);
    stamps
}

/// The area that holds a whole compound; `None` when several share it: then nobody knows which keeper it is.
fn area_of_whole(
    picture: &Picture,
    plan: &PlanPicture,
    compound: crate::domain::CompoundId,
) -> Option<u32> {
    let buildings = picture.buildings_of(compound);
    let mut areas = buildings
        .iter()
        .map(|at| plan.area_of_building.get(*at))
        .filter(|area| *area != NO_AREA);
    let Some(first) = areas.next() else {
        let at = picture.compound_index(compound)?;
        return Some(plan.area_of_compound.get(at)).filter(|area| *area != NO_AREA);
    };
    areas.all(|area| area == first).then_some(first)
}

fn with_area(stamps: &mut Stamps, picture: &Picture, plan: &PlanPicture, area: u32) {
    let Some(row) = plan.areas.get(area as usize) else {
        return;
    };
    let keeper = plan
        .active_keepers(picture, area as usize)
        .next()
        .map(|(_, appointment)| appointment.id);
    stamps.area = Some(row.id);
    stamps.plan = Some(plan.plan.id);
    stamps.plan_version = Some(plan.plan.version);
    stamps.keeper = keeper;
}
