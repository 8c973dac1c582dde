//! Files that leave: a watermark on each, a reason and a second person for lists of people, and what is let go of.

use super::city::OWN;
use crate::journeys::app::App;
use gridkeeper::domain::Actor;
use serde_json::{Value, json};

#[tokio::test]
async fn every_export_says_who_took_it_and_when() {
    let app = App::demo().await;
    let plans = app.get("/api/v1/plans").await;
    let id = plans["items"][0]["id"].as_str().unwrap();
    for file in ["areas.csv", "areas.geojson", "assignment.csv"] {
        let text = app
            .server
            .get(&format!("/api/v1/plans/{id}/export/{file}"))
            .await
            .text();
        assert!(
            text.contains("导出：示例 tester 20"),
            "{file}: {}",
            &text[..300.min(text.len())]
        );
    }
}

#[tokio::test]
async fn a_long_list_of_people_needs_a_reason_and_a_second_person() {
    let app = App::demo().await;
    let plans = app.get("/api/v1/plans").await;
    let before = plans["items"][0]["id"].as_str().unwrap().to_owned();
    let started = app
        .server
        .post("/api/v1/regions/999001001000/plans:balance")
        .json(&json!({ "seed": 99, "target_households": 700 }))
        .await;
    let job = app.job(&started.json()).await;
    let after = job["result"]["plan_id"].as_str().unwrap().to_owned();
    let compared = app
        .get(&format!("/api/v1/plans/{after}/compare?with={before}"))
        .await;
    assert!(
        compared["changes"].as_array().unwrap().len() > 100,
        "the list is long"
    );
    let path = |reason: &str| {
        format!("/api/v1/plans/{after}/export/handover.csv?with={before}&reason={reason}")
    };
    let silent = app.server.get(&path("")).await;
    assert_eq!(silent.json::<Value>()["type"], "/problems/reason_required");
    let alone = app.server.get(&path("handover%20meeting")).await;
    assert_eq!(
        alone.json::<Value>()["type"],
        "/problems/second_person_needed"
    );
    let request = format!("/api/v1/plans/{after}/export-request");
    let own = app.server.post(&request).await;
    assert_eq!(own.json::<Value>()["type"], "/problems/own_case");
    let colleague = app.person("colleague", &[("grid_admin", OWN)]).await;
    let seen: Value = colleague.get(&request).await.json();
    assert_eq!(
        (&seen["by"], &seen["own"]),
        (&"示例 tester".into(), &false.into())
    );
    assert_eq!(app.leader().await.post(&request).await.status_code(), 403);
    let hers = colleague.get(&path("I%20want%20it%20too")).await;
    assert_eq!(hers.status_code(), 409, "an agreement is for who asked");
    // Her attempt was a request of its own: he asks again, and she agrees.
    app.server.get(&path("handover%20meeting")).await;
    assert_eq!(colleague.post(&request).await.status_code(), 200);
    let file = app.server.get(&path("handover%20meeting")).await;
    assert_eq!(file.status_code(), 200, "{}", file.text());
    assert!(file.text().contains("用途：handover meeting"));
    let page = app.services.audit_page(None, "export.", 10).await.unwrap();
    let actions: Vec<&str> = page
        .items
        .iter()
        .map(|entry| entry.action.as_str())
        .collect();
    assert!(
        actions.starts_with(&["export.people", "export.approved", "export.requested"]),
        "{actions:?}"
    );
}

#[tokio::test]
async fn who_left_long_ago_becomes_nobody_and_the_figures_stay() {
    let app = super::city::city().await;
    let by = Actor::command_line("test");
    let dry = app.services.retain(&by, true).await.unwrap();
    assert_eq!(dry.keepers, 0, "everybody is in post");
    let mut tx = app.services.store().begin().await.unwrap();
    let mut appointments = tx.conn().appointment_list().await.unwrap();
    let left = appointments[0].housekeeper;
    for one in appointments
        .iter_mut()
        .filter(|one| one.housekeeper == left)
    {
        one.start = chrono::NaiveDate::from_ymd_opt(2019, 1, 1).unwrap();
        one.end = chrono::NaiveDate::from_ymd_opt(2020, 1, 1);
    }
    let n = appointments.len();
    tx.conn().appointment_upsert(&appointments).await.unwrap();
    tx.commit().await.unwrap();
    let dry = app.services.retain(&by, true).await.unwrap();
    assert_eq!(dry.keepers, 1);
    let mut lease = app.services.store().read().await.unwrap();
    let keepers = lease.conn().housekeeper_list().await.unwrap();
    assert!(
        keepers
            .iter()
            .any(|keeper| keeper.id == left && keeper.private_phone.is_some()),
        "a dry run removes nothing"
    );
    drop(lease);
    assert_eq!(app.services.retain(&by, false).await.unwrap().keepers, 1);
    let mut lease = app.services.store().read().await.unwrap();
    let keepers = lease.conn().housekeeper_list().await.unwrap();
    let gone = keepers.iter().find(|keeper| keeper.id == left).unwrap();
    assert_eq!(
        (gone.name.as_str(), &gone.private_phone, &gone.birth_date),
        ("（已删除）", &None, &None)
    );
    assert_eq!(
        lease.conn().appointment_list().await.unwrap().len(),
        n,
        "who was in post when is still known"
    );
    drop(lease);
    assert_eq!(
        app.services.retain(&by, true).await.unwrap().keepers,
        0,
        "once"
    );
    assert!(app.services.audit_verify().await.unwrap().whole);
}
