//! One row of a file of issues, understood cell by cell.
//!
//! Not yet placed, and not compared with what is stored. Invariant: every cell that is not understood is a problem
//! that names row, column and value; a row with such a problem is not offered.

use super::places::Where;
use super::states::{Standing, StateWords};
use crate::domain::issue::{MAX_TEXT_CHARS, Owner, State};
use crate::domain::{Problem, Severity};
use crate::formats::values::{normalise_text, says_unknown};
use crate::formats::{Column, Field, instant};
use crate::services::importing::candidate::Candidate;
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use geo::Centroid;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Clocks of other systems may be ahead by so much.
const TOLERANCE_MINUTES: i64 = 5;
/// Nothing came in longer ago, in days.
const OLDEST_DAYS: i64 = 100 * 366;
/// Longest number of another system, in characters.
const MAX_NUMBER_CHARS: usize = 200;

/// What all rows of a file share.
pub struct Reader<'a> {
    /// Column of each field.
    pub columns: HashMap<Field, &'a str>,
    /// Zone of times that name none.
    pub zone: Tz,
    /// Words of states.
    pub words: &'a StateWords,
    /// The system that the file is of.
    pub source: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
}

/// A row, understood.
pub struct Line<'a> {
    /// Number in its system.
    pub number: String,
    /// When it came in.
    pub reported: DateTime<Utc>,
    /// When it was closed.
    pub closed: Option<DateTime<Utc>>,
    /// Where it stands.
    pub state: State,
    /// Whether it was closed in time.
    pub on_time: Option<bool>,
    /// The body that has or had it.
    pub owner: Option<Owner>,
    /// Names of its categories, the widest first.
    pub path: Vec<String>,
    /// The problem.
    pub black: String,
    /// The result.
    pub red: Option<String>,
    /// What else its system says.
    pub note: Option<String>,
    /// By which way it came in there.
    pub channel: Option<String>,
    /// Its place.
    pub place: Where<'a>,
}

/// Columns by what they mean.
pub fn columns(columns: &[Column]) -> HashMap<Field, &str> {
    columns
        .iter()
        .filter_map(|column| Some((column.matched?, column.name.as_str())))
        .collect()
}

struct Cells<'a> {
    reader: &'a Reader<'a>,
    candidate: &'a Candidate,
    problems: Vec<Problem>,
}

