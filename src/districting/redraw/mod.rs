//! A plan under an editor's hand: moves and undo, with all figures at once.
//!
//! Unlike the optimizer's partition it may break any rule but the locks: units may be unassigned, areas in pieces
//! or empty or across zones; the figures say so. The web front end has the same core in TypeScript
//! (`web/core/redraw.ts`); both answer the cases of `tests/cases/redraw.json` alike, so every rule here is in
//! whole numbers below 2⁵³.
//! Invariant: the figures after any moves and undos equal those computed afresh, and a legal plan has the figures
//! of [`super::evaluate`].

mod anew;
mod heal;
mod rebalance;
mod suggest;
#[cfg(test)]
mod tests;

pub use anew::{Anew, DrawnAnew};
pub use suggest::Suggestion;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::figures::deviation_bp;
use super::pieces;
use super::settings::Settings;
use super::unit_graph::UnitGraph;

/// No area: the unit is unassigned.
pub const UNASSIGNED: u32 = u32::MAX;

/// Why a move is refused; nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    /// There is no such unit.
    #[error("没有单元 {unit} / there is no unit {unit}")]
    NoSuchUnit {
        /// The unit.
        unit: u32,
    },
    /// There is no such area, nor is it the next new one.
    #[error(
        "没有片区 {area}（新片区编号为 {next}） / there is no area {area} (a new one is {next})"
    )]
    NoSuchArea {
        /// The area.
        area: u32,
        /// The number of the next new area.
        next: u32,
    },
    /// The unit may not change its area.
    #[error("单元 {unit} 已锁定，请先解锁 / unit {unit} is locked: unlock it first")]
    LockedUnit {
        /// The unit.
        unit: u32,
    },
    /// Nobody may leave or enter the area.
    #[error("片区 {area} 已锁定，请先解锁 / area {area} is locked: unlock it first")]
    LockedArea {
        /// The area.
        area: u32,
    },
}

/// What never changes while a plan is edited: the graph, its parts, the rules.
#[derive(Debug)]
pub struct Ground {
    graph: UnitGraph,
    settings: Settings,
    /// Part of every unit: the piece of its zone inside which areas are made.
    part: Vec<u32>,
    /// Zone of every part.
    zone_of_part: Vec<u32>,
    /// Does the part hold a unit heavier than an area may be?
    heavy_part: Vec<bool>,
    heavy_unit: Vec<bool>,
    /// Compound of every unit, numbered from 0, or `UNASSIGNED`.
    group: Vec<u32>,
    /// Units of every compound, ascending.
    group_units: Vec<Vec<u32>>,
    /// Households of every unit: what is counted, where the graph weighs something else.
    counted: Vec<u32>,
}

impl Ground {
    /// Prepares a graph; `settings` give band, seats, target, and how compounds are treated.
    pub fn new(graph: UnitGraph, settings: Settings) -> Self {
        let pieces = pieces::find(&graph, &settings);
        let mut heavy_unit = vec![false; graph.units().len()];
        for &unit in &pieces.heavy {
            heavy_unit[unit as usize] = true;
        }
        let mut numbers: BTreeMap<u32, u32> = BTreeMap::new();
        let mut group_units: Vec<Vec<u32>> = Vec::new();
        let mut group = vec![UNASSIGNED; graph.units().len()];
        for (at, unit) in graph.units().iter().enumerate() {
            if let Some(name) = unit.group {
                let number = *numbers.entry(name).or_insert(group_units.len() as u32);
                if number as usize == group_units.len() {
                    group_units.push(Vec::new());
                }
                group_units[number as usize].push(at as u32);
                group[at] = number;
            }
        }
        Self {
            zone_of_part: pieces.list.iter().map(|piece| piece.zone).collect(),
            heavy_part: pieces.list.iter().map(|p| p.heavy.is_some()).collect(),
            part: pieces.of_unit,
            heavy_unit,
            group,
            group_units,
            counted: graph.units().iter().map(|unit| unit.households).collect(),
            graph,
            settings,
        }
    }

    /// The same where the graph weighs something else than households; these are counted beside it, by unit.
    #[must_use]
    pub fn counting(mut self, households: Vec<u32>) -> Self {
        self.counted = households;
        self.counted.resize(self.graph.units().len(), 0);
        self
    }

    /// The graph.
    pub fn graph(&self) -> &UnitGraph {
        &self.graph
    }

