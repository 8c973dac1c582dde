//! Where nobody was for long: days since a visit per building, coverage and a matrix of days or weeks per compound.
//!
//! Invariant: by building and compound only; no person, no area, no household is in the answer.

use super::ledger::VisitLedger;
use super::reach::{KeeperReach, own_keepers};
use crate::domain::access::{Action, Object};
use crate::domain::visit::{Entry, largest_reached};
use crate::domain::{CompoundId, RegionCode, ratio_bp};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::Picture;
use crate::services::regions;
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Upper ends of the bands of days since a visit (`domain.md` §5.4); beyond the last, and never, are bands too.
const BAND_ENDS: [i64; 3] = [3, 7, 14];
/// Bands: 0–3, 4–7, 8–14, more than 14 days, never.
const BANDS: usize = BAND_ENDS.len() + 2;
/// Days of the matrix when nobody says how many.
const USUAL_DAYS: u32 = 14;
/// Days of the matrix, at most.
const MOST_DAYS: u32 = 91;

/// What is asked of patrol figures.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct PatrolQuery {
    /// 12-digit code of a region; everything that is seen when absent.
    pub region: Option<String>,
    /// Days of the matrix up to today, 1 to 91; 14 when absent.
    pub days: Option<u32>,
    /// `day` or `week` of the matrix; `day` when absent.
    pub by: Option<String>,
}

/// A column of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Span {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

/// Visits of a compound.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CompoundVisits {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Name of the community.
    pub community_name: String,
    /// Buildings.
    pub buildings: usize,
    /// Buildings whose households nobody counted: outside the shares.
    pub unknown_buildings: usize,
    /// Share of households that were reached in all the days of the matrix, at least, in basis points.
    pub coverage_bp: Option<u32>,
    /// Buildings without a visit for more than 14 days, or ever.
    pub cold: usize,
    /// The longest time without a visit, in days; absent when a building was never visited.
    pub longest: Option<i64>,
    /// Whether a building was never visited.
    pub never: bool,
    /// Share of households reached in each column, at least, in basis points.
    pub shares: Vec<Option<u32>>,
}

/// A building and how long nobody was there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BuildingVisits {
    /// Identity.
    pub id: Uuid,
    /// Name within its compound.
    pub name: String,
    /// The compound.
    pub compound: Option<Uuid>,
    /// Its name.
    pub compound_name: String,
    /// Day of the last visit.
    pub last: Option<NaiveDate>,
    /// Days since.
    pub days: Option<i64>,
    /// 0 = 0–3 days, 1 = 4–7, 2 = 8–14, 3 = more than 14, 4 = never.
    pub band: usize,
    /// Middle of the building: longitude, latitude, degrees, WGS 84.
    pub centroid: Option<[f64; 2]>,
}

/// Patrol figures of a region.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PatrolView {
    /// Code of the region; absent for everything that is seen.
    pub region: Option<String>,
    /// Its name.
    pub region_name: String,
    /// When the answer was made.
    pub as_of: DateTime<Utc>,
    /// Local day.
    pub today: NaiveDate,
    /// Columns of the matrix, oldest first.
    pub columns: Vec<Span>,
    /// Buildings counted.
    pub n: usize,
    /// Buildings in each band: 0–3, 4–7, 8–14, more than 14 days, never.
    pub bands: Vec<usize>,
    /// Share of households reached in all the days of the matrix, at least, in basis points.
    pub coverage_bp: Option<u32>,
    /// Buildings whose households nobody counted: outside the shares.
    pub unknown_buildings: usize,
    /// Compounds in none of whose buildings anybody was for more than 14 days, or ever.
    pub cold_compounds: usize,
    /// Compounds, the most buildings gone cold first.
    pub compounds: Vec<CompoundVisits>,
    /// Buildings, the longest without a visit first.
    pub buildings: Vec<BuildingVisits>,
}

/// The band of days since a visit.
pub(super) fn band(days: Option<i64>) -> usize {
    days.map_or(BANDS - 1, |days| {
        BAND_ENDS
            .iter()
            .position(|end| days <= *end)
            .unwrap_or(BAND_ENDS.len())
    })
}

/// Compounds of some buildings in none of which anybody was for more than 14 days, or ever, at the end of a day; and
/// how many compounds there are.
fn cold_compounds(
    picture: &Picture,
    ledger: &VisitLedger,
    rows: &[usize],
    day: NaiveDate,
) -> (usize, usize) {
    let mut warm: HashMap<CompoundId, bool> = HashMap::new();
    for row in rows {
        let building = &picture.buildings[*row];
        let Some(compound) = building.compound else {
            continue;
        };
        let days = ledger
            .last_until(building.id, day)
            .map(|last| (day - last).num_days());
        *warm.entry(compound).or_default() |= band(days) < BAND_ENDS.len();
    }
    (warm.values().filter(|warm| !**warm).count(), warm.len())
}

