//! Merged, renumbered and split communities: rows move, codes end and name their successor, nothing is forgotten.
//!
//! `ground` finds what of the map goes, `belongings` what hangs on it, `codes` who may take it. Not an import of regions.
//! Invariant: all of it in one transaction, and the dry run counts with the same code; a plan that is being made is in
//! the way, because its zones are those of the communities of before.

mod belongings;
mod codes;
mod ground;

use super::super::error::{Error, Result};
use super::super::picture::Rows;
use super::super::{Services, rows};
use super::text;
use crate::domain::{Actor, CompoundId, NewEvent, PlanState, Region, RegionCode};
use belongings::Belongings;
use chrono::NaiveDate;
use codes::{community, ended, in_street, known, made};
use ground::{Chosen, Ground};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashSet;
use utoipa::ToSchema;
use uuid::Uuid;

/// Merging a community into another, or giving it another code.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeBody {
    /// The code that takes everything over; one that is not known yet is made, and needs a name.
    pub into: String,
    /// Name of a new code.
    pub name: Option<String>,
    /// Only say what would move.
    pub dry_run: bool,
}

/// Splitting compounds off.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitBody {
    /// The code of the new community; one that was merged into this community comes back.
    pub code: String,
    /// Its name; a code that comes back keeps its own unless another is given.
    pub name: Option<String>,
    /// The compounds that go, with their buildings.
    pub compounds: Vec<Uuid>,
    /// Only say what would move.
    pub dry_run: bool,
}

/// What moves, or moved.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RegionChange {
    /// The community that loses rows.
    pub from: String,
    /// Its name.
    pub from_name: String,
    /// The community that gets them.
    pub to: String,
    /// Its name.
    pub to_name: String,
    /// Whether `to` is made, or comes back.
    pub to_is_new: bool,
    /// Last day of the code `from`; `None` when it stays valid.
    pub from_ends: Option<NaiveDate>,
    /// Compounds.
    pub compounds: u64,
    /// Buildings.
    pub buildings: u64,
    /// Known households, estimates included.
    pub households: u64,
    /// Statutory grids.
    pub grids: u64,
    /// Buildings that belong to no grid afterwards, because their grid is cut.
    pub buildings_without_grid: u64,
    /// Housekeepers.
    pub housekeepers: u64,
    /// Areas of the plan in force, and of one that waits for its day.
    pub areas: u64,
    /// Areas that lie in both communities afterwards, and stay with `from`.
    pub areas_cut: u64,
    /// Rows that wait for a place.
    pub waiting: u64,
    /// Organisations of compounds, with their people.
    pub organisations: u64,
    /// Recruitment cases.
    pub cases: u64,
    /// Assessments.
    pub assessments: u64,
    /// Trainings.
    pub trainings: u64,
    /// Open issues: they are dealt with where they lie from now on.
    pub issues_open: u64,
    /// Closed issues without a compound: they keep the community of their time, and count in the one that took over.
    pub issues_closed: u64,
    /// Routing rules that name the same bodies for the same ground.
    pub rules: u64,
    /// Saved filters and subscriptions.
    pub filters: u64,
    /// Numbers that residents call.
    pub contacts: u64,
    /// Boards at doors; they go with their buildings.
    pub notices: u64,
    /// Visits; they go with their buildings.
    pub visits: u64,
    /// Keepers who stand in; they go with their compounds.
    pub covers: u64,
    /// Roles that hold in `from` alone, and see nothing of what moved until somebody decides.
    pub roles: u64,
    /// Quota policies of `from` alone, which do not move.
    pub policies: u64,
    /// Whether the outline of either community has to be drawn anew.
    pub outline_missing: bool,
    /// Whether it was done.
    pub done: bool,
    /// Day of the change.
    pub as_of: NaiveDate,
}

impl Services {
    /// Merges a community into another one of its street.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` code or name; `Conflict` with the plans in the way.
    pub async fn region_merge(
        &self,
        actor: &Actor,
        code: &str,
        ask: MergeBody,
    ) -> Result<RegionChange> {
        let _one_at_a_time = self.writer().await;
        let now = rows::read(self.store()).await?;
        let from = community(&now, code)?;
        let to = match known(&now, &ask.into)? {
            Some(to) if to.code == from.code => {
                return Err(Error::invalid(
                    "region_into_itself",
                    "不能并入自己，请另选社区",
                    "a community cannot be merged into itself",
                ));
            }
            Some(to) if to.is_replaced() => return Err(ended(&to)),
            Some(to) => in_street(&from, to.code).map(|()| to)?,
            None => made(&from, &ask.into, ask.name.as_deref())?,
        };
        let everything = Chosen {
            compounds: None,
            outline: None,
            today: self.today(self.now()),
        };
        self.go(
            actor,
            "region.merged",
            &now,
            (from, to),
            &everything,
            ask.dry_run,
        )
        .await
    }

