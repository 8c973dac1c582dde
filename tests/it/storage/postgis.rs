//! What is special to PostGIS: edits of others, a server that is not there, dump and restoration.

use super::fixtures::*;
use crate::support::postgis::TestPostgis;
use gridkeeper::storage::{Error, Store};
use sqlx::{Connection, PgConnection};

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_by_another_tool_is_noted() {
    let db = TestPostgis::new().await;
    let mut tx = db.store.begin().await.unwrap();
    tx.conn().compound_upsert(&[compound(20)]).await.unwrap();
    tx.conn()
        .building_upsert(&[building(100, Some(compound(20).id))])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut foreign = PgConnection::connect(&db.url).await.unwrap();
    for sql in [
        "UPDATE building SET floors = 7",
        "INSERT INTO building (district_code, community, geom) VALUES (340104, '340104002001', \
         ST_GeomFromText('POLYGON((117 31, 117.1 31, 117.1 31.1, 117 31))', 4326))",
        "DELETE FROM building WHERE floors = 7",
    ] {
        sqlx::query(sql).execute(&mut foreign).await.unwrap();
    }
    assert_eq!(db.store.data_version().await.unwrap(), 3);
    let mut lease = db.store.read().await.unwrap();
    let events = lease.conn().event_list(DISTRICT, 0, 10).await.unwrap();
    let kinds: Vec<&str> = events.iter().map(|e| e.kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["external.update", "external.insert", "external.delete"]
    );
    assert!(
        events
            .iter()
            .all(|e| e.actor == "external" && e.subject == "building")
    );
    assert_eq!(
        events[0].payload["id"]
            .as_str()
            .unwrap()
            .parse::<uuid::Uuid>()
            .unwrap(),
        uuid(100)
    );
    assert_eq!(lease.conn().building_list().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_another_tool_spoilt_does_not_hide_the_others() {
    let db = TestPostgis::new().await;
    let mut tx = db.store.begin().await.unwrap();
    let all: Vec<_> = (100..104).map(|n| building(n, None)).collect();
    tx.conn().building_upsert(&all).await.unwrap();
    tx.commit().await.unwrap();
    let mut foreign = PgConnection::connect(&db.url).await.unwrap();
    for sql in [
        "UPDATE building SET geom = ST_GeomFromText('POLYGON EMPTY', 4326) WHERE name = '100幢'",
        "UPDATE building SET geom = NULL WHERE name = '101幢'",
        "UPDATE building SET community = '？' WHERE name = '102幢'",
    ] {
        sqlx::query(sql).execute(&mut foreign).await.unwrap();
    }
    let mut lease = db.store.read().await.unwrap();
    assert_eq!(lease.conn().building_list().await.unwrap().len(), 1);
    assert_eq!(lease.conn().refused_list().await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_said_without_the_password() {
    let url = "postgres://me:s3cret@localhost:5432/city?host=/nowhere/at/all"
        .parse()
        .unwrap();
    let refused = Store::open(&url).await.unwrap_err();
    assert!(matches!(refused, Error::Unavailable { .. }), "{refused:?}");
    assert!(!refused.to_string().contains("s3cret"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_can_be_put_back_into_another_database() {
    let db = TestPostgis::new().await;
    let mut tx = db.store.begin().await.unwrap();
    tx.conn().compound_upsert(&[compound(20)]).await.unwrap();
    tx.conn()
        .building_upsert(&[building(100, Some(compound(20).id))])
        .await
        .unwrap();
    tx.conn()
        .event_append(&event(DISTRICT, "import.stored"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("city.dump");
    db.store.backup(&file).await.unwrap();

    let other = TestPostgis::new().await;
    Store::restore(&other.url.parse().unwrap(), &file)
        .await
        .unwrap();
    let restored = Store::open(&other.url.parse().unwrap()).await.unwrap();
    assert_eq!(restored.data_version().await.unwrap(), 1);
    let mut lease = restored.read().await.unwrap();
    assert_eq!(
        lease.conn().building_list().await.unwrap(),
        [building(100, Some(compound(20).id))]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_others_must_not_write_say_so() {
    const SILENT: &str = "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace \
        AND relname NOT IN ('_sqlx_migrations', 'spatial_ref_sys', 'region', 'grid', 'compound', 'building', 'barrier') \
        AND coalesce(obj_description(oid), '') NOT LIKE '%read-only%'";
    let db = TestPostgis::new().await;
    let mut connection = PgConnection::connect(&db.url).await.unwrap();
    let silent: Vec<String> = sqlx::query_scalar(SILENT)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(silent, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_city_is_made_and_checked_here_too() {
    use gridkeeper::config::Config;
    use gridkeeper::services::Services;
    use gridkeeper::services::jobs::JobKind;
    let db = TestPostgis::new().await;
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.backup.folder = dir.path().join("backups");
    config.security.key_file = Some(dir.path().join("city.key"));
    config.security.checkpoint_file = Some(dir.path().join("city.audit.json"));
    let services = Services::open(&db.url.parse().unwrap(), config, true)
        .await
        .unwrap();
    let (_, job) = services
        .jobs()
        .start(JobKind::Plan, chrono::Utc::now())
        .unwrap();
    services
        .make_demo(&services.operator(), None, 42, job)
        .await
        .unwrap();
    let picture = services.picture();
    let total = picture.coverage("999001001000".parse().unwrap());
    assert_eq!((total.required, total.in_post, total.short), (124, 56, 68));
    services.backup_automatically("test").await.unwrap();
    let made: Vec<_> = std::fs::read_dir(dir.path().join("backups"))
        .unwrap()
        .collect();
    assert!(made.len() > 1, "before publishing, and just now: {made:?}");
    for finding in services.check().await.unwrap() {
        assert!(
            finding.problems.is_empty(),
            "{}: {:?}",
            finding.en,
            finding.problems
        );
    }
}

/// All 64 Gauss-Krüger codes, three points each, against the database's own PROJ.
#[tokio::test(flavor = "multi_thread")]
async fn gauss_kruger_is_within_a_millimetre_of_st_transform() {
    const THERE: &str = "SELECT ST_X(p), ST_Y(p) FROM ST_Transform(ST_SetSRID(ST_MakePoint($1, $2), 4490), $3) AS p";
    let db = TestPostgis::new().await;
    let mut connection = PgConnection::connect(&db.url).await.unwrap();
    let mut worst_m = 0.0_f64;
    for epsg in 4491..=4554_u16 {
        for ([lon, lat], [east_m, north_m]) in crate::crs_reference::sample_points(epsg) {
            let (x, y): (f64, f64) = sqlx::query_as(THERE)
                .bind(lon)
                .bind(lat)
                .bind(i32::from(epsg))
                .fetch_one(&mut connection)
                .await
                .unwrap();
            let error_m = (x - east_m).hypot(y - north_m);
            assert!(
                error_m < 0.001,
                "EPSG:{epsg} at {lon}, {lat}: {error_m} m ({x}, {y})"
            );
            worst_m = worst_m.max(error_m);
        }
    }
    println!("64 codes × 3 points: worst {worst_m:.6} m");
}
