//! The conformance suite: one set of sentences, both databases.

use chrono::Utc;
use gridkeeper::domain::{
    Actor, Building, BuildingId, Compound, CompoundId, HouseholdBasis, HouseholdCount, NewEvent,
    Region, RegionId,
};
use gridkeeper::storage::{DatabaseUrl, Store};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

/// A GeoPackage in a folder that vanishes.
fn gpkg() -> (tempfile::TempDir, DatabaseUrl) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("gpkg:{}", dir.path().join("test.gpkg").display());
    let url = url.parse().unwrap();
    (dir, url)
}

/// A database of its own on the test server.
async fn postgis() -> DatabaseUrl {
    let base = std::env::var("TEST_DATABASE_URL").expect(
        "TEST_DATABASE_URL names no PostGIS: run scripts/test-postgis start and export TEST_DATABASE_URL=$(scripts/test-postgis url)",
    );
    let name = format!("t{}", Uuid::now_v7().simple());
    let mut admin = PgConnection::connect(&base).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut admin)
        .await
        .unwrap();
    let (front, back) = base
        .split_once('?')
        .map_or((base.as_str(), ""), |(a, b)| (a, b));
    let server = front.rsplit_once('/').unwrap().0;
    format!("{server}/{name}?{back}").parse().unwrap()
}

fn region() -> Region {
    let code = "340104001001".parse().unwrap();
    let mut region = Region::new(RegionId::new(Uuid::now_v7()), code, "幸福社区");
    region.outline = Some(geo_types::MultiPolygon::new(vec![square(
        117.2, 31.8, 0.01,
    )]));
    region
}

fn square(x: f64, y: f64, side: f64) -> geo_types::Polygon<f64> {
    geo_types::Rect::new((x, y), (x + side, y + side)).to_polygon()
}

fn compound() -> Compound {
    Compound {
        id: CompoundId::new(Uuid::now_v7()),
        natural_key: "code:1".into(),
        code: Some("340104001001C0001".into()),
        name: "幸福苑'); DROP TABLE compound;--".into(),
        community: "340104001001".parse().unwrap(),
        geometry: square(117.201, 31.801, 0.003).into(),
        households: HouseholdCount::known(620, HouseholdBasis::Resident),
        building_count: Some(18),
        floor_area_m2: Some(55_800.5),
        address: None,
        property_company: Some("示例物业".into()),
        built_year: Some(1998),
        source: Some("test".into()),
        import: None,
    }
}

fn building(compound: CompoundId) -> Building {
    Building {
        id: BuildingId::new(Uuid::now_v7()),
        natural_key: "b1".into(),
        code: None,
        name: Some("7幢".into()),
        community: "340104001001".parse().unwrap(),
        compound: Some(compound),
        grid: None,
        footprint: square(117.202, 31.802, 0.0003).into(),
        households: HouseholdCount::estimate(36),
        floors: Some(6),
        height_m: Some(18.5),
        source: None,
        import: None,
    }
}

fn event(kind: &str) -> NewEvent {
    NewEvent {
        district_code: 340_104,
        at: Utc::now(),
        actor: Actor::system().id.to_string(),
        kind: kind.into(),
        subject: "test".into(),
        payload: serde_json::json!({ "n": 1 }),
    }
}

/// Everything that both databases must do alike.
async fn conformance(url: &DatabaseUrl) {
    let store = Store::open(url).await.unwrap();
    assert_eq!(store.data_version().await.unwrap(), 0);
    let (region, compound) = (region(), compound());
    let building = building(compound.id);
    let mut tx = store.begin().await.unwrap();
    let mut conn = tx.conn();
    conn.region_upsert(std::slice::from_ref(&region))
        .await
        .unwrap();
    conn.compound_upsert(std::slice::from_ref(&compound))
        .await
        .unwrap();
    conn.building_upsert(std::slice::from_ref(&building))
        .await
        .unwrap();
    assert_eq!(conn.event_append(&event("first")).await.unwrap(), 1);
    assert_eq!(
        conn.event_append(&event("second")).await.unwrap(),
        2,
        "the feed is gapless"
    );
    tx.commit().await.unwrap();
    assert_eq!(store.data_version().await.unwrap(), 2);

    // What is read is what was written, bit for bit.
    let mut lease = store.read().await.unwrap();
    let mut conn = lease.conn();
    assert_eq!(
        conn.region_list().await.unwrap(),
        std::slice::from_ref(&region)
    );
    assert_eq!(
        conn.compound_list().await.unwrap(),
        std::slice::from_ref(&compound)
    );
    assert_eq!(
        conn.building_list().await.unwrap(),
        std::slice::from_ref(&building)
    );
    assert_eq!(
        conn.event_list(340_104, 1, 10).await.unwrap()[0].kind,
        "second"
    );
    drop(lease);

    // Writing again replaces by identity; children stay.
    let mut changed = compound.clone();
    changed.households = HouseholdCount::unknown();
    let mut tx = store.begin().await.unwrap();
    tx.conn()
        .compound_upsert(std::slice::from_ref(&changed))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut lease = store.read().await.unwrap();
    assert_eq!(lease.conn().compound_list().await.unwrap(), [changed]);
    assert_eq!(
        lease.conn().building_list().await.unwrap(),
        std::slice::from_ref(&building)
    );
    drop(lease);

    // A dropped transaction leaves nothing.
    let mut tx = store.begin().await.unwrap();
    tx.conn().event_append(&event("lost")).await.unwrap();
    drop(tx);
    assert_eq!(store.data_version().await.unwrap(), 2);

    // A unique rule is a conflict, not a driver error.
    let mut twin = building;
    twin.id = BuildingId::new(Uuid::now_v7());
    let mut tx = store.begin().await.unwrap();
    let error = tx.conn().building_upsert(&[twin]).await.unwrap_err();
    assert!(
        matches!(error, gridkeeper::storage::Error::Conflict { .. }),
        "{error}"
    );
    drop(tx);

    // The mark of synthetic data.
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.conn().is_synthetic().await.unwrap());
    tx.conn().synthetic_set(true).await.unwrap();
    assert!(tx.conn().is_synthetic().await.unwrap());
    tx.commit().await.unwrap();
    for check in store.check().await.unwrap() {
        assert!(
            check.problems.is_empty(),
            "{}: {:?}",
            check.en,
            check.problems
        );
    }
    // Opening again migrates nothing and loses nothing.
    drop(store);
    assert_eq!(
        Store::open(url)
            .await
            .unwrap()
            .data_version()
            .await
            .unwrap(),
        2
    );
}

