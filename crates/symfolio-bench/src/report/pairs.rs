//! [`Pair`]: one method against another.

use crate::report::Comparison;
use crate::statistics::{Resamples, mean, quantile};

/// Draws of the bootstrap, and what they are drawn from.
const RESAMPLES: usize = 4000;
const SEED: u64 = 21;

/// How much better one method is than another, on the problems that both have runs on, over all seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Position of the method.
    pub method: usize,
    /// Position of the other.
    pub other: usize,
    /// Number of problems.
    pub n: usize,
    /// Mean loss of the other less that of the method, with its 95 % interval over families; above 0 the method is better.
    pub difference: (f64, f64, f64),
    /// Problems on which the method has the smaller loss, and the larger one.
    pub wins: (usize, usize),
}

/// All pairs, the first method against the others first.
pub(super) fn pairs(comparison: &Comparison) -> Vec<Pair> {
    let families: Vec<&str> = comparison.cells.iter().map(|cell| cell.family.as_str()).collect();
    let resamples = Resamples::draw(SEED, &families, RESAMPLES);
    let n = comparison.methods.len();
    let mut pairs = Vec::new();
    for (method, other) in (0..n).flat_map(|method| (0..n).map(move |other| (method, other))) {
        let better: Vec<Option<f64>> = comparison
            .places
            .iter()
            .map(|places| (&places[method], &places[other]))
            .map(|(own, others)| (own.n > 0 && others.n > 0).then_some(others.loss - own.loss))
            .collect();
        let known: Vec<f64> = better.iter().flatten().copied().collect();
        if method == other || known.is_empty() {
            continue;
        }
        let mut means = resamples.means_of_known(&better);
        means.retain(|mean| !mean.is_nan());
        let count = |is: &dyn Fn(f64) -> bool| known.iter().filter(|difference| is(**difference)).count();
        pairs.push(Pair {
            method,
            other,
            n: known.len(),
            difference: (mean(&known), quantile(&means, 0.025), quantile(&means, 0.975)),
            wins: (count(&|difference| difference > 1e-9), count(&|difference| difference < -1e-9)),
        });
    }
    pairs
}
