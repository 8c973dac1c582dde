//! Writing visits down: by the keeper in four taps, or by a secretary for a keeper who keeps a notebook.
//!
//! Invariant: nothing is changed; a correction is a visit that replaces another, a withdrawal one that counts for
//! nothing. A request sent twice makes one visit.

use super::reach::{KeeperReach, own_keepers, wholly};
use crate::domain::access::{Action, Object};
use crate::domain::visit::{Entry, Visit, VisitKind, VisitTerms, check_visit};
use crate::domain::{BuildingId, HousekeeperId, Problem, Severity, VisitId};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::Picture;
use crate::storage::{Conn, Counted};
use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Longest key of a request, in characters.
pub(super) const MAX_KEY_CHARS: usize = 128;
/// Longest span of a list, in days.
const LONGEST_DAYS: i64 = 62;
/// Years that a day may lie in.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;
/// Visits of a list, at most.
const MOST: i64 = 500;
/// Fewest and most characters of a reason.
const REASON_CHARS: std::ops::RangeInclusive<usize> = 2..=200;

/// A visit as it is told: a building and how many households; everything else follows or may stay out.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVisit {
    /// The building.
    pub building: Uuid,
    /// Households reached; 0 = nobody was at home.
    pub households: u32,
    /// `household` or `night_talk`; `household` when absent.
    pub kind: Option<String>,
    /// When; now when absent.
    pub at: Option<DateTime<Utc>>,
    /// What is worth remembering, at most 500 characters.
    pub note: Option<String>,
    /// A photo that was sent before, by hash. Never needed, but for an exception of an emergency.
    pub photo: Option<String>,
    /// For whom a secretary writes it down; the asker's own record when absent.
    pub keeper: Option<Uuid>,
}

/// What becomes of a visit that was written down wrongly.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum VisitChange {
    /// It was another one.
    Correct(NewVisit),
    /// It never was: why.
    Withdraw(String),
}

/// Which visits.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct VisitQuery {
    /// First day, `2026-03-01`; 30 days before `to` when absent.
    pub from: Option<NaiveDate>,
    /// Last day; today when absent.
    pub to: Option<NaiveDate>,
    /// Of this keeper; of a keeper's own account always their own.
    pub keeper: Option<Uuid>,
    /// Of this building.
    pub building: Option<Uuid>,
}

/// A visit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VisitView {
    /// Identity.
    pub id: Uuid,
    /// `household` or `night_talk`.
    pub kind: &'static str,
    /// The building.
    pub building: Uuid,
    /// Its name within the compound.
    pub building_name: String,
    /// Name of the compound.
    pub compound_name: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Households reached; 0 = nobody was at home.
    pub households: u32,
    /// Households of the building; absent when nobody counted.
    pub of_households: Option<u32>,
    /// Note.
    pub note: Option<String>,
    /// A photo, by hash.
    pub photo: Option<String>,
    /// Who went: for the keeper and the secretaries.
    pub keeper: Uuid,
    /// Name of who went.
    pub keeper_name: String,
    /// A secretary wrote it down for the keeper (代录).
    pub delegated: bool,
    /// The visit that this one corrects or withdraws.
    pub replaces: Option<Uuid>,
    /// Why the replaced visit never was.
    pub withdrawn: Option<String>,
    /// Whether it counts: nothing replaced it, and it is no withdrawal.
    pub counts: bool,
}

/// Visits, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VisitPage {
    /// The visits, at most 500.
    pub items: Vec<VisitView>,
    /// How many of them count.
    pub n: usize,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// When the answer was made.
    pub as_of: DateTime<Utc>,
}

impl Services {
    /// Writes a visit down; `false` when the same request was made before.
    ///
    /// # Errors
    /// `Invalid` with everything that is wrong; `NotFound` for a building or keeper out of scope; `Conflict` of the key.
    pub async fn visit_enter(
        &self,
        asker: &Asker,
        new: NewVisit,
        key: Option<&str>,
    ) -> Result<(VisitView, bool)> {
        let visit = self.visit_of(asker, new, key, None).await?;
        let (visit, fresh) = self.visit_write(visit, None).await?;
        Ok((Self::visit_view(&self.picture(), &visit, true), fresh))
    }

