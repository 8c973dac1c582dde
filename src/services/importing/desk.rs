//! The desk where uploads and reports of dry runs lie until they are used or replaced.

use crate::domain::{Import, ImportId};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use uuid::Uuid;

/// How many uploads and reports are kept.
const KEPT: usize = 20;

/// A file that was sent; it is removed with its last user.
#[derive(Debug)]
pub struct Upload {
    /// Removed when dropped.
    pub dir: TempDir,
    /// The file to open (the `.shp` of loose shapefile parts).
    pub path: PathBuf,
    /// Name as the user gave it.
    pub name: String,
}

/// Uploads and dry runs.
#[derive(Default)]
pub struct Desk {
    uploads: Mutex<VecDeque<(Uuid, Arc<Upload>)>>,
    dry_runs: Mutex<VecDeque<Import>>,
}

impl Desk {
    /// Keeps an upload and gives its token.
    pub fn keep(&self, upload: Arc<Upload>) -> Uuid {
        // An identity, not a secret: the server listens on loopback.
        let token = Uuid::now_v7();
        let mut uploads = lock(&self.uploads);
        uploads.push_back((token, upload));
        while uploads.len() > KEPT {
            uploads.pop_front();
        }
        token
    }

    /// The upload of a token.
    pub fn upload(&self, token: Uuid) -> Option<Arc<Upload>> {
        lock(&self.uploads).iter().find(|(known, _)| *known == token).map(|(_, upload)| upload.clone())
    }

    /// Keeps the report of a dry run.
    pub fn keep_dry_run(&self, import: Import) {
        let mut dry_runs = lock(&self.dry_runs);
        dry_runs.push_back(import);
        while dry_runs.len() > KEPT {
            dry_runs.pop_front();
        }
    }

    /// The report of a dry run.
    pub fn dry_run(&self, id: ImportId) -> Option<Import> {
        lock(&self.dry_runs).iter().find(|import| import.id == id).cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
