//! Reporting an issue: what was said is checked, stamped and queued for the next commit.
//!
//! Invariant: nothing is asked that the place or the account tells; a request sent twice makes one issue.

use super::placing::stamp;
use super::sight::{Standing, place_of};
use super::writer::{NewRow, Write, Written};
use super::{IssueDetail, IssueView};
use crate::domain::access::{Action, Object, Role, Verdict};
use crate::domain::issue::{
    Answers, Capacity, CityField, DueTimes, Entry, Issue, IssueEvent, Level, Move, NewIssue, Place,
    Priority, Source, State, lookup_code, open,
};
use crate::domain::{IssueEventId, IssueId, Sealed};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::keys::{REPORTER_NAME, REPORTER_PHONE, random};
use crate::storage::IssueRow;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest key of a request, in characters.
const MAX_KEY_CHARS: usize = 128;

/// What an issue says that somebody typed for another.
const FOR_ANOTHER: &str = "代报";

/// The result of something that was solved on the spot.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Solved {
    /// The result (red ink).
    pub red_text: String,
}

/// What somebody reports.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReport {
    /// Code of the category.
    pub category: String,
    /// Priority; `normal` when absent.
    pub priority: Option<String>,
    /// By which way it came; follows from the account when absent.
    pub source: Option<String>,
    /// Where it is.
    #[schema(value_type = Object)]
    pub place: Place,
    /// The problem, at most 4,000 characters.
    pub black_text: String,
    /// Answers to the questions of the category.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub answers: Answers,
    /// When it happened.
    pub occurred_at: Option<DateTime<Utc>>,
    /// Photos that were sent before, by hash.
    #[serde(default)]
    pub photos: Vec<String>,
    /// Whom somebody reports it for.
    pub on_behalf_of: Option<String>,
    /// Name of a reporter without an account; kept sealed.
    pub reporter_name: Option<String>,
    /// How to reach the reporter; kept sealed.
    pub reporter_phone: Option<String>,
    /// Solved on the spot.
    pub solved: Option<Solved>,
    /// Field of the city's roll-up.
    pub field: Option<String>,
}

impl Services {
    /// Stores a report; `false` when the same request was made before.
    ///
    /// # Errors
    /// `Invalid` with everything that is wrong, `Forbidden`, `NotFound` place, or `Conflict` of the key.
    pub async fn issue_report(
        &self,
        asker: &Arc<Asker>,
        report: NewReport,
        key: Option<&str>,
    ) -> Result<(IssueDetail, bool)> {
        let now = self.now();
        let (picture, catalog) = (self.picture(), self.issues().catalog());
        let source = source_of(asker, report.source.as_deref())?;
        let mut problems = Vec::new();
        let priority = word("priority", report.priority.as_deref(), &mut problems);
        let field: Option<CityField> = word("field", report.field.as_deref(), &mut problems);
        let new = NewIssue {
            category: report.category,
            priority: priority.unwrap_or(Priority::Normal),
            source,
            place: report.place,
            black_text: report.black_text,
            red_text: report.solved.map(|solved| solved.red_text),
            answers: report.answers,
            reported_at: None,
            occurred_at: report.occurred_at,
            photos: report.photos.len(),
            on_behalf_of: report.on_behalf_of,
            external_id: None,
            field,
        };
        problems.extend(new.check(&catalog.tree, now));
        let stamps = stamp(&picture, &new.place, now).map_err(|problem| problems.push(problem));
        if key.is_some_and(|key| key.is_empty() || key.chars().count() > MAX_KEY_CHARS) {
            problems.push(problem(
                "idempotency_key",
                format!("Idempotency-Key 应为 1 至 {MAX_KEY_CHARS} 个字符"),
                format!("an Idempotency-Key has 1 to {MAX_KEY_CHARS} characters"),
            ));
        }
        problems.extend(self.photos_missing(&report.photos).await?);
        let (Ok(stamps), []) = (stamps, problems.as_slice()) else {
            return Err(Error::Invalid(problems));
        };
        let place = place_of(&picture, &stamps);
        // One's own area is one's own wherever the compounds of the appointment lie.
        if !Standing::of(asker, &picture, now).serves(stamps.area) {
            asker.require(Object::Issues, Action::Create, &place, "place")?;
        }
        let id = IssueId::new(Uuid::now_v7());
        let seal = |field: &str, clear: Option<&str>| -> Result<Option<Sealed>> {
            let clear = clear.map(str::trim).filter(|clear| !clear.is_empty());
            let sealed = clear.map(|clear| self.keys().seal(field, &id.to_string(), clear));
            Ok(sealed.transpose()?.map(Sealed::stored))
        };
        // Whom it is reported for is the reporter: the name is sealed, the issue says only that it was not the typist.
        let reporter_name = report.reporter_name.as_ref().or(new.on_behalf_of.as_ref());
        let reporter_name = seal(REPORTER_NAME, reporter_name.map(String::as_str))?;
        let reporter_phone = seal(REPORTER_PHONE, report.reporter_phone.as_deref())?;
        let for_another = new.on_behalf_of.as_ref().map(|_| FOR_ANOTHER.to_owned());
        let mut issue = Issue {
            id,
            code: String::new(),
            lookup: lookup_code(random()),
            category: new.category,
            priority: new.priority,
            source,
            place: new.place,
            black_text: new.black_text.trim().to_owned(),
            red_text: None,
            answers: new.answers,
            reported_at: now,
            occurred_at: new.occurred_at,
            reporter: asker.is_known().then_some(asker.actor.id),
            on_behalf_of: for_another.clone(),
            external_id: None,
            on_time: None,
            stamps,
            due: DueTimes::default(),
            public: false,
            field,
            flow: open(id, State::Found, None, None, None, now),
        };
        let moves = match new.red_text {
            Some(red_text) => vec![
                Move::SolveSelf { red_text },
                Move::Close {
                    red_text: None,
                    level: Some(Level::Own),
                },
            ],
            None => vec![Move::Report],
        };
        let events = self.first_events(asker, &mut issue, moves, for_another, now)?;
        issue.due = catalog.due(&issue);
        let district = (issue.stamps.region).map_or(0, crate::domain::RegionCode::district_code);
        let row = NewRow {
            row: IssueRow {
                issue,
                district_code: district,
                reporter_name,
                reporter_phone,
                import: None,
                request_key: key.map(|key| format!("{}:{key}", asker.actor.id)),
            },
            day: self.today(now),
            events,
            photos: report.photos,
        };
        match self.issue_write(Write::Report(Box::new(row))).await? {
            Written::Issue(row, fresh) => {
                let lookup = row.issue.lookup.clone();
                let mut detail = self.issue_detail_of(asker, *row).await?;
                detail.lookup = Some(lookup);
                Ok((detail, fresh))
            }
            Written::Rows(_) => Err(Error::Internal("a report wrote rows".to_owned())),
        }
    }

