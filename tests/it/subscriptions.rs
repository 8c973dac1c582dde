//! Filters that people keep, and what they hear of issues: on the page, by signed webhook, from robots.

use crate::access::city::{OTHER, OWN, city, city_in, community_code};
use crate::journeys::app::App;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum_test::TestServer;
use gridkeeper::config::Config;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request that arrived.
#[derive(Clone)]
struct Arrived {
    uri: Uri,
    headers: HeaderMap,
    body: String,
}

/// A receiver of messages: answers what it is told to, one after the other, and the last one from then on.
#[derive(Clone)]
struct Receiver {
    arrived: Arc<Mutex<Vec<Arrived>>>,
    answers: Arc<Mutex<Vec<(u16, &'static str)>>>,
}

impl Receiver {
    async fn start(answers: &[(u16, &'static str)]) -> (Self, String) {
        let receiver = Self {
            arrived: Arc::default(),
            answers: Arc::new(Mutex::new(answers.to_vec())),
        };
        let router = axum::Router::new()
            .fallback(
                |State(receiver): State<Self>, uri: Uri, headers: HeaderMap, body: String| async move {
                    receiver.take(Arrived { uri, headers, body })
                },
            )
            .with_state(receiver.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    fn take(&self, one: Arrived) -> (StatusCode, &'static str) {
        let mut answers = self.answers.lock().unwrap();
        let (status, text) = if answers.len() > 1 {
            answers.remove(0)
        } else {
            answers[0]
        };
        self.arrived.lock().unwrap().push(one);
        (StatusCode::from_u16(status).unwrap(), text)
    }

    fn all(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    async fn wait(&self, n: usize) -> Vec<Arrived> {
        for _ in 0..1000 {
            if self.all().len() >= n {
                return self.all();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} of {n} messages arrived", self.all().len());
    }
}

fn open_settings() -> Config {
    let mut config = Config::default();
    config.webhooks.loopback_http = true;
    config.webhooks.retry_ms = 1;
    config.server.public_url = Some("https://gk.example/".into());
    config
}

/// Starts telling, and waits until it knows where to begin.
async fn tell(app: &App) -> tokio::task::JoinHandle<()> {
    let telling = tokio::spawn(app.services.clone().tell());
    for _ in 0..1000 {
        let at: Option<i64> = {
            let mut lease = app.services.store().read().await.unwrap();
            lease
                .conn()
                .issue_setting("notifications_feed")
                .await
                .unwrap()
        };
        if at.is_some() {
            return telling;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("telling does not begin");
}

async fn subscribe(person: &TestServer, ask: Value) -> Value {
    let made = person.post("/api/v1/subscriptions").json(&ask).await;
    assert_eq!(made.status_code(), 201, "{}", made.text());
    made.json()
}

async fn report(person: &TestServer, app: &App, category: &str) -> Value {
    let picture = app.services.picture();
    let compound = picture
        .compounds
        .iter()
        .find(|one| one.name == "示例甲1小区");
    let building = picture
        .buildings_of(compound.unwrap().id)
        .first()
        .map(|at| picture.buildings[*at].id)
        .unwrap();
    let body = json!({ "category": category, "black_text": "CANARY-TEXT", "reporter_name": "CANARY-NAME",
        "reporter_phone": "10010020099", "place": { "kind": "building", "building": building } });
    let made = person.post("/api/v1/issues").json(&body).await;
    assert_eq!(made.status_code(), 201, "{}", made.text());
    made.json()
}

async fn notifications(person: &TestServer) -> Value {
    let answer = person.get("/api/v1/notifications").await;
    assert_eq!(answer.status_code(), 200, "{}", answer.text());
    answer.json()
}

async fn wait_for_notifications(person: &TestServer, n: usize) -> Value {
    for _ in 0..1000 {
        let told = notifications(person).await;
        if told["items"].as_array().unwrap().len() >= n {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{}", notifications(person).await);
}

async fn people(app: &App) -> (TestServer, TestServer, TestServer) {
    let own = community_code(OWN, 1);
    let elsewhere = community_code(OTHER, 1);
    (
        app.person("own", &[("community_secretary", &own)]).await,
        app.person("other", &[("community_secretary", &elsewhere)])
            .await,
        app.person("reports", &[("community_secretary", &own)])
            .await,
    )
}

#[tokio::test]
async fn only_those_who_see_an_issue_hear_of_it_and_of_what_they_asked_for() {
    let app = city().await;
    let (own, other, reports) = people(&app).await;
    for (person, query) in [
        (&own, json!({ "category": "utilities" })),
        // Two subscriptions that fit tell once.
        (&own, json!({ "region": OWN })),
        (&other, json!({})),
        (&reports, json!({})),
    ] {
        subscribe(
            person,
            json!({ "name": "x", "query": query, "channel": "in_app" }),
        )
        .await;
    }
    let telling = tell(&app).await;
    let first = report(&reports, &app, "utilities.lighting").await;
    let told = wait_for_notifications(&own, 1).await;
    assert_eq!(told["unread"], 1);
    let item = &told["items"][0];
    assert_eq!(item["code"], first["code"]);
    assert_eq!(
        (item["move"].as_str(), item["place"].as_str()),
        (Some("report"), Some("示例甲1小区"))
    );

    // While nobody tells, nothing is lost.
    telling.abort();
    let _ended = telling.await;
    report(&reports, &app, "utilities.gas").await;
    let _telling = tell(&app).await;
    let told = wait_for_notifications(&own, 2).await;
    assert_eq!(told["unread"], 2);
    let newest = told["items"][0]["id"].clone();
    let read = json!({ "ids": [newest] });
    assert_eq!(
        own.post("/api/v1/notifications:read")
            .json(&read)
            .await
            .status_code(),
        204
    );
    assert_eq!(notifications(&own).await["unread"], 1);
    // Of others one marks nothing.
    assert_eq!(
        other
            .post("/api/v1/notifications:read")
            .json(&json!({}))
            .await
            .status_code(),
        204
    );
    assert_eq!(notifications(&own).await["unread"], 1);
    assert_eq!(
        own.post("/api/v1/notifications:read")
            .json(&json!({}))
            .await
            .status_code(),
        204
    );
    assert_eq!(notifications(&own).await["unread"], 0);
    // Another scope hears nothing, and one's own doing is no news.
    assert_eq!(notifications(&other).await["items"], json!([]));
    assert_eq!(notifications(&reports).await["items"], json!([]));
}

#[tokio::test]
async fn a_webhook_is_signed_tried_again_and_says_nothing_of_people() {
    let app = city_in(App::with(open_settings()).await).await;
    let (own, other, reports) = people(&app).await;
    let (receiver, url) = Receiver::start(&[(500, ""), (429, ""), (200, "")]).await;
    let (unseen, unseen_url) = Receiver::start(&[(200, "")]).await;
    let made = subscribe(
        &own,
        json!({ "name": "w", "channel": "webhook", "url": url }),
    )
    .await;
    subscribe(
        &other,
        json!({ "name": "w", "channel": "webhook", "url": unseen_url }),
    )
    .await;
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(made["host"], "127.0.0.1");
    let _telling = tell(&app).await;
    let issue = report(&reports, &app, "utilities.lighting").await;
    let arrived = receiver.wait(3).await;
    assert_eq!(arrived.len(), 3);
    let last = &arrived[2];
    let body: Value = serde_json::from_str(&last.body).unwrap();
    assert_eq!(body["move"], "report");
    assert_eq!(body["subscription"], made["id"]);
    assert_eq!(body["issue"]["code"], issue["code"]);
    assert_eq!(body["issue"]["place"], "示例甲1小区");
    assert_eq!(
        body["link"],
        format!(
            "https://gk.example/issues/i/{}",
            issue["id"].as_str().unwrap()
        )
    );
    assert!(!last.body.contains("CANARY") && !last.body.contains("10010020099"));
    let header = |name: &str| last.headers[name].to_str().unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{}.{}", header("x-gridkeeper-timestamp"), last.body).as_bytes());
    let signed = gridkeeper::domain::hex(&mac.finalize().into_bytes());
    assert_eq!(header("x-gridkeeper-signature"), format!("sha256={signed}"));
    // Neither secret nor address is shown again, or lies open in the database.
    let list = own.get("/api/v1/subscriptions").await.text();
    assert!(!list.contains(secret) && !list.contains("/hook"), "{list}");
    let stored = {
        let mut lease = app.services.store().read().await.unwrap();
        format!(
            "{:?}",
            lease
                .conn()
                .subscriptions()
                .await
                .unwrap()
                .iter()
                .map(|one| (
                    one.url.as_ref().map(|u| u.as_stored().to_owned()),
                    one.secret.as_ref().map(|s| s.as_stored().to_owned())
                ))
                .collect::<Vec<_>>()
        )
    };
    assert!(!stored.contains("hook") && !stored.contains(secret));
    assert!(unseen.all().is_empty());
}

#[tokio::test]
async fn failures_are_counted_shown_and_end_it() {
    let app = city_in(App::with(open_settings()).await).await;
    let (own, _, reports) = people(&app).await;
    let (receiver, url) = Receiver::start(&[(410, ""), (410, ""), (200, "")]).await;
    let made = subscribe(
        &own,
        json!({ "name": "w", "channel": "webhook", "url": url }),
    )
    .await;
    let id: uuid::Uuid = made["id"].as_str().unwrap().parse().unwrap();
    let _telling = tell(&app).await;
    let shown = |failures: u32| {
        let own = &own;
        async move {
            for _ in 0..1000 {
                let list: Value = own.get("/api/v1/subscriptions").await.json();
                if list[0]["failures"] == failures {
                    return list[0].clone();
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            panic!("{}", own.get("/api/v1/subscriptions").await.text());
        }
    };
    // Gone is gone: it is not tried again.
    for n in 1..=2 {
        report(&reports, &app, "utilities.lighting").await;
        assert_eq!(shown(n).await["last_error"], "HTTP 410");
    }
    assert_eq!(receiver.all().len(), 2);
    // One that arrives sets the count back.
    report(&reports, &app, "utilities.lighting").await;
    assert_eq!(shown(0).await["last_error"], Value::Null);
    let mut tx = app.services.store().begin().await.unwrap();
    tx.conn()
        .subscription_outcome(id, 20, Some("HTTP 500"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(shown(20).await["stopped"], true);
    subscribe(&own, json!({ "name": "seen", "channel": "in_app" })).await;
    report(&reports, &app, "utilities.lighting").await;
    wait_for_notifications(&own, 1).await;
    assert_eq!(
        receiver.all().len(),
        3,
        "a stopped subscription sends nothing"
    );
}

#[tokio::test]
async fn robots_get_their_templates() {
    let app = city_in(App::with(open_settings()).await).await;
    let (own, _, reports) = people(&app).await;
    let (wecom, wecom_url) = Receiver::start(&[(200, r#"{"errcode":0,"errmsg":"ok"}"#)]).await;
    let (dingtalk, dingtalk_url) =
        Receiver::start(&[(200, r#"{"errcode":0,"errmsg":"ok"}"#)]).await;
    let made = subscribe(
        &own,
        json!({ "name": "组", "channel": "wecom", "url": format!("{wecom_url}?key=1") }),
    )
    .await;
    assert_eq!(made["secret"], Value::Null);
    subscribe(&own, json!({ "name": "组", "channel": "dingtalk", "url": format!("{dingtalk_url}?access_token=1"), "secret": "SECabc" })).await;
    let _telling = tell(&app).await;
    let issue = report(&reports, &app, "utilities.lighting").await;
    let code = issue["code"].as_str().unwrap();
    let first = &wecom.wait(1).await[0];
    let body: Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!(body["msgtype"], "markdown");
    let text = body["markdown"]["content"].as_str().unwrap();
    assert!(
        text.contains(code) && text.contains("照明 · 示例甲1小区") && !text.contains("CANARY"),
        "{text}"
    );
    let first = &dingtalk.wait(1).await[0];
    let query = first.uri.query().unwrap();
    assert!(
        query.contains("access_token=1&timestamp=") && query.contains("&sign="),
        "{query}"
    );
    let body: Value = serde_json::from_str(&first.body).unwrap();
    assert!(body["markdown"]["text"].as_str().unwrap().contains(code));
}

#[tokio::test]
async fn what_cannot_be_subscribed_is_refused_with_the_field() {
    let app = city().await;
    let (own, other, _) = people(&app).await;
    for (ask, field) in [
        (json!({ "name": "", "channel": "in_app" }), "name"),
        (json!({ "name": "x", "channel": "pigeon" }), "channel"),
        (json!({ "name": "x", "channel": "webhook" }), "url"),
        (
            json!({ "name": "x", "channel": "in_app", "url": "https://example.org" }),
            "url",
        ),
        (
            json!({ "name": "x", "channel": "webhook", "url": "http://example.org/" }),
            "url",
        ),
        (
            json!({ "name": "x", "channel": "webhook", "url": "https://127.0.0.1/" }),
            "url",
        ),
        (
            json!({ "name": "x", "channel": "wecom", "url": "https://192.168.1.10/robot" }),
            "url",
        ),
        (
            json!({ "name": "x", "channel": "wecom", "url": "https://example.org/", "secret": "1" }),
            "secret",
        ),
        (
            json!({ "name": "x", "channel": "in_app", "query": { "q": "灯" } }),
            "query",
        ),
        (
            json!({ "name": "x", "channel": "in_app", "query": { "colour": "red" } }),
            "query",
        ),
        (
            json!({ "name": "x", "channel": "in_app", "query": { "state": "shut" } }),
            "state",
        ),
    ] {
        let answer = own.post("/api/v1/subscriptions").json(&ask).await;
        assert_eq!(answer.status_code(), 422, "{ask}: {}", answer.text());
        assert_eq!(
            answer.json::<Value>()["problems"][0]["field"],
            field,
            "{ask}"
        );
    }
    let made = subscribe(&own, json!({ "name": "x", "channel": "in_app" })).await;
    let path = format!("/api/v1/subscriptions/{}", made["id"].as_str().unwrap());
    assert_eq!(other.delete(&path).await.status_code(), 404);
    assert_eq!(own.delete(&path).await.status_code(), 204);
    assert_eq!(own.get("/api/v1/subscriptions").await.text(), "[]");
}

#[tokio::test]
async fn filters_are_kept_by_name_for_their_owner() {
    let app = city().await;
    let (own, other, _) = people(&app).await;
    let path = "/api/v1/saved-filters";
    let ask = json!({ "name": "本月照明", "query": { "category": "utilities.lighting", "from": "2026-11-01", "q": "灯" } });
    let made = own.post(path).json(&ask).await;
    assert_eq!(made.status_code(), 201, "{}", made.text());
    assert_eq!(own.post(path).json(&ask).await.status_code(), 409);
    assert_eq!(other.get(path).await.text(), "[]");
    let list: Value = own.get(path).await.json();
    assert_eq!(list[0]["query"], ask["query"]);
    let wrong = json!({ "name": "y", "query": { "from": "yesterday" } });
    assert_eq!(own.post(path).json(&wrong).await.status_code(), 422);
    let one = format!("{path}/{}", list[0]["id"].as_str().unwrap());
    assert_eq!(other.delete(&one).await.status_code(), 404);
    assert_eq!(own.delete(&one).await.status_code(), 204);
    assert_eq!(own.get(path).await.text(), "[]");
}

#[tokio::test]
async fn what_was_not_sent_when_the_server_stopped_is_sent_by_the_next_one() {
    let mut config = open_settings();
    // Tried again only after a long time: the first server stops in between.
    config.webhooks.retry_ms = 600_000;
    let app = city_in(App::with(config).await).await;
    let (own, _, reports) = people(&app).await;
    let (receiver, url) = Receiver::start(&[(500, ""), (200, "")]).await;
    let made = subscribe(
        &own,
        json!({ "name": "w", "channel": "webhook", "url": url }),
    )
    .await;
    subscribe(&own, json!({ "name": "seen", "channel": "in_app" })).await;
    let first = tell(&app).await;
    report(&reports, &app, "utilities.lighting").await;
    let lost = receiver.wait(1).await;
    wait_for_notifications(&own, 1).await;
    first.abort();
    let second = tell(&app).await;
    let again = receiver.wait(2).await;
    let id = |one: &Arrived| serde_json::from_str::<Value>(&one.body).unwrap()["id"].clone();
    assert_eq!(id(&lost[0]), id(&again[1]), "the same event, by its id");
    assert_eq!(
        notifications(&own).await["items"].as_array().unwrap().len(),
        1,
        "on the page it is told once"
    );
    // Once it arrived it is over: the next server begins after it.
    let cursor = async || {
        let mut lease = app.services.store().read().await.unwrap();
        let mut conn = lease.conn();
        let at: i64 = conn
            .issue_setting("notifications_feed")
            .await
            .unwrap()
            .unwrap();
        (at, conn.issue_feed().await.unwrap())
    };
    for tries in 0.. {
        let (at, feed) = cursor().await;
        if at == feed {
            break;
        }
        assert!(tries < 500, "the cursor stays at {at}, {feed} was told");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    second.abort();
    let _third = tell(&app).await;
    let tried = own
        .post(&format!(
            "/api/v1/subscriptions/{}/trial",
            made["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(tried.json::<Value>()["arrived"], true, "{}", tried.text());
    let all = receiver.wait(3).await;
    assert_eq!(all.len(), 3, "nothing is sent a third time");
    let trial: Value = serde_json::from_str(&all[2].body).unwrap();
    assert_eq!(
        (&trial["move"], &trial["issue"]),
        (&json!("test"), &Value::Null)
    );
    assert!(all[2].headers.contains_key("x-gridkeeper-signature"));
}

#[tokio::test]
async fn a_trial_is_of_ones_own_tells_why_it_failed_and_cannot_be_repeated_for_ever() {
    let app = city_in(App::with(open_settings()).await).await;
    let (own, other, _) = people(&app).await;
    let (receiver, url) = Receiver::start(&[(404, "")]).await;
    let made = subscribe(
        &own,
        json!({ "name": "w", "channel": "webhook", "url": url }),
    )
    .await;
    let on_page = subscribe(&own, json!({ "name": "p", "channel": "in_app" })).await;
    let path = |one: &Value| {
        format!(
            "/api/v1/subscriptions/{}/trial",
            one["id"].as_str().unwrap()
        )
    };
    assert_eq!(other.post(&path(&made)).await.status_code(), 404);
    assert_eq!(own.post(&path(&on_page)).await.status_code(), 422);
    let answers = async || own.post(&path(&made)).await;
    let first: Value = answers().await.json();
    assert_eq!(
        (&first["arrived"], &first["why"]),
        (&json!(false), &json!("HTTP 404"))
    );
    let mut last = 200;
    for _ in 0..12 {
        last = answers().await.status_code().as_u16();
    }
    assert_eq!(last, 429);
    assert!(receiver.all().len() <= 10);
}

#[tokio::test]
async fn what_people_were_told_goes_after_its_days() {
    let app = city_in(App::with(open_settings()).await).await;
    let (own, _, reports) = people(&app).await;
    subscribe(&own, json!({ "name": "seen", "channel": "in_app" })).await;
    let _telling = tell(&app).await;
    report(&reports, &app, "utilities.lighting").await;
    wait_for_notifications(&own, 1).await;
    let actor = app.services.operator();
    assert_eq!(
        app.services
            .retain(&actor, true)
            .await
            .unwrap()
            .notifications,
        0
    );
    let days = i64::from(Config::default().security.notification_days);
    let later = chrono::Utc::now() + chrono::TimeDelta::days(days + 1);
    let before = later - chrono::TimeDelta::days(days);
    let mut tx = app.services.store().begin().await.unwrap();
    assert_eq!(tx.conn().notifications_over(before).await.unwrap(), 1);
    tx.conn().notifications_delete(before).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(notifications(&own).await["items"], json!([]));
}
