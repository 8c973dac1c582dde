//! Which buildings a keeper may visit, and whose records somebody may read.
//!
//! Invariant: under the plan in force, never under a draft.

use crate::domain::access::{Action, Object, Place, Role, Scope};
use crate::domain::{AppointmentId, AppointmentKind, BuildingId, Housekeeper, HousekeeperId};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::{Picture, PlanPicture};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeSet, HashSet};

/// What a keeper looks after.
pub struct KeeperReach<'a> {
    /// First day of the earliest appointment that is active.
    pub since: Option<NaiveDate>,
    /// Own areas: their plan and their index in it.
    pub areas: Vec<(&'a PlanPicture, usize)>,
    /// Buildings of the own areas, as indexes.
    pub own: BTreeSet<usize>,
    /// Buildings that are covered: of compounds that one was asked to cover, of areas without a keeper in a compound of
    /// one's own, and for part-time keepers their whole compound.
    pub covered: BTreeSet<usize>,
}

impl<'a> KeeperReach<'a> {
    /// Of a keeper, at `now`.
    pub fn of(picture: &'a Picture, keeper: &Housekeeper, now: DateTime<Utc>) -> Self {
        let active: Vec<_> = picture
            .appointments
            .iter()
            .filter(|one| one.housekeeper == keeper.id && one.active_on(picture.today))
            .collect();
        let posts: HashSet<AppointmentId> = active.iter().map(|one| one.id).collect();
        let (mut areas, mut own) = (Vec::new(), BTreeSet::new());
        for plan in in_force(picture, now) {
            let mine: Vec<usize> = (0..plan.areas.len())
                .filter(|area| plan.keepers[*area].iter().any(|post| posts.contains(post)))
                .collect();
            if mine.is_empty() {
                continue;
            }
            let inside = |area: u32| mine.contains(&(area as usize));
            own.extend(
                plan.area_of_building
                    .iter()
                    .filter(|(_, area)| inside(*area))
                    .map(|(row, _)| row),
            );
            areas.extend(mine.into_iter().map(|area| (plan, area)));
        }
        let mut covered = BTreeSet::new();
        for post in &active {
            let Some(compound) = post.compound else {
                continue;
            };
            for &row in picture.buildings_of(compound) {
                let part_time = post.kind == AppointmentKind::PartTime;
                if !own.contains(&row) && (part_time || is_vacant(picture, row, now)) {
                    covered.insert(row);
                }
            }
        }
        // Compounds that somebody was asked to serve as well, for a time.
        let asked = picture.covers.iter();
        for cover in
            asked.filter(|one| posts.contains(&one.appointment) && one.holds_on(picture.today))
        {
            let rows = picture.buildings_of(cover.compound).iter();
            covered.extend(rows.filter(|row| !own.contains(row)));
        }
        Self {
            since: active.iter().map(|one| one.start).min(),
            areas,
            own,
            covered,
        }
    }

    /// Whether the keeper looks after a building.
    pub fn holds(&self, row: usize) -> bool {
        self.own.contains(&row) || self.covered.contains(&row)
    }
}

/// Plans in force at `now`.
pub fn in_force(picture: &Picture, now: DateTime<Utc>) -> impl Iterator<Item = &PlanPicture> {
    picture
        .plans
        .iter()
        .filter(move |plan| plan.plan.in_force_at(now))
}

/// Whether nobody is in post for the area of a building, or it has none.
fn is_vacant(picture: &Picture, row: usize, now: DateTime<Utc>) -> bool {
    let Some(plan) = picture.in_force(picture.buildings[row].community, now) else {
        return true;
    };
    let area = plan.area_of_building.get(row) as usize;
    area >= plan.areas.len() || plan.active_keepers(picture, area).next().is_none()
}

/// The keepers that an account is bound to.
pub fn own_keepers(asker: &Asker) -> HashSet<HousekeeperId> {
    let mine = asker
        .grants
        .iter()
        .filter_map(|grant| match (grant.role, &grant.scope) {
            (Role::Housekeeper | Role::PartTimeKeeper, Scope::Keeper(id)) => Some(*id),
            _ => None,
        });
    mine.collect()
}

/// Whether a right holds at a place for everybody's records, not only for one's own.
pub fn wholly(asker: &Asker, object: Object, action: Action, place: &Place) -> bool {
    asker
        .grants
        .at(object, place)
        .any(|rights| rights.allows(action) && !rights.own_only())
}

/// Where a keeper belongs: the community and the compounds of the appointments.
pub fn places_of_keeper(picture: &Picture, keeper: &Housekeeper) -> Vec<Place> {
    let posts = picture
        .appointments
        .iter()
        .filter(|one| one.housekeeper == keeper.id && one.active_on(picture.today));
    let compounds = posts.filter_map(|one| picture.compound_index(one.compound?));
    let mut places: Vec<Place> = compounds.map(|at| picture.place_of_compound(at)).collect();
    places.push(Place::region(keeper.community));
    places
}

impl Services {
    /// The keeper that is asked for, or the asker's own. `true` when it is the asker.
    ///
    /// # Errors
    /// `NotFound` for a keeper whose records the asker may not have; `Invalid` when none is named and there is no own.
    pub(super) fn keeper_asked<'a>(
        asker: &Asker,
        picture: &'a Picture,
        asked: Option<HousekeeperId>,
        action: Action,
    ) -> Result<(&'a Housekeeper, bool)> {
        let own = own_keepers(asker);
        let wanted = asked.or_else(|| own.iter().min().copied()).ok_or_else(|| {
            Error::invalid(
                "keeper_missing",
                "请指明是哪位小管家（keeper）",
                "name the housekeeper: keeper",
            )
        })?;
        let missing = || Error::NotFound(format!("housekeeper {wanted}"));
        let keeper = picture
            .housekeepers
            .iter()
            .find(|one| one.id == wanted)
            .ok_or_else(missing)?;
        if own.contains(&wanted) {
            let place = Place {
                keepers: vec![wanted],
                ..Place::region(keeper.community)
            };
            asker.require(Object::Visits, action, &place, "housekeeper")?;
            return Ok((keeper, true));
        }
        let places = places_of_keeper(picture, keeper);
        if places
            .iter()
            .any(|place| wholly(asker, Object::Visits, action, place))
        {
            return Ok((keeper, false));
        }
        Err(missing())
    }

    /// The index of a building in the picture.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn building_row(picture: &Picture, id: BuildingId) -> Result<usize> {
        picture
            .building_index(id)
            .ok_or_else(|| Error::NotFound(format!("building {id}")))
    }
}
