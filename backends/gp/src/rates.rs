//! [`Rates`]: how often each variation is tried, by what it has brought so far.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::operation::Operation;

const COUNT: usize = Operation::VARIATIONS.len();
/// Share of the tries that is spread evenly, whatever the success.
const EVEN: f64 = 0.3;
/// How fast old successes are forgotten, a try of the operation.
const FORGETTING: f64 = 1.0 / 400.0;

/// How often each variation is tried: probability matching (Thierens 2005) on the average reward of a try, with a floor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rates {
    /// Average reward of a try, in the order of [`Operation::VARIATIONS`].
    rewards: [f64; COUNT],
}

impl Default for Rates {
    fn default() -> Rates {
        Rates { rewards: [0.1; COUNT] }
    }
}

impl Rates {
    /// Draws a variation; `prior` weighs them, 0 forbids.
    pub fn draw(&self, rng: &mut ChaCha8Rng, prior: &[f64; COUNT]) -> Operation {
        let total: f64 = prior.iter().sum();
        let reward: f64 = self.rewards.iter().zip(prior).map(|(reward, prior)| reward * prior).sum();
        let share = |at: usize| {
            EVEN * prior[at] / total + (1.0 - EVEN) * self.rewards[at] * prior[at] / reward.max(f64::MIN_POSITIVE)
        };
        let sum: f64 = (0..COUNT).map(share).sum();
        let mut point = rng.random_range(0.0..1.0) * sum;
        for (at, operation) in Operation::VARIATIONS.into_iter().enumerate() {
            point -= share(at);
            if point < 0.0 && prior[at] > 0.0 {
                return operation;
            }
        }
        Operation::Crossover
    }

    /// Learns that a try of `operation` brought `reward`, 0 to 1.
    pub fn learn(&mut self, operation: Operation, reward: f64) {
        if let Some(at) = Operation::VARIATIONS.iter().position(|known| *known == operation) {
            self.rewards[at] += FORGETTING * (reward - self.rewards[at]);
        }
    }

    /// Average rewards, for tests and reports.
    #[cfg(test)]
    pub fn reward(&self, operation: Operation) -> f64 {
        Operation::VARIATIONS.iter().position(|known| *known == operation).map_or(0.0, |at| self.rewards[at])
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn what_pays_is_tried_more_often_and_nothing_dies_out() {
        let mut rates = Rates::default();
        for _ in 0..2000 {
            for operation in Operation::VARIATIONS {
                rates.learn(operation, if operation == Operation::Extend { 1.0 } else { 0.0 });
            }
        }
        assert!(rates.reward(Operation::Extend) > 0.9 && rates.reward(Operation::Hoist) < 0.1);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut prior = [1.0; COUNT];
        prior[0] = 0.0;
        let mut counts = [0; COUNT];
        for _ in 0..10_000 {
            let drawn = rates.draw(&mut rng, &prior);
            counts[Operation::VARIATIONS.iter().position(|known| *known == drawn).unwrap()] += 1;
        }
        assert_eq!(counts[0], 0, "{counts:?}");
        assert!(counts[6] > 6000 && counts[1..].iter().all(|count| *count > 200), "{counts:?}");
    }
}
