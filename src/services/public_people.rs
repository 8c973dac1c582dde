//! What a picture knows of people for the public card: who covers, who is on leave, whose photo is shown, who the
//! secretary is.
//!
//! Not what is told of them (`notices/cards.rs`). Invariant: everything is as of the picture's day; why somebody is away
//! is not even stored.

use super::picture::Picture;
use crate::domain::organisation::{Organisation, OrganisationKind, holding};
use crate::domain::roster::{Cover, Leave, holds};
use crate::domain::{AppointmentId, CompoundId, Housekeeper, HousekeeperId, Portrait};

impl Picture {
    /// Who covers a compound today: those who are in post themselves and not on leave.
    pub fn covering(&self, compound: CompoundId) -> impl Iterator<Item = (&Cover, &Housekeeper)> {
        self.covers
            .iter()
            .filter(move |one| one.compound == compound && one.holds_on(self.today))
            .filter_map(|one| {
                let (keeper, post) = self.holder(one.appointment)?;
                let there = post.active_on(self.today) && self.on_leave(post.id).is_none();
                there.then_some((one, keeper))
            })
    }

    /// The leave that somebody is on today.
    pub fn on_leave(&self, post: AppointmentId) -> Option<&Leave> {
        let today = |one: &&Leave| holds(one.from, Some(one.to), self.today);
        let mut own = self.leaves.iter().filter(|one| one.appointment == post);
        own.find(today)
    }

    /// The photo of a keeper, as far as it may be shown today: agreed to, and in post.
    pub fn portrait(&self, keeper: &Housekeeper) -> Option<&Portrait> {
        let portrait = self.portraits.get(&keeper.id)?;
        let shown = keeper.consent.is_some() && self.in_post(keeper.id);
        shown.then_some(portrait)
    }

    fn in_post(&self, keeper: HousekeeperId) -> bool {
        let mut own = self
            .appointments
            .iter()
            .filter(|one| one.housekeeper == keeper);
        own.any(|one| one.active_on(self.today))
    }

    /// The secretary of a compound who is in office today, by the compound's organisations.
    pub fn secretary(&self, compound: CompoundId) -> Option<&Organisation> {
        let all = self.secretaries.get(&compound)?;
        holding(all, OrganisationKind::Secretary, self.today)
    }
}
