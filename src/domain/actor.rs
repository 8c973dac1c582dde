//! Actors: who does something. Every service call takes one.
//!
//! Until accounts exist there is one: the local operator named in the settings.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::text_enum::text_enum;
use super::{ActorId, RegionCode};

text_enum! {
    /// Role of an actor.
    pub enum Role {
        /// The person at the computer, while there are no accounts.
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
    /// Role.
    pub role: Role,
    /// The region that the role is bound to; `None` = everything on this computer.
    pub scope: Option<RegionCode>,
}

impl Actor {
    /// The local operator with the name of the settings; the id follows from the name.
    pub fn local_operator(name: &str) -> Self {
        Self::named(name, Role::LocalOperator)
    }

    /// The command line, acting for the operator of that name.
    pub fn command_line(name: &str) -> Self {
        Self {
            role: Role::CommandLine,
            ..Self::named(name, Role::LocalOperator)
        }
    }

    /// The service itself.
    pub fn system() -> Self {
        Self::named("system", Role::System)
    }

    fn named(name: &str, role: Role) -> Self {
        let seed = format!("gridkeeper:{}:{name}", role.as_str());
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, seed.as_bytes());
        Self {
            id: ActorId::new(id),
            name: name.to_owned(),
            role,
            scope: None,
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
