//! Sums and products with their rounding errors (Dekker 1971), without fused multiply-add.

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

/// `a b` as a rounded product and its error, the latter to about 2^-106 of the product.
#[inline(always)]
pub fn product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let (a_high, b_high) = (leading(a), leading(b));
    let (a_low, b_low) = (a - a_high, b - b_high);
    let error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    (product, error)
}
