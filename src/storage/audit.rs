//! The audit log: appended, read, and never changed. Only this module writes it, and it has no UPDATE.

use super::aggregates::parse;
use super::database::{Conn, on};
use super::error::Result;
use super::instant::Instant;
use crate::domain::{AuditEntry, AuditOutcome, NewAuditEntry};
use chrono::{DateTime, SubsecRound, Utc};

#[derive(sqlx::FromRow)]
struct AuditRow {
    seq: i64,
    at: DateTime<Utc>,
    actor: String,
    actor_name: String,
    origin: String,
    action: String,
    subject: String,
    purpose: String,
    outcome: String,
    hash: String,
}

impl AuditRow {
    fn read(self) -> Result<AuditEntry> {
        Ok(AuditEntry {
            seq: self.seq,
            hash: self.hash,
            entry: NewAuditEntry {
                outcome: parse::<AuditOutcome>(&self.outcome, "audit", "outcome", &self.seq)?,
                at: self.at,
                actor: self.actor,
                actor_name: self.actor_name,
                origin: self.origin,
                action: self.action,
                subject: self.subject,
                purpose: self.purpose,
            },
        })
    }
}

const LAST: &str = "SELECT seq, hash FROM audit WHERE district_code = 0 ORDER BY seq DESC LIMIT 1";
const HASH: &str = "SELECT hash FROM audit WHERE district_code = 0 AND seq = $1";
const INSERT: &str = "INSERT INTO audit (district_code, seq, at, actor, actor_name, origin, action, subject, purpose, \
    outcome, hash) VALUES (0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const AFTER: &str = "SELECT seq, at, actor, actor_name, origin, action, subject, purpose, outcome, hash FROM audit \
    WHERE district_code = 0 AND seq > $1 ORDER BY seq LIMIT $2";
const BEFORE: &str = "SELECT seq, at, actor, actor_name, origin, action, subject, purpose, outcome, hash FROM audit \
    WHERE district_code = 0 AND seq < $1 AND ($2 = '' OR actor_name LIKE $2 OR action LIKE $2 OR subject LIKE $2 \
    OR purpose LIKE $2 OR origin LIKE $2) ORDER BY seq DESC LIMIT $3";
const PRUNE: &str = "DELETE FROM audit WHERE district_code = 0 AND seq <= $1";

impl Conn<'_> {
    /// Number and hash of the newest entry.
    pub async fn audit_last(&mut self) -> Result<Option<(i64, String)>> {
        Ok(on!(self, |db| sqlx::query_as(LAST)
            .fetch_optional(db)
            .await)?)
    }

    /// Hash of an entry.
    pub async fn audit_hash(&mut self, seq: i64) -> Result<Option<String>> {
        Ok(on!(self, |db| sqlx::query_scalar(HASH)
            .bind(seq)
            .fetch_optional(db)
            .await)?)
    }

    /// Appends an entry after `previous`, which is the newest one; a transaction for writing holds off all others.
    pub async fn audit_append(
        &mut self,
        entry: NewAuditEntry,
        previous: (i64, &str),
    ) -> Result<AuditEntry> {
        // What is hashed is what a column keeps.
        let entry = NewAuditEntry {
            at: entry.at.trunc_subsecs(3),
            ..entry
        };
        let seq = previous.0 + 1;
        let hash = entry.hash(seq, previous.1);
        on!(self, |db| sqlx::query(INSERT)
            .bind(seq)
            .bind(Instant(entry.at))
            .bind(&entry.actor)
            .bind(&entry.actor_name)
            .bind(&entry.origin)
            .bind(&entry.action)
            .bind(&entry.subject)
            .bind(&entry.purpose)
            .bind(entry.outcome.as_str())
            .bind(&hash)
            .execute(db)
            .await
            .map(drop))?;
        Ok(AuditEntry { seq, entry, hash })
    }

    /// Entries after a number, in order.
    pub async fn audit_after(&mut self, seq: i64, limit: i64) -> Result<Vec<AuditEntry>> {
        let rows: Vec<AuditRow> = on!(self, |db| sqlx::query_as(AFTER)
            .bind(seq)
            .bind(limit)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(AuditRow::read).collect()
    }

    /// Entries before a number, newest first; with a text only those that hold it.
    pub async fn audit_before(
        &mut self,
        seq: i64,
        text: &str,
        limit: i64,
    ) -> Result<Vec<AuditEntry>> {
        // The wildcards of LIKE mean themselves nowhere in a log: they are left out.
        let plain: String = text
            .chars()
            .filter(|c| !matches!(c, '%' | '_' | '\\'))
            .collect();
        let pattern = if plain.is_empty() {
            String::new()
        } else {
            format!("%{plain}%")
        };
        let rows: Vec<AuditRow> = on!(self, |db| sqlx::query_as(BEFORE)
            .bind(seq)
            .bind(&pattern)
            .bind(limit)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(AuditRow::read).collect()
    }

    /// Removes entries up to a number whose time of keeping is over; the caller notes where the log begins now.
    pub async fn audit_prune(&mut self, seq: i64) -> Result<()> {
        on!(self, |db| sqlx::query(PRUNE)
            .bind(seq)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }
}