#[tokio::test]
async fn a_geopackage_conforms() {
    let (_dir, url) = gpkg();
    conformance(&url).await;
}

#[tokio::test]
async fn postgis_conforms() {
    conformance(&postgis().await).await;
}

#[tokio::test]
async fn the_demo_city_is_made_and_checked_on_postgis_too() {
    use gridkeeper::config::Config;
    use gridkeeper::services::Services;
    use gridkeeper::services::jobs::JobKind;
    let services = Services::open(&postgis().await, Config::default(), true)
        .await
        .unwrap();
    let (_, job) = services.jobs().start(JobKind::Plan, Utc::now()).unwrap();
    services
        .make_demo(&services.operator(), None, 42, job)
        .await
        .unwrap();
    let picture = services.picture();
    let total = picture.coverage("999001001000".parse().unwrap());
    assert_eq!((total.required, total.in_post, total.short), (124, 56, 68));
    for finding in services.check().await.unwrap() {
        assert!(
            finding.problems.is_empty(),
            "{}: {:?}",
            finding.en,
            finding.problems
        );
    }
}

#[tokio::test]
async fn a_second_server_on_the_same_file_is_refused() {
    let (_dir, url) = gpkg();
    let _first = Store::open_exclusive(&url).await.unwrap();
    let error = Store::open_exclusive(&url).await.unwrap_err();
    assert!(error.to_string().contains("in use"), "{error}");
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    let (_dir, url) = gpkg();
    let store = Store::open(&url).await.unwrap();
    let path = store.file().unwrap().to_owned();
    drop(store);
    let mut raw = sqlx::SqliteConnection::connect(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'x', 1, x'00', 0)",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    drop(raw);
    let error = Store::open(&url).await.unwrap_err();
    assert!(error.to_string().contains("newer"), "{error}");
}

#[tokio::test]
async fn a_backup_is_whole_and_comes_back() {
    let (dir, url) = gpkg();
    let store = Store::open(&url).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.conn().event_append(&event("kept")).await.unwrap();
    tx.commit().await.unwrap();
    let copy = dir.path().join("copy.gpkg");
    store.backup(&copy).await.unwrap();
    assert!(
        store.backup(&copy).await.is_err(),
        "a backup never overwrites"
    );
    for _ in 0..9 {
        store.backup_automatically("test").await.unwrap();
    }
    assert_eq!(
        std::fs::read_dir(dir.path().join("backups"))
            .unwrap()
            .count(),
        7,
        "the last seven are kept"
    );
    let mut tx = store.begin().await.unwrap();
    tx.conn().event_append(&event("later")).await.unwrap();
    tx.commit().await.unwrap();
    drop(store);
    Store::restore(&url, &copy).await.unwrap();
    assert_eq!(
        Store::open(&url)
            .await
            .unwrap()
            .data_version()
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn an_edit_by_another_tool_is_noted_and_our_own_are_not() {
    let (_dir, url) = gpkg();
    let store = Store::open(&url).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.conn().compound_upsert(&[compound()]).await.unwrap();
    tx.conn().event_append(&event("own")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.data_version().await.unwrap(), 1);
    let path = store.file().unwrap();
    let edited = std::process::Command::new("ogrinfo")
        .arg(path)
        .args([
            "-sql",
            "UPDATE compound SET name = '新名'",
            "-dialect",
            "SQLITE",
        ])
        .output()
        .expect("gdal-bin is installed");
    let outcome = String::from_utf8_lossy(&edited.stderr).into_owned();
    assert_eq!(store.data_version().await.unwrap(), 2, "{outcome}");
    let mut lease = store.read().await.unwrap();
    let events = lease.conn().event_list(340_104, 1, 10).await.unwrap();
    assert_eq!(
        (events[0].actor.as_str(), events[0].kind.as_str()),
        ("external", "external.update")
    );
}

#[tokio::test]
async fn other_tools_read_the_geopackage_and_find_nothing_wrong() {
    let (_dir, url) = gpkg();
    let store = Store::open(&url).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.conn().region_upsert(&[region()]).await.unwrap();
    tx.conn().compound_upsert(&[compound()]).await.unwrap();
    tx.commit().await.unwrap();
    let path = store.file().unwrap().to_owned();
    drop(store);
    let output = std::process::Command::new("ogrinfo")
        .args(["-ro", "-al", "-so"])
        .arg(&path)
        .output()
        .expect("gdal-bin is installed");
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(
        !text.contains("Warning") && !text.contains("ERROR"),
        "{text}"
    );
    assert!(
        text.contains("Layer name: compound") && text.contains("Feature Count: 1"),
        "{text}"
    );
}

#[test]
fn both_folders_of_migrations_hold_the_same_names() {
    let names = |folder: &str| -> Vec<String> {
        let path = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<String> = std::fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("gpkg"), names("postgis"));
}
