//! The picture: all rows of the database and the atlas built from them, immutable, swapped whole.
//!
//! It serves every read, so a database restart does not disturb readers.
//! Invariant: everything in one picture belongs to one data version.

use super::atlas_input;
use crate::atlas::{AreaColumn, Atlas};
use crate::domain::access::Place;
use crate::domain::organisation::Organisation;
use crate::domain::roster::{Cover, Leave};
use crate::domain::{
    Appointment, AppointmentId, AreaId, AreaKeeper, Assignment, Backdrop, Barrier, Building,
    BuildingId, Compound, CompoundId, CompoundLoad, CompoundQuota, Coverage, Gate, Grid, GridId,
    HouseholdBasis, Housekeeper, HousekeeperId, PatrolArea, Plan, PlanId, PolicyBook, Portrait,
    Problem, PublicContact, QuotaPolicy, Region, RegionCode, RegionLevel, ScopedPolicy, Unit,
};
use crate::heat::{HexPoints, MIN_NEIGHBOURS, NEIGHBOUR_M, Neighbours, Resolution};
use crate::spatial::{BBox, remoteness_m};
use chrono::{DateTime, NaiveDate, Utc};
use geo::Centroid;
use geo_types::Geometry;
use moka::sync::Cache;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use uuid::Uuid;

/// Number of the next picture.
static SERIAL: AtomicU64 = AtomicU64::new(1);

/// Cells of a tenth of a square kilometre, about as large as a compound.
pub const HEXAGONS: Resolution = Resolution::Nine;

/// Sets of places whose neighbours are kept: what one sees of a district, by compound, grid, community, hexagon.
const NEIGHBOURHOODS: u64 = 16;

/// No area.
pub const NO_AREA: u32 = u32::MAX;

/// All rows of one data version, as the store gave them.
#[derive(Debug, Default)]
pub struct Rows {
    /// Data version.
    pub version: u64,
    /// Whether the data are synthetic.
    pub synthetic: bool,
    /// Regions.
    pub regions: Vec<Region>,
    /// Statutory grids.
    pub grids: Vec<Grid>,
    /// Compounds.
    pub compounds: Vec<Compound>,
    /// Buildings.
    pub buildings: Vec<Building>,
    /// Barriers.
    pub barriers: Vec<Barrier>,
    /// Roads, parks and the like, drawn under the data.
    pub backdrops: Vec<Backdrop>,
    /// Gates.
    pub gates: Vec<Gate>,
    /// Housekeepers.
    pub housekeepers: Vec<Housekeeper>,
    /// Appointments.
    pub appointments: Vec<Appointment>,
    /// Whom residents can reach, by region code or identity of a compound.
    pub contacts: HashMap<String, PublicContact>,
    /// Who covers for whom, of all times.
    pub covers: Vec<Cover>,
    /// Days off, of all times.
    pub leaves: Vec<Leave>,
    /// Photos of keepers, without their pixels.
    pub portraits: Vec<Portrait>,
    /// Secretaries of compounds, of all times.
    pub secretaries: Vec<Organisation>,
    /// Plans with their areas, assignments and keepers.
    pub plans: Vec<PlanRows>,
    /// Quota policies of all times.
    pub quota_policies: Vec<ScopedPolicy>,
    /// Quotas that were worked out over more than these rows: a part of a street alone would round differently.
    pub known_quotas: HashMap<CompoundId, CompoundQuota>,
    /// What is stored but not served, with the reason.
    pub problems: Vec<Problem>,
}

/// A plan with everything that belongs to it.
#[derive(Debug)]
pub struct PlanRows {
    /// The plan.
    pub plan: Plan,
    /// Its areas.
    pub areas: Vec<PatrolArea>,
    /// Its assignments.
    pub assignments: Vec<Assignment>,
    /// Who serves which area.
    pub keepers: Vec<AreaKeeper>,
    /// Areas whose households the reader is not told; empty for who sees everything.
    pub hidden: HashSet<AreaId>,
}

