//! How long what is kept: one rule for each class of data, with a dry run, and deletion that leaves statistics intact.
//!
//! A keeper who left long ago becomes nobody: the appointment stays, so that figures of the past stay as they were.

use super::Services;
use super::audit::{CONSOLE, Noted};
use super::error::Result;
use super::notices::{Roster, portraits_without_ground, roster_written};
use crate::domain::recruitment::{CaseState, RecruitmentCase, StepRow, replay};
use crate::domain::{Actor, Housekeeper, HousekeeperId, ImportKind};
use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use std::collections::HashSet;

/// What the name of a keeper becomes.
const NOBODY: &str = "（已删除）";

/// What went, or would go.
#[derive(Debug, Default, Serialize)]
pub struct Retained {
    /// Entries of the audit log older than `security.audit_days`.
    pub audit: u64,
    /// Keepers whose last appointment ended more than `security.left_keeper_days` ago.
    pub keepers: u64,
    /// Recruitment cases: refused or withdrawn more than `security.ended_case_days` ago, or of such a keeper.
    pub cases: u64,
    /// People of organisations who left more than `security.left_keeper_days` ago.
    pub organisation_people: u64,
    /// Records of imports that hold such a keeper as they were.
    pub import_records: u64,
    /// Rows of people that wait for a place since more than `security.waiting_days`.
    pub waiting: u64,
    /// Issues closed more than `security.reporter_days` ago that still name their reporter.
    pub reporters: u64,
    /// Visits made more than `security.visit_days` ago that still tell who went.
    pub visits: u64,
    /// Entries of diaries older than `security.diary_days` that still tell whose they are.
    pub diaries: u64,
    /// Sessions that are over.
    pub sessions: u64,
    /// Notifications older than `security.notification_days`.
    pub notifications: u64,
    /// Photos that no issue has a day after they came.
    pub photos: u64,
    /// Photos of keepers whose last appointment is over.
    pub portraits: u64,
}

/// Hours after which a photo without an issue goes: whoever reports has long done so.
const PHOTO_HOURS: i64 = 24;

