//! What the units of a street weigh: their households, or the visits that these ask for in a month.
//!
//! The engine knows one weight and one target in the same measure: where visits are weighed, everything that is said
//! in households is scaled by the street's visits per household, so that targets, seats and deviations stay
//! comparable. Invariant: a street weighs the same whoever asks and whichever part of it is drawn.

use super::Request;
use crate::domain::visit::{Home, told};
use crate::domain::{BuildingId, RegionCode, Unit, WeighBy};
use crate::storage::TierRow;
use std::collections::{HashMap, HashSet};

/// Households by tier, as they were noted.
pub(in crate::services) type Tiers = HashMap<BuildingId, TierRow>;

/// Visits of one unit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked {
    /// Visits a month.
    pub visits: u32,
    /// It has households, but nobody noted their tiers.
    pub untiered: bool,
}

/// The loads of a street.
pub(super) struct Loads {
    of: HashMap<Unit, Asked>,
    /// Visits and households of the units whose households are known.
    visits: u64,
    households: u64,
    by: WeighBy,
}

impl Loads {
    pub fn of(request: &Request<'_>) -> Self {
        let (rows, street) = (request.rows, request.street);
        let with_buildings: HashSet<_> = (rows.buildings.iter())
            .filter_map(|building| building.compound)
            .collect();
        let buildings = (rows.buildings.iter())
            .filter(|building| street.contains(building.community))
            .map(|building| {
                let tiers = request.tiers.get(&building.id).map(|row| row.tiers);
                let home = |community: RegionCode| Home {
                    compound: building.compound,
                    community,
                    households: building.households.count,
                    tiers,
                };
                (Unit::Building(building.id), home(building.community))
            });
        let compounds = (rows.compounds.iter())
            .filter(|compound| street.contains(compound.community))
            .filter(|compound| !with_buildings.contains(&compound.id))
            .map(|compound| {
                let home = Home {
                    compound: Some(compound.id),
                    community: compound.community,
                    households: compound.households.count,
                    tiers: None,
                };
                (Unit::Compound(compound.id), home)
            });
        let mut all: Vec<(Unit, Home)> = buildings.chain(compounds).collect();
        // Rows come in any order; shares must not depend on it.
        all.sort_by_key(|(unit, _)| *unit);
        let (units, homes): (Vec<Unit>, Vec<Home>) = all.into_iter().unzip();
        let mut loads = Self {
            of: HashMap::with_capacity(units.len()),
            visits: 0,
            households: 0,
            by: request.settings.weigh_by,
        };
        for ((unit, home), tiers) in units.into_iter().zip(&homes).zip(told(&homes)) {
            let visits = tiers.unwrap_or_default().load_a_month(home.households);
            if let Some(households) = home.households {
                loads.visits += visits;
                loads.households += u64::from(households);
            }
            let asked = Asked {
                visits: u32::try_from(visits).unwrap_or(u32::MAX),
                untiered: tiers.is_none() && home.households.is_some_and(|n| n > 0),
            };
            loads.of.insert(unit, asked);
        }
        loads
    }

    /// Visits of a unit.
    pub fn asked(&self, unit: Unit) -> Asked {
        self.of.get(&unit).copied().unwrap_or_default()
    }

    /// What a unit weighs.
    pub fn load(&self, unit: Unit, households: u32) -> u32 {
        match self.by {
            WeighBy::Households => households,
            WeighBy::Visits => self.asked(unit).visits,
        }
    }

    /// What so many ordinary households of the street weigh.
    pub fn of_households(&self, households: u32) -> u32 {
        if self.by == WeighBy::Households || self.households == 0 {
            return households;
        }
        let scaled = u128::from(households) * u128::from(self.visits) * 2;
        let of = u128::from(self.households);
        u32::try_from((scaled + of) / (2 * of)).unwrap_or(u32::MAX)
    }
}
