//! Who wants to hear of which issues: filters that people keep, subscriptions, and what they were told.
//!
//! `telling` matches events, `messages` writes what is sent, `outgoing` sends it. Invariant: nobody is told of
//! an issue that they do not see at that moment, by whichever way.

mod address;
mod messages;
mod outgoing;
mod outstanding;
mod telling;
mod trial;

pub use trial::TrialView;

use super::Services;
use super::accounts::Asker;
use super::error::{Error, Result};
use super::issues::{IssueQuery, Standing};
use super::keys::token;
use crate::domain::{
    Channel, FilterWords, MAX_NAME_CHARS, Problem, SavedFilter, Sealed, Severity, Subscription,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Field name of sealed addresses.
pub(super) const URL_FIELD: &str = "subscription.url";
/// Field name of sealed secrets.
pub(super) const SECRET_FIELD: &str = "subscription.secret";
/// Most filters of an account.
const MOST_FILTERS: usize = 50;
/// Most subscriptions of an account.
const MOST_SUBSCRIPTIONS: usize = 20;
/// Notifications that are shown, at most.
const MOST_NOTIFICATIONS: i64 = 200;
/// Longest secret of a robot, in characters.
const MOST_SECRET_CHARS: usize = 200;
/// Words of a filter that make no sense for what is still to come.
const NOT_TO_COME: [&str; 4] = ["q", "from", "to", "cell"];

/// A filter that somebody keeps.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedFilterView {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// The filter: words as in the address of a list.
    #[schema(value_type = Object)]
    pub query: FilterWords,
    /// When it was made.
    pub at: DateTime<Utc>,
}

/// A subscription.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubscriptionView {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Of which issues.
    #[schema(value_type = Object)]
    pub query: FilterWords,
    /// `in_app`, `webhook`, `wecom` or `dingtalk`.
    pub channel: String,
    /// The host that messages go to; the address itself is as good as a password.
    pub host: Option<String>,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Messages in a row that did not arrive.
    pub failures: u32,
    /// Why the last one did not.
    pub last_error: Option<String>,
    /// Too many did not: nothing is sent any more. Remove it and subscribe again.
    pub stopped: bool,
}

/// A subscription that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubscriptionMade {
    /// The subscription.
    #[serde(flatten)]
    pub about: SubscriptionView,
    /// What signs the messages of a webhook; shown this once.
    pub secret: Option<String>,
}

/// What is wanted.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSubscription {
    /// Name, 1 to 40 characters.
    pub name: String,
    /// Of which issues: words as in the address of a list, without `q`, `from`, `to` and `cell`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub query: FilterWords,
    /// `in_app`, `webhook`, `wecom` or `dingtalk`.
    pub channel: String,
    /// Where to; not for `in_app`.
    pub url: Option<String>,
    /// The secret of a DingTalk robot that signs; webhooks are given one.
    pub secret: Option<String>,
}

/// What somebody was told.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationView {
    /// Identity.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it was read.
    pub read: bool,
    /// The issue.
    pub issue: Uuid,
    /// Its code.
    pub code: String,
    /// Name of its category, Chinese.
    pub category_zh: String,
    /// Name of its category, English.
    pub category_en: String,
    /// Where it is.
    pub place: String,
    /// What happened.
    #[serde(rename = "move")]
    pub verb: String,
    /// The same, Chinese.
    pub move_zh: String,
    /// State after.
    pub state: String,
    /// The same, Chinese.
    pub state_zh: String,
}

/// What somebody was told, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationsView {
    /// How many were not read.
    pub unread: u64,
    /// At most 200.
    pub items: Vec<NotificationView>,
}

fn bad(field: &str, value: &str, zh: impl Into<String>, en: impl Into<String>) -> Error {
    Error::Invalid(vec![
        Problem::new(Severity::Refused, "subscription_invalid", zh, en).at_field(field, value),
    ])
}

/// A name of 1 to 40 characters.
fn name_of(text: &str) -> Result<String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
        return Err(bad(
            "name",
            name,
            format!("名称为 1 至 {MAX_NAME_CHARS} 个字"),
            format!("a name has 1 to {MAX_NAME_CHARS} characters"),
        ));
    }
    Ok(name.to_owned())
}

/// The filter of these words; a word that no filter has is an error.
fn query_of(words: &FilterWords) -> Result<IssueQuery> {
    let known: HashSet<String> = IssueQuery::into_params(|| None)
        .into_iter()
        .map(|parameter| parameter.name)
        .collect();
    if let Some(word) = words.keys().find(|word| !known.contains(*word)) {
        return Err(bad(
            "query",
            word,
            format!("筛选条件没有“{word}”"),
            format!("a filter has no {word}"),
        ));
    }
    let words = serde_json::to_value(words).unwrap_or_default();
    serde_json::from_value(words)
        .map_err(|error| bad("query", "", "筛选条件有误", error.to_string()))
}

