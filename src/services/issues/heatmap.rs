//! Heatmaps: rates by place, change against the period before, and hot spots.
//!
//! A rate is issues per 1,000 households per 30 days, so that the map does not show where people live. Invariant: a
//! row of the table is a shape of the map; issues without a point are counted in places, never put on one.

use super::IssueQuery;
use super::heat_counts::{Counted, Filters, Selections};
use super::query::{Ground, Period};
use super::telling::Telling;
use crate::domain::access::{Place, SMALL};
use crate::domain::{CompoundId, RegionCode, RegionLevel};
use crate::heat::{By, Confidence, Counts, Spot, count, hot_spots, rate};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::{Picture, rect};
use crate::spatial::{BBox, LocalFrame};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// One place of a heatmap.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeatRow {
    /// Identity of a compound or grid, code of a community, index of a hexagon.
    pub id: String,
    /// Name.
    pub name: String,
    /// Issues of the period; `None` = too few to be told.
    pub n: Option<u64>,
    /// Fewer than five: hatched, not coloured.
    pub small: bool,
    /// Of them without a point; `None` = too few to be told.
    pub without_point: Option<u64>,
    /// Households; `None` when nobody knows, and for readers who may not count them.
    pub households: Option<u64>,
    /// Issues per 1,000 households per 30 days; `None` without households, and where `n` is not told.
    pub rate: Option<f64>,
    /// Issues of the period before.
    pub previous_n: Option<u64>,
    /// How many more.
    pub delta: Option<i64>,
    /// 90, 95 or 99 for a hot spot, −90, −95 or −99 for a cold one.
    pub hot: Option<i32>,
    /// Gi*.
    pub z: Option<f64>,
    /// Its q-value (Benjamini-Hochberg, two-sided).
    pub q: Option<f64>,
    /// Beyond their time limit and open, whenever they were reported; `None` too where no open issue has a limit.
    pub overdue: Option<u64>,
    /// Outline of a hexagon, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outline: Option<Vec<[f64; 2]>>,
}

/// A heatmap with everything that a legend says.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeatView {
    /// When it was made.
    pub as_of: DateTime<Utc>,
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// Days of the period.
    pub days: i64,
    /// `compound`, `grid`, `community` or `h3`.
    pub by: String,
    /// What hot spots are of: `rate`, or `count` of hexagons in which nobody knows a household.
    pub hot_of: &'static str,
    /// Counts below this are small.
    pub k: u64,
    /// Upper bounds of the classes of colour, the last one open.
    pub classes: Vec<f64>,
    /// All places together.
    pub total: HeatTotal,
    /// What lies in none of the places.
    pub elsewhere: HeatElsewhere,
    /// The places, highest rate first.
    pub items: Vec<HeatRow>,
}

/// All places of a heatmap together.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeatTotal {
    /// Issues of the period, those of no place included; `None` = too few to be told.
    pub n: Option<u64>,
    /// Of them without a point; `None` = too few to be told.
    pub without_point: Option<u64>,
    /// Households of the places whose number is known; `None` for readers who may not count them.
    pub households: Option<u64>,
    /// The rate of the places with households.
    pub rate: Option<f64>,
}

/// What lies in none of the places of a heatmap.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeatElsewhere {
    /// Issues; `None` = too few to be told.
    pub n: Option<u64>,
    /// Of them without a point; `None` = too few to be told.
    pub without_point: Option<u64>,
}

/// A place that issues are counted for.
pub(super) struct HeatPlace {
    pub id: String,
    pub name: String,
    pub households: Option<u64>,
    /// Whether the reader may know how many households live there.
    pub counted: bool,
    /// Middle, [lon, lat] degrees.
    pub middle: Option<[f64; 2]>,
}

impl HeatPlace {
    /// A rate as the reader is told it.
    pub fn told(&self, rate: f64) -> f64 {
        if self.counted { rate } else { roughly(rate) }
    }
}

/// What issues are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeatBy {
    /// Compounds.
    Compound,
    /// Statutory grids.
    Grid,
    /// Communities and villages.
    Community,
    /// Hexagons.
    Hexagon,
}

impl std::str::FromStr for HeatBy {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "compound" => Ok(Self::Compound),
            "grid" => Ok(Self::Grid),
            "community" => Ok(Self::Community),
            "h3" => Ok(Self::Hexagon),
            _ => Err(Error::invalid(
                "by_unknown",
                "by 可为 compound、grid、community、h3",
                "by is compound, grid, community or h3",
            )),
        }
    }
}

/// Five classes with about as many places in each; equal bounds are merged.
fn classes(rates: &mut [f64]) -> Vec<f64> {
    const CLASSES: usize = 5;
    rates.sort_by(f64::total_cmp);
    let mut bounds: Vec<f64> = (1..CLASSES)
        .filter_map(|at| rates.get(at * rates.len() / CLASSES).copied())
        .map(round_up)
        .collect();
    bounds.dedup();
    bounds
}

