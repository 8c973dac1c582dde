//! Density: where issues lie, in issues per square kilometre, with a radius in metres at every zoom.
//!
//! Shows where people live as much as where problems are: the rate is the default. A single point shows in it, so it
//! is for staff. Invariant: one scale for all tiles of a filter, from the 99th percentile of the whole view.

use super::IssueQuery;
use super::figures::hides_small;
use super::ledger::Facts;
use super::query::{Ground, local};
use super::telling::Telling;
use crate::domain::issue::State;
use crate::heat::{Density, Filter, Kernel, Place, SCALE_QUANTILE, Window};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::rect;
use crate::spatial::{TileCoord, mercator_u32, mercator_u32_to_lonlat};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Radius of the kernel, metres (`interface.md` §3.5).
const RADIUS_M: f64 = 150.0;
/// Side of a tile in cells: 2⁸.
const CELLS_LOG2: u8 = 8;
/// Side of the grid that the scale is taken from, cells.
const SCALE_CELLS: u32 = 512;
/// Points of an answer, at most.
const MOST_POINTS: usize = 2_000;

/// What the legend of the density says.
#[derive(Debug, Serialize, ToSchema)]
pub struct DensityView {
    /// Top of the scale, issues per km²; `None` when nothing lies on the map.
    #[serde(rename = "scale")]
    pub max_per_km2: Option<f32>,
    /// Unit of the scale.
    pub unit: &'static str,
    /// Radius of the kernel, metres.
    pub radius_m: f64,
    /// Issues of the period; `None` = too few of a sensitive category to be told.
    pub n: Option<u64>,
    /// Of them without a point: they are not on this map.
    pub without_point: Option<u64>,
    /// `[west, south, east, north]` of the points, degrees.
    pub bounds: Option<[f64; 4]>,
}

/// Issues with a point, as GeoJSON.
#[derive(Debug, Serialize, ToSchema)]
pub struct PointsView {
    /// `FeatureCollection`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Points with `id`, `code`, `category`, `state`, `overdue`.
    #[schema(value_type = Vec<Object>)]
    pub features: Vec<Value>,
    /// How many lie in the box; the newest are given.
    pub total: usize,
    /// Issues without a point, by the compound or region in the box that they are known to lie in. They have no
    /// place of their own: a mark stands for all of them, in the middle of what they lie in.
    pub unplaced: Vec<UnplacedView>,
}

/// Issues without a point in one compound, or in a region but in none of its compounds.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnplacedView {
    /// `compound` or `region`.
    pub kind: &'static str,
    /// Identity of the compound, code of the region.
    pub id: String,
    /// Name.
    pub name: String,
    /// Middle of the compound or region, `[lon, lat]` degrees.
    pub at: [f64; 2],
    /// How many.
    pub n: u64,
    /// Of them beyond their limit and open.
    pub overdue: u64,
}

/// Issues without a point that a filter selects, by what they lie in, where its middle lies in a box of degrees.
fn unplaced(ground: &Ground<'_>, filter: &Filter, inside: [f64; 4]) -> Vec<UnplacedView> {
    let (ledger, picture) = (ground.ledger, ground.picture);
    let mut counts: BTreeMap<(bool, u32), (u64, u64)> = BTreeMap::new();
    for row in filter.select(&ledger.columns).rows() {
        let Some(facts) = ledger
            .facts(row)
            .filter(|facts| facts.row.position.is_none())
        else {
            continue;
        };
        let place = match facts.row.place {
            Place::Compound(at) => (true, at),
            Place::Region(at) => (false, at),
            Place::Unknown => continue,
        };
        let (n, overdue) = counts.entry(place).or_default();
        *n += 1;
        *overdue += u64::from(is_overdue(&facts, ground.now));
    }
    let names = ledger.names();
    let found = counts
        .into_iter()
        .filter_map(|((compound, at), (n, overdue))| {
            let (kind, id, name, middle) = if compound {
                let id = *names.compounds.get_index(at as usize)?;
                let row = &picture.compounds[picture.compound_index(id)?];
                let middle = rect(&row.geometry)?.centre();
                ("compound", id.to_string(), row.name.clone(), middle)
            } else {
                let code = *names.regions.get_index(at as usize)?;
                let middle = picture.bounds(code)?.centre();
                (
                    "region",
                    code.to_string(),
                    picture.region_name(code),
                    middle,
                )
            };
            let [west, south, east, north] = inside;
            let seen = (west..=east).contains(&middle[0]) && (south..=north).contains(&middle[1]);
            seen.then_some(UnplacedView {
                kind,
                id,
                name,
                at: middle,
                n,
                overdue,
            })
        });
    found.collect()
}

