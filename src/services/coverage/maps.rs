//! The map of gaps: compounds ranked, buildings, totals.

use super::super::picture::Picture;
use super::super::{quota_policies, regions, units};
use super::View;
use super::ground::{Staffed, community_of};
use super::sentences::{Said, of_compound};
use super::views::{
    GapBuilding, GapBuildings, GapItem, GapsView, ReasonHouseholds, ReasonTotal, ReasonTotals,
};
use crate::coverage::{ACCESS_SCALE, CompoundGap, Gaps, gaps, level_of, minutes};
use crate::domain::{CompoundQuota, GapReason};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

/// Households to which the accessibility refers.
const PER_HOUSEHOLDS: u64 = 500;

/// What the figures of compounds are made of: as things are, or with pins.
pub(super) struct Standing<'a> {
    pub quotas: &'a [CompoundQuota],
    pub gaps: &'a Gaps,
    /// Compounds by place: labels of their areas without any keeper.
    pub empty_areas: &'a HashMap<usize, Vec<String>>,
    /// Keepers per household by node.
    pub access: &'a [u64],
    /// Whether any home is known.
    pub homes: bool,
}

/// Labels of the areas without any keeper, by compound.
pub(super) fn empty_areas(
    staffed: &Staffed,
    filled: impl Fn(usize) -> u32,
) -> HashMap<usize, Vec<String>> {
    let mut by_compound: HashMap<usize, BTreeSet<&str>> = HashMap::new();
    for (at, area) in staffed.areas.iter().enumerate() {
        if staffed.staff[at].seats == 0 || filled(at) > 0 {
            continue;
        }
        for node in &area.nodes {
            if let Some(compound) = staffed.ground.nodes[*node as usize].compound {
                by_compound.entry(compound).or_default().insert(&area.label);
            }
        }
    }
    by_compound
        .into_iter()
        .map(|(compound, labels)| {
            let mut labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
            labels.sort_by_key(|label| (label.len(), label.clone()));
            (compound, labels)
        })
        .collect()
}

impl View {
    /// The reasons as things are.
    pub(super) fn gaps(&self) -> Gaps {
        gaps(
            &self.staffed.units,
            &self.staffed.staff,
            &self.staffed.needs,
            self.days.as_deref(),
            &self.staffed.ways,
            &self.asked,
        )
    }

