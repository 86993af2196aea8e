//! Histories for the tests of policies.

use std::sync::Arc;

use symfolio_core::{Action, Arm, Cost, History, Policy, Progress, Reward, SliceRecord};

/// An idle arm; a name that ends in `!` is to run first.
pub(crate) fn arm(name: &str) -> Arm {
    Arm {
        backend: name.trim_end_matches('!').into(),
        first: name.ends_with('!'),
        takes_migrants: true,
        needs_migrants: false,
        max_running: 1,
        running: 0,
        exhausted: false,
        fresh_migrants: false,
        retired: false,
        needs_oracle: false,
        network: false,
        max_share: 1.0,
        prior: 0.0,
    }
}

/// A history without slices; an ordinary slice is 100 work of 1000.
pub(crate) fn history(names: &[&str]) -> History {
    let arms = names.iter().map(|name| arm(name)).collect();
    History { arms, slice_work: 100, ..History::default() }
}

/// A gain that is all the arm's own.
pub(crate) fn reward(arm: usize, gain: f64) -> Reward {
    Reward { gain, credit: vec![(arm, gain)], ..Reward::default() }
}

/// Records the end of a slice of 100 work.
pub(crate) fn end_slice(history: &mut History, arm: usize, reward: Reward) {
    let record =
        SliceRecord { arm, run: 0, cost: Cost::work(100), progress: Some(Progress::Paused), accepted: 0, reward };
    Arc::make_mut(&mut history.slices).push(record);
    history.spent += 0.1;
}

/// Lets a policy hand out `n` slices, one at a time; returns the arms.
pub(crate) fn play(policy: &dyn Policy, names: &[&str], n: usize, gain: impl Fn(usize) -> f64) -> Vec<usize> {
    let mut history = history(names);
    (0..n)
        .map(|turn| match policy.decide(&history, turn as u64).action {
            Action::Grant { arm, .. } => {
                end_slice(&mut history, arm, reward(arm, gain(arm)));
                arm
            }
            other => panic!("{other:?}"),
        })
        .collect()
}
