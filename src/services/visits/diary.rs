//! The diary of a keeper: the problem in black now, its result in red now or later.
//!
//! What the keeper reported as an issue stands in it without being written twice. Invariant: red never comes before
//! black, and a keeper's diary is read by the keeper and the secretaries in scope alone.

use super::entering::request_key;
use crate::domain::access::{Action, GrantState, Scope};
use crate::domain::visit::{DiaryEntry, red_refused};
use crate::domain::{ActorId, BuildingId, DiaryId, HousekeeperId, IssueId};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::Picture;
use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use utoipa::ToSchema;
use uuid::Uuid;

/// Entries of a list, at most; the newest.
const MOST: i64 = 500;
/// Nothing was written down here before.
const FIRST_YEAR: i32 = 2000;

/// An entry as it is written.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDiary {
    /// The problem, at most 1,000 characters.
    #[serde(default)]
    pub black_text: String,
    /// The result, when there is one already.
    pub red_text: Option<String>,
    /// The building that it is about.
    pub building: Option<Uuid>,
    /// When it was written on paper; now when absent.
    pub at: Option<DateTime<Utc>>,
    /// For whom a secretary writes it down; the asker's own diary when absent.
    pub keeper: Option<Uuid>,
}

/// A result.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedText {
    /// The result, at most 1,000 characters.
    pub red_text: String,
}

/// An entry.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DiaryView {
    /// Identity of the entry, or of the issue.
    pub id: Uuid,
    /// The issue, when the keeper reported it: its result is written there.
    pub issue: Option<Uuid>,
    /// Code of the issue.
    pub issue_code: Option<String>,
    /// The building.
    pub building: Option<Uuid>,
    /// Its name, with its compound; empty when none is named.
    pub place: String,
    /// The problem.
    pub black_text: String,
    /// When it was written.
    pub black_at: DateTime<Utc>,
    /// The result; absent = 有黑无红.
    pub red_text: Option<String>,
    /// When it was written.
    pub red_at: Option<DateTime<Utc>>,
    /// Days without a result; absent when there is one.
    pub waiting_days: Option<i64>,
    /// A secretary wrote it down for the keeper (代录).
    pub delegated: bool,
}

/// A diary, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DiaryList {
    /// The keeper.
    pub keeper: Uuid,
    /// Name of the keeper.
    pub keeper_name: String,
    /// The entries, at most 500, and the issues that the keeper reported.
    pub items: Vec<DiaryView>,
    /// Entries without a result.
    pub without_red: usize,
    /// When the answer was made.
    pub as_of: DateTime<Utc>,
}

impl Services {
    /// A diary.
    ///
    /// # Errors
    /// `NotFound` for a keeper out of scope; `Invalid` when none is named and there is no own.
    pub async fn diary(&self, asker: &Asker, keeper: Option<Uuid>) -> Result<DiaryList> {
        let (picture, now) = (self.picture(), self.now());
        let asked = keeper.map(HousekeeperId::new);
        let (keeper, _own) = Self::keeper_asked(asker, &picture, asked, Action::Read)?;
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        let entries = conn.diary_list(keeper.id, MOST).await?;
        let scope = Scope::Keeper(keeper.id);
        let accounts: HashSet<ActorId> = conn
            .grant_list(None)
            .await?
            .into_iter()
            .filter(|row| row.state == GrantState::Active && row.grant.scope == scope)
            .map(|row| ActorId::new(row.account))
            .collect();
        let issues = self.issues_reported_by(&accounts);
        let issues = conn.issue_list(&issues).await?;
        drop(lease);
        let mut items: Vec<DiaryView> = entries
            .iter()
            .map(|entry| diary_view(&picture, entry, now))
            .collect();
        items.extend(issues.into_iter().map(|row| {
            let issue = row.issue;
            let red = issue.red_text.is_some();
            let building = match issue.place {
                crate::domain::issue::Place::Building { building } => Some(building),
                crate::domain::issue::Place::Point { building, .. } => building,
                _ => None,
            };
            DiaryView {
                id: issue.id.uuid(),
                issue: Some(issue.id.uuid()),
                issue_code: Some(issue.code),
                building: building.map(BuildingId::uuid),
                place: place(&picture, building),
                black_text: issue.black_text,
                black_at: issue.reported_at,
                red_text: issue.red_text,
                red_at: red.then_some(issue.flow.since),
                waiting_days: (!red).then(|| days(issue.reported_at, now)),
                delegated: false,
            }
        }));
        items.sort_by_key(|item| (std::cmp::Reverse(item.black_at), item.id));
        Ok(DiaryList {
            keeper: keeper.id.uuid(),
            keeper_name: keeper.name.clone(),
            without_red: items.iter().filter(|item| item.red_text.is_none()).count(),
            items,
            as_of: now,
        })
    }

