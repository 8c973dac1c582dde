//! The map of gaps as a file: GeoJSON, GeoPackage, XLSX; the same rows, marked with who took them and when.

use super::super::Services;
use super::super::accounts::Asker;
use super::super::error::{Error, Result};
use super::super::export_approval::Watermark;
use super::super::exports::ExportFormat;
use super::super::picture::Picture;
use super::views::{GapItem, GapQuery, GapsView};
use crate::domain::{CompoundId, GapReason};
use crate::formats::{self, Cell, CellKind, GeoJsonWriter, Provenance, Table, TableColumn};
use crate::storage::{self, GapFeature};
use geo_types::Geometry;
use std::sync::Arc;

/// A file on its way out.
pub struct GapFile {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub mime: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Services {
    /// The map of gaps of a region as a file; the filters are those of the map.
    ///
    /// # Errors
    /// As [`Services::gaps`]; `Invalid` format.
    pub async fn gaps_export(
        &self,
        asker: &Asker,
        code: &str,
        query: &GapQuery,
        format: &str,
    ) -> Result<GapFile> {
        let format = match format {
            "geojson" => ExportFormat::GeoJson,
            "gpkg" => ExportFormat::GeoPackage,
            "xlsx" => ExportFormat::Xlsx,
            _ => {
                return Err(Error::invalid(
                    "format_unknown",
                    "format 应为 geojson、gpkg 或 xlsx",
                    "format is geojson, gpkg or xlsx",
                ));
            }
        };
        let view = self.gap_view(asker, code, query).await?;
        let picture = view.picture.clone();
        let map = super::compute(move || Ok(view.map())).await?;
        let mark = Watermark::new(&asker.actor.name, self.now());
        let about = notes(&map.coverage.policy, &map, &mark);
        let scope = map.scope.clone();
        let bytes = if format == ExportFormat::GeoPackage {
            geopackage(&picture, &map, &about).await?
        } else {
            let write = move || match format {
                ExportFormat::Xlsx => xlsx(&picture, map, about),
                _ => geojson(&picture, &map, &about),
            };
            super::compute(write).await?
        };
        Ok(GapFile {
            name: format!("gaps-{scope}.{}", format.extension()),
            mime: format.content_type(),
            bytes,
        })
    }
}

/// What it is, from when, by which rule and limits, who took it.
fn notes(words: &str, map: &GapsView, mark: &Watermark) -> String {
    let settings = &map.settings;
    format!(
        "{} 覆盖缺口 · 数据截至 {} · {} · 小区 {} 个，户数未知 {} 个 · 超过 {} 天未访 · 步行超过 {} 分钟（每分钟 {} 米） · {}",
        map.scope_name,
        map.as_of,
        words,
        map.n + map.unknown_compounds,
        map.unknown_compounds,
        settings.unvisited_days,
        settings.too_far_minutes,
        settings.walking_m_per_min,
        mark.line()
    )
}

fn reason_zh(item: &GapItem) -> String {
    let reason: Option<GapReason> = item.reason.as_deref().and_then(|word| word.parse().ok());
    reason.map_or_else(String::new, |reason| reason.label_zh().to_owned())
}

fn shape<'a>(picture: &'a Picture, item: &GapItem) -> Option<&'a Geometry<f64>> {
    let at = picture.compound_index(CompoundId::new(item.id))?;
    Some(&picture.compounds[at].geometry)
}

fn geojson(picture: &Picture, map: &GapsView, about: &str) -> Result<Vec<u8>> {
    let failed = |error: formats::FormatError| Error::Internal(error.to_string());
    let provenance = Provenance {
        synthetic: picture.synthetic,
        as_of: Some(map.as_of.to_string()),
        source: Some(format!("Gridkeeper 网格管家 · {about}")),
        name: Some(format!("gaps {}", map.scope)),
    };
    let mut writer = GeoJsonWriter::new(Vec::new(), &provenance).map_err(failed)?;
    for item in &map.items {
        let by_reason = &item.reason_households;
        // One flat row: QGIS shows nested values as text.
        let properties = serde_json::json!({
            "id": item.id, "code": item.code, "name": item.name, "community": item.community,
            "community_name": item.community_name, "households": item.households, "estimated": item.estimated,
            "required": item.required, "in_post": item.in_post, "part_time": item.part_time,
            "short": item.short, "coverage_bp": item.coverage_bp,
            "uncovered_households": item.uncovered_households, "reason": item.reason,
            "reason_zh": reason_zh(item), "gap_households": item.gap_households, "level": item.level,
            "unassigned_households": by_reason.unassigned, "unstaffed_households": by_reason.unstaffed,
            "unvisited_households": by_reason.unvisited, "too_far_households": by_reason.too_far,
            "accessibility_milli": item.accessibility_milli, "minutes": item.minutes,
            "days_since_visit": item.days_since_visit, "sentence": item.sentence.zh,
            "sentence_en": item.sentence.en,
        });
        let properties = properties.as_object().cloned().unwrap_or_default();
        writer
            .write(
                Some(&item.id.to_string()),
                shape(picture, item),
                &properties,
            )
            .map_err(failed)?;
    }
    writer.finish().map_err(failed)
}

