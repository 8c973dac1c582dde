//! Actors: who does something. Every service call takes one.
//!
//! An actor says who; what they may do follows from their grants (`access`), not from here.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ActorId;
use super::text_enum::text_enum;

text_enum! {
    /// By which door an actor comes.
    pub enum ActorKind {
        /// Somebody who signed in.
        Account => "account", "账号";
        /// Somebody who did not.
        Visitor => "visitor", "访客";
        /// The person at the computer; records from before there were accounts name one, too.
        LocalOperator => "local_operator", "本机操作员";
        /// A program at the command line.
        CommandLine => "command_line", "命令行";
        /// Another program that edits the database, for example QGIS.
        External => "external", "外部程序";
        /// The service itself.
        System => "system", "系统";
    }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// Identity; four eyes compare it.
    pub id: ActorId,
    /// Name for records.
    pub name: String,
    /// By which door.
    #[serde(rename = "role")]
    pub kind: ActorKind,
}

impl Actor {
    /// The local operator with the name of the settings; the id follows from the name.
    pub fn local_operator(name: &str) -> Self {
        Self::named(name, ActorKind::LocalOperator)
    }

    /// The command line, acting for the operator of that name.
    pub fn command_line(name: &str) -> Self {
        Self {
            kind: ActorKind::CommandLine,
            ..Self::named(name, ActorKind::LocalOperator)
        }
    }

    /// The service itself.
    pub fn system() -> Self {
        Self::named("system", ActorKind::System)
    }

    /// Somebody who signed in.
    pub fn account(id: Uuid, name: &str) -> Self {
        Self {
            id: ActorId::new(id),
            name: name.to_owned(),
            kind: ActorKind::Account,
        }
    }

    /// Somebody who did not sign in.
    pub fn visitor() -> Self {
        Self::named("visitor", ActorKind::Visitor)
    }

    fn named(name: &str, kind: ActorKind) -> Self {
        let seed = format!("gridkeeper:{}:{name}", kind.as_str());
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, seed.as_bytes());
        Self {
            id: ActorId::new(id),
            name: name.to_owned(),
            kind,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_operator_is_the_same_actor_on_the_page_and_at_the_command_line() {
        assert_eq!(
            Actor::local_operator("张三").id,
            Actor::command_line("张三").id
        );
        assert_ne!(
            Actor::local_operator("张三").id,
            Actor::local_operator("李四").id
        );
    }
}
