//! The local frame of many points, and distances on it.
//!
//! The frame is linear in degrees, so straight lines stay straight and crossings are the same in
//! both systems. Not here: the frame itself (`measure`).
//! Invariant: a few wild points do not move the frame.

use super::measure::LocalFrame;

/// The frame around the median of the finite points, (lon, lat) degrees.
pub(super) fn frame_around(points: impl Iterator<Item = [f64; 2]>) -> LocalFrame {
    let (mut lon, mut lat): (Vec<f64>, Vec<f64>) = points
        .filter(|p| p[0].abs() <= 180.0 && p[1].abs() < 89.0)
        .map(|p| (p[0], p[1]))
        .unzip();
    let median = |values: &mut Vec<f64>| {
        let middle = values.len() / 2;
        if values.is_empty() {
            0.0
        } else {
            *values.select_nth_unstable_by(middle, f64::total_cmp).1
        }
    };
    LocalFrame::around([median(&mut lon), median(&mut lat)])
}

/// Distance of two points of a frame, metres.
pub(super) fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wild_points_do_not_move_the_frame() {
        let points = [[121.0, 31.0], [121.0, 31.0], [f64::NAN, 0.0], [0.0, 0.0]];
        assert_eq!(
            frame_around(points.into_iter()),
            LocalFrame::around([121.0, 31.0])
        );
    }
}
