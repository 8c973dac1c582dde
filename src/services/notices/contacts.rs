//! Whom residents can reach at an office or compound: entered by staff, published as it stands.

use super::super::Services;
use super::super::accounts::Asker;
use super::super::error::{Error, Result};
use super::views::PublicContactView;
use crate::domain::access::{Action, Object, Place};
use crate::domain::{CompoundId, NewEvent, PublicContact, RegionCode};
use uuid::Uuid;

impl Services {
    /// The contact of a region.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn region_contact(&self, code: RegionCode) -> Result<PublicContactView> {
        let picture = self.picture();
        picture
            .region(code)
            .ok_or_else(|| Error::NotFound(format!("region {code}")))?;
        Ok(picture
            .contacts
            .get(&code.to_string())
            .cloned()
            .unwrap_or_default()
            .into())
    }

    /// The contact of a compound: its secretary.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn compound_contact(&self, id: Uuid) -> Result<PublicContactView> {
        self.compound_district(id)?;
        Ok(self
            .picture()
            .contacts
            .get(&id.to_string())
            .cloned()
            .unwrap_or_default()
            .into())
    }

    /// Writes the contact of a region.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` with the field.
    pub async fn region_contact_set(
        &self,
        asker: &Asker,
        code: RegionCode,
        contact: PublicContact,
    ) -> Result<PublicContactView> {
        self.region_contact(code)?;
        publishes(asker, &Place::region(code))?;
        self.contact_set(asker, code.district_code(), &code.to_string(), contact)
            .await
    }

    /// Writes the contact of a compound.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` with the field.
    pub async fn compound_contact_set(
        &self,
        asker: &Asker,
        id: Uuid,
        contact: PublicContact,
    ) -> Result<PublicContactView> {
        let district = self.compound_district(id)?;
        let picture = self.picture();
        let at = picture.compound_index(CompoundId::new(id));
        publishes(
            asker,
            &at.map_or_else(Place::default, |at| picture.place_of_compound(at)),
        )?;
        self.contact_set(asker, district, &id.to_string(), contact)
            .await
    }

    fn compound_district(&self, id: Uuid) -> Result<i32> {
        let picture = self.picture();
        let at = picture
            .compound_index(CompoundId::new(id))
            .ok_or_else(|| Error::NotFound(format!("compound {id}")))?;
        Ok(picture.compounds[at].community.district_code())
    }

    async fn contact_set(
        &self,
        asker: &Asker,
        district_code: i32,
        scope: &str,
        contact: PublicContact,
    ) -> Result<PublicContactView> {
        let contact = contact.checked().map_err(|field| {
            Error::invalid(
                "contact_invalid",
                format!("{field} 有误：最多 40 字，电话只能有数字、空格、+、-、括号，至少 3 位"),
                format!("{field} is wrong: at most 40 characters; a number has at least 3 digits, spaces, + - ( )"),
            )
        })?;
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        conn.public_contact_put(district_code, scope, &contact)
            .await?;
        conn.event_append(&NewEvent {
            district_code,
            at: self.now(),
            actor: asker.actor.id.to_string(),
            kind: "contact.published".to_owned(),
            subject: scope.to_owned(),
            payload: serde_json::json!({ "by": asker.actor.name }),
        })
        .await?;
        tx.commit().await?;
        self.reload().await?;
        Ok(contact.into())
    }
}

/// A keeper moves the notices of their own doors on, and publishes no office.
fn publishes(asker: &Asker, place: &Place) -> Result<()> {
    let mut rights = asker.grants.at(Object::Notices, place);
    if rights.any(|rights| rights.allows(Action::Update) && !rights.own_only()) {
        return Ok(());
    }
    Err(asker.wrong_role(Object::Notices, Action::Update))
}
