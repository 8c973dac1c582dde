//! A plan as a file: the same rows in CSV, XLSX, GeoJSON, GeoPackage and PDF, marked when the data are synthetic.

use super::Services;
use super::error::{Error, Result};
use super::export_approval::Watermark;
use super::picture::{Picture, PlanPicture};
use super::views::AreaView;
use super::{exchange, plans, regions};
use crate::domain::{PlanId, WeighBy};
use crate::formats::{self, Cell, CellKind, GeoJsonWriter, Provenance, Table, TableColumn};
use crate::storage::{self, AreaFeature, UnitRecord};
use uuid::Uuid;

/// File formats of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// CSV with a byte order mark, for Excel.
    Csv,
    /// Excel workbook.
    Xlsx,
    /// GeoJSON, WGS 84.
    GeoJson,
    /// GeoPackage with the areas and the units' areas, WGS 84.
    GeoPackage,
    /// A4 report with a map.
    Pdf,
}

impl ExportFormat {
    /// By file extension.
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension {
            "csv" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            "geojson" | "json" => Some(Self::GeoJson),
            "gpkg" => Some(Self::GeoPackage),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }

    /// File extension.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::GeoJson => "geojson",
            Self::GeoPackage => "gpkg",
            Self::Pdf => "pdf",
        }
    }

    /// Media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::GeoJson => "application/geo+json",
            Self::GeoPackage => "application/geopackage+sqlite3",
            Self::Pdf => "application/pdf",
        }
    }
}

impl Services {
    /// A plan as a file.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn export_plan(
        &self,
        id: Uuid,
        format: ExportFormat,
        mark: &Watermark,
    ) -> Result<Vec<u8>> {
        plans::find(&self.picture(), id)?;
        self.settle(PlanId::new(id)).await?;
        if format == ExportFormat::GeoPackage {
            return self.export_geopackage(id, mark).await;
        }
        let picture = self.picture();
        let now = self.now();
        let mark = mark.clone();
        let write = move || -> Result<Vec<u8>> {
            let found = plans::find(&picture, id)?;
            let areas = plans::areas(&picture, id)?;
            let failed = |error: formats::FormatError| Error::Internal(error.to_string());
            let mut bytes = Vec::new();
            match format {
                ExportFormat::Csv => {
                    formats::write_csv(&table(&picture, found, areas, &mark), &mut bytes)
                        .map_err(failed)?;
                }
                ExportFormat::Xlsx => {
                    bytes = Vec::new();
                    let mut target = std::io::Cursor::new(&mut bytes);
                    formats::write_xlsx(&table(&picture, found, areas, &mark), &mut target)
                        .map_err(failed)?;
                }
                ExportFormat::GeoJson => {
                    geojson(&picture, found, &areas, &mark, &mut bytes).map_err(failed)?;
                }
                // It is written elsewhere, by the database's own driver.
                ExportFormat::GeoPackage => {}
                ExportFormat::Pdf => {
                    bytes = super::plan_sheet::render(&picture, found, areas, &mark, now)?;
                }
            }
            Ok(bytes)
        };
        tokio::task::spawn_blocking(write)
            .await
            .map_err(|error| Error::Internal(format!("export: {error}")))?
    }

    async fn export_geopackage(&self, id: Uuid, mark: &Watermark) -> Result<Vec<u8>> {
        let picture = self.picture();
        let found = plans::find(&picture, id)?;
        let areas: Vec<AreaFeature> = plans::areas(&picture, id)?
            .into_iter()
            .map(|area| area_feature(found, area))
            .collect();
        let units: Vec<UnitRecord> = exchange::rows(&picture, found)
            .into_iter()
            .map(|row| unit_record(found, row))
            .collect();
        let synthetic = picture
            .synthetic
            .then(|| format!("{} · ", formats::SYNTHETIC_NOTE));
        let about = synthetic.unwrap_or_default() + &notes(&picture, found, mark).join(" ");
        let failed = |error: std::io::Error| Error::Internal(format!("export: {error}"));
        let folder = tempfile::tempdir().map_err(failed)?;
        let file = folder.path().join("areas.gpkg");
        storage::write_areas(&file, &found.plan.name, &about, &areas, &units).await?;
        tokio::fs::read(&file).await.map_err(failed)
    }
}

fn unit_record(found: &PlanPicture, row: exchange::Row) -> UnitRecord {
    UnitRecord {
        id: row.id.to_string(),
        kind: row.kind.to_owned(),
        compound: row.compound,
        name: row.name,
        households: row.households.map(i64::from),
        area_number: row.area.map(|at| i64::from(found.areas[at].number)),
    }
}

