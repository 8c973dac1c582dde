//! What of the map goes when a community is merged, renumbered or split: regions, grids, compounds, buildings, keepers
//! and areas.
//!
//! Pure. Invariant: what goes and what is said of it come out of one walk, for a dry run as for a real one.

use super::super::super::picture::{PlanRows, Rows};
use super::RegionChange;
use crate::domain::{
    AreaId, Building, Compound, CompoundId, Grid, GridId, Housekeeper, Plan, Region, RegionCode,
    Unit,
};
use chrono::NaiveDate;
use geo::{BooleanOps, Centroid, Contains};
use geo_types::{Geometry, MultiPolygon};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What goes: some compounds, or everything.
pub(super) struct Chosen {
    pub compounds: Option<HashSet<CompoundId>>,
    /// Of a code that comes back: what belongs to no compound goes when it lies inside.
    pub outline: Option<MultiPolygon<f64>>,
    pub today: NaiveDate,
}

/// Rows of the map that will be written, and what is said of them.
pub(super) struct Ground {
    pub from: Region,
    pub to: Region,
    pub grids: Vec<Grid>,
    pub compounds: Vec<Compound>,
    pub buildings: Vec<Building>,
    pub housekeepers: Vec<Housekeeper>,
    /// Areas of plans in force, and of those that wait for their day.
    pub areas: Vec<AreaId>,
    /// Those plans, when their zones name a code that ends.
    pub plans: Vec<Plan>,
    /// Identities of the compounds and buildings that go.
    pub goes: HashSet<Uuid>,
    pub view: RegionChange,
}

impl Chosen {
    fn compound(&self, id: CompoundId) -> bool {
        self.compounds
            .as_ref()
            .is_none_or(|some| some.contains(&id))
    }

    fn building(&self, row: &Building) -> bool {
        match row.compound {
            Some(id) => self.compound(id),
            None => self.compounds.is_none() || self.outlines(&row.footprint),
        }
    }

    pub fn outlines(&self, place: &Geometry<f64>) -> bool {
        let middle = place.centroid();
        let outline = self.outline.as_ref();
        outline.is_some_and(|outline| middle.is_some_and(|point| outline.contains(&point)))
    }

    /// Whether everything goes, and the code ends.
    pub fn all(&self) -> bool {
        self.compounds.is_none()
    }

    /// Identities of all compounds and buildings that go.
    fn goes(&self, now: &Rows, from: RegionCode) -> HashSet<Uuid> {
        let compounds = now.compounds.iter();
        let compounds = compounds.filter(|row| row.community == from && self.compound(row.id));
        let buildings = now.buildings.iter();
        let buildings = buildings.filter(|row| row.community == from && self.building(row));
        compounds
            .map(|row| row.id.uuid())
            .chain(buildings.map(|row| row.id.uuid()))
            .collect()
    }

