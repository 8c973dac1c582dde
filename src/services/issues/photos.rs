//! Photos of issues: taken in clean, given out to whoever sees an issue that has them.
//!
//! Invariant: what the camera wrote is told to whoever sent the photo and kept nowhere; a photo that belongs to no
//! issue yet is shown only with the pass that its sender was given.

use super::sight::Standing;
use crate::domain::{Problem, Severity, hex};
use crate::formats::photo::{CleanPhoto, PhotoError, clean};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::storage::Photo;
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// Purpose of the signature of a pass.
const PASS: &str = "photo pass";
/// Hours that a pass holds: as long as a photo without an issue is kept.
const PASS_HOURS: i64 = 24;
/// Length of a hash, in hexadecimal digits.
const HASH_CHARS: usize = 64;

/// A photo that was taken in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PhotoMade {
    /// SHA-256 of what is kept, hexadecimal: what a report names.
    pub hash: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Where it can be looked at until it belongs to an issue, for a day.
    pub preview: String,
    /// When the camera says it was taken, in its own clock, without zone. Not kept: for the reporter to agree to.
    pub taken_at: Option<String>,
    /// Where the camera says it was taken, degrees, WGS 84. Not kept.
    pub lon: Option<f64>,
    /// Where the camera says it was taken, degrees, WGS 84. Not kept.
    pub lat: Option<f64>,
}

/// What whoever sent a photo was given to look at it.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct PhotoPass {
    /// Until when, in seconds since 1970; only for a photo that was just sent.
    pub until: Option<i64>,
    /// The signature of the pass.
    pub pass: Option<String>,
}

fn signed(hash: &str, until: i64) -> String {
    format!("{hash}:{until}")
}

/// Whether a text may be a hash: nothing else is asked of the store.
fn is_hash(text: &str) -> bool {
    text.len() == HASH_CHARS && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

impl Services {
    /// Takes a photo in.
    ///
    /// # Errors
    /// `Invalid` with what is wrong with the file.
    pub async fn photo_take(&self, bytes: Vec<u8>) -> Result<PhotoMade> {
        let cleaned = self.photo_work(move || clean(&bytes)).await?;
        let CleanPhoto {
            jpeg,
            width,
            height,
            taken_at,
            lon_lat,
        } = cleaned;
        let photo = Photo {
            hash: hex(&Sha256::digest(&jpeg)),
            mime: "image/jpeg",
            width,
            height,
            bytes: jpeg,
        };
        let now = self.now();
        let mut tx = self.store().begin().await?;
        tx.conn().photo_put(&photo, now).await?;
        tx.commit().await?;
        let until = (now + Duration::hours(PASS_HOURS)).timestamp();
        let pass = self.keys().sign(PASS, &signed(&photo.hash, until));
        Ok(PhotoMade {
            preview: format!("/api/v1/photos/{}?until={until}&pass={pass}", photo.hash),
            hash: photo.hash,
            width,
            height,
            taken_at: taken_at.map(|at| at.format("%Y-%m-%dT%H:%M:%S").to_string()),
            lon: lon_lat.map(|(lon, _)| lon),
            lat: lon_lat.map(|(_, lat)| lat),
        })
    }

    /// Decodes a photo aside.
    ///
    /// # Errors
    /// `Invalid` with what is wrong with the file.
    pub(in crate::services) async fn photo_work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> std::result::Result<T, PhotoError> + Send + 'static,
    ) -> Result<T> {
        // Decoding takes up to 300 MB: not more at once than there are turns for work of that kind.
        let turn = self.argon_turns().acquire().await;
        let done = tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Internal(format!("photo: {error}")))?;
        drop(turn);
        done.map_err(|error| Error::invalid(error.code(), error.zh(), error.to_string()))
    }

    /// Type and content of a photo.
    ///
    /// # Errors
    /// `NotFound`, also for a photo of issues that one does not see.
    pub async fn photo(
        &self,
        asker: &Asker,
        hash: &str,
        pass: &PhotoPass,
    ) -> Result<(String, Vec<u8>)> {
        let missing = || Error::NotFound(format!("photo {hash}"));
        if !is_hash(hash) {
            return Err(missing());
        }
        let now = self.now();
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        if !self.holds_pass(hash, pass, now) {
            let issues = conn.photo_issues(hash).await?;
            let rows = conn.issue_list(&issues).await?;
            let picture = self.picture();
            let catalog = self.issues().catalog();
            let standing = Standing::of(asker, &picture, now);
            let seen = rows.iter().map(|row| &row.issue).any(|issue| {
                let open = issue.public && !catalog.tree.is_sensitive(&issue.category);
                open || standing.sees(asker, &picture, issue)
            });
            if !seen
                && !self
                    .visit_photo_seen(asker, &picture, &mut conn, hash)
                    .await?
            {
                return Err(missing());
            }
        }
        conn.photo(hash).await?.ok_or_else(missing)
    }

    fn holds_pass(&self, hash: &str, pass: &PhotoPass, now: DateTime<Utc>) -> bool {
        let (Some(until), Some(signature)) = (pass.until, pass.pass.as_deref()) else {
            return false;
        };
        now.timestamp() < until && self.keys().verify(PASS, &signed(hash, until), signature)
    }

    /// A problem for every photo of a report that there is none of.
    pub(in crate::services) async fn photos_missing(
        &self,
        hashes: &[String],
    ) -> Result<Vec<Problem>> {
        if hashes.is_empty() {
            return Ok(Vec::new());
        }
        let asked: Vec<String> = hashes
            .iter()
            .filter(|hash| is_hash(hash))
            .cloned()
            .collect();
        let known = {
            let mut lease = self.store().read().await?;
            lease.conn().photos_known(&asked).await?
        };
        let mut seen = std::collections::HashSet::new();
        let problems = hashes.iter().filter_map(|hash| {
            let (code, zh, en) = if !known.contains(hash) {
                (
                    "photo_unknown",
                    format!("没有照片“{}”；请重新上传这张照片", short(hash)),
                    format!("there is no photo {}; send it again", short(hash)),
                )
            } else if !seen.insert(hash) {
                (
                    "photo_twice",
                    format!("照片“{}”列了两次；请去掉一次", short(hash)),
                    format!("the photo {} is named twice; leave one out", short(hash)),
                )
            } else {
                return None;
            };
            Some(Problem::new(Severity::Refused, code, zh, en).at_field("photos", hash))
        });
        Ok(problems.collect())
    }
}

/// Enough of a hash to find it.
fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}
