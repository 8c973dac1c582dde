//! What a reader should know about a draft: why compounds are divided, what is amiss.

use super::Request;
use super::street_graph::UnitRow;
use crate::districting::{self, Outcome};
use crate::domain::{
    CompoundId, CompoundSplit, PlanFigures, Problem, RegionLevel, Severity, WeighBy, ZoneReport,
};
use crate::spatial::Walkable;
use std::collections::HashMap;

/// Why a compound is divided, in both languages.
fn split_reason(split: &districting::GroupSplit, by: WeighBy) -> (String, String) {
    use districting::SplitReason as R;
    let ([zh, en], n) = (by.amount(split.households), split.pieces);
    match split.reason {
        R::CrossesZones => (
            format!("被河流、铁路或主干道隔开，不能划入同一片区（{n} 片）"),
            format!("a river, railway or major road divides it ({n} areas)"),
        ),
        R::HoldsHeavyUnit => (
            format!("含有超过片区上限、不可再分的单元（{n} 片）"),
            format!("it holds a unit heavier than an area may be ({n} areas)"),
        ),
        R::HeavierThanArea => (
            format!("共 {zh}，超过一个片区的上限，按楼栋分为 {n} 片"),
            format!("its {en} exceed what one area may hold; divided by building into {n}"),
        ),
        R::Locked => (
            format!("部分楼栋锁定在不同片区（{n} 片）"),
            format!("its units are locked to different areas ({n})"),
        ),
        R::NotConnected => (
            format!("楼栋之间步行不连通（{n} 片）"),
            format!("its buildings are not connected on foot ({n} areas)"),
        ),
        R::Chosen => (
            format!("为均衡而拆分（{n} 片）"),
            format!("divided for balance ({n} areas)"),
        ),
    }
}

pub(super) fn splits(
    request: &Request<'_>,
    units: &[UnitRow],
    outcome: &Outcome,
) -> Vec<CompoundSplit> {
    let mut order: Vec<CompoundId> = Vec::new();
    let mut seen: HashMap<CompoundId, u32> = HashMap::new();
    for unit in units {
        if let Some(compound) = unit.compound {
            let next = order.len() as u32;
            seen.entry(compound).or_insert_with(|| {
                order.push(compound);
                next
            });
        }
    }
    let name = |id: CompoundId| {
        let found = request
            .rows
            .compounds
            .iter()
            .find(|compound| compound.id == id);
        found.map_or_else(String::new, |compound| compound.name.clone())
    };
    outcome
        .splits
        .iter()
        .filter_map(|split| {
            let compound = *order.get(split.group as usize)?;
            Some(CompoundSplit {
                compound,
                name: name(compound),
                pieces: split.pieces,
                reason_zh: split_reason(split, request.settings.weigh_by).0,
                reason_en: split_reason(split, request.settings.weigh_by).1,
            })
        })
        .collect()
}

pub(super) fn problems(
    units: &[UnitRow],
    walkable: &Walkable,
    figures: &PlanFigures,
    zones: &[ZoneReport],
    request: &Request<'_>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let unknown = (units.iter())
        .filter(|unit| unit.unknown && unit.load == 0)
        .count();
    if unknown > 0 {
        problems.push(Problem::new(
            Severity::Warning,
            "households_unknown",
            format!("{unknown} 个单元户数未知，划分时按 0 户计，不计入均衡"),
            format!("households of {unknown} units are unknown; they weigh 0 here and are outside the balance"),
        ));
    }
    if request.settings.weigh_by == WeighBy::Visits && figures.untiered > 0 {
        let (n, all) = (figures.untiered, units.len());
        problems.push(Problem::new(
            Severity::Warning,
            "tiers_unknown",
            format!("{all} 个单元中 {n} 个没有登记日访、周访、月访户数，走访量按每户每月一次计"),
            format!("nobody noted how often the households of {n} of {all} units are visited; each counts as one visit a month"),
        ));
    }
    if !walkable.isolated.is_empty() {
        let n = walkable.isolated.len();
        problems.push(Problem::new(
            Severity::Warning,
            "isolated_units",
            format!("{n} 个单元步行图上没有邻居，已用附加边连到最近处（不跨越阻隔）"),
            format!("{n} units have no walkable neighbour; each was attached to the nearest one, never across a barrier"),
        ));
    }
    if figures.heavy > 0 {
        problems.push(Problem::new(
            Severity::Note,
            "heavy_units",
            format!("{} 个单元超过片区上限且不可再分（没有楼栋数据），按多对管家计", figures.heavy),
            format!("{} units are heavier than an area and cannot be divided (no buildings known); they get several pairs", figures.heavy),
        ));
    }
    if figures.out_of_band > 0 {
        problems.push(Problem::new(
            Severity::Warning,
            "out_of_band",
            format!(
                "{} 个片区超出 ±{} % 容差",
                figures.out_of_band,
                request.settings.band_bp / 100
            ),
            format!(
                "{} areas are outside the tolerance of ±{} %",
                figures.out_of_band,
                request.settings.band_bp / 100
            ),
        ));
    }
    problems.extend(badly_served(zones, request));
    if request.street.level() == RegionLevel::Street
        && request.street.is_provisional()
        && !request.rows.synthetic
    {
        problems.push(Problem::new(
            Severity::Note,
            "provisional_region",
            "区划为临时区划，未使用正式代码",
            "the region is provisional and has no official code",
        ));
    }
    problems
}

/// Zones whose own border keeps every plan from the target, the farthest off by name.
fn badly_served(zones: &[ZoneReport], request: &Request<'_>) -> Option<Problem> {
    let beyond = |zone: &&ZoneReport| zone.forced_bp.unsigned_abs() > request.settings.band_bp;
    let count = zones.iter().filter(beyond).count();
    let worst = zones
        .iter()
        .filter(beyond)
        .max_by_key(|zone| zone.forced_bp)?;
    let region = request
        .rows
        .regions
        .iter()
        .find(|region| region.code == worst.community);
    let name = region.map_or_else(|| worst.community.to_string(), |region| region.name.clone());
    let [zh, en] = request.settings.weigh_by.amount(worst.households);
    let off = f64::from(worst.forced_bp) / 100.0;
    Some(Problem::new(
        Severity::Note,
        "zones_badly_served",
        format!(
            "{count} 个分区受边界所限，怎样划分都偏离目标；最远的在{name}（{zh}，偏离 {off:.0} %），可考虑与相邻分区合并"
        ),
        format!(
            "{count} zones are off the target however they are divided; the farthest lies in {name} ({en}, {off:.0} % off): consider merging it with a neighbour"
        ),
    ))
}
