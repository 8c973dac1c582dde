//! Two plans of a street side by side: figures, areas, every unit that changes and why, and who hands over to whom.
//!
//! Both are counted on today's data. Invariants: the hand-over groups hold every changed unit once, so their sums are
//! the totals; an area of the plan before is matched with the one that continues it (`lineage`).

use super::{Opened, areas_of, kind, sentences};
use crate::districting::Dispersion;
use crate::districting::reasons;
use crate::districting::redraw::Redraw;
use crate::services::error::Result;
use crate::services::picture::PlanPicture;
use crate::services::{lineage, planning};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Two plans side by side.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Comparison {
    /// The plan before.
    pub before: ComparedPlan,
    /// The plan after.
    pub after: ComparedPlan,
    /// Tolerance in basis points.
    pub band_bp: u32,
    /// What deviations measure in both plans, as in the plan after: `households` or `visits`.
    pub weigh_by: String,
    /// Areas of either plan: those that change most households first.
    pub areas: Vec<ComparedArea>,
    /// Units that change their area.
    pub changes: Vec<ComparedUnit>,
    /// The same, by who hands over to whom; most households first.
    pub handover: Vec<Handover>,
    /// Households whose area changes.
    pub changed_households: u64,
    /// Units whose area changes.
    pub changed_units: u64,
    /// Households of the street.
    pub households: u64,
    /// Units of the street.
    pub units: u64,
    /// Keepers who hand something over or take something over.
    pub keepers_affected: u64,
    /// When the data were read.
    pub as_of: DateTime<Utc>,
    /// Data version.
    pub data_version: u64,
}

/// A plan, counted on today's data.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComparedPlan {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// State.
    pub state: String,
    /// From when it is in force.
    pub effective_at: Option<DateTime<Utc>>,
    /// Version.
    pub version: i64,
    /// Areas with at least one unit.
    pub areas: u32,
    /// Areas outside the tolerance.
    pub out_of_band: u32,
    /// Worst deviation, basis points; `None` without an ordinary area.
    pub worst_deviation_bp: Option<u32>,
    /// The area that has it.
    pub worst_area: Option<String>,
    /// Mean of the absolute deviations of ordinary areas, basis points.
    pub mean_deviation_bp: Option<u32>,
    /// Standard deviation of the loads of ordinary areas ÷ their mean.
    pub variation: Option<f64>,
    /// Areas in several pieces.
    pub disconnected: u32,
}

/// An area in one of the plans.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaSide {
    /// Identity.
    pub id: Uuid,
    /// Number as the map shows it.
    pub label: String,
    /// Name.
    pub name: String,
    /// Colour by number.
    pub colour: u8,
    /// Households.
    pub households: u64,
    /// (load per pair − mean) ÷ mean, basis points.
    pub deviation_bp: i32,
    /// Outside the tolerance.
    pub out_of_band: bool,
    /// Who serves it.
    pub keepers: Vec<String>,
}

/// An area before and after.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComparedArea {
    /// `same`, `changed`, `new` or `gone`.
    pub status: &'static str,
    /// Before; absent for a new one.
    pub before: Option<AreaSide>,
    /// After; absent for one that is gone.
    pub after: Option<AreaSide>,
    /// Households after minus before.
    pub households_delta: i64,
}

/// A unit that changes its area.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComparedUnit {
    /// Identity.
    pub id: Uuid,
    /// building or compound.
    pub kind: String,
    /// Name of its compound; empty without one.
    pub compound: String,
    /// The building's own name, or the compound's.
    pub name: String,
    /// Households.
    pub households: u32,
    /// Longitude and latitude of its middle, degrees WGS 84.
    pub at: [f64; 2],
    /// Place in `areas` of its area before; absent for none.
    pub from: Option<u32>,
    /// Place in `areas` of its area after; absent for none.
    pub to: Option<u32>,
    /// Stable identifier of the reason.
    pub reason_code: String,
    /// The reason, in Chinese.
    pub reason_zh: String,
    /// The reason, in English.
    pub reason_en: String,
}

