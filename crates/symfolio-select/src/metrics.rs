//! [`Metrics`]: how far predictions are from the target.

use serde::{Deserialize, Serialize};
use symfolio_fit::Loss;

/// How far predictions are from the target on some rows, weighted where the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Mean of the problem's loss.
    pub loss: f64,
    /// Mean squared error over the variance of the target on these rows; 0 is exact, 1 is as good as the mean. Of a target that does not
    /// vary it is 0 where the formula is exact and else the largest number there is.
    pub nmse: f64,
    /// `1 - nmse`.
    pub r2: f64,
    /// Root of the mean squared error, in the target's unit.
    pub rmse: f64,
}

impl Metrics {
    /// Metrics of `values`. All slices have the same length; infinite where a value is not finite, and finite elsewhere.
    pub(crate) fn new(values: &[f64], target: &[f64], weights: Option<&[f64]>, loss: Loss) -> Metrics {
        let mse = Loss::SquaredError.mean(values, target, weights);
        let nmse = match mse {
            0.0 => 0.0,
            _ if mse.is_finite() => (mse / variance(target, weights)).min(f64::MAX),
            _ => f64::INFINITY,
        };
        Metrics { loss: loss.mean(values, target, weights), nmse, r2: 1.0 - nmse, rmse: mse.sqrt() }
    }
}

/// The least and the greatest value.
pub(crate) fn range(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(*y), high.max(*y)))
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
        let constant = |values: &[f64]| Metrics::new(values, &[1.0, 1.0], None, Loss::SquaredError).nmse;
        assert_eq!((constant(&[1.0, 1.0]), constant(&[1.0, 2.0])), (0.0, f64::MAX));
        assert_eq!(Metrics::new(&[f64::NAN, 2.0], &[1.0, 3.0], None, Loss::SquaredError).nmse, f64::INFINITY);
    }
}
