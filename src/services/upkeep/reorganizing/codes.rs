//! Which codes may lose and get rows.
//!
//! Invariant: plans are made street by street, so no community leaves its own this way.

use super::super::super::error::{Error, Result};
use super::super::super::picture::Rows;
use super::super::super::regions::parse_code;
use super::super::text;
use crate::domain::{Region, RegionCode, RegionId, RegionLevel};
use uuid::Uuid;

pub(super) fn known(now: &Rows, text: &str) -> Result<Option<Region>> {
    let code = parse_code(text)?;
    Ok(now.regions.iter().find(|row| row.code == code).cloned())
}

/// The community that loses rows.
pub(super) fn community(now: &Rows, code: &str) -> Result<Region> {
    let region = known(now, code)?.ok_or_else(|| Error::NotFound(format!("region {code}")))?;
    if region.level() != RegionLevel::Community {
        return Err(Error::invalid(
            "not_a_community",
            format!(
                "“{}”是{}，只能合并或拆分社区",
                region.name,
                region.level().label_zh()
            ),
            format!(
                "{} is a {}; only communities are merged or split",
                region.name,
                region.level()
            ),
        ));
    }
    if region.is_replaced() {
        return Err(ended(&region));
    }
    Ok(region)
}

pub(super) fn ended(region: &Region) -> Error {
    let successor = region
        .successor
        .map(|code| code.to_string())
        .unwrap_or_default();
    Error::invalid(
        "region_ended",
        format!(
            "“{}”（{}）已停用，由 {successor} 接续",
            region.name, region.code
        ),
        format!(
            "{} ({}) has ended; {successor} took over",
            region.name, region.code
        ),
    )
}

/// Plans are made street by street: no community leaves its own this way.
pub(super) fn in_street(from: &Region, code: RegionCode) -> Result<()> {
    if code.level() == RegionLevel::Community && code.parent() == from.parent() {
        return Ok(());
    }
    let street = from.parent().map(RegionCode::prefix).unwrap_or_default();
    Err(Error::invalid(
        "region_outside_street",
        format!("应是同一街道的社区：代码以 {street} 开头，共 12 位"),
        format!("it must be a community of the same street: 12 digits that begin with {street}"),
    ))
}

/// A community with a code that is not known yet.
pub(super) fn made(from: &Region, code: &str, name: Option<&str>) -> Result<Region> {
    let code = parse_code(code)?;
    in_street(from, code)?;
    let name = text(name, "名称", "name")?.ok_or_else(|| {
        Error::invalid(
            "region_name_required",
            format!("代码 {code} 是新的，请填写社区名称"),
            format!("the code {code} is new; give the name of the community"),
        )
    })?;
    Ok(Region::new(RegionId::new(Uuid::now_v7()), code, name))
}
