//! What lies on the map: regions, grids, compounds, buildings, barriers, gates, backdrop.
//!
//! Each aggregate has its columns, its row and its values side by side. Rows are replaced by identity
//! (delete, then insert): the R-tree triggers of the GeoPackage standard do not bear an upsert.

use super::database::{Conn, on};
use super::error::{Error, Result};
use super::geometry::Geom;
use super::tolerant::{tolerant, tolerant_in};
use crate::domain::{
    Backdrop, BackdropId, Barrier, BarrierId, Building, BuildingId, Compound, CompoundId, Gate,
    GateId, Grid, GridId, HouseholdBasis, HouseholdCount, ImportId, Problem, Region, RegionCode,
    RegionId,
};
use chrono::NaiveDate;
use sqlx::{AssertSqlSafe, QueryBuilder};
use uuid::Uuid;

/// Rows of one INSERT statement: every statement is a round trip to SQLite's worker thread.
pub(super) const BATCH: usize = 400;

/// A stored text that the domain reads.
pub(super) fn parse<T: std::str::FromStr>(
    text: &str,
    table: &'static str,
    column: &'static str,
    id: &impl std::fmt::Display,
) -> Result<T>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Error::Inconsistent {
        table,
        column,
        id: id.to_string(),
        reason: error.to_string(),
    })
}

/// A word of a row that another tool may have written.
fn word<T: std::str::FromStr>(text: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// The geometry of a row that must have one.
fn shape(geom: Option<Geom>) -> Result<geo_types::Geometry<f64>, String> {
    geom.ok_or("there is no geometry")?.read()
}

/// The polygons of a geometry that must be polygons.
fn polygons(geom: Geom) -> Result<geo_types::MultiPolygon<f64>, String> {
    geom.into_polygons()?
        .ok_or_else(|| "the geometry is no polygon".to_owned())
}

/// Deletes rows by identity, in batches.
macro_rules! delete_rows {
    ($conn:expr, $table:literal, $rows:expr) => {
        for batch in $rows.chunks(BATCH) {
            on!($conn, |db| {
                let mut query = QueryBuilder::new(concat!(
                    "DELETE FROM ",
                    $table,
                    " WHERE (district_code, id) IN ("
                ));
                let mut values = query.separated(", ");
                for (district, id) in batch {
                    values.push("(");
                    values.push_bind_unseparated(*district);
                    values.push_unseparated(", ");
                    values.push_bind_unseparated(*id);
                    values.push_unseparated(")");
                }
                query.push(")");
                query.build().execute(db).await.map(drop)
            })?;
        }
    };
}
pub(super) use delete_rows;

/// Inserts rows, in batches.
macro_rules! insert_rows {
    ($conn:expr, $sql:expr, $rows:expr, |$values:ident, $row:ident| $push:expr) => {
        for batch in $rows.chunks($crate::storage::aggregates::BATCH) {
            on!($conn, |db| {
                let mut query = sqlx::QueryBuilder::new($sql);
                query.push_values(batch, |mut $values, $row| {
                    $push;
                });
                query.build().execute(db).await.map(drop)
            })?;
        }
    };
}
pub(super) use insert_rows;

// ------------------------------------------------------------------ regions

#[derive(sqlx::FromRow)]
struct RegionRow {
    id: Uuid,
    code: String,
    name: String,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    successor: Option<String>,
    source: Option<String>,
    geom: Option<Geom>,
}

const REGIONS: &str = "SELECT id, code, name, valid_from, valid_to, successor, source, geom FROM region ORDER BY code";
const REGION_INSERT: &str = "INSERT INTO region (district_code, id, code, name, level, parent, provisional, \
    valid_from, valid_to, successor, source, geom) ";

impl Conn<'_> {
    /// All regions, by code.
    pub async fn region_list(&mut self) -> Result<Vec<Region>> {
        self.region_list_noting(&mut Vec::new()).await
    }

    /// As [`Conn::region_list`]; what is wrong with the rows left out goes to `refused`.
    pub async fn region_list_noting(&mut self, refused: &mut Vec<Problem>) -> Result<Vec<Region>> {
        let read = |row: RegionRow| {
            Ok(Region {
                code: word(&row.code)?,
                successor: row.successor.as_deref().map(word).transpose()?,
                id: RegionId::new(row.id),
                name: row.name,
                outline: row.geom.map(polygons).transpose()?,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                source: row.source,
            })
        };
        tolerant(self, REGIONS, "region", refused, read).await
    }

    /// Writes regions, replacing those with the same identity.
    pub async fn region_upsert(&mut self, regions: &[Region]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = regions
            .iter()
            .map(|r| (r.district_code(), r.id.uuid()))
            .collect();
        delete_rows!(self, "region", keys);
        insert_rows!(self, REGION_INSERT, regions, |values, r| values
            .push_bind(r.district_code())
            .push_bind(r.id.uuid())
            .push_bind(r.code.to_string())
            .push_bind(r.name.clone())
            .push_bind(r.level().as_str())
            .push_bind(r.parent().map(|code| code.to_string()))
            .push_bind(r.is_provisional())
            .push_bind(r.valid_from)
            .push_bind(r.valid_to)
            .push_bind(r.successor.map(|code| code.to_string()))
            .push_bind(r.source.clone())
            .push_bind(r.outline.as_ref().map(Geom::from)));
        Ok(())
    }
}

