//! [`Probes`]: the few rows at which expressions are told apart, and [`Proof`]: those that judge what is found on them.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use symfolio_core::Table;
use symfolio_expr::{Columns, Expr, Program, Scratch};

/// Most rows on which finds are fitted and judged before the host sees them.
const PROOF_ROWS: usize = 256;

/// Probe rows come in multiples of this, so that loops over them have no remainder.
pub(crate) const LANES: usize = 8;

/// The rows at which expressions are told apart.
#[derive(Clone, Debug)]
pub(crate) struct Probes {
    /// Values of the features, shape `(n_features, n)`, `n` a multiple of [`LANES`].
    pub features: Vec<Vec<f64>>,
    /// Values to explain, shape `(n)`.
    pub target: Vec<f64>,
    /// The rows that judge, of which the probe rows are the first.
    pub proof: Proof,
}

/// The rows that judge what is found on the probe rows.
#[derive(Clone, Debug)]
pub(crate) struct Proof {
    /// Values of the features, shape `(n_features, n_rows)`.
    features: Vec<Vec<f64>>,
    /// Values to explain, shape `(n_rows)`.
    pub target: Vec<f64>,
    /// One weight a row, shape `(n_rows)`; all above 0.
    pub weights: Vec<f64>,
}

impl Probes {
    /// Draws about `n` probe rows, and up to 256 rows in all, of those rows of `table` that have a weight; the same seed draws the
    /// same rows. In a small table the probe rows are repeated up to a multiple of [`LANES`].
    pub fn draw(seed: u64, table: &Table, n: usize) -> Probes {
        let weight = |row: usize| table.weights.as_ref().map_or(1.0, |weights| weights[row]);
        let mut rows: Vec<usize> = (0..table.n_rows()).filter(|row| weight(*row) > 0.0).collect();
        rows.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        rows.truncate(PROOF_ROWS.max(n));
        let n = n.min(rows.len()).next_multiple_of(LANES);
        let probes: Vec<usize> = rows.iter().copied().cycle().take(n).collect();
        let features = |rows: &[usize]| -> Vec<Vec<f64>> {
            (0..table.n_features()).map(|index| take(table.feature(index), rows)).collect()
        };
        Probes {
            features: features(&probes),
            target: take(&table.target, &probes),
            proof: Proof {
                features: features(&rows),
                target: take(&table.target, &rows),
                weights: rows.iter().map(|row| weight(*row)).collect(),
            },
        }
    }

    /// Number of probe rows.
    pub fn n(&self) -> usize {
        self.target.len()
    }

    /// The values of an expression on the probe rows, shape `(n)`.
    pub fn values(&self, expr: &Expr) -> Vec<f64> {
        values(&self.features, self.n(), expr)
    }
}

impl Proof {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.target.len()
    }

    /// The values of an expression, shape `(n_rows)`.
    pub fn values(&self, expr: &Expr) -> Vec<f64> {
        values(&self.features, self.n_rows(), expr)
    }

    /// Weighted mean squared difference of `values` from the target; infinite where a value is not finite.
    pub fn mean_square(&self, values: &[f64]) -> f64 {
        let rows = values.iter().zip(&self.target).zip(&self.weights);
        let sum: f64 = rows.map(|((value, target), weight)| weight * (value - target) * (value - target)).sum();
        let mean = sum / self.weights.iter().sum::<f64>();
        if mean.is_finite() { mean } else { f64::INFINITY }
    }

    /// Weighted mean of the target; 0 without rows.
    pub fn mean(&self) -> f64 {
        let sum: f64 = self.weights.iter().zip(&self.target).map(|(weight, y)| weight * y).sum();
        let mean = sum / self.weights.iter().sum::<f64>();
        if mean.is_finite() { mean } else { 0.0 }
    }

    /// Weighted variance of the target; 0 where it is the same in every row.
    pub fn variance(&self) -> f64 {
        let variance = self.mean_square(&vec![self.mean(); self.n_rows()]);
        if variance.is_finite() { variance } else { 0.0 }
    }
}

fn take(values: &[f64], rows: &[usize]) -> Vec<f64> {
    rows.iter().map(|row| values[*row]).collect()
}

fn values(features: &[Vec<f64>], n: usize, expr: &Expr) -> Vec<f64> {
    let columns = Columns::new(features.iter().map(Vec::as_slice));
    let mut values = vec![0.0; n];
    Program::new(expr).values(expr.params(), &columns, &mut Scratch::default(), &mut values);
    values
}

#[cfg(test)]
mod tests {
    use symfolio_core::{Column, Dataset};

    use super::*;

    #[test]
    fn small_tables_repeat_their_rows_and_rows_without_weight_are_left_out() {
        let x = Column::new("x", (0..11).map(f64::from).collect::<Vec<_>>());
        let y = Column::new("y", (0..11).map(|i| f64::from(2 * i)).collect::<Vec<_>>());
        let weights = (0..11).map(|i| f64::from(u8::from(i != 4))).collect();
        let data = Dataset::new("d", vec![x], y, Some(weights)).unwrap();
        let probes = Probes::draw(1, &Table::gather(&data, &(0..11).collect::<Vec<u32>>()), 32);
        assert_eq!((probes.n(), probes.proof.n_rows()), (16, 10));
        assert!(!probes.features[0].contains(&4.0) && probes.features[0][10] == probes.features[0][0]);
        assert_eq!(probes.values(&Expr::var(0)), probes.features[0]);
        assert_eq!(probes.proof.mean_square(&probes.proof.target.clone()), 0.0);
    }
}
