//! Sensitive fields at rest and on request: sealed in the file and in backups, opened with a reason, sealed anew.

use super::city::{CANARIES, OWN, city, own_scope};
use crate::journeys::app::{App, browser, person};
use axum_test::TestServer;
use gridkeeper::config::Config;
use gridkeeper::domain::Actor;
use gridkeeper::domain::access::{Action, Object, Role, rights};
use gridkeeper::services::Services;
use serde_json::{Value, json};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::path::{Path, PathBuf};

fn file(app: &App) -> PathBuf {
    PathBuf::from(app.url.strip_prefix("gpkg:").unwrap())
}

/// Everything that lies in a folder, as bytes: the database, its log, backups.
fn bytes_of(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(bytes_of(&path));
        } else {
            all.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    all
}

fn holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let inside = |bytes: &[u8]| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    bytes_of(folder)
        .into_iter()
        .filter(|(_, bytes)| inside(bytes))
        .map(|(path, _)| path)
        .collect()
}

#[tokio::test]
async fn no_canary_stands_in_the_file_its_log_or_a_backup() {
    let app = city().await;
    app.services.backup_automatically("test").await.unwrap();
    let folder = file(&app).parent().unwrap().to_owned();
    for canary in CANARIES {
        assert_eq!(holding(&folder, canary), Vec::<PathBuf>::new(), "{canary}");
    }
    let key = std::fs::read_to_string(folder.join("test.key")).unwrap();
    let key = key.lines().nth(1).unwrap();
    let with_key: Vec<String> = holding(&folder, key)
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(
        with_key.len() == 2
            && with_key
                .iter()
                .all(|name| name == "test.key" || name == "test.recovery.txt"),
        "{with_key:?}"
    );
}

fn keeper(app: &App) -> String {
    let picture = app.services.picture();
    let found = picture.housekeepers.iter().find(|k| k.name == "示例甲管家");
    found.unwrap().id.to_string()
}

#[tokio::test]
async fn a_field_is_masked_until_somebody_entitled_says_why_and_that_is_noted() {
    let app = city().await;
    let path = format!("/api/v1/housekeepers/{}/contact", keeper(&app));
    let admin = app.person("ga", &[("grid_admin", OWN)]).await;
    let masked: Value = admin.get(&path).await.json();
    assert_eq!(masked["private_phone"], "100****0031");
    assert_eq!(masked["birth_date"], "196*-**-**");
    let silent = admin.post(&path).json(&json!({ "reason": " " })).await;
    assert_eq!(silent.status_code(), 422);
    let open: Value = admin
        .post(&path)
        .json(&json!({ "reason": "核对聘任年龄" }))
        .await
        .json();
    assert_eq!(
        (&open["private_phone"], &open["birth_date"]),
        (&CANARIES[0].into(), &CANARIES[3].into())
    );
    // A leader sees it masked, a planner not at all, a neighbour's administrator not even that it is there.
    let leader = app.person("sl", &[("street_leader", OWN)]).await;
    assert_eq!(
        leader.get(&path).await.json::<Value>()["private_phone"],
        "100****0031"
    );
    assert_eq!(
        leader
            .post(&path)
            .json(&json!({ "reason": "想看看" }))
            .await
            .status_code(),
        403
    );
    let planner = app.person("pl", &[("planner", OWN)]).await;
    assert_eq!(planner.get(&path).await.status_code(), 403);
    let other = app.person("gb", &[("grid_admin", "999001002000")]).await;
    assert_eq!(other.get(&path).await.status_code(), 404);
    // The person asks who looked.
    let id = keeper(&app);
    let own = app
        .person("k", &[("housekeeper", &format!("keeper:{id}"))])
        .await;
    let seen: Value = own
        .get(&format!("/api/v1/housekeepers/{id}/accesses"))
        .await
        .json();
    assert_eq!(seen.as_array().unwrap().len(), 1, "{seen}");
    assert_eq!(
        (&seen[0]["purpose"], &seen[0]["actor_name"]),
        (&"核对聘任年龄".into(), &"示例 ga".into())
    );
    let nobody = admin
        .get(&format!("/api/v1/housekeepers/{id}/accesses"))
        .await;
    assert_eq!(nobody.status_code(), 404);
}

async fn reopened(app: App, config: Config) -> (Services, App) {
    let url = app.url.clone();
    let App {
        services, server, ..
    } = &app;
    let _ = (services, server);
    let services = Services::open(&url.parse().unwrap(), config, false)
        .await
        .unwrap();
    (services, app)
}

