//! [`Target`]: a transform of what is to be explained, on the probe rows.

use symfolio_expr::{Expr, OperatorSet};
use symfolio_fit::dot;

use crate::probes::Probes;
use crate::transform::Transform;

/// A transform of what is to be explained, on the probe rows.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The function of the target.
    pub transform: Transform,
    /// Transformed values, shape `(n)`.
    pub values: Vec<f64>,
    /// The same without their mean and of length 1.
    pub unit: Vec<f64>,
    /// What residuals are multiplied by to be those of the target itself, to first order; shape `(n)`.
    pub slopes: Vec<f64>,
    /// Transformed values of the rows that judge, and the same factors of their residuals.
    pub proof: (Vec<f64>, Vec<f64>),
}

/// Largest slope, in medians: near a pole first-order weights mean nothing.
const STEEPEST: f64 = 30.0;

impl Target {
    /// The targets that the data and the operators allow; none where the target is constant.
    pub fn all(probes: &Probes, operators: &OperatorSet) -> Vec<Target> {
        Transform::ALL.into_iter().filter_map(|transform| Target::new(probes, operators, transform)).collect()
    }

    fn new(probes: &Probes, operators: &OperatorSet, transform: Transform) -> Option<Target> {
        if !transform.is_defined(&probes.proof.target) {
            return None;
        }
        transform.undo(&Expr::var(0), operators, false)?;
        let values: Vec<f64> = probes.target.iter().map(|y| transform.apply(*y)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let mut unit: Vec<f64> = values.iter().map(|value| value - mean).collect();
        let length = dot(&unit, &unit).sqrt();
        let slopes_of = |target: &[f64]| capped(target.iter().map(|y| transform.slope(*y)).collect());
        let slopes = slopes_of(&probes.target)?;
        let judged = probes.proof.target.iter().map(|y| transform.apply(*y)).collect();
        let proof = (judged, slopes_of(&probes.proof.target)?);
        unit.iter_mut().for_each(|value| *value /= length);
        let is_usable = unit.iter().all(|value| value.is_finite()) && length > 1e-7 * dot(&values, &values).sqrt();
        is_usable.then_some(Target { transform, values, unit, slopes, proof })
    }

    /// Share of the transformed target's variance that a formula of the target with these values leaves, scaled and shifted; NaN where
    /// the transform has no value of them.
    pub fn left_by_formula(&self, values: &[f64]) -> f64 {
        let transformed: Vec<f64> = values.iter().map(|value| self.transform.apply(*value)).collect();
        let mean = transformed.iter().sum::<f64>() / transformed.len() as f64;
        let squares: f64 = transformed.iter().map(|value| (value - mean) * (value - mean)).sum();
        self.left_by(&transformed, 1.0 / squares.sqrt())
    }

    /// Share of the transformed target's variance that a column with these values leaves, scaled and shifted.
    pub fn left_by(&self, values: &[f64], inverse_spread: f64) -> f64 {
        let correlation = dot(values, &self.unit) * inverse_spread;
        1.0 - correlation * correlation
    }
}

/// Slopes that are at most 30 times their median; `None` where there is no median above 0.
fn capped(mut slopes: Vec<f64>) -> Option<Vec<f64>> {
    let mut sorted: Vec<f64> = slopes.iter().copied().filter(|slope| slope.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let cap = STEEPEST * sorted.get(sorted.len() / 2).copied()?;
    slopes.iter_mut().for_each(|slope| *slope = if slope.is_finite() { slope.min(cap) } else { cap });
    (cap > 0.0 && cap.is_finite()).then_some(slopes)
}
