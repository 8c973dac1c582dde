//! Routing rules: which body is responsible for a category at a place.
//!
//! Rules are data. Invariant: the same rules, place, category and day give the same owner and the same reasons.

use std::cmp::Reverse;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::CategoryTree;
use crate::domain::{CompoundId, IssueId, RegionCode, RegionLevel, RoutingRuleId};

/// A responsible body.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    /// Stable code of the body, for example `street:340104002:urban` or a region code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Where a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RulePlace {
    /// In a region and everything below it.
    Region {
        /// Its code.
        region: RegionCode,
    },
    /// In one compound.
    Compound {
        /// The compound.
        compound: CompoundId,
    },
}

/// One rule: place + category → responsible body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingRule {
    /// Identity.
    pub id: RoutingRuleId,
    /// Among equally specific rules the smallest number wins.
    pub order: i32,
    /// Codes of categories, with everything below them; empty = all.
    pub categories: Vec<String>,
    /// Places; empty = everywhere.
    pub places: Vec<RulePlace>,
    /// The responsible body.
    pub owner: Owner,
    /// First day that it holds.
    pub valid_from: NaiveDate,
    /// First day that it no longer holds; `None` = open end.
    pub valid_to: Option<NaiveDate>,
    /// Free text: where the division of duties is written down.
    pub note: String,
    /// The arbitration that wrote it.
    pub made_by_arbitration: Option<IssueId>,
}

impl RoutingRule {
    /// Whether the rule holds on that day.
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day < end)
    }
}

/// Where an issue lies, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlaceChain {
    /// The smallest region that holds it; the larger ones follow from its code.
    pub region: Option<RegionCode>,
    /// The compound.
    pub compound: Option<CompoundId>,
}

/// Who gets an issue, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routed<'a> {
    /// The rule; `None` when none fits and the locality takes it (属地兜底).
    pub rule: Option<&'a RoutingRule>,
    /// The responsible body.
    pub owner: Owner,
    /// Chinese sentence: why.
    pub zh: String,
    /// English sentence, the same content.
    pub en: String,
}

/// How closely a rule fits: the matter counts before the place, because duties are divided by matter and
/// the locality only takes what is left. Larger is closer; 0 = it does not ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    category: usize,
    place: usize,
}

/// The responsible body for a category at a place on a day: of the rules that fit the closest one, among
/// equals the one with the smallest order, then the smallest id. When none fits, `locality` (the community);
/// `None` when there is not even that.
pub fn route<'a>(
    rules: &'a [RoutingRule],
    tree: &CategoryTree,
    place: &PlaceChain,
    category: &str,
    day: NaiveDate,
    locality: Option<&Owner>,
) -> Option<Routed<'a>> {
    let fitting = rules.iter().filter(|rule| rule.holds_on(day));
    let best = fitting
        .filter_map(|rule| Some((fit(rule, tree, place, category)?, rule)))
        .min_by_key(|(fit, rule)| (Reverse(*fit), rule.order, rule.id));
    match best {
        Some((fit, rule)) => Some(explain(rule, fit, tree, place, category)),
        None => locality.map(|owner| Routed {
            rule: None,
            owner: owner.clone(),
            zh: format!("没有派单规则适用，由属地{}兜底。", owner.name),
            en: format!(
                "No routing rule fits; {} takes it as the locality.",
                owner.name
            ),
        }),
    }
}

fn fit(rule: &RoutingRule, tree: &CategoryTree, place: &PlaceChain, category: &str) -> Option<Fit> {
    let depth = |top: &String| {
        let inside = tree.is_within(category, top);
        inside.then(|| tree.ancestors(top).count() + 1)
    };
    Some(Fit {
        category: closest(&rule.categories, depth)?,
        place: closest(&rule.places, |at| reach(at, place))?,
    })
}

/// The closest of the conditions that hold: 0 when there are none, `None` when there are and none holds.
fn closest<T>(conditions: &[T], fit: impl Fn(&T) -> Option<usize>) -> Option<usize> {
    if conditions.is_empty() {
        return Some(0);
    }
    conditions.iter().filter_map(fit).max()
}

fn reach(at: &RulePlace, place: &PlaceChain) -> Option<usize> {
    match at {
        RulePlace::Region { region } => place
            .region
            .is_some_and(|inner| region.contains(inner))
            .then_some(region.level() as usize + 1),
        RulePlace::Compound { compound } => {
            (place.compound == Some(*compound)).then_some(RegionLevel::Community as usize + 2)
        }
    }
}

