//! The roster beyond who is where: leave, cover, kit, training, mentors, and what follows from them.
//!
//! Not who is in post (that is `housekeeper`). Invariant: everything here counts things and gaps; nothing puts people
//! in an order of merit.

use super::text_enum::text_enum;
use super::{Appointment, AppointmentId, CompoundId, HousekeeperId};
use chrono::{Days, NaiveDate};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Days in which somebody new should have a mentor.
pub const NEW_DAYS: u64 = 90;
/// Most people of a mentoring group, the mentor apart.
pub const MAX_MEMBERS: usize = 20;

/// Days from `from` to `to`, both included; open without `to`.
pub fn holds(from: NaiveDate, to: Option<NaiveDate>, on: NaiveDate) -> bool {
    from <= on && to.is_none_or(|to| on <= to)
}

/// Days off. Why is nobody's business, so it is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leave {
    /// Identity.
    pub id: Uuid,
    /// County-level code.
    pub district_code: i32,
    /// Of whom.
    pub appointment: AppointmentId,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

text_enum! {
    /// Why somebody covers.
    pub enum CoverReason {
        /// Nobody is appointed.
        Vacancy => "vacancy", "岗位空缺";
        /// Whoever is appointed is on leave.
        Leave => "leave", "休假";
        /// Many new households, works, a flood.
        Load => "load", "临时任务重";
    }
}

/// Somebody in post serves another compound as well, for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// Identity.
    pub id: Uuid,
    /// County-level code.
    pub district_code: i32,
    /// Who covers.
    pub appointment: AppointmentId,
    /// The compound that is covered.
    pub compound: CompoundId,
    /// Instead of whom; `None` for a vacancy.
    pub instead_of: Option<AppointmentId>,
    /// First day.
    pub from: NaiveDate,
    /// Last day; `None` until it ends.
    pub to: Option<NaiveDate>,
    /// Why.
    pub reason: CoverReason,
}

impl Cover {
    /// Whether it holds on a day; both ends included.
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }
}

text_enum! {
    /// What a keeper is given.
    pub enum KitItem {
        /// Red vest.
        Vest => "vest", "红色马甲";
        /// Badge.
        Badge => "badge", "工作证";
        /// Diary.
        Notebook => "notebook", "民情记录簿";
        /// Cards to hand out; a box counts as one.
        Cards => "cards", "联系卡";
    }
}

/// Something that was handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitIssue {
    /// Identity.
    pub id: Uuid,
    /// County-level code.
    pub district_code: i32,
    /// To whom.
    pub appointment: AppointmentId,
    /// What.
    pub item: KitItem,
    /// How many, at least 1.
    pub quantity: u32,
    /// When.
    pub issued: NaiveDate,
    /// When it came back; `None` while it is out.
    pub returned: Option<NaiveDate>,
}

/// One kind of kit: who needs it, who has it, what to order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KitNeed {
    /// What.
    pub item: KitItem,
    /// Posts, one piece each.
    pub posts: u32,
    /// Posts whose holder has one now.
    pub out: u32,
    /// Pieces that left keepers still have.
    pub unreturned: u32,
    /// Posts without one: what to order, if nothing lies in the store.
    pub order: u32,
}

/// What kit `posts` posts need: one of each item, less what those in post hold. Whoever holds two does not make up for
/// somebody who holds none.
pub fn kit_needs(
    posts: u32,
    issues: &[KitIssue],
    in_post: impl Fn(AppointmentId) -> bool,
) -> Vec<KitNeed> {
    let need = |item: &KitItem| {
        let mut holders: HashSet<AppointmentId> = HashSet::new();
        let mut unreturned = 0;
        for one in issues
            .iter()
            .filter(|one| one.item == *item && one.returned.is_none())
        {
            if in_post(one.appointment) {
                holders.insert(one.appointment);
            } else {
                unreturned += one.quantity;
            }
        }
        let out = holders.len() as u32;
        KitNeed {
            item: *item,
            posts,
            out,
            unreturned,
            order: posts.saturating_sub(out),
        }
    };
    KitItem::ALL.iter().map(need).collect()
}

/// A training.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Training {
    /// Identity.
    pub id: Uuid,
    /// For whom: a community or a street.
    pub region: super::RegionCode,
    /// What.
    pub title: String,
    /// When.
    pub held: NaiveDate,
    /// Who came.
    pub attended: Vec<HousekeeperId>,
}

/// Whether somebody was trained: came to one training since the appointment began.
pub fn trained(post: &Appointment, trainings: &[Training]) -> bool {
    trainings
        .iter()
        .any(|one| one.held >= post.start && one.attended.contains(&post.housekeeper))
}

/// Somebody experienced takes others along (老带新).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentorGroup {
    /// Identity.
    pub id: Uuid,
    /// County-level code.
    pub district_code: i32,
    /// Who takes along.
    pub mentor: HousekeeperId,
    /// Whom.
    pub members: Vec<HousekeeperId>,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: Option<NaiveDate>,
}

/// What is wrong with a mentoring group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupFault {
    /// Nobody is their own mentor.
    OwnMentor,
    /// A group has members.
    Empty,
    /// More than [`MAX_MEMBERS`].
    TooMany,
    /// One person twice.
    Twice,
}

impl MentorGroup {
    /// Whether the group may be.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self) -> Result<(), GroupFault> {
        let distinct: HashSet<_> = self.members.iter().collect();
        match () {
            () if self.members.contains(&self.mentor) => Err(GroupFault::OwnMentor),
            () if self.members.is_empty() => Err(GroupFault::Empty),
            () if self.members.len() > MAX_MEMBERS => Err(GroupFault::TooMany),
            () if distinct.len() < self.members.len() => Err(GroupFault::Twice),
            () => Ok(()),
        }
    }
}

