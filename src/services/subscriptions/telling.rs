//! Telling people: events are matched to subscriptions as they are committed, noted in one transaction, and sent.
//!
//! A cursor in the store says up to which event everybody was told; what happens while nobody tells is told later.
//! Invariant: an event is noted once for an account; a message that leaves the house is sent at least once, and again
//! when a try failed or the server stopped before the cursor was written: its `id` is that of the event.

use super::messages::{Message, TOGETHER};
use super::outstanding::Outstanding;
use super::{outgoing, query_of};
use crate::domain::issue::{IssueEvent, MoveKind};
use crate::domain::{Channel, IssueId, Notification, Subscription};
use crate::heat::IssueColumns;
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::Result;
use crate::services::issues::Standing;
use crate::storage::IssueRow;
use reqwest::Client;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Setting: the number of the last event that everybody was told of.
const CURSOR: &str = "notifications_feed";
/// Events that are looked at together.
const BATCH: i64 = 500;
/// The cursor is written at least every so many events.
const CURSOR_EVERY: i64 = 1000;
/// Messages that wait for one receiver; more are lost, and counted as a failure.
const MOST_WAITING: usize = 1000;
/// After the database did not answer.
const PAUSE: Duration = Duration::from_secs(5);

/// What is to be sent, and to whom.
struct Parcel {
    to: Arc<Subscription>,
    message: Message,
    /// Number of its event.
    feed: i64,
}

/// Up to which event everybody was told, and what of that is written down.
#[derive(Clone, Copy)]
struct Cursor {
    told_to: i64,
    written: i64,
    /// Whether messages left since it was written.
    owed: bool,
}

/// What one look found.
#[derive(Default)]
struct Told {
    notifications: Vec<Notification>,
    parcels: Vec<Parcel>,
}

/// Receivers that are being sent to, one task each, so that messages keep their order.
struct Post {
    services: Services,
    client: Client,
    ways: HashMap<Uuid, mpsc::Sender<Parcel>>,
    outstanding: Arc<Outstanding>,
}

impl Post {
    async fn send(&mut self, parcel: Parcel) {
        let (one, feed) = (parcel.to.clone(), parcel.feed);
        let way = self.ways.entry(one.id).or_insert_with(|| {
            let (way, parcels) = mpsc::channel(MOST_WAITING);
            let outstanding = self.outstanding.clone();
            let (services, client) = (self.services.clone(), self.client.clone());
            tokio::spawn(deliver(services, client, parcels, outstanding));
            way
        });
        if way.try_send(parcel).is_err() {
            self.services
                .sent(&one, Err("too many messages wait"))
                .await;
            self.outstanding.end(feed);
        }
    }

    /// Receivers that are gone or stopped need no task.
    fn keep(&mut self, subscriptions: &[Arc<Subscription>]) {
        self.ways.retain(|id, _| {
            subscriptions
                .iter()
                .any(|one| one.id == *id && !one.is_stopped())
        });
    }
}

/// Sends what comes for one receiver, until nobody brings more.
async fn deliver(
    services: Services,
    client: Client,
    mut parcels: mpsc::Receiver<Parcel>,
    outstanding: Arc<Outstanding>,
) {
    let mut batch: Vec<Parcel> = Vec::new();
    while parcels.recv_many(&mut batch, TOGETHER).await > 0 {
        let Some(one) = batch.first().map(|parcel| parcel.to.clone()) else {
            continue;
        };
        let (feeds, messages): (Vec<i64>, Vec<Message>) = (batch.drain(..))
            .map(|parcel| (parcel.feed, parcel.message))
            .unzip();
        let together = if one.channel == Channel::Webhook {
            1
        } else {
            TOGETHER
        };
        for (messages, feeds) in messages.chunks(together).zip(feeds.chunks(together)) {
            let sent = services.send(&client, &one, messages).await;
            let outcome = match &sent {
                Ok(()) => Ok(()),
                Err(why) => Err(why.as_str()),
            };
            services.sent(&one, outcome).await;
            for feed in feeds {
                outstanding.end(*feed);
            }
        }
    }
}