    /// The rules.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Part of every unit: the piece of its zone inside which areas are made and whose mean they are held against.
    pub fn parts(&self) -> &[u32] {
        &self.part
    }

    /// Zone of every part.
    pub fn zone_of_part(&self) -> &[u32] {
        &self.zone_of_part
    }

    /// Is the unit heavier than an area may be?
    pub fn is_heavy(&self, unit: u32) -> bool {
        self.heavy_unit[unit as usize]
    }

    /// Is the part made by a unit heavier than an area may be?
    pub fn is_heavy_part(&self, part: u32) -> bool {
        self.heavy_part[part as usize]
    }

    /// Units of the unit's compound, ascending, itself among them; none without a compound.
    pub fn compound_of(&self, unit: u32) -> &[u32] {
        let group = self.group_units.get(self.group[unit as usize] as usize);
        group.map_or(&[], Vec::as_slice)
    }

    /// Households of a unit.
    pub fn households(&self, unit: u32) -> u32 {
        self.counted[unit as usize]
    }

    /// What areas are balanced by.
    fn load(&self, unit: u32) -> u64 {
        u64::from(self.graph.units()[unit as usize].households)
    }
}

/// One area while it is edited.
#[derive(Debug, Clone, Default)]
struct Area {
    /// Its units, ascending.
    units: Vec<u32>,
    households: u64,
    load: u64,
    /// Units heavier than an area may be.
    heavy: u32,
    /// Connected components.
    pieces: u32,
    locked: bool,
    /// Part by whose mean it is measured.
    part: Option<u32>,
}

impl Area {
    /// Keepers it needs.
    fn seats(&self, settings: &Settings) -> u32 {
        if self.heavy > 0 {
            settings.heavy_seats(self.load)
        } else {
            settings.pair()
        }
    }
}

/// Load and number of the ordinary areas of a part; unassigned units count among the load.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    load: u64,
    areas: u64,
}

/// Figures of one area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AreaState {
    /// The area.
    pub area: u32,
    /// Its zone; `None` for an empty area.
    pub zone: Option<u32>,
    /// Households.
    pub households: u64,
    /// What areas are balanced by: households, or what the graph weighs instead.
    pub load: u64,
    /// Units.
    pub units: u32,
    /// Keepers it needs.
    pub seats: u32,
    /// Holds a unit heavier than an area may be.
    pub heavy: bool,
    /// Mean load of its part per pair of keepers, in thousandths.
    pub target_milli: u64,
    /// (load per pair − mean) ÷ mean in basis points; 0 for an empty area.
    pub deviation_bp: i32,
    /// An ordinary area outside the band.
    pub out_of_band: bool,
    /// Connected components; 0 for an empty area.
    pub pieces: u32,
    /// Some of its units lie in another zone.
    pub crosses_zones: bool,
    /// Nobody may leave or enter.
    pub locked: bool,
}

/// Figures of the whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Areas with at least one unit.
    pub areas: u32,
    /// Worst deviation of an ordinary area, in basis points.
    pub worst_deviation_bp: u32,
    /// Ordinary areas outside the band.
    pub out_of_band: u32,
    /// Areas in several pieces.
    pub disconnected: u32,
    /// Units without an area.
    pub unassigned_units: u32,
    /// Their households.
    pub unassigned_households: u64,
    /// Households whose area differs from the baseline's.
    pub changed_households: u64,
}

/// One step: units with the area they had before.
type Stroke = Vec<(u32, u32)>;

/// The plan as it stands, with its undo steps. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Redraw {
    ground: Arc<Ground>,
    area_of: Vec<u32>,
    /// Area of every unit in the baseline, or `UNASSIGNED`: nobody's keeper changes there.
    baseline: Arc<Vec<u32>>,
    areas: Vec<Area>,
    sums: Vec<Sum>,
    totals: Totals,
    strokes: Vec<Stroke>,
}

