//! The walkable graph of everything, and who lives and serves where on it.
//!
//! Buildings are nodes, and compounds whose buildings are not known. People walk across the borders of communities, so
//! the graph is made of whole districts. It is kept while buildings, compounds, gates and barriers stay the same; of an
//! edit of keepers or areas only the catchments that change are computed. Invariant: what is told to those who do not
//! read the roster starts at compounds of at least [`HIDING`] buildings, never at a keeper's own door.

use super::super::picture::Picture;
use super::super::planning;
use super::super::units::centroid;
use crate::coverage::{
    AreaStaff, Catchments, CompoundNeed, Keeper, Limits, NONE, UnitFacts, WalkGraph, Way,
    accessibility,
};
use crate::domain::{BuildingId, CompoundId, QuotaPolicy, RegionCode};
use crate::spatial::{self, Place, Rules};
use geo::CoordsIter;
use geo_types::Geometry;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Ways longer than this are not looked at, minutes.
pub(super) const MOST_MINUTES: u32 = 30;
/// Buildings of a compound behind which a home is hidden.
const HIDING: usize = 5;

/// A node of the graph.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// Place among the buildings of the picture; `None` for a compound whose buildings are not known.
    pub building: Option<usize>,
    /// Place of its compound.
    pub compound: Option<usize>,
    /// Where it is, (lon, lat) degrees.
    pub point: [f64; 2],
}

/// What stays while the map stays.
pub(super) struct Ground {
    fingerprint: u64,
    pub nodes: Vec<Node>,
    pub graph: WalkGraph,
    node_of_building: HashMap<BuildingId, u32>,
    nodes_of_compound: HashMap<CompoundId, Vec<u32>>,
}

impl Ground {
    fn of(picture: &Picture) -> Self {
        let mut nodes = Vec::with_capacity(picture.buildings.len());
        let mut places = Vec::with_capacity(picture.buildings.len());
        let mut districts: HashMap<i32, u32> = HashMap::new();
        let mut add = |node: Node, community: RegionCode, geometry: &Geometry<f64>| {
            let next = districts.len() as u32;
            places.push(Place {
                footprint: planning::polygons(geometry),
                point: node.point,
                compound: node.compound.map(|at| at as u32),
                community: *districts.entry(community.district_code()).or_insert(next),
                grid: None,
                village: false,
                whole_compound: node.building.is_none(),
            });
            nodes.push(node);
        };
        let nowhere = [f64::NAN; 2];
        for (at, building) in picture.buildings.iter().enumerate() {
            let node = Node {
                building: Some(at),
                compound: building.compound.and_then(|id| picture.compound_index(id)),
                point: centroid(&building.footprint).unwrap_or(nowhere),
            };
            add(node, building.community, &building.footprint);
        }
        for (at, compound) in picture.compounds.iter().enumerate() {
            if !picture.buildings_of(compound.id).is_empty() {
                continue;
            }
            let node = Node {
                building: None,
                compound: Some(at),
                point: centroid(&compound.geometry).unwrap_or(nowhere),
            };
            add(node, compound.community, &compound.geometry);
        }
        let gates: Vec<spatial::Gate> = picture
            .gates
            .iter()
            .filter_map(|gate| {
                Some(spatial::Gate {
                    compound: picture.compound_index(gate.compound?)? as u32,
                    point: [gate.point.x(), gate.point.y()],
                })
            })
            .collect();
        let barriers = planning::spatial_barriers(&picture.barriers);
        let walkable = spatial::walkable(&places, &gates, &barriers, &Rules::default());
        let edges = walkable
            .edges
            .iter()
            .map(|edge| (edge.a, edge.b, edge.length_m));
        let graph = WalkGraph::new(nodes.len(), edges);
        let mut node_of_building = HashMap::new();
        let mut nodes_of_compound: HashMap<CompoundId, Vec<u32>> = HashMap::new();
        for (number, node) in nodes.iter().enumerate() {
            if let Some(at) = node.building {
                node_of_building.insert(picture.buildings[at].id, number as u32);
            }
            if let Some(at) = node.compound {
                let of = nodes_of_compound.entry(picture.compounds[at].id);
                of.or_default().push(number as u32);
            }
        }
        Self {
            fingerprint: fingerprint(picture),
            nodes,
            graph,
            node_of_building,
            nodes_of_compound,
        }
    }

    /// Nodes of a compound.
    pub fn nodes_of(&self, compound: CompoundId) -> &[u32] {
        self.nodes_of_compound
            .get(&compound)
            .map_or(&[], Vec::as_slice)
    }

    /// Where a home counts as being: its building, or for those who do not read the roster its whole compound.
    fn home(&self, picture: &Picture, residence: BuildingId, exact: bool) -> Vec<u32> {
        let Some(node) = self.node_of_building.get(&residence) else {
            return Vec::new();
        };
        if exact {
            return vec![*node];
        }
        let compound = self.nodes[*node as usize].compound;
        let around = compound.map_or(&[][..], |at| self.nodes_of(picture.compounds[at].id));
        if around.len() < HIDING {
            return Vec::new();
        }
        around.to_vec()
    }
}

