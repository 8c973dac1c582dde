//! Live updates: whoever may not see a draft does not hear that it is edited, and whoever signed out hears nothing.

use super::city::{OWN, SIBLING, city};
use crate::journeys::app::{App, PASSWORD};
use axum_test::TestServer;
use gridkeeper::domain::Actor;
use gridkeeper::domain::access::Grant;
use gridkeeper::services::accounts::NewAccount;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Signs a grid administrator of a street in, without a browser.
async fn token(app: &App, login: &str, street: &str) -> String {
    let ask = NewAccount {
        login: login.to_owned(),
        name: login.to_owned(),
        grants: vec![Grant {
            role: "grid_admin".parse().unwrap(),
            scope: street.parse().unwrap(),
        }],
    };
    let by = Actor::command_line("test");
    let made = app.services.account_make(&by, "test", ask).await.unwrap();
    let (_, ticket) = made.link.split_once('.').unwrap();
    let entered = app
        .services
        .ticket_use(ticket, PASSWORD, None, "test")
        .await;
    entered.unwrap().token
}

async fn listen(address: &str, cookie: Option<&str>) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let cookie = cookie.map_or(String::new(), |token| {
        format!("Cookie: gk_session={token}\r\n")
    });
    let ask = format!("GET /api/v1/events HTTP/1.1\r\nHost: {address}\r\n{cookie}\r\n");
    stream.write_all(ask.as_bytes()).await.unwrap();
    stream
}

/// What arrives within a second.
async fn heard(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let mut part = [0u8; 4096];
    while let Ok(Ok(n)) = tokio::time::timeout(Duration::from_secs(1), stream.read(&mut part)).await
    {
        if n == 0 {
            break;
        }
        all.extend_from_slice(&part[..n]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

async fn rename(app: &App, plan: &str, to: &str) {
    let sheet = app.get(&format!("/api/v1/plans/{plan}/redraw")).await;
    let area = &sheet["areas"][0];
    let fields =
        |name: &Value| json!({ "number": area["number"], "name": name, "locked": area["locked"] });
    let change =
        json!({ "id": area["id"], "before": fields(&area["name"]), "after": fields(&json!(to)) });
    let stroke = json!({ "id": uuid::Uuid::now_v7(), "label": "改名", "moves": [], "areas": [change], "keepers": [] });
    let body = json!({ "base_seq": sheet["edit_seq"], "client": "test", "strokes": [stroke] });
    let saved = app
        .server
        .post(&format!("/api/v1/plans/{plan}/edits"))
        .json(&body)
        .await;
    assert_eq!(saved.status_code(), 200, "{}", saved.text());
}

#[tokio::test]
async fn nobody_hears_of_drafts_that_they_may_not_see() {
    let app = city().await;
    let plans = app.get(&format!("/api/v1/plans?region={OWN}")).await;
    let plans = plans["items"].as_array().unwrap();
    let draft = plans.iter().find(|plan| plan["state"] == "draft").unwrap();
    let id = draft["id"].as_str().unwrap();
    let make = gridkeeper::api::router(app.services.clone())
        .into_make_service_with_connect_info::<SocketAddr>();
    let server = TestServer::builder().http_transport().build(make);
    let address = server.server_address().unwrap();
    let address = format!(
        "{}:{}",
        address.host_str().unwrap(),
        address.port().unwrap()
    );
    let own = token(&app, "own", OWN).await;
    let sibling = token(&app, "sibling", SIBLING).await;
    let mut streams = [
        listen(&address, Some(&own)).await,
        listen(&address, Some(&sibling)).await,
        listen(&address, None).await,
    ];
    tokio::time::sleep(Duration::from_millis(300)).await;
    rename(&app, id, "北门").await;
    let [mine, hers, theirs] = &mut streams;
    let (mine_text, hers_text, theirs_text) =
        (heard(mine).await, heard(hers).await, heard(theirs).await);
    assert!(
        mine_text.contains("event: edit") && mine_text.contains(id),
        "{mine_text}"
    );
    for text in [&hers_text, &theirs_text] {
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        assert!(!text.contains("edit") && !text.contains(id), "{text}");
    }
    // Signed out on this computer: the stream that is still open says no more.
    let asker = app
        .services
        .asker_of_session(&own, "test")
        .await
        .unwrap()
        .unwrap();
    app.services.sign_out(&asker, false).await.unwrap();
    rename(&app, id, "南门").await;
    let after = heard(mine).await;
    assert!(!after.contains(id), "{after}");
}

#[tokio::test]
async fn an_issue_is_heard_within_half_a_second_where_it_may_be_and_after_a_break() {
    let app = city().await;
    let make = gridkeeper::api::router(app.services.clone())
        .into_make_service_with_connect_info::<SocketAddr>();
    let server = TestServer::builder().http_transport().build(make);
    let address = server.server_address().unwrap();
    let address = format!(
        "{}:{}",
        address.host_str().unwrap(),
        address.port().unwrap()
    );
    let own = token(&app, "own", OWN).await;
    let sibling = token(&app, "sibling", SIBLING).await;
    let mut mine = listen(&address, Some(&own)).await;
    let mut hers = listen(&address, Some(&sibling)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let picture = app.services.picture();
    let here = |compound: &&gridkeeper::domain::Compound| {
        compound.community.to_string().starts_with(&OWN[..9])
    };
    let compound = picture.compounds.iter().find(here).unwrap().id;
    let body = json!({ "category": "environment.rubbish", "black_text": "示例",
        "place": { "kind": "compound", "compound": compound } });
    let body = with_known_category(&app, body);
    let made = app.server.post("/api/v1/issues").json(&body).await;
    assert_eq!(made.status_code(), 201, "{}", made.text());
    let id = made.json::<Value>()["id"].as_str().unwrap().to_owned();
    let mut part = vec![0u8; 65_536];
    let begin = std::time::Instant::now();
    let mut text = String::new();
    while !text.contains(&id) && begin.elapsed() < Duration::from_secs(5) {
        let n = tokio::time::timeout(Duration::from_secs(5), mine.read(&mut part)).await;
        text += &String::from_utf8_lossy(&part[..n.unwrap().unwrap()]);
    }
    assert!(text.contains("event: issues"), "{text}");
    let hers_text = heard(&mut hers).await;
    assert!(
        !hers_text.contains(&id) && !hers_text.contains("event: issues"),
        "{hers_text}"
    );
    // Whoever comes back is told that something was missed, and nobody else.
    let feed = app.services.issues().ledger().feed;
    let version = app.services.picture().version;
    for (last, told) in [
        (format!("{version}-{}", feed - 1), true),
        (format!("{version}-{feed}"), false),
    ] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let ask = format!(
            "GET /api/v1/events HTTP/1.1\r\nHost: {address}\r\nCookie: gk_session={own}\r\nLast-Event-ID: {last}\r\n\r\n"
        );
        stream.write_all(ask.as_bytes()).await.unwrap();
        assert_eq!(
            heard(&mut stream).await.contains("event: issues"),
            told,
            "{last}"
        );
    }
}

/// The first category that asks nothing more.
fn with_known_category(app: &App, mut body: Value) -> Value {
    let catalog = app.services.issues().catalog();
    let plain = catalog.tree.leaves().find(|leaf| leaf.questions.is_empty());
    body["category"] = json!(plain.unwrap().code);
    body
}
