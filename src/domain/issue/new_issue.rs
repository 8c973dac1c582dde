//! A new issue as it is handed in, and everything that is wrong with it.
//!
//! Not whether its place lies in a region, or its building exists: that is asked of the atlas. Invariant:
//! `check` tells all problems at once, and none means that it can be stored.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{
    AnswerType, Answers, CategoryTree, CityField, MAX_TEXT_CHARS, Place, Priority, Question, Source,
};
use crate::domain::{Problem, Severity};

/// Most photos of an issue.
pub const MAX_PHOTOS: usize = 5;

/// Clocks of phones may be ahead by so much.
const TOLERANCE_MINUTES: i64 = 5;

/// Nothing that is reported happened longer ago, in days (the oldest case of the source is 40 years old).
const OLDEST_DAYS: i64 = 100 * 366;

/// What somebody reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewIssue {
    /// Code of the category.
    pub category: String,
    /// Priority.
    pub priority: Priority,
    /// By which way it came.
    pub source: Source,
    /// Where it is.
    pub place: Place,
    /// The problem (black ink).
    pub black_text: String,
    /// The result (red ink), when it was solved on the spot.
    #[serde(default)]
    pub red_text: Option<String>,
    /// Answers to the extra questions.
    #[serde(default)]
    pub answers: Answers,
    /// When it came; `None` = now.
    #[serde(default)]
    pub reported_at: Option<DateTime<Utc>>,
    /// When it happened.
    #[serde(default)]
    pub occurred_at: Option<DateTime<Utc>>,
    /// Photos that come with it.
    #[serde(default)]
    pub photos: usize,
    /// Whom it is reported for.
    #[serde(default)]
    pub on_behalf_of: Option<String>,
    /// Number in the system that it comes from.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Field of the city's roll-up.
    #[serde(default)]
    pub field: Option<CityField>,
}

impl NewIssue {
    /// Everything that is wrong, at `now`; empty when nothing is.
    pub fn check(&self, tree: &CategoryTree, now: DateTime<Utc>) -> Vec<Problem> {
        let mut found = Vec::new();
        self.check_texts(&mut found);
        self.check_times(now, &mut found);
        self.check_place(&mut found);
        if self.photos > MAX_PHOTOS {
            found.push(refused(
                "too_many_photos",
                "photos",
                &self.photos.to_string(),
                format!("照片有 {} 张，最多 {MAX_PHOTOS} 张；请减少。", self.photos),
                format!(
                    "{} photos, {MAX_PHOTOS} at most; leave some out",
                    self.photos
                ),
            ));
        }
        match tree.get(&self.category) {
            Some(category) if category.active => {
                check_answers(&category.questions, &self.answers, &mut found);
            }
            Some(category) => found.push(refused(
                "category_inactive",
                "category",
                &self.category,
                format!("类别“{}”已停用；请另选。", category.name_zh),
                format!(
                    "the category `{}` is no longer used; choose another",
                    self.category
                ),
            )),
            None => found.push(refused(
                "unknown_category",
                "category",
                &self.category,
                "没有这个类别；请从类别表中选择。",
                "there is no such category; choose one of the list",
            )),
        }
        found
    }

    fn check_texts(&self, found: &mut Vec<Problem>) {
        if self.black_text.trim().is_empty() {
            found.push(refused(
                "text_missing",
                "black_text",
                "",
                "没有写问题；请用一句话写明。",
                "the problem is not written; one sentence is enough",
            ));
        }
        let texts = [
            ("black_text", Some(&self.black_text)),
            ("red_text", self.red_text.as_ref()),
            ("on_behalf_of", self.on_behalf_of.as_ref()),
            ("external_id", self.external_id.as_ref()),
        ];
        for (field, text) in texts {
            too_long(field, text.map_or("", |text| text), found);
        }
    }

    fn check_times(&self, now: DateTime<Utc>, found: &mut Vec<Problem>) {
        let latest = now + Duration::minutes(TOLERANCE_MINUTES);
        let earliest = now - Duration::days(OLDEST_DAYS);
        let times = [
            ("reported_at", self.reported_at),
            ("occurred_at", self.occurred_at),
        ];
        for (field, time) in times {
            let Some(time) = time else { continue };
            let value = time.to_rfc3339();
            if time > latest {
                found.push(refused(
                    "in_future",
                    field,
                    &value,
                    "时间在将来；请改为已经发生的时间，并核对手机时钟和时区。",
                    "the time is still to come; give one that is past, and check clock and time zone",
                ));
            } else if time < earliest {
                found.push(refused(
                    "too_old",
                    field,
                    &value,
                    "时间早于一百年前；请核对年份。",
                    "the time is more than a hundred years ago; check the year",
                ));
            }
        }
        if let (Some(occurred), Some(reported)) = (self.occurred_at, self.reported_at)
            && occurred > reported
        {
            found.push(refused(
                "occurred_after_report",
                "occurred_at",
                &occurred.to_rfc3339(),
                "发生时间晚于反映时间；请改正其中之一。",
                "it happened after it was reported; mend one of the two",
            ));
        }
    }

