//! Housekeepers and their appointments.

use super::common::{Batch, Shared, id, keep, middle, refuse, wait};
use super::compound_finder::CompoundFinder;
use crate::domain::{
    Appointment, AppointmentId, AppointmentKind, Housekeeper, HousekeeperId, ImportKind, Sealed,
};
use crate::services::error::Result;
use crate::services::importing::candidate::Candidate;
use crate::services::keys::{BIRTH_DATE, PRIVATE_PHONE};
use std::collections::HashMap;

pub(super) fn housekeepers(candidates: Vec<Candidate>, shared: &Shared<'_>, batch: &mut Batch) {
    let finder = CompoundFinder::new(&shared.rows.compounds);
    let existing: HashMap<&str, &Housekeeper> = shared
        .rows
        .housekeepers
        .iter()
        .map(|keeper| (keeper.natural_key.as_str(), keeper))
        .collect();
    let mut posts: HashMap<HousekeeperId, &Appointment> = HashMap::new();
    for appointment in &shared.rows.appointments {
        if appointment.active_on(shared.today) {
            posts.insert(appointment.housekeeper, appointment);
        }
    }
    let mut seen: HashMap<String, u64> = HashMap::new();
    for candidate in candidates {
        let row = candidate.row;
        let Some(name) = candidate.name.clone() else {
            refuse(
                batch,
                row,
                "name_missing",
                "缺少姓名",
                "the name is missing",
            );
            continue;
        };
        let point = candidate.geometry.as_ref().and_then(middle);
        let community = candidate
            .community
            .as_deref()
            .and_then(|text| shared.resolver.community(row, Some(text), point).ok());
        let compound = finder
            .find(&candidate, community)
            .or_else(|| point.and_then(|point| finder.around(point)));
        let Some(at) = compound else {
            wait(
                batch,
                &candidate,
                ImportKind::Housekeepers,
                community,
                shared,
            );
            continue;
        };
        let compound = &shared.rows.compounds[at];
        let natural_key = candidate.code.as_deref().map_or_else(
            || {
                format!(
                    "{}@{}",
                    crate::formats::values::normalise_name(&name),
                    compound.natural_key
                )
            },
            |code| format!("code:{code}"),
        );
        if let Some(first) = seen.get(&natural_key) {
            let first = *first;
            refuse(
                batch,
                row,
                "duplicate_row",
                format!("与第 {first} 行是同一人（同一小区同名，或编号相同）"),
                format!(
                    "the same person as row {first} (equal name in one compound, or equal code)"
                ),
            );
            continue;
        }
        seen.insert(natural_key.clone(), row);
        let before = existing.get(natural_key.as_str()).copied();
        let identity = before.map_or_else(|| HousekeeperId::new(id()), |keeper| keeper.id);
        let birth_date = candidate.birth_date.map(|day| day.to_string());
        let sealed =
            seal(shared, identity, PRIVATE_PHONE, candidate.phone.as_deref()).and_then(|phone| {
                Ok((
                    phone,
                    seal(shared, identity, BIRTH_DATE, birth_date.as_deref())?,
                ))
            });
        let (private_phone, birth_date) = match sealed {
            Ok(sealed) => sealed,
            Err(error) => {
                let (zh, en) = error.texts();
                refuse(batch, row, "fields_locked", zh, en);
                continue;
            }
        };
        let after = Housekeeper {
            id: identity,
            natural_key,
            code: candidate.code.clone(),
            name,
            community: compound.community,
            duty_phone: candidate
                .duty_phone
                .clone()
                .or_else(|| before.and_then(|k| k.duty_phone.clone())),
            private_phone: private_phone.or_else(|| before.and_then(|k| k.private_phone.clone())),
            birth_date: birth_date.or_else(|| before.and_then(|k| k.birth_date.clone())),
            consent: candidate.consent.or_else(|| before.and_then(|k| k.consent)),
            residence: before.and_then(|k| k.residence),
            source: Some(shared.source.clone()),
            import: Some(shared.import),
        };
        let kind = if candidate.part_time {
            AppointmentKind::PartTime
        } else {
            AppointmentKind::FullTime
        };
        let post = posts.get(&after.id).copied();
        if post.is_none_or(|post| post.compound != Some(compound.id) || post.kind != kind) {
            batch.appointments.push(Appointment {
                id: post.map_or_else(|| AppointmentId::new(id()), |post| post.id),
                district_code: compound.community.district_code(),
                housekeeper: after.id,
                compound: Some(compound.id),
                kind,
                start: candidate
                    .start
                    .or(post.map(|post| post.start))
                    .unwrap_or(shared.today),
                end: None,
            });
        }
        keep(
            &mut batch.counts,
            before,
            after,
            |a, b| {
                let ignore = |keeper: &Housekeeper| Housekeeper {
                    import: None,
                    source: None,
                    ..keeper.clone()
                };
                ignore(a) == ignore(b)
            },
            &mut batch.housekeepers,
        );
    }
}

/// Seals a field of a housekeeper, when the row brings it.
fn seal(
    shared: &Shared<'_>,
    of: HousekeeperId,
    field: &str,
    clear: Option<&str>,
) -> Result<Option<Sealed>> {
    clear
        .map(|clear| shared.keys.seal(field, &of.to_string(), clear))
        .transpose()
        .map(|sealed| sealed.map(Sealed::stored))
}