fn area_feature(found: &PlanPicture, area: AreaView) -> AreaFeature {
    let known = found.area_index(area.id).map(|at| &found.areas[at]);
    let names: Vec<String> = area.keepers.into_iter().map(|keeper| keeper.name).collect();
    AreaFeature {
        id: area.id.to_string(),
        number: i64::from(area.number),
        label: area.label,
        code: area.code,
        name: known.map(|known| known.name.clone()).unwrap_or_default(),
        community: area.community,
        community_name: area.community_name,
        compounds: area.compounds.join("、"),
        keepers: names.join("、"),
        households: area.households.map(|n| n as i64),
        estimated_households: area.estimated_households.map(|n| n as i64),
        seats: i64::from(area.seats),
        filled: i64::from(area.filled),
        deviation_bp: area.deviation_bp,
        heavy: area.heavy,
        pieces: i64::from(area.pieces),
        outline: known.and_then(|known| known.outline.clone()),
    }
}

/// Notes above every export: what it is, from when, and that it is synthetic.
pub(super) fn notes(picture: &Picture, found: &PlanPicture, mark: &Watermark) -> Vec<String> {
    let plan = &found.plan;
    vec![format!(
        "{} · {} · {} · 数据截至 {} · {} · {}",
        picture.region_name(plan.street),
        plan.name,
        plan.state_at(picture.as_of).label_zh(),
        picture.today,
        regions::policy_words(picture, plan.street),
        mark.line()
    )]
}

fn table(picture: &Picture, found: &PlanPicture, areas: Vec<AreaView>, mark: &Watermark) -> Table {
    let column = |title: &str, kind| TableColumn::new(title, kind);
    let number = |n: Option<f64>| n.map_or(Cell::Empty, Cell::Number);
    let by = found.plan.settings.weigh_by;
    let percent = |bp: Option<i64>| number(bp.map(|bp| bp as f64 / 100.0));
    let integer = |n: Option<u64>| n.map_or(Cell::Empty, |n| Cell::Integer(n as i64));
    Table {
        title: format!("片区 {}", found.plan.name),
        notes: notes(picture, found, mark),
        synthetic: picture.synthetic,
        columns: vec![
            column("片区", CellKind::Text),
            column("编码", CellKind::Text),
            column("社区", CellKind::Text),
            column("小区", CellKind::Text),
            column("户数", CellKind::Integer),
            column("其中估算", CellKind::Integer),
            column("走访量（次/月）", CellKind::Integer),
            column("席位", CellKind::Integer),
            column("在岗", CellKind::Integer),
            column("小管家", CellKind::Text),
            column(
                match by {
                    WeighBy::Households => "目标户数",
                    WeighBy::Visits => "目标走访量（次/月）",
                },
                CellKind::Decimal,
            ),
            column(&format!("偏差 %（按{}）", by.label_zh()), CellKind::Decimal),
            column("与设定之差 %", CellKind::Decimal),
            column("不可再分", CellKind::Text),
            column("块数", CellKind::Integer),
        ],
        rows: areas
            .into_iter()
            .map(|area| {
                let names: Vec<&str> = area
                    .keepers
                    .iter()
                    .map(|keeper| keeper.name.as_str())
                    .collect();
                vec![
                    Cell::Text(area.label.clone()),
                    Cell::Text(area.code.clone()),
                    Cell::Text(area.community_name.clone()),
                    Cell::Text(area.compounds.join("、")),
                    integer(area.households),
                    integer(area.estimated_households),
                    integer(area.visits),
                    Cell::Integer(i64::from(area.seats)),
                    Cell::Integer(i64::from(area.filled)),
                    Cell::Text(if names.is_empty() {
                        "空缺".into()
                    } else {
                        names.join("、")
                    }),
                    number(area.target),
                    percent(area.deviation_bp),
                    percent(area.off_target_bp),
                    Cell::Text(if area.heavy {
                        "是".into()
                    } else {
                        String::new()
                    }),
                    Cell::Integer(i64::from(area.pieces)),
                ]
            })
            .collect(),
    }
}

fn geojson(
    picture: &Picture,
    found: &PlanPicture,
    areas: &[AreaView],
    mark: &Watermark,
    out: &mut Vec<u8>,
) -> std::result::Result<(), formats::FormatError> {
    let provenance = Provenance {
        synthetic: picture.synthetic,
        as_of: Some(picture.today.to_string()),
        source: Some(format!("Gridkeeper 网格管家 · {}", mark.line())),
        name: Some(found.plan.name.clone()),
    };
    let mut writer = GeoJsonWriter::new(out, &provenance)?;
    for area in areas {
        let outline = found
            .area_index(area.id)
            .and_then(|at| found.areas[at].outline.clone())
            .map(geo_types::Geometry::MultiPolygon);
        let properties = serde_json::json!({
            "id": area.id, "number": area.number, "code": area.code, "community": area.community,
            "households": area.households, "estimated_households": area.estimated_households,
            "visits": area.visits, "weigh_by": found.plan.settings.weigh_by,
            "seats": area.seats, "filled": area.filled, "deviation_bp": area.deviation_bp,
            "off_target_bp": area.off_target_bp, "heavy": area.heavy, "compounds": area.compounds,
        });
        let properties = properties.as_object().cloned().unwrap_or_default();
        writer.write(Some(&area.id.to_string()), outline.as_ref(), &properties)?;
    }
    writer.finish().map(drop)
}
