//! Limits and locks that a plan does not keep: what forces it, and whether that is proved.

use super::{Infeasible, Instance};
use crate::districting::{Limits, Outcome, Settings, ZoneFigures};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that breaks limits or locks; empty when all are kept.
///
/// Locks: units locked to one area that lie in two zones, or have no way to each other but through units locked
/// elsewhere. Limits, proved: a unit heavier than the most (or than what is left); a zone whose households no allowed number of
/// areas can share. Otherwise: an area outside the limits, for which no better plan was found.
pub(super) fn infeasible(
    instance: &Instance,
    settings: &Settings,
    outcome: &Outcome,
    zone_name: &dyn Fn(u32) -> String,
) -> Vec<Infeasible> {
    let mut found = locks(instance);
    if settings.limits == Limits::None {
        return found;
    }
    let ordinary = |zone: &&ZoneFigures| zone.areas > 0;
    for zone in outcome.zones.iter().filter(ordinary) {
        let (h, k) = (zone.households, u64::from(zone.areas));
        let Some((least, most)) = settings.limits.households(h, zone.areas as usize) else {
            continue;
        };
        let areas = outcome
            .areas
            .iter()
            .enumerate()
            .filter(|(_, area)| area.zone == zone.zone && area.units > 0);
        let broken: Vec<(usize, u64)> = areas
            .filter(|(_, area)| !(least..=most).contains(&area.households))
            .map(|(at, area)| (at + 1, area.households))
            .collect();
        if broken.is_empty() {
            continue;
        }
        let name = zone_name(zone.zone);
        let mut say = |unit: Option<String>, proved: bool, zh: String, en: String| {
            found.push(Infeasible {
                zone: name.clone(),
                unit,
                proved,
                zh,
                en,
            });
        };
        let heavy = instance.units.iter().zip(&instance.ids);
        let heavy = heavy
            .filter(|(unit, _)| unit.zone == zone.zone && u64::from(unit.households) > most)
            .max_by_key(|(unit, _)| unit.households);
        // How many areas could share the zone: most households each, or least households each.
        let (fewest, largest) = (h.div_ceil(most.max(1)), h / least.max(1));
        let fixed = settings.areas.is_some() || settings.areas_of_zone.contains_key(&zone.zone);
        if let Some((unit, id)) = heavy {
            let w = unit.households;
            say(
                Some(id.clone()),
                true,
                format!("单元“{id}”有 {w} 户，超过每片区上限 {most} 户，任何方案都无法满足"),
                format!(
                    "unit “{id}” has {w} households, more than the {most} an area may hold: no plan can keep the limit"
                ),
            );
        } else if fewest > largest {
            say(
                None,
                true,
                format!(
                    "区域“{name}”共 {h} 户：{largest} 个片区会超过上限 {most}，{fewest} 个会低于下限 {least}"
                ),
                format!(
                    "zone “{name}” has {h} households: {largest} areas would exceed {most}, {fewest} would fall below {least}"
                ),
            );
        } else if fixed && !(fewest..=largest).contains(&k) {
            say(
                None,
                true,
                format!(
                    "区域“{name}”共 {h} 户，分为 {k} 个片区无法都在 {least} 至 {most} 户之间（需要 {fewest} 至 {largest} 个）"
                ),
                format!(
                    "zone “{name}” has {h} households: {k} areas cannot all have {least} to {most} ({fewest} to {largest} areas could)"
                ),
            );
        } else {
            let list: Vec<String> = broken
                .iter()
                .take(5)
                .map(|(area, households)| format!("{area} ({households})"))
                .collect();
            let list = list.join(", ");
            say(
                None,
                false,
                format!(
                    "区域“{name}”未找到满足 {least} 至 {most} 户的方案；超限片区：{list}。可放宽限制或增加 --effort"
                ),
                format!(
                    "zone “{name}”: no plan within {least} to {most} households was found; areas outside: {list}. Widen the limits or raise --effort"
                ),
            );
        }
    }
    found
}

/// Locks that contradict each other: the first pair of units of every such area.
fn locks(instance: &Instance) -> Vec<Infeasible> {
    let mut locked: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (unit, row) in (0u32..).zip(&instance.units) {
        if let (true, Some(area)) = (row.locked, row.current) {
            locked.entry(area).or_default().push(unit);
        }
    }
    locked.retain(|_, units| units.len() > 1);
    if locked.is_empty() {
        return Vec::new();
    }
    let mut beside: Vec<Vec<u32>> = vec![Vec::new(); instance.units.len()];
    for edge in &instance.edges {
        beside[edge.a as usize].push(edge.b);
        beside[edge.b as usize].push(edge.a);
    }
    let torn = |(area, units): (&u32, &Vec<u32>)| {
        let open = |unit: u32| {
            let row = &instance.units[unit as usize];
            !row.locked || row.current == Some(*area)
        };
        let mut reached = BTreeSet::from([units[0]]);
        let mut stack = vec![units[0]];
        while let Some(unit) = stack.pop() {
            let next = beside[unit as usize].iter().filter(|&&other| open(other));
            stack.extend(next.copied().filter(|&other| reached.insert(other)));
        }
        let lost = units.iter().find(|unit| !reached.contains(unit))?;
        let [one, other] = [units[0], *lost].map(|unit| instance.ids[unit as usize].as_str());
        let name = instance.current_areas.get(*area as usize);
        let name = name.map_or("", String::as_str);
        Some(Infeasible {
            zone: instance.zone_name(instance.units[*lost as usize].zone),
            unit: Some(other.to_owned()),
            proved: true,
            zh: format!(
                "单元“{one}”与“{other}”都锁定在片区“{name}”，但两者之间只能经过锁定在其他片区的单元或跨区域：请解锁其一"
            ),
            en: format!(
                "units “{one}” and “{other}” are both locked to area “{name}”, but no way joins them without units locked elsewhere or another zone: unlock one of them"
            ),
        })
    };
    locked.iter().filter_map(torn).collect()
}
