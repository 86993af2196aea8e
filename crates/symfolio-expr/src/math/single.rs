//! The elementary functions of single precision.
//!
//! Those that searches use most have their own shorter polynomials (own minimax fits); the others are the functions of double
//! precision, rounded, and so right to half a unit in the last place but for rare cases.
//!
//! Errors are in units in the last place (ulp) of a float, the largest seen over every second float in `-1e4..=1e4` (`log`: of
//! all positive floats), against the functions of double precision.

use std::f32::consts::{FRAC_1_PI, LN_2, LOG2_E, PI};

use super::trig::angle_slice;
use super::{double, polynomial, two_pass_function};

/// `1.5 * 2^23`: as [`ROUNDER`](super::bits::ROUNDER), for magnitudes below `2^22`.
const ROUNDER: f32 = 12_582_912.0;

/// `a b + c`, rounded once.
#[inline(always)]
fn fma(a: f32, b: f32, c: f32) -> f32 {
    a.mul_add(b, c)
}

/// `LN_2 + LN_2_REST` is ln 2 to 50 bits.
const LN_2_REST: f32 = -1.904_654_2e-9;
/// The leading 14 bits of ln 2, so that its product with an exponent is exact; and the rest.
const LN_2_HIGH: f32 = 0.693_145_75;
const LN_2_LOW: f32 = 1.428_606_8e-6;

/// The bits of `sqrt(1/2)`.
const SQRT_HALF_BITS: u32 = 0x3f35_04f3;
/// `2^23`, whose low bits count in ones.
const TWO_23: f32 = 8_388_608.0;

/// `x` limited to `low..=high`; a NaN stays a NaN.
#[inline(always)]
fn clamp(x: f32, low: f32, high: f32) -> f32 {
    let x = if x > high { high } else { x };
    if x < low { low } else { x }
}

/// `e^x`.
///
/// As [`exp`](super::exp()), with `P` of degree 5. Overflows to infinity above 88.72, is subnormal below -87.34 and 0 below
/// -103.97. Largest error: 0.9 ulp.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let (k, y) = reduced(clamp(x, -104.0, 89.0));
    // 2^k as two factors, for the subnormal and the largest results.
    let biased = k.wrapping_add(2 * 127);
    let half = biased >> 1;
    y * f32::from_bits(half << 23) * f32::from_bits(biased.wrapping_sub(half) << 23)
}

/// `(k, y)` with `e^x = 2^k y`; `k` in two's complement.
#[inline(always)]
fn reduced(x: f32) -> (u32, f32) {
    let sum = fma(x, LOG2_E, ROUNDER);
    let k = sum - ROUNDER;
    let (high, low) = (fma(-k, LN_2, x), k * LN_2_REST);
    let r = high - low;
    let p = polynomial!(r; 0.5, 0.166_666_66, 0.041_666_294, 0.008_333_497, 0.001_394_470_4, 0.000_197_902_98);
    (sum.to_bits().wrapping_sub(ROUNDER.to_bits()), 1.0 + (high + fma(r * r, p, -low)))
}

/// Largest magnitude of an exponent whose power is neither subnormal nor an overflow.
const MODERATE: f32 = 87.0;

/// [`exp`] up to a magnitude of [`MODERATE`], and an integer that is negative beyond.
#[inline(always)]
fn exp_of_moderate(x: f32) -> (f32, u32) {
    let (k, y) = reduced(x);
    (f32::from_bits(y.to_bits().wrapping_add(k << 23)), MODERATE.to_bits().wrapping_sub(x.abs().to_bits()))
}

two_pass_function!(exp_slice, f32, exp_of_moderate, exp, 1 << 31);

/// The natural logarithm of `x`; `log(0) = -inf`, `log(inf) = inf`, and NaN below 0.
///
/// Writes `x = 2^k (1 + f)` with `1 + f` in `sqrt(1/2)..sqrt(2)`; `log(1 + f) = f - f^2/2 + f^3 P(f)` with `P` of degree 8.
/// Largest error: 0.9 ulp.
#[inline(always)]
pub fn log(x: f32) -> f32 {
    let subnormal = x < f32::MIN_POSITIVE;
    let bits = (if subnormal { x * (4.0 * TWO_23) } else { x }).to_bits();
    // Sums of selects between a constant and 0, as in the double-precision function.
    let bias_of_subnormal = if subnormal { 25.0 } else { 0.0 };
    let bias_of_zero = if x == 0.0 { f32::INFINITY } else { 0.0 };
    let bias_of_infinity = if x > f32::MAX { f32::NEG_INFINITY } else { 0.0 };
    let bias_of_rest = if x >= 0.0 { 0.0 } else { f32::NAN };
    log_of_bits(bits, (bias_of_subnormal + bias_of_rest) + (bias_of_zero + bias_of_infinity))
}

/// `log(2^-bias x)` for a positive normal `x`, given as its bits.
#[inline(always)]
fn log_of_bits(bits: u32, bias: f32) -> f32 {
    let shifted = bits.wrapping_add((127 << 23) - SQRT_HALF_BITS);
    let k = f32::from_bits(shifted >> 23 | TWO_23.to_bits()) - (TWO_23 + 127.0) - bias;
    let f = f32::from_bits((shifted & ((1 << 23) - 1)) + SQRT_HALF_BITS) - 1.0;
    let z = f * f;
    let p = polynomial!(f;
        0.333_333_13,
        -0.250_000_1,
        0.200_021_19,
        -0.166_679_96,
        0.142_195_53,
        -0.124_055_88,
        0.118_881_59,
        -0.116_756_55,
        0.067_466_51);
    fma(k, LN_2_HIGH, f - fma(0.5, z, -fma(f * z, p, k * LN_2_LOW)))
}

