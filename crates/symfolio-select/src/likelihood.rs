//! [`Likelihood`]: how many nats the residual of each row takes.

use symfolio_expr::math;
use symfolio_fit::Loss;

/// Degrees of freedom of the residuals: near normal in the middle, and with room for bad rows at the ends.
const FREEDOM: f64 = 4.0;
/// Rounds of the search for the scale.
const ROUNDS: usize = 40;

/// The distribution of the residuals of a formula, with the scale that they have.
///
/// Student's distribution with 4 degrees of freedom, so that explaining one bad row is worth a few nats and no more: also for the absolute
/// error, which is asked for where rows are bad. Two-sided exponential for quantiles, which are not the middle of the residuals.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Likelihood {
    Student { sigma: f64 },
    Exponential { loss: Loss, level: f64 },
}

impl Likelihood {
    /// The distribution that makes `residuals` likeliest; `least` is a residual that is as good as none.
    pub(crate) fn of(loss: Loss, residuals: &[f64], weights: Option<&[f64]>, least: f64) -> Likelihood {
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let total: f64 = (0..residuals.len()).map(weight).sum();
        let mean = |value: &dyn Fn(f64) -> f64| {
            residuals.iter().enumerate().map(|(row, r)| weight(row) * value(*r)).sum::<f64>() / total
        };
        let least = least.max(f64::MIN_POSITIVE.sqrt());
        if matches!(loss, Loss::Quantile { .. }) {
            return Likelihood::Exponential { loss, level: mean(&|r| loss.of(r)).max(least) };
        }
        // The start is the mean of the logarithms, which one bad row does not move.
        let mut sigma = math::exp(mean(&|r| math::log(r.abs().max(least)))).max(least);
        for _ in 0..ROUNDS {
            let square = sigma * sigma;
            sigma = mean(&|r| (FREEDOM + 1.0) / (FREEDOM + r * r / square) * r * r).sqrt().max(least);
        }
        Likelihood::Student { sigma }
    }

    /// The nats that each row takes, weighted with mean weight 1.
    pub(crate) fn nats(&self, residuals: &[f64], weights: Option<&[f64]>) -> Vec<f64> {
        let mean = weights.map_or(1.0, |weights| weights.iter().sum::<f64>() / weights.len() as f64);
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row] / mean);
        residuals.iter().enumerate().map(|(row, residual)| weight(row) * self.of_one(*residual)).collect()
    }

    /// How much a residual counts beside one of a normal distribution, 0 to 1.25: bad rows count for little.
    pub(crate) fn weight(&self, residual: f64) -> f64 {
        match *self {
            Likelihood::Student { sigma } => (FREEDOM + 1.0) / (FREEDOM + (residual / sigma).powi(2)),
            Likelihood::Exponential { .. } => 1.0,
        }
    }

    fn of_one(&self, residual: f64) -> f64 {
        match *self {
            Likelihood::Student { sigma } => {
                let ratio = residual / sigma;
                math::log(sigma) + 0.5 * (FREEDOM + 1.0) * math::log(1.0 + ratio * ratio / FREEDOM)
            }
            Likelihood::Exponential { loss, level } => math::log(level) + loss.of(residual) / level,
        }
    }
}