    fn check_place(&self, found: &mut Vec<Problem>) {
        let Some((lon, lat)) = self.place.lon_lat() else {
            return;
        };
        // Not a number is in no range.
        if !(-180.0..=180.0).contains(&lon) || !(-90.0..=90.0).contains(&lat) {
            found.push(refused(
                "not_on_earth",
                "place",
                &format!("{lon},{lat}"),
                "经纬度超出范围；请先写经度（−180～180），再写纬度（−90～90）。",
                "not on earth; longitude first (-180 to 180), then latitude (-90 to 90)",
            ));
        }
    }
}

fn check_answers(questions: &[Question], answers: &Answers, found: &mut Vec<Problem>) {
    for question in questions {
        let given = answers.get(&question.code).map_or(&[][..], Vec::as_slice);
        let blank = given.iter().all(|value| value.trim().is_empty());
        let field = format!("answers.{}", question.code);
        if blank {
            if question.required {
                found.push(refused(
                    "answer_missing",
                    &field,
                    "",
                    format!("没有回答“{}”；请回答。", question.label_zh),
                    format!("“{}” is not answered; answer it", question.label_en),
                ));
            }
            continue;
        }
        let several = question.datatype == AnswerType::MultiValueList;
        if given.len() > 1 && !several {
            found.push(refused(
                "answer_not_one",
                &field,
                &given.join(", "),
                format!("“{}”只能有一个回答。", question.label_zh),
                format!("“{}” takes one answer", question.label_en),
            ));
        }
        for value in given {
            if fits(question, value) {
                too_long(&field, value, found);
                continue;
            }
            found.push(refused(
                "answer_wrong",
                &field,
                value,
                format!(
                    "“{}”的回答不对；请填{}。",
                    question.label_zh,
                    form_zh(question)
                ),
                format!(
                    "wrong answer to “{}”; give {}",
                    question.label_en,
                    form_en(question)
                ),
            ));
        }
    }
    let known: BTreeSet<_> = questions.iter().map(|question| &question.code).collect();
    for code in answers.keys().filter(|code| !known.contains(code)) {
        found.push(refused(
            "answer_unknown",
            &format!("answers.{code}"),
            code,
            "该类别没有这个问题；请删去这个回答。",
            "the category does not ask this; leave the answer out",
        ));
    }
}

fn fits(question: &Question, value: &str) -> bool {
    match question.datatype {
        AnswerType::String | AnswerType::Text => true,
        AnswerType::Number => value.trim().parse::<f64>().is_ok_and(f64::is_finite),
        AnswerType::Datetime => DateTime::parse_from_rfc3339(value.trim()).is_ok(),
        AnswerType::SingleValueList | AnswerType::MultiValueList => {
            question.values.iter().any(|known| known.key == value)
        }
    }
}

fn keys(question: &Question) -> String {
    let keys: Vec<_> = question
        .values
        .iter()
        .map(|value| value.key.as_str())
        .collect();
    keys.join(", ")
}

fn form_zh(question: &Question) -> String {
    match question.datatype {
        AnswerType::Number => "数字".to_owned(),
        AnswerType::Datetime => "日期时间，如 2026-11-28T09:30:00+08:00".to_owned(),
        _ => format!("以下之一：{}", keys(question)),
    }
}

fn form_en(question: &Question) -> String {
    match question.datatype {
        AnswerType::Number => "a number".to_owned(),
        AnswerType::Datetime => "a time such as 2026-11-28T09:30:00+08:00".to_owned(),
        _ => format!("one of: {}", keys(question)),
    }
}

fn too_long(field: &str, text: &str, found: &mut Vec<Problem>) {
    let chars = text.chars().count();
    if chars > MAX_TEXT_CHARS {
        found.push(refused(
            "text_too_long",
            field,
            text,
            format!("有 {chars} 个字，最多 {MAX_TEXT_CHARS} 个；请缩短。"),
            format!("{chars} characters, {MAX_TEXT_CHARS} at most; shorten it"),
        ));
    }
}

fn refused(
    code: &str,
    field: &str,
    value: &str,
    zh: impl Into<String>,
    en: impl Into<String>,
) -> Problem {
    Problem::new(Severity::Refused, code, zh, en).at_field(field, value)
}

/// The code for people: day and number within the day, for example `20261128-0007`.
pub fn issue_code(day: NaiveDate, number: u32) -> String {
    format!("{}-{number:04}", day.format("%Y%m%d"))
}

