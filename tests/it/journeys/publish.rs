//! A plan is made, explained and put into force; illegal moves are answered with the legal ones.

use super::app::App;
use serde_json::{Value, json};

const STREET: &str = "999001001000";

async fn draft(app: &App, region: &str, body: Value) -> Value {
    let response = app.server.post(&format!("/api/v1/regions/{region}/plans:balance")).json(&body).await;
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
                (a["number"].as_u64().unwrap(), a["households"].as_u64().unwrap(), a["deviation_bp"].as_i64().unwrap())
            })
            .collect()
    };
    assert_eq!(strip(app.get(&areas(&first)).await), strip(app.get(&areas(&second)).await));
    assert!(first["figures"]["changed_households"].is_u64());
    let id = second["id"].as_str().unwrap();
    let path = format!("/api/v1/plans/{id}:publish");
    let silent = app.server.post(&path).json(&json!({ "reason": "  " })).await;
    assert_eq!(silent.status_code(), 422, "a reason is required");
    let done = app.server.post(&path).json(&json!({ "reason": "春季调整", "acknowledge": true })).await;
    assert_eq!(done.status_code(), 200, "{}", done.text());
    let plans = app.get(&format!("/api/v1/plans?region={STREET}")).await;
    let in_force: Vec<&Value> =
        plans["items"].as_array().unwrap().iter().filter(|p| p["state"] == "in_force").collect();
    assert_eq!(in_force.len(), 1, "one plan per street is in force");
    assert_eq!(in_force[0]["id"], id);
    let again = app.server.post(&path).json(&json!({ "reason": "again", "acknowledge": true })).await;
    assert_eq!(again.status_code(), 409);
}

#[tokio::test]
async fn an_illegal_move_is_refused_with_the_legal_ones() {
    let app = App::demo().await;
    let plan = draft(&app, STREET, json!({})).await;
    let id = plan["id"].as_str().unwrap();
    let path = format!("/api/v1/plans/{id}:transition");
    let refused = app.server.post(&path).json(&json!({ "to": "approved", "reason": "too fast" })).await;
    assert_eq!(refused.status_code(), 409);
    let body: Value = refused.json();
    assert!(body["details"].as_array().unwrap().contains(&json!("in_review")), "{body}");
    let unknown = app.server.post(&path).json(&json!({ "to": "done", "reason": "x" })).await;
    assert_eq!(unknown.status_code(), 400);
    let stale = app
        .server
        .post(&path)
        .json(&json!({ "to": "in_review", "reason": "x", "acknowledge": true, "version": 99 }))
        .await;
    assert_eq!(stale.status_code(), 409);
    assert_eq!(app.server.delete(&format!("/api/v1/plans/{id}")).await.status_code(), 204);
    assert_eq!(app.server.get(&format!("/api/v1/plans/{id}")).await.status_code(), 404);
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
            .map(|a| (a["code"].as_str().unwrap().to_owned(), a["households"].as_u64().unwrap()))
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
