//! Units from GeoJSON polygons or points; who is whose neighbour on foot is computed, as for a plan.

use super::problems::Problems;
use super::sheet::{Numbering, number, weight};
use super::{Asks, Instance};
use crate::crs::{self, Crs};
use crate::districting::Unit;
use crate::domain::ImportKind;
use crate::formats::{self, RawFeature, ReadOptions};
use crate::services::error::{Error, Result};
use crate::services::planning::{edges_of, polygons};
use crate::spatial::{self, Barrier, BarrierClass, LocalFrame, Place, Rules};
use geo::{Centroid, CoordsIter};
use geo_types::Geometry;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// How shapes are read.
#[derive(Debug, Clone)]
pub struct ShapeOptions {
    /// What the coordinates are, unless the file declares it.
    pub crs: Crs,
    /// What nobody crosses: lines or polygons.
    pub barriers: Option<PathBuf>,
    /// Farthest neighbours known as points only, metres; `None` = the rules of a plan.
    pub reach_m: Option<f64>,
}

/// Reads polygons or points with the properties `weight` (or `households`), and if there are any `id`, `group`,
/// `zone`, `current` and `locked`.
///
/// # Errors
/// `Invalid` with the wrong rows.
pub fn read_shapes(path: &Path, options: &ShapeOptions) -> Result<Instance> {
    let mut problems = Problems::default();
    let (mut groups, mut zones, mut areas) = (
        Numbering::default(),
        Numbering::default(),
        Numbering::default(),
    );
    let mut seen: HashMap<String, u64> = HashMap::new();
    let (mut ids, mut units, mut places) = (Vec::new(), Vec::new(), Vec::new());
    let mut counted = Vec::new();
    for (feature, geometry) in features(path, options.crs)? {
        let row = feature.row;
        let property = |names: &[&str]| {
            let value = names.iter().find_map(|name| feature.get(name))?;
            let text = formats::values::normalise_text(&value.text());
            (!text.is_empty()).then_some(text)
        };
        let id = property(&["id", "编号"]).unwrap_or_else(|| row.to_string());
        if let Some(first) = seen.insert(id.clone(), row) {
            problems.add(
                "id_duplicate",
                (row, "id", &id),
                &format!("与第 {first} 行重复"),
                &format!("is also the id of row {first}"),
            );
        }
        let text = property(&["weight", "households", "户数", "总户数"]).unwrap_or_default();
        let households = text
            .parse()
            .ok()
            .filter(|v: &f64| v.is_finite())
            .and_then(weight);
        if households.is_none() {
            problems.add(
                "weight_invalid",
                (row, "weight", &text),
                "户数应为 0 或正数",
                "must be a number of households, 0 or more",
            );
        }
        let load_weight = property(&["load_weight", "visit_weight", "负荷权重"]);
        let times = load_weight.as_deref().map_or(Some(1.0), number);
        let load = times.filter(|times| *times >= 0.0).and_then(|times| {
            let households = f64::from(households.unwrap_or(0));
            weight(households * times)
        });
        if load.is_none() {
            problems.add(
                "load_weight_invalid",
                (row, "load_weight", &load_weight.unwrap_or_default()),
                "应为 0 或正数（默认 1）",
                "must be a number, 0 or more (1 by default)",
            );
        }
        let Some(point) = geometry.centroid() else {
            problems.add(
                "geometry_empty",
                (row, "geometry", ""),
                "没有图形",
                "has no geometry",
            );
            continue;
        };
        let group = property(&["group", "compound", "小区"]).map(|name| groups.of(&name));
        let zone = zones.of(&property(&["zone", "community", "社区"]).unwrap_or_default());
        let current = property(&["current", "片区"]).map(|name| areas.of(&name));
        let locked =
            property(&["locked"]).is_some_and(|text| matches!(text.as_str(), "1" | "true" | "是"));
        if locked && current.is_none() {
            problems.add(
                "locked_nowhere",
                (row, "locked", "true"),
                "已锁定但没有现片区",
                "is locked, but has no current area to stay in",
            );
        }
        places.push(Place {
            footprint: polygons(&geometry),
            point: [point.x(), point.y()],
            compound: group,
            community: zone,
            grid: None,
            village: false,
            whole_compound: false,
        });
        ids.push(id);
        counted.push(households.unwrap_or(0));
        units.push(Unit {
            households: load.unwrap_or(0),
            x_dm: 0,
            y_dm: 0,
            group,
            zone,
            current,
            locked,
        });
    }
    problems.into_result()?;
    if units.is_empty() {
        return Err(Error::invalid(
            "no_units",
            format!("{}：没有图形", path.display()),
            format!("{}: there are no features", path.display()),
        ));
    }
    let barriers = match &options.barriers {
        Some(path) => barriers(path, options.crs)?,
        None => Vec::new(),
    };
    let rules = Rules::default();
    let rules = match options.reach_m {
        Some(reach) => Rules {
            gabriel_max_m: reach,
            point_max_m: reach,
            compound_max_m: reach,
            ..rules
        },
        None => rules,
    };
    let walkable = spatial::walkable(&places, &[], &barriers, &rules);
    let frame = LocalFrame::around(places[0].point);
    for ((unit, place), zone) in units.iter_mut().zip(&places).zip(&walkable.zone_of) {
        [unit.x_dm, unit.y_dm] = frame.to_dm(place.point);
        unit.zone = *zone;
    }
    let edges = edges_of(&walkable);
    let names = walkable.zones.iter().enumerate();
    Ok(Instance {
        source: path.display().to_string(),
        ids,
        zones: names.map(|(number, _)| (number + 1).to_string()).collect(),
        current_areas: areas.into_names(),
        counted,
        units,
        edges,
        crossings: BTreeMap::new(),
        frame: Some((frame, options.crs)),
        asks: Asks::default(),
    }
    .without_crossings())
}

