//! Regions: codes, outlines, and the ones above that a file leaves out.

use super::common::{Batch, Shared, id, keep, refuse, warn};
use crate::domain::{Problem, Region, RegionCode, RegionId, Severity};
use crate::services::importing::candidate::Candidate;
use std::collections::{HashMap, HashSet};

pub(super) fn regions(candidates: Vec<Candidate>, shared: &Shared<'_>, batch: &mut Batch) {
    let known: HashMap<RegionCode, &Region> = shared
        .rows
        .regions
        .iter()
        .map(|region| (region.code, region))
        .collect();
    let mut seen: HashMap<RegionCode, u64> = HashMap::new();
    for candidate in candidates {
        let row = candidate.row;
        let Some(text) = candidate.code.as_deref() else {
            refuse(
                batch,
                row,
                "code_missing",
                "缺少区划代码",
                "the region code is missing",
            );
            continue;
        };
        let code: RegionCode = match text.parse() {
            Ok(code) => code,
            Err(error) => {
                let error: crate::domain::InvalidRegionCode = error;
                batch.problems.push(
                    Problem::new(
                        Severity::Refused,
                        "region_code_invalid",
                        "区划代码有误：应为 12 位数字（或 2、4、6、9 位），且省级代码存在",
                        error.to_string(),
                    )
                    .at_row(row)
                    .at_field("code", text),
                );
                continue;
            }
        };
        if let Some(first) = seen.insert(code, row) {
            batch.problems.push(
                Problem::new(
                    Severity::Refused,
                    "duplicate_row",
                    format!("与第 {first} 行代码相同"),
                    format!("the same code as row {first}"),
                )
                .at_row(row)
                .at_field("code", text),
            );
            seen.insert(code, first);
            continue;
        }
        let before = known.get(&code).copied();
        let mut after = before.cloned().unwrap_or_else(|| {
            Region::new(
                RegionId::new(id()),
                code,
                candidate.name.clone().unwrap_or_default(),
            )
        });
        if let Some(name) = candidate.name {
            after.name = name;
        }
        if after.name.is_empty() {
            refuse(
                batch,
                row,
                "name_missing",
                "缺少名称",
                "the name is missing",
            );
            continue;
        }
        if let Some(geometry) = candidate.geometry {
            match crate::services::planning::polygons(&geometry) {
                Some(outline) => after.outline = Some(outline),
                None => warn(
                    batch,
                    row,
                    "outline_not_polygon",
                    "边界不是面，已忽略几何",
                    "the outline is no polygon; the geometry was left out",
                ),
            }
        }
        after.source = Some(shared.source.clone());
        keep(
            &mut batch.counts,
            before,
            after,
            |a, b| a.name == b.name && a.outline == b.outline,
            &mut batch.regions,
        );
    }
    missing_parents(shared, batch);
}

/// A region needs the ones above it; those that the file does not bring are made with their code as name.
fn missing_parents(shared: &Shared<'_>, batch: &mut Batch) {
    let mut known: HashSet<RegionCode> = shared
        .rows
        .regions
        .iter()
        .map(|region| region.code)
        .collect();
    known.extend(batch.regions.iter().map(|region| region.code));
    let codes: Vec<RegionCode> = batch.regions.iter().map(|region| region.code).collect();
    for code in codes {
        let mut at = code;
        while let Some(parent) = at.parent() {
            if known.insert(parent) {
                let mut region = Region::new(RegionId::new(id()), parent, parent.to_string());
                region.source = Some("derived_from_code".into());
                batch.problems.push(Problem::new(
                    Severity::Note,
                    "parent_region_made",
                    format!("文件中没有上级区划 {parent}，已按代码补上，名称待填"),
                    format!("the region {parent} above is not in the file; it was made from its code, its name is to be filled in"),
                ));
                batch.regions.push(region);
            }
            at = parent;
        }
    }
}
