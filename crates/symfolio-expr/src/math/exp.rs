//! The exponential function.

use std::f64::consts::{LN_2, LOG2_E};

use super::bits::{ROUNDER, clamp, fma, rounded_integer, scale};
use super::{horner, polynomial, two_pass_function};

/// The leading 32 bits of ln 2, so that its product with an exponent is exact; and the rest.
pub(super) const LN_2_HIGH: f64 = 0.6931471803691238;
pub(super) const LN_2_LOW: f64 = 1.9082149292705877e-10;
/// `LN_2 + LN_2_REST` is ln 2 to 107 bits.
pub(super) const LN_2_REST: f64 = 2.3190468138462996e-17;

/// The coefficients of `P` in `e^r = 1 + r + r^2 P(r)` for `|r| <= ln 2 / 2`: a minimax fit (own fit, relative error 5e-20).
const P: [f64; 11] = [
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
    2.082_661_367_870_135e-9,
];

/// `e^x`.
///
/// Writes `x = k ln 2 + r` with `|r| <= ln 2 / 2`, takes `e^r = 1 + r + r^2 P(r)`, and scales by `2^k`.
///
/// Overflows to infinity above 709.78, is subnormal below -708.4 and 0 below -745.13; `exp(-inf) = 0`.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let (sum, y) = reduced(clamp(x, -746.0, 710.0));
    scale(y, rounded_integer(sum))
}

/// `(sum, y)` with `e^x = 2^k y` and `y` between 0.7 and 1.42; `sum` is [`ROUNDER`] plus `k`.
#[inline(always)]
fn reduced(x: f64) -> (f64, f64) {
    let sum = fma(x, LOG2_E, ROUNDER);
    let k = sum - ROUNDER;
    // The first step is exact: both numbers are multiples of 2^-54, and so is their small difference.
    let r = fma(-k, LN_2_REST, fma(-k, LN_2, x));
    let z = r * r;
    // Two short chains of operations rather than one long one.
    let even = horner!(z; P[0], P[2], P[4], P[6], P[8], P[10]);
    let odd = horner!(z; P[1], P[3], P[5], P[7], P[9]);
    (sum, 1.0 + fma(z, fma(r, odd, even), r))
}

/// `e^(x - tail)` for a `tail` that is below the rounding error of `x` (about `2^-43` at most). As [`exp`], without the error of rounding
/// `r`.
#[inline(always)]
pub(super) fn exp_of_sum(x: f64, tail: f64) -> f64 {
    let x = clamp(x, -746.0, 710.0);
    let sum = fma(x, LOG2_E, ROUNDER);
    let k = sum - ROUNDER;
    let high = fma(-k, LN_2, x);
    let low = fma(k, LN_2_REST, tail);
    let r = high - low;
    let p = polynomial!(r; P[0], P[1], P[2], P[3], P[4], P[5], P[6], P[7], P[8], P[9], P[10]);
    scale(1.0 + (high + fma(r * r, p, -low)), rounded_integer(sum))
}

/// [`exp`] where `|k| < 512`, to the same bits: the exponent of a float is added to.
#[inline(always)]
fn exp_of_moderate(x: f64) -> (f64, u64) {
    let (sum, y) = reduced(x);
    let k = rounded_integer(sum);
    (f64::from_bits(y.to_bits().wrapping_add(k << 52)), k.wrapping_add(512))
}

// Elsewhere, and for a NaN, more than the last 10 bits are set.
two_pass_function!(exp_slice, f64, exp_of_moderate, exp, !((1 << 10) - 1));
