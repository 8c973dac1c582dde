//! The photo of a keeper: kept with the day of its own consent, shown while the keeper is in post, gone when either is.
//!
//! Invariant: what is kept is what `formats/photo.rs` made of the pixels; every photo that comes, changes or goes moves
//! the notices of the keeper's doors in the same transaction.

use super::{event, is_self, keeper_at, require};
use crate::domain::access::{Action, Object};
use crate::domain::{Housekeeper, Portrait, hex, may_be_kept};
use crate::formats::photo::portrait;
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::notices::portrait_written;
use crate::services::picture::Picture;
use chrono::NaiveDate;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

/// The photo on a keeper's card.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeeperPhotoView {
    /// SHA-256 of the JPEG, hexadecimal: another photo has another address.
    pub hash: String,
    /// Day on which the keeper agreed that the photo is published.
    pub consent: NaiveDate,
}

impl From<&Portrait> for KeeperPhotoView {
    fn from(portrait: &Portrait) -> Self {
        Self {
            hash: portrait.hash.clone(),
            consent: portrait.consent,
        }
    }
}

impl Services {
    /// Keeps a photo of a keeper, instead of the one before. `consent` is the day on which the keeper agreed to it.
    ///
    /// # Errors
    /// `NotFound` outside one's scope, `Forbidden` for a role without the right, `Conflict` where the keeper did not agree
    /// to be named or has no post, `Invalid` with what is wrong with the file or day.
    pub async fn keeper_photo_put(
        &self,
        asker: &Asker,
        id: Uuid,
        bytes: Vec<u8>,
        consent: NaiveDate,
    ) -> Result<KeeperPhotoView> {
        let jpeg = {
            let picture = self.picture();
            let (keeper, place, what) = keeper_at(&picture, id)?;
            require(asker, Object::Roster, Action::Update, &place, &what)?;
            agreed(&picture, keeper, consent)?;
            self.photo_work(move || portrait(&bytes)).await?
        };
        let _one_at_a_time = self.writer().await;
        // Consent or post may have ended meanwhile.
        let picture = self.picture();
        let (keeper, ..) = keeper_at(&picture, id)?;
        agreed(&picture, keeper, consent)?;
        let new = Portrait {
            keeper: keeper.id,
            district_code: keeper.community.district_code(),
            hash: hex(&Sha256::digest(&jpeg)),
            consent,
        };
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        conn.portrait_put(&new, &jpeg, now).await?;
        let before = picture.portraits.get(&keeper.id);
        if before.is_none_or(|before| before.hash != new.hash) {
            portrait_written(&mut conn, keeper.id, &asker.actor, now).await?;
        }
        let noted = event(
            asker,
            now,
            new.district_code,
            "keeper.photo",
            id.to_string(),
        );
        conn.event_append(&noted).await?;
        tx.commit().await?;
        self.reload().await?;
        Ok((&new).into())
    }

    /// The keeper no longer agrees, or somebody took the photo by mistake: it is gone. Those who keep the roster may, and
    /// keepers themselves.
    ///
    /// # Errors
    /// `NotFound` outside one's scope and where there is no photo, `Forbidden` for a role without the right.
    pub async fn keeper_photo_withdraw(&self, asker: &Asker, id: Uuid) -> Result<()> {
        let _one_at_a_time = self.writer().await;
        let picture = self.picture();
        let (keeper, place, what) = keeper_at(&picture, id)?;
        if !is_self(asker, keeper.id) {
            require(asker, Object::Roster, Action::Update, &place, &what)?;
        }
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        if !conn.portrait_delete(keeper.id).await? {
            return Err(Error::NotFound(format!("photo of {what}")));
        }
        portrait_written(&mut conn, keeper.id, &asker.actor, now).await?;
        let district = keeper.community.district_code();
        let noted = event(asker, now, district, "keeper.photo", id.to_string());
        conn.event_append(&noted).await?;
        tx.commit().await?;
        self.reload().await
    }

    /// Hash and pixels of a keeper's photo, for who reads the roster.
    ///
    /// # Errors
    /// `NotFound` outside one's scope and where there is no photo.
    pub async fn keeper_photo(&self, asker: &Asker, id: Uuid) -> Result<(String, Vec<u8>)> {
        let picture = self.picture();
        let (keeper, place, what) = keeper_at(&picture, id)?;
        require(asker, Object::Roster, Action::Read, &place, &what)?;
        let missing = || Error::NotFound(format!("photo of {what}"));
        let hash = picture.portraits.get(&keeper.id).ok_or_else(missing)?;
        let mut lease = self.store().read().await?;
        let found = lease
            .conn()
            .portrait_bytes(std::slice::from_ref(&hash.hash))
            .await?;
        found.into_iter().next().ok_or_else(missing)
    }
}

/// Whether a photo may be kept from this day of consent on.
fn agreed(picture: &Picture, keeper: &Housekeeper, consent: NaiveDate) -> Result<()> {
    super::naming::past(consent, picture)?;
    if keeper.consent.is_none() {
        return Err(Error::conflict(
            "not_named",
            "本人尚未同意公示姓名和值班电话，不能公示照片；请先登记公示同意",
            "the keeper did not agree to be named on doors; note that consent first",
        ));
    }
    let own = picture
        .appointments
        .iter()
        .filter(|post| post.housekeeper == keeper.id);
    if !may_be_kept(keeper, own, picture.today) {
        return Err(Error::conflict(
            "not_in_post",
            "此人已离岗，不再公示照片",
            "the keeper has left; no photo is shown any more",
        ));
    }
    Ok(())
}
