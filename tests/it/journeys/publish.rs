//! A plan is made, explained and put into force; illegal moves are answered with the legal ones.

use super::app::App;
use axum_test::TestServer;
use serde_json::{Value, json};

const STREET: &str = "999001001000";

async fn draft(app: &App, region: &str, body: Value) -> Value {
    let response = app
        .server
        .post(&format!("/api/v1/regions/{region}/plans:balance"))
        .json(&body)
        .await;
    assert_eq!(response.status_code(), 202, "{}", response.text());
    let job = app.job(&response.json()).await;
    assert_eq!(job["state"], "done", "{job}");
    let id = job["result"]["plan_id"].as_str().unwrap();
    app.get(&format!("/api/v1/plans/{id}")).await
}

#[tokio::test]
async fn the_same_seed_makes_the_same_plan_and_publishing_supersedes_the_former() {
    let app = App::demo().await;
    let first = draft(&app, STREET, json!({ "seed": 7 })).await;
    let second = draft(&app, STREET, json!({ "seed": 7 })).await;
    let areas = |plan: &Value| format!("/api/v1/plans/{}/areas", plan["id"].as_str().unwrap());
    let strip = |page: Value| -> Vec<(u64, u64, i64)> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|a| {
                (
                    a["number"].as_u64().unwrap(),
                    a["households"].as_u64().unwrap(),
                    a["deviation_bp"].as_i64().unwrap(),
                )
            })
            .collect()
    };
    assert_eq!(
        strip(app.get(&areas(&first)).await),
        strip(app.get(&areas(&second)).await)
    );
    assert!(first["figures"]["changed_households"].is_u64());
    let id = second["id"].as_str().unwrap();
    let path = format!("/api/v1/plans/{id}:publish");
    let leader = app.leader().await;
    let silent = leader.post(&path).json(&json!({ "reason": "  " })).await;
    assert_eq!(silent.status_code(), 422, "a reason is required");
    app.publish(id).await;
    let plans = app.get(&format!("/api/v1/plans?region={STREET}")).await;
    let in_force: Vec<&Value> = plans["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["state"] == "in_force")
        .collect();
    assert_eq!(in_force.len(), 1, "one plan per street is in force");
    assert_eq!(in_force[0]["id"], id);
    let again = leader
        .post(&path)
        .json(&json!({ "reason": "again", "acknowledge": true }))
        .await;
    assert_eq!(again.status_code(), 409);
}

#[tokio::test]
async fn an_illegal_move_is_refused_with_the_legal_ones() {
    let app = App::demo().await;
    let plan = draft(&app, STREET, json!({})).await;
    let id = plan["id"].as_str().unwrap();
    let path = format!("/api/v1/plans/{id}:transition");
    let refused = app
        .leader()
        .await
        .post(&path)
        .json(&json!({ "to": "approved", "reason": "too fast" }))
        .await;
    assert_eq!(refused.status_code(), 409);
    let body: Value = refused.json();
    assert!(
        body["details"]
            .as_array()
            .unwrap()
            .contains(&json!("in_review")),
        "{body}"
    );
    let unknown = app
        .server
        .post(&path)
        .json(&json!({ "to": "done", "reason": "x" }))
        .await;
    assert_eq!(unknown.status_code(), 400);
    let stale = app
        .server
        .post(&path)
        .json(&json!({ "to": "in_review", "reason": "x", "acknowledge": true, "version": 99 }))
        .await;
    assert_eq!(stale.status_code(), 409);
    assert_eq!(
        app.server
            .delete(&format!("/api/v1/plans/{id}"))
            .await
            .status_code(),
        204
    );
    assert_eq!(
        app.server
            .get(&format!("/api/v1/plans/{id}"))
            .await
            .status_code(),
        404
    );
}

#[tokio::test]
async fn a_plan_of_one_community_leaves_the_others_as_they_are() {
    let app = App::demo().await;
    let community = "999001001003";
    let before = app.get(&format!("/api/v1/plans?region={STREET}")).await["items"][0].clone();
    let areas = |id: &str| format!("/api/v1/plans/{id}/areas");
    let others = |page: &Value| -> Vec<(String, u64)> {
        let mut list: Vec<(String, u64)> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|a| a["community"] != community)
            .map(|a| {
                (
                    a["code"].as_str().unwrap().to_owned(),
                    a["households"].as_u64().unwrap(),
                )
            })
            .collect();
        list.sort();
        list
    };
    let plan = draft(&app, community, json!({ "seed": 3 })).await;
    assert_eq!(plan["street"], STREET);
    assert_eq!(plan["figures"]["unassigned"], 0);
    let old = app.get(&areas(before["id"].as_str().unwrap())).await;
    let new = app.get(&areas(plan["id"].as_str().unwrap())).await;
    assert_eq!(others(&old), others(&new));
    assert_eq!(plan["figures"]["households"], 31_000);
}

async fn transition(by: &TestServer, plan: &str, body: Value) -> (u16, Value) {
    let response = by
        .post(&format!("/api/v1/plans/{plan}:transition"))
        .json(&body)
        .await;
    (response.status_code().as_u16(), response.json())
}

