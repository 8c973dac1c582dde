//! From a case to a person of the roster: what is known of them, whether they may be appointed, and the appointment.
//!
//! Not the steps (`recruitment.rs`). Invariant: private fields are sealed for the row that holds them, and sealed anew for
//! the keeper who comes of a case.

use super::day;
use super::recruitment::Prepare;
use crate::domain::recruitment::{Finding, Person, RecruitmentCase, eligibility};
use crate::domain::{
    Appointment, AppointmentId, BuildingId, EndReason, Housekeeper, HousekeeperId, Sealed, Terms,
};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::keys::{BIRTH_DATE, PARTY_JOIN_DATE, PRIVATE_PHONE};
use crate::services::notices::{Roster, roster_written};
use crate::services::picture::Picture;
use crate::storage::Conn;
use chrono::NaiveDate;
use uuid::Uuid;

impl Services {
    /// What is found about somebody for an appointment on `on`.
    ///
    /// # Errors
    /// `Conflict` while fields are locked.
    pub(super) fn findings(
        &self,
        picture: &Picture,
        case: &RecruitmentCase,
        on: NaiveDate,
    ) -> Result<Vec<Finding>> {
        let day = |field, sealed: &Option<Sealed>| -> Result<Option<NaiveDate>> {
            let Some(sealed) = sealed else {
                return Ok(None);
            };
            let clear = self
                .keys()
                .unseal(field, &case.id.to_string(), sealed.as_stored())?;
            Ok(clear.parse().ok())
        };
        let home = case.residence.and_then(|id| picture.building_index(id));
        let person = Person {
            birth: day(BIRTH_DATE, &case.birth_date)?,
            member: case.party_member,
            joined: day(PARTY_JOIN_DATE, &case.party_join_date)?,
            lives_there: home.map(|at| picture.buildings[at].compound == Some(case.compound)),
        };
        Ok(eligibility(&person, case.kind, on))
    }

    /// Writes what is known into a case; private fields sealed.
    pub(super) fn fill_case(
        &self,
        picture: &Picture,
        case: &mut RecruitmentCase,
        what: &Prepare,
    ) -> Result<()> {
        let seal = |field, clear: &str| -> Result<Sealed> {
            Ok(Sealed::stored(self.keys().seal(
                field,
                &case.id.to_string(),
                clear,
            )?))
        };
        let phone = |text: &str| {
            let parsed = crate::formats::values::phone(text.trim());
            parsed.value.ok_or_else(|| {
                Error::invalid(
                    "phone_invalid",
                    "电话号码不对，请核对",
                    "that is no telephone number",
                )
            })
        };
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let past = |value: NaiveDate, zh: &str| -> Result<NaiveDate> {
            let oldest = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or(NaiveDate::MIN);
            if (oldest..=picture.today).contains(&value) {
                return Ok(value);
            }
            Err(Error::invalid(
                "day_invalid",
                format!("{zh}“{value}”不对，请核对"),
                format!("{value} cannot be; check it"),
            ))
        };
        let duty_phone = given(&what.duty_phone)
            .map(|text| phone(&text))
            .transpose()?;
        let private_phone = given(&what.private_phone)
            .map(|text| phone(&text).and_then(|number| seal(PRIVATE_PHONE, &number)))
            .transpose()?;
        let birth_date = what
            .birth_date
            .map(|day| past(day, "出生日期").and_then(|day| seal(BIRTH_DATE, &day.to_string())))
            .transpose()?;
        let party_join_date = what
            .party_join_date
            .map(|day| {
                past(day, "入党日期").and_then(|day| seal(PARTY_JOIN_DATE, &day.to_string()))
            })
            .transpose()?;
        if let Some(id) = what.residence {
            let id = BuildingId::new(id);
            // A home elsewhere warns; one in another community is none of the asker's business.
            let at = picture.building_index(id).filter(|at| {
                let street = picture.buildings[*at].community.parent();
                street == case.community.parent()
            });
            at.ok_or_else(|| Error::NotFound(format!("building {id}")))?;
            case.residence = Some(id);
        }
        if let Some(id) = what.housekeeper {
            let found = picture
                .housekeepers
                .iter()
                .find(|keeper| keeper.id.uuid() == id);
            let keeper = found
                .filter(|keeper| keeper.community == case.community)
                .ok_or_else(|| Error::NotFound(format!("housekeeper {id}")))?;
            case.housekeeper = Some(keeper.id);
        }
        case.duty_phone = duty_phone.or(case.duty_phone.take());
        case.private_phone = private_phone.or(case.private_phone.take());
        case.birth_date = birth_date.or(case.birth_date.take());
        case.party_join_date = party_join_date.or(case.party_join_date.take());
        case.party_member = what
            .party_member
            .or(case.party_join_date.is_some().then_some(true))
            .or(case.party_member);
        Ok(())
    }