/// A plan, indexed.
#[derive(Debug)]
pub struct PlanPicture {
    /// The plan.
    pub plan: Plan,
    /// Its areas, by number.
    pub areas: Vec<PatrolArea>,
    /// Area index by building index; [`NO_AREA`] for none.
    pub area_of_building: AreaColumn,
    /// Area index by compound index, where the compound is the unit; [`NO_AREA`] for none.
    pub area_of_compound: AreaColumn,
    /// Appointments by area index.
    pub keepers: Vec<Vec<AppointmentId>>,
    /// Areas, by index, whose households this reader is not told: too few, or seen in part only.
    pub hidden_households: HashSet<usize>,
    /// Zones with such an area: their target and the deviations from it are not told either.
    pub hidden_targets: HashSet<u32>,
    /// Whether the plan is behind the data, where this reader cannot find out by counting.
    pub stale: Option<bool>,
}

/// One data version in memory.
pub struct Picture {
    /// Data version.
    pub version: u64,
    /// When it was read.
    pub as_of: DateTime<Utc>,
    /// The day of staffing figures.
    pub today: NaiveDate,
    /// Whether the data are synthetic.
    pub synthetic: bool,
    /// Regions by code.
    pub regions: Vec<Region>,
    /// Statutory grids.
    pub grids: Vec<Grid>,
    /// Compounds.
    pub compounds: Vec<Compound>,
    /// Buildings.
    pub buildings: Vec<Building>,
    /// Barriers.
    pub barriers: Vec<Barrier>,
    /// Roads, parks and the like, drawn under the data.
    pub backdrops: Vec<Backdrop>,
    /// Gates.
    pub gates: Vec<Gate>,
    /// Housekeepers.
    pub housekeepers: Vec<Housekeeper>,
    /// Appointments.
    pub appointments: Vec<Appointment>,
    /// Who covers for whom, of all times.
    pub covers: Vec<Cover>,
    /// Days off, of all times.
    pub leaves: Vec<Leave>,
    /// Photos of keepers, without their pixels.
    pub portraits: HashMap<HousekeeperId, Portrait>,
    /// Secretaries of compounds, of all times.
    pub secretaries: HashMap<CompoundId, Vec<Organisation>>,
    /// Whom residents can reach, by region code or identity of a compound.
    pub contacts: HashMap<String, PublicContact>,
    /// Plans, newest first.
    pub plans: Vec<PlanPicture>,
    /// Quota of each compound, in their order.
    pub quotas: Vec<CompoundQuota>,
    /// The policies behind the quotas.
    pub policies: PolicyBook,
    /// What is stored but not served.
    pub problems: Vec<Problem>,
    /// The spatial part.
    pub atlas: Atlas,
    /// Tells pictures apart, also those that show one version to different people.
    pub serial: u64,
    /// Whether the reader may know how many keepers are required and in post.
    pub shows_staffing: bool,
    /// Names of regions that hold what is shown without being shown themselves.
    pub names_beyond: HashMap<RegionCode, String>,
    region_at: HashMap<RegionCode, usize>,
    grid_at: HashMap<GridId, usize>,
    compound_at: HashMap<CompoundId, usize>,
    building_at: HashMap<BuildingId, usize>,
    housekeeper_at: HashMap<HousekeeperId, usize>,
    appointment_at: HashMap<AppointmentId, usize>,
    plan_at: HashMap<PlanId, usize>,
    buildings_of_compound: HashMap<CompoundId, Vec<usize>>,
    bounds: OnceLock<HashMap<RegionCode, BBox>>,
    hexagons: OnceLock<HexPoints>,
    neighbours: Cache<Vec<[u64; 2]>, Option<Arc<Neighbours>>>,
    coverage: OnceLock<HashMap<RegionCode, Coverage>>,
    doors: OnceLock<HashMap<String, usize>>,
    keepers_of_compound: OnceLock<HashMap<CompoundId, Vec<HousekeeperId>>>,
}

