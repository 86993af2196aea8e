//! [`View`]: the target divided by a prefactor and transformed, with the weights that make it count as in the true loss.

use crate::atoms::Atoms;
use crate::sample::Sample;
use crate::separate::Prefactor;
use crate::transform::Transform;

/// The target divided by a prefactor and transformed.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// 1, or -1 where the quotient is never positive.
    pub sign: f64,
    /// `T(sign * y / prefactor)` by row of the sample.
    pub target: Vec<f64>,
    /// What residuals of the transformed target are multiplied by.
    pub weights: Vec<f64>,
}

/// Largest weight, in medians: near a pole of the inverse first-order weights mean nothing.
const MAX_WEIGHT: f64 = 30.0;

impl View {
    /// The view, or `None` where the transform is not defined on the data.
    pub fn new(sample: &Sample, prefactor: &Prefactor, transform: Transform) -> Option<View> {
        let n = sample.n_rows();
        let divisor = Atoms::variables(sample).monomial(&prefactor.monomial, n);
        let mut quotient: Vec<f64> = sample.target.iter().zip(&divisor).map(|(y, p)| y / p).collect();
        if quotient.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let sign = if quotient.iter().all(|value| *value <= 0.0) { -1.0 } else { 1.0 };
        quotient.iter_mut().for_each(|value| *value *= sign);
        if !transform.is_defined(&quotient) {
            return None;
        }
        let mut target: Vec<f64> = quotient.iter().map(|value| transform.apply(*value)).collect();
        let mut weights: Vec<f64> =
            quotient.iter().zip(&divisor).map(|(value, p)| transform.slope(*value) * p.abs()).collect();
        let mut sorted: Vec<f64> = weights.iter().copied().filter(|weight| weight.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let cap = MAX_WEIGHT * sorted.get(sorted.len() / 2).copied()?;
        for ((weight, value), root) in weights.iter_mut().zip(&mut target).zip(&sample.root_weights) {
            *weight = root * if weight.is_finite() { weight.min(cap) } else { cap };
            if !value.is_finite() {
                (*weight, *value) = (0.0, 0.0);
            }
        }
        (cap > 0.0 && cap.is_finite()).then_some(View { sign, target, weights })
    }
}
