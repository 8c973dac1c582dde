//! Keepers of an instance: where they live, how much time they have, where they serve.
//!
//! A part-time keeper lowers the target of the area where he serves: the missing time counts as load that is there
//! already (a *reserve*), on the unit nearest to his home, which stays in his area. So all areas still aim at one
//! mean, and an area with three quarters of the time gets three quarters of the households.

use super::problems::Problems;
use super::sheet::{Sheet, decimetres, number, unreadable};
use super::tables::{CURRENT, ID, X, Y};
use super::{Answer, Instance};
use crate::crs;
use crate::districting::{Keeper, Settings, Unit, heirs_of_current, seat_keepers};
use crate::services::error::Result;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// One keeper of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct KeeperRow {
    /// Id.
    pub id: String,
    /// Home, decimetres in the system of the units.
    pub home_dm: [i64; 2],
    /// Share of a full-time keeper, in percent.
    pub capacity_percent: u32,
    /// Number of the current area where he serves.
    pub current: Option<u32>,
}

/// Where a keeper serves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeeperReport {
    /// Id.
    pub id: String,
    /// Area of the plan; none if all seats of his zone are taken.
    pub area: Option<u32>,
    /// From home to the nearest unit of the area, metres; 0 = he lives there.
    pub distance_m: Option<f64>,
    /// Share of a full-time keeper.
    pub capacity: f64,
    /// He served in the area that this one continues.
    pub stays: bool,
}

/// Reads keepers: `id,x,y[,capacity][,current]`; metres, or longitude and latitude where the units came so.
///
/// # Errors
/// `Invalid` with the wrong rows.
pub fn read_keepers(path: &Path, instance: &Instance) -> Result<Vec<KeeperRow>> {
    let mut sheet = Sheet::open(path)?;
    let [id, x, y] = [ID, X, Y].map(|names| sheet.require(names));
    let (id, x, y) = (id?, x?, y?);
    let capacity_at = sheet.column(&["capacity", "工时比例"]);
    let current_at = sheet.column(CURRENT);
    let file = sheet.file.clone();
    let mut problems = Problems::default();
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for (row, record) in (1u64..).zip(sheet.reader.records()) {
        let record = record.map_err(|error| unreadable(&file, &error.to_string()))?;
        let cell = |at: usize| record.get(at).unwrap_or("");
        let text = |at: Option<usize>| at.map(cell).filter(|text| !text.is_empty());
        if cell(id).is_empty() || !seen.insert(cell(id).to_owned()) {
            problems.add(
                "id_duplicate",
                (row, "id", cell(id)),
                "编号缺失或重复",
                "is missing or not unique",
            );
        }
        let home_dm = number(cell(x))
            .zip(number(cell(y)))
            .and_then(|(x, y)| home(instance, x, y));
        if home_dm.is_none() {
            problems.add(
                "place_invalid",
                (row, "x,y", &format!("{},{}", cell(x), cell(y))),
                "应为与单元相同坐标系的有限数值",
                "must be finite numbers in the coordinate system of the units",
            );
        }
        let share = text(capacity_at).map_or(Some(1.0), number);
        let share = share.filter(|share| *share > 0.0 && *share <= 1.0);
        if share.is_none() {
            problems.add(
                "capacity_invalid",
                (row, "capacity", text(capacity_at).unwrap_or("")),
                "应大于 0 且不超过 1（1 为全职）",
                "must be above 0 and at most 1 (1 = full time)",
            );
        }
        let current = text(current_at).map(|name| {
            let at = instance.current_areas.iter().position(|area| area == name);
            if at.is_none() {
                problems.add(
                    "area_unknown",
                    (row, "current", name),
                    "单元表的 current 列中没有这个片区",
                    "is not the current area of any unit",
                );
            }
            at.unwrap_or(0) as u32
        });
        rows.push(KeeperRow {
            id: cell(id).to_owned(),
            home_dm: home_dm.unwrap_or_default(),
            capacity_percent: (share.unwrap_or(1.0) * 100.0).round() as u32,
            current,
        });
    }
    problems.into_result()?;
    Ok(rows)
}

/// A place of the file in the system of the units.
fn home(instance: &Instance, x: f64, y: f64) -> Option<[i64; 2]> {
    let Some((frame, system)) = &instance.frame else {
        return Some([decimetres(x)?, decimetres(y)?]);
    };
    let mut point = geo_types::Geometry::Point(geo_types::Point::new(x, y));
    crs::to_wgs84(*system).forward_geometry(&mut point);
    let geo_types::Geometry::Point(point) = point else {
        return None;
    };
    let on_earth = point.x().abs() <= 180.0 && point.y().abs() <= 90.0;
    on_earth.then(|| frame.to_dm([point.x(), point.y()]))
}

