//! Quota policies, the map of gaps, the best posts and what-ifs, on the demo street.

use super::app::App;
use axum_test::TestServer;
use chrono::Days;
use gridkeeper::config::Config;
use gridkeeper::domain::{QuotaPolicy, QuotaPolicyId, RegionCode, ScopedPolicy};
use gridkeeper::services::picture::Picture;
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap()
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

async fn ask(server: &TestServer, path: &str) -> Value {
    let answer = server.get(path).await;
    assert_eq!(answer.status_code(), 200, "{path}: {}", answer.text());
    answer.json()
}

fn street(app: &App) -> String {
    let picture = app.services.picture();
    picture.compounds[0].community.parent().unwrap().to_string()
}

async fn planner(app: &App) -> TestServer {
    app.person("city-planner", &[("planner", "everywhere")])
        .await
}

fn policy(app: &App, region: &str, per_households: u32, from: u64) -> Value {
    let from = app.services.picture().today + Days::new(from);
    json!({ "region": region, "keepers": 2, "per_households": per_households, "rule": "area_ratio",
        "round_at": "street", "valid_from": from })
}

#[tokio::test]
async fn two_per_400_from_a_day_requires_155_that_day_and_124_the_day_before() {
    let app = App::demo().await;
    let street: RegionCode = street(&app).parse().unwrap();
    let now = app.services.now();
    let day = app.services.picture().today;
    for (today, required) in [(day - Days::new(1), 124), (day, 155)] {
        let rows = app.services.read_rows().await.unwrap();
        let mut rows = std::sync::Arc::into_inner(rows).unwrap();
        rows.quota_policies.push(ScopedPolicy {
            id: QuotaPolicyId::new(Uuid::now_v7()),
            region: street,
            policy: QuotaPolicy {
                per_households: 400,
                ..QuotaPolicy::default()
            },
            valid_from: day,
            valid_to: None,
            withdrawn_at: None,
            made_by: "示例甲01".into(),
            made_at: now,
        });
        let picture = Picture::build(rows, app.services.policy(), now, today);
        assert_eq!(picture.coverage(street).required, required, "{today}");
    }
}