// ------------------------------------------------------------------ grids

#[derive(sqlx::FromRow)]
struct GridRow {
    id: Uuid,
    natural_key: String,
    code: Option<String>,
    name: String,
    community: String,
    source: Option<String>,
    geom: Option<Geom>,
}

const GRIDS: &str =
    "SELECT id, natural_key, code, name, community, source, geom FROM grid ORDER BY community, id";
const GRID_INSERT: &str =
    "INSERT INTO grid (district_code, id, natural_key, code, name, community, source, geom) ";

impl Conn<'_> {
    /// All grids that can be served.
    pub async fn grid_list(&mut self) -> Result<Vec<Grid>> {
        self.grid_list_noting(&mut Vec::new()).await
    }

    /// As [`Conn::grid_list`]; what is wrong with the rows left out goes to `refused`.
    pub async fn grid_list_noting(&mut self, refused: &mut Vec<Problem>) -> Result<Vec<Grid>> {
        let read = |row: GridRow| {
            Ok(Grid {
                community: word(&row.community)?,
                outline: polygons(row.geom.ok_or("there is no geometry")?)?,
                id: GridId::new(row.id),
                natural_key: row.natural_key,
                code: row.code,
                name: row.name,
                source: row.source,
            })
        };
        tolerant(self, GRIDS, "grid", refused, read).await
    }

    /// Writes grids, replacing those with the same identity.
    pub async fn grid_upsert(&mut self, grids: &[Grid]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = grids
            .iter()
            .map(|g| (g.community.district_code(), g.id.uuid()))
            .collect();
        delete_rows!(self, "grid", keys);
        insert_rows!(self, GRID_INSERT, grids, |values, g| values
            .push_bind(g.community.district_code())
            .push_bind(g.id.uuid())
            .push_bind(g.natural_key.clone())
            .push_bind(g.code.clone())
            .push_bind(g.name.clone())
            .push_bind(g.community.to_string())
            .push_bind(g.source.clone())
            .push_bind(Geom::from(&g.outline)));
        Ok(())
    }
}

// ------------------------------------------------------------------ compounds

/// A household count in five columns.
#[derive(sqlx::FromRow)]
struct HouseholdColumns {
    households: Option<i64>,
    household_basis: String,
    household_estimated: bool,
    household_as_of: Option<NaiveDate>,
    household_source: Option<String>,
}

