//! Golden figures and properties of the quota.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn policy(rule: QuotaRule) -> QuotaPolicy {
    QuotaPolicy {
        rule,
        ..QuotaPolicy::default()
    }
}

fn load(n: u32, community: &str, households: Option<u32>, in_post: u32) -> CompoundLoad {
    CompoundLoad {
        id: CompoundId::new(Uuid::from_u128(u128::from(n))),
        tie_key: format!("{n:05}"),
        community: community.parse().unwrap(),
        households,
        basis: HouseholdBasis::Resident,
        estimated: false,
        in_post,
        part_time: 0,
    }
}

/// 40 compounds over 7 communities with 31,000 households, sizes no multiples of 250.
fn street() -> Vec<CompoundLoad> {
    let mut loads: Vec<CompoundLoad> = (0..40)
        .map(|n| {
            let community = format!("34010400200{}", n % 7 + 1);
            load(n, &community, Some(371 + n * 19), 1 + u32::from(n >= 24))
        })
        .collect();
    let rest = 31_000 - loads[..39].iter().filter_map(|c| c.households).sum::<u32>();
    loads[39].households = Some(rest);
    loads
}

#[test]
fn the_golden_street_needs_124_has_56_and_lacks_68_as_the_sum_of_its_list() {
    let quotas = policy(QuotaRule::AreaRatio).quotas(&street());
    let sum = Coverage::sum(&quotas);
    assert_eq!(
        (sum.households, sum.required, sum.in_post, sum.short),
        (31_000, 124, 56, 68)
    );
    assert_eq!(sum.coverage_bp, Some(4516));
    assert_eq!(
        quotas
            .iter()
            .map(|q| u64::from(q.short.unwrap()))
            .sum::<u64>(),
        68
    );
}

#[test]
fn the_rules_answer_the_table_of_single_totals() {
    use QuotaRule as R;
    let table = [
        (R::AreaRatio, [2, 1, 1, 0]),
        (R::AreaFloor, [2, 1, 0, 0]),
        (R::AreaCeil, [3, 1, 1, 0]),
        (R::UnitCeil, [3, 1, 1, 0]),
        (R::UnitPairs, [4, 2, 2, 0]),
    ];
    for (rule, expected) in table {
        for (households, required) in [620, 250, 249, 0].into_iter().zip(expected) {
            let quotas = policy(rule).quotas(&[load(1, "340104002001", Some(households), 0)]);
            assert_eq!(quotas[0].required, Some(required), "{rule} of {households}");
        }
        let unknown = policy(rule).quotas(&[load(1, "340104002001", None, 1)]);
        assert_eq!(
            (unknown[0].required, unknown[0].short),
            (None, None),
            "{rule} of unknown"
        );
        let sum = Coverage::sum(&unknown);
        assert_eq!(
            (sum.unknown_compounds, sum.in_post, sum.coverage_bp),
            (1, 1, None)
        );
    }
}

#[test]
fn the_ranges_of_households_that_give_124_are_those_of_the_rules() {
    let ends = [
        (QuotaRule::AreaRatio, 30_875, 31_124),
        (QuotaRule::AreaFloor, 31_000, 31_249),
        (QuotaRule::AreaCeil, 30_751, 31_000),
    ];
    for (rule, low, high) in ends {
        let p = policy(rule);
        assert_eq!([p.required(low), p.required(high)], [124, 124], "{rule}");
        assert_eq!(
            [p.required(low - 1), p.required(high + 1)],
            [123, 125],
            "{rule}"
        );
    }
}

#[test]
fn two_per_400_requires_155_for_the_golden_street() {
    let p = QuotaPolicy {
        per_households: 400,
        ..QuotaPolicy::default()
    };
    assert_eq!(Coverage::sum(&p.quotas(&street())).required, 155);
}

#[test]
fn part_time_keepers_stand_beside_unless_the_policy_counts_them() {
    let mut loads = street();
    for load in &mut loads {
        load.part_time = 1;
    }
    let beside = Coverage::sum(&QuotaPolicy::default().quotas(&loads));
    assert_eq!(
        (beside.short, beside.coverage_bp, beside.part_time),
        (68, Some(4516), 40)
    );
    let p = QuotaPolicy {
        part_time_counts: true,
        ..QuotaPolicy::default()
    };
    let counted = Coverage::sum(&p.quotas(&loads));
    assert_eq!(
        (counted.in_post, counted.part_time, counted.counted),
        (56, 40, 96)
    );
    assert_eq!(counted.filled, counted.required - counted.short);
    assert!(counted.short < 68 && counted.short >= 28);
}

#[test]
fn after_68_more_appointments_nobody_is_missing() {
    let p = QuotaPolicy::default();
    let mut loads = street();
    for (load, quota) in loads.iter_mut().zip(p.quotas(&street())) {
        load.in_post += quota.short.unwrap();
    }
    let sum = Coverage::sum(&p.quotas(&loads));
    assert_eq!(
        (sum.in_post, sum.short, sum.coverage_bp),
        (124, 0, Some(10_000))
    );
}

