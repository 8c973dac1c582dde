//! Housekeepers and their appointments.

use super::aggregates::{BATCH, delete_rows, insert_rows, parse};
use super::database::{Conn, on};
use super::error::Result;
use crate::domain::{
    Appointment, AppointmentId, AppointmentKind, BuildingId, CompoundId, EndReason, Housekeeper,
    HousekeeperId, ImportId, PartTimeCategory, Sealed, Terms,
};
use chrono::NaiveDate;
use sqlx::QueryBuilder;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct HousekeeperRow {
    id: Uuid,
    natural_key: String,
    code: Option<String>,
    name: String,
    community: String,
    duty_phone: Option<String>,
    private_phone: Option<String>,
    birth_date: Option<NaiveDate>,
    private_phone_sealed: Option<String>,
    birth_date_sealed: Option<String>,
    party_join_date_sealed: Option<String>,
    consent_date: Option<NaiveDate>,
    residence_building_id: Option<Uuid>,
    source: Option<String>,
    import_id: Option<Uuid>,
}

const HOUSEKEEPERS: &str = "SELECT id, natural_key, code, name, community, duty_phone, private_phone, birth_date, \
    private_phone_sealed, birth_date_sealed, party_join_date_sealed, consent_date, residence_building_id, source, \
    import_id FROM housekeeper ORDER BY community, natural_key";
const HOUSEKEEPER_INSERT: &str = "INSERT INTO housekeeper (district_code, id, natural_key, code, name, community, \
    duty_phone, private_phone_sealed, birth_date_sealed, party_join_date_sealed, consent_date, residence_building_id, \
    source, import_id) ";

#[derive(sqlx::FromRow)]
struct AppointmentRow {
    district_code: i32,
    id: Uuid,
    housekeeper_id: Uuid,
    compound_id: Option<Uuid>,
    kind: String,
    start_date: NaiveDate,
    end_date: Option<NaiveDate>,
    category: Option<String>,
    capacity_households: Option<i32>,
    term_end: Option<NaiveDate>,
    end_reason: Option<String>,
}

const APPOINTMENTS: &str = "SELECT district_code, id, housekeeper_id, compound_id, kind, start_date, end_date, \
    category, capacity_households, term_end, end_reason FROM appointment ORDER BY start_date, id";
const APPOINTMENT_INSERT: &str = "INSERT INTO appointment (district_code, id, housekeeper_id, compound_id, kind, \
    start_date, end_date, category, capacity_households, term_end, end_reason) ";

const IN_THE_CLEAR: &str = "SELECT count(*) FROM housekeeper WHERE private_phone IS NOT NULL \
    OR birth_date IS NOT NULL";

/// A word of an appointment, where there is one.
fn word<T: std::str::FromStr>(
    text: Option<&str>,
    column: &'static str,
    id: &Uuid,
) -> Result<Option<T>>
where
    T::Err: std::fmt::Display,
{
    text.map(|text| parse(text, "appointment", column, id))
        .transpose()
}

