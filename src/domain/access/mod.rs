//! Who may do what, where: roles, the places they are bound to, and the one table of rights.
//!
//! Guards, the OpenAPI document and the matrix test all follow from here (`domain.md` §5.2).
//! Invariant: what the table does not allow is denied.

mod grants;
mod object;
mod rights;
mod role;
mod scope;
mod suppression;

pub use grants::{Grant, GrantState, Grants, Verdict};
pub use object::Object;
pub use rights::{Action, Rights, rights};
pub use role::Role;
pub use scope::{Place, Scope, ScopeError};
pub use suppression::{SMALL, suppress, suppress_where};
