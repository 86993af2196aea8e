//! Successive halving (Jamieson & Talwalkar 2016): equal turns, then the better half gets twice as much.

use symfolio_core::{Decision, History, Policy};

use crate::{first_arm, grant, nothing_ready};

/// The cheap, exact arms first; then, in rungs: every surviving arm gets `2^rung` slices, and the half with the larger gain
/// per work survives into the next rung. When one is left it gets its rung, and a new bracket begins with all arms, since what others
/// found may have made them useful.
#[derive(Clone, Copy, Debug)]
pub struct SuccessiveHalving {
    /// Slices of each arm in the first rung; at least 1.
    pub slices: usize,
}

impl Default for SuccessiveHalving {
    fn default() -> SuccessiveHalving {
        SuccessiveHalving { slices: 2 }
    }
}

/// Where a bracket stands after the slices so far.
struct Bracket {
    survivors: Vec<usize>,
    /// Slices of each arm in this rung, and their gain and work; indexed by arm.
    tally: Vec<(usize, f64, u64)>,
    quota: usize,
    rung: usize,
}

impl SuccessiveHalving {
    /// Replays the slices that ended.
    fn bracket(&self, history: &History) -> Bracket {
        let everyone: Vec<usize> = (0..history.arms.len()).filter(|arm| !history.arms[*arm].needs_migrants).collect();
        let fresh = || vec![(0usize, 0.0f64, 0u64); history.arms.len()];
        let quota = self.slices.max(1);
        let mut bracket = Bracket { survivors: everyone.clone(), tally: fresh(), quota, rung: 0 };
        for slice in history.slices.iter() {
            let Some(tally) = bracket.tally.get_mut(slice.arm) else { continue };
            tally.0 += 1;
            tally.1 += slice.reward.gain;
            tally.2 += slice.cost.work;
            let available = |arm: &&usize| !history.arms[**arm].retired && !history.arms[**arm].exhausted;
            let due: Vec<usize> = bracket.survivors.iter().filter(available).copied().collect();
            if due.iter().any(|arm| bracket.tally[*arm].0 < bracket.quota) {
                continue;
            }
            let rate = |arm: usize| bracket.tally[arm].1 / bracket.tally[arm].2.max(1) as f64;
            let mut ranked = due.clone();
            ranked.sort_by(|a, b| rate(*b).total_cmp(&rate(*a)).then(a.cmp(b)));
            ranked.truncate(ranked.len().div_ceil(2));
            bracket = if due.len() <= 1 {
                Bracket { survivors: everyone.clone(), tally: fresh(), quota, rung: 0 }
            } else {
                Bracket { survivors: ranked, tally: fresh(), quota: 2 * bracket.quota, rung: bracket.rung + 1 }
            };
        }
        bracket
    }
}

impl Policy for SuccessiveHalving {
    fn name(&self) -> &str {
        "successive-halving"
    }

    fn decide(&self, history: &History, _: u64) -> Decision {
        if let Some(arm) = first_arm(history) {
            return grant(arm, history.slice_work, vec![("first".into(), 1.0)]);
        }
        let bracket = self.bracket(history);
        let turns = |arm: usize| bracket.tally[arm].0 + history.arms[arm].running;
        let ready = |arm: &usize| history.arms[*arm].ready();
        let survivor = bracket.survivors.iter().copied().filter(ready).min_by_key(|arm| (turns(*arm), *arm));
        // Arms that live on migrants are no rivals of the others: they take a turn when the front has changed, but no more turns than others.
        let helper =
            (0..history.arms.len()).find(|arm| history.arms[*arm].needs_migrants && history.arms[*arm].ready());
        if let Some(arm) = helper.filter(|arm| survivor.is_none_or(|survivor| turns(*arm) <= turns(survivor))) {
            return grant(arm, history.slice_work, vec![("fresh migrants".into(), 1.0)]);
        }
        // A slot is never left idle for the sake of the bracket.
        let anyone = || (0..history.arms.len()).filter(ready).min_by_key(|arm| (turns(*arm), *arm));
        match survivor.or_else(anyone) {
            Some(arm) => {
                let terms = vec![("rung".into(), bracket.rung as f64), ("turns".into(), turns(arm) as f64)];
                grant(arm, history.slice_work, terms)
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
    fn the_arm_that_gains_more_gets_more() {
        let order =
            play(
                &SuccessiveHalving::default(),
                &["gp", "climb", "enumerate"],
                40,
                |arm| if arm == 1 { 1.0 } else { 0.1 },
            );
        let count = |wanted: usize| order.iter().filter(|arm| **arm == wanted).count();
        assert_eq!(&order[..6], [0, 1, 2, 0, 1, 2], "the first rung is equal turns");
        assert!(count(1) > 2 * count(0).min(count(2)), "{order:?}");
        assert!(count(0) > 2 && count(2) > 2, "a new bracket begins with all arms: {order:?}");
    }
}
