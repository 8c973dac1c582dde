//! What is special to a GeoPackage: other tools, the R-tree, the lock, damaged and foreign files.

use super::fixtures::*;
use crate::support::TestGpkg;
use gridkeeper::storage::{DatabaseUrl, Error, Store};
use sqlx::{Connection, SqliteConnection};
use std::path::Path;
use std::process::Command;

async fn filled() -> TestGpkg {
    let db = TestGpkg::new().await;
    let keeper = housekeeper(60);
    let plan = plan(80);
    let mut tx = db.store.begin().await.unwrap();
    let mut conn = tx.conn();
    conn.region_upsert(&[
        region(1, "340104002000", "示例街道"),
        region(2, "340104002001", "示例社区"),
    ])
    .await
    .unwrap();
    conn.grid_upsert(&[grid(10)]).await.unwrap();
    conn.compound_upsert(&[compound(20), compound(21)])
        .await
        .unwrap();
    let buildings: Vec<_> = (0..10)
        .map(|n| building(100 + n, Some(compound(20).id)))
        .collect();
    conn.building_upsert(&buildings).await.unwrap();
    conn.barrier_upsert(&[barrier(40)]).await.unwrap();
    conn.gate_upsert(&[gate(50, Some(compound(20).id))])
        .await
        .unwrap();
    conn.backdrop_insert(&[backdrop(55)]).await.unwrap();
    conn.appointment_upsert(&[appointment(70, keeper.id, None)])
        .await
        .unwrap();
    conn.housekeeper_upsert(&[keeper]).await.unwrap();
    conn.plan_insert(&plan).await.unwrap();
    conn.patrol_area_insert(DISTRICT, &[area(81, plan.id, 1), area(82, plan.id, 2)])
        .await
        .unwrap();
    conn.import_insert(&import(90)).await.unwrap();
    conn.waiting_insert(&[waiting(95, import(90).id)])
        .await
        .unwrap();
    conn.event_append(&event(DISTRICT, "import.stored"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    db
}

/// Runs statements as another tool would: without our mark. (A bare connection has no `ST_` functions.)
async fn as_another_tool(db: &TestGpkg, statements: &[&'static str]) {
    let mut tx = db.store.begin().await.unwrap();
    let gridkeeper::storage::Conn::Gpkg(raw) = tx.conn() else {
        unreachable!()
    };
    sqlx::query("UPDATE own_write SET active = 0")
        .execute(&mut *raw)
        .await
        .unwrap();
    sqlx::query("PRAGMA defer_foreign_keys = ON")
        .execute(&mut *raw)
        .await
        .unwrap();
    for sql in statements {
        sqlx::query(*sql)
            .execute(&mut *raw)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    tx.commit().await.unwrap();
}

/// Runs a tool of GDAL and gives its output; a missing tool fails the test with the way to install it.
fn gdal(program: &str, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program} cannot be run ({error}); on Debian: apt-get install gdal-bin python3-gdal"));
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.success(), text)
}

/// The validator that Debian's python3-gdal brings.
fn validator() -> &'static str {
    [
        "/usr/lib/python3/dist-packages/osgeo_utils/samples/validate_gpkg.py",
        "/usr/share/doc/python3-gdal/examples/validate_gpkg.py",
    ]
    .into_iter()
    .find(|path| Path::new(path).exists())
    .expect("the GeoPackage validator of GDAL; on Debian: apt-get install python3-gdal")
}

#[tokio::test(flavor = "multi_thread")]
async fn gdal_and_its_validator_find_nothing_wrong() {
    let db = filled().await;
    let path = db.path();
    let file = path.to_str().unwrap();
    let (good, text) = gdal("/usr/bin/python3", &[validator(), "-k", "--extra", file]);
    let complaints: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("Req ") || line.to_lowercase().contains("warn"))
        .collect();
    assert!(good && complaints.is_empty(), "{text}");

    let (good, text) = gdal("ogrinfo", &["-ro", "-so", "-al", file]);
    assert!(
        good && !text.contains("Warning") && !text.contains("ERROR"),
        "{text}"
    );
    for layer in [
        "region",
        "compound",
        "building",
        "barrier",
        "gate",
        "patrol_area",
        "housekeeper",
    ] {
        assert!(
            text.contains(&format!("Layer name: {layer}\n")),
            "{layer} in {text}"
        );
    }
    assert!(
        text.contains("Feature Count: 10") && text.contains("WGS 84"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_by_gdal_is_noted_and_keeps_the_r_tree_right() {
    let db = filled().await;
    let path = db.path();
    let file = path.to_str().unwrap();
    let before = db.store.data_version().await.unwrap();
    // As QGIS does: change an attribute, move a shape, delete one, draw one. The server is running.
    for sql in [
        "UPDATE building SET floors = 7 WHERE name = '100幢'",
        "UPDATE building SET geom = AsGPB(ST_GeomFromText('POLYGON((118 32, 118.001 32, 118.001 32.001, 118 32))', 4326)) WHERE name = '101幢'",
        "DELETE FROM building WHERE name = '102幢'",
    ] {
        let (good, text) = gdal("ogrinfo", &[file, "-q", "-dialect", "SQLITE", "-sql", sql]);
        assert!(good && !text.contains("ERROR"), "{sql}: {text}");
    }
    let drawn = db.dir.path().join("drawn.geojson");
    std::fs::write(
        &drawn,
        r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"新幢","community":"340104002001","district_code":340104},
        "geometry":{"type":"Polygon","coordinates":[[[117.4,31.9],[117.401,31.9],[117.401,31.901],[117.4,31.9]]]}}]}"#,
    )
    .unwrap();
    let (good, text) = gdal(
        "ogr2ogr",
        &[
            "-append",
            "-f",
            "GPKG",
            file,
            drawn.to_str().unwrap(),
            "-nln",
            "building",
        ],
    );
    assert!(good, "{text}");

    assert_eq!(db.store.data_version().await.unwrap(), before + 4);
    let mut lease = db.store.read().await.unwrap();
    let events = lease.conn().event_list(DISTRICT, 1, 10).await.unwrap();
    let kinds: Vec<&str> = events.iter().map(|e| e.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "external.update",
            "external.update",
            "external.delete",
            "external.insert"
        ]
    );
    assert!(
        events
            .iter()
            .all(|e| e.actor == "external" && e.subject == "building"),
        "{events:?}"
    );
    let id = events[0].payload["id"].as_str().unwrap();
    assert_eq!(id.parse::<uuid::Uuid>().unwrap(), uuid(100));

    let buildings = lease.conn().building_list().await.unwrap();
    assert_eq!(lease.conn().refused_list().await.unwrap(), []);
    assert_eq!(buildings.len(), 10);
    let named = |name: &str| {
        buildings
            .iter()
            .find(|b| b.name.as_deref() == Some(name))
            .unwrap()
    };
    assert_eq!(named("100幢").floors, Some(7));
    assert!(named("新幢").footprint != named("100幢").footprint);
    drop(lease);
    for check in db.store.check().await.unwrap() {
        assert_eq!(check.problems, Vec::<String>::new(), "{}", check.en);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_another_tool_spoilt_does_not_hide_the_others() {
    let db = filled().await;
    let edits = [
        "UPDATE building SET geom = x'00' WHERE name = '100幢'",
        "UPDATE building SET geom = NULL WHERE name = '101幢'",
        "UPDATE building SET floors = 'zwölf' WHERE name = '102幢'",
        "UPDATE building SET community = '？' WHERE name = '103幢'",
        "UPDATE region SET code = 'x' WHERE code = '340104002001'",
    ];
    as_another_tool(&db, &edits).await;
    let mut lease = db.store.read().await.unwrap();
    let mut conn = lease.conn();
    let buildings = conn.building_list().await.unwrap();
    assert_eq!(buildings.len(), 6, "the other six are served");
    assert_eq!(conn.region_list().await.unwrap().len(), 1);
    let refused = conn.refused_list().await.unwrap();
    assert_eq!(refused.len(), 5, "{refused:?}");
    assert!(
        refused
            .iter()
            .all(|p| p.code == "stored_row_invalid" && !p.zh.is_empty()),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_is_refused_while_the_first_runs() {
    let db = TestGpkg::new().await;
    let first = Store::open_exclusive(&db.url()).await.unwrap();
    let second = Store::open_exclusive(&db.url()).await;
    assert!(matches!(second, Err(Error::Locked(_))), "{second:?}");
    assert!(
        Store::open(&db.url()).await.is_ok(),
        "a command beside the server"
    );
    drop(first);
    assert!(Store::open_exclusive(&db.url()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_geopackage_is_refused_and_left_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("photo.gpkg");
    std::fs::write(
        &path,
        b"\xff\xd8\xff\xe0 this is a photo and not a database",
    )
    .unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = Store::open(&DatabaseUrl::Gpkg(path.clone())).await;
    assert!(matches!(refused, Err(Error::File { .. })), "{refused:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);

    // An SQLite database of somebody else.
    let path = dir.path().join("other.gpkg");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("CREATE TABLE song (title TEXT)")
        .execute(&mut other)
        .await
        .unwrap();
    other.close().await.unwrap();
    let refused = Store::open(&DatabaseUrl::Gpkg(path.clone())).await;
    assert!(matches!(refused, Err(Error::File { .. })), "{refused:?}");
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_master")
        .fetch_one(&mut other)
        .await
        .unwrap();
    assert_eq!(tables, 1, "nothing was added to it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_is_refused_and_named() {
    let db = filled().await;
    let mut newer = SqliteConnection::connect(db.path().to_str().unwrap())
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999, 'later', 1, x'00', 0)",
    )
    .execute(&mut newer)
    .await
    .unwrap();
    newer.close().await.unwrap();
    let refused = Store::open(&db.url()).await.unwrap_err();
    assert!(
        matches!(refused, Error::Newer { found: 999, .. }),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("newer program"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_leaves_the_data_whole() {
    let db = filled().await;
    // A page limit is SQLite's own way to be full; it answers with the same code as a full disk.
    let many: Vec<_> = (0..5000).map(|n| building(10_000 + n, None)).collect();
    let mut tx = db.store.begin().await.unwrap();
    let gridkeeper::storage::Conn::Gpkg(raw) = tx.conn() else {
        unreachable!()
    };
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&mut *raw)
        .await
        .unwrap();
    let sql = format!("PRAGMA max_page_count = {}", pages + 8);
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .fetch_all(&mut *raw)
        .await
        .unwrap();
    let refused = tx.conn().building_upsert(&many).await.unwrap_err();
    assert!(refused.to_string().contains("full"), "{refused}");
    drop(tx);
    let mut lease = db.store.read().await.unwrap();
    assert_eq!(lease.conn().building_list().await.unwrap().len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_writes_is_whole_and_can_be_put_back() {
    let db = filled().await;
    let backup = db.dir.path().join("copy.gpkg");
    let writer = {
        let store = db.store.clone();
        tokio::spawn(async move {
            for n in 0..20 {
                let mut tx = store.begin().await.unwrap();
                tx.conn()
                    .building_upsert(&[building(20_000 + n, None)])
                    .await
                    .unwrap();
                tx.conn()
                    .event_append(&event(DISTRICT, "edit"))
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            }
        })
    };
    db.store.backup(&backup).await.unwrap();
    writer.await.unwrap();
    let again = db.store.backup(&backup).await;
    assert!(
        matches!(again, Err(Error::File { .. })),
        "an existing file is not overwritten: {again:?}"
    );

    let copy = Store::open(&DatabaseUrl::Gpkg(backup.clone()))
        .await
        .unwrap();
    let (version, buildings) = {
        let mut lease = copy.read().await.unwrap();
        let mut conn = lease.conn();
        (
            conn.data_version().await.unwrap(),
            conn.building_list().await.unwrap().len() as u64,
        )
    };
    // Each write adds one building and one event: the copy shows one instant.
    assert_eq!(buildings - 10, version - 1);
    for check in copy.check().await.unwrap() {
        assert_eq!(check.problems, Vec::<String>::new(), "{}", check.en);
    }
    drop(copy);

    let target = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Gpkg(target.path().join("restored.gpkg"));
    Store::restore(&url, &backup).await.unwrap();
    let restored = Store::open(&url).await.unwrap();
    assert_eq!(restored.data_version().await.unwrap(), version);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_keeps_what_was_there_and_refuses_a_broken_backup_and_a_running_server() {
    let db = filled().await;
    let dir = tempfile::tempdir().unwrap();
    let good = dir.path().join("good.gpkg");
    db.store.backup(&good).await.unwrap();
    let broken = dir.path().join("broken.gpkg");
    let mut bytes = std::fs::read(&good).unwrap();
    let half = bytes.len() / 2;
    bytes[4096..half].fill(0xaa);
    std::fs::write(&broken, bytes).unwrap();

    let path = dir.path().join("live.gpkg");
    let url = DatabaseUrl::Gpkg(path.clone());
    Store::restore(&url, &good).await.unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(Store::restore(&url, &broken).await.is_err());
    assert!(
        Store::restore(&url, &dir.path().join("none.gpkg"))
            .await
            .is_err()
    );
    assert_eq!(
        std::fs::read(&path).unwrap(),
        before,
        "a refused restore changes nothing"
    );
    let server = Store::open_exclusive(&url).await.unwrap();
    assert!(matches!(
        Store::restore(&url, &good).await,
        Err(Error::Locked(_))
    ));
    drop(server);
    Store::restore(&url, &good).await.unwrap();
    let kept = std::fs::read_dir(dir.path())
        .unwrap()
        .filter(|e| {
            e.as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .contains("before-restore")
        })
        .count();
    assert!(kept >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_seven_automatic_backups_are_kept() {
    let empty = TestGpkg::new().await;
    assert_eq!(
        empty.store.backup_automatically("import").await.unwrap(),
        None
    );
    let db = filled().await;
    let mut newest = None;
    for _ in 0..9 {
        newest = db.store.backup_automatically("import").await.unwrap();
    }
    let folder = db.dir.path().join("backups");
    let kept: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    assert_eq!(kept.len(), 7, "{kept:?}");
    assert!(kept.contains(&newest.unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checks_find_what_is_broken() {
    let db = filled().await;
    as_another_tool(
        &db,
        &["DELETE FROM rtree_building_geom WHERE id = (SELECT fid FROM building WHERE name = '100幢')"],
    )
    .await;
    // A tool that does not mind references. (A table without geometry needs no `ST_` functions.)
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(db.path())
        .foreign_keys(false);
    let mut foreign = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("UPDATE appointment SET housekeeper_id = x'0102'")
        .execute(&mut foreign)
        .await
        .unwrap();
    sqlx::query("DELETE FROM event")
        .execute(&mut foreign)
        .await
        .unwrap();
    let checks = db.store.check().await.unwrap();
    let broken: Vec<&str> = checks
        .iter()
        .filter(|c| !c.problems.is_empty())
        .map(|c| c.en)
        .collect();
    assert_eq!(broken, ["R-tree", "references", "event feed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn saved_means_on_the_disk() {
    let db = TestGpkg::new().await;
    let mut tx = db.store.begin().await.unwrap();
    let gridkeeper::storage::Conn::Gpkg(raw) = tx.conn() else {
        unreachable!()
    };
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *raw)
        .await
        .unwrap();
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *raw)
        .await
        .unwrap();
    let references: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
        .fetch_one(&mut *raw)
        .await
        .unwrap();
    assert_eq!((journal.as_str(), synchronous, references), ("wal", 2, 1));
}
