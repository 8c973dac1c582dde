//! What each route asks for: the declaration that guards, the OpenAPI document and the matrix test follow.
//!
//! Invariant: a route can only be added together with its declaration; one that is missing stops the start.

use crate::domain::access::{Action, Object};
use crate::services::Services;
use axum::http::Method;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// Where the right has to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Somewhere: what is shown is narrowed to where it does.
    Anywhere,
    /// The region `{code}`.
    Region,
    /// The street of the region `{code}`, or the region itself above streets: what is written covers it whole.
    Street,
    /// The plan `{id}`, as far as it is seen.
    Plan,
    /// The whole street of the plan `{id}`.
    PlanStreet,
    /// The compound `{id}`.
    Compound,
    /// The building `{id}`.
    Building,
    /// The building or compound `{id}`.
    Unit,
    /// Everything that there is: what is written holds everywhere.
    Whole,
    /// The handler knows: the place is in the body, or belongs to a person.
    Asked,
}

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anybody.
    Anyone,
    /// Whoever is signed in at a browser, about themselves.
    Session,
    /// Whoever is signed in, or a program with a token.
    Known,
    /// Whoever has one of these rights there.
    Right {
        /// On what.
        object: Object,
        /// One of these.
        actions: &'static [Action],
        /// Where.
        at: At,
        /// What has to be read there as well: the answer holds it.
        also: Option<Object>,
    },
}

/// The declaration of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Who.
    pub who: Who,
    /// Whether each use is an entry of the audit log.
    pub logged: bool,
    /// For programs that send a key among the parameters: no cookie and no header says who they are, so no page of
    /// ours is asked for. The handler looks at the key.
    pub keyed: bool,
}

/// Anybody.
pub const ANYONE: Access = Access {
    who: Who::Anyone,
    logged: false,
    keyed: false,
};
/// Anybody; a key among the parameters makes them somebody.
pub const KEYED: Access = Access {
    keyed: true,
    ..ANYONE
};
/// About oneself, at a browser. What is worth noting is noted by the use case.
pub const SESSION: Access = Access {
    who: Who::Session,
    logged: false,
    keyed: false,
};
/// Whoever is known.
pub const KNOWN: Access = Access {
    who: Who::Known,
    logged: false,
    keyed: false,
};

const fn right(object: Object, actions: &'static [Action], logged: bool) -> Access {
    Access {
        who: Who::Right {
            object,
            actions,
            at: At::Anywhere,
            also: None,
        },
        logged,
        keyed: false,
    }
}

/// May look.
pub const fn read(object: Object) -> Access {
    right(object, &[Action::Read], false)
}
/// May make.
pub const fn create(object: Object) -> Access {
    right(object, &[Action::Create], true)
}
/// May change.
pub const fn update(object: Object) -> Access {
    right(object, &[Action::Update], true)
}
/// May approve what others did.
pub const fn approve(object: Object) -> Access {
    right(object, &[Action::Approve], true)
}
/// May take out as a file.
pub const fn export(object: Object) -> Access {
    right(object, &[Action::Export], true)
}
/// May see in the clear, with a reason that the use case notes.
pub const fn reveal(object: Object) -> Access {
    right(object, &[Action::Reveal], true)
}
/// May hand in or approve; the handler tells which.
pub const fn submit_or_approve(object: Object) -> Access {
    right(object, &[Action::Submit, Action::Approve], true)
}
/// May look and take part; the handler tells how. No program that may only look.
pub const fn take_part(object: Object) -> Access {
    right(
        object,
        &[
            Action::Read,
            Action::Create,
            Action::Update,
            Action::Approve,
        ],
        true,
    )
}
/// May change or approve; the handler tells which.
pub const fn update_or_approve(object: Object) -> Access {
    right(object, &[Action::Update, Action::Approve], true)
}

impl Access {
    /// Where the right has to hold.
    #[must_use]
    pub const fn at(self, at: At) -> Self {
        match self.who {
            Who::Right {
                object,
                actions,
                also,
                ..
            } => Self {
                who: Who::Right {
                    object,
                    actions,
                    at,
                    also,
                },
                ..self
            },
            _ => self,
        }
    }

    /// What has to be read at the same place as well, because the answer holds it.
    #[must_use]
    pub const fn also(self, object: Object) -> Self {
        match self.who {
            Who::Right {
                object: first,
                actions,
                at,
                ..
            } => Self {
                who: Who::Right {
                    object: first,
                    actions,
                    at,
                    also: Some(object),
                },
                ..self
            },
            _ => self,
        }
    }

    /// Not an entry of the audit log: it changes nothing, or has an append-only record of its own.
    #[must_use]
    pub const fn unlogged(self) -> Self {
        Self {
            logged: false,
            ..self
        }
    }

