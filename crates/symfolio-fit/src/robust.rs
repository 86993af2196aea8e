//! [`Smoothed`]: losses other than the squared one as weighted least squares that change with the residuals.

use symfolio_expr::math;

use crate::loss::Loss;

/// A loss with its kink rounded off: absolute value becomes `sqrt(r^2 + epsilon^2)`.
///
/// Iteratively reweighted least squares: each row is replaced by the parabola that touches the loss at the row's
/// residual and lies above it everywhere (for these losses), so that a step on the parabolas never overshoots by much
/// (Huber 1964; Hunter and Lange 2000 for the quantile).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Smoothed {
    pub loss: Loss,
    /// Half-width of the rounded kink, in units of the target; above 0 for losses with a kink.
    pub epsilon: f64,
}

impl Smoothed {
    pub(crate) fn squared() -> Smoothed {
        Smoothed { loss: Loss::SquaredError, epsilon: 0.0 }
    }

    pub(crate) fn is_squared(self) -> bool {
        self.loss.is_squared()
    }

    /// Fills `pull` (half the derivative by the residual) and `curvature` (half the second derivative of the touching
    /// parabola), both times the row's weight, and returns the sum of the losses. For the squared error without
    /// weights these are the residual and 1; `curvature` is then left alone.
    pub(crate) fn linearise(
        self,
        values: &[f64],
        target: &[f64],
        weights: Option<&[f64]>,
        pull: &mut [f64],
        curvature: &mut [f64],
    ) -> f64 {
        if self.is_squared() && weights.is_none() {
            let mut total = 0.0;
            for ((pull, value), target) in pull.iter_mut().zip(values).zip(target) {
                *pull = target - value;
                total += *pull * *pull;
            }
            return total;
        }
        let mut total = 0.0;
        for row in 0..values.len() {
            let weight = weights.map_or(1.0, |weights| weights[row]);
            let (loss, half_slope, half_curvature) = self.of(target[row] - values[row]);
            total += weight * loss;
            pull[row] = weight * half_slope;
            curvature[row] = weight * half_curvature;
        }
        total
    }

    /// Loss, half slope and half curvature of the touching parabola at residual `r`.
    fn of(self, r: f64) -> (f64, f64, f64) {
        let rounded = || (r * r + self.epsilon * self.epsilon).sqrt();
        match self.loss {
            Loss::SquaredError => (r * r, r, 1.0),
            Loss::AbsoluteError => {
                let size = rounded();
                (size, 0.5 * r / size, 0.5 / size)
            }
            Loss::Huber { delta } => {
                let half_curvature = if r.abs() <= delta { 0.5 } else { 0.5 * delta / r.abs() };
                (self.loss.of(r), r * half_curvature, half_curvature)
            }
            Loss::LogCosh => {
                let half_slope = 0.5 * math::tanh(r);
                (self.loss.of(r), half_slope, if r.abs() < 1e-8 { 0.5 } else { half_slope / r })
            }
            Loss::Quantile { q } => {
                let size = rounded();
                ((q - 0.5) * r + 0.5 * size, 0.5 * (q - 0.5) + 0.25 * r / size, 0.25 / size)
            }
        }
    }
}
