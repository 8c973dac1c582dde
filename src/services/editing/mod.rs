//! Editing a draft: strokes come in, are checked against the draft in memory, and are appended to its log.
//!
//! The log is what is true. Areas, outlines and figures are settled from it when the hand rests (`settle.rs`), so that
//! saving a stroke costs a row. Invariants: all strokes of a request are stored, or none; strokes that share no key
//! with those of others merge without a word; a repeated stroke is taken once.

mod copying;
mod settle;
mod table;
mod views;

pub use copying::NewPlan;
pub use views::{EditAck, EditAsk, EditView, EditsView, MarkView};

use super::error::{Error, Result};
use super::picture::Picture;
use super::{Services, plans};
use crate::domain::{
    Actor, AppointmentId, BuildingId, CompoundId, Edit, MAX_AREA_NAME_CHARS, Plan, PlanId,
    PlanMark, Problem, RegionCode, Severity, Stroke,
};
use crate::storage::Conn;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use table::{Refusal, Table};
use uuid::Uuid;

/// Strokes of one request, at most.
pub const MAX_STROKES: usize = 200;
/// Strokes of one answer, at most.
pub const PAGE: i64 = 500;
/// How long the hand rests before a draft is settled.
const SETTLE_AFTER: Duration = Duration::from_secs(15);
/// Longest identity of a page, in characters.
const MAX_CLIENT_CHARS: usize = 64;

/// Strokes were stored: other pages of the plan fetch them.
#[derive(Debug, Clone, Serialize)]
pub struct PlanEdited {
    /// The plan.
    pub plan_id: Uuid,
    /// Its last stroke.
    pub seq: i64,
    /// The page they came from.
    pub client: String,
}

type Seat = Arc<tokio::sync::Mutex<Option<Table>>>;

/// The drafts under edit.
#[derive(Default)]
pub struct EditDesk(Mutex<HashMap<PlanId, Seat>>);

impl EditDesk {
    fn seat(&self, plan: PlanId) -> Seat {
        let mut seats = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
        seats.entry(plan).or_default().clone()
    }
}

impl Services {
    /// Strokes of a plan after a position.
    ///
    /// # Errors
    /// `NotFound` plan.
    pub async fn edits_after(&self, plan: Uuid, after: i64) -> Result<EditsView> {
        let picture = self.picture();
        let opened = self.redraw_open(plan).await?;
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        let stored = require(&mut conn, PlanId::new(plan)).await?;
        let edits = conn
            .edit_list(stored.street.district_code(), stored.id, after.max(0), PAGE)
            .await?;
        let state = stored.state_at(self.now());
        Ok(EditsView {
            plan_id: plan,
            seq: stored.edit_seq,
            plan_version: stored.version,
            plan_state: state.to_string(),
            editable: state.is_editable(),
            data_version: picture.version,
            units_digest: opened.units_digest(),
            items: edits.into_iter().map(EditView::from).collect(),
        })
    }

    /// Stores strokes; gives those of others that came before them.
    ///
    /// # Errors
    /// `NotFound` plan; `Invalid` strokes; `Conflict` when the plan may not be edited, an area is locked, or others
    /// changed the same things: the details name them.
    pub async fn edits_save(&self, actor: &Actor, plan: Uuid, ask: EditAsk) -> Result<EditAck> {
        let picture = self.picture();
        let found = plans::find(&picture, plan)?;
        check(&ask)?;
        check_known(&picture, found.plan.street, &ask.strokes)?;
        let plan = found.plan.id;
        let seat = self.edit_desk().seat(plan);
        let mut guard = seat.lock().await;
        let mut tx = self.store().begin().await?;
        let stored = require(&mut tx.conn(), plan).await?;
        let state = stored.state_at(self.now());
        if !state.is_editable() {
            return Err(Error::conflict(
                "plan_not_editable",
                format!(
                    "方案处于“{}”，不能修改；可以复制为新的草案",
                    state.label_zh()
                ),
                format!("the plan is {state} and cannot be edited; copy it as a new draft"),
            ));
        }
        let table = caught_up(&mut tx.conn(), &stored, &mut guard).await?;
        let district = stored.street.district_code();
        let theirs = all_edits(&mut tx.conn(), &stored, ask.base_seq.max(0)).await?;
        let (mut undo, mut fresh) = (Vec::new(), Vec::new());
        let before = table.seq;
        for stroke in ask.strokes {
            let known = tx.conn().edit_seq(district, plan, stroke.id).await?;
            if known.is_some() {
                continue;
            }
            if let Some(refusal) = table.refusal(&stroke) {
                table.take_back(undo);
                return Err(refused(refusal));
            }
            undo.push(table.apply(&stroke));
            fresh.push(Edit {
                seq: before + fresh.len() as i64 + 1,
                at: self.now(),
                by: actor.name.clone(),
                client: ask.client.clone(),
                stroke,
            });
        }
        let stored_all = match tx.conn().edit_append(district, plan, &fresh).await {
            Ok(()) => tx.commit().await,
            failed => failed,
        };
        if let Err(error) = stored_all {
            // Nothing is stored, or nobody knows: the next request reads the log again.
            *guard = None;
            return Err(error.into());
        }
        table.seq = before + fresh.len() as i64;
        let seq = table.seq;
        drop(guard);
        if !fresh.is_empty() {
            self.edited(plan, seq, ask.client);
        }
        Ok(EditAck {
            seq,
            plan_version: stored.version,
            data_version: picture.version,
            theirs: theirs.into_iter().map(EditView::from).collect(),
        })
    }

