//! Rows → the atlas: which rows are drawn, and with which tags; and the questions that the atlas answers.

use super::picture::{NO_AREA, Picture, PlanPicture, Rows};
use super::views::SearchHit;
use crate::atlas::{
    AreaFace, Atlas, Entry, FeatureIn, Layer, PlanLayer, SearchIndex, TagValue,
};
use crate::domain::{CompoundQuota, RegionLevel};
use chrono::{DateTime, Utc};
use geo::{Area, Centroid, InteriorPoint};
use geo_types::{Geometry, MultiPolygon};
use std::collections::HashMap;
use uuid::Uuid;

type Tags = Vec<(&'static str, TagValue)>;

fn text(value: impl Into<String>) -> TagValue {
    TagValue::Text(value.into())
}

/// A count that may be unknown: −1 in the tiles.
fn count(value: Option<u32>) -> TagValue {
    TagValue::Int(value.map_or(-1, i64::from))
}

fn feature(geometry: Option<Geometry<f64>>, tags: Tags) -> FeatureIn {
    FeatureIn { geometry, tags }
}

/// Builds the atlas; layers keep the order of the rows, so positions are the same.
pub(super) fn build(
    rows: &Rows,
    plans: &[PlanPicture],
    quotas: &[CompoundQuota],
    now: DateTime<Utc>,
) -> Atlas {
    let outline = |outline: &Option<MultiPolygon<f64>>| outline.clone().map(Geometry::MultiPolygon);
    let region_tags = |region: &crate::domain::Region| -> Tags {
        vec![
            ("l", text(region.level().as_str())),
            ("n", text(&*region.name)),
            ("code", text(region.code.to_string())),
        ]
    };
    let regions = rows.regions.iter().map(|region| feature(outline(&region.outline), region_tags(region)));
    let communities = rows.regions.iter().map(|region| {
        let shown = region.level() == RegionLevel::Community;
        feature(outline(&region.outline).filter(|_| shown), Vec::new())
    });
    let grids = rows.grids.iter().map(|grid| {
        let tags = vec![("code", text(grid.code.clone().unwrap_or_default())), ("n", text(&*grid.name))];
        feature(Some(Geometry::MultiPolygon(grid.outline.clone())), tags)
    });
    let compounds = rows.compounds.iter().zip(quotas).map(|(compound, quota)| {
        let tags = vec![
            ("u", text(compound.id.to_string())),
            ("n", text(&*compound.name)),
            ("h", count(quota.households)),
            ("e", TagValue::Bool(quota.estimated)),
            ("q", count(quota.required)),
            ("k", TagValue::Int(i64::from(quota.in_post))),
            ("s", count(quota.short)),
            ("c", count(quota.coverage_bp)),
        ];
        feature(Some(compound.geometry.clone()), tags)
    });
    let names: HashMap<_, &str> = rows.compounds.iter().map(|c| (c.id, c.name.as_str())).collect();
    let buildings = rows.buildings.iter().map(|building| {
        let mut tags = vec![
            ("u", text(building.id.to_string())),
            ("n", text(building.name.clone().unwrap_or_default())),
            ("h", count(building.households.count)),
            ("e", TagValue::Bool(building.households.estimated)),
        ];
        if let Some(floors) = building.floors {
            tags.push(("f", TagValue::Int(i64::from(floors))));
        }
        if let Some(name) = building.compound.and_then(|id| names.get(&id)) {
            tags.push(("cn", text(*name)));
        }
        feature(Some(building.footprint.clone()), tags)
    });
    let backdrops = rows.backdrops.iter().map(|backdrop| {
        let tags = vec![("b", text(&*backdrop.class)), ("n", text(&*backdrop.name))];
        feature(Some(backdrop.geometry.clone()), tags)
    });
    let barriers = rows.barriers.iter().map(|barrier| {
        let tags =
            vec![("b", text(barrier.class.as_str())), ("n", text(barrier.name.clone().unwrap_or_default()))];
        feature(Some(barrier.geometry.clone()), tags)
    });
    let gates = rows.gates.iter().map(|gate| {
        feature(Some(Geometry::Point(gate.point)), vec![("n", text(gate.name.clone().unwrap_or_default()))])
    });
    let mut layers = vec![in_force(rows, plans, now)];
    layers.extend(plans.iter().map(|plan| plan_layer(rows, &[plan])));
    Atlas {
        regions: Layer::new(regions.collect()),
        communities: Layer::new(communities.collect()),
        grids: Layer::new(grids.collect()),
        compounds: Layer::new(compounds.collect()),
        buildings: Layer::new(buildings.collect()),
        barriers: Layer::new(backdrops.chain(barriers).collect()),
        gates: Layer::new(gates.collect()),
        plans: layers,
        search: SearchIndex::new(entries(rows, plans, now)),
    }
}

/// The union of the plans in force: one per street, so no unit has two areas.
fn in_force(rows: &Rows, plans: &[PlanPicture], now: DateTime<Utc>) -> PlanLayer {
    let current: Vec<&PlanPicture> = plans.iter().filter(|plan| plan.plan.in_force_at(now)).collect();
    plan_layer(rows, &current)
}

fn plan_layer(rows: &Rows, plans: &[&PlanPicture]) -> PlanLayer {
    let mut areas = Vec::new();
    let mut tags_at = Vec::new();
    let mut faces = Vec::new();
    let mut area_of_building = vec![NO_AREA; rows.buildings.len()];
    let mut area_of_compound = vec![NO_AREA; rows.compounds.len()];
    for plan in plans {
        let first = faces.len() as u32;
        let shift = |from: &[u32], into: &mut [u32]| {
            for (area, into) in from.iter().zip(into) {
                if *area != NO_AREA {
                    *into = first + area;
                }
            }
        };
        shift(&plan.area_of_building, &mut area_of_building);
        shift(&plan.area_of_compound, &mut area_of_compound);
        for area in &plan.areas {
            let tags = || -> Tags {
                vec![
                    ("u", text(area.id.to_string())),
                    ("a", text(area.label())),
                    ("h", TagValue::Int(i64::from(area.households))),
                    ("d", TagValue::Int(i64::from(area.deviation_bp))),
                    ("z", TagValue::Int(i64::from(area.colour))),
                    ("w", TagValue::Bool(area.out_of_band)),
                    ("y", TagValue::Bool(area.heavy)),
                ]
            };
            faces.push(AreaFace {
                label: area.label(),
                colour: area.colour,
                deviation_bp: area.deviation_bp,
            });
            areas.push(feature(area.outline.clone().map(Geometry::MultiPolygon), tags()));
            tags_at.push(feature(area.outline.as_ref().and_then(tag_point), tags()));
        }
    }
    PlanLayer {
        areas: Layer::new(areas),
        tags: Layer::new(tags_at),
        faces,
        area_of_building,
        area_of_compound,
    }
}

/// Inside the largest part of an outline.
fn tag_point(outline: &MultiPolygon<f64>) -> Option<Geometry<f64>> {
    let largest =
        outline.iter().max_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area()))?;
    largest.interior_point().map(Geometry::Point)
}