/// The code that a reporter asks with: 60 random bits in twelve characters, without those that look alike.
pub fn lookup_code(random: [u8; 8]) -> String {
    // Crockford's base 32.
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bits = u64::from_be_bytes(random);
    let letter = |at: u32| char::from(LETTERS[(bits >> (5 * at) & 31) as usize]);
    let part = |from: u32| (from..from + 4).map(letter).collect::<String>();
    [part(0), part(4), part(8)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-28T01:00:00Z".parse().unwrap()
    }

    fn water() -> NewIssue {
        NewIssue {
            category: "utilities.water".to_owned(),
            priority: Priority::Normal,
            source: Source::Resident,
            place: Place::point(117.3, 31.86),
            black_text: "供水改造后高层水压跟不上".to_owned(),
            red_text: None,
            answers: Answers::from([("scope".to_owned(), vec!["building".to_owned()])]),
            reported_at: None,
            occurred_at: None,
            photos: MAX_PHOTOS,
            on_behalf_of: None,
            external_id: None,
            field: None,
        }
    }

    fn problems(change: impl FnOnce(&mut NewIssue)) -> Vec<(String, String)> {
        let mut issue = water();
        change(&mut issue);
        let found = issue.check(&CategoryTree::standard(), now());
        found
            .into_iter()
            .map(|problem| {
                assert!(!problem.zh.is_empty() && !problem.en.is_empty());
                (problem.code, problem.field.unwrap())
            })
            .collect()
    }

    fn one(code: &str, field: &str) -> Vec<(String, String)> {
        vec![(code.to_owned(), field.to_owned())]
    }

    #[test]
    fn a_good_one_has_no_problems_up_to_every_limit() {
        assert_eq!(problems(|_| ()), []);
        let limits = problems(|issue| {
            issue.black_text = "字".repeat(MAX_TEXT_CHARS);
            issue.reported_at = Some(now() + Duration::minutes(5));
            issue.occurred_at = issue.reported_at;
        });
        assert_eq!(limits, []);
    }

    #[test]
    fn each_problem_names_its_field() {
        let at = |minutes| Some(now() + Duration::minutes(minutes));
        assert_eq!(
            problems(|i| i.black_text = "字".repeat(MAX_TEXT_CHARS + 1)),
            one("text_too_long", "black_text")
        );
        assert_eq!(
            problems(|i| i.black_text = " \n".to_owned()),
            one("text_missing", "black_text")
        );
        assert_eq!(
            problems(|i| i.photos = 50),
            one("too_many_photos", "photos")
        );
        assert_eq!(
            problems(|i| i.reported_at = at(6)),
            one("in_future", "reported_at")
        );
        assert_eq!(
            problems(|i| i.occurred_at = DateTime::from_timestamp(-9_000_000_000, 0)),
            one("too_old", "occurred_at")
        );
        assert_eq!(
            problems(|i| (i.reported_at, i.occurred_at) = (at(-9), at(-8))),
            one("occurred_after_report", "occurred_at")
        );
        for place in [Place::point(31.86, 117.3), Place::point(f64::NAN, 31.0)] {
            assert_eq!(problems(|i| i.place = place), one("not_on_earth", "place"));
        }
        assert_eq!(
            problems(|i| i.category = "nothing".to_owned()),
            one("unknown_category", "category")
        );
    }

    #[test]
    fn answers_must_be_there_known_and_of_their_type() {
        let answer = |code: &str, values: &[&str]| {
            let values = values.iter().map(|&value| value.to_owned()).collect();
            problems(|issue| {
                issue.answers.insert(code.to_owned(), values);
            })
        };
        assert_eq!(
            problems(|i| i.answers.clear()),
            one("answer_missing", "answers.scope")
        );
        assert_eq!(
            answer("scope", &[" "]),
            one("answer_missing", "answers.scope")
        );
        assert_eq!(
            answer("scope", &["city"]),
            one("answer_wrong", "answers.scope")
        );
        assert_eq!(
            answer("scope", &["home", "building"]),
            one("answer_not_one", "answers.scope")
        );
        assert_eq!(
            answer("since", &["昨天"]),
            one("answer_wrong", "answers.since")
        );
        assert_eq!(answer("since", &["2026-11-27T08:00:00+08:00"]), []);
        assert_eq!(
            answer("colour", &["red"]),
            one("answer_unknown", "answers.colour")
        );
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let found = problems(|issue| {
            issue.black_text.clear();
            issue.photos = 6;
            issue.category = "nothing".to_owned();
        });
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn codes_are_readable_and_lookups_cannot_be_told_from_one_another() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 28).unwrap();
        assert_eq!(issue_code(day, 7), "20261128-0007");
        assert_eq!(issue_code(day, 12_345), "20261128-12345");
        assert_eq!(lookup_code([0; 8]), "0000-0000-0000");
        assert_eq!(lookup_code([0xFF; 8]), "ZZZZ-ZZZZ-ZZZZ");
        // Each of the 60 bits tells.
        let codes: BTreeSet<_> = (0..60)
            .map(|bit| lookup_code((1_u64 << bit).to_be_bytes()))
            .collect();
        assert_eq!(codes.len(), 60);
    }
}
