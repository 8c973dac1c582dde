//! Plans, their patrol areas, assignments and keepers.

use super::aggregates::{insert_rows, parse};
use super::database::{Conn, on};
use super::error::{Error, Result};
use super::geometry::Geom;
use super::instant::Instant;
use crate::domain::{
    Actor, AppointmentId, AreaId, AreaKeeper, Assignment, BuildingId, CompoundId, CompoundSplit,
    PatrolArea, Plan, PlanFigures, PlanId, PlanSettings, Problem, RegionCode, StairwellId, Unit,
    ZoneReport,
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct PlanRow {
    id: Uuid,
    street: String,
    name: String,
    state: String,
    version: i64,
    created_at: DateTime<Utc>,
    created_by: Json<Actor>,
    effective_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    seed: i64,
    settings: Json<PlanSettings>,
    data_version: i64,
    figures: Json<PlanFigures>,
    zones: Json<Vec<ZoneReport>>,
    splits: Json<Vec<CompoundSplit>>,
    problems: Json<Vec<Problem>>,
    note: Option<String>,
    edit_seq: i64,
    settled_seq: i64,
}

impl PlanRow {
    fn read(self) -> Result<Plan> {
        Ok(Plan {
            street: parse(&self.street, "plan", "street", &self.id)?,
            stored_state: parse(&self.state, "plan", "state", &self.id)?,
            id: PlanId::new(self.id),
            name: self.name,
            version: self.version,
            created_at: self.created_at,
            created_by: self.created_by.0,
            effective_at: self.effective_at,
            ended_at: self.ended_at,
            seed: self.seed as u64,
            settings: self.settings.0,
            data_version: self.data_version,
            figures: self.figures.0,
            zones: self.zones.0,
            splits: self.splits.0,
            problems: self.problems.0,
            note: self.note,
            edit_seq: self.edit_seq,
            settled_seq: self.settled_seq,
        })
    }
}

const PLANS: &str = "SELECT id, street, name, state, version, created_at, created_by, effective_at, ended_at, seed, \
    settings, data_version, figures, zones, splits, problems, note, edit_seq, settled_seq FROM plan ORDER BY created_at DESC, id";
const PLAN: &str = "SELECT id, street, name, state, version, created_at, created_by, effective_at, ended_at, seed, \
    settings, data_version, figures, zones, splits, problems, note, edit_seq, settled_seq FROM plan WHERE id = $1";
const PLANS_OF_STREET: &str = "SELECT id, street, name, state, version, created_at, created_by, effective_at, \
    ended_at, seed, settings, data_version, figures, zones, splits, problems, note, edit_seq, settled_seq FROM plan \
    WHERE district_code = $1 AND street = $2 ORDER BY created_at DESC, id";
const PLAN_INSERT: &str = "INSERT INTO plan (district_code, id, street, name, state, version, created_at, created_by, \
    effective_at, ended_at, seed, settings, data_version, figures, zones, splits, problems, note, edit_seq, \
    settled_seq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
const PLAN_UPDATE: &str = "UPDATE plan SET state = $3, version = $4, effective_at = $5, ended_at = $6, note = $7, \
    name = $8 WHERE district_code = $1 AND id = $2";
const PLAN_ZONES: &str = "UPDATE plan SET zones = $3 WHERE district_code = $1 AND id = $2";
const PLAN_SETTLE: &str = "UPDATE plan SET version = $3, settled_seq = $4, data_version = $5, figures = $6, zones = $7, \
    splits = $8, problems = $9 WHERE district_code = $1 AND id = $2";
const EMPTY_AREAS_DELETE: [&str; 2] = [
    "DELETE FROM area_keeper WHERE district_code = $1 AND plan_id = $2 AND area_id IN \
     (SELECT id FROM patrol_area WHERE district_code = $1 AND plan_id = $2 AND units = 0)",
    "DELETE FROM patrol_area WHERE district_code = $1 AND plan_id = $2 AND units = 0",
];
const PLAN_PARTS_DELETE: [&str; 3] = [
    "DELETE FROM area_keeper WHERE district_code = $1 AND plan_id = $2",
    "DELETE FROM assignment WHERE district_code = $1 AND plan_id = $2",
    "DELETE FROM patrol_area WHERE district_code = $1 AND plan_id = $2",
];
const PLAN_DELETE: [&str; 3] = [
    "DELETE FROM plan_mark WHERE district_code = $1 AND plan_id = $2",
    "DELETE FROM plan_edit WHERE district_code = $1 AND plan_id = $2",
    "DELETE FROM plan WHERE district_code = $1 AND id = $2",
];

impl Conn<'_> {
    /// All plans, newest first.
    pub async fn plan_list(&mut self) -> Result<Vec<Plan>> {
        let rows: Vec<PlanRow> = on!(self, |db| sqlx::query_as(PLANS).fetch_all(db).await)?;
        rows.into_iter().map(PlanRow::read).collect()
    }

    /// The plan with this id, or `None`.
    pub async fn plan_find(&mut self, id: PlanId) -> Result<Option<Plan>> {
        let row: Option<PlanRow> = on!(self, |db| sqlx::query_as(PLAN)
            .bind(id.uuid())
            .fetch_optional(db)
            .await)?;
        row.map(PlanRow::read).transpose()
    }

    /// Plans of a street, newest first.
    pub async fn plans_of_street(&mut self, street: RegionCode) -> Result<Vec<Plan>> {
        let rows: Vec<PlanRow> = on!(self, |db| sqlx::query_as(PLANS_OF_STREET)
            .bind(street.district_code())
            .bind(street.to_string())
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(PlanRow::read).collect()
    }

    /// Adds a plan.
    pub async fn plan_insert(&mut self, plan: &Plan) -> Result<()> {
        on!(self, |db| sqlx::query(PLAN_INSERT)
            .bind(plan.street.district_code())
            .bind(plan.id.uuid())
            .bind(plan.street.to_string())
            .bind(&plan.name)
            .bind(plan.stored_state.as_str())
            .bind(plan.version)
            .bind(Instant(plan.created_at))
            .bind(Json(&plan.created_by))
            .bind(plan.effective_at.map(Instant))
            .bind(plan.ended_at.map(Instant))
            .bind(plan.seed as i64)
            .bind(Json(&plan.settings))
            .bind(plan.data_version)
            .bind(Json(&plan.figures))
            .bind(Json(&plan.zones))
            .bind(Json(&plan.splits))
            .bind(Json(&plan.problems))
            .bind(&plan.note)
            .bind(plan.edit_seq)
            .bind(plan.settled_seq)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Writes what is said of the zones of a plan.
    pub async fn plan_zones_set(&mut self, plan: &Plan) -> Result<()> {
        on!(self, |db| sqlx::query(PLAN_ZONES)
            .bind(plan.street.district_code())
            .bind(plan.id.uuid())
            .bind(Json(&plan.zones))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Writes state, interval, version, name and note of a plan.
    pub async fn plan_update(&mut self, plan: &Plan) -> Result<()> {
        on!(self, |db| sqlx::query(PLAN_UPDATE)
            .bind(plan.street.district_code())
            .bind(plan.id.uuid())
            .bind(plan.stored_state.as_str())
            .bind(plan.version)
            .bind(plan.effective_at.map(Instant))
            .bind(plan.ended_at.map(Instant))
            .bind(&plan.note)
            .bind(&plan.name)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Removes a plan with everything that belongs to it.
    pub async fn plan_delete(&mut self, district_code: i32, id: PlanId) -> Result<()> {
        self.plan_clear(district_code, id).await?;
        self.delete_all(&PLAN_DELETE, district_code, id).await
    }

    /// Removes the areas of a plan with their units and keepers; the plan itself stays.
    pub async fn plan_clear(&mut self, district_code: i32, id: PlanId) -> Result<()> {
        self.delete_all(&PLAN_PARTS_DELETE, district_code, id).await
    }

    /// Removes the areas of a plan that hold no unit.
    pub async fn empty_areas_delete(&mut self, district_code: i32, id: PlanId) -> Result<()> {
        self.delete_all(&EMPTY_AREAS_DELETE, district_code, id)
            .await
    }

    async fn delete_all(&mut self, list: &[&'static str], district: i32, id: PlanId) -> Result<()> {
        for &sql in list {
            on!(self, |db| sqlx::query(sql)
                .bind(district)
                .bind(id.uuid())
                .execute(db)
                .await
                .map(drop))?;
        }
        Ok(())
    }

    /// Writes version, settled strokes and everything that was counted of a plan.
    pub async fn plan_settle(&mut self, plan: &Plan) -> Result<()> {
        on!(self, |db| sqlx::query(PLAN_SETTLE)
            .bind(plan.street.district_code())
            .bind(plan.id.uuid())
            .bind(plan.version)
            .bind(plan.settled_seq)
            .bind(plan.data_version)
            .bind(Json(&plan.figures))
            .bind(Json(&plan.zones))
            .bind(Json(&plan.splits))
            .bind(Json(&plan.problems))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }
}

// ------------------------------------------------------------------ areas

#[derive(sqlx::FromRow)]
struct AreaRow {
    id: Uuid,
    plan_id: Uuid,
    number: i64,
    code: String,
    name: String,
    community: String,
    zone: i64,
    seats: i64,
    households: i64,
    estimated_households: i64,
    visits: Option<i64>,
    units: i64,
    pieces: i64,
    deviation_bp: i64,
    off_target_bp: i64,
    target: i64,
    out_of_band: bool,
    heavy: bool,
    origin_id: Option<Uuid>,
    locked: bool,
    colour: i64,
    compactness: Option<f64>,
    geom: Option<Geom>,
}

const AREAS: &str = "SELECT id, plan_id, number, code, name, community, zone, seats, households, \
    estimated_households, visits, units, pieces, deviation_bp, off_target_bp, target, out_of_band, heavy, origin_id, locked, \
    colour, compactness, geom FROM patrol_area WHERE district_code = $1 AND plan_id = $2 ORDER BY number";
const AREA_INSERT: &str = "INSERT INTO patrol_area (district_code, id, plan_id, number, code, name, community, zone, \
    seats, households, estimated_households, visits, units, pieces, deviation_bp, off_target_bp, target, out_of_band, heavy, \
    origin_id, locked, colour, compactness, geom) ";
const ASSIGNMENTS: &str = "SELECT unit_kind, unit_id, area_id FROM assignment WHERE district_code = $1 \
    AND plan_id = $2 ORDER BY unit_kind, unit_id";
const ASSIGNMENT_INSERT: &str =
    "INSERT INTO assignment (district_code, plan_id, unit_kind, unit_id, area_id) ";
const AREA_KEEPERS: &str = "SELECT area_id, appointment_id FROM area_keeper WHERE district_code = $1 AND plan_id = $2 \
    ORDER BY area_id, appointment_id";
const AREA_KEEPER_REMOVE: &str =
    "DELETE FROM area_keeper WHERE district_code = $1 AND plan_id = $2 AND appointment_id = $3";
const AREA_KEEPER_INSERT: &str =
    "INSERT INTO area_keeper (district_code, plan_id, area_id, appointment_id) ";

fn unit_words(unit: Unit) -> (&'static str, Uuid) {
    match unit {
        Unit::Building(id) => ("building", id.uuid()),
        Unit::Compound(id) => ("compound", id.uuid()),
        Unit::Stairwell(id) => ("stairwell", id.uuid()),
    }
}

impl Conn<'_> {
    /// Areas of a plan, by number.
    pub async fn patrol_area_list(
        &mut self,
        district_code: i32,
        plan: PlanId,
    ) -> Result<Vec<PatrolArea>> {
        let rows: Vec<AreaRow> = on!(self, |db| sqlx::query_as(AREAS)
            .bind(district_code)
            .bind(plan.uuid())
            .fetch_all(db)
            .await)?;
        let read = |row: AreaRow| -> Result<PatrolArea> {
            Ok(PatrolArea {
                community: parse(&row.community, "patrol_area", "community", &row.id)?,
                id: AreaId::new(row.id),
                plan: PlanId::new(row.plan_id),
                number: row.number as u32,
                code: row.code,
                name: row.name,
                zone: row.zone as u32,
                seats: row.seats as u32,
                households: row.households as u32,
                estimated_households: row.estimated_households as u32,
                visits: row.visits.map(|n| n as u32),
                units: row.units as u32,
                pieces: row.pieces as u32,
                deviation_bp: row.deviation_bp as i32,
                off_target_bp: row.off_target_bp as i32,
                target: row.target as u32,
                out_of_band: row.out_of_band,
                heavy: row.heavy,
                origin: row.origin_id.map(AreaId::new),
                locked: row.locked,
                colour: row.colour as u8,
                compactness: row.compactness,
                outline: match row.geom.map(Geom::into_polygons).transpose() {
                    Ok(outline) => outline.flatten(),
                    Err(reason) => {
                        let id = row.id.to_string();
                        return Err(Error::Inconsistent {
                            table: "patrol_area",
                            column: "geom",
                            id,
                            reason,
                        });
                    }
                },
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Adds areas of a plan.
    pub async fn patrol_area_insert(
        &mut self,
        district_code: i32,
        areas: &[PatrolArea],
    ) -> Result<()> {
        insert_rows!(self, AREA_INSERT, areas, |values, a| values
            .push_bind(district_code)
            .push_bind(a.id.uuid())
            .push_bind(a.plan.uuid())
            .push_bind(i64::from(a.number))
            .push_bind(a.code.clone())
            .push_bind(a.name.clone())
            .push_bind(a.community.to_string())
            .push_bind(i64::from(a.zone))
            .push_bind(i64::from(a.seats))
            .push_bind(i64::from(a.households))
            .push_bind(i64::from(a.estimated_households))
            .push_bind(a.visits.map(i64::from))
            .push_bind(i64::from(a.units))
            .push_bind(i64::from(a.pieces))
            .push_bind(i64::from(a.deviation_bp))
            .push_bind(i64::from(a.off_target_bp))
            .push_bind(i64::from(a.target))
            .push_bind(a.out_of_band)
            .push_bind(a.heavy)
            .push_bind(a.origin.map(AreaId::uuid))
            .push_bind(a.locked)
            .push_bind(i64::from(a.colour))
            .push_bind(a.compactness)
            .push_bind(a.outline.as_ref().map(Geom::from)));
        Ok(())
    }

    /// Assignments of a plan.
    pub async fn assignment_list(
        &mut self,
        district_code: i32,
        plan: PlanId,
    ) -> Result<Vec<Assignment>> {
        let rows: Vec<(String, Uuid, Uuid)> = on!(self, |db| sqlx::query_as(ASSIGNMENTS)
            .bind(district_code)
            .bind(plan.uuid())
            .fetch_all(db)
            .await)?;
        let read = |(kind, unit, area): (String, Uuid, Uuid)| Assignment {
            unit: match kind.as_str() {
                "compound" => Unit::Compound(CompoundId::new(unit)),
                "stairwell" => Unit::Stairwell(StairwellId::new(unit)),
                _ => Unit::Building(BuildingId::new(unit)),
            },
            area: AreaId::new(area),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Adds assignments of a plan.
    pub async fn assignment_insert(
        &mut self,
        district_code: i32,
        plan: PlanId,
        assignments: &[Assignment],
    ) -> Result<()> {
        insert_rows!(self, ASSIGNMENT_INSERT, assignments, |values, a| {
            let (kind, unit) = unit_words(a.unit);
            values
                .push_bind(district_code)
                .push_bind(plan.uuid())
                .push_bind(kind)
                .push_bind(unit)
                .push_bind(a.area.uuid())
        });
        Ok(())
    }

    /// Who serves which area of a plan.
    pub async fn area_keeper_list(
        &mut self,
        district_code: i32,
        plan: PlanId,
    ) -> Result<Vec<AreaKeeper>> {
        let rows: Vec<(Uuid, Uuid)> = on!(self, |db| sqlx::query_as(AREA_KEEPERS)
            .bind(district_code)
            .bind(plan.uuid())
            .fetch_all(db)
            .await)?;
        let read = |(area, appointment): (Uuid, Uuid)| AreaKeeper {
            plan,
            area: AreaId::new(area),
            appointment: AppointmentId::new(appointment),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Takes an appointment off the areas of a plan.
    pub async fn area_keeper_remove(
        &mut self,
        district_code: i32,
        plan: PlanId,
        appointment: AppointmentId,
    ) -> Result<()> {
        on!(self, |db| sqlx::query(AREA_KEEPER_REMOVE)
            .bind(district_code)
            .bind(plan.uuid())
            .bind(appointment.uuid())
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Seats keepers.
    pub async fn area_keeper_insert(
        &mut self,
        district_code: i32,
        keepers: &[AreaKeeper],
    ) -> Result<()> {
        insert_rows!(self, AREA_KEEPER_INSERT, keepers, |values, k| values
            .push_bind(district_code)
            .push_bind(k.plan.uuid())
            .push_bind(k.area.uuid())
            .push_bind(k.appointment.uuid()));
        Ok(())
    }
}
