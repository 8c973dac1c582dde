//! Plans (划片方案): one plan covers one street; its states and which of them is in force.
//!
//! Invariant: `in_force` and `superseded` are computed from the interval and a given instant, never stored,
//! so a computer that was off at midnight is right when it starts.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{Actor, PlanId, RegionCode, RegionLevel};

text_enum! {
    /// State of a plan.
    pub enum PlanState {
        /// Being made.
        Draft => "draft", "草案";
        /// Shown for comment.
        Consulting => "consulting", "征求意见";
        /// Submitted.
        InReview => "in_review", "审核中";
        /// Approved, not yet dated.
        Approved => "approved", "已批准";
        /// Approved with a date that has not come.
        Scheduled => "scheduled", "待生效";
        /// In force now.
        InForce => "in_force", "生效中";
        /// Was in force, ended by another.
        Superseded => "superseded", "已被替代";
        /// Taken back.
        Withdrawn => "withdrawn", "已撤回";
        /// Refused in review; may become a draft again.
        Rejected => "rejected", "未通过";
    }
}

impl PlanState {
    /// Whether areas may be redrawn in this state.
    pub const fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::Consulting | Self::Rejected)
    }

    /// States that a person may move to from this one. `in_force` and `superseded` come by time alone.
    pub const fn next(self) -> &'static [Self] {
        use PlanState as S;
        match self {
            S::Draft => &[S::Consulting, S::InReview, S::Withdrawn],
            S::Consulting => &[S::Draft, S::InReview, S::Withdrawn],
            S::InReview => &[S::Approved, S::Rejected, S::Withdrawn],
            S::Rejected => &[S::Draft, S::Withdrawn],
            S::Approved => &[S::Scheduled, S::Withdrawn],
            S::Scheduled => &[S::Withdrawn],
            S::InForce | S::Superseded | S::Withdrawn => &[],
        }
    }

    /// Whether a person may move a plan from here to `to`.
    pub fn can_become(self, to: Self) -> bool {
        self.next().contains(&to)
    }
}

/// A move that the state machine forbids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a plan that is {from} cannot become {to}; legal: {legal:?}")]
pub struct IllegalTransition {
    /// State now.
    pub from: PlanState,
    /// State asked for.
    pub to: PlanState,
    /// States that could have been asked for.
    pub legal: &'static [PlanState],
}

/// Settings that a plan was made with; enough to make it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanSettings {
    /// Households per patrol area that are aimed at.
    pub target_households: u32,
    /// Tolerance in basis points of the zone's mean.
    pub band_bp: u32,
    /// Seats of an ordinary area.
    pub keepers_per_area: u32,
    /// Whether compounds stay whole.
    pub compounds: CompoundRule,
    /// Whether areas stay inside statutory grids.
    pub inside_grids: bool,
    /// What areas are balanced by; plans made before there was a choice weigh households.
    #[serde(default)]
    pub weigh_by: WeighBy,
}

impl Default for PlanSettings {
    fn default() -> Self {
        Self {
            target_households: 500,
            band_bp: 1500,
            keepers_per_area: 2,
            compounds: CompoundRule::Whole,
            inside_grids: false,
            weigh_by: WeighBy::default(),
        }
    }
}

text_enum! {
    /// What the load of an area is.
    #[derive(Default)]
    pub enum WeighBy {
        /// Its households.
        #[default]
        Households => "households", "户数";
        /// The visits a month that they ask for.
        Visits => "visits", "走访量";
    }
}

impl WeighBy {
    /// An amount of it in Chinese and in English.
    pub fn amount(self, n: u64) -> [String; 2] {
        match self {
            Self::Households => [format!("{n} 户"), format!("{n} households")],
            Self::Visits => [format!("每月 {n} 次走访"), format!("{n} visits a month")],
        }
    }
}

text_enum! {
    /// How a plan treats compounds.
    pub enum CompoundRule {
        /// Whole unless heavier than an area.
        Whole => "whole", "整小区";
        /// Split only for balance.
        Prefer => "prefer", "尽量整小区";
        /// No preference.
        Free => "free", "不限";
    }
}

/// Figures of a plan, counted when it was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanFigures {
    /// Patrol areas.
    pub areas: u32,
    /// Seats of all areas.
    pub seats: u32,
    /// Households in all areas.
    pub households: u64,
    /// Households of these that are estimates.
    pub estimated_households: u64,
    /// Visits a month that they ask for; `None` for plans of before this was counted.
    pub visits: Option<u64>,
    /// Units with households whose tiers nobody noted: each household counts as one visit a month.
    pub untiered: u32,
    /// Largest deviation from the zone's mean by absolute value, in basis points, with its sign.
    pub worst_deviation_bp: i32,
    /// Areas outside the band.
    pub out_of_band: u32,
    /// Areas that are one heavy unit.
    pub heavy: u32,
    /// Units with households and no area.
    pub unassigned: u32,
    /// Areas that are not contiguous, attachments counted as edges.
    pub disconnected: u32,
    /// Areas that are not contiguous when attachments do not count.
    pub disconnected_without_attachments: u32,
    /// Units without a walkable neighbour.
    pub isolated: u32,
    /// Households whose area differs from the plan in force; `None` without one.
    pub changed_households: Option<u64>,
    /// Achieved minus proved bound, in basis points.
    pub excess_bp: i32,
}

/// What a plan says of one districting zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneReport {
    /// Number of the zone in the plan.
    pub zone: u32,
    /// The community that it lies in.
    pub community: RegionCode,
    /// Households; where the plan weighs visits, visits a month.
    pub households: u64,
    /// Areas.
    pub areas: u32,
    /// What the zone itself forces: deviation from the target, in basis points.
    pub forced_bp: i32,
    /// Worst deviation from the zone's own mean, in basis points.
    pub achieved_bp: i32,
    /// Best deviation that is proved possible, in basis points.
    pub bound_bp: i32,
}

