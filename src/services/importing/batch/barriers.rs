//! Barriers: what is taken by class, and what is left.

use super::common::{Batch, Shared, id, keep, middle, refuse};
use crate::domain::{Barrier, BarrierClass, BarrierId, RegionCode};
use crate::services::importing::candidate::Candidate;
use crate::spatial;
use geo_types::Geometry;
use std::collections::{HashMap, HashSet};

pub(super) fn barriers(candidates: Vec<Candidate>, shared: &Shared<'_>, batch: &mut Batch) {
    let existing: HashMap<&str, &Barrier> = shared
        .rows
        .barriers
        .iter()
        .map(|barrier| (barrier.natural_key.as_str(), barrier))
        .collect();
    let mut seen: HashSet<String> = HashSet::new();
    for candidate in candidates {
        let row = candidate.row;
        let Some(geometry) = candidate.geometry.clone() else {
            refuse(
                batch,
                row,
                "geometry_missing",
                "阻隔没有几何",
                "a barrier needs a geometry",
            );
            continue;
        };
        let lookup = |name: &str| {
            candidate
                .properties
                .get(name)
                .map(|value| std::borrow::Cow::Borrowed(value.as_str()))
        };
        let word = candidate
            .properties
            .get("kind_detail")
            .or_else(|| candidate.properties.get("kind"));
        let class = match spatial::classify(spatial::extent_of(&geometry), lookup) {
            spatial::Classified::Take(class) => {
                let word = word.map_or("", String::as_str);
                *batch
                    .taken
                    .entry(format!("{} {} ({word})", class.zh(), class.code()))
                    .or_default() += 1;
                class
            }
            spatial::Classified::Leave(reason) => {
                let word = word.map_or("", String::as_str);
                *batch
                    .left
                    .entry(format!("{} {} ({word})", reason.zh(), reason.code()))
                    .or_default() += 1;
                continue;
            }
        };
        let point = middle(&geometry);
        let community = shared
            .resolver
            .community(row, candidate.community.as_deref(), point);
        let district_code = community.map_or(0, RegionCode::district_code);
        let name = candidate.name.clone();
        let digest = geometry_digest(&geometry);
        let natural_key = format!(
            "{}:{}:{digest}",
            class.code(),
            name.as_deref().unwrap_or("")
        );
        if !seen.insert(natural_key.clone()) {
            refuse(
                batch,
                row,
                "duplicate_row",
                "与前面的一行完全相同",
                "the same as an earlier row",
            );
            continue;
        }
        let before = existing.get(natural_key.as_str()).copied();
        let after = Barrier {
            id: before.map_or_else(|| BarrierId::new(id()), |barrier| barrier.id),
            district_code: before.map_or(district_code, |barrier| barrier.district_code),
            natural_key,
            class: barrier_class(class),
            source_class: candidate.properties.get("kind").cloned(),
            name,
            geometry,
            source: Some(shared.source.clone()),
            import: Some(shared.import),
        };
        keep(
            &mut batch.counts,
            before,
            after,
            |a, b| a.geometry == b.geometry && a.class == b.class,
            &mut batch.barriers,
        );
    }
}

fn barrier_class(class: spatial::BarrierClass) -> BarrierClass {
    match class {
        spatial::BarrierClass::River => BarrierClass::River,
        spatial::BarrierClass::Canal => BarrierClass::Canal,
        spatial::BarrierClass::Lake | spatial::BarrierClass::Water => BarrierClass::Lake,
        spatial::BarrierClass::Rail => BarrierClass::Rail,
        spatial::BarrierClass::MajorRoad => BarrierClass::MajorRoad,
    }
}

fn geometry_digest(geometry: &Geometry<f64>) -> String {
    use geo::CoordsIter;
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    for coord in geometry.coords_iter() {
        hasher.update(coord.x.to_le_bytes());
        hasher.update(coord.y.to_le_bytes());
    }
    hasher.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
