//! Settling: from the log of a draft to its areas, assignments, outlines and figures, in one transaction.

use super::table::Table;
use super::{all_edits, caught_up, require};
use crate::domain::{
    AppointmentId, AreaId, AreaKeeper, NewEvent, PatrolArea, Plan, PlanId, PlanState,
};
use crate::services::error::{Error, Result};
use crate::services::picture::Picture;
use crate::services::planning::{self, Base, Draft, Drawn};
use crate::services::planning_rows::ByStreet;
use crate::services::{Services, lineage, redrawing};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

impl Services {
    /// Brings the stored rows of a draft up to its last stroke; does nothing when they are.
    ///
    /// # Errors
    /// The store's own; the log stays as it is.
    pub(in crate::services) async fn settle(&self, plan: PlanId) -> Result<()> {
        let seat = self.edit_desk().seat(plan);
        let (stored, table, areas) = {
            let mut guard = seat.lock().await;
            let mut lease = self.store().read().await?;
            let mut conn = lease.conn();
            let stored = require(&mut conn, plan).await?;
            if stored.settled_seq >= stored.edit_seq {
                return Ok(());
            }
            let table = caught_up(&mut conn, &stored, &mut guard).await?.clone();
            let areas = conn
                .patrol_area_list(stored.street.district_code(), plan)
                .await?;
            (stored, table, areas)
        };
        let draft = self.drawn(stored, &table, areas).await?;
        let _one_at_a_time = self.writer().await;
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let now = require(&mut conn, plan).await?;
        if now.settled_seq >= table.seq {
            return Ok(());
        }
        let settled = Plan {
            version: now.version + 1,
            settled_seq: table.seq,
            ..draft.plan
        };
        let district = settled.street.district_code();
        let strokes = table.seq - now.settled_seq;
        let by = all_edits(&mut conn, &now, table.seq - 1).await?;
        conn.plan_clear(district, plan).await?;
        conn.patrol_area_insert(district, &draft.areas).await?;
        conn.assignment_insert(district, plan, &draft.assignments)
            .await?;
        conn.area_keeper_insert(district, &draft.keepers).await?;
        conn.plan_settle(&settled).await?;
        conn.event_append(&NewEvent {
            district_code: district,
            at: self.now(),
            actor: self.operator().id.to_string(),
            kind: "plan.edited".into(),
            subject: plan.to_string(),
            payload: serde_json::json!({
                "street": settled.street.to_string(),
                "strokes": strokes,
                "last": table.seq,
                "by": by.first().map(|edit| edit.by.clone()),
            }),
        })
        .await?;
        tx.commit().await?;
        self.reload().await
    }

    /// Settles every draft that was left open when the service stopped.
    pub(in crate::services) async fn settle_all(&self) {
        let open: Vec<PlanId> = self
            .picture()
            .plans
            .iter()
            .filter(|found| found.plan.settled_seq < found.plan.edit_seq)
            .map(|found| found.plan.id)
            .collect();
        for plan in open {
            if let Err(error) = self.settle(plan).await {
                tracing::warn!(plan = %plan, %error, "plan.settle_failed");
            }
        }
    }

    /// The rows of a plan as it stands on the table; `areas` are the rows that its areas continue.
    pub(super) async fn drawn(
        &self,
        plan: Plan,
        table: &Table,
        areas: Vec<PatrolArea>,
    ) -> Result<Draft> {
        let picture = self.picture();
        let drawn = drawn(&picture, &plan, table, areas, self.now());
        let (policy, tiers) = (picture.policy_at(plan.street), self.visits().tiers());
        let work = move || {
            let rows = ByStreet::new(&*picture).rows_of(plan.street);
            planning::redrawn((&rows, &tiers), plan, drawn, policy)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Internal(format!("settling: {error}")))?
            .map_err(|error| Error::Internal(format!("settling: {error}")))
    }
}

fn drawn(
    picture: &Arc<Picture>,
    plan: &Plan,
    table: &Table,
    areas: Vec<PatrolArea>,
    now: chrono::DateTime<chrono::Utc>,
) -> Drawn {
    let mut former: HashMap<Uuid, PatrolArea> = areas
        .into_iter()
        .map(|area| (area.id.uuid(), area))
        .collect();
    let left_draft = !matches!(
        plan.stored_state,
        PlanState::Draft | PlanState::Consulting | PlanState::Rejected
    );
    let base = picture
        .in_force(plan.street, now)
        .filter(|base| base.plan.id != plan.id && !left_draft)
        .map(|base| Base {
            kin: lineage::kin(&base.areas),
            area_of: redrawing::identities(picture, base),
        });
    Drawn {
        areas: table
            .areas
            .iter()
            .map(|(id, fields)| (AreaId::new(*id), fields.clone(), former.remove(id)))
            .collect(),
        area_of: table
            .area_of
            .iter()
            .map(|(unit, area)| (*unit, AreaId::new(*area)))
            .collect(),
        keepers: table
            .seats
            .iter()
            .map(|(appointment, area)| AreaKeeper {
                plan: plan.id,
                area: AreaId::new(*area),
                appointment: AppointmentId::new(*appointment),
            })
            .collect(),
        base,
    }
}
