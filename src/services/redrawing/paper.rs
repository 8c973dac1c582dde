//! What is printed: a sheet for every area with its buildings in walking order, and a sheet for the meeting.
//!
//! Places are metres (x east, y north) around the middle of their sheet, rounded to decimetres, so that paper is
//! drawn to scale. Invariant: the households of a sheet are those of its rows.

use super::paper_views::{
    MeetingArea, MeetingBuilding, MeetingSheet, PaperArea, PaperBuilding, PaperGate, PaperPlan,
    PaperSheets,
};
use super::{Comparison, Opened};
use crate::districting::redraw::UNASSIGNED;
use crate::domain::{PatrolArea, Unit};
use crate::services::Services;
use crate::services::error::{Error, Result};
use crate::services::paper_ground::{At, Surroundings, metres, rings, shape, tenth};
use crate::services::picture::{Picture, PlanPicture, rect};
use crate::services::units::keeper_view;
use crate::services::{planning, regions};
use crate::spatial::{BBox, LocalFrame, walk_order};
use chrono::{DateTime, Utc};
use geo_types::{Geometry, MultiPolygon};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What is drawn around an area, metres.
const MARGIN_M: f64 = 30.0;
/// Areas of one answer, at most: more is printed community by community.
const MOST_SHEETS: usize = 2_000;

impl Services {
    /// Sheets of a plan's areas, by number: all, one, or those that differ from another plan.
    ///
    /// # Errors
    /// `NotFound` plan or area; `Conflict` when the plans belong to different streets.
    pub async fn paper_areas(
        &self,
        plan: Uuid,
        area: Option<Uuid>,
        changed_from: Option<Uuid>,
    ) -> Result<PaperSheets> {
        let now = self.now();
        let (opened, only) = match changed_from {
            None => (self.redraw_settled(plan).await?, None),
            Some(base) => {
                let comparison = self.compare(plan, Some((base, None))).await?;
                (self.redraw_settled(plan).await?, Some(touched(&comparison)))
            }
        };
        let approval = self.config().map.map_approval_no.clone();
        let work = move || opened.sheets(area, only.as_ref(), approval, now);
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Internal(format!("paper: {error}")))?
    }

    /// The sheet for the meeting: what a plan changes of another one, on two maps.
    ///
    /// # Errors
    /// As [`Services::compare`].
    pub async fn paper_meeting(
        &self,
        plan: Uuid,
        base: Option<(Uuid, Option<i64>)>,
    ) -> Result<MeetingSheet> {
        let now = self.now();
        self.redraw_settled(plan).await?;
        let opened = self.redraw_against(plan, base).await?;
        let approval = self.config().map.map_approval_no.clone();
        let work = move || opened.meeting(approval, now);
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Internal(format!("paper: {error}")))?
    }
}

/// Areas that somebody has to print anew: other units or other keepers.
fn touched(comparison: &Comparison) -> HashSet<Uuid> {
    let other = |area: &&super::ComparedArea| {
        area.status != "same"
            || area.before.as_ref().map(|a| &a.keepers) != area.after.as_ref().map(|a| &a.keepers)
    };
    let areas = comparison.areas.iter().filter(other);
    areas
        .filter_map(|area| Some(area.after.as_ref()?.id))
        .collect()
}

impl Opened {
    fn sheets(
        &self,
        area: Option<Uuid>,
        only: Option<&HashSet<Uuid>>,
        approval: String,
        now: DateTime<Utc>,
    ) -> Result<PaperSheets> {
        let found = self.found()?;
        if area.is_some_and(|id| found.areas.iter().all(|area| area.id.uuid() != id)) {
            return Err(Error::NotFound(format!(
                "area {}",
                area.unwrap_or_default()
            )));
        }
        let mut units_of: Vec<Vec<u32>> = vec![Vec::new(); found.areas.len()];
        for (unit, &own) in (0u32..).zip(self.start.area_of()) {
            if own != UNASSIGNED {
                units_of[own as usize].push(unit);
            }
        }
        let wanted: Vec<usize> = (0..found.areas.len())
            .filter(|&at| !units_of[at].is_empty())
            .filter(|&at| area.is_none_or(|id| found.areas[at].id.uuid() == id))
            .filter(|&at| only.is_none_or(|only| only.contains(&found.areas[at].id.uuid())))
            .collect();
        if wanted.len() > MOST_SHEETS {
            return Err(Error::invalid(
                "too_many_sheets",
                format!("一次最多打印 {MOST_SHEETS} 个片区，请只打印有变化的，或逐个片区打印"),
                format!(
                    "at most {MOST_SHEETS} areas at once: print only the changed ones, or single ones"
                ),
            ));
        }
        let around = Surroundings::of(&self.picture);
        let mut areas: Vec<PaperArea> = wanted
            .into_iter()
            .filter_map(|at| self.area_sheet(found, at, &units_of[at], &around))
            .collect();
        areas.sort_by_key(|area| area.number);
        Ok(PaperSheets {
            plan: self.paper_plan(found, approval, now),
            areas,
        })
    }

