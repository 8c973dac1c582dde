//! Issues as they are shown: names beside identities, lights beside times, and what may be done next.
//!
//! Invariant: a name of a person stands here only where it hangs on doors or the asker may read it.

use super::catalog::Light;
use super::query::Ground;
use super::sight::{Standing, place_of};
use crate::domain::access::{Action, Object};
use crate::domain::issue::{Issue, IssueEvent, Move, MoveKind, Stamps, legal, needs_another};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::Result;
use crate::services::picture::Picture;
use crate::storage::IssueRow;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Where an issue is.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuePlace {
    /// `point`, `building`, `compound` or `region`.
    pub kind: &'static str,
    /// Degrees, WGS 84; only of a point.
    pub lon: Option<f64>,
    /// Degrees, WGS 84; only of a point.
    pub lat: Option<f64>,
}

/// A thing by identity and name.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssueNamed {
    /// Identity, or code.
    pub id: String,
    /// Name.
    pub name: String,
}

/// A responsible body.
#[derive(Debug, Serialize, ToSchema)]
pub struct BodyView {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// A patrol area.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssueArea {
    /// Identity.
    pub id: Uuid,
    /// Number within its plan.
    pub number: u32,
    /// Name.
    pub name: String,
}

/// An issue in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssueView {
    /// Identity.
    pub id: Uuid,
    /// Code for people.
    pub code: String,
    /// Code of the category.
    pub category: String,
    /// Name of the category, Chinese.
    pub category_zh: String,
    /// Name of the category, English.
    pub category_en: String,
    /// Priority.
    pub priority: String,
    /// By which way it came.
    pub source: String,
    /// Where it is.
    pub place: IssuePlace,
    /// The same in words.
    pub place_name: String,
    /// Smallest region, 12 digits.
    pub region: Option<String>,
    /// Compound.
    pub compound: Option<IssueNamed>,
    /// Building.
    pub building: Option<IssueNamed>,
    /// Patrol area at the time of the report.
    pub area: Option<IssueArea>,
    /// Keeper at the time of the report, by the name on the door.
    pub keeper: Option<String>,
    /// The problem (black ink).
    pub black_text: String,
    /// The result (red ink).
    pub red_text: Option<String>,
    /// State.
    pub state: String,
    /// State, Chinese.
    pub state_zh: String,
    /// Which of the six steps.
    pub step: String,
    /// Responsible body.
    pub owner: Option<BodyView>,
    /// When it was reported.
    pub reported_at: DateTime<Utc>,
    /// When it happened, where somebody said so.
    pub occurred_at: Option<DateTime<Utc>>,
    /// When it was acknowledged.
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// Closed by.
    pub due_at: Option<DateTime<Utc>>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// `green`, `amber`, `red`, `stopped` (deferred) or `none` (no limit).
    pub light: Light,
    /// Share of the time limit used; above 1 it is overdue. `None` without a limit.
    pub share: Option<f64>,
    /// How often an owner gave it back.
    pub returns: u32,
    /// How often an inspection failed.
    pub reworks: u32,
    /// How often it was opened again.
    pub reopened: u32,
    /// Whether it was closed in time, where the system that it came from says so.
    pub on_time: Option<bool>,
    /// Solved on the spot.
    pub self_solved: bool,
    /// Whether everybody may read it.
    pub public: bool,
    /// Whether it became an item of supervision.
    pub supervised: bool,
    /// Whom somebody reported it for.
    pub on_behalf_of: Option<String>,
    /// Number of its last event.
    pub seq: u32,
}

/// One step of the history.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssueEventView {
    /// Number.
    pub seq: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; the part they play where the name is not to be read.
    pub by: String,
    /// In which capacity: `staff`, `inspector` or `reporter`.
    pub capacity: String,
    /// For whom.
    pub on_behalf_of: Option<String>,
    /// Verb.
    #[serde(rename = "move")]
    pub verb: String,
    /// Verb, Chinese.
    pub move_zh: String,
    /// State before.
    pub from: Option<String>,
    /// State after.
    pub to: String,
    /// Reason, result or note.
    pub text: Option<String>,
}

/// A move that may be made now.
#[derive(Debug, Serialize, ToSchema)]
pub struct LegalMove {
    /// Verb.
    #[serde(rename = "move")]
    pub verb: String,
    /// Verb, Chinese.
    pub label_zh: String,
    /// Verb, English.
    pub label_en: String,
}

/// Which body the rules name, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoutedView {
    /// Code of the body.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The rule; `None` when nothing fits and the community takes it (属地兜底).
    pub rule: Option<Uuid>,
    /// Why, Chinese.
    pub why_zh: String,
    /// Why, English.
    pub why_en: String,
}

