//! Sets of up to 64, 128 or 256 small numbers, in one word or four.
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

/// Four words as one, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wide([u64; 4]);

impl Wide {
    /// The word at an index; none beyond the ends.
    fn word(self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0)
    }
}

impl From<u64> for Wide {
    fn from(lowest: u64) -> Self {
        Self([lowest, 0, 0, 0])
    }
}

macro_rules! wide {
    ($operator:ident, $name:ident, $sign:tt) => {
        impl $operator for Wide {
            type Output = Self;
            #[inline]
            fn $name(self, other: Self) -> Self {
                Self(std::array::from_fn(|i| self.0[i] $sign other.0[i]))
            }
        }
    };
}
wide!(BitAnd, bitand, &);
wide!(BitOr, bitor, |);
wide!(BitXor, bitxor, ^);

impl Not for Wide {
    type Output = Self;
    #[inline]
    fn not(self) -> Self {
        Self(self.0.map(|word| !word))
    }
}

impl Shl<usize> for Wide {
    type Output = Self;
    #[inline]
    fn shl(self, by: usize) -> Self {
        let (words, bits) = (by / 64, by % 64);
        Self(std::array::from_fn(|i| {
            let (own, below) = (i.wrapping_sub(words), i.wrapping_sub(words + 1));
            // In two steps, because nothing shifts by 64.
            self.word(own) << bits | self.word(below) >> 1 >> (63 - bits)
        }))
    }
}

impl Shr<usize> for Wide {
    type Output = Self;
    #[inline]
    fn shr(self, by: usize) -> Self {
        let (words, bits) = (by / 64, by % 64);
        Self(std::array::from_fn(|i| {
            self.word(i + words) >> bits | self.word(i + words + 1) << 1 << (63 - bits)
        }))
    }
}

impl Word for Wide {
    const SIZE: usize = 256;
    const NONE: Self = Self([0; 4]);

    #[inline]
    fn count(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    #[inline]
    fn lowest(self) -> usize {
        let first = self.0.iter().position(|&word| word != 0);
        first.map_or(Self::SIZE, |i| i * 64 + self.0[i].trailing_zeros() as usize)
    }

    #[inline]
    fn without_lowest(mut self) -> Self {
        if let Some(word) = self.0.iter_mut().find(|word| **word != 0) {
            *word &= *word - 1;
        }
        self
    }
}

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
        for by in 0..W::SIZE {
            let up = numbers.iter().map(|number| number + by);
            let up: Vec<usize> = up.filter(|&number| number < W::SIZE).collect();
            assert_eq!((set << by).bits().collect::<Vec<_>>(), up);
            let down = numbers.iter().filter_map(|number| number.checked_sub(by));
            assert_eq!(
                (set >> by).bits().collect::<Vec<_>>(),
                down.collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn a_word_is_the_set_of_its_bits() {
        agrees::<u64>();
        agrees::<u128>();
        agrees::<Wide>();
    }
}
