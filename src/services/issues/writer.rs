//! Group commit: everybody who writes while one commit is under way shares the next.
//!
//! A disk takes a few hundred durable commits a second, whatever stands in them. So writes queue up, and one
//! transaction takes up to [`MOST`] of them. Invariant: nobody is told that something is saved before the transaction
//! that holds it is; one write that is refused does not touch the others.

use super::bulk::{self, Brought, TakenBack};
use super::ledger::Ledger;
use crate::domain::IssueId;
use crate::domain::issue::{Issue, IssueEvent, issue_code};
use crate::services::Services;
use crate::services::error::{Error, Result};
use crate::storage::{Conn, Counted, IssueFact, IssueRow};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use tokio::sync::oneshot;

/// Writes of one transaction, at most.
const MOST: usize = 256;

/// Changed issues that are named to pages, at most.
const MOST_NAMED: usize = 1_000;

/// Something to write.
pub enum Write {
    /// A new issue.
    Report(Box<NewRow>),
    /// Something that happens to an issue.
    Change(IssueId, Box<dyn Change>),
    /// Everything that an import brings.
    Import(Box<Brought>),
    /// Takes an import back.
    TakeBack(Box<TakenBack>),
}

/// A new issue, whose number within its day the writer gives.
pub struct NewRow {
    /// The row, without a code.
    pub row: IssueRow,
    /// Its local day.
    pub day: NaiveDate,
    /// How it came about.
    pub events: Vec<IssueEvent>,
    /// Photos, by hash, in order.
    pub photos: Vec<String>,
}

/// What happens to an issue, decided on the newest row.
pub trait Change: Send {
    /// Changes the row and says what happened. An error leaves everything as it was.
    ///
    /// # Errors
    /// Whatever the change says.
    fn apply(&self, row: &mut IssueRow, now: DateTime<Utc>) -> Result<Vec<IssueEvent>>;
}

/// What was written.
#[derive(Debug, Clone)]
pub enum Written {
    /// The issue as it is now; `false` when the request had been made before.
    Issue(Box<IssueRow>, bool),
    /// How many rows.
    Rows(usize),
}

struct Waiting {
    write: Write,
    reply: oneshot::Sender<Result<Written>>,
}

/// Who waits for the next commit.
#[derive(Default)]
pub struct Queue {
    waiting: Mutex<Vec<Waiting>>,
    /// One commit at a time.
    pub(super) turn: tokio::sync::Mutex<Numbers>,
}

/// What the writer remembers from one commit to the next.
#[derive(Default)]
pub(super) struct Numbers {
    day: NaiveDate,
    last: u32,
}

impl Numbers {
    async fn turn_to(&mut self, conn: &mut Conn<'_>, day: NaiveDate) -> Result<()> {
        if self.day != day {
            let day_code = day.format("%Y%m%d").to_string();
            self.last = conn.issue_last_number(&day_code).await?;
            self.day = day;
        }
        Ok(())
    }

    fn next(&mut self) -> String {
        self.last += 1;
        issue_code(self.day, self.last)
    }
}

/// Everything that one transaction changes.
#[derive(Default)]
pub(super) struct Batch {
    /// New and changed rows in the order of their first change.
    rows: Vec<IssueRow>,
    at: HashMap<IssueId, usize>,
    /// Of the rows, those that no commit before this one stored.
    fresh: HashSet<IssueId>,
    events: Vec<(i32, IssueEvent)>,
    photos: Vec<(i32, IssueId, Vec<String>)>,
    pub(super) gone: Vec<IssueId>,
    /// Whether there is more to commit than issues.
    pub(super) more: bool,
    /// Whether categories changed too.
    pub(super) catalog: bool,
    /// What subscribers are told: what an import brings is no news.
    told: Vec<IssueEvent>,
}

impl Batch {
    /// The row as it is after the writes before.
    pub(super) fn row(&self, id: IssueId) -> Option<&IssueRow> {
        self.at.get(&id).map(|at| &self.rows[*at])
    }

    /// A row that was not there before.
    pub(super) fn is_new(&mut self, id: IssueId) {
        self.fresh.insert(id);
    }

    fn put(&mut self, row: IssueRow, events: Vec<IssueEvent>) {
        self.told.extend(events.iter().cloned());
        self.put_quietly(row, events);
    }

    pub(super) fn put_quietly(&mut self, row: IssueRow, events: Vec<IssueEvent>) {
        let district = row.district_code;
        self.events
            .extend(events.into_iter().map(|event| (district, event)));
        match self.at.get(&row.issue.id) {
            Some(at) => self.rows[*at] = row,
            None => {
                self.at.insert(row.issue.id, self.rows.len());
                self.rows.push(row);
            }
        }
    }
}