/// A bound that people read: two significant digits, upwards.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 {
        return 0.0;
    }
    let unit = 10_f64.powf(value.log10().floor() - 1.0);
    (value / unit).ceil() * unit
}

/// A rate for readers who may not count households: two significant digits, so that with the number of issues they
/// cannot work out how many live there.
fn roughly(rate: f64) -> f64 {
    if rate <= 0.0 {
        return 0.0;
    }
    let unit = 10_f64.powf(rate.log10().floor() - 1.0);
    (rate / unit).round() * unit
}

pub(super) fn level_of(spot: Spot) -> Option<i32> {
    let per_cent = |sure: Confidence| match sure {
        Confidence::Ninety => 90,
        Confidence::NinetyFive => 95,
        Confidence::NinetyNine => 99,
    };
    (spot.hot().map(per_cent)).or_else(|| spot.cold().map(|sure| -per_cent(sure)))
}

/// The middle of a geometry's box, [lon, lat].
fn middle_of(geometry: &geo_types::Geometry<f64>) -> Option<[f64; 2]> {
    rect(geometry).map(BBox::centre)
}

impl Services {
    /// A heatmap by places.
    ///
    /// # Errors
    /// `Invalid` words.
    pub fn issue_heat(&self, asker: &Asker, query: &IssueQuery, by: HeatBy) -> Result<HeatView> {
        let today = self.today(self.now());
        let period = query.period(today)?;
        let how = Telling::of(asker, query, &self.issues().catalog());
        how.allows(query, period, today)?;
        self.issue_ground(asker, true, |ground| view(ground, query, by, period, how))
    }
}

/// A heatmap of a period.
pub(super) fn view(
    ground: &Ground<'_>,
    query: &IssueQuery,
    by: HeatBy,
    period: Period,
    how: Telling,
) -> Result<HeatView> {
    let selections = Filters::of(ground, query, period)?.select(&ground.ledger.columns);
    Ok(match by {
        HeatBy::Compound => by_compound(ground, query, &selections, period, how),
        HeatBy::Grid => by_grid(ground, query, &selections, period, how),
        HeatBy::Community => by_community(ground, query, &selections, period, how),
        HeatBy::Hexagon => super::hexagons::view(ground, &selections, period, how),
    })
}

fn counted(ground: &Ground<'_>, selections: &Selections, by: By<'_>) -> Counted {
    let columns = &ground.ledger.columns;
    selections.counted(|selection| count(columns, selection, by))
}

fn in_scope(query: &IssueQuery, code: RegionCode) -> bool {
    let region = query.region.as_deref().and_then(|text| text.parse().ok());
    region.is_none_or(|region: RegionCode| region.contains(code))
}

/// The compounds in scope with their indices in the ledger.
pub(super) fn compound_rows(
    ground: &Ground<'_>,
    query: &IssueQuery,
) -> Vec<(HeatPlace, Option<usize>)> {
    let names = ground.ledger.names();
    let picture = ground.picture;
    // Every compound in scope is a row, also one where nothing happened; the order is that of the picture.
    picture
        .compounds
        .iter()
        .enumerate()
        .filter(|(_, compound)| in_scope(query, compound.community))
        .filter(|(at, _)| ground.sight.figures_at(&picture.place_of_compound(*at)))
        .map(|(at, compound)| {
            let spot = HeatPlace {
                id: compound.id.to_string(),
                name: compound.name.clone(),
                households: picture.quotas[at].households.map(u64::from),
                counted: ground.sight.counts_at(&picture.place_of_compound(at)),
                middle: middle_of(&compound.geometry),
            };
            (spot, names.compounds.get_index_of(&compound.id))
        })
        .collect()
}

fn by_compound(
    ground: &Ground<'_>,
    query: &IssueQuery,
    selections: &Selections,
    period: Period,
    how: Telling,
) -> HeatView {
    let names = ground.ledger.names();
    let counted = counted(
        ground,
        selections,
        By::Compound {
            n: names.compounds.len(),
        },
    );
    let rows = compound_rows(ground, query);
    assemble(ground, period, "compound", rows, &counted, how)
}