    /// Corrects or withdraws a visit.
    ///
    /// # Errors
    /// `NotFound` for one that the asker does not read; `Conflict` for one that was replaced already; as
    /// [`Self::visit_enter`].
    pub async fn visit_change(
        &self,
        asker: &Asker,
        id: Uuid,
        change: VisitChange,
        key: Option<&str>,
    ) -> Result<VisitView> {
        let found = {
            let mut lease = self.store().read().await?;
            lease.conn().visit_find(VisitId::new(id)).await?
        };
        let picture = self.picture();
        let missing = || Error::NotFound(format!("visit {id}"));
        let former = found
            .filter(|visit| Self::reads_visit(asker, &picture, visit))
            .ok_or_else(missing)?;
        let visit = match change {
            VisitChange::Correct(new) => {
                let new = NewVisit {
                    keeper: Some(former.keeper.uuid()),
                    at: new.at.or(Some(former.at)),
                    ..new
                };
                self.visit_of(asker, new, key, Some(former.id)).await?
            }
            VisitChange::Withdraw(reason) => {
                let reason = reason.trim().to_owned();
                if !REASON_CHARS.contains(&reason.chars().count()) {
                    return Err(Error::invalid(
                        "reason_missing",
                        "请写明撤回原因（2 至 200 字）",
                        "say why it is withdrawn, in 2 to 200 characters",
                    ));
                }
                Visit {
                    id: VisitId::new(Uuid::now_v7()),
                    entered_by: asker.actor.id,
                    entered_at: self.now(),
                    delegated: !own_keepers(asker).contains(&former.keeper),
                    replaces: Some(former.id),
                    withdrawn: Some(reason),
                    request_key: request_key(asker, key)?,
                    photo: None,
                    note: None,
                    ..former.clone()
                }
            }
        };
        let (visit, _fresh) = self.visit_write(visit, Some(former)).await?;
        let counts = visit.withdrawn.is_none();
        Ok(Self::visit_view(&picture, &visit, counts))
    }

    /// Visits that the asker reads: a keeper their own, a secretary those in scope.
    ///
    /// # Errors
    /// `NotFound` for a keeper or building out of scope; `Invalid` span.
    pub async fn visit_page(&self, asker: &Asker, query: &VisitQuery) -> Result<VisitPage> {
        let (picture, now) = (self.picture(), self.now());
        let to = query.to.unwrap_or_else(|| self.today(now));
        let from = query.from.or_else(|| to.checked_sub_days(Days::new(29)));
        let from = from.unwrap_or(to);
        let sane = |day: NaiveDate| YEARS.contains(&day.year());
        if !sane(from) || !sane(to) || from > to || (to - from).num_days() > LONGEST_DAYS {
            return Err(Error::invalid(
                "span_invalid",
                format!("日期应从早到晚，最多 {LONGEST_DAYS} 天"),
                format!("days go from first to last, {LONGEST_DAYS} at most"),
            ));
        }
        let own = own_keepers(asker);
        let keeper = match (query.keeper, own.is_empty()) {
            (Some(id), _) => {
                let asked = Some(HousekeeperId::new(id));
                Some(
                    Self::keeper_asked(asker, &picture, asked, Action::Read)?
                        .0
                        .id,
                )
            }
            (None, false) => own.iter().min().copied(),
            (None, true) => None,
        };
        let buildings: Vec<BuildingId> = match (keeper, query.building) {
            (Some(_), _) => Vec::new(),
            (None, Some(id)) => vec![BuildingId::new(id)],
            (None, None) => picture.buildings.iter().map(|one| one.id).collect(),
        };
        let readable = |id: &BuildingId| {
            let row = picture.building_index(*id);
            row.is_some_and(|row| {
                wholly(
                    asker,
                    Object::Visits,
                    Action::Read,
                    &picture.place_of_building(row),
                )
            })
        };
        let buildings: Vec<BuildingId> = buildings.into_iter().filter(readable).collect();
        if keeper.is_none() && buildings.is_empty() && query.building.is_some() {
            return Err(Error::NotFound("building".to_owned()));
        }
        let span = (self.start_of(from), self.start_of(to + Duration::days(1)));
        let (found, replaced) = {
            let mut lease = self.store().read().await?;
            let mut conn = lease.conn();
            let found = conn.visit_list(keeper, &buildings, span, MOST).await?;
            let ids: Vec<VisitId> = found.iter().map(|visit| visit.id).collect();
            let replaced = conn.visits_replaced(&ids).await?;
            (found, replaced)
        };
        let items: Vec<VisitView> = found
            .iter()
            .filter(|visit| query.building.is_none_or(|id| visit.building.uuid() == id))
            .map(|visit| {
                let counts = visit.withdrawn.is_none() && !replaced.contains(&visit.id);
                Self::visit_view(&picture, visit, counts)
            })
            .collect();
        Ok(VisitPage {
            n: items.iter().filter(|visit| visit.counts).count(),
            items,
            from,
            to,
            as_of: now,
        })
    }