/// An issue with its history and what can be done.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssueDetail {
    /// The issue.
    #[serde(flatten)]
    pub issue: IssueView,
    /// The code that the reporter asks with; only right after reporting, and to the reporter.
    pub lookup: Option<String>,
    /// Answers to the questions of its category.
    #[schema(value_type = Object)]
    pub answers: BTreeMap<String, Vec<String>>,
    /// What happened.
    pub events: Vec<IssueEventView>,
    /// What the asker may do now.
    pub legal: Vec<LegalMove>,
    /// Photos, by hash.
    pub photos: Vec<String>,
    /// Which body the rules name.
    pub suggested_owner: Option<RoutedView>,
    /// Where it lay, and under which plan, when it was reported.
    #[schema(value_type = Object)]
    pub stamps: Stamps,
    /// A deferral that waits for a decision.
    pub defer_asked: Option<DeferView>,
}

/// A deferral that waits for a decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeferView {
    /// Until when it shall be put off.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// Whether the asker asked for it and can take it back, but not approve it.
    pub own: bool,
}

/// What a reporter without an account is told.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookupView {
    /// Code for people.
    pub code: String,
    /// Name of the category, Chinese.
    pub category_zh: String,
    /// Name of the category, English.
    pub category_en: String,
    /// State.
    pub state: String,
    /// State, Chinese.
    pub state_zh: String,
    /// Which of the six steps.
    pub step: String,
    /// When it was reported.
    pub reported_at: DateTime<Utc>,
    /// Since when it stands so.
    pub updated_at: DateTime<Utc>,
    /// Closed by.
    pub due_at: Option<DateTime<Utc>>,
    /// The result (red ink).
    pub red_text: Option<String>,
}

/// An issue in a list.
pub(super) fn view(ground: &Ground<'_>, issue: &Issue) -> IssueView {
    let (picture, catalog) = (ground.picture, ground.catalog);
    let (flow, stamps) = (&issue.flow, &issue.stamps);
    let (category_zh, category_en) = catalog.names(&issue.category);
    let lon_lat = issue.place.lon_lat();
    let building = stamps.building.and_then(|id| {
        let row = &picture.buildings[picture.building_index(id)?];
        Some(IssueNamed {
            id: id.to_string(),
            name: picture.building_name(row),
        })
    });
    let compound = stamps.compound.and_then(|id| {
        picture.compound_index(id)?;
        Some(IssueNamed {
            id: id.to_string(),
            name: picture.compound_name(id).to_owned(),
        })
    });
    let plan = stamps.plan.and_then(|id| picture.plan(id));
    let area = stamps.area.and_then(|id| {
        let plan = plan?;
        let area = &plan.areas[plan.area_index(id.uuid())?];
        Some(IssueArea {
            id: id.uuid(),
            number: area.number,
            name: area.name.clone(),
        })
    });
    let (light, share) = catalog.light(issue, ground.now);
    IssueView {
        id: issue.id.uuid(),
        code: issue.code.clone(),
        category: issue.category.clone(),
        category_zh,
        category_en,
        priority: issue.priority.to_string(),
        source: issue.source.to_string(),
        place: IssuePlace {
            kind: issue.place.kind(),
            lon: lon_lat.map(|(lon, _)| lon),
            lat: lon_lat.map(|(_, lat)| lat),
        },
        place_name: place_name(picture, issue),
        region: stamps.region.map(|code| code.to_string()),
        compound,
        building,
        area,
        keeper: stamps
            .keeper
            .and_then(|id| Some(picture.holder(id)?.0.name.clone())),
        black_text: issue.black_text.clone(),
        red_text: issue.red_text.clone(),
        state: flow.state.to_string(),
        state_zh: flow.state.label_zh().to_owned(),
        step: flow.state.step().to_string(),
        owner: flow.owner.as_ref().map(|owner| BodyView {
            code: owner.code.clone(),
            name: owner.name.clone(),
        }),
        reported_at: issue.reported_at,
        occurred_at: issue.occurred_at,
        acknowledged_at: flow.acknowledged_at,
        due_at: issue.due.close,
        closed_at: flow.closed_at,
        light,
        share,
        returns: flow.returns,
        reworks: flow.reworks,
        reopened: flow.reopened,
        on_time: issue.on_time,
        self_solved: flow.self_solved,
        public: issue.public,
        supervised: flow.supervised,
        on_behalf_of: issue.on_behalf_of.clone(),
        seq: flow.seq,
    }
}

/// The place in words: compound and building, or the region.
pub(super) fn place_name(picture: &Picture, issue: &Issue) -> String {
    let stamps = &issue.stamps;
    let compound = stamps.compound.map(|id| picture.compound_name(id));
    let building = stamps
        .building
        .and_then(|id| picture.building_index(id))
        .map(|at| picture.building_name(&picture.buildings[at]));
    let region = || stamps.region.map(|code| picture.region_name(code));
    match (compound, building) {
        (_, Some(building)) => building,
        (Some(compound), None) => compound.to_owned(),
        (None, None) => region().unwrap_or_default(),
    }
}

