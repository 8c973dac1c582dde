//! The roster: vacancies, who serves where, what each has and lacks; `card.rs` has the card of one.
//!
//! Not private fields, which `contacts.rs` opens. Invariant: rows come in the order of places and names; no figure of a
//! person is a rank.

mod card;
mod views;

pub use views::{
    AppointmentView, AreaChoice, CoverView, KeeperCardView, KeeperRowView, KitNeedView, KitView,
    LeaveView, MentorGroupView, RosterNeeds, RosterView, TrainingView, VacancyView,
};

use super::{is_self, leading, place_of, posts_by_keeper, region_asked, sees, verdict};
use crate::domain::access::{Action, Object, Place, Verdict};
use crate::domain::roster::{
    self, Cover, KitIssue, Leave, MentorGroup, Training, holds, kit_needs, load_bp, trained,
    unmentored,
};
use crate::domain::{
    Appointment, AppointmentId, AppointmentKind, Housekeeper, HousekeeperId, RegionCode,
    RegionLevel, mask_phone,
};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::{Picture, PlanPicture};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use utoipa::IntoParams;
use uuid::Uuid;

/// Most rows of a page.
const MAX_PAGE: usize = 500;

/// Which people of the roster may be asked for.
const STATES: [&str; 5] = ["in_post", "left", "all", "unmentored", "untrained"];

/// Which rows of the roster.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct RosterQuery {
    /// 12-digit code; everything in one's scope when absent.
    pub region: Option<String>,
    /// Part of a name, compound or area number.
    pub q: Option<String>,
    /// `in_post` (default), `left`, `all`, `unmentored` (in the first 90 days without a mentor) or `untrained`
    /// (full-time in post, came to no training).
    pub state: Option<String>,
    /// Rows to skip.
    pub cursor: Option<usize>,
    /// Rows of a page, at most 500.
    pub limit: Option<usize>,
}

/// What the store has on the roster of some districts.
pub(super) struct Extras {
    pub(super) leaves: Vec<Leave>,
    pub(super) covers: Vec<Cover>,
    pub(super) kit: Vec<KitIssue>,
    pub(super) trainings: Vec<Training>,
    pub(super) groups: Vec<MentorGroup>,
}

impl Services {
    pub(super) async fn roster_extras(&self, region: Option<RegionCode>) -> Result<Extras> {
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        Ok(Extras {
            leaves: conn.leave_list(region).await?,
            covers: conn.cover_list(region).await?,
            kit: conn.kit_list(region).await?,
            trainings: conn.training_list(region).await?,
            groups: conn.mentor_group_list(region).await?,
        })
    }

    /// The roster in one's scope.
    ///
    /// # Errors
    /// `NotFound` for an unknown region, `Invalid` for an unknown state, the store's own.
    pub async fn roster(&self, asker: &Asker, query: &RosterQuery) -> Result<RosterView> {
        let picture = self.picture();
        let region = region_asked(&picture, query.region.as_deref())?;
        let extras = self.roster_extras(region).await?;
        let open = self.open_cases_by_compound(region).await?;
        let desk = Desk::new(&picture, &extras, asker, self.now());
        let state = query.state.as_deref().unwrap_or("in_post");
        if !STATES.contains(&state) {
            return Err(Error::invalid(
                "state_unknown",
                format!("没有“{state}”这种状态；可用 {}", STATES.join("、")),
                format!("state is one of {}", STATES.join(", ")),
            ));
        }
        let typed = query.q.as_deref().unwrap_or("").trim().to_lowercase();
        let mut people: Vec<(&Housekeeper, Option<&Appointment>)> = desk
            .in_sight(region)
            .filter(|(keeper, post)| typed.is_empty() || desk.says(keeper, *post, &typed))
            .collect();
        let active =
            |post: Option<&Appointment>| post.is_some_and(|post| post.active_on(picture.today));
        let counted = |kind| {
            desk.in_sight(region)
                .filter(|(_, post)| active(*post) && post.is_some_and(|post| post.kind == kind))
                .count() as u64
        };
        let on_leave = desk
            .in_sight(region)
            .filter(|(_, post)| post.is_some_and(|post| desk.leave_today(post.id).is_some()))
            .count() as u64;
        people.retain(|(_, post)| match state {
            "all" => true,
            "left" => !active(*post),
            "unmentored" => post.is_some_and(|post| desk.unmentored.contains(&post.id)),
            "untrained" => post.is_some_and(|post| {
                let full_time = post.kind == AppointmentKind::FullTime;
                full_time && post.active_on(picture.today) && !trained(post, &extras.trainings)
            }),
            _ => active(*post),
        });
        people.sort_by_cached_key(|(keeper, post)| {
            let compound = post
                .and_then(|post| post.compound)
                .map(|id| picture.compound_name(id).to_owned());
            (keeper.community, compound, keeper.name.clone(), keeper.id)
        });
        let total = people.len();
        let limit = query.limit.unwrap_or(200).clamp(1, MAX_PAGE);
        let from = query.cursor.unwrap_or(0).min(total);
        let page = &people[from..total.min(from + limit)];
        Ok(RosterView {
            as_of: picture.as_of,
            today: picture.today,
            data_version: picture.version,
            scope: region.map_or_else(String::new, |code| picture.region_name(code)),
            total: total as u64,
            in_post: counted(AppointmentKind::FullTime),
            part_time: counted(AppointmentKind::PartTime),
            on_leave,
            vacancies: desk.vacancies(region, &open),
            needs: desk.needs(region),
            items: page
                .iter()
                .map(|(keeper, post)| desk.row(keeper, *post))
                .collect(),
            next: (from + limit < total).then_some((from + limit) as u64),
        })
    }
}

