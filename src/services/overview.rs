//! The leader's first screen: five numbers with their last seven days, what changed since yesterday, what is worst.
//!
//! Invariant: every number is computed where its own page computes it; a history that nobody stored is left out.

use super::accounts::Asker;
use super::error::Result;
use super::issues::{Facts, IssueQuery, IssueView, PageQuery, Telling, hides_small};
use super::overview_week::{self, Day};
use super::picture::{Picture, PlanPicture};
use super::{Services, regions};
use crate::domain::RegionCode;
use crate::domain::access::SMALL;
use crate::domain::issue::State;
use crate::heat::from_minute;
use chrono::{DateTime, Duration, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use utoipa::ToSchema;
use uuid::Uuid;

/// Days of a small line.
const DAYS: usize = 7;
/// Sentences, at most (`interface.md` §3.5).
const MOST_CHANGES: usize = 8;
/// Issues of a list.
const ROWS: usize = 10;
/// New issues of one kind in one compound that are worth a sentence.
const MANY_NEW: u32 = 3;
/// Days that yesterday is compared with.
const USUAL_DAYS: i64 = 28;

/// One of the five numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverviewTile {
    /// `coverage`, `open_issues`, `short_areas`, `out_of_band` or `cold_compounds`.
    pub code: &'static str,
    /// Name, Chinese.
    pub zh: &'static str,
    /// Name, English.
    pub en: &'static str,
    /// `%`, `件`, `个`.
    pub unit: &'static str,
    /// The number, a ratio in per cent; `None` when there is nothing to say.
    pub value: Option<f64>,
    /// What it is out of, or the second number: overdue issues, all areas.
    pub of: Option<f64>,
    /// The last seven days, oldest first, `None` where there was nothing to count; empty when they cannot be told.
    pub spark: Vec<Option<f64>>,
    /// Against yesterday.
    pub delta: Option<f64>,
    /// Why there is no line, Chinese.
    pub why_zh: Option<&'static str>,
    /// The same, English.
    pub why_en: Option<&'static str>,
}

/// Something that changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeSentence {
    /// `new`, `overdue`, `returned`, `done`, `keeper` or `plan`.
    pub kind: &'static str,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Address of the page that shows it.
    pub link: String,
}

/// What is worst in a patrol area today.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorstView {
    /// The area.
    pub area: Uuid,
    /// `vacant`, `overdue`, `short`, `deviation` or `ok`, in this order.
    pub kind: &'static str,
}

/// The first screen.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverviewView {
    /// When it was made.
    pub as_of: DateTime<Utc>,
    /// The region.
    pub region: String,
    /// The answer about issues in one sentence, Chinese.
    pub sentence_zh: String,
    /// The same, English.
    pub sentence_en: String,
    /// Five numbers.
    pub tiles: Vec<OverviewTile>,
    /// What changed since yesterday, most important first.
    pub changes: Vec<ChangeSentence>,
    /// What is worst in each area of the plan in force.
    pub worst: Vec<WorstView>,
    /// Issues beyond their limit, the longest overdue first.
    pub overdue: Vec<IssueView>,
    /// Issues returned twice or more and still open.
    pub twice_returned: Vec<IssueView>,
}

/// Open and overdue issues at an instant.
fn stood_at(all: &[Facts], at: DateTime<Utc>) -> (u32, u32) {
    let (mut open, mut overdue) = (0, 0);
    for facts in all {
        let ended = matches!(
            facts.state,
            State::Merged | State::Rejected | State::Cancelled
        );
        let closed = facts.row.closed.map(from_minute);
        if ended
            || from_minute(facts.row.reported) >= at
            || closed.is_some_and(|closed| closed < at)
        {
            continue;
        }
        open += 1;
        let deferred = facts
            .deferred
            .is_some_and(|(from, until)| from <= at && at < until);
        overdue += u32::from(!deferred && facts.due.is_some_and(|due| due < at));
    }
    (open, overdue)
}

/// The last seven local days with their ends, today's being now.
fn ends(today: NaiveDate, now: DateTime<Utc>, offset_min: i32) -> Vec<Day> {
    let midnight = |day: NaiveDate| {
        let local = day.and_hms_opt(0, 0, 0).unwrap_or_default();
        local.and_utc() - Duration::minutes(offset_min.into())
    };
    let mut ends: Vec<Day> = (1..DAYS as i64)
        .rev()
        .map(|back| {
            let day = today - TimeDelta::days(back);
            (day, midnight(day + TimeDelta::days(1)))
        })
        .collect();
    ends.push((today, now));
    ends
}

