//! Division and square root by multiplications.
//!
//! Processors divide and take roots with a unit that is not pipelined: eight quotients of double precision take 16 cycles on an Intel
//! processor with AVX-512, and eight roots 24, which is time for 32 and 48 multiplications. Newton's iteration from an estimate that is made
//! of the bits takes fewer.
//!
//! The results are those of the processor's own operations, to the last bit, for arguments of moderate exponents: the last step
//! adds a correction to a neighbour of the result, from a remainder that a fused multiply-add gives without error (Markstein 1990).

use super::bits::fma;
use super::{horner, two_pass_function};

/// The bits of the smallest magnitude that [`quotient`] takes, `2^-255`; the largest is below `2^257`.
const SMALLEST_OF_QUOTIENT: u64 = (1023 - 255) << 52;
/// The bits that are set for none of them in what comes with a [`quotient`].
pub const EXCEPTIONAL_QUOTIENT: u64 = 3 << 61;

/// The bits of the smallest number that [`root`] takes, `2^-511`; the largest is below `2^513`.
const SMALLEST_OF_ROOT: u64 = (1023 - 511) << 52;
/// The bits that are set for none of them in what comes with a [`root`].
const EXCEPTIONAL_ROOT: u64 = 3 << 62;

/// `a / b`, along with an integer: where bits of [`EXCEPTIONAL_QUOTIENT`] are set in it, the quotient means nothing.
///
/// The bits of `b` from a constant are an estimate `y` of `1/b` to 5 %. With `w = b y`, `y P(w)` is one to 1e-6, where `P` of degree 3 is a
/// minimax fit of `1/w` (own fit). A step of third order leaves the rounding; the next makes the reciprocal the correctly rounded one, and
/// with that so is the quotient after the step for it (Markstein 1990; Muller et al., Handbook of Floating-Point Arithmetic, 2010, chapter
/// 5). The theorem leaves one `b` open, the one with all bits of the fraction set: its reciprocal is right if it is approached from above,
/// which is why the fit reaches from 0.944, so that its error has that sign where `b` comes to lie, at 0.949.
#[inline(always)]
pub fn quotient(a: f64, b: f64) -> (f64, u64) {
    let y = f64::from_bits(0x7fde_6000_0000_0000_u64.wrapping_sub(b.to_bits()));
    let w = b * y;
    let y = y * horner!(w; 4.017468325726737, -6.049656031190969, 4.046886490786188, -1.0146997665112576);
    let e = fma(-b, y, 1.0);
    let y = fma(y, fma(e, e, e), y);
    let y = fma(fma(-b, y, 1.0), y, y);
    let q = a * y;
    // Signs do not reach the bits that are asked for, and what is below the smallest magnitude sets them.
    let (a_above, b_above) =
        (a.to_bits().wrapping_sub(SMALLEST_OF_QUOTIENT), b.to_bits().wrapping_sub(SMALLEST_OF_QUOTIENT));
    (fma(fma(-b, q, a), y, q), a_above | b_above)
}

/// The square root of `x`, along with an integer: where bits of [`EXCEPTIONAL_ROOT`] are set in it, the root means nothing.
///
/// Half the bits of `x` from a constant are an estimate of `1/sqrt(x)` to 3.5 %. With `w = x y^2`, `y P(w)` is one to 8e-7, where `P` of
/// degree 3 is a minimax fit of `1/sqrt(w)` (own fit). A step of third order leaves the rounding, both in the root `g` and in `h`, half its
/// reciprocal, so that `g + (x - g^2) h` differs from the root by at most `2^-49` units in the last place before it is rounded. Roots
/// that are so close to the middle of two floats can be listed, and the tests do.
#[inline(always)]
fn root(x: f64) -> (f64, u64) {
    let y = f64::from_bits(0x5fe6_ea00_0000_0000_u64.wrapping_sub(x.to_bits() >> 1));
    let g = x * y;
    let w = g * y;
    let p = horner!(w; 2.189796155154915, -2.193115200777365, 1.316839037797255, -0.31352073577368206);
    let (g, y) = (g * p, y * p);
    let e = fma(-g, y, 1.0);
    let step = e * fma(e, 0.375, 0.5);
    let g = fma(g, step, g);
    let h = 0.5 * fma(y, step, y);
    (fma(fma(-g, g, x), h, g), x.to_bits().wrapping_sub(SMALLEST_OF_ROOT))
}

