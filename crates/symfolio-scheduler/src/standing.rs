//! [`Standing`]: how an arm has done so far.

use symfolio_core::{History, SliceRecord};

/// Slices among which the worth of one is ranked.
const WINDOW: usize = 100;
/// Weight of the latest slice in an arm's mean reward.
const RECENT: f64 = 0.3;
/// Complexity removed in one slice that is worth as much as the best gain.
const SIMPLIFIED: f64 = 10.0;

/// How an arm has done so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Standing {
    /// Slices that ended.
    pub slices: usize,
    /// What they cost, in seconds of a core.
    pub seconds: f64,
    /// How far forms of its own have come, 0 to 1 (see [`symfolio_core::Reward::level`]).
    pub level: f64,
    /// Exponential mean of the rank of what it was credited with for what it cost, 0 to 1: 0 where it gained nothing lately.
    pub reward: f64,
    /// Number of slices of all arms since its last one ended.
    pub since: usize,
    /// Its level after each of its slices, with what they had cost until then.
    rise: Vec<(f64, f64)>,
}

impl Standing {
    /// The level that it would reach with `seconds` more, if it went on rising twice as fast as in the second half of what it had so far.
    pub fn horizon(&self, seconds: f64) -> f64 {
        let half = 0.5 * self.seconds;
        let before = self.rise.iter().rev().find(|(at, _)| *at <= half).map_or(0.0, |(_, level)| *level);
        let slope = (self.level - before) / (self.seconds - half).max(f64::MIN_POSITIVE);
        if slope > 0.0 { (self.level + 2.0 * slope * seconds).min(1.0) } else { self.level }
    }
}

/// How every arm has done so far, in the order of [`History::arms`].
pub(crate) fn standings(history: &History) -> Vec<Standing> {
    let mut standings = vec![Standing::default(); history.arms.len()];
    let rate = |slice: &SliceRecord, credit: f64| credit / history.exchange.seconds(slice.cost).max(f64::MIN_POSITIVE);
    let rates: Vec<f64> = history.slices.iter().map(|slice| rate(slice, slice.reward.gain)).collect();
    for (index, slice) in history.slices.iter().enumerate() {
        let window = &rates[index.saturating_sub(WINDOW)..=index];
        for (arm, standing) in standings.iter_mut().enumerate() {
            let credit = slice.reward.credit.iter().find(|(of, _)| *of == arm).map_or(0.0, |(_, credit)| *credit);
            let worth = rank(window, rate(slice, credit));
            if arm == slice.arm {
                standing.take(slice, history.exchange.seconds(slice.cost), worth);
            } else {
                // An arm whose candidates others built upon deserves its part, and loses nothing by the slices of others.
                standing.reward += RECENT * worth * (1.0 - standing.reward);
                standing.since += 1;
            }
        }
    }
    standings
}

impl Standing {
    fn take(&mut self, slice: &SliceRecord, seconds: f64, worth: f64) {
        let tidied = f64::from(slice.reward.simplified) / SIMPLIFIED;
        self.slices += 1;
        self.since = 0;
        self.seconds += seconds;
        self.level = self.level.max(slice.reward.level.unwrap_or(0.0));
        self.reward += RECENT * (worth.max(tidied.min(1.0)) - self.reward);
        self.rise.push((self.seconds, self.level));
    }
}

/// Share of the rates in `window` that `rate` is not below; 0 for nothing gained.
fn rank(window: &[f64], rate: f64) -> f64 {
    if rate <= 0.0 {
        return 0.0;
    }
    window.iter().filter(|other| **other <= rate).count() as f64 / window.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{end_slice, history, reward};

    #[test]
    fn rewards_are_ranks_and_fade() {
        let mut history = history(&["a", "b"]);
        end_slice(&mut history, 0, reward(0, 5.0));
        end_slice(&mut history, 1, reward(1, 0.0));
        end_slice(&mut history, 1, reward(1, 1.0));
        let standing = standings(&history);
        assert_eq!((standing[0].slices, standing[1].slices, standing[0].since), (1, 2, 2));
        assert!((standing[0].reward - 0.3).abs() < 1e-12);
        // 1.0 is no less than two of the three rates.
        assert!((standing[1].reward - 0.3 * 2.0 / 3.0).abs() < 1e-12);
        end_slice(&mut history, 0, reward(0, 0.0));
        assert!((standings(&history)[0].reward - 0.3 * 0.7).abs() < 1e-12);
    }

    #[test]
    fn credit_reaches_the_arm_of_the_parents() {
        let mut history = history(&["a", "b"]);
        let mut shared = reward(0, 1.0);
        shared.credit = vec![(0, 0.5), (1, 0.5)];
        end_slice(&mut history, 0, shared);
        let standing = standings(&history);
        // Half of the only gain is below it: rank 0.
        assert_eq!((standing[0].reward, standing[1].reward), (0.0, 0.0));
        let mut shared = reward(0, 4.0);
        shared.credit = vec![(0, 2.0), (1, 2.0)];
        end_slice(&mut history, 0, shared);
        let standing = standings(&history);
        assert!((standing[0].reward - 0.15).abs() < 1e-12 && standing[1].reward == standing[0].reward);
        assert_eq!(standing[1].slices, 0);
    }

    #[test]
    fn an_arm_that_simplifies_is_rewarded_without_a_gain() {
        let mut history = history(&["egraph"]);
        end_slice(&mut history, 0, symfolio_core::Reward { simplified: 5, ..reward(0, 0.0) });
        assert!((standings(&history)[0].reward - 0.15).abs() < 1e-12);
    }

    #[test]
    fn the_horizon_follows_the_second_half() {
        let mut history = history(&["a"]);
        for level in [0.1, 0.3, 0.4, 0.5] {
            end_slice(&mut history, 0, symfolio_core::Reward { level: Some(level), ..reward(0, 0.0) });
        }
        let standing = &standings(&history)[0];
        assert_eq!(standing.level, 0.5);
        // From 0.3 at 200 to 0.5 at 400 work, twice: 0.002 a unit.
        let second = 1.0 / history.exchange.work_per_second;
        assert!((standing.horizon(100.0 * second) - 0.7).abs() < 1e-9);
        assert_eq!(standing.horizon(1.0), 1.0);
    }
}
