//! What somebody may see of the picture: a smaller picture, built from the rows that their grants cover.
//!
//! Lists, tiles, counts, search and exports all read a picture, so what is not in it does not exist for the asker.
//! Invariant: a narrowed picture holds no row, count or name that the table of rights denies.

use super::Services;
use super::picture::{NO_AREA, Picture, PlanPicture, PlanRows, Rows};
use crate::domain::access::{
    Action, Grants, Object, Place, Rights, SMALL, Scope, rights, suppress,
};
use crate::domain::organisation::Organisation;
use crate::domain::{
    Actor, AppointmentId, AreaId, AreaKeeper, Assignment, Building, Compound, CompoundId,
    CompoundQuota, HouseholdCount, Housekeeper, HousekeeperId, PatrolArea, Plan, PlanFigures,
    PlanState, RegionCode, Terms, Unit,
};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

impl Services {
    /// The picture as these grants show it, kept until the data change.
    pub async fn picture_for(&self, grants: &Grants) -> Arc<Picture> {
        let picture = self.picture();
        let key = (picture.serial, grants.clone());
        if let Some(seen) = self.seen().get(&key) {
            return seen;
        }
        let services = self.clone();
        let fallback = picture.clone();
        let grants = grants.clone();
        let built = tokio::task::spawn_blocking(move || {
            services.seen().get_with(key, || {
                let view = Eyes::new(&picture, &grants, services.now());
                if view.sees_everything() {
                    picture.clone()
                } else {
                    Arc::new(view.narrowed())
                }
            })
        })
        .await;
        // The work can only fail by a defect; then nothing is shown rather than everything.
        built.unwrap_or_else(|error| {
            tracing::error!(%error, "narrowing.failed");
            Arc::new(Picture::build(
                Rows::default(),
                *fallback.policies.default_policy(),
                fallback.as_of,
                fallback.today,
            ))
        })
    }
}

/// A picture through the eyes of somebody.
struct Eyes<'a> {
    picture: &'a Picture,
    grants: &'a Grants,
    now: DateTime<Utc>,
    /// Buildings and compounds, as indexes, in the own areas of keepers among the grants.
    own_buildings: HashSet<usize>,
    own_compounds: HashSet<usize>,
}

impl<'a> Eyes<'a> {
    fn new(picture: &'a Picture, grants: &'a Grants, now: DateTime<Utc>) -> Self {
        let mut own: HashSet<AppointmentId> = HashSet::new();
        let own_keepers: HashSet<HousekeeperId> = grants
            .iter()
            .filter_map(|grant| match grant.scope {
                Scope::Keeper(id) => Some(id),
                _ => None,
            })
            .collect();
        if !own_keepers.is_empty() {
            let active = picture
                .appointments
                .iter()
                .filter(|appointment| appointment.active_on(picture.today));
            for appointment in active {
                if own_keepers.contains(&appointment.housekeeper) {
                    own.insert(appointment.id);
                }
            }
        }
        let (mut own_buildings, mut own_compounds) = (HashSet::new(), HashSet::new());
        for plan in picture
            .plans
            .iter()
            .filter(|plan| plan.plan.in_force_at(now))
        {
            let mine = |area: u32| {
                plan.keepers
                    .get(area as usize)
                    .is_some_and(|seats| seats.iter().any(|id| own.contains(id)))
            };
            own_buildings.extend(
                plan.area_of_building
                    .iter()
                    .filter(|(_, area)| mine(*area))
                    .map(|(row, _)| row),
            );
            own_compounds.extend(
                plan.area_of_compound
                    .iter()
                    .filter(|(_, area)| mine(*area))
                    .map(|(row, _)| row),
            );
        }
        Self {
            picture,
            grants,
            now,
            own_buildings,
            own_compounds,
        }
    }

