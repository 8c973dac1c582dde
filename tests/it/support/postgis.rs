//! A database on PostGIS for one test, cloned from a template, dropped at the end.
//!
//! The server is `TEST_DATABASE_URL`, else a private cluster that `scripts/test-postgis` starts.
//! Without PostgreSQL the tests fail and say what to install; they are never skipped silently.

use gridkeeper::storage::Store;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::process::Command;

/// One database; dropped with the value.
pub struct TestPostgis {
    pub store: Store,
    pub url: String,
    name: String,
    server: String,
}

/// The address of the server, and of nothing in particular on it.
fn server() -> String {
    if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
        return url;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/test-postgis");
    let run = |what: &str| {
        let output = Command::new(script)
            .arg(what)
            .output()
            .expect("scripts/test-postgis runs");
        assert!(
            output.status.success(),
            "these tests need PostgreSQL with PostGIS: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    run("start");
    run("url")
}

/// The address with another database name.
fn with_database(url: &str, name: &str) -> String {
    let (head, query) = url
        .split_once('?')
        .map_or((url, ""), |(head, query)| (head, query));
    let (scheme, rest) = head.split_once("://").expect("an address has a scheme");
    let authority = rest.split('/').next().unwrap();
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    format!("{scheme}://{authority}/{name}{query}")
}

impl TestPostgis {
    pub async fn new() -> Self {
        let server = tokio::task::spawn_blocking(server).await.unwrap();
        let mut admin = PgConnection::connect(&server)
            .await
            .unwrap_or_else(|error| {
                panic!("the test server does not answer ({error}); is TEST_DATABASE_URL right?")
            });
        let name = format!("gk_test_{}", uuid::Uuid::now_v7().simple());
        // One process at a time: a template must not be in use while it is copied.
        sqlx::query("SELECT pg_advisory_lock(20221205)")
            .execute(&mut admin)
            .await
            .unwrap();
        template(&mut admin, &server).await;
        sqlx::query(AssertSqlSafe(format!(
            "CREATE DATABASE {name} TEMPLATE gk_template"
        )))
        .execute(&mut admin)
        .await
        .unwrap();
        admin.close().await.unwrap();
        let url = with_database(&server, &name);
        let store = Store::open(&url.parse().unwrap()).await.unwrap();
        Self {
            store,
            url,
            name,
            server,
        }
    }
}

/// Makes the template, a database with PostGIS in it, unless it is there.
async fn template(admin: &mut PgConnection, server: &str) {
    const THERE: &str = "SELECT count(*) FROM pg_database WHERE datname = 'gk_template'";
    let there: i64 = sqlx::query_scalar(THERE)
        .fetch_one(&mut *admin)
        .await
        .unwrap();
    if there == 0 {
        sqlx::query("CREATE DATABASE gk_template")
            .execute(&mut *admin)
            .await
            .unwrap();
        let mut new = PgConnection::connect(&with_database(server, "gk_template"))
            .await
            .unwrap();
        sqlx::query("CREATE EXTENSION postgis").execute(&mut new).await.unwrap_or_else(|error| {
            panic!("PostGIS is missing ({error}); on Debian: apt-get install postgresql-15-postgis-3")
        });
        new.close().await.unwrap();
    }
}

impl Drop for TestPostgis {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let mut admin = PgConnection::connect(&server).await?;
                let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                sqlx::query(AssertSqlSafe(sql)).execute(&mut admin).await?;
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
            })
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            println!("note: the test database {} was not dropped", self.name);
        }
    }
}
