//! What lies outside one's scope does not exist: not in lists, counts, tiles, search, exports, live updates or errors.

use super::city::{CANARIES, OTHER, OWN, SIBLING, city, community_code, own_scope};
use super::matrix::{filled, is_stream};
use crate::journeys::app::{App, browser};
use crate::journeys::people::{compound, keeper, role};
use axum::http::Method;
use axum_test::TestServer;
use gridkeeper::api::access::Declared;
use gridkeeper::domain::access::Role;
use serde_json::{Value, json};

/// Words that only belong to places outside the own street.
const OUTSIDE: [&str; 9] = [
    "乙1小区",
    "乙2小区",
    "丙1小区",
    "丁1小区",
    "示例乙",
    "示例丙",
    "示例丁",
    "999001002",
    "999002",
];

async fn text(browser: &TestServer, path: &str) -> String {
    browser.get(path).await.text()
}

/// Paths that answer with what there is, without naming it.
fn lists() -> Vec<String> {
    let mut paths: Vec<String> = [
        "/api/v1/meta",
        "/api/v1/regions",
        "/api/v1/compounds",
        "/api/v1/plans",
        "/api/v1/imports",
        "/api/v1/waiting",
        "/api/v1/session",
    ]
    .map(str::to_owned)
    .into();
    for word in ["示例", "乙", "丙", "小区", "yi", "B1", "管家"] {
        paths.push(format!("/api/v1/search?q={word}&limit=100"));
    }
    for lon in [117.21, 117.25, 117.31, 117.35] {
        paths.push(format!("/api/v1/locate?lon={lon}&lat=31.8"));
    }
    paths
}

async fn tiles(app: &App, browser: &TestServer, z: u8) -> String {
    let mut all = String::new();
    for lon in [117.21f64, 117.25, 117.31, 117.35] {
        let n = f64::from(1u32 << z);
        let x = ((lon + 180.0) / 360.0 * n) as u32;
        let lat = 31.8f64.to_radians();
        let y =
            ((1.0 - (lat.tan() + 1.0 / lat.cos()).ln() / std::f64::consts::PI) / 2.0 * n) as u32;
        for layer in ["regions", "compounds", "buildings", "areas"] {
            let path = format!("/api/v1/tiles/{layer}/{z}/{x}/{y}");
            let response = browser
                .get(&path)
                .add_header("accept-encoding", "identity")
                .await;
            if response.status_code() == 200 {
                all.push_str(&String::from_utf8_lossy(response.as_bytes()));
            }
        }
    }
    let _ = app;
    all
}

