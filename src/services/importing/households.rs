//! Households of buildings where nobody counted them: shares of a known total, or estimates.
//!
//! Runs after every import over the compounds and buildings that it touched. Counted figures are never changed.

use crate::domain::{
    Building, Compound, CompoundId, HouseholdBasis, HouseholdCount, NoHomes, households_by_floor_area,
    spread, storeys,
};
use geo::GeodesicArea;
use std::collections::{BTreeMap, HashMap};

/// What was derived.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Derived {
    /// Buildings that got a share of their compound's total.
    pub spread: u64,
    /// Buildings whose households were estimated by floor area.
    pub estimated: u64,
    /// Buildings that hold none, by reason.
    pub none: BTreeMap<&'static str, u64>,
    /// Compounds whose buildings already have more households than the compound.
    pub overfull: Vec<CompoundId>,
}

/// Footprint area in square metres, if the building has a footprint.
pub fn footprint_m2(building: &Building) -> Option<f64> {
    let area = building.footprint.geodesic_area_unsigned();
    (area > 0.0).then_some(area)
}

/// Fills in the households of buildings that have none counted. Returns what changed, by index.
pub fn derive(
    buildings: &mut [Building],
    compounds: &[Compound],
    m2_per_household: f64,
) -> (Derived, Vec<usize>) {
    let totals: HashMap<CompoundId, &Compound> = compounds
        .iter()
        .filter(|compound| compound.households.count.is_some() && !compound.households.estimated)
        .map(|compound| (compound.id, compound))
        .collect();
    let mut derived = Derived::default();
    let mut changed = Vec::new();
    let mut of_compound: BTreeMap<CompoundId, Vec<usize>> = BTreeMap::new();
    for (at, building) in buildings.iter().enumerate() {
        if let Some(id) = building.compound.filter(|id| totals.contains_key(id)) {
            of_compound.entry(id).or_default().push(at);
        }
    }
    for (id, members) in &of_compound {
        let compound = totals[id];
        let counted = |at: &&usize| {
            let households = &buildings[**at].households;
            households.count.is_some() && !households.estimated
        };
        let known: u64 = members
            .iter()
            .filter(counted)
            .map(|at| u64::from(buildings[*at].households.count.unwrap_or(0)))
            .sum();
        let open: Vec<usize> = members.iter().filter(|at| !counted(at)).copied().collect();
        if open.is_empty() {
            continue;
        }
        let total = u64::from(compound.households.count.unwrap_or(0));
        if known > total {
            derived.overfull.push(*id);
        }
        let volumes: Vec<f64> = open
            .iter()
            .map(|at| {
                let building = &buildings[*at];
                let floors = storeys(building.floors.map(u32::from), building.height_m).unwrap_or(1);
                footprint_m2(building).unwrap_or(1.0) * f64::from(floors.max(1))
            })
            .collect();
        let parts = spread(total.saturating_sub(known) as u32, &volumes);
        for (at, part) in open.into_iter().zip(parts) {
            derived.spread += 1;
            let share = HouseholdCount {
                count: Some(part),
                basis: compound.households.basis,
                estimated: true,
                as_of: compound.households.as_of,
                source: Some("share_of_compound".into()),
            };
            set(buildings, at, share, &mut changed);
        }
    }
    for at in 0..buildings.len() {
        let building = &buildings[at];
        let has_total = building.compound.is_some_and(|id| totals.contains_key(&id));
        let counted = building.households.count.is_some() && !building.households.estimated;
        if has_total || counted {
            continue;
        }
        let floors = storeys(building.floors.map(u32::from), building.height_m);
        let (count, source) = match households_by_floor_area(footprint_m2(building), floors, m2_per_household) {
            Ok(count) => {
                derived.estimated += 1;
                (Some(count), "floor_area")
            }
            // A point or a building of unknown height is unknown, not empty.
            Err(reason @ (NoHomes::NoFootprint | NoHomes::HeightUnknown)) => {
                *derived.none.entry(reason.code()).or_default() += 1;
                (None, reason.code())
            }
            Err(reason) => {
                *derived.none.entry(reason.code()).or_default() += 1;
                (Some(0), reason.code())
            }
        };
        let estimate = HouseholdCount {
            count,
            basis: HouseholdBasis::Estimated,
            estimated: count.is_some(),
            as_of: None,
            source: Some(source.into()),
        };
        set(buildings, at, estimate, &mut changed);
    }
    changed.sort_unstable();
    (derived, changed)
}

fn set(buildings: &mut [Building], at: usize, households: HouseholdCount, changed: &mut Vec<usize>) {
    if buildings[at].households != households {
        buildings[at].households = households;
        changed.push(at);
    }
}
