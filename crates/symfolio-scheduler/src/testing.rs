//! Histories for the tests of policies.

use std::sync::Arc;

use symfolio_core::{Action, Arm, Cost, History, Policy, Progress, SliceRecord};

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
    }
}

/// A history without slices; an ordinary slice is 100 work of 1000.
pub(crate) fn history(names: &[&str]) -> History {
    let arms = names.iter().map(|name| arm(name)).collect();
    History { arms, slice_work: 100, ..History::default() }
}

/// Records the end of a slice of 100 work.
pub(crate) fn end_slice(history: &mut History, arm: usize, gain: f64) {
    let record =
        SliceRecord { arm, run: 0, cost: Cost::work(100), progress: Some(Progress::Paused), gain, accepted: 0 };
    Arc::make_mut(&mut history.slices).push(record);
    history.spent += 0.1;
}

/// Lets a policy hand out `n` slices, one at a time; returns the arms.
pub(crate) fn play(policy: &dyn Policy, names: &[&str], n: usize, gain: impl Fn(usize) -> f64) -> Vec<usize> {
    let mut history = history(names);
    (0..n)
        .map(|_| match policy.decide(&history, 0).action {
            Action::Grant { arm, .. } => {
                end_slice(&mut history, arm, gain(arm));
                arm
            }
            other => panic!("{other:?}"),
        })
        .collect()
}
