//! Sending a message to a server of somebody else, and to nobody of the house.
//!
//! What an account writes as an address must not become a way into the network behind this server: https only, no
//! redirects, no proxy, and no address that is not public after its name was resolved. Settings may allow more.

use super::address::is_public;
use super::bad;
use super::messages::{Message, dingtalk_signature, robot, signature};
use crate::config::Webhooks;
use crate::domain::{Channel, Subscription};
use crate::services::Services;
use crate::services::error::{Error, Result};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde_json::Value;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Longest time for one try.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Tries after the first.
const RETRIES: u32 = 3;
/// Most of an answer that is read.
const MOST_ANSWER: usize = 64 << 10;
/// Longest address, in characters.
const MOST_URL: usize = 1000;

/// Whether an address of the network may be sent to.
fn may(address: IpAddr, allowed: &Webhooks) -> bool {
    is_public(address)
        || allowed.private_addresses
        || (allowed.loopback_http && address.is_loopback())
}

/// The address of a receiver.
///
/// # Errors
/// `Invalid` when it may not be sent to, as far as the address itself tells.
pub fn check(text: &str, allowed: &Webhooks) -> Result<Url> {
    let wrong = |zh: &str, en: &str| bad("url", text, zh, en);
    let url = Url::parse(text)
        .ok()
        .filter(|_| text.len() <= MOST_URL)
        .ok_or_else(|| wrong("网址有误", "this is no address"))?;
    let address = url.host_str().and_then(|host| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        bare.parse::<IpAddr>().ok()
    });
    let here = allowed.loopback_http && address.is_some_and(|address| address.is_loopback());
    if url.scheme() != "https" && !(here && url.scheme() == "http") {
        return Err(wrong("只能用 https 网址", "only https addresses"));
    }
    if url.host_str().is_none() || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "网址须有主机名，不能含用户名或密码",
            "the address has a host, and no user or password",
        ));
    }
    // A name is looked at when it is resolved, each time.
    if address.is_some_and(|address| !may(address, allowed)) {
        return Err(wrong(
            "不能发往内部网络地址",
            "an address inside the network is not sent to",
        ));
    }
    Ok(url)
}

/// Names resolve to what may be sent to, or not at all.
struct Outside(Webhooks);

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let outside: Vec<SocketAddr> = found
                .filter(|address| may(address.ip(), &allowed))
                .collect();
            if outside.is_empty() {
                return Err("the name leads into the network of this server".into());
            }
            Ok(Box::new(outside.into_iter()) as Addrs)
        })
    }
}

/// The client.
///
/// # Errors
/// `Internal` when the certificates of the system cannot be read.
pub fn client(allowed: &Webhooks) -> Result<Client> {
    // Another part of the program may have installed it already.
    let _there = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .timeout(TIMEOUT)
        .connect_timeout(TIMEOUT)
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .user_agent("gridkeeper-webhook/1")
        .dns_resolver(Arc::new(Outside(allowed.clone())))
        .build()
        .map_err(|error| Error::Internal(format!("webhooks: {error}")))
}

/// Why a message did not arrive, and whether to try again.
pub(super) struct Failed {
    /// Why.
    pub why: String,
    again: bool,
}

/// One try.
async fn post(
    client: &Client,
    url: Url,
    headers: Vec<(&'static str, String)>,
    body: String,
) -> std::result::Result<Vec<u8>, Failed> {
    let mut request = client
        .post(url)
        .header("content-type", "application/json; charset=utf-8")
        .body(body);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let failed = |error: reqwest::Error| {
        let why = if error.is_timeout() {
            "timeout"
        } else if error.is_connect() {
            "no connection"
        } else {
            "broken answer"
        };
        // Without the address: that of a robot is a password.
        Failed {
            why: why.to_owned(),
            again: true,
        }
    };
    let mut answer = request.send().await.map_err(failed)?;
    let status = answer.status();
    if !status.is_success() {
        return Err(Failed {
            why: format!("HTTP {}", status.as_u16()),
            again: status.is_server_error() || matches!(status.as_u16(), 408 | 429),
        });
    }
    let mut read = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        read.extend_from_slice(&chunk);
        if read.len() > MOST_ANSWER {
            break;
        }
    }
    Ok(read)
}

/// Robots say in the body whether they took it.
fn taken(answer: &[u8]) -> std::result::Result<(), Failed> {
    let code = serde_json::from_slice::<Value>(answer)
        .ok()
        .and_then(|answer| answer["errcode"].as_i64());
    match code {
        Some(0) => Ok(()),
        // Busy, or too many in a minute: WeCom -1 and 45009, DingTalk 130101 and 410100.
        Some(code) => Err(Failed {
            why: format!("errcode {code}"),
            again: matches!(code, -1 | 45009 | 130_101 | 410_100),
        }),
        None => Err(Failed {
            why: "no errcode in the answer".to_owned(),
            again: false,
        }),
    }
}

