//! Notices (公示): what hangs on the board of a building, how it gets there and how it comes off again.
//!
//! Not the messages that people are told inside the product. One building has one board; its row says what hangs
//! there now, every move is an event beside it. Invariant: what days change by themselves (a look that is long ago, an
//! appointment or a secretary's office that ends) is computed, and stored only with the next move; only a move that
//! [`NoticeState::next`] names is made by a person.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{AppointmentId, BuildingId, NoticeId, PlanId};

/// Days after which somebody should look again whether a notice still hangs (`domain.md` M04: kept current).
pub const CHECK_AFTER_DAYS: i64 = 180;

text_enum! {
    /// State of what hangs, or should hang, at a building.
    pub enum NoticeState {
        /// Nothing hangs there yet.
        ToPrint => "to_print", "待张贴";
        /// Hung up; nobody has looked yet whether it is right.
        Posted => "posted", "已张贴";
        /// Somebody looked: it hangs and is right.
        Verified => "verified", "已核对";
        /// Nobody has looked for long. Computed, never stored.
        DueCheck => "due_check", "该复核";
        /// What hangs is no longer right.
        ToReplace => "to_replace", "待更换";
        /// What hangs names somebody who left, or the building has no area any more.
        ToRemove => "to_remove", "待撤下";
        /// Taken down.
        Removed => "removed", "已撤下";
    }
}

impl NoticeState {
    /// States that a person may move to from this one. Whoever hangs a new one takes the old one down with it.
    pub const fn next(self) -> &'static [Self] {
        use NoticeState as S;
        match self {
            S::ToPrint => &[S::Posted],
            S::Posted | S::Verified | S::DueCheck => &[S::Verified, S::ToReplace, S::ToRemove],
            S::ToReplace => &[S::Posted, S::ToRemove, S::Removed],
            S::ToRemove => &[S::Posted, S::Removed],
            S::Removed => &[S::ToPrint],
        }
    }

    /// Whether a sheet hangs that was right when it was hung.
    const fn hangs(self) -> bool {
        matches!(self, Self::Posted | Self::Verified | Self::DueCheck)
    }
}

text_enum! {
    /// Why a notice has to change.
    pub enum NoticeReason {
        /// Another area, or other keepers by plan.
        PlanChanged => "plan_changed", "方案变化";
        /// Another name, duty number or photo, or consent was given or withdrawn.
        KeeperChanged => "keeper_changed", "小管家信息变化";
        /// An appointment that it names ended.
        KeeperLeft => "keeper_left", "小管家离任";
        /// The compound has another secretary, or the one that it names another number.
        SecretaryChanged => "secretary_changed", "书记信息变化";
        /// The building lies in no area any more.
        NoArea => "no_area", "已不在片区内";
        /// Somebody said so.
        ByHand => "by_hand", "人工标记";
    }
}

/// What a sheet says, as far as it decides whether the sheet is still right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeSheet {
    /// The plan that it was made from.
    pub plan: PlanId,
    /// Version of that plan.
    pub plan_version: i64,
    /// Number of the area.
    pub area_number: u32,
    /// Whom it names, sorted.
    pub keepers: Vec<AppointmentId>,
    /// What it says of the secretary of the compound, as a digest; `None` where nobody noted it.
    #[serde(default)]
    pub secretary: Option<String>,
}

impl NoticeSheet {
    /// Whether somebody at the door would read the same: area, keepers and secretary; a new version of the plan alone is
    /// no reason to print anew.
    pub fn reads_like(&self, other: &Self) -> bool {
        self.area_number == other.area_number
            && self.keepers == other.keepers
            && other.secretary.as_deref().is_none_or(|it| self.says(it))
    }

    /// Whether what it says of the secretary is `secretary`, as far as that was noted.
    fn says(&self, secretary: &str) -> bool {
        self.secretary.as_deref().is_none_or(|it| it == secretary)
    }
}

