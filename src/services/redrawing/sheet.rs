//! The sheet of a plan: everything that a page needs to edit it by itself.

use super::views::{BaselineArea, RedrawArea, RedrawPerson, RedrawRules, RedrawSheet, RedrawUnits};
use super::{Opened, areas_of, signed};
use crate::districting::Compounds;
use crate::domain::{AppointmentKind, Unit};
use crate::services::error::Result;
use crate::services::picture::{Picture, PlanPicture};
use crate::services::planning;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use uuid::Uuid;

/// Numbers for values in the order of their first appearance.
struct Numbers<T>(Vec<T>, HashMap<T, i64>);

impl<T: Clone + Eq + Hash> Numbers<T> {
    fn new() -> Self {
        Self(Vec::new(), HashMap::new())
    }

    /// −1 for none.
    fn of(&mut self, value: Option<T>) -> i64 {
        let Some(value) = value else {
            return -1;
        };
        let next = self.0.len() as i64;
        *self.1.entry(value.clone()).or_insert_with(|| {
            self.0.push(value);
            next
        })
    }
}

impl Opened {
    /// Everything that the page needs to edit by itself, as of `now`.
    ///
    /// # Errors
    /// `NotFound` when the plan is gone.
    pub fn sheet(&self, now: DateTime<Utc>) -> Result<RedrawSheet> {
        let found = self.found()?;
        let (ground, picture) = (self.start.ground(), &*self.picture);
        let settings = ground.settings();
        let mut compounds = Numbers::new();
        let mut grids = Numbers::new();
        let features = Features::of(picture);
        let mut columns = RedrawUnits::default();
        for (number, (unit, place)) in (0u32..).zip(&self.units) {
            let row = &ground.graph().units()[number as usize];
            let building = match unit {
                Unit::Building(id) => self.building(*id),
                _ => None,
            };
            let compound = match unit {
                Unit::Compound(id) => Some(*id),
                _ => building.and_then(|building| building.compound),
            };
            let grid = building.and_then(|building| picture.grid(building.grid?));
            columns.compound.push(compounds.of(compound));
            columns
                .grid
                .push(grids.of(grid.and_then(|grid| grid.code.clone())));
            columns.id.push(planning::unit_id(*unit));
            columns.is_compound.push(matches!(unit, Unit::Compound(_)));
            columns.feature.push(features.feature(picture, *unit));
            columns.name.push(self.unit_name(*unit));
            let own = building.and_then(|building| building.name.clone());
            columns.own_name.push(own.unwrap_or_default());
            columns.households.push(ground.households(number));
            columns.visits.push(self.visits[number as usize]);
            columns.lon.push(place[0]);
            columns.lat.push(place[1]);
            columns.zone.push(row.zone);
            columns.part.push(ground.parts()[number as usize]);
            columns.heavy.push(ground.is_heavy(number));
            columns.locked.push(row.locked);
        }
        let parts = ground.zone_of_part();
        let state = found.plan.state_at(now);
        let base = self
            .base
            .as_ref()
            .and_then(|base| base.of(picture))
            .unwrap_or(found);
        let baseline_of = areas_of(picture, base, &self.units);
        Ok(RedrawSheet {
            plan_id: self.plan.uuid(),
            plan_version: found.plan.version,
            street: found.plan.street.to_string(),
            state: state.to_string(),
            editable: state.is_editable(),
            edit_seq: found.plan.settled_seq,
            units_digest: self.units_digest(),
            baseline_plan_id: self.base.is_some().then(|| base.plan.id.uuid()),
            data_version: picture.version,
            as_of: picture.as_of,
            rules: RedrawRules {
                target_households: found.plan.settings.target_households,
                weigh_by: found.plan.settings.weigh_by.to_string(),
                target_load: settings.target_households,
                band_bp: settings.band_bp,
                keepers_per_area: settings.keepers_per_area,
                load_per_keeper: settings.households_per_keeper,
                compounds_count: settings.compounds != Compounds::Free,
            },
            units: columns,
            compound_names: compounds
                .0
                .iter()
                .map(|id| picture.compound_name(*id).to_owned())
                .collect(),
            compounds: compounds.0.iter().map(|id| id.uuid()).collect(),
            grids: grids.0,
            zone_of_part: parts.to_vec(),
            heavy_part: (0..parts.len() as u32)
                .map(|part| ground.is_heavy_part(part))
                .collect(),
            edges: ground.graph().edges().iter().map(|e| [e.a, e.b]).collect(),
            areas: found
                .areas
                .iter()
                .map(|area| RedrawArea {
                    id: area.id.uuid(),
                    number: area.number,
                    name: area.name.clone(),
                    colour: area.colour,
                    locked: area.locked,
                    community: area.community.to_string(),
                })
                .collect(),
            people: people(picture, found),
            area_of: self.start.area_of().iter().map(|&a| signed(a)).collect(),
            baseline: self.baseline.iter().map(|&a| signed(a)).collect(),
            baseline_areas: (0..base.areas.len())
                .map(|at| baseline_area(picture, base, at))
                .collect(),
            baseline_of: baseline_of.into_iter().map(signed).collect(),
        })
    }

