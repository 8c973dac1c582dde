//! This period against the one before it.
//!
//! Not a test of significance. Invariant: a ratio to nothing is `None`.

/// What became of the count of one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Issues of this period.
    pub now: u32,
    /// Issues of the period before.
    pub before: u32,
    /// `now` − `before`.
    pub delta: i64,
    /// `now` ÷ `before`: 1.18 is 18 % more; `None` when there was none before.
    pub ratio: Option<f64>,
    /// Both periods have fewer than `k`: drawn hatched.
    pub small: bool,
    /// The period before has fewer than `k`: the ratio says little. Who may see no small counts gets neither
    /// ratio nor delta when this holds, because they would tell the count.
    pub small_base: bool,
}

/// The change of one count.
pub fn change(now: u32, before: u32, k: u32) -> Change {
    Change {
        now,
        before,
        delta: i64::from(now) - i64::from(before),
        ratio: (before > 0).then(|| f64::from(now) / f64::from(before)),
        small: now < k && before < k,
        small_base: before < k,
    }
}

/// The changes of counts by the same index; where one list is shorter, its counts are 0.
pub fn changes(now: &[u32], before: &[u32], k: u32) -> Vec<Change> {
    let at = |counts: &[u32], i: usize| counts.get(i).copied().unwrap_or(0);
    (0..now.len().max(before.len()))
        .map(|i| change(at(now, i), at(before, i), k))
        .collect()
}

/// The period of the same length that ends where `from..to` begins; `None` when it would begin before 2000, or the
/// period is empty.
pub fn previous_period(from: u32, to: u32) -> Option<(u32, u32)> {
    let length = to.checked_sub(from).filter(|&length| length > 0)?;
    Some((from.checked_sub(length)?, from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_no_ratio_to_nothing() {
        let eighteen_more = change(118, 100, 5);
        assert_eq!((eighteen_more.delta, eighteen_more.ratio), (18, Some(1.18)));
        assert!(!eighteen_more.small && !eighteen_more.small_base);
        let fresh = change(40, 0, 5);
        assert_eq!(
            (fresh.delta, fresh.ratio, fresh.small, fresh.small_base),
            (40, None, false, true)
        );
        let gone = change(0, 8, 5);
        assert_eq!(
            (gone.delta, gone.ratio, gone.small, gone.small_base),
            (-8, Some(0.0), false, false)
        );
        assert!(change(4, 4, 5).small);
        assert_eq!(change(u32::MAX, 0, 5).delta, i64::from(u32::MAX));
        assert_eq!(
            changes(&[1, 2], &[3], 1),
            [change(1, 3, 1), change(2, 0, 1)]
        );
    }

    #[test]
    fn the_period_before_is_as_long_and_touches_this_one() {
        assert_eq!(previous_period(700, 1000), Some((400, 700)));
        for (from, to) in [(100, 300), (5, 5), (9, 2)] {
            assert_eq!(previous_period(from, to), None);
        }
    }
}
