//! Moving notices on: hung up, looked at, taken down; each by itself.
//!
//! Invariant: a move is decided inside the transaction, on the newest row.

use super::super::Services;
use super::super::accounts::Asker;
use super::super::error::{Error, Result};
use super::changes::{Moves, new_board};
use super::doors::{Doors, by_building};
use super::listing::building_at;
use super::views::{NoticeDetail, NoticeReport, NoticeReportRow};
use crate::domain::access::Action;
use crate::domain::{BuildingId, Notice, NoticeRefusal, NoticeState};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Buildings of one request, at most.
const MOST_MARKED: usize = 5_000;

impl Services {
    /// Moves the notices of many buildings on; what one refuses does not stop the others.
    ///
    /// # Errors
    /// `Invalid` for none or too many.
    pub async fn notices_mark(
        &self,
        asker: &Asker,
        ids: &[Uuid],
        to: NoticeState,
    ) -> Result<NoticeReport> {
        if ids.is_empty() || ids.len() > MOST_MARKED {
            return Err(Error::invalid(
                "buildings_count",
                format!("请选择 1 至 {MOST_MARKED} 幢楼"),
                format!("name 1 to {MOST_MARKED} buildings"),
            ));
        }
        let outcomes = self.mark(asker, ids, to).await?;
        let mut report = NoticeReport {
            done: 0,
            refused: 0,
            items: Vec::with_capacity(ids.len()),
        };
        for (id, outcome) in ids.iter().zip(outcomes) {
            let mut row = NoticeReportRow {
                building: *id,
                state: None,
                code: None,
                detail: None,
                detail_en: None,
                legal: Vec::new(),
            };
            match outcome {
                Ok(state) => {
                    report.done += 1;
                    row.state = Some(state.to_string());
                }
                Err(error) => {
                    report.refused += 1;
                    let (zh, en) = error.texts();
                    row.code = Some(error.code().to_owned());
                    (row.detail, row.detail_en) = (Some(zh), Some(en));
                    if let Error::Conflict { details, .. } = error {
                        row.legal = details;
                    }
                }
            }
            report.items.push(row);
        }
        Ok(report)
    }

    /// Moves the notice of one building on.
    ///
    /// # Errors
    /// `NotFound` outside the asker's scope, `Conflict` with the legal states.
    pub async fn notice_mark(
        &self,
        asker: &Asker,
        id: Uuid,
        to: NoticeState,
    ) -> Result<NoticeDetail> {
        if let Some(Err(error)) = self.mark(asker, &[id], to).await?.pop() {
            return Err(error);
        }
        self.notice(asker, id).await
    }

    async fn mark(
        &self,
        asker: &Asker,
        ids: &[Uuid],
        to: NoticeState,
    ) -> Result<Vec<Result<NoticeState>>> {
        let now = self.now();
        let picture = self.picture();
        let doors = Doors::new(&picture, now);
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let districts: HashSet<i32> = ids
            .iter()
            .filter_map(|id| picture.building_index(BuildingId::new(*id)))
            .map(|at| doors.building(at).community.district_code())
            .collect();
        let mut boards: HashMap<BuildingId, Notice> = HashMap::new();
        for district in districts {
            boards.extend(by_building(conn.notice_list(Some(district)).await?));
        }
        let mut moves = Moves::default();
        let mut outcomes = Vec::with_capacity(ids.len());
        let mut seen = HashSet::new();
        for id in ids {
            if !seen.insert(*id) {
                outcomes.push(Err(Error::invalid(
                    "building_twice",
                    "同一幢楼出现了两次",
                    "the building is named twice",
                )));
                continue;
            }
            let one = one(&doors, asker, *id, to, &boards);
            outcomes.push(one.map(|(from, notice)| {
                let state = doors.state(Some(&notice));
                moves.push(notice, from, &asker.actor, now);
                state
            }));
        }
        moves.store(&mut conn).await?;
        tx.commit().await?;
        Ok(outcomes)
    }
}

/// One board moved on, with the state that it had.
fn one(
    doors: &Doors<'_>,
    asker: &Asker,
    id: Uuid,
    to: NoticeState,
    boards: &HashMap<BuildingId, Notice>,
) -> Result<(Option<NoticeState>, Notice)> {
    let at = building_at(doors, id)?;
    doors.require(asker, Action::Update, at)?;
    let known = boards.get(&BuildingId::new(id));
    let shown = doors.state(known);
    let mut notice = known
        .cloned()
        .unwrap_or_else(|| new_board(doors.building(at)));
    notice
        .go(to, shown, doors.sheet(at).as_ref(), doors.now)
        .map_err(refused)?;
    Ok((known.map(|_| shown), notice))
}

/// What to tell people.
fn refused(refusal: NoticeRefusal) -> Error {
    match refusal {
        NoticeRefusal::Illegal { from, to, legal } => {
            let words: Vec<&str> = legal.iter().map(|state| state.label_zh()).collect();
            Error::Conflict {
                code: "notice_move_illegal",
                zh: format!(
                    "公示牌处于“{}”，不能变为“{}”；可以：{}",
                    from.label_zh(),
                    to.label_zh(),
                    words.join("、")
                ),
                en: format!(
                    "the notice is {from} and cannot become {to}; legal: {}",
                    legal
                        .iter()
                        .map(|state| state.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
                details: legal.iter().map(ToString::to_string).collect(),
            }
        }
        NoticeRefusal::SheetOutdated => Error::conflict(
            "sheet_outdated",
            "打印的那一张已经过时（片区、人员或电话有变化），请重新打印后再张贴",
            "the printed sheet is out of date (area, people or number changed); print it again before hanging it",
        ),
        NoticeRefusal::NoArea => Error::conflict(
            "building_without_area",
            "这幢楼不在生效的片区里，没有可张贴的公示牌",
            "the building lies in no area in force, so there is nothing to hang",
        ),
    }
}
