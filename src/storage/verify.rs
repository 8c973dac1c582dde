//! What only the database can verify of itself: schema, integrity, spatial index, references, the feed.

use super::database::Database;
use super::dialect::INDEXED;
use super::error::Result;
use super::store::Store;
use sqlx::{AssertSqlSafe, Row};

/// One thing that was verified.
#[derive(Debug)]
pub struct Check {
    /// What, in Chinese.
    pub zh: &'static str,
    /// What, in English.
    pub en: &'static str,
    /// How much was looked at.
    pub detail: String,
    /// What is wrong; empty when nothing is.
    pub problems: Vec<String>,
}

impl Store {
    /// Verifies the database itself.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn check(&self) -> Result<Vec<Check>> {
        let applied = self.applied().await?.unwrap_or(0);
        let mut checks = vec![Check {
            zh: "结构版本",
            en: "schema version",
            detail: format!("version {applied}"),
            problems: if applied == 0 {
                vec!["the schema is missing".into()]
            } else {
                Vec::new()
            },
        }];
        match &self.database {
            Database::Gpkg(pool) => {
                let answers: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
                    .fetch_all(pool)
                    .await?;
                checks.push(Check {
                    zh: "文件完整性",
                    en: "file integrity",
                    detail: "PRAGMA integrity_check".into(),
                    problems: answers
                        .into_iter()
                        .filter(|answer| answer != "ok")
                        .collect(),
                });
                checks.push(rtree(pool).await?);
                let broken = sqlx::query("PRAGMA foreign_key_check")
                    .fetch_all(pool)
                    .await?;
                checks.push(Check {
                    zh: "引用",
                    en: "references",
                    detail: "PRAGMA foreign_key_check".into(),
                    problems: broken
                        .iter()
                        .map(|row| format!("{}: a row refers to nothing", row.get::<String, _>(0)))
                        .collect(),
                });
            }
            Database::Postgis(pool) => {
                let invalid: Vec<String> = sqlx::query_scalar(
                    "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid",
                )
                .fetch_all(pool)
                .await?;
                checks.push(Check {
                    zh: "索引",
                    en: "indexes",
                    detail: "pg_index".into(),
                    problems: invalid
                        .into_iter()
                        .map(|name| format!("index {name} is invalid"))
                        .collect(),
                });
            }
        }
        checks.push(self.check_feed().await?);
        Ok(checks)
    }

    /// The feed of each district runs 1, 2, 3, … without a gap.
    async fn check_feed(&self) -> Result<Check> {
        const GAPS: &str = "SELECT CAST(f.district_code AS BIGINT), CAST(count(e.seq) AS BIGINT), \
            CAST(coalesce(max(e.seq), 0) AS BIGINT), CAST(max(f.last_seq) AS BIGINT) \
            FROM feed f LEFT JOIN event e ON e.district_code = f.district_code GROUP BY f.district_code";
        let rows: Vec<(i64, i64, i64, i64)> = match &self.database {
            Database::Gpkg(pool) => sqlx::query_as(GAPS).fetch_all(pool).await?,
            Database::Postgis(pool) => sqlx::query_as(GAPS).fetch_all(pool).await?,
        };
        Ok(Check {
            zh: "事件序列",
            en: "event feed",
            detail: format!(
                "{} districts, {} events",
                rows.len(),
                rows.iter().map(|row| row.1).sum::<i64>()
            ),
            problems: rows
                .iter()
                .filter(|(_, count, newest, last)| count != newest || newest != last)
                .map(|(district, count, newest, last)| {
                    format!("district {district}: {count} events, newest {newest}, counter {last}")
                })
                .collect(),
        })
    }
}

/// Every geometry is in the R-tree, and nothing else is.
async fn rtree(pool: &sqlx::SqlitePool) -> Result<Check> {
    let mut problems = Vec::new();
    let mut total = 0;
    for table in INDEXED {
        let features: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT count(*) FROM {table} WHERE NOT ST_IsEmpty(geom)"
        )))
        .fetch_one(pool)
        .await?;
        let entries: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT count(*) FROM rtree_{table}_geom"
        )))
        .fetch_one(pool)
        .await?;
        let answer: String = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT rtreecheck('rtree_{table}_geom')"
        )))
        .fetch_one(pool)
        .await?;
        let strays: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT count(*) FROM rtree_{table}_geom r LEFT JOIN {table} t ON t.fid = r.id WHERE t.fid IS NULL"
        )))
        .fetch_one(pool)
        .await?;
        total += entries;
        if features != entries || strays > 0 {
            problems.push(format!(
                "{table}: {features} geometries, {entries} index entries, {strays} of nothing"
            ));
        }
        if answer != "ok" {
            problems.push(format!("{table}: {answer}"));
        }
    }
    Ok(Check {
        zh: "空间索引",
        en: "R-tree",
        detail: format!("{total} entries"),
        problems,
    })
}