impl HouseholdColumns {
    fn read(self) -> HouseholdCount {
        HouseholdCount {
            count: self.households.and_then(|count| u32::try_from(count).ok()),
            basis: self
                .household_basis
                .parse()
                .unwrap_or(HouseholdBasis::Unstated),
            estimated: self.household_estimated,
            as_of: self.household_as_of,
            source: self.household_source,
        }
    }
}

#[derive(sqlx::FromRow)]
struct CompoundRow {
    id: Uuid,
    natural_key: String,
    code: Option<String>,
    name: String,
    community: String,
    #[sqlx(flatten)]
    households: HouseholdColumns,
    building_count: Option<i64>,
    floor_area_m2: Option<f64>,
    address: Option<String>,
    property_company: Option<String>,
    built_year: Option<i64>,
    source: Option<String>,
    import_id: Option<Uuid>,
    geom: Option<Geom>,
}

/// What lies in a region: see [`tolerant_in`].
const IN_REGION: &str = " WHERE district_code = $1 AND community BETWEEN $2 AND $3";

const COMPOUNDS: &str = "SELECT id, natural_key, code, name, community, households, household_basis, \
    household_estimated, household_as_of, household_source, building_count, floor_area_m2, address, \
    property_company, built_year, source, import_id, geom FROM compound";
const COMPOUND_INSERT: &str = "INSERT INTO compound (district_code, id, natural_key, code, name, community, \
    households, household_basis, household_estimated, household_as_of, household_source, building_count, \
    floor_area_m2, address, property_company, built_year, source, import_id, geom) ";

impl Conn<'_> {
    /// All compounds that can be served.
    pub async fn compound_list(&mut self) -> Result<Vec<Compound>> {
        self.compound_list_noting(&mut Vec::new()).await
    }

    /// As [`Conn::compound_list`]; what is wrong with the rows left out goes to `refused`.
    pub async fn compound_list_noting(
        &mut self,
        refused: &mut Vec<Problem>,
    ) -> Result<Vec<Compound>> {
        self.compound_read(None, refused).await
    }

    /// Everything, or what lies in a region of a district or below.
    async fn compound_read(
        &mut self,
        region: Option<RegionCode>,
        refused: &mut Vec<Problem>,
    ) -> Result<Vec<Compound>> {
        let within = region.map_or("", |_| IN_REGION);
        let sql = format!("{COMPOUNDS}{within} ORDER BY community, code, id");
        let read = |row: CompoundRow| {
            Ok(Compound {
                community: word(&row.community)?,
                geometry: shape(row.geom)?,
                id: CompoundId::new(row.id),
                natural_key: row.natural_key,
                code: row.code,
                name: row.name,
                households: row.households.read(),
                building_count: row.building_count.and_then(|n| u32::try_from(n).ok()),
                floor_area_m2: row.floor_area_m2,
                address: row.address,
                property_company: row.property_company,
                built_year: row.built_year.and_then(|year| i32::try_from(year).ok()),
                source: row.source,
                import: row.import_id.map(ImportId::new),
            })
        };
        tolerant_in(self, sql, region, "compound", refused, read).await
    }

    /// Compounds of a district, street or community.
    pub async fn compounds_in(&mut self, region: RegionCode) -> Result<Vec<Compound>> {
        self.compound_read(Some(region), &mut Vec::new()).await
    }

    /// Writes compounds, replacing those with the same identity.
    pub async fn compound_upsert(&mut self, compounds: &[Compound]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = compounds
            .iter()
            .map(|c| (c.community.district_code(), c.id.uuid()))
            .collect();
        delete_rows!(self, "compound", keys);
        insert_rows!(self, COMPOUND_INSERT, compounds, |values, c| values
            .push_bind(c.community.district_code())
            .push_bind(c.id.uuid())
            .push_bind(c.natural_key.clone())
            .push_bind(c.code.clone())
            .push_bind(c.name.clone())
            .push_bind(c.community.to_string())
            .push_bind(c.households.count.map(i64::from))
            .push_bind(c.households.basis.as_str())
            .push_bind(c.households.estimated)
            .push_bind(c.households.as_of)
            .push_bind(c.households.source.clone())
            .push_bind(c.building_count.map(i64::from))
            .push_bind(c.floor_area_m2)
            .push_bind(c.address.clone())
            .push_bind(c.property_company.clone())
            .push_bind(c.built_year.map(i64::from))
            .push_bind(c.source.clone())
            .push_bind(c.import.map(ImportId::uuid))
            .push_bind(Geom::from(&c.geometry)));
        Ok(())
    }
}

