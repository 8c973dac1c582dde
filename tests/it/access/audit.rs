//! The audit log in the database: every tampering is found, with the checkpoint that lies outside.

use crate::journeys::app::App;
use gridkeeper::domain::Actor;
use gridkeeper::services::Services;
use gridkeeper::services::audit::Noted;
use serde_json::Value;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

async fn log(services: &Services, n: usize) {
    let actor = Actor::command_line("test");
    for at in 0..n {
        let subject = at.to_string();
        let noted = Noted::done(&actor, "console", "test.noted", &subject).because("为测试");
        services.note(noted).await.unwrap();
    }
}

/// Tampers with the file as somebody who has it could; the checkpoint they do not have.
async fn sql(app: &App, text: &str) {
    let path = app.url.strip_prefix("gpkg:").unwrap();
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap();
}

#[tokio::test]
async fn whoever_changes_deletes_reorders_or_cuts_one_of_200_entries_is_found_out() {
    let app = App::empty().await;
    log(&app.services, 200).await;
    let report = app.services.audit_verify().await.unwrap();
    assert!(report.whole, "{}", report.en);
    let last = report.last;
    sql(&app, "CREATE TABLE kept AS SELECT * FROM audit").await;
    let put_back = "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept;";
    for seq in (last - 199)..=last {
        let tampered = [
            format!("UPDATE audit SET subject = 'x' || subject WHERE seq = {seq}"),
            format!("UPDATE audit SET actor_name = 'somebody else' WHERE seq = {seq}"),
            format!("DELETE FROM audit WHERE seq = {seq}"),
            format!(
                "DELETE FROM audit WHERE seq = {seq}; UPDATE audit SET seq = seq - 1 WHERE seq > {seq}"
            ),
            format!(
                "UPDATE audit SET seq = -1 WHERE seq = {seq}; UPDATE audit SET seq = {seq} WHERE seq = {0}; UPDATE audit SET seq = {0} WHERE seq = -1",
                if seq == last { seq - 1 } else { seq + 1 }
            ),
            format!("DELETE FROM audit WHERE seq >= {seq}"),
        ];
        for text in tampered {
            sql(&app, &text).await;
            let report = app.services.audit_verify().await.unwrap();
            assert!(!report.whole, "{text}");
            sql(&app, put_back).await;
        }
    }
    assert!(
        app.services.audit_verify().await.unwrap().whole,
        "put back, it is whole again"
    );
}

#[tokio::test]
async fn a_log_written_anew_with_right_hashes_is_found_out_by_the_checkpoint() {
    let app = App::empty().await;
    log(&app.services, 20).await;
    let path = std::path::PathBuf::from(app.url.strip_prefix("gpkg:").unwrap());
    let checkpoint = path.with_extension("audit.json");
    let kept = std::fs::read(&checkpoint).unwrap();
    sql(&app, "DELETE FROM audit WHERE seq > 10").await;
    log(&app.services, 20).await;
    assert_eq!(
        std::fs::read(&checkpoint).unwrap(),
        kept,
        "a log that was cut and goes on does not move its checkpoint"
    );
    let report = app.services.audit_verify().await.unwrap();
    assert!(
        !report.whole,
        "the chain is right in itself, but not that of the checkpoint"
    );
    std::fs::write(&checkpoint, r#"{"seq":1,"hash":"00","signature":"00"}"#).unwrap();
    let forged = app.services.audit_verify().await.unwrap();
    assert!(forged.en.contains("signature"), "{}", forged.en);
    std::fs::remove_file(&checkpoint).unwrap();
    assert!(!app.services.audit_verify().await.unwrap().whole);
}

#[tokio::test]
async fn old_entries_go_when_their_time_is_over_and_the_rest_stays_whole() {
    let app = App::empty().await;
    let actor = Actor::command_line("test");
    log(&app.services, 5).await;
    assert_eq!(
        app.services.audit_retain(&actor, true).await.unwrap(),
        0,
        "nothing is old"
    );
    assert_eq!(app.services.audit_retain(&actor, false).await.unwrap(), 0);
    assert!(app.services.audit_verify().await.unwrap().whole);
}

#[tokio::test]
async fn the_auditor_reads_who_did_what_and_that_is_noted_too() {
    let app = App::demo().await;
    let auditor = app.person("reader", &[("auditor", "everywhere")]).await;
    let plans = app.get("/api/v1/plans").await;
    let id = plans["items"][0]["id"].as_str().unwrap().to_owned();
    let export = format!("/api/v1/plans/{id}/export/areas.csv");
    assert_eq!(app.server.get(&export).await.status_code(), 200);
    let refused = app.server.get("/api/v1/audit").await;
    assert_eq!(
        refused.status_code(),
        403,
        "who draws does not read the log"
    );
    let page: Value = auditor.get(&format!("/api/v1/audit?q={id}")).await.json();
    let entry = &page["items"][0];
    assert_eq!(entry["action"], "GET /api/v1/plans/{id}/export/{file}");
    assert_eq!(
        (&entry["outcome"], &entry["actor_name"]),
        (&"done".into(), &"示例 tester".into())
    );
    let denied: Value = auditor
        .get("/api/v1/audit?q=GET%20/api/v1/audit")
        .await
        .json();
    assert!(
        denied["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|entry| entry["outcome"] == "denied"),
        "{denied}"
    );
    let own: Value = auditor.get("/api/v1/audit?limit=1").await.json();
    assert!(
        own["items"][0]["action"]
            .as_str()
            .unwrap()
            .contains("audit"),
        "reading is noted"
    );
    assert!(own["next"].is_i64());
    let report: Value = auditor.get("/api/v1/audit/verify").await.json();
    assert_eq!(report["whole"], true, "{report}");
}
