//! What somebody asks to see: the words of an address, read into a filter over the ledger.
//!
//! Lists, figures, maps and exports take the same words. Invariant: a word that is not understood is an error that
//! names it; what one may not see is cut away here, before anything is counted.

use super::catalog::Catalog;
use super::ledger::{Ledger, state_code, states};
use super::sight::Sight;
use crate::domain::access::SMALL;
use crate::domain::issue::{Level, Priority, Source, State};
use crate::domain::{AreaId, CompoundId, GridId, Problem, RegionCode, Severity};
use crate::heat::{CellIndex, Chosen, Filter, Places, Selection, day_start, local_day, to_minute};
use crate::services::error::{Error, Result};
use crate::services::picture::{HEXAGONS, Picture};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;
use std::str::FromStr;
use uuid::Uuid;

/// Days of a figure whose period nobody named, today included.
const DEFAULT_DAYS: i64 = 7;
/// Longest period, in days: a century is a slip of the hand.
const MOST_DAYS: i64 = 36_525;

/// The words of a filter.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct IssueQuery {
    /// Region, 12 digits; all that one sees when absent.
    pub region: Option<String>,
    /// First local day, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// Last local day, included.
    pub to: Option<String>,
    /// Codes of categories, by comma; a parent stands for its children.
    pub category: Option<String>,
    /// States, by comma; `open` and `closed` stand for several.
    pub state: Option<String>,
    /// `1`: beyond their time limit and open.
    pub overdue: Option<String>,
    /// `1`: returned twice or more.
    pub twice_returned: Option<String>,
    /// Levels of resolution, by comma.
    pub level: Option<String>,
    /// Sources, by comma.
    pub source: Option<String>,
    /// Priorities, by comma.
    pub priority: Option<String>,
    /// Code of the responsible body.
    pub owner: Option<String>,
    /// Compound.
    pub compound: Option<String>,
    /// Statutory grid.
    pub grid: Option<String>,
    /// Patrol area.
    pub area: Option<String>,
    /// Hexagon by its H3 index, resolution 9, as the heatmap names it; lists only.
    pub cell: Option<String>,
    /// `1` solved on the spot, `0` not.
    pub self_solved: Option<String>,
    /// What the system that it came from says: `1` closed in time, `0` late, `unknown` nothing.
    pub on_time: Option<String>,
    /// Words of the problem, or the beginning of a code; lists only.
    pub q: Option<String>,
}

/// Local days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

impl Period {
    /// How many days.
    pub fn days(&self) -> i64 {
        (self.to - self.from).num_days() + 1
    }

    /// The period of the same length right before.
    #[must_use]
    pub fn before(&self) -> Self {
        let days = TimeDelta::days(self.days());
        Self {
            from: self.from - days,
            to: self.to - days,
        }
    }

    /// First minute, and the first minute after, in the columns' count.
    pub fn minutes(&self, offset_min: i32) -> (u32, u32) {
        let start = |day: NaiveDate| day_start(day_number(day), offset_min);
        (start(self.from), start(self.to + TimeDelta::days(1)))
    }
}

/// The count of a local day from 2000-01-01.
fn day_number(day: NaiveDate) -> i64 {
    (day - NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default()).num_days()
}

/// The local day of a count from 2000-01-01.
pub(super) fn day_of(number: i64) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2000, 1, 1)?.checked_add_signed(TimeDelta::try_days(number)?)
}

/// Everything a question is answered from: one snapshot of each.
pub struct Ground<'a> {
    /// Issues.
    pub ledger: &'a Ledger,
    /// Categories, calendar, rules.
    pub catalog: &'a Catalog,
    /// Places, all of them: what one may see is in `sight`.
    pub picture: &'a Picture,
    /// What one may see.
    pub sight: &'a Sight,
    /// Minutes east of UTC.
    pub offset_min: i32,
    /// Now.
    pub now: DateTime<Utc>,
}

fn bad(field: &str, value: &str, zh: impl Into<String>, en: impl Into<String>) -> Error {
    Error::Invalid(vec![
        Problem::new(Severity::Refused, "query_invalid", zh, en).at_field(field, value),
    ])
}

