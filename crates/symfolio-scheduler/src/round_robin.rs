//! Equal turns: the control that every adaptive policy has to beat.

use symfolio_core::{Decision, History, Policy};

use crate::{first_arm, grant, nothing_ready};

/// The cheap, exact arms first, then every arm in turn: the ready arm that has spent least gets the slice.
#[derive(Clone, Copy, Debug, Default)]
pub struct RoundRobin;

impl Policy for RoundRobin {
    fn name(&self) -> &str {
        "round-robin"
    }

    fn decide(&self, history: &History, _: u64) -> Decision {
        if let Some(arm) = first_arm(history) {
            return grant(arm, history.slice_work, vec![("first".into(), 1.0)]);
        }
        // Turns count, not work: an arm with short slices is not to be fed until it has caught up.
        let turns = |arm: usize| {
            let ended = history.slices.iter().filter(|slice| slice.arm == arm).count();
            ended + history.arms[arm].running
        };
        let ready = (0..history.arms.len()).filter(|arm| history.arms[*arm].ready());
        match ready.min_by_key(|arm| (turns(*arm), *arm)) {
            Some(arm) => grant(arm, history.slice_work, vec![("turns".into(), turns(arm) as f64)]),
            None => nothing_ready(history),
        }
    }
}

#[cfg(test)]
mod tests {
    use symfolio_core::{Action, StopReason};

    use super::*;
    use crate::testing::{arm, history, play};

    #[test]
    fn the_first_arm_runs_until_its_share_is_taken_then_all_take_turns() {
        let order = play(&RoundRobin, &["sparse!", "gp", "climb"], 10, |_| 0.0);
        assert_eq!(order, [0, 0, 0, 1, 2, 1, 2, 1, 2, 0]);
    }

    #[test]
    fn exhausted_and_busy_arms_are_passed_over() {
        let mut history = history(&["sparse!", "gp"]);
        history.arms[0].exhausted = true;
        assert_eq!(RoundRobin.decide(&history, 0).action, Action::Grant { arm: 1, work: 100 });
        history.arms[1].running = history.arms[1].max_running;
        assert_eq!(RoundRobin.decide(&history, 0).action, Action::Wait);
        history.arms[1] = symfolio_core::Arm { exhausted: true, ..arm("gp") };
        assert_eq!(RoundRobin.decide(&history, 0).action, Action::Stop(StopReason::Exhausted));
    }

    #[test]
    fn an_arm_that_lives_on_migrants_waits_for_fresh_ones() {
        let mut history = history(&["gp", "egraph"]);
        history.arms[1].needs_migrants = true;
        for turn in 0..3 {
            let decision = RoundRobin.decide(&history, 0);
            assert_eq!(decision.action, Action::Grant { arm: 0, work: 100 }, "turn {turn}");
            crate::testing::end_slice(&mut history, 0, crate::testing::reward(0, 0.0));
        }
        history.arms[1].fresh_migrants = true;
        assert_eq!(RoundRobin.decide(&history, 0).action, Action::Grant { arm: 1, work: 100 });
    }
}
