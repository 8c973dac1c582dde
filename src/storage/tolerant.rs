//! Reading tables that other tools may write: a bad row becomes a problem and does not hide the others.
//!
//! Not validation of what the values mean. Invariant: every row is either returned or named in a problem.

use super::database::{Conn, on};
use super::error::Result;
use crate::domain::{Problem, RegionCode, Severity};
use futures_util::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, Row};
use uuid::Uuid;

/// Rows of a query that the domain accepts; the others go to `refused`.
pub(super) async fn tolerant<R, T>(
    conn: &mut Conn<'_>,
    sql: &'static str,
    table: &'static str,
    refused: &mut Vec<Problem>,
    read: impl Fn(R) -> Result<T, String>,
) -> Result<Vec<T>>
where
    R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>,
{
    tolerant_in(conn, sql.to_owned(), None, table, refused, read).await
}

/// The same inside a region of a district or below: `sql` then asks for `$1` = district, `$2` ≤ community ≤ `$3`.
pub(super) async fn tolerant_in<R, T>(
    conn: &mut Conn<'_>,
    sql: String,
    region: Option<RegionCode>,
    table: &'static str,
    refused: &mut Vec<Problem>,
    read: impl Fn(R) -> Result<T, String>,
) -> Result<Vec<T>>
where
    R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>,
{
    on!(conn, |db| {
        let mut query = sqlx::query(AssertSqlSafe(sql));
        if let Some(region) = region {
            let last = format!("{:9<12}", region.prefix());
            query = query
                .bind(region.district_code())
                .bind(region.to_string())
                .bind(last);
        }
        let mut stream = query.fetch(db);
        let mut rows = Vec::new();
        while let Some(row) = stream.try_next().await? {
            match R::from_row(&row)
                .map_err(|error| error.to_string())
                .and_then(&read)
            {
                Ok(value) => rows.push(value),
                Err(reason) => refused.push(problem(table, row.try_get("id").ok(), &reason)),
            }
        }
        Ok(rows)
    })
}

fn problem(table: &'static str, id: Option<Uuid>, reason: &str) -> Problem {
    let row = id.map_or_else(|| "?".to_owned(), |id| id.to_string());
    Problem::new(
        Severity::Refused,
        "stored_row_invalid",
        format!("表 {table} 中的一行（{row}）无法使用，未显示：{reason}；请在编辑它的软件（如 QGIS）中改正"),
        format!("a row of table {table} ({row}) cannot be used and is not shown: {reason}; mend it in the tool that wrote it"),
    )
    .at_field("id", &row)
}
