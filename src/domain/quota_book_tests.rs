//! Golden days of a change of policy, and what may stand beside what.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{CompoundId, Coverage, HouseholdBasis, QuotaRule};

const STREET: &str = "340104002000";

fn code(text: &str) -> RegionCode {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn scoped(n: u128, region: &str, per: u32, from: &str, to: Option<&str>) -> ScopedPolicy {
    ScopedPolicy {
        id: QuotaPolicyId::new(Uuid::from_u128(n)),
        region: code(region),
        policy: QuotaPolicy {
            per_households: per,
            ..QuotaPolicy::default()
        },
        valid_from: day(from),
        valid_to: to.map(day),
        withdrawn_at: None,
        made_by: "示例甲01".into(),
        made_at: DateTime::UNIX_EPOCH,
    }
}

fn book(policies: Vec<ScopedPolicy>) -> PolicyBook {
    PolicyBook::new(QuotaPolicy::default(), policies)
}

fn loads(total: u32, street: &str) -> Vec<CompoundLoad> {
    let mut sizes: Vec<u32> = (0..39).map(|n| 371 + n * 19).collect();
    sizes.push(total - sizes.iter().sum::<u32>());
    let load = |(n, households): (usize, u32)| CompoundLoad {
        id: CompoundId::new(Uuid::from_u128(n as u128)),
        tie_key: format!("{street}{n:05}"),
        community: code(&format!("{}00{}", &street[..9], n % 7 + 1)),
        households: Some(households),
        basis: HouseholdBasis::Resident,
        estimated: false,
        in_post: 1,
        part_time: 0,
    };
    sizes.into_iter().enumerate().map(load).collect()
}

fn required(book: &PolicyBook, on: &str) -> u64 {
    Coverage::sum(&book.quotas(&loads(31_000, STREET), day(on))).required
}

#[test]
fn two_per_400_from_a_day_requires_155_that_day_and_124_the_day_before() {
    let book = book(vec![scoped(1, STREET, 400, "2027-01-01", None)]);
    assert_eq!(required(&book, "2026-12-31"), 124);
    assert_eq!(required(&book, "2027-01-01"), 155);
}

#[test]
fn the_closest_region_decides_and_its_end_gives_way_to_the_one_above() {
    let book = book(vec![
        scoped(1, "340104000000", 400, "2026-01-01", None),
        scoped(2, STREET, 300, "2026-06-01", Some("2026-06-30")),
    ]);
    let at = |date: &str| {
        book.policy_at(code("340104002003"), day(date))
            .per_households
    };
    assert_eq!(
        [
            at("2025-12-31"),
            at("2026-05-31"),
            at("2026-06-01"),
            at("2026-06-30"),
            at("2026-07-01")
        ],
        [500, 400, 300, 300, 400]
    );
    assert_eq!(
        book.policy_at(code("340103001001"), day("2026-06-01"))
            .per_households,
        500
    );
}

#[test]
fn a_withdrawn_policy_holds_on_no_day() {
    let mut policy = scoped(1, STREET, 400, "2027-01-01", None);
    policy.withdrawn_at = Some(DateTime::UNIX_EPOCH);
    assert_eq!(required(&book(vec![policy]), "2027-01-01"), 124);
}

#[test]
fn a_policy_that_rounds_above_its_region_is_refused_unless_it_asks_each_compound() {
    let today = day("2026-11-29");
    let mut policy = scoped(1, "340104002001", 400, "2027-01-01", None);
    assert_eq!(
        book(vec![]).admit(&policy, today),
        Err(PolicyRefusal::RoundsAboveItsRegion {
            region: RegionLevel::Community,
            round_at: RegionLevel::Street
        })
    );
    policy.policy.rule = QuotaRule::UnitPairs;
    assert_eq!(book(vec![]).admit(&policy, today), Ok(None));
    policy.policy.rule = QuotaRule::AreaRatio;
    policy.policy.round_at = RegionLevel::Community;
    assert_eq!(book(vec![]).admit(&policy, today), Ok(None));
}

#[test]
fn a_new_policy_ends_the_former_one_the_day_before_and_never_overlaps_a_later_one() {
    let today = day("2026-11-29");
    let former = scoped(1, STREET, 500, "2026-01-01", None);
    let new = scoped(2, STREET, 400, "2027-01-01", None);
    let ended = book(vec![former.clone()]).admit(&new, today).unwrap();
    assert_eq!(ended.unwrap().valid_to, Some(day("2026-12-31")));
    let later = book(vec![former.clone(), new.clone()]);
    let between = scoped(3, STREET, 450, "2026-12-01", None);
    assert_eq!(
        later.admit(&between, today),
        Err(PolicyRefusal::Overlaps(new.id))
    );
    let bounded = scoped(3, STREET, 450, "2026-12-01", Some("2026-12-31"));
    assert!(later.admit(&bounded, today).unwrap().is_some());
    let past = scoped(4, STREET, 300, "2026-06-01", None);
    assert_eq!(
        book(vec![former.clone()]).admit(&past, today),
        Err(PolicyRefusal::RewritesThePast(former.id))
    );
    let elsewhere = scoped(5, "340104003000", 300, "2026-06-01", None);
    assert_eq!(book(vec![former]).admit(&elsewhere, today), Ok(None));
    let backwards = scoped(6, STREET, 300, "2027-06-01", Some("2027-05-01"));
    assert_eq!(
        book(vec![]).admit(&backwards, today),
        Err(PolicyRefusal::EndsBeforeItBegins)
    );
}

proptest! {
    #[test]
    fn sums_agree_at_every_level_whatever_policies_hold(
        sizes in prop::collection::vec((prop::option::of(0u32..4000), 0u32..9, 1u32..6, 1u32..3), 1..60),
        held in prop::collection::vec((0usize..6, prop::sample::select(QuotaRule::ALL), 1u32..4, 100u32..700), 0..5),
    ) {
        let regions = ["340000000000", "340100000000", "340104000000", "340104001000", "340104002000", "340104001001"];
        let policies = held.into_iter().enumerate().map(|(n, (at, rule, keepers, per))| {
            let mut one = scoped(n as u128, regions[at], per, "2026-01-01", None);
            one.policy.rule = rule;
            one.policy.keepers = keepers;
            one.policy.round_at = one.region.level().max(RegionLevel::Street);
            one
        });
        // One of a region, as a book admits them.
        let policies: BTreeMap<RegionCode, ScopedPolicy> = policies.map(|one| (one.region, one)).collect();
        let book = book(policies.into_values().collect());
        let loads: Vec<CompoundLoad> = sizes.iter().enumerate().map(|(n, &(h, k, community, street))| CompoundLoad {
            id: CompoundId::new(Uuid::from_u128(n as u128)),
            tie_key: format!("{n:05}"),
            community: code(&format!("34010400{street}00{community}")),
            households: h,
            basis: HouseholdBasis::Resident,
            estimated: false,
            in_post: k,
            part_time: 1,
        }).collect();
        let today = day("2026-11-29");
        let quotas = book.quotas(&loads, today);
        prop_assert_eq!(quotas.len(), loads.len());
        let all = Coverage::sum(&quotas);
        for level in RegionLevel::ALL {
            let mut parts: BTreeMap<RegionCode, Coverage> = BTreeMap::new();
            for quota in &quotas {
                parts.entry(quota.community.at_level(*level).unwrap()).or_default().add(quota);
            }
            prop_assert_eq!(parts.values().map(|s| s.required).sum::<u64>(), all.required);
            prop_assert_eq!(parts.values().map(|s| s.short).sum::<u64>(), all.short);
            prop_assert_eq!(parts.values().map(|s| s.uncovered_households).sum::<u64>(), all.uncovered_households);
            prop_assert_eq!(parts.values().map(Coverage::n).sum::<u64>(), loads.len() as u64);
        }
    }
}
