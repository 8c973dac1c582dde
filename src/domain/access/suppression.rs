//! Small counts are hidden, and so much more that nobody can work them out from a total.
//!
//! Source: complementary cell suppression, Willenborg and de Waal, Elements of Statistical Disclosure Control, §6.

/// Counts of 1 to `SMALL - 1` are hidden (`domain.md` §5.4: k = 5). Zero says nothing of anybody.
pub const SMALL: u64 = 5;

/// The same counts without those that are small. When exactly one would be missing, or the missing ones sum to less
/// than `k`, the next smallest go too: else a total that is known gives them away. `None` = hidden.
pub fn suppress(counts: &[Option<u64>], k: u64) -> Vec<Option<u64>> {
    suppress_where(counts, k, |_any| true)
}

/// The same where only some of the counts, by their index, must not be told when they are small.
pub fn suppress_where(
    counts: &[Option<u64>],
    k: u64,
    guarded: impl Fn(usize) -> bool,
) -> Vec<Option<u64>> {
    let mut shown = counts.to_vec();
    let is_small = |count: &Option<u64>| count.is_some_and(|n| n > 0 && n < k);
    let mut hidden: Vec<u64> = Vec::new();
    for (at, count) in shown.iter_mut().enumerate() {
        if guarded(at) && is_small(count) {
            hidden.extend(count.take());
        }
    }
    while !hidden.is_empty() && (hidden.len() == 1 || hidden.iter().sum::<u64>() < k) {
        let next = shown
            .iter_mut()
            .filter(|count| count.is_some_and(|n| n > 0))
            .min_by_key(|count| **count);
        match next {
            Some(count) => hidden.extend(count.take()),
            None => break,
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_small_count_takes_a_second_with_it() {
        assert_eq!(
            suppress(&[Some(3), Some(40), Some(12)], SMALL),
            [None, Some(40), None]
        );
        assert_eq!(suppress(&[Some(2), Some(2), Some(9)], SMALL), [None; 3]);
        assert_eq!(suppress(&[Some(0), Some(5)], SMALL), [Some(0), Some(5)]);
        assert_eq!(suppress(&[Some(0), None], SMALL), [Some(0), None]);
    }

    #[test]
    fn where_only_some_are_guarded_the_others_are_told_unless_they_give_one_away() {
        let counts = [Some(3), Some(4), Some(2), Some(90)];
        let guarded = |wanted: usize| move |at: usize| at == wanted;
        assert_eq!(
            suppress_where(&counts, SMALL, guarded(0)),
            [None, Some(4), None, Some(90)]
        );
        assert_eq!(suppress_where(&counts, SMALL, guarded(3)), counts);
    }

    proptest! {
        /// With the total known, what is hidden cannot be told: at least two counts, of at least k together,
        /// unless there is nothing left to hide.
        #[test]
        fn no_total_gives_a_small_count_away(counts in proptest::collection::vec(0u64..30, 1..12)) {
            let all: Vec<Option<u64>> = counts.iter().copied().map(Some).collect();
            let shown = suppress(&all, SMALL);
            let hidden: Vec<u64> = counts.iter().zip(&shown).filter(|(_, s)| s.is_none()).map(|(n, _)| *n).collect();
            for (count, shown) in counts.iter().zip(&shown) {
                prop_assert!(shown.is_none_or(|n| n == *count && (n == 0 || n >= SMALL)));
            }
            let left = shown.iter().flatten().any(|n| *n > 0);
            if !hidden.is_empty() && left {
                prop_assert!(hidden.len() > 1 && hidden.iter().sum::<u64>() >= SMALL);
            }
        }
    }
}
