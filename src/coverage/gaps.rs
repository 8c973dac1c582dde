//! One reason for each building, and what a compound makes of its buildings.
//!
//! * 未划片: the building is in no area of the plan in force.
//! * 缺人: its area has fewer keepers than seats. Where a compound lacks keepers by the quota though none of its areas
//!   lacks one, the lack is nowhere in particular: all its buildings are short.
//! * 久未巡: no visit for more than so many days, or none at all. Where nobody records visits, nothing is said.
//! * 太远: the nearest of the keepers who serve it lives farther on foot than the limit. Where a home is not known,
//!   nothing is said.
//!
//! Households of a reason are those not served: all of a building, or, where a short area has some keepers, the share
//! beyond what these can serve. Invariant: the first reason that is asked and holds is the only one; unknown households
//! add to no sum and are counted beside.

use super::catchments::Way;
use crate::domain::GapReason;

/// No compound, no area.
pub const NONE: u32 = u32::MAX;

/// A building, or a compound whose buildings are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitFacts {
    /// Its compound; [`NONE`] without one.
    pub compound: u32,
    /// Its area of the plan in force; [`NONE`] for none.
    pub area: u32,
    /// Its households; `None` when not known.
    pub households: Option<u32>,
}

/// Who serves an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AreaStaff {
    /// Keepers that it needs.
    pub seats: u32,
    /// Keepers in post.
    pub filled: u32,
    /// Households that one keeper serves.
    pub per_keeper: u32,
}

impl AreaStaff {
    const fn is_short(self) -> bool {
        self.filled < self.seats
    }
}

/// What the quota says of a compound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompoundNeed {
    /// Households; `None` when not known.
    pub households: Option<u32>,
    /// Missing keepers; `None` when households are not known.
    pub short: Option<u32>,
    /// Households beyond what its keepers can serve.
    pub uncovered: Option<u32>,
}

/// Which reasons are looked for, and with which limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// 未划片.
    pub unassigned: bool,
    /// 缺人.
    pub unstaffed: bool,
    /// 久未巡: days without a visit that are still well; `None`: not asked.
    pub unvisited_days: Option<u32>,
    /// 太远: decimetres on foot that are still well; `None`: not asked.
    pub too_far_dm: Option<u32>,
}

/// What has one reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReasonSum {
    /// Buildings.
    pub units: u32,
    /// Households not served, of those known.
    pub households: u64,
    /// Buildings whose households are not known.
    pub unknown_units: u32,
}

/// What a compound makes of its buildings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CompoundGap {
    /// Buildings in all.
    pub units: u32,
    /// Households of the buildings whose households are known.
    pub known_households: u64,
    /// By reason, in the order of [`GapReason::ALL`].
    pub by_reason: [ReasonSum; 4],
    /// The reason with most households; without known ones, with most buildings.
    pub reason: Option<GapReason>,
    /// Longest way to a keeper who serves, decimetres, of the buildings for which it is known.
    pub farthest_dm: Option<u32>,
    /// Some building lies beyond what is looked at.
    pub beyond: bool,
    /// Most days since the last visit.
    pub longest_days: Option<u32>,
    /// Some building was never visited though visits are recorded.
    pub never: bool,
}

impl CompoundGap {
    /// What has one reason.
    pub fn of(&self, reason: GapReason) -> &ReasonSum {
        &self.by_reason[reason as usize]
    }

    /// Households not served, for whichever reason.
    pub fn households(&self) -> u64 {
        self.by_reason.iter().map(|sum| sum.households).sum()
    }

    fn note(&mut self, reason: Option<GapReason>, households: Option<u64>) {
        self.units += 1;
        let Some(reason) = reason else { return };
        let sum = &mut self.by_reason[reason as usize];
        sum.units += 1;
        match households {
            Some(households) => sum.households += households,
            None => sum.unknown_units += 1,
        }
    }

    fn settle(&mut self) {
        let weight = |reason: &&GapReason| {
            let sum = self.of(**reason);
            let units = if sum.households == 0 { sum.units } else { 0 };
            // The earlier reason of equals.
            (sum.households, units, std::cmp::Reverse(**reason))
        };
        self.reason = GapReason::ALL
            .iter()
            .filter(|reason| self.of(**reason).units > 0)
            .max_by_key(weight)
            .copied();
    }
}