    /// Whether a photo belongs to a visit that the asker reads.
    pub(in crate::services) async fn visit_photo_seen(
        &self,
        asker: &Asker,
        picture: &Picture,
        conn: &mut Conn<'_>,
        hash: &str,
    ) -> Result<bool> {
        let visits = conn.visits_of_photo(hash).await?;
        Ok(visits
            .iter()
            .any(|(building, keeper)| Self::reads(asker, picture, *building, *keeper)))
    }

    /// Appends visits of the past, without asking whether they fit the plan in force.
    pub(in crate::services) async fn visits_store(&self, visits: &[Visit]) -> Result<()> {
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        conn.changes_count(Counted::Visits).await?;
        conn.visits_append(visits).await?;
        tx.commit().await?;
        self.visits_load().await
    }

    fn reads_visit(asker: &Asker, picture: &Picture, visit: &Visit) -> bool {
        Self::reads(asker, picture, visit.building, visit.keeper)
    }

    fn reads(
        asker: &Asker,
        picture: &Picture,
        building: BuildingId,
        keeper: HousekeeperId,
    ) -> bool {
        own_keepers(asker).contains(&keeper)
            || picture.building_index(building).is_some_and(|row| {
                wholly(
                    asker,
                    Object::Visits,
                    Action::Read,
                    &picture.place_of_building(row),
                )
            })
    }