/// The board of one building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Identity.
    pub id: NoticeId,
    /// County-level code of the building.
    pub district_code: i32,
    /// The building; it has one board.
    pub building: BuildingId,
    /// State as stored; shown is [`Notice::shown_at`].
    pub stored_state: NoticeState,
    /// What was printed last; `None` before, and when what was printed must not be hung any more.
    pub sheet: Option<NoticeSheet>,
    /// What hangs although a plan that is to come says otherwise; `None` where `sheet` says it, or nobody knows.
    pub hanging: Option<NoticeSheet>,
    /// Why it has to change; `None` where nothing has to.
    pub reason: Option<NoticeReason>,
    /// Last print.
    pub printed_at: Option<DateTime<Utc>>,
    /// Last time that somebody hung one.
    pub posted_at: Option<DateTime<Utc>>,
    /// Last time that somebody looked and found it right.
    pub checked_at: Option<DateTime<Utc>>,
    /// When the last one was taken down.
    pub removed_at: Option<DateTime<Utc>>,
    /// Number of moves so far: the sequence number of the last event.
    pub version: i64,
}

/// One move of a notice, append-only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeEvent {
    /// County-level code of the building.
    pub district_code: i32,
    /// The notice.
    pub notice: NoticeId,
    /// From 1, gapless.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Identity of who did it.
    pub actor: String,
    /// State before; `None` for the first one.
    pub from: Option<NoticeState>,
    /// State after.
    pub to: NoticeState,
    /// Why.
    pub reason: Option<NoticeReason>,
}

/// Why a person's move is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeRefusal {
    /// The state does not allow it.
    #[error("a notice that is {from} cannot become {to}; legal: {legal:?}")]
    Illegal {
        /// State now.
        from: NoticeState,
        /// State asked for.
        to: NoticeState,
        /// States that could have been asked for.
        legal: &'static [NoticeState],
    },
    /// What was printed is no longer what should hang: print again.
    #[error("the printed sheet is out of date; print it again")]
    SheetOutdated,
    /// The building lies in no area in force, so there is nothing to hang.
    #[error("the building lies in no area in force")]
    NoArea,
}

impl Notice {
    /// A board on which nothing hangs yet.
    pub fn new(id: NoticeId, district_code: i32, building: BuildingId) -> Self {
        Self {
            id,
            district_code,
            building,
            stored_state: NoticeState::ToPrint,
            sheet: None,
            hanging: None,
            reason: None,
            printed_at: None,
            posted_at: None,
            checked_at: None,
            removed_at: None,
            version: 0,
        }
    }

    /// State at `now`, and why; `ended` says whether an appointment is over by then, `secretary` what a sheet would say of
    /// the secretary (asked only where one hangs).
    pub fn shown_at(
        &self,
        now: DateTime<Utc>,
        ended: impl Fn(AppointmentId) -> bool,
        secretary: impl Fn() -> String,
    ) -> (NoticeState, Option<NoticeReason>) {
        let names_somebody_gone = || {
            let sheet = self.sheet.as_ref();
            sheet.is_some_and(|sheet| sheet.keepers.iter().any(|id| ended(*id)))
        };
        let old = || {
            self.checked_at
                .is_some_and(|at| now - at > Duration::days(CHECK_AFTER_DAYS))
        };
        let other_secretary = || {
            let noted = self.sheet.as_ref().filter(|it| it.secretary.is_some());
            noted.is_some_and(|sheet| !sheet.says(&secretary()))
        };
        match self.stored_state {
            state if state.hangs() && names_somebody_gone() => {
                (NoticeState::ToRemove, Some(NoticeReason::KeeperLeft))
            }
            state if state.hangs() && other_secretary() => {
                (NoticeState::ToReplace, Some(NoticeReason::SecretaryChanged))
            }
            NoticeState::Verified if old() => (NoticeState::DueCheck, self.reason),
            state => (state, self.reason),
        }
    }

    /// A sheet was printed: what it says is what can be hung. `shown` is what [`Notice::shown_at`] says.
    pub fn print(
        &mut self,
        current: &NoticeSheet,
        shown: (NoticeState, Option<NoticeReason>),
        now: DateTime<Utc>,
    ) {
        // What hangs and is not right any more stays so until the new one is there.
        if self.stored_state.hangs() && !shown.0.hangs() {
            self.overtaken();
            (self.stored_state, self.reason) = shown;
        }
        self.sheet = Some(current.clone());
        self.printed_at = Some(now);
    }