/// Units that go from one area to another.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Handover {
    /// Place in `areas`; absent for none.
    pub from: Option<u32>,
    /// Place in `areas`; absent for none.
    pub to: Option<u32>,
    /// “示例甲01 1、4幢；示例甲02 3幢”.
    pub buildings: String,
    /// Households.
    pub households: u64,
    /// Places in `changes`.
    pub units: Vec<u32>,
}

impl Opened {
    /// This plan beside the one that it was opened against.
    ///
    /// # Errors
    /// `NotFound` when a plan is gone; `Conflict` when there is nothing to compare with.
    pub fn comparison(&self, now: DateTime<Utc>) -> Result<Comparison> {
        let (found, base) = (self.found()?, self.base_plan()?);
        let ground = self.start.ground();
        let before = areas_of(&self.picture, base, &self.units);
        let after = self.start.area_of();
        let households: Vec<u32> = (0..self.units.len() as u32)
            .map(|unit| ground.households(unit))
            .collect();
        let shared = lineage::shared(&before, after, households.iter().copied());
        let heirs = lineage::heirs_between(
            &lineage::kin(&base.areas),
            &lineage::kin(&found.areas),
            shared,
        );
        let old = Redraw::new(ground.clone(), &before, &before).with_areas(base.areas.len());
        let changes = reasons::changes(ground, &before, after, heirs.clone());

        // Areas: heirs side by side, then those that are gone, then those that are new.
        let mut pairs: Vec<(Option<u32>, Option<u32>)> = Vec::new();
        let used = |redraw: &Redraw, area: u32| redraw.area(area).is_some_and(|a| a.units > 0);
        let heir_of: BTreeMap<u32, u32> = heirs.iter().map(|(old, new)| (*new, *old)).collect();
        for area in (0..base.areas.len() as u32).filter(|&area| used(&old, area)) {
            let heir = heirs
                .get(&area)
                .copied()
                .filter(|&heir| used(&self.start, heir));
            pairs.push((Some(area), heir));
        }
        for area in (0..found.areas.len() as u32).filter(|&area| used(&self.start, area)) {
            let known = heir_of.get(&area).is_some_and(|&before| used(&old, before));
            if !known {
                pairs.push((None, Some(area)));
            }
        }
        let mut areas: Vec<ComparedArea> = Vec::with_capacity(pairs.len());
        let touched: std::collections::HashSet<(bool, u32)> = changes
            .iter()
            .flat_map(|change| [(false, change.from), (true, change.to)])
            .collect();
        for &(was, is) in &pairs {
            let before = was.map(|area| self.side(base, &old, area));
            let after = is.map(|area| self.side(found, &self.start, area));
            let moved = was.is_some_and(|area| touched.contains(&(false, area)))
                || is.is_some_and(|area| touched.contains(&(true, area)));
            let households =
                |side: &Option<AreaSide>| side.as_ref().map_or(0, |side| side.households as i64);
            areas.push(ComparedArea {
                status: match (&before, &after) {
                    (None, _) => "new",
                    (_, None) => "gone",
                    _ if moved => "changed",
                    _ => "same",
                },
                households_delta: households(&after) - households(&before),
                before,
                after,
            });
        }
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        order.sort_by_key(|&at| {
            let area = &areas[at];
            (
                area.status == "same",
                -area.households_delta.abs(),
                pairs[at],
            )
        });
        let place: BTreeMap<(bool, u32), u32> = (0u32..)
            .zip(&order)
            .flat_map(|(place, &at)| {
                let (was, is) = pairs[at];
                let before = was.map(|area| ((false, area), place));
                before
                    .into_iter()
                    .chain(is.map(|area| ((true, area), place)))
            })
            .collect();
        let areas: Vec<ComparedArea> = order.iter().map(|&at| areas[at].clone()).collect();

        let name = |plan: &PlanPicture, area: u32| {
            plan.areas.get(area as usize).map(|area| area.name.clone())
        };
        let by = found.plan.settings.weigh_by;
        let changes: Vec<ComparedUnit> = changes
            .iter()
            .map(|change| {
                let (unit, at) = self.units[change.unit as usize];
                let (from, to) = (name(base, change.from), name(found, change.to));
                let [reason_zh, reason_en] =
                    sentences::reason(change.reason, by, from.as_deref(), to.as_deref());
                let (compound, name) = self.names(unit);
                ComparedUnit {
                    id: planning::unit_id(unit),
                    kind: kind(unit).to_owned(),
                    compound,
                    name,
                    households: households[change.unit as usize],
                    at,
                    from: place.get(&(false, change.from)).copied(),
                    to: place.get(&(true, change.to)).copied(),
                    reason_code: sentences::code(change.reason).to_owned(),
                    reason_zh,
                    reason_en,
                }
            })
            .collect();
        let handover = handover(&changes);
        let affected: std::collections::BTreeSet<&String> = handover
            .iter()
            .flat_map(|group| {
                let from = group.from.and_then(|at| areas[at as usize].before.as_ref());
                let to = group.to.and_then(|at| areas[at as usize].after.as_ref());
                from.into_iter().chain(to).flat_map(|side| &side.keepers)
            })
            .collect();
        Ok(Comparison {
            before: head(base, &old, now),
            after: head(found, &self.start, now),
            band_bp: ground.settings().band_bp,
            weigh_by: by.to_string(),
            changed_households: changes.iter().map(|c| u64::from(c.households)).sum(),
            changed_units: changes.len() as u64,
            households: households.iter().map(|h| u64::from(*h)).sum(),
            units: households.len() as u64,
            keepers_affected: affected.len() as u64,
            areas,
            changes,
            handover,
            as_of: self.picture.as_of,
            data_version: self.picture.version,
        })
    }