    /// Places of the compounds of the region.
    pub(super) fn compounds(&self) -> impl Iterator<Item = usize> + '_ {
        let compounds = self.picture.compounds.iter().enumerate();
        compounds
            .filter(|(_, compound)| self.region.contains(compound.community))
            .map(|(at, _)| at)
    }

    /// The map of gaps.
    pub(super) fn map(&self) -> GapsView {
        let found = self.gaps();
        let (totals, gap_households) = self.totals(&found);
        let empty = empty_areas(&self.staffed, |at| self.staffed.staff[at].filled);
        let standing = Standing {
            quotas: &self.picture.quotas,
            gaps: &found,
            empty_areas: &empty,
            access: &self.access,
            homes: self.staffed.homes_known > 0,
        };
        let below = self.settings.coverage_below_bp;
        let above = self.settings.households_above;
        let listed = |at: &usize| {
            let quota = &self.picture.quotas[*at];
            below.is_none_or(|below| quota.coverage_bp.is_some_and(|bp| bp < below))
                && above.is_none_or(|above| quota.households.is_some_and(|n| n > above))
        };
        let mut items: Vec<GapItem> = self
            .compounds()
            .filter(listed)
            .map(|at| self.item(at, &standing))
            .collect();
        items.sort_by(|a, b| {
            let key = |item: &GapItem| {
                (
                    Reverse(item.gap_households),
                    Reverse(item.short),
                    Reverse(item.unknown_buildings),
                )
            };
            key(a)
                .cmp(&key(b))
                .then_with(|| a.name.cmp(&b.name))
                .then(a.id.cmp(&b.id))
        });
        let coverage = regions::coverage_view(&self.picture, self.region);
        GapsView {
            as_of: self.picture.today,
            scope: self.region.to_string(),
            scope_name: self.picture.region_name(self.region),
            n: coverage.n,
            policy: quota_policies::in_force(&self.picture, self.region),
            settings: self.settings.clone(),
            data_version: self.picture.version,
            unknown_compounds: coverage.unknown_compounds,
            coverage,
            totals,
            gap_households,
            items,
        }
    }

    /// By reason, over the compounds of the region and its buildings without a compound.
    pub(super) fn totals(&self, found: &Gaps) -> (ReasonTotals, u64) {
        let mut totals = ReasonTotals::default();
        let mut add = |gap: &CompoundGap| {
            for reason in GapReason::ALL {
                let sum = gap.of(*reason);
                let total = total_of(&mut totals, *reason);
                total.compounds += u64::from(gap.reason == Some(*reason));
                total.buildings += u64::from(sum.units);
                total.households += sum.households;
                total.unknown_buildings += u64::from(sum.unknown_units);
            }
        };
        for at in self.compounds() {
            add(&found.compounds[at]);
        }
        for (unit, node) in self.staffed.ground.nodes.iter().enumerate() {
            let inside = node.compound.is_none()
                && community_of(&self.picture, node).is_some_and(|code| self.region.contains(code));
            if let Some(reason) = found.reason[unit].filter(|_| inside) {
                let total = total_of(&mut totals, reason);
                total.buildings += 1;
                match self.staffed.units[unit].households {
                    Some(households) => total.households += u64::from(households),
                    None => total.unknown_buildings += 1,
                }
            }
        }
        let households = [
            totals.unassigned,
            totals.unstaffed,
            totals.unvisited,
            totals.too_far,
        ];
        let sum = households.iter().map(|total| total.households).sum();
        (totals, sum)
    }

    /// One compound.
    pub(super) fn item(&self, at: usize, standing: &Standing<'_>) -> GapItem {
        let picture: &Picture = &self.picture;
        let compound = &picture.compounds[at];
        let quota = &standing.quotas[at];
        let gap = &standing.gaps.compounds[at];
        let none = Vec::new();
        let said = Said {
            gap,
            quota,
            empty_areas: standing.empty_areas.get(&at).unwrap_or(&none),
            speed_m_per_min: self.settings.walking_m_per_min,
            unvisited_days: self.settings.unvisited_days,
            too_far_minutes: self.settings.too_far_minutes,
        };
        GapItem {
            id: compound.id.uuid(),
            code: compound.code.clone().unwrap_or_default(),
            name: compound.name.clone(),
            community: compound.community.to_string(),
            community_name: picture.region_name(compound.community),
            households: quota.households,
            estimated: quota.estimated,
            required: quota.required,
            in_post: quota.in_post,
            part_time: quota.part_time,
            counted: quota.counted,
            short: quota.short,
            coverage_bp: quota.coverage_bp,
            uncovered_households: quota.uncovered,
            reason: gap.reason.map(|reason| reason.to_string()),
            reason_households: ReasonHouseholds {
                unassigned: gap.of(GapReason::Unassigned).households,
                unstaffed: gap.of(GapReason::Unstaffed).households,
                unvisited: gap.of(GapReason::Unvisited).households,
                too_far: gap.of(GapReason::TooFar).households,
            },
            gap_households: gap.households(),
            unknown_buildings: gap.by_reason.iter().map(|sum| sum.unknown_units).sum(),
            level: level_of(gap.households(), gap.known_households),
            accessibility_milli: standing
                .homes
                .then(|| self.accessibility(at, standing.access))
                .flatten(),
            minutes: gap
                .farthest_dm
                .map(|dm| minutes(dm, self.settings.walking_m_per_min)),
            beyond: gap.beyond,
            days_since_visit: gap.longest_days,
            sentence: of_compound(&said),
            centroid: units::centroid(&compound.geometry),
        }
    }

    /// Keepers per 500 households, in thousandths, mean over the households of a compound.
    fn accessibility(&self, at: usize, access: &[u64]) -> Option<u64> {
        let nodes = self.staffed.ground.nodes_of(self.picture.compounds[at].id);
        let (mut sum, mut all) = (0u128, 0u128);
        for node in nodes {
            let households = u128::from(self.staffed.households[*node as usize].unwrap_or(0));
            sum += households * u128::from(access[*node as usize]);
            all += households;
        }
        let per = u128::from(PER_HOUSEHOLDS) * 1000;
        let milli = (sum * per).checked_div(all * u128::from(ACCESS_SCALE))?;
        u64::try_from(milli).ok()
    }

    /// The buildings of the region.
    pub(super) fn buildings(&self) -> GapBuildings {
        let found = self.gaps();
        let picture = &self.picture;
        let items = self
            .staffed
            .ground
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| {
                community_of(picture, node).is_some_and(|code| self.region.contains(code))
            })
            .filter_map(|(unit, node)| {
                let compound = node.compound.map(|at| picture.compounds[at].id.uuid());
                let building = node.building.map(|at| picture.buildings[at].id.uuid());
                Some(GapBuilding {
                    id: building.or(compound)?,
                    compound,
                    reason: found.reason[unit].map(|reason| reason.to_string()),
                    minutes: self.staffed.ways[unit]
                        .dm()
                        .map(|dm| minutes(dm, self.settings.walking_m_per_min)),
                    days_since_visit: self.days.as_ref().and_then(|days| days[unit]),
                })
            })
            .collect();
        GapBuildings {
            as_of: picture.today,
            scope: self.region.to_string(),
            settings: self.settings.clone(),
            data_version: picture.version,
            items,
        }
    }
}

fn total_of(totals: &mut ReasonTotals, reason: GapReason) -> &mut ReasonTotal {
    match reason {
        GapReason::Unassigned => &mut totals.unassigned,
        GapReason::Unstaffed => &mut totals.unstaffed,
        GapReason::Unvisited => &mut totals.unvisited,
        GapReason::TooFar => &mut totals.too_far,
    }
}
