//! A plan whose areas were drawn by hand: the same rows as a fresh draft, from any assignment.
//!
//! Areas keep their identity, number, name, lock, code and, where it still differs from the neighbours', their colour.

use super::assemble::{counted, estimates, outlines, sum_figures, untiered};
use super::explain::{problems, splits};
use super::loads::{Loads, Tiers};
use super::street_graph::{engine_settings, unit_graph, unit_id, units_of, walk};
use super::{Draft, PlanningError, Request};
use crate::districting::redraw::{Ground, Redraw, UNASSIGNED};
use crate::districting::{self, deviation_bp, forced_bp};
use crate::domain::{
    Actor, AreaFields, AreaId, AreaKeeper, Assignment, PatrolArea, Plan, PlanFigures, QuotaPolicy,
    RegionCode, WeighBy, ZoneReport,
};
use crate::services::lineage::{self, Kin};
use crate::services::picture::Rows;
use crate::spatial;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// What the editor left.
pub(in crate::services) struct Drawn {
    /// Areas with what they say of themselves, and the rows they continue.
    pub areas: Vec<(AreaId, AreaFields, Option<PatrolArea>)>,
    /// Area of every assigned unit, by identity.
    pub area_of: HashMap<Uuid, AreaId>,
    /// Who serves which area.
    pub keepers: Vec<AreaKeeper>,
    /// The plan in force, if there is another one.
    pub base: Option<Base>,
}

/// The plan that keepers change against.
pub(in crate::services) struct Base {
    /// Its areas.
    pub kin: Vec<Kin>,
    /// Area of every unit, by identity.
    pub area_of: HashMap<Uuid, AreaId>,
}

/// The rows of `plan` as it was drawn by hand; name, state, version and the like stay as they are.
///
/// # Errors
/// See [`PlanningError`].
pub(in crate::services) fn redrawn(
    (rows, tiers): (&Rows, &Tiers),
    plan: Plan,
    drawn: Drawn,
    policy: QuotaPolicy,
) -> Result<Draft, PlanningError> {
    let actor = Actor::system();
    let request = Request::of_stored((rows, tiers), &plan, policy, &actor);
    let loads = Loads::of(&request);
    let units = units_of(&request, &loads);
    if units.is_empty() {
        return Err(PlanningError::Empty(request.street));
    }
    let walkable = walk(&request, &units);
    let graph = unit_graph(&units, &walkable)?;
    let settings = engine_settings(&request, &loads);
    let Drawn {
        areas: mut kept,
        area_of: drawn_in,
        keepers,
        base,
    } = drawn;
    kept.sort_by_key(|(id, fields, _)| (fields.number, *id));
    let number: HashMap<AreaId, u32> = (0u32..).zip(&kept).map(|(at, k)| (k.0, at)).collect();
    let area_of: Vec<u32> = units
        .iter()
        .map(|unit| {
            let area = drawn_in.get(&unit_id(unit.unit));
            area.and_then(|id| number.get(id))
                .copied()
                .unwrap_or(UNASSIGNED)
        })
        .collect();
    let whole = area_of.iter().all(|area| *area != UNASSIGNED);
    let outcome = whole.then(|| districting::evaluate(&graph, &settings, &area_of));
    let baseline = base.map(|base| {
        let numbers: HashMap<AreaId, u32> = base.kin.iter().map(|kin| kin.0).zip(0u32..).collect();
        let before: Vec<u32> = units
            .iter()
            .map(|unit| base.area_of.get(&unit_id(unit.unit)))
            .map(|area| {
                area.and_then(|id| numbers.get(id))
                    .copied()
                    .unwrap_or(UNASSIGNED)
            })
            .collect();
        let own: Vec<Kin> = kept
            .iter()
            .map(|(id, _, row)| (*id, row.as_ref().and_then(|row| row.origin)))
            .collect();
        let households = units.iter().map(|unit| unit.households);
        let shared = lineage::shared(&before, &area_of, households);
        lineage::in_numbers_of(&lineage::heirs_between(&base.kin, &own, shared), &before)
    });
    let redraw = Redraw::new(
        Arc::new(
            Ground::new(graph, settings)
                .counting(units.iter().map(|unit| unit.households).collect()),
        ),
        &area_of,
        baseline.as_ref().unwrap_or(&area_of),
    )
    .with_areas(kept.len());
    let outlines = outlines(&request, &units, &area_of, kept.len());
    let neighbours = spatial::area_neighbours(&outlines, spatial::NEAR_M);
    let former: Vec<Option<u8>> = kept
        .iter()
        .map(|k| k.2.as_ref().map(|a| a.colour))
        .collect();
    let colours = districting::recolour_areas(&neighbours, 6, &former);
    let estimated = estimates(&units, &area_of, kept.len());
    let counted = counted(&units, &area_of, kept.len());
    let mut codes = Codes::of(kept.iter().filter_map(|k| k.2.as_ref()));
    let mut communities: Vec<Option<RegionCode>> = vec![None; kept.len()];
    for (unit, &area) in units.iter().zip(&area_of) {
        if area != UNASSIGNED {
            communities[area as usize].get_or_insert(unit.community);
        }
    }
    let target_milli = u64::from(redraw.ground().settings().target_households) * 1000;
    let mut areas = Vec::with_capacity(kept.len());
    for (at, (id, fields, row)) in kept.into_iter().enumerate() {
        let Some(state) = redraw.area(at as u32) else {
            continue;
        };
        let fallback = || row.as_ref().map(|row| row.community);
        let community = communities[at]
            .or_else(fallback)
            .unwrap_or(units[0].community);
        let outline = outlines
            .get(at)
            .filter(|outline| !outline.0.is_empty())
            .cloned();
        let load = state.load * u64::from(plan.settings.keepers_per_area);
        areas.push(PatrolArea {
            id,
            plan: plan.id,
            number: fields.number,
            code: codes.of_area(row.as_ref(), community),
            name: fields.name,
            community,
            zone: state.zone.or(row.as_ref().map(|row| row.zone)).unwrap_or(0),
            seats: state.seats,
            households: state.households as u32,
            estimated_households: estimated[at] as u32,
            visits: Some(counted[at].1),
            units: state.units,
            pieces: state.pieces,
            deviation_bp: state.deviation_bp,
            off_target_bp: deviation_bp(load, target_milli * u64::from(state.seats)),
            target: (state.target_milli / 1000) as u32,
            out_of_band: state.units > 0 && state.out_of_band,
            heavy: state.heavy,
            origin: row.as_ref().and_then(|row| row.origin),
            locked: fields.locked,
            colour: colours[at],
            compactness: outline
                .as_ref()
                .map(|outline| spatial::compactness(&outline.clone().into())),
            outline,
        });
    }
    let zones = match &outcome {
        Some(outcome) => super::assemble::zone_reports(outcome, &units, &walkable, request.street),
        None => zones_without_proof(&areas, plan.settings.weigh_by, redraw.ground().settings()),
    };
    let totals = redraw.totals();
    let loose = outcome.as_ref().map_or(totals.disconnected, |outcome| {
        let apart = |area: &&districting::AreaFigures| area.pieces_without_attachments > 1;
        outcome.areas.iter().filter(apart).count() as u32
    });
    let homeless = units.iter().zip(&area_of);
    let of_graph = PlanFigures {
        unassigned: homeless
            .filter(|(unit, area)| **area == UNASSIGNED && unit.households > 0)
            .count() as u32,
        disconnected: totals.disconnected,
        disconnected_without_attachments: loose,
        isolated: walkable.isolated.len() as u32,
        untiered: untiered(&units),
        changed_households: baseline.is_some().then_some(totals.changed_households),
        ..PlanFigures::default()
    };
    let figures = sum_figures(&of_graph, &areas, &zones);
    let assignments = units
        .iter()
        .zip(&area_of)
        .filter(|(_, area)| **area != UNASSIGNED)
        .map(|(unit, area)| Assignment {
            unit: unit.unit,
            area: areas[*area as usize].id,
        })
        .collect();
    let plan = Plan {
        data_version: rows.version as i64,
        problems: problems(&units, &walkable, &figures, &zones, &request),
        splits: outcome.map_or_else(Vec::new, |outcome| splits(&request, &units, &outcome)),
        figures,
        zones,
        ..plan
    };
    Ok(Draft {
        plan,
        areas,
        assignments,
        keepers,
    })
}

