//! Saved filters, subscriptions, and what people were told.
//!
//! Invariant: everything here belongs to one account, and is only ever asked by it or by the service itself.

use super::aggregates::{insert_rows, parse};
use super::database::{Conn, on};
use super::error::Result;
use super::instant::Instant;
use crate::domain::issue::IssueEvent;
use crate::domain::{FilterWords, IssueId, Notification, SavedFilter, Sealed, Subscription};
use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;
use sqlx::types::Json;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct FilterRow {
    id: Uuid,
    account_id: Uuid,
    name: String,
    query: Json<FilterWords>,
    at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct SubscriptionRow {
    id: Uuid,
    account_id: Uuid,
    name: String,
    query: Json<FilterWords>,
    channel: String,
    url: Option<String>,
    secret: Option<String>,
    at: DateTime<Utc>,
    failures: i64,
    last_error: Option<String>,
}

#[derive(sqlx::FromRow)]
struct NotificationRow {
    district_code: i32,
    id: Uuid,
    account_id: Uuid,
    issue_id: Uuid,
    seq: i64,
    at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
    event: Json<IssueEvent>,
}

#[derive(sqlx::FromRow)]
struct FedRow {
    feed: i64,
    event: Json<IssueEvent>,
}

const FILTERS: &str = "SELECT id, account_id, name, query, at FROM saved_filter \
    WHERE district_code = 0 AND account_id = $1 ORDER BY name";
const FILTER_INSERT: &str = "INSERT INTO saved_filter (district_code, id, account_id, name, query, at) \
    VALUES (0, $1, $2, $3, $4, $5)";
const FILTER_DELETE: &str =
    "DELETE FROM saved_filter WHERE district_code = 0 AND account_id = $1 AND id = $2";
const SUBSCRIPTIONS: &str = "SELECT id, account_id, name, query, channel, url, secret, at, failures, last_error \
    FROM subscription WHERE district_code = 0 ORDER BY at, id";
const SUBSCRIPTION_INSERT: &str = "INSERT INTO subscription (district_code, id, account_id, name, query, channel, \
    url, secret, at, failures, last_error) VALUES (0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const SUBSCRIPTION_DELETE: &str =
    "DELETE FROM subscription WHERE district_code = 0 AND account_id = $1 AND id = $2";
const SUBSCRIPTION_OUTCOME: &str =
    "UPDATE subscription SET failures = $1, last_error = $2 WHERE district_code = 0 AND id = $3";
const SUBSCRIPTION_RESEAL: &str =
    "UPDATE subscription SET url = $1, secret = $2 WHERE district_code = 0 AND id = $3";
const NOTIFICATION_INSERT: &str =
    "INSERT INTO notification (district_code, id, account_id, issue_id, seq, at, read_at) ";
const NOTIFICATIONS_THERE: &str =
    "SELECT account_id, issue_id, seq FROM notification WHERE issue_id IN (";
const NOTIFICATIONS: &str = "SELECT n.district_code, n.id, n.account_id, n.issue_id, n.seq, n.at, n.read_at, e.event \
    FROM notification n JOIN issue_event e \
    ON e.district_code = n.district_code AND e.issue_id = n.issue_id AND e.seq = n.seq \
    WHERE n.account_id = $1 ORDER BY n.at DESC, n.id DESC LIMIT $2";
const OVER: &str = "SELECT count(*) FROM notification WHERE at < $1";
const OVER_DELETE: &str = "DELETE FROM notification WHERE at < $1";
const UNREAD: &str = "SELECT count(*) FROM notification WHERE account_id = $1 AND read_at IS NULL";
const READ_ALL: &str =
    "UPDATE notification SET read_at = $1 WHERE account_id = $2 AND read_at IS NULL";
const READ_ONE: &str =
    "UPDATE notification SET read_at = $1 WHERE account_id = $2 AND read_at IS NULL AND id = $3";

impl Conn<'_> {
    /// The filters of an account, by name.
    pub async fn saved_filters(&mut self, account: Uuid) -> Result<Vec<SavedFilter>> {
        let rows: Vec<FilterRow> = on!(self, |db| sqlx::query_as(FILTERS)
            .bind(account)
            .fetch_all(db)
            .await)?;
        let read = |row: FilterRow| SavedFilter {
            id: row.id,
            account: row.account_id,
            name: row.name,
            query: row.query.0,
            at: row.at,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Stores a filter.
    pub async fn saved_filter_insert(&mut self, filter: &SavedFilter) -> Result<()> {
        on!(self, |db| sqlx::query(FILTER_INSERT)
            .bind(filter.id)
            .bind(filter.account)
            .bind(&filter.name)
            .bind(Json(filter.query.clone()))
            .bind(Instant(filter.at))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Removes a filter of an account; `false` when there is none.
    pub async fn saved_filter_delete(&mut self, account: Uuid, id: Uuid) -> Result<bool> {
        self.delete_own(FILTER_DELETE, account, id).await
    }

    /// All subscriptions, oldest first.
    pub async fn subscriptions(&mut self) -> Result<Vec<Subscription>> {
        let rows: Vec<SubscriptionRow> =
            on!(self, |db| sqlx::query_as(SUBSCRIPTIONS).fetch_all(db).await)?;
        let read = |row: SubscriptionRow| {
            Ok(Subscription {
                channel: parse(&row.channel, "subscription", "channel", &row.id)?,
                id: row.id,
                account: row.account_id,
                name: row.name,
                query: row.query.0,
                url: row.url.map(Sealed::stored),
                secret: row.secret.map(Sealed::stored),
                at: row.at,
                failures: u32::try_from(row.failures.max(0)).unwrap_or(u32::MAX),
                last_error: row.last_error,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Stores a subscription.
    pub async fn subscription_insert(&mut self, one: &Subscription) -> Result<()> {
        let sealed = |value: &Option<Sealed>| value.as_ref().map(|v| v.as_stored().to_owned());
        on!(self, |db| sqlx::query(SUBSCRIPTION_INSERT)
            .bind(one.id)
            .bind(one.account)
            .bind(&one.name)
            .bind(Json(one.query.clone()))
            .bind(one.channel.as_str())
            .bind(sealed(&one.url))
            .bind(sealed(&one.secret))
            .bind(Instant(one.at))
            .bind(i64::from(one.failures))
            .bind(one.last_error.clone())
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Removes a subscription of an account; `false` when there is none.
    pub async fn subscription_delete(&mut self, account: Uuid, id: Uuid) -> Result<bool> {
        self.delete_own(SUBSCRIPTION_DELETE, account, id).await
    }

    /// Notes how the last message went.
    pub async fn subscription_outcome(
        &mut self,
        id: Uuid,
        failures: u32,
        error: Option<&str>,
    ) -> Result<()> {
        on!(self, |db| sqlx::query(SUBSCRIPTION_OUTCOME)
            .bind(i64::from(failures))
            .bind(error.map(str::to_owned))
            .bind(id)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Writes what was sealed anew.
    pub async fn subscription_reseal(
        &mut self,
        id: Uuid,
        url: Option<String>,
        secret: Option<String>,
    ) -> Result<()> {
        on!(self, |db| sqlx::query(SUBSCRIPTION_RESEAL)
            .bind(url)
            .bind(secret)
            .bind(id)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    async fn delete_own(&mut self, sql: &'static str, account: Uuid, id: Uuid) -> Result<bool> {
        let gone = on!(self, |db| sqlx::query(sql)
            .bind(account)
            .bind(id)
            .execute(db)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(gone > 0)
    }

    /// Events after the one with the number `feed`, in order, at most `limit`, in these districts.
    pub async fn issue_events_after(
        &mut self,
        districts: &[i32],
        feed: i64,
        limit: i64,
    ) -> Result<Vec<(i64, IssueEvent)>> {
        if districts.is_empty() {
            return Ok(Vec::new());
        }
        // The districts are named so that the unique index on (district, feed) serves.
        let rows: Vec<FedRow> = on!(self, |db| {
            let mut query = QueryBuilder::new("SELECT feed, event FROM issue_event WHERE feed > ");
            query.push_bind(feed).push(" AND district_code IN (");
            let mut values = query.separated(", ");
            for district in districts {
                values.push_bind(*district);
            }
            query.push(") ORDER BY feed LIMIT ").push_bind(limit);
            query.build_query_as().fetch_all(db).await
        })?;
        Ok(rows
            .into_iter()
            .map(|row| (row.feed, row.event.0))
            .collect())
    }

    /// Tells people; who was told of an event already is not told again.
    pub async fn notifications_put(&mut self, notifications: &[Notification]) -> Result<()> {
        if notifications.is_empty() {
            return Ok(());
        }
        let mut issues: Vec<Uuid> = notifications
            .iter()
            .map(|notification| notification.issue.uuid())
            .collect();
        issues.sort_unstable();
        issues.dedup();
        let mut there = std::collections::HashSet::new();
        for batch in issues.chunks(super::aggregates::BATCH) {
            let rows: Vec<(Uuid, Uuid, i64)> = on!(self, |db| {
                let mut query = QueryBuilder::new(NOTIFICATIONS_THERE);
                let mut values = query.separated(", ");
                for id in batch {
                    values.push_bind(*id);
                }
                query.push(")");
                query.build_query_as().fetch_all(db).await
            })?;
            there.extend(rows);
        }
        let fresh: Vec<&Notification> = notifications
            .iter()
            .filter(|one| there.insert((one.account, one.issue.uuid(), i64::from(one.seq))))
            .collect();
        insert_rows!(self, NOTIFICATION_INSERT, fresh, |values, notification| {
            values
                .push_bind(notification.district_code)
                .push_bind(notification.id)
                .push_bind(notification.account)
                .push_bind(notification.issue.uuid())
                .push_bind(i64::from(notification.seq))
                .push_bind(Instant(notification.at))
                .push_bind(notification.read_at.map(Instant))
        });
        Ok(())
    }

    /// What an account was told, newest first, each with its event.
    pub async fn notifications(
        &mut self,
        account: Uuid,
        limit: i64,
    ) -> Result<Vec<(Notification, IssueEvent)>> {
        let rows: Vec<NotificationRow> = on!(self, |db| sqlx::query_as(NOTIFICATIONS)
            .bind(account)
            .bind(limit)
            .fetch_all(db)
            .await)?;
        let read = |row: NotificationRow| {
            let notification = Notification {
                id: row.id,
                account: row.account_id,
                issue: IssueId::new(row.issue_id),
                district_code: row.district_code,
                seq: u32::try_from(row.seq.max(0)).unwrap_or(u32::MAX),
                at: row.at,
                read_at: row.read_at,
            };
            (notification, row.event.0)
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// How many notifications are older than an instant.
    pub async fn notifications_over(&mut self, before: DateTime<Utc>) -> Result<u64> {
        let count: i64 = on!(self, |db| sqlx::query_scalar(OVER)
            .bind(Instant(before))
            .fetch_one(db)
            .await)?;
        Ok(count.unsigned_abs())
    }

    /// Removes them.
    pub async fn notifications_delete(&mut self, before: DateTime<Utc>) -> Result<()> {
        on!(self, |db| sqlx::query(OVER_DELETE)
            .bind(Instant(before))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// How much of it was not read.
    pub async fn notifications_unread(&mut self, account: Uuid) -> Result<u64> {
        let count: i64 = on!(self, |db| sqlx::query_scalar(UNREAD)
            .bind(account)
            .fetch_one(db)
            .await)?;
        Ok(count.unsigned_abs())
    }

    /// Marks some of it as read; all when nothing is named.
    pub async fn notifications_read(
        &mut self,
        account: Uuid,
        ids: Option<&[Uuid]>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let Some(ids) = ids else {
            on!(self, |db| sqlx::query(READ_ALL)
                .bind(Instant(now))
                .bind(account)
                .execute(db)
                .await
                .map(drop))?;
            return Ok(());
        };
        for id in ids {
            on!(self, |db| sqlx::query(READ_ONE)
                .bind(Instant(now))
                .bind(account)
                .bind(*id)
                .execute(db)
                .await
                .map(drop))?;
        }
        Ok(())
    }
}