/// Who is in their first [`NEW_DAYS`] days without a mentor, in the order of the posts.
pub fn unmentored(
    posts: &[Appointment],
    groups: &[MentorGroup],
    today: NaiveDate,
) -> Vec<AppointmentId> {
    let guided: HashSet<HousekeeperId> = groups
        .iter()
        .filter(|group| holds(group.from, group.to, today))
        .flat_map(|group| group.members.iter().copied())
        .collect();
    let first = first_days(posts);
    posts
        .iter()
        .filter(|post| post.active_on(today) && !guided.contains(&post.housekeeper))
        .filter(|post| {
            first
                .get(&post.housekeeper)
                .is_some_and(|first| *first + Days::new(NEW_DAYS) > today)
        })
        .map(|post| post.id)
        .collect()
}

/// When each began for the first time: whoever changes their post is not new again.
fn first_days(posts: &[Appointment]) -> HashMap<HousekeeperId, NaiveDate> {
    let mut first: HashMap<HousekeeperId, NaiveDate> = HashMap::new();
    for post in posts {
        let day = first.entry(post.housekeeper).or_insert(post.start);
        *day = post.start.min(*day);
    }
    first
}

/// Households against capacity, in basis points; `None` without households or without capacity.
pub fn load_bp(households: Option<u32>, capacity: u32) -> Option<u32> {
    let households = households?;
    (capacity > 0).then(|| {
        u32::try_from(u64::from(households) * 10_000 / u64::from(capacity)).unwrap_or(u32::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AppointmentKind, Terms};
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn post(n: u128, start: &str) -> Appointment {
        Appointment {
            id: AppointmentId::new(id(n)),
            district_code: 340_104,
            housekeeper: HousekeeperId::new(id(n)),
            compound: None,
            kind: AppointmentKind::FullTime,
            start: day(start),
            end: None,
            terms: Terms::default(),
        }
    }

    fn issue(n: u128, to: u128, item: KitItem, returned: Option<&str>) -> KitIssue {
        KitIssue {
            id: id(n),
            district_code: 340_104,
            appointment: AppointmentId::new(id(to)),
            item,
            quantity: 1,
            issued: day("2026-01-10"),
            returned: returned.map(day),
        }
    }

    #[test]
    fn a_hundred_and_twenty_four_posts_need_four_hundred_and_ninety_six_pieces() {
        let needs = kit_needs(124, &[], |_| true);
        assert_eq!(needs.iter().map(|need| need.order).sum::<u32>(), 496);
        assert!(needs.iter().all(|need| need.order == 124 && need.out == 0));
    }

    #[test]
    fn what_is_out_is_not_ordered_again_and_what_leavers_hold_is_named() {
        let issues = [
            issue(1, 1, KitItem::Vest, None),
            issue(2, 1, KitItem::Vest, None),
            issue(3, 2, KitItem::Vest, Some("2026-05-01")),
            issue(4, 9, KitItem::Vest, None),
        ];
        let vest = kit_needs(3, &issues, |of| of != AppointmentId::new(id(9)))[0];
        assert_eq!((vest.out, vest.order, vest.unreturned), (1, 2, 1));
    }

    #[test]
    fn trained_is_who_came_once_since_the_appointment_began() {
        let training = |held, attended: &[u128]| Training {
            id: id(1),
            region: "340104001001".parse().unwrap(),
            title: "上岗培训".into(),
            held: day(held),
            attended: attended
                .iter()
                .map(|n| HousekeeperId::new(id(*n)))
                .collect(),
        };
        let one = post(1, "2026-03-01");
        assert!(!trained(&one, &[training("2026-02-28", &[1])]));
        assert!(trained(&one, &[training("2026-03-01", &[2, 1])]));
        assert!(!trained(&one, &[training("2026-03-01", &[2])]));
    }

    #[test]
    fn nobody_is_their_own_mentor_and_a_new_keeper_without_one_is_listed() {
        let group = |mentor: u128, members: &[u128]| MentorGroup {
            id: id(77),
            district_code: 340_104,
            mentor: HousekeeperId::new(id(mentor)),
            members: members.iter().map(|n| HousekeeperId::new(id(*n))).collect(),
            from: day("2026-01-01"),
            to: None,
        };
        assert_eq!(group(1, &[2, 1]).check(), Err(GroupFault::OwnMentor));
        assert_eq!(group(1, &[]).check(), Err(GroupFault::Empty));
        assert_eq!(group(1, &[2, 2]).check(), Err(GroupFault::Twice));
        assert_eq!(group(1, &[2]).check(), Ok(()));
        let posts = [
            post(1, "2020-01-01"),
            post(2, "2026-03-01"),
            post(3, "2026-03-01"),
        ];
        let alone = |on| unmentored(&posts, &[group(1, &[2])], day(on));
        assert_eq!(alone("2026-05-29"), [posts[2].id], "the 90th day");
        assert!(alone("2026-05-30").is_empty(), "after 90 days");
    }

    proptest! {
        /// What is ordered and what is out are always the posts, however the pieces are spread.
        #[test]
        fn ordered_and_out_make_up_the_posts(posts in 0u32..60, to in proptest::collection::vec(0u128..60, 0..80)) {
            let issues: Vec<KitIssue> = to.iter().enumerate()
                .map(|(n, to)| issue(n as u128, *to % u128::from(posts.max(1)), KitItem::Badge, None)).collect();
            let badge = kit_needs(posts, &issues, |_| posts > 0)[1];
            prop_assert_eq!(badge.out + badge.order, posts);
        }
    }
}
