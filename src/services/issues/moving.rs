//! Moving an issue on: who may, in which capacity, under which terms, and what is written down.
//!
//! The state machine is `domain/issue/flow.rs`; here it meets rights, calendar and the routing rules. Invariant: a
//! move is decided on the newest row inside the commit, never on what a page believed.

use super::IssueDetail;
use super::catalog::Catalog;
use super::sight::{Standing, place_of};
use super::writer::{Change, Write, Written};
use crate::domain::access::{Action, Object, Verdict};
use crate::domain::issue::{
    Capacity, Entry, Issue, IssueEvent, Move, MoveKind, Owner, Refusal, State, legal,
};
use crate::domain::{IssueEventId, IssueId, Problem, Severity};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::Picture;
use crate::storage::IssueRow;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

/// Most issues of one bulk action.
pub const MOST_BULK: usize = 10_000;

/// A move that somebody asks for.
#[derive(Debug, Clone, Deserialize)]
pub struct MoveAsk {
    /// The move with its fields. A dispatch without an owner takes the one that the rules name.
    #[serde(flatten)]
    pub made: serde_json::Map<String, serde_json::Value>,
    /// The number of the last event that the page saw; another one is refused as stale.
    pub seq: Option<u32>,
    /// For whom, where somebody acts for another.
    pub on_behalf_of: Option<String>,
}

/// What a bulk action did to one issue.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct BulkRow {
    /// Identity.
    pub id: Uuid,
    /// Whether it was done.
    pub ok: bool,
    /// Stable word of the refusal.
    pub code: Option<String>,
    /// Why not.
    pub problem: Option<WhyNot>,
}

/// Why something was not done.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct WhyNot {
    /// Chinese text.
    pub zh: String,
    /// English text.
    pub en: String,
}

/// What a bulk action did.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct BulkReport {
    /// How many were done.
    pub done: usize,
    /// How many were refused.
    pub refused: usize,
    /// Each, in the order of the request.
    pub items: Vec<BulkRow>,
}

/// The right that a move needs. Approving is what another person does.
pub(super) const fn needs(kind: MoveKind) -> Action {
    match kind {
        MoveKind::ApproveDefer
        | MoveKind::Arbitrate
        | MoveKind::InspectPass
        | MoveKind::InspectFail => Action::Approve,
        _ => Action::Update,
    }
}

/// Whether the reporter may do it without any other right.
pub(super) const fn reporters_own(kind: MoveKind) -> bool {
    matches!(kind, MoveKind::Reopen | MoveKind::Cancel)
}

/// A move, with everything that decides about it.
struct Moving {
    services: Services,
    asker: Arc<Asker>,
    ask: MoveAsk,
    catalog: Arc<Catalog>,
    picture: Arc<Picture>,
}

impl Change for Moving {
    fn apply(&self, row: &mut IssueRow, now: DateTime<Utc>) -> Result<Vec<IssueEvent>> {
        let standing = Standing::of(&self.asker, &self.picture, now);
        let before = row.issue.flow.clone();
        let made = self.made(&row.issue, now)?;
        let kind = made.kind();
        let reporter = row.issue.reporter == Some(self.asker.actor.id) && self.asker.is_known();
        if !(reporter && reporters_own(kind)) {
            standing.require(&self.asker, &self.picture, &row.issue, needs(kind))?;
        }
        if let Some(seen) = self.ask.seq
            && seen != before.seq
        {
            return Err(stale(&row.issue));
        }
        let entry = Entry {
            id: IssueEventId::new(Uuid::now_v7()),
            by: self.asker.actor.clone(),
            capacity: self.capacity(&row.issue, reporter, needs(kind)),
            on_behalf_of: self.ask.on_behalf_of.clone(),
            note: None,
        };
        let terms = self.catalog.terms(&row.issue, now);
        let red_text = made.red_text().map(|text| text.trim().to_owned());
        let (after, event) = IssueEvent::next(&before, made, entry, &terms).map_err(refused)?;
        if red_text.is_some() {
            row.issue.red_text = red_text;
        }
        row.issue.flow = after;
        if row.issue.flow.pauses != before.pauses || kind == MoveKind::Reopen {
            row.issue.due = self.catalog.due(&row.issue);
        }
        Ok(vec![event])
    }
}