#[test]
fn a_surplus_in_one_compound_does_not_help_another() {
    let p = QuotaPolicy::default();
    let loads = [
        load(1, "340104002001", Some(500), 4),
        load(2, "340104002001", Some(500), 0),
    ];
    let sum = Coverage::sum(&p.quotas(&loads));
    assert_eq!((sum.required, sum.in_post), (4, 4));
    assert_eq!((sum.short, sum.coverage_bp), (2, Some(5000)));
    assert_eq!(sum.uncovered_households, 500);
}

#[test]
fn uncovered_households_follow_the_keepers_in_post() {
    assert_eq!(QuotaPolicy::default().uncovered(620, 1), 370);
}

#[test]
fn a_pair_per_started_block_cannot_produce_1053() {
    assert!(!policy(QuotaRule::UnitPairs).can_be_odd());
    assert!(policy(QuotaRule::AreaRatio).can_be_odd());
    assert_eq!(policy(QuotaRule::AreaRatio).required(263_250), 1053);
}

proptest! {
    #[test]
    fn sums_agree_at_every_level(
        sizes in prop::collection::vec((prop::option::of(0u32..4000), 0u32..9, 1u32..8, 1u32..3), 1..60),
        rule in prop::sample::select(QuotaRule::ALL),
        round_at in prop::sample::select(RegionLevel::ALL),
    ) {
        let p = QuotaPolicy { rule, round_at, ..QuotaPolicy::default() };
        let loads: Vec<CompoundLoad> = sizes.iter().enumerate().map(|(n, &(h, k, community, street))| {
            load(n as u32, &format!("34010400{street}00{community}"), h, k)
        }).collect();
        let quotas = p.quotas(&loads);
        let all = Coverage::sum(&quotas);
        for level in RegionLevel::ALL {
            let mut parts: BTreeMap<RegionCode, Vec<&CompoundQuota>> = BTreeMap::new();
            for q in &quotas {
                parts.entry(q.community.at_level(*level).unwrap()).or_default().push(q);
            }
            let sums: Vec<Coverage> = parts.values().map(|v| Coverage::sum(v.iter().copied())).collect();
            prop_assert_eq!(sums.iter().map(|s| s.required).sum::<u64>(), all.required);
            prop_assert_eq!(sums.iter().map(|s| s.short).sum::<u64>(), all.short);
            prop_assert_eq!(sums.iter().map(|s| s.filled).sum::<u64>(), all.filled);
            if *level == round_at && !matches!(rule, QuotaRule::UnitCeil | QuotaRule::UnitPairs) {
                for s in &sums {
                    prop_assert_eq!(s.required, p.required(s.households));
                }
            }
        }
        let ceil = Coverage::sum(&policy(QuotaRule::UnitCeil).quotas(&loads)).required;
        prop_assert!(ceil >= policy(QuotaRule::AreaCeil).required(all.households));
    }

    #[test]
    fn largest_remainder_keeps_the_total_and_strays_by_less_than_one(
        total in 0u64..100_000, weights in prop::collection::vec(0u64..50_000, 1..50),
    ) {
        let keyed: Vec<(u64, &str)> = weights.iter().map(|w| (*w, "")).collect();
        let parts = largest_remainder(total, &keyed);
        let sum: u64 = weights.iter().sum();
        prop_assert_eq!(parts.iter().sum::<u64>(), if sum == 0 { 0 } else { total });
        for (part, weight) in parts.iter().zip(&weights) {
            if sum > 0 {
                let exact = total as f64 * *weight as f64 / sum as f64;
                prop_assert!((*part as f64 - exact).abs() < 1.0 + 1e-9);
            }
        }
    }
}

#[test]
fn what_is_counted_on_another_basis_is_unknown_to_a_policy_that_names_one() {
    let mut loads = [
        load(1, "340104002001", Some(620), 1),
        load(2, "340104002001", Some(400), 2),
        load(3, "340104002001", None, 0),
    ];
    loads[1].basis = HouseholdBasis::Registered;
    let any = policy(QuotaRule::AreaRatio);
    let sum = Coverage::sum(&any.quotas(&loads));
    assert_eq!(
        (
            sum.households,
            sum.unknown_compounds,
            sum.other_basis_compounds
        ),
        (1_020, 1, 0)
    );
    let named = QuotaPolicy {
        basis: Some(HouseholdBasis::Resident),
        ..any
    };
    let quotas = named.quotas(&loads);
    assert_eq!(
        (
            quotas[1].required,
            quotas[1].households,
            quotas[1].other_basis
        ),
        (None, None, Some(400))
    );
    assert_eq!((quotas[2].required, quotas[2].other_basis), (None, None));
    let sum = Coverage::sum(&quotas);
    // The ratio rests on the 620 resident households alone, and says how many compounds are outside, and why.
    assert_eq!((sum.households, sum.required, sum.n()), (620, 2, 3));
    assert_eq!((sum.unknown_compounds, sum.other_basis_compounds), (2, 1));
}
