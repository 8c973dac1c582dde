//! A community is merged into another and its compounds are split off again: whatever hangs on them goes along, the
//! figures of the street stay as they were, and nothing refers to a code that ended. On both databases.

use super::app::App;
use super::issues::{leaf, report, send};
use crate::support::postgis::TestPostgis;
use gridkeeper::config::Config;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use std::collections::BTreeSet;

const STREET: &str = "999001001000";

/// Columns that may hold a code that ended, and why.
const PAST: [(&str, &str, &str); 13] = [
    ("region", "code", "the row of the code itself"),
    ("event", "*", "what happened"),
    ("audit", "*", "who did what"),
    ("issue_event", "event", "what happened"),
    (
        "issue",
        "owner_code",
        "who had it; found through the successor",
    ),
    ("issue", "owner_name", "who had it"),
    ("issue", "flow", "who had it"),
    ("import", "report", "what a file said"),
    ("import_change", "before", "what a row was"),
    ("account_grant", "scope", "somebody decides about roles"),
    ("api_token", "scope", "somebody decides about roles"),
    ("quota_policy", "region", "somebody decides about policies"),
    ("plan", "problems", "what a plan was made of"),
];

/// Every table and column of the database whose values name the code, with how many do.
async fn mentions(app: &App, code: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let sqlite = app.url.strip_prefix("gpkg:");
    let columns = match sqlite {
        Some(_) => {
            "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND m.name NOT LIKE 'rtree%' AND m.name NOT LIKE 'gpkg%' \
             AND p.type NOT IN ('BLOB', 'GEOMETRY', 'POINT', 'MULTIPOLYGON')"
        }
        None => {
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = current_schema() AND udt_name NOT IN ('geometry', 'bytea')"
        }
    };
    macro_rules! walk {
        ($db:expr) => {{
            let mut db = $db;
            let all: Vec<(String, String)> =
                sqlx::query_as(columns).fetch_all(&mut db).await.unwrap();
            assert!(all.iter().any(|(table, _)| table == "training"), "{all:?}");
            for (table, column) in all {
                // Closed issues keep the stamp of their time; their figures are told by the successor.
                let only = match (table.as_str(), column.as_str()) {
                    ("issue", "region" | "place") => "closed_at IS NULL AND ",
                    _ => "",
                };
                let sql = format!(
                    "SELECT count(*) FROM \"{table}\" WHERE {only}(CAST(\"{column}\" AS TEXT) = '{code}' \
                     OR CAST(\"{column}\" AS TEXT) LIKE '%\"{code}\"%')"
                );
                let n: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
                    .fetch_one(&mut db)
                    .await
                    .unwrap();
                if n > 0 {
                    found.insert((table, column));
                }
            }
        }};
    }
    match sqlite {
        Some(path) => walk!(SqliteConnection::connect(path).await.unwrap()),
        None => walk!(PgConnection::connect(&app.url).await.unwrap()),
    }
    found
}

async fn region(app: &App, code: &str) -> Value {
    let regions = app.get("/api/v1/regions").await;
    let all = regions["items"].as_array().unwrap();
    all.iter().find(|row| row["code"] == code).unwrap().clone()
}

/// Everything that is told of the street, and must not change by a change of codes.
async fn figures(app: &App) -> Value {
    let street = region(app, STREET).await;
    let staffing = app.get(&format!("/api/v1/regions/{STREET}/coverage")).await;
    let issues = app
        .get(&format!("/api/v1/issues?region={STREET}&limit=1"))
        .await;
    let people = app
        .get(&format!("/api/v1/people?region={STREET}&limit=1"))
        .await;
    let cases = app
        .get(&format!("/api/v1/recruitment?region={STREET}"))
        .await;
    let organisations = app
        .get(&format!("/api/v1/organisations?region={STREET}"))
        .await;
    let doors = app
        .get(&format!("/api/v1/notices?region={STREET}&limit=1"))
        .await;
    let patrol = app
        .get(&format!("/api/v1/visits:figures?region={STREET}"))
        .await;
    json!({
        "street": [street["compounds"], street["buildings"], street["households"]],
        "staffing": [staffing["total"]["required"], staffing["total"]["in_post"], staffing["total"]["short"]],
        "issues": issues["total"],
        "people": people["total"],
        "cases": cases["n"],
        "organisations": organisations["items"].as_array().map(Vec::len),
        "doors": doors["total"],
        "patrol": [patrol["n"], patrol["bands"]],
    })
}

