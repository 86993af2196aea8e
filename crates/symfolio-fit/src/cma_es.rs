//! CMA-ES: an evolution strategy whose mutations learn the shape of the landscape (Hansen 2016, "The CMA Evolution Strategy: A
//! Tutorial"), with a Cholesky factor in place of the principal axes (Suttorp, Hansen and Igel 2009).

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use symfolio_expr::math;

use crate::cholesky::Cholesky;
use crate::descent::Place;
use crate::screening::Sieve;
use crate::thorough::{Field, Search};

/// Generations, at most, in each round of the search.
const GENERATIONS: usize = 60;
/// First step, in units of the spread of the structured draws.
const FIRST_STEP: f64 = 0.3;
/// Step below which the population has come to rest.
const LAST_STEP: f64 = 1e-4;
/// Draws that spreads are taken from.
const DRAWS: usize = 41;

impl Search<'_> {
    /// Evolves the searched constants, with the linear ones solved for at each trial, and descends from the best.
    pub(crate) fn evolve(&mut self, rng: &mut ChaCha8Rng, field: &Field<'_>, round: usize, best: &mut Place) {
        let nothing = vec![None; best.params.len()];
        let draws: Vec<Vec<f64>> = (0..DRAWS).map(|_| field.sampler.draw(rng, &nothing, None)).collect();
        let spreads: Vec<f64> = field.free.iter().map(|index| spread(draws.iter().map(|draw| draw[*index]))).collect();
        // By turns from the best place and from one of the others.
        let from = if round % 2 == 1 || draws.is_empty() { &best.params } else { &draws[0] };
        let mean: Vec<f64> = field.free.iter().zip(&spreads).map(|(index, spread)| from[*index] / spread).collect();
        let mut population = Population::new(mean);
        let columns = field.few.columns();
        let data = field.few.data(&columns);
        let mut cholesky = Cholesky::default();
        let mut found: Vec<Vec<f64>> = Vec::new();
        for _ in 0..GENERATIONS * field.free.len().min(6) / 3 {
            let mut trials: Vec<(f64, Vec<f64>)> = Vec::with_capacity(population.size);
            for _ in 0..population.size {
                let point = population.sample(rng);
                let mut params = best.params.clone();
                for ((index, value), spread) in field.free.iter().zip(&point).zip(&spreads) {
                    params[*index] = value * spread;
                }
                self.keep_within_bounds(&mut params);
                let loss = self.project(&mut params, &data, &mut cholesky);
                trials.push((if loss.is_nan() { f64::INFINITY } else { loss }, point));
                found.push(params);
            }
            trials.sort_by(|a, b| a.0.total_cmp(&b.0));
            if self.work.exhausted() || !trials[0].0.is_finite() || !population.learn(&trials) {
                break;
            }
        }
        // The last generations hold the best.
        let last = found.split_off(found.len().saturating_sub(4 * population.size));
        for start in self.most_promising(last.into_iter(), &field.more, Sieve { looked_at: 8, kept: 2 }) {
            let place = self.descend(start, &field.more, best.loss);
            self.note(place, best);
            if self.done(best) {
                return;
            }
        }
    }
}

/// Half of the middle half's width, or 1 where that is 0.
fn spread(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let half = 0.5 * (values[3 * n / 4] - values[n / 4]);
    if half > 0.0 && half.is_finite() { half } else { 1.0 }
}

/// The distribution that trials are drawn from.
#[derive(Clone, Debug)]
struct Population {
    size: usize,
    mean: Vec<f64>,
    step: f64,
    covariance: Vec<f64>,
    /// Lower triangular factor of the covariance, row by row.
    factor: Vec<f64>,
    path: Vec<f64>,
    step_path: Vec<f64>,
    generation: i32,
}

impl Population {
    fn new(mean: Vec<f64>) -> Population {
        let k = mean.len();
        let identity: Vec<f64> = (0..k * k).map(|at| f64::from(u8::from(at / k == at % k))).collect();
        Population {
            size: 4 + (6.0 * math::log(k as f64 + 1.0)) as usize,
            mean,
            step: FIRST_STEP,
            covariance: identity.clone(),
            factor: identity,
            path: vec![0.0; k],
            step_path: vec![0.0; k],
            generation: 0,
        }
    }

    fn sample(&self, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let k = self.mean.len();
        let normal: Vec<f64> = (0..k).map(|_| standard_normal(rng)).collect();
        let mutation = |i: usize| -> f64 { (0..=i).map(|j| self.factor[i * k + j] * normal[j]).sum() };
        (0..k).map(|i| self.mean[i] + self.step * mutation(i)).collect()
    }

