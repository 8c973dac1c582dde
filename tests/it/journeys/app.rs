//! A server on a throw-away GeoPackage, and people who are signed in.

use axum_test::TestServer;
use axum_test::multipart::{MultipartForm, Part};
use gridkeeper::config::Config;
use gridkeeper::domain::Actor;
use gridkeeper::domain::access::Grant;
use gridkeeper::services::Services;
use gridkeeper::services::accounts::NewAccount;
use gridkeeper::services::jobs::{JobKind, JobState};
use serde_json::Value;
use std::time::Duration;

/// A password that is good enough.
pub const PASSWORD: &str = "otter lamp Weide 19";

/// Makes an account with these roles and signs it in, in a browser of its own.
pub async fn person(services: &Services, login: &str, grants: &[(&str, &str)]) -> TestServer {
    let grants = grants
        .iter()
        .map(|(role, scope)| Grant {
            role: role.parse().unwrap(),
            scope: scope.parse().unwrap(),
        })
        .collect();
    let ask = NewAccount {
        login: login.to_owned(),
        name: format!("示例 {login}"),
        grants,
    };
    let by = Actor::command_line("test");
    let made = services.account_make(&by, "console", ask).await.unwrap();
    let (_, ticket) = made.link.split_once('.').unwrap();
    let mut browser = browser(services);
    let body = serde_json::json!({ "ticket": ticket, "password": PASSWORD });
    let entered = browser.post("/api/v1/session/welcome").json(&body).await;
    assert_eq!(entered.status_code(), 200, "{}", entered.text());
    let session: Value = entered.json();
    browser.add_header("x-csrf-token", session["csrf"].as_str().unwrap());
    browser
}

/// A browser that nobody signed in with.
pub fn browser(services: &Services) -> TestServer {
    let router = gridkeeper::api::router(services.clone());
    TestServer::builder().save_cookies().build(router)
}

pub struct App {
    pub server: TestServer,
    pub services: Services,
    pub url: String,
    _dir: tempfile::TempDir,
    /// Keeps the database as long as the app.
    #[allow(dead_code)]
    postgis_guard: Option<crate::support::postgis::TestPostgis>,
}

impl App {
    /// An empty database.
    pub async fn empty() -> Self {
        Self::with(Config::default()).await
    }

