//! The ground of an area for paper and page: roofs, gates, roads in metres around the area's middle.
//!
//! Invariant: it holds places only: nothing of people, no households.

use super::super::picture::{Picture, rect};
use super::super::planning::polygons;
use super::super::units::centroid;
use super::doors::{AreaAt, area_in};
use crate::domain::CompoundId;
use crate::formats::pdf::{PosterMap, PosterRoof};
use crate::spatial::{BBox, LocalFrame, walk_order};
use geo_types::{Geometry, LineString, MultiPolygon};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Ground drawn around an area, metres.
const MARGIN_M: f64 = 18.0;
/// What a map shows at most, metres from west to east and from south to north: beyond, names cannot be read.
const MOST_M: [f64; 2] = [340.0, 290.0];
/// What a map shows at least: a single building stands in its surroundings.
const LEAST_M: [f64; 2] = [150.0, 128.0];

type At = [f64; 2];

/// An area, ready to be drawn for any of its buildings.
pub(super) struct Ground {
    pub map: Arc<PosterMap>,
    /// Buildings of the area in walking order, as indexes of the picture.
    pub walk: Vec<usize>,
    /// Place of a building among the roofs.
    roof_of: HashMap<usize, usize>,
    whole: [f64; 4],
}

impl Ground {
    /// The ground of an area; `around` is the backdrop of the district.
    pub fn of(picture: &Picture, area: AreaAt<'_>, around: &Around<'_>) -> Self {
        let own = members(picture, area);
        let compounds: HashSet<CompoundId> = own
            .iter()
            .filter_map(|at| picture.buildings[*at].compound)
            .collect();
        let outline = area.plan.areas[area.at].outline.as_ref();
        let boxes = own
            .iter()
            .filter_map(|at| rect(&picture.buildings[*at].footprint));
        let outlined = outline.and_then(|outline| rect(&Geometry::from(outline.clone())));
        let extent = boxes.chain(outlined).reduce(BBox::union);
        let frame = LocalFrame::around(extent.map_or([0.0, 0.0], BBox::centre));
        let window = extent.map(|extent| extent.expand_m(MARGIN_M));
        // Neighbours are those of the same compounds: what people at the door know by name.
        let mut shown = own.clone();
        let mut known: HashSet<usize> = own.iter().copied().collect();
        let mut sorted: Vec<CompoundId> = compounds.iter().copied().collect();
        sorted.sort_unstable();
        shown.extend(
            sorted
                .iter()
                .flat_map(|id| picture.buildings_of(*id))
                .filter(|at| window.is_some_and(|window| near(picture, **at, window)))
                .filter(|at| known.insert(**at)),
        );
        let mine: HashSet<usize> = own.iter().copied().collect();
        let roofs: Vec<PosterRoof> = shown
            .iter()
            .map(|at| roof(picture, *at, mine.contains(at), frame))
            .collect();
        let gates: Vec<(String, At)> = picture
            .gates
            .iter()
            .filter(|gate| gate.compound.is_some_and(|id| compounds.contains(&id)))
            .map(|gate| {
                (
                    gate.name.clone().unwrap_or_default(),
                    round(frame.to_m([gate.point.x(), gate.point.y()])),
                )
            })
            .collect();
        let places: Vec<At> = own.iter().map(|at| roofs_at(picture, *at, frame)).collect();
        let walk = walk_order(&places, &[], nearest_gate(&places, &gates));
        let whole = window.map_or([0.0; 4], |window| {
            let [west, south] = frame.to_m([window.west(), window.south()]);
            let [east, north] = frame.to_m([window.east(), window.north()]);
            [west, south, east, north]
        });
        let (roads, water) =
            window.map_or_else(Default::default, |window| around.inside(window, frame));
        Self {
            map: Arc::new(PosterMap {
                outline: outline.map_or_else(Vec::new, |outline| rings(outline, frame)),
                roads,
                water,
                roofs,
                gates,
            }),
            walk: walk.order.into_iter().map(|at| own[at]).collect(),
            roof_of: shown.into_iter().zip(0..).collect(),
            whole,
        }
    }

    /// Place of a building among the roofs.
    pub fn roof(&self, building: usize) -> Option<usize> {
        self.roof_of.get(&building).copied()
    }

    /// What is shown for a building: the whole area where names can still be read, else what lies around it.
    pub fn extent(&self, building: usize) -> [f64; 4] {
        let [west, south, east, north] = self.whole;
        let middle = [f64::midpoint(west, east), f64::midpoint(south, north)];
        let here = self
            .roof(building)
            .map_or(middle, |at| self.map.roofs[at].at);
        let along = |low: f64, high: f64, here: f64, least: f64, most: f64| {
            let span = high - low;
            if span > most {
                // Around the building, but not beyond the area.
                let low = (here - most / 2.0).clamp(low, high - most);
                (low, low + most)
            } else {
                let wider = (least - span).max(0.0) / 2.0;
                (low - wider, high + wider)
            }
        };
        let (west, east) = along(west, east, here[0], LEAST_M[0], MOST_M[0]);
        let (south, north) = along(south, north, here[1], LEAST_M[1], MOST_M[1]);
        [west, south, east, north]
    }
}

