//! What a client can send wrongly: a clear message, nothing stored by halves, never a 5xx.

use super::app::App;
use axum_test::multipart::{MultipartForm, Part};
use serde_json::Value;

const POLYGON: &str = r#"{"type":"Polygon","coordinates":[[[117.2,31.8],[117.21,31.8],[117.21,31.81],[117.2,31.8]]]}"#;

fn feature(properties: &str, geometry: &str) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{properties},"geometry":{geometry}}}]}}"#)
}

async fn refused(name: &str, bytes: &[u8], fields: &[(&str, &str)]) -> String {
    let app = App::empty().await;
    let (job, _) = app.import(name, bytes, fields).await;
    let code = App::code(&job).to_owned();
    assert_eq!(app.get("/api/v1/compounds").await["total"], 0, "nothing is stored by halves");
    assert!(!job["error"]["zh"].as_str().unwrap().is_empty());
    code
}

const COMPOUNDS: [(&str, &str); 3] = [("kind", "compounds"), ("crs", "wgs84"), ("region", "测试")];

#[tokio::test]
async fn an_undeclared_coordinate_system_is_asked_for_and_never_guessed() {
    let csv = "小区名称,经度,纬度\n甲苑,117.2,31.8\n";
    let code = refused("a.csv", csv.as_bytes(), &[("kind", "compounds"), ("region", "测试")]).await;
    assert_eq!(code, "crs_undeclared");
}

#[tokio::test]
async fn an_unknown_coordinate_system_names_what_is_accepted() {
    let csv = "小区名称,经度,纬度\n甲苑,117.2,31.8\n";
    let app = App::empty().await;
    let (job, _) = app
        .import("a.csv", csv.as_bytes(), &[("kind", "compounds"), ("crs", "mars"), ("region", "测试")])
        .await;
    assert_eq!(job["state"], "failed");
    assert!(job["error"]["en"].as_str().unwrap().contains("BD-09"), "{job}");
}

#[tokio::test]
async fn without_a_community_the_user_is_told_the_two_ways_out() {
    let csv = "小区名称,经度,纬度\n甲苑,117.2,31.8\n";
    let code = refused("a.csv", csv.as_bytes(), &[("kind", "compounds"), ("crs", "wgs84")]).await;
    assert_eq!(code, "region_required");
}

#[tokio::test]
async fn an_unknown_region_code_is_refused() {
    let csv = "小区名称,经度,纬度\n甲苑,117.2,31.8\n";
    let fields = [("kind", "compounds"), ("crs", "wgs84"), ("region", "340104001001")];
    assert_eq!(refused("a.csv", csv.as_bytes(), &fields).await, "region_code_unknown");
}