    /// Whether nothing is hidden: one grant covers all there is and every right to look.
    fn sees_everything(&self) -> bool {
        let picture = self.picture;
        let codes = || {
            let regions = picture.regions.iter().map(|region| region.code);
            let compounds = picture.compounds.iter().map(|compound| compound.community);
            let buildings = picture.buildings.iter().map(|building| building.community);
            regions.chain(compounds).chain(buildings)
        };
        self.grants.iter().any(|grant| {
            let looks = [
                Object::Places,
                Object::HouseholdCounts,
                Object::QuotaPolicy,
                Object::PlanDraft,
                Object::Imports,
            ];
            let all = looks.iter().all(|object| {
                let rights = rights(grant.role, *object);
                rights.allows(Action::Read) && !rights.own_only() && !rights.after_consultation()
            });
            all && match &grant.scope {
                Scope::Everywhere => true,
                Scope::Region(region) => codes().all(|code| region.contains(code)),
                _ => false,
            }
        })
    }

    fn reads(&self, object: Object, place: &Place) -> bool {
        self.reads_if(object, place, |_| true)
    }

    fn reads_if(&self, object: Object, place: &Place, and: impl Fn(Rights) -> bool) -> bool {
        self.grants
            .at(object, place)
            .any(|rights| rights.allows(Action::Read) && and(rights))
    }

    fn reads_region(&self, object: Object, code: RegionCode) -> bool {
        self.reads(object, &Place::region(code))
    }

