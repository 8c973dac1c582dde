//! Correcting one building or compound by hand, and confirming in one tap that a count still holds.
//!
//! Not an import: no file, one row. Invariant: the row and its record change in one transaction; records are events and
//! are never changed.

use super::super::Services;
use super::super::error::{Error, Result};
use super::text;
use crate::domain::{
    Actor, Building, BuildingId, Compound, CompoundId, HouseholdBasis, HouseholdCount, NewEvent,
    RegionCode,
};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// More households than any building or compound has.
const MAX_HOUSEHOLDS: u32 = 100_000;
/// More floors than any building has.
const MAX_FLOORS: u16 = 200;

/// A count as somebody gives it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountCorrection {
    /// Households; `null` when nobody knows.
    pub households: Option<u32>,
    /// What is counted: registered, resident, dwellings, occupied, estimated or unstated.
    pub basis: String,
    /// Day to which the count refers.
    pub as_of: NaiveDate,
    /// Where it comes from.
    pub source: Option<String>,
    /// Why it is corrected.
    pub note: Option<String>,
}

/// What is known of a place as somebody gives it; what is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceCorrection {
    /// Number or name.
    pub name: Option<String>,
    /// Storeys above ground; buildings only.
    pub floors: Option<u16>,
    /// Why it is corrected.
    pub note: Option<String>,
}

/// A record of what was changed by hand.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CorrectionView {
    /// When.
    pub at: DateTime<Utc>,
    /// Who, by name.
    pub by: String,
    /// What: `place`, `count` or `confirmed`.
    pub kind: String,
    /// Before: the fields that changed.
    #[schema(value_type = Object)]
    pub before: Value,
    /// After: the same fields.
    #[schema(value_type = Object)]
    pub after: Value,
    /// Why.
    pub note: Option<String>,
}

/// The row under correction.
enum Unit {
    Building(Box<Building>),
    Compound(Box<Compound>),
}

impl Unit {
    const fn count_mut(&mut self) -> &mut HouseholdCount {
        match self {
            Self::Building(row) => &mut row.households,
            Self::Compound(row) => &mut row.households,
        }
    }

    fn district(&self) -> i32 {
        match self {
            Self::Building(row) => row.community.district_code(),
            Self::Compound(row) => row.community.district_code(),
        }
    }
}

impl Services {
    /// Sets name and floors.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` with the field that is wrong, or when nothing would change.
    pub async fn place_correct(&self, actor: &Actor, id: Uuid, ask: PlaceCorrection) -> Result<()> {
        let name = text(ask.name.as_deref(), "名称", "name")?;
        if ask.floors.is_some_and(|n| n == 0 || n > MAX_FLOORS) {
            return Err(Error::invalid(
                "floors_out_of_range",
                format!("楼层数应在 1 到 {MAX_FLOORS} 之间"),
                format!("floors must be 1 to {MAX_FLOORS}"),
            ));
        }
        let note = text(ask.note.as_deref(), "说明", "note")?;
        self.correct(actor, id, "corrected.place", note, |unit| {
            let (mut before, mut after) = (json!({}), json!({}));
            match unit {
                Unit::Building(row) => {
                    if let Some(name) = name.filter(|name| row.name.as_ref() != Some(name)) {
                        (before["name"], after["name"]) = (json!(row.name), json!(name));
                        row.name = Some(name);
                    }
                    if let Some(floors) = ask.floors.filter(|n| row.floors != Some(*n)) {
                        (before["floors"], after["floors"]) = (json!(row.floors), json!(floors));
                        row.floors = Some(floors);
                    }
                }
                Unit::Compound(row) => {
                    if ask.floors.is_some() {
                        return Err(Error::invalid(
                            "floors_of_a_compound",
                            "小区没有楼层数，请在楼栋上填写",
                            "a compound has no floors; give them for its buildings",
                        ));
                    }
                    if let Some(name) = name.filter(|name| row.name != *name) {
                        (before["name"], after["name"]) = (json!(row.name), json!(name));
                        row.name = name;
                    }
                }
            }
            Ok((before, after))
        })
        .await
    }

    /// Sets the count of households.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` with the field that is wrong, or when nothing would change.
    pub async fn count_correct(&self, actor: &Actor, id: Uuid, ask: CountCorrection) -> Result<()> {
        let basis: HouseholdBasis = ask.basis.parse().map_err(|_unknown| {
            let (words, labels): (Vec<_>, Vec<_>) = HouseholdBasis::ALL
                .iter()
                .map(|basis| (basis.as_str(), basis.label_zh()))
                .unzip();
            Error::invalid(
                "basis_unknown",
                format!("户数口径应为：{}", labels.join("、")),
                format!("the basis must be one of: {}", words.join(", ")),
            )
        })?;
        if ask.households.is_some_and(|n| n > MAX_HOUSEHOLDS) {
            return Err(Error::invalid(
                "households_out_of_range",
                format!("户数应在 0 到 {MAX_HOUSEHOLDS} 之间"),
                format!("households must be 0 to {MAX_HOUSEHOLDS}"),
            ));
        }
        let today = self.today(self.now());
        if ask.as_of > today || ask.as_of.year() < 1950 {
            return Err(Error::invalid(
                "as_of_out_of_range",
                format!("统计日期应在 1950 年以后、不晚于今天（{today}）"),
                format!("the day of the count must be 1950 or later and not after today ({today})"),
            ));
        }
        let counted = HouseholdCount {
            count: ask.households,
            basis,
            estimated: ask.households.is_some() && basis == HouseholdBasis::Estimated,
            as_of: Some(ask.as_of),
            source: text(ask.source.as_deref(), "来源", "source")?,
        };
        let note = text(ask.note.as_deref(), "说明", "note")?;
        self.correct(actor, id, "corrected.count", note, |unit| {
            let count = unit.count_mut();
            let before = std::mem::replace(count, counted);
            Ok(changed(&before, count))
        })
        .await
    }