    /// Tells other pages, and settles the draft when the hand rests.
    fn edited(&self, plan: PlanId, seq: i64, client: String) {
        // Nobody may be listening.
        let _receivers = self.inner.edits.send(PlanEdited {
            plan_id: plan.uuid(),
            seq,
            client,
        });
        let services = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(SETTLE_AFTER).await;
            let seat = services.edit_desk().seat(plan);
            let rests = seat
                .lock()
                .await
                .as_ref()
                .is_none_or(|table| table.seq == seq);
            if rests && let Err(error) = services.settle(plan).await {
                tracing::warn!(plan = %plan, %error, "plan.settle_failed");
            }
        });
    }

    /// Names the state of a draft as it is now.
    ///
    /// # Errors
    /// `NotFound` plan; `Invalid` name; `Conflict` when the name is taken.
    pub async fn plan_mark(&self, actor: &Actor, plan: Uuid, name: &str) -> Result<MarkView> {
        let name = checked_name(name)?;
        let mut tx = self.store().begin().await?;
        let stored = require(&mut tx.conn(), PlanId::new(plan)).await?;
        let mark = PlanMark {
            name,
            seq: stored.edit_seq,
            at: self.now(),
            by: actor.name.clone(),
        };
        let district = stored.street.district_code();
        let known = tx.conn().plan_mark_list(district, stored.id).await?;
        if known.iter().any(|other| other.name == mark.name) {
            return Err(Error::conflict(
                "name_taken",
                format!("已有名为“{}”的版本，请换一个名称", mark.name),
                format!(
                    "there is a version named {} already; choose another name",
                    mark.name
                ),
            ));
        }
        tx.conn()
            .plan_mark_insert(district, stored.id, &mark)
            .await?;
        tx.commit().await?;
        Ok(mark.into())
    }

    /// Named versions of a draft, newest first.
    ///
    /// # Errors
    /// `NotFound` plan.
    pub async fn plan_marks(&self, plan: Uuid) -> Result<Vec<MarkView>> {
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        let stored = require(&mut conn, PlanId::new(plan)).await?;
        let marks = conn
            .plan_mark_list(stored.street.district_code(), stored.id)
            .await?;
        Ok(marks.into_iter().map(MarkView::from).collect())
    }
}

async fn require(conn: &mut Conn<'_>, id: PlanId) -> Result<Plan> {
    conn.plan_find(id)
        .await?
        .ok_or_else(|| Error::NotFound(format!("plan {id}")))
}

/// The draft in memory with every stroke of the log: read when it is not there, else brought up to date.
async fn caught_up<'t>(
    conn: &mut Conn<'_>,
    plan: &Plan,
    seat: &'t mut Option<Table>,
) -> Result<&'t mut Table> {
    let mut table = match seat.take() {
        Some(table) if table.seq <= plan.edit_seq => table,
        _ => {
            let district = plan.street.district_code();
            let areas = conn.patrol_area_list(district, plan.id).await?;
            let assignments = conn.assignment_list(district, plan.id).await?;
            let keepers = conn.area_keeper_list(district, plan.id).await?;
            Table::of_rows(plan.settled_seq, &areas, &assignments, &keepers)
        }
    };
    for edit in all_edits(conn, plan, table.seq).await? {
        table.apply(&edit.stroke);
        table.seq = edit.seq;
    }
    Ok(seat.insert(table))
}

