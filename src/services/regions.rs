//! Regions and their staffing: required, in post, short; the sums agree at every level.

use super::error::{Error, Result};
use super::picture::Picture;
use super::views::{
    CommunityCoverage, CompoundCoverage, CoverageReport, CoverageView, RegionView, StreetView,
};
use crate::domain::{Coverage, HouseholdBasis, QuotaPolicy, Region, RegionCode, RegionLevel};
use std::collections::HashMap;

/// The code, or an error that names it.
pub fn parse_code(text: &str) -> Result<RegionCode> {
    text.parse()
        .map_err(|error: crate::domain::InvalidRegionCode| {
            Error::invalid(
                "region_code_invalid",
                format!("区划代码“{text}”有误：应为 12 位数字"),
                error.to_string(),
            )
        })
}

/// A region that exists.
pub fn require(picture: &Picture, text: &str) -> Result<RegionCode> {
    let code = parse_code(text)?;
    picture
        .region(code)
        .map(|region| region.code)
        .ok_or_else(|| Error::NotFound(format!("region {code}")))
}

/// All regions with their sums, by code.
pub fn list(picture: &Picture) -> Vec<RegionView> {
    let mut sums: HashMap<RegionCode, [u64; 5]> = HashMap::new();
    let ancestors = |code: RegionCode| std::iter::successors(Some(code), |code| code.parent());
    for quota in &picture.quotas {
        for code in ancestors(quota.community) {
            let sum = sums.entry(code).or_default();
            sum[0] += 1;
            match quota.households {
                Some(households) => {
                    sum[2] += u64::from(households);
                    sum[3] += u64::from(if quota.estimated { households } else { 0 });
                }
                None => sum[4] += 1,
            }
        }
    }
    for building in &picture.buildings {
        for code in ancestors(building.community) {
            let sum = sums.entry(code).or_default();
            sum[1] += 1;
            if building.compound.is_none()
                && let Some(households) = building.households.count
            {
                sum[2] += u64::from(households);
                sum[3] += u64::from(if building.households.estimated {
                    households
                } else {
                    0
                });
            }
        }
    }
    let view = |region: &crate::domain::Region| {
        let sum = sums.get(&region.code).copied().unwrap_or_default();
        RegionView {
            code: region.code.to_string(),
            level: region.level().to_string(),
            name: region.name.clone(),
            parent: region.parent().map(|code| code.to_string()),
            provisional: region.is_provisional(),
            bounds: picture.bounds(region.code).map(|bounds| bounds.to_array()),
            compounds: sum[0],
            buildings: sum[1],
            households: sum[2],
            estimated_households: sum[3],
            households_unknown_compounds: sum[4],
            valid_from: region.valid_from,
            valid_to: region.valid_to,
            successor: region.successor.map(|code| code.to_string()),
        }
    };
    picture.regions.iter().map(view).collect()
}

/// Streets with their boxes.
pub fn streets(picture: &Picture) -> Vec<StreetView> {
    let streets = picture
        .regions
        .iter()
        .filter(|region| region.level() == RegionLevel::Street);
    streets
        .map(|region| StreetView {
            code: region.code.to_string(),
            name: region.name.clone(),
            bounds: picture.bounds(region.code).map(|bounds| bounds.to_array()),
        })
        .collect()
}

/// A region by its code, or by its name: the highest one of that name, when it is the only one.
///
/// # Errors
/// `NotFound` with the streets there are.
pub fn find(regions: &[Region], text: &str) -> Result<RegionCode> {
    if let Ok(code) = text.trim().parse::<RegionCode>() {
        return Ok(code);
    }
    let named: Vec<&Region> = regions
        .iter()
        .filter(|region| region.name == text.trim())
        .collect();
    let highest = named.iter().min_by_key(|region| region.level());
    let equals = |level| {
        named
            .iter()
            .filter(|region| region.level() == level)
            .count()
    };
    match highest {
        Some(region) if equals(region.level()) == 1 => Ok(region.code),
        _ => {
            let streets = regions
                .iter()
                .filter(|region| region.level() == RegionLevel::Street);
            let known: Vec<String> = streets
                .take(20)
                .map(|street| format!("{} {}", street.code, street.name))
                .collect();
            Err(Error::NotFound(format!(
                "region “{text}” (streets: {})",
                known.join(", ")
            )))
        }
    }
}

