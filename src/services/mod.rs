//! Use cases: the only place that opens transactions.
//!
//! [`Services`] is cheap to clone. Reads come from the [`picture::Picture`] in memory, writes go to the store
//! and swap the picture afterwards. Invariant: what a reader sees belongs to one data version.

pub mod accounts;
pub mod audit;
pub mod balancing;
pub mod check;
pub mod contacts;
pub mod coverage;
pub mod demo_city;
mod demo_issues;
mod demo_people;
mod demo_visits;
pub mod drift;
pub mod editing;
pub mod error;
pub mod exchange;
pub mod export_approval;
pub mod exports;
mod handover;
pub mod importing;
pub mod issues;
pub mod jobs;
pub mod keys;
mod lineage;
mod narrowing;
pub mod notices;
pub mod overview;
mod overview_week;
mod paper_ground;
pub mod people;
pub mod picture;
mod plan_sheet;
pub mod planning;
pub mod plans;
pub mod publishing;
pub mod quota_policies;
pub mod redrawing;
pub mod regions;
mod retention;
pub mod review;
pub mod subscriptions;
mod succession;
pub mod tiles;
pub mod units;
pub mod upkeep;
pub mod views;
pub mod visits;

mod atlas_input;
mod paced;
mod planning_jobs;
mod planning_rows;
mod public_people;
mod rows;
mod sealing;

pub use planning_jobs::{DEFAULT_EFFORT, PlanRequest};

use crate::config::Config;
use crate::domain::access::Grants;
use crate::domain::{Actor, QuotaPolicy, QuotaRule, RegionLevel};
use crate::storage::{DatabaseUrl, Store};
use accounts::{Known, Throttle};
use arc_swap::ArcSwap;
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use error::{Error, Result};
use jobs::Jobs;
use keys::Keys;
use moka::sync::Cache;
use picture::{Picture, Rows};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore, broadcast};
use uuid::Uuid;

/// Pictures of other readers that are kept at once.
const MOST_SEEN: u64 = 256;

/// How often changes by other programs are looked for.
const WATCH_EVERY: Duration = Duration::from_secs(2);

/// A change that readers should know.
#[derive(Debug, Clone, serde::Serialize)]
pub struct DataChanged {
    /// The new data version.
    pub data_version: u64,
    /// What changed, coarsely.
    pub kinds: Vec<String>,
}

/// All use cases of one database.
#[derive(Clone)]
pub struct Services {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    config: Config,
    policy: QuotaPolicy,
    picture: ArcSwap<Picture>,
    jobs: Jobs,
    changes: broadcast::Sender<DataChanged>,
    tiles: tiles::TileCache,
    imports: importing::Desk,
    redraws: redrawing::RedrawDesk,
    coverage: coverage::CoverageDesk,
    edit_desk: editing::EditDesk,
    edits: broadcast::Sender<editing::PlanEdited>,
    issues: issues::IssueDesk,
    visits: visits::VisitDesk,
    /// Pictures as others see them, by the picture and what they were granted.
    seen: Cache<(u64, Grants), Arc<Picture>>,
    keys: Keys,
    key_file: PathBuf,
    throttle: Throttle,
    /// Sessions and tokens that were looked up a moment ago.
    known: Cache<String, Arc<Known>>,
    /// Second factors that wait for their first code, sealed.
    enrolling: Cache<Uuid, String>,
    /// Lists of people that wait for a second person, by plan.
    export_requests: Cache<Uuid, export_approval::ExportRequest>,
    /// Argon2 takes a core and 19 MiB each time.
    argon: Semaphore,
    checkpoint_file: PathBuf,
    checkpointing: std::sync::Mutex<()>,
    /// The audit log was tampered with: its checkpoint stays as the witness.
    checkpoints_stopped: AtomicBool,
    /// One reload at a time: the last one wins with the newest rows.
    reloading: Mutex<()>,
    /// One writer of plans and imports at a time.
    writing: Mutex<()>,
}