fn middle(geometry: &Geometry<f64>) -> Option<[f64; 2]> {
    geometry.centroid().map(|point| [point.x(), point.y()])
}

/// Everything that can be found by name.
fn entries(rows: &Rows, plans: &[PlanPicture], now: DateTime<Utc>) -> Vec<Entry> {
    let regions: HashMap<_, &str> = rows.regions.iter().map(|r| (r.code, r.name.as_str())).collect();
    let compounds: HashMap<_, _> = rows.compounds.iter().map(|c| (c.id, c)).collect();
    let community = |code| regions.get(&code).copied().unwrap_or_default().to_owned();
    let mut entries = Vec::new();
    for region in rows.regions.iter().filter(|region| region.level() == RegionLevel::Community) {
        entries.push(Entry {
            kind: "community",
            id: region.code.to_string(),
            name: region.name.clone(),
            hint: region.code.to_string(),
            point: region.outline.as_ref().and_then(|outline| middle(&outline.clone().into())),
        });
    }
    for compound in &rows.compounds {
        entries.push(Entry {
            kind: "compound",
            id: compound.id.to_string(),
            name: compound.name.clone(),
            hint: community(compound.community),
            point: middle(&compound.geometry),
        });
    }
    for building in &rows.buildings {
        let Some(name) = &building.name else { continue };
        let compound = building.compound.and_then(|id| compounds.get(&id));
        entries.push(Entry {
            kind: "building",
            id: building.id.to_string(),
            name: format!("{}{name}", compound.map_or("", |compound| compound.name.as_str())),
            hint: community(building.community),
            point: middle(&building.footprint),
        });
    }
    let posts: HashMap<_, _> = rows.appointments.iter().map(|post| (post.housekeeper, post)).collect();
    for keeper in &rows.housekeepers {
        let compound = posts.get(&keeper.id).and_then(|post| post.compound).and_then(|id| compounds.get(&id));
        entries.push(Entry {
            kind: "housekeeper",
            id: keeper.id.to_string(),
            name: keeper.name.clone(),
            hint: compound.map_or_else(|| community(keeper.community), |compound| compound.name.clone()),
            point: compound.and_then(|compound| middle(&compound.geometry)),
        });
    }
    for plan in plans.iter().filter(|plan| plan.plan.in_force_at(now)) {
        for area in &plan.areas {
            entries.push(Entry {
                kind: "area",
                id: area.id.to_string(),
                name: area.name.clone(),
                hint: community(area.community),
                point: area.outline.as_ref().and_then(|outline| middle(&outline.clone().into())),
            });
        }
    }
    entries
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
    let found = picture.atlas.locate([lon, lat], 0);
    Found {
        building: found.building.map(|at| at as usize),
        compound: found.compound.map(|at| at as usize),
        grid: found.grid.map(|at| at as usize),
        community: found.community.map(|at| at as usize),
        area: found.area.and_then(|area| plan_of(picture, area)),
    }
}

/// The plan of an area of the union, and its number within that plan.
fn plan_of(picture: &Picture, mut area: u32) -> Option<(usize, u32)> {
    for (at, plan) in picture.plans.iter().enumerate() {
        if !plan.plan.in_force_at(picture.as_of) {
            continue;
        }
        let n = plan.areas.len() as u32;
        if area < n {
            return Some((at, area));
        }
        area -= n;
    }
    None
}

/// The nearest building within `max_m` metres.
pub(super) fn nearest(picture: &Picture, lon: f64, lat: f64, max_m: f64) -> Option<(usize, f64)> {
    picture.atlas.nearest_building([lon, lat], max_m).map(|(at, distance)| (at as usize, distance))
}

/// Search results, best first.
pub(super) fn search(picture: &Picture, query: &str, limit: usize) -> Vec<SearchHit> {
    let index = &picture.atlas.search;
    let hits = index.search(query, limit);
    hits.into_iter()
        .map(|hit| {
            let entry = index.entry(hit.at);
            SearchHit {
                kind: entry.kind.to_owned(),
                id: entry.id.clone(),
                name: entry.name.clone(),
                hint: entry.hint.clone(),
                point: entry.point,
                score: hit.score,
            }
        })
        .collect()
}

/// Position of a plan in the atlas.
pub(super) fn plan_position(picture: &Picture, id: Uuid) -> Option<usize> {
    picture.plans.iter().position(|plan| plan.plan.id.uuid() == id).map(|at| at + 1)
}
