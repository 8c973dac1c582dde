//! Reading all rows of one data version in one transaction.

use super::error::Result;
use super::picture::{PlanRows, Rows};
use crate::domain::PlanState;
use crate::domain::organisation::OrganisationKind;
use crate::storage::Store;
use std::collections::{HashMap, HashSet};

/// All rows. Plans that were withdrawn are left out.
pub async fn read(store: &Store) -> Result<Rows> {
    let mut lease = store.read().await?;
    let mut conn = lease.conn();
    let version = conn.data_version().await?;
    let synthetic = conn.is_synthetic().await?;
    // Other tools may write these tables: what cannot be read is left out, and said.
    let mut problems = Vec::new();
    let regions = conn.region_list_noting(&mut problems).await?;
    let grids = conn.grid_list_noting(&mut problems).await?;
    let compounds = conn.compound_list_noting(&mut problems).await?;
    let buildings = conn.building_list_noting(&mut problems).await?;
    let barriers = conn.barrier_list_noting(&mut problems).await?;
    let backdrops = conn.backdrop_list().await?;
    let gates = conn.gate_list_noting(&mut problems).await?;
    let housekeepers = conn.housekeeper_list().await?;
    let appointments = conn.appointment_list().await?;
    let quota_policies = conn.quota_policy_list().await?;
    let contacts = conn.public_contact_list().await?;
    let covers = conn.cover_list(None).await?;
    let leaves = conn.leave_list(None).await?;
    let portraits = conn.portrait_list().await?;
    let mut secretaries = conn.organisation_list(None).await?;
    secretaries.retain(|one| one.kind == OrganisationKind::Secretary);
    let mut plans = Vec::new();
    for plan in conn.plan_list().await? {
        if plan.stored_state == PlanState::Withdrawn {
            continue;
        }
        let (district, id) = (plan.street.district_code(), plan.id);
        let areas = conn.patrol_area_list(district, id).await?;
        let assignments = conn.assignment_list(district, id).await?;
        let keepers = conn.area_keeper_list(district, id).await?;
        plans.push(PlanRows {
            plan,
            areas,
            assignments,
            keepers,
            hidden: HashSet::new(),
        });
    }
    let mut rows = Rows {
        version,
        synthetic,
        regions,
        grids,
        compounds,
        buildings,
        barriers,
        backdrops,
        gates,
        housekeepers,
        appointments,
        contacts,
        covers,
        leaves,
        portraits,
        secretaries,
        plans,
        quota_policies,
        known_quotas: HashMap::new(),
        problems,
    };
    refuse_broken(&mut rows);
    Ok(rows)
}

/// What another program wrote and we cannot serve is left out, and said.
fn refuse_broken(rows: &mut Rows) {
    use crate::domain::{Problem, Severity};
    let mut problems = std::mem::take(&mut rows.problems);
    let mut refuse = |kind: &str, name: &str| {
        problems.push(Problem::new(
            Severity::Refused,
            "row_not_served",
            format!("{kind}“{name}”的几何无效或坐标超出范围，未显示；请在 QGIS 中改正"),
            format!("the {kind} {name} has no valid geometry or lies out of range; it is not shown, mend it in QGIS"),
        ));
    };
    rows.compounds.retain(|compound| {
        let good = is_finite_lonlat(&compound.geometry);
        if !good {
            refuse("小区 compound", &compound.name);
        }
        good
    });
    rows.buildings.retain(|building| {
        let good = is_finite_lonlat(&building.footprint);
        if !good {
            refuse("楼栋 building", building.name.as_deref().unwrap_or("?"));
        }
        good
    });
    rows.barriers.retain(|barrier| {
        let good = is_finite_lonlat(&barrier.geometry);
        if !good {
            refuse("阻隔 barrier", barrier.name.as_deref().unwrap_or("?"));
        }
        good
    });
    for region in &mut rows.regions {
        if region
            .outline
            .as_ref()
            .is_some_and(|outline| !is_finite_lonlat(&outline.clone().into()))
        {
            refuse("区划 region", &region.name);
            region.outline = None;
        }
    }
    rows.problems = problems;
}

/// Whether a geometry has coordinates and all of them are degrees on the ground.
fn is_finite_lonlat(geometry: &geo_types::Geometry<f64>) -> bool {
    use geo::CoordsIter;
    let mut coords = geometry.coords_iter().peekable();
    coords.peek().is_some()
        && coords.all(|c| (-180.0..=180.0).contains(&c.x) && (-85.0..=85.0).contains(&c.y))
}
