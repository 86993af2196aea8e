//! The exponential function.

use std::f64::consts::{LN_2, LOG2_E};

use super::bits::{ROUNDER, clamp, fma, rounded_integer, scale};
use super::{polynomial, two_pass_function};

/// The leading 32 bits of ln 2, so that its product with an exponent is exact; and the rest.
pub(super) const LN_2_HIGH: f64 = 0.6931471803691238;
pub(super) const LN_2_LOW: f64 = 1.9082149292705877e-10;
/// `LN_2 + LN_2_REST` is ln 2 to 107 bits.
pub(super) const LN_2_REST: f64 = 2.3190468138462996e-17;

/// `e^x`.
///
/// Writes `x = k ln 2 + r` with `|r| <= ln 2 / 2`, takes `e^r = 1 + r + r^2 P(r)` with a minimax fit of degree 10 (own fit,
/// relative error 5e-20), and scales by `2^k`.
///
/// Overflows to infinity above 709.78, is subnormal below -708.4 and 0 below -745.13; `exp(-inf) = 0`.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    exp_of_sum(x, 0.0)
}

/// `e^(x - tail)` for a `tail` that is below the rounding error of `x` (about `2^-43` at most).
#[inline(always)]
pub(super) fn exp_of_sum(x: f64, tail: f64) -> f64 {
    let (k, y) = reduced(clamp(x, -746.0, 710.0), tail);
    scale(y, k)
}

/// `(k, y)` with `e^(x - tail) = 2^k y` and `y` between 0.7 and 1.42; `k` in two's complement.
#[inline(always)]
fn reduced(x: f64, tail: f64) -> (u64, f64) {
    let sum = fma(x, LOG2_E, ROUNDER);
    let k = sum - ROUNDER;
    // The first step is exact: both numbers are multiples of 2^-54, and so is their small difference.
    let high = fma(-k, LN_2, x);
    let low = fma(k, LN_2_REST, tail);
    let r = high - low;
    let p = polynomial!(r;
        0.5,
        0.16666666666666683,
        0.041666666666666094,
        0.008333333333317021,
        0.0013888888889115815,
        0.00019841269896416496,
        2.4801586926396022e-5,
        2.755_723_482_851_302e-6,
        2.7557581964090386e-7,
        2.511_204_872_520_304e-8,
        2.082_661_367_870_135e-9);
    (rounded_integer(sum), 1.0 + (high + fma(r * r, p, -low)))
}

/// Largest magnitude of an exponent whose power is neither subnormal nor an overflow.
const MODERATE: f64 = 708.0;

/// [`exp`] up to a magnitude of [`MODERATE`], to the same bits: the exponent of a float is added to.
#[inline(always)]
fn exp_of_moderate(x: f64) -> f64 {
    let (k, y) = reduced(x, 0.0);
    f64::from_bits(y.to_bits().wrapping_add(k << 52))
}

two_pass_function!(exp_slice, f64, exp_of_moderate, exp, |x: f64| MODERATE.to_bits().wrapping_sub(x.abs().to_bits()));