two_pass_function!(root_slice, f64, root, f64::sqrt, EXCEPTIONAL_ROOT);

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_52: u64 = 1 << 52;

    /// SplitMix64.
    struct Random(u64);

    impl Random {
        fn bits(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }

        /// A float with this biased exponent.
        fn of_exponent(&mut self, exponent: u64) -> f64 {
            f64::from_bits(self.bits() >> 12 | exponent << 52)
        }
    }

    fn check_quotient(a: f64, b: f64) {
        for (a, b) in [(a, b), (-a, b), (a, -b), (-a, -b)] {
            let (found, bits) = quotient(a, b);
            assert!(bits & EXCEPTIONAL_QUOTIENT == 0, "{a:e} / {b:e} is ordinary");
            assert!(found.to_bits() == (a / b).to_bits(), "{a:e} / {b:e} = {found:e}, not {:e}", a / b);
        }
    }

    fn check_root(x: f64) {
        let (found, bits) = root(x);
        assert!(bits & EXCEPTIONAL_ROOT == 0, "{x:e} is ordinary");
        assert!(found.to_bits() == x.sqrt().to_bits(), "the root of {x:e} is not {found:e}");
    }

    #[test]
    fn quotients_are_correctly_rounded() {
        let mut random = Random(1);
        for i in 0..100_000 {
            let exponent = 768 + random.bits() % 512;
            let (a, b) = (random.of_exponent(768 + i % 512), random.of_exponent(exponent));
            check_quotient(a, b);
            check_quotient(b, b);
            check_quotient(b, a);
        }
        // All bits of the fraction set, and others where the reciprocal is hard.
        let near_two = |ulps: u64| f64::from_bits(2f64.to_bits() - ulps);
        for i in 1..200 {
            for j in 1..200 {
                check_quotient(near_two(i), near_two(j));
            }
            check_quotient(1.0, near_two(i));
            check_quotient(random.of_exponent(1023), near_two(1));
            check_quotient(f64::from_bits(1f64.to_bits() + i), near_two(1));
        }
        for a in 1..300 {
            for b in 1..300 {
                check_quotient(f64::from(a), f64::from(b));
            }
        }
    }

    /// The quotients next to the middle of two floats: `a 2^j / b = (2 m + 1) - d / b`, where the left-hand side is scaled to 54 bits.
    #[test]
    fn hard_quotients_are_correctly_rounded() {
        let mut random = Random(2);
        let mut n_checked = 0;
        for i in 0..5_000 {
            let b = match i % 3 {
                0 => TWO_52 + random.bits() % TWO_52,
                1 => TWO_52 + random.bits() % 5_000,
                _ => 2 * TWO_52 - 1 - random.bits() % 5_000,
            } | 1;
            // The inverse of b modulo 2^64, by Newton's iteration, which doubles its digits.
            let inverse = (0..6).fold(b, |y, _| y.wrapping_mul(2u64.wrapping_sub(b.wrapping_mul(y))));
            for d in (-15_i64..=15).step_by(2) {
                for j in [53, 54] {
                    let middle = ((d as u64).wrapping_mul(inverse) % (1 << j)) | (1 << 53);
                    let scaled = i128::from(b) * i128::from(middle) - i128::from(d);
                    let a = (scaled >> j) as u64;
                    if scaled % (1 << j) == 0 && a < 2 * TWO_52 {
                        check_quotient(a as f64, b as f64);
                        n_checked += 1;
                    }
                }
            }
        }
        assert!(n_checked > 50_000, "{n_checked}");
    }

    #[test]
    fn roots_are_correctly_rounded() {
        let mut random = Random(3);
        for i in 0..200_000 {
            check_root(random.of_exponent(512 + i % 1024));
        }
        for i in 1..2_000 {
            check_root(f64::from(i));
            check_root(f64::from(i).powi(2));
            check_root(f64::from_bits(4f64.to_bits() - i as u64));
        }
    }

    /// All numbers whose roots are within `2^-49` units of the middle of two floats: with 53 bits `m` and `x = n 2^t`, those where
    /// `(m + 1/2)^2 - x = m^2 + m + 1/4 - n 2^t` is at most 32 in magnitude.
    #[test]
    fn hard_roots_are_correctly_rounded() {
        let mut n_checked = 0;
        for t in [52_u32, 53] {
            for d in (-34_i64..=34).step_by(2) {
                for lowest in [0, 1] {
                    // The solution of m^2 + m = d modulo 2^t with this lowest bit, bit by bit: the derivative is odd.
                    let excess = |m: u64| m.wrapping_mul(m).wrapping_add(m).wrapping_sub(d as u64);
                    let m = (1..t).fold(lowest, |m, bit| if excess(m) >> bit & 1 == 1 { m | 1 << bit } else { m });
                    let m = if t == 52 { m | TWO_52 } else { m };
                    let middle = i128::from(m) * i128::from(m + 1) - i128::from(d);
                    assert!(middle % (1 << t) == 0);
                    let n = (middle >> t) as u64;
                    if m >= TWO_52 && (TWO_52..2 * TWO_52).contains(&n) {
                        check_root(n as f64 * if t == 52 { 1.0 } else { 2.0 });
                        n_checked += 1;
                    }
                }
            }
        }
        assert!(n_checked > 30, "{n_checked}");
    }
}
