//! Predictions for rows that the constants have not seen, and whether two formulas can be told apart by them.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use symfolio_core::Table;
use symfolio_expr::{Columns, Expr, math};
use symfolio_fit::{Effort, FitData, FitOptions, Loss, fit};

use crate::rows::Bench;

/// Standard errors from which on a difference counts.
const SIGNIFICANT: f64 = 2.0;

/// Seed of the order that rows are dealt to folds in.
const SEED: u64 = 0;

/// The rows of a table dealt to folds, at random and always the same way. The order that the rows come in does not matter: rows of a grid or
/// of a sorted table would put neighbours, or all rows with one value of a feature, into one fold.
pub(crate) struct Folds {
    /// Row of the table at each place.
    order: Vec<usize>,
    /// Number of folds, at most as many as rows; each is a stretch of places.
    folds: usize,
    /// Values by place, twice over, so that the rows that are not in a fold are one stretch too.
    features: Vec<Vec<f64>>,
    target: Vec<f64>,
}

impl Folds {
    pub(crate) fn new(table: &Table, folds: usize) -> Folds {
        let n = table.n_rows();
        let mut order: Vec<usize> = (0..n).collect();
        let by_values = |a: &usize, b: &usize| {
            let mut order = table.target[*a].total_cmp(&table.target[*b]);
            for index in 0..table.n_features() {
                order = order.then_with(|| table.feature(index)[*a].total_cmp(&table.feature(index)[*b]));
            }
            order
        };
        order.sort_by(by_values);
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED));
        Folds {
            features: (0..table.n_features()).map(|index| twice(&order, table.feature(index))).collect(),
            target: twice(&order, &table.target),
            folds: folds.clamp(2, n.max(2)),
            order,
        }
    }

    /// The prediction for each row of the table by the constants that the other folds give, starting from the present ones. `weights` are
    /// those of the table's rows.
    pub(crate) fn predictions(
        &self,
        bench: &mut Bench<'_>,
        expr: &Expr,
        weights: Option<&[f64]>,
        loss: Loss,
    ) -> Vec<f64> {
        let n = self.order.len();
        let weights = weights.map(|weights| twice(&self.order, weights));
        let mut predictions = vec![f64::NAN; n];
        for fold in 0..self.folds {
            let (start, end) = (fold * n / self.folds, (fold + 1) * n / self.folds);
            let mut fitted = expr.clone();
            if !expr.params().is_empty() {
                let columns = self.columns(end, start + n);
                let weights = weights.as_ref().map(|weights| &weights[end..start + n]);
                let data = FitData { columns: &columns, target: &self.target[end..start + n], weights };
                let options =
                    FitOptions { loss, effort: Effort::Quick, max_iterations: Some(20), ..FitOptions::default() };
                let found = fit(bench.rng, expr, &data, &options, &mut bench.workspace);
                bench.work += found.work;
                fitted = expr.with_params(&found.params);
            }
            let values = bench.values_at(&fitted, &self.columns(start, end));
            for (place, value) in (start..end).zip(values) {
                predictions[self.order[place]] = value;
            }
        }
        predictions
    }

    fn columns(&self, start: usize, end: usize) -> Columns<'_> {
        Columns::new(self.features.iter().map(|feature| &feature[start..end]))
    }
}

fn twice(order: &[usize], values: &[f64]) -> Vec<f64> {
    order.iter().chain(order).map(|row| values[*row]).collect()
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
    use symfolio_core::{Column, Dataset};
    use symfolio_fit::Workspace;

    use super::*;

    /// What cross-validation predicts for the rows `order` of a grid of 10 by 10, in the order of the grid.
    fn on_a_grid(order: &[u32]) -> Vec<f64> {
        let grid = |of: fn(u32) -> f64| (0..100).map(of).collect::<Vec<f64>>();
        let (a, b) = (grid(|i| f64::from(i % 10)), grid(|i| f64::from(i / 10)));
        let y = (0..100u32)
            .map(|i| f64::from(i % 10) + 0.3 * f64::from(i.wrapping_mul(0x9E37_79B1) >> 30))
            .collect::<Vec<f64>>();
        let data = Dataset::new("", vec![Column::new("a", a), Column::new("b", b)], Column::new("y", y), None).unwrap();
        let folds = Folds::new(&Table::gather(&data, order), 10);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut bench = Bench { rng: &mut rng, workspace: Workspace::default(), work: 0 };
        let line = Expr::from_prefix("(add (mul ?1 x0) ?0)").unwrap();
        let found = folds.predictions(&mut bench, &line, None, Loss::SquaredError);
        let mut by_row = vec![f64::NAN; 100];
        for (row, value) in order.iter().zip(found) {
            by_row[*row as usize] = value;
        }
        by_row
    }

    #[test]
    fn folds_do_not_hang_on_the_order_of_the_rows() {
        let ascending: Vec<u32> = (0..100).collect();
        let mixed: Vec<u32> = (0..100).map(|i| i * 37 % 100).collect();
        let (first, second) = (on_a_grid(&ascending), on_a_grid(&mixed));
        assert!(first.iter().zip(&second).all(|(a, b)| (a - b).abs() < 1e-9), "{first:?} {second:?}");
        // Rows with one value of a feature are in several folds: their predictions come from several lines.
        let of_column =
            |a: usize| (0..10).map(|b| first[10 * b + a].to_bits()).collect::<std::collections::BTreeSet<u64>>();
        assert!((0..10).all(|a| of_column(a).len() > 3), "{first:?}");
    }

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