fn explain<'a>(
    rule: &'a RoutingRule,
    fit: Fit,
    tree: &CategoryTree,
    place: &PlaceChain,
    category: &str,
) -> Routed<'a> {
    let matter = tree.get(category).filter(|_| fit.category > 0);
    let at = rule
        .places
        .iter()
        .find(|at| reach(at, place) == Some(fit.place));
    let (place_zh, place_en) = match at {
        Some(RulePlace::Compound { .. }) => ("本小区".to_owned(), "in this compound".to_owned()),
        Some(RulePlace::Region { region }) => (
            format!("{}{region}", region.level().label_zh()),
            format!("in {} {region}", region.level()),
        ),
        None => ("各处".to_owned(), "everywhere".to_owned()),
    };
    let matter_zh = matter.map_or("所有类别", |found| &found.name_zh);
    let matter_en = matter.map_or("every category", |found| &found.name_en);
    let (binding_zh, binding_en) = match rule.made_by_arbitration {
        Some(_) => ("（由裁定形成）", ", as arbitration decided"),
        None => ("", ""),
    };
    Routed {
        rule: Some(rule),
        owner: rule.owner.clone(),
        zh: format!(
            "{place_zh}的“{matter_zh}”由{}负责{binding_zh}。",
            rule.owner.name
        ),
        en: format!(
            "{} is responsible for “{matter_en}” {place_en}{binding_en}.",
            rule.owner.name
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const COMPOUND: CompoundId = CompoundId::new(Uuid::from_u128(7));

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rule(name: &str, order: i32, categories: &[&str], places: Vec<RulePlace>) -> RoutingRule {
        RoutingRule {
            id: RoutingRuleId::new(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())),
            order,
            categories: categories.iter().map(|&code| code.to_owned()).collect(),
            places,
            owner: Owner {
                code: name.to_owned(),
                name: name.to_owned(),
            },
            valid_from: day("2026-01-01"),
            valid_to: None,
            note: String::new(),
            made_by_arbitration: None,
        }
    }

    fn region(code: &str) -> RulePlace {
        RulePlace::Region {
            region: code.parse().unwrap(),
        }
    }

    fn asked<'a>(rules: &'a [RoutingRule], category: &str, on: &str) -> Option<Routed<'a>> {
        let place = PlaceChain {
            region: Some("340104002003".parse().unwrap()),
            compound: Some(COMPOUND),
        };
        let tree = CategoryTree::standard();
        route(rules, &tree, &place, category, day(on), None)
    }

    #[test]
    fn the_closest_matter_wins_then_the_closest_place_then_the_order() {
        let compound = vec![RulePlace::Compound { compound: COMPOUND }];
        let rules = [
            rule("社区", 0, &[], vec![region("340104002003")]),
            rule("市容", 0, &["environment"], vec![region("3401")]),
            rule(
                "环卫二",
                2,
                &["environment.rubbish"],
                vec![region("340104")],
            ),
            rule(
                "环卫一",
                1,
                &["environment.rubbish"],
                vec![region("340104")],
            ),
            rule("别区", 0, &["environment.rubbish"], vec![region("340103")]),
            rule("物业", 9, &["environment.greenery"], compound),
            rule(
                "园林",
                0,
                &["environment.greenery"],
                vec![region("340104002003")],
            ),
        ];
        for (category, owner) in [
            ("environment.rubbish", "环卫一"),
            ("environment.greenery", "物业"),
            ("environment.noise", "市容"),
            ("safety.fire", "社区"),
        ] {
            assert_eq!(
                asked(&rules, category, "2026-05-01").unwrap().owner.name,
                owner
            );
        }
        let why = asked(&rules, "environment.rubbish", "2026-05-01").unwrap();
        assert_eq!(why.zh, "区县340104000000的“垃圾”由环卫一负责。");
        assert_eq!(why.rule.map(|rule| rule.order), Some(1));
    }

    #[test]
    fn a_rule_holds_from_its_first_day_to_the_day_before_its_end() {
        let rules = [RoutingRule {
            valid_to: Some(day("2026-03-01")),
            ..rule("市容", 0, &[], vec![])
        }];
        for (on, holds) in [
            ("2025-12-31", false),
            ("2026-01-01", true),
            ("2026-02-28", true),
            ("2026-03-01", false),
        ] {
            assert_eq!(asked(&rules, "safety.fire", on).is_some(), holds, "{on}");
        }
    }

    #[test]
    fn the_locality_takes_what_no_rule_takes_and_nobody_is_invented() {
        let tree = CategoryTree::standard();
        let community = rule("三里街社区", 0, &[], vec![]).owner;
        let nowhere = PlaceChain::default();
        let rules = [rule("城管", 0, &[], vec![region("340104")])];
        let on = day("2026-05-01");
        let routed = route(&rules, &tree, &nowhere, "safety.fire", on, Some(&community)).unwrap();
        assert_eq!((routed.rule, routed.owner), (None, community));
        assert!(routed.zh.contains("兜底"));
        assert!(route(&rules, &tree, &nowhere, "safety.fire", on, None).is_none());
    }
}
