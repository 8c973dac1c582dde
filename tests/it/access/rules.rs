//! What holds in every street is changed by whoever covers every street, and by nobody else.

use super::city::{OWN, city};
use crate::journeys::app::App;
use axum_test::TestServer;
use serde_json::Value;

const WHAT: [&str; 4] = [
    "/api/v1/routing-rules",
    "/api/v1/issue-categories",
    "/api/v1/work-calendar",
    "/api/v1/recruitment-templates",
];

async fn may_update(who: &TestServer) -> bool {
    let session: Value = who.get("/api/v1/session").await.json();
    let rules = session["can"]["rules"].as_array().unwrap();
    assert!(rules.contains(&"read".into()), "{session}");
    rules.contains(&"update".into())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_one_street_of_several_reads_rules_and_hears_why_no_more() {
    let app = city().await;
    let part = app.person("part", &[("grid_admin", OWN)]).await;
    assert!(!may_update(&part).await, "the page shows them read-only");
    let whole = app
        .person(
            "whole",
            &[
                ("grid_admin", "999001000000"),
                ("grid_admin", "999002000000"),
            ],
        )
        .await;
    assert!(may_update(&whole).await);
    for path in WHAT {
        let body: Value = part.get(path).await.json();
        let refused = part.put(path).json(&body).await;
        assert_eq!(refused.status_code(), 403, "{path}");
        let said: Value = refused.json();
        assert_eq!(said["type"], "/problems/holds_everywhere", "{said}");
        assert!(said.to_string().contains("全部街道"), "{said}");
        let set = whole.put(path).json(&body).await;
        assert_eq!(set.status_code(), 204, "{path}: {}", set.text());
    }
    // The wrong role hears of the role first.
    let leader = app
        .person("leads", &[("street_leader", "everywhere")])
        .await;
    let refused = leader
        .put(WHAT[0])
        .json(&serde_json::json!({ "items": [] }))
        .await;
    assert_eq!(
        refused.json::<Value>()["type"],
        "/problems/role_lacks_right"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_one_street_its_administrator_covers_everything() {
    let app = App::demo().await;
    let admin = app.person("street", &[("grid_admin", OWN)]).await;
    assert!(may_update(&admin).await);
    let body: Value = admin.get(WHAT[0]).await.json();
    assert_eq!(admin.put(WHAT[0]).json(&body).await.status_code(), 204);
}
