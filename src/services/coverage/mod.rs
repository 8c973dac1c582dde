//! Who is missing where, and what would help: the map of gaps, the best posts, what pins would change.
//!
//! `ground` knows who lives and serves where on foot, `maps` makes the answers, `sentences` says them, `files` writes
//! them. Everything is read from the whole picture after the guard found that the asker may read the region.
//! Invariant: nothing here writes; without the roster nobody is told a way that begins at a keeper's door.

mod files;
mod ground;
mod maps;
mod posts;
mod sentences;
mod views;

pub use files::GapFile;
pub use views::{
    BestPost, BestPostsQuery, BestPostsView, ChangedGap, GapBuilding, GapBuildings, GapItem,
    GapQuery, GapSettings, GapsView, Pin, PinView, PinsBody, PostsWhatIf, ReasonHouseholds,
    ReasonTotal, ReasonTotals, Sentence, WhatIfTotals,
};

use super::accounts::Asker;
use super::error::{Error, Result};
use super::picture::Picture;
use super::{Services, regions};
use crate::coverage::{Asked, accessibility};
use crate::domain::access::{Action, Object, Place};
use crate::domain::{BuildingId, GapReason, RegionCode};
use chrono::NaiveDate;
use ground::{MOST_MINUTES, Staffed};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Grounds that are kept, each for readers of other rosters.
const KEPT: usize = 4;

/// The grounds of the last questions, the newest last.
#[derive(Default)]
pub struct CoverageDesk {
    kept: Mutex<Vec<Arc<Staffed>>>,
}

impl CoverageDesk {
    /// Who is where in a picture, for somebody who reads the rosters of these communities; what the last one has in
    /// common is taken over.
    fn staffed(&self, picture: &Picture, rosters: &[RegionCode], pace: [u32; 2]) -> Arc<Staffed> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let same = kept
            .iter()
            .position(|one| one.rosters == rosters)
            .map(|at| kept.remove(at));
        if let Some(known) = same.as_ref().filter(|known| known.is_of(picture)) {
            kept.push(known.clone());
            return known.clone();
        }
        // All stand on the same ground.
        let before = same.as_ref().or(kept.last());
        let before = before.map(AsRef::as_ref);
        let made = Arc::new(Staffed::of(picture, before, rosters, pace));
        kept.push(made.clone());
        if kept.len() > KEPT {
            kept.remove(0);
        }
        made
    }
}

/// When buildings were last visited.
#[derive(Debug, Default)]
pub struct LastVisits {
    /// Whether any visit is recorded at all; without, nothing can be said of anybody.
    pub recorded: bool,
    /// Day of the last visit; a building that is missing was never visited.
    pub of: HashMap<BuildingId, NaiveDate>,
}

/// A question about a region, with everything that the answer rests on.
struct View {
    picture: Arc<Picture>,
    staffed: Arc<Staffed>,
    region: RegionCode,
    asked: Asked,
    settings: GapSettings,
    /// Keepers per household by node, at the pace that was asked.
    access: Arc<Vec<u64>>,
    /// How far that is, decimetres.
    access_dm: u32,
    /// Days since the last visit by unit; `None` while nobody records visits.
    days: Option<Vec<Option<u32>>>,
}

impl Services {
    /// When buildings were last visited. Filled by services/visits; until visits are kept, nothing is recorded.
    ///
    /// # Errors
    /// The store's own.
    pub async fn last_visits(&self) -> Result<LastVisits> {
        Ok(LastVisits::default())
    }

    /// The map of gaps of a region.
    ///
    /// # Errors
    /// `NotFound` region; `Invalid` query.
    pub async fn gaps(&self, asker: &Asker, code: &str, query: &GapQuery) -> Result<GapsView> {
        let view = self.gap_view(asker, code, query).await?;
        compute(move || Ok(view.map())).await
    }

    /// The buildings of a region with their reasons.
    ///
    /// # Errors
    /// As [`Self::gaps`].
    pub async fn gap_buildings(
        &self,
        asker: &Asker,
        code: &str,
        query: &GapQuery,
    ) -> Result<GapBuildings> {
        let view = self.gap_view(asker, code, query).await?;
        compute(move || Ok(view.buildings())).await
    }

    /// Where more posts gain most, everybody in post fixed.
    ///
    /// # Errors
    /// As [`Self::gaps`].
    pub async fn best_posts(
        &self,
        asker: &Asker,
        code: &str,
        query: &BestPostsQuery,
    ) -> Result<BestPostsView> {
        let n = query.n.unwrap_or(1);
        if !(1..=posts::MOST_POSTS).contains(&n) {
            return Err(Error::invalid(
                "n_out_of_range",
                format!("n 应为 1–{}", posts::MOST_POSTS),
                format!("n is 1 to {}", posts::MOST_POSTS),
            ));
        }
        let gaps = GapQuery {
            too_far_minutes: query.too_far_minutes,
            elder: query.elder,
            ..GapQuery::default()
        };
        let view = self.gap_view(asker, code, &gaps).await?;
        compute(move || Ok(view.best(n as usize))).await
    }

