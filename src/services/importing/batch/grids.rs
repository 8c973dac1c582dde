//! Statutory grids.

use super::common::{Batch, Seen, Shared, id, keep, key, middle, refuse, seen_key, wait};
use crate::domain::{Grid, GridId, ImportKind};
use crate::services::importing::candidate::Candidate;
use crate::services::importing::nearby::Nearby;
use std::collections::HashMap;

pub(super) fn grids(candidates: Vec<Candidate>, shared: &Shared<'_>, batch: &mut Batch) {
    let by_code: HashMap<&str, &Grid> = shared
        .rows
        .grids
        .iter()
        .filter_map(|grid| Some((grid.code.as_deref()?, grid)))
        .collect();
    let mut names = Nearby::default();
    for grid in &shared.rows.grids {
        names.push(&grid.name, middle(&grid.outline.clone().into()));
    }
    let mut seen = Seen::default();
    for candidate in candidates {
        let row = candidate.row;
        let Some(geometry) = candidate.geometry.as_ref() else {
            wait(batch, &candidate, ImportKind::Grids, None, shared);
            continue;
        };
        let Some(outline) = crate::services::planning::polygons(geometry) else {
            refuse(
                batch,
                row,
                "outline_not_polygon",
                "网格必须是面",
                "a grid must be a polygon",
            );
            continue;
        };
        let point = middle(geometry);
        let community = match shared
            .resolver
            .community(row, candidate.community.as_deref(), point)
        {
            Ok(code) => code,
            Err(problem) => {
                batch.problems.push(*problem);
                continue;
            }
        };
        let name = candidate
            .name
            .clone()
            .or_else(|| candidate.code.clone())
            .unwrap_or_default();
        if name.is_empty() {
            refuse(
                batch,
                row,
                "name_missing",
                "缺少网格名称或代码",
                "the name or code of the grid is missing",
            );
            continue;
        }
        let before = match candidate.code.as_deref() {
            Some(code) => by_code.get(code).copied(),
            None => point
                .and_then(|point| names.same(&name, point))
                .map(|at| &shared.rows.grids[at]),
        };
        let grid_id = before.map_or_else(|| GridId::new(id()), |grid| grid.id);
        if !seen.first(
            batch,
            row,
            seen_key(candidate.code.as_deref(), grid_id.uuid()),
            &name,
        ) {
            continue;
        }
        let after = Grid {
            id: grid_id,
            natural_key: key(candidate.code.as_deref(), &name, point),
            code: candidate.code.clone(),
            name,
            community,
            outline,
            source: Some(shared.source.clone()),
        };
        keep(
            &mut batch.counts,
            before,
            after,
            |a, b| a.name == b.name && a.community == b.community && a.outline == b.outline,
            &mut batch.grids,
        );
    }
}