/// Households reached for certain, out of those that are known.
#[derive(Default, Clone, Copy)]
struct Share {
    reached: u64,
    of: u64,
}

impl Share {
    fn add(&mut self, households: u32, visits: &[Entry], span: Span) {
        self.reached += u64::from(largest_reached(visits, span.from, span.to).min(households));
        self.of += u64::from(households);
    }

    fn bp(self) -> Option<u32> {
        ratio_bp(self.reached, self.of)
    }
}

struct Sum {
    view: CompoundVisits,
    all: Share,
    columns: Vec<Share>,
}

impl Services {
    /// Patrol figures of what the asker may see of them; `seen` is the picture as it is shown to them.
    ///
    /// # Errors
    /// `NotFound` region; `Invalid` days or columns.
    pub fn patrol(&self, asker: &Asker, seen: &Picture, query: &PatrolQuery) -> Result<PatrolView> {
        let (picture, now) = (self.picture(), self.now());
        let today = self.today(now);
        let region = (query.region.as_deref())
            .map(|text| regions::require(seen, text))
            .transpose()?;
        let columns = columns(query, today)?;
        let whole = Span {
            from: columns.first().map_or(today, |span| span.from),
            to: today,
        };
        let ledger = self.visits().ledger();
        let mut compounds: BTreeMap<Option<Uuid>, Sum> = BTreeMap::new();
        let (mut bands, mut buildings) = (vec![0; BANDS], Vec::new());
        let (mut all, mut unknown) = (Share::default(), 0);
        let rows = self.patrolled(asker, &picture, region);
        let (cold, _) = cold_compounds(&picture, &ledger, &rows, today);
        for row in rows {
            let building = &picture.buildings[row];
            let visits = ledger.visits(building.id);
            let last = visits.last().map(|entry| entry.day);
            let days = last.map(|day| (today - day).num_days().max(0));
            let in_band = band(days);
            bands[in_band] += 1;
            let name = building.compound.map_or("", |id| picture.compound_name(id));
            let key = building.compound.map(crate::domain::CompoundId::uuid);
            if let Some(id) = key {
                let sum = compounds.entry(key).or_insert_with(|| Sum {
                    view: CompoundVisits {
                        id,
                        name: name.to_owned(),
                        community_name: picture.region_name(building.community),
                        buildings: 0,
                        unknown_buildings: 0,
                        coverage_bp: None,
                        cold: 0,
                        longest: Some(0),
                        never: false,
                        shares: Vec::new(),
                    },
                    all: Share::default(),
                    columns: vec![Share::default(); columns.len()],
                });
                sum.view.buildings += 1;
                sum.view.cold += usize::from(in_band >= BAND_ENDS.len());
                sum.view.never |= days.is_none();
                sum.view.longest = sum.view.longest.zip(days).map(|(a, b)| a.max(b));
                match building.households.count {
                    Some(households) => {
                        sum.all.add(households, visits, whole);
                        for (share, span) in sum.columns.iter_mut().zip(&columns) {
                            share.add(households, visits, *span);
                        }
                    }
                    None => sum.view.unknown_buildings += 1,
                }
            }
            match building.households.count {
                Some(households) => all.add(households, visits, whole),
                None => unknown += 1,
            }
            buildings.push(BuildingVisits {
                id: building.id.uuid(),
                name: building.name.clone().unwrap_or_default(),
                compound: key,
                compound_name: name.to_owned(),
                last,
                days,
                band: in_band,
                centroid: super::super::picture::rect(&building.footprint)
                    .map(|box_| box_.centre()),
            });
        }
        // Never first, then the longest.
        buildings.sort_by_key(|one| {
            let longest = std::cmp::Reverse(one.days.unwrap_or(i64::MAX));
            (longest, one.compound_name.clone(), one.name.clone())
        });
        let mut compounds: Vec<CompoundVisits> = compounds
            .into_values()
            .map(|sum| CompoundVisits {
                coverage_bp: sum.all.bp(),
                shares: sum.columns.iter().map(|share| share.bp()).collect(),
                ..sum.view
            })
            .collect();
        compounds.sort_by(|a, b| b.cold.cmp(&a.cold).then(a.name.cmp(&b.name)));
        Ok(PatrolView {
            region: region.map(|code| code.to_string()),
            region_name: region.map_or_else(String::new, |code| seen.region_name(code)),
            as_of: now,
            today,
            columns,
            n: buildings.len(),
            bands,
            coverage_bp: all.bp(),
            unknown_buildings: unknown,
            cold_compounds: cold,
            compounds,
            buildings,
        })
    }

