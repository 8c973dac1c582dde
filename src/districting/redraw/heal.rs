//! Healing: every stray piece of an area, and every unassigned part, goes to the neighbour it suits best.
//!
//! Invariant: no area gains a piece; locked areas and units are left alone.

use std::cmp::Reverse;

use super::{Redraw, UNASSIGNED};

impl Redraw {
    /// The moves that heal, smallest piece first; not yet applied.
    ///
    /// The piece of an area with most load (then most units, then the first) stays. A piece goes to the
    /// neighbouring area whose deviation is lowest afterwards (then to the lowest number). What has no neighbour
    /// stays as it is.
    pub fn heal(&self) -> Vec<(u32, u32)> {
        let mut healed = self.clone();
        let mut moves = Vec::new();
        while let Some((piece, to)) = healed.next_to_heal() {
            let step: Vec<(u32, u32)> = piece.into_iter().map(|unit| (unit, to)).collect();
            if healed.apply(&step).is_err() {
                break;
            }
            moves.extend(step);
        }
        moves
    }

    /// The pieces of an area but its main one: that with most load, then most units, then the first.
    pub(in super::super) fn stray_pieces(&self, area: u32) -> Vec<Vec<u32>> {
        let own = &self.areas[area as usize];
        if own.pieces < 2 {
            return Vec::new();
        }
        let mut pieces = self.components(&own.units);
        let rank = |piece: &Vec<u32>| (Reverse((self.load(piece), piece.len())), piece[0]);
        pieces.sort_by_key(rank);
        pieces.split_off(1)
    }

    fn load(&self, units: &[u32]) -> u64 {
        units.iter().map(|&unit| self.ground.load(unit)).sum()
    }

    /// The smallest stray piece that has somewhere to go.
    fn next_to_heal(&self) -> Option<(Vec<u32>, u32)> {
        let mut pieces: Vec<(u64, Vec<u32>, u32)> = Vec::new();
        let unassigned: Vec<u32> = (0u32..)
            .zip(&self.area_of)
            .filter(|&(_, &area)| area == UNASSIGNED)
            .map(|(unit, _)| unit)
            .collect();
        for piece in self.components(&unassigned) {
            pieces.push((self.load(&piece), piece, UNASSIGNED));
        }
        for area in (0..self.areas.len() as u32).filter(|&a| !self.areas[a as usize].locked) {
            let strays = self.stray_pieces(area).into_iter();
            pieces.extend(strays.map(|piece| (self.load(&piece), piece, area)));
        }
        pieces.sort();
        pieces
            .into_iter()
            .find_map(|(_, piece, own)| Some((self.best_host(&piece, own)?, piece)))
            .map(|(to, piece)| (piece, to))
    }

    /// The neighbouring area that a piece suits best.
    fn best_host(&self, piece: &[u32], own: u32) -> Option<u32> {
        let units = self.ground.graph.units();
        if piece.iter().any(|&unit| units[unit as usize].locked) {
            return None;
        }
        let extra = self.load(piece) as i64;
        self.areas_beside(piece, own)
            .into_iter()
            .filter(|&area| !self.areas[area as usize].locked)
            .min_by_key(|&area| (self.deviation_with(area, extra), area))
    }
}
