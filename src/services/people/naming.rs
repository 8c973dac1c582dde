//! Whether a keeper agreed to be named on doors: with the day, and taken back at any time.
//!
//! Invariant: whoever no longer agrees stands on no door, on no page and in no photo after the same transaction.

use super::{event, is_self, keeper_at, require};
use crate::domain::Housekeeper;
use crate::domain::access::{Action, Object};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::notices::{Roster, roster_written};
use crate::services::picture::Picture;
use chrono::NaiveDate;
use uuid::Uuid;

impl Services {
    /// Notes the day on which a keeper agreed that name and duty number are public while the post lasts.
    ///
    /// # Errors
    /// `NotFound` outside one's scope, `Forbidden` for a role without the right, `Invalid` for a day to come.
    pub async fn keeper_consent_note(&self, asker: &Asker, id: Uuid, on: NaiveDate) -> Result<()> {
        let _one_at_a_time = self.writer().await;
        let picture = self.picture();
        let (keeper, place, what) = keeper_at(&picture, id)?;
        require(asker, Object::Roster, Action::Update, &place, &what)?;
        past(on, &picture)?;
        self.keeper_name(asker, keeper, Some(on)).await
    }

    /// The keeper no longer agrees: for those who keep the roster, and keepers themselves.
    ///
    /// # Errors
    /// `NotFound` outside one's scope and where there is no consent, `Forbidden` for a role without the right.
    pub async fn keeper_consent_withdraw(&self, asker: &Asker, id: Uuid) -> Result<()> {
        let _one_at_a_time = self.writer().await;
        let picture = self.picture();
        let (keeper, place, what) = keeper_at(&picture, id)?;
        if !is_self(asker, keeper.id) {
            require(asker, Object::Roster, Action::Update, &place, &what)?;
        }
        if keeper.consent.is_none() {
            return Err(Error::NotFound(format!("consent of {what}")));
        }
        self.keeper_name(asker, keeper, None).await
    }

    async fn keeper_name(
        &self,
        asker: &Asker,
        keeper: &Housekeeper,
        consent: Option<NaiveDate>,
    ) -> Result<()> {
        let named = Housekeeper {
            consent,
            ..keeper.clone()
        };
        let now = self.now();
        let of = |one| Roster {
            keepers: std::slice::from_ref(one),
            appointments: &[],
        };
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        conn.housekeeper_upsert(std::slice::from_ref(&named))
            .await?;
        let today = self.today(now);
        roster_written(&mut conn, of(keeper), of(&named), today, &asker.actor, now).await?;
        let district = keeper.community.district_code();
        let kind = match consent {
            Some(_) => "keeper.consent",
            None => "keeper.consent_withdrawn",
        };
        let noted = event(asker, now, district, kind, keeper.id.to_string());
        conn.event_append(&noted).await?;
        tx.commit().await?;
        self.reload().await
    }
}

/// A day of consent is over, or today.
pub(super) fn past(consent: NaiveDate, picture: &Picture) -> Result<()> {
    super::day(consent, picture.today, "同意日期")?;
    if consent > picture.today {
        return Err(Error::invalid(
            "consent_in_future",
            "同意日期晚于今天；请填写本人同意的那一天",
            "the day of consent is in the future; enter the day on which the keeper agreed",
        ));
    }
    Ok(())
}
