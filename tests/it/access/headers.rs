//! What every answer carries, and how often a visitor may ask.

use crate::journeys::app::App;
use axum_test::TestServer;
use gridkeeper::config::Config;
use gridkeeper::services::Services;
use std::net::SocketAddr;

#[tokio::test]
async fn every_answer_forbids_inline_script_framing_and_guessing_of_types() {
    let app = App::empty().await;
    for path in [
        "/",
        "/sign-in",
        "/api/v1/session",
        "/api/v1/regions",
        "/api/v1/nothing",
    ] {
        let response = app.server.get(path).await;
        let header = |name: &str| response.header(name).to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        let scripts = policy
            .split(';')
            .find(|part| part.trim().starts_with("script-src"))
            .unwrap();
        assert_eq!(scripts.trim(), "script-src 'self'", "{path}");
        for part in [
            "object-src 'none'",
            "base-uri 'self'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {part}");
        }
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert!(
            header("permissions-policy").contains("geolocation=()"),
            "{path}"
        );
    }
    for path in ["/api/v1/session", "/api/v1/accounts"] {
        let response = app.server.get(path).await;
        assert_eq!(
            response.header("cache-control").to_str().unwrap(),
            "no-store",
            "{path}"
        );
    }
}

async fn served(config: Config) -> (TestServer, Services, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("gpkg:{}", dir.path().join("test.gpkg").display());
    let services = Services::open(&url.parse().unwrap(), config, true)
        .await
        .unwrap();
    let app = gridkeeper::api::router(services.clone())
        .into_make_service_with_connect_info::<SocketAddr>();
    (
        TestServer::builder().http_transport().build(app),
        services,
        dir,
    )
}

#[tokio::test]
async fn a_visitor_who_asks_too_often_is_told_to_wait() {
    let mut config = Config::default();
    config.security.public_per_minute = 20;
    let (server, _services, _dir) = served(config).await;
    let mut refused = 0;
    for _ in 0..40 {
        let response = server.get("/api/v1/regions").await;
        if response.status_code() == 429 {
            assert!(response.maybe_header("retry-after").is_some());
            refused += 1;
        }
    }
    assert!((15..=20).contains(&refused), "{refused}");
}

#[tokio::test]
async fn a_program_with_a_key_is_no_visitor_and_one_with_a_wrong_key_is() {
    let mut config = Config::default();
    config.security.public_per_minute = 20;
    let (server, services, _dir) = served(config).await;
    let person =
        crate::journeys::app::person(&services, "program", &[("grid_admin", "everywhere")]).await;
    let ask =
        serde_json::json!({ "name": "311", "scope": "everywhere", "read_only": true, "days": 7 });
    let made = person.post("/api/v1/session/tokens").json(&ask).await;
    let key = made.json::<serde_json::Value>()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let refused = async |path: String| {
        let mut refused = 0;
        for _ in 0..40 {
            refused += u32::from(server.get(&path).await.status_code() == 429);
        }
        refused
    };
    for path in [
        "services.json",
        "requests.json",
        "services/none.json",
        "tokens/none.json",
    ] {
        let with = format!("/open311/v2/{path}?api_key={key}");
        assert_eq!(refused(with).await, 0, "{path}");
    }
    let wrong = refused("/open311/v2/services.json?api_key=wrong".to_owned()).await;
    assert!((15..=20).contains(&wrong), "{wrong}");
    assert_eq!(
        refused("/open311/v2/services.json".to_owned()).await,
        40,
        "the same address"
    );
}

#[tokio::test]
async fn only_a_trusted_proxy_says_where_a_request_comes_from_and_that_it_is_encrypted() {
    let body = serde_json::json!({ "login": "nobody", "password": "guess guess guess" });
    for (trusted, expected) in [(true, "203.0.113.7"), (false, "127.0.0.1")] {
        let mut config = Config::default();
        if trusted {
            config.security.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        }
        let (server, services, _dir) = served(config).await;
        let answer = server
            .post("/api/v1/session")
            .add_header("x-forwarded-for", "198.51.100.1, 203.0.113.7")
            .add_header("x-forwarded-proto", "https")
            .json(&body)
            .await;
        assert_eq!(answer.status_code(), 401);
        let page = services.audit_page(None, "session.begin", 1).await.unwrap();
        assert_eq!(page.items[0].origin, expected);
    }
}
