//! A keeper's photo for the public card, with the consent that it stands on.
//!
//! Not the photos of issues and visits. Invariant: there is no photo without the day of its own consent, and none
//! outlives the consent to be named or the last appointment; what else hangs on these is in [`may_be_kept`].

use super::{Appointment, Housekeeper, HousekeeperId};
use chrono::NaiveDate;

/// What is known of a photo; the pixels lie in the store under the same hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portrait {
    /// Of whom.
    pub keeper: HousekeeperId,
    /// County-level code of the keeper.
    pub district_code: i32,
    /// SHA-256 of the JPEG, hexadecimal: its address.
    pub hash: String,
    /// Day on which the keeper agreed that the photo is published.
    pub consent: NaiveDate,
}

/// Whether a photo of this keeper may be kept: the keeper agreed to be named, and an appointment is not over.
/// `posts` are the keeper's own.
pub fn may_be_kept<'a>(
    keeper: &Housekeeper,
    posts: impl IntoIterator<Item = &'a Appointment>,
    today: NaiveDate,
) -> bool {
    let open = |post: &Appointment| post.end.is_none_or(|end| end >= today);
    keeper.consent.is_some() && posts.into_iter().any(open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AppointmentId, AppointmentKind, Terms};

    #[test]
    fn a_photo_needs_consent_to_be_named_and_a_post_that_is_not_over() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let id = HousekeeperId::new(uuid::Uuid::nil());
        let keeper = |consent: Option<&str>| Housekeeper {
            id,
            natural_key: String::new(),
            code: None,
            name: "示例甲01".into(),
            community: "340104001001".parse().unwrap(),
            duty_phone: None,
            private_phone: None,
            birth_date: None,
            party_join_date: None,
            consent: consent.map(day),
            residence: None,
            source: None,
            import: None,
        };
        let post = |end: Option<&str>| Appointment {
            id: AppointmentId::new(uuid::Uuid::nil()),
            district_code: 340_104,
            housekeeper: id,
            compound: None,
            kind: AppointmentKind::FullTime,
            start: day("2026-01-01"),
            end: end.map(day),
            terms: Terms::default(),
        };
        let kept = |consent, ends: &[Option<&str>]| {
            let posts: Vec<Appointment> = ends.iter().map(|end| post(*end)).collect();
            may_be_kept(&keeper(consent), &posts, day("2026-11-29"))
        };
        let agreed = Some("2026-01-01");
        assert!(kept(agreed, &[None]));
        assert!(kept(agreed, &[Some("2026-11-29")]), "the last day counts");
        assert!(!kept(agreed, &[Some("2026-11-28")]));
        assert!(kept(agreed, &[Some("2026-11-28"), None]), "moved on");
        assert!(!kept(None, &[None]) && !kept(agreed, &[]));
    }
}
