//! [`Spread`]: how the size of residuals changes from row to row.

use symfolio_core::Table;
use symfolio_expr::{Expr, math};

use crate::rows::Bench;

/// Nats by which residuals that grow with the prediction have to be likelier than even ones.
const EVIDENCE: f64 = 6.0;
/// Residuals below this share of the variance are rounding or the lack of a better formula, and tell nothing of noise.
const LEAST_NMSE: f64 = 1e-12;
/// Ratios of the proportional part of the spread at the typical prediction to the constant part.
const RATIOS: [f64; 9] = [0.3, 0.6, 1.0, 1.8, 3.0, 6.0, 12.0, 30.0, 100.0];

/// How the size of residuals changes from row to row: proportional to `sqrt(1 + (slope f)^2)` with the prediction `f` of
/// one formula, the reference. Measurements with an error of some per cent have residuals of this kind, and a likelihood that takes
/// them for even sees structure in the noise of large rows.
///
/// The reference is the same for all formulas that are compared, so that their likelihoods are of the same kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spread {
    growing: Option<Growing>,
}

#[derive(Clone, Debug)]
struct Growing {
    reference: Expr,
    slope: f64,
    /// Predictions beyond those of the training rows count as the nearest of these.
    most: f64,
    /// Logarithm of the geometric mean on the training rows.
    mean: f64,
}

impl Spread {
    /// The spread of the residuals of `reference` on `table`; even where they do not clearly grow with the prediction.
    pub(crate) fn estimate(bench: &mut Bench<'_>, reference: &Expr, table: &Table) -> Spread {
        let values = bench.values(reference, table);
        let n = values.len() as f64;
        let weight = |row: usize| table.weights.as_ref().map_or(1.0, |weights| weights[row]);
        let squares: Vec<f64> =
            (0..values.len()).map(|row| weight(row) * (table.target[row] - values[row]).powi(2)).collect();
        let mean_square = squares.iter().sum::<f64>() / n;
        let typical = (values.iter().map(|value| value * value).sum::<f64>() / n).sqrt();
        let told = mean_square > LEAST_NMSE * table.target_variance() && typical > 0.0;
        if !(told && mean_square.is_finite() && typical.is_finite()) {
            return Spread::default();
        }
        // Nats of normal residuals whose spread has this slope, the best level put in.
        let nats = |slope: f64| {
            let grown = |value: &f64| 1.0 + (slope * value).powi(2);
            let level = squares.iter().zip(&values).map(|(square, value)| square / grown(value)).sum::<f64>() / n;
            let logarithms: f64 = values.iter().map(|value| math::log(grown(value))).sum();
            0.5 * (n * math::log(level) + logarithms)
        };
        let even = nats(0.0);
        let slopes = RATIOS.map(|ratio| ratio / typical);
        let Some((least, slope)) =
            slopes.map(|slope| (nats(slope), slope)).into_iter().min_by(|a, b| a.0.total_cmp(&b.0))
        else {
            return Spread::default();
        };
        if even - least < EVIDENCE {
            return Spread::default();
        }
        let most = values.iter().fold(0.0f64, |most, value| most.max(value.abs()));
        let mut growing = Growing { reference: reference.clone(), slope, most, mean: 0.0 };
        growing.mean = values.iter().map(|value| growing.logarithm(*value)).sum::<f64>() / n;
        Spread { growing: Some(growing) }
    }

    /// What residuals on the rows of `table` are divided by to be alike, with a geometric mean of 1 on the training rows; `None` where
    /// they are alike as they are.
    pub(crate) fn divisors(&self, bench: &mut Bench<'_>, table: &Table) -> Option<Vec<f64>> {
        let growing = self.growing.as_ref()?;
        let values = bench.values(&growing.reference, table);
        Some(values.iter().map(|value| math::exp(growing.logarithm(*value) - growing.mean)).collect())
    }
}

impl Growing {
    fn logarithm(&self, value: f64) -> f64 {
        let size = if value.is_nan() { self.most } else { value.abs().min(self.most) };
        0.5 * math::log(1.0 + (self.slope * size).powi(2))
    }
}
