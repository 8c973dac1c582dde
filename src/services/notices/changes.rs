//! What becomes of notices when plans, keepers and appointments change: inside the same transaction.
//!
//! Invariant: whoever changes a plan in force, a card or an appointment calls one of these before the transaction
//! ends, so that no door is right by the books and wrong on the wall.

use super::super::error::Result;
use crate::domain::{
    Actor, Appointment, AppointmentId, AreaId, Building, BuildingId, Housekeeper, HousekeeperId,
    Notice, NoticeEvent, NoticeId, NoticeSheet, NoticeState, Plan, RegionCode, Unit, may_be_kept,
};
use crate::storage::Conn;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Boards that changed, and how.
#[derive(Default)]
pub(super) struct Moves {
    notices: Vec<Notice>,
    events: Vec<NoticeEvent>,
}

impl Moves {
    /// Takes a board that changed from the state `from`; `None` for one that is new.
    pub fn push(
        &mut self,
        mut notice: Notice,
        from: Option<NoticeState>,
        actor: &Actor,
        now: DateTime<Utc>,
    ) {
        self.step(&mut notice, from, actor, now);
        self.notices.push(notice);
    }

    /// Notes a move of a board that may move on before it is kept.
    pub fn step(
        &mut self,
        notice: &mut Notice,
        from: Option<NoticeState>,
        actor: &Actor,
        now: DateTime<Utc>,
    ) {
        notice.version += 1;
        self.events.push(NoticeEvent {
            district_code: notice.district_code,
            notice: notice.id,
            seq: notice.version,
            at: now,
            actor: actor.id.to_string(),
            from,
            to: notice.stored_state,
            reason: notice.reason,
        });
    }

