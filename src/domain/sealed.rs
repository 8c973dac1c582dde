//! A sensitive value as it is stored: sealed with the key of the installation, which lies outside the database.
//!
//! Invariant: nothing in here can open it, and its `Debug` says nothing.

use serde::{Deserialize, Serialize};

/// A sealed text. Rows of earlier versions may hold it in the clear until they are rewritten at the next start.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

impl Sealed {
    /// What a column holds.
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    /// For a column.
    pub fn as_stored(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed")
    }
}