impl Services {
    /// The first screen of a region.
    ///
    /// # Errors
    /// `NotFound` region.
    pub async fn overview(
        &self,
        asker: &Asker,
        seen: &Picture,
        code: &str,
    ) -> Result<OverviewView> {
        let region = regions::require(seen, code)?;
        let now = self.now();
        let today = self.today(now);
        let query = IssueQuery {
            region: Some(region.to_string()),
            ..IssueQuery::default()
        };
        let summary = self.issue_summary(asker, &query)?;
        let offset_min = self.config().time.utc_offset_minutes;
        let hides = hides_small(asker);
        let (facts, changes, overdue_areas) = self.issue_ground(asker, true, |ground| {
            let rows: Vec<usize> = (query.standing(ground)?)
                .select(&ground.ledger.columns)
                .rows()
                .collect();
            let facts: Vec<Facts> = rows
                .iter()
                .filter_map(|row| ground.ledger.facts(*row))
                .collect();
            let changes = if hides {
                Vec::new()
            } else {
                issue_changes(ground, &facts, today)
            };
            let late: std::collections::HashSet<Uuid> = facts
                .iter()
                .filter(|facts| {
                    facts.row.due.is_some_and(|due| from_minute(due) < now)
                        && !facts.state.is_terminal()
                })
                .filter_map(|facts| {
                    let area = ground
                        .ledger
                        .names()
                        .areas
                        .get_index(facts.row.area? as usize)?;
                    Some(area.uuid())
                })
                .collect();
            Ok((facts, changes, late))
        })?;
        let ends = ends(today, now, offset_min);
        let days: Vec<(u32, u32)> = (ends.iter())
            .map(|(_, end)| stood_at(&facts, *end))
            .collect();
        let dates: Vec<NaiveDate> = ends.iter().map(|(day, _)| *day).collect();
        let cold = self.cold_by_day(asker, region, &dates);
        let plan = seen.in_force(region, now);
        let page = |more: IssueQuery, sort: &str| {
            let page = PageQuery {
                sort: Some(sort.to_owned()),
                order: Some(if sort == "due" { "asc" } else { "desc" }.to_owned()),
                limit: Some(ROWS),
                ..PageQuery::default()
            };
            async move { self.issue_page(asker, &more, &page).await }
        };
        let overdue = page(
            IssueQuery {
                overdue: Some("1".to_owned()),
                ..query.clone()
            },
            "due",
        )
        .await?;
        let twice = page(
            IssueQuery {
                twice_returned: Some("1".to_owned()),
                state: Some("open".to_owned()),
                ..query.clone()
            },
            "returns",
        )
        .await?;
        let mut all = changes;
        all.extend(people_changes(seen, region, today));
        all.extend(plan.and_then(|plan| plan_change(plan, today, offset_min)));
        all.truncate(MOST_CHANGES);
        Ok(OverviewView {
            as_of: now,
            region: region.to_string(),
            sentence_zh: summary.sentence_zh,
            sentence_en: summary.sentence_en,
            tiles: tiles(seen, region, plan, &days, &ends, hides, cold),
            changes: all,
            worst: plan
                .map(|plan| worst(seen, plan, &overdue_areas))
                .unwrap_or_default(),
            overdue: overdue.items,
            twice_returned: twice.items,
        })
    }
}

