//! The last seven days of the figures of the first screen, from what has dates: appointments and plans.
//!
//! Households and requirements have no dates; they are those of today on every day. Invariant: the last day is computed
//! as all the others are, so a line ends at the figure above it.

use super::picture::{Picture, PlanPicture};
use crate::domain::{AppointmentKind, CompoundId, Coverage, RegionCode, RegionLevel};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::HashMap;

/// A day: its date, and the instant that it ended, or now.
pub type Day = (NaiveDate, DateTime<Utc>);

/// Figures by day, oldest first; `None` where there was nothing to count.
#[derive(Debug, Default, PartialEq)]
pub struct Week {
    /// Coverage, per cent.
    pub coverage: Vec<Option<f64>>,
    /// Areas with fewer keepers than seats.
    pub short_areas: Vec<Option<f64>>,
    /// Areas out of their band.
    pub out_of_band: Vec<Option<f64>>,
}

/// Coverage in per cent; `None` when nothing is required.
pub fn per_cent(coverage: &Coverage) -> Option<f64> {
    (coverage.required > 0).then(|| 100.0 * coverage.filled as f64 / coverage.required as f64)
}

fn coverage_on(picture: &Picture, region: RegionCode, day: NaiveDate) -> Option<f64> {
    // Full-time and part-time, by compound.
    let mut in_post: HashMap<CompoundId, [u32; 2]> = HashMap::new();
    for one in picture.appointments.iter().filter(|one| one.active_on(day)) {
        if let Some(compound) = one.compound {
            let part_time = usize::from(one.kind == AppointmentKind::PartTime);
            in_post.entry(compound).or_default()[part_time] += 1;
        }
    }
    let inside = picture
        .quotas
        .iter()
        .filter(|quota| region.contains(quota.community));
    let then: Vec<_> = inside
        .map(|quota| {
            let mut quota = quota.clone();
            let [full, part] = in_post.get(&quota.id).copied().unwrap_or_default();
            let counts = picture.policy_at(quota.community).part_time_counts;
            quota.in_post = full;
            quota.part_time = part;
            quota.counted = full + if counts { part } else { 0 };
            quota
        })
        .collect();
    per_cent(&Coverage::sum(&then))
}

fn areas_on(
    plan: Option<&PlanPicture>,
    region: RegionCode,
    which: impl Fn(&PlanPicture, usize) -> bool,
) -> Option<f64> {
    let plan = plan?;
    let inside = plan.areas.iter().enumerate();
    let inside = inside.filter(|(_, area)| region.contains(area.community));
    Some(inside.filter(|(at, _)| which(plan, *at)).count() as f64)
}

/// Areas of a region with fewer keepers on a day than seats.
pub fn short_areas(
    picture: &Picture,
    plan: Option<&PlanPicture>,
    region: RegionCode,
    day: NaiveDate,
) -> Option<f64> {
    areas_on(plan, region, |plan, at| {
        plan.keepers_on(picture, at, day).count() < plan.areas[at].seats as usize
    })
}

/// Areas of a region out of their band.
pub fn out_of_band(plan: Option<&PlanPicture>, region: RegionCode) -> Option<f64> {
    areas_on(plan, region, |plan, at| plan.areas[at].out_of_band)
}

/// The figures of some days in a region.
pub fn week(picture: &Picture, region: RegionCode, days: &[Day]) -> Week {
    let street = region.at_level(RegionLevel::Street);
    let plan_at = |at: DateTime<Utc>| {
        let mut plans = picture.plans.iter();
        plans.find(|plan| Some(plan.plan.street) == street && plan.plan.in_force_at(at))
    };
    let mut week = Week::default();
    for &(day, end) in days {
        let plan = plan_at(end);
        week.coverage.push(coverage_on(picture, region, day));
        week.short_areas
            .push(short_areas(picture, plan, region, day));
        week.out_of_band.push(out_of_band(plan, region));
    }
    week
}
