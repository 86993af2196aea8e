//! Sine, cosine, tangent and sin(x)/x.

use std::f64::consts::{FRAC_1_PI, FRAC_2_PI, PI};

use super::bits::{ROUNDER, SIGN, fma};
use super::huge_angle::{self, Step};
use super::{horner, polynomial};

/// pi in three parts, to 160 bits. None is negative, so that -0 stays -0.
const PI_PARTS: [f64; 3] = [PI, 1.224646799147353e-16, 2.165713347843828e-32];

/// Largest magnitude of an angle that the straight-line reduction takes: its multiples of pi stay below `2^24`.
pub(super) const REDUCTION_LIMIT: f64 = 5e7;

/// `x - n pi` for `x` of magnitude up to `REDUCTION_LIMIT` and `n` the nearest integer or half-integer (Cody and Waite 1980).
///
/// The first step is exact: `n pi` and `x` are multiples of `2^-52` or, for a half-integer, the result is not small. The last
/// one matters only where the result is tiny.
#[inline(always)]
fn reduce(x: f64, n: f64) -> f64 {
    fma(-n, PI_PARTS[2], fma(-n, PI_PARTS[1], fma(-n, PI_PARTS[0], x)))
}

/// `sin(r)` for `|r| <= pi/2`, negated if the last bit of `parity` is set.
///
/// The sign is that of `r`, also of -0, and is set last: what is rounded to a last bit beyond 1 has one side only.
#[inline(always)]
fn sin_of_reduced(r: f64, parity: u64) -> f64 {
    let z = r * r;
    let p = horner!(z;
        -0.16666666666666666,
        0.008333333333333194,
        -0.0001984126984120921,
        2.755731921113585e-6,
        -2.5052106872674447e-8,
        1.6058939699662709e-10,
        -7.642991332271903e-13,
        2.7211733624840486e-15);
    let a = r.abs();
    let sine = fma(a * z, p, a);
    let sine = if sine > 1.0 { 1.0 } else { sine };
    f64::from_bits(sine.to_bits() | ((r.to_bits() ^ parity << 63) & SIGN))
}

#[inline(always)]
fn sin_of_moderate(x: f64) -> f64 {
    let sum = fma(x, FRAC_1_PI, ROUNDER);
    sin_of_reduced(reduce(x, sum - ROUNDER), sum.to_bits())
}

#[inline(always)]
fn cos_of_moderate(x: f64) -> f64 {
    // Without the sign, on which it would depend how a tie is rounded.
    let a = x.abs();
    let sum = fma(a, FRAC_1_PI, -0.5) + ROUNDER;
    sin_of_reduced(reduce(a, (sum - ROUNDER) + 0.5), sum.to_bits() ^ 1)
}

#[inline(always)]
fn sin_of_huge(x: f64) -> f64 {
    if x.is_finite() {
        let angle = huge_angle::reduce(x.abs(), 0, Step::Half);
        let sin = sin_of_reduced(angle.r, angle.turns);
        if x < 0.0 { -sin } else { sin }
    } else {
        f64::NAN
    }
}

#[inline(always)]
fn cos_of_huge(x: f64) -> f64 {
    if x.is_finite() {
        let angle = huge_angle::reduce(x.abs(), 1, Step::Half);
        sin_of_reduced(angle.r, angle.turns)
    } else {
        f64::NAN
    }
}

/// `tan(r)` for `|r| <= pi/4`, or of an angle one quarter turn further if `quarters` is odd.
#[inline(always)]
fn tan_of_reduced(r: f64, quarters: u64) -> f64 {
    let z = r * r;
    let sin_terms = polynomial!(z;
        0.16666666666666632,
        -0.00833333333332249,
        0.0001984126982985795,
        -2.7557313707070068e-6,
        2.5050760253406863e-8,
        -1.58969099521155e-10);
    let cos_terms = polynomial!(z;
        0.0416666666666666,
        -0.001388888888887411,
        2.480158728947673e-5,
        -2.7557314351390663e-7,
        2.087572321298175e-9,
        -1.1359647557788195e-11);
    let sin = fma(-(z * r), sin_terms, r);
    let cos = 1.0 - fma(-(z * z), cos_terms, 0.5 * z);
    // tan(a + pi/2) = -cos(a) / sin(a).
    let odd = quarters & 1 == 1;
    let numerator = if odd { -cos } else { sin };
    let denominator = if odd { sin } else { cos };
    numerator / denominator
}

