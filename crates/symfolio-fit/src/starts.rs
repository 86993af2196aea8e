//! Where to start from.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use symfolio_expr::math;

/// Starts to try where the given one is undefined or not enough, at most `count`: the given constants shrunk towards
/// 1 or with other signs, and random magnitudes.
pub(crate) fn repaired(rng: &mut ChaCha8Rng, start: &[f64], count: usize) -> Vec<Vec<f64>> {
    let finite: Vec<f64> = start.iter().map(|value| if value.is_finite() { *value } else { 1.0 }).collect();
    let fixed: [&dyn Fn(f64) -> f64; 5] =
        [&|_| 1.0, &|value| value.abs().max(1e-3), &|value| 0.1 * value, &|_| 0.1, &|value| -value];
    let mut starts: Vec<Vec<f64>> = fixed.iter().map(|f| finite.iter().map(|value| f(*value)).collect()).collect();
    while starts.len() < count {
        starts.push(finite.iter().map(|_| any_magnitude(rng)).collect());
    }
    starts.truncate(count);
    starts
}

/// A number of either sign between 0.01 and 100, evenly spread over the magnitudes.
pub(crate) fn any_magnitude(rng: &mut ChaCha8Rng) -> f64 {
    let size = math::exp(rng.random_range(-4.6..4.6));
    if rng.random::<bool>() { size } else { -size }
}
