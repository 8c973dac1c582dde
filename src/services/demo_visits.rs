//! The visits, tiers and diaries of the demo city, mapped to the keepers of the store.
//!
//! Invariant: every visit belongs to a keeper of its building's area, else to one of its compound or community.

use super::Services;
use super::demo_issues::Index;
use super::error::{Error, Result};
use super::picture::{Picture, Rows};
use crate::demo::{self, DemoCity};
use crate::domain::visit::{DiaryEntry, Visit};
use crate::domain::{Actor, Building, CompoundId, DiaryId, HousekeeperId, RegionCode, VisitId};
use crate::storage::TierRow;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

impl Services {
    /// Stores the tiers of the buildings: before the plan, so that it can say which visits it asks for.
    ///
    /// # Errors
    /// The store's own.
    pub(super) async fn demo_tiers_make(&self, city: &DemoCity, rows: &Rows) -> Result<()> {
        let stored: HashMap<&str, &Building> = (rows.buildings.iter())
            .filter_map(|row| Some((row.code.as_deref()?, row)))
            .collect();
        let tiers: Vec<(i32, TierRow)> = (demo::tiers(city).into_iter())
            .filter_map(|tier| {
                let building = stored.get(city.buildings[tier.building].code.as_str())?;
                let row = TierRow {
                    building: building.id,
                    tiers: tier.tiers,
                    priority: tier.priority,
                    hardship: tier.hardship,
                };
                Some((building.community.district_code(), row))
            })
            .collect();
        self.tiers_store(&tiers, "示例社区书记").await
    }

    /// Stores sixty days of visits up to now, with diaries.
    ///
    /// # Errors
    /// The store's own, or `Internal` when the demo does not agree with itself.
    pub(super) async fn demo_visits_make(&self, city: Arc<DemoCity>) -> Result<()> {
        let (picture, now) = (self.picture(), self.now());
        let by = Actor::system();
        let made = tokio::task::spawn_blocking(move || mapped(&city, &picture, &by, now))
            .await
            .map_err(|error| Error::Internal(format!("demo: {error}")))??;
        let (visits, diaries) = made;
        self.visits_store(&visits).await?;
        self.diary_store(&diaries).await
    }
}

type Made = (Vec<Visit>, Vec<DiaryEntry>);

fn mapped(city: &DemoCity, picture: &Picture, by: &Actor, now: DateTime<Utc>) -> Result<Made> {
    let at = Index::new(city, picture)?;
    let district = |building: usize| {
        let row = picture.building_index(at.buildings[building]);
        row.map_or(0, |row| picture.buildings[row].community.district_code())
    };
    let posts = Posts::of(picture);
    let keepers: Vec<Option<HousekeeperId>> = (0..city.buildings.len())
        .map(|building| posts.keeper(city, picture, &at, building))
        .collect();
    let visits = demo::visits(city, now).into_iter().filter_map(|past| {
        Some(Visit {
            id: VisitId::new(Uuid::now_v7()),
            district_code: district(past.building),
            kind: past.kind,
            building: at.buildings[past.building],
            keeper: keepers[past.building]?,
            at: past.at,
            households: past.households,
            note: past.note.map(str::to_owned),
            photo: None,
            entered_by: by.id,
            entered_at: past.at,
            delegated: past.delegated,
            replaces: None,
            withdrawn: None,
            request_key: None,
        })
    });
    let diaries = demo::diaries(city, now).into_iter().filter_map(|past| {
        Some(DiaryEntry {
            id: DiaryId::new(Uuid::now_v7()),
            district_code: district(past.building),
            keeper: keepers[past.building]?,
            building: Some(at.buildings[past.building]),
            black_text: past.black.to_owned(),
            black_at: past.black_at,
            red_text: past.red.map(|(text, _)| text.to_owned()),
            red_at: past.red.map(|(_, at)| at),
            entered_by: by.id,
            delegated: false,
            request_key: None,
        })
    });
    Ok((visits.collect(), diaries.collect()))
}

/// Who is in post where, found once: a city has a hundred thousand buildings.
struct Posts {
    compound: HashMap<CompoundId, HousekeeperId>,
    community: HashMap<RegionCode, HousekeeperId>,
    anybody: Option<HousekeeperId>,
}

impl Posts {
    fn of(picture: &Picture) -> Self {
        let mut compound = HashMap::new();
        let active = picture.appointments.iter();
        for post in active.filter(|one| one.active_on(picture.today)) {
            if let Some(id) = post.compound {
                compound.entry(id).or_insert(post.housekeeper);
            }
        }
        let mut community = HashMap::new();
        for keeper in &picture.housekeepers {
            community.entry(keeper.community).or_insert(keeper.id);
        }
        Self {
            compound,
            community,
            anybody: picture.housekeepers.first().map(|one| one.id),
        }
    }

    /// Who visits a building: the keeper of its area, else somebody of its compound, else of its community.
    fn keeper(
        &self,
        city: &DemoCity,
        picture: &Picture,
        at: &Index,
        building: usize,
    ) -> Option<HousekeeperId> {
        let holder = at.keepers[building].and_then(|id| picture.holder(id));
        if let Some((keeper, _)) = holder {
            return Some(keeper.id);
        }
        let compound = at.compounds[city.buildings[building].compound];
        if let Some(keeper) = self.compound.get(&compound) {
            return Some(*keeper);
        }
        let community = picture.compounds[picture.compound_index(compound)?].community;
        self.community.get(&community).copied().or(self.anybody)
    }
}
