//! The two schemas are one: the same files, tables, columns and kinds of columns.

use crate::support::TestGpkg;
use crate::support::postgis::TestPostgis;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};

fn migrations(folder: &str) -> BTreeSet<String> {
    let path = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn every_migration_exists_for_both_databases_under_one_name() {
    assert_eq!(migrations("gpkg"), migrations("postgis"));
}

type Columns = BTreeMap<(String, String), (&'static str, bool)>;

/// One word for what both databases call by different names.
fn kind(declared: &str) -> &'static str {
    match declared.to_ascii_uppercase().as_str() {
        "BLOB" | "UUID" | "BYTEA" => "id",
        "TEXT" => "text",
        "JSONB" => "json",
        "INTEGER" | "BIGINT" => "integer",
        "DOUBLE" | "DOUBLE PRECISION" => "real",
        "BOOLEAN" => "boolean",
        "DATE" => "day",
        "DATETIME" | "TIMESTAMP WITH TIME ZONE" => "instant",
        "GEOMETRY" | "POINT" | "MULTIPOLYGON" | "USER-DEFINED" => "geometry",
        other => panic!("an unknown kind of column: {other}"),
    }
}

async fn gpkg_columns() -> Columns {
    const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
        AND name NOT LIKE 'rtree_%' AND name NOT LIKE 'gpkg_%' AND name NOT IN ('_sqlx_migrations', 'own_write')";
    let db = TestGpkg::new().await;
    let mut connection = SqliteConnection::connect(db.path().to_str().unwrap())
        .await
        .unwrap();
    let tables: Vec<String> = sqlx::query_scalar(TABLES)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let mut columns = Columns::new();
    for table in tables {
        let sql = format!(
            "SELECT name, type, \"notnull\" FROM pragma_table_info('{table}') WHERE name <> 'fid'"
        );
        let rows: Vec<(String, String, bool)> = sqlx::query_as(AssertSqlSafe(sql))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        for (column, declared, required) in rows {
            columns.insert((table.clone(), column), (kind(&declared), required));
        }
    }
    columns
}

async fn postgis_columns() -> Columns {
    const COLUMNS: &str = "SELECT c.table_name::text, c.column_name::text, c.data_type::text, c.is_nullable = 'NO' \
        FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) \
        WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' \
        AND c.table_name NOT IN ('_sqlx_migrations', 'spatial_ref_sys')";
    let db = TestPostgis::new().await;
    let mut connection = PgConnection::connect(&db.url).await.unwrap();
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(COLUMNS)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    rows.into_iter()
        .map(|(table, column, declared, required)| ((table, column), (kind(&declared), required)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_have_the_same_columns_of_the_same_kinds() {
    // A GeoPackage keeps JSON as text.
    let as_gpkg = |(name, (kind, required)): ((String, String), (&'static str, bool))| {
        (name, (if kind == "json" { "text" } else { kind }, required))
    };
    let postgis: Columns = postgis_columns().await.into_iter().map(as_gpkg).collect();
    let gpkg = gpkg_columns().await;
    assert!(gpkg.len() > 150, "{} columns", gpkg.len());
    assert_eq!(gpkg, postgis);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_district_is_the_first_column_of_every_key() {
    const KEYS: &str = "SELECT c.relname::text, i.relname::text, a.attname::text FROM pg_index x \
        JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid \
        JOIN pg_namespace n ON n.oid = c.relnamespace \
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0] \
        WHERE n.nspname = 'public' AND x.indisunique AND c.relname NOT IN ('_sqlx_migrations', 'spatial_ref_sys')";
    const REFERENCES: &str = "SELECT c.conname::text, a.attname::text FROM pg_constraint c \
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.contype = 'f'";
    let db = TestPostgis::new().await;
    let mut connection = PgConnection::connect(&db.url).await.unwrap();
    let keys: Vec<(String, String, String)> = sqlx::query_as(KEYS)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert!(keys.len() >= 20, "{keys:?}");
    for (table, index, first) in keys {
        assert_eq!(first, "district_code", "{index} of {table}");
    }
    let references: Vec<(String, String)> = sqlx::query_as(REFERENCES)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert!(references.len() >= 10, "{references:?}");
    for (name, first) in references {
        assert_eq!(first, "district_code", "{name}");
    }
}

/// What grows for years, and by which column it is asked for without a district.
const ASKED_FOR: [(&str, &str); 16] = [
    ("issue", "id"),
    ("issue", "code"),
    ("issue", "lookup"),
    ("issue", "request_key"),
    ("issue", "import_id"),
    ("issue_event", "feed"),
    ("issue_photo", "issue_id"),
    ("issue_photo", "hash"),
    ("notification", "issue_id"),
    ("visit", "id"),
    ("visit", "entered_at"),
    ("visit", "keeper_id"),
    ("visit", "replaces"),
    ("visit", "request_key"),
    ("diary_entry", "id"),
    ("diary_entry", "keeper_id"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_grows_is_found_without_reading_all_of_it() {
    let db = TestGpkg::new().await;
    let mut gpkg = SqliteConnection::connect(db.path().to_str().unwrap())
        .await
        .unwrap();
    let db = TestPostgis::new().await;
    let mut postgis = PgConnection::connect(&db.url).await.unwrap();
    for (table, column) in ASKED_FOR {
        let sql = format!("EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE {column} = x'00'");
        let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(AssertSqlSafe(sql))
            .fetch_all(&mut gpkg)
            .await
            .unwrap();
        assert!(
            steps.iter().all(|(.., step)| step.starts_with("SEARCH")),
            "{table}.{column}: {steps:?}"
        );
        // Tables are empty here, and an empty table is always read whole: the index has to be there.
        let firsts: Vec<String> = sqlx::query_scalar(
            "SELECT a.attname::text FROM pg_index x JOIN pg_attribute a \
             ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0] WHERE x.indrelid = $1::regclass",
        )
        .bind(table)
        .fetch_all(&mut postgis)
        .await
        .unwrap();
        assert!(
            firsts.iter().any(|first| first == column),
            "{table}.{column}: {firsts:?}"
        );
    }
}