// ------------------------------------------------------------------ buildings

#[derive(sqlx::FromRow)]
struct BuildingRow {
    id: Uuid,
    natural_key: String,
    code: Option<String>,
    name: Option<String>,
    community: String,
    compound_id: Option<Uuid>,
    grid_id: Option<Uuid>,
    #[sqlx(flatten)]
    households: HouseholdColumns,
    floors: Option<i64>,
    height_m: Option<f64>,
    source: Option<String>,
    import_id: Option<Uuid>,
    geom: Option<Geom>,
}

const BUILDINGS: &str = "SELECT id, natural_key, code, name, community, compound_id, grid_id, households, \
    household_basis, household_estimated, household_as_of, household_source, floors, height_m, source, \
    import_id, geom FROM building";
const BUILDING_INSERT: &str = "INSERT INTO building (district_code, id, natural_key, code, name, community, \
    compound_id, grid_id, households, household_basis, household_estimated, household_as_of, household_source, \
    floors, height_m, source, import_id, geom) ";

impl Conn<'_> {
    /// All buildings that can be served.
    pub async fn building_list(&mut self) -> Result<Vec<Building>> {
        self.building_list_noting(&mut Vec::new()).await
    }

    /// As [`Conn::building_list`]; what is wrong with the rows left out goes to `refused`.
    pub async fn building_list_noting(
        &mut self,
        refused: &mut Vec<Problem>,
    ) -> Result<Vec<Building>> {
        self.building_read(None, refused).await
    }

    /// Everything, or what lies in a region of a district or below.
    async fn building_read(
        &mut self,
        region: Option<RegionCode>,
        refused: &mut Vec<Problem>,
    ) -> Result<Vec<Building>> {
        let within = region.map_or("", |_| IN_REGION);
        let sql = format!("{BUILDINGS}{within} ORDER BY community, code, id");
        let read = |row: BuildingRow| {
            Ok(Building {
                community: word(&row.community)?,
                footprint: shape(row.geom)?,
                id: BuildingId::new(row.id),
                natural_key: row.natural_key,
                code: row.code,
                name: row.name,
                compound: row.compound_id.map(CompoundId::new),
                grid: row.grid_id.map(GridId::new),
                households: row.households.read(),
                floors: row.floors.and_then(|n| u16::try_from(n).ok()),
                height_m: row.height_m,
                source: row.source,
                import: row.import_id.map(ImportId::new),
            })
        };
        tolerant_in(self, sql, region, "building", refused, read).await
    }

    /// Buildings of a district, street or community.
    pub async fn buildings_in(&mut self, region: RegionCode) -> Result<Vec<Building>> {
        self.building_read(Some(region), &mut Vec::new()).await
    }

    /// Writes buildings, replacing those with the same identity.
    pub async fn building_upsert(&mut self, buildings: &[Building]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = buildings
            .iter()
            .map(|b| (b.community.district_code(), b.id.uuid()))
            .collect();
        delete_rows!(self, "building", keys);
        insert_rows!(self, BUILDING_INSERT, buildings, |values, b| values
            .push_bind(b.community.district_code())
            .push_bind(b.id.uuid())
            .push_bind(b.natural_key.clone())
            .push_bind(b.code.clone())
            .push_bind(b.name.clone())
            .push_bind(b.community.to_string())
            .push_bind(b.compound.map(CompoundId::uuid))
            .push_bind(b.grid.map(GridId::uuid))
            .push_bind(b.households.count.map(i64::from))
            .push_bind(b.households.basis.as_str())
            .push_bind(b.households.estimated)
            .push_bind(b.households.as_of)
            .push_bind(b.households.source.clone())
            .push_bind(b.floors.map(i64::from))
            .push_bind(b.height_m)
            .push_bind(b.source.clone())
            .push_bind(b.import.map(ImportId::uuid))
            .push_bind(Geom::from(&b.footprint)));
        Ok(())
    }
}