/// Raises the load of areas whose keepers have less than full time, and fixes the number of areas of their zones.
///
/// Only zones where every unit has a current area, and only areas with a part-time keeper who names them. An empty
/// seat lowers nothing: somebody will come.
pub fn reserve(instance: &mut Instance, settings: &mut Settings, keepers: &[KeeperRow]) {
    let pair = u64::from(settings.keepers_per_area.max(1)) * 100;
    let mut missing: BTreeMap<u32, u64> = BTreeMap::new();
    for keeper in keepers {
        if let Some(area) = keeper.current {
            *missing.entry(area).or_default() += u64::from(100 - keeper.capacity_percent.min(100));
        }
    }
    if missing.values().all(|&missing| missing == 0) {
        return;
    }
    let members = members_of(&instance.units);
    let mut zones: BTreeMap<u32, (bool, u64, BTreeSet<u32>)> = BTreeMap::new();
    for unit in &instance.units {
        let zone = zones.entry(unit.zone).or_insert((true, 0, BTreeSet::new()));
        zone.0 &= unit.current.is_some();
        zone.1 += u64::from(unit.households);
        zone.2.extend(unit.current);
    }
    for (zone, (whole, load, areas)) in zones {
        let has = |area: &u32| pair.saturating_sub(missing.get(area).copied().unwrap_or(0));
        let all: u64 = areas.iter().map(has).sum();
        if !whole || all == pair * areas.len() as u64 {
            continue;
        }
        settings.areas_of_zone.insert(zone, areas.len() as u32);
        for area in &areas {
            let lacking = pair - has(area);
            let extra = load * lacking / all.max(1);
            let home = keepers
                .iter()
                .find(|keeper| keeper.current == Some(*area))
                .map(|keeper| keeper.home_dm);
            let (Some(home), true) = (home, extra > 0) else {
                continue;
            };
            if let Some(unit) = nearest(&instance.units, &members[area], home) {
                let unit = &mut instance.units[unit];
                unit.households = unit.households.saturating_add(extra as u32);
                unit.locked = true;
            }
        }
    }
}

/// Seats keepers in the areas of a plan and says so in its report; returns areas with an empty seat.
pub fn seat(instance: &Instance, keepers: &[KeeperRow], answer: &mut Answer) -> Vec<usize> {
    if keepers.is_empty() {
        return Vec::new();
    }
    let outcome = &answer.outcome;
    let members = members_of(&instance.units);
    let heirs = heirs_of_current(&instance.units, &outcome.area_of);
    let homes: Vec<Keeper> = keepers
        .iter()
        .map(|keeper| Keeper {
            home_dm: keeper.home_dm,
            zone: zone_of(instance, &members, keeper),
            current: keeper.current.and_then(|area| heirs.get(&area).copied()),
        })
        .collect();
    let seats: Vec<u32> = outcome.areas.iter().map(|area| area.seats).collect();
    let seated = seat_keepers(&instance.units, &outcome.area_of, &seats, &homes);
    let mut filled = vec![0u32; seats.len()];
    for seat in seated.iter().flatten() {
        filled[seat.area as usize] += 1;
    }
    answer.report.keepers = keepers
        .iter()
        .zip(seated.iter().zip(&homes))
        .map(|(keeper, (seat, home))| KeeperReport {
            id: keeper.id.clone(),
            area: seat.map(|seat| seat.area + 1),
            distance_m: seat.map(|seat| seat.distance_dm as f64 / 10.0),
            capacity: f64::from(keeper.capacity_percent) / 100.0,
            stays: seat.is_some_and(|seat| home.current == Some(seat.area)),
        })
        .collect();
    (0..seats.len())
        .filter(|&area| filled[area] < seats[area])
        .collect()
}

/// Units of every current area, ascending.
fn members_of(units: &[Unit]) -> BTreeMap<u32, Vec<usize>> {
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, unit) in units.iter().enumerate() {
        if let Some(area) = unit.current {
            members.entry(area).or_default().push(at);
        }
    }
    members
}

/// The unit nearest to a home; the first of several.
fn nearest(units: &[Unit], members: &[usize], home_dm: [i64; 2]) -> Option<usize> {
    let members = members.iter().copied();
    members.min_by_key(|&unit| units[unit].square_dm2(home_dm))
}

/// The zone of a keeper: that of the current area where he serves, else of the unit nearest to his home.
fn zone_of(instance: &Instance, members: &BTreeMap<u32, Vec<usize>>, keeper: &KeeperRow) -> u32 {
    let units = &instance.units;
    let unit = match keeper.current.and_then(|area| members.get(&area)) {
        Some(members) => nearest(units, members, keeper.home_dm).map(|unit| &units[unit]),
        None => units
            .iter()
            .min_by_key(|unit| unit.square_dm2(keeper.home_dm)),
    };
    unit.map_or(0, |unit| unit.zone)
}
