//! [`Sample`]: the rows that models are selected on, in a shuffled order.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use symfolio_core::Table;
use symfolio_expr::{Columns, Expr, Program, Scratch};

/// Most rows that models are selected on; all rows of the slice judge what is found.
const MAX_ROWS: usize = 1000;

/// The rows that models are selected on, in an order of which any first part is spread over the range of each feature: of a
/// trajectory that has come to rest, few random rows say nothing.
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
        let rows = spread(rows, table);
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

/// Parts that the range of a feature is cut into.
const PARTS: usize = 16;

/// Most features whose ranges are looked at.
const MAX_SPREAD: usize = 8;

/// `rows`, of which those come forward that are among the first in their part of the range of a feature.
fn spread(rows: Vec<usize>, table: &Table) -> Vec<usize> {
    let n_features = table.n_features().min(MAX_SPREAD);
    let mut places: Vec<usize> = (0..rows.len()).collect();
    for feature in (0..n_features).map(|index| table.feature(index)) {
        let least = rows.iter().map(|row| feature[*row]).fold(f64::INFINITY, f64::min);
        let most = rows.iter().map(|row| feature[*row]).fold(f64::NEG_INFINITY, f64::max);
        let part = |row: &usize| (((feature[*row] - least) / (most - least) * PARTS as f64) as usize).min(PARTS - 1);
        let mut totals = [0_usize; PARTS];
        rows.iter().for_each(|row| totals[part(row)] += 1);
        let n_parts = totals.iter().filter(|total| **total > 0).count();
        let mut counts = [0; PARTS];
        for (row, place) in rows.iter().zip(&mut places) {
            let count = &mut counts[part(row)];
            *place = (*place).min(*count * n_parts * n_features);
            *count += 1;
        }
    }
    let mut order: Vec<(usize, usize)> = places.into_iter().zip(rows).collect();
    order.sort_by_key(|(place, _)| *place);
    order.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use symfolio_core::{Column, Dataset};

    use super::*;

    #[test]
    fn rows_at_rest_do_not_crowd_out_the_others() {
        // Nine rows in ten are at rest.
        let x: Vec<f64> = (0..1000).map(|i| if i % 10 == 0 { 0.001 * f64::from(i) } else { 5.0 }).collect();
        let data = Dataset::new("rest", vec![Column::new("x", x.clone())], Column::new("y", x), None).unwrap();
        let table = Table::gather(&data, &(0..1000).collect::<Vec<u32>>());
        let sample = Sample::draw(1, &table);
        let moving = |rows: &[f64]| rows.iter().filter(|x| **x < 5.0).count();
        assert!(moving(&sample.features[0][..40]) >= 15, "{:?}", &sample.features[0][..40]);
        assert_eq!((sample.n_rows(), moving(&sample.features[0])), (1000, 100));
    }
}
