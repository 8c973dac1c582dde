//! What is sent: JSON for webhooks, the documented templates of WeCom and DingTalk robots.
//!
//! Pure. Invariant: no name, phone or text of a person is in a message, and no place finer than a compound: it leaves
//! the house.

use crate::domain::Channel;
use crate::domain::issue::{Issue, IssueEvent};
use crate::services::picture::Picture;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

/// Messages to a robot that are told in one: robots take twenty a minute.
pub const TOGETHER: usize = 10;

/// One event for one subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Identity of the event: whoever hears twice can tell.
    pub event: Uuid,
    /// The issue.
    pub issue: Uuid,
    /// Its code.
    pub code: String,
    /// Code of the category.
    pub category: String,
    /// Name of the category.
    pub category_zh: String,
    /// Compound, or region where there is none.
    pub place: String,
    /// What happened.
    pub verb: String,
    /// The same, Chinese.
    pub move_zh: String,
    /// State after.
    pub state: String,
    /// The same, Chinese.
    pub state_zh: String,
    /// When, RFC 3339.
    pub at: String,
    /// Time limit, RFC 3339.
    pub due_at: Option<String>,
    /// The page of the issue, where this server knows its address.
    pub link: Option<String>,
}

/// The place of an issue as far as others may hear of it: the compound, or the region.
pub fn place(picture: &Picture, issue: &Issue) -> String {
    let stamps = &issue.stamps;
    let compound = stamps
        .compound
        .map(|id| picture.compound_name(id).to_owned());
    compound
        .filter(|name| !name.is_empty())
        .or_else(|| stamps.region.map(|code| picture.region_name(code)))
        .unwrap_or_default()
}

impl Message {
    /// Of an event.
    pub fn of(
        picture: &Picture,
        category_zh: String,
        issue: &Issue,
        event: &IssueEvent,
        public_url: Option<&str>,
    ) -> Self {
        let base = public_url.map(|url| url.trim_end_matches('/'));
        Self {
            event: event.id.uuid(),
            issue: issue.id.uuid(),
            code: issue.code.clone(),
            category: issue.category.clone(),
            category_zh,
            place: place(picture, issue),
            verb: event.made.kind().to_string(),
            move_zh: event.made.kind().label_zh().to_owned(),
            state: event.to.to_string(),
            state_zh: event.to.label_zh().to_owned(),
            at: event.at.to_rfc3339(),
            due_at: issue.due.close.map(|at| at.to_rfc3339()),
            link: base.map(|base| format!("{base}/issues/i/{}", issue.id)),
        }
    }

    /// The body for a webhook.
    pub fn webhook(&self, subscription: Uuid) -> Value {
        json!({
            "id": self.event,
            "subscription": subscription,
            "at": self.at,
            "move": self.verb,
            "move_zh": self.move_zh,
            "issue": {
                "id": self.issue,
                "code": self.code,
                "category": self.category,
                "category_zh": self.category_zh,
                "place": self.place,
                "state": self.state,
                "state_zh": self.state_zh,
                "due_at": self.due_at,
            },
            "link": self.link,
        })
    }

    fn markdown(&self) -> String {
        let code = match &self.link {
            Some(link) => format!("[{}]({link})", self.code),
            None => self.code.clone(),
        };
        let place = plain(&self.place);
        let category = plain(&self.category_zh);
        format!(
            "**{}** {code}\n> {category} · {place}\n> 状态：{}",
            self.move_zh, self.state_zh
        )
    }
}

/// Without what Markdown takes for markup: names come from files of others.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !c.is_control()
                && !matches!(
                    c,
                    '[' | ']' | '(' | ')' | '<' | '>' | '*' | '_' | '`' | '#' | '!' | '@' | '\\'
                )
        })
        .collect()
}

/// The body for a robot.
pub fn robot(channel: Channel, name: &str, messages: &[Message]) -> Value {
    let title = format!("{}：{} 条问题动态", plain(name), messages.len());
    let all: Vec<String> = messages.iter().map(Message::markdown).collect();
    let text = format!("### {title}\n{}", all.join("\n\n"));
    markdown(channel, &title, &text)
}

/// The template of a robot.
fn markdown(channel: Channel, title: &str, text: &str) -> Value {
    match channel {
        Channel::Dingtalk => {
            json!({ "msgtype": "markdown", "markdown": { "title": title, "text": text } })
        }
        _ => json!({ "msgtype": "markdown", "markdown": { "content": text } }),
    }
}

/// The body of a message on trial: in the form of the others, about no issue.
pub fn trial(channel: Channel, subscription: Uuid, name: &str, now: DateTime<Utc>) -> Value {
    if channel == Channel::Webhook {
        return json!({
            "id": Uuid::now_v7(),
            "subscription": subscription,
            "at": now.to_rfc3339(),
            "move": "test",
            "move_zh": "测试",
            "issue": null,
            "link": null,
        });
    }
    let title = format!("{}：测试消息", plain(name));
    markdown(channel, &title, &format!("### {title}\n订阅已接通。"))
}

fn hmac(secret: &str, text: &str) -> Vec<u8> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The signature of a webhook: over the time and the body, so that neither can be replayed alone.
pub fn signature(secret: &str, timestamp_s: i64, body: &str) -> String {
    let signed = hmac(secret, &format!("{timestamp_s}.{body}"));
    format!("sha256={}", crate::domain::hex(&signed))
}

/// The signature that DingTalk documents: Base64 of HMAC-SHA256 over `timestamp\nsecret`, for the address.
pub fn dingtalk_signature(secret: &str, timestamp_ms: i64) -> String {
    STANDARD.encode(hmac(secret, &format!("{timestamp_ms}\n{secret}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            event: Uuid::nil(),
            issue: Uuid::nil(),
            code: "20261128-0007".into(),
            category: "utilities.lighting".into(),
            category_zh: "照明".into(),
            place: "示例[甲](1)小区".into(),
            verb: "dispatch".into(),
            move_zh: "派单".into(),
            state: "disposing".into(),
            state_zh: "处置".into(),
            at: "2026-11-28T00:00:00+00:00".into(),
            due_at: None,
            link: Some("https://example.org/issues/1".into()),
        }
    }

    #[test]
    fn signatures_are_those_of_another_implementation() {
        // python3: hmac.new(b"key", b"1700000000.{}", "sha256").hexdigest()
        assert_eq!(
            signature("key", 1_700_000_000, "{}"),
            "sha256=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"
        );
        // python3: base64.b64encode(hmac.new(b"SECabc", b"1700000000000\nSECabc", "sha256").digest())
        assert_eq!(
            dingtalk_signature("SECabc", 1_700_000_000_000),
            "jcUpW0QmtKduN03n4JqQ0PBosVjqnM8gU7fIIvsDmCM="
        );
    }

    #[test]
    fn robots_get_their_documented_templates_and_names_make_no_links() {
        let wecom = robot(Channel::Wecom, "我的*订阅*", &[message()]);
        assert_eq!(wecom["msgtype"], "markdown");
        let text = wecom["markdown"]["content"].as_str().unwrap();
        assert_eq!(
            text,
            "### 我的订阅：1 条问题动态\n**派单** [20261128-0007](https://example.org/issues/1)\n\
             > 照明 · 示例甲1小区\n> 状态：处置"
        );
        let dingtalk = robot(Channel::Dingtalk, "甲", &[message(), message()]);
        assert_eq!(dingtalk["markdown"]["title"], "甲：2 条问题动态");
        assert!(
            dingtalk["markdown"]["text"]
                .as_str()
                .unwrap()
                .starts_with("### 甲")
        );
    }
}
