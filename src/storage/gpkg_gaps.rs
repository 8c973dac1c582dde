//! The map of gaps as a GeoPackage for others: one layer, which QGIS opens as it is.

use super::error::{Error, Result};
use super::geometry::Geom;
use super::gpkg_layers::new_file;
use crate::spatial::BBox;
use geo_types::Geometry;
use sqlx::Connection;
use std::path::Path;

const LAYER: &str = "
CREATE TABLE gap (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    id TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, community TEXT NOT NULL, community_name TEXT NOT NULL,
    households INTEGER, required INTEGER, in_post INTEGER NOT NULL, part_time INTEGER NOT NULL, short INTEGER,
    coverage_bp INTEGER, uncovered_households INTEGER, reason TEXT, reason_zh TEXT NOT NULL,
    gap_households INTEGER NOT NULL, level INTEGER, minutes INTEGER, accessibility_milli INTEGER,
    sentence TEXT NOT NULL, geom GEOMETRY
);";
const COLUMN: &str =
    "INSERT INTO gpkg_geometry_columns VALUES ('gap', 'geom', 'GEOMETRY', 4326, 0, 0)";
const CONTENTS: &str = "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, \
    max_x, max_y, srs_id) VALUES ('gap', 'features', $1, $2, $3, $4, $5, $6, 4326)";
const GAP: &str = "INSERT INTO gap (id, code, name, community, community_name, households, required, in_post, \
    part_time, short, coverage_bp, uncovered_households, reason, reason_zh, gap_households, level, minutes, \
    accessibility_milli, sentence, geom) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, \
    $16, $17, $18, $19, $20)";

/// A compound of the layer; `None` = not known.
#[derive(Debug, Clone)]
pub struct GapFeature {
    /// Identity.
    pub id: String,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Code of its community.
    pub community: String,
    /// Name of its community.
    pub community_name: String,
    /// Households.
    pub households: Option<i64>,
    /// Keepers required.
    pub required: Option<i64>,
    /// Full-time keepers in post.
    pub in_post: i64,
    /// Part-time keepers.
    pub part_time: i64,
    /// Keepers missing.
    pub short: Option<i64>,
    /// Coverage, basis points.
    pub coverage_bp: Option<i64>,
    /// Households beyond what its keepers can serve.
    pub uncovered_households: Option<i64>,
    /// The reason, as a word.
    pub reason: Option<String>,
    /// The reason in Chinese; empty when all is well.
    pub reason_zh: String,
    /// Households not served.
    pub gap_households: i64,
    /// 0 to 4.
    pub level: Option<i64>,
    /// Whole minutes on foot from the farthest building.
    pub minutes: Option<i64>,
    /// Keepers per 500 households within reach, in thousandths.
    pub accessibility_milli: Option<i64>,
    /// What is the matter, Chinese.
    pub sentence: String,
    /// Outline or point, (lon, lat) degrees WGS 84.
    pub shape: Option<Geometry<f64>>,
}

/// Writes the layer `gap` into a new file; `title` and `about` are what QGIS shows.
///
/// # Errors
/// The file system's and SQLite's own.
pub async fn write_gaps(path: &Path, title: &str, about: &str, gaps: &[GapFeature]) -> Result<()> {
    let mut file = new_file(path, LAYER).await?;
    let mut tx = file.begin().await?;
    let bounds = gaps
        .iter()
        .filter_map(|gap| BBox::of_geometry(gap.shape.as_ref()?))
        .reduce(BBox::union);
    sqlx::query(CONTENTS)
        .bind(format!("覆盖缺口 {title}"))
        .bind(about)
        .bind(bounds.map(BBox::west))
        .bind(bounds.map(BBox::south))
        .bind(bounds.map(BBox::east))
        .bind(bounds.map(BBox::north))
        .execute(&mut *tx)
        .await?;
    // Only now: it refers to the contents.
    sqlx::query(COLUMN).execute(&mut *tx).await?;
    for gap in gaps {
        sqlx::query(GAP)
            .bind(&gap.id)
            .bind(&gap.code)
            .bind(&gap.name)
            .bind(&gap.community)
            .bind(&gap.community_name)
            .bind(gap.households)
            .bind(gap.required)
            .bind(gap.in_post)
            .bind(gap.part_time)
            .bind(gap.short)
            .bind(gap.coverage_bp)
            .bind(gap.uncovered_households)
            .bind(&gap.reason)
            .bind(&gap.reason_zh)
            .bind(gap.gap_households)
            .bind(gap.level)
            .bind(gap.minutes)
            .bind(gap.accessibility_milli)
            .bind(&gap.sentence)
            .bind(gap.shape.as_ref().map(Geom::from))
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    file.close().await.map_err(Error::from)
}
