//! Rows → the atlas: which rows are drawn, and with which tags; and the questions that the atlas answers.

use super::picture::{NO_AREA, Picture, PlanPicture, Rows};
use super::views::SearchHit;
use crate::atlas::{
    AreaIn, Atlas, AtlasInput, BarrierIn, BuildingIn, CompoundIn, GateIn, GridIn, KeeperIn, NONE,
    PlanIn, RegionIn,
};
use crate::domain::CompoundQuota;
use chrono::{DateTime, Utc};
use geo::{Centroid, InteriorPoint};
use geo_types::{Geometry, MultiPolygon, Point};
use std::collections::HashMap;
use uuid::Uuid;

// Both say "no area" in index columns, so that these go over unchanged.
const _: () = assert!(NO_AREA == NONE);

/// The polygons of a geometry; `None` where only a position is known.
fn polygons(geometry: &Geometry<f64>) -> Option<MultiPolygon<f64>> {
    match geometry {
        Geometry::Polygon(polygon) => Some(MultiPolygon(vec![polygon.clone()])),
        Geometry::MultiPolygon(polygons) => Some(polygons.clone()),
        _ => None,
    }
}

fn middle(geometry: &Geometry<f64>) -> Option<Point<f64>> {
    geometry.centroid()
}

/// A position inside a geometry: the centroid of a small shape, an interior point of an outline.
fn inside(geometry: &Geometry<f64>) -> Point<f64> {
    geometry
        .interior_point()
        .or_else(|| geometry.centroid())
        .unwrap_or_default()
}

/// Builds the atlas. Its numbers are its own; `*_row` leads back to positions in `rows`.
pub(super) fn build(
    rows: &Rows,
    plans: &[PlanPicture],
    quotas: &[CompoundQuota],
    now: DateTime<Utc>,
) -> Atlas {
    let input = input(rows, plans, quotas, now);
    Atlas::build(&input).expect("indexes were made from the same rows")
}

fn input(
    rows: &Rows,
    plans: &[PlanPicture],
    quotas: &[CompoundQuota],
    now: DateTime<Utc>,
) -> AtlasInput {
    let compound_at: HashMap<_, u32> = (0_u32..)
        .zip(&rows.compounds)
        .map(|(i, row)| (row.id, i))
        .collect();
    let compound_of = |id| compound_at.get(&id).copied();
    let regions = rows.regions.iter().map(|region| RegionIn {
        code: region.code.to_string(),
        level: region.level(),
        name: region.name.clone(),
        // What was merged away has a past, and no ground.
        outline: region.outline.clone().filter(|_| !region.is_replaced()),
    });
    let grids = rows.grids.iter().map(|grid| GridIn {
        id: grid.id.uuid(),
        code: grid.code.clone().unwrap_or_default(),
        name: grid.name.clone(),
        outline: grid.outline.clone(),
    });
    let compounds = rows
        .compounds
        .iter()
        .zip(quotas)
        .map(|(compound, quota)| CompoundIn {
            id: compound.id.uuid(),
            code: compound.code.clone().unwrap_or_default(),
            name: compound.name.clone(),
            community: compound.community.to_string(),
            outline: polygons(&compound.geometry),
            point: inside(&compound.geometry),
            households: quota.households,
            estimated: quota.estimated,
            required: quota.required,
            in_post: quota.in_post,
            short: quota.short,
            coverage_bp: quota.coverage_bp,
        });
    let buildings = rows.buildings.iter().map(|building| BuildingIn {
        id: building.id.uuid(),
        code: building.code.clone().unwrap_or_default(),
        name: building.name.clone().unwrap_or_default(),
        compound: building.compound.and_then(compound_of),
        community: building.community.to_string(),
        footprint: polygons(&building.footprint),
        point: middle(&building.footprint).unwrap_or_default(),
        households: building.households.count,
        estimated: building.households.estimated,
        floors: building.floors,
    });
    let backdrops = rows.backdrops.iter().map(|backdrop| BarrierIn {
        id: backdrop.id.uuid(),
        class: backdrop.class.clone(),
        name: backdrop.name.clone(),
        geometry: backdrop.geometry.clone(),
    });
    let barriers = rows.barriers.iter().map(|barrier| BarrierIn {
        id: barrier.id.uuid(),
        class: barrier.class.as_str().to_owned(),
        name: barrier.name.clone().unwrap_or_default(),
        geometry: barrier.geometry.clone(),
    });
    let gates = rows.gates.iter().map(|gate| GateIn {
        id: gate.id.uuid(),
        name: gate.name.clone().unwrap_or_default(),
        compound: gate.compound.and_then(compound_of),
        point: gate.point,
    });
    AtlasInput {
        version: rows.version,
        synthetic: rows.synthetic,
        regions: regions.collect(),
        grids: grids.collect(),
        compounds: compounds.collect(),
        buildings: buildings.collect(),
        barriers: backdrops.chain(barriers).collect(),
        gates: gates.collect(),
        keepers: keepers(rows),
        plans: plans.iter().map(|plan| plan_in(rows, plan, now)).collect(),
    }
}

