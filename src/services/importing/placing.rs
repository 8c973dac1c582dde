//! Placing a waiting row by a click on the map: the row goes the same way as if the file had named the place.

use super::batch::{self, Shared, WAITING_ROW};
use super::candidate::Candidate;
use super::regions::Resolver;
use super::store;
use crate::domain::{
    Actor, HouseholdBasis, ImportKind, NewEvent, RegionCode, Severity, WaitingId, WaitingRow,
    WaitingState,
};
use crate::formats::{Field, Value, columns};
use crate::services::error::{Error, Result};
use crate::services::{Services, rows};
use geo_types::{Geometry, Point};

impl Services {
    /// Puts a waiting row at a position, [lon, lat] WGS 84; `within` as in an import.
    ///
    /// # Errors
    /// `NotFound`, or `Invalid` with the reason why it cannot be there.
    pub async fn waiting_place(
        &self,
        actor: &Actor,
        id: WaitingId,
        [lon, lat]: [f64; 2],
        within: Option<&[RegionCode]>,
    ) -> Result<()> {
        if !(72.0..=138.0).contains(&lon) || !(0.8..=56.0).contains(&lat) {
            return Err(Error::invalid(
                "position_out_of_range",
                format!("位置 {lon}, {lat} 不在中国范围内"),
                format!("the position {lon}, {lat} lies outside China"),
            ));
        }
        let _one_at_a_time = self.writer().await;
        let row = self.waiting_row(id).await?;
        let mut known = rows::read(self.store()).await?;
        if let Some(within) = within {
            super::run::narrow(&mut known, within);
        }
        let now = self.now();
        let resolver = Resolver::new(&known.regions, row.community);
        let shared = Shared {
            rows: &known,
            resolver: &resolver,
            import: row.import,
            basis: HouseholdBasis::Unstated,
            as_of: None,
            source: "placed by hand".into(),
            today: self.today(now),
            keys: self.keys(),
        };
        let mut row = row;
        if let Some(sealed) = row.properties.remove(WAITING_ROW) {
            let import = row.import.to_string();
            let all = self.keys().unseal(WAITING_ROW, &import, &sealed)?;
            row.properties = serde_json::from_str(&all).unwrap_or_default();
        }
        let mut candidate = candidate_of(&row);
        candidate.geometry = Some(Geometry::Point(Point::new(lon, lat)));
        let batch = batch::build(row.kind, vec![candidate], &shared);
        let refused: Vec<_> = batch
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Refused)
            .cloned()
            .collect();
        if !refused.is_empty() {
            return Err(Error::Invalid(refused));
        }
        if !batch.waiting.is_empty() {
            return Err(Error::invalid(
                "place_holds_no_compound",
                "该位置不在任何小区内，请点选小区范围内的位置",
                "no compound lies there; choose a place inside one",
            ));
        }
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        // The row belongs to its import, and goes when that is taken back.
        let earlier = conn.import_change_list(row.import).await?.len();
        let changes = store::changes(row.import, &batch, &known, earlier)?;
        store::upsert(&mut conn, &batch).await?;
        let import = conn.import_find(row.import).await?;
        let district = import.map_or(row.district_code, |import| import.district_code);
        conn.import_change_insert(district, &changes).await?;
        conn.waiting_state_set(row.district_code, id, WaitingState::Placed)
            .await?;
        conn.event_append(&waiting_event(&row, actor, now, "waiting.placed"))
            .await?;
        tx.commit().await?;
        self.reload().await
    }

    /// Puts a waiting row aside.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn waiting_dismiss(&self, actor: &Actor, id: WaitingId) -> Result<()> {
        let row = self.waiting_row(id).await?;
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        conn.waiting_state_set(row.district_code, id, WaitingState::Dismissed)
            .await?;
        conn.event_append(&waiting_event(&row, actor, self.now(), "waiting.dismissed"))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn waiting_row(&self, id: WaitingId) -> Result<WaitingRow> {
        let found = self.waiting().await?.into_iter().find(|row| row.id == id);
        found.ok_or_else(|| Error::NotFound(format!("waiting row {id}")))
    }
}

fn waiting_event(
    row: &WaitingRow,
    actor: &Actor,
    at: chrono::DateTime<chrono::Utc>,
    kind: &str,
) -> NewEvent {
    NewEvent {
        district_code: row.district_code,
        at,
        actor: actor.id.to_string(),
        kind: kind.to_owned(),
        subject: row.id.to_string(),
        payload: serde_json::json!({ "kind": row.kind.as_str(), "row": row.row }),
    }
}

/// The row as the importer would have understood it, headers matched again.
fn candidate_of(row: &WaitingRow) -> Candidate {
    let mut candidate = Candidate {
        row: row.row,
        name: Some(row.name.clone()),
        ..Candidate::default()
    };
    let mut problems = Vec::new();
    for (column, text) in &row.properties {
        let field = columns::match_header(row.kind, column);
        // A housekeeper's compound found no match by name: the place says it now.
        if row.kind == ImportKind::Housekeepers
            && matches!(field, Some(Field::Compound | Field::CompoundCode))
        {
            continue;
        }
        if let Some(field) = field {
            super::candidate::fill(
                &mut candidate,
                field,
                column,
                &Value::Text(text.clone()),
                &mut problems,
            );
        }
    }
    candidate
}