fn by_grid(
    ground: &Ground<'_>,
    query: &IssueQuery,
    selections: &Selections,
    period: Period,
    how: Telling,
) -> HeatView {
    let names = ground.ledger.names();
    let picture = ground.picture;
    let counted = counted(
        ground,
        selections,
        By::Grid {
            n: names.grids.len(),
        },
    );
    let mut households: HashMap<_, (u64, bool)> = HashMap::new();
    for building in &picture.buildings {
        if let Some(grid) = building.grid {
            let sum = households.entry(grid).or_insert((0, true));
            match building.households.count {
                Some(count) => sum.0 += u64::from(count),
                None => sum.1 = false,
            }
        }
    }
    let rows = picture
        .grids
        .iter()
        .filter(|grid| in_scope(query, grid.community))
        .filter(|grid| ground.sight.figures_at(&Place::region(grid.community)))
        .map(|grid| {
            let known = households.get(&grid.id).filter(|(sum, _)| *sum > 0);
            let spot = HeatPlace {
                // The tiles know a grid by its code.
                id: grid.code.clone().unwrap_or_else(|| grid.id.to_string()),
                name: grid.name.clone(),
                households: known.map(|(sum, _)| *sum),
                counted: ground.sight.counts_at(&Place::region(grid.community)),
                middle: middle_of(&grid.outline.clone().into()),
            };
            (spot, names.grids.get_index_of(&grid.id))
        })
        .collect();
    assemble(ground, period, "grid", rows, &counted, how)
}

fn by_community(
    ground: &Ground<'_>,
    query: &IssueQuery,
    selections: &Selections,
    period: Period,
    how: Telling,
) -> HeatView {
    let names = ground.ledger.names();
    let picture = ground.picture;
    // The ledger has an index for the region of every issue, that of its compound too.
    let region_of = |id: &CompoundId| {
        let row = picture.compound_index(*id)?;
        names
            .regions
            .get_index_of(&picture.compounds[row].community)
    };
    let of_compound: Vec<u32> = names
        .compounds
        .iter()
        .map(|id| region_of(id).map_or(u32::MAX, |at| at as u32))
        .collect();
    let by = By::Region {
        n: names.regions.len(),
        of_compound: &of_compound,
    };
    let counted = counted(ground, selections, by);
    let mut households: HashMap<RegionCode, u64> = HashMap::new();
    for quota in &picture.quotas {
        if let Some(count) = quota.households {
            *households.entry(quota.community).or_default() += u64::from(count);
        }
    }
    let rows = picture
        .regions
        .iter()
        .map(|region| region.code)
        .filter(|code| code.level() == RegionLevel::Community && in_scope(query, *code))
        .filter(|code| ground.sight.figures_at(&Place::region(*code)))
        .map(|code| {
            let spot = HeatPlace {
                id: code.to_string(),
                name: picture.region_name(code),
                households: households.get(&code).copied(),
                counted: ground.sight.counts_at(&Place::region(code)),
                middle: picture.bounds(code).map(BBox::centre),
            };
            (spot, names.regions.get_index_of(&code))
        })
        .collect();
    assemble(ground, period, "community", rows, &counted, how)
}

pub(super) fn assemble(
    ground: &Ground<'_>,
    period: Period,
    by: &str,
    rows: Vec<(HeatPlace, Option<usize>)>,
    counted: &Counted,
    how: Telling,
) -> HeatView {
    let (from, to) = period.minutes(ground.offset_min);
    let minutes = to.saturating_sub(from);
    let at = |counts: &Counts, row: Option<usize>| {
        row.and_then(|row| counts.by.get(row).copied())
            .unwrap_or_default()
    };
    let counts: Vec<u64> = rows
        .iter()
        .map(|(_, row)| at(&counted.now, *row).n.into())
        .collect();
    let before: Vec<u64> = rows
        .iter()
        .map(|(_, row)| at(&counted.before, *row).n.into())
        .collect();
    let late: Vec<Option<u64>> = rows.iter().map(|(_, row)| counted.late(*row)).collect();
    let (shown, shown_before, shown_late) =
        (how.counts(&counts), how.counts(&before), how.known(&late));
    let rates = rates_of(&rows, &counts, minutes);
    let told_rates = told_rates(&rows, &counts, minutes, how);
    // Cells are equal in area: where nobody knows a household, their numbers can be compared themselves.
    let by_count = by == "h3" && rates.iter().all(Option::is_none);
    let spots = if by_count {
        let numbers: Vec<Option<f64>> = counts.iter().map(|n| Some(*n as f64)).collect();
        spots(ground.picture, &rows, &numbers)
    } else {
        spots(ground.picture, &rows, &rates)
    };
    let mut items: Vec<HeatRow> = rows
        .iter()
        .enumerate()
        .map(|(i, (spot, row))| {
            let told = shown[i].is_some();
            let hot = spots.get(&i).copied().filter(|_| told || !how.hides());
            HeatRow {
                id: spot.id.clone(),
                name: spot.name.clone(),
                n: shown[i],
                small: counts[i] < SMALL,
                without_point: told
                    .then(|| at(&counted.now, *row).without_point.into())
                    .and_then(|n| how.count(n)),
                households: spot.households.filter(|_| spot.counted),
                rate: told_rates[i].filter(|_| told).map(|rate| spot.told(rate)),
                previous_n: shown_before[i],
                delta: shown[i]
                    .zip(shown_before[i])
                    .map(|(now, then)| now as i64 - then as i64),
                hot: hot.and_then(level_of),
                // With all their digits they would tell the counts that they are made of.
                z: hot.map(|spot| spot.z).filter(|_| how != Telling::Roughly),
                q: hot.map(|spot| spot.q).filter(|_| how != Telling::Roughly),
                overdue: shown_late[i],
                outline: None,
            }
        })
        .collect();
    items.sort_by(|a, b| highest_first((a.rate, a.n, &a.name), (b.rate, b.n, &b.name)));
    let mut coloured: Vec<f64> = items
        .iter()
        .filter(|row| !row.small)
        .filter_map(|row| row.rate)
        .collect();
    let total: u64 = counts.iter().sum();
    let households: u64 = rows.iter().filter_map(|(spot, _)| spot.households).sum();
    let with_households: u64 = rows
        .iter()
        .zip(&counts)
        .filter(|((spot, _), _)| spot.households.is_some())
        .map(|(_, n)| *n)
        .sum();
    let all = counted.n;
    let counts_all = rows.iter().all(|(spot, _)| spot.counted);
    HeatView {
        as_of: ground.now,
        from: period.from,
        to: period.to,
        days: period.days(),
        by: by.to_owned(),
        hot_of: if by_count { "count" } else { "rate" },
        k: SMALL,
        classes: classes(&mut coloured),
        total: HeatTotal {
            n: how.count(all),
            without_point: how.count(counted.now.total().without_point.into()),
            households: Some(households).filter(|_| counts_all),
            rate: rate(
                how.rounded(with_households) as u32,
                u32::try_from(households).ok(),
                minutes,
                SMALL as u32,
            )
            .rate
            .filter(|_| how.count(all).is_some())
            .map(|rate| if counts_all { rate } else { roughly(rate) }),
        },
        elsewhere: HeatElsewhere {
            n: how.count(all - total.min(all)),
            without_point: how.count(counted.now.elsewhere.without_point.into()),
        },
        items,
    }
}

