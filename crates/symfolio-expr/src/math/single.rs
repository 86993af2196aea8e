//! The elementary functions of single precision.
//!
//! Those that searches use most have their own shorter polynomials (own minimax fits); the others are the functions of double
//! precision, rounded, and so right to half a unit in the last place but for rare cases.
//!
//! Errors are in units in the last place (ulp) of a float, the largest seen over every second float in `-1e4..=1e4` (`log`: of
//! all positive floats), against the functions of double precision.

use super::polynomial;
use super::trig::angle_function;

/// `1.5 * 2^23`: as [`ROUNDER`](super::bits::ROUNDER), for magnitudes below `2^22`.
const ROUNDER: f32 = 12_582_912.0;

/// The leading 14 bits of ln 2, so that its product with an exponent is exact; and the rest.
const LN_2_HIGH: f32 = 0.693_145_75;
const LN_2_LOW: f32 = 1.428_606_8e-6;

/// `x` limited to `low..=high`; a NaN stays a NaN.
#[inline(always)]
fn clamp(x: f32, low: f32, high: f32) -> f32 {
    let x = if x > high { high } else { x };
    if x < low { low } else { x }
}

/// `e^x`.
///
/// As [`exp`](super::exp()), with a polynomial of degree 7 for `e^r`. Overflows to infinity above 88.72, is subnormal below
/// -87.34 and 0 below -103.97. Largest error: 0.9 ulp.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let x = clamp(x, -104.0, 89.0);
    let sum = x * std::f32::consts::LOG2_E + ROUNDER;
    let k = sum - ROUNDER;
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    let p = polynomial!(r; 0.5, 0.166_666_66, 0.041_666_294, 0.008_333_497, 0.001_394_470_4, 0.000_197_902_98);
    let y = 1.0 + (r + r * r * p);
    // 2^k as two factors, for the subnormal and the largest results.
    let biased = sum.to_bits().wrapping_sub(ROUNDER.to_bits()).wrapping_add(2 * 127);
    let half = biased >> 1;
    y * f32::from_bits(half << 23) * f32::from_bits(biased.wrapping_sub(half) << 23)
}

/// The natural logarithm of `x`; `log(0) = -inf`, `log(inf) = inf`, and NaN below 0.
///
/// Writes `x = 2^k (1 + f)` with `1 + f` in `sqrt(1/2)..sqrt(2)`; `log(1 + f) = f - f^2/2 + f^3 P(f)` with `P` of degree 8.
/// Largest error: 0.9 ulp.
#[inline(always)]
pub fn log(x: f32) -> f32 {
    const SQRT_HALF_BITS: u32 = 0x3f35_04f3;
    const TWO_23: f32 = 8_388_608.0;
    let subnormal = x < f32::MIN_POSITIVE;
    let bits = (if subnormal { x * (4.0 * TWO_23) } else { x }).to_bits();
    // Sums of selects between a constant and 0, as in the double-precision function.
    let bias_of_subnormal = if subnormal { 25.0 } else { 0.0 };
    let bias_of_zero = if x == 0.0 { f32::INFINITY } else { 0.0 };
    let bias_of_infinity = if x > f32::MAX { f32::NEG_INFINITY } else { 0.0 };
    let bias_of_rest = if x >= 0.0 { 0.0 } else { f32::NAN };
    let bias = (bias_of_subnormal + bias_of_rest) + (bias_of_zero + bias_of_infinity);
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
        0.067_466_515);
    k * LN_2_HIGH + (f - (0.5 * z - (f * z * p + k * LN_2_LOW)))
}

/// pi in four parts. The first three have 11 bits each, so that their products with integers (and halves) below `2^13` are
/// exact.
const PI_PARTS: [f32; 4] = [3.140_625, 0.000_967_502_6, 1.509_906_7e-7, 5.126_688_3e-12];

/// Largest magnitude of an angle that the straight-line reduction takes: its multiples of pi stay below `2^13`.
const REDUCTION_LIMIT: f32 = 25_000.0;

