//! Hyperbolic sine, cosine and tangent.

use std::f64::consts::{LN_2, LOG2_E};

use super::bits::{ROUNDER, clamp, fma, power_of_two, rounded_integer, scale};
use super::exp::LN_2_REST;
use super::polynomial;

/// `2^(1-k)` times the hyperbolic sine and cosine of a number whose nearest multiple of ln 2 is `k ln 2`.
struct Scaled {
    sinh: f64,
    cosh: f64,
    k: u64,
}

/// With `a = k ln 2 + r` and `d = 4^-k`, in terms of the odd and even parts of `e^r`,
///
/// `2^(1-k) sinh a = (1 - d) cosh r + (1 + d) sinh r`, `2^(1-k) cosh a = (1 + d) cosh r + (1 - d) sinh r`.
///
/// For `k = 0` the first is `2 sinh r`, so that nothing cancels near 0. The polynomials for `|r| <= ln 2 / 2` are minimax fits
/// (own fit, relative errors 3e-19 and 6e-18).
#[inline(always)]
fn scaled(a: f64) -> Scaled {
    let sum = fma(a, LOG2_E, ROUNDER);
    let k = sum - ROUNDER;
    let high = fma(-k, LN_2, a);
    let low = k * LN_2_REST;
    let r = high - low;
    let tail = (high - r) - low;

    let z = r * r;
    let odd_terms = polynomial!(z;
        0.16666666666666677,
        0.008333333333321626,
        0.00019841269886131539,
        2.755724421186745e-6,
        2.510903357152692e-8);
    let even_terms = polynomial!(z;
        0.04166666666660289,
        0.0013888888927224901,
        2.4801508152324213e-5,
        2.7625393496658226e-7);
    let sinh = r + fma(z * r, odd_terms, tail);
    let cosh_minus_1 = fma(z * z, even_terms, 0.5 * z);

    // Below 2^-80, `d` no longer matters, and its exponent must stay in range.
    let d = power_of_two(ROUNDER - 2.0 * clamp(k, 0.0, 40.0));
    let (less, more) = (1.0 - d, 1.0 + d);
    Scaled {
        sinh: less + fma(less, cosh_minus_1, more * sinh),
        cosh: more + fma(more, cosh_minus_1, less * sinh),
        k: rounded_integer(sum),
    }
}

/// Where both functions have overflown.
const OVERFLOW: f64 = 711.0;

/// The hyperbolic sine of `x`.
///
/// From the odd and even parts of the exponential (see the source), without a division. Overflows to an infinity of the sign
/// of `x` above a magnitude of 710.47.
#[inline(always)]
pub fn sinh(x: f64) -> f64 {
    let scaled = scaled(clamp(x.abs(), 0.0, OVERFLOW));
    scale(scaled.sinh, scaled.k.wrapping_sub(1)).copysign(x)
}

/// The hyperbolic cosine of `x`.
///
/// As [`sinh`]. Overflows to infinity above a magnitude of 710.47.
#[inline(always)]
pub fn cosh(x: f64) -> f64 {
    let scaled = scaled(clamp(x.abs(), 0.0, OVERFLOW));
    scale(scaled.cosh, scaled.k.wrapping_sub(1))
}

/// The hyperbolic tangent of `x`.
///
/// The quotient of [`sinh`] and [`cosh`]. 1 in magnitude from 22 on.
#[inline(always)]
pub fn tanh(x: f64) -> f64 {
    let scaled = scaled(clamp(x.abs(), 0.0, 22.0));
    (scaled.sinh / scaled.cosh).copysign(x)
}
