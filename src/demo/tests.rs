//! The golden figures of the demo city, and its geometry.

use std::collections::HashSet;
use std::fmt::Write;

use geo::{Area, BooleanOps, Contains, Coord, Intersects, Validation};
use sha2::{Digest, Sha256};

use super::*;

/// `domain.md` §1.2 written a second time, with whole numbers only.
fn required_by_the_book(compounds: &[Compound]) -> Vec<u64> {
    let total: u64 = compounds.iter().map(|c| u64::from(c.households)).sum();
    let rounded = (2 * total + 250) / 500;
    let mut out: Vec<(u64, u64, String, usize)> = compounds
        .iter()
        .enumerate()
        .map(|(i, c)| {
            (
                u64::from(c.households) / 250,
                u64::from(c.households) % 250,
                c.code.clone(),
                i,
            )
        })
        .collect();
    let floor: u64 = out.iter().map(|o| o.0).sum();
    out.sort_by(|a, b| b.1.cmp(&a.1).then(a.2.cmp(&b.2)));
    for o in out.iter_mut().take((rounded - floor) as usize) {
        o.0 += 1;
    }
    out.sort_by_key(|o| o.3);
    out.into_iter().map(|o| o.0).collect()
}

fn in_post(city: &DemoCity) -> Vec<u64> {
    let mut k = vec![0; city.compounds.len()];
    for h in city
        .keepers
        .iter()
        .filter(|h| h.kind == KeeperKind::FullTime)
    {
        k[h.compound] += 1;
    }
    k
}

fn communities(city: &DemoCity) -> Vec<&Region> {
    city.regions
        .iter()
        .filter(|r| r.level == RegionLevel::Community)
        .collect()
}

#[test]
fn the_small_city_has_the_golden_figures() {
    for seed in [DEFAULT_SEED, 1, 2, 3] {
        let city = small(seed);
        assert_eq!(
            city.compounds.iter().map(|c| c.households).sum::<u32>(),
            31_000
        );
        let required = required_by_the_book(&city.compounds);
        let posted = in_post(&city);
        assert_eq!(required.iter().sum::<u64>(), 124);
        assert_eq!(posted.iter().sum::<u64>(), 56);
        assert!(
            posted.iter().zip(&required).all(|(k, q)| k <= q),
            "seed {seed}"
        );
        let filled: u64 = posted.iter().zip(&required).map(|(k, q)| k.min(q)).sum();
        let short: u64 = required
            .iter()
            .zip(&posted)
            .map(|(q, k)| q.saturating_sub(*k))
            .sum();
        assert_eq!((filled, short), (56, 68));
        assert_eq!((filled * 1000 + 62) / 124, 452);
        assert_eq!(communities(&city).len(), 7);
        assert!(
            (36..=44).contains(&city.compounds.len()),
            "{} compounds",
            city.compounds.len()
        );
        assert!(
            (500..=650).contains(&city.buildings.len()),
            "{} buildings",
            city.buildings.len()
        );
        for c in communities(&city) {
            assert!(
                city.compounds.iter().any(|x| x.community == c.code),
                "{} is empty",
                c.name
            );
        }
    }
}

#[test]
fn the_quota_agrees_with_the_book() {
    let city = scaled(60_000, 5);
    let households: Vec<u32> = city.compounds.iter().map(|c| c.households).collect();
    let ours: Vec<u64> = quota(&households).into_iter().map(u64::from).collect();
    assert_eq!(ours, required_by_the_book(&city.compounds));
    assert_eq!(quota(&[]), Vec::<u32>::new());
    assert_eq!(quota(&[0, 124, 125]), [0, 0, 1]);
}