    fn paper_plan(&self, found: &PlanPicture, approval: String, now: DateTime<Utc>) -> PaperPlan {
        let plan = &found.plan;
        PaperPlan {
            id: plan.id.uuid(),
            name: plan.name.clone(),
            state: plan.state_at(now).to_string(),
            version: plan.version,
            effective_at: plan.effective_at,
            street_name: self.picture.region_name(plan.street),
            target_households: plan.settings.target_households,
            band_bp: plan.settings.band_bp,
            weigh_by: plan.settings.weigh_by.to_string(),
            untiered: plan.figures.untiered,
            policy: regions::policy_words(&self.picture, plan.street),
            as_of: self.picture.today,
            printed_at: now,
            approval_no: approval,
            synthetic: self.picture.synthetic,
        }
    }

    fn area_sheet(
        &self,
        found: &PlanPicture,
        at: usize,
        units: &[u32],
        around: &Surroundings<'_>,
    ) -> Option<PaperArea> {
        let picture = &*self.picture;
        let area = &found.areas[at];
        let state = self.start.area(at as u32)?;
        let own: Vec<(Unit, [f64; 2])> = units.iter().map(|&u| self.units[u as usize]).collect();
        let extent = own
            .iter()
            .filter_map(|(unit, _)| rect(geometry(picture, *unit)?))
            .chain(
                area.outline
                    .iter()
                    .filter_map(|o| rect(&Geometry::from(o.clone()))),
            )
            .reduce(BBox::union)?;
        let frame = LocalFrame::around(extent.centre());
        let window = extent.expand_m(MARGIN_M);
        let places: Vec<At> = own.iter().map(|(_, at)| frame.to_m(*at)).collect();
        let number: HashMap<u32, usize> = units.iter().copied().zip(0..).collect();
        let edges: Vec<(usize, usize)> = self
            .start
            .ground()
            .graph()
            .edges()
            .iter()
            .filter_map(|e| Some((*number.get(&e.a)?, *number.get(&e.b)?)))
            .collect();
        let compounds: HashSet<_> = own
            .iter()
            .filter_map(|(unit, _)| match unit {
                Unit::Building(id) => self.building(*id)?.compound,
                Unit::Compound(id) => Some(*id),
                Unit::Stairwell(_) => None,
            })
            .collect();
        let gates: Vec<PaperGate> = picture
            .gates
            .iter()
            .filter(|gate| gate.compound.is_some_and(|id| compounds.contains(&id)))
            .filter(|gate| window.contains([gate.point.x(), gate.point.y()]))
            .map(|gate| PaperGate {
                name: gate.name.clone().unwrap_or_default(),
                at: tenth(frame.to_m([gate.point.x(), gate.point.y()])),
            })
            .collect();
        // From the gate that is nearest to any building; without one from the south-west.
        let start = gates
            .iter()
            .map(|gate| {
                let near = places
                    .iter()
                    .map(|p| (p[0] - gate.at[0]).hypot(p[1] - gate.at[1]));
                (near.fold(f64::INFINITY, f64::min), gate.at)
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, at)| at);
        let walk = walk_order(&places, &edges, start);
        let rows = walk.order.iter().map(|&local| {
            let (unit, _) = own[local];
            self.paper_building(unit, units[local], frame, tenth(places[local]))
        });
        let buildings: Vec<PaperBuilding> = rows.collect();
        let mine: HashSet<Uuid> = own
            .iter()
            .map(|(unit, _)| planning::unit_id(*unit))
            .collect();
        let mut names: Vec<String> = Vec::new();
        for building in &buildings {
            if !building.compound.is_empty() && !names.contains(&building.compound) {
                names.push(building.compound.clone());
            }
        }
        Some(PaperArea {
            id: area.id.uuid(),
            number: area.number,
            label: area.label(),
            name: area.name.clone(),
            colour: area.colour,
            community_name: picture.region_name(area.community),
            compounds: names,
            households: state.households,
            estimated_households: u64::from(area.estimated_households),
            visits: (units.iter())
                .map(|unit| u64::from(self.visits[*unit as usize]))
                .sum(),
            // A heavy area has several pairs, and is measured by all of them.
            target: state.target_milli as f64 / 1000.0 * f64::from(state.seats)
                / f64::from(found.plan.settings.keepers_per_area.max(1)),
            deviation_bp: state.deviation_bp,
            out_of_band: state.out_of_band,
            seats: state.seats,
            keepers: found.active_keepers(picture, at).map(keeper_view).collect(),
            outline: area
                .outline
                .as_ref()
                .map_or_else(Vec::new, |outline| rings(outline, frame)),
            extent: metres(window, frame),
            neighbours: picture
                .buildings
                .iter()
                .filter(|building| {
                    found.plan.street.contains(building.community)
                        && !mine.contains(&building.id.uuid())
                        && rect(&building.footprint).is_some_and(|own| own.intersects(window))
                })
                .flat_map(|building| shape(&building.footprint, frame))
                .collect(),
            lines: around.lines(window, frame),
            surfaces: around.surfaces(window, frame),
            gates,
            start,
            route: walk.line.iter().map(|&at| tenth(places[at])).collect(),
            route_m: walk.length_m.round() as u32,
            buildings,
        })
    }

