//! Where one more post gains most, and what pins would change.

use super::super::error::{Error, Result};
use super::super::quota_policies;
use super::View;
use super::ground::{community_of, need_with};
use super::maps::{Standing, empty_areas};
use super::sentences::{guarantee, of_post};
use super::views::{BestPost, BestPostsView, ChangedGap, Pin, PinView, PostsWhatIf, WhatIfTotals};
use crate::coverage::{
    Catchments, Gaps, Keeper, Scratch, Site, accessibility, best_posts, gains_in_turn, gaps,
};
use crate::domain::{CompoundQuota, Coverage, ratio_bp};
use std::collections::HashMap;

/// Posts of one answer, at most.
pub(super) const MOST_POSTS: u32 = 200;
/// Pins of one question, at most.
pub(super) const MOST_PINS: usize = 50;
/// How far a pin may lie from the nearest building, metres.
const PIN_MOST_M: f64 = 300.0;

impl View {
    /// What each compound of the region lacks, households; nothing elsewhere and where no keeper is missing.
    fn demand(&self) -> Vec<u32> {
        let mut demand = vec![0; self.picture.compounds.len()];
        for at in self.compounds() {
            let need = &self.staffed.needs[at];
            if need.short.is_some_and(|short| short > 0) {
                demand[at] = need.uncovered.unwrap_or(0);
            }
        }
        demand
    }

    /// Compounds more than half of whose households live within the limit of a node; its own at any rate.
    fn reach(&self, node: u32, own: Option<usize>, scratch: &mut Scratch) -> Vec<u32> {
        let limit = self.settings.too_far_minutes * self.settings.walking_m_per_min * 10;
        let walked = self.staffed.ground.graph.within(&[node], limit, scratch);
        let mut near: HashMap<usize, u64> = HashMap::new();
        for node in walked.nodes {
            if let Some(compound) = self.staffed.ground.nodes[node as usize].compound {
                let households = self.staffed.households[node as usize].unwrap_or(0);
                *near.entry(compound).or_default() += u64::from(households);
            }
        }
        let mut reach: Vec<u32> = near
            .into_iter()
            .filter(|(compound, households)| {
                Some(*compound) != own
                    && *households > 0
                    && households * 2 > self.staffed.known_of[*compound]
            })
            .map(|(compound, _)| compound as u32)
            .collect();
        reach.extend(own.map(|own| own as u32));
        reach.sort_unstable();
        reach
    }

    /// The best `n` posts.
    pub(super) fn best(&self, n: usize) -> BestPostsView {
        let picture = &self.picture;
        let demand = self.demand();
        let mut nodes = Vec::new();
        let mut sites = Vec::new();
        for at in self.compounds().filter(|at| demand[*at] > 0) {
            let compound = &picture.compounds[at];
            let Some(node) = self.staffed.middle_of(compound.id) else {
                continue;
            };
            nodes.push(node);
            sites.push(Site {
                compound: at as u32,
                copies: self.staffed.needs[at].short.unwrap_or(0),
                capacity: picture
                    .policy_at(compound.community)
                    .households_per_keeper(),
            });
        }
        let mut scratch = Scratch::default();
        let found = best_posts(&sites, &demand, n, |site| {
            let own = sites[site].compound as usize;
            self.reach(nodes[site], Some(own), &mut scratch)
        });
        let posts = found
            .posts
            .iter()
            .map(|(site, gain)| {
                let at = sites[*site].compound as usize;
                let compound = &picture.compounds[at];
                let node = nodes[*site];
                let building = self.staffed.ground.nodes[node as usize].building;
                BestPost {
                    compound: compound.id.uuid(),
                    compound_name: compound.name.clone(),
                    building: building.map(|at| picture.buildings[at].id.uuid()),
                    point: self.staffed.point(node),
                    gain_households: *gain,
                    sentence: of_post(
                        &compound.name,
                        sites[*site].copies,
                        *gain,
                        self.settings.too_far_minutes,
                    ),
                }
            })
            .collect();
        BestPostsView {
            as_of: picture.today,
            scope: self.region.to_string(),
            n: sites.len() as u64,
            policy: quota_policies::in_force(picture, self.region),
            too_far_minutes: self.settings.too_far_minutes,
            data_version: picture.version,
            posts,
            total: found.total,
            upper_bound: found.upper_bound,
            proved: found.proved,
            method: found.method.as_str().to_owned(),
            guarantee: guarantee(found.total, found.upper_bound, found.proved),
        }
    }

