//! An upper confidence bound for rewards that rise.

use symfolio_core::{Decision, History, Policy};
use symfolio_expr::math;

use crate::standing::{Standing, standings};
use crate::{first_arm, grant, nothing_ready};

/// The cheap, exact arms first; then the ready arm of largest index
///
/// ```text
/// max(y_k, g_k) + (0.5 ln t / n_k)^2 + 0.3 p_k / (1 + n_k)
/// ```
///
/// with `n_k` the slices of arm k, those under way included, `t` the slices of all, `y_k` how far forms of its own have come on the
/// logarithmic scale from the best constant to the noise, `g_k` the exponential mean of the rank of its gain for its cost, and `p_k` what past
/// runs on data of this kind say of it. The bonus shrinks with the square, as for rewards without heavy tails in max-k-armed bandits
/// (Balef, Vernade and Eggensperger, *Put CASH on bandits: a max k-armed problem for automated machine learning*, 2025).
///
/// An arm that cannot reach the best one's level any more, even if it went on rising twice as fast as it did in the second half of its
/// work, and has gained nothing lately, is suspended; candidates of others that it has not seen yet wake it for a slice.
/// While little is known, every fourth slice goes to the arm of which past runs say the most.
#[derive(Clone, Copy, Debug)]
pub struct RisingUcb {
    /// Factor of the bonus for arms that were tried little; above 0.
    pub exploration: f64,
    /// Factor of what past runs say; 0 or more.
    pub prior: f64,
    /// Slices by arm, on average, from which on nothing is hedged any more.
    pub hedge: usize,
}

impl Default for RisingUcb {
    fn default() -> RisingUcb {
        RisingUcb { exploration: 0.5, prior: 0.3, hedge: 8 }
    }
}

/// Fewest slices before an arm can be suspended.
const TRIAL: usize = 4;
/// A mean reward below it is none.
const GAINED: f64 = 0.02;
/// A suspended arm is woken by candidates of others after so many slices of theirs.
const REST: usize = 10;
/// Part of the exploration that an arm gets which lives on migrants.
const HELPER: f64 = 0.3;
/// Every so many slices one is for the favourite of past runs.
const HEDGE: usize = 4;

impl Policy for RisingUcb {
    fn name(&self) -> &str {
        "rising-ucb"
    }

    fn decide(&self, history: &History, _: u64) -> Decision {
        if let Some(arm) = first_arm(history) {
            return grant(arm, history.slice_work, vec![("first".into(), 1.0)]);
        }
        let standings = standings(history);
        let best = standings.iter().map(|standing| standing.level).fold(0.0, f64::max);
        let left = seconds_left(history);
        let hopeless = |arm: usize| {
            let standing = &standings[arm];
            !history.arms[arm].needs_migrants
                && standing.slices >= TRIAL
                && standing.reward < GAINED
                && standing.horizon(left) < best
        };
        let ready: Vec<usize> = (0..history.arms.len()).filter(|arm| history.arms[*arm].ready()).collect();
        let woken = |arm: &usize| {
            let (standing, arm_now) = (&standings[*arm], &history.arms[*arm]);
            hopeless(*arm) && arm_now.fresh_migrants && arm_now.running == 0 && standing.since >= REST
        };
        if let Some(arm) = ready.iter().copied().find(woken) {
            return grant(arm, history.slice_work, vec![("woken".into(), standings[arm].since as f64)]);
        }
        let hopeful: Vec<usize> = ready.iter().copied().filter(|arm| !hopeless(*arm)).collect();
        // A slot is never left idle for want of hope.
        let suspended = ready.len() - hopeful.len();
        let eligible = if hopeful.is_empty() { ready } else { hopeful };
        if eligible.is_empty() {
            return nothing_ready(history);
        }
        let slices = history.slices.iter().filter(|slice| !history.arms[slice.arm].first).count();
        let favourite = (0..history.arms.len())
            .max_by(|a, b| history.arms[*a].prior.total_cmp(&history.arms[*b].prior).then(b.cmp(a)));
        let known = favourite.filter(|arm| history.arms[*arm].prior > 0.0 && eligible.contains(arm));
        if let Some(arm) = known.filter(|_| slices.is_multiple_of(HEDGE) && slices < self.hedge * history.arms.len()) {
            return grant(arm, history.slice_work, vec![("hedge".into(), history.arms[arm].prior)]);
        }
        let indices: Vec<Index> = eligible.iter().map(|arm| self.index(history, &standings[*arm], *arm)).collect();
        let chosen = (0..indices.len())
            .max_by(|a, b| indices[*a].total().total_cmp(&indices[*b].total()).then(eligible[*b].cmp(&eligible[*a])));
        let Some(chosen) = chosen else { return nothing_ready(history) };
        let mut terms = indices[chosen].terms();
        terms.push(("suspended".into(), suspended as f64));
        for (arm, index) in eligible.iter().zip(&indices) {
            terms.push((format!("index {}", history.arms[*arm].backend), index.total()));
        }
        grant(eligible[chosen], history.slice_work, terms)
    }
}

