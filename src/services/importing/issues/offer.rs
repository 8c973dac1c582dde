//! Lines → issues, compared with what is stored: new, changed, unchanged, refused.
//!
//! Invariant: an issue that somebody moved here stays as it is, whatever a file says.

use super::categories::Branch;
use super::line::{Line, Reader, columns};
use super::places::Ground;
use super::states::StateWords;
use crate::domain::issue::{
    Answers, Capacity, DueTimes, Entry, Issue, IssueEvent, Place, Priority, Source, Stamps,
    lookup_code,
};
use crate::domain::{
    Actor, ImportChange, ImportCounts, ImportId, IssueEventId, IssueId, Problem, RegionCode,
    Severity,
};
use crate::formats::{Column, Field};
use crate::services::importing::candidate::Candidate;
use crate::services::importing::run::ImportRequest;
use crate::services::issues::digest;
use crate::services::keys::random;
use crate::storage::IssueRow;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use uuid::Uuid;

/// The system that a file is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// Its name: leads the numbers of its issues.
    pub name: String,
    /// Whether it is the 12345 hotline.
    hotline: bool,
}

impl System {
    /// What whoever imports says, else what the columns show, else the name of the file.
    pub fn of(request: &ImportRequest, columns: &[Column]) -> Self {
        let has = |field| columns.iter().any(|column| column.matched == Some(field));
        let named = |words: &[&str]| {
            columns
                .iter()
                .any(|column| words.contains(&column.name.to_lowercase().as_str()))
        };
        let looks_hotline = has(Field::Overtime) && has(Field::InTime);
        let looks_311 = named(&["complaint_type", "service_request_id", "unique_key"]);
        let given = request.source.as_deref().map(str::trim);
        let name = match given.filter(|name| !name.is_empty()) {
            Some(name) => name.to_owned(),
            None if looks_hotline => "12345".to_owned(),
            None if looks_311 => "311".to_owned(),
            None => {
                let stem = request
                    .file_name
                    .rsplit_once('.')
                    .map_or("", |(stem, _)| stem);
                let stem = if stem.is_empty() {
                    &request.file_name
                } else {
                    stem
                };
                stem.to_owned()
            }
        };
        let hotline = looks_hotline || name.contains("12345") || name.contains("热线");
        Self { name, hotline }
    }

    fn source(&self, channel: Option<&str>) -> Source {
        if self.hotline {
            Source::Hotline
        } else if channel.is_some_and(|channel| channel.to_lowercase().contains("open311")) {
            Source::Open311
        } else {
            Source::Import
        }
    }
}

/// What the import knows of the world.
pub struct Known<'a> {
    /// Who imports.
    pub actor: &'a Actor,
    /// The import.
    pub import: ImportId,
    /// Name of the file.
    pub file_name: &'a str,
    /// The system.
    pub system: &'a System,
    /// Issues of that system, by number there.
    pub stored: HashMap<String, IssueRow>,
    /// Only issues in these regions may change.
    pub within: Option<&'a [RegionCode]>,
    /// Now.
    pub now: DateTime<Utc>,
}

/// What is offered to the writer.
#[derive(Default)]
pub struct Offer {
    /// New and changed issues.
    pub rows: Vec<(IssueRow, Vec<IssueEvent>)>,
    /// What changes.
    pub changes: Vec<ImportChange>,
    /// Rows by what becomes of them.
    pub counts: ImportCounts,
    /// Problems found here.
    pub problems: Vec<Problem>,
}

/// Reads all rows.
pub fn offer(
    candidates: &[Candidate],
    of: &[Column],
    request: &ImportRequest,
    known: &Known<'_>,
    ground: &mut Ground<'_>,
    branch: &mut Branch<'_>,
) -> Offer {
    let words = StateWords::new(&request.states);
    let reader = Reader {
        columns: columns(of),
        zone: request.time_zone,
        words: &words,
        source: &known.system.name,
        now: known.now,
    };
    let mut offer = Offer::default();
    let mut seen: HashMap<String, u64> = HashMap::new();
    for candidate in candidates {
        let Some(line) = reader.line(candidate, &mut offer.problems) else {
            continue;
        };
        if let Some(first) = seen.get(&line.number) {
            let problem = Problem::new(
                Severity::Refused,
                "duplicate_row",
                format!("与第 {first} 行编号相同；保留第 {first} 行"),
                format!("the number of row {first}, which is kept"),
            );
            let field = reader.columns.get(&Field::Code).copied().unwrap_or("code");
            let problem = problem.at_row(candidate.row).at_field(field, &line.number);
            offer.problems.push(problem);
            continue;
        }
        seen.insert(line.number.clone(), candidate.row);
        match ground.place(&line.place, line.reported) {
            Ok((place, stamps)) => {
                let category = branch.code(&line.path);
                offer.add(line, place, stamps, category, known);
            }
            Err(problem) => offer.problems.push(*problem),
        }
    }
    offer
}