impl Redraw {
    /// Begins with a plan; the baseline (the plan in force) decides whose keeper changes.
    ///
    /// Units beyond the end of either list are unassigned. There are as many areas as the plan uses.
    pub fn new(ground: Arc<Ground>, area_of: &[u32], baseline: &[u32]) -> Self {
        let n = ground.graph.units().len();
        let filled = |list: &[u32]| {
            let mut list = list.to_vec();
            list.resize(n, UNASSIGNED);
            list
        };
        let count = area_of.iter().take(n).filter(|&&a| a != UNASSIGNED).max();
        let mut redraw = Self {
            area_of: vec![UNASSIGNED; n],
            baseline: Arc::new(filled(baseline)),
            areas: vec![Area::default(); count.map_or(0, |&a| a as usize + 1)],
            sums: vec![Sum::default(); ground.zone_of_part.len()],
            totals: Totals::default(),
            strokes: Vec::new(),
            ground,
        };
        for unit in 0..n as u32 {
            redraw.totals.unassigned_units += 1;
            redraw.totals.unassigned_households += u64::from(redraw.ground.households(unit));
            redraw.totals.changed_households += redraw.change(unit, UNASSIGNED);
            redraw.count_unassigned(unit, true);
        }
        for (unit, area) in (0u32..).zip(filled(area_of)) {
            if area != UNASSIGNED {
                redraw.place(unit, area);
            }
        }
        for area in 0..redraw.areas.len() as u32 {
            redraw.settle(area);
        }
        redraw
    }

    /// The same with at least so many areas: the last ones of a plan may be empty.
    #[must_use]
    pub fn with_areas(mut self, count: usize) -> Self {
        let count = self.areas.len().max(count);
        self.areas.resize_with(count, Area::default);
        self
    }

    /// What never changes.
    pub fn ground(&self) -> &Arc<Ground> {
        &self.ground
    }

    /// Area of every unit, or [`UNASSIGNED`].
    pub fn area_of(&self) -> &[u32] {
        &self.area_of
    }

    /// Number of areas, empty ones included.
    pub fn area_count(&self) -> usize {
        self.areas.len()
    }

    /// Locks an area against leaving and entering, or unlocks it; no undo step.
    pub fn lock(&mut self, area: u32, locked: bool) {
        if let Some(area) = self.areas.get_mut(area as usize) {
            area.locked = locked;
        }
    }

    /// Moves units, as one undo step; returns the areas touched, ascending (with [`UNASSIGNED`] last).
    ///
    /// The next unused number makes a new area; [`UNASSIGNED`] takes units out. O(units of the areas touched).
    ///
    /// # Errors
    /// The first [`MoveError`]; then nothing has changed.
    pub fn apply(&mut self, moves: &[(u32, u32)]) -> Result<Vec<u32>, MoveError> {
        let next = self.check(moves)?;
        if self.areas.len() < next as usize {
            self.areas.resize_with(next as usize, Area::default);
        }
        let mut stroke = Vec::with_capacity(moves.len());
        for &(unit, area) in moves {
            let from = self.area_of[unit as usize];
            if from != area {
                stroke.push((unit, from));
                self.relocate(unit, area);
            }
        }
        let touched = self.touched(&stroke);
        if !stroke.is_empty() {
            self.strokes.push(stroke);
        }
        Ok(touched)
    }

    /// Takes the last step back; returns the areas touched, or `None` if there is none.
    pub fn undo(&mut self) -> Option<Vec<u32>> {
        let stroke = self.strokes.pop()?;
        let touched = self.touched(&stroke);
        for &(unit, from) in stroke.iter().rev() {
            self.relocate(unit, from);
        }
        for &area in &touched {
            self.settle(area);
        }
        Some(touched)
    }

    /// Steps that can be taken back.
    pub fn steps(&self) -> usize {
        self.strokes.len()
    }

    /// Figures of an area.
    pub fn area(&self, area: u32) -> Option<AreaState> {
        let own = self.areas.get(area as usize)?;
        let settings = &self.ground.settings;
        let heavy = own.heavy > 0;
        let seats = own.seats(settings);
        let zone = own.part.map(|part| self.ground.zone_of_part[part as usize]);
        let target_milli = own.part.map_or(0, |part| self.target_milli(part, heavy));
        let deviation_bp = self.deviation_of(own);
        let units = self.ground.graph.units();
        Some(AreaState {
            area,
            zone,
            households: own.households,
            load: own.load,
            units: own.units.len() as u32,
            seats,
            heavy,
            target_milli,
            deviation_bp,
            out_of_band: !heavy && deviation_bp.unsigned_abs() > settings.band_bp,
            pieces: own.pieces,
            crosses_zones: own
                .units
                .iter()
                .any(|&unit| Some(units[unit as usize].zone) != zone),
            locked: own.locked,
        })
    }

