//! Long work in the background, with progress that can be watched and a way to cancel it.
//!
//! Jobs live in memory: what a job made is in the database, a job that was cut off made nothing.

use super::error::{Error, Result};
use crate::domain::ActorId;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use tokio::sync::watch;
use uuid::Uuid;

/// How many finished jobs are remembered.
const REMEMBERED: usize = 200;
/// How many jobs may be queued or running at once.
pub const MAX_ACTIVE_JOBS: usize = 8;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Makes a plan.
    Plan,
    /// Reads a file.
    Import,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its turn.
    Queued,
    /// Works.
    Running,
    /// Did what was asked.
    Done,
    /// Did nothing; `error` says why.
    Failed,
    /// Did nothing because somebody said so.
    Cancelled,
}

/// How far a job is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct JobProgress {
    /// Name of the step (stable identifier).
    pub phase: String,
    /// Steps done …
    pub done: u64,
    /// … of so many; 0 when not known.
    pub total: u64,
    /// Worst deviation so far, in basis points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst_deviation_bp: Option<i64>,
    /// Areas outside the band so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_band: Option<u64>,
    /// The zone whose first or better plan is the news.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub improved: Option<ZoneImproved>,
}

/// A zone got its first plan, or a better one.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ZoneImproved {
    /// Number of the zone, as in the plan's report.
    pub zone: u32,
    /// Its worst deviation, in basis points.
    pub worst_deviation_bp: i64,
    /// How its plans are compared, less is better: households beyond the limits, what is sought, what comes next.
    pub key: [i64; 3],
}

/// What a job made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct JobResult {
    /// The first plan made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<Uuid>,
    /// All plans made (one per street).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plan_ids: Vec<Uuid>,
    /// The import.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import_id: Option<Uuid>,
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct JobError {
    /// Stable identifier.
    pub code: String,
    /// Chinese text.
    pub zh: String,
    /// English text.
    pub en: String,
}

/// What a client sees of a job.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct JobView {
    /// Identity.
    pub id: Uuid,
    /// What it does.
    pub kind: JobKind,
    /// Where it stands.
    pub state: JobState,
    /// How far it is.
    pub progress: JobProgress,
    /// What it made.
    pub result: Option<JobResult>,
    /// Why it failed.
    pub error: Option<JobError>,
    /// When it began.
    pub created_at: DateTime<Utc>,
}

/// One job, shared by the worker and the watchers.
pub struct Job {
    view: watch::Sender<JobView>,
    cancel: AtomicBool,
    owner: OnceLock<ActorId>,
}

impl Job {
    /// What it is now.
    pub fn view(&self) -> JobView {
        self.view.borrow().clone()
    }

    /// Notes whose job it is: nobody else sees it.
    #[must_use]
    pub fn owned_by(self: Arc<Self>, owner: ActorId) -> Arc<Self> {
        self.owner.get_or_init(|| owner);
        self
    }

    /// Whether it is the job of this actor.
    pub fn is_of(&self, actor: ActorId) -> bool {
        self.owner.get() == Some(&actor)
    }

    /// Follows every change.
    pub fn watch(&self) -> watch::Receiver<JobView> {
        self.view.subscribe()
    }

    /// Reports a step. Cheap enough to be called often.
    pub fn progress(&self, progress: JobProgress) {
        self.view.send_if_modified(|view| {
            let changed = view.state != JobState::Running || view.progress != progress;
            view.state = JobState::Running;
            view.progress = progress;
            changed
        });
    }

    /// Reports a named step.
    pub fn phase(&self, phase: &str, done: u64, total: u64) {
        self.progress(JobProgress {
            phase: phase.to_owned(),
            done,
            total,
            ..JobProgress::default()
        });
    }

    /// Whether somebody asked to stop.
    pub fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// Asks the worker to stop.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Ends the job with what it made, or why it did not.
    pub fn finish(&self, outcome: Result<JobResult>) {
        self.view.send_modify(|view| match outcome {
            Ok(result) => {
                view.state = JobState::Done;
                view.result = Some(result);
            }
            Err(_) if self.cancelled() => view.state = JobState::Cancelled,
            Err(error) => {
                view.state = JobState::Failed;
                view.error = Some(describe(&error));
            }
        });
    }
}