/// Issues of each community of today, by the list and by the map, open and closed together; and of the street.
async fn issues_by_community(app: &App) -> (u64, u64, u64) {
    let heat = app
        .get(&format!("/api/v1/issues:heat?by=community&region={STREET}"))
        .await;
    let mapped: u64 = (heat["items"].as_array().unwrap().iter())
        .map(|row| row["n"].as_u64().unwrap())
        .sum();
    let regions = app.get("/api/v1/regions").await;
    let mut listed = 0;
    for row in regions["items"].as_array().unwrap() {
        if row["level"] == "community" && row["parent"] == STREET {
            let code = row["code"].as_str().unwrap();
            let page = app
                .get(&format!("/api/v1/issues?region={code}&limit=1"))
                .await;
            let n = page["total"].as_u64().unwrap();
            assert!(n == 0 || row["successor"].is_null(), "{code} has ended");
            listed += n;
        }
    }
    let street = app
        .get(&format!("/api/v1/issues?region={STREET}&limit=1"))
        .await;
    (mapped, listed, street["total"].as_u64().unwrap())
}

async fn reported(app: &App, place: Value, closed: bool) -> Value {
    let category = leaf(app).await;
    let mut more = json!({ "category": category });
    if closed {
        more["solved"] = json!({ "red_text": "示例：当场清走" });
    }
    send(&app.server, "/api/v1/issues", &report(place, more), 201).await
}

