//! Tokens for programs: less than their owner may, for a time.

use super::super::Services;
use super::super::error::{Error, Result};
use super::super::keys::{token, token_hash};
use super::Asker;
use super::views::{TokenMade, TokenView};
use crate::domain::ApiToken;
use crate::domain::access::Scope;
use chrono::Duration;
use uuid::Uuid;

/// Longest life of a token, in days.
pub const MOST_DAYS: u32 = 366;
/// Most tokens of an account.
const MOST: usize = 20;

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// Where it holds at most.
    pub scope: Scope,
    /// Whether it may only look.
    pub read_only: bool,
    /// Its life, in days.
    pub days: u32,
}

impl Services {
    /// Tokens of whoever asks.
    ///
    /// # Errors
    /// The store's own.
    pub async fn tokens(&self, asker: &Asker) -> Result<Vec<TokenView>> {
        let mut lease = self.store().read().await?;
        let tokens = lease.conn().api_token_list(asker.actor.id.uuid()).await?;
        Ok(tokens.iter().map(TokenView::from).collect())
    }

    /// Makes a token.
    ///
    /// # Errors
    /// `Invalid` name or life; `Conflict` when there are too many.
    pub async fn token_make(&self, asker: &Asker, ask: NewToken) -> Result<TokenMade> {
        let name = ask.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > crate::domain::MAX_NAME_CHARS {
            return Err(Error::invalid(
                "name_invalid",
                "用途为 1 至 40 个字",
                "what a token is for has 1 to 40 characters",
            ));
        }
        if !(1..=MOST_DAYS).contains(&ask.days) {
            return Err(Error::invalid(
                "token_life_invalid",
                format!("有效期为 1 至 {MOST_DAYS} 天"),
                format!("a token lives 1 to {MOST_DAYS} days"),
            ));
        }
        let now = self.now();
        let text = format!("gk_{}", token());
        let made = ApiToken {
            id: Uuid::now_v7(),
            token_hash: token_hash(&text),
            account: asker.actor.id.uuid(),
            name,
            scope: ask.scope,
            read_only: ask.read_only,
            created_at: now,
            expires_at: now + Duration::days(i64::from(ask.days)),
        };
        let mut tx = self.store().begin().await?;
        if tx.conn().api_token_list(made.account).await?.len() >= MOST {
            return Err(Error::conflict(
                "too_many_tokens",
                format!("最多 {MOST} 个令牌，请先删除不用的"),
                format!("at most {MOST} tokens; remove one first"),
            ));
        }
        tx.conn().api_token_insert(&made).await?;
        let id = made.id.to_string();
        self.commit_noting(tx, asker.did("token.made", &id)).await?;
        Ok(TokenMade {
            about: TokenView::from(&made),
            token: text,
        })
    }

    /// Ends a token of whoever asks.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn token_end(&self, asker: &Asker, id: Uuid) -> Result<()> {
        let mut tx = self.store().begin().await?;
        if !tx.conn().api_token_end(asker.actor.id.uuid(), id).await? {
            return Err(Error::NotFound(format!("token {id}")));
        }
        let id = id.to_string();
        self.commit_noting(tx, asker.did("token.ended", &id))
            .await?;
        self.known().invalidate_all();
        Ok(())
    }
}
