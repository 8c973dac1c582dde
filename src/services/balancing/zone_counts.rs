//! How many areas each zone is to have, from CSV: `zone,areas`.

use super::Instance;
use super::problems::Problems;
use super::sheet::{Sheet, unreadable};
use super::tables::ZONE;
use crate::services::error::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// Number of areas by zone number.
///
/// # Errors
/// `Invalid` with the wrong rows: unknown zones, numbers that are none or more than the zone has units.
pub fn read_zone_counts(path: &Path, instance: &Instance) -> Result<BTreeMap<u32, u32>> {
    let mut sheet = Sheet::open(path)?;
    let (zone, areas) = (sheet.require(ZONE)?, sheet.require(&["areas", "片区数"])?);
    let file = sheet.file.clone();
    let mut problems = Problems::default();
    let mut counts = BTreeMap::new();
    let mut units: BTreeMap<u32, u32> = BTreeMap::new();
    for unit in &instance.units {
        *units.entry(unit.zone).or_default() += 1;
    }
    for (row, record) in (1u64..).zip(sheet.reader.records()) {
        let record = record.map_err(|error| unreadable(&file, &error.to_string()))?;
        let cell = |at: usize| record.get(at).unwrap_or("");
        let number = instance.zones.iter().position(|name| name == cell(zone));
        let Some(number) = number.map(|at| at as u32) else {
            problems.add(
                "zone_unknown",
                (row, "zone", cell(zone)),
                "单元表中没有这个区域",
                "is not the zone of any unit",
            );
            continue;
        };
        let most = units.get(&number).copied().unwrap_or(0);
        let count = cell(areas).parse().ok().filter(|n| (1..=most).contains(n));
        let Some(count) = count else {
            problems.add(
                "areas_invalid",
                (row, "areas", cell(areas)),
                &format!("片区数应在 1 到 {most}（该区域的单元数）之间"),
                &format!("must be 1 to {most}, the number of units of the zone"),
            );
            continue;
        };
        counts.insert(number, count);
    }
    problems.into_result()?;
    Ok(counts)
}
