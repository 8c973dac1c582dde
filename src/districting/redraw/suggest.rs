//! The best next moves: what brings two areas nearer to their mean for few households changing keeper.
//!
//! Invariant: a suggestion, applied, leaves no area in more pieces, empties none and moves nothing locked; where
//! compounds count, it puts no compound into more areas.

use super::super::figures::deviation_bp;
use super::super::settings::Compounds;
use super::{Redraw, UNASSIGNED};

/// A move worth making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// A unit, or the part of a compound that lies in one area; ascending.
    pub units: Vec<u32>,
    /// Their area, or [`UNASSIGNED`].
    pub from: u32,
    /// The area they go to.
    pub to: u32,
    /// (|deviation| before − after, both areas, in thousandths of a basis point) − price · households changing keeper.
    pub gain: i64,
    /// Deviation of the first area before and after, in basis points; 0 for unassigned units.
    pub from_bp: [i32; 2],
    /// Deviation of the second area before and after, in basis points.
    pub to_bp: [i32; 2],
    /// Households that change keeper by it, against the baseline; negative if they return.
    pub changed_households: i64,
}

impl Redraw {
    /// The best moves, at most `limit`: those of unassigned units first, then by gain, then the lowest unit.
    ///
    /// `price` is what one household changing keeper costs, in thousandths of a basis point of deviation. Areas of
    /// heavy units and areas across zones take no part. O(border units · units of an area).
    pub fn best_moves(&self, price: i64, limit: usize) -> Vec<Suggestion> {
        let mut found: Vec<Suggestion> = Vec::new();
        for unit in 0..self.area_of.len() as u32 {
            self.suggest(vec![unit], price, &mut found);
            if let Some(block) = self.block_from(unit) {
                self.suggest(block, price, &mut found);
            }
        }
        let rank = |s: &Suggestion| {
            (
                s.from != UNASSIGNED,
                -s.gain,
                s.units[0],
                s.units.len(),
                s.to,
            )
        };
        found.sort_by_key(rank);
        let mut kept: Vec<Suggestion> = Vec::new();
        for suggestion in found {
            if kept.len() == limit {
                break;
            }
            if self.keeps_pieces(&suggestion) {
                kept.push(suggestion);
            }
        }
        kept
    }

    /// All units of the unit's compound that lie in its area, if it is the first of several of them.
    fn block_from(&self, unit: u32) -> Option<Vec<u32>> {
        let ground = &self.ground;
        let group = ground.group[unit as usize];
        if group == UNASSIGNED || ground.settings.compounds == Compounds::Free {
            return None;
        }
        let own = self.area_of[unit as usize];
        let block: Vec<u32> = ground.group_units[group as usize]
            .iter()
            .copied()
            .filter(|&other| self.area_of[other as usize] == own)
            .collect();
        (block.len() > 1 && block[0] == unit).then_some(block)
    }

    /// Adds every move of the block to a neighbouring area that gains something.
    fn suggest(&self, block: Vec<u32>, price: i64, found: &mut Vec<Suggestion>) {
        let units = self.ground.graph.units();
        let from = self.area_of[block[0] as usize];
        let part = self.ground.part[block[0] as usize];
        let inside = |units: &[u32]| units.iter().all(|&u| self.ground.part[u as usize] == part);
        if block.iter().any(|&unit| units[unit as usize].locked) || !inside(&block) {
            return;
        }
        let open = |area: u32| {
            let own = &self.areas[area as usize];
            !own.locked && own.heavy == 0 && inside(&own.units)
        };
        if from != UNASSIGNED
            && (!open(from) || self.areas[from as usize].units.len() == block.len())
        {
            return;
        }
        let load: u64 = block.iter().map(|&unit| self.ground.load(unit)).sum();
        let load = load as i64;
        let now = |area: u32| self.deviation_with(area, 0);
        for to in self.areas_beside(&block, from) {
            if !open(to) {
                continue;
            }
            let to_bp = [now(to).1, self.deviation_with(to, load).1];
            let from_bp = if from == UNASSIGNED {
                [0, 0]
            } else {
                [now(from).1, self.deviation_with(from, -load).1]
            };
            let change =
                |&unit: &u32| self.change(unit, to) as i64 - self.change(unit, from) as i64;
            let changed_households: i64 = block.iter().map(change).sum();
            let closer = |bp: [i32; 2]| i64::from(bp[0].abs()) - i64::from(bp[1].abs());
            let gain = (closer(from_bp) + closer(to_bp)) * 1000 - price * changed_households;
            if from != UNASSIGNED && (gain <= 0 || self.parts_compound(&block, from, to)) {
                continue;
            }
            found.push(Suggestion {
                units: block.clone(),
                from,
                to,
                gain,
                from_bp,
                to_bp,
                changed_households,
            });
        }
    }

    /// Would the compound of the block lie in one more area?
    fn parts_compound(&self, block: &[u32], from: u32, to: u32) -> bool {
        let group = self.ground.group[block[0] as usize];
        if group == UNASSIGNED || self.ground.settings.compounds == Compounds::Free {
            return false;
        }
        let members = &self.ground.group_units[group as usize];
        let count = |area: u32| {
            let inside = members
                .iter()
                .filter(|&&u| self.area_of[u as usize] == area);
            inside.count()
        };
        count(to) == 0 && count(from) > block.len()
    }

    /// Would neither area be in more pieces than now?
    fn keeps_pieces(&self, suggestion: &Suggestion) -> bool {
        let mut joined = self.areas[suggestion.to as usize].units.clone();
        joined.extend(&suggestion.units);
        joined.sort_unstable();
        if self.components(&joined).len() as u32 > self.areas[suggestion.to as usize].pieces {
            return false;
        }
        if suggestion.from == UNASSIGNED {
            return true;
        }
        let own = &self.areas[suggestion.from as usize];
        let left: Vec<u32> = own
            .units
            .iter()
            .copied()
            .filter(|unit| suggestion.units.binary_search(unit).is_err())
            .collect();
        self.components(&left).len() as u32 <= own.pieces
    }

    /// An area's deviation in basis points with so much load more, absolute and signed; the mean stays.
    pub(super) fn deviation_with(&self, area: u32, extra: i64) -> (u32, i32) {
        let Some(state) = self.area(area) else {
            return (u32::MAX, 0);
        };
        let pair = u64::from(self.ground.settings.pair());
        let load = state.load.saturating_add_signed(extra);
        let mean = state.target_milli.saturating_mul(u64::from(state.seats));
        let bp = deviation_bp(load * pair, mean);
        (bp.unsigned_abs(), bp)
    }
}
