//! Publishing: the transitions of a plan, the same for the page and the command line.
//!
//! Invariants: at most one plan of a street is in force at any instant; a plan in force ends only by another;
//! who submitted a plan does not approve it.

use super::Services;
use super::error::{Error, Result};
use super::picture::PlanRows;
use super::review::Checked;
use super::{notices, succession};
use crate::domain::{
    Actor, CheckLevel, CheckRules, NewEvent, Plan, PlanCheck, PlanId, PlanState, RegionCode, Unit,
};
use crate::storage::Conn;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use std::collections::HashSet;

/// Longest reason, in characters.
pub const MAX_REASON_CHARS: usize = 500;

/// What a transition needs.
#[derive(Debug, Clone)]
pub struct Transition {
    /// The state to reach.
    pub to: PlanState,
    /// Why; required.
    pub reason: String,
    /// From when it is in force; now when absent.
    pub effective_at: Option<DateTime<Utc>>,
    /// The warnings were read.
    pub acknowledge: bool,
    /// The version that the caller saw; refused when it is stale.
    pub version: Option<i64>,
}

impl Services {
    /// Moves a plan one state on.
    ///
    /// # Errors
    /// `Conflict` with the legal states; `Invalid` without a reason or with blocking problems.
    pub async fn plan_transition(&self, actor: &Actor, id: PlanId, ask: Transition) -> Result<()> {
        let reason = checked_reason(&ask.reason)?;
        let checked = self.checked(id).await?;
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut plan = require(&mut tx.conn(), id).await?;
        check_version(&plan, ask.version)?;
        let ask = Transition { reason, ..ask };
        step(
            &mut tx.conn(),
            &mut plan,
            actor,
            &ask,
            &checked,
            (now, self.first_day(&ask, now)),
        )
        .await?;
        tx.commit().await?;
        self.reload().await
    }

    /// Takes drafts through review and approval into force in one transaction: all of them, or none.
    /// `reviewer` approves what `actor` submits; without one only plans that somebody else submitted get on.
    ///
    /// # Errors
    /// As [`Services::plan_transition`]; nothing is stored unless every step is legal.
    pub async fn plans_publish(
        &self,
        actor: &Actor,
        reviewer: Option<&Actor>,
        ids: &[PlanId],
        ask: &Transition,
    ) -> Result<()> {
        let reason = checked_reason(&ask.reason)?;
        let mut all_checked = Vec::with_capacity(ids.len());
        for id in ids {
            all_checked.push(self.checked(*id).await?);
        }
        let now = self.now();
        self.backup_automatically("publish").await?;
        let mut tx = self.store().begin().await?;
        for (id, checked) in ids.iter().zip(&all_checked) {
            let mut plan = require(&mut tx.conn(), *id).await?;
            check_version(&plan, ask.version)?;
            let start = plan.state_at(now);
            let way: &[PlanState] = match start {
                PlanState::Draft | PlanState::Consulting => &[
                    PlanState::InReview,
                    PlanState::Approved,
                    PlanState::Scheduled,
                ],
                PlanState::InReview => &[PlanState::Approved, PlanState::Scheduled],
                PlanState::Approved => &[PlanState::Scheduled],
                _ => return Err(illegal(start, PlanState::Scheduled, start.next())),
            };
            for to in way {
                let ask = Transition {
                    to: *to,
                    reason: reason.clone(),
                    ..ask.clone()
                };
                let by = match to {
                    PlanState::Approved => reviewer.unwrap_or(actor),
                    _ => actor,
                };
                step(
                    &mut tx.conn(),
                    &mut plan,
                    by,
                    &ask,
                    checked,
                    (now, self.first_day(&ask, now)),
                )
                .await?;
            }
        }
        tx.commit().await?;
        self.reload().await
    }

    /// The day from which a plan would be in force.
    fn first_day(&self, ask: &Transition, now: DateTime<Utc>) -> NaiveDate {
        self.today(ask.effective_at.unwrap_or(now).max(now))
    }

    /// Removes a draft.
    ///
    /// # Errors
    /// `Conflict` when it is no draft any more.
    pub async fn plan_delete(&self, actor: &Actor, id: PlanId) -> Result<()> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let plan = require(&mut tx.conn(), id).await?;
        if !matches!(
            plan.state_at(now),
            PlanState::Draft | PlanState::Rejected | PlanState::Withdrawn
        ) {
            return Err(Error::conflict(
                "plan_not_a_draft",
                format!("方案处于“{}”，只能删除草案", plan.state_at(now).label_zh()),
                format!(
                    "the plan is {}; only drafts can be deleted",
                    plan.state_at(now)
                ),
            ));
        }
        tx.conn()
            .plan_delete(plan.street.district_code(), id)
            .await?;
        append(&mut tx.conn(), &plan, actor, "plan.deleted", "", now).await?;
        tx.commit().await?;
        self.reload().await
    }
}

async fn require(conn: &mut Conn<'_>, id: PlanId) -> Result<Plan> {
    conn.plan_find(id)
        .await?
        .ok_or_else(|| Error::NotFound(format!("plan {id}")))
}

