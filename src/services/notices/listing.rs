//! The list of notices and their coverage, by state and compound.
//!
//! Invariant: figures, compounds and rows of an answer are counted over the same doors, those that the asker reads.

use super::super::Services;
use super::super::accounts::Asker;
use super::super::error::{Error, Result};
use super::super::units::centroid;
use super::super::views::{Identified, Named};
use super::doors::{Doors, by_building};
use super::views::{
    CompoundNotices, NoticeCoverage, NoticeDetail, NoticeMove, NoticePage, NoticeView,
};
use crate::domain::access::Action;
use crate::domain::{
    BuildingId, CHECK_AFTER_DAYS, CompoundId, Notice, NoticeState, RegionCode, ratio_bp,
};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Rows of a page, at most.
const MOST_ROWS: usize = 5_000;
/// Rows of a page when nobody says.
const ROWS: usize = 500;

/// Which notices.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct NoticeQuery {
    /// Code of a region; everything that one sees without it.
    pub region: Option<String>,
    /// Identity of a compound.
    pub compound: Option<Uuid>,
    /// A state, or `gap`: everything in a published area that is not verified and current.
    pub state: Option<String>,
    /// Rows to skip.
    pub offset: Option<usize>,
    /// Rows, at most 5,000.
    pub limit: Option<usize>,
}

/// What rows are asked for.
#[derive(Clone, Copy)]
enum Wanted {
    All,
    Gap,
    State(NoticeState),
}

impl Wanted {
    fn read(word: Option<&str>) -> Result<Self> {
        match word {
            None | Some("") => Ok(Self::All),
            Some("gap") => Ok(Self::Gap),
            Some(word) => word.parse().map(Self::State).map_err(|_unknown| {
                let words: Vec<&str> = NoticeState::ALL
                    .iter()
                    .map(|state| state.as_str())
                    .collect();
                Error::invalid(
                    "state_unknown",
                    format!("state 可为 gap、{}", words.join("、")),
                    format!("state is gap or one of {}", words.join(", ")),
                )
            }),
        }
    }

    fn takes(self, state: NoticeState, in_area: bool) -> bool {
        match self {
            Self::All => true,
            Self::Gap => in_area && state != NoticeState::Verified,
            Self::State(wanted) => state == wanted,
        }
    }
}

/// Counts of one scope on the way.
#[derive(Default)]
struct Count {
    buildings: u64,
    verified: u64,
    states: BTreeMap<String, u64>,
}

impl Count {
    fn add(&mut self, state: NoticeState, in_area: bool) {
        self.buildings += u64::from(in_area);
        self.verified += u64::from(in_area && state == NoticeState::Verified);
        *self.states.entry(state.to_string()).or_default() += 1;
    }

    fn done(self) -> NoticeCoverage {
        NoticeCoverage {
            coverage_bp: ratio_bp(self.verified, self.buildings),
            buildings: self.buildings,
            verified: self.verified,
            states: self.states,
        }
    }
}

