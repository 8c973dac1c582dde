//! Lists and heatmaps as files: CSV and XLSX for people, GeoJSON for maps.
//!
//! Invariant: a file says who made it, when, of what and how many; it holds no name and no number of a reporter.

use super::heatmap::{HeatBy, HeatView};
use super::query::Ground;
use super::{IssueQuery, IssueView, PageQuery};
use crate::domain::IssueId;
use crate::formats::{self, Cell, CellKind, Table, TableColumn};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::{Value, json};

/// Rows of a file, at most.
const MOST_ROWS: usize = 100_000;
/// Rows that are read from the store at once.
const READ_ROWS: usize = 2_000;

/// A file on its way out.
pub struct IssueFile {
    /// Name.
    pub name: String,
    /// Media type.
    pub mime: &'static str,
    /// Content.
    pub bytes: Vec<u8>,
}

fn write(table: &Table, format: &str, stem: &str) -> Result<IssueFile> {
    let failed = |error: formats::FormatError| Error::Internal(error.to_string());
    let mut bytes = Vec::new();
    let mime = match format {
        "csv" => {
            formats::write_csv(table, &mut bytes).map_err(failed)?;
            "text/csv; charset=utf-8"
        }
        "xlsx" => {
            formats::write_xlsx(table, std::io::Cursor::new(&mut bytes)).map_err(failed)?;
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        }
        _ => return Err(format_unknown()),
    };
    Ok(IssueFile {
        name: format!("{stem}.{format}"),
        mime,
        bytes,
    })
}

fn format_unknown() -> Error {
    Error::invalid(
        "format_unknown",
        "format 可为 csv、xlsx、geojson；what 可为 issues、heat",
        "format is csv, xlsx or geojson; what is issues or heat",
    )
}

fn geojson(features: &[Value], mark: &str, stem: &str) -> IssueFile {
    let body = json!({ "type": "FeatureCollection", "note": mark, "features": features });
    IssueFile {
        name: format!("{stem}.geojson"),
        mime: "application/geo+json",
        bytes: body.to_string().into_bytes(),
    }
}

fn time(at: Option<DateTime<Utc>>, offset_min: i32) -> Cell {
    let zone = FixedOffset::east_opt(offset_min * 60);
    match at.zip(zone) {
        Some((at, zone)) => {
            Cell::Text(at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string())
        }
        None => Cell::Empty,
    }
}

fn whole(n: Option<u64>) -> Cell {
    n.and_then(|n| i64::try_from(n).ok())
        .map_or(Cell::Empty, Cell::Integer)
}

fn text(value: Option<&str>) -> Cell {
    value.map_or(Cell::Empty, |value| Cell::Text(value.to_owned()))
}

fn columns(titles: &[(&str, CellKind)]) -> Vec<TableColumn> {
    titles
        .iter()
        .map(|(title, kind)| TableColumn::new(*title, *kind))
        .collect()
}

fn issue_row(issue: &IssueView, offset_min: i32) -> Vec<Cell> {
    vec![
        Cell::Text(issue.code.clone()),
        Cell::Text(issue.category_zh.clone()),
        Cell::Text(issue.place_name.clone()),
        text(issue.region.as_deref()),
        Cell::Text(issue.state_zh.clone()),
        text(issue.owner.as_ref().map(|owner| owner.name.as_str())),
        time(Some(issue.reported_at), offset_min),
        time(issue.due_at, offset_min),
        time(issue.closed_at, offset_min),
        Cell::Text(issue.black_text.clone()),
        text(issue.red_text.as_deref()),
        Cell::from(Some(issue.returns)),
        Cell::from(issue.place.lon),
        Cell::from(issue.place.lat),
    ]
}

fn heat_table(heat: &HeatView, mark: String, synthetic: bool) -> Table {
    use CellKind::{Decimal, Integer, Text};
    let number = |n: Option<u64>| n.map_or_else(|| Cell::Text("<5".to_owned()), |n| whole(Some(n)));
    let titles = [
        ("编号", Text),
        ("名称", Text),
        ("件数", Integer),
        ("户数", Integer),
        ("每千户30天率", Decimal),
        ("前期件数", Integer),
        ("增减", Integer),
        ("热点", Text),
        ("z", Decimal),
        ("q", Decimal),
        ("超时未结", Integer),
        ("无点位", Integer),
    ];
    Table {
        title: "问题热力".into(),
        notes: vec![
            format!(
                "{} 至 {}，{} 天；按{}；率＝件数 ÷ 户数 × 1000 × 30 ÷ 天数；少于 {} 件为样本少",
                heat.from, heat.to, heat.days, heat.by, heat.k
            ),
            mark,
        ],
        synthetic,
        columns: columns(&titles),
        rows: heat
            .items
            .iter()
            .map(|row| {
                vec![
                    Cell::Text(row.id.clone()),
                    Cell::Text(row.name.clone()),
                    number(row.n),
                    whole(row.households),
                    Cell::from(row.rate),
                    number(row.previous_n),
                    row.delta
                        .map_or(Cell::Empty, |delta| Cell::Text(format!("{delta:+}"))),
                    row.hot
                        .map_or(Cell::Empty, |hot| Cell::Text(format!("{hot}%"))),
                    Cell::from(row.z),
                    Cell::from(row.q),
                    number(row.overdue),
                    number(row.without_point),
                ]
            })
            .collect(),
    }
}

