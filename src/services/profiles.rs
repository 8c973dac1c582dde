//! Who sits at the computer: named profiles, until accounts exist.
//!
//! They carry no password: they say who did what, and let two people look at a plan. The operator of the settings
//! is always one of them. Invariant: the identity follows from the name, on the page and at the command line.

use super::Services;
use super::error::{Error, Result};
use crate::domain::{Actor, NewEvent};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest name, in characters.
pub const MAX_NAME_CHARS: usize = 30;
/// Most profiles of one computer.
const MOST: usize = 50;

/// A person at this computer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProfileView {
    /// Identity: what requests carry.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// The operator of the settings, who is there without being added.
    pub operator: bool,
}

impl ProfileView {
    fn of(actor: Actor, operator: bool) -> Self {
        Self {
            id: actor.id.uuid(),
            name: actor.name,
            operator,
        }
    }
}

impl Services {
    /// The operator first, then the others in the order in which they were added.
    ///
    /// # Errors
    /// The store's own.
    pub async fn profiles(&self) -> Result<Vec<ProfileView>> {
        let mut lease = self.store().read().await?;
        let names = lease.conn().profile_names().await?;
        let others = names.iter().map(|name| Actor::local_operator(name));
        Ok(std::iter::once(ProfileView::of(self.operator(), true))
            .chain(others.map(|actor| ProfileView::of(actor, false)))
            .collect())
    }

    /// Who acts under an identity; the operator when none is given.
    ///
    /// # Errors
    /// `Invalid` when nobody has it.
    pub async fn acting(&self, profile: Option<Uuid>) -> Result<Actor> {
        let operator = self.operator();
        let Some(id) = profile.filter(|id| *id != operator.id.uuid()) else {
            return Ok(operator);
        };
        let mut lease = self.store().read().await?;
        let names = lease.conn().profile_names().await?;
        names
            .iter()
            .map(|name| Actor::local_operator(name))
            .find(|actor| actor.id.uuid() == id)
            .ok_or_else(|| {
                Error::invalid(
                    "profile_unknown",
                    "这个身份已不在本机名单中，请在右上角重新选择",
                    "this profile is no longer on this computer: choose one again at the top right",
                )
            })
    }

    /// Adds a person; one who is there already is given back.
    ///
    /// # Errors
    /// `Invalid` name, or too many.
    pub async fn profile_add(&self, actor: &Actor, name: &str) -> Result<ProfileView> {
        let name = checked_name(name)?;
        let added = Actor::local_operator(&name);
        if added.id == self.operator().id {
            return Ok(ProfileView::of(added, true));
        }
        let mut tx = self.store().begin().await?;
        let mut names = tx.conn().profile_names().await?;
        if !names.contains(&name) {
            if names.len() >= MOST {
                return Err(Error::invalid(
                    "too_many_profiles",
                    format!("本机最多 {MOST} 个身份，请先移除不再使用的"),
                    format!("at most {MOST} profiles on one computer: remove one first"),
                ));
            }
            names.push(name.clone());
            tx.conn().profile_names_set(&names).await?;
            let event = self.profile_event(actor, "profile.added", &name);
            tx.conn().event_append(&event).await?;
            tx.commit().await?;
        }
        Ok(ProfileView::of(added, false))
    }

    /// Takes a person off the list; what they did stays under their name.
    ///
    /// # Errors
    /// `NotFound` person; `Conflict` for the operator.
    pub async fn profile_remove(&self, actor: &Actor, id: Uuid) -> Result<()> {
        if id == self.operator().id.uuid() {
            return Err(Error::conflict(
                "operator_stays",
                "本机操作员由设置文件指定，不能移除",
                "the operator is named in the settings and cannot be removed",
            ));
        }
        let mut tx = self.store().begin().await?;
        let mut names = tx.conn().profile_names().await?;
        let at = names
            .iter()
            .position(|name| Actor::local_operator(name).id.uuid() == id)
            .ok_or_else(|| Error::NotFound(format!("profile {id}")))?;
        let name = names.remove(at);
        tx.conn().profile_names_set(&names).await?;
        let event = self.profile_event(actor, "profile.removed", &name);
        tx.conn().event_append(&event).await?;
        tx.commit().await?;
        Ok(())
    }

    fn profile_event(&self, actor: &Actor, kind: &str, name: &str) -> NewEvent {
        NewEvent {
            district_code: 0,
            at: self.now(),
            actor: actor.id.to_string(),
            kind: kind.to_owned(),
            subject: "profile".to_owned(),
            payload: serde_json::json!({ "name": name, "by": actor.name }),
        }
    }
}

fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    let chars = name.chars().count();
    if chars == 0 || chars > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "profile_name_invalid",
            format!("姓名应为 1 至 {MAX_NAME_CHARS} 个字"),
            format!("a name has 1 to {MAX_NAME_CHARS} characters"),
        ));
    }
    Ok(name.to_owned())
}
