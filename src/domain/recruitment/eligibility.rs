//! Who may become a keeper, with reasons.
//!
//! Invariant: what is not known is undecided, never a yes; where somebody lives warns and never blocks.

use crate::domain::AppointmentKind;
use crate::domain::text_enum::text_enum;
use chrono::{Datelike, NaiveDate};

/// Oldest age in full years on the day of the appointment (65周岁以下, inclusive).
pub const MAX_AGE: i32 = 65;
/// Youngest.
const MIN_AGE: i32 = 18;

/// Full years of age (周岁) on `day`. Somebody turns N on the same date, one born on 29 February on 1 March in common
/// years.
pub fn age_on(birth: NaiveDate, day: NaiveDate) -> i32 {
    let turned = NaiveDate::from_ymd_opt(day.year(), birth.month(), birth.day())
        .or_else(|| NaiveDate::from_ymd_opt(day.year(), 3, 1));
    let before = turned.is_some_and(|turned| day < turned);
    day.year() - birth.year() - i32::from(before)
}

/// What is known of somebody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Person {
    /// Day of birth.
    pub birth: Option<NaiveDate>,
    /// Whether a member of the Party.
    pub member: Option<bool>,
    /// Day of joining it.
    pub joined: Option<NaiveDate>,
    /// Whether the home lies in the compound to be served.
    pub lives_there: Option<bool>,
}

text_enum! {
    /// What a finding does.
    pub enum Weight {
        /// Not this person.
        Blocks => "blocks", "不符合";
        /// Cannot be decided before something is known.
        Undecided => "undecided", "无法判定";
        /// Worth knowing.
        Warns => "warns", "提醒";
    }
}

text_enum! {
    /// What is found.
    pub enum Finding {
        /// Older than 65.
        TooOld => "age_over_65", "任命之日已满 66 周岁，超过 65 周岁";
        /// Not of age.
        TooYoung => "age_under_18", "任命之日未满 18 周岁";
        /// No day of birth.
        AgeUnknown => "birth_date_missing", "缺出生日期，年龄无法判定，请补充";
        /// Not in the Party, for a full-time post.
        NoMember => "not_party_member", "不是中共党员，不能任专职小管家（可任兼职）";
        /// Nobody asked.
        MemberUnknown => "party_membership_missing", "是否党员未登记，请补充";
        /// Lives somewhere else.
        LivesElsewhere => "lives_elsewhere", "不住在本小区";
        /// Where somebody lives is not known.
        HomeUnknown => "residence_missing", "居住楼栋未登记";
    }
}

impl Finding {
    /// What it does.
    pub const fn weight(self) -> Weight {
        match self {
            Self::TooOld | Self::TooYoung | Self::NoMember => Weight::Blocks,
            Self::AgeUnknown | Self::MemberUnknown => Weight::Undecided,
            Self::LivesElsewhere | Self::HomeUnknown => Weight::Warns,
        }
    }

    /// In English.
    pub const fn en(self) -> &'static str {
        match self {
            Self::TooOld => "66 or older on the day of the appointment; at most 65",
            Self::TooYoung => "under 18 on the day of the appointment",
            Self::AgeUnknown => "no day of birth: the age cannot be decided; add it",
            Self::NoMember => {
                "not a Party member: full-time posts are for members (part-time is open)"
            }
            Self::MemberUnknown => "Party membership is not recorded; add it",
            Self::LivesElsewhere => "does not live in this compound",
            Self::HomeUnknown => "the home is not recorded",
        }
    }
}

text_enum! {
    /// The answer.
    pub enum Verdict {
        /// May be appointed.
        Eligible => "eligible", "符合条件";
        /// Something is missing.
        Undecided => "undecided", "无法判定";
        /// May not.
        NotEligible => "not_eligible", "不符合条件";
    }
}

/// Everything that is found about somebody for an appointment that begins on `on`.
pub fn eligibility(person: &Person, kind: AppointmentKind, on: NaiveDate) -> Vec<Finding> {
    let mut found = Vec::new();
    match person.birth.map(|birth| age_on(birth, on)) {
        None => found.push(Finding::AgeUnknown),
        Some(age) if age > MAX_AGE => found.push(Finding::TooOld),
        Some(age) if age < MIN_AGE => found.push(Finding::TooYoung),
        Some(_) => {}
    }
    if kind == AppointmentKind::FullTime {
        // Whoever joins later is no member yet.
        let member = match person.joined {
            Some(joined) => Some(joined <= on),
            None => person.member,
        };
        match member {
            Some(true) => {}
            Some(false) => found.push(Finding::NoMember),
            None => found.push(Finding::MemberUnknown),
        }
    }
    match person.lives_there {
        Some(true) => {}
        Some(false) => found.push(Finding::LivesElsewhere),
        None => found.push(Finding::HomeUnknown),
    }
    found
}