fn barriers(path: &Path, crs: Crs) -> Result<Vec<Barrier>> {
    let class = |feature: &RawFeature| match feature.get("class").map(|v| v.text().to_lowercase()) {
        Some(class) if class.contains("rail") => BarrierClass::Rail,
        Some(class) if class.contains("road") || class.contains("motorway") => {
            BarrierClass::MajorRoad
        }
        _ => BarrierClass::Water,
    };
    let features = features(path, crs)?;
    Ok(features
        .into_iter()
        .map(|(feature, geometry)| Barrier {
            class: class(&feature),
            geometry,
        })
        .collect())
}

/// The features of a file with their geometries in WGS 84.
fn features(path: &Path, otherwise: Crs) -> Result<Vec<(RawFeature, Geometry<f64>)>> {
    let name = path.display().to_string();
    let refuse = |zh: &str, en: &str| {
        Error::invalid(
            "file_unreadable",
            format!("{name}：{zh}"),
            format!("{name}: {en}"),
        )
    };
    let opened = formats::open(path, &name, &ReadOptions::new(ImportKind::Buildings))
        .map_err(|error| refuse(&error.to_string(), &error.to_string()))?;
    let declared = opened.declared_crs.as_deref().map(crs::from_word);
    let crs = match declared {
        Some(Ok(crs)) => crs,
        Some(Err(error)) => return Err(refuse(&error.zh(), &error.to_string())),
        None => otherwise,
    };
    let transformer = crs::to_wgs84(crs);
    let mut found = Vec::new();
    for row in opened.rows {
        let mut feature = row.map_err(|problem| Error::Invalid(vec![problem]))?;
        let Some(mut geometry) = feature.geometry.take() else {
            continue;
        };
        transformer.forward_geometry(&mut geometry);
        let outside = geometry
            .coords_iter()
            .any(|at| !((-180.0..=180.0).contains(&at.x) && (-90.0..=90.0).contains(&at.y)));
        if outside {
            return Err(refuse(
                &format!("第 {} 行坐标超出 {} 的范围", feature.row, crs.label_zh()),
                &format!("row {} lies outside of {}", feature.row, crs.label_en()),
            ));
        }
        found.push((feature, geometry));
    }
    Ok(found)
}
