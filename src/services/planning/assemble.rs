//! From the engine's areas to a draft: numbers, outlines, colours, seats, keepers, figures.

use super::explain::{problems, splits};
use super::street_graph::{UnitRow, spatial_barriers};
use super::{Draft, Request};
use crate::districting::{self, Outcome};
use crate::domain::{
    AppointmentKind, AreaId, AreaKeeper, Assignment, CompoundId, PatrolArea, Plan, PlanFigures,
    PlanId, PlanState, RegionCode, ZoneReport,
};
use crate::spatial::{self, Place, Walkable};
use geo::MultiPolygon;
use std::collections::BTreeMap;

/// Numbers areas by community, then from north to south and west to east.
fn reading_order(outcome: &Outcome, units: &[UnitRow]) -> Vec<usize> {
    let mut places: Vec<(f64, f64, f64, RegionCode)> = vec![
        (
            0.0,
            0.0,
            0.0,
            RegionCode::provisional(1, 0, 0).expect("999001 is provisional")
        );
        outcome.areas.len()
    ];
    for (unit, area) in units.iter().zip(&outcome.area_of) {
        let place = &mut places[*area as usize];
        place.0 += unit.place.point[0];
        place.1 += unit.place.point[1];
        place.2 += 1.0;
        place.3 = unit.community;
    }
    // Rows of about 200 m keep neighbours near each other in the list.
    let band = |lat: f64| (lat / 0.0018).round() as i64;
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|a, b| {
        let key = |at: &usize| {
            let (x, y, n, community) = places[*at];
            (community, -band(y / n.max(1.0)), x / n.max(1.0))
        };
        let (ka, kb) = (key(a), key(b));
        ka.0.cmp(&kb.0)
            .then(ka.1.cmp(&kb.1))
            .then(ka.2.total_cmp(&kb.2))
            .then(a.cmp(b))
    });
    order
}

pub(super) fn assemble(
    request: &Request<'_>,
    units: &[UnitRow],
    walkable: &Walkable,
    outcome: &Outcome,
) -> Draft {
    let plan_id = PlanId::new(uuid::Uuid::now_v7());
    let order = reading_order(outcome, units);
    let mut rank = vec![0usize; order.len()];
    for (at, area) in order.iter().enumerate() {
        rank[*area] = at;
    }
    let area_of: Vec<u32> = outcome
        .area_of
        .iter()
        .map(|area| rank[*area as usize] as u32)
        .collect();
    let outlines = outlines(request, units, &area_of, order.len());
    let neighbours = spatial::area_neighbours(&outlines, spatial::NEAR_M);
    let colours = districting::colour_areas(&neighbours, 6);
    let mut areas = Vec::with_capacity(order.len());
    let mut per_community: BTreeMap<RegionCode, u32> = BTreeMap::new();
    let community_of_zone = communities_of_zones(units, walkable);
    let estimated = estimates(units, &area_of, order.len());
    let counted = counted(units, &area_of, order.len());
    let mut members = vec![0u32; order.len()];
    let mut assignments = Vec::with_capacity(units.len());
    let ids: Vec<AreaId> = order
        .iter()
        .map(|_| AreaId::new(uuid::Uuid::now_v7()))
        .collect();
    for (unit, area) in units.iter().zip(&area_of) {
        members[*area as usize] += 1;
        assignments.push(Assignment {
            unit: unit.unit,
            area: ids[*area as usize],
        });
    }
    for (at, source) in order.iter().enumerate() {
        let figures = &outcome.areas[*source];
        let community = community_of_zone
            .get(&figures.zone)
            .copied()
            .unwrap_or(request.street);
        let sequence = per_community.entry(community).or_default();
        *sequence += 1;
        let outline = outlines
            .get(at)
            .filter(|outline| !outline.0.is_empty())
            .cloned();
        areas.push(PatrolArea {
            id: ids[at],
            plan: plan_id,
            number: at as u32 + 1,
            code: format!("{community}P{sequence:03}"),
            name: format!("片区 {:02}", at + 1),
            community,
            zone: figures.zone,
            seats: figures.seats,
            households: counted[at].0,
            estimated_households: estimated[at] as u32,
            visits: Some(counted[at].1),
            units: members[at],
            pieces: figures.pieces,
            deviation_bp: figures.deviation_bp,
            off_target_bp: figures.off_target_bp,
            target: (figures.target_milli / 1000) as u32,
            out_of_band: figures.out_of_band,
            heavy: figures.heavy,
            origin: None,
            locked: false,
            colour: colours.get(at).copied().unwrap_or(0),
            compactness: outline
                .as_ref()
                .map(|outline| spatial::compactness(&outline.clone().into())),
            outline,
        });
    }
    let keepers = seat_keepers(request, plan_id, units, &area_of, &areas);
    let plan = plan_row(request, plan_id, units, walkable, outcome, &areas);
    Draft {
        plan,
        areas,
        assignments,
        keepers,
    }
}