/// Open, its clock running, and beyond its limit.
fn is_overdue(facts: &Facts, now: DateTime<Utc>) -> bool {
    let due = facts.row.due.map(crate::heat::from_minute);
    facts.row.closed.is_none() && !facts.state.is_terminal() && due.is_some_and(|due| due < now)
}

/// Box of the selected points, in fixed point.
fn extent(ground: &Ground<'_>, filter: &Filter) -> (usize, usize, Option<[u32; 4]>) {
    let columns = &ground.ledger.columns;
    let (mut n, mut pointless) = (0, 0);
    let mut extent: Option<[u32; 4]> = None;
    for row in filter.select(columns).rows() {
        n += 1;
        match columns.get(row).and_then(|issue| issue.position) {
            Some([x, y]) => {
                let [x0, y0, x1, y1] = extent.unwrap_or([x, y, x, y]);
                extent = Some([x0.min(x), y0.min(y), x1.max(x), y1.max(y)]);
            }
            None => pointless += 1,
        }
    }
    (n, pointless, extent)
}

fn kernel(extent: [u32; 4]) -> Option<Kernel> {
    let middle = [
        u32::midpoint(extent[0], extent[2]),
        u32::midpoint(extent[1], extent[3]),
    ];
    Kernel::new(RADIUS_M, mercator_u32_to_lonlat(middle)[1])
}

fn staff_only(asker: &Asker) -> Result<()> {
    if hides_small(asker) {
        return Err(Error::Forbidden {
            code: "staff_only",
            zh: "密度图和散点会显示单个问题的位置，只对工作人员开放；请看每千户率".to_owned(),
            en: "density and points show where single issues lie and are for staff; see the rates"
                .to_owned(),
        });
    }
    Ok(())
}

impl Services {
    /// Kernel and top of the scale for a filter; the same for all its tiles.
    fn density_scale(
        &self,
        ground: &Ground<'_>,
        query: &IssueQuery,
        filter: &Filter,
    ) -> Option<(Kernel, f32)> {
        let key = (ground.ledger.feed, filter.clone());
        self.issues().scales.get_with(key, || {
            let (_, _, extent) = extent(ground, filter);
            let extent = extent?;
            let kernel = kernel(extent)?;
            let window = Window::of_box(extent, SCALE_CELLS, kernel.finest_level())?;
            let columns = &ground.ledger.columns;
            let density = Density::new(
                columns,
                &filter.select(columns),
                window,
                kernel,
                query.least_told(ground.catalog),
            );
            Some((kernel, density.quantile(SCALE_QUANTILE)?))
        })
    }

    /// The legend of the density.
    ///
    /// # Errors
    /// `Invalid` words; `Forbidden` for those who are not staff.
    pub fn issue_density(&self, asker: &Asker, query: &IssueQuery) -> Result<DensityView> {
        staff_only(asker)?;
        let period = query.period(self.today(self.now()))?;
        self.issue_ground(asker, true, |ground| {
            let filter = query.figure(ground, period)?;
            let (n, without_point, extent) = extent(ground, &filter);
            let how = Telling::of(asker, query, ground.catalog);
            let degrees = extent.map(|[x0, y0, x1, y1]| {
                let [west, north] = mercator_u32_to_lonlat([x0, y0]);
                let [east, south] = mercator_u32_to_lonlat([x1, y1]);
                [west, south, east, north]
            });
            Ok(DensityView {
                max_per_km2: self
                    .density_scale(ground, query, &filter)
                    .map(|(_, max)| max),
                unit: "issues per km²",
                radius_m: RADIUS_M,
                n: how.count(n as u64),
                without_point: how.count(without_point as u64),
                bounds: degrees,
            })
        })
    }