impl Conn<'_> {
    /// Housekeepers with a sensitive field in a column of earlier versions.
    pub async fn housekeepers_in_the_clear(&mut self) -> Result<i64> {
        Ok(on!(self, |db| sqlx::query_scalar(IN_THE_CLEAR)
            .fetch_one(db)
            .await)?)
    }

    /// All housekeepers.
    pub async fn housekeeper_list(&mut self) -> Result<Vec<Housekeeper>> {
        let rows: Vec<HousekeeperRow> =
            on!(self, |db| sqlx::query_as(HOUSEKEEPERS).fetch_all(db).await)?;
        let read = |row: HousekeeperRow| -> Result<Housekeeper> {
            Ok(Housekeeper {
                community: parse(&row.community, "housekeeper", "community", &row.id)?,
                id: HousekeeperId::new(row.id),
                natural_key: row.natural_key,
                code: row.code,
                name: row.name,
                duty_phone: row.duty_phone,
                // Earlier versions wrote the columns in the clear; they are rewritten at the next start.
                private_phone: row
                    .private_phone_sealed
                    .or(row.private_phone)
                    .map(Sealed::stored),
                birth_date: row
                    .birth_date_sealed
                    .or(row.birth_date.map(|day| day.to_string()))
                    .map(Sealed::stored),
                party_join_date: row.party_join_date_sealed.map(Sealed::stored),
                consent: row.consent_date,
                residence: row.residence_building_id.map(BuildingId::new),
                source: row.source,
                import: row.import_id.map(ImportId::new),
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Writes housekeepers, replacing those with the same identity.
    pub async fn housekeeper_upsert(&mut self, housekeepers: &[Housekeeper]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = housekeepers
            .iter()
            .map(|h| (h.community.district_code(), h.id.uuid()))
            .collect();
        delete_rows!(self, "housekeeper", keys);
        insert_rows!(self, HOUSEKEEPER_INSERT, housekeepers, |values, h| values
            .push_bind(h.community.district_code())
            .push_bind(h.id.uuid())
            .push_bind(h.natural_key.clone())
            .push_bind(h.code.clone())
            .push_bind(h.name.clone())
            .push_bind(h.community.to_string())
            .push_bind(h.duty_phone.clone())
            .push_bind(
                h.private_phone
                    .as_ref()
                    .map(|sealed| sealed.as_stored().to_owned())
            )
            .push_bind(
                h.birth_date
                    .as_ref()
                    .map(|sealed| sealed.as_stored().to_owned())
            )
            .push_bind(
                h.party_join_date
                    .as_ref()
                    .map(|sealed| sealed.as_stored().to_owned())
            )
            .push_bind(h.consent)
            .push_bind(h.residence.map(BuildingId::uuid))
            .push_bind(h.source.clone())
            .push_bind(h.import.map(ImportId::uuid)));
        Ok(())
    }

    /// All appointments.
    pub async fn appointment_list(&mut self) -> Result<Vec<Appointment>> {
        let rows: Vec<AppointmentRow> =
            on!(self, |db| sqlx::query_as(APPOINTMENTS).fetch_all(db).await)?;
        let read = |row: AppointmentRow| -> Result<Appointment> {
            Ok(Appointment {
                kind: parse::<AppointmentKind>(&row.kind, "appointment", "kind", &row.id)?,
                id: AppointmentId::new(row.id),
                district_code: row.district_code,
                housekeeper: HousekeeperId::new(row.housekeeper_id),
                compound: row.compound_id.map(CompoundId::new),
                start: row.start_date,
                end: row.end_date,
                terms: Terms {
                    category: word(row.category.as_deref(), "category", &row.id)?,
                    capacity: row.capacity_households.and_then(|n| u32::try_from(n).ok()),
                    term_end: row.term_end,
                    end_reason: word(row.end_reason.as_deref(), "end_reason", &row.id)?,
                },
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Writes appointments, replacing those with the same identity.
    pub async fn appointment_upsert(&mut self, appointments: &[Appointment]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = appointments
            .iter()
            .map(|a| (a.district_code, a.id.uuid()))
            .collect();
        delete_rows!(self, "appointment", keys);
        insert_rows!(self, APPOINTMENT_INSERT, appointments, |values, a| values
            .push_bind(a.district_code)
            .push_bind(a.id.uuid())
            .push_bind(a.housekeeper.uuid())
            .push_bind(a.compound.map(CompoundId::uuid))
            .push_bind(a.kind.as_str())
            .push_bind(a.start)
            .push_bind(a.end)
            .push_bind(a.terms.category.map(PartTimeCategory::as_str))
            .push_bind(
                a.terms
                    .capacity
                    .map(|n| i32::try_from(n).unwrap_or(i32::MAX))
            )
            .push_bind(a.terms.term_end)
            .push_bind(a.terms.end_reason.map(EndReason::as_str)));
        Ok(())
    }
}
