//! One door: candidates of a kind become rows.

use super::barriers::barriers;
use super::buildings::buildings;
use super::common::{Batch, Shared};
use super::compounds::compounds;
use super::gates::gates;
use super::grids::grids;
use super::housekeepers::housekeepers;
use super::regions::regions;
use crate::domain::ImportKind;
use crate::services::importing::candidate::Candidate;

/// Turns candidates into rows.
pub fn build(kind: ImportKind, candidates: Vec<Candidate>, shared: &Shared<'_>) -> Batch {
    let mut batch = Batch::default();
    match kind {
        ImportKind::Regions => regions(candidates, shared, &mut batch),
        ImportKind::Grids => grids(candidates, shared, &mut batch),
        ImportKind::Compounds => compounds(candidates, shared, &mut batch),
        ImportKind::Buildings => buildings(candidates, shared, &mut batch),
        ImportKind::Barriers => barriers(candidates, shared, &mut batch),
        ImportKind::Gates => gates(candidates, shared, &mut batch),
        ImportKind::Housekeepers => housekeepers(candidates, shared, &mut batch),
        // They lie in another store; see `importing::issues`.
        ImportKind::Issues => {}
    }
    batch
}
