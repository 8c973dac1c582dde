//! The whole plan drawn anew in three ways, as moves from what is there.
//!
//! Invariant: locked areas keep their units, and areas keep the numbers of those they continue.

use super::super::alternatives::{Alternative, alternatives};
use super::super::heirs::heirs;
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

impl Redraw {
    /// Most balanced, most compact, and (where nothing is unassigned) fewest changes; `effort` in iterations per unit.
    pub fn draw_anew(&self, seed: u64, effort: u64, progress: &dyn Progress) -> Vec<DrawnAnew> {
        let units: Vec<Unit> = self
            .ground
            .graph
            .units()
            .iter()
            .zip(&self.area_of)
            .map(|(unit, &area)| Unit {
                current: (area != UNASSIGNED).then_some(area),
                locked: area != UNASSIGNED && (unit.locked || self.areas[area as usize].locked),
                ..unit.clone()
            })
            .collect();
        let Ok(graph) = UnitGraph::new(units, self.ground.graph.edges().to_vec()) else {
            return Vec::new(); // cannot be: the graph was checked
        };
        let settings = Settings {
            effort,
            ..self.ground.settings.clone()
        };
        alternatives(&graph, &settings, seed, progress)
            .into_iter()
            .map(|(alternative, outcome)| DrawnAnew {
                alternative,
                moves: self.moves_to(&outcome.area_of),
                rms_radius_dm: outcome.figures.rms_radius_dm,
            })
            .collect()
    }

    /// The moves that make a plan of this one; areas without ancestor take numbers that fall free, then new ones.
    fn moves_to(&self, plan: &[u32]) -> Vec<(u32, u32)> {
        let units = || self.area_of.iter().zip(plan).zip(0u32..);
        let both = units()
            .filter(|((old, _), _)| **old != UNASSIGNED)
            .map(|((&old, &new), unit)| (old, new, self.ground.households(unit)));
        let heirs = heirs(both);
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