#[tokio::test]
async fn empty_truncated_and_foreign_files_are_refused_as_a_whole() {
    for (name, bytes) in [
        ("empty.csv", &b""[..]),
        ("header.csv", "小区名称,总户数\n".as_bytes()),
        ("cut.zip", &b"PK\x03\x04\x14\x00\x00"[..]),
        ("cut.geojson", &br#"{"type":"FeatureCollection","features":[{"type":"Fea"#[..]),
        ("photo.jpg", &b"\xff\xd8\xff\xe0\x00\x10JFIF"[..]),
    ] {
        let code = refused(name, bytes, &COMPOUNDS).await;
        assert!(!code.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn hostile_geometries_are_refused_by_row() {
    let app = App::empty().await;
    for (what, geometry) in [
        ("empty", r#"{"type":"Polygon","coordinates":[]}"#),
        ("infinite", r#"{"type":"Point","coordinates":[1e999,31.8]}"#),
        ("text", r#"{"type":"Point","coordinates":["a",31.8]}"#),
        ("out of range", r#"{"type":"Point","coordinates":[217.2,131.8]}"#),
        ("two points", r#"{"type":"Polygon","coordinates":[[[117.2,31.8],[117.21,31.8],[117.2,31.8]]]}"#),
    ] {
        let file = feature(r#"{"name":"甲苑"}"#, geometry);
        let (job, import) = app.import("a.geojson", file.as_bytes(), &COMPOUNDS).await;
        if job["state"] == "done" {
            assert_eq!(import["counts"]["stored"], 0, "{what}: {import}");
            let problems = import["report"]["problems"].as_array().unwrap();
            assert!(!problems.is_empty(), "{what} is reported");
        } else {
            assert_eq!(job["state"], "failed", "{what}: {job}");
        }
    }
    assert_eq!(app.get("/api/v1/compounds").await["total"], 0);
}

#[tokio::test]
async fn an_unclosed_ring_is_mended_and_reported() {
    let app = App::empty().await;
    let open = r#"{"type":"Polygon","coordinates":[[[117.2,31.8],[117.21,31.8],[117.21,31.81],[117.2,31.81]]]}"#;
    let file = feature(r#"{"name":"甲苑"}"#, open);
    let (_, import) = app.import("a.geojson", file.as_bytes(), &COMPOUNDS).await;
    assert_eq!(import["counts"]["stored"], 1, "{import}");
    assert_eq!(import["counts"]["mended"], 1, "{import}");
}

#[tokio::test]
async fn sql_and_html_in_a_name_are_only_text() {
    let app = App::empty().await;
    let name = "'); DROP TABLE compound;--<script>alert(1)</script>";
    let file = feature(&serde_json::json!({ "name": name }).to_string(), POLYGON);
    let (_, import) = app.import("a.geojson", file.as_bytes(), &COMPOUNDS).await;
    assert_eq!(import["counts"]["stored"], 1, "{import}");
    assert_eq!(app.get("/api/v1/compounds").await["items"][0]["name"], name);
}

#[tokio::test]
async fn an_upload_beyond_the_limit_is_refused_from_its_length() {
    let app = App::empty().await;
    let response = app
        .server
        .post("/api/v1/imports")
        .add_header("content-type", "multipart/form-data; boundary=x")
        .add_header("content-length", "700000000")
        .await;
    assert_eq!(response.status_code(), 413);
    assert!(response.header("content-type").to_str().unwrap().contains("problem+json"));
}

#[tokio::test]
async fn wrong_requests_get_a_problem_document_and_never_a_5xx() {
    let app = App::empty().await;
    for path in [
        "/api/v1/regions/abc",
        "/api/v1/regions/340104001001",
        "/api/v1/plans/not-a-uuid",
        "/api/v1/plans/00000000-0000-0000-0000-000000000000/areas",
        "/api/v1/compounds?limit=-1",
        "/api/v1/locate?lon=NaN&lat=31",
        "/api/v1/locate?lon=999&lat=31",
        "/api/v1/locate",
        "/api/v1/tiles/nothing/1/0/0",
        "/api/v1/tiles/buildings/30/0/0",
        "/api/v1/tiles/buildings/14/99999999/0",
        "/api/v1/jobs/00000000-0000-0000-0000-000000000000",
        "/api/v1/imports/fields?kind=nonsense",
        "/api/v1/nothing",
    ] {
        let response = app.server.get(path).await;
        assert!(response.status_code().is_client_error(), "{path}: {}", response.status_code());
        let body: Value = response.json();
        assert!(body["detail"].as_str().is_some_and(|text| !text.is_empty()), "{path}: {body}");
    }
    let body = app.server.post("/api/v1/regions/999001001000/plans:balance").text("not json").await;
    assert!(body.status_code().is_client_error());
    let form = MultipartForm::new().add_part("nothing", Part::text("x"));
    let response = app.server.post("/api/v1/imports").multipart(form).await;
    assert!(response.status_code().is_client_error(), "{}", response.text());
}

#[tokio::test]
async fn a_database_that_is_absent_read_only_or_no_database_is_said_clearly() {
    use gridkeeper::config::Config;
    use gridkeeper::services::Services;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("text.gpkg");
    std::fs::write(&file, "this is no database, but it is long enough to be looked at").unwrap();
    let open = |url: String| async move {
        Services::open(&url.parse().unwrap(), Config::default(), true).await.err().map(|e| e.to_string())
    };
    let error = open(format!("gpkg:{}", file.display())).await.expect("no database");
    assert!(!error.is_empty());
    let error = open("postgres://nobody@127.0.0.1:1/none".into()).await.expect("no server");
    assert!(!error.is_empty());
}
