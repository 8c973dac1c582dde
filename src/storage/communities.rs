//! Rows that say which community they belong to, when that is merged, renumbered or split.
//!
//! What is loaded whole anyway (grids, compounds, buildings, keepers, issues) is written whole by its own file.
//! Invariant: a table with a community or region column is a [`Placed`], is written whole, or keeps its stamp of the
//! past; `tests/it/journeys/reorganizing.rs` walks all columns.

use super::aggregates::BATCH;
use super::database::{Conn, on};
use super::error::Result;
use crate::domain::{FilterWords, RegionCode};
use sqlx::QueryBuilder;
use sqlx::types::Json;
use uuid::Uuid;

/// Rows that know their community by a column of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placed {
    /// Areas of plans.
    Area,
    /// Rows of imports that wait for a place.
    Waiting,
    /// Organisations of compounds and their people.
    Organisation,
    /// Recruitment cases.
    Case,
    /// Assessments.
    Assessment,
    /// Trainings.
    Training,
}

impl Placed {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Area,
        Self::Waiting,
        Self::Organisation,
        Self::Case,
        Self::Assessment,
        Self::Training,
    ];

    const fn update(self) -> &'static str {
        match self {
            Self::Area => "UPDATE patrol_area SET community = ",
            Self::Waiting => "UPDATE waiting_row SET community = ",
            Self::Organisation => "UPDATE organisation SET community = ",
            Self::Case => "UPDATE recruitment_case SET community = ",
            Self::Assessment => "UPDATE assessment SET community = ",
            Self::Training => "UPDATE training SET region = ",
        }
    }
}

/// Where somebody keeps the words of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// A saved filter.
    Filter,
    /// A subscription.
    Subscription,
}

const FILTERS: &str = "SELECT id, query FROM saved_filter WHERE district_code = 0 ORDER BY id";
const FILTER_WORDS: &str = "UPDATE saved_filter SET query = $1 WHERE district_code = 0 AND id = $2";
const SUBSCRIPTIONS: &str =
    "SELECT id, query FROM subscription WHERE district_code = 0 ORDER BY id";
const SUBSCRIPTION_WORDS: &str =
    "UPDATE subscription SET query = $1 WHERE district_code = 0 AND id = $2";

impl Conn<'_> {
    /// Gives rows of a district another community; nothing else of them changes.
    pub async fn community_set(
        &mut self,
        of: Placed,
        district_code: i32,
        ids: &[Uuid],
        community: RegionCode,
    ) -> Result<()> {
        for batch in ids.chunks(BATCH) {
            on!(self, |db| {
                let mut query = QueryBuilder::new(of.update());
                query.push_bind(community.to_string());
                query
                    .push(" WHERE district_code = ")
                    .push_bind(district_code);
                query.push(" AND id IN (");
                let mut values = query.separated(", ");
                for id in batch {
                    values.push_bind(*id);
                }
                query.push(")");
                query.build().execute(db).await.map(drop)
            })?;
        }
        Ok(())
    }

    /// The words of everything that people keep or subscribed to.
    pub async fn filter_words(&mut self) -> Result<Vec<(Keeps, Uuid, FilterWords)>> {
        let mut all = Vec::new();
        for (keeps, sql) in [
            (Keeps::Filter, FILTERS),
            (Keeps::Subscription, SUBSCRIPTIONS),
        ] {
            let rows: Vec<(Uuid, Json<FilterWords>)> =
                on!(self, |db| sqlx::query_as(sql).fetch_all(db).await)?;
            all.extend(rows.into_iter().map(|(id, words)| (keeps, id, words.0)));
        }
        Ok(all)
    }

    /// Writes the words of one.
    pub async fn filter_words_set(
        &mut self,
        keeps: Keeps,
        id: Uuid,
        words: &FilterWords,
    ) -> Result<()> {
        let sql = match keeps {
            Keeps::Filter => FILTER_WORDS,
            Keeps::Subscription => SUBSCRIPTION_WORDS,
        };
        on!(self, |db| sqlx::query(sql)
            .bind(Json(words.clone()))
            .bind(id)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }
}
