//! The responsible bodies that are known: from routing rules that hold, and from issues that were handed to them.
//!
//! Not an organisation chart. Invariant: only bodies of rules that reach where the asker reads issues, and of issues
//! that the asker sees.

use super::IssueQuery;
use super::query::Ground;
use super::sight::Sight;
use crate::domain::access::Place;
use crate::domain::issue::{RoutingRule, RulePlace};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A body that issues may be handed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct KnownBody {
    /// Stable code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Rules that name it today.
    pub rules: u32,
    /// Issues that it has or had, as far as the asker sees them.
    pub issues: u32,
}

/// The bodies.
#[derive(Debug, Serialize, ToSchema)]
pub struct KnownBodies {
    /// Those with most issues first.
    pub items: Vec<KnownBody>,
}

/// Whether a rule may send somewhere the asker reads issues.
fn reaches(ground: &Ground<'_>, sight: &Sight, rule: &RoutingRule) -> bool {
    let picture = ground.picture;
    let at = |place: &RulePlace| match place {
        RulePlace::Compound { compound } => picture
            .compound_index(*compound)
            .is_some_and(|at| sight.issues_at(&picture.place_of_compound(at))),
        RulePlace::Region { region } => {
            let inside = picture.regions.iter().map(|region| region.code);
            inside
                .filter(|code| region.contains(*code))
                .any(|code| sight.issues_at(&Place::region(code)))
        }
    };
    rule.places.is_empty() || rule.places.iter().any(at)
}

impl Services {
    /// The responsible bodies that somebody may hand issues to.
    ///
    /// # Errors
    /// `Invalid` words.
    pub fn issue_bodies(&self, asker: &Asker, query: &IssueQuery) -> Result<KnownBodies> {
        let today = self.today(self.now());
        self.issue_ground(asker, false, |ground| {
            let mut found: BTreeMap<String, KnownBody> = BTreeMap::new();
            let mut known = |code: &str, name: &str, rules: u32, issues: u32| {
                let body = found.entry(code.to_owned()).or_insert_with(|| KnownBody {
                    code: code.to_owned(),
                    name: name.to_owned(),
                    rules: 0,
                    issues: 0,
                });
                body.rules += rules;
                body.issues += issues;
            };
            let rules = ground.catalog.rules.iter();
            for rule in rules.filter(|rule| rule.holds_on(today)) {
                if reaches(ground, ground.sight, rule) {
                    known(&rule.owner.code, &rule.owner.name, 1, 0);
                }
            }
            let owners = &ground.ledger.names().owners;
            let mut counts = vec![0_u32; owners.len()];
            for row in query.rows(ground, today)? {
                let owner = ground.ledger.columns.get(row).and_then(|issue| issue.owner);
                if let Some(n) = owner.and_then(|at| counts.get_mut(usize::from(at))) {
                    *n += 1;
                }
            }
            for ((code, name), n) in owners.iter().zip(counts).filter(|(_, n)| *n > 0) {
                known(code, name, 0, n);
            }
            let mut items: Vec<KnownBody> = found.into_values().collect();
            items.sort_by(|a, b| b.issues.cmp(&a.issues).then(a.code.cmp(&b.code)));
            Ok(KnownBodies { items })
        })
    }
}