// ------------------------------------------------------------------ barriers, gates, backdrop

#[derive(sqlx::FromRow)]
struct BarrierRow {
    district_code: i32,
    id: Uuid,
    natural_key: String,
    class: String,
    source_class: Option<String>,
    name: Option<String>,
    source: Option<String>,
    import_id: Option<Uuid>,
    geom: Option<Geom>,
}

const BARRIERS: &str = "SELECT district_code, id, natural_key, class, source_class, name, source, import_id, geom \
    FROM barrier ORDER BY district_code, natural_key";
const BARRIER_INSERT: &str = "INSERT INTO barrier (district_code, id, natural_key, class, source_class, name, source, \
    import_id, geom) ";

#[derive(sqlx::FromRow)]
struct GateRow {
    district_code: i32,
    id: Uuid,
    natural_key: String,
    compound_id: Option<Uuid>,
    name: Option<String>,
    source: Option<String>,
    import_id: Option<Uuid>,
    geom: Option<Geom>,
}

const GATES: &str = "SELECT district_code, id, natural_key, compound_id, name, source, import_id, geom FROM gate \
    ORDER BY district_code, natural_key";
const GATE_INSERT: &str = "INSERT INTO gate (district_code, id, natural_key, compound_id, name, source, import_id, geom) ";

#[derive(sqlx::FromRow)]
struct BackdropRow {
    district_code: i32,
    id: Uuid,
    class: String,
    name: String,
    geom: Option<Geom>,
}

const BACKDROPS: &str =
    "SELECT district_code, id, class, name, geom FROM backdrop ORDER BY district_code, id";
const BACKDROP_INSERT: &str = "INSERT INTO backdrop (district_code, id, class, name, geom) ";

