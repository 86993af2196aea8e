//! The exponential function.

use std::f64::consts::LOG2_E;

use super::bits::{ROUNDER, clamp, rounded_integer, scale};
use super::{polynomial, slice_function};

/// The leading 32 bits of ln 2, so that its product with an exponent is exact; and the rest.
pub(super) const LN_2_HIGH: f64 = 0.6931471803691238;
pub(super) const LN_2_LOW: f64 = 1.9082149292705877e-10;

/// `e^x`.
///
/// Writes `x = k ln 2 + r` with `|r| <= ln 2 / 2`, takes `e^r` from the rational form
/// `1 + r + r c / (2 - c)` with `c = r - r^2 P(r^2)`, and scales by `2^k`. Method and coefficients of `P` are those
/// published with fdlibm (Sun Microsystems, `e_exp.c`).
///
/// Overflows to infinity above 709.78, is subnormal below -708.4 and 0 below -745.13; `exp(-inf) = 0`.
///
/// Largest error measured: 0.84 ulp, subnormal results included.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    exp_of_sum(x, 0.0)
}

/// `e^(x - tail)` for a `tail` that is below the rounding error of `x` (about `2^-43` at most).
#[inline(always)]
pub(super) fn exp_of_sum(x: f64, tail: f64) -> f64 {
    let x = clamp(x, -746.0, 710.0);
    let sum = x * LOG2_E + ROUNDER;
    let k = sum - ROUNDER;
    let high = x - k * LN_2_HIGH;
    let low = k * LN_2_LOW + tail;
    let r = high - low;
    let z = r * r;
    let c = r - z * polynomial!(z;
            0.16666666666666602,
            -0.0027777777777015593,
            6.613756321437934e-5,
            -1.6533902205465252e-6,
            4.1381367970572385e-8);
    let y = 1.0 - ((low - r * c / (2.0 - c)) - high);
    scale(y, rounded_integer(sum))
}

slice_function!(exp_slice, exp);
