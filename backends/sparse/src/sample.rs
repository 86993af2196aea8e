//! [`Sample`]: the rows that models are selected on, in a shuffled order.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use symfolio_core::Table;
use symfolio_expr::{Columns, Expr, Program, Scratch};

/// Most rows that models are selected on; all rows of the slice judge what is found.
const MAX_ROWS: usize = 1000;

/// The rows that models are selected on, in a shuffled order: any first part of them is a random sample.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// Values of the features, shape `(n_features, n_rows)`.
    pub features: Vec<Vec<f64>>,
    /// Values to explain, shape `(n_rows)`.
    pub target: Vec<f64>,
    /// Square roots of the rows' weights, shape `(n_rows)`.
    pub root_weights: Vec<f64>,
}

impl Sample {
    /// Draws at most [`MAX_ROWS`] rows of `table`; the same seed draws the same rows.
    pub fn draw(seed: u64, table: &Table) -> Sample {
        let mut rows: Vec<usize> = (0..table.n_rows()).collect();
        rows.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        rows.truncate(MAX_ROWS);
        let take = |values: &[f64]| rows.iter().map(|row| values[*row]).collect::<Vec<f64>>();
        let root_weights = match &table.weights {
            Some(weights) => rows.iter().map(|row| weights[*row].max(0.0).sqrt()).collect(),
            None => vec![1.0; rows.len()],
        };
        Sample {
            features: (0..table.n_features()).map(|index| take(table.feature(index))).collect(),
            target: take(&table.target),
            root_weights,
        }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.target.len()
    }

    /// The values of an expression over the features, shape `(n_rows)`.
    pub fn values(&self, expr: &Expr) -> Vec<f64> {
        let columns = Columns::new(self.features.iter().map(Vec::as_slice));
        let mut values = vec![0.0; self.n_rows()];
        Program::new(expr).values(expr.params(), &columns, &mut Scratch::default(), &mut values);
        values
    }

    /// Weighted mean squared difference of `values` from the target; infinite where a value is not finite.
    pub fn mean_square(&self, values: &[f64]) -> f64 {
        let mut sum = 0.0;
        let mut total = 0.0;
        for ((value, target), root) in values.iter().zip(&self.target).zip(&self.root_weights) {
            let difference = root * (value - target);
            sum += difference * difference;
            total += root * root;
        }
        let mean = sum / total;
        if mean.is_finite() { mean } else { f64::INFINITY }
    }

    /// Weighted variance of the target; 0 where it is the same in every row.
    pub fn variance(&self) -> f64 {
        let weights = self.root_weights.iter().map(|root| root * root);
        let total: f64 = weights.clone().sum();
        let mean = weights.clone().zip(&self.target).map(|(weight, y)| weight * y).sum::<f64>() / total;
        let variance =
            weights.zip(&self.target).map(|(weight, y)| weight * (y - mean) * (y - mean)).sum::<f64>() / total;
        if variance.is_finite() { variance } else { 0.0 }
    }
}