/// Everything about the roster of a region, seen by somebody.
struct Desk<'a> {
    picture: &'a Picture,
    extras: &'a Extras,
    asker: &'a Asker,
    posts: HashMap<HousekeeperId, Vec<&'a Appointment>>,
    /// Plan and area of an appointment, in the plans in force.
    areas: HashMap<AppointmentId, (&'a PlanPicture, usize)>,
    unmentored: HashSet<AppointmentId>,
    names: HashMap<HousekeeperId, &'a str>,
}

impl<'a> Desk<'a> {
    fn new(picture: &'a Picture, extras: &'a Extras, asker: &'a Asker, now: DateTime<Utc>) -> Self {
        let mut areas = HashMap::new();
        for plan in picture
            .plans
            .iter()
            .filter(|plan| plan.plan.in_force_at(now))
        {
            for (at, seats) in plan.keepers.iter().enumerate() {
                areas.extend(seats.iter().map(|id| (*id, (plan, at))));
            }
        }
        let alone = unmentored(&picture.appointments, &extras.groups, picture.today);
        Self {
            picture,
            extras,
            asker,
            posts: posts_by_keeper(picture),
            areas,
            unmentored: alone.into_iter().collect(),
            names: picture
                .housekeepers
                .iter()
                .map(|keeper| (keeper.id, keeper.name.as_str()))
                .collect(),
        }
    }

    /// People whose entry the asker may read, inside a region.
    fn in_sight(
        &self,
        region: Option<RegionCode>,
    ) -> impl Iterator<Item = (&'a Housekeeper, Option<&'a Appointment>)> {
        self.picture.housekeepers.iter().filter_map(move |keeper| {
            if region.is_some_and(|region| !region.contains(keeper.community)) {
                return None;
            }
            let posts = self.posts.get(&keeper.id).map_or(&[][..], Vec::as_slice);
            let post = leading(posts, self.picture.today);
            let place = place_of(self.picture, keeper, post);
            sees(self.asker, Object::Roster, &place).then_some((keeper, post))
        })
    }

    fn says(&self, keeper: &Housekeeper, post: Option<&Appointment>, typed: &str) -> bool {
        let compound = post
            .and_then(|post| post.compound)
            .map_or("", |id| self.picture.compound_name(id));
        let area = post.and_then(|post| self.areas.get(&post.id));
        keeper.name.to_lowercase().contains(typed)
            || compound.to_lowercase().contains(typed)
            || area.is_some_and(|(plan, at)| plan.areas[*at].label() == typed)
    }

    fn leave_today(&self, of: AppointmentId) -> Option<&Leave> {
        self.extras.leaves.iter().find(|leave| {
            leave.appointment == of && holds(leave.from, Some(leave.to), self.picture.today)
        })
    }

    fn cover(&self, cover: &Cover) -> CoverView {
        let holder = self.picture.holder(cover.appointment);
        CoverView {
            id: cover.id,
            name: holder.map_or_else(String::new, |(keeper, _)| keeper.name.clone()),
            appointment: cover.appointment.uuid(),
            compound: cover.compound.uuid(),
            compound_name: self.picture.compound_name(cover.compound).to_owned(),
            reason: cover.reason.to_string(),
            reason_zh: cover.reason.label_zh().to_owned(),
            from: cover.from,
            to: cover.to,
        }
    }

