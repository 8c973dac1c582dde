//! Organisations of compounds.
//!
//! Invariant: an organisation is ended, never deleted.

use super::aggregates::{insert_rows, parse};
use super::database::{Conn, on};
use super::error::Result;
use super::people::{districts, in_districts};
use crate::domain::organisation::{Organisation, OrganisationKind};
use crate::domain::{CompoundId, RegionCode};
use chrono::NaiveDate;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct OrganisationRow {
    id: Uuid,
    community: String,
    compound_id: Uuid,
    kind: String,
    name: String,
    duty_phone: Option<String>,
    consent_date: Option<NaiveDate>,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
}

const ORGANISATIONS: &str = "SELECT id, community, compound_id, kind, name, duty_phone, consent_date, valid_from, \
    valid_to FROM organisation WHERE district_code BETWEEN $1 AND $2 ORDER BY compound_id, kind, valid_from, id";
const ORGANISATION_INSERT: &str = "INSERT INTO organisation (district_code, id, community, compound_id, kind, name, \
    duty_phone, consent_date, valid_from, valid_to) ";
const ORGANISATION_END: &str =
    "UPDATE organisation SET valid_to = $3 WHERE district_code = $1 AND id = $2";
const PEOPLE_GONE: &str = "SELECT count(*) FROM organisation WHERE kind IN ('secretary', 'party_guide') \
    AND valid_to < $1 AND name <> $2";
const PEOPLE_FORGET: &str = "UPDATE organisation SET name = $2, duty_phone = NULL, consent_date = NULL \
    WHERE kind IN ('secretary', 'party_guide') AND valid_to < $1 AND name <> $2";

impl Conn<'_> {
    /// Organisations inside a region's districts, also those that ended.
    pub async fn organisation_list(
        &mut self,
        region: Option<RegionCode>,
    ) -> Result<Vec<Organisation>> {
        let rows: Vec<OrganisationRow> = in_districts!(self, ORGANISATIONS, region);
        let read = |row: OrganisationRow| -> Result<Organisation> {
            Ok(Organisation {
                community: parse(&row.community, "organisation", "community", &row.id)?,
                kind: parse::<OrganisationKind>(&row.kind, "organisation", "kind", &row.id)?,
                id: row.id,
                compound: CompoundId::new(row.compound_id),
                name: row.name,
                duty_phone: row.duty_phone,
                consent: row.consent_date,
                from: row.valid_from,
                to: row.valid_to,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Writes new organisations.
    pub async fn organisation_insert(&mut self, all: &[Organisation]) -> Result<()> {
        insert_rows!(self, ORGANISATION_INSERT, all, |values, o| values
            .push_bind(o.community.district_code())
            .push_bind(o.id)
            .push_bind(o.community.to_string())
            .push_bind(o.compound.uuid())
            .push_bind(o.kind.as_str())
            .push_bind(o.name.clone())
            .push_bind(o.duty_phone.clone())
            .push_bind(o.consent)
            .push_bind(o.from)
            .push_bind(o.to));
        Ok(())
    }

    /// An organisation lasts until `last`.
    pub async fn organisation_end(
        &mut self,
        district_code: i32,
        id: Uuid,
        last: NaiveDate,
    ) -> Result<()> {
        on!(self, |db| sqlx::query(ORGANISATION_END)
            .bind(district_code)
            .bind(id)
            .bind(last)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// People of organisations who left before `day` and are still named.
    pub async fn organisation_people_gone(&mut self, day: NaiveDate, nobody: &str) -> Result<u64> {
        let n: i64 = on!(self, |db| sqlx::query_scalar(PEOPLE_GONE)
            .bind(day)
            .bind(nobody)
            .fetch_one(db)
            .await)?;
        Ok(n.unsigned_abs())
    }

    /// Names nobody any more where somebody left before `day`.
    pub async fn organisation_people_forget(&mut self, day: NaiveDate, nobody: &str) -> Result<()> {
        on!(self, |db| sqlx::query(PEOPLE_FORGET)
            .bind(day)
            .bind(nobody)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }
}