    /// The first events of an issue; it is moved along with them.
    fn first_events(
        &self,
        asker: &Asker,
        issue: &mut Issue,
        moves: Vec<Move>,
        on_behalf_of: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<Vec<IssueEvent>> {
        let catalog = self.issues().catalog();
        let entry = || Entry {
            id: IssueEventId::new(Uuid::now_v7()),
            by: asker.actor.clone(),
            capacity: Capacity::Staff,
            on_behalf_of: on_behalf_of.clone(),
            note: None,
        };
        let (opened, event) =
            IssueEvent::opening(issue.id, State::Found, None, None, None, entry(), now);
        issue.flow = opened;
        let mut events = vec![event];
        for made in moves {
            let terms = catalog.terms(issue, now);
            if let Some(text) = made.red_text() {
                issue.red_text = Some(text.trim().to_owned());
            }
            let (after, event) = IssueEvent::next(&issue.flow, made, entry(), &terms)
                .map_err(super::moving::refused)?;
            issue.flow = after;
            events.push(event);
        }
        Ok(events)
    }

    /// Open issues of the same kind near a place: whoever reports sees them first.
    ///
    /// # Errors
    /// `Invalid` category or place.
    pub async fn issues_near(
        &self,
        asker: &Asker,
        category: &str,
        place: &Place,
    ) -> Result<Vec<IssueView>> {
        let now = self.now();
        let (picture, catalog, ledger) = (
            self.picture(),
            self.issues().catalog(),
            self.issues().ledger(),
        );
        let Some(found) = catalog.tree.get(category) else {
            return Err(Error::Invalid(vec![problem(
                "category_unknown",
                format!("没有类别“{category}”"),
                format!("there is no category {category}"),
            )]));
        };
        let stamps =
            stamp(&picture, place, now).map_err(|problem| Error::Invalid(vec![problem]))?;
        let at = place_of(&picture, &stamps);
        let reads = |action| asker.grants.verdict(Object::Issues, action, &at) == Verdict::Allowed;
        let own = Standing::of(asker, &picture, now).serves(stamps.area);
        if !own && !reads(Action::Create) && !reads(Action::Read) {
            return Err(Error::NotFound("place".to_owned()));
        }
        let rows = super::nearby::rows(&ledger, found, place, &stamps, now);
        let ids: Vec<IssueId> = rows.iter().filter_map(|row| ledger.id(*row)).collect();
        let stored = {
            let mut lease = self.store().read().await?;
            lease.conn().issue_list(&ids).await?
        };
        let standing = Standing::of(asker, &picture, now);
        let sight = super::Sight::default();
        let ground = super::query::Ground {
            ledger: &ledger,
            catalog: &catalog,
            picture: &picture,
            sight: &sight,
            offset_min: self.config().time.utc_offset_minutes,
            now,
        };
        let mut views: Vec<IssueView> = stored
            .iter()
            .filter(|row| standing.sees(asker, &picture, &row.issue))
            .map(|row| super::views::view(&ground, &row.issue))
            .collect();
        views.sort_by_key(|view| ids.iter().position(|id| id.uuid() == view.id));
        Ok(views)
    }
}

/// By which way a report comes: what the account is, unless somebody says it comes from a meeting or a caller.
fn source_of(asker: &Asker, named: Option<&str>) -> Result<Source> {
    let own = if asker.grants.has(Role::Housekeeper) || asker.grants.has(Role::PartTimeKeeper) {
        Source::Housekeeper
    } else if asker.is_known() {
        Source::Secretary
    } else {
        Source::Resident
    };
    let Some(named) = named else { return Ok(own) };
    let source: Source = named.parse().map_err(|error: crate::domain::UnknownWord| {
        Error::Invalid(vec![
            problem("source", format!("没有来源“{named}”"), error.to_string())
                .at_field("source", named),
        ])
    })?;
    // A visitor is a resident, whatever the request says.
    Ok(if asker.is_known() { source } else { own })
}

fn problem(code: &str, zh: impl Into<String>, en: impl Into<String>) -> crate::domain::Problem {
    crate::domain::Problem::new(crate::domain::Severity::Refused, code, zh, en)
}

/// A word of a closed list, or a problem.
fn word<T: std::str::FromStr<Err = crate::domain::UnknownWord>>(
    field: &'static str,
    text: Option<&str>,
    problems: &mut Vec<crate::domain::Problem>,
) -> Option<T> {
    match text?.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            problems.push(
                problem(
                    "word_unknown",
                    format!("{field} 没有“{}”这个值", text?),
                    error.to_string(),
                )
                .at_field(field, text?),
            );
            None
        }
    }
}
