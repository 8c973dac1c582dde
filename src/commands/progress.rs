//! Progress bars on a terminal; silence elsewhere.

use crate::services::jobs::{Job, JobState, JobView};
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Arc;

/// Follows a job until it ends.
///
/// # Errors
/// The job's own error, in both languages.
pub async fn follow(job: Arc<Job>) -> anyhow::Result<JobView> {
    let bar = ProgressBar::new(0); // hidden by itself when stderr is no terminal
    let style = "{spinner} {msg:32} {bar:40} {pos}/{len} {elapsed}";
    bar.set_style(ProgressStyle::with_template(style).expect("the template is valid"));
    let mut changes = job.watch();
    let view = loop {
        let view = changes.borrow_and_update().clone();
        bar.set_length(view.progress.total);
        bar.set_position(view.progress.done);
        bar.set_message(match view.progress.worst_deviation_bp {
            Some(bp) => format!("{} ±{:.1} %", view.progress.phase, bp as f64 / 100.0),
            None => view.progress.phase.clone(),
        });
        if !matches!(view.state, JobState::Queued | JobState::Running) {
            break view;
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { break job.view() },
            () = tokio::time::sleep(std::time::Duration::from_millis(250)) => bar.tick(),
        }
    };
    bar.finish_and_clear();
    match view.state {
        JobState::Done => Ok(view),
        JobState::Cancelled => anyhow::bail!("cancelled; nothing was stored"),
        _ => match view.error {
            Some(error) => anyhow::bail!("{} / {} [{}]", error.zh, error.en, error.code),
            None => anyhow::bail!("the job ended without a result"),
        },
    }
}