impl Services {
    /// Notices of a region or compound, with their coverage.
    ///
    /// # Errors
    /// `NotFound` for a place outside the asker's scope, `Invalid` for a word that is none.
    pub async fn notices(&self, asker: &Asker, query: &NoticeQuery) -> Result<NoticePage> {
        let wanted = Wanted::read(query.state.as_deref())?;
        let region: Option<RegionCode> = query
            .region
            .as_deref()
            .filter(|code| !code.is_empty())
            .map(|code| {
                code.parse()
                    .map_err(|_not_a_code| Error::NotFound(format!("region {code}")))
            })
            .transpose()?;
        let boards = by_building(self.store().read().await?.conn().notice_list(None).await?);
        let picture = self.picture();
        let doors = Doors::new(&picture, self.now());
        let inside: Vec<usize> = match query.compound {
            Some(id) => picture.buildings_of(CompoundId::new(id)).to_vec(),
            None => (0..picture.buildings.len()).collect(),
        };
        let (mut total, mut by_compound) = (Count::default(), HashMap::<CompoundId, Count>::new());
        let mut rows = Vec::new();
        for at in inside {
            let building = doors.building(at);
            if region.is_some_and(|region| !region.contains(building.community)) {
                continue;
            }
            let notice = boards.get(&building.id);
            let in_area = doors.area(at).is_some();
            if (!in_area && notice.is_none()) || doors.require(asker, Action::Read, at).is_err() {
                continue;
            }
            let state = doors.state(notice);
            total.add(state, in_area);
            if let Some(compound) = building.compound {
                by_compound.entry(compound).or_default().add(state, in_area);
            }
            if wanted.takes(state, in_area) {
                rows.push(at);
            }
        }
        if rows.is_empty()
            && total.states.is_empty()
            && (region.is_some() || query.compound.is_some())
        {
            self.must_exist(asker, region, query.compound)?;
        }
        rows.sort_by_cached_key(|at| {
            let building = doors.building(*at);
            let name = building.name.as_deref().unwrap_or("");
            let compound = building.compound.map_or("", |id| picture.compound_name(id));
            (
                building.community,
                compound,
                number_in(name),
                name,
                building.id,
            )
        });
        let shown = rows.iter().skip(query.offset.unwrap_or(0));
        Ok(NoticePage {
            as_of: doors.now,
            scope: query
                .compound
                .map(|id| id.to_string())
                .or(query.region.clone())
                .unwrap_or_default(),
            coverage: total.done(),
            compounds: compounds(&doors, by_compound),
            has_public_url: self.config().server.public_url.is_some(),
            check_after_days: CHECK_AFTER_DAYS,
            total: rows.len() as u64,
            items: shown
                .take(query.limit.unwrap_or(ROWS).clamp(1, MOST_ROWS))
                .map(|at| view(&doors, asker, *at, boards.get(&doors.building(*at).id)))
                .collect(),
        })
    }

    /// A place without doors is not a place that is not there.
    fn must_exist(
        &self,
        asker: &Asker,
        region: Option<RegionCode>,
        compound: Option<Uuid>,
    ) -> Result<()> {
        use crate::domain::access::{Object, Place};
        let picture = self.picture();
        let (place, what) = match compound {
            Some(id) => {
                let what = format!("compound {id}");
                let at = picture
                    .compound_index(CompoundId::new(id))
                    .ok_or_else(|| Error::NotFound(what.clone()))?;
                (picture.place_of_compound(at), what)
            }
            None => {
                let Some(region) = region else { return Ok(()) };
                let what = format!("region {region}");
                if picture.region(region).is_none() {
                    return Err(Error::NotFound(what));
                }
                (Place::region(region), what)
            }
        };
        asker.require(Object::Notices, Action::Read, &place, &what)
    }

    /// The board of a building with its past.
    ///
    /// # Errors
    /// `NotFound` for a building outside the asker's scope, or one that has neither area nor board.
    pub async fn notice(&self, asker: &Asker, id: Uuid) -> Result<NoticeDetail> {
        let picture = self.picture();
        let doors = Doors::new(&picture, self.now());
        let at = building_at(&doors, id)?;
        doors.require(asker, Action::Read, at)?;
        let district = doors.building(at).community.district_code();
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        let boards = by_building(conn.notice_list(Some(district)).await?);
        let notice = boards.get(&BuildingId::new(id));
        if notice.is_none() && doors.area(at).is_none() {
            return Err(Error::NotFound(format!("notice of building {id}")));
        }
        let events = match notice {
            Some(notice) => conn.notice_event_list(district, notice.id).await?,
            None => Vec::new(),
        };
        Ok(NoticeDetail {
            notice: view(&doors, asker, at, notice),
            moves: events
                .into_iter()
                .map(|event| NoticeMove {
                    at: event.at,
                    from: event.from.map(|state| state.to_string()),
                    to: event.to.to_string(),
                    reason: event.reason.map(|reason| reason.to_string()),
                })
                .collect(),
        })
    }
}