impl Moving {
    /// The move as the machine wants it.
    fn made(&self, issue: &Issue, now: DateTime<Utc>) -> Result<Move> {
        let mut fields = self.ask.made.clone();
        let verb = fields.get("move").and_then(|verb| verb.as_str());
        let verb = verb.unwrap_or_default().to_owned();
        if verb == MoveKind::Dispatch.as_str() && !fields.contains_key("owner") {
            let day = self.services.today(now);
            let found = self
                .catalog
                .route(&self.picture, &issue.stamps, &issue.category, day);
            let found = found.ok_or_else(super::catalog::nobody_responsible)?;
            fields.insert(
                "owner".to_owned(),
                serde_json::json!({ "code": found.code, "name": found.name }),
            );
            fields.insert("rule".to_owned(), serde_json::json!(found.rule));
        }
        serde_json::from_value(serde_json::Value::Object(fields)).map_err(|error| {
            Error::Invalid(vec![
                Problem::new(
                    Severity::Refused,
                    "bad_move",
                    format!("流转动作有误：{error}"),
                    format!("the move cannot be read: {error}"),
                )
                .at_field("move", &verb),
            ])
        })
    }

    fn capacity(&self, issue: &Issue, reporter: bool, action: Action) -> Capacity {
        let place = place_of(&self.picture, &issue.stamps);
        let approves = self
            .asker
            .grants
            .verdict(Object::Issues, Action::Approve, &place)
            == Verdict::Allowed;
        match (approves, reporter) {
            (true, _) => Capacity::Inspector,
            (false, true) if action == Action::Update => Capacity::Reporter,
            _ => Capacity::Staff,
        }
    }
}

/// A refusal of the machine as an error of the service.
pub(super) fn refused(refusal: Refusal) -> Error {
    let (zh, en) = (refusal.zh(), refusal.en());
    match refusal {
        Refusal::Illegal { legal, .. } => Error::Conflict {
            code: "illegal_move",
            zh,
            en,
            details: legal.iter().map(ToString::to_string).collect(),
        },
        Refusal::TooLate { .. } => Error::conflict("too_late", zh, en),
        Refusal::SamePerson { .. } => Error::Forbidden {
            code: "same_person",
            zh,
            en,
        },
        Refusal::WrongCapacity { .. } => Error::Forbidden {
            code: "wrong_capacity",
            zh,
            en,
        },
        Refusal::BadInput { field, .. } => Error::Invalid(vec![
            Problem::new(Severity::Refused, "bad_move", zh, en).at_field(field, ""),
        ]),
    }
}

fn stale(issue: &Issue) -> Error {
    Error::Conflict {
        code: "stale",
        zh: format!(
            "问题 {} 刚被他人处理，现在是“{}”；请看过后再操作",
            issue.code,
            issue.flow.state.label_zh()
        ),
        en: format!(
            "somebody else has just moved issue {}: it is {} now; look again",
            issue.code, issue.flow.state
        ),
        details: legal(&issue.flow).iter().map(ToString::to_string).collect(),
    }
}

impl Services {
    /// Moves an issue on.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`, `Conflict` with the legal moves, or `Invalid` fields.
    pub async fn issue_move(
        &self,
        asker: &Arc<Asker>,
        id: Uuid,
        ask: MoveAsk,
    ) -> Result<IssueDetail> {
        let row = self.issue_moved(asker, IssueId::new(id), ask).await?;
        self.issue_detail_of(asker, row).await
    }

    async fn issue_moved(
        &self,
        asker: &Arc<Asker>,
        id: IssueId,
        mut ask: MoveAsk,
    ) -> Result<IssueRow> {
        self.settle_target(asker, &mut ask).await?;
        let verb = ask.made.get("move").and_then(|verb| verb.as_str());
        let arbitrated = verb == Some(MoveKind::Arbitrate.as_str());
        let moving = Moving {
            services: self.clone(),
            asker: asker.clone(),
            ask,
            catalog: self.issues().catalog(),
            picture: self.picture(),
        };
        match self
            .issue_write(Write::Change(id, Box::new(moving)))
            .await?
        {
            Written::Issue(row, _) => {
                if arbitrated && let Some(owner) = &row.issue.flow.owner {
                    self.rule_by_arbitration(&row.issue, owner.clone()).await?;
                }
                Ok(*row)
            }
            Written::Rows(_) => Err(Error::Internal("a move wrote rows".to_owned())),
        }
    }