/// What the graph is made of, in short.
fn fingerprint(picture: &Picture) -> u64 {
    let mut hash = DefaultHasher::new();
    let shape = |geometry: &Geometry<f64>, hash: &mut DefaultHasher| {
        for coord in geometry.coords_iter() {
            (coord.x.to_bits(), coord.y.to_bits()).hash(hash);
        }
    };
    for building in &picture.buildings {
        (building.id, building.compound, building.community.as_u64()).hash(&mut hash);
        shape(&building.footprint, &mut hash);
    }
    for compound in &picture.compounds {
        (compound.id, compound.community.as_u64()).hash(&mut hash);
        if picture.buildings_of(compound.id).is_empty() {
            shape(&compound.geometry, &mut hash);
        }
    }
    for gate in &picture.gates {
        (
            gate.compound,
            gate.point.x().to_bits(),
            gate.point.y().to_bits(),
        )
            .hash(&mut hash);
    }
    for barrier in &picture.barriers {
        barrier.class.hash(&mut hash);
        shape(&barrier.geometry, &mut hash);
    }
    hash.finish()
}

/// An area of a plan in force.
#[derive(Debug, Clone)]
pub(super) struct AreaOf {
    /// The number as the map shows it.
    pub label: String,
    /// Its nodes.
    pub nodes: Vec<u32>,
}

/// Who is where today, on the ground.
pub(super) struct Staffed {
    serial: u64,
    /// Communities whose keepers' homes are exact, ascending.
    pub rosters: Vec<RegionCode>,
    pub ground: Arc<Ground>,
    pub limits: Limits,
    pub units: Vec<UnitFacts>,
    pub areas: Vec<AreaOf>,
    pub staff: Vec<AreaStaff>,
    pub needs: Vec<CompoundNeed>,
    pub households: Vec<Option<u32>>,
    /// Known households of the nodes of each compound.
    pub known_of: Vec<u64>,
    pub catchments: Catchments,
    pub ways: Vec<Way>,
    /// Keepers per household by node, within the limit of the catchments.
    pub access: Arc<Vec<u64>>,
    /// Active keepers whose home is not known, or not told.
    pub homes_unknown: u32,
    /// Active keepers whose home is known.
    pub homes_known: u32,
}

impl Staffed {
    /// Whether it belongs to a picture.
    pub fn is_of(&self, picture: &Picture) -> bool {
        self.serial == picture.serial
    }

