//! What is said about a plan: figures of the whole, of every zone with its three numbers, of every area.

use super::Instance;
use super::infeasible::infeasible;
use super::keepers::KeeperReport;
use super::merging::{MergeProposal, merge_proposals};
use crate::districting::{Compounds, Goal, Outcome, Proof, Settings};
use serde::Serialize;

/// The report. Deviations are against the zone's own mean; `off_target` is the second figure.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Where the instance comes from.
    pub source: String,
    /// Program and version that made the plan.
    pub made_by: String,
    /// Settings that decide the plan, with the seed: the same ones make the same plan.
    pub settings: Chosen,
    /// The search was stopped early: the best plan so far, which another run need not repeat.
    pub cancelled: bool,
    /// Units.
    pub units: usize,
    /// Households.
    pub households: u64,
    /// Load that is balanced: households, unless weighted or with reserves for part-time keepers.
    pub load: u64,
    /// Zones (connected parts apart).
    pub zones: usize,
    /// Areas.
    pub areas: usize,
    /// Edges of the file between zones, left out.
    pub edges_between_zones: usize,
    /// Worst deviation from the zone's own mean, percent.
    pub worst_deviation_percent: f64,
    /// Mean of the absolute deviations, percent.
    pub mean_deviation_percent: f64,
    /// Areas beyond the band.
    pub beyond_band: usize,
    /// Areas in several pieces.
    pub disconnected: usize,
    /// The same if attachments of isolated units were no edges.
    pub disconnected_without_attachments: usize,
    /// Edges between areas.
    pub cut_edges: usize,
    /// √(Σ households · distance² from the middle ÷ households), metres.
    pub rms_radius_m: f64,
    /// Σ households · distance² from the best member unit, m² (Hess).
    pub inertia_medoid_m2: f64,
    /// No plan with as many areas in every zone, and loads within the limits, has less, m²; with `--certify` or
    /// `--objective inertia`.
    pub inertia_bound_m2: Option<f64>,
    /// Parts of compounds beyond one each, and the fewest that weights allow.
    pub extra_group_pieces: u64,
    /// The fewest that weights allow.
    pub extra_group_pieces_bound: u64,
    /// Households whose area differs from the current one.
    pub changed_households: u64,
    /// Fewest changed households that bring every area within the band: proved for every plan.
    pub change_bound: u64,
    /// The same if everybody stays or goes to an area that touches his current one: a flow between areas.
    pub change_flow: u64,
    /// Areas that break the limits, in words; empty when all are kept.
    pub infeasible: Vec<Infeasible>,
    /// Zones that no number of areas serves well, with the neighbour to merge them with.
    pub merge_proposals: Vec<MergeProposal>,
    /// Where keepers serve, if they were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keepers: Vec<KeeperReport>,
    /// Every zone.
    pub zone_reports: Vec<ZoneReport>,
    /// Every area.
    pub area_reports: Vec<AreaReport>,
}

/// The settings that decide.
#[derive(Debug, Clone, Serialize)]
pub struct Chosen {
    /// Households of an area, T.
    pub target: u32,
    /// Number of areas, if given.
    pub areas: Option<u32>,
    /// `balance`, `cut` or `inertia`.
    pub objective: &'static str,
    /// `whole`, `prefer` or `free`.
    pub compounds: &'static str,
    /// Band, percent.
    pub band_percent: f64,
    /// Seed.
    pub seed: u64,
    /// Iterations per unit.
    pub effort: u64,
}

/// Three numbers of a zone: forced, achieved, excess over the certified bound.
#[derive(Debug, Clone, Serialize)]
pub struct ZoneReport {
    /// The zone, as the file names it.
    pub zone: String,
    /// Number of the connected part within the zone, from 0.
    pub part: u32,
    /// Units.
    pub units: u32,
    /// Households.
    pub households: u64,
    /// Areas.
    pub areas: u32,
    /// |t − T| ÷ T that the zone itself forces, percent.
    pub forced_percent: f64,
    /// Worst deviation from the zone's own mean, percent.
    pub achieved_percent: f64,
    /// No plan with as many areas is better than this, percent.
    pub bound_percent: f64,
    /// Achieved minus bound, percentage points.
    pub excess_percent: f64,
    /// Σ households · distance² from the best unit of each area, m².
    pub inertia_medoid_m2: f64,
    /// No plan with as many areas and loads within the limits has less, m².
    pub inertia_bound_m2: Option<f64>,
    /// Parts of compounds beyond one each.
    pub extra_group_pieces: u64,
    /// The fewest that weights allow.
    pub extra_group_pieces_bound: u64,
    /// How the bound is known: `arithmetic`, `enumeration`, or `optimal` (no plan is better than this one).
    pub certificate: &'static str,
    /// Households whose area differs from the current one.
    pub changed_households: u64,
    /// Fewest that bring every area within the band: proved for every plan with as many areas.
    pub change_bound: u64,
    /// The same if everybody stays or goes to an area that touches his current one.
    pub change_flow: u64,
}

