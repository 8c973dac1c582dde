//! Quarterly assessments.
//!
//! Invariant: one of a keeper and a quarter; nothing here sorts by a score.

use super::aggregates::{insert_rows, parse};
use super::database::{Conn, on};
use super::error::Result;
use super::instant::Instant;
use super::people::{districts, in_districts};
use crate::domain::assessment::{Assessment, AssessmentState, Quarter};
use crate::domain::{ActorId, CompoundId, HousekeeperId, RegionCode};
use chrono::{DateTime, Utc};
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct AssessmentRow {
    id: Uuid,
    period: String,
    housekeeper_id: Uuid,
    community: String,
    compound_id: Option<Uuid>,
    state: String,
    organisation_score: Option<i32>,
    organisation_by: Option<Uuid>,
    residents_score: Option<i32>,
    residents_by: Option<Uuid>,
    shown_at: Option<DateTime<Utc>>,
    appeal: Option<String>,
    appealed_at: Option<DateTime<Utc>>,
    answer: Option<String>,
    answered_at: Option<DateTime<Utc>>,
    final_at: Option<DateTime<Utc>>,
}

const ASSESSMENTS: &str = "SELECT id, period, housekeeper_id, community, compound_id, state, organisation_score, \
    organisation_by, residents_score, residents_by, shown_at, appeal, appealed_at, answer, answered_at, final_at \
    FROM assessment WHERE district_code BETWEEN $1 AND $2 ORDER BY period, community, compound_id, housekeeper_id";
const ASSESSMENT: &str = "SELECT id, period, housekeeper_id, community, compound_id, state, organisation_score, \
    organisation_by, residents_score, residents_by, shown_at, appeal, appealed_at, answer, answered_at, final_at \
    FROM assessment WHERE id = $1";
const ASSESSMENT_DELETE: &str = "DELETE FROM assessment WHERE district_code = $1 AND id = $2";
const ASSESSMENT_INSERT: &str = "INSERT INTO assessment (district_code, id, period, housekeeper_id, community, \
    compound_id, state, organisation_score, organisation_by, residents_score, residents_by, shown_at, appeal, \
    appealed_at, answer, answered_at, final_at) ";
const WORDS_FORGET: &str = "UPDATE assessment SET appeal = NULL, answer = NULL, appealed_at = NULL, answered_at = NULL \
    WHERE housekeeper_id = $1";

impl AssessmentRow {
    fn read(self) -> Result<Assessment> {
        let score = |score: Option<i32>, by: Option<Uuid>| {
            Some((u8::try_from(score?).ok()?, ActorId::new(by?)))
        };
        Ok(Assessment {
            period: parse::<Quarter>(&self.period, "assessment", "period", &self.id)?,
            community: parse(&self.community, "assessment", "community", &self.id)?,
            state: parse::<AssessmentState>(&self.state, "assessment", "state", &self.id)?,
            id: self.id,
            housekeeper: HousekeeperId::new(self.housekeeper_id),
            compound: self.compound_id.map(CompoundId::new),
            organisation: score(self.organisation_score, self.organisation_by),
            residents: score(self.residents_score, self.residents_by),
            shown_at: self.shown_at,
            appeal: self.appeal.zip(self.appealed_at),
            answer: self.answer.zip(self.answered_at),
            final_at: self.final_at,
        })
    }
}

impl Conn<'_> {
    /// Assessments inside a region's districts, by quarter and place.
    pub async fn assessment_list(&mut self, region: Option<RegionCode>) -> Result<Vec<Assessment>> {
        let rows: Vec<AssessmentRow> = in_districts!(self, ASSESSMENTS, region);
        rows.into_iter().map(AssessmentRow::read).collect()
    }

    /// One.
    pub async fn assessment_find(&mut self, id: Uuid) -> Result<Option<Assessment>> {
        let row: Option<AssessmentRow> = on!(self, |db| sqlx::query_as(ASSESSMENT)
            .bind(id)
            .fetch_optional(db)
            .await)?;
        row.map(AssessmentRow::read).transpose()
    }

    /// Writes assessments, replacing those with the same identity.
    pub async fn assessment_put(&mut self, all: &[Assessment]) -> Result<()> {
        for one in all {
            let district = one.community.district_code();
            on!(self, |db| sqlx::query(ASSESSMENT_DELETE)
                .bind(district)
                .bind(one.id)
                .execute(db)
                .await
                .map(drop))?;
        }
        insert_rows!(self, ASSESSMENT_INSERT, all, |values, a| values
            .push_bind(a.community.district_code())
            .push_bind(a.id)
            .push_bind(a.period.to_string())
            .push_bind(a.housekeeper.uuid())
            .push_bind(a.community.to_string())
            .push_bind(a.compound.map(CompoundId::uuid))
            .push_bind(a.state.as_str())
            .push_bind(a.organisation.map(|(score, _)| i32::from(score)))
            .push_bind(a.organisation.map(|(_, by)| by.uuid()))
            .push_bind(a.residents.map(|(score, _)| i32::from(score)))
            .push_bind(a.residents.map(|(_, by)| by.uuid()))
            .push_bind(a.shown_at.map(Instant))
            .push_bind(a.appeal.as_ref().map(|(text, _)| text.clone()))
            .push_bind(a.appeal.as_ref().map(|(_, at)| Instant(*at)))
            .push_bind(a.answer.as_ref().map(|(text, _)| text.clone()))
            .push_bind(a.answer.as_ref().map(|(_, at)| Instant(*at)))
            .push_bind(a.final_at.map(Instant)));
        Ok(())
    }

    /// Takes away what was said around the assessments of somebody who left.
    pub async fn assessment_words_forget(&mut self, of: HousekeeperId) -> Result<()> {
        on!(self, |db| sqlx::query(WORDS_FORGET)
            .bind(of.uuid())
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }
}
