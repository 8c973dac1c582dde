//! Trainings that were held, and who takes whom along.
//!
//! Invariant: only people whose entry the asker may change are written down, all of them or none.

use super::{day, event, in_order, keeper_at, missing, require, text};
use crate::domain::access::{Action, Object, Place};
use crate::domain::roster::{GroupFault, MAX_MEMBERS, MentorGroup, Training};
use crate::domain::{HousekeeperId, RegionCode};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::Picture;
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::HashSet;
use utoipa::ToSchema;
use uuid::Uuid;

/// Most people of one training.
const MAX_ATTENDED: usize = 2_000;

/// A training that was held.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTraining {
    /// For whom: code of a community or street.
    pub region: String,
    /// What, 2 to 40 characters.
    pub title: String,
    /// When.
    pub held: NaiveDate,
    /// Who came.
    pub attended: Vec<Uuid>,
}

/// A mentoring group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMentorGroup {
    /// Who takes along.
    pub mentor: Uuid,
    /// Whom, 1 to 20.
    pub members: Vec<Uuid>,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: Option<NaiveDate>,
}

impl Services {
    /// Notes a training.
    ///
    /// # Errors
    /// `NotFound` regions and people outside one's scope, `Invalid` texts and days.
    pub async fn training_add(&self, asker: &Asker, new: NewTraining) -> Result<Uuid> {
        let picture = self.picture();
        let missing = || Error::NotFound(format!("region {}", new.region));
        let region: RegionCode = new.region.trim().parse().map_err(|_no_code| missing())?;
        picture.region(region).ok_or_else(missing)?;
        let what = format!("region {region}");
        require(
            asker,
            Object::Roster,
            Action::Update,
            &Place::region(region),
            &what,
        )?;
        if new.attended.len() > MAX_ATTENDED {
            return Err(Error::invalid(
                "too_many_people",
                format!("一次培训最多登记 {MAX_ATTENDED} 人"),
                format!("at most {MAX_ATTENDED} people"),
            ));
        }
        let mut seen = HashSet::new();
        let mut attended = Vec::new();
        for id in new.attended.into_iter().filter(|id| seen.insert(*id)) {
            attended.push(Self::own_keeper(asker, &picture, id)?);
        }
        let training = Training {
            id: Uuid::now_v7(),
            region,
            title: text(&new.title, "title", "培训名称", super::MAX_NAME, 2)?,
            held: day(new.held, picture.today, "培训日期")?,
            attended,
        };
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        conn.training_insert(std::slice::from_ref(&training))
            .await?;
        let subject = training.id.to_string();
        conn.event_append(&event(
            asker,
            self.now(),
            region.district_code(),
            "training.noted",
            subject,
        ))
        .await?;
        tx.commit().await?;
        Ok(training.id)
    }

    /// Makes a mentoring group.
    ///
    /// # Errors
    /// `NotFound` people outside one's scope, `Invalid` where somebody would be their own mentor.
    pub async fn mentor_group_add(&self, asker: &Asker, new: NewMentorGroup) -> Result<Uuid> {
        let picture = self.picture();
        in_order(day(new.from, picture.today, "开始日期")?, new.to)?;
        let mentor = Self::own_keeper(asker, &picture, new.mentor)?;
        let mut members = Vec::new();
        for id in new.members.into_iter().take(MAX_MEMBERS + 1) {
            members.push(Self::own_keeper(asker, &picture, id)?);
        }
        let district = |id: HousekeeperId| {
            let keeper = picture.housekeepers.iter().find(|keeper| keeper.id == id);
            keeper.map_or(0, |keeper| keeper.community.district_code())
        };
        let group = MentorGroup {
            id: Uuid::now_v7(),
            district_code: district(mentor),
            mentor,
            members,
            from: new.from,
            to: new.to,
        };
        group.check().map_err(|fault| {
            let (zh, en) = match fault {
                GroupFault::OwnMentor => (
                    "自己不能带自己，请从组员中去掉带教人",
                    "nobody is their own mentor",
                ),
                GroupFault::Empty => ("请至少选一名组员", "choose at least one member"),
                GroupFault::TooMany => ("一组最多 20 人", "at most 20 members"),
                GroupFault::Twice => ("同一人选了两次", "one person is chosen twice"),
            };
            Error::invalid("mentor_group_invalid", zh, en)
        })?;
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        conn.mentor_group_insert(std::slice::from_ref(&group))
            .await?;
        let subject = group.id.to_string();
        conn.event_append(&event(
            asker,
            self.now(),
            group.district_code,
            "mentors.noted",
            subject,
        ))
        .await?;
        tx.commit().await?;
        Ok(group.id)
    }

    /// Ends a mentoring group today.
    ///
    /// # Errors
    /// `NotFound` outside one's scope, `Conflict` when it ended before.
    pub async fn mentor_group_end(&self, asker: &Asker, id: Uuid) -> Result<()> {
        let picture = self.picture();
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let all = conn.mentor_group_list(None).await?;
        let group = all
            .iter()
            .find(|group| group.id == id)
            .ok_or_else(|| missing("mentor group", id))?;
        Self::own_keeper(asker, &picture, group.mentor.uuid()).map_err(|error| match error {
            Error::NotFound(_) => missing("mentor group", id),
            other => other,
        })?;
        if group.to.is_some_and(|to| to < picture.today) {
            return Err(Error::conflict(
                "group_ended",
                "这一组已经结束",
                "the group has ended",
            ));
        }
        let last = picture.today.max(group.from);
        conn.mentor_group_end(group.district_code, id, last).await?;
        conn.event_append(&event(
            asker,
            self.now(),
            group.district_code,
            "mentors.ended",
            id.to_string(),
        ))
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// A keeper whose entry the asker may change.
    fn own_keeper(asker: &Asker, picture: &Picture, id: Uuid) -> Result<HousekeeperId> {
        let (keeper, place, what) = keeper_at(picture, id)?;
        require(asker, Object::Roster, Action::Update, &place, &what)?;
        Ok(keeper.id)
    }
}