async fn whatever_hangs_on_a_community_goes_along_and_comes_back(app: &App) {
    let regions = app.get("/api/v1/regions").await;
    let filled = |row: &&Value| row["level"] == "community" && row["compounds"].as_u64() > Some(1);
    let mut all = regions["items"].as_array().unwrap().iter().filter(filled);
    let (a, b) = (all.next().unwrap(), all.next().unwrap());
    let (from, into) = (a["code"].as_str().unwrap(), b["code"].as_str().unwrap());
    let compounds = app.get(&format!("/api/v1/compounds?region={from}")).await;
    let own: Vec<Value> = (compounds["items"].as_array().unwrap().iter())
        .map(|row| row["id"].clone())
        .collect();

    // One of each that the demo has not: issues with and without a compound, a filter, a subscription, a rule.
    let open = reported(app, json!({ "kind": "region", "region": from }), false).await;
    reported(app, json!({ "kind": "region", "region": from }), true).await;
    let inside = reported(
        app,
        json!({ "kind": "compound", "compound": own[0] }),
        false,
    )
    .await;
    // And a visit: the demo without issues has none.
    let compound: uuid::Uuid = own[0].as_str().unwrap().parse().unwrap();
    let picture = app.services.picture();
    let building = picture.buildings.iter().find(|row| {
        row.compound.is_some_and(|id| id.uuid() == compound) && row.households.count > Some(2)
    });
    let secretary = app.person("writes", &[("community_secretary", from)]).await;
    let keepers: Value = secretary.get("/api/v1/visits:keepers").await.json();
    let visit = json!({ "building": building.unwrap().id.uuid(), "households": 2, "keeper": keepers[0]["id"] });
    send(&secretary, "/api/v1/visits", &visit, 201).await;
    let words = json!({ "name": "本社区", "query": { "region": from } });
    send(&app.server, "/api/v1/saved-filters", &words, 201).await;
    let words = json!({ "name": "本社区", "query": { "region": from }, "channel": "in_app" });
    send(&app.server, "/api/v1/subscriptions", &words, 201).await;
    let mut rules = app.get("/api/v1/routing-rules").await;
    rules["items"].as_array_mut().unwrap().push(json!({
        "id": uuid::Uuid::now_v7(), "order": 5, "categories": [],
        "places": [{ "kind": "region", "region": from }],
        "owner": { "code": "body:lamps", "name": "示例路灯所" },
        "valid_from": "2020-01-01", "valid_to": null, "note": "", "made_by_arbitration": null,
    }));
    let set = app.server.put("/api/v1/routing-rules").json(&rules).await;
    assert_eq!(set.status_code(), 204, "{}", set.text());
    let who = async |compound: &Value| {
        let asked = json!({ "category": open["category"]["code"], "place": { "kind": "compound", "compound": compound } });
        let asked = if asked["category"].is_null() {
            json!({ "category": leaf(app).await, "place": asked["place"] })
        } else {
            asked
        };
        send(&app.server, "/api/v1/routing-rules:test", &asked, 200).await
    };
    let ours = who(&own[0]).await;
    assert_eq!(ours["code"], "body:lamps");
    let others = app.get(&format!("/api/v1/compounds?region={into}")).await;
    let theirs = who(&others["items"][0]["id"]).await;

    let before = figures(app).await;
    assert!(!before.to_string().contains("null"), "{before}");
    let sums = issues_by_community(app).await;
    assert!(sums.0 == sums.1 && sums.1 == sums.2, "{sums:?}");

    let merge = format!("/api/v1/regions/{from}/merge");
    let body = |dry_run: bool| json!({ "into": into, "dry_run": dry_run });
    let mut dry = send(&app.server, &merge, &body(true), 200).await;
    assert_eq!(figures(app).await, before, "a dry run moves nothing");
    assert!(
        mentions(app, from)
            .await
            .contains(&("training".into(), "region".into()))
    );
    let done = send(&app.server, &merge, &body(false), 200).await;
    dry["done"] = json!(true);
    assert_eq!(done, dry, "the dry run counts with the same code");
    for key in [
        "organisations",
        "cases",
        "assessments",
        "trainings",
        "issues_open",
        "issues_closed",
        "rules",
        "filters",
        "contacts",
        "notices",
        "visits",
    ] {
        assert!(done[key].as_u64() > Some(0), "{key}: {done}");
    }
    assert_eq!(done["issues_open"], 2, "{done}");
    assert_eq!(done["issues_closed"], 1, "{done}");
    assert_eq!(done["filters"], 2, "{done}");

    let left: Vec<_> = (mentions(app, from).await.into_iter())
        .filter(|(table, column)| {
            let past = |(t, c, _): &(&str, &str, &str)| t == table && (*c == "*" || c == column);
            !PAST.iter().any(past)
        })
        .collect();
    assert!(left.is_empty(), "rows that still refer to {from}: {left:?}");
    assert_eq!(figures(app).await, before, "the street is as it was");
    assert_eq!(
        issues_by_community(app).await,
        sums,
        "every issue counts in one community"
    );
    for issue in [&open, &inside] {
        let path = format!("/api/v1/issues/{}", issue["id"].as_str().unwrap());
        let now = app.get(&path).await;
        assert_eq!(
            now["region"]["code"].as_str().or(now["region"].as_str()),
            Some(into),
            "{now}"
        );
    }
    assert_eq!(
        who(&own[0]).await["code"],
        "body:lamps",
        "its ground has the body it had"
    );
    assert_eq!(
        who(&others["items"][0]["id"]).await["code"],
        theirs["code"],
        "and the other's too"
    );
    // What a restart reads is what is told now.
    app.services.issues_load().await.unwrap();
    assert_eq!(issues_by_community(app).await, sums);
    assert_eq!(
        app.get("/api/v1/saved-filters").await[0]["query"]["region"],
        into
    );

    // The way back: the compounds take theirs with them.
    let split = format!("/api/v1/regions/{into}/split");
    let body = |dry_run: bool| json!({ "code": from, "compounds": own, "dry_run": dry_run });
    let mut dry = send(&app.server, &split, &body(true), 200).await;
    let back = send(&app.server, &split, &body(false), 200).await;
    dry["done"] = json!(true);
    assert_eq!(back, dry);
    for key in ["organisations", "cases", "notices", "visits"] {
        assert_eq!(back[key], done[key], "{key}: {back}");
    }
    assert_eq!(figures(app).await, before);
    assert_eq!(issues_by_community(app).await, sums);
    let of = app
        .get(&format!("/api/v1/organisations?region={from}"))
        .await;
    assert_eq!(
        of["items"].as_array().map_or(0, Vec::len),
        own.len(),
        "each compound has its organisations: {of}"
    );
    let path = format!("/api/v1/issues/{}", inside["id"].as_str().unwrap());
    let now = app.get(&path).await;
    assert_eq!(
        now["region"]["code"].as_str().or(now["region"].as_str()),
        Some(from),
        "{now}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_hangs_on_a_community_goes_along_on_a_geopackage() {
    whatever_hangs_on_a_community_goes_along_and_comes_back(&App::demo().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_hangs_on_a_community_goes_along_on_postgis() {
    let db = TestPostgis::new().await;
    let app = App::demo_on(&db.url, Config::default()).await;
    whatever_hangs_on_a_community_goes_along_and_comes_back(&app).await;
}
