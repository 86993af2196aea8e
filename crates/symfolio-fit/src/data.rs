//! [`FitData`]: what an expression is fitted against, and [`Workspace`]: memory that fits share.

use symfolio_expr::{Columns, Scratch};

use crate::normal_equations::NormalEquations;
use crate::qr::LeastSquares;

/// What to fit against. All slices have `n_rows` values.
#[derive(Clone, Copy, Debug)]
pub struct FitData<'a> {
    /// The values of the variables, shape `(n_rows, n_features)`.
    pub columns: &'a Columns<'a>,
    /// The values that the expression is to give, shape `(n_rows)`; finite.
    pub target: &'a [f64],
    /// How much each row counts, shape `(n_rows)`; finite, at least 0. `None`: all rows count 1. In a loss that is a mean over
    /// rows, one of weight 0 adds nothing, but the expression has to be defined there; in the distance of spectra it need not be.
    pub weights: Option<&'a [f64]>,
}

impl FitData<'_> {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.target.len()
    }

    /// Rows that count: those of a weight above 0.
    pub(crate) fn n_counted(&self) -> usize {
        (0..self.n_rows()).filter(|row| self.weight(*row) > 0.0).count()
    }

    /// The weight of row `row`.
    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Sum of the weights; the number of rows without weights.
    pub fn total_weight(&self) -> f64 {
        self.weights.map_or(self.n_rows() as f64, |weights| weights.iter().sum())
    }

    /// Weighted mean and variance of the target. The variance is 0 for a constant target or no rows.
    pub fn target_moments(&self) -> (f64, f64) {
        let total = self.total_weight();
        if total <= 0.0 {
            return (0.0, 0.0);
        }
        let sum = |f: &dyn Fn(f64) -> f64| -> f64 {
            self.target.iter().enumerate().map(|(row, y)| self.weight(row) * f(*y)).sum::<f64>() / total
        };
        let mean = sum(&|y| y);
        (mean, sum(&|y| (y - mean) * (y - mean)))
    }

    /// # Panics
    /// Where the lengths differ (a slip of the programmer, never of data).
    pub(crate) fn check(&self) {
        let n = self.n_rows();
        assert!(self.columns.n_features() == 0 || self.columns.n_rows() == n, "one target value a row");
        assert!(self.weights.is_none_or(|weights| weights.len() == n), "one weight a row");
    }
}

/// Working memory of fits; one a thread, reused from fit to fit.
///
/// Nothing in it outlives a call: results never depend on what a workspace was used for before.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// Working memory of evaluation, for callers that also evaluate.
    pub scratch: Scratch,
    pub(crate) current: NormalEquations,
    pub(crate) trial: NormalEquations,
    pub(crate) least_squares: LeastSquares,
}