    /// The picture that is left.
    fn narrowed(&self) -> Picture {
        let picture = self.picture;
        let staffing = self.grants.anywhere(Object::QuotaPolicy, Action::Read);
        let compounds: Vec<Compound> = picture
            .compounds
            .iter()
            .enumerate()
            .filter_map(|(at, compound)| {
                let place = picture.place_of_compound(at);
                self.reads(Object::Places, &place).then(|| {
                    let counted = self.reads_if(Object::HouseholdCounts, &place, |rights| {
                        !rights.own_only() || self.own_compounds.contains(&at)
                    });
                    shown(compound, counted)
                })
            })
            .collect();
        let buildings: Vec<Building> = picture
            .buildings
            .iter()
            .enumerate()
            .filter_map(|(at, building)| {
                let place = picture.place_of_building(at);
                self.reads(Object::Places, &place).then(|| {
                    let counted = self.reads_if(Object::HouseholdCounts, &place, |rights| {
                        !rights.own_only() || self.own_buildings.contains(&at)
                    });
                    let mut building = building.clone();
                    if !counted {
                        building.households = HouseholdCount::unknown();
                        building.import = None;
                    }
                    building
                })
            })
            .collect();
        let seen_compounds: HashSet<CompoundId> =
            compounds.iter().map(|compound| compound.id).collect();
        let mut plans: Vec<PlanRows> = picture
            .plans
            .iter()
            .filter_map(|plan| self.plan(plan, &seen_compounds))
            .collect();
        hide_small(&mut plans, |place| {
            self.reads_if(Object::HouseholdCounts, place, |rights| !rights.own_only())
        });
        plans.iter_mut().for_each(hide_targets);
        let posted: HashSet<AppointmentId> = plans
            .iter()
            .flat_map(|plan| &plan.keepers)
            .map(|keeper| keeper.appointment)
            .collect();
        let appointments: Vec<_> = picture
            .appointments
            .iter()
            .filter(|appointment| {
                // A card is taken down the day after an appointment ends.
                (posted.contains(&appointment.id)
                    && (staffing || appointment.active_on(picture.today)))
                    || appointment
                        .compound
                        .is_some_and(|id| seen_compounds.contains(&id) && staffing)
            })
            .cloned()
            .map(|mut appointment| {
                // Without the right to staffing figures nobody counts who is appointed where.
                if !staffing
                    || appointment
                        .compound
                        .is_some_and(|id| !seen_compounds.contains(&id))
                {
                    appointment.compound = None;
                }
                // What was agreed with somebody is read in the roster.
                appointment.terms = Terms::default();
                appointment
            })
            .collect();
        let holders: HashSet<HousekeeperId> = appointments
            .iter()
            .map(|appointment| appointment.housekeeper)
            .collect();
        let mut housekeepers: Vec<Housekeeper> = picture
            .housekeepers
            .iter()
            .filter(|keeper| {
                holders.contains(&keeper.id) || self.reads_region(Object::Roster, keeper.community)
            })
            .cloned()
            .collect();
        let mut on_cards: HashSet<HousekeeperId> = HashSet::new();
        for keeper in &mut housekeepers {
            keeper.private_phone = None;
            keeper.birth_date = None;
            keeper.party_join_date = None;
            if !self.reads_region(Object::Roster, keeper.community) {
                keeper.residence = None;
            }
            // A duty number is on the card with consent, and until the appointment ends.
            let on_card = keeper.consent.is_some() && holders.contains(&keeper.id);
            if on_card {
                on_cards.insert(keeper.id);
            }
            if !on_card && !self.reads_region(Object::Roster, keeper.community) {
                keeper.duty_phone = None;
            }
        }
        let grids: Vec<_> = picture
            .grids
            .iter()
            .filter(|grid| self.reads_region(Object::Regions, grid.community))
            .cloned()
            .collect();
        // Whoever is bound to compounds knows in which communities they lie; the counts are those of the compounds.
        let around: HashSet<RegionCode> = compounds
            .iter()
            .map(|compound| compound.community)
            .collect();
        let regions: Vec<_> = picture
            .regions
            .iter()
            .filter(|region| {
                self.reads_region(Object::Regions, region.code) || around.contains(&region.code)
            })
            .cloned()
            .collect();
        let gates: Vec<_> = picture
            .gates
            .iter()
            .filter(|gate| gate.compound.is_some_and(|id| seen_compounds.contains(&id)))
            .cloned()
            .collect();
        // Whoever may count a compound reads its share of the whole street's quota.
        let known_quotas: HashMap<CompoundId, CompoundQuota> = compounds
            .iter()
            .filter(|_| staffing)
            .filter_map(|compound| picture.compound_index(compound.id))
            .filter(|at| {
                self.reads_if(
                    Object::HouseholdCounts,
                    &picture.place_of_compound(*at),
                    |rights| !rights.own_only() || self.own_compounds.contains(at),
                )
            })
            .map(|at| (picture.compounds[at].id, picture.quotas[at].clone()))
            .collect();
        // Whoever covers a compound stands on the cards of its doors.
        let covers = picture.covers.iter();
        let covers = covers
            .filter(|one| seen_compounds.contains(&one.compound))
            .cloned()
            .collect();
        // Until when somebody is away, for those whose cards are seen; why is not even stored.
        let posts: HashSet<AppointmentId> = appointments.iter().map(|one| one.id).collect();
        let leaves = picture.leaves.iter();
        let leaves = leaves
            .filter(|one| posts.contains(&one.appointment))
            .cloned()
            .collect();
        let portraits = picture.portraits.values();
        let portraits = portraits
            .filter(|one| on_cards.contains(&one.keeper))
            .cloned()
            .collect();
        // Who leads a compound is public; the number is with consent.
        let secretaries = picture.secretaries.values().flatten();
        let secretaries = secretaries
            .filter(|one| seen_compounds.contains(&one.compound))
            .cloned()
            .map(|one| Organisation {
                duty_phone: one.duty_phone.filter(|_| one.consent.is_some()),
                ..one
            })
            .collect();
        // Rivers and roads are the ground of every map; they say nothing of anybody.
        let rows = Rows {
            version: picture.version,
            synthetic: picture.synthetic,
            regions,
            grids,
            compounds,
            buildings,
            barriers: picture.barriers.clone(),
            backdrops: picture.backdrops.clone(),
            gates,
            housekeepers,
            appointments,
            contacts: picture.contacts.clone(),
            covers,
            leaves,
            portraits,
            secretaries,
            plans,
            quota_policies: picture.policies.policies().to_vec(),
            known_quotas,
            problems: Vec::new(),
        };
        let default = *picture.policies.default_policy();
        let mut narrowed = Picture::build(rows, default, picture.as_of, picture.today);
        narrowed.shows_staffing = staffing;
        narrowed.names_beyond = self.names_beyond(&narrowed);
        for plan in &mut narrowed.plans {
            // Whoever may not count is told only if they read drafts.
            let full = picture.plan(plan.plan.id);
            plan.stale = Some(
                self.reads_region(Object::PlanDraft, plan.plan.street)
                    && full.is_some_and(|full| super::plans::is_stale(picture, full)),
            );
        }
        narrowed
    }

