//! An issue from the report to the closing: what each role may do, what the machine refuses, what everybody sees.

use super::app::{App, browser};
use axum_test::TestServer;
use serde_json::{Value, json};

const STREET: &str = "999001001000";

/// A compound of the demo with its community and the middle of one of its buildings.
pub(super) fn somewhere(app: &App) -> (String, String, [f64; 2]) {
    let picture = app.services.picture();
    let at = (0..picture.buildings.len())
        .find(|at| picture.buildings[*at].compound.is_some())
        .unwrap();
    let building = &picture.buildings[at];
    let compound = building.compound.unwrap().to_string();
    let geometry = geo::Centroid::centroid(&building.footprint).unwrap();
    (
        compound,
        building.community.to_string(),
        [geometry.x(), geometry.y()],
    )
}

pub(super) fn report(place: Value, more: Value) -> Value {
    let mut body = json!({ "category": "environment.rubbish", "place": place, "black_text": "示例：楼道口堆放垃圾" });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

pub(super) async fn send(server: &TestServer, path: &str, body: &Value, wanted: u16) -> Value {
    let answer = server.post(path).json(body).await;
    assert_eq!(
        answer.status_code(),
        wanted,
        "{path} {body}: {}",
        answer.text()
    );
    answer.json()
}

async fn act(server: &TestServer, id: &Value, body: Value, wanted: u16) -> Value {
    let path = format!("/api/v1/issues/{}", id.as_str().unwrap());
    send(server, &path, &body, wanted).await
}

pub async fn leaf(app: &App) -> String {
    let all = app.get("/api/v1/issue-categories").await;
    let items = all["items"].as_array().unwrap();
    let code = |item: &Value| item["code"].as_str().unwrap().to_owned();
    let parents: Vec<&str> = items
        .iter()
        .filter_map(|item| item["parent"].as_str())
        .collect();
    let plain = |item: &&Value| {
        !parents.contains(&item["code"].as_str().unwrap())
            && item["sensitive"] != true
            && item["questions"].as_array().is_none_or(Vec::is_empty)
    };
    code(items.iter().find(plain).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_goes_through_its_six_steps_and_every_illegal_move_names_the_legal_ones() {
    let app = App::demo().await;
    let category = leaf(&app).await;
    let (compound, community, [lon, lat]) = somewhere(&app);
    let secretary = app
        .person("secretary", &[("community_secretary", &community)])
        .await;
    let inspector = app
        .person("inspector", &[("community_secretary", &community)])
        .await;
    let place = json!({ "kind": "point", "lon": lon, "lat": lat });
    let made = send(
        &secretary,
        "/api/v1/issues",
        &report(place, json!({ "category": category })),
        201,
    )
    .await;
    assert_eq!(made["state"], "reported");
    assert_eq!(made["compound"]["id"].as_str().unwrap(), compound);
    assert!(
        made["area"].is_object() && made["keeper"].is_string() || made["area"].is_object(),
        "{made}"
    );
    assert!(
        made["due_at"].is_string() && made["light"] == "green",
        "{made}"
    );
    let id = &made["id"];
    // What is not legal is refused with what is.
    let refused = act(
        &secretary,
        id,
        json!({ "move": "close", "red_text": "示例：已清运" }),
        409,
    )
    .await;
    assert_eq!(refused["type"], "/problems/illegal_move");
    let legal: Vec<&str> = refused["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d.as_str().unwrap())
        .collect();
    assert!(
        legal.contains(&"acknowledge") && legal.contains(&"coordinate"),
        "{legal:?}"
    );
    let after = act(&secretary, id, json!({ "move": "acknowledge" }), 200).await;
    assert!(after["acknowledged_at"].is_string());
    act(&secretary, id, json!({ "move": "coordinate" }), 200).await;
    // Without a rule the community takes it.
    let after = act(&secretary, id, json!({ "move": "dispatch" }), 200).await;
    assert_eq!(after["owner"]["code"].as_str().unwrap(), community);
    // A page that saw something older is told so.
    let stale = act(&secretary, id, json!({ "move": "complete", "seq": 1 }), 409).await;
    assert_eq!(stale["type"], "/problems/stale");
    let after = act(
        &secretary,
        id,
        json!({ "move": "complete", "red_text": "示例：已清运" }),
        200,
    )
    .await;
    assert_eq!(after["state"], "inspecting");
    // What needs somebody else is not offered.
    assert_eq!(after["legal"], json!([]), "{after}");
    // Whoever did it does not inspect it.
    let own = act(&secretary, id, json!({ "move": "inspect_pass" }), 403).await;
    assert_eq!(own["type"], "/problems/same_person");
    act(&inspector, id, json!({ "move": "inspect_pass" }), 200).await;
    let closed = act(&inspector, id, json!({ "move": "close" }), 200).await;
    assert_eq!(
        (closed["state"].as_str(), closed["red_text"].as_str()),
        (Some("closed"), Some("示例：已清运"))
    );
    let verbs: Vec<&str> = closed["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["move"].as_str().unwrap())
        .collect();
    assert_eq!(
        verbs,
        [
            "open",
            "report",
            "acknowledge",
            "coordinate",
            "dispatch",
            "complete",
            "inspect_pass",
            "close"
        ]
    );
    // After a restart everything is as it was.
    let before = app
        .get(&format!("/api/v1/issues:summary?region={STREET}"))
        .await;
    let again = gridkeeper::services::Services::open(
        &app.url.parse().unwrap(),
        gridkeeper::config::Config::default(),
        false,
    )
    .await
    .unwrap();
    assert_eq!(
        again.issues().ledger().columns.len(),
        app.services.issues().ledger().columns.len()
    );
    assert_eq!(
        again.issues().ledger().feed,
        app.services.issues().ledger().feed
    );
    assert!(before["n"].as_u64().unwrap() >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_solves_on_the_spot_and_a_visitor_asks_by_a_code() {
    let app = App::demo().await;
    let category = leaf(&app).await;
    let (compound, community, _) = somewhere(&app);
    let place = json!({ "kind": "compound", "compound": compound });
    let keeper = app
        .person(
            "keeper",
            &[("housekeeper", &format!("compound:{compound}"))],
        )
        .await;
    let solved = report(
        place.clone(),
        json!({ "category": category, "solved": { "red_text": "示例：当场清走" } }),
    );
    let made = send(&keeper, "/api/v1/issues", &solved, 201).await;
    assert_eq!(
        (made["state"].as_str(), made["self_solved"].as_bool()),
        (Some("closed"), Some(true))
    );
    assert_eq!(made["source"], "housekeeper");
    assert!(
        made["place"]["lon"].is_null(),
        "no point is made up: {made}"
    );
    let visitor = browser(&app.services);
    let body = report(
        place,
        json!({ "category": category, "reporter_name": "示例居民", "reporter_phone": "10000000099" }),
    );
    let made = send(&visitor, "/api/v1/issues", &body, 201).await;
    let lookup = made["lookup"].as_str().unwrap();
    let found: Value = visitor
        .get(&format!("/api/v1/issues:lookup/{}", lookup.to_lowercase()))
        .await
        .json();
    assert_eq!(found["code"], made["code"]);
    assert_eq!(
        visitor
            .get("/api/v1/issues:lookup/AAAA-BBBB-CCCC")
            .await
            .status_code(),
        404
    );
    // Not even its existence by identity.
    let path = format!("/api/v1/issues/{}", made["id"].as_str().unwrap());
    assert_eq!(visitor.get(&path).await.status_code(), 404);
    let list: Value = visitor.get("/api/v1/issues").await.json();
    assert_eq!(list["total"], 0);
    // The secretary sees who it was with a reason that is noted; nobody without the right sees anything.
    let who = format!("{path}/reporter");
    let secretary = app
        .person("of-all", &[("community_secretary", &community)])
        .await;
    let masked: Value = secretary.get(&who).await.json();
    assert_eq!(
        (masked["name"].as_str(), masked["clear"].as_bool()),
        (Some("示***"), Some(false)),
        "{masked}"
    );
    assert!(!masked.to_string().contains("10000000099"));
    send(&secretary, &who, &json!({ "reason": "?" }), 422).await;
    let open = send(
        &secretary,
        &who,
        &json!({ "reason": "示例：回访核实" }),
        200,
    )
    .await;
    assert_eq!(
        (open["name"].as_str(), open["phone"].as_str()),
        (Some("示例居民"), Some("10000000099"))
    );
    assert_eq!(keeper.get(&who).await.status_code(), 403);
    assert_eq!(visitor.get(&who).await.status_code(), 401);
    let auditor = app.person("log-reader", &[("auditor", "everywhere")]).await;
    let log = auditor
        .get("/api/v1/audit?q=reporter.revealed")
        .await
        .text();
    assert!(
        log.contains("回访核实") && !log.contains("10000000099"),
        "{log}"
    );
    // Sealed at rest, and in no answer.
    let secretary = app
        .person("secretary", &[("community_secretary", &community)])
        .await;
    let seen = secretary.get(&path).await.text();
    assert!(
        !seen.contains("10000000099") && !seen.contains("示例居民"),
        "{seen}"
    );
    let file = app.url.trim_start_matches("gpkg:");
    let bytes = [file.to_owned(), format!("{file}-wal")]
        .into_iter()
        .filter_map(|f| std::fs::read(f).ok())
        .flatten()
        .collect::<Vec<u8>>();
    let holds = |text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    assert!(!holds("10000000099") && holds("sealed1:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_reports_say_what_where_and_how_and_nothing_is_stored() {
    let app = App::demo().await;
    let category = leaf(&app).await;
    let before = app.services.issues().ledger().columns.len();
    let (compound, _, _) = somewhere(&app);
    let place = json!({ "kind": "compound", "compound": compound });
    let tomorrow = (chrono::Utc::now() + chrono::TimeDelta::days(1)).to_rfc3339();
    let long = "字".repeat(4001);
    let cases = [
        (json!({ "category": "nonsense" }), "unknown_category"),
        (json!({ "occurred_at": tomorrow }), "in_future"),
        (json!({ "black_text": long }), "text_too_long"),
        (json!({ "black_text": " " }), "text_missing"),
        (
            json!({ "photos": (0..50).map(|n| format!("{n:064}")).collect::<Vec<_>>() }),
            "too_many_photos",
        ),
        (
            json!({ "place": { "kind": "point", "lon": 2.35, "lat": 48.85 } }),
            "place_outside",
        ),
        (
            json!({ "place": { "kind": "compound", "compound": uuid::Uuid::now_v7() } }),
            "place_unknown",
        ),
        (json!({ "priority": "soon" }), "word_unknown"),
    ];
    for (more, code) in cases {
        let mut more = more;
        if more.get("category").is_none() {
            more["category"] = json!(category);
        }
        let answer = send(
            &app.server,
            "/api/v1/issues",
            &report(place.clone(), more.clone()),
            422,
        )
        .await;
        let problems = answer["problems"].as_array().unwrap();
        let found = problems.iter().find(|p| p["code"] == code);
        assert!(found.is_some(), "{more}: {answer}");
        let found = found.unwrap();
        assert!(
            found["zh"].as_str().unwrap().chars().count() > 5
                && found["en"].as_str().unwrap().len() > 10
        );
        assert!(found["field"].is_string(), "{found}");
    }
    assert_eq!(app.services.issues().ledger().columns.len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_sent_twice_makes_one_issue_and_bulk_answers_row_by_row() {
    let app = App::demo().await;
    let category = leaf(&app).await;
    let (compound, _, _) = somewhere(&app);
    let place = json!({ "kind": "compound", "compound": compound });
    let body = report(place.clone(), json!({ "category": category }));
    let send_with_key = |body: Value| {
        let ask = app
            .server
            .post("/api/v1/issues")
            .add_header("idempotency-key", "k-1")
            .json(&body);
        async move {
            let answer = ask.await;
            (answer.status_code().as_u16(), answer.json::<Value>())
        }
    };
    let ((first, made), (second, again)) =
        futures_util::future::join(send_with_key(body.clone()), send_with_key(body.clone())).await;
    let mut statuses = [first, second];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 201]);
    assert_eq!(made["id"], again["id"]);
    let (status, other) = send_with_key(report(
        place.clone(),
        json!({ "category": category, "black_text": "另一件" }),
    ))
    .await;
    assert_eq!(
        (status, other["type"].as_str()),
        (409, Some("/problems/idempotency_key_reused"))
    );
    let mut ids = vec![made["id"].clone(), json!(uuid::Uuid::now_v7())];
    for n in 0..20 {
        let made = send(
            &app.server,
            "/api/v1/issues",
            &report(
                place.clone(),
                json!({ "category": category, "black_text": format!("示例 {n}") }),
            ),
            201,
        )
        .await;
        ids.push(made["id"].clone());
    }
    let path = format!("/api/v1/issues/{}", ids[5].as_str().unwrap());
    send(&app.server, &path, &json!({ "move": "coordinate" }), 200).await;
    let report = send(
        &app.server,
        "/api/v1/issues:bulk",
        &json!({ "ids": ids, "move": { "move": "acknowledge" } }),
        200,
    )
    .await;
    assert_eq!(
        (report["done"].as_u64(), report["refused"].as_u64()),
        (Some(20), Some(2)),
        "{report}"
    );
    assert_eq!(report["items"][1]["code"], "not_found");
    assert_eq!(report["items"][5]["code"], "illegal_move");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_outside_is_not_there_and_own_issues_of_a_body_are() {
    let app = App::demo().await;
    let category = leaf(&app).await;
    let picture = app.services.picture();
    let communities: Vec<String> = picture
        .regions
        .iter()
        .filter(|r| {
            r.code.to_string().starts_with("999001001") && !r.code.to_string().ends_with("000")
        })
        .map(|r| r.code.to_string())
        .collect();
    let (here, there) = (&communities[0], &communities[1]);
    let compound = |community: &str| {
        picture
            .compounds
            .iter()
            .find(|c| c.community.to_string() == community)
            .unwrap()
            .id
            .to_string()
    };
    let make = |community: &str| {
        let body = report(
            json!({ "kind": "compound", "compound": compound(community) }),
            json!({ "category": category }),
        );
        let server = &app.server;
        async move { send(server, "/api/v1/issues", &body, 201).await }
    };
    let (mine, theirs) = (make(here).await, make(there).await);
    let secretary = app.person("here", &[("community_secretary", here)]).await;
    let path = |issue: &Value| format!("/api/v1/issues/{}", issue["id"].as_str().unwrap());
    assert_eq!(secretary.get(&path(&mine)).await.status_code(), 200);
    assert_eq!(secretary.get(&path(&theirs)).await.status_code(), 404);
    act(
        &secretary,
        &theirs["id"],
        json!({ "move": "acknowledge" }),
        404,
    )
    .await;
    let outside = report(
        json!({ "kind": "compound", "compound": compound(there) }),
        json!({ "category": category }),
    );
    send(&secretary, "/api/v1/issues", &outside, 404).await;
    let list: Value = secretary.get("/api/v1/issues?limit=200").await.json();
    let codes: Vec<&str> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["region"].as_str().unwrap())
        .collect();
    assert!(
        !codes.is_empty() && codes.iter().all(|code| code == here),
        "{codes:?}"
    );
    // A department sees what was handed to it, wherever that lies, and nothing else.
    let handler = app
        .person("handler", &[("department_handler", "body:test:urban")])
        .await;
    assert_eq!(handler.get(&path(&theirs)).await.status_code(), 404);
    act(
        &app.server,
        &theirs["id"],
        json!({ "move": "coordinate" }),
        200,
    )
    .await;
    act(
        &app.server,
        &theirs["id"],
        json!({ "move": "dispatch", "owner": { "code": "test:urban", "name": "示例城管中队" } }),
        200,
    )
    .await;
    assert_eq!(handler.get(&path(&theirs)).await.status_code(), 200);
    let list: Value = handler.get("/api/v1/issues").await.json();
    assert_eq!(list["total"], 1, "{list}");
    // It gives it back twice, the second time somebody has to decide, and that binds.
    let give_back = json!({ "move": "return", "reason": "not_our_matter" });
    act(&handler, &theirs["id"], give_back.clone(), 200).await;
    act(
        &app.server,
        &theirs["id"],
        json!({ "move": "coordinate" }),
        200,
    )
    .await;
    act(
        &app.server,
        &theirs["id"],
        json!({ "move": "dispatch", "owner": { "code": "test:urban", "name": "示例城管中队" } }),
        200,
    )
    .await;
    let second = act(&handler, &theirs["id"], give_back.clone(), 200).await;
    assert_eq!(
        (second["state"].as_str(), second["returns"].as_u64()),
        (Some("arbitration"), Some(2))
    );
    let decided = json!({ "move": "arbitrate", "owner": { "code": "test:urban", "name": "示例城管中队" }, "reason": "示例：按职责清单" });
    act(&app.server, &theirs["id"], decided, 200).await;
    let bound = act(&handler, &theirs["id"], give_back, 409).await;
    assert!(
        !bound["details"]
            .as_array()
            .unwrap()
            .contains(&json!("return")),
        "{bound}"
    );
    // The decision is the rule for the next one.
    let who = send(&app.server, "/api/v1/routing-rules:test", &json!({ "category": category, "place": { "kind": "compound", "compound": compound(there) } }), 200).await;
    assert_eq!(who["code"], "test:urban", "{who}");
    // What was made public is read by everybody, and no longer when it is taken back.
    let visitor = browser(&app.services);
    let public = format!("{}/public", path(&mine));
    assert_eq!(
        handler
            .put(&public)
            .json(&json!({ "public": true }))
            .await
            .status_code(),
        403
    );
    assert_eq!(
        app.server
            .put(&public)
            .json(&json!({ "public": true }))
            .await
            .status_code(),
        200
    );
    assert_eq!(visitor.get(&path(&mine)).await.status_code(), 200);
    assert_eq!(
        app.server
            .put(&public)
            .json(&json!({ "public": false }))
            .await
            .status_code(),
        200
    );
    assert_eq!(visitor.get(&path(&mine)).await.status_code(), 404);
    // Not a handler's business: the figures hide small counts.
    let heat: Value = visitor
        .get(&format!("/api/v1/issues:heat?region={STREET}"))
        .await
        .json();
    for row in heat["items"].as_array().unwrap() {
        let n = row["n"].as_u64();
        assert!(n.is_none_or(|n| n == 0 || n >= 5), "{row}");
        assert!(n.is_some() || row["rate"].is_null(), "{row}");
        // How many live there is not for everybody.
        assert!(row["households"].is_null(), "{row}");
        let pointless = row["without_point"].as_u64();
        assert!(pointless.is_none_or(|n| n == 0 || n >= 5), "{row}");
    }
    assert!(heat["total"]["households"].is_null(), "{}", heat["total"]);
    let cells: Value = visitor
        .get(&format!("/api/v1/issues:heat?by=h3&region={STREET}"))
        .await
        .json();
    for cell in cells["items"].as_array().unwrap() {
        assert!(
            cell["households"].is_null() && cell["rate"].is_null(),
            "one building may fill a cell: {cell}"
        );
    }
    assert_eq!(
        visitor
            .get(&format!("/api/v1/issues:density?region={STREET}"))
            .await
            .status_code(),
        403
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_issues_of_a_sensitive_category_are_counted_for_nobody() {
    let app = App::demo().await;
    let (compound, _, _) = somewhere(&app);
    let catalog = app.services.issues().catalog();
    let sensitive = catalog
        .tree
        .leaves()
        .find(|leaf| catalog.tree.is_sensitive(&leaf.code) && leaf.questions.is_empty())
        .unwrap()
        .code
        .clone();
    let plain = leaf(&app).await;
    let place = json!({ "kind": "compound", "compound": compound });
    for (category, times) in [(&sensitive, 2), (&plain, 3)] {
        for n in 0..times {
            let body = report(
                place.clone(),
                json!({ "category": category, "black_text": format!("示例 {n}") }),
            );
            send(&app.server, "/api/v1/issues", &body, 201).await;
        }
    }
    let asked = app
        .get(&format!("/api/v1/issues:summary?category={sensitive}"))
        .await;
    assert!(asked["n"].is_null() && asked["open"].is_null(), "{asked}");
    let heat = app
        .get(&format!("/api/v1/issues:heat?category={sensitive}"))
        .await;
    assert!(heat["total"]["n"].is_null(), "{}", heat["total"]);
    let all = app.get("/api/v1/issues:summary").await;
    let of = |code: &str| {
        let rows = all["categories"].as_array().unwrap();
        rows.iter().find(|row| row["code"] == code).unwrap()["n"].clone()
    };
    assert_eq!(all["n"], 5);
    // The other one goes too: with the total it would tell.
    assert!(of(&sensitive).is_null() && of(&plain).is_null(), "{all}");
    let density = app
        .get(&format!("/api/v1/issues:density?category={sensitive}"))
        .await;
    assert!(density["n"].is_null(), "{density}");
}