/// The answer to what was found.
pub fn verdict(found: &[Finding]) -> Verdict {
    let any = |weight| found.iter().any(|finding| finding.weight() == weight);
    if any(Weight::Blocks) {
        Verdict::NotEligible
    } else if any(Weight::Undecided) {
        Verdict::Undecided
    } else {
        Verdict::Eligible
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn born(text: &str) -> Person {
        Person {
            birth: Some(day(text)),
            member: Some(true),
            joined: None,
            lives_there: Some(true),
        }
    }

    #[test]
    fn sixty_five_is_eligible_and_sixty_six_is_refused_on_the_birthday() {
        let full = AppointmentKind::FullTime;
        let on = |on| eligibility(&born("1957-03-01"), full, day(on));
        assert_eq!(on("2023-02-28"), []);
        assert_eq!(on("2023-03-01"), [Finding::TooOld]);
        assert_eq!(Finding::TooOld.as_str(), "age_over_65");
        assert_eq!(verdict(&on("2023-03-01")), Verdict::NotEligible);
    }

    #[test]
    fn who_was_born_on_29_february_turns_on_1_march_in_common_years() {
        let leap = day("1960-02-29");
        assert_eq!(age_on(leap, day("2026-02-28")), 65);
        assert_eq!(age_on(leap, day("2026-03-01")), 66);
        assert_eq!(age_on(leap, day("2024-02-28")), 63);
        assert_eq!(age_on(leap, day("2024-02-29")), 64);
    }

    #[test]
    fn what_is_not_known_is_undecided_and_never_a_yes() {
        let unknown = Person::default();
        let full = eligibility(&unknown, AppointmentKind::FullTime, day("2026-01-01"));
        assert_eq!(
            full,
            [
                Finding::AgeUnknown,
                Finding::MemberUnknown,
                Finding::HomeUnknown
            ]
        );
        assert_eq!(verdict(&full), Verdict::Undecided);
        let part = eligibility(&unknown, AppointmentKind::PartTime, day("2026-01-01"));
        assert_eq!(part, [Finding::AgeUnknown, Finding::HomeUnknown]);
    }

    #[test]
    fn membership_counts_for_full_time_and_a_home_elsewhere_only_warns() {
        let outsider = Person {
            member: Some(false),
            lives_there: Some(false),
            ..born("1980-05-05")
        };
        let of = |kind| eligibility(&outsider, kind, day("2026-01-01"));
        assert_eq!(
            of(AppointmentKind::FullTime),
            [Finding::NoMember, Finding::LivesElsewhere]
        );
        assert_eq!(of(AppointmentKind::PartTime), [Finding::LivesElsewhere]);
        assert_eq!(verdict(&of(AppointmentKind::PartTime)), Verdict::Eligible);
        let later = Person {
            joined: Some(day("2026-01-02")),
            ..born("1980-05-05")
        };
        let of = |on| eligibility(&later, AppointmentKind::FullTime, day(on));
        assert_eq!(of("2026-01-01"), [Finding::NoMember]);
        assert_eq!(of("2026-01-02"), []);
    }

    proptest! {
        /// Age never falls, and grows by one in every year.
        #[test]
        fn age_grows_by_one_a_year(birth in 0i64..30_000, later in 0i64..20_000) {
            let birth = NaiveDate::from_ymd_opt(1920, 1, 1).unwrap() + chrono::Duration::days(birth);
            let day = birth + chrono::Duration::days(later);
            let (now, tomorrow) = (age_on(birth, day), age_on(birth, day.succ_opt().unwrap()));
            prop_assert!(now >= 0 && (tomorrow == now || tomorrow == now + 1));
            let next = day.with_year(day.year() + 1).unwrap_or(day + chrono::Duration::days(366));
            prop_assert_eq!(age_on(birth, next) - now, 1);
        }
    }
}
