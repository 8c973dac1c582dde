//! Posters for the doors of a plan, compound or single building: in walking order, all or only those that have to be
//! printed anew.
//!
//! Invariant: what a board is said to have printed is what its page says; both come from one picture.

use super::super::Services;
use super::super::accounts::Asker;
use super::super::error::{Error, Result};
use super::super::picture::{Picture, PlanPicture};
use super::cards::{Card, Door};
use super::changes::{Moves, new_board};
use super::door_map::{Around, Ground};
use super::doors::{AreaAt, Doors, area_in, by_building};
use super::listing::building_at;
use crate::config::Config;
use crate::domain::access::Action;
use crate::domain::{
    Building, BuildingId, CompoundId, Notice, NoticeSheet, NoticeState, PlanId, Problem,
    RegionCode, Severity,
};
use crate::formats::pdf::{self, MOST_CARDS, Paper, PosterCard, PosterSheet};
use chrono::{DateTime, FixedOffset, Utc};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// Posters of one file, at most.
const MOST_POSTERS: usize = 2_000;
/// The municipal hotline of every city.
const HOTLINE: &str = "12345";

/// Which posters.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PosterAsk {
    /// These buildings.
    pub buildings: Vec<Uuid>,
    /// All of a compound.
    pub compound: Option<Uuid>,
    /// All of a region.
    pub region: Option<String>,
    /// By this plan, in force or with a day; without it by the plan in force.
    pub plan: Option<Uuid>,
    /// Only doors whose notice has to be printed: first ones and those to be replaced.
    pub changed: bool,
    /// `a4` (default) or `a3`.
    pub paper: Option<String>,
    /// Only look: the boards are not noted as printed.
    pub preview: bool,
}

/// A finished file.
#[derive(Debug)]
pub struct Posters {
    /// The PDF.
    pub bytes: Vec<u8>,
    /// Number of pages.
    pub pages: usize,
    /// What whoever prints should know: characters that are boxes, no address for the code.
    pub warnings: Vec<Problem>,
}

/// Photos of keepers by hash.
type Photos = HashMap<String, Arc<Vec<u8>>>;

/// What is printed, in order.
struct Batch {
    sheets: Vec<PosterSheet>,
    /// Buildings as indexes of the picture, with what their page says.
    printed: Vec<(usize, NoticeSheet)>,
}

