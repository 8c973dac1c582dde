//! A message on trial: does what was written as an address receive, and does it check what it is sent?
//!
//! Invariant: a trial tells of no issue, and nobody can send many.

use super::messages::trial;
use super::outgoing;
use crate::domain::Channel;
use crate::services::Services;
use crate::services::accounts::{Asker, TRIES};
use crate::services::error::{Error, Result};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How a message on trial went.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrialView {
    /// Whether it arrived.
    pub arrived: bool,
    /// Why not.
    pub why: Option<String>,
}

impl Services {
    /// Sends a message that says nothing to the receiver of a subscription of whoever asks, once. One that arrives
    /// makes a stopped subscription go on.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` for one on the page, `TooMany`.
    pub async fn subscription_try(&self, asker: &Asker, id: Uuid) -> Result<TrialView> {
        let all = {
            let mut lease = self.store().read().await?;
            lease.conn().subscriptions().await?
        };
        let account = asker.actor.id.uuid();
        let one = (all.into_iter())
            .find(|one| one.id == id && one.account == account)
            .ok_or_else(|| Error::NotFound(format!("subscription {id}")))?;
        if one.channel == Channel::InApp {
            return Err(Error::invalid(
                "nothing_to_send",
                "站内订阅不发送消息，无需测试",
                "a subscription on the page sends nothing",
            ));
        }
        let now = self.now();
        self.throttle()
            .take(&format!("trial:{account}"), TRIES, now)
            .map_err(|wait_s| Error::TooMany { wait_s })?;
        let client = outgoing::client(&self.config().webhooks)?;
        let body = trial(one.channel, one.id, &one.name, now);
        let outcome = self.send_body(&client, &one, body).await;
        let why = outcome.err().map(|failed| failed.why);
        if why.is_none() {
            self.sent(&one, Ok(())).await;
        }
        Ok(TrialView {
            arrived: why.is_none(),
            why,
        })
    }
}
