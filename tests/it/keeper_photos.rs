//! Consent to be named, and photos of keepers: none without consent, none after the post, nothing of the camera, on both databases.

use crate::access::city::{OTHER, OWN, city_in, community_code};
use crate::journeys::app::{App, browser};
use axum_test::multipart::{MultipartForm, Part};
use axum_test::{TestResponse, TestServer};
use gridkeeper::domain::{Appointment, Housekeeper, Notice, NoticeReason, NoticeState};
use gridkeeper::services::notices::{Roster, roster_written};
use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::{Value, json};
use std::io::Cursor;

/// Declares each function as a test on a GeoPackage and on PostGIS.
macro_rules! on_both {
    ($($name:ident)+) => {
        mod on_geopackage {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(&super::city_in(super::App::empty().await).await).await;
            })+
        }
        mod on_postgis {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(&super::city_in(super::App::on_postgis().await).await).await;
            })+
        }
    };
}

on_both! {
    without_consent_no_photo_is_kept
    a_photo_is_public_with_consent_and_gone_when_it_is_withdrawn
    a_photo_ends_with_the_post_and_with_the_consent_to_be_named
    keepers_take_their_consent_to_be_named_back_and_only_the_roster_notes_it
}

/// A photo as a phone sends it, with something of its camera inside.
fn photo(shade: u8) -> Vec<u8> {
    let image: DynamicImage = RgbImage::from_pixel(600, 800, image::Rgb([shade, 120, 90])).into();
    let mut jpeg = Cursor::new(Vec::new());
    image.write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    let jpeg = jpeg.into_inner();
    let said = b"Exif\0\0CANARY-CAMERA 117.2 31.8";
    let mut sent = jpeg[..2].to_vec();
    sent.extend([0xff, 0xe1]);
    sent.extend((said.len() as u16 + 2).to_be_bytes());
    sent.extend(said);
    sent.extend(&jpeg[2..]);
    sent
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|part| part == needle)
}

async fn send(
    by: &TestServer,
    of: &Housekeeper,
    bytes: Vec<u8>,
    consent: Option<&str>,
) -> TestResponse {
    let part = Part::bytes(bytes)
        .file_name("a.jpg")
        .mime_type("image/jpeg");
    let mut form = MultipartForm::new().add_part("photo", part);
    if let Some(day) = consent {
        form = form.add_text("consent", day);
    }
    by.put(&format!("/api/v1/people/{}/photo", of.id))
        .multipart(form)
        .await
}

fn code(answer: &TestResponse) -> (u16, String) {
    let kind = answer.json::<Value>()["type"].as_str().unwrap().to_owned();
    let code = kind.trim_start_matches("/problems/").to_owned();
    (answer.status_code().as_u16(), code)
}

/// The keeper of the own street.
fn keeper(app: &App) -> (Housekeeper, Appointment) {
    let picture = app.services.picture();
    let keeper = picture
        .housekeepers
        .iter()
        .find(|one| one.name == "示例甲管家")
        .unwrap();
    let post = picture
        .appointments
        .iter()
        .find(|post| post.housekeeper == keeper.id)
        .unwrap();
    (keeper.clone(), post.clone())
}

/// The same, who agrees to be named; and a building that they serve, its notice hung.
async fn served(app: &App) -> (Housekeeper, Appointment, String) {
    let (keeper, post) = keeper(app);
    let named = Housekeeper {
        consent: Some("2026-01-05".parse().unwrap()),
        ..keeper
    };
    let mut tx = app.services.store().begin().await.unwrap();
    tx.conn()
        .housekeeper_upsert(std::slice::from_ref(&named))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.services.reload().await.unwrap();
    let picture = app.services.picture();
    let plan = picture
        .in_force(OWN.parse().unwrap(), chrono::Utc::now())
        .unwrap();
    let mut areas = plan.area_of_building.iter();
    let (at, _) = areas
        .find(|(_, area)| {
            let mut keepers = plan.active_keepers(&picture, *area as usize);
            keepers.any(|(one, _)| one.id == named.id)
        })
        .unwrap();
    let building = picture.buildings[at].id.to_string();
    hang(app, &building).await;
    (named, post, building)
}

