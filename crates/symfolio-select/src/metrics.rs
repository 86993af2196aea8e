//! [`Metrics`]: how far predictions are from the target.

use serde::{Deserialize, Serialize};
use symfolio_fit::Loss;

/// How far predictions are from the target on some rows, weighted where the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Mean of the problem's loss.
    pub loss: f64,
    /// Mean squared error over the variance of the target on these rows; 0 is exact, 1 is as good as the mean.
    pub nmse: f64,
    /// `1 - nmse`.
    pub r2: f64,
    /// Root of the mean squared error, in the target's unit.
    pub rmse: f64,
}

impl Metrics {
    /// Metrics of `values`. All slices have the same length; infinite where a value is not finite.
    pub(crate) fn new(values: &[f64], target: &[f64], weights: Option<&[f64]>, loss: Loss) -> Metrics {
        let mse = Loss::SquaredError.mean(values, target, weights);
        let nmse = mse / variance(target, weights);
        let nmse = if nmse.is_nan() { f64::INFINITY } else { nmse };
        Metrics { loss: loss.mean(values, target, weights), nmse, r2: 1.0 - nmse, rmse: mse.sqrt() }
    }
}

/// Weighted variance.
pub(crate) fn variance(values: &[f64], weights: Option<&[f64]>) -> f64 {
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let total: f64 = (0..values.len()).map(weight).sum();
    let mean = values.iter().enumerate().map(|(row, value)| weight(row) * value).sum::<f64>() / total;
    values.iter().enumerate().map(|(row, value)| weight(row) * (value - mean).powi(2)).sum::<f64>() / total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_known_predictions() {
        let metrics = Metrics::new(&[1.0, 2.0, 4.0], &[1.0, 3.0, 5.0], None, Loss::AbsoluteError);
        let mse = 2.0 / 3.0;
        assert!((metrics.loss - mse).abs() < 1e-15 && (metrics.nmse - mse / (8.0 / 3.0)).abs() < 1e-15);
        assert!((metrics.r2 - 0.75).abs() < 1e-15 && (metrics.rmse - mse.sqrt()).abs() < 1e-15);
        let weighted = Metrics::new(&[1.0, 2.0, 9.0], &[1.0, 3.0, 5.0], Some(&[1.0, 1.0, 0.0]), Loss::SquaredError);
        assert_eq!((weighted.loss, weighted.nmse), (0.5, 0.5));
        assert_eq!(Metrics::new(&[f64::NAN, 2.0], &[1.0, 3.0], None, Loss::SquaredError).nmse, f64::INFINITY);
    }
}
