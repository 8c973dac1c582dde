//! What issues are measured by: categories, the working calendar, routing rules, terms. Data, not code.
//!
//! Invariant: limits are computed here and nowhere else; where no rule fits, the community takes the issue (属地兜底).

use super::views::RoutedView;
use crate::domain::issue::{
    Category, CategoryTree, DueTimes, FlowSettings, Issue, Light as Lamp, Owner, Pause, PlaceChain,
    RoutingRule, RulePlace, Stamps, Terms, TimeLimit, WorkCalendar, route,
};
use crate::domain::{Problem, RoutingRuleId, Severity};
use crate::services::Services;
use crate::services::error::{Error, Result};
use crate::services::picture::Picture;
use crate::storage::{Conn, Counted};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// Setting: the categories.
const CATEGORIES: &str = "issue_categories";
/// Setting: the calendar.
const CALENDAR: &str = "work_calendar";
/// Setting: the rules.
const RULES: &str = "routing_rules";

/// Setting: the terms of moves.
const FLOW: &str = "issue_flow";

/// Everything that is data about issues.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// Categories.
    pub tree: CategoryTree,
    /// Working hours and holidays.
    pub calendar: WorkCalendar,
    /// Which body is responsible where.
    pub rules: Vec<RoutingRule>,
    /// Terms of moves.
    pub flow: FlowSettings,
}

impl Default for Catalog {
    fn default() -> Self {
        Self {
            tree: CategoryTree::standard(),
            calendar: WorkCalendar::china(),
            rules: Vec::new(),
            flow: FlowSettings::default(),
        }
    }
}

/// How an issue stands to its time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// In time.
    Green,
    /// Four fifths are used up.
    Amber,
    /// Beyond it.
    Red,
    /// Put off: no clock runs.
    Stopped,
    /// No limit, or nothing left to do.
    None,
}

impl Catalog {
    /// What is stored, else what is shipped.
    pub(super) async fn read(conn: &mut Conn<'_>) -> Result<Self> {
        let mut catalog = Self::default();
        if let Some(tree) = conn.issue_setting(CATEGORIES).await? {
            catalog.tree = tree;
        }
        if let Some(calendar) = conn.issue_setting(CALENDAR).await? {
            catalog.calendar = calendar;
        }
        if let Some(rules) = conn.issue_setting(RULES).await? {
            catalog.rules = rules;
        }
        if let Some(flow) = conn.issue_setting(FLOW).await? {
            catalog.flow = flow;
        }
        Ok(catalog)
    }

    /// Writes categories alone.
    pub(super) async fn write_tree(conn: &mut Conn<'_>, tree: &CategoryTree) -> Result<()> {
        conn.issue_setting_put(CATEGORIES, tree).await?;
        Ok(())
    }

    pub(super) async fn write(&self, conn: &mut Conn<'_>) -> Result<()> {
        conn.issue_setting_put(CATEGORIES, &self.tree).await?;
        conn.issue_setting_put(CALENDAR, &self.calendar).await?;
        conn.issue_setting_put(RULES, &self.rules).await?;
        conn.issue_setting_put(FLOW, &self.flow).await?;
        Ok(())
    }

    /// Names of a category, Chinese and English; its code where nobody knows it.
    pub fn names(&self, code: &str) -> (String, String) {
        self.tree.get(code).map_or_else(
            || (code.to_owned(), code.to_owned()),
            |category| (category.name_zh.clone(), category.name_en.clone()),
        )
    }

    /// The parent of a category.
    pub fn parent(&self, code: &str) -> Option<String> {
        self.tree.get(code)?.parent.clone()
    }

    /// A category with everything below it; empty when there is no such category.
    pub fn family(&self, code: &str) -> Vec<String> {
        let family = self.tree.descendants(code);
        family.map(|category| category.code.clone()).collect()
    }

    /// Time limits of an issue: none for a category that is not known.
    pub fn due(&self, issue: &Issue) -> DueTimes {
        let Some(category) = self.tree.get(&issue.category) else {
            return DueTimes::default();
        };
        let due = |limit: Option<TimeLimit>, from: Option<DateTime<Utc>>, pauses: &[Pause]| {
            Some(self.calendar.due(from?, limit?, pauses))
        };
        let limits = &category.limits;
        DueTimes {
            acknowledge: due(
                limits.acknowledge.of(issue.priority),
                issue.flow.reported_at,
                &[],
            ),
            close: due(
                limits.dispose.of(issue.priority),
                Some(issue.reported_at),
                &issue.flow.pauses,
            ),
        }
    }

    /// How an issue stands to its time limit, and which share of it is used.
    pub fn light(&self, issue: &Issue, now: DateTime<Utc>) -> (Light, Option<f64>) {
        let flow = &issue.flow;
        if flow.deferred_at(now) {
            return (Light::Stopped, None);
        }
        let limit = self
            .tree
            .get(&issue.category)
            .and_then(|category| category.limits.dispose.of(issue.priority));
        let (Some(limit), Some(_)) = (limit, issue.due.close) else {
            return (Light::None, None);
        };
        let at = flow.closed_at.unwrap_or(now);
        let share = Some(
            self.calendar
                .used(issue.reported_at, limit, &flow.pauses, at),
        );
        if flow.state.is_terminal() {
            return (Light::None, share);
        }
        let light = match self
            .calendar
            .light(issue.reported_at, Some(limit), &flow.pauses, at)
        {
            Lamp::Green => Light::Green,
            Lamp::Amber => Light::Amber,
            Lamp::Red => Light::Red,
            Lamp::Unknown => Light::None,
        };
        (light, share)
    }

