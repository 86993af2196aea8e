//! Rounding and scaling through the bit pattern: all of it vectorises with SSE2 alone.

/// `1.5 * 2^52`. Added to a number of magnitude below `2^51`, it leaves the nearest integer (ties to even) in the low
/// bits of the sum; subtracted again, it gives that integer as a float.
pub const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// The bit of the sign.
pub const SIGN: u64 = 1 << 63;

/// The integer in the low bits of `sum`, which is [`ROUNDER`] plus a number of magnitude below `2^51`, in two's complement.
#[inline(always)]
pub fn rounded_integer(sum: f64) -> u64 {
    sum.to_bits().wrapping_sub(ROUNDER.to_bits())
}

/// `y * 2^k` for `k` in `-2044..=2046`, rounded once even where the result is subnormal.
///
/// One factor cannot hold every such power, so that the product is taken with two. The first product is exact as long as
/// `y` is of ordinary size, hence the single rounding.
#[inline(always)]
pub fn scale(y: f64, k: u64) -> f64 {
    let biased = k.wrapping_add(2 * 1023);
    let half = biased >> 1;
    let rest = biased.wrapping_sub(half);
    y * f64::from_bits(half << 52) * f64::from_bits(rest << 52)
}

/// `2^k` for the integer `k` in `-1022..=1023` in the low bits of `sum`, which is [`ROUNDER`] plus `k`.
#[inline(always)]
pub fn power_of_two(sum: f64) -> f64 {
    f64::from_bits(sum.to_bits().wrapping_add(1023) << 52)
}

/// `x` limited to `low..=high`; a NaN stays a NaN.
#[inline(always)]
pub fn clamp(x: f64, low: f64, high: f64) -> f64 {
    let x = if x > high { high } else { x };
    if x < low { low } else { x }
}

/// `a b + c`, rounded once.
#[inline(always)]
pub fn fma(a: f64, b: f64, c: f64) -> f64 {
    a.mul_add(b, c)
}