#[inline(always)]
pub(super) fn tan_of_moderate(x: f64) -> f64 {
    let a = x.abs();
    let sum = fma(a, FRAC_2_PI, ROUNDER);
    let tan = tan_of_reduced(reduce(a, 0.5 * (sum - ROUNDER)), sum.to_bits());
    f64::from_bits(tan.to_bits() ^ (x.to_bits() & SIGN))
}

#[inline(always)]
fn tan_of_huge(x: f64) -> f64 {
    if x.is_finite() {
        let angle = huge_angle::reduce(x.abs(), 0, Step::Quarter);
        let tan = tan_of_reduced(angle.r, angle.turns);
        if x < 0.0 { -tan } else { tan }
    } else {
        f64::NAN
    }
}

#[inline(always)]
fn sinc_of_moderate(x: f64) -> f64 {
    let quotient = sin_of_moderate(x) / x;
    if x == 0.0 { 1.0 } else { quotient }
}

#[inline(always)]
fn sinc_of_huge(x: f64) -> f64 {
    if x.is_infinite() { 0.0 } else { sin_of_huge(x) / x }
}

/// Defines `$slice(x, out)`, which writes a function of the angles `x` to `out`: by `$moderate`, and then, if there is need, once more
/// those above `$limit` by `$huge`.
///
/// Whether there is need is told by the bits: those of positive floats are ordered as the floats, and the loop over integers
/// vectorises. (A NaN counts, which only costs time.)
macro_rules! angle_slice {
    ($slice:ident, $float:ty, $limit:expr, $moderate:path, $huge:path) => {
        /// Writes the function of every value of `x` to `out`, which has the same length.
        #[inline(always)]
        pub fn $slice(x: &[$float], out: &mut [$float]) {
            debug_assert_eq!(x.len(), out.len());
            let limit = <$float>::to_bits($limit);
            let mut above = 0;
            for (out, &x) in out.iter_mut().zip(x) {
                above |= limit.wrapping_sub(x.abs().to_bits());
                *out = $moderate(x);
            }
            if above.leading_zeros() == 0 {
                for (out, &x) in out.iter_mut().zip(x) {
                    if x.abs() > $limit {
                        *out = $huge(x);
                    }
                }
            }
        }
    };
}
pub(super) use angle_slice;

/// Defines a function of an angle and its companion for slices.
macro_rules! angle_function {
    ($(#[$doc:meta])* $name:ident, $slice:ident, $moderate:path, $huge:path) => {
        $(#[$doc])*
        #[inline(always)]
        pub fn $name(x: f64) -> f64 {
            if x.abs() > REDUCTION_LIMIT { $huge(x) } else { $moderate(x) }
        }

        angle_slice!($slice, f64, REDUCTION_LIMIT, $moderate, $huge);
    };
}

angle_function! {
    /// Up to a magnitude of 5e7, `x` is reduced to `|r| <= pi/2` with pi in three parts, then
    /// `sin r = r - r^3 P(r^2)`, where `P` is a minimax fit of degree 7 (own fit, relative error 3e-19). Above, the reduction
    /// is that of Payne and Hanek: any finite angle is right.
    sin, sin_slice, sin_of_moderate, sin_of_huge
}

angle_function! {
    /// `cos x = sin(x + pi/2)`, reduced to the nearest odd multiple of pi/2 without rounding that sum; otherwise as [`sin`].
    cos, cos_slice, cos_of_moderate, cos_of_huge
}

angle_function! {
    /// Reduced as [`sin`], but to `|r| <= pi/4`; then the quotient of the sine and the cosine of `r`, whose polynomials are those
    /// published with fdlibm (Sun Microsystems, `k_sin.c` and `k_cos.c`).
    tan, tan_slice, tan_of_moderate, tan_of_huge
}

angle_function! {
    /// The quotient of [`sin`] and `x`.
    sinc, sinc_slice, sinc_of_moderate, sinc_of_huge
}
