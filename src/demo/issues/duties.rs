//! Which body is responsible for what in the demo city: its routing rules as plain data.
//!
//! Invariant: the rules name for every kind and compound the body that its issues are dispatched to.

use super::super::model::DemoCity;
use super::kinds::KINDS;
use crate::domain::issue::{Level, Owner};

/// The body whose disposals take three times as long.
pub(super) const SLOW: Body = Body::Urban;

/// A kind of responsible body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// The urban management squad.
    Urban,
    /// The street's office for construction.
    Works,
    /// The water company.
    Water,
    /// The property company of the compound.
    Company,
    /// The community: no rule names anybody else.
    Locality,
}

impl Body {
    /// At which level an issue is resolved that this body disposes of.
    pub const fn level(self) -> Level {
        match self {
            Self::Urban | Self::Works | Self::Water => Level::Street,
            Self::Company => Level::CompoundMeeting,
            Self::Locality => Level::Community,
        }
    }

    /// The body, where it is the same for all compounds.
    fn everywhere(self) -> Option<Owner> {
        let (code, name) = match self {
            Self::Urban => ("999001:urban", "示例城管中队"),
            Self::Works => ("999001:works", "示例街道城建办"),
            Self::Water => ("999001:water", "示例供水公司"),
            Self::Company | Self::Locality => return None,
        };
        Some(Owner {
            code: code.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The body that is responsible for a compound.
    pub fn owner(self, city: &DemoCity, compound: usize) -> Owner {
        let compound = &city.compounds[compound];
        self.everywhere().unwrap_or_else(|| match self {
            Self::Company => company(&compound.property_company),
            _ => {
                let region = city.regions.iter().find(|r| r.code == compound.community);
                Owner {
                    code: compound.community.clone(),
                    name: region.map_or_else(String::new, |region| region.name.clone()),
                }
            }
        })
    }
}

fn company(name: &str) -> Owner {
    Owner {
        code: format!("company:{name}"),
        name: name.to_owned(),
    }
}

/// A routing rule of the demo.
#[derive(Debug, Clone, PartialEq)]
pub struct Duty {
    /// Codes of categories.
    pub categories: Vec<&'static str>,
    /// Indices of compounds; empty = everywhere.
    pub compounds: Vec<usize>,
    /// The responsible body.
    pub owner: Owner,
    /// Whether this is the body that takes three times as long.
    pub slow: bool,
}

/// The routing rules of the demo.
pub fn duties(city: &DemoCity) -> Vec<Duty> {
    let of = |body: Body| -> Vec<&'static str> {
        let kinds = KINDS.iter().filter(|kind| kind.duty == body);
        kinds.map(|kind| kind.code).collect()
    };
    let mut all: Vec<Duty> = [Body::Urban, Body::Works, Body::Water]
        .into_iter()
        .filter_map(|body| {
            Some(Duty {
                categories: of(body),
                compounds: Vec::new(),
                owner: body.everywhere()?,
                slow: body == SLOW,
            })
        })
        .collect();
    let mut names: Vec<&str> = (city.compounds.iter())
        .map(|compound| compound.property_company.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    all.extend(names.into_iter().map(|name| {
        let compounds = city.compounds.iter().enumerate();
        Duty {
            categories: of(Body::Company),
            compounds: compounds
                .filter(|(_, compound)| compound.property_company == name)
                .map(|(at, _)| at)
                .collect(),
            owner: company(name),
            slow: false,
        }
    }));
    all
}
