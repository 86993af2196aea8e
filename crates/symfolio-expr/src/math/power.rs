//! Cube root and powers.

use super::bits::{clamp, fma};
use super::exp::{LN_2_HIGH, LN_2_LOW, exp_of_sum};
use super::{double_double as dd, log, polynomial};

const TWO_52: f64 = 4_503_599_627_370_496.0;

/// The cube root of `x`, of the sign of `x`.
///
/// A third of the exponent and of the leading bits gives 5 bits of the root, a polynomial in `t^3 / x` 23, and one step of
/// Halley's iteration from those, rounded so that their square is exact, the rest. Method and coefficients are those
/// published with FreeBSD's `s_cbrt.c` (Bruce Evans, after fdlibm).
#[inline(always)]
pub fn cbrt(x: f64) -> f64 {
    let a = x.abs();
    let subnormal = a < f64::MIN_POSITIVE;
    let y = if subnormal { a * (4.0 * TWO_52) } else { a };
    let factor = if subnormal { 1.0 / 262_144.0 } else { 1.0 };

    // The upper half of the bits as a float: a third of it, and the bias restored, are the upper half of the root's.
    let upper = f64::from_bits(y.to_bits() >> 32 | TWO_52.to_bits()) - TWO_52;
    let third = upper * (1.0 / 3.0) + (TWO_52 + 715_094_163.0);
    let t = f64::from_bits(third.to_bits() << 32);
    let r = (t * t) * (t / y);
    let t = t * polynomial!(r;
        1.87595182427177,
        -1.8849797954337717,
        1.6214297201053545,
        -0.758397934778766,
        0.14599619288661245);
    let t = f64::from_bits((t.to_bits() + 0x8000_0000) & !0x3fff_ffff);
    let r = y / (t * t);
    let r = (r - t) / ((t + t) + r);
    let root = ((t + t * r) * factor).copysign(x);

    // 0, infinity and NaN are their own roots.
    let root = if a > 0.0 { root } else { x };
    if a > f64::MAX { x } else { root }
}

/// The natural logarithm of `a >= 0` as a sum of two floats, to about 2^-65 of its value; of 0 and infinity, an infinity.
///
/// As [`log`](super::log()), `2 atanh(s)` with `s = f / (2 + f)`, written as `2/3 s (3 + s^2 + r)` with
/// `r = s^4 (3/5 + 3/7 s^2 + ...)` from a minimax fit (own fit, relative error 8e-23). `s`, the bracket, their product and 2/3
/// are each split into a leading part of 26 bits, whose products are exact, and a rest (the arrangement of fdlibm's `e_pow.c`).
#[inline(always)]
fn log_as_sum(a: f64) -> (f64, f64) {
    const TWO_THIRDS: f64 = 2.0 / 3.0;
    const TWO_THIRDS_HIGH: f64 = dd::leading(TWO_THIRDS);
    const TWO_THIRDS_LOW: f64 = (TWO_THIRDS - TWO_THIRDS_HIGH) + 3.700743415417188e-17;

    let (k, m) = log::split(a);
    let f = m - 1.0;
    let divisor = m + 1.0;
    let reciprocal = 1.0 / divisor;
    let divisor_high = dd::leading(divisor);
    let divisor_low = m - (divisor_high - 1.0);
    let s = f * reciprocal;
    let s_high = dd::leading(s);
    let s_low = ((f - s_high * divisor_high) - s_high * divisor_low) * reciprocal;

    let z = s * s;
    let w = z * z;
    let even = polynomial!(w; 0.5999999999999996, 0.33333333326309406, 0.23076835345006597, 0.17512257350340676);
    let odd = polynomial!(w; 0.42857142857167646, 0.27272728304901517, 0.20004474660136437, 0.17983274762559665);
    let r = w * (even + z * odd) + s_low * (s_high + s);
    let z_high = s_high * s_high;
    let bracket_high = dd::leading(3.0 + z_high + r);
    let bracket_low = r - ((bracket_high - 3.0) - z_high);

    let product = s_high * bracket_high;
    let rest = s_low * bracket_high + s * bracket_low;
    let product_high = dd::leading(product + rest);
    let product_low = rest - (product_high - product);
    let fraction_low = TWO_THIRDS_LOW * product_high + TWO_THIRDS * product_low;

    let (high, error) = dd::sum(k * LN_2_HIGH, TWO_THIRDS_HIGH * product_high);
    let (high, low) = dd::sum(high, error + (k * LN_2_LOW + fraction_low));
    (if k.abs() < 2000.0 { high } else { k }, low)
}

/// `x^y`.
///
/// `e^(y log |x|)` with the logarithm and the product to about 65 bits, and the sign of an odd power. The special cases are
/// those of C's `pow` (ISO C, annex F): in particular 1 for `y = 0` and for `x = 1` even if the other is NaN; NaN for a
/// negative finite `x` and `y` not an integer; an infinity for `x = 0` and `y < 0`.
#[inline(always)]
pub fn pow(x: f64, y: f64) -> f64 {
    let (log, log_low) = log_as_sum(x.abs());
    // Beyond this limit, all powers of numbers other than 1 have overflown or vanished.
    const EXPONENT_LIMIT: f64 = 4.0 * TWO_52 * TWO_52;
    let limited = clamp(y, -EXPONENT_LIMIT, EXPONENT_LIMIT);
    let (exponent, error) = dd::product(limited, log);
    let low = error + limited * log_low;
    let low = if exponent.abs() < 800.0 { low } else { 0.0 };
    let magnitude = exp_of_sum(exponent, -low);

    // Numbers from 2^52 on are integers, and even from 2^53 on. Below, adding 2^52 rounds to an integer.
    let (size, half) = (y.abs(), 0.5 * y.abs());
    let integer = (size >= TWO_52) | ((size + TWO_52) - TWO_52 == size);
    let odd = integer & (size < 2.0 * TWO_52) & ((half + TWO_52) - TWO_52 != half);
    let signed = if odd { magnitude.copysign(x) } else { magnitude };
    let defined = if integer | (x >= 0.0) | (x.abs() > f64::MAX) { signed } else { f64::NAN };
    if (y == 0.0) | (x == 1.0) { 1.0 } else { defined }
}

/// Largest magnitude of an exponent for which [`powi`] multiplies.
const MULTIPLY_LIMIT: u32 = 8;

/// `x^n` for `n` up to 15 by repeated squaring: the squares that the bits of `n` ask for, and ones in place of the others.
#[inline(always)]
fn positive_power(x: f64, n: u32) -> f64 {
    let factor = |bit: u32, square: f64| if n >> bit & 1 == 1 { square } else { 1.0 };
    let square = x * x;
    let fourth = square * square;
    let eighth = fourth * fourth;
    factor(0, x) * factor(1, square) * factor(2, fourth) * factor(3, eighth)
}

/// `x^n`.
///
/// By repeated squaring up to `|n| = 8`, where the rounding errors of the multiplications still add up to little; by [`pow`]
/// beyond. A negative power is the reciprocal of the positive one: 0 or an infinity where that leaves the range of floats.
#[inline(always)]
pub fn powi(x: f64, n: i32) -> f64 {
    let size = n.unsigned_abs();
    if size > MULTIPLY_LIMIT {
        pow(x, f64::from(n))
    } else if n < 0 {
        1.0 / positive_power(x, size)
    } else {
        positive_power(x, size)
    }
}
