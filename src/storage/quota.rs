//! Quota policies: rows are written and ended, never deleted.

use super::aggregates::{BATCH, delete_rows, insert_rows, parse};
use super::database::{Conn, on};
use super::error::Result;
use super::instant::Instant;
use crate::domain::{QuotaPolicy, QuotaPolicyId, ScopedPolicy};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::QueryBuilder;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct PolicyRow {
    id: Uuid,
    region: String,
    keepers: i64,
    per_households: i64,
    rule: String,
    round_at: String,
    basis: Option<String>,
    part_time_counts: bool,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    withdrawn_at: Option<DateTime<Utc>>,
    made_by: String,
    made_at: DateTime<Utc>,
}

const POLICIES: &str = "SELECT id, region, keepers, per_households, rule, round_at, basis, part_time_counts, valid_from, \
    valid_to, withdrawn_at, made_by, made_at FROM quota_policy ORDER BY region, valid_from, id";
const POLICY_INSERT: &str = "INSERT INTO quota_policy (district_code, id, region, keepers, per_households, rule, \
    round_at, basis, part_time_counts, valid_from, valid_to, withdrawn_at, made_by, made_at) ";

impl Conn<'_> {
    /// All policies: past, present, to come and withdrawn.
    pub async fn quota_policy_list(&mut self) -> Result<Vec<ScopedPolicy>> {
        let rows: Vec<PolicyRow> = on!(self, |db| sqlx::query_as(POLICIES).fetch_all(db).await)?;
        let read = |row: PolicyRow| -> Result<ScopedPolicy> {
            let count = |n: i64| u32::try_from(n).unwrap_or(0).max(1);
            Ok(ScopedPolicy {
                region: parse(&row.region, "quota_policy", "region", &row.id)?,
                policy: QuotaPolicy {
                    keepers: count(row.keepers),
                    per_households: count(row.per_households),
                    rule: parse(&row.rule, "quota_policy", "rule", &row.id)?,
                    round_at: parse(&row.round_at, "quota_policy", "round_at", &row.id)?,
                    part_time_counts: row.part_time_counts,
                    basis: row
                        .basis
                        .map(|basis| parse(&basis, "quota_policy", "basis", &row.id))
                        .transpose()?,
                },
                id: QuotaPolicyId::new(row.id),
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                withdrawn_at: row.withdrawn_at,
                made_by: row.made_by,
                made_at: row.made_at,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Writes policies, replacing those with the same identity.
    pub async fn quota_policy_upsert(&mut self, policies: &[ScopedPolicy]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = policies
            .iter()
            .map(|p| (p.region.district_code(), p.id.uuid()))
            .collect();
        delete_rows!(self, "quota_policy", keys);
        insert_rows!(self, POLICY_INSERT, policies, |values, p| values
            .push_bind(p.region.district_code())
            .push_bind(p.id.uuid())
            .push_bind(p.region.to_string())
            .push_bind(i64::from(p.policy.keepers))
            .push_bind(i64::from(p.policy.per_households))
            .push_bind(p.policy.rule.as_str())
            .push_bind(p.policy.round_at.as_str())
            .push_bind(p.policy.basis.map(crate::domain::HouseholdBasis::as_str))
            .push_bind(p.policy.part_time_counts)
            .push_bind(p.valid_from)
            .push_bind(p.valid_to)
            .push_bind(p.withdrawn_at.map(Instant))
            .push_bind(p.made_by.clone())
            .push_bind(Instant(p.made_at)));
        Ok(())
    }
}