impl Services {
    /// Writes, and answers when it is durable.
    ///
    /// # Errors
    /// What the write says, or `Unavailable`.
    pub(in crate::services) async fn issue_write(&self, write: Write) -> Result<Written> {
        let (reply, answer) = oneshot::channel();
        let queue = &self.issues().queue;
        queue
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Waiting { write, reply });
        // In a task of its own: others wait for this commit too, and must not lose it with a client that goes away.
        let services = self.clone();
        tokio::spawn(async move { services.commit_waiting().await });
        answer
            .await
            .unwrap_or_else(|_lost| Err(Error::Internal("a write lost its answer".to_owned())))
    }

    async fn commit_waiting(&self) {
        let mut numbers = self.issues().queue.turn.lock().await;
        let taken: Vec<Waiting> = {
            let queue = &self.issues().queue;
            let mut waiting = queue.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let most = waiting.len().min(MOST);
            waiting.drain(..most).collect()
        };
        if taken.is_empty() {
            return;
        }
        let (writes, replies): (Vec<Write>, Vec<_>) =
            taken.into_iter().map(|one| (one.write, one.reply)).unzip();
        match self.commit_together(writes, &mut numbers).await {
            Ok(answers) => {
                for (reply, answer) in replies.into_iter().zip(answers) {
                    // Whoever asked may be gone; what they asked for is done.
                    let _gone = reply.send(answer);
                }
            }
            Err(error) => {
                // Nothing is stored, or nobody knows: numbers are read again.
                *numbers = Numbers::default();
                let text = error.to_string();
                for reply in replies {
                    let _gone = reply.send(Err(Error::Unavailable(text.clone())));
                }
            }
        }
    }

    /// One transaction. An error of a single write is its own answer; an error here is everybody's.
    async fn commit_together(
        &self,
        writes: Vec<Write>,
        numbers: &mut Numbers,
    ) -> Result<Vec<Result<Written>>> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let turn = self.issues_turn(&mut tx.conn(), numbers).await?;
        let mut batch = Batch::default();
        let mut answers = Vec::with_capacity(writes.len());
        for write in writes {
            answers.push(prepare(&mut tx.conn(), &mut batch, numbers, write, now).await?);
        }
        if batch.rows.is_empty() && batch.gone.is_empty() && !batch.more {
            return Ok(answers);
        }
        let mut conn = tx.conn();
        let (fresh, changed): (Vec<IssueRow>, Vec<IssueRow>) = std::mem::take(&mut batch.rows)
            .into_iter()
            .partition(|row| batch.fresh.contains(&row.issue.id));
        conn.issue_put(&changed).await?;
        conn.issue_insert(&fresh).await?;
        for (district, issue, photos) in &batch.photos {
            conn.issue_photos_put(*district, *issue, photos).await?;
        }
        let feed = turn.feed;
        conn.issue_event_append(feed + 1, &batch.events).await?;
        let catalog = if batch.catalog {
            Some(conn.changes_count(Counted::Catalog).await?)
        } else {
            None
        };
        tx.commit().await?;
        if let Some(change) = catalog {
            self.issues().seen.catalog_went(change);
        }
        self.issues().seen.went(turn.change);
        self.issues().swap(|ledger: &mut Ledger| {
            for row in fresh.iter().chain(&changed) {
                ledger.put(&IssueFact::of(&row.issue), now);
            }
            for id in &batch.gone {
                ledger.take_back(*id);
            }
            if turn.alone {
                ledger.feed = feed + batch.events.len() as i64;
            }
        });
        let rows = fresh.iter().chain(&changed).map(|row| row.issue.id);
        let mut changed: Vec<IssueId> = rows.chain(batch.gone).collect();
        if changed.len() > MOST_NAMED {
            // Everything changed, as far as a page can tell.
            changed.clear();
        }
        self.issues_changed(changed);
        self.issues_tell(batch.told);
        Ok(answers)
    }
}

/// Decides on one write and notes what it changes. The inner error is the answer to its writer.
async fn prepare(
    conn: &mut Conn<'_>,
    batch: &mut Batch,
    numbers: &mut Numbers,
    write: Write,
    now: DateTime<Utc>,
) -> Result<Result<Written>> {
    match write {
        Write::Report(new) => {
            let NewRow {
                mut row,
                day,
                events,
                photos,
            } = *new;
            if let Some(key) = row.request_key.clone() {
                let mine = |other: &&IssueRow| other.request_key.as_ref() == Some(&key);
                let earlier = match batch.rows.iter().find(mine) {
                    Some(earlier) => Some(earlier.clone()),
                    None => conn.issue_by_request(&key).await?,
                };
                if let Some(earlier) = earlier {
                    return Ok(same_request(&row.issue, earlier));
                }
            }
            numbers.turn_to(conn, day).await?;
            row.issue.code = numbers.next();
            if !photos.is_empty() {
                batch.photos.push((row.district_code, row.issue.id, photos));
            }
            batch.is_new(row.issue.id);
            batch.put(row.clone(), events);
            Ok(Ok(Written::Issue(Box::new(row), true)))
        }
        Write::Change(id, change) => {
            let found = match batch.at.get(&id) {
                Some(at) => Some(batch.rows[*at].clone()),
                None => conn.issue_list(&[id]).await?.pop(),
            };
            let Some(mut row) = found else {
                return Ok(Err(Error::NotFound(format!("issue {id}"))));
            };
            Ok(match change.apply(&mut row, now) {
                Ok(events) => {
                    batch.put(row.clone(), events);
                    Ok(Written::Issue(Box::new(row), true))
                }
                Err(refused) => Err(refused),
            })
        }
        Write::Import(brought) => {
            let day = brought.day;
            numbers.turn_to(conn, day).await?;
            bulk::bring(conn, batch, *brought, || numbers.next()).await
        }
        Write::TakeBack(taken) => bulk::take_back(conn, batch, *taken, now).await,
    }
}

/// The answer to a request that was made before: the same issue, or a conflict when it says something else.
fn same_request(asked: &Issue, earlier: IssueRow) -> Result<Written> {
    let same = earlier.issue.black_text == asked.black_text
        && earlier.issue.category == asked.category
        && earlier.issue.place == asked.place;
    if same {
        return Ok(Written::Issue(Box::new(earlier), false));
    }
    Err(Error::conflict(
        "idempotency_key_reused",
        "这个 Idempotency-Key 已用于另一条内容不同的上报；请换一个新的",
        "this Idempotency-Key was used for another report; choose a new one",
    ))
}
