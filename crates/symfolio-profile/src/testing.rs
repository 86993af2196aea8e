//! Tables with known laws, for the tests.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use symfolio_core::{Column, Dataset, Table};

/// A data set of `n_features` features between 0.5 and 2.5, and the target `law(row)`.
pub(crate) fn dataset(n_rows: usize, n_features: usize, law: impl Fn(&[f64]) -> f64) -> Dataset {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let rows: Vec<Vec<f64>> =
        (0..n_rows).map(|_| (0..n_features).map(|_| rng.random_range(0.5..2.5)).collect()).collect();
    let column = |j: usize| Column::new(&format!("x{j}"), rows.iter().map(|row| row[j]).collect::<Vec<f64>>());
    let target = rows.iter().map(|row| law(row)).collect::<Vec<f64>>();
    Dataset::new("test", (0..n_features).map(column).collect(), Column::new("y", target), None).unwrap()
}

/// The same as a table of all rows.
pub(crate) fn table(n_rows: usize, n_features: usize, law: impl Fn(&[f64]) -> f64) -> Table {
    Table::gather(&dataset(n_rows, n_features, law), &(0..n_rows as u32).collect::<Vec<u32>>())
}