async fn a_policy_begins_replaces_and_ends(app: &App) {
    let street = street(app);
    let planner = planner(app).await;
    let path = "/api/v1/quota-policies";
    let coverage = format!("/api/v1/regions/{street}/coverage");
    let tomorrow = planner.post(path).json(&policy(app, &street, 400, 1)).await;
    assert_eq!(tomorrow.status_code(), 201, "{}", tomorrow.text());
    let tomorrow: Value = tomorrow.json();
    assert_eq!(tomorrow["policy"]["state"], "future");
    assert_eq!(tomorrow["ended"], Value::Null);
    let total = &app.get(&coverage).await["total"];
    assert_eq!(
        (number(&total["required"]), number(&total["short"])),
        (124, 68)
    );

    // The same region, from today: it would overlap what begins tomorrow.
    let now = planner.post(path).json(&policy(app, &street, 300, 0)).await;
    assert_eq!(now.status_code(), 409, "{}", now.text());
    let taken_back = planner
        .delete(&format!(
            "{path}/{}",
            tomorrow["policy"]["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(taken_back.status_code(), 200, "{}", taken_back.text());
    assert_eq!(taken_back.json::<Value>()["state"], "withdrawn");

    let now = planner.post(path).json(&policy(app, &street, 400, 0)).await;
    assert_eq!(now.status_code(), 201, "{}", now.text());
    let now: Value = now.json();
    assert_eq!(now["policy"]["state"], "in_force");
    let answer = app.get(&coverage).await;
    let total = &answer["total"];
    assert_eq!(
        (number(&total["required"]), number(&total["short"])),
        (155, 99)
    );
    assert_eq!(total["coverage_bp"], 3613);
    assert!(total["policy"].as_str().unwrap().contains("每 400 户 2 名"));
    let sum: u64 = list(&answer, "compounds")
        .iter()
        .map(|c| number(&c["required"]))
        .sum();
    assert_eq!(sum, 155);
    let sum: u64 = list(&answer, "communities")
        .iter()
        .map(|c| number(&c["required"]))
        .sum();
    assert_eq!(sum, 155);

    // A policy that holds keeps everything but its last day.
    let id = now["policy"]["id"].as_str().unwrap();
    let mut changed = policy(app, &street, 350, 0);
    let refused = planner.put(&format!("{path}/{id}")).json(&changed).await;
    assert_eq!(refused.status_code(), 409, "{}", refused.text());
    changed = policy(app, &street, 400, 0);
    changed["valid_to"] = json!(app.services.picture().today + Days::new(30));
    let ended = planner.put(&format!("{path}/{id}")).json(&changed).await;
    assert_eq!(ended.status_code(), 200, "{}", ended.text());

    // Another one from the tenth day on ends this one on the ninth.
    let next = planner
        .post(path)
        .json(&policy(app, &street, 300, 10))
        .await;
    assert_eq!(next.status_code(), 201, "{}", next.text());
    let ninth = app.services.picture().today + Days::new(9);
    assert_eq!(next.json::<Value>()["ended"]["valid_to"], json!(ninth));
    let all = ask(&planner, path).await;
    let mut states: Vec<&str> = list(&all, "items")
        .iter()
        .map(|p| p["state"].as_str().unwrap())
        .collect();
    states.sort_unstable();
    assert_eq!(
        states,
        ["future", "in_force", "withdrawn"],
        "history is kept"
    );
    // Beginning today, it never held on a whole day: taking it back leaves the default.
    let over = planner.delete(&format!("{path}/{id}")).await;
    assert_eq!(over.status_code(), 200, "{}", over.text());
    assert_eq!(number(&app.get(&coverage).await["total"]["required"]), 124);
    let again = planner.delete(&format!("{path}/{id}")).await;
    assert_eq!(again.status_code(), 409);
}

#[tokio::test]
async fn a_policy_begins_replaces_and_ends_on_geopackage() {
    a_policy_begins_replaces_and_ends(&App::demo().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_begins_replaces_and_ends_on_postgis() {
    let db = crate::support::postgis::TestPostgis::new().await;
    let app = App::demo_on(&db.url, Config::default()).await;
    a_policy_begins_replaces_and_ends(&app).await;
    drop(app);
}

#[tokio::test]
async fn a_policy_is_refused_with_the_way_to_mend_it() {
    let app = App::demo().await;
    let street = street(&app);
    let planner = planner(&app).await;
    let community = app.services.picture().compounds[0].community.to_string();
    let code = |answer: Value| {
        answer["type"]
            .as_str()
            .unwrap()
            .rsplit(['/', ':'])
            .next()
            .unwrap()
            .to_owned()
    };
    let path = "/api/v1/quota-policies";
    let mut body = policy(&app, &community, 400, 1);
    let below = planner.post(path).json(&body).await;
    assert_eq!(below.status_code(), 422, "{}", below.text());
    assert_eq!(code(below.json()), "policy_rounds_above_its_region");
    body["rule"] = json!("unit_pairs");
    let saved = planner.post(path).json(&body).await;
    assert_eq!(saved.status_code(), 201, "{}", saved.text());
    assert_eq!(saved.json::<Value>()["policy"]["can_be_odd"], false);
    for (field, value) in [
        ("keepers", json!(0)),
        ("per_households", json!(0)),
        ("rule", json!("half")),
        ("round_at", json!("moon")),
        ("basis", json!("guess")),
        ("valid_to", json!("2000-01-01")),
        ("per_households", json!(4_000_000_000_u32)),
    ] {
        let mut body = policy(&app, &street, 400, 1);
        body[field] = value;
        let answer = planner.post(path).json(&body).await;
        assert_eq!(answer.status_code(), 422, "{field}: {}", answer.text());
    }
    let mut body = policy(&app, "340199000000", 400, 1);
    assert_eq!(planner.post(path).json(&body).await.status_code(), 404);
    body["region"] = json!(street);
    // Who draws areas does not set the quota; a planner of another district hears of nothing.
    assert_eq!(app.server.post(path).json(&body).await.status_code(), 403);
    let stranger = app.person("stranger", &[("planner", "340199000000")]).await;
    assert_eq!(stranger.post(path).json(&body).await.status_code(), 404);
    assert!(list(&ask(&stranger, path).await, "items").is_empty());
    let nothing = planner.delete(&format!("{path}/{}", Uuid::now_v7())).await;
    assert_eq!(nothing.status_code(), 404);
}

#[tokio::test]
async fn a_policy_is_tried_before_it_is_saved() {
    let app = App::demo().await;
    let street = street(&app);
    let path = format!("/api/v1/regions/{street}/policy:what-if");
    let body =
        json!({ "keepers": 2, "per_households": 400, "rule": "area_ratio", "round_at": "street" });
    let tried = app.server.post(&path).json(&body).await;
    assert_eq!(tried.status_code(), 200, "{}", tried.text());
    let tried: Value = tried.json();
    let whole = &list(&tried, "levels")[0];
    assert_eq!(whole["code"], json!(street));
    assert_eq!(
        [&whole["now"], &whole["then"]].map(|side| (
            number(&side["required"]),
            number(&side["short"]),
            number(&side["coverage_bp"])
        )),
        [(124, 68, 4516), (155, 99, 3613)]
    );
    for side in ["now", "then"] {
        let below: u64 = list(&tried, "levels")[1..]
            .iter()
            .map(|level| number(&level[side]["required"]))
            .sum();
        assert_eq!(below, number(&whole[side]["required"]), "{side}");
    }
    let saved = app.get(&format!("/api/v1/regions/{street}/coverage")).await;
    assert_eq!(saved["total"]["required"], 124, "nothing was saved");
    let counted = json!({ "keepers": 2, "per_households": 500, "rule": "unit_pairs", "round_at": "street", "part_time_counts": true });
    let tried: Value = app.server.post(&path).json(&counted).await.json();
    assert_eq!(tried["can_be_odd"], false);
    assert_eq!(
        number(&list(&tried, "levels")[0]["then"]["required"]) % 2,
        0
    );
}

#[tokio::test]
async fn the_map_of_gaps_adds_up_and_every_reason_can_be_switched_off() {
    let app = App::demo().await;
    let street = street(&app);
    let path = format!("/api/v1/regions/{street}/gaps");
    let gaps = app.get(&path).await;
    assert_eq!(
        (number(&gaps["n"]), number(&gaps["unknown_compounds"])),
        (40, 0)
    );
    assert_eq!(gaps["coverage"]["coverage_bp"], 4516);
    assert_eq!(gaps["policy"]["state"], "default");
    assert_eq!(gaps["settings"]["visits_recorded"], false);
    let items = list(&gaps, "items");
    assert_eq!(items.len(), 40);
    let sum = |key: &str| items.iter().map(|item| number(&item[key])).sum::<u64>();
    assert_eq!(
        (sum("required"), sum("short"), sum("in_post")),
        (124, 68, 56)
    );
    assert_eq!(sum("gap_households"), number(&gaps["gap_households"]));
    for reason in ["unassigned", "unstaffed", "unvisited", "too_far"] {
        let total = &gaps["totals"][reason];
        let households: u64 = items
            .iter()
            .map(|item| number(&item["reason_households"][reason]))
            .sum();
        assert_eq!(households, number(&total["households"]), "{reason}");
        let shown = items.iter().filter(|item| item["reason"] == reason).count() as u64;
        assert_eq!(shown, number(&total["compounds"]), "{reason}");
    }
    assert_eq!(
        gaps["totals"]["unvisited"]["buildings"], 0,
        "without visits nobody is accused"
    );
    assert!(number(&gaps["totals"]["unstaffed"]["households"]) > 10_000);
    let ranked: Vec<u64> = items
        .iter()
        .map(|item| number(&item["gap_households"]))
        .collect();
    assert!(ranked.windows(2).all(|pair| pair[0] >= pair[1]));
    assert!(
        items
            .iter()
            .all(|item| item["sentence"]["zh"].as_str().unwrap().ends_with('。'))
    );
    assert!(
        items
            .iter()
            .all(|item| item["accessibility_milli"].is_u64()),
        "homes are known"
    );

    let buildings = app.get(&format!("{path}/buildings")).await;
    let all = list(&buildings, "items");
    assert_eq!(all.len(), app.services.picture().buildings.len());
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for building in all {
        if let Some(reason) = building["reason"].as_str() {
            *counts.entry(reason).or_default() += 1;
        }
    }
    for reason in ["unassigned", "unstaffed", "too_far"] {
        let told = number(&gaps["totals"][reason]["buildings"]);
        assert_eq!(counts.get(reason).copied().unwrap_or(0), told, "{reason}");
    }

    let far = app
        .get(&format!("{path}?reasons=too_far&too_far_minutes=1"))
        .await;
    assert_eq!(far["totals"]["unstaffed"]["buildings"], 0);
    let near = app
        .get(&format!("{path}?reasons=too_far&too_far_minutes=30"))
        .await;
    assert!(
        number(&far["totals"]["too_far"]["buildings"])
            > number(&near["totals"]["too_far"]["buildings"])
    );
    let elder = app
        .get(&format!(
            "{path}?reasons=too_far&too_far_minutes=2&elder=true"
        ))
        .await;
    let brisk = app
        .get(&format!("{path}?reasons=too_far&too_far_minutes=2"))
        .await;
    assert!(
        number(&elder["totals"]["too_far"]["buildings"])
            >= number(&brisk["totals"]["too_far"]["buildings"])
    );

    let few = app
        .get(&format!(
            "{path}?coverage_below_bp=3000&households_above=800"
        ))
        .await;
    for item in list(&few, "items") {
        assert!(number(&item["coverage_bp"]) < 3000 && number(&item["households"]) > 800);
    }
    assert!(list(&few, "items").len() < 40);
    assert_eq!(
        few["totals"], gaps["totals"],
        "totals hold all compounds, whatever is listed"
    );
    for wrong in [
        "too_far_minutes=0",
        "too_far_minutes=31",
        "reasons=weather",
        "unvisited_days=-1",
        "elder=2",
    ] {
        let status = app
            .server
            .get(&format!("{path}?{wrong}"))
            .await
            .status_code();
        assert!(status.is_client_error(), "{wrong}: {status}");
    }
    // Without a plan in force nothing is in an area.
    let plans = app.get("/api/v1/plans").await;
    assert!(!list(&plans, "items").is_empty());
}

#[tokio::test]
async fn one_more_post_gains_what_the_pin_shows() {
    let app = App::demo().await;
    let street = street(&app);
    let base = format!("/api/v1/regions/{street}");
    let best = app.get(&format!("{base}/best-posts")).await;
    let post = &list(&best, "posts")[0];
    assert_eq!(
        (number(&post["gain_households"]), number(&best["total"])),
        (250, 250)
    );
    assert_eq!(best["proved"], true);
    let ten = app.get(&format!("{base}/best-posts?n=10")).await;
    assert_eq!(list(&ten, "posts").len(), 10);
    assert!(number(&ten["total"]) <= number(&ten["upper_bound"]));
    assert_eq!(list(&ten, "posts")[0]["compound"], post["compound"]);
    let all = app.get(&format!("{base}/best-posts?n=200")).await;
    assert!(
        list(&all, "posts").len() <= 68,
        "no compound takes more than its quota"
    );
    for wrong in ["n=0", "n=201", "too_far_minutes=99"] {
        let status = app
            .server
            .get(&format!("{base}/best-posts?{wrong}"))
            .await
            .status_code();
        assert_eq!(status, 422, "{wrong}");
    }

    let path = format!("{base}/posts:what-if");
    let what_if = async |pins: Value| -> Value {
        let answer = app.server.post(&path).json(&json!({ "pins": pins })).await;
        assert_eq!(answer.status_code(), 200, "{}", answer.text());
        answer.json()
    };
    let none = what_if(json!([])).await;
    assert_eq!(none["before"], none["after"]);
    assert!(list(&none, "changed").is_empty());
    let one = what_if(json!([{ "point": post["point"] }])).await;
    let pin = &list(&one, "pins")[0];
    assert_eq!(pin["compound"], post["compound"]);
    assert_eq!(pin["gain_households"], 250);
    let (before, after) = (&one["before"], &one["after"]);
    assert_eq!(number(&after["short"]) + 1, number(&before["short"]));
    assert_eq!(
        (number(&before["counted"]), number(&after["counted"])),
        (56, 57)
    );
    assert_eq!(after["coverage_bp"], 4597);
    assert_eq!(
        number(&before["uncovered_households"]) - number(&after["uncovered_households"]),
        250
    );
    assert!(number(&after["gap_households"]) <= number(&before["gap_households"]));
    assert!(number(&after["reached_households"]) >= number(&before["reached_households"]));
    let changed = list(&one, "changed");
    let own = changed
        .iter()
        .find(|c| c["after"]["id"] == post["compound"])
        .unwrap();
    assert_eq!(
        number(&own["before"]["short"]) - 1,
        number(&own["after"]["short"])
    );
    let gaps = app.get(&format!("{base}/gaps")).await;
    assert_eq!(gaps["coverage"]["in_post"], 56, "nothing was stored");
    let far = json!({ "pins": [{ "point": [100.0, 20.0] }] });
    for wrong in [
        far,
        json!({ "pins": [{ "point": [1e9, -1e9] }] }),
        json!({ "pins": vec![json!({ "point": [0, 0] }); 51] }),
    ] {
        assert_eq!(app.server.post(&path).json(&wrong).await.status_code(), 422);
    }
}

#[tokio::test]
async fn the_map_of_gaps_is_exported_as_it_is() {
    let app = App::demo().await;
    let street = street(&app);
    let path = format!("/api/v1/regions/{street}/gaps:export");
    let gaps = app.get(&format!("/api/v1/regions/{street}/gaps")).await;
    let file = app.server.get(&format!("{path}?format=geojson")).await;
    assert_eq!(file.status_code(), 200, "{}", file.text());
    let map: Value = serde_json::from_slice(file.as_bytes()).unwrap();
    assert_eq!(map["synthetic"], true);
    assert!(
        map["source"].as_str().unwrap().contains("示例 tester"),
        "{}",
        map["source"]
    );
    let features = list(&map, "features");
    assert_eq!(features.len(), 40);
    for (feature, item) in features.iter().zip(list(&gaps, "items")) {
        let properties = &feature["properties"];
        assert_eq!(properties["id"], item["id"]);
        assert_eq!(properties["gap_households"], item["gap_households"]);
        assert_eq!(properties["sentence"], item["sentence"]["zh"]);
        assert!(
            properties
                .as_object()
                .unwrap()
                .values()
                .all(|v| !v.is_object() && !v.is_array())
        );
        assert!(feature["geometry"]["coordinates"].is_array());
    }
    let file = app.server.get(&format!("{path}?format=xlsx")).await;
    assert_eq!(&file.as_bytes()[..2], b"PK");
    let file = app
        .server
        .get(&format!("{path}?format=gpkg&households_above=800"))
        .await;
    assert_eq!(file.status_code(), 200, "{}", file.text());
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("gaps.gpkg");
    std::fs::write(&at, file.as_bytes()).unwrap();
    let mut db = <sqlx::SqliteConnection as sqlx::Connection>::connect(at.to_str().unwrap())
        .await
        .unwrap();
    let (rows, outlined, most): (i64, i64, i64) =
        sqlx::query_as("SELECT count(*), count(geom), min(households) FROM gap")
            .fetch_one(&mut db)
            .await
            .unwrap();
    assert!(rows > 0 && rows < 40 && outlined == rows && most > 800);
    assert_eq!(
        app.server
            .get(&format!("{path}?format=pdf"))
            .await
            .status_code(),
        422
    );
    let auditor = app
        .person("city-auditor", &[("auditor", "everywhere")])
        .await;
    let log = ask(&auditor, "/api/v1/audit").await;
    let exports = list(&log, "items")
        .iter()
        .filter(|e| e["action"].as_str().unwrap().contains("gaps:export"))
        .count();
    assert!(exports >= 3, "{log}");
    // A keeper takes out nothing; who may not export is told so.
    let supervisor = app.person("watch", &[("supervisor", &street)]).await;
    assert_eq!(
        supervisor
            .get(&format!("{path}?format=xlsx"))
            .await
            .status_code(),
        403
    );
    assert_eq!(
        supervisor
            .get(&format!("/api/v1/regions/{street}/gaps"))
            .await
            .status_code(),
        200
    );
}

#[tokio::test]
async fn a_community_reads_its_share_of_the_whole_streets_quota() {
    let app = App::demo().await;
    let street = street(&app);
    let whole = app.get(&format!("/api/v1/regions/{street}/coverage")).await;
    let wanted: HashMap<&str, &Value> = list(&whole, "compounds")
        .iter()
        .map(|c| (c["id"].as_str().unwrap(), &c["required"]))
        .collect();
    for community in list(&whole, "communities") {
        let code = community["code"].as_str().unwrap();
        let secretary = app
            .person(
                &format!("secretary{code}"),
                &[("community_secretary", code)],
            )
            .await;
        let own = ask(&secretary, &format!("/api/v1/regions/{code}/coverage")).await;
        for compound in list(&own, "compounds") {
            assert_eq!(
                compound["required"],
                *wanted[compound["id"].as_str().unwrap()]
            );
        }
        assert_eq!(own["total"]["required"], community["required"]);
        let gaps = ask(&secretary, &format!("/api/v1/regions/{code}/gaps")).await;
        assert_eq!(gaps["coverage"]["required"], community["required"]);
        assert_eq!(
            secretary
                .get(&format!("/api/v1/regions/{street}/gaps"))
                .await
                .status_code(),
            404
        );
    }
}

#[tokio::test]
async fn without_the_roster_nobody_finds_out_which_door_a_keeper_lives_behind() {
    let app = App::demo().await;
    let street = street(&app);
    let planner = planner(&app).await;
    let paths = [
        format!("/api/v1/regions/{street}/gaps/buildings?too_far_minutes=1&reasons=too_far"),
        format!("/api/v1/regions/{street}/gaps?too_far_minutes=1&reasons=too_far"),
    ];
    let look = |server: TestServer| {
        let paths = paths.clone();
        async move {
            let mut seen = Vec::new();
            for path in &paths {
                let mut answer = ask(&server, path).await;
                answer["data_version"] = Value::Null;
                seen.push(answer);
            }
            (server, seen)
        }
    };
    let (planner, before) = look(planner).await;
    assert_eq!(before[0]["settings"]["homes"], "compound");
    let admin = app.person("admin2", &[("grid_admin", "everywhere")]).await;
    let (admin, exact) = look(admin).await;
    assert_eq!(exact[0]["settings"]["homes"], "building");
    // Everybody moves to another building of the same compound.
    let picture = app.services.picture();
    let moved: Vec<_> = picture
        .housekeepers
        .iter()
        .cloned()
        .map(|mut keeper| {
            let home = picture.building_index(keeper.residence.unwrap()).unwrap();
            let compound = picture.buildings[home].compound.unwrap();
            let of = picture.buildings_of(compound);
            let next = of.iter().position(|at| *at == home).unwrap() + of.len() / 2;
            keeper.residence = Some(picture.buildings[of[next % of.len()]].id);
            keeper
        })
        .collect();
    drop(picture);
    let mut tx = app.services.store().begin().await.unwrap();
    tx.conn().housekeeper_upsert(&moved).await.unwrap();
    tx.commit().await.unwrap();
    app.services.reload().await.unwrap();
    let (_, after) = look(planner).await;
    assert_eq!(before, after, "the planner sees no difference");
    let (_, moved) = look(admin).await;
    assert_ne!(exact, moved, "who reads the roster does");
}