    /// Of a picture; what the one before it has in common is taken over.
    pub fn of(
        picture: &Picture,
        before: Option<&Self>,
        rosters: &[RegionCode],
        [speed, access_minutes]: [u32; 2],
    ) -> Self {
        let print = fingerprint(picture);
        let same = before.filter(|before| before.ground.fingerprint == print);
        let ground = same.map_or_else(|| Arc::new(Ground::of(picture)), |b| b.ground.clone());
        let limits = Limits {
            catchment_dm: access_minutes * speed * 10,
            served_dm: MOST_MINUTES * speed * 10,
        };
        let mut areas = Vec::new();
        let mut staff = Vec::new();
        let mut of_building = vec![NONE; picture.buildings.len()];
        let mut of_compound = vec![NONE; picture.compounds.len()];
        let mut served: HashMap<u128, Vec<usize>> = HashMap::new();
        for plan in &picture.plans {
            if !plan.plan.in_force_at(picture.as_of) {
                continue;
            }
            let first = areas.len() as u32;
            for (at, area) in plan.area_of_building.iter() {
                of_building[at] = first + area;
            }
            for (at, area) in plan.area_of_compound.iter() {
                of_compound[at] = first + area;
            }
            for (area_at, area) in plan.areas.iter().enumerate() {
                let mut filled = 0;
                for (keeper, _) in plan.active_keepers(picture, area_at) {
                    filled += 1;
                    let areas_of = served.entry(keeper.id.uuid().as_u128());
                    areas_of.or_default().push(areas.len());
                }
                staff.push(AreaStaff {
                    seats: area.seats,
                    filled,
                    per_keeper: picture.policy_at(area.community).households_per_keeper(),
                });
                areas.push(AreaOf {
                    label: area.label(),
                    nodes: Vec::new(),
                });
            }
        }
        let area_of = |node: &Node| -> u32 {
            let own = node.building.map_or(NONE, |at| of_building[at]);
            let whole = node.compound.map_or(NONE, |at| of_compound[at]);
            if own == NONE { whole } else { own }
        };
        let units: Vec<UnitFacts> = ground
            .nodes
            .iter()
            .map(|node| UnitFacts {
                compound: node.compound.map_or(NONE, |at| at as u32),
                area: area_of(node),
                households: match (node.building, node.compound) {
                    (Some(at), _) => picture.buildings[at].households.count,
                    (None, Some(at)) => picture.quotas[at].households,
                    (None, None) => None,
                },
            })
            .collect();
        for (number, unit) in units.iter().enumerate() {
            if let Some(area) = areas.get_mut(unit.area as usize) {
                area.nodes.push(number as u32);
            }
        }
        let needs = picture
            .quotas
            .iter()
            .map(|quota| CompoundNeed {
                households: quota.households,
                short: quota.short,
                uncovered: quota.uncovered,
            })
            .collect();
        let mut keepers: HashMap<u128, Keeper> = HashMap::new();
        for appointment in picture
            .appointments
            .iter()
            .filter(|one| one.active_on(picture.today))
        {
            let Some((keeper, _)) = picture.holder(appointment.id) else {
                continue;
            };
            let key = keeper.id.uuid().as_u128();
            keepers.entry(key).or_insert_with(|| {
                let mut serves: Vec<u32> = served
                    .get(&key)
                    .into_iter()
                    .flatten()
                    .flat_map(|area| areas[*area].nodes.iter().copied())
                    .collect();
                serves.sort_unstable();
                serves.dedup();
                Keeper {
                    key,
                    homes: keeper
                        .residence
                        .map(|at| {
                            let exact = rosters.binary_search(&keeper.community).is_ok();
                            ground.home(picture, at, exact)
                        })
                        .unwrap_or_default(),
                    serves,
                }
            });
        }
        let mut keepers: Vec<Keeper> = keepers.into_values().collect();
        keepers.sort_unstable_by_key(|keeper| keeper.key);
        let homes_unknown = keepers
            .iter()
            .filter(|keeper| keeper.homes.is_empty())
            .count() as u32;
        let homes_known = keepers.len() as u32 - homes_unknown;
        let households: Vec<Option<u32>> = units.iter().map(|unit| unit.households).collect();
        let mut known_of = vec![0; picture.compounds.len()];
        for unit in &units {
            if let Some(sum) = known_of.get_mut(unit.compound as usize) {
                *sum += u64::from(unit.households.unwrap_or(0));
            }
        }
        let catchments = match same.filter(|before| before.limits == limits) {
            Some(before) => before.catchments.changed(&ground.graph, keepers, limits),
            None => Catchments::build(&ground.graph, keepers, limits),
        };
        let reach = catchments.reach().iter().map(AsRef::as_ref);
        let access = accessibility(reach, &households, limits.catchment_dm);
        Self {
            serial: picture.serial,
            rosters: rosters.to_vec(),
            ways: catchments.ways(units.len()),
            access: Arc::new(access),
            ground,
            limits,
            units,
            areas,
            staff,
            needs,
            households,
            known_of,
            catchments,
            homes_unknown,
            homes_known,
        }
    }

    /// The nearest node of `region` within `most_m` metres of a point.
    pub fn nearest(
        &self,
        picture: &Picture,
        region: RegionCode,
        point: [f64; 2],
        most_m: f64,
    ) -> Option<u32> {
        let frame = spatial::LocalFrame::around(point);
        let distance = |node: &Node| {
            let [x, y] = frame.to_m(node.point);
            x.hypot(y)
        };
        self.ground
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| community_of(picture, node).is_some_and(|c| region.contains(c)))
            .map(|(number, node)| (distance(node), number))
            .filter(|(metres, _)| *metres <= most_m)
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(_, number)| number as u32)
    }

    /// The node in the middle of a compound: the one nearest to the mean of all.
    pub fn middle_of(&self, compound: CompoundId) -> Option<u32> {
        let nodes: Vec<u32> = self
            .ground
            .nodes_of(compound)
            .iter()
            .copied()
            .filter(|node| self.point(*node).iter().all(|v| v.is_finite()))
            .collect();
        let n = nodes.len() as f64;
        let sum = nodes.iter().fold([0.0, 0.0], |sum, node| {
            let [x, y] = self.point(*node);
            [sum[0] + x, sum[1] + y]
        });
        let frame = spatial::LocalFrame::around([sum[0] / n, sum[1] / n]);
        nodes.into_iter().min_by(|a, b| {
            let far = |node: u32| {
                let [x, y] = frame.to_m(self.point(node));
                x.hypot(y)
            };
            far(*a).total_cmp(&far(*b)).then(a.cmp(b))
        })
    }

    /// Where a node is, (lon, lat) degrees.
    pub fn point(&self, node: u32) -> [f64; 2] {
        self.ground.nodes[node as usize].point
    }
}

/// The community that a node lies in.
pub(super) fn community_of(picture: &Picture, node: &Node) -> Option<RegionCode> {
    match (node.building, node.compound) {
        (Some(at), _) => Some(picture.buildings[at].community),
        (None, Some(at)) => Some(picture.compounds[at].community),
        (None, None) => None,
    }
}

/// A compound's need with so many keepers more.
pub(super) fn need_with(
    need: &CompoundNeed,
    policy: &QuotaPolicy,
    counted: u32,
    required: Option<u32>,
) -> CompoundNeed {
    CompoundNeed {
        households: need.households,
        short: required.map(|required| required.saturating_sub(counted)),
        uncovered: need.households.map(|h| policy.uncovered(h, counted)),
    }
}