/// Outlines of the places of a heatmap with their figures.
fn heat_features(ground: &Ground<'_>, heat: &HeatView, by: HeatBy) -> Vec<Value> {
    let picture = ground.picture;
    let geometry = |id: &str| -> Option<geojson::Geometry> {
        let uuid = || uuid::Uuid::parse_str(id).ok();
        match by {
            HeatBy::Compound => {
                let at = picture.compound_index(crate::domain::CompoundId::new(uuid()?))?;
                Some((&picture.compounds[at].geometry).into())
            }
            HeatBy::Grid => {
                let named = |grid: &&crate::domain::Grid| {
                    grid.code.as_deref() == Some(id) || grid.id.to_string() == id
                };
                let grid = picture.grids.iter().find(named)?;
                Some((&grid.outline).into())
            }
            HeatBy::Community => picture
                .region(id.parse().ok()?)?
                .outline
                .as_ref()
                .map(Into::into),
            HeatBy::Hexagon => None,
        }
    };
    heat.items
        .iter()
        .map(|row| {
            let shape = match &row.outline {
                Some(ring) => json!({ "type": "Polygon", "coordinates": [ring] }),
                None => json!(geometry(&row.id)),
            };
            json!({
                "type": "Feature",
                "geometry": shape,
                "properties": {
                    "id": row.id, "name": row.name, "n": row.n, "small": row.small, "households": row.households,
                    "rate": row.rate, "previous_n": row.previous_n, "hot": row.hot, "z": row.z, "q": row.q,
                    "overdue": row.overdue, "from": heat.from, "to": heat.to,
                }
            })
        })
        .collect()
}

impl Services {
    /// The list or the heatmap as a file.
    ///
    /// # Errors
    /// `Invalid` words or format; `Conflict` when there are too many rows.
    pub async fn issue_export(
        &self,
        asker: &Asker,
        query: &IssueQuery,
        what: &str,
        by: HeatBy,
        format: &str,
    ) -> Result<IssueFile> {
        let now = self.now();
        let offset_min = self.config().time.utc_offset_minutes;
        let mark = format!("{} 于 {} 导出", asker.actor.name, now.to_rfc3339());
        let synthetic = self.picture().synthetic;
        match (what, format) {
            ("heat", "csv" | "xlsx") => {
                let heat = self.issue_heat(asker, query, by)?;
                write(&heat_table(&heat, mark, synthetic), format, "heat")
            }
            ("heat", "geojson") => {
                let heat = self.issue_heat(asker, query, by)?;
                let features =
                    self.issue_ground(asker, true, |ground| Ok(heat_features(ground, &heat, by)))?;
                Ok(geojson(&features, &mark, "heat"))
            }
            ("issues", "csv" | "xlsx" | "geojson") => {
                let views = self.issue_export_rows(asker, query).await?;
                if format == "geojson" {
                    let features: Vec<Value> = views.iter().map(issue_feature).collect();
                    return Ok(geojson(&features, &mark, "issues"));
                }
                use CellKind::{Decimal, Integer, Text};
                let titles = [
                    ("编号", Text),
                    ("类别", Text),
                    ("位置", Text),
                    ("区划", Text),
                    ("状态", Text),
                    ("承办单位", Text),
                    ("上报时间", Text),
                    ("时限", Text),
                    ("销号时间", Text),
                    ("问题", Text),
                    ("结果", Text),
                    ("退回次数", Integer),
                    ("经度", Decimal),
                    ("纬度", Decimal),
                ];
                let table = Table {
                    title: "问题清单".into(),
                    notes: vec![format!("{} 件", views.len()), mark],
                    synthetic,
                    columns: columns(&titles),
                    rows: views
                        .iter()
                        .map(|view| issue_row(view, offset_min))
                        .collect(),
                };
                write(&table, format, "issues")
            }
            _ => Err(format_unknown()),
        }
    }

    async fn issue_export_rows(&self, asker: &Asker, query: &IssueQuery) -> Result<Vec<IssueView>> {
        let today = self.today(self.now());
        let ids: Vec<IssueId> = self.issue_ground(asker, false, |ground| {
            let rows = query.rows(ground, today)?;
            if rows.len() > MOST_ROWS {
                return Err(Error::conflict(
                    "too_many_rows",
                    format!(
                        "共 {} 件，一次最多导出 {MOST_ROWS} 件；请缩小范围或时间",
                        rows.len()
                    ),
                    format!(
                        "{} issues; at most {MOST_ROWS} go into a file: narrow the filter",
                        rows.len()
                    ),
                ));
            }
            let rows =
                super::listing::sorted(ground.ledger, &rows, &PageQuery::default(), usize::MAX)?;
            Ok(rows
                .into_iter()
                .filter_map(|row| ground.ledger.id(row))
                .collect())
        })?;
        let mut views = Vec::with_capacity(ids.len());
        for ids in ids.chunks(READ_ROWS) {
            let rows = self.issues_in_order(ids).await?;
            views.extend(self.issue_ground(asker, false, |ground| {
                Ok(rows
                    .iter()
                    .map(|row| super::views::view(ground, &row.issue))
                    .collect::<Vec<_>>())
            })?);
        }
        Ok(views)
    }
}

fn issue_feature(issue: &IssueView) -> Value {
    let point = issue.place.lon.zip(issue.place.lat);
    let geometry = point.map(|(lon, lat)| json!({ "type": "Point", "coordinates": [lon, lat] }));
    json!({
        "type": "Feature",
        "geometry": geometry,
        "properties": {
            "id": issue.id, "code": issue.code, "category": issue.category, "category_zh": issue.category_zh,
            "place": issue.place_name, "region": issue.region, "state": issue.state,
            "owner": issue.owner.as_ref().map(|owner| &owner.name), "reported_at": issue.reported_at,
            "due_at": issue.due_at, "closed_at": issue.closed_at, "returns": issue.returns,
        }
    })
}
