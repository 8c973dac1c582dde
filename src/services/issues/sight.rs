//! Which issues somebody may see, and which of them are their own.
//!
//! What lies outside is in no list, count, tile, export or error text. Invariant: the table of rights decides, place
//! by place; what is "own" is an area of one's own, an issue handed to one's body, or one's own report.

use super::ledger::Ledger;
use crate::domain::access::{Action, Grants, Object, Place, Scope, rights};
use crate::domain::issue::{Issue, Stamps};
use crate::domain::{ActorId, AreaId, HousekeeperId, IssueId};
use crate::heat::{self, Chosen, Places};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::Picture;
use chrono::{DateTime, Utc};
use std::collections::HashSet;
use uuid::Uuid;

/// Where somebody sees issues; the default sees nothing.
#[derive(Default)]
pub struct Sight {
    /// Where every issue is seen.
    pub whole: Places,
    /// Where only own and public issues are seen.
    pub partly: Places,
    standing: Standing,
    grants: Grants,
}

/// What makes an issue somebody's own.
#[derive(Default)]
pub struct Standing {
    actor: Option<ActorId>,
    areas: HashSet<AreaId>,
    bodies: HashSet<String>,
}

/// Where an issue lies, as far as scopes can tell.
pub fn place_of(picture: &Picture, stamps: &Stamps) -> Place {
    let compound = stamps.compound.and_then(|id| picture.compound_index(id));
    match compound {
        Some(at) => picture.place_of_compound(at),
        None => Place {
            region: stamps.region.map(|code| picture.heir(code)),
            ..Place::default()
        },
    }
}

impl Standing {
    /// Of somebody, under the plans in force at `now`.
    pub fn of(asker: &Asker, picture: &Picture, now: DateTime<Utc>) -> Self {
        let keepers: HashSet<HousekeeperId> = asker
            .grants
            .iter()
            .filter_map(|grant| match grant.scope {
                Scope::Keeper(id) => Some(id),
                _ => None,
            })
            .collect();
        let in_force = picture
            .plans
            .iter()
            .filter(|plan| !keepers.is_empty() && plan.plan.in_force_at(now));
        let mut areas = HashSet::new();
        for plan in in_force {
            for (at, area) in plan.areas.iter().enumerate() {
                let mine = plan
                    .active_keepers(picture, at)
                    .any(|(keeper, _)| keepers.contains(&keeper.id));
                if mine {
                    areas.insert(area.id);
                }
            }
        }
        let mut bodies: HashSet<String> = asker
            .grants
            .iter()
            .filter_map(|grant| match &grant.scope {
                Scope::Body(code) => Some(code.clone()),
                Scope::Company(name) => Some(company_code(name)),
                Scope::Region(code) => Some(code.to_string()),
                _ => None,
            })
            .collect();
        // What a community had when it was merged is in the hands of the one that took over.
        for region in picture.regions.iter().filter(|row| row.is_replaced()) {
            if bodies.contains(&picture.heir(region.code).to_string()) {
                bodies.insert(region.code.to_string());
            }
        }
        Self {
            actor: asker.is_known().then_some(asker.actor.id),
            areas,
            bodies,
        }
    }

    /// Whether one issue is seen.
    pub fn sees(&self, asker: &Asker, picture: &Picture, issue: &Issue) -> bool {
        let place = place_of(picture, &issue.stamps);
        match reach(&asker.grants, Object::Issues, Action::Read, &place) {
            Reach::Whole => true,
            Reach::Own => issue.public || self.is_own(issue),
            Reach::None => self.is_own(issue),
        }
    }

    /// Whether somebody may do something with an issue.
    ///
    /// # Errors
    /// `NotFound` when it is not seen, `Forbidden` when the role is another.
    pub fn require(
        &self,
        asker: &Asker,
        picture: &Picture,
        issue: &Issue,
        action: Action,
    ) -> Result<()> {
        if !self.sees(asker, picture, issue) {
            return Err(Error::NotFound(format!("issue {}", issue.code)));
        }
        let place = place_of(picture, &issue.stamps);
        let own = self.is_own(issue);
        let by_body = || {
            let bodies = asker
                .grants
                .iter()
                .filter(|grant| matches!(grant.scope, Scope::Body(_)));
            bodies
                .map(|grant| rights(grant.role, Object::Issues))
                .any(|rights| rights.allows(action))
        };
        match reach(&asker.grants, Object::Issues, action, &place) {
            Reach::Whole => Ok(()),
            Reach::Own if own => Ok(()),
            _ if own && by_body() => Ok(()),
            _ => Err(asker.wrong_role(Object::Issues, action)),
        }
    }

    /// Whether an issue is somebody's own.
    pub fn is_own(&self, issue: &Issue) -> bool {
        let owner = issue.flow.owner.as_ref();
        self.is_mine(
            issue.stamps.area,
            owner.map(|owner| owner.code.as_str()),
            issue.reporter,
        )
    }

    /// Whether an area is one's own.
    pub fn serves(&self, area: Option<AreaId>) -> bool {
        area.is_some_and(|area| self.areas.contains(&area))
    }

    fn is_mine(
        &self,
        area: Option<AreaId>,
        owner: Option<&str>,
        reporter: Option<ActorId>,
    ) -> bool {
        self.serves(area)
            || owner.is_some_and(|code| self.bodies.contains(code))
            || (reporter.is_some() && reporter == self.actor)
    }
}

