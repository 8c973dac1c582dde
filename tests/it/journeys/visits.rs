//! Visits, tiers, the card of three numbers and the diary: who writes, who reads, what changes when.

use super::app::{App, browser};
use crate::access::city::{OWN, city_in, community_code, own_scope};
use axum_test::TestServer;
use gridkeeper::config::{Config, Emergency};
use gridkeeper::domain::access::Role;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

/// Declares each function as a test on a GeoPackage and on PostGIS.
macro_rules! on_both {
    ($($name:ident)+) => {
        mod on_geopackage {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::city_in(super::App::empty().await).await).await;
            })+
        }
        mod on_postgis {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::city_in(super::App::on_postgis().await).await).await;
            })+
        }
    };
}

on_both! {
    a_visit_is_written_corrected_and_withdrawn_and_nothing_is_lost
    visits_are_read_by_the_keeper_and_the_secretaries_and_by_nobody_else
    the_card_changes_when_a_plan_comes_into_force_and_not_before
    small_counts_are_told_to_those_who_keep_them_alone
    the_diary_is_black_first_and_holds_what_was_reported
    what_is_old_forgets_who_went_and_the_figures_stay
}

/// Somebody of a role in the own street; each time another account.
async fn of(app: &App, role: Role) -> TestServer {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let login = format!("{role}-{}", MADE.fetch_add(1, Ordering::Relaxed));
    let scope = own_scope(&app.services, role);
    app.person(&login, &[(role.as_str(), &scope)]).await
}

async fn get(who: &TestServer, path: &str) -> Value {
    let answer = who.get(path).await;
    assert_eq!(answer.status_code(), 200, "{path}: {}", answer.text());
    answer.json()
}

async fn post(who: &TestServer, path: &str, body: &Value) -> (u16, Value) {
    let answer = who.post(path).json(body).await;
    let status = answer.status_code().as_u16();
    (
        status,
        serde_json::from_str(&answer.text()).unwrap_or(Value::Null),
    )
}

fn code(body: &Value) -> &str {
    body["type"]
        .as_str()
        .unwrap_or("")
        .trim_start_matches("/problems/")
}

/// The buildings on a card: (id, households).
fn buildings(card: &Value) -> Vec<(String, u64)> {
    let all = card["buildings"].as_array().unwrap();
    all.iter()
        .map(|one| {
            (
                one["id"].as_str().unwrap().to_owned(),
                one["households"].as_u64().unwrap(),
            )
        })
        .collect()
}