impl Services {
    /// Opens the database (migrating it after a backup) and reads the picture.
    ///
    /// `exclusive` takes the lock that a server holds on a GeoPackage.
    ///
    /// # Errors
    /// The store's own reasons, and settings that make no policy.
    pub async fn open(url: &DatabaseUrl, config: Config, exclusive: bool) -> Result<Self> {
        let services = Self::open_unread(url, config, exclusive).await?;
        services.reload().await?;
        services.issues_load().await?;
        services.visits_load().await?;
        services.settle_all().await;
        Ok(services)
    }

    /// The same with an empty picture, for work that reads its own rows.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_unread(url: &DatabaseUrl, config: Config, exclusive: bool) -> Result<Self> {
        let policy = policy_of(&config)?;
        visits::check_emergency(&config, day(&config, Utc::now()))?;
        let store = if exclusive {
            Store::open_exclusive(url).await?
        } else {
            Store::open(url).await?
        }
        .with_backups_in(&config.backup.folder);
        let key_file = config
            .security
            .key_file
            .clone()
            .unwrap_or_else(|| url.beside("key"));
        let checkpoint_file = config
            .security
            .checkpoint_file
            .clone()
            .unwrap_or_else(|| url.beside("audit.json"));
        let keys = open_keys(&key_file, &config, &store).await?;
        let now = Utc::now();
        let picture = Picture::build(Rows::default(), policy, now, day(&config, now));
        let inner = Inner {
            store,
            policy,
            picture: ArcSwap::from_pointee(picture),
            jobs: Jobs::default(),
            changes: broadcast::Sender::new(64),
            tiles: tiles::TileCache::new(),
            imports: importing::Desk::default(),
            redraws: redrawing::RedrawDesk::default(),
            coverage: coverage::CoverageDesk::default(),
            edit_desk: editing::EditDesk::default(),
            edits: broadcast::Sender::new(256),
            issues: issues::IssueDesk::default(),
            visits: visits::VisitDesk::default(),
            seen: Cache::builder().max_capacity(MOST_SEEN).build(),
            keys,
            key_file,
            throttle: Throttle::default(),
            known: Cache::builder()
                .max_capacity(50_000)
                .time_to_live(Duration::from_secs(accounts::BELIEVED_S))
                .build(),
            enrolling: Cache::builder()
                .max_capacity(1000)
                .time_to_live(Duration::from_mins(10))
                .build(),
            export_requests: Cache::builder()
                .max_capacity(1000)
                .time_to_live(Duration::from_secs(export_approval::LASTS_S))
                .build(),
            argon: Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from)),
            checkpoint_file,
            checkpointing: std::sync::Mutex::new(()),
            checkpoints_stopped: AtomicBool::new(false),
            reloading: Mutex::new(()),
            writing: Mutex::new(()),
            config,
        };
        let services = Self {
            inner: Arc::new(inner),
        };
        services.seal_what_is_clear().await?;
        Ok(services)
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The quota policy.
    pub fn policy(&self) -> QuotaPolicy {
        self.inner.policy
    }

    /// The picture of now.
    pub fn picture(&self) -> Arc<Picture> {
        self.inner.picture.load_full()
    }

    /// Background jobs.
    pub fn jobs(&self) -> &Jobs {
        &self.inner.jobs
    }

    /// Tiles.
    pub fn tiles(&self) -> &tiles::TileCache {
        &self.inner.tiles
    }

    /// Uploads and reports of dry runs.
    pub fn import_desk(&self) -> &importing::Desk {
        &self.inner.imports
    }

    /// Plans prepared for editing.
    pub fn redraw_desk(&self) -> &redrawing::RedrawDesk {
        &self.inner.redraws
    }

    /// The walkable graph and who is where on it.
    pub fn coverage_desk(&self) -> &coverage::CoverageDesk {
        &self.inner.coverage
    }

    /// Drafts under edit.
    pub fn edit_desk(&self) -> &editing::EditDesk {
        &self.inner.edit_desk
    }

    /// Follows strokes on any draft.
    pub fn edits(&self) -> broadcast::Receiver<editing::PlanEdited> {
        self.inner.edits.subscribe()
    }

    /// Pictures as others see them.
    pub(crate) fn seen(&self) -> &Cache<(u64, Grants), Arc<Picture>> {
        &self.inner.seen
    }

    /// The key of this installation.
    pub fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    pub(crate) fn key_file(&self) -> &Path {
        &self.inner.key_file
    }

    pub(crate) fn throttle(&self) -> &Throttle {
        &self.inner.throttle
    }

    pub(crate) fn known(&self) -> &Cache<String, Arc<Known>> {
        &self.inner.known
    }

    pub(crate) fn enrolling(&self) -> &Cache<Uuid, String> {
        &self.inner.enrolling
    }

    pub(crate) fn export_requests(&self) -> &Cache<Uuid, export_approval::ExportRequest> {
        &self.inner.export_requests
    }

    pub(crate) fn argon_turns(&self) -> &Semaphore {
        &self.inner.argon
    }

    pub(crate) fn checkpoint_file(&self) -> &Path {
        &self.inner.checkpoint_file
    }

    pub(crate) fn checkpoints_stopped(&self) -> bool {
        self.inner.checkpoints_stopped.load(Ordering::Relaxed)
    }

    pub(crate) fn stop_checkpoints(&self) {
        self.inner
            .checkpoints_stopped
            .store(true, Ordering::Relaxed);
    }

    pub(crate) fn checkpointing(&self) -> std::sync::MutexGuard<'_, ()> {
        self.inner
            .checkpointing
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Who acts at the command line, and in records from before there were accounts.
    pub fn operator(&self) -> Actor {
        Actor::local_operator(&self.inner.config.operator.name)
    }

    /// Follows changes of the data.
    pub fn changes(&self) -> broadcast::Receiver<DataChanged> {
        self.inner.changes.subscribe()
    }

    /// The clock of the service floor.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    /// The day of staffing figures at `now`.
    pub fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        day(&self.inner.config, now)
    }

    /// All rows of now, for work on the whole district.
    ///
    /// # Errors
    /// The store's own.
    pub async fn read_rows(&self) -> Result<Arc<Rows>> {
        Ok(Arc::new(rows::read(self.store()).await?))
    }

    /// Reads all rows again and swaps the picture.
    ///
    /// # Errors
    /// The store's own; the old picture stays.
    pub async fn reload(&self) -> Result<()> {
        let _one_at_a_time = self.inner.reloading.lock().await;
        let rows = rows::read(&self.inner.store).await?;
        let now = self.now();
        let picture = build_picture(rows, self.inner.policy, now, self.today(now)).await?;
        let data_version = picture.version;
        self.inner.picture.store(Arc::new(picture));
        self.inner.tiles.clear();
        self.inner.seen.invalidate_all();
        self.inner.redraws.clear();
        // Nobody may be listening.
        let _receivers = self.inner.changes.send(DataChanged {
            data_version,
            kinds: vec!["all".to_owned()],
        });
        tracing::info!(data.version = data_version, "picture.swapped");
        Ok(())
    }

    /// Notices edits by other programs, plans that come into force and the change of the day, until dropped.
    pub async fn watch(self) {
        loop {
            tokio::time::sleep(WATCH_EVERY).await;
            self.issues_wake().await;
            let picture = self.picture();
            let now = self.now();
            let due = picture.today != self.today(now)
                || picture.plans.iter().any(|plan| {
                    let turned = |at: Option<DateTime<Utc>>| {
                        at.is_some_and(|at| at > picture.as_of && at <= now)
                    };
                    turned(plan.plan.effective_at) || turned(plan.plan.ended_at)
                });
            let changed = match self.inner.store.data_version().await {
                Ok(version) => version != picture.version,
                Err(error) => {
                    tracing::warn!(%error, "watch.unavailable");
                    false
                }
            };
            if (due || changed)
                && let Err(error) = self.reload().await
            {
                tracing::warn!(%error, "watch.reload_failed");
            }
            if let Err(error) = self.follow().await {
                tracing::warn!(%error, "watch.follow_failed");
            }
        }
    }

    /// Reads what other servers on the same database did that is no part of the picture: issues, rules, visits.
    ///
    /// # Errors
    /// The store's own; what was not read is looked for the next time.
    pub async fn follow(&self) -> Result<()> {
        let issues = self.issues_follow().await?;
        let visits = self.visits_follow().await?;
        if issues || visits {
            tracing::info!(issues, visits, "watch.followed");
        }
        Ok(())
    }

    /// A backup before something that changes much; the last seven are kept.
    ///
    /// # Errors
    /// When the backup cannot be made: then nothing else is done either.
    pub async fn backup_automatically(&self, reason: &str) -> Result<()> {
        self.inner
            .store
            .backup_automatically(reason)
            .await
            .map(drop)
            .map_err(Error::from)
    }

    pub(crate) async fn writer(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.inner.writing.lock().await
    }
}

