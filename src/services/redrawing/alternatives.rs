//! The whole plan drawn anew in three ways, told while it is done: as it is (healed) first, then whatever is better.
//!
//! Nothing is stored, and who stops listening stops the search. Invariant: of one kind only a better way is told, by
//! what that kind is best at; and the same question has the same last answer.

use super::views::{AlternativeView, AlternativesEvent, RedrawAsk};
use super::{Opened, Redraw};
use crate::districting::redraw::{Anew, DrawnAnew};
use crate::districting::{Alternative, Phase, Progress, ProgressReport, Wishes};
use crate::services::error::{Error, Result};
use crate::services::paced::Paced;
use crate::services::{DEFAULT_EFFORT, Services};
use std::sync::Arc;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Iterations per unit of the rounds: an answer at once, the usual one, a long one.
const ROUNDS: [u64; 3] = [DEFAULT_EFFORT / 4, DEFAULT_EFFORT, DEFAULT_EFFORT * 4];
/// Iterations of a round, at most: a long round of a large street would take minutes. The first two are always run.
const MOST_ITERATIONS: u64 = 500_000;
/// Searches that run at once; others wait.
pub(super) const SEARCHES: usize = 2;
/// News that wait to be sent.
const WAITING: usize = 64;

impl Services {
    /// Draws a plan anew; the stream ends with [`AlternativesEvent::Done`].
    ///
    /// # Errors
    /// As [`Opened::figures`].
    pub async fn alternatives(
        &self,
        plan: Uuid,
        ask: RedrawAsk,
    ) -> Result<mpsc::Receiver<AlternativesEvent>> {
        let opened = self.redraw_open(plan).await?;
        // What is wrong with the question is said before anything else.
        let (redraw, _) = opened.with(&ask)?;
        let wishes = ask.wishes()?;
        let seed = ask.seed.unwrap_or(1);
        let (news, heard) = mpsc::channel(WAITING);
        let turns = self.redraw_desk().turns.clone();
        tokio::spawn(async move {
            let turn = tokio::select! {
                turn = turns.acquire_owned() => turn,
                () = news.closed() => return,
            };
            let work = move || {
                let _turn = turn;
                search(&opened, &redraw, (wishes, seed), &news);
            };
            if let Err(error) = tokio::task::spawn_blocking(work).await {
                tracing::error!(%error, "alternatives.failed");
            }
        });
        Ok(heard)
    }
}

fn search(
    opened: &Arc<Opened>,
    redraw: &Redraw,
    (wishes, seed): (Wishes, u64),
    news: &mpsc::Sender<AlternativesEvent>,
) {
    let anew = redraw.anew();
    let ways: Vec<Alternative> = anew.ways().collect();
    let mut best: Vec<Option<AlternativeView>> = vec![None; ways.len()];
    let units = opened.units.len() as u64;
    let rounds = ROUNDS.iter().enumerate();
    let rounds = rounds.filter(|(round, effort)| *round < 2 || units * **effort <= MOST_ITERATIONS);
    let steps: Vec<_> = rounds
        .flat_map(|(round, effort)| (0..ways.len()).map(move |way| (round, *effort, way)))
        .collect();
    // The plan as it is, healed, is where every way begins: its figures are found once.
    let healed = ways.first().and_then(|&way| anew.as_it_is(way));
    if let Some(healed) = healed.and_then(|healed| figures(redraw, &healed)) {
        for (best, way) in best.iter_mut().zip(&ways) {
            let start = AlternativeView {
                kind: way.name(),
                ..healed.clone()
            };
            *best = Some(start.clone());
            if news.blocking_send(AlternativesEvent::Found(start)).is_err() {
                return;
            }
        }
    }
    for (done, &(round, effort, at)) in steps.iter().enumerate() {
        let step = Step {
            news,
            kind: ways[at].name(),
            done: done as u32,
            steps: steps.len() as u32,
        };
        let seed = seed.wrapping_add(round as u64);
        let Some(found) = draw(&anew, redraw, ways[at], wishes, (seed, effort), &step) else {
            return; // nobody listens any more
        };
        let better = best[at]
            .as_ref()
            .is_none_or(|known| found.rank() < known.rank());
        if better {
            best[at] = Some(found.clone());
            if news.blocking_send(AlternativesEvent::Found(found)).is_err() {
                return;
            }
        }
    }
    let _ = news.blocking_send(AlternativesEvent::Done);
}

/// One way, with its figures; `None` if the search was stopped.
fn draw(
    anew: &Anew<'_>,
    redraw: &Redraw,
    way: Alternative,
    wishes: Wishes,
    effort: (u64, u64),
    step: &Step<'_>,
) -> Option<AlternativeView> {
    let way = anew.draw(way, wishes, effort, &Paced::new(step));
    if step.cancelled() {
        return None;
    }
    figures(redraw, &way)
}

fn figures(redraw: &Redraw, way: &DrawnAnew) -> Option<AlternativeView> {
    let mut drawn = redraw.clone();
    // The search keeps locks, and moves what there is: nothing is refused.
    let applied = drawn.apply(&way.moves);
    if let Err(error) = applied {
        tracing::error!(%error, "alternatives.refused");
        return None;
    }
    Some(AlternativeView::of(way, &drawn))
}

/// One search among all of them.
struct Step<'a> {
    news: &'a mpsc::Sender<AlternativesEvent>,
    kind: &'static str,
    done: u32,
    steps: u32,
}

impl Progress for Step<'_> {
    fn report(&self, report: &ProgressReport) {
        // Progress that finds no room is not worth waiting for.
        let _ = self.news.try_send(AlternativesEvent::Progress {
            kind: self.kind,
            done: self.done,
            steps: self.steps,
            worst_deviation_bp: match report.phase {
                Phase::Divide => None,
                Phase::Improve | Phase::Done => Some(report.worst_deviation_bp),
            },
        });
    }

    fn cancelled(&self) -> bool {
        self.news.is_closed()
    }
}

impl RedrawAsk {
    /// What is wished for, as usual where nothing is said.
    ///
    /// # Errors
    /// `Invalid` for a wish that is none.
    pub(super) fn wishes(&self) -> Result<Wishes> {
        let usual = Wishes::default();
        Ok(Wishes {
            even: wish("even", self.even, usual.even)?,
            compact: wish("compact", self.compact, usual.compact)?,
            few: wish("few", self.few, usual.few)?,
        })
    }
}

fn wish(name: &str, wish: Option<u8>, usual: u8) -> Result<u8> {
    match wish.unwrap_or(usual) {
        wish @ 0..=100 => Ok(wish),
        wish => Err(Error::invalid(
            "wish_out_of_range",
            format!("{name} 应在 0 到 100 之间，而不是 {wish}"),
            format!("{name} must be 0 to 100, not {wish}"),
        )),
    }
}