#[tokio::test]
async fn who_submits_a_plan_does_not_approve_it_and_the_record_names_both() {
    let app = App::demo().await;
    let plan = draft(&app, STREET, json!({ "seed": 5 })).await;
    let id = plan["id"].as_str().unwrap();
    let submit = json!({ "to": "in_review", "reason": "请审核", "acknowledge": true });
    let approve = json!({ "to": "approved", "reason": "同意" });
    let (status, refused) = transition(&app.leader().await, id, submit.clone()).await;
    assert_eq!(
        (status, &refused["type"]),
        (403, &json!("/problems/role_lacks_right")),
        "who leads does not hand in"
    );
    // Somebody who may do both still does not approve what is their own.
    let both = [("grid_admin", STREET), ("street_leader", STREET)];
    let one = app.person("both", &both).await;
    assert_eq!(transition(&one, id, submit).await.0, 200);
    let (status, own) = transition(&one, id, approve.clone()).await;
    assert_eq!((status, &own["type"]), (403, &json!("/problems/four_eyes")));
    let (status, _) = transition(&app.server, id, approve.clone()).await;
    assert_eq!(status, 403, "who draws does not approve");
    let leader = app.leader().await;
    let (status, approved) = transition(&leader, id, approve).await;
    assert_eq!((status, &approved["state"]), (200, &json!("approved")));
    let at = (chrono::Utc::now() + chrono::Duration::days(3)).to_rfc3339();
    let schedule = json!({ "to": "scheduled", "reason": "三天后", "effective_at": at });
    let (status, scheduled) = transition(&app.server, id, schedule).await;
    assert_eq!((status, &scheduled["state"]), (200, &json!("scheduled")));
    let plans = app.get(&format!("/api/v1/plans?region={STREET}")).await;
    let in_force: Vec<&Value> = plans["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["state"] == "in_force")
        .collect();
    assert_eq!(in_force.len(), 1, "the former plan stays until the day");
    assert_ne!(in_force[0]["id"], plan["id"]);
    let record = app.get(&format!("/api/v1/plans/{id}/history")).await;
    let record: Vec<(&str, &str)> = record
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|event| Some((event["kind"].as_str()?, event["by"].as_str()?)))
        .collect();
    let by = |kind: &str| {
        record
            .iter()
            .find(|(what, _)| *what == kind)
            .map(|(_, by)| *by)
    };
    assert_eq!(by("plan.in_review"), Some("示例 both"), "{record:?}");
    assert!(
        by("plan.approved").unwrap().starts_with("示例 leader"),
        "{record:?}"
    );
}

#[tokio::test]
async fn one_person_alone_cannot_publish() {
    let app = App::demo().await;
    let plan = draft(&app, STREET, json!({ "seed": 5 })).await;
    let id = plan["id"].as_str().unwrap();
    let ask = json!({ "reason": "我一个人", "acknowledge": true });
    let path = format!("/api/v1/plans/{id}:publish");
    let both = [("grid_admin", STREET), ("street_leader", STREET)];
    let alone = app.person("both", &both).await.post(&path).json(&ask).await;
    assert_eq!(alone.status_code(), 403);
    assert_eq!(alone.json::<Value>()["type"], "/problems/four_eyes");
    let after = app.get(&format!("/api/v1/plans/{id}")).await;
    assert_eq!(after["state"], "draft", "nothing is half done");
}

#[tokio::test]
async fn the_street_decides_which_checks_block() {
    let app = App::demo().await;
    let plan = draft(&app, STREET, json!({ "seed": 5 })).await;
    let id = plan["id"].as_str().unwrap();
    let rules = format!("/api/v1/regions/{STREET}/checks");
    assert_eq!(
        app.get(&rules).await["levels"]["nobody_responsible"],
        "warn"
    );
    let n = |checks: &Value, check: &str| {
        let items = checks["items"].as_array().unwrap();
        let found = items.iter().find(|item| item["check"] == check).unwrap();
        (
            found["level"].as_str().unwrap().to_owned(),
            found["n"].as_u64().unwrap(),
        )
    };
    let checks = app.get(&format!("/api/v1/plans/{id}/checks")).await;
    assert_eq!(n(&checks, "unassigned"), ("block".to_owned(), 0));
    assert!(
        n(&checks, "nobody_responsible").1 > 0,
        "the demo is short of keepers"
    );
    let strict = json!({ "levels": { "nobody_responsible": "block" } });
    let set = app.server.put(&rules).json(&strict).await;
    assert_eq!(set.status_code(), 200, "{}", set.text());
    let submit = json!({ "to": "in_review", "reason": "请审核", "acknowledge": true });
    let (status, refused) = transition(&app.server, id, submit.clone()).await;
    assert_eq!(
        (status, &refused["type"]),
        (409, &json!("/problems/checks_block"))
    );
    assert_eq!(refused["details"], json!(["nobody_responsible"]));
    let lax: Value = json!({ "levels": {
        "disconnected": "off", "crosses_barrier": "off", "out_of_band": "off",
        "nobody_responsible": "off", "splits_compound": "off", "empty_area": "off",
    } });
    assert_eq!(app.server.put(&rules).json(&lax).await.status_code(), 200);
    let checks = app.get(&format!("/api/v1/plans/{id}/checks")).await;
    assert_eq!(
        (&checks["blocking"], &checks["warnings"]),
        (&json!(0), &json!(0))
    );
    let silent = json!({ "to": "in_review", "reason": "请审核" });
    assert_eq!(transition(&app.server, id, silent).await.0, 200);
    let weak = json!({ "levels": { "unassigned": "warn" } });
    assert_eq!(app.server.put(&rules).json(&weak).await.status_code(), 422);
    let odd = json!({ "levels": { "colour": "warn" } });
    assert_eq!(app.server.put(&rules).json(&odd).await.status_code(), 422);
    let community = "/api/v1/regions/999001001003/checks";
    assert_eq!(app.server.get(community).await.status_code(), 404);
}
