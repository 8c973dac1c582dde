//! One macro for enums that are stored, sent and shown as words.
//!
//! Not a place for rules. Invariant: `as_str` and `FromStr` are inverse to each other, and serde uses them.

/// Declares an enum whose variants have a stable word and a Chinese label.
macro_rules! text_enum {
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$vmeta:meta])* $variant:ident => $word:literal, $label:literal;)+
    }) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every variant, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable word used in storage, JSON and on the command line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The Chinese label shown to people.
            pub const fn label_zh(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::domain::UnknownWord {
                        what: stringify!($name),
                        word: word.chars().take(80).collect(),
                        known: &[$($word),+],
                    }),
                }
            }
        }
    };
}

pub(crate) use text_enum;

/// A word that is none of the known ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not a {what}; known: {known:?}")]
pub struct UnknownWord {
    /// The enum that was asked.
    pub what: &'static str,
    /// The word given, shortened to 80 characters.
    pub word: String,
    /// The words that are known.
    pub known: &'static [&'static str],
}
