//! The inverse of a small displacement by fixed-point iteration.
//!
//! Knows no datum: GCJ-02 and BD-09 bring their own forward formula.
//! Invariant: at most `MAX_ITERATIONS` evaluations, whatever the input.

use super::gcj02::in_china_rectangle;
use super::gcj02::{EAST_DEG, NORTH_DEG, SOUTH_DEG, WEST_DEG};

/// Evaluations of the forward formula after which an inversion gives up.
pub const MAX_ITERATIONS: usize = 20;

/// How near forward(inverse(g)) must come to g, in metres on the ground.
pub const TOLERANCE_M: f64 = 0.01;

/// Metres in one degree of latitude, rounded up: keeps the tolerance on the safe side.
const M_PER_DEG: f64 = 111_700.0;

/// Change between two iterations at which the answer is as good as `f64` allows, degrees.
const CONVERGED_DEG: f64 = 1e-13;

/// What became of an inversion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Inverse {
    /// The pre-image, (lon, lat) degrees WGS 84.
    Found([f64; 2]),
    /// Outside the rectangle in which the shift is applied: the coordinate is its own pre-image.
    Outside,
    /// No coordinate is shifted to this place: the strip at the edge of the rectangle.
    NoPreImage,
}

/// Solves `shifted(w) = target`, where `shifted` is the formula without its rectangle.
///
/// The formulas displace by at most 0.03 degrees per degree, so `w ← w − (shifted(w) − target)`
/// contracts and has one solution; it is a pre-image when it lies in the rectangle.
pub(super) fn invert(target: [f64; 2], shifted: impl Fn([f64; 2]) -> [f64; 2]) -> Inverse {
    if !in_china_rectangle(target) {
        return Inverse::Outside;
    }
    let mut w = target;
    for _ in 0..MAX_ITERATIONS - 1 {
        let at = shifted(w);
        let step = [at[0] - target[0], at[1] - target[1]];
        w = [w[0] - step[0], w[1] - step[1]];
        if step[0].abs().max(step[1].abs()) < CONVERGED_DEG {
            break;
        }
    }
    // A pre-image on the very edge may be missed by rounding: try the edge itself.
    let w = [
        w[0].clamp(WEST_DEG, EAST_DEG),
        w[1].clamp(SOUTH_DEG, NORTH_DEG),
    ];
    let at = shifted(w);
    let error_m = f64::hypot(at[0] - target[0], at[1] - target[1]) * M_PER_DEG;
    if error_m <= TOLERANCE_M {
        Inverse::Found(w)
    } else {
        Inverse::NoPreImage
    }
}