fn tiles(
    picture: &Picture,
    region: RegionCode,
    plan: Option<&PlanPicture>,
    days: &[(u32, u32)],
    ends: &[Day],
    hides: bool,
    cold: Option<(Vec<usize>, usize)>,
) -> Vec<OverviewTile> {
    let coverage = picture.coverage(region);
    // A line that does not end at the figure above it is about something else: a reader who does not see the
    // appointments has the figure and no line.
    let line = |values: Vec<Option<f64>>, now: Option<f64>| match values.last() {
        Some(last) if *last == now && now.is_some() => values,
        _ => Vec::new(),
    };
    let tile = |(code, zh, en, unit), value, of, spark: Vec<Option<f64>>| {
        let last_two = spark.last_chunk::<2>().copied();
        let why = match spark.iter().flatten().count() {
            0 => Some((
                "没有可以按日计算的记录",
                "nothing on record tells it by day",
            )),
            // A line has two days.
            1 => Some((
                "方案今天起生效，此前没有片区",
                "the plan is in force since today, there were no areas before",
            )),
            _ => None,
        };
        OverviewTile {
            code,
            zh,
            en,
            unit,
            value,
            of,
            delta: last_two.and_then(|[then, now]| Some(now? - then?)),
            why_zh: why.map(|(zh, _)| zh),
            why_en: why.map(|(_, en)| en),
            spark,
        }
    };
    let open: Vec<Option<f64>> = days
        .iter()
        .map(|(open, _)| Some(f64::from(*open)))
        .collect();
    let open_now = open.last().copied().flatten();
    let week = overview_week::week(picture, region, ends);
    let areas = plan.map(|plan| {
        let areas = plan.areas.iter();
        areas.filter(|area| region.contains(area.community)).count() as f64
    });
    let covered = overview_week::per_cent(&coverage);
    let short = overview_week::short_areas(picture, plan, region, picture.today);
    let out = overview_week::out_of_band(plan, region);
    vec![
        tile(
            ("coverage", "覆盖率", "Coverage", "%"),
            covered,
            Some(coverage.required as f64),
            line(week.coverage, covered),
        ),
        tile(
            ("open_issues", "未结问题", "Open issues", "件"),
            match open_now {
                Some(n) if hides => Telling::Roughly.count(n as u64).map(|n| n as f64),
                n => n,
            },
            days.last()
                .map(|(_, overdue)| f64::from(*overdue))
                .filter(|_| !hides),
            if hides { Vec::new() } else { open },
        ),
        tile(
            ("short_areas", "缺人片区", "Areas short of keepers", "个"),
            short,
            areas,
            line(week.short_areas, short),
        ),
        tile(
            ("out_of_band", "超差片区", "Areas out of band", "个"),
            out,
            areas,
            line(week.out_of_band, out),
        ),
        OverviewTile {
            // Until something is recorded, nobody knows which compounds were not visited.
            why_zh: cold.is_none().then_some("还没有看得到的走访记录"),
            why_en: cold
                .is_none()
                .then_some("no visits are recorded that you may see"),
            ..tile(
                (
                    "cold_compounds",
                    "久未访小区",
                    "Compounds not visited",
                    "个",
                ),
                cold.as_ref()
                    .and_then(|(days, _)| days.last().map(|n| *n as f64)),
                cold.as_ref().map(|(_, of)| *of as f64),
                (cold.iter())
                    .flat_map(|(days, _)| days)
                    .map(|n| Some(*n as f64))
                    .collect(),
            )
        },
    ]
}

/// What is worst in each area, most urgent first.
fn worst(
    picture: &Picture,
    plan: &PlanPicture,
    overdue: &std::collections::HashSet<Uuid>,
) -> Vec<WorstView> {
    let kind = |at: usize| {
        let area = &plan.areas[at];
        let keepers = plan.active_keepers(picture, at).count();
        match keepers {
            0 => "vacant",
            _ if overdue.contains(&area.id.uuid()) => "overdue",
            n if n < area.seats as usize => "short",
            _ if area.out_of_band => "deviation",
            _ => "ok",
        }
    };
    (0..plan.areas.len())
        .map(|at| WorstView {
            area: plan.areas[at].id.uuid(),
            kind: kind(at),
        })
        .collect()
}