    /// Moves and reshapes the distribution towards the better half of `trials`, best first; `false` where it has come to rest.
    fn learn(&mut self, trials: &[(f64, Vec<f64>)]) -> bool {
        let k = self.mean.len();
        let n = k as f64;
        let half = trials.len() / 2;
        let raw: Vec<f64> = (0..half).map(|i| math::log(half as f64 + 0.5) - math::log(i as f64 + 1.0)).collect();
        let total: f64 = raw.iter().sum();
        let weights: Vec<f64> = raw.iter().map(|w| w / total).collect();
        let effective = 1.0 / weights.iter().map(|w| w * w).sum::<f64>();
        let step_rate = (effective + 2.0) / (n + effective + 5.0);
        let step_damping = 1.0 + 2.0 * (((effective - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0) + step_rate;
        let path_rate = (4.0 + effective / n) / (n + 4.0 + 2.0 * effective / n);
        let one_rate = 2.0 / ((n + 1.3).powi(2) + effective);
        let many_rate =
            (1.0 - one_rate).min(2.0 * (effective - 2.0 + 1.0 / effective) / ((n + 2.0).powi(2) + effective));
        let mutations: Vec<Vec<f64>> = (trials[..half].iter())
            .map(|(_, point)| point.iter().zip(&self.mean).map(|(value, mean)| (value - mean) / self.step).collect())
            .collect();
        let moved: Vec<f64> = (0..k)
            .map(|i| weights.iter().zip(&mutations).map(|(weight, mutation)| weight * mutation[i]).sum())
            .collect();
        let whitened = self.whitened(&moved);
        self.generation += 1;
        let step_gain = (step_rate * (2.0 - step_rate) * effective).sqrt();
        let path_gain = (path_rate * (2.0 - path_rate) * effective).sqrt();
        self.mean.iter_mut().zip(&moved).for_each(|(mean, moved)| *mean += self.step * moved);
        for (path, whitened) in self.step_path.iter_mut().zip(&whitened) {
            *path = (1.0 - step_rate) * *path + step_gain * whitened;
        }
        let length = self.step_path.iter().map(|value| value * value).sum::<f64>().sqrt();
        let expected = n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n));
        let settled = (1.0 - (1.0 - step_rate).powi(2 * self.generation)).sqrt();
        let steady = length / settled < (1.4 + 2.0 / (n + 1.0)) * expected;
        for (path, moved) in self.path.iter_mut().zip(&moved) {
            *path = (1.0 - path_rate) * *path + if steady { path_gain * moved } else { 0.0 };
        }
        let kept = 1.0 - one_rate - many_rate + if steady { 0.0 } else { one_rate * path_rate * (2.0 - path_rate) };
        for i in 0..k {
            for j in 0..k {
                let many: f64 = weights.iter().zip(&mutations).map(|(weight, m)| weight * m[i] * m[j]).sum();
                let covariance = &mut self.covariance[i * k + j];
                *covariance = kept * *covariance + one_rate * self.path[i] * self.path[j] + many_rate * many;
            }
        }
        self.step *= math::exp((step_rate / step_damping * (length / expected - 1.0)).min(1.0));
        self.refactor() && self.step > LAST_STEP && self.step.is_finite()
    }

    /// `vector` in units of the mutations.
    fn whitened(&self, vector: &[f64]) -> Vec<f64> {
        let k = vector.len();
        let mut solved = vec![0.0; k];
        for i in 0..k {
            let known: f64 = (0..i).map(|j| self.factor[i * k + j] * solved[j]).sum();
            solved[i] = (vector[i] - known) / self.factor[i * k + i];
        }
        solved
    }

    /// The Cholesky factor anew; `false` where the covariance is no longer one.
    fn refactor(&mut self) -> bool {
        let k = self.mean.len();
        for i in 0..k {
            for j in 0..=i {
                let known: f64 = (0..j).map(|m| self.factor[i * k + m] * self.factor[j * k + m]).sum();
                let left = self.covariance[i * k + j] - known;
                if i == j && !(left > 1e-20 && left.is_finite()) {
                    return false;
                }
                self.factor[i * k + j] = if i == j { left.sqrt() } else { left / self.factor[j * k + j] };
            }
        }
        true
    }
}

/// Box and Muller's normal deviate.
fn standard_normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * math::log(1.0 - rng.random::<f64>())).sqrt();
    radius * math::cos(std::f64::consts::TAU * rng.random::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn a_bent_valley_is_followed_to_its_lowest_point() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut population = Population::new(vec![-1.0, 1.0, 0.5]);
        let loss = |p: &[f64]| 100.0 * (p[1] - p[0] * p[0]).powi(2) + (1.0 - p[0]).powi(2) + (p[2] - p[0]).powi(2);
        let mut best = f64::INFINITY;
        for _ in 0..400 {
            let mut trials: Vec<(f64, Vec<f64>)> =
                (0..population.size).map(|_| population.sample(&mut rng)).map(|point| (loss(&point), point)).collect();
            trials.sort_by(|a, b| a.0.total_cmp(&b.0));
            best = best.min(trials[0].0);
            if !population.learn(&trials) {
                break;
            }
        }
        assert!(best < 1e-6, "{best}");
    }
}