/// The community that each zone lies in.
fn communities_of_zones(units: &[UnitRow], walkable: &Walkable) -> BTreeMap<u32, RegionCode> {
    let zones = walkable.zone_of.iter().copied();
    zones.zip(units.iter().map(|unit| unit.community)).collect()
}

/// Zone by zone, without the pieces of heavy units.
pub(super) fn zone_reports(
    outcome: &Outcome,
    units: &[UnitRow],
    walkable: &Walkable,
    street: RegionCode,
) -> Vec<ZoneReport> {
    let communities = communities_of_zones(units, walkable);
    let zones = outcome.zones.iter().filter(|zone| !zone.heavy);
    zones
        .map(|zone| ZoneReport {
            zone: zone.zone,
            community: communities.get(&zone.zone).copied().unwrap_or(street),
            households: zone.households,
            areas: zone.areas,
            forced_bp: zone.forced_bp as i32,
            achieved_bp: zone.achieved_bp as i32,
            bound_bp: zone.bound_bp as i32,
        })
        .collect()
}

/// Households of every area that are estimates; a number beyond `areas` is no area.
pub(super) fn estimates(units: &[UnitRow], area_of: &[u32], areas: usize) -> Vec<u64> {
    let mut estimated = vec![0u64; areas];
    for (unit, area) in units.iter().zip(area_of) {
        if unit.estimated
            && let Some(sum) = estimated.get_mut(*area as usize)
        {
            *sum += u64::from(unit.households);
        }
    }
    estimated
}

/// Households and visits a month of every area; a number beyond `areas` is no area.
pub(super) fn counted(units: &[UnitRow], area_of: &[u32], areas: usize) -> Vec<(u32, u32)> {
    let mut counted = vec![(0u32, 0u32); areas];
    for (unit, area) in units.iter().zip(area_of) {
        if let Some(sum) = counted.get_mut(*area as usize) {
            sum.0 = sum.0.saturating_add(unit.households);
            sum.1 = sum.1.saturating_add(unit.visits);
        }
    }
    counted
}

/// Display outlines of all areas; a number beyond `areas` is no area.
pub(super) fn outlines(
    request: &Request<'_>,
    units: &[UnitRow],
    area_of: &[u32],
    areas: usize,
) -> Vec<MultiPolygon<f64>> {
    let tiling = Tiling::of_units(request, units);
    spatial::area_outlines(&tiling.places, area_of, areas, &tiling.clip())
}

/// What outlines of areas are made of: places, communities, barriers.
pub(in crate::services) struct Tiling {
    places: Vec<Place>,
    communities: BTreeMap<u32, MultiPolygon<f64>>,
    barriers: Vec<spatial::Barrier>,
}

impl Tiling {
    pub(super) fn of_units(request: &Request<'_>, units: &[UnitRow]) -> Self {
        let mut communities: BTreeMap<u32, MultiPolygon<f64>> = BTreeMap::new();
        for unit in units {
            if communities.contains_key(&unit.place.community) {
                continue;
            }
            let mut regions = request.rows.regions.iter();
            let region = regions.find(|region| region.code == unit.community);
            if let Some(outline) = region.and_then(|region| region.outline.clone()) {
                communities.insert(unit.place.community, outline);
            }
        }
        Self {
            places: units.iter().map(|unit| unit.place.clone()).collect(),
            communities,
            barriers: spatial_barriers(&request.rows.barriers),
        }
    }

    fn clip(&self) -> spatial::ZoneClip<'_> {
        spatial::ZoneClip {
            communities: &self.communities,
            barriers: &self.barriers,
        }
    }

    /// Outlines of some areas, (lon, lat) degrees; only the communities that they lie in are looked at.
    pub fn of(
        &self,
        area_of: &[u32],
        areas: usize,
        wanted: &[u32],
    ) -> Vec<(u32, MultiPolygon<f64>)> {
        let asked: std::collections::BTreeSet<u32> = wanted.iter().copied().collect();
        let both = || self.places.iter().zip(area_of.iter().copied());
        let near: std::collections::BTreeSet<u32> = both()
            .filter(|(_, area)| asked.contains(area))
            .map(|(place, _)| place.community)
            .collect();
        let (places, inside): (Vec<Place>, Vec<u32>) = both()
            .filter(|(place, _)| near.contains(&place.community))
            .map(|(place, area)| (place.clone(), area))
            .unzip();
        let mut outlines = spatial::area_outlines(&places, &inside, areas, &self.clip());
        asked
            .into_iter()
            .filter(|area| (*area as usize) < areas)
            .map(|area| {
                (
                    area,
                    std::mem::replace(&mut outlines[area as usize], MultiPolygon(Vec::new())),
                )
            })
            .collect()
    }
}

