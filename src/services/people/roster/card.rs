//! The card of one keeper: history, leave, covers, kit, trainings, mentors, and the areas to choose from.
//!
//! Invariant: what is over stays on the card, newest first.

use super::super::{keeper_at, leading, require};
use super::{
    AppointmentView, AreaChoice, CoverView, Desk, KeeperCardView, KitView, LeaveView,
    MentorGroupView, TrainingView, leave_view,
};
use crate::domain::access::{Action, Object};
use crate::domain::{Appointment, AppointmentId, Housekeeper, HousekeeperId};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::Result;
use chrono::NaiveDate;
use std::collections::HashSet;
use uuid::Uuid;

impl Services {
    /// The card of one.
    ///
    /// # Errors
    /// `NotFound` outside one's scope, `Forbidden` for a role without the right.
    pub async fn keeper_card(&self, asker: &Asker, id: Uuid) -> Result<KeeperCardView> {
        let picture = self.picture();
        let (keeper, place, what) = keeper_at(&picture, id)?;
        require(asker, Object::Roster, Action::Read, &place, &what)?;
        let extras = self.roster_extras(Some(keeper.community)).await?;
        let desk = Desk::new(&picture, &extras, asker, self.now());
        let posts = desk.posts.get(&keeper.id).map_or(&[][..], Vec::as_slice);
        let post = leading(posts, picture.today);
        Ok(desk.card(keeper, post, posts))
    }
}

impl Desk<'_> {
    fn card(
        &self,
        keeper: &Housekeeper,
        post: Option<&Appointment>,
        posts: &[&Appointment],
    ) -> KeeperCardView {
        let picture = self.picture;
        let own: HashSet<AppointmentId> = posts.iter().map(|post| post.id).collect();
        let home = keeper.residence.and_then(|id| picture.building_index(id));
        let home = home.map(|at| &picture.buildings[at]);
        let mut history: Vec<AppointmentView> = posts.iter().map(|one| self.past(one)).collect();
        history.reverse();
        let newest = |mut all: Vec<(NaiveDate, CoverView)>| {
            all.sort_by_key(|(day, _)| std::cmp::Reverse(*day));
            all.into_iter().map(|(_, one)| one).collect()
        };
        let covers = self.extras.covers.iter();
        let covers = covers.filter(|one| own.contains(&one.appointment));
        let mut leaves: Vec<LeaveView> = self
            .extras
            .leaves
            .iter()
            .filter(|one| own.contains(&one.appointment))
            .map(leave_view)
            .collect();
        leaves.reverse();
        let mut kit: Vec<KitView> = self
            .extras
            .kit
            .iter()
            .filter(|one| own.contains(&one.appointment))
            .map(|one| KitView {
                id: one.id,
                item: one.item.to_string(),
                item_zh: one.item.label_zh().to_owned(),
                quantity: one.quantity,
                issued: one.issued,
                returned: one.returned,
            })
            .collect();
        kit.reverse();
        let mut trainings: Vec<TrainingView> = self
            .extras
            .trainings
            .iter()
            .filter(|one| one.attended.contains(&keeper.id))
            .map(|one| TrainingView {
                id: one.id,
                title: one.title.clone(),
                region_name: picture.region_name(one.region),
                held: one.held,
                attended: one.attended.len() as u32,
            })
            .collect();
        trainings.reverse();
        let name = |id: &HousekeeperId| self.names.get(id).map_or("", |name| *name).to_owned();
        let groups = self
            .extras
            .groups
            .iter()
            .filter(|group| group.mentor == keeper.id || group.members.contains(&keeper.id))
            .map(|group| MentorGroupView {
                id: group.id,
                mentor: name(&group.mentor),
                members: group.members.iter().map(name).collect(),
                from: group.from,
                to: group.to,
            })
            .collect();
        let row = self.row(keeper, post);
        KeeperCardView {
            areas: if row.may_change {
                self.choices(keeper)
            } else {
                Vec::new()
            },
            row,
            consent: keeper.consent,
            photo: picture.portraits.get(&keeper.id).map(Into::into),
            residence: home.map(|home| picture.building_name(home)),
            lives_there: home.map(|home| {
                home.compound.is_some() && home.compound == post.and_then(|post| post.compound)
            }),
            history,
            leaves,
            covers: newest(covers.map(|one| (one.from, self.cover(one))).collect()),
            kit,
            trainings,
            groups,
        }
    }

    fn choices(&self, keeper: &Housekeeper) -> Vec<AreaChoice> {
        let Some(plan) = self.picture.in_force(keeper.community, self.picture.as_of) else {
            return Vec::new();
        };
        let areas = plan.areas.iter().enumerate();
        areas
            .filter(|(_, area)| area.community == keeper.community)
            .map(|(at, area)| AreaChoice {
                id: area.id.uuid(),
                label: area.label(),
                name: area.name.clone(),
                filled: plan.active_keepers(self.picture, at).count() as u32,
                seats: area.seats,
            })
            .collect()
    }

    fn past(&self, post: &Appointment) -> AppointmentView {
        AppointmentView {
            id: post.id.uuid(),
            compound_name: post
                .compound
                .map(|id| self.picture.compound_name(id).to_owned()),
            kind: post.kind.to_string(),
            category_zh: post.terms.category.map(|one| one.label_zh().to_owned()),
            start: post.start,
            end: post.end,
            end_reason: post.terms.end_reason.map(|one| one.to_string()),
            end_reason_zh: post.terms.end_reason.map(|one| one.label_zh().to_owned()),
            term_end: post.terms.term_end,
            capacity: post.terms.capacity,
        }
    }
}
