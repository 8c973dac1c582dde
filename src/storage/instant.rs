//! Instants in columns: UTC with milliseconds, the precision of a GeoPackage, on both databases.
//!
//! Invariant: a GeoPackage holds them as `2022-09-05T08:00:00.000Z`, the only form its standard knows,
//! so that they sort as text and other tools read them.

use chrono::{DateTime, SubsecRound, Utc};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo};
use sqlx::{Encode, Postgres, Sqlite, Type};

/// An instant on its way into a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instant(pub DateTime<Utc>);

impl Type<Sqlite> for Instant {
    fn type_info() -> SqliteTypeInfo {
        <String as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for Instant {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        let text = self
            .0
            .trunc_subsecs(3)
            .format("%Y-%m-%dT%H:%M:%S%.3fZ")
            .to_string();
        <String as Encode<'_, Sqlite>>::encode(text, buffer)
    }
}

impl Type<Postgres> for Instant {
    fn type_info() -> PgTypeInfo {
        <DateTime<Utc> as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Instant {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <DateTime<Utc> as Encode<'_, Postgres>>::encode(self.0.trunc_subsecs(3), buffer)
    }
}
