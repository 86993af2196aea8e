//! [`Policy`]: who gets the next slice. Pure: all that it knows is in the [`History`].

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Cost, Exchange, Progress, StopReason};

/// Decides who gets the next slice. A pure function: the same history and seed give the same decision.
pub trait Policy: Send + Sync {
    /// Its name in configurations and logs.
    fn name(&self) -> &str;

    /// What to do with a free slot.
    fn decide(&self, history: &History, seed: u64) -> Decision;
}

/// All that happened so far, as far as a decision may depend on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The arms, in the order of the portfolio.
    pub arms: Vec<Arm>,
    /// The slices that ended, in the order of their end; shared, since a history is copied for every decision.
    pub slices: Arc<Vec<SliceRecord>>,
    /// Share of the budget that is spent or granted, 0 to 1.
    pub spent: f64,
    /// Work that a slice of ordinary length takes.
    pub slice_work: u64,
    /// Number of front members so far.
    pub front: usize,
    /// What work, tokens and dollars are worth beside each other.
    #[serde(default)]
    pub exchange: Exchange,
}

/// One backend (on one view) that slices can go to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// The backend's name.
    pub backend: String,
    /// Is it cheap and exact, and so to run before all others?
    pub first: bool,
    /// Does it make use of migrants?
    pub takes_migrants: bool,
    /// Does it live on migrants: has it nothing to do before the archive changes?
    pub needs_migrants: bool,
    /// How many of its searches may run at once.
    pub max_running: usize,
    /// How many of its searches are running.
    pub running: usize,
    /// Does every search of it say that it has nothing left to try?
    pub exhausted: bool,
    /// Does it take migrants, and has the front changed since its last slice began?
    pub fresh_migrants: bool,
    /// Did it fail for good?
    pub retired: bool,
    /// Does it wait for the network, so that it runs in slots of its own?
    #[serde(default)]
    pub network: bool,
    /// Does it ask an oracle, so that it can do nothing on a view?
    #[serde(default)]
    pub needs_oracle: bool,
    /// Most of the budget that it may take, 0 to 1.
    #[serde(default = "whole")]
    pub max_share: f64,
    /// What past runs on data of this kind say of it, 0 (the worst of the portfolio) to 1 (the best); 0 for all where nothing is known.
    #[serde(default)]
    pub prior: f64,
}

fn whole() -> f64 {
    1.0
}

/// One slice that ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SliceRecord {
    /// Position of the arm in [`History::arms`].
    pub arm: usize,
    /// Number of the run.
    pub run: u32,
    /// What the slice cost.
    pub cost: Cost,
    /// How it ended; `None` where the run failed.
    pub progress: Option<Progress>,
    /// Offers that entered the archive.
    pub accepted: usize,
    /// What it was worth.
    pub reward: Reward,
}

/// What a slice was worth to the study.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reward {
    /// Growth of the archive's hypervolume by its offers (see `Archive::hypervolume`).
    pub gain: f64,
    /// The gain by arm, for those that had a part in it: half the gain of an offer goes to the arms whose candidates
    /// were its parents. Sums to `gain`.
    pub credit: Vec<(usize, f64)>,
    /// How far the best form that the search made of itself (not of migrants) has come, whether or not it entered the archive: 0 for the best
    /// constant, 1 for a loss that is down to the noise or to rounding, on a logarithmic scale. `None` where it offered none.
    pub level: Option<f64>,
    /// Complexity by which accepted offers are below the candidates they were made from, at no greater loss.
    pub simplified: u32,
}

/// What to do with a free slot, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// What to do.
    pub action: Action,
    /// The figures that led to it, by name, for the log and the report.
    pub terms: Vec<(String, f64)>,
}

/// What to do with a free slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Give a slice of `work` to an arm, by its position in [`History::arms`].
    Grant {
        /// Position of the arm.
        arm: usize,
        /// Work granted.
        work: u64,
    },
    /// Leave the slot idle until another slice ends.
    Wait,
    /// End the study.
    Stop(StopReason),
}

impl History {
    /// What the ended slices of those arms cost that `of` names by their position, in seconds of a core.
    pub fn seconds(&self, of: impl Fn(usize) -> bool) -> f64 {
        let seconds = |slice: &SliceRecord| if of(slice.arm) { self.exchange.seconds(slice.cost) } else { 0.0 };
        // From 0: the sum of nothing is -0, and would be shown so.
        self.slices.iter().map(seconds).fold(0.0, |sum, seconds| sum + seconds)
    }

    /// Part of what all ended slices cost that `seconds` of a core are; 0 before any has ended.
    pub fn share(&self, seconds: f64) -> f64 {
        seconds / self.seconds(|_| true).max(f64::MIN_POSITIVE)
    }
}

impl Arm {
    /// Can a slice go to it now? Not where all that it may run at once is running, nor where it has nothing to do.
    pub fn ready(&self) -> bool {
        let something_to_do =
            if self.needs_migrants { self.fresh_migrants } else { !self.exhausted || self.fresh_migrants };
        !self.retired && self.running < self.max_running && something_to_do
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_all_that_was_spent_and_never_below_nothing() {
        let cost = |work, tokens| Cost { tokens, ..Cost::work(work) };
        let record = |arm, cost| SliceRecord {
            arm,
            run: 0,
            cost,
            progress: Some(Progress::Paused),
            accepted: 0,
            reward: Reward::default(),
        };
        let mut history = History::default();
        assert_eq!(history.share(history.seconds(|_| true)).to_bits(), 0.0f64.to_bits());
        let second = history.exchange.work_per_second as u64;
        let tokens = history.exchange.tokens_per_second as u64;
        history.slices = Arc::new(vec![record(0, cost(second, 0)), record(1, cost(second, 2 * tokens))]);
        assert_eq!((history.seconds(|arm| arm == 0), history.seconds(|arm| arm == 1)), (1.0, 3.0));
        assert_eq!(history.share(history.seconds(|arm| arm == 1)), 0.75);
        assert_eq!(history.seconds(|arm| arm == 2).to_bits(), 0.0f64.to_bits());
    }
}
