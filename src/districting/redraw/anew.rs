//! The whole plan drawn anew in three ways, as moves from what is there.
//!
//! Invariant: locked areas keep their units, and areas keep the numbers of those they continue.

use super::super::alternatives::{Alternative, Wishes};
use super::super::heirs::{Common, heirs_with_locks};
use super::super::outcome::evaluate;
use super::super::progress::Progress;
use super::super::settings::Settings;
use super::super::unit_graph::{Unit, UnitGraph};
use super::{Redraw, UNASSIGNED};

/// One way to draw the plan anew.
#[derive(Debug, Clone)]
pub struct DrawnAnew {
    /// What it is best at.
    pub alternative: Alternative,
    /// The moves that lead to it; not yet applied.
    pub moves: Vec<(u32, u32)>,
    /// √(Σ households · distance² from the middle of the area ÷ households), in decimetres.
    pub rms_radius_dm: u32,
}

/// Where more than one unit in so many is unassigned, what is drawn is no plan to begin with.
const UNASSIGNED_ONE_IN: usize = 20;

/// A plan under the hand, prepared for drawing it anew: the areas to begin with are those that it has now, healed.
#[derive(Debug)]
pub struct Anew<'a> {
    redraw: &'a Redraw,
    healed: Redraw,
    graph: UnitGraph,
    settings: Settings,
}

impl Anew<'_> {
    /// The ways there are: fewest changes only where every unit has an area to begin with.
    pub fn ways(&self) -> impl Iterator<Item = Alternative> {
        Alternative::of(&self.graph)
    }

    /// The plan as it is, but healed: what every way must be better than. `None` where it cannot be healed.
    pub fn as_it_is(&self, alternative: Alternative) -> Option<DrawnAnew> {
        let totals = self.healed.totals();
        if totals.unassigned_units > 0 || totals.disconnected > 0 {
            return None;
        }
        let outcome = evaluate(&self.graph, &self.settings, &self.healed.area_of);
        Some(DrawnAnew {
            alternative,
            moves: self.redraw.moves_to_numbers(&self.healed.area_of),
            rms_radius_dm: outcome.figures.rms_radius_dm,
        })
    }

    /// The plan drawn in one way; `effort` in iterations per unit.
    pub fn draw(
        &self,
        alternative: Alternative,
        wishes: Wishes,
        (seed, effort): (u64, u64),
        progress: &dyn Progress,
    ) -> DrawnAnew {
        let settings = Settings {
            effort,
            ..self.settings.clone()
        };
        let outcome = alternative.draw(&self.graph, (&settings, wishes), seed, progress);
        DrawnAnew {
            alternative,
            moves: self.redraw.moves_to(&outcome.area_of),
            rms_radius_dm: outcome.figures.rms_radius_dm,
        }
    }
}

impl Redraw {
    /// Prepares for drawing the plan anew.
    pub fn anew(&self) -> Anew<'_> {
        let mut healed = self.clone();
        let unassigned = self.totals.unassigned_units as usize;
        if unassigned * UNASSIGNED_ONE_IN <= self.area_of.len() {
            // What heals is never refused.
            let _ = healed.apply(&self.heal());
        }
        let ground = &self.ground;
        let at_home = |unit: usize, area: u32| {
            area != UNASSIGNED && healed.areas[area as usize].part == Some(ground.part[unit])
        };
        let units: Vec<Unit> = ground
            .graph
            .units()
            .iter()
            .enumerate()
            .map(|(at, unit)| {
                let area = healed.area_of[at];
                Unit {
                    // An area that reaches into another zone has no claim there.
                    current: at_home(at, area).then_some(area),
                    locked: area != UNASSIGNED
                        && (unit.locked || healed.areas[area as usize].locked),
                    ..unit.clone()
                }
            })
            .collect();
        let graph = UnitGraph::new(units, ground.graph.edges().to_vec());
        Anew {
            redraw: self,
            settings: ground.settings.clone(),
            // Nothing that is checked has changed.
            graph: graph.unwrap_or_else(|_| ground.graph.clone()),
            healed,
        }
    }

    /// The moves that make a plan of this one that counts its areas alike.
    fn moves_to_numbers(&self, plan: &[u32]) -> Vec<(u32, u32)> {
        let both = self.area_of.iter().zip(plan).zip(0u32..);
        both.filter(|((old, new), _)| old != new)
            .map(|((_, &new), unit)| (unit, new))
            .collect()
    }

    /// The moves that make a plan of this one; areas without ancestor take numbers that fall free, then new ones.
    fn moves_to(&self, plan: &[u32]) -> Vec<(u32, u32)> {
        let units = || self.area_of.iter().zip(plan).zip(0u32..);
        let both =
            units()
                .filter(|((old, _), _)| **old != UNASSIGNED)
                .map(|((&old, &new), unit)| Common {
                    old,
                    new,
                    households: u64::from(self.ground.households(unit)),
                    locked: self.areas[old as usize].locked
                        || self.ground.graph.units()[unit as usize].locked,
                });
        let heirs = heirs_with_locks(both);
        let count = plan.iter().max().map_or(0, |&area| area as usize + 1);
        let mut number = vec![UNASSIGNED; count];
        for (&old, &new) in &heirs {
            number[new as usize] = old;
        }
        let mut free = (0u32..).filter(|area| {
            let locked = self.areas.get(*area as usize).is_some_and(|own| own.locked);
            !locked && !heirs.contains_key(area)
        });
        for slot in number.iter_mut().filter(|slot| **slot == UNASSIGNED) {
            *slot = free.next().unwrap_or(UNASSIGNED);
        }
        // New numbers must come up in ascending order.
        let mut moves: Vec<(u32, u32)> = units()
            .map(|((&old, &new), unit)| (unit, old, number[new as usize]))
            .filter(|&(_, old, new)| old != new)
            .map(|(unit, _, new)| (unit, new))
            .collect();
        moves.sort_unstable_by_key(|&(unit, area)| (area, unit));
        moves
    }
}
