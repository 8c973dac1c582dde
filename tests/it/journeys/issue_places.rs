//! Where issues are counted, listed and drawn: unknown is not 0, no point is no point, and what few see stays so.

use super::app::App;
use super::issues::{leaf, report, send, somewhere};
use axum_test::TestServer;
use gridkeeper::domain::issue::Limits;
use serde_json::{Value, json};

const STREET: &str = "999001001000";

async fn got(server: &TestServer, path: &str, wanted: u16) -> Value {
    let answer = server.get(path).await;
    assert_eq!(answer.status_code(), wanted, "{path}: {}", answer.text());
    answer.json()
}

fn compounds(app: &App) -> Vec<String> {
    let picture = app.services.picture();
    let ids = picture.compounds.iter().map(|one| one.id.to_string());
    ids.collect()
}

fn in_compound(id: &str) -> Value {
    json!({ "kind": "compound", "compound": id })
}

/// The categories with one of them that has no limit; its code.
async fn without_limit(app: &App) -> String {
    let code = leaf(app).await;
    let mut all = app.services.issues().catalog().tree.all().to_vec();
    for one in all.iter_mut().filter(|one| one.code == code) {
        one.limits = Limits::default();
    }
    app.services.categories_set(all).await.unwrap();
    code
}

#[tokio::test(flavor = "multi_thread")]
async fn overdue_is_unknown_where_no_open_issue_has_a_limit() {
    let app = App::demo().await;
    let unlimited = without_limit(&app).await;
    let limited = {
        let catalog = app.services.issues().catalog();
        let has = |one: &&gridkeeper::domain::issue::Category| {
            one.limits.dispose.normal.is_some()
                && one.questions.is_empty()
                && !catalog.tree.is_sensitive(&one.code)
        };
        catalog.tree.leaves().find(has).unwrap().code.clone()
    };
    let places = compounds(&app);
    for (place, category) in [
        (&places[0], &unlimited),
        (&places[1], &limited),
        (&places[2], &unlimited),
        (&places[2], &limited),
    ] {
        let body = report(in_compound(place), json!({ "category": category }));
        send(&app.server, "/api/v1/issues", &body, 201).await;
    }
    for by in ["compound", "community", "h3"] {
        let heat = app.get(&format!("/api/v1/issues:heat?by={by}")).await;
        let rows = heat["items"].as_array().unwrap();
        let of = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap();
        if by == "compound" {
            assert!(of(&places[0])["overdue"].is_null(), "{}", of(&places[0]));
            assert_eq!(of(&places[1])["overdue"], 0);
            assert_eq!(of(&places[2])["overdue"], 0, "one of two has a limit");
            assert_eq!(of(&places[3])["overdue"], 0, "nothing is open there");
        }
        assert!(rows.iter().all(|row| row["overdue"] != 1), "{by}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hexagon_lists_its_issues_and_no_other() {
    let app = App::demo().await;
    let category = leaf(&app).await;
    let (compound, _, [lon, lat]) = somewhere(&app);
    let point = json!({ "kind": "point", "lon": lon, "lat": lat });
    let with_point = report(point, json!({ "category": category }));
    let made = send(&app.server, "/api/v1/issues", &with_point, 201).await;
    let without = report(in_compound(&compound), json!({ "category": category }));
    send(&app.server, "/api/v1/issues", &without, 201).await;
    let heat = app.get("/api/v1/issues:heat?by=h3").await;
    let rows = heat["items"].as_array().unwrap();
    let full: Vec<&Value> = rows.iter().filter(|row| row["n"] == 1).collect();
    let [cell] = full[..] else {
        panic!("one cell has the point: {full:?}");
    };
    let list = |cell: &str| format!("/api/v1/issues?cell={cell}");
    let found = app.get(&list(cell["id"].as_str().unwrap())).await;
    assert_eq!(found["total"], 1);
    assert_eq!(found["items"][0]["id"], made["id"]);
    let other = rows.iter().find(|row| row["n"] == 0).unwrap();
    let found = app.get(&list(other["id"].as_str().unwrap())).await;
    assert_eq!(found["total"], 0);
    // A cell of another size, and nothing at all.
    for wrong in ["8828308281fffff", "nowhere"] {
        let refused = got(&app.server, &list(wrong), 422).await;
        assert_eq!(refused["problems"][0]["field"], "cell", "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_without_a_point_are_marked_at_what_they_lie_in_with_their_number() {
    let app = App::demo().await;
    let category = leaf(&app).await;
    let (compound, community, [lon, lat]) = somewhere(&app);
    let region = json!({ "kind": "region", "region": community });
    let point = json!({ "kind": "point", "lon": lon, "lat": lat });
    for place in [
        in_compound(&compound),
        in_compound(&compound),
        region,
        point,
    ] {
        let body = report(place, json!({ "category": category }));
        send(&app.server, "/api/v1/issues", &body, 201).await;
    }
    let at = |west: f64, east: f64| format!("/api/v1/issues:points?bbox={west},0,{east},80");
    let found = app.get(&at(60.0, 140.0)).await;
    assert_eq!(found["total"], 1, "no point is made up: {found}");
    let marks = found["unplaced"].as_array().unwrap();
    let told: Vec<_> = marks
        .iter()
        .map(|mark| {
            (
                mark["kind"].as_str().unwrap(),
                mark["id"].clone(),
                mark["n"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("region", json!(community), json!(1)),
            ("compound", json!(compound), json!(2))
        ]
    );
    let density = app.get("/api/v1/issues:density").await;
    assert_eq!(density["without_point"], 3, "the legend has as many");
    let elsewhere = app.get(&at(60.0, 61.0)).await;
    assert_eq!(elsewhere["unplaced"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_is_merged_into_another_by_its_code() {
    let app = App::demo().await;
    let (compound, _, _) = somewhere(&app);
    let mut made = Vec::new();
    for text in ["示例一", "示例二"] {
        let body = report(in_compound(&compound), json!({ "black_text": text }));
        made.push(send(&app.server, "/api/v1/issues", &body, 201).await);
    }
    let path = format!("/api/v1/issues/{}", made[0]["id"].as_str().unwrap());
    for wrong in ["20001231-0001", "示例", ""] {
        let ask = json!({ "move": "merge", "into": wrong });
        let refused = send(&app.server, &path, &ask, 422).await;
        assert_eq!(refused["problems"][0]["field"], "into", "{refused}");
    }
    let ask = json!({ "move": "merge", "into": made[1]["code"] });
    let merged = send(&app.server, &path, &ask, 200).await;
    assert_eq!(merged["state"], "merged", "{merged}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_those_of_rules_that_reach_here_and_of_issues_that_one_sees() {
    let app = App::demo().await;
    let category = leaf(&app).await;
    let (compound, community, _) = somewhere(&app);
    let picture = app.services.picture();
    let mut regions = picture.regions.iter().map(|one| one.code.to_string());
    let elsewhere = regions
        .find(|code| *code != community && !code.ends_with("000"))
        .unwrap();
    let rule = |code: &str, region: &str, from: &str| {
        json!({ "id": uuid::Uuid::now_v7(), "order": 1, "categories": [], "owner": { "code": code, "name": code },
            "places": [{ "kind": "region", "region": region }], "valid_from": from, "valid_to": null, "note": "",
            "made_by_arbitration": null })
    };
    let rules = json!({ "items": [rule("street:urban", STREET, "2020-01-01"), rule("there", &elsewhere, "2020-01-01"),
        rule("later", STREET, "2199-01-01")] });
    let set = app.server.put("/api/v1/routing-rules").json(&rules).await;
    assert_eq!(set.status_code(), 204, "{}", set.text());
    let body = report(in_compound(&compound), json!({ "category": category }));
    let made = send(&app.server, "/api/v1/issues", &body, 201).await;
    let path = format!("/api/v1/issues/{}", made["id"].as_str().unwrap());
    for step in [
        json!({ "move": "acknowledge" }),
        json!({ "move": "coordinate" }),
        json!({ "move": "dispatch", "owner": { "code": "written", "name": "示例办" } }),
    ] {
        send(&app.server, &path, &step, 200).await;
    }
    let codes = |found: &Value| -> Vec<(String, u64, u64)> {
        let items = found["items"].as_array().unwrap().iter();
        let number = |one: &Value, key: &str| one[key].as_u64().unwrap();
        items
            .map(|one| {
                let code = one["code"].as_str().unwrap().to_owned();
                (code, number(one, "rules"), number(one, "issues"))
            })
            .collect()
    };
    let here = app
        .person("here", &[("community_secretary", &community)])
        .await;
    let there = app
        .person("there", &[("community_secretary", &elsewhere)])
        .await;
    let path = "/api/v1/responsible-bodies";
    assert_eq!(
        codes(&got(&here, path, 200).await),
        [
            ("written".to_owned(), 0, 1),
            ("street:urban".to_owned(), 1, 0)
        ]
    );
    assert_eq!(
        codes(&got(&there, path, 200).await),
        [
            ("street:urban".to_owned(), 1, 0),
            ("there".to_owned(), 1, 0)
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_has_a_shape_for_every_row_that_has_an_outline() {
    let app = App::demo().await;
    let (compound, _, _) = somewhere(&app);
    let body = report(in_compound(&compound), json!({}));
    send(&app.server, "/api/v1/issues", &body, 201).await;
    for by in ["compound", "grid", "community", "h3"] {
        let sheet = app
            .get(&format!("/api/v1/issues:sheet?region={STREET}&by={by}"))
            .await;
        assert_eq!(sheet["synthetic"], true);
        assert!(
            sheet["scope_name"].is_string() && sheet["extent"].is_array(),
            "{by}"
        );
        let heat = app
            .get(&format!("/api/v1/issues:heat?region={STREET}&by={by}"))
            .await;
        assert_eq!(
            sheet["heat"]["items"], heat["items"],
            "{by}: the same figures"
        );
        let rows: Vec<&Value> = heat["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| &row["id"])
            .collect();
        let shapes = sheet["shapes"].as_array().unwrap();
        assert!(shapes.iter().all(|shape| rows.contains(&&shape["id"])));
        if by == "compound" {
            assert_eq!(shapes.len(), rows.len());
            let extent: Vec<f64> = (0..4)
                .map(|i| sheet["extent"][i].as_f64().unwrap())
                .collect();
            assert!(
                (500.0..20_000.0).contains(&(extent[2] - extent[0])),
                "metres: {extent:?}"
            );
        }
    }
    let keeper = app
        .person("no_export", &[("grid_worker", "999001001001")])
        .await;
    got(&keeper, "/api/v1/issues:sheet", 403).await;
    got(&app.server, "/api/v1/issues:sheet?region=999001009000", 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bound_roles_are_told_multiples_of_five_and_may_ask_few_questions() {
    let app = App::demo().await;
    let category = leaf(&app).await;
    let picture = app.services.picture();
    let company = (picture.compounds.iter())
        .find_map(|one| Some((one.property_company.clone()?, one.id.to_string())))
        .expect("the demo has a property company");
    for n in 0..7 {
        let body = report(
            in_compound(&company.1),
            json!({ "category": category, "black_text": format!("示例 {n}") }),
        );
        send(&app.server, "/api/v1/issues", &body, 201).await;
    }
    let scope = format!("company:{}", company.0);
    let bound = app.person("bound", &[("property_company", &scope)]).await;
    let summary = got(&bound, "/api/v1/issues:summary", 200).await;
    assert_eq!(summary["n"], 5, "seven, roughly: {summary}");
    assert!(
        summary["sentence_zh"].as_str().unwrap().contains("5 件"),
        "{summary}"
    );
    let days = summary["days"]["n"].as_array().unwrap();
    assert!(
        days.iter().all(Value::is_null),
        "days could be cut against periods"
    );
    let heat = got(&bound, "/api/v1/issues:heat", 200).await;
    for row in heat["items"].as_array().unwrap() {
        for key in ["n", "previous_n", "overdue", "without_point"] {
            assert!(row[key].as_u64().is_none_or(|n| n % 5 == 0), "{key}: {row}");
        }
        assert!(row["z"].is_null() && row["q"].is_null(), "{row}");
    }
    for refused in [
        "level=self",
        "source=resident",
        "state=reported",
        "overdue=1",
        "self_solved=1",
        "grid=1",
    ] {
        let answer = got(&bound, &format!("/api/v1/issues:summary?{refused}"), 403).await;
        assert_eq!(answer["type"], "/problems/filter_for_staff", "{refused}");
        got(&bound, &format!("/api/v1/issues:heat?{refused}"), 403).await;
    }
    let today = chrono::Utc::now() + chrono::TimeDelta::hours(8);
    let day = |back: i64| (today - chrono::TimeDelta::days(back)).format("%Y-%m-%d");
    for (from, to, wanted) in [
        (6, 0, 200),
        (29, 0, 200),
        (89, 0, 200),
        (5, 0, 403),
        (7, 1, 403),
    ] {
        let path = format!("/api/v1/issues:heat?from={}&to={}", day(from), day(to));
        got(&bound, &path, wanted).await;
    }
    for allowed in ["state=open", "category=environment"] {
        got(&bound, &format!("/api/v1/issues:summary?{allowed}"), 200).await;
    }
    // Staff are told exactly, and ask what they like.
    let exact = app
        .get("/api/v1/issues:summary?state=open&priority=normal")
        .await;
    assert_eq!(exact["n"], 7, "{exact}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_seven_days_end_at_the_figures_above_them() {
    let app = App::demo_with_issues().await;
    let overview = app.get(&format!("/api/v1/regions/{STREET}/overview")).await;
    let tiles = overview["tiles"].as_array().unwrap();
    assert_eq!(tiles.len(), 5);
    for tile in tiles {
        let spark = tile["spark"].as_array().unwrap();
        if tile["code"] == "cold_compounds" {
            // One truth: the page of patrols counts the same.
            let patrol = app
                .get(&format!("/api/v1/visits:figures?region={STREET}"))
                .await;
            let compounds = patrol["compounds"].as_array().unwrap();
            let cold = compounds
                .iter()
                .filter(|one| one["cold"] == one["buildings"]);
            assert_eq!(tile["value"], cold.count() as f64, "{tile}");
            assert_eq!(tile["value"].as_f64(), patrol["cold_compounds"].as_f64());
            assert_eq!(tile["of"], compounds.len() as f64, "{tile}");
        }
        assert_eq!(spark.len(), 7, "{tile}");
        assert_eq!(spark[6], tile["value"], "{tile}");
        let known = spark.iter().filter(|n| n.is_number()).count();
        assert_eq!(tile["why_zh"].is_null(), known >= 2, "{tile}");
    }
    // Where nothing is recorded nobody knows, and the tile says so.
    let empty = App::empty().await;
    let csv = "小区名称,总户数,经度,纬度\r\n示例戌苑,300,117.2000,31.8000\r\n";
    let fields = [
        ("kind", "compounds"),
        ("crs", "wgs84"),
        ("region", "示例街"),
        ("dry_run", "false"),
    ];
    empty.import("compounds.csv", csv.as_bytes(), &fields).await;
    let street = empty.get("/api/v1/regions").await["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["level"] == "street")
        .unwrap()["code"]
        .as_str()
        .unwrap()
        .to_owned();
    let overview = empty
        .get(&format!("/api/v1/regions/{street}/overview"))
        .await;
    let known = overview["tiles"].as_array().unwrap().iter();
    let mut cold = known.filter(|tile| tile["code"] == "cold_compounds");
    let cold = cold.next().unwrap();
    assert!(
        cold["value"].is_null() && cold["why_zh"].is_string(),
        "{cold}"
    );
    // The plan of the demo came into force today: before it there were no areas to count.
    let areas = tiles
        .iter()
        .find(|tile| tile["code"] == "short_areas")
        .unwrap();
    assert!(
        areas["spark"]
            .as_array()
            .unwrap()
            .iter()
            .all(|n| n.is_null() || n.is_number())
    );
}
