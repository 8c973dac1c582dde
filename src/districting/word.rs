//! Sets of up to 64 or 128 small numbers in one word.
//!
//! Invariant: `pick` and `bits` never yield a number that is not in the set.

use std::ops::{BitAnd, BitOr, BitXor, Not, Shl, Shr};

/// A set of small numbers as a machine word.
pub(super) trait Word:
    Copy
    + Eq
    + From<u64>
    + BitAnd<Output = Self>
    + BitOr<Output = Self>
    + BitXor<Output = Self>
    + Not<Output = Self>
    + Shl<usize, Output = Self>
    + Shr<usize, Output = Self>
{
    /// Numbers it can hold.
    const SIZE: usize;
    /// The empty set.
    const NONE: Self;

    /// How many numbers.
    fn count(self) -> u32;
    /// The smallest number; `SIZE` if empty.
    fn lowest(self) -> usize;
    /// Without the smallest number; only if not empty.
    fn without_lowest(self) -> Self;

    /// The set of one number.
    #[inline]
    fn one(number: usize) -> Self {
        Self::from(1) << number
    }

    /// Is the number in the set?
    #[inline]
    fn has(self, number: usize) -> bool {
        self >> number & Self::from(1) != Self::NONE
    }

    /// The numbers, ascending.
    #[inline]
    fn bits(self) -> impl Iterator<Item = usize> {
        let mut rest = self;
        std::iter::from_fn(move || {
            (rest != Self::NONE).then(|| {
                let number = rest.lowest();
                rest = rest.without_lowest();
                number
            })
        })
    }

    /// A number of the set, all below `size`: the first one from a random place on (so not evenly).
    #[inline]
    fn pick(self, size: usize, random: u32) -> usize {
        let from = ((u64::from(random) * size as u64) >> 32) as usize;
        let rest = self >> from << from;
        (if rest == Self::NONE { self } else { rest }).lowest()
    }
}

macro_rules! word {
    ($word:ty) => {
        impl Word for $word {
            const SIZE: usize = <$word>::BITS as usize;
            const NONE: Self = 0;

            #[inline]
            fn count(self) -> u32 {
                self.count_ones()
            }

            #[inline]
            fn lowest(self) -> usize {
                self.trailing_zeros() as usize
            }

            #[inline]
            fn without_lowest(self) -> Self {
                self & (self - 1)
            }
        }
    };
}
word!(u64);
word!(u128);

#[cfg(test)]
mod tests {
    use super::*;

    fn agrees<W: Word + std::fmt::Debug>() {
        let numbers = [0, 3, 17, W::SIZE - 1];
        let set = numbers
            .iter()
            .fold(W::NONE, |set, &number| set | W::one(number));
        assert_eq!(set.bits().collect::<Vec<_>>(), numbers);
        assert_eq!(set.count(), 4);
        assert!((0..W::SIZE).all(|number| set.has(number) == numbers.contains(&number)));
        for step in 0..=64 {
            let random = (u64::from(u32::MAX) * step / 64) as u32;
            assert!(numbers.contains(&set.pick(W::SIZE, random)));
        }
        assert_eq!(W::one(2).pick(W::SIZE, u32::MAX), 2);
    }

    #[test]
    fn a_word_is_the_set_of_its_bits() {
        agrees::<u64>();
        agrees::<u128>();
    }
}
