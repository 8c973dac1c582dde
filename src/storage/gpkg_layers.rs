//! A GeoPackage for others: layers without our own tables, which QGIS opens as they are.

use super::error::{Error, Result};
use super::geometry::Geom;
use crate::spatial::BBox;
use geo_types::MultiPolygon;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::path::Path;

/// The schema of our own file begins with the tables of the standard.
const SCHEMA: &str = include_str!("../../migrations/gpkg/0001_schema.sql");
const END_OF_STANDARD: &str = "-- Our own transactions";

const LAYERS: &str = "
CREATE TABLE patrol_area (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    id TEXT NOT NULL, number INTEGER NOT NULL, label TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
    community TEXT NOT NULL, community_name TEXT NOT NULL, compounds TEXT NOT NULL, keepers TEXT NOT NULL,
    households INTEGER, estimated_households INTEGER, seats INTEGER NOT NULL,
    filled INTEGER NOT NULL, deviation_bp INTEGER, heavy BOOLEAN NOT NULL, pieces INTEGER NOT NULL,
    geom MULTIPOLYGON
);
CREATE TABLE assignment (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    unit_id TEXT NOT NULL, unit_kind TEXT NOT NULL, compound TEXT NOT NULL, name TEXT NOT NULL,
    households INTEGER, area_number INTEGER
);";
const GEOMETRY: &str =
    "INSERT INTO gpkg_geometry_columns VALUES ('patrol_area', 'geom', 'MULTIPOLYGON', 4326, 0, 0)";
const CONTENTS: &str = "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, \
    max_x, max_y, srs_id) VALUES ('patrol_area', 'features', $1, $2, $3, $4, $5, $6, 4326)";
const TABLE: &str = "INSERT INTO gpkg_contents (table_name, data_type, identifier, description) \
    VALUES ('assignment', 'attributes', $1, $2)";
const AREA: &str = "INSERT INTO patrol_area (id, number, label, code, name, community, community_name, compounds, \
    keepers, households, estimated_households, seats, filled, deviation_bp, heavy, pieces, geom) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
const UNIT: &str = "INSERT INTO assignment (unit_id, unit_kind, compound, name, households, area_number) \
    VALUES ($1, $2, $3, $4, $5, $6)";

/// An area of the layer.
#[derive(Debug, Clone)]
pub struct AreaFeature {
    /// Identity.
    pub id: String,
    /// Number.
    pub number: i64,
    /// Number as printed.
    pub label: String,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Code of its community.
    pub community: String,
    /// Name of its community.
    pub community_name: String,
    /// Names of its compounds.
    pub compounds: String,
    /// Names of its keepers.
    pub keepers: String,
    /// Households; `None` = not told.
    pub households: Option<i64>,
    /// Households of these that are estimates.
    pub estimated_households: Option<i64>,
    /// Seats.
    pub seats: i64,
    /// Seats with somebody in post.
    pub filled: i64,
    /// Deviation in basis points; `None` = not told.
    pub deviation_bp: Option<i64>,
    /// Holds a unit heavier than an area may be.
    pub heavy: bool,
    /// Connected components.
    pub pieces: i64,
    /// Outline, (lon, lat) degrees WGS 84.
    pub outline: Option<MultiPolygon<f64>>,
}

/// A row of the table of units.
#[derive(Debug, Clone)]
pub struct UnitRecord {
    /// Identity.
    pub id: String,
    /// building or compound.
    pub kind: String,
    /// Compound; empty without one.
    pub compound: String,
    /// Own name; empty for a compound.
    pub name: String,
    /// Households; `None` = not known.
    pub households: Option<i64>,
    /// Number of its area.
    pub area_number: Option<i64>,
}

/// Writes the layers `patrol_area` and `assignment` into a new file; `title` and `about` are what QGIS shows.
///
/// # Errors
/// The file system's and SQLite's own.
pub async fn write_areas(
    path: &Path,
    title: &str,
    about: &str,
    areas: &[AreaFeature],
    units: &[UnitRecord],
) -> Result<()> {
    let mut file = new_file(path, LAYERS).await?;
    let mut tx = file.begin().await?;
    contents(&mut tx, title, about, areas).await?;
    for area in areas {
        sqlx::query(AREA)
            .bind(&area.id)
            .bind(area.number)
            .bind(&area.label)
            .bind(&area.code)
            .bind(&area.name)
            .bind(&area.community)
            .bind(&area.community_name)
            .bind(&area.compounds)
            .bind(&area.keepers)
            .bind(area.households)
            .bind(area.estimated_households)
            .bind(area.seats)
            .bind(area.filled)
            .bind(area.deviation_bp)
            .bind(area.heavy)
            .bind(area.pieces)
            .bind(area.outline.as_ref().map(Geom::from))
            .execute(&mut *tx)
            .await?;
    }
    for unit in units {
        sqlx::query(UNIT)
            .bind(&unit.id)
            .bind(&unit.kind)
            .bind(&unit.compound)
            .bind(&unit.name)
            .bind(unit.households)
            .bind(unit.area_number)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    file.close().await.map_err(Error::from)
}

/// A new file with the tables of the standard and these of ours.
pub(super) async fn new_file(path: &Path, layers: &str) -> Result<SqliteConnection> {
    let mut file = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .connect()
        .await?;
    let standard = SCHEMA.split(END_OF_STANDARD).next().unwrap_or(SCHEMA);
    sqlx::raw_sql(AssertSqlSafe(format!("{standard}{layers}")))
        .execute(&mut file)
        .await?;
    Ok(file)
}

async fn contents(
    file: &mut SqliteConnection,
    title: &str,
    about: &str,
    areas: &[AreaFeature],
) -> Result<()> {
    let outlines = areas.iter().filter_map(|area| area.outline.clone());
    let bounds = outlines
        .filter_map(|outline| BBox::of_geometry(&outline.into()))
        .reduce(BBox::union);
    sqlx::query(CONTENTS)
        .bind(format!("片区 {title}"))
        .bind(about)
        .bind(bounds.map(BBox::west))
        .bind(bounds.map(BBox::south))
        .bind(bounds.map(BBox::east))
        .bind(bounds.map(BBox::north))
        .execute(&mut *file)
        .await?;
    sqlx::query(GEOMETRY).execute(&mut *file).await?;
    sqlx::query(TABLE)
        .bind(format!("楼栋归属 {title}"))
        .bind(about)
        .execute(&mut *file)
        .await?;
    Ok(())
}