    /// The first moment of a local day.
    fn start_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let offset = Duration::minutes(i64::from(self.config().time.utc_offset_minutes));
        day.and_time(NaiveTime::MIN).and_utc() - offset
    }

    /// What was told, checked.
    async fn visit_of(
        &self,
        asker: &Asker,
        new: NewVisit,
        key: Option<&str>,
        replaces: Option<VisitId>,
    ) -> Result<Visit> {
        let (picture, now) = (self.picture(), self.now());
        let row = Self::building_row(&picture, BuildingId::new(new.building))?;
        let building = &picture.buildings[row];
        let asked = new.keeper.map(HousekeeperId::new);
        let (keeper, own) = Self::keeper_asked(asker, &picture, asked, Action::Create)?;
        let place = picture.place_of_building(row);
        if !own && !wholly(asker, Object::Visits, Action::Create, &place) {
            return Err(Error::NotFound(format!("building {}", new.building)));
        }
        let mut problems = Vec::new();
        let kind = match new.kind.as_deref().map(str::parse::<VisitKind>) {
            None => VisitKind::Household,
            Some(Ok(kind)) => kind,
            Some(Err(error)) => {
                let zh = format!("没有走访类型“{}”", error.word);
                problems.push(
                    problem("word_unknown", zh, error.to_string()).at_field("kind", &error.word),
                );
                VisitKind::Household
            }
        };
        let reach = KeeperReach::of(&picture, keeper, now);
        if !reach.holds(row) {
            problems.push(
                problem(
                    "visit_not_own_building",
                    "这一幢不在这位小管家的片区里，也不是代管的楼；请从自己的楼里选",
                    "the building is neither in this keeper's patrol area nor covered by them: choose one of their own",
                )
                .at_field("building", &new.building.to_string()),
            );
        }
        let at = new.at.unwrap_or(now).min(now + Duration::days(3660));
        let visit = Visit {
            id: VisitId::new(Uuid::now_v7()),
            district_code: building.community.district_code(),
            kind,
            building: building.id,
            keeper: keeper.id,
            at,
            households: new.households,
            note: new
                .note
                .map(|note| note.trim().to_owned())
                .filter(|note| !note.is_empty()),
            photo: new.photo,
            entered_by: asker.actor.id,
            entered_at: now,
            delegated: !own,
            replaces,
            withdrawn: None,
            request_key: request_key(asker, key)?,
        };
        let terms = VisitTerms {
            households: building.households.count,
            appointed_from: reach.since,
            day: self.today(at),
            now,
        };
        problems.extend(check_visit(&visit, &terms));
        if visit.photo.is_none() && self.visit_needs_photo(self.today(now)) {
            problems.push(
                problem(
                    "photo_needed",
                    "应急期间走访需要一张照片；截止日期见“负担清单”",
                    "during the emergency a visit needs a photo; the burden page says until when",
                )
                .at_field("photo", ""),
            );
        }
        let photos: Vec<String> = visit.photo.iter().cloned().collect();
        problems.extend(self.photos_missing(&photos).await?);
        if problems.is_empty() {
            Ok(visit)
        } else {
            Err(Error::Invalid(problems))
        }
    }

    /// Appends a visit, and swaps the ledger once it is durable.
    async fn visit_write(&self, visit: Visit, former: Option<Visit>) -> Result<(Visit, bool)> {
        let mut turn = self.visits().turn.lock().await;
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        if let Some(key) = &visit.request_key
            && let Some(earlier) = conn.visit_by_request(key).await?
        {
            let same = (
                earlier.building,
                earlier.keeper,
                earlier.households,
                earlier.replaces,
            ) == (
                visit.building,
                visit.keeper,
                visit.households,
                visit.replaces,
            );
            return if same {
                Ok((earlier, false))
            } else {
                Err(Error::conflict(
                    "idempotency_key_reused",
                    "这个 Idempotency-Key 已用于另一条内容不同的走访；请换一个新的",
                    "this Idempotency-Key was used for another visit; choose a new one",
                ))
            };
        }
        if let Some(former) = &former
            && (former.withdrawn.is_some() || !conn.visits_replaced(&[former.id]).await?.is_empty())
        {
            return Err(Error::conflict(
                "visit_replaced",
                "这条走访已经改过或撤回了；请刷新后看最新的一条",
                "this visit was corrected or withdrawn already; look at the newest one",
            ));
        }
        conn.visits_append(std::slice::from_ref(&visit)).await?;
        let change = conn.changes_count(Counted::Visits).await?;
        tx.commit().await?;
        turn.went(change);
        let entry = |visit: &Visit| -> (BuildingId, Entry) {
            (visit.building, self.visit_entry(visit.at, visit.households))
        };
        let gone = former.as_ref().map(entry);
        let new = visit.withdrawn.is_none().then(|| entry(&visit));
        let desk = self.visits();
        desk.ledger
            .store(Arc::new(desk.ledger.load().changed(gone, new)));
        Ok((visit, true))
    }

    fn visit_view(picture: &Picture, visit: &Visit, counts: bool) -> VisitView {
        let row = picture.building_index(visit.building);
        let building = row.map(|row| &picture.buildings[row]);
        let keeper = picture
            .housekeepers
            .iter()
            .find(|one| one.id == visit.keeper);
        VisitView {
            id: visit.id.uuid(),
            kind: visit.kind.as_str(),
            building: visit.building.uuid(),
            building_name: building
                .and_then(|one| one.name.clone())
                .unwrap_or_default(),
            compound_name: building
                .and_then(|one| one.compound)
                .map_or_else(String::new, |id| picture.compound_name(id).to_owned()),
            at: visit.at,
            households: visit.households,
            of_households: building.and_then(|one| one.households.count),
            note: visit.note.clone(),
            photo: visit.photo.clone(),
            keeper: visit.keeper.uuid(),
            keeper_name: keeper.map_or_else(String::new, |one| one.name.clone()),
            delegated: visit.delegated,
            replaces: visit.replaces.map(VisitId::uuid),
            withdrawn: visit.withdrawn.clone(),
            counts,
        }
    }
}

fn problem(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Problem {
    Problem::new(Severity::Refused, code, zh, en)
}

/// The key of a request, bound to who asks.
pub(super) fn request_key(asker: &Asker, key: Option<&str>) -> Result<Option<String>> {
    match key {
        Some(key) if key.is_empty() || key.chars().count() > MAX_KEY_CHARS => Err(Error::invalid(
            "idempotency_key",
            format!("Idempotency-Key 应为 1 至 {MAX_KEY_CHARS} 个字符"),
            format!("an Idempotency-Key has 1 to {MAX_KEY_CHARS} characters"),
        )),
        _ => Ok(key.map(|key| format!("{}:{key}", asker.actor.id))),
    }
}
