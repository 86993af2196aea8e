//! Sums (Dekker 1971) and products with their rounding errors.

use super::bits::fma;

/// The leading 26 bits of `a`; the rest has at most 27. By a mask rather than by Dekker's multiplication, which would overflow.
#[inline(always)]
pub const fn leading(a: f64) -> f64 {
    f64::from_bits(a.to_bits() & !((1 << 27) - 1))
}

/// `a + b` as a rounded sum and its error, for `|a| >= |b|` or `a = 0`.
#[inline(always)]
pub fn sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// `a b` as a rounded product and its error.
#[inline(always)]
pub fn product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, fma(a, b, -product))
}