    /// Each look is an entry of the audit log.
    #[must_use]
    pub const fn logged(self) -> Self {
        Self {
            logged: true,
            ..self
        }
    }

    /// Whether the parameters of the path decide, or are noted.
    pub fn needs_parameters(&self) -> bool {
        let placed = match self.who {
            Who::Right { at, .. } => !matches!(at, At::Anywhere | At::Whole | At::Asked),
            _ => false,
        };
        placed || self.logged
    }

    /// Whether a token that may only look will do for this method.
    pub fn only_looks(&self, method: &Method) -> bool {
        match self.who {
            Who::Anyone => true,
            Who::Known => method == Method::GET,
            Who::Session => false,
            // To ask for an export is to leave a request behind; to fetch one is not.
            Who::Right { actions, .. } => actions.iter().all(|action| match action {
                Action::Read => true,
                Action::Export => method == Method::GET,
                _ => false,
            }),
        }
    }

    /// In words, for the OpenAPI document.
    fn words(&self) -> String {
        match self.who {
            Who::Anyone => "anyone".to_owned(),
            Who::Session => "own session".to_owned(),
            Who::Known => "signed in".to_owned(),
            Who::Right {
                object,
                actions,
                at,
                also,
            } => {
                let also = also.map_or_else(String::new, |also| format!("+{also}:read"));
                let actions: Vec<&str> = actions.iter().map(|action| action.as_str()).collect();
                format!("{object}:{}{also}@{at:?}", actions.join("|")).to_lowercase()
            }
        }
    }
}

/// A route with its declaration.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Method.
    pub method: Method,
    /// Path with `{parameters}`.
    pub path: String,
    /// Who may use it.
    pub access: Access,
}

/// Routes and their declarations, which cannot be had apart.
pub struct Routes {
    router: OpenApiRouter<Services>,
    declared: Vec<Declared>,
}

impl Routes {
    /// None yet.
    pub fn new(document: utoipa::openapi::OpenApi) -> Self {
        Self {
            router: OpenApiRouter::with_openapi(document),
            declared: Vec::new(),
        }
    }

    /// Adds the methods of one path, each with its declaration.
    ///
    /// # Panics
    /// When the declarations are not those of the methods: the program does not start.
    #[must_use]
    pub fn on(mut self, routes: UtoipaMethodRouter<Services>, access: &[(Method, Access)]) -> Self {
        let (schemas, mut paths, methods) = routes;
        for (path, item) in &mut paths.paths {
            let mut found = 0;
            for (method, operation) in operations(item) {
                let Some((_, access)) = access.iter().find(|(declared, _)| *declared == method)
                else {
                    panic!("{method} {path} has no declaration of who may use it");
                };
                describe(operation, access);
                self.declared.push(Declared {
                    method,
                    path: path.clone(),
                    access: *access,
                });
                found += 1;
            }
            assert_eq!(found, access.len(), "{path} has declarations too many");
        }
        self.router = self.router.routes((schemas, paths, methods));
        self
    }

    /// The router, its document and its declarations.
    pub fn split(
        self,
    ) -> (
        axum::Router<Services>,
        utoipa::openapi::OpenApi,
        Vec<Declared>,
    ) {
        let (router, document) = self.router.split_for_parts();
        (router, document, self.declared)
    }
}

fn operations(item: &mut PathItem) -> Vec<(Method, &mut Operation)> {
    let all = [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::DELETE, &mut item.delete),
        (Method::PATCH, &mut item.patch),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
        .collect()
}

/// Says in the document what the guard does.
fn describe(operation: &mut Operation, access: &Access) {
    let none: [&str; 0] = [];
    if access.who != Who::Anyone {
        let session = SecurityRequirement::new("session", none);
        let token = SecurityRequirement::new("token", none);
        operation.security = Some(match access.who {
            Who::Session => vec![session],
            _ => vec![session, token],
        });
    }
    let words = serde_json::Value::String(access.words());
    let extension = utoipa::openapi::extensions::ExtensionsBuilder::new()
        .add("x-gridkeeper-access", words)
        .build();
    operation.extensions = Some(extension);
}

/// The declarations, by path and method.
#[derive(Clone)]
pub struct Table(Arc<HashMap<String, Vec<(Method, Access)>>>);

impl Table {
    /// Of these.
    pub fn new(declared: &[Declared]) -> Self {
        let mut rows: HashMap<String, Vec<(Method, Access)>> = HashMap::new();
        for route in declared {
            let row = (route.method.clone(), route.access);
            rows.entry(route.path.clone()).or_default().push(row);
        }
        Self(Arc::new(rows))
    }

    /// The declaration of a matched path.
    pub fn find(&self, path: &str, method: &Method) -> Option<Access> {
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let row = self.0.get(path)?;
        row.iter()
            .find(|(known, _)| known == method)
            .map(|(_, access)| *access)
    }
}