fn checked_reason(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid(
            "reason_required",
            "请填写理由",
            "a reason is required",
        ));
    }
    if reason.chars().count() > MAX_REASON_CHARS {
        return Err(Error::invalid(
            "reason_too_long",
            format!("理由过长，最多 {MAX_REASON_CHARS} 字"),
            format!("the reason is too long, at most {MAX_REASON_CHARS} characters"),
        ));
    }
    Ok(reason.to_owned())
}

pub(super) fn check_version(plan: &Plan, seen: Option<i64>) -> Result<()> {
    match seen {
        Some(seen) if seen != plan.version => Err(Error::conflict(
            "plan_changed",
            format!(
                "方案已被修改（现为第 {} 版，您看到的是第 {seen} 版），请刷新后重试",
                plan.version
            ),
            format!(
                "the plan changed (version {}, you saw {seen}); reload and try again",
                plan.version
            ),
        )),
        _ => Ok(()),
    }
}

fn illegal(from: PlanState, to: PlanState, legal: &[PlanState]) -> Error {
    let names: Vec<String> = legal.iter().map(ToString::to_string).collect();
    let words: Vec<&str> = legal.iter().map(|state| state.label_zh()).collect();
    Error::Conflict {
        code: "plan_transition_illegal",
        zh: format!(
            "方案处于“{}”，不能变为“{}”；可以：{}",
            from.label_zh(),
            to.label_zh(),
            if words.is_empty() {
                "无".to_owned()
            } else {
                words.join("、")
            }
        ),
        en: format!(
            "the plan is {from} and cannot become {to}; legal: {}",
            names.join(", ")
        ),
        details: names,
    }
}

async fn step(
    conn: &mut Conn<'_>,
    plan: &mut Plan,
    actor: &Actor,
    ask: &Transition,
    checked: &Checked,
    (now, day): (DateTime<Utc>, NaiveDate),
) -> Result<()> {
    let from = plan.state_at(now);
    plan.transition(ask.to, now)
        .map_err(|error| illegal(from, ask.to, error.legal))?;
    if matches!(from, PlanState::Draft | PlanState::Consulting)
        && matches!(ask.to, PlanState::Consulting | PlanState::InReview)
    {
        leave_draft(conn, plan, checked, ask.acknowledge).await?;
    }
    if ask.to == PlanState::Approved {
        four_eyes(conn, plan, actor).await?;
    }
    if ask.to == PlanState::Scheduled {
        let start = ask.effective_at.unwrap_or(now);
        if start < now - Duration::minutes(1) {
            return Err(Error::invalid(
                "effective_in_the_past",
                format!("生效时间 {start} 早于现在"),
                format!("the plan cannot come into force in the past ({start})"),
            ));
        }
        let start = start.max(now);
        succession::end_former(conn, plan, start).await?;
        plan.effective_at = Some(start);
    }
    plan.note = Some(ask.reason.clone());
    plan.version += 1;
    conn.plan_update(plan).await?;
    if ask.to == PlanState::Scheduled {
        notices::follow_plan(conn, plan, day, actor, now).await?;
    }
    if from == PlanState::Scheduled && ask.to == PlanState::Withdrawn {
        succession::give_back(conn, plan, actor, (now, day)).await?;
    }
    let kind = format!("plan.{}", ask.to);
    append(conn, plan, actor, &kind, &ask.reason, now).await
}

/// Nobody approves what they submitted themselves (`domain.md` §5.2).
async fn four_eyes(conn: &mut Conn<'_>, plan: &Plan, actor: &Actor) -> Result<()> {
    let district = plan.street.district_code();
    let events = conn.event_list_of(district, &plan.id.to_string()).await?;
    let submitted = events.iter().rfind(|event| event.kind == "plan.in_review");
    match submitted {
        Some(event) if event.actor == actor.id.to_string() => Err(Error::Forbidden {
            code: "four_eyes",
            zh: format!("方案由“{}”送审，须由另一人批准", actor.name),
            en: format!(
                "{} submitted the plan, so somebody else has to approve it",
                actor.name
            ),
        }),
        _ => Ok(()),
    }
}

