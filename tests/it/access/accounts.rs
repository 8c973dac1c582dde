//! Keeping accounts: the first administrator, one-time links, roles that exclude one another, four eyes on rights.

use crate::journeys::app::{App, PASSWORD, browser};
use gridkeeper::services::accounts::FirstLink;
use serde_json::{Value, json};

#[tokio::test]
async fn the_first_start_makes_one_administrator_by_a_link_that_works_once() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("gpkg:{}", dir.path().join("new.gpkg").display());
    let services = gridkeeper::services::Services::open(
        &url.parse().unwrap(),
        gridkeeper::config::Config::default(),
        true,
    )
    .await
    .unwrap();
    let FirstLink(stale) = services.first_link().await.unwrap().unwrap();
    let FirstLink(link) = services.first_link().await.unwrap().unwrap();
    assert_ne!(stale, link, "every start makes a new one");
    let ticket = |link: &str| link.split_once('.').unwrap().1.to_owned();
    let one = browser(&services);
    let enter = |ticket: String, password: &str| {
        one.post("/api/v1/session/welcome")
            .json(&json!({ "ticket": ticket, "password": password, "name": "示例管理员" }))
    };
    assert_eq!(enter(ticket(&stale), PASSWORD).await.status_code(), 401);
    assert_eq!(enter(ticket(&link), "password123").await.status_code(), 422);
    let entered = enter(ticket(&link), PASSWORD).await;
    assert_eq!(entered.status_code(), 200, "{}", entered.text());
    let session: Value = entered.json();
    assert_eq!(session["roles"][0]["role"], "system_admin");
    assert_eq!(
        session["can"]["accounts"],
        json!(["create", "read", "update"])
    );
    assert!(
        session["can"]["places"].is_null(),
        "an administrator of accounts reads no data"
    );
    assert_eq!(
        enter(ticket(&link), PASSWORD).await.status_code(),
        401,
        "used"
    );
    assert!(
        services.first_link().await.unwrap().is_none(),
        "never again"
    );
    let demo: Value = one.get("/api/v1/session/demo").await.json();
    assert_eq!(demo, json!([]), "no account of the demo outside it");
}

#[tokio::test]
async fn what_one_administrator_proposes_another_approves() {
    let app = App::empty().await;
    let system = app
        .person("system", &[("system_admin", "everywhere")])
        .await;
    let make = |login: &str| {
        let grant = json!({ "role": "grid_worker", "scope": "999001001001" });
        system
            .post("/api/v1/accounts")
            .json(&json!({ "login": login, "name": "示例", "grants": [grant] }))
    };
    let early: Value = make("early").await.json();
    assert_eq!(
        early["account"]["grants"][0]["state"], "active",
        "nobody can approve yet"
    );
    let security = app
        .person("security", &[("security_admin", "everywhere")])
        .await;
    let late: Value = make("late").await.json();
    let grant = &late["account"]["grants"][0];
    assert_eq!(grant["state"], "proposed");
    let decide = |verb: &str| format!("/api/v1/grants/{}:{verb}", grant["id"].as_str().unwrap());
    let own = system.post(&decide("approve")).await;
    assert_eq!(own.status_code(), 403, "who proposes does not approve");
    let approved: Value = security.post(&decide("approve")).await.json();
    assert_eq!(approved["grants"][0]["state"], "active");
    assert_eq!(security.post(&decide("approve")).await.status_code(), 409);
    let ended: Value = system.post(&decide("end")).await.json();
    assert_eq!(ended["grants"][0]["state"], "ended");
    let taken = make("late").await;
    assert_eq!(taken.status_code(), 409);
}

#[tokio::test]
async fn the_three_administrators_exclude_one_another_and_nobody_serves_themselves() {
    let app = App::empty().await;
    let system = app
        .person("system", &[("system_admin", "everywhere")])
        .await;
    let id = |login: &'static str| {
        let services = app.services.clone();
        async move { services.account_id(login).await.unwrap() }
    };
    let path = |id: uuid::Uuid| format!("/api/v1/accounts/{id}/grants");
    let auditor = json!({ "role": "auditor", "scope": "everywhere" });
    let own = system.post(&path(id("system").await)).json(&auditor).await;
    assert_eq!(own.json::<Value>()["type"], "/problems/own_case");
    app.person("security", &[("security_admin", "everywhere")])
        .await;
    let both = system
        .post(&path(id("security").await))
        .json(&auditor)
        .await;
    assert_eq!(both.json::<Value>()["type"], "/problems/roles_exclude");
    let narrow = json!({ "role": "auditor", "scope": "999001001000" });
    let tester = system.post(&path(id("tester").await)).json(&narrow).await;
    assert_eq!(tester.status_code(), 422);
    let path = format!("/api/v1/accounts/{}:disable", id("system").await);
    assert_eq!(
        system.post(&path).await.json::<Value>()["type"],
        "/problems/own_case"
    );
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_a_reset_one_starts_over() {
    let app = App::empty().await;
    let system = app
        .person("system", &[("system_admin", "everywhere")])
        .await;
    let other = app.person("other", &[("supervisor", "everywhere")]).await;
    let id = app.services.account_id("other").await.unwrap();
    let act = |verb: &str| system.post(&format!("/api/v1/accounts/{id}:{verb}"));
    assert_eq!(act("disable").await.status_code(), 200);
    assert_eq!(
        other.get("/api/v1/session").await.json::<Value>()["signed_in"],
        false
    );
    let body = json!({ "login": "other", "password": PASSWORD });
    let stranger = browser(&app.services);
    assert_eq!(
        stranger
            .post("/api/v1/session")
            .json(&body)
            .await
            .status_code(),
        401
    );
    assert_eq!(act("enable").await.status_code(), 200);
    assert_eq!(
        stranger
            .post("/api/v1/session")
            .json(&body)
            .await
            .status_code(),
        200
    );
    let reset: Value = act("reset").await.json();
    assert!(
        reset["link"]
            .as_str()
            .unwrap()
            .starts_with("/welcome#password.")
    );
    assert_eq!(
        stranger
            .post("/api/v1/session")
            .json(&body)
            .await
            .status_code(),
        401
    );
    assert_eq!(act("explode").await.status_code(), 404);
}
