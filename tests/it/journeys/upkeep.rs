//! The data are kept right by hand: what is missing is counted and listed, one building is corrected with a record,
//! a count is confirmed, and communities are merged and split without forgetting anything. On both databases.

use super::app::{App, person};
use crate::support::postgis::TestPostgis;
use axum_test::TestServer;
use gridkeeper::config::Config;
use gridkeeper::services::Services;
use gridkeeper::services::jobs::JobKind;
use serde_json::{Value, json};
use uuid::Uuid;

const STREET: &str = "999001001000";

async fn get(server: &TestServer, path: &str) -> Value {
    let response = server.get(path).await;
    assert_eq!(response.status_code(), 200, "{path}: {}", response.text());
    response.json()
}

async fn ask(server: &TestServer, method: &str, path: &str, body: Value) -> (u16, Value) {
    let request = match method {
        "PUT" => server.put(path),
        _ => server.post(path),
    };
    let response = request.json(&body).await;
    let status = response.status_code().as_u16();
    let mut body: Value = serde_json::from_str(&response.text()).unwrap_or(Value::Null);
    // A problem by its bare word, to compare with.
    if let Some(word) = body["type"]
        .as_str()
        .and_then(|kind| kind.strip_prefix("/problems/"))
    {
        body["code"] = json!(word);
    }
    (status, body)
}

/// The demo on PostGIS, and whoever keeps it.
async fn on_postgis() -> (TestPostgis, tempfile::TempDir, Services, TestServer) {
    let db = TestPostgis::new().await;
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.security.key_file = Some(dir.path().join("key"));
    config.security.checkpoint_file = Some(dir.path().join("audit.json"));
    config.backup.folder = dir.path().join("backups");
    let services = Services::open(&db.url.parse().unwrap(), config, false)
        .await
        .unwrap();
    let (_, job) = services
        .jobs()
        .start(JobKind::Plan, chrono::Utc::now())
        .unwrap();
    let seed = gridkeeper::demo::DEFAULT_SEED;
    services
        .make_demo_without_issues(&services.operator(), None, seed, job)
        .await
        .unwrap();
    let server = person(&services, "tester", &[("grid_admin", "everywhere")]).await;
    (db, dir, services, server)
}

/// A building of a compound, with a known count.
async fn a_building(server: &TestServer) -> Value {
    let compounds = get(server, &format!("/api/v1/compounds?region={STREET}")).await;
    let compound = compounds["items"][0]["id"].as_str().unwrap().to_owned();
    let buildings = get(server, &format!("/api/v1/buildings?compound={compound}")).await;
    let items = buildings["items"].as_array().unwrap().clone();
    let known = items.into_iter().find(|row| row["households"].is_number());
    known.unwrap()
}

async fn every_number_is_the_length_of_its_list(server: &TestServer) {
    let report = get(server, &format!("/api/v1/regions/{STREET}/quality")).await;
    let checks = report["items"].as_array().unwrap().iter();
    let mut dated = 0;
    for check in checks.chain(report["ages"].as_array().unwrap()) {
        let word = check["check"].as_str().unwrap();
        let path = format!("/api/v1/regions/{STREET}/quality/rows?check={word}&limit=1");
        let rows = get(server, &path).await;
        assert_eq!(rows["total"], check["n"], "{word}");
        if check.get("of").is_none() {
            dated += check["n"].as_u64().unwrap();
        }
    }
    assert_eq!(
        dated,
        report["counts"].as_u64().unwrap(),
        "each count has one age"
    );
    assert!(report["counts"].as_u64().unwrap() > 0);
}

