//! A small random generator: xoshiro256++ (Blackman and Vigna, 2019), seeded by SplitMix64.
//!
//! Not for secrets. Invariant: the same seed gives the same numbers on any machine.

/// The generator.
#[derive(Debug, Clone)]
pub(super) struct Rng([u64; 4]);

/// SplitMix64: a well-mixed number from a counter.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A seed for part `salt` of the work under `seed`.
pub(super) fn derive_seed(seed: u64, salt: u64) -> u64 {
    let mut state = seed ^ salt.wrapping_mul(0xD1B5_4A32_D192_ED03);
    split_mix(&mut state)
}

impl Rng {
    /// A generator for a seed.
    pub(super) fn new(seed: u64) -> Self {
        let mut state = seed;
        Self(std::array::from_fn(|_| split_mix(&mut state)))
    }

    /// 64 random bits.
    pub(super) fn next(&mut self) -> u64 {
        let s = &mut self.0;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number below `n` (`n` > 0).
    pub(super) fn below(&mut self, n: usize) -> usize {
        (((self.next() >> 32) * n as u64) >> 32) as usize
    }

    /// An exponential variate in units of ln 2, with 16 fractional bits: −log₂ u.
    ///
    /// log₂(1 + m) ≈ m + 0.346 m (1 − m) within 0.005, in integers, so that it is the same everywhere.
    pub(super) fn exponential(&mut self) -> i64 {
        let bits = self.next();
        let zeros = bits.leading_zeros();
        if zeros >= 60 {
            return 60 << 16;
        }
        let m = ((bits << (zeros + 1)) >> 48) as i64;
        let log = m + ((((m * (65_536 - m)) >> 16) * 22_675) >> 16);
        ((i64::from(zeros) + 1) << 16) - log
    }
}