/// The host of an address.
fn host_of(url: &str) -> Option<String> {
    reqwest::Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
}

impl Services {
    /// The filters of whoever asks.
    ///
    /// # Errors
    /// The store's own.
    pub async fn saved_filters(&self, asker: &Asker) -> Result<Vec<SavedFilterView>> {
        let mut lease = self.store().read().await?;
        let filters = lease.conn().saved_filters(asker.actor.id.uuid()).await?;
        Ok(filters.into_iter().map(SavedFilterView::from).collect())
    }

    /// Keeps a filter.
    ///
    /// # Errors
    /// `Invalid` name or words, `Conflict` when the name is taken or there are too many.
    pub async fn saved_filter_make(
        &self,
        asker: &Asker,
        name: &str,
        query: FilterWords,
    ) -> Result<SavedFilterView> {
        let filter = SavedFilter {
            id: Uuid::now_v7(),
            account: asker.actor.id.uuid(),
            name: name_of(name)?,
            query,
            at: self.now(),
        };
        self.words_hold(asker, &query_of(&filter.query)?)?;
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let mine = conn.saved_filters(filter.account).await?;
        if mine.iter().any(|other| other.name == filter.name) {
            return Err(Error::conflict(
                "name_taken",
                format!("已有名为“{}”的筛选条件；请另取名称", filter.name),
                format!(
                    "there is a filter named {}; choose another name",
                    filter.name
                ),
            ));
        }
        if mine.len() >= MOST_FILTERS {
            return Err(too_many(MOST_FILTERS));
        }
        conn.saved_filter_insert(&filter).await?;
        tx.commit().await?;
        Ok(filter.into())
    }