/// Opens the key that belongs to the database, or makes the first one. A database that was sealed with another key
/// leaves its fields locked.
async fn open_keys(file: &Path, config: &Config, store: &Store) -> Result<Keys> {
    let bound = {
        let mut lease = store.read().await?;
        lease.conn().key_fingerprint().await?
    };
    let open = || Keys::open(file, config.security.key.clone(), bound.is_none());
    let mut keys = open();
    // A rotation that was cut off after everything was sealed anew.
    let next = sealing::next_key_file(file);
    if keys.fingerprint() != bound && next.exists() {
        let waiting = Keys::open(&next, None, false);
        if waiting.fingerprint() == bound {
            let former = keys.fingerprint().unwrap_or_default();
            sealing::finish_rotation(file, &former)
                .map_err(|error| Error::Internal(format!("naming the key files: {error}")))?;
            keys = open();
        }
    }
    match (keys.fingerprint(), bound) {
        (Some(found), None) => {
            let mut tx = store.begin().await?;
            tx.conn().key_fingerprint_set(&found).await?;
            tx.commit().await?;
            Ok(keys)
        }
        (Some(found), Some(bound)) if found != bound => Ok(keys.of_another_database(&bound)),
        _ => Ok(keys),
    }
}

async fn build_picture(
    rows: Rows,
    policy: QuotaPolicy,
    now: DateTime<Utc>,
    today: NaiveDate,
) -> Result<Picture> {
    tokio::task::spawn_blocking(move || Picture::build(rows, policy, now, today))
        .await
        .map_err(|error| Error::Internal(format!("building the picture: {error}")))
}