async fn a_correction_is_recorded_and_a_confirmation_is_one_tap(server: &TestServer) {
    let building = a_building(server).await;
    let id = building["id"].as_str().unwrap();
    let unit = format!("/api/v1/units/{id}");
    let before = building["households"].as_u64().unwrap();
    let count = json!({ "households": before + 7, "basis": "resident", "as_of": "2024-03-01", "source": "入户核对" });
    let (status, body) = ask(server, "PUT", &format!("{unit}/count"), count.clone()).await;
    assert_eq!(status, 204, "{body}");
    let now = get(server, &format!("/api/v1/buildings/{id}")).await;
    assert_eq!(now["households"], before + 7);
    assert_eq!(now["as_of"], "2024-03-01");
    assert_eq!(now["estimated"], false);
    // The same again changes nothing, and says what to do instead.
    let (status, body) = ask(server, "PUT", &format!("{unit}/count"), count).await;
    assert_eq!(
        (status, body["code"].as_str()),
        (422, Some("nothing_changed")),
        "{body}"
    );

    let place = json!({ "name": "示例 7幢", "floors": 11, "note": "门牌已换" });
    assert_eq!(
        ask(server, "PUT", &format!("{unit}/place"), place).await.0,
        204
    );
    assert_eq!(
        ask(server, "POST", &format!("{unit}/confirmations"), json!({}))
            .await
            .0,
        204
    );
    let now = get(server, &format!("/api/v1/buildings/{id}")).await;
    assert_eq!(
        (now["name"].as_str(), now["floors"].as_u64()),
        (Some("示例 7幢"), Some(11))
    );
    assert_ne!(now["as_of"], "2024-03-01");
    assert_eq!(now["households"], before + 7, "confirming changes no count");

    let records = get(server, &format!("{unit}/corrections")).await;
    let kinds: Vec<&str> = records
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["confirmed", "place", "count"],
        "newest first: {records}"
    );
    assert_eq!(records[2]["before"]["households"], before);
    assert_eq!(records[2]["after"]["households"], before + 7);
    assert_eq!(records[1]["note"], "门牌已换");
    assert_eq!(records[0]["by"], "示例 tester");
    assert_eq!(records[0]["before"]["as_of"], "2024-03-01");

    // Unknown is a count too, and there is nothing in it to confirm.
    let unknown = json!({ "households": null, "basis": "unstated", "as_of": "2024-03-02" });
    assert_eq!(
        ask(server, "PUT", &format!("{unit}/count"), unknown)
            .await
            .0,
        204
    );
    let (status, body) = ask(server, "POST", &format!("{unit}/confirmations"), json!({})).await;
    assert_eq!(
        (status, body["code"].as_str()),
        (422, Some("nothing_to_confirm")),
        "{body}"
    );
    let report = get(
        server,
        &format!("/api/v1/regions/{STREET}/quality/rows?check=building_households&limit=500"),
    )
    .await;
    let listed = report["items"]
        .as_array()
        .unwrap()
        .iter()
        .any(|row| row["id"] == id);
    assert!(listed, "it is in the list of what is missing");
}

/// Every row of the street with its community, and the sums that must not change.
async fn sums(server: &TestServer) -> (u64, u64, u64) {
    let regions = get(server, "/api/v1/regions").await;
    let items = regions["items"].as_array().unwrap();
    let street = items.iter().find(|row| row["code"] == STREET).unwrap();
    let of = |key: &str| street[key].as_u64().unwrap();
    (of("compounds"), of("buildings"), of("households"))
}

async fn region(server: &TestServer, code: &str) -> Value {
    let regions = get(server, "/api/v1/regions").await;
    let items = regions["items"].as_array().unwrap().iter();
    items
        .clone()
        .find(|row| row["code"] == code)
        .unwrap_or_else(|| panic!("no {code}"))
        .clone()
}

