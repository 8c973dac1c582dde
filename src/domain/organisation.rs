//! The organisations of a compound: Party branch, owners' committee, property company, and the people who lead.
//!
//! Not meetings and not mechanisms. Invariant: an organisation that ended is kept; what a compound has today is computed
//! from the days, and a gap is named, never filled with a guess.

use super::roster::holds;
use super::text_enum::text_enum;
use super::{CompoundId, RegionCode};
use chrono::NaiveDate;
use uuid::Uuid;

text_enum! {
    /// What a compound can have.
    pub enum OrganisationKind {
        /// Party branch of the compound.
        Branch => "branch", "党支部";
        /// Its secretary: a person.
        Secretary => "secretary", "党组织书记";
        /// Cadre who guides its Party work: a person.
        Guide => "party_guide", "党建指导员";
        /// Elected owners' committee.
        Owners => "owners_committee", "业主委员会";
        /// Property company.
        Property => "property_company", "物业公司";
    }
}

impl OrganisationKind {
    /// Whether the name is a person's.
    pub const fn is_person(self) -> bool {
        matches!(self, Self::Secretary | Self::Guide)
    }
}

/// One of them, for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Identity.
    pub id: Uuid,
    /// Community of the compound.
    pub community: RegionCode,
    /// Of which compound.
    pub compound: CompoundId,
    /// What it is.
    pub kind: OrganisationKind,
    /// Name of the organisation, or of the person.
    pub name: String,
    /// Duty number of a person; shown whole only with consent.
    pub duty_phone: Option<String>,
    /// Day of consent that the duty number is shown.
    pub consent: Option<NaiveDate>,
    /// First day.
    pub from: NaiveDate,
    /// Last day; `None` while it lasts.
    pub to: Option<NaiveDate>,
}

text_enum! {
    /// Who makes up the triad (小区党建指导员＋党组织书记＋红色小管家).
    pub enum TriadPart {
        /// The guide.
        Guide => "party_guide", "党建指导员";
        /// The secretary.
        Secretary => "secretary", "党组织书记";
        /// At least one keeper in post.
        Keeper => "housekeeper", "红色小管家";
    }
}

text_enum! {
    /// What is odd, without being missing.
    pub enum OrderWarning {
        /// The owners' committee is older than the branch that should have led its election.
        OwnersBeforeBranch => "owners_before_branch", "业主委员会成立早于党支部";
        /// A secretary without a branch.
        SecretaryWithoutBranch => "secretary_without_branch", "有书记而无党支部";
    }
}

/// What a compound has on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Who of the triad is missing.
    pub triad_missing: Vec<TriadPart>,
    /// Which of the three parties (branch, owners' committee, property company) is missing.
    pub parties_missing: Vec<OrganisationKind>,
    /// What is odd.
    pub warnings: Vec<OrderWarning>,
}

impl Standing {
    /// Three of three.
    pub fn triad_is_complete(&self) -> bool {
        self.triad_missing.is_empty()
    }
}

/// The newest of a kind that holds on `on`.
pub fn holding(
    all: &[Organisation],
    kind: OrganisationKind,
    on: NaiveDate,
) -> Option<&Organisation> {
    all.iter()
        .filter(|one| one.kind == kind && holds(one.from, one.to, on))
        .max_by_key(|one| (one.from, one.id))
}

/// What a compound has on `on`. `keepers` are those in post or covering there; `company` whether its record names a
/// property company without days.
pub fn standing(all: &[Organisation], keepers: usize, company: bool, on: NaiveDate) -> Standing {
    use OrganisationKind as Kind;
    let has = |kind| holding(all, kind, on);
    let triad = [
        (TriadPart::Guide, has(Kind::Guide).is_some()),
        (TriadPart::Secretary, has(Kind::Secretary).is_some()),
        (TriadPart::Keeper, keepers > 0),
    ];
    let parties = [
        (Kind::Branch, has(Kind::Branch).is_some()),
        (Kind::Owners, has(Kind::Owners).is_some()),
        (Kind::Property, company || has(Kind::Property).is_some()),
    ];
    let mut warnings = Vec::new();
    if let Some(owners) = has(Kind::Owners)
        && has(Kind::Branch).is_some_and(|branch| owners.from < branch.from)
    {
        warnings.push(OrderWarning::OwnersBeforeBranch);
    }
    if has(Kind::Secretary).is_some() && has(Kind::Branch).is_none() {
        warnings.push(OrderWarning::SecretaryWithoutBranch);
    }
    let missing = |(part, there): (TriadPart, bool)| (!there).then_some(part);
    Standing {
        triad_missing: triad.into_iter().filter_map(missing).collect(),
        parties_missing: parties
            .into_iter()
            .filter_map(|(kind, there)| (!there).then_some(kind))
            .collect(),
        warnings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn of(kind: OrganisationKind, from: &str, to: Option<&str>) -> Organisation {
        Organisation {
            id: Uuid::nil(),
            community: "340104001001".parse().unwrap(),
            compound: CompoundId::new(Uuid::nil()),
            kind,
            name: "示例".into(),
            duty_phone: None,
            consent: None,
            from: day(from),
            to: to.map(day),
        }
    }

    #[test]
    fn three_of_three_is_complete_and_a_secretary_who_left_is_a_gap() {
        use OrganisationKind::{Branch, Guide, Secretary};
        let mut all = vec![
            of(Branch, "2020-01-01", None),
            of(Secretary, "2020-01-01", Some("2026-06-30")),
            of(Guide, "2021-01-01", None),
        ];
        let whole = standing(&all, 2, true, day("2026-06-30"));
        assert!(whole.triad_is_complete() && whole.warnings.is_empty());
        let after = standing(&all, 2, true, day("2026-07-01"));
        assert_eq!(after.triad_missing, [TriadPart::Secretary]);
        assert_eq!(after.parties_missing, [OrganisationKind::Owners]);
        all.push(of(Secretary, "2026-07-15", None));
        assert!(standing(&all, 1, true, day("2026-07-15")).triad_is_complete());
        assert_eq!(
            standing(&all, 0, false, day("2026-07-15")).triad_missing,
            [TriadPart::Keeper]
        );
    }

    #[test]
    fn an_owners_committee_older_than_the_branch_is_a_warning_and_no_gap() {
        use OrganisationKind::{Branch, Owners};
        let found = |owners: &str, branch: &str| {
            let all = [of(Owners, owners, None), of(Branch, branch, None)];
            standing(&all, 1, true, day("2026-01-01"))
        };
        assert_eq!(
            found("2019-05-01", "2020-01-01").warnings,
            [OrderWarning::OwnersBeforeBranch]
        );
        assert!(found("2020-01-01", "2020-01-01").warnings.is_empty());
        assert!(found("2019-05-01", "2020-01-01").parties_missing.is_empty());
        let lone = standing(
            &[of(OrganisationKind::Secretary, "2020-01-01", None)],
            1,
            true,
            day("2026-01-01"),
        );
        assert_eq!(lone.warnings, [OrderWarning::SecretaryWithoutBranch]);
    }
}
