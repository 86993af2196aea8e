//! Student's t for any level, and weighted means.

use symfolio_expr::math;

/// Probability that Student's t with `freedom` degrees of freedom is further from 0 than `t`; 1 for no degrees of freedom.
///
/// The finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4. Below about 1e-15 rounding is all that is left, and the answer 0.
pub(super) fn two_sided(t: f64, freedom: usize) -> f64 {
    if freedom == 0 || t.is_nan() {
        return 1.0;
    }
    if t.is_infinite() {
        return 0.0;
    }
    let n = freedom as f64;
    let angle = math::atan(t.abs() / n.sqrt());
    let (sine, cosine) = (math::sin(angle), math::cos(angle));
    let square = cosine * cosine;
    // Terms of the sum in powers of the cosine: even ones 1, 1/2, 1/2 3/4, ..., odd ones 1, 2/3, 2/3 4/5, ...
    let odd = freedom % 2 == 1;
    let (mut term, mut sum) = if odd { (cosine, if freedom > 1 { cosine } else { 0.0 }) } else { (1.0, 1.0) };
    let mut power = if odd { 3 } else { 2 };
    while power < freedom {
        term *= square * (power - 1) as f64 / power as f64;
        sum += term;
        power += 2;
    }
    let inside = if odd { std::f64::consts::FRAC_2_PI * (angle + sine * sum) } else { sine * sum };
    (1.0 - inside).max(0.0)
}

/// The t that is exceeded in either direction with probability `level`; infinite for no degrees of freedom.
pub(super) fn quantile(level: f64, freedom: usize) -> f64 {
    if freedom == 0 {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (0.0, 1.0);
    while two_sided(high, freedom) > level && high < 1e12 {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if two_sided(middle, freedom) > level {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Weighted mean.
pub(super) fn mean(values: &[f64], weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    values.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f64>() / total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_and_quantiles_agree_with_tables() {
        for (level, freedom, expected) in [
            (0.05, 1, 12.706),
            (0.05, 2, 4.303),
            (0.05, 3, 3.182),
            (0.01, 4, 4.604),
            (0.001, 7, 5.408),
            (0.1, 30, 1.697),
            (0.05, 120, 1.980),
        ] {
            assert!((quantile(level, freedom) / expected - 1.0).abs() < 3e-4, "{level} {freedom}");
            assert!((two_sided(-expected, freedom) / level - 1.0).abs() < 2e-3, "{level} {freedom}");
        }
        assert_eq!((two_sided(3.0, 0), quantile(0.05, 0)), (1.0, f64::INFINITY));
    }
}