#[tokio::test]
async fn without_the_key_fields_are_locked_and_the_service_goes_on() {
    let app = city().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.security.key_file = Some(elsewhere.path().join("other.key"));
    let (services, app) = reopened(app, config).await;
    let reason = services.keys().locked().unwrap().clone();
    assert!(reason.en.contains("does not exist"), "{reason:?}");
    assert!(reason.zh.contains("不存在"), "{reason:?}");
    assert!(
        !elsewhere.path().join("other.key").exists(),
        "no second key is made for a database that has one"
    );
    assert!(!services.picture().housekeepers.is_empty());
    let id = keeper(&app).parse().unwrap();
    let asker = gridkeeper::services::accounts::Asker {
        actor: Actor::command_line("test"),
        grants: gridkeeper::domain::access::Grants::of(vec![gridkeeper::domain::access::Grant {
            role: "grid_admin".parse().unwrap(),
            scope: OWN.parse().unwrap(),
        }]),
        proof: gridkeeper::services::accounts::Proof::None,
        origin: "test".into(),
        must_enrol: false,
    };
    let view = services.contact(&asker, id).unwrap();
    assert_eq!((view.private_phone, view.locked), (None, Some(reason)));
    assert!(
        services
            .contact_reveal(&asker, id, "核对聘任年龄")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn why_fields_are_locked_names_files_of_the_server_and_is_told_to_readers_of_contacts_alone()
{
    let app = city().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.security.key_file = Some(elsewhere.path().join("other.key"));
    let (services, _app) = reopened(app, config).await;
    let told = async |one: &TestServer| -> String {
        let meta: Value = one.get("/api/v1/meta").await.json();
        meta["fields_locked"].to_string()
    };
    for &role in Role::ALL {
        let reads = rights(role, Object::KeeperContact).allows(Action::Read);
        let one = if role == Role::Public {
            browser(&services)
        } else {
            let scope = own_scope(&services, role);
            person(&services, role.as_str(), &[(role.as_str(), &scope)]).await
        };
        let why = told(&one).await;
        assert_eq!(why.contains("other.key"), reads, "{role}: {why}");
        assert_eq!(why == "null", !reads, "{role}: {why}");
    }
}

#[tokio::test]
async fn a_new_key_opens_everything_and_the_log_stays_whole() {
    let app = city().await;
    let folder = file(&app).parent().unwrap().to_owned();
    let former = app.services.keys().fingerprint().unwrap();
    let compound = app.services.picture().compounds[0].id.to_string();
    let catalog = app.services.issues().catalog();
    let plain = catalog.tree.leaves().find(|leaf| leaf.questions.is_empty());
    let report = serde_json::json!({ "category": plain.unwrap().code, "black_text": "示例", "reporter_phone": "10010020077",
        "place": { "kind": "compound", "compound": compound } });
    let made = crate::journeys::app::browser(&app.services)
        .post("/api/v1/issues")
        .json(&report)
        .await;
    assert_eq!(made.status_code(), 201, "{}", made.text());
    let issue = made.json::<serde_json::Value>()["id"].clone();
    let n = app
        .services
        .key_rotate(&Actor::command_line("test"))
        .await
        .unwrap();
    assert!(n >= 3, "{n}");
    assert!(
        folder.join(format!("test.{former}.key")).exists(),
        "old backups need the old key"
    );
    let (services, app) = reopened(app, Config::default()).await;
    assert_eq!(services.keys().locked(), None);
    assert_ne!(services.keys().fingerprint().unwrap(), former);
    let report = services.audit_verify().await.unwrap();
    assert!(report.whole, "{}", report.en);
    let picture = services.picture();
    let keeper = picture
        .housekeepers
        .iter()
        .find(|k| k.name == "示例甲管家")
        .unwrap();
    let stored = keeper.private_phone.as_ref().unwrap().as_stored();
    let open = services
        .keys()
        .unseal(
            gridkeeper::services::keys::PRIVATE_PHONE,
            &keeper.id.to_string(),
            stored,
        )
        .unwrap();
    assert_eq!(open, CANARIES[0]);
    let id = issue.as_str().unwrap().parse().unwrap();
    let row = {
        let mut lease = services.store().read().await.unwrap();
        let found = lease.conn().issue_list(&[id]).await.unwrap();
        found.into_iter().next().unwrap()
    };
    let phone = row.reporter_phone.unwrap();
    let field = gridkeeper::services::keys::REPORTER_PHONE;
    let open = services
        .keys()
        .unseal(field, &id.to_string(), phone.as_stored());
    assert_eq!(open.unwrap(), "10010020077");
    drop(app);
}

#[tokio::test]
async fn columns_that_an_earlier_version_stored_in_the_clear_are_rewritten_and_forgotten() {
    let app = city().await;
    let path = file(&app);
    let mut old = SqliteConnectOptions::new()
        .filename(&path)
        .connect()
        .await
        .unwrap();
    let clear = "10010020099";
    sqlx::query("UPDATE housekeeper SET private_phone = $1, birth_date = '1960-02-29', private_phone_sealed = NULL, birth_date_sealed = NULL")
        .bind(clear)
        .execute(&mut old)
        .await
        .unwrap();
    sqlx::query("UPDATE import_change SET before = json_object('id', lower(hex(row_id))) WHERE table_name = 'nothing'")
        .execute(&mut old)
        .await
        .unwrap();
    drop(old);
    let folder = path.parent().unwrap().to_owned();
    assert!(!holding(&folder, clear).is_empty());
    let (services, app) = reopened(app, Config::default()).await;
    let left: Vec<PathBuf> = holding(&folder, clear)
        .into_iter()
        .filter(|path| !path.to_string_lossy().contains("backups"))
        .collect();
    assert_eq!(
        left,
        Vec::<PathBuf>::new(),
        "neither in the file nor in its log"
    );
    let picture = services.picture();
    let keeper = &picture.housekeepers[0];
    let stored = keeper.birth_date.as_ref().unwrap().as_stored();
    let open = services
        .keys()
        .unseal(
            gridkeeper::services::keys::BIRTH_DATE,
            &keeper.id.to_string(),
            stored,
        )
        .unwrap();
    assert_eq!(open, "1960-02-29");
    drop(app);
}