    /// Says that a count still holds today.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when there is no count.
    pub async fn count_confirm(&self, actor: &Actor, id: Uuid) -> Result<()> {
        let today = self.today(self.now());
        self.correct(actor, id, "corrected.confirmed", None, |unit| {
            let count = unit.count_mut();
            if count.count.is_none() {
                return Err(Error::invalid(
                    "nothing_to_confirm",
                    "户数未知，无法确认；请先填写户数",
                    "the households are not known; give a count first",
                ));
            }
            let before = count.clone();
            count.as_of = Some(today);
            Ok((json!({ "as_of": before.as_of }), json!({ "as_of": today })))
        })
        .await
    }

    /// What was changed by hand, newest first.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn corrections(&self, id: Uuid) -> Result<Vec<CorrectionView>> {
        let community = self.community_of(id)?;
        let mut lease = self.store().read().await?;
        let events = lease
            .conn()
            .event_list_of(community.district_code(), &id.to_string())
            .await?;
        let records = events.into_iter().rev().filter_map(|mut event| {
            let kind = event.kind.strip_prefix("corrected.")?.to_owned();
            Some(CorrectionView {
                at: event.at,
                by: event.payload["by"].as_str().unwrap_or_default().to_owned(),
                kind,
                before: event.payload["before"].take(),
                after: event.payload["after"].take(),
                note: event.payload["note"].as_str().map(str::to_owned),
            })
        });
        Ok(records.collect())
    }

    fn community_of(&self, id: Uuid) -> Result<RegionCode> {
        let picture = self.picture();
        let building = picture.building_index(BuildingId::new(id));
        let compound = || picture.compound_index(CompoundId::new(id));
        building
            .map(|at| picture.buildings[at].community)
            .or_else(|| compound().map(|at| picture.compounds[at].community))
            .ok_or_else(|| missing(id))
    }

    async fn correct(
        &self,
        actor: &Actor,
        id: Uuid,
        kind: &str,
        note: Option<String>,
        change: impl FnOnce(&mut Unit) -> Result<(Value, Value)>,
    ) -> Result<()> {
        let _one_at_a_time = self.writer().await;
        // From the store: another program may have written since the picture.
        let mut unit = {
            let community = self.community_of(id)?;
            let mut lease = self.store().read().await?;
            let mut conn = lease.conn();
            let buildings = conn.buildings_in(community).await?;
            match buildings.into_iter().find(|row| row.id.uuid() == id) {
                Some(row) => Unit::Building(Box::new(row)),
                None => {
                    let compounds = conn.compounds_in(community).await?;
                    let found = compounds.into_iter().find(|row| row.id.uuid() == id);
                    Unit::Compound(Box::new(found.ok_or_else(|| missing(id))?))
                }
            }
        };
        let (before, after) = change(&mut unit)?;
        if before == after && kind != "corrected.confirmed" {
            return Err(Error::invalid(
                "nothing_changed",
                "没有改动；若户数没有变化，请点“确认无变化”",
                "nothing would change; if the count still holds, confirm it",
            ));
        }
        let event = NewEvent {
            district_code: unit.district(),
            at: self.now(),
            actor: actor.id.to_string(),
            kind: kind.to_owned(),
            subject: id.to_string(),
            payload: json!({ "by": actor.name, "before": before, "after": after, "note": note }),
        };
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        match unit {
            Unit::Building(row) => conn.building_upsert(&[*row]).await?,
            Unit::Compound(row) => conn.compound_upsert(&[*row]).await?,
        }
        conn.event_append(&event).await?;
        tx.commit().await?;
        self.reload().await
    }
}

/// The fields of a count that differ, before and after.
fn changed(before: &HouseholdCount, after: &HouseholdCount) -> (Value, Value) {
    let fields = |count: &HouseholdCount| {
        json!({ "households": count.count, "basis": count.basis, "estimated": count.estimated,
            "as_of": count.as_of, "source": count.source })
    };
    let (mut old, mut new) = (fields(before), fields(after));
    if let (Value::Object(old), Value::Object(new)) = (&mut old, &mut new) {
        let same: Vec<String> = old
            .iter()
            .filter(|(field, value)| new.get(*field) == Some(value))
            .map(|(field, _)| field.clone())
            .collect();
        for field in same {
            old.remove(&field);
            new.remove(&field);
        }
    }
    (old, new)
}

fn missing(id: Uuid) -> Error {
    Error::NotFound(format!("unit {id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_holds_what_changed_and_nothing_else() {
        let before = HouseholdCount::known(40, HouseholdBasis::Resident);
        let after = HouseholdCount {
            count: Some(42),
            ..before.clone()
        };
        assert_eq!(
            changed(&before, &after),
            (json!({ "households": 40 }), json!({ "households": 42 }))
        );
        let (old, new) = changed(&HouseholdCount::unknown(), &before);
        assert_eq!(old["households"], Value::Null, "unknown is not 0");
        assert_eq!(new["households"], 40);
        assert_eq!(changed(&before, &before), (json!({}), json!({})));
    }
}
