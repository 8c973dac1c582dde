//! The order of reasons, what stays unsaid, and households.

use super::*;
use GapReason::{TooFar, Unassigned, Unstaffed, Unvisited};
use proptest::prelude::*;

const ALL: Asked = Asked {
    unassigned: true,
    unstaffed: true,
    unvisited_days: Some(14),
    too_far_dm: Some(6_000),
};
const FULL: AreaStaff = AreaStaff {
    seats: 2,
    filled: 2,
    per_keeper: 250,
};
const HALF: AreaStaff = AreaStaff { filled: 1, ..FULL };
const EMPTY: AreaStaff = AreaStaff { filled: 0, ..FULL };
const WELL: CompoundNeed = CompoundNeed {
    households: Some(500),
    short: Some(0),
    uncovered: Some(0),
};
const FAR: Way = Way::Dm(9_000);

fn unit(area: u32, households: u32) -> UnitFacts {
    UnitFacts {
        compound: 0,
        area,
        households: Some(households),
    }
}

fn one(area: u32, areas: &[AreaStaff], days: Option<u32>, asked: &Asked) -> Option<GapReason> {
    let days = [days];
    gaps(
        &[unit(area, 100)],
        areas,
        &[WELL],
        Some(&days),
        &[FAR],
        asked,
    )
    .reason[0]
}

#[test]
fn the_first_reason_that_holds_is_the_only_one() {
    assert_eq!(one(NONE, &[EMPTY], None, &ALL), Some(Unassigned));
    assert_eq!(one(0, &[EMPTY], None, &ALL), Some(Unstaffed));
    assert_eq!(one(0, &[FULL], Some(15), &ALL), Some(Unvisited));
    assert_eq!(
        one(0, &[FULL], None, &ALL),
        Some(Unvisited),
        "never visited"
    );
    assert_eq!(one(0, &[FULL], Some(14), &ALL), Some(TooFar));
}

#[test]
fn a_reason_that_is_switched_off_gives_way_to_the_next() {
    let asked = Asked {
        unassigned: false,
        ..ALL
    };
    assert_eq!(one(NONE, &[], Some(20), &asked), Some(Unvisited));
    let asked = Asked {
        unstaffed: false,
        unvisited_days: None,
        ..ALL
    };
    assert_eq!(one(0, &[EMPTY], None, &asked), Some(TooFar));
    let asked = Asked {
        too_far_dm: None,
        ..asked
    };
    assert_eq!(one(0, &[EMPTY], None, &asked), None);
}

#[test]
fn what_nobody_recorded_accuses_nobody() {
    let found = gaps(
        &[unit(0, 100)],
        &[FULL],
        &[WELL],
        None,
        &[Way::Unknown],
        &ALL,
    );
    assert_eq!(found.reason, [None]);
    assert_eq!(
        (found.compounds[0].reason, found.compounds[0].never),
        (None, false)
    );
}

#[test]
fn a_short_area_leaves_what_its_keepers_cannot_serve() {
    let units = [unit(0, 300), unit(0, 200), unit(1, 120)];
    let found = gaps(
        &units,
        &[HALF, EMPTY],
        &[WELL],
        None,
        &[Way::Unknown; 3],
        &ALL,
    );
    assert_eq!(found.compounds[0].of(Unstaffed).households, 250 + 120);
    assert_eq!(found.compounds[0].of(Unstaffed).units, 3);
}

#[test]
fn a_short_compound_whose_areas_are_full_is_short_everywhere() {
    let short = CompoundNeed {
        households: Some(620),
        short: Some(1),
        uncovered: Some(120),
    };
    let units = [unit(0, 310), unit(0, 310)];
    let found = gaps(&units, &[FULL], &[short], None, &[Way::Unknown; 2], &ALL);
    assert_eq!(found.reason, [Some(Unstaffed); 2]);
    assert_eq!(found.compounds[0].of(Unstaffed).households, 120);
    // Where an area is short, the lack is there and nowhere else.
    let units = [unit(0, 310), unit(1, 310)];
    let found = gaps(
        &units,
        &[FULL, HALF],
        &[short],
        None,
        &[Way::Unknown; 2],
        &ALL,
    );
    assert_eq!(found.reason, [None, Some(Unstaffed)]);
}

#[test]
fn unknown_households_are_counted_beside_and_never_as_nothing() {
    let mut units = [unit(NONE, 0), unit(NONE, 90)];
    units[0].households = None;
    let found = gaps(&units, &[], &[WELL], None, &[], &ALL);
    let sum = found.compounds[0].of(Unassigned);
    assert_eq!((sum.units, sum.households, sum.unknown_units), (2, 90, 1));
    assert_eq!(level_of(90, 0), None);
}

#[test]
fn a_compound_shows_the_reason_with_most_households_and_the_earlier_of_equals() {
    let units = [unit(NONE, 40), unit(0, 30), unit(0, 10), unit(0, 20)];
    let days = [None, Some(20), Some(20), Some(1)];
    let ways = [FAR; 4];
    let found = gaps(&units, &[FULL], &[WELL], Some(&days), &ways, &ALL);
    assert_eq!(found.compounds[0].of(Unvisited).households, 40);
    assert_eq!(found.compounds[0].reason, Some(Unassigned));
    assert_eq!(found.compounds[0].households(), 100);
    assert_eq!(found.compounds[0].farthest_dm, Some(9_000));
    assert_eq!(found.compounds[0].longest_days, Some(20));
}

#[test]
fn levels_begin_at_their_bounds() {
    let levels = [9, 10, 29, 30, 59, 60, 89, 90, 100].map(|n| level_of(n, 100).unwrap());
    assert_eq!(levels, [0, 1, 1, 2, 2, 3, 3, 4, 4]);
    assert_eq!(level_of(0, 0), None);
}

proptest! {
    #[test]
    fn sums_of_compounds_are_the_sums_of_units(
        all in prop::collection::vec((0u32..6, 0u32..6, prop::option::of(0u32..300), prop::option::of(0u32..40),
            prop::option::of(prop::option::of(0u32..20_000))), 0..60),
        staff in prop::collection::vec((0u32..3, 0u32..3), 4),
    ) {
        let units: Vec<UnitFacts> = all.iter().map(|&(compound, area, households, _, _)| UnitFacts {
            compound: if compound < 4 { compound } else { NONE }, area: if area < 4 { area } else { NONE }, households,
        }).collect();
        let areas: Vec<AreaStaff> = staff.iter().map(|&(seats, filled)| AreaStaff { seats, filled, per_keeper: 250 }).collect();
        let days: Vec<Option<u32>> = all.iter().map(|row| row.3).collect();
        let ways: Vec<Way> = all.iter().map(|row| row.4.map_or(Way::Unknown, |dm| dm.map_or(Way::Beyond, Way::Dm))).collect();
        let found = gaps(&units, &areas, &[WELL; 4], Some(&days), &ways, &ALL);
        for reason in GapReason::ALL {
            let n = found.reason.iter().filter(|r| **r == Some(*reason)).count() as u32;
            let sum: u32 = found.compounds.iter().chain([&found.loose]).map(|c| c.of(*reason).units).sum();
            prop_assert_eq!(n, sum);
        }
        let known: u64 = units.iter().filter_map(|u| u.households).map(u64::from).sum();
        let lacking: u64 = found.compounds.iter().chain([&found.loose]).map(CompoundGap::households).sum();
        prop_assert!(lacking <= known);
        let total: u32 = found.compounds.iter().chain([&found.loose]).map(|c| c.units).sum();
        prop_assert_eq!(total as usize, units.len());
    }
}