async fn communities_are_merged_and_split_back(services: &Services, server: &TestServer) {
    let regions = get(server, "/api/v1/regions").await;
    let filled = |row: &&Value| row["level"] == "community" && row["compounds"].as_u64() > Some(1);
    let mut all = regions["items"].as_array().unwrap().iter().filter(filled);
    let (a, b) = (all.next().unwrap().clone(), all.next().unwrap().clone());
    let (from, into) = (a["code"].as_str().unwrap(), b["code"].as_str().unwrap());
    let before = sums(server).await;
    let compounds = get(server, &format!("/api/v1/compounds?region={from}")).await;
    let own: Vec<Value> = compounds["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].clone())
        .collect();
    let merge = format!("/api/v1/regions/{from}/merge");
    let in_force = |services: &Services| {
        let picture = services.picture();
        let plan = picture
            .in_force(STREET.parse().unwrap(), services.now())
            .unwrap();
        plan.areas
            .iter()
            .map(|area| area.community.to_string())
            .filter(|code| code == from)
            .count()
    };
    let areas = in_force(services);
    assert!(areas > 0);

    // A draft is in the way, by name, and a dry run says so as well.
    let plans = get(server, &format!("/api/v1/plans?region={STREET}")).await;
    let current = plans["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["state"] == "in_force")
        .unwrap();
    let (_, draft) = ask(
        server,
        "POST",
        "/api/v1/plans",
        json!({ "from": current["id"], "name": "秋季草案" }),
    )
    .await;
    for dry_run in [true, false] {
        let (status, body) = ask(
            server,
            "POST",
            &merge,
            json!({ "into": into, "dry_run": dry_run }),
        )
        .await;
        assert_eq!(
            (status, body["code"].as_str()),
            (409, Some("plans_in_the_way")),
            "{body}"
        );
        assert!(body.to_string().contains("秋季草案"), "{body}");
    }
    let draft = format!("/api/v1/plans/{}", draft["id"].as_str().unwrap());
    assert!(server.delete(&draft).await.status_code().is_success());

    // The dry run moves nothing and counts what the real run moves.
    let (status, dry) = ask(
        server,
        "POST",
        &merge,
        json!({ "into": into, "dry_run": true }),
    )
    .await;
    assert_eq!(status, 200, "{dry}");
    assert_eq!(
        (dry["done"].as_bool(), dry["compounds"].as_u64()),
        (Some(false), a["compounds"].as_u64())
    );
    assert_eq!(
        dry["households"], a["households"],
        "as the list of regions counts them"
    );
    assert_eq!(dry["areas"].as_u64(), Some(areas as u64));
    assert_eq!(region(server, from).await["successor"], Value::Null);
    let (status, done) = ask(
        server,
        "POST",
        &merge,
        json!({ "into": into, "dry_run": false }),
    )
    .await;
    assert_eq!(status, 200, "{done}");
    for key in [
        "compounds",
        "buildings",
        "households",
        "grids",
        "housekeepers",
        "areas",
        "areas_cut",
    ] {
        assert_eq!(done[key], dry[key], "{key}");
    }
    assert_eq!(done["done"], true);
    assert_eq!(
        sums(server).await,
        before,
        "nothing is lost and nothing is counted twice"
    );
    let ended = region(server, from).await;
    assert_eq!(
        (ended["successor"].as_str(), ended["compounds"].as_u64()),
        (Some(into), Some(0))
    );
    assert!(ended["valid_to"].is_string());
    let both = a["compounds"].as_u64().unwrap() + b["compounds"].as_u64().unwrap();
    assert_eq!(region(server, into).await["compounds"].as_u64(), Some(both));
    assert_eq!(in_force(services), 0, "the areas in force go along");
    let coverage = get(server, &format!("/api/v1/regions/{STREET}/coverage")).await;
    let listed = coverage["communities"]
        .as_array()
        .unwrap()
        .iter()
        .any(|row| row["code"] == from);
    assert!(!listed, "a code that has ended is no community of today");

    // What has ended is not merged again, and its code is nobody else's.
    let (status, body) = ask(
        server,
        "POST",
        &merge,
        json!({ "into": into, "dry_run": true }),
    )
    .await;
    assert_eq!(
        (status, body["code"].as_str()),
        (422, Some("region_ended")),
        "{body}"
    );

    // The way back: the code returns with what it had.
    let split = format!("/api/v1/regions/{into}/split");
    let back = json!({ "code": from, "compounds": own, "dry_run": false });
    let (status, body) = ask(server, "POST", &split, back).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(sums(server).await, before);
    let again = region(server, from).await;
    for key in ["name", "compounds", "buildings", "households", "bounds"] {
        assert_eq!(again[key], a[key], "{key}");
    }
    assert_eq!(
        (&again["successor"], &again["valid_to"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(in_force(services), areas, "and its areas");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_are_kept_right_on_a_geopackage() {
    let app = App::demo().await;
    every_number_is_the_length_of_its_list(&app.server).await;
    a_correction_is_recorded_and_a_confirmation_is_one_tap(&app.server).await;
    communities_are_merged_and_split_back(&app.services, &app.server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_are_kept_right_on_postgis() {
    let (_db, _dir, services, server) = on_postgis().await;
    every_number_is_the_length_of_its_list(&server).await;
    a_correction_is_recorded_and_a_confirmation_is_one_tap(&server).await;
    communities_are_merged_and_split_back(&services, &server).await;
}

#[tokio::test]
async fn what_is_wrong_is_said_and_stores_nothing() {
    let app = App::demo().await;
    let server = &app.server;
    let building = a_building(server).await;
    let id = building["id"].as_str().unwrap();
    let version = app.services.picture().version;
    let count = |change: Value| {
        let mut body = json!({ "households": 12, "basis": "resident", "as_of": "2024-03-01" });
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    };
    let counts = [
        (json!({ "basis": "guessed" }), "basis_unknown"),
        (json!({ "as_of": "2999-01-01" }), "as_of_out_of_range"),
        (json!({ "as_of": "1066-10-14" }), "as_of_out_of_range"),
        (
            json!({ "households": 4_000_000 }),
            "households_out_of_range",
        ),
        (json!({ "source": "源".repeat(300) }), "text_too_long"),
    ];
    for (change, code) in counts {
        let (status, body) = ask(
            server,
            "PUT",
            &format!("/api/v1/units/{id}/count"),
            count(change),
        )
        .await;
        assert_eq!((status, body["code"].as_str()), (422, Some(code)), "{body}");
    }
    let compound = building["compound"]["id"].as_str().unwrap();
    let places = [
        (id, json!({ "floors": 0 }), "floors_out_of_range"),
        (id, json!({}), "nothing_changed"),
        (compound, json!({ "floors": 6 }), "floors_of_a_compound"),
    ];
    for (unit, body, code) in places {
        let (status, body) = ask(server, "PUT", &format!("/api/v1/units/{unit}/place"), body).await;
        assert_eq!((status, body["code"].as_str()), (422, Some(code)), "{body}");
    }
    let nobody = Uuid::now_v7();
    assert_eq!(
        ask(
            server,
            "PUT",
            &format!("/api/v1/units/{nobody}/count"),
            count(json!({}))
        )
        .await
        .0,
        404
    );

    let community = building["community"]["code"].as_str().unwrap();
    let merges = [
        (json!({ "into": community }), "region_into_itself"),
        (json!({ "into": "999001001099" }), "region_name_required"),
        (
            json!({ "into": "999001002001", "name": "别处" }),
            "region_outside_street",
        ),
        (json!({ "into": "12" }), "region_outside_street"),
    ];
    for (mut body, code) in merges {
        body["dry_run"] = json!(false);
        let (status, body) = ask(
            server,
            "POST",
            &format!("/api/v1/regions/{community}/merge"),
            body,
        )
        .await;
        assert_eq!((status, body["code"].as_str()), (422, Some(code)), "{body}");
    }
    let (status, body) = ask(
        server,
        "POST",
        &format!("/api/v1/regions/{STREET}/merge"),
        json!({ "into": community, "dry_run": false }),
    )
    .await;
    assert_eq!(
        (status, body["code"].as_str()),
        (422, Some("not_a_community")),
        "{body}"
    );
    let splits = [
        (
            json!({ "code": community, "compounds": [compound] }),
            "region_code_taken",
        ),
        (
            json!({ "code": "999001001099", "name": "新社区", "compounds": [] }),
            "split_compounds_unknown",
        ),
        (
            json!({ "code": "999001001099", "name": "新社区", "compounds": [nobody] }),
            "split_compounds_unknown",
        ),
    ];
    for (mut body, code) in splits {
        body["dry_run"] = json!(false);
        let (status, body) = ask(
            server,
            "POST",
            &format!("/api/v1/regions/{community}/split"),
            body,
        )
        .await;
        assert_eq!((status, body["code"].as_str()), (422, Some(code)), "{body}");
    }
    assert_eq!(app.services.picture().version, version);
}

#[tokio::test]
async fn renumbering_is_a_merge_into_a_new_code() {
    let app = App::demo().await;
    let server = &app.server;
    let building = a_building(server).await;
    let community = building["community"]["code"].as_str().unwrap();
    let before = region(server, community).await;
    let body = json!({ "into": "999001001098", "name": "换码社区", "dry_run": false });
    let (status, done) = ask(
        server,
        "POST",
        &format!("/api/v1/regions/{community}/merge"),
        body,
    )
    .await;
    assert_eq!(status, 200, "{done}");
    assert_eq!(done["to_is_new"], true);
    let new = region(server, "999001001098").await;
    for key in ["compounds", "buildings", "households", "bounds"] {
        assert_eq!(new[key], before[key], "{key}");
    }
    assert!(new["valid_from"].is_string());
    // A file that still names the old code reaches the new one.
    let csv = format!(
        "小区名称,总户数,社区代码,经度,纬度\r\n示例戌苑,300,{community},117.2000,31.8000\r\n"
    );
    let fields = [
        ("kind", "compounds"),
        ("crs", "wgs84"),
        ("dry_run", "false"),
    ];
    let (job, import) = app.import("compounds.csv", csv.as_bytes(), &fields).await;
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(import["counts"]["stored"], 1, "{import}");
    let found = app
        .get("/api/v1/compounds?region=999001001098&q=示例戌苑")
        .await;
    assert_eq!(found["total"], 1, "{found}");
}