    /// An issue can only be merged into one that is seen and goes on; people name it by its code, programs by its
    /// identity.
    async fn settle_target(&self, asker: &Asker, ask: &mut MoveAsk) -> Result<()> {
        let Some(named) = ask.made.get("into").and_then(|into| into.as_str()) else {
            return Ok(());
        };
        let missing = |text: &str| {
            Error::Invalid(vec![
                Problem::new(
                    Severity::Refused,
                    "no_such_issue",
                    format!("没有编号为“{text}”的问题；请核对编号，如 20261128-0007"),
                    format!("there is no issue {text}; check its code, like 20261128-0007"),
                )
                .at_field("into", text),
            ])
        };
        let target = match Uuid::parse_str(named) {
            Ok(id) => self.issue_seen(asker, id).await?,
            Err(_a_code) => {
                let code = named.trim();
                let found = {
                    let mut lease = self.store().read().await?;
                    lease.conn().issue_by_code(code).await?
                };
                let picture = self.picture();
                let standing = Standing::of(asker, &picture, self.now());
                found
                    .filter(|row| standing.sees(asker, &picture, &row.issue))
                    .ok_or_else(|| missing(code))?
            }
        };
        ask.made
            .insert("into".to_owned(), target.issue.id.to_string().into());
        if matches!(
            target.issue.flow.state,
            State::Merged | State::Rejected | State::Cancelled
        ) {
            return Err(Error::conflict(
                "merge_target_ended",
                format!(
                    "问题 {} 已{}，不能并入；请选仍在办理或已销号的问题",
                    target.issue.code,
                    target.issue.flow.state.label_zh()
                ),
                format!(
                    "issue {} is {}; choose one that goes on",
                    target.issue.code, target.issue.flow.state
                ),
            ));
        }
        Ok(())
    }

    /// An arbitration writes a rule, so that the next issue of the kind goes to the same body.
    async fn rule_by_arbitration(&self, issue: &Issue, owner: Owner) -> Result<()> {
        let today = self.today(self.now());
        self.catalog_change(|catalog| catalog.add_arbitrated(issue, owner, today))
            .await
    }

    /// Moves many issues on, each by itself; what one refuses does not stop the others.
    ///
    /// # Errors
    /// `Invalid` when there are none or too many.
    pub async fn issues_bulk(
        &self,
        asker: &Arc<Asker>,
        ids: &[Uuid],
        ask: &MoveAsk,
    ) -> Result<BulkReport> {
        if ids.is_empty() || ids.len() > MOST_BULK {
            return Err(Error::invalid(
                "bulk_count",
                format!("一次可处理 1 至 {MOST_BULK} 件，而不是 {} 件", ids.len()),
                format!(
                    "a bulk action takes 1 to {MOST_BULK} issues, not {}",
                    ids.len()
                ),
            ));
        }
        let all = ids.iter().map(|id| {
            let ask = ask.clone();
            async move { (*id, self.issue_moved(asker, IssueId::new(*id), ask).await) }
        });
        let mut items = Vec::with_capacity(ids.len());
        // They queue up together, so that a commit takes many of them.
        for (id, outcome) in futures_util::future::join_all(all).await {
            items.push(match outcome {
                Ok(_) => BulkRow {
                    id,
                    ok: true,
                    code: None,
                    problem: None,
                },
                Err(error) => {
                    let (zh, en) = error.texts();
                    BulkRow {
                        id,
                        ok: false,
                        code: Some(error.code().to_owned()),
                        problem: Some(WhyNot { zh, en }),
                    }
                }
            });
        }
        let done = items.iter().filter(|row| row.ok).count();
        Ok(BulkReport {
            done,
            refused: items.len() - done,
            items,
        })
    }

    /// An issue that somebody sees.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) async fn issue_seen(&self, asker: &Asker, id: Uuid) -> Result<IssueRow> {
        let missing = || Error::NotFound(format!("issue {id}"));
        let mut lease = self.store().read().await?;
        let found = lease.conn().issue_list(&[IssueId::new(id)]).await?.pop();
        let row = found.ok_or_else(missing)?;
        let picture = self.picture();
        if Standing::of(asker, &picture, self.now()).sees(asker, &picture, &row.issue) {
            Ok(row)
        } else {
            Err(missing())
        }
    }
}
