//! The places that a role is bound to.

use crate::domain::{CompoundId, HousekeeperId, RegionCode};
use std::fmt;
use std::str::FromStr;

/// Where a grant holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// The whole deployment: administrators, and the public.
    Everywhere,
    /// A region and what lies in it.
    Region(RegionCode),
    /// One compound.
    Compound(CompoundId),
    /// The compounds of a property company, by its name.
    Company(String),
    /// The compounds that a housekeeper is appointed to.
    Keeper(HousekeeperId),
    /// What was handed to a responsible body, by its code, wherever it lies; it covers no place.
    Body(String),
}

/// Where a thing lies, as far as scopes can tell.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The region that holds it whole.
    pub region: Option<RegionCode>,
    /// The compound that it is or belongs to.
    pub compound: Option<CompoundId>,
    /// Who manages that compound.
    pub company: Option<String>,
    /// Who is appointed to that compound now.
    pub keepers: Vec<HousekeeperId>,
}

impl Place {
    /// A region.
    pub fn region(region: RegionCode) -> Self {
        Self {
            region: Some(region),
            ..Self::default()
        }
    }
}

/// A text that names no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{0}” is no scope: a region code, `everywhere`, `compound:UUID`, `company:NAME`, `keeper:UUID` or `body:CODE`"
)]
pub struct ScopeError(pub String);

impl Scope {
    /// Whether a place lies inside, whole.
    pub fn covers(&self, place: &Place) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Region(region) => place.region.is_some_and(|code| region.contains(code)),
            Self::Compound(id) => place.compound == Some(*id),
            Self::Company(name) => place.company.as_ref() == Some(name),
            Self::Keeper(id) => place.keepers.contains(id),
            Self::Body(_) => false,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everywhere => f.write_str("everywhere"),
            Self::Region(code) => write!(f, "{code}"),
            Self::Compound(id) => write!(f, "compound:{id}"),
            Self::Company(name) => write!(f, "company:{name}"),
            Self::Keeper(id) => write!(f, "keeper:{id}"),
            Self::Body(code) => write!(f, "body:{code}"),
        }
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let text = text.trim();
        let wrong = || ScopeError(text.chars().take(80).collect());
        match text.split_once(':') {
            None if text == "everywhere" => Ok(Self::Everywhere),
            None => RegionCode::parse(text)
                .map(Self::Region)
                .map_err(|_not_a_code| wrong()),
            Some(("compound", id)) => id.parse().map(Self::Compound).map_err(|_no_uuid| wrong()),
            Some(("keeper", id)) => id.parse().map(Self::Keeper).map_err(|_no_uuid| wrong()),
            Some(("body", code)) if !code.trim().is_empty() => {
                Ok(Self::Body(code.trim().to_owned()))
            }
            Some(("company", name)) if !name.trim().is_empty() => {
                Ok(Self::Company(name.trim().to_owned()))
            }
            Some(_) => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_survives_its_text_and_nonsense_is_named() {
        for text in [
            "everywhere",
            "999001001000",
            "company:示例物业",
            "body:999001001000:urban",
            "compound:018f3c2e-0000-7000-8000-000000000001",
            "keeper:018f3c2e-0000-7000-8000-000000000002",
        ] {
            assert_eq!(text.parse::<Scope>().unwrap().to_string(), text);
        }
        for text in ["", "1", "company: ", "building:1", "compound:x"] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_region_covers_what_lies_in_it_and_no_sibling() {
        let street: Scope = "999001001000".parse().unwrap();
        let covers = |code: &str| street.covers(&Place::region(RegionCode::parse(code).unwrap()));
        assert!(covers("999001001000") && covers("999001001003"));
        assert!(!covers("999001002000") && !covers("999001000000") && !covers("999002001001"));
        assert!(!street.covers(&Place::default()));
    }
}
