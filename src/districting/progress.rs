//! How the caller hears of the progress, and how he stops it.
//!
//! Not a clock: reports come as often as there is news; whoever shows them spaces them out.
//! Invariant: once the caller was heard to cancel, everything stops, and the best plan so far stands.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the optimizer is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Every zone gets its share of the effort.
    Divide,
    /// The left-over effort goes to the worst zones.
    Improve,
    /// Done, or cancelled.
    Done,
}

/// One report on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgressReport {
    /// Zones (their pieces) finished in this phase.
    pub done_zones: usize,
    /// Zones (their pieces) in this phase.
    pub zones: usize,
    /// Worst deviation of all zones so far, in basis points.
    pub worst_deviation_bp: u32,
    /// Areas outside the band so far.
    pub areas_out_of_band: usize,
    /// What is being done.
    pub phase: Phase,
    /// The plan that gave rise to the report.
    pub improved: Option<Improvement>,
}

/// A first or better plan of one zone (or piece of it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Improvement {
    /// The zone.
    pub zone: u32,
    /// Its worst deviation, in basis points.
    pub worst_deviation_bp: u32,
    /// How its plans are compared, less is better: households beyond the limits, what is sought, what comes next.
    pub key: [i64; 3],
}

/// Hears of progress and may cancel; called from several threads.
pub trait Progress: Sync {
    /// Called for every first or better plan of a zone, and between phases.
    fn report(&self, report: &ProgressReport);
    /// Asked every few milliseconds; true = stop, and hand over the best plan so far.
    fn cancelled(&self) -> bool;
}

/// No progress wanted, never cancelled.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn report(&self, _: &ProgressReport) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// How one piece stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub worst_bp: u32,
    pub out_of_band: usize,
}

/// How all pieces stand, told to the caller.
pub(super) struct Ledger<'a> {
    progress: &'a dyn Progress,
    stopped: AtomicBool,
    book: Mutex<Book>,
}

struct Book {
    phase: Phase,
    done: usize,
    pieces: Vec<Option<Standing>>,
    /// How many pieces have this worst deviation.
    worst: BTreeMap<u32, usize>,
    outside: usize,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(progress: &'a dyn Progress, pieces: usize) -> Self {
        let book = Book {
            phase: Phase::Divide,
            done: 0,
            pieces: vec![None; pieces],
            worst: BTreeMap::new(),
            outside: 0,
        };
        Self {
            progress,
            stopped: AtomicBool::new(false),
            book: Mutex::new(book),
        }
    }

    /// Asks the caller.
    pub(super) fn cancelled(&self) -> bool {
        if !self.stopped() && self.progress.cancelled() {
            self.stopped.store(true, Ordering::Relaxed);
        }
        self.stopped()
    }

    /// Was the caller heard to cancel?
    pub(super) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// A piece has its first plan, or a better one.
    pub(super) fn improved(&self, piece: usize, standing: Standing, improved: Improvement) {
        self.tell(Some(improved), |book| {
            if book.phase == Phase::Divide {
                book.done += 1;
            }
            book.enter(piece, standing);
        });
    }

    /// A phase begins, or every piece stands as the iterator says.
    pub(super) fn begin(&self, phase: Phase, standings: impl Iterator<Item = Standing>) {
        self.tell(None, |book| {
            book.phase = phase;
            book.done = book.pieces.len();
            for (piece, standing) in standings.enumerate() {
                book.enter(piece, standing);
            }
        });
    }

    fn tell(&self, improved: Option<Improvement>, change: impl FnOnce(&mut Book)) {
        let report = {
            let mut book = self
                .book
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            change(&mut book);
            ProgressReport {
                done_zones: book.done,
                zones: book.pieces.len(),
                worst_deviation_bp: book.worst.keys().next_back().copied().unwrap_or(0),
                areas_out_of_band: book.outside,
                phase: book.phase,
                improved,
            }
        };
        self.progress.report(&report);
    }
}

impl Book {
    fn enter(&mut self, piece: usize, standing: Standing) {
        if let Some(before) = self.pieces[piece].replace(standing) {
            self.outside -= before.out_of_band;
            if let Some(count) = self.worst.get_mut(&before.worst_bp) {
                *count -= 1;
                if *count == 0 {
                    self.worst.remove(&before.worst_bp);
                }
            }
        }
        self.outside += standing.out_of_band;
        *self.worst.entry(standing.worst_bp).or_default() += 1;
    }
}
