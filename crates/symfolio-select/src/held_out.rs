//! Predictions for rows that the constants have not seen, and whether two formulas can be told apart by them.

use symfolio_core::Table;
use symfolio_expr::{Columns, Expr, Program, math};
use symfolio_fit::{Effort, FitData, FitOptions, Loss, fit};

use crate::rows::Bench;

/// Standard errors from which on a difference counts.
const SIGNIFICANT: f64 = 2.0;

/// The prediction for each row of `table` by the constants that the other folds give, starting from the present ones. Row `i` is in
/// fold `i mod folds`; there are at most as many folds as rows.
pub(crate) fn cross_validated(bench: &mut Bench<'_>, expr: &Expr, table: &Table, loss: Loss, folds: usize) -> Vec<f64> {
    let n = table.n_rows();
    if expr.params().is_empty() {
        return bench.values(expr, table);
    }
    let folds = folds.clamp(2, n.max(2));
    let program = Program::new(expr);
    let mut predictions = vec![f64::NAN; n];
    for fold in 0..folds {
        let seen: Vec<usize> = (0..n).filter(|row| row % folds != fold).collect();
        let take = |values: &[f64]| -> Vec<f64> { seen.iter().map(|row| values[*row]).collect() };
        let features: Vec<Vec<f64>> = (0..table.n_features()).map(|index| take(table.feature(index))).collect();
        let columns = Columns::new(features.iter().map(Vec::as_slice));
        let (target, weights) = (take(&table.target), table.weights.as_deref().map(take));
        let data = FitData { columns: &columns, target: &target, weights: weights.as_deref() };
        let options = FitOptions { loss, effort: Effort::Quick, max_iterations: Some(20), ..FitOptions::default() };
        let found = fit(bench.rng, expr, &data, &options, &mut bench.workspace);
        bench.work += found.work + program.work_per_row() * n as u64;
        let mut values = vec![0.0; n];
        program.values(&found.params, &table.columns(), &mut bench.workspace.scratch, &mut values);
        for row in (fold..n).step_by(folds) {
            predictions[row] = values[row];
        }
    }
    predictions
}

/// Is the formula with residuals `first` significantly worse on these rows than the one with residuals `second`?
///
/// Pairs of rows are compared by their squares and by their logarithms, and either may tell. Squares alone hang on a few large
/// rows where errors grow with the target, logarithms alone are slow to tell where noise is large. `least` is a residual that is
/// as good as none.
pub(crate) fn significantly_worse(first: &[f64], second: &[f64], least: f64) -> bool {
    let squares = first.iter().zip(second).map(|(a, b)| a * a - b * b);
    let logarithms = first.iter().zip(second).map(|(a, b)| math::log((a.abs() + least) / (b.abs() + least)));
    standard_errors(squares) > SIGNIFICANT || standard_errors(logarithms) > SIGNIFICANT
}

/// Mean in units of its standard error; infinite where all values are equal and positive.
pub(crate) fn standard_errors(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    let error = (variance / n).sqrt();
    if error > 0.0 {
        mean / error
    } else if mean > 0.0 {
        f64::INFINITY
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_tell_what_either_measure_tells() {
        let ones = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
        let twos = ones.map(|value| 2.0 * value);
        assert!(significantly_worse(&twos, &ones, 0.0) && !significantly_worse(&ones, &twos, 0.0));
        assert!(!significantly_worse(&ones, &ones, 0.0));
        // One bad row of eight says little; the same errors elsewhere say nothing.
        let mut one_bad = ones;
        one_bad[3] = 30.0;
        assert!(!significantly_worse(&one_bad, &ones, 0.0));
        // Small everywhere but in one row, against large everywhere but in that row: logarithms tell.
        let small = [1e-3, 1e-3, 1e-3, 2e-3, 1e-3, 1e-3, 1e-3, 30.0];
        assert!(significantly_worse(&ones, &small, 0.0));
    }
}