    fn side(&self, plan: &PlanPicture, redraw: &Redraw, area: u32) -> AreaSide {
        let row = &plan.areas[area as usize];
        let state = redraw.area(area);
        AreaSide {
            id: row.id.uuid(),
            label: row.label(),
            name: row.name.clone(),
            colour: row.colour,
            households: state.map_or(0, |state| state.households),
            deviation_bp: state.map_or(0, |state| state.deviation_bp),
            out_of_band: state.is_some_and(|state| state.out_of_band),
            keepers: plan
                .active_keepers(&self.picture, area as usize)
                .map(|(keeper, _)| keeper.name.clone())
                .collect(),
        }
    }
}

fn head(found: &PlanPicture, redraw: &Redraw, now: DateTime<Utc>) -> ComparedPlan {
    let plan = &found.plan;
    let states = (0..redraw.area_count() as u32).filter_map(|area| redraw.area(area));
    let ordinary: Vec<_> = states
        .filter(|area| area.units > 0 && !area.heavy)
        .collect();
    let worst = ordinary.iter().max_by_key(|area| {
        (
            area.deviation_bp.unsigned_abs(),
            std::cmp::Reverse(area.area),
        )
    });
    let loads: Vec<u64> = ordinary.iter().map(|area| area.load).collect();
    let totals = redraw.totals();
    ComparedPlan {
        id: plan.id.uuid(),
        name: plan.name.clone(),
        state: plan.state_at(now).to_string(),
        effective_at: plan.effective_at,
        version: plan.version,
        areas: totals.areas,
        out_of_band: totals.out_of_band,
        worst_deviation_bp: worst.map(|area| area.deviation_bp.unsigned_abs()),
        worst_area: worst
            .and_then(|area| found.areas.get(area.area as usize))
            .map(|a| a.label()),
        mean_deviation_bp: redraw.mean_deviation_bp(),
        variation: (!loads.is_empty()).then(|| Dispersion::of(&loads).cv),
        disconnected: totals.disconnected,
    }
}