impl Services {
    /// Sends messages to the receiver of a subscription; several only to a robot.
    ///
    /// # Errors
    /// Why they did not arrive, after the last try.
    pub(super) async fn send(
        &self,
        client: &Client,
        one: &Subscription,
        messages: &[Message],
    ) -> std::result::Result<(), String> {
        let settings = &self.config().webhooks;
        let mut wait = Duration::from_millis(u64::from(settings.retry_ms));
        let mut tries = 0;
        loop {
            let why = match self.send_once(client, one, messages).await {
                Ok(()) => return Ok(()),
                Err(failed) if !failed.again || tries == RETRIES => return Err(failed.why),
                Err(failed) => failed.why,
            };
            tracing::debug!(subscription = %one.id, %why, "webhook.again");
            tokio::time::sleep(wait).await;
            wait *= 4;
            tries += 1;
        }
    }

    async fn send_once(
        &self,
        client: &Client,
        one: &Subscription,
        messages: &[Message],
    ) -> std::result::Result<(), Failed> {
        let body = match (one.channel, messages) {
            (Channel::Webhook, [message]) => message.webhook(one.id),
            (Channel::Webhook, _) => {
                return Err(Failed {
                    why: "a webhook takes one message at a time".to_owned(),
                    again: false,
                });
            }
            (channel, messages) => robot(channel, &one.name, messages),
        };
        self.send_body(client, one, body).await
    }

    /// One try to send a body, signed as its receiver expects.
    pub(super) async fn send_body(
        &self,
        client: &Client,
        one: &Subscription,
        body: Value,
    ) -> std::result::Result<(), Failed> {
        let settings = &self.config().webhooks;
        let id = one.id.to_string();
        let never = |why: String| Failed { why, again: false };
        let open = |field: &str, sealed: Option<&crate::domain::Sealed>| {
            let sealed = sealed.map(|sealed| self.keys().unseal(field, &id, sealed.as_stored()));
            sealed.transpose().map_err(|error| never(error.to_string()))
        };
        let text = open(super::URL_FIELD, one.url.as_ref())?.unwrap_or_default();
        let secret = open(super::SECRET_FIELD, one.secret.as_ref())?;
        // Settings may have become stricter since.
        let mut url = check(&text, settings).map_err(|error| never(error.to_string()))?;
        let (now, body) = (self.now(), body.to_string());
        if one.channel == Channel::Webhook {
            let timestamp = now.timestamp();
            let signed = signature(&secret.unwrap_or_default(), timestamp, &body);
            let headers = vec![
                ("x-gridkeeper-timestamp", timestamp.to_string()),
                ("x-gridkeeper-signature", signed),
            ];
            return post(client, url, headers, body).await.map(drop);
        }
        if let Some(secret) = secret.filter(|_| one.channel == Channel::Dingtalk) {
            let timestamp = now.timestamp_millis();
            url.query_pairs_mut()
                .append_pair("timestamp", &timestamp.to_string())
                .append_pair("sign", &dingtalk_signature(&secret, timestamp));
        }
        let answer = post(client, url, Vec::new(), body).await?;
        taken(&answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(private: bool, loopback: bool) -> Webhooks {
        Webhooks {
            private_addresses: private,
            loopback_http: loopback,
            retry_ms: 1,
        }
    }

    #[test]
    fn addresses_inside_the_network_are_refused_and_so_is_http() {
        let strict = settings(false, false);
        for text in [
            "http://example.org/hook",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://10.0.0.8/x",
            "https://169.254.169.254/latest/meta-data",
            "https://[::ffff:10.0.0.1]/",
            // Other ways to write 127.0.0.1; the parser knows them all.
            "https://2130706433/",
            "https://0x7f.1/",
            "https://user:pw@example.org/",
            "file:///etc/passwd",
            "gopher://example.org/",
            "nothing",
        ] {
            assert!(check(text, &strict).is_err(), "{text}");
        }
        assert!(check("https://example.org/hook?key=1", &strict).is_ok());
        assert!(check("http://127.0.0.1:9/", &settings(false, true)).is_ok());
        assert!(check("http://10.0.0.8/", &settings(true, true)).is_err());
        assert!(check("https://10.0.0.8/", &settings(true, false)).is_ok());
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_resolved() {
        let name = || "localhost".parse::<Name>().unwrap();
        let strict = Outside(settings(false, false)).resolve(name()).await;
        assert!(strict.is_err());
        let open = Outside(settings(false, true)).resolve(name()).await;
        assert!(open.unwrap().all(|address| address.ip().is_loopback()));
    }

    #[test]
    fn a_robot_that_refuses_has_not_taken_it() {
        assert!(taken(br#"{"errcode":0,"errmsg":"ok"}"#).is_ok());
        let busy = taken(br#"{"errcode":45009}"#).unwrap_err();
        assert!(busy.again && busy.why.contains("45009"));
        assert!(!taken(br#"{"errcode":93000}"#).unwrap_err().again);
        assert!(taken(b"<html>").is_err());
    }
}
