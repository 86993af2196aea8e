//! Landmarks: how well simple models do, on rows that they have not seen.

use symfolio_core::Table;
use symfolio_expr::math;
use symfolio_fit::LeastSquares;

use crate::column::{Moments, moments};

/// The quadratic model takes at most so many features, the most relevant ones.
const QUADRATIC_FEATURES: usize = 12;
/// Most products of (rows, columns, columns) in one least-squares solution, about a tenth of a second.
const MAX_WORK: usize = 100_000_000;
/// From so many rows on, a quarter of them is held out once; below, each fifth in turn.
const MANY: usize = 400;

/// R2 of simple models on rows held out: 1 is perfect, 0 as good as the mean; not below -1.
#[derive(Clone, Debug)]
pub(crate) struct Landmarks {
    pub linear: f64,
    pub quadratic: Option<f64>,
    pub power_law: Option<f64>,
    /// Exponents of the power law by feature; empty where there is none.
    pub exponents: Vec<(usize, f64)>,
}

/// Measures all landmarks on the rows of `table`, which are in random order; `target` is its target, standardised.
///
/// Least squares take time with the square of the number of columns. So many features take part as [`affordable`] says, the most
/// relevant ones.
pub(crate) fn measure(table: &Table, target: &[f64], by_relevance: &[usize]) -> Landmarks {
    let by_relevance = &by_relevance[..by_relevance.len().min(affordable(target.len()))];
    let scaled: Vec<Vec<f64>> = by_relevance.iter().map(|index| standardised(table.feature(*index))).collect();
    let weights = table.weights.as_deref();
    let linear = held_out_r2(&with_ones(scaled.clone()), target, weights).unwrap_or(-1.0);
    let logs = Logarithms::of(table, by_relevance);
    Landmarks {
        linear,
        quadratic: quadratic(&scaled, target, weights),
        power_law: logs.as_ref().and_then(|logs| logs.power_law(weights)),
        exponents: logs.and_then(|logs| logs.exponents(by_relevance, weights)).unwrap_or_default(),
    }
}

/// The logarithms of a table whose values are all positive.
struct Logarithms {
    features: Vec<Vec<f64>>,
    target: Vec<f64>,
}

impl Logarithms {
    fn of(table: &Table, by_relevance: &[usize]) -> Option<Logarithms> {
        let target = logarithms(&table.target)?;
        let features: Option<Vec<Vec<f64>>> =
            by_relevance.iter().map(|index| logarithms(table.feature(*index))).collect();
        Some(Logarithms { features: features?, target })
    }

    fn power_law(&self, weights: Option<&[f64]>) -> Option<f64> {
        let scaled = self.features.iter().map(|logs| standardised(logs)).collect();
        held_out_r2(&with_ones(scaled), &self.target, weights)
    }

    /// The exponents of the power law that fits all rows best; `None` where there are too few rows.
    fn exponents(self, by_relevance: &[usize], weights: Option<&[f64]>) -> Option<Vec<(usize, f64)>> {
        let columns = with_ones(self.features);
        if by_relevance.is_empty() || self.target.len() < 2 * columns.len() {
            return None;
        }
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let mut solver = LeastSquares::default();
        let coefficients = &solver.solve(&slices, &self.target, weights).coefficients;
        Some(by_relevance.iter().copied().zip(coefficients.iter().skip(1).copied()).collect())
    }
}

/// The logarithms of values that are all positive.
fn logarithms(values: &[f64]) -> Option<Vec<f64>> {
    values.iter().map(|value| (*value > 0.0).then(|| math::log(*value))).collect()
}

/// Most features of a linear model over `n_rows` rows that keep its solution within [`MAX_WORK`], all turns included.
fn affordable(n_rows: usize) -> usize {
    let learning = if n_rows >= MANY { n_rows } else { n_rows * 5 };
    (MAX_WORK / learning.max(1)).isqrt().saturating_sub(1)
}

fn quadratic(scaled: &[Vec<f64>], target: &[f64], weights: Option<&[f64]>) -> Option<f64> {
    let used = &scaled[..scaled.len().min(QUADRATIC_FEATURES)];
    let mut columns = with_ones(used.to_vec());
    for (i, a) in used.iter().enumerate() {
        columns.extend(used[i..].iter().map(|b| a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<f64>>()));
    }
    held_out_r2(&columns, target, weights)
}

pub(crate) fn with_ones(mut columns: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n_rows = columns.first().map_or(0, Vec::len);
    columns.insert(0, vec![1.0; n_rows]);
    columns
}