/// Groups changes by who hands over to whom, most households first.
fn handover(changes: &[ComparedUnit]) -> Vec<Handover> {
    let mut groups: BTreeMap<(Option<u32>, Option<u32>), Vec<u32>> = BTreeMap::new();
    for (at, change) in (0u32..).zip(changes) {
        groups.entry((change.from, change.to)).or_default().push(at);
    }
    let mut handover: Vec<Handover> = groups
        .into_iter()
        .map(|((from, to), units)| {
            let rows: Vec<&ComparedUnit> = units.iter().map(|&at| &changes[at as usize]).collect();
            Handover {
                from,
                to,
                buildings: listed(&rows),
                households: rows.iter().map(|row| u64::from(row.households)).sum(),
                units,
            }
        })
        .collect();
    handover.sort_by_key(|group| (std::cmp::Reverse(group.households), group.from, group.to));
    handover
}

/// Buildings by compound, in the order of their numbers: “示例甲01 1、4幢；示例甲02 3幢”.
fn listed(rows: &[&ComparedUnit]) -> String {
    let mut compounds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in rows {
        compounds.entry(&row.compound).or_default().push(&row.name);
    }
    let one = |(compound, mut names): (&str, Vec<&str>)| {
        names.sort_by_key(|name| natural(name));
        if names == [compound] {
            return compound.to_owned();
        }
        let numbered = names
            .iter()
            .all(|name| name.len() > "幢".len() && name.ends_with('幢'));
        let text = if numbered {
            let bare: Vec<&str> = names
                .iter()
                .map(|name| name.trim_end_matches('幢'))
                .collect();
            format!("{}幢", bare.join("、"))
        } else {
            names.join("、")
        };
        format!("{compound} {text}").trim().to_owned()
    };
    compounds
        .into_iter()
        .map(one)
        .collect::<Vec<_>>()
        .join("；")
}

/// 2幢 comes before 10幢.
pub(in crate::services) fn natural(name: &str) -> (String, u64, String) {
    let start = name
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(name.len());
    let (head, rest) = name.split_at(start);
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let number = rest[..end].parse().unwrap_or(0);
    (head.to_owned(), number, rest[end..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(compound: &str, name: &str, households: u32, to: u32) -> ComparedUnit {
        ComparedUnit {
            id: Uuid::nil(),
            kind: "building".into(),
            compound: compound.into(),
            name: name.into(),
            households,
            at: [0.0, 0.0],
            from: Some(0),
            to: Some(to),
            reason_code: String::new(),
            reason_zh: String::new(),
            reason_en: String::new(),
        }
    }

    #[test]
    fn buildings_are_listed_by_compound_in_the_order_of_their_numbers() {
        let rows = [
            row("示例甲02", "3幢", 1, 1),
            row("示例甲01", "10幢", 1, 1),
            row("示例甲01", "2幢", 1, 1),
            row("示例乙", "示例乙", 1, 1),
            row("", "门卫室", 1, 1),
        ];
        let all: Vec<&ComparedUnit> = rows.iter().collect();
        assert_eq!(
            listed(&all),
            "门卫室；示例乙；示例甲01 2、10幢；示例甲02 3幢"
        );
    }

    #[test]
    fn groups_hold_every_change_once_and_the_largest_comes_first() {
        let rows = [
            row("甲", "1幢", 10, 1),
            row("甲", "2幢", 30, 2),
            row("甲", "3幢", 15, 1),
        ];
        let groups = handover(&rows);
        assert_eq!(
            groups.iter().map(|g| g.households).collect::<Vec<_>>(),
            [30, 25]
        );
        let mut units: Vec<u32> = groups.iter().flat_map(|g| g.units.clone()).collect();
        units.sort_unstable();
        assert_eq!(units, [0, 1, 2]);
    }
}