#[test]
fn buildings_add_up_to_their_compounds_and_no_compound_is_a_multiple_of_250() {
    for city in [small(DEFAULT_SEED), scaled(100_000, 1)] {
        let mut sums = vec![0; city.compounds.len()];
        for b in &city.buildings {
            assert!(
                b.households > 0 && b.floors > 0 && b.stairwells > 0,
                "{}",
                b.code
            );
            sums[b.compound] += b.households;
        }
        for (c, sum) in city.compounds.iter().zip(sums) {
            assert_eq!(c.households, sum, "{}", c.name);
            assert_ne!(c.households % 250, 0, "{}", c.name);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_city_and_another_seed_another() {
    let hash = |c: &DemoCity| format!("{:x}", Sha256::digest(format!("{c:?}")));
    assert_eq!(hash(&small(7)), hash(&small(7)));
    assert_ne!(hash(&small(7)), hash(&small(8)));
    assert_eq!(hash(&scaled(40_000, 7)), hash(&scaled(40_000, 7)));
    // Households and codes use no transcendental function: they must never change unnoticed.
    let mut text = String::new();
    for b in small(DEFAULT_SEED).buildings {
        write!(text, "{}={};", b.code, b.households).expect("a string takes every text");
    }
    insta::assert_snapshot!(format!("{:x}", Sha256::digest(text)));
}

#[test]
fn all_geometry_is_valid_and_counter_clockwise() {
    use geo::orient::{Direction, Orient};
    for city in [small(DEFAULT_SEED), scaled(50_000, 3)] {
        let mut polygons: Vec<(&str, &geo::Polygon)> = Vec::new();
        polygons.extend(city.regions.iter().map(|r| (r.code.as_str(), &r.outline)));
        polygons.extend(city.grids.iter().map(|r| (r.code.as_str(), &r.outline)));
        polygons.extend(city.compounds.iter().map(|r| (r.code.as_str(), &r.outline)));
        polygons.extend(
            city.buildings
                .iter()
                .map(|r| (r.code.as_str(), &r.footprint)),
        );
        for g in city
            .barriers
            .iter()
            .map(|b| &b.geometry)
            .chain(city.context.iter().map(|c| &c.geometry))
        {
            match g {
                geo::Geometry::Polygon(p) => polygons.push(("context", p)),
                other => assert!(other.is_valid()),
            }
        }
        for (code, p) in polygons {
            assert!(p.is_valid(), "{code}");
            assert_eq!(p, &p.orient(Direction::Default), "{code}");
        }
    }
}

#[test]
fn houses_stand_inside_their_compound_apart_from_each_other_and_from_the_river() {
    for city in [small(DEFAULT_SEED), small(2), scaled(50_000, 3)] {
        let river: Vec<_> = city
            .barriers
            .iter()
            .filter(|b| b.class == BarrierClass::Water)
            .collect();
        assert_eq!(river.len(), 1);
        for (i, b) in city.buildings.iter().enumerate() {
            let compound = &city.compounds[b.compound];
            assert!(
                compound.outline.contains(&b.footprint),
                "{} of {}",
                b.name,
                compound.name
            );
            for other in city.buildings[i + 1..]
                .iter()
                .take_while(|o| o.compound == b.compound)
            {
                assert!(
                    !other.footprint.intersects(&b.footprint),
                    "{} {}",
                    b.code,
                    other.code
                );
            }
        }
        for c in &city.compounds {
            assert!(
                !city
                    .barriers
                    .iter()
                    .any(|b| b.geometry.intersects(&c.outline)),
                "{}",
                c.name
            );
            let home = city
                .regions
                .iter()
                .find(|r| r.code == c.community)
                .expect("parent");
            assert!(
                home.outline.contains(&c.outline),
                "{} in {}",
                c.name,
                home.name
            );
        }
    }
}

/// Directed edges cancel out inside: what is left of all parts must be the border of the whole.
fn tiles_exactly<'a>(parts: impl Iterator<Item = &'a geo::Polygon>, whole: &geo::Polygon) -> bool {
    let key = |c: Coord<f64>| (c.x.to_bits(), c.y.to_bits());
    let mut edges = HashSet::new();
    for p in parts {
        for l in p.exterior().lines() {
            if !edges.remove(&(key(l.end), key(l.start)))
                && !edges.insert((key(l.start), key(l.end)))
            {
                return false;
            }
        }
    }
    edges
        == whole
            .exterior()
            .lines()
            .map(|l| (key(l.start), key(l.end)))
            .collect()
}

#[test]
fn streets_communities_and_grids_tile_what_is_above_them_exactly() {
    for city in [small(DEFAULT_SEED), small(9), scaled(90_000, 4)] {
        for r in city
            .regions
            .iter()
            .filter(|r| r.level != RegionLevel::Community)
        {
            let children = || {
                city.regions
                    .iter()
                    .filter(|c| c.parent.as_deref() == Some(&r.code))
            };
            assert!(
                tiles_exactly(children().map(|c| &c.outline), &r.outline),
                "{}",
                r.name
            );
            let sum: f64 = children().map(|c| c.outline.unsigned_area()).sum();
            assert!(
                (sum / r.outline.unsigned_area() - 1.0).abs() < 1e-9,
                "{}",
                r.name
            );
        }
        for c in communities(&city) {
            let own = || city.grids.iter().filter(|g| g.community == c.code);
            assert!(
                tiles_exactly(own().map(|g| &g.outline), &c.outline),
                "{}",
                c.name
            );
        }
        let total: u32 = city.compounds.iter().map(|c| c.households).sum();
        assert_eq!(city.grids.iter().map(|g| g.households).sum::<u32>(), total);
    }
    let city = small(DEFAULT_SEED);
    let parts = communities(&city);
    for (i, a) in parts.iter().enumerate() {
        for b in &parts[i + 1..] {
            assert!(a.outline.intersection(&b.outline).unsigned_area() < 1e-16);
        }
    }
}

#[test]
fn grids_of_the_small_city_have_300_to_500_households() {
    let city = small(DEFAULT_SEED);
    for g in &city.grids {
        assert!(
            (300..=500).contains(&g.households),
            "{} {}",
            g.code,
            g.households
        );
    }
}

#[test]
fn gates_lie_on_the_outline_and_every_compound_has_one() {
    let city = small(DEFAULT_SEED);
    let mut with_gate = HashSet::new();
    for g in &city.gates {
        let outline = &city.compounds[g.compound].outline;
        assert!(
            outline.exterior().coords().any(|c| *c == g.position.0),
            "{}",
            g.name
        );
        with_gate.insert(g.compound);
    }
    assert_eq!(with_gate.len(), city.compounds.len());
}

#[test]
fn persons_are_visibly_artificial_and_live_where_they_serve() {
    let city = small(DEFAULT_SEED);
    assert_eq!(
        city.keepers
            .iter()
            .filter(|k| k.kind == KeeperKind::PartTime)
            .count(),
        40
    );
    let mut seen = HashSet::new();
    for k in &city.keepers {
        assert!(k.name.starts_with("示例"), "{}", k.name);
        for number in [&k.phone, &k.duty_phone] {
            assert!(number.len() == 11 && number.starts_with("100"), "{number}");
            assert!(seen.insert(number.clone()), "{number} twice");
        }
        assert!(seen.insert(k.name.clone()), "{} twice", k.name);
        assert_eq!(city.buildings[k.home_building].compound, k.compound);
        assert!(
            k.start_date
                .years_since(k.birth_date)
                .is_some_and(|age| (18..=65).contains(&age))
        );
        assert!(k.start_date <= city.as_of);
        assert_eq!(k.category.is_some(), k.kind == KeeperKind::PartTime);
    }
}

#[test]
fn codes_are_unique_in_the_reserved_range_and_sorted() {
    for city in [small(DEFAULT_SEED), scaled(300_000, 2)] {
        let codes = |list: Vec<&String>| {
            assert!(
                list.windows(2)
                    .all(|w| w[0].len() != w[1].len() || w[0] < w[1])
            );
            assert!(list.iter().all(|c| c.starts_with("999")));
            assert_eq!(list.iter().collect::<HashSet<_>>().len(), list.len());
        };
        assert!(city.regions.iter().all(|r| r.code.len() == 12));
        codes(
            city.regions[1..]
                .iter()
                .filter(|r| r.level == RegionLevel::Community)
                .map(|r| &r.code)
                .collect(),
        );
        codes(city.compounds.iter().map(|c| &c.code).collect());
        codes(city.buildings.iter().map(|c| &c.code).collect());
        codes(city.grids.iter().map(|c| &c.code).collect());
        for r in &city.regions {
            let parent = r.parent.as_ref();
            assert!(parent.is_none_or(|p| city.regions.iter().any(|x| x.code == *p)));
        }
    }
}

#[test]
fn a_scaled_city_has_the_households_asked_for_and_about_37_to_a_building() {
    for households in [MIN_HOUSEHOLDS, 4_440, 20_000, 31_000, 370_000] {
        let city = scaled(households, 1);
        assert_eq!(
            city.compounds.iter().map(|c| c.households).sum::<u32>(),
            households
        );
        if households > 100_000 {
            let mean = f64::from(households) / city.buildings.len() as f64;
            assert!((34.0..=40.0).contains(&mean), "{mean}");
            let posted = in_post(&city).iter().sum::<u64>() as f64;
            let coverage = posted / (f64::from(households) / 250.0);
            assert!((coverage - 0.452).abs() < 0.002, "{coverage}");
        }
    }
    assert_eq!(
        scaled(0, 1)
            .compounds
            .iter()
            .map(|c| c.households)
            .sum::<u32>(),
        MIN_HOUSEHOLDS
    );
}

#[test]
#[ignore = "a measurement: cargo test --release -- --ignored hundred_thousand"]
fn a_hundred_thousand_buildings_are_made_in_two_seconds() {
    let start = std::time::Instant::now();
    let city = scaled(3_700_000, 1);
    let took = start.elapsed();
    eprintln!(
        "{} buildings, {} compounds, {} grids, {} keepers in {took:?}",
        city.buildings.len(),
        city.compounds.len(),
        city.grids.len(),
        city.keepers.len()
    );
    assert!((95_000..=105_000).contains(&city.buildings.len()));
}