    /// Figures of the whole; O(areas).
    pub fn totals(&self) -> Totals {
        let mut totals = self.totals;
        for area in self.areas.iter().filter(|area| !area.units.is_empty()) {
            totals.areas += 1;
            totals.disconnected += u32::from(area.pieces > 1);
            if area.heavy == 0 {
                let off = self.deviation_of(area).unsigned_abs();
                totals.out_of_band += u32::from(off > self.ground.settings.band_bp);
                totals.worst_deviation_bp = totals.worst_deviation_bp.max(off);
            }
        }
        totals
    }

    /// Mean of the absolute deviations of ordinary areas, in basis points; `None` without one. O(areas).
    pub fn mean_deviation_bp(&self) -> Option<u32> {
        let ordinary = self
            .areas
            .iter()
            .filter(|area| !area.units.is_empty() && area.heavy == 0);
        let off = ordinary.map(|area| u64::from(self.deviation_of(area).unsigned_abs()));
        let (sum, n) = off.fold((0, 0), |(sum, n), off| (sum + off, n + 1));
        u64::checked_div(sum, n).map(|mean| mean as u32)
    }

    /// (load per pair − mean) ÷ mean in basis points; 0 for an empty area.
    fn deviation_of(&self, area: &Area) -> i32 {
        let Some(part) = area.part else { return 0 };
        let settings = &self.ground.settings;
        let mean = self.target_milli(part, area.heavy > 0);
        deviation_bp(
            area.load * u64::from(settings.pair()),
            mean.saturating_mul(u64::from(area.seats(settings))),
        )
    }

    /// Households of a unit if it is in another area than the baseline's; 0 where the baseline has none.
    fn change(&self, unit: u32, area: u32) -> u64 {
        let home = self.baseline[unit as usize];
        if home == UNASSIGNED || home == area {
            0
        } else {
            u64::from(self.ground.households(unit))
        }
    }

    /// Mean of a part's ordinary areas; for a heavy area that of its zone's, or the target.
    fn target_milli(&self, part: u32, heavy: bool) -> u64 {
        if !heavy {
            let sum = self.sums[part as usize];
            return sum.load * 1000 / sum.areas.max(1);
        }
        let zones = &self.ground.zone_of_part;
        let of_zone = self.sums.iter().zip(zones);
        let (load, areas) = of_zone
            .filter(|&(_, &zone)| zone == zones[part as usize])
            .filter(|(sum, _)| sum.areas > 0)
            .fold((0, 0), |(load, areas), (sum, _)| {
                (load + sum.load, areas + sum.areas)
            });
        let target = u64::from(self.ground.settings.target()) * 1000;
        (load * 1000).checked_div(areas).unwrap_or(target)
    }

    /// Refuses what may not be; returns how many areas there are afterwards.
    fn check(&self, moves: &[(u32, u32)]) -> Result<u32, MoveError> {
        let units = self.ground.graph.units();
        let mut next = self.areas.len() as u32;
        let locked = |area: u32| {
            let own = self.areas.get(area as usize);
            own.is_some_and(|own| own.locked).then_some(area)
        };
        for &(unit, area) in moves {
            let Some(row) = units.get(unit as usize) else {
                return Err(MoveError::NoSuchUnit { unit });
            };
            if area != UNASSIGNED && area > next {
                return Err(MoveError::NoSuchArea { area, next });
            }
            next += u32::from(area == next);
            let from = self.area_of[unit as usize];
            if from == area {
                continue;
            }
            if row.locked {
                return Err(MoveError::LockedUnit { unit });
            }
            if let Some(area) = locked(from).or(locked(area)) {
                return Err(MoveError::LockedArea { area });
            }
        }
        Ok(next)
    }

    fn touched(&mut self, stroke: &Stroke) -> Vec<u32> {
        let mut touched: Vec<u32> = stroke
            .iter()
            .flat_map(|&(unit, from)| [from, self.area_of[unit as usize]])
            .collect();
        touched.sort_unstable();
        touched.dedup();
        for &area in &touched {
            self.settle(area);
        }
        touched
    }

    /// Moves a unit; pieces are counted by [`Self::settle`].
    fn relocate(&mut self, unit: u32, to: u32) {
        if self.area_of[unit as usize] != UNASSIGNED {
            self.take(unit);
        }
        if to != UNASSIGNED {
            self.place(unit, to);
        }
    }