/// [`log`] of a positive number that is neither subnormal nor infinite, and an integer that is negative for all others: the first
/// difference for those below and those with a sign, the second for those above.
#[inline(always)]
fn log_of_normal(x: f32) -> (f32, u32) {
    let below = x.to_bits().wrapping_sub(f32::MIN_POSITIVE.to_bits());
    (log_of_bits(x.to_bits(), 0.0), below | f32::MAX.to_bits().wrapping_sub(x.to_bits()))
}

two_pass_function!(log_slice, f32, log_of_normal, log, 1 << 31);

/// Sixteen quotients of single precision take a processor little longer than eight of double precision: they are left to it.
pub const EXCEPTIONAL_QUOTIENT: u64 = 0;

/// `a / b`, and 0.
#[inline(always)]
pub fn quotient(a: f32, b: f32) -> (f32, u64) {
    (a / b, 0)
}

/// Writes the square root of every value of `x` to `out`, which has the same length.
#[inline(always)]
pub fn root_slice(x: &[f32], out: &mut [f32]) {
    for (out, x) in out.iter_mut().zip(x) {
        *out = x.sqrt();
    }
}

/// pi in three parts, to 74 bits.
const PI_PARTS: [f32; 3] = [PI, -8.742_278e-8, -3.430_249e-15];

/// Largest magnitude of an angle that the straight-line reduction takes: below, the nearest multiple of pi is found.
const REDUCTION_LIMIT: f32 = 25_000.0;

/// As the reduction in double precision.
#[inline(always)]
fn reduce(x: f32, n: f32) -> f32 {
    fma(-n, PI_PARTS[2], fma(-n, PI_PARTS[1], fma(-n, PI_PARTS[0], x)))
}

/// `sin(r)` for `|r| <= pi/2`.
#[inline(always)]
fn sin_of_reduced(r: f32) -> f32 {
    let z = r * r;
    let rest = polynomial!(z; 0.008_333_350_5, -0.000_198_430_93, 2.762_706_1e-6, -2.550_328_5e-8);
    let p = fma(z, rest, -0.166_666_67);
    clamp(fma(r * z, p, r), -1.0, 1.0)
}

#[inline(always)]
fn negate_if_odd(value: f32, parity: u32) -> f32 {
    f32::from_bits(value.to_bits() ^ (parity << 31))
}

#[inline(always)]
fn sin_of_moderate(x: f32) -> f32 {
    let a = x.abs();
    let sum = fma(a, FRAC_1_PI, ROUNDER);
    let sine = negate_if_odd(sin_of_reduced(reduce(a, sum - ROUNDER)), sum.to_bits());
    f32::from_bits(sine.to_bits() ^ (x.to_bits() & 1 << 31))
}

#[inline(always)]
fn cos_of_moderate(x: f32) -> f32 {
    let a = x.abs();
    let sum = fma(a, FRAC_1_PI, -0.5) + ROUNDER;
    negate_if_odd(sin_of_reduced(reduce(a, (sum - ROUNDER) + 0.5)), sum.to_bits() ^ 1)
}

#[inline(always)]
fn sin_of_huge(x: f32) -> f32 {
    double::sin(f64::from(x)) as f32
}

#[inline(always)]
fn cos_of_huge(x: f32) -> f32 {
    double::cos(f64::from(x)) as f32
}

// The sine of `x` radians.
//
// Up to a magnitude of 25,000 as [`sin`](super::sin()), with pi in three shorter parts and `P` of degree 4; above, by the
// function of double precision. NaN at infinity; `sin(-0.0)` is `-0.0`. Largest error: 1.7 ulp.
angle_slice!(sin_slice, f32, REDUCTION_LIMIT, sin_of_moderate, sin_of_huge);

// The cosine of `x` radians; otherwise as [`sin`]. Largest error: 1.9 ulp.
angle_slice!(cos_slice, f32, REDUCTION_LIMIT, cos_of_moderate, cos_of_huge);

#[inline(always)]
fn tan_of_moderate(x: f32) -> f32 {
    super::trig::tan_of_moderate(f64::from(x)) as f32
}

#[inline(always)]
fn tan_of_huge(x: f32) -> f32 {
    double::tan(f64::from(x)) as f32
}

// The tangent of `x` radians, by the function of double precision.
angle_slice!(tan_slice, f32, super::trig::REDUCTION_LIMIT as f32, tan_of_moderate, tan_of_huge);

#[inline(always)]
fn sinc_of_moderate(x: f32) -> f32 {
    let quotient = sin_of_moderate(x) / x;
    if x == 0.0 { 1.0 } else { quotient }
}

#[inline(always)]
fn sinc_of_huge(x: f32) -> f32 {
    double::sinc(f64::from(x)) as f32
}

// `sin(x) / x`, and its limits: 1 at 0, and 0 at infinity. Largest error: 2.4 ulp.
angle_slice!(sinc_slice, f32, REDUCTION_LIMIT, sinc_of_moderate, sinc_of_huge);

/// Defines functions by those of double precision.
macro_rules! by_double {
    ($($name:ident),*) => {$(
        #[doc = concat!("[`", stringify!($name), "`](super::", stringify!($name), "()) of double precision, rounded.")]
        #[inline(always)]
        pub fn $name(x: f32) -> f32 {
            double::$name(f64::from(x)) as f32
        }
    )*};
}

by_double!(sinh, cosh, tanh, asin, acos, atan, cbrt);

/// [`pow`](super::pow()) of double precision, rounded.
#[inline(always)]
pub fn pow(x: f32, y: f32) -> f32 {
    double::pow(f64::from(x), f64::from(y)) as f32
}