    /// An empty database with these settings.
    pub async fn with(config: Config) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("gpkg:{}", dir.path().join("test.gpkg").display());
        Self::opened(dir, url, config).await
    }

    /// The demo street in an empty database that is there already: on PostGIS.
    pub async fn demo_on(url: &str, config: Config) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let app = Self::opened(dir, url.to_owned(), config).await;
        app.fill(false).await;
        app
    }

    async fn opened(dir: tempfile::TempDir, url: String, mut config: Config) -> Self {
        // Beside a GeoPackage by itself; a server has no such place.
        config.security.key_file = Some(dir.path().join("test.key"));
        config.security.checkpoint_file = Some(dir.path().join("test.audit.json"));
        config.backup.folder = dir.path().join("backups");
        let services = Services::open(&url.parse().unwrap(), config, true)
            .await
            .unwrap();
        // Draws everywhere: what most journeys are about. The other roles have tests of their own.
        let server = person(&services, "tester", &[("grid_admin", "everywhere")]).await;
        Self {
            server,
            services,
            url,
            _dir: dir,
            postgis_guard: None,
        }
    }

    /// An empty database on PostGIS.
    pub async fn on_postgis() -> Self {
        let postgis = crate::support::postgis::TestPostgis::new().await;
        let mut app = Self::at(&postgis.url).await;
        app.postgis_guard = Some(postgis);
        app
    }

    /// An empty database at an address.
    pub async fn at(url: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::opened(dir, url.to_owned(), Config::default()).await
    }

    /// The same database as somebody else sees it.
    pub fn as_person(&self, server: TestServer) -> Self {
        Self {
            server,
            services: self.services.clone(),
            url: self.url.clone(),
            _dir: tempfile::tempdir().unwrap(),
            postgis_guard: None,
        }
    }

    /// The demo street, planned and in force. Without its issues, which take their time to be stored.
    pub async fn demo() -> Self {
        Self::demo_with(false).await
    }

    /// The demo street as `gridkeeper demo` makes it.
    pub async fn demo_with_issues() -> Self {
        Self::demo_with(true).await
    }

    async fn demo_with(issues: bool) -> Self {
        let app = Self::empty().await;
        app.fill(issues).await;
        app
    }

    /// Makes the demo street in the empty database.
    pub async fn fill(&self, issues: bool) {
        let app = self;
        let (_, job) = app
            .services
            .jobs()
            .start(JobKind::Plan, chrono::Utc::now())
            .unwrap();
        let (actor, seed) = (app.services.operator(), gridkeeper::demo::DEFAULT_SEED);
        let made = if issues {
            app.services.make_demo(&actor, None, seed, job).await
        } else {
            let services = &app.services;
            services
                .make_demo_without_issues(&actor, None, seed, job)
                .await
        };
        made.unwrap();
    }

    pub async fn get(&self, path: &str) -> Value {
        let response = self.server.get(path).await;
        assert_eq!(response.status_code(), 200, "{path}: {}", response.text());
        response.json()
    }

    /// Somebody with other roles, in a browser of their own.
    pub async fn person(&self, login: &str, grants: &[(&str, &str)]) -> TestServer {
        person(&self.services, login, grants).await
    }

    /// Whoever approves.
    pub async fn leader(&self) -> TestServer {
        let random = uuid::Uuid::now_v7().simple().to_string();
        let login = format!("leader-{}", &random[24..]);
        self.person(&login, &[("street_leader", "everywhere")])
            .await
    }

    /// Hands a draft in, and has it approved and put into force by a leader.
    pub async fn publish(&self, plan: &str) -> Value {
        let submit =
            serde_json::json!({ "to": "in_review", "reason": "请审核", "acknowledge": true });
        let path = format!("/api/v1/plans/{plan}");
        let sent = self
            .server
            .post(&format!("{path}:transition"))
            .json(&submit)
            .await;
        assert_eq!(sent.status_code(), 200, "{}", sent.text());
        let publish = serde_json::json!({ "reason": "测试", "acknowledge": true });
        let done = self
            .leader()
            .await
            .post(&format!("{path}:publish"))
            .json(&publish)
            .await;
        assert_eq!(done.status_code(), 200, "{}", done.text());
        done.json()
    }

    /// Follows a job to its end.
    pub async fn job(&self, started: &Value) -> Value {
        let id = started["job_id"].as_str().expect("a job was started");
        for _ in 0..6000 {
            let view = self.get(&format!("/api/v1/jobs/{id}")).await;
            if !matches!(view["state"].as_str(), Some("queued" | "running")) {
                return view;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the job did not end");
    }

    /// Imports a file and gives the job's end and the import.
    pub async fn import(
        &self,
        name: &str,
        bytes: &[u8],
        fields: &[(&str, &str)],
    ) -> (Value, Value) {
        let mut form = MultipartForm::new().add_part(
            "file",
            Part::bytes(bytes.to_vec()).file_name(name.to_owned()),
        );
        for (field, value) in fields {
            form = form.add_text((*field).to_owned(), (*value).to_owned());
        }
        let response = self.server.post("/api/v1/imports").multipart(form).await;
        assert_eq!(response.status_code(), 202, "{}", response.text());
        let started: Value = response.json();
        let job = self.job(&started).await;
        if job["state"] != "done" {
            return (job, Value::Null);
        }
        let id = started["import_id"].as_str().unwrap();
        let import = self.get(&format!("/api/v1/imports/{id}")).await;
        (job, import)
    }

    /// The error code of a failed job.
    pub fn code(job: &Value) -> &str {
        assert_eq!(job["state"], "failed", "{job}");
        job["error"]["code"].as_str().unwrap()
    }

    #[allow(dead_code, reason = "used by tests that compare states")]
    pub fn is_done(job: &Value) -> bool {
        job["state"] == serde_json::to_value(JobState::Done).unwrap()
    }
}