/// Buildings of an area, as indexes of the picture.
fn members(picture: &Picture, area: AreaAt<'_>) -> Vec<usize> {
    let mut own: Vec<usize> = area
        .plan
        .area_of_building
        .iter()
        .filter(|(_, of)| *of as usize == area.at)
        .map(|(at, _)| at)
        .collect();
    let compounds = area
        .plan
        .area_of_compound
        .iter()
        .filter(|(_, of)| *of as usize == area.at);
    for (compound, _) in compounds {
        let buildings = picture.buildings_of(picture.compounds[compound].id).iter();
        own.extend(buildings.filter(|at| {
            area_in(picture, area.plan, **at).is_some_and(|found| found.at == area.at)
        }));
    }
    own.sort_unstable();
    own.dedup();
    own
}

fn near(picture: &Picture, at: usize, window: BBox) -> bool {
    rect(&picture.buildings[at].footprint).is_some_and(|bounds| bounds.intersects(window))
}

fn nearest_gate(places: &[At], gates: &[(String, At)]) -> Option<At> {
    let from = |gate: &At| {
        let ways = places
            .iter()
            .map(|at| (at[0] - gate[0]).hypot(at[1] - gate[1]));
        ways.fold(f64::INFINITY, f64::min)
    };
    gates
        .iter()
        .map(|(_, at)| *at)
        .min_by(|a, b| from(a).total_cmp(&from(b)))
}

fn roofs_at(picture: &Picture, at: usize, frame: LocalFrame) -> At {
    centroid(&picture.buildings[at].footprint).map_or([0.0, 0.0], |at| round(frame.to_m(at)))
}

fn roof(picture: &Picture, at: usize, own: bool, frame: LocalFrame) -> PosterRoof {
    let building = &picture.buildings[at];
    PosterRoof {
        name: building.name.clone().unwrap_or_default(),
        at: roofs_at(picture, at, frame),
        rings: polygons(&building.footprint).map_or_else(Vec::new, |shape| rings(&shape, frame)),
        own,
    }
}

fn rings(shape: &MultiPolygon<f64>, frame: LocalFrame) -> Vec<Vec<At>> {
    shape
        .iter()
        .flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()))
        .map(|ring| path(ring, frame))
        .collect()
}

fn path(line: &LineString<f64>, frame: LocalFrame) -> Vec<At> {
    line.coords()
        .map(|c| round(frame.to_m([c.x, c.y])))
        .collect()
}

/// To decimetres.
fn round(at: At) -> At {
    at.map(|m| (m * 10.0).round() / 10.0)
}

/// Roads with their names.
type Roads = Vec<(String, Vec<At>)>;
/// Rings of water.
type Water = Vec<Vec<At>>;

/// Roads and water of the district, with their boxes.
pub(super) struct Around<'a> {
    roads: Vec<(BBox, &'a str, &'a Geometry<f64>)>,
    water: Vec<(BBox, &'a Geometry<f64>)>,
}

impl<'a> Around<'a> {
    pub fn of(picture: &'a Picture) -> Self {
        let backdrops = picture.backdrops.iter();
        let roads = backdrops
            .clone()
            .filter(|one| matches!(one.class.as_str(), "artery" | "road" | "lane"))
            .map(|one| (one.name.as_str(), &one.geometry));
        let major = picture
            .barriers
            .iter()
            .filter(|one| !one.class.is_water())
            .map(|one| (one.name.as_deref().unwrap_or(""), &one.geometry));
        let ponds = backdrops
            .filter(|one| one.class == "pond")
            .map(|one| &one.geometry);
        let rivers = picture
            .barriers
            .iter()
            .filter(|one| one.class.is_water())
            .map(|one| &one.geometry);
        Self {
            roads: roads
                .chain(major)
                .filter_map(|(name, shape)| Some((rect(shape)?, name, shape)))
                .collect(),
            water: ponds
                .chain(rivers)
                .filter_map(|shape| Some((rect(shape)?, shape)))
                .collect(),
        }
    }

    /// What lies in a window.
    fn inside(&self, window: BBox, frame: LocalFrame) -> (Roads, Water) {
        // A long road is cut to what is near: pages are small.
        let reach = window.expand_m(60.0);
        let cut = |line: &LineString<f64>| -> Vec<LineString<f64>> {
            let mut runs: Vec<Vec<geo_types::Coord<f64>>> = Vec::new();
            let mut open = false;
            for segment in line.lines() {
                let bounds = BBox::of_geometry(&Geometry::Line(segment));
                if bounds.is_some_and(|bounds| bounds.intersects(reach)) {
                    if !open {
                        runs.push(vec![segment.start]);
                    }
                    if let Some(run) = runs.last_mut() {
                        run.push(segment.end);
                    }
                    open = true;
                } else {
                    open = false;
                }
            }
            runs.into_iter().map(LineString::new).collect()
        };
        let mut roads = Roads::new();
        for (_, name, shape) in self
            .roads
            .iter()
            .filter(|(bounds, ..)| bounds.intersects(window))
        {
            let lines: Vec<&LineString<f64>> = match shape {
                Geometry::LineString(line) => vec![line],
                Geometry::MultiLineString(lines) => lines.iter().collect(),
                _ => continue,
            };
            for run in lines.into_iter().flat_map(&cut) {
                roads.push(((*name).to_owned(), path(&run, frame)));
            }
        }
        let water = self
            .water
            .iter()
            .filter(|(bounds, _)| bounds.intersects(window))
            .filter_map(|(_, shape)| polygons(shape))
            .flat_map(|shape| rings(&shape, frame))
            .collect();
        (roads, water)
    }
}