fn describe(error: &Error) -> JobError {
    let (code, zh, en) = match error {
        Error::Invalid(problems) => match problems.first() {
            Some(problem) => (
                problem.code.as_str(),
                problem.zh.clone(),
                problem.en.clone(),
            ),
            None => ("invalid", "输入有误".into(), "the input is wrong".into()),
        },
        Error::Conflict { code, zh, en, .. }
        | Error::Unauthorized { code, zh, en }
        | Error::Forbidden { code, zh, en } => (*code, zh.clone(), en.clone()),
        Error::TooMany { wait_s } => (
            "too_many",
            format!("请 {wait_s} 秒后再试"),
            format!("again in {wait_s} s"),
        ),
        Error::NotFound(what) => (
            "not_found",
            format!("未找到：{what}"),
            format!("not found: {what}"),
        ),
        Error::Busy(what) => (
            "busy",
            format!("正忙，请稍后再试：{what}"),
            format!("busy: {what}"),
        ),
        Error::Unavailable(_) => (
            "unavailable",
            "数据库暂不可用，请稍后再试".into(),
            "the database is unavailable, try again".into(),
        ),
        Error::Internal(_) => (
            "internal",
            "内部错误，详见日志".into(),
            "internal error, see the log".into(),
        ),
    };
    JobError {
        code: code.to_owned(),
        zh,
        en,
    }
}

/// All jobs of this process.
#[derive(Default)]
pub struct Jobs {
    jobs: Mutex<VecDeque<(Uuid, Arc<Job>)>>,
}

impl Jobs {
    /// A new, queued job.
    ///
    /// # Errors
    /// `Busy` when too many are active.
    pub fn start(&self, kind: JobKind, now: DateTime<Utc>) -> Result<(Uuid, Arc<Job>)> {
        let id = Uuid::now_v7();
        let view = JobView {
            id,
            kind,
            state: JobState::Queued,
            progress: JobProgress::default(),
            result: None,
            error: None,
            created_at: now,
        };
        let job = Arc::new(Job {
            view: watch::Sender::new(view),
            cancel: AtomicBool::new(false),
            owner: OnceLock::new(),
        });
        let mut jobs = self.lock();
        let active = jobs
            .iter()
            .filter(|(_, job)| is_active(job.view.borrow().state))
            .count();
        if active >= MAX_ACTIVE_JOBS {
            return Err(Error::Busy(format!("{active} jobs are active")));
        }
        jobs.push_back((id, job.clone()));
        while jobs.len() > REMEMBERED {
            let Some(at) = jobs
                .iter()
                .position(|(_, job)| !is_active(job.view.borrow().state))
            else {
                break;
            };
            jobs.remove(at);
        }
        Ok((id, job))
    }

    /// A job by its id.
    pub fn find(&self, id: Uuid) -> Option<Arc<Job>> {
        self.lock()
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, job)| job.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<(Uuid, Arc<Job>)>> {
        self.jobs
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn is_active(state: JobState) -> bool {
    matches!(state, JobState::Queued | JobState::Running)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_job_ends_cancelled_and_a_failed_one_says_why() {
        let jobs = Jobs::default();
        let (id, job) = jobs.start(JobKind::Plan, Utc::now()).unwrap();
        job.cancel();
        job.finish(Err(Error::Internal("stopped".into())));
        assert_eq!(jobs.find(id).unwrap().view().state, JobState::Cancelled);
        let (_, job) = jobs.start(JobKind::Import, Utc::now()).unwrap();
        job.finish(Err(Error::invalid(
            "empty_file",
            "空文件",
            "the file is empty",
        )));
        assert_eq!(job.view().error.unwrap().code, "empty_file");
    }

    #[test]
    fn too_many_active_jobs_are_refused() {
        let jobs = Jobs::default();
        for _ in 0..MAX_ACTIVE_JOBS {
            jobs.start(JobKind::Plan, Utc::now()).unwrap();
        }
        assert!(matches!(
            jobs.start(JobKind::Plan, Utc::now()),
            Err(Error::Busy(_))
        ));
    }
}