    fn paper_building(&self, unit: Unit, number: u32, frame: LocalFrame, at: At) -> PaperBuilding {
        let (compound, name) = self.names(unit);
        let building = match unit {
            Unit::Building(id) => self.building(id),
            _ => None,
        };
        let households = self.start.ground().households(number);
        PaperBuilding {
            id: planning::unit_id(unit),
            compound,
            name,
            households,
            estimated: building.is_some_and(|b| b.households.estimated),
            floors: building.and_then(|b| b.floors).map(u32::from),
            at,
            rings: geometry(&self.picture, unit).map_or_else(Vec::new, |g| shape(g, frame)),
        }
    }

    fn meeting(&self, approval: String, now: DateTime<Utc>) -> Result<MeetingSheet> {
        let comparison = self.comparison(now)?;
        let (found, base) = (self.found()?, self.base_plan()?);
        let changed: HashSet<Uuid> = comparison.changes.iter().map(|unit| unit.id).collect();
        let shown: HashSet<Uuid> = comparison
            .areas
            .iter()
            .filter(|area| area.status != "same")
            .flat_map(|area| [&area.before, &area.after])
            .filter_map(|side| Some(side.as_ref()?.id))
            .collect();
        let extent_of = |plan: &PlanPicture| {
            plan.areas
                .iter()
                .filter(|area| shown.is_empty() || shown.contains(&area.id.uuid()))
                .filter_map(|area| rect(&Geometry::from(area.outline.clone()?)))
                .reduce(BBox::union)
        };
        let extent = [extent_of(base), extent_of(found)]
            .into_iter()
            .flatten()
            .reduce(BBox::union)
            .or_else(|| self.picture.bounds(found.plan.street))
            .ok_or_else(|| {
                Error::conflict(
                    "nothing_to_draw",
                    "方案里还没有可画的片区",
                    "the plan has no area that could be drawn",
                )
            })?;
        let frame = LocalFrame::around(extent.centre());
        let window = extent.expand_m(MARGIN_M);
        let around = Surroundings::of(&self.picture);
        let before = super::areas_of(&self.picture, base, &self.units);
        let buildings = self
            .units
            .iter()
            .enumerate()
            .filter(|(_, (_, at))| window.contains(*at))
            .map(|(number, (unit, at))| {
                let area = |area: u32, plan: &PlanPicture| {
                    plan.areas.get(area as usize).map(PatrolArea::label)
                };
                let id = planning::unit_id(*unit);
                MeetingBuilding {
                    name: self.names(*unit).1,
                    before: area(before[number], base),
                    after: area(self.start.area_of()[number], found),
                    changed: changed.contains(&id),
                    at: tenth(frame.to_m(*at)),
                    rings: geometry(&self.picture, *unit)
                        .map_or_else(Vec::new, |g| shape(g, frame)),
                }
            })
            .collect();
        let areas_of = |plan: &PlanPicture| -> Vec<MeetingArea> {
            plan.areas
                .iter()
                .filter_map(|area| {
                    let outline = area.outline.as_ref()?;
                    let bounds = rect(&Geometry::from(outline.clone()))?;
                    bounds.intersects(window).then(|| MeetingArea {
                        id: area.id.uuid(),
                        label: area.label(),
                        colour: area.colour,
                        outline: rings(outline, frame),
                        tag: tenth(frame.to_m(tag(outline))),
                    })
                })
                .collect()
        };
        Ok(MeetingSheet {
            plan: self.paper_plan(found, approval, now),
            before: areas_of(base),
            after: areas_of(found),
            buildings,
            lines: around.lines(window, frame),
            surfaces: around.surfaces(window, frame),
            extent: metres(window, frame),
            comparison,
        })
    }
}

fn geometry(picture: &Picture, unit: Unit) -> Option<&Geometry<f64>> {
    match unit {
        Unit::Building(id) => Some(&picture.buildings[picture.building_index(id)?].footprint),
        Unit::Compound(id) => Some(&picture.compounds[picture.compound_index(id)?].geometry),
        Unit::Stairwell(_) => None,
    }
}

/// A place inside an outline, for its number.
fn tag(outline: &MultiPolygon<f64>) -> [f64; 2] {
    use geo::InteriorPoint;
    outline
        .interior_point()
        .map_or([0.0, 0.0], |point| [point.x(), point.y()])
}