#[tokio::test]
async fn nothing_of_another_street_reaches_anybody_who_is_bound_to_one() {
    let app = city().await;
    for &role in Role::ALL {
        if role == Role::Public || role.is_administrator() {
            continue;
        }
        let scope = own_scope(&app.services, role);
        let one = app.person(role.as_str(), &[(role.as_str(), &scope)]).await;
        for path in lists() {
            let found = text(&one, &path).await;
            // The question comes back in no answer.
            for word in OUTSIDE {
                assert!(
                    !found.contains(word),
                    "{role} {path} tells of {word}: {found}"
                );
            }
        }
        let drawn = tiles(&app, &one, 15).await + &tiles(&app, &one, 12).await;
        for word in OUTSIDE {
            assert!(!drawn.contains(word), "{role}: a tile tells of {word}");
        }
        assert!(
            drawn.contains("甲1小区") || drawn.contains("甲"),
            "{role} sees the own street"
        );
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_is_out_of_scope_are_answered_with_the_same_words() {
    let app = city().await;
    let one = app.person("ga", &[("grid_admin", OWN)]).await;
    let picture = app.services.picture();
    let outside: gridkeeper::domain::RegionCode = OTHER.parse().unwrap();
    let compound = picture
        .compounds
        .iter()
        .find(|c| outside.contains(c.community))
        .unwrap();
    let building = picture
        .buildings
        .iter()
        .find(|b| outside.contains(b.community))
        .unwrap();
    let plan = picture
        .plans
        .iter()
        .find(|p| p.plan.street == outside)
        .unwrap();
    let pairs = [
        ("/api/v1/compounds/{}", compound.id.to_string()),
        ("/api/v1/buildings/{}", building.id.to_string()),
        ("/api/v1/plans/{}", plan.plan.id.to_string()),
        ("/api/v1/plans/{}/areas", plan.plan.id.to_string()),
        ("/api/v1/plans/{}/redraw", plan.plan.id.to_string()),
        (
            "/api/v1/plans/{}/export/areas.csv",
            plan.plan.id.to_string(),
        ),
        (
            "/api/v1/plans/{}/export/handover.csv",
            plan.plan.id.to_string(),
        ),
        ("/api/v1/plans/{}/history", plan.plan.id.to_string()),
        ("/api/v1/regions/{}", OTHER.to_owned()),
        ("/api/v1/regions/{}/coverage", OTHER.to_owned()),
        ("/api/v1/buildings?compound={}", compound.id.to_string()),
        ("/api/v1/tiles/areas.json?plan={}", plan.plan.id.to_string()),
    ];
    for (path, id) in pairs {
        let nobody = if id.len() == 12 {
            "999009009000".to_owned()
        } else {
            uuid::Uuid::now_v7().to_string()
        };
        let ask = |id: &str| one.get(&path.replace("{}", id));
        let (hidden, missing) = (ask(&id).await, ask(&nobody).await);
        assert_eq!(hidden.status_code(), 404, "{path}");
        assert_eq!(
            hidden.text().replace(&id, "X"),
            missing.text().replace(&nobody, "X"),
            "{path}"
        );
    }
    // A plan of one's own beside one of another street.
    let own = picture
        .plans
        .iter()
        .find(|p| p.plan.street.to_string() == OWN)
        .unwrap();
    let path = format!(
        "/api/v1/plans/{}/compare?with={}",
        own.plan.id, plan.plan.id
    );
    assert_eq!(one.get(&path).await.status_code(), 404);
}

#[tokio::test]
async fn counts_are_those_of_the_own_scope() {
    let app = city().await;
    let street = app.person("ga", &[("grid_admin", OWN)]).await;
    let regions: Value = street.get("/api/v1/regions").await.json();
    let of = |code: &str| {
        let items = regions["items"].as_array().unwrap();
        items.iter().find(|region| region["code"] == code).cloned()
    };
    assert_eq!(of(OWN).unwrap()["households"], 1200);
    assert!(
        of("999001000000").is_none(),
        "the district is more than the street"
    );
    let all: Value = app.server.get("/api/v1/regions").await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 2 + 4 + 8);
    let community = app
        .person("cs", &[("community_secretary", &community_code(OWN, 1))])
        .await;
    let plans: Value = community.get("/api/v1/plans").await.json();
    for plan in plans["items"].as_array().unwrap() {
        assert_eq!(
            plan["figures"]["households"],
            5 * 119 + 3,
            "half of the street: {plan}"
        );
    }
}

/// One private phone, one date of birth for each keeper: they must never come out of the surface.
#[tokio::test]
async fn no_canary_leaves_by_any_route_for_any_role() {
    let app = city().await;
    let mut people = vec![("visitor".to_owned(), browser(&app.services))];
    for &role in Role::ALL {
        if role == Role::Public {
            continue;
        }
        let scope = own_scope(&app.services, role);
        let one = app.person(role.as_str(), &[(role.as_str(), &scope)]).await;
        people.push((role.to_string(), one));
    }
    let picture = app.services.picture();
    let own: gridkeeper::domain::RegionCode = OWN.parse().unwrap();
    let plans: Vec<String> = picture
        .plans
        .iter()
        .filter(|plan| plan.plan.street == own)
        .map(|plan| plan.plan.id.to_string())
        .collect();
    let mut paths = lists();
    for plan in &plans {
        for rest in [
            "",
            "/areas",
            "/checks",
            "/history",
            "/redraw",
            "/edits",
            "/versions",
            "/changes",
            "/compare",
            "/paper/areas",
            "/paper/meeting",
            "/export/areas.csv",
            "/export/areas.geojson",
            "/export/assignment.csv",
            "/export/handover.csv",
        ] {
            paths.push(format!("/api/v1/plans/{plan}{rest}"));
        }
    }
    for compound in picture
        .compounds
        .iter()
        .filter(|c| own.contains(c.community))
    {
        paths.push(format!("/api/v1/compounds/{}", compound.id));
        paths.push(format!("/api/v1/buildings?compound={}", compound.id));
    }
    paths.push(format!("/api/v1/regions/{OWN}/coverage"));
    let mut asked = 0;
    for (who, one) in &people {
        for path in &paths {
            let response = one.get(path).await;
            assert!(response.status_code().as_u16() < 500, "{who} {path}");
            let found = response.text();
            for canary in CANARIES {
                assert!(!found.contains(canary), "{who} {path} gives {canary} away");
            }
            asked += 1;
        }
    }
    println!("{asked} answers searched");
}

/// Private numbers beyond those of the roster: of a candidate, of whoever reported, of an office without consent.
const MORE_CANARIES: [&str; 4] = ["10010020034", "1964-06-10", "10010020035", "100 1002 0036"];

/// Stores [`MORE_CANARIES`]; the identities that paths may ask for.
async fn more_canaries(app: &App) -> Vec<String> {
    let own = compound(app, "示例甲1小区");
    let known = json!({ "birth_date": MORE_CANARIES[1], "private_phone": MORE_CANARIES[0], "party_member": true });
    let case = json!({ "compound": own, "name": "示例候选甲", "kind": "full_time", "step": "grid_worker_recommendation", "known": known });
    let worker = role(app, Role::GridWorker).await;
    let case = worker.post("/api/v1/recruitment").json(&case).await;
    assert_eq!(case.status_code(), 201, "{}", case.text());
    let categories = app.get("/api/v1/issue-categories").await;
    let plain = |item: &&Value| {
        !item["parent"].is_null()
            && item["sensitive"] != true
            && item["questions"].as_array().is_none_or(Vec::is_empty)
    };
    let category = categories["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(plain)
        .unwrap();
    let issue = json!({ "category": category["code"], "black_text": "示例：路灯不亮", "place": { "kind": "compound", "compound": own },
        "reporter_name": "示例居民", "reporter_phone": MORE_CANARIES[2] });
    let issue = browser(&app.services)
        .post("/api/v1/issues")
        .json(&issue)
        .await;
    assert_eq!(issue.status_code(), 201, "{}", issue.text());
    let code = issue.json::<Value>()["code"].as_str().unwrap().to_owned();
    let issue = app.get(&format!("/api/v1/issues?q={code}")).await["items"][0]["id"].clone();
    let person = json!({ "kind": "secretary", "name": "示例书记甲", "duty_phone": MORE_CANARIES[3], "from": "2024-01-01" });
    let path = format!("/api/v1/compounds/{own}/organisations");
    let secretary = role(app, Role::CommunitySecretary).await;
    assert_eq!(secretary.post(&path).json(&person).await.status_code(), 201);
    vec![
        case.json::<Value>()["id"].as_str().unwrap().to_owned(),
        issue.as_str().unwrap().to_owned(),
        keeper(app, "示例甲管家"),
        own,
    ]
}

#[tokio::test]
async fn no_canary_leaves_by_any_route_that_is_declared_to_be_read() {
    let app = city().await;
    let asked_for = more_canaries(&app).await;
    let mut people = vec![("visitor".to_owned(), browser(&app.services))];
    for &one in Role::ALL.iter().filter(|role| **role != Role::Public) {
        people.push((one.to_string(), role(&app, one).await));
    }
    let mut paths = Vec::new();
    for route in gridkeeper::api::declarations() {
        if route.method != Method::GET || is_stream(&route) {
            continue;
        }
        paths.push(filled(&app, &route, "own"));
        // What a path asks for by identity is one of those that hold something.
        if route.path.contains("{id}") {
            paths.extend(asked_for.iter().map(|id| {
                let route = Declared {
                    path: route.path.replace("{id}", id),
                    ..route.clone()
                };
                filled(&app, &route, "own")
            }));
        }
    }
    assert!(paths.len() > 150, "{} paths", paths.len());
    let mut found = 0;
    for (who, one) in &people {
        for path in &paths {
            let answer = one.get(path).await;
            assert!(answer.status_code().as_u16() < 500, "{who} {path}");
            found += usize::from(answer.status_code() == 200);
            let text = String::from_utf8_lossy(answer.as_bytes()).into_owned();
            for canary in CANARIES.iter().chain(&MORE_CANARIES) {
                assert!(
                    !text.contains(canary),
                    "{who} {path} gives {canary} away: {text}"
                );
            }
        }
    }
    assert!(found > 500, "{found} answers with something in them");
}

#[tokio::test]
async fn a_visitor_sees_published_areas_and_cards_and_no_counts_of_people() {
    let app = city().await;
    let visitor = browser(&app.services);
    let plans: Value = visitor.get("/api/v1/plans").await.json();
    let plans = plans["items"].as_array().unwrap();
    assert_eq!(plans.len(), 3, "what is in force, and no draft");
    assert!(
        plans
            .iter()
            .all(|plan| plan["state"] == "in_force" && plan["created_by"] == "")
    );
    let compounds: Value = visitor.get("/api/v1/compounds").await.json();
    for compound in compounds["items"].as_array().unwrap() {
        assert!(
            compound["households"].is_null() && compound["coverage"].is_null(),
            "{compound}"
        );
    }
    let own = plans.iter().find(|plan| plan["street"] == OWN).unwrap();
    let areas: Value = visitor
        .get(&format!(
            "/api/v1/plans/{}/areas",
            own["id"].as_str().unwrap()
        ))
        .await
        .json();
    let keepers: Vec<&Value> = areas["items"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|area| area["keepers"].as_array().unwrap())
        .collect();
    assert!(
        keepers.iter().any(|keeper| keeper["name"] == "示例甲管家"),
        "{areas}"
    );
    for path in [
        format!("/api/v1/regions/{SIBLING}/coverage"),
        "/api/v1/imports".to_owned(),
        "/api/v1/accounts".to_owned(),
        "/api/v1/audit".to_owned(),
    ] {
        assert_eq!(visitor.get(&path).await.status_code(), 401, "{path}");
    }
}
