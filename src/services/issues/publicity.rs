//! Whether everybody may read an issue: decided by whoever approves there, never for sensitive categories.
//!
//! Invariant: a sensitive category is never public, also not when an issue becomes sensitive later.

use super::IssueDetail;
use super::catalog::Catalog;
use super::sight::Standing;
use super::writer::{Change, Write, Written};
use crate::domain::IssueId;
use crate::domain::access::Action;
use crate::domain::issue::IssueEvent;
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::storage::IssueRow;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use uuid::Uuid;

struct Publicity {
    services: Services,
    asker: Arc<Asker>,
    catalog: Arc<Catalog>,
    public: bool,
}

impl Change for Publicity {
    fn apply(&self, row: &mut IssueRow, now: DateTime<Utc>) -> Result<Vec<IssueEvent>> {
        let picture = self.services.picture();
        let standing = Standing::of(&self.asker, &picture, now);
        standing.require(&self.asker, &picture, &row.issue, Action::Approve)?;
        if self.public && self.catalog.tree.is_sensitive(&row.issue.category) {
            return Err(Error::conflict(
                "category_sensitive",
                "敏感类别的问题不能公开",
                "an issue of a sensitive category cannot be made public",
            ));
        }
        row.issue.public = self.public;
        Ok(Vec::new())
    }
}

impl Services {
    /// Makes an issue public, or takes it back.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden` without the right to approve there, `Conflict` for a sensitive category.
    pub async fn issue_publish(
        &self,
        asker: &Arc<Asker>,
        id: Uuid,
        public: bool,
    ) -> Result<IssueDetail> {
        let change = Publicity {
            services: self.clone(),
            asker: asker.clone(),
            catalog: self.issues().catalog(),
            public,
        };
        match self
            .issue_write(Write::Change(IssueId::new(id), Box::new(change)))
            .await?
        {
            Written::Issue(row, _) => self.issue_detail_of(asker, *row).await,
            Written::Rows(_) => Err(Error::Internal("a change wrote rows".to_owned())),
        }
    }
}
