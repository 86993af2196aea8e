//! Does the target go up and down with a feature, at one frequency?

use symfolio_core::Table;
use symfolio_expr::math;
use symfolio_fit::least_squares;

use crate::landmarks::{standardised, with_ones};

/// Most rows and most features, the most relevant ones, that are looked at.
const MAX_ROWS: usize = 1000;
const FEATURES: usize = 4;
/// Degree of the smooth curves that are taken off first.
const DEGREE: usize = 3;
/// Frequencies tried, from one cycle over the range of the feature on; a step is a half cycle.
const FREQUENCIES: usize = 100;
/// Fewest rows that say anything.
const MIN_ROWS: usize = 20;

/// For each feature, the share of the target's variance that smooth curves of all of them leave and one sinusoid of the feature explains
/// (a Lomb-Scargle periodogram: Scargle, *Studies in astronomical time series analysis. II*, 1982, without its normalisation), less
/// the share expected of the best of that many frequencies in noise; at least 0. Features that are not among the most relevant have 0.
pub(crate) fn measure(table: &Table, target: &[f64], by_relevance: &[usize]) -> Vec<f64> {
    let n = target.len().min(MAX_ROWS);
    let mut strengths = vec![0.0; table.n_features()];
    let used = &by_relevance[..by_relevance.len().min(FEATURES)];
    if n < MIN_ROWS || used.is_empty() {
        return strengths;
    }
    let scaled: Vec<Vec<f64>> = used.iter().map(|index| standardised(&table.feature(*index)[..n])).collect();
    let left = residual(&scaled, &target[..n]);
    let squares = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>();
    let share = (squares(&left) / squares(&target[..n]).max(f64::MIN_POSITIVE)).min(1.0);
    for (index, x) in used.iter().zip(&scaled) {
        strengths[*index] = strength(x, &left) * share;
    }
    strengths
}

/// What is left of `target` beside a sum of smooth curves.
fn residual(features: &[Vec<f64>], target: &[f64]) -> Vec<f64> {
    let power = |x: &Vec<f64>, degree: usize| x.iter().map(|x| x.powi(degree as i32)).collect::<Vec<f64>>();
    let columns = features.iter().flat_map(|x| (1..=DEGREE).map(move |degree| power(x, degree))).collect();
    let columns = with_ones(columns);
    let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let coefficients = least_squares(&slices, target, None).coefficients;
    let value = |row: usize| coefficients.iter().zip(&columns).map(|(b, column)| b * column[row]).sum::<f64>();
    target.iter().enumerate().map(|(row, y)| y - value(row)).collect()
}

/// The share of `left` that the best sinusoid of `x` explains, less the share expected in noise.
fn strength(x: &[f64], left: &[f64]) -> f64 {
    let n = left.len();
    let (low, high) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(*x), h.max(*x)));
    let total: f64 = left.iter().map(|value| value * value).sum();
    // What is left is rounding where the curves are all there is.
    if total <= 1e-12 * n as f64 || high <= low {
        return 0.0;
    }
    // At most an eighth as many cycles as rows, so that a sinusoid cannot thread between them.
    let most = (n / 4).min(FREQUENCIES);
    let explained = (1..=most).map(|step| {
        let omega = std::f64::consts::PI * (step + 1) as f64 / (high - low);
        sinusoid(x, left, omega) / total
    });
    // Twice the power at one frequency has an exponential law; the largest of m is near log m times the mean (1 of n / 2).
    let chance = 2.0 * math::log(most as f64).max(1.0) / n as f64;
    let best = explained.fold(0.0, f64::max);
    ((best - chance) / (1.0 - chance)).max(0.0)
}

/// Squares that the best sinusoid of this frequency takes off `values`.
fn sinusoid(x: &[f64], values: &[f64], omega: f64) -> f64 {
    let (mut ss, mut sc, mut cc, mut ys, mut yc) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(values) {
        let (s, c) = (math::sin(omega * x), math::cos(omega * x));
        ss += s * s;
        sc += s * c;
        cc += c * c;
        ys += y * s;
        yc += y * c;
    }
    let determinant = ss * cc - sc * sc;
    if determinant <= 1e-9 * ss.max(cc).powi(2) {
        return 0.0;
    }
    (ys * ys * cc - 2.0 * ys * yc * sc + yc * yc * ss) / determinant
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::table;

    fn measured(law: fn(&[f64]) -> f64) -> Vec<f64> {
        let table = table(500, 2, law);
        measure(&table, &standardised(&table.target), &[0, 1])
    }

    #[test]
    fn oscillations_are_seen_and_nothing_else_is() {
        let found = measured(|x| x[1].powi(2) + (9.0 * x[0]).sin());
        assert!(found[0] > 0.05 && found[1] < 0.01, "{found:?}");
        let found = measured(|x| (9.0 * x[0]).sin());
        assert!(found[0] > 0.4, "{found:?}");
        let found = measured(|x| x[0].exp() + x[1].sqrt());
        assert!(found[0] < 1e-3 && found[1] < 1e-3, "{found:?}");
        let noise = measured(|x| (1e6 * x[0] * x[1]).sin());
        assert!(noise.iter().all(|share| *share < 0.03), "{noise:?}");
    }
}