    /// Gives an unassigned unit an area.
    fn place(&mut self, unit: u32, to: u32) {
        let households = u64::from(self.ground.households(unit));
        self.count_unassigned(unit, false);
        self.count(to, false);
        let area = &mut self.areas[to as usize];
        let at = area.units.partition_point(|&other| other < unit);
        area.units.insert(at, unit);
        area.households += households;
        area.load += self.ground.load(unit);
        area.heavy += u32::from(self.ground.heavy_unit[unit as usize]);
        self.count(to, true);
        self.area_of[unit as usize] = to;
        self.totals.unassigned_units -= 1;
        self.totals.unassigned_households -= households;
        self.totals.changed_households -= self.change(unit, UNASSIGNED);
        self.totals.changed_households += self.change(unit, to);
    }

    /// Makes a unit unassigned.
    fn take(&mut self, unit: u32) {
        let households = u64::from(self.ground.households(unit));
        let from = self.area_of[unit as usize];
        self.count(from, false);
        let area = &mut self.areas[from as usize];
        if let Ok(at) = area.units.binary_search(&unit) {
            area.units.remove(at);
        }
        area.households -= households;
        area.load -= self.ground.load(unit);
        area.heavy -= u32::from(self.ground.heavy_unit[unit as usize]);
        self.count(from, true);
        self.count_unassigned(unit, true);
        self.area_of[unit as usize] = UNASSIGNED;
        self.totals.unassigned_units += 1;
        self.totals.unassigned_households += households;
        self.totals.changed_households -= self.change(unit, from);
        self.totals.changed_households += self.change(unit, UNASSIGNED);
    }

    /// Counts an area among the ordinary ones of its part, or no longer.
    fn count(&mut self, area: u32, on: bool) {
        let ground = &self.ground;
        let own = &mut self.areas[area as usize];
        if on {
            // The first unit that is of the area's own kind says where it lies.
            let of_kind = |&&unit: &&u32| {
                let part = ground.part[unit as usize];
                ground.heavy_part[part as usize] == (own.heavy > 0)
            };
            let first = own.units.iter().find(of_kind).or(own.units.first());
            own.part = first.map(|&unit| ground.part[unit as usize]);
        }
        let (Some(part), 0) = (own.part, own.heavy) else {
            return;
        };
        let sum = &mut self.sums[part as usize];
        if on {
            sum.load += own.load;
            sum.areas += 1;
        } else {
            sum.load -= own.load;
            sum.areas -= 1;
        }
    }

    /// Counts an unassigned unit among the load of its part, or no longer.
    fn count_unassigned(&mut self, unit: u32, on: bool) {
        let load = self.ground.load(unit);
        let sum = &mut self.sums[self.ground.part[unit as usize] as usize];
        if on {
            sum.load += load;
        } else {
            sum.load -= load;
        }
    }

    /// Counts the pieces of an area.
    fn settle(&mut self, area: u32) {
        if let Some(own) = self.areas.get(area as usize) {
            self.areas[area as usize].pieces = self.components(&own.units).len() as u32;
        }
    }

    /// Connected components of a set of units (ascending), each ascending, ordered by their first unit.
    fn components(&self, units: &[u32]) -> Vec<Vec<u32>> {
        let mut seen = vec![false; units.len()];
        let mut found = Vec::new();
        for start in 0..units.len() {
            if seen[start] {
                continue;
            }
            seen[start] = true;
            let mut component = vec![units[start]];
            let mut next = 0;
            while let Some(&unit) = component.get(next) {
                next += 1;
                for (other, _) in self.ground.graph.edges_at(unit) {
                    if let Ok(at) = units.binary_search(&other)
                        && !seen[at]
                    {
                        seen[at] = true;
                        component.push(other);
                    }
                }
            }
            component.sort_unstable();
            found.push(component);
        }
        found
    }

    /// Areas that units border on, each once, ascending; without their own and without unassigned neighbours.
    fn areas_beside(&self, units: &[u32], own: u32) -> Vec<u32> {
        let mut beside: Vec<u32> = units
            .iter()
            .flat_map(|&unit| self.ground.graph.edges_at(unit))
            .map(|(other, _)| self.area_of[other as usize])
            .filter(|&area| area != own && area != UNASSIGNED)
            .collect();
        beside.sort_unstable();
        beside.dedup();
        beside
    }
}
