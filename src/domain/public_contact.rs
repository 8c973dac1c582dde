//! Whom residents can reach where nobody of their own is in post: the office of a community or street, the secretary
//! of a compound whose organisations name none (`organisation.rs`: where they do, they alone are shown).
//!
//! Not personal data of keepers. Invariant: whoever enters a name or number here publishes it.

use serde::{Deserialize, Serialize};

/// Longest name, number and hours, in characters.
pub const MAX_CONTACT_CHARS: usize = 40;

/// What hangs on doors and stands on residents' pages about an office, or the secretary of a compound.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PublicContact {
    /// A name, where somebody wants to be named: 示例书记.
    pub name: Option<String>,
    /// A duty number.
    pub phone: Option<String>,
    /// When somebody answers, also the keepers of the place: 每天 8:00–20:00.
    pub hours: Option<String>,
}

impl PublicContact {
    /// Trimmed, empty texts left out.
    ///
    /// # Errors
    /// The name of a field that is too long, has control characters, or is a number without digits.
    pub fn checked(self) -> Result<Self, &'static str> {
        let clean =
            |text: Option<String>, field: &'static str| -> Result<Option<String>, &'static str> {
                let text = text
                    .map(|text| text.trim().to_owned())
                    .filter(|text| !text.is_empty());
                match text {
                    Some(text)
                        if text.chars().count() > MAX_CONTACT_CHARS
                            || text.chars().any(char::is_control) =>
                    {
                        Err(field)
                    }
                    text => Ok(text),
                }
            };
        let phone = clean(self.phone, "phone")?;
        let dialled = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '+' | '(' | ')');
        let callable = |text: &String| {
            text.chars().all(dialled) && text.chars().filter(char::is_ascii_digit).count() >= 3
        };
        if phone.as_ref().is_some_and(|text| !callable(text)) {
            return Err("phone");
        }
        Ok(Self {
            name: clean(self.name, "name")?,
            phone,
            hours: clean(self.hours, "hours")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_trimmed_and_a_number_can_be_dialled() {
        let ask = |phone: &str| {
            PublicContact {
                phone: Some(phone.into()),
                ..PublicContact::default()
            }
            .checked()
        };
        assert_eq!(
            ask(" 100 0000 0070 ").unwrap().phone.as_deref(),
            Some("100 0000 0070")
        );
        assert_eq!(ask("  ").unwrap().phone, None);
        for wrong in ["示例", "12", "1;alert", "100\u{202e}0000", &"1".repeat(41)] {
            assert_eq!(ask(wrong), Err("phone"), "{wrong}");
        }
    }
}