/// What a move says in words.
fn text_of(made: &Move) -> Option<String> {
    let text = match made {
        Move::Return { reason, note } => match note {
            Some(note) => format!("{}：{note}", reason.label_zh()),
            None => reason.label_zh().to_owned(),
        },
        Move::Dispatch { owner, .. } => owner.name.clone(),
        Move::Arbitrate { owner, reason } => format!("{}：{reason}", owner.name),
        Move::AskDefer { reason, .. }
        | Move::RefuseDefer { reason }
        | Move::InspectFail { reason }
        | Move::Reopen { reason }
        | Move::Reject { reason }
        | Move::Cancel { reason } => reason.clone(),
        Move::Escalate { to, reason } => format!("{to}：{reason}"),
        Move::InspectPass { note } => note.clone()?,
        other => other.red_text()?.to_owned(),
    };
    Some(text)
}

fn event_view(event: IssueEvent) -> IssueEventView {
    IssueEventView {
        seq: event.seq,
        at: event.at,
        by: event.by.name,
        capacity: event.capacity.to_string(),
        on_behalf_of: event.on_behalf_of,
        verb: event.made.kind().to_string(),
        move_zh: event.made.kind().label_zh().to_owned(),
        from: event.from.map(|state| state.to_string()),
        to: event.to.to_string(),
        text: text_of(&event.made).or(event.note),
    }
}

impl Services {
    /// An issue with its history.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn issue_detail(&self, asker: &Asker, id: Uuid) -> Result<IssueDetail> {
        let row = self.issue_seen(asker, id).await?;
        self.issue_detail_of(asker, row).await
    }

    pub(super) async fn issue_detail_of(
        &self,
        asker: &Asker,
        row: IssueRow,
    ) -> Result<IssueDetail> {
        let issue = &row.issue;
        let (events, photos) = {
            let mut lease = self.store().read().await?;
            let mut conn = lease.conn();
            (
                conn.issue_events(row.district_code, issue.id).await?,
                conn.issue_photos(row.district_code, issue.id).await?,
            )
        };
        let now = self.now();
        let (picture, catalog, ledger) = (
            self.picture(),
            self.issues().catalog(),
            self.issues().ledger(),
        );
        let sight = super::Sight::default();
        let ground = Ground {
            ledger: &ledger,
            catalog: &catalog,
            picture: &picture,
            sight: &sight,
            offset_min: self.config().time.utc_offset_minutes,
            now,
        };
        let standing = Standing::of(asker, &picture, now);
        let mine = asker.is_known() && issue.reporter == Some(asker.actor.id);
        let may = |kind: &MoveKind| {
            standing
                .require(asker, &picture, issue, super::moving::needs(*kind))
                .is_ok()
                && !needs_another(&issue.flow, *kind, asker.actor.id)
                || (mine && super::moving::reporters_own(*kind))
        };
        let staff = standing
            .require(asker, &picture, issue, Action::Update)
            .is_ok();
        let place = place_of(&picture, &issue.stamps);
        let suggested = if staff {
            catalog.route(&picture, &issue.stamps, &issue.category, self.today(now))
        } else {
            None
        };
        // A reporter's name is not read with the issue; acts of a reporter are told as such.
        let reads_reporter = (asker.grants)
            .at(Object::IssueReporter, &place)
            .any(|rights| rights.allows(Action::Read));
        let events = events
            .into_iter()
            .map(|event| {
                let by_reporter = Some(event.by.id) == issue.reporter || event.seq == 1;
                let part = event.capacity.label_zh();
                let mut view = event_view(event);
                if !asker.is_known() {
                    // Who works here is nobody else's business.
                    part.clone_into(&mut view.by);
                    view.on_behalf_of = None;
                }
                if by_reporter && !mine && !reads_reporter {
                    issue.source.label_zh().clone_into(&mut view.by);
                    view.on_behalf_of = None;
                }
                view
            })
            .collect();
        Ok(IssueDetail {
            lookup: mine.then(|| issue.lookup.clone()),
            answers: issue.answers.clone(),
            events,
            legal: legal(&issue.flow)
                .into_iter()
                .filter(may)
                .map(|kind| LegalMove {
                    verb: kind.to_string(),
                    label_zh: kind.label_zh().to_owned(),
                    label_en: kind.as_str().replace('_', " "),
                })
                .collect(),
            photos,
            suggested_owner: suggested,
            stamps: issue.stamps.clone(),
            defer_asked: issue.flow.defer_asked.as_ref().map(|ask| DeferView {
                until: ask.until,
                reason: ask.reason.clone(),
                own: ask.by == asker.actor.id,
            }),
            issue: view(&ground, issue),
        })
    }
}
