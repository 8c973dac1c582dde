//! Healing: every stray piece of an area, and every unassigned part, goes to the neighbour it suits best.
//!
//! Invariant: no area gains a piece; locked areas and units are left alone.

use super::{Redraw, UNASSIGNED};

impl Redraw {
    /// The moves that heal, smallest piece first; not yet applied.
    ///
    /// The piece of an area with most households (then most units, then the first) stays. A piece goes to the
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

    /// The smallest stray piece that has somewhere to go.
    fn next_to_heal(&self) -> Option<(Vec<u32>, u32)> {
        let load = |units: &[u32]| {
            units
                .iter()
                .map(|&u| self.ground.households(u))
                .sum::<u64>()
        };
        let mut pieces: Vec<(u64, Vec<u32>, u32)> = Vec::new();
        let unassigned: Vec<u32> = (0u32..)
            .zip(&self.area_of)
            .filter(|&(_, &area)| area == UNASSIGNED)
            .map(|(unit, _)| unit)
            .collect();
        for piece in self.components(&unassigned) {
            pieces.push((load(&piece), piece, UNASSIGNED));
        }
        for (number, area) in (0u32..).zip(&self.areas) {
            if area.pieces < 2 || area.locked {
                continue;
            }
            let mut own = self.components(&area.units);
            own.sort_by_key(|piece| {
                (
                    std::cmp::Reverse((load(piece), piece.len())),
                    piece.first().copied(),
                )
            });
            let strays = own.into_iter().skip(1);
            pieces.extend(strays.map(|piece| (load(&piece), piece, number)));
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
        let extra: u64 = piece.iter().map(|&unit| self.ground.households(unit)).sum();
        self.areas_beside(piece, own)
            .into_iter()
            .filter(|&area| !self.areas[area as usize].locked)
            .min_by_key(|&area| (self.deviation_with(area, extra as i64), area))
    }
}
