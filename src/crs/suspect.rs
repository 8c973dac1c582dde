//! Checks that doubt a declared system when it contradicts the values or what is loaded already.
//!
//! Nothing is corrected here: a suspicion is told to the user, who decides.
//! Invariant: judged by medians and shares, so a few wrong rows neither raise nor hide a suspicion.

use super::crs_enum::Crs;
use super::gauss_kruger::GkZone;
use super::gcj02::in_china_rectangle;
use super::suspicion::Suspicion;
use super::transform::{Transformer, to_wgs84};

/// Displacement of matching names from which a shift is suspected, metres.
const MIN_SHIFT_M: f64 = 100.0;
/// Farther apart than this, two things of one name are two things, metres.
const MAX_PAIR_M: f64 = 3_000.0;
/// Fewest pairs of one name that prove a shift.
const MIN_PAIRS: usize = 3;
/// Share of points in water from which it is suspected, and the fewest such points.
const WATER_SHARE: f64 = 0.01;
const MIN_IN_WATER: usize = 3;
/// New data this far from everything loaded are suspected, metres.
const FAR_M: f64 = 100_000.0;
/// Share of the values that must look wrong.
const MOST: f64 = 0.5;
/// Widest distance from the central meridian of a zone at which nobody would work, degrees.
const MAX_OFF_MERIDIAN_DEG: f64 = 4.5;

/// Northings between 17°N and 54°N, metres: no easting lies here.
const NORTHING_M: std::ops::RangeInclusive<f64> = 1_880_000.0..=6_000_000.0;
/// Northings of all of China, metres.
const ANY_NORTHING_M: std::ops::RangeInclusive<f64> = 0.0..=6_200_000.0;
/// Eastings without zone prefix, metres.
const EASTING_M: std::ops::RangeInclusive<f64> = 50_000.0..=950_000.0;

/// A new thing and a loaded one of the same name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedPair {
    /// The new thing's coordinate as given in the file, not converted.
    pub given: [f64; 2],
    /// The loaded thing's place, (lon, lat) degrees WGS 84.
    pub loaded: [f64; 2],
}

/// Checks the values themselves; `given` are coordinates as in the file, not converted.
pub fn suspect_by_values(declared: Crs, given: &[[f64; 2]]) -> Option<Suspicion> {
    let given: Vec<[f64; 2]> = given
        .iter()
        .copied()
        .filter(|[x, y]| x.is_finite() && y.is_finite())
        .collect();
    let example = [
        median(given.iter().map(|c| c[0]))?,
        median(given.iter().map(|c| c[1]))?,
    ];
    let degrees = |[x, y]: [f64; 2]| x.abs() <= 180.0 && y.abs() <= 90.0;
    if declared.is_geographic() {
        if most(&given, |[x, y]| {
            in_china_rectangle([y, x]) && !in_china_rectangle([x, y])
        }) {
            return Some(Suspicion::AxesExchanged { declared, example });
        }
        if most(&given, |c| !degrees(c)) {
            return Some(Suspicion::NotDegrees { declared, example });
        }
    } else {
        // Nobody works within 180 m of the origin of a projection.
        if most(&given, |[x, y]| degrees([x, y]) || degrees([y, x])) {
            return Some(Suspicion::LooksGeographic { declared, example });
        }
        if let Crs::GaussKruger(zone) = declared {
            if let Some(suspicion) = suspect_zone(zone, &given, example) {
                return Some(suspicion);
            }
        } else if most(&given, |[x, y]| NORTHING_M.contains(&x) && y > 7_900_000.0) {
            return Some(Suspicion::AxesExchanged { declared, example });
        }
    }
    let transformer = to_wgs84(declared);
    let place = |c: [f64; 2]| {
        let to = transformer.forward(c);
        [to.lon, to.lat]
    };
    let outside = most(&given, |c| !in_china_rectangle(place(c)));
    outside.then(|| Suspicion::OutsideChina {
        declared,
        example: place(example),
    })
}