impl Services {
    /// Tells people of issues as they change, until dropped.
    pub async fn tell(self) {
        let client = match outgoing::client(&self.config().webhooks) {
            Ok(client) => client,
            Err(error) => {
                tracing::error!(%error, "notifications.off");
                return;
            }
        };
        let outstanding = Arc::new(Outstanding::default());
        let mut post = Post {
            services: self.clone(),
            client,
            ways: HashMap::new(),
            outstanding: outstanding.clone(),
        };
        let mut events = self.issues().events();
        let mut cursor = None;
        loop {
            match self.tell_some(&mut cursor, &mut post).await {
                Ok(true) => {}
                Ok(false) => tokio::select! {
                    // Whatever happened, the store has it.
                    heard = events.recv() => if matches!(heard, Err(RecvError::Closed)) {
                        return;
                    },
                    () = outstanding.settled() => {}
                },
                Err(error) => {
                    tracing::warn!(%error, "notifications.unavailable");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Looks at the next events; whether there may be more.
    async fn tell_some(&self, cursor: &mut Option<Cursor>, post: &mut Post) -> Result<bool> {
        let at = match *cursor {
            Some(at) => at,
            None => {
                let at = self.notifications_cursor().await?;
                *cursor.insert(Cursor {
                    told_to: at,
                    written: at,
                    owed: false,
                })
            }
        };
        let (fed, subscriptions) = {
            let mut lease = self.store().read().await?;
            let mut conn = lease.conn();
            let mut districts: BTreeSet<i32> = (self.picture().regions.iter())
                .map(|region| region.code.district_code())
                .collect();
            districts.insert(0);
            let districts: Vec<i32> = districts.into_iter().collect();
            let fed = conn
                .issue_events_after(&districts, at.told_to, BATCH)
                .await?;
            (fed, conn.subscriptions().await?)
        };
        let told_to = fed.last().map_or(at.told_to, |(last, _)| *last);
        let more = fed.len() as i64 == BATCH;
        let subscriptions: Vec<Arc<Subscription>> =
            subscriptions.into_iter().map(Arc::new).collect();
        post.keep(&subscriptions);
        let told = if fed.is_empty() {
            Told::default()
        } else {
            self.matched(&fed, &subscriptions).await?
        };
        // The cursor stops before the first message that is still to be sent, those of now included.
        let first = told.parcels.iter().map(|parcel| parcel.feed).min();
        let settled = first.map_or(told_to, |first| told_to.min(first - 1));
        let settled = post.outstanding.settled_to(settled);
        // Everything that left has arrived: who starts anew must not send it again.
        let arrived = at.owed && settled == told_to;
        let due = arrived || settled - at.written >= CURSOR_EVERY;
        let mut now_at = Cursor { told_to, ..at };
        if !told.notifications.is_empty() || due {
            let mut tx = self.store().begin().await?;
            let mut conn = tx.conn();
            conn.notifications_put(&told.notifications).await?;
            if settled > at.written {
                conn.issue_setting_put(CURSOR, &settled).await?;
                now_at.written = settled;
            }
            tx.commit().await?;
            now_at.owed = at.owed && !arrived;
        }
        now_at.owed |= first.is_some();
        *cursor = Some(now_at);
        for parcel in &told.parcels {
            post.outstanding.begin(parcel.feed);
        }
        for parcel in told.parcels {
            post.send(parcel).await;
        }
        Ok(more)
    }

    /// Where telling goes on; a database that was never told from begins now, not with its history.
    async fn notifications_cursor(&self) -> Result<i64> {
        let (stored, feed) = {
            let mut lease = self.store().read().await?;
            let mut conn = lease.conn();
            (conn.issue_setting(CURSOR).await?, conn.issue_feed().await?)
        };
        if let Some(at) = stored {
            return Ok(at);
        }
        let mut tx = self.store().begin().await?;
        tx.conn().issue_setting_put(CURSOR, &feed).await?;
        tx.commit().await?;
        Ok(feed)
    }

    /// Who is to be told of which event.
    async fn matched(
        &self,
        fed: &[(i64, IssueEvent)],
        subscriptions: &[Arc<Subscription>],
    ) -> Result<Told> {
        let mut told = Told::default();
        let active: Vec<_> = (subscriptions.iter())
            .filter(|one| !one.is_stopped())
            .collect();
        if active.is_empty() {
            return Ok(told);
        }
        let mut ids: Vec<IssueId> = fed.iter().map(|(_, event)| event.issue).collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = self.issues_in_order(&ids).await?;
        let mut askers: HashMap<Uuid, Option<Asker>> = HashMap::new();
        for one in &active {
            if let Entry::Vacant(place) = askers.entry(one.account) {
                place.insert(self.asker_of_account(one.account).await?);
            }
        }
        for one in active {
            let Some(Some(asker)) = askers.get(&one.account) else {
                continue;
            };
            self.match_one(one, asker, &rows, fed, &mut told);
        }
        Ok(told)
    }

    fn match_one(
        &self,
        one: &Arc<Subscription>,
        asker: &Asker,
        rows: &[IssueRow],
        fed: &[(i64, IssueEvent)],
        told: &mut Told,
    ) {
        let now = self.now();
        let (picture, catalog) = (self.picture(), self.issues().catalog());
        let standing = Standing::of(asker, &picture, now);
        let seen: Vec<&IssueRow> = rows
            .iter()
            .filter(|row| standing.sees(asker, &picture, &row.issue))
            .collect();
        let fits = self.issue_ground(asker, false, |ground| {
            // Only the rows that changed are looked at, however many there are.
            let mut columns = IssueColumns::new();
            let mut of_row = Vec::new();
            for row in &seen {
                let at = ground.ledger.row_of(row.issue.id);
                if let Some(issue) = at.and_then(|at| ground.ledger.columns.get(at)) {
                    columns.push(&issue);
                    of_row.push(*row);
                }
            }
            let filter = query_of(&one.query)?.anywhere(ground)?;
            let fit = filter.select(&columns);
            Ok(fit.rows().map(|at| of_row[at]).collect::<Vec<_>>())
        });
        let fits = match fits {
            Ok(fits) => fits,
            Err(error) => {
                // A category or a place that is gone: nothing can be of it.
                tracing::debug!(subscription = %one.id, %error, "notifications.filter");
                return;
            }
        };
        for row in fits {
            let issue = &row.issue;
            let of_issue = fed.iter().filter(|(_, event)| {
                // The report is what follows; an import opens issues by the thousand.
                let opened = event.made.kind() == MoveKind::Open;
                // On the page one's own doing is no news; another system wants to know it.
                let own = one.channel == Channel::InApp && event.by.id == asker.actor.id;
                event.issue == issue.id && event.at >= one.at && !own && !opened
            });
            for (feed, event) in of_issue {
                if one.channel == Channel::InApp {
                    told.notifications.push(Notification {
                        id: Uuid::now_v7(),
                        account: one.account,
                        issue: issue.id,
                        district_code: row.district_code,
                        seq: event.seq,
                        at: now,
                        read_at: None,
                    });
                } else {
                    let category = catalog.names(&issue.category).0;
                    let base = self.config().server.public_url.as_deref();
                    let message = Message::of(&picture, category, issue, event, base);
                    told.parcels.push(Parcel {
                        to: one.clone(),
                        message,
                        feed: *feed,
                    });
                }
            }
        }
    }

    /// Notes how a message went. A success is written only after a failure: most succeed.
    pub(super) async fn sent(&self, one: &Subscription, outcome: std::result::Result<(), &str>) {
        let noted = async {
            let mut tx = self.store().begin().await?;
            let mut conn = tx.conn();
            let all = conn.subscriptions().await?;
            let failures = all
                .iter()
                .find(|other| other.id == one.id)
                .map_or(0, |other| other.failures);
            match outcome {
                Ok(()) if failures == 0 => return Ok(()),
                Ok(()) => conn.subscription_outcome(one.id, 0, None).await?,
                Err(why) => {
                    let failures = failures.saturating_add(1);
                    conn.subscription_outcome(one.id, failures, Some(why))
                        .await?;
                }
            }
            tx.commit().await?;
            Ok::<(), crate::services::error::Error>(())
        };
        if let Err(why) = outcome {
            tracing::warn!(subscription = %one.id, %why, "webhook.failed");
        }
        if let Err(error) = noted.await {
            tracing::warn!(%error, "webhook.unnoted");
        }
    }
}