    /// What goes of the map as it is `now`; areas of plans that are `in_use`.
    pub fn ground(
        &self,
        now: &Rows,
        mut from: Region,
        mut to: Region,
        in_use: &[&PlanRows],
    ) -> Ground {
        let goes = self.goes(now, from.code);
        let gone = |id: Uuid| goes.contains(&id);
        let losing = from.code;
        let here = |code: RegionCode| code == losing;
        let mut grids: Vec<Grid> = Vec::new();
        let mut cut: HashSet<GridId> = HashSet::new();
        for grid in now.grids.iter().filter(|grid| here(grid.community)) {
            let inside = now.buildings.iter().filter(|row| row.grid == Some(grid.id));
            let (leave, stay): (Vec<_>, Vec<_>) = inside.partition(|row| gone(row.id.uuid()));
            match (leave.is_empty(), stay.is_empty()) {
                (false, false) => {
                    cut.insert(grid.id);
                }
                (false, true) => grids.push(grid.clone()),
                (true, true)
                    if self.compounds.is_none()
                        || self.outlines(&Geometry::MultiPolygon(grid.outline.clone())) =>
                {
                    grids.push(grid.clone());
                }
                (true, _) => {}
            }
        }
        let (mut without_grid, mut households) = (0, 0);
        let compounds: Vec<Compound> = now
            .compounds
            .iter()
            .filter(|row| gone(row.id.uuid()))
            .map(|row| Compound {
                community: to.code,
                ..row.clone()
            })
            .collect();
        let mut counted: HashMap<CompoundId, u64> = HashMap::new();
        let mut buildings = Vec::new();
        for row in now.buildings.iter().filter(|row| gone(row.id.uuid())) {
            let count = u64::from(row.households.count.unwrap_or_default());
            match row.compound {
                Some(id) => *counted.entry(id).or_default() += count,
                None => households += count,
            }
            let grid = row.grid.filter(|id| !cut.contains(id));
            without_grid += u64::from(row.grid.is_some() && grid.is_none());
            buildings.push(Building {
                community: to.code,
                grid,
                ..row.clone()
            });
        }
        // As staffing counts them: the compound's own count, else what its buildings add up to.
        for row in &compounds {
            let own = row.households.count.map(u64::from);
            households += own
                .or_else(|| counted.get(&row.id).copied())
                .unwrap_or_default();
        }
        let mut serves: HashMap<_, Vec<Option<CompoundId>>> = HashMap::new();
        for one in now
            .appointments
            .iter()
            .filter(|one| one.active_on(self.today))
        {
            serves
                .entry(one.housekeeper)
                .or_default()
                .push(one.compound);
        }
        // Who serves nowhere else goes along.
        let leaves = |keeper: &&Housekeeper| {
            here(keeper.community)
                && (self.compounds.is_none()
                    || serves.get(&keeper.id).is_some_and(|posts| {
                        posts.iter().all(|at| at.is_some_and(|id| gone(id.uuid())))
                    }))
        };
        let housekeepers: Vec<Housekeeper> = now
            .housekeepers
            .iter()
            .filter(leaves)
            .map(|row| Housekeeper {
                community: to.code,
                ..row.clone()
            })
            .collect();
        for grid in &mut grids {
            grid.community = to.code;
        }
        let to_is_new = !now
            .regions
            .iter()
            .any(|row| row.code == to.code && !row.is_replaced());
        if to_is_new {
            to.valid_from = Some(self.today);
        }
        let (source, target) = (from.code, to.code);
        let outlined = from.outline.is_some() || to.outline.is_some();
        let missing = if self.compounds.is_none() {
            to.outline = match (to.outline.take(), &from.outline) {
                (Some(a), Some(b)) => Some(a.union(b)),
                (None, Some(b)) if to_is_new => Some(b.clone()),
                (own, _) => own,
            };
            from.valid_to = self.today.pred_opt();
            from.successor = Some(target);
            outlined && (to.outline.is_none() || from.outline.is_none())
        } else {
            from.outline = match (from.outline.take(), &to.outline) {
                (Some(a), Some(b)) => Some(a.difference(b)),
                (own, _) => own,
            };
            outlined && to.outline.is_none()
        };
        let (areas, areas_cut) = self.areas(&goes, source, in_use);
        let plans = (in_use.iter())
            .filter(|_| self.all())
            .filter(|rows| rows.plan.zones.iter().any(|zone| here(zone.community)))
            .map(|rows| {
                let mut plan = rows.plan.clone();
                for zone in plan.zones.iter_mut().filter(|zone| here(zone.community)) {
                    zone.community = target;
                }
                plan
            })
            .collect();
        let view = RegionChange {
            from: source.to_string(),
            from_name: from.name.clone(),
            to: target.to_string(),
            to_name: to.name.clone(),
            to_is_new,
            from_ends: from.successor.and(from.valid_to),
            compounds: compounds.len() as u64,
            buildings: buildings.len() as u64,
            households,
            grids: grids.len() as u64,
            buildings_without_grid: without_grid,
            housekeepers: housekeepers.len() as u64,
            areas: areas.len() as u64,
            areas_cut,
            outline_missing: missing,
            as_of: self.today,
            ..RegionChange::default()
        };
        Ground {
            from,
            to,
            grids,
            compounds,
            buildings,
            housekeepers,
            areas,
            plans,
            goes,
            view,
        }
    }

    /// Areas that go, and how many lie on both sides.
    fn areas(
        &self,
        goes: &HashSet<Uuid>,
        from: RegionCode,
        in_use: &[&PlanRows],
    ) -> (Vec<AreaId>, u64) {
        let (mut leave, mut cut) = (Vec::new(), 0);
        for rows in in_use {
            let mut of_area: HashMap<AreaId, (u64, u64)> = HashMap::new();
            for one in &rows.assignments {
                let (gone, all) = of_area.entry(one.area).or_default();
                *all += 1;
                *gone += u64::from(goes.contains(&unit_id(one.unit)));
            }
            for area in rows.areas.iter().filter(|area| area.community == from) {
                match of_area.get(&area.id).copied().unwrap_or_default() {
                    // Nobody's: it goes with the whole community only.
                    (0, 0) if !self.all() => {}
                    (gone, all) if gone == all => leave.push(area.id),
                    (0, _) => {}
                    _ => cut += 1,
                }
            }
        }
        (leave, cut)
    }
}

const fn unit_id(unit: Unit) -> Uuid {
    match unit {
        Unit::Building(id) => id.uuid(),
        Unit::Compound(id) => id.uuid(),
        Unit::Stairwell(id) => id.uuid(),
    }
}