pub(super) fn rates_of(
    rows: &[(HeatPlace, Option<usize>)],
    counts: &[u64],
    minutes: u32,
) -> Vec<Option<f64>> {
    let places = rows.iter().zip(counts);
    places
        .map(|((place, _), n)| {
            let households = place.households.and_then(|n| u32::try_from(n).ok());
            rate(*n as u32, households, minutes, SMALL as u32).rate
        })
        .collect()
}

/// The rates of counts as they are told: a rate of a whole count would tell it.
pub(super) fn told_rates(
    rows: &[(HeatPlace, Option<usize>)],
    counts: &[u64],
    minutes: u32,
    how: Telling,
) -> Vec<Option<f64>> {
    let rounded: Vec<u64> = counts.iter().map(|n| how.rounded(*n)).collect();
    rates_of(rows, &rounded, minutes)
}

/// The order of rows: rate, number, name.
pub(super) fn highest_first(
    a: (Option<f64>, Option<u64>, &str),
    b: (Option<f64>, Option<u64>, &str),
) -> std::cmp::Ordering {
    let key = |rate: Option<f64>| rate.unwrap_or(-1.0);
    (key(b.0).total_cmp(&key(a.0)))
        .then(b.1.cmp(&a.1))
        .then(a.2.cmp(b.2))
}

/// Gi* of the values of all places that have one, by row.
pub(super) fn spots(
    picture: &Picture,
    rows: &[(HeatPlace, Option<usize>)],
    rates: &[Option<f64>],
) -> HashMap<usize, Spot> {
    let middles = || rows.iter().filter_map(|(spot, _)| spot.middle);
    let n = middles().count().max(1) as f64;
    let sum = middles().fold([0.0, 0.0], |sum, at| [sum[0] + at[0], sum[1] + at[1]]);
    // One plane for all: distances between neighbours are those on the ground.
    let frame = LocalFrame::around([sum[0] / n, sum[1] / n]);
    let placed: Vec<(usize, [f64; 2], f64)> = rows
        .iter()
        .enumerate()
        .filter_map(|(i, (spot, _))| Some((i, frame.to_m(spot.middle?), rates[i]?)))
        .collect();
    let points: Vec<[f64; 2]> = placed.iter().map(|(_, point, _)| *point).collect();
    let values: Vec<f64> = placed.iter().map(|(_, _, value)| *value).collect();
    let found = picture
        .neighbours(&points)
        .and_then(|neighbours| hot_spots(&neighbours, &values));
    let found = found.unwrap_or_default();
    placed
        .iter()
        .zip(found)
        .filter_map(|((i, _, _), spot)| Some((*i, spot?)))
        .collect()
}
