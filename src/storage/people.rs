//! What hangs on the people of the roster: leave, cover, kit, trainings, mentors.
//!
//! Invariant: rows are ended, not overwritten; what is read belongs to a range of districts.

use super::aggregates::{insert_rows, parse};
use super::database::{Conn, on};
use super::error::Result;
use crate::domain::roster::{Cover, KitIssue, Leave, MentorGroup, Training};
use crate::domain::{AppointmentId, CompoundId, HousekeeperId, RegionCode};
use chrono::NaiveDate;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct LeaveRow {
    district_code: i32,
    id: Uuid,
    appointment_id: Uuid,
    from_date: NaiveDate,
    to_date: NaiveDate,
}

#[derive(sqlx::FromRow)]
struct CoverRow {
    district_code: i32,
    id: Uuid,
    appointment_id: Uuid,
    compound_id: Uuid,
    instead_of_id: Option<Uuid>,
    from_date: NaiveDate,
    to_date: Option<NaiveDate>,
    reason: String,
}

#[derive(sqlx::FromRow)]
struct KitRow {
    district_code: i32,
    id: Uuid,
    appointment_id: Uuid,
    item: String,
    quantity: i32,
    issued_on: NaiveDate,
    returned_on: Option<NaiveDate>,
}

#[derive(sqlx::FromRow)]
struct TrainingRow {
    id: Uuid,
    region: String,
    title: String,
    held_on: NaiveDate,
}

#[derive(sqlx::FromRow)]
struct GroupRow {
    district_code: i32,
    id: Uuid,
    mentor_id: Uuid,
    from_date: NaiveDate,
    to_date: Option<NaiveDate>,
}

const LEAVES: &str = "SELECT district_code, id, appointment_id, from_date, to_date FROM leave_period \
    WHERE district_code BETWEEN $1 AND $2 ORDER BY from_date, id";
const LEAVE_INSERT: &str =
    "INSERT INTO leave_period (district_code, id, appointment_id, from_date, to_date) ";
const LEAVE_DELETE: &str = "DELETE FROM leave_period WHERE district_code = $1 AND id = $2";
const COVERS: &str = "SELECT district_code, id, appointment_id, compound_id, instead_of_id, from_date, to_date, reason \
    FROM cover_period WHERE district_code BETWEEN $1 AND $2 ORDER BY from_date, id";
const COVER_INSERT: &str = "INSERT INTO cover_period (district_code, id, appointment_id, compound_id, instead_of_id, \
    from_date, to_date, reason) ";
const COVER_END: &str = "UPDATE cover_period SET to_date = $3 WHERE district_code = $1 AND id = $2";
const KIT: &str = "SELECT district_code, id, appointment_id, item, quantity, issued_on, returned_on FROM kit_issue \
    WHERE district_code BETWEEN $1 AND $2 ORDER BY issued_on, id";
const KIT_INSERT: &str = "INSERT INTO kit_issue (district_code, id, appointment_id, item, quantity, issued_on, \
    returned_on) ";
const KIT_RETURN: &str =
    "UPDATE kit_issue SET returned_on = $3 WHERE district_code = $1 AND id = $2";
const TRAININGS: &str = "SELECT id, region, title, held_on FROM training \
    WHERE district_code BETWEEN $1 AND $2 ORDER BY held_on, id";
const TRAINING_INSERT: &str = "INSERT INTO training (district_code, id, region, title, held_on) ";
const ATTENDANCE: &str = "SELECT training_id, housekeeper_id FROM training_attendance \
    WHERE district_code BETWEEN $1 AND $2 ORDER BY training_id, housekeeper_id";
const ATTENDANCE_INSERT: &str =
    "INSERT INTO training_attendance (district_code, training_id, housekeeper_id) ";
const GROUPS: &str = "SELECT district_code, id, mentor_id, from_date, to_date FROM mentor_group \
    WHERE district_code BETWEEN $1 AND $2 ORDER BY from_date, id";
const GROUP_INSERT: &str =
    "INSERT INTO mentor_group (district_code, id, mentor_id, from_date, to_date) ";
const GROUP_END: &str = "UPDATE mentor_group SET to_date = $3 WHERE district_code = $1 AND id = $2";
const MEMBERS: &str = "SELECT group_id, housekeeper_id FROM mentor_member \
    WHERE district_code BETWEEN $1 AND $2 ORDER BY group_id, housekeeper_id";
const MEMBER_INSERT: &str = "INSERT INTO mentor_member (district_code, group_id, housekeeper_id) ";