/// Mean 0 and deviation 1; a constant becomes 0.
pub(crate) fn standardised(values: &[f64]) -> Vec<f64> {
    let Moments { mean, deviation, .. } = moments(values);
    let scale = if deviation > 0.0 { 1.0 / deviation } else { 0.0 };
    values.iter().map(|value| (value - mean) * scale).collect()
}

/// R2 of the linear model over `columns` on the rows held out, -1 where it is worse; `None` unless there are clearly more rows
/// to learn from than columns.
pub(crate) fn held_out_r2(columns: &[Vec<f64>], target: &[f64], weights: Option<&[f64]>) -> Option<f64> {
    let n = target.len();
    let folds = if n >= MANY { 4 } else { 5.min(n) };
    let turns = if n >= MANY { 1 } else { folds };
    let learning = n - n.div_ceil(folds);
    if columns.is_empty() || columns[0].len() != n || 2 * learning < 3 * columns.len() {
        return None;
    }
    let mut solver = LeastSquares::default();
    let (mut left, mut spread) = (0.0, 0.0);
    for turn in 0..turns {
        let rows = |held_out: bool| (0..n).filter(move |row| (row % folds == turn) == held_out);
        let take = |values: &[f64]| rows(false).map(|row| values[row]).collect::<Vec<f64>>();
        let taken: Vec<Vec<f64>> = columns.iter().map(|column| take(column)).collect();
        let slices: Vec<&[f64]> = taken.iter().map(Vec::as_slice).collect();
        let (seen, seen_weights) = (take(target), weights.map(take));
        let solution = solver.solve(&slices, &seen, seen_weights.as_deref());
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let total: f64 = rows(false).map(weight).sum();
        let mean = rows(false).map(|row| weight(row) * target[row]).sum::<f64>() / total;
        for row in rows(true) {
            let value: f64 = solution.coefficients.iter().zip(columns).map(|(b, column)| b * column[row]).sum();
            left += weight(row) * (target[row] - value).powi(2);
            spread += weight(row) * (target[row] - mean).powi(2);
        }
    }
    Some(r2(left, spread))
}

/// `1 - left / spread`, between -1 and 1; 0 where nothing can be said.
pub(crate) fn r2(left: f64, spread: f64) -> f64 {
    let r2 = 1.0 - left / spread;
    if r2.is_nan() { 0.0 } else { r2.clamp(-1.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::table;

    fn check(rows: usize, law: impl Fn(&[f64]) -> f64, expect: impl Fn(&Landmarks) -> bool) {
        let table = table(rows, 2, law);
        let landmarks = measure(&table, &standardised(&table.target), &[0, 1]);
        assert!(expect(&landmarks), "{landmarks:?}");
    }

    #[test]
    fn each_model_recognises_its_own_kind() {
        for rows in [30, 1000] {
            check(rows, |x| 3.0 - x[0] + 2.0 * x[1], |l| l.linear > 1.0 - 1e-12);
            check(rows, |x| x[0] * x[1] + x[0] * x[0], |l| l.linear < 0.99 && l.quadratic.unwrap() > 1.0 - 1e-12);
            check(rows, |x| 5.0 * x[0].powf(2.5) / x[1], |l| l.power_law.unwrap() > 1.0 - 1e-12 && l.linear < 0.95);
            check(rows, |x| (9.0 * x[0]).sin(), |l| l.linear < 0.5);
        }
    }

    #[test]
    fn wide_tables_are_measured_on_their_most_relevant_features() {
        for (n_rows, most) in [(4000, 157), (400, 499), (399, 222), (200, 315), (3, 2580)] {
            assert_eq!(affordable(n_rows), most, "{n_rows}");
        }
        // The law is told by the last of more features than take part.
        let table = table(4000, 200, |x| 1.0 + x[199]);
        let order: Vec<usize> = (0..200).rev().collect();
        let landmarks = measure(&table, &standardised(&table.target), &order);
        assert!(landmarks.linear > 1.0 - 1e-12, "{landmarks:?}");
        let order: Vec<usize> = (0..200).collect();
        let landmarks = measure(&table, &standardised(&table.target), &order);
        assert!(landmarks.linear < 0.1 && landmarks.power_law.unwrap() < 0.1, "{landmarks:?}");
    }

    #[test]
    fn what_cannot_be_said_is_not_said() {
        check(30, |x| x[0] - 2.0, |l| l.power_law.is_none());
        check(9, |x| x[0], |l| l.quadratic.is_none() && l.linear > 0.999);
        check(3, |x| x[0], |l| l.linear == -1.0);
    }
}
