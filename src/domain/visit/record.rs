//! One visit, and what may be said of it.
//!
//! Invariant: a visit is never changed; whatever corrects or withdraws it is another one that replaces it.

use crate::domain::text_enum::text_enum;
use crate::domain::{ActorId, BuildingId, HousekeeperId, Problem, Severity, VisitId};
use chrono::{DateTime, Duration, NaiveDate, Utc};

/// Longest note of a visit, in characters.
pub const MAX_NOTE_CHARS: usize = 500;
/// Households that one visit may reach in a building whose households nobody counted.
const MOST_UNCOUNTED: u32 = 500;
/// How far the clock of a phone may be ahead, in minutes.
const CLOCK_AHEAD_MIN: i64 = 5;

text_enum! {
    /// What a visit was. Any hour of the day is fine for either.
    pub enum VisitKind {
        /// From door to door.
        Household => "household", "入户走访";
        /// A talk in the evening (昼访夜谈).
        NightTalk => "night_talk", "夜谈";
    }
}

/// A visit of a keeper to a building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Identity.
    pub id: VisitId,
    /// County-level code of the building.
    pub district_code: i32,
    /// What it was.
    pub kind: VisitKind,
    /// Where.
    pub building: BuildingId,
    /// Who.
    pub keeper: HousekeeperId,
    /// When, as they say.
    pub at: DateTime<Utc>,
    /// Households reached; 0 = nobody was at home, which is a visit too.
    pub households: u32,
    /// What is worth remembering.
    pub note: Option<String>,
    /// A photo, by hash.
    pub photo: Option<String>,
    /// The account that wrote it down.
    pub entered_by: ActorId,
    /// When it was written down.
    pub entered_at: DateTime<Utc>,
    /// Whether a secretary wrote it down for a keeper who keeps a notebook (代录).
    pub delegated: bool,
    /// The visit that this one corrects or withdraws.
    pub replaces: Option<VisitId>,
    /// Why the replaced visit never was; a row with a reason counts for nothing.
    pub withdrawn: Option<String>,
    /// What makes a request sent twice one visit.
    pub request_key: Option<String>,
}

/// What a visit is measured by.
#[derive(Debug, Clone, Copy)]
pub struct VisitTerms {
    /// Households of the building; `None` = nobody counted.
    pub households: Option<u32>,
    /// First day of the keeper's appointment.
    pub appointed_from: Option<NaiveDate>,
    /// The local day of the visit.
    pub day: NaiveDate,
    /// Now.
    pub now: DateTime<Utc>,
}

/// Everything that is wrong with a visit.
pub fn check_visit(visit: &Visit, terms: &VisitTerms) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |code: &str, field: &str, value: String, zh: String, en: String| {
        problems
            .push(Problem::new(Severity::Refused, code, zh, en).at_field(field, value.as_str()));
    };
    let most = terms.households.unwrap_or(MOST_UNCOUNTED);
    if visit.households > most {
        wrong(
            "visit_households",
            "households",
            visit.households.to_string(),
            format!(
                "这一幢共 {most} 户，走到的户数应在 0（没人在家）到 {most} 之间，给出的是 {}",
                visit.households
            ),
            format!(
                "the building has {most} households: give 0 (nobody at home) to {most}, not {}",
                visit.households
            ),
        );
    }
    if visit.at > terms.now + Duration::minutes(CLOCK_AHEAD_MIN) {
        wrong(
            "visit_in_future",
            "at",
            visit.at.to_rfc3339(),
            "走访时间在将来；请改为实际走访的时间".to_owned(),
            "the visit lies in the future: give the time when it was made".to_owned(),
        );
    }
    match terms.appointed_from {
        Some(from) if terms.day < from => wrong(
            "visit_before_appointment",
            "at",
            terms.day.to_string(),
            format!("{} 还没有任职（{from} 起）；请改日期", terms.day),
            format!(
                "on {} the appointment had not begun ({from}): change the day",
                terms.day
            ),
        ),
        _ => {}
    }
    if visit
        .note
        .as_ref()
        .is_some_and(|note| note.chars().count() > MAX_NOTE_CHARS)
    {
        wrong(
            "note_long",
            "note",
            String::new(),
            format!("备注最多 {MAX_NOTE_CHARS} 字；请写短些，或写进日记"),
            format!("a note has at most {MAX_NOTE_CHARS} characters: shorten it, or use the diary"),
        );
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn visit(households: u32, when: &str) -> Visit {
        Visit {
            id: VisitId::new(Uuid::nil()),
            district_code: 0,
            kind: VisitKind::NightTalk,
            building: BuildingId::new(Uuid::nil()),
            keeper: HousekeeperId::new(Uuid::nil()),
            at: at(when),
            households,
            note: None,
            photo: None,
            entered_by: ActorId::new(Uuid::nil()),
            entered_at: at(when),
            delegated: false,
            replaces: None,
            withdrawn: None,
            request_key: None,
        }
    }

    fn codes(visit: &Visit, households: Option<u32>) -> Vec<String> {
        let terms = VisitTerms {
            households,
            appointed_from: NaiveDate::from_ymd_opt(2026, 1, 10),
            day: visit.at.date_naive(),
            now: at("2026-03-01T13:00:00Z"),
        };
        check_visit(visit, &terms)
            .into_iter()
            .map(|problem| problem.code)
            .collect()
    }

    #[test]
    fn nobody_at_home_is_a_visit_and_more_than_there_are_is_none() {
        for households in [0, 1, 60] {
            assert!(codes(&visit(households, "2026-03-01T13:00:00Z"), Some(60)).is_empty());
        }
        let many = visit(61, "2026-03-01T13:00:00Z");
        assert_eq!(codes(&many, Some(60)), ["visit_households"]);
        // Unknown is not zero: where nobody counted, the keeper's word is taken.
        assert!(codes(&many, None).is_empty());
    }

    #[test]
    fn nine_in_the_evening_is_fine_and_tomorrow_or_before_the_appointment_is_not() {
        assert!(
            codes(&visit(1, "2026-02-28T13:00:00Z"), None).is_empty(),
            "21:00 in China"
        );
        assert_eq!(
            codes(&visit(1, "2026-03-01T13:06:00Z"), None),
            ["visit_in_future"]
        );
        assert_eq!(
            codes(&visit(1, "2026-01-09T03:00:00Z"), None),
            ["visit_before_appointment"]
        );
        assert!(codes(&visit(1, "2026-01-10T03:00:00Z"), None).is_empty());
    }
}
