//! What a resident finds about a building: the door, the map around it, and buildings by name.
//!
//! Invariant: everything comes from the picture of a visitor, whoever asks: nobody's rights make the public page tell
//! more.

use super::super::Services;
use super::super::error::{Error, Result};
use super::super::picture::Picture;
use super::cards::Door;
use super::door_map::{Around, Ground};
use super::doors::Doors;
use crate::domain::access::Grants;
use crate::domain::{BuildingId, CompoundId};
use crate::formats::pdf::PosterMap;
use chrono::NaiveDate;
use std::sync::Arc;
use uuid::Uuid;

/// A place on the map of a door, metres.
pub type At = [f64; 2];

/// Hits of one search, at most.
const MOST_FOUND: usize = 20;
/// Compounds whose buildings are listed when only a compound was named.
const MOST_LISTED: usize = 60;

/// The page of a building.
#[derive(Debug)]
pub struct ResidentPage {
    /// Identity.
    pub building: Uuid,
    /// Who serves it.
    pub door: Door,
    /// The map, what of it is shown, and the building on it; `None` where nothing can be drawn.
    pub map: Option<(Arc<PosterMap>, [f64; 4], Option<usize>)>,
    /// Plan and version; `None` where no plan is in force.
    pub plan: Option<(String, i64)>,
    /// The day that the page is true for.
    pub today: NaiveDate,
    /// 审图号.
    pub approval_no: String,
    /// Whether the data are synthetic.
    pub synthetic: bool,
}

/// A building that fits what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its word in the address.
    pub word: String,
    /// Compound and building.
    pub name: String,
    /// Name of the community: compounds share names.
    pub hint: String,
}

/// What a search answers.
#[derive(Debug)]
pub struct Lookup {
    /// Best first.
    pub found: Vec<Found>,
    /// 审图号.
    pub approval_no: String,
    /// Whether the data are synthetic.
    pub synthetic: bool,
}

impl Services {
    /// The page of a building, by its word; `None` when there is none.
    pub async fn resident_page(&self, word: &str) -> Option<ResidentPage> {
        let picture = self.picture_for(&Grants::public()).await;
        let at = picture.building_of_door(word)?;
        let doors = Doors::new(&picture, self.now());
        let area = doors.area(at);
        let map = area.map(|area| {
            let ground = Ground::of(&picture, area, &Around::of(&picture));
            (ground.map.clone(), ground.extent(at), ground.roof(at))
        });
        Some(ResidentPage {
            building: picture.buildings[at].id.uuid(),
            door: Door::of(&picture, at, area),
            map,
            plan: area.map(|area| (area.plan.plan.name.clone(), area.plan.plan.version)),
            today: picture.today,
            approval_no: self.config().map.map_approval_no.clone(),
            synthetic: picture.synthetic,
        })
    }

    /// Hash and pixels of a photo that stands on a public card today.
    ///
    /// # Errors
    /// `NotFound` for every other, whoever asks.
    pub async fn resident_photo(&self, hash: &str) -> Result<(String, Vec<u8>)> {
        let missing = || Error::NotFound(format!("photo {hash}"));
        let picture = self.picture_for(&Grants::public()).await;
        let mut named = picture.portraits.values().filter(|one| one.hash == hash);
        let shown = named
            .find_map(|one| {
                let mut keepers = picture.housekeepers.iter();
                picture.portrait(keepers.find(|keeper| keeper.id == one.keeper)?)
            })
            .ok_or_else(missing)?;
        let mut lease = self.store().read().await?;
        let found = lease
            .conn()
            .portrait_bytes(std::slice::from_ref(&shown.hash))
            .await?;
        found.into_iter().next().ok_or_else(missing)
    }

    /// Buildings by compound and number: 幸福苑 3幢, xfy3#, 幸福苑三号楼, or the code on the door.
    pub async fn resident_search(&self, compound: &str, building: &str) -> Lookup {
        let picture = self.picture_for(&Grants::public()).await;
        let (compound, building) = (short(compound), short(building));
        let mut found: Vec<Found> = Vec::new();
        if compound.is_empty() && !building.is_empty() {
            found.extend(
                picture
                    .building_of_door(&building)
                    .map(|at| hit(&picture, at)),
            );
        }
        let whole = format!("{compound}{building}");
        for one in super::super::units::search(&picture, &whole, 100) {
            match one.kind.as_str() {
                "building" => push(
                    &picture,
                    &mut found,
                    one.id
                        .parse()
                        .ok()
                        .map(BuildingId::new)
                        .and_then(|id| picture.building_index(id)),
                ),
                // Only a compound was named: its buildings are what can be picked.
                "compound" if building.is_empty() => {
                    let id = one.id.parse().ok().map(CompoundId::new);
                    let all = id.map_or(&[][..], |id| picture.buildings_of(id));
                    for at in all.iter().take(MOST_LISTED) {
                        push(&picture, &mut found, Some(*at));
                    }
                }
                _ => {}
            }
            if found.len() >= MOST_LISTED {
                break;
            }
        }
        let most = if building.is_empty() {
            MOST_LISTED
        } else {
            MOST_FOUND
        };
        found.truncate(most);
        Lookup {
            found,
            approval_no: self.config().map.map_approval_no.clone(),
            synthetic: picture.synthetic,
        }
    }
}

fn short(text: &str) -> String {
    text.trim().chars().take(40).collect()
}

fn push(picture: &Picture, found: &mut Vec<Found>, at: Option<usize>) {
    if let Some(hit) = at.map(|at| hit(picture, at))
        && !found.contains(&hit)
    {
        found.push(hit);
    }
}

fn hit(picture: &Picture, at: usize) -> Found {
    let building = &picture.buildings[at];
    Found {
        word: picture.door(at),
        name: Door::of(picture, at, None).place,
        hint: picture.region_name(building.community),
    }
}