impl Picture {
    /// Builds the picture of `rows` as of `now`; staffing is counted on `today`, by `policy` where no stored one holds.
    pub fn build(
        mut rows: Rows,
        policy: QuotaPolicy,
        now: DateTime<Utc>,
        today: NaiveDate,
    ) -> Self {
        rows.regions.sort_by_key(|region| region.code);
        rows.plans
            .sort_by_key(|plan| (std::cmp::Reverse(plan.plan.created_at), plan.plan.id));
        let compound_at = index(&rows.compounds, |compound| compound.id);
        let building_at = index(&rows.buildings, |building| building.id);
        let mut buildings_of_compound: HashMap<CompoundId, Vec<usize>> = HashMap::new();
        for (at, building) in rows.buildings.iter().enumerate() {
            if let Some(compound) = building.compound {
                buildings_of_compound.entry(compound).or_default().push(at);
            }
        }
        let loads = compound_loads(&rows, &compound_at, &buildings_of_compound, today);
        let policies = PolicyBook::new(policy, std::mem::take(&mut rows.quota_policies));
        let mut quotas = policies.quotas(&loads, today);
        for quota in &mut quotas {
            if let Some(known) = rows.known_quotas.remove(&quota.id) {
                *quota = known;
            }
        }
        let sizes = [rows.buildings.len(), rows.compounds.len()];
        let plans: Vec<PlanPicture> = std::mem::take(&mut rows.plans)
            .into_iter()
            .map(|plan| PlanPicture::build(plan, sizes, &building_at, &compound_at))
            .collect();
        let atlas = atlas_input::build(&rows, &plans, &quotas, now);
        let mut secretaries: HashMap<CompoundId, Vec<Organisation>> = HashMap::new();
        for one in rows.secretaries {
            secretaries.entry(one.compound).or_default().push(one);
        }
        Self {
            version: rows.version,
            as_of: now,
            today,
            synthetic: rows.synthetic,
            region_at: index(&rows.regions, |region| region.code),
            grid_at: index(&rows.grids, |grid| grid.id),
            housekeeper_at: index(&rows.housekeepers, |keeper| keeper.id),
            appointment_at: index(&rows.appointments, |appointment| appointment.id),
            plan_at: index(&plans, |plan| plan.plan.id),
            compound_at,
            building_at,
            buildings_of_compound,
            bounds: OnceLock::new(),
            hexagons: OnceLock::new(),
            neighbours: Cache::new(NEIGHBOURHOODS),
            coverage: OnceLock::new(),
            keepers_of_compound: OnceLock::new(),
            regions: rows.regions,
            grids: rows.grids,
            compounds: rows.compounds,
            buildings: rows.buildings,
            barriers: rows.barriers,
            backdrops: rows.backdrops,
            gates: rows.gates,
            housekeepers: rows.housekeepers,
            appointments: rows.appointments,
            covers: rows.covers,
            leaves: rows.leaves,
            portraits: rows
                .portraits
                .into_iter()
                .map(|one| (one.keeper, one))
                .collect(),
            secretaries,
            contacts: rows.contacts,
            doors: OnceLock::new(),
            plans,
            quotas,
            policies,
            problems: rows.problems,
            atlas,
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            shows_staffing: true,
            names_beyond: HashMap::new(),
        }
    }

    /// A plan that is not among those of the picture, indexed like them.
    pub fn plan_picture(&self, rows: PlanRows) -> PlanPicture {
        let sizes = [self.buildings.len(), self.compounds.len()];
        PlanPicture::build(rows, sizes, &self.building_at, &self.compound_at)
    }

    /// The region with this code.
    pub fn region(&self, code: RegionCode) -> Option<&Region> {
        self.region_at.get(&code).map(|at| &self.regions[*at])
    }

