//! What a resident’s page says to a crowd.
//!
//! Invariant: people are answered with a page, programs with a problem.

use super::app::App;

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_answered_with_a_page_and_when_to_come_back() {
    let mut config = gridkeeper::config::Config::default();
    config.security.public_per_minute = 3;
    let app = App::with(config).await;
    let from: std::net::SocketAddr = "192.0.2.7:4711".parse().unwrap();
    let router = gridkeeper::api::router(app.services.clone())
        .layer(axum::Extension(axum::extract::ConnectInfo(from)));
    let visitor = axum_test::TestServer::builder().build(router);
    for _ in 0..3 {
        assert_eq!(visitor.get("/r").await.status_code(), 200);
    }
    for path in ["/r", "/r/nobody-knows-this?large=1"] {
        let busy = visitor.get(path).await;
        assert_eq!(busy.status_code(), 429);
        assert_eq!(busy.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(busy.header("retry-after"), "30");
        assert_eq!(busy.header("cache-control"), "no-store");
        let html = busy.text();
        assert!(
            html.contains("现在看的人太多") && html.contains("tel:12345"),
            "{html}"
        );
        assert!(!html.contains("<script") && html.contains("<style>"));
    }
    // Programs are told in their own way.
    let busy = visitor.get("/api/v1/regions").await;
    assert_eq!(busy.status_code(), 429);
    assert_eq!(busy.header("content-type"), "application/problem+json");
}
