//! A plan on paper: the sheet that the PDF writer lays out.

use super::error::{Error, Result};
use super::export_approval::Watermark;
use super::picture::{NO_AREA, Picture, PlanPicture};
use super::planning::polygons;
use super::regions;
use super::views::AreaView;
use crate::formats::pdf::{self, AreaRow, KeyFigure, PlanSheet};
use chrono::{DateTime, Utc};
use geo::InteriorPoint;
use geo_types::{Geometry, LineString, Point, Polygon};

/// The PDF of a plan.
///
/// # Errors
/// `Internal` when the writer fails.
pub(super) fn render(
    picture: &Picture,
    found: &PlanPicture,
    areas: Vec<AreaView>,
    mark: &Watermark,
    now: DateTime<Utc>,
) -> Result<Vec<u8>> {
    let mut sheet = sheet(picture, found, areas, now);
    sheet.imprint = format!("{} · {}", sheet.imprint, mark.line());
    let report = pdf::plan_report(&sheet).map_err(|error| Error::Internal(error.to_string()))?;
    if let Some(warning) = report.warning() {
        tracing::warn!(pdf.missing = report.missing.len(), "{}", warning.en);
    }
    Ok(report.bytes)
}

fn sheet(
    picture: &Picture,
    found: &PlanPicture,
    areas: Vec<AreaView>,
    now: DateTime<Utc>,
) -> PlanSheet {
    let plan = &found.plan;
    let inside = |community| plan.street.contains(community);
    let coverage = picture.coverage(plan.street);
    let figure = |label: &str, value: String, unit: &str, note: String| KeyFigure {
        label: label.into(),
        value,
        unit: unit.into(),
        note,
    };
    let worst = plan.figures.worst_deviation_bp;
    // The index of an area in the list on the paper, by its position in the plan.
    let mut order = vec![0usize; found.areas.len()];
    for (at, area) in areas.iter().enumerate() {
        if let Some(position) = found.area_index(area.id) {
            order[position] = at;
        }
    }
    let (water, roads) = surroundings(picture);
    PlanSheet {
        title: format!("{}责任片区", picture.region_name(plan.street)),
        subtitle: plan.street.to_string(),
        plan: format!(
            "{} · {} · 第 {} 版",
            plan.name,
            plan.state_at(now).label_zh(),
            plan.version
        ),
        as_of: picture.today.to_string(),
        answer: format!(
            "{} 个片区共 {} 户，最大偏差 {:+.1} %（按{}），超差 {} 个；应配 {} 人，在岗 {} 人，缺 {} 人。",
            areas.len(),
            plan.figures.households,
            f64::from(worst) / 100.0,
            plan.settings.weigh_by.label_zh(),
            plan.figures.out_of_band,
            coverage.required,
            coverage.in_post,
            coverage.short
        ),
        figures: vec![
            figure(
                "片区",
                areas.len().to_string(),
                "个",
                format!("{} 个席位", plan.figures.seats),
            ),
            figure(
                "户数",
                plan.figures.households.to_string(),
                "户",
                format!("估算 {}", plan.figures.estimated_households),
            ),
            figure(
                "最大偏差",
                format!("{:+.1}", f64::from(worst) / 100.0),
                "%",
                format!(
                    "按{}，超差 {} 个",
                    plan.settings.weigh_by.label_zh(),
                    plan.figures.out_of_band
                ),
            ),
            figure(
                "在岗",
                coverage.in_post.to_string(),
                "人",
                format!("应配 {} 人", coverage.required),
            ),
        ],
        areas: areas.into_iter().map(|area| row(found, area)).collect(),
        compounds: picture
            .compounds
            .iter()
            .filter(|compound| inside(compound.community))
            .filter_map(|compound| Some((compound.name.clone(), polygons(&compound.geometry)?)))
            .collect(),
        roofs: picture
            .buildings
            .iter()
            .enumerate()
            .filter(|(_, building)| inside(building.community))
            .flat_map(|(row, building)| {
                let area = found.area_of_building.get(row);
                let at = (area != NO_AREA).then(|| order[area as usize]);
                polygons(&building.footprint)
                    .into_iter()
                    .flatten()
                    .map(move |polygon| (polygon, at))
            })
            .collect(),
        water,
        roads,
        limit: picture
            .region(plan.street)
            .and_then(|region| region.outline.clone()),
        note: regions::policy_words(picture, plan.street),
        imprint: "Gridkeeper 网格管家".into(),
        synthetic: picture.synthetic,
    }
}

fn row(found: &PlanPicture, area: AreaView) -> AreaRow {
    let outline = found
        .area_index(area.id)
        .and_then(|at| found.areas[at].outline.clone())
        .unwrap_or_else(|| geo_types::MultiPolygon::new(Vec::new()));
    let tag = outline.interior_point().unwrap_or_else(|| {
        area.centroid
            .map_or_else(|| Point::new(0.0, 0.0), |[lon, lat]| Point::new(lon, lat))
    });
    AreaRow {
        label: area.label,
        colour: area.colour,
        community: area.community_name,
        compounds: area.compounds,
        households: area.households.map(|n| n as u32),
        deviation_bp: area
            .deviation_bp
            .filter(|_| !area.heavy)
            .map(|bp| bp as i32),
        out_of_band: area.out_of_band,
        seats: area.seats,
        keepers: area.keepers.into_iter().map(|keeper| keeper.name).collect(),
        outline,
        tag,
    }
}

/// Water and main roads around the areas.
fn surroundings(picture: &Picture) -> (Vec<Polygon<f64>>, Vec<LineString<f64>>) {
    let (mut water, mut roads) = (Vec::new(), Vec::new());
    for barrier in &picture.barriers {
        match &barrier.geometry {
            Geometry::LineString(line) => roads.push(line.clone()),
            Geometry::MultiLineString(lines) => roads.extend(lines.iter().cloned()),
            other if barrier.class.is_water() => {
                water.extend(polygons(other).into_iter().flatten());
            }
            _ => {}
        }
    }
    (water, roads)
}
