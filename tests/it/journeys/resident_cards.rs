//! Who stands on a resident's page while people are away, who the secretary is, and what a crowd is told.

use super::app::{App, browser};
use super::residents::{page, served};
use gridkeeper::domain::{Appointment, AppointmentId, Housekeeper};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_on_leave_is_away_until_a_day_and_whoever_stands_in_is_named() {
    let app = App::demo().await;
    let picture = app.services.picture();
    let (building, keepers) = served(&picture, 2);
    let plan = picture.in_force(building.community, picture.as_of).unwrap();
    let path = format!("/r/{}", building.id);
    let dial = |keeper: &Housekeeper| {
        let digits = keeper.duty_phone.as_deref().unwrap().replace(' ', "");
        format!("href=\"tel:{digits}\"")
    };
    let post_of = |keeper: &Housekeeper| {
        let mut posts = picture.appointments.iter();
        let own =
            |post: &&Appointment| post.housekeeper == keeper.id && post.active_on(picture.today);
        posts.find(own).unwrap().id
    };
    let act = async |post: AppointmentId, body: serde_json::Value| {
        let acts = format!("/api/v1/appointments/{post}/acts");
        let answer = app.server.post(&acts).json(&body).await;
        assert_eq!(answer.status_code(), 204, "{}", answer.text());
    };
    let today = picture.today;
    let until = today + chrono::Days::new(5);
    let leave = serde_json::json!({ "do": "leave", "from": today, "to": until });
    act(post_of(&keepers[0]), leave.clone()).await;
    let html = page(&app, &path).await;
    let says = format!("请假至 {}", until.format("%-m月%-d日"));
    assert!(html.contains(&says), "{html}");
    assert!(html.contains(&keepers[0].name) && !html.contains(&dial(&keepers[0])));
    // The other of the pair is there and comes first.
    let place = |words: &str| html.find(words).unwrap();
    assert!(html.contains(&dial(&keepers[1])) && place(&keepers[1].name) < place(&says));
    assert!(html.contains(&format!("这几天有事先找<bdi>{}", keepers[1].name)));

    // Somebody of another compound is asked to stand in, for both.
    act(post_of(&keepers[1]), leave).await;
    let away = post_of(&keepers[0]);
    let elsewhere = picture
        .appointments
        .iter()
        .filter(|post| post.active_on(today) && post.compound != building.compound)
        .filter(|post| picture.on_leave(post.id).is_none())
        .filter(|post| plan.keepers.iter().flatten().any(|id| *id == post.id));
    let (post, other) = elsewhere
        .filter_map(|post| Some((post, picture.holder(post.id)?.0)))
        .find(|(_, keeper)| keeper.community == building.community && keeper.consent.is_some())
        .unwrap();
    let cover = serde_json::json!({ "do": "cover", "compound": building.compound, "instead_of": away,
        "from": today, "to": until, "reason": "leave" });
    act(post.id, cover).await;
    let html = page(&app, &path).await;
    assert_eq!(html.matches(&says).count(), 2);
    assert!(html.contains(&dial(other)) && html.contains("的小管家休假"));
    assert!(html.contains(&format!("这几天有事先找<bdi>{}", other.name)));
    // Paper does not follow what changes from day to day, and why somebody is away is told nowhere.
    let poster = browser(&app.services)
        .get(&format!("/api/v1/buildings/{}/poster", building.id))
        .await;
    assert_eq!(poster.status_code(), 200);
    // Whoever covers and goes on leave themselves is not there either.
    act(
        post.id,
        serde_json::json!({ "do": "leave", "from": today, "to": today }),
    )
    .await;
    let html = page(&app, &path).await;
    assert!(!html.contains(&dial(other)), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secretary_is_who_the_organisations_name_and_else_what_was_published() {
    let app = App::demo().await;
    let picture = app.services.picture();
    // A compound of whose secretary both are known, and they differ in the number.
    let (compound, office) = picture
        .compounds
        .iter()
        .find_map(|one| {
            let office = picture.secretary(one.id)?;
            let known = picture.contacts.contains_key(&one.id.to_string());
            (known && !picture.buildings_of(one.id).is_empty()).then_some((one, office))
        })
        .unwrap();
    let published = picture.contacts[&compound.id.to_string()].clone();
    let at = picture.buildings_of(compound.id)[0];
    let path = format!("/r/{}", picture.door(at));
    let (official, by_hand) = (
        office.duty_phone.clone().unwrap(),
        published.phone.clone().unwrap(),
    );
    let html = page(&app, &path).await;
    assert!(html.contains(&office.name) && html.contains(&official));
    assert!(!html.contains(&by_hand), "one truth");
    // Somebody follows who did not agree that the number is shown: the name alone.
    let entered = format!("/api/v1/compounds/{}/organisations", compound.id);
    let next = serde_json::json!({ "kind": "secretary", "name": "示例新书记", "duty_phone": "100 0000 4711",
        "from": picture.today });
    let made = app.server.post(&entered).json(&next).await;
    assert_eq!(made.status_code(), 201, "{}", made.text());
    let id = made.json::<serde_json::Value>()["id"].clone();
    let html = page(&app, &path).await;
    assert!(html.contains("示例新书记"), "{html}");
    for number in ["100 0000 4711", &official, &by_hand] {
        assert!(!html.contains(number), "{number} is shown");
    }
    // Ended by mistake or not: nobody is in office, so what was published stands in.
    let mut tx = app.services.store().begin().await.unwrap();
    let district = compound.community.district_code();
    let ended: uuid::Uuid = id.as_str().unwrap().parse().unwrap();
    let yesterday = picture.today.pred_opt().unwrap();
    tx.conn()
        .organisation_end(district, ended, yesterday)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.services.reload().await.unwrap();
    let html = page(&app, &path).await;
    assert!(html.contains(&by_hand) && !html.contains("示例新书记"));
}

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
    let photo = visitor.get(&format!("/r/photos/{}", "0".repeat(64))).await;
    assert_eq!(photo.status_code(), 429, "photos count too");
}
