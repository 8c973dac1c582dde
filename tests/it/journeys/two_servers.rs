//! Two servers on one PostGIS, and a command line beside them: what one writes, the others see.

use super::app::{App, person};
use super::issues::{leaf, report, send};
use crate::access::city::{OWN, city_in, own_scope};
use gridkeeper::config::Config;
use gridkeeper::domain::access::Role;
use gridkeeper::services::Services;
use serde_json::{Value, json};
use std::sync::Arc;

/// Another server on the database of an app, with its keys.
async fn another(app: &App) -> Services {
    let mut config = Config::default();
    let security = &app.services.config().security;
    config.security.key_file.clone_from(&security.key_file);
    config
        .security
        .checkpoint_file
        .clone_from(&security.checkpoint_file);
    config
        .backup
        .folder
        .clone_from(&app.services.config().backup.folder);
    Services::open(&app.url.parse().unwrap(), config, false)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_and_tiers_that_one_server_writes_are_seen_by_the_other() {
    let app = city_in(App::on_postgis().await).await;
    let other = another(&app).await;
    let scope = own_scope(&app.services, Role::Housekeeper);
    let here = app.person("here", &[("housekeeper", &scope)]).await;
    let there = person(&other, "there", &[("housekeeper", &scope)]).await;
    let card: Value = here.get("/api/v1/visits:card").await.json();
    let all = card["buildings"].as_array().unwrap();
    let building = all
        .iter()
        .find(|one| one["households"].as_u64() > Some(20))
        .unwrap()["id"]
        .clone();

    let visit = json!({ "building": building, "households": 5 });
    let made = send(&here, "/api/v1/visits", &visit, 201).await;
    assert!(other.last_visits().is_empty(), "not before it looks");
    other.follow().await.unwrap();
    assert_eq!(*other.last_visits(), *app.services.last_visits());
    let seen: Value = there.get("/api/v1/visits:card").await.json();
    assert_eq!(seen["visits_month"], 1, "{seen}");

    // Both write before either looks again; corrections and withdrawals count as well.
    send(
        &there,
        "/api/v1/visits",
        &json!({ "building": building, "households": 7 }),
        201,
    )
    .await;
    let withdrawn = format!("/api/v1/visits/{}", made["id"].as_str().unwrap());
    send(&here, &withdrawn, &json!({ "withdraw": "点错了" }), 201).await;
    for server in [&app.services, &other] {
        server.follow().await.unwrap();
        let fresh = another(&app).await;
        assert_eq!(*server.last_visits(), *fresh.last_visits());
    }
    for who in [&here, &there] {
        let seen: Value = who.get("/api/v1/visits:card").await.json();
        assert_eq!(seen["visits_month"], 1, "{seen}");
    }

    let secretary = own_scope(&app.services, Role::CommunitySecretary);
    let secretary = app
        .person("books", &[("community_secretary", &secretary)])
        .await;
    let plan = other.picture().plans[0].plan.id.uuid();
    let prepared = other.redraw_open(plan).await.unwrap();
    let weights = other.visits().weights();
    assert!(!weights.has_changed().unwrap());
    let path = format!("/api/v1/buildings/{}/tiers", building.as_str().unwrap());
    let tiers = json!({ "daily": 1, "weekly": 2, "monthly": 3, "priority": 0, "hardship": 0 });
    let set = secretary.put(&path).json(&tiers).await;
    assert!(set.status_code().is_success(), "{}", set.text());
    other.follow().await.unwrap();
    let of = gridkeeper::domain::BuildingId::new(building.as_str().unwrap().parse().unwrap());
    assert_eq!(
        other.visits().tiers().get(&of),
        app.services.visits().tiers().get(&of)
    );
    assert!(other.visits().tiers().contains_key(&of));
    assert!(
        weights.has_changed().unwrap(),
        "pages that draw a plan hear of it"
    );
    let again = other.redraw_open(plan).await.unwrap();
    assert!(
        !Arc::ptr_eq(&prepared, &again),
        "prepared with the counts of before"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_rules_and_imports_of_one_server_are_seen_by_the_other() {
    let app = city_in(App::on_postgis().await).await;
    let other = another(&app).await;
    let there = person(&other, "there", &[("grid_admin", "everywhere")]).await;
    let category = leaf(&app).await;
    let place = json!({ "kind": "region", "region": OWN });
    let total = async |app: &App| app.get("/api/v1/issues?limit=1").await["total"].clone();
    let as_there = app.as_person(there);
    let report = report(place, json!({ "category": category }));

    // In turn and without looking: numbers and events of the two never collide.
    let mut codes = std::collections::HashSet::new();
    for _ in 0..3 {
        for server in [&app.server, &as_there.server] {
            let made = send(server, "/api/v1/issues", &report, 201).await;
            assert!(codes.insert(made["code"].to_string()), "{codes:?}");
        }
    }
    for (server, app) in [(&app.services, &app), (&other, &as_there)] {
        server.follow().await.unwrap();
        assert_eq!(total(app).await, 6);
    }
    // A move made here is told there.
    let page = app.get("/api/v1/issues?limit=1").await;
    let id = page["items"][0]["id"].as_str().unwrap().to_owned();
    let moved = json!({ "move": "acknowledge" });
    let done = app
        .server
        .post(&format!("/api/v1/issues/{id}"))
        .json(&moved)
        .await;
    assert_eq!(done.status_code(), 200, "{}", done.text());
    other.follow().await.unwrap();
    let seen = |app: &App| {
        let services = app.services.clone();
        let ledger = services.issues().ledger();
        let row = ledger.row_of(id.parse().unwrap()).unwrap();
        ledger.facts(row).unwrap().state
    };
    let theirs = {
        let ledger = other.issues().ledger();
        ledger
            .facts(ledger.row_of(id.parse().unwrap()).unwrap())
            .unwrap()
            .state
    };
    assert_eq!(theirs, seen(&app));

    // Rules: each changes its own, and neither takes the other's back.
    let mut rules = app.get("/api/v1/routing-rules").await;
    let n = rules["items"].as_array().unwrap().len();
    rules["items"].as_array_mut().unwrap().push(json!({
        "id": uuid::Uuid::now_v7(), "order": 5, "categories": [], "places": [],
        "owner": { "code": "body:lamps", "name": "示例路灯所" },
        "valid_from": "2020-01-01", "valid_to": null, "note": "", "made_by_arbitration": null,
    }));
    let set = app.server.put("/api/v1/routing-rules").json(&rules).await;
    assert_eq!(set.status_code(), 204, "{}", set.text());
    let calendar = as_there.get("/api/v1/work-calendar").await;
    let set = as_there
        .server
        .put("/api/v1/work-calendar")
        .json(&calendar)
        .await;
    assert_eq!(set.status_code(), 204, "{}", set.text());
    other.follow().await.unwrap();
    app.services.follow().await.unwrap();
    assert_eq!(other.issues().catalog().rules.len(), n + 1);
    assert_eq!(app.services.issues().catalog().rules.len(), n + 1);

    // A command line imports beside the servers, and takes it back.
    let line = app.as_person(person(&other, "line", &[("grid_admin", "everywhere")]).await);
    let csv = "工单编号,受理时间,状态,大类,社区,诉求内容\r\n\
        C1,2024-03-01 08:00:00,办理中,市容环卫,丁社区,示例一\r\nC2,2024-03-02 08:00:00,办理中,市容环卫,丁社区,示例二\r\n";
    let fields = [
        ("kind", "issues"),
        ("source", "示例热线"),
        ("region", "示例外街"),
    ];
    let (job, import) = line.import("工单.csv", csv.as_bytes(), &fields).await;
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(import["counts"]["stored"], 2, "{import}");
    app.services.reload().await.unwrap();
    app.services.follow().await.unwrap();
    assert_eq!(total(&app).await, 8);
    let undo = format!("/api/v1/imports/{}:undo", import["id"].as_str().unwrap());
    let undone = line.server.post(&undo).await;
    assert!(undone.status_code().is_success(), "{}", undone.text());
    app.services.reload().await.unwrap();
    app.services.follow().await.unwrap();
    assert_eq!(total(&app).await, 6);
    send(&app.server, "/api/v1/issues", &report, 201).await;
}