/// Housekeepers, for the search: at their compound, else only by name.
fn keepers(rows: &Rows) -> Vec<KeeperIn> {
    let regions: HashMap<_, &str> = rows
        .regions
        .iter()
        .map(|r| (r.code, r.name.as_str()))
        .collect();
    let compounds: HashMap<_, _> = rows.compounds.iter().map(|c| (c.id, c)).collect();
    let posts: HashMap<_, _> = rows
        .appointments
        .iter()
        .map(|post| (post.housekeeper, post))
        .collect();
    let keeper = |keeper: &crate::domain::Housekeeper| {
        let compound = posts
            .get(&keeper.id)
            .and_then(|post| post.compound)
            .and_then(|id| compounds.get(&id));
        let community = || regions.get(&keeper.community).copied().unwrap_or_default();
        KeeperIn {
            id: keeper.id.uuid(),
            name: keeper.name.clone(),
            hint: compound
                .map_or_else(community, |compound| compound.name.as_str())
                .to_owned(),
            point: compound.and_then(|compound| middle(&compound.geometry)),
        }
    };
    rows.housekeepers.iter().map(keeper).collect()
}

fn plan_in(rows: &Rows, plan: &PlanPicture, now: DateTime<Utc>) -> PlanIn {
    let names: HashMap<_, &str> = rows
        .housekeepers
        .iter()
        .map(|h| (h.id, h.name.as_str()))
        .collect();
    let posts: HashMap<_, _> = rows
        .appointments
        .iter()
        .map(|post| (post.id, post.housekeeper))
        .collect();
    let keeper_names = |area: usize| -> Vec<String> {
        let serving = plan.keepers.get(area).into_iter().flatten();
        serving
            .filter_map(|post| Some((*names.get(posts.get(post)?)?).to_owned()))
            .collect()
    };
    let areas = plan.areas.iter().enumerate().map(|(at, area)| AreaIn {
        id: area.id.uuid(),
        label: area.label(),
        name: area.name.clone(),
        community: area.community.to_string(),
        households: plan.tells_households(at).then_some(area.households),
        deviation_bp: plan.tells_target(area).then_some(area.deviation_bp),
        colour: area.colour,
        out_of_band: area.out_of_band,
        heavy: area.heavy,
        outline: area
            .outline
            .clone()
            .unwrap_or_else(|| MultiPolygon(Vec::new())),
        tag: None,
        keepers: keeper_names(at),
    });
    PlanIn {
        id: plan.plan.id.uuid(),
        in_force: plan.plan.in_force_at(now),
        areas: areas.collect(),
        area_of_building: plan.area_of_building.clone(),
        area_of_compound: plan.area_of_compound.clone(),
    }
}

/// What lies at a point: positions in the rows.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub building: Option<usize>,
    pub compound: Option<usize>,
    pub grid: Option<usize>,
    pub community: Option<usize>,
    /// Plan and area within it.
    pub area: Option<(usize, u32)>,
}

/// What lies at (lon, lat) under the plans in force.
pub(super) fn locate(picture: &Picture, lon: f64, lat: f64) -> Found {
    let atlas = &picture.atlas;
    let found = atlas.locate(lon, lat, None);
    let areas = atlas.areas(None);
    Found {
        building: found.building.and_then(|at| atlas.building_row(at)),
        compound: found.compound.and_then(|at| atlas.compound_row(at)),
        grid: found.grid.and_then(|at| atlas.grid_row(at)),
        community: found.community.and_then(|at| atlas.region_row(at)),
        area: areas
            .zip(found.area)
            .and_then(|(areas, area)| areas.row(area)),
    }
}

/// The nearest building within `max_m` metres.
pub(super) fn nearest(picture: &Picture, lon: f64, lat: f64, max_m: f64) -> Option<(usize, f64)> {
    let nearest = picture.atlas.nearest_building(lon, lat, max_m)?;
    Some((
        picture.atlas.building_row(nearest.building)?,
        nearest.distance_m,
    ))
}

/// Search results, best first.
pub(super) fn search(picture: &Picture, query: &str, limit: usize) -> Vec<SearchHit> {
    let hits = picture.atlas.search(query, limit);
    hits.into_iter()
        .map(|hit| SearchHit {
            kind: hit.kind.as_str().to_owned(),
            id: hit.id,
            name: hit.name,
            hint: hit.hint,
            point: hit.point.map(|point| [point.x(), point.y()]),
            score: hit.score,
        })
        .collect()
}

/// Position of a plan in the atlas.
pub(super) fn plan_position(picture: &Picture, id: Uuid) -> Option<usize> {
    picture.atlas.plan_by_id(id)
}
