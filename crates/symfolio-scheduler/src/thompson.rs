//! Thompson sampling (Thompson 1933) for rewards that change.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution};
use symfolio_core::{Decision, History, Policy};

use crate::standing::standings;
use crate::{first_arm, grant, nothing_ready};

/// The cheap, exact arms first; then the ready arm of the largest draw from a Beta distribution around its recent reward.
///
/// The distribution has the weight of [`Thompson::memory`] slices at most, so that what an arm did long ago is forgotten (discounted
/// Thompson sampling; Raj and Kalyani, *Taming non-stationary bandits*, 2017).
#[derive(Clone, Copy, Debug)]
pub struct Thompson {
    /// Slices that are remembered; above 0.
    pub memory: f64,
}

impl Default for Thompson {
    fn default() -> Thompson {
        Thompson { memory: 10.0 }
    }
}

impl Policy for Thompson {
    fn name(&self) -> &str {
        "thompson"
    }

    fn decide(&self, history: &History, seed: u64) -> Decision {
        if let Some(arm) = first_arm(history) {
            return grant(arm, history.slice_work, vec![("first".into(), 1.0)]);
        }
        let standings = standings(history);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut drawn: Option<(f64, usize, f64)> = None;
        for (arm, standing) in standings.iter().enumerate() {
            let weight = (standing.slices as f64).min(self.memory);
            let (wins, losses) = (1.0 + weight * standing.reward, 1.0 + weight * (1.0 - standing.reward));
            // One draw an arm, ready or not: a draw does not depend on who else is ready. Both parameters are at least 1.
            let Ok(value) = Beta::new(wins, losses).map(|beta| beta.sample(&mut rng)) else { continue };
            if history.arms[arm].ready() && drawn.is_none_or(|(best, ..)| value > best) {
                drawn = Some((value, arm, standing.reward));
            }
        }
        match drawn {
            Some((value, arm, reward)) => {
                grant(arm, history.slice_work, vec![("draw".into(), value), ("reward".into(), reward)])
            }
            None => nothing_ready(history),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::play;

    #[test]
    fn the_arm_that_gains_gets_more() {
        let order =
            play(&Thompson::default(), &["gp", "climb", "enumerate"], 100, |arm| if arm == 1 { 1.0 } else { 0.0 });
        let count = |wanted: usize| order.iter().filter(|arm| **arm == wanted).count();
        assert!(count(1) > 60, "{order:?}");
        assert!(count(0) >= 2 && count(2) >= 2, "{order:?}");
    }
}
