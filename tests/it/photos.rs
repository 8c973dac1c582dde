//! Photos: taken in clean, given out to those who see an issue that has them, removed when none does.

use crate::access::city::{OTHER, OWN, city, community_code};
use crate::journeys::app::browser;
use axum_test::multipart::{MultipartForm, Part};
use axum_test::{TestResponse, TestServer};
use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::{Value, json};
use std::io::Cursor;

fn png(shade: u8) -> Vec<u8> {
    let image: DynamicImage = RgbImage::from_pixel(64, 48, image::Rgb([shade, 90, 200])).into();
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

async fn send(person: &TestServer, bytes: Vec<u8>, name: &str) -> TestResponse {
    let part = Part::bytes(bytes).file_name(name).mime_type("image/png");
    let form = MultipartForm::new().add_part("photo", part);
    person.post("/api/v1/photos").multipart(form).await
}

async fn sent(person: &TestServer, shade: u8) -> Value {
    let answer = send(person, png(shade), "a.png").await;
    assert_eq!(answer.status_code(), 201, "{}", answer.text());
    answer.json()
}

async fn report(person: &TestServer, photos: &[&str]) -> TestResponse {
    let body = json!({ "category": "utilities.lighting", "black_text": "路灯不亮", "photos": photos,
        "place": { "kind": "region", "region": community_code(OWN, 1) } });
    person.post("/api/v1/issues").json(&body).await
}

#[tokio::test]
async fn a_photo_is_seen_by_its_sender_then_by_those_who_see_the_issue() {
    let app = city().await;
    let community = community_code(OWN, 1);
    let own = app
        .person("own", &[("community_secretary", &community)])
        .await;
    let elsewhere = community_code(OTHER, 1);
    let other = app
        .person("other", &[("community_secretary", &elsewhere)])
        .await;
    let nobody = browser(&app.services);
    let made = sent(&own, 10).await;
    let hash = made["hash"].as_str().unwrap();
    let path = format!("/api/v1/photos/{hash}");
    // With the pass alone, until it belongs to an issue.
    let preview = made["preview"].as_str().unwrap();
    let shown = nobody.get(preview).await;
    assert_eq!(shown.status_code(), 200);
    assert_eq!(shown.header("content-type"), "image/jpeg");
    assert_eq!(
        shown.header("cache-control"),
        "private, max-age=31536000, immutable"
    );
    assert_eq!(&shown.as_bytes()[..3], b"\xff\xd8\xff");
    for path in [
        &path,
        &preview.replace("pass=", "pass=0"),
        &preview.replace("until=1", "until=2"),
    ] {
        assert_eq!(own.get(path).await.status_code(), 404, "{path}");
    }

    let issue = report(&own, &[hash]).await;
    assert_eq!(issue.status_code(), 201, "{}", issue.text());
    assert_eq!(issue.json::<Value>()["photos"], json!([hash]));
    assert_eq!(own.get(&path).await.status_code(), 200);
    assert_eq!(other.get(&path).await.status_code(), 404);
    assert_eq!(nobody.get(&path).await.status_code(), 404);
    // The browser has it already.
    let again = own
        .get(&path)
        .add_header("if-none-match", format!("\"{hash}\""))
        .await;
    assert_eq!(again.status_code(), 304);
    assert_eq!(
        own.get("/api/v1/photos/..%2f..%2fkey").await.status_code(),
        404
    );
}

#[tokio::test]
async fn what_is_no_photo_is_refused_with_the_reason() {
    let app = city().await;
    let nobody = browser(&app.services);
    let html = b"<!DOCTYPE html><html><script>alert(1)</script></html>".to_vec();
    for (bytes, code) in [
        (html, "photo_not_a_photo"),
        (Vec::new(), "photo_empty"),
        (png(1)[..40].to_vec(), "photo_damaged"),
        (vec![0xff; (10 << 20) + 1], "photo_too_large"),
        (vec![0xff; 12 << 20], "photo_too_large"),
    ] {
        let answer = send(&nobody, bytes, "photo.png").await;
        assert_eq!(answer.status_code(), 422, "{code}: {}", answer.text());
        let problem: Value = answer.json();
        assert_eq!(problem["type"], format!("/problems/{code}"));
        assert!(!problem["detail"].as_str().unwrap().is_empty());
    }
    let answer = nobody.post("/api/v1/photos").json(&json!({})).await;
    assert_eq!(answer.status_code(), 400, "{}", answer.text());
}

#[tokio::test]
async fn a_report_has_at_most_five_photos_that_exist_and_each_once() {
    let app = city().await;
    let community = community_code(OWN, 1);
    let own = app
        .person("own", &[("community_secretary", &community)])
        .await;
    let mut hashes = Vec::new();
    for shade in 0..6 {
        let made = sent(&own, shade * 40).await;
        hashes.push(made["hash"].as_str().unwrap().to_owned());
    }
    let all: Vec<&str> = hashes.iter().map(String::as_str).collect();
    let nothing = "0".repeat(64);
    for (photos, code) in [
        (all.clone(), "too_many_photos"),
        (vec![all[0], nothing.as_str()], "photo_unknown"),
        (vec!["<script>"], "photo_unknown"),
        (vec![all[0], all[0]], "photo_twice"),
    ] {
        let answer = report(&own, &photos).await;
        assert_eq!(answer.status_code(), 422, "{}", answer.text());
        let problems: Value = answer.json();
        assert_eq!(problems["problems"][0]["code"], code, "{problems}");
    }
    let fifty = vec![all[0]; 50];
    assert_eq!(report(&own, &fifty).await.status_code(), 422);
    assert_eq!(report(&own, &all[..5]).await.status_code(), 201);
}

#[tokio::test]
async fn a_photo_without_an_issue_goes_after_a_day() {
    let app = city().await;
    let community = community_code(OWN, 1);
    let own = app
        .person("own", &[("community_secretary", &community)])
        .await;
    let (kept, lone, fresh) = (
        sent(&own, 1).await,
        sent(&own, 80).await,
        sent(&own, 160).await,
    );
    let hash = |made: &Value| made["hash"].as_str().unwrap().to_owned();
    assert_eq!(report(&own, &[&hash(&kept)]).await.status_code(), 201);
    let long_ago = app.services.now() - chrono::Duration::hours(25);
    for made in [&kept, &lone] {
        let (_, bytes) = {
            let mut lease = app.services.store().read().await.unwrap();
            lease.conn().photo(&hash(made)).await.unwrap().unwrap()
        };
        let photo = gridkeeper::storage::Photo {
            hash: hash(made),
            mime: "image/jpeg",
            width: 64,
            height: 48,
            bytes,
        };
        let mut tx = app.services.store().begin().await.unwrap();
        tx.conn().photo_put(&photo, long_ago).await.unwrap();
        tx.commit().await.unwrap();
    }
    let actor = app.services.operator();
    assert_eq!(app.services.retain(&actor, true).await.unwrap().photos, 1);
    assert_eq!(app.services.retain(&actor, false).await.unwrap().photos, 1);
    let all = [hash(&kept), hash(&lone), hash(&fresh)];
    let mut lease = app.services.store().read().await.unwrap();
    let known = lease.conn().photos_known(&all).await.unwrap();
    assert!(known.contains(&all[0]) && !known.contains(&all[1]) && known.contains(&all[2]));
}
