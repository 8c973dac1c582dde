//! The issues of the demo city: its plain data mapped to places, persons and rules of the store.
//!
//! Not what they are (`demo::issues`) and not how they are written (`issues::past`). Invariant: every name of a person
//! is one of the demo's keepers or begins with 示例.

use super::Services;
use super::error::{Error, Result};
use super::issues::{PastIssue, PastMove};
use super::picture::Picture;
use crate::demo::{self, DemoCity, IssuePlace, Past, Who};
use crate::domain::issue::{Move, Owner, Place, RoutingRule, RulePlace};
use crate::domain::{Actor, AppointmentId, BuildingId, CompoundId, RoutingRuleId};
use chrono::{DateTime, Days, NaiveDate, Utc};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Days before the history begins that the rules hold from.
const RULES_BEFORE_DAYS: u64 = 600;

impl Services {
    /// Stores the routing rules of the demo and 18 months of issues up to now.
    ///
    /// # Errors
    /// The store's own, or `Internal` when the demo does not agree with itself.
    pub(super) async fn demo_issues_make(&self, city: Arc<DemoCity>) -> Result<()> {
        let (picture, now) = (self.picture(), self.now());
        let today = self.today(now);
        let at = Arc::new(Index::new(&city, &picture)?);
        self.rules_set(rules(&city, &at, today)).await?;
        let past = tokio::task::spawn_blocking(move || {
            let people = People::new(&picture);
            let all = demo::issues(&city, now);
            all.into_iter()
                .map(|past| mapped(&city, &at, &people, past))
                .collect::<Result<Vec<PastIssue>>>()
        })
        .await
        .map_err(|error| Error::Internal(format!("demo: {error}")))??;
        self.issues_store_past(past).await
    }
}

/// Code of the body whose disposals take longest: whom the demo's department handler works for.
pub(super) fn slow_body(city: &DemoCity) -> Option<String> {
    let slow = demo::duties(city).into_iter().find(|duty| duty.slow);
    slow.map(|duty| duty.owner.code)
}

/// Identities of the city's compounds and buildings, in its order.
pub(super) struct Index {
    pub(super) compounds: Vec<CompoundId>,
    pub(super) buildings: Vec<BuildingId>,
    /// The keeper of a building, by its place in the city.
    pub(super) keepers: Vec<Option<AppointmentId>>,
}

impl Index {
    pub(super) fn new(city: &DemoCity, picture: &Picture) -> Result<Self> {
        let missing = |code: &str| Error::Internal(format!("demo: {code} was not stored"));
        let compounds: HashMap<&str, CompoundId> = (picture.compounds.iter())
            .filter_map(|row| Some((row.code.as_deref()?, row.id)))
            .collect();
        let buildings: HashMap<&str, usize> = (picture.buildings.iter().enumerate())
            .filter_map(|(at, row)| Some((row.code.as_deref()?, at)))
            .collect();
        let compounds = (city.compounds.iter())
            .map(|row| compounds.get(row.code.as_str()).copied())
            .zip(&city.compounds)
            .map(|(found, row)| found.ok_or_else(|| missing(&row.code)))
            .collect::<Result<_>>()?;
        let rows = (city.buildings.iter())
            .map(|row| buildings.get(row.code.as_str()).copied())
            .zip(&city.buildings)
            .map(|(found, row)| found.ok_or_else(|| missing(&row.code)))
            .collect::<Result<Vec<usize>>>()?;
        let keeper = |row: &usize| {
            picture.plans.iter().find_map(|plan| {
                let area = plan.area_of_building.get(*row) as usize;
                let mut active = plan
                    .areas
                    .get(area)
                    .map(|_| plan.active_keepers(picture, area))?;
                active.next().map(|(_, appointment)| appointment.id)
            })
        };
        Ok(Self {
            compounds,
            keepers: rows.iter().map(keeper).collect(),
            buildings: rows.iter().map(|row| picture.buildings[*row].id).collect(),
        })
    }
}

/// Who stands in the histories.
struct People {
    keepers: HashMap<AppointmentId, Actor>,
}