fn words(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.into_iter()
        .flat_map(|text| text.split([',', '，']))
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

/// Words of a closed list.
fn known<T: FromStr<Err = crate::domain::UnknownWord>>(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<Vec<T>>> {
    let read = |word: &str| {
        word.parse().map_err(|error: crate::domain::UnknownWord| {
            bad(
                field,
                word,
                format!("{field} 没有“{word}”这个值"),
                error.to_string(),
            )
        })
    };
    let all: Vec<T> = words(text).map(read).collect::<Result<_>>()?;
    Ok((!all.is_empty()).then_some(all))
}

fn uuid(field: &'static str, text: Option<&str>) -> Result<Option<Uuid>> {
    words(text)
        .next()
        .map(|text| {
            Uuid::parse_str(text).map_err(|_not_one| {
                bad(
                    field,
                    text,
                    format!("{field} 应为 UUID"),
                    format!("{field} is a UUID"),
                )
            })
        })
        .transpose()
}

/// A hexagon of the heatmap.
fn cell(field: &'static str, text: Option<&str>) -> Result<Option<CellIndex>> {
    let read = |text: &str| {
        let cell: Option<CellIndex> = text.parse().ok();
        cell.filter(|cell| cell.resolution() == HEXAGONS)
            .ok_or_else(|| {
                bad(
                    field,
                    text,
                    format!("{field} 应为热力图上六边形的编号"),
                    format!("{field} is the index of a hexagon of the heatmap"),
                )
            })
    };
    words(text).next().map(read).transpose()
}

fn flag(field: &'static str, text: Option<&str>) -> Result<Option<bool>> {
    match words(text).next() {
        None => Ok(None),
        Some("1" | "true") => Ok(Some(true)),
        Some("0" | "false") => Ok(Some(false)),
        Some(other) => Err(bad(
            field,
            other,
            format!("{field} 应为 0 或 1"),
            format!("{field} is 0 or 1"),
        )),
    }
}

fn day(field: &'static str, text: Option<&str>) -> Result<Option<NaiveDate>> {
    words(text)
        .next()
        .map(|text| {
            NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_no_day| {
                bad(
                    field,
                    text,
                    format!("{field} 应为 2026-11-28 这样的日期"),
                    format!("{field} is a day like 2026-11-28"),
                )
            })
        })
        .transpose()
}

impl IssueQuery {
    /// The period: what was named, else the last seven days.
    ///
    /// # Errors
    /// A day that is none, or a period that ends before it begins.
    pub fn period(&self, today: NaiveDate) -> Result<Period> {
        let to = day("to", self.to.as_deref())?.unwrap_or(today);
        let from = day("from", self.from.as_deref())?
            .unwrap_or_else(|| to - TimeDelta::days(DEFAULT_DAYS - 1));
        let period = Period { from, to };
        if !(1..=MOST_DAYS).contains(&period.days()) {
            return Err(bad(
                "to",
                &to.to_string(),
                "时间段的结束日期应不早于开始日期",
                "the period ends before it begins, or lasts more than a century",
            ));
        }
        Ok(period)
    }

    /// Whether a period was named.
    fn names_period(&self) -> bool {
        words(self.from.as_deref()).next().is_some() || words(self.to.as_deref()).next().is_some()
    }

    /// The first word that only staff may filter by, if there is one.
    pub fn word_for_staff(&self) -> Option<&'static str> {
        let words_of = [
            ("level", &self.level),
            ("source", &self.source),
            ("priority", &self.priority),
            ("owner", &self.owner),
            ("grid", &self.grid),
            ("area", &self.area),
            ("cell", &self.cell),
            ("self_solved", &self.self_solved),
            ("on_time", &self.on_time),
            ("overdue", &self.overdue),
            ("twice_returned", &self.twice_returned),
        ];
        let named = |text: &Option<String>| words(text.as_deref()).next().is_some();
        let one = words_of.into_iter().find(|(_, text)| named(text));
        let single = words(self.state.as_deref()).any(|word| word != "open" && word != "closed");
        one.map(|(word, _)| word).or(single.then_some("state"))
    }

    /// Whether it asks for a sensitive category: then small counts are hidden from everybody (`domain.md` §5.4).
    pub fn asks_sensitive(&self, catalog: &Catalog) -> bool {
        words(self.category.as_deref())
            .flat_map(|code| catalog.family(code))
            .any(|code| catalog.tree.is_sensitive(&code))
    }

    /// So many issues must reach a cell of a density map before it is drawn.
    pub fn least_told(&self, catalog: &Catalog) -> u32 {
        if self.asks_sensitive(catalog) {
            SMALL as u32
        } else {
            0
        }
    }

    /// The filter of a figure: always of a period.
    ///
    /// # Errors
    /// A word that is not understood.
    pub fn figure(&self, ground: &Ground<'_>, period: Period) -> Result<Filter> {
        let (from, to) = period.minutes(ground.offset_min);
        Ok(Filter {
            from: Some(from),
            to: Some(to),
            places: Some(self.places(ground, &ground.sight.whole)?),
            ..self.conditions(ground)?
        })
    }

    /// The same without a period: what stands now, whenever it was reported.
    ///
    /// # Errors
    /// A word that is not understood.
    pub fn standing(&self, ground: &Ground<'_>) -> Result<Filter> {
        Ok(Filter {
            places: Some(self.places(ground, &ground.sight.whole)?),
            ..self.conditions(ground)?
        })
    }

    /// The rows of a list, in the order of their arrival.
    ///
    /// # Errors
    /// A word that is not understood.
    pub fn rows(&self, ground: &Ground<'_>, today: NaiveDate) -> Result<Vec<usize>> {
        let mut filter = self.conditions(ground)?;
        if self.names_period() {
            let (from, to) = self.period(today)?.minutes(ground.offset_min);
            (filter.from, filter.to) = (Some(from), Some(to));
        }
        let select = |places: &Places| -> Result<Selection> {
            let filter = Filter {
                places: Some(self.places(ground, places)?),
                ..filter.clone()
            };
            Ok(filter.select(&ground.ledger.columns))
        };
        let mut rows: Vec<usize> = select(&ground.sight.whole)?.rows().collect();
        if !ground.sight.is_whole() {
            let partly = select(&ground.sight.partly)?;
            rows.extend(
                partly
                    .rows()
                    .filter(|row| ground.sight.shows(ground.ledger, *row)),
            );
            rows.sort_unstable();
        }
        if let Some(cell) = cell("cell", self.cell.as_deref())? {
            let cells = ground.ledger.hexagons();
            rows.retain(|row| cells.cell(*row) == Some(cell));
        }
        Ok(rows)
    }

    /// The filter wherever the question asks, whatever one sees: for rows whose visibility is decided one by one.
    ///
    /// # Errors
    /// A word that is not understood.
    pub fn anywhere(&self, ground: &Ground<'_>) -> Result<Filter> {
        let names = ground.ledger.names();
        let everywhere = Places {
            compounds: (0..names.compounds.len()).collect(),
            regions: (0..names.regions.len()).collect(),
            unknown: true,
        };
        Ok(Filter {
            places: Some(self.places(ground, &everywhere)?),
            ..self.conditions(ground)?
        })
    }

    /// Everything but period and place.
    fn conditions(&self, ground: &Ground<'_>) -> Result<Filter> {
        let names = ground.ledger.names();
        let index = |field, text, of: &dyn Fn(Uuid) -> Option<usize>| -> Result<Option<u32>> {
            // Nothing that happened there: an index that no row has.
            Ok(uuid(field, text)?.map(|id| of(id).map_or(u32::MAX - 1, |at| at as u32)))
        };
        let bits = |codes: Option<Vec<u8>>| {
            codes.map(|codes| codes.into_iter().fold(0_u32, |mask, code| mask | 1 << code))
        };
        let levels = known::<Level>("level", self.level.as_deref())?;
        let levels = levels.map(|all| all.into_iter().map(|level| level as u8).collect());
        let priorities = known::<Priority>("priority", self.priority.as_deref())?;
        let priorities = priorities.map(|all| all.into_iter().map(|one| one as u8).collect());
        let sources = known::<Source>("source", self.source.as_deref())?;
        let sources = sources.map(|all| all.into_iter().map(|one| one as u8).collect());
        let owner = words(self.owner.as_deref()).next().map(|code| {
            let at = names.owners.get_index_of(code);
            at.and_then(|at| u16::try_from(at).ok())
                .unwrap_or(u16::MAX - 1)
        });
        Ok(Filter {
            overdue_at: flag("overdue", self.overdue.as_deref())?
                .unwrap_or(false)
                .then(|| to_minute(ground.now).unwrap_or(0)),
            categories: self.categories(ground)?,
            states: self.states()?,
            levels: bits(levels).map(|mask| mask as u8),
            priorities: bits(priorities).map(|mask| mask as u8),
            sources: bits(sources),
            self_solved: flag("self_solved", self.self_solved.as_deref())?,
            on_time: match words(self.on_time.as_deref()).next() {
                Some("unknown") => Some(None),
                _ => flag("on_time", self.on_time.as_deref())?.map(Some),
            },
            min_returns: flag("twice_returned", self.twice_returned.as_deref())?
                .unwrap_or(false)
                .then_some(2),
            owner,
            grid: self.grid_index(ground),
            area: index("area", self.area.as_deref(), &|id| {
                names.areas.get_index_of(&AreaId::new(id))
            })?,
            ..Filter::default()
        })
    }

    /// A grid by its code, as tiles name it, or by its identity.
    fn grid_index(&self, ground: &Ground<'_>) -> Option<u32> {
        let text = words(self.grid.as_deref()).next()?;
        let by_code = |grid: &&crate::domain::Grid| grid.code.as_deref() == Some(text);
        let found = ground
            .picture
            .grids
            .iter()
            .find(by_code)
            .map(|grid| grid.id);
        let id = found.or_else(|| Uuid::parse_str(text).ok().map(GridId::new));
        let at = id.and_then(|id| ground.ledger.names().grids.get_index_of(&id));
        // Nothing that happened there: an index that no row has.
        Some(at.map_or(u32::MAX - 1, |at| at as u32))
    }

    fn categories(&self, ground: &Ground<'_>) -> Result<Option<Chosen>> {
        let names = &ground.ledger.names().categories;
        let mut chosen = Vec::new();
        let mut any = false;
        for code in words(self.category.as_deref()) {
            any = true;
            let family = ground.catalog.family(code);
            if family.is_empty() && !names.contains(code) {
                return Err(bad(
                    "category",
                    code,
                    format!("没有类别“{code}”"),
                    format!("there is no category {code}"),
                ));
            }
            let of_names = family.iter().map(String::as_str).chain([code]);
            chosen.extend(of_names.filter_map(|code| names.get_index_of(code)));
        }
        Ok(any.then(|| chosen.into_iter().collect()))
    }

    fn states(&self) -> Result<Option<u64>> {
        let mut mask = None;
        for word in words(self.state.as_deref()) {
            let more = match word {
                "open" => states(|state| !state.is_terminal()),
                "closed" => states(State::is_terminal),
                word => {
                    let state: State =
                        word.parse().map_err(|error: crate::domain::UnknownWord| {
                            bad(
                                "state",
                                word,
                                format!("没有状态“{word}”"),
                                error.to_string(),
                            )
                        })?;
                    1 << state_code(state)
                }
            };
            mask = Some(mask.unwrap_or(0) | more);
        }
        Ok(mask)
    }

    /// What of `seen` lies where the question asks.
    fn places(&self, ground: &Ground<'_>, seen: &Places) -> Result<Places> {
        let names = ground.ledger.names();
        if let Some(id) = uuid("compound", self.compound.as_deref())? {
            let at = names.compounds.get_index_of(&CompoundId::new(id));
            return Ok(Places {
                compounds: at
                    .filter(|at| seen.compounds.contains(*at))
                    .into_iter()
                    .collect(),
                ..Places::default()
            });
        }
        let Some(code) = words(self.region.as_deref()).next() else {
            return Ok(seen.clone());
        };
        let region: RegionCode = crate::services::regions::parse_code(code)?;
        let compounds = names.compounds.iter().enumerate().filter(|(at, id)| {
            let row = ground.picture.compound_index(**id);
            let inside =
                row.is_some_and(|row| region.contains(ground.picture.compounds[row].community));
            inside && seen.compounds.contains(*at)
        });
        let regions = names
            .regions
            .iter()
            .enumerate()
            .filter(|(at, code)| region.contains(**code) && seen.regions.contains(*at));
        Ok(Places {
            compounds: compounds.map(|(at, _)| at).collect(),
            regions: regions.map(|(at, _)| at).collect(),
            unknown: false,
        })
    }
}

/// The local day of an instant.
pub(super) fn local(at: DateTime<Utc>, offset_min: i32) -> Option<NaiveDate> {
    day_of(local_day(to_minute(at)?, offset_min))
}