/// The policy of a region in words: which rule made the numbers.
pub fn policy_words(picture: &Picture, region: RegionCode) -> String {
    let others = picture.policies.policies().iter().any(|policy| {
        policy.holds_on(picture.today) && policy.region != region && region.contains(policy.region)
    });
    let below = if others {
        "（下级另有标准）"
    } else {
        ""
    };
    format!("{}{below}", words_of(&picture.policy_at(region)))
}

/// A policy in words.
pub fn words_of(policy: &QuotaPolicy) -> String {
    let rounded = if policy.asks_each_compound() {
        String::new()
    } else {
        format!(" · 按{}取整", policy.round_at.label_zh())
    };
    let part_time = if policy.part_time_counts {
        " · 兼职计入"
    } else {
        ""
    };
    let basis = policy.basis.map_or("户", HouseholdBasis::label_zh);
    format!(
        "每 {} {basis} {} 名 · {}{rounded}{part_time}",
        policy.per_households,
        policy.keepers,
        policy.rule.label_zh(),
    )
}

/// Staffing of a region as a whole.
pub fn coverage_view(picture: &Picture, code: RegionCode) -> CoverageView {
    view_of(picture, code, picture.coverage(code))
}

fn view_of(picture: &Picture, code: RegionCode, sum: Coverage) -> CoverageView {
    CoverageView {
        required: sum.required,
        in_post: sum.in_post,
        short: sum.short,
        coverage_bp: sum.coverage_bp,
        part_time: sum.part_time,
        unknown_compounds: sum.unknown_compounds,
        other_basis_compounds: sum.other_basis_compounds,
        households: sum.households,
        as_of: picture.today,
        scope: code.to_string(),
        n: sum.known_compounds,
        policy: policy_words(picture, code),
    }
}

/// Staffing of one compound.
pub fn compound_coverage(picture: &Picture, at: usize) -> CompoundCoverage {
    let compound = &picture.compounds[at];
    let quota = &picture.quotas[at];
    CompoundCoverage {
        id: compound.id.uuid(),
        code: compound.code.clone().unwrap_or_default(),
        name: compound.name.clone(),
        community: compound.community.to_string(),
        community_name: picture.region_name(compound.community),
        households: quota.households,
        basis: compound.households.basis.to_string(),
        estimated: quota.estimated,
        required: quota.required,
        in_post: quota.in_post,
        part_time: quota.part_time,
        short: quota.short,
        coverage_bp: quota.coverage_bp,
        centroid: super::units::centroid(&compound.geometry),
    }
}

/// Staffing at every level below a region; the whole is the sum of the compounds.
pub fn coverage_report(picture: &Picture, code: RegionCode) -> CoverageReport {
    let inside = |other: RegionCode| code.contains(other);
    let mut compounds: Vec<CompoundCoverage> = (0..picture.compounds.len())
        .filter(|at| inside(picture.compounds[*at].community))
        .map(|at| compound_coverage(picture, at))
        .collect();
    compounds.sort_by(|a, b| {
        b.short
            .cmp(&a.short)
            .then(a.coverage_bp.cmp(&b.coverage_bp))
            .then(a.name.cmp(&b.name))
    });
    let communities = picture
        .regions
        .iter()
        .filter(|region| region.level() == RegionLevel::Community && inside(region.code))
        .filter(|region| !region.is_replaced())
        .map(|region| CommunityCoverage {
            code: region.code.to_string(),
            name: region.name.clone(),
            coverage: coverage_view(picture, region.code),
        })
        .collect();
    CoverageReport {
        total: coverage_view(picture, code),
        communities,
        compounds,
        data_version: picture.version,
    }
}