impl<'a> Cells<'a> {
    /// What a cell says; `None` when it says nothing.
    fn get(&self, field: Field) -> Option<&'a str> {
        let column = self.reader.columns.get(&field)?;
        let text = self.candidate.properties.get(*column)?;
        (!says_unknown(text)).then_some(text.as_str())
    }

    fn wrong(&mut self, field: Field, code: &str, zh: impl Into<String>, en: impl Into<String>) {
        let column = self.reader.columns.get(&field).copied();
        let value = self.get(field).unwrap_or_default();
        self.problems.push(
            Problem::new(Severity::Refused, code, zh, en)
                .at_row(self.candidate.row)
                .at_field(column.unwrap_or(field.as_str()), value),
        );
    }

    fn note(&mut self, severity: Severity, field: Field, code: &str, zh: &str, en: &str) {
        let column = self.reader.columns.get(&field).copied();
        let value = self.get(field).unwrap_or_default();
        self.problems.push(
            Problem::new(severity, code, zh, en)
                .at_row(self.candidate.row)
                .at_field(column.unwrap_or(field.as_str()), value),
        );
    }

    /// A time that has been, to the second.
    fn time(&mut self, field: Field) -> Option<DateTime<Utc>> {
        let column = self.reader.columns.get(&field).copied()?;
        let parsed = instant(self.get(field)?, self.reader.zone).at(self.candidate.row, column);
        self.problems.extend(parsed.problem);
        let at = parsed.value?.with_nanosecond(0)?;
        if at > self.reader.now + TimeDelta::minutes(TOLERANCE_MINUTES) {
            self.wrong(
                field,
                "in_future",
                "时间在将来；请核对时间和时区（--time-zone）",
                "the time is still to come; check it and the time zone (--time-zone)",
            );
            return None;
        }
        if at < self.reader.now - TimeDelta::days(OLDEST_DAYS) {
            self.wrong(
                field,
                "too_old",
                "时间早于一百年前；请核对年份",
                "the time is more than a hundred years ago; check the year",
            );
            return None;
        }
        Some(at)
    }

    /// Yes or no: 1, 0, 是, 否.
    fn flag(&mut self, field: Field) -> Option<bool> {
        let text = self.get(field)?;
        match normalise_text(text).to_lowercase().as_str() {
            "1" | "1.0" | "是" | "yes" | "y" | "true" | "按时" | "按期" | "超时" | "超期" => {
                Some(true)
            }
            "0" | "0.0" | "否" | "no" | "n" | "false" | "未超时" | "未超期" => Some(false),
            _ => {
                self.wrong(
                    field,
                    "flag_unreadable",
                    "应为 1、0、是或否；不知道时留空或写 -",
                    "write 1, 0, yes or no; leave it empty when it is not known",
                );
                None
            }
        }
    }

    fn on_time(&mut self) -> Option<bool> {
        let (late, in_time) = (self.flag(Field::Overtime), self.flag(Field::InTime));
        match (late, in_time) {
            (Some(true), Some(true)) => {
                self.wrong(
                    Field::Overtime,
                    "on_time_contradiction",
                    "按时与超时不能同时为 1；请改正其中之一",
                    "it cannot be both in time and late; mend one of the two",
                );
                None
            }
            (Some(true), _) => Some(false),
            (_, Some(true)) => Some(true),
            // A single column says both.
            (Some(false), None) if !self.reader.columns.contains_key(&Field::InTime) => Some(true),
            (None, Some(false)) if !self.reader.columns.contains_key(&Field::Overtime) => {
                Some(false)
            }
            _ => None,
        }
    }

    /// Where it stands: what its word says, else what its closing says.
    fn state(&mut self, closed: bool, owned: bool) -> State {
        let open = if owned {
            State::Disposing
        } else {
            State::Reported
        };
        let Some(word) = self.get(Field::Status) else {
            if !closed {
                self.note(
                    Severity::Note,
                    Field::Status,
                    "state_unknown",
                    "没有状态，也没有办结的记载：按未办结记",
                    "neither a state nor a closing is recorded: it counts as open",
                );
            }
            return if closed { State::Closed } else { open };
        };
        match self.reader.words.read(word) {
            Some(Standing::In(state)) => state,
            Some(Standing::Open) => open,
            None => {
                self.wrong(
                    Field::Status,
                    "state_word_unknown",
                    format!(
                        "不认识状态“{word}”；请指明它对应哪个状态（命令行：--state {word}=closed，网页：状态对应）"
                    ),
                    format!(
                        "the state “{word}” is not known; say which state it means (--state \"{word}\"=closed, or the list of states on the page)"
                    ),
                );
                open
            }
        }
    }

    fn owner(&self) -> Option<Owner> {
        let (code, name) = (self.get(Field::UnitCode), self.get(Field::Unit));
        let name = name.or(code)?;
        // Codes are listed by comma in addresses.
        let code = code.unwrap_or(name).replace([',', '，'], " ");
        Some(Owner {
            code: format!("{}:{code}", self.reader.source),
            name: name.to_owned(),
        })
    }

    /// Names of the categories, the widest first; one that repeats the one before says nothing.
    fn path(&self) -> Vec<String> {
        let fields = [Field::CategoryGroup, Field::Class, Field::ClassDetail];
        let mut path: Vec<String> = fields
            .into_iter()
            .filter_map(|field| self.get(field).map(str::to_owned))
            .collect();
        path.dedup();
        path
    }

    fn black(&self, path: &[String]) -> String {
        let what = match self.get(Field::Content) {
            Some(content) => content.to_owned(),
            None => {
                let names = path.iter().skip(path.len().saturating_sub(2));
                let mut what = names.cloned().collect::<Vec<_>>().join(" / ");
                if let Some(nature) = self.get(Field::Nature) {
                    what = format!("{nature}：{what}");
                }
                what
            }
        };
        let more = [self.get(Field::Detail), self.get(Field::Address)];
        let lines = std::iter::once(what.trim()).chain(more.into_iter().flatten().map(str::trim));
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        lines.join("\n")
    }

    fn texts(&mut self, black: &str, red: Option<&str>) {
        if black.is_empty() {
            self.wrong(
                Field::Content,
                "text_missing",
                "没有问题描述，也没有类别；请至少补上其一",
                "neither a text nor a category says what it is about; add one",
            );
        }
        for (field, text) in [(Field::Content, Some(black)), (Field::Result, red)] {
            let chars = text.map_or(0, |text| text.chars().count());
            if chars > MAX_TEXT_CHARS {
                self.wrong(
                    field,
                    "text_too_long",
                    format!("有 {chars} 个字，最多 {MAX_TEXT_CHARS} 个；请缩短"),
                    format!("{chars} characters, {MAX_TEXT_CHARS} at most; shorten it"),
                );
            }
        }
    }

    /// Its number there; a row without one is known by what it says.
    fn number(&mut self, reported: DateTime<Utc>, black: &str) -> String {
        if let Some(number) = self.get(Field::Code) {
            if number.chars().count() > MAX_NUMBER_CHARS {
                self.wrong(
                    Field::Code,
                    "number_too_long",
                    format!("编号超过 {MAX_NUMBER_CHARS} 个字；请核对列的对应"),
                    format!(
                        "a number of more than {MAX_NUMBER_CHARS} characters; check the columns"
                    ),
                );
            }
            return normalise_text(number);
        }
        let place = [Field::Community, Field::Compound, Field::Unit].map(|field| self.get(field));
        let all = format!("{reported}|{black}|{place:?}");
        let hash = Sha256::digest(all);
        let hex: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("#{hex}")
    }

    /// The point of a row; what lies at 0, 0 was never measured.
    fn point(&mut self) -> Option<[f64; 2]> {
        let point = self.candidate.geometry.as_ref()?.centroid()?;
        if point.x().abs() < 1e-9 && point.y().abs() < 1e-9 {
            self.note(
                Severity::Note,
                Field::Lon,
                "point_zero",
                "坐标为 0, 0：按没有坐标记",
                "the coordinates are 0, 0: it counts as without a point",
            );
            return None;
        }
        Some([point.x(), point.y()])
    }
}