/// The guards of leaving a draft (`domain.md` §5.3), as the street weighs them.
async fn leave_draft(
    conn: &mut Conn<'_>,
    plan: &Plan,
    checked: &Checked,
    acknowledge: bool,
) -> Result<()> {
    let district = plan.street.district_code();
    // What was counted belongs to the version that is submitted.
    check_version(plan, Some(checked.version))?;
    conn.empty_areas_delete(district, plan.id).await?;
    let areas = conn.patrol_area_list(district, plan.id).await?;
    let assignments = conn.assignment_list(district, plan.id).await?;
    let assigned: HashSet<Unit> = assignments
        .iter()
        .map(|assignment| assignment.unit)
        .collect();
    let missing = unassigned(conn, plan.street, &assigned).await?;
    if missing > 0 {
        return Err(Error::conflict(
            "plan_has_unassigned_units",
            format!("还有 {missing} 个有住户的单元没有片区，请划入片区后再送审"),
            format!(
                "{missing} units with households have no area; give them one before submitting"
            ),
        ));
    }
    if let Some(area) = areas
        .iter()
        .find(|area| !plan.street.contains(area.community))
    {
        return Err(Error::conflict(
            "area_outside_street",
            format!("{} 不在本街道内", area.name),
            format!("{} lies outside the street", area.name),
        ));
    }
    let rules = conn.check_rules(plan.street).await?;
    let blocking = said(checked, &rules, CheckLevel::Block);
    if !blocking.0.is_empty() {
        return Err(Error::Conflict {
            code: "checks_block",
            zh: format!("还不能送审：{}。请在重划页逐项解决", blocking.0),
            en: format!(
                "it cannot be submitted yet: {}; solve them on the redraw page",
                blocking.1
            ),
            details: blocking.2,
        });
    }
    let warnings = said(checked, &rules, CheckLevel::Warn);
    if !warnings.0.is_empty() && !acknowledge {
        return Err(Error::Conflict {
            code: "warnings_not_acknowledged",
            zh: format!(
                "有提醒：{}。请阅读后勾选“已知悉”（命令行：--acknowledge）",
                warnings.0
            ),
            en: format!(
                "there are warnings: {}; acknowledge them (--acknowledge)",
                warnings.1
            ),
            details: plan
                .problems
                .iter()
                .map(|problem| problem.en.clone())
                .collect(),
        });
    }
    Ok(())
}

/// What the checks of a level found, in both languages and as words.
fn said(checked: &Checked, rules: &CheckRules, level: CheckLevel) -> (String, String, Vec<String>) {
    let found: Vec<(PlanCheck, u32)> = checked.of_level(rules, level).collect();
    let join = |say: &dyn Fn(&(PlanCheck, u32)) -> String, with: &str| {
        found.iter().map(say).collect::<Vec<_>>().join(with)
    };
    (
        join(&|(check, n)| format!("{} {n} 处", check.label_zh()), "、"),
        join(&|(check, n)| format!("{check} ×{n}"), ", "),
        found.iter().map(|(check, _)| check.to_string()).collect(),
    )
}

async fn unassigned(
    conn: &mut Conn<'_>,
    street: RegionCode,
    assigned: &HashSet<Unit>,
) -> Result<usize> {
    let buildings = conn.buildings_in(street).await?;
    let compounds = conn.compounds_in(street).await?;
    let with_buildings: HashSet<_> = buildings
        .iter()
        .filter_map(|building| building.compound)
        .collect();
    let buildings = buildings
        .iter()
        .filter(|building| building.households.count.unwrap_or(0) > 0)
        .filter(|building| !assigned.contains(&Unit::Building(building.id)))
        .count();
    let compounds = compounds
        .iter()
        .filter(|compound| !with_buildings.contains(&compound.id))
        .filter(|compound| compound.households.count.unwrap_or(0) > 0)
        .filter(|compound| !assigned.contains(&Unit::Compound(compound.id)))
        .count();
    Ok(buildings + compounds)
}

async fn append(
    conn: &mut Conn<'_>,
    plan: &Plan,
    actor: &Actor,
    kind: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    conn.event_append(&NewEvent {
        district_code: plan.street.district_code(),
        at: now,
        actor: actor.id.to_string(),
        kind: kind.to_owned(),
        subject: plan.id.to_string(),
        payload: serde_json::json!({ "street": plan.street.to_string(), "reason": reason, "by": actor.name }),
    })
    .await?;
    Ok(())
}

/// Copies the areas of the other communities from the plan in force into a draft of one community.
pub(super) fn keep_other_communities(
    draft: &mut super::planning::Draft,
    base: &PlanRows,
    only: RegionCode,
) {
    let mut number = draft.areas.len() as u32;
    let mut renamed = std::collections::HashMap::new();
    for area in base.areas.iter().filter(|area| area.community != only) {
        number += 1;
        let id = crate::domain::AreaId::new(uuid::Uuid::now_v7());
        renamed.insert(area.id, id);
        let mut copy = area.clone();
        copy.id = id;
        copy.plan = draft.plan.id;
        copy.origin = Some(area.id);
        copy.number = number;
        copy.name = format!("片区 {number:02}");
        draft.areas.push(copy);
    }
    for assignment in &base.assignments {
        if let Some(area) = renamed.get(&assignment.area) {
            draft.assignments.push(crate::domain::Assignment {
                unit: assignment.unit,
                area: *area,
            });
        }
    }
    for keeper in &base.keepers {
        if let Some(area) = renamed.get(&keeper.area) {
            let appointment = keeper.appointment;
            draft.keepers.push(crate::domain::AreaKeeper {
                plan: draft.plan.id,
                area: *area,
                appointment,
            });
        }
    }
    let zones = base
        .plan
        .zones
        .iter()
        .filter(|zone| zone.community != only)
        .cloned();
    draft.plan.zones.extend(zones);
    draft.plan.figures =
        super::planning::sum_figures(&draft.plan.figures, &draft.areas, &draft.plan.zones);
}