    /// The code that stands for a code today, when its community was merged or renumbered.
    pub fn heir(&self, code: RegionCode) -> RegionCode {
        crate::domain::heir(code, |code| self.region(code)?.successor)
    }

    /// Name of a region, or its code when it is not known.
    pub fn region_name(&self, code: RegionCode) -> String {
        self.region(code)
            .map(|region| region.name.clone())
            .or_else(|| self.names_beyond.get(&code).cloned())
            .unwrap_or_else(|| code.to_string())
    }

    /// Index of a compound.
    pub fn compound_index(&self, id: CompoundId) -> Option<usize> {
        self.compound_at.get(&id).copied()
    }

    /// Index of a building.
    pub fn building_index(&self, id: BuildingId) -> Option<usize> {
        self.building_at.get(&id).copied()
    }

    /// Name of a compound; empty when it is not known.
    pub fn compound_name(&self, id: CompoundId) -> &str {
        self.compound_index(id)
            .map_or("", |at| self.compounds[at].name.as_str())
    }

    /// Name of a building for people: its compound's and its own.
    pub fn building_name(&self, building: &Building) -> String {
        let of = building.compound.map_or("", |id| self.compound_name(id));
        format!("{of}{}", building.name.as_deref().unwrap_or(""))
    }

    /// Where a compound lies, whose it is, and who is appointed to it today: what scopes ask.
    pub fn place_of_compound(&self, at: usize) -> Place {
        let compound = &self.compounds[at];
        let keepers = self.keepers_of_compound.get_or_init(|| {
            let mut keepers: HashMap<CompoundId, Vec<HousekeeperId>> = HashMap::new();
            for one in self.appointments.iter().filter(|a| a.active_on(self.today)) {
                if let Some(id) = one.compound {
                    keepers.entry(id).or_default().push(one.housekeeper);
                }
            }
            keepers
        });
        Place {
            region: Some(compound.community),
            compound: Some(compound.id),
            company: compound.property_company.clone(),
            keepers: keepers.get(&compound.id).cloned().unwrap_or_default(),
        }
    }

    /// The same for a building, by its compound where it has one.
    pub fn place_of_building(&self, at: usize) -> Place {
        let building = &self.buildings[at];
        let compound = building.compound.and_then(|id| self.compound_index(id));
        Place {
            region: Some(building.community),
            ..compound.map_or_else(Place::default, |at| self.place_of_compound(at))
        }
    }

    /// The cell of every building's centroid, in the order of the buildings; found when somebody asks.
    pub fn hexagons(&self) -> &HexPoints {
        self.hexagons.get_or_init(|| {
            let middle = |building: &Building| {
                let middle = building.footprint.centroid()?;
                Some([middle.x(), middle.y()])
            };
            HexPoints::new(self.buildings.iter().map(middle), HEXAGONS)
        })
    }

    /// Who is near whom among features at (x, y) metres of one plane, for Gi*. Kept for the sets of places that people
    /// look at: a filter changes the values, hardly ever the places. `None` when a coordinate is not finite.
    pub fn neighbours(&self, points_m: &[[f64; 2]]) -> Option<Arc<Neighbours>> {
        let key = points_m.iter().map(|point| point.map(f64::to_bits));
        self.neighbours.get_with(key.collect(), || {
            Neighbours::new(points_m, NEIGHBOUR_M, MIN_NEIGHBOURS).map(Arc::new)
        })
    }

    /// A grid by its id.
    pub fn grid(&self, id: GridId) -> Option<&Grid> {
        self.grid_at.get(&id).map(|at| &self.grids[*at])
    }

    /// A plan by its id.
    pub fn plan(&self, id: PlanId) -> Option<&PlanPicture> {
        self.plan_at.get(&id).map(|at| &self.plans[*at])
    }

