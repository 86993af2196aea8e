//! A sparse quadratic model, by linfa's elastic net (Zou and Hastie 2005).

use linfa::Dataset;
use linfa::traits::{Fit, Predict};
use linfa_elasticnet::ElasticNet;
use ndarray::{Array1, Array2};
use symfolio_core::Table;

use crate::landmarks::{r2, standardised};

/// Rows, and features, the most relevant ones, that take part.
const MAX_ROWS: usize = 1000;
const FEATURES: usize = 12;
/// Fewest rows that say anything.
const MIN_ROWS: usize = 20;
/// Penalties, for a target and terms of deviation 1; the best on the rows held out counts.
const PENALTIES: [f64; 3] = [0.1, 0.01, 0.001];
/// Share of the penalty that is the lasso's.
const L1: f64 = 0.9;
const SWEEPS: u32 = 100;
/// Digits of the answer: the sums of the library may differ in the last bits from machine to machine.
const DIGITS: f64 = 1e6;

/// R2 on a quarter of the rows, held out, of a sparse model over all products of two features.
pub(crate) fn measure(table: &Table, target: &[f64], by_relevance: &[usize]) -> Option<f64> {
    let n = target.len().min(MAX_ROWS);
    if n < MIN_ROWS || by_relevance.is_empty() {
        return None;
    }
    let scaled: Vec<Vec<f64>> =
        by_relevance.iter().take(FEATURES).map(|index| standardised(&table.feature(*index)[..n])).collect();
    let mut terms = scaled.clone();
    for (i, a) in scaled.iter().enumerate() {
        let products = scaled[i..].iter().map(|b| a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<f64>>());
        terms.extend(products.map(|product| standardised(&product)));
    }
    let held_out = |row: usize| row.is_multiple_of(4);
    let rows = |out: bool| (0..n).filter(move |row| held_out(*row) == out).collect::<Vec<usize>>();
    let matrix = |rows: &[usize]| Array2::from_shape_fn((rows.len(), terms.len()), |(i, j)| terms[j][rows[i]]);
    let values = |rows: &[usize]| rows.iter().map(|row| target[*row]).collect::<Array1<f64>>();
    let (seen, unseen) = (rows(false), rows(true));
    let training = Dataset::new(matrix(&seen), values(&seen));
    let (probe, truth) = (matrix(&unseen), values(&unseen));
    let mean = training.targets().mean().unwrap_or(0.0);
    let spread: f64 = truth.iter().map(|y| (y - mean).powi(2)).sum();
    let explained = PENALTIES.iter().filter_map(|penalty| {
        let settings = ElasticNet::params().penalty(*penalty).l1_ratio(L1).max_iterations(SWEEPS).tolerance(1e-4);
        let model = settings.fit(&training).ok()?;
        let left: f64 = model.predict(&probe).iter().zip(&truth).map(|(value, y)| (y - value).powi(2)).sum();
        Some((r2(left, spread) * DIGITS).round() / DIGITS)
    });
    explained.max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::table;

    #[test]
    fn few_rows_are_enough_for_few_terms() {
        let measured = |rows, law: fn(&[f64]) -> f64| {
            let table = table(rows, 12, law);
            measure(&table, &standardised(&table.target), &(0..12).collect::<Vec<usize>>())
        };
        // 90 terms and 60 rows.
        let found = measured(60, |x| 2.0 * x[3] - x[0] * x[5]).unwrap();
        assert!(found > 0.95, "{found}");
        assert!(measured(300, |x| (20.0 * x[0]).sin()).unwrap() < 0.3);
        assert_eq!(measured(19, |x| x[0]), None);
    }
}
