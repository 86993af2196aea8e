//! Numbers as text.

/// The shortest decimal digits that lead back to the same bits, as Python, C and Rust read them: whole
/// numbers without a point, very large and very small ones with an exponent. `value` is finite.
pub fn number_text(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-5..1e16).contains(&size) { format!("{value:e}") } else { format!("{value}") }
}

/// `value` rounded to `significant` decimal digits (at least 1), written as [`number_text`] does.
pub fn rounded_number_text(value: f64, significant: usize) -> String {
    let digits = format!("{:.*e}", significant.clamp(1, 17) - 1, value);
    let value = digits.parse().ok().filter(|near: &f64| near.is_finite()).unwrap_or(value);
    number_text(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_exact() {
        for (value, text) in [
            (3.0, "3"),
            (-0.5, "-0.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e15, "1000000000000000"),
            (1e16, "1e16"),
            (1e300, "1e300"),
            (1.5e-7, "1.5e-7"),
            (0.00001, "0.00001"),
            (5e-324, "5e-324"),
            (0.0, "0"),
            (-0.0, "-0"),
        ] {
            assert_eq!(number_text(value), text);
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
    }

    #[test]
    fn rounding_keeps_significant_digits() {
        for (value, significant, text) in [
            (1234.56, 3, "1230"),
            (0.0012345, 2, "0.0012"),
            (9.99, 2, "10"),
            (2.0, 5, "2"),
            (0.7, 0, "0.7"),
            (f64::MAX, 1, "1.7976931348623157e308"),
        ] {
            assert_eq!(rounded_number_text(value, significant), text);
        }
    }
}
