//! Housekeepers and their appointments.

use super::common::{Batch, Shared, id, keep, middle, refuse, wait, warn};
use super::compound_finder::CompoundFinder;
use crate::domain::{
    Appointment, AppointmentId, AppointmentKind, Building, BuildingId, CompoundId, EndReason,
    Housekeeper, HousekeeperId, ImportKind, PartTimeCategory, Sealed, Terms,
};
use crate::formats::values;
use crate::services::error::Result;
use crate::services::importing::candidate::Candidate;
use crate::services::keys::{BIRTH_DATE, PARTY_JOIN_DATE, PRIVATE_PHONE};
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
    let homes = Homes::new(&shared.rows.buildings);
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
        let joined = candidate.party_joined.map(|day| day.to_string());
        let seal_all = || -> Result<_> {
            Ok((
                seal(shared, identity, PRIVATE_PHONE, candidate.phone.as_deref())?,
                seal(shared, identity, BIRTH_DATE, birth_date.as_deref())?,
                seal(shared, identity, PARTY_JOIN_DATE, joined.as_deref())?,
            ))
        };
        let (private_phone, birth_date, party_join_date) = match seal_all() {
            Ok(sealed) => sealed,
            Err(error) => {
                let (zh, en) = error.texts();
                refuse(batch, row, "fields_locked", zh, en);
                continue;
            }
        };
        let home = candidate
            .residence
            .as_deref()
            .and_then(|text| homes.find(compound.id, text));
        if let Some(text) = candidate.residence.as_deref()
            && home.is_none()
        {
            warn(
                batch,
                row,
                "residence_not_found",
                format!(
                    "居住楼栋“{text}”不在小区“{}”的楼栋表中，已留空",
                    compound.name
                ),
                format!(
                    "the building of residence “{text}” is none of the compound {}; left empty",
                    compound.name
                ),
            );
        }
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
            party_join_date: party_join_date
                .or_else(|| before.and_then(|k| k.party_join_date.clone())),
            consent: candidate.consent.or_else(|| before.and_then(|k| k.consent)),
            residence: home.or_else(|| before.and_then(|k| k.residence)),
            source: Some(shared.source.clone()),
            import: Some(shared.import),
        };
        post(
            &candidate,
            posts.get(&after.id).copied(),
            &after,
            compound.id,
            shared,
            batch,
        );
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

/// The appointment of a row: as it is, corrected, ended, or followed by another. Where somebody served before is never
/// overwritten.
fn post(
    candidate: &Candidate,
    now: Option<&Appointment>,
    keeper: &Housekeeper,
    compound: CompoundId,
    shared: &Shared<'_>,
    batch: &mut Batch,
) {
    let kind = if candidate.part_time {
        AppointmentKind::PartTime
    } else {
        AppointmentKind::FullTime
    };
    let category = candidate.category.as_deref().and_then(category);
    if let Some(text) = candidate.category.as_deref()
        && category.is_none()
    {
        let known: Vec<&str> = PartTimeCategory::ALL
            .iter()
            .map(|one| one.label_zh())
            .collect();
        warn(
            batch,
            candidate.row,
            "category_unknown",
            format!("兼职类别“{text}”不认识，已留空；可用：{}", known.join("、")),
            format!(
                "the category “{text}” is not known; left empty. Known: {}",
                known.join(", ")
            ),
        );
    }
    let terms = |before: Terms| Terms {
        category: category.or(before.category),
        capacity: candidate.capacity.or(before.capacity),
        term_end: candidate.term_end.or(before.term_end),
        end_reason: before.end_reason,
    };
    let district_code = keeper.community.district_code();
    let fresh = |start| Appointment {
        id: AppointmentId::new(id()),
        district_code,
        housekeeper: keeper.id,
        compound: Some(compound),
        kind,
        start,
        end: candidate.end.filter(|end| *end >= start),
        terms: terms(Terms::default()),
    };
    let Some(before) = now else {
        batch
            .appointments
            .push(fresh(candidate.start.unwrap_or(shared.today)));
        return;
    };
    if before.compound == Some(compound) && before.kind == kind {
        let same = Appointment {
            end: candidate
                .end
                .filter(|end| *end >= before.start)
                .or(before.end),
            terms: terms(before.terms.clone()),
            ..before.clone()
        };
        if same != *before {
            batch.appointments.push(same);
        }
        return;
    }
    let start = candidate.start.unwrap_or(shared.today);
    if start <= before.start {
        // It was entered wrong from the first day.
        batch.appointments.push(Appointment {
            id: before.id,
            ..fresh(start)
        });
        return;
    }
    batch.appointments.push(Appointment {
        end: start.pred_opt(),
        terms: Terms {
            end_reason: Some(EndReason::Moved),
            ..before.terms.clone()
        },
        ..before.clone()
    });
    batch.appointments.push(fresh(start));
}

/// A category by its word or label.
fn category(text: &str) -> Option<PartTimeCategory> {
    PartTimeCategory::ALL
        .iter()
        .copied()
        .find(|one| text == one.as_str() || text.contains(one.label_zh()))
}

/// Buildings by code, and by name within their compound.
struct Homes<'a> {
    by_code: HashMap<&'a str, BuildingId>,
    by_name: HashMap<(CompoundId, String), BuildingId>,
}

impl<'a> Homes<'a> {
    fn new(buildings: &'a [Building]) -> Self {
        let named = |building: &Building| {
            let key = (building.compound?, plain(building.name.as_deref()?));
            Some((key, building.id))
        };
        Self {
            by_code: buildings
                .iter()
                .filter_map(|building| Some((building.code.as_deref()?, building.id)))
                .collect(),
            by_name: buildings.iter().filter_map(named).collect(),
        }
    }

    fn find(&self, compound: CompoundId, text: &str) -> Option<BuildingId> {
        let named = || self.by_name.get(&(compound, plain(text)));
        self.by_code.get(text).or_else(named).copied()
    }
}

/// `3号楼`, `3#`, `三幢` are one name.
fn plain(name: &str) -> String {
    values::building_name(name)
        .value
        .map_or_else(|| values::normalise_name(name), |name| name.building)
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
