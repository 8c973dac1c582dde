//! The doors of the demo city: notices in every state, so that each screen has something to show.
//!
//! Invariant: the same city gives the same states; numbers start with 100 and belong to nobody.

use super::super::Services;
use super::super::error::Result;
use super::changes::Moves;
use super::doors::{Doors, by_building};
use crate::domain::{
    Actor, CompoundId, Notice, NoticeReason, NoticeState, PublicContact, RegionLevel,
};
use chrono::{DateTime, Duration, Utc};

/// Size of the compound in which exactly one door is open: 17 of 18 are 94.4 %.
const GOLDEN: usize = 18;

impl Services {
    /// Names the offices of the demo city, then hangs its notices.
    ///
    /// # Errors
    /// The store's own.
    pub(in crate::services) async fn demo_notices_make(&self, actor: &Actor) -> Result<()> {
        self.demo_contacts_make().await?;
        let (picture, now) = (self.picture(), self.now());
        let doors = Doors::new(&picture, now);
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let mut boards = by_building(conn.notice_list(None).await?);
        let mut moves = Moves::default();
        let golden = picture
            .compounds
            .iter()
            .position(|one| picture.buildings_of(one.id).len() == GOLDEN);
        for (nth, compound) in picture.compounds.iter().enumerate() {
            for (door, at) in picture.buildings_of(compound.id).iter().enumerate() {
                let (Some(notice), Some(sheet)) =
                    (boards.remove(&doors.building(*at).id), doors.sheet(*at))
                else {
                    continue;
                };
                let story = if golden == Some(nth) {
                    if door == 0 { 1 } else { 2 }
                } else {
                    story(nth, door)
                };
                let days = 20 + (nth * 7 + door) as i64 % 60;
                tell(
                    notice,
                    &sheet,
                    story,
                    now - Duration::days(days),
                    actor,
                    &mut moves,
                );
            }
        }
        moves.store(&mut conn).await?;
        tx.commit().await?;
        self.reload().await
    }

    /// Names the offices, and the secretaries where no organisation does.
    async fn demo_contacts_make(&self) -> Result<()> {
        let picture = self.picture();
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        for (nth, region) in picture.regions.iter().enumerate() {
            let level = region.code.level();
            if matches!(level, RegionLevel::Street | RegionLevel::Community) {
                conn.public_contact_put(
                    region.code.district_code(),
                    &region.code.to_string(),
                    &office(7_000 + nth),
                )
                .await?;
            }
        }
        for (nth, compound) in picture
            .compounds
            .iter()
            .enumerate()
            .filter(|(nth, _)| nth % 3 != 2)
        {
            conn.public_contact_put(
                compound.community.district_code(),
                &scope(compound.id),
                &secretary(nth),
            )
            .await?;
        }
        tx.commit().await?;
        self.reload().await
    }
}

fn scope(id: CompoundId) -> String {
    id.to_string()
}

fn number(n: usize) -> String {
    format!("100 0000 {n:04}")
}

fn office(n: usize) -> PublicContact {
    PublicContact {
        name: None,
        phone: Some(number(n)),
        hours: Some("每天 8:00–20:00".into()),
    }
}

fn secretary(nth: usize) -> PublicContact {
    PublicContact {
        name: Some(format!("示例书记{:02}", nth + 1)),
        phone: Some(number(8_000 + nth)),
        hours: None,
    }
}

/// How far a door has come: 0 nothing printed, 1 hung, 2 verified, 3 verified long ago, 4 to be replaced, 5 to be
/// taken down, 6 printed and not hung.
fn story(compound: usize, door: usize) -> u8 {
    match (compound % 5, door % 7) {
        (1, 0) => 1,
        (2, 0 | 1) => 4,
        (2, 2) => 5,
        (0..=2, _) => 2,
        (3, 0..=2) => 0,
        (3, 3) => 6,
        (3, _) => 1,
        (_, 0..=3) => 3,
        _ => 2,
    }
}

fn tell(
    mut notice: Notice,
    sheet: &crate::domain::NoticeSheet,
    story: u8,
    then: DateTime<Utc>,
    actor: &Actor,
    moves: &mut Moves,
) {
    use NoticeState as S;
    if story == 0 {
        return;
    }
    let then = if story == 3 {
        then - Duration::days(220)
    } else {
        then
    };
    let from = notice.stored_state;
    notice.print(sheet, (from, None), then);
    if story == 6 {
        moves.push(notice, Some(from), actor, then);
        return;
    }
    let mut at = then + Duration::days(1);
    // What the city has gone through is legal by construction; a refusal leaves the door where it is.
    let hung = notice.go(S::Posted, from, Some(sheet), at);
    if hung.is_err() {
        return;
    }
    moves.step(&mut notice, Some(from), actor, at);
    if story >= 2 {
        at += Duration::days(1);
        if notice.go(S::Verified, S::Posted, Some(sheet), at).is_ok() {
            moves.step(&mut notice, Some(S::Posted), actor, at);
        }
    }
    if let Some(to) = [(4, S::ToReplace), (5, S::ToRemove)]
        .into_iter()
        .find(|(n, _)| *n == story)
    {
        at += Duration::days(10);
        let before = notice.stored_state;
        notice.stored_state = to.1;
        notice.reason = Some(if story == 4 {
            NoticeReason::KeeperChanged
        } else {
            NoticeReason::KeeperLeft
        });
        notice.sheet = None;
        moves.step(&mut notice, Some(before), actor, at);
    }
    moves.keep(notice);
}