/// The map of gaps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gaps {
    /// The reason of each unit.
    pub reason: Vec<Option<GapReason>>,
    /// Each compound.
    pub compounds: Vec<CompoundGap>,
    /// Units without a compound, together.
    pub loose: CompoundGap,
}

/// Finds the reason of every unit. `days` since the last visit: `None` while nobody records visits; `ways` as
/// [`super::Catchments::ways`] gives them.
pub fn gaps(
    units: &[UnitFacts],
    areas: &[AreaStaff],
    compounds: &[CompoundNeed],
    days: Option<&[Option<u32>]>,
    ways: &[Way],
    asked: &Asked,
) -> Gaps {
    let mut area_households = vec![0u64; areas.len()];
    let mut has_short_area = vec![false; compounds.len()];
    for unit in units {
        let Some(area) = areas.get(unit.area as usize) else {
            continue;
        };
        area_households[unit.area as usize] += u64::from(unit.households.unwrap_or(0));
        if let Some(short) = has_short_area.get_mut(unit.compound as usize) {
            *short |= area.is_short();
        }
    }
    let mut found = Gaps {
        reason: Vec::with_capacity(units.len()),
        compounds: vec![CompoundGap::default(); compounds.len()],
        loose: CompoundGap::default(),
    };
    for (at, unit) in units.iter().enumerate() {
        let area = areas.get(unit.area as usize);
        let need = compounds.get(unit.compound as usize);
        let since = days.and_then(|days| days.get(at).copied().flatten());
        let way = ways.get(at).copied().unwrap_or(Way::Unknown);
        let households = unit.households.map(u64::from);
        let short_area = area.filter(|area| area.is_short());
        let short_compound = need.filter(|need| {
            need.short.is_some_and(|short| short > 0) && !has_short_area[unit.compound as usize]
        });
        let (reason, lacking) = if asked.unassigned && area.is_none() {
            (Some(GapReason::Unassigned), households)
        } else if asked.unstaffed && area.is_some() && short_area.is_some() {
            let all = area_households[unit.area as usize];
            let served = short_area.map_or(0, |area| {
                u64::from(area.filled) * u64::from(area.per_keeper)
            });
            let lacking = households.map(|h| share(h, all.saturating_sub(served), all));
            (Some(GapReason::Unstaffed), lacking)
        } else if asked.unstaffed && area.is_some() && short_compound.is_some() {
            let lacking = households.map(|h| {
                short_compound.map_or(h, |need| {
                    let all = u64::from(need.households.unwrap_or(0));
                    share(h, u64::from(need.uncovered.unwrap_or(0)), all)
                })
            });
            (Some(GapReason::Unstaffed), lacking)
        } else if asked
            .unvisited_days
            .is_some_and(|limit| days.is_some() && since.is_none_or(|days| days > limit))
        {
            (Some(GapReason::Unvisited), households)
        } else if asked.too_far_dm.is_some_and(|limit| way.is_beyond(limit)) {
            (Some(GapReason::TooFar), households)
        } else {
            (None, None)
        };
        found.reason.push(reason);
        let gap = found
            .compounds
            .get_mut(unit.compound as usize)
            .unwrap_or(&mut found.loose);
        gap.known_households += households.unwrap_or(0);
        gap.note(reason, lacking);
        gap.farthest_dm = gap.farthest_dm.max(way.dm());
        gap.beyond |= way == Way::Beyond;
        gap.longest_days = gap.longest_days.max(since);
        gap.never |= days.is_some() && since.is_none();
    }
    found.compounds.iter_mut().for_each(CompoundGap::settle);
    found.loose.settle();
    found
}

/// `part` of `whole` of `n`, rounded half up; nothing of nothing.
fn share(n: u64, part: u64, whole: u64) -> u64 {
    if whole == 0 {
        return 0;
    }
    let product = u128::from(n) * u128::from(part.min(whole)) * 2 + u128::from(whole);
    u64::try_from(product / (u128::from(whole) * 2)).unwrap_or(n)
}

/// How bad it is: 0 below 10 % of the households not served, 1 below 30 %, 2 below 60 %, 3 below 90 %, else 4; `None`
/// without known households.
pub fn level_of(not_served: u64, households: u64) -> Option<u8> {
    let all = (households > 0).then_some(households)?;
    let steps = [10, 30, 60, 90];
    let reached = steps
        .iter()
        .filter(|step| not_served * 100 >= **step * all)
        .count();
    Some(reached as u8)
}

#[cfg(test)]
#[path = "gaps_tests.rs"]
mod tests;