/// Place of a building in the picture.
pub(super) fn building_at(doors: &Doors<'_>, id: Uuid) -> Result<usize> {
    doors
        .picture
        .building_index(BuildingId::new(id))
        .ok_or_else(|| Error::NotFound(format!("building {id}")))
}

/// 10 comes after 9: the first number of a name.
fn number_in(name: &str) -> u64 {
    let digits: String = name
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .take(18)
        .collect();
    digits.parse().unwrap_or(u64::MAX)
}

fn compounds(doors: &Doors<'_>, counts: HashMap<CompoundId, Count>) -> Vec<CompoundNotices> {
    let picture = doors.picture;
    let mut list: Vec<CompoundNotices> = counts
        .into_iter()
        .filter_map(|(id, count)| {
            let compound = &picture.compounds[picture.compound_index(id)?];
            Some(CompoundNotices {
                id: id.uuid(),
                name: compound.name.clone(),
                community_name: picture.region_name(compound.community),
                at: centroid(&compound.geometry),
                coverage: count.done(),
            })
        })
        .collect();
    list.sort_by(|a, b| {
        let gap = |one: &CompoundNotices| one.coverage.buildings - one.coverage.verified;
        let worst = a
            .coverage
            .coverage_bp
            .unwrap_or(u32::MAX)
            .cmp(&b.coverage.coverage_bp.unwrap_or(u32::MAX));
        worst
            .then(gap(b).cmp(&gap(a)))
            .then_with(|| a.name.cmp(&b.name))
            .then(a.id.cmp(&b.id))
    });
    list
}

/// A board as the asker sees it.
pub(super) fn view(
    doors: &Doors<'_>,
    asker: &Asker,
    at: usize,
    notice: Option<&Notice>,
) -> NoticeView {
    let picture = doors.picture;
    let building = doors.building(at);
    let (state, reason) = doors.shown(notice);
    let area = doors.area(at).map(|area| &area.plan.areas[area.at]);
    let current = doors.sheet(at);
    let printed = notice.and_then(|notice| notice.sheet.as_ref());
    NoticeView {
        building: building.id.uuid(),
        name: picture.building_name(building),
        door: picture.door(at),
        compound: building.compound.map(|id| Identified {
            id: id.uuid(),
            name: picture.compound_name(id).to_owned(),
        }),
        community: Named {
            code: building.community.to_string(),
            name: picture.region_name(building.community),
        },
        area_label: area.map(crate::domain::PatrolArea::label),
        area_colour: area.map(|area| area.colour),
        state: state.to_string(),
        reason: reason.map(|reason| reason.to_string()),
        legal: state.next().iter().map(ToString::to_string).collect(),
        printed: printed
            .is_some_and(|sheet| current.as_ref().is_some_and(|now| sheet.reads_like(now))),
        printed_at: notice.and_then(|notice| notice.printed_at),
        posted_at: notice.and_then(|notice| notice.posted_at),
        checked_at: notice.and_then(|notice| notice.checked_at),
        removed_at: notice.and_then(|notice| notice.removed_at),
        at: centroid(&building.footprint),
        may_update: doors.require(asker, Action::Update, at).is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seventeen_of_eighteen_verified_doors_are_94_4_percent() {
        let mut count = Count::default();
        for _ in 0..17 {
            count.add(NoticeState::Verified, true);
        }
        count.add(NoticeState::Posted, true);
        // A board on a building without an area is nobody's gap.
        count.add(NoticeState::ToRemove, false);
        let done = count.done();
        assert_eq!(
            (done.verified, done.buildings, done.coverage_bp),
            (17, 18, Some(9444))
        );
        assert_eq!(Count::default().done().coverage_bp, None);
    }

    #[test]
    fn buildings_are_listed_by_their_number() {
        let mut names = ["10幢", "9幢", "甲1-2幢", "会所"];
        names.sort_by_key(|name| number_in(name));
        assert_eq!(names, ["甲1-2幢", "9幢", "10幢", "会所"]);
    }
}
