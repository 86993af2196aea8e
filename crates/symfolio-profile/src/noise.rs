//! How noisy the target is.

use crate::landmarks::Landmarks;
use crate::neighbours::{Neighbours, Residue};

/// Share of the target's variance below which what is left over is told as noise even where it shrinks with the neighbourhood.
const SMALL: f64 = 1e-5;
/// The bend of the law may be at most this share of what is left over; more cannot be told from noise.
const MAX_BEND: f64 = 0.3;
/// Neighbours farther away than this (mean square by feature, in standard deviations) are none.
const MAX_RADIUS2: f64 = 0.35;
/// Noise is spread over the rows; a law that is steep in places leaves over much in a few of them.
const MAX_KURTOSIS: f64 = 12.0;
/// Leftovers that differ by no more than this factor count as the same.
const SAME: f64 = 1.1;

/// Standard deviation of the target's noise, as a share of the target's, or `None` where it cannot be told.
///
/// Local planes leave over the noise and the bend of the law within the neighbourhood, which grows with the fourth power of the
/// radius; carried on to radius 0, the noise remains. The idea is the Gamma test's (Stefansson, Koncar and Jones,
/// *A note on the Gamma test*, 1997); planes in place of the neighbours themselves (Gasser, Sroka and Jennen-Steinmetz,
/// *Residual variance and residual pattern in nonlinear regression*, 1986) bring the line much closer to radius 0.
///
/// Only the space, or the model, that leaves over the least is heard: what the others leave over more is ignorance, not noise.
pub(crate) fn estimate(landmarks: &Landmarks, near: &Neighbours) -> Option<f64> {
    let linear = 1.0 - landmarks.linear;
    let quadratic = 1.0 - landmarks.quadratic.unwrap_or(-1.0);
    let least = near.local.iter().flatten().map(|residue| residue.variance).fold(f64::INFINITY, f64::min);
    // A model is believed where none can be told from it: neither one that bends more, nor one that looks nearer.
    let model = linear.min(quadratic);
    let settled = model <= SMALL || linear <= SAME * quadratic;
    if settled && model <= SAME * least && least.is_finite() {
        return Some(model.max(0.0).sqrt());
    }
    let heard = near.local.iter().filter(|residues| residues.first().is_some_and(|near| near.variance <= SAME * least));
    let local = heard.filter_map(|residues| at_radius_zero(residues)).min_by(f64::total_cmp)?;
    (local <= SAME * model).then(|| local.sqrt())
}

/// The variance carried on to radius 0; `None` where it shrinks too fast to tell.
fn at_radius_zero(residues: &[Residue]) -> Option<f64> {
    let [near, far, ..] = residues else { return None };
    let (a, b) = (near.radius2.powi(2), far.radius2.powi(2));
    let slope = if b > a { ((far.variance - near.variance) / (b - a)).max(0.0) } else { 0.0 };
    let bend = slope * a;
    let noise_like = bend <= MAX_BEND * near.variance && near.radius2 <= MAX_RADIUS2 && near.kurtosis <= MAX_KURTOSIS;
    (near.variance <= SMALL || noise_like).then_some((near.variance - bend).max(0.0))
}
