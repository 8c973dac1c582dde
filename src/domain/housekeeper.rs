//! Housekeepers (红色小管家) and their appointments to compounds.
//!
//! Private data: `private_phone`, `birth_date` and `party_join_date` are sealed and opened for the entitled alone, each
//! time with a reason that is noted; every other place uses `duty_phone`, masked by `mask_phone`.
//! Invariant: who is in post is computed from appointment dates, never stored.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{AppointmentId, BuildingId, CompoundId, HousekeeperId, ImportId, RegionCode, Sealed};

text_enum! {
    /// Full-time or part-time; part-time ones count towards the quota only where the policy says so.
    pub enum AppointmentKind {
        /// Full-time (专职).
        FullTime => "full_time", "专职";
        /// Part-time (兼职).
        PartTime => "part_time", "兼职";
    }
}

text_enum! {
    /// Where part-time keepers come from.
    pub enum PartTimeCategory {
        /// Deputies and members of the political consultative conference.
        Deputy => "deputy", "两代表一委员";
        /// Party members in work elsewhere.
        Working => "working_member", "在职党员";
        /// Retired Party members.
        Retired => "retired_member", "离退休党员";
        /// Residents who carry others along.
        Backbone => "backbone", "居民骨干";
        /// Party members of the property company.
        Property => "property_member", "物业公司优秀党员";
        /// Couriers, delivery riders, drivers.
        NewWork => "new_employment", "新就业群体";
    }
}

text_enum! {
    /// Why an appointment ended.
    pub enum EndReason {
        /// On one's own wish.
        Resigned => "resigned", "辞任";
        /// The term was over.
        TermEnded => "term_ended", "任期届满";
        /// Taken out of post (汰).
        Removed => "removed", "免职";
        /// Another compound, or full-time instead of part-time: the next appointment says which.
        Moved => "moved", "调整岗位";
        /// Moved away, ill, deceased: nothing more is asked.
        Other => "other", "其他";
    }
}

/// One housekeeper.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Housekeeper {
    /// Identity.
    pub id: HousekeeperId,
    /// Key that makes an import idempotent: the given code, else name and compound.
    pub natural_key: String,
    /// Code as given.
    pub code: Option<String>,
    /// Name.
    pub name: String,
    /// The community that the housekeeper belongs to.
    pub community: RegionCode,
    /// Number for residents; a duty phone, not a private one.
    pub duty_phone: Option<String>,
    /// Private number, sealed.
    pub private_phone: Option<Sealed>,
    /// Day of birth (`YYYY-MM-DD`), for the rule of 65; sealed.
    pub birth_date: Option<Sealed>,
    /// Day of joining the Party (`YYYY-MM-DD`), for eligibility; sealed. Absent from rows that earlier versions wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party_join_date: Option<Sealed>,
    /// Day of consent that name and duty number are published; `None` = no consent.
    #[serde(default)]
    pub consent: Option<NaiveDate>,
    /// The building that the housekeeper lives in, where known: what is on foot from there, and whether it is the
    /// compound served. Read by those who read the roster only.
    #[serde(default)]
    pub residence: Option<BuildingId>,
    /// Where the data come from.
    pub source: Option<String>,
    /// The import that last wrote the row.
    pub import: Option<ImportId>,
}

impl std::fmt::Debug for Housekeeper {
    /// Without names, numbers and dates of birth: a `Debug` output may reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Housekeeper")
            .field("id", &self.id)
            .field("community", &self.community)
            .finish_non_exhaustive()
    }
}

/// One appointment of a housekeeper to a compound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// Identity.
    pub id: AppointmentId,
    /// County-level code of the compound.
    pub district_code: i32,
    /// Who.
    pub housekeeper: HousekeeperId,
    /// For which compound; `None` when only the community is known.
    pub compound: Option<CompoundId>,
    /// Full-time or part-time.
    pub kind: AppointmentKind,
    /// First day in post.
    pub start: NaiveDate,
    /// Last day in post; `None` while open.
    pub end: Option<NaiveDate>,
    /// What else was agreed. Absent from rows that earlier versions wrote.
    #[serde(default, skip_serializing_if = "Terms::are_silent")]
    pub terms: Terms,
}

/// What an appointment says beyond who, where and since when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Where a part-time keeper comes from.
    pub category: Option<PartTimeCategory>,
    /// Households that the keeper can look after; `None` = the policy's households per keeper.
    pub capacity: Option<u32>,
    /// Last day of the term that was agreed; the appointment goes on until somebody ends it.
    pub term_end: Option<NaiveDate>,
    /// Why it ended; `None` while it has not, or where nobody said.
    pub end_reason: Option<EndReason>,
}

impl Terms {
    /// Whether nothing is said.
    pub fn are_silent(&self) -> bool {
        *self == Self::default()
    }
}

impl Appointment {
    /// Whether the appointment is active on `date` (both ends included).
    pub fn active_on(&self, date: NaiveDate) -> bool {
        self.start <= date && self.end.is_none_or(|end| date <= end)
    }
}

/// A phone number with its middle hidden: `138****1234`.
///
/// Numbers of fewer than 8 digits are hidden but for the last two.
pub fn mask_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    let tail = |n: usize| {
        digits[digits.len().saturating_sub(n)..]
            .iter()
            .collect::<String>()
    };
    match digits.len() {
        0 => String::new(),
        1..=7 => format!("****{}", tail(2)),
        _ => format!("{}****{}", digits[..3].iter().collect::<String>(), tail(4)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_phone_hides_its_middle() {
        assert_eq!(mask_phone("13812341234"), "138****1234");
        assert_eq!(mask_phone("100 0000 0001"), "100****0001");
        assert_eq!(mask_phone("62345"), "****45");
        assert_eq!(mask_phone("暂无"), "");
    }

    #[test]
    fn an_appointment_is_active_on_both_its_end_days() {
        let day = |d| NaiveDate::from_ymd_opt(2022, 9, d).unwrap();
        let post = Appointment {
            id: AppointmentId::new(uuid::Uuid::nil()),
            district_code: 340_104,
            housekeeper: HousekeeperId::new(uuid::Uuid::nil()),
            compound: None,
            kind: AppointmentKind::FullTime,
            start: day(5),
            end: Some(day(10)),
            terms: Terms::default(),
        };
        assert!(!post.active_on(day(4)));
        assert!(post.active_on(day(5)));
        assert!(post.active_on(day(10)));
        assert!(!post.active_on(day(11)));
    }

    #[test]
    fn the_debug_output_of_a_housekeeper_names_nobody() {
        let keeper = Housekeeper {
            id: HousekeeperId::new(uuid::Uuid::nil()),
            natural_key: "示例甲01".into(),
            code: None,
            name: "示例甲01".into(),
            community: "340104001001".parse().unwrap(),
            duty_phone: Some("100 0000 0001".into()),
            private_phone: Some(Sealed::stored("100 0000 0002".into())),
            birth_date: None,
            party_join_date: None,
            consent: None,
            residence: None,
            source: None,
            import: None,
        };
        let text = format!("{keeper:?}");
        assert!(
            !text.contains("示例") && !text.contains("0000 000"),
            "{text}"
        );
    }
}