/// The terms of an arm's index.
struct Index {
    level: f64,
    reward: f64,
    bonus: f64,
    prior: f64,
}

impl Index {
    fn total(&self) -> f64 {
        self.level.max(self.reward) + self.bonus + self.prior
    }

    fn terms(&self) -> Vec<(String, f64)> {
        [("level", self.level), ("reward", self.reward), ("bonus", self.bonus), ("prior", self.prior)]
            .map(|(name, value)| (name.to_string(), value))
            .to_vec()
    }
}

impl RisingUcb {
    fn index(&self, history: &History, standing: &Standing, arm: usize) -> Index {
        let tried = standing.slices + history.arms[arm].running;
        let all = history.slices.len() + history.arms.iter().map(|arm| arm.running).sum::<usize>();
        // An arm that was not tried yet counts as half a try: its bonus is larger than that of any other.
        let n = if tried == 0 { 0.5 } else { tried as f64 };
        // An arm that lives on migrants is no rival of those that it lives on: it is tried for what it is worth lately.
        let exploration = if history.arms[arm].needs_migrants { HELPER * self.exploration } else { self.exploration };
        Index {
            level: standing.level,
            reward: standing.reward,
            bonus: (exploration * math::log((all + 2) as f64) / n).powi(2),
            prior: self.prior * history.arms[arm].prior / (1.0 + n),
        }
    }
}

/// Seconds of a core that the rest of the budget buys, at the price of what was spent so far; unbounded before anything was spent.
fn seconds_left(history: &History) -> f64 {
    let done = history.seconds(|_| true);
    match history.spent > 0.0 {
        true => done * (1.0 - history.spent).max(0.0) / history.spent,
        false => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use symfolio_core::{Action, Reward};

    use super::*;
    use crate::testing::{end_slice, history, play, reward};

    fn arm_of(decision: &Decision) -> usize {
        match decision.action {
            Action::Grant { arm, .. } => arm,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_arm_that_gains_gets_the_most_and_no_arm_is_forgotten() {
        let order =
            play(
                &RisingUcb::default(),
                &["sparse!", "gp", "climb", "enumerate"],
                60,
                |arm| {
                    if arm == 2 { 1.0 } else { 0.0 }
                },
            );
        let count = |wanted: usize| order.iter().filter(|arm| **arm == wanted).count();
        assert!(count(2) > 35, "{order:?}");
        assert!(count(1) >= 2 && count(3) >= 2, "{order:?}");
    }

    #[test]
    fn an_arm_that_cannot_catch_up_is_suspended_until_others_find_something() {
        let mut history = history(&["ahead", "behind"]);
        for _ in 0..6 {
            end_slice(&mut history, 0, Reward { level: Some(0.9), ..reward(0, 0.0) });
            end_slice(&mut history, 1, Reward { level: Some(0.1), ..reward(1, 0.0) });
        }
        history.spent = 0.6;
        let policy = RisingUcb::default();
        // The bonus alone would give the arm that is behind a slice now and then.
        for _ in 0..40 {
            assert_eq!(arm_of(&policy.decide(&history, 0)), 0);
            end_slice(&mut history, 0, Reward { level: Some(0.9), ..reward(0, 0.0) });
            history.spent = 0.6;
        }
        let mut woken = history.clone();
        woken.arms[1].fresh_migrants = true;
        assert_eq!(arm_of(&policy.decide(&woken, 0)), 1);
        // An arm that still gains is not suspended.
        end_slice(&mut history, 1, reward(1, 3.0));
        let standing = standings(&history);
        assert!(standing[1].reward > GAINED);
    }

    #[test]
    fn the_favourite_of_past_runs_is_hedged_on_at_first_only() {
        let mut history = history(&["a", "b"]);
        history.arms[1].prior = 1.0;
        let policy = RisingUcb::default();
        let mut order = Vec::new();
        for _ in 0..40 {
            let arm = arm_of(&policy.decide(&history, 0));
            order.push(arm);
            end_slice(&mut history, arm, reward(arm, if arm == 0 { 1.0 } else { 0.0 }));
            history.spent = 0.0;
        }
        let favourite = |range: std::ops::Range<usize>| order[range].iter().filter(|arm| **arm == 1).count();
        assert!(order[0] == 1 && favourite(0..16) >= 4, "{order:?}");
        assert!(favourite(16..40) <= 3, "{order:?}");
    }
}