    /// The short word of a building in public addresses, such as the one that the code on its door leads to: its own
    /// code where that can stand in an address, else the end of its identity. It changes only when the code does.
    pub fn door(&self, at: usize) -> String {
        let building = &self.buildings[at];
        let code = building
            .code
            .as_deref()
            .filter(|code| stands_in_address(code));
        code.map_or_else(
            || format!("{:012x}", building.id.uuid().as_u128() & 0xffff_ffff_ffff),
            str::to_owned,
        )
    }

    /// The building with this word, or this identity.
    pub fn building_of_door(&self, word: &str) -> Option<usize> {
        let doors = self.doors.get_or_init(|| {
            // Where two have one word, the older building keeps it.
            let mut order: Vec<usize> = (0..self.buildings.len()).collect();
            order.sort_by_key(|at| std::cmp::Reverse(self.buildings[*at].id));
            order.into_iter().map(|at| (self.door(at), at)).collect()
        });
        doors.get(word).copied().or_else(|| {
            let id = Uuid::parse_str(word).ok()?;
            self.building_index(BuildingId::new(id))
        })
    }

    /// Buildings of a compound, as indexes.
    pub fn buildings_of(&self, compound: CompoundId) -> &[usize] {
        self.buildings_of_compound
            .get(&compound)
            .map_or(&[], Vec::as_slice)
    }

    /// The plan in force for a region, at `now`.
    pub fn in_force(&self, region: RegionCode, now: DateTime<Utc>) -> Option<&PlanPicture> {
        let street = region.at_level(RegionLevel::Street)?;
        self.plans
            .iter()
            .find(|plan| plan.plan.street == street && plan.plan.in_force_at(now))
    }

    /// Version of the tiles, opaque: the data version and a fingerprint of the data, because two databases
    /// served one after the other at one address may have the same version.
    pub fn tile_version(&self) -> String {
        format!(
            "{}-{}-{:x}",
            self.version,
            crate::tiles::ENCODING,
            self.atlas.fingerprint()
        )
    }

    /// Who holds an appointment.
    pub fn holder(&self, id: AppointmentId) -> Option<(&Housekeeper, &Appointment)> {
        let appointment = &self.appointments[*self.appointment_at.get(&id)?];
        let keeper = &self.housekeepers[*self.housekeeper_at.get(&appointment.housekeeper)?];
        Some((keeper, appointment))
    }

    /// Sum of the quotas inside a region; all regions are summed at once, and once.
    pub fn coverage(&self, region: RegionCode) -> Coverage {
        let by_region = self.coverage.get_or_init(|| {
            let mut sums: HashMap<RegionCode, Coverage> = HashMap::new();
            for quota in &self.quotas {
                for code in std::iter::successors(Some(quota.community), |code| code.parent()) {
                    sums.entry(code).or_default().add(quota);
                }
            }
            sums
        });
        by_region.get(&region).copied().unwrap_or_default()
    }

    /// The policy that holds for a region today.
    pub fn policy_at(&self, region: RegionCode) -> QuotaPolicy {
        self.policies.policy_at(region, self.today)
    }

    /// What the quota knows of the compounds, in their order.
    pub fn loads(&self) -> Vec<CompoundLoad> {
        let load = |(compound, quota): (&Compound, &CompoundQuota)| CompoundLoad {
            id: compound.id,
            tie_key: tie_key(compound),
            community: compound.community,
            households: quota.households.or(quota.other_basis),
            basis: quota.basis,
            estimated: quota.estimated,
            in_post: quota.in_post,
            part_time: quota.part_time,
        };
        self.compounds.iter().zip(&self.quotas).map(load).collect()
    }

    /// Box of a region's outline; without one, of all that lies in it and is not far from the rest.
    pub fn bounds(&self, region: RegionCode) -> Option<BBox> {
        self.bounds
            .get_or_init(|| self.bounds_by_region())
            .get(&region)
            .copied()
    }

