//! The natural logarithm.

use super::bits::fma;
use super::exp::{LN_2_HIGH, LN_2_LOW};
use super::{polynomial, two_pass_function};

/// The bits of `sqrt(1/2)`.
const SQRT_HALF_BITS: u64 = 0x3fe6_a09e_667f_3bcd;
/// `2^52`, whose low bits count in ones.
const TWO_52: f64 = 4_503_599_627_370_496.0;

/// Splits a positive finite `x` into `(k, m)` with `x = 2^k m` and `m` in `sqrt(1/2)..sqrt(2)`. Exact.
///
/// Where there is no such pair, `k` is what a logarithm is: `-inf` for 0, `inf` for `inf`, and NaN otherwise; `m` is some
/// number in the same range.
#[inline(always)]
pub(super) fn split(x: f64) -> (f64, f64) {
    let subnormal = x < f64::MIN_POSITIVE;
    let bits = (if subnormal { x * (4.0 * TWO_52) } else { x }).to_bits();
    // Sums of selects between a constant and 0 are cheaper than chains of selects, and keep the compiler from gathering the
    // tests into one for classes of floats, which has no good vector code.
    let bias_of_subnormal = if subnormal { 54.0 } else { 0.0 };
    let bias_of_zero = if x == 0.0 { f64::INFINITY } else { 0.0 };
    let bias_of_infinity = if x > f64::MAX { f64::NEG_INFINITY } else { 0.0 };
    let bias_of_rest = if x >= 0.0 { 0.0 } else { f64::NAN };
    let bias = (bias_of_subnormal + bias_of_rest) + (bias_of_zero + bias_of_infinity);
    let (k, m) = split_normal(bits);
    (k - bias, m)
}

/// [`split`] of a positive number that is neither subnormal nor infinite, given as its bits.
#[inline(always)]
fn split_normal(bits: u64) -> (f64, f64) {
    // The exponent, biased to stay positive, since the arithmetic shift of 64 bits does not vectorise.
    let shifted = bits.wrapping_add((1023 << 52) - SQRT_HALF_BITS);
    let k = f64::from_bits(shifted >> 52 | TWO_52.to_bits()) - (TWO_52 + 1023.0);
    let m = f64::from_bits((shifted & ((1 << 52) - 1)) + SQRT_HALF_BITS);
    (k, m)
}

/// The natural logarithm of `x`.
///
/// Writes `x = 2^k (1 + f)` with `1 + f` in `sqrt(1/2)..sqrt(2)` and `s = f / (2 + f)`, so that
/// `log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + R(s^2))`. Method and coefficients of `R` are those published with
/// fdlibm (Sun Microsystems, `e_log.c`).
///
/// `log(0) = -inf`, `log(inf) = inf`, and NaN below 0.
#[inline(always)]
pub fn log(x: f64) -> f64 {
    let (k, m) = split(x);
    of_split(k, m)
}

/// `log(2^k m)`.
#[inline(always)]
fn of_split(k: f64, m: f64) -> f64 {
    let f = m - 1.0;
    let s = f / (m + 1.0);
    let z = s * s;
    let r = z * polynomial!(z;
        0.6666666666666735,
        0.3999999999940942,
        0.2857142874366239,
        0.22222198432149784,
        0.1818357216161805,
        0.15313837699209373,
        0.14798198605116586);
    let half = 0.5 * f;
    let rest = fma(s, fma(half, f, r), k * LN_2_LOW);
    fma(k, LN_2_HIGH, f - fma(half, f, -rest))
}

/// [`log`] of a positive number of exponent -511 to 512, and its biased bits.
#[inline(always)]
fn log_of_moderate(x: f64) -> (f64, u64) {
    let (k, m) = split_normal(x.to_bits());
    (of_split(k, m), x.to_bits().wrapping_sub((1023 - 511) << 52))
}

// Elsewhere one of the two highest bits is set.
two_pass_function!(log_slice, f64, log_of_moderate, log, 3 << 62);