async fn hang(app: &App, building: &str) {
    for (path, ask) in [
        ("print", json!({ "buildings": [building] })),
        ("mark", json!({ "buildings": [building], "to": "posted" })),
    ] {
        let done = app
            .server
            .post(&format!("/api/v1/notices:{path}"))
            .json(&ask)
            .await;
        assert_eq!(done.status_code(), 200, "{}", done.text());
    }
    assert_eq!(board(app, building).await.stored_state, NoticeState::Posted);
}

async fn board(app: &App, building: &str) -> Notice {
    let mut lease = app.services.store().read().await.unwrap();
    let all = lease.conn().notice_list(None).await.unwrap();
    all.into_iter()
        .find(|notice| notice.building.to_string() == building)
        .unwrap()
}

async fn kept(app: &App) -> usize {
    let mut lease = app.services.store().read().await.unwrap();
    lease.conn().portrait_list().await.unwrap().len()
}

async fn without_consent_no_photo_is_kept(app: &App) {
    let (silent, _) = keeper(app);
    assert!(silent.consent.is_none());
    let day = Some("2026-11-01");
    let refused = send(&app.server, &silent, photo(1), day).await;
    assert_eq!(code(&refused), (409, "not_named".into()));
    let (named, ..) = served(app).await;
    for (consent, bytes, wrong) in [
        (None, photo(1), "consent_missing"),
        (Some("vielleicht"), photo(1), "consent_missing"),
        (Some("2027-11-30"), photo(1), "consent_in_future"),
        (day, b"<svg/>".to_vec(), "photo_not_a_photo"),
        (day, photo(1)[..60].to_vec(), "photo_damaged"),
    ] {
        let refused = send(&app.server, &named, bytes, consent).await;
        assert_eq!(code(&refused), (422, wrong.into()));
    }
    // Whoever may not edit the entry adds nothing to it.
    let nobody = browser(&app.services);
    assert_eq!(
        send(&nobody, &named, photo(1), day).await.status_code(),
        401
    );
    let leader = app.person("leader", &[("street_leader", OWN)]).await;
    assert_eq!(
        send(&leader, &named, photo(1), day).await.status_code(),
        403
    );
    let elsewhere = community_code(OTHER, 1);
    let other = app
        .person("other", &[("community_secretary", &elsewhere)])
        .await;
    assert_eq!(send(&other, &named, photo(1), day).await.status_code(), 404);
    let own = format!("keeper:{}", named.id);
    let themselves = app.person("keeper", &[("housekeeper", &own)]).await;
    assert_eq!(
        send(&themselves, &named, photo(1), day).await.status_code(),
        403
    );
    assert_eq!(kept(app).await, 0);
    let card = app.get(&format!("/api/v1/people/{}", named.id)).await;
    assert_eq!(card["photo"], Value::Null);
    for path in [
        format!("/r/photos/{}", "0".repeat(64)),
        "/r/photos/..%2f..%2fkey".to_owned(),
    ] {
        assert_eq!(nobody.get(&path).await.status_code(), 404);
    }
}