    /// What pins would change.
    pub(super) fn what_if(&self, pins: &[Pin]) -> Result<PostsWhatIf> {
        let (picture, staffed) = (&self.picture, &self.staffed);
        let nodes: Vec<u32> = pins
            .iter()
            .enumerate()
            .map(|(at, pin)| self.node_of(at, pin))
            .collect::<Result<_>>()?;
        let mut staff = staffed.staff.clone();
        let mut quotas = picture.quotas.clone();
        let mut needs = staffed.needs.clone();
        let mut keepers = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            let unit = staffed.units[*node as usize];
            let area = staffed.areas.get(unit.area as usize);
            if area.is_some() {
                staff[unit.area as usize].filled += 1;
            }
            if let Some(quota) = quotas.get_mut(unit.compound as usize) {
                let policy = picture.policy_at(quota.community);
                quota.in_post += 1;
                quota.counted += 1;
                let need = need_with(
                    &needs[unit.compound as usize],
                    &policy,
                    quota.counted,
                    quota.required,
                );
                (quota.short, quota.uncovered) = (need.short, need.uncovered);
                let counted = quota.counted;
                quota.coverage_bp = quota
                    .required
                    .and_then(|q| ratio_bp(u64::from(q.min(counted)), u64::from(q)));
                needs[unit.compound as usize] = need;
            }
            keepers.push(Keeper {
                // Keys of people are UUIDs; these small numbers are nobody's.
                key: at as u128,
                homes: vec![*node],
                serves: area.map(|area| area.nodes.clone()).unwrap_or_default(),
            });
        }
        let graph = &staffed.ground.graph;
        let catchments = staffed.catchments.with(graph, keepers, staffed.limits);
        let ways = catchments.ways(staffed.units.len());
        let added = &catchments.reach()[staffed.catchments.reach().len()..];
        let more = accessibility(
            added.iter().map(AsRef::as_ref),
            &staffed.households,
            self.access_dm,
        );
        let access: Vec<u64> = self.access.iter().zip(more).map(|(a, b)| a + b).collect();
        let before = self.gaps();
        let days = self.days.as_deref();
        let after = gaps(&staffed.units, &staff, &needs, days, &ways, &self.asked);