fn suspect_zone(zone: GkZone, given: &[[f64; 2]], example: [f64; 2]) -> Option<Suspicion> {
    let looks = |[x, y]: [f64; 2]| easting_prefix(x).is_some() && ANY_NORTHING_M.contains(&y);
    if most(given, |[x, y]| {
        NORTHING_M.contains(&x) && easting_prefix(y).is_some()
    }) {
        return Some(Suspicion::AxesExchanged {
            declared: Crs::GaussKruger(zone),
            example,
        });
    }
    if !most(given, looks) {
        return None;
    }
    let found_prefix = easting_prefix(example[0]).map(|prefix| (prefix > 0).then_some(prefix))?;
    if found_prefix != zone.zone_prefix() {
        let fits = match found_prefix {
            Some(prefix) => GkZone::from_zone(prefix),
            None => Some(zone.counterpart()),
        };
        return Some(Suspicion::OtherZone {
            declared: zone,
            found_prefix,
            fits,
        });
    }
    let lon = to_wgs84(Crs::GaussKruger(zone)).forward(example).lon;
    let degrees = (lon - f64::from(zone.central_meridian_deg())).abs();
    (degrees > MAX_OFF_MERIDIAN_DEG).then_some(Suspicion::FarFromMeridian {
        declared: zone,
        degrees,
    })
}

/// Whether a test holds for more than half of the values.
fn most(given: &[[f64; 2]], test: impl Fn([f64; 2]) -> bool) -> bool {
    given.iter().filter(|&&c| test(c)).count() as f64 > MOST * given.len() as f64
}

/// The zone prefix when a number can be an easting: 13–45, or 0 for an easting without prefix.
fn easting_prefix(easting: f64) -> Option<u8> {
    let prefix = (easting / 1e6).floor();
    let within = EASTING_M.contains(&(easting - prefix * 1e6));
    match prefix {
        0.0 if within => Some(0),
        13.0..=45.0 if within => Some(prefix as u8),
        _ => None,
    }
}

/// Compares things of one name with those already loaded.
///
/// Pairs farther apart than 3 km are namesakes and left out; at least three must remain.
pub fn suspect_by_names(declared: Crs, pairs: &[NamedPair]) -> Option<Suspicion> {
    let here = Displacement::of(&to_wgs84(declared), None, pairs)?;
    // A shift is common to all; the scatter of differently drawn outlines is not.
    if here.pairs < MIN_PAIRS || here.length_m() < MIN_SHIFT_M || here.scatter_m > here.length_m() {
        return None;
    }
    let fits = alternatives(declared)
        .into_iter()
        .filter_map(|alternative| {
            let there = alternative.displacement(declared, pairs)?;
            (there.pairs * 10 >= here.pairs * 9).then_some((alternative.crs, there.length_m()))
        })
        .filter(|(_, length_m)| *length_m < here.length_m() / 3.0 && *length_m < MIN_SHIFT_M)
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(crs, _)| crs);
    Some(Suspicion::Shifted {
        declared,
        fits,
        east_m: here.east_m,
        north_m: here.north_m,
        pairs: here.pairs,
    })
}

/// Counts places in water under the declared system and under its usual confusions.
///
/// `given` are coordinates as in the file; `in_water` takes (lon, lat) degrees WGS 84.
pub fn suspect_by_water(
    declared: Crs,
    given: &[[f64; 2]],
    in_water: impl Fn([f64; 2]) -> bool,
) -> Option<Suspicion> {
    let count = |place: &dyn Fn([f64; 2]) -> [f64; 2]| {
        given.iter().filter(|&&c| in_water(place(c))).count()
    };
    let transformer = to_wgs84(declared);
    let here = count(&|c| lonlat(&transformer, c));
    if here < MIN_IN_WATER || (here as f64) < WATER_SHARE * given.len() as f64 {
        return None;
    }
    let fits = alternatives(declared)
        .into_iter()
        .map(|alternative| {
            let place = alternative.placer(declared);
            (alternative.crs, count(&*place))
        })
        .filter(|(_, there)| there * 3 <= here)
        .min_by_key(|(_, there)| *there);
    Some(Suspicion::InWater {
        declared,
        in_water: here,
        of: given.len(),
        fits,
    })
}

