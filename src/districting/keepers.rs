//! Who serves which area: keepers' homes matched to the seats of areas, shortest way first.
//!
//! Not a part of the search: areas are drawn for families, then keepers are seated. Invariant: a seat has one keeper,
//! a keeper one seat; no other seating in the same zone fills more first seats, and of those that fill as many none
//! is shorter in sum.

use pathfinding::prelude::{Matrix, kuhn_munkres_min};

use super::unit_graph::Unit;

/// Where a keeper lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeper {
    /// Easting and northing of the home in decimetres.
    pub home_dm: [i64; 2],
    /// The zone inside which he serves.
    pub zone: u32,
    /// Area where he serves today, if it continues in the plan: kept where the way is no longer.
    pub current: Option<u32>,
}

/// A keeper's seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// The area.
    pub area: u32,
    /// From home to the nearest unit of the area in decimetres, as the crow flies.
    pub distance_dm: u64,
}

/// What a later seat of an area costs more than an earlier one: longer than any way.
const SEAT_DM: i64 = 1 << 32;
/// Seats and keepers of one zone that are matched, at most: beyond, the cubic method takes minutes.
pub const MOST_SEATS: usize = 2_000;

/// Seats keepers: `seats[area]` of each area, `area_of[unit]` the plan. `None` for a keeper without seat.
///
/// First seats are filled before second ones, then the sum of all ways is least (Kuhn 1955, Munkres 1957).
/// A zone with more than [`MOST_SEATS`] keepers or seats is left unseated. O(seats³) for each zone.
pub fn seat_keepers(
    units: &[Unit],
    area_of: &[u32],
    seats: &[u32],
    keepers: &[Keeper],
) -> Vec<Option<Seat>> {
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); seats.len()];
    for (unit, &area) in (0u32..).zip(area_of) {
        members[area as usize].push(unit);
    }
    let zone_of = |area: usize| {
        let first = members[area].first();
        first.map(|&unit| units[unit as usize].zone)
    };
    let mut seated = vec![None; keepers.len()];
    let mut zones: Vec<u32> = keepers.iter().map(|keeper| keeper.zone).collect();
    zones.sort_unstable();
    zones.dedup();
    for zone in zones {
        let here: Vec<usize> = (0..keepers.len())
            .filter(|&keeper| keepers[keeper].zone == zone)
            .collect();
        let slots: Vec<(usize, i64)> = (0..seats.len())
            .filter(|&area| zone_of(area) == Some(zone))
            .flat_map(|area| (0..i64::from(seats[area])).map(move |seat| (area, seat)))
            .collect();
        if slots.is_empty() || here.len().max(slots.len()) > MOST_SEATS {
            continue;
        }
        let way = |keeper: usize, area: usize| distance_dm(units, &members[area], &keepers[keeper]);
        let cost = |keeper: usize, (area, seat): (usize, i64)| {
            let moves = i64::from(keepers[keeper].current != Some(area as u32));
            way(keeper, area) as i64 * 2 + moves + seat * SEAT_DM
        };
        // The method wants at least as many columns as rows.
        let wide = here.len() <= slots.len();
        let (rows, columns) = if wide {
            (here.len(), slots.len())
        } else {
            (slots.len(), here.len())
        };
        let costs = Matrix::from_fn(rows, columns, |(row, column)| {
            let (keeper, slot) = if wide { (row, column) } else { (column, row) };
            cost(here[keeper], slots[slot])
        });
        let (_, chosen) = kuhn_munkres_min(&costs);
        for (row, column) in chosen.into_iter().enumerate() {
            let (keeper, slot) = if wide { (row, column) } else { (column, row) };
            let area = slots[slot].0;
            seated[here[keeper]] = Some(Seat {
                area: area as u32,
                distance_dm: way(here[keeper], area),
            });
        }
    }
    seated
}

