//! Recruitment cases and their steps.
//!
//! Invariant: a step is only ever inserted; two people who decide at once collide on its number.

use super::aggregates::{insert_rows, parse};
use super::database::{Conn, on};
use super::error::Result;
use super::instant::Instant;
use super::people::{districts, in_districts};
use crate::domain::recruitment::{RecruitmentCase, StepRow, Template};
use crate::domain::{
    ActorId, AppointmentId, AppointmentKind, BuildingId, CompoundId, HousekeeperId,
    PartTimeCategory, RegionCode, Sealed,
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct CaseRow {
    id: Uuid,
    community: String,
    compound_id: Uuid,
    name: String,
    kind: String,
    category: Option<String>,
    duty_phone: Option<String>,
    private_phone_sealed: Option<String>,
    birth_date_sealed: Option<String>,
    party_join_date_sealed: Option<String>,
    party_member: Option<bool>,
    residence_building_id: Option<Uuid>,
    template: Json<Template>,
    applicant_id: Option<Uuid>,
    housekeeper_id: Option<Uuid>,
    appointment_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    created_by: String,
}

#[derive(sqlx::FromRow)]
struct StepRowStored {
    case_id: Uuid,
    seq: i32,
    step: String,
    decision: String,
    actor_id: Uuid,
    actor_name: String,
    at: DateTime<Utc>,
    note: String,
}

const CASE_INSERT: &str = "INSERT INTO recruitment_case (district_code, id, community, compound_id, name, kind, \
    category, duty_phone, private_phone_sealed, birth_date_sealed, party_join_date_sealed, party_member, \
    residence_building_id, template, applicant_id, housekeeper_id, appointment_id, created_at, created_by) ";
const CASES: &str = "SELECT id, community, compound_id, name, kind, category, duty_phone, private_phone_sealed, \
    birth_date_sealed, party_join_date_sealed, party_member, residence_building_id, template, applicant_id, \
    housekeeper_id, appointment_id, created_at, created_by FROM recruitment_case \
    WHERE district_code BETWEEN $1 AND $2 ORDER BY created_at, id";
const CASE: &str = "SELECT id, community, compound_id, name, kind, category, duty_phone, private_phone_sealed, \
    birth_date_sealed, party_join_date_sealed, party_member, residence_building_id, template, applicant_id, \
    housekeeper_id, appointment_id, created_at, created_by FROM recruitment_case WHERE id = $1";
const STEPS: &str = "SELECT case_id, seq, step, decision, actor_id, actor_name, at, note FROM recruitment_step \
    WHERE district_code BETWEEN $1 AND $2 ORDER BY case_id, seq";
const STEPS_OF: &str = "SELECT case_id, seq, step, decision, actor_id, actor_name, at, note FROM recruitment_step \
    WHERE case_id = $1 ORDER BY seq";
const CASE_DELETE: &str = "DELETE FROM recruitment_case WHERE district_code = $1 AND id = $2";
const STEP_INSERT: &str = "INSERT INTO recruitment_step (district_code, case_id, seq, step, decision, actor_id, \
    actor_name, at, note) ";
const NOTES_FORGET: &str =
    "UPDATE recruitment_step SET note = '' WHERE district_code = $1 AND case_id = $2";

impl CaseRow {
    fn read(self) -> Result<RecruitmentCase> {
        Ok(RecruitmentCase {
            community: parse(&self.community, "recruitment_case", "community", &self.id)?,
            kind: parse::<AppointmentKind>(&self.kind, "recruitment_case", "kind", &self.id)?,
            category: self
                .category
                .map(|word| parse(&word, "recruitment_case", "category", &self.id))
                .transpose()?,
            id: self.id,
            compound: CompoundId::new(self.compound_id),
            name: self.name,
            duty_phone: self.duty_phone,
            private_phone: self.private_phone_sealed.map(Sealed::stored),
            birth_date: self.birth_date_sealed.map(Sealed::stored),
            party_join_date: self.party_join_date_sealed.map(Sealed::stored),
            party_member: self.party_member,
            residence: self.residence_building_id.map(BuildingId::new),
            template: self.template.0,
            applicant: self.applicant_id.map(ActorId::new),
            housekeeper: self.housekeeper_id.map(HousekeeperId::new),
            appointment: self.appointment_id.map(AppointmentId::new),
            created_at: self.created_at,
            created_by: self.created_by,
        })
    }
}

impl StepRowStored {
    fn read(self) -> Result<StepRow> {
        Ok(StepRow {
            decision: parse(
                &self.decision,
                "recruitment_step",
                "decision",
                &self.case_id,
            )?,
            seq: self.seq,
            step: self.step,
            actor: ActorId::new(self.actor_id),
            actor_name: self.actor_name,
            at: self.at,
            note: self.note,
        })
    }
}

impl Conn<'_> {
    /// Cases with their steps, inside a region's districts, oldest first.
    pub async fn recruitment_list(
        &mut self,
        region: Option<RegionCode>,
    ) -> Result<Vec<(RecruitmentCase, Vec<StepRow>)>> {
        let cases: Vec<CaseRow> = in_districts!(self, CASES, region);
        let steps: Vec<StepRowStored> = in_districts!(self, STEPS, region);
        let mut of: HashMap<Uuid, Vec<StepRow>> = HashMap::new();
        for step in steps {
            let case = step.case_id;
            of.entry(case).or_default().push(step.read()?);
        }
        let read = |row: CaseRow| -> Result<(RecruitmentCase, Vec<StepRow>)> {
            let case = row.read()?;
            let steps = of.remove(&case.id).unwrap_or_default();
            Ok((case, steps))
        };
        cases.into_iter().map(read).collect()
    }

    /// One case with its steps.
    pub async fn recruitment_find(
        &mut self,
        id: Uuid,
    ) -> Result<Option<(RecruitmentCase, Vec<StepRow>)>> {
        let row: Option<CaseRow> = on!(self, |db| sqlx::query_as(CASE)
            .bind(id)
            .fetch_optional(db)
            .await)?;
        let Some(row) = row else {
            return Ok(None);
        };
        let steps: Vec<StepRowStored> = on!(self, |db| sqlx::query_as(STEPS_OF)
            .bind(id)
            .fetch_all(db)
            .await)?;
        let steps = steps
            .into_iter()
            .map(StepRowStored::read)
            .collect::<Result<_>>()?;
        Ok(Some((row.read()?, steps)))
    }

    /// Writes cases, replacing those with the same identity; their steps stay.
    pub async fn recruitment_put(&mut self, cases: &[RecruitmentCase]) -> Result<()> {
        for case in cases {
            let district = case.community.district_code();
            on!(self, |db| sqlx::query(CASE_DELETE)
                .bind(district)
                .bind(case.id)
                .execute(db)
                .await
                .map(drop))?;
        }
        let stored =
            |sealed: &Option<Sealed>| sealed.as_ref().map(|sealed| sealed.as_stored().to_owned());
        insert_rows!(self, CASE_INSERT, cases, |values, c| values
            .push_bind(c.community.district_code())
            .push_bind(c.id)
            .push_bind(c.community.to_string())
            .push_bind(c.compound.uuid())
            .push_bind(c.name.clone())
            .push_bind(c.kind.as_str())
            .push_bind(c.category.map(PartTimeCategory::as_str))
            .push_bind(c.duty_phone.clone())
            .push_bind(stored(&c.private_phone))
            .push_bind(stored(&c.birth_date))
            .push_bind(stored(&c.party_join_date))
            .push_bind(c.party_member)
            .push_bind(c.residence.map(BuildingId::uuid))
            .push_bind(Json(c.template.clone()))
            .push_bind(c.applicant.map(ActorId::uuid))
            .push_bind(c.housekeeper.map(HousekeeperId::uuid))
            .push_bind(c.appointment.map(AppointmentId::uuid))
            .push_bind(Instant(c.created_at))
            .push_bind(c.created_by.clone()));
        Ok(())
    }

    /// Adds steps to cases of a district.
    pub async fn recruitment_step_insert(
        &mut self,
        district_code: i32,
        steps: &[(Uuid, StepRow)],
    ) -> Result<()> {
        insert_rows!(self, STEP_INSERT, steps, |values, row| values
            .push_bind(district_code)
            .push_bind(row.0)
            .push_bind(row.1.seq)
            .push_bind(row.1.step.clone())
            .push_bind(row.1.decision.as_str())
            .push_bind(row.1.actor.uuid())
            .push_bind(row.1.actor_name.clone())
            .push_bind(Instant(row.1.at))
            .push_bind(row.1.note.clone()));
        Ok(())
    }

    /// Empties the notes of a case: the decisions stay, what was said about somebody goes.
    pub async fn recruitment_notes_forget(&mut self, district_code: i32, id: Uuid) -> Result<()> {
        on!(self, |db| sqlx::query(NOTES_FORGET)
            .bind(district_code)
            .bind(id)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }
}