/// The district codes of what lies in a region: one district, or those of a city or province.
pub(super) fn districts(region: Option<RegionCode>) -> (i32, i32) {
    let Some(region) = region else {
        return (0, i32::MAX);
    };
    let mut prefix = region.prefix();
    prefix.truncate(6);
    let filled = |digit: char| -> i32 {
        let text: String = prefix
            .chars()
            .chain(std::iter::repeat(digit))
            .take(6)
            .collect();
        text.parse().unwrap_or_default()
    };
    (filled('0'), filled('9'))
}

/// Second values of pairs, by the first.
fn grouped(pairs: Vec<(Uuid, Uuid)>) -> HashMap<Uuid, Vec<HousekeeperId>> {
    let mut all: HashMap<Uuid, Vec<HousekeeperId>> = HashMap::new();
    for (of, who) in pairs {
        all.entry(of).or_default().push(HousekeeperId::new(who));
    }
    all
}

macro_rules! in_districts {
    ($conn:expr, $sql:expr, $region:expr) => {{
        let (low, high) = districts($region);
        on!($conn, |db| sqlx::query_as($sql)
            .bind(low)
            .bind(high)
            .fetch_all(db)
            .await)?
    }};
}
pub(super) use in_districts;

macro_rules! day_set {
    ($conn:expr, $sql:expr, $district:expr, $id:expr, $day:expr) => {
        on!($conn, |db| sqlx::query($sql)
            .bind($district)
            .bind($id)
            .bind($day)
            .execute(db)
            .await
            .map(drop))?
    };
}