/// As the reduction in double precision.
#[inline(always)]
fn reduce(x: f32, n: f32) -> (f32, f32) {
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
fn sin_of_reduced(r: f32, tail: f32) -> f32 {
    let z = r * r;
    let p = polynomial!(z; 0.166_666_67, -0.008_333_331, 0.000_198_408_68, -2.752_537_2e-6, 2.388_867_6e-8);
    r - (tail * (1.0 - 0.5 * z) + r * z * p)
}

#[inline(always)]
fn negate_if_odd(value: f32, parity: u32) -> f32 {
    f32::from_bits(value.to_bits() ^ (parity << 31))
}

#[inline(always)]
fn sin_of_moderate(x: f32) -> f32 {
    let sum = x * std::f32::consts::FRAC_1_PI + ROUNDER;
    let (r, tail) = reduce(x, sum - ROUNDER);
    negate_if_odd(sin_of_reduced(r, tail), sum.to_bits())
}

#[inline(always)]
fn cos_of_moderate(x: f32) -> f32 {
    let x = x.abs();
    let sum = (x * std::f32::consts::FRAC_1_PI - 0.5) + ROUNDER;
    let (r, tail) = reduce(x, (sum - ROUNDER) + 0.5);
    negate_if_odd(sin_of_reduced(r, tail), sum.to_bits() ^ 1)
}

#[cold]
#[inline(never)]
fn sin_of_huge(x: f32) -> f32 {
    super::sin(f64::from(x)) as f32
}

#[cold]
#[inline(never)]
fn cos_of_huge(x: f32) -> f32 {
    super::cos(f64::from(x)) as f32
}

angle_function! {
    /// The sine of `x` radians.
    ///
    /// Up to a magnitude of 25,000 as [`sin`](super::sin()), with pi in four shorter parts and `P` of degree 4; above, by the
    /// function of double precision. NaN at infinity; `sin(-0.0)` is `-0.0`. Largest error: 1.3 ulp.
    sin, sin_slice, f32, REDUCTION_LIMIT, sin_of_moderate, sin_of_huge
}

angle_function! {
    /// The cosine of `x` radians; otherwise as [`sin`]. Largest error: 1.3 ulp.
    cos, cos_slice, f32, REDUCTION_LIMIT, cos_of_moderate, cos_of_huge
}

#[inline(always)]
fn tan_of_moderate(x: f32) -> f32 {
    super::trig::tan_of_moderate(f64::from(x)) as f32
}

#[cold]
#[inline(never)]
fn tan_of_huge(x: f32) -> f32 {
    super::tan(f64::from(x)) as f32
}

angle_function! {
    /// The tangent of `x` radians, by the function of double precision.
    tan, tan_slice, f32, super::trig::REDUCTION_LIMIT as f32, tan_of_moderate, tan_of_huge
}

#[inline(always)]
fn sinc_of_moderate(x: f32) -> f32 {
    let quotient = sin_of_moderate(x) / x;
    if x == 0.0 { 1.0 } else { quotient }
}

#[cold]
#[inline(never)]
fn sinc_of_huge(x: f32) -> f32 {
    super::sinc(f64::from(x)) as f32
}

angle_function! {
    /// `sin(x) / x`, and its limits: 1 at 0, and 0 at infinity. Largest error: 1.8 ulp.
    sinc, sinc_slice, f32, REDUCTION_LIMIT, sinc_of_moderate, sinc_of_huge
}

/// Defines functions by those of double precision.
macro_rules! by_double {
    ($($name:ident),*) => {$(
        #[doc = concat!("[`", stringify!($name), "`](super::", stringify!($name), "()) of double precision, rounded.")]
        #[inline(always)]
        pub fn $name(x: f32) -> f32 {
            super::$name(f64::from(x)) as f32
        }
    )*};
}

by_double!(sinh, cosh, tanh, asin, acos, atan, cbrt);

/// [`pow`](super::pow()) of double precision, rounded.
#[inline(always)]
pub fn pow(x: f32, y: f32) -> f32 {
    super::pow(f64::from(x), f64::from(y)) as f32
}