    /// Keeps a board whose moves are noted.
    pub fn keep(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    /// Writes them.
    pub async fn store(self, conn: &mut Conn<'_>) -> Result<usize> {
        conn.notice_put(&self.notices).await?;
        conn.notice_event_append(&self.events).await?;
        Ok(self.notices.len())
    }
}

/// A board for a building that has none yet.
pub(super) fn new_board(building: &Building) -> Notice {
    let id = NoticeId::new(Uuid::now_v7());
    Notice::new(id, building.community.district_code(), building.id)
}

/// A plan comes into force on `day`: boards whose area or keepers change have to be printed anew, boards of buildings
/// without an area come off, and buildings that had none get one. The number of boards that changed.
///
/// # Errors
/// The store's own.
pub(in crate::services) async fn follow_plan(
    conn: &mut Conn<'_>,
    plan: &Plan,
    day: NaiveDate,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<usize> {
    let buildings = conn.buildings_in(plan.street).await?;
    let wanted = sheets(conn, plan, &buildings, day).await?;
    follow(conn, plan.street, &buildings, &wanted, actor, now).await
}

/// The only plan of a street was withdrawn before its day: nothing is to hang. The number of boards that changed.
///
/// # Errors
/// The store's own.
pub(in crate::services) async fn follow_none(
    conn: &mut Conn<'_>,
    street: RegionCode,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<usize> {
    let buildings = conn.buildings_in(street).await?;
    follow(conn, street, &buildings, &HashMap::new(), actor, now).await
}

async fn follow(
    conn: &mut Conn<'_>,
    street: RegionCode,
    buildings: &[Building],
    wanted: &HashMap<BuildingId, NoticeSheet>,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<usize> {
    let district = street.district_code();
    let mut boards: HashMap<BuildingId, Notice> = conn
        .notice_list(Some(district))
        .await?
        .into_iter()
        .map(|notice| (notice.building, notice))
        .collect();
    let mut moves = Moves::default();
    for building in buildings {
        let current = wanted.get(&building.id);
        match boards.remove(&building.id) {
            Some(mut notice) => {
                let before = notice.stored_state;
                if notice.follow(current) {
                    moves.push(notice, Some(before), actor, now);
                }
            }
            None if current.is_some() => moves.push(new_board(building), None, actor, now),
            None => {}
        }
    }
    moves.store(conn).await
}

/// What should hang at each building by a plan, on a day.
async fn sheets(
    conn: &mut Conn<'_>,
    plan: &Plan,
    buildings: &[Building],
    day: NaiveDate,
) -> Result<HashMap<BuildingId, NoticeSheet>> {
    let district = plan.street.district_code();
    let areas = conn.patrol_area_list(district, plan.id).await?;
    let active: HashSet<AppointmentId> = conn
        .appointment_list()
        .await?
        .iter()
        .filter(|one| one.active_on(day))
        .map(|one| one.id)
        .collect();
    let mut keepers: HashMap<AreaId, Vec<AppointmentId>> = HashMap::new();
    for one in conn.area_keeper_list(district, plan.id).await? {
        if active.contains(&one.appointment) {
            keepers.entry(one.area).or_default().push(one.appointment);
        }
    }
    let sheet_of: HashMap<AreaId, NoticeSheet> = areas
        .iter()
        .map(|area| {
            let keepers = keepers.remove(&area.id).unwrap_or_default();
            (area.id, sheet(plan, area.number, keepers))
        })
        .collect();
    let area_of: HashMap<Unit, AreaId> = conn
        .assignment_list(district, plan.id)
        .await?
        .into_iter()
        .map(|one| (one.unit, one.area))
        .collect();
    let of = |building: &Building| {
        let own = area_of.get(&Unit::Building(building.id));
        let area = own.or_else(|| area_of.get(&Unit::Compound(building.compound?)))?;
        Some((building.id, sheet_of.get(area)?.clone()))
    };
    Ok(buildings.iter().filter_map(of).collect())
}

/// What a sheet says of its area.
pub(super) fn sheet(plan: &Plan, area_number: u32, mut keepers: Vec<AppointmentId>) -> NoticeSheet {
    keepers.sort_unstable();
    keepers.dedup();
    NoticeSheet {
        plan: plan.id,
        plan_version: plan.version,
        area_number,
        keepers,
        secretary: None,
    }
}

/// Keepers and appointments at one moment, as far as somebody is about to change them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Roster<'a> {
    /// Keepers.
    pub keepers: &'a [Housekeeper],
    /// Appointments.
    pub appointments: &'a [Appointment],
}

/// Keepers or appointments were written, `before` → `after` (only what was written need be in either). Boards that name
/// somebody whose card changed have to be printed anew, boards that name somebody whose appointment ended, or is gone,
/// come off; photos that nothing holds any more go. The number of boards that changed.
///
/// # Errors
/// The store's own.
pub async fn roster_written(
    conn: &mut Conn<'_>,
    before: Roster<'_>,
    after: Roster<'_>,
    today: NaiveDate,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<usize> {
    portraits_without_ground_delete(conn, today).await?;
    let was: HashMap<HousekeeperId, &Housekeeper> =
        before.keepers.iter().map(|one| (one.id, one)).collect();
    // A board shows the name, the number and whether these are public at all.
    let other_card = |one: &&Housekeeper| {
        was.get(&one.id).is_some_and(|was| {
            (&was.name, &was.duty_phone, was.consent.is_some())
                != (&one.name, &one.duty_phone, one.consent.is_some())
        })
    };
    let changed: HashSet<HousekeeperId> = after
        .keepers
        .iter()
        .filter(other_card)
        .map(|one| one.id)
        .collect();
    let is: HashMap<AppointmentId, &Appointment> =
        after.appointments.iter().map(|one| (one.id, one)).collect();
    let ended: HashSet<AppointmentId> = before
        .appointments
        .iter()
        .filter(|one| one.active_on(today))
        .filter(|one| is.get(&one.id).is_some_and(|one| !one.active_on(today)))
        .map(|one| one.id)
        .collect();
    if changed.is_empty() && ended.is_empty() {
        return Ok(0);
    }
    boards_changed(conn, &changed, &ended, actor, now).await
}

/// The photo of a keeper came, changed or went: boards that name them have to be printed anew. The number of boards that
/// changed.
///
/// # Errors
/// The store's own.
pub(in crate::services) async fn portrait_written(
    conn: &mut Conn<'_>,
    keeper: HousekeeperId,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<usize> {
    boards_changed(conn, &HashSet::from([keeper]), &HashSet::new(), actor, now).await
}

/// Photos that must not be kept any more, as the store stands.
///
/// # Errors
/// The store's own.
pub(in crate::services) async fn portraits_without_ground(
    conn: &mut Conn<'_>,
    today: NaiveDate,
) -> Result<Vec<HousekeeperId>> {
    let portraits = conn.portrait_list().await?;
    if portraits.is_empty() {
        return Ok(Vec::new());
    }
    let keepers = conn.housekeeper_list().await?;
    let keepers: HashMap<HousekeeperId, &Housekeeper> =
        keepers.iter().map(|one| (one.id, one)).collect();
    let mut posts: HashMap<HousekeeperId, Vec<Appointment>> = HashMap::new();
    for post in conn.appointment_list().await? {
        posts.entry(post.housekeeper).or_default().push(post);
    }
    let held = |id: &HousekeeperId| {
        let own = posts.get(id).map_or(&[][..], Vec::as_slice);
        keepers
            .get(id)
            .is_some_and(|keeper| may_be_kept(keeper, own, today))
    };
    let all = portraits.into_iter().map(|one| one.keeper);
    Ok(all.filter(|id| !held(id)).collect())
}

async fn portraits_without_ground_delete(conn: &mut Conn<'_>, today: NaiveDate) -> Result<()> {
    for keeper in portraits_without_ground(conn, today).await? {
        conn.portrait_delete(keeper).await?;
    }
    Ok(())
}

/// Boards follow cards that changed and appointments that ended.
async fn boards_changed(
    conn: &mut Conn<'_>,
    changed: &HashSet<HousekeeperId>,
    ended: &HashSet<AppointmentId>,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<usize> {
    let posts: HashSet<AppointmentId> = conn
        .appointment_list()
        .await?
        .iter()
        .filter(|one| changed.contains(&one.housekeeper))
        .map(|one| one.id)
        .collect();
    let mut moves = Moves::default();
    for mut notice in conn.notice_list(None).await? {
        let from = notice.stored_state;
        let left = notice.keeper_changed(|id| ended.contains(&id), true);
        if left || notice.keeper_changed(|id| posts.contains(&id), false) {
            moves.push(notice, Some(from), actor, now);
        }
    }
    moves.store(conn).await
}