async fn a_photo_is_public_with_consent_and_gone_when_it_is_withdrawn(app: &App) {
    let (named, _, building) = served(app).await;
    let community = community_code(OWN, 1);
    let secretary = app
        .person("secretary", &[("community_secretary", &community)])
        .await;
    let made = send(&secretary, &named, photo(200), Some("2026-11-01")).await;
    assert_eq!(made.status_code(), 200, "{}", made.text());
    let hash = made.json::<Value>()["hash"].as_str().unwrap().to_owned();
    let notice = board(app, &building).await;
    assert_eq!(
        (notice.stored_state, notice.reason),
        (NoticeState::ToReplace, Some(NoticeReason::KeeperChanged))
    );
    let nobody = browser(&app.services);
    let address = format!("/r/photos/{hash}");
    let shown = nobody.get(&address).await;
    assert_eq!(shown.status_code(), 200);
    assert_eq!(shown.header("content-type"), "image/jpeg");
    assert_eq!(shown.header("cache-control"), "private, no-cache");
    let bytes = shown.as_bytes().to_vec();
    assert!(bytes.len() <= 40_000 && bytes.starts_with(b"\xff\xd8\xff"));
    assert!(!holds(&bytes, b"Exif") && !holds(&bytes, b"CANARY"));
    let again = nobody
        .get(&address)
        .add_header("if-none-match", format!("\"{hash}\""))
        .await;
    assert_eq!(again.status_code(), 304);
    let page = nobody.get(&format!("/r/{building}")).await.text();
    assert!(page.len() <= 30_000 && !page.contains("<script"));
    for words in [
        &format!("src=\"{address}\""),
        "loading=\"lazy\"",
        "alt=\"示例甲管家的照片\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let poster = nobody
        .get(&format!("/api/v1/buildings/{building}/poster"))
        .await;
    assert!(holds(poster.as_bytes(), &bytes), "it hangs at the door");
    // The same photo again is no reason to print again.
    hang(app, &building).await;
    send(&secretary, &named, photo(200), Some("2026-11-02")).await;
    assert_eq!(
        board(app, &building).await.stored_state,
        NoticeState::Posted
    );
    let card = app.get(&format!("/api/v1/people/{}", named.id)).await;
    assert_eq!(
        card["photo"],
        json!({ "hash": hash, "consent": "2026-11-02" })
    );
    // It is none of the photos of issues, and in no list of people.
    let other_way = format!("/api/v1/photos/{hash}");
    assert_eq!(app.server.get(&other_way).await.status_code(), 404);
    let list = app
        .server
        .get(&format!("/api/v1/regions/{OWN}/people/roster.csv"))
        .add_query_param("reason", "核对名册")
        .await;
    assert_eq!(list.status_code(), 200, "{}", list.text());
    assert!(!list.text().contains(&hash) && !list.text().contains("照片"));

    // Keepers take their own back, without asking anybody.
    let own = format!("keeper:{}", named.id);
    let themselves = app.person("keeper", &[("housekeeper", &own)]).await;
    let staff = format!("/api/v1/people/{}/photo", named.id);
    assert_eq!(themselves.get(&staff).await.status_code(), 200);
    assert_eq!(nobody.delete(&staff).await.status_code(), 401);
    assert_eq!(themselves.delete(&staff).await.status_code(), 204);
    let notice = board(app, &building).await;
    assert_eq!(
        (notice.stored_state, notice.reason),
        (NoticeState::ToReplace, Some(NoticeReason::KeeperChanged))
    );
    assert_eq!(kept(app).await, 0);
    for (by, path) in [
        (&nobody, &address),
        (&app.server, &staff),
        (&app.server, &address),
    ] {
        assert_eq!(by.get(path).await.status_code(), 404, "{path}");
    }
    let page = nobody.get(&format!("/r/{building}")).await.text();
    assert!(page.contains("示例甲管家") && !page.contains("<img"));
    let poster = nobody
        .get(&format!("/api/v1/buildings/{building}/poster"))
        .await;
    assert!(!holds(poster.as_bytes(), &bytes));
    assert_eq!(themselves.delete(&staff).await.status_code(), 404);
}

async fn a_photo_ends_with_the_post_and_with_the_consent_to_be_named(app: &App) {
    let (named, post, building) = served(app).await;
    let take = || send(&app.server, &named, photo(80), Some("2026-11-01"));
    let made = take().await;
    assert_eq!(made.status_code(), 200, "{}", made.text());
    let address = format!(
        "/r/photos/{}",
        made.json::<Value>()["hash"].as_str().unwrap()
    );
    let nobody = browser(&app.services);

    // The consent to be named is withdrawn, wherever that is written.
    let silent = Housekeeper {
        consent: None,
        ..named.clone()
    };
    let (now, today) = (app.services.now(), app.services.picture().today);
    let of = |keepers| Roster {
        keepers,
        appointments: &[],
    };
    let actor = app.services.operator();
    let mut tx = app.services.store().begin().await.unwrap();
    let mut conn = tx.conn();
    conn.housekeeper_upsert(std::slice::from_ref(&silent))
        .await
        .unwrap();
    let (before, after) = (
        of(std::slice::from_ref(&named)),
        of(std::slice::from_ref(&silent)),
    );
    roster_written(&mut conn, before, after, today, &actor, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.services.reload().await.unwrap();
    assert_eq!(kept(app).await, 0);
    assert_eq!(nobody.get(&address).await.status_code(), 404);

    // The post is over by the calendar: hidden at once, and removed by retention.
    served(app).await;
    assert_eq!(take().await.status_code(), 200);
    assert_eq!(nobody.get(&address).await.status_code(), 200);
    let over = Appointment {
        end: today.pred_opt(),
        ..post.clone()
    };
    for (end, status) in [(&over, 404), (&post, 200)] {
        let mut tx = app.services.store().begin().await.unwrap();
        tx.conn()
            .appointment_upsert(std::slice::from_ref(end))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        app.services.reload().await.unwrap();
        assert_eq!(nobody.get(&address).await.status_code(), status);
        let due = app.services.retain(&actor, true).await.unwrap().portraits;
        assert_eq!(due, u64::from(status == 404));
    }
    assert_eq!(
        app.services.retain(&actor, false).await.unwrap().portraits,
        0
    );
    assert_eq!(kept(app).await, 1);

    // Somebody ends the post: photo and notice go in the same transaction.
    hang(app, &building).await;
    let last = today.pred_opt().unwrap();
    let end = json!({ "do": "end", "last": last, "reason": "resigned" });
    let acts = format!("/api/v1/appointments/{}/acts", post.id);
    assert_eq!(app.server.post(&acts).json(&end).await.status_code(), 204);
    assert_eq!(kept(app).await, 0);
    assert_eq!(
        board(app, &building).await.stored_state,
        NoticeState::ToRemove
    );
    assert_eq!(nobody.get(&address).await.status_code(), 404);
    let refused = take().await;
    assert_eq!(code(&refused), (409, "not_in_post".into()));
}

async fn keepers_take_their_consent_to_be_named_back_and_only_the_roster_notes_it(app: &App) {
    let (named, _, building) = served(app).await;
    let nobody = browser(&app.services);
    let page = || async { nobody.get(&format!("/r/{building}")).await.text() };
    assert!(page().await.contains("示例甲管家"));
    let made = send(&app.server, &named, photo(80), Some("2026-11-01")).await;
    assert_eq!(made.status_code(), 200, "{}", made.text());
    hang(app, &building).await;

    let path = format!("/api/v1/people/{}/consent", named.id);
    let own = format!("keeper:{}", named.id);
    let themselves = app.person("keeper", &[("housekeeper", &own)]).await;
    assert_eq!(nobody.delete(&path).await.status_code(), 401);
    assert_eq!(themselves.delete(&path).await.status_code(), 204);
    assert!(!page().await.contains("示例甲管家"));
    assert_eq!(kept(app).await, 0, "no photo of somebody who is not named");
    let notice = board(app, &building).await;
    assert_eq!(
        (notice.stored_state, notice.reason),
        (NoticeState::ToReplace, Some(NoticeReason::KeeperChanged))
    );
    assert_eq!(themselves.delete(&path).await.status_code(), 404);

    let community = community_code(OWN, 1);
    let secretary = app
        .person("secretary", &[("community_secretary", &community)])
        .await;
    let leader = app.person("leader", &[("street_leader", OWN)]).await;
    let elsewhere = community_code(OTHER, 1);
    let other = app
        .person("other", &[("community_secretary", &elsewhere)])
        .await;
    let today = app.services.picture().today;
    for (by, on, status) in [
        (&nobody, today, 401),
        (&themselves, today, 403),
        (&leader, today, 403),
        (&other, today, 404),
        (&secretary, today.succ_opt().unwrap(), 422),
        (&secretary, "1901-01-01".parse().unwrap(), 422),
        (&secretary, today, 204),
    ] {
        let answer = by.put(&path).json(&json!({ "on": on })).await;
        assert_eq!(answer.status_code(), status, "{on}: {}", answer.text());
    }
    assert!(page().await.contains("示例甲管家"));
    let card = app.get(&format!("/api/v1/people/{}", named.id)).await;
    assert_eq!(card["consent"], json!(today));
}
