//! Who serves a building, as everybody may read it: on the door and on the resident's page.
//!
//! Invariant: a number or photo stands here only with recorded consent and while the appointment is active; without
//! consent a name is its first character alone.

use super::super::picture::Picture;
use super::doors::AreaAt;
use crate::domain::roster::{Cover, CoverReason};
use crate::domain::{
    Appointment, Building, CompoundId, Housekeeper, HousekeeperId, PublicContact, RegionCode,
    RegionLevel,
};
use chrono::NaiveDate;
use std::collections::HashSet;

/// Somebody on a poster or page, as consented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// Name; its first character without consent.
    pub name: String,
    /// Duty number; absent without consent.
    pub phone: Option<String>,
    /// Hash of the photo; absent without the consent of its own.
    pub photo: Option<String>,
}

/// Until when somebody is away. Why is not even stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Away {
    /// Last day of the leave.
    pub until: NaiveDate,
    /// Who stands in, by name; empty where nobody was named.
    pub covered_by: Vec<String>,
}

/// One place on a poster or page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Card {
    /// A keeper of the area.
    Keeper {
        /// Who.
        face: Face,
        /// On leave today; `None` for who is there.
        away: Option<Away>,
    },
    /// Somebody who stands in.
    Covering {
        /// Who.
        face: Face,
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
    /// Keepers in post, also those on leave, then who stands in, then what is vacant.
    pub cards: Vec<Card>,
    /// The secretary of the compound, where one is named; as the one truth of `secretary` below has it.
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
            secretary: building.compound.and_then(|id| secretary(picture, id)),
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

/// The secretary of a compound: who is in office by its organisations, with the duty number only with consent. Only
/// where these name nobody, what was published for the compound by hand. Where both exist the organisation wins whole:
/// a number that was entered by hand may be that of somebody who left.
/// The secretary of a compound, as a door names them.
pub(super) fn secretary(picture: &Picture, compound: CompoundId) -> Option<PublicContact> {
    if let Some(one) = picture.secretary(compound) {
        return Some(PublicContact {
            name: Some(one.name.clone()),
            phone: one.duty_phone.clone().filter(|_| one.consent.is_some()),
            hours: None,
        });
    }
    let published = picture.contacts.get(&compound.to_string());
    published
        .filter(|one| one.name.is_some() || one.phone.is_some())
        .cloned()
}

fn cards(picture: &Picture, building: &Building, area: AreaAt<'_>) -> Vec<Card> {
    let posts: Vec<(&Housekeeper, &Appointment)> =
        area.plan.active_keepers(picture, area.at).collect();
    let leave = |post: &Appointment| picture.on_leave(post.id);
    let there: HashSet<HousekeeperId> = posts
        .iter()
        .filter(|(_, post)| leave(post).is_none())
        .map(|(keeper, _)| keeper.id)
        .collect();
    let somebody_away = there.len() < posts.len();
    let vacant = area.plan.areas[area.at].seats as usize > posts.len();
    // Instead of somebody of this area, or of nobody where a post is free or its holder away.
    let here = |cover: &Cover| match cover.instead_of {
        Some(post) => area.plan.keepers[area.at].contains(&post),
        None => vacant || (somebody_away && cover.reason == CoverReason::Leave),
    };
    let mut covers: Vec<(Option<&Cover>, CoverReason, &Housekeeper)> = building
        .compound
        .into_iter()
        .flat_map(|compound| picture.covering(compound))
        .filter(|(cover, _)| here(cover))
        .map(|(cover, keeper)| (Some(cover), cover.reason, keeper))
        .collect();
    // Nobody was named: the compound's keepers serve it together.
    if there.is_empty() && covers.is_empty() {
        let why = if posts.is_empty() {
            CoverReason::Vacancy
        } else {
            CoverReason::Leave
        };
        covers.extend(together(picture, building, area).map(|keeper| (None, why, keeper)));
    }
    let covered_by = |post: &Appointment| {
        let for_this = |cover: Option<&Cover>, why: CoverReason| match cover {
            Some(cover) if cover.instead_of.is_some() => cover.instead_of == Some(post.id),
            _ => why == CoverReason::Leave,
        };
        covers
            .iter()
            .filter(|(cover, why, _)| for_this(*cover, *why))
            .map(|(_, _, keeper)| public_name(keeper))
            .collect()
    };
    let mut cards: Vec<Card> = posts
        .iter()
        .map(|(keeper, post)| Card::Keeper {
            face: face(picture, keeper),
            away: leave(post).map(|leave| Away {
                until: leave.to,
                covered_by: covered_by(post),
            }),
        })
        .collect();
    // Whoever stands in for the other of a pair is on the page already.
    let others = covers
        .iter()
        .filter(|(_, _, keeper)| !there.contains(&keeper.id));
    cards.extend(others.map(|(_, why, keeper)| Card::Covering {
        face: face(picture, keeper),
        why: *why,
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
            .find(|(_, post)| {
                post.compound.is_none_or(|id| id == compound) && picture.on_leave(post.id).is_none()
            })
            .map(|(keeper, _)| keeper)
    })
}

/// Somebody as everybody may see them.
fn face(picture: &Picture, keeper: &Housekeeper) -> Face {
    Face {
        name: public_name(keeper),
        phone: public_phone(keeper),
        photo: picture.portrait(keeper).map(|one| one.hash.clone()),
    }
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
