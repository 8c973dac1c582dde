//! Files that leave the house: who took them and when stands on each, and lists of many people need a second person.
//!
//! Invariant: more than [`ROWS_ALONE`] rows about people go out only after somebody else with the same right agreed.

use super::Services;
use super::accounts::Asker;
use super::error::{Error, Result};
use crate::domain::ActorId;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Rows about people that one person takes out alone.
pub const ROWS_ALONE: usize = 100;
/// How long a request and its approval last.
pub(crate) const LASTS_S: u64 = 24 * 3600;
/// Fewest and most characters of a reason.
const REASON_CHARS: std::ops::RangeInclusive<usize> = 4..=200;

/// Who takes a file out, when and why.
#[derive(Debug, Clone)]
pub struct Watermark {
    who: String,
    at: DateTime<Utc>,
    reason: Option<String>,
}

impl Watermark {
    /// A file of places and figures.
    pub fn new(who: &str, at: DateTime<Utc>) -> Self {
        Self {
            who: who.to_owned(),
            at,
            reason: None,
        }
    }

    /// The line that stands on the file.
    pub fn line(&self) -> String {
        let reason = self
            .reason
            .as_ref()
            .map(|reason| format!("，用途：{reason}"))
            .unwrap_or_default();
        format!(
            "导出：{} {} UTC{reason}",
            self.who,
            self.at.format("%Y-%m-%d %H:%M")
        )
    }
}

/// A list of people that somebody wants to take out.
#[derive(Debug, Clone)]
pub(crate) struct ExportRequest {
    by: ActorId,
    by_name: String,
    at: DateTime<Utc>,
    reason: String,
    rows: usize,
    approved_by: Option<String>,
}

/// The same, as colleagues see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportRequestView {
    /// Who asks.
    pub by: String,
    /// Whether it is one's own request.
    pub own: bool,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// Rows about people.
    pub rows: u64,
    /// Who agreed; absent while nobody did.
    pub approved_by: Option<String>,
}

impl Services {
    /// Lets a list of `rows` people about the plan go out: with a reason, noted, and above [`ROWS_ALONE`] rows only
    /// after a second person agreed. The first attempt is the request.
    ///
    /// # Errors
    /// `Invalid` without a reason; `Conflict` `second_person_needed` until somebody else agrees.
    pub async fn let_out_people(
        &self,
        asker: &Asker,
        plan: Uuid,
        rows: usize,
        reason: &str,
    ) -> Result<Watermark> {
        let reason = reason.trim().to_owned();
        if !REASON_CHARS.contains(&reason.chars().count()) {
            return Err(Error::invalid(
                "reason_required",
                "名单含个人信息：请写明用途（4 至 200 字），将写在文件上并记入审计日志",
                "the list is about people: say what it is for (4 to 200 characters); it goes onto the file and into the audit log",
            ));
        }
        let now = self.now();
        let known = self.export_requests().get(&plan);
        let approved = known
            .as_ref()
            .is_some_and(|known| known.by == asker.actor.id && known.approved_by.is_some());
        if rows > ROWS_ALONE && !approved {
            let request = ExportRequest {
                by: asker.actor.id,
                by_name: asker.actor.name.clone(),
                at: now,
                reason: reason.clone(),
                rows,
                approved_by: None,
            };
            self.export_requests().insert(plan, request);
            self.note_people(asker, "export.requested", plan, &reason)
                .await?;
            return Err(Error::conflict(
                "second_person_needed",
                format!(
                    "共 {rows} 行个人信息，超过 {ROWS_ALONE} 行：已登记，请另一位有导出权限的同事在本页同意后再导出（24 小时内有效）"
                ),
                format!(
                    "{rows} rows about people, more than {ROWS_ALONE}: your request is noted; a colleague with the same right agrees on this page, then export again (within 24 hours)"
                ),
            ));
        }
        self.note_people(asker, "export.people", plan, &reason)
            .await?;
        Ok(Watermark {
            reason: Some(reason),
            ..Watermark::new(&asker.actor.name, now)
        })
    }

    /// The request that waits for a plan.
    pub fn export_request(&self, asker: &Asker, plan: Uuid) -> Option<ExportRequestView> {
        let known = self.export_requests().get(&plan)?;
        Some(ExportRequestView {
            own: known.by == asker.actor.id,
            by: known.by_name,
            at: known.at,
            reason: known.reason,
            rows: known.rows as u64,
            approved_by: known.approved_by,
        })
    }

    /// Agrees to the request of somebody else.
    ///
    /// # Errors
    /// `NotFound` when there is none; `Forbidden` for one's own.
    pub async fn export_approve(&self, asker: &Asker, plan: Uuid) -> Result<ExportRequestView> {
        let missing = || Error::NotFound(format!("export request of plan {plan}"));
        let mut known = self.export_requests().get(&plan).ok_or_else(missing)?;
        if known.by == asker.actor.id {
            return Err(Error::Forbidden {
                code: "own_case",
                zh: "不能同意自己的导出申请，请另一位同事处理".into(),
                en: "nobody agrees to their own request; ask a colleague".into(),
            });
        }
        known.approved_by = Some(asker.actor.name.clone());
        let reason = known.reason.clone();
        self.export_requests().insert(plan, known);
        self.note_people(asker, "export.approved", plan, &reason)
            .await?;
        self.export_request(asker, plan).ok_or_else(missing)
    }

    async fn note_people(
        &self,
        asker: &Asker,
        action: &str,
        plan: Uuid,
        reason: &str,
    ) -> Result<()> {
        let subject = plan.to_string();
        self.note(asker.did(action, &subject).because(reason)).await
    }
}