    /// Covers of today that fit, whose holder is still in post.
    fn covers_now(&self, fits: impl Fn(&Cover) -> bool) -> Vec<CoverView> {
        let today = self.picture.today;
        self.extras
            .covers
            .iter()
            .filter(|one| holds(one.from, one.to, today) && fits(one))
            .filter(|one| {
                let holder = self.picture.holder(one.appointment);
                holder.is_some_and(|(_, post)| post.active_on(today))
            })
            .map(|one| self.cover(one))
            .collect()
    }

    fn capacity(&self, community: RegionCode, post: Option<&Appointment>) -> u32 {
        let policy = self.picture.policy_at(community);
        let each = policy.per_households / policy.keepers.max(1);
        post.and_then(|post| post.terms.capacity).unwrap_or(each)
    }

    /// Households of an area for each of those who serve it.
    fn households(&self, post: &Appointment, place: &Place) -> Option<u32> {
        let told = verdict(self.asker, Object::HouseholdCounts, Action::Read, place);
        if told != Verdict::Allowed {
            return None;
        }
        let (plan, at) = *self.areas.get(&post.id)?;
        let filled = plan.active_keepers(self.picture, at).count().max(1) as u32;
        Some(plan.areas[at].households / filled)
    }

    fn row(&self, keeper: &Housekeeper, post: Option<&Appointment>) -> KeeperRowView {
        let picture = self.picture;
        let place = place_of(picture, keeper, post);
        let active = post.filter(|post| post.active_on(picture.today));
        let area = active.and_then(|post| self.areas.get(&post.id));
        let households = active.and_then(|post| self.households(post, &place));
        let capacity = self.capacity(keeper.community, post);
        let of = |id: AppointmentId| move |one: &Cover| one.appointment == id;
        let mentor = self
            .extras
            .groups
            .iter()
            .find(|group| {
                holds(group.from, group.to, picture.today) && group.members.contains(&keeper.id)
            })
            .and_then(|group| self.names.get(&group.mentor));
        let update = verdict(self.asker, Object::Roster, Action::Update, &place);
        KeeperRowView {
            id: keeper.id.uuid(),
            appointment: post.map(|post| post.id.uuid()),
            name: keeper.name.clone(),
            community: keeper.community.to_string(),
            community_name: picture.region_name(keeper.community),
            compound: post.and_then(|post| post.compound).map(Into::into),
            compound_name: post
                .and_then(|post| post.compound)
                .map(|id| picture.compound_name(id).to_owned()),
            kind: post.map(|post| post.kind.to_string()),
            category: post
                .and_then(|post| post.terms.category)
                .map(|one| one.to_string()),
            category_zh: post
                .and_then(|post| post.terms.category)
                .map(|one| one.label_zh().to_owned()),
            in_post: active.is_some(),
            start: post.map(|post| post.start),
            end: post.and_then(|post| post.end),
            end_reason_zh: post
                .and_then(|post| post.terms.end_reason)
                .map(|reason| reason.label_zh().to_owned()),
            term_end: post.and_then(|post| post.terms.term_end),
            term_over: active
                .and_then(|post| post.terms.term_end)
                .is_some_and(|end| end < picture.today),
            duty_phone: keeper.duty_phone.as_deref().map(mask_phone),
            area: area.map(|(plan, at)| plan.areas[*at].id.uuid()),
            area_label: area.map(|(plan, at)| plan.areas[*at].label()),
            households,
            capacity,
            load_bp: load_bp(households, capacity),
            leave: active
                .and_then(|post| self.leave_today(post.id))
                .map(leave_view),
            covers: active.map_or_else(Vec::new, |post| self.covers_now(of(post.id))),
            covered_by: active.map_or_else(Vec::new, |post| {
                self.covers_now(|one| one.instead_of == Some(post.id))
            }),
            trained: post.is_some_and(|post| trained(post, &self.extras.trainings)),
            kit: post.map_or(0, |post| self.kit_out(post.id)),
            kit_of: roster::KitItem::ALL.len() as u32,
            mentor: mentor.map(|name| (*name).to_owned()),
            needs_mentor: post.is_some_and(|post| self.unmentored.contains(&post.id)),
            own: is_self(self.asker, keeper.id),
            may_change: update == Verdict::Allowed,
        }
    }

    fn kit_out(&self, post: AppointmentId) -> u32 {
        let out = self.extras.kit.iter();
        let items: HashSet<_> = out
            .filter(|one| one.appointment == post && one.returned.is_none())
            .map(|one| one.item)
            .collect();
        items.len() as u32
    }

