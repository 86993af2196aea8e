//! [`Probes`]: the few rows at which expressions are told apart, and [`Proof`]: those that judge what is found on them.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use symfolio_core::Table;
use symfolio_expr::{Columns, Expr, Program, Scratch, math};
use symfolio_fit::Loss;

/// Most rows on which finds are fitted and judged before the host sees them.
const PROOF_ROWS: usize = 256;

/// Probe rows are taken of the first of those that judge, so many times as many.
const CHOICE: usize = 4;

/// Probe rows come in multiples of this, so that loops over them have no remainder.
pub(crate) const LANES: usize = 8;

/// The rows at which expressions are told apart.
#[derive(Clone, Debug)]
pub(crate) struct Probes {
    /// Values of the features, shape `(n_features, n)`, `n` a multiple of [`LANES`].
    pub features: Vec<Vec<f64>>,
    /// Values to explain, shape `(n)`.
    pub target: Vec<f64>,
    /// The rows that judge, the probe rows among them.
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
    /// Draws about `n` probe rows, and up to 256 rows in all, of those rows of `table` that have a weight: the more weight, the more
    /// likely. The same seed and round draw the same rows. The probe rows spread evenly over the sorted target, so that what differs
    /// in few rows is seen in some of them; in a small table they are repeated up to a multiple of [`LANES`].
    pub fn draw(seed: u64, round: u32, table: &Table, n: usize) -> Probes {
        let drawn = draw(seed, round, table, PROOF_ROWS.max(n));
        let n = n.min(drawn.len());
        // In the order of the draw, in which rows of much weight come early.
        let mut by_target: Vec<usize> = (0..drawn.len().min(CHOICE * n)).collect();
        by_target.sort_by(|a, b| table.target[drawn[*a].0].total_cmp(&table.target[drawn[*b].0]).then(a.cmp(b)));
        let of_part =
            |part: usize| by_target[part * by_target.len() / n..(part + 1) * by_target.len() / n].iter().min();
        let mut chosen: Vec<usize> = (0..n).filter_map(of_part).copied().collect();
        chosen.sort_unstable();
        let chosen = chosen.iter().map(|at| drawn[*at].0);
        let probes: Vec<usize> = chosen.cycle().take(n.next_multiple_of(LANES)).collect();
        let rows: Vec<usize> = drawn.iter().map(|(row, _)| *row).collect();
        let features = |rows: &[usize]| -> Vec<Vec<f64>> {
            (0..table.n_features()).map(|index| take(table.feature(index), rows)).collect()
        };
        Probes {
            features: features(&probes),
            target: take(&table.target, &probes),
            proof: Proof {
                features: features(&rows),
                target: take(&table.target, &rows),
                weights: drawn.iter().map(|(_, weight)| *weight).collect(),
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

    /// Weighted mean loss of `values`; infinite where a value is not finite.
    pub fn loss(&self, loss: Loss, values: &[f64]) -> f64 {
        loss.mean(values, &self.target, Some(&self.weights))
    }

    /// Weighted mean of the target; 0 without rows.
    pub fn mean(&self) -> f64 {
        let sum: f64 = self.weights.iter().zip(&self.target).map(|(weight, y)| weight * y).sum();
        let mean = sum / self.weights.iter().sum::<f64>();
        if mean.is_finite() { mean } else { 0.0 }
    }

    /// Weighted variance of the target; 0 where it is the same in every row.
    pub fn variance(&self) -> f64 {
        let variance = self.loss(Loss::SquaredError, &vec![self.mean(); self.n_rows()]);
        if variance.is_finite() { variance } else { 0.0 }
    }
}

/// Up to `count` rows of `table` without replacement, in proportion to their weights (Efraimidis and Spirakis 2006), each with what it
/// counts: its weight over the probability that a row of this weight is drawn, given those that were not.
fn draw(seed: u64, round: u32, table: &Table, count: usize) -> Vec<(usize, f64)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(u64::from(round));
    let weight = |row: usize| table.weights.as_ref().map_or(1.0, |weights| weights[row]);
    let mut keys: Vec<(f64, usize)> = (0..table.n_rows())
        .filter(|row| weight(*row) > 0.0)
        .map(|row| (-math::log(1.0 - rng.random::<f64>()) / weight(row), row))
        .collect();
    keys.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let first_left_out = keys.get(count).map_or(f64::INFINITY, |(key, _)| *key);
    keys.truncate(count);
    let counts = |row: usize| {
        let times = weight(row) * first_left_out;
        // `1 - exp(-x)` is `x` where it would lose its digits; infinite where all rows are drawn.
        weight(row) / if times < 1e-6 { times } else { 1.0 - math::exp(-times) }
    };
    keys.iter().map(|(_, row)| (*row, counts(*row))).collect()
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
        let probes = Probes::draw(1, 0, &Table::gather(&data, &(0..11).collect::<Vec<u32>>()), 32);
        assert_eq!((probes.n(), probes.proof.n_rows()), (16, 10));
        assert!(!probes.features[0].contains(&4.0) && probes.features[0][10] == probes.features[0][0]);
        assert_eq!(probes.values(&Expr::var(0)), probes.features[0]);
        assert_eq!(probes.proof.loss(Loss::SquaredError, &probes.proof.target.clone()), 0.0);
        assert!(probes.proof.weights.iter().all(|weight| *weight == 1.0));
    }

    /// A table of one feature, the number of the row, with `target` and `weight` of it.
    fn table(n: u32, target: fn(u32) -> f64, weight: fn(u32) -> f64) -> Table {
        let x = Column::new("x", (0..n).map(f64::from).collect::<Vec<_>>());
        let y = Column::new("y", (0..n).map(target).collect::<Vec<_>>());
        let data = Dataset::new("d", vec![x], y, Some((0..n).map(weight).collect())).unwrap();
        Table::gather(&data, &(0..n).collect::<Vec<u32>>())
    }

    #[test]
    fn rows_are_drawn_by_their_weights() {
        let table = table(4000, |row| f64::from(row * 37 % 401), |row| if row % 10 == 0 { 1.0 } else { 1e-6 });
        for round in 0..5 {
            let probes = Probes::draw(3, round, &table, 32);
            assert_eq!((probes.n(), probes.proof.n_rows()), (32, 256));
            assert!(probes.features[0].iter().all(|row| row % 10.0 == 0.0), "{:?}", probes.features);
        }
        assert_ne!(Probes::draw(3, 0, &table, 32).features, Probes::draw(3, 1, &table, 32).features);
    }

    #[test]
    fn what_rows_count_makes_up_for_the_draw() {
        let table = table(2000, |row| f64::from(row % 7), |row| if row % 7 == 0 { 9.0 } else { 1.0 });
        let truth = (0..2000u32).map(|row| f64::from(row % 7)).sum::<f64>() / f64::from(286 * 9 + 1714);
        let means: Vec<f64> = (0..200).map(|round| Probes::draw(3, round, &table, 32).proof.mean()).collect();
        let mean = means.iter().sum::<f64>() / 200.0;
        assert!((mean - truth).abs() < 0.03, "{mean} {truth}");
    }

    #[test]
    fn a_target_that_is_mostly_the_same_is_seen_where_it_differs() {
        let table = table(4000, |row| if row % 20 == 7 { f64::from(row) } else { 0.0 }, |_| 1.0);
        for seed in 0..20 {
            let probes = Probes::draw(seed, 0, &table, 32);
            assert!(probes.target.iter().any(|y| *y != 0.0), "seed {seed}");
        }
    }
}
