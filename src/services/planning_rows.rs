//! The rows of one street at a time: a plan of a whole city must not look through the city for each street.
//!
//! Invariant: a street's rows hold every building of its compounds, also those that lie in another street.

use super::picture::{Picture, Rows};
use crate::domain::{
    Appointment, Barrier, Building, Compound, CompoundId, Gate, Grid, Region, RegionCode,
    RegionLevel,
};
use crate::spatial::BBox;
use geo_types::Geometry;
use std::collections::{HashMap, HashSet};

/// Barriers farther than this from all units of a street decide nothing, metres.
const BARRIER_REACH_M: f64 = 2_000.0;

/// Where the rows come from: the store's own, or a picture's.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    version: u64,
    synthetic: bool,
    regions: &'a [Region],
    grids: &'a [Grid],
    compounds: &'a [Compound],
    buildings: &'a [Building],
    barriers: &'a [Barrier],
    gates: &'a [Gate],
    appointments: &'a [Appointment],
}

macro_rules! source {
    ($from:ty) => {
        impl<'a> From<&'a $from> for Source<'a> {
            fn from(all: &'a $from) -> Self {
                Self {
                    version: all.version,
                    synthetic: all.synthetic,
                    regions: &all.regions,
                    grids: &all.grids,
                    compounds: &all.compounds,
                    buildings: &all.buildings,
                    barriers: &all.barriers,
                    gates: &all.gates,
                    appointments: &all.appointments,
                }
            }
        }
    };
}
source!(Rows);
source!(Picture);

/// All rows, found by street.
pub(super) struct ByStreet<'a> {
    rows: Source<'a>,
    buildings: HashMap<RegionCode, Vec<usize>>,
    compounds: HashMap<RegionCode, Vec<usize>>,
    barriers: Vec<Option<BBox>>,
}

impl<'a> ByStreet<'a> {
    /// Sorts the rows, once.
    pub fn new(rows: impl Into<Source<'a>>) -> Self {
        let rows = rows.into();
        let street = |community: RegionCode| community.at_level(RegionLevel::Street);
        let mut compounds: HashMap<RegionCode, Vec<usize>> = HashMap::new();
        let mut street_of_compound: HashMap<CompoundId, RegionCode> = HashMap::new();
        for (at, compound) in rows.compounds.iter().enumerate() {
            if let Some(street) = street(compound.community) {
                compounds.entry(street).or_default().push(at);
                street_of_compound.insert(compound.id, street);
            }
        }
        let mut buildings: HashMap<RegionCode, Vec<usize>> = HashMap::new();
        for (at, building) in rows.buildings.iter().enumerate() {
            let own = street(building.community);
            let other = building
                .compound
                .and_then(|id| street_of_compound.get(&id).copied())
                .filter(|other| Some(*other) != own);
            for street in own.into_iter().chain(other) {
                buildings.entry(street).or_default().push(at);
            }
        }
        let barriers = rows
            .barriers
            .iter()
            .map(|barrier| BBox::of_geometry(&barrier.geometry))
            .collect();
        Self {
            rows,
            buildings,
            compounds,
            barriers,
        }
    }

    /// Streets inside `region` that hold anything; the street of a community.
    pub fn streets(&self, region: RegionCode) -> Vec<RegionCode> {
        let within = |street: &RegionCode| {
            region.contains(*street) || region.at_level(RegionLevel::Street) == Some(*street)
        };
        let mut streets: Vec<RegionCode> = self
            .buildings
            .keys()
            .chain(self.compounds.keys())
            .copied()
            .filter(within)
            .collect();
        streets.sort_unstable();
        streets.dedup();
        streets
    }

    /// What a plan of `street` needs; the plans themselves stay behind.
    pub fn rows_of(&self, street: RegionCode) -> Rows {
        let all = self.rows;
        let at =
            |of: &HashMap<RegionCode, Vec<usize>>| of.get(&street).cloned().unwrap_or_default();
        let compounds: Vec<_> = at(&self.compounds)
            .into_iter()
            .map(|at| all.compounds[at].clone())
            .collect();
        let buildings: Vec<_> = at(&self.buildings)
            .into_iter()
            .map(|at| all.buildings[at].clone())
            .collect();
        let known: HashSet<CompoundId> = compounds.iter().map(|compound| compound.id).collect();
        let held = |compound: Option<CompoundId>| compound.is_some_and(|id| known.contains(&id));
        let geometries = compounds.iter().map(|compound| &compound.geometry);
        let footprints = buildings.iter().map(|building| &building.footprint);
        let reach = reach(geometries.chain(footprints));
        let barriers = all
            .barriers
            .iter()
            .zip(&self.barriers)
            .filter(|(_, bounds)| match (reach, bounds) {
                (Some(reach), Some(bounds)) => reach.intersects(*bounds),
                _ => true,
            })
            .map(|(barrier, _)| barrier.clone())
            .collect();
        Rows {
            version: all.version,
            synthetic: all.synthetic,
            regions: all
                .regions
                .iter()
                .filter(|region| street.contains(region.code))
                .cloned()
                .collect(),
            grids: all
                .grids
                .iter()
                .filter(|grid| street.contains(grid.community))
                .cloned()
                .collect(),
            gates: all
                .gates
                .iter()
                .filter(|gate| held(gate.compound))
                .cloned()
                .collect(),
            appointments: all
                .appointments
                .iter()
                .filter(|appointment| held(appointment.compound))
                .cloned()
                .collect(),
            compounds,
            buildings,
            barriers,
            ..Rows::default()
        }
    }
}

fn reach<'a>(geometries: impl Iterator<Item = &'a Geometry<f64>>) -> Option<BBox> {
    geometries
        .filter_map(BBox::of_geometry)
        .reduce(BBox::union)
        .map(|bounds| bounds.expand_m(BARRIER_REACH_M))
}
