//! The diary of a keeper (民情日记): the problem in black ink, its result in red.
//!
//! Invariant: there is no red without black, and no result before its problem.

use crate::domain::{ActorId, BuildingId, DiaryId, HousekeeperId, Problem, Severity};
use chrono::{DateTime, Utc};

/// Longest text of either ink, in characters.
pub const MAX_DIARY_CHARS: usize = 1_000;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiaryEntry {
    /// Identity.
    pub id: DiaryId,
    /// County-level code of the keeper's community.
    pub district_code: i32,
    /// Whose diary.
    pub keeper: HousekeeperId,
    /// The building that it is about.
    pub building: Option<BuildingId>,
    /// The problem.
    pub black_text: String,
    /// When it was written.
    pub black_at: DateTime<Utc>,
    /// The result; `None` = 有黑无红.
    pub red_text: Option<String>,
    /// When it was written.
    pub red_at: Option<DateTime<Utc>>,
    /// The account that wrote it down.
    pub entered_by: ActorId,
    /// Whether a secretary wrote it down for the keeper.
    pub delegated: bool,
    /// What makes a request sent twice one entry.
    pub request_key: Option<String>,
}

/// What is wrong with the texts and times of an entry.
pub fn red_refused(
    black: &str,
    black_at: DateTime<Utc>,
    red: Option<&str>,
    red_at: DateTime<Utc>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |code: &str, field: &str, zh: String, en: String| {
        problems.push(Problem::new(Severity::Refused, code, zh, en).at_field(field, ""));
    };
    if black.trim().is_empty() {
        wrong(
            "red_before_black",
            "black_text",
            "先写黑字（问题），再写红字（结果）".to_owned(),
            "write the problem in black first, then the result in red".to_owned(),
        );
    }
    if red.is_some() && red_at < black_at {
        wrong(
            "red_before_black",
            "red_text",
            "红字（结果）不能早于黑字（问题）；请改时间".to_owned(),
            "a result cannot be older than its problem: change the time".to_owned(),
        );
    }
    if red.is_some_and(|red| red.trim().is_empty()) {
        wrong(
            "red_empty",
            "red_text",
            "红字（结果）是空的；没有结果就先不写".to_owned(),
            "the result is empty: leave it out until there is one".to_owned(),
        );
    }
    for (field, text) in [("black_text", Some(black)), ("red_text", red)] {
        if text.is_some_and(|text| text.chars().count() > MAX_DIARY_CHARS) {
            wrong(
                "diary_long",
                field,
                format!("一条日记每种字最多 {MAX_DIARY_CHARS} 字；请写短些"),
                format!("either ink has at most {MAX_DIARY_CHARS} characters: shorten it"),
            );
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn red_before_black_is_refused_and_red_may_come_at_once_or_later() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let codes = |black: &str, red: Option<&str>, red_at: &str| -> Vec<String> {
            let found = red_refused(black, at("2026-03-01T08:00:00Z"), red, at(red_at));
            found.into_iter().map(|problem| problem.code).collect()
        };
        let (black, red) = ("供水改造后高层水压跟不上", Some("更换了高层原配件"));
        assert!(codes(black, None, "2026-03-01T08:00:00Z").is_empty());
        assert!(codes(black, red, "2026-03-01T08:00:00Z").is_empty());
        assert!(codes(black, red, "2026-03-09T08:00:00Z").is_empty());
        assert_eq!(
            codes(" ", red, "2026-03-01T08:00:00Z"),
            ["red_before_black"]
        );
        assert_eq!(
            codes(black, red, "2026-02-28T08:00:00Z"),
            ["red_before_black"]
        );
        assert_eq!(
            codes(black, Some(" "), "2026-03-01T08:00:00Z"),
            ["red_empty"]
        );
    }
}