impl Offer {
    fn add(
        &mut self,
        line: Line<'_>,
        place: Place,
        stamps: Stamps,
        category: String,
        known: &Known<'_>,
    ) {
        let external = format!("{}:{}", known.system.name, line.number);
        match known.stored.get(&external) {
            None => self.bring(line, place, stamps, category, external, known),
            Some(before) => self.change(line, place, stamps, category, before, known),
        }
    }

    fn bring(
        &mut self,
        line: Line<'_>,
        place: Place,
        stamps: Stamps,
        category: String,
        external: String,
        known: &Known<'_>,
    ) {
        let id = IssueId::new(Uuid::now_v7());
        let (flow, event) = IssueEvent::opening(
            id,
            line.state,
            None,
            line.closed,
            line.owner,
            entry(known, line.note),
            line.reported,
        );
        let district_code = stamps.region.map_or(0, RegionCode::district_code);
        let issue = Issue {
            id,
            code: String::new(),
            lookup: lookup_code(random()),
            category,
            priority: Priority::Normal,
            source: known.system.source(line.channel.as_deref()),
            place,
            black_text: line.black,
            red_text: line.red,
            answers: Answers::new(),
            reported_at: line.reported,
            occurred_at: None,
            reporter: None,
            on_behalf_of: None,
            external_id: Some(external),
            on_time: line.on_time,
            stamps,
            due: DueTimes::default(),
            public: false,
            field: None,
            flow,
        };
        self.counts.stored += 1;
        let row = IssueRow {
            issue,
            district_code,
            reporter_name: None,
            reporter_phone: None,
            import: Some(known.import),
            request_key: None,
        };
        self.keep(row, event, None, known);
    }

    fn change(
        &mut self,
        line: Line<'_>,
        place: Place,
        stamps: Stamps,
        category: String,
        before: &IssueRow,
        known: &Known<'_>,
    ) {
        let (old, flow) = (&before.issue, &before.issue.flow);
        let same_place = old.place == place;
        let said = old.category == category
            && same_place
            && old.black_text == line.black
            && old.red_text == line.red
            && old.reported_at == line.reported
            && old.on_time == line.on_time;
        let stands =
            flow.state == line.state && flow.closed_at == line.closed && flow.owner == line.owner;
        if said && stands {
            self.counts.unchanged += 1;
            return;
        }
        let row = line.place.row;
        let outside = |within: &[RegionCode]| {
            let region = old.stamps.region;
            !region.is_some_and(|code| within.iter().any(|of| of.contains(code)))
        };
        if known.within.is_some_and(outside) {
            let problem = Problem::new(
                Severity::Refused,
                "outside_scope",
                "这件问题不在您的范围内；请由范围包含此处的人员导入",
                "the issue lies outside your scope; somebody whose scope holds it must import it",
            );
            self.problems
                .push(problem.at_row(row).at_field("code", &line.number));
            return;
        }
        let adopted = IssueEvent::adopting(
            flow,
            line.state,
            line.closed,
            line.owner,
            entry(known, line.note),
            known.now,
        );
        let Some((flow, event)) = adopted else {
            self.counts.unchanged += 1;
            let problem = Problem::new(
                Severity::Note,
                "handled_here",
                format!("问题 {} 已在本系统办理：文件中的变化未采用", old.code),
                format!(
                    "issue {} is being handled here: what the file says is not taken",
                    old.code
                ),
            );
            self.problems
                .push(problem.at_row(row).at_field("code", &line.number));
            return;
        };
        let issue = Issue {
            category,
            place,
            black_text: line.black,
            red_text: line.red,
            reported_at: line.reported,
            on_time: line.on_time,
            stamps: if same_place {
                old.stamps.clone()
            } else {
                stamps
            },
            flow,
            ..old.clone()
        };
        self.counts.updated += 1;
        let after = IssueRow {
            issue,
            ..before.clone()
        };
        self.keep(after, event, Some(old), known);
    }

    fn keep(
        &mut self,
        row: IssueRow,
        event: IssueEvent,
        before: Option<&Issue>,
        known: &Known<'_>,
    ) {
        self.changes.push(ImportChange {
            district_code: row.district_code,
            import: known.import,
            seq: 0,
            table: "issue".to_owned(),
            row: row.issue.id.uuid(),
            // An issue is plain data: it always has a JSON form.
            before: before.and_then(|issue| serde_json::to_value(issue).ok()),
            after_digest: digest(&row.issue),
        });
        self.rows.push((row, vec![event]));
    }
}

fn entry(known: &Known<'_>, note: Option<String>) -> Entry {
    let from = format!("导入 {}", known.file_name);
    Entry {
        id: IssueEventId::new(Uuid::now_v7()),
        by: known.actor.clone(),
        capacity: Capacity::Staff,
        on_behalf_of: None,
        note: Some(match note {
            Some(note) => format!("{from}：{note}"),
            None => from,
        }),
    }
}
