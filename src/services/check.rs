//! Verification of the database and of the plan in force, as a list.

use super::error::Result;
use super::picture::{NO_AREA, Picture, PlanPicture, Rows};
use super::{Services, rows};
use crate::domain::{RegionLevel, Unit};
use geo::BoundingRect;
use std::collections::{HashMap, HashSet};

/// One thing that was verified.
#[derive(Debug)]
pub struct Finding {
    /// What, in Chinese.
    pub zh: String,
    /// What, in English.
    pub en: String,
    /// How much was looked at.
    pub detail: String,
    /// What is wrong; empty when nothing is.
    pub problems: Vec<String>,
}

fn finding(zh: &str, en: &str, detail: impl Into<String>, problems: Vec<String>) -> Finding {
    Finding {
        zh: zh.into(),
        en: en.into(),
        detail: detail.into(),
        problems,
    }
}

impl Services {
    /// Verifies everything.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn check(&self) -> Result<Vec<Finding>> {
        let store = self.store();
        let mut findings = Vec::new();
        for check in store.check().await? {
            findings.push(finding(check.zh, check.en, check.detail, check.problems));
        }
        let rows = rows::read(store).await?;
        findings.push(region_tree(&rows));
        findings.push(household_sums(&rows));
        findings.push(plausible_crs(&rows));
        let picture = self.picture();
        findings.push(one_assignment(&picture));
        findings.push(contiguity(&picture, &rows));
        Ok(findings)
    }
}

fn region_tree(rows: &Rows) -> Finding {
    let known: HashSet<_> = rows.regions.iter().map(|region| region.code).collect();
    let mut problems = Vec::new();
    for region in &rows.regions {
        if let Some(parent) = region.parent()
            && !known.contains(&parent)
        {
            problems.push(format!("region {} has no parent {parent}", region.code));
        }
    }
    let units = rows
        .compounds
        .iter()
        .map(|compound| (compound.name.as_str(), compound.community));
    for (name, community) in units {
        if !known.contains(&community) || community.level() != RegionLevel::Community {
            problems.push(format!(
                "compound {name} lies in unknown community {community}"
            ));
        }
    }
    for building in &rows.buildings {
        if !known.contains(&building.community) {
            problems.push(format!(
                "building {} lies in unknown community {}",
                building.id, building.community
            ));
        }
    }
    finding(
        "区划树",
        "region tree",
        format!("{} regions", rows.regions.len()),
        problems,
    )
}

/// Where a compound has a counted total, its buildings sum to it.
fn household_sums(rows: &Rows) -> Finding {
    let mut sums: HashMap<_, (u64, bool)> = HashMap::new();
    for building in &rows.buildings {
        if let Some(compound) = building.compound {
            let sum = sums.entry(compound).or_insert((0, true));
            match building.households.count {
                Some(count) => sum.0 += u64::from(count),
                None => sum.1 = false,
            }
        }
    }
    let mut compared = 0;
    let mut problems = Vec::new();
    for compound in &rows.compounds {
        let (Some(total), Some((sum, true))) = (compound.households.count, sums.get(&compound.id))
        else {
            continue;
        };
        if compound.households.estimated {
            continue;
        }
        compared += 1;
        if u64::from(total) != *sum {
            problems.push(format!(
                "compound {}: {total} households, its buildings sum to {sum}",
                compound.name
            ));
        }
    }
    finding(
        "户数合计",
        "household sums",
        format!("{compared} compounds compared"),
        problems,
    )
}

fn plausible_crs(rows: &Rows) -> Finding {
    let mut problems = Vec::new();
    let mut n = 0;
    let geometries = rows
        .compounds
        .iter()
        .map(|compound| &compound.geometry)
        .chain(rows.buildings.iter().map(|building| &building.footprint))
        .chain(rows.barriers.iter().map(|barrier| &barrier.geometry));
    for geometry in geometries {
        n += 1;
        let inside = geometry.bounding_rect().is_some_and(|rect| {
            rect.min().x >= 72.0
                && rect.max().x <= 138.0
                && rect.min().y >= 0.8
                && rect.max().y <= 56.0
        });
        if !inside {
            problems.push(format!(
                "a geometry lies outside China: {:?}",
                geometry.bounding_rect()
            ));
        }
    }
    finding(
        "坐标合理性",
        "plausible coordinates",
        format!("{n} geometries"),
        problems,
    )
}

fn in_force(picture: &Picture) -> impl Iterator<Item = &PlanPicture> {
    picture
        .plans
        .iter()
        .filter(|plan| plan.plan.in_force_at(picture.as_of))
}

/// Every unit with households of a street with a plan in force has exactly one area.
fn one_assignment(picture: &Picture) -> Finding {
    let mut problems = Vec::new();
    let mut units = 0;
    let mut streets = HashSet::new();
    for plan in in_force(picture) {
        if !streets.insert(plan.plan.street) {
            problems.push(format!(
                "street {} has two plans in force",
                plan.plan.street
            ));
        }
        for (at, building) in picture.buildings.iter().enumerate() {
            if !plan.plan.street.contains(building.community) {
                continue;
            }
            units += 1;
            let compound_area = building
                .compound
                .and_then(|id| picture.compound_index(id))
                .map_or(NO_AREA, |compound| plan.area_of_compound.get(compound));
            if building.households.count.unwrap_or(0) > 0
                && plan.area_of_building.get(at) == NO_AREA
                && compound_area == NO_AREA
            {
                problems.push(format!(
                    "building {} has households and no area",
                    building.id
                ));
            }
        }
    }
    finding(
        "片区归属唯一",
        "one assignment",
        format!("{units} buildings, {} plans in force", streets.len()),
        problems,
    )
}

/// Areas of the plans in force hang together on foot.
fn contiguity(picture: &Picture, rows: &Rows) -> Finding {
    let mut problems = Vec::new();
    let mut areas = 0;
    for plan in in_force(picture) {
        let Some(stored) = rows
            .plans
            .iter()
            .find(|stored| stored.plan.id == plan.plan.id)
        else {
            continue;
        };
        let area_of: HashMap<Unit, _> = stored
            .assignments
            .iter()
            .map(|a| (a.unit, a.area))
            .collect();
        let pieces = super::planning::pieces(rows, &plan.plan, &area_of);
        for area in &plan.areas {
            areas += 1;
            if pieces.get(&area.id).copied().unwrap_or(0) > 1 {
                problems.push(format!(
                    "{} of street {} is in {} pieces",
                    area.name, plan.plan.street, pieces[&area.id]
                ));
            }
        }
    }
    finding(
        "片区连通",
        "contiguity of the plan in force",
        format!("{areas} areas"),
        problems,
    )
}
