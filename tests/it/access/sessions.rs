//! Signing in: rotation, expiry, cookies, forged requests, guesses, and nothing told about who has an account.

use crate::journeys::app::{App, PASSWORD, browser};
use axum_test::TestServer;
use gridkeeper::services::accounts::{TRIES, passwords};
use serde_json::{Value, json};
use std::time::Instant;

async fn sign_in(browser: &TestServer, login: &str, password: &str) -> axum_test::TestResponse {
    let body = json!({ "login": login, "password": password });
    browser.post("/api/v1/session").json(&body).await
}

fn cookies(response: &axum_test::TestResponse) -> Vec<String> {
    response
        .iter_headers_by_name("set-cookie")
        .map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

async fn who(browser: &TestServer) -> Value {
    browser.get("/api/v1/session").await.json()
}

#[tokio::test]
async fn a_session_begins_anew_with_every_sign_in_and_its_cookie_is_out_of_reach() {
    let app = App::empty().await;
    let one = browser(&app.services);
    assert_eq!(who(&one).await["signed_in"], false);
    let first = sign_in(&one, "Tester ", PASSWORD).await;
    assert_eq!(first.status_code(), 200, "{}", first.text());
    for cookie in &cookies(&first) {
        assert!(
            cookie.contains("HttpOnly")
                && cookie.contains("SameSite=Strict")
                && cookie.contains("Path=/"),
            "{cookie}"
        );
    }
    let second = sign_in(&one, "tester", PASSWORD).await;
    let session = |of: &axum_test::TestResponse| {
        let all = cookies(of);
        all.into_iter()
            .find(|one| one.starts_with("gk_session="))
            .unwrap()
    };
    assert_ne!(
        session(&first),
        session(&second),
        "a session that was there before is not taken over"
    );
    // A token that somebody planted is of no use.
    let mut planted = browser(&app.services);
    planted.add_cookie(axum_extra::extract::cookie::Cookie::new(
        "gk_session",
        "planted",
    ));
    assert_eq!(who(&planted).await["signed_in"], false);
}

#[tokio::test]
async fn signing_out_ends_this_session_or_all_of_them() {
    let app = App::empty().await;
    let mut browsers = Vec::new();
    for _ in 0..3 {
        let mut one = browser(&app.services);
        let session: Value = sign_in(&one, "tester", PASSWORD).await.json();
        one.add_header("x-csrf-token", session["csrf"].as_str().unwrap());
        browsers.push(one);
    }
    assert_eq!(
        browsers[0].delete("/api/v1/session").await.status_code(),
        204
    );
    let state = |b: &Value| b["signed_in"].as_bool().unwrap();
    assert!(!state(&who(&browsers[0]).await) && state(&who(&browsers[1]).await));
    let everywhere = browsers[1].delete("/api/v1/session/everywhere").await;
    assert_eq!(everywhere.status_code(), 204);
    assert!(!state(&who(&browsers[2]).await));
    assert!(!state(&who(&app.server).await));
}

#[tokio::test]
async fn a_change_of_password_or_rights_ends_sessions_at_once() {
    let app = App::empty().await;
    let other = app.person("other", &[("supervisor", "everywhere")]).await;
    let body = json!({ "old": "wrong wrong wrong", "new": "blue kettle Fahrrad 7" });
    assert_eq!(
        other
            .put("/api/v1/session/password")
            .json(&body)
            .await
            .status_code(),
        422
    );
    let body = json!({ "old": PASSWORD, "new": "1234567890" });
    assert_eq!(
        other
            .put("/api/v1/session/password")
            .json(&body)
            .await
            .status_code(),
        422
    );
    let second = browser(&app.services);
    sign_in(&second, "other", PASSWORD).await;
    let body = json!({ "old": PASSWORD, "new": "blue kettle Fahrrad 7" });
    let changed = other.put("/api/v1/session/password").json(&body).await;
    assert_eq!(changed.status_code(), 200, "{}", changed.text());
    assert_eq!(
        who(&second).await["signed_in"],
        false,
        "the other browser is out"
    );
    assert_eq!(
        who(&other).await["signed_in"],
        true,
        "this one has a new session"
    );
    assert_eq!(sign_in(&second, "other", PASSWORD).await.status_code(), 401);
    // Rights: given at the command line, while somebody is in.
    let id = app.services.account_id("other").await.unwrap();
    let by = gridkeeper::domain::Actor::command_line("test");
    let grant = gridkeeper::domain::access::Grant {
        role: "deputy".parse().unwrap(),
        scope: "999001001000".parse().unwrap(),
    };
    app.services
        .grant_propose(&by, "console", id, grant)
        .await
        .unwrap();
    assert_eq!(who(&other).await["signed_in"], false);
}

#[tokio::test]
async fn a_change_needs_the_token_of_the_session_and_a_page_of_our_own() {
    let app = App::empty().await;
    let one = browser(&app.services);
    let session: Value = sign_in(&one, "tester", PASSWORD).await.json();
    let csrf = session["csrf"].as_str().unwrap();
    let code = |response: axum_test::TestResponse| {
        let body: Value = response.json();
        body["type"].as_str().unwrap_or("").to_owned()
    };
    // Every route that changes something refuses a session without its token.
    let mut asked = 0;
    for route in gridkeeper::api::declarations() {
        // Programs with a key of their own have no session that a page could borrow.
        if route.method == "GET"
            || route.access.keyed
            || route.path.starts_with("/api/v1/session") && route.method == "POST"
        {
            continue;
        }
        let path = route
            .path
            .replace("{id}", &uuid::Uuid::now_v7().to_string())
            .replace("{code}", "999001001000");
        let response = one
            .method(route.method.clone(), &path)
            .json(&json!({}))
            .await;
        assert_eq!(response.status_code(), 403, "{} {path}", route.method);
        assert_eq!(code(response), "/problems/csrf", "{} {path}", route.method);
        asked += 1;
    }
    assert!(asked > 25, "{asked}");
    let make = || one.post("/api/v1/plans").json(&json!({ "name": "x" }));
    let wrong = make().add_header("x-csrf-token", "0".repeat(32)).await;
    assert_eq!(code(wrong), "/problems/csrf");
    let foreign = make()
        .add_header("x-csrf-token", csrf)
        .add_header("origin", "https://evil.example")
        .await;
    assert_eq!(code(foreign), "/problems/csrf");
    let cross = make()
        .add_header("x-csrf-token", csrf)
        .add_header("sec-fetch-site", "cross-site")
        .await;
    assert_eq!(code(cross), "/problems/csrf");
    let ours = make().add_header("x-csrf-token", csrf).await;
    assert_eq!(
        code(ours),
        "/problems/new_plan_source",
        "let through to be told what is missing"
    );
    // Signing in has no session to forge, but a foreign page may not do it either.
    let body = json!({ "login": "tester", "password": PASSWORD });
    let login = one
        .post("/api/v1/session")
        .json(&body)
        .add_header("origin", "https://evil.example")
        .await;
    assert_eq!(code(login), "/problems/csrf");
}

#[tokio::test]
async fn ten_guesses_close_an_account_to_strangers_but_not_to_its_owner() {
    let app = App::empty().await;
    let owner = browser(&app.services);
    assert_eq!(sign_in(&owner, "tester", PASSWORD).await.status_code(), 200);
    let stranger = browser(&app.services);
    for login in ["tester", "nobody"] {
        for _ in 0..TRIES {
            assert_eq!(
                sign_in(&stranger, login, "guess guess guess")
                    .await
                    .status_code(),
                401
            );
        }
        let closed = sign_in(&stranger, login, "guess guess guess").await;
        assert_eq!(
            closed.status_code(),
            429,
            "{login}: whether it exists or not"
        );
        assert!(
            closed
                .header("retry-after")
                .to_str()
                .unwrap()
                .parse::<u32>()
                .unwrap()
                > 0
        );
    }
    let closed = sign_in(&stranger, "tester", PASSWORD).await;
    assert_eq!(
        closed.status_code(),
        429,
        "not even the right password, from a stranger"
    );
    let known = sign_in(&owner, "tester", PASSWORD).await;
    assert_eq!(
        known.status_code(),
        200,
        "a browser that signed in before counts apart"
    );
}

/// Both branches run argon2 once; then no clock tells them apart. 2 × 300 interleaved trials, Mann–Whitney.
#[tokio::test]
async fn nobody_can_tell_whether_an_account_exists() {
    let app = App::empty().await;
    let text = |response: axum_test::TestResponse| (response.status_code(), response.text());
    let one = browser(&app.services);
    let real = text(sign_in(&one, "tester", "guess guess guess").await);
    let unreal = text(sign_in(&one, "nobody", "guess guess guess").await);
    assert_eq!(real, unreal);
    let runs = |before: u64| passwords::runs() - before;
    // Counted alone: other tests of this process sign in as well, so only that each branch does at least one.
    let before = passwords::runs();
    sign_in(&one, "tester", "guess guess guess").await;
    assert!(runs(before) >= 1);
    let before = passwords::runs();
    sign_in(&one, "nobody", "guess guess guess").await;
    assert!(runs(before) >= 1);
    let hash = passwords::hash(PASSWORD).unwrap();
    let mut times: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    for trial in 0..300 {
        for branch in if trial % 2 == 0 { [0, 1] } else { [1, 0] } {
            let stored = (branch == 0).then_some(hash.as_str());
            let start = Instant::now();
            assert!(!passwords::fits("guess guess guess", stored));
            times[branch].push(start.elapsed().as_secs_f64());
        }
    }
    let p = mann_whitney_p(&times[0], &times[1]);
    println!("Mann-Whitney p = {p:.3}");
    assert!(p > 1e-4, "the two branches take different time (p = {p})");
}

/// Two-sided p of the Mann–Whitney U test, by the normal approximation (n = 300 each).
fn mann_whitney_p(a: &[f64], b: &[f64]) -> f64 {
    let mut u = 0.0;
    for x in a {
        for y in b {
            u += if x > y {
                1.0
            } else if x < y {
                0.0
            } else {
                0.5
            };
        }
    }
    let (n, m) = (a.len() as f64, b.len() as f64);
    let z = (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt();
    2.0 * (1.0 - normal_cdf(z.abs()))
}

/// Abramowitz and Stegun 7.1.26: within 1.5e-7.
fn normal_cdf(z: f64) -> f64 {
    let x = z / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let poly = t
        * (0.254_829_592
            + t * (-0.284_496_736
                + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    f64::midpoint(1.0, 1.0 - poly * (-x * x).exp())
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_a_code_works_once() {
    let app = App::empty().await;
    let one = app.person("second", &[("supervisor", "everywhere")]).await;
    let begun: Value = one.post("/api/v1/session/second-factor").await.json();
    assert!(begun["qr_svg"].as_str().unwrap().contains("<svg"));
    let secret = totp_rs::Secret::Encoded(begun["secret"].as_str().unwrap().to_owned());
    let totp = totp_rs::TOTP::new(
        totp_rs::Algorithm::SHA1,
        6,
        1,
        30,
        secret.to_bytes().unwrap(),
        None,
        "x".into(),
    )
    .unwrap();
    let wrong = one
        .put("/api/v1/session/second-factor")
        .json(&json!({ "code": "000000" }))
        .await;
    assert_eq!(wrong.status_code(), 422);
    let code = totp.generate_current().unwrap();
    let on = one
        .put("/api/v1/session/second-factor")
        .json(&json!({ "code": code }))
        .await;
    assert_eq!(on.status_code(), 200, "{}", on.text());
    let other = browser(&app.services);
    let without = sign_in(&other, "second", PASSWORD).await;
    assert_eq!(
        without.json::<Value>()["type"],
        "/problems/second_factor_required"
    );
    let body = json!({ "login": "second", "password": PASSWORD, "code": code });
    let used = other.post("/api/v1/session").json(&body).await;
    assert_eq!(
        used.json::<Value>()["type"],
        "/problems/second_factor_wrong",
        "used before"
    );
    let next = totp.generate(u64::try_from(chrono::Utc::now().timestamp()).unwrap() + 30);
    let body = json!({ "login": "second", "password": PASSWORD, "code": next });
    assert_eq!(
        other
            .post("/api/v1/session")
            .json(&body)
            .await
            .status_code(),
        200
    );
    // A wrong password is answered before the second factor is mentioned.
    let body = json!({ "login": "second", "password": "guess guess guess", "code": next });
    let wrong = other.post("/api/v1/session").json(&body).await;
    assert_eq!(wrong.json::<Value>()["type"], "/problems/sign_in_failed");
}

#[tokio::test]
async fn a_token_of_a_program_holds_for_less_than_its_owner() {
    let app = App::demo().await;
    let ask = json!({ "name": "大屏", "scope": "999001001003", "read_only": true, "days": 30 });
    let made: Value = app
        .server
        .post("/api/v1/session/tokens")
        .json(&ask)
        .await
        .json();
    let token = format!("Bearer {}", made["token"].as_str().unwrap());
    let program = browser(&app.services);
    let get = |path: &str| program.get(path).add_header("authorization", token.clone());
    let regions: Value = get("/api/v1/regions").await.json();
    assert_eq!(regions["items"].as_array().unwrap().len(), 1, "{regions}");
    assert_eq!(get("/api/v1/regions/999001001004").await.status_code(), 404);
    let make = program
        .post("/api/v1/regions/999001001003/plans:balance")
        .add_header("authorization", token.clone())
        .json(&json!({}))
        .await;
    assert_eq!(make.json::<Value>()["type"], "/problems/token_read_only");
    // No move of an issue either, whichever it is: the declaration says so before the issue is looked for.
    let moved = program
        .post(&format!("/api/v1/issues/{}", uuid::Uuid::now_v7()))
        .add_header("authorization", token.clone())
        .json(&json!({ "move": "dispatch" }))
        .await;
    assert_eq!(moved.json::<Value>()["type"], "/problems/token_read_only");
    let path = format!("/api/v1/session/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(app.server.delete(&path).await.status_code(), 204);
    assert_eq!(get("/api/v1/regions").await.status_code(), 401);
}

/// What a token that may only look reaches although the method is not GET: questions that are too long for an
/// address, and what a visitor may do. A new route has to be put here knowingly.
#[test]
fn only_questions_are_open_to_a_token_that_may_only_look() {
    use axum::http::Method;
    let mut open: Vec<_> = gridkeeper::api::declarations()
        .into_iter()
        .filter(|route| route.method != Method::GET && route.access.only_looks(&route.method))
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    open.sort();
    insta::assert_snapshot!(open.join("\n"), @r"
    POST /api/v1/plans/{id}/redraw/best-moves
    POST /api/v1/plans/{id}/redraw/figures
    POST /api/v1/plans/{id}/redraw/outlines
    POST /api/v1/regions/{code}/policy:what-if
    POST /api/v1/regions/{code}/posts:what-if
    POST /api/v1/routing-rules:test
    POST /api/v1/session
    POST /api/v1/session/welcome
    POST /open311/v2/{file}
    ");
}
