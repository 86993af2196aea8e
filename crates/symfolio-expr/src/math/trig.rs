//! Sine, cosine, tangent and sin(x)/x.

use std::f64::consts::{FRAC_1_PI, FRAC_2_PI};

use super::bits::ROUNDER;
use super::huge_angle::{self, Step};
use super::polynomial;

/// pi in four parts. The first three have 28 bits each, so that their products with integers (and halves) below `2^24` are
/// exact.
const PI_PARTS: [f64; 4] = [3.141592651605606, 1.9841871479187034e-9, 1.144237741932715e-17, 3.2892513872648515e-26];

/// Largest magnitude of an angle that the straight-line reduction takes: its multiples of pi stay below `2^24`.
pub(super) const REDUCTION_LIMIT: f64 = 5e7;

/// `x - n pi` as `r - tail`, for `|x|` up to [`REDUCTION_LIMIT`] and `n` the nearest integer or half-integer (Cody and Waite
/// 1980, with the rounding errors kept).
///
/// The order of the operations keeps the sign of a zero. The differences are those of a compensated sum: wherever `r` is so
/// small that the order of magnitudes would be wrong for one, all bits fit and the error is 0.
#[inline(always)]
fn reduce(x: f64, n: f64) -> (f64, f64) {
    let a = x - n * PI_PARTS[0];
    let b = n * PI_PARTS[1];
    let high = a - b;
    let low = (b - (a - high)) + n * PI_PARTS[2];
    let r = high - low;
    let tail = (low - (high - r)) + n * PI_PARTS[3];
    (r, tail)
}

/// `sin(r - tail)` for `|r| <= pi/2`, with `tail` below the rounding error of `r`.
#[inline(always)]
fn sin_of_reduced(r: f64, tail: f64) -> f64 {
    let z = r * r;
    let p = polynomial!(z;
        0.16666666666666666,
        -0.008333333333333194,
        0.0001984126984120921,
        -2.755731921113585e-6,
        2.5052106872674447e-8,
        -1.6058939699662709e-10,
        7.642991332271903e-13,
        -2.7211733624840486e-15);
    // `tail` is multiplied with the first terms of the cosine.
    r - (tail * (1.0 - 0.5 * z) + r * z * p)
}

/// `value`, negated if the last bit of `parity` is set.
#[inline(always)]
fn negate_if_odd(value: f64, parity: u64) -> f64 {
    f64::from_bits(value.to_bits() ^ (parity << 63))
}

#[inline(always)]
fn sin_of_moderate(x: f64) -> f64 {
    let sum = x * FRAC_1_PI + ROUNDER;
    let (r, tail) = reduce(x, sum - ROUNDER);
    negate_if_odd(sin_of_reduced(r, tail), sum.to_bits())
}

#[inline(always)]
fn cos_of_moderate(x: f64) -> f64 {
    let x = x.abs();
    let sum = (x * FRAC_1_PI - 0.5) + ROUNDER;
    let (r, tail) = reduce(x, (sum - ROUNDER) + 0.5);
    negate_if_odd(sin_of_reduced(r, tail), sum.to_bits() ^ 1)
}

#[cold]
#[inline(never)]
fn sin_of_huge(x: f64) -> f64 {
    if x.is_finite() {
        let angle = huge_angle::reduce(x.abs(), 0, Step::Half);
        let sin = negate_if_odd(sin_of_reduced(angle.r, angle.tail), angle.turns);
        if x < 0.0 { -sin } else { sin }
    } else {
        f64::NAN
    }
}

#[cold]
#[inline(never)]
fn cos_of_huge(x: f64) -> f64 {
    if x.is_finite() {
        let angle = huge_angle::reduce(x.abs(), 1, Step::Half);
        negate_if_odd(sin_of_reduced(angle.r, angle.tail), angle.turns)
    } else {
        f64::NAN
    }
}

/// `tan(r - tail)` for `|r| <= pi/4`, or of an angle one quarter turn further if `quarters` is odd.
#[inline(always)]
fn tan_of_reduced(r: f64, tail: f64, quarters: u64) -> f64 {
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
    let sin = r - (tail + z * r * sin_terms);
    let cos = 1.0 - (0.5 * z - (z * z * cos_terms + r * tail));
    // tan(a + pi/2) = -cos(a) / sin(a).
    let odd = quarters & 1 == 1;
    let numerator = if odd { -cos } else { sin };
    let denominator = if odd { sin } else { cos };
    numerator / denominator
}