    /// Removes a filter of whoever asks.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn saved_filter_remove(&self, asker: &Asker, id: Uuid) -> Result<()> {
        let mut tx = self.store().begin().await?;
        let account = asker.actor.id.uuid();
        if !tx.conn().saved_filter_delete(account, id).await? {
            return Err(Error::NotFound(format!("filter {id}")));
        }
        tx.commit().await?;
        Ok(())
    }

    /// The subscriptions of whoever asks.
    ///
    /// # Errors
    /// The store's own.
    pub async fn subscriptions(&self, asker: &Asker) -> Result<Vec<SubscriptionView>> {
        let all = {
            let mut lease = self.store().read().await?;
            lease.conn().subscriptions().await?
        };
        let mine = all
            .iter()
            .filter(|one| one.account == asker.actor.id.uuid());
        Ok(mine.map(|one| self.subscription_view(one)).collect())
    }

    /// Subscribes.
    ///
    /// # Errors
    /// `Invalid` with what is wrong, `Conflict` when there are too many.
    pub async fn subscribe(&self, asker: &Asker, ask: NewSubscription) -> Result<SubscriptionMade> {
        let channel: Channel =
            ask.channel
                .parse()
                .map_err(|error: crate::domain::UnknownWord| {
                    bad(
                        "channel",
                        &ask.channel,
                        "channel 应为 in_app、webhook、wecom 或 dingtalk",
                        error.to_string(),
                    )
                })?;
        let name = name_of(&ask.name)?;
        if let Some(word) = NOT_TO_COME
            .iter()
            .find(|word| ask.query.contains_key(**word))
        {
            return Err(bad(
                "query",
                word,
                format!("订阅针对今后的问题，不能用“{word}”"),
                format!("a subscription is about what is to come, without {word}"),
            ));
        }
        self.words_hold(asker, &query_of(&ask.query)?)?;
        let url = ask
            .url
            .as_deref()
            .map(str::trim)
            .filter(|url| !url.is_empty());
        match (channel, url) {
            (Channel::InApp, Some(url)) => {
                return Err(bad(
                    "url",
                    url,
                    "站内订阅不需要网址",
                    "in_app takes no address",
                ));
            }
            (Channel::InApp, None) => {}
            (_, None) => {
                return Err(bad(
                    "url",
                    "",
                    "请给出接收网址",
                    "name the address that receives",
                ));
            }
            (_, Some(url)) => {
                outgoing::check(url, &self.config().webhooks)?;
            }
        }
        let given = ask
            .secret
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        if given.is_some_and(|text| text.chars().count() > MOST_SECRET_CHARS) {
            return Err(bad("secret", "", "密钥过长", "the secret is too long"));
        }
        let secret = match (channel, given) {
            (Channel::Webhook, None) => Some(format!("gkw_{}", token())),
            (Channel::Dingtalk, given) => given.map(str::to_owned),
            (_, None) => None,
            (_, Some(_)) => {
                return Err(bad(
                    "secret",
                    "",
                    "只有钉钉加签机器人需要填写密钥",
                    "only a DingTalk robot that signs takes a secret",
                ));
            }
        };
        let id = Uuid::now_v7();
        let seal = |field: &str, clear: Option<&str>| -> Result<Option<Sealed>> {
            let sealed = clear.map(|clear| self.keys().seal(field, &id.to_string(), clear));
            Ok(sealed.transpose()?.map(Sealed::stored))
        };
        let one = Subscription {
            id,
            account: asker.actor.id.uuid(),
            name,
            query: ask.query,
            channel,
            url: seal(URL_FIELD, url)?,
            secret: seal(SECRET_FIELD, secret.as_deref())?,
            at: self.now(),
            failures: 0,
            last_error: None,
        };
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let all = conn.subscriptions().await?;
        if all
            .iter()
            .filter(|other| other.account == one.account)
            .count()
            >= MOST_SUBSCRIPTIONS
        {
            return Err(too_many(MOST_SUBSCRIPTIONS));
        }
        conn.subscription_insert(&one).await?;
        tx.commit().await?;
        Ok(SubscriptionMade {
            about: self.subscription_view(&one),
            secret: secret.filter(|_| channel == Channel::Webhook),
        })
    }

    /// Removes a subscription of whoever asks.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn unsubscribe(&self, asker: &Asker, id: Uuid) -> Result<()> {
        let mut tx = self.store().begin().await?;
        let account = asker.actor.id.uuid();
        if !tx.conn().subscription_delete(account, id).await? {
            return Err(Error::NotFound(format!("subscription {id}")));
        }
        tx.commit().await?;
        Ok(())
    }

    /// What whoever asks was told, of issues that they still see.
    ///
    /// # Errors
    /// The store's own.
    pub async fn notifications(&self, asker: &Asker) -> Result<NotificationsView> {
        let account = asker.actor.id.uuid();
        let (unread, told, rows) = {
            let mut lease = self.store().read().await?;
            let mut conn = lease.conn();
            let told = conn.notifications(account, MOST_NOTIFICATIONS).await?;
            let mut ids: Vec<_> = told
                .iter()
                .map(|(notification, _)| notification.issue)
                .collect();
            ids.sort_unstable();
            ids.dedup();
            let rows = conn.issue_list(&ids).await?;
            (conn.notifications_unread(account).await?, told, rows)
        };
        let picture = self.picture();
        let catalog = self.issues().catalog();
        let standing = Standing::of(asker, &picture, self.now());
        let seen: HashMap<_, _> = rows
            .iter()
            .map(|row| &row.issue)
            .filter(|issue| standing.sees(asker, &picture, issue))
            .map(|issue| (issue.id, issue))
            .collect();
        let items = told.iter().filter_map(|(notification, event)| {
            let issue = seen.get(&notification.issue)?;
            let (category_zh, category_en) = catalog.names(&issue.category);
            Some(NotificationView {
                id: notification.id,
                at: notification.at,
                read: notification.read_at.is_some(),
                issue: issue.id.uuid(),
                code: issue.code.clone(),
                category_zh,
                category_en,
                place: messages::place(&picture, issue),
                verb: event.made.kind().to_string(),
                move_zh: event.made.kind().label_zh().to_owned(),
                state: event.to.to_string(),
                state_zh: event.to.label_zh().to_owned(),
            })
        });
        Ok(NotificationsView {
            unread,
            items: items.collect(),
        })
    }

    /// Marks what somebody was told as read; all of it when nothing is named.
    ///
    /// # Errors
    /// The store's own.
    pub async fn notifications_read(&self, asker: &Asker, ids: Option<&[Uuid]>) -> Result<()> {
        let ids = ids.map(|ids| &ids[..ids.len().min(MOST_NOTIFICATIONS as usize)]);
        let mut tx = self.store().begin().await?;
        tx.conn()
            .notifications_read(asker.actor.id.uuid(), ids, self.now())
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether the words of a filter are understood.
    fn words_hold(&self, asker: &Asker, query: &IssueQuery) -> Result<()> {
        let today = self.today(self.now());
        self.issue_ground(asker, false, |ground| {
            query.period(today)?;
            query.anywhere(ground).map(drop)
        })
    }

    fn subscription_view(&self, one: &Subscription) -> SubscriptionView {
        let url = one.url.as_ref().and_then(|url| {
            self.keys()
                .unseal(URL_FIELD, &one.id.to_string(), url.as_stored())
                .ok()
        });
        SubscriptionView {
            id: one.id,
            name: one.name.clone(),
            query: one.query.clone(),
            channel: one.channel.to_string(),
            host: url.as_deref().and_then(host_of),
            at: one.at,
            failures: one.failures,
            last_error: one.last_error.clone(),
            stopped: one.is_stopped(),
        }
    }
}

impl From<SavedFilter> for SavedFilterView {
    fn from(filter: SavedFilter) -> Self {
        Self {
            id: filter.id,
            name: filter.name,
            query: filter.query,
            at: filter.at,
        }
    }
}

fn too_many(most: usize) -> Error {
    Error::conflict(
        "too_many",
        format!("最多 {most} 个，请先删除不用的"),
        format!("at most {most}; remove one first"),
    )
}