/// Seats the full-time keepers of each compound in the areas that serve it, most households first.
fn seat_keepers(
    request: &Request<'_>,
    plan: PlanId,
    units: &[UnitRow],
    area_of: &[u32],
    areas: &[PatrolArea],
) -> Vec<AreaKeeper> {
    let mut served: BTreeMap<CompoundId, BTreeMap<u32, u64>> = BTreeMap::new();
    for (unit, area) in units.iter().zip(area_of) {
        if let Some(compound) = unit.compound {
            *served
                .entry(compound)
                .or_default()
                .entry(*area)
                .or_default() += u64::from(unit.households);
        }
    }
    let mut filled = vec![0u32; areas.len()];
    let mut seated = Vec::new();
    let mut appointments: Vec<_> = request
        .rows
        .appointments
        .iter()
        .filter(|a| a.kind == AppointmentKind::FullTime && a.active_on(request.today))
        .collect();
    appointments.sort_by_key(|appointment| (appointment.start, appointment.id));
    for appointment in appointments {
        let Some(shares) = appointment.compound.and_then(|id| served.get(&id)) else {
            continue;
        };
        // Emptiest share of seats first, then the area with most households of the compound.
        let best = shares
            .iter()
            .filter(|(area, _)| filled[**area as usize] < areas[**area as usize].seats)
            .min_by_key(|(area, households)| {
                let area = &areas[**area as usize];
                let at = area.number as usize - 1;
                (
                    filled[at] * 1000 / area.seats.max(1),
                    std::cmp::Reverse(**households),
                    area.number,
                )
            });
        if let Some((area, _)) = best {
            filled[*area as usize] += 1;
            seated.push(AreaKeeper {
                plan,
                area: areas[*area as usize].id,
                appointment: appointment.id,
            });
        }
    }
    seated
}

fn plan_row(
    request: &Request<'_>,
    id: PlanId,
    units: &[UnitRow],
    walkable: &Walkable,
    outcome: &Outcome,
    areas: &[PatrolArea],
) -> Plan {
    let zones = zone_reports(outcome, units, walkable, request.street);
    let of_graph = PlanFigures {
        disconnected: outcome.areas.iter().filter(|area| area.pieces > 1).count() as u32,
        disconnected_without_attachments: outcome
            .areas
            .iter()
            .filter(|area| area.pieces_without_attachments > 1)
            .count() as u32,
        isolated: walkable.isolated.len() as u32,
        untiered: untiered(units),
        ..PlanFigures::default()
    };
    let figures = sum_figures(&of_graph, areas, &zones);
    Plan {
        id,
        street: request.street,
        name: request
            .name
            .clone()
            .unwrap_or_else(|| format!("{} 草案", request.today)),
        stored_state: PlanState::Draft,
        version: 1,
        created_at: request.now,
        created_by: request.actor.clone(),
        effective_at: None,
        ended_at: None,
        seed: request.seed,
        settings: request.settings.clone(),
        data_version: request.rows.version as i64,
        problems: problems(units, walkable, &figures, &zones, request),
        figures,
        zones,
        splits: splits(request, units, outcome),
        note: None,
        edit_seq: 0,
        settled_seq: 0,
    }
}

/// Units with households whose tiers nobody noted.
pub(super) fn untiered(units: &[UnitRow]) -> u32 {
    units.iter().filter(|unit| unit.untiered).count() as u32
}

/// Figures of a plan from its areas and zones; what only the graph knows is kept.
pub(in crate::services) fn sum_figures(
    own: &PlanFigures,
    areas: &[PatrolArea],
    zones: &[ZoneReport],
) -> PlanFigures {
    // An area without units is there only while a draft is edited.
    let areas: Vec<&PatrolArea> = areas.iter().filter(|area| area.units > 0).collect();
    let worst = areas
        .iter()
        .filter(|area| !area.heavy)
        .map(|area| area.deviation_bp)
        .max_by_key(|bp| bp.unsigned_abs());
    PlanFigures {
        areas: areas.len() as u32,
        seats: areas.iter().map(|area| area.seats).sum(),
        households: areas.iter().map(|area| u64::from(area.households)).sum(),
        estimated_households: areas
            .iter()
            .map(|area| u64::from(area.estimated_households))
            .sum(),
        visits: (areas.iter())
            .map(|area| area.visits.map(u64::from))
            .sum::<Option<u64>>(),
        worst_deviation_bp: worst.unwrap_or(0),
        out_of_band: areas.iter().filter(|area| area.out_of_band).count() as u32,
        heavy: areas.iter().filter(|area| area.heavy).count() as u32,
        excess_bp: zones
            .iter()
            .map(|zone| zone.achieved_bp - zone.bound_bp)
            .max()
            .unwrap_or(0)
            .max(0),
        ..own.clone()
    }
}