    /// Names of the regions that what is seen lies in, without being listed.
    fn names_beyond(&self, seen: &Picture) -> HashMap<RegionCode, String> {
        let compounds = seen.compounds.iter().map(|compound| compound.community);
        let buildings = seen.buildings.iter().map(|building| building.community);
        let plans = seen.plans.iter().map(|plan| plan.plan.street);
        let areas = seen
            .plans
            .iter()
            .flat_map(|plan| plan.areas.iter().map(|area| area.community));
        let codes: HashSet<RegionCode> = compounds
            .chain(buildings)
            .chain(plans)
            .chain(areas)
            .filter(|code| seen.region(*code).is_none())
            .collect();
        codes
            .into_iter()
            .map(|code| (code, self.picture.region_name(code)))
            .collect()
    }

    /// What is left of a plan; `None` when nothing is.
    fn plan(&self, plan: &PlanPicture, seen: &HashSet<CompoundId>) -> Option<PlanRows> {
        let state = plan.plan.state_at(self.now);
        let published = state == PlanState::InForce;
        let reads = |place: &Place| {
            (published && self.reads(Object::PublishedAreas, place))
                || self.reads_if(Object::PlanDraft, place, |rights| {
                    !rights.after_consultation() || state != PlanState::Draft
                })
        };
        let building_seen = |at: usize| {
            let place = self.picture.place_of_building(at);
            self.reads(Object::Places, &place) && reads(&place)
        };
        let compound_seen = |at: usize| {
            let compound = &self.picture.compounds[at];
            seen.contains(&compound.id) && reads(&self.picture.place_of_compound(at))
        };
        let mut keep = vec![false; plan.areas.len()];
        for (at, area) in plan.areas.iter().enumerate() {
            keep[at] = reads(&Place::region(area.community));
        }
        let whole: Vec<bool> = keep.clone();
        let mut assignments = Vec::new();
        let mut sums = vec![(0u32, 0u32); plan.areas.len()];
        for (row, area) in plan.area_of_building.iter() {
            let at = area as usize;
            if area != NO_AREA && at < keep.len() && building_seen(row) {
                keep[at] = true;
                let building = &self.picture.buildings[row];
                sums[at].0 += 1;
                sums[at].1 += building.households.count.unwrap_or(0);
                assignments.push(Assignment {
                    unit: Unit::Building(building.id),
                    area: plan.areas[at].id,
                });
            }
        }
        for (row, area) in plan.area_of_compound.iter() {
            let at = area as usize;
            if area != NO_AREA && at < keep.len() && compound_seen(row) {
                keep[at] = true;
                sums[at].0 += 1;
                sums[at].1 += self.picture.quotas[row].households.unwrap_or(0);
                assignments.push(Assignment {
                    unit: Unit::Compound(self.picture.compounds[row].id),
                    area: plan.areas[at].id,
                });
            }
        }
        if !keep.contains(&true) {
            return None;
        }
        let mut areas = Vec::new();
        let mut keepers = Vec::new();
        let mut hidden = HashSet::new();
        for (at, area) in plan.areas.iter().enumerate().filter(|(at, _)| keep[*at]) {
            let mut area = area.clone();
            if !whole[at] {
                // Known by some of its units only: what it holds beyond them is not told.
                hidden.insert(area.id);
                withhold(&mut area);
                (area.units, area.households) = sums[at];
                area.out_of_band = false;
            }
            keepers.extend(plan.keepers[at].iter().map(|appointment| AreaKeeper {
                plan: plan.plan.id,
                area: area.id,
                appointment: *appointment,
            }));
            areas.push(area);
        }
        let partly = areas.len() < plan.areas.len() || whole.contains(&false);
        let drafts = self.reads_region(Object::PlanDraft, plan.plan.street);
        let mut of = plan.plan.clone();
        if partly {
            of.figures = figures(&areas);
            let ids: HashSet<AreaId> = areas.iter().map(|area| area.id).collect();
            debug_assert!(assignments.iter().all(|one| ids.contains(&one.area)));
        }
        if !drafts {
            discreet(&mut of);
        }
        // Zones, splits and problems name households.
        let counted = |code: RegionCode| {
            let place = Place::region(code);
            self.reads(Object::PlanDraft, &place)
                && self.reads_if(Object::HouseholdCounts, &place, |rights| !rights.own_only())
        };
        of.zones.retain(|zone| counted(zone.community));
        if !counted(of.street) {
            of.splits.clear();
            of.problems.clear();
        }
        Some(PlanRows {
            plan: of,
            areas,
            assignments,
            keepers,
            hidden,
        })
    }
}