impl<'a> Reader<'a> {
    /// Understands a row; what is noted goes to `problems`.
    pub fn line(
        &'a self,
        candidate: &'a Candidate,
        problems: &mut Vec<Problem>,
    ) -> Option<Line<'a>> {
        let mut cells = Cells {
            reader: self,
            candidate,
            problems: Vec::new(),
        };
        let line = cells.read();
        let refused = (cells.problems.iter()).any(|one| one.severity == Severity::Refused);
        problems.append(&mut cells.problems);
        line.filter(|_| !refused)
    }
}

impl<'a> Cells<'a> {
    fn read(&mut self) -> Option<Line<'a>> {
        let reported = self.time(Field::ReportedAt);
        if reported.is_none() && self.problems.is_empty() {
            self.wrong(
                Field::ReportedAt,
                "time_missing",
                "没有受理时间；请补上",
                "the time of the report is missing; add it",
            );
        }
        let mut closed = self.time(Field::ClosedAt);
        if let (Some(from), Some(until)) = (reported, closed)
            && until < from
        {
            closed = None;
            self.note(
                Severity::Warning,
                Field::ClosedAt,
                "closed_before_reported",
                "办结时间早于受理时间：办结时间按未知记",
                "it was closed before it was reported: the time of closing counts as unknown",
            );
        }
        let on_time = self.on_time();
        let owner = self.owner();
        let ended = closed.is_some() || on_time.is_some() || self.get(Field::ClosedAt).is_some();
        let state = self.state(ended, owner.is_some());
        let path = self.path();
        let black = self.black(&path);
        let result = self.get(Field::Result).map(str::trim).map(str::to_owned);
        self.texts(&black, result.as_deref());
        let number = self.number(reported.unwrap_or_default(), &black);
        let note = [Field::Channel, Field::Remark].map(|field| self.get(field));
        let mut note: Vec<String> = note.into_iter().flatten().map(str::to_owned).collect();
        let red = if state.is_terminal() {
            result
        } else {
            note.extend(result);
            None
        };
        let place = Where {
            row: self.candidate.row,
            point: self.point(),
            compound: self
                .get(Field::CompoundCode)
                .or_else(|| self.get(Field::Compound)),
            building: self.get(Field::BuildingName),
            code: self.get(Field::CommunityCode),
            community: self.get(Field::Community),
            street: self.get(Field::Street),
        };
        Some(Line {
            number,
            reported: reported?,
            closed: closed.filter(|_| state == State::Closed),
            state,
            on_time,
            owner,
            path,
            black,
            red,
            note: (!note.is_empty()).then(|| note.join("；")),
            channel: self.get(Field::Channel).map(str::to_owned),
            place,
        })
    }
}
