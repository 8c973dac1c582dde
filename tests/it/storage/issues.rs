//! A row of an issue: written whole, once, and its columns say what its state says.

use crate::access::city::{OWN, city_in, community_code};
use crate::journeys::app::App;
use gridkeeper::domain::Sealed;
use gridkeeper::domain::issue::Place;
use gridkeeper::storage::{Counted, IssueFact};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_is_written_whole_on_a_geopackage() {
    an_issue_is_written_whole(city_in(App::empty().await).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_is_written_whole_on_postgis() {
    an_issue_is_written_whole(city_in(App::on_postgis().await).await).await;
}

async fn an_issue_is_written_whole(app: App) {
    let category = crate::journeys::leaf(&app).await;
    let place = json!({ "kind": "region", "region": community_code(OWN, 1) });
    let mut codes = Vec::new();
    for text in ["示例：路灯不亮", "示例：井盖松动"] {
        let body = json!({ "category": category, "place": place, "black_text": text });
        let made = app.server.post("/api/v1/issues").json(&body).await;
        assert_eq!(made.status_code(), 201, "{}", made.text());
        let made: Value = made.json();
        codes.push(made["code"].as_str().unwrap().to_owned());
    }
    let store = app.services.store();
    let mut tx = store.begin().await.unwrap();
    let mut conn = tx.conn();
    let mut row = conn.issue_by_code(&codes[0]).await.unwrap().unwrap();
    let other = conn.issue_by_code(&codes[1]).await.unwrap().unwrap();
    let (district, id) = (row.district_code, row.issue.id);
    let events = conn.issue_events(district, id).await.unwrap();
    assert!(!events.is_empty());

    let region = community_code(OWN, 2).parse().unwrap();
    row.issue.place = Place::Region { region };
    row.issue.stamps.region = Some(region);
    row.issue.black_text = "示例：已改写".into();
    row.issue.red_text = Some("示例：已修".into());
    row.issue.public = true;
    row.issue.on_time = Some(true);
    row.issue.due.close = Some(row.issue.reported_at + chrono::Duration::hours(3));
    row.issue.flow.returns = 2;
    row.reporter_name = Some(Sealed::stored("sealed1:AAAA".into()));
    for _ in 0..2 {
        conn.issue_put(std::slice::from_ref(&row)).await.unwrap();
    }
    tx.commit().await.unwrap();

    let mut lease = store.read().await.unwrap();
    let mut conn = lease.conn();
    assert_eq!(
        conn.issue_list(&[id]).await.unwrap(),
        std::slice::from_ref(&row)
    );
    assert_eq!(
        conn.issue_by_code(&codes[1]).await.unwrap(),
        Some(other),
        "the other is as it was"
    );
    assert_eq!(conn.issue_count().await.unwrap(), 2, "replaced, not added");
    assert_eq!(
        conn.issue_events(district, id).await.unwrap(),
        events,
        "what happened stays"
    );
    let mut facts = Vec::new();
    conn.issue_facts(|fact| facts.push(fact)).await.unwrap();
    let fact = facts.into_iter().find(|fact| fact.id == id).unwrap();
    assert_eq!(fact, IssueFact::of(&row.issue), "columns and state agree");
    // Found by what happened after an event, and not by what happened before.
    let feed = conn.issue_feed().await.unwrap();
    assert!(conn.issues_after(feed).await.unwrap().is_empty());
    assert_eq!(conn.issues_after(0).await.unwrap().len(), 2);
    assert_eq!(conn.changes_of(Counted::Issues).await.unwrap(), 2);
}