impl People {
    fn new(picture: &Picture) -> Self {
        let names: HashMap<_, &str> = (picture.housekeepers.iter())
            .map(|keeper| (keeper.id, keeper.name.as_str()))
            .collect();
        let keepers = (picture.appointments.iter())
            .filter_map(|row| Some((row.id, person(names.get(&row.housekeeper)?))))
            .collect();
        Self { keepers }
    }

    /// The actor of a move; `owner` is the body that has the issue then.
    fn actor(&self, who: Who, keeper: Option<AppointmentId>, owner: Option<&Owner>) -> Actor {
        match who {
            Who::Keeper => keeper
                .and_then(|id| self.keepers.get(&id).cloned())
                .unwrap_or_else(|| person("示例小管家")),
            Who::Resident => Actor::visitor(),
            Who::Secretary => person("示例社区书记"),
            Who::Hotline => person("示例12345热线"),
            Who::Handler => person(&format!(
                "{}承办人",
                owner.map_or("示例", |owner| owner.name.as_str())
            )),
            Who::Inspector => person("示例督查员"),
            Who::Superior => person("示例区主管部门"),
            Who::Arbitrator => person("示例街道裁定人"),
        }
    }
}

/// Somebody of the demo; the identity follows from the name.
fn person(name: &str) -> Actor {
    let seed = format!("gridkeeper:demo:{name}");
    Actor::account(Uuid::new_v5(&Uuid::NAMESPACE_OID, seed.as_bytes()), name)
}

fn rules(city: &DemoCity, at: &Index, today: NaiveDate) -> Vec<RoutingRule> {
    let from = today - Days::new(RULES_BEFORE_DAYS);
    let rule = |duty: demo::Duty| RoutingRule {
        id: RoutingRuleId::new(Uuid::now_v7()),
        order: 0,
        categories: duty.categories.into_iter().map(str::to_owned).collect(),
        places: (duty.compounds.into_iter())
            .map(|compound| RulePlace::Compound {
                compound: at.compounds[compound],
            })
            .collect(),
        owner: duty.owner,
        valid_from: from,
        valid_to: None,
        note: "示例职责清单（合成数据）".to_owned(),
        made_by_arbitration: None,
    };
    demo::duties(city).into_iter().map(rule).collect()
}

fn mapped(city: &DemoCity, at: &Index, people: &People, past: Past) -> Result<PastIssue> {
    let compound = at.compounds[past.compound];
    let mut keeper = None;
    let place = match past.place {
        IssuePlace::Point(point) => Place::point(point.x(), point.y()),
        IssuePlace::Building(row) => {
            keeper = at.keepers[row];
            Place::Building {
                building: at.buildings[row],
            }
        }
        IssuePlace::Compound => Place::Compound { compound },
        IssuePlace::Community => Place::Region {
            region: super::demo_city::code(&city.compounds[past.compound].community)?,
        },
    };
    // Where no building tells the area, somebody who keeps the compound.
    let keeper = keeper.or_else(|| {
        let own = city.buildings.iter().enumerate();
        own.skip_while(|(_, building)| building.compound != past.compound)
            .take_while(|(_, building)| building.compound == past.compound)
            .find_map(|(row, _)| at.keepers[row])
    });
    let reporter = people.actor(past.reporter, keeper, None);
    let mut owner: Option<Owner> = None;
    let moves = past.moves.into_iter().map(|(time, who, made)| {
        let by = people.actor(who, keeper, owner.as_ref());
        if let Move::Dispatch { owner: named, .. } | Move::Arbitrate { owner: named, .. } = &made {
            owner = Some(named.clone());
        }
        step(time, who, by, made)
    });
    Ok(PastIssue {
        moves: moves.collect(),
        id: past.id,
        place,
        category: past.category.to_owned(),
        priority: past.priority,
        source: past.source,
        black_text: past.black_text,
        answers: past.answers,
        field: past.field,
        reported_at: past.reported_at,
        reporter,
    })
}

fn step(at: DateTime<Utc>, who: Who, by: Actor, made: Move) -> PastMove {
    PastMove {
        at,
        by,
        capacity: who.capacity(),
        made,
    }
}
