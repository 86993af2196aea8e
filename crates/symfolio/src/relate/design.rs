//! [`design`]: values of quantities to run a simulator at.

use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use symfolio_expr::math;

/// A quantity to vary.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// Its name.
    pub name: String,
    /// The smallest value.
    pub low: f64,
    /// The largest value, above the smallest.
    pub high: f64,
}

impl Range {
    /// The value at `share` of the way, 0 to 1: along the magnitudes where the range spans more than a decade.
    fn at(&self, share: f64) -> f64 {
        let Range { low, high, .. } = *self;
        match (share <= 0.0, share >= 1.0) {
            (true, _) => low,
            (_, true) => high,
            _ if low > 0.0 && high > 10.0 * low => low * math::exp(share * math::log(high / low)),
            _ => low + share * (high - low),
        }
    }
}

/// `points` settings of the quantities, shape `(points, ranges.len())`.
///
/// One quantity is spread evenly, its ends included. Several are a Latin hypercube (McKay, Beckman and Conover 1979): each takes evenly
/// spread values once, in an order of its own, the best of some random orders by the largest correlation between two quantities, so
/// that their effects can be told apart.
pub fn design(rng: &mut ChaCha8Rng, ranges: &[Range], points: usize) -> Vec<Vec<f64>> {
    let last = (points.max(2) - 1) as f64;
    let mut best: Option<(f64, Vec<Vec<usize>>)> = None;
    for _ in 0..TRIALS {
        let mut orders: Vec<Vec<usize>> = vec![(0..points).collect(); ranges.len()];
        // The first quantity ascends, which is good for reading.
        for order in orders.iter_mut().skip(1) {
            order.shuffle(rng);
        }
        let worst = correlation(&orders);
        if best.as_ref().is_none_or(|(known, _)| worst < *known) {
            best = Some((worst, orders));
        }
    }
    let orders = best.map_or_else(Vec::new, |best| best.1);
    let setting =
        |point: usize| ranges.iter().zip(&orders).map(|(range, o)| range.at(o[point] as f64 / last)).collect();
    (0..points).map(setting).collect()
}

/// Random orders that are compared.
const TRIALS: usize = 200;

/// The largest correlation, by size, between two of the orders.
fn correlation(orders: &[Vec<usize>]) -> f64 {
    let mut worst = 0.0f64;
    for (index, a) in orders.iter().enumerate() {
        for b in &orders[..index] {
            let middle = (a.len() as f64 - 1.0) / 2.0;
            let product = |(a, b): (&usize, &usize)| (*a as f64 - middle) * (*b as f64 - middle);
            let square: f64 = a.iter().map(|a| (*a as f64 - middle).powi(2)).sum();
            worst = worst.max((a.iter().zip(b).map(product).sum::<f64>() / square).abs());
        }
    }
    worst
}