    fn vacancies(
        &self,
        region: Option<RegionCode>,
        open: &HashMap<Uuid, u32>,
    ) -> Option<Vec<VacancyView>> {
        let picture = self.picture;
        let told = self
            .asker
            .grants
            .anywhere(Object::QuotaPolicy, Action::Read);
        if !told {
            return None;
        }
        let mut all: Vec<VacancyView> = Vec::new();
        for (at, quota) in picture.quotas.iter().enumerate() {
            let inside = region.is_none_or(|region| region.contains(quota.community));
            let place = Place::region(quota.community);
            let (Some(required), Some(short)) = (quota.required, quota.short) else {
                continue;
            };
            if short == 0 || !inside || !sees(self.asker, Object::QuotaPolicy, &place) {
                continue;
            }
            let compound = &picture.compounds[at];
            all.push(VacancyView {
                compound: compound.id.uuid(),
                name: compound.name.clone(),
                community_name: picture.region_name(compound.community),
                households: quota.households,
                required,
                in_post: quota.in_post,
                short,
                covered_by: self.covers_now(|one| one.compound == compound.id),
                recruiting: open.get(&compound.id.uuid()).copied().unwrap_or(0),
            });
        }
        all.sort_by(|a, b| b.short.cmp(&a.short).then_with(|| a.name.cmp(&b.name)));
        Some(all)
    }

    /// What is to be done; `None` for who reads only themselves.
    fn needs(&self, region: Option<RegionCode>) -> Option<RosterNeeds> {
        let today = self.picture.today;
        let mut posts: HashSet<AppointmentId> = HashSet::new();
        let mut communities: HashSet<RegionCode> = HashSet::new();
        let (mut untrained, mut unmentored, mut others) = (0, 0, 0);
        for (keeper, post) in self.in_sight(region) {
            others += u32::from(!is_self(self.asker, keeper.id));
            communities.insert(keeper.community);
            let Some(post) = post.filter(|post| post.active_on(today)) else {
                continue;
            };
            unmentored += u32::from(self.unmentored.contains(&post.id));
            if post.kind == AppointmentKind::FullTime {
                posts.insert(post.id);
                untrained += u32::from(!trained(post, &self.extras.trainings));
            }
        }
        if others == 0 {
            return None;
        }
        let required: u32 = self
            .picture
            .quotas
            .iter()
            .filter(|quota| region.is_none_or(|region| region.contains(quota.community)))
            .filter(|quota| {
                sees(
                    self.asker,
                    Object::QuotaPolicy,
                    &Place::region(quota.community),
                )
            })
            .filter_map(|quota| quota.required)
            .sum();
        let wanted = required.max(posts.len() as u32);
        let seen: HashSet<AppointmentId> = self
            .in_sight(region)
            .flat_map(|(keeper, _)| self.posts.get(&keeper.id).into_iter().flatten())
            .map(|post| post.id)
            .collect();
        let issues: Vec<KitIssue> = self
            .extras
            .kit
            .iter()
            .filter(|one| seen.contains(&one.appointment))
            .cloned()
            .collect();
        let part_time = |id: AppointmentId| {
            let holder = self.picture.holder(id);
            holder.is_some_and(|(_, post)| {
                post.kind == AppointmentKind::PartTime && post.active_on(today)
            })
        };
        let counted: Vec<KitIssue> = issues
            .into_iter()
            .filter(|one| !part_time(one.appointment))
            .collect();
        let kit: Vec<KitNeedView> = kit_needs(wanted, &counted, |id| posts.contains(&id))
            .into_iter()
            .map(|need| KitNeedView {
                item: need.item.to_string(),
                item_zh: need.item.label_zh().to_owned(),
                posts: need.posts,
                out: need.out,
                unreturned: need.unreturned,
                order: need.order,
            })
            .collect();
        let mut without: Vec<RegionCode> = communities
            .into_iter()
            .filter(|code| {
                let street = code.at_level(RegionLevel::Street);
                let held = |one: &Training| one.region == *code || Some(one.region) == street;
                !self.extras.trainings.iter().any(held)
            })
            .collect();
        without.sort_unstable();
        Some(RosterNeeds {
            posts: wanted,
            order: kit.iter().map(|one| one.order).sum(),
            kit,
            untrained,
            unmentored,
            communities_without_training: without
                .into_iter()
                .map(|code| self.picture.region_name(code))
                .collect(),
        })
    }
}

fn leave_view(leave: &Leave) -> LeaveView {
    LeaveView {
        id: leave.id,
        from: leave.from,
        to: leave.to,
    }
}