    /// Splits compounds off into a community of their own in the same street.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` code, name or compounds; `Conflict` with the plans in the way.
    pub async fn region_split(
        &self,
        actor: &Actor,
        code: &str,
        ask: SplitBody,
    ) -> Result<RegionChange> {
        let _one_at_a_time = self.writer().await;
        let now = rows::read(self.store()).await?;
        let from = community(&now, code)?;
        let to = match known(&now, &ask.code)? {
            Some(mut back) if back.successor == Some(from.code) => {
                if let Some(name) = text(ask.name.as_deref(), "名称", "name")? {
                    back.name = name;
                }
                (back.successor, back.valid_to) = (None, None);
                back
            }
            Some(taken) => {
                return Err(Error::invalid(
                    "region_code_taken",
                    format!("代码 {} 已是“{}”，请另给代码", taken.code, taken.name),
                    format!("the code {} is {}; give another", taken.code, taken.name),
                ));
            }
            None => made(&from, &ask.code, ask.name.as_deref())?,
        };
        let chosen: HashSet<CompoundId> = ask
            .compounds
            .iter()
            .map(|id| CompoundId::new(*id))
            .collect();
        let own = now
            .compounds
            .iter()
            .filter(|row| row.community == from.code);
        let (inside, rest): (Vec<_>, Vec<_>) = own.partition(|row| chosen.contains(&row.id));
        if inside.is_empty() || inside.len() != chosen.len() {
            return Err(Error::invalid(
                "split_compounds_unknown",
                format!("请选择“{}”的小区", from.name),
                format!("choose compounds of {}", from.name),
            ));
        }
        if rest.is_empty() {
            return Err(Error::invalid(
                "split_takes_all",
                "选中了全部小区：整体换码请用“合并”，并填写新代码",
                "these are all compounds: to renumber the community, merge it into a new code",
            ));
        }
        let some = Chosen {
            compounds: Some(chosen),
            outline: to.outline.clone(),
            today: self.today(self.now()),
        };
        self.go(actor, "region.split", &now, (from, to), &some, ask.dry_run)
            .await
    }

    fn nothing_in_the_way(&self, now: &Rows, from: RegionCode) -> Result<()> {
        let open: Vec<String> = now
            .plans
            .iter()
            .filter(|rows| rows.plan.street.contains(from))
            .map(|rows| (&rows.plan.name, rows.plan.state_at(self.now())))
            .filter(|(_, state)| {
                state.is_editable() || matches!(state, PlanState::InReview | PlanState::Approved)
            })
            .map(|(name, state)| format!("{name}（{}）", state.label_zh()))
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        Err(Error::Conflict {
            code: "plans_in_the_way",
            zh: format!(
                "有 {} 个未完成的方案按原社区划片，请先发布、撤回或删除：{}",
                open.len(),
                open.join("、")
            ),
            en: format!(
                "{} plans are being made for the communities of before; publish, withdraw or delete them first",
                open.len()
            ),
            details: open,
        })
    }

    /// Has rows go, or says which would; refuses when a plan is in the way.
    async fn go(
        &self,
        actor: &Actor,
        kind: &str,
        now: &Rows,
        (from, to): (Region, Region),
        chosen: &Chosen,
        dry_run: bool,
    ) -> Result<RegionChange> {
        self.nothing_in_the_way(now, from.code)?;
        let in_use: Vec<_> = (now.plans.iter())
            .filter(|rows| {
                matches!(
                    rows.plan.state_at(self.now()),
                    PlanState::InForce | PlanState::Scheduled
                )
            })
            .collect();
        let mut ground = chosen.ground(now, from, to, &in_use);
        if !dry_run {
            self.backup_automatically("regions").await?;
        }
        // What hangs on the ground is read inside the transaction that moves it: nothing slips in between.
        let issues = self.issues_held().await;
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let mut belongings = Belongings::of(self, &issues, &mut conn, &mut ground, chosen).await?;
        if dry_run {
            return Ok(ground.view);
        }
        let Ground {
            from,
            to,
            view,
            grids,
            compounds,
            buildings,
            housekeepers,
            plans,
            ..
        } = ground;
        let event = NewEvent {
            district_code: from.district_code(),
            at: self.now(),
            actor: actor.id.to_string(),
            kind: kind.to_owned(),
            subject: from.code.to_string(),
            payload: json!({ "by": actor.name, "moved": view }),
        };
        conn.region_upsert(&[from, to]).await?;
        conn.grid_upsert(&grids).await?;
        conn.compound_upsert(&compounds).await?;
        conn.building_upsert(&buildings).await?;
        conn.housekeeper_upsert(&housekeepers).await?;
        for plan in &plans {
            conn.plan_zones_set(plan).await?;
        }
        belongings.store(&mut conn).await?;
        conn.event_append(&event).await?;
        let regions = conn.region_list().await?;
        tx.commit().await?;
        self.issues_moved(issues, belongings.issues, &regions);
        self.reload().await?;
        Ok(RegionChange { done: true, ..view })
    }
}