    /// Writes an entry; `false` when the same request was made before.
    ///
    /// # Errors
    /// `Invalid` with everything that is wrong; `NotFound` keeper or building; `Conflict` of the key.
    pub async fn diary_write(
        &self,
        asker: &Asker,
        new: NewDiary,
        key: Option<&str>,
    ) -> Result<(DiaryView, bool)> {
        let (picture, now) = (self.picture(), self.now());
        let asked = new.keeper.map(HousekeeperId::new);
        let (keeper, own) = Self::keeper_asked(asker, &picture, asked, Action::Create)?;
        if let Some(building) = new.building {
            Self::building_row(&picture, BuildingId::new(building))?;
        }
        let black_at = new.at.unwrap_or(now).min(now);
        if black_at.year() < FIRST_YEAR {
            return Err(Error::invalid(
                "at_invalid",
                format!("日期早于 {FIRST_YEAR} 年；请核对"),
                format!("the day lies before {FIRST_YEAR}: check it"),
            ));
        }
        let problems = red_refused(&new.black_text, black_at, new.red_text.as_deref(), now);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let entry = DiaryEntry {
            id: DiaryId::new(Uuid::now_v7()),
            district_code: keeper.community.district_code(),
            keeper: keeper.id,
            building: new.building.map(BuildingId::new),
            black_text: new.black_text.trim().to_owned(),
            black_at,
            red_at: new.red_text.as_ref().map(|_| now),
            red_text: new.red_text.map(|text| text.trim().to_owned()),
            entered_by: asker.actor.id,
            delegated: !own,
            request_key: request_key(asker, key)?,
        };
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        if let Some(key) = &entry.request_key
            && let Some(earlier) = conn.diary_by_request(key).await?
        {
            return if earlier.keeper == entry.keeper && earlier.black_text == entry.black_text {
                Ok((diary_view(&picture, &earlier, now), false))
            } else {
                Err(Error::conflict(
                    "idempotency_key_reused",
                    "这个 Idempotency-Key 已用于另一条内容不同的日记；请换一个新的",
                    "this Idempotency-Key was used for another entry; choose a new one",
                ))
            };
        }
        conn.diary_append(std::slice::from_ref(&entry)).await?;
        tx.commit().await?;
        Ok((diary_view(&picture, &entry, now), true))
    }

    /// Writes the result of an entry, or writes it anew.
    ///
    /// # Errors
    /// `NotFound` for an entry of somebody else; `Invalid` text.
    pub async fn diary_red(&self, asker: &Asker, id: Uuid, red: RedText) -> Result<DiaryView> {
        let (picture, now) = (self.picture(), self.now());
        let missing = || Error::NotFound(format!("diary entry {id}"));
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let mut entry = conn
            .diary_find(DiaryId::new(id))
            .await?
            .ok_or_else(missing)?;
        // Whoever may write entries for the keeper may write their result; an entry of others does not exist.
        Self::keeper_asked(asker, &picture, Some(entry.keeper), Action::Create)
            .map_err(|_not_theirs| missing())?;
        let problems = red_refused(&entry.black_text, entry.black_at, Some(&red.red_text), now);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        entry.red_text = Some(red.red_text.trim().to_owned());
        entry.red_at = Some(entry.red_at.unwrap_or(now));
        conn.diary_red(&entry).await?;
        tx.commit().await?;
        Ok(diary_view(&picture, &entry, now))
    }

    /// Appends entries of the past.
    pub(in crate::services) async fn diary_store(&self, entries: &[DiaryEntry]) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.conn().diary_append(entries).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The newest issues that these accounts reported.
    fn issues_reported_by(&self, accounts: &HashSet<ActorId>) -> Vec<IssueId> {
        let ledger = self.issues().ledger();
        let rows = (0..ledger.columns.len()).rev();
        let mine = rows.filter(|row| {
            ledger
                .reporter(*row)
                .is_some_and(|reporter| accounts.contains(&reporter))
        });
        mine.take(MOST as usize)
            .filter_map(|row| ledger.id(row))
            .collect()
    }
}

fn days(from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    (to - from).num_days().max(0)
}

fn place(picture: &Picture, building: Option<BuildingId>) -> String {
    let row = building.and_then(|id| picture.building_index(id));
    row.map_or_else(String::new, |row| {
        picture.building_name(&picture.buildings[row])
    })
}

fn diary_view(picture: &Picture, entry: &DiaryEntry, now: DateTime<Utc>) -> DiaryView {
    DiaryView {
        id: entry.id.uuid(),
        issue: None,
        issue_code: None,
        building: entry.building.map(BuildingId::uuid),
        place: place(picture, entry.building),
        black_text: entry.black_text.clone(),
        black_at: entry.black_at,
        red_text: entry.red_text.clone(),
        red_at: entry.red_at,
        waiting_days: entry.red_text.is_none().then(|| days(entry.black_at, now)),
        delegated: entry.delegated,
    }
}