    /// A tile of the density, encoded; empty where nothing can lie.
    ///
    /// # Errors
    /// `Invalid` words, `NotFound` for a tile that is none; `Forbidden` for those who are not staff.
    pub fn issue_density_tile(
        &self,
        asker: &Asker,
        query: &IssueQuery,
        [z, x, y]: [u32; 3],
    ) -> Result<Vec<u8>> {
        staff_only(asker)?;
        let missing = || Error::NotFound(format!("tile {z}/{x}/{y}"));
        let tile = u8::try_from(z)
            .ok()
            .and_then(|z| TileCoord::new(z, x, y))
            .ok_or_else(missing)?;
        let period = query.period(self.today(self.now()))?;
        self.issue_ground(asker, true, |ground| {
            let filter = query.figure(ground, period)?;
            let Some((kernel, max)) = self.density_scale(ground, query, &filter) else {
                return Ok(Vec::new());
            };
            let window =
                Window::of_tile(tile, CELLS_LOG2, kernel.finest_level()).ok_or_else(missing)?;
            let columns = &ground.ledger.columns;
            let density = Density::new(
                columns,
                &filter.select(columns),
                window,
                kernel,
                query.least_told(ground.catalog),
            );
            Ok(density
                .quantise(max)
                .map(|tile| tile.encode())
                .unwrap_or_default())
        })
    }

    /// Issues with a point in a box.
    ///
    /// # Errors
    /// `Invalid` words or box; `Forbidden` for those who are not staff.
    pub fn issue_points(
        &self,
        asker: &Asker,
        query: &IssueQuery,
        bbox: &str,
    ) -> Result<PointsView> {
        staff_only(asker)?;
        let numbers: Vec<f64> = bbox
            .split(',')
            .filter_map(|part| part.trim().parse().ok())
            .collect();
        let [west, south, east, north] = numbers[..] else {
            return Err(Error::invalid(
                "bbox_invalid",
                "bbox 应为 西,南,东,北 四个经纬度",
                "bbox is west,south,east,north in degrees",
            ));
        };
        let period = query.period(self.today(self.now()))?;
        self.issue_ground(asker, false, |ground| {
            let [x0, y0] = mercator_u32([west, north]);
            let [x1, y1] = mercator_u32([east, south]);
            let filter = Filter {
                bounds: Some([x0, y0, x1, y1]),
                ..query.figure(ground, period)?
            };
            let ledger = ground.ledger;
            let selection = filter.select(&ledger.columns);
            let features = selection
                .rows()
                .rev()
                .take(MOST_POINTS)
                .filter_map(|row| {
                    let facts = ledger.facts(row)?;
                    let at = mercator_u32_to_lonlat(facts.row.position?);
                    let category = ledger.names().categories.get_index(facts.row.category.into())?;
                    Some(json!({
                        "type": "Feature",
                        "geometry": { "type": "Point", "coordinates": at },
                        "properties": {
                            "id": ledger.id(row)?.to_string(),
                            "category": category,
                            "state": facts.state.to_string(),
                            "overdue": is_overdue(&facts, ground.now),
                            "reported": local(crate::heat::from_minute(facts.row.reported), ground.offset_min),
                            "closed": facts.state == State::Closed,
                        }
                    }))
                })
                .collect();
            let everywhere = query.figure(ground, period)?;
            Ok(PointsView {
                unplaced: unplaced(ground, &everywhere, [west, south, east, north]),
                kind: "FeatureCollection",
                features,
                total: selection.len(),
            })
        })
    }
}