    /// Fingerprint of units, households, zones and ways.
    pub fn units_digest(&self) -> String {
        let mut hasher = DefaultHasher::new();
        let ground = self.start.ground();
        for (((unit, place), row), visits) in (self.units.iter())
            .zip(ground.graph().units())
            .zip(&self.visits)
        {
            (
                planning::unit_id(*unit),
                row.households,
                visits,
                row.zone,
                row.group,
            )
                .hash(&mut hasher);
            place.map(f64::to_bits).hash(&mut hasher);
        }
        ground.parts().hash(&mut hasher);
        for edge in ground.graph().edges() {
            (edge.a, edge.b).hash(&mut hasher);
        }
        format!("{:016x}", hasher.finish())
    }
}

fn baseline_area(picture: &Picture, base: &PlanPicture, at: usize) -> BaselineArea {
    let area = &base.areas[at];
    BaselineArea {
        id: area.id.uuid(),
        number: area.number,
        name: area.name.clone(),
        keepers: base
            .active_keepers(picture, at)
            .map(|(keeper, _)| keeper.name.clone())
            .collect(),
    }
}

/// Who is in post in the street's compounds today, or sits on a seat of the plan; by name.
fn people(picture: &Picture, found: &PlanPicture) -> Vec<RedrawPerson> {
    let mut seat: HashMap<Uuid, i64> = HashMap::new();
    for (area, keepers) in (0i64..).zip(&found.keepers) {
        seat.extend(keepers.iter().map(|id| (id.uuid(), area)));
    }
    let street = found.plan.street;
    let mut people: Vec<RedrawPerson> = picture
        .appointments
        .iter()
        .filter_map(|appointment| {
            let (keeper, _) = picture.holder(appointment.id)?;
            let compound = appointment
                .compound
                .and_then(|id| picture.compound_index(id));
            let compound = compound.map(|at| &picture.compounds[at]);
            let seated = seat.get(&appointment.id.uuid()).copied();
            let here = compound.is_some_and(|compound| street.contains(compound.community));
            let active = appointment.active_on(picture.today);
            ((here && active) || seated.is_some()).then(|| RedrawPerson {
                appointment: appointment.id.uuid(),
                name: keeper.name.clone(),
                kind: match appointment.kind {
                    AppointmentKind::FullTime => "full_time",
                    AppointmentKind::PartTime => "part_time",
                }
                .to_owned(),
                compound: compound.map(|compound| compound.name.clone()),
                active,
                area: seated.unwrap_or(-1),
            })
        })
        .collect();
    people.sort_by(|a, b| (&a.name, a.appointment).cmp(&(&b.name, b.appointment)));
    people
}

/// Features of rows in the tiles.
struct Features {
    buildings: HashMap<usize, u32>,
    compounds: HashMap<usize, u32>,
}

impl Features {
    fn of(picture: &Picture) -> Self {
        let atlas = &picture.atlas;
        let numbered = |count: usize, row: &dyn Fn(u32) -> Option<usize>| {
            (0..count as u32)
                .filter_map(|feature| Some((row(feature)?, feature)))
                .collect()
        };
        Self {
            buildings: numbered(picture.buildings.len(), &|at| atlas.building_row(at)),
            compounds: numbered(picture.compounds.len(), &|at| atlas.compound_row(at)),
        }
    }

    /// The feature of a unit; one that no tile has when the unit is not drawn.
    fn feature(&self, picture: &Picture, unit: Unit) -> u32 {
        let found = match unit {
            Unit::Building(id) => picture
                .building_index(id)
                .and_then(|row| self.buildings.get(&row)),
            Unit::Compound(id) => picture
                .compound_index(id)
                .and_then(|row| self.compounds.get(&row)),
            Unit::Stairwell(_) => None,
        };
        found.copied().unwrap_or(u32::MAX)
    }
}