impl Conn<'_> {
    /// Leave inside a region's districts.
    pub async fn leave_list(&mut self, region: Option<RegionCode>) -> Result<Vec<Leave>> {
        let rows: Vec<LeaveRow> = in_districts!(self, LEAVES, region);
        let read = |row: LeaveRow| Leave {
            id: row.id,
            district_code: row.district_code,
            appointment: AppointmentId::new(row.appointment_id),
            from: row.from_date,
            to: row.to_date,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Writes new leave.
    pub async fn leave_insert(&mut self, leaves: &[Leave]) -> Result<()> {
        insert_rows!(self, LEAVE_INSERT, leaves, |values, l| values
            .push_bind(l.district_code)
            .push_bind(l.id)
            .push_bind(l.appointment.uuid())
            .push_bind(l.from)
            .push_bind(l.to));
        Ok(())
    }

    /// Takes back leave that was entered.
    pub async fn leave_delete(&mut self, district_code: i32, id: Uuid) -> Result<()> {
        on!(self, |db| sqlx::query(LEAVE_DELETE)
            .bind(district_code)
            .bind(id)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Who covers, inside a region's districts.
    pub async fn cover_list(&mut self, region: Option<RegionCode>) -> Result<Vec<Cover>> {
        let rows: Vec<CoverRow> = in_districts!(self, COVERS, region);
        let read = |row: CoverRow| -> Result<Cover> {
            Ok(Cover {
                reason: parse(&row.reason, "cover_period", "reason", &row.id)?,
                id: row.id,
                district_code: row.district_code,
                appointment: AppointmentId::new(row.appointment_id),
                compound: CompoundId::new(row.compound_id),
                instead_of: row.instead_of_id.map(AppointmentId::new),
                from: row.from_date,
                to: row.to_date,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Writes who covers.
    pub async fn cover_insert(&mut self, covers: &[Cover]) -> Result<()> {
        insert_rows!(self, COVER_INSERT, covers, |values, c| values
            .push_bind(c.district_code)
            .push_bind(c.id)
            .push_bind(c.appointment.uuid())
            .push_bind(c.compound.uuid())
            .push_bind(c.instead_of.map(AppointmentId::uuid))
            .push_bind(c.from)
            .push_bind(c.to)
            .push_bind(c.reason.as_str()));
        Ok(())
    }

    /// Somebody covers until `last`.
    pub async fn cover_end(&mut self, district_code: i32, id: Uuid, last: NaiveDate) -> Result<()> {
        day_set!(self, COVER_END, district_code, id, last);
        Ok(())
    }

    /// Kit inside a region's districts.
    pub async fn kit_list(&mut self, region: Option<RegionCode>) -> Result<Vec<KitIssue>> {
        let rows: Vec<KitRow> = in_districts!(self, KIT, region);
        let read = |row: KitRow| -> Result<KitIssue> {
            Ok(KitIssue {
                item: parse(&row.item, "kit_issue", "item", &row.id)?,
                id: row.id,
                district_code: row.district_code,
                appointment: AppointmentId::new(row.appointment_id),
                quantity: u32::try_from(row.quantity).unwrap_or_default(),
                issued: row.issued_on,
                returned: row.returned_on,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Writes what was handed out.
    pub async fn kit_insert(&mut self, issues: &[KitIssue]) -> Result<()> {
        insert_rows!(self, KIT_INSERT, issues, |values, k| values
            .push_bind(k.district_code)
            .push_bind(k.id)
            .push_bind(k.appointment.uuid())
            .push_bind(k.item.as_str())
            .push_bind(i32::try_from(k.quantity).unwrap_or(i32::MAX))
            .push_bind(k.issued)
            .push_bind(k.returned));
        Ok(())
    }

    /// Something came back.
    pub async fn kit_return(&mut self, district_code: i32, id: Uuid, on: NaiveDate) -> Result<()> {
        day_set!(self, KIT_RETURN, district_code, id, on);
        Ok(())
    }

    /// Trainings and who came, inside a region's districts.
    pub async fn training_list(&mut self, region: Option<RegionCode>) -> Result<Vec<Training>> {
        let rows: Vec<TrainingRow> = in_districts!(self, TRAININGS, region);
        let came: Vec<(Uuid, Uuid)> = in_districts!(self, ATTENDANCE, region);
        let mut came = grouped(came);
        let read = |row: TrainingRow| -> Result<Training> {
            Ok(Training {
                region: parse(&row.region, "training", "region", &row.id)?,
                attended: came.remove(&row.id).unwrap_or_default(),
                id: row.id,
                title: row.title,
                held: row.held_on,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Writes trainings and who came.
    pub async fn training_insert(&mut self, trainings: &[Training]) -> Result<()> {
        insert_rows!(self, TRAINING_INSERT, trainings, |values, t| values
            .push_bind(t.region.district_code())
            .push_bind(t.id)
            .push_bind(t.region.to_string())
            .push_bind(t.title.clone())
            .push_bind(t.held));
        let came: Vec<(i32, Uuid, Uuid)> = trainings
            .iter()
            .flat_map(|t| {
                let district = t.region.district_code();
                t.attended
                    .iter()
                    .map(move |who| (district, t.id, who.uuid()))
            })
            .collect();
        insert_rows!(self, ATTENDANCE_INSERT, came, |values, row| values
            .push_bind(row.0)
            .push_bind(row.1)
            .push_bind(row.2));
        Ok(())
    }

    /// Mentoring groups inside a region's districts.
    pub async fn mentor_group_list(
        &mut self,
        region: Option<RegionCode>,
    ) -> Result<Vec<MentorGroup>> {
        let rows: Vec<GroupRow> = in_districts!(self, GROUPS, region);
        let members: Vec<(Uuid, Uuid)> = in_districts!(self, MEMBERS, region);
        let mut members = grouped(members);
        let read = |row: GroupRow| MentorGroup {
            members: members.remove(&row.id).unwrap_or_default(),
            id: row.id,
            district_code: row.district_code,
            mentor: HousekeeperId::new(row.mentor_id),
            from: row.from_date,
            to: row.to_date,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Writes mentoring groups.
    pub async fn mentor_group_insert(&mut self, groups: &[MentorGroup]) -> Result<()> {
        insert_rows!(self, GROUP_INSERT, groups, |values, g| values
            .push_bind(g.district_code)
            .push_bind(g.id)
            .push_bind(g.mentor.uuid())
            .push_bind(g.from)
            .push_bind(g.to));
        let members: Vec<(i32, Uuid, Uuid)> = groups
            .iter()
            .flat_map(|g| {
                g.members
                    .iter()
                    .map(|who| (g.district_code, g.id, who.uuid()))
            })
            .collect();
        insert_rows!(self, MEMBER_INSERT, members, |values, row| values
            .push_bind(row.0)
            .push_bind(row.1)
            .push_bind(row.2));
        Ok(())
    }

    /// A mentoring group lasts until `last`.
    pub async fn mentor_group_end(
        &mut self,
        district_code: i32,
        id: Uuid,
        last: NaiveDate,
    ) -> Result<()> {
        day_set!(self, GROUP_END, district_code, id, last);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::districts;

    #[test]
    fn a_region_spans_its_own_district_or_all_below_it() {
        let of = |code: &str| districts(Some(code.parse().unwrap()));
        assert_eq!(of("340104001002"), (340_104, 340_104));
        assert_eq!(of("340104000000"), (340_104, 340_104));
        assert_eq!(of("340100000000"), (340_100, 340_199));
        assert_eq!(of("340000000000"), (340_000, 349_999));
        assert_eq!(districts(None).0, 0);
    }
}