    /// What posts at some points would change.
    ///
    /// # Errors
    /// As [`Self::gaps`]; `Invalid` when a pin falls on no building of the region.
    pub async fn posts_what_if(
        &self,
        asker: &Asker,
        code: &str,
        query: &GapQuery,
        body: PinsBody,
    ) -> Result<PostsWhatIf> {
        if body.pins.len() > posts::MOST_PINS {
            return Err(Error::invalid(
                "too_many_pins",
                format!("一次最多 {} 个图钉", posts::MOST_PINS),
                format!("at most {} pins at once", posts::MOST_PINS),
            ));
        }
        let view = self.gap_view(asker, code, query).await?;
        compute(move || view.what_if(&body.pins)).await
    }

    async fn gap_view(&self, asker: &Asker, code: &str, query: &GapQuery) -> Result<View> {
        let picture = self.picture();
        let region = regions::require(&picture, code)?;
        let config = &self.config().coverage;
        let pace = [
            config.walking_m_per_min.max(1),
            config.access_minutes.clamp(1, MOST_MINUTES),
        ];
        let speed = if query.elder {
            config.elder_m_per_min.max(1)
        } else {
            pace[0]
        };
        let minutes = query
            .too_far_minutes
            .unwrap_or(config.too_far_minutes.clamp(1, MOST_MINUTES));
        if !(1..=MOST_MINUTES).contains(&minutes) {
            return Err(Error::invalid(
                "too_far_minutes_out_of_range",
                format!("too_far_minutes 应为 1–{MOST_MINUTES} 分钟"),
                format!("too_far_minutes is 1 to {MOST_MINUTES}"),
            ));
        }
        let days = query.unvisited_days.unwrap_or(config.unvisited_days);
        let reasons = reasons_of(query.reasons.as_deref())?;
        let on = |reason| reasons.contains(&reason);
        let (rosters, whole) = rosters(&picture, asker);
        let homes = match (whole, rosters.is_empty()) {
            (true, _) => "building",
            (false, true) => "compound",
            (false, false) => "mixed",
        };
        let visits = self.last_visits().await?;
        let services = self.clone();
        let of = picture.clone();
        let staffed =
            compute(move || Ok(services.coverage_desk().staffed(&of, &rosters, pace))).await?;
        let since = |node: &ground::Node| -> Option<u32> {
            let building = &picture.buildings[node.building?];
            let day = visits.of.get(&building.id)?;
            u32::try_from((picture.today - *day).num_days().max(0)).ok()
        };
        let days_since = visits
            .recorded
            .then(|| staffed.ground.nodes.iter().map(since).collect());
        let access_dm = pace[1] * speed * 10;
        let access = if access_dm == staffed.limits.catchment_dm {
            staffed.access.clone()
        } else {
            let reach = staffed.catchments.reach().iter().map(AsRef::as_ref);
            Arc::new(accessibility(reach, &staffed.households, access_dm))
        };
        Ok(View {
            region,
            access,
            access_dm,
            asked: Asked {
                unassigned: on(GapReason::Unassigned),
                unstaffed: on(GapReason::Unstaffed),
                unvisited_days: on(GapReason::Unvisited).then_some(days),
                too_far_dm: on(GapReason::TooFar).then_some(minutes * speed * 10),
            },
            settings: GapSettings {
                reasons: reasons.iter().map(ToString::to_string).collect(),
                unvisited_days: days,
                too_far_minutes: minutes,
                walking_m_per_min: speed,
                access_minutes: pace[1],
                visits_recorded: visits.recorded,
                homes: homes.to_owned(),
                homes_known: staffed.homes_known,
                homes_unknown: staffed.homes_unknown,
                coverage_below_bp: query.coverage_below_bp,
                households_above: query.households_above,
            },
            days: days_since,
            picture,
            staffed,
        })
    }
}

/// Communities whose keepers the asker reads, and whether these are all that have any. A keeper reads their own record
/// only, which is no roster.
fn rosters(picture: &Picture, asker: &Asker) -> (Vec<RegionCode>, bool) {
    let all: BTreeSet<RegionCode> = picture
        .housekeepers
        .iter()
        .map(|keeper| keeper.community)
        .collect();
    let read = |code: &RegionCode| {
        asker
            .grants
            .at(Object::Roster, &Place::region(*code))
            .any(|rights| rights.allows(Action::Read) && !rights.own_only())
    };
    let some: Vec<RegionCode> = all.iter().copied().filter(read).collect();
    let whole = some.len() == all.len();
    (some, whole)
}

fn reasons_of(text: Option<&str>) -> Result<Vec<GapReason>> {
    let Some(text) = text else {
        return Ok(GapReason::ALL.to_vec());
    };
    let words = text
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    let mut reasons: Vec<GapReason> = words
        .map(str::parse)
        .collect::<std::result::Result<_, crate::domain::UnknownWord>>()
        .map_err(|error| {
            Error::invalid(
                "reasons_invalid",
                format!("reasons 取值有误：{error}"),
                format!("reasons: {error}"),
            )
        })?;
    reasons.sort_unstable();
    reasons.dedup();
    Ok(reasons)
}

async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Internal(format!("coverage: {error}")))?
}