impl Services {
    /// Posters as one PDF. The boards are noted as printed unless it is a preview.
    ///
    /// # Errors
    /// `NotFound` for what is outside the asker's scope, `Conflict` when nothing is to be printed, `Invalid` for too many.
    pub async fn notice_posters(&self, asker: &Asker, ask: &PosterAsk) -> Result<Posters> {
        let paper = match ask.paper.as_deref() {
            None | Some("" | "a4" | "A4") => Paper::A4,
            Some("a3" | "A3") => Paper::A3,
            Some(_) => {
                return Err(Error::invalid(
                    "paper_unknown",
                    "paper 可为 a4、a3",
                    "paper is a4 or a3",
                ));
            }
        };
        let boards = by_building(self.store().read().await?.conn().notice_list(None).await?);
        let (picture, now) = (self.picture(), self.now());
        let chosen = self.chosen(&picture, asker, ask, &boards)?;
        let photos = self.photos_of(&picture, ask, &chosen).await?;
        let services = self.clone();
        let plan = ask.plan.map(PlanId::new);
        let work = move || {
            let plan = plan.and_then(|id| picture.plan(id));
            let batch = batch(&picture, services.config(), now, plan, &chosen, &photos);
            let made = pdf::posters(&batch.sheets, paper)
                .map_err(|error| Error::Internal(error.to_string()))?;
            Ok::<_, Error>((made, batch, picture))
        };
        let (made, batch, picture) = tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Internal(format!("posters: {error}")))??;
        if !ask.preview {
            self.note_printed(asker, &picture, batch.printed, now)
                .await?;
        }
        let mut warnings: Vec<Problem> = made.warning().into_iter().collect();
        if self.config().server.public_url.is_none() {
            warnings.push(Problem::new(
                Severity::Warning,
                "no_public_url",
                "没有设置公开网址（server.public_url），公示牌上没有二维码",
                "no public address is set (server.public_url): the sheets carry no code",
            ));
        }
        Ok(Posters {
            bytes: made.bytes,
            pages: made.pages,
            warnings,
        })
    }

    /// Photos of those who serve these buildings.
    async fn photos_of(
        &self,
        picture: &Picture,
        ask: &PosterAsk,
        chosen: &[usize],
    ) -> Result<Photos> {
        let doors = Doors::new(picture, self.now());
        let plan = ask.plan.and_then(|id| picture.plan(PlanId::new(id)));
        let areas = chosen.iter().filter_map(|at| match plan {
            Some(plan) => area_in(picture, plan, *at),
            None => doors.area(*at),
        });
        let mut hashes: Vec<String> = areas
            .flat_map(|area| area.plan.active_keepers(picture, area.at))
            .filter_map(|(keeper, _)| Some(picture.portrait(keeper)?.hash.clone()))
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        let mut lease = self.store().read().await?;
        let found = lease.conn().portrait_bytes(&hashes).await?;
        Ok(found
            .into_iter()
            .map(|(hash, jpeg)| (hash, Arc::new(jpeg)))
            .collect())
    }

    /// Buildings to be printed, as indexes, in no order.
    fn chosen(
        &self,
        picture: &Picture,
        asker: &Asker,
        ask: &PosterAsk,
        boards: &HashMap<BuildingId, Notice>,
    ) -> Result<Vec<usize>> {
        let doors = Doors::new(picture, self.now());
        let action = if ask.preview {
            Action::Read
        } else {
            Action::Update
        };
        let plan = ask
            .plan
            .map(|id| datable(picture, id, doors.now))
            .transpose()?;
        let mut named: Vec<usize> = Vec::new();
        for id in &ask.buildings {
            let at = building_at(&doors, *id)?;
            doors.require(asker, action, at)?;
            named.push(at);
        }
        if ask.buildings.is_empty() {
            let all: Vec<usize> = match (ask.compound, ask.region.as_deref(), plan) {
                (Some(id), ..) => picture.buildings_of(CompoundId::new(id)).to_vec(),
                (None, Some(code), _) => {
                    let region: RegionCode = code
                        .parse()
                        .map_err(|_not_a_code| Error::NotFound(format!("region {code}")))?;
                    (0..picture.buildings.len())
                        .filter(|at| region.contains(doors.building(*at).community))
                        .collect()
                }
                (None, None, Some(plan)) => (0..picture.buildings.len())
                    .filter(|at| plan.plan.street.contains(doors.building(*at).community))
                    .collect(),
                (None, None, None) => {
                    return Err(Error::invalid(
                        "doors_not_named",
                        "请指明要打印的楼栋、小区、区划或方案",
                        "name buildings, a compound, a region or a plan",
                    ));
                }
            };
            // Those that the asker may not print are not theirs to count either.
            named = all
                .into_iter()
                .filter(|at| doors.require(asker, action, *at).is_ok())
                .collect();
            if named.is_empty() {
                return Err(Error::NotFound("doors".to_owned()));
            }
        }
        let area = |at: usize| match plan {
            Some(plan) => area_in(picture, plan, at),
            None => doors.area(at),
        };
        let due = |at: usize| {
            let notice = boards.get(&doors.building(at).id);
            matches!(
                doors.state(notice),
                NoticeState::ToPrint | NoticeState::ToReplace | NoticeState::ToRemove
            )
        };
        let mut seen = HashSet::new();
        named.retain(|at| area(*at).is_some() && (!ask.changed || due(*at)) && seen.insert(*at));
        if named.is_empty() {
            return Err(Error::conflict(
                "nothing_to_print",
                if ask.changed {
                    "没有需要更换的公示牌"
                } else {
                    "这些楼栋不在生效的片区里，没有可打印的公示牌"
                },
                if ask.changed {
                    "no notice has to be printed anew"
                } else {
                    "these buildings lie in no area in force: nothing to print"
                },
            ));
        }
        if named.len() > MOST_POSTERS {
            return Err(Error::invalid(
                "too_many_posters",
                format!(
                    "一次最多打印 {MOST_POSTERS} 张，这里有 {} 张：请按小区打印，或只打印有变化的",
                    named.len()
                ),
                format!(
                    "at most {MOST_POSTERS} posters at once, these are {}: print by compound, or only the changed ones",
                    named.len()
                ),
            ));
        }
        Ok(named)
    }

    async fn note_printed(
        &self,
        asker: &Asker,
        picture: &Picture,
        printed: Vec<(usize, NoticeSheet)>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let mut boards = by_building(conn.notice_list(None).await?);
        let doors = Doors::new(picture, now);
        let mut moves = Moves::default();
        for (at, sheet) in printed {
            let building: &Building = &picture.buildings[at];
            let known = boards.remove(&building.id);
            let from = known.as_ref().map(|notice| notice.stored_state);
            let mut notice = known.unwrap_or_else(|| new_board(building));
            let shown = doors.shown(Some(&notice));
            notice.print(&sheet, shown, now);
            moves.push(notice, from, &asker.actor, now);
        }
        moves.store(&mut conn).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// A plan that has a day, or is in force.
fn datable(picture: &Picture, id: Uuid, now: DateTime<Utc>) -> Result<&PlanPicture> {
    use crate::domain::PlanState;
    let plan = picture
        .plan(PlanId::new(id))
        .ok_or_else(|| Error::NotFound(format!("plan {id}")))?;
    match plan.plan.state_at(now) {
        PlanState::InForce | PlanState::Scheduled => Ok(plan),
        state => Err(Error::conflict(
            "plan_not_dated",
            format!(
                "方案处于“{}”，公示牌只能按生效中或待生效的方案打印",
                state.label_zh()
            ),
            format!("the plan is {state}; notices are printed from a plan in force or with a day"),
        )),
    }
}

fn batch(
    picture: &Picture,
    config: &Config,
    now: DateTime<Utc>,
    plan: Option<&PlanPicture>,
    chosen: &[usize],
    photos: &Photos,
) -> Batch {
    let doors = Doors::new(picture, now);
    let around = Around::of(picture);
    let wanted: HashSet<usize> = chosen.iter().copied().collect();
    // By plan and area: the ground is made once for each.
    let mut areas: HashMap<(PlanId, usize), AreaAt<'_>> = HashMap::new();
    for at in chosen {
        let area = match plan {
            Some(plan) => area_in(picture, plan, *at),
            None => doors.area(*at),
        };
        if let Some(area) = area {
            areas.insert((area.plan.plan.id, area.at), area);
        }
    }
    let mut sorted: Vec<AreaAt<'_>> = areas.into_values().collect();
    sorted.sort_by_key(|area| {
        (
            area.plan.plan.street,
            area.plan.areas[area.at].number,
            area.at,
        )
    });
    let mut batch = Batch {
        sheets: Vec::with_capacity(chosen.len()),
        printed: Vec::with_capacity(chosen.len()),
    };
    for area in sorted {
        let ground = Ground::of(picture, area, &around);
        let sheet = doors.sheet_of(area);
        for at in ground.walk.iter().copied().filter(|at| wanted.contains(at)) {
            batch
                .sheets
                .push(poster(picture, config, area, &ground, at, photos));
            batch.printed.push((at, doors.sheet_at(sheet.clone(), at)));
        }
    }
    batch
}

fn poster(
    picture: &Picture,
    config: &Config,
    area: AreaAt<'_>,
    ground: &Ground,
    at: usize,
    photos: &Photos,
) -> PosterSheet {
    let door = Door::of(picture, at, Some(area));
    let plan = &area.plan.plan;
    let hours = door.hours().unwrap_or_default().to_owned();
    let office = door.office().map(|(_, phone)| phone.to_owned());
    let all: Vec<PosterCard> = door
        .cards
        .iter()
        // Who is away and who stands in changes from day to day; paper would lie.
        .filter(|card| !matches!(card, Card::Covering { .. }))
        .map(|card| match card {
            Card::Keeper { face, .. } | Card::Covering { face, .. } => PosterCard {
                name: face.name.clone(),
                note: if face.phone.is_some() {
                    hours.clone()
                } else {
                    "请打社区电话转".to_owned()
                },
                phone: face.phone.clone().or_else(|| office.clone()),
                photo: face
                    .photo
                    .as_ref()
                    .and_then(|hash| photos.get(hash).cloned()),
            },
            Card::Vacant => PosterCard {
                name: "空缺".to_owned(),
                note: "暂无人接任，请打社区电话".to_owned(),
                phone: office.clone(),
                photo: None,
            },
        })
        .collect();
    let label = door.area_label.unwrap_or_default();
    let place = door.place;
    let word = picture.door(at);
    let zone = FixedOffset::east_opt(config.time.utc_offset_minutes * 60);
    let from = plan.effective_at.map(|from| match zone {
        Some(zone) => from
            .with_timezone(&zone)
            .format("%Y年%-m月%-d日")
            .to_string(),
        None => from.format("%Y年%-m月%-d日").to_string(),
    });
    let more = all.len().saturating_sub(MOST_CARDS);
    // The name is on the page; beside the number there is room for what they are.
    let secretary = door
        .secretary
        .and_then(|one| Some(("小区书记".to_owned(), one.phone?)));
    let offices = [door.community, door.street]
        .into_iter()
        .filter_map(|(name, contact)| Some((name, contact.phone?)));
    PosterSheet {
        place,
        colour: area.plan.areas[area.at].colour,
        cards: all,
        map: ground.map.clone(),
        extent: ground.extent(at),
        here: ground.roof(at),
        url: config
            .server
            .public_url
            .as_ref()
            .map(|base| format!("{}/r/{word}", base.trim_end_matches('/'))),
        contacts: secretary
            .into_iter()
            .chain(offices)
            .chain([("政务热线".to_owned(), HOTLINE.to_owned())])
            .collect(),
        small_left: vec![
            format!(
                "{}起有效 · {} 第{}版",
                from.unwrap_or_else(|| "即日".to_owned()),
                plan.name,
                plan.version
            ),
            if more > 0 {
                format!("本片区另有 {more} 个岗位，请扫码或打社区电话。电话只用于联系小管家")
            } else {
                "电话为值班专用，只用于联系小管家；不记录您的位置".to_owned()
            },
        ],
        small_right: vec![
            format!("公示牌 {label}-{word}"),
            format!("审图号 {}", config.map.map_approval_no),
        ],
        area_label: label,
        synthetic: picture.synthetic,
    }
}