/// A compound that a plan splits, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompoundSplit {
    /// The compound.
    pub compound: super::CompoundId,
    /// Its name when the plan was made.
    pub name: String,
    /// Areas that it is spread over.
    pub pieces: u32,
    /// Reason, Chinese.
    pub reason_zh: String,
    /// Reason, English.
    pub reason_en: String,
}

/// One plan of one street.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Identity.
    pub id: PlanId,
    /// The street.
    pub street: RegionCode,
    /// Name.
    pub name: String,
    /// Stored state: never `in_force` or `superseded`, see [`Plan::state_at`].
    pub stored_state: PlanState,
    /// Counts changes of this row, for optimistic locking; starts at 1.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Actor,
    /// When it comes into force; set when it is scheduled.
    pub effective_at: Option<DateTime<Utc>>,
    /// When another plan took over (not included).
    pub ended_at: Option<DateTime<Utc>>,
    /// Seed of the optimizer.
    pub seed: u64,
    /// Settings.
    pub settings: PlanSettings,
    /// Data version that it was made from.
    pub data_version: i64,
    /// Figures.
    pub figures: PlanFigures,
    /// Zone by zone.
    pub zones: Vec<ZoneReport>,
    /// Compounds that are split.
    pub splits: Vec<CompoundSplit>,
    /// Warnings and notes.
    pub problems: Vec<super::Problem>,
    /// Free text; the reasons of transitions are events.
    pub note: Option<String>,
    /// Strokes that were made on it; 0 = it was never edited by hand.
    pub edit_seq: i64,
    /// Strokes of these that its areas and assignments hold.
    pub settled_seq: i64,
}

impl Plan {
    /// State at the instant `now`.
    pub fn state_at(&self, now: DateTime<Utc>) -> PlanState {
        if self.stored_state != PlanState::Scheduled {
            return self.stored_state;
        }
        match (self.effective_at, self.ended_at) {
            (_, Some(end)) if end <= now => PlanState::Superseded,
            (Some(start), _) if start <= now => PlanState::InForce,
            _ => PlanState::Scheduled,
        }
    }

    /// Whether the plan is in force at `now`.
    pub fn in_force_at(&self, now: DateTime<Utc>) -> bool {
        self.state_at(now) == PlanState::InForce
    }

    /// Moves the plan to `to` if the machine allows it at `now`. To schedule it, set `effective_at` too.
    pub fn transition(
        &mut self,
        to: PlanState,
        now: DateTime<Utc>,
    ) -> Result<(), IllegalTransition> {
        let from = self.state_at(now);
        if !from.can_become(to) {
            return Err(IllegalTransition {
                from,
                to,
                legal: from.next(),
            });
        }
        self.stored_state = to;
        Ok(())
    }

    /// Whether the plan's region is a street, as it must be.
    pub fn covers_a_street(&self) -> bool {
        self.street.level() == RegionLevel::Street
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn plan(state: PlanState, effective: Option<i64>, ended: Option<i64>) -> Plan {
        Plan {
            id: PlanId::new(uuid::Uuid::nil()),
            street: "340104002000".parse().unwrap(),
            name: "方案".into(),
            stored_state: state,
            version: 1,
            created_at: at(0),
            created_by: Actor::local_operator("操作员"),
            effective_at: effective.map(at),
            ended_at: ended.map(at),
            seed: 1,
            settings: PlanSettings::default(),
            data_version: 0,
            figures: PlanFigures::default(),
            zones: vec![],
            splits: vec![],
            problems: vec![],
            note: None,
            edit_seq: 0,
            settled_seq: 0,
        }
    }

    #[test]
    fn force_is_computed_from_the_interval_and_the_clock() {
        let p = plan(PlanState::Scheduled, Some(100), Some(200));
        assert_eq!(p.state_at(at(99)), PlanState::Scheduled);
        assert_eq!(p.state_at(at(100)), PlanState::InForce);
        assert_eq!(p.state_at(at(199)), PlanState::InForce);
        assert_eq!(p.state_at(at(200)), PlanState::Superseded);
        assert_eq!(
            plan(PlanState::Withdrawn, Some(100), None).state_at(at(150)),
            PlanState::Withdrawn
        );
    }

    #[test]
    fn the_way_to_force_is_legal_step_by_step_and_no_step_may_be_left_out() {
        let mut p = plan(PlanState::Draft, None, None);
        let error = p.transition(PlanState::Approved, at(0)).unwrap_err();
        assert_eq!(
            error.legal,
            [
                PlanState::Consulting,
                PlanState::InReview,
                PlanState::Withdrawn
            ]
        );
        for to in [
            PlanState::InReview,
            PlanState::Approved,
            PlanState::Scheduled,
        ] {
            p.transition(to, at(0)).unwrap();
        }
        p.effective_at = Some(at(10));
        assert!(p.in_force_at(at(10)));
        assert!(
            p.transition(PlanState::Withdrawn, at(10)).is_err(),
            "a plan in force only ends by another"
        );
        assert!(p.transition(PlanState::Withdrawn, at(9)).is_ok());
    }

    #[test]
    fn a_rejected_plan_may_become_a_draft_again() {
        assert!(PlanState::Rejected.can_become(PlanState::Draft));
        assert!(!PlanState::Rejected.can_become(PlanState::Approved));
    }

    #[test]
    fn nobody_moves_a_plan_into_or_out_of_force_by_hand() {
        for state in PlanState::ALL {
            assert!(
                !state.can_become(PlanState::InForce) && !state.can_become(PlanState::Superseded)
            );
        }
        assert!(PlanState::InForce.next().is_empty());
    }
}
