//! Typed identifiers: a UUID of version 7 that knows what it identifies.
//!
//! Not codes (those are for people). Invariant: an id is made from the time and the random bytes that the
//! caller hands in, never from a clock or generator in here.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id_types {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an existing identifier.
            pub const fn new(id: Uuid) -> Self { Self(id) }

            /// A new identifier (UUID version 7) for the instant `now` with 10 random bytes.
            pub fn make(now: DateTime<Utc>, random: [u8; 10]) -> Self {
                Self(uuid_v7(now, random))
            }

            /// The bare UUID.
            pub const fn uuid(self) -> Uuid { self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { Uuid::parse_str(text).map(Self) }
        }

        impl From<Uuid> for $name { fn from(id: Uuid) -> Self { Self(id) } }
        impl From<$name> for Uuid { fn from(id: $name) -> Self { id.0 } }
    )+};
}

id_types! {
    /// A region (行政区划).
    RegionId;
    /// A statutory grid (网格).
    GridId;
    /// A compound (小区).
    CompoundId;
    /// A building (楼栋).
    BuildingId;
    /// A stairwell of a building (单元).
    StairwellId;
    /// A backdrop feature.
    BackdropId;
    /// A barrier: river, railway, major road.
    BarrierId;
    /// A gate of a compound (出入口).
    GateId;
    /// A housekeeper (红色小管家).
    HousekeeperId;
    /// An appointment of a housekeeper to a compound (任命).
    AppointmentId;
    /// A quota policy of a region (配备标准).
    QuotaPolicyId;
    /// A plan of one street (划片方案).
    PlanId;
    /// The board of a building (公示牌).
    NoticeId;
    /// A patrol area of a plan (责任片区).
    AreaId;
    /// An import (导入).
    ImportId;
    /// A row that waits for a place on the map.
    WaitingId;
    /// A person or program that acts.
    ActorId;
    /// An issue (问题、事件).
    IssueId;
    /// An event of an issue.
    IssueEventId;
    /// A rule that says which body is responsible (派单规则).
    RoutingRuleId;
    /// A visit (走访).
    VisitId;
    /// An entry of a diary (民情日记).
    DiaryId;
}

/// A UUID of version 7 from an instant and 10 random bytes (RFC 9562 §5.7).
pub fn uuid_v7(now: DateTime<Utc>, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_version_7_and_survives_its_text() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let id = BuildingId::make(now, [7; 10]);
        assert_eq!(id.uuid().get_version_num(), 7);
        assert_eq!(id.to_string().parse::<BuildingId>().unwrap(), id);
        assert_eq!(BuildingId::make(now, [7; 10]), id);
        assert!(
            BuildingId::make(DateTime::from_timestamp(1_700_000_001, 0).unwrap(), [0; 10]) > id
        );
    }
}
