//! Throw-away databases for the tests.

pub mod postgis;

use gridkeeper::storage::{DatabaseUrl, Store};

/// A GeoPackage in a directory that goes away with it.
pub struct TestGpkg {
    pub store: Store,
    pub dir: tempfile::TempDir,
}

impl TestGpkg {
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&url_in(&dir)).await.unwrap();
        Self { store, dir }
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("test.gpkg")
    }

    pub fn url(&self) -> DatabaseUrl {
        url_in(&self.dir)
    }
}

fn url_in(dir: &tempfile::TempDir) -> DatabaseUrl {
    DatabaseUrl::Gpkg(dir.path().join("test.gpkg"))
}