    fn bounds_by_region(&self) -> HashMap<RegionCode, BBox> {
        let compounds = self
            .compounds
            .iter()
            .filter_map(|compound| Some((compound.community, rect(&compound.geometry)?)));
        let buildings = self
            .buildings
            .iter()
            .filter_map(|building| Some((building.community, rect(&building.footprint)?)));
        let (communities, boxes): (Vec<RegionCode>, Vec<BBox>) = compounds.chain(buildings).unzip();
        // One slip of a coordinate must not zoom the map out until nothing can be seen.
        let centres: Vec<[f64; 2]> = boxes.iter().map(|bounds| bounds.centre()).collect();
        let remote = remoteness_m(&centres);
        let mut filled: HashMap<RegionCode, BBox> = HashMap::new();
        for ((community, bounds), _) in communities
            .into_iter()
            .zip(boxes)
            .zip(remote)
            .filter(|(_, remote)| remote.is_none())
        {
            for &level in RegionLevel::ALL {
                let Some(code) = community.at_level(level) else {
                    continue;
                };
                filled
                    .entry(code)
                    .and_modify(|all| *all = all.union(bounds))
                    .or_insert(bounds);
            }
        }
        for region in &self.regions {
            let outline = region.outline.clone().map(Geometry::from);
            if let Some(bounds) = outline.and_then(|outline| rect(&outline)) {
                filled.insert(region.code, bounds);
            }
        }
        filled
    }
}

impl PlanPicture {
    fn build(
        rows: PlanRows,
        [buildings, compounds]: [usize; 2],
        building_at: &HashMap<BuildingId, usize>,
        compound_at: &HashMap<CompoundId, usize>,
    ) -> Self {
        let PlanRows {
            plan,
            mut areas,
            assignments,
            keepers,
            hidden,
        } = rows;
        areas.sort_by_key(|area| area.number);
        let area_at: HashMap<AreaId, u32> = areas
            .iter()
            .enumerate()
            .map(|(at, area)| (area.id, at as u32))
            .collect();
        let (mut of_buildings, mut of_compounds) = (Vec::new(), Vec::new());
        for assignment in &assignments {
            let Some(area) = area_at.get(&assignment.area) else {
                continue;
            };
            match assignment.unit {
                Unit::Building(id) => {
                    if let Some(at) = building_at.get(&id) {
                        of_buildings.push((*at, *area));
                    }
                }
                Unit::Compound(id) => {
                    if let Some(at) = compound_at.get(&id) {
                        of_compounds.push((*at, *area));
                    }
                }
                Unit::Stairwell(_) => {}
            }
        }
        let mut by_area = vec![Vec::new(); areas.len()];
        for keeper in &keepers {
            if let Some(at) = area_at.get(&keeper.area) {
                by_area[*at as usize].push(keeper.appointment);
            }
        }
        let hidden_households: HashSet<usize> = hidden
            .iter()
            .filter_map(|id| area_at.get(id).map(|at| *at as usize))
            .collect();
        Self {
            hidden_targets: hidden_households.iter().map(|at| areas[*at].zone).collect(),
            hidden_households,
            plan,
            areas,
            area_of_building: AreaColumn::of(buildings, of_buildings.into_iter()),
            area_of_compound: AreaColumn::of(compounds, of_compounds.into_iter()),
            keepers: by_area,
            stale: None,
        }
    }

    /// Whether this reader is told the households of an area.
    pub fn tells_households(&self, at: usize) -> bool {
        !self.hidden_households.contains(&at)
    }

    /// Whether this reader is told the target of an area's zone, and so its deviation.
    pub fn tells_target(&self, area: &PatrolArea) -> bool {
        !self.hidden_targets.contains(&area.zone)
    }

    /// Place of an area among `areas`.
    pub fn area_index(&self, id: Uuid) -> Option<usize> {
        self.areas.iter().position(|area| area.id.uuid() == id)
    }