/// Checks that new places lie somewhere near what is loaded.
///
/// `given` are coordinates as in the file; `loaded` is [west, south, east, north] degrees WGS 84.
pub fn suspect_by_distance(
    declared: Crs,
    given: &[[f64; 2]],
    loaded: [f64; 4],
) -> Option<Suspicion> {
    let transformer = to_wgs84(declared);
    let [west, south, east, north] = loaded;
    let distance_m = median(given.iter().map(|&c| {
        let place = lonlat(&transformer, c);
        let nearest = [place[0].clamp(west, east), place[1].clamp(south, north)];
        let [east_m, north_m] = metres_between(nearest, place);
        f64::hypot(east_m, north_m)
    }))?;
    (distance_m > FAR_M).then_some(Suspicion::FarFromLoaded {
        declared,
        distance_km: distance_m / 1000.0,
    })
}

/// A system that the given numbers may be in instead of the declared one.
#[derive(Clone, Copy)]
struct Alternative {
    crs: Crs,
    /// The declared projection still holds, but what was projected were shifted degrees.
    on_top: bool,
}

impl Alternative {
    /// The function from a given coordinate to its place under this alternative.
    fn placer(self, declared: Crs) -> Box<dyn Fn([f64; 2]) -> [f64; 2]> {
        let (first, second) = (to_wgs84(declared), to_wgs84(self.crs));
        let on_top = self.on_top;
        Box::new(move |c| lonlat(&second, if on_top { lonlat(&first, c) } else { c }))
    }

    fn displacement(self, declared: Crs, pairs: &[NamedPair]) -> Option<Displacement> {
        let first = self.on_top.then(|| to_wgs84(declared));
        Displacement::of(&to_wgs84(self.crs), first.as_ref(), pairs)
    }
}

/// The usual confusions: WGS 84, GCJ-02 and BD-09 for one another.
fn alternatives(declared: Crs) -> Vec<Alternative> {
    let shifted = [Crs::Gcj02, Crs::Bd09];
    match declared {
        Crs::Gcj02 | Crs::Bd09 => [Crs::Wgs84, Crs::Gcj02, Crs::Bd09]
            .into_iter()
            .filter(|&crs| crs != declared)
            .map(|crs| Alternative { crs, on_top: false })
            .collect(),
        // Amap's own Mercator is GCJ-02 in Web Mercator; desktop tools make the same in zones.
        _ => shifted
            .map(|crs| Alternative { crs, on_top: true })
            .to_vec(),
    }
}

/// Median displacement of new things from loaded ones of the same name.
struct Displacement {
    east_m: f64,
    north_m: f64,
    /// Median distance of the single displacements from the median one, metres.
    scatter_m: f64,
    pairs: usize,
}

impl Displacement {
    fn of(to: &Transformer, before: Option<&Transformer>, pairs: &[NamedPair]) -> Option<Self> {
        let steps: Vec<[f64; 2]> = pairs
            .iter()
            .map(|pair| {
                let c = before.map_or(pair.given, |before| lonlat(before, pair.given));
                metres_between(pair.loaded, lonlat(to, c))
            })
            .filter(|[east_m, north_m]| f64::hypot(*east_m, *north_m) <= MAX_PAIR_M)
            .collect();
        let east_m = median(steps.iter().map(|step| step[0]))?;
        let north_m = median(steps.iter().map(|step| step[1]))?;
        let off = steps
            .iter()
            .map(|step| f64::hypot(step[0] - east_m, step[1] - north_m));
        Some(Self {
            east_m,
            north_m,
            scatter_m: median(off)?,
            pairs: steps.len(),
        })
    }

    fn length_m(&self) -> f64 {
        f64::hypot(self.east_m, self.north_m)
    }
}

fn lonlat(transformer: &Transformer, c: [f64; 2]) -> [f64; 2] {
    let to = transformer.forward(c);
    [to.lon, to.lat]
}

/// East and north from `a` to `b`, metres; good for some kilometres.
fn metres_between(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    let cos = f64::midpoint(a[1], b[1]).to_radians().cos();
    [(b[0] - a[0]) * 111_320.0 * cos, (b[1] - a[1]) * 110_900.0]
}

/// The middle value (the upper one of two); `None` without any finite value.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    Some(*values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

#[cfg(test)]
#[path = "suspect_tests.rs"]
mod tests;