    /// A person's move, from the state that is shown. `current` is what should hang now.
    ///
    /// # Errors
    /// A move that is not legal, and hanging a sheet that is out of date.
    pub fn go(
        &mut self,
        to: NoticeState,
        shown: NoticeState,
        current: Option<&NoticeSheet>,
        now: DateTime<Utc>,
    ) -> Result<(), NoticeRefusal> {
        let legal = shown.next();
        if !legal.contains(&to) {
            return Err(NoticeRefusal::Illegal {
                from: shown,
                to,
                legal,
            });
        }
        let mut reason = None;
        match to {
            NoticeState::Posted => {
                let current = current.ok_or(NoticeRefusal::NoArea)?;
                let printed = self.sheet.as_ref();
                let fits = printed.is_some_and(|sheet| sheet.reads_like(current));
                if self.printed_at.is_some() && !fits {
                    return Err(NoticeRefusal::SheetOutdated);
                }
                // Printed elsewhere: taken to be what should hang.
                self.sheet = Some(current.clone());
                self.hanging = None;
                self.posted_at = Some(now);
                self.checked_at = None;
                self.removed_at = None;
            }
            NoticeState::Verified => self.checked_at = Some(now),
            NoticeState::ToReplace | NoticeState::ToRemove => {
                reason = Some(NoticeReason::ByHand);
                self.outdate();
            }
            NoticeState::Removed => {
                self.removed_at = Some(now);
                self.outdate();
            }
            NoticeState::ToPrint => {
                self.outdate();
                self.printed_at = None;
            }
            NoticeState::DueCheck => {}
        }
        (self.stored_state, self.reason) = (to, reason);
        Ok(())
    }

    /// What hangs, or was printed, is not to be hung any more.
    fn outdate(&mut self) {
        (self.sheet, self.hanging) = (None, None);
    }

    /// What was printed is not what should hang any more; what hangs is remembered.
    fn overtaken(&mut self) {
        let sheet = self.sheet.take();
        if self.stored_state.hangs() {
            self.hanging = sheet;
        }
    }

    /// A plan came, or the one that was to come was withdrawn: `current` is what should hang, `None` where the building
    /// has no area. What hangs and is right after all stays. Whether the row changed.
    pub fn follow(&mut self, current: Option<&NoticeSheet>) -> bool {
        use NoticeState as S;
        let before = (self.stored_state, self.reason, self.sheet.is_some());
        match (self.stored_state, current) {
            (S::ToPrint, None) => self.stored_state = S::Removed,
            (S::Removed, Some(_)) => {
                self.stored_state = S::ToPrint;
                (self.sheet, self.printed_at) = (None, None);
            }
            (S::Removed, None) => {}
            (_, None) => {
                self.overtaken();
                self.stored_state = S::ToRemove;
                self.reason = Some(NoticeReason::NoArea);
            }
            (state, Some(current)) => {
                let fits = |sheet: &NoticeSheet| sheet.reads_like(current);
                if self.sheet.as_ref().is_some_and(|sheet| !fits(sheet)) {
                    self.overtaken();
                    if state.hangs() {
                        self.stored_state = S::ToReplace;
                        self.reason = Some(NoticeReason::PlanChanged);
                    }
                }
                // A building that has an area again: the old sheet comes off with the new one.
                if state == S::ToRemove && self.reason == Some(NoticeReason::NoArea) {
                    self.stored_state = S::ToReplace;
                    self.reason = Some(NoticeReason::PlanChanged);
                }
                if self.reason == Some(NoticeReason::PlanChanged)
                    && self.hanging.as_ref().is_some_and(fits)
                {
                    self.sheet = self.hanging.take();
                    // Hanging takes away the look of before.
                    self.stored_state = match self.checked_at {
                        Some(_) => S::Verified,
                        None => S::Posted,
                    };
                    self.reason = None;
                }
            }
        }
        before != (self.stored_state, self.reason, self.sheet.is_some())
    }

    /// Card or post of somebody changed: `left` when the post ended. Whether the row changed.
    pub fn keeper_changed(&mut self, who: impl Fn(AppointmentId) -> bool, left: bool) -> bool {
        use NoticeState as S;
        let names = |sheet: &Option<NoticeSheet>| {
            let keepers = sheet.iter().flat_map(|sheet| &sheet.keepers);
            keepers.into_iter().any(|id| who(*id))
        };
        let hangs = self.stored_state.hangs() || names(&self.hanging);
        if !names(&self.sheet) && !names(&self.hanging) {
            return false;
        }
        // What was printed and not hung yet is waste paper; what hangs has to change.
        if hangs {
            (self.stored_state, self.reason) = if left {
                (S::ToRemove, Some(NoticeReason::KeeperLeft))
            } else {
                (S::ToReplace, Some(NoticeReason::KeeperChanged))
            };
        }
        self.outdate();
        true
    }
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