    /// Appointments of an area that are active today.
    pub fn active_keepers<'a>(
        &'a self,
        picture: &'a Picture,
        area: usize,
    ) -> impl Iterator<Item = (&'a Housekeeper, &'a Appointment)> + 'a {
        self.keepers_on(picture, area, picture.today)
    }

    /// Appointments of an area that are active on a day.
    pub fn keepers_on<'a>(
        &'a self,
        picture: &'a Picture,
        area: usize,
        day: NaiveDate,
    ) -> impl Iterator<Item = (&'a Housekeeper, &'a Appointment)> + 'a {
        self.keepers[area]
            .iter()
            .filter_map(|id| picture.holder(*id))
            .filter(move |(_, appointment)| appointment.active_on(day))
    }
}

/// Whether a code can stand in a public address as it is: short, and nothing that has to be encoded.
fn stands_in_address(code: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=40).contains(&code.len())
        && code.starts_with(|c: char| c.is_ascii_alphanumeric())
        && code.chars().all(plain)
}

/// Box of a geometry.
pub fn rect(geometry: &Geometry<f64>) -> Option<BBox> {
    BBox::of_geometry(geometry)
}

fn index<T, K: std::hash::Hash + Eq>(items: &[T], key: impl Fn(&T) -> K) -> HashMap<K, usize> {
    items
        .iter()
        .enumerate()
        .map(|(at, item)| (key(item), at))
        .collect()
}

/// What breaks ties between compounds: the code, else the natural key.
fn tie_key(compound: &Compound) -> String {
    compound
        .code
        .clone()
        .unwrap_or_else(|| compound.natural_key.clone())
}

/// Households and keepers of each compound. A compound without a total of its own has the sum of its
/// buildings, when all of them are known.
fn compound_loads(
    rows: &Rows,
    compound_at: &HashMap<CompoundId, usize>,
    buildings_of: &HashMap<CompoundId, Vec<usize>>,
    today: NaiveDate,
) -> Vec<CompoundLoad> {
    let mut in_post = vec![0u32; rows.compounds.len()];
    let mut part_time = vec![0u32; rows.compounds.len()];
    for appointment in rows.appointments.iter().filter(|a| a.active_on(today)) {
        let Some(at) = appointment.compound.and_then(|id| compound_at.get(&id)) else {
            continue;
        };
        match appointment.kind {
            crate::domain::AppointmentKind::FullTime => in_post[*at] += 1,
            crate::domain::AppointmentKind::PartTime => part_time[*at] += 1,
        }
    }
    let of_buildings = |compound: &Compound| -> Option<(u32, HouseholdBasis, bool)> {
        let buildings = buildings_of.get(&compound.id)?;
        let mut sum = 0u32;
        let mut estimated = false;
        let mut basis: Option<HouseholdBasis> = None;
        for at in buildings {
            let count = &rows.buildings[*at].households;
            sum = sum.saturating_add(count.count?);
            estimated |= count.estimated;
            // A sum over several bases counts none of them.
            let same = basis.is_none_or(|basis| basis == count.basis);
            basis = Some(if same {
                count.basis
            } else {
                HouseholdBasis::Unstated
            });
        }
        Some((sum, basis.unwrap_or(HouseholdBasis::Unstated), estimated))
    };
    let load = |(at, compound): (usize, &Compound)| {
        let stated = &compound.households;
        let own = stated
            .count
            .map(|count| (count, stated.basis, stated.estimated));
        let known = own.or_else(|| of_buildings(compound));
        CompoundLoad {
            id: compound.id,
            tie_key: tie_key(compound),
            community: compound.community,
            households: known.map(|(count, ..)| count),
            basis: known.map_or(HouseholdBasis::Unstated, |(_, basis, _)| basis),
            estimated: known.is_some_and(|(.., estimated)| estimated),
            in_post: in_post[at],
            part_time: part_time[at],
        }
    };
    rows.compounds.iter().enumerate().map(load).collect()
}
