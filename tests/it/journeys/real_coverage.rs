//! The compounds of a real city with synthetic keepers at 78 % of the quota: planned, mapped, exported.

use super::app::App;
use super::real_data::data;
use gridkeeper::domain::{
    Appointment, AppointmentId, AppointmentKind, Housekeeper, HousekeeperId, Terms,
    largest_remainder,
};
use serde_json::{Value, json};
use std::time::Instant;
use uuid::Uuid;

/// Keepers in post for 100 that are required.
const IN_POST_PERCENT: u64 = 78;

/// Appoints people who do not exist to 78 % of the posts, spread in proportion to the quota.
async fn appoint(app: &App) -> u64 {
    let picture = app.services.picture();
    let weights: Vec<(u64, String)> = picture
        .quotas
        .iter()
        .map(|quota| (quota.required.unwrap_or(0).into(), quota.id.to_string()))
        .collect();
    let keyed: Vec<(u64, &str)> = weights.iter().map(|(w, key)| (*w, key.as_str())).collect();
    let required: u64 = weights.iter().map(|(w, _)| w).sum();
    let posts = largest_remainder((required * IN_POST_PERCENT).div_ceil(100), &keyed);
    let (mut keepers, mut appointments) = (Vec::new(), Vec::new());
    for (quota, posts) in picture.quotas.iter().zip(posts) {
        for _ in 0..posts {
            let n = keepers.len() + 1;
            let keeper = Housekeeper {
                id: HousekeeperId::new(Uuid::now_v7()),
                natural_key: format!("synthetic-{n}"),
                code: None,
                name: format!("示例甲{n:02}"),
                community: quota.community,
                duty_phone: None,
                private_phone: None,
                birth_date: None,
                party_join_date: None,
                consent: None,
                residence: None,
                source: None,
                import: None,
            };
            appointments.push(Appointment {
                id: AppointmentId::new(Uuid::now_v7()),
                district_code: quota.community.district_code(),
                housekeeper: keeper.id,
                compound: Some(quota.id),
                kind: AppointmentKind::FullTime,
                start: picture.today,
                end: None,
                terms: Terms::default(),
            });
            keepers.push(keeper);
        }
    }
    let mut tx = app.services.store().begin().await.unwrap();
    tx.conn().housekeeper_upsert(&keepers).await.unwrap();
    tx.conn().appointment_upsert(&appointments).await.unwrap();
    tx.commit().await.unwrap();
    app.services.reload().await.unwrap();
    keepers.len() as u64
}

async fn timed(what: &str, app: &App, path: &str) -> Value {
    let start = Instant::now();
    let answer = app.get(path).await;
    println!("{what}: {} ms", start.elapsed().as_millis());
    answer
}

#[tokio::test]
async fn a_real_city_at_78_per_cent_of_its_quota_is_planned_mapped_and_exported() {
    let Some(data) = data() else { return };
    let app = App::empty().await;
    let bytes = std::fs::read(data.join("compounds/shanghai_compounds_bd09.csv")).unwrap();
    let fields = [
        ("kind", "compounds"),
        ("crs", "bd09"),
        ("region", "浦西浦东示例"),
    ];
    let (job, import) = app.import("shanghai.csv", &bytes, &fields).await;
    assert_eq!(job["state"], "done", "{job}");
    println!("import: {}", import["summary_en"]);
    let picture = app.services.picture();
    let street = picture.compounds[0].community.parent().unwrap().to_string();
    drop(picture);
    let keepers = appoint(&app).await;

    let base = format!("/api/v1/regions/{street}");
    let coverage = timed("coverage at all levels", &app, &format!("{base}/coverage")).await;
    let total = &coverage["total"];
    let required = total["required"].as_u64().unwrap();
    println!("{total}");
    assert_eq!(total["in_post"].as_u64(), Some(keepers));
    // Rounded for the whole region once, and as the sum of its compounds.
    let households = total["households"].as_u64().unwrap();
    assert_eq!(required, (households * 2 * 2 + 500) / 1000);
    let sum: u64 = coverage["compounds"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|compound| compound["required"].as_u64())
        .sum();
    assert_eq!(sum, required);
    let bp = total["coverage_bp"].as_u64().unwrap();
    assert!((7_700..=7_900).contains(&bp), "{bp}");

    let ask = json!({ "seed": 1 });
    let started = app
        .server
        .post(&format!("{base}/plans:balance"))
        .json(&ask)
        .await;
    let job = app.job(&started.json()).await;
    assert_eq!(job["state"], "done", "{job}");
    let plan = job["result"]["plan_id"].as_str().unwrap();
    let before = app.get(&format!("{base}/gaps")).await;
    let n = before["coverage"]["n"].as_u64().unwrap();
    let unassigned = before["totals"]["unassigned"]["buildings"]
        .as_u64()
        .unwrap();
    assert!(
        unassigned >= n,
        "no plan is in force: nothing is in an area"
    );
    app.publish(plan).await;

    let gaps = timed("gaps, graph included", &app, &format!("{base}/gaps")).await;
    timed("gaps again", &app, &format!("{base}/gaps")).await;
    println!("{}", gaps["totals"]);
    assert_eq!(gaps["totals"]["unassigned"]["buildings"], 0);
    assert!(gaps["totals"]["unstaffed"]["households"].as_u64().unwrap() > 0);
    assert_eq!(
        gaps["totals"]["too_far"]["buildings"], 0,
        "no home is known"
    );
    let best = timed("best 10 posts", &app, &format!("{base}/best-posts?n=10")).await;
    println!("{} of at most {}", best["total"], best["upper_bound"]);
    assert_eq!(best["posts"].as_array().unwrap().len(), 10);
    let pins: Vec<Value> = best["posts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|post| json!({ "point": post["point"] }))
        .collect();
    let start = Instant::now();
    let tried = app
        .server
        .post(&format!("{base}/posts:what-if"))
        .json(&json!({ "pins": pins }))
        .await;
    println!("ten pins: {} ms", start.elapsed().as_millis());
    let tried: Value = tried.json();
    let short = |side: &str| tried[side]["short"].as_u64().unwrap();
    assert!(short("before") - short("after") <= 10 && short("after") < short("before"));
    for format in ["geojson", "gpkg", "xlsx"] {
        let start = Instant::now();
        let path = format!("{base}/gaps:export?format={format}");
        let file = app.server.get(&path).await;
        assert_eq!(file.status_code(), 200);
        let (bytes, ms) = (file.as_bytes().len(), start.elapsed().as_millis());
        println!("{format}: {bytes} bytes in {ms} ms");
        if format == "geojson" {
            let map: Value = serde_json::from_slice(file.as_bytes()).unwrap();
            let features = map["features"].as_array().unwrap();
            assert_eq!(features.len(), gaps["items"].as_array().unwrap().len());
        }
    }
}
