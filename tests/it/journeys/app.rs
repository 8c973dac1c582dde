//! A server on a throw-away GeoPackage.

use axum_test::TestServer;
use axum_test::multipart::{MultipartForm, Part};
use gridkeeper::config::Config;
use gridkeeper::services::Services;
use gridkeeper::services::jobs::{JobKind, JobState};
use serde_json::Value;
use std::time::Duration;

pub struct App {
    pub server: TestServer,
    pub services: Services,
    pub url: String,
    _dir: tempfile::TempDir,
}

impl App {
    /// An empty database.
    pub async fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("gpkg:{}", dir.path().join("test.gpkg").display());
        let services = Services::open(&url.parse().unwrap(), Config::default(), true)
            .await
            .unwrap();
        let server = TestServer::new(gridkeeper::api::router(services.clone()));
        Self {
            server,
            services,
            url,
            _dir: dir,
        }
    }

    /// The demo street, planned and in force.
    pub async fn demo() -> Self {
        let app = Self::empty().await;
        let (_, job) = app
            .services
            .jobs()
            .start(JobKind::Plan, chrono::Utc::now())
            .unwrap();
        app.services
            .make_demo(
                &app.services.operator(),
                None,
                gridkeeper::demo::DEFAULT_SEED,
                job,
            )
            .await
            .unwrap();
        app
    }

    pub async fn get(&self, path: &str) -> Value {
        let response = self.server.get(path).await;
        assert_eq!(response.status_code(), 200, "{path}: {}", response.text());
        response.json()
    }

    /// A second person at this computer.
    pub async fn reviewer(&self) -> String {
        let body = serde_json::json!({ "name": "示例审核员" });
        let made = self.server.post("/api/v1/profiles").json(&body).await;
        assert_eq!(made.status_code(), 201, "{}", made.text());
        made.json::<Value>()["id"].as_str().unwrap().to_owned()
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