async fn a_visit_is_written_corrected_and_withdrawn_and_nothing_is_lost(app: App) {
    let keeper = of(&app, Role::Housekeeper).await;
    let card = get(&keeper, "/api/v1/visits:card").await;
    let own = buildings(&card);
    let (building, households) = own.iter().find(|(_, n)| *n > 100).unwrap().clone();
    assert_eq!(card["visits_month"], 0);
    assert!(
        card["buildings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["days"].is_null())
    );
    // Sent twice with one key it is one visit; with other content it is a conflict.
    let visit = json!({ "building": building, "households": 11, "kind": "night_talk", "note": "约好下周再来" });
    let send = |body: Value| {
        keeper
            .post("/api/v1/visits")
            .add_header("idempotency-key", "k1")
            .json(&body)
    };
    let first = send(visit.clone()).await;
    assert_eq!(first.status_code(), 201, "{}", first.text());
    let first: Value = first.json();
    assert_eq!(
        (&first["delegated"], &first["counts"]),
        (&json!(false), &json!(true))
    );
    let again = send(visit.clone()).await;
    assert_eq!(again.status_code(), 200);
    assert_eq!(again.json::<Value>()["id"], first["id"]);
    let other = send(json!({ "building": building, "households": 12 })).await;
    assert_eq!(other.status_code(), 409);
    let card = get(&keeper, "/api/v1/visits:card").await;
    let row = |card: &Value| {
        let all = card["buildings"].as_array().unwrap();
        all.iter()
            .find(|one| one["id"] == json!(building))
            .unwrap()
            .clone()
    };
    assert_eq!(
        (&card["visits_today"], &card["reached"]),
        (&json!(1), &json!(11))
    );
    assert_eq!(
        (&row(&card)["days"], &row(&card)["reached"]),
        (&json!(0), &json!(11))
    );
    assert_eq!(app.services.last_visits().len(), 1);
    // A correction replaces; both stay on record.
    let path = format!("/api/v1/visits/{}", first["id"].as_str().unwrap());
    let fixed = json!({ "correct": { "building": building, "households": 7 } });
    let (status, fixed) = post(&keeper, &path, &fixed).await;
    assert_eq!((status, &fixed["replaces"]), (201, &first["id"]), "{fixed}");
    let (status, twice) = post(&keeper, &path, &json!({ "withdraw": "点错了" })).await;
    assert_eq!((status, code(&twice)), (409, "visit_replaced"));
    let card = get(&keeper, "/api/v1/visits:card").await;
    assert_eq!(
        (&card["visits_today"], &card["reached"]),
        (&json!(1), &json!(7))
    );
    let path = format!("/api/v1/visits/{}", fixed["id"].as_str().unwrap());
    let (status, body) = post(&keeper, &path, &json!({ "withdraw": " " })).await;
    assert_eq!((status, code(&body)), (422, "reason_missing"));
    let (status, _) = post(&keeper, &path, &json!({ "withdraw": "点错了" })).await;
    assert_eq!(status, 201);
    assert_eq!(get(&keeper, "/api/v1/visits:card").await["visits_today"], 0);
    assert!(app.services.last_visits().is_empty());
    let page = get(&keeper, "/api/v1/visits").await;
    assert_eq!(
        (page["items"].as_array().unwrap().len(), &page["n"]),
        (3, &json!(0))
    );
    // What is in memory is what is stored.
    let (status, _) = post(
        &keeper,
        "/api/v1/visits",
        &json!({ "building": building, "households": 0 }),
    )
    .await;
    assert_eq!(status, 201, "nobody at home is a visit");
    let before = app.services.last_visits();
    app.services.visits_load().await.unwrap();
    assert_eq!(*app.services.last_visits(), *before);
    // What is wrong is said, and nothing is stored.
    let outside = {
        let picture = app.services.picture();
        let held: Vec<String> = own.iter().map(|(id, _)| id.clone()).collect();
        let street = OWN.parse::<gridkeeper::domain::RegionCode>().unwrap();
        let found = picture
            .buildings
            .iter()
            .find(|one| street.contains(one.community) && !held.contains(&one.id.to_string()));
        found.map(|one| one.id.to_string())
    };
    let later = (chrono::Utc::now() + chrono::Duration::days(1)).to_rfc3339();
    for (body, wanted) in [
        (
            json!({ "building": building, "households": households + 1 }),
            "visit_households",
        ),
        (
            json!({ "building": building, "households": 1, "at": later }),
            "visit_in_future",
        ),
        (
            json!({ "building": building, "households": 1, "at": "2023-12-31T03:00:00Z" }),
            "visit_before_appointment",
        ),
        (
            json!({ "building": outside, "households": 1 }),
            "visit_not_own_building",
        ),
        (
            json!({ "building": building, "households": 1, "kind": "tracking" }),
            "word_unknown",
        ),
        (
            json!({ "building": building, "households": 1, "photo": "0".repeat(64) }),
            "photo_unknown",
        ),
    ] {
        let (status, body) = post(&keeper, "/api/v1/visits", &body).await;
        assert_eq!(
            (status, body["problems"][0]["code"].as_str()),
            (422, Some(wanted)),
            "{body}"
        );
    }
    let (status, _) = post(
        &keeper,
        "/api/v1/visits",
        &json!({ "building": building, "households": 1, "lon": 117.2 }),
    )
    .await;
    assert_eq!(status, 422, "there is no field for a position");
}

async fn visits_are_read_by_the_keeper_and_the_secretaries_and_by_nobody_else(app: App) {
    let keeper_id = own_scope(&app.services, Role::Housekeeper).replace("keeper:", "");
    let keeper = of(&app, Role::Housekeeper).await;
    let card = get(&keeper, "/api/v1/visits:card").await;
    let (building, _) = buildings(&card)[0].clone();
    // A secretary writes for the keeper, and the record says so.
    let secretary = of(&app, Role::CommunitySecretary).await;
    let choices = get(&secretary, "/api/v1/visits:keepers").await;
    assert_eq!(choices.as_array().unwrap().len(), 1, "{choices}");
    assert_eq!(choices[0]["id"], json!(keeper_id));
    let visit = json!({ "building": building, "households": 2, "keeper": keeper_id, "at": "2026-03-01T13:00:00Z" });
    let (status, made) = post(&secretary, "/api/v1/visits", &visit).await;
    assert_eq!((status, &made["delegated"]), (201, &json!(true)), "{made}");
    let (status, body) = post(
        &secretary,
        "/api/v1/visits",
        &json!({ "building": building, "households": 2 }),
    )
    .await;
    assert_eq!((status, code(&body)), (422, "keeper_missing"));
    let span = "/api/v1/visits?from=2026-02-20&to=2026-03-05";
    for who in [
        &keeper,
        &secretary,
        &of(&app, Role::CompoundSecretary).await,
    ] {
        let page = get(who, span).await;
        assert_eq!(
            (&page["n"], &page["items"][0]["delegated"]),
            (&json!(1), &json!(true))
        );
    }
    // A keeper of another street reads nothing of it, nor does a secretary of another community.
    let other = {
        let picture = app.services.picture();
        let found = picture
            .housekeepers
            .iter()
            .find(|one| one.name == "示例乙管家")
            .unwrap();
        format!("keeper:{}", found.id)
    };
    let stranger = app.person("stranger", &[("housekeeper", &other)]).await;
    assert_eq!(get(&stranger, span).await["n"], 0);
    let near = app
        .person("near", &[("community_secretary", &community_code(OWN, 2))])
        .await;
    assert_eq!(get(&near, span).await["n"], 0);
    for path in ["visits:card", "diary", "visits"] {
        for who in [&stranger, &near] {
            let answer = who.get(&format!("/api/v1/{path}?keeper={keeper_id}")).await;
            assert_eq!(answer.status_code(), 404, "{path}");
        }
    }
    let change = format!("/api/v1/visits/{}", made["id"].as_str().unwrap());
    let (status, _) = post(&stranger, &change, &json!({ "withdraw": "不是我的" })).await;
    assert_eq!(status, 404);
    let (status, _) = post(&stranger, "/api/v1/visits", &visit).await;
    assert_eq!(status, 404);
    // Everybody else has figures of buildings and compounds, without a person or household in them.
    let names: Vec<String> = {
        let picture = app.services.picture();
        let of_people = picture
            .housekeepers
            .iter()
            .flat_map(|one| [one.name.clone(), one.id.to_string()]);
        let posts = picture.appointments.iter().map(|one| one.id.to_string());
        let areas = picture
            .plans
            .iter()
            .flat_map(|plan| plan.areas.iter().map(|area| area.id.to_string()));
        of_people
            .chain(posts)
            .chain(areas)
            .chain([made["id"].as_str().unwrap().to_owned()])
            .collect()
    };
    for role in [
        Role::StreetLeader,
        Role::Planner,
        Role::GridAdmin,
        Role::Supervisor,
        Role::GridWorker,
    ] {
        let who = of(&app, role).await;
        assert_eq!(who.get("/api/v1/visits").await.status_code(), 403, "{role}");
        assert_eq!(who.get("/api/v1/diary").await.status_code(), 403, "{role}");
        let text = who.get("/api/v1/visits:figures?days=91").await.text();
        assert!(
            !names.iter().any(|name| text.contains(name)),
            "{role}: {text}"
        );
        assert!(
            !text.contains("keeper") && !text.contains("household"),
            "{role}: {text}"
        );
        let figures: Value = serde_json::from_str(&text).unwrap();
        assert!(figures["n"].as_u64().unwrap() >= 6, "{role}: {figures}");
    }
    let leader = of(&app, Role::StreetLeader).await;
    let figures = get(
        &leader,
        &format!("/api/v1/visits:figures?region={OWN}&days=14"),
    )
    .await;
    assert_eq!(figures["n"], 12);
    assert_eq!(
        figures["bands"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_u64().unwrap())
            .sum::<u64>(),
        12
    );
    assert_eq!(figures["columns"].as_array().unwrap().len(), 14);
    assert_eq!(
        leader
            .get("/api/v1/visits:figures?region=999002001000")
            .await
            .status_code(),
        404
    );
    assert_eq!(
        leader
            .get("/api/v1/visits:figures?days=0")
            .await
            .status_code(),
        422
    );
    // A keeper has figures of the own buildings, the median only where there are enough areas for one.
    let own = get(&keeper, "/api/v1/visits:figures").await;
    assert_eq!(
        own["n"].as_u64().unwrap() as usize,
        card["buildings"].as_array().unwrap().len()
    );
    assert!(card["compliance"]["median_bp"].is_null());
    assert_eq!(
        browser(&app.services)
            .get("/api/v1/visits:figures")
            .await
            .status_code(),
        401
    );
}

async fn the_card_changes_when_a_plan_comes_into_force_and_not_before(app: App) {
    let keeper = of(&app, Role::Housekeeper).await;
    let before = get(&keeper, "/api/v1/visits:card").await;
    let sum = |card: &Value| -> u64 {
        let own = card["buildings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["covered"] == false);
        own.map(|one| one["households"].as_u64().unwrap()).sum()
    };
    assert_eq!(
        before["households"].as_u64(),
        Some(sum(&before)),
        "the sum of the assigned buildings"
    );
    // A draft with smaller areas: the own compound is divided among several.
    let body = json!({ "target_households": 200, "compounds": "free", "keepers_per_area": 1 });
    let path = format!("/api/v1/regions/{OWN}/plans:balance");
    let started = app.server.post(&path).json(&body).await;
    assert_eq!(started.status_code(), 202, "{}", started.text());
    let job = app.job(&started.json()).await;
    assert_eq!(job["state"], "done", "{job}");
    let plan = job["result"]["plan_id"].as_str().unwrap();
    let while_draft = get(&keeper, "/api/v1/visits:card").await;
    assert_eq!(while_draft["areas"], before["areas"]);
    assert_eq!(while_draft["households"], before["households"]);
    app.publish(plan).await;
    let after = get(&keeper, "/api/v1/visits:card").await;
    assert_eq!(after["areas"][0]["plan"]["id"], json!(plan), "{after}");
    assert_ne!(after["areas"], before["areas"]);
    assert_ne!(after["households"], before["households"]);
    assert_eq!(after["households"].as_u64(), Some(sum(&after)));
}

async fn small_counts_are_told_to_those_who_keep_them_alone(app: App) {
    let keeper = of(&app, Role::Housekeeper).await;
    let own = buildings(&get(&keeper, "/api/v1/visits:card").await);
    let secretary = of(&app, Role::CommunitySecretary).await;
    let picture = app.services.picture();
    let compound = picture
        .compounds
        .iter()
        .find(|one| one.name == "示例甲1小区")
        .unwrap()
        .id;
    let set = |building: String, priority: u32| {
        let body =
            json!({ "daily": 0, "weekly": 2, "monthly": 3, "priority": priority, "hardship": 0 });
        let path = format!("/api/v1/buildings/{building}/tiers");
        let secretary = &secretary;
        async move { secretary.put(&path).json(&body).await }
    };
    let path = format!("/api/v1/visits:tiers?compound={compound}");
    let none = get(&secretary, &path).await;
    assert!(
        none["total"]["priority"].is_null(),
        "unknown is never 0: {none}"
    );
    assert_eq!(set(own[0].0.clone(), 2).await.status_code(), 204);
    let whole = get(&secretary, &path).await;
    assert_eq!(
        (&whole["total"]["priority"], &whole["hides_small"]),
        (&json!(2), &json!(false))
    );
    // Two such households in a compound: the leader and the planner are told “fewer than five”.
    for role in [Role::StreetLeader, Role::Planner, Role::GridAdmin] {
        let who = of(&app, role).await;
        let told = get(&who, &path).await;
        assert_eq!(told["hides_small"], true, "{role}");
        assert!(
            told["total"]["priority"].is_null() && told["items"][0]["priority"].is_null(),
            "{role}: {told}"
        );
        assert_eq!(
            (&told["small"], &told["total"]["hardship"]),
            (&json!(5), &json!(0))
        );
        let put = who
            .put(&format!("/api/v1/buildings/{}/tiers", own[0].0))
            .json(&json!({}));
        assert_eq!(put.await.status_code(), 403, "{role}");
    }
    let big: Vec<&(String, u64)> = own
        .iter()
        .filter(|(_, households)| *households > 100)
        .collect();
    assert_eq!(set(big[1].0.clone(), 40).await.status_code(), 204);
    let leader = of(&app, Role::Deputy).await;
    assert_eq!(leader.get(&path).await.status_code(), 403);
    assert_eq!(set(own[0].0.clone(), 9_999).await.status_code(), 422);
    // The keeper has them on the card, whole.
    let card = get(&keeper, "/api/v1/visits:card").await;
    assert_eq!(
        (&card["priority"], &card["tiers"]["weekly"]),
        (&json!(42), &json!(4))
    );
}

async fn the_diary_is_black_first_and_holds_what_was_reported(app: App) {
    let keeper = of(&app, Role::Housekeeper).await;
    let building = buildings(&get(&keeper, "/api/v1/visits:card").await)[0]
        .0
        .clone();
    let (status, body) = post(
        &keeper,
        "/api/v1/diary",
        &json!({ "red_text": "更换了高层原配件" }),
    )
    .await;
    assert_eq!(
        (status, body["problems"][0]["code"].as_str()),
        (422, Some("red_before_black"))
    );
    let black = json!({ "black_text": "供水改造后高层水压跟不上", "building": building });
    let (status, entry) = post(&keeper, "/api/v1/diary", &black).await;
    assert_eq!((status, &entry["red_text"]), (201, &Value::Null), "{entry}");
    let report = json!({ "category": "environment.rubbish", "place": { "kind": "building", "building": building }, "black_text": "楼道堆了纸箱" });
    let (status, issue) = post(&keeper, "/api/v1/issues", &report).await;
    assert_eq!(status, 201, "{issue}");
    let diary = get(&keeper, "/api/v1/diary").await;
    assert_eq!(
        (
            &diary["without_red"],
            diary["items"].as_array().unwrap().len()
        ),
        (&json!(2), 2)
    );
    assert_eq!(
        diary["items"][0]["issue"], issue["id"],
        "without being written twice"
    );
    let red = format!("/api/v1/diary/{}/red", entry["id"].as_str().unwrap());
    let done = keeper
        .put(&red)
        .json(&json!({ "red_text": "更换了高层原配件" }))
        .await;
    assert_eq!(done.status_code(), 200, "{}", done.text());
    assert_eq!(get(&keeper, "/api/v1/diary").await["without_red"], 1);
    // The secretary in scope reads and writes for the keeper; nobody else.
    let secretary = of(&app, Role::CompoundSecretary).await;
    let keeper_id = own_scope(&app.services, Role::Housekeeper).replace("keeper:", "");
    let for_keeper =
        json!({ "black_text": "长椅少了一条木板", "red_text": "补上了", "keeper": keeper_id });
    let (status, made) = post(&secretary, "/api/v1/diary", &for_keeper).await;
    assert_eq!((status, &made["delegated"]), (201, &json!(true)), "{made}");
    let diary = get(&secretary, &format!("/api/v1/diary?keeper={keeper_id}")).await;
    assert_eq!(diary["items"].as_array().unwrap().len(), 3);
    let near = app
        .person("near", &[("community_secretary", &community_code(OWN, 2))])
        .await;
    assert_eq!(
        near.put(&red)
            .json(&json!({ "red_text": "x" }))
            .await
            .status_code(),
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_asks_for_a_photo_until_its_last_day_and_the_burden_page_says_so() {
    let until = |days: i64| chrono::Utc::now().date_naive() + chrono::Duration::days(days);
    let exception = |days| Emergency {
        exception: "visit_photo".to_owned(),
        reason: "防汛应急响应".to_owned(),
        until: until(days),
    };
    for (days, status) in [(5, 422), (-2, 201)] {
        let config = Config {
            emergency_mode: vec![exception(days)],
            ..Config::default()
        };
        let app = city_in(App::with(config).await).await;
        let burden = get(&browser(&app.services), "/api/v1/burden").await;
        assert_eq!(
            burden["emergency"].as_array().unwrap().len(),
            usize::from(days > 0)
        );
        let keeper = of(&app, Role::Housekeeper).await;
        let (building, _) = buildings(&get(&keeper, "/api/v1/visits:card").await)[0].clone();
        let (answer, body) = post(
            &keeper,
            "/api/v1/visits",
            &json!({ "building": building, "households": 1 }),
        )
        .await;
        assert_eq!(answer, status, "{body}");
    }
}

/// Words that would tie a position, steps, log-ins or scores to a person.
const NEVER: [&str; 13] = [
    "latitude",
    "longitude",
    "track",
    "trajectory",
    "gps",
    "step",
    "online",
    "login_count",
    "check_in",
    "score",
    "points",
    "ranking",
    "device",
];
/// Where a word stands all the same, and why.
const RECRUITED: &str = "one of the steps in which somebody becomes a keeper";
const JUDGED: &str = "the quarterly judgement by two judges: told to the keeper and to them, and nothing sorts by it";
const ALLOWED: [(&str, &str, &str); 12] = [
    ("recruitment_step", "step", RECRUITED),
    ("CaseView", "steps", RECRUITED),
    ("Decide", "step", RECRUITED),
    ("FunnelView", "steps", RECRUITED),
    ("NewCase", "step", RECRUITED),
    ("NewScore", "score", JUDGED),
    ("assessment", "organisation_score", JUDGED),
    ("assessment", "residents_score", JUDGED),
    ("IssueView", "step", "one of the six steps of an issue"),
    ("LookupView", "step", "one of the six steps of an issue"),
    (
        "SearchHit",
        "score",
        "how well the name of a place fits what was typed",
    ),
    (
        "account",
        "totp_step",
        "the last one-time code that was used, so that none is used twice",
    ),
];
/// Tables of people: they have no place on a map.
const PEOPLE: [&str; 9] = [
    "housekeeper",
    "appointment",
    "visit",
    "visit_tier",
    "diary_entry",
    "area_keeper",
    "account",
    "session",
    "notification",
];

fn forbidden(of: &str, name: &str) -> Option<&'static str> {
    let allowed = ALLOWED
        .iter()
        .any(|(thing, field, _)| (*thing, *field) == (of, name));
    let hit = NEVER.iter().find(|word| name.contains(**word));
    hit.copied().filter(|_| !allowed)
}

#[test]
fn no_column_and_no_field_ties_a_position_steps_log_ins_or_scores_to_a_person() {
    let mut columns = 0;
    for folder in ["gpkg", "postgis"] {
        for file in std::fs::read_dir(format!(
            "{}/migrations/{folder}",
            env!("CARGO_MANIFEST_DIR")
        ))
        .unwrap()
        {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let mut table = String::new();
            for line in text.lines() {
                let line = line.trim();
                let words: Vec<&str> = line.split_whitespace().collect();
                match words.as_slice() {
                    ["CREATE", "TABLE", name, ..]
                    | ["ALTER", "TABLE", name, "ADD", "COLUMN", ..] => {
                        table = name.trim_end_matches('(').to_owned();
                        if let Some(at) = words.iter().position(|word| *word == "COLUMN") {
                            check(&table, words[at + 1], &mut columns);
                        }
                    }
                    [");", ..] => table.clear(),
                    [column, kind, ..]
                        if !table.is_empty()
                            && kind.chars().all(|c| {
                                c.is_ascii_uppercase() || "(),4326eomtryPin".contains(c)
                            }) =>
                    {
                        check(&table, column, &mut columns);
                    }
                    _ => {}
                }
            }
        }
    }
    assert!(columns > 400, "the migrations are read: {columns} columns");
    // A person has no geometry either.
    let document = serde_json::to_value(gridkeeper::api::document()).unwrap();
    let mut fields = 0;
    for (schema, body) in document["components"]["schemas"].as_object().unwrap() {
        for name in body["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
        {
            assert_eq!(forbidden(schema, name), None, "{schema}.{name}");
            fields += 1;
        }
    }
    assert!(fields > 400, "{fields}");
    // The readers see what they should.
    assert_eq!(forbidden("visit", "gps_track"), Some("track"));
    assert_eq!(forbidden("visit", "step_count"), Some("step"));
    assert_eq!(forbidden("IssueView", "step"), None);
}

fn check(table: &str, column: &str, columns: &mut u32) {
    *columns += 1;
    assert_eq!(forbidden(table, column), None, "{table}.{column}");
    if PEOPLE.contains(&table) {
        assert!(
            !["geom", "lon", "lat", "point"].contains(&column),
            "{table}.{column}"
        );
    }
}

async fn what_is_old_forgets_who_went_and_the_figures_stay(app: App) {
    let keeper = of(&app, Role::Housekeeper).await;
    let own = buildings(&get(&keeper, "/api/v1/visits:card").await);
    let (building, households) = own.iter().find(|(_, n)| *n > 100).unwrap().clone();
    let days = |n: i64| (chrono::Utc::now() - chrono::Duration::days(n)).to_rfc3339();
    let mut ids = Vec::new();
    for (ago, households) in [(1, 3), (20, 7), (40, 9)] {
        let body = json!({ "building": building, "households": households, "note": "约好下周", "at": days(ago) });
        let (status, made) = post(&keeper, "/api/v1/visits", &body).await;
        assert_eq!(status, 201, "{made}");
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    // One was wrong: it and its withdrawal are old as well, and count for nothing.
    let (status, _) = post(
        &keeper,
        &format!("/api/v1/visits/{}", ids[2]),
        &json!({ "withdraw": "记错楼" }),
    )
    .await;
    assert_eq!(status, 201);
    let (status, made) = post(
        &keeper,
        "/api/v1/diary",
        &json!({ "building": building, "black_text": "示例：高层水压不足" }),
    )
    .await;
    assert_eq!(status, 201, "{made}");
    assert!(households > 9);
    let figures = async || {
        let mut all = get(&app.server, "/api/v1/visits:figures?days=91").await;
        all["as_of"] = Value::Null;
        all
    };
    let before = (figures().await, app.services.last_visits());

    // The same database with shorter terms: the visit of yesterday is young enough.
    let mut config = Config::default();
    config.security.visit_days = 10;
    config.security.diary_days = 0;
    config.security.key_file = app.services.config().security.key_file.clone();
    config.security.checkpoint_file = app.services.config().security.checkpoint_file.clone();
    let strict =
        gridkeeper::services::Services::open_unread(&app.url.parse().unwrap(), config, false)
            .await
            .unwrap();
    let by = gridkeeper::domain::Actor::command_line("test");
    let dry = strict.retain(&by, true).await.unwrap();
    assert_eq!((dry.visits, dry.diaries), (3, 1));
    let dry = strict.retain(&by, true).await.unwrap();
    assert_eq!(
        (dry.visits, dry.diaries),
        (3, 1),
        "a dry run forgets nothing"
    );
    let done = strict.retain(&by, false).await.unwrap();
    assert_eq!((done.visits, done.diaries), (3, 1));
    let again = strict.retain(&by, true).await.unwrap();
    assert_eq!((again.visits, again.diaries), (0, 0), "once");

    // Nobody's any more, and counted as ever.
    let building_id = gridkeeper::domain::BuildingId::new(building.parse().unwrap());
    let mut lease = app.services.store().read().await.unwrap();
    let span = (
        chrono::DateTime::UNIX_EPOCH,
        chrono::Utc::now() + chrono::Duration::days(1),
    );
    let stored = lease
        .conn()
        .visit_list(None, &[building_id], span, 100)
        .await
        .unwrap();
    drop(lease);
    assert_eq!(stored.len(), 4);
    let nil = uuid::Uuid::nil();
    let named: Vec<_> = stored
        .iter()
        .filter(|visit| visit.keeper.uuid() != nil)
        .collect();
    assert_eq!(named.len(), 1, "the young one: {stored:?}");
    for visit in stored.iter().filter(|visit| visit.keeper.uuid() == nil) {
        assert!(
            visit.note.is_none() && visit.entered_by.uuid() == nil && visit.request_key.is_none(),
            "{visit:?}"
        );
        assert!(
            visit
                .withdrawn
                .as_deref()
                .is_none_or(|why| why == "（已删除）")
        );
    }
    app.services.visits_load().await.unwrap();
    assert_eq!(figures().await, before.0);
    assert_eq!(*app.services.last_visits(), *before.1);
    let page = get(&keeper, "/api/v1/diary").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 0, "{page}");
}