/// Figures of an area.
#[derive(Debug, Clone, Serialize)]
pub struct AreaReport {
    /// Number, as in the plan file.
    pub area: usize,
    /// Its zone.
    pub zone: String,
    /// Units.
    pub units: u32,
    /// Households.
    pub households: u64,
    /// Load: households, unless weighted or with a reserve for part-time keepers.
    pub load: u64,
    /// Keepers it needs.
    pub seats: u32,
    /// Deviation of the load per pair from the zone's own mean, percent.
    pub deviation_percent: f64,
    /// Deviation from T, percent.
    pub off_target_percent: f64,
}

/// A limit that is not kept, with the unit, zone or area that forces it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Infeasible {
    /// The zone.
    pub zone: String,
    /// The unit, if one alone forces it.
    pub unit: Option<String>,
    /// No plan can keep the limit; otherwise none was found.
    pub proved: bool,
    /// Chinese text.
    pub zh: String,
    /// English text.
    pub en: String,
}

fn square_m(square_dm: u64) -> f64 {
    square_dm as f64 / 100.0
}

fn percent(bp: u32) -> f64 {
    f64::from(bp) / 100.0
}

pub(super) fn report(
    instance: &Instance,
    settings: &Settings,
    seed: u64,
    outcome: &Outcome,
) -> Report {
    let f = &outcome.figures;
    let zone_name = |zone: u32| instance.zone_name(zone);
    let zone_reports = outcome.zones.iter().map(|zone| ZoneReport {
        zone: zone_name(zone.zone),
        part: zone.piece,
        units: zone.units,
        households: zone.households,
        areas: zone.areas,
        forced_percent: percent(zone.forced_bp),
        achieved_percent: percent(zone.achieved_bp),
        bound_percent: percent(zone.bound_bp),
        excess_percent: percent(zone.achieved_bp.saturating_sub(zone.bound_bp)),
        inertia_medoid_m2: square_m(zone.inertia_medoid_dm2),
        inertia_bound_m2: zone.inertia_bound_dm2.map(square_m),
        extra_group_pieces: zone.extra_group_pieces,
        extra_group_pieces_bound: zone.extra_group_pieces_bound,
        certificate: match zone.proof {
            Proof::Arithmetic => "arithmetic",
            Proof::Enumeration => "enumeration",
            Proof::Optimal => "optimal",
        },
        changed_households: zone.changed_households,
        change_bound: zone.change_bound,
        change_flow: zone.change_flow,
    });
    let mut counted = vec![0u64; outcome.areas.len()];
    for (&area, &households) in outcome.area_of.iter().zip(&instance.counted) {
        counted[area as usize] += u64::from(households);
    }
    let area_reports = outcome
        .areas
        .iter()
        .enumerate()
        .map(|(at, area)| AreaReport {
            area: at + 1,
            zone: zone_name(area.zone),
            units: area.units,
            households: counted[at],
            load: area.households,
            seats: area.seats,
            deviation_percent: f64::from(area.deviation_bp) / 100.0,
            off_target_percent: f64::from(area.off_target_bp) / 100.0,
        });
    Report {
        source: instance.source.clone(),
        made_by: format!("gridkeeper {}", env!("CARGO_PKG_VERSION")),
        cancelled: outcome.cancelled,
        settings: Chosen {
            target: settings.target_households,
            areas: settings.areas,
            objective: match settings.goal {
                Goal::Balance => "balance",
                Goal::Cut => "cut",
                Goal::Inertia => "inertia",
            },
            compounds: match settings.compounds {
                Compounds::Whole => "whole",
                Compounds::Prefer => "prefer",
                Compounds::Free => "free",
            },
            band_percent: percent(settings.band_bp),
            seed,
            effort: settings.effort,
        },
        units: f.units,
        households: instance.counted.iter().map(|&n| u64::from(n)).sum(),
        load: f.households,
        zones: outcome.zones.len(),
        areas: f.areas,
        edges_between_zones: instance.edges_between_zones(),
        worst_deviation_percent: percent(f.worst_deviation_bp),
        mean_deviation_percent: percent(f.mean_deviation_bp),
        beyond_band: f.areas_out_of_band,
        disconnected: f.disconnected,
        disconnected_without_attachments: f.disconnected_without_attachments,
        cut_edges: f.cut_edges,
        rms_radius_m: f64::from(f.rms_radius_dm) / 10.0,
        inertia_medoid_m2: outcome
            .zones
            .iter()
            .map(|zone| square_m(zone.inertia_medoid_dm2))
            .sum(),
        inertia_bound_m2: outcome
            .zones
            .iter()
            .map(|zone| zone.inertia_bound_dm2.map(square_m))
            .sum(),
        extra_group_pieces: f.extra_group_pieces,
        extra_group_pieces_bound: f.extra_group_pieces_bound,
        changed_households: f.changed_households,
        change_bound: f.change_bound,
        change_flow: f.change_flow,
        infeasible: infeasible(instance, settings, outcome, &zone_name),
        merge_proposals: merge_proposals(instance, settings, outcome),
        keepers: Vec::new(),
        zone_reports: zone_reports.collect(),
        area_reports: area_reports.collect(),
    }
}