/// What happened to issues yesterday, most important first.
fn issue_changes(
    ground: &super::issues::Ground<'_>,
    facts: &[Facts],
    today: NaiveDate,
) -> Vec<ChangeSentence> {
    let yesterday = today - TimeDelta::days(1);
    let day = |at: DateTime<Utc>| (at + Duration::minutes(ground.offset_min.into())).date_naive();
    #[derive(Default)]
    struct Group {
        new: u32,
        usual: u32,
        late: u32,
        done: u32,
        open: u32,
    }
    let mut groups: BTreeMap<(u32, u16), Group> = BTreeMap::new();
    let mut late: HashMap<u32, u32> = HashMap::new();
    for one in facts {
        let crate::heat::Place::Compound(compound) = one.row.place else {
            continue;
        };
        let group = groups.entry((compound, one.row.category)).or_default();
        let reported = day(from_minute(one.row.reported));
        if reported == yesterday {
            group.new += 1;
        } else if reported < yesterday && reported >= yesterday - TimeDelta::days(USUAL_DAYS) {
            group.usual += 1;
        }
        let open = !one.state.is_terminal();
        group.open += u32::from(open);
        group.done += u32::from(
            one.row
                .closed
                .is_some_and(|at| day(from_minute(at)) == yesterday),
        );
        if open
            && one
                .row
                .due
                .is_some_and(|due| day(from_minute(due)) == yesterday)
        {
            group.late += 1;
            *late.entry(compound).or_default() += 1;
        }
    }
    let names = ground.ledger.names();
    let compound_of = |at: u32| names.compounds.get_index(at as usize).copied();
    let link = |compound: u32, more: &str| {
        let id = compound_of(compound)
            .map(|id| id.to_string())
            .unwrap_or_default();
        format!("/issues/list?compound={id}{more}")
    };
    let compound = |at: u32| compound_of(at).map_or("", |id| ground.picture.compound_name(id));
    let sensitive = |at: u16| {
        let code = names.categories.get_index(at.into());
        code.is_some_and(|code| ground.catalog.tree.is_sensitive(code))
    };
    let category = |at: u16| {
        let code = names
            .categories
            .get_index(at.into())
            .map_or("", String::as_str);
        ground.catalog.names(code)
    };
    let mut sentences: Vec<(u32, ChangeSentence)> = Vec::new();
    for ((place, kind), group) in &groups {
        let (zh, en) = category(*kind);
        let usual = f64::from(group.usual) / USUAL_DAYS as f64;
        // A few of a sensitive category are nobody's sentence.
        let few = if sensitive(*kind) {
            SMALL as u32
        } else {
            MANY_NEW
        };
        if group.new >= few && f64::from(group.new) > 2.0 * usual {
            sentences.push((
                300 + group.new,
                ChangeSentence {
                    kind: "new",
                    zh: format!(
                        "{}{zh}新增 {} 件（平日每天 {usual:.1} 件）。",
                        compound(*place),
                        group.new
                    ),
                    en: format!(
                        "{}: {} new issues of {en} ({usual:.1} a day as a rule).",
                        compound(*place),
                        group.new
                    ),
                    link: link(*place, &format!("&from={yesterday}&to={yesterday}")),
                },
            ));
        }
        if group.done >= few && group.open == 0 {
            sentences.push((
                100 + group.done,
                ChangeSentence {
                    kind: "done",
                    zh: format!("{}{zh} {} 件全部办结。", compound(*place), group.done),
                    en: format!(
                        "{}: all {} issues of {en} are closed.",
                        compound(*place),
                        group.done
                    ),
                    link: link(*place, "&state=closed"),
                },
            ));
        }
    }
    for (place, n) in late {
        sentences.push((
            400 + n,
            ChangeSentence {
                kind: "overdue",
                zh: format!("{}有 {n} 件昨日超过时限。", compound(place)),
                en: format!(
                    "{}: {n} issues went beyond their limit yesterday.",
                    compound(place)
                ),
                link: link(place, "&overdue=1"),
            },
        ));
    }
    let twice = facts
        .iter()
        .filter(|one| one.state == State::Arbitration)
        .count();
    if twice > 0 {
        sentences.push((
            500,
            ChangeSentence {
                kind: "returned",
                zh: format!("{twice} 件两次被退回，等待裁定。"),
                en: format!("{twice} issues were returned twice and wait for a decision."),
                link: "/issues/list?state=arbitration".to_owned(),
            },
        ));
    }
    sentences.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.zh.cmp(&b.1.zh)));
    sentences
        .into_iter()
        .map(|(_, sentence)| sentence)
        .collect()
}

/// Who came and who left.
fn people_changes(picture: &Picture, region: RegionCode, today: NaiveDate) -> Vec<ChangeSentence> {
    let yesterday = today - TimeDelta::days(1);
    let inside = picture.appointments.iter().filter_map(|appointment| {
        let (keeper, _) = picture.holder(appointment.id)?;
        region
            .contains(keeper.community)
            .then_some((keeper, appointment))
    });
    inside
        .filter_map(|(keeper, appointment)| {
            let (zh, en) = if appointment.start == yesterday || appointment.start == today {
                (
                    format!("{}到岗。", keeper.name),
                    format!("{} took up the post.", keeper.name),
                )
            } else if appointment.end == Some(yesterday) {
                (
                    format!("{}任期届满。", keeper.name),
                    format!("{}’s term ended.", keeper.name),
                )
            } else {
                return None;
            };
            Some(ChangeSentence {
                kind: "keeper",
                zh,
                en,
                link: "/coverage".to_owned(),
            })
        })
        .collect()
}

/// A plan that came into force since yesterday.
fn plan_change(plan: &PlanPicture, today: NaiveDate, offset_min: i32) -> Option<ChangeSentence> {
    let from = plan.plan.effective_at?;
    let day = (from + Duration::minutes(offset_min.into())).date_naive();
    (day >= today - TimeDelta::days(1)).then(|| ChangeSentence {
        kind: "plan",
        zh: format!("划片方案“{}”已生效。", plan.plan.name),
        en: format!("The plan “{}” came into force.", plan.plan.name),
        link: format!("/areas/{}", plan.plan.id),
    })
}