/// Leaves out of a plan who made it, and what they wrote for themselves.
fn discreet(plan: &mut Plan) {
    plan.note = None;
    plan.created_by = Actor {
        name: String::new(),
        ..Actor::system()
    };
}

/// Figures of the areas that are seen.
fn figures(areas: &[PatrolArea]) -> PlanFigures {
    let count =
        |which: fn(&PatrolArea) -> bool| areas.iter().filter(|area| which(area)).count() as u32;
    PlanFigures {
        areas: areas.len() as u32,
        seats: areas.iter().map(|area| area.seats).sum(),
        households: areas.iter().map(|area| u64::from(area.households)).sum(),
        estimated_households: areas
            .iter()
            .map(|area| u64::from(area.estimated_households))
            .sum(),
        visits: (areas.iter())
            .map(|area| area.visits.map(u64::from))
            .sum::<Option<u64>>(),
        worst_deviation_bp: areas
            .iter()
            .filter(|area| !area.heavy)
            .map(|area| area.deviation_bp)
            .max_by_key(|deviation| deviation.abs())
            .unwrap_or(0),
        out_of_band: count(|area| area.out_of_band),
        heavy: count(|area| area.heavy),
        ..PlanFigures::default()
    }
}

/// A compound as it is shown: without households where these are not to be seen.
fn shown(compound: &Compound, counted: bool) -> Compound {
    let mut compound = compound.clone();
    if !counted {
        compound.households = HouseholdCount::unknown();
        compound.floor_area_m2 = None;
        compound.import = None;
    }
    compound
}

/// Takes out of an area what tells its households; the picture says that they are hidden, the zeros say nothing.
fn withhold(area: &mut PatrolArea) {
    area.households = 0;
    area.estimated_households = 0;
    area.visits = None;
    area.off_target_bp = 0;
}

/// Hides small household totals of areas where single buildings are not counted for the reader, and so many more that
/// they cannot be worked out from the plan's total.
fn hide_small(rows: &mut [PlanRows], counted: impl Fn(&Place) -> bool) {
    for plan in rows {
        let open: Vec<Option<u64>> = plan
            .areas
            .iter()
            .map(|area| {
                (!counted(&Place::region(area.community))).then(|| u64::from(area.households))
            })
            .collect();
        for (area, shown) in plan.areas.iter_mut().zip(suppress(&open, SMALL)) {
            if shown.is_none() && !counted(&Place::region(area.community)) {
                plan.hidden.insert(area.id);
                withhold(area);
            }
        }
    }
}

/// Takes the target, and with it every deviation, out of zones in which an area is hidden: the mean of a zone and the
/// areas that are shown would tell the hidden one.
fn hide_targets(rows: &mut PlanRows) {
    let zones: HashSet<u32> = rows
        .areas
        .iter()
        .filter(|area| rows.hidden.contains(&area.id))
        .map(|area| area.zone)
        .collect();
    if zones.is_empty() {
        return;
    }
    for area in rows
        .areas
        .iter_mut()
        .filter(|area| zones.contains(&area.zone))
    {
        area.target = 0;
        area.deviation_bp = 0;
    }
    rows.plan.zones.retain(|zone| !zones.contains(&zone.zone));
    // With the target, the worst deviation would tell the count again.
    rows.plan.figures.worst_deviation_bp = figures(&rows.areas).worst_deviation_bp;
}
