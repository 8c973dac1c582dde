//! What lies on the map: regions, grids, compounds, buildings, barriers, gates, backdrop.
//!
//! Each aggregate has its columns, its row and its values side by side. Rows are replaced by identity
//! (delete, then insert): the R-tree triggers of the GeoPackage standard do not bear an upsert.

use super::database::{Conn, on};
use super::error::{Error, Result};
use super::geometry::Geom;
use crate::domain::{
    Backdrop, BackdropId, Barrier, BarrierId, Building, BuildingId, Compound, CompoundId, Gate, GateId, Grid,
    GridId, HouseholdBasis, HouseholdCount, ImportId, Region, RegionCode, RegionId,
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
    id: &Uuid,
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

/// Deletes rows by identity, in batches.
macro_rules! delete_rows {
    ($conn:expr, $table:literal, $rows:expr) => {
        for batch in $rows.chunks(BATCH) {
            on!($conn, |db| {
                let mut query = QueryBuilder::new(concat!("DELETE FROM ", $table, " WHERE (district_code, id) IN ("));
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
        let rows: Vec<RegionRow> = on!(self, |db| sqlx::query_as(REGIONS).fetch_all(db).await)?;
        let read = |row: RegionRow| -> Result<Region> {
            Ok(Region {
                code: parse(&row.code, "region", "code", &row.id)?,
                successor: match row.successor.as_deref() {
                    Some(code) => Some(parse(code, "region", "successor", &row.id)?),
                    None => None,
                },
                id: RegionId::new(row.id),
                name: row.name,
                outline: row.geom.and_then(Geom::into_polygons),
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                source: row.source,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Writes regions, replacing those with the same identity.
    pub async fn region_upsert(&mut self, regions: &[Region]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = regions.iter().map(|r| (r.district_code(), r.id.uuid())).collect();
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

const GRIDS: &str = "SELECT id, natural_key, code, name, community, source, geom FROM grid ORDER BY community, id";
const GRID_INSERT: &str = "INSERT INTO grid (district_code, id, natural_key, code, name, community, source, geom) ";

impl Conn<'_> {
    /// All grids with a readable outline and community.
    pub async fn grid_list(&mut self) -> Result<Vec<Grid>> {
        let rows: Vec<GridRow> = on!(self, |db| sqlx::query_as(GRIDS).fetch_all(db).await)?;
        let read = |row: GridRow| {
            Some(Grid {
                community: row.community.parse().ok()?,
                outline: row.geom.and_then(Geom::into_polygons)?,
                id: GridId::new(row.id),
                natural_key: row.natural_key,
                code: row.code,
                name: row.name,
                source: row.source,
            })
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Writes grids, replacing those with the same identity.
    pub async fn grid_upsert(&mut self, grids: &[Grid]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = grids.iter().map(|g| (g.community.district_code(), g.id.uuid())).collect();
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
            basis: self.household_basis.parse().unwrap_or(HouseholdBasis::Unstated),
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

const COMPOUNDS: &str = "SELECT id, natural_key, code, name, community, households, household_basis, \
    household_estimated, household_as_of, household_source, building_count, floor_area_m2, address, \
    property_company, built_year, source, import_id, geom FROM compound ORDER BY community, code, id";
const COMPOUND_INSERT: &str = "INSERT INTO compound (district_code, id, natural_key, code, name, community, \
    households, household_basis, household_estimated, household_as_of, household_source, building_count, \
    floor_area_m2, address, property_company, built_year, source, import_id, geom) ";

impl Conn<'_> {
    /// All compounds with a position and a readable community.
    pub async fn compound_list(&mut self) -> Result<Vec<Compound>> {
        let rows: Vec<CompoundRow> = on!(self, |db| sqlx::query_as(COMPOUNDS).fetch_all(db).await)?;
        let read = |row: CompoundRow| {
            Some(Compound {
                community: row.community.parse().ok()?,
                geometry: row.geom?.0,
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
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Compounds of a region.
    pub async fn compounds_in(&mut self, region: RegionCode) -> Result<Vec<Compound>> {
        let all = self.compound_list().await?;
        Ok(all.into_iter().filter(|compound| region.contains(compound.community)).collect())
    }

    /// Writes compounds, replacing those with the same identity.
    pub async fn compound_upsert(&mut self, compounds: &[Compound]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> =
            compounds.iter().map(|c| (c.community.district_code(), c.id.uuid())).collect();
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
            .push_bind(Geom(c.geometry.clone())));
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
    import_id, geom FROM building ORDER BY community, code, id";
const BUILDING_INSERT: &str = "INSERT INTO building (district_code, id, natural_key, code, name, community, \
    compound_id, grid_id, households, household_basis, household_estimated, household_as_of, household_source, \
    floors, height_m, source, import_id, geom) ";

impl Conn<'_> {
    /// All buildings with a position and a readable community.
    pub async fn building_list(&mut self) -> Result<Vec<Building>> {
        let rows: Vec<BuildingRow> = on!(self, |db| sqlx::query_as(BUILDINGS).fetch_all(db).await)?;
        let read = |row: BuildingRow| {
            Some(Building {
                community: row.community.parse().ok()?,
                footprint: row.geom?.0,
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
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Buildings of a region.
    pub async fn buildings_in(&mut self, region: RegionCode) -> Result<Vec<Building>> {
        let all = self.building_list().await?;
        Ok(all.into_iter().filter(|building| region.contains(building.community)).collect())
    }

    /// Writes buildings, replacing those with the same identity.
    pub async fn building_upsert(&mut self, buildings: &[Building]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> =
            buildings.iter().map(|b| (b.community.district_code(), b.id.uuid())).collect();
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
            .push_bind(Geom(b.footprint.clone())));
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
const GATE_INSERT: &str =
    "INSERT INTO gate (district_code, id, natural_key, compound_id, name, source, import_id, geom) ";

#[derive(sqlx::FromRow)]
struct BackdropRow {
    district_code: i32,
    id: Uuid,
    class: String,
    name: String,
    geom: Option<Geom>,
}

const BACKDROPS: &str = "SELECT district_code, id, class, name, geom FROM backdrop ORDER BY district_code, id";
const BACKDROP_INSERT: &str = "INSERT INTO backdrop (district_code, id, class, name, geom) ";

impl Conn<'_> {
    /// All barriers with a geometry.
    pub async fn barrier_list(&mut self) -> Result<Vec<Barrier>> {
        let rows: Vec<BarrierRow> = on!(self, |db| sqlx::query_as(BARRIERS).fetch_all(db).await)?;
        let read = |row: BarrierRow| {
            Some(Barrier {
                geometry: row.geom?.0,
                class: row.class.parse().unwrap_or(crate::domain::BarrierClass::Other),
                id: BarrierId::new(row.id),
                district_code: row.district_code,
                natural_key: row.natural_key,
                source_class: row.source_class,
                name: row.name,
                source: row.source,
                import: row.import_id.map(ImportId::new),
            })
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Writes barriers, replacing those with the same identity.
    pub async fn barrier_upsert(&mut self, barriers: &[Barrier]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = barriers.iter().map(|b| (b.district_code, b.id.uuid())).collect();
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
            .push_bind(Geom(b.geometry.clone())));
        Ok(())
    }

    /// All gates with a position.
    pub async fn gate_list(&mut self) -> Result<Vec<Gate>> {
        let rows: Vec<GateRow> = on!(self, |db| sqlx::query_as(GATES).fetch_all(db).await)?;
        let read = |row: GateRow| {
            Some(Gate {
                point: row.geom?.into_point()?,
                id: GateId::new(row.id),
                district_code: row.district_code,
                natural_key: row.natural_key,
                compound: row.compound_id.map(CompoundId::new),
                name: row.name,
                source: row.source,
                import: row.import_id.map(ImportId::new),
            })
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Writes gates, replacing those with the same identity.
    pub async fn gate_upsert(&mut self, gates: &[Gate]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = gates.iter().map(|g| (g.district_code, g.id.uuid())).collect();
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
        let rows: Vec<BackdropRow> = on!(self, |db| sqlx::query_as(BACKDROPS).fetch_all(db).await)?;
        let read = |row: BackdropRow| {
            Some(Backdrop {
                geometry: row.geom?.0,
                id: BackdropId::new(row.id),
                district_code: row.district_code,
                class: row.class,
                name: row.name,
            })
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Adds backdrop features.
    pub async fn backdrop_insert(&mut self, backdrops: &[Backdrop]) -> Result<()> {
        insert_rows!(self, BACKDROP_INSERT, backdrops, |values, b| values
            .push_bind(b.district_code)
            .push_bind(b.id.uuid())
            .push_bind(b.class.clone())
            .push_bind(b.name.clone())
            .push_bind(Geom(b.geometry.clone())));
        Ok(())
    }

    /// Removes one row of a table that imports write.
    pub async fn row_delete(&mut self, table: &'static str, district_code: i32, id: Uuid) -> Result<()> {
        // The table is one of our own words, never a client's.
        let sql = format!("DELETE FROM {table} WHERE district_code = $1 AND id = $2");
        on!(self, |db| sqlx::query(AssertSqlSafe(sql)).bind(district_code).bind(id).execute(db).await.map(drop))?;
        Ok(())
    }
}
