//! Filters that people keep, and who wants to hear of which issues by which way.
//!
//! Not the messages. Invariant: where a message goes, and what signs it, is sealed.

use super::text_enum::text_enum;
use super::{IssueId, Sealed};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

text_enum! {
    /// By which way somebody hears of an issue.
    pub enum Channel {
        /// On the page.
        InApp => "in_app", "站内";
        /// A server of one's own, signed.
        Webhook => "webhook", "Webhook";
        /// A robot of a WeCom group.
        Wecom => "wecom", "企业微信";
        /// A robot of a DingTalk group.
        Dingtalk => "dingtalk", "钉钉";
    }
}

/// Words of a filter, as an address has them.
pub type FilterWords = BTreeMap<String, String>;

/// A filter that somebody keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedFilter {
    /// Identity.
    pub id: Uuid,
    /// Whose.
    pub account: Uuid,
    /// Name, unique for its owner.
    pub name: String,
    /// The filter.
    pub query: FilterWords,
    /// When it was made.
    pub at: DateTime<Utc>,
}

/// Somebody wants to hear of issues.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscription {
    /// Identity.
    pub id: Uuid,
    /// Who.
    pub account: Uuid,
    /// Name.
    pub name: String,
    /// Of which issues.
    pub query: FilterWords,
    /// By which way.
    pub channel: Channel,
    /// Where to: addresses of robots are as good as a password.
    pub url: Option<Sealed>,
    /// What signs the messages.
    pub secret: Option<Sealed>,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Messages in a row that did not arrive.
    pub failures: u32,
    /// Why the last one did not.
    pub last_error: Option<String>,
}

/// Messages in a row that may fail before nothing is sent any more.
pub const MOST_FAILURES: u32 = 20;

impl Subscription {
    /// Whether nothing is sent any more.
    pub const fn is_stopped(&self) -> bool {
        self.failures >= MOST_FAILURES
    }
}

/// Somebody was told of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Identity.
    pub id: Uuid,
    /// Who.
    pub account: Uuid,
    /// Of which issue.
    pub issue: IssueId,
    /// County-level code of the issue.
    pub district_code: i32,
    /// Number of the event within the issue.
    pub seq: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
}