    /// What clock and settings say about a move now.
    pub fn terms(&self, issue: &Issue, now: DateTime<Utc>) -> Terms {
        self.flow.terms(&issue.flow, &self.calendar, now)
    }

    /// The body that the rules name for a category at a place; the community where none fits (属地兜底).
    pub fn route(
        &self,
        picture: &Picture,
        stamps: &Stamps,
        category: &str,
        day: NaiveDate,
    ) -> Option<RoutedView> {
        // A community that was merged is no responsible body any more.
        let region = stamps.region.map(|code| picture.heir(code));
        let place = PlaceChain {
            region,
            compound: stamps.compound,
        };
        let locality = region.map(|code| Owner {
            code: code.to_string(),
            name: picture.region_name(code),
        });
        let found = route(
            &self.rules,
            &self.tree,
            &place,
            category,
            day,
            locality.as_ref(),
        )?;
        Some(RoutedView {
            rule: found.rule.map(|rule| rule.id.uuid()),
            code: found.owner.code,
            name: found.owner.name,
            why_zh: found.zh,
            why_en: found.en,
        })
    }

    /// The rule that an arbitration leaves behind: the same category at the same place goes to the same body.
    pub(super) fn add_arbitrated(&mut self, issue: &Issue, owner: Owner, day: NaiveDate) {
        let place = match (issue.stamps.compound, issue.stamps.region) {
            (Some(compound), _) => vec![RulePlace::Compound { compound }],
            (None, Some(region)) => vec![RulePlace::Region { region }],
            (None, None) => Vec::new(),
        };
        self.rules.push(RoutingRule {
            id: RoutingRuleId::new(Uuid::now_v7()),
            order: 0,
            categories: vec![issue.category.clone()],
            places: place,
            owner,
            valid_from: day,
            valid_to: None,
            note: format!("裁定 {}", issue.code),
            made_by_arbitration: Some(issue.id),
        });
    }
}

/// No rule fits, and nobody knows where the issue lies.
pub(super) fn nobody_responsible() -> Error {
    Error::conflict(
        "nobody_responsible",
        "没有匹配的派单规则，位置也不明；请先补充位置，或直接指定承办单位",
        "no routing rule fits and the place is not known; add the place, or name the body yourself",
    )
}

impl Services {
    /// Changes categories, calendar or rules; what is checked against them is computed anew.
    pub(super) async fn catalog_change(&self, change: impl FnOnce(&mut Catalog)) -> Result<()> {
        let _one_at_a_time = self.writer().await;
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        // What is stored: another server may have changed it a moment ago.
        let mut catalog = Catalog::read(&mut conn).await?;
        change(&mut catalog);
        catalog.write(&mut conn).await?;
        let change = conn.changes_count(Counted::Catalog).await?;
        tx.commit().await?;
        self.issues().catalog.store(Arc::new(catalog));
        self.issues().seen.catalog_went(change);
        Ok(())
    }

    /// Replaces the categories.
    ///
    /// # Errors
    /// `Invalid` with the row that is wrong.
    pub async fn categories_set(&self, items: Vec<Category>) -> Result<()> {
        let tree = CategoryTree::try_from(items).map_err(|error| {
            let row = error.row() as u64;
            let problem = Problem::new(
                Severity::Refused,
                "categories_invalid",
                error.zh(),
                error.to_string(),
            );
            Error::Invalid(vec![problem.at_row(row)])
        })?;
        self.catalog_change(|catalog| catalog.tree = tree).await?;
        self.issues_due_again().await
    }

    /// Replaces the calendar.
    ///
    /// # Errors
    /// The store's own.
    pub async fn calendar_set(&self, calendar: WorkCalendar) -> Result<()> {
        self.catalog_change(|catalog| catalog.calendar = calendar)
            .await?;
        self.issues_due_again().await
    }

    /// Replaces the routing rules.
    ///
    /// # Errors
    /// `Invalid` with rules for categories that do not exist, or without an owner.
    pub async fn rules_set(&self, rules: Vec<RoutingRule>) -> Result<()> {
        let catalog = self.issues().catalog();
        let mut problems = Vec::new();
        for (row, rule) in (1..).zip(&rules) {
            let unknown = rule
                .categories
                .iter()
                .find(|code| catalog.tree.get(code).is_none());
            let problem = |code: &str, zh: String, en: String| {
                Problem::new(Severity::Refused, code, zh, en).at_row(row)
            };
            if let Some(code) = unknown {
                problems.push(
                    problem(
                        "category_unknown",
                        format!("第 {row} 条规则：没有类别“{code}”"),
                        format!("rule {row}: there is no category {code}"),
                    )
                    .at_field("categories", code),
                );
            }
            if rule.owner.code.trim().is_empty() || rule.owner.name.trim().is_empty() {
                problems.push(
                    problem(
                        "owner_missing",
                        format!("第 {row} 条规则缺少责任单位的代码或名称"),
                        format!("rule {row}: code or name of the responsible body is missing"),
                    )
                    .at_field("owner", ""),
                );
            }
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        self.catalog_change(|catalog| catalog.rules = rules).await
    }
}