impl Services {
    /// Applies every rule; with `dry` only counts.
    ///
    /// # Errors
    /// The store's own, and a broken audit log: then nothing is removed.
    pub async fn retain(&self, actor: &Actor, dry: bool) -> Result<Retained> {
        let mut done = Retained {
            audit: self.audit_retain(actor, dry).await?,
            ..Retained::default()
        };
        let security = &self.config().security;
        let now = self.now();
        let left = self.today(now) - Duration::days(i64::from(security.left_keeper_days));
        let waited = now - Duration::days(i64::from(security.waiting_days));
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let appointments = conn.appointment_list().await?;
        let recent: HashSet<_> = appointments
            .iter()
            .filter(|one| one.end.is_none_or(|end| end >= left))
            .map(|one| one.housekeeper)
            .collect();
        let had: HashSet<_> = appointments.iter().map(|one| one.housekeeper).collect();
        let keepers = conn.housekeeper_list().await?;
        let mut gone: Vec<Housekeeper> = keepers
            .iter()
            .filter(|keeper| had.contains(&keeper.id) && !recent.contains(&keeper.id))
            .filter(|keeper| keeper.name != NOBODY)
            .cloned()
            .collect();
        done.keepers = gone.len() as u64;
        let ids: HashSet<_> = gone.iter().map(|keeper| keeper.id).collect();
        for keeper in &mut gone {
            forget(keeper);
        }
        let mut records = Vec::new();
        for (key, before) in conn.import_changes_of("housekeeper").await? {
            if let Ok(mut keeper) = serde_json::from_value::<Housekeeper>(before)
                && ids.contains(&keeper.id)
            {
                forget(&mut keeper);
                records.push((key, serde_json::to_value(&keeper).unwrap_or_default()));
            }
        }
        done.import_records = records.len() as u64;
        let ended = now - Duration::days(i64::from(security.ended_case_days));
        let cases = cases_over(conn.recruitment_list(None).await?, &ids, ended);
        done.cases = cases.len() as u64;
        done.organisation_people = conn.organisation_people_gone(left, NOBODY).await?;
        let imports = conn.import_list().await?;
        let old: HashSet<_> = imports
            .iter()
            .filter(|import| import.created_at < waited)
            .map(|import| import.id)
            .collect();
        let waiting: Vec<_> = conn
            .waiting_list()
            .await?
            .into_iter()
            .filter(|row| row.kind == ImportKind::Housekeepers && old.contains(&row.import))
            .collect();
        done.waiting = waiting.len() as u64;
        done.sessions = conn.sessions_over(now).await?;
        let closed = now - Duration::days(i64::from(security.reporter_days));
        done.reporters = conn.issue_reporters_over(closed).await?;
        let told = now - Duration::days(i64::from(security.notification_days));
        done.notifications = conn.notifications_over(told).await?;
        let visited = now - Duration::days(i64::from(security.visit_days));
        done.visits = conn.visits_over(visited).await?;
        let noted = now - Duration::days(i64::from(security.diary_days));
        done.diaries = conn.diaries_over(noted).await?;
        // Before photos are counted, because some belong to nothing else; a dry run takes it back.
        conn.visits_forget(visited, NOBODY).await?;
        conn.diaries_forget(noted, NOBODY).await?;
        let lone = now - Duration::hours(PHOTO_HOURS);
        done.photos = conn.photo_orphans(lone).await?;
        let portraits = portraits_without_ground(&mut conn, self.today(now)).await?;
        done.portraits = portraits.len() as u64;
        if dry {
            return Ok(done);
        }
        conn.housekeeper_upsert(&gone).await?;
        let before = Roster {
            keepers: &keepers,
            appointments: &[],
        };
        let after = Roster {
            keepers: &gone,
            appointments: &[],
        };
        // Photos of those who left go with it, whether or not it is time to forget the rest.
        roster_written(&mut conn, before, after, self.today(now), actor, now).await?;
        for keeper in &gone {
            conn.assessment_words_forget(keeper.id).await?;
        }
        for case in &cases {
            let district = case.community.district_code();
            conn.recruitment_notes_forget(district, case.id).await?;
        }
        conn.recruitment_put(&cases).await?;
        conn.organisation_people_forget(left, NOBODY).await?;
        for (key, before) in records {
            conn.import_change_before_set(key, &before).await?;
        }
        for row in waiting {
            conn.waiting_remove(row.district_code, row.id).await?;
        }
        conn.issue_reporters_forget(closed).await?;
        conn.sessions_sweep(now).await?;
        conn.photo_orphans_delete(lone).await?;
        conn.notifications_delete(told).await?;
        let what = format!(
            "{} keepers, {} cases, {} people of organisations, {} records, {} waiting rows, {} reporters, {} visits, \
             {} entries of diaries, {} sessions, {} photos, {} photos of keepers, {} notifications",
            done.keepers,
            done.cases,
            done.organisation_people,
            done.import_records,
            done.waiting,
            done.reporters,
            done.visits,
            done.diaries,
            done.sessions,
            done.photos,
            done.portraits,
            done.notifications
        );
        let noted = Noted::done(actor, CONSOLE, "retention.applied", &what);
        self.commit_noting(tx, noted).await?;
        let gone = done.keepers
            + done.cases
            + done.organisation_people
            + done.import_records
            + done.waiting
            + done.reporters
            + done.visits
            + done.diaries
            + done.photos
            + done.portraits;
        if gone > 0 {
            self.store().forget_deleted().await?;
        }
        Ok(done)
    }
}

/// Cases that name nobody from now on: what was decided stays, who it was about and what was said goes.
fn cases_over(
    all: Vec<(RecruitmentCase, Vec<StepRow>)>,
    gone: &HashSet<HousekeeperId>,
    before: DateTime<Utc>,
) -> Vec<RecruitmentCase> {
    let over = |case: &RecruitmentCase, steps: &[StepRow]| {
        let found = replay(&case.template, steps);
        let refused = matches!(found.state, CaseState::Refused | CaseState::Withdrawn);
        let long_ago = found.last_at.is_some_and(|at| at < before);
        (refused && long_ago) || case.housekeeper.is_some_and(|id| gone.contains(&id))
    };
    all.into_iter()
        .filter(|(case, steps)| case.name != NOBODY && over(case, steps))
        .map(|(case, _)| RecruitmentCase {
            name: NOBODY.to_owned(),
            duty_phone: None,
            private_phone: None,
            birth_date: None,
            party_join_date: None,
            party_member: None,
            residence: None,
            applicant: None,
            ..case
        })
        .collect()
}

/// Leaves of a person what figures need: that there was one, and where.
fn forget(keeper: &mut Housekeeper) {
    NOBODY.clone_into(&mut keeper.name);
    keeper.natural_key = format!("gone:{}", keeper.id);
    keeper.code = None;
    keeper.duty_phone = None;
    keeper.private_phone = None;
    keeper.birth_date = None;
    keeper.party_join_date = None;
    keeper.residence = None;
    keeper.consent = None;
    keeper.source = None;
}