        let empty_before = empty_areas(staffed, |at| staffed.staff[at].filled);
        let empty_after = empty_areas(staffed, |at| staff[at].filled);
        let was = Standing {
            quotas: &picture.quotas,
            gaps: &before,
            empty_areas: &empty_before,
            access: &self.access,
            homes: staffed.homes_known > 0,
        };
        let would = Standing {
            quotas: &quotas,
            gaps: &after,
            empty_areas: &empty_after,
            access: &access,
            homes: staffed.homes_known > 0,
        };
        let changed = self
            .compounds()
            .filter(|at| {
                quotas[*at] != picture.quotas[*at] || before.compounds[*at] != after.compounds[*at]
            })
            .map(|at| ChangedGap {
                before: self.item(at, &was),
                after: self.item(at, &would),
            })
            .collect();
        Ok(PostsWhatIf {
            as_of: picture.today,
            scope: self.region.to_string(),
            n: picture.coverage(self.region).known_compounds,
            settings: self.settings.clone(),
            data_version: picture.version,
            pins: self.pin_views(pins, &nodes),
            before: self.sums(&picture.quotas, &before, &staffed.catchments),
            after: self.sums(&quotas, &after, &catchments),
            changed,
        })
    }

    fn node_of(&self, at: usize, pin: &Pin) -> Result<u32> {
        let [lon, lat] = pin.point;
        let on_earth = (-180.0..=180.0).contains(&lon) && (-85.0..=85.0).contains(&lat);
        on_earth
            .then(|| {
                self.staffed
                    .nearest(&self.picture, self.region, pin.point, PIN_MOST_M)
            })
            .flatten()
            .ok_or_else(|| {
                let n = at + 1;
                Error::invalid(
                    "pin_outside",
                    format!("第 {n} 个图钉 {PIN_MOST_M} 米内没有本区划的楼栋；请把它移到小区里"),
                    format!("pin {n} has no building of this region within {PIN_MOST_M} m; move it into a compound"),
                )
            })
    }

    /// Each pin with what it gains after those before it.
    fn pin_views(&self, pins: &[Pin], nodes: &[u32]) -> Vec<PinView> {
        let picture = &self.picture;
        let mut scratch = Scratch::default();
        let mut left: HashMap<usize, u32> = HashMap::new();
        let mut posts = Vec::new();
        for node in nodes {
            let own = self.staffed.ground.nodes[*node as usize].compound;
            // A compound that lacks nobody takes no post by the quota.
            let lacks = own.is_some_and(|at| {
                let left = left
                    .entry(at)
                    .or_insert_with(|| self.staffed.needs[at].short.unwrap_or(0));
                let lacks = *left > 0;
                *left = left.saturating_sub(1);
                lacks
            });
            let capacity = own.filter(|_| lacks).map_or(0, |at| {
                let community = picture.compounds[at].community;
                picture.policy_at(community).households_per_keeper()
            });
            posts.push((self.reach(*node, own, &mut scratch), capacity));
        }
        let gains = gains_in_turn(&self.demand(), &posts);
        pins.iter()
            .zip(nodes)
            .zip(gains)
            .map(|((pin, node), gain_households)| {
                let found = self.staffed.ground.nodes[*node as usize];
                let unit = self.staffed.units[*node as usize];
                let compound = found.compound.map(|at| &picture.compounds[at]);
                PinView {
                    point: pin.point,
                    building: found.building.map(|at| picture.buildings[at].id.uuid()),
                    compound: compound.map(|compound| compound.id.uuid()),
                    compound_name: compound
                        .map(|compound| compound.name.clone())
                        .unwrap_or_default(),
                    area: self
                        .staffed
                        .areas
                        .get(unit.area as usize)
                        .map(|area| area.label.clone()),
                    gain_households,
                }
            })
            .collect()
    }

    fn sums(
        &self,
        quotas: &[CompoundQuota],
        found: &Gaps,
        catchments: &Catchments,
    ) -> WhatIfTotals {
        let sum = Coverage::sum(self.compounds().map(|at| &quotas[at]));
        let (reasons, gap_households) = self.totals(found);
        let limit = self.access_dm;
        let mut reached = vec![false; self.staffed.units.len()];
        for reach in catchments.reach() {
            for node in reach.catchment.within(limit) {
                reached[*node as usize] = true;
            }
        }
        let reached_households = self
            .staffed
            .ground
            .nodes
            .iter()
            .enumerate()
            .filter(|(unit, node)| {
                reached[*unit]
                    && community_of(&self.picture, node)
                        .is_some_and(|code| self.region.contains(code))
            })
            .filter_map(|(unit, _)| self.staffed.households[unit])
            .map(u64::from)
            .sum();
        WhatIfTotals {
            required: sum.required,
            counted: sum.counted,
            short: sum.short,
            coverage_bp: sum.coverage_bp,
            uncovered_households: sum.uncovered_households,
            gap_households,
            reached_households,
            reasons,
        }
    }
}