impl Conn<'_> {
    /// All barriers that can be served.
    pub async fn barrier_list(&mut self) -> Result<Vec<Barrier>> {
        self.barrier_list_noting(&mut Vec::new()).await
    }

    /// As [`Conn::barrier_list`]; what is wrong with the rows left out goes to `refused`.
    pub async fn barrier_list_noting(
        &mut self,
        refused: &mut Vec<Problem>,
    ) -> Result<Vec<Barrier>> {
        let read = |row: BarrierRow| {
            Ok(Barrier {
                geometry: shape(row.geom)?,
                class: word(&row.class)?,
                id: BarrierId::new(row.id),
                district_code: row.district_code,
                natural_key: row.natural_key,
                source_class: row.source_class,
                name: row.name,
                source: row.source,
                import: row.import_id.map(ImportId::new),
            })
        };
        tolerant(self, BARRIERS, "barrier", refused, read).await
    }

    /// Writes barriers, replacing those with the same identity.
    pub async fn barrier_upsert(&mut self, barriers: &[Barrier]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = barriers
            .iter()
            .map(|b| (b.district_code, b.id.uuid()))
            .collect();
        delete_rows!(self, "barrier", keys);
        insert_rows!(self, BARRIER_INSERT, barriers, |values, b| values
            .push_bind(b.district_code)
            .push_bind(b.id.uuid())
            .push_bind(b.natural_key.clone())
            .push_bind(b.class.as_str())
            .push_bind(b.source_class.clone())
            .push_bind(b.name.clone())
            .push_bind(b.source.clone())
            .push_bind(b.import.map(ImportId::uuid))
            .push_bind(Geom::from(&b.geometry)));
        Ok(())
    }

    /// All gates that can be served.
    pub async fn gate_list(&mut self) -> Result<Vec<Gate>> {
        self.gate_list_noting(&mut Vec::new()).await
    }

    /// As [`Conn::gate_list`]; what is wrong with the rows left out goes to `refused`.
    pub async fn gate_list_noting(&mut self, refused: &mut Vec<Problem>) -> Result<Vec<Gate>> {
        let read = |row: GateRow| {
            Ok(Gate {
                point: row.geom.ok_or("there is no geometry")?.into_point()?,
                id: GateId::new(row.id),
                district_code: row.district_code,
                natural_key: row.natural_key,
                compound: row.compound_id.map(CompoundId::new),
                name: row.name,
                source: row.source,
                import: row.import_id.map(ImportId::new),
            })
        };
        tolerant(self, GATES, "gate", refused, read).await
    }

    /// Writes gates, replacing those with the same identity.
    pub async fn gate_upsert(&mut self, gates: &[Gate]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = gates
            .iter()
            .map(|g| (g.district_code, g.id.uuid()))
            .collect();
        delete_rows!(self, "gate", keys);
        insert_rows!(self, GATE_INSERT, gates, |values, g| values
            .push_bind(g.district_code)
            .push_bind(g.id.uuid())
            .push_bind(g.natural_key.clone())
            .push_bind(g.compound.map(CompoundId::uuid))
            .push_bind(g.name.clone())
            .push_bind(g.source.clone())
            .push_bind(g.import.map(ImportId::uuid))
            .push_bind(Geom::from(g.point)));
        Ok(())
    }

    /// The backdrop.
    pub async fn backdrop_list(&mut self) -> Result<Vec<Backdrop>> {
        self.backdrop_list_noting(&mut Vec::new()).await
    }

    /// As [`Conn::backdrop_list`]; what is wrong with the rows left out goes to `refused`.
    pub async fn backdrop_list_noting(
        &mut self,
        refused: &mut Vec<Problem>,
    ) -> Result<Vec<Backdrop>> {
        let read = |row: BackdropRow| {
            Ok(Backdrop {
                geometry: shape(row.geom)?,
                id: BackdropId::new(row.id),
                district_code: row.district_code,
                class: row.class,
                name: row.name,
            })
        };
        tolerant(self, BACKDROPS, "backdrop", refused, read).await
    }

    /// Adds backdrop features.
    pub async fn backdrop_insert(&mut self, backdrops: &[Backdrop]) -> Result<()> {
        insert_rows!(self, BACKDROP_INSERT, backdrops, |values, b| values
            .push_bind(b.district_code)
            .push_bind(b.id.uuid())
            .push_bind(b.class.clone())
            .push_bind(b.name.clone())
            .push_bind(Geom::from(&b.geometry)));
        Ok(())
    }

    /// Removes one row of a table that imports write; it must be there.
    pub async fn row_delete(
        &mut self,
        table: &'static str,
        district_code: i32,
        id: Uuid,
    ) -> Result<()> {
        // The table is one of our own words, never a client's.
        let sql = format!("DELETE FROM {table} WHERE district_code = $1 AND id = $2");
        let removed = on!(self, |db| sqlx::query(AssertSqlSafe(sql))
            .bind(district_code)
            .bind(id)
            .execute(db)
            .await
            .map(|done| done.rows_affected()))?;
        if removed == 1 {
            return Ok(());
        }
        Err(Error::Inconsistent {
            table,
            column: "id",
            id: id.to_string(),
            reason: format!("there is no such row in district {district_code}"),
        })
    }

    /// What is wrong with rows that another tool wrote and nobody can serve.
    pub async fn refused_list(&mut self) -> Result<Vec<Problem>> {
        let mut refused = Vec::new();
        self.region_list_noting(&mut refused).await?;
        self.grid_list_noting(&mut refused).await?;
        self.compound_list_noting(&mut refused).await?;
        self.building_list_noting(&mut refused).await?;
        self.barrier_list_noting(&mut refused).await?;
        Ok(refused)
    }
}