#[inline(always)]
pub(super) fn tan_of_moderate(x: f64) -> f64 {
    let sum = x * FRAC_2_PI + ROUNDER;
    let (r, tail) = reduce(x, 0.5 * (sum - ROUNDER));
    tan_of_reduced(r, tail, sum.to_bits())
}

#[cold]
#[inline(never)]
fn tan_of_huge(x: f64) -> f64 {
    if x.is_finite() {
        let angle = huge_angle::reduce(x.abs(), 0, Step::Quarter);
        let tan = tan_of_reduced(angle.r, angle.tail, angle.turns);
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

#[cold]
#[inline(never)]
fn sinc_of_huge(x: f64) -> f64 {
    if x.is_infinite() { 0.0 } else { sin_of_huge(x) / x }
}

/// Defines a function of an angle and its companion for slices, which goes through all values with `$moderate` and then, if
/// there is need, once more through the huge ones.
///
/// Whether there is need is told by the bits: those of positive floats are ordered as the floats, and the loop over integers
/// vectorises. (A NaN counts, which only costs time.)
macro_rules! angle_function {
    ($(#[$doc:meta])* $name:ident, $slice:ident, $float:ty, $limit:expr, $moderate:path, $huge:path) => {
        $(#[$doc])*
        #[inline(always)]
        pub fn $name(x: $float) -> $float {
            if x.abs() > $limit { $huge(x) } else { $moderate(x) }
        }

        #[doc = concat!("Writes [`", stringify!($name), "`] of every value of `x` to `out`, which has the same length.")]
        #[inline(always)]
        pub fn $slice(x: &[$float], out: &mut [$float]) {
            debug_assert_eq!(x.len(), out.len());
            for (out, &x) in out.iter_mut().zip(x) {
                *out = $moderate(x);
            }
            let limit = <$float>::to_bits($limit);
            let above = x.iter().fold(0, |above, x| above | limit.wrapping_sub(x.abs().to_bits()));
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
pub(super) use angle_function;

angle_function! {
    /// The sine of `x` radians.
    ///
    /// Up to a magnitude of 5e7, `x` is reduced to `|r| <= pi/2` with pi in four parts, then
    /// `sin r = r - r^3 P(r^2)`, where `P` is a minimax fit of degree 7 (own fit, relative error 3e-19). Above, the reduction
    /// is that of Payne and Hanek: any finite angle is right.
    ///
    /// NaN at infinity; `sin(-0.0)` is `-0.0`. Largest error measured: 1.8 ulp.
    sin, sin_slice, f64, REDUCTION_LIMIT, sin_of_moderate, sin_of_huge
}

angle_function! {
    /// The cosine of `x` radians.
    ///
    /// `cos x = sin(x + pi/2)`, reduced to the nearest odd multiple of pi/2 without rounding that sum; otherwise as [`sin`].
    ///
    /// NaN at infinity. Largest error measured: 1.8 ulp.
    cos, cos_slice, f64, REDUCTION_LIMIT, cos_of_moderate, cos_of_huge
}

angle_function! {
    /// The tangent of `x` radians.
    ///
    /// Reduced as [`sin`], but to `|r| <= pi/4`; then the quotient of the sine and the cosine of `r`, whose polynomials are those
    /// published with fdlibm (Sun Microsystems, `k_sin.c` and `k_cos.c`).
    ///
    /// NaN at infinity; `tan(-0.0)` is `-0.0`. Largest error measured: 2.3 ulp.
    tan, tan_slice, f64, REDUCTION_LIMIT, tan_of_moderate, tan_of_huge
}

angle_function! {
    /// `sin(x) / x`, and its limits: 1 at 0, and 0 at infinity.
    ///
    /// The quotient of [`sin`] and `x`. Largest error measured: 2.0 ulp.
    sinc, sinc_slice, f64, REDUCTION_LIMIT, sinc_of_moderate, sinc_of_huge
}
