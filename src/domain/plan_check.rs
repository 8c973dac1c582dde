//! What is checked of a plan, and how much each check weighs in a street.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::text_enum::text_enum;

text_enum! {
    /// What may be wrong with a plan; in the order in which it is shown.
    pub enum PlanCheck {
        /// Units with households and no area.
        Unassigned => "unassigned", "未划片";
        /// Areas in several pieces.
        Disconnected => "disconnected", "不连通";
        /// Areas on both sides of a barrier or a community's border.
        CrossesBarrier => "crosses_barrier", "跨阻隔";
        /// Areas outside the tolerance.
        OutOfBand => "out_of_band", "超差";
        /// Areas without anybody in post.
        NobodyResponsible => "nobody_responsible", "无人负责";
        /// Compounds in more areas than their households need.
        SplitsCompound => "splits_compound", "拆分小区";
        /// Areas without a unit.
        EmptyArea => "empty_area", "空片区";
    }
}

text_enum! {
    /// How much a check weighs.
    pub enum CheckLevel {
        /// The plan cannot be submitted.
        Block => "block", "必须解决";
        /// It must have been read.
        Warn => "warn", "提醒";
        /// It is not looked at.
        Off => "off", "不查";
    }
}

/// How much each check weighs in one street.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CheckRules(BTreeMap<PlanCheck, CheckLevel>);

impl Default for CheckRules {
    fn default() -> Self {
        let level = |check: &PlanCheck| match check {
            PlanCheck::Unassigned | PlanCheck::Disconnected => CheckLevel::Block,
            _ => CheckLevel::Warn,
        };
        Self(PlanCheck::ALL.iter().map(|c| (*c, level(c))).collect())
    }
}

impl CheckRules {
    /// Rules from what was set; what was not set is as by default.
    ///
    /// # Errors
    /// The check that may not be weakened: everybody has one area (`domain.md` §5.3).
    pub fn of(set: BTreeMap<PlanCheck, CheckLevel>) -> Result<Self, PlanCheck> {
        let mut rules = Self::default();
        rules.0.extend(set);
        match rules.level(PlanCheck::Unassigned) {
            CheckLevel::Block => Ok(rules),
            _ => Err(PlanCheck::Unassigned),
        }
    }

    /// The level of a check.
    pub fn level(&self, check: PlanCheck) -> CheckLevel {
        self.0.get(&check).copied().unwrap_or(CheckLevel::Warn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_is_as_by_default_and_units_without_an_area_always_block() {
        let set = BTreeMap::from([(PlanCheck::OutOfBand, CheckLevel::Block)]);
        let rules = CheckRules::of(set).unwrap();
        assert_eq!(rules.level(PlanCheck::OutOfBand), CheckLevel::Block);
        assert_eq!(rules.level(PlanCheck::Disconnected), CheckLevel::Block);
        assert_eq!(rules.level(PlanCheck::EmptyArea), CheckLevel::Warn);
        let weak = BTreeMap::from([(PlanCheck::Unassigned, CheckLevel::Off)]);
        assert_eq!(CheckRules::of(weak), Err(PlanCheck::Unassigned));
    }
}
