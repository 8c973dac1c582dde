//! The doors of the district at one moment: which area each building has, what hangs there and what should.
//!
//! Invariant: every answer is computed from one picture and one list of boards.

use super::super::accounts::Asker;
use super::super::error::{Error, Result};
use super::super::picture::{NO_AREA, Picture, PlanPicture};
use super::cards::secretary;
use super::changes::sheet;
use crate::domain::access::{Action, Object, Scope, rights};
use crate::domain::{
    AppointmentId, Building, BuildingId, HousekeeperId, Notice, NoticeReason, NoticeSheet,
    NoticeState, RegionCode, RegionLevel, hex,
};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Doors, as of one picture.
pub(super) struct Doors<'a> {
    pub picture: &'a Picture,
    pub now: DateTime<Utc>,
    plans: HashMap<RegionCode, &'a PlanPicture>,
}

/// The area of a building in a plan.
#[derive(Clone, Copy)]
pub(super) struct AreaAt<'a> {
    pub plan: &'a PlanPicture,
    /// Place among the areas of the plan.
    pub at: usize,
}

impl<'a> Doors<'a> {
    /// By the plans in force at `now`.
    pub fn new(picture: &'a Picture, now: DateTime<Utc>) -> Self {
        let in_force = picture
            .plans
            .iter()
            .filter(|plan| plan.plan.in_force_at(now));
        Self {
            picture,
            now,
            plans: in_force.map(|plan| (plan.plan.street, plan)).collect(),
        }
    }

    pub fn building(&self, at: usize) -> &'a Building {
        &self.picture.buildings[at]
    }

    /// The area in force of a building.
    pub fn area(&self, at: usize) -> Option<AreaAt<'a>> {
        let street = self.building(at).community.at_level(RegionLevel::Street)?;
        area_in(self.picture, self.plans.get(&street)?, at)
    }

    /// What should hang.
    pub fn sheet(&self, at: usize) -> Option<NoticeSheet> {
        Some(self.sheet_at(self.sheet_of(self.area(at)?), at))
    }

    /// The sheet of an area at one of its buildings, whose compound has its own secretary.
    pub fn sheet_at(&self, sheet: NoticeSheet, at: usize) -> NoticeSheet {
        NoticeSheet {
            secretary: Some(self.secretary(at)),
            ..sheet
        }
    }

    /// Digest of what a door says of the secretary.
    fn secretary(&self, at: usize) -> String {
        let compound = self.building(at).compound;
        let contact = compound.and_then(|id| secretary(self.picture, id));
        let said = contact.unwrap_or_default();
        let text = format!(
            "{}\n{}",
            said.name.as_deref().unwrap_or(""),
            said.phone.as_deref().unwrap_or("")
        );
        hex(&Sha256::digest(text)[..8])
    }

    /// What should hang in an area, whoever is secretary.
    pub fn sheet_of(&self, area: AreaAt<'_>) -> NoticeSheet {
        let keepers = area
            .plan
            .active_keepers(self.picture, area.at)
            .map(|(_, post)| post.id);
        sheet(
            &area.plan.plan,
            area.plan.areas[area.at].number,
            keepers.collect(),
        )
    }

    /// What is shown of a board; a building in an area without a row waits for its first sheet.
    pub fn state(&self, notice: Option<&Notice>) -> NoticeState {
        self.shown(notice).0
    }

    /// What is shown of a board, and why.
    pub fn shown(&self, notice: Option<&Notice>) -> (NoticeState, Option<NoticeReason>) {
        notice.map_or((NoticeState::ToPrint, None), |notice| {
            let secretary = || {
                let at = self.picture.building_index(notice.building);
                at.map_or_else(String::new, |at| self.secretary(at))
            };
            notice.shown_at(self.now, |id| self.ended(id), secretary)
        })
    }

    /// Whether an appointment is over, or gone.
    fn ended(&self, id: AppointmentId) -> bool {
        self.picture
            .holder(id)
            .is_none_or(|(_, post)| post.end.is_some_and(|end| end < self.picture.today))
    }

    /// The right at a building, or the error that fits. Keepers have theirs in their own area, and only there.
    pub fn require(&self, asker: &Asker, action: Action, at: usize) -> Result<()> {
        if self.own(asker, action, at) {
            return Ok(());
        }
        let what = format!("building {}", self.building(at).id);
        let place = self.picture.place_of_building(at);
        asker.require(Object::Notices, action, &place, &what)?;
        let mut here = asker.grants.at(Object::Notices, &place);
        if here.any(|cell| cell.allows(action) && !cell.own_only()) {
            return Ok(());
        }
        Err(Error::NotFound(what))
    }

    /// Whether the asker has the right as somebody who serves the building.
    fn own(&self, asker: &Asker, action: Action, at: usize) -> bool {
        let keepers: Vec<HousekeeperId> = asker
            .grants
            .iter()
            .filter(|grant| rights(grant.role, Object::Notices).allows(action))
            .filter_map(|grant| match grant.scope {
                Scope::Keeper(id) => Some(id),
                _ => None,
            })
            .collect();
        !keepers.is_empty()
            && self.area(at).is_some_and(|area| {
                let mut serving = area.plan.active_keepers(self.picture, area.at);
                serving.any(|(keeper, _)| keepers.contains(&keeper.id))
            })
    }
}

/// The area of a building in a plan: its own, else that of its compound.
pub(super) fn area_in<'a>(
    picture: &Picture,
    plan: &'a PlanPicture,
    at: usize,
) -> Option<AreaAt<'a>> {
    let mut area = plan.area_of_building.get(at);
    if area == NO_AREA {
        let compound = picture.buildings[at].compound?;
        area = plan.area_of_compound.get(picture.compound_index(compound)?);
    }
    let found = (area as usize) < plan.areas.len();
    found.then_some(AreaAt {
        plan,
        at: area as usize,
    })
}

/// Boards by building.
pub(super) fn by_building(boards: Vec<Notice>) -> HashMap<BuildingId, Notice> {
    boards
        .into_iter()
        .map(|notice| (notice.building, notice))
        .collect()
}