/// All strokes after a position.
async fn all_edits(conn: &mut Conn<'_>, plan: &Plan, after: i64) -> Result<Vec<Edit>> {
    let mut all: Vec<Edit> = Vec::new();
    loop {
        let from = all.last().map_or(after, |edit| edit.seq);
        if from >= plan.edit_seq {
            return Ok(all);
        }
        let more = conn
            .edit_list(plan.street.district_code(), plan.id, from, PAGE)
            .await?;
        if more.is_empty() {
            return Ok(all);
        }
        all.extend(more);
    }
}

fn check(ask: &EditAsk) -> Result<()> {
    if ask.strokes.is_empty() || ask.strokes.len() > MAX_STROKES {
        return Err(Error::invalid(
            "strokes_count",
            format!(
                "一次请求应有 1 至 {MAX_STROKES} 个步骤，而不是 {}",
                ask.strokes.len()
            ),
            format!(
                "a request holds 1 to {MAX_STROKES} strokes, not {}",
                ask.strokes.len()
            ),
        ));
    }
    if ask.client.chars().count() > MAX_CLIENT_CHARS {
        return Err(Error::invalid(
            "client_too_long",
            format!("client 最多 {MAX_CLIENT_CHARS} 字符"),
            format!("client has at most {MAX_CLIENT_CHARS} characters"),
        ));
    }
    for stroke in &ask.strokes {
        stroke
            .check()
            .map_err(|error| Error::bilingual("stroke_invalid", &error))?;
    }
    Ok(())
}

/// Refuses units and appointments that the data do not have (any more).
fn check_known(picture: &Picture, street: RegionCode, strokes: &[Stroke]) -> Result<()> {
    let unit_known = |id: Uuid| {
        let building = picture.building_index(BuildingId::new(id));
        let compound = picture.compound_index(CompoundId::new(id));
        building.is_some_and(|at| street.contains(picture.buildings[at].community))
            || compound.is_some_and(|at| street.contains(picture.compounds[at].community))
    };
    let unknown_units = strokes
        .iter()
        .flat_map(|stroke| &stroke.moves)
        .flat_map(|group| group.units.iter().copied())
        .filter(|id| !unit_known(*id));
    let unknown_posts = strokes
        .iter()
        .flat_map(|stroke| &stroke.keepers)
        .map(|keeper| keeper.appointment)
        .filter(|id| picture.holder(AppointmentId::new(*id)).is_none());
    let problem = |code: &'static str, zh: &'static str, en: &'static str| {
        move |id: Uuid| {
            Problem::new(
                Severity::Refused,
                code,
                format!("{zh}：{id}"),
                format!("{en}: {id}"),
            )
        }
    };
    let units = unknown_units.map(problem(
        "unit_unknown",
        "数据里没有这个楼栋或小区（可能已被删除），请重新载入方案",
        "the data have no such building or compound (any more); reload the plan",
    ));
    let posts = unknown_posts.map(problem(
        "appointment_unknown",
        "数据里没有这个任命，请重新载入方案",
        "the data have no such appointment; reload the plan",
    ));
    let problems: Vec<Problem> = units.chain(posts).take(100).collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(problems))
    }
}

fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_AREA_NAME_CHARS {
        return Err(Error::invalid(
            "name_invalid",
            format!("名称应为 1 至 {MAX_AREA_NAME_CHARS} 字"),
            format!("a name has 1 to {MAX_AREA_NAME_CHARS} characters"),
        ));
    }
    Ok(name.to_owned())
}

fn refused(refusal: Refusal) -> Error {
    let (code, zh, en, details) = match refusal {
        Refusal::Conflict(keys) => (
            "edits_conflict",
            "别人刚刚改过同样的楼栋、片区或人员；请对照差异后决定保留哪一边",
            "somebody has just changed the same buildings, areas or keepers; compare and choose",
            keys,
        ),
        Refusal::Locked(keys) => (
            "area_locked",
            "片区已锁定，不能移出或移入；请先解锁",
            "the area is locked: nothing may leave or enter it; unlock it first",
            keys,
        ),
        Refusal::NotEmpty(keys) => (
            "area_not_empty",
            "片区里还有楼栋或小管家，不能删除",
            "the area still holds buildings or keepers and cannot be removed",
            keys,
        ),
        Refusal::NumberTaken(keys) => (
            "number_taken",
            "片区号已被使用，请换一个",
            "another area has this number; choose another one",
            keys,
        ),
    };
    Error::Conflict {
        code,
        zh: zh.to_owned(),
        en: en.to_owned(),
        details,
    }
}