/// From the keeper's home to the nearest of these units; 0 for none.
fn distance_dm(units: &[Unit], members: &[u32], keeper: &Keeper) -> u64 {
    let square = |unit: &u32| units[*unit as usize].square_dm2(keeper.home_dm);
    members.iter().map(square).min().unwrap_or(0).isqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Units in a row, 100 m apart; every `size` of them are an area.
    fn row(count: u32, size: u32) -> (Vec<Unit>, Vec<u32>) {
        let unit = |at: u32| Unit {
            households: 10,
            x_dm: i64::from(at) * 1000,
            y_dm: 0,
            group: None,
            zone: 0,
            current: None,
            locked: false,
        };
        let units = (0..count).map(unit).collect();
        (units, (0..count).map(|at| at / size).collect())
    }

    fn keeper(x_m: i64) -> Keeper {
        Keeper {
            home_dm: [x_m * 10, 0],
            zone: 0,
            current: None,
        }
    }

    #[test]
    fn every_area_has_a_keeper_before_any_has_two() {
        let (units, areas) = row(6, 2);
        // All three live in the first area; the other areas must not stay empty.
        let keepers = [keeper(0), keeper(50), keeper(100)];
        let seated = seat_keepers(&units, &areas, &[2, 2, 2], &keepers);
        let of: Vec<u32> = seated.iter().map(|seat| seat.unwrap().area).collect();
        assert_eq!(of, [0, 1, 2], "whoever lives nearest goes");
        assert_eq!(seated[2].unwrap().distance_dm, 3000);
    }

    #[test]
    fn a_keeper_stays_where_he_is_when_the_way_is_the_same() {
        let (units, areas) = row(4, 2);
        let keepers = [1, 0].map(|area| Keeper {
            current: Some(area),
            ..keeper(150)
        });
        let seated = seat_keepers(&units, &areas, &[1, 1], &keepers);
        assert_eq!(seated.map_areas(), [Some(1), Some(0)]);
        let elsewhere = [Keeper {
            zone: 9,
            ..keeper(0)
        }];
        assert_eq!(seat_keepers(&units, &areas, &[1, 1], &elsewhere), [None]);
    }

    trait Areas {
        fn map_areas(&self) -> Vec<Option<u32>>;
    }
    impl Areas for Vec<Option<Seat>> {
        fn map_areas(&self) -> Vec<Option<u32>> {
            self.iter().map(|seat| seat.map(|seat| seat.area)).collect()
        }
    }

    /// Least (empty first seats, sum of ways) over all seatings.
    fn best(costs: &[Vec<u64>], free: &mut [u32], at: usize) -> Option<u64> {
        let Some(row) = costs.get(at) else {
            return Some(0);
        };
        (0..row.len())
            .filter_map(|area| {
                free[area] = free[area].checked_sub(1)?;
                let rest = best(costs, free, at + 1);
                free[area] += 1;
                Some(rest? + row[area])
            })
            .min()
    }

    proptest! {
        #[test]
        fn no_seating_of_as_many_first_seats_is_shorter(homes in prop::collection::vec(0i64..900, 1..5)) {
            let (units, areas) = row(9, 3);
            let keepers: Vec<Keeper> = homes.iter().map(|&x| keeper(x)).collect();
            let seated = seat_keepers(&units, &areas, &[2, 2, 2], &keepers);
            let sum: u64 = seated.iter().map(|seat| seat.unwrap().distance_dm).sum();
            let costs: Vec<Vec<u64>> = keepers.iter().map(|keeper| {
                (0..3).map(|area| distance_dm(&units, &[area * 3, area * 3 + 1, area * 3 + 2], keeper)).collect()
            }).collect();
            let mut filled = [0u32; 3];
            for seat in &seated {
                filled[seat.unwrap().area as usize] += 1;
            }
            let first = filled.iter().filter(|&&n| n > 0).count();
            prop_assert_eq!(first, keepers.len().min(3));
            if keepers.len() <= 3 {
                prop_assert_eq!(Some(sum), best(&costs, &mut [1, 1, 1], 0));
            } else {
                prop_assert!(Some(sum) >= best(&costs, &mut [2, 2, 2], 0));
            }
        }
    }
}