fn xlsx(picture: &Picture, map: GapsView, about: String) -> Result<Vec<u8>> {
    use CellKind::{Decimal, Integer, Text};
    let titles = [
        ("小区", Text),
        ("编码", Text),
        ("社区", Text),
        ("户数", Integer),
        ("应配", Integer),
        ("在岗", Integer),
        ("兼职", Integer),
        ("缺口", Integer),
        ("覆盖率 %", Decimal),
        ("超出配备的户数", Integer),
        ("主因", Text),
        ("未得到服务户数", Integer),
        ("未划片户数", Integer),
        ("缺人户数", Integer),
        ("久未巡户数", Integer),
        ("太远户数", Integer),
        ("最远步行分钟", Integer),
        ("每 500 户可达管家", Decimal),
        ("说明", Text),
    ];
    let integer = |n: Option<u64>| n.map_or(Cell::Empty, |n| Cell::Integer(n as i64));
    let small = |n: Option<u32>| integer(n.map(u64::from));
    let rows = map
        .items
        .into_iter()
        .map(|item| {
            let by_reason = item.reason_households;
            let percent = item.coverage_bp.map(|bp| f64::from(bp) / 100.0);
            let near = item.accessibility_milli.map(|milli| milli as f64 / 1000.0);
            let decimal = |n: Option<f64>| n.map_or(Cell::Empty, Cell::Number);
            let reason = reason_zh(&item);
            vec![
                Cell::Text(item.name),
                Cell::Text(item.code),
                Cell::Text(item.community_name),
                small(item.households),
                small(item.required),
                small(Some(item.in_post)),
                small(Some(item.part_time)),
                small(item.short),
                decimal(percent),
                small(item.uncovered_households),
                Cell::Text(reason),
                integer(Some(item.gap_households)),
                integer(Some(by_reason.unassigned)),
                integer(Some(by_reason.unstaffed)),
                integer(Some(by_reason.unvisited)),
                integer(Some(by_reason.too_far)),
                small(item.minutes),
                decimal(near),
                Cell::Text(item.sentence.zh),
            ]
        })
        .collect();
    let table = Table {
        title: "覆盖缺口".into(),
        notes: vec![about],
        synthetic: picture.synthetic,
        columns: titles
            .iter()
            .map(|(title, kind)| TableColumn::new(*title, *kind))
            .collect(),
        rows,
    };
    let mut bytes = Vec::new();
    formats::write_xlsx(&table, std::io::Cursor::new(&mut bytes))
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(bytes)
}

async fn geopackage(picture: &Arc<Picture>, map: &GapsView, about: &str) -> Result<Vec<u8>> {
    let features: Vec<GapFeature> = map
        .items
        .iter()
        .map(|item| GapFeature {
            id: item.id.to_string(),
            code: item.code.clone(),
            name: item.name.clone(),
            community: item.community.clone(),
            community_name: item.community_name.clone(),
            households: item.households.map(i64::from),
            required: item.required.map(i64::from),
            in_post: i64::from(item.in_post),
            part_time: i64::from(item.part_time),
            short: item.short.map(i64::from),
            coverage_bp: item.coverage_bp.map(i64::from),
            uncovered_households: item.uncovered_households.map(i64::from),
            reason: item.reason.clone(),
            reason_zh: reason_zh(item),
            gap_households: item.gap_households as i64,
            level: item.level.map(i64::from),
            minutes: item.minutes.map(i64::from),
            accessibility_milli: item.accessibility_milli.map(|n| n as i64),
            sentence: item.sentence.zh.clone(),
            shape: shape(picture, item).cloned(),
        })
        .collect();
    let synthetic = picture
        .synthetic
        .then(|| format!("{} · ", formats::SYNTHETIC_NOTE));
    let about = synthetic.unwrap_or_default() + about;
    let failed = |error: std::io::Error| Error::Internal(format!("export: {error}"));
    let folder = tempfile::tempdir().map_err(failed)?;
    let file = folder.path().join("gaps.gpkg");
    storage::write_gaps(&file, &map.scope_name, &about, &features).await?;
    tokio::fs::read(&file).await.map_err(failed)
}