fn day(config: &Config, now: DateTime<Utc>) -> NaiveDate {
    let offset = FixedOffset::east_opt(config.time.utc_offset_minutes * 60).unwrap_or_else(|| {
        FixedOffset::east_opt(8 * 3600).expect("eight hours are a valid offset")
    });
    now.with_timezone(&offset).date_naive()
}

fn policy_of(config: &Config) -> Result<QuotaPolicy> {
    let wrong = |error: crate::domain::UnknownWord| {
        Error::invalid(
            "settings_invalid",
            format!("设置有误：{error}"),
            format!("settings: {error}"),
        )
    };
    let rule: QuotaRule = config.quota.rule.parse().map_err(wrong)?;
    let round_at: RegionLevel = config.quota.round_at.parse().map_err(wrong)?;
    for role in &config.security.second_factor_roles {
        role.parse::<crate::domain::access::Role>().map_err(wrong)?;
    }
    if config.quota.per_households == 0 || config.quota.keepers == 0 {
        return Err(Error::invalid(
            "settings_invalid",
            "设置有误：quota.keepers 与 quota.per_households 必须大于 0",
            "settings: quota.keepers and quota.per_households must be above 0",
        ));
    }
    Ok(QuotaPolicy {
        keepers: config.quota.keepers,
        per_households: config.quota.per_households,
        rule,
        round_at,
        part_time_counts: config.quota.part_time_counts,
        basis: None,
    })
}

impl From<crate::storage::Error> for Error {
    fn from(error: crate::storage::Error) -> Self {
        match error {
            crate::storage::Error::Unavailable { .. } => Self::Unavailable(error.to_string()),
            crate::storage::Error::Conflict { .. } => Self::conflict(
                "already_exists",
                "已存在相同的记录，请刷新后重试",
                "the same thing exists already; reload and try again",
            ),
            other => Self::Internal(other.to_string()),
        }
    }
}