    /// Compounds of a region that nobody visited for long at the end of each of these days, as the patrol figures count
    /// them, and how many compounds the asker may know of; `None` while nothing is recorded, or to be seen.
    pub(in crate::services) fn cold_by_day(
        &self,
        asker: &Asker,
        region: RegionCode,
        days: &[NaiveDate],
    ) -> Option<(Vec<usize>, usize)> {
        let (picture, ledger) = (self.picture(), self.visits().ledger());
        let rows = self.patrolled(asker, &picture, Some(region));
        if ledger.is_empty() || rows.is_empty() {
            return None;
        }
        let of = |day: &NaiveDate| cold_compounds(&picture, &ledger, &rows, *day);
        let n = days.last().map_or(0, |day| of(day).1);
        Some((days.iter().map(|day| of(day).0).collect(), n))
    }

    /// Buildings whose figures the asker may see: everywhere in scope, a keeper their own.
    fn patrolled(
        &self,
        asker: &Asker,
        picture: &Picture,
        region: Option<RegionCode>,
    ) -> Vec<usize> {
        let keepers = own_keepers(asker);
        let mut own: HashSet<usize> = HashSet::new();
        for keeper in picture
            .housekeepers
            .iter()
            .filter(|one| keepers.contains(&one.id))
        {
            let reach = KeeperReach::of(picture, keeper, self.now());
            own.extend(reach.own.iter().chain(&reach.covered));
        }
        (0..picture.buildings.len())
            .filter(|row| {
                region.is_none_or(|code| code.contains(picture.buildings[*row].community))
            })
            .filter(|row| {
                let place = picture.place_of_building(*row);
                asker.grants.at(Object::VisitFigures, &place).any(|rights| {
                    rights.allows(Action::Read) && (!rights.own_only() || own.contains(row))
                })
            })
            .collect()
    }
}

/// The columns of the matrix, oldest first.
fn columns(query: &PatrolQuery, today: NaiveDate) -> Result<Vec<Span>> {
    let days = query.days.unwrap_or(USUAL_DAYS);
    let weeks = match query.by.as_deref() {
        None | Some("day") => false,
        Some("week") => true,
        Some(_) => {
            return Err(Error::invalid(
                "by_invalid",
                "by 应为 day（按日）或 week（按周）",
                "by is day or week",
            ));
        }
    };
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Error::invalid(
            "days_invalid",
            format!("days 应为 1 至 {MOST_DAYS}"),
            format!("days is 1 to {MOST_DAYS}"),
        ));
    }
    let mut first = today - Days::new(u64::from(days - 1));
    if weeks {
        first = first - Days::new(u64::from(first.weekday().num_days_from_monday()));
    }
    let step = if weeks { 7 } else { 1 };
    Ok(first
        .iter_days()
        .take_while(|day| *day <= today)
        .step_by(step)
        .map(|from| Span {
            from,
            to: (from + Days::new(step as u64 - 1)).min(today),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bands_are_those_of_the_settings() {
        let bands = [0, 3, 4, 7, 8, 14, 15, 400].map(|days| band(Some(days)));
        assert_eq!(bands, [0, 0, 1, 1, 2, 2, 3, 3]);
        assert_eq!(band(None), 4);
    }

    #[test]
    fn columns_end_today_and_weeks_begin_on_monday() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 11).unwrap();
        let of = |days, by: &str| {
            let query = PatrolQuery {
                days: Some(days),
                by: Some(by.to_owned()),
                region: None,
            };
            columns(&query, today)
        };
        let days = of(14, "day").unwrap();
        assert_eq!((days.len(), days[13].from, days[13].to), (14, today, today));
        let weeks = of(14, "week").unwrap();
        assert!(
            weeks
                .iter()
                .all(|week| week.from.weekday() == chrono::Weekday::Mon)
        );
        assert_eq!(weeks.last().unwrap().to, today);
        assert!(of(0, "day").is_err() && of(92, "day").is_err() && of(7, "year").is_err());
    }

    #[test]
    fn a_share_is_at_least_and_never_more_than_all() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 11).unwrap();
        let visits = [4, 9, 200].map(|households| Entry { day, households });
        let span = Span { from: day, to: day };
        let mut share = Share::default();
        share.add(60, &visits[..2], span);
        assert_eq!(
            share.bp(),
            Some(1500),
            "the larger of two visits, not their sum"
        );
        share.add(60, &visits, span);
        assert_eq!(share.bp(), Some(5750));
        assert_eq!(Share::default().bp(), None);
    }
}
