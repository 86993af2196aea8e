//! Chance: the control that shows what deciding is worth at all.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use symfolio_core::{Decision, History, Policy};

use crate::{first_arm, grant, nothing_ready};

/// The cheap, exact arms first; then any ready arm, each with the same probability.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uniform;

impl Policy for Uniform {
    fn name(&self) -> &str {
        "uniform"
    }

    fn decide(&self, history: &History, seed: u64) -> Decision {
        if let Some(arm) = first_arm(history) {
            return grant(arm, history.slice_work, vec![("first".into(), 1.0)]);
        }
        let ready: Vec<usize> = (0..history.arms.len()).filter(|arm| history.arms[*arm].ready()).collect();
        if ready.is_empty() {
            return nothing_ready(history);
        }
        let chosen = ready[ChaCha8Rng::seed_from_u64(seed).random_range(0..ready.len())];
        grant(chosen, history.slice_work, vec![("chance".into(), 1.0 / ready.len() as f64)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::play;

    #[test]
    fn shares_are_equal_but_for_chance() {
        let order = play(&Uniform, &["gp", "climb", "enumerate"], 300, |arm| arm as f64);
        for arm in 0..3 {
            let count = order.iter().filter(|chosen| **chosen == arm).count();
            // Three standard deviations of a binomial of 300 tries at 1/3.
            assert!((76..=124).contains(&count), "{arm}: {count}");
        }
    }
}