/// Zone by zone without a bound: nothing is proved of a plan that leaves units out.
fn zones_without_proof(
    areas: &[PatrolArea],
    by: WeighBy,
    settings: &districting::Settings,
) -> Vec<ZoneReport> {
    let mut zones: std::collections::BTreeMap<u32, ZoneReport> = std::collections::BTreeMap::new();
    for area in areas.iter().filter(|area| !area.heavy && area.units > 0) {
        let zone = zones.entry(area.zone).or_insert_with(|| ZoneReport {
            zone: area.zone,
            community: area.community,
            households: 0,
            areas: 0,
            forced_bp: 0,
            achieved_bp: 0,
            bound_bp: 0,
        });
        zone.households += area.load(by);
        zone.areas += 1;
        zone.achieved_bp = zone.achieved_bp.max(area.deviation_bp.abs());
    }
    for zone in zones.values_mut() {
        zone.forced_bp = forced_bp(zone.households, zone.areas as usize, settings) as i32;
    }
    zones.into_values().collect()
}

/// Codes of areas: kept, or the next one of the community.
struct Codes(HashMap<RegionCode, u32>);

impl Codes {
    fn of<'a>(rows: impl Iterator<Item = &'a PatrolArea>) -> Self {
        let mut last: HashMap<RegionCode, u32> = HashMap::new();
        for row in rows {
            let sequence = row.code.rsplit('P').next().and_then(|n| n.parse().ok());
            let known = last.entry(row.community).or_default();
            *known = (*known).max(sequence.unwrap_or(0));
        }
        Self(last)
    }

    fn of_area(&mut self, former: Option<&PatrolArea>, community: RegionCode) -> String {
        if let Some(row) = former {
            return row.code.clone();
        }
        let next = self.0.entry(community).or_default();
        *next += 1;
        format!("{community}P{next:03}")
    }
}
