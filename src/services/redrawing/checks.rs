//! What is wrong with a stored plan, counted as the page counts it (`web/core/draft/findings.ts`).

use super::Opened;
use crate::districting::Compounds;
use crate::districting::redraw::UNASSIGNED;
use crate::domain::PlanCheck;
use crate::services::error::Result;
use std::collections::{BTreeMap, HashSet};

impl Opened {
    /// How often each check finds something.
    ///
    /// # Errors
    /// `NotFound` when the plan is gone.
    pub fn check_counts(&self) -> Result<BTreeMap<PlanCheck, u32>> {
        let found = self.found()?;
        let (redraw, ground) = (&self.start, self.start.ground());
        let areas: Vec<_> = (0..found.areas.len() as u32)
            .filter_map(|area| redraw.area(area))
            .collect();
        let unassigned = redraw
            .area_of()
            .iter()
            .zip(0u32..)
            .filter(|(area, unit)| **area == UNASSIGNED && ground.households(*unit) > 0)
            .count();
        let nobody = areas.iter().filter(|area| {
            let at = area.area as usize;
            area.units > 0 && found.active_keepers(&self.picture, at).next().is_none()
        });
        let of_areas = |wrong: &dyn Fn(&crate::districting::redraw::AreaState) -> bool| {
            areas.iter().filter(|area| wrong(area)).count()
        };
        Ok(BTreeMap::from([
            (PlanCheck::Unassigned, unassigned as u32),
            (
                PlanCheck::Disconnected,
                of_areas(&|area| area.pieces > 1) as u32,
            ),
            (
                PlanCheck::CrossesBarrier,
                of_areas(&|area| area.crosses_zones) as u32,
            ),
            (
                PlanCheck::OutOfBand,
                of_areas(&|area| area.units > 0 && area.out_of_band) as u32,
            ),
            (PlanCheck::NobodyResponsible, nobody.count() as u32),
            (PlanCheck::SplitsCompound, self.split_compounds()),
            (
                PlanCheck::EmptyArea,
                of_areas(&|area| area.units == 0) as u32,
            ),
        ]))
    }

    /// Compounds in more areas than their load needs: one heavier than an area may be has to be cut.
    fn split_compounds(&self) -> u32 {
        let ground = self.start.ground();
        let settings = ground.settings();
        if settings.compounds == Compounds::Free {
            return 0;
        }
        let most = u64::from(settings.target_households) * (10_000 + u64::from(settings.band_bp));
        let units = ground.graph().units();
        let split = (0..units.len() as u32).filter(|&unit| {
            let compound = ground.compound_of(unit);
            if compound.first() != Some(&unit) {
                return false;
            }
            let load: u64 = compound
                .iter()
                .map(|&unit| u64::from(units[unit as usize].households))
                .sum();
            let areas: HashSet<u32> = compound
                .iter()
                .map(|&unit| self.start.area_of()[unit as usize])
                .filter(|&area| area != UNASSIGNED)
                .collect();
            areas.len() as u64 > (load * 10_000).div_ceil(most.max(1)).max(1)
        });
        split.count() as u32
    }
}
