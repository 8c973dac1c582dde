//! Who serves a building, as everybody may read it: on the door and on the resident's page.
//!
//! Invariant: a number stands here only with recorded consent and while the appointment is active; without consent a
//! name is its first character alone.

use super::super::picture::Picture;
use super::doors::AreaAt;
use crate::domain::roster::{Cover, CoverReason};
use crate::domain::{Building, Housekeeper, PublicContact, RegionCode, RegionLevel};

/// One place on a poster or page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Card {
    /// A keeper of the area.
    Keeper {
        /// As consented.
        name: String,
        /// Duty number; absent without consent.
        phone: Option<String>,
    },
    /// Somebody who stands in.
    Covering {
        /// As consented.
        name: String,
        /// Duty number; absent without consent.
        phone: Option<String>,
        /// Why.
        why: CoverReason,
    },
    /// A post that nobody holds.
    Vacant,
}

/// Everything public about a door.
#[derive(Debug, Clone)]
pub struct Door {
    /// Compound and building: 幸福苑7幢.
    pub place: String,
    /// Name of the building alone, or of the compound.
    pub short: String,
    /// Number of the area: 07; `None` where the building lies in none.
    pub area_label: Option<String>,
    /// Colour index of the area.
    pub colour: u8,
    /// Keepers in post, then who stands in, then what is vacant.
    pub cards: Vec<Card>,
    /// The secretary of the compound, where one is named.
    pub secretary: Option<PublicContact>,
    /// Name of the community and its office.
    pub community: (String, PublicContact),
    /// Name of the street and its office.
    pub street: (String, PublicContact),
}

impl Door {
    /// The door of a building in an area.
    pub(super) fn of(picture: &Picture, at: usize, area: Option<AreaAt<'_>>) -> Self {
        let building = &picture.buildings[at];
        let office = |code: RegionCode| {
            let contact = picture.contacts.get(&code.to_string());
            (
                picture.region_name(code),
                contact.cloned().unwrap_or_default(),
            )
        };
        let compound = building.compound.map_or("", |id| picture.compound_name(id));
        let name = building.name.as_deref().unwrap_or("");
        let secretary = building
            .compound
            .and_then(|id| picture.contacts.get(&id.to_string()));
        let face = area.map(|area| &area.plan.areas[area.at]);
        Self {
            // 幸福苑 7幢, also where the building is named 幸福苑7幢.
            place: format!(
                "{compound} {}",
                name.strip_prefix(compound).unwrap_or(name).trim()
            )
            .trim()
            .to_owned(),
            short: if name.is_empty() {
                compound.to_owned()
            } else {
                name.to_owned()
            },
            area_label: face.map(crate::domain::PatrolArea::label),
            colour: face.map_or(0, |face| face.colour),
            cards: area.map_or_else(Vec::new, |area| cards(picture, building, area)),
            secretary: secretary
                .filter(|one| one.name.is_some() || one.phone.is_some())
                .cloned(),
            community: office(building.community),
            street: office(
                building
                    .community
                    .at_level(RegionLevel::Street)
                    .unwrap_or(building.community),
            ),
        }
    }

    /// When somebody answers, as the nearest office says.
    pub fn hours(&self) -> Option<&str> {
        self.community
            .1
            .hours
            .as_deref()
            .or(self.street.1.hours.as_deref())
    }

    /// Whom to call where no keeper can be: the community, else the street.
    pub fn office(&self) -> Option<(&str, &str)> {
        [&self.community, &self.street]
            .into_iter()
            .find_map(|(name, contact)| Some((name.as_str(), contact.phone.as_deref()?)))
    }
}

fn cards(picture: &Picture, building: &Building, area: AreaAt<'_>) -> Vec<Card> {
    let mut cards: Vec<Card> = area
        .plan
        .active_keepers(picture, area.at)
        .map(|(keeper, _)| Card::Keeper {
            name: public_name(keeper),
            phone: public_phone(keeper),
        })
        .collect();
    let vacant = area.plan.areas[area.at].seats as usize > cards.len();
    // Instead of somebody of this area, or of nobody where a post is free.
    let here = |cover: &Cover| match cover.instead_of {
        Some(post) => area.plan.keepers[area.at].contains(&post),
        None => vacant,
    };
    let mut covers: Vec<(CoverReason, &Housekeeper)> = building
        .compound
        .into_iter()
        .flat_map(|compound| picture.covering(compound))
        .filter(|(cover, _)| here(cover))
        .map(|(cover, keeper)| (cover.reason, keeper))
        .collect();
    // Nobody was named: the compound's keepers serve it together.
    if cards.is_empty() && covers.is_empty() {
        let keeper = together(picture, building, area);
        covers.extend(keeper.map(|keeper| (CoverReason::Vacancy, keeper)));
    }
    cards.extend(covers.into_iter().map(|(why, keeper)| Card::Covering {
        name: public_name(keeper),
        phone: public_phone(keeper),
        why,
    }));
    if vacant {
        cards.push(Card::Vacant);
    }
    cards
}

/// The keeper of the compound's other areas, the one with the lowest number, who stands for all of them.
fn together<'a>(
    picture: &'a Picture,
    building: &Building,
    area: AreaAt<'a>,
) -> Option<&'a Housekeeper> {
    let compound = building.compound?;
    let mut areas: Vec<usize> = picture
        .buildings_of(compound)
        .iter()
        .filter_map(|at| super::doors::area_in(picture, area.plan, *at))
        .map(|found| found.at)
        .filter(|at| *at != area.at)
        .collect();
    areas.sort_unstable();
    areas.dedup();
    areas.into_iter().find_map(|at| {
        let mut posts = area.plan.active_keepers(picture, at);
        posts
            .find(|(_, post)| post.compound.is_none_or(|id| id == compound))
            .map(|(keeper, _)| keeper)
    })
}

/// The name with consent; its first character without.
fn public_name(keeper: &Housekeeper) -> String {
    if keeper.consent.is_some() {
        return keeper.name.clone();
    }
    let first: String = keeper.name.chars().take(1).collect();
    format!("{first}**")
}

fn public_phone(keeper: &Housekeeper) -> Option<String> {
    let phone = keeper
        .duty_phone
        .clone()
        .filter(|phone| !phone.trim().is_empty());
    phone.filter(|_| keeper.consent.is_some())
}