    /// Makes the keeper and the appointment of a case.
    pub(super) async fn appoint(
        &self,
        conn: &mut Conn<'_>,
        asker: &Asker,
        picture: &Picture,
        case: &RecruitmentCase,
        start: NaiveDate,
        term_end: Option<NaiveDate>,
    ) -> Result<Appointment> {
        if let Some(end) = term_end {
            day(end, picture.today, "任期至")?;
            super::in_order(start, Some(end))?;
        }
        let compound = picture
            .compound_index(case.compound)
            .map(|at| &picture.compounds[at])
            .ok_or_else(|| Error::NotFound(format!("compound {}", case.compound)))?;
        let known = case
            .housekeeper
            .and_then(|id| picture.housekeepers.iter().find(|keeper| keeper.id == id));
        let natural_key = format!(
            "{}@{}",
            crate::formats::values::normalise_name(&case.name),
            compound.natural_key
        );
        let same = picture
            .housekeepers
            .iter()
            .any(|keeper| keeper.natural_key == natural_key);
        if known.is_none() && same {
            return Err(Error::conflict(
                "keeper_exists",
                format!(
                    "本小区名册中已有“{}”；若是同一人，请先在案卷中关联其名册",
                    case.name
                ),
                "the roster of this compound has somebody of this name; link the case to them if it is the same person",
            ));
        }
        let id = known.map_or_else(|| HousekeeperId::new(Uuid::now_v7()), |keeper| keeper.id);
        let moved = |field, sealed: &Option<Sealed>| -> Result<Option<Sealed>> {
            let Some(sealed) = sealed else {
                return Ok(None);
            };
            let clear = self
                .keys()
                .unseal(field, &case.id.to_string(), sealed.as_stored())?;
            Ok(Some(Sealed::stored(self.keys().seal(
                field,
                &id.to_string(),
                &clear,
            )?)))
        };
        let before = |of: fn(&Housekeeper) -> Option<Sealed>| known.and_then(of);
        let keeper = Housekeeper {
            id,
            natural_key: known.map_or(natural_key, |keeper| keeper.natural_key.clone()),
            code: known.and_then(|keeper| keeper.code.clone()),
            name: known.map_or_else(|| case.name.clone(), |keeper| keeper.name.clone()),
            community: case.community,
            duty_phone: case
                .duty_phone
                .clone()
                .or_else(|| known.and_then(|keeper| keeper.duty_phone.clone())),
            private_phone: moved(PRIVATE_PHONE, &case.private_phone)?
                .or_else(|| before(|keeper| keeper.private_phone.clone())),
            birth_date: moved(BIRTH_DATE, &case.birth_date)?
                .or_else(|| before(|keeper| keeper.birth_date.clone())),
            party_join_date: moved(PARTY_JOIN_DATE, &case.party_join_date)?
                .or_else(|| before(|keeper| keeper.party_join_date.clone())),
            // Wanting the post is no consent to hang on doors.
            consent: known.and_then(|keeper| keeper.consent),
            residence: case
                .residence
                .or_else(|| known.and_then(|keeper| keeper.residence)),
            source: Some("招募".to_owned()),
            import: known.and_then(|keeper| keeper.import),
        };
        conn.housekeeper_upsert(std::slice::from_ref(&keeper))
            .await?;
        // Full-time instead of part-time: the former appointment ends the day before.
        let mut posts: Vec<Appointment> = Vec::new();
        let open =
            |post: &&Appointment| post.housekeeper == id && post.end.is_none_or(|end| end >= start);
        for post in picture.appointments.iter().filter(open) {
            let last = start
                .pred_opt()
                .filter(|last| *last >= post.start)
                .ok_or_else(|| {
                    Error::conflict(
                        "appointment_later",
                        format!("此人已有 {} 起的任命，新的任命须在其后开始", post.start),
                        format!("there is an appointment from {}; begin later", post.start),
                    )
                })?;
            posts.push(Appointment {
                end: Some(last),
                terms: Terms {
                    end_reason: Some(EndReason::Moved),
                    ..post.terms.clone()
                },
                ..post.clone()
            });
        }
        let post = Appointment {
            id: AppointmentId::new(Uuid::now_v7()),
            district_code: case.community.district_code(),
            housekeeper: id,
            compound: Some(case.compound),
            kind: case.kind,
            start,
            end: None,
            terms: Terms {
                category: case.category,
                capacity: None,
                term_end,
                end_reason: None,
            },
        };
        posts.push(post.clone());
        conn.appointment_upsert(&posts).await?;
        // What hangs on doors follows, in the same transaction.
        let known: Vec<Housekeeper> = known.into_iter().cloned().collect();
        let former: Vec<Appointment> = picture.appointments.iter().filter(open).cloned().collect();
        let before = Roster {
            keepers: &known,
            appointments: &former,
        };
        let after = Roster {
            keepers: std::slice::from_ref(&keeper),
            appointments: &posts,
        };
        let (today, now) = (picture.today, self.now());
        roster_written(conn, before, after, today, &asker.actor, now).await?;
        Ok(post)
    }
}
