//! Who reported an issue without an account: masked, or in the clear with a reason that is noted.
//!
//! Invariant: nothing is opened before the entry of the audit log that says who opened it is stored.

use super::sight::{Standing, place_of};
use crate::domain::access::{Action, Object};
use crate::domain::{Sealed, mask_phone};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::contacts::checked_reason;
use crate::services::error::{Error, Result};
use crate::services::keys::{Locked, REPORTER_NAME, REPORTER_PHONE};
use crate::storage::IssueRow;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Word of the audit log.
const REVEALED: &str = "reporter.revealed";

/// Who reported an issue.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReporterView {
    /// The issue.
    pub id: Uuid,
    /// Name, masked unless `clear`; absent when none was given.
    pub name: Option<String>,
    /// Phone, masked unless `clear`; absent when none was given.
    pub phone: Option<String>,
    /// Whether somebody with an account reported it.
    pub has_account: bool,
    /// Whether the fields are shown whole.
    pub clear: bool,
    /// Whether the asker may see them whole, with a reason.
    pub may_reveal: bool,
    /// Why the fields cannot be opened; absent when they can.
    pub locked: Option<Locked>,
}

/// `王小明` → `王**`.
fn mask_name(name: &str) -> String {
    let mut chars = name.chars();
    let first: String = chars.next().into_iter().collect();
    first + &"*".repeat(chars.count().clamp(1, 3))
}

impl Services {
    /// Who reported an issue, masked.
    ///
    /// # Errors
    /// `NotFound` for an issue that is not seen, `Forbidden` for a role without the right.
    pub async fn issue_reporter(&self, asker: &Asker, id: Uuid) -> Result<ReporterView> {
        let row = self.issue_seen(asker, id).await?;
        self.require_reporter(asker, &row, Action::Read)?;
        let masked = |field, value: &Option<Sealed>, mask: fn(&str) -> String| {
            let clear = self
                .keys()
                .unseal(field, &id.to_string(), value.as_ref()?.as_stored());
            clear.ok().map(|clear| mask(&clear))
        };
        Ok(ReporterView {
            id,
            name: masked(REPORTER_NAME, &row.reporter_name, mask_name),
            phone: masked(REPORTER_PHONE, &row.reporter_phone, mask_phone),
            has_account: row.issue.reporter.is_some(),
            clear: false,
            may_reveal: self.require_reporter(asker, &row, Action::Reveal).is_ok(),
            locked: self.keys().locked().cloned(),
        })
    }

    /// The same in the clear; the look is noted with its reason first.
    ///
    /// # Errors
    /// As [`Self::issue_reporter`]; `Invalid` without a reason; `Conflict` while fields are locked.
    pub async fn issue_reporter_reveal(
        &self,
        asker: &Asker,
        id: Uuid,
        reason: &str,
    ) -> Result<ReporterView> {
        let row = self.issue_seen(asker, id).await?;
        self.require_reporter(asker, &row, Action::Reveal)?;
        let reason = checked_reason(reason)?;
        let open = |field, value: &Option<Sealed>| {
            let stored = value.as_ref().map(Sealed::as_stored);
            stored
                .map(|stored| self.keys().unseal(field, &id.to_string(), stored))
                .transpose()
        };
        let (name, phone) = (
            open(REPORTER_NAME, &row.reporter_name)?,
            open(REPORTER_PHONE, &row.reporter_phone)?,
        );
        self.note(asker.did(REVEALED, &id.to_string()).because(&reason))
            .await?;
        Ok(ReporterView {
            id,
            name,
            phone,
            has_account: row.issue.reporter.is_some(),
            clear: true,
            may_reveal: true,
            locked: None,
        })
    }

    fn require_reporter(&self, asker: &Asker, row: &IssueRow, action: Action) -> Result<()> {
        let picture = self.picture();
        let place = place_of(&picture, &row.issue.stamps);
        let held = asker
            .grants
            .at(Object::IssueReporter, &place)
            .any(|rights| rights.allows(action));
        // A body sees masked who reported what was handed to it, wherever that lies.
        let own = Standing::of(asker, &picture, self.now()).is_own(&row.issue)
            && asker.grants.anywhere(Object::IssueReporter, action);
        if held || own {
            return Ok(());
        }
        Err::<(), Error>(asker.wrong_role(Object::IssueReporter, action))
    }
}

#[cfg(test)]
mod tests {
    use super::mask_name;

    #[test]
    fn a_masked_name_tells_the_first_character_alone() {
        assert_eq!(mask_name("王小明"), "王**");
        assert_eq!(mask_name("王"), "王*");
        assert_eq!(mask_name("示例居民甲乙丙"), "示***");
    }
}
