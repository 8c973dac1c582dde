//! A housekeeper's private number, day of birth and of joining the Party: masked, or in the clear with a reason that is noted.
//!
//! Invariant: nothing is opened before the entry of the audit log that says who opened it is stored.

use super::Services;
use super::accounts::Asker;
use super::audit::AuditView;
use super::error::{Error, Result};
use super::keys::{BIRTH_DATE, Locked, PARTY_JOIN_DATE, PRIVATE_PHONE};
use crate::domain::access::{Action, Object, Place, Role, Scope};
use crate::domain::{Housekeeper, HousekeeperId, Sealed, mask_phone};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Fewest characters of a reason.
const MIN_REASON_CHARS: usize = 4;
/// Most characters of a reason.
const MAX_REASON_CHARS: usize = 200;
/// Word of the audit log.
const REVEALED: &str = "contact.revealed";

/// What is kept of a housekeeper beside the card.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactView {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Private number, masked unless `clear`; absent when none is kept.
    pub private_phone: Option<String>,
    /// Day of birth, masked unless `clear`; absent when none is kept.
    pub birth_date: Option<String>,
    /// Day of joining the Party, masked unless `clear`; absent when none is kept.
    pub party_join_date: Option<String>,
    /// Whether the fields are shown whole.
    pub clear: bool,
    /// Whether the asker may see them whole, with a reason.
    pub may_reveal: bool,
    /// Why the fields cannot be opened; absent when they can.
    pub locked: Option<Locked>,
}

impl Services {
    /// The contact of a housekeeper, masked.
    ///
    /// # Errors
    /// `NotFound` outside one's scope, `Forbidden` for a role without the right.
    pub fn contact(&self, asker: &Asker, id: Uuid) -> Result<ContactView> {
        let (keeper, place) = self.keeper_and_place(id)?;
        let what = format!("housekeeper {id}");
        asker.require(Object::KeeperContact, Action::Read, &place, &what)?;
        let may_reveal = asker
            .require(Object::KeeperContact, Action::Reveal, &place, &what)
            .is_ok();
        let locked = self.keys().locked().cloned();
        let masked = |field, value: &Option<Sealed>, mask: fn(&str) -> String| {
            let stored = value.as_ref()?;
            let clear = self
                .keys()
                .unseal(field, &id.to_string(), stored.as_stored());
            clear.ok().map(|clear| mask(&clear))
        };
        Ok(ContactView {
            id,
            name: keeper.name.clone(),
            private_phone: masked(PRIVATE_PHONE, &keeper.private_phone, mask_phone),
            birth_date: masked(BIRTH_DATE, &keeper.birth_date, mask_day),
            party_join_date: masked(PARTY_JOIN_DATE, &keeper.party_join_date, mask_day),
            clear: false,
            may_reveal,
            locked,
        })
    }

    /// The contact of a housekeeper in the clear; the look is noted with its reason first.
    ///
    /// # Errors
    /// As [`Self::contact`]; `Invalid` without a reason; `Conflict` while fields are locked.
    pub async fn contact_reveal(
        &self,
        asker: &Asker,
        id: Uuid,
        reason: &str,
    ) -> Result<ContactView> {
        let (keeper, place) = self.keeper_and_place(id)?;
        let what = format!("housekeeper {id}");
        asker.require(Object::KeeperContact, Action::Reveal, &place, &what)?;
        let reason = checked_reason(reason)?;
        let open = |field, value: &Option<Sealed>| {
            value
                .as_ref()
                .map(|stored| {
                    self.keys()
                        .unseal(field, &id.to_string(), stored.as_stored())
                })
                .transpose()
        };
        let (private_phone, birth_date, party_join_date) = (
            open(PRIVATE_PHONE, &keeper.private_phone)?,
            open(BIRTH_DATE, &keeper.birth_date)?,
            open(PARTY_JOIN_DATE, &keeper.party_join_date)?,
        );
        self.note(asker.did(REVEALED, &id.to_string()).because(&reason))
            .await?;
        Ok(ContactView {
            id,
            name: keeper.name.clone(),
            private_phone,
            birth_date,
            party_join_date,
            clear: true,
            may_reveal: true,
            locked: None,
        })
    }

    /// Who saw this person's data, when and why: for the person, and for auditors.
    ///
    /// # Errors
    /// `NotFound` for everybody else.
    pub async fn contact_accesses(&self, asker: &Asker, id: Uuid) -> Result<Vec<AuditView>> {
        let own = Scope::Keeper(HousekeeperId::new(id));
        let entitled =
            asker.grants.has(Role::Auditor) || asker.grants.iter().any(|grant| grant.scope == own);
        if !entitled {
            return Err(Error::NotFound(format!("housekeeper {id}")));
        }
        let page = self.audit_page(None, &id.to_string(), 500).await?;
        let seen = |entry: &AuditView| entry.action == REVEALED && entry.subject == id.to_string();
        Ok(page.items.into_iter().filter(seen).collect())
    }

    pub(super) fn keeper_and_place(&self, id: Uuid) -> Result<(Housekeeper, Place)> {
        let picture = self.picture();
        let id = HousekeeperId::new(id);
        let keeper = picture
            .housekeepers
            .iter()
            .find(|keeper| keeper.id == id)
            .ok_or_else(|| Error::NotFound(format!("housekeeper {id}")))?;
        let compound = picture
            .appointments
            .iter()
            .filter(|one| one.housekeeper == id && one.active_on(picture.today))
            .find_map(|one| picture.compound_index(one.compound?));
        let place = Place {
            region: Some(keeper.community),
            keepers: vec![id],
            ..compound.map_or_else(Place::default, |at| picture.place_of_compound(at))
        };
        Ok((keeper.clone(), place))
    }
}

/// `1961-03-07` → `196*-**-**`: the decade tells enough for the rule of 65.
pub(super) fn mask_day(day: &str) -> String {
    let decade: String = day.chars().take(3).collect();
    format!("{decade}*-**-**")
}

pub(super) fn checked_reason(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if (MIN_REASON_CHARS..=MAX_REASON_CHARS).contains(&reason.chars().count()) {
        return Ok(reason.to_owned());
    }
    Err(Error::invalid(
        "reason_required",
        format!("请写明查看理由（{MIN_REASON_CHARS} 至 {MAX_REASON_CHARS} 字），将记入审计日志"),
        format!(
            "say why ({MIN_REASON_CHARS} to {MAX_REASON_CHARS} characters); it goes into the audit log"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::mask_day;

    #[test]
    fn a_masked_day_tells_the_decade_alone() {
        assert_eq!(mask_day("1961-03-07"), "196*-**-**");
        assert_eq!(mask_day(""), "*-**-**");
    }
}