/// The code of a property company as a responsible body.
pub fn company_code(name: &str) -> String {
    format!("company:{name}")
}

/// Whether a right on issues holds at a place: everywhere there, only for one's own, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    None,
    Own,
    Whole,
}

fn reach(grants: &Grants, object: Object, action: Action, place: &Place) -> Reach {
    let mut reach = Reach::None;
    for rights in grants.at(object, place) {
        if rights.allows(action) {
            if !rights.own_only() {
                return Reach::Whole;
            }
            reach = Reach::Own;
        }
    }
    reach
}

impl Sight {
    /// What `asker` sees of the issues themselves.
    pub fn of_issues(
        asker: &Asker,
        picture: &Picture,
        ledger: &Ledger,
        now: DateTime<Utc>,
    ) -> Self {
        Self::of(Object::Issues, asker, picture, ledger, now)
    }

    /// Where `asker` sees figures.
    pub fn of_figures(
        asker: &Asker,
        picture: &Picture,
        ledger: &Ledger,
        now: DateTime<Utc>,
    ) -> Self {
        Self::of(Object::IssueFigures, asker, picture, ledger, now)
    }

    fn of(
        object: Object,
        asker: &Asker,
        picture: &Picture,
        ledger: &Ledger,
        now: DateTime<Utc>,
    ) -> Self {
        let names = ledger.names();
        let at = |place: &Place| reach(&asker.grants, object, Action::Read, place);
        let compound = |id: &crate::domain::CompoundId| match picture.compound_index(*id) {
            Some(row) => at(&picture.place_of_compound(row)),
            // A compound that is gone: only who sees everything sees its issues.
            None => at(&Place::default()),
        };
        let compounds: Vec<Reach> = names.compounds.iter().map(compound).collect();
        let regions: Vec<Reach> = names
            .regions
            .iter()
            .map(|code| at(&Place::region(*code)))
            .collect();
        let unknown = at(&Place::default());
        // An issue handed to a body may lie anywhere: the grant for the body covers no place.
        let bodies = asker
            .grants
            .iter()
            .any(|grant| matches!(grant.scope, Scope::Body(_)));
        let chosen = |all: &[Reach], wanted: Reach| -> Chosen {
            let rows = all.iter().enumerate();
            rows.filter(|(_, reach)| {
                **reach == wanted || (bodies && wanted == Reach::Own && **reach == Reach::None)
            })
            .map(|(row, _)| row)
            .collect()
        };
        let places = |wanted: Reach| Places {
            compounds: chosen(&compounds, wanted),
            regions: chosen(&regions, wanted),
            unknown: unknown == wanted || (bodies && wanted == Reach::Own),
        };
        Self {
            whole: places(Reach::Whole),
            partly: places(Reach::Own),
            standing: Standing::of(asker, picture, now),
            grants: asker.grants.clone(),
        }
    }

    /// Whether a row of the ledger in a place that is seen partly is shown.
    pub fn shows(&self, ledger: &Ledger, row: usize) -> bool {
        let Some(issue) = ledger.columns.get(row) else {
            return false;
        };
        let names = ledger.names();
        let area = issue
            .area
            .and_then(|area| names.areas.get_index(area as usize).copied());
        let owner = issue.owner.and_then(|owner| {
            let (code, _) = names.owners.get_index(owner.into())?;
            Some(code.as_str())
        });
        issue.traits.public || self.standing.is_mine(area, owner, ledger.reporter(row))
    }

    /// Whether figures are seen at a place.
    pub fn figures_at(&self, place: &Place) -> bool {
        reach(&self.grants, Object::IssueFigures, Action::Read, place) == Reach::Whole
    }

    /// Whether issues, or some of them, are seen at a place.
    pub fn issues_at(&self, place: &Place) -> bool {
        reach(&self.grants, Object::Issues, Action::Read, place) != Reach::None
    }

    /// Whether somebody may know how many households live at a place.
    pub fn counts_at(&self, place: &Place) -> bool {
        reach(&self.grants, Object::HouseholdCounts, Action::Read, place) == Reach::Whole
    }

    /// Whether nothing is seen partly.
    pub fn is_whole(&self) -> bool {
        self.partly == Places::default()
    }
}

impl Services {
    /// Which of these issues somebody may hear of; `None` when it is none of their business, no identities when they
    /// see figures only.
    pub fn issues_heard(&self, asker: &Asker, ids: &[IssueId]) -> Option<Vec<Uuid>> {
        let (picture, ledger) = (self.picture(), self.issues().ledger());
        let names = ledger.names();
        let (mut heard, mut counted) = (Vec::new(), ids.is_empty());
        for id in ids {
            let Some(row) = ledger.row_of(*id).and_then(|row| ledger.columns.get(row)) else {
                continue;
            };
            let place = match row.place {
                heat::Place::Compound(at) => names
                    .compounds
                    .get_index(at as usize)
                    .and_then(|id| picture.compound_index(*id))
                    .map(|at| picture.place_of_compound(at)),
                heat::Place::Region(at) => names
                    .regions
                    .get_index(at as usize)
                    .map(|code| Place::region(*code)),
                heat::Place::Unknown => None,
            };
            let place = place.unwrap_or_default();
            if reach(&asker.grants, Object::Issues, Action::Read, &place) == Reach::Whole {
                heard.push(id.uuid());
            }
            counted |=
                reach(&asker.grants, Object::IssueFigures, Action::Read, &place) != Reach::None;
        }
        (counted || !heard.is_empty()).then_some(heard)
    }
}
